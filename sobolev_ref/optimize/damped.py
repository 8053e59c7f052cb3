"""The damped step, min_p ‖r + J p‖² + λ‖D p‖², from J in blocks of rows: Gram matrix or QR.

In the units of a diagonal D, with y = D p and A = J D⁻¹, its minimiser has

    (AᵀA + λI) y = −Aᵀr                                                                       (N1)

J has as many rows as there are data, and is never whole: each block of nodes gives rows J_b and r_b. Two
factorisations UᵀU = AᵀA + λI, U an upper triangle, hold one block and a few (P, P) matrices at a time:

    JᵀJ = Σ_b J_bᵀJ_b,  Jᵀr = Σ_b J_bᵀr_b,    then Cholesky of AᵀA + λI                        (N2)
    T ← R of [T; J_b r_b],  T the R of [J r] in the end,    then U is the R of [T D⁻¹; √λ I]    (N3)

(N3) is TSQR, LAPACK's QR of a triangle on top of rows. It takes about three times as long as (N2).

With fewer residuals than parameters, R < P, the step is a sum of rows of A. With Aᵀ = QT, T of R × R, it is

    y = Qz,   (TTᵀ + λI) z = −Tr,    by (N2) or (N3) of Tᵀ in the place of A                   (N6)

AAᵀ would do without Q, but loses digits where r is not in the range of A, as for two values at one point.

Which digits survive. Let κ be the condition number of AᵀA + λI. Rounding in (N2) changes this matrix by an E
with ‖E‖ ≈ ε‖A‖², and y by e = −(AᵀA + λI)⁻¹ E y, so that

    ‖e‖ ≤ ε κ ‖y‖,     and the damped model loses eᵀ(AᵀA + λI)e ≤ (ε κ)² of what y brings it

At κ = 10¹² four digits of the step are left, and of what it brings all but 5e−8. There (N2) ends
(`CONDITION`), by LAPACK's estimate of κ. (N3) works on A, whose condition number is √κ: ten digits are left
there, and four at κ = 10²⁴. λ is never below (ε‖A‖)², the square of what rounding leaves unknown of A. So U
is regular where columns of J are dependent, without pivots and ranks, and the same J gives the same bits.
"""

from dataclasses import dataclass
from functools import partial
from math import isqrt
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dgeqrf, dormqr, dpocon, dpotrf, dtpqrt, dtrcon, dtrtrs

from .._checks import MAX_ENTRIES, check_size
from .._typing import Array
from ..losses.blocks import GROUPS, BlockSum
from ..losses.loss import Loss, Ridge, Sum, parts_of
from .ending import EPSILON

CONDITION = 1e12  # of AᵀA + λI, up to which Cholesky serves
ENTRIES = 2**21  # of J in a block, 17 MB; it has at least P rows
PANEL = 32  # columns that LAPACK's QR takes together
TINY = EPSILON**2  # a reciprocal condition number below it counts as this one


class Step(NamedTuple):
    """y(λ), its length, vᵀ(AᵀA + λI)⁻¹v for v = y/‖y‖, and the condition number of that matrix."""

    y: Array
    length: float
    softness: float
    condition: float

    @classmethod
    def of(cls, U: Array, c: Array, condition: float) -> "Step":
        """The minimiser of ‖U y + c‖, UᵀU = AᵀA + λI, so that UᵀU y = −Uᵀc = −Aᵀr (N1)."""
        y = -solved(U, c)  # (N1)
        length = float(np.linalg.norm(y))
        q = solved(U, y / (length or 1.0), transposed=True)
        return cls(y, length, float(q @ q), condition)


@dataclass(frozen=True)
class Gram:
    """JᵀJ, shape (P, P), and Jᵀr, shape (P,)."""

    matrix: Array
    gradient: Array

    @property
    def norms(self) -> Array:
        """‖J_j‖, shape (P,)."""
        return np.asarray(np.sqrt(np.diag(self.matrix)))

    def step(self, D: Array, damping: float) -> Step:
        """The step by Cholesky; where the matrix is not positive, a condition number of inf."""
        matrix = self.matrix / D / D[:, None]  # AᵀA
        matrix.flat[:: len(D) + 1] += damping
        U, failed = dpotrf(matrix)
        if failed:
            return Step(D, np.inf, np.inf, np.inf)
        reciprocal, _ = dpocon(U, np.abs(matrix).sum(axis=0).max())
        return Step.of(U, solved(U, self.gradient / D, transposed=True), 1 / max(reciprocal, TINY))


