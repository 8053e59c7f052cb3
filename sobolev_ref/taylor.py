"""The truncated Taylor algebra on arrays: product, chain rule, transpose.

A **jet** is an array u of shape (A, …): the Taylor coefficients u_α = Dᵅu / α! in graded order,
first axis α, the other axes whatever is being differentiated (nodes, neurons). Jets add entrywise;
everything else they need is one of three sums of products, (J1), (J3), (J4), whose tables
`multi_index` holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from . import multi_index as mi


def contract(table: mi.Table, u: NDArray, v: NDArray) -> NDArray:
    """Row g of the result is Σ c · u[i] · v[j] over the (c, i, j) in row g of the table."""
    out = np.empty(
        (len(table), *np.broadcast_shapes(u.shape[1:], v.shape[1:])), np.result_type(u, v)
    )
    for g, ((c, i, j), *rest) in enumerate(table):
        total = np.multiply(u[i], v[j], out=out[g, ...])  # a view, for a scalar jet as well
        if c != 1.0:
            total *= c
        for c, i, j in rest:
            term = u[i] * v[j]
            if c != 1.0:
                term *= c
            total += term
    return out


@dataclass(frozen=True, eq=False)
class TaylorAlgebra:
    """Truncated power series in d variables up to total degree k.

    Make one with `taylor_algebra(d, order)`, which caches it.

    Attributes
    ----------
    d, order : int
        Number of variables d and highest degree k.
    indices : tuple of multi-indices
        The set A in graded order.
    stages : tuple of slices
        Rows of degree 0, 1, …: the order in which recurrences run. The rows of one stage do not
        depend on each other, only on the stages before.
    factorials : ndarray, shape (A,)
        α!, so that Dᵅu = α! u_α.

    Examples
    --------
    (1 + x)² = 1 + 2x + x², and x³ is beyond the order:

    >>> T = taylor_algebra(1, 2)
    >>> u = np.array([1.0, 1.0, 0.0])
    >>> T.product(u, u)
    array([1., 2., 1.])
    """

    d: int
    order: int
    indices: mi.Indices
    stages: tuple[slice, ...]

    @property
    def size(self) -> int:
        """The number of coefficients of a jet, C(d + k, k)."""
        return len(self.indices)

    @cached_property
    def factorials(self) -> NDArray:
        """α!, shape (A,)."""
        factorials = np.array([mi.multi_factorial(alpha) for alpha in self.indices], dtype=float)
        factorials.flags.writeable = False
        return factorials

    @cached_property
    def product_table(self) -> mi.Table:
        """The terms of (J1)."""
        return mi.product_table(self.indices)

    @cached_property
    def square_table(self) -> mi.Table:
        """The terms of (J1) for a jet times itself."""
        return mi.square_table(self.product_table)

    @cached_property
    def chain_table(self) -> mi.Table:
        """The terms of (J3)."""
        return mi.chain_table(self.indices, self.product_table)

    @cached_property
    def transpose_table(self) -> mi.Table:
        """The terms of (J4)."""
        return mi.transpose_table(self.product_table)

    @cached_property
    def tangent(self) -> "TaylorAlgebra":
        """The algebra of pairs u + ε u̇ with ε² = 0, u and u̇ jets of this one: u's rows, then u̇'s.

        Any function of jets, evaluated there at z + ε ż, gives its value and its derivative along
        ż. For f with f′ = s the rows of the derivative are one product, s·ż: (J3) with ε for its q.

        Examples
        --------
        (z + ε ż)² = z² + ε 2 z ż, for numbers:

        >>> E = taylor_algebra(1, 0).tangent
        >>> E.product(np.array([3.0, 1.0]), np.array([3.0, 1.0]))
        array([9., 6.])
        """
        rows = [slice(s.start + self.size, s.stop + self.size) for s in self.stages]
        indices = mi.with_tangent(self.indices)
        return TaylorAlgebra(self.d + 1, self.order + 1, indices, (*self.stages, *rows))

    def degrees(self) -> Iterator[tuple[int, slice]]:
        """(n, rows of degree n) for n = 1, …, k."""
        return enumerate(self.stages[1:], start=1)

    def product(self, u: NDArray, v: NDArray) -> NDArray:
        """(u v)_γ = Σ_{α+β=γ} u_α v_β for every γ; shapes (A, …)."""
        return contract(self.product_table, u, v)                              # (J1)

    def product_of_degree(self, n: int, u: NDArray, v: NDArray) -> NDArray:
        """The rows |γ| = n of the product (J1)."""
        return contract(self.product_table[self.stages[n]], u, v)              # (J1)

    def square_of_degree(self, n: int, u: NDArray) -> NDArray:
        """The rows |γ| = n of the product of u with itself (J1), in half the multiplications."""
        return contract(self.square_table[self.stages[n]], u, u)               # (J1)

    def chain_of_degree(self, n: int, z: NDArray, s: NDArray) -> NDArray:
        """The rows |γ| = n of the jet a whose differential is ∂a = s ∂z.

        γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β for any q with γ_q > 0. Only rows of s below degree
        n are read, so that s may be computed from a, degree by degree.
        """
        return contract(self.chain_table[self.stages[n]], z, s)                # (J3)

    def product_transpose(self, s: NDArray, a_bar: NDArray) -> NDArray:
        """The transpose of z ↦ s·z: z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ; shapes (A, …)."""
        return contract(self.transpose_table, s, a_bar)                        # (J4)

    def constant(self, value: NDArray) -> NDArray:
        """The jet of a constant: shape (A,) + value.shape, zero beyond degree 0."""
        out = np.zeros((self.size, *value.shape), value.dtype)
        out[0] = value
        return out

    def variables(self, x: NDArray) -> NDArray:
        """The jet of the map x ↦ x at nodes x, shape (N, d): coefficients (A, N, d)."""
        out = self.constant(x)
        if self.order > 0:
            out[self.stages[1]] = np.eye(self.d)[:, None, :]                     # (d, N, d)
        return out


@lru_cache(maxsize=None)
def taylor_algebra(d: int, order: int) -> TaylorAlgebra:
    """The algebra of jets in d variables of order k.

    Examples
    --------
    >>> taylor_algebra(2, 1).indices
    ((0, 0), (1, 0), (0, 1))
    """
    return TaylorAlgebra(d, order, mi.multi_indices(d, order), mi.degree_slices(d, order))
