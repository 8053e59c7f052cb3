"""Which page a file of the project has, the pages made of the tests, and what becomes a link in Markdown."""

import ast
import contextlib
import functools
import operator
import posixpath
import re
import textwrap
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

import sobolev_ref

ROOT = Path(__file__).resolve().parents[2]
TAGS = set(re.findall(r"^ {4}\(([A-Z]\d'?)\)", sobolev_ref.__doc__ or "", flags=re.M))
PLACES = {"sobolev_ref": "*.py", "tests": "test_*.py", "tutorials": "[0-9]*.py"}  # of tags
NAMES = {"sobolev_ref", "tests"}  # and the modules with what they define: how a name begins
for path in (ROOT / "sobolev_ref").rglob("*.py"):
    NAMES |= {path.stem, path.parent.name}
    NAMES |= set(re.findall(r"^(?:def|class) (\w+)", path.read_text(encoding="utf-8"), flags=re.M))
LINKS = (addnodes.pending_xref, addnodes.download_reference, nodes.reference, nodes.title)


def page_of(path: str) -> str:
    """The page of a file or folder, both named from the project's root."""
    name = re.sub(r"(/__init__)?(\.py)?$", "", path)
    figure = re.fullmatch(r"figures/tutorial_(\d\d[a-z]?)_\w+\.png", name)
    if figure:  # stands in its tutorial
        scripts = (ROOT / "tutorials").glob(f"{figure[1]}_*.py")
        return next((f"tutorials/{script.stem}" for script in scripts), "")
    if name.startswith(("sobolev_ref", "tests/")):
        folder = "api" if name.startswith("sobolev_ref") else "listings"
        return f"docs/{folder}/{name.replace('/', '.')}"
    return {"tutorials/answers": "tutorials/answers/00_fit_slopes"}.get(name, name)


def is_name(text: str, scope: object = None) -> bool:
    """Whether a text in backticks is a name of the package, or of its scope."""
    first = text.partition(".")[0]
    known = first in NAMES or first.startswith("test_") or hasattr(scope, first)
    return known and re.fullmatch(r"[A-Za-z_][\w.]*(\(\))?", text) is not None


def full_name(name: str) -> str:
    """The reference's name of what the package or one of its folders gives as `name`; another as it is."""
    with contextlib.suppress(AttributeError):
        found = operator.attrgetter(name)(sobolev_ref)
        return f"{found.__module__}.{found.__qualname__}"
    return name


class Links(SphinxTransform):
    """Markdown's links to files lead to their pages, and the names in its code to the reference."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        """Replaces links and code of a Markdown page or a tutorial."""
        page = self.env.docname
        if self.env.doc2path(page).suffix == ".rst":
            return
        for node in list(self.document.findall(lambda node: isinstance(node, LINKS[:2]))):
            target = node["reftarget"]
            if node.get("refdomain") != "doc":
                target = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
            if node.get("reftype") == "myst" and page_of(target) in self.env.found_docs:
                kind = {"refdomain": "doc", "reftype": "myst", "reftarget": page_of(target)}
                link = _link(page, **kind, reftargetid=node.get("reftargetid"), refexplicit=True)
                link += node.children
                node.replace_self(link)
        for node in list(self.document.findall(nodes.literal)):
            text = re.sub(r"^sr\.|\(.*\)$", "", node.astext())
            name = re.sub(r"\.py(::)?|::|/(?!$)", ".", text).strip(".")
            parent = node.parent
            while parent and not isinstance(parent, LINKS):
                parent = parent.parent
            if not parent and is_name(name):
                link = _link(
                    page, refdomain="", reftype="any", reftarget=full_name(name), refexplicit=False
                )
                node.replace_self(link)
                link += node


def _link(page: str, **kind: object) -> addnodes.pending_xref:
    return addnodes.pending_xref("", refdoc=page, refwarn=False, **kind)


@functools.cache
def where_used(tag: str) -> list[tuple[str, str]]:
    """The files that bear a tag, those of the package in a comment, each with a short name."""
    found = []
    for folder, pattern in PLACES.items():
        for path in sorted((ROOT / folder).rglob(pattern)):
            text = path.read_text(encoding="utf-8")
            text = "\n".join(re.findall("#.*", text)) if folder == "sobolev_ref" else text
            if f"({tag})" in text and "answers" not in path.parts:
                name = {"tests": path.name, "tutorials": path.stem.split("_")[0]}.get(
                    folder, path.stem
                )
                found.append((path.relative_to(ROOT).as_posix(), name))
    return found


def write_listings(app) -> None:
    """A page for each file of tests, its source with an anchor at each function; no page of what has gone."""
    folder = ROOT / "docs" / "listings"
    folder.mkdir(exist_ok=True)
    for page in [*folder.glob("tests.*.rst"), *(ROOT / "docs" / "api").glob("*.rst")]:
        source = ROOT / page.stem.replace(".", "/")
        if not (source.is_dir() or source.with_suffix(".py").exists()):
            page.unlink()
    rows = ""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name, tree = path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))
        module = page_of(name).rpartition("/")[2]
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        starts = [min(n.lineno for n in [node, *node.decorator_list]) for node in functions]
        text = f"{name}\n{'=' * len(name)}\n\n.. py:module:: {module}\n\n" + _source(
            name, 1, starts
        )
        for node, start in zip(functions, starts, strict=True):
            part = textwrap.indent(_source(name, start, starts), "   ")
            text += f".. py:function:: {node.name}()\n\n{part}"
        page = folder / f"{module}.rst"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
        summary = (ast.get_docstring(tree) or "").split("\n")[0].replace("|", r"\|")
        rows += f"| [`{path.name}`](../../{name}) | {summary} |\n"
    text = "# Tests\n\nTheir source, as errata and reference name them.\n\n"
    text += f"| file | what it holds |\n| --- | --- |\n{rows}"
    text += "\n```{toctree}\n:hidden:\n:glob:\n\ntests.*\n```\n"
    (folder / "index.md").write_text(text, encoding="utf-8")


def _source(name: str, start: int, starts: list[int]) -> str:
    """The lines of a file from a place to the next."""
    stop = next((str(place - 1) for place in starts if place > start), "")
    return f".. literalinclude:: /{name}\n   :language: python\n   :lines: {start}-{stop}\n\n"


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_transform(Links)
    app.connect("builder-inited", write_listings, priority=100)
    return {"parallel_read_safe": True}
