"""Multi-indices: their order, their number, and the pairs that a truncated product sums over."""

import re
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sobolev_ref.jets import multi_index as mi

DIMENSIONS, ORDERS = st.integers(1, 5), st.integers(0, 5)
TOO_LARGE = (
    "d, order: got so large that the multi-indices have more than 50,000,000 entries (0.4 GB and more), "
    "takes smaller ones"
)


def test_graded_order_in_two_variables():
    """The degree comes first, and within one degree the first entry descends."""
    shown = ["".join(map(str, alpha)) for alpha in mi.multi_indices(2, 3)]
    assert shown == ["00", "10", "01", "20", "11", "02", "30", "21", "12", "03"]
    assert mi.multi_indices(np.int8(2), np.array(1)) == ((0, 0), (1, 0), (0, 1))


@given(DIMENSIONS, ORDERS)
def test_every_multi_index_stands_once_by_degree(d, k):
    """There are C(d + k, k) of them, and those of a lower order come first."""
    indices = mi.multi_indices(d, k)
    assert len(indices) == len(set(indices)) == comb(d + k, k) == mi.n_multi_indices(d, k)
    degrees = [sum(alpha) for alpha in indices]
    assert degrees == sorted(degrees) and degrees[-1] == k
    assert all(len(alpha) == d and min(alpha) >= 0 for alpha in indices)
    assert [mi.position(d, k)[alpha] for alpha in indices] == list(range(len(indices)))
    assert mi.multi_indices(d, k + 1)[: len(indices)] == indices


@given(DIMENSIONS, ORDERS)
def test_a_product_sums_over_every_pair_once(d, k):
    """(J1): there are C(2d + k, k) pairs with |α| + |β| ≤ k, and each stands under γ = α + β."""
    indices, table = mi.multi_indices(d, k), mi.product_table(mi.multi_indices(d, k))
    pairs = [(i, j) for row in table for _, i, j in row]
    assert len(pairs) == len(set(pairs)) == comb(2 * d + k, k)
    for gamma, row in zip(indices, table):
        for c, i, j in row:
            assert c == 1 and tuple(a + b for a, b in zip(indices[i], indices[j])) == gamma


@pytest.mark.parametrize(("alpha", "expected"), [((0,), 1), ((4,), 24), ((3, 0, 2), 12)])
def test_multi_factorial(alpha, expected):
    assert mi.multi_factorial(alpha) == expected


@pytest.mark.parametrize(
    ("d", "k", "error", "message"),
    [
        (0, 1, ValueError, "d: got 0, takes a whole number >= 1"),
        (2, -1, ValueError, "order: got -1, takes a whole number >= 0"),
        (True, 1, TypeError, "d: got True, takes a whole number >= 1"),
        (2, 1.0, TypeError, "order: got 1.0, takes a whole number >= 0"),
        (20, 20, ValueError, TOO_LARGE),
        (1, 10**30, ValueError, TOO_LARGE),
        (10**30, 0, ValueError, TOO_LARGE),
    ],
)
def test_what_has_no_multi_indices_is_refused(d, k, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        mi.multi_indices(d, k)


def test_the_limit_of_entries_is_itself_taken(monkeypatch):
    monkeypatch.setattr(mi, "MAX_LISTED", 12)
    for d, k in ((2, 2), (12, 0), (1, 11)):  # 12 entries each
        assert d * len(mi.multi_indices(d, k)) == 12
    for d, k in ((2, 3), (13, 0), (1, 12)):
        with pytest.raises(ValueError, match="more than 12 entries"):
            mi.multi_indices(d, k)
