"""λ as given; (W1) by hand and by its invariances; (W2) by the covariance and by repeated noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.linalg import eigvalsh

import sobolev_ref as sr
from sobolev_ref.integrals.weights import as_weights
from sobolev_ref.optimize.linear import least_squares_system

PERIOD = sr.gauss_legendre([(0, 2 * np.pi)], 40)


def balanced(target, rule, order, p=2, d=1, m=1):
    """λ by α, as the loss has it."""
    loss = sr.SobolevLoss(sr.MLP((d, m)), target, rule, order=order, p=p, weights="balanced")
    return dict(zip(sr.multi_indices(d, order), loss.weights.tolist()))


def test_the_default_of_the_errata():
    """λ = ‖f‖²/‖f′‖² (W1): 1/9 for sin 3x over a period, 1 for e^{−x}, (1/5)/(4/3) for x² on [0, 1]."""
    unit = sr.gauss_legendre([(0, 1)], 20)
    for f, rule, expected in [
        (lambda x: np.sin(3 * x), PERIOD, 1 / 9),
        (lambda x: np.exp(-x), unit, 1),
        (lambda x: x**2, unit, 3 / 20),
    ]:
        by_alpha = balanced(f, rule, 1)
        assert by_alpha[(1,)] / by_alpha[(0,)] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("p", [1, 1.5, 2, 4])
def test_each_order_is_divided_by_its_own_norm(p):
    """u = e^{x+2y} (1, −3): ∫ Σ_j |Dᵅu_j|^p = 2^{bp} (1 + 3^p) ∫e^{p(x+2y)} for α = (a, b) (W1)."""
    square = sr.gauss_legendre([(0, 1)] * 2, 12)
    f = lambda x, y: (np.exp(x + 2 * y), -3 * np.exp(x + 2 * y))
    by_alpha = balanced(f, square, 2, p, d=2, m=2)
    base = (1 + 3**p) * (np.exp(p) - 1) / p * (np.exp(2 * p) - 1) / (2 * p)
    for n in range(3):
        norm = base * sum(2 ** (b * p) for b in range(n + 1))
        for alpha, weight in by_alpha.items():
            if sum(alpha) == n:
                assert weight == pytest.approx(1 / norm, rel=1e-9)
    zero = sr.SobolevLoss(sr.MLP((2, 2)), f, square, order=2, p=p, weights="balanced")
    assert zero(np.zeros(6))[0] == pytest.approx(3, rel=1e-12)  # one for each order


@given(st.integers(1, 2), st.integers(0, 3), st.sampled_from([1, 2, 3]), st.integers(0, 3), SEEDS)
def test_a_balanced_loss_has_no_units(d, k, p, degree, seed):
    """x → s x for all axes, u → c u leaves it as it is: also where whole orders of the target vanish (W1)."""
    rng = np.random.default_rng(seed)
    s, c = np.exp(2 * rng.normal(size=2))
    scaler = sr.Standardizer(rng.normal(size=d), np.full(d, s), [0.0], [c])
    a = rng.normal(size=4) * (np.arange(4) <= degree)
    f = lambda *x: sum(a[n] * sum(x) ** n for n in range(4))
    rule = sr.monte_carlo([(-1, 1)] * d, 9, rng)
    net = sr.MLP((d, 3, 1))
    theta = net.init(rng)
    ours = sr.SobolevLoss(scaler.model(net), f, rule, order=k, p=p, weights="balanced")
    scaled = sr.SobolevLoss(
        net, scaler.target(f), scaler.rule(rule), order=k, p=p, weights="balanced"
    )
    # u ≡ 0 has no size of its own: its λ are those of a target of size 1 in the units at hand
    factor = c**p * np.prod(scaler.x_scale) if not a.any() else 1
    assert ours(theta)[0] == pytest.approx(factor * scaled(theta)[0], rel=1e-7)


@pytest.mark.parametrize("s", [0.1, 2.0, 30.0])
def test_a_balanced_loss_keeps_the_unit_of_one_axis_against_another(s):
    """f = x/s + y, u = y on [0, s] × [0, 1]: the terms are 2/7 and 1/(1 + s²); one λ_1 serves both axes."""
    rule, net = sr.gauss_legendre([(0, s), (0, 1)], 4), sr.MLP((2, 1))
    loss = sr.SobolevLoss(net, lambda x, y: x / s + y, rule, weights="balanced")
    assert loss([0.0, 1.0, 0.0])[0] == pytest.approx(2 / 7 + 1 / (1 + s**2), rel=1e-12)


@pytest.mark.parametrize("s", [0.1, 7.0])
def test_a_constant_target_takes_the_extent_of_its_nodes(s):
    """2 on nodes of [0, 4s]: λ_0 = 1/‖2‖² and λ_1 = ℓ²/‖2‖², so that u = x/s has a loss without unit."""
    rule, net = sr.midpoint([(0, 4 * s)], 5), sr.MLP((1, 1))
    loss = sr.SobolevLoss(net, lambda x: 2 + 0 * x, rule, weights="balanced")
    x = np.arange(0.4, 4, 0.8)
    expected = (np.mean((x - 2) ** 2) + 3.2**2) / 4  # ℓ = 3.2 s
    assert loss([1 / s, 0.0])[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("s", [1.0, 3.0])
def test_a_balanced_loss_of_one_node_and_no_slope_has_a_unit(s):
    """One node has no extent ℓ: against 2, u = 2 + (x − 5s)/s has the loss λ_1 u′² = ¼/s²."""
    data = {(0,): [2.0], (1,): [0.0]}
    loss = sr.SobolevLoss(sr.MLP((1, 1)), data, sr.samples([5 * s]), weights="balanced")
    assert loss([1 / s, -3.0])[0] == pytest.approx(0.25 / s**2, rel=1e-12)


def test_where_there_is_no_norm():
    """ℓ = 4: zero orders take the nearest norm in their own units, unmeasured orders have λ = 0."""
    rule = sr.gauss_legendre([(0, 4)], 5)
    ell = np.ptp(rule.nodes)
    line = balanced(lambda x: 3 + 2 * x, rule, 3)
    assert line[(1,)] == pytest.approx(1 / 16, rel=1e-12)  # ∫ 2² = 16
    assert line[(2,)] == pytest.approx(ell**2 / 16, rel=1e-12)
    assert line[(3,)] == pytest.approx(ell**4 / 16, rel=1e-12)
    nothing = balanced(lambda x: 0 * x, rule, 2)
    assert list(nothing.values()) == pytest.approx([1, ell**2, ell**4])
    slopes = balanced({(1,): np.full(5, 2.0)}, rule, 2)
    assert list(slopes.values()) == pytest.approx([0, 1 / 16, 0])
    inconsistent = balanced({(0,): np.zeros(5), (1,): np.full(5, 2.0)}, rule, 1)
    assert list(inconsistent.values()) == pytest.approx([1 / (16 * ell**2), 1 / 16])
    between = balanced({(0,): [2.0] * 5, (1,): [0.0] * 5, (2,): [3.0] * 5}, rule, 2)
    assert list(between.values()) == pytest.approx([1 / 16, ell**2 / 16, 1 / 36])  # the lower one
    lone = balanced(lambda x: 2 + 0 * x, sr.samples([5.0]), 1)
    assert list(lone.values()) == [0.25, 0.25]  # one node has no extent: ℓ = 1


def test_derivatives_that_are_zero_but_for_rounding_count_as_zero():
    f = lambda x: np.sin(x) ** 2 + np.cos(x) ** 2
    weights = balanced(f, PERIOD, 2)
    expected = balanced(lambda x: 1 + 0 * x, PERIOD, 2)
    assert list(weights.values()) == pytest.approx(list(expected.values()), rel=1e-12)


WHOLE = np.arange(6.0)
SINE = lambda x: np.sin(2 * np.pi * x)
COSINE = lambda x: np.cos(2 * np.pi * x)


@pytest.mark.parametrize(
    ("target", "rule", "order", "size"),
    [
        ({(0,): SINE(WHOLE), (1,): 2 * np.pi * COSINE(WHOLE)}, sr.samples(WHOLE), 1, 2 * np.pi),
        ({(0,): SINE, (1,): lambda x: 2 * np.pi * COSINE(x)}, sr.samples(WHOLE), 1, 2 * np.pi),
        (
            {
                n: (2 * np.pi) ** n[0] * f(WHOLE)
                for n, f in (((0,), SINE), ((1,), COSINE), ((2,), SINE))
            },
            sr.samples(WHOLE),
            2,
            2 * np.pi,
        ),
        (SINE, sr.samples(WHOLE), 2, 2 * np.pi),
        (SINE, sr.samples(1e6 + WHOLE), 2, 2 * np.pi),
        (np.sin, sr.trapezoid([(0, 5 * np.pi)], 6).mean(), 1, 1),
        (np.sin, sr.samples([np.pi]), 1, 1),
    ],
)
def test_values_of_a_sine_at_its_zeros_are_no_norm(target, rule, order, size):
    """W3: |u|_0 is that of order 1 by ℓ, as for exact zeros; λ_1 = 1/ω², and order 2 as order 0."""
    ell = np.ptp(rule.nodes) or 1
    weights = balanced(target, rule, order).values()
    expected = [ell ** (2 * n - 2) / size**2 for n in range(order + 1)]
    assert list(weights) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("target", [COSINE, {(0,): COSINE(WHOLE), (1,): -2 * np.pi * SINE(WHOLE)}])
def test_slopes_of_a_cosine_at_whole_periods_are_no_norm(target):
    """W3: u = 1 and u′ = 0 at the nodes, ℓ = 5."""
    assert list(balanced(target, sr.samples(WHOLE), 1).values()) == pytest.approx([1, 25])


def test_a_plane_wave_on_its_grid_has_the_norm_of_its_mixed_derivative():
    """W3: sin πx sin πy at the corners of unit squares: only ∂xy = π² cos πx cos πy is no rounding."""
    rule = sr.trapezoid([(0, 2)] * 2, 3).mean()
    with pytest.warns(RuntimeWarning, match="^target: rounding may leave .* of order 1 "):
        by_alpha = balanced(lambda x, y: np.sin(np.pi * x) * np.sin(np.pi * y), rule, 2, d=2)
    norms = [by_alpha[(n, 0)] / 4 ** (n - 2) for n in range(3)]
    assert norms == pytest.approx([1 / np.pi**4] * 3, rel=1e-12)


def test_what_is_large_or_small_beside_the_others_but_no_rounding_is_a_norm():
    """W3: sin 1000x to order 5, |u|_n = 1000ⁿ; slopes of 1e12 + sin x, which a function has exactly."""
    fast = balanced(lambda x: np.sin(1000 * x), sr.gauss_legendre([(0, 1)], 1100), 5)
    assert [w * 1000 ** (2 * n) for n, w in enumerate(fast.values())] == pytest.approx(
        [2] * 6, rel=1e-3
    )
    high = balanced(lambda x: 1e12 + np.sin(x), PERIOD, 1)
    assert high[(1,)] == pytest.approx(1 / np.pi, rel=1e-9)


FIFTY = np.linspace(0, 6, 50)
NOISE = np.sin(FIFTY) ** 2 + np.cos(FIFTY) ** 2
ONCE = np.where(FIFTY == 0, 1.0, np.nan)


@pytest.mark.parametrize(
    ("data", "order"),
    [
        ({(0,): 1e12 + np.sin(FIFTY), (1,): np.cos(FIFTY)}, 1),
        ({(0,): 1e12 + np.sin(9 * FIFTY), (1,): 9 * np.cos(9 * FIFTY)}, 1),
        ({(0,): 1e12 + np.sin(FIFTY), (2,): -np.sin(FIFTY)}, 2),
        ({(0,): ONCE, (1,): 1e-12 * np.cos(FIFTY)}, 1),
    ],
)
def test_small_data_that_the_values_show_to_be_real_are_told(data, order):
    """They count as rounding, λ_n = ℓ^{2n} λ_0; with the mean off the values they have a norm."""
    few = f"takes the data of order {order} for rounding, as they are .*e-1[123] of lower"
    with pytest.warns(UserWarning, match=few) as caught:
        weights = balanced(data, sr.samples(FIFTY), order)
    assert len(caught) == 1
    assert weights[(order,)] == pytest.approx(6 ** (2 * order) * weights[(0,)], rel=1e-12)
    if order == 1 and data[(0,)] is not ONCE:
        centred = {(0,): data[(0,)] - 1e12, (1,): data[(1,)]}
        own = balanced(centred, sr.samples(FIFTY), 1)[(1,)]
        assert own == pytest.approx(1 / np.mean(data[(1,)] ** 2), rel=1e-12)


def test_of_small_data_the_line_is_blamed_that_made_the_loss():
    with pytest.warns(UserWarning, match="takes the data of order 1 for rounding") as caught:
        balanced({(0,): ONCE, (1,): 1e-13 * FIFTY}, sr.samples(FIFTY), 1)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "data",
    [
        {(0,): NOISE, (1,): np.gradient(NOISE, FIFTY)},  # differences of a constant
        {(0,): 3 + 0 * FIFTY, (1,): 0 * FIFTY},
        {(0,): COSINE(np.arange(100)), (1,): -2 * np.pi * SINE(np.arange(100))},
        {
            (0,): SINE(FIFTY + 0.25),
            (1,): 1e-13 * FIFTY,
        },  # flat where it is measured, and nowhere else
    ],
)
def test_derivatives_that_are_zero_are_told_of_by_no_one(data):
    """Warnings are errors here."""
    x = FIFTY if len(data[(0,)]) == 50 else np.arange(100.0)
    weights = balanced(data, sr.samples(x), 1)
    assert weights[(1,)] == pytest.approx(np.ptp(x) ** 2 * weights[(0,)], rel=1e-9)


def test_a_function_that_cannot_be_had_beside_its_nodes_is_balanced_as_data_are():
    ends = {(0,): lambda x: 0 * x + 2 if x.max() == 1 else None, (1,): [3.0, 3.0]}
    assert list(balanced(ends, sr.samples([0.0, 1.0]), 1).values()) == pytest.approx([1 / 4, 1 / 9])


def test_a_step_between_nodes_a_rounding_apart_is_no_rounding():
    """Slopes 1, −½, −½, 3/2 at 0, 1, 2, 3, whose trapezoidal ∫u′² is 2.125; nodes 1 and 2 lie on a step."""
    rule = sr.trapezoid([(0, 3)], 4)
    u = lambda x: np.where(x < 1, x, np.where(x < 2, 1.5 - x / 2, 1.5 * x - 2.5))
    slope = lambda x: np.where(x < 1, 1.0, np.where(x < 2, -0.5, 1.5))
    lam = 1 / (rule.weights @ slope(rule.nodes[:, 0]) ** 2)
    assert balanced({(0,): u, (1,): slope}, rule, 1)[(1,)] == pytest.approx(lam, rel=1e-12)
    loss = sr.SobolevLoss(sr.MLP((1, 1)), u, rule, weights="balanced", kinks="ignore")
    assert loss.weights[1] == pytest.approx(lam, rel=1e-12)
    for at_nodes in (
        lambda t: np.where((t <= 0) | (t >= 1), 5.0, 1.0),
        lambda t: np.array([3.0, -1.0, 2.0, 5.0])[
            np.minimum(np.searchsorted([0, 0.3, 0.6, 1], t), 3)
        ],
    ):
        some = sr.samples([0.0, 0.3, 0.6, 1.0])
        norm = some.weights @ at_nodes(some.nodes[:, 0]) ** 2
        by_alpha = balanced({(0,): at_nodes, (1,): lambda t: 1 + 0 * t}, some, 1)
        assert by_alpha[(0,)] == pytest.approx(1 / norm, rel=1e-12)


def test_a_function_that_is_another_at_each_call_counts_as_the_data_that_it_gave():
    """Noisy values, whose noise of 0.1 is no rounding."""
    rng = np.random.default_rng(0)
    noisy = {(0,): lambda x: np.sin(x) + 0.1 * rng.normal(size=x.shape), (1,): np.cos}
    loss = sr.SobolevLoss(sr.MLP((1, 1)), noisy, PERIOD, weights="balanced")
    norm = PERIOD.weights @ loss.target_values[0] ** 2
    assert loss.weights[0] == pytest.approx(1 / norm.item(), rel=1e-12)


def test_missing_data_count_in_neither():
    """Half of the values missing: λ_0 by the other half, and the term at u_θ ≡ 0 is 1 all the same."""
    x = np.linspace(0.1, 3, 8)
    values = np.where(np.arange(8) % 2 == 0, np.sin(x), np.nan)
    data = {(0,): values, (1,): np.cos(x)}
    rule = sr.samples(x)
    by_alpha = balanced(data, rule, 1)
    assert by_alpha[(0,)] == pytest.approx(8 / np.nansum(values**2), rel=1e-13)
    loss = sr.SobolevLoss(sr.MLP((1, 1)), data, rule, weights="balanced")
    assert loss([0.0, 0.0])[0] == pytest.approx(2, rel=1e-13)
    assert sum(part([0.0, 0.0])[0] for part in loss.split(3)) == pytest.approx(2, rel=1e-13)


def test_a_slope_across_nodes_on_a_line_has_its_norm():
    data = {(0, 0): [1.0, 2.0, 1.0], (0, 1): [3.0, 1.0, 1.0]}
    rule = sr.samples([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0]])
    assert balanced(data, rule, 1, d=2)[0, 1] == pytest.approx(3 / 11)


def test_beyond_float64_is_refused_with_the_reason():
    for size in (1e-200, 1e200):
        with pytest.raises(
            ValueError,
            match=r"'balanced' gives .* beyond float64; scale the data first, see Standardizer$",
        ):
            balanced(lambda x, size=size: size * np.sin(x), PERIOD, 1)


# -- given, by order or by multi-index -------------------------------------------------------------------


def given_weights(weights, d, order):
    """λ_α in graded order, as the loss has them."""
    rule = sr.midpoint([(0, 1)] * d, 2)
    return sr.SobolevLoss(
        sr.MLP((d, 1)), lambda *x: x[0], rule, order=order, weights=weights
    ).weights


def test_weights_by_order_and_by_multi_index():
    np.testing.assert_array_equal(given_weights(None, 2, 1), [1, 1, 1])
    np.testing.assert_array_equal(given_weights((2, 0.5, 3), 2, 2), [2, 0.5, 0.5, 3, 3, 3])
    np.testing.assert_array_equal(given_weights(np.array([1, 0]), 1, 1), [1, 0])
    np.testing.assert_array_equal(given_weights({(1, 1): 4}, 2, 2), [0, 0, 0, 0, 4, 0])
    np.testing.assert_array_equal(given_weights({(0,): 0.5}, 1, 1), [0.5, 0])


@pytest.mark.parametrize(
    ("weights", "error", "match"),
    [
        ((1,), ValueError, "^weights: got 1 numbers, takes 2, one for each order 0 to 1$"),
        ((1, -1), ValueError, r"^weights\[1\]: got -1, takes a finite number >= 0$"),
        ((1, np.nan), ValueError, r"^weights\[1\]: got nan"),
        ((1, "a"), TypeError, r"^weights\[1\]: got 'a', takes a finite number >= 0$"),
        ({(2,): 1}, ValueError, r"^weights: got \(2,\), takes multi-indices with \|α\| <= 1$"),
        ({(0,): -2}, ValueError, r"^weights\[\(0,\)\]: got -2, takes a finite number >= 0$"),
        ({(0, 1): 2}, ValueError, r"^weights: multi-index: got \(0, 1\), takes a tuple of 1 whole"),
        (
            np.array(1.0),
            TypeError,
            "^weights: got array.1.., takes 2 numbers, a mapping from α or",
        ),
        ({1.0, 2.0}, TypeError, "^weights: got {1.0, 2.0}, takes 2 numbers"),
        (1.0, TypeError, "^weights: got 1.0, takes 2 numbers, a mapping from α or 'balanced'$"),
        (
            "even",
            TypeError,
            "^weights: got 'even', takes 2 numbers, a mapping from α or 'balanced'$",
        ),
    ],
)
def test_bad_weights(weights, error, match):
    with pytest.raises(error, match=match):
        given_weights(weights, 1, 1)


def test_balanced_is_refused_where_there_is_no_target_to_go_by():
    merged = sr.merge_samples({(0,): ([0.0], [1.0]), (1,): ([0.0], [1.0])})
    with pytest.raises(
        TypeError, match="^weights: got 'balanced', takes 2 numbers or a mapping from α$"
    ):
        merged.weights("balanced")


def test_frobenius_weights_make_the_norm_invariant_under_rotation():
    """At one node: Σ |α|!/α! (Dᵅu)² is the squared norm of the derivative tensors."""
    angle = 0.7
    c, s = np.cos(angle), np.sin(angle)
    rule = sr.Quadrature([[0.3, 0.2]], [1.0])
    turned = sr.Quadrature([[0.3 * c - 0.2 * s, 0.3 * s + 0.2 * c]], [1.0])
    f = lambda x, y: np.exp(x) * np.sin(2 * y) + x**3 * y
    g = lambda x, y: f(c * x + s * y, -s * x + c * y)
    zero = sr.MLP((2, 1))

    def total(u, at, weights):
        return sr.SobolevLoss(zero, u, at, order=3, weights=weights)(np.zeros(3))[0]

    for weights in (sr.frobenius_weights(2, 3), sr.bessel_weights(2, 3)):
        assert total(f, rule, weights) == pytest.approx(total(g, turned, weights), rel=1e-12)
    assert abs(total(f, rule, None) - total(g, turned, None)) > 1


def powers_at_zero(coefficients, p, angle=0.0):
    """|Dᵅu(0)|^p, α = (n, 0), …, (0, n), of the polynomial u = Σ_j c_j x^{n−j} y^j in turned axes."""
    n, c, s = len(coefficients) - 1, np.cos(angle), np.sin(angle)
    x, y = sr.Jet.variables([[0.0, 0.0]], order=n)
    x, y = c * x + s * y, c * y - s * x
    u = sum(a * x ** (n - j) * y**j for j, a in enumerate(coefficients))
    return np.array([abs(u.derivatives[n - j, j][0]) ** p for j in range(n + 1)])


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_any_constant_for_each_order_is_invariant_under_rotation(n):
    """20 polynomials, angles and constants c_n of each degree; p = 2."""
    frobenius = [w for alpha, w in sr.frobenius_weights(2, n).items() if sum(alpha) == n]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a, angle, c = rng.normal(size=n + 1), rng.uniform(0, 6), rng.uniform(0.1, 5)
        flat, turned = (c * powers_at_zero(a, 2, t) @ frobenius for t in (0, angle))
        assert turned == pytest.approx(flat, rel=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 4])
def test_no_other_weights_and_no_other_p_are_invariant(n, p):
    """Of 20 random λ none is, and neither are Frobenius' for p ≠ 2, nor for p = 1 those with λ_(1,1) = 0."""
    tried = [np.random.default_rng(seed).uniform(0, 1, n + 1) for seed in range(20)]
    if p != 2:
        tried.append([w for alpha, w in sr.frobenius_weights(2, n).items() if sum(alpha) == n])
        tried.append([1.0] + [0.0] * (n - 1) + [1.0])
    some = np.random.default_rng(1).normal(size=(3, n + 1))
    by_angle = [np.array([powers_at_zero(a, p, t) for a in some]) for t in (0.0, 0.3, 0.8)]
    for by_alpha in tried:
        flat, *turned = (powers @ by_alpha for powers in by_angle)  # (3,)
        assert max(np.abs(values / flat - 1).max() for values in turned) > 1e-3


