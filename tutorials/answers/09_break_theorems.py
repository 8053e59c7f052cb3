# %% [markdown]
# # Answers to tutorial 9
#
# The exercises of [09_break_theorems.py](../09_break_theorems.py), worked.

# %%
import numpy as np
from scipy.optimize import brentq

import sobolev_ref as sr

# %% [markdown]
# ## 1. One neuron, unbounded curvature
#
# At c = 0: u = 0, ∂u/∂c = v x, ∂u′/∂c = v. The second derivatives ∂²u/∂c² and ∂²u′/∂c² are 0, as
# tanh″(0) = 0. So of ∂²L/∂c² = 2 ∫ (∂u/∂c)² + 2λ ∫ (∂u′/∂c)² + 2 ∫ r_0 ∂²u/∂c² + … only the squares
# stay, 2v²(∫x² + λ|Ω|). On [−1, 2] with λ = 0.7 it is 10.2 v². No contradiction to tutorial 07: the
# certificate holds on a ball around θ, and it grows with the v in that ball.

# %%
net = sr.MLP((1, 1, 1))
loss = sr.SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 2)], 20), weights=(1, 0.7))
curvature, certificate = {}, {}
for v in (1.0, 10.0, 100.0):
    theta = np.array([0, 0, v, 0])                         # c, b, v, v_0, (4,)
    moved = loss(theta + 1e-20j * np.eye(4)[0])[1]         # ∇L, (4,)
    curvature[v] = moved[0].imag / 1e-20                   # ∂²L/∂c²
    certificate[v] = sr.lipschitz(loss, theta, radius=0.1).value
    print(f"v = {v:5}: ∂²L/∂c² = {curvature[v]:8.1f}, "
          f"certified near θ {certificate[v]:.1e}")
np.testing.assert_allclose(list(curvature.values()), [10.2, 1020, 102000], rtol=1e-12)
np.testing.assert_array_less(list(curvature.values()), list(certificate.values()))

# %% [markdown]
# ## 2. Weight decay brings the minimum back
#
# L + (μ/2)θ² grows at infinity, so it has a minimum, where L′(θ) + μθ = 0. With L′ ≈ −C/θ²,
# C = 4 log 2 − 2, that is θ ≈ (C/μ)^{1/3}: it goes to infinity like μ^{−1/3}.

# %%
half = sr.gauss_legendre([(0, 1)], 400)
X, W = half.nodes[:, 0], half.weights                      # (400,) each


def slope_of(theta):
    """L′ of u = tanh(θx) against sign on [−1, 1]."""
    a = np.tanh(theta * X)                                 # (400,)
    return 4 * W @ ((a - 1) * X * (1 - a**2))              # (T1)


minima = {}
for mu in (2e-3, 2e-4, 2e-5):
    place = minima[mu] = brentq(lambda s: slope_of(s) + mu * s, 0.1, 100)
    print(f"μ = {mu:.0e}: minimum at θ = {place:.4f}, (C/μ)^(1/3) = "
          f"{((4 * np.log(2) - 2) / mu) ** (1 / 3):.4f}")
theta = 1.0
for _ in range(10_000):
    theta = theta - 0.5 * (slope_of(theta) + 2e-3 * theta)           # (D7)
print(f"descent for μ = 2e-3 ends at {theta:.4f}")
np.testing.assert_allclose(theta, minima[2e-3], rtol=1e-9)
np.testing.assert_allclose(minima[2e-5] / minima[2e-3], 100 ** (1 / 3), rtol=1e-3)

# %% [markdown]
# ## 3. A saddle of fourth order
#
# u − ⅓ = v tanh(cx + b) = ±0.4 (ε² (x + 1) − ε⁴ (x + 1)³/3 + …). The part of L that is linear in u
# vanishes for the first term, as ∫ (⅓ − x²)(x + 1) = 0 and ∫ (−2x) · 1 = 0; its square gives ε⁴. So
# does the linear part of the second term, whose sign is that of v. For λ = ½ they add up to
#
#     ε⁴ (0.16 (8/3 + 2λ) ± 0.4 · (2/3) (8/15 + 8λ)) = ε⁴ (0.5867 ± 1.2089)
#
# Both signs occur: the network is critical, its Hessian in these directions is 0, and it is a
# saddle. Nothing that looks at first or second derivatives along them can notice.

# %%
net, lam = sr.MLP((1, 5, 1)), 0.5
rule = sr.gauss_legendre([(-1, 1)], 20)
loss = sr.SobolevLoss(net, lambda x: x**2, rule, weights=(1, lam))
sizes, change = np.array([0.2, 0.1, 0.05]), {}             # ε, (3,)
for sign in (1, -1):
    moved = []
    for epsilon in sizes:
        theta = np.zeros(net.n_parameters)
        theta[[0, 5, 10, -1]] = epsilon, epsilon, 0.4 * sign * epsilon, 1 / 3
        moved.append(loss(theta)[0] - 8 / 45 - 8 * lam / 3)
    change[sign] = np.array(moved) / sizes**4              # (L(θ) − L(0)) / ε⁴, (3,)
    print(f"v = {0.4 * sign:+}ε: change / ε⁴ = {change[sign].round(4)}")
np.testing.assert_allclose(change[1][-1], 0.5867 + 1.2089, rtol=0.02)
np.testing.assert_allclose(change[-1][-1], 0.5867 - 1.2089, rtol=0.02)
