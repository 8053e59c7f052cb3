# %% [markdown]
# # Answers to tutorial 11
#
# The exercises of [11_add_dimensions.py](../11_add_dimensions.py), worked.

# %%
from math import comb, factorial, prod

import numpy as np

import sobolev_ref as sr

# %% [markdown]
# ## 1. Orderings
#
# n stars and d − 1 bars: C(d + n − 1, n) multi-indices have |α| = n. The derivative tensor has dⁿ
# entries D_{q_1} ⋯ D_{q_n} u, one for each word q_1 … q_n. A word belongs to α if the letter q
# occurs α_q times; there are |α|!/α! such words (a multinomial coefficient), and every word
# belongs to one α. So they add up to dⁿ.

# %%
d, n = 4, 5
alphas = [alpha for alpha in sr.multi_indices(d, n) if sum(alpha) == n]
words = sum(factorial(n) // prod(map(factorial, alpha)) for alpha in alphas)
print(f"d = {d}, n = {n}: {len(alphas)} multi-indices, {words} words, dⁿ = {d**n}")
np.testing.assert_equal([len(alphas), words], [comb(d + n - 1, n), d**n])

# %% [markdown]
# ## 2. The Laplacian
#
# (∂_1²u + ∂_2²u)² − Σ_ij |∂_i∂_j u|² = 2 (∂_1²u ∂_2²u − (∂_1∂_2 u)²). Integrate ∂_1²u ∂_2²u by
# parts, once in x and once in y: it becomes (∂_1∂_2 u)², and terms on the boundary. These vanish if
# u and ∇u are 0 there, as for the first u. For xy they do not: 0 and 2.

# %%
rule = sr.gauss_legendre([(-1, 1)] * 2, 16)                # exact for these polynomials
squares = {}
functions = {
    "bump": lambda x, y: ((1 - x**2) * (1 - y**2)) ** 3,
    "xy": lambda x, y: x * y,
}
for name, u in functions.items():
    D = u(*sr.Jet.variables(rule.nodes, order=2)).derivatives        # {α: (256,)}
    laplacian = rule.weights @ (D[2, 0] + D[0, 2]) ** 2
    matrix = rule.weights @ (D[2, 0] ** 2 + 2 * D[1, 1] ** 2 + D[0, 2] ** 2)
    squares[name] = laplacian, matrix
    print(
        f"{name:4}: ∫ Laplacian² = {laplacian:.10f}, ∫ Σ_ij |∂_i∂_j u|² = {matrix:.10f}"
    )
np.testing.assert_allclose(*squares["bump"], rtol=1e-13)
np.testing.assert_allclose(squares["xy"], [0, 8], atol=1e-13)

# %% [markdown]
# ## 3. The transposed sweep
#
# One hidden layer: z = W x + b, a = σ(z), s = σ′(z), t = σ″(z); u = V a + c; and by (R1), with
# g = s · V, one row a node, ∇u = D = g W. Each line of the pass, transposed, from the last on:
#
#     D = g W      gives  ḡ = D̄ Wᵀ,  W̄ += gᵀ D̄
#     g = s · V    gives  s̄ = V · ḡ,  V̄ += Σ s · ḡ
#     u = V a + c  gives  ā = ū V,  V̄ += Σ ū a,  c̄ = Σ ū
#     a = σ(z), s = σ′(z)      give  z̄ = s · ā + t · s̄
#     z = W x + b  gives  W̄ += z̄ᵀ x,  b̄ = Σ z̄
#
# W is met twice on the way, so its two parts add; V as well.

# %%
d, units, p, lam = 10, 8, 3.0, (0.7, 0.3)
net, rng = sr.MLP((d, units, 1)), np.random.default_rng(0)
rule, theta = sr.sobol([(-1, 1)] * d, 64, rng=0), rng.normal(size=net.n_parameters)
x, w = rule.nodes, rule.weights[:, None]                   # (N, d), (N, 1)
(W, b), (V, c) = net.unpack(theta)                         # (8, d), (8,), (1, 8), (1,)
a = np.tanh(x @ W.T + b)                                   # σ(z), (N, 8)
s, t = 1 - a**2, -2 * a * (1 - a**2)                       # σ′(z), σ″(z), (N, 8) each
u, g = a @ V.T + c, s * V                                  # (N, 1), (N, 8)
du = g @ W                                                 # ∇u (R1), (N, d)
total = x.sum(1, keepdims=True)  # the target is its sine, (N, 1)
r_0, r_1 = u - np.sin(total), du - np.cos(total)           # (N, 1), (N, d)
value = lam[0] * np.sum(w * np.abs(r_0) ** p) + lam[1] * np.sum(w * np.abs(r_1) ** p)

u_bar = lam[0] * p * w * np.sign(r_0) * np.abs(r_0) ** (p - 1)       # (T1), (N, 1)
du_bar = lam[1] * p * w * np.sign(r_1) * np.abs(r_1) ** (p - 1)      # (T2), (N, d)
g_bar, W_bar = du_bar @ W.T, g.T @ du_bar                  # (R2), (N, 8), (8, d)
s_bar, V_bar = V * g_bar, (s * g_bar).sum(0)               # (R2), (N, 8), (8,)
a_bar, V_bar = u_bar @ V, V_bar + (u_bar * a).sum(0)       # (J5), (N, 8), (8,)
z_bar = s * a_bar + t * s_bar                              # (J4), (R2), (N, 8)
W_bar = W_bar + z_bar.T @ x                                # (J5), (8, d)
by_hand = np.concatenate([W_bar.ravel(), z_bar.sum(0), V_bar, u_bar.sum(0)])  # (P,)

loss = sr.SobolevLoss(net, lambda *x: np.sin(sum(x)), rule, p=p, weights=lam)
package_value, package = loss(theta)
gradient_error = np.abs(by_hand - package).max() / np.abs(package).max()
print(f"the package goes {loss.road}; value {abs(value / package_value - 1):.0e}, "
      f"gradient {gradient_error:.0e}")
np.testing.assert_array_less([abs(value / package_value - 1), gradient_error], 1e-13)