def test_axes_turned_by_45_degrees():
    """By the loss itself, λ = 1: u = x from 1 to 2^{1−p/2}; u = xy, p = 2, from 1 to 2, as (x² − y²)/2."""
    half, node = np.sqrt(1 / 2), sr.Quadrature([[0.0, 0.0]], [1.0])

    def total(u, order, p):
        weights = [0.0] * order + [1.0]
        loss = sr.SobolevLoss(sr.MLP((2, 1)), u, node, order=order, p=p, weights=weights)
        return loss(np.zeros(3))[0]

    for p in (1, 2, 3, 4):
        assert total(lambda x, y: x, 1, p) == pytest.approx(1, rel=1e-13)
        turned = total(lambda x, y: half * (x + y), 1, p)
        assert turned == pytest.approx(2 ** (1 - p / 2), rel=1e-13)
    assert total(lambda x, y: x * y, 2, 2) == pytest.approx(1, rel=1e-13)
    assert total(lambda x, y: (x**2 - y**2) / 2, 2, 2) == pytest.approx(2, rel=1e-13)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_bessel_weights_are_the_fourier_weight(d, k):
    """Σ_α λ_α ω^{2α} = (1 + |ω|²)^k, and Frobenius' is Σ_n |ω|^{2n}."""
    omega = np.array([0.3, -1.2, 0.8])[:d]
    bessel = sum(
        w * np.prod(omega ** (2 * np.array(a))) for a, w in sr.bessel_weights(d, k).items()
    )
    frobenius = sum(
        w * np.prod(omega ** (2 * np.array(a))) for a, w in sr.frobenius_weights(d, k).items()
    )
    assert bessel == pytest.approx((1 + omega @ omega) ** k, rel=1e-13)
    assert frobenius == pytest.approx(sum((omega @ omega) ** n for n in range(k + 1)), rel=1e-13)


