"""(Q2): the true integral of (u_θ − u)² + λ (u_θ′ − u′)² by adaptive quadrature, and between the nodes."""

import copy
import math
import pickle
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss, certified_integral
from sobolev_ref.jets import suprema
from sobolev_ref.jets.intervals import coefficient_range
from sobolev_ref.theory.integral_bound import _norms

ONE = lambda n, lower, upper: 1.0


def true_integral(net, theta, f, slope, ends, weight, points=None):
    def integrand(x):
        ours = net.derivatives(theta, [x], 1)
        return (ours[0,].item() - f(x)) ** 2 + weight * (ours[1,].item() - slope(x)) ** 2

    return quad(integrand, *ends, epsabs=0, epsrel=1e-11, limit=2000, points=points)[0]


@pytest.mark.parametrize("widths", [(1, 1), (1, 4, 1), (1, 3, 3, 1)])
@pytest.mark.parametrize("name", ["tanh", "gaussian", "silu"])
@pytest.mark.parametrize(("mean", "target_bounds"), [(False, None), (True, ONE)])
def test_the_integral_is_within_its_error(widths, name, mean, target_bounds):
    """The error is a small share of the value, and no smaller than the distance to adaptive quadrature."""
    net, ends = MLP(widths, name), (0.5, 3.0)
    theta = net.init(1) + 0.2
    rule = sr.gauss_legendre([ends], 5)
    loss = SobolevLoss(net, np.sin, rule.mean() if mean else rule, weights=(2.0, 0.6))
    found = certified_integral(loss, theta, np.sin, [ends], target_bounds=target_bounds)
    true = true_integral(net, theta, np.sin, np.cos, ends, 0.3)
    assert abs(found.value - true) <= found.error + 1e-9 * true
    assert found.error <= 0.01 * found.value and found.cells >= 64
    training = SobolevLoss(net, np.sin, rule, weights=(1.0, 0.3))(theta)[0]
    assert found.training == pytest.approx(training, rel=1e-13)
    assert abs(found.training - true) <= found.quadrature + 1e-9 * true
    assert (found.length, found.weight) == (2.5, pytest.approx(0.3))
    x = np.linspace(*ends, 1001)
    sup = np.abs(net(theta, x)[:, 0] - np.sin(x)).max()
    upper = found.value + found.error
    assert sup <= found.sup == sr.sup_norm_certificate(upper, 2.5, found.weight)


def test_the_error_falls_like_a_power_of_the_cells():
    """N(R) ~ h⁴, so a tolerance 10⁻³ of another takes about 6 times as many cells."""
    net, ends = MLP((1, 6, 1)), [(-40, 2)]
    loss = SobolevLoss(net, np.exp, sr.gauss_legendre(ends, 9))
    bounds = lambda n, lower, upper: np.exp(upper)
    for given in (None, bounds):
        cells = [
            certified_integral(
                loss, 3 * net.init(0), np.exp, ends, target_bounds=given, tolerance=t
            ).cells
            for t in (1e-3, 1e-6)
        ]
        assert cells[0] < cells[1] <= 8 * cells[0]


@pytest.mark.parametrize(
    "target",
    [
        lambda x: 1 / (1 + 25 * x**2),
        lambda x: (6 * x - 2) ** 2 * np.sin(12 * x - 4),
        lambda x: np.exp(-x) * np.tanh(5 * x),
        lambda x: [np.sqrt(2 + x)],
        lambda x: 0.5,
    ],
)
def test_the_bounds_of_a_target_are_found_by_interval_jets(target):
    """(V1) gives the bounds of u: the value is within its error, and no caller said anything of u."""
    net, ends = MLP((1, 4, 1)), (-1, 1)
    theta = net.init(0)
    loss = SobolevLoss(net, target, sr.gauss_legendre([ends], 7))
    found = certified_integral(loss, theta, target, [ends], tolerance=1e-6)
    fine = sr.gauss_legendre([ends], 300)
    true = SobolevLoss(net, target, fine)(theta)[0]
    assert abs(found.value - true) <= found.error + 1e-12 * true
    assert found.error <= 1e-6 * found.value


