"""The truncated Taylor algebra against polynomial arithmetic and against its own adjoint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sobolev_ref.jets.algebra import taylor_algebra

ALGEBRAS = st.builds(taylor_algebra, st.integers(1, 4), st.integers(0, 4))
SEEDS = st.integers(0, 2**32 - 1)


def jet(T, rng, shape=(3, 2)):
    return rng.normal(size=(T.size, *shape))


def evaluate(T, u, h):
    """Σ_α u_α h^α: a jet is a polynomial in h ∈ ℝᵈ."""
    return sum(u_a * np.prod(np.power(h, alpha)) for alpha, u_a in zip(T.indices, u))


@given(st.integers(1, 4), st.integers(0, 3), SEEDS)
def test_product_is_the_product_of_polynomials(d, k, seed):
    """(J1) with nothing truncated: degrees ≤ k multiplied in the algebra of order 2k."""
    rng = np.random.default_rng(seed)
    small, T = taylor_algebra(d, k), taylor_algebra(d, 2 * k)
    u, v = np.zeros((2, T.size, 3))
    u[: small.size], v[: small.size] = rng.normal(size=(2, small.size, 3))
    h = rng.normal(size=d)
    np.testing.assert_allclose(
        evaluate(T, T.product(u, v), h),
        evaluate(T, u, h) * evaluate(T, v, h),
        rtol=1e-11,
        atol=1e-11,
    )


@given(ALGEBRAS, SEEDS)
def test_truncation_forgets_only_high_degrees(T, seed):
    rng = np.random.default_rng(seed)
    larger = taylor_algebra(T.d, T.order + 1)
    u, v = jet(larger, rng), jet(larger, rng)
    np.testing.assert_array_equal(
        T.product(u[: T.size], v[: T.size]), larger.product(u, v)[: T.size]
    )


@given(ALGEBRAS, SEEDS)
def test_product_in_one_variable_is_convolution(T, seed):
    rng = np.random.default_rng(seed)
    T = taylor_algebra(1, T.order)
    u, v = rng.normal(size=(2, T.size))
    np.testing.assert_allclose(T.product(u, v), np.convolve(u, v)[: T.size], rtol=1e-13, atol=1e-13)


@given(ALGEBRAS, SEEDS)
def test_a_square_is_the_product_with_a_copy(T, seed):
    """(J1) takes u u in half the multiplications."""
    u = jet(T, np.random.default_rng(seed))
    np.testing.assert_allclose(T.product(u, u), T.product(u, u.copy()), rtol=1e-13, atol=1e-13)


@given(ALGEBRAS, SEEDS)
def test_transpose_is_the_adjoint_of_the_product(T, seed):
    """(J4): ⟨s·z, ā⟩ = ⟨z, sᵀā⟩ for all jets."""
    rng = np.random.default_rng(seed)
    s, z, a_bar = jet(T, rng), jet(T, rng), jet(T, rng)
    np.testing.assert_allclose(
        (T.product(s, z) * a_bar).sum(),
        (z * T.transpose(s, a_bar)).sum(),
        rtol=1e-12,
        atol=1e-12,
    )


def partial(T, u, q):
    """∂u/∂h_q, a polynomial of one degree less, in the algebra of that order."""
    lower = taylor_algebra(T.d, T.order - 1)
    where = {alpha: i for i, alpha in enumerate(T.indices)}
    out = np.zeros((lower.size, *u.shape[1:]))
    for i, beta in enumerate(lower.indices):
        up = tuple(n + (j == q) for j, n in enumerate(beta))
        out[i] = up[q] * u[where[up]]
    return out


@given(st.integers(1, 3), st.integers(1, 4), SEEDS)
def test_chain_solves_the_chain_rule_in_every_variable(d, k, seed):
    """(J3) uses one q for each γ; ∂_q a = s ∂_q z must come out for all q when s = f(z).

    Take a = z², s = 2z, for which the whole system is consistent.
    """
    T, lower = taylor_algebra(d, k), taylor_algebra(d, k - 1)
    z = jet(T, np.random.default_rng(seed))
    a = T.product(z, z)
    for g in T.rows:
        np.testing.assert_allclose(T.chain_row(g, z, 2 * z), a[g], rtol=1e-12, atol=1e-12)
    for q in range(d):
        expected = lower.product((2 * z)[: lower.size], partial(T, z, q))
        np.testing.assert_allclose(partial(T, a, q), expected, rtol=1e-12, atol=1e-12)


def test_variables_are_the_jet_of_the_identity():
    T = taylor_algebra(2, 2)
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    u = T.variables(x)
    np.testing.assert_array_equal(u[0], x)
    np.testing.assert_array_equal(u[1], np.broadcast_to([1.0, 0.0], (3, 2)))
    np.testing.assert_array_equal(u[2], np.broadcast_to([0.0, 1.0], (3, 2)))
    assert not u[3:].any()
    assert taylor_algebra(2, 0).variables(x).shape == (1, 3, 2)


def test_the_algebra_is_cached_and_its_factorials_are_frozen():
    T = taylor_algebra(2, 3)
    assert taylor_algebra(2, 3) is T
    np.testing.assert_array_equal(T.factorials, [1, 1, 1, 2, 1, 2, 6, 2, 2, 6])
    with pytest.raises(ValueError, match="read-only"):
        T.factorials[0] = 2
    assert taylor_algebra(1, 25).factorials.dtype == float  # 25! has no place in an int64


def test_every_row_takes_a_factor_and_a_place_for_its_result():
    T = taylor_algebra(2, 3)
    u, v = jet(T, np.random.default_rng(0)), jet(T, np.random.default_rng(1))
    for row, operands in ((T.product_row, (u, v)), (T.product_row, (u, u)), (T.chain_row, (u, v))):
        for g in T.rows:
            plain = row(g, *operands)
            assert plain.shape == (3, 2)
            np.testing.assert_allclose(row(g, *operands, scale=3.0), 3 * plain, rtol=1e-13)
            out = np.full_like(plain, np.nan)
            assert row(g, *operands, out, scale=-1.0) is out
            np.testing.assert_allclose(out, -plain, rtol=1e-13)


def test_a_transpose_has_as_many_rows_as_are_asked_for():
    T = taylor_algebra(2, 2)
    s, a_bar = np.random.default_rng(0).normal(size=(2, T.size, 4))
    np.testing.assert_array_equal(T.transpose(s, a_bar, 3), T.transpose(s, a_bar)[:3])


@given(ALGEBRAS, st.integers(1, 9), st.integers(1, 9), SEEDS)
def test_missing_rows_are_zero_rows(T, rows_u, rows_v, seed):
    rng = np.random.default_rng(seed)
    u, v = jet(T, rng)[:rows_u], jet(T, rng)[:rows_v]
    whole_u, whole_v = T.padded(u), T.padded(v)
    assert len(whole_u) == T.size and not whole_u[rows_u:].any()
    np.testing.assert_array_equal(whole_u[:rows_u], u)
    assert T.padded(whole_u) is whole_u and T.padded(1j * u).dtype == complex
    np.testing.assert_array_equal(T.product(u, v), T.product(whole_u, whole_v))
    for g in T.rows:
        chained, whole = T.chain_row(g, u, v), T.chain_row(g, whole_u, whole_v)
        np.testing.assert_allclose(chained, whole, rtol=1e-13, atol=1e-15)
    transposed = T.transpose(u, v)
    np.testing.assert_array_equal(transposed, T.transpose(whole_u, whole_v))


def test_jets_broadcast_and_mix_real_with_complex():
    T = taylor_algebra(2, 2)
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(T.size, 1, 5)), 1j * rng.normal(size=(T.size, 4, 1))
    product = T.product(u, v)
    assert product.shape == (T.size, 4, 5) and product.dtype == complex
    np.testing.assert_allclose(product[:, 2, 3], T.product(u[:, 0, 3], v[:, 2, 0]), rtol=1e-14)
    assert T.product(v, u).dtype == complex
    square = T.product(u[:, 0], product)  # u on fewer axes, on either side
    np.testing.assert_allclose(square, T.product(product, u[:, 0]), rtol=1e-12, atol=1e-14)
    assert T.variables(np.array([[1j, 2.0]])).dtype == complex
    np.testing.assert_array_equal(T.constant(np.array([2.0, 3.0])), [[2, 3]] + [[0, 0]] * 5)
