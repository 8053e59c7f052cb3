"""Definition 2 (D2), against integrals done by hand, and the axioms of a norm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.special import beta

import sobolev_ref as sr
from sobolev_ref.integrals.norms import lp_norm, phi, power

UNIT = sr.gauss_legendre([(0, 1)], 20)


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 4.5])
def test_a_linear_function(p):
    """u = 3x on [0, 1]: ∫|u|^p = 3^p/(p+1), ∫|u′|^p = 3^p."""
    fine = sr.gauss_legendre([(0, 1)], 400)
    expected = (3**p / (p + 1) + 3**p) ** (1 / p)
    assert sr.sobolev_norm(lambda x: 3 * x, fine, 1, p) == pytest.approx(expected, rel=1e-8)
    assert sr.sobolev_seminorm(lambda x: 3 * x, fine, 1, p) == pytest.approx(3, rel=1e-12)


def test_sine_over_a_period():
    """Every derivative of sin has ∫ = π over a period: ‖sin‖_{k,2}² = (k + 1) π."""
    rule = sr.gauss_legendre([(0, 2 * np.pi)], 40)
    for k in range(5):
        assert sr.sobolev_norm(np.sin, rule, k) == pytest.approx(
            np.sqrt((k + 1) * np.pi), rel=1e-13
        )
        assert sr.sobolev_seminorm(np.sin, rule, k) == pytest.approx(np.sqrt(np.pi), rel=1e-13)


def test_fourth_powers_of_sine():
    """∫₀^π sin⁴ = ∫₀^π cos⁴ = B(5/2, 1/2) = 3π/8."""
    rule = sr.gauss_legendre([(0, np.pi)], 40)
    assert sr.sobolev_norm(np.sin, rule, 1, 4) == pytest.approx(
        (2 * beta(2.5, 0.5)) ** 0.25, rel=1e-13
    )


def test_each_multi_index_counts_once_in_two_dimensions():
    """u = xy on the unit square: u² → 1/9, u_x² and u_y² → 1/3 each, u_xy² → 1."""
    rule = sr.gauss_legendre([(0, 1)] * 2, 4)
    u = lambda x, y: x * y
    assert sr.sobolev_norm(u, rule, 2) == pytest.approx(np.sqrt(1 / 9 + 2 / 3 + 1), rel=1e-14)
    assert sr.sobolev_seminorm(u, rule, 2) == pytest.approx(1, rel=1e-14)


def test_networks_and_their_differences():
    net = sr.MLP((1, 6, 1))
    one, two = net.init(0), net.init(1)
    rule = sr.gauss_legendre([(-1, 2)], 30)
    by_function = sr.sobolev_norm(net.function(one), rule, 2, 3)
    by_mapping = sr.sobolev_norm(net.derivatives(one, rule.nodes, 2), rule, 2, 3)
    assert by_function == pytest.approx(by_mapping, rel=1e-14)
    difference = sr.sobolev_norm(lambda x: net.function(one)(x) - net.function(two)(x), rule, 2)
    by_loss, _ = sr.SobolevLoss(net, net.function(two), rule, order=2)(one)
    assert difference == pytest.approx(np.sqrt(by_loss), rel=1e-13)
    error = sr.sobolev_norm(lambda x: net.function(one)(x) - np.sin(x), rule, 1)
    by_loss, _ = sr.SobolevLoss(net, np.sin, rule)(one)
    assert error == pytest.approx(np.sqrt(by_loss), rel=1e-13)


def test_vector_valued_functions_add_their_components():
    pair = sr.sobolev_norm(lambda x: (np.sin(x), x**2), UNIT, 1) ** 2
    assert pair == pytest.approx(
        sr.sobolev_norm(np.sin, UNIT, 1) ** 2 + sr.sobolev_norm(lambda x: x**2, UNIT, 1) ** 2
    )


@given(st.floats(1, 6), st.integers(0, 2), st.integers(1, 2), SEEDS, st.floats(0.01, 5))
def test_axioms(p, k, d, seed, c):
    """Homogeneity, the triangle inequality, and the seminorm as a part of the norm."""
    rng = np.random.default_rng(seed)
    net = sr.MLP((d, 3, 2))
    rule = sr.monte_carlo([(-1, 1)] * d, 7, rng)
    u, v = (net.derivatives(rng.normal(size=net.n_parameters), rule.nodes, k) for _ in range(2))
    norm = lambda w: sr.sobolev_norm(w, rule, k, p)
    assert norm({a: -c * u[a] for a in u}) == pytest.approx(c * norm(u), rel=1e-11)
    assert norm({a: u[a] + v[a] for a in u}) <= (norm(u) + norm(v)) * (1 + 1e-12)
    parts = [sr.sobolev_seminorm(u, rule, n, p) ** p for n in range(k + 1)]
    assert norm(u) ** p == pytest.approx(sum(parts), rel=1e-10)


@pytest.mark.parametrize("p", [1, 1.5, 2, 2.5, 3, 4])
def test_phi_is_the_derivative_of_the_power(p):
    """(|r|^p)′ = p φ_p(r), by the complex step, which continues |r| past r's sign."""
    r = np.array([-3.0, -0.2, 0.7, 2.0])
    np.testing.assert_allclose(power(r + 1e-20j, p).imag / 1e-20, p * phi(r, p), rtol=1e-13)
    np.testing.assert_allclose(phi(r, p), np.sign(r) * np.abs(r) ** (p - 1), rtol=1e-15)
    assert phi(np.zeros(1), p)[0] == 0 and power(np.zeros(1), p)[0] == 0


