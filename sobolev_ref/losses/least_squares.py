"""The Sobolev loss for p = 2 as a sum of squares, L(θ) = ‖r(θ)‖²: its residuals and their Jacobian.

    r_{(α,i,j)} = √(λ_α w_i) (Dᵅu_θ(x_i) − Dᵅu(x_i))_j                                                (G1)
    J_{(α,i,j),·} = √(λ_α w_i) α! ∂u_{α,j}(x_i)/∂θ,     ∇L = 2 Jᵀr,     ∇²L ≈ 2 JᵀJ                 (G2) (G3)

This is what Gauss–Newton methods such as Levenberg–Marquardt work on; for a model linear in θ, J is the
constant matrix Φ of (T5). Rows with λ_α w_i = 0, and those whose data are missing, are left out.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .._typing import Array
from ..integrals.quadrature import Quadrature
from ..jets.algebra import taylor_algebra
from ..models.model import Model
from .blocks import BlockSum
from .loss import check_jacobian

BUFFER = 2**23  # bytes of Jacobian rows that wait to be sorted into place


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """r(θ) and J(θ) of a model against data."""

    model: Model
    rule: Quadrature
    target: Array  # Dᵅu at the nodes, NaN where missing, (A, N, m)
    order: int
    weights: Array  # λ_α, (A,)
    blocks: BlockSum  # the partition of the nodes

    @cached_property
    def root(self) -> Array:
        """√(λ_α w_i), shape (A, N)."""
        return np.asarray(np.sqrt(self.weights[:, None] * self.rule.weights))

    @cached_property
    def rows(self) -> Array:
        """Which (α, i, j) are rows: those with weight and data; shape (A, N, m)."""
        return (self.root > 0)[:, :, None] & ~np.isnan(self.target)

    def residuals(self, theta: Array) -> Array:
        """r, shape (R,) (G1)."""
        r = np.empty(self.target.shape, theta.dtype)  # (A, N, m)

        def part(block: slice) -> None:
            u, _ = self.forward(theta, block)
            np.multiply(self.root[:, block, None], self.error(u, block), out=r[:, block])  # (G1)

        self.blocks.each(part)
        return np.asarray(r[self.rows])

    def jacobian(self, theta: Array) -> Array:
        """J, shape (R, P) (G2) (G3).

        With every row in use, J is written in place; otherwise block by block through a buffer.
        """
        A, N, m = self.target.shape
        whole, P = bool(self.rows.all()), len(theta)
        check_jacobian(int(np.count_nonzero(self.rows)), P)
        blocks = self.blocks
        if not whole:
            size = max(1, BUFFER // (8 * A * m * P))
            blocks = BlockSum(N, min(size, blocks.size), blocks.workers)
            place = np.cumsum(self.rows).reshape(self.rows.shape) - 1  # (A, N, m)
        J = np.empty((np.count_nonzero(self.rows), P), theta.dtype)

        def part(block: slice) -> None:
            u, tape = self.forward(theta, block)
            if whole:
                self.write_jacobian(u, tape, block, J.reshape(A, N, m, P)[:, block])
            else:
                used = self.rows[:, block]
                buffer = np.empty((*used.shape, P), J.dtype)
                self.write_jacobian(u, tape, block, buffer)
                J[place[:, block][used]] = buffer[used]

        blocks.each(part)
        return J

    def forward(self, theta: Array, block: slice) -> tuple[Array, Any]:
        """The jet of u_θ at a block of B nodes, shape (A, B, m), and its tape."""
        T = taylor_algebra(self.model.d, self.order)
        return self.model.forward(theta, T.variables(self.rule.nodes[block]), T)

    def error(self, u: Array, block: slice) -> Array:
        """Dᵅu_θ − Dᵅu from the jet of u_θ, shape (A, B, m)."""
        T = taylor_algebra(self.model.d, self.order)
        return np.asarray(T.factorials[:, None, None] * u - self.target[:, block])

    def write_jacobian(self, u: Array, tape: Any, block: slice, out: Array) -> None:
        """Write √(λ_α w_i) ∂Dᵅu_θ/∂θ to `out`, shape (A, B, m, P)."""
        T = taylor_algebra(self.model.d, self.order)
        self.model.jacobian(tape, T.factorials[:, None] * self.root[:, block], out)
