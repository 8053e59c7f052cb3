"""Unicode formulas become TeX, and only formulas do; in docstrings and notebooks as on pages."""

import re
from pathlib import Path

import pytest
from formulas import mark_docstring
from markdown_it import MarkdownIt
from notebooks import in_dollars, read
from unicode_math import NotMathematics, block, sentence, to_tex

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "tutorials").rglob("[0-9][0-9]*_*.py"))
PAGES = [
    ROOT / "README.md",
    ROOT / "tutorials" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def markdown_of(path):
    """The Markdown of a page, or of a tutorial's cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n\n".join(c.source for c in read(text).cells if c.cell_type == "markdown")
    return text


@pytest.mark.parametrize(
    ("formula", "tex"),
    [
        ("u_θ", r"u_{\theta}"),
        ("Dᵅu", r"D^{\alpha}u"),
        ("z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ",
         r"\bar{z}_{\beta}=\sum _{\gamma ≥\beta}s_{\gamma −\beta}\bar{a}_{\gamma}"),
        ("‖e‖_∞² ≤ λ^{−1/2}", r"\lVert e\rVert _{∞}^{2}≤\lambda ^{−1/2}"),
        ("∫₀¹ (1 − t) dt = ½", r"∫_{0}^{1}(1−t)\,\mathrm{d}t=\tfrac{1}{2}"),
        ("|r|^{p−1}", r"\lvert r\rvert ^{p−1}"),
        ("r|r|ᵖ⁻²", r"r\lvert r\rvert ^{p−2}"),
        ("||a| − |b||", r"\lvert \lvert a\rvert −\lvert b\rvert \rvert"),
        ("tanh⁽ⁿ⁾(w_j x + b_j)", r"\operatorname{tanh} ^{(n)}(w_{j}x+b_{j})"),
        ("max_x |e|", r"\operatorname*{max} _{x}\lvert e\rvert"),
        ("cosh²(x/√λ)", r"\operatorname{cosh} ^{2}(x/\sqrt{\lambda})"),
        ("√(λ_α w_i)", r"\sqrt{\lambda _{\alpha}w_{i}}"),
        ("vᵀHv", r"v^{\top}Hv"),
        ("∂_T C, σ_T", r"∂_{T}C,\sigma _{T}"),
        ("ℝᵈ → ℝᵐ", r"ℝ^{d}→ℝ^{m}"),
        ("λ_max", r"\lambda _{\mathrm{max}}"),
        ("(N,)", "(N{,})"),
        ("(A, N, width)", r"(A, N, {\text{width}})"),
        ("(A, n_in, n_out)", r"(A, n_{\text{in}}, n_{\text{out}})"),
        ("f⁗/24", "f''''/24"),
        ("θ*, L*", r"\theta ^{\ast},L^{\ast}"),
        ("u‴ − u′", "u'''−u'"),
        ("k >= 0", "k≥0"),
        ("2 θ, 3 dx", r"2\,\theta ,3\,\mathrm{d}x"),
        ("a  =  b", r"a\quad =\quad b"),
        ("δW2ᵀ", r"\delta W2^{\top}"),
        ("z_α, plus b", r"z_{\alpha},\ \text{plus}\ b"),
        ("length^{pn}", r"\text{length}^{pn}"),
        ("1e−13", r"1\mathrm{e}{−13}"),
    ],
)  # fmt: skip
def test_formulas(formula, tex):
    assert to_tex(formula) == tex


@pytest.mark.parametrize(
    "text",
    ["(a + b", "a + b)", "|a", "u_", "net.init(0)", 'f("x")', "theta_bar", "x_jet", "√", "a $ b", "(a}", "′"],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(NotMathematics):
        to_tex(text)


@pytest.mark.parametrize(
    "text",
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
        "⟦H²⟧'s norm, of ⟦(A, N, width)⟧: ⟦tanh′⟧, ⟦δu = a δW2ᵀ + b W2ᵀ⟧, ⟦sign(0) = 0⟧; it is W2's.",
        "of shape ⟦(A, N, H)⟧, as ⟦u = a·tanh(wx)⟧ in BLAS/LAPACK",
        "nothing here",
    ],
)
def test_formulas_in_a_sentence(text):
    found = sentence(text.replace("⟦", "").replace("⟧", ""))
    assert "".join(f"⟦{part}⟧" if formula else part for formula, part in found) == text
    for formula, part in found:
        if formula:
            to_tex(part)


def test_a_block_has_columns_and_tags():
    rows = block("∂u /∂c = v s        ∂u /∂e = 1     (T1)\n∂u′/∂c = v (s + c)  ∂u′/∂e = 0")
    cells = [[text for ((_, text),) in row.cells] for row in rows]
    assert cells == [["∂u/∂c=vs", "∂u/∂e=1"], ["∂u'/∂c=v(s+c)", "∂u'/∂e=0"]]
    assert [row.last for row in rows] == [["T1"], []]
    (row,) = block("(J1)  a = b    product of `theta`, see (J2)")
    assert (row.first, row.last) == (["J1"], [])
    (row,) = block("(T3') λ     `rule.nodes`     x_jet   where k = 1, else    (D3), (1)")
    assert row.cells[1:] == [[("code", "rule.nodes")], [("code", "x_jet")],
                             [("text", "where "), ("math", "k=1"), ("text", ", else")]]  # fmt: skip
    assert (row.first, row.last) == (["T3'"], ["D3", "1"])


def test_letters_with_marks_take_one_column():
    assert all(len(row.cells) == 2 for row in block("z̄_0 = λ̃  one\nb_0 = c  two"))


def test_matrices():
    (row,) = block("[a_0]   [s_0   0 ] [z_0]\n[a_1] = [s_1  s_0] [z_1]     (J1)")
    (((kind, tex),),) = row.cells
    assert kind == "math"
    assert tex.count("bmatrix") == 6
    assert r"s_{0} & 0 \\ s_{1} & s_{0}" in tex
    assert row.last == ["J1"]


@pytest.mark.parametrize(
    "text", ["python -m pip install -e .", "loss = f(x.y) + 1", "nothing here"]
)
def test_what_is_no_block_of_formulas_is_refused(text):
    with pytest.raises(NotMathematics):
        block(text)


# -- what the project holds now ----------------------------------------------------------------------


@pytest.mark.parametrize("path", [*TUTORIALS, *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_formula_of_the_project_is_understood(path):
    """A block that is meant as it stands goes between ```text lines."""
    for token in MarkdownIt("commonmark").parse(markdown_of(path)):
        if token.type == "code_block" and re.search(r"[∫Σ∇‖²≤′α-ωΩ]", token.content):
            block(token.content)


@pytest.mark.parametrize("path", [*TUTORIALS, *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_an_underscore_is_a_subscript(path):
    """Between signs, as in ‖u‖_p, a pair of them is emphasis in Markdown: write ‖u‖ₚ, or a backslash."""
    for token in MarkdownIt("commonmark").enable("table").parse(markdown_of(path)):
        assert not [c for c in token.children or [] if c.type == "em_open" and c.markup == "_"], (
            token.content
        )


def test_a_docstring_keeps_its_code_and_marks_its_formulas():
    lines = """The gradient ∇L of `SobolevLoss`s, `theta` and `f(x)`, see |α| ≤ k.

    (J1)  a = b

More **here** of u_, θ*.

Parameters
----------
theta : array_like, shape (P,)
    θ, not `x_jet`.

        θ_{k+1} = θ_k

Examples
--------
>>> f(u_θ)
u_θ""".splitlines()
    mark_docstring(None, "function", "f", lambda theta: theta, {}, lines)
    assert (
        lines[0]
        == r"The gradient ∇L of `SobolevLoss <SobolevLoss>`\ s, ``theta`` and ``f(x)``\ , see \|α\| ≤ k."
    )
    assert lines[2:6] == ["::", "", "    (J1)  a = b", ""]
    assert lines[6] == r"More **here** of u\_, θ\*."
    assert "theta : array_like, shape (P,)" in lines
    assert lines[-10:-4] == [
        "    θ, not ``x_jet``\\ .",
        "",
        "    ::",
        "",
        "        θ_{k+1} = θ_k",
        "",
    ]
    assert lines[-2:] == [">>> f(u_θ)", "u_θ"]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_a_notebook_holds_the_tutorial_s_code(path):
    """Every line of code in order, and a cell of its own that shows each figure that is saved."""
    source = path.read_text(encoding="utf-8")
    cells = [cell for cell in read(source).cells if cell.cell_type == "code"]
    shown = [cell for cell in cells if "remove-input" in cell.metadata.get("tags", [])]
    code = "\n".join(cell.source for cell in cells if cell not in shown)
    compile(code, path.name, "exec")
    kept = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    assert [line for line in code.splitlines() if line.strip() and not line.startswith("#")] == kept
    assert len(shown) == len(re.findall(r"^save_figure\(", source, flags=re.M))


def test_a_notebook_has_its_formulas_in_dollars():
    text = "## Of λ\n\nTake `x_jet`, u_θ and [λ](a_b.md).\n\n"
    text += "    a = u_θ    (T1)\n    b = 1\n\nso\n\n    run it\n"
    assert in_dollars(text) == (
        "## Of λ\n\nTake `x_jet`, $u_{\\theta}$ and [$\\lambda$](a_b.md).\n\n$$\n\\begin{array}{ll}\n"
        "a=u_{\\theta} & \\text{(T1)} \\\\\nb=1 & \n\\end{array}\n$$\n\nso\n\n    run it\n"
    )
