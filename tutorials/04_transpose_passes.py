# %% [markdown]
# # 4. Transpose the passes: backward by hand
#
# **Question.** How does one backward pass give ∇_θ L when L holds derivatives of the network?
#
# **The paper.** Theorems 1 (α = 0) and 2 (α ≠ 0): for r_α = Dᵅu_θ − Dᵅu and φ_p(r) = sign(r)|r|ᵖ⁻¹,
#
#     ∇_θ ∫_Ω |r_α|ᵖ dx = p ∫_Ω φ_p(r_α) ∇_θ Dᵅu_θ dx                                  (T1) (T2)
#
# **Know first.** Tutorial 3: jets u_n = u⁽ⁿ⁾/n!, (J1), (J2), (J3); tutorial 2: (Q1). Transposes.
#
# **Measured.** Both sides of the transpose identity ⟨s·δz, ā⟩ = ⟨δz, sᵀā⟩. The gradient against the
# theorems read literally, against `SobolevLoss`, and against SciPy's finite differences.

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


H, rng = 5, np.random.default_rng(0)
net, rule = sr.MLP((1, H, 1)), sr.gauss_legendre([(-1, 2)], 20)
theta = rng.normal(size=net.n_parameters)                  # (P,)
(W1, b1), (W2, b2) = net.unpack(theta)                     # (H, 1), (H,), (1, H), (1,)
x, w = rule.nodes, rule.weights[:, None]                   # x_i, w_i (Q1), (N, 1), (N, 1)
lam, p = (0.7, 0.3), 3.0                                   # λ_0, λ_1, p: none of them 1 or 2

# %% [markdown]
# ## Forward, order 1
#
# As in tutorial 3, a value and a derivative pass through one hidden layer. Every array on the way
# is kept, also the jet of the slope s = σ′(z): s_0 and its derivative along x, s_1.

# %%
one = np.ones_like(x)                                      # the jet of x is (x, 1), (N, 1)
z_0, z_1 = x @ W1.T + b1, one @ W1.T                       # z_n = W a_n, plus b in z_0 (J2), (N, H)
a_0 = np.tanh(z_0)                                         # a_0 = σ(z_0), (N, H)
s_0 = 1 - a_0**2                                           # s_0 = 1 − a_0², (N, H)
a_1 = z_1 * s_0                                            # a_1 = z_1 s_0 (J3), (N, H)
s_1 = -2 * a_0 * a_1                                       # s_1 = −(a a)_1 (J1), (N, H)
u_0, u_1 = a_0 @ W2.T + b2, a_1 @ W2.T                     # (J2), (N, 1)
r_0, r_1 = u_0 - target(x), u_1 - 2 * np.cos(2 * x)        # r_α = Dᵅu_θ − Dᵅu, (N, 1)
value = (w * (lam[0] * np.abs(r_0) ** p + lam[1] * np.abs(r_1) ** p)).sum()     # (D3) (Q1)

loss = sr.SobolevLoss(net, target, rule, order=1, p=p, weights=lam)
print(f"L(θ) = {value:.12f}, SobolevLoss {loss(theta)[0]:.12f}")
np.testing.assert_allclose(value, loss(theta)[0], rtol=1e-13)

# %% [markdown]
# ## The theorems read literally
#
# |r|ᵖ has the derivative p φ_p(r). The paper writes φ_p(r) as r|r|ᵖ⁻², which is 0 · ∞ at r = 0 when
# p < 2; sign(r)|r|ᵖ⁻¹ is 0 there. The theorems ask for ∂u/∂θ and ∂u′/∂θ at every node: two matrices
# (N, P), P = 3H + 1. For u = Σ_j v_j tanh(c_j x + b_j) + e, with τ = tanh, s = 1 − τ², s′ = −2τs:
#
#     ∂u /∂c_j = v_j s_j x               ∂u /∂b_j = v_j s_j         ∂u /∂v_j = τ_j        ∂u /∂e = 1
#     ∂u′/∂c_j = v_j (s_j + c_j s′_j x)  ∂u′/∂b_j = v_j c_j s′_j    ∂u′/∂v_j = c_j s_j    ∂u′/∂e = 0


# %%
def phi(r, p):
    return np.sign(r) * np.abs(r) ** (p - 1)               # φ_p(r) = sign(r)|r|ᵖ⁻¹, shape of r


with np.errstate(divide="ignore", invalid="ignore"):
    print(f"p = 1.5, r = 0: r|r|ᵖ⁻² = {0 * np.float64(0) ** -0.5}, φ_p(r) = {phi(0.0, 1.5)}")

