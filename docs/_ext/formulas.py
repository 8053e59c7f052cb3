"""Formulas in their own letters become mathematics, on Markdown pages and in docstrings alike.

An indented block becomes a table of formulas, or stays as it stands; in a paragraph `unicode_math.sentence`
says what is a formula. The tags of equations, such as (J3), and the names of tutorials become links.
"""

import contextlib
import inspect
import re
from itertools import groupby

from docutils import nodes
from site_pages import ROOT, TAGS, full_name, is_name, page_of, where_used
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from unicode_math import NotMathematics, Row, block, sentence, to_tex

EQUATIONS = "docs/equations"
HEADS = {
    3: ["symbol", "code", "what it is"],
    4: ["tag", "equation", "what it is", "code, tests, tutorials"],
}
LINK = re.compile(
    r"\((?P<tag>[A-Z]\d'?)\)|\b(?P<script>\d\d[a-z]?_[a-z_]+[a-z])\b|\b[Tt]utorials? (?P<number>\d\d[a-z]?)\b"
    r"|\b(?P<page>docs/\w+)\.md\b"
)
SECTIONS = {"Parameters", "Returns", "Yields", "Raises", "Attributes"}  # their lines "name : type"


class Formulas(SphinxTransform):
    """Blocks first, whose cells are paragraphs; then every paragraph, outside code and links."""

    default_priority = 500

    def apply(self, **kwargs: object) -> None:
        """Replaces texts and blocks of the document."""
        for node in list(self.document.findall(nodes.literal_block)):
            if node.get("language", "none") == "none":  # indented, in Markdown or in a docstring
                try:
                    node.replace_self(self.table(block(node.astext())))
                except NotMathematics:
                    shell = re.match("(python|pip|git) ", node.astext())
                    node["language"] = "bash" if shell else "none"
        for paragraph in list(self.document.findall(nodes.paragraph)):
            self.inline(paragraph)

    def inline(self, node: nodes.Element) -> None:
        """The texts of a paragraph, and of what is emphasised in it."""
        made: list[nodes.Node] = []
        for is_text, run in groupby(node.children, lambda child: isinstance(child, nodes.Text)):
            children = list(run)
            if is_text:
                text = "".join(child.astext() for child in children).replace("\n", " ")
                made += self.prose(text, glued=bool(made))
            else:
                made += children
                for child in children:
                    if isinstance(child, nodes.strong | nodes.emphasis):
                        self.inline(child)
        node[:] = made

    def prose(self, text: str, glued: bool) -> list[nodes.Node]:
        """A text as nodes; glued to code, its first word is the rest of that code's."""
        made: list[nodes.Node] = []
        for is_formula, piece in sentence("`" + text if glued else text):
            if is_formula:  # no line begins or ends between a short one and its punctuation
                before = made.pop().astext() if made and isinstance(made[-1], nodes.Text) else ""
                words = before.rstrip('([“"')
                short = ["together"] if len(piece) < 25 else []
                math = nodes.math(to_tex(piece), to_tex(piece))
                made.append(nodes.Text(words))
                made.append(nodes.inline("", before[len(words) :], math, classes=short))
                continue
            at = 1 if glued and not made else 0
            if made:
                at = len(piece) - len(piece.lstrip(",.;:!?)]”\"'’"))
                made[-1] += nodes.Text(piece[:at])
            for match in LINK.finditer(piece):
                role, target = self.place(match)
                if target:
                    shown = nodes.inline(match[0], match[0])
                    made += [nodes.Text(piece[at : match.start()]), self.link(role, target, shown)]
                    at = match.end()
            made.append(nodes.Text(piece[at:]))
        return made

    def place(self, match: re.Match[str]) -> tuple[str, str]:
        """The role and the target of what a text names; none where there is no such page."""
        if match["tag"]:
            return "ref", _anchor(match["tag"]) if match["tag"] in TAGS else ""
        start = match["page"] or f"tutorials/{match['script'] or match['number'] + '_'}"
        page = next((p for p in sorted(self.env.found_docs) if p.startswith(start)), "")
        return "doc", f"/{page}" if page not in ("", self.env.docname) else ""

    def link(self, role: str, target: str, shown: nodes.Node) -> addnodes.pending_xref:
        """A link that Sphinx resolves, and warns of where it leads nowhere."""
        kind = {"refdomain": "std", "reftype": role, "reftarget": target, "refexplicit": True}
        return addnodes.pending_xref("", shown, **kind, refdoc=self.env.docname, refwarn=True)

    def table(self, rows: list[Row]) -> nodes.table:
        """A block of formulas; on the page of equations with a head, and with where each tag stands."""
        body = []
        first, last = any(row.first for row in rows), any(row.last for row in rows)
        for row in rows:
            cells = [_tags(row.first)] * first + [self.cell(cell) for cell in row.cells]
            cells += [_tags(row.last)] * last
            if self.env.docname == EQUATIONS and row.first:
                self.anchor(row.first[0], cells)
            body.append(cells)
        head = HEADS.get(len(body[0]), []) if self.env.docname == EQUATIONS else []
        group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in body[0]], cols=len(body[0]))
        if head:
            group += nodes.thead("", _row([nodes.paragraph(name, name) for name in head]))
        group += nodes.tbody("", *map(_row, body))
        return nodes.table(
            "", group, classes=["equations"] if head else ["formulas"] + ["tagged"] * last
        )

    def cell(self, pieces: list[tuple[str, str]]) -> nodes.paragraph:
        """A cell of a block."""
        made = nodes.paragraph()
        for kind, text in pieces:
            if kind == "math":
                made += nodes.math(rf"\displaystyle {text}", rf"\displaystyle {text}")
            else:
                made += nodes.literal(text, text) if kind == "code" else nodes.Text(text)
        return made

    def anchor(self, tag: str, cells: list[nodes.paragraph]) -> None:
        """Where links to a tag lead: its cell; and a last cell, of what else bears the tag."""
        cells[0]["ids"], cells[0]["classes"] = [_anchor(tag)], ["own-tag"]
        self.env.domains.standard_domain.anonlabels[_anchor(tag)] = EQUATIONS, _anchor(tag)
        used = nodes.paragraph()
        for path, name in where_used(tag):
            used += [nodes.Text(", ")] if used.children else []
            used += self.link("doc", f"/{page_of(path)}", nodes.literal(name, name))
        cells.append(used)


