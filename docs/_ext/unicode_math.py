r"""Formulas in their own letters, such as Σ_{|α|≤k} λ_α ∫_Ω |Dᵅu|ᵖ dx, as TeX.

The project writes mathematics so that the raw file can be read. What is taken:

- letters, Latin and Greek, alone or with a bar, dot, hat or tilde on top (z̄, ȧ, û, σ̃); numbers such as
  0.5, 1e-13, ½; the signs in `KINDS`; brackets and bars that close;
- scripts: x_i, λ_max, Σ_{α+β=γ}, |r|^{p−1}, and Unicode's own: x², tᵏ, u⁽ⁿ⁾, Aᵀ, θ₁, u″;
- the names in `FUNCTIONS`; two letters as a product, bx, but for those in `WORDS`; dx as a differential;
  √x and √(x + 1); shapes, (A, N, width).

`to_tex` translates one formula, `sentence` finds the formulas in a sentence, `block` takes apart what stands
on lines of its own. What does not parse is no formula: it raises `NotMathematics`, or stays as it is
written. Standard library only; MathJax knows Unicode's signs, so that most stay themselves.
"""

import re
import textwrap
from itertools import pairwise, zip_longest
from typing import NamedTuple
from unicodedata import name as name_of
from unicodedata import normalize


class NotMathematics(ValueError):
    """The text is not a formula of this notation."""


# -- the letters -----------------------------------------------------------------------------------

NAMED = """sin cos tan sinh cosh tanh coth exp log ln det dim arcsin arccos arctan arg ker sign diag rank tr
trace sech csch span Re Im erf softplus sigmoid relu vec cond round sinc var cov mean std"""
FUNCTIONS = set(NAMED.split())
LIMITS = {"max", "min", "sup", "inf", "lim", "argmin", "argmax"}  # with what they range over below
SHORT = "am an as at be by do go he if in is it me my no of oh on or so to up us we vs"
WORDS = set(SHORT.split())  # two letters that are no product
DIFFERENTIALS = {"dx", "dt", "ds", "dy", "dz", "du", "dr", "dh"}
SUBSCRIPTS = {"max", "min", "in", "out", "opt", "ref", "new", "old", "true", "tol", "mach", "nit"}
ACCENTS = {"\u0304": "bar", "\u0307": "dot", "\u0302": "hat", "\u0303": "tilde", "\u0308": "ddot"}
PAIRS = {"(": ")]", "[": "])", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "|": "|", "‖": "‖"}  # [0, 1)
PRIMES = {"′": "'", "″": "''", "‴": "'''", "⁗": "''''"}
KINDS = {
    "atom": "∞ℓℝℕℤℂℚ∅…⋯𝟙¼½¾⅓⅔⅕", "prefix": "∇∂¬∀∃", "large": "∫∬∮Σ∑Π∏⋃⋂", "operator": "+−±∓·⋅×/*∘⊗⊙⊕∧∨∪∩∖",
    "relation": "=≈≤≥<>≠≡∈∉⊂⊆→←↦⇒⟹⇔⟺∼~≪≫∝⊥≲≳↓↑≔", "open": "([{⟨⌊⌈", "close": ")]}⟩⌋⌉",
    "shift": "".join(PRIMES), "comma": ",;:", "bang": "!",
}  # fmt: skip
KIND = {sign: kind for kind, signs in KINDS.items() for sign in signs}
TEX = {**PRIMES, "Σ": r"\sum ", "Π": r"\prod ", "~": r"\sim ", "*": r"\ast ", "{": r"\{", "}": r"\}",
       "<=": "≤", ">=": "≥"}  # fmt: skip
