"""`solve_convex`: the global minimum for a model linear in θ and any p ≥ 1, with a proof of how near it is.

With one row for each measured Dᵅ at each node, a = (λ_α w_i)^{1/p} Dᵅφ(x_i) and b = (λ_α w_i)^{1/p} Dᵅu(x_i),

    L(θ) = ‖r‖_p^p,  r = Aθ − b,     ∇L = p Aᵀφ_p(r),     ∇²L = p (p − 1) Aᵀ diag(|r|^{p−2}) A

L is convex, and for p > 1 a θ with ∇L = 0 is a global minimum. The curvature in a row is that of p = 2
times (p/2)(p − 1)|r|^{p−2}: for p > 2 it vanishes with the residual, for p < 2 it is infinite there. So
descent has no one good step, while a weighted least-squares problem takes the weights into account:

    (P1)  θ ← θ + t δ,   δ = argmin Σ_i h_i (A_i δ + g_i/h_i)²
          g, h the first and second derivative of (r² + ε²)^{p/2} in r

This is Newton's method, or iteratively reweighted least squares: for ε = 0 the weights are |r|^{p−2}, and
the step that IRLS takes is (p − 1) δ. ε > 0 makes the function smooth and its curvature positive, so that
with t halved until the loss falls enough Newton converges from any start. Then ε goes to 0, each time from
the last minimiser.

How near: for any v ≠ 0 with Aᵀv = 0 and 1/p + 1/q = 1, Hölder's inequality gives, at every θ,

    (P2)  ‖Aθ − b‖_p ≥ |vᵀb| / ‖v‖_q

with equality at the minimum for v = φ_p(r). Take v = φ_p(r) of the θ found, without its part in the range
of A.

For p = 1 the minimum is a linear program, whose dual is max vᵀb over |v_i| ≤ 1 with Aᵀv = 0; θ are its
multipliers. HiGHS solves it, and (P2) with this v and q = ∞ is the proof.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import numpy as np
from scipy.linalg import lstsq, qr, svdvals
from scipy.optimize import linprog

from .._checks import as_positive
from .._typing import Array
from ..integrals.norms import phi
from ..losses.residual import ResidualLoss
from ..losses.sobolev import SobolevLoss
from .ending import CONVERGED, EPSILON, ROUNDED, STUCK, Result, ended
from .linear import as_linear, least, of_cancellation, of_the_rank, smallest_of

STEPS = 60  # of Newton, for each ε
STAGES = 12  # of ε, each a tenth of the last
ARMIJO = 1e-4
CORNER = 1e-7  # how near to ±1 HiGHS leaves what is ±1
SMALLEST = 1e-14  # of the function, what a step may promise and is still taken
HIGHEST = 100.0


def solve_convex(loss: SobolevLoss | ResidualLoss, *, rtol: float = 1e-8) -> Result:
    """The global minimiser of a Sobolev loss of a `LinearModel` for any p from 1 to 100 (P1).

    Parameters
    ----------
    loss : SobolevLoss or ResidualLoss
        Of a `LinearModel`, or a network without hidden layers.
    rtol : float, default 1e-8
        Of the norm L^{1/p}: success asks that the bound (P2) is so near, or that no more than the rounding
        of the residuals, 10 P ε (|b| + |A| |θ|), lies between.

    Returns
    -------
    scipy.optimize.OptimizeResult
        x, fun, jac, success, status, message, nit and `history`, as of any method; `lower_bound`, a number
        that the loss is at no θ below, by (P2) less the rounding of the residuals; `gap`, what is between
        that and the loss in the norm, as a share of it; and `condition`, that of ∇²L at the minimiser,
        infinite where it is singular to rounding, as it may be for p ≠ 2, and NaN for p = 1, where there is
        no ∇²L. `rank` is that of A with columns of length 1, and `dropped` has the positions in θ of the
        columns that depend on the others to rounding; `message` names them. θ is then the shortest of its
        kind, in units of the columns, success speaks of the minimum over the others, and `lower_bound` is 0.

    Raises
    ------
    TypeError
        If the model is not linear in θ.
    ValueError
        For p > 100, and for an unusable argument.

    See Also
    --------
    solve_linear : The same for p = 2, in one step.

    Examples
    --------
    The constants nearest to x² on (0, 1), for p = 1 the median ¼:

    >>> from sobolev_ref import LinearModel, midpoint
    >>> model, rule = LinearModel.polynomial(0, [(0, 1)]), midpoint([(0, 1)], 1001)
    >>> for p in (1, 2, 4):
    ...     fit = solve_convex(SobolevLoss(model, lambda x: x**2, rule, order=0, p=p))
    ...     print(f"p = {p}: {fit.x[0]:.4f}, {fit.success}")
    p = 1: 0.2500, True
    p = 2: 0.3333, True
    p = 4: 0.3959, True
    """
    rtol = as_positive("rtol", rtol)
    A, b, p = _system(loss)
    with np.errstate(over="ignore"):
        if not np.isfinite(np.float64(_norm(b, p)) ** p):
            raise ValueError(
                "loss: got data whose p-th power is beyond float64, takes smaller units"
            )
    Q, nearest, ill, dropped = _in_range(A)
    residual = Q @ (Q.T @ b) - b  # of the least-squares solution
    residual -= Q @ (Q.T @ residual)
    unit = float(np.abs(residual).max(initial=0.0))
    path, lower = [np.zeros(Q.shape[1])], 0.0  # moves from the least-squares solution, in its unit
    if unit > 0:
        solve = _by_program if p == 1 else _by_newton
        path, lower = solve(Q, residual / unit, p)
    x = nearest(b + residual + unit * (Q @ path[-1]))
    here, lower = _norm(A @ x - b, p), unit * lower
    rounding = _norm(10 * EPSILON * len(x) * (np.abs(b) + np.abs(A) @ np.abs(x)), p)
    proved = max(min(lower, here) - rounding, 0.0)  # a bound above the loss is rounding, too
    value, gradient = loss(x)
    gap = 1 - proved / here if here and value else 0.0  # none is below 0
    status, why = STUCK, f"no proof of a minimum: a gap of {gap:.1e} in the norm"
    if gap <= rtol:
        status, why = CONVERGED, f"the global minimum, to a gap of {gap:.1e} in the norm"
    elif abs(here - lower) <= rounding:
        status = ROUNDED
        why = f"the global minimum, to a gap of {gap:.1e} in the norm, which the residuals' rounding hides"
    found = "a minimum over the other columns" if status != STUCK else "no proof of a minimum"
    if status != STUCK:
        terms, data = _norm(np.abs(A) @ np.abs(x), p), _norm(b, p)
        why = of_cancellation(why, "the global minimum", terms, data, here, p, loss)
    why = of_the_rank(why, found, ill, dropped, "take fewer columns", loss)
    return ended(
        status,
        why,
        x,
        value,
        gradient,
        nit=len(path),
        nfev=1,
        njev=1,
        rank=Q.shape[1],
        dropped=np.array(dropped, dtype=int),
        lower_bound=0.0 if dropped else proved**p,
        gap=gap,
        condition=_condition(A, A @ x - b, p),
        history=np.array([_norm(residual + unit * (Q @ z), p) ** p for z in path[:-1]] + [value]),
    )


def _system(loss: SobolevLoss | ResidualLoss) -> tuple[Array, Array, float]:
    """A, b and p, rows of no weight and without data left out."""
    if not isinstance(loss, SobolevLoss | ResidualLoss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss or a ResidualLoss")
    p, squares = loss.p, copy(loss)
    vars(squares).update(p=2.0)  # the same rows with √(λ_α w_i) in place of the p-th root
    as_linear(squares)
    if p > HIGHEST:
        raise ValueError(f"p: got {p:g}, takes at most {HIGHEST:g}")
    of_squares = squares.least_squares()
    zero = np.zeros(loss.n_parameters)
    J, y = of_squares.jacobian(zero), -of_squares.residuals(zero)
    root = np.broadcast_to(of_squares.root[..., None], of_squares.rows.shape)[of_squares.rows]
    scale = root ** (2 / p - 1)
    return scale[:, None] * J, scale * y, p


def _in_range(A: Array) -> tuple[Array, Callable[[Array], Array], float, list[int]]:
    """Q with orthonormal columns that span those of A, and the shortest θ with Aθ nearest to a vector.

    With them come the condition of A with columns of length 1, and the columns beyond the rank, which is
    that of `solve_linear`.
    """
    sizes = np.linalg.norm(A, axis=0)
    sizes[sizes == 0] = 1.0
    smallest = smallest_of(len(A))
    _, rank, order = least(A / sizes, np.zeros(len(A)), smallest)
    Q, sigma = qr((A / sizes)[:, order[:rank]], mode="economic")[0], svdvals(A / sizes)
    condition = float(sigma[0] / sigma[rank - 1]) if rank else np.inf

    def solve(y: Array) -> Array:
        theta = np.zeros(A.shape[1])
        for _ in range(3):  # rounding
            theta = theta + least(A / sizes, y - A @ theta, smallest)[0] / sizes
        return theta

    return Q, solve, condition, sorted(order[rank:].tolist())


def _by_newton(Q: Array, r: Array, p: float) -> tuple[list[Array], float]:
    """Every z of (P1) on its way from 0, where r is the residual, and the best bound (P2)."""
    path, lower = [np.zeros(Q.shape[1])], 0.0
    for stage in range(1, STAGES + 1):
        largest = float(np.abs(r + Q @ path[-1]).max())
        if not largest:
            return path, 0.0  # a step left exactly 0
        eps = 10.0**-stage * largest
        for _ in range(STEPS):
            step = _newton_step(Q, r + Q @ path[-1], p, eps)
            if step is None:
                break
            path.append(path[-1] + step)
        now = r + Q @ path[-1]
        lower = max(lower, *(_bound(Q, now, v, p) for v in (_slope(now, p, eps), phi(now, p))))
    return path, lower


def _slope(r: Array, p: float, eps: float) -> Array:
    """The derivative of (r² + ε²)^{p/2}/p."""
    return np.asarray(r * np.hypot(r, eps) ** (p - 2))


def _newton_step(Q: Array, r: Array, p: float, eps: float) -> Array | None:
    """The step of (P1) that lowers Σ (r² + ε²)^{p/2} by Newton's direction, or None where none does."""
    unit = float(np.abs(np.hypot(r, eps)).max())  # so that no power overflows
    r, eps = r / unit, eps / unit
    size = np.hypot(r, eps)
    before, g = float((size**p).sum()), p * _slope(r, p, eps)
    h = p * size ** (p - 4) * (eps**2 + (p - 1) * r**2)
    root = np.sqrt(h)
    right = np.divide(-g, root, out=np.zeros_like(g), where=root > 0)
    step: Array = lstsq(root[:, None] * Q, right)[0]  # (P1)
    change = Q @ step
    slope, t = float(g @ change), 0.5 ** np.arange(30)
    with np.errstate(over="ignore"):  # where t is too long, and not taken
        after = (np.hypot(r + t[:, None] * change, eps) ** p).sum(axis=1)  # (30,)
    enough = after <= before + ARMIJO * t * slope
    if -slope <= SMALLEST * before or not enough.any():
        return None
    return np.asarray(t[enough.argmax()] * unit * step)


