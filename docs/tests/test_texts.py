"""The built pages say what their sources say: no word, formula or full stop is lost, doubled or changed.

The sources are the Markdown pages, the tutorials' cells and the docstrings. A paragraph of a page is a list
of texts, which must stand in the source as they are, and between them of formulas, each the TeX of what
the source has in its place.
"""

import functools
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from notebooks import read
from unicode_math import NotMathematics, to_tex

import sobolev_ref

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs" / "_build" / "html"
MARKDOWN = [
    *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "tutorials" / "README.md",
    ROOT / "benchmarks" / "results" / "benchmarks.md", *(ROOT / "tutorials").rglob("[0-9]*.py"),
]  # fmt: skip
MODULES = [m.name for m in pkgutil.walk_packages(sobolev_ref.__path__, "sobolev_ref.")]
SIGN = re.compile(r"[∫∇∂√ᵀᵅθλασ]|[_^]\{|[α-ω]_")  # of a formula, where only words should be left


def tidy(text):
    """One blank for every run of white space."""
    return " ".join(text.split())


def markdown_texts(path):
    """What a reader sees of a Markdown file's headings, paragraphs and cells of tables, a string each."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n\n".join(c.source for c in read(text).cells if c.cell_type == "markdown")
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        shown = {"text", "code_inline", "text_special"}
        parts = [
            c.content if c.type in shown else " " * ("break" in c.type)
            for c in token.children or []
        ]
        if "".join(parts).strip():
            yield tidy("".join(parts))


def docstring_texts(module):
    """The paragraphs of a module's docstrings above their first section: neither code nor formulas."""
    public = [value for name, value in vars(module).items() if not name.startswith("_")]
    own = [value for value in public if getattr(value, "__module__", "") == module.__name__]
    for found in [module, *filter(inspect.isroutine, own)]:
        text = inspect.getdoc(found) or ""
        for paragraph in re.split(r"\n\s*\n", re.split(r"\n\n[A-Z].*\n-{3,}\n", text)[0]):
            if not paragraph.startswith((" ", ">>>", "- ")) and paragraph.strip():
                yield tidy(re.sub(r"`([^`]*)`", r"\1", paragraph.replace("**", "")))


def paragraphs(page):
    """A page's headings and paragraphs, in order: pieces of text and, at odd places, formulas in TeX."""
    article = BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser").find(
        "article"
    )
    for element in article.find_all(["p", "h1", "h2", "h3", "h4"]):
        for link in element.select("a.headerlink"):
            link.decompose()
        for formula in element.select("span.math"):
            formula.replace_with("\ue000" + formula.get_text() + "\ue000")
        yield tidy(element.get_text()).split("\ue000")


def says(pieces, text):
    """Whether a paragraph of a page is that text."""
    (words, *rest), formula = pieces, pieces[1] if len(pieces) > 1 else ""
    if not text.startswith(words) or not rest:
        return text == words
    text = text.removeprefix(words)
    return any(
        text.startswith(rest[1], stop)
        and tex(text[:stop]) == formula
        and says(rest[1:], text[stop:])
        for stop in range(1, len(text) + 1)
    )


@functools.cache
def tex(text):
    """What the page has for a formula; nothing where the text is none."""
    try:
        return rf"\({to_tex(text)}\)"
    except NotMathematics:
        return ""


def missing(texts, page):
    """The texts that no paragraph of the page says."""
    found = list(paragraphs(page))
    return [text for text in texts if not any(says(pieces, text) for pieces in found)]


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_says_what_its_file_says(path):
    texts = list(markdown_texts(path))
    assert texts
    assert missing(texts, path.relative_to(ROOT).with_suffix(".html")) == []


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_the_reference_says_what_the_docstrings_say(name):
    assert missing(docstring_texts(importlib.import_module(name)), f"docs/api/{name}.html") == []


def test_the_equations_say_what_the_package_says():
    assert missing(docstring_texts(sobolev_ref), "docs/equations.html") == []


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_half_of_a_formula_is_left_as_text(path):
    """Where a formula ends in the middle, its sentence should be written in another way."""
    for pieces in paragraphs(path.relative_to(ROOT).with_suffix(".html")):
        if len(pieces) > 1:
            assert not [text for text in pieces[::2] if SIGN.search(text)]


def test_a_lost_and_a_doubled_full_stop_are_found():
    pieces = ["Take ", r"\(u_{\theta}\)", "."]
    assert says(pieces, "Take u_θ.")
    assert not says(pieces, "Take u_θ")
    assert not says([*pieces[:2], ".."], "Take u_θ.")
    assert not says(pieces, "Take u_λ.")