def test_phi_two_is_the_identity_off_the_real_line_too():
    """A complex step from r = 0, where sign(Re r) would be 0."""
    np.testing.assert_array_equal(phi(np.array([1e-20j, 2.0]), 2), [1e-20j, 2.0])


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: sr.sobolev_norm(np.sin, UNIT, 1, 0.5),
            "p: got 0.5, takes a finite real exponent >= 1",
        ),
        (lambda: sr.sobolev_norm(np.sin, UNIT, 1, np.inf), "p: got inf"),
        (lambda: sr.sobolev_norm(np.sin, UNIT, 1, np.nan), "p: got nan"),
        (lambda: sr.sobolev_norm(np.sin, UNIT, -1), "order: got -1"),
        (
            lambda: sr.sobolev_norm({(0,): np.ones(20)}, UNIT, 1),
            r"^u: D\^\(1,\) is missing at 20 of 20 nodes; a norm takes every derivative$",
        ),
        (lambda: sr.sobolev_norm(np.sin, UNIT, 1, 10**400), "p: got inf"),
        (lambda: sr.sobolev_norm(np.sin, UNIT, 1, 0.99999999), "p: got 0.99999999"),
    ],
)
def test_bad_values(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_no_power_overflows_or_vanishes():
    for scale in (1e-200, 1e200):
        value = sr.sobolev_norm(lambda x: scale * np.sin(x), UNIT, 1, 3)
        assert value / scale == pytest.approx(sr.sobolev_norm(np.sin, UNIT, 1, 3), rel=1e-13)
    assert sr.sobolev_norm(lambda x: 0.0, UNIT, 1) == 0


def test_what_is_missing_or_empty_adds_nothing():
    """(D2) over the entries there are: 3² + 4² = 5², beside a NaN and in no entries at all."""
    rule = sr.Quadrature([0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    assert lp_norm(np.array([[[3.0], [np.nan], [-4.0]]]), rule, 2) == pytest.approx(5, rel=1e-15)
    assert lp_norm(np.zeros((0, 3, 1)), rule, 2) == 0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: sr.sobolev_norm(np.sin, [(0, 1)], 1), "^rule: got list, takes a Quadrature$"),
        (lambda: sr.sobolev_norm(np.sin, UNIT, 1, "2"), "^p: got '2', takes a finite real"),
        (lambda: sr.sobolev_norm(5, UNIT, 1), "^u: got 5, takes a function of 1 arrays"),
        (lambda: sr.sobolev_norm(np.sin, UNIT, 1, 2j), "^p: got 2j, takes a finite real"),
    ],
)
def test_bad_types(call, match):
    with pytest.raises(TypeError, match=match):
        call()
