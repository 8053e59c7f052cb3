# %% [markdown]
# # 20. Read the package: from the plain lines to the fast ones
#
# **Question.** `plain.py` has the whole method in 150 lines. Where are those lines in the package,
# and what did the others have to be written for?
#
# **The paper.** Theorems 1 and 2, once more: both codes are their two sums.
#
# **You will see.** At each step, plain against fast, to rounding; the lines that bear a tag; and
# how many times faster the last step is.
#
# **You will do.** Take `plain.py` step by step, and hold each step to the package.
#
# **You will need.** Tutorials 3 and 4: jets, and the two passes. Open `sobolev_ref/plain.py` beside
# this page. Symbols stand in the [glossary](../docs/glossary.md). 40 minutes.

# %%
import inspect
import pkgutil
import re
from importlib import import_module
from time import process_time

import numpy as np

import sobolev_ref as sr
from sobolev_ref import plain
from sobolev_ref.jets import taylor_algebra
from sobolev_ref.plots import figure, line_style, save_figure


def clock(function):
    """Seconds of the processor for one call."""
    start = process_time()
    function()
    return process_time() - start


def apart(computed, exact):
    """The largest deviation, divided by the largest exact value."""
    return float(np.abs(computed - exact).max() / np.abs(exact).max())


rng = np.random.default_rng(0)
d, k, N, width = 2, 2, 40, 5
length = len(inspect.getsource(plain).splitlines())
print(f"plain.py has {length} lines")
np.testing.assert_allclose(length, 150, atol=5)
alphas = plain.multi_indices(d, k)  # A = 6, in graded order: by |α|, then α_1 falls
print(f"{len(alphas)} multi-indices:", alphas)
np.testing.assert_equal(alphas, list(sr.multi_indices(d, k)))

# %% [markdown]
# ## Step 1. A dictionary becomes an array
#
# The product of two jets is that of truncated power series:
#
#     (u v)_γ = Σ_{α+β=γ} u_α v_β                                                          (J1)
#
# In words: the row γ of a product takes each pair of rows whose orders add up to γ.
#
# In `plain` a jet is a dictionary from α to an array (N, n). In the package it is one array (A, N,
# n), whose row number stands for α. `TaylorAlgebra` (`jets/algebra.py`) keeps the order of the
# rows, and knows which products a row of (J1) needs, so that no loop asks for it again.


# %%
def as_array(jet):
    return np.stack([jet[alpha] for alpha in alphas])      # (A, N, n)


u, v = ({alpha: rng.normal(size=(N, width)) for alpha in alphas} for _ in range(2))
T = taylor_algebra(d, k)
by_dict = np.stack([plain.times(u, v, gamma) for gamma in alphas])  # (J1), (A, N, n)
by_table = T.product(as_array(u), as_array(v))             # (J1), (A, N, n)
product_error = apart(by_table, by_dict)
print(f"(J1), a table of products against a loop over pairs: {product_error:.0e}")
np.testing.assert_array_less(product_error, 1e-15)

# %% [markdown]
# ## Step 2. One matrix product for all rows
#
# A layer is affine. Here is its part with W, for each α at each node:
#
#     z_α = W a_α,    and b is added for α = 0 alone                                       (J2)
#
# In words: derivatives pass a layer as values do, but for b, which is constant.
#
# As an array of shape (A N, n_in) the jet meets W once: one call of BLAS, NumPy's library for
# matrix products, in place of A of them. That is `through` in `models/mlp.py`.

# %%
W = rng.normal(size=(3, width))                            # (n_out, n_in)
one_by_one = np.stack([u[alpha] @ W.T for alpha in alphas])  # (J2), (A, N, n_out)
at_once = (as_array(u).reshape(-1, width) @ W.T).reshape(len(alphas), N, 3)    # (J2)
affine_error = apart(at_once, one_by_one)
print(f"(J2), one product against {len(alphas)}: {affine_error:.0e}")
np.testing.assert_array_less(affine_error, 1e-14)

# %% [markdown]
# ## Step 3. An activation is a pair of recurrences
#
# For a = σ(z) and s = σ′(z), both jets, the chain rule is, row by row,
#
#     γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β        for any q with γ_q > 0                 (J3)
#
# In words: ∂a = s ∂z, where both sides are power series. A row of a needs rows of s of a lower
# order only. `plain.tanh` takes them from s = 1 − a², and so alternates the two. In the package
# (J3) is one line for all functions, `chain_row` of `jets/algebra.py`. `jets/elementary.py` calls
# it for tanh, and takes s from the same equation. `activations.py` has the equations of the other
# activations.

