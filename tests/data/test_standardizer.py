"""(S1) and (S2): scaling carried to every order, undone exactly, against networks scaled by hand."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from random_numbers import SEEDS, random_scaler

import sobolev_ref as sr
from sobolev_ref.data.standardizer import monomial
from sobolev_ref.integrals.targets import target_derivatives
from sobolev_ref.testing.strategies import networks


def test_days_and_hours():
    """y = sin(x/24) degrees, x in hours; with ξ = x/24 days and η = y/10: Dⁿη = (1/10) sin⁽ⁿ⁾(ξ) (S1)."""
    scaler = sr.Standardizer([0.0], [24.0], [0.0], [10.0])
    x = np.linspace(0, 100, 7)[:, None]
    exact = {(n,): np.sin(x / 24 + n * np.pi / 2) / 24**n for n in range(8)}
    scaled = scaler.target(exact)
    for n in range(8):
        expected = np.sin(scaler.nodes(x) + n * np.pi / 2) / 10
        np.testing.assert_allclose(scaled[(n,)], expected, rtol=1e-13, atol=1e-15)
    by_function = target_derivatives(scaler.target(lambda x: np.sin(x / 24)), scaler.nodes(x), 7)
    np.testing.assert_allclose(by_function, [scaled[(n,)] for n in range(8)], atol=1e-14)


@pytest.mark.slow
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 4), SEEDS)
def test_functions_and_data_scale_alike_and_undoing_is_the_identity(d, m, order, seed):
    """Functions by the chain rule on jets, data by the factors of (S1): one answer; and back (S1)."""
    rng = np.random.default_rng(seed)
    scaler = random_scaler(rng, d, m)
    back = scaler.inverse
    a = rng.normal(size=(m, d))
    f = lambda *x: tuple(np.exp(sum(a_q * x_q for a_q, x_q in zip(row, x))) - x[0] for row in a)
    x = rng.normal(size=(4, d))
    xi = scaler.nodes(x)
    np.testing.assert_allclose(back.nodes(xi), x, rtol=1e-13, atol=1e-13)

    indices = sr.multi_indices(d, order)
    values = target_derivatives(f, x, order)  # (A, N, m)
    data = dict(zip(indices, values))
    scaled = scaler.target(data)
    by_function = target_derivatives(scaler.target(f), xi, order)
    by_functions = target_derivatives(
        scaler.target(
            {
                alpha: lambda *x, i=i: tuple(target_derivatives(f, np.stack(x, axis=1), order)[i].T)
                for i, alpha in enumerate(indices)
            }
        ),
        xi,
        order,
    )
    for i, alpha in enumerate(indices):
        size = 1 + abs(scaled[alpha]).max()
        np.testing.assert_allclose(by_function[i], scaled[alpha], rtol=1e-10, atol=1e-12 * size)
        np.testing.assert_allclose(by_functions[i], scaled[alpha], rtol=1e-10, atol=1e-12 * size)

    data[indices[-1]] = np.where(rng.random((4, m)) < 0.5, np.nan, data[indices[-1]])
    again = back.target(scaler.target(data))
    assert list(again) == list(data)
    for alpha in data:
        np.testing.assert_allclose(again[alpha], data[alpha], rtol=1e-13, atol=1e-13)
    there_and_back = target_derivatives(back.target(scaler.target(f)), x, order)
    np.testing.assert_allclose(there_and_back, values, rtol=1e-9, atol=1e-11)

    rule = sr.Quadrature(x, rng.uniform(0, 1, 4))
    same = back.rule(scaler.rule(rule))
    np.testing.assert_allclose(same.nodes, rule.nodes, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(same.weights, rule.weights, rtol=1e-13)


@given(networks(hidden=(1, 2)), st.sampled_from([1, 1.5, 2, 3]), SEEDS)
def test_a_loss_in_two_units(problem, p, seed):
    """Scaled target, rule and λ̃ against the caller's: L̃ = L / (σ_y^p Π σ_x), gradient too (S2)."""
    rng, net, k = np.random.default_rng(seed), problem.net, problem.order
    scaler = random_scaler(rng, net.d, net.m)
    scaler = sr.Standardizer(  # one σ_y for all outputs
        scaler.x_shift, scaler.x_scale, scaler.y_shift, np.full(net.m, scaler.y_scale[0])
    )
    rule = sr.Quadrature(problem.x, rng.uniform(0, 2, len(problem.x)))
    data = {a: rng.normal(size=(len(rule), net.m)) for a in sr.multi_indices(net.d, k)}
    data[(0,) * net.d][1:2] = np.nan
    weights = rng.uniform(0, 3, k + 1)
    ours = sr.SobolevLoss(scaler.model(net), data, rule, order=k, p=p, weights=weights)
    scaled = sr.SobolevLoss(
        net,
        scaler.target(data),
        scaler.rule(rule),
        order=k,
        p=p,
        weights=scaler.weights(weights, k, p),
    )
    c = 1 / (scaler.y_scale[0] ** p * np.prod(scaler.x_scale))
    (L, gradient), (L_scaled, gradient_scaled) = ours(problem.theta), scaled(problem.theta)
    assert L_scaled == pytest.approx(c * L, rel=1e-9)
    size = abs(gradient_scaled).max()
    np.testing.assert_allclose(gradient_scaled, c * gradient, rtol=1e-7, atol=1e-9 * size)
    back = scaler.inverse.weights(scaler.weights(weights, k, p), k, p)
    for alpha, weight in back.items():
        assert weight == pytest.approx(weights[sum(alpha)], rel=1e-12)


