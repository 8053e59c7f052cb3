# %% [markdown]
# # Answers to tutorial 16
#
# The exercises of [16_weigh_frequencies.py](../16_weigh_frequencies.py), worked.

# %%
import numpy as np

import sobolev_ref as sr
from sobolev_ref.theory import FourierLoss

j = np.arange(1, 7)

# %% [markdown]
# ## 1. The best power
#
# Without u′ the eigenvalues are π j^{−2q}, all equal at q = 0: κ = 1. With u′ they are π times
# (1 + j²) j^{−2q}. At q = 1 this is 1 + j^{−2}, from 2 down to 37/36. A little less than 1 lifts
# the high ones, until the last is as large as the first: 37 · 36^{−q} = 2, q = 0.814. In between
# the values dip below both ends, and κ is the end over the dip. With u″ too, at q = 2, they are
# (1 + j² + j⁴) j^{−4}.


# %%
def kappa(power, *orders):
    """κ of diag(Σ j^{2n} j^{−2q}) over the orders n."""
    values = sum(j ** (2.0 * n) for n in orders) * j ** (-2.0 * power)
    return values.max() / values.min()


powers = np.linspace(0, 2, 2001)
best = [
    powers[np.argmin([kappa(s, *orders) for s in powers])] for orders in ((0,), (0, 1))
]
smallest = kappa(best[1], 0, 1)
print(f"without u′ q = {best[0]:.3f}, with u′ q = {best[1]:.3f}, κ = {smallest:.3f}")
orders_012 = [kappa(2, *range(n + 1)) for n in range(3)]
print("q = 2, up to the order 0, 1, 2: κ =", np.round(orders_012, 3))
np.testing.assert_allclose(best, [0, np.log(18.5) / np.log(36)], atol=1e-3)
np.testing.assert_allclose(
    orders_012, [1296, 1296 * 2 / 37, 3 * 1296 / 1333], rtol=1e-12
)

# %% [markdown]
# From 1296 to 2.9: each order takes one power j² out of the spread.
#
# ## 2. Noise that grows with ω
#
# The estimate is θ = (JᵀS²J)^{−1} JᵀS² y, linear in the values y, so with the covariance C of y
# that of θ is E C Eᵀ, E = (JᵀS²J)^{−1} JᵀS². A circulant matrix is a multiplier in Fourier space.
# By Gauss and Markov S² = C^{−1} is best: (1 + ω²)^s = (1 + ω²)^{−1}, s = −1.

# %%
N, period = 33, (-np.pi, np.pi)
model, omega = sr.LinearModel.polynomial(5, [period]), np.fft.fftfreq(33, 1 / 33)


def circulant(multiplier):
    return np.fft.ifft(multiplier[:, None] * np.fft.fft(np.eye(N), axis=0), axis=0).real


plain = FourierLoss(model, np.sin, period, 0, N)
J = plain.jacobian(np.zeros(6))                            # √(ℓ/N) φ_j(t_i), (N, 6)
C, variance = circulant(1 + omega**2), {}
for s in (-1, 0, 1):
    S2 = circulant((1 + omega**2.0) ** s)
    E = np.linalg.solve(J.T @ S2 @ J, J.T @ S2)            # (6, N)
    variance[s] = np.trace(E @ C @ E.T)
    print(f"s = {s:2}: variance of θ, summed, {variance[s]:9.2f}")
np.testing.assert_array_less([variance[-1]] * 2, [variance[0], variance[1]])
