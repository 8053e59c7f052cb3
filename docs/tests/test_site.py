"""The built site in a real browser: every page, at a desk's width and at a phone's.

    python -m sphinx -W --keep-going -b html -c docs . docs/_build/html
    python -m pytest docs/tests

Chromium is the system's, `/usr/bin/chromium` or what the variable CHROMIUM names. Nothing is skipped:
without a site or a browser the tests fail.
"""

import functools
import html
import html.parser
import re
import urllib.parse

import pytest
from conftest import SITE

import sobolev_ref

PAGES = sorted(
    p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html") if "_static" not in p.parts
)
PHONE, SMALLEST = 375, 12  # pixels: the width, and the smallest letters

MATHEMATICS = """() => {
    const all = [...document.querySelectorAll('.math')];
    const text = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const raw = [];
    for (let n = text.nextNode(); n; n = text.nextNode())
        if (!n.parentElement.closest('pre, code, script, style, mjx-container')
            && /\\\\[(\\[)\\]]|\\\\[a-z]{2,}|\\$[^ ]+\\$|[_^]\\{/.test(n.data)) raw.push(n.data.trim());
    return {
        total: all.length,
        bare: all.filter(e => !e.querySelector('mjx-container')).map(e => e.textContent),
        empty: [...document.querySelectorAll('mjx-container')].filter(
            e => e.getBoundingClientRect().width < 1).length,
        errors: [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(e => e.textContent),
        raw: raw,
    }
}"""
IMAGES = """async () => {
    const all = [...document.images];
    all.forEach(i => { i.loading = 'eager'; });
    await Promise.all(all.map(i => i.decode().catch(() => {})));
    return all.filter(i => !(i.complete && i.naturalWidth > 0)).map(i => i.src);
}"""
PHONE_FAULTS = """smallest => {
    const faults = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > window.innerWidth) {
        faults.push(`the page is ${wide} wide`);
        for (const e of document.querySelectorAll('main *'))
            if (e.getBoundingClientRect().right > window.innerWidth + 1 && faults.length < 5)
                faults.push(`${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`);
    }
    const text = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    for (let n = text.nextNode(); n; n = text.nextNode()) {
        const e = n.parentElement;
        if (!n.data.trim() || !e.checkVisibility() || e.closest('mjx-container, sup, sub, script, style'))
            continue;
        const size = parseFloat(getComputedStyle(e).fontSize);
        if (size < smallest && faults.length < 8) faults.push(`${size}px: ${n.data.trim().slice(0, 40)}`);
    }
    return faults;
}"""