GREEK, MARKS = "α-ωϑΓΔΘΛΞΦΨΩ", "".join(ACCENTS)
NAMES = {"ε": "varepsilon", "φ": "varphi", "ϑ": "vartheta", "λ": "lambda", "Λ": "Lambda"}
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᐟ˙ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᶫᵐⁿᵒᵖᑫʳˢᵗᵘᵛʷˣʸᶻᴺᵀᵅᵝᵞᵟᵋᶿ",
                  "0123456789+−()/·abcdefghijkllmnopqrstuvwxyzNTαβγδεθ", strict=True))  # fmt: skip
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩ",
                   "0123456789+−()aehijklmnoprstuvxβγρφ", strict=True))  # fmt: skip


def decompose(text: str) -> str:
    """The accents of the notation as characters of their own, every other letter whole."""
    parts = ((c, normalize("NFD", c)) for c in normalize("NFC", text))
    return "".join(apart if apart[1:] in ACCENTS else c for c, apart in parts)


# -- tokens ----------------------------------------------------------------------------------------

_ROUND = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_SCRIPT = rf"[_^](?:\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|[A-Za-z]+|\d+|∂?[{GREEK}∞*⊥])"
_LETTER = rf"[A-Za-z{GREEK}][{MARKS}]*"
LEXER = re.compile(
    rf"""\s*(?:
    (?P<shape>\([A-Z](?:,\ \w+)+\))
  | (?P<tag>\([A-Z]\d'?\))
  | (?P<number>\d+(?:\.\d+)?(?:e[−-]?\d+)?)
  | (?P<indexed>[A-Za-z]\d+(?![A-Za-z0-9_^]|\.\w))
  | (?P<word>(?:[A-Za-z][{MARKS}]*)+)
  | (?P<greek>[{GREEK}][{MARKS}]*)
  | (?P<shift>[{"".join(RAISED)}]+|[{"".join(LOWERED)}]+|{_SCRIPT})
  | (?P<root>√(?:{_ROUND}|\d+|{_LETTER}(?:{_SCRIPT})?|‖[^‖]*‖))
  | (?P<sign>[<>]=|\S))""",
    re.VERBOSE,
)
ENDS = {"atom", "number", "close", "shift", "product", "indexed", "differential", "bang"}


class Token(NamedTuple):
    """A piece of a text: what it is ("code" belongs to no formula), and how many blanks stand before it."""

    kind: str
    tex: str
    source: str
    start: int
    end: int
    gap: int


def tokens(text: str) -> list[Token]:
    """A decomposed text in pieces."""
    found, bars = [], []
    for match in LEXER.finditer(text):
        group, before = match.lastgroup or "", found[-1].kind if found else ""
        (start, end), gap = match.span(group), match.start(group) - match.start()
        source = text[start:end]
        try:
            kind, tex = _token(group, source, text[end : end + 1])
        except NotMathematics:
            kind, tex = "code", source
        if source in ("|", "‖"):
            shut = bool(bars) and bars[-1] == source and before in ENDS | {"function"}
            bars = bars[:-1] if shut else [*bars, source]
            kind = "close" if shut else "open"
            tex = rf"\{'r' if shut else 'l'}{'vert' if source == '|' else 'Vert'} "
        elif source in PRIMES and (gap or before not in ENDS | {"function", "large"}):
            kind = "code"
        elif kind == "shift" and before not in ENDS | {"function", "large", "prefix"}:
            tex = "{}" + tex
        elif source == "*" and not gap and before in ENDS and not re.match(r"[\w(√]", text[end:]):
            kind, tex = "shift", r"^{\ast}"  # the best: θ*, L*
        found.append(Token(kind, tex, source, start, end, gap))
    return found


