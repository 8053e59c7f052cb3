"""`solve_convex` against closed forms, other solvers and its own bound (P2), for p from 1 to 100."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.optimize import brentq, linprog, minimize

import sobolev_ref as sr
from sobolev_ref.optimize import convex, solve_convex

RULE = sr.gauss_legendre([(-1, 1)], 40)
EXPONENTS = [1, 1.02, 1.1, 1.5, 2, 2.5, 3, 4, 8, 20, 50, 100]


def noisy(seed, p, order=1, degree=4, n=40):
    """Values and slopes with outliers, rules and weights that are not equal."""
    rng = np.random.default_rng(seed)
    rule = sr.Quadrature(np.sort(rng.uniform(-1, 1, n)), rng.uniform(0.2, 2, n))
    data = {(k,): rng.standard_t(2, size=n) for k in range(order + 1)}
    model = sr.LinearModel.polynomial(degree, [(-1, 1)])
    return sr.SobolevLoss(model, data, rule, p=p, weights=[1, 0.3][: order + 1])


def squared(loss):
    """The rule for which squares weigh a residual by the square of what its p-th power is weighed by."""
    return sr.Quadrature(loss.rule.nodes, loss.rule.weights ** (2 / loss.p))


# -- closed forms ----------------------------------------------------------------------------------


def test_a_constant_is_the_median_the_mean_and_in_the_limit_the_middle():
    model, data = sr.LinearModel.polynomial(0, [(0, 1)]), np.array([0.0, 1.0, 2.0, 7.0, 50.0])
    at = {
        p: solve_convex(sr.SobolevLoss(model, {(0,): data}, sr.samples(np.arange(5.0)), p=p)).x[0]
        for p in EXPONENTS
    }
    assert at[1] == pytest.approx(2, abs=1e-9) and at[2] == pytest.approx(12, rel=1e-12)
    for p in EXPONENTS[2:]:
        root = brentq(
            lambda c: (np.sign(c - data) * np.abs((c - data) / 50) ** (p - 1)).sum(),
            0,
            50,
            xtol=1e-13,
        )
        assert at[p] == pytest.approx(root, rel=1e-6)
    assert abs(at[100] - 25) < abs(at[20] - 25) < abs(at[4] - 25) < 8


def test_half_of_a_line_against_a_jump():
    """sign x by a straight line, p = 1: of the odd ones u = cx it is c = √2, ∫|cx − 1| least over (0, 1)."""
    rule = sr.midpoint([(-1, 1)], 2000)
    model = sr.LinearModel.polynomial(1, [(-1, 1)])
    loss = sr.SobolevLoss(model, {(0,): np.sign(rule.nodes[:, 0])}, rule, p=1)
    fit = solve_convex(loss)
    assert fit.x == pytest.approx([0, np.sqrt(2)], abs=2e-3) and fit.success
    assert fit.fun == pytest.approx(2 * (np.sqrt(2) - 1), rel=1e-3)


def test_p_two_is_solve_linear():
    for seed in range(3):
        loss = noisy(seed, 2)
        one, two = solve_convex(loss), sr.solve_linear(loss)
        np.testing.assert_allclose(one.x, two.x, rtol=1e-10)
        hessian = loss.hessian(one.x)
        assert one.condition == pytest.approx(np.linalg.cond(hessian), rel=1e-8)


# -- other solvers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [0, 1])
def test_p_one_is_the_primal_linear_program(order):
    for seed in range(3):
        loss = noisy(seed, 1, order)
        two = noisy(seed, 2, order)
        J, y = two.jacobian(np.zeros(5)), -two.residuals(np.zeros(5))
        root = np.sqrt(np.repeat([1, 0.3][: order + 1], 40) * np.tile(loss.rule.weights, order + 1))
        A, b = root[:, None] * J, root * y
        n = len(b)
        ub = np.block([[A, -np.eye(n)], [-A, -np.eye(n)]])
        free = [(None, None)] * 5 + [(0, None)] * n
        found = linprog(np.r_[np.zeros(5), np.ones(n)], ub, np.r_[b, -b], bounds=free)
        fit = solve_convex(loss)
        assert fit.success and fit.gap < 1e-9 and np.isnan(fit.condition)
        assert fit.fun == pytest.approx(found.fun, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("p", [1.5, 3, 6])
def test_descent_comes_to_it_and_not_below(p):
    """L-BFGS-B from 0, and a thousand steps of descent, which need an η found anew at every step."""
    loss = noisy(0, p)
    fit = solve_convex(loss)
    options = {"maxiter": 5000, "ftol": 0, "gtol": 1e-12, "maxfun": 10**5}
    other = minimize(loss, np.zeros(5), jac=True, method="L-BFGS-B", options=options)
    assert fit.fun <= other.fun * (1 + 1e-12)
    assert other.fun == pytest.approx(fit.fun, rel=1e-6)
    run = sr.fit(loss, np.zeros(5), "gradient_descent", learning_rate="armijo", maxiter=1000)
    assert run.fun >= fit.fun * (1 - 1e-12) and run.nit > 3 * fit.nit


# -- the bound -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("order", [0, 1])
def test_every_exponent_is_proved(p, order):
    """(P1) and (P2): the gap closes, and no θ nearby is lower."""
    for seed in range(3):
        loss = noisy(seed, p, order)
        fit = solve_convex(loss)
        assert fit.success and fit.status == 0 and fit.gap < 1e-8, fit.message  # (P1) (P2)
        assert fit.fun == loss(fit.x)[0] == fit.history[-1]
        assert fit.lower_bound <= fit.fun * (1 + 1e-12)
        rng = np.random.default_rng(seed)
        for size in (1e-4, 1e-2, 1):
            assert loss(fit.x + size * rng.normal(size=5))[0] >= fit.fun * (1 - 1e-9)


@given(SEEDS, st.sampled_from([1, 1.3, 2, 5]))
def test_the_lower_bound_is_below_the_loss_everywhere(seed, p):
    loss = noisy(seed, p)
    fit, rng = solve_convex(loss), np.random.default_rng(seed)
    for theta in rng.normal(size=(20, 5)):
        assert loss(theta)[0] >= fit.lower_bound


def test_a_gap_is_no_smaller_than_the_rounding_of_the_residuals():
    """With weights of 1e-8 to 1e-13 on values, losses 3.6 % above the minimum had a gap of 2.5e-14."""

    def line(x, T):  # the features 1 and x
        return np.stack([T.constant(np.ones(x.shape[1])), T.padded(x)[..., 0]], -1)  # (A, N, 2)

    cases = product(
        [(0.0, 0.5), (0.1, 0.9)], [(1.9, -3.3), (1.2, -0.9), (1, 2)], [-6.9, 3], [1e-12, 1e-13]
    )
    for x, y, slope, weight in cases:
        data, rule = {(0,): y, (1,): [slope, slope]}, sr.samples(x)
        loss = sr.SobolevLoss(sr.LinearModel(line, 2, (1, 1)), data, rule, weights=(weight, 1), p=1)
        fit = solve_convex(loss)
        least = min(loss([value - slope * at, slope])[0] for at, value in zip(x, y))
        assert fit.success and fit.lower_bound <= least and (1 - fit.gap) * fit.fun <= least
        assert (fit.status == 0) == (fit.gap <= 1e-8)


@pytest.mark.parametrize("p", [1, 1.5, 3])
def test_smooth_targets_of_a_model_that_is_badly_conditioned(p):
    """20 random tanh units and a smooth target: residuals of 1e−8, and a proof, to their rounding."""
    model = sr.LinearModel.random(20, [(-1, 1)], 0)
    fit = solve_convex(sr.SobolevLoss(model, lambda x: np.exp(np.sin(3 * x)), RULE, p=p))
    assert fit.success and fit.status in (0, 3)


def test_outputs_and_gaps():
    rng = np.random.default_rng(0)
    data = rng.normal(size=(30, 2))
    data[3:9, 1] = np.nan
    model = sr.LinearModel.polynomial(3, [(0, 1)], m=2)
    both = solve_convex(sr.SobolevLoss(model, {(0,): data}, sr.samples(np.linspace(0, 1, 30)), p=4))
    single = sr.LinearModel.polynomial(3, [(0, 1)])
    for j in (0, 1):
        known = ~np.isnan(data[:, j])
        rule = sr.Quadrature(np.linspace(0, 1, 30)[known], np.full(known.sum(), 1 / 30))
        one = solve_convex(sr.SobolevLoss(single, {(0,): data[known, j]}, rule, p=4))
        np.testing.assert_allclose(both.x[4 * j : 4 * j + 4], one.x, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("p", [1, 1.5, 7])
def test_what_can_be_met_is_met_and_dependent_columns_are_no_matter(p):
    """A cubic by polynomials of degree 4 and 5 at 5 points."""
    points = sr.samples(np.linspace(-1, 1, 5))
    for degree, why in ((4, "rounding hides"), (5, "columns were dropped: theta[")):
        model = sr.LinearModel.polynomial(degree, [(-1, 1)])
        met = solve_convex(sr.SobolevLoss(model, lambda x: x**3, points, order=0, p=p))
        assert met.status == 3 and met.fun < 1e-14 and why in met.message
        assert met.rank == 5 and len(met.dropped) == degree - 4


@pytest.mark.slow
@pytest.mark.parametrize("p", [1, 1.2, 2, 3, 4])
def test_residuals_that_a_step_makes_zero(p):
    """A line through two values, a cubic through four: Newton's step can leave exactly 0, the minimum."""
    rng, x = np.random.default_rng(0), np.linspace(-1, 1, 4)
    for degree, points, values in (
        (1, [-1.0, 1.0], [2.0, -2.0]),
        *((3, x, np.polynomial.Polynomial(rng.normal(size=4))(x)) for _ in range(6)),
    ):
        model = sr.LinearModel.polynomial(degree, [(-1, 1)])
        met = solve_convex(sr.SobolevLoss(model, {(0,): values}, sr.samples(points), p=p))
        assert met.success and met.fun < 1e-14 and met.lower_bound == 0
        np.testing.assert_allclose(model(met.x, points)[:, 0], values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("p", [1, 1.5, 4])
def test_the_lower_bound_of_what_can_be_met_is_zero(p):
    """x³ is in the space, so that the minimum is 0, and every residual is rounding, or for u = 0 is 0."""
    model, rule = sr.LinearModel.polynomial(6, [(0, 1)]), sr.gauss_legendre([(0, 1)], 20)
    met = solve_convex(sr.SobolevLoss(model, lambda x: x**3, rule, p=p))
    assert met.lower_bound == 0 <= met.fun < 1e-14 and met.nfev == met.njev == 1
    zero = solve_convex(sr.SobolevLoss(model, lambda x: 0 * x, rule, p=p))
    assert zero.success and zero.fun == 0 and zero.gap == 0


def two_columns(angle):
    """A constant, and what is at about that angle to it on [−1, 1]."""

    def features(a, T):
        one = T.constant(np.ones_like(a[0]))
        return np.concatenate([one, one + angle * a], axis=2)

    return sr.LinearModel(features, 2, (1, 1))


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_columns_that_are_rounding_are_named_as_solve_linear_names_them(p):
    """What θ those get is rounding, so that no global minimum is spoken of; the slope of an even u is 0."""
    points = sr.samples(np.linspace(-1, 1, 5))
    fits = {}
    for angle in (1e-17, 4e-14, 1e-3):
        loss = sr.SobolevLoss(two_columns(angle), np.cos, points, order=0, p=p)
        fits[angle] = solve_convex(loss)
    rounding, ill, sound = fits.values()
    assert rounding.success and rounding.rank == 1 and len(rounding.dropped) == 1
    columns = f"columns were dropped: theta[{rounding.dropped[0]}]"
    assert rounding.message.startswith(f"a minimum over the other columns, and {columns}; ‖∇L‖")
    assert rounding.x == pytest.approx(np.full(2, sound.x.sum() / 2), rel=1e-6)
    assert ill.rank == 2 and "4.5e+13 rounding decides the rank, take fewer columns" in ill.message
    assert sound.rank == 2 and not len(sound.dropped) and "global minimum" in sound.message
    assert "rounding decides" not in sound.message


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_a_bound_over_some_columns_is_none_over_all(p):
    """Powers on a box a hundred times the data's: what is dropped lowers the loss."""
    x = np.linspace(0, 0.01, 60)
    data = {(0,): 5 + np.sin(300 * x)}
    far, own = (
        solve_convex(sr.SobolevLoss(sr.LinearModel.polynomial(8, [box]), data, sr.samples(x), p=p))
        for box in ((0, 1), (0, 0.01))
    )
    assert len(far.dropped) and "over the other columns" in far.message
    assert far.lower_bound == 0 < own.fun < far.fun and own.lower_bound > 0.99 * own.fun


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_the_rank_is_that_of_solve_linear_and_rounding_is_told(p):
    """W10: a quartic on a box of 1 for data on 10⁻³: no column is dropped by one and kept by the other."""
    x = np.linspace(0, 1e-3, 60)
    data = {(0,): 5 + np.sin(3000 * x)}
    for degree in (4, 6, 8):
        model = sr.LinearModel.polynomial(degree, [(0, 1)])
        line = sr.solve_linear(sr.SobolevLoss(model, data, sr.samples(x)))
        fit = solve_convex(sr.SobolevLoss(model, data, sr.samples(x), p=p))
        assert fit.rank == line.rank and len(fit.dropped) == len(line.dropped)
        for result in (line, fit):
            assert "the model's box is 1e+03 times that of the nodes" in result.message
        if degree == 4:
            assert "times as large as the data cancel, and may leave the loss" in fit.message
            own = sr.LinearModel.polynomial(degree, [(0, 1e-3)])
            best = solve_convex(sr.SobolevLoss(own, data, sr.samples(x), p=p))
            above = float(re.search("the loss ([^ ]+) above", fit.message)[1])
            assert best.fun < fit.fun < best.fun + above and "rounding" not in best.message


def test_the_condition_goes_with_the_residuals():
    """p > 2: where residuals vanish the curvature does, and κ is larger than for p = 2."""
    at = {p: solve_convex(noisy(0, p, order=0)).condition for p in (1.5, 2, 4, 8)}
    assert at[2] < at[4] < at[8] and at[2] < 100
    model = sr.LinearModel.polynomial(1, [(-1, 1)])
    met = sr.SobolevLoss(model, {(0,): [0.0, 0.0, 1.0]}, sr.samples([-0.5, -0.5, 0.5]), p=4)
    assert solve_convex(met).condition == np.inf


@pytest.mark.parametrize("seed", [41, 48])
def test_a_step_that_is_far_too_long_is_halved_without_a_warning(seed):
    """p = 100: |r|^p of a whole step is beyond float64, which is not below anything."""
    fit = solve_convex(noisy(seed, 100, seed % 2, 1 + seed % 7))
    assert fit.success and fit.gap < 1e-9


def test_without_its_steps_it_claims_nothing(monkeypatch):
    """The least-squares solution is not that of p = 6, and (P2) says so."""
    monkeypatch.setattr(convex, "STEPS", 0)
    fit = solve_convex(noisy(0, 6))
    assert not fit.success and fit.status == 4 and fit.gap > 0.01
    assert "no proof of a minimum" in fit.message


def test_a_direction_in_the_range_bounds_nothing_and_norms_do_not_underflow():
    """(P2) of a v without a part beyond the range of A is 0; ‖(3, 4)‖_2 = 5 at 1e−200 too."""
    Q, r = np.eye(3)[:, :1], np.array([1.0, 2.0, 2.0])
    assert convex._bound(Q, r, Q[:, 0], 3.0) == 0
    assert convex._bound(Q, r, np.array([0.0, 2.0, 2.0]), 2.0) == pytest.approx(8**0.5, rel=1e-14)
    assert convex._norm(np.array([3e-200, 4e-200]), 2.0) == pytest.approx(5e-200, rel=1e-14)


@pytest.mark.parametrize("p", [1, 1.5, 3])
def test_its_history_goes_from_the_squares_to_the_minimum(p):
    """‖Aθ − b‖_p^p of the least-squares solution for p = 2 first, then every move, and L(θ) last."""
    loss = noisy(0, p, order=0)
    fit = solve_convex(loss)
    squares = sr.solve_linear(
        sr.SobolevLoss(loss.model, dict(zip([(0,)], loss.target_values)), squared(loss), p=2)
    )
    assert fit.history[0] == pytest.approx(loss(squares.x)[0], rel=1e-10)
    assert len(fit.history) == fit.nit and fit.history[-1] == fit.fun < fit.history[0]
    if p > 1:  # where steps are short at the end
        assert fit.history[-2] == pytest.approx(fit.fun, rel=1e-8)


def test_units_of_the_data_do_not_matter():
    """b → 1e6 b and 1e−9 b: θ and the norm with it."""
    for p in (1, 1.2, 5):
        one, model = noisy(0, p, order=0), sr.LinearModel.polynomial(4, [(-1, 1)])
        large = {(0,): 1e6 * one.target_values[0]}
        two = solve_convex(sr.SobolevLoss(model, large, one.rule, p=p))
        np.testing.assert_allclose(two.x, 1e6 * solve_convex(one).x, rtol=1e-5, atol=1)
        small = {(0,): 1e-9 * one.target_values[0]}
        three = solve_convex(sr.SobolevLoss(model, small, one.rule, p=p))
        assert three.success
        np.testing.assert_allclose(three.x, 1e-9 * solve_convex(one).x, rtol=1e-5, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: solve_convex(noisy(0, 101)), ValueError, "p: got 101, takes at most 100"),
        (lambda: solve_convex(noisy(0, 3), rtol=0), ValueError, "rtol: got 0"),
        (
            lambda: solve_convex(
                sr.SobolevLoss(
                    sr.LinearModel.polynomial(2, [(0, 1)]), lambda x: 1e90 * np.exp(x), RULE, p=4
                )
            ),
            ValueError,
            "loss: got data whose p-th power is beyond float64, takes smaller units",
        ),
        (lambda: solve_convex(sr.Ridge(1, 2)), TypeError, "loss: got Ridge, takes a SobolevLoss"),
        (
            lambda: solve_convex(sr.SobolevLoss(sr.MLP((1, 2, 1)), np.sin, RULE, p=3)),
            TypeError,
            "loss: its model is a MLP",
        ),
    ],
)
def test_unusable_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_columns_in_units_of_their_own_count_as_well():
    """1 and 1e−20 x: the rank is that of columns of length 1, and none is dropped."""

    def features(a, T):
        return np.concatenate([T.constant(np.ones_like(a[0])), 1e-20 * a], axis=2)

    model = sr.LinearModel(features, 2, (1, 1))
    for p in (1.5, 3):
        fit = solve_convex(sr.SobolevLoss(model, np.exp, RULE, order=0, p=p))
        assert fit.success and fit.rank == 2
        assert fit.dropped.shape == (0,) and fit.dropped.dtype == int


@pytest.mark.parametrize("p", [1, 1.5, 3, 4])
def test_a_loss_of_0_is_the_minimum(p):
    """It printed a gap of 1, as that of its rounding to itself."""
    model = sr.LinearModel.polynomial(1, [(0, 1)])
    loss = sr.SobolevLoss(model, lambda x: 2 * x + 1, sr.trapezoid([(0, 1)], 5), p=p)
    fit = sr.solve_convex(loss)
    assert fit.success and (fit.gap == 0 if fit.fun == 0 else fit.fun < 1e-15)
