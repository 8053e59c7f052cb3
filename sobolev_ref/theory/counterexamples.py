"""Where the paper's wording fails: one function for each case, named for what it breaks.

Each function returns numbers, by quadrature and by the package's own passes, that contradict a statement
of the paper read literally, or that show what happens beyond the limit of a true one. The corrected
statements stand in docs/errata.md.

    Theorem 2     relu_breaks_theorem_2
    Definition 6  hessian_is_unbounded_on_a_sublevel_set
    Theorem 3     two_cycle
    Theorem 4     descent_without_a_critical_point, descent_explodes_above_p_two, edge_of_stability
    Definition 7  descent_converges_to_a_saddle
    Theorem 5     zero_network_is_critical_for_a_convex_target, descent_stops_at_a_local_minimum
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult, minimize

from .._checks import as_real, as_vector
from .._typing import Array
from ..integrals.rules import gauss_legendre, trapezoid
from ..jets.algebra import TaylorAlgebra
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..models.mlp import MLP, flat
from ..models.model import Layers, Model
from ..optimize.optimizers import gradient_descent
from .hessian import spectral_norm


def _descend(
    loss: Callable[[Array], tuple[float, Array]],
    start: ArrayLike,
    learning_rate: float,
    maxiter: int,
    gtol: float = 0.0,
    callback: Callable[..., None] | None = None,
) -> OptimizeResult:
    """Gradient descent with a constant step; for gtol = 0 it takes every one of its steps."""
    options = {"learning_rate": learning_rate, "maxiter": maxiter, "gtol": gtol}
    return minimize(
        loss, start, jac=True, method=gradient_descent, callback=callback, options=options
    )


@dataclass(frozen=True)
class KinkedGradient:
    """dJ/dt by integration on both sides of the kink, and by formula (T2)."""

    true: float
    formula: float


def relu_breaks_theorem_2(a: float = 0.8, t: float = 0.4) -> KinkedGradient:
    """ReLU, k = 1: the gradient of the formula, and of automatic differentiation, is wrong.

    u = a relu(x − t) against f = sin, the derivative term alone: J(t) = ∫₀¹ (a·1_{x>t} − cos x)² dx
    has J′(t) = cos²t − (a − cos t)², because the jump of u′ moves with t. Formula (T2) differentiates
    under the integral, where ∂u′/∂t = 0 almost everywhere, and gets 0. (Theorem 2 needs σ ∈ C^{k,1}.)

    Examples
    --------
    >>> broken = relu_breaks_theorem_2()
    >>> round(broken.true, 3), broken.formula
    (0.834, 0.0)
    """

    def J(s: float) -> float:
        before, after = gauss_legendre([(0, s)], 30), gauss_legendre([(s, 1)], 30)
        left: float = before.integrate(lambda x: np.cos(x) ** 2)
        right: float = after.integrate(lambda x: (a - np.cos(x)) ** 2)
        return left + right

    h = 1e-3  # of a central difference of fourth order; J is an integral, right to rounding
    true = (8 * (J(t + h) - J(t - h)) - (J(t + 2 * h) - J(t - 2 * h))) / (12 * h)
    net = MLP((1, 1, 1), "relu")
    loss = SobolevLoss(
        net, {(1,): np.cos}, gauss_legendre([(0, 1)], 200), weights=(0, 1), kinks="ignore"
    )
    _, gradient = loss(net.pack([([[1.0]], [-t]), ([[a]], [0.0])]))
    return KinkedGradient(true, -float(gradient[1]) + 0.0)  # t is minus the bias


def hessian_is_unbounded_on_a_sublevel_set(
    sizes: tuple[float, ...] = (1.0, 10.0, 100.0),
) -> tuple[Array, Array]:
    """Two neurons with equal w and output weights (T, −T): u does not change, ‖∇²L‖ grows like T².

    So there is no Lipschitz constant on {L ≤ c} for c above this L, 4π: here u = 0, w = (½, ½), b = 0, k = 1
    and f = sin on [−2π, 2π]. (On all of ℝᴾ no MLP with a hidden layer has one where |σ| is not constant and
    λ₀ > 0: its output layer is free.) Definition 6.

    Returns
    -------
    values, norms : ndarray
        L and ‖∇²L‖₂ at each size T.

    Examples
    --------
    >>> values, norms = hessian_is_unbounded_on_a_sublevel_set()
    >>> bool(np.abs(values - 4 * np.pi).max() < 1e-10), [f"{norm:.1g}" for norm in norms]
    (True, ['5e+01', '2e+03', '2e+05'])
    """
    net = MLP((1, 2, 1))
    loss = SobolevLoss(net, np.sin, gauss_legendre([(-2 * np.pi, 2 * np.pi)], 60))
    thetas = [net.pack([([[0.5], [0.5]], [0.0, 0.0]), ([[T, -T]], [0.0])]) for T in sizes]
    norms = [spectral_norm(loss, theta) for theta in thetas]
    return np.array([loss(theta)[0] for theta in thetas]), np.array(norms)


def two_cycle(
    p: float = 1.5, learning_rate: float = 0.1, maxiter: int = 5000
) -> tuple[float, float]:
    """|θ|^p with 1 < p < 2: constant-step descent falls into a 2-cycle of |θ| = (ηp/2)^{1/(2−p)}.

    The loss is that of u_θ = θ against 0 on [0, 1], and the start is 1. At θ = 0 the residual vanishes on
    all of Ω, so that ∇L has no Lipschitz constant there, and no constant step is short enough. From all
    starts but countably many a run ends in this cycle; those land on 0, (ηp)^{1/(2−p)} in one step.

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
    model, rule = LinearModel.polynomial(0, [(0, 1)]), gauss_legendre([(0, 1)], 1)
    loss = SobolevLoss(model, lambda x: 0.0, rule, order=0, p=p)
    fit = _descend(loss, [1.0], learning_rate, maxiter)
    return float(abs(fit.x[0])), (learning_rate * p / 2) ** (1 / (2 - p))


