"""(K3) and (K4): the kernel against steps of descent, the rates 1 + λω², and where a boundary breaks them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import little_memory
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref.jets.elementary import sin_cos
from sobolev_ref.testing.strategies import losses
from sobolev_ref.theory import mode_rates, tangent_kernel
from sobolev_ref.theory.tangent import ModeRates

ENDS = (-np.pi, np.pi)
RULE = sr.gauss_legendre([ENDS], 120)
OMEGA = np.arange(1, 13)


def sines(phase=0.0):
    return [lambda x, w=w: np.sin(w * x + phase) for w in OMEGA]


COSINES = sines(np.pi / 2)
INTEGER = np.random.default_rng(0)
SIN = sr.MLP((1, 40, 1), "sin")
SIN_THETA = SIN.pack(
    [
        (INTEGER.integers(1, 13, (40, 1)), INTEGER.uniform(0, 2 * np.pi, 40)),
        (INTEGER.normal(size=(1, 40)), [0.0]),
    ]
)


def loss_of(model, lam=1.0, order=1):
    weights = (1.0, lam) if order == 1 else None
    return sr.SobolevLoss(model, np.sin, RULE, order=order, weights=weights)


# -- the kernel ------------------------------------------------------------------------------------


@given(losses(p=st.just(2)))
def test_the_kernel_moves_the_residuals(problem):
    """r(θ − η∇L) = r − 2ηΘr + O(η²) (K3)."""
    loss, theta = problem
    theta, r = theta.real, loss.residuals(theta.real)
    kernel, eta = tangent_kernel(loss, theta), 1e-7  # (K3)
    gradient = loss(theta)[1]
    assert kernel.shape == (len(r), len(r))
    eta /= 1 + np.abs(gradient).max(initial=0.0)
    moved = (loss.residuals(theta - eta * gradient) - r) / eta
    scale = 1 + np.abs(kernel @ r).max(initial=0.0)
    np.testing.assert_allclose(moved / scale, -2 * kernel @ r / scale, atol=1e-3)
    assert 4 * r @ kernel @ r == pytest.approx(gradient @ gradient, rel=1e-9, abs=1e-12)


def test_a_linear_model_s_kernel_is_its_whole_dynamics():
    """One step of descent is r ← (I − 2ηΘ) r, exactly and at every step."""
    model = sr.LinearModel.polynomial(3, [ENDS])
    loss = loss_of(model)
    kernel, theta, eta = tangent_kernel(loss, np.zeros(4)), np.ones(4), 1e-3
    for _ in range(5):
        r = loss.residuals(theta)
        theta = theta - eta * loss(theta)[1]
        np.testing.assert_allclose(loss.residuals(theta), r - 2 * eta * kernel @ r, atol=1e-10)


def test_its_smallest_eigenvalue_is_the_constant_of_polyak_and_lojasiewicz():
    """More parameters than residuals: ‖∇L‖² ≥ 2μL with μ = 2 λ_min(Θ) at θ (K2)."""
    net = sr.MLP((1, 20, 1))
    theta = net.init(0)
    for target in (np.sin, np.cos, lambda x: x**2):
        loss = sr.SobolevLoss(net, target, sr.samples([-2.0, 0.5, 1.0]))
        value, gradient = loss(theta)
        mu = 2 * np.linalg.eigvalsh(tangent_kernel(loss, theta))[0]
        assert 0 < 2 * mu * value <= gradient @ gradient


# -- the rates: where they are 1 + λω² -------------------------------------------------------------


@pytest.mark.parametrize("lam", [0.25, 1.0])
def test_a_fourier_series_learns_each_wave_one_plus_omega_squared_times_as_fast(lam):
    model = sr.LinearModel.fourier(12, [ENDS])
    for modes in (sines(), COSINES, sines(0.7)):
        rates = mode_rates(loss_of(model, lam), np.zeros(25), modes)
        np.testing.assert_allclose(rates.ratio, 1 + lam * OMEGA**2, rtol=1e-10)  # (K4)
        np.testing.assert_allclose(rates.plain, 2 * np.pi, rtol=1e-10)  # 2|a|²/‖φ‖², ‖φ‖² = π


def test_a_sin_network_of_the_period_does_where_its_frequencies_are_not_trained():
    """∂u/∂b and ∂u/∂v are periodic, ∂u/∂w = v x cos(wx + b) is not."""
    loss, held = loss_of(SIN), np.arange(40, 121)
    for phase in (0.0, 0.7):
        rates = mode_rates(loss, SIN_THETA, sines(phase), held)
        np.testing.assert_allclose(rates.ratio, 1 + OMEGA**2, rtol=1e-9)


def test_a_sin_network_of_the_period_whose_frequencies_are_trained_does_not_exactly():
    """Its ratio is not 1 + ω², and grows nearly like it: from 0.53 to 1.09 of it, 125 at ω = 12."""
    ratio = mode_rates(loss_of(SIN), SIN_THETA, sines()).ratio
    share = ratio / (1 + OMEGA**2)
    assert share.min() == pytest.approx(0.53, abs=0.005)
    assert share.max() == pytest.approx(1.09, abs=0.005)
    assert (np.diff(ratio) > 0).all() and ratio[-1] == pytest.approx(125, abs=0.5)


def test_a_network_of_cosine_and_sine_inputs_does_for_every_activation():
    """u = N(cos x, sin x) is periodic with all of its ∂u/∂θ, here N's output layer over 20 tanh units."""
    inner = sr.MLP((2, 20, 1))
    theta = inner.init(1) + 0.3
    frozen = sr.LinearModel.from_mlp(inner, theta)

    def features(a, T):
        return frozen.features(np.concatenate(sin_cos(T.padded(a), T)[::-1], axis=2), T)

    model = sr.LinearModel(features, 20, (1, 1), bias=True)
    rates = mode_rates(loss_of(model), np.zeros(21), sines(0.3)[:5])
    np.testing.assert_allclose(rates.ratio, 1 + OMEGA[:5] ** 2, rtol=1e-6)


