"""The true integral of a network's error, not a sum over nodes: what makes the sup-norm certificate one.

N(v)² = ∫ (v² + λ v′²) dx over an interval, which is cut into cells of half-length h with centres c. On each
cell e = u_θ − u is p + R, p Taylor's polynomial of degree q at c, and with t = x − c

    |R| ≤ E |t|^{q+1},   |R′| ≤ (q + 1) E |t|^q,   E ≥ sup |e^{(q+1)}| / (q + 1)!  on the cell.

N is a norm of pairs (v, v′) in L², so that

    (Q2)  |N(e) − N(p)| ≤ N(R) ≤ (Σ_cells E²)^{1/2} (2h^{2q+3}/(2q+3) + λ (q+1)² 2h^{2q+1}/(2q+1))^{1/2}

and |N(e)² − N(p)²| ≤ 2 N(p) N(R) + N(R)². N(p) is known: the coefficients of p are jets of u_θ and u at c,
and Gauss' rule with q + 1 points is exact for p² and p′². E is a bound of u_θ's derivative plus one of u's.
That of u_θ is a majorant (`majorants`): to move x within a cell is to change the bias of the first layer by
W_1 t. That of u is given, as sup |sin| = 1 is, or found by interval jets (V1). N(R) falls like h^q, and
cells are halved until it is small.

So three errors come apart: *training*, the sum that was minimised; *quadrature*, how far that sum is from the
integral; *generalisation*, sup |e| between the nodes, which (I1) bounds by the integral.

Coefficients at c have rounding errors, which are added to R: of u_θ at most 10⁻¹⁰ of their majorants, and of
u what the interval jet at c allows; where bounds of u are given, 10⁻¹⁰ of the coefficients themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_bounds,
    as_function,
    as_positive,
    as_real_vector,
    as_values,
    refused,
    rounded_up,
    shown,
)
from .._typing import Array
from ..integrals.rules import gauss_legendre
from ..integrals.targets import target_derivatives
from ..jets.algebra import taylor_algebra
from ..jets.intervals import coefficient_range
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP, Tape
from .certificate import stated_bounds, try_bounds, whose_bounds
from .inequalities import sup_norm_certificate
from .majorants import MARGIN, majorant

DEGREE = 4  # q
FIRST_CELLS, MOST_CELLS = 64, 2**14

TargetBounds = Callable[[int, Array, Array], ArrayLike]


@dataclass(frozen=True)
class CertifiedIntegral:
    """∫ (e² + λ e′²) dx to within a proved error, and what follows.

    `certified_integral` makes it; one with other numbers prints as the caller's own.

    Attributes
    ----------
    training : float
        The sum over the loss's own nodes that stands for the integral.
    value, error : float
        The integral is value ± error.
    length, weight : float
        ℓ and λ.
    cells : int
    given : str
        What the proof takes at its word, such as bounds of the target.
    proved : bool
        Whether `certified_integral` has found these numbers.
    """

    training: float
    value: float
    error: float
    length: float
    weight: float
    cells: int
    given: str = ""
    proved: bool = field(default=False, init=False)

    @property
    def quadrature(self) -> float:
        """How far the training sum is from the integral, at most."""
        return abs(self.training - self.value) + self.error

    @property
    def sup(self) -> float:
        """sup |e|, at most, between the nodes as well: (I1) of value + error."""
        return sup_norm_certificate(self.value + self.error, self.length, self.weight)

    def __repr__(self) -> str:
        quadrature, sup = rounded_up(self.quadrature, 2), rounded_up(self.sup, 3)
        integral = rounded_up(self.value + self.error, 5)
        return ("" if self.proved else "by the caller: ") + (
            f"training {self.training:.4e}, quadrature <= {quadrature:.1e}, so that "
            f"∫(e² + λe′²) <= {integral:.4e} and sup |e| <= {sup:.3g}{self.given}"
        )


def certified_integral(
    loss: SobolevLoss,
    theta: ArrayLike,
    target: Callable[..., ArrayLike],
    bounds: ArrayLike,
    *,
    target_bounds: TargetBounds | None = None,
    tolerance: float = 0.01,
) -> CertifiedIntegral:
    """The integral that a loss of order 1 stands for, on an interval, with a proved error (Q2).

    ∫ (e² + λ e′²) dx, e = u_θ − u, λ = λ_1/λ_0.

    Parameters
    ----------
    loss : SobolevLoss
        Of an `MLP` with one input and output, of order 1, p = 2, without gaps.
    theta : array_like, shape (P,)
    target : callable
        u, the function that the loss was made with.
    bounds : array_like, shape (1, 2)
        [(a, b)], the interval that the loss's rule is for.
    target_bounds : callable, optional
        (n, lower, upper) ↦ a bound of |u⁽ⁿ⁾| on each of the intervals [lower, upper], which are arrays of
        shape (cells,), or one number for all of them. It is taken at its word, as the print says. By default
        the bounds are those of interval jets, for a u of arithmetic, powers, roots, exp, log, sin, cos, tan,
        arctan and the hyperbolic functions sinh, cosh, tanh and arsinh.
    tolerance : float, default 0.01
        Cells are halved until the error is at most so much of the value, or there are 16,384.

    Returns
    -------
    CertifiedIntegral

    Raises
    ------
    TypeError, ValueError
        For another loss, a target that is not the loss's own, or one that needs `target_bounds`.

    See Also
    --------
    sup_norm_certificate : What it makes true of the integral.

    Examples
    --------
    >>> from sobolev_ref import MLP
    >>> net = MLP((1, 8, 1))
    >>> loss = SobolevLoss(net, np.sin, gauss_legendre([(0, 3)], 12))
    >>> found = certified_integral(loss, net.init(0), np.sin, [(0, 3)])
    >>> found.quadrature < 1e-6 * found.value
    True
    """
    net, M = _as_network(loss)
    theta = as_real_vector("theta", theta, loss.n_parameters)
    as_function("target", target)
    if target_bounds is not None:
        as_function("target_bounds", target_bounds, "None or a function of n, lower and upper")
    tolerance = as_positive("tolerance", tolerance)
    if not np.array_equal(target_derivatives(target, loss.rule.nodes, 1), loss.target_values):
        raise ValueError("target: got another function than the loss was made with, or data")
    box, (first, second) = as_bounds(bounds), loss.weights
    if len(box) != 1 or not (
        box[0, 0] <= loss.rule.nodes.min() <= loss.rule.nodes.max() <= box[0, 1]
    ):
        raise ValueError(
            f"bounds: got {shown(box.tolist())}, takes one interval that holds the loss's nodes"
        )
    lower, upper = box[0].tolist()
    length, weight = upper - lower, float(second / first)
    training = float(loss(theta)[0] / first * length / loss.rule.weights.sum())
    cells = FIRST_CELLS
    while True:
        norm, rest = _norms(net, theta, target, target_bounds, M, (lower, upper), cells, weight)
        error = (2 * norm + rest) * rest
        if error > tolerance * norm**2 and cells < MOST_CELLS:
            cells *= 2
        elif error < math.inf:
            given = whose_bounds(net.activation)
            if target_bounds is not None:
                given += ", by the target_bounds given"
            found = CertifiedIntegral(training, norm**2, error, length, weight, cells, given)
            object.__setattr__(found, "proved", True)
            return found
        else:
            raise ValueError(
                f"target_bounds: on some of {cells:,} cells no derivative of order {DEGREE + 1} is bounded, "
                "takes a target for which all are, or bounds that are known"
            )


def _as_network(loss: SobolevLoss) -> tuple[MLP, tuple[float, ...]]:
    """The network of a loss that (Q2) is for, and M_0, …, M_{q+2}."""
    takes = "a SobolevLoss of order 1, p = 2, of an MLP with one input and output"
    if type(loss) is not SobolevLoss or type(loss.model) is not MLP:
        raise TypeError(refused("loss", loss, takes))
    net = loss.model
    fits = (loss.order, loss.p, net.d, net.m) == (1, 2, 1, 1) and (loss.weights > 0).all()
    if not fits:
        raise ValueError(f"loss: got {loss}, takes {takes}, λ > 0")
    sigma = net.activation
    if sigma.smoothness < DEGREE + 2 or sigma.derivative_bounds is None:
        raise ValueError(
            f"loss: got activation {sigma.name!r}, takes a smooth one with derivative_bounds"
        )
    return net, stated_bounds(sigma, DEGREE + 2)


def _norms(
    net: MLP,
    theta: Array,
    target: Callable[..., ArrayLike],
    target_bounds: TargetBounds | None,
    M: tuple[float, ...],
    ends: tuple[float, float],
    cells: int,
    weight: float,
) -> tuple[float, float]:
    """N(p) and a bound of N(R) on so many cells (Q2)."""
    q, (lower, upper) = DEGREE, ends
    h = (upper - lower) / cells / 2
    c = lower + h * (2 * np.arange(cells) + 1)  # (C,)
    u_theta, within = _network_on_cells(net, theta, c, h, M)  # (q + 2, C) each
    u, rest = _target_on_cells(target, target_bounds, c, h)  # (q + 1, C), (q + 2, C)
    e = u_theta[:-1] - u  # Taylor coefficients at c, (q + 1, C)
    rest[:-1] += MARGIN * within[:-1]  # of R, the coefficients of |t|^j
    rest[-1] += within[-1]

    j = np.arange(q + 2)
    squares = 2 * h ** (2 * j + 1) / (2 * j + 1)  # ∫ t^{2j}
    slopes = j[1:] ** 2 * squares[:-1]  # ∫ (t^j)′²
    of_powers = squares + weight * np.r_[0.0, slopes]  # N(t^j)² on a cell
    N_R = float(np.sqrt((rest**2).sum(axis=1) * of_powers).sum())  # (Q2)

    rule = gauss_legendre([(-h, h)], q + 1)
    powers = rule.nodes ** j[:-1]  # (q + 1 nodes, q + 1)
    p = powers @ e  # (nodes, C)
    p_prime = powers[:, :-1] @ (j[1:-1, None] * e[1:])
    N_p = math.sqrt(float(rule.weights @ (p**2 + weight * p_prime**2).sum(axis=1)))
    return N_p, N_R * (1 + MARGIN) + MARGIN * N_p


def _target_on_cells(
    target: Callable[..., ArrayLike], target_bounds: TargetBounds | None, c: Array, h: float
) -> tuple[Array, Array]:
    """The Taylor coefficients of u at c to degree q, and bounds of their errors and of the next one."""
    factorials = taylor_algebra(1, DEGREE + 1).factorials[:, None]  # (q + 2, 1)
    u = target_derivatives(target, c[:, None], DEGREE)[..., 0] / factorials[:-1]  # (q + 1, C)
    if target_bounds is not None:
        given = as_values("target_bounds", partial(target_bounds, DEGREE + 1), c - h, c + h)  # (C,)
        if (given < 0).any():
            raise ValueError(f"target_bounds: got {given.min():g}, takes bounds >= 0 of |u⁽ⁿ⁾|")
        top = given / factorials[-1]
        return u, np.concatenate([MARGIN * np.abs(u), top[None]])
    try:
        low, high = coefficient_range(target, DEGREE, c, c)
        ends = coefficient_range(target, DEGREE + 1, c - h, c + h)
    except Exception as error:  # of any kind, from a function that has been called with jets
        raise TypeError(
            "target_bounds: got None, takes a function of n, lower and upper for a target that intervals do "
            f"not pass: {error}"
        ) from error
    top = np.abs(ends).max(axis=0)[-1]
    rest = np.concatenate([np.maximum(u - low, high - u), top[None]])
    return u, np.where(np.isnan(rest), np.inf, rest)


def _network_on_cells(
    net: MLP, theta: Array, c: Array, h: float, M: tuple[float, ...]
) -> tuple[Array, Array]:
    """The Taylor coefficients of u_θ at centres c, and bounds of them in cells |x − c| ≤ h; (q + 2, C) each.

    With t = x − c for its input the first layer has the bias W c + b, and W t changes it by ‖W‖h at most.
    """
    T = taylor_algebra(1, DEGREE + 1)
    u, tape = net.forward(theta, T.variables(c[:, None]), T)
    (W, _), *others = tape.layers
    sums = tape.z[0] if tape.z else u
    biases = np.abs(sums[0]).max(axis=0)  # of all cells, (n,)
    inputs = [np.stack([np.zeros_like(tape.a[0][0]), tape.a[0][1]]), *tape.a[1:]]
    moved = Tape([(W, biases), *others], T, inputs, tape.z, tape.s)
    radius = h * float(np.linalg.norm(W))
    radii = np.zeros(len(tape.layers))
    radii[0] = radius
    bounds, reach = majorant(moved, net.activation, M, 1, radius, radii, np.ones(1))
    try_bounds(net.activation, M, reach)
    return u[..., 0], bounds[:, 0]
