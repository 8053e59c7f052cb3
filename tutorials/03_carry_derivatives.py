# %% [markdown]
# # 3. Carry derivatives through a network
#
# **Question.** How can one pass through a network return u, u′, u″, … with no formula for each?
#
# **The paper.** Its loss L(θ) = Σ_{|α|≤k} ∫_Ω |Dᵅu_θ − Dᵅu|ᵖ dx (Definition 3, each α taken once)
# needs every Dᵅu_θ with |α| ≤ k (u_θ, u_θ′, …, u_θ⁽ᵏ⁾ in one variable) of the network u_θ with
# weights and biases θ. How to get them, the paper leaves to a framework. Here it is done by hand.
#
# **Know first.** Taylor series, the product rule, the chain rule; matrix products in NumPy.
#
# **Measured.** The relative error of Dᵅu_θ against closed forms, up to order 6 in one variable and
# order 3 in two; then the difference from `MLP.derivatives`. All should be rounding, about 1e-15.

# %%
from math import factorial, prod

import numpy as np
from numpy.polynomial import Polynomial

import sobolev_ref as sr
from sobolev_ref.plots import LEARNED, TRUE, figure, save_figure

rng = np.random.default_rng(1)


def relative_error(computed, exact):
    """The largest deviation, divided by the largest exact value."""
    return float(np.abs(computed - exact).max() / np.abs(exact).max())


# %% [markdown]
# ## Two numbers in place of one
#
# Take one hidden layer of H tanh neurons, u(x) = Σ_j v_j tanh(w_j x + b_j) + c. The w_j stand in
# W1 of shape (H, 1), the v_j in W2 of shape (1, H). Each of the N nodes x is one row of an array.
#
# For k = 1, send two numbers through each layer, a value and its derivative in x; they start as x
# and 1. An affine layer multiplies both by W and adds b, a constant, to the value alone (J2). The
# activation multiplies the derivative by its slope s = tanh′(z) = 1 − a²: the chain rule (J3).

# %%
N, H, grid = 201, 6, np.linspace(-2, 2, 201)               # grid (N,)
x = grid[:, None]                                          # (N, 1)
W1, b1 = rng.normal(0, 2, (H, 1)), rng.normal(0, 2, H)     # (H, 1), (H,)
W2, b2 = rng.normal(0, 1, (1, H)), rng.normal(0, 1, 1)     # (1, H), (1,)
z_0 = x @ W1.T + b1                                        # z_0 = W x + b (J2), (N, H)
z_1 = np.ones((N, 1)) @ W1.T                               # z_1 = W 1 (J2), (N, H)
a_0 = np.tanh(z_0)                                         # a_0 = σ(z_0), (N, H)
a_1 = (1 - a_0**2) * z_1                                   # a_1 = s_0 z_1 (J3), (N, H)
u_0, u_1 = a_0 @ W2.T + b2, a_1 @ W2.T                     # the second layer (J2), (N, 1)
w, v = W1[:, 0], W2[0]                                     # w_j, v_j, (H,), (H,)
first_order_error = relative_error(u_1[:, 0], (v * w / np.cosh(x * w + b1) ** 2).sum(1))
print(f"u′ from one pass against Σ v_j w_j / cosh²(w_j x + b_j): {first_order_error:.1e}")
np.testing.assert_array_less(first_order_error, 1e-14)

# %% [markdown]
# ## Taylor coefficients multiply without binomials
#
# Nothing was approximated. For order k carry k + 1 numbers: the coefficients u_n = u⁽ⁿ⁾(x) / n! of
#
#     u(x + t) = u_0 + u_1 t + u_2 t² + … + u_k tᵏ + (higher powers of t)
#
# The list (u_0, …, u_k) is the **jet** of u at x. The jet of a sum is the sum of the jets. The jet
# of a product is the product of two polynomials in t, with the powers above k dropped:
#
#     (u v)_n = Σ_{i+j=n} u_i v_j                                                          (J1)
#
# (With derivatives in place of coefficients, Leibniz' rule puts a binomial into each term.) A test:
# the jet of eˣ is eˣ / n!, the jet of e²ˣ is 2ⁿ e²ˣ / n!, and eˣ · eˣ = e²ˣ.