def test_frobenius_weights_take_a_dimension():
    with pytest.raises(ValueError, match="^d: got 0"):
        sr.frobenius_weights(0, 1)


# -- Gauss and Markov ------------------------------------------------------------------------------------

MODEL = sr.LinearModel.polynomial(4, [(-1, 1)])
TRUTH = np.array([0.3, -1.0, 0.5, 2.0, -0.7])
X = np.linspace(-1, 1, 9)
VALUES, SLOPES = (MODEL.derivatives(TRUTH, X, 1)[(n,)][:, 0] for n in range(2))


def system(weights, x=X):
    """Φ with rows √(λ w): the matrix of the least-squares problem that the loss is."""
    data = {(0,): VALUES, (1,): SLOPES}
    loss = sr.SobolevLoss(MODEL, data, sr.samples(x), weights=weights)
    return least_squares_system(loss)[0]


def covariance(lam, tau, x=X):
    """M Σ Mᵀ with M = (ΦᵀWΦ)⁻¹ΦᵀW, Σ = diag τ²: of the estimate with weights λ, in closed form."""
    Phi = system((1, 1), x)
    W = np.repeat([1.0, lam], len(X))
    M = np.linalg.solve(Phi.T @ (W[:, None] * Phi), Phi.T * W)
    Sigma = np.repeat(np.square(tau), len(X)) / len(X)  # of the rows √w y
    return (M * Sigma) @ M.T


