"""`solve_linear`: Theorem 5 where it holds, the exact minimiser of a loss that is quadratic in θ.

For u_θ = Σ_j θ_j φ_j and p = 2 the loss is ‖Φθ − y‖², with one row for each measured Dᵅ at each node,

    Φ_{(α,i),j} = √(λ_α w_i) Dᵅφ_j(x_i),      y_{(α,i)} = √(λ_α w_i) Dᵅu(x_i).

It is convex whatever the target is, with the constant Hessian 2ΦᵀΦ. The units of the features are arbitrary,
so the rank is that of the columns scaled to length 1:

    Φθ = A φ,     A_j = Φ_j / d_j,     φ_j = d_j θ_j,     d_j = ‖Φ_j‖

At full rank the minimiser comes from QR of Φ with column pivoting; the normal equations ΦᵀΦ θ = Φᵀy would
square the condition number. The longest rows come first, which makes Householder's reflections as exact in
short rows (values, on a small domain) as in long ones (third derivatives). Where long rows leave large
residuals, their rounding moves short ones all the same. A step by RᵀR δ = −Φᵀr takes that away, as Φ_jᵀr of a
column of values is a sum over short rows alone. Rank and condition are those of the triangle, in the columns'
own units. Below full rank θ comes from its complete orthogonal factorisation. It is stationary where the
residual r = Φθ − y is orthogonal to every column up to the rounding of R terms and J steps:

    |Φ_jᵀ r| ≤ 10 (R + J) ε Σ_i |Φ_ij| (|y_i| + Σ_l |Φ_il θ_l|)

That does not make it the minimiser to many digits. Where features are nearly dependent, as polynomials on a
box much larger than the data's, Σ_l |Φ_il θ_l| is much larger than y, and r is known to about ε times it:

    √L(θ) − √(min L) ≲ ε ‖|Φ| |θ|‖        at most 0.05 of that on twelve ill-conditioned fits
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.linalg import qr_multiply, solve_triangular, svdvals
from scipy.linalg.lapack import dgelsy, dgelsy_lwork

from .._checks import as_real
from .._typing import Array
from ..losses.loss import Loss, Ridge, Sum, parts_of
from ..losses.residual import ResidualLoss
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..models.mlp import MLP
from ..models.scaled import ScaledModel
from .ending import CONVERGED, EPSILON, STUCK, Result, ended

ILL = 0.01 / EPSILON  # a condition number
NOTABLE = 0.01  # of the norm of r, a rounding that is told
GROWN = 1e3  # times the data, terms that cancel
FAR = 100.0  # times the nodes' box, a model's that is named


def solve_linear(loss: Loss, *, rcond: float | None = None) -> Result:
    """The global minimiser of a Sobolev loss of a `LinearModel`, p = 2: min_θ ‖Φθ − y‖² (T5).

    It comes from QR of Φ with column pivoting, and where the rank is not full, from a complete
    orthogonal factorisation A = Q T Zᵀ, where A is Φ with columns of length 1. Where the rank is below
    the number of parameters, columns are dropped, by name in the result: those that depend on the others
    to rounding. θ is then of least Σ_j ‖Φ_j‖² θ_j², and only as good as `message` says.

    Parameters
    ----------
    loss : SobolevLoss or ResidualLoss, or a sum of them and `Ridge`
        Of a `LinearModel`, or a network without hidden layers, with p = 2.
    rcond : float, optional
        The rank is that of the largest triangle whose condition number, as LAPACK estimates it from below
        while the triangle grows, is below 1/rcond. By default it is ε max(4, √R/2) for R rows, about the
        rounding of the factorisation: exactly dependent columns are recognised, and nothing more is given
        away. Columns that differ by little more than rounding count as independent then, and θ is large along
        them. `message` says where the condition number is so large; ``rcond=R * eps`` with R rows is NumPy's
        rule in `lstsq`, which drops them.

    Returns
    -------
    scipy.optimize.OptimizeResult
        x, fun, jac, success, status, message, nit = 1, and the `rank` r and `condition` number
        σ_1/σ_r of A, from its singular values. Where outputs have different data missing, these are the
        least rank and the largest condition number of theirs. `dropped` has the positions in θ of the
        columns that were dropped, in increasing order. success says that ∇L is at rounding by the test above;
        `message` says where rounding may nevertheless leave the loss well above its minimum.

    See Also
    --------
    solve_convex : The same for p ≠ 2.
    LinearModel : Models that it takes.

    Examples
    --------
    sin on [−1, 1] by polynomials of degree 15:

    >>> from sobolev_ref import gauss_legendre
    >>> model = LinearModel.polynomial(15, [(-1, 1)])
    >>> fit = solve_linear(SobolevLoss(model, np.sin, gauss_legendre([(-1, 1)], 32)))
    >>> fit.fun < 1e-25, fit.rank
    (True, 16)
    """
    systems = _systems(loss)
    if rcond is not None:
        rcond = as_real("rcond", rcond, above=0)
    x = np.empty(loss.n_parameters)
    ranks, conditions, dropped, stationary, sizes = [], [], [], True, np.zeros(2)
    for columns, matrix, y in systems:
        smallest = smallest_of(len(y)) if rcond is None else rcond
        theta, rank, condition, last = _minimise(matrix, y, smallest)  # (T5)
        x[columns] = theta
        ranks.append(rank)
        conditions.append(condition)
        dropped += columns[last].tolist()
        size = np.abs(matrix)
        largest = size @ np.abs(theta)  # (R,)
        sizes = np.hypot(sizes, [np.linalg.norm(largest), np.linalg.norm(y)])
        rounding = 10 * sum(matrix.shape) * EPSILON * (size.T @ (np.abs(y) + largest))  # (J,)
        stationary &= bool((np.abs(matrix.T @ (matrix @ theta - y)) <= rounding).all())
    value, gradient = loss(x)
    if not np.isfinite(value):
        raise ValueError(
            f"loss: got one that is {value} at its minimiser, takes data in smaller units"
        )
    why = "the global minimiser, by an orthogonal factorisation"
    if not stationary:
        why = "the gradient is above rounding after an orthogonal factorisation"
    else:
        terms, data = map(float, sizes)
        why = of_cancellation(why, "the global minimiser", terms, data, np.sqrt(value), 2, loss)
    found = "stationary" if stationary else "not stationary"
    return ended(
        CONVERGED if stationary else STUCK,
        of_the_rank(why, found, max(conditions), sorted(dropped), "see rcond", loss),
        x,
        value,
        gradient,
        nit=1,
        nfev=1,
        njev=1,
        rank=min(ranks),
        condition=max(conditions),
        dropped=np.array(sorted(dropped), dtype=int),
        history=np.array([value]),
    )


def of_cancellation(
    why: str, what: str, terms: float, data: float, residual: float, p: float, loss: Any
) -> str:
    """Why a solve ended: as given, or `what` but for rounding, where terms cancel, by norms of all three."""
    if EPSILON * terms <= NOTABLE * residual or terms <= GROWN * data:
        return why
    above = (residual + EPSILON * terms) ** p - residual**p
    return (
        f"{what} but for rounding: terms {terms / data:.0e} times as large as the data cancel, and may "
        f"leave the loss {above:.1g} above its minimum{_box(loss)}"
    )


def _box(loss: Any) -> str:
    """How much larger the box of a model's features is than that of the nodes, if it is much larger."""
    parts: tuple[Any, ...] = parts_of(loss)
    for part in parts:
        box = getattr(getattr(getattr(part, "model", None), "features", None), "box", None)
        if box is not None:
            sides, extents = np.ptp(box, axis=1), np.ptp(part.rule.nodes, axis=0)
            with np.errstate(divide="ignore"):
                times = np.max(sides / extents, where=extents > 0, initial=0.0)
            if times > FAR:
                return f"; the model's box is {times:.0e} times that of the nodes, takes the nodes' own"
    return ""