@pytest.mark.filterwarnings("ignore:target. rounding may leave the values:RuntimeWarning")
def test_digits_that_a_target_loses_are_in_the_error():
    """10¹⁰ + sin x − 10¹⁰ has errors of 10⁻⁶, which interval jets at the centres know of."""
    net, ends = MLP((1, 1)), (0, 1)
    lossy = lambda x: 1e10 + np.sin(x) - 1e10
    loss = SobolevLoss(net, lossy, sr.gauss_legendre([ends], 5))
    found = certified_integral(loss, [0.0, 0.0], lossy, [ends])
    without = certified_integral(loss, [0.0, 0.0], lossy, [ends], target_bounds=ONE)
    assert without.error < 1e-8 < abs(found.value - 1) <= found.error < 1e-3  # ∫ sin² + cos² = 1


@pytest.mark.filterwarnings("ignore:target. rounding may leave the values:RuntimeWarning")
def test_an_error_of_the_values_alone_has_no_part_in_the_slopes():
    """N(1)² = ∫ 1 dt: values that are wrong by r move the norm by ‖r‖, here 2·1·‖r‖ the square."""
    ends, c = (0, 1), (np.arange(64) + 0.5) / 64
    lossy = lambda x: 1e10 + np.sin(x) - 1e10
    loss = SobolevLoss(MLP((1, 1)), lossy, sr.gauss_legendre([ends], 5))
    found = certified_integral(loss, [0.0, 0.0], lossy, [ends])
    low, high = coefficient_range(lossy, 0, c, c)
    r = np.maximum(high - lossy(c), lossy(c) - low)[0]
    assert found.cells == 64
    assert found.error == pytest.approx(2 * np.sqrt((r**2).mean()), rel=0.01)


def test_the_remainder_of_a_steep_network_is_below_its_bound_and_near_it():
    """u_θ = tanh(60 x + 0.3) minus its Taylor polynomials of degree 4 on 512 cells, by quadrature."""
    net, theta, cells = MLP((1, 1, 1)), np.array([60.0, 0.3, 1.0, 0.0]), 512
    nothing, none = (lambda x: 0 * x), (lambda n, lower, upper: 0.0)
    M = tuple(suprema.tanh(n) for n in range(7))
    size, bound = _norms(net, theta, nothing, none, M, (0.0, 1.0), cells, 0.5)
    local = sr.gauss_legendre([(-0.5 / cells, 0.5 / cells)], 12)
    t, c = local.nodes[:, 0], (np.arange(cells)[:, None] + 0.5) / cells
    at_c = net.derivatives(theta, c, 4)
    a = [at_c[n,] / math.factorial(n) for n in range(5)]  # (C, 1) each
    values, slopes = net.derivatives(theta, np.ravel(c + t), 1).values()
    rest = values.reshape(cells, -1) - sum(a[n] * t**n for n in range(5))
    rest_slope = slopes.reshape(cells, -1) - sum(n * a[n] * t ** (n - 1) for n in range(1, 5))
    true = np.sqrt(((rest**2 + 0.5 * rest_slope**2) @ local.weights).sum())
    assert true <= bound <= 6 * true
    whole = np.sqrt(((values**2 + 0.5 * slopes**2).reshape(cells, -1) @ local.weights).sum())
    assert abs(size - whole) <= bound


def test_the_norms_of_a_power_on_one_cell():
    """u_θ = 0 on (−1, 1): of u = x⁴ all is in p, of u = x⁵ with u⁽⁵⁾ = 120 all is in R."""
    net, theta, M = MLP((1, 1)), np.zeros(2), tuple(suprema.tanh(n) for n in range(7))
    bound = lambda n, lower, upper: 120.0
    N_p, _ = _norms(net, theta, lambda x: x**4, bound, M, (-1.0, 1.0), 1, 0.5)
    assert N_p**2 == pytest.approx(2 / 9 + 0.5 * 16 * 2 / 7, rel=1e-12)
    N_p, rest = _norms(net, theta, lambda x: x**5, bound, M, (-1.0, 1.0), 1, 0.5)
    assert N_p == 0
    assert rest == pytest.approx((2 / 11 + 0.5 * 25 * 2 / 9) ** 0.5, rel=1e-8)


def test_bounds_are_asked_for_the_fifth_derivative_on_cells_side_by_side():
    net, asked = MLP((1, 3, 1)), []

    def bounds(n, lower, upper):
        asked.append((n, lower, upper))
        return np.ones_like(lower)

    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(1, 3)], 5))
    certified_integral(loss, net.init(0), np.sin, [(1, 3)], target_bounds=bounds)
    ((n, lower, upper),) = asked
    assert n == 5
    np.testing.assert_allclose(np.r_[lower, 3.0], np.linspace(1, 3, 65), rtol=1e-14)
    np.testing.assert_allclose(upper, np.linspace(1, 3, 65)[1:], rtol=1e-14)


