"""Markdown, as README, tutorials and pages are written in it, as document nodes.

One reader for all of them: CommonMark with tables, emphasis by asterisks only (an underscore is a
subscript), formulas in sentences and in indented blocks. Links between files of the project become
links between pages of the site; a file that has no page becomes a download.
"""

import os
import re
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from formulas import block, prose, table
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from sphinx import addnodes
from sphinx.parsers import Parser
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parent.parent.parent
UNDERSCORE = "\ue000"  # stands for _ while Markdown is read: one that emphasises nothing
logger = logging.getLogger(__name__)

PAGES = (  # a file of the project, and its page
    (r"README\.md", "index"),
    (r"CONTRIBUTING\.md", "contributing"),
    (r"CHANGELOG\.md", "changelog"),
    (r"docs/(\w+)\.md", r"\1"),
    (r"tutorials(?:/README\.md)?", "tutorials/index"),
    (r"tutorials/answers/(\d\d_\w+)\.py", r"answers/\1"),
    (r"tutorials/answers", "answers/index"),
    (r"tutorials/(\d\d_\w+)\.py", r"tutorials/\1"),
    (r"sobolev_ref/__init__\.py", "equations"),
    (r"sobolev_ref/(\w+)\.py", r"api/\1"),
    (r"sobolev_ref", "api/index"),
    (r"tests/(test_\w+)\.py", r"listings/\1"),
    (r"tests", "listings/index"),
    (r"benchmarks/results/benchmarks\.md", "benchmarks"),
    (r"benchmarks/results", "benchmarks"),
)


def page_of(path: str) -> str | None:
    """The page for a file of the project, both relative to their roots."""
    figure = re.fullmatch(r"figures/tutorial_(\d\d)_\w+\.png", path)
    if figure:  # stands in its tutorial
        script = next((ROOT / "tutorials").glob(f"{figure[1]}_*.py"), None)
        return f"tutorials/{script.stem}" if script else None
    for pattern, page in PAGES:
        match = re.fullmatch(pattern, path)
        if match:
            return match.expand(page)
    return None


