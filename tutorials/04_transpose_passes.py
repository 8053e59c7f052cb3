# %% [markdown]
# # 4. Transpose the passes: backward by hand
#
# **Question.** How does one backward pass give ∇_θ L when L holds derivatives of the network?
#
# **The paper.** Theorems 1 (α = 0) and 2 (α ≠ 0): for r_α = Dᵅu_θ − Dᵅu and φ_p(r) = sign(r)|r|ᵖ⁻¹,
#
#     ∇_θ ∫_Ω |r_α|ᵖ dx = p ∫_Ω φ_p(r_α) ∇_θ Dᵅu_θ dx                                  (T1) (T2)
#
# **You will see.** Both sides of the transpose identity ⟨s·δz, ā⟩ = ⟨δz, sᵀā⟩. The gradient
# against the theorems read literally, against `SobolevLoss`, and against SciPy's finite
# differences.
#
# **You will do.** Write the two theorems out, then a backward pass by hand, and plant a mistake in
# it.
#
# **You will need.** [Tutorial 3](03_carry_derivatives.py): jets u_n = u⁽ⁿ⁾/n! and (J1), (J2),
# (J3). [Tutorial 2](02_sum_integrals.py): an integral is a sum over nodes x_i with weights w_i,
# (Q1). The transpose Mᵀ of a matrix, with ⟨Mx, y⟩ = ⟨x, Mᵀy⟩, where ⟨x, y⟩ is the sum of the
# products of the entries. Symbols stand in the [glossary](../docs/glossary.md). 60 minutes.

# %%
from math import factorial

import numpy as np
from scipy.optimize import approx_fprime

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, figure, line_style, save_figure


def relative_error(computed, exact):
    """The largest deviation, divided by the largest exact value."""
    return float(np.abs(computed - exact).max() / np.abs(exact).max())


def target(x):
    return np.sin(2 * x)


width, rng = 5, np.random.default_rng(0)
net, rule = sr.MLP((1, width, 1)), sr.gauss_legendre([(-1, 2)], 20)
theta = rng.normal(size=net.n_parameters)                  # (P,)
(W1, b1), (W2, b2) = net.unpack(theta)                     # W1 is (width, 1)
x, w = rule.nodes, rule.weights[:, None]                   # x_i, w_i (Q1), (N, 1) each
lam, p = (0.7, 0.3), 3.0                                   # λ_0, λ_1, p: none is 1 or 2

# %% [markdown]
# ## Forward, order 1
#
# As in tutorial 3, a value and a derivative pass through one hidden layer. Every array on the way
# is kept. Also kept is the jet of the slope s = σ′(z): s_0, and its derivative along x, s_1.

# %%
one = np.ones_like(x)                                      # the jet of x is (x, 1)
z_0 = x @ W1.T + b1                                        # (J2), (N, width)
z_1 = one @ W1.T                                           # (J2), (N, width)
a_0 = np.tanh(z_0)                                         # (N, width)
s_0 = 1 - a_0**2                                           # (N, width)
a_1 = s_0 * z_1                                            # (J3), (N, width)
s_1 = -2 * a_0 * a_1                                       # −(a a)_1 (J1), (N, width)
u_0 = a_0 @ W2.T + b2                                      # (J2), (N, 1)
u_1 = a_1 @ W2.T                                           # (J2), (N, 1)

r_0 = u_0 - target(x)                                      # of the value, (N, 1)
r_1 = u_1 - 2 * np.cos(2 * x)                              # of the derivative, (N, 1)
value = np.sum(w * (lam[0] * np.abs(r_0) ** p + lam[1] * np.abs(r_1) ** p))    # (D3)
loss = sr.SobolevLoss(net, target, rule, order=1, p=p, weights=lam)
print(f"L(θ) = {value:.12f}, SobolevLoss {loss(theta)[0]:.12f}")
np.testing.assert_allclose(value, loss(theta)[0], rtol=1e-13)

