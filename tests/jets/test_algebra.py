"""The truncated Taylor algebra: products are those of polynomials, the transpose is their adjoint."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

from sobolev_ref.jets.algebra import taylor_algebra

ALGEBRAS = st.builds(taylor_algebra, st.integers(1, 4), st.integers(0, 4))


def jets(T, seed, count):
    """Jets with normal coefficients, shape (A, 3, 2)."""
    return np.random.default_rng(seed).normal(size=(count, T.size, 3, 2))


def evaluate(T, u, h):
    """Σ_α u_α h^α: a jet is a polynomial in h ∈ ℝᵈ."""
    return sum(u_a * np.prod(np.power(h, alpha)) for alpha, u_a in zip(T.indices, u))


@given(st.integers(1, 4), st.integers(0, 3), SEEDS)
def test_a_product_is_that_of_polynomials_without_the_high_degrees(d, k, seed):
    """(J1): the algebra of order 2k loses no degree, and that of order k has its first rows."""
    T, large = taylor_algebra(d, k), taylor_algebra(d, 2 * k)
    u, v = jets(T, seed, 2)
    uv, h = large.product(u, v), np.random.default_rng(seed).uniform(-1, 1, d)
    expected = evaluate(T, u, h) * evaluate(T, v, h)
    np.testing.assert_allclose(evaluate(large, uv, h), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(T.product(u, v), uv[: T.size])


@given(ALGEBRAS, SEEDS)
def test_a_square_is_the_product_with_a_copy(T, seed):
    """(J1) takes u u in half the multiplications."""
    (u,) = jets(T, seed, 1)
    np.testing.assert_allclose(T.product(u, u), T.product(u, u.copy()), rtol=1e-13, atol=1e-13)


def partial(T, u, q):
    """∂u/∂h_q, a polynomial of one degree less, in the algebra of that order."""
    lower, where = taylor_algebra(T.d, T.order - 1), {a: i for i, a in enumerate(T.indices)}
    ups = [tuple(n + (i == q) for i, n in enumerate(beta)) for beta in lower.indices]
    return np.stack([up[q] * u[where[up]] for up in ups])


@given(st.integers(1, 3), st.integers(1, 4), SEEDS)
def test_the_recurrence_solves_the_chain_rule_in_every_variable(d, k, seed):
    """(J3) goes by one q for each γ, and ∂_q a = s ∂_q z must hold for all q.

    Take a = z³, s = 3z², for which the whole system is consistent.
    """
    T, lower = taylor_algebra(d, k), taylor_algebra(d, k - 1)
    (z,) = jets(T, seed, 1)
    s = 3 * T.product(z, z)
    a = T.product(z, s) / 3
    for g in T.rows:
        np.testing.assert_allclose(T.chain_row(g, z, s), a[g], rtol=1e-11, atol=1e-11)
    for q in range(d):
        expected = lower.product(s[: lower.size], partial(T, z, q))
        np.testing.assert_allclose(partial(T, a, q), expected, rtol=1e-11, atol=1e-11)


@given(ALGEBRAS, SEEDS)
def test_a_row_of_the_recurrence_reads_only_lower_degrees_of_s(T, seed):
    """So (J3) gives a and s row by row, where s is a function of a."""
    z, s = jets(T, seed, 2)
    for g in T.rows:
        lower = [sum(beta) < sum(T.indices[g]) for beta in T.indices]
        known = np.where(np.reshape(lower, (-1, 1, 1)), s, np.nan)
        assert np.isfinite(T.chain_row(g, z, known)).all()


@given(ALGEBRAS, SEEDS)
def test_the_transpose_is_the_adjoint_of_the_product(T, seed):
    """(J4): ⟨s z, ā⟩ = ⟨z, sᵀā⟩ for all jets; fewer rows of it can be asked for."""
    s, z, a_bar = jets(T, seed, 3)
    z_bar = T.transpose(s, a_bar)
    ours, expected = (z * z_bar).sum(), (T.product(s, z) * a_bar).sum()
    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12)
    rows = 1 + seed % T.size
    np.testing.assert_array_equal(T.transpose(s, a_bar, rows), z_bar[:rows])


@given(ALGEBRAS, st.integers(1, 9), st.integers(1, 9), SEEDS)
def test_missing_rows_are_zero_rows(T, rows_u, rows_v, seed):
    u, v = jets(T, seed, 2)
    u, v = u[:rows_u], v[:rows_v]
    whole_u, whole_v = T.padded(u), T.padded(v)
    assert len(whole_u) == T.size and not whole_u[rows_u:].any()
    np.testing.assert_array_equal(whole_u[:rows_u], u)
    assert T.padded(whole_u) is whole_u and T.padded(1j * u).dtype == complex
    np.testing.assert_array_equal(T.product(u, v), T.product(whole_u, whole_v))
    np.testing.assert_array_equal(T.transpose(u, v), T.transpose(whole_u, whole_v))
    for g in T.rows:
        np.testing.assert_array_equal(T.chain_row(g, u, v), T.chain_row(g, whole_u, whole_v))


def test_every_row_takes_a_factor_and_a_place_for_its_result():
    T = taylor_algebra(2, 3)
    assert list(T.rows) == list(range(1, 10))
    u, v = jets(T, 0, 2)
    for row, operands in ((T.product_row, (u, v)), (T.product_row, (u, u)), (T.chain_row, (u, v))):
        for g in T.rows:
            plain = row(g, *operands)
            assert plain.shape == (3, 2)
            np.testing.assert_allclose(row(g, *operands, scale=2.0), 2 * plain, rtol=1e-13)
            out = np.full_like(plain, np.nan)
            assert row(g, *operands, out, scale=-1.0) is out
            np.testing.assert_allclose(out, -plain, rtol=1e-13)


def test_jets_broadcast_and_mix_real_with_complex():
    """What is computed for all nodes at once is computed for each of them."""
    T = taylor_algebra(2, 2)
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(T.size, 1, 5)), 1j * rng.normal(size=(T.size, 4, 1))
    for sum_of in (
        T.product,
        T.transpose,
        lambda *pair: np.stack([T.product_row(g, *pair) for g in T.rows]),
        lambda *pair: np.stack([T.chain_row(g, *pair) for g in T.rows]),
    ):
        for pair in ((u, v), (v, u)):
            whole, one = sum_of(*pair), sum_of(*(a[:, 2 * (a is v), 3 * (a is u)] for a in pair))
            assert whole.shape[1:] == (4, 5) and whole.dtype == complex
            np.testing.assert_allclose(whole[:, 2, 3], one, rtol=1e-14)
    product = T.product(u, v)
    np.testing.assert_allclose(T.product(v, u), product, rtol=1e-12, atol=1e-14)
    on_fewer_axes = T.product(u[:, 0], product)
    np.testing.assert_allclose(on_fewer_axes, T.product(product, u[:, 0]), rtol=1e-12, atol=1e-14)


def test_the_jets_of_constants_and_of_the_identity():
    T = taylor_algebra(2, 2)
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    ones, zeros = np.ones(3), np.zeros(3)
    first = [x, np.stack([ones, zeros], axis=1), np.stack([zeros, ones], axis=1)]
    np.testing.assert_array_equal(T.variables(x), first)  # of degree 0 and 1, no others
    np.testing.assert_array_equal(taylor_algebra(2, 0).variables(x), [x])
    assert T.variables(1j * x).dtype == complex
    np.testing.assert_array_equal(T.constant(np.array([2.0, 3.0])), [[2, 3]] + [[0, 0]] * 5)


def test_the_algebra_is_kept_and_its_factorials_are_frozen():
    T = taylor_algebra(2, 3)
    assert taylor_algebra(2, 3) is T is pickle.loads(pickle.dumps(T)) is copy.deepcopy(T)
    np.testing.assert_array_equal(T.factorials, [1, 1, 1, 2, 1, 2, 6, 2, 2, 6])
    with pytest.raises(ValueError, match="read-only"):
        T.factorials[0] = 2
    assert taylor_algebra(1, 25).factorials.dtype == float  # 25! has no place in an int64
