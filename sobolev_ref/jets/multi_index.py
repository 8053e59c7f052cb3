"""Multi-indices in graded order, and the tables of the truncated Taylor algebra.

A multi-index α ∈ ℕᵈ names the monomial x^α and the derivative Dᵅ. The set A = {α : |α| ≤ k} has
C(d + k, k) members; everything here is integer bookkeeping on A.

Each of the three sums (J1), (J3) and (J4) of `algebra` is a table: row g of it lists (coefficient, i, j),
and an output row is Σ coefficient · u[i] · v[j]. `algebra` keeps and evaluates tables; this module only
makes them.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from math import comb, factorial, prod
from typing import TypeAlias

from .._checks import as_integer
from .._typing import MultiIndex

Indices: TypeAlias = tuple[MultiIndex, ...]
Term: TypeAlias = tuple[float, int, int]  # (c, i, j), for c u_i v_j
Table: TypeAlias = tuple[tuple[Term, ...], ...]  # by row

MAX_LISTED = 5 * 10**7  # entries of all α together, some 0.5 GB


def _of_degree(d: int, n: int) -> Iterator[MultiIndex]:
    """All α ∈ ℕᵈ with |α| = n, first entry descending: (n, 0, …) comes first."""
    for factors in combinations_with_replacement(range(d), n):  # x_q of x_q x_r ⋯, in order
        alpha = [0] * d
        for q in factors:
            alpha[q] += 1
        yield tuple(alpha)


def multi_indices(d: int, order: int) -> Indices:
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

    See Also
    --------
    Jet : Its coefficients stand in this order.

    Examples
    --------
    >>> multi_indices(2, 2)
    ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
    """
    d, order = as_integer("d", d, minimum=1), as_integer("order", order, minimum=0)
    if max(d, order) > MAX_LISTED or n_multi_indices(d, order) * d > MAX_LISTED:
        raise ValueError(
            f"d, order: got so large that the multi-indices have more than {MAX_LISTED:,} entries "
            f"({8e-9 * MAX_LISTED:.1f} GB and more), takes smaller ones"
        )
    return _multi_indices(d, order)


@cache
def _multi_indices(d: int, order: int) -> Indices:
    return tuple(alpha for n in range(order + 1) for alpha in _of_degree(d, n))


def n_multi_indices(d: int, order: int) -> int:
    """The size of A, C(d + k, k), without listing it.

    Examples
    --------
    >>> n_multi_indices(10, 2)
    66
    """
    return comb(d + order, order)


@cache
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


def smallest_entry(gamma: MultiIndex) -> tuple[int, int]:
    """(γ_q, q) for the smallest positive γ_q: the q that the recurrences go by.

    Examples
    --------
    >>> smallest_entry((3, 0, 1))
    (1, 2)
    """
    return min((n, q) for q, n in enumerate(gamma) if n > 0)


def product_table(indices: Indices) -> Table:
    """Row γ lists (1, α, β) for every α + β = γ (J1)."""
    where = {alpha: i for i, alpha in enumerate(indices)}
    rows = []
    for gamma in indices:
        row = []
        for alpha in product(*(range(n + 1) for n in gamma)):
            beta = tuple(g - a for g, a in zip(gamma, alpha))
            row.append((1.0, where[alpha], where[beta]))
        rows.append(tuple(sorted(row)))
    return tuple(rows)


def square_table(products: Table) -> Table:
    """The product of a jet with itself: (J1) with the pairs (α, β) and (β, α) counted together."""
    return tuple(
        tuple((1.0 if i == j else 2.0, i, j) for _, i, j in row if i <= j) for row in products
    )


def chain_table(indices: Indices, products: Table) -> Table:
    """Row γ lists (α_q / γ_q, α, β) for every α + β = γ with α_q > 0 (J3); row 0 is empty.

    Any q with γ_q > 0 gives the same a_γ; the smallest γ_q gives the fewest terms.
    """
    rows: list[tuple[Term, ...]] = [()]
    for gamma, row in zip(indices[1:], products[1:]):
        gamma_q, q = smallest_entry(gamma)
        rows.append(tuple((indices[i][q] / gamma_q, i, j) for _, i, j in row if indices[i][q] > 0))
    return tuple(rows)


def transpose_table(products: Table) -> Table:
    """Row β lists (1, γ − β, γ) for every γ ≥ β (J4), which is (J1) read from the output's side."""
    rows: list[list[Term]] = [[] for _ in products]
    for g, row in enumerate(products):
        for _, i, j in row:
            rows[j].append((1.0, i, g))
    return tuple(map(tuple, rows))