@given(SEEDS, st.sampled_from(["tanh", "softplus", "gaussian", "sin"]))
def test_every_network_does_for_modes_that_are_flat_at_both_ends(seed, activation):
    """φ = cos(nπ(x − p)/ℓ) on (−1, 2): no boundary term, whatever the network (K4)."""
    net, ends = sr.MLP((1, 6, 1), activation), [(-1, 2)]
    theta = net.init(seed) + 0.3
    loss = sr.SobolevLoss(net, np.sin, sr.gauss_legendre(ends, 60))
    omega = np.arange(4) * np.pi / 3
    modes = [lambda x, w=w: np.cos(w * (x + 1)) for w in omega]
    ratio = mode_rates(loss, theta, modes).ratio
    np.testing.assert_allclose(ratio, 1 + omega**2, rtol=1e-5)


def test_the_order_two_adds_its_own_power():
    model = sr.LinearModel.fourier(5, [ENDS])
    loss = sr.SobolevLoss(model, np.sin, RULE, order=2, weights=(1, 2, 3))
    ratio = mode_rates(loss, np.zeros(11), sines()[:5]).ratio
    w = OMEGA[:5]
    np.testing.assert_allclose(ratio, 1 + 2 * w**2 + 3 * w**4, rtol=1e-9)


# -- and where they are not ------------------------------------------------------------------------


def gradient_ends(net, theta, sign):
    """∇u and ∇u″, ∇ = ∂/∂θ: at π and `sign` times that at −π added, each (P,)."""
    rows = sr.SobolevLoss(net, {(0,): [0, 0], (1,): [0, 0], (2,): [0, 0]}, sr.samples(ENDS))
    J = rows.jacobian(theta) * np.sqrt(2)  # samples have the weight ½
    return J[1] + sign * J[0], J[5] + sign * J[4]