def test_bounds_of_an_activation_are_tried_as_far_as_its_units_go():
    """σ = z² with M_1 = 10, which holds for |z| ≤ 5: the unit is at 8, though u_θ is below 0.1."""
    square = sr.Activation(
        "square",
        np.inf,
        lambda z, T: (T.product(z, z), 2 * z),
        derivative_bounds=lambda n: (np.inf, 10.0, 2.0, 0.0)[min(n, 3)],
    )
    loss = SobolevLoss(MLP((1, 1, 1), square), np.sin, sr.gauss_legendre([(0, 1)], 5))
    with pytest.raises(ValueError, match=r"^'square': derivative_bounds\(1\): got 10, but"):
        certified_integral(loss, [0.1, 8.0, 1e-3, 0.0], np.sin, [(0, 1)])


@pytest.mark.parametrize("smoothness", [5, 6])
def test_an_activation_takes_two_derivatives_more_than_the_degree(smoothness):
    net = MLP((1, 3, 1), replace(sr.ACTIVATIONS["tanh"], smoothness=smoothness))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 1)], 3))
    if smoothness == 6:
        assert certified_integral(loss, net.init(0), np.sin, [(0, 1)]).cells == 64
    else:
        with pytest.raises(ValueError, match="^loss: got activation 'tanh', takes a smooth one"):
            certified_integral(loss, net.init(0), np.sin, [(0, 1)])


@pytest.mark.slow
def test_a_bump_between_the_nodes_is_caught():
    """100 nodes see nothing of it (loss below 1e−100), and a sum over them certifies nothing: sup |e| = 1."""
    ends, width = (-2 * np.pi, 2 * np.pi), 0.0075
    rule = sr.gauss_legendre([ends], 100)
    a, b = rule.nodes[50:52, 0]
    centre = (a + b) / 2
    bump = lambda x: np.exp(-(((x - centre) / width) ** 2))
    slope = lambda x: -2 * (x - centre) / width**2 * bump(x)
    net = MLP((1, 3, 1))
    theta = np.zeros(net.n_parameters)
    loss = SobolevLoss(net, bump, rule)
    true = true_integral(net, theta, bump, slope, (centre - 0.2, centre + 0.2), 1.0, [centre])
    for target_bounds in (None, lambda n, lower, upper: suprema.gaussian(n) / width**n):
        found = certified_integral(loss, theta, bump, [ends], target_bounds=target_bounds)
        assert found.training < 1e-100
        assert abs(found.value - true) <= found.error and found.error <= 0.01 * true
        assert found.quadrature >= true and found.sup >= 1
    assert sr.sup_norm_certificate(found.training, 4 * np.pi) < 1e-50  # of the sum alone


def test_where_cells_do_not_suffice_the_error_says_so(monkeypatch):
    module = sys.modules[certified_integral.__module__]  # the package has the function by its name
    monkeypatch.setattr(module, "MOST_CELLS", 64)
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 50)], 9))
    found = certified_integral(loss, 9 * net.init(0), np.sin, [(0, 50)])
    assert found.cells == 64 and found.error > 0.01 * found.value


def test_it_prints_the_three_errors_apart():
    """Each bound is rounded upwards: √2.5 is above 1.58."""
    found = sr.theory.CertifiedIntegral(1.0, 2.0, 0.5, 4.0, 1.0, 64)
    assert str(found) == (
        "by the caller: training 1.0000e+00, quadrature <= 1.5e+00, so that "
        "∫(e² + λe′²) <= 2.5000e+00 and sup |e| <= 1.59"
    )