# %%
a, s = plain.tanh(u)
fast_a, fast_s = sr.ACTIVATIONS["tanh"].jets(as_array(u), T)         # (A, N, n) each
activation_error = max(apart(fast_a, as_array(a)), apart(fast_s, as_array(s)))
print(f"(J3) for tanh: {activation_error:.0e}")
np.testing.assert_array_less(activation_error, 1e-14)

# %% [markdown]
# ## Step 4. A loss is ū
#
# Both codes end the forward pass with the jet of u_θ, and begin the backward pass with
#
#     ū_α = α! λ_α w p φ_p(r_α)                                                       (T1) (T2)
#
# In words: each coefficient hears by how much the loss would change with it. It counts α! times, as
# Dᵅu = α! u_α; λ_α and w weigh the term and the node, and p φ_p(r) is the derivative of |r|^p.
# `losses/sobolev.py` has that line. `MLP.backward` takes ū to ∇L, layer by layer from the
# last, by the transposes of (J3) and (J2):
#
#     z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                                                            (J4)
#     W̄ = Σ_α z̄_αᵀ a_α,    ā_α = z̄_α W,    b̄ = z̄_0 summed over the nodes                   (J5)
#
# In words: where the forward pass multiplies by s and by W, the backward pass multiplies by their
# transposes, and W̄ is the product of what came back with what had gone in. Around it stands what a
# reader of the theorems does not need: `pointwise.py` runs over the nodes, `blocks.py` a block at a
# time, so that a jet stays in the cache, and adds the blocks up in one order for any number of
# threads.

# %%
net, p, weights = sr.MLP((d, 8, 8, 1)), 3.0, (1.0, 0.5, 0.25)
rule = sr.gauss_legendre([(-1, 1)] * d, 12)
loss = sr.SobolevLoss(
    net, lambda x, y: np.sin(x) * y, rule, order=k, p=p, weights=weights
)
theta = net.init(0)                                        # (P,)
x, y = sr.Jet.variables(rule.nodes, order=k)
jet = np.sin(x) * y
target = {a: jet.derivatives[a][:, None] for a in alphas}  # Dᵅu, (N, 1) each
lam = {alpha: weights[sum(alpha)] for alpha in alphas}     # λ_α
value, gradient = loss(theta)
plainly, slope = plain.sobolev_loss(
    theta, net.widths, rule.nodes, rule.weights, target, lam, p)
loss_error = max(abs(value / plainly - 1), apart(gradient, slope))
print(f"L and ∇L, the package against plain.py: {loss_error:.0e}")
np.testing.assert_array_less(loss_error, 1e-13)

# %% [markdown]
# ## Find an equation
#
# Every tag stands at the end of the line that does its arithmetic. A search finds those lines and
# no others; here in `plain`, `jets`, `models` and `losses`.

# %%
tags, lines = ("J1", "J2", "J3", "J4", "J5", "T1", "T2"), {}
modules = [m.name for m in pkgutil.walk_packages(sr.__path__, "sobolev_ref.")
           if m.name.split(".")[1] in ("plain", "jets", "models", "losses")]
for name in modules:
    source = inspect.getsource(import_module(name))
    for number, line in enumerate(source.splitlines(), 1):
        code, _, comment = line.partition("  # ")
        for tag in re.findall(r"\((\w\d)\)", comment) if code.strip() else ():
            lines.setdefault(tag, []).append(
                f"{name.removeprefix('sobolev_ref.')}:{number}"
            )
for tag in tags:
    print(f"({tag})", *lines[tag])
in_plain = [sum(w.startswith("plain:") for w in lines[tag]) for tag in tags]
np.testing.assert_equal(in_plain, [1] * 7)
np.testing.assert_equal([len(lines[tag]) for tag in tags], [2] * 7)

# %% [markdown]
# Two places for each of these equations: one in `plain.py`, which defines it, and one in the
# package, which is held to it by `tests/test_plain.py`. A test of an equation names its tag. (A
# number alone, as (1), counts the equations of one page, and is no tag.)
#
# ## The door
#
# A public function looks at its arguments once, by the functions of `_checks.py`, and says what it
# takes. Below the door code trusts what it gets: no line of an equation is a check.

