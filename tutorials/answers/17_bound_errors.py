# %% [markdown]
# # Answers to tutorial 17
#
# The exercises of [17_bound_errors.py](../17_bound_errors.py), worked.

# %%
import numpy as np

import sobolev_ref as sr
from sobolev_ref.theory import bessel_embedding, box_embedding

# %% [markdown]
# ## 1. Weights for a wave
#
# With λ_1 = t and λ_2 = t² in the plane w = (1 + tω_x²)(1 + tω_y²), a product, so that on a large
# box c² = t^{−1/2} · t^{−1/2} = 1/t. The error sin 3x sin 3y has sup 1, and the sum over α ≤ 1 of
# its norms is (1 + 9t)² times ‖e‖². So c² Σ = (1 + 9t)²/t ‖e‖², which is smallest at t = 1/9, that
# is 1/ω²: the length √t of the norm is that of the wave. On a small box coth says a little more.

# %%
box = [(0, np.pi), (0, np.pi)]
rule = sr.gauss_legendre(box, 24)
wave = {
    a: sr.SobolevLoss(
        sr.MLP((2, 1)),
        lambda x, y: np.sin(3 * x) * np.sin(3 * y),
        rule,
        order=2,
        weights={a: 1},
    )(np.zeros(3))[0]
    for a in ((0, 0), (1, 0), (0, 1), (1, 1))
}  # ‖Dᵅe‖²
scales, bounds = np.array([1, 1 / 3, 1 / 9, 1 / 27, 1 / 81]), []
for t in scales:
    square = sum(t ** sum(a) * value for a, value in wave.items())
    bounds.append(box_embedding(box, weights=(1, t, t**2)) * np.sqrt(square))
    print(f"t = 1/{1 / t:2.0f}: sup |e| = 1, bound {bounds[-1]:.3f}")
np.testing.assert_array_equal(np.argmin(bounds), 2)
np.testing.assert_array_less(1, bounds)

# %% [markdown]
# ## 2. A period that grows
#
# On a torus c² = ℓ^{−2} Σ_ω (1 + |ω|²)^{−2}, ω ∈ (2π/ℓ)ℤ². By Poisson's formula it is the sum of
# the kernel of the plane over all shifts by periods, so that the largest term, K(0) = 1/(4π), is
# left for large ℓ, and what is added falls almost like e^{−ℓ}. For small ℓ the wave ω = 0 alone
# counts, and c → 1/ℓ.

# %%
sides, constants = np.array([0.5, 1, 2, 4, 8, 16]), []
for side in sides:
    constants.append(bessel_embedding(2, 2, [(0, side)] * 2))
    omega = 2 * np.pi / side * np.arange(-400, 401)
    series = np.sqrt(np.sum((1 + omega[:, None] ** 2 + omega**2) ** -2.0)) / side
    print(f"ℓ = {side:4}: c = {constants[-1]:.6f}, by 801² waves {series:.6f}")
    np.testing.assert_allclose(series, constants[-1], rtol=2e-3)
limit = bessel_embedding(2, 2)
print(f"in the plane {limit:.6f}")
np.testing.assert_allclose(
    [constants[-1], constants[0] * sides[0]], [limit, 1], rtol=2e-3
)