def descent_without_a_critical_point(
    steps: tuple[int, ...] = (10, 100, 1000), learning_rate: float = 0.5
) -> tuple[Array, Array]:
    """tanh(θx) against sign(x) on [−1, 1]: ∇L is Lipschitz, never zero, and θ → ∞ (Theorem 4).

    L(θ) = ∫ (tanh θx − sign x)² dx falls for ever, like (4 log 2 − 2)/θ, and gradient descent converges to
    no point at all.

    Returns
    -------
    theta, slope : ndarray
        θ and ∂L/∂θ < 0 after so many steps of gradient descent from θ = 1.
    """
    rule = gauss_legendre([(0, 1)], 400)  # both sides are odd: twice the integral over [0, 1]

    def loss(theta: Array) -> tuple[float, Array]:
        def r(x: Array) -> Array:
            return np.asarray(np.tanh(theta[0] * x) - 1)

        value = 2 * rule.integrate(lambda x: r(x) ** 2)
        slope = 2 * rule.integrate(lambda x: 2 * r(x) * x * (1 - np.tanh(theta[0] * x) ** 2))
        return value, np.array([slope])

    fits = [_descend(loss, [1.0], learning_rate, k) for k in steps]
    return np.array([fit.x[0] for fit in fits]), np.array([fit.jac[0] for fit in fits])


def descent_explodes_above_p_two(
    p: float = 4.0, start: float = 10.0, learning_rate: float = 0.01, steps: int = 2
) -> Array:
    """|θ|^p with p > 2: no η is short enough for every θ (Theorem 4).

    A step multiplies θ by 1 − ηp|θ|^{p−2}. The loss is that of u_θ = θ against 0 on [0, 1]. From
    |θ| < (2/(ηp))^{1/(p−2)} a run goes to 0, and from beyond it explodes.

    Returns
    -------
    ndarray, shape (steps + 1,)
        θ_0, θ_1, …

    Raises
    ------
    ValueError
        If a loss |θ_k|^p is beyond float64.

    Examples
    --------
    >>> descent_explodes_above_p_two().round(9)
    array([  10.,  -30., 1050.])
    """
    model, rule = LinearModel.polynomial(0, [(0, 1)]), gauss_legendre([(0, 1)], 1)
    loss = SobolevLoss(model, lambda x: 0.0, rule, order=0, p=p)
    runs = [_descend(loss, [start], learning_rate, k) for k in range(steps + 1)]
    reached = sum(run.nit == k for k, run in enumerate(runs)) - 1
    if reached < steps:
        raise ValueError(
            f"steps: got {steps}, takes at most {reached}, as |θ|^p is beyond float64 there"
        )
    return np.array([run.x[0] for run in runs])


