"""(I1), (I2) and (I3) hold, and their extremal functions attain them."""

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


@pytest.mark.parametrize("integral", [5e-324, 1e-310, 1e308])
def test_a_certificate_does_not_leave_float64_on_the_way(integral):
    """A neighbour of W9: ∫/share once rounded to 0, a bound of 0 for what is not 0."""
    bound = sr.sup_norm_certificate(integral, 4.0, 1e12)  # λ^{1/2} tanh(ℓ/√λ) = ℓ to twelve digits
    assert bound == pytest.approx(np.sqrt(integral) / 2, rel=1e-11) and bound > 0
    assert sr.sup_norm_certificate(integral, 1e300, 1e300) == pytest.approx(
        np.sqrt(integral) / 1e75, rel=1e-14
    )


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
        lambda: sr.poincare_bound(1e308, 1e308),  # takes other units
    ],
)
def test_bad_values(call):
    with pytest.raises(ValueError, match="takes"):
        call()
