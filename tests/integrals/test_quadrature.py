"""Rules: exact to their degree and no further, convergent at their rate, honest about bad input."""

import copy
import math
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

import sobolev_ref as sr
from sobolev_ref import Quadrature

TENSOR = {
    "gauss_legendre": sr.gauss_legendre,
    "clenshaw_curtis": sr.clenshaw_curtis,
    "trapezoid": sr.trapezoid,
    "simpson": sr.simpson,
    "midpoint": sr.midpoint,
}
RANDOM = {"monte_carlo": sr.monte_carlo, "sobol": sr.sobol}


DECIMAL_PI = Decimal("3.14159265358979323846264338327950288419716939937510")


def cosine(x):
    """cos x of a decimal number by its series."""
    term, total, k = Decimal(1), Decimal(1), 0
    while abs(term) > Decimal("1e-48"):
        k += 2
        term = -term * x * x / (k * (k - 1))
        total += term
    return total


def degree(name, n):
    """The highest degree that n nodes integrate exactly in one dimension."""
    return {
        "gauss_legendre": 2 * n - 1,
        "clenshaw_curtis": n - 1 if n % 2 == 0 else n,
        "trapezoid": 1,
        "simpson": 3,
        "midpoint": 1,
    }[name]


@pytest.mark.parametrize("name", TENSOR)
@pytest.mark.parametrize("n", [3, 5, 9])
def test_exact_to_its_degree_and_not_beyond(name, n):
    """(Q1) against ∫_{-1}^{2} (x − 1/3)^j dx in closed form; off centre: no help from symmetry."""
    rule = TENSOR[name]([(-1, 2)], n)

    def error(j):
        exact = ((5 / 3) ** (j + 1) - (-4 / 3) ** (j + 1)) / (j + 1)
        return abs(rule.integrate(lambda x: (x - 1 / 3) ** j) / exact - 1)

    top = degree(name, n)
    assert max(error(j) for j in range(top + 1)) < 1e-13
    assert error(top + 1) > 1e-9


@pytest.mark.parametrize(("name", "rate"), [("trapezoid", 2), ("midpoint", 2), ("simpson", 4)])
def test_rate_of_convergence(name, rate):
    """∫_0^1 e^x dx = e − 1; halving the mesh divides the error by 2^rate."""
    errors = [
        abs(TENSOR[name]([(0, 1)], n).integrate(np.exp) - (np.e - 1))
        for n in ((33, 65, 129) if name != "midpoint" else (32, 64, 128))
    ]
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), rate, atol=0.01)


@pytest.mark.parametrize(("name", "factor"), [("gauss_legendre", 3.5), ("clenshaw_curtis", 1.7)])
def test_geometric_convergence(name, factor):
    """∫ dx/(1 + 4x²) = arctan 2: poles at ±i/2, on the ellipse ρ = (1 + √5)/2, error about ρ^{−2n}
    for Gauss and at least ρ^{−n} for Clenshaw–Curtis: two nodes more divide it by ρ⁴ or ρ²."""
    errors = [
        abs(TENSOR[name]([(-1, 1)], n).integrate(lambda x: 1 / (1 + 4 * x**2)) - np.arctan(2))
        for n in (8, 12, 16, 20)
    ]
    ratios = np.divide(errors[:-1], errors[1:]) ** 0.5
    assert (ratios > factor).all()


@pytest.mark.parametrize("name", RANDOM)
def test_random_rules_converge_at_their_rate(name):
    """The root mean square over 64 seeds falls like n^{−1/2}, or at least like n^{−0.9} for Sobol."""

    def rms(n):
        errors = [
            RANDOM[name]([(0, 1), (0, 2)], n, rng=seed).integrate(lambda x, y: np.exp(x - y))
            - (np.e - 1) * (1 - np.exp(-2))
            for seed in range(64)
        ]
        return np.sqrt(np.mean(np.square(errors)))

    slope = np.log2(rms(64) / rms(1024)) / 4
    assert 0.35 < slope < 0.65 if name == "monte_carlo" else slope > 0.9


