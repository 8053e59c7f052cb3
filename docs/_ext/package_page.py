"""Pages made of what the code says: the equations, the public names, the tests' source."""

import ast
import importlib
import inspect
import re
from itertools import pairwise

from docutils import nodes
from formulas import block, entry, inline_formula, prose, table
from links import PACKAGE, anchor_of_tag
from markdown_pages import ROOT
from reference import modules
from sphinx.util.docutils import SphinxDirective
from unicode_blocks import cell_pieces, columns_of, split_block
from unicode_letters import NotMathematics


def package_sections() -> dict[str, str]:
    """The sections of the package docstring, "" for what stands above the first."""
    text = inspect.getdoc(importlib.import_module(PACKAGE)) or ""
    parts = re.split(r"^(\S.*)\n-{3,}\n", text, flags=re.M)
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True))


def equation_tags() -> dict[str, str]:
    """Each tag of the package docstring, and its line."""
    found = re.findall(r"^    \(([A-Z]\d'?)\)\s+(.*)$", package_sections()["Equations"], flags=re.M)
    return dict(found)


class PackageDocstring(SphinxDirective):
    """``.. package-docstring::`` the package docstring, its equations with an anchor each."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(ROOT / PACKAGE / "__init__.py"))
        made: list[nodes.Node] = []
        for name, text in package_sections().items():
            into = made
            if name:
                section = nodes.section("", nodes.title(name, name), ids=[nodes.make_id(name)])
                made.append(section)
                into = section
            for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
                if not paragraph.strip():
                    continue
                if not paragraph.startswith("    "):
                    into.append(nodes.paragraph("", "", *self.inline(paragraph.replace("\n", " "))))
                elif name == "Notation":
                    into.append(self.notation(paragraph))
                elif name == "Equations":
                    into.append(self.equations(paragraph))
                else:
                    into.append(self.formulas(paragraph))
        return made

    def inline(self, text: str) -> list[nodes.Node]:
        out: list[nodes.Node] = []
        for part in re.split(r"(`[^`]+`|docs/errata\.md)", text):
            if part.startswith("`"):
                out.append(nodes.literal(part, part.strip("`")))
            elif part == "docs/errata.md":
                out.append(nodes.reference("", "the errata", refuri="site:errata"))
            else:
                out += prose(part)
        return out

    def formulas(self, text: str) -> nodes.Element:
        return block(text)

    def notation(self, text: str) -> nodes.Element:
        starts = [m.end() for m in re.finditer(r"\S {2,}(?=\S)", text.splitlines()[0])][:2]
        body = []
        for line in text.splitlines():
            columns = columns_of(line)
            cuts = [0, *starts, len(columns)]
            symbol, code, meaning = ("".join(columns[a:b]).strip() for a, b in pairwise(cuts))
            left: list[nodes.Node] = []
            for part in symbol.split(", "):
                left += [nodes.Text(", ")] if left else []
                try:
                    left += inline_formula(part)
                except NotMathematics:
                    left.append(nodes.Text(part))
            prosaic = " " in code and not re.search(r"[_.,]", code)
            middle = nodes.Text(code) if prosaic else nodes.literal(code, code)
            cells = [left, [middle], prose(meaning)]
            body.append([nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells])
        head = [nodes.entry("", nodes.paragraph(t, t)) for t in ("symbol", "code", "what it is")]
        return table(head, body, ["notation"])

    def equations(self, text: str) -> nodes.Element:
        used = where_used()
        rows = split_block(text)
        body = []
        for row in rows:
            (tag,) = row.first
            cells = []
            label = nodes.inline("", f"({tag})", ids=[anchor_of_tag(tag)], classes=["own-tag"])
            cells.append(nodes.entry("", nodes.paragraph("", "", label)))
            formula, *rest = row.cells
            try:
                cells.append(entry(cell_pieces(formula)))
            except NotMathematics:
                cells.append(nodes.entry("", nodes.paragraph("", "", *prose(formula))))
            cells.append(nodes.entry("", nodes.paragraph("", "", *prose(" ".join(rest).strip()))))
            links: list[nodes.Node] = []
            for page, label in used.get(tag, []):
                links += [nodes.Text(", ")] if links else []
                links.append(
                    nodes.reference("", "", nodes.literal(label, label), refuri=f"site:{page}")
                )
            cells.append(nodes.entry("", nodes.paragraph("", "", *links)))
            body.append(cells)
        names = ("tag", "equation", "what it is", "code, tests, tutorials")
        head = [nodes.entry("", nodes.paragraph(t, t)) for t in names]
        return table(head, body, ["equations"])


def where_used() -> dict[str, list[tuple[str, str]]]:
    """For each tag the pages of the code lines, of the tests, and of the tutorials that bear it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in modules():
        source = (ROOT / PACKAGE / f"{name}.py").read_text(encoding="utf-8")
        comments = "\n".join(re.findall(r"^[^\n#]*#(.*)$", source, flags=re.M))
        for tag in equation_tags():
            if f"({tag})" in comments:
                found.setdefault(tag, []).append((f"api/{name}", name))
    for folder, page, pattern in (
        ("tests", "listings", "test_*.py"),
        ("tutorials", "tutorials", "[0-9]*.py"),
    ):
        for path in sorted((ROOT / folder).glob(pattern)):
            source = path.read_text(encoding="utf-8")
            for tag in equation_tags():
                if f"({tag})" in source:
                    label = path.name if folder == "tests" else path.stem[:2]
                    found.setdefault(tag, []).append((f"{page}/{path.stem}", label))
    return found


class PublicNames(SphinxDirective):
    """``.. public-names::`` what `import sobolev_ref` gives, a line each."""

    def run(self) -> list[nodes.Node]:
        package = importlib.import_module(PACKAGE)
        body = []
        for name in sorted((n for n in vars(package) if not n.startswith("_")), key=str.lower):
            found = getattr(package, name)
            if inspect.ismodule(found):
                continue
            own = inspect.isclass(found) or inspect.isfunction(found)
            summary = (inspect.getdoc(found) or "").split("\n")[0] if own else "A constant."
            cells = [[nodes.literal(name, name)], prose_with_code(summary)]
            body.append([nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells])
        head = [nodes.entry("", nodes.paragraph(t, t)) for t in ("name", "what it is")]
        return [table(head, body, ["names"])]


def prose_with_code(text: str) -> list[nodes.Node]:
    """A sentence of a docstring: formulas, and names in backticks."""
    out: list[nodes.Node] = []
    for part in re.split(r"(`[^`]+`)", text):
        out += [nodes.literal(part, part.strip("`"))] if part.startswith("`") else prose(part)
    return out


# -- the tests' source -----------------------------------------------------------------------------


class TestListing(SphinxDirective):
    """``.. test-listing:: test_x.py`` the source, with an anchor at each function."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = ROOT / "tests" / self.arguments[0]
        self.env.note_dependency(str(path))
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        starts = {1: ""}
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef):
                starts[min([node.lineno, *[d.lineno for d in node.decorator_list]])] = node.name
        made: list[nodes.Node] = []
        places = sorted(starts)
        for start, stop in zip(places, [*places[1:], len(lines) + 1], strict=True):
            chunk = "\n".join(lines[start - 1 : stop - 1]).rstrip()
            listing = nodes.literal_block(chunk, chunk, language="python")
            made.append(nodes.container("", listing, ids=[starts[start]] if starts[start] else []))
        return made
