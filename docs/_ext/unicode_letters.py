"""The letters of the project's formulas, and what each is in TeX.

What is added here is known on every page, in every notebook and in every docstring.
"""

import re
import unicodedata


class NotMathematics(ValueError):
    """The text is not a formula of this notation."""


# -- the letters ---------------------------------------------------------------------------------

ACCENTS = {"\u0304": "bar", "\u0307": "dot", "\u0302": "hat", "\u0303": "tilde", "\u0308": "ddot"}
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi",
    "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
    "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SYMBOLS = {  # atoms that are no letters
    "∞": r"\infty", "ℓ": r"\ell", "ℝ": r"\mathbb{R}", "ℕ": r"\mathbb{N}", "ℤ": r"\mathbb{Z}",
    "ℂ": r"\mathbb{C}", "ℚ": r"\mathbb{Q}", "∅": r"\emptyset",
    "…": r"\ldots", "⋯": r"\cdots", "⋮": r"\vdots", "𝟙": r"\mathbf{1}", "∎": r"\blacksquare",
}  # fmt: skip
for c in "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞":
    above, below = unicodedata.normalize("NFKC", c).split("⁄")
    SYMBOLS[c] = rf"\tfrac{{{above}}}{{{below}}}"
PREFIXES = {"∇": r"\nabla", "∂": r"\partial", "¬": r"\neg", "∀": r"\forall", "∃": r"\exists"}
LARGE = {"∫": r"\int", "∬": r"\iint", "∮": r"\oint", "Σ": r"\sum", "∑": r"\sum", "∏": r"\prod",
         "Π": r"\prod", "⋃": r"\bigcup", "⋂": r"\bigcap"}  # fmt: skip
OPERATORS = {
    "+": "+", "−": "-", "±": r"\pm", "∓": r"\mp", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times",
    "/": "/", "*": r"\ast", "∘": r"\circ", "⊗": r"\otimes", "⊙": r"\odot", "⊕": r"\oplus",
    "∧": r"\wedge", "∨": r"\vee", "∪": r"\cup", "∩": r"\cap", "∖": r"\setminus",
}  # fmt: skip
RELATIONS = {
    "=": "=", "≈": r"\approx", "≤": r"\le", "≥": r"\ge", "<": "<", ">": ">", "≠": r"\ne",
    "≡": r"\equiv", "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "⊆": r"\subseteq",
    "→": r"\to", "←": r"\leftarrow", "↦": r"\mapsto", "⇒": r"\Rightarrow", "⟹": r"\implies",
    "⇔": r"\Leftrightarrow", "⟺": r"\iff", "∼": r"\sim", "~": r"\sim", "≪": r"\ll", "≫": r"\gg",
    "∝": r"\propto", "⊥": r"\perp", "≲": r"\lesssim", "≳": r"\gtrsim", "↓": r"\downarrow",
    "↑": r"\uparrow", "≔": r":=", "⟶": r"\longrightarrow", "↪": r"\hookrightarrow", "≃": r"\simeq",
}  # fmt: skip
OPENERS = {"(": "(", "[": "[", "{": r"\{", "⟨": r"\langle ", "⌊": r"\lfloor ", "⌈": r"\lceil "}
CLOSERS = {")": ")", "]": "]", "}": r"\}", "⟩": r"\rangle ", "⌋": r"\rfloor ", "⌉": r"\rceil "}
PAIRS = {"(": ")]", "[": "])", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉"}  # [0, 1) is an interval
BARS = {"|": r"\lvert ", "‖": r"\lVert "}
PRIMES = {"′": "'", "″": "''", "‴": "'''", "⁗": "''''"}
NAMED = """sin cos tan sinh cosh tanh coth exp log ln det min max sup inf lim dim arcsin arccos arctan arg
ker"""
UPRIGHT = """sign argmin argmax diag rank tr trace sech csch span Re Im erf softplus sigmoid relu vec cond
round sinc var cov mean std"""
FUNCTIONS = {f: rf"\{f}" for f in NAMED.split()}
FUNCTIONS |= {f: rf"\operatorname{{{f}}}" for f in UPRIGHT.split()}
SUBSCRIPT_WORDS = {"max", "min", "in", "out", "opt", "ref", "new", "old", "true", "tol", "mach"}
TWO_LETTER_WORDS = frozenset(
    """am an as at be by do go he if in is it me my no of oh on or so to up us we vs ie eg""".split()  # noqa: SIM905
)
PRODUCTS = frozenset(["ihv", "ihe"])  # three letters that are no word
DIFFERENTIALS = frozenset(["dx", "dt", "ds", "dy", "dz", "du", "dr", "dh"])


def _shifted(tag: str) -> dict[str, str]:
    """Superscript or subscript characters and what they stand for."""
    found = {}
    for code in (*range(0x2070, 0x20A0), 0xB2, 0xB3, 0xB9, *range(0x1D2C, 0x1DC0), 0x2C7C, 0x2C7D,
                 *range(0x2B0, 0x300)):  # fmt: skip
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0] == tag:
            found[chr(code)] = chr(int(parts[1], 16))
    return found


SUPERSCRIPTS = {
    **_shifted("<super>"), "ᵅ": "α", "ᵋ": "ε", "ᶿ": "θ", "ᐟ": "/", "˙": "·", "ᶫ": "l"
}  # fmt: skip
SUPERSCRIPTS = {c: {"ɑ": "α", "ɡ": "g"}.get(s, s) for c, s in SUPERSCRIPTS.items()}
SUBSCRIPTS = _shifted("<sub>")
BASE = r"[A-Za-zα-ωϕΓΔΘΛΞΦΨΩ]"
MARKS = "".join(ACCENTS)


def decompose(text: str) -> str:
    """ā as a and its bar, for the accents of the notation; every other letter as it is."""
    out = []
    for c in unicodedata.normalize("NFC", text):
        d = unicodedata.normalize("NFD", c)
        out.append(d if len(d) > 1 and d[1] in ACCENTS and re.match(BASE, d[0]) else c)
    return "".join(out)