class Page(html.parser.HTMLParser):
    """The anchors and links of a page as it is on disk."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs[k] for k in ("id", "name") if attrs.get(k)}
        self.links += [attrs[k] for k in ("href", "src") if attrs.get(k)]


@functools.cache
def parsed(path):
    return Page(path)


def test_the_site_is_built():
    """A page for every file of Markdown, tutorial, answer, module and file of tests; and both downloads."""
    root = SITE.parents[2]
    folders = (
        "*.md",
        "docs/*.md",
        "tutorials/README.md",
        "tutorials/**/[0-9]*.py",
        "benchmarks/results/*.md",
    )
    files = [path.relative_to(root) for folder in folders for path in root.glob(folder)]
    missing = {path.with_suffix(".html").as_posix() for path in files}
    missing |= {f"docs/{name}.html" for name in ("equations", "reference", "listings/index")}
    for kind, folder, pattern in (
        ("api", "sobolev_ref", "*.py"),
        ("listings", "tests", "test_*.py"),
    ):
        for path in (root / folder).rglob(pattern):
            parts = [
                part for part in path.relative_to(root).with_suffix("").parts if part != "__init__"
            ]
            missing.add(f"docs/{kind}/{'.'.join(parts)}.html")
    assert missing - set(PAGES) == set()
    downloads = [path.name for path in (SITE / "_downloads").rglob("[0-9]*")]
    for name in [path.stem for path in files if path.suffix == ".py"]:
        assert {f"{name}.py", f"{name}.ipynb"} <= set(downloads)


def test_a_tutorial_shows_what_it_printed_and_drew():
    page = (SITE / "tutorials" / "05_check_derivatives.html").read_text(encoding="utf-8")
    assert "complex-step error\nright, λ = 1.0" in html.unescape(page)
    assert re.search(r'<img alt="Errors against the step: two Vs[^"]*" src="[^"]*\.svg"', page)
    assert re.search(
        r'href="../docs/api/sobolev_ref.losses.sobolev.html#[^>]*><span class="n">sr<', page
    )
    assert re.search(
        r'href="../docs/api/sobolev_ref.plots.figures.html#[^>]*><span class="n">save_f', page
    )


@pytest.mark.parametrize("name", ["README", "CONTRIBUTING", "docs/errata"])
def test_a_public_name_in_backticks_is_a_link(name):
    public = "|".join(name for name, value in vars(sobolev_ref).items() if callable(value))
    code = rf'<code[^>]*><span class="pre">(?:{public})</span></code>'
    page = (SITE / f"{name}.html").read_text(encoding="utf-8")
    assert re.findall(rf"<a [^>]*>{code}", page)
    assert not re.findall(rf"(?<!>){code}", page)


@pytest.mark.parametrize("name", PAGES)
def test_page(name, browser, address):
    page = browser.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    faults = []
    page.on("console", lambda m: m.type == "error" and faults.append(f"console: {m.text}"))
    page.on("pageerror", lambda e: faults.append(f"script: {e}"))
    page.on("requestfailed", lambda r: faults.append(f"failed: {r.url}"))
    page.on("response", lambda r: r.status >= 400 and faults.append(f"{r.status}: {r.url}"))
    page.on("request", lambda r: r.url.startswith((address, "data:", "blob:"))
            or faults.append(f"another host: {r.url}"))  # fmt: skip
    page.goto(address + name, wait_until="load")
    if page.evaluate("() => document.querySelector('.math') !== null"):
        page.wait_for_function("() => window.MathJax && MathJax.startup && MathJax.startup.promise")
        page.evaluate("() => MathJax.startup.promise")
    page.evaluate("() => document.fonts.ready")
    mathematics = page.evaluate(MATHEMATICS)
    for kind in ("bare", "errors", "raw"):
        faults += [f"mathematics, {kind}: {text}" for text in mathematics[kind]]
    if mathematics["empty"]:
        faults.append(f"{mathematics['empty']} formulas without width")
    faults += [f"image: {src}" for src in page.evaluate(IMAGES)]
    if not page.title() or page.locator("h1").count() != 1:
        faults.append(f"title {page.title()!r}, {page.locator('h1').count()} first headings")
    page.set_viewport_size({"width": PHONE, "height": 812})
    faults += [f"phone: {fault}" for fault in page.evaluate(PHONE_FAULTS, SMALLEST)]
    page.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    broken = []
    for link in parsed(SITE / name).links:
        parts = urllib.parse.urlsplit(link)
        if parts.scheme in ("data", "mailto"):
            continue
        if parts.scheme or parts.netloc:
            if link in parsed(SITE / name).links and not link.startswith("https://"):
                broken.append(link)
            continue
        path = (
            (SITE / name).parent / urllib.parse.unquote(parts.path) if parts.path else SITE / name
        )
        if path.is_dir():
            path = path / "index.html"
        if not path.exists():
            broken.append(link)
        elif parts.fragment and path.suffix == ".html":
            known = parsed(path.resolve()).ids
            broken += [link] if urllib.parse.unquote(parts.fragment) not in known else []
    assert not broken, broken


def test_pages_with_formulas_have_formulas():
    """A site in which nothing was recognised as mathematics would pass every test above."""
    for name, least in (("errata", 100), ("equations", 60), ("api/sobolev_ref.models.mlp", 20)):
        page = (SITE / "docs" / f"{name}.html").read_text(encoding="utf-8")
        assert page.count('class="math') > least, name