@pytest.mark.parametrize("tau", [(0.1, 0.1), (0.1, 1.0), (1.0, 0.05)])
def test_the_covariance_is_smallest_at_the_weights_of_gauss_and_markov(tau):
    """Cov(λ) − Cov(λ*) ≥ 0 as matrices, for every λ; Cov(λ*) = (ΦᵀΣ⁻¹Φ)⁻¹ (W2)."""
    (one, best) = sr.noise_weights(tau)
    assert one == 1 and best == pytest.approx((tau[0] / tau[1]) ** 2, rel=1e-15)
    least = covariance(best, tau)
    Phi = system((1, 1))
    precision = np.repeat(len(X) / np.square(tau), len(X))
    expected = np.linalg.inv(Phi.T @ (precision[:, None] * Phi))
    np.testing.assert_allclose(least, expected, rtol=1e-9, atol=1e-13 * np.trace(least))
    for factor in (0, 0.01, 0.3, 0.9, 1.1, 3, 100):
        excess = covariance(factor * best, tau) - least
        eigenvalues = eigvalsh(excess)
        rounding = 1e-12 * np.trace(least)
        assert eigenvalues[0] > -rounding
        # The minimum is strict: the values determine θ, and slopes depend on it.
        assert eigenvalues[-1] > 1000 * rounding