# %%
def product(n, u, v):
    """Coefficient n of the jet of u v; u and v have the degree as their first axis."""
    return sum(u[i] * v[n - i] for i in range(n + 1))      # Σ u_i v_{n−i} (J1), (N, …)


k = 6
n_factorial = np.array([[factorial(n)] for n in range(k + 1)])       # (A, 1), A = k + 1 degrees
exp_x = np.exp(grid) / n_factorial                                   # (A, N)
exp_2x = 2.0 ** np.arange(k + 1)[:, None] * np.exp(2 * grid) / n_factorial      # (A, N)
product_error = relative_error([product(n, exp_x, exp_x) for n in range(k + 1)], exp_2x)
print(f"jet of eˣ · eˣ against the jet of e²ˣ, degrees 0 to {k}: {product_error:.1e}")
np.testing.assert_array_less(product_error, 1e-14)

# %% [markdown]
# ## One neuron at order 2
#
# Let a = tanh(z) with z a jet, and s = tanh′(z). As functions of t, the chain rule is a′ = s z′.
# The coefficient of tⁿ⁻¹ on the left is n a_n; on the right stands a product of jets (J1):
#
#     n a_n = Σ_{j=1}^{n} j z_j s_{n−j}                                                    (J3)
#
# n = 1 is a_1 = z_1 s_0, as above. n = 2 is a_2 = (z_1 s_1 + 2 z_2 s_0) / 2. It asks for s_1, which
# s = 1 − a² gives: s_1 = −(a_0 a_1 + a_1 a_0). So a_0, s_0, a_1, s_1, a_2, … follow one from the
# other, and nobody has to look up tanh″. At the end, u⁽ⁿ⁾ = n! u_n.

# %%
z_0, z_1, z_2 = 1.5 * grid - 0.4, 1.5, 0.0                 # z = 1.5 x − 0.4 (J2), z_0 is (N,)
a_0 = np.tanh(z_0)                                         # a_0 = σ(z_0), (N,)
s_0 = 1 - a_0**2                                           # s_0 = 1 − a_0², (N,)
a_1 = z_1 * s_0                                            # a_1 = z_1 s_0 (J3), (N,)
s_1 = -(a_0 * a_1 + a_1 * a_0)                             # s_1 = −(a a)_1 (J1), (N,)
a_2 = (z_1 * s_1 + 2 * z_2 * s_0) / 2                      # a_2 = Σ j z_j s_{2−j} / 2 (J3), (N,)
neuron_error = relative_error(2 * a_2, -2 * 1.5**2 * np.tanh(z_0) / np.cosh(z_0) ** 2)
print(f"a″ = 2! a_2 against −2 w² tanh(z) / cosh²(z): {neuron_error:.1e}")
np.testing.assert_array_less(neuron_error, 1e-14)

# %% [markdown]
# ## Any order in one variable
#
# Jets of all nodes and neurons make one array (A, N, H), degree first. An affine layer takes all
# degrees in one matrix product; an activation runs through them from low to high.


# %%
def affine(W, b, a):
    """The jet of W a + b: from (A, N, n_in) to (A, N, n_out)."""
    z = a @ W.T                                            # z_n = W a_n (J2), (A, N, n_out)
    z[0] += b                                              # plus b where n = 0 (J2), (N, n_out)
    return z


def tanh_jet(z):
    """The jet of tanh(z), (A, N, H) as z."""
    a, s = np.zeros_like(z), np.zeros_like(z)              # (A, N, H)
    a[0] = np.tanh(z[0])                                   # a_0 = σ(z_0), (N, H)
    s[0] = 1 - a[0] ** 2                                   # s_0 = 1 − a_0², (N, H)
    for n in range(1, len(z)):
        a[n] = sum(j * z[j] * s[n - j] for j in range(1, n + 1)) / n            # a_n (J3), (N, H)
        s[n] = -product(n, a, a)                           # s_n = −(a a)_n (J1), (N, H)
    return a