def test_noise_scales_with_its_derivative():
    """(S2) for p = 2: λ̃ of τ is λ of τ_α σ_x^α / σ_y, which is (S1) for the noise."""
    scaler = sr.Standardizer([1.0, 2.0], [3.0, 0.5], [0.0], [7.0])
    tau = {alpha: 1.0 + i for i, alpha in enumerate(sr.multi_indices(2, 2))}
    scaled = {alpha: t * scaler.factor(alpha).item() for alpha, t in tau.items()}
    ours = scaler.weights(sr.noise_weights(tau), 2)
    assert ours == pytest.approx(sr.noise_weights(scaled), rel=1e-13)


def test_outputs_of_different_size_have_an_equal_say_in_scaled_units():
    """L̃ = Σ_j (1/σ_{y,j}^p) L_j / Π σ_x, L_j the loss of output j alone (S2)."""
    net = sr.MLP((1, 3, 2))
    scaler = sr.Standardizer([1.0], [2.0], [0.0, 5.0], [0.1, 100.0])
    rule, theta = sr.gauss_legendre([(0, 4)], 6), net.init(3)
    f = lambda x: (np.sin(x), 100 * np.cos(x))
    scaled = sr.SobolevLoss(
        net, scaler.target(f), scaler.rule(rule), weights=scaler.weights(None, 1)
    )
    by_output = []
    for j in range(2):
        data = dict(zip(sr.multi_indices(1, 1), target_derivatives(f, rule.nodes, 1)))
        for values in data.values():
            values[:, 1 - j] = np.nan
        by_output.append(sr.SobolevLoss(scaler.model(net), data, rule)(theta)[0])
    expected = (by_output[0] / 0.1**2 + by_output[1] / 100.0**2) / 2
    assert scaled(theta)[0] == pytest.approx(expected, rel=1e-12)


