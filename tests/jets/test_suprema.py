"""Bounds of the derivatives of activations: attacked on a fine grid, and in closed form where it is known."""

import math

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives

from sobolev_ref.jets import suprema
from sobolev_ref.jets.activations import ACTIVATIONS
from sobolev_ref.jets.algebra import taylor_algebra

# How far above the largest value a bound may be.
LOOSE = {"gaussian": 2.2, "gelu": 2.2, "silu": 1.7}
UNBOUNDED = ("softplus", "gelu", "silu", "identity")


@pytest.mark.slow
@pytest.mark.parametrize("name", ANALYTIC)
def test_no_derivative_is_above_its_bound(name):
    """W9: |σ⁽ⁿ⁾| ≤ M_n at 801 points by polynomials with 60 digits, and M_n is not wildly above."""
    M = [ACTIVATIONS[name].derivative_bounds(n) for n in range(9)]
    exact = np.abs([activation_derivatives(name, z, 8) for z in np.linspace(-12, 12, 801)])
    assert (exact <= np.array(M) * (1 + 1e-15)).all()
    largest = exact.max(axis=0)
    assert (M[1:] <= LOOSE.get(name, 1.01) * largest[1:]).all()
    assert math.isinf(M[0]) == (name in UNBOUNDED) and (name in UNBOUNDED or M[0] < 1.0001)


@pytest.mark.parametrize("name", ANALYTIC)
def test_no_derivative_is_above_its_bound_up_to_order_thirty(name):
    """The same for jets, at 20,001 points."""
    T = taylor_algebra(1, 30)
    a, _ = ACTIVATIONS[name].jets(T.variables(np.linspace(-9, 9, 20_001)[:, None]), T)
    seen = np.abs(T.factorials[:, None] * a[..., 0]).max(axis=1)
    for n in range(1, 31):
        assert seen[n] <= ACTIVATIONS[name].derivative_bounds(n) * (1 + 1e-9)


def test_beyond_order_eight_cramer_s_bounds_are_looser():
    """By 1.0865 (πn/2)^{1/4} for the Gaussian, as |H_n(0)| = n!/(n/2)! for even n."""
    for n in (40, 100):
        ratio = suprema.gaussian(n) / math.perm(n, n // 2)
        assert ratio == pytest.approx(1.0865 * (math.pi * n / 2) ** 0.25, rel=0.01)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "silu"])
def test_beyond_order_eight_polynomials_are_as_sharp(name):
    """The sigmoid's was 5.7 times the supremum for n = 12 and 2·10⁶ times for n = 20."""
    z = np.linspace(0, 1, 101) * (1 if name == "tanh" else 2)
    largest = np.abs([activation_derivatives(name, x, 30) for x in z]).max(axis=0)
    for n in (12, 20, 30):
        M = ACTIVATIONS[name].derivative_bounds(n)
        assert largest[n] <= M <= LOOSE.get(name, 1.01) * largest[n]


def test_a_kink_has_no_bounds():
    assert ACTIVATIONS["relu"].derivative_bounds is None


def test_bounds_that_are_known_in_closed_form():
    """tanh: 1, 1, 4/(3√3), 2; sigmoid: 1, 1/4, 1/(6√3), 1/8; Cramér's for the Gaussian and gelu."""
    known = {
        "tanh": [1, 1, 4 / (3 * math.sqrt(3)), 2],
        "sigmoid": [1, 1 / 4, 1 / (6 * math.sqrt(3)), 1 / 8],
        "softplus": [math.inf, 1, 1 / 4, 1 / (6 * math.sqrt(3))],
        "gaussian": [1] + [1.0865 * math.sqrt(c) for c in (2, 8, 48)],
        "sin": [1, 1, 1, 1],
        "identity": [math.inf, 1, 0, 0],
    }
    h = [1.0865 * math.sqrt(c) / math.sqrt(2 * math.pi) for c in (1, 1, 2, 6)]
    slope = 1 + math.exp(-0.5) / math.sqrt(2 * math.pi)  # Φ ≤ 1, zφ ≤ 1/√(2πe)
    known["gelu"] = [math.inf, slope, h[2] + h[0], h[3] + h[1]]
    known["silu"] = [math.inf, 1 + 0.2239, 2 / 4 + 0.2239, 3 / (6 * math.sqrt(3)) + 0.2239 * 1]
    for name, expected in known.items():
        M = [ACTIVATIONS[name].derivative_bounds(n) for n in range(4)]
        assert pytest.approx(expected, rel=1e-6) == M


def test_the_fourth_derivative_of_silu():
    """P_3 = (g − g²)(1 − 6g + 6g²), so |P_3′| ≤ 1 on [0, 1], and |g‴| ≤ 1/8: 0.2239 · 1 + 4/8."""
    assert suprema.silu(4) == pytest.approx(0.2239 + 0.5, rel=1e-6)


def test_the_two_constants_are_rounded_up():
    """z tanh(z/2) = 1 by bisection; Cramér's constant is above H_n's largest value up to n = 60."""
    low, high = 1.0, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * math.tanh(middle / 2) < 1 else (low, middle)
    g = 1 / (1 + math.exp(-low))
    assert low * g * (1 - g) == pytest.approx(0.223872, rel=2e-6) and low * g * (1 - g) < 0.2239
    z = np.linspace(0, 14, 100_001)
    before, h = 0 * z, np.exp(-(z**2) / 4)  # He_n e^{−z²/4} / √n!, by their recurrence
    for n in range(60):
        before, h = h, (z * h - math.sqrt(n) * before) / math.sqrt(n + 1)
        assert np.abs(h).max() < suprema.CRAMER


def test_a_maximum_on_a_grid_is_raised_to_a_bound():
    """tanh″ = −2t(1 − t²): on a mesh of 10⁻⁴ largest at 0.5774, and |P″| ≤ 12 adds 10⁻⁸/8 · 12.

    tanh‴ = −2 + 8t² − 6t⁴: largest at 0, and |P″| = |16 − 72t²| ≤ 56, at the end 1. For rounding comes
    2·10⁻¹³ of the sums of the coefficients, 4 and 16.
    """
    t = 0.5774
    expected = 2 * t * (1 - t**2) + 1.5e-8 + 8e-13
    assert suprema.tanh(2) == pytest.approx(expected, rel=2e-15)
    expected = 2 + 1e-8 / 8 * 56 + 3.2e-12
    assert suprema.tanh(3) == pytest.approx(expected, rel=2e-15)


def test_beyond_float64_there_is_no_bound():
    assert suprema.tanh(172) == math.inf and suprema.silu(172) == math.inf
    assert suprema.sigmoid(1200) == math.inf and math.isfinite(suprema.tanh(160))
    assert math.isfinite(suprema.gelu(172)) and math.isfinite(suprema.gaussian(172))