@dataclass(frozen=True)
class Triangle:
    """T, shape (P + 1, P + 1), the R of [J r]."""

    T: Array

    @property
    def gradient(self) -> Array:
        """Jᵀr, shape (P,)."""
        return np.asarray(self.T[:-1, :-1].T @ self.T[:-1, -1])

    @property
    def norms(self) -> Array:
        """‖J_j‖, shape (P,)."""
        return np.asarray(np.linalg.norm(self.T[:-1, :-1], axis=0))

    def step(self, D: Array, damping: float) -> Step:
        """The step by QR."""
        P = len(D)
        rows = np.zeros((P, P + 1), order="F")  # [√λ I, 0]
        np.fill_diagonal(rows, np.sqrt(damping))
        T = merged(self.T / np.append(D, 1.0), rows, triangular=True)
        reciprocal, _ = dtrcon(T[:P, :P])
        return Step.of(T[:P, :P], T[:P, P], 1 / max(reciprocal, TINY) ** 2)


class Dual:
    """J and r whole, for R < P; its steps come from (R, R) matrices (N6).

    Examples
    --------
    >>> dual = Dual(np.array([[3.0, 4.0]]), np.array([5.0]))
    >>> dual.step(np.ones(2), 0.0).y.round(6)                            # r + Jy = 0, the shortest
    array([-0.6, -0.8])
    """

    def __init__(self, J: Array, r: Array, by_qr: bool = False) -> None:
        self.J, self.r, self.by_qr = J, r, by_qr
        self.D: Array | None = None  # of what follows
        self.Q: list[Array]  # LAPACK's reflections, (P, R) and (R,), which take half the time of Q
        self.T: Array  # (R, R)
        self.squares: Gram | Triangle

    @property
    def gradient(self) -> Array:
        """Jᵀr, shape (P,)."""
        return np.asarray(self.J.T @ self.r)

    @property
    def norms(self) -> Array:
        """‖J_j‖, shape (P,)."""
        return np.asarray(np.linalg.norm(self.J, axis=0))

    def step(self, D: Array, damping: float) -> Step:
        """The step, by Cholesky up to `CONDITION`, by QR from there on."""
        R, P = self.J.shape
        if self.D is not D:
            *self.Q, _, _ = dgeqrf((self.J / D).T, PANEL * R)  # Aᵀ = QT
            self.T = np.triu(self.Q[0][:R])
            self.D, self.squares = D, self._triangle() if self.by_qr else self._gram()
        ones = np.ones(R)
        step = self.squares.step(ones, damping)
        if isinstance(self.squares, Gram) and not step.condition <= CONDITION:
            self.by_qr, self.squares = True, self._triangle()
            step = self.squares.step(ones, damping)
        z = np.pad(step.y, (0, P - R))[:, None]  # (P, 1)
        y, _, _ = dormqr("L", "N", *self.Q, z, PANEL)  # (N6)
        return step._replace(y=y[:, 0])

    def _gram(self) -> Gram:
        return Gram(self.T @ self.T.T, self.T @ self.r)

    def _triangle(self) -> Triangle:
        rows = np.asfortranarray(np.c_[self.T.T, self.r])
        return Triangle(merged(np.zeros((len(self.r) + 1,) * 2, order="F"), rows))


def merged(T: Array, rows: Array, triangular: bool = False) -> Array:
    """The R of a triangle T, shape (n, n), on top of rows, shape (R, n), which may be a triangle too.

    Examples
    --------
    >>> np.abs(merged(np.array([[3.0]]), np.array([[4.0]])))
    array([[5.]])
    """
    n = T.shape[1]
    height = min(rows.shape) if triangular else 0
    R, _, _, _ = dtpqrt(height, min(PANEL, n), T, rows)  # (N3)
    return np.asarray(R)


def solved(U: Array, right: Array, transposed: bool = False) -> Array:
    """U⁻¹ or U⁻ᵀ times a vector."""
    x, _ = dtrtrs(U, right, trans=int(transposed))
    return np.asarray(x)


