"""The site as its readers need it: found, seen, read, copied."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import SITE

PAGES = ["index", "tutorials/03_carry_derivatives", "docs/reference", "docs/lab"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def soup(name):
    return BeautifulSoup((SITE / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.set_viewport_size(DESK)
    yield page
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_fault(name, scheme, page, address):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{address}{name}.html", wait_until="load")
    if page.locator(".math").count():
        page.wait_for_function("() => window.MathJax && MathJax.startup && MathJax.startup.promise")
        page.evaluate("() => MathJax.startup.promise")
    page.wait_for_function("s => document.documentElement.dataset.theme === s", arg=scheme)
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html']}" for v in found
            if v["impact"] in ("serious", "critical")] == []  # fmt: skip


def test_the_header_is_one_line_of_five_items(page, address):
    page.goto(f"{address}index.html")
    items = [
        item.bounding_box()
        for item in page.locator("header .navbar-nav > li").all()
        if item.is_visible()
    ]
    assert len(items) == 5
    assert max(box["y"] for box in items) - min(box["y"] for box in items) < 5
    assert max(box["height"] for box in items) < 60


def test_the_front_page_has_a_door_with_a_picture_for_each_reader(page, address):
    page.goto(f"{address}index.html")
    rows = page.locator("table:not(.formulas)").first.locator("tbody tr")
    assert rows.count() == 5
    for row in rows.all():
        assert row.locator("td:first-child img").evaluate("i => i.naturalWidth") > 300
        assert row.locator("a").count() >= 1


def test_what_is_copied_is_neither_prompt_nor_output(browser, page, address):
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}index.html")
    block = page.locator("div.highlight", has_text=">>> rule = sr.gauss_legendre").first
    block.hover()
    block.locator("button.copybtn").click()
    page.wait_for_function("() => document.querySelector('button.copybtn.success')")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith("import numpy as np, sobolev_ref as sr\n")
    assert ">>>" not in copied
    assert "True" not in copied


@pytest.mark.parametrize("query", ["noise", "learning rate", "frequency"])
def test_a_search_finds_a_page_to_read_first_and_shows_plain_text(query, page, address):
    page.goto(f"{address}search.html?q={query}")
    results = page.locator("#search-results li a")
    results.nth(4).wait_for()
    page.wait_for_function("() => document.querySelector('#search-results p.context')")
    for i in range(3):
        assert not re.search(r"docs/(api|listings)/", results.nth(i).get_attribute("href"))
    page.wait_for_timeout(1000)
    assert not re.search(r"\\[(\[]", page.locator("#search-results").inner_text())


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("fit data with slopes", "13. Fit data"),
        ("hessian vector", "12. Use the curvature"),
        ("noise", "10b. Count data|13b. Price options"),
        ("save a model", "13b. Price options"),
        ("quadrature", "2. Sum integrals"),
    ],
)
def test_a_search_finds_first_the_page_that_is_about_it(query, title, page, address):
    page.goto(f"{address}search.html?q={query}")
    page.wait_for_function("() => document.querySelectorAll('#search-results li').length > 5")
    assert re.match(title, page.locator("#search-results li a").first.inner_text())


def test_a_search_for_a_name_finds_it_first(page, address):
    page.goto(f"{address}search.html?q=SobolevLoss")
    first = page.locator("#search-results li a").first
    first.wait_for()
    page.wait_for_function("() => document.querySelectorAll('#search-results li').length > 5")
    assert "#sobolev_ref.losses.sobolev.SobolevLoss" in first.get_attribute("href")


def test_answers_follow_their_tutorial():
    following = soup("tutorials/03_carry_derivatives").select_one("a.right-next")
    assert following["href"] == "answers/03_carry_derivatives.html"
    following = soup("tutorials/answers/03_carry_derivatives").select_one("a.right-next")
    assert following["href"] == "../04_transpose_passes.html"


def test_the_reference_begins_with_tasks_and_ends_with_internals():
    tasks, modules = (table.get_text() for table in soup("docs/reference").select("article table"))
    assert tasks.index("fit data") < tasks.index("certify")
    assert modules.index("jets") < modules.index("lab") < modules.index("_checks")


def test_figures_of_tutorials_are_drawings_that_say_what_is_seen():
    seen = []
    for path in (SITE / "tutorials").glob("[0-9]*.html"):
        for image in soup(f"tutorials/{path.stem}").select("article .cell_output img"):
            seen.append(image["alt"])
            assert image["src"].endswith(".svg"), path.stem
            assert len(image["alt"].split()) >= 8, (path.stem, image["alt"])
    assert len(set(seen)) == len(seen) >= 20


def test_every_other_figure_is_a_drawing_too():
    """But not the small pictures that lead to a page, most of them a tutorial's first figure."""
    seen = set()
    for path in SITE.rglob("*.html"):
        if "_static" not in path.parts:
            for image in soup(path.relative_to(SITE).with_suffix("")).select("section > p > img"):
                seen.add(image["src"].rpartition("/")[2])
    assert {name for name in seen if not name.endswith(".svg")} == set()
    assert {"point.svg", "lab.svg", "claims_1_verdicts.svg", "data_benchmark.svg"} <= seen
    assert {"scaling.svg", "diagram_forward.svg"} <= seen


