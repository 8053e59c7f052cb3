"""`solve_linear`: the minimiser in closed form, of least norm, under missing data and weights."""

import re
import sys

import numpy as np
import pytest
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, SobolevLoss, paper, solve_linear
from sobolev_ref.optimize.linear import least, least_squares_system, smallest_of

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
    why = "the global minimiser, by an orthogonal factorisation; ‖∇L‖ = "
    assert fit.message.startswith(why) and fit.dropped.tolist() == []
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


def aligned(s):
    """Two features of length √(1 + …) at the small angle s: P_0, and 10⁶ (P_0 + s √3 P_1), on [0, 1]."""
    base = LinearModel.polynomial(1, [(0, 1)])
    mix = np.array([[1.0, 1e6], [0.0, 1e6 * s * np.sqrt(3)]])
    return LinearModel(lambda a, T: base.features(a, T) @ mix, 2, (1, 1))


@pytest.mark.parametrize(
    ("s", "rcond", "rank"),
    [(1e-13, None, 2), (1e-16, None, 1), (1e-13, 0.0, 2), (1e-4, None, 2), (1e-4, 1e-3, 1)],
)
def test_the_rank_is_that_of_columns_of_length_one(s, rcond, rank):
    """At the angle s the singular values are √(1 ± cos s), and σ_1/σ_2 = 2/s; 4ε is 9e−16.

    What is dropped is named, and then no global minimiser is spoken of (W10).
    """
    loss = SobolevLoss(aligned(s), lambda x: x, RULE, order=0)
    fit = solve_linear(loss, rcond=rcond)
    assert fit.rank == rank
    if rank == 2:
        assert fit.condition == pytest.approx(2 / s, rel=0.01)
        assert fit.success and not len(fit.dropped)
        assert fit.message.startswith("the global minimiser")
    else:
        assert fit.condition == pytest.approx(1) and len(fit.dropped) == 1
        assert fit.success == (rcond is None)  # for 1e−3 the gradient is far above rounding
        how = "stationary" if fit.success else "not stationary"
        dropped = f"{how}, and columns were dropped: theta[{fit.dropped[0]}]"
        assert fit.message.startswith(dropped)
        assert solve_linear(loss + sr.Ridge(0.0, 2), rcond=rcond).message.startswith(dropped)
        assert "global" not in fit.message
    assert loss(fit.x)[0] == pytest.approx(0 if rank == 2 else 1 / 12, abs=1e-5, rel=1e-3)


def test_what_is_met_without_large_terms_does_not_cancel():
    """x by 1 and x: the residual is rounding, and so is what the terms leave of it."""
    exact = SobolevLoss(LinearModel.polynomial(1, [(-1, 1)]), lambda x: x, RULE)
    met = solve_linear(exact)
    assert met.fun < 1e-25 and met.message.startswith("the global minimiser, by an orthogonal")


def test_a_gradient_above_rounding_is_no_success(monkeypatch):
    monkeypatch.setattr(sys.modules[solve_linear.__module__], "EPSILON", 0.0)
    fit = solve_linear(SobolevLoss(aligned(1e-2), np.sin, RULE, order=0))
    assert not fit.success and fit.message.startswith("the gradient is above rounding after an")


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 10, 30])
@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_dependent_columns_of_few_rows_are_recognised(n, p):
    """W10: three numbers at one node had the rank 2, and the fit was 4.5 for their mean, 2, with success."""
    model, y = LinearModel.polynomial(2, [(0, 1)]), np.arange(1.0, n + 1)
    loss = SobolevLoss(model, {(0,): y}, sr.samples([0.5] * n), p=p)
    fits = [sr.solve_convex(loss), *([solve_linear(loss)] if p == 2 else [])]
    for fit in fits:
        assert fit.rank == 1 and len(fit.dropped) == 2
        middle = model.function(fit.x)(np.array([0.5]))[0]
        assert abs(middle - y.mean()) <= (0.5 if p == 1 else 1e-6)  # any median is one for p = 1


