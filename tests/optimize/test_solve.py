"""`solve_linear`: the minimiser in closed form, of least norm, under missing data and weights."""

import re

import numpy as np
import pytest
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, SobolevLoss, paper, solve_linear
from sobolev_ref.optimize.linear import least_squares_system

RULE = sr.gauss_legendre([(0, 1)], 12)


def test_a_polynomial_is_found_exactly():
    model = LinearModel.polynomial(5, [(0, 1)])
    fit = solve_linear(SobolevLoss(model, lambda x: 3 * x**5 - x + 2, RULE, order=3))
    assert fit.fun < 1e-24 and fit.rank == 6 and fit.success
    x = np.linspace(0, 1, 9)
    np.testing.assert_allclose(model(fit.x, x)[:, 0], 3 * x**5 - x + 2, rtol=1e-12)


def test_the_projection_in_closed_form():
    """(T5) by hand: u = θ against x on [0, 1] has θ = ½ and L = 1/12; with k = 1 the derivative adds λ."""
    model = LinearModel.polynomial(0, [(0, 1)])
    fit = solve_linear(SobolevLoss(model, lambda x: x, RULE, weights=(1, 0.7)))
    np.testing.assert_allclose(fit.x, [0.5], rtol=1e-14)
    assert fit.fun == pytest.approx(1 / 12 + 0.7, rel=1e-13)
    assert fit.condition == pytest.approx(1)
    assert (fit.success, fit.status, fit.nit, fit.nfev, fit.njev) == (True, 0, 1, 1, 1)
    assert fit.message == "the global minimiser, by an orthogonal factorisation"
    assert fit.history == [fit.fun]


def test_a_sum_in_closed_form():
    """∫ (θ − x)² + (θ − c)² dx + (μ/2) θ² is least at θ = (½ + c) / (2 + μ/2)."""
    model = LinearModel.polynomial(0, [(0, 1)])
    line, constant = (
        SobolevLoss(model, f, RULE, order=0) for f in (lambda x: x, lambda x: 3 + 0 * x)
    )
    fit = solve_linear(line + constant + sr.Ridge(1.0, 1))
    np.testing.assert_allclose(fit.x, [3.5 / 2.5], rtol=1e-14)
    assert fit.rank == 1 and fit.fun == (line + constant + sr.Ridge(1.0, 1))(fit.x)[0]


@pytest.mark.parametrize(
    ("size", "rcond", "rank"),
    [(1.2, None, 2), (0.8, None, 1), (0.8, 0.0, 2), (1e12, None, 2), (1e12, 0.01, 1)],
)
def test_the_rank_is_what_stands_above_rounding(size, rcond, rank):
    """Two orthonormal columns, of length 1 and s: the second counts above ε √R / 2, or rcond."""
    s = size * np.finfo(float).eps * np.sqrt(12) / 2
    base = LinearModel.polynomial(1, [(0, 1)])
    lengths = np.array([1, s * np.sqrt(3)])
    model = LinearModel(lambda a, T: base.features(a, T) * lengths, 2, (1, 1))
    fit = solve_linear(SobolevLoss(model, lambda x: x, RULE, order=0), rcond=rcond)
    assert fit.rank == rank
    assert fit.condition == pytest.approx(1 / s if rank == 2 else 1, rel=1e-12)
    np.testing.assert_allclose(fit.x[0], 0.5, rtol=1e-13)  # x = ½ + P_1 / 2
    np.testing.assert_allclose(fit.x[1] * lengths[1], 0.5 * (rank == 2), atol=1e-13)


def test_derivatives_hurt_a_well_conditioned_basis():
    """Fourier modes: ‖1‖² = 2π, ‖cos‖² = π in L², times 1 + ω² in H¹: condition² 2, then 17/2.

    In H¹ the squares run from 2π for the constant and 2π for ω = 1 to 17π for ω = 4.
    """
    rule = sr.trapezoid([(0, 2 * np.pi)], 33)
    model = LinearModel.fourier(4, [(0, 2 * np.pi)])
    flat = solve_linear(SobolevLoss(model, np.sin, rule, order=0))
    steep = solve_linear(SobolevLoss(model, np.sin, rule, order=1))
    assert flat.condition == pytest.approx(np.sqrt(2), rel=1e-12)
    assert steep.condition == pytest.approx(np.sqrt(17 / 2), rel=1e-12)


