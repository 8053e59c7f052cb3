"""(I1), (I2) and (I3) hold, and their extremal functions attain them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

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


@given(LENGTHS, st.floats(0.01, 20))
def test_cosh_has_the_norms_and_attains_the_sharpest_bound(length, weight):
    """Of e = cosh(x/√λ) the function finds λ again (I9), so no bound by ‖e‖ and ‖e′‖ can be smaller."""
    root = np.sqrt(weight)
    value, slope = parts(
        lambda x: np.exp((x - length) / root) + np.exp(-(x + length) / root), length
    )
    found = sr.sharpest_weight(value, slope, length)  # (I9)
    assert found == pytest.approx(weight, rel=1e-7)
    bound = sr.sup_norm_certificate(value**2 + found * slope**2, length, found)
    assert bound == pytest.approx(1 + np.exp(-2 * length / root), rel=1e-8)
    assert bound <= sr.agmon_bound(value, slope, length) * (1 + 1e-8)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), LENGTHS)
def test_no_other_weight_is_sharper_and_agmon_s_bound_never_is(value, slope, length):
    best = sr.sharpest_weight(value, slope, length)
    bound = lambda lam: sr.sup_norm_certificate(value**2 + lam * slope**2, length, lam)
    for factor in (1e-3, 0.5, 0.99, 1.01, 2.0, 1e3):
        assert bound(best) <= bound(factor * best) * (1 + 1e-12)
    assert bound(best) <= sr.agmon_bound(value, slope, length) * (1 + 1e-12)


def test_the_three_bounds_in_numbers():
    """‖e‖ = ‖e′‖ = 1 = ℓ: λ = 0.49855 and ‖e‖_∞² ≤ 2.3878, Agmon's 3."""
    lam = sr.sharpest_weight(1.0, 1.0, 1.0)
    assert lam == pytest.approx(0.49855, abs=5e-6)
    assert sr.sup_norm_certificate(1 + lam, 1.0, lam) ** 2 == pytest.approx(2.3878, abs=5e-5)
    assert sr.agmon_bound(1.0, 1.0, 1.0) ** 2 == pytest.approx(3, rel=1e-12)


def test_the_sharpest_weight_at_its_ends():
    """λ → ‖e‖²/‖e′‖² for short waves, ℓ‖e‖/(√3‖e′‖) for slow ones; beyond float64 it is refused."""
    assert sr.sharpest_weight(1.0, 1e6, 1.0) == pytest.approx(1e-12, rel=1e-12)
    assert sr.sharpest_weight(1e-128, 1.0, 1.0) == pytest.approx(1e-256, rel=1e-12)
    assert sr.sharpest_weight(1.0, 1e-6, 2.0) == pytest.approx(2e6 / 3**0.5, rel=1e-6)
    for norms in ((1e-200, 1e200), (1e200, 1e-200), (1e-160, 1.0)):
        with pytest.raises(ValueError, match="beyond float64"):
            sr.sharpest_weight(*norms, 1.0)


@pytest.mark.parametrize("n", [10, 100])
def test_a_sum_certifies_nothing_between_its_nodes(n):
    """e = sin²(πx/h) has the loss 0 at the nodes and sup |e| = 1; the true integral certifies it."""
    net = sr.MLP((1, 1, 1), "sin")  # sin² y = ½ + ½ sin(2y − π/2)
    theta = [2 * np.pi * (n - 1), -np.pi / 2, 0.5, 0.5]
    coarse, fine = sr.trapezoid([(0, 1)], n), sr.gauss_legendre([(0, 1)], 20 * n)
    summed, integral = (
        sr.SobolevLoss(net, lambda x: 0.0, rule)(theta)[0] for rule in (coarse, fine)
    )
    assert summed < 1e-20 and net(theta, fine.nodes).max() == pytest.approx(1, rel=1e-3)
    assert integral == pytest.approx(3 / 8 + (np.pi * (n - 1)) ** 2 / 2, rel=1e-10)
    assert sr.sup_norm_certificate(summed, 1.0) < 1e-9 < 1 < sr.sup_norm_certificate(integral, 1.0)


def test_the_paper_s_last_losses():
    """If they were means of the true integrals on [−2π, 2π] and [0, 5], sup |e| ≤ 0.216 and 0.0084."""
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
        lambda: sr.sup_norm_certificate(1, 1e-300, 1e300),  # ℓ/√λ is 0
        lambda: sr.agmon_bound(-1, 1, 1),
        lambda: sr.poincare_bound(1, -1),
        lambda: sr.poincare_bound(1e308, 1e308),  # takes other units
    ],
)
def test_bad_values(call):
    with pytest.raises(ValueError, match="takes"):
        call()
