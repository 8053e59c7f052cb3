"""How a run ended: one meaning of success for every method, and the table that a result prints as.

Success is SciPy's: the returned θ is stationary by a test that the message names, or rounding hides what a
further step could bring. A limit, a callback's `StopIteration` and Ctrl-C are no success.

    status    success    the run ended because
         0    True       ‖∇L‖₂ is at most gtol; where no gtol is given, at most 1e−8 of its size at the
                         start, and no step along −∇L brings more than 100 ε of the size of the loss:
                         of L(0) or L(θ_0), the lesser, S, or of L(θ) if that is more or L is no
                         `Loss`; for p > 2 of (p/2) S^{2/p} L^{1−2/p}, if that is less
         3    True       rounding hides what a step along −∇L could bring, see below, and p ≥ 2; or a
                         hundred iterations changed the loss by at most 100 ε of that size
         1    False      of a limit of iterations or evaluations
         2    False      loss, gradient or θ was no longer finite
         4    False      the method found no further step, and neither of the two tests above holds, or
                         `fit` ended above the loss at the start
        98    False      of the time limit
        99    False      a callback raised StopIteration
       130    False      of Ctrl-C

The test for rounding asks the loss itself. Let δ be its rounding. A step along −∇L of the length that should
bring 400 δ, were L linear, brings nothing, and its mirror image shows that the gradient is one of L:

    η = 400 δ/‖∇L‖²,    L(θ − η∇L) ≥ L(θ),    L(θ + η∇L) ≥ L(θ) + 200 δ

For p < 2 it is no sign of a minimum: along one ray a valley with kinks hides the way down. For a quadratic
this says that the best step along −∇L brings at most 100 δ. A gradient of the wrong sign, or of another
function, fails the second condition.

Where parameters have units as unlike as those of x in Hz and of a constant, ‖∇²L‖ is so large that no step
along −∇L brings anything. So steps of the parts of θ are tried as well: of each layer's W, by inputs in the
first layer and by outputs in the last, and of its b. Where one of them lowers the loss by a thousandth of its
size, the run is no success.
"""

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from .._typing import Array
from ..losses.loss import Loss, Ridge, parts_of
from ..losses.pointwise import PointwiseLoss

CONVERGED, EXHAUSTED, DIVERGED, ROUNDED, STUCK = 0, 1, 2, 3, 4
OUT_OF_TIME, STOPPED, INTERRUPTED = 98, 99, 130
EPSILON = float(np.finfo(float).eps)
SMALL = 1e-8  # of ‖∇L‖ at the start
NOTHING = 100 * EPSILON  # of the size of the loss, which a step may bring at a stationary point
VANISHED = float(np.finfo(float).tiny) / EPSILON  # below it numbers have fewer and fewer digits
BY_CALLBACK = "callback raised StopIteration"
HIDDEN = "rounding hides what a step along -∇L could bring"
UNSOUND = "but by ∇L the loss should still fall"
STIFF = (
    "but steps of some parameters alone lower the loss, as their units are too unlike for steps of all; "
    "take data in units in which they are near 1, as Standardizer.loss does"
)
AT_A_KINK = "and for p = 1 ∇L does not tell a minimum; where the model is linear, solve_convex does"


class Result(OptimizeResult):  # type: ignore[misc]  # SciPy brings no types
    """SciPy's `OptimizeResult`, which prints as a table.

    Examples
    --------
    >>> print(ended(EXHAUSTED, "maxiter = 3 steps done", np.ones(1), 1.0, np.array([2.0]), nit=3))
    loss         1
    ‖∇L‖         2
    iterations   3
    success      False (status 1)
    why          maxiter = 3 steps done; ‖∇L‖ = 2, loss = 1
    """

    def __repr__(self) -> str:
        rows = []
        if "method" in self:
            rows += [("method", self.method + f" (picked: {self.picked})" * bool(self.picked))]
        rows += [("loss", f"{self.fun:.6g}")]
        rows += [(f"  {name}", f"{term:.6g}") for name, term in self.get("terms", {}).items()]
        rows += [("‖∇L‖", f"{norm(self.jac):.3g}"), ("iterations", f"{self.nit}")]
        if "nfev" in self:
            rows += [("evaluations", f"{self.nfev}")]
        if "time_history" in self:
            rows += [("seconds", f"{self.time_history[-1]:.3g}")]
        if "rank" in self:
            rows += [("rank", f"{self.rank}"), ("condition", f"{self.condition:.3g}")]
        rows += [("success", f"{self.success} (status {self.status})"), ("why", self.message)]
        width = max(11, *(len(name) for name, _ in rows))
        return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)

    __str__ = __repr__


