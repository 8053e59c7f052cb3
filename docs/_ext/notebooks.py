"""Tutorials, scripts in `# %%` cells, as notebooks: for MyST-NB to run, and for readers to take along."""

import ast
import contextlib
import functools
import re
from importlib import import_module

import jupytext
from docutils import nodes
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from site_pages import ROOT
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from unicode_math import NotMathematics, Row, block, sentence, to_tex

import sobolev_ref

SHOW = """
from io import StringIO
from IPython.display import SVG, display

_file = StringIO()
{figure}.savefig(_file, format="svg")
display(SVG(_file.getvalue()))
"""


@functools.cache
def words_for_figures() -> dict[str, str]:
    """What is seen in each figure, from the table of tutorials."""
    table = (ROOT / "tutorials" / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"\[([^]]+)\]\(\.\./figures/(\w+)\.png\)", table)
    return {name: f"{words[0].upper()}{words[1:]}" for words, name in found}


def read(text: str, drawn: bool = True) -> NotebookNode:
    """A script as a notebook, in which on a page each figure is drawn again after it is saved."""
    made = jupytext.reads(text, fmt="py:percent")
    cells = []
    for cell in made.cells:
        cells.append(cell)
        saved = r'^save_figure\((\w+), "output/(\w+)\.png"\)'
        for figure, name in re.findall(saved, cell.source, flags=re.M) if drawn else []:
            alt = {"alt": words_for_figures().get(name, name)}
            shown = {"tags": ["remove-input"], "mystnb": {"image": alt}}
            cells.append(new_code_cell(SHOW.format(figure=figure).strip(), metadata=shown))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return NotebookNode(made | {"cells": cells, "metadata": {"kernelspec": kernel}})


def in_dollars(markdown: str) -> str:
    """Markdown with its formulas as TeX between dollars."""
    code = r"(^ {4}[^\n]+(?:\n+ {4}[^\n]+)*|^```.*?^```|`[^`]*`|\]\([^)]*\)|^#+ [^\n]*)"
    parts = re.split(code, markdown, flags=re.M | re.S)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            parts[i] = "".join(f"${to_tex(p)}$" if formula else p for formula, p in sentence(part))
        elif part.startswith("    "):
            with contextlib.suppress(NotMathematics):
                parts[i] = _array(block(part))
    return "".join(parts)


def _array(rows: list[Row]) -> str:
    """A block of formulas as one display, its tags in columns of their own."""
    lines = []
    for row in rows:
        first, last = ([("text", f"({tag})") for tag in tags] for tags in (row.first, row.last))
        cells = [*[first] * any(row.first for row in rows), *row.cells, last]
        tex = ["".join(t if k == "math" else rf"\text{{{t}}}" for k, t in cell) for cell in cells]
        lines.append(" & ".join(tex))
    columns = "l" * (1 + lines[0].count(" & "))
    body = " \\\\\n".join(lines)
    return f"$$\n\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}\n$$"


class Downloads(SphinxTransform):
    """Under a tutorial's title the links to its script and its notebook."""

    default_priority = 300

    def apply(self, **kwargs: object) -> None:
        """Writes the notebook, too."""
        page = self.env.docname
        if not re.fullmatch(r"tutorials/(answers/|course/)?\d\d[a-z]?_\w+", page):
            return
        made = read((ROOT / f"{page}.py").read_text(encoding="utf-8"), drawn=False)
        for cell in made.cells:
            cell.source = in_dollars(cell.source) if cell.cell_type == "markdown" else cell.source
        file = ROOT / f"docs/_build/notebooks/{page}.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        jupytext.write(made, file)
        line = nodes.paragraph("", "Take it along:")
        for text, path in (
            ("script", f"{page}.py"),
            ("notebook", file.relative_to(ROOT).as_posix()),
        ):
            link = addnodes.download_reference("", text, reftarget=f"/{path}", refdoc=page)
            line += [nodes.Text(" "), link]
        next(self.document.findall(nodes.section)).insert(1, line)


def link_names(app, page: str, template: str, context: dict, doctree: object) -> None:
    """In a tutorial's code `sr.MLP`, and what is imported from the package, lead to the reference."""
    if not doctree or not page.startswith("tutorials/") or page.endswith("README"):
        return
    names: dict[str, object] = {}
    for node in ast.walk(ast.parse((ROOT / f"{page}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sobolev_ref"):
            names |= {n.name: getattr(import_module(node.module or ""), n.name) for n in node.names}

    def link(match: re.Match[str]) -> str:
        found = getattr(sobolev_ref, match[2], None) if match[1] else names.get(match[2])
        full = f"{getattr(found, '__module__', '')}.{match[2]}"
        place = app.env.domains.python_domain.objects.get(full)
        uri = app.builder.get_relative_uri(page, place.docname) if place else ""
        return f'<a href="{uri}#{place.node_id}">{match[0]}</a>' if place else match[0]

    name = r'(?<!\.</span>)(<span class="n">sr</span><span class="o">\.</span>)?<span class="n">(\w+)</span>'
    context["body"] = re.sub(name, link, context["body"])


def setup(app) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_transform(Downloads)
    app.connect("html-page-context", link_names)
    return {"parallel_read_safe": True}
