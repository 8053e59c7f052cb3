"""One formula of Unicode mathematics, such as Σ_{|α|≤k} λ_α ∫_Ω |Dᵅu|ᵖ dx, as TeX.

The project writes formulas in their own letters, so that the raw file can be read: tutorials, pages and
docstrings alike. `to_tex` translates one formula, or raises `NotMathematics`. Nothing is guessed:
what does not parse stays as it was written. `unicode_prose` finds the formulas in a sentence,
`unicode_blocks` takes an indented block apart. Standard library only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from unicode_letters import (
    ACCENTS,
    BARS,
    CLOSERS,
    DIFFERENTIALS,
    FUNCTIONS,
    GREEK,
    LARGE,
    MARKS,
    OPENERS,
    OPERATORS,
    PAIRS,
    PREFIXES,
    PRIMES,
    PRODUCTS,
    RELATIONS,
    SUBSCRIPT_WORDS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SYMBOLS,
    TWO_LETTER_WORDS,
    NotMathematics,
    decompose,
)

# -- tokens --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Token:
    """A piece of a formula: what it is, its TeX or text, and where it ends in the source."""

    kind: str
    tex: str
    end: int
    source: str
    spaced: bool = False  # white space stands before it


LEXER = re.compile(
    rf"""
    (?P<number>\d+(?:\.\d+)?(?:e[−-]?\d+)?)
  | (?P<word>[A-Za-z][{MARKS}]*(?:[A-Za-z][{MARKS}]*)*)
  | (?P<greek>[{"".join(GREEK)}][{MARKS}]*)
  | (?P<super>[{re.escape("".join(SUPERSCRIPTS))}]+)
  | (?P<sub>[{re.escape("".join(SUBSCRIPTS))}]+)
  | (?P<script>[_^])
  | (?P<ascii>[<>]=)
  | (?P<other>.)
    """,
    re.VERBOSE,
)
SCRIPT = re.compile(rf"([A-Za-z]+|\d+|[{''.join(GREEK)}]|∞|\*|⊥)")


def _braced(text: str, start: int) -> int:
    """The end of the group that opens with { at start."""
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return i + 1
    raise NotMathematics(f"open brace in {text!r}")


def tokens(text: str, start: int = 0, depth: int = 0) -> Iterator[Token]:
    """The tokens of a decomposed text from a place on; ends where mathematics ends."""
    pos = start
    spaced = False
    while pos < len(text):
        if text[pos].isspace():
            spaced, pos = True, pos + 1
            continue
        match = LEXER.match(text, pos)
        assert match is not None
        kind, source, end = match.lastgroup or "", match.group(), match.end()
        tex = source
        if kind == "word":
            kind, tex = _word(source)
            follows = text[end : end + 1]
            if kind == "word" and follows == "^":
                kind, tex = "atom", rf"\text{{{source}}}"
            elif re.match("[0-9]", follows) or (follows == "_" and kind == "word"):
                kind = "code"
        elif kind == "greek":
            kind, tex = "atom", _accented("\\" + GREEK[source[0]] + " ", source[1:])
        elif kind == "number":
            tex = re.sub(r"e[−-]?(\d+)", r"\\mathrm{e}{-\1}" if re.search("e[−-]", source)
                         else r"\\mathrm{e}{\1}", source)  # fmt: skip
        elif kind in ("super", "sub"):
            table = SUPERSCRIPTS if kind == "super" else SUBSCRIPTS
            inner = "".join(table[c] for c in source)
            tex = ("^" if kind == "super" else "_") + "{" + _script(inner) + "}"
            kind = "shift"
        elif kind == "script":
            if text[end : end + 1] == "{":
                stop = _braced(text, end)
                inner = text[end + 1 : stop - 1]
                tex = source + "{" + to_tex(inner) + "}"
            else:
                script = SCRIPT.match(text, end)
                if not script:
                    raise NotMathematics(f"{source} without a script in {text!r}")
                inner, stop = script.group(), script.end()
                if re.fullmatch("[A-Za-z]{3,}", inner) and inner not in SUBSCRIPT_WORDS:
                    kind = "code"
                tex = source + "{" + _script(inner) + "}"
            kind, end = "code" if kind == "code" else "shift", stop
            source = text[pos:end]
        elif kind == "ascii":
            kind, tex = "relation", r"\le " if source == "<=" else r"\ge "
        elif kind == "other":
            kind, tex = _symbol(source)
            starred = source == "*" and not spaced and pos > start
            if starred and not re.match(r"[\w(√]", text[end : end + 1]):
                kind, tex = "shift", r"^{\ast}"  # the best: θ*, L*
        yield Token(kind, tex, end, source, spaced)
        pos, spaced = end, False


def _script(inner: str) -> str:
    if inner == "T":
        return r"\top"
    if inner in SUBSCRIPT_WORDS:
        return rf"\mathrm{{{inner}}}"
    return to_tex(inner)


def _accented(tex: str, marks: str) -> str:
    for mark in marks:
        tex = rf"\{ACCENTS[mark]}{{{tex.strip()}}}"
    return tex


def _word(source: str) -> tuple[str, str]:
    """A run of Latin letters: a letter, a function, a differential, a product, or a word."""
    letters = re.findall(rf"[A-Za-z][{MARKS}]*", source)
    if len(letters) == 1:
        return "atom", _accented(source[0], source[1:])
    if source in FUNCTIONS:
        return "function", FUNCTIONS[source] + " "
    if source in DIFFERENTIALS:
        return "differential", rf"\,\mathrm{{d}}{source[1]}"
    if source in PRODUCTS or (len(letters) == 2 and source not in TWO_LETTER_WORDS):
        return "product", "".join(_accented(c[0], c[1:]) for c in letters)
    return "word", source


def _symbol(c: str) -> tuple[str, str]:
    for kind, table in (
        ("atom", SYMBOLS), ("prefix", PREFIXES), ("large", LARGE), ("operator", OPERATORS),
        ("relation", RELATIONS), ("open", OPENERS), ("close", CLOSERS), ("bar", BARS),
        ("prime", PRIMES),
    ):  # fmt: skip
        if c in table:
            spaced = kind in ("atom", "prefix", "large") or table[c].startswith("\\")
            return kind, table[c] + (" " if spaced else "")
    if c == "√":
        return "root", r"\sqrt"
    if c in ",;:":
        return "punctuation", c + " "
    if c == "!":
        return "bang", "!"
    if c == "%":
        return "unit", r"\%"
    return "code", c


# -- one formula ---------------------------------------------------------------------------------


def to_tex(formula: str) -> str:
    r"""The TeX of one formula; words in it are set upright.

    Raises
    ------
    NotMathematics
        For unbalanced brackets, program code, and letters outside the notation.

    Examples
    --------
    >>> print(to_tex("γ_q a_γ = Σ_{α+β=γ} α_q z_α"))
    \gamma _{q}a_{\gamma}=\sum _{\alpha +\beta =\gamma}\alpha _{q}z_{\alpha}
    """
    text = decompose(formula.strip())
    found = list(tokens(text))
    tex, rest = _sequence(found, 0, "")
    if rest != len(found):
        raise NotMathematics(f"{found[rest].source!r} closes nothing in {formula!r}")
    return tex.strip()


OPENS_A_BAR = {
    "",
    "open",
    "operator",
    "relation",
    "large",
    "function",
    "punctuation",
    "prefix",
    "word",
}


def _sequence(found: list[Token], i: int, closer: str) -> tuple[str, int]:
    """Tokens from i to a closing bracket (not taken) or the end."""
    out: list[str] = []
    bars: list[str] = []
    previous = ""
    while i < len(found):
        token = found[i]
        kind, tex = token.kind, token.tex
        if kind == "code":
            raise NotMathematics(f"{token.source!r}")
        if kind == "close":
            break
        if kind == "open":
            inner, j = _sequence(found, i + 1, token.source)
            if j >= len(found) or found[j].source not in PAIRS[token.source]:
                raise NotMathematics(f"{token.source!r} is not closed")
            if inner.endswith(", "):
                inner = inner[:-2] + "{,}"  # (N,) is a shape
            tex, i = tex + inner + found[j].tex, j
            kind = "close"
        elif kind == "root":
            tex, i = _root(found, i)
            kind = "atom"
        elif kind == "bar":
            last = previous in OPENS_A_BAR or (token.spaced and previous != "bar" and not bars)
            if bars and bars[-1] == token.source and previous not in OPENS_A_BAR:
                bars.pop()
                tex, kind = tex.replace("lv", "rv").replace("lV", "rV"), "close"
            elif last or not bars or bars[-1] != token.source:
                bars.append(token.source)
                kind = "open"
        elif kind == "word":
            tex = rf"\text{{ {tex} }}"
            if previous == "word":
                out[-1] = out[-1].removesuffix(" }")
                tex = f" {token.tex} }}"
        elif kind == "shift" and previous in ("", "operator", "relation", "punctuation"):
            tex = "{}" + tex
        elif kind == "differential" and previous in ("", "open", "operator", "prefix"):
            tex = tex.removeprefix(r"\,")
        elif kind == "prime":
            if previous in ("", "operator", "relation", "open"):
                raise NotMathematics("a prime on nothing")
        elif kind == "atom" and previous == "number" and token.spaced:
            tex = r"\," + tex
        elif kind == "number" and previous in ("number", "atom") and token.spaced:
            tex = r"\ " + tex
        out.append(tex)
        previous = kind
        i += 1
    if bars:
        raise NotMathematics(f"{bars[-1]!r} is not closed")
    return "".join(out), i


def _root(found: list[Token], i: int) -> tuple[str, int]:
    if i + 1 >= len(found):
        raise NotMathematics("√ of nothing")
    after = found[i + 1]
    if after.kind == "open":
        inner, j = _sequence(found, i + 2, after.source)
        if j >= len(found):
            raise NotMathematics("√ is not closed")
        return rf"\sqrt{{{inner}}}", j
    if after.kind not in ("atom", "number"):
        raise NotMathematics(f"√ of {after.source!r}")
    inner, j = after.tex, i + 1
    while j + 1 < len(found) and found[j + 1].kind == "shift" and found[j + 1].tex[0] == "_":
        j += 1
        inner += found[j].tex
    return rf"\sqrt{{{inner}}}", j