def _token(group: str, source: str, follows: str) -> tuple[str, str]:
    """What a piece is, and its TeX."""
    if group == "word":
        return _word(source, follows)
    if group == "shape":
        return "atom", re.sub(r"(?<=_)\w+|[A-Za-z]{3,}", r"{\\text{\g<0>}}", source)
    if group == "number":
        return group, re.sub(r"e([−-]?\d+)", r"\\mathrm{e}{\1}", source)
    if group == "greek":
        name = NAMES.get(source[0]) or name_of(source[0]).split()[-1].lower()
        return "atom", _accented(rf"\{name.title() if source[0].isupper() else name} ", source[1:])
    if group == "root":
        return "atom", rf"\sqrt{{{to_tex(source[2:-1] if source[1] == '(' else source[1:])}}}"
    if group == "shift":
        table = RAISED if source[0] in RAISED else LOWERED
        inner = "".join(table[c] for c in source) if source[0] in table else source[1:]
        raised = source[0] in (*RAISED, "^")
        tex = r"\top" if raised and inner == "T" else _script(inner)
        return group, f"{'^' if raised else '_'}{{{tex}}}"
    if group == "sign":
        above, _, below = normalize("NFKC", source).partition("⁄")
        tex = rf"\tfrac{{{above}}}{{{below}}}" if below else TEX.get(source, source)
        return KIND.get(source[0], "code"), tex
    if group == "indexed" and follows in (*RAISED,):
        return "atom", source
    return "word" if group == "tag" else group, source


def _word(source: str, follows: str) -> tuple[str, str]:
    """A run of Latin letters: a letter, a function, a differential, a product, or a word."""
    letters = re.findall(rf"([A-Za-z])([{MARKS}]*)", source)
    if follows.isdecimal():
        return "code", source
    if len(letters) == 1:
        return "atom", _accented(*letters[0])
    if source in FUNCTIONS | LIMITS:
        return "function", rf"\operatorname{'*' * (source in LIMITS)}{{{source}}}"
    if source in DIFFERENTIALS:
        return "differential", rf"\mathrm{{d}}{source[1]}"
    if source == "ihv" or (len(letters) == 2 and source not in WORDS):
        return "product", "".join(_accented(*letter) for letter in letters)
    kind = "code" if follows == "_" else "atom" if follows and follows in "^²³" else "word"
    return kind, rf"\text{{{source}}}"


def _accented(tex: str, marks: str) -> str:
    return _accented(rf"\{ACCENTS[marks[0]]}{{{tex.strip()}}}", marks[1:]) if marks else tex


def _script(inner: str) -> str:
    if inner in SUBSCRIPTS:
        return rf"\mathrm{{{inner}}}"
    if re.fullmatch("[A-Za-z]{3,}", inner):
        raise NotMathematics(inner)  # a name of the code
    return to_tex(inner[1:-1] if inner.startswith("{") else inner)


# -- one formula -----------------------------------------------------------------------------------


def to_tex(formula: str) -> str:
    r"""The TeX of one formula; words in it are set upright.

    Raises
    ------
    NotMathematics
        For brackets that do not close, program code, and letters outside the notation.

    Examples
    --------
    >>> print(to_tex("γ_q a_γ = Σ_{α+β=γ} α_q z_α"))
    \gamma _{q}a_{\gamma}=\sum _{\alpha +\beta =\gamma}\alpha _{q}z_{\alpha}
    """
    out, before, waiting = "", "", []
    for token in tokens(decompose(formula.strip())):
        kind = token.kind
        if kind == "open":
            waiting.append(token.source)
        shut = kind == "close" and waiting and token.source in PAIRS[waiting.pop()]
        if kind == "code" or (kind == "close" and not shut):
            raise NotMathematics(f"{token.source!r} in {formula!r}")
        if token.gap > 1:
            out += r"\quad "
        elif (token.gap and before == "number" and kind == "atom") or (
            kind == "differential" and before not in ("", "open", "operator", "prefix")
        ):
            out += r"\,"
        elif token.gap and ("word" in (before, kind) or (kind == "number" and before in ENDS)):
            out += r"\ "
        out += token.tex + " " * (kind == "function")
        before = kind
    if waiting:
        raise NotMathematics(f"{waiting[-1]!r} is not closed in {formula!r}")
    return re.sub(r",(?=[)\]])", "{,}", out).strip()  # (N,) is a shape


# -- a sentence ------------------------------------------------------------------------------------

