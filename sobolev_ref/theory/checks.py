"""Trust, but check: derivatives held against answers that nobody derived by hand.

The hand-written passes are held against SciPy and against the complex step. For f analytic

    finite differences  (f(x + h) − f(x − h)) / 2h    error O(h²) + O(ε/h): a V in h, least about ε^{2/3}
    complex step        Im f(x + ih) / h              error O(h²), no subtraction: rounding at h = 1e−20

A weak derivative is held against its definition. `nodes_on_kinks` finds the nodes where a σ with kinks
leaves a gradient that is one of several. Each check returns numbers, so that a test can assert
them and a plot can show the V. An error is the largest absolute deviation divided by the largest entry of
the exact answer that it belongs to, and it is absolute where that answer is zero throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.differentiate import derivative
from scipy.optimize import approx_fprime, check_grad

from .._checks import (
    as_integer,
    as_nodes,
    as_order,
    as_real_array,
    as_real_vector,
    as_rng,
    as_sequence,
    as_values,
)
from .._typing import Array, MultiIndex
from ..integrals.quadrature import Quadrature
from ..jets.algebra import taylor_algebra
from ..losses.pointwise import PointwiseLoss
from ..models.mlp import MLP
from ..models.model import Model, as_model
from ..optimize.ending import refuse_underflow

TINY = 1e-20  # of the complex step, so that its square is far below rounding
LEAST = float(np.finfo(float).tiny) / TINY  # an entry whose complex step has all digits
STEPS = np.logspace(-15, -1, 29)
FIRST_STEPS = (0.5, 5e-4, 5e-7)  # SciPy's own, and two more for functions that are steep or wavy
NOISE = 1e-12  # times the size of f: a smaller derivative is zero to rounding


@dataclass(frozen=True)
class DerivativeCheck:
    """The errors of Dᵅu_θ by α, where each Dᵅ is held against a derivative of the order below.

    Attributes
    ----------
    complex_step, finite_difference : dict
        From α, |α| >= 1, to the relative error against the complex step, and against
        `scipy.differentiate.derivative`. It is infinite where SciPy says that it did not converge at a
        node, so that there is nothing to compare with.
    steps : ndarray, shape (H,)
        The step sizes h, in the units of x.
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
    """The errors of ∇L by layer.

    Attributes
    ----------
    complex_step, finite_difference : dict
        From "W1", "b1", "W2", … to the relative error against the complex step, and against
        `scipy.optimize.approx_fprime`.
    check_grad : float
        What `scipy.optimize.check_grad` returns, which is the 2-norm of the difference and not relative.
    steps : ndarray, shape (H,)
        The step sizes h along one random unit direction v.
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
    """Hold every Dᵅu_θ, 1 <= |α| <= order, against differences of the derivative one order below.

    With q the first index where α_q > 0 and e_q the unit vector, Dᵅu = ∂_q D^{α−e_q}u.

    Parameters
    ----------
    model : MLP or LinearModel
    theta : array_like, shape (P,)
    x : array_like, shape (N, d)
        The nodes, away from kinks where σ has any.
    order : int
        The highest |α|, at least 1.
    steps : array_like, shape (H,)
        The step sizes > 0 of the curves.

    Returns
    -------
    DerivativeCheck

    See Also
    --------
    check_gradient : The loss's gradient in place of the model's derivatives.

    Examples
    --------
    >>> from sobolev_ref import MLP
    >>> net = MLP((2, 8, 1))
    >>> check = check_derivatives(net, net.init(0), [[0.3, -0.2]], order=2)
    >>> max(check.complex_step.values()) < 1e-12, max(check.finite_difference.values()) < 1e-7
    (True, True)
    """
    as_model(model)
    theta = as_real_vector("theta", theta, model.n_parameters)
    nodes = as_nodes("x", as_real_array("x", x), model.d)
    k = as_order(as_integer("order", order, minimum=1), model.d)
    h = _as_steps(steps)
    exact = model.derivatives(theta, nodes, k)

    check = DerivativeCheck({}, {}, h, {}, {})
    for alpha in list(exact)[1:]:
        f = partial(_one_order_below, model, theta, alpha)
        at = partial(f, nodes)  # of t alone, (N, m)
        error = partial(_relative_error, exact[alpha])
        check.complex_step[alpha] = error(_complex_step(at, TINY))
        check.finite_difference[alpha] = error(_by_scipy(f, nodes, model.m))
        check.curve[alpha] = np.array([error(_central(at, s)) for s in h])
        check.complex_curve[alpha] = np.array([error(_complex_step(at, s)) for s in h])
    return check


def _one_order_below(model: Model, theta: Array, alpha: MultiIndex, x: Array, t: Any) -> Array:
    """D^{α−e_q}u at x + t e_q, shape (N, m), for one t in all or one t a node."""
    e_q = np.eye(model.d, dtype=int)[np.flatnonzero(alpha)[0]]
    below = tuple((alpha - e_q).tolist())
    return model.derivatives(theta, x + t * e_q, sum(below))[below]


def _by_scipy(f: Callable[[Array, Array], Array], nodes: Array, m: int) -> Array:
    """∂f/∂t at t = 0, shape (N, m), by SciPy, which asks for each entry at points of its own choosing.

    It is infinite where SciPy converged from none of the first steps.
    """

    def entry(t: Array, i: Array, j: Array) -> Array:
        t, i, j = np.broadcast_arrays(t, i.astype(int), j.astype(int))
        values = f(nodes[i.ravel()], t.reshape(-1, 1))  # (size of t, m): a node for each entry
        return np.asarray(values[np.arange(t.size), j.ravel()].reshape(t.shape))

    i, j = np.indices((len(nodes), m))
    slope, zero = np.full(i.shape, np.inf), np.zeros(i.shape)
    tolerances = {"atol": NOISE * _scale(f(nodes, zero[:, :1]))}
    for step in FIRST_STEPS:
        found = derivative(entry, zero, args=(i, j), initial_step=step, tolerances=tolerances)
        slope = np.where(np.isinf(slope) & found.success, found.df, slope)
        if np.isfinite(slope).all():
            break
    return slope


def check_gradient(
    loss: PointwiseLoss,
    theta: ArrayLike,
    *,
    count: int | None = None,
    rng: np.random.Generator | int = 0,
    steps: ArrayLike = STEPS,
) -> GradientCheck:
    """Hold ∇L (Theorems 1 and 2) against the complex step and against SciPy, layer by layer.

    Parameters
    ----------
    loss : SobolevLoss, ResidualLoss or NonlinearResidual
    theta : array_like, shape (P,)
    count : int, optional
        How many parameters are checked, drawn at random; by default all are. Each costs a few evaluations
        of the loss.
    rng : numpy.random.Generator or int, default 0
        It draws the direction of the curves, and the parameters if `count` is given.
    steps : array_like, shape (H,)
        The step sizes > 0 of the curves.

    Returns
    -------
    GradientCheck

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, and where loss or gradient are below float64, so that nothing is compared.

    See Also
    --------
    check_derivatives : The model's derivatives in place of the loss's gradient.

    Examples
    --------
    >>> from sobolev_ref import MLP, SobolevLoss, gauss_legendre
    >>> net = MLP((1, 8, 1))
    >>> loss = SobolevLoss(net, np.sin, gauss_legendre([(-1, 1)], 8), weights=(1, 0.3))
    >>> check = check_gradient(loss, net.init(0))
    >>> max(check.complex_step.values()) < 1e-12, max(check.finite_difference.values()) < 1e-5
    (True, True)
    """
    if not isinstance(loss, PointwiseLoss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss or a ResidualLoss")
    theta = as_real_vector("theta", theta, loss.n_parameters)
    h, generator = _as_steps(steps), as_rng("rng", rng)
    chosen = np.arange(len(theta))
    if count is not None:
        n = as_integer("count", count, minimum=1)
        chosen = np.sort(generator.permutation(len(theta))[:n])
    v = generator.normal(size=len(theta))
    v /= np.linalg.norm(v)
    loss_here, gradient = loss(theta)
    refuse_underflow(loss, theta, loss_here)
    if 0 < np.abs(gradient).max() < LEAST:
        raise ValueError(
            f"loss: got one whose gradient has no entry above {np.abs(gradient).max():.3g}, which the "
            "complex step loses below float64; takes data or weights in other units"
        )

    def value(t: Array) -> float:
        """L as a function of the chosen parameters alone."""
        moved = theta.copy()
        moved[chosen] = t
        return float(loss(moved)[0])

    def along(t: complex) -> Any:
        """L as a function of the distance along v."""
        return loss(theta + t * v)[0]

    positions = np.arange(len(theta))
    by_complex_step = np.array(
        [loss(theta + 1j * TINY * (positions == i))[0].imag / TINY for i in chosen]
    )
    error = partial(_relative_error, gradient @ v)
    return GradientCheck(
        _by_layer(loss.model, gradient, chosen, by_complex_step),
        _by_layer(loss.model, gradient, chosen, approx_fprime(theta[chosen], value)),
        float(check_grad(value, lambda t: gradient[chosen], theta[chosen])),
        h,
        np.array([error(_central(along, s)) for s in h]),
        np.array([error(_complex_step(along, s)) for s in h]),
    )


def _by_layer(model: Model, gradient: Array, chosen: Array, other: Array) -> dict[str, float]:
    """The error of each W and b that holds one of the chosen parameters."""
    errors = np.abs(other - gradient[chosen]) / _scale(gradient)
    worst = {}
    for n, layer in enumerate(model.unpack(np.arange(len(gradient))), start=1):
        for name, positions in zip("Wb", layer):
            here = np.isin(chosen, positions)
            if here.any():
                worst[f"{name}{n}"] = float(errors[here].max())
    return worst


def _central(f: Callable[[Any], Any], h: float) -> Any:
    return (f(h) - f(-h)) / (2 * h)


def _complex_step(f: Callable[[Any], Any], h: float) -> Any:
    return f(1j * h).imag / h


def _relative_error(exact: Array, other: Array) -> float:
    return float(np.abs(other - exact).max() / _scale(exact))


def _scale(exact: Array) -> float:
    """The number by which an error is divided: the largest entry, or 1 where all are zero."""
    return float(np.abs(exact).max()) or 1.0


def _as_steps(steps: ArrayLike) -> Array:
    h = as_real_array("steps", steps)
    if h.ndim != 1 or h.size == 0 or not (h > 0).all():
        raise ValueError(
            f"steps: got shape {h.shape}, least {h.min(initial=np.inf):g}; takes a "
            "vector of numbers > 0"
        )
    return h


def nodes_on_kinks(model: MLP, theta: ArrayLike, x: ArrayLike) -> Array:
    """The nodes at which a hidden pre-activation z_i = W_i·a + b_i is exactly on a kink of σ.

    At such a θ the terms of these nodes need not have a gradient where σ ∈ C^{k,1} and no more, for example
    relu at order 0. What a loss returns is then what the rule of σ says on the kink; for relu and p > 1 it is
    the limit of the gradients as the biases of layer l come from below by ε_l, ε_1 ≪ ε_2 ≪ …, one side of
    several. Such θ have measure zero, but a start
    with biases 0 can be one (docs/errata.md, Theorem 1).

    Parameters
    ----------
    model : MLP
    theta : array_like, shape (P,)
    x : array_like, shape (N, d)

    Returns
    -------
    ndarray of bool, shape (N,)

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, or an activation of finite smoothness that does not state its `kinks`.

    Examples
    --------
    >>> nodes_on_kinks(MLP((1, 1, 1), "relu"), [1.0, -0.5, 1.0, 0.0], [0.0, 0.5, 1.0])     # max(x − ½, 0)
    array([False,  True, False])
    """
    if not isinstance(model, MLP):
        raise TypeError(f"model: got {type(model).__name__}, takes an MLP")
    sigma = model.activation
    if np.isfinite(sigma.smoothness) and not sigma.kinks:
        raise ValueError(
            f"model: got the activation {sigma.name!r} of smoothness {sigma.smoothness:g}, which states "
            "no kinks; takes an Activation with kinks="
        )
    theta = as_real_vector("theta", theta, model.n_parameters)
    nodes = as_nodes("x", as_real_array("x", x), model.d)
    T = taylor_algebra(model.d, 0)
    _, tape = model.forward(theta, T.variables(nodes), T)
    on_kink = [np.isin(z[0], sigma.kinks).any(axis=1) for z in tape.z]  # of (N,)
    return np.asarray(np.any([np.zeros(len(nodes), bool), *on_kink], axis=0))


def weak_derivative_defect(
    u: Callable[[Array], Array],
    v: Callable[[Array], Array],
    test: Callable[[Array], Array],
    test_slope: Callable[[Array], Array],
    pieces: list[Quadrature],
) -> float:
    """∫ u φ′ dx + ∫ v φ dx, which is 0 for all test functions φ exactly if v is the weak derivative of u.

    Parameters
    ----------
    u, v : callable
        The function, and what may be its weak derivative; both take and return arrays.
    test, test_slope : callable
        φ and φ′, which both are zero at the ends of the interval.
    pieces : list of Quadrature
        Rules on the intervals between the kinks of u, so that each integrand is smooth.

    Returns
    -------
    float
        The sum of the two integrals.

    See Also
    --------
    check_derivatives : A model's derivatives, held against differences.

    Examples
    --------
    The weak derivative of |x| is sign(x); there is no classical one at 0:

    >>> from sobolev_ref import gauss_legendre
    >>> pieces = [gauss_legendre([(-1, 0)], 12), gauss_legendre([(0, 1)], 12)]
    >>> bump = lambda x: (1 - x**2) ** 2 * (1 + x)
    >>> slope = lambda x: (1 - x**2) ** 2 - 4 * x * (1 - x**2) * (1 + x)
    >>> abs(weak_derivative_defect(np.abs, np.sign, bump, slope, pieces)) < 1e-15
    True
    """
    pieces = as_sequence("pieces", pieces, "a list of Quadrature")
    if not pieces:
        raise ValueError("pieces: got an empty list, takes at least one Quadrature")
    for i, rule in enumerate(pieces):
        if not isinstance(rule, Quadrature) or rule.d != 1:
            raise TypeError(
                f"pieces[{i}]: got {type(rule).__name__}, takes a Quadrature on an interval"
            )

    def integrand(x: Array) -> Array:
        by_u = as_values("u", u, x) * as_values("test_slope", test_slope, x)
        return np.asarray(by_u + as_values("v", v, x) * as_values("test", test, x))

    return float(sum(rule.integrate(integrand) for rule in pieces))
