"""Where a constant step ends: at 2/L, or at once where ∇L has no Lipschitz constant.

Theorem 3 asks for 0 < η < 2/L along the path. Here is what happens at that limit and beyond it, each case a
function that runs: a quadratic just below and above 2/L, |θ|^p for which there is no L, and a network whose
path moves until its step is at the limit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from .._checks import as_real
from .._typing import Array
from ..integrals.rules import gauss_legendre, trapezoid
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..models.mlp import MLP
from ..optimize.optimizers import gradient_descent
from .lipschitz_constants import lipschitz


def descent_beyond_two_over_l(
    factors: tuple[float, ...] = (1.99, 2.0, 2.01), maxiter: int = 2000
) -> list[OptimizeResult]:
    """ηL = 1.99 converges, 2.00 oscillates in the top mode for ever, 2.01 diverges (Theorem 5's bound).

    sin on [−1, 1] by polynomials of degree 3, k = 1, L the exact constant.

    Returns
    -------
    list of scipy.optimize.OptimizeResult
        One for each factor ηL.
    """
    loss = SobolevLoss(LinearModel.polynomial(3, [(-1, 1)]), np.sin, gauss_legendre([(-1, 1)], 8))
    L = lipschitz(loss).value
    return [
        minimize(
            loss,
            np.ones(4),
            jac=True,
            method=gradient_descent,
            options={"learning_rate": factor / L, "maxiter": maxiter, "gtol": 0.0},
        )
        for factor in factors
    ]


def two_cycle(
    p: float = 1.5, learning_rate: float = 0.1, maxiter: int = 5000
) -> tuple[float, float]:
    """|θ|^p with 1 < p < 2: constant-step descent falls into a 2-cycle of |θ| = (ηp/2)^{1/(2−p)}.

    φ_p is only (p − 1)-Hölder, |φ_p(a) − φ_p(b)| ≤ 2^{2−p}|a − b|^{p−1}, so ∇L has no Lipschitz
    constant near r = 0, however small the step. The loss is that of u_θ = θ against 0 on [0, 1].

    Returns
    -------
    size, predicted : float
        |θ| after maxiter steps, and the formula.

    Examples
    --------
    >>> size, predicted = two_cycle()
    >>> bool(np.isclose(size, predicted, rtol=1e-9))
    True
    """
    p = as_real("p", p, "a number in (1, 2)", above=1, strictly=True)
    if p >= 2:
        raise ValueError(f"p: got {p:g}, takes a number in (1, 2)")
    loss = SobolevLoss(
        LinearModel.polynomial(0, [(0, 1)]),
        lambda x: 0.0,
        gauss_legendre([(0, 1)], 1),
        order=0,
        p=p,
    )
    fit = minimize(
        loss,
        [1.0],
        jac=True,
        method=gradient_descent,
        options={"learning_rate": learning_rate, "maxiter": maxiter, "gtol": 0.0},
    )
    return float(abs(fit.x[0])), (learning_rate * p / 2) ** (1 / (2 - p))


@dataclass(frozen=True)
class Edge:
    """Full-batch descent at the edge of stability.

    Attributes
    ----------
    sharpness : ndarray
        ηλ_max(∇²L)/2 every so many steps.
    history : ndarray
        The loss at every step.
    """

    sharpness: Array
    history: Array

    @property
    def rises(self) -> int:
        """Steps at which the loss rose."""
        return int(np.count_nonzero(np.diff(self.history) > 0))


def edge_of_stability(
    learning_rate: float = 0.1, steps: int = 2000, every: int = 100, width: int = 20, seed: int = 0
) -> Edge:
    """Full-batch descent on a tanh network drifts to ηλ_max/2 ≈ 1 and stays, the loss not monotone.

    The step is not below 2/L on the path, as Theorem 4 wants: the path moves until it is at 2/L. A
    small step therefore promises nothing by itself. Target sin(2x) on [−1, 1] with k = 1, mean loss.
    """
    net = MLP((1, width, 1))
    rule = trapezoid([(-1, 1)], 41).mean()
    loss = SobolevLoss(net, lambda x: np.sin(2 * x), rule)
    sharpness = []

    def watch(intermediate_result: OptimizeResult) -> None:
        if intermediate_result.nit % every == 0:
            sharpness.append(learning_rate * lipschitz(loss, intermediate_result.x).value / 2)

    fit = minimize(
        loss,
        net.init(seed),
        jac=True,
        method=gradient_descent,
        callback=watch,
        options={"learning_rate": learning_rate, "maxiter": steps, "gtol": 0.0},
    )
    return Edge(np.array(sharpness), fit.history)