@pytest.mark.parametrize("m", [1, 3])
def test_the_gradient_vanishes_and_no_other_theta_is_better(m):
    rng = np.random.default_rng(m)
    net = MLP((2, 9, m))
    model = LinearModel.from_mlp(net, rng.normal(size=net.n_parameters))
    rule = sr.sobol([(0, 1)] * 2, 16, rng=0)
    data = {a: rng.normal(size=(16, m)) for a in sr.multi_indices(2, 2)}
    for values in data.values():
        values[rng.random(values.shape) < 0.3] = np.nan
    loss = SobolevLoss(model, data, rule, order=2, weights=(1, 0.3, 0))
    fit = solve_linear(loss)
    assert np.abs(fit.jac).max() < 1e-12 * (1 + fit.fun)
    assert fit.rank == model.n_features + 1
    for _ in range(20):
        assert loss(fit.x + 1e-3 * rng.normal(size=len(fit.x)))[0] >= fit.fun
    descent = minimize(loss, model.init(), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    assert fit.fun <= descent.fun * (1 + 1e-12)
    assert fit.fun == pytest.approx(loss(fit.x)[0], rel=1e-14)


def test_least_norm_where_features_are_dependent():
    """Every feature twice: the two copies share the coefficient equally."""
    base = LinearModel.polynomial(4, [(0, 1)])
    double = LinearModel(lambda a, T: np.concatenate([base.features(a, T)] * 2, axis=2), 10, (1, 1))
    once, twice = (solve_linear(SobolevLoss(m, np.exp, RULE)) for m in (base, double))
    assert twice.rank == 5 and once.rank == 5
    np.testing.assert_allclose(twice.x, np.tile(once.x / 2, 2), rtol=1e-9, atol=1e-12)
    assert twice.fun == pytest.approx(once.fun, rel=1e-6)


def test_least_norm_where_data_are_few():
    """Two nodes, values only, five features: the minimum-norm interpolant, by its own formula."""
    model = LinearModel.polynomial(4, [(0, 1)])
    loss = SobolevLoss(model, np.exp, sr.Quadrature([0.2, 0.9], [1.0, 3.0]), order=0)
    matrix, y = least_squares_system(loss)
    fit = solve_linear(loss)
    np.testing.assert_allclose(fit.x, np.linalg.pinv(matrix) @ y, rtol=1e-12)
    assert fit.rank == 2 and fit.fun < 1e-28


def test_the_system_is_the_loss():
    """‖Φθ − y‖² = L(θ), row by row √(λw)."""
    rng = np.random.default_rng(0)
    model = LinearModel.polynomial(3, [(0, 1)])
    loss = SobolevLoss(model, np.exp, RULE, order=2, weights=(0.5, 2, 0))
    matrix, y = least_squares_system(loss)
    assert matrix.shape == (24, 4)  # the rows of weight zero are left out
    for _ in range(3):
        theta = rng.normal(size=4)
        assert np.sum((matrix @ theta - y) ** 2) == pytest.approx(loss(theta)[0], rel=1e-13)
    np.testing.assert_allclose(
        loss.hessian(np.zeros(4)), 2 * matrix.T @ matrix, rtol=1e-12, atol=1e-12
    )


def test_no_data_at_all_gives_zero():
    model = LinearModel.polynomial(3, [(0, 1)])
    loss = SobolevLoss(model, {(0,): [1.0] + 11 * [np.nan]}, RULE).batch(np.arange(1, 12))
    fit = solve_linear(loss)
    assert not fit.x.any() and fit.fun == 0 and fit.rank == 0 and fit.condition == np.inf
    matrix, y = least_squares_system(loss)
    assert matrix.shape == (1, 4) and not matrix.any() and y.tolist() == [0]


@pytest.mark.parametrize("example", paper.EXAMPLES, ids=lambda e: e.name)
@pytest.mark.parametrize("seed", range(5))
def test_headline(example, seed):
    """100 random tanh features: the mean Sobolev loss at rounding, on both of the paper's examples."""
    run = paper.solve_example(example, seed=seed)
    assert run.fit.fun <= 1e-22
    assert run.sup_errors()[0] < 1e-10


LINEAR, NETWORK = LinearModel.polynomial(1, [(0, 1)]), MLP((1, 3, 1))
CONVEX = (
    "its model is a MLP, takes a LinearModel; the loss of a network is not convex in its parameters"
)


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (SobolevLoss(NETWORK, np.sin, RULE), TypeError, CONVEX),
        (SobolevLoss(NETWORK, np.sin, RULE) + sr.Ridge(1.0, 10), TypeError, CONVEX),
        (
            SobolevLoss(LINEAR, np.sin, RULE, p=3),
            ValueError,
            "got p = 3, takes p = 2; for another p use an optimiser",
        ),
        ("a loss", TypeError, "got str, takes a SobolevLoss"),
    ],
)
def test_what_is_not_quadratic_is_refused(loss, error, message):
    with pytest.raises(error, match=f"^loss: {re.escape(message)}$"):
        solve_linear(loss)


def test_a_negative_rcond_is_refused():
    with pytest.raises(ValueError, match="^rcond: got -1, takes a finite number >= 0$"):
        solve_linear(SobolevLoss(LINEAR, np.sin, RULE), rcond=-1)
