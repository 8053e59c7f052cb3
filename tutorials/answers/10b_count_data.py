# %% [markdown]
# # Answers to tutorial 10b
#
# The exercises of [10b_count_data.py](../10b_count_data.py), worked.

# %%
import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr

period = (-np.pi, np.pi)
series = sr.LinearModel.fourier(8, [period])               # 1, cos ωx, sin ωx, P = 17
zero = np.zeros(17)

# %% [markdown]
# ## 1. Gradients in the plane
#
# N points with gradients are 3N numbers, so 3N values are the fair baseline where every number
# costs the same, as from an instrument. Where f is computed, a backward sweep gives the gradient
# for about the price of one more value, and 2N values are fair. In the median of 20 draws the
# gradients halve the error of the N values; they come near the 2N values, and not to the 3N.

# %%
franke, N, errors = sr.FUNCTIONS["franke"], 20, []
net, fine = sr.MLP((2, 20, 1)), sr.gauss_legendre([(0, 1), (0, 1)], 24)
truth = franke(*fine.nodes.T)                              # (Q,)
for seed in range(20):
    points = np.random.default_rng(seed).uniform(size=(3 * N, 2))
    for n, k in ((N, 0), (N, 1), (2 * N, 0), (3 * N, 0)):
        given = sr.samples(points[:n])
        loss = sr.SobolevLoss(net, franke, given, order=k, weights="balanced")
        held = loss + sr.Ridge(1e-6, net.n_parameters)
        theta = sr.fit(held, net.init(seed), "lm", maxiter=120).x
        e = net(theta, fine.nodes)[:, 0] - truth           # (Q,)
        errors.append(np.sqrt(fine.weights @ e**2))
N_values, gradients, two, three = np.median(np.reshape(errors, (20, 4)), axis=0)
print(f"‖e‖, medians of 20: N values {N_values:.3f}, and gradients {gradients:.3f};")
print(f"2N values {two:.3f}, 3N values {three:.3f}")
np.testing.assert_array_less([three, gradients], [gradients, N_values])

# %% [markdown]
# ## 2. Noise of unknown size
#
# A fit takes up part of the noise: of N residuals of values N − tr P are free, where P is the block
# of the projection on the columns of Φ that belongs to the values; so for slopes. τ² is then about
# Σ r²/(N − tr P). With λ = 1 the slopes' noise spoils the fit, and the residuals of the values are
# too large. So do it again with the λ that came out; three rounds are enough.

# %%
tau, N = (0.1, 0.5), 40
points = sr.samples(-np.pi + 2 * np.pi * np.arange(N) / N)
noise = np.random.default_rng(0).normal(size=(2 * N, 1000)) * np.repeat(tau, N)[:, None]


def fit(lam):
    """θ for each draw, (P, 1000); residuals, (2, N, 1000); tr P of both blocks."""
    Phi = sr.SobolevLoss(series, lambda x: 0 * x, points, weights=(1, lam)).jacobian(
        zero
    )
    root = np.sqrt(np.repeat((1, lam), N) / N)[:, None]    # √(λ_α/N), (2N, 1)
    theta = lstsq(Phi, root * noise)[0]                    # (P, 1000)
    Q = np.linalg.qr(Phi)[0]                               # (2N, P)
    r = noise - Phi @ theta / root
    return theta, r.reshape(2, N, -1), np.sum(Q**2, axis=1).reshape(2, N).sum(axis=1)


lam, spread = 1.0, []
for _ in range(4):
    theta, r, trace = fit(lam)
    spread.append(theta[1:].std())
    squares = np.sum(r**2, axis=1) / (N - trace)[:, None]  # (2, 1000)
    found = np.median(squares, axis=1)                     # τ², τ′², (2,)
    print(f"λ = {lam:.3f}: deviation of a coefficient {spread[-1]:.4f}; "
          f"τ {found[0] ** 0.5:.3f}, τ′ {found[1] ** 0.5:.3f}")
    lam = sr.noise_weights(np.sqrt(found))[1]
best = fit(sr.noise_weights(tau)[1])[0][1:].std()
print(f"λ = {sr.noise_weights(tau)[1]:.3f}: deviation {best:.4f}, the best")
np.testing.assert_allclose(lam, 0.04, rtol=0.15)
np.testing.assert_array_less(spread[-1], 1.01 * best)
np.testing.assert_array_less(1.5 * best, spread[0])
