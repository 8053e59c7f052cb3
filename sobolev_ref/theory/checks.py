"""Trust, but check: the hand-written passes against SciPy and against the complex step.

Two answers that nobody derived by hand, for f analytic:

    finite differences  (f(x + h) − f(x − h)) / 2h    error O(h²) + O(ε/h): a V in h, never below ε^{2/3}
    complex step        Im f(x + ih) / h              error O(h²), no subtraction: rounding at h = 1e−20

A check returns numbers, so that a test can assert them and a plot can show the V. Every error is the
largest absolute deviation divided by the largest entry of the exact answer that it belongs to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.differentiate import derivative
from scipy.optimize import approx_fprime, check_grad

from .._checks import as_integer, as_nodes, as_order, as_real_array, as_rng, as_vector
from .._typing import Array, MultiIndex
from ..losses.sobolev import SobolevLoss
from ..models.model import Model, as_model

TINY = 1e-20  # the complex step: its square is far below rounding
STEPS = np.logspace(-15, -1, 29)


@dataclass(frozen=True)
class DerivativeCheck:
    """Errors of Dᵅu_θ per α, each Dᵅ held against a derivative of the order below.

    Attributes
    ----------
    complex_step, finite_difference : dict
        From α, |α| >= 1, to the relative error: against the complex step, and against
        `scipy.differentiate.derivative`.
    steps : ndarray, shape (H,)
        Step sizes h, in the units of x.
    curve, complex_curve : dict
        From α to the error, shape (H,), of the central difference and of the complex step at h.
    """

    complex_step: dict[MultiIndex, float]
    finite_difference: dict[MultiIndex, float]
    steps: Array
    curve: dict[MultiIndex, Array]
    complex_curve: dict[MultiIndex, Array]


@dataclass(frozen=True)
class GradientCheck:
    """Errors of ∇L per layer.

    Attributes
    ----------
    complex_step, finite_difference : dict
        From "W1", "b1", "W2", … to the relative error against the complex step, and against
        `scipy.optimize.approx_fprime`.
    check_grad : float
        What `scipy.optimize.check_grad` returns: the 2-norm of the difference, not relative.
    steps : ndarray, shape (H,)
        Step sizes h along one random unit direction v.
    curve, complex_curve : ndarray, shape (H,)
        The relative error of the central difference and of the complex step of L along v.
    """

    complex_step: dict[str, float]
    finite_difference: dict[str, float]
    check_grad: float
    steps: Array
    curve: Array
    complex_curve: Array


def check_derivatives(
    model: Model, theta: ArrayLike, x: ArrayLike, order: int, *, steps: ArrayLike = STEPS
) -> DerivativeCheck:
    """Hold every Dᵅu_θ, 1 <= |α| <= order, against differences of the derivatives one order below.

    With q the first index where α_q > 0 and e_q the unit vector, Dᵅu = ∂_q D^{α−e_q}u.

    Parameters
    ----------
    model : MLP or LinearModel
    theta : array_like, shape (P,)
    x : array_like, shape (N, d)
        Nodes, away from kinks where σ has any.
    order : int
        At least 1.
    steps : array_like, shape (H,)
        Step sizes of the curves, > 0.

    Returns
    -------
    DerivativeCheck

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name.

    Examples
    --------
    >>> from sobolev_ref import MLP
    >>> net = MLP((2, 8, 1))
    >>> check = check_derivatives(net, net.init(0), [[0.3, -0.2]], order=2)
    >>> max(check.complex_step.values()) < 1e-12, max(check.finite_difference.values()) < 1e-7
    (True, True)
    """
    as_model(model)
    theta = as_vector("theta", as_real_array("theta", theta), model.n_parameters)
    nodes = as_nodes("x", as_real_array("x", x), model.d)
    k = as_order(as_integer("order", order, minimum=1), model.d)
    h = _as_steps(steps)
    exact = model.derivatives(theta, nodes, k)
    below = _Below(model, theta, nodes, k - 1)

    check = DerivativeCheck({}, {}, h, {}, {})
    for alpha in list(exact)[1:]:
        q = next(q for q, n in enumerate(alpha) if n > 0)
        lower = tuple(n - (i == q) for i, n in enumerate(alpha))
        error = _relative_to(exact[alpha])
        by_scipy = np.column_stack([below.by_scipy(q, lower, j) for j in range(model.m)])
        check.complex_step[alpha] = error(below.complex_step(q, TINY)[lower])
        check.finite_difference[alpha] = error(by_scipy)
        check.curve[alpha] = np.array([error(below.central(q, step)[lower]) for step in h])
        check.complex_curve[alpha] = np.array(
            [error(below.complex_step(q, step)[lower]) for step in h]
        )
    return check


@dataclass(frozen=True)
class _Below:
    """Differences, along one coordinate q, of all derivatives of one order less."""

    model: Model
    theta: Array
    nodes: Array  # (N, d)
    order: int

    def at(self, q: int, step: complex) -> dict[MultiIndex, Array]:
        shifted = self.nodes + step * np.eye(self.model.d)[q]
        return self.model.derivatives(self.theta, shifted, self.order)

    def central(self, q: int, h: float) -> dict[MultiIndex, Array]:
        ahead, behind = self.at(q, h), self.at(q, -h)
        return {alpha: (ahead[alpha] - behind[alpha]) / (2 * h) for alpha in ahead}

    def complex_step(self, q: int, h: float) -> dict[MultiIndex, Array]:
        return {alpha: value.imag / h for alpha, value in self.at(q, 1j * h).items()}

    def by_scipy(self, q: int, lower: MultiIndex, j: int) -> Array:
        """∂_q of D^lower u_j by SciPy, which evaluates it at points t of its own choosing."""

        def f(t: Array, i: Array) -> Array:
            t, i = np.broadcast_arrays(t, i)
            x = self.nodes[i.astype(int).ravel()]
            x[:, q] = t.ravel()
            values = self.model.derivatives(self.theta, x, self.order)[lower]  # (N, m)
            return np.asarray(values[:, j].reshape(t.shape))

        return np.asarray(derivative(f, self.nodes[:, q], args=(np.arange(len(self.nodes)),)).df)


def check_gradient(
    loss: SobolevLoss,
    theta: ArrayLike,
    *,
    count: int | None = None,
    rng: np.random.Generator | int = 0,
    steps: ArrayLike = STEPS,
) -> GradientCheck:
    """Hold ∇L (Theorems 1 and 2) against the complex step and against SciPy, layer by layer.

    Parameters
    ----------
    loss : SobolevLoss
    theta : array_like, shape (P,)
    count : int, optional
        How many parameters to check, drawn at random; all of them by default. Each costs a few
        evaluations of the loss.
    rng : numpy.random.Generator or int, default 0
        Draws the direction of the curves, and the parameters if `count` is given.
    steps : array_like, shape (H,)
        Step sizes of the curves, > 0.

    Returns
    -------
    GradientCheck

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name.

    Examples
    --------
    >>> from sobolev_ref import MLP, gauss_legendre
    >>> net = MLP((1, 8, 1))
    >>> loss = SobolevLoss(net, np.sin, gauss_legendre([(-1, 1)], 8), weights=(1, 0.3))
    >>> check = check_gradient(loss, net.init(0))
    >>> max(check.complex_step.values()) < 1e-12, max(check.finite_difference.values()) < 1e-5
    (True, True)
    """
    if not isinstance(loss, SobolevLoss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss")
    theta = as_vector("theta", as_real_array("theta", theta), loss.n_parameters)
    h = _as_steps(steps)
    generator = as_rng("rng", rng)
    _, gradient = loss(theta)
    chosen = np.arange(len(theta))
    if count is not None:
        n = as_integer("count", count, minimum=1)
        chosen = np.sort(generator.permutation(len(theta))[:n])

    def value(t: Array) -> float:
        """L as a function of the chosen parameters alone."""
        moved = theta.copy()
        moved[chosen] = t
        return float(loss(moved)[0])

    by_complex_step = np.full(len(theta), np.nan)
    for i in chosen:
        moved = theta.astype(complex)
        moved[i] += 1j * TINY
        by_complex_step[i] = loss(moved)[0].imag / TINY
    by_scipy = np.full(len(theta), np.nan)
    by_scipy[chosen] = approx_fprime(theta[chosen], value)

    v = generator.normal(size=len(theta))
    v /= np.linalg.norm(v)
    error = _relative_to(np.array(gradient @ v))
    return GradientCheck(
        _per_layer(loss.model, gradient, by_complex_step),
        _per_layer(loss.model, gradient, by_scipy),
        float(check_grad(value, lambda t: gradient[chosen], theta[chosen])),
        h,
        np.array([error((loss(theta + s * v)[0] - loss(theta - s * v)[0]) / (2 * s)) for s in h]),
        np.array([error(loss(theta + 1j * s * v)[0].imag / s) for s in h]),
    )


def _per_layer(model: Model, gradient: Array, other: Array) -> dict[str, float]:
    """The error of each W and b, over the parameters where `other` is known."""
    errors = {}
    positions = model.unpack(np.arange(len(gradient)))
    error = _relative_to(gradient)
    for i, layer in enumerate(positions, start=1):
        for name, part in zip(("W", "b"), layer):
            at = part.astype(int).ravel()
            at = at[~np.isnan(other[at])]
            if len(at):
                found = gradient.copy()
                found[at] = other[at]
                errors[f"{name}{i}"] = error(found)
    return errors


def _relative_to(exact: Array) -> Callable[[Any], float]:
    """other ↦ max |other − exact| / max |exact|, absolute where exact is zero throughout."""
    scale = np.abs(exact).max() or 1.0
    return lambda other: float(np.abs(other - exact).max() / scale)


def _as_steps(steps: ArrayLike) -> Array:
    h = as_real_array("steps", steps)
    if h.ndim != 1 or h.size == 0 or not (h > 0).all():
        raise ValueError(
            f"steps: got shape {h.shape}, least {h.min(initial=np.inf):g}; takes a "
            "vector of numbers > 0"
        )
    return h
