"""Pages that run: the package in the reader's browser gives what CPython gave when the site was built."""

import json
import re
import tarfile

import numpy as np
import pytest
from conftest import DOCS
from run_pages import FOLDER, LIBRARY

from sobolev_ref.lab.experiment import Experiment
from sobolev_ref.lab.presets import PRESETS

NUMBER = re.compile(r"[-+−]?\d+\.?\d*(?:e[-+]?\d+)?")
ROUNDING = (
    1e-7  # below √ε a number may be the error of a rounding or a difference, each processor's own
)
RUN = "div.run button >> text=Run"
READY = "() => !document.querySelector('div.run button:disabled')"
SHOWN = """() => [...document.querySelectorAll('article div.cell')]
    .filter(c => c.querySelector('.cell_input'))
    .map(c => [...c.querySelectorAll('SELECTOR')].map(o => o.textContent).join(''))"""
OWN = "div.cell.own"
SECONDS = 1000


@pytest.fixture
def page(browser, address):
    """A page of a desk's width, whose faults fail the test."""
    page, faults, later = browser.new_page(), [], []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.on("console", lambda m: m.type == "error" and faults.append(m.text))
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.on("request", lambda r: r.url.startswith((address, "data:", "blob:"))
            or faults.append(f"another host: {r.url}"))  # fmt: skip
    page.on("request", lambda r: later.extend(re.findall(r"later-(.+)-\w+\.bin", r.url)))
    page.later = later
    yield page
    page.close()
    assert not faults


def wait(page):
    page.wait_for_function(READY, timeout=240 * SECONDS)


def run_own(page, code):
    """What a cell of the reader's own shows."""
    page.locator(f"{OWN} pre[contenteditable]").fill(code)
    page.locator(f"{OWN} {RUN}").click()
    wait(page)
    return page.locator(f"{OWN} .cell_output").inner_text()


def unit(number):
    """One unit of a number's last printed digit."""
    digits, _, power = number.partition("e")
    return 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))


def alike(one, other):
    """Whether two texts differ only by rounding, or in the last digits that they print."""
    words, numbers = ([found(text.replace("−", "-")) for text in (one, other)]
                      for found in (lambda t: NUMBER.sub("#", t).split(), NUMBER.findall))  # fmt: skip
    if words[0] != words[1]:
        return False
    for a, b in zip(*numbers, strict=True):
        x, y = float(a), float(b)
        near = abs(x - y) <= max(1e-10 * abs(x), 1.01 * max(unit(a), unit(b)))
        if not (near or max(abs(x), abs(y)) < ROUNDING):
            return False
    return True


def test_alike():
    assert alike("a  1.25e-03 b 0.3", "a 1.26e-03 b  0.3")
    assert alike("error 2.2e-16", "error 4.4e-16")
    assert not alike("error 2.2e-6", "error 4.4e-6")
    assert not alike("a 1.25", "a 1.27")
    assert not alike("a 1.25", "b 1.25")


@pytest.mark.parametrize("name", ["00_fit_slopes", "03_carry_derivatives", "04_transpose_passes"])
def test_a_tutorial_runs_in_the_browser(name, page, address):
    page.goto(f"{address}tutorials/{name}.html")
    printed = page.evaluate(SHOWN.replace("SELECTOR", ".cell_output:not(.own) pre"))
    assert sum(map(bool, printed)) >= 3
    page.locator(RUN).nth(len(printed) - 1).click()  # and so all cells above it
    wait(page)
    now = page.evaluate(SHOWN.replace("SELECTOR", ".cell_output.own pre"))[: len(printed)]
    assert [pair for pair in zip(printed, now, strict=True) if not alike(*pair)] == []
    assert page.evaluate("() => document.querySelector('.cell_output.own img').naturalWidth") > 400
    for old in page.locator(".cell_output:not(.own)").all():
        assert not old.is_visible()
    assert page.later == []  # what they need has come at once


