"""Residuals (G1) and Jacobian (G2), (G3): against the loss, its gradient, and the complex step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Quadrature, SobolevLoss
from sobolev_ref.losses import least_squares
from sobolev_ref.optimize.linear import least_squares_system
from sobolev_ref.testing.strategies import losses
from sobolev_ref.theory.counterexamples import Cubic


def by_complex_step(loss, theta):
    """J column by column, Im r(θ + ihe)/h."""
    steps = 1e-20j * np.eye(len(theta))
    return np.stack([loss.residuals(theta + step).imag / 1e-20 for step in steps], axis=1)


@given(losses(p=st.just(2)))
def test_the_loss_as_a_sum_of_squares(drawn):
    """(G1): ‖r‖² = L, 2 Jᵀr = ∇L, and R counts what has weight and data. (G2), (G3): J = ∂r/∂θ.

    Any depth, order, dimension and activation, several outputs, missing data.
    """
    loss, theta = drawn
    (value, gradient), r, J = loss(theta), loss.residuals(theta), loss.jacobian(theta)
    used = (loss.weights[:, None] * loss.rule.weights > 0)[..., None] & ~np.isnan(
        loss.target_values
    )
    assert r.shape == (used.sum(),) and J.shape == (used.sum(), len(theta))
    assert r @ r == pytest.approx(value, rel=1e-12, abs=1e-300)
    scale = (np.abs(J).T @ np.abs(r)).max(initial=1e-3)
    np.testing.assert_allclose(2 * J.T @ r, gradient, rtol=0, atol=1e-12 * scale)
    exact = by_complex_step(loss, theta)
    atol = 1e-12 * np.abs(exact).max(initial=1e-3)
    np.testing.assert_allclose(J, exact, rtol=0, atol=atol)


def test_by_hand():
    """u = w x + b at x = 2 with weight 9 and λ = (1, 4): rows 3(…), 6(…)."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: 0 * x, Quadrature([2.0], [9.0]), weights=(1, 4))
    np.testing.assert_array_equal(loss.residuals([5.0, 1.0]), [33.0, 30.0])
    np.testing.assert_array_equal(loss.jacobian([5.0, 1.0]), [[6.0, 3.0], [6.0, 0.0]])


@pytest.mark.parametrize(
    ("model", "order"), [(MLP((1, 6, 1), "relu"), 0), (Cubic(), 1), (MLP((1, 3, 1)), 2)]
)
def test_rough_models_and_models_of_ones_own(model, order):
    loss = SobolevLoss(model, np.sin, sr.midpoint([(-1, 1)], 7), order=order)
    theta = np.linspace(0.5, 1.2, model.n_parameters)
    np.testing.assert_allclose(loss.jacobian(theta), by_complex_step(loss, theta), atol=1e-13)


def test_the_reverse_road_has_the_same_rows():
    """J goes by jets of order k on either road."""
    net, rule = MLP((5, 6, 1)), sr.sobol([(0, 1)] * 5, 8, rng=0)
    forward, reverse = (
        SobolevLoss(net, lambda *x: x[0] * x[4], rule, road=road) for road in ("forward", "reverse")
    )
    theta = net.init(0)
    np.testing.assert_array_equal(reverse.jacobian(theta), forward.jacobian(theta))
    r, J = reverse.residuals(theta), reverse.jacobian(theta)
    np.testing.assert_allclose(2 * J.T @ r, reverse(theta)[1], rtol=1e-11, atol=1e-12)


def test_a_linear_model_has_the_matrix_of_its_system():
    """For every θ, J = Φ and r = Φθ − y (T5); two outputs stand in blocks."""
    model = LinearModel.polynomial(3, [(0, 1)], m=2)
    loss = SobolevLoss(model, lambda x: (np.exp(x), x), sr.gauss_legendre([(0, 1)], 5), order=2)
    theta = np.random.default_rng(0).normal(size=8)
    J, r = loss.jacobian(theta), loss.residuals(theta)
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


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("workers", [1, 2, map])
def test_blocks_change_nothing(missing, workers, monkeypatch):
    """Blocks of 3 of 16 nodes, a buffer of two nodes' rows, threads."""
    net = MLP((2, 5, 4, 2))
    theta, rule = net.init(1), sr.sobol([(0, 1)] * 2, 16, rng=0)
    data = {a: np.random.default_rng(1).normal(size=(16, 2)) for a in sr.multi_indices(2, 1)}
    if missing:
        data[1, 0][[0, 7, 15]] = np.nan
    whole = SobolevLoss(net, data, rule)
    monkeypatch.setattr(least_squares, "BUFFER", 8 * 3 * 2 * 2 * len(theta))
    blocked = SobolevLoss(net, data, rule, block=3, workers=workers)
    for face in (lambda loss: loss.residuals(theta), lambda loss: loss.jacobian(theta)):
        np.testing.assert_allclose(face(blocked), face(whole), rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(face(blocked), face(blocked))


def test_a_complex_jacobian_with_gaps_has_the_rows_of_the_one_without():
    net, rule = MLP((1, 3, 1)), sr.midpoint([(-1, 1)], 6)
    x = rule.nodes[:, 0]
    theta = net.init(0) + 1j * np.linspace(0, 1, net.n_parameters)
    whole = SobolevLoss(net, {(0,): np.sin(x), (1,): np.cos(x)}, rule).jacobian(theta)
    gaps = np.where([True, False, True, True, False, True], np.cos(x), np.nan)
    J = SobolevLoss(net, {(0,): np.sin(x), (1,): gaps}, rule).jacobian(theta)
    assert J.dtype == complex
    np.testing.assert_allclose(J, np.delete(whole, [7, 10], axis=0), rtol=1e-13)


def test_nothing_measured_has_no_rows():
    loss = SobolevLoss(MLP((1, 3, 1)), {(0,): [np.nan, 1.0]}, sr.midpoint([(0, 1)], 2)).batch([0])
    theta = np.zeros(10)
    assert loss.residuals(theta).shape == (0,) and loss.jacobian(theta).shape == (0, 10)


def test_what_is_no_sum_of_squares_is_refused():
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4), p=3)
    for method in (loss.residuals, loss.jacobian):
        with pytest.raises(
            ValueError, match="^p: got 3, but the loss is a sum of squares only for"
        ):
            method(np.zeros(10))


def test_a_jacobian_is_asked_for_before_it_is_made(monkeypatch):
    """By its rows, of which gaps and nodes without weight have none, and its columns."""
    asked = []
    monkeypatch.setattr(least_squares, "check_jacobian", lambda *shape: asked.append(shape))
    data = {(0,): [1.0, np.nan, 2.0, 0.0], (1,): [np.nan, 1.0, 1.0, 1.0]}
    rule = sr.Quadrature([0.0, 1.0, 2.0, 3.0], [1.0, 1.0, 1.0, 0.0])
    loss = SobolevLoss(MLP((1, 2, 1)), data, rule)
    assert loss.jacobian(np.zeros(7)).shape == (4, 7) and asked == [(4, 7)]