def test_random_columns_that_depend_on_others_are_recognised():
    """W10: at few rows, where √R/2 is below the rounding of the columns themselves."""
    rng = np.random.default_rng(0)
    for rows in (2, 3, 4, 6, 10, 30, 100):
        for _ in range(40):
            A = rng.normal(size=(rows, min(rows, 4)))
            A[:, -1] = A[:, 0] * rng.uniform(0.1, 9) + A[:, 1] * rng.normal() * (A.shape[1] > 2)
            A /= np.linalg.norm(A, axis=0)
            assert least(A, np.zeros(rows), smallest_of(rows))[1] == A.shape[1] - 1


def test_an_output_without_data_drops_all_of_its_own_columns():
    """W10: "theta[3], theta[3]", as LAPACK names no column of a matrix of zeros."""
    x = np.linspace(0, 1, 5)
    model = LinearModel.polynomial(1, [(0, 1)], m=2)
    data = {(0,): np.c_[x, np.full(5, np.nan)]}
    for solve in (solve_linear, sr.solve_convex):
        fit = solve(SobolevLoss(model, data, sr.samples(x)))
        assert list(fit.dropped) == [2, 3] and fit.rank in (0, 2)
        np.testing.assert_allclose(fit.x, [0.5, 0.5, 0, 0], atol=1e-15)


def test_many_dropped_columns_are_counted():
    base = LinearModel.polynomial(0, [(0, 1)])
    twelve = LinearModel(lambda a, T: np.repeat(base.features(a, T), 12, axis=2), 12, (1, 1))
    fit = solve_linear(SobolevLoss(twelve, lambda x: x, RULE, order=0))
    assert fit.rank == 1 and len(fit.dropped) == 11
    assert "theta[8] and 3 more; " in fit.message
    np.testing.assert_allclose(fit.x, 1 / 24, rtol=1e-13)


@pytest.mark.parametrize("s", [1e-6, 1e-4, 1e-2, 1.0, 1e3, 1e5])
@pytest.mark.parametrize("low", [0, -1])
def test_the_unit_of_x_does_not_matter(s, low):
    """W10: 5 + sin(3x/s), degree 15, order 3: third derivatives weigh s⁻⁶ times what values do.

    The sup error is that of the polynomials, 4e−11 on [−s, s] and at rounding on [0, s], for every s. At
    s = 1e−4 it was 5.7, with the constant dropped.
    """
    bounds, f = [(low * s, s)], lambda x: 5 + np.sin(3 * x / s)
    model = LinearModel.polynomial(15, bounds)
    fit = solve_linear(SobolevLoss(model, f, sr.gauss_legendre(bounds, 32), order=3))
    x = np.linspace(low * s, s, 101)
    assert np.abs(model(fit.x, x)[:, 0] - f(x)).max() < (1e-13 if low == 0 else 2e-10)
    assert fit.success and fit.rank == 16 and fit.condition < 60


@pytest.mark.parametrize("size", [1e-200, 1e-30, 1e30, 1e150])
def test_the_unit_of_a_feature_does_not_matter(size):
    """W10: its coefficient takes the inverse unit; squares of 1e−200 would underflow."""
    base = LinearModel.polynomial(3, [(0, 1)])
    units = np.array([1.0, size, 1.0, 1.0])
    model = LinearModel(lambda a, T: base.features(a, T) * units, 4, (1, 1))
    fit = solve_linear(SobolevLoss(model, np.exp, RULE))
    plain = solve_linear(SobolevLoss(base, np.exp, RULE))
    np.testing.assert_allclose(fit.x * units, plain.x, rtol=1e-12)
    assert fit.condition == pytest.approx(plain.condition, rel=1e-12) and fit.rank == 4


def test_derivatives_hurt_a_well_conditioned_basis():
    """Fourier modes: ‖1‖² = 2π, ‖cos‖² = π in L², times 1 + ω² in H¹: condition² 2, then 17/2.

    In H¹ the squares run from 2π for the constant and 2π for ω = 1 to 17π for ω = 4. The modes are
    orthogonal in both, so that with columns of length 1 the condition is 1.
    """
    rule = sr.trapezoid([(0, 2 * np.pi)], 33)
    model = LinearModel.fourier(4, [(0, 2 * np.pi)])
    for order, squared in [(0, 2), (1, 17 / 2)]:
        loss = SobolevLoss(model, np.sin, rule, order=order)
        sigma = np.linalg.svd(least_squares_system(loss)[0], compute_uv=False)
        assert sigma[0] / sigma[-1] == pytest.approx(np.sqrt(squared), rel=1e-12)
        assert solve_linear(loss).condition == pytest.approx(1, rel=1e-12)