@pytest.mark.parametrize("name", [*TENSOR, *RANDOM])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_weights_are_positive_and_sum_to_the_volume(name, d):
    bounds = [(-1, 2), (0, 0.5), (3, 7)][:d]
    rule = TENSOR[name](bounds, 5) if name in TENSOR else RANDOM[name](bounds, 128, rng=0)
    assert rule.nodes.shape == (len(rule), d) and rule.weights.shape == (len(rule),)
    assert len(rule) == (5**d if name in TENSOR else 128)
    assert (rule.weights > 0).all() and rule.d == d
    assert rule.weights.sum() == pytest.approx(np.prod([b - a for a, b in bounds]), rel=1e-14)
    lower, upper = np.transpose(bounds)
    assert (rule.nodes >= lower).all() and (rule.nodes <= upper).all()


BOXES = [
    (0.1, 0.4),
    (1e-16, 1),
    (-0.3, 0.3),
    (1e308, 1.5e308),
    (-1.7e308, -1e308),
    (-8e307, 8e307),
    (0, 1e-300),
    (1 / 3, 1 / 3 + 2**-54),
    (1e16, 1e16 + 2),
    (-7.1, 1e-9),
]


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("name", [*TENSOR, *RANDOM])
def test_nodes_stay_in_the_box_and_the_ends_are_its_bounds(name, box):
    """W5: rounding puts no node outside, and nothing overflows; the weights add up to the length."""
    for n in (3, 5, 64, 65, 1001):
        if (name == "simpson" and n == 64) or (name == "sobol" and n != 64):
            continue
        rule = TENSOR[name]([box], n) if name in TENSOR else RANDOM[name]([box], n, rng=n)
        x = rule.nodes[:, 0]
        assert (x >= box[0]).all() and (x <= box[1]).all() and len(rule) == n
        assert rule.weights.sum() == pytest.approx(box[1] - box[0], rel=1e-14)
        if name in TENSOR:
            assert (np.diff(x) >= 0).all()
        if name in ("trapezoid", "simpson", "clenshaw_curtis"):
            assert (x[0], x[-1]) == box
        if name in TENSOR and box[0] == -box[1]:
            assert (x == -x[::-1]).all() and (n % 2 == 0 or x[n // 2] == 0)


def test_a_function_that_ends_at_the_bounds_is_taken_there():
    """W5: ∫ √(x − 0.1) dx over [0.1, 0.4] = (2/3) 0.3^{3/2}."""
    for name in ("trapezoid", "simpson", "clenshaw_curtis"):
        rule = TENSOR[name]([(0.1, 0.4)], 2001)
        value = rule.integrate(lambda x: np.sqrt(x - 0.1))
        assert value == pytest.approx(2 / 3 * 0.3**1.5, rel=1e-4)


@pytest.mark.parametrize("n", [2, 3, 10, 33, 64, 101, 500, 1000])
def test_clenshaw_curtis_weights_to_the_last_digits(n):
    """W6: with N = n − 1, w_0 = 1/N² for odd N and 1/(N² − 1) for even N.

    w_1 = (2/N) Σ″ 2/(1 − k²) cos kθ over even k, θ = π/N, in decimals and by the recurrence of cos kθ.
    """
    N = n - 1
    w = sr.clenshaw_curtis([(-1, 1)], n).weights
    assert w[0] == pytest.approx(1 / N**2 if N % 2 else 1 / (N**2 - 1), rel=4e-16)
    assert (w == w[::-1]).all() and w.sum() == pytest.approx(2, rel=1e-15)
    if n > 2:
        with localcontext(prec=50):
            c = cosine(DECIMAL_PI / N)
            T, after, total = Decimal(1), c, Decimal(0)
            for k in range(n):
                if k % 2 == 0:
                    total += T * 2 / (1 - k * k) / (2 if k in (0, N) else 1)
                T, after = after, 2 * c * after - T
            assert abs(Decimal(float(w[1])) / (total * 2 / N) - 1) < Decimal("1e-15")


@pytest.mark.parametrize("sides", [[1e200, 1e200, 1e-200], [1e-200, 1e-200, 1e300], [4.0] * 300])
def test_the_volume_is_right_where_a_product_on_the_way_is_not(sides):
    """W5: 1e200³ᐟ³ by any order of the sides; 4³⁰⁰ is 2⁶⁰⁰."""
    volume = float(math.prod(map(Fraction, sides)))
    for rule in (sr.midpoint, sr.monte_carlo):
        for order in (sides, sides[::-1]):
            weights = rule([(0, side) for side in order], 1).weights
            assert weights[0] == pytest.approx(volume, rel=1e-13)


@pytest.mark.parametrize(("sides", "power"), [([1e200, 1e200], "400"), ([1e-200, 1e-200], "-400")])
@pytest.mark.parametrize("name", [*TENSOR, *RANDOM])
def test_a_volume_beyond_float64_is_refused(name, sides, power):
    """W5: not a rule of infinite weights, and not one of zeros, with which each loss is 0."""
    n = 4 if name == "sobol" else 3
    with pytest.raises(
        ValueError, match=f"^bounds: got a box whose volume is about 1e{power}, takes"
    ):
        ({**TENSOR, **RANDOM})[name]([(0, side) for side in sides], n)


@pytest.mark.parametrize("name", TENSOR)
def test_tensor_rules_are_products(name):
    rule = TENSOR[name]([(0, 1), (2, 5)], (3, 7))
    f, g = TENSOR[name]([(0, 1)], 3), TENSOR[name]([(2, 5)], 7)
    assert len(rule) == 21
    assert rule.integrate(lambda x, y: np.exp(x) * np.sin(y)) == pytest.approx(
        f.integrate(np.exp) * g.integrate(np.sin), rel=1e-14
    )
    np.testing.assert_allclose(rule.nodes[:7, 0], f.nodes[0, 0])  # the last variable runs fastest


@pytest.mark.parametrize("name", ["gauss_legendre", "midpoint", "simpson"])
def test_an_integral_over_a_cube(name):
    value = TENSOR[name]([(0, 1)] * 3, 9).integrate(lambda x, y, z: x * y * z)
    assert value == pytest.approx(1 / 8, rel=1e-13)


def test_nodes_of_equidistant_rules():
    np.testing.assert_allclose(sr.trapezoid([(0, 1)], 3).nodes[:, 0], [0, 0.5, 1], atol=1e-16)
    np.testing.assert_allclose(sr.midpoint([(0, 1)], 2).nodes[:, 0], [0.25, 0.75])
    np.testing.assert_allclose(sr.simpson([(0, 1)], 5).weights * 12, [1, 4, 2, 4, 1])
    np.testing.assert_allclose(sr.clenshaw_curtis([(-1, 1)], 3).weights, [1 / 3, 4 / 3, 1 / 3])
    np.testing.assert_allclose(sr.clenshaw_curtis([(-1, 1)], 2).weights, [1, 1])
    np.testing.assert_allclose(
        sr.clenshaw_curtis([(0, 4)], 5).nodes[:, 0],
        2 - 2 * np.sqrt([1, 0.5, 0, 0.5, 1]) * [1, 1, 1, -1, -1],
    )
    np.testing.assert_allclose(
        sr.gauss_legendre([(-1, 1)], 2).nodes[:, 0], [-(3**-0.5), 3**-0.5], rtol=1e-15
    )
    assert sr.gauss_legendre([(0, 4)], 1).nodes.tolist() == [[2.0]]


def test_the_smallest_volume_is_taken():
    tiny = np.finfo(float).tiny
    assert sr.midpoint([(0, tiny)], 1).weights[0] == tiny


@pytest.mark.parametrize("name", RANDOM)
def test_one_random_node_has_all_the_weight(name):
    rule = RANDOM[name]([(0, 2), (1, 4)], 1, rng=0)
    assert len(rule) == 1 and rule.weights[0] == 6


@pytest.mark.slow
def test_sobol_takes_as_many_dimensions_as_scipy():
    most = qmc.Sobol.MAXDIM
    assert sr.sobol([(0, 1)] * most, 1, rng=0).d == most


def test_sobol_takes_no_more_dimensions_than_scipy():
    most = qmc.Sobol.MAXDIM
    with pytest.raises(
        ValueError, match=f"^bounds: got {most + 1} dimensions, takes at most {most}$"
    ):
        sr.sobol([(0, 1)] * (most + 1), 1, rng=0)


def test_sobol_points_are_scipys():
    points = qmc.Sobol(2, rng=np.random.default_rng(3)).random(64)
    np.testing.assert_array_equal(
        sr.sobol([(0, 1), (0, 1)], 64, np.random.default_rng(3)).nodes, points
    )


@pytest.mark.parametrize("name", [*TENSOR, *RANDOM])
def test_nodes_that_memory_does_not_hold_are_refused_before_any_is_made(name):
    """At most 2·10⁸ numbers: 407³ nodes in three dimensions are too many, as are 66,666,667."""
    rule, n = (TENSOR[name], 407) if name in TENSOR else (RANDOM[name], 66_666_667)
    with pytest.raises(
        ValueError, match=f"^n: got {n}, .* numbers, .* GB; takes at most 66,666,666 nodes in all"
    ):
        rule([(0, 1)] * 3, n)
    with pytest.raises(ValueError, match="more than 10.18 numbers, .* in all for d = 10$"):
        rule([(0, 1)] * 10, 10**30 + 1)


def test_a_tensor_rule_takes_any_dimension():
    assert sr.midpoint([(0, 2)] * 100, 1).nodes.tolist() == [[1.0] * 100]
    with pytest.raises(ValueError, match="^n: got 10, .* takes at most 2,000,000 nodes in all for"):
        sr.midpoint([(0, 2)] * 100, 10)


@pytest.mark.parametrize("name", RANDOM)
def test_random_rules_replay(name):
    a, b, c = (
        RANDOM[name]([(0, 1)] * 2, 16, rng=seed) for seed in (1, np.random.default_rng(1), 2)
    )
    np.testing.assert_array_equal(a.nodes, b.nodes)
    assert not np.array_equal(a.nodes, c.nodes)


def test_mean_is_the_integral_over_the_volume():
    rule = sr.gauss_legendre([(0, 4), (0, 2)], 6)
    f = lambda x, y: np.exp(-x) + y
    assert rule.mean().integrate(f) == pytest.approx(rule.integrate(f) / 8, rel=1e-14)
    assert rule.mean().weights.sum() == pytest.approx(1, rel=1e-15)
    with pytest.raises(ValueError, match="^weights: all zero, so there is no mean$"):
        Quadrature([0.0], [0.0]).mean()


@pytest.mark.parametrize(
    ("weights", "mean"),
    [
        ([1e308, 1e308], [0.5, 0.5]),
        ([1.7e308] * 4, [0.25] * 4),
        ([1.5e308, 5e307, 0], [0.75, 0.25, 0]),
        ([5e-324, 5e-324], [0.5, 0.5]),
        ([1e308, 1e-308], [1, 0]),
        ([3e-310, 1e-310], [0.75, 0.25]),
    ],
)
def test_the_mean_of_the_largest_and_the_smallest_weights(weights, mean):
    """W16: the sum of the weights may be beyond float64, the weights of the mean are not."""
    rule = Quadrature(np.arange(float(len(weights))), weights).mean()
    np.testing.assert_allclose(rule.weights, mean, rtol=1e-14)
    assert rule.integrate(lambda x: 1.7e308) == pytest.approx(1.7e308, rel=1e-15)
    assert sum(part.weights.sum() for part in rule.split(2)) == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize("f", [lambda x: 1 + 0 * x, lambda x: 2.0 * x, lambda x: -1.5 + 1j * x])
def test_an_integral_beyond_float64_is_refused(f):
    """W16: the sum is 2e308 or more; the mean of the same function is a number."""
    rule = Quadrature([0.0, 1.0], [1e308, 1e308])
    with pytest.raises(ValueError, match="^f: got values up to .* and weights up to 1e.308, takes"):
        rule.integrate(f)
    assert rule.mean().integrate(f) == (f(0) + f(1)) / 2


def writes(x):
    x *= 2
    return x


def test_integrate_several_outputs_constants_and_complex_values():
    rule = sr.gauss_legendre([(0, 1)], 4)
    assert rule.integrate(lambda x: (x, 2.0)) == pytest.approx((0.5, 2.0))
    assert rule.integrate(lambda x: 1j * x) == pytest.approx(0.5j)
    with pytest.raises(ValueError, match=r"f: got shape \(4, 1\), takes shape \(4,\)"):
        rule.integrate(lambda x: x[:, None])
    with pytest.raises(ValueError, match="f: got 4 NaN"):
        rule.integrate(lambda x: x * np.nan)
    with pytest.raises(TypeError, match="^f: got 2.0, takes a function of 1 arrays$"):
        rule.integrate(2.0)


@pytest.mark.parametrize(
    ("d", "f", "error", "match"),
    [
        (
            1,
            lambda x, y: x,
            TypeError,
            r"^f: got a function of \(x, y\), takes one of 1 array, as d = 1$",
        ),
        (
            2,
            lambda x: x,
            TypeError,
            r"^f: got a function of \(x\), takes one of 2 arrays, as d = 2$",
        ),
        (2, np.sin, TypeError, "^f: got sin of 1, takes a function of 2 arrays, as d = 2$"),
        (
            1,
            math.sin,
            TypeError,
            r"^f: .*; takes a function of arrays: .* np.sin\(x\) for math.sin",
        ),
        (1, lambda x: 1 if x > 0 else 0, TypeError, "^f: .*; takes a function of arrays: np.where"),
        (1, writes, ValueError, "^f: .*; takes a function that does not write into its arguments"),
        (1, lambda x: int("x"), ValueError, "^invalid literal"),  # the caller's own
    ],
)
def test_integrate_refuses_what_is_no_function_of_d_arrays(d, f, error, match):
    with pytest.raises(error, match=match):
        sr.gauss_legendre([(0, 1)] * d, 2).integrate(f)


@given(st.integers(1, 30), st.integers(1, 30))
def test_split_keeps_every_node_once(n, parts):
    rule = sr.midpoint([(0, 1)], n)
    if parts > n:
        with pytest.raises(ValueError, match="n: got"):
            rule.split(parts)
        return
    pieces = rule.split(parts)
    assert len(pieces) == parts and max(map(len, pieces)) - min(map(len, pieces)) <= 1
    np.testing.assert_array_equal(np.concatenate([p.nodes for p in pieces]), rule.nodes)
    np.testing.assert_array_equal(np.concatenate([p.weights for p in pieces]), rule.weights)


def test_a_rule_is_frozen_and_keeps_its_own_copy():
    x, w = np.zeros((2, 1)), np.ones(2)
    rule = Quadrature(x, w)
    x[0], w[0] = 9, 9
    assert rule.nodes[0, 0] == 0 and rule.weights[0] == 1
    for array in (rule.nodes, rule.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(AttributeError):
        rule.nodes = x
    again = pickle.loads(pickle.dumps(rule))
    np.testing.assert_array_equal(again.nodes, rule.nodes)
    assert len(copy.deepcopy(rule)) == 2 and not copy.deepcopy(rule).nodes.flags.writeable
    base = np.array([0.0, 1.0])
    view = base.view()
    view.flags.writeable = False
    kept = Quadrature(view, [1.0, 1.0])
    base[0] = 7
    assert kept.nodes[0, 0] == 0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: sr.gauss_legendre([(1, 0)], 4),
            r"bounds: got \[\[1.0, 0.0\]\], takes lower < upper",
        ),
        (lambda: sr.gauss_legendre([(0, 0)], 4), "bounds"),
        (lambda: sr.gauss_legendre([(0, np.inf)], 4), "bounds: got 1 NaN or infinite"),
        (
            lambda: sr.gauss_legendre([(0, 1, 2)], 4),
            r"bounds: got shape \(1, 3\), takes shape \(d, 2\)",
        ),
        (lambda: sr.gauss_legendre([], 4), "bounds"),
        (lambda: sr.gauss_legendre([(0, 1)], 0), "n: got 0, takes a whole number >= 1"),
        (lambda: sr.gauss_legendre([(0, 1)], (3, 3)), "n: got 2 counts, takes one number or 1"),
        (lambda: sr.trapezoid([(0, 1)], 1), "n: got 1, takes a whole number >= 2"),
        (lambda: sr.simpson([(0, 1)], 4), "n: got 4, Simpson's rule takes an odd number >= 3"),
        (lambda: sr.monte_carlo([(0, 1)], 0), "^n: got 0, takes a whole number >= 1$"),
        (lambda: sr.sobol([(0, 1)], 0), "^n: got 0, takes a whole number >= 1$"),
        (lambda: sr.monte_carlo([(0, 1)], 4, rng=-1), "^rng: got -1"),
        (lambda: sr.sobol([(0, 1)], 4, rng=-1), "^rng: got -1"),
        (lambda: sr.midpoint([(0, 1)], 4).split(0), "^n: got 0"),
        (lambda: sr.midpoint([(-1e308, 1e308)], 4), "bounds: got .* finite length"),
        (
            lambda: Quadrature(np.ma.masked_array([0.0, 1.0], [0, 1]), [1.0, 1.0]),
            "nodes: got 1 NaN",
        ),
        (lambda: Quadrature(np.zeros((0, 2)), []), "nodes: got no nodes"),
        (
            lambda: Quadrature([[0.0]], [1.0, 2.0]),
            r"weights: got shape \(2,\), takes \(1,\) for nodes of shape \(1, 1\)",
        ),
        (
            lambda: Quadrature([0.0, 1.0, 2.0], [0.5, -1.0, 0.0]),
            "^weights: got 1 negative, takes numbers >= 0$",
        ),
        (lambda: Quadrature([[0.0]], [np.nan]), "weights: got 1 NaN"),
        (lambda: Quadrature([[np.inf]], [1.0]), "nodes: got 1 NaN or infinite"),
        (lambda: Quadrature(np.zeros((1, 1, 1)), [1.0]), r"nodes: got shape \(1, 1, 1\)"),
    ],
)
def test_bad_values(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: sr.monte_carlo([(0, 1)], 4, rng="a"),
        lambda: sr.sobol([(0, 1)], 4, rng=1.5),
        lambda: sr.midpoint([(0, 1)], 2).integrate(None),
        lambda: sr.midpoint([(0, 1)] * 2, {2, 3}),
        lambda: sr.midpoint([(0, 1)], 2.5),
        lambda: sr.midpoint([(0, 1)], "4"),
        lambda: sr.midpoint("ab", 4),
        lambda: sr.midpoint([(0, 1)], None),
        lambda: Quadrature([[1j]], [1.0]),
        lambda: Quadrature(None, [1.0]),
    ],
)
def test_bad_types(call):
    with pytest.raises(TypeError, match="takes"):
        call()


