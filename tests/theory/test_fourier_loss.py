"""(F1) and (F2) against norms in closed form, the Sobolev loss, and noise of known spectrum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref.theory import FourierLoss, fourier_norm, tangent_kernel

PERIOD = (-np.pi, np.pi)
ORDERS = [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0]


def equidistant(n, bounds=PERIOD):
    a, b = bounds
    return sr.Quadrature(a + (b - a) * np.arange(n) / n, np.full(n, (b - a) / n))


@given(SEEDS, st.floats(-1, 2), st.integers(0, 9), st.sampled_from([PERIOD, (0, 1), (2, 9.5)]))
def test_it_is_the_square_of_the_fourier_norm(seed, s, half, bounds):
    n = 2 * half + 1
    net = sr.MLP((1, 5, 1))
    theta = net.init(seed) + 0.2
    value, _ = FourierLoss(net, np.cos, bounds, s, n)(theta)  # (F1)
    error = lambda x: net.function(theta)(x) - np.cos(x)
    assert value == pytest.approx(fourier_norm(error, bounds, s, n) ** 2, rel=1e-10)


def test_the_highest_frequency_of_an_even_number_of_nodes_counts_by_its_values():
    """cos 4x at 8 nodes is ±1: ℓ 17^s, and in (I4), which knows that it is a cosine, half of it."""
    model = sr.LinearModel.polynomial(0, [PERIOD])
    for s in ORDERS:
        value, _ = FourierLoss(model, lambda x: np.cos(4 * x), PERIOD, s, 8)([0.0])
        assert value == pytest.approx(2 * np.pi * 17**s, rel=1e-12)
        norm = fourier_norm(lambda x: np.cos(4 * x), PERIOD, s, 8)
        assert value == pytest.approx(2 * norm**2, rel=1e-12)


@given(SEEDS, st.floats(-1, 2))
def test_order_zero_is_the_loss_of_values_and_the_gradient_is_exact(seed, s):
    net = sr.MLP((1, 4, 2))
    theta, rule = net.init(seed) + 0.2, equidistant(9)
    target = lambda x: [np.sin(x), np.exp(np.cos(x))]
    plain, zero = sr.SobolevLoss(net, target, rule, order=0), FourierLoss(net, target, PERIOD, 0, 9)
    for one, two in zip(plain(theta), zero(theta)):
        np.testing.assert_allclose(one, two, rtol=1e-11, atol=1e-12)
    loss = FourierLoss(net, target, PERIOD, s, 9)
    value, gradient = loss(theta)
    r, J = loss.residuals(theta), loss.jacobian(theta)
    assert r @ r == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(
        2 * J.T @ r, gradient, rtol=1e-9, atol=1e-11 * np.abs(gradient).max()
    )
    for i in range(0, len(theta), 5):  # the complex step
        moved = theta + 1e-20j * (np.arange(len(theta)) == i)
        slope = loss(moved)[0].imag / 1e-20
        assert slope == pytest.approx(gradient[i], rel=1e-9, abs=1e-11 * np.abs(gradient).max())
    v = np.random.default_rng(seed).normal(size=len(theta))
    step = (loss(theta + 1e-5 * v)[1] - loss(theta - 1e-5 * v)[1]) / 2e-5
    np.testing.assert_allclose(loss.hessp(theta, v), step, atol=1e-5 * (1 + np.abs(step).max()))


@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("n", [21, 22])
def test_a_whole_order_is_the_sobolev_loss_where_the_residual_is_band_limited(k, n):
    """Waves to 8 against a target to 10: below the Nyquist frequency of 21 and of 22 nodes."""
    model, theta = sr.LinearModel.fourier(8, [PERIOD]), np.cos(np.arange(17.0))
    target = lambda x: np.sin(10 * x) - 0.5 * np.cos(9 * x) + 2
    weights = sr.bessel_weights(1, k)
    whole = sr.SobolevLoss(model, target, equidistant(n), order=k, weights=weights)
    fourier = FourierLoss(model, target, PERIOD, k, n)
    for one, two in zip(whole(theta), fourier(theta)):
        np.testing.assert_allclose(one, two, rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(whole.hessian(theta), fourier.hessian(theta), rtol=1e-9, atol=1e-8)


def test_a_residual_that_is_not_periodic_is_no_function_of_h1():
    """u − f = x on a period: (F1) grows with n like n^{2s−1}, and stays for s < ½; ∫ x² + 1 does not grow."""
    model = sr.LinearModel.polynomial(1, [PERIOD])
    theta = np.array([0.0, np.pi])  # u = x
    growth = {
        s: [FourierLoss(model, lambda x: 0 * x, PERIOD, s, n)(theta)[0] for n in (1000, 2000)]
        for s in (0.25, 1.0, 2.0)
    }
    ratio = {s: two / one for s, (one, two) in growth.items()}
    assert ratio[0.25] == pytest.approx(1, abs=0.02)
    assert ratio[1.0] == pytest.approx(2, rel=0.02) and ratio[2.0] == pytest.approx(8, rel=0.02)


# -- which frequencies come first ------------------------------------------------------------------


@pytest.mark.parametrize("s", ORDERS)
def test_each_wave_falls_by_its_own_power(s):
    """Twenty steps of descent on a Fourier series: A_ω is multiplied by 1 − 2πη(1 + ω²)^s a step (F2)."""
    model = sr.LinearModel.fourier(6, [PERIOD])
    loss = FourierLoss(model, lambda x: 0 * x, PERIOD, s, 13)
    omega = np.r_[0, np.repeat(np.arange(1, 7), 2)]
    weight = (1.0 + omega**2) ** s
    eta = 0.9 / (4 * np.pi * weight.max())
    options = {"learning_rate": eta, "maxiter": 20, "gtol": 0, "progress": False}
    run = sr.fit(loss, np.ones(13), "gradient_descent", **options)
    size = np.where(omega == 0, 2, 1) * np.pi  # of ∫ φ²
    np.testing.assert_allclose(run.x, (1 - 2 * eta * size * weight) ** 20, rtol=1e-9, atol=1e-14)


@given(SEEDS, st.sampled_from(ORDERS), st.integers(1, 7), st.floats(0, 3))
def test_a_wave_has_the_gradient_of_its_power_for_every_network(seed, s, omega, phase):
    """A tanh network that is not periodic, whose rates in H¹ by derivatives the ends would spoil."""
    net = sr.MLP((1, 6, 1))
    theta = net.init(seed)
    target = lambda x: net.function(theta)(x) - np.cos(omega * x + phase)
    plain, loss = (FourierLoss(net, target, PERIOD, order, 16) for order in (0, s))
    np.testing.assert_allclose(
        loss(theta)[1], (1.0 + omega**2) ** s * plain(theta)[1], rtol=1e-8, atol=1e-8
    )


def test_the_kernel_of_a_fourier_loss():
    loss = FourierLoss(sr.LinearModel.fourier(3, [PERIOD]), np.sin, PERIOD, 1, 7)
    values = np.linalg.eigvalsh(tangent_kernel(loss, np.zeros(7)))
    np.testing.assert_allclose(values, np.pi * np.array([2, 2, 2, 5, 5, 10, 10]), rtol=1e-10)


# -- noise -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [-1.0, 0.0, 1.0])
def test_the_least_variance_is_at_the_order_that_whitens_the_noise(noise):
    """Noise of power (1 + ω²)^{−σ} on 41 values, a model of 6 numbers: of all s, s = σ is best."""
    n, model = 41, sr.LinearModel.polynomial(5, [PERIOD])
    power = (1 + np.fft.fftfreq(n, 1 / n) ** 2) ** -noise
    C = np.fft.ifft(power[:, None] * np.fft.fft(np.eye(n), axis=0), axis=0).real  # covariance
    J_0 = FourierLoss(model, np.sin, PERIOD, 0, n).jacobian(np.zeros(6))
    variance = {}
    for s in (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5):
        J = FourierLoss(model, np.sin, PERIOD, s, n).jacobian(np.zeros(6))
        S2 = np.fft.ifft(
            ((1 + np.fft.fftfreq(n, 1 / n) ** 2) ** s)[:, None] * np.fft.fft(np.eye(n), axis=0),
            axis=0,
        ).real
        estimate = np.linalg.solve(J.T @ J, J_0.T @ S2)  # of θ from the values
        variance[s] = np.trace(estimate @ C @ estimate.T)
    assert min(variance, key=variance.get) == noise
    assert variance[1.0 if noise < 0 else -1.0] > 1.1 * variance[noise]


@pytest.mark.slow
def test_stopped_early_a_negative_order_learns_little_of_white_noise():
    """f = sin x, noise 0.3 on 41 values, a series that can learn all of it: the best step of each run.

    In L² every wave comes at the same rate; in H^{−1} sin x is there before the noise is.
    """
    n, rng = 41, np.random.default_rng(0)
    model, x = sr.LinearModel.fourier(20, [PERIOD]), equidistant(n).nodes
    best = {}
    for s in (-1, 0, 1):
        errors = []
        for _ in range(5):
            data = {(0,): np.sin(x[:, 0]) + 0.3 * rng.normal(size=n)}
            loss, seen = FourierLoss(model, data, PERIOD, s, n), []
            truth = FourierLoss(model, np.sin, PERIOD, 0, n)
            watch = lambda intermediate_result: seen.append(truth(intermediate_result.x)[0])
            eta = 0.25 / np.linalg.eigvalsh(loss.hessian(np.zeros(41)))[-1]
            options = {"learning_rate": eta, "maxiter": 60, "gtol": 0, "progress": False}
            sr.fit(loss, np.zeros(41), "gradient_descent", callback=watch, **options)
            errors.append(min(seen))
        best[s] = np.mean(errors)
    assert best[-1] < 0.4 * best[0] < 0.4 * best[1]


# -- a loss like any other -------------------------------------------------------------------------


def test_fit_takes_it_alone_and_in_a_sum():
    net = sr.MLP((1, 8, 1))
    loss = FourierLoss(net, np.sin, PERIOD, -1, 32)
    for it in (loss, loss + sr.Ridge(1e-9, 25)):
        assert sr.fit(it, net.init(0), "lm", maxiter=200, progress=False).fun < 1e-6
    assert repr(loss) == f"FourierLoss({net!r}, 32 nodes, s=-1)"
    with pytest.raises(TypeError, match="^batch: .* is of all nodes at once, and has no batches$"):
        loss.batch([0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": sr.MLP((2, 3, 1))}, "model: got one of 2 variables, takes one variable$"),
        (
            {"target": {(0,): [1.0, np.nan]}, "n": 2},
            r"target: got gaps \(NaN\), takes a value at every node$",
        ),
        ({"target": {(0,): np.sin, (1,): np.cos}}, r"target\[\(1,\)\]: got data of order 1"),  # W1
        ({"s": 1e3}, "s, bounds: got s = 1000, for which a weight is beyond float64"),
        ({"s": -1e3}, "s, bounds: got s = -1000"),
        ({"s": -200}, "s, bounds: got s = -200"),  # its root is not below float64
        ({"model": sr.MLP((1, 3, 2))}, "target: got"),
        ({"n": 0}, "n: got 0"),
        ({"bounds": [(0, 1), (0, 1)]}, r"bounds: got shape \(2, 2\)"),
    ],
)
def test_unusable_arguments(change, message):
    good = {"model": sr.MLP((1, 3, 1)), "target": np.sin, "bounds": PERIOD, "s": 1.0, "n": 16}
    with pytest.raises(ValueError, match=f"^{message}"):
        FourierLoss(**(good | change))
