"""Definition 6: a Lipschitz constant L of ∇L(θ), and what kind of number it is.

    (D6)  ‖∇L(θ₁) − ∇L(θ₂)‖ ≤ L ‖θ₁ − θ₂‖

For C² losses L is the largest ‖∇²L‖₂ on the set in question, if it is convex. Only three roads lead to a
number:

    exact      For u_θ linear in θ and p = 2 the loss is ‖r‖² with a constant J = ∂r/∂θ, and L = 2 σ_max(J)².
    certified  For an MLP and p = 2, on the ball ‖θ − θ₀‖ ≤ ρ, `certificate` derives an upper bound.
    estimate   For everything else there is the largest |eigenvalue| of the Hessian at points (`hessian`), or
               a secant. Both are lower bounds, good in practice and no proof of anything. Where σ is not
               C^{k+1,1}, as a ReLU for values, ∇L jumps as a node crosses a kink, and no L bounds it.

`Ridge` adds μ to every eigenvalue. A sum of losses that are quadratic in θ is exact as one of them is; else
the constants of the parts, on the same ball, add up to a certificate. Outside its ball, or for another loss,
it claims nothing: `Lipschitz.on` and `descent_lemma` make an estimate of it. A number that `lipschitz` has
not found, as where a field was replaced, prints as the caller's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_integer,
    as_nonnegative,
    as_real,
    as_real_array,
    as_real_vector,
    as_sequence,
    as_text,
    as_word,
    refused,
    rounded_up,
)
from .._typing import Array
from ..integrals.rules import gauss_legendre
from ..losses.loss import Loss, Ridge, as_loss, parts_of
from ..losses.pointwise import PointwiseLoss
from ..losses.residual import ResidualLoss
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..models.mlp import MLP
from ..models.scaled import ScaledModel
from .certificate import LARGER, certified, slack
from .fourier_loss import FourierLoss
from .hessian import spectral_norm

JUMPS = ", but ∇L jumps where a node crosses a kink of σ, and no constant bounds it"
SIGNS = {"exact": "=", "certified": "<=", "estimate": "~"}  # kind of number, how it stands to L


@dataclass(frozen=True)
class Lipschitz:
    """A Lipschitz constant with its kind, which is printed with it, and the ball that it holds on.

    Attributes
    ----------
    value : float
        L, in the units of the loss over the square of θ's.
    kind : str
        "exact", "certified" (an upper bound) or "estimate".
    how : str
        How it was found, and where.
    center : ndarray, shape (P,), optional
        θ₀, the centre of the ball; needed for a ball of finite radius.
    radius : float, optional
        ρ, needed for a certificate; `math.inf` is everywhere. An exact one holds everywhere by default.
    derivative_bounds : tuple of float
        M_0, M_1, …, the bounds of the activation's derivatives that `lipschitz` took for a certificate; for
        a sum, those of its part of highest order.
    loss : Loss or None
        The loss for which `lipschitz` has found it; None for a number of the caller's own, and for one of
        whose fields another was given.

    See Also
    --------
    lipschitz : The function that returns it.

    Examples
    --------
    >>> print(Lipschitz(2.5, "exact", "largest eigenvalue of a constant Hessian"))
    L = 2.5 (exact by the caller: largest eigenvalue of a constant Hessian)
    """

    value: float
    kind: str
    how: str
    center: Array | None = field(default=None, compare=False)
    radius: float | None = None
    derivative_bounds: tuple[float, ...] = ()
    loss: Loss | None = field(default=None, init=False, compare=False)

    def __post_init__(self) -> None:
        as_real("value", self.value, above=0)
        as_word("kind", self.kind, *SIGNS)
        as_text("how", self.how)
        if self.radius is not None:
            as_nonnegative("radius", self.radius)
        elif self.kind == "certified":
            raise ValueError(
                "radius: got none, but a certificate takes its ball, center and radius"
            )
        if self.center is not None:
            center = as_real_array("center", self.center).copy()
            if center.ndim != 1 or center.size == 0:
                raise ValueError(f"center: got shape {center.shape}, takes shape (P,)")
            center.setflags(write=False)
            object.__setattr__(self, "center", center)
        elif self.radius is not None and self.radius < np.inf:
            raise ValueError("center: got none, but a ball of finite radius takes one")
        bounds = as_sequence("derivative_bounds", self.derivative_bounds, "a tuple of numbers >= 0")
        bounds = [as_nonnegative(f"derivative_bounds[{n}]", M) for n, M in enumerate(bounds)]
        object.__setattr__(self, "derivative_bounds", tuple(bounds))

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        whose = " by the caller" if self.loss is None and self.kind != "estimate" else ""
        value = rounded_up(self.value, 6) if self.kind == "certified" else self.value
        return f"L {SIGNS[self.kind]} {value:.6g} ({self.kind}{whose}: {self.how})"

    def on(self, point: ArrayLike, reach: float = 0.0) -> Lipschitz:
        """Itself where its ball holds all points so near to this one; elsewhere an estimate.

        Parameters
        ----------
        point : array_like, shape (P,)
        reach : float, default 0

        Examples
        --------
        >>> ball = Lipschitz(3.0, "certified", "by hand", center=[0.0, 1.0], radius=0.5)
        >>> print(ball.on([0.3, 1.4]))
        L <= 3 (certified by the caller: by hand)
        >>> print(ball.on([0.0, 2.0]))
        L ~ 3 (estimate: by hand; outside its ball)
        """
        reach = as_nonnegative("reach", reach)
        if self.kind == "estimate" or self.center is None or self.radius is None:
            return self
        with np.errstate(over="ignore"):  # infinitely far
            distance = np.linalg.norm(
                as_real_vector("point", point, len(self.center)) - self.center
            )
        inside = distance + reach <= self.radius + slack(self.center, self.radius)
        return self if inside else self.estimate("outside its ball")

    def estimate(self, why: str) -> Lipschitz:
        """The same number, which claims nothing, with the reason.

        Examples
        --------
        >>> print(Lipschitz(2.0, "exact", "by hand").estimate("not of this loss"))
        L ~ 2 (estimate: by hand; not of this loss)
        """
        if self.kind == "estimate":
            return self
        return replace(self, kind="estimate", how=f"{self.how}; {as_text('why', why)}")


def lipschitz(
    loss: Loss,
    theta: ArrayLike | None = None,
    other: ArrayLike | None = None,
    *,
    radius: float | None = None,
    method: str = "hessian",
    n: int = 8,
) -> Lipschitz:
    """A Lipschitz constant of the gradient of a Sobolev loss, Definition 6.

    Parameters
    ----------
    loss : SobolevLoss, or a sum with `Ridge` or with more of the kind
        Of models linear in θ with p = 2: L = 2 σ_max(J)² is exact, and needs nothing more.
    theta : array_like, shape (P,), optional
        Of any other model: where. Alone, the largest |eigenvalue| of ∇²L(θ), an estimate.
    other : array_like, shape (P,), optional
        The other end of a segment from θ: the largest of n Gauss points on it, an estimate.
    radius : float, optional
        ρ: a certificate on the ball of that radius about θ, for p = 2 and an MLP of any depth, in other units
        or not, whose activation has `derivative_bounds`. How sharp it is: docs/certificates.md.
    method : {"hessian", "secant"}
        "secant": ‖∇L(θ) − ∇L(other)‖ / ‖θ − other‖, an estimate that works for every p.
    n : int
        Points on a segment.

    Returns
    -------
    Lipschitz

    Raises
    ------
    TypeError, ValueError
        For p < 2 (a sum over nodes has none where one of them has r = 0 and ∇_θ r ≠ 0; a secant can still be
        measured), a certificate where none is known, or an unusable argument.

    See Also
    --------
    descent_lemma : What it is for.
    sharpness : The Hessian's norm at one θ.
    provable_step : The step that it proves.

    Examples
    --------
    >>> from sobolev_ref import gauss_legendre
    >>> model = LinearModel.polynomial(0, [(0, 1)])           # u = θ: L(θ) = ∫ (θ − f)²
    >>> loss = SobolevLoss(model, np.sin, gauss_legendre([(0, 1)], 4))
    >>> print(lipschitz(loss))
    L = 2 (exact: largest eigenvalue of the constant Hessian)
    >>> float(lipschitz(loss + Ridge(0.5, 1)))
    2.5
    """
    parts = parts_of(as_loss(loss))
    as_word("method", method, "hessian", "secant")
    n = as_integer("n", n, minimum=1)
    start = None if theta is None else as_real_vector("theta", theta, loss.n_parameters)
    end = None if other is None else as_real_vector("other", other, loss.n_parameters)
    if radius is not None:
        radius = as_real("radius", radius, above=0)
        if end is not None or method == "secant":
            raise ValueError(
                "radius: got a ball, but other and a secant ask for a segment; takes one of them"
            )
    if method == "hessian" and all(map(is_quadratic, parts)):
        how = "largest eigenvalue of the constant Hessian"
        return _made(loss, _of_quadratic(*parts), "exact", how)
    if start is None:
        raise ValueError(
            "theta: needed, unless each part is a Ridge, or a SobolevLoss or ResidualLoss with p = 2 of a "
            "linear model; of the gradients of other losses no global Lipschitz constant is known, and that "
            "of a network's has none (docs/errata.md)"
        )
    if radius is not None:
        how = f"on the ball of radius {radius:.3g} about theta"
        found = [_on_ball(part, start, radius) for part in parts]
        bounds = max((M for _, M, _ in found), key=len)
        L = sum(value for value, _, _ in found)
        how += "".join(dict.fromkeys(whose for _, _, whose in found))
        return _made(loss, L, "certified", how, start, radius, bounds)
    if end is None:
        if method == "secant":
            raise ValueError("other: needed for a secant")
        return _made(loss, spectral_norm(loss, start), "estimate", "largest |eigenvalue| at theta")
    if method == "secant":
        return _made(loss, _secant(loss, start, end), "estimate", "a secant")
    points = gauss_legendre([(0, 1)], n).nodes[:, 0]
    L = max(spectral_norm(loss, start + t * (end - start)) for t in points)
    how = f"largest |eigenvalue| at {len(points)} points of a segment"
    return _made(loss, L, "estimate", how)


def _made(loss: Loss, value: float, kind: str, how: str, *ball: Any) -> Lipschitz:
    """The constant that was found for a loss; a certificate has its centre, its radius, and its M_n."""
    if kind == "estimate" and has_jumps(loss):
        how += JUMPS
    if not np.isfinite(value):
        raise ValueError(
            "loss: its Hessian, or the bound of it, is beyond float64; takes other units, or a smaller radius"
        )
    found = Lipschitz(float(value), kind, how, *ball)
    object.__setattr__(found, "loss", loss)  # as it has just been found for it
    return found


def is_quadratic(part: Loss) -> bool:
    """Whether ∇² of a loss is the same at every θ; a subclass may be anything."""
    if type(part) is Ridge:
        return True
    if not (type(part) is SobolevLoss or type(part) is ResidualLoss) or part.p != 2:
        return False
    model = part.model
    while type(model) is ScaledModel:
        model = model.scaled
    return type(model) is LinearModel or (type(model) is MLP and len(model.widths) == 2)


def has_jumps(loss: Loss) -> bool:
    """Whether ∇L may jump: σ is not C^{k+1,1}, and its kinks move with θ."""
    return any(
        isinstance(part, PointwiseLoss | FourierLoss)
        and part.model.smoothness < part.order + 1
        and not is_quadratic(part)
        for part in parts_of(loss)
    )


def _of_quadratic(*parts: Loss) -> float:
    """2 σ_max(J)² of the constant Jacobian J of ‖r‖², whose Hessian is 2JᵀJ, and μ for a `Ridge` of one μ."""
    scalar = [part for part in parts if isinstance(part, Ridge) and np.ndim(part.mu) == 0]
    mu = sum(float(np.max(part.mu)) for part in scalar)
    zero = np.zeros(parts[0].n_parameters)
    others = [part for part in parts if part not in scalar]
    if not others:
        return mu
    with np.errstate(over="ignore", invalid="ignore"):  # what is beyond float64 is refused later
        J = np.concatenate([part.jacobian(zero) for part in others])  # (R, P)
        if not np.isfinite(J).all():
            return np.inf
        sigma = np.linalg.svd(J, compute_uv=False)
        return float(mu + 2 * sigma.max(initial=0.0) ** 2)


def _on_ball(part: Loss, theta: Array, rho: float) -> tuple[float, tuple[float, ...], str]:
    """What one part of a loss adds to a certificate, and what that rests on, as of `certified`."""
    if is_quadratic(part):
        return _of_quadratic(part) * (1 + LARGER), (), ""
    if type(part) is not SobolevLoss:
        raise TypeError(refused("loss", part, "SobolevLoss and Ridge themselves for a certificate"))
    return certified(part, theta, rho)


def _secant(loss: Loss, theta: Array, other: Array) -> float:
    """‖∇L(θ) − ∇L(other)‖ / ‖θ − other‖, which no L of (D6) is below."""
    distance = np.linalg.norm(other - theta)
    if distance == 0:
        raise ValueError("other: equals theta, so there is no secant")
    return float(np.linalg.norm(loss(other)[1] - loss(theta)[1]) / distance)  # (D6)


def as_lipschitz(constant: Any) -> Lipschitz:
    """A constant with its kind."""
    if not isinstance(constant, Lipschitz):
        raise TypeError(refused("constant", constant, "a Lipschitz, which says what kind it is"))
    return constant