def test_only_what_was_found_prints_as_proved_and_with_what_it_takes_at_its_word():
    """Replaced numbers, bounds of the target that are given, and those of an activation of one's own."""
    net, own = MLP((1, 3, 1)), replace(sr.ACTIVATIONS["tanh"], name="own")
    theta, rule = net.init(0), sr.gauss_legendre([(0, 1)], 3)
    found, given, stated = (
        certified_integral(SobolevLoss(u, np.sin, rule), theta, np.sin, [(0, 1)], target_bounds=f)
        for u, f in ((net, None), (net, ONE), (MLP((1, 3, 1), own), None))
    )
    assert re.fullmatch(r"training \S+, quadrature <= .* and sup \|e\| <= [\d.]+", str(found))
    for of, end in (
        (given, "the target_bounds given"),
        (stated, "what 'own' states of its derivatives"),
    ):
        printed = re.search(f" <= (\\S+), by {end}$", str(of))
        assert printed and of.sup <= float(printed[1]) < 1.01 * of.sup
    for copied in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert str(copied) == repr(found) == str(found)
    for changed in ({"error": 0.0}, {"value": 0.0}, {"length": 9.0}, {"training": 0.0}):
        assert str(replace(found, **changed)).startswith("by the caller: training")
    assert str(replace(given, given="")).startswith("by the caller: training")


@pytest.mark.parametrize(
    ("loss", "error", "match"),
    [
        (sr.Ridge(1.0, 10), TypeError, "loss: got Ridge"),
        (
            SobolevLoss(MLP((1, 3, 1)), np.sin, sr.gauss_legendre([(0, 1)], 3), p=3),
            ValueError,
            "p=3",
        ),
        (
            SobolevLoss(MLP((1, 3, 1)), np.sin, sr.gauss_legendre([(0, 9)], 3)),
            ValueError,
            r"^bounds: got \[\[0.0, 1.0\]\], takes one interval that holds the loss's nodes$",
        ),
        (
            SobolevLoss(
                MLP((1, 3, 1), "relu"), np.sin, sr.gauss_legendre([(0, 1)], 3), kinks="ignore"
            ),
            ValueError,
            "activation 'relu'",
        ),
        (
            SobolevLoss(MLP((1, 3, 1)), np.cos, sr.gauss_legendre([(0, 1)], 3)),
            ValueError,
            "^target: got another function than the loss was made with, or data$",
        ),
    ],
)
def test_what_it_is_not_for(loss, error, match):
    with pytest.raises(error, match=match):
        certified_integral(loss, np.ones(10), np.sin, [(0, 1)])


def test_a_tolerance_is_above_zero():
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.gauss_legendre([(0, 1)], 3))
    with pytest.raises(ValueError, match="^tolerance: got 0.*, takes a finite number > 0$"):
        certified_integral(loss, np.ones(10), np.sin, [(0, 1)], tolerance=0)


@pytest.mark.parametrize(
    ("target", "error", "match"),
    [
        (lambda x: np.abs(x) ** 5, TypeError, "^target_bounds: got None, .* np.absolute is not"),
        (lambda x: np.sqrt(x), ValueError, "^target_bounds: on some of 128 cells no derivative"),
    ],
)
def test_targets_whose_bounds_must_be_given(target, error, match, monkeypatch):
    monkeypatch.setattr(sys.modules[certified_integral.__module__], "MOST_CELLS", 128)
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, target, sr.gauss_legendre([(0, 1)], 3))
    with pytest.raises(error, match=match):
        certified_integral(loss, np.ones(10), target, [(0, 1)])


def test_an_activation_that_states_wrong_bounds_proves_nothing():
    """tanh with M_3 = 1.9, which σ‴(0) = −2 exceeds."""
    wrong = lambda n: 1.9 if n == 3 else suprema.tanh(n)
    net = MLP((1, 3, 1), replace(sr.ACTIVATIONS["tanh"], derivative_bounds=wrong))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 1)], 3))
    with pytest.raises(ValueError, match=r"^'tanh': derivative_bounds\(3\): got 1.9, but"):
        certified_integral(loss, np.ones(10), np.sin, [(0, 1)])


@pytest.mark.parametrize(
    ("bounds", "match"),
    [
        (lambda n, lower, upper: -np.ones_like(lower), "got -1, takes bounds >= 0 of |u⁽ⁿ⁾|"),
        (lambda n, lower, upper: [1.0, 2.0], "got shape (2,), takes shape (64,)"),
        (lambda n, lower, upper: np.ones((len(lower), 1)), "got shape (64, 1), takes shape (64,)"),
        (lambda n, lower, upper: np.inf, "got 1 NaN or infinite entries of 1"),
    ],
)
def test_what_is_no_bound_is_refused(bounds, match):
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 1)], 3))
    with pytest.raises(ValueError, match=f"^target_bounds: {re.escape(match)}"):
        certified_integral(loss, net.init(0), np.sin, [(0, 1)], target_bounds=bounds)