def test_unit_weight_on_noisy_slopes_is_worse_than_no_slopes_for_some_models_only():
    """τ′ = 30 τ: λ = 1 has more variance than λ = 0 for degree 4; for u = θx exactly where 898 Σx²/N > 1."""
    tau = (0.1, 3.0)
    trace = lambda lam: np.trace(covariance(lam, tau))
    best = sr.noise_weights(tau)[1]
    assert trace(best) < trace(0) < trace(1)
    near = np.linspace(0, 0.25, 9)  # values alone hardly tell x³ from x⁴ there
    assert np.trace(covariance(1, tau, near)) < np.trace(covariance(0, tau, near))

    model = sr.LinearModel(lambda a, T: a, 1, (1, 1))
    for x, expected in (
        (np.linspace(0.006, 0.03, 5), (505, 180)),
        (np.linspace(0.2, 1, 5), (0.4545, 86.8)),
    ):
        found = [variance(model, x, lam, 30.0) for lam in (0, 1)]
        assert found == pytest.approx(expected, rel=0.01)
        assert (found[1] > found[0]) == (898 * np.mean(x**2) > 1)
    for seed in range(20):
        x = 10 ** np.random.default_rng(seed).uniform(-2.5, -0.5, 4)
        assert (variance(model, x, 1, 30.0) > variance(model, x, 0, 30.0)) == (
            898 * np.mean(x**2) > 1
        )


