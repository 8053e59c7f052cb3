"""Levenberg–Marquardt for L = ‖r‖²: steps of the linearised residuals on a leash (Moré 1978).

The step from θ is the p that minimises ‖r + J p‖ among those with ‖D p‖ ≤ Δ. It is a damped step (N1): that
with ‖y(λ)‖ = Δ, y = D p, or with the least λ where that is short enough. D_j is the largest ‖J_j‖ so far,
so that the units of θ do not matter. Newton's method for 1/‖y(λ)‖ = 1/Δ is, with UᵀU = AᵀA + λI,

    λ ← λ + (‖y‖ − Δ)/Δ · ‖y‖²/‖U⁻ᵀy‖²                                                      (N4)

1/‖y(λ)‖ is concave and rises, so that any λ comes to the left of the solution in one step, and climbs to it
from then on. It goes on until ‖y‖ is within a tenth of Δ.

How good the linear model was, is the ratio of what the step brought to what it promised:

    ρ = (‖r‖² − ‖r₊‖²) / (‖r‖² − ‖r + J p‖²),     ‖r‖² − ‖r + J p‖² = λ‖D p‖² − rᵀJ p          (N5)

The step is taken for ρ > 10⁻⁴. For ρ ≤ ¼ the leash, or ten steps if that is shorter, shrinks by the share of
the step at which the parabola that has ‖r‖² and its slope at θ and ‖r₊‖² at the end of the step is least, a
tenth to a half. For ρ ≥ ¾ it is twice the step. The numerator is (r − r₊)ᵀ(r + r₊), which keeps the digits
that ‖r‖² loses.

Whether Cholesky or QR finds a step is a matter of its condition number, see `damped`. What was computed at θ
serves for all steps from θ. A run that needed QR takes it at the next θ as well, if its last step did.

In processor seconds against MINPACK's, by SciPy, from the same start (one core of an AMD EPYC, R × P of J):

    R × P          steps a second             where
    6,752 × 746    10.0   MINPACK 0.59        d = 3, N = 844, m = 2, (3, 24, 24, 2)
      720 × 277     287   MINPACK 45          water flow, d = 8, N = 80, (8, 12, 12, 1)
      128 × 91    2,520   MINPACK 1,560       a sine, 30 tanh units: medians 4e−13 and 2e−12 after 2 s
      128 × 25    3,390   MINPACK 4,430       e⁻ˣ, 8 tanh units: medians 7e−14 and 5e−14 at the end
"""

from collections.abc import Callable

import numpy as np

from .._typing import Array
from .damped import CONDITION, Linear, Rows, Step
from .ending import CONVERGED, DIVERGED, EPSILON, STUCK, norm

FIRST = 100.0  # Δ at the start, in units of ‖D θ‖ or, near θ = 0, of ‖r‖
TRIES = 30  # of λ: where rounding hides the step's length, Newton's method can go round in a circle
ACCEPTED, POOR, GOOD = 1e-4, 0.25, 0.75  # ρ


def levenberg_marquardt(
    residuals: Callable[[Array], Array],
    rows: Rows,
    theta: Array,
    note: Callable[[Array, float], None],
    scale: Array | None = None,
    gtol: float = 0.0,
    ftol: float = EPSILON,
) -> tuple[int, str]:
    """Minimise ‖r‖² from θ until ‖∇L‖₂ <= gtol, or until no step promises more than ftol ‖r‖².

    Parameters
    ----------
    residuals : callable
        θ to r(θ), shape (R,).
    rows : Rows
        The rows of J and r.
    theta : ndarray, shape (P,)
        The start.
    note : callable
        It is told θ and ‖r‖² after every step that was taken.
    scale : ndarray, shape (P,), optional
        1/D; by default D_j is the largest ‖J_j‖ so far.
    gtol, ftol : float

    Returns
    -------
    status, why
        `ending` has the table; STUCK, and no reason, where no step was left.

    Examples
    --------
    >>> from sobolev_ref import Ridge
    >>> bowl, path = Ridge(2.0, 2), []                                   # θ_1² + θ_2²
    >>> start = np.array([1.0, 2.0])
    >>> levenberg_marquardt(bowl.residuals, Rows.of(bowl, start), start, lambda *at: path.append(at))
    (4, '')
    >>> len(path), path[0][1] < 1e-30
    (1, True)
    """
    r, D = residuals(theta), np.zeros_like(theta)
    length, damping, condition = np.nan, np.inf, 1.0
    while True:
        linear = Linear(rows, theta, by_qr=condition > CONDITION)
        norms, gradient = linear.squares.norms, linear.squares.gradient
        if not (np.isfinite(norms).all() and np.isfinite(gradient).all()):
            return DIVERGED, "diverged: JᵀJ is not finite"
        if not gradient.any():
            return STUCK, ""
        if 2 * norm(gradient) <= gtol:
            return CONVERGED, f"stationary: ‖∇L‖ is at most gtol = {gtol:.3g}"
        D = np.maximum(D, norms) if scale is None else 1 / scale
        D[D == 0] = 1
        least = EPSILON**2 * float(((norms / D) ** 2).sum())
        if np.isnan(length):
            length = FIRST * float(max(np.linalg.norm(D * theta), np.linalg.norm(r)))
        ratio = -np.inf
        while not ratio > ACCEPTED:
            if length == 0:  # the last step, and its leash, underflowed
                return STUCK, ""
            step, damping = leashed(linear, D, length, damping, least)
            p, size = step.y / D, step.length
            slope = float(gradient @ p)
            promised = damping * size**2 - slope
            if not promised > ftol * (r @ r):
                return STUCK, ""
            with np.errstate(all="ignore"):
                new = residuals(theta + p)
                brought = float((r - new) @ (r + new))
            brought = brought if np.isfinite(brought) else -np.inf
            ratio = brought / promised  # (N5)
            if ratio <= POOR:
                shrink = float(np.clip(slope / (brought + 2 * slope), 0.1, 0.5))
                length, damping = shrink * min(length, 10 * size), damping / shrink
            elif ratio >= GOOD:
                length, damping = 2 * size, damping / 2
        theta, r, condition = theta + p, new, step.condition
        note(theta, float(r @ r))


def leashed(
    linear: Linear, D: Array, length: float, damping: float, least: float
) -> tuple[Step, float]:
    """The step of length Δ, to a tenth, by Newton's method from this λ, and its λ; or a shorter one."""
    damping = min(max(damping, least), 1.0)
    step, tries = linear.step(D, damping), 0
    while (
        tries < TRIES
        and step.length > 0
        and abs(step.length - length) > 0.1 * length
        and (step.length > length or damping > least)
    ):
        newton = damping + (step.length - length) / length / step.softness  # (N4)
        damping = max(newton, damping / 1000, least)
        step, tries = linear.step(D, damping), tries + 1
    return step, damping
