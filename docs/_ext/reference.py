"""The reference from the package itself: a page a module, and the source of the tests."""

import ast
import importlib
import re
from pathlib import Path

from links import PACKAGE
from markdown_pages import ROOT

# -- which modules, and in which order -------------------------------------------------------------


def modules() -> list[str]:
    """The package's modules: in the reading order of its docstring, then those it does not name."""
    package = importlib.import_module(PACKAGE)
    files = sorted(p.stem for p in Path(package.__file__).parent.glob("*.py"))
    named = [m for m in re.findall(r"`(\w+)`", package.__doc__ or "") if m in files]
    order = list(dict.fromkeys(named))
    return order + [m for m in files if m not in order and m != "__init__"]


def write(path: Path, text: str) -> None:
    """Write only what changed, so that Sphinx reads again only that."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def first_line(source: str) -> str:
    """The first line of a file's docstring."""
    return (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]


def title(text: str) -> str:
    """A page's title in reStructuredText."""
    return f"{text}\n{'=' * len(text)}\n\n"


def write_pages(app) -> None:
    """The pages of `api/` and `listings/`, from the files that are there."""
    docs = Path(app.srcdir)
    names = modules()
    for stale in {*(docs / "api").glob("*.rst")} - {
        docs / "api" / f"{m}.rst" for m in [*names, "index"]
    }:
        stale.unlink()
    for name in names:
        write(docs / "api" / f"{name}.rst", f"{title(name)}.. automodule:: {PACKAGE}.{name}\n")
    rows = []
    for name in names:
        summary = first_line((ROOT / PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
        rows.append(f"| [`{name}`](../{PACKAGE}/{name}.py) | {_cell(summary)} |")
    text = title("Reference")
    text += f".. py:module:: {PACKAGE}\n\n"
    text += (".. markdown::\n   :source: docs/index.md\n\n   The modules in reading order. What stands in"
             "\n   `sobolev_ref` itself is listed below them.\n\n   | module | what it is |\n"
             "   | --- | --- |\n")  # fmt: skip
    text += "".join(f"   {row}\n" for row in rows)
    text += "\n.. public-names::\n\n.. toctree::\n   :hidden:\n\n" + "".join(
        f"   {n}\n" for n in names
    )
    write(docs / "api" / "index.rst", text)

    tests = sorted((ROOT / "tests").glob("test_*.py"))
    pages = {docs / "listings" / f"{t.stem}.rst" for t in tests}
    for stale in {*(docs / "listings").glob("test_*.rst")} - pages:
        stale.unlink()
    for test in tests:
        write(
            docs / "listings" / f"{test.stem}.rst",
            f"{title(test.name)}.. test-listing:: {test.name}\n",
        )
    text = title("Tests") + ".. markdown::\n   :source: docs/index.md\n\n   The source of the tests, " \
        "as errata and reference name them.\n\n   | file | what it holds |\n   | --- | --- |\n"  # fmt: skip
    for test in tests:
        summary = first_line(test.read_text(encoding="utf-8"))
        text += f"   | [`{test.name}`](../tests/{test.name}) | {_cell(summary)} |\n"
    text += "\n.. toctree::\n   :hidden:\n\n" + "".join(f"   {t.stem}\n" for t in tests)
    write(docs / "listings" / "index.rst", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
