"""(I8) is attained by the first sine, bounds every other error, and ends at resonance."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref.theory import error_from_residual

BOXES = [[(0, 1)], [(-1, 2.5)], [(0, 1), (0, 2)], [(0, 0.5), (1, 2), (0, 3)]]


def first_eigenvalue(box):
    return sum((math.pi / (b - a)) ** 2 for a, b in box)


def norms(e, box, c, n=24):
    """‖e‖, ‖∇e‖, ‖e‖_1 and ‖−Δe + ce‖, by quadrature of derivatives found by jets."""
    rule = sr.gauss_legendre(box, n if len(box) < 3 else 12)
    d = len(box)
    loss = sr.SobolevLoss(sr.MLP((d, 1)), e, rule, order=2)
    D = dict(zip(sr.multi_indices(d, 2), loss.target_values[..., 0]))
    second = [tuple(2 * (np.arange(d) == q)) for q in range(d)]
    rho = c * D[(0,) * d] - sum(D[tuple(int(n) for n in alpha)] for alpha in second)
    value, gradient = (sr.sobolev_seminorm(e, rule, k) for k in (0, 1))
    return value, gradient, math.hypot(value, gradient), math.sqrt(rule.weights @ rho**2)


def sine(box, modes):
    def e(*x):
        waves = (np.sin(np.pi * n * (t - a) / (b - a)) for t, n, (a, b) in zip(x, modes, box))
        return math.prod(waves)

    return e


@pytest.mark.parametrize("share", [-0.9, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("box", BOXES)
def test_the_first_sine_attains_all_three(box, share):
    c = share * first_eigenvalue(box)
    value, gradient, norm, rho = norms(sine(box, [1] * len(box)), box, c)
    bound = error_from_residual(rho, box, c)  # (I8)
    assert bound.attained
    assert bound.values == pytest.approx(value, rel=1e-9)
    assert bound.gradient == pytest.approx(gradient, rel=1e-9)
    assert bound.norm == pytest.approx(norm, rel=1e-9)


@pytest.mark.slow
@given(SEEDS, st.sampled_from(BOXES[:3]), st.floats(-0.99, 8))
def test_it_bounds_every_error_that_is_zero_at_the_boundary(seed, box, share):
    """A random cubic times Π (x − a)(b − x)."""
    rng, c = np.random.default_rng(seed), share * first_eigenvalue(box)
    coefficients = rng.normal(size=[4] * len(box))

    def e(*x):
        inside = sum(
            value * math.prod(t**n for t, n in zip(x, powers))
            for powers, value in np.ndenumerate(coefficients)
        )
        return inside * math.prod((t - a) * (b - t) for t, (a, b) in zip(x, box))

    value, gradient, norm, rho = norms(e, box, c, n=12)
    bound = error_from_residual(rho, box, c)
    slack = 1 + 1e-9
    assert value <= bound.values * slack
    assert gradient <= bound.gradient * slack
    assert norm <= bound.norm * slack


@pytest.mark.parametrize("n", [3, 10])
def test_a_large_c_moves_the_maximum_to_another_sine(n):
    """c = μ_n + 2 on (0, 1): ‖e‖_1 is attained by the nth sine, ‖∇e‖ at c = μ_n; ‖e‖ by the first alone."""
    box, mu = [(0, 1)], (n * math.pi) ** 2
    _, _, norm, rho = norms(sine(box, [n]), box, mu + 2, n=60)
    bound = error_from_residual(rho, box, mu + 2)
    assert bound.norm == pytest.approx(norm, rel=1e-9) and not bound.attained
    _, gradient, _, rho = norms(sine(box, [n]), box, mu, n=60)
    assert error_from_residual(rho, box, mu).gradient == pytest.approx(gradient, rel=1e-9)
    value, _, _, rho = norms(sine(box, [n]), box, mu, n=60)
    assert value < 0.7 * error_from_residual(rho, box, mu).values


@pytest.mark.parametrize("above", [-5.0, 0.0, 1.0, 1.9, 2.1, 2.9, 5.0, 40.0])
def test_the_three_are_the_largest_over_all_frequencies(above):
    """1/(μ + c), √μ/(μ + c) and √(1 + μ)/(μ + c) over a fine grid of μ ≥ μ_1 = π², c = μ_1 + `above`."""
    mu = np.pi**2 + np.linspace(0, 100, 200_001)
    c = np.pi**2 + above
    bound = error_from_residual(2.0, [(0, 1)], c)
    for found, top in ((bound.values, 1), (bound.gradient, mu), (bound.norm, 1 + mu)):
        assert found == pytest.approx(2 * (np.sqrt(top) / (mu + c)).max(), rel=1e-9)


def test_the_second_derivatives_are_the_residual():
    """c = 0: ‖D²e‖ = ‖Δe‖ on a box, with ∂_x∂_y counted twice."""
    box = [(0, 1), (0, 2)]

    def e(x, y):
        return np.sin(np.pi * x) * np.sin(np.pi * y) - 0.3 * np.sin(3 * np.pi * x) * np.sin(
            np.pi * y
        )

    rule = sr.gauss_legendre(box, 24)
    loss = sr.SobolevLoss(
        sr.MLP((2, 1)), e, rule, order=2, weights={(2, 0): 1, (1, 1): 2, (0, 2): 1}
    )
    value, _ = loss(np.zeros(3))
    assert math.sqrt(value) == pytest.approx(norms(e, box, 0)[3], rel=1e-10)


def test_of_replaced_numbers_nothing_is_attained():
    bound = error_from_residual(1.0, [(0, 1)])
    assert bound.attained and not replace(bound, values=2 * bound.values).attained


@pytest.mark.parametrize("side", [0.3, 0.6, 0.9])
def test_so_near_to_resonance_that_mu_1_is_rounding_it_is_still_a_bound(side):
    """1/(c + μ_1) in rational numbers, with π to 50 digits: that of float64 was up to 1.4 % below it."""
    pi = Fraction("3.14159265358979323846264338327950288419716939937511")
    for c in -((math.pi / side) ** 2) * (1 - 2.0**-48 * np.arange(1, 30)):
        true = 1 / ((pi / Fraction(side)) ** 2 + Fraction(float(c)))
        found = error_from_residual(1.0, [(0, side)], c)
        assert true <= Fraction(found.values) and not found.attained


def test_near_resonance_the_bound_grows_without_limit():
    box = [(0, 1)]
    for gap in (1.0, 1e-3, 1e-6):
        bound = error_from_residual(1.0, box, -(math.pi**2) + gap)
        assert bound.values == pytest.approx(1 / gap, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: error_from_residual(1, [(0, 1)], -(math.pi**2)), "c, bounds: got c = -9.8696"),
        (lambda: error_from_residual(1, [(0, 1)], -20), r"takes c > −μ_1 = -9.8696$"),
        (lambda: error_from_residual(1, [(0, 1e-300)]), "c, bounds: got c = 0"),
        (
            lambda: error_from_residual(1e300, [(0, 1e10)]),
            "^residual_norm, bounds, c: got numbers whose bound is beyond float64$",
        ),
        (lambda: error_from_residual(-1, [(0, 1)]), "residual_norm: got -1"),
    ],
)
def test_unusable_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
