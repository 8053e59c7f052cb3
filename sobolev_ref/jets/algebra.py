"""The truncated Taylor algebra on arrays: the three sums of products that jets need.

A **jet** is an array u of shape (A, …): the Taylor coefficients u_α = Dᵅu / α!, |α| ≤ k, in graded
order. Its first axis is α; the other axes are whatever is being differentiated (nodes, neurons). Jets add
entrywise. Everything else they need is

    (J1)  product      (u v)_γ = Σ_{α+β=γ} u_α v_β
    (J3)  chain rule   γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β      for ∂a = s ∂z and any q with γ_q > 0
    (J4)  transpose    z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                   of z ↦ s z

A jet may come with fewer than A rows: the rows that are missing are zero, and no work is spent on them
(the jet of x ↦ x has 1 + d rows).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from .._typing import Array
from . import multi_index as mi


def sum_of_products(
    terms: Iterable[mi.Term], u: Array, v: Array, out: Array | None = None, scale: float = 1
) -> Array:
    """Return scale · Σ c u_i v_j over the terms (c, i, j), written into `out` if there is one.

    The first term is written there, and each later one is added to it through one more array.
    """
    if out is None:
        out = np.empty(_common(u, v), np.result_type(u, v))
    empty, summand = True, None
    for c, i, j in terms:
        if i >= len(u) or j >= len(v):  # a row that is missing is zero
            continue
        if not empty and summand is None:
            summand = np.empty_like(out)
        part = out if summand is None else summand
        np.multiply(u[i], v[j], out=part)
        if c * scale != 1:
            part *= c * scale
        if not empty:
            out += part
        empty = False
    if empty:
        out[...] = 0
    return out


@dataclass(frozen=True, eq=False)
class TaylorAlgebra:
    """Truncated power series in d variables up to total degree k.

    `taylor_algebra(d, order)` makes one and keeps it.

    Attributes
    ----------
    d, order : int
        The number of variables d and the highest degree k.
    indices : tuple of multi-indices
        The set A in graded order, so that every row of a recurrence comes after those that it reads.
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

    def __reduce__(self) -> tuple[Any, tuple[int, int]]:
        return taylor_algebra, (self.d, self.order)  # so that a copy is the one that is kept

    @cached_property
    def size(self) -> int:
        """The number of coefficients of a jet, C(d + k, k)."""
        return len(self.indices)

    @property
    def rows(self) -> range:
        """The rows beyond the value, in the order in which a recurrence fills them."""
        return range(1, self.size)

    @cached_property
    def factorials(self) -> Array:
        """α!, shape (A,)."""
        factorials = np.array([mi.multi_factorial(alpha) for alpha in self.indices], dtype=float)
        factorials.setflags(write=False)
        return factorials

    @cached_property
    def _unit_vectors(self) -> Array:
        return np.eye(self.d)[:, None, :]  # (d, 1, d)

    @cached_property
    def _products(self) -> mi.Table:
        return mi.product_table(self.indices)

    @cached_property
    def _squares(self) -> mi.Table:
        return mi.square_table(self._products)

    @cached_property
    def _chains(self) -> mi.Table:
        return mi.chain_table(self.indices, self._products)

    @cached_property
    def _transposes(self) -> mi.Table:
        return mi.transpose_table(self._products)

    def product(self, u: Array, v: Array) -> Array:
        """The product u v of two jets, (u v)_γ for every γ (J1); shape (A, …)."""
        if self.order == 0:  # numbers, for which the loop below takes longer than the product
            return np.asarray(u * v)
        uv = np.empty((self.size, *_common(u, v)), np.result_type(u, v))
        for g in range(self.size):
            self.product_row(g, u, v, uv[g, ...])
        return uv

    def product_row(
        self, g: int, u: Array, v: Array, out: Array | None = None, scale: float = 1
    ) -> Array:
        """Return scale · (u v)_γ = scale · Σ_{α+β=γ} u_α v_β for the γ of row g (J1).

        u² takes half the multiplications.
        """
        terms = self._squares[g] if u is v else self._products[g]
        return sum_of_products(terms, u, v, out, scale)  # (J1)

    def chain_row(
        self, g: int, z: Array, s: Array, out: Array | None = None, scale: float = 1
    ) -> Array:
        """Return scale · a_γ = scale · Σ_{α+β=γ, α_q>0} (α_q/γ_q) z_α s_β for the γ of row g (J3).

        It reads no row of s of γ's own degree, so that s may be computed from a, row by row.
        """
        return sum_of_products(self._chains[g], z, s, out, scale)  # (J3)

    def transpose(self, s: Array, a_bar: Array, rows: int | None = None) -> Array:
        """The transpose of z ↦ s z (J4): z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ for all β, or for the first `rows`."""
        if self.order == 0:
            return np.asarray(s * a_bar)
        z_bar = np.empty(
            (self.size if rows is None else rows, *_common(s, a_bar)), np.result_type(s, a_bar)
        )
        for b in range(len(z_bar)):
            sum_of_products(self._transposes[b], s, a_bar, z_bar[b, ...])  # (J4)
        return z_bar

    def constant(self, value: Array) -> Array:
        """The jet of a constant: shape (A,) + value.shape, zero beyond degree 0."""
        return self.padded(value[None])

    def variables(self, x: Array) -> Array:
        """The jet of the map x ↦ x at nodes x, shape (N, d): rows of degree 0 and 1, no others."""
        if self.order == 0:
            return x[None]  # (1, N, d)
        jet = np.empty((1 + self.d, *x.shape), x.dtype)  # (1 + d, N, d)
        jet[0] = x
        jet[1:] = self._unit_vectors
        return jet

    def padded(self, u: Array) -> Array:
        """A jet with all A rows, those that were missing zero."""
        if len(u) == self.size:
            return u
        return np.concatenate([u, np.zeros((self.size - len(u), *u.shape[1:]))])


def _common(u: Array, v: Array) -> tuple[int, ...]:
    """The shape of a row of u times a row of v."""
    if u.shape[1:] == v.shape[1:]:  # nearly always, and broadcast_shapes takes its time
        return u.shape[1:]
    return np.broadcast_shapes(u.shape[1:], v.shape[1:])


@cache
def taylor_algebra(d: int, order: int) -> TaylorAlgebra:
    """The algebra of jets in d variables of order k.

    Examples
    --------
    >>> taylor_algebra(2, 1).indices
    ((0, 0), (1, 0), (0, 1))
    """
    return TaylorAlgebra(d, order, mi.multi_indices(d, order))
