# %% [markdown]
# # Answers to tutorial 1
#
# The exercises of [01_compare_norms.py](../01_compare_norms.py), worked.

# %%
import numpy as np

import sobolev_ref as sr


def slope(h, values):
    """The exponent q of the best fit values ≈ C hᑫ."""
    return float(np.polyfit(np.log(h), np.log(values), 1)[0])


# %% [markdown]
# ## 1. For which q is e = ε sin(x/ε^q) bounded in H¹, in H²?
#
# Each derivative costs a factor ε^{−q}: ‖e‖ is like ε, ‖e′‖ like ε^{1−q}, ‖e″‖ like ε^{1−2q}. So
# ‖e‖_1 stays bounded for q ≤ 1, ‖e‖_2 for q ≤ 1/2. With q = 1, ‖e′‖² = ∫cos²(x/ε) dx tends to π,
# and ‖e‖_2 grows like 1/ε.

# %%
rule = sr.gauss_legendre([(0, 2 * np.pi)], 200)
epsilons = np.array([1 / 4, 1 / 8, 1 / 16])                # ε, (3,)
norms = np.zeros((3, 3))                                   # ‖e‖_k (D2), (3 ε, 3 orders)
for i, eps in enumerate(epsilons):
    for k in (0, 1, 2):
        norms[i, k] = sr.sobolev_norm(lambda x: eps * np.sin(x / eps), rule, order=k)
print("q = 1, ‖e‖_1:", norms[:, 1].round(4), " ‖e‖_2:", norms[:, 2].round(2))
orders = [slope(epsilons, norms[:, k]) for k in (0, 1, 2)]
print("powers of ε:", np.round(orders, 2))
np.testing.assert_allclose(orders, [1, 0, -1], atol=0.05)
np.testing.assert_allclose(norms[:, 1], np.sqrt(np.pi * (1 + epsilons**2)), rtol=1e-12)

# %% [markdown]
# ## 2. For which a > 0 is |x|ᵃ in H¹ of (−1, 1)?
#
# u′ = a sign(x) |x|^{a−1} is the weak derivative, and ∫u′² = 2a² ∫_0^1 x^{2a−2} dx is finite
# exactly for 2a − 2 > −1, that is a > 1/2; then it is 2a²/(2a − 1). For a = 3/4 that makes
# ‖u′‖ = 1.5. For a = 1/4 the smoothed ‖u′‖ grows like δ^{a−1/2} = δ^{−1/4}.

# %%
right = sr.gauss_legendre([(0, 1)], 400)                   # ∫ is 2 ∫_0^1
deltas = 10.0 ** -np.arange(1, 5)                          # δ, (4,)
seminorm = {}
for a in (1 / 4, 3 / 4):
    halves = [sr.sobolev_seminorm(lambda x: (x**2 + d**2) ** (a / 2), right, 1)
              for d in deltas]
    seminorm[a] = np.sqrt(2) * np.array(halves)            # ‖u′‖, (4,)
for a, values in seminorm.items():
    print(f"a = {a}: ‖u′‖ =", *(f"{value:.4f}" for value in values))
np.testing.assert_allclose(slope(deltas[1:], seminorm[1 / 4][1:]), -1 / 4, atol=0.02)
np.testing.assert_allclose(seminorm[3 / 4][-1], 1.5, rtol=0.01)

# %% [markdown]
# ## 3. In the plane there is no (I1)
#
# e = log(r² + δ²)/log δ² has ∂e/∂r = 2r/((r² + δ²) log δ²), and in polar coordinates
#
#     ∫|∇e|² = 2π ∫_0^1 (∂e/∂r)² r dr ≈ (8π/(log δ²)²) ∫_δ^1 dr/r = 2π/log(1/δ)
#
# ∫e² is smaller still, like 1/log² δ. So e is 1 at the centre, and its H¹ norm falls like
# log(1/δ)^{−1/2}: to zero, but very slowly. Substitute r = eᵗ, as the integrand lives on all
# scales.

# %%
energies = []
for delta in (1e-2, 1e-4, 1e-8, 1e-16):
    t = sr.gauss_legendre([(np.log(delta) - 20, 0)], 400)  # r = eᵗ, dr = r dt
    r, log = np.exp(t.nodes[:, 0]), 2 * np.log(delta)      # (N,), log δ²
    e = np.log(r**2 + delta**2) / log                      # (N,)
    slope_e = 2 * r / ((r**2 + delta**2) * log)            # (N,)
    energies.append(2 * np.pi * (t.weights @ ((e**2 + slope_e**2) * r**2)))
    print(f"δ = {delta:.0e}: ∫ e² + |∇e|² = {energies[-1]:.3f}, "
          f"times log(1/δ) = {-energies[-1] * np.log(delta):.3f}; 2π = {2 * np.pi:.3f}")
np.testing.assert_array_less(np.diff(energies), 0)
np.testing.assert_allclose(-energies[-1] * np.log(1e-16), 2 * np.pi, rtol=0.05)
