"""The formulas in a sentence: where each begins and ends."""

import re
import unicodedata

from unicode_letters import PAIRS, NotMathematics, decompose
from unicode_math import Token, to_tex, tokens

BEFORE = re.compile(r"""(?:^|(?<=[\s(\[“"‘—–/]))(?=\S)""")
ENDS = {"atom", "number", "close", "bar", "shift", "prime", "product", "differential", "bang"}
ARTICLES = {"a", "A", "I"}


def split_prose(text: str) -> list[tuple[bool, str]]:
    """A sentence as (is a formula, text) pieces, which joined give the sentence.

    A formula is the longest stretch that parses, holds a letter or a script, and is neither an
    article nor a part of a word.

    Examples
    --------
    >>> split_prose("For k = 1, send a value and u′ through W.")
    [(False, 'For '), (True, 'k = 1'), (False, ', send a value and '), (True, 'u′'), \
(False, ' through '), (True, 'W'), (False, '.')]
    """
    text = decompose(text)
    pieces: list[tuple[bool, str]] = []
    pos = plain = 0
    while True:
        match = BEFORE.search(text, pos)
        if match is None:
            break
        start = match.start()
        end = _longest(text, start)
        unit = re.search(r"\d $", text[:start]) and text[start:end] in ("s", "m", "h")
        if end is None or unit:  # 5 s are seconds
            pos = start + 1
            continue
        if plain < start:
            pieces.append((False, text[plain:start]))
        pieces.append((True, text[start:end]))
        pos = plain = end
    if plain < len(text):
        pieces.append((False, text[plain:]))
    return [(kind, unicodedata.normalize("NFC", part)) for kind, part in pieces]


def _longest(text: str, start: int) -> int | None:
    """The end of the longest formula that starts here."""
    ends: list[int] = []
    stack: list[str] = []
    seen: list[Token] = []
    try:
        for token in tokens(text, start):
            if token.kind in ("code", "word", "unit") or _stops(text, seen, token, bool(stack)):
                break
            if token.kind == "open":
                stack.append(token.source)
            elif token.kind == "close" and (not stack or token.source not in PAIRS[stack.pop()]):
                break
            seen.append(token)
            bare = token.kind == "function" and len(seen) > 1 and seen[-2].kind == "relation"
            sign = token.kind == "large" and len(seen) > 1 and not token.spaced  # (1/N)Σ
            if (token.kind in ENDS or bare or sign) and not stack:
                ends.append(len(seen))
    except NotMathematics:
        pass
    for n in reversed(ends):
        kept = seen[:n]
        end = kept[-1].end
        if _is_formula(kept) and _may_end(text, end, kept):
            try:
                to_tex(text[start:end])
            except NotMathematics:
                continue
            return end
    return None


def _stops(text: str, seen: list[Token], token: Token, inside: bool) -> bool:
    """Outside brackets a comma ends a formula, and two letters are a word unless they touch one."""
    if token.kind == "punctuation":
        return not inside
    if token.kind == "product":
        if not seen:
            return text[token.end : token.end + 1] not in ("(", "/")
        return token.spaced and not inside and seen[-1].kind not in ("operator", "relation")
    return False


def _is_formula(kept: list[Token]) -> bool:
    first, last = kept[0], kept[-1]
    if first.source == "[" and any(t.source == "," for t in kept):
        return True  # an interval
    if first.kind == "number" and len(kept) > 1 and kept[1].spaced and kept[1].kind not in (
        "relation", "operator"
    ):  # fmt: skip
        return False
    if (
        first.kind in ("relation", "operator", "prime", "bang", "shift")
        and first.source not in "−+≈<>±~"
    ):
        return False
    if first.source in ARTICLES and len(kept) > 1 and kept[1].spaced and kept[1].kind not in (
        "relation", "operator"
    ):  # fmt: skip
        return False
    if last.source in ARTICLES and last.spaced and len(kept) > 1 and kept[-2].kind not in (
        "relation", "operator"
    ):  # fmt: skip
        return False
    letters = [t for t in kept if t.kind in ("atom", "product", "shift", "prefix", "large")]
    letters = [t for t in letters if t.source != "…"]
    written = [t for t in kept if t.kind not in ("open", "close")]
    return bool(letters) and any(t.source not in ARTICLES for t in written)


def _may_end(text: str, end: int, kept: list[Token]) -> bool:
    follows = text[end : end + 2]
    if not follows:
        return True
    if follows[0].isalnum() or follows[0] in "_^`\\" or follows[0] in "′″‴":
        return False
    if follows[0] in ".'’" and follows[1:].isalnum():
        return False
    if follows[0] == "-" and len(kept) == 1 and kept[0].kind == "atom":
        return False
    return not (follows[0] == "(" and len(kept) > 0 and kept[-1].kind != "close")


def split_relations(formula: str, limit: int = 24) -> list[str]:
    """A long formula in a sentence, cut before its outer relations, so that lines can break there.

    Examples
    --------
    >>> split_relations("L(θ) = Σ_α λ_α ∫_Ω |r_α|ᵖ dx = g(θ)")
    ['L(θ) ', '= Σ_α λ_α ∫_Ω |r_α|ᵖ dx ', '= g(θ)']
    """
    if len(formula) <= limit:
        return [formula]
    text = decompose(formula)
    depth, previous, start, parts, bars = 0, 0, 0, [], 0
    for token in tokens(text):
        depth += (token.kind == "open") - (token.kind == "close")
        bars += token.kind == "bar"
        if token.kind == "relation" and depth == 0 and bars % 2 == 0 and previous > start:
            parts.append(text[start:previous])
            start = previous
        previous = token.end
        while previous < len(text) and text[previous].isspace():
            previous += 1
    return [*parts, text[start:]]