def of_the_rank(
    why: str, found: str, condition: float, dropped: list[int], way: str, loss: Any
) -> str:
    """Why a solve ended: as given, or `found`, where rounding left columns of θ unknown."""
    if dropped:
        names = ", ".join(f"theta[{j}]" for j in dropped[:8])
        names += f" and {len(dropped) - 8} more" * (len(dropped) > 8)
        return f"{found}, and columns were dropped: {names}{_box(loss)}"
    if condition > ILL:
        why += f"; beyond a condition number of {ILL:.2g} rounding decides the rank, {way}"
    return why


def _minimise(matrix: Array, y: Array, smallest: float) -> tuple[Array, int, float, Array]:
    """θ that minimises ‖Φθ − y‖², the rank and the condition of A, and the columns beyond the rank."""
    n, largest = matrix.shape[1], np.abs(matrix).max(axis=0)
    largest[largest == 0] = 1.0
    # The largest entry is divided out, because the squares of small numbers underflow.
    lengths = largest * np.linalg.norm(matrix / largest, axis=0)  # (n,)
    lengths[lengths == 0] = 1.0
    down = np.argsort(-np.abs(matrix).max(axis=1), kind="stable")
    # Qᵀy, (k, n), (n,)
    right, R, pivots = qr_multiply(matrix[down], y[down], "right", pivoting=True)
    A = R / lengths[pivots]
    phi, rank, order = least(A, right, smallest)
    sigma = svdvals(A)
    condition = float(sigma[0] / sigma[rank - 1]) if rank else np.inf
    theta = np.empty(n)
    theta[pivots] = phi / lengths[pivots]
    if rank == n:
        theta[pivots] = solve_triangular(R, right)
        slope = (matrix.T @ (y - matrix @ theta))[pivots]
        theta[pivots] += solve_triangular(R, solve_triangular(R, slope, trans="T"))
    return theta, rank, condition, pivots[order[rank:]]