@pytest.mark.slow
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
    """Two nodes, values only, five features: of all interpolants that of least Σ ‖Φ_j‖² θ_j²."""
    model = LinearModel.polynomial(4, [(0, 1)])
    loss = SobolevLoss(model, np.exp, sr.Quadrature([0.2, 0.9], [1.0, 3.0]), order=0)
    matrix, y = least_squares_system(loss)
    fit = solve_linear(loss)
    lengths = np.sqrt((matrix**2).sum(axis=0))
    expected = np.linalg.pinv(matrix / lengths) @ y / lengths
    np.testing.assert_allclose(fit.x, expected, rtol=1e-12)
    assert len(fit.dropped) == 3 and fit.success
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


@pytest.mark.slow
@pytest.mark.parametrize("example", paper.EXAMPLES, ids=lambda e: e.name)
def test_headline_of_other_draws(example):
    """Of 100 draws of the features all come below 10⁻²¹, and not quite all below 10⁻²²."""
    found = [paper.solve_example(example, seed=seed).fit.fun for seed in range(100)]
    assert max(found) < 1e-21 and sum(value < 1e-22 for value in found) >= 98


LINEAR, NETWORK = LinearModel.polynomial(1, [(0, 1)]), MLP((1, 3, 1))
CONVEX = (
    "its model is a MLP, takes a LinearModel; the loss of a network with hidden layers is not convex in its "
    "parameters"
)


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (SobolevLoss(NETWORK, np.sin, RULE), TypeError, CONVEX),
        (SobolevLoss(NETWORK, np.sin, RULE) + sr.Ridge(1.0, 10), TypeError, CONVEX),
        (
            SobolevLoss(LINEAR, np.sin, RULE, p=3),
            ValueError,
            "got p = 3, takes p = 2; for another p use solve_convex",
        ),
        ("a loss", TypeError, "got str, takes a SobolevLoss or a ResidualLoss"),
    ],
)
def test_what_is_not_quadratic_is_refused(loss, error, message):
    with pytest.raises(error, match=f"^loss: {re.escape(message)}$"):
        solve_linear(loss)


@pytest.mark.parametrize("scaled", [False, True])
def test_a_network_without_hidden_layers_is_linear(scaled):
    """Z: it was refused as not convex. The plane nearest to values and slopes, by the normal equations."""
    rng = np.random.default_rng(0)
    x, y, slope = rng.normal(size=(9, 2)), rng.normal(size=(9, 2)), rng.normal(size=(9, 2))
    y[3, 1] = np.nan
    net, rule = MLP((2, 2)), sr.samples(x)
    model = (
        sr.Standardizer([1.0, 0.0], [2.0, 3.0], [0.0, 1.0], [1.0, 2.0]).model(net)
        if scaled
        else net
    )
    loss = SobolevLoss(model, {(0, 0): y, (0, 1): slope}, rule)
    fit = sr.fit(loss, np.zeros(6))
    assert fit.method == "linear" and fit.success and fit.rank == (6 if scaled else 3)
    for j in range(2):
        known = ~np.isnan(y[:, j])
        rows = np.r_[np.c_[x, np.ones(9)][known], np.tile([0.0, 1.0, 0.0], (9, 1))]
        a, b, c = np.linalg.lstsq(rows, np.r_[y[known, j], slope[:, j]], rcond=None)[0]
        np.testing.assert_allclose(model(fit.x, x)[:, j], x @ [a, b] + c, rtol=1e-12, atol=1e-13)
    assert sr.solve_convex(SobolevLoss(MLP((2, 1)), np.hypot, rule, p=3, order=0)).success


def test_a_negative_rcond_is_refused():
    with pytest.raises(ValueError, match="^rcond: got -1, takes a finite number >= 0$"):
        solve_linear(SobolevLoss(LINEAR, np.sin, RULE), rcond=-1)


