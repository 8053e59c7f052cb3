"""The truncated Taylor algebra on arrays: product, chain rule, transpose.

A **jet** is an array u of shape (A, …): the Taylor coefficients u_α = Dᵅu / α! in graded order,
first axis α, the other axes whatever is being differentiated (nodes, neurons). Jets add entrywise;
everything else they need is one of three sums of products, (J1), (J3), (J4), whose tables
`multi_index` holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True)
class TaylorAlgebra:
    """Truncated power series in d variables up to total degree k.

    Make one with `taylor_algebra(d, order)`, which caches it.

    Attributes
    ----------
    d, order : int
        Number of variables d and highest degree k.
    indices : tuple of multi-indices
        The set A in graded order.
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
    indices: tuple[mi.MultiIndex, ...]
    rows: tuple[slice, ...]
    factorials: NDArray
    product_table: mi.Table
    square_table: mi.Table
    chain_table: mi.Table
    transpose_table: mi.Table

    @property
    def size(self) -> int:
        """The number of coefficients of a jet, C(d + k, k)."""
        return len(self.indices)

    def degrees(self) -> Iterator[tuple[int, slice]]:
        """(n, rows of degree n) for n = 1, …, k: the order in which recurrences run."""
        return enumerate(self.rows[1:], start=1)

    def product(self, u: NDArray, v: NDArray) -> NDArray:
        """(u v)_γ = Σ_{α+β=γ} u_α v_β for every γ; shapes (A, …)."""
        return contract(self.product_table, u, v)                                          # (J1)

    def product_of_degree(self, n: int, u: NDArray, v: NDArray) -> NDArray:
        """The rows |γ| = n of the product (J1)."""
        return contract(self.product_table[self.rows[n]], u, v)                            # (J1)

    def square_of_degree(self, n: int, u: NDArray) -> NDArray:
        """The rows |γ| = n of the product of u with itself (J1), in half the multiplications."""
        return contract(self.square_table[self.rows[n]], u, u)                             # (J1)

    def chain_of_degree(self, n: int, z: NDArray, s: NDArray) -> NDArray:
        """The rows |γ| = n of the jet a whose differential is ∂a = s ∂z.

        γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β for any q with γ_q > 0. Only rows of s below degree
        n are read, so that s may be computed from a, degree by degree.
        """
        return contract(self.chain_table[self.rows[n]], z, s)                              # (J3)

    def product_transpose(self, s: NDArray, a_bar: NDArray) -> NDArray:
        """The transpose of z ↦ s·z: z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ; shapes (A, …)."""
        return contract(self.transpose_table, s, a_bar)                                    # (J4)

    def constant(self, value: NDArray) -> NDArray:
        """The jet of a constant: shape (A,) + value.shape, zero beyond degree 0."""
        out = np.zeros((self.size, *value.shape), value.dtype)
        out[0] = value
        return out

    def variables(self, x: NDArray) -> NDArray:
        """The jet of the map x ↦ x at nodes x, shape (N, d): coefficients (A, N, d)."""
        out = self.constant(x)
        if self.order > 0:
            out[self.rows[1]] = np.eye(self.d)[:, None, :]                       # (d, N, d)
        return out


@lru_cache(maxsize=None)
def taylor_algebra(d: int, order: int) -> TaylorAlgebra:
    """The algebra of jets in d variables of order k, its tables built once.

    Examples
    --------
    >>> taylor_algebra(2, 1).indices
    ((0, 0), (1, 0), (0, 1))
    """
    indices = mi.multi_indices(d, order)
    factorials = np.array([mi.multi_factorial(alpha) for alpha in indices], dtype=float)
    factorials.flags.writeable = False
    return TaylorAlgebra(
        d,
        order,
        indices,
        mi.degree_slices(d, order),
        factorials,
        mi.product_table(d, order),
        mi.square_table(d, order),
        mi.chain_table(d, order),
        mi.transpose_table(d, order),
    )