def test_what_is_seen_also_leads_there():
    """`fit` of a regressor's "See also" is the package's, not the regressor's own."""
    for path in (SITE / "docs" / "api").glob("*.html"):
        for name in soup(f"docs/api/{path.stem}").select("div.seealso dt"):
            assert name.a, (path.stem, name.get_text())
    links = soup("docs/api/sobolev_ref.regression.regressor").select("div.seealso dt a")
    assert links[0]["href"] == "sobolev_ref.optimize.fitting.html#sobolev_ref.optimize.fitting.fit"


def test_tutorials_show_no_lines_of_progress():
    for path in (SITE / "tutorials").rglob("[0-9]*.html"):
        assert not re.search(r"iteration \d+ of", path.read_text(encoding="utf-8")), path.stem


@pytest.mark.parametrize("name", ["benchmarks/results/benchmarks", "docs/data_benchmark"])
def test_a_wide_table_is_seen_whole(name, page, address):
    page.set_viewport_size(DESK)
    page.goto(f"{address}{name}.html")
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.pst-scrollable-table-container')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    assert len(wide) > 3
    assert max(wide) <= 0


def test_every_picture_that_stands_alone_has_words():
    for path in SITE.rglob("*.html"):
        if "_static" not in path.parts and "<img" in (text := path.read_text(encoding="utf-8")):
            for image in BeautifulSoup(text, "html.parser").select("article img:not(.toggler)"):
                words = image.get("alt") or image.parent.get_text()
                assert " " in words.strip() or words.strip() in ("learn", "teach"), (path, image)


@pytest.mark.parametrize(
    ("name", "place"),
    [("tutorials/03_carry_derivatives", ".cell_output img"), ("docs/claims", "section > p > img")],
)
def test_a_figure_on_a_phone_has_letters_of_nine_pixels_and_scrolls_by_itself(
    name, place, page, address
):
    """A letter of a figure has ten points, 13 pixels at the figure's own size."""
    page.set_viewport_size(PHONE)
    page.goto(f"{address}{name}.html")
    image = page.locator(place).first
    image.scroll_into_view_if_needed()
    natural = image.evaluate("i => i.naturalWidth")
    assert image.bounding_box()["width"] / natural * 13 >= 9
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["regression.regressor", "theory.counterexamples"])
def test_a_page_of_the_reference_is_read_on_a_phone(name, page, address):
    """Long names are broken, and what stands below them is not wider for them."""
    page.set_viewport_size(PHONE)
    page.goto(f"{address}docs/api/sobolev_ref.{name}.html")
    for element in page.locator("article h1, article dt, article dt .pre, article dd").all():
        box = element.bounding_box()
        assert box is None or box["x"] + box["width"] <= PHONE["width"], element.inner_text()
