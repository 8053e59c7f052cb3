"""Unicode formulas become TeX, and only formulas do."""

import ast
import re
from pathlib import Path

import pytest
from docstrings import marked
from gallery import cells, gallery_script, notebook
from unicode_blocks import cell_pieces, split_block
from unicode_letters import NotMathematics
from unicode_math import to_tex
from unicode_prose import split_prose, split_relations

ROOT = Path(__file__).resolve().parent.parent.parent
TUTORIALS = sorted((ROOT / "tutorials").rglob("[0-9][0-9]_*.py"))
PAGES = [
    ROOT / "README.md",
    ROOT / "tutorials" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def plain(tex):
    """Without the blanks that TeX does not need."""
    tex = re.sub(r"(\\[a-zA-Z]+) +(?=[a-zA-Z])", r"\1~", re.sub(" +", " ", tex))
    return tex.replace(" ", "")


@pytest.mark.parametrize(
    ("formula", "tex"),
    [
        ("u_θ", r"u_{\theta}"),
        ("Dᵅu", r"D^{\alpha}u"),
        ("z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ",
         r"\bar{z}_{\beta}=\sum_{\gamma\ge\beta}s_{\gamma-\beta}\bar{a}_{\gamma}"),
        ("‖e‖_∞² ≤ λ^{−1/2}", r"\lVert e\rVert_{\infty}^{2}\le\lambda^{-1/2}"),
        ("∫₀¹ (1 − t) dt = ½", r"\int_{0}^{1}(1-t)\,\mathrm{d}t=\tfrac{1}{2}"),
        ("|r|^{p−1}", r"\lvert r\rvert^{p-1}"),
        ("r|r|ᵖ⁻²", r"r\lvert r\rvert^{p-2}"),
        ("||a| − |b||", r"\lvert\lvert a\rvert-\lvert b\rvert\rvert"),
        ("tanh⁽ⁿ⁾(w_j x + b_j)", r"\tanh^{(n)}(w_{j}x+b_{j})"),
        ("cosh²(x/√λ)", r"\cosh^{2}(x/\sqrt{\lambda})"),
        ("√(λ_α w_i)", r"\sqrt{\lambda_{\alpha}w_{i}}"),
        ("vᵀHv", r"v^{\top}Hv"),
        ("ℝᵈ → ℝᵐ", r"\mathbb{R}^{d}\to\mathbb{R}^{m}"),
        ("λ_max", r"\lambda_{\mathrm{max}}"),
        ("(N,)", "(N{,})"),
        ("θ*, L*", r"\theta^{\ast},L^{\ast}"),
        ("u‴ − u′", "u'''-u'"),
        ("k >= 0", r"k\ge 0"),
        ("z_α = W a_α, plus b where α = 0", r"z_{\alpha}=W a_{\alpha},\text{ plus }b\text{ where }\alpha=0"),
        ("length^{pn}", r"\text{length}^{pn}"),
        ("1e−13", r"1\mathrm{e}{-13}"),
    ],
)  # fmt: skip
def test_formulas(formula, tex):
    assert plain(to_tex(formula)) == plain(tex)


@pytest.mark.parametrize(
    "text",
    ["(a + b", "a + b)", "|a", "u_", "net.init(0)", 'f("x")', "theta_bar", "x_jet", "√", "a $ b", "(a}"],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(NotMathematics):
        to_tex(text)


@pytest.mark.parametrize(
    "sentence",
    [
        "Here ⟦α⟧ counts once, with weights ⟦λ_{|α|}⟧; the rest is prose.",
        "Take a ⟦θ⟧ and a step: ⟦L(θ+Δ) ≤ L(θ) + ∇L·Δ + (L/2)‖Δ‖²⟧, at last.",
        "A network in ⟦L²⟧, its gradient (Theorem 3), a V-curve, and the paper's loss.",
        "⟦(1/N)Σ⟧ estimates ⟦|Ω|⁻¹∫⟧: see (J3) and (T3').",
        "On ⟦[−1, 1]⟧, sin and cos; ⟦f′ = cos⟧, of size 2.2, in 5 s, 3 GB, 40 steps.",
        "It is a = b? No: ⟦a = b⟧. See e.g. the W1 of i.e. x86_64 and 1-D.".replace(
            "a = b?", "⟦a = b⟧?"
        ),
        "The sum ⟦Σ_{α+β=γ, α_q>0} α_q z_α⟧ is over all pairs ⟦(α, β)⟧.",
        "I is a word, A too, and a.",
        "of shape ⟦(A, N, H)⟧, as ⟦u = a·tanh(wx)⟧ in BLAS/LAPACK",
        "nothing here",
    ],
)
def test_formulas_in_a_sentence(sentence):
    text = sentence.replace("⟦", "").replace("⟧", "")
    found = split_prose(text)
    assert "".join(f"⟦{part}⟧" if formula else part for formula, part in found) == sentence
    for formula, part in found:
        if formula:
            to_tex(part)


def test_a_long_formula_may_break_before_its_relations():
    parts = split_relations("‖∇L(θ₁) − ∇L(θ₂)‖ = |{x = 1}| ≤ L‖θ₁ − θ₂‖")
    assert [part.strip() for part in parts] == ["‖∇L(θ₁) − ∇L(θ₂)‖", "= |{x = 1}|", "≤ L‖θ₁ − θ₂‖"]


def test_a_block_has_columns_and_tags():
    rows = split_block(
        "∂u /∂c = v s x        ∂u /∂e = 1     (T1)\n∂u′/∂c = v (s + c x)  ∂u′/∂e = 0"
    )
    assert [row.cells for row in rows] == [
        ("∂u /∂c = v s x", "∂u /∂e = 1"), ("∂u′/∂c = v (s + c x)", "∂u′/∂e = 0")
    ]  # fmt: skip
    assert [row.last for row in rows] == [("T1",), ()]
    assert split_block("(J1)  a = b    product")[0].first == ("J1",)


def test_letters_with_marks_take_one_column():
    first, second = split_block("z̄_0  = a    one\nb_0   = c    two")
    assert first.cells[-1], second.cells[-1] == ("one", "two")


def test_matrices():
    (row,) = split_block("[a_0]   [s_0   0 ] [z_0]\n[a_1] = [s_1  s_0] [z_1]     (J1)")
    ((kind, tex),) = cell_pieces(row.cells[0])
    assert kind == "math"
    assert tex.count("bmatrix") == 6
    assert r"s_{0} & 0 \\ s_{1} & s_{0}" in tex
    assert row.last == ("J1",)


# -- what the project holds now ----------------------------------------------------------------------


def markdown_of(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n\n".join(cell.text for cell in cells(text) if cell.markdown)
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


@pytest.mark.parametrize("path", [*TUTORIALS, *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_formula_of_the_project_is_understood(path):
    """A block that is meant as it stands goes between ``` lines."""
    for block in re.findall(r"(?:^\n|\A)((?:    .*\n?)+)", markdown_of(path), flags=re.M):
        if re.search(r"[∫Σ∇‖²≤′α-ωΩ]", block) and not re.match(r"\s+(?:[-*]|\d\.) ", block):
            for row in split_block(block):
                for cell in row.cells:
                    cell_pieces(cell)


def test_a_docstring_keeps_its_code_and_marks_its_formulas():
    lines = """The gradient ∇L of `loss`, see |α| ≤ k.

    (J1)  a = b

More *here* of u_.

Parameters
----------
theta : array_like, shape (P,)
    θ, not `x_jet`.

Examples
--------
>>> f(u_θ)
u_θ""".splitlines()
    out = marked(lines)
    assert out[0] == r"The gradient :formula:`∇L`\  of ``loss``\ , see :formula:`|α| ≤ k`\ ."
    assert out[2:5] == [".. formulas::", "", "   (J1)  a = b"]
    assert r"More *here* of u\_." in out
    assert "theta : array_like, shape (P,)" in out
    assert r"    :formula:`θ`\ , not ``x_jet``\ ." in out
    assert out[-2:] == [">>> f(u_θ)", "u_θ"]


def test_public_docstrings_parse_whole():
    for path in sorted((ROOT / "sobolev_ref").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = ast.get_docstring(node) or ""
                for formula in re.findall(
                    r":formula:`([^`]*)`", "\n".join(marked(text.splitlines()))
                ):
                    to_tex(formula)


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_script_and_notebook_hold_the_tutorial_s_code(path):
    """No line of code is lost or changed on the way, apart from the pictures shown in a notebook."""
    source = path.read_text(encoding="utf-8")
    code = [cell.text for cell in cells(source) if not cell.markdown]
    script = gallery_script(path, path)
    compile(script, path.name, "exec")
    assert all(text in script for text in code)
    made = notebook(source)
    shown = ["".join(c["source"]) for c in made["cells"] if c["cell_type"] == "code"]
    assert len(shown) == len(code)
    for text, kept in zip(shown, code, strict=True):
        compile(text, path.name, "exec")
        back = re.sub(r"^picture_\d+ = ", "", text, flags=re.M).partition("\n\nfrom IPython")[0]
        assert back == kept
    ids = [c["id"] for c in made["cells"]]
    assert len(set(ids)) == len(ids)