# %% [markdown]
# ## The theorems read literally
#
# |r|ᵖ has the derivative p φ_p(r). The paper writes φ_p(r) as r|r|ᵖ⁻², which is 0 · ∞ at r = 0 when
# p < 2; sign(r)|r|ᵖ⁻¹ is 0 there. In words, the theorems say: weigh each residual by φ_p, multiply
# it by how much θ moves it, and sum over the nodes. They ask for ∂u/∂θ and ∂u′/∂θ at every node,
# two matrices (N, P), where P = 3 width + 1 counts the parameters. In the network
# u = v_0 + Σ_j v_j tanh(c_j x + b_j) each neuron, its index j left out, has those of tutorial 0.
# With a = tanh(c x + b), s = 1 − a² and s′ = −2as,
#
#     ∂u /∂c = v s x              ∂u /∂b = v s         ∂u /∂v = a
#     ∂u′/∂c = v (s + c s′ x)     ∂u′/∂b = v c s′      ∂u′/∂v = c s
#
# and ∂u/∂v_0 = 1, ∂u′/∂v_0 = 0.


# %%
def phi(r, p):
    return np.sign(r) * np.abs(r) ** (p - 1)               # φ_p(r), of the shape of r


v, c = W2[0], W1[:, 0]                                     # v_j, c_j, (width,) each
ds = -2 * a_0 * s_0                                        # s′, (N, width)
du = np.hstack([v * s_0 * x, v * s_0, a_0, one])           # ∂u/∂θ, (N, P)
du_1 = np.hstack([v * (s_0 + c * ds * x), v * c * ds, c * s_0, 0 * one])       # ∂u′/∂θ
first = (p * w * phi(r_0, p) * du).sum(axis=0)             # p ∫ φ_p(r_0) ∇u (T1), (P,)
second = (p * w * phi(r_1, p) * du_1).sum(axis=0)          # p ∫ φ_p(r_1) ∇u′ (T2), (P,)
literal = lam[0] * first + lam[1] * second                 # (P,)

# %% [markdown]
# This is exact, and too expensive: for a network with a million parameters, each of these matrices
# has a million columns. The backward pass comes to the same vector without them.
#
# ## Backward, layer by layer
#
# ![Arrows back through the layer, one of them crossing](../figures/diagram_backward.png)
#
# For an array y of the pass, ȳ = ∂L/∂y has the shape of y. A small change δy changes L by the sum
# of the products of their entries, ⟨ȳ, δy⟩. If a layer turns δa into δz = M δa, with a linear map
# M, then
#
#     ⟨z̄, δz⟩ = ⟨z̄, M δa⟩ = ⟨Mᵀz̄, δa⟩,    so    ā = Mᵀz̄
#
# In words: what L asks of z, it asks of a through the transpose. The differential of the network is
# a chain of such maps. The backward pass takes them in reverse order, each transposed. It starts
# with ū, which holds quadrature weights, λ, p and residuals.
#
# **Output layer.** δu_n = a_n δW2ᵀ + δa_n W2ᵀ, plus δb2 for n = 0. Transposed, each part gives a
# line. W2 met every degree at every node, so W̄2 sums over both; b2 met degree 0 only.

# %%
u_bar_0 = lam[0] * w * p * phi(r_0, p)                     # ū_0 (T1), (N, 1)
u_bar_1 = lam[1] * w * p * phi(r_1, p)                     # ū_1 (T2), (N, 1)
W2_bar = u_bar_0.T @ a_0 + u_bar_1.T @ a_1                 # Σ_α ū_αᵀ a_α (J5)
b2_bar = u_bar_0.sum(axis=0)                               # over the nodes, (1,)
a_bar_0, a_bar_1 = u_bar_0 @ W2, u_bar_1 @ W2              # ā_α = ū_α W (J5)

