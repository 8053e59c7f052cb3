"""How far off values and derivatives may be: against linear algebra, and by counting."""

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student_t

import sobolev_ref as sr
from sobolev_ref.regression import uncertainty
from sobolev_ref.regression.balance import Terms
from sobolev_ref.regression.measurements import Data
from sobolev_ref.regression.uncertainty import deviations, tails

NORMAL = norm.ppf(0.95)


def test_deviations_of_a_linear_model_are_those_of_linear_algebra(monkeypatch):
    """(Y5) against Φ H⁻¹ Φᵀ from the model's own basis, in one block and in several."""
    model = sr.LinearModel.fourier(2, [(0, 1)])
    rng = np.random.default_rng(0)
    P = model.n_parameters
    root = rng.standard_normal((P, P))
    theta, x = rng.standard_normal(P), rng.uniform(0, 1, (7, 1))
    noise = {(0,): 0.3, (2,): 2.0}
    found = deviations(model, theta, root @ root.T, noise, x, 2)
    basis = [model.derivatives(e, x, 2) for e in np.eye(P)]
    for alpha, deviation in found.items():
        phi = np.concatenate([u[alpha] for u in basis], axis=1)  # (N, P)
        variance = ((phi @ root) ** 2).sum(axis=1) + noise.get(alpha, 0.0) ** 2
        np.testing.assert_allclose(deviation[:, 0], np.sqrt(variance), rtol=1e-10)
    monkeypatch.setattr(uncertainty, "ENTRIES", 3 * P)
    for alpha, deviation in deviations(model, theta, root @ root.T, noise, x, 2).items():
        np.testing.assert_allclose(deviation, found[alpha], rtol=1e-12)


def test_a_variance_grows_in_each_order_beyond_the_measured():
    """(Y7): 3 for an order beyond slopes, 9 for two; noise is as it was."""
    net, x = sr.MLP((2, 3, 1)), np.array([[0.2, -0.4]])
    theta, cov = net.init(0), 0.04 * np.eye(13)
    for noise in ({(0, 1): np.array([0.7])}, {"along": np.array([0.7])}):
        plain = deviations(net, theta, cov, noise, x, 3)
        grown = deviations(net, theta, cov, noise, x, 3, growth=3.0)
        for alpha, std in grown.items():
            beyond = 3.0 ** max(0, sum(alpha) - 1)
            np.testing.assert_allclose(std, np.sqrt(beyond) * plain[alpha], rtol=1e-12)


def test_slopes_of_values_alone_are_as_unsure_as_those_of_two_optima():
    """Beside the variance that H⁻¹ leaves, a factor of two by order; of an affine model there is none."""
    x = np.linspace(-1, 1, 30)[:, None]
    y = np.sin(2 * x[:, 0])
    for hidden, growth in (((3,), 2.0), ((), 1.0)):
        model = sr.SobolevRegressor(hidden, max_iter=20).fit(x, y)
        t, nodes = model.trained_, model.scaler_.nodes(x)
        plain = deviations(t.net, t.theta, t.covariance, t.noise, nodes, 2)
        found = model.derivatives(x, 2, return_std=True)[1]
        for (n,), std in found.items():
            expected = uncertainty.student(t.freedom) * growth ** (n / 2) * plain[n,]
            np.testing.assert_allclose(std, expected[:, 0] / model.scaler_.factor((n,)), rtol=1e-9)


def test_slopes_alone_without_a_ridge_have_a_noise_and_deviations():
    """∂_q y = a_q + ε_q with σ_q ε_q of one size τ: 22 of 24 are left, a_q has the variance τ²/12σ_q².

    Of 24 and a new one 90 % are up to the 23rd. No number tells the constant, and no ridge.
    """
    rng = np.random.default_rng(0)
    x, slopes = rng.normal(size=(12, 2)), [2.0, -1.0] + 0.1 * rng.normal(size=(12, 2))
    model = sr.SobolevRegressor((), alpha=0.0).fit(x, None, slopes)
    np.testing.assert_allclose(model.gradient(x[:1])[0], slopes.mean(axis=0), rtol=1e-9)
    left = (slopes - slopes.mean(axis=0)) * x.std(axis=0)
    tau = np.sort(np.abs(left).ravel())[22] / NORMAL * np.sqrt(24 / 22) / x.std(axis=0)
    mean = np.sqrt(np.sum(left**2) / 22 / 12) / x.std(axis=0)
    noise, std = model.noise_, model.derivatives(x[:1], 1, return_std=True)[1]
    np.testing.assert_allclose([noise[1, 0][0], noise[0, 1][0]], tau, rtol=1e-6)
    expected = student_t.ppf(0.95, 22) / NORMAL * np.hypot(tau, mean)
    np.testing.assert_allclose([std[1, 0][0], std[0, 1][0]], expected, rtol=1e-4)
    assert std[0, 0][0] > 1e4


def test_an_error_is_that_of_nine_in_ten_whatever_the_others_are():
    """Of 78 numbers and a new one the 72nd; a point of weight 2 is two points, and one of 0 is none."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 2)), rng.standard_cauchy((30, 2))
    times = np.r_[np.full(10, 2.0), np.ones(19), 0.0]
    given = Data(x, {(0, 0): y, (1, 0): 7 * y}, times / 39, 2, times=times)
    net = sr.MLP((2, 2))
    found = tails(Terms.of(net, given, "partial"), np.zeros(6))  # u = 0
    of_all = np.sort(np.repeat(np.abs(y), times.astype(int), axis=0).ravel())  # of both outputs
    np.testing.assert_allclose(found, of_all[71] / NORMAL * np.array([1, 7]), rtol=1e-12)
    few = Data(x[:3], {(0, 0): y[:3, :1]}, np.full(3, 1 / 3), 1)  # of three none is beyond
    largest = np.abs(y[:3, 0]).max() / NORMAL
    found = tails(Terms.of(sr.MLP((2, 1)), few, "partial"), np.zeros(3))
    np.testing.assert_allclose(found, largest, rtol=1e-12)


def test_intervals_of_a_line_are_those_of_student():
    """y = a + bx through five points leaves three numbers: ± t s √(τ²/s² + 1/N + ξ²/Σξ²) holds 90 %."""
    x, new = np.arange(5.0), np.array([2.0, 9.0])
    y = 3 * x + [0.1, -0.2, 0.0, 0.3, -0.1]
    line = sr.SobolevRegressor((), alpha=0.0).fit(x[:, None], y)
    left = np.abs(y - np.polyval(np.polyfit(x, y, 1), x))
    s = np.sqrt(np.sum(left**2) / 3)
    tau = left.max() / NORMAL * np.sqrt(5 / 3)
    expected = np.sqrt(tau**2 + s**2 * (1 / 5 + (new - 2) ** 2 / 10))
    std = line.predict(new[:, None], return_std=True)[1]
    np.testing.assert_allclose(NORMAL * std, student_t.ppf(0.95, 3) * expected, rtol=1e-6)
