"""An indented block of formulas: its rows, its columns, and the tags of its equations."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from unicode_letters import FUNCTIONS, NotMathematics
from unicode_math import to_tex
from unicode_prose import split_prose

TAG = re.compile(r"\(([A-Z]\d'?)\)")
TAGS_AT_THE_END = re.compile(r"\s{2,}((?:\((?:[A-Z]\d'?|\d+)\),? ?)+)$")
TAG_AT_THE_START = re.compile(r"^\s*\(([A-Z]\d'?)\)\s+")
PROSE = re.compile(r"(?:[A-Za-z][a-z]{2,}|an|is|of|a [a-z]{2,}|\([A-Z]\d'?\))(?![\w(′²]|\s*[=≤])")
CODE = re.compile(r"^[A-Za-z_]\w*(?:\.\w+|_\w+)+(?:\([^()]*\))?$")


@dataclass(frozen=True)
class Row:
    """One line of a block: its cells from left to right, and the tags at either end of it."""

    cells: tuple[str, ...]
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()


def _display(text: str) -> str:
    """With one character a column of the screen, so that columns line up."""
    return unicodedata.normalize("NFC", text)


def columns_of(line: str) -> list[str]:
    """The line one screen column at a time: a letter stands with the marks on top of it."""
    out: list[str] = []
    for c in _display(line):
        if unicodedata.combining(c) and out:
            out[-1] += c
        else:
            out.append(c)
    return out


def split_block(block: str) -> list[Row]:
    r"""The lines of a block as rows of cells: columns are what two blanks or more set apart.

    Examples
    --------
    >>> split_block("sin   s = cos            (J3)\ntanh  s = 1 − a²")
    [Row(cells=('sin', 's = cos'), first=(), last=('J3',)),
     Row(cells=('tanh', 's = 1 − a²'), first=(), last=())]
    """
    rows, lines = [], []
    for line in filter(str.strip, block.splitlines()):
        first: tuple[str, ...] = ()
        last: tuple[str, ...] = ()
        start = TAG_AT_THE_START.match(line)
        if start:
            first = (start.group(1),)
            line = " " * start.end() + line[start.end() :]
        end = TAGS_AT_THE_END.search(line)
        if end:
            last = tuple(re.findall(r"\(([^)]+)\)", end.group(1)))
            line = line[: end.start()]
        lines.append(columns_of(line.rstrip()))
        rows.append((first, last))
    matrices = matrix_line(lines)
    if matrices:
        tags = [(*first, *last) for first, last in rows]
        return [Row((matrices,), (), sum(tags, ()))]
    width = max(map(len, lines), default=0)
    padded = [line + [" "] * (width - len(line)) for line in lines]
    blank = [all(line[c] == " " for line in padded) for c in range(width)]
    cuts, c = [0], 0
    while c < width:
        if blank[c]:
            stop = c
            while stop < width and blank[stop]:
                stop += 1
            reach = [line for line in lines if len(line) > stop]
            begins = [line for line in reach if line[stop] != " "]
            wide = sum("".join(line[max(stop - 2, 0) : stop]) == "  " for line in begins)
            if len(reach) == 1:  # one line alone: two blanks are a pause in a formula
                split = "".join(reach[0][max(stop - 3, 0) : stop]) == "   "
            else:
                split = stop - c >= 2 or 2 * wide > len(begins)
            if split:
                cuts.append(stop)
            c = stop
        else:
            c += 1
    cuts.append(width)
    result = []
    for line, (first, last) in zip(padded, rows, strict=True):
        cells = ["".join(line[a:b]).strip() for a, b in pairwise(cuts)]
        if (
            cells
            and not cells[0]
            and len(cells) > 1
            and all(not "".join(p[: cuts[1]]).strip() for p in padded)
        ):
            cells = cells[1:]
        result.append(Row(tuple(cells), first, last))
    return result


def matrix_line(lines: list[list[str]]) -> str | None:
    r"""Matrices drawn over several lines, as one formula with each in ⟦rows; of; entries⟧.

    Brackets must stand above each other, entries of a row two blanks apart.

    Examples
    --------
    >>> matrix_line([list("[a]   [s  0]"), list("[b] = [t  s]")])
    '⟦a; b⟧ = ⟦s, 0; t, s⟧'
    """
    width = max(map(len, lines), default=0)
    padded = [line + [" "] * (width - len(line)) for line in lines]
    opens, closes = (
        [c for c in range(width) if all(line[c] == bracket for line in padded)] for bracket in "[]"
    )
    if len(lines) < 2 or not opens or len(opens) != len(closes):
        return None
    out, at = "", 0
    for start, stop in zip(opens, closes, strict=True):
        if stop < start:
            return None
        between = ["".join(line[at:start]) for line in padded]
        out += max(between, key=lambda text: len(text.strip())) if start > at else ""
        rows = ["".join(line[start + 1 : stop]).strip() for line in padded]
        out += "⟦" + "; ".join(re.sub(r"\s{2,}", ", ", row) for row in rows) + "⟧"
        at = stop + 1
    rest = max(("".join(line[at:]).rstrip() for line in padded), key=len)
    return out + rest


def cell_pieces(cell: str) -> list[tuple[str, str]]:
    """A cell as (kind, text) pieces; kind is "math" (TeX), "text" or "code".

    Raises
    ------
    NotMathematics
        Where the cell holds program code and something else.
    """
    if not cell:
        return []
    if CODE.match(cell):
        return [("code", cell)]
    if PROSE.match(cell) and not re.match(rf"(?:{'|'.join(FUNCTIONS)})\b", cell):
        pieces = []
        for formula, text in split_prose(cell):
            if not formula and re.search(r"""[_^{}"=\[\]]""", text):
                raise NotMathematics(cell)
            pieces.append(("math", to_tex(text)) if formula else ("text", text))
        return pieces
    parts = [part for part in re.split(r"\s{2,}", cell) if part.strip()]
    return [("math", r"\quad ".join(_with_matrices(part) for part in parts))]


def _with_matrices(text: str) -> str:
    """The TeX of a formula in which `matrix_line` has put matrices."""
    out = ""
    for i, part in enumerate(re.split(r"⟦([^⟧]*)⟧", text)):
        if i % 2:
            rows = [" & ".join(map(to_tex, row.split(", "))) for row in part.split("; ")]
            out += r"\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}"
        else:
            out += to_tex(part)
    return out