@dataclass(frozen=True)
class Rows:
    """The rows of J and r of a loss, in blocks, and the sum over them in the loss's workers.

    Examples
    --------
    The step of 4 (w + b − 3)² from w = 1, b = 0, by either road:

    >>> from sobolev_ref import MLP, Quadrature, SobolevLoss
    >>> loss = SobolevLoss(MLP((1, 1)), lambda x: 3 * x, Quadrature([1.0], [4.0]), order=0)
    >>> rows, theta = Rows.of(loss, np.array([1.0, 0.0])), np.array([1.0, 0.0])
    >>> [squares(theta).step(np.ones(2), 1e-9).y.round(6) for squares in (rows.gram, rows.triangle)]
    [array([1., 1.]), array([1., 1.])]
    """

    blocks: tuple[Loss, ...]
    sum: BlockSum
    wide: bool = False  # one block, of fewer rows than columns

    @classmethod
    def of(cls, loss: Loss, theta: Array) -> "Rows":
        """The blocks of a loss: all of it but each `Ridge`, or where that is large, batches of its nodes."""
        P = len(theta)
        takes = f"at most {isqrt(MAX_ENTRIES):,} parameters for JᵀJ, or a method without it"
        check_size("theta", f"{P:,} parameters", P * P, takes)
        size = max(P, ENTRIES // P)  # rows in a block
        wide = False
        decay = [part for part in parts_of(loss) if type(part) is Ridge]
        others = tuple(part for part in parts_of(loss) if type(part) is not Ridge)
        blocks: list[Loss] = [Sum(others)] if others else []
        if others:
            rows = len(blocks[0].residuals(theta))
            wide = not decay and rows < P
            if rows > size:
                blocks = [b for part in others for b in _batches(part, theta, size)]
        blocks += decay
        groups = min(GROUPS, max(1, 8 * ENTRIES // P**2))  # as many triangles may wait in memory
        return cls(tuple(blocks), BlockSum(len(blocks), 1, loss.workers, groups), wide)

    def gram(self, theta: Array) -> Gram:
        """JᵀJ and Jᵀr at θ (N2)."""
        return Gram(*self.sum(partial(self._gram, theta)))

    def triangle(self, theta: Array) -> Triangle:
        """The R of [J r] at θ (N3)."""
        (T,) = self.sum(partial(self._triangle, theta), merge_triangles)
        return Triangle(T)

    def dual(self, theta: Array, by_qr: bool) -> Dual:
        """J and r at θ, where they are one block."""
        return Dual(*self._rows(theta, slice(0, 1)), by_qr)

    def _gram(self, theta: Array, block: slice) -> list[Array]:
        loss = self.blocks[block.start]
        if type(loss) is Ridge:  # J is √(μ/2) I
            return [np.diag(np.broadcast_to(loss.mu / 2, theta.shape)), loss.mu / 2 * theta]
        J, r = self._rows(theta, block)
        return [J.T @ J, J.T @ r]  # (N2)

    def _triangle(self, theta: Array, block: slice) -> list[Array]:
        J, r = self._rows(theta, block)
        rows = np.empty((len(r), len(theta) + 1), order="F")
        rows[:, :-1], rows[:, -1] = J, r
        return [merged(np.zeros((len(theta) + 1,) * 2, order="F"), rows)]

    def _rows(self, theta: Array, block: slice) -> tuple[Array, Array]:
        loss = self.blocks[block.start]
        return loss.jacobian(theta), loss.residuals(theta)


class Linear:
    """The linear model of r at θ: by Cholesky as far as that serves, by QR from there on; dual for R < P.

    Attributes
    ----------
    squares : Gram, Triangle or Dual
        What its steps come from.
    """

    def __init__(self, rows: Rows, theta: Array, by_qr: bool = False) -> None:
        self.rows, self.theta = rows, theta
        self.squares: Gram | Triangle | Dual
        if rows.wide:
            self.squares = rows.dual(theta, by_qr)
        else:
            self.squares = rows.triangle(theta) if by_qr else rows.gram(theta)

    def step(self, D: Array, damping: float) -> Step:
        """The step for λ, with the digits that this module promises."""
        step = self.squares.step(D, damping)
        if isinstance(self.squares, Gram) and not step.condition <= CONDITION:
            self.squares = self.rows.triangle(self.theta)
            step = self.squares.step(D, damping)
        return step


def merge_triangles(total: list[Array], more: list[Array]) -> list[Array]:
    """The R of two triangles, one on top of the other."""
    return [merged(T, rows, triangular=True) for T, rows in zip(total, more)]


def _batches(part: Loss, theta: Array, size: int) -> list[Loss]:
    """A part of a loss in batches of about so many rows; whole where it has no nodes, or no batches."""
    count = min(part.n_nodes, -(-len(part.residuals(theta)) // size))
    try:
        return part.split(count) if count else [part]
    except TypeError:
        return [part]