def variance(model, x, lam, noise):
    """Of θ̂ for a model of one parameter, τ = 1, by `solve_linear` on each of the data alone."""
    total = 0.0
    for row, size in enumerate(np.repeat([1.0, noise], len(x))):
        data = np.split(np.eye(2 * len(x))[row], 2)
        loss = sr.SobolevLoss(
            model, {(n,): data[n] for n in (0, 1)}, sr.samples(x), weights=(1, lam)
        )
        total += (size * sr.solve_linear(loss).x[0]) ** 2
    return total


def test_where_slopes_do_not_depend_on_theta_no_weight_matters():
    """u = θ: the mean of the values with variance τ²/N, whatever λ is, so that the minimum is not strict."""
    model = sr.LinearModel.polynomial(0, [(0, 1)])
    for lam in (0, 1e-3, 1, 100):
        assert variance(model, np.arange(5.0), lam, 30.0) == pytest.approx(1 / 5, rel=1e-12)


def test_frobenius_and_bessel_weights_are_equal_to_order_one_and_no_further():
    for d in (1, 2, 3):
        assert sr.frobenius_weights(d, 0) == sr.bessel_weights(d, 0)
        assert sr.frobenius_weights(d, 1) == sr.bessel_weights(d, 1)
        for k in (2, 3):
            assert sr.frobenius_weights(d, k) != sr.bessel_weights(d, k)


