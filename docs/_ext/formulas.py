"""Formulas as document nodes: sentences, indented blocks, and the rule for what stays as it was."""

from docutils import nodes
from docutils.parsers.rst import Directive
from unicode_blocks import cell_pieces, split_block
from unicode_letters import NotMathematics
from unicode_math import to_tex
from unicode_prose import split_prose, split_relations


def prose(text: str) -> list[nodes.Node]:
    """A sentence: text, and the formulas in it as inline mathematics."""
    out: list[nodes.Node] = []
    for is_formula, piece in split_prose(text):
        out += inline_formula(piece) if is_formula else [nodes.Text(piece)]
    return out


def inline_formula(formula: str) -> list[nodes.Node]:
    """One formula in a sentence; a long one in parts, between which a line may break."""
    try:
        parts = [to_tex(part) for part in split_relations(formula)]
    except NotMathematics:
        parts = [to_tex(formula)]
    out: list[nodes.Node] = []
    for part in parts:
        out += [nodes.Text(" "), nodes.math(part, part)] if out else [nodes.math(part, part)]
    return out


def block(text: str, language: str = "none") -> nodes.Element:
    """An indented block: a table of formulas, or the block as it stands where it is none."""
    try:
        rows = split_block(text)
        cells = [[cell_pieces(cell) for cell in row.cells] for row in rows]
    except NotMathematics:
        cells = []
    if not any(kind == "math" for row in cells for cell in row for kind, _ in cell):
        return nodes.literal_block(text, text, language=language)
    entries = [[entry(cell) for cell in row] for row in cells]
    for side, tags in (("first", [r.first for r in rows]), ("last", [r.last for r in rows])):
        if any(tags):
            for entry_row, names in zip(entries, tags, strict=True):
                cell = [nodes.Text(" ".join(f"({name})" for name in names))] if names else []
                at = 0 if side == "first" else len(entry_row)
                entry_row.insert(
                    at, nodes.entry("", nodes.paragraph("", "", *cell, classes=["tag"]))
                )
    return table([], entries, ["formulas", "tagged"] if any(r.last for r in rows) else ["formulas"])


def entry(cell: list[tuple[str, str]]) -> nodes.entry:
    """A cell's pieces, see `unicode_blocks.cell_pieces`, as an entry of a table."""
    paragraph = nodes.paragraph()
    for kind, text in cell:
        if kind == "math":
            tex = rf"\displaystyle {text}"
            paragraph += nodes.math(tex, tex)
        else:
            paragraph += nodes.literal(text, text) if kind == "code" else nodes.Text(text)
    return nodes.entry("", paragraph)


def table(
    head: list[nodes.entry], body: list[list[nodes.entry]], classes: list[str]
) -> nodes.table:
    """A docutils table of entries; no head, no header row."""
    columns = max(map(len, [head, *body]))
    group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in range(columns)], cols=columns)
    if head:
        group += nodes.thead("", nodes.row("", *head))
    rows = [nodes.row("", *row, *[nodes.entry()] * (columns - len(row))) for row in body]
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=classes)


def formula_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """``:formula:`u_θ``` in reStructuredText: one formula in Unicode."""
    from docutils.utils import unescape

    try:
        return inline_formula(unescape(text, restore_backslashes=True)), []
    except NotMathematics as error:
        message = inliner.reporter.warning(f"no formula: {error}", line=lineno)
        return [nodes.Text(text)], [message]


class Formulas(Directive):
    """``.. formulas::`` in reStructuredText: an indented block in Unicode."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        return [block("\n".join(self.content))]
