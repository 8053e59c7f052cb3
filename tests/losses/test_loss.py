"""Losses that add: every face of a sum is the sum, or the stack, of its parts'."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import losses

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Quadrature, Ridge, SobolevLoss, solve_linear

RULE = sr.gauss_legendre([(0, 1)], 6)
NET = MLP((1, 4, 1))
SINE = SobolevLoss(NET, np.sin, RULE)
POSITIONS = "takes a vector of positions, whole numbers from 0 to 5"
DECAY = SobolevLoss(NET, lambda x: np.exp(-x), sr.midpoint([(0, 1)], 5), order=2)


@given(losses(p=st.just(2)), st.floats(0, 10))
def test_a_sum_with_ridge_against_the_complex_step(drawn, mu):
    loss, theta = drawn
    P = len(theta)
    total = loss + Ridge(mu, P)
    value, gradient = total(theta)
    assert value == pytest.approx(loss(theta)[0] + mu / 2 * np.sum(theta**2), rel=1e-13)
    steps = 1e-20j * np.eye(P)
    exact = np.array([total(theta + step)[0].imag / 1e-20 for step in steps])
    np.testing.assert_allclose(gradient, exact, rtol=0, atol=1e-11 * (np.abs(exact).max() + 1e-3))
    v = np.random.default_rng(0).normal(size=P)
    Hv = total(theta + 1e-20j * v)[1].imag / 1e-20
    atol = 1e-11 * (np.abs(Hv).max() + 1e-3)
    np.testing.assert_allclose(total.hessp(theta, v), Hv, rtol=0, atol=atol)
    r, J = total.residuals(theta), total.jacobian(theta)
    assert r @ r == pytest.approx(value, rel=1e-12, abs=1e-300)
    columns = [total.residuals(theta + step).imag / 1e-20 for step in steps]
    np.testing.assert_allclose(J.T, columns, rtol=0, atol=1e-12 * (np.abs(J).max() + 1e-3))


def test_ridge_in_closed_form():
    """(μ/2)‖θ‖² with μ = 3 at (1, 2): 7.5, gradient 3θ, Hessian 3I, r = √1.5 θ."""
    ridge = Ridge(3.0, 2)
    value, gradient = ridge([1.0, 2.0])
    assert value == 7.5
    np.testing.assert_array_equal(gradient, [3.0, 6.0])
    np.testing.assert_array_equal(ridge.hessian([1.0, 2.0]), 3 * np.eye(2))
    np.testing.assert_array_equal(ridge.jacobian([1.0, 2.0]), np.sqrt(1.5) * np.eye(2))
    np.testing.assert_array_equal(ridge.residuals([1.0, 2.0]), np.sqrt(1.5) * np.array([1, 2]))
    assert ridge.jacobian(np.array([1j, 2.0])).dtype == complex
    assert repr(ridge) == "Ridge(3, 2)" and ridge.n_nodes == 0 and isinstance(value, float)
    assert Ridge(0, 1)([2.0])[0] == 0


def test_sums_are_flat_and_take_more_than_two():
    total = SINE + (DECAY + Ridge(0.1, 13)) + Ridge(0.2, 13)
    theta = NET.init(0)
    assert len(total.parts) == 4 and total.n_nodes == 11 and total.n_parameters == 13
    assert total(theta)[0] == pytest.approx(
        SINE(theta)[0] + DECAY(theta)[0] + 0.15 * theta @ theta, rel=1e-14
    )
    again = pickle.loads(pickle.dumps(total))
    assert again(theta)[0] == total(theta)[0]


@pytest.mark.parametrize("total", [SINE, SINE + Ridge(0.3, 13), SINE + DECAY + Ridge(0.3, 13)])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_batches_add_up(total, size):
    """(B1), first half: value, gradient and Hessian product, the last batch short, in any order."""
    theta, v = np.random.default_rng(0).normal(size=(2, 13))
    nodes = np.random.default_rng(1).permutation(total.n_nodes)
    batches = [total.batch(nodes[i : i + size]) for i in range(0, len(nodes), size)]
    assert sum(batch.n_nodes for batch in batches) == total.n_nodes
    value, gradient = total(theta)
    assert sum(batch(theta)[0] for batch in batches) == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(
        sum(batch(theta)[1] for batch in batches), gradient, rtol=1e-11, atol=1e-13
    )
    np.testing.assert_allclose(
        sum(batch.hessp(theta, v) for batch in batches), total.hessp(theta, v), rtol=1e-11
    )


def test_a_batch_is_the_loss_of_its_nodes():
    """Also where data are missing, and where a node is taken twice."""
    x, w = np.linspace(0, 1, 5)[:, None], np.arange(1.0, 6.0)
    values = np.array([1.0, np.nan, 2.0, 0.0, np.nan])
    loss = SobolevLoss(NET, {(0,): values}, Quadrature(x, w))
    chosen = [3, 1, 0, 3]
    direct = SobolevLoss(NET, {(0,): values[chosen]}, Quadrature(x[chosen], w[chosen]))
    theta = NET.init(0)
    assert loss.batch(chosen)(theta)[0] == direct(theta)[0]
    np.testing.assert_array_equal(loss.batch(chosen).jacobian(theta), direct.jacobian(theta))


def test_the_parts_of_a_split_add_up():
    total = SINE + DECAY + Ridge(0.3, 13)
    theta = NET.init(0)
    parts = total.split(3)
    assert [part.n_nodes for part in parts] == [4, 4, 3]
    assert [part.n_nodes for part in total.split(11)] == [1] * 11
    assert [part.n_nodes for part in total.split(1)] == [11]
    assert sum(part(theta)[0] for part in parts) == pytest.approx(total(theta)[0], rel=1e-13)


@pytest.mark.parametrize("m", [1, 2])
def test_the_linear_solve_with_ridge(m):
    """(ΦᵀΦ + (μ/2) I) θ = Φᵀy, by the normal equations of a small well-conditioned case."""
    model = LinearModel.polynomial(3, [(0, 1)], m=m)
    loss = SobolevLoss(model, lambda x: (np.exp(x), x)[:m], RULE)
    fit = solve_linear(loss + Ridge(0.2, 4 * m))
    J, y = loss.jacobian(np.zeros(4 * m)), -loss.residuals(np.zeros(4 * m))
    expected = np.linalg.solve(J.T @ J + 0.1 * np.eye(4 * m), J.T @ y)
    np.testing.assert_allclose(fit.x, expected, rtol=1e-12, atol=1e-14)
    assert np.abs(fit.jac).max() < 1e-13
    assert solve_linear(loss).fun < loss(fit.x)[0]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: SINE + 1, TypeError, "unsupported operand"),
        (
            lambda: SINE + Ridge(0.1, 12),
            ValueError,
            r"^losses: got \[13, 12\] parameters, takes the same number in each$",
        ),
        (lambda: Ridge(-1, 3), ValueError, "^mu: got -1, takes a finite number >= 0$"),
        (lambda: Ridge(1.0, 0), ValueError, "^n_parameters: got 0"),
        (lambda: Ridge(1.0, 3)([1.0]), ValueError, r"^theta: got shape \(1,\)"),
        (lambda: Ridge(1.0, 3).hessp([1.0], [1.0] * 3), ValueError, r"^theta: got shape \(1,\)"),
        (lambda: Ridge(1.0, 3).hessp([1.0] * 3, [1.0]), ValueError, r"^v: got shape \(1,\)"),
        (lambda: Ridge(1.0, 3).residuals([1.0]), ValueError, r"^theta: got shape \(1,\)"),
        (lambda: Ridge(1.0, 3).jacobian([1.0]), ValueError, r"^theta: got shape \(1,\)"),
        (
            lambda: Ridge(1.0, 6321).hessian(np.zeros(6321)),
            ValueError,
            "^theta: 6321 parameters have a Hessian of 0.3 GB; takes at most 5000, or use hessp$",
        ),
        (
            lambda: Ridge(1.0, 20_000).jacobian(np.zeros(20_000)),
            ValueError,
            "^loss, theta: got a Jacobian of 20,000 residuals by 20,000 parameters, 400,000,000 numbers, "
            "3.2 GB; takes at most 10,000 residuals, or batches of the loss$",
        ),
        (
            lambda: sr.sharpness(3, [1.0]),
            TypeError,
            "^loss: got int, takes a SobolevLoss or a sum of losses$",
        ),
        (
            lambda: SINE.batch([[0], [1, 2]]),
            ValueError,
            "^nodes: got list, not a rectangular array",
        ),
        (
            lambda: Ridge(1.0, 3).batch([0]),
            TypeError,
            "^batch: a Ridge has no nodes; add it to a loss that has$",
        ),
        (lambda: SINE.batch([6]), ValueError, f"^nodes: got .6., {POSITIONS}$"),
        (
            lambda: SINE.batch([]),
            TypeError,
            rf"^nodes: got float64 entries of shape \(0,\), {POSITIONS}$",
        ),
        (
            lambda: SINE.batch([[1]]),
            TypeError,
            r"^nodes: got int64 entries of shape \(1, 1\), takes",
        ),
        (lambda: SINE.batch(np.array([], int)), ValueError, r"^nodes: got \[\]"),
        (lambda: (SINE + Ridge(1.0, 13)).batch([-1]), ValueError, r"^nodes: got \[-1\]"),
        (lambda: SINE.split(7), ValueError, "^n: got 7 parts, takes at most the 6 nodes$"),
        (lambda: SINE.split(0), ValueError, "^n: got 0"),
        (lambda: solve_linear(SINE + Ridge(1.0, 13)), TypeError, "takes a LinearModel"),
        (lambda: solve_linear(Ridge(1.0, 13)), TypeError, "loss: got Ridge"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_what_ridge_says_of_itself():
    assert repr(Ridge(0.5, 3)) == "Ridge(0.5, 3)"


def test_the_largest_hessian_is_itself_taken(monkeypatch):
    monkeypatch.setattr(sr.losses.loss, "MAX_HESSIAN", 3)
    np.testing.assert_array_equal(Ridge(1.0, 3).hessian(np.zeros(3)), np.eye(3))
    with pytest.raises(ValueError, match="^theta: 4 parameters have a Hessian"):
        Ridge(1.0, 4).hessian(np.zeros(4))