v, c, ds = W2[0], W1[:, 0], -2 * a_0 * s_0                 # v_j, c_j, s′_j, (H,), (H,), (N, H)
J_0 = np.hstack([v * s_0 * x, v * s_0, a_0, one])          # ∂u/∂θ, (N, P)
J_1 = np.hstack([v * (s_0 + c * ds * x), v * c * ds, c * s_0, 0 * one])         # ∂u′/∂θ, (N, P)
literal = (lam[0] * p * w * phi(r_0, p) * J_0).sum(0)      # λ_0 p ∫ φ_p(r_0) ∇u (T1), (P,)
literal += (lam[1] * p * w * phi(r_1, p) * J_1).sum(0)     # λ_1 p ∫ φ_p(r_1) ∇u′ (T2), (P,)

# %% [markdown]
# ## Backward, layer by layer
#
# For an array v of the pass, v̄ = ∂L/∂v has the shape of v. A small change δv changes L by the sum
# of the products of their entries, ⟨v̄, δv⟩. If δz = M δa with a linear map M, then
#
#     ⟨z̄, δz⟩ = ⟨z̄, M δa⟩ = ⟨Mᵀz̄, δa⟩,    so    ā = Mᵀz̄
#
# The differential of the network is a chain of linear maps. The backward pass takes them in reverse
# order, each transposed. It starts with ū, which holds quadrature weights, λ, p and residuals.
#
# **Output layer.** δu_n = a_n δW2ᵀ + δa_n W2ᵀ, plus δb2 for n = 0. Transposed, each part gives a
# line. W2 met every degree at every node, so W̄2 sums over both; b2 met degree 0 only.

# %%
u_bar_0 = lam[0] * w * p * phi(r_0, p)                     # ū_0 = λ_0 w p φ_p(r_0) (T1), (N, 1)
u_bar_1 = lam[1] * w * p * phi(r_1, p)                     # ū_1 = λ_1 w p φ_p(r_1) (T2), (N, 1)
W2_bar = u_bar_0.T @ a_0 + u_bar_1.T @ a_1                 # W̄ = Σ_α ū_αᵀ a_α (J5), (1, H)
b2_bar = u_bar_0.sum(0)                                    # b̄ = ū_0, summed over nodes (J5), (1,)
a_bar_0, a_bar_1 = u_bar_0 @ W2, u_bar_1 @ W2              # ā_α = ū_α W (J5), (N, H)

# %% [markdown]
# **Activation.** From a_0 = σ(z_0) and a_1 = z_1 σ′(z_0) we get δa_0 = s_0 δz_0 and
# δa_1 = s_0 δz_1 + σ″(z_0) z_1 δz_0. By the chain rule σ″(z_0) z_1 is s_1, so this is a product of
# jets (J1), δa = s · δz. For each node and neuron it is a 2 × 2 matrix; the transpose is read off:
#
#     [δa_0]   [s_0   0 ] [δz_0]            [z̄_0]   [s_0  s_1] [ā_0]
#     [δa_1] = [s_1  s_0] [δz_1]            [z̄_1] = [ 0   s_0] [ā_1]                       (J4)
#
# The entry s_1 is what backpropagation of values alone does not have: through it the derivative of
# the network changes z̄_0. **First layer:** (J5) again, now with the jet (x, 1) as its input.

# %%
z_bar_0 = s_0 * a_bar_0 + s_1 * a_bar_1                    # z̄_0 = s_0 ā_0 + s_1 ā_1 (J4), (N, H)
z_bar_1 = s_0 * a_bar_1                                    # z̄_1 = s_0 ā_1 (J4), (N, H)
W1_bar = z_bar_0.T @ x + z_bar_1.T @ one                   # W̄ = Σ_α z̄_αᵀ a_α (J5), (H, 1)
b1_bar = z_bar_0.sum(0)                                    # b̄ = z̄_0, summed over nodes (J5), (H,)
by_hand = np.concatenate([W1_bar.ravel(), b1_bar, W2_bar.ravel(), b2_bar])      # (P,)
literal_error = relative_error(by_hand, literal)
hand_error = relative_error(by_hand, loss(theta)[1])
print(f"by hand against the literal theorems {literal_error:.1e}, SobolevLoss {hand_error:.1e}")
np.testing.assert_array_less([literal_error, hand_error], 1e-13)