def descent_converges_to_a_saddle(
    weight: float = 1.0, learning_rate: float = 0.1, maxiter: int = 100
) -> tuple[OptimizeResult, Array]:
    """A tanh MLP((1, 2, 1)) against x on [−1, 1], from output bias 1 and zeros: no local minimum.

    Each gradient but that of the output bias contains a weight or tanh(0), so that the zeros stay, and the
    bias goes to 0. There L = 2/3 + 2λ, and ∇²L couples each w with its v by ∫∇²(r₀² + λr₁²) = −(4/3 + 4λ)
    (Definition 7, Proof 4).

    Returns
    -------
    fit : scipy.optimize.OptimizeResult
    eigenvalues : ndarray, shape (7,)
        Of ∇²L at its end, ±(4/3 + 4λ) twice among them.

    Examples
    --------
    >>> fit, eigenvalues = descent_converges_to_a_saddle()
    >>> round(fit.fun, 12), (3 * eigenvalues).round(9).tolist()
    (2.666666666667, [-16.0, -16.0, 0.0, 0.0, 12.0, 16.0, 16.0])
    """
    net = MLP((1, 2, 1))
    loss = SobolevLoss(net, lambda x: x, gauss_legendre([(-1, 1)], 8), weights=(1, weight))
    fit = _descend(loss, np.eye(net.n_parameters)[-1], learning_rate, maxiter)
    return fit, np.linalg.eigvalsh(loss.hessian(fit.x)) + 0.0


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
    """Full-batch descent on a tanh network, and ηλ_max/2 along it: with the η here it moves to 1 and stays.

    Theorem 4 wants the step below 2/L on the path. With η = 0.1 the path moves until the step is at 2/L,
    and the loss is not monotone; so it does at 0.05, in 14,000 steps. At 0.01 it does not: ηλ_max/2 is
    0.08 after 10,000 steps, still growing, and the loss never rises. The target is sin(2x) on [−1, 1],
    k = 1, and the loss a mean.
    """
    net = MLP((1, width, 1))
    rule = trapezoid([(-1, 1)], 41).mean()
    loss = SobolevLoss(net, lambda x: np.sin(2 * x), rule)
    sharpness = []

    def watch(intermediate_result: OptimizeResult) -> None:
        if intermediate_result.nit % every == 0:
            sharpness.append(learning_rate * spectral_norm(loss, intermediate_result.x) / 2)

    fit = _descend(loss, net.init(seed), learning_rate, steps, callback=watch)
    return Edge(np.array(sharpness), fit.history)


def zero_network_is_critical_for_a_convex_target(weight: float = 1.0) -> tuple[float, float]:
    """f = x² on [−1, 1], convex; a tanh network with zero weights and output bias 1/3 (Theorem 5).

    Every gradient vanishes there, while L = 8/45 + 8λ/3 > 0 is no minimum.

    Returns
    -------
    value, gradient_norm : float

    Examples
    --------
    >>> value, norm = zero_network_is_critical_for_a_convex_target(0.5)
    >>> bool(np.isclose(value, 8 / 45 + 4 / 3, rtol=1e-14)), norm < 1e-13
    (True, True)
    """
    net = MLP((1, 5, 1))
    loss = SobolevLoss(net, lambda x: x**2, gauss_legendre([(-1, 1)], 10), weights=(1, weight))
    theta = np.zeros(net.n_parameters)
    theta[-1] = 1 / 3
    value, gradient = loss(theta)
    return value, float(np.linalg.norm(gradient))


@dataclass(frozen=True)
class Cubic(Model):
    """u_θ = θ³ − 3θ, a constant in x: one parameter, analytic, and not linear in it."""

    d = 1
    m = 1
    n_parameters = 1
    width = 1
    smoothness = np.inf

    def unpack(self, theta: Any) -> Layers:
        return [(as_vector("theta", theta, 1).reshape(1, 1), np.empty(0))]

    def forward(self, theta: Array, a: Array, T: TaylorAlgebra) -> tuple[Array, Any]:
        constant = T.constant(np.ones_like(a[0]))  # (A, N, 1)
        return constant * (theta[0] ** 3 - 3 * theta[0]), (constant, theta[0])

    def backward(self, tape: Any, u_bar: Array) -> Array:
        constant, t = tape
        return np.asarray(flat(u_bar).T @ flat(constant)[:, 0] * (3 * t**2 - 3))

    def jacobian(self, tape: Any, scale: Array, out: Array) -> None:
        constant, t = tape
        out[..., 0] = scale[:, :, None] * constant * (3 * t**2 - 3)


def descent_stops_at_a_local_minimum(
    start: float = 0.5, learning_rate: float = 1e-2
) -> tuple[OptimizeResult, float]:
    """u_θ = θ³ − 3θ against f ≡ −3 on [0, 1], convex and Lipschitz: a basin that is no minimum.

    L = (θ³ − 3θ + 3)². Descent from inside the basin of θ = 1 stays there with L = 1, while L = 0 at
    the real root of θ³ − 3θ + 3, θ = −2.1038 (Theorem 5).

    Returns
    -------
    fit : scipy.optimize.OptimizeResult
    minimum : float
        L at the root, 0 to rounding.
    """
    loss = SobolevLoss(Cubic(), lambda x: -3.0, gauss_legendre([(0, 1)], 4))
    fit = _descend(loss, [start], learning_rate, 10_000, gtol=1e-12)
    roots = np.roots([1, 0, -3, 3])
    (root,) = roots[np.abs(roots.imag) < 1e-9].real
    return fit, loss([root])[0]
