"""The inequalities hold, and their extremal functions attain them; weak derivatives; Fourier norms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

import sobolev_ref as sr
from sobolev_ref import paper

LENGTHS, WEIGHTS = st.floats(0.2, 10), st.floats(0.05, 5)


def parts(e, length, n=120):
    """‖e‖ and ‖e′‖ on [0, ℓ]."""
    rule = sr.gauss_legendre([(0, length)], n)
    return sr.sobolev_norm(e, rule, 0), sr.sobolev_seminorm(e, rule, 1)


def random_network(seed):
    net = sr.MLP((1, 5, 1))
    return net.function(2 * np.random.default_rng(seed).normal(size=net.n_parameters))


# -- the sup-norm certificate ----------------------------------------------------------------------


@given(LENGTHS, WEIGHTS)
def test_cosh_attains_the_certificate(length, weight):
    """e = cosh(x/√λ) on [0, ℓ], scaled to sup |e| = 1 at the end."""
    root = np.sqrt(weight)
    value, slope = parts(lambda x: np.cosh(x / root) / np.cosh(length / root), length)
    bound = sr.sup_norm_certificate(value**2 + weight * slope**2, length, weight)  # (I1)
    assert bound == pytest.approx(1, rel=1e-9)


@given(SEEDS, WEIGHTS)
def test_the_certificate_bounds_every_function(seed, weight):
    u = random_network(seed)
    value, slope = parts(u, 3, n=300)
    sup = np.abs(u(np.linspace(0, 3, 1001))).max()
    assert sup <= sr.sup_norm_certificate(value**2 + weight * slope**2, 3, weight) * (1 + 1e-6)
    assert sup <= sr.agmon_bound(value, slope, 3) * (1 + 1e-6)


def test_the_paper_s_last_losses():
    """Table 1 certifies sup |e| ≤ 0.216, Table 2 sup |e| ≤ 0.0084."""
    one, two = paper.TABLE_1[-1], paper.TABLE_2[-1]
    assert sr.sup_norm_certificate(4 * np.pi * one, 4 * np.pi) == pytest.approx(0.216, abs=5e-4)
    assert sr.sup_norm_certificate(5 * two, 5) == pytest.approx(0.0084, abs=5e-5)


def test_no_certificate_in_two_dimensions():
    """u = log(1 + log(1/r)), cut off at r = ε, on the unit disc: u(0) → ∞, ‖u‖_{H¹} stays bounded."""

    def norm_and_peak(eps):
        t = sr.gauss_legendre([(np.log(eps), 0)], 400)  # r = e^t, dx = 2π r² dt
        value = t.integrate(lambda s: 2 * np.pi * np.exp(2 * s) * np.log(1 - s) ** 2)
        slope = t.integrate(lambda s: 2 * np.pi / (1 - s) ** 2)
        peak = np.log(1 + np.log(1 / eps))
        return value + slope + np.pi * eps**2 * peak**2, peak

    norms, peaks = zip(*(norm_and_peak(10.0**-k) for k in (2, 8, 32, 128)))
    assert np.ptp(norms) < 2 and max(norms) < 8
    assert (np.diff(peaks) > 1).all()


# -- Agmon and Poincaré ----------------------------------------------------------------------------


@given(LENGTHS, st.floats(0.1, 5))
def test_constants_attain_agmons_bound(length, c):
    value, slope = parts(lambda x: c + 0 * x, length)
    assert sr.agmon_bound(value, slope, length) == pytest.approx(c, rel=1e-9)  # (I2)


@given(LENGTHS)
def test_the_cosine_attains_poincares_bound(length):
    value, slope = parts(lambda x: np.cos(np.pi * x / length), length)
    assert sr.poincare_bound(slope, length) == pytest.approx(value, rel=1e-9)  # (I3)


@given(SEEDS)
def test_poincare_bounds_every_function(seed):
    u = random_network(seed)
    rule = sr.gauss_legendre([(0, 2)], 300)
    mean = rule.mean().integrate(u)
    distance = sr.sobolev_norm(lambda x: u(x) - mean, rule, 0)
    assert distance <= sr.poincare_bound(sr.sobolev_seminorm(u, rule, 1), 2) * (1 + 1e-9)


# -- weak derivatives ------------------------------------------------------------------------------

PIECES = [sr.gauss_legendre([(-1, 0)], 30), sr.gauss_legendre([(0, 1)], 30)]


@given(st.integers(0, 6), st.floats(-2, 2))
def test_sign_is_the_weak_derivative_of_the_absolute_value(j, c):
    """∫ |x| φ′ = −∫ sign(x) φ for φ = (1 − x²)² (x^j + c)."""
    phi = lambda x: (1 - x**2) ** 2 * (x**j + c)
    slope = lambda x: (1 - x**2) ** 2 * (j * x ** max(j - 1, 0)) - 4 * x * (1 - x**2) * (x**j + c)
    assert abs(sr.weak_derivative_defect(np.abs, np.sign, phi, slope, PIECES)) < 1e-13
    shifted = lambda x: np.sign(x) + 0.1
    mass = sum(piece.integrate(phi) for piece in PIECES)
    assert sr.weak_derivative_defect(np.abs, shifted, phi, slope, PIECES) == pytest.approx(
        0.1 * mass, abs=1e-13
    )


def test_the_absolute_value_has_no_second_weak_derivative_in_l2():
    """|x| ∈ H¹ but not H²: ∫ sign φ′ = −2φ(0), while ‖φ‖ → 0 for narrow φ with φ(0) = 1.

    A weak derivative v ∈ L² would give |∫ sign φ′| ≤ ‖v‖‖φ‖.
    """
    ratios = []
    for width in (1.0, 0.1, 0.01):
        pieces = [sr.gauss_legendre([(-width, 0)], 20), sr.gauss_legendre([(0, width)], 20)]
        phi = lambda x: (1 - (x / width) ** 2) ** 2
        slope = lambda x: -4 * x / width**2 * (1 - (x / width) ** 2)
        pairing = sr.weak_derivative_defect(np.sign, np.zeros_like, phi, slope, pieces)
        assert pairing == pytest.approx(-2, rel=1e-13)
        norm = math.sqrt(sum(piece.integrate(lambda x: phi(x) ** 2) for piece in pieces))
        ratios.append(abs(pairing) / norm)
    np.testing.assert_allclose(np.divide(ratios[1:], ratios[:-1]), math.sqrt(10), rtol=1e-10)


# -- Fourier ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [0, 1, 2, 3])
@pytest.mark.parametrize("bounds", [(0, 2 * np.pi), (-1.0, 2.0)])
def test_the_fourier_norm_of_a_whole_order_is_the_norm_with_bessels_weights(k, bounds):
    a, b = bounds
    u = lambda x: np.exp(np.sin(2 * np.pi * (x - a) / (b - a)))
    rule = sr.gauss_legendre([bounds], 200)
    weights = sr.bessel_weights(1, k)
    squared, _ = sr.SobolevLoss(sr.MLP((1, 1)), u, rule, order=k, weights=weights)(np.zeros(2))
    assert sr.fourier_norm(u, bounds, k, 128) == pytest.approx(
        math.sqrt(squared), rel=1e-12
    )  # (I4)


@given(st.floats(-2, 3), st.integers(1, 6))
def test_a_single_mode_has_the_closed_form_for_every_real_order(s, j):
    """‖cos jx‖_s² = π (1 + j²)^s."""
    value = sr.fourier_norm(lambda x: np.cos(j * x), (0, 2 * np.pi), s, 32)
    assert value**2 == pytest.approx(np.pi * (1 + j**2) ** s, rel=1e-12)


@pytest.mark.parametrize(("s", "converges"), [(1.0, True), (1.4, True), (1.6, False), (2.0, False)])
def test_the_absolute_value_is_in_h_s_exactly_below_three_halves(s, converges):
    """|x| on [−π, π]: |û(ω)| ~ ω^{−2}, so partial sums grow like n^{2s−3}: bounded for s < 3/2.

    The increments of ‖·‖_s² from n to 2n change by the factor 2^{2s−3}.
    """
    squares = [sr.fourier_norm(np.abs, (-np.pi, np.pi), s, 2**j) ** 2 for j in (10, 11, 12, 13)]
    growth = np.diff(squares)[1:] / np.diff(squares)[:-1]
    np.testing.assert_allclose(growth, 2 ** (2 * s - 3), rtol=0.02)
    assert (growth < 1).all() == converges


def test_the_loss_in_fourier_is_a_weighted_sum_over_frequencies():
    """‖e‖² + ‖e′‖² = ℓ Σ (1 + ω²)|ê|²: a mode of frequency ω counts 1 + ω² times."""
    for j in (1, 3, 7):
        e = lambda x: np.sin(j * x)
        value, slope = parts(e, 2 * np.pi)
        assert (value**2 + slope**2) / value**2 == pytest.approx(1 + j**2, rel=1e-12)
        assert sr.fourier_norm(e, (0, 2 * np.pi), 1, 32) ** 2 == pytest.approx(
            value**2 + slope**2, rel=1e-12
        )


@pytest.mark.parametrize(
    "call",
    [
        lambda: sr.sup_norm_certificate(-1, 1),
        lambda: sr.sup_norm_certificate(1, 0),
        lambda: sr.sup_norm_certificate(1, 1, 0),
        lambda: sr.sup_norm_certificate(np.nan, 1),
        lambda: sr.sup_norm_certificate(1, np.inf),
        lambda: sr.agmon_bound(-1, 1, 1),
        lambda: sr.poincare_bound(1, -1),
        lambda: sr.fourier_norm(np.sin, [(0, 1)] * 2, 1, 4),
        lambda: sr.fourier_norm(np.sin, (0, 1), np.inf, 4),
        lambda: sr.fourier_norm(np.sin, (0, 1), 1, 0),
    ],
)
def test_bad_values(call):
    with pytest.raises(ValueError, match="takes"):
        call()
