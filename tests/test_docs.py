"""The prose keeps to what is there: every test, module and file that a page names exists."""

import ast
import doctest
import re
import runpy
from configparser import ConfigParser
from functools import cache
from pathlib import Path

import pytest

import sobolev_ref

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "tutorials" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


@cache
def functions(path):
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_the_tests_that_the_errata_name_exist():
    text = (ROOT / "docs" / "errata.md").read_text(encoding="utf-8")
    file = None
    found = 0
    for path, name in re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", text):
        file = ROOT / path if path else file
        if path:
            assert file.exists(), path
        if name:
            assert name in functions(file), f"{file.name}::{name}"
            found += 1
    assert found >= 12


def test_each_statement_of_the_errata_has_its_five_lines():
    five = ["Hypotheses", "Statement", "Proof idea", "Sharpness", "Test"]
    text = (ROOT / "docs" / "errata.md").read_text(encoding="utf-8")
    sections = re.split(r"^#{2,3} ", text, flags=re.M)[1:]
    found = [re.findall(r"^\*\*([A-Z][a-z ]+)\.\*\*", section, flags=re.M) for section in sections]
    for section, lines in zip(sections, found):
        heading = section.partition("\n")[0]
        assert lines in (five, ["Stated", *five]) or heading.startswith("What the paper"), heading
    assert sum(bool(lines) for lines in found) >= 20


def test_the_files_of_tests_that_pages_and_tests_name_exist():
    there = {
        path.name for folder in ("tests", "docs") for path in (ROOT / folder).rglob("test_*.py")
    }
    for page in [*PAGES, *(ROOT / "tests").rglob("*.py")]:
        named = set(re.findall(r"\btest_[a-z0-9_]+\.py\b", page.read_text(encoding="utf-8")))
        assert named <= there, f"{page.relative_to(ROOT)} names {named - there}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_folder_stands_in_the_reference():
    rows = (ROOT / "docs" / "reference.rst").read_text(encoding="utf-8").splitlines()
    for folder in (ROOT / "sobolev_ref").glob("*/__init__.py"):
        assert f"   ~sobolev_ref.{folder.parent.name}" in rows, folder


def test_the_lowest_versions_tested_are_the_lowest_allowed():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    allowed = config["options"]["install_requires"] + config["options.extras_require"]["test"]
    lowest = dict(re.findall(r"^(\w+)==([\d.]+)$", (ROOT / "tests/lowest.txt").read_text(), re.M))
    for name, version in re.findall(r"(\w+)>=([\d.]+)", allowed):
        assert (lowest[name] + ".").startswith(version + ".")
        assert not lowest[name].removeprefix(version).strip(".0")


def test_the_version_is_the_same_everywhere():
    assert f"version: {sobolev_ref.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## {sobolev_ref.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_every_row_of_the_papers_table_leads_to_a_tutorial():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| the paper | here |") :].split("\n\n")[0].splitlines()[2:]
    assert len(table) >= 14
    for row in table:
        links = re.findall(r"\[(\d\d)\]\((tutorials/\d\d_\w+\.py)\)", row.split("|")[-2])
        assert links, row
        for number, path in links:
            assert Path(path).name.startswith(number) and (ROOT / path).exists()


def test_the_glossary_names_what_there_is():
    """A name of the package in its last column is public, and a word stands in one row."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [
        re.split(r"(?<!\\\\) \| ", line.strip("| "))
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    words = [row[0] for row in rows[2:]]
    assert len(words) >= 60 and len(set(words)) == len(words)
    for name in re.findall(r"`(\w+)`", text):
        assert hasattr(sobolev_ref, name), name


@pytest.mark.slow
def test_the_examples_of_the_readme_hold():
    as_in_docstrings = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.testfile(str(ROOT / "README.md"), False, optionflags=as_in_docstrings)
    assert found.attempted > 10 and not found.failed


def test_the_page_for_an_index_of_packages_leads_nowhere_in_vain():
    """`python docs/_ext/index_page.py` writes it, where README or metadata changed."""
    made = runpy.run_path(str(ROOT / "docs" / "_ext" / "index_page.py"))
    page = made["PAGE"].read_text(encoding="utf-8")
    assert page == made["written"]()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for text in (page, made["index_page"](readme, "https://a.org/b/")):
        links = re.findall(r"\]\(([^)]*)\)", text)
        assert all(link.startswith("https://") for link in links)
    assert len(links) == readme.count("](") >= 50
    words = "![A](figures/a.png) [`b`](docs/b.md#c) [d](#d) [e](https://e.org) x[i](j)"
    assert made["index_page"](words, "https://a.org/b/") == (
        "![A](https://a.org/b/raw/HEAD/figures/a.png) [`b`](https://a.org/b/blob/HEAD/docs/b.md#c) "
        "[d](https://a.org/b#d) [e](https://e.org) x[i](https://a.org/b/blob/HEAD/j)"
    )
    assert made["index_page"](words, None) == "*A.* `b` d [e](https://e.org) xi"
    metadata = ConfigParser()
    metadata.read(ROOT / "setup.cfg", encoding="utf-8")
    assert metadata["metadata"]["long_description"] == "file: docs/index_page.txt"