def ended(status: int, why: str, x: Array, fun: float, jac: Array, **more: Any) -> Result:
    """The result of a run that ended for this reason, at θ with this loss and gradient."""
    return Result(
        x=x,
        fun=fun,
        jac=jac,
        success=status in (CONVERGED, ROUNDED),
        status=status,
        message=f"{why}; ‖∇L‖ = {norm(jac):.3g}, loss = {fun:.6g}",
        **more,
    )


def norm(gradient: Array) -> float:
    """‖∇L‖₂, also where its square would overflow or underflow."""
    largest = float(np.abs(gradient).max())
    usual = 0 < largest < np.inf
    return largest * float(np.linalg.norm(gradient / largest)) if usual else largest


def refuse_underflow(loss: Loss, theta: Array, value: float) -> None:
    """Refuse a start whose loss is 0, or nearly, as its powers |r|^p are below float64, and not its r.

    Every test of this module would take it for a minimum. An r that is rounding of the data's size passes,
    and one of data that are 0.
    """
    if value >= np.finfo(float).tiny:
        return
    sums = np.zeros(2)  # of |r|, here and at θ = 0
    for part in map(copy, parts_of(loss)):
        if isinstance(part, PointwiseLoss):
            vars(part).update(p=1.0)
            sums += [part(theta)[0], part(np.zeros_like(theta))[0]]
    if sums[0] > NOTHING * sums[1] > 0:
        raise ValueError(
            f"theta: got a start whose loss is {value:.3g}, as powers of its residuals are below float64; "
            "takes data or weights in other units, such as those of Standardizer.loss"
        )


def hidden_by_rounding(
    loss: Callable[[Array], float], theta: Array, value: float, g: Array, size: float
) -> bool:
    """Whether rounding hides what a step along −∇L could bring.

    δ is ε times the size of the loss, or the change that one unit in the last place of θ makes if that
    is more: residuals that are small differences of large numbers have larger errors than their loss. No
    step that lowers the loss by a thousandth of its size is hidden, whatever an ulp of the largest θ_j does.

    Examples
    --------
    >>> valley = lambda t: 1 + float(t @ t)
    >>> [hidden_by_rounding(valley, t, valley(t), 2 * t, 1.0) for t in (np.ones(2), 1e-9 * np.ones(2))]
    [False, True]
    >>> uphill = np.ones(2), 3.0, -2 * np.ones(2), 1.0                       # the wrong sign
    >>> hidden_by_rounding(valley, *uphill)
    False
    """
    length = norm(g)
    if length == 0:
        return True
    unit = g / length
    with np.errstate(over="ignore", invalid="ignore"):
        moved = [loss(np.nextafter(theta, bound)) for bound in (-np.inf, np.inf)]
        delta = max(EPSILON * max(size, abs(value)), *(abs(near - value) for near in moved))
        step = 400 * delta / length
        here = loss(theta)  # as it is rounded there, not as a method has summed it
        down, up = loss(theta - step * unit), loss(theta + step * unit)
        descends = falls_along(loss, theta, here, g, 1e-3 * max(size, here))
    return bool(down >= here and up >= here + 200 * delta) and not descends


def falls_along(
    loss: Callable[[Array], float], theta: Array, value: float, g: Array, enough: float
) -> bool:
    """Whether a step along −g that should bring L, L/4, …, or L/4⁷, were L linear, brings enough."""
    length = norm(g)
    reached = [loss(theta - step * (g / length)) for step in value / length * 0.25 ** np.arange(8)]
    return any(value - there > enough for there in reached if np.isfinite(there))


