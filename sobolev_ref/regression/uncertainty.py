"""How far off values and derivatives may be: Laplace's approximation, from J and the covariance of θ.

Near the likeliest θ the others are normal about it with the covariance H⁻¹ (Y1), and Dᵅu_θ(x) moves with θ
by its gradient g_α(x) = ∂Dᵅu_θ(x)/∂θ, a row of J (G3). With the error τ_α that a measurement has,

    Var Dᵅy(x) = c_α g_αᵀ H⁻¹ g_α + τ_α²                                                       (Y5)

is the variance of a new measurement; where Dᵅ was not measured, τ_α is not known and left out. Linear in θ a
model has one optimum, and c_α = 1. A network has many, and H⁻¹ is about the one that was found. If the truth
is about another as likely one, the two differ by the sum of their variances, which is `OPTIMA` = 2 times H⁻¹:

    c_α = c 2^max(0, |α| − k),     c = 2 where N > P, else 1                                   (Y7)

With as many parameters as numbers, P ≥ N, functions g_αᵀ(θ′ − θ) about the one optimum meet all the data, and
the truth need not be about another. With fewer the data say that it is: they leave what no such function
meets. And the data hold optima together in what they measure, of orders up to k: in each order beyond
networks differ by more than H⁻¹ says, as functions do that are alike at points and not between them, by a
factor of two again. That it is two was measured, see docs/regression.md.

A deviation is said so that `NORMAL` = 1.645 of it hold 90 %, as of a normal error. What is left need not be
normal: a few large residuals make its mean square, and hold nothing of the others. So τ_α is what 90 % of the
residuals need (`tails`). And where few numbers are left that tell it, Student's t takes the normal's place,
as it does for a straight line (`student`).
"""

from collections.abc import Mapping

import numpy as np
from scipy.special import stdtrit

from .._typing import Array, MultiIndex
from ..jets.algebra import taylor_algebra
from ..models.mlp import MLP
from ..models.model import Model
from .balance import Terms
from .names import Key, order_of

ENTRIES = 2**21  # of J in a block
OPTIMA = 2.0  # variances of one optimum, by which two differ
SLACK = 1e-9  # of a sum of weights, which rounds
HELD = 0.9  # the share of new numbers that an interval holds
NORMAL = float(stdtrit(np.inf, (1 + HELD) / 2))  # deviations of a normal error that do


def optima(net: MLP) -> float:
    """The variances of one optimum by which two of a network differ; a model linear in θ has but one.

    Examples
    --------
    >>> optima(MLP((1, 2, 1))), optima(MLP((1, 1)))
    (2.0, 1.0)
    """
    return OPTIMA if len(net.widths) > 2 else 1.0


def student(freedom: float) -> float:
    """How much wider an interval is by Student's t, where so many numbers tell the noise.

    Examples
    --------
    >>> round(student(5.0), 3), student(np.inf)
    (1.225, 1.0)
    """
    return float(stdtrit(max(freedom, 1.0), (1 + HELD) / 2)) / NORMAL


def tails(terms: Terms, theta: Array) -> Array:
    """τ of each term at which 90 % of its numbers and a new one are met, shape (T,)."""
    parts = [(part.residuals(theta), *terms.places(part)) for part in terms.parts]
    r, term, node = map(np.concatenate, zip(*parts))
    times = (terms.data.points * terms.data.weights)[node]  # how often each counts; r has its root
    size, found = np.abs(r) / np.sqrt(times), np.empty(len(terms.keys))
    for t, n in enumerate(terms.counts):
        rows = np.flatnonzero(term == t)
        rows = rows[np.argsort(size[rows])]
        enough = min(HELD * (n + 1), n) * (1 - SLACK)
        found[t] = size[rows[np.searchsorted(np.cumsum(times[rows]), enough)]]
    return found / NORMAL


def deviations(
    net: Model,
    theta: Array,
    covariance: Array,
    noise: Mapping[Key, Array],
    x: Array,
    order: int,
    growth: float = 1.0,
) -> dict[MultiIndex, Array]:
    """The standard deviation of every Dᵅy, |α| ≤ order, at x, shape (N, m) each.

    The covariance is that of θ, c H⁻¹, the noise goes from α to τ_α, shape (m,), of all that was measured,
    and a variance grows by so much in each order beyond.

    Examples
    --------
    u = w x + b, where w = 1 ± 0.3 and b = 0 ± 0.4, at x = 1, with noise 1.2 in the values:

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
    k, none, std = max(map(order_of, noise)), np.zeros(net.m), dict[MultiIndex, Array]()
    for alpha, variance in zip(T.indices, np.concatenate(found, axis=1)):
        variance *= growth ** max(0, sum(alpha) - k)  # (N, m) (Y7)
        tau = np.nan_to_num(noise.get(alpha, none))  # NaN of an output of which it was not measured
        std[alpha] = np.sqrt(np.maximum(variance, 0) + tau**2)
    return std