# %% [markdown]
# **Activation.** From a_0 = σ(z_0) and a_1 = σ′(z_0) z_1 we get δa_0 = s_0 δz_0 and, by the product
# rule, δa_1 = s_0 δz_1 + σ″(z_0) z_1 δz_0. By the chain rule σ″(z_0) z_1 is the derivative of
# s = σ′(z) along x, which is s_1. So δa = s · δz is a product of jets, (J1). For each node and
# neuron it is a 2 × 2 matrix, and the transpose is read off:
#
#     [δa_0]   [s_0   0 ] [δz_0]            [z̄_0]   [s_0  s_1] [ā_0]
#     [δa_1] = [s_1  s_0] [δz_1]            [z̄_1] = [ 0   s_0] [ā_1]                       (J4)
#
# In words: coefficient 0 of z moved both a_0 and a_1, so it hears from both; coefficient 1 moved
# a_1 alone. The entry s_1 is what backpropagation of values alone does not have: through it the
# derivative of the network changes z̄_0.
#
# **First layer.** (J5) again, now with the jet (x, 1) as its input.

# %%
z_bar_0 = s_0 * a_bar_0 + s_1 * a_bar_1                    # (J4), (N, width)
z_bar_1 = s_0 * a_bar_1                                    # (J4), (N, width)
W1_bar = z_bar_0.T @ x + z_bar_1.T @ one                   # Σ_α z̄_αᵀ a_α (J5)
b1_bar = z_bar_0.sum(axis=0)                               # (J5), (width,)
by_hand = np.concatenate([W1_bar.ravel(), b1_bar, W2_bar.ravel(), b2_bar])     # (P,)
literal_error = relative_error(by_hand, literal)
hand_error = relative_error(by_hand, loss(theta)[1])
print(f"by hand against the literal theorems {literal_error:.1e}")
print(f"        against SobolevLoss          {hand_error:.1e}")
np.testing.assert_array_less([literal_error, hand_error], 1e-13)

# %% [markdown]
# No (N, P) matrix was formed: for each degree a layer takes two matrix products backward, the first
# layer one, and took one forward.
#
# ## Any order, any number of variables
#
# The functions that you wrote at the end of tutorial 3 are kept in `plain.py` under the same names,
# and are imported from there: `pairs`, `times`, and `forward`, which returns the jet of u_θ and the
# tape. (If you kept yours in a file of your own, import that one: nothing below changes.)
#
# New is the transpose of δa = s · δz. The product has the terms δa_γ = Σ_{α+β=γ} s_α δz_β. So z_β
# moved every a_γ that has a pair (α, β), by the factor s_α, and hears from all of them:
#
#     z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                                                            (J4)
#
# In words: run through the same pairs as the product does, and send each term the other way.

# %%
from sobolev_ref.plain import forward, pairs, tanh, times, variables


def transpose(s, a_bar):
    """z̄ from ā, an array (N, width) for each multi-index."""
    z_bar = dict.fromkeys(a_bar, 0.0)
    for gamma in a_bar:
        for alpha, beta in pairs(gamma):
            z_bar[beta] = z_bar[beta] + s[alpha] * a_bar[gamma]      # (J4)
    return z_bar


# %% [markdown]
# Two tests on random jets of order 4 in one variable. Is s · δz what a small step of z does to a?
# And does ⟨s·δz, ā⟩ equal ⟨δz, sᵀā⟩? The second is the definition of a transpose, and needs no
# network, no loss and no small step. But it holds for a wrong s as well, if both sides have it.
# Only the first test, which compares with tanh itself, sees that.

