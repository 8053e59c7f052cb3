"""The truncated Taylor algebra on arrays: product, chain rule, transpose.

A **jet** is an array u of shape (A, …): the Taylor coefficients u_α = Dᵅu / α! in graded order,
first axis α, the other axes whatever is being differentiated (nodes, neurons). Jets add entrywise;
everything else they need is one of three sums of products, (J1), (J3), (J4), whose tables
`multi_index` holds. A jet may come with fewer than A rows: those that are missing are zero, and no
work is spent on them (the jet of x ↦ x has 1 + d rows).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TypeAlias

import numpy as np

from .._typing import Array
from . import multi_index as mi
from .workspace import HEAP, Memory, Workspace

Plan: TypeAlias = tuple[tuple[tuple[float, tuple[tuple[int, int], ...]], ...], ...]


def plan(table: mi.Table, rows_u: int, rows_v: int, scale: float) -> Plan:
    """How `contract` works through a table for jets of so many rows: row by row, groups of terms.

    A group is (c, ((i, j), …)): multiply the sum so far by c, then add u[i] v[j] for its terms. The
    terms of equal coefficient stand together, so that a coefficient costs one pass over the row and not
    one a term; the last group is the factor that remains.
    """
    plans = []
    for row in table:
        groups: dict[float, list[tuple[int, int]]] = {}
        for c, i, j in row:
            if i < rows_u and j < rows_v:
                groups.setdefault(c, []).append((i, j))
        steps, previous = [], 1.0
        for c in sorted(groups):
            steps.append((previous / c, tuple(groups[c])))
            previous = c
        plans.append((*steps, (previous * scale, ())))
    return tuple(plans)


def contract(
    plans: Plan,
    u: Array,
    v: Array,
    out: Array | None = None,
    memory: Memory = HEAP,
    add: bool = False,
) -> Array:
    """Row g of the result is Σ c · u[i] · v[j] over the terms of row g of a plan's table.

    With `add`, for tables whose coefficients are all 1, the sums are added to what `out` holds.
    """
    if out is None:
        same = u.shape[1:] == v.shape[1:]  # nearly always, and broadcast_shapes takes its time
        shape = u.shape[1:] if same else np.broadcast_shapes(u.shape[1:], v.shape[1:])
        out = memory.empty((len(plans), *shape), np.result_type(u, v))
    term = None  # where the terms after a row's first are multiplied out
    for g, groups in enumerate(plans):
        total = out[g, ...]  # a view, for a scalar jet as well
        empty = not add
        for c, terms in groups:
            if c != 1.0 and not empty:
                total *= c
            for i, j in terms:
                if empty:
                    np.multiply(u[i], v[j], out=total)
                    empty = False
                else:
                    if term is None:
                        term = memory.scratch(out.shape[1:], out.dtype)
                    np.multiply(u[i], v[j], out=term)
                    total += term
        if empty:
            total[...] = 0
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
    memory: Memory = HEAP
    origin: "TaylorAlgebra | None" = None

    def within(self, memory: Memory) -> "TaylorAlgebra":
        """The same algebra, its results in arrays from `memory`; a workspace keeps its algebras."""
        origin = self.origin or self
        if not isinstance(memory, Workspace):
            return origin
        if origin not in memory.algebras:
            memory.algebras[origin] = replace(origin, memory=memory, origin=origin)
        algebra: TaylorAlgebra = memory.algebras[origin]
        return algebra

    @property
    def size(self) -> int:
        """The number of coefficients of a jet, C(d + k, k)."""
        return len(self.indices)

    @cached_property
    def directions(self) -> Array:
        """The rows of degree 1 of the jet of x ↦ x, shape (d, 1, d)."""
        return np.eye(self.d)[:, None, :]

    @cached_property
    def factorials(self) -> Array:
        """α!, shape (A,)."""
        factorials = np.array([mi.multi_factorial(alpha) for alpha in self.indices], dtype=float)
        factorials.setflags(write=False)
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
        if self.origin is not None:
            return self.origin.tangent.within(self.memory)
        indices = mi.with_tangent(self.indices)
        return TaylorAlgebra(self.d + 1, self.order + 1, indices, (*self.stages, *rows))

    def degrees(self) -> Iterator[tuple[int, slice]]:
        """(n, rows of degree n) for n = 1, …, k."""
        return enumerate(self.stages[1:], start=1)

    def product(self, u: Array, v: Array, *, scale: float = 1.0) -> Array:
        """Scale · (u v)_γ = scale · Σ_{α+β=γ} u_α v_β for every γ; shapes (A, …)."""
        return self._contract("product", None, u, v, scale)  # (J1)

    def product_of_degree(
        self, n: int, u: Array, v: Array, *, scale: float = 1.0, out: Array | None = None
    ) -> Array:
        """The rows |γ| = n of scale · u v (J1)."""
        return self._contract("product", n, u, v, scale, out)  # (J1)

    def square_of_degree(
        self, n: int, u: Array, *, scale: float = 1.0, out: Array | None = None
    ) -> Array:
        """The rows |γ| = n of scale · u u (J1), in half the multiplications."""
        return self._contract("square", n, u, u, scale, out)  # (J1)

    def chain_of_degree(
        self, n: int, z: Array, s: Array, *, scale: float = 1.0, out: Array | None = None
    ) -> Array:
        """The rows |γ| = n of scale · a, a the jet whose differential is ∂a = s ∂z.

        γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β for any q with γ_q > 0. Only rows of s below degree
        n are read, so that s may be computed from a, degree by degree.
        """
        return self._contract("chain", n, z, s, scale, out)  # (J3)

    def product_transpose(
        self, s: Array, a_bar: Array, rows: int | None = None, to: Array | None = None
    ) -> Array:
        """The transpose of z ↦ s·z: z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ; shapes (A, …), or the first rows.

        The result is added to the array `to`, if there is one.
        """
        plans = _plan(self.origin or self, "transpose", None, len(s), len(a_bar), 1.0)
        return contract(plans[:rows], s, a_bar, to, self.memory, to is not None)  # (J4)

    def _contract(
        self,
        kind: str,
        n: int | None,
        u: Array,
        v: Array,
        scale: float,
        out: Array | None = None,
    ) -> Array:
        plans = _plan(self.origin or self, kind, n, len(u), len(v), scale)
        return contract(plans, u, v, out, self.memory)

    def constant(self, value: Array) -> Array:
        """The jet of a constant: shape (A,) + value.shape, zero beyond degree 0."""
        return self.padded(value[None])

    def variables(self, x: Array) -> Array:
        """The jet of the map x ↦ x at nodes x, shape (N, d): rows of degree 0 and 1, no others."""
        if self.order == 0:
            return x[None]  # (1, N, d)
        out = self.memory.empty((1 + self.d, *x.shape), x.dtype)  # (1 + d, N, d)
        out[0] = x
        out[1:] = self.directions
        return out

    def padded(self, u: Array) -> Array:
        """A jet with all A rows, those that were missing zero."""
        if len(u) == self.size:
            return u
        return np.concatenate([u, np.zeros((self.size - len(u), *u.shape[1:]))])


@cache
def _plan(
    T: TaylorAlgebra, kind: str, n: int | None, rows_u: int, rows_v: int, scale: float
) -> Plan:
    """The plan of one table, or of its rows of degree n, made once."""
    table: mi.Table = getattr(T, f"{kind}_table")
    return plan(table if n is None else table[T.stages[n]], rows_u, rows_v, scale)


@cache
def taylor_algebra(d: int, order: int) -> TaylorAlgebra:
    """The algebra of jets in d variables of order k.

    Examples
    --------
    >>> taylor_algebra(2, 1).indices
    ((0, 0), (1, 0), (0, 1))
    """
    return TaylorAlgebra(d, order, mi.multi_indices(d, order), mi.degree_slices(d, order))