def slug(text: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")


class Reader:
    """Reads Markdown from one file of the project into nodes of one page."""

    def __init__(self, env, source: Path) -> None:
        self.env, self.source = env, source
        self.md = MarkdownIt("commonmark", {"html": False}).enable("table")

    def read(self, text: str) -> list[nodes.Node]:
        tree = SyntaxTreeNode(self.md.parse(text.replace("_", UNDERSCORE)))
        top: list[nodes.Node] = []
        stack: list[tuple[int, nodes.section]] = []
        for node in tree.children:
            if node.type == "heading":
                level = int(node.tag[1])
                while stack and stack[-1][0] >= level:
                    stack.pop()
                title = nodes.title("", "", *self.inline(node.children[0], formulas=False))
                name = slug(title.astext())
                section = nodes.section(
                    "", title, ids=[name], names=[nodes.fully_normalize_name(title.astext())]
                )
                (stack[-1][1].append if stack else top.append)(section)
                stack.append((level, section))
            else:
                made = self.block(node)
                (stack[-1][1].extend if stack else top.extend)(made)
        return top

    # -- blocks ----------------------------------------------------------------------------------

    def block(self, node: SyntaxTreeNode) -> list[nodes.Node]:
        content = node.content.replace(UNDERSCORE, "_") if not node.children else ""
        if node.type == "paragraph":
            return [nodes.paragraph("", "", *self.inline(node.children[0]))]
        if node.type in ("bullet_list", "ordered_list"):
            made = (
                nodes.bullet_list()
                if node.type == "bullet_list"
                else nodes.enumerated_list(enumtype="arabic")
            )
            if node.attrGet("start"):
                made["start"] = int(node.attrGet("start"))
            for item in node.children:
                made += nodes.list_item(
                    "", *[n for child in item.children for n in self.block(child)]
                )
            return [made]
        if node.type == "code_block":
            shell = re.match(r"(python|pip|git|cd|mpirun)\b", content)
            return [block(content.rstrip("\n"), "bash" if shell else "none")]
        if node.type == "fence":
            language = node.info.strip() or "none"
            if ">>>" in content:
                language = "pycon"
            return [
                nodes.literal_block(content.rstrip("\n"), content.rstrip("\n"), language=language)
            ]
        if node.type == "blockquote":
            return [
                nodes.block_quote("", *[n for child in node.children for n in self.block(child)])
            ]
        if node.type == "hr":
            return [nodes.transition()]
        if node.type == "table":
            head, *body = [
                [self.cell(cell) for cell in row.children]
                for part in node.children
                for row in part.children
            ]  # fmt: skip
            return [table(head, body, ["markdown"])]
        raise NotImplementedError(f"{self.source}: Markdown of type {node.type}")

    def cell(self, node: SyntaxTreeNode) -> nodes.entry:
        content = self.inline(node.children[0]) if node.children else []
        return nodes.entry("", nodes.paragraph("", "", *content))

    # -- inside a paragraph ----------------------------------------------------------------------

    def inline(self, node: SyntaxTreeNode, formulas: bool = True) -> list[nodes.Node]:
        out: list[nodes.Node] = []
        text = ""
        for child in [*node.children, None]:
            if child is not None and child.type == "text":
                text += child.content
                continue
            if child is not None and child.type == "softbreak":
                text += " "
                continue
            if text:
                text = text.replace(UNDERSCORE, "_")
                out += self.prose(text, out) if formulas else [nodes.Text(text)]
                text = ""
            if child is not None:
                out.append(self.span(child, formulas))
        return out

    def prose(self, text: str, before: list[nodes.Node]) -> list[nodes.Node]:
        glued = before and not re.match(r"[\s(]", text)  # the rest of a word that began as code
        if glued:
            word, rest = re.match(r"(\S*)(.*)", text, re.DOTALL).groups()
            return [nodes.Text(word), *prose(rest)] if rest else [nodes.Text(word)]
        return prose(text)

    def span(self, node: SyntaxTreeNode, formulas: bool) -> nodes.Node:
        content = (node.content or "").replace(UNDERSCORE, "_")
        if node.type == "code_inline":
            return nodes.literal(content, content)
        if node.type in ("strong", "em"):
            kind = nodes.strong if node.type == "strong" else nodes.emphasis
            return kind("", "", *self.inline(node, formulas))
        if node.type == "link":
            return self.link(str(node.attrGet("href")).replace("%EE%80%80", "_").replace(UNDERSCORE, "_"),
                             self.inline(node, False))  # fmt: skip
        if node.type == "image":
            return self.image(str(node.attrGet("src")).replace("%EE%80%80", "_"), content)
        if node.type == "hardbreak":
            return nodes.raw("", "<br>", format="html")
        raise NotImplementedError(f"{self.source}: Markdown of type {node.type}")

    def link(self, target: str, label: list[nodes.Node]) -> nodes.Node:
        if re.match(r"\w+://|mailto:", target):
            return nodes.reference("", "", *label, refuri=target)
        path, _, anchor = target.partition("#")
        if not path:
            return nodes.reference("", "", *label, refid=anchor, internal=True)
        file = Path(os.path.normpath(self.source.parent / path))
        page = page_of(file.relative_to(ROOT).as_posix())
        if page is not None:
            return nodes.reference("", "", *label, refuri=f"site:{page}#{anchor}".rstrip("#"))
        if not file.is_file():
            logger.warning("%s: no page and no file for the link %s", self.source, target)
            return nodes.inline("", "", *label)
        return addnodes.download_reference(
            "", "", *label, reftarget=self.relative(file), refdoc=self.env.docname
        )

    def image(self, target: str, alt: str) -> nodes.Node:
        return nodes.image(uri=self.relative(self.source.parent / target), alt=alt)

    def relative(self, file: Path) -> str:
        """The path of a file as seen from the page's own."""
        return os.path.relpath(file, self.env.doc2path(self.env.docname).parent).replace(
            os.sep, "/"
        )


class MarkdownParser(Parser):
    """A `.md` file of `docs/` as a page."""

    supported = ("markdown",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        env = document.settings.env
        document += Reader(env, Path(env.doc2path(env.docname))).read(inputstring)
        for section in document.findall(nodes.section):
            document.note_implicit_target(section, section)


class Markdown(SphinxDirective):
    """``.. markdown:: ../README.md`` reads a file; with content, reads the content.

    ``:source:`` names the file, from the project's root, that the content's links start from.
    """

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"source": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        if self.arguments:
            _, name = self.env.relfn2path(self.arguments[0])
            self.env.note_dependency(name)
            source = Path(name).resolve()
            text = source.read_text(encoding="utf-8")
        else:
            source, text = ROOT / self.options["source"], "\n".join(self.content)
        return Reader(self.env, source).read(text)