def _tags(tags: list[str]) -> nodes.paragraph:
    return nodes.paragraph("", " ".join(f"({tag})" for tag in tags), classes=["tag"])


def _row(cells: list[nodes.paragraph]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", cell) for cell in cells])


def _anchor(tag: str) -> str:
    return "eq-" + tag.lower().replace("'", "-exact")


def mark_docstring(app, what, name, obj, options, lines: list[str]) -> None:
    """A docstring on its way to numpydoc: blocks become literal, and prose loses what would be markup.

    An indented block after a blank line is a block of formulas, or code. A header "name : type" of a
    section and a doctest stay as they are.
    """
    marked: list[tuple[bool, str]] = []  # whether a line is prose, and the line
    section, base, inside, doctest = "", 0, 0, False
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        indent, prose = len(line) - len(line.lstrip()), False
        if not line.strip():
            doctest = False
        elif doctest or line.lstrip().startswith(">>>"):
            doctest = True
        elif not inside and not before.strip("- ") and marked and indent >= base + 4:
            inside = indent
            marked += [(False, " " * base + "::"), (False, "")]
        elif indent < inside or not inside:
            inside, base = 0, indent
            title = re.fullmatch("-{3,}", after.strip())
            section = line.strip() if title else section
            header = section in SECTIONS and not indent
            if section == "See Also" and not indent and " : " in line:
                other, text = line.split(" : ", 1)
                line, header = f":obj:`~{full_name(other)}` : {_escaped(text, obj)}", True
            prose = not (title or header or set(line.strip()) == {"-"})
        marked.append((prose, line))
    lines.clear()
    for prose, run in groupby(marked, lambda pair: pair[0]):
        text = "\n".join(line for _, line in run)
        lines += (_escaped(text, obj) if prose else text).split("\n")


def _escaped(text: str, obj: object) -> str:
    """Prose as reStructuredText that says the same; a name in backticks may be a link, a parameter not."""
    own: set[str] = set()
    with contextlib.suppress(TypeError, ValueError):
        own = set(inspect.signature(obj).parameters)  # type: ignore[arg-type]
    out = ""
    for i, part in enumerate(re.split(r"`+([^`]+)`+", text)):
        if i % 2 == 0:
            part = re.sub(
                r"[|\\]|(?<!\*)\*(?!\*)|_(?!\w)|^\((?=\w\))", r"\\\g<0>", part, flags=re.M
            )
            out += "\\ " * (i > 0 and not part[:1].isspace()) + part
            continue
        name = re.sub(r"\(.*\)$", "", part)
        if is_name(name, obj) and part not in own:
            folder = (ROOT / "sobolev_ref" / name).is_dir()
            target = f"sobolev_ref.{name}" if folder else full_name(name) if "." in name else name
            part = f"`{part} <{target}>`"
        else:
            part = f"``{part}``"
        out += "\\ " * (out[-1:].strip() != "") + part
    return out


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_transform(Formulas)
    app.connect("autodoc-process-docstring", mark_docstring, priority=100)
    app.connect("env-get-outdated", lambda *args: [EQUATIONS])  # which says where all tags stand
    return {"parallel_read_safe": True}