# %%
alphas = list(variables(x, order=4))                       # (0,), (1,), …, (4,)
shape, h = (len(x), width), 1e-5
z = {alpha: rng.normal(size=shape) for alpha in alphas}
dz = {alpha: rng.normal(size=shape) for alpha in alphas}
a_bar = {alpha: rng.normal(size=shape) for alpha in alphas}
_, s = tanh(z)
da = {alpha: times(s, dz, alpha) for alpha in alphas}      # δa = s · δz (J1)
ahead, _ = tanh({alpha: z[alpha] + h * dz[alpha] for alpha in alphas})
behind, _ = tanh({alpha: z[alpha] - h * dz[alpha] for alpha in alphas})
slopes = {alpha: (ahead[alpha] - behind[alpha]) / (2 * h) for alpha in alphas}
differential_error = max(relative_error(da[alpha], slopes[alpha]) for alpha in alphas)
print(f"s · δz against a central difference: {differential_error:.1e}")

z_bar = transpose(s, a_bar)
left = sum(np.sum(da[alpha] * a_bar[alpha]) for alpha in alphas)     # ⟨s·δz, ā⟩
right = sum(np.sum(dz[alpha] * z_bar[alpha]) for alpha in alphas)    # ⟨δz, sᵀā⟩
transpose_error = relative_error(right, left)
print(f"⟨s·δz, ā⟩ = {left:.12f}, ⟨δz, sᵀā⟩ = {right:.12f}: {transpose_error:.1e}")
np.testing.assert_array_less([differential_error, transpose_error], [1e-6, 1e-13])

# %% [markdown]
# Now the whole gradient for any k, p and λ. New is the factor n!: the loss sees u⁽ⁿ⁾ = n! u_n, so
# that u_n moves it n! times as much. We test at λ other than 1, which hides a forgotten λ, and not
# at p = 2 alone, where φ_p(r) is r itself.


# %%
def backward(tape, u_bar):
    """∇L from ū, for one hidden layer; the tape is that of `forward`."""
    (_, x_jet, _), (W2, a, s) = tape
    zero, *_ = u_bar
    W2_bar = sum(u_bar[alpha].T @ a[alpha] for alpha in a)           # (J5), (1, width)
    b2_bar = u_bar[zero].sum(axis=0)                                 # (J5), (1,)
    z_bar = transpose(s, {alpha: u_bar[alpha] @ W2 for alpha in a})  # (J5), (J4)
    W1_bar = sum(z_bar[alpha].T @ x_jet[alpha] for alpha in a)       # (J5), (width, 1)
    b1_bar = z_bar[zero].sum(axis=0)                                 # (J5), (width,)
    return np.concatenate([W1_bar.ravel(), b1_bar, W2_bar.ravel(), b2_bar])


def own_loss(theta, p, lam):
    """L and ∇L for the order k = len(lam) − 1."""
    u, tape = forward(theta, net.widths, x, order=len(lam) - 1)
    value, u_bar = 0.0, {}
    for (n,) in u:
        exact = 2**n * np.sin(2 * x + n * np.pi / 2)       # (sin 2x)⁽ⁿ⁾, (N, 1)
        r = factorial(n) * u[n,] - exact                   # (N, 1)
        value += lam[n] * np.sum(w * np.abs(r) ** p)       # λ_n ∫ |r_n|ᵖ (D3), ()
        u_bar[n,] = factorial(n) * lam[n] * w * p * phi(r, p)        # (T1) (T2), (N, 1)
    return value, backward(tape, u_bar)


errors = []
for k in (0, 1, 3):
    weights = (0.7, 0.3, 0.05, 0.01)[: k + 1]
    for q in (1.5, 2.0, 3.0):
        own = own_loss(theta, q, weights)[1]               # (P,)
        package = sr.SobolevLoss(net, target, rule, order=k, p=q, weights=weights)
        numeric = approx_fprime(theta, lambda t: own_loss(t, q, weights)[0])   # (P,)
        exact = relative_error(own, package(theta)[1])
        close = relative_error(own, numeric)
        print(f"k = {k}, p = {q}: SobolevLoss {exact:.1e}, differences {close:.1e}")
        errors.append((exact, close))