def test_from_data_are_the_moments_and_a_constant_column_keeps_its_units():
    rng = np.random.default_rng(0)
    x, y = rng.normal(3, 5, (50, 2)), rng.normal(-1, 0.1, (50, 3))
    x[:, 1] = 0.1  # whose mean, by summing, is not 0.1, nor its deviation 0
    y[::3, 0] = np.nan
    y[:, 2] = -7
    scaler = sr.Standardizer.from_data(x, y)
    np.testing.assert_allclose(scaler.x_shift, [x[:, 0].mean(), 0.1], rtol=1e-14)
    np.testing.assert_allclose(scaler.x_scale, [x[:, 0].std(), 1], rtol=1e-14)
    known = y[~np.isnan(y[:, 0]), 0]
    np.testing.assert_allclose(scaler.y_shift, [known.mean(), y[:, 1].mean(), -7], rtol=1e-14)
    np.testing.assert_allclose(scaler.y_scale, [known.std(), y[:, 1].std(), 1], rtol=1e-13)
    assert (scaler.nodes(x)[:, 1] == 0).all()
    scaled = scaler.target({(0, 0): y})[(0, 0)]
    np.testing.assert_allclose(np.nanmean(scaled, axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(np.nanstd(scaled, axis=0), [1, 1, 0], rtol=1e-13)


@pytest.mark.parametrize("size", [1e-290, 1e-160, 1e160, 1e300])
def test_moments_of_huge_and_tiny_data(size):
    column = np.array([1.0, 2.0, 6.0])
    scaler = sr.Standardizer.from_data(size * column, size * column)
    assert scaler.x_scale[0] == pytest.approx(size * column.std(), rel=1e-13)
    assert scaler.y_shift[0] == pytest.approx(size * 3, rel=1e-13)


def test_from_bounds_maps_the_boxes_to_minus_one_to_one():
    box, y_box = [(0, 10), (-3, -1)], [(100, 300)]
    scaler = sr.Standardizer.from_bounds(box, y_box)
    np.testing.assert_allclose(
        scaler.nodes([[0, -3], [10, -1], [5, -2]]), [[-1, -1], [1, 1], [0, 0]]
    )
    np.testing.assert_allclose(scaler.target({(0, 0): [[100], [300]]})[(0, 0)], [[-1], [1]])


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.floats(0, 1))
@example(0.1, 0.6, 0.0)  # −1.0000000000000002 where σ is half the side
def test_no_point_of_a_box_leaves_minus_one_to_one(lower, side, share):
    upper = lower + side
    scaler = sr.Standardizer.from_bounds([(lower, upper)], [(0, 1)])
    inside = min(max(lower + share * side, lower), upper)
    xi = scaler.nodes([lower, inside, upper])[:, 0]
    assert (np.abs(xi) <= 1).all() and np.abs(xi[[0, 2]]).max() == 1
    np.testing.assert_allclose(xi[[0, 2]], [-1, 1], rtol=1e-9)
    widest = sr.Standardizer.from_bounds([(1e308, 1.5e308)], [(0, 1)])
    np.testing.assert_array_equal(widest.nodes([1e308, 1.5e308])[:, 0], [-1, 1])


def test_a_fit_on_scaled_data_answers_in_metres_and_kelvin():
    """T = 300 + 50 sin(x/1000) K on 0 to 6 km, by Theorem 5 in scaled units; D⁰ to D³ in K/mⁿ."""
    rule = sr.gauss_legendre([(0, 6000)], 40)
    f = lambda x: 300 + 50 * np.sin(x / 1000)
    scaler = sr.Standardizer.from_data(rule.nodes, f(rule.nodes))
    features = sr.LinearModel.polynomial(25, [(-1.8, 1.8)])
    fit = sr.solve_linear(
        sr.SobolevLoss(features, scaler.target(f), scaler.rule(rule).mean(), order=2)
    )
    x = np.linspace(0, 6000, 101)
    answer = scaler.model(features).derivatives(fit.x, x, 3)
    for n, tolerance in enumerate([1e-13, 1e-13, 1e-13, 1e-11]):
        exact = 50 * np.sin(x / 1000 + n * np.pi / 2) / 1000**n + (300 if n == 0 else 0)
        error = np.abs(answer[(n,)][:, 0] - exact).max()
        assert error < tolerance * 50 / 1000**n


def test_it_cannot_be_changed_and_can_be_pickled():
    scaler = sr.Standardizer([1], [2], [3], [4])
    with pytest.raises(ValueError, match="read-only"):
        scaler.x_shift[0] = 5
    again = pickle.loads(pickle.dumps(scaler))
    assert (again.y_scale == scaler.y_scale).all() and not again.y_scale.flags.writeable


ONE = sr.Standardizer([0.0], [1.0], [0.0], [1.0])


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: sr.Standardizer([0], [0.0], [0], [1]), ValueError, r"x_scale: got \[0.0\], takes"),
        (lambda: sr.Standardizer([0], [1], [0], [-1]), ValueError, r"y_scale: got \[-1.0\]"),
        (lambda: sr.Standardizer([0], [1e-310], [0], [1]), ValueError, "x_scale: got"),
        (lambda: sr.Standardizer([0, 1], [1], [0], [1]), ValueError, r"x_scale: got shape \(1,\)"),
        (lambda: sr.Standardizer(0, 1, 0, 1), ValueError, r"x_shift: got shape \(\), takes a vec"),
        (lambda: sr.Standardizer(["a"], [1], [0], [1]), TypeError, "x_shift: got <U1"),
        (lambda: sr.Standardizer.from_data([1, 2], [1]), ValueError, r"y: got shape \(1,\)"),
        (lambda: sr.Standardizer.from_data([1, np.nan], [1, 2]), ValueError, "x: got 1 NaN"),
        (lambda: sr.Standardizer.from_data([1, 2], [1, np.inf]), ValueError, "y: got 1 infinite"),
        (lambda: sr.Standardizer.from_data([1, 2], [np.nan] * 2), ValueError, "without any"),
        (lambda: sr.Standardizer.from_data([1, 2], [-1e308, 1e308]), ValueError, "y: got a spread"),
        (lambda: sr.Standardizer.from_bounds([(1, 0)], [(0, 1)]), ValueError, "bounds: got"),
        (lambda: ONE.nodes([[1.0, 2.0]]), ValueError, r"x: got shape \(1, 2\)"),
        (
            lambda: sr.Standardizer([0] * 3, [1e-200] * 3, [0], [1]).rule(
                sr.samples([[1e-200] * 3])
            ),
            ValueError,
            r"^rule: got weights w whose w/Πσ_x is beyond float64; takes others, or a σ_x nearer to 1$",
        ),
        (
            lambda: sr.Standardizer([0] * 2, [1e200] * 2, [0], [1]).rule(sr.samples([[0.0] * 2])),
            ValueError,
            r"^rule: got weights w whose w/Πσ_x is beyond float64; takes others, or a σ_x nearer to 1$",
        ),
        (lambda: ONE.rule([1.0]), TypeError, "rule: got list, takes a Quadrature"),
        (lambda: ONE.target({}), ValueError, "^target: got an empty mapping, takes at least one"),
        (lambda: ONE.target(3.0), TypeError, "target: got 3.0, takes a function of 1 arrays"),
        (lambda: ONE.target({(1, 0): [1.0]}), ValueError, r"target: multi-index: got \(1, 0\)"),
        (
            lambda: ONE.target({(1,): [[1.0, 2.0]]}),
            ValueError,
            r"^target\[\(1,\)\]: got shape \(1, 2\), takes shape \(N, 1\)$",
        ),
        (lambda: ONE.target(lambda x: (x, x))(1.0), ValueError, "got 2 outputs, takes m = 1"),
        (lambda: ONE.target(np.sin)(1.0, 2.0), TypeError, "takes 1 arrays, got 2"),
        (
            lambda: ONE.rule(sr.samples([[1.0, 2.0]])),
            ValueError,
            r"^rule: got nodes of shape \(1, 2\), takes shape \(N, 1\)$",
        ),
        (lambda: ONE.factor((1, 2)), ValueError, r"alpha: got \(1, 2\)"),
        (lambda: ONE.factor((171,)), ValueError, r"^alpha: got \(171,\), takes \|α\| <= 170$"),
        (
            lambda: sr.Standardizer([0], [1e200], [0], [1]).factor((2,)),
            ValueError,
            r"^alpha: got \(2,\), whose σ_x\^α/σ_y is beyond float64$",
        ),
        (lambda: ONE.weights("balanced", 1), TypeError, "weights: got 'balanced'"),
        (lambda: ONE.model(np.sin), TypeError, "model: got ufunc, takes an MLP or a LinearModel"),
        (lambda: ONE.model(sr.MLP((2, 1))), ValueError, r"got \(d, m\) = \(2, 1\), takes the scal"),
    ],
)
def test_bad_arguments(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_rounding_is_no_spread():
    """W3: a column equal up to a few ulps has σ = 1; one of few digits is named in a warning."""
    x = np.array([[0.3, 1.0], [0.1 + 0.2, 2.0], [0.3, 4.0]])
    y = np.array([1.0, 1.0 + 2**-52, 1.0 - 2**-53])
    scaler = sr.Standardizer.from_data(x, y)
    assert scaler.x_scale[0] == 1 and scaler.y_scale[0] == 1 and scaler.x_scale[1] > 1
    assert scaler.x_shift[0] == pytest.approx(0.3, rel=1e-15)
    message = r"^x: column 1 spreads by 3e-12 around 10, so that few of its digits are left"
    with pytest.warns(UserWarning, match=message):
        sr.Standardizer.from_data(10 + 1e-12 * np.arange(4), np.arange(4.0))
    short = np.float32([0.7]) + np.float32(2**-24) * np.arange(3, dtype=np.float32)
    with pytest.warns(UserWarning, match="^x: column 1 spreads by 1e-07 around 0.7, so that few"):
        assert sr.Standardizer.from_data(short, np.arange(3.0)).x_scale[0] < 1e-7
    for known in ([1e8, 1e8 + 8, np.nan], 0.7 + 1e-7 * np.arange(3)):  # whole, and of float64
        assert sr.Standardizer.from_data(np.arange(3.0), known).y_scale[0] != 1
    tiny = sr.Standardizer.from_data(1e-300 * np.arange(4), np.arange(4.0))  # small, but all digits
    assert tiny.x_scale[0] == pytest.approx(1e-300 * np.std(np.arange(4)), rel=1e-14)


@pytest.mark.parametrize("rest", [0.3, 0.1 + 0.2])
def test_rounding_of_a_column_is_not_fitted(rest):
    """W3: u beside the column's constant was off by 2.5, with slopes of 1e12 to 1e16, and success."""
    x = np.linspace(0, 1, 20)
    y = np.sin(3 * x) + 0.01 * np.random.default_rng(0).normal(size=20)
    X = np.c_[x, np.where(np.arange(20) % 2, 0.3, 0.1 + 0.2)]
    X[5:, 1] = rest if rest != 0.3 else X[5:, 1]
    scaler = sr.Standardizer.from_data(X, y)
    assert (scaler.nodes(X)[:, 1] == 0).all() and scaler.nodes([[0.0, 0.4]])[0, 1] > 0.09
    polynomial = sr.LinearModel.polynomial(3, [(-2, 2), (-1, 1)])
    for model, method in ((sr.MLP((2, 4, 1)), "lm"), (polynomial, "linear")):
        loss = scaler.loss(model, {(0, 0): y}, X)
        start = model.init(0) if method == "lm" else np.zeros(model.n_parameters)
        run = sr.fit(loss, start, method, maxiter=200)
        found = scaler.model(model).derivatives(run.x, [[0.52, 0.3], [0.52, 0.31]], 1)
        np.testing.assert_allclose(found[0, 0][:, 0], np.sin(1.56), atol=0.05)
        assert abs(found[0, 1]).max() < 10


def test_a_model_with_its_units_inside_needs_nothing_else_scaled():
    """W4: data, rule and noise in the caller's units, and the same loss as the scaled problem has."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 300, (40, 2))
    data = {(0, 0): 5 + x[:, 0] / 60, (1, 0): np.full(40, 1 / 60), (0, 1): np.zeros(40)}
    scaler, net = sr.Standardizer.from_data(x, data[0, 0]), sr.MLP((2, 4, 1))
    weights = sr.noise_weights({(0, 0): 0.1, (1, 0): 0.003, (0, 1): 0.003})
    ours = sr.SobolevLoss(scaler.model(net), data, sr.samples(x), weights=weights)
    scaled = sr.SobolevLoss(
        net, scaler.target(data), sr.samples(scaler.nodes(x)), weights=scaler.weights(weights, 1)
    )
    theta = net.init(0)
    assert ours(theta)[0] == pytest.approx(scaler.y_scale[0] ** 2 * scaled(theta)[0], rel=1e-12)
    fit = sr.fit(ours, theta, "lm", maxiter=300)
    answer = scaler.model(net).derivatives(fit.x, [[150.0, 150.0]], 1)
    assert answer[0, 0].item() == pytest.approx(7.5, abs=1e-4)
    assert answer[1, 0].item() == pytest.approx(1 / 60, abs=1e-6)


@pytest.mark.slow
def test_the_loss_of_the_scaled_problem_from_everything_in_the_callers_units():
    """W4, W13: one call, the same fit in any units of any input and output."""
    rng = np.random.default_rng(0)
    z = rng.uniform(0, 1, (60, 2))
    net, fits = sr.MLP((2, 6, 2)), []
    for a, b, c in ((1.0, 1.0, 1.0), (1e9, 1e-6, 1e5)):
        x = z * [a, b]
        first, second = np.sin(3 * z[:, 0]) + z[:, 1], np.cos(2 * z[:, 1])
        data = {
            (0, 0): np.c_[c * first, second],
            (1, 0): np.c_[c * 3 * np.cos(3 * z[:, 0]), 0 * second] / a,
            (0, 1): np.c_[np.full(60, c), -2 * np.sin(2 * z[:, 1])] / b,
        }
        scaler = sr.Standardizer.from_data(x, data[0, 0])
        loss = scaler.loss(net, data, x)
        fit = sr.fit(loss, net.init(0), "lm", maxiter=300)
        u = scaler.model(net)(fit.x, x)
        for j, exact in enumerate((c * first, second)):
            assert np.std(u[:, j] - exact) < 2e-3 * np.std(exact)
        fits.append((loss(net.init(1))[0], loss.weights))
    np.testing.assert_allclose(fits[0][0], fits[1][0], rtol=1e-9)
    np.testing.assert_allclose(fits[0][1], fits[1][1], rtol=1e-9)


def test_the_loss_translates_weights_in_the_callers_units():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 300, 30)
    data = {(0,): 5 + x / 60, (1,): np.full(30, 1 / 60)}
    scaler, net = sr.Standardizer.from_data(x, data[0,]), sr.MLP((1, 4, 1))
    noise = sr.noise_weights((0.1, 0.003))
    ours, theta = scaler.loss(net, data, x, weights=noise), net.init(0)
    callers = sr.SobolevLoss(scaler.model(net), data, sr.samples(x), weights=noise)
    assert callers(theta)[0] == pytest.approx(scaler.y_scale[0] ** 2 * ours(theta)[0], rel=1e-12)
    rule = sr.gauss_legendre([(0, 300)], 8)
    by_rule = scaler.loss(net, lambda x: x**2, rule, order=0, weights=(1.0,))
    np.testing.assert_array_equal(by_rule.rule.weights, rule.weights)


def test_values_that_are_rounding_beside_the_shift_are_refused():
    """They became 0, where y_scale is as small."""
    scaler = sr.Standardizer([0.0], [1.0], [0.0, 1e10], [1.0, 1e-4])
    data = np.array([[1.0, 1e10 + 1e-4], [np.nan, 1e10 - 1e-4]])
    said = (
        r"^target: got values of output 2 that differ from y_shift = 1e\+10 by its rounding alone; "
    )
    with pytest.raises(ValueError, match=said):
        scaler.target({(0,): data})
    with pytest.raises(ValueError, match=said):
        scaler.loss(sr.MLP((1, 2)), {(0,): data}, [0.0, 1.0])
    with pytest.raises(ValueError, match="^target: got values of output 1 that differ"):
        sr.Standardizer([0.0], [1.0], [1e15], [10.0]).target({(0,): [1e15 + 10, 1e15 - 30]})
    data[1, 1] += 1.0  # beside which they are little
    np.testing.assert_array_equal(scaler.target({(0,): data})[0,][0], [1.0, 0.0])
    wide = sr.Standardizer([0.0], [1.0], [1e15], [1e15])
    there = wide.target({(0,): [0.5, 3e15]})
    np.testing.assert_allclose(wide.inverse.target(there)[0,], [0.0, 3e15], rtol=1e-15, atol=1.0)


def test_a_box_whose_side_is_rounding_is_refused():
    with pytest.raises(ValueError, match="^bounds: got .*, a side of which is rounding alone$"):
        sr.Standardizer.from_bounds([(0.3, 0.1 + 0.2)], [(0, 1)])
    with pytest.raises(ValueError, match="^y_bounds: got"):
        sr.Standardizer.from_bounds([(0, 1)], [(1.0, 1.0 + 2**-52)])


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e160])
def test_a_weight_beyond_float64_is_refused(scale):
    """F12: λ σ^(−2) was 0 or infinite and nothing was said; a λ that is 0 is 0 in any unit."""
    scaler = sr.Standardizer([0.0], [scale], [0.0], [1.0])
    match = (
        r"^weights\[\(2,\)\]: got 3, whose λ_α σ_x\^\(−pα\) is beyond float64; takes a σ_x nearer"
    )
    with pytest.raises(ValueError, match=match):
        scaler.weights((1, 0, 3), 2)
    assert scaler.weights((1, 0, 0), 2) == {(0,): 1.0, (1,): 0.0, (2,): 0.0}
    mixed = sr.Standardizer([0.0] * 2, [scale, 1 / scale], [0.0], [1.0])
    assert mixed.weights({(1, 1): 3.0}, 2)[(1, 1)] == pytest.approx(3, rel=1e-14)
    assert mixed.factor((2, 2)) == pytest.approx(1, rel=1e-14)
    assert mixed.weights({(2, 2): 3.0}, 4, p=1.3)[(2, 2)] == pytest.approx(3, rel=1e-13)
    with pytest.raises(ValueError, match=r"^weights\[\((1, 0|0, 1)\)\]: got 1, whose"):
        mixed.weights((1, 1), 1)
    assert scaler.weights((1, 0.5), 1, p=1)[(1,)] == pytest.approx(0.5 / scale, rel=1e-15)


@pytest.mark.parametrize(
    ("y", "slope"), [(np.array([0.3, 0.1 + 0.2] * 3), 1.0), (1e6 + 1e-10 * np.arange(6), 1e-3)]
)
def test_values_that_are_equal_but_for_rounding_have_no_norm(y, slope):
    """W3: σ_y = 1, η = 0, and λ_0 = λ_1/ℓ², as for values that are equal."""
    x = np.arange(6.0)
    slopes = slope * np.cos(x)
    scaler = sr.Standardizer.from_data(x, y)
    ours, equal = (
        scaler.loss(sr.MLP((1, 6, 1)), {(0,): values, (1,): slopes}, x).weights
        for values in (y, np.full(6, scaler.y_shift[0]))
    )
    assert ours.tolist() == equal.tolist()
    assert ours[1] == pytest.approx(1 / np.mean((scaler.x_scale * slopes) ** 2), rel=1e-12)


def test_two_scalers_do_not_mix():
    """Of training and of test data; target and rule by one of them are a scaled problem of their own."""
    one, other = sr.Standardizer([1], [2], [3], [4]), sr.Standardizer([1.5], [2.2], [2.8], [4.1])
    net, rule = sr.MLP((1, 3, 1)), sr.gauss_legendre([(0, 1)], 6)
    target, nodes, theta = other.target(np.sin), other.rule(rule), net.init(0)
    within = other.model(one.model(net))
    for call in (
        lambda: one.loss(net, target, rule),
        lambda: one.loss(net, np.sin, nodes),
        lambda: sr.SobolevLoss(one.model(net), target, rule),
        lambda: sr.SobolevLoss(one.model(net), np.sin, nodes),
        lambda: sr.SobolevLoss(within, one.target(np.sin), rule),
    ):
        with pytest.raises(
            TypeError, match="^(target|x|rule): got one that is scaled, with what is not"
        ):
            call()
    scaled = sr.SobolevLoss(one.model(net), target, nodes)(theta)[0]
    residuals = [  # of order 0 and 1, in units of `other`
        one.model(net).derivatives(theta, nodes.nodes, 1)[(n,)][:, 0]
        - (wave(rule.nodes[:, 0]) - 2.8 * (n == 0)) * 2.2**n / 4.1
        for n, wave in enumerate((np.sin, np.cos))
    ]
    assert scaled == pytest.approx(sum(nodes.weights @ r**2 for r in residuals), rel=1e-13)
    assert one.loss(net, one.inverse.target(np.sin), rule)(theta)[0] > 0


def test_nothing_is_scaled_twice():
    """W4: `scaler.loss(scaler.model(net), …)` trained to u(50) = 165 where 5.73 was measured."""
    x, net = np.linspace(0, 100, 30), sr.MLP((1, 8, 1))
    f = lambda x: 20 * np.exp(-x / 40)
    scaler, feet = sr.Standardizer.from_data(x, f(x)), sr.Standardizer([0], [0.3048], [0], [1])
    same = sr.Standardizer.from_data(x, f(x))
    data = {(0,): f(x), (1,): -0.5 * np.exp(-x / 40)}
    for other in (scaler, same, feet):
        with pytest.raises(
            TypeError, match="^model: got one in the caller's units, which would be sc"
        ):
            scaler.loss(other.model(net), data, x)
    for other in (scaler, same):
        for target in (data, f, {(0,): f}):
            with pytest.raises(TypeError, match="^target: got one that is scaled already"):
                scaler.loss(net, other.target(target), x)
            with pytest.raises(TypeError, match="^target: got one that is scaled already"):
                scaler.target(other.target(target))
        made = other.target(data)
        part = {alpha: values[:9] for alpha, values in made.items()}
        for scaled in (
            dict(made),
            made | {},
            part,
            copy.deepcopy(made),
            pickle.loads(pickle.dumps(made)),
        ):
            with pytest.raises(TypeError, match="^target: got one that is scaled already"):
                scaler.loss(net, scaled, x)
        mixed = {(0,): other.target(f), (1,): data[1,]}
        for call in (
            lambda: scaler.target(mixed),
            lambda: scaler.loss(net, mixed, x),
            lambda: sr.SobolevLoss(scaler.model(net), mixed, sr.samples(x)),
            lambda: sr.ResidualLoss(net, {(0,): other.target(f)}, 1.0, sr.samples(x)),
        ):
            with pytest.raises(
                TypeError, match=r"^(target|terms)\[\(0,\)\]: got a function that is scaled"
            ):
                call()
        rule = other.rule(sr.samples(x))
        of_loss = other.loss(net, data, x).rule
        copies = copy.deepcopy(rule), pickle.loads(pickle.dumps(rule))
        for scaled in (rule, rule.mean(), of_loss, *copies):
            with pytest.raises(TypeError, match="^x: got one that is scaled already"):
                scaler.loss(net, data, scaled)
            with pytest.raises(TypeError, match="^rule: got one that is scaled already"):
                scaler.rule(scaled)
        with pytest.raises(TypeError, match="^model: got one that is scaled already"):
            scaler.model(other.model(net))
        with pytest.raises(
            TypeError, match="^target: got one that is scaled, with a model in the cal"
        ):
            sr.SobolevLoss(scaler.model(net), other.target(data), sr.samples(x))
        with pytest.raises(
            TypeError, match="^rhs: got one that is scaled, with a model in the call"
        ):
            sr.ResidualLoss(scaler.model(net), {(2,): -1.0}, other.target(f), sr.samples(x))
    rule = sr.gauss_legendre([(0, 100)], 3)
    assert feet.rule(scaler.rule(rule)).nodes.max() == scaler.rule(rule).nodes.max() / 0.3048
    units = sr.Standardizer([0], [1], [0], [1])
    same = units.inverse.loss(net, units.target(data), units.rule(sr.samples(x)))
    assert same.rule.nodes.ravel().tolist() == x.tolist()
    back = scaler.inverse.target(scaler.target(data))
    ours, twice = (scaler.loss(net, target, x) for target in (data, back))
    np.testing.assert_allclose(ours.target_values, twice.target_values, rtol=1e-12, atol=1e-13)
    there = feet.model(scaler.model(net))(net.init(0), [[10.0]])
    np.testing.assert_allclose(there, scaler.model(net)(net.init(0), [[10.0 / 0.3048]]))


def test_a_mapping_of_scaled_entries_and_others_is_refused():
    """`{**plain, **scaled}` keeps the α of the first and the entries of the second."""
    x, net = np.linspace(0, 100, 30), sr.MLP((1, 8, 1))
    plain = {(0,): np.exp(-x / 40), (1,): -np.exp(-x / 40) / 40}
    scaler = sr.Standardizer.from_data(x, plain[0,])
    scaled = scaler.target(plain)
    assert repr(scaled[0,]) == repr(np.asarray(scaled[0,]))
    functions = scaler.target({(0,): np.exp, (1,): np.exp})
    for whole in ({**plain, **scaled}, {**plain, **functions}, pickle.loads(pickle.dumps(scaled))):
        with pytest.raises(TypeError, match="^target: got one that is scaled already"):
            scaler.loss(net, whole, x)
    for mixed in (
        {**scaled, **plain},
        {**functions, **plain},
        {**plain, (1,): scaled[1,]},
        {**scaled, (1,): plain[1,]},
        {**scaled, (1,): scaler.inverse.target(plain)[1,]},
        {(0,): scaled[0,], (1,): np.exp},
    ):
        for call in (
            lambda: scaler.loss(net, mixed, x),
            lambda: sr.SobolevLoss(net, mixed, sr.samples(x)),
            lambda: scaler.target(mixed),
        ):
            with pytest.raises(TypeError, match="^target: got entries that are scaled beside"):
                call()


def test_what_a_loss_of_a_scaler_takes():
    """A rule of its d; weights that are translated for the loss's own p (S2)."""
    scaler = sr.Standardizer([0.0, 0.0], [2.0, 4.0], [0.0], [6.0])
    net = sr.MLP((2, 1))
    with pytest.raises(ValueError, match="^rule: got nodes of shape"):
        scaler.loss(net, lambda x, y: x, sr.gauss_legendre([(0, 1)], 3))
    rule = sr.gauss_legendre([(0, 1), (0, 1)], 3)
    for p in (2, 3):
        loss = scaler.loss(net, lambda x, y: x, rule, weights=(1, 0.5), order=1, p=p)
        expected = [1.0, 0.5 / 2.0**p, 0.5 / 4.0**p]  # λ_α σ_x^{−αp}, of the first
        np.testing.assert_allclose(loss.weights, expected, rtol=1e-12)
    with pytest.raises(TypeError, match=r"^y: got None, .* Standardizer\(x.mean"):
        sr.Standardizer.from_data([[1.0], [2.0]], None)


def test_powers_of_units_go_where_their_halves_do():
    """2⁹⁰⁰ (2⁻⁶⁰⁰)³ = 2⁻⁹⁰⁰, where (2⁻⁶⁰⁰)³ alone is 0."""
    assert monomial(2.0**900, np.array([2.0**-600]), np.array([3])) == 2.0**-900
