"""Residuals (G1) and Jacobian (G2), (G3): against the loss, its gradient, and the complex step."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import losses

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Quadrature, SobolevLoss
from sobolev_ref.losses import least_squares
from sobolev_ref.optimize.linear import least_squares_system
from sobolev_ref.theory.counterexamples import Cubic

SQUARES = losses(p=st.just(2))


def by_complex_step(loss, theta):
    """J column by column, Im r(θ + i h e)/h."""
    steps = 1e-20j * np.eye(len(theta))
    columns = [loss.residuals(theta + step).imag / 1e-20 for step in steps]
    return np.stack(columns, axis=1)


@given(SQUARES)
def test_the_squares_add_up_to_the_loss(drawn):
    """(G1): ‖r‖² = L, and R counts what has weight and data."""
    loss, theta = drawn
    r = loss.residuals(theta)
    value, _ = loss(theta)
    assert r @ r == pytest.approx(value, rel=1e-12, abs=1e-300)
    weight = loss.weights[:, None] * loss.rule.weights
    used = (weight > 0)[..., None] & ~np.isnan(loss.target_values)
    assert r.shape == (used.sum(),) and loss.jacobian(theta).shape == (used.sum(), len(theta))


@given(SQUARES)
def test_the_jacobian_is_the_complex_step_of_the_residuals(drawn):
    """(G2), (G3), any depth, order, dimension and activation, several outputs, missing data."""
    loss, theta = drawn
    exact = by_complex_step(loss, theta)
    scale = np.abs(exact).max(initial=1e-3)
    np.testing.assert_allclose(loss.jacobian(theta), exact, rtol=0, atol=1e-12 * scale)


@given(SQUARES)
def test_the_gradient_is_twice_the_transpose_times_the_residuals(drawn):
    loss, theta = drawn
    r, J = loss.residuals(theta), loss.jacobian(theta)
    scale = (np.abs(J).T @ np.abs(r)).max(initial=1e-3)
    np.testing.assert_allclose(2 * J.T @ r, loss(theta)[1], rtol=0, atol=1e-12 * scale)


def test_by_hand():
    """u = w x + b at x = 2 with weight 9 and λ = 4: rows 3(…), 6(…)."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: 0 * x, Quadrature([2.0], [9.0]), weights=(1, 4))
    np.testing.assert_array_equal(loss.residuals([5.0, 1.0]), [33.0, 30.0])
    np.testing.assert_array_equal(loss.jacobian([5.0, 1.0]), [[6.0, 3.0], [6.0, 0.0]])


def test_the_gauss_newton_matrix_is_half_the_hessian_where_the_fit_is_perfect():
    """∇²L = 2JᵀJ + 2 Σ r ∇²r, and r = 0."""
    net = MLP((2, 4, 3, 2), "sin")
    theta = net.init(0)
    rule = sr.sobol([(-1, 1)] * 2, 8, rng=0)
    loss = SobolevLoss(net, net.derivatives(theta, rule.nodes, 2), rule, order=2)
    J = loss.jacobian(theta)
    H = loss.hessian(theta)
    np.testing.assert_allclose(2 * J.T @ J, H, rtol=0, atol=1e-12 * np.abs(H).max())


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("workers", [1, 2, map])
def test_blocks_change_nothing(missing, workers, monkeypatch):
    """Blocks of 3 of 16 nodes, a buffer of two nodes' rows, threads: the same bits."""
    net = MLP((2, 5, 4, 2))
    theta, rule = net.init(1), sr.sobol([(0, 1)] * 2, 16, rng=0)
    data = {a: np.random.default_rng(1).normal(size=(16, 2)) for a in sr.multi_indices(2, 1)}
    if missing:
        data[1, 0][[0, 7, 15]] = np.nan
    whole = SobolevLoss(net, data, rule)
    monkeypatch.setattr(least_squares, "BUFFER", 8 * 3 * 2 * 2 * len(theta))
    blocked = SobolevLoss(net, data, rule, block=3, workers=workers)
    for method in ("residuals", "jacobian"):
        one, other = getattr(whole, method)(theta), getattr(blocked, method)(theta)
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(blocked.jacobian(theta), blocked.jacobian(theta))