def parts_of_theta(loss: Any, P: int) -> list[Array]:
    """The positions in θ of parts that may have units of their own; none for a loss without a model.

    Examples
    --------
    >>> from sobolev_ref import MLP, Quadrature, SobolevLoss
    >>> loss = SobolevLoss(MLP((2, 1, 1)), np.hypot, Quadrature([[3.0, 4.0]], [1.0]))
    >>> [part.tolist() for part in parts_of_theta(loss, 5)]
    [[0], [1], [2], [3], [4]]
    """
    model = next((part.model for part in parts_of(loss) if hasattr(part, "model")), None)
    if model is None:
        return []
    layers = model.unpack(np.arange(P, dtype=float))
    parts = list[Array]()
    for i, (W, b) in enumerate(layers):
        is_first, is_last = i == 0 and W.shape[1] == model.d, i == len(layers) - 1
        parts += [*W.T] if is_first else []
        parts += [*W, *b[:, None]] if is_last else [b] if is_first else [W.ravel(), b]
    return [part.astype(int) for part in parts if part.size]


def parts_lower(loss: Any, theta: Array, value: float, g: Array, size: float) -> bool:
    """Whether a step of one part of θ along −∇L lowers the loss by a thousandth of its size."""
    enough = 1e-3 * max(size, abs(value))
    with np.errstate(all="ignore"):
        for part in parts_of_theta(loss, len(theta)):
            own = np.zeros_like(theta)
            own[part] = g[part]
            if own.any() and falls_along(lambda t: float(loss(t)[0]), theta, value, own, enough):
                return True
    return False


def still_falls(
    loss: Callable[[Array], float], theta: Array, value: float, g: Array, size: float
) -> bool:
    """Whether a step along −∇L lowers the loss by more than 100 ε of its size.

    The steps that are tried promise that size, a quarter of it, and so on down to that share: of a
    convex loss none of them brings more than it promises.

    Examples
    --------
    >>> valley = lambda t: 1 + float(t @ t)
    >>> [still_falls(valley, t, valley(t), 2 * t, 1.0) for t in (np.ones(2), 1e-8 * np.ones(2))]
    [True, False]
    """
    promised, length = max(size, abs(value)), norm(g)
    enough = NOTHING * promised
    with np.errstate(all="ignore"):
        while promised > enough and length > 0:
            if value - loss(theta - promised / length * (g / length)) > enough:
                return True
            promised /= 4
    return False


def size_of(loss: Loss, start: float) -> Callable[[float], float]:
    """The size of a loss where it has a value, in its unit; ε times it is its rounding.

    It is S: the loss at the start, or at θ = 0, where models are 0, if that is less. A start far out has a
    loss that says nothing of the rounding near the minimum. For p > 2 the rounding falls with the loss: it is
    ε S^{2/p} of L^{2/p} = ‖r‖_p², as it is of the square for p = 2, and so ε (p/2) S^{2/p} L^{1−2/p} of L.
    """
    with np.errstate(all="ignore"):
        at_zero = float(loss(np.zeros(loss.n_parameters))[0])
    size = min(start, at_zero) if np.isfinite(at_zero) else start
    powers = [getattr(part, "p", 2.0) for part in parts_of(loss) if not isinstance(part, Ridge)]
    p: float = min(powers, default=2.0)

    def at(value: float) -> float:
        if p <= 2 or not 0 <= value < size:
            return size
        return float(min(size, p / 2 * size ** (2 / p) * value ** (1 - 2 / p)))

    return at


def terms_of(loss: Any, theta: Array) -> dict[str, float]:
    """What each term adds to the loss: λ_ρ ‖r_ρ‖_p^p by its α or the number of its equation, or a part whole.

    Examples
    --------
    >>> from sobolev_ref import Ridge
    >>> terms_of(Ridge(1.0, 2) + Ridge(2.0, 2), np.ones(2))
    {'1: Ridge(1, 2)': 1.0, '2: Ridge(2, 2)': 2.0}
    """
    parts: tuple[Any, ...] = parts_of(loss)
    found: dict[str, float] = {}
    for number, part in enumerate(parts, 1):
        prefix = f"{number}: " if len(parts) > 1 else ""
        if isinstance(part, PointwiseLoss):
            weighted = zip(part.terms(theta).items(), part.weights)
            found.update({f"{prefix}{a}": float(lam * term) for (a, term), lam in weighted})
        elif len(parts) > 1:
            name = repr(part) if isinstance(part, Ridge) else type(part).__name__
            found[prefix + name] = part(theta)[0]
    return found