def test_a_cell_of_ones_own(page, address):
    """Its value, a traceback where it fails, a figure of pyplot's; the names of the cells above are there."""
    page.goto(f"{address}tutorials/05_check_derivatives.html")
    page.locator(f"{OWN} pre[contenteditable]").wait_for()
    page.evaluate(
        """() => document.querySelectorAll('div.cell_input pre').forEach(
            (code, i) => { code.textContent = i ? '' : 'a = 20\\nprint(a)'; })"""
    )
    assert run_own(page, "a + 1\n") == "21\n"
    text = run_own(page, "def f(x):\n    return x / 0\n\nf(1)\n")
    assert text.startswith('Traceback (most recent call last):\n  File "cell ')
    assert text.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "_cell" not in text
    assert "SyntaxError" in run_own(page, "a +")
    run_own(page, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert page.evaluate("() => document.querySelector('div.own img').naturalWidth") > 400
    page.locator(f"{OWN} pre[contenteditable]").fill("while True: pass")
    page.locator(f"{OWN} {RUN}").click()
    page.locator(f"{OWN} button >> text=Stop").click()
    wait(page)
    assert "names are lost" in page.locator(f"{OWN} [role=status]").inner_text()
    assert run_own(page, "a + 2\n") == "22\n"


def test_what_most_pages_do_without_is_loaded_when_it_is_asked_for(page, address):
    """Modules, what they import, a file of data, and a font."""
    page.goto(f"{address}tutorials/05_check_derivatives.html")
    page.locator(f"{OWN} pre[contenteditable]").wait_for()
    page.evaluate(
        "() => document.querySelectorAll('div.cell_input pre').forEach(code => { code.textContent = ''; })"
    )
    code = (
        "import sobolev_ref as sr\nrule = sr.integrals.sobol([(0, 1)], 8, rng=0)\nlen(rule.nodes)"
    )
    assert run_own(page, code) == "8\n"
    assert "scipy.stats" in page.later
    assert "scipy.signal" not in page.later
    code = "import doctest, scipy.signal\nlen(scipy.signal.firwin(3, 0.5))"
    assert run_own(page, code) == "3\n"
    assert "scipy.signal" in page.later
    assert "matplotlib.mpl-data" not in page.later
    code = "import matplotlib.pyplot as plt\nplt.title('A', family='serif', style='italic');"
    assert run_own(page, code) == ""
    assert page.later.count("matplotlib.mpl-data") == 1


def test_nothing_is_loaded_before_run_and_later_only_from_the_browser(page, address):
    """The progress bar ends at what the build wrote as the size of both files."""
    loaded = []
    page.on("request", lambda r: loaded.append(r.url) if r.url.endswith(".bin") else None)
    page.goto(f"{address}tutorials/03_carry_derivatives.html")
    page.wait_for_timeout(0.5 * SECONDS)
    assert loaded == []
    page.locator(RUN).first.click()
    wait(page)
    bar = page.locator("progress").first
    assert bar.get_attribute("max") == str(page.evaluate("() => FILES.bytes"))
    assert bar.evaluate("b => b.value === b.max")
    kept = page.evaluate(
        "async () => (await (await caches.open('sobolev_ref')).keys()).map(r => r.url)"
    )
    assert len(kept) == 2
    assert all(url.endswith(".bin") for url in kept)


def test_a_page_says_why_it_cannot_run(page, address):
    page.add_init_script("delete window.DecompressionStream")
    page.goto(f"{address}tutorials/03_carry_derivatives.html")
    page.locator(RUN).first.click()
    assert "too old" in page.locator("[role=status]").first.inner_text()


def test_the_library_has_this_package_as_it_is(address):
    """Every module, unchanged; a link where an archive is loaded later; and no package of no use here."""
    with tarfile.open(next(FOLDER.glob("library-*.bin"))) as archive:
        members = {m.name.removeprefix(LIBRARY): m for m in archive.getmembers()}
        for path in (DOCS.parent / "sobolev_ref").rglob("*.py"):
            member = members[path.relative_to(DOCS.parent).as_posix()]
            assert archive.extractfile(member).read() == path.read_bytes()
    link = members["scipy/stats/_sobol_direction_numbers.npz"]
    assert link.issym()
    with tarfile.open(FOLDER / link.linkname) as archive:
        assert archive.getmember(link.name).size == link.size > 500_000
    assert "pandas/__init__.pyc" not in members
    first = [*FOLDER.glob("python-*.bin"), *FOLDER.glob("library-*.bin")]
    assert sum(path.stat().st_size for path in first) < 30e6


def test_the_lab_steps_as_on_a_desk(page, address):
    """Two hundred steps and more, to the digits shown and to 1e-9 in θ; then a ghost, and a wrong target."""
    page.goto(f"{address}docs/lab.html")
    assert "Press Start" in page.locator(".message").inner_text()
    assert "Step 2000." in page.locator(".numbers").inner_text()  # of a picture of a run
    assert page.locator("#experiment svg path").count() == 2 * 2 + 2 + 1
    button = page.locator("#experiment button").first
    button.click()
    page.wait_for_function(
        """() => !document.querySelector('.message').textContent
            && +document.querySelector('.numbers').textContent.match(/Step (\\d+)/)[1] >= 200""",
        timeout=240 * SECONDS,
    )
    button.click()
    text = page.evaluate(
        "() => python.run('print(lab.steps, lab.theta.tolist())').then(r => r.text)"
    )
    steps, theta = text.split(" ", 1)
    run = Experiment()
    run.step(int(steps))
    np.testing.assert_allclose(json.loads(theta), run.theta, rtol=1e-9, atol=1e-12)
    (l2, sup), (l2_slope, sup_slope) = run.records[-1].errors
    shown = f"Step {steps}. Error of u: {l2:#.3g} in L², {sup:#.3g} at most; "
    shown += f"of u′: {l2_slope:#.3g} and {sup_slope:#.3g}."
    assert alike(page.locator(".numbers").inner_text().split(" 2/L")[0], shown)
    assert page.locator("#experiment svg path").count() == 2 * 2 + 2 + 1
    assert page.later == []
    page.get_by_text("Freeze as a ghost").click()
    page.get_by_text("Let the ghost go").wait_for()
    page.get_by_label("k", exact=True).select_option("2")
    page.wait_for_function(
        "() => document.querySelectorAll('#experiment svg path').length === 2 * 3 + 4 + 1"
    )
    target = page.get_by_label("u(x) =")
    target.fill("sin(2*y)")
    target.press("Enter")
    page.get_by_text("target: at character 7").wait_for()
    assert page.get_by_label("Example").locator("option").count() == 1 + len(PRESETS)
