# %% [markdown]
# # Answers to tutorial 8
#
# The exercises of [08_solve_convex.py](../08_solve_convex.py), worked.

# %%
import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr

rule, lam = sr.gauss_legendre([(-1, 1)], 12), 0.5
x, w, j = rule.nodes, rule.weights, np.arange(4)           # (N, 1), (N,), (J,)
phi, slope = x**j, j * x ** np.maximum(j - 1, 0)           # xʲ and j xʲ⁻¹, (N, J) each
f, df = np.sin(3 * x[:, 0]), 3 * np.cos(3 * x[:, 0])       # (N,) each


def system(lam_0, lam_1):
    """Φ and y of (T5)."""
    root = np.concatenate([np.sqrt(lam_0 * w), np.sqrt(lam_1 * w)])  # (2N,)
    return root[:, None] * np.vstack([phi, slope]), root * np.concatenate([f, df])


# %% [markdown]
# ## 1. The best constant step
#
# 1 − ηλ falls from the slowest mode to the top one, so the largest |1 − ηλ_i| is that of an end. It
# is smallest where the ends are equal and opposite, 1 − ηλ_min = ηλ_max − 1:
#
#     η = 2 / (λ_min + λ_max),   factor (λ_max − λ_min) / (λ_max + λ_min) = (κ − 1) / (κ + 1)

# %%
Phi, y = system(1, lam)
eigenvalues, V = np.linalg.eigh(2 * Phi.T @ Phi)           # λ_i ascending, (J,)
kappa = eigenvalues[-1] / eigenvalues[0]
rates = np.linspace(0, 2 / eigenvalues[-1], 2001)          # η, (2001,)
worst = np.abs(1 - rates[:, None] * eigenvalues).max(1)    # (2001,)
best_rate, formula = rates[worst.argmin()], 2 / (eigenvalues[0] + eigenvalues[-1])
print(f"κ = {kappa:.2f}; best η = {best_rate:.4f}, by the formula {formula:.4f}; "
      f"factor {worst.min():.4f}, (κ − 1)/(κ + 1) = {(kappa - 1) / (kappa + 1):.4f}")
np.testing.assert_allclose(best_rate, formula, atol=rates[1])
np.testing.assert_allclose(worst.min(), (kappa - 1) / (kappa + 1), atol=1e-3)

# %% [markdown]
# ## 2. Derivatives alone
#
# The constant φ_0 = 1 has φ_0′ = 0: a column of zeros, λ_min = 0. In this mode the factor 1 − ηλ is
# 1, and θ_0 = 7 never moves. The minimum is reached all the same, by a whole line of minimisers.
# `lstsq` takes the one of least norm, which has θ_0 = 0.

# %%
Phi, y = system(0, 1)
H = 2 * Phi.T @ Phi                                        # (J, J)
least, theta = lstsq(Phi, y)[0], np.array([7.0, 1, 1, 1])  # (J,), (J,)
for _ in range(2000):
    theta = theta - 2 * Phi.T @ (Phi @ theta - y) / np.linalg.norm(H, 2)       # (D7)
print(f"λ_min = {np.linalg.eigvalsh(H)[0]:.0e}; descent ends at {theta.round(4)}")
print(f"lstsq at {least.round(4) + 0.0}")
np.testing.assert_allclose(theta - least, [7, 0, 0, 0], atol=1e-10)
losses = [np.sum((Phi @ found - y) ** 2) for found in (theta, least)]
np.testing.assert_allclose(*losses)

# %% [markdown]
# ## 3. A ridge
#
# L + (μ/2)‖θ‖² = ‖[Φ; √(μ/2) I] θ − [y; 0]‖². Some moderate θ* has L = 0 to rounding, so the
# minimum of the sum is at most (μ/2)‖θ*‖², and the loss falls with μ. The normal equations
# (ΦᵀΦ + (μ/2)I)θ = Φᵀy round at ε‖ΦᵀΦ‖ ≈ 1e-14: a smaller μ is lost, and the loss stops there. The
# extra rows hold √(μ/2), a number like any other. They also tame the condition number,
# κ ≤ (1 + 2‖ΦᵀΦ‖/μ)^{1/2}.

# %%
rng = np.random.default_rng(1)
W, b = rng.normal(0, 1, (100, 1)), rng.uniform(-2 * np.pi, 2 * np.pi, 100)
mean = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 200).mean()
x, a = mean.nodes, np.tanh(mean.nodes @ W.T + b)           # (200, 1), (200, 100)
Phi_r = np.vstack([np.hstack([a, 1 + 0 * x]), np.hstack([W[:, 0] * (1 - a**2), 0 * x])])
Phi_r = np.tile(np.sqrt(mean.weights), 2)[:, None] * Phi_r           # (400, 101)
targets = np.concatenate([np.sin(x[:, 0]), np.cos(x[:, 0])])         # (400,)
y_r = np.tile(np.sqrt(mean.weights), 2) * targets          # (400,)
ridged, normal, sizes = {}, {}, {}
print("μ        ‖θ‖     loss by rows   by normal equations")
for mu in (1e-4, 1e-8, 1e-12, 1e-16, 1e-20, 1e-24, 1e-28):
    rows = np.vstack([Phi_r, np.sqrt(mu / 2) * np.eye(101)])        # (501, 101)
    theta = lstsq(rows, np.append(y_r, np.zeros(101)))[0]  # (101,)
    other = np.linalg.solve(Phi_r.T @ Phi_r + mu / 2 * np.eye(101), Phi_r.T @ y_r)
    ridged[mu] = np.sum((Phi_r @ theta - y_r) ** 2)
    normal[mu] = np.sum((Phi_r @ other - y_r) ** 2)
    sizes[mu] = np.linalg.norm(theta)
    print(f"{mu:.0e}   {sizes[mu]:5.1f}   {ridged[mu]:.0e}          "
          f"{normal[mu]:.0e}")
np.testing.assert_array_less(np.diff(list(ridged.values())[:6]), 0)
np.testing.assert_array_less([ridged[1e-24], 1e-17], [1e-21, normal[1e-24]])
