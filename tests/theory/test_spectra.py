"""`spectrum` and `fourier_norm` against series known in closed form, each other, and the norms of `norms`."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial.legendre import legval
from scipy.special import iv

import sobolev_ref as sr
from sobolev_ref import fourier_norm, spectrum
from sobolev_ref.theory import FourierLoss


@pytest.mark.parametrize("n", [15, 16])
def test_each_wave_has_its_amplitude(n):
    """e = −2 + 3 cos(ω_2 x) − 0.5 sin(ω_5 x) on [1, 4], ω_j = 2πj/3."""
    omega = 2 * np.pi / 3
    frequency, amplitude = spectrum(
        lambda x: -2 + 3 * np.cos(2 * omega * x) - 0.5 * np.sin(5 * omega * x), (1, 4), n
    )
    expected = np.zeros(n // 2 + 1)
    expected[[0, 2, 5]] = 2, 3, 0.5
    np.testing.assert_allclose(frequency, omega * np.arange(n // 2 + 1), rtol=1e-15)
    np.testing.assert_allclose(amplitude, expected, atol=1e-14)


def test_the_nyquist_wave_counts_once():
    assert spectrum(lambda x: np.cos(4 * x), (0, 2 * np.pi), 8)[1][-1] == pytest.approx(
        1, rel=1e-14
    )
    assert spectrum(lambda x: np.cos(4 * x), (0, 2 * np.pi), 9)[1][-1] == pytest.approx(
        1, rel=1e-14
    )


def test_many_values_have_many_frequencies():
    frequency, amplitude = spectrum(lambda x: np.sin(4999 * x), (0, 2 * np.pi), 10_000)
    assert len(frequency) == 5001 and amplitude[4999] == pytest.approx(1, rel=1e-9)


def test_poisson_kernel():
    """(1 − r²)/(1 − 2r cos x + r²) = 1 + 2 Σ rʲ cos jx, up to the aliases r^{n−j}."""
    r, n = 0.3, 64
    frequency, amplitude = spectrum(
        lambda x: (1 - r**2) / (1 - 2 * r * np.cos(x) + r**2), (-np.pi, np.pi), n
    )
    expected = 2 * r**frequency
    expected[0] = 1
    np.testing.assert_allclose(amplitude[: n // 2], expected[: n // 2], atol=1e-15)


def test_parseval_with_the_fourier_norm():
    """ℓ (A_0² + Σ (1 + ω²)^s A_j²/2) = ‖e‖_s² (I4)."""

    def e(x):
        return np.exp(np.sin(2 * np.pi * x / 5))

    frequency, amplitude = spectrum(e, (0, 5), 63)
    for s in (0, 1, -0.5):
        share = (1 + frequency**2) ** s * amplitude**2 / 2
        share[0] *= 2
        assert np.sqrt(5 * share.sum()) == pytest.approx(fourier_norm(e, (0, 5), s, 63), rel=1e-13)


def test_legendre_coefficients():
    """Of √((1 − t)/2) on [2, 6], t = (x − 4)/2: |c_n| = 2/((2n − 1)(2n + 3)) for n ≥ 1, c_0 = 2/3."""
    degree, amplitude = spectrum(lambda x: np.sqrt((6 - x) / 4), (2, 6), 400, "legendre")
    n = np.arange(20)
    np.testing.assert_array_equal(degree[:20], n)
    np.testing.assert_allclose(amplitude[:20], 2 / np.abs((2 * n - 1) * (2 * n + 3)), rtol=1e-4)


def test_a_polynomial_is_exact_and_sums_to_itself():
    def e(x):
        return 1 + 2 * x + 3 * x**4

    _, amplitude = spectrum(e, (0, 1), 5, "legendre")  # every c_n ≥ 0 for this one
    x = np.linspace(0, 1, 7)
    np.testing.assert_allclose(legval(2 * x - 1, amplitude), e(x), rtol=1e-13)
    assert spectrum(lambda x: 4.0, (0, 1), 3, "legendre")[1].round(12).tolist() == [4, 0, 0]


# -- norms of any order ----------------------------------------------------------------------------


@pytest.mark.parametrize("k", [0, 1, 2, 3])
@pytest.mark.parametrize("bounds", [(0, 2 * np.pi), (-1.0, 2.0)])
def test_the_fourier_norm_of_a_whole_order_is_the_norm_with_bessels_weights(k, bounds):
    a, b = bounds
    u = lambda x: np.exp(np.sin(2 * np.pi * (x - a) / (b - a)))
    rule = sr.gauss_legendre([bounds], 200)
    weights = sr.bessel_weights(1, k)
    squared, _ = sr.SobolevLoss(sr.MLP((1, 1)), u, rule, order=k, weights=weights)(np.zeros(2))
    by_fourier = fourier_norm(u, bounds, k, 128)  # (I4)
    assert by_fourier == pytest.approx(math.sqrt(squared), rel=1e-12)


@given(
    st.floats(-2, 3),
    st.integers(1, 6),
    st.sampled_from([(0, 2 * np.pi), (-1, 0.5), (3, 3.25)]),
    st.just(0.0) | st.floats(1e-290, 9) | st.floats(-9, -1e-290),  # below, c² has few digits
)
def test_the_highest_cosine_has_the_norm_of_any_other(s, j, bounds, scale):
    """W11: ‖c cos ωx‖_s² = c² ℓ (1 + ω²)^s / 2 from n = 2j values too, where ω is the Nyquist frequency.

    Between n = 2j and 2j + 1 nothing changes; j = 1 is a cosine from two values.
    """
    a, b = bounds
    omega = 2 * np.pi * j / (b - a)
    exact = abs(scale) * math.sqrt((b - a) / 2 * (1 + omega**2) ** s)
    for n in (2 * j, 2 * j + 1):
        value = fourier_norm(lambda x: scale * np.cos(omega * (x - a)), bounds, s, n)
        assert value == pytest.approx(exact, rel=1e-12)


def test_the_nyquist_norm_of_the_finding_and_its_neighbours():
    """W11: π for cos 4x from 8 values; of cos(4x + φ) the values show cos φ cos 4x; a constant is no wave."""
    period = (0, 2 * np.pi)
    assert fourier_norm(lambda x: np.cos(4 * x), period, 0, 8) ** 2 == pytest.approx(np.pi)
    assert fourier_norm(lambda x: np.cos(4 * x + 1), period, 0, 8) ** 2 == pytest.approx(
        np.pi * np.cos(1) ** 2
    )
    mixed = lambda x: 2 + np.sin(x) - 3 * np.cos(4 * x)  # 2π 4 + π 2² + 9π 17²
    assert fourier_norm(mixed, period, 2, 8) ** 2 == pytest.approx(np.pi * (8 + 4 + 9 * 17**2))
    for n in (1, 2, 3):
        assert fourier_norm(lambda x: 5.0, (0, 3), 7, n) == pytest.approx(5 * math.sqrt(3))
    assert fourier_norm(lambda x: 0.0, (0, 3), -7, 4) == 0


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e200, 1e307])
@pytest.mark.parametrize("n", [7, 8])
def test_very_small_and_very_large_functions(size, n):
    """W11: squares of amplitudes leave float64 where the norm does not; the norm is homogeneous."""
    u = lambda x: size * np.cos(3 * x)
    rel = 1e-3 if size < 1e-300 else 1e-13
    value = fourier_norm(u, (0, 2 * np.pi), 1, n)
    assert value == pytest.approx(size * math.sqrt(10 * np.pi), rel=rel, abs=0)
    assert spectrum(u, (0, 2 * np.pi), n)[1][3] == pytest.approx(size, rel=rel, abs=0)


@pytest.mark.parametrize("bounds", [(1e308, 1.5e308), (-1e308, -0.99e308), (1e16, 1e16 + 4)])
def test_an_interval_near_the_end_of_float64(bounds):
    """W5: no value is taken outside, and nothing overflows: ‖4‖² = 16 ℓ, and 4 = 4 P_0."""
    seen = []

    def four(x):
        seen.append(x)
        return 4.0

    assert fourier_norm(four, bounds, 0, 8) == pytest.approx(4 * math.sqrt(bounds[1] - bounds[0]))
    for basis in ("fourier", "legendre"):
        amplitude = spectrum(four, bounds, 8, basis)[1]
        np.testing.assert_allclose(amplitude, [4] + [0] * (len(amplitude) - 1), atol=1e-14)
    x = np.concatenate(seen)
    assert bounds[0] <= x.min() and x.max() <= bounds[1]


@given(st.floats(-2, 3), st.integers(1, 6))
def test_a_single_mode_has_the_closed_form_for_every_real_order(s, j):
    """‖cos jx‖_s² = π (1 + j²)^s (I4)."""
    value = fourier_norm(lambda x: np.cos(j * x), (0, 2 * np.pi), s, 32)
    assert value**2 == pytest.approx(np.pi * (1 + j**2) ** s, rel=1e-12)


@pytest.mark.parametrize(("s", "converges"), [(1.0, True), (1.4, True), (1.6, False), (2.0, False)])
def test_the_absolute_value_is_in_h_s_exactly_below_three_halves(s, converges):
    """|x| on [−π, π]: |û(ω)| ~ ω^{−2}, so partial sums grow like n^{2s−3}: bounded for s < 3/2.

    The increments of ‖·‖_s² from n to 2n change by the factor 2^{2s−3}.
    """
    squares = [fourier_norm(np.abs, (-np.pi, np.pi), s, 2**j) ** 2 for j in (10, 11, 12, 13)]
    growth = np.diff(squares)[1:] / np.diff(squares)[:-1]
    np.testing.assert_allclose(growth, 2 ** (2 * s - 3), rtol=0.02)
    assert (growth < 1).all() == converges


def test_the_loss_in_fourier_is_a_weighted_sum_over_frequencies():
    """‖e‖² + ‖e′‖² = ℓ Σ (1 + ω²)|ê|²: a mode of frequency ω counts 1 + ω² times."""
    rule = sr.gauss_legendre([(0, 2 * np.pi)], 120)
    for j in (1, 3, 7):
        e = lambda x: np.sin(j * x)
        value, slope = sr.sobolev_norm(e, rule, 0), sr.sobolev_seminorm(e, rule, 1)
        assert (value**2 + slope**2) / value**2 == pytest.approx(1 + j**2, rel=1e-12)
        assert fourier_norm(e, (0, 2 * np.pi), 1, 32) ** 2 == pytest.approx(
            value**2 + slope**2, rel=1e-12
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"basis": "chebyshev"}, "basis: got 'chebyshev', takes 'fourier' or 'legendre'"),
        ({"n": 0}, "n: got 0"),
        ({"n": 7001, "basis": "legendre"}, "n: got 7001, takes a whole number from 1 to 7,000$"),
        ({"bounds": [(0, 1), (0, 1)]}, r"bounds: got shape \(2, 2\)"),
        ({"e": lambda x: x[1:]}, r"e: got shape \(255,\), takes shape \(256,\)"),
        ({"e": lambda x: x / 0 * 0}, "e: got 256 NaN"),
        (
            {"e": lambda x: 1.7e308 * np.sign(x - 0.5)},
            "e: got values so large that an amplitude is beyond float64$",
        ),
        (
            {"bounds": (1e-308, 2e-308)},
            "bounds: got an interval of length 1e-308, whose frequencies are",
        ),
    ],
)
def test_unusable_arguments_of_a_spectrum(change, message):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=f"^{message}"):
        spectrum(**({"e": np.sin, "bounds": (0, 1)} | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bounds": [(0, 1)] * 2}, r"bounds: got shape \(2, 2\), takes shape \(1, 2\)"),
        ({"s": np.inf}, "s: got inf, takes a finite number"),
        ({"n": 0}, "n: got 0, takes"),
        (
            {"u": lambda x: np.sign(np.cos(4 * np.pi * x)), "s": -400},
            "s: got -400, for which a term",
        ),
        ({"u": lambda x: 1e300 * x, "s": 30}, "s: got 30, for which a term"),
        ({"s": 1e300}, r"s: got 1e\+300, for which a term \(1 \+ ω²\)\^s .* is beyond float64"),
    ],
)
def test_unusable_arguments_of_a_norm(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        fourier_norm(**({"u": np.cos, "bounds": (0, 1), "s": 1, "n": 4} | change))


@pytest.mark.parametrize(("s", "n"), [(6, 4096), (6, 1024), (8, 256), (10, 128)])
def test_rounding_that_a_high_order_magnifies_is_told(s, n):
    """Z: ‖sin‖_s² = π 2^s; of these the square was 1.01 to 170,000 times it, without a word."""
    with pytest.warns(
        RuntimeWarning, match=f"^u: rounding of {n} values may be .* of order s = {s};"
    ):
        found = fourier_norm(np.sin, (0, 2 * np.pi), s, n) ** 2 / (np.pi * 2**s)
    assert found > 1.005
    model = sr.LinearModel.fourier(1, [(0, 2 * np.pi)])
    with pytest.warns(RuntimeWarning, match=f"^target: rounding of {n} values may be "):
        loss = FourierLoss(model, np.sin, (0, 2 * np.pi), s, n)
    assert loss(np.zeros(3))[0] > 1.005 * np.pi * 2**s


@pytest.mark.parametrize(
    ("s", "n"), [(1, 2**16), (2, 4096), (4, 1024), (6, 128), (10, 32), (-3, 2**16)]
)
@pytest.mark.parametrize("a", [0.0, 200 * np.pi])
def test_where_nothing_is_said_the_norm_is_right(s, n, a):
    """e^{sin x} has the coefficients i^{−j} I_j(1); nodes far from 0 are rounded more."""
    j = np.arange(-40, 41)
    square = 2 * np.pi * ((1.0 + j**2) ** s * iv(j, 1.0) ** 2).sum()
    found = fourier_norm(lambda x: np.exp(np.sin(x)), (a, a + 2 * np.pi), s, n)
    assert found**2 == pytest.approx(square, rel=1e-6)
    assert FourierLoss(sr.MLP((1, 1)), np.sin, (a, a + 2 * np.pi), min(s, 4), n).n_nodes == n