JOINS, ARTICLES = {"operator", "relation"}, {"a", "A", "I"}
LETTERS = {"atom", "product", "shift", "prefix", "large"}


def sentence(text: str) -> list[tuple[bool, str]]:
    """A sentence as (is a formula, text) pieces, which joined give the sentence.

    A formula is the longest stretch that parses, holds a letter or a script, and is neither an
    article nor a part of a word.

    Examples
    --------
    >>> "".join(f"[{part}]" if formula else part for formula, part in sentence("A value u′ for k = 1."))
    'A value [u′] for [k = 1].'
    """
    text = decompose(text)
    found, pieces = tokens(text), []
    plain = i = 0
    while i < len(found):
        start = found[i].start
        inside = re.match(r"[^\s(\[“\"‘—–/]", text[max(start - 1, 0) : start])
        stop = None if inside else _longest(text, found, i)
        if stop:
            pieces += [(False, text[plain:start]), (True, text[start : found[stop - 1].end])]
            plain = found[stop - 1].end
        i = stop or i + 1
    pieces.append((False, text[plain:]))
    return [(formula, normalize("NFC", part)) for formula, part in pieces if part]


def _longest(text: str, found: list[Token], start: int) -> int | None:
    """The end of the longest formula that starts here."""
    best, waiting = None, []
    for i, token in enumerate(found[start:], start):
        kind, before = token.kind, found[i - 1].kind if i > start else ""
        near = text[token.end : token.end + 1]
        word = token.gap and before not in JOINS if before else near not in ("(", "/", *RAISED)
        if kind in ("code", "word") or (not waiting and kind == "comma"):
            break
        if not waiting and kind in ("product", "indexed") and word:
            break  # two letters are a word, unless they touch a formula
        if kind == "open":
            waiting.append(token.source)
        if kind == "close" and not (waiting and token.source in PAIRS[waiting.pop()]):
            break
        bare = (
            before in JOINS if kind == "function" else kind == "large" and before and not token.gap
        )
        if not waiting and (kind in ENDS or bare) and _is_formula(text, found[start : i + 1]):
            best = i + 1
    return best


def _is_formula(text: str, kept: list[Token]) -> bool:
    first, last, alone = kept[0], kept[-1], len(kept) == 1
    follows = text[last.end :]
    if re.match(r"\w|[_^`\\′″‴]|[.'’](?!s\b)\w", follows) or (
        follows[:1] == "(" and last.kind != "close"
    ):
        return False  # a part of a word, or a call
    if alone and (follows[:1] == "-" or re.search(r"\d [smh]$", text[: last.end])):
        return False  # V-curve, 5 s
    for end, near, right in ((first, kept[1:2], kept[1:2]), (last, kept[-2:-1], [last])):
        apart = near and right[0].gap and near[0].kind not in JOINS
        if apart and (end.source in ARTICLES or (end is first and end.kind == "number")):
            return False  # a loss, 3 x
    if first.kind in {"shift", "bang", *JOINS} and first.source not in "−+≈<>±~":
        return False
    interval = first.source == "[" and any(token.kind == "comma" for token in kept)
    call = any(f.kind == "function" and bracket.source == "(" for f, bracket in pairwise(kept))
    said = {token.source for token in kept if token.kind not in ("open", "close")}
    letter = any(token.kind in LETTERS and token.source != "…" for token in kept)
    return interval or ((letter or call) and not said <= ARTICLES)


# -- a block ---------------------------------------------------------------------------------------

FIRST = re.compile(r"^\s*\(([A-Z]\d'?)\)\s+")
LAST = re.compile(r"\s{2,}((?:\((?:[A-Z]\d'?|\d+)\),? ?)+)$")
CODE = re.compile(r"[A-Za-z_]\w*(?:\.\w+|_\w\w+)+(?:\([^()]*\))?", re.ASCII)


class Row(NamedTuple):
    """A line: its tags at either end, and cells of pieces ("math", TeX), ("text", …), ("code", …)."""

    first: list[str]
    cells: list[list[tuple[str, str]]]
    last: list[str]