# %% [markdown]
# ## Any order
#
# No (N, P) matrix was formed: a layer takes two matrix products backward, and took one forward.
# For jets (A, N, H), A = k + 1, (J4) becomes z̄_m = Σ_{n≥m} s_{n−m} ā_n. Two tests on random jets,
# k = 4: is s · δz what a small step of z does to a, and does ⟨s·δz, ā⟩ equal ⟨δz, sᵀā⟩?


# %%
def tanh_jets(z):
    """a = tanh(z) and s = tanh′(z), (A, N, H) each."""
    a, s = np.zeros_like(z), np.zeros_like(z)              # (A, N, H)
    a[0], s[0] = np.tanh(z[0]), 1 - np.tanh(z[0]) ** 2
    for n in range(1, len(z)):
        a[n] = sum(j * z[j] * s[n - j] for j in range(1, n + 1)) / n            # (J3), (N, H)
        s[n] = -sum(a[j] * a[n - j] for j in range(n + 1))                      # (J1), (N, H)
    return a, s


def times(s, dz):
    """s · δz: entry n is Σ_{m≤n} s_{n−m} δz_m, (A, N, H)."""
    return np.array([sum(s[n - m] * dz[m] for m in range(n + 1)) for n in range(len(s))])  # (J1)


def times_transposed(s, a_bar):
    """sᵀā: entry m is Σ_{n≥m} s_{n−m} ā_n (J4), (A, N, H)."""
    return np.array([sum(s[n - m] * a_bar[n] for n in range(m, len(s))) for m in range(len(s))])


z, dz, a_bar = rng.normal(size=(3, 5, len(rule), H))       # (A, N, H) each
s, h = tanh_jets(z)[1], 1e-5
difference = (tanh_jets(z + h * dz)[0] - tanh_jets(z - h * dz)[0]) / (2 * h)    # (A, N, H)
differential_error = relative_error(times(s, dz), difference)
left, right = (times(s, dz) * a_bar).sum(), (dz * times_transposed(s, a_bar)).sum()
transpose_error = relative_error(right, left)
print(f"s · δz against a central difference: {differential_error:.1e}")
print(f"⟨s·δz, ā⟩ = {left:.12f}, ⟨δz, sᵀā⟩ = {right:.12f}: {transpose_error:.1e}")
np.testing.assert_array_less([differential_error, transpose_error], [1e-7, 1e-13])

# %% [markdown]
# Now the whole gradient for any k, p and λ. New is the factor n!: the loss sees u⁽ⁿ⁾ = n! u_n. Test
# it away from λ = 1, which hides a forgotten λ, and from p = 2, where φ_p(r) is r itself.


# %%
def own_loss(theta, p, lam):
    """L and ∇L for order k = len(lam) − 1."""
    (W1, b1), (W2, b2) = net.unpack(theta)
    x_jet = np.zeros((len(lam), len(x), 1))                # (A, N, 1)
    x_jet[0], x_jet[1:2] = x, 1                            # (x, 1, 0, …, 0); no row 1 if k = 0
    z = x_jet @ W1.T                                       # (J2), (A, N, H)
    z[0] += b1
    a, s = tanh_jets(z)                                    # (J3), (A, N, H) each
    u = a @ W2.T                                           # (J2), (A, N, 1)
    u[0] += b2
    value, u_bar = 0.0, np.zeros_like(u)                   # (), (A, N, 1)
    for n, lam_n in enumerate(lam):
        r = factorial(n) * u[n] - 2**n * np.sin(2 * x + n * np.pi / 2)          # r_n, (N, 1)
        value += lam_n * (w * np.abs(r) ** p).sum()        # λ_n ∫ |r_n|ᵖ (D3) (Q1), ()
        u_bar[n] = factorial(n) * lam_n * w * p * phi(r, p)                     # (T2), (N, 1)
    z_bar = times_transposed(s, u_bar @ W2)                # (J5), (J4), (A, N, H)
    W1_bar = np.tensordot(z_bar, x_jet, ((0, 1), (0, 1)))  # Σ_α z̄_αᵀ a_α (J5), (H, 1)
    W2_bar = np.tensordot(u_bar, a, ((0, 1), (0, 1)))      # Σ_α ū_αᵀ a_α (J5), (1, H)
    return value, np.concatenate([W1_bar.ravel(), z_bar[0].sum(0), W2_bar.ravel(), u_bar[0].sum(0)])