def test_unequal_node_weights_have_more_variance():
    """u = θ from two values with weights 1 and 3: θ̂ = (y_1 + 3y_2)/4 has 5/8 τ², with equal weights ½ τ²."""
    model, variances = sr.LinearModel.polynomial(0, [(0, 1)]), []
    for weights in ([1.0, 3.0], [2.0, 2.0]):
        rule = sr.Quadrature([0.0, 1.0], weights)
        ends = [
            sr.solve_linear(sr.SobolevLoss(model, {(0,): y}, rule)).x[0] for y in ([1, 0], [0, 1])
        ]
        variances.append(np.square(ends).sum())  # of θ̂ = Σ M_i y_i, τ = 1
    assert variances == pytest.approx([5 / 8, 1 / 2], rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("lam", [1.0, None])
def test_the_closed_form_is_what_repeated_noise_shows(lam):
    """Σ over 1000 draws of (θ̂ − θ)ᵀ Cov⁻¹ (θ̂ − θ) is χ² with 1000·5 degrees of freedom, by `solve_linear`."""
    tau, draws, rng = (0.2, 0.6), 1000, np.random.default_rng(1)
    lam = sr.noise_weights(tau)[1] if lam is None else lam
    inverse = np.linalg.inv(covariance(lam, tau))
    total, mean = 0.0, np.zeros(5)
    for _ in range(draws):
        noisy = {
            (0,): VALUES + tau[0] * rng.normal(size=len(X)),
            (1,): SLOPES + tau[1] * rng.normal(size=len(X)),
        }
        loss = sr.SobolevLoss(MODEL, noisy, sr.samples(X), weights=(1, lam))
        error = sr.solve_linear(loss).x - TRUTH
        total += error @ inverse @ error
        mean += error / draws
    freedom = 5 * draws
    assert abs(total - freedom) < 4 * np.sqrt(2 * freedom)
    assert draws * mean @ inverse @ mean < 5 + 4 * np.sqrt(10)  # no bias


def test_noise_by_multi_index():
    by_alpha = sr.noise_weights({(1, 0): 2.0, (0, 1): 4.0, (0, 0): 1.0})
    assert by_alpha == {(1, 0): 0.25, (0, 1): 0.0625, (0, 0): 1.0}
    assert sr.noise_weights({(0, 1): 4.0, (1, 0): 2.0}) == {(0, 1): 0.25, (1, 0): 1.0}
    assert sr.noise_weights(np.array([2.0, 1.0, 4.0])) == (1.0, 4.0, 0.25)


@pytest.mark.parametrize(
    ("tau", "error", "match"),
    [
        ((), ValueError, "^tau: got an empty sequence, takes at least one number$"),
        ({}, ValueError, "tau: got an empty mapping"),
        ((1, 0), ValueError, r"tau\[1\]: got 0, takes a finite number > 0"),
        ((1, np.inf), ValueError, r"tau\[1\]: got inf"),
        (
            (1e300, 1e-300),
            ValueError,
            r"^tau\[1\]: got a ratio τ_0/τ of inf, takes one from 1e-150",
        ),
        ((1e150, 1.0), ValueError, r"^tau\[1\]: got a ratio τ_0/τ of 1e\+150"),
        ((1.0, 1e150), ValueError, r"^tau\[1\]: got a ratio τ_0/τ of 1e-150"),
        ({(0,): 1e-9, (1,): 1e300}, ValueError, r"^tau\[\(1,\)\]: got a ratio τ_0/τ of 1e-309"),
        ({(): 1.0}, ValueError, r"^tau: multi-index: got \(\), takes a tuple of 1 whole numbers$"),
        ({(0,): -1}, ValueError, r"tau\[\(0,\)\]: got -1"),
        ({(0,): 1, (0, 1): 1}, ValueError, r"tau: multi-index: got \(0, 1\)"),
        ({0: 1}, ValueError, "tau: multi-index: got 0"),
        (1.0, TypeError, "tau: got 1.0, takes a sequence"),
        (("a",), TypeError, r"tau\[0\]: got 'a'"),
    ],
)
def test_bad_noise(tau, error, match):
    with pytest.raises(error, match=match):
        sr.noise_weights(tau)


@pytest.mark.parametrize(
    ("box", "order"),
    [([(0, 1e5), (0, 1e-3)], 2), ([(0, 300), (0, 1e-3)], 3), ([(0, 1e9), (0, 1e-6)], 1)],
)
def test_variables_in_units_far_apart_leave_the_values_their_weight(box, order):
    """W4: λ_0 is 1/‖u‖² (W1), however large the derivatives are in somebody's units."""
    rule = sr.gauss_legendre(box, 6)
    (_, a), (_, b) = box
    u = lambda p, x: np.sin(2 * p / a) + np.exp(x / b)
    weights = sr.SobolevLoss(sr.MLP((2, 4, 1)), u, rule, order=order, weights="balanced").weights
    assert weights[0] == pytest.approx(1 / sr.sobolev_norm(u, rule, 0) ** 2, rel=1e-12)


@pytest.mark.parametrize(("frequency", "order"), [(100, 8), (1000, 5)])
def test_derivatives_that_grow_leave_the_values_their_weight(frequency, order):
    rule = sr.gauss_legendre([(0, 1)], 600)
    u = lambda x: np.sin(frequency * x)
    loss = sr.SobolevLoss(sr.MLP((1, 3, 1)), u, rule, order=order, weights="balanced")
    assert loss.weights[0] == pytest.approx(1 / sr.sobolev_norm(u, rule, 0) ** 2, rel=1e-12)


def test_weights_by_multi_index_in_their_order():
    """As `loss.weights` has them: three for d = 2 and order 1, where there are two orders."""
    assert as_weights([1, 2, 3], 2, 1).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match=r"^weights\[\(1, 0\)\]: got -2"):
        as_weights([1, -2, 3], 2, 1)
