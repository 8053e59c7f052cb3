"""How far off values and derivatives may be: Laplace's approximation, from J and the covariance of θ.

Near the likeliest θ the others are normal about it with the covariance H⁻¹ (Y1), and Dᵅu_θ(x) moves with θ
by its gradient g_α(x) = ∂Dᵅu_θ(x)/∂θ, a row of J (G3). With the error τ_α that a measurement has,

    Var Dᵅy(x) = c g_αᵀ H⁻¹ g_α + τ_α²                                                         (Y5)

is the variance of a new measurement; where Dᵅ was not measured, τ_α is not known and left out. Linear in θ a
model has one optimum, and c = 1. A network has many, and H⁻¹ is about the one that was found: if the truth is
about another as likely one, the two differ by the sum of their variances, and c = 2 (`OPTIMA`).
"""

from collections.abc import Mapping

import numpy as np

from .._typing import Array, MultiIndex
from ..jets.algebra import taylor_algebra
from ..models.model import Model
from .names import Key

ENTRIES = 2**21  # of J in a block
OPTIMA = 2.0  # c of a network


def deviations(
    net: Model, theta: Array, covariance: Array, noise: Mapping[Key, Array], x: Array, order: int
) -> dict[MultiIndex, Array]:
    """The standard deviation of every Dᵅy, |α| ≤ order, at x, shape (N, m) each.

    The covariance is that of θ, c H⁻¹, and the noise from α to τ_α, shape (m,).

    Examples
    --------
    u = w x + b, where w = 1 ± 0.3 and b = 0 ± 0.4, at x = 1, with noise 1.2 in the values:

    >>> from sobolev_ref import MLP
    >>> cov, noise = np.diag([0.09, 0.16]), {(0,): np.array([1.2])}
    >>> deviations(MLP((1, 1)), np.array([1.0, 0.0]), cov, noise, np.array([[1.0]]), 1)
    {(0,): array([[1.3]]), (1,): array([[0.3]])}
    """
    T, P = taylor_algebra(net.d, order), len(theta)
    size = max(1, ENTRIES // (T.size * net.m * P))
    found = []
    for start in range(0, len(x), size):
        nodes = x[start : start + size]
        _, tape = net.forward(theta, T.variables(nodes), T)
        J = np.empty((T.size, len(nodes), net.m, P))
        net.jacobian(tape, np.tile(T.factorials[:, None], len(nodes)), J)  # α! for every node
        found.append(((J @ covariance) * J).sum(axis=-1))  # (A, B, m) (Y5)
    variances = zip(T.indices, np.concatenate(found, axis=1))
    return {a: np.sqrt(np.maximum(v, 0) + noise.get(a, np.zeros(net.m)) ** 2) for a, v in variances}