errors = []
for k in (0, 1, 3):
    weights = (0.7, 0.3, 0.05, 0.01)[: k + 1]
    for q in (1.5, 2.0, 3.0):
        own = own_loss(theta, q, weights)[1]               # (P,)
        package = sr.SobolevLoss(net, target, rule, order=k, p=q, weights=weights)(theta)[1]
        numeric = approx_fprime(theta, lambda t: own_loss(t, q, weights)[0])    # (P,)
        exact, close = relative_error(own, package), relative_error(own, numeric)
        print(f"k = {k}, p = {q}: SobolevLoss {exact:.1e}, finite difference {close:.1e}")
        errors.append((exact, close))
gradient_error, difference_error = np.max(errors, axis=0).tolist()
np.testing.assert_array_less(gradient_error, 1e-13)
np.testing.assert_array_less(difference_error, 1e-6)

# %% [markdown]
# ## What the derivative term adds
#
# ∇L is a sum over α: λ = (λ_0, 0) and (0, λ_1) split it, and their sum is the package's gradient.
# The output's bias e is not in u′: its entry in the derivative term is exactly 0. ū holds the
# Gauss weights, which are small near the ends of Ω. Where do derivatives count? For twenty random
# θ we ask how long the part of the derivative term is, beside that of the value term, in W1 and in
# W2.

# %%
parts = [own_loss(theta, p, only)[1] for only in ((lam[0], 0), (0, lam[1]))]    # (P,) each
split_error = relative_error(parts[0] + parts[1], loss(theta)[1])
print(f"sum of the parts against SobolevLoss: {split_error:.1e}; ∂/∂e of the second {parts[1][-1]}")
np.testing.assert_array_less(split_error, 1e-13)
np.testing.assert_equal(parts[1][-1], 0.0)


def share(theta, layer):
    """‖second part‖ / ‖first part‖ of one layer's W̄."""
    both = (own_loss(theta, p, only)[1] for only in ((lam[0], 0), (0, lam[1])))
    first, second = (np.linalg.norm(net.unpack(part)[layer][0]) for part in both)
    return second / first


draws = np.random.default_rng(1).normal(size=(20, net.n_parameters))           # (20, P)
first_more = sum(share(draw, 0) > share(draw, 1) for draw in draws)
print(f"derivatives count for more in W1 than in W2 in {first_more} of 20 draws of θ")
np.testing.assert_array_less(14, first_more)
fig, (left_ax, right_ax) = figure(columns=2, width=5.0, height=3.4)
for n, (name, u_bar) in enumerate((("value term", u_bar_0), ("derivative term", u_bar_1))):
    left_ax.plot(x, u_bar, label=f"ū_{n}, {name}", **line_style(n))
    norms = [np.linalg.norm(part) for layer in net.unpack(parts[n]) for part in layer]
    right_ax.bar(np.arange(4) + 0.4 * n - 0.2, norms, 0.4, color=COLORS[n], label=name)
left_ax.set(xlabel="node x", ylabel="∂L/∂u_n at the node", title="where the pass begins: ū")
right_ax.set(xticks=range(4), xticklabels=["W1", "b1", "W2", "b2"], ylabel="2-norm of part of ∇L",
             title="where it ends: the derivative term leaves b2 alone")
for ax in (left_ax, right_ax):
    ax.legend(frameon=False)
save_figure(fig, "output/tutorial_04_gradient_parts.png")

# %% [markdown]
# ## Exercises
#
# 1. Take p = 1 and, as target, the network itself at this θ, so that every r is 0. Compare ∇L with
#    `approx_fprime`. Neither has a bug: what does each of them return, and why?
# 2. Give `own_loss` a second hidden layer. Compare with `SobolevLoss` for `sr.MLP((1, 5, 4, 1))`.
# 3. In two variables, write (J4), z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ, for the dicts of tutorial 3. Make it
#    pass the transpose test, then build the gradient and compare with `SobolevLoss`.
#
# Worked answers: [answers/04_transpose_passes.py](answers/04_transpose_passes.py).
#
# **A pass of your own.** `sobolev_ref.testing.check_backward(fn, max_d=1)` holds it to the
# reference: fn(theta, widths, x, u_bar, alphas) returns ∇L for ū of shape (A, N, m), whose row n
# is ∂L/∂u_n. Of a wrong one it shows the smallest case, the entry, and what mistake it looks like.
#
# **What was simplified.** One hidden layer, one input and output, tanh. Nothing was minimised.
# [sobolev_ref/plain.py](../sobolev_ref/plain.py) has the same lines for any widths, k, p and λ.
#
# **Next:** 05_check_derivatives, on what finite differences can and cannot tell.