def test_where_rounding_decides_the_rank_the_message_says_so():
    """sin 2πx and a constant at whole periods, with slopes: two columns, and a third of rounding (W10)."""
    x = np.arange(6.0)
    data = {(0,): np.sin(2 * np.pi * x), (1,): 2 * np.pi * np.cos(2 * np.pi * x)}
    loss = sr.SobolevLoss(sr.LinearModel.fourier(1, [(0, 1)]), data, sr.samples(x))
    fit = sr.solve_linear(loss)
    assert fit.rank == 3 and fit.condition > 1e14
    assert (
        "beyond a condition number of 4.5e+13 rounding decides the rank, see rcond" in fit.message
    )
    as_numpy = sr.solve_linear(loss, rcond=12 * np.finfo(float).eps)
    J, y = loss.jacobian(np.zeros(3)), -loss.residuals(np.zeros(3))
    assert as_numpy.rank == np.linalg.lstsq(J, y)[2] == 2 and len(as_numpy.dropped) == 1
    assert "rounding decides" not in as_numpy.message


@pytest.mark.parametrize(("degree", "side", "order"), [(6, 1e-3, 2), (4, 1e-3, 0), (15, 0.3, 1)])
def test_what_rounding_leaves_of_a_minimum_is_told(degree, side, order):
    """W10: polynomials on a box larger than the data's, whose minimum is that on the data's own box."""
    x, fits = np.linspace(0, side, 60), []
    for box in ((0, 1), (0, side)):
        model = sr.LinearModel.polynomial(degree, [box])
        loss = sr.SobolevLoss(model, lambda t: 5 + np.sin(9 * t / side), sr.samples(x), order=order)
        fits.append(sr.solve_linear(loss))
    far, own = fits
    assert own.message.startswith("the global minimiser, by an orthogonal factorisation; ‖∇L‖")
    assert far.success and far.message.startswith("the global minimiser but for rounding: terms ")
    above = float(re.search("may leave the loss ([^ ]+) above its minimum", far.message)[1])
    assert abs(far.fun - own.fun) <= above
    assert ("the model's box is" in far.message) == (side < 0.01)


@pytest.mark.parametrize(("degree", "side", "order"), [(6, 1e-3, 2), (8, 1e-4, 3)])
def test_short_rows_are_exact_beside_large_residuals_of_long_ones(degree, side, order):
    """W10: on a small domain; the constant of the fit is that of the values, as its column is 0 elsewhere."""
    x, model = np.linspace(0, side, 60), sr.LinearModel.polynomial(degree, [(0, side)])
    f = lambda t: 5 + np.sin(9 * t / side)
    fit = sr.solve_linear(sr.SobolevLoss(model, f, sr.samples(x), order=order))
    assert fit.success and fit.message.startswith("the global minimiser, by an")
    assert (f(x) - model.function(fit.x)(x)).mean() == pytest.approx(0, abs=1e-14)


def test_features_without_a_box_and_nodes_without_an_extent_have_no_hint():
    loss = sr.SobolevLoss(aligned(1e-13), lambda x: x, RULE, order=0)
    assert "cancel" in sr.solve_linear(loss).message and "box" not in sr.solve_linear(loss).message
    one = sr.SobolevLoss(sr.LinearModel.polynomial(2, [(0, 1)]), {(0,): [3.0]}, sr.samples([0.5]))
    assert "columns were dropped" in sr.solve_linear(one).message
    assert "box" not in sr.solve_linear(one).message


def test_a_linear_model_in_other_units_is_linear():
    """E: "its model is a ScaledModel … the loss of a network is not convex" was said of it."""
    scaler = sr.Standardizer([1.0], [2.0], [3.0], [4.0])
    base = sr.LinearModel.polynomial(3, [(-1, 1)])
    loss = sr.SobolevLoss(scaler.model(base), np.exp, sr.samples(np.linspace(0, 2, 9)))
    J, y = loss.jacobian(np.zeros(4)), -loss.residuals(np.zeros(4))
    for fit in (solve_linear(loss), sr.fit(loss, np.zeros(4)), sr.solve_convex(loss)):
        np.testing.assert_allclose(fit.x, np.linalg.lstsq(J, y)[0], rtol=1e-11)
        assert fit.success
    with pytest.raises(TypeError, match="its model is a MLP"):
        solve_linear(sr.SobolevLoss(scaler.model(MLP((1, 2, 1))), np.exp, RULE))