gradient_error, difference_error = np.max(errors, axis=0).tolist()
np.testing.assert_array_less([gradient_error, difference_error], [1e-13, 1e-6])

# %% [markdown]
# ## What the derivative term adds
#
# ∇L is a sum over α. With λ = (λ_0, 0) and with (0, λ_1) we get its two parts, whose sum is the
# package's gradient. The output's bias v_0 is not in u′, so its entry in the derivative term is
# exactly 0. In which layer do derivatives count more? By the formulas above, ∂u′/∂c is 1/x − 2ac
# times ∂u/∂c, and ∂u′/∂v is cs/a times ∂u/∂v. Where a neuron is flat, s is near 0 and a near ±1, so
# that the second factor is near 0, and the first is not. So derivatives should count more in W1
# than in W2. For twenty random θ, how long is the derivative term's part of W̄, beside the value
# term's?

# %%
only = ((lam[0], 0), (0, lam[1]))                          # values, derivatives
parts = [own_loss(theta, p, weights)[1] for weights in only]         # (P,) each
split_error = relative_error(parts[0] + parts[1], loss(theta)[1])
print(f"sum of the parts against SobolevLoss: {split_error:.1e}")
print(f"entry of v_0 in the derivative term: {parts[1][-1]}")
np.testing.assert_array_less(split_error, 1e-13)
np.testing.assert_equal(parts[1][-1], 0.0)


def share(theta, layer):
    """How long the derivative part of one layer's W̄ is, divided by the value part."""
    lengths = []
    for weights in only:
        W_bar, _ = net.unpack(own_loss(theta, p, weights)[1])[layer]
        lengths.append(np.linalg.norm(W_bar))
    return lengths[1] / lengths[0]


draws = np.random.default_rng(1).normal(size=(20, net.n_parameters))           # (20, P)
first_more = sum(share(draw, 0) > share(draw, 1) for draw in draws)
print(f"the share is larger in W1 than in W2 for {first_more} of 20 draws of θ")
np.testing.assert_array_less(14, first_more)

fig, (left_ax, right_ax) = figure(columns=2, width=5.0, height=3.4)
terms = {"value term": u_bar_0, "derivative term": u_bar_1}
for n, (name, bar) in enumerate(terms.items()):
    left_ax.plot(x, bar, label=rf"$\bar u_{n}$, {name}", **line_style(n))
    norms = [np.linalg.norm(part) for layer in net.unpack(parts[n]) for part in layer]
    right_ax.bar(np.arange(4) + 0.4 * n - 0.2, norms, 0.4, color=COLORS[n], label=name)
left_ax.set(xlabel="node x", ylabel=r"$\partial L/\partial u_n$ at the node",
            title=r"where the pass begins: $\bar u$")
right_ax.set(xticks=range(4), xticklabels=["W1", "b1", "W2", "b2"],
             ylabel="2-norm of part of ∇L",
             title="where it ends: the derivative term leaves b2 alone")
for ax in (left_ax, right_ax):
    ax.legend(frameon=False)
save_figure(fig, "output/tutorial_04_gradient_parts.png")

# %% [markdown]
# ## Two roads for derivatives in x
#
# Tutorial 3 carries every derivative in x forward, one lane each. What you have now is another road
# for those of the highest order: a sweep backwards that does not stop at the weights of the first
# layer but goes on to x. For k = 1 and many variables it is the cheaper one: two lanes in place of
# d + 1. Tutorial 11 takes it.
#
# ![d + 1 lanes forward, or one forth and one back](../figures/diagram_reverse_road.png)
#
# ## A pass of your own, held to the reference
#
# `sobolev_ref.testing.check_backward` takes a function of (θ, widths, x, ū, alphas), where ū is an
# array (A, N, m) whose row i belongs to alphas[i], and which returns ∇L. Here is ours in that form.