# %%
for wrong in ("theta", theta[:-1], np.append(theta[1:], np.nan)):
    try:
        loss(wrong)
    except (TypeError, ValueError) as refused:
        print(type(refused).__name__, "·", refused)

# %% [markdown]
# ## What it is worth
#
# How many times longer do the plain lines take? The median of five runs of each, in turn, for more
# and more nodes. (Your processor has its own numbers.)

# %%
wide, counts, ratios = sr.MLP((d, 64, 64, 1)), [4, 8, 16, 32, 64], []
theta = wide.init(0)
for n in counts:
    rule = sr.gauss_legendre([(-1, 1)] * d, n)             # n² nodes
    loss = sr.SobolevLoss(
        wide, lambda x, y: np.sin(x) * y, rule, order=k, p=p, weights=weights
    )
    data = {alpha: np.zeros((len(rule), 1)) for alpha in alphas}  # any target will do
    arguments = theta, wide.widths, rule.nodes, rule.weights, data, lam, p
    times = [(clock(lambda: plain.sobolev_loss(*arguments)), clock(lambda: loss(theta)))
             for _ in range(5)]                            # (5, 2)
    slow, fast = np.median(times, axis=0)
    ratios.append(slow / fast)
    print(f"{len(rule):5} nodes: plain / fast {ratios[-1]:.1f}")
fig, (ax,) = figure(width=5.0, height=3.2)
ax.loglog(np.square(counts), ratios, **line_style(0))
ax.set(xlabel="nodes N", ylabel="time of plain.py / of the package", ylim=(0.5, 20),
       title=f"{min(ratios):.1f} to {max(ratios):.1f} times as fast as the plain lines")
save_figure(fig, "output/tutorial_20_ratios.png")

# %% [markdown]
# ## What you can do now
#
# 1. Which array of the package stands for the dictionary of `plain`?
# 2. Why is one product of (A N, n_in) with Wᵀ better than A products?
# 3. Where does ū come from, and what takes it on?
# 4. How do you find the line of (J4), and the test that holds it?
# 5. Where are arguments checked, and where not?
#
# <details><summary>Answers</summary>
#
# 1. (A, N, n), with the rows in graded order.
# 2. BLAS works on large blocks, and is called once.
# 3. From the residuals, in `losses/sobolev.py`; `MLP.backward` takes it to ∇L.
# 4. Search for its tag: the line bears it at its end, and the test names it.
# 5. In public functions, by `_checks.py`; below them nowhere.
#
# </details>
#
# ## Exercises
#
# 1. Write (J4) for arrays (A, N, n) by the loop of `plain.transpose`, and hold it to the transpose
#    identity ⟨s·δz, ā⟩ = ⟨δz, sᵀā⟩ for random jets.
# 2. `sr.Activation(name, np.inf, jets)` takes a function of (z, T) that returns the jets a and s.
#    Its second argument is the smoothness: the largest r for which σ⁽ʳ⁾ is Lipschitz, by which a
#    loss of too high an order is refused. It is 0 for ReLU, and `np.inf` for a σ that has all
#    derivatives, as arctan. `sr.MLP((1, 5, 1), activation)` takes an activation. Write one for
#    arctan, s = 1/(1 + z²), and train with it. `T.padded(z)` has all A rows, and `T.product` is
#    (J1). From `sobolev_ref.jets.elementary` take `reciprocal(y, T)`, the jet of 1/y, and
#    `integral(np.arctan(z[0]), s, z, T)` for (J3), with all rows of s. Which of the four steps
#    above had to be changed?
#
# Worked answers: [answers/20_read_package.py](answers/20_read_package.py).
#
# **What was simplified.** The reverse road for d > mk (tutorial 11), threads (tutorial 15) and all
# that is not a pass or a loss.
#
# **Further reading.** A. Griewank and A. Walther, *Evaluating Derivatives*, 2008, chapter 13:
# Taylor arithmetic. M. Blondel and V. Roulet, *The Elements of Differentiable Programming*, 2024.
#
# **Next:** your own problem, or the [assignments](../docs/course.md). How to add a tutorial is in
# [CONTRIBUTING.md](../CONTRIBUTING.md).