def block(text: str) -> list[Row]:
    r"""The lines of a block in columns, which two blanks or more in every line set apart.

    Raises
    ------
    NotMathematics
        Where a line is program code, or none has a formula or a tag.

    Examples
    --------
    >>> block("a   x = 1  (J3)\nbc  x = 2")[0]
    Row(first=[], cells=[[('math', 'a')], [('math', 'x=1')]], last=['J3'])
    """
    lines, tags = [], []
    for line in filter(str.strip, text.splitlines()):
        first, last = FIRST.match(line), LAST.search(line)
        tags.append(
            ([first[1]] if first else [], re.findall(r"\(([^)]+)", last[1]) if last else [])
        )
        line = decompose(line[: last.start()] if last else line)
        lines.append(" " * first.end() + line[first.end() :] if first else line)
    lines = textwrap.dedent("\n".join(lines)).splitlines()
    # A column of the grid is one of the screen.
    grid = [re.findall(rf".[{MARKS}]*", line.rstrip()) for line in lines]
    matrices = _matrices(grid)
    if matrices:
        return [
            Row([], [[("math", matrices)]], [tag for first, last in tags for tag in first + last])
        ]
    cuts = [0, *_columns(grid), None]
    cells = [[_cell("".join(line[a:b]).strip()) for a, b in pairwise(cuts)] for line in grid]
    if not any(map(any, tags)) and not any("math" in dict(cell) for row in cells for cell in row):
        raise NotMathematics(text)
    return [Row(first, row, last) for row, (first, last) in zip(cells, tags, strict=True)]


def _columns(grid: list[list[str]]) -> list[int]:
    """Where columns begin; in one line alone two blanks are a pause in a formula, three are not."""
    found, gap = [], 0
    for c, column in enumerate(zip_longest(*grid)):
        here = [letter for letter in column if letter]
        begins = set(here) != {" "}
        found += [c] if begins and gap > (1 if len(here) > 1 else 2) else []
        gap = 0 if begins else gap + 1
    return found


def _matrices(grid: list[list[str]]) -> str | None:
    """Matrices drawn over several lines, their brackets above each other, as one formula."""
    columns = list(zip_longest(*grid, fillvalue=" "))
    edges = [c for c, (first, *rest) in enumerate(columns) if first in "[]" and {first} == {*rest}]
    if not edges or "".join(columns[c][0] for c in edges) != "[]" * (len(edges) // 2):
        return None
    tex, at = "", 0
    for start, stop in zip([*edges[::2], len(columns)], [*edges[1::2], 0], strict=True):
        between, inner = (["".join(line).strip() for line in zip(*part, strict=True)]
                          for part in (columns[at:start], columns[start + 1 : stop]))  # fmt: skip
        tex += to_tex(max(between, key=len, default="")) or r"\qquad " * (
            bool(stop) and start - at > 3
        )
        rows = r" \\ ".join(" & ".join(map(to_tex, re.split(r"\s{2,}", line))) for line in inner)
        tex, at = tex + (rf"\begin{{bmatrix}}{rows}\end{{bmatrix}}" if rows else ""), stop + 1
    return tex


def _cell(cell: str) -> list[tuple[str, str]]:
    """A cell's pieces: code, one formula, or a sentence with formulas in it."""
    if CODE.fullmatch(cell) or re.fullmatch("`[^`]+`", cell):
        return [("code", cell.strip("`"))]
    pieces = sentence(cell)
    text = "".join(text for formula, text in pieces if not formula)
    words = any(token.kind == "word" for token in tokens(cell))
    if cell and (re.search(r"""[_^{}"=\[\]]""", text) or not (words or set(text) < set(", "))):
        return [("math", to_tex(cell))]
    return [
        ("math", to_tex(t)) if formula else ("text", re.sub("  +", "\u2003", t))
        for formula, t in pieces
    ]