# %%
def mine(theta, widths, x, u_bar, alphas):
    """∇L from ū."""
    _, tape = forward(theta, widths, x, order=max(map(sum, alphas)))
    return backward(tape, dict(zip(alphas, u_bar)))


rows = np.array([w, 0.3 * w])                              # some ū for k = 1, (A, N, 1)
gradient = mine(theta, net.widths, x, rows, [(0,), (1,)])  # (P,)
print(f"∂L/∂v_0 = {gradient[-1]:.12f}, the sum of ū_0 = {np.sum(w):.12f}")
np.testing.assert_allclose(gradient[-1], np.sum(w), rtol=1e-14)

# %% [markdown]
# With the extra `test` installed (it brings Hypothesis, which draws the cases), this line is
# silent:
#
# ```
# sr.testing.check_backward(mine, max_d=1, min_hidden=1, max_hidden=1)
# ```
#
# after `import sobolev_ref.testing`. Now make a mistake and run it again. With `s[beta]` in place
# of `s[alpha]` in `transpose`, for example, it shows the smallest case that fails, and says
#
# ```
# W̄ of layer 1, [0, 0] (number 0 of ∇L): got 0.0, expected 1.0; 2 of 4 entries wrong.
#
# This looks like: the index of s is β: (J4) has s_{γ−β} ā_γ.
# ```
#
# Try it without `.sum(axis=0)` for a bias, or with one term of W̄1 alone. `max_d=2` asks for two
# variables as well: `mine` has them already.
#
# ## What you can do now
#
# 1. Where do λ, p, the quadrature weights and the residuals enter the backward pass?
# 2. Why does W̄ sum over α, and b̄ not?
# 3. What does z̄_0 hear that it would not hear without the derivative term?
# 4. How is a transpose tested without any loss?
# 5. Why is a gradient tested at λ = (0.7, 0.3) and p = 3, and not at 1 and 2?
#
# <details><summary>Answers</summary>
#
# 1. In ū alone, at its beginning; the layers know nothing of them.
# 2. W multiplies every coefficient, and b is added to that of α = 0 only.
# 3. s_1 ā_1: how z_0 moves the slope s_0, by which z_1 is multiplied.
# 4. By ⟨s·δz, ā⟩ = ⟨δz, sᵀā⟩ for random δz and ā.
# 5. A factor that is 1 may be forgotten unseen, and for p = 2 so may φ_p.
#
# </details>
#
# ## Exercises
#
# 1. Take p = 1 and, as target, the network itself at this θ, `net.function(theta)`: every r is 0.
#    Compare the gradient of `SobolevLoss` with `approx_fprime`. Neither has a bug: what does each
#    return, and why?
# 2. Let `backward` take any number of hidden layers: begin with z̄ = ū, and for each entry of the
#    tape, last first, do (J5) and, where it has an s, (J4). Compare with `SobolevLoss` for
#    `sr.MLP((1, 5, 4, 1))`.
# 3. Nothing in `forward`, `transpose` and `backward` asks for one variable. Write the loss for
#    d = 2, k = 2 and the target sin(x) eʸ, with α! in place of n!, and compare with `SobolevLoss`,
#    whose `weights`, three numbers, give all α of one order the same λ.
#
# Worked answers: [answers/04_transpose_passes.py](answers/04_transpose_passes.py).
#
# **What was simplified.** One hidden layer, one output, tanh. Nothing was minimised.
# [sobolev_ref/plain.py](../sobolev_ref/plain.py) has the same lines for any widths, k, p and λ.
#
# **Further reading.** M. A. Nielsen, *Neural Networks and Deep Learning*, 2015, chapter 2:
# backpropagation of values in four equations. A. Griewank and A. Walther, *Evaluating Derivatives*,
# 2008: the transpose as the reverse mode. B. Huge and A. Savine, *Differential Machine Learning*,
# 2020: the reverse road, for k = 1.
#
# **Next:** 05_check_derivatives, on what finite differences can and cannot tell.
