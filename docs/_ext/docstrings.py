"""Docstrings on their way to numpydoc: their formulas are marked, the rest is left as it is."""

import inspect
import re

from links import PACKAGE
from unicode_prose import split_prose

SECTIONS = (  # of numpydoc, whose flush-left lines are "name : type"
    "Parameters", "Returns", "Yields", "Raises", "Warns", "Attributes", "Methods", "Other Parameters"
)  # fmt: skip


def mark_formulas(app, what, name, obj, options, lines: list[str]) -> None:
    """Marks the formulas of a docstring before numpydoc reads it."""
    lines[:] = marked(lines)


def skip_what_is_imported(app, what, name, obj, skip, options) -> bool | None:
    """A module's page lists what is defined in the module, not what it takes from elsewhere."""
    foreign = not str(getattr(obj, "__module__", None) or PACKAGE).startswith(PACKAGE)
    return True if foreign and (inspect.isroutine(obj) or inspect.isclass(obj)) else None


def marked(lines: list[str]) -> list[str]:
    """A docstring with its formulas in `formula` roles and `formulas` directives.

    An indented block after a blank line is a block of formulas, or code. A header "name : type" of a
    section and a doctest stay as they are.
    """
    out: list[str] = []
    section, i = "", 0
    previous = 0  # the indentation of the paragraph above
    while i < len(lines):
        line = lines[i]
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            out.append(line)
            i += 1
            continue
        if i + 1 < len(lines) and re.fullmatch(r"[-=]{3,}", lines[i + 1].strip()):
            section, previous = line.strip(), indent
            out += lines[i : i + 2]
            i += 2
            continue
        stop = i
        while stop < len(lines) and lines[stop].strip():
            stop += 1
        paragraph = lines[i:stop]
        after_blank = i == 0 or not lines[i - 1].strip()
        if line.lstrip().startswith(">>>"):
            out += paragraph
        elif (
            after_blank
            and indent >= previous + 4
            and i > 0
            and min(map(_indent, paragraph)) == indent
        ):
            pad = " " * previous
            kind = ".. formulas::"
            out += [pad + kind, ""] + [pad + "   " + text[indent:] for text in paragraph]
            out += [""] if stop < len(lines) else []
        else:
            header = section in SECTIONS
            buffer: list[str] = []
            for text in paragraph:
                if header and _indent(text) == 0:
                    out += _prose(buffer)
                    buffer = []
                    out.append(text)
                    previous = 4
                else:
                    if buffer and _indent(buffer[0]) != _indent(text):
                        out += _prose(buffer)
                        buffer = []
                    buffer.append(text)
            out += _prose(buffer)
            previous = (
                4
                if header
                else _indent(paragraph[-1])
                if not re.match(r"\s*[-*] ", line)
                else indent
            )
        i = stop
    return out


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _prose(lines: list[str]) -> list[str]:
    """Lines of one indentation as one line, its formulas in roles and the rest escaped."""
    if not lines:
        return []
    pad = lines[0][: _indent(lines[0])]
    if re.match(r"(\.\. |:\w+:|[-*] )", lines[0].strip()):
        bullet = re.match(r"([-*] )?(.*)", lines[0].strip(), re.DOTALL)
        if not (bullet and bullet[1]):
            return lines
        rest = _prose([" " * 0 + bullet[2], *[line.strip() for line in lines[1:]]])
        return [pad + bullet[1] + rest[0], *rest[1:]]
    text = " ".join(line.strip() for line in lines)
    out = ""
    for part in re.split(r"(``.*?``|:[\w:]+:`[^`]*`|`[^`]*`)", text):
        if part.startswith("`"):
            out += _glue(out) + "``" + part.strip("`") + "``\\ "
        elif part.startswith(":") and part.endswith("`"):
            out += part
        else:
            for is_formula, piece in split_prose(part):
                if is_formula:
                    out += _glue(out) + f":formula:`{piece}`\\ "
                else:
                    kept = re.sub(r"_(?=\W|$)", r"\\_", re.sub(r"([|\\])", r"\\\1", piece))
                    emphasis = re.search(r"\*\w[^*]*\*", kept)
                    out += kept if emphasis else kept.replace("*", "\\*")
    return [pad + out]


def _glue(before: str) -> str:
    return "" if not before or before.endswith((" ", "\\ ")) else "\\ "