def _by_program(Q: Array, r: Array, p: float) -> tuple[list[Array], float]:
    """z and the bound (P2) for p = 1, by the dual linear program max −vᵀr, |v_i| ≤ 1, Qᵀv = 0."""
    n = Q.shape[1]
    found = linprog(r, A_eq=Q.T, b_eq=np.zeros(n), bounds=(-1, 1), method="highs")
    v, moves = np.asarray(found.x), [-np.asarray(found.eqlin.marginals)]
    free = np.abs(v) < 1 - CORNER  # rows that the minimum goes through
    moves.append(lstsq(Q[free], -r[free])[0] if free.any() else np.zeros(n))
    z = min(moves, key=lambda move: _norm(r + Q @ move, 1))
    exact = np.where(free, v, np.sign(v))
    exact[free] -= lstsq(Q[free].T, Q.T @ exact)[0] if free.any() else 0.0
    lower = max(_bound(Q, r + Q @ z, w, p) for w in (v, exact))
    return [np.zeros(n), z], lower


def _bound(Q: Array, r: Array, v: Array, p: float) -> float:
    """(P2): |vᵀr|/‖v‖_q for the part of v that is orthogonal to the columns of Q."""
    v = v / (float(np.abs(v).max()) or 1.0)
    for _ in range(2):  # twice is enough, against rounding
        v = v - Q @ (Q.T @ v)
    size = float(np.abs(v).max()) if p == 1 else _norm(v, p / (p - 1))
    return abs(float(v @ r)) / size if size else 0.0  # (P2)


def _norm(r: Array, p: float) -> float:
    """‖r‖_p, without overflow."""
    unit = float(np.abs(r).max(initial=0.0))
    return unit * float((np.abs(r / unit) ** p).sum()) ** (1 / p) if unit else 0.0


def _condition(A: Array, r: Array, p: float) -> float:
    """The condition number of Aᵀ diag(|r|^{p−2}) A."""
    if p == 1:
        return float("nan")
    unit = float(np.abs(r).max(initial=0.0)) or 1.0
    with np.errstate(divide="ignore"):
        root = np.minimum(np.abs(r / unit) ** (p / 2 - 1), 1 / EPSILON)
    return condition_of_gram(root[:, None] * A)


def condition_of_gram(A: Array) -> float:
    """The condition number of AᵀA, σ_1²/σ_P² of A, infinite where σ_P is rounding."""
    sigma = np.linalg.svd(A, compute_uv=False)
    if len(sigma) < A.shape[1] or sigma[-1] <= max(A.shape) * EPSILON * sigma[0]:
        return np.inf
    return float((sigma[0] / sigma[-1]) ** 2)