def gradient_jumps(net, theta):
    """[∇u], [∇u″], each (P,)."""
    return gradient_ends(net, theta, -1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_sines_of_a_tanh_network_do_not(seed):
    """The ratio of sin ωx tends to a constant, 1 − λ [∇u]·[∇u″]/|[∇u]|², here 1.0 to 1.2."""
    net = sr.MLP((1, 40, 1))
    theta = net.init(seed)
    jump, jump_2 = gradient_jumps(net, theta)
    for lam in (1.0, 0.5):
        ratio = mode_rates(loss_of(net, lam), theta, sines()).ratio
        limit = 1 - lam * (jump @ jump_2) / (jump @ jump)
        np.testing.assert_allclose(ratio[5:], limit, rtol=0.01)
        assert ratio.max() < 1.25 and ratio[-1] < 0.02 * (1 + lam * OMEGA[-1] ** 2)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sines_of_an_odd_number_of_half_waves_have_another_limit(seed):
    """sin(ω(x + π)), ω = ½, 3/2, …: cos ωx has unlike signs at the ends, and sums stand for the jumps."""
    net = sr.MLP((1, 40, 1))
    theta = net.init(seed)
    total, total_2 = gradient_ends(net, theta, 1)
    omega = np.arange(12) + 0.5
    modes = [lambda x, w=w: np.sin(w * (x + np.pi)) for w in omega]
    for lam in (1.0, 0.5):
        ratio = mode_rates(loss_of(net, lam), theta, modes).ratio
        limit = 1 - lam * (total @ total_2) / (total @ total)
        np.testing.assert_allclose(ratio[5:], limit, rtol=0.001)
        jump, jump_2 = gradient_jumps(net, theta)
        assert limit < 1 < 1.02 < 1 - lam * (jump @ jump_2) / (jump @ jump)  # that of whole waves


def test_other_phases_can_be_slower_than_without_derivatives():
    """cos(ωx + 1) on (0, 2π): below 1, and less with every ω, to a rate below zero."""
    net = sr.MLP((1, 20, 1))
    loss = sr.SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 2 * np.pi)], 120))
    modes = [lambda x, w=w: np.cos(w * x + 1) for w in OMEGA]
    rates = mode_rates(loss, net.init(0), modes)
    assert (rates.ratio < 1).all() and (np.diff(rates.ratio) < 0).all() and rates.ratio[-1] < 0
    assert (rates.plain > 0).all()


@pytest.mark.parametrize(
    ("sign", "medians", "ends"),
    [(1, (1.48, 1.68), (-0.39, 3.5)), (-1, (4.39, 4.89), (-35.2, 6.45))],
)
def test_in_a_sum_of_modes_a_network_mixes_their_rates(sign, medians, ends):
    """Eight cosines at once: 1 + ω² each for a Fourier series, less in the median of 20 tanh networks.

    The amplitude of φ_n falls by a_n·Σ a_m under L², and by a_n·Σ (1 + ω_m²) a_m under H¹. The signs of
    (1 + ω²) a_m alternate: with equal amplitudes the terms cancel, and with alternating ones they add.
    """
    chord = lambda x: sum(sign**w * np.cos(w * x) for w in OMEGA[:8])

    def ratios(model, theta):
        loss = sr.SobolevLoss(model, chord, RULE)
        J, root = loss.jacobian(theta), np.sqrt(RULE.weights)
        e = np.concatenate([root * row for row in loss.target_values[..., 0]])
        a = J[:120].T @ np.stack([root * np.cos(w * RULE.nodes[:, 0]) for w in OMEGA[:8]], axis=1)
        return (a.T @ J.T @ e) / (a.T @ J[:120].T @ e[:120])

    fourier = ratios(sr.LinearModel.fourier(8, [ENDS]), np.zeros(17))
    np.testing.assert_allclose(fourier, 1 + OMEGA[:8] ** 2, rtol=1e-9)
    net = sr.MLP((1, 40, 1))
    found = np.array([ratios(net, net.init(seed)) for seed in range(20)])
    middle = np.median(found, axis=0)
    assert (middle.min(), middle.max()) == pytest.approx(medians, abs=0.01)
    assert (found.min(), found.max()) == pytest.approx(ends, rel=0.01)


def test_the_boundary_term_accounts_for_all_of_it():
    """a·(a + λa_1)/|a|² = 1 + λω² + λ a·b/|a|² with b = [∇u φ′], by the columns of J themselves (K4)."""
    net = sr.MLP((1, 8, 1))
    theta, w, lam = net.init(3), 2, 0.7
    loss = loss_of(net, lam)
    J, x = loss.jacobian(theta), RULE.nodes[:, 0]
    a = J[:120].T @ (np.sqrt(RULE.weights) * np.sin(w * x + 0.4))
    b = gradient_jumps(net, theta)[0] * w * np.cos(w * np.pi + 0.4)
    phi = lambda x: np.sin(w * x + 0.4)
    (ratio,) = mode_rates(loss, theta, [phi]).ratio
    assert ratio == pytest.approx(1 + lam * w**2 + lam * (a @ b) / (a @ a), rel=1e-10)
    of_error = lambda v: sr.SobolevLoss(
        net, lambda x: net.function(theta)(x) - phi(x), RULE, weights=(1, v)
    )(theta)[1]
    expected = (1 + lam * w**2) * of_error(0) + 2 * lam * b  # of ∇L itself
    np.testing.assert_allclose(of_error(lam), expected, rtol=1e-9, atol=1e-11)