x_jet = np.zeros((k + 1, N, 1))                            # (A, N, 1)
x_jet[0], x_jet[1] = x, 1                                  # x + t has the jet (x, 1, 0, …, 0)
u = affine(W2, b2, tanh_jet(affine(W1, b1, x_jet)))        # (A, N, 1)
own = n_factorial * u[:, :, 0]                             # u⁽ⁿ⁾ = n! u_n, (A, N)

# %% [markdown]
# To compare with: u⁽ⁿ⁾(x) = Σ_j v_j w_jⁿ tanh⁽ⁿ⁾(w_j x + b_j), plus c for n = 0. Here tanh⁽ⁿ⁾ is a
# polynomial P_n in the value τ = tanh(z), because dP(τ)/dz = P′(τ) (1 − τ²). From u to u⁽⁶⁾ the
# values grow by a factor of 4000; the relative errors stay near 1e-15.

# %%
P = [Polynomial([0, 1])]                                   # P_0 = τ
for n in range(k):
    P.append(Polynomial([1, 0, -1]) * P[n].deriv())        # P_{n+1} = (1 − τ²) P_n′
tau = np.tanh(x * w + b1)                                  # (N, H)
closed = np.array([(v * w**n * P[n](tau)).sum(1) for n in range(k + 1)])        # (A, N)
closed[0] += b2
errors = [relative_error(own[n], closed[n]) for n in range(k + 1)]
for n, error in enumerate(errors):
    print(f"order {n}: max |u⁽ⁿ⁾| = {np.abs(closed[n]).max():8.2f}, relative error {error:.1e}")
largest_error = max(errors)
np.testing.assert_array_less(largest_error, 1e-13)

fig, axes = figure(columns=2, rows=2, width=4.4, height=2.9)
for n, (ax, name) in enumerate(zip(axes, ["u", "u′", "u″", "u‴"])):
    ax.plot(grid, closed[n], label="closed form", **TRUE)
    ax.plot(grid, own[n], label="jets", **LEARNED)
    off = np.abs(own[n] - closed[n]).max()
    ax.set(xlabel="x", ylabel=f"{name}(x)", title=f"{name}: apart by {off:.0e}")
axes[0].legend(frameon=False)
save_figure(fig, "output/tutorial_03_derivatives.png")

# %% [markdown]
# ## Two variables
#
# In d variables the degree n becomes a **multi-index** α = (α_1, …, α_d) of whole numbers, with
# |α| = α_1 + … + α_d, α! = α_1! ⋯ α_d! and Dᵅ = ∂_1^{α_1} ⋯ ∂_d^{α_d}. The jet is u_α = Dᵅu / α!,
# in code a dict from α to an array.
#
# Products read as before, (u v)ᵧ = Σ_{α+β=γ} u_α v_β (J1). The chain rule holds in each variable,
# ∂_q a = s ∂_q z for q = 1, …, d, and its coefficients are
#
#     γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β        for any q with γ_q > 0                 (J3)


# %%
def splits(gamma):
    """All pairs (α, β) with α + β = γ; α counts through 0 ≤ α ≤ γ."""
    alphas = np.ndindex(*(n + 1 for n in gamma))
    return [(alpha, tuple(g - n for g, n in zip(gamma, alpha))) for alpha in alphas]


def affine_2d(W, b, a):
    """The jet of W a + b: each (N, n_in) becomes (N, n_out)."""
    return {i: a[i] @ W.T + b * (sum(i) == 0) for i in a}  # z_α = W a_α, plus b where α = 0 (J2)


