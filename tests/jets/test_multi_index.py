"""Multi-indices and tables: counts and identities that hold for every d and k."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sobolev_ref.jets import multi_index as mi

DIMENSIONS, ORDERS = st.integers(1, 5), st.integers(0, 5)


def test_graded_order_in_two_variables():
    assert mi.multi_indices(2, 3) == (
        (0, 0),
        (1, 0),
        (0, 1),
        (2, 0),
        (1, 1),
        (0, 2),
        (3, 0),
        (2, 1),
        (1, 2),
        (0, 3),
    )


@pytest.mark.parametrize(
    ("d", "k", "error", "match"),
    [
        (0, 1, ValueError, "^d: got 0, takes a whole number >= 1$"),
        (-1, 2, ValueError, "^d: got -1, takes a whole number >= 1$"),
        (2, -1, ValueError, "^order: got -1, takes a whole number >= 0$"),
        (True, 1, TypeError, "^d: got True, takes a whole number >= 1$"),
        (2, 1.0, TypeError, "^order: got 1.0, takes a whole number >= 0$"),
        (2, np.ones(2, int), TypeError, "order: .* takes a whole number >= 0"),
        (2, np.ma.array(1, mask=True), TypeError, "order: got a masked number"),
        (
            *(20, 20),
            ValueError,
            "^d, order: got so large that the multi-indices have more than 50,000,000 entries "
            r"\(0.4 GB and more\), takes smaller ones$",
        ),
        (1, 10**30, ValueError, "d, order: got so large"),
        (10**30, 0, ValueError, "d, order: got so large"),
    ],
)
def test_bad_dimensions(d, k, error, match):
    with pytest.raises(error, match=match):
        mi.multi_indices(d, k)


def test_the_limit_of_entries_is_itself_taken(monkeypatch):
    monkeypatch.setattr(mi, "MAX_ENTRIES", 12)
    for d, k in ((2, 2), (12, 0), (1, 11)):  # 12 entries each
        assert d * len(mi.multi_indices(d, k)) == 12
    for d, k in ((2, 3), (13, 0), (1, 12)):
        with pytest.raises(ValueError, match="more than 12 entries"):
            mi.multi_indices(d, k)


def test_whole_numbers_of_numpy_are_whole_numbers():
    assert mi.multi_indices(np.int8(2), np.array(1)) == ((0, 0), (1, 0), (0, 1))


@given(DIMENSIONS, ORDERS)
def test_every_multi_index_once_by_degree(d, k):
    indices = mi.multi_indices(d, k)
    assert len(indices) == len(set(indices)) == comb(d + k, k) == mi.n_multi_indices(d, k)
    degrees = [sum(alpha) for alpha in indices]
    assert degrees == sorted(degrees) and degrees[-1] == k
    assert all(len(alpha) == d and min(alpha) >= 0 for alpha in indices)
    assert all(mi.position(d, k)[alpha] == i for i, alpha in enumerate(indices))


@given(DIMENSIONS, ORDERS)
def test_a_lower_order_is_a_prefix(d, k):
    assert mi.multi_indices(d, k + 1)[: mi.n_multi_indices(d, k)] == mi.multi_indices(d, k)


@given(DIMENSIONS, ORDERS)
def test_the_product_table_has_every_pair_once(d, k):
    """(J1): the pairs (α, β) with |α| + |β| ≤ k, C(2d + k, k) of them, each under γ = α + β."""
    indices, table = mi.multi_indices(d, k), mi.product_table(mi.multi_indices(d, k))
    pairs = [(i, j) for row in table for _, i, j in row]
    assert len(pairs) == len(set(pairs)) == comb(2 * d + k, k) == mi.n_products(d, k)
    for gamma, row in zip(indices, table):
        for c, i, j in row:
            assert c == 1 and tuple(a + b for a, b in zip(indices[i], indices[j])) == gamma


@given(DIMENSIONS, ORDERS)
def test_the_square_table_is_the_product_table_folded(d, k):
    for row, square in zip(
        mi.product_table(mi.multi_indices(d, k)),
        mi.square_table(mi.product_table(mi.multi_indices(d, k))),
    ):
        assert sum(c for c, _, _ in square) == len(row)
        assert all(i <= j for _, i, j in square)
        assert {(min(i, j), max(i, j)) for _, i, j in row} == {(i, j) for _, i, j in square}


@given(DIMENSIONS, ORDERS)
def test_the_chain_table_reads_only_lower_degrees_of_s(d, k):
    """(J3): s enters with |β| < |γ|, the coefficients α_q/γ_q lie in (0, 1], and α = γ is there."""
    indices, table = (
        mi.multi_indices(d, k),
        mi.chain_table(mi.multi_indices(d, k), mi.product_table(mi.multi_indices(d, k))),
    )
    assert table[0] == ()
    for g, row in list(enumerate(table))[1:]:
        assert all(sum(indices[j]) < sum(indices[g]) and 0 < c <= 1 for c, _, j in row)
        assert (1.0, g, 0) in row


@given(DIMENSIONS, ORDERS)
def test_the_transpose_table_is_the_product_table_transposed(d, k):
    """(J4): s_i enters z̄_j from ā_g exactly when (i, j) contribute to γ = g in (J1)."""
    product = {
        (i, j, g)
        for g, row in enumerate(mi.product_table(mi.multi_indices(d, k)))
        for _, i, j in row
    }
    table = mi.transpose_table(mi.product_table(mi.multi_indices(d, k)))
    assert {(i, j, g) for j, row in enumerate(table) for _, i, g in row} == product
    assert {c for row in table for c, _, _ in row} == {1}


@pytest.mark.parametrize(("alpha", "expected"), [((0,), 1), ((4,), 24), ((3, 0, 2), 12)])
def test_multi_factorial(alpha, expected):
    assert mi.multi_factorial(alpha) == expected