def test_the_rate_is_that_of_a_small_step_of_descent():
    """The amplitude ⟨e, φ⟩/‖φ‖² of e = φ falls by η · rate."""
    net, eta = sr.MLP((1, 8, 1)), 1e-6
    theta = net.init(0)
    phi = lambda x: np.sin(2 * x) + 0.3
    for order in (0, 1):
        target = lambda x: net.function(theta)(x) - phi(x)
        loss = sr.SobolevLoss(net, target, RULE, order=order)
        after = theta - eta * loss(theta)[1]
        e = lambda x: net.function(after)(x) - target(x)
        size = RULE.integrate(lambda x: phi(x) ** 2)
        fall = (1 - RULE.integrate(lambda x: e(x) * phi(x)) / size) / eta
        rates = mode_rates(loss, theta, [phi])
        expected = rates.sobolev if order else rates.plain
        assert fall == pytest.approx(expected[0], rel=1e-3)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"modes": []}, ValueError, "modes: got none"),
        ({"modes": [np.sin, 3]}, TypeError, r"modes\[1\]: got 3, takes a function"),
        ({"modes": [lambda x: 0 * x]}, ValueError, r"modes\[0\]: got a function that is 0"),
        ({"parameters": [121]}, ValueError, r"parameters: got \[121\]"),
        ({"parameters": [2, 0, 2]}, ValueError, r"parameters: got \[2, 0, 2\], takes each .* once"),
        (
            {"loss": sr.SobolevLoss(SIN, np.sin, RULE, weights=(0, 1))},
            ValueError,
            "loss: got one without",
        ),
    ],
)
def test_unusable_arguments(change, error, message):
    good = {"loss": loss_of(SIN), "theta": SIN_THETA, "modes": [np.sin]}
    with pytest.raises(error, match=message):
        mode_rates(**(good | change))


def test_a_kernel_of_too_many_residuals_is_refused_before_it_is_made():
    loss = sr.SobolevLoss(
        sr.LinearModel.polynomial(0, [ENDS]), np.sin, sr.samples(np.zeros(15_000)), order=0
    )
    with (
        little_memory(10**9),
        pytest.raises(ValueError, match="^loss: got 15,000 residuals, 225,000,000 numbers, 1.8"),
    ):
        tangent_kernel(loss, [0.0])


def test_gaps_in_the_target_of_the_loss_play_no_part():
    model = sr.LinearModel.fourier(3, [ENDS])
    data = {alpha: np.full(120, np.nan) for alpha in [(0,), (1,)]}
    data[0,][5] = data[1,][7] = 1.0
    gaps, whole = (sr.SobolevLoss(model, target, RULE, order=1) for target in (data, np.sin))
    found, expected = (mode_rates(loss, np.zeros(7), sines()[:3]) for loss in (gaps, whole))
    np.testing.assert_allclose(found.plain, expected.plain, rtol=1e-12)
    np.testing.assert_allclose(found.sobolev, expected.sobolev, rtol=1e-12)


def test_a_mode_that_nothing_moves_has_no_ratio():
    """u = θ: a sine has the rate 0 with and without derivatives."""
    rates = ModeRates(np.array([0.0, 2.0]), np.array([0.0, 4.0]))
    np.testing.assert_array_equal(rates.ratio, [np.nan, 2.0])
    loss = loss_of(sr.LinearModel.polynomial(0, [ENDS]))
    rates = mode_rates(loss, [0.0], [np.sin])
    np.testing.assert_array_equal(rates.ratio, [np.nan])
    wave = loss_of(sr.LinearModel.fourier(1, [ENDS]))  # of 1, cos and sin alone
    np.testing.assert_array_equal(mode_rates(wave, np.zeros(3), sines()[1:4]).ratio, [np.nan] * 3)
    assert mode_rates(loss, [0.0], [lambda x: x * 0 + 1]).ratio == pytest.approx([1])