def tanh_jet_2d(z):
    """The jet of tanh(z), each entry (N, H)."""
    zero, *others = z                                      # (0, 0), then by degree
    a, s = {zero: np.tanh(z[zero])}, {zero: 1 - np.tanh(z[zero]) ** 2}          # s = 1 − a²
    for g in others:
        q = 0 if g[0] > 0 else 1
        right = sum(i[q] * z[i] * s[j] for i, j in splits(g) if i[q] > 0)       # Σ α_q z_α s_β
        a[g] = right / g[q]                                # γ_q a_γ = Σ α_q z_α s_β (J3), (N, H)
        s[g] = -sum(a[i] * a[j] for i, j in splits(g))     # s_γ = −(a a)_γ (J1), (N, H)
    return a


d, k, N = 2, 3, 50
x = rng.uniform(-1, 1, (N, d))                             # (N, d)
indices = [(n - j, j) for n in range(k + 1) for j in range(n + 1)]   # (0,0), (1,0), (0,1), (2,0), …
x_jet = {alpha: np.zeros((N, d)) for alpha in indices}     # each (N, d)
x_jet[0, 0], x_jet[1, 0][:, 0], x_jet[0, 1][:, 1] = x, 1, 1          # ∂_1 x = (1, 0), …
W1, b1 = rng.normal(size=(H, d)), rng.normal(size=H)       # (H, d), (H,); W2 and b2 as before
u = affine_2d(W2, b2, tanh_jet_2d(affine_2d(W1, b1, x_jet)))         # each (N, 1)
tau, two_variable_error = np.tanh(x @ W1.T + b1), 0.0      # (N, H)
for i in u:                                                # Dᵅu = Σ_j v_j w_{j1}^α₁ w_{j2}^α₂ P_|α|
    closed = (v * (W1**i).prod(1) * P[sum(i)](tau)).sum(1) + b2 * (sum(i) == 0)           # (N,)
    own = prod(map(factorial, i)) * u[i][:, 0]             # Dᵅu = α! u_α, (N,)
    two_variable_error = max(two_variable_error, relative_error(own, closed))
print(f"the {len(u)} partial derivatives of order ≤ {k}: {two_variable_error:.1e}")
np.testing.assert_array_less(two_variable_error, 1e-13)

# %% [markdown]
# ## The package does the same
#
# `MLP.derivatives` returns a dict from α to Dᵅu_θ, (N, m), with α! already multiplied in. Here it
# meets the lines above on two hidden layers, for which the closed form would fill a page.

# %%
net = sr.MLP((d, 5, 4, 1))
theta = rng.normal(size=net.n_parameters)                  # (P,)
layer_1, layer_2, layer_3 = net.unpack(theta)              # (W, b) each
hidden = tanh_jet_2d(affine_2d(*layer_2, tanh_jet_2d(affine_2d(*layer_1, x_jet))))  # each (N, 4)
u = affine_2d(*layer_3, hidden)                            # each (N, 1)
package = net.derivatives(theta, x, order=k)               # each (N, 1)
package_error = max(relative_error(prod(map(factorial, i)) * u[i], package[i]) for i in package)
print(f"these lines against MLP.derivatives, two hidden layers: {package_error:.1e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## Exercises
#
# 1. Do sin in place of tanh: (J3) twice, sin′ = cos, cos′ = −sin. Compare with `sr.MLP(…, "sin")`.
# 2. In `tanh_jet_2d` take the last q with γ_q > 0 in place of the first. Show that no a_γ changes
#    beyond rounding. Prove on paper that the two are equal for γ = (1, 1).
# 3. For tanh(x) at x = 2.5 and order 20, `tanh_jet` and P_20 differ in the sixth digit. Which one
#    is right? Evaluate P_20 in exact arithmetic with `fractions.Fraction`, and explain.
#
# Worked answers: [answers/03_carry_derivatives.py](answers/03_carry_derivatives.py).
#
# **What was simplified.** The package lists the pairs (α, β) once, not at every call. Activations
# other than tanh bring equations of their own. There was no loss, and no gradient in θ.
#
# **Next:** 04_transpose_passes runs the same lines backwards, which gives ∇_θ L.