def smallest_of(rows: int) -> float:
    """The inverse condition number at which columns of length 1 count as dependent: ε max(4, √R/2).

    Of 12,000 matrices with a column that is one, or a sum, of others but for its rounding, none has more
    than 2.3 ε up to 300 rows. √R/2 alone left a third of those with three rows at full rank.
    """
    return float(EPSILON * max(4.0, np.sqrt(rows) / 2))


def least(A: Array, y: Array, smallest: float) -> tuple[Array, int, Array]:
    """The shortest φ that minimises ‖Aφ − y‖, the rank, and the columns, those of the rank first."""
    rows, n = A.shape
    lwork, _ = dgelsy_lwork(rows, n, 1, smallest)
    free = np.zeros((n, 1), dtype=np.int32)  # any column may be a pivot
    right = np.zeros(max(rows, n))
    right[:rows] = y
    _, phi, order, rank, _ = dgelsy(A, right, free, smallest, int(lwork))
    if rank == 0:  # of a matrix of zeros LAPACK names no column
        return np.zeros(n), 0, np.arange(n)
    return phi[:n].ravel(), int(rank), order.ravel() - 1


def _systems(loss: Any) -> list[tuple[Array, Array, Array]]:
    """(columns of θ, Φ, y): one system for each output, or one where a loss is a sum or mixes outputs."""
    if isinstance(loss, Sum | ResidualLoss) or isinstance(
        getattr(loss, "model", None), ScaledModel
    ):
        for part in parts_of(loss):
            if not isinstance(part, Ridge):
                as_linear(part)
        return [(np.arange(loss.n_parameters), *_system(loss, loss.n_parameters))]
    model = as_linear(loss)
    W, b = np.split(np.arange(model.n_parameters), [model.m * model.n_features])
    columns = np.c_[W.reshape(model.m, model.n_features), b.reshape(model.m, int(model.bias))]
    return [(own, *least_squares_system(loss, j)) for j, own in enumerate(columns)]


def largest_system(loss: Loss) -> int:
    """The number of entries of the largest Φ that `solve_linear` makes."""
    if isinstance(loss, SobolevLoss) and not isinstance(loss.model, ScaledModel):
        rows = loss.least_squares().rows.sum(axis=(0, 1)).max()
        return int(rows) * (loss.n_parameters // loss.model.m)
    return len(loss.residuals(np.zeros(loss.n_parameters))) * loss.n_parameters


def least_squares_system(loss: SobolevLoss, output: int = 0) -> tuple[Array, Array]:
    """Φ, shape (R, J) or (R, J + 1) with a bias, and y, shape (R,), of one output.

    Rows whose weight is zero or whose data is missing are left out; at least one row is returned.
    """
    model = as_linear(loss)
    one = replace(
        loss.least_squares(),
        model=replace(model, dimensions=(model.d, 1)),
        target=loss.target_values[..., output, None],
    )
    return _system(one, model.n_features + model.bias)


def _system(squares: Any, n_parameters: int) -> tuple[Array, Array]:
    """Φ = J and y = −r(0), with a row of zeros where there is none."""
    zero = np.zeros(n_parameters)
    matrix, y = squares.jacobian(zero), -squares.residuals(zero)
    return (matrix, y) if len(y) else (np.zeros((1, n_parameters)), np.zeros(1))


def as_linear(loss: Any) -> LinearModel:
    """The loss's model, or the one that it scales, if the loss is quadratic in θ."""
    if not isinstance(loss, SobolevLoss | ResidualLoss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss or a ResidualLoss")
    model = loss.model
    while isinstance(model, ScaledModel):
        model = model.scaled
    if type(model) is MLP and len(model.widths) == 2:  # with the same θ
        model = LinearModel.from_mlp(model, np.zeros(model.n_parameters))
    if not isinstance(model, LinearModel):
        raise TypeError(
            f"loss: its model is a {type(model).__name__}, takes a LinearModel; the "
            "loss of a network with hidden layers is not convex in its parameters"
        )
    if loss.p != 2:
        raise ValueError(f"loss: got p = {loss.p:g}, takes p = 2; for another p use solve_convex")
    return model