def test_a_linear_model_has_the_matrix_of_its_system():
    """For every θ, J = Φ and r = Φθ − y; two outputs stand in blocks."""
    model = LinearModel.polynomial(3, [(0, 1)], m=2)
    loss = SobolevLoss(model, lambda x: (np.exp(x), x), sr.gauss_legendre([(0, 1)], 5), order=2)
    theta = np.random.default_rng(0).normal(size=8)
    J, r = loss.jacobian(theta), loss.residuals(theta)
    np.testing.assert_allclose(J, by_complex_step(loss, theta), rtol=1e-13, atol=1e-15)
    for j in range(2):
        matrix, y = least_squares_system(loss, j)
        columns = slice(4 * j, 4 * j + 4)
        np.testing.assert_array_equal(J[j::2, columns], matrix)
        np.testing.assert_allclose(matrix @ theta[columns] - y, r[j::2], rtol=1e-12, atol=1e-13)
        assert not J[j::2, 4 - 4 * j : 8 - 4 * j].any()


def test_a_frozen_network_has_the_last_columns_of_the_network_s():
    net = MLP((2, 6, 5, 2))
    theta, rule = net.init(2), sr.sobol([(0, 1)] * 2, 8, rng=0)
    f = lambda x, y: (x * y, x)
    model = LinearModel.from_mlp(net, theta)
    n = model.n_parameters
    frozen, free = (SobolevLoss(u, f, rule, order=2) for u in (model, net))
    np.testing.assert_array_equal(frozen.jacobian(theta[-n:]), free.jacobian(theta)[:, -n:])


def test_a_model_of_one_parameter():
    loss = SobolevLoss(Cubic(), lambda x: -3.0, sr.gauss_legendre([(0, 1)], 4), order=1)
    J = loss.jacobian(np.array([0.5]))
    np.testing.assert_allclose(J, by_complex_step(loss, np.array([0.5])), rtol=1e-14)


def test_the_reverse_road_has_the_same_rows():
    net = MLP((5, 6, 1))
    loss = SobolevLoss(net, lambda *x: x[0] * x[4], sr.sobol([(0, 1)] * 5, 8, rng=0))
    assert loss.road == "reverse"
    J, r = loss.jacobian(net.init(0)), loss.residuals(net.init(0))
    np.testing.assert_allclose(2 * J.T @ r, loss(net.init(0))[1], rtol=1e-11, atol=1e-12)


def test_relu_by_values_alone():
    net = MLP((1, 6, 1), "relu")
    loss = SobolevLoss(net, np.sin, sr.midpoint([(-1, 1)], 7), order=0)
    theta = net.init(0) + 0.1
    np.testing.assert_allclose(loss.jacobian(theta), by_complex_step(loss, theta), atol=1e-13)


def test_nothing_measured_has_no_rows():
    loss = SobolevLoss(MLP((1, 3, 1)), {(0,): [np.nan, np.nan]}, sr.midpoint([(0, 1)], 2))
    theta = np.zeros(10)
    assert loss.residuals(theta).shape == (0,) and loss.jacobian(theta).shape == (0, 10)


def test_it_follows_the_weights_of_the_loss():
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4))
    other = copy.copy(loss)
    other.weights = 4 * loss.weights
    theta = np.ones(10)
    np.testing.assert_allclose(other.residuals(theta), 2 * loss.residuals(theta), rtol=1e-14)


def test_bad_input():
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4), p=3)
    for method in (loss.residuals, loss.jacobian):
        with pytest.raises(
            ValueError, match="^p: got 3, but the loss is a sum of squares only for p = 2$"
        ):
            method(np.zeros(10))
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4))
    with pytest.raises(ValueError, match=r"^theta: got shape \(9,\), takes shape \(10,\)"):
        loss.jacobian(np.zeros(9))


def test_a_jacobian_beyond_memory_is_refused_by_its_rows_in_use():
    """8,000 residuals by 30,001 parameters, 1.9 GB."""
    net, rule = MLP((1, 10_000, 1)), sr.midpoint([(0, 1)], 4000)
    loss = SobolevLoss(net, np.sin, rule)
    with pytest.raises(
        ValueError,
        match="^loss, theta: got a Jacobian of 8,000 residuals by 30,001 parameters, 240,008,000 numbers",
    ):
        loss.jacobian(np.zeros(net.n_parameters))


def test_a_complex_jacobian_with_gaps_has_the_rows_of_the_one_without():
    net, rule = MLP((1, 3, 1)), sr.midpoint([(-1, 1)], 6)
    x = rule.nodes[:, 0]
    theta = net.init(0) + 1j * np.linspace(0, 1, net.n_parameters)
    whole = SobolevLoss(net, {(0,): np.sin(x), (1,): np.cos(x)}, rule).jacobian(theta)
    gaps = np.where([True, False, True, True, False, True], np.cos(x), np.nan)
    J = SobolevLoss(net, {(0,): np.sin(x), (1,): gaps}, rule).jacobian(theta)
    assert J.dtype == complex
    np.testing.assert_allclose(J, np.delete(whole, [7, 10], axis=0), rtol=1e-13)
