"""The truncated Taylor algebra against polynomial arithmetic and against its own adjoint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sobolev_ref.jets.algebra import taylor_algebra
from sobolev_ref.jets.workspace import HEAP, Workspace

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
def test_square_is_the_product_with_itself(T, seed):
    u = jet(T, np.random.default_rng(seed))
    product = T.product(u, u)
    for n, rows in enumerate(T.stages):
        np.testing.assert_allclose(T.square_of_degree(n, u), product[rows], rtol=1e-13, atol=1e-13)
        np.testing.assert_array_equal(T.product_of_degree(n, u, u), product[rows])


@given(ALGEBRAS, SEEDS)
def test_transpose_is_the_adjoint_of_the_product(T, seed):
    """(J4): ⟨s·z, ā⟩ = ⟨z, sᵀā⟩ for all jets."""
    rng = np.random.default_rng(seed)
    s, z, a_bar = jet(T, rng), jet(T, rng), jet(T, rng)
    np.testing.assert_allclose(
        (T.product(s, z) * a_bar).sum(),
        (z * T.product_transpose(s, a_bar)).sum(),
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
    for n, rows in T.degrees():
        np.testing.assert_allclose(T.chain_of_degree(n, z, 2 * z), a[rows], rtol=1e-12, atol=1e-12)
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


@given(ALGEBRAS, SEEDS)
def test_the_tangent_algebra_carries_directional_derivatives(T, seed):
    """(u + εu̇)(v + εv̇) = uv + ε(u̇v + uv̇), and (J3) with the variable ε is the product s·ż."""
    E = T.tangent
    assert E is T.tangent and E.size == 2 * T.size
    assert (E.d, E.order) == (T.d + 1, T.order + 1)
    u, v, du, dv = np.random.default_rng(seed).normal(size=(4, T.size, 3))
    both = E.product(np.concatenate([u, du]), np.concatenate([v, dv]))
    np.testing.assert_allclose(both[: T.size], T.product(u, v), rtol=1e-13, atol=1e-13)
    expected = T.product(du, v) + T.product(u, dv)
    np.testing.assert_allclose(both[T.size :], expected, rtol=1e-12, atol=1e-12)
    chained = [
        E.chain_of_degree(n, np.concatenate([u, du]), np.concatenate([v, dv]))
        for n, rows in E.degrees()
        if rows.start >= T.size
    ]
    np.testing.assert_allclose(np.concatenate(chained), T.product(du, v), rtol=1e-12, atol=1e-12)


def test_every_sum_takes_a_factor_and_a_place_for_its_result():
    T = taylor_algebra(2, 3)
    u, v = jet(T, np.random.default_rng(0)), jet(T, np.random.default_rng(1))
    np.testing.assert_allclose(T.product(u, v, scale=-2.0), -2 * T.product(u, v), rtol=1e-13)
    for method, operands in [
        (T.product_of_degree, (u, v)),
        (T.square_of_degree, (u,)),
        (T.chain_of_degree, (u, v)),
    ]:
        for n, rows in T.degrees():
            plain = method(n, *operands)
            assert plain.shape == (rows.stop - rows.start, 3, 2)
            np.testing.assert_allclose(method(n, *operands, scale=3.0), 3 * plain, rtol=1e-13)
            out = np.full_like(plain, np.nan)
            assert method(n, *operands, scale=-1.0, out=out) is out
            np.testing.assert_allclose(out, -plain, rtol=1e-13)


@given(ALGEBRAS, st.integers(1, 9), st.integers(1, 9), SEEDS)
def test_missing_rows_are_zero_rows(T, rows_u, rows_v, seed):
    rng = np.random.default_rng(seed)
    u, v = jet(T, rng)[:rows_u], jet(T, rng)[:rows_v]
    whole_u, whole_v = T.padded(u), T.padded(v)
    assert len(whole_u) == T.size and not whole_u[rows_u:].any()
    np.testing.assert_array_equal(whole_u[:rows_u], u)
    assert T.padded(whole_u) is whole_u and T.padded(1j * u).dtype == complex
    np.testing.assert_array_equal(T.product(u, v), T.product(whole_u, whole_v))
    for n, _ in T.degrees():
        chained, whole = T.chain_of_degree(n, u, v), T.chain_of_degree(n, whole_u, whole_v)
        np.testing.assert_allclose(chained, whole, rtol=1e-13, atol=1e-15)
    transposed = T.product_transpose(u, v)
    np.testing.assert_array_equal(transposed, T.product_transpose(whole_u, whole_v))


def test_a_transpose_of_the_first_rows_and_added_to_what_is_there():
    T = taylor_algebra(2, 2)
    s, a_bar, there = np.random.default_rng(0).normal(size=(3, T.size, 4))
    whole = T.product_transpose(s, a_bar)
    np.testing.assert_array_equal(T.product_transpose(s, a_bar, 3), whole[:3])
    to = there.copy()
    assert T.product_transpose(s, a_bar, to=to) is to
    np.testing.assert_allclose(to, there + whole, rtol=1e-13)
    to = there[:3].copy()
    T.product_transpose(
        s[:1], a_bar[:2], 3, to
    )  # the third row has no terms, and keeps what it had
    np.testing.assert_allclose(to, there[:3] + T.product_transpose(s[:1], a_bar[:2], 3), rtol=1e-13)


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


def test_a_workspace_holds_the_results_and_keeps_its_algebras():
    T, workspace = taylor_algebra(2, 2), Workspace()
    W = T.within(workspace)
    assert T.within(HEAP) is T and W.within(HEAP) is T
    assert W is T.within(workspace) is W.within(workspace) and W.memory is workspace
    assert W.tangent is T.tangent.within(workspace) and W.tangent.memory is workspace
    assert W.size == T.size and W.stages == T.stages
    u, v = np.random.default_rng(0).normal(size=(2, T.size, 4))
    for _ in range(2):  # the first pass finds out how much memory is needed
        workspace.restart()
        results = (
            W.product(u, v),
            W.chain_of_degree(2, u, v),
            W.product_transpose(u, v),
            W.variables(u[:, :2]),
        )
    assert all(np.shares_memory(result, workspace.buffer) for result in results)
    np.testing.assert_array_equal(results[0], T.product(u, v))
    np.testing.assert_array_equal(results[1], T.chain_of_degree(2, u, v))
    np.testing.assert_array_equal(results[2], T.product_transpose(u, v))
    np.testing.assert_array_equal(results[3], T.variables(u[:, :2]))
