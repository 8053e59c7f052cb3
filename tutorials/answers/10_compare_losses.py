# %% [markdown]
# # Answers to tutorial 10
#
# The exercises of [10_compare_losses.py](../10_compare_losses.py), worked.

# %%
import numpy as np

import sobolev_ref as sr

period = (-np.pi, np.pi)
series = sr.LinearModel.fourier(8, [period])               # 1, cos ωx, sin ωx, P = 17
rule = sr.gauss_legendre([period], 100).mean()

# %% [markdown]
# ## 1. Waves divided by √(1 + λω²)
#
# The wave φ/√(1 + λω²) has the mean square ½/(1 + λω²), and its slope ω² times as much. So under
# L_1 every eigenvalue is 2 · ½ (1 + λω²)/(1 + λω²) = 1 (2 for the constant): descent learns all
# waves at the same rate. Under L_0 it is 1/(1 + λω²), and low frequencies come first. The features
# and the loss have changed places: what counts is their product, the spectrum of the Hessian.
# Tutorial 16 measures where a network stands between the two.

# %%
lam, zero = 1.0, np.zeros(17)
D = series.derivatives  # the square of each feature's slope over its own: ω², (P,)
squares = [
    rule.weights @ np.square(np.hstack([D(e, rule.nodes, 1)[k,] for e in np.eye(17)]))
    for k in (0, 1)
]
scale = 1 / np.sqrt(1 + lam * squares[1] / squares[0])     # (P,)
eigenvalues = {}
for name, weights in (("L_0", (1, 0)), ("L_1", (1, lam))):
    loss = sr.SobolevLoss(series, lambda x: 0 * x, rule, weights=weights)
    H = loss.hessian(zero)                                 # (P, P)
    eigenvalues[name] = np.linalg.eigvalsh(scale[:, None] * H * scale)
    print(
        f"{name}: eigenvalues {eigenvalues[name][0]:.4f} to {eigenvalues[name][-1]:.4f}"
    )
np.testing.assert_allclose(eigenvalues["L_1"], [1] * 16 + [2], rtol=1e-12)
waves = np.repeat(np.arange(1, 9), 2)  # ω of the other features, (16,)
np.testing.assert_allclose(
    eigenvalues["L_0"], np.sort([2, *1 / (1 + waves**2)]), rtol=1e-12
)

# %% [markdown]
# ## 2. Another λ
#
# The eigenvalues are 1 + λω² and 2, so that λ_max is 2 for λ ≤ 1/64, and 1 + 64λ beyond. For λ = 0
# each factor is 1 − ½ = ½, and (½)⁴ is below a tenth: 4 steps for both waves. For λ = 1/64 still
# η = ½; the factor of ω = 1 is 1 − ½(1 + 1/64) = 0.492, 4 steps, and that of ω = 8 is 0, one step.
# For λ = 1 the factor of ω = 1 is 1 − 2/65, and (63/65)ⁿ < 0.1 takes n = 74 steps; that of ω = 8 is
# 0. So the small λ helps the high waves and costs the low ones nothing: it does not shorten η.

# %%
def chord(x):
    return sum(np.sin(j * x) for j in range(1, 9))


found = {}
for lam, eta in ((0, 1 / 2), (1 / 64, 1 / 2), (1, 1 / 65)):
    loss = sr.SobolevLoss(series, chord, rule, weights=(1, lam))
    for omega in (1, 8):
        for n in range(1, 100):
            run = sr.fit(
                loss, zero, "gradient_descent", learning_rate=eta, maxiter=n, gtol=0
            )
            u = series.function(run.x)
            A = sr.spectrum(lambda x: u(x) - chord(x), period, 64)[1]
            if A[omega] < 0.1:
                break
        found[lam, omega] = n
print("steps by (λ, ω):", found)
np.testing.assert_equal(list(found.values()), [4, 4, 4, 1, 74, 1])
