"""Multi-indices in graded order, and the tables of the truncated Taylor algebra.

A multi-index α ∈ ℕᵈ names the monomial x^α and the derivative Dᵅ. The set A = {α : |α| ≤ k} has
C(d + k, k) members; everything here is integer bookkeeping on A, done once per (d, k) and cached:

    (J1)  product      (u v)_γ   = Σ_{α+β=γ} u_α v_β
    (J3)  chain rule   γ_q a_γ   = Σ_{α+β=γ, α_q>0} α_q z_α s_β
    (J4)  transpose    z̄_β       = Σ_{γ≥β} s_{γ−β} ā_γ

Each of the three is a table: row g of it lists (coefficient, i, j), and an output row is
Σ coefficient · u[i] · v[j]. `taylor` evaluates tables; this module only makes them.
"""

from functools import lru_cache
from math import comb, factorial, prod
from typing import TypeAlias

MultiIndex: TypeAlias = tuple[int, ...]
Row: TypeAlias = tuple[tuple[float, int, int], ...]
Table: TypeAlias = tuple[Row, ...]


def _of_degree(d: int, n: int) -> list[MultiIndex]:
    """All α ∈ ℕᵈ with |α| = n, first entry descending: (n, 0, …) comes first."""
    if d == 1:
        return [(n,)]
    return [(first, *rest) for first in range(n, -1, -1) for rest in _of_degree(d - 1, n - first)]


@lru_cache(maxsize=None)
def multi_indices(d: int, order: int) -> tuple[MultiIndex, ...]:
    """All multi-indices α ∈ ℕᵈ with |α| ≤ order, in graded order.

    Degree first; within one degree the first entry descends.

    Parameters
    ----------
    d : int
        Dimension, at least 1.
    order : int
        Highest total degree k, at least 0.

    Returns
    -------
    tuple of tuples
        C(d + k, k) multi-indices.

    Examples
    --------
    >>> multi_indices(2, 2)
    ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
    """
    return tuple(alpha for n in range(order + 1) for alpha in _of_degree(d, n))


def n_multi_indices(d: int, order: int) -> int:
    """The size of A, C(d + k, k), without listing it.

    Examples
    --------
    >>> n_multi_indices(10, 2)
    66
    """
    return comb(d + order, order)


def n_products(d: int, order: int) -> int:
    """The number of terms in one truncated product (J1), C(2d + k, k).

    Examples
    --------
    >>> n_products(1, 3), sum(map(len, product_table(1, 3)))
    (10, 10)
    """
    return comb(2 * d + order, order)


@lru_cache(maxsize=None)
def position(d: int, order: int) -> dict[MultiIndex, int]:
    """Where each α ∈ A stands in graded order; the inverse of `multi_indices`.

    Examples
    --------
    >>> position(2, 2)[(1, 1)]
    4
    """
    return {alpha: i for i, alpha in enumerate(multi_indices(d, order))}


def multi_factorial(alpha: MultiIndex) -> int:
    """α! = α₁! ⋯ α_d!, so that Dᵅu = α! u_α.

    Examples
    --------
    >>> multi_factorial((3, 2))
    12
    """
    return prod(factorial(n) for n in alpha)


def degree_slices(d: int, order: int) -> tuple[slice, ...]:
    """The rows of a jet that hold total degree 0, 1, …, order.

    Examples
    --------
    >>> degree_slices(2, 2)
    (slice(0, 1, None), slice(1, 3, None), slice(3, 6, None))
    """
    ends = [0] + [n_multi_indices(d, n) for n in range(order + 1)]
    return tuple(slice(lo, hi) for lo, hi in zip(ends, ends[1:]))


@lru_cache(maxsize=None)
def product_table(d: int, order: int) -> Table:
    """Row γ lists (1, α, β) for every α + β = γ (J1)."""
    indices, where = multi_indices(d, order), position(d, order)
    rows: list[list[tuple[float, int, int]]] = [[] for _ in indices]
    for i, alpha in enumerate(indices):
        for j, beta in enumerate(multi_indices(d, order - sum(alpha))):
            gamma = tuple(a + b for a, b in zip(alpha, beta))
            rows[where[gamma]].append((1.0, i, j))                                         # (J1)
    return tuple(map(tuple, rows))


@lru_cache(maxsize=None)
def square_table(d: int, order: int) -> Table:
    """The product of a jet with itself: (J1) with the pairs (α, β) and (β, α) counted together."""
    return tuple(
        tuple((1.0 if i == j else 2.0, i, j) for _, i, j in row if i <= j)
        for row in product_table(d, order)
    )


@lru_cache(maxsize=None)
def chain_table(d: int, order: int) -> Table:
    """Row γ lists (α_q / γ_q, α, β) for every α + β = γ with α_q > 0 (J3); row 0 is empty.

    Any q with γ_q > 0 gives the same a_γ; the smallest γ_q gives the fewest terms.
    """
    indices = multi_indices(d, order)
    rows: list[Row] = [()]
    for gamma, row in zip(indices[1:], product_table(d, order)[1:]):
        gamma_q, q = min((n, q) for q, n in enumerate(gamma) if n > 0)
        rows.append(
            tuple((indices[i][q] / gamma_q, i, j) for _, i, j in row if indices[i][q] > 0)  # (J3)
        )
    return tuple(rows)


@lru_cache(maxsize=None)
def transpose_table(d: int, order: int) -> Table:
    """Row β lists (1, γ − β, γ) for every γ ≥ β (J4): (J1) read from the output's side."""
    rows: list[list[tuple[float, int, int]]] = [[] for _ in multi_indices(d, order)]
    for g, row in enumerate(product_table(d, order)):
        for _, i, j in row:
            rows[j].append((1.0, i, g))                                                    # (J4)
    return tuple(map(tuple, rows))
