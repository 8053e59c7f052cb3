"""What is named in a text is a link: modules and functions, equation tags, tests, tutorials."""

import importlib
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

PACKAGE = "sobolev_ref"
logger = logging.getLogger(__name__)
NAMED = re.compile(
    r"\((?P<tag>[A-Z]\d'?)\)|\b(?P<script>\d\d_[a-z_]+[a-z])\b|\b[Tt]utorials? (?P<number>\d\d)\b"
    r"|\bdocs/(?P<page>\w+)\.md\b"
)


def anchor_of_tag(tag: str) -> str:
    """The anchor of an equation on the page of equations."""
    return "eq-" + tag.replace("'", "-exact")


class FormulasKeepTheirPunctuation(SphinxPostTransform):
    """A line does not break between a formula or code and the comma after it, or the bracket before."""

    default_priority = 10
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for node in list(
            self.document.findall(lambda n: isinstance(n, nodes.math | nodes.literal))
        ):
            parent = node.parent
            if isinstance(node, nodes.literal) and len(node.astext()) > 24:
                continue  # which may need more than a line
            at = parent.index(node)
            before = parent[at - 1] if at > 0 else None
            after = parent[at + 1] if at + 1 < len(parent) else None
            head = re.search(r"[(\[“\"]+$", before) if isinstance(before, nodes.Text) else None
            tail = (
                re.match(r"[,.;:!?)\]”\"'’]+(?:s\b)?", after)
                if isinstance(after, nodes.Text)
                else None
            )
            if not head and not tail:
                continue
            together = nodes.inline("", "", classes=["together"])
            parent.replace(node, together)
            if head:
                parent.replace(before, nodes.Text(before[: head.start()]))
                together += nodes.Text(head.group())
            together += node
            if tail:
                together += nodes.Text(tail.group())
                parent.replace(after, nodes.Text(after[tail.end() :]))


class NamesAreLinks(SphinxPostTransform):
    """Fills in `site:` references, and turns names in texts into references."""

    default_priority = 15
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for node in list(self.document.findall(nodes.reference)):
            if node.get("refuri", "").startswith("site:"):
                self.fill_in(node)
        for node in list(self.document.findall(nodes.literal)):
            if not self.inside(node, nodes.reference, nodes.title, nodes.TextElement, depth=1):
                self.link_code(node)
        for node in list(self.document.findall(nodes.Text)):
            skipped = (nodes.literal, nodes.literal_block, nodes.reference, nodes.title, nodes.math,
                       nodes.math_block, nodes.raw, nodes.FixedTextElement)  # fmt: skip
            if NAMED.search(node) and not self.inside(node, *skipped):
                self.link_text(node)

    @staticmethod
    def inside(node: nodes.Node, *kinds: type, depth: int = 0) -> bool:
        if depth:  # of the node's parents, only a title or a reference counts
            kinds = (nodes.reference, nodes.title)
        parent = node.parent
        while parent is not None:
            if isinstance(parent, kinds) or "signature" in str(getattr(parent, "tagname", "")):
                return True
            parent = parent.parent
        return False

    def uri(self, page: str, anchor: str = "") -> str:
        uri = self.app.builder.get_relative_uri(self.env.docname, page)
        return uri + (f"#{anchor}" if anchor else "")

    def fill_in(self, node: nodes.reference) -> None:
        page, _, anchor = node["refuri"].removeprefix("site:").partition("#")
        if page not in self.env.found_docs:
            logger.warning("no page %s", page, location=node)
        node["refuri"], node["internal"] = self.uri(page, anchor), True

    # -- code ------------------------------------------------------------------------------------

    def link_code(self, node: nodes.literal) -> None:
        place = self.place_of_code(node.astext())
        if place:
            page, anchor = place
            if (page, anchor) == (self.env.docname, ""):
                return
            link = nodes.reference("", "", refuri=self.uri(page, anchor), internal=True)
            node.replace_self(link)
            link += node

    def place_of_code(self, text: str) -> tuple[str, str] | None:
        test = re.fullmatch(r"(tests/test_\w+\.py)?(?:::(\w+))?", text)
        if test and (test[1] or test[2]):
            self.test_page = "listings/" + Path(test[1]).stem if test[1] else self.test_page
            return (
                (self.test_page, test[2] or "") if self.test_page in self.env.found_docs else None
            )
        bare = re.fullmatch(r"(test_\w+)\.py", text)
        if bare and f"listings/{bare[1]}" in self.env.found_docs:
            return f"listings/{bare[1]}", ""
        name = re.fullmatch(rf"(?:sr\.|{PACKAGE}\.)?([A-Za-z_][\w.]*)(?:\(.*\))?", text, re.DOTALL)
        return self.place_of_object(name[1]) if name else None

    test_page = ""

    def place_of_object(self, name: str) -> tuple[str, str] | None:
        """Page and anchor of a public object, by the name that users know it by."""
        objects = self.env.get_domain("py").objects
        if f"api/{name}" in self.env.found_docs and name != "index":
            exported = getattr(importlib.import_module(PACKAGE), name, None)
            if not callable(exported):
                return f"api/{name}", ""
        head, *rest = name.split(".")
        package = importlib.import_module(PACKAGE)
        found = getattr(package, head, None)
        here = self.env.docname
        if here.startswith("api/") and here != "api/index":
            module = importlib.import_module(f"{PACKAGE}.{here.removeprefix('api/')}")
            found = getattr(module, head, None) or found
        if found is None:
            return None
        for attribute in rest:
            found = getattr(found, attribute, None)
        module, qualified = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
        if isinstance(found, property):
            module, qualified = found.fget.__module__, found.fget.__qualname__
        entry = objects.get(f"{module}.{qualified}")
        return (entry.docname, entry.node_id) if entry else None

    # -- text ------------------------------------------------------------------------------------

    def link_text(self, node: nodes.Text) -> None:
        text, pos, made = str(node), 0, []
        for match in NAMED.finditer(text):
            place = self.place_of_name(match)
            if place is None:
                continue
            shown = match.group()
            made += [nodes.Text(text[pos : match.start()])] if match.start() > pos else []
            made.append(nodes.reference("", shown, refuri=self.uri(*place), internal=True))
            pos = match.end()
        if made:
            made += [nodes.Text(text[pos:])] if pos < len(text) else []
            node.parent.replace(node, made)

    def place_of_name(self, match: re.Match[str]) -> tuple[str, str] | None:
        if match["tag"]:
            known = getattr(self.env, "equation_tags", {})
            return ("equations", anchor_of_tag(match["tag"])) if match["tag"] in known else None
        if match["page"]:
            return (match["page"], "") if match["page"] in self.env.found_docs else None
        wanted = match["script"] or match["number"]
        pages = [f"tutorials/{wanted}"] if match["script"] else sorted(
            p for p in self.env.found_docs if p.startswith(f"tutorials/{wanted}_")
        )  # fmt: skip
        page = pages[0] if pages and pages[0] in self.env.found_docs else None
        return (page, "") if page and page != self.env.docname else None