def test_who_takes_a_rule_says_of_what_dimension():
    scaler = sr.Standardizer([0.0], [2.0], [0.0], [1.0])
    assert scaler.rule(sr.midpoint([(0, 4)], 1)).nodes.tolist() == [[1.0]]
    assert sr.sobolev_norm(lambda x, y: 3.0, sr.midpoint([(0, 1)] * 2, 1), 0) == 3
    with pytest.raises(TypeError, match="^rule: got list, takes a Quadrature$"):
        scaler.rule([0.0])
    with pytest.raises(
        ValueError, match=r"^rule: got nodes of shape \(4, 2\), takes shape \(N, 1\)$"
    ):
        scaler.rule(sr.midpoint([(0, 1)] * 2, 2))


def test_bounds_are_the_box_of_the_nodes():
    box = np.array([(-1.0, 3.0), (5.0, 6.0)])
    np.testing.assert_array_equal(sr.trapezoid(box, 4).bounds, box)
    np.testing.assert_array_equal(sr.midpoint(box, 4).bounds, [(-0.5, 2.5), (5.125, 5.875)])
    x = np.random.default_rng(0).normal(size=(9, 3))
    lower, upper = sr.samples(x).bounds.T
    assert all((x >= lower).all(axis=1)) and all((x <= upper).all(axis=1))
    assert set(lower) | set(upper) <= set(x.ravel())


def test_flat_bounds_are_one_interval():
    np.testing.assert_array_equal(sr.midpoint((0, 1), 3).nodes, sr.midpoint([(0, 1)], 3).nodes)


def test_a_rule_prints_in_a_line():
    assert repr(sr.gauss_legendre([(0, 1), (-2, 2)], 4)) == (
        "Quadrature(16 nodes in [0.06943, 0.9306] × [-1.722, 1.722], Σ w = 4)"
    )
    assert repr(Quadrature(np.zeros((1, 9)), [2.0])).count("[0, 0] × ") == 4
    assert repr(Quadrature(np.zeros((1, 4)), [2.0])) == (
        "Quadrature(1 nodes in [0, 0] × [0, 0] × [0, 0] × [0, 0], Σ w = 2)"
    )


def test_a_batch_has_the_rule_of_its_nodes():
    rule = Quadrature([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [0.5, 1.0, 2.0])
    loss = sr.SobolevLoss(sr.MLP((2, 1)), lambda x, y: x, rule, order=0)
    part = loss.batch([2, 0]).rule
    assert part.nodes.tolist() == [[4.0, 5.0], [0.0, 1.0]] and part.weights.tolist() == [2.0, 0.5]
    for array in (part.nodes, part.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9.0
