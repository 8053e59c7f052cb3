"""What plain NumPy is written in, carried by a `Jet`: values to the last bit, derivatives held to mpmath."""

import copy
import gzip
import json
import math
import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import sobolev_ref as sr
from sobolev_ref import Jet
from sobolev_ref.jets import cancellation, piecewise, special_functions
from sobolev_ref.jets.activations import ACTIVATIONS
from sobolev_ref.jets.algebra import taylor_algebra
from sobolev_ref.jets.jet import FUNCTIONS
from sobolev_ref.jets.ufuncs import RULES, STEPS

ORACLE = Path(__file__).parents[1] / "oracle" / "taylor.json.gz"  # by make_taylor.py, beside it
TAYLOR = json.loads(gzip.decompress(ORACLE.read_bytes()))
ORDER = 12


def q(x):
    return 1.25 - x / 2 + x * x


def of_nodes(x, constants):
    """A constant jet of another number at each node."""
    return x.like(x.algebra.constant(np.array(constants)))


OF_MORE = {
    "hypot": lambda x: np.hypot(x, q(x)),
    "arctan2": lambda x: np.arctan2(x, q(x)),
    "logaddexp": lambda x: np.logaddexp(x, q(x)),
    "power": lambda x: (1 + x * x) ** q(x),
    "divide": lambda x: (1 + x * x) / q(x),
    "x50": lambda x: x**50,
    "x2.5": lambda x: x**2.5,
    "xm1.5": lambda x: x**-1.5,
    "xm3": lambda x: x**-3,
    "2x": lambda x: 2.0**x,
    "p3x": lambda x: 0.3**x,
}


def named(name):
    return OF_MORE.get(name) or getattr(np, name, None) or getattr(special, name)


def derivatives(f, x, order=3, kinks="raise"):
    """f⁽ⁿ⁾ at nodes x of one variable, one row an order."""
    (jet,) = Jet.variables(np.atleast_1d(np.asarray(x, float)), order, kinks)
    return np.array(list(f(jet).derivatives.values()))


# -- the smooth ones -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TAYLOR)
def test_taylor_coefficients_to_order_12_against_mpmath(name):
    """J: 1e−13 relative to the largest, near 0, near singularities and in saturation; the value exactly."""
    f = named(name)
    for x, coefficients in TAYLOR[name].items():
        node, exact = np.array([float(x)]), np.array([float(c) for c in coefficients])
        ours = f(Jet.variables(node, ORDER)[0]).coefficients[:, 0]
        np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-13 * np.abs(exact).max())
        assert ours[0] == f(node)[0]


@pytest.mark.parametrize("x", [1e-9, -1e-14, 1e-30])
@pytest.mark.parametrize(
    "f", [np.arcsin, np.arccos, np.arctanh, np.arctan, np.arcsinh, np.tan, np.tanh, special.expit]
)
def test_even_derivatives_of_odd_functions_near_zero_have_all_digits(f, x):
    """W8: f − f(0) is odd, so that f⁽²ʲ⁾(x) = x f⁽²ʲ⁺¹⁾(0) for small x; arctanh″(1e−14) was 8e−4 off."""
    near, odd = (f(*Jet.variables([node], 7)).coefficients[:, 0] for node in (x, 0.0))
    n = np.arange(2, 7, 2)
    np.testing.assert_allclose(near[n], (n + 1) * x * odd[n + 1], rtol=1e-13)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus"])
def test_activations_near_zero_have_all_digits(name):
    """W8: σ″(x) is −x/8 for the sigmoid, −2x for tanh and 1/4 for softplus."""
    T, (z,) = taylor_algebra(1, 4), Jet.variables([1e-14], 4)
    a, s = ACTIVATIONS[name].jets(z.coefficients, T)
    t = ACTIVATIONS[name].curvature(z.coefficients, a, s, T)[0, 0]
    second = {"sigmoid": -1e-14 / 8, "tanh": -2e-14, "softplus": 0.25}[name]
    assert t == pytest.approx(second, rel=1e-14) and 2 * a[2, 0] == pytest.approx(second, rel=1e-14)


@pytest.mark.parametrize("name", [name for name in TAYLOR if name != "absolute"])
def test_the_complex_step_passes_through_what_is_analytic(name):
    """Im u_n(x + ih) = h (n + 1) u_{n+1}(x), also where NumPy's ufunc takes real numbers only."""
    f = named(name)
    for x in map(float, list(TAYLOR[name])[::3]):
        (jet,) = Jet.variables([x], ORDER)
        moved = jet.like(jet.coefficients + 1e-20j * (np.arange(ORDER + 1) == 0)[:, None])
        step, ours = f(moved).coefficients[:-1, 0], f(jet).coefficients[:, 0]
        slope = np.arange(1, ORDER + 1) * ours[1:]
        scale = np.abs(slope).max()
        np.testing.assert_allclose(step.imag / 1e-20, slope, rtol=0, atol=1e-12 * scale)
        np.testing.assert_allclose(step.real, ours[:-1], rtol=0, atol=1e-13 * np.abs(ours).max())


def test_special_functions_at_high_order_near_a_pole_and_on_two_axes():
    """c_n of sinc at 0 to order 36; ψ at −3 + 2⁻²⁶ by mpmath; a jet with two axes as one by one."""
    T = taylor_algebra(1, 36)
    exact = [
        math.pi**n / math.factorial(n + 1) * (-1) ** (n // 2) * (n % 2 == 0) for n in range(37)
    ]
    found = np.sinc(Jet.variables([0.0], 36)[0]).coefficients[:, 0]
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-13 * max(map(abs, exact)))
    z = np.random.default_rng(0).normal(size=(37, 2, 3)) / np.arange(1, 38)[:, None, None] ** 2
    for j in range(3):
        alone = special_functions.sinc(z[:, :, j], T)
        np.testing.assert_allclose(special_functions.sinc(z, T)[:, :, j], alone, rtol=1e-12)
    slope = derivatives(special.gammaln, -3 + 2.0**-26, 1)[1, 0]
    assert slope == pytest.approx(-67108862.743882286775, rel=1e-14)
    (x,) = Jet.variables([1.0], 1)
    largest = special.gamma(x.like(x.coefficients + np.array([[1e-9j], [0]])))  # Γ′(1) = −γ
    assert largest.value[0].imag == pytest.approx(-1e-9 * np.euler_gamma, rel=1e-12)


def test_a_step_that_is_no_small_one_is_refused_where_only_real_numbers_are_known():
    (x,) = Jet.variables([1.0], 1)
    with pytest.raises(ValueError, match="^complex jets: got an imaginary part of 0.5, but"):
        special.gamma(x.like(x.coefficients + 0.5j))


@pytest.mark.parametrize("size", [1.0, 1e-9, 1e-30, 1e200])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize(
    "f",
    [
        lambda z: np.where(np.abs(z) < 1, 1.0, 0.0),
        lambda z: np.heaviside(z, 0.5),
        lambda z: np.where(z > 0, 1.0, 2.0),
        lambda z: np.where(z == 0, 1.0, 2.0),
        lambda z: np.where(z, 1.0, 2.0),
        lambda z: np.piecewise(z, [z <= 0], [1.0, 2.0]),
        lambda z: np.select([z != 0], [1.0]),
        lambda z: np.clip(z, 0, 1),
        lambda z: np.max(np.stack([z, 2 * z]), axis=0),
        *(
            lambda z, g=g: g(z)
            for g in (abs, np.sign, np.fabs, np.floor, np.rint, np.cbrt, np.isnan)
        ),
        *(
            lambda z, g=g: g(z, 1)
            for g in (np.hypot, np.arctan2, np.fmax, np.minimum, np.logaddexp)
        ),
    ],
)
def test_complex_jets_have_no_sides(f, order, size):
    """W2, W12: np.abs(x + 1j*y) < 1 counted x > y for a disc of area 4, where NumPy's own has π."""
    for times in (1j, 1 + 1j):
        with pytest.raises(TypeError, match="^a Jet cannot carry np.* of complex jets, whose imag"):
            sr.sobolev_norm(
                lambda x, y: 1.0 * f(x + times * y), sr.samples([[size, 0.9 * size]]), order
            )
    with pytest.raises(TypeError, match="complex entries"):  # analytic, and no real number
        sr.sobolev_norm(lambda x: np.sqrt(x + 1j), sr.samples([1.0]), order)


def test_complex_jets_without_an_imaginary_part_have_sides():
    """A constant 0j, and the step of a complex step, move no side."""
    (x,) = Jet.variables([-2.0], 1)
    assert np.logaddexp(x + 1e-20j, 1.0).value.imag[0] == pytest.approx(1e-20 / (1 + np.exp(3)))
    assert np.arctan2(1.0 + 0 * x, x + 1e-20j).value.imag[0] == pytest.approx(-1e-20 / 5)
    assert np.abs(x + 0j).derivatives[(1,)][0] == -1 and (x + 1e-20j < 0).value.all()


def test_the_sigmoid_far_out():
    """Where eᶻ is below rounding, every derivative of 1/(1 + e⁻ᶻ) is ± eᶻ."""
    np.testing.assert_allclose(derivatives(special.expit, -700.0), np.exp(-700.0), rtol=1e-15)
    far = derivatives(special.expit, 300.0)[1:, 0] / np.exp(-300.0)
    np.testing.assert_allclose(far, [1, -1, 1], rtol=1e-14)


MIXED = [  # f, ∂_x f and ∂_x ∂_y f at (x, y)
    (np.hypot, lambda x, y: x / np.hypot(x, y), lambda x, y: -x * y / np.hypot(x, y) ** 3),
    (
        lambda x, y: np.arctan2(y, x),
        lambda x, y: -y / (x**2 + y**2),
        lambda x, y: (y**2 - x**2) / (x**2 + y**2) ** 2,
    ),
    (
        np.logaddexp,
        lambda x, y: 1 / (1 + np.exp(y - x)),
        lambda x, y: -1 / (4 * np.cosh((x - y) / 2) ** 2),
    ),
    (
        lambda x, y: np.maximum(x * y, x + y),
        lambda x, y: np.where(x * y > x + y, y, 1),
        lambda x, y: np.where(x * y > x + y, 1, 0),
    ),
    (
        lambda x, y: special.gamma(3 + x * y),
        lambda x, y: y * special.gamma(3 + x * y) * special.digamma(3 + x * y),
        lambda x, y: special.gamma(3 + x * y) * (
            special.digamma(3 + x * y)
            + x * y * (special.digamma(3 + x * y) ** 2 + special.polygamma(1, 3 + x * y))
        ),
    ),
    (
        lambda x, y: special.j0(x * y),
        lambda x, y: -y * special.j1(x * y),
        lambda x, y: -x * y * special.j0(x * y),
    ),
    (
        lambda x, y: np.sinc(x * y),
        lambda x, y: (np.cos(np.pi * x * y) - np.sinc(x * y)) / x,
        lambda x, y: -np.pi * np.sin(np.pi * x * y) - (np.cos(np.pi * x * y) - np.sinc(x * y)) / (x * y),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(MIXED)))
def test_mixed_partials(case):
    """J: against closed forms in all four quadrants."""
    f, slope, mixed = MIXED[case]
    nodes = np.array([[0.5, 1.2], [-0.7, 2.0], [-0.6, -2.5], [3.0, -0.25]])
    u = f(*Jet.variables(nodes, 2)).derivatives
    np.testing.assert_allclose(u[(1, 0)], slope(*nodes.T), rtol=2e-14)
    np.testing.assert_allclose(u[(1, 1)], mixed(*nodes.T), rtol=2e-14, atol=2e-14)


# ∂_xⁿ and ∂_yⁿ, n = 1 … 6, and ∂_xⁿ∂_yⁿ, n = 1 … 3, of √(x² + y²) at (x, y), by mpmath with 120 digits.
HYPOT = {
    (1000.0, 0.001): [
        0.9999999999995, 9.999999999985e-16, -2.9999999999925003e-18, 1.1999999999955e-20,
        -5.9999999999685e-23, 3.5999999999748002e-25, 9.999999999995e-07, 0.0009999999999985,
        -2.9999999999925e-12, -2.9999999999775e-09, 4.49999999997375e-17, 4.49999999992125e-14,
        -9.999999999985e-10, 1.999999999982e-09, 1.79999999998425e-19,
    ],
    (1e-8, 5.0): [
        2e-09, 0.2, -2.4e-10, -0.024, 1.44e-10, 0.0144, 1.0, 8.000000000000001e-19, -4.8e-19,
        3.84e-19, -3.84e-19, 4.608e-19, -4e-10, 0.016, 1.152e-10,
    ],
    (3.0, -1e-10): [
        1.0, 3.703703703703704e-22, -3.703703703703704e-22, 4.938271604938272e-22,
        -8.23045267489712e-22, 1.646090534979424e-21, -3.3333333333333335e-11, 0.3333333333333333,
        1.1111111111111111e-11, -0.1111111111111111, -1.8518518518518518e-11, 0.18518518518518517,
        1.1111111111111111e-11, 0.07407407407407407, -2.469135802469136e-11,
    ],
    (0.3, 0.4): [
        0.6, 1.28, -4.608, 12.287999999999997, 44.236800000000024, -1215.03744, 0.8,
        0.7199999999999999, -3.4559999999999995, 19.008, -102.2976, 332.6054400000002, -0.96,
        -11.647999999999998, -579.5020799999998,
    ],
    (-1.25, 2.0): [
        -0.52999894000318, 0.30489826660857094, 0.20554939321926133, 0.06651485982825535,
        -0.190991482652918, -0.5656408228798485, 0.847998304005088, 0.11910088539397302,
        -0.12846837076203832, 0.16672018902264524, -0.23484686385990594, 0.31037136433952867,
        0.19056141663035686, -0.07850524109937893, 0.06703829032052837,
    ],
    (-2.0, -2.5): [
        -0.6246950475544243, 0.1904558071812269, 0.11148632615486453, 0.05302398439072825,
        -0.014590714904265436, -0.10321879357440991, -0.7808688094430303, 0.12189171659598522,
        0.08918906092389163, 0.07309152309860387, 0.05517943091067656, 0.01416237551328434,
        -0.15236464574498151, -0.04782128917016791, -0.0650661769744094,
    ],
}  # fmt: skip
HYPOT_ORDERS = [
    *((n, 0) for n in range(1, 7)),
    *((0, n) for n in range(1, 7)),
    (1, 1),
    (2, 2),
    (3, 3),
]


@pytest.mark.parametrize("x", list(HYPOT))
def test_hypot_keeps_its_digits_where_one_side_is_small(x):
    """J: ∂_y² at (1e−8, 5) is c²/a = 8e−19, and 1 − s² is 0 there."""
    u = np.hypot(*Jet.variables([x], 6))
    assert u.value[0] == np.hypot(*x)
    ours = [u.derivatives[alpha].item() for alpha in HYPOT_ORDERS]
    np.testing.assert_allclose(ours, HYPOT[x], rtol=1e-14)


def test_complex_steps_through_large_and_small_lengths():
    """The derivative of the slope x/√(x² + y²) by x is y²/√(x² + y²)³; no square overflows."""
    for size in (1e-200, 1.0, 1e200):
        x, y = Jet.variables([[3 * size, 4 * size]], 1)
        u = np.hypot(x + 1e-20j * size, y)
        np.testing.assert_allclose(u.value, [5 * size + 0.6e-20j * size], rtol=1e-15)
        moved = u.derivatives[(1, 0)].imag / 1e-20
        np.testing.assert_allclose(moved, [0.128], rtol=1e-14)  # size y²/a³ = 16/125
        turned = np.arctan2(y, x + 1e-20j * size).value.imag / 1e-20
        np.testing.assert_allclose(turned, [-0.16], rtol=1e-14)  # −size y/a² = −4/25


def test_what_would_overflow_in_between():
    for f, x, slope in [
        (lambda x: np.hypot(x, 1e200), 1e200, math.sqrt(0.5)),
        (lambda x: np.arctan2(x, 1e200), 1e200, 0.5e-200),
        (np.arctan, 1e170, 0.0),
        (np.arcsinh, 1e170, 1e-170),
        (lambda x: np.logaddexp(x, 1000.0), 1000.0, 0.5),
        (special.log_ndtr, -1e5, 1e5 + 1e-5),
    ]:
        np.testing.assert_allclose(derivatives(f, x, 1)[1], slope, rtol=1e-13)


POINTS = np.random.default_rng(0).uniform(0.05, 0.95, 1000)
MANY = {  # 1000 points where each is finite
    **{ufunc: POINTS for ufunc in RULES if ufunc.nin == 1},
    np.arccosh: 1 + 3 * POINTS,
    np.exp: 80 * POINTS - 40,
    np.sin: 200 * POINTS,
    np.cos: -200 * POINTS,
    special.gamma: 15 * POINTS,
    special.log_ndtr: 15 * POINTS - 10,
}


@pytest.mark.parametrize("ufunc", MANY, ids=lambda ufunc: ufunc.__name__)
def test_values_of_one_argument_are_numpys_own(ufunc):
    """W8: to the last bit, at a thousand points."""
    x = MANY[ufunc]
    np.testing.assert_array_equal(ufunc(Jet.variables(x, 2)[0]).value, ufunc(x))


@pytest.mark.parametrize("ufunc", [u for u in RULES if u.nin == 2], ids=lambda u: u.__name__)
def test_values_of_two_arguments_are_numpys_own(ufunc):
    """W8: of two jets, and of a jet and a number on either side."""
    x = np.c_[3 * POINTS, POINTS[::-1]]
    u, v = Jet.variables(x, 1)
    np.testing.assert_array_equal(ufunc(u, v).value, ufunc(u.value, v.value))
    for c in (2, 0.5, -1.5, 3, np.float32(0.1)):
        np.testing.assert_array_equal(ufunc(u, c).value, ufunc(u.value, c))
        if ufunc not in (np.power, np.float_power) or c > 0:
            np.testing.assert_array_equal(ufunc(c, u).value, ufunc(c, u.value))


@pytest.mark.parametrize("r", [2, 3, 7, 50, -3, 0.5, 1.5, 2.5, -1.5])
def test_powers_and_their_derivatives_to_four_ulp(r):
    """W8: D zʳ = r z^{r−1}, D² zʳ = r (r − 1) z^{r−2}; and 2ᶻ, zᶻ."""
    x = 0.1 + 5 * POINTS
    for n, ours in enumerate(derivatives(lambda z: z**r, x, 2)):
        exact = (1, r, r * (r - 1))[n] * x ** (r - n)
        assert (np.abs(ours - exact) <= 4 * np.spacing(np.abs(exact))).all()
    assert derivatives(lambda z: 2.0**z, 3.0, 0) == 8.0
    for n, ours in enumerate(derivatives(lambda z: 2.0**z, x, 2)):
        exact = math.log(2) ** n * 2.0**x
        assert (np.abs(ours - exact) <= 4 * np.spacing(exact)).all()
    slope = derivatives(lambda z: z**z, x, 1)[1]
    np.testing.assert_allclose(slope, x**x * (1 + np.log(x)), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("r", [0.1, 1 / 3, 3.7, -0.7, 1e-3, -3.1, -7.3])
@pytest.mark.parametrize("x", [1e-30, 0.3, 7.0, 1e30])
def test_exponents_that_are_no_dyadic_numbers(r, x):
    """W8: x zʳ′ = r zʳ, x² zʳ″ = r (r − 1) zʳ, without the rounding of r − n in the exponent."""
    value, slope, second = derivatives(lambda z: z**r, x, 2)[:, 0]
    assert slope * x == pytest.approx(r * value, rel=1.2e-15)
    assert second * x**2 == pytest.approx(r * (r - 1) * value, rel=1.6e-15)


def test_a_jet_without_derivatives_is_an_exponent_like_its_number():
    np.testing.assert_array_equal(
        derivatives(lambda x: x ** (0 * x + 2), [-3.0])[:, 0], [9, -6, 2, 0]
    )
    np.testing.assert_allclose(derivatives(lambda x: x ** (1j), [2.0], 1)[1], 1j * 2 ** (1j - 1))


# -- where the value is 0 --------------------------------------------------------------------------

LIMITS = [  # f, and f, f′, f″, f‴ at 0 from its Taylor series, NaN where a jet of order 3 ends before
    (lambda t: t / (t + t**2), [1, -1, 2, np.nan]),
    (lambda t: 0 * t / t, [0, 0, 0, np.nan]),
    (lambda t: np.sin(t) / t, [1, 0, -1 / 3, np.nan]),
    (lambda t: (1 - np.cos(t)) / t**2, [0.5, 0, np.nan, np.nan]),
    (lambda t: t**2 / np.expm1(t), [0, 1, -1, np.nan]),
    (lambda t: np.sqrt(t**2 * t**2 + 0 * t), [0, 0, np.nan, np.nan]),
    (lambda t: t**2.5, [0, 0, 0, np.inf]),
    (lambda t: np.sqrt(t), [0, np.inf, np.inf, np.inf]),
    (lambda t: t**1.5, [0, 0, np.inf, np.inf]),
    (lambda t: (t**3) ** (1 / 3), [0, 1, np.nan, np.nan]),
    (lambda t: np.cbrt(t**3), [0, 1, np.nan, np.nan]),
    (lambda t: np.cbrt(-(t**3)), [0, -1, np.nan, np.nan]),
    (lambda t: (t ** np.array([[2.0], [1.5]]))[0], [0, 0, 2, 0]),
    (lambda t: (t ** np.array([[2.0], [1.5]]))[1], [0, 0, np.inf, np.inf]),
    (lambda t: (0 * t) ** 0.5, [0, 0, np.nan, np.nan]),
    (lambda t: np.hypot(t**2, 0), [0, 0, np.nan, np.nan]),
]


@pytest.mark.parametrize("case", range(len(LIMITS)))
def test_limits_by_the_leading_order(case):
    """J: what is determined, what is infinite, and NaN for what the jet does not know."""
    f, expected = LIMITS[case]
    ours = derivatives(f, 0.0)
    np.testing.assert_allclose(ours, np.reshape(expected, ours.shape), rtol=1e-15)


def test_limits_at_some_of_many_nodes_and_in_two_variables():
    """J: sin(xy)/x = y sinc(xy/π), with zeros in both, and √(x⁴y²) = x²|y| with y ≠ 0."""
    nodes = np.array([[0.0, 2.0], [0.5, 0.0], [0.0, 0.0], [1.5, 1.0]])
    x, y = Jet.variables(nodes, 3)
    u = np.sin(x * y) / x
    v = y * np.sinc(x * y / np.pi)
    np.testing.assert_allclose(u.coefficients[:6], v.coefficients[:6], rtol=1e-14, atol=1e-15)
    root = np.sqrt(x[...] ** 2 * x**2 * (y + 3) ** 2).derivatives
    np.testing.assert_allclose(root[(0, 1)], nodes[:, 0] ** 2, rtol=1e-14)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan((y / (x + y)).derivatives[(1, 0)][2])  # no monomial leads
        assert np.isinf((1 / x).value[0]) and np.isnan((y**2 / x).derivatives[(0, 1)][2])
    assert np.isinf(((x + y) ** 1.5).derivatives[(2, 0)][2])
    assert ((x + y) ** 1.5).derivatives[(1, 0)][2] == 0


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_derivative_that_may_be_bounded_is_not_infinite():
    """W: those of r, |x − y|, r³ and √x in two variables, at 0; 1/√x is infinite in x and constant in y."""
    x, y = Jet.variables([(0.0, 0.0)], 3)
    r2 = x * x + y * y
    unknown = [
        (np.sqrt(r2), [(1, 0), (0, 1), (2, 0)]),
        (np.sqrt((x - y) ** 2), [(1, 0), (1, 1)]),
        (r2**1.5, [(3, 0), (1, 2)]),
        (np.sqrt(x), [(1, 1), (2, 1)]),
        (np.sqrt(x * y), [(1, 0), (1, 1)]),
        (x**-0.5, [(0, 1), (1, 1)]),
        (r2**-0.5, [(1, 0), (0, 2)]),
    ]
    for u, indices in unknown:
        assert all(np.isnan(u.derivatives[alpha]) for alpha in indices)
    infinite = [
        (np.sqrt(x), [(1, 0), (2, 0), (3, 0)]),
        (np.sqrt(x * (1 + y)), [(1, 0), (3, 0)]),
        ((x + y) ** 0.5, [(1, 0), (0, 1), (1, 1), (1, 2)]),
        (x**-0.5, [(0, 0), (1, 0), (2, 0)]),
        (r2**-0.5, [(0, 0)]),
    ]
    for u, indices in infinite:
        assert all(np.isposinf(u.derivatives[alpha]) for alpha in indices)
    (t,) = Jet.variables([0.0], 3)
    assert np.isposinf(np.sqrt(t**3).derivatives[(2,)])


def test_a_root_with_a_kink_is_refused_by_place_or_takes_a_side():
    """J: √(t² + t³) = |t| √(1 + t) = |t| (1 + t/2 − t²/8 …)."""

    def f(t):
        return np.sqrt(t**2 + t**3)

    with pytest.raises(
        ValueError, match=r"^np.sqrt: 1 of 2 nodes lie on .* first at x = \[0.0\]; "
    ):
        derivatives(f, [1.0, 0.0])
    ignored = derivatives(f, [0.0], kinks="ignore")[:, 0]
    np.testing.assert_allclose(ignored, [0, 1, 1, np.nan], rtol=1e-15)
    assert derivatives(f, [0.0], order=0) == 0
    with pytest.raises(ValueError, match="^np.hypot: 1 of 1 nodes"):
        derivatives(lambda t: np.hypot(t, 2 * t), [0.0])
    root = derivatives(lambda t: np.hypot(t, 2 * t), [0.0], kinks="ignore")
    np.testing.assert_allclose(root[:2, 0], [0, math.sqrt(5)], rtol=1e-15)


def test_a_power_has_its_kink_where_its_own_order_is_reached():
    """|t|³ = (t²)^{3/2} is C^{2,1}."""
    np.testing.assert_array_equal(derivatives(lambda t: (t**2) ** 1.5, [0.0], 2), [[0], [0], [0]])
    with pytest.raises(ValueError, match=r"^np.power: 1 of 1 nodes lie on its kink"):
        derivatives(lambda t: (t**2) ** 1.5, [0.0], 3)


def test_a_quotient_of_first_order_and_one_beside_what_has_no_limit():
    """t/t = 1 at a node, also where at the one before it the denominator is 0 throughout."""
    (x,) = Jet.variables([0.0, 0.0], 1)
    half = x.like(np.array([[0.0, 0.0], [0.0, 1.0]]))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal((x / half).value, [np.nan, 1])


def test_zero_to_a_complex_power():
    (x,) = Jet.variables([0.0], 1)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal((x ** (2 + 1j)).value, np.power(0.0, [2 + 1j]))


@pytest.mark.parametrize(
    ("x", "y"),
    [(0.3, -0.4), (800.0, 0.0), (0.0, 800.0), (1.5, 1.5), (-1200.0, -400.0), (-400.0, -1200.0)],
)
def test_the_complex_step_of_the_logarithm_of_a_sum(x, y):
    """log(eˣ + eʸ), of which ∂/∂x = 1/(1 + e^{y−x}), without an exponential that overflows."""
    (z,) = Jet.variables([x + 1e-20j], 1)
    a = np.logaddexp(z, y).coefficients[:, 0]
    slope = special.expit(x - y)
    np.testing.assert_allclose(a[0].real, np.logaddexp(x, y), rtol=1e-15)
    np.testing.assert_allclose([a[0].imag / 1e-20, a[1].real], slope, rtol=1e-14)


def test_the_derivative_that_is_infinite_is_blamed():
    """E: x^2.5 at 0 to order 3: D¹ and D² are 0."""
    net, rule = sr.MLP((1, 2, 1)), sr.trapezoid([(0, 1)], 3)
    with pytest.raises(ValueError, match=r"^target: D\^\(3,\) is not finite at 1 of 3 nodes"):
        sr.SobolevLoss(net, lambda x: x**2.5, rule, order=3)
    assert sr.SobolevLoss(net, lambda x: x**2.5, rule, order=2).target_values[2, 0, 0] == 0


@pytest.mark.parametrize("order", [0, 1, 3])
def test_a_target_with_a_removable_singularity_is_carried_to_the_whole_order(order):
    """J: sin(x)/x and (1 − cos x)/x² at 0, by jets of higher order."""
    rule = sr.trapezoid([(0, 1)], 2)

    def f(x):
        return np.sin(x) / x, (1 - np.cos(x)) / x**2

    values = sr.SobolevLoss(sr.MLP((1, 2, 2)), f, rule, order=order).target_values[:, 0]
    exact = [[1, 0.5], [0, 0], [-1 / 3, -1 / 12], [0, 0]]
    np.testing.assert_allclose(values, exact[: order + 1], rtol=1e-14, atol=1e-16)


def taylor_of_series(c, x, order):
    """f⁽ⁿ⁾(x)/n! = Σ_j c_j C(j, n) x^{j−n} for f = Σ c_j xʲ, which loses no digits where |x| <= 1."""
    return [
        math.fsum(c_j * math.comb(j, n) * x ** (j - n) for j, c_j in enumerate(c) if j >= n)
        for n in range(order + 1)
    ]


SINC = [math.cos(j * math.pi / 2) / math.factorial(j + 1) for j in range(40)]
VERSED = [0.0, *(-math.cos(j * math.pi / 2) / math.factorial(j) for j in range(1, 40))]
# √(1 − cos x) = √2 sin(x/2) for x > 0
HALF_SINE = [math.sin(j * math.pi / 2) * 2 ** (0.5 - j) / math.factorial(j) for j in range(40)]
LOG_COSH = [0.0] * 160  # c_{2n} = (−1)^{n+1} ζ(2n) (1 − 4⁻ⁿ)/n (2/π)²ⁿ
LOG_COSH[2::2] = [
    (-1) ** (n + 1) * special.zeta(2 * n) * (1 - 4.0**-n) / n * (2 / math.pi) ** (2 * n)
    for n in range(1, 80)
]
ARCS = [0.0] * 160  # arccos(1 − x²) = 2 arcsin(x/√2)
ARCS[1::2] = [math.sqrt(2) * math.comb(2 * n, n) / 8.0**n / (2 * n + 1) for n in range(80)]
NEAR_ZERO = {  # what loses digits, and its Taylor coefficients at 0
    "sin x / x": (lambda x: np.sin(x) / x, SINC),
    "sin x · 1/x": (lambda x: x**-1 * np.sin(x), SINC),
    "(1 − cos x)/x²": (lambda x: (1 - np.cos(x)) / x**2, VERSED[2:]),
    "(1 − cos x) · (1/x)": (lambda x: (1 - np.cos(x)) * (1 / x), VERSED[1:]),
    "1/x − cos x/x": (lambda x: 1 / x - np.cos(x) / x, VERSED[1:]),
    "(eˣ − 1)/x": (lambda x: (np.exp(x) - 1) / x, [1 / math.factorial(j + 1) for j in range(40)]),
    "x/(x + x²/4)": (lambda x: x / (x + x * x / 4), [(-0.25) ** j for j in range(40)]),
    "√(1 − cos x)": (lambda x: np.sqrt(1 - np.cos(x)), HALF_SINE),
    "|sin x / x|": (lambda x: np.abs(np.sin(x) / x), SINC),
    "−sin x / x": (lambda x: -(np.sin(x) / x), [-c for c in SINC]),
    "log(cosh x)/x": (lambda x: np.log(np.cosh(x)) / x, LOG_COSH[1:]),
    "arccos(1 − x²)/x": (lambda x: np.arccos(1 - x**2) / x, ARCS[1:]),
    "arccos(cos x)": (lambda x: np.arccos(np.cos(x)), [0, 1, *[0] * 6]),
    "arccosh(cosh x)": (lambda x: np.arccosh(np.cosh(x)), [0, 1, *[0] * 6]),
    "exp(log(sin x))": (lambda x: np.exp(np.log(np.sin(x))), [0, *SINC[:-1]]),
    "sin x / x by kind": (lambda x: (np.sin(x) / x).astype(float), SINC),
    "sin x / x by column": (lambda x: np.stack([x, np.sin(x) / x])[1, :], SINC),
    "sin x / x by piece": (lambda x: np.where(x > 2, x, np.sin(x) / x), SINC),
}


@pytest.mark.parametrize("name", NEAR_ZERO)
@pytest.mark.parametrize("x", [1.0, 0.3, 0.1, 1e-2, 1e-3, 1e-4, 1e-6])
def test_derivatives_of_few_digits_are_told(name, x):
    """F14: no coefficient without a warning is off by more than 1e-6, and none with one by less than 1e-9.

    Both are shares of the largest up to the degree, the second at the worst of eight nodes near x.
    """
    f, series = NEAR_ZERO[name]
    nodes, told, worst = x * (1 + 0.02 * np.arange(8) / 8), 7, np.zeros(7)
    for at in nodes:
        exact = np.array(taylor_of_series(series, at, 6))
        jet = f(Jet.variables([at], 6)[0])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert len(jet.derivatives) == 7
        order = 7
        if caught:
            (warning,) = caught
            assert warning.category is RuntimeWarning
            said = r"^rounding may leave the (values|.* (\d) and).* fewer than 6 digits at 1 of 1"
            order = int(re.search(said, str(warning.message))[2] or 0)
        error = np.abs(jet.coefficients[:, 0] - exact) / np.maximum.accumulate(np.abs(exact))
        assert not (error[1:order] > 1e-6).any()
        told, worst = min(told, order), np.maximum(worst, error)
    assert told == 7 or worst[told] > 1e-9
    assert told == 7 if x > 0.2 else told < 7 or x >= 1e-2


@pytest.mark.parametrize("x", [1e-1, 1e-2, 1e-4, 1e-8])
def test_what_keeps_its_digits_near_a_zero_or_a_pole_warns_of_nothing(x):
    """F14: a warning is an error here."""
    pole = [(-1) ** n * x ** -(n + 1) for n in range(5)]
    for f, exact in [
        (lambda x: 1 / x, pole),
        (lambda x: x * x, [x**2, 2 * x, 1, 0, 0]),
        (lambda x: x / x**2, pole),
        (lambda x: (1 / x) * (1 / x) * x**1, pole),
        (lambda x: x**2 / x**3, pole),
        (lambda x: np.exp(x) / x - np.exp(x) / x + 1 / x, pole),
        (lambda x: np.where(np.abs(x) > 0.2, np.sin(x) / x, x * x), [x**2, 2 * x, 1, 0, 0]),
        (lambda x: np.exp(x) / (2 * x / x) - np.exp(x) / 2 + x * x, [x**2, 2 * x, 1, 0, 0]),
        (lambda x: np.sinc(x / np.pi), taylor_of_series(SINC, x, 4)),
        (lambda x: 1 - np.cos(x), taylor_of_series(VERSED, x, 4)),
    ]:
        found = f(Jet.variables([x], 4)[0])
        assert len(found.derivatives) == 5
        np.testing.assert_allclose(found.coefficients[:, 0], exact, rtol=1e-6, atol=1e-15)


def test_what_is_exact_at_a_zero_warns_of_nothing():
    """F14: (1 − cos x) eˣ and its slope at 0, where nothing is of the size of the cosine's rounding."""
    (x,) = Jet.variables([0.0], 1)
    for jet in ((1 - np.cos(x)) * np.exp(x), (x + 1) ** 2 - 1 - 2 * x):
        assert [value.item() for value in jet.derivatives.values()] == [0, 0]


def test_arguments_that_are_rounded_near_a_singularity_or_in_saturation():
    """F14: arctanh(tanh x) = x, 1 − erf x and sinc((1 − cos x)/x²): the last digits are those of 1."""
    for f, x in [
        (lambda x: np.arctanh(np.tanh(x)), 15.0),
        (lambda x: (1 - special.erf(x)) / np.cos(x), 7.0),
        (lambda x: np.sinc((1 - np.cos(x)) / x**2), 1e-4),
        (lambda x: special.gammaln(1e25 * (1 + (np.sin(x) / x - 1))), 1e-4),
        (lambda x: np.hypot((1 - np.cos(x)) / x**2, 1), 1e-4),
        (lambda x: np.sin(((x + 1) - (1 + 1e-13)) / x**3), 1e-6),
    ]:
        with pytest.warns(RuntimeWarning, match="^rounding may leave"):
            assert f(Jet.variables([x], 4)[0]).derivatives
    with pytest.raises(ValueError, match=r"^np\.arctanh: .* but for rounding"):  # 4 units from 1
        np.arctanh(np.tanh(Jet.variables([18.0], 4)[0]))
    found = np.arctanh(np.tanh(Jet.variables([12.0], 4)[0])).derivatives.values()
    np.testing.assert_allclose([v.item() for v in found], [12, 1, 0, 0, 0], atol=3e-6)
    assert np.sinc(Jet.variables([0.5], 0)[0]).derivatives[(0,)] == np.sinc(0.5)


def test_what_rounds_nothing_has_no_error():
    """F14: (x + |x|)/2 at nodes on the left is 0, exactly."""
    (x,) = Jet.variables([-0.3, -0.7], 2)
    for f in (np.abs, np.fabs, lambda x: np.maximum(-x, x), lambda x: -np.minimum(x, +x)):
        for u in ((x + f(x)) / 2).derivatives.values():
            np.testing.assert_array_equal(u, 0)


def test_the_error_of_one_step_by_hand():
    """Jets (u_0, u_1, u_2): whose rounding counts, and how an error of the operand goes on."""
    T = taylor_algebra(1, 2)
    none = np.zeros((3, 1))
    column = lambda *entries: np.array(entries, float)[:, None]

    def error_of(ufunc, a, *operands):
        return cancellation.error_of(ufunc, None, operands, [none] * len(operands), a, T)

    half = column(0.5, 0, 0)  # 1 = 1/2 + 1/2 is rounded, as 1/2 need not be exact
    np.testing.assert_array_equal(error_of(np.add, 2 * half, half, half), column(1, 0, 0))
    far = column(1e10, 1, 0)  # whole numbers, and a slope of 1e−10: that of what saturates
    np.testing.assert_array_equal(error_of(np.exp, far, column(3, 1, 0)), far)

    def moved(rule, u, error):
        return cancellation._moved(rule, [column(*u)], 0, column(*error), T)

    exp = RULES[np.exp]  # |e^u| E(u) with |e^u| = e (1, 1, 1/2) of u = 1 − x
    np.testing.assert_allclose(
        moved(exp, (1, -1, 0), (0, 1, 1)), column(0, np.e, 2 * np.e), rtol=1e-14
    )
    square = lambda u, T: T.product(u, u)  # along E alone at a zero without an error: 2x · x
    np.testing.assert_allclose(moved(square, (0, 1, 0), (0, 1, 0)), column(0, 0, 2), rtol=1e-14)
    assert not moved(lambda u, T: 0 * u, (1, 1, 0), (1, 1, 1)).any()


def test_few_digits_are_told_by_place_and_once_a_target():
    """F14: a warning with the first node, and for a jet by hand with its index."""
    few = r"^rounding may .* of order 3 and above .* at 2 of 4 nodes, the first at "
    nodes = np.array([[1.0], [1e-4], [0.0], [-1e-4]])
    (tiny,) = Jet.variables([1e-200], 3)
    with pytest.warns(RuntimeWarning, match=r"^rounding .* of order 1 .* x = \[1e-200\]"):
        assert (np.sin(tiny) / tiny).derivatives
    (x,) = Jet.variables(nodes, 3)
    with pytest.warns(RuntimeWarning, match=few + r"x = \[0.0001\], as a quotient or a difference"):
        assert (np.sin(x) / x).derivatives
    z = Jet(x.coefficients, x.algebra)
    with pytest.warns(RuntimeWarning, match=few + r"index \[1\], as a quotient"):
        assert (np.sin(z) / z).derivatives
    rule = sr.Quadrature(nodes, np.ones(4))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sr.SobolevLoss(sr.MLP((1, 2, 1)), lambda x: np.sin(x) / x, rule, order=2)
    assert not caught


def test_of_few_digits_the_callers_line_is_blamed():
    """F14: once, be it the line that makes the loss or that asks a jet for derivatives."""
    rule = sr.Quadrature([[1.0], [1e-4]], np.ones(2))
    with pytest.warns(RuntimeWarning, match="^target: rounding may .* x = ") as of_loss:
        sr.SobolevLoss(sr.MLP((1, 2, 1)), lambda x: np.sin(x) / x, rule, order=3)
    (x,) = Jet.variables([1e-4], 3)
    with pytest.warns(RuntimeWarning, match="^rounding may ") as of_jet:
        assert (np.sin(x) / x).derivatives
    assert [w.filename for w in (*of_loss, *of_jet)] == [__file__] * 2


# -- kinks and steps -------------------------------------------------------------------------------

SIDES = [  # f, and the value and slope at −1 and 2
    (np.abs, [1, 2], [-1, 1]),
    (np.fabs, [1, 2], [-1, 1]),
    (lambda x: np.maximum(x, x**2), [1, 4], [-2, 4]),
    (lambda x: np.minimum(x**2, x), [-1, 2], [1, 1]),
    (lambda x: np.fmax(x, of_nodes(x, [np.nan, 1.0])), [-1, 2], [1, 1]),
    (lambda x: np.fmin(of_nodes(x, [np.nan, 1.0]), x), [-1, 1], [1, 0]),
    (lambda x: np.clip(x, -0.5, 3), [-0.5, 2], [0, 1]),
    (lambda x: np.clip(x, a_min=None, a_max=0.5), [-1, 0.5], [1, 0]),
    (lambda x: FUNCTIONS[np.clip](x, x, min=0), [0, 2], [0, 1]),  # NumPy 2.1 has min and max
    (lambda x: FUNCTIONS[np.clip](x, x, max=0.5), [-1, 0.5], [1, 0]),
    (lambda x: np.where(x > 0, x**2, -x), [1, 4], [-1, 4]),
    (lambda x: np.where(x, x**2, 5), [1, 4], [-2, 4]),
    (lambda x: np.where([True, False], x, 5), [-1, 5], [1, 0]),
    (lambda x: np.where(x <= 0, 1.0, 0.0), [1, 0], [0, 0]),
    (lambda x: np.where((x > -2) & ~(x >= 1) | (x == 7), x, 5), [-1, 5], [1, 0]),
    (lambda x: np.where((x < 1) ^ (x != 3), x, 5), [5, 2], [0, 1]),
    (lambda x: (x > 0) * x, [0, 2], [0, 1]),
    (lambda x: (x > 0).astype(float) - x, [1, -1], [-1, -1]),
    (lambda x: np.where(np.isnan(x) | ~np.isfinite(x), 0, x), [-1, 2], [1, 1]),
    (lambda x: np.select([x < 0, x < 3], [-x, x**2], 9), [1, 4], [-1, 4]),
    (lambda x: np.select([x < 0], [-x]), [1, 0], [-1, 0]),
    (lambda x: np.piecewise(x, [x < 0], [lambda s: -s, lambda s: s**2]), [1, 4], [-1, 4]),
    (lambda x: np.piecewise(x, [x < 0], [7]), [7, 0], [0, 0]),
    (lambda x: np.sign(x) * x, [1, 2], [-1, 1]),
    (lambda x: np.heaviside(x, 0.5) * x, [0, 2], [0, 1]),
    (
        lambda x: np.floor(x / 3) + np.ceil(x / 3) + np.trunc(x / 3) + np.rint(x / 3),
        [-1, 2],
        [0, 0],
    ),
]


def test_clip_takes_one_pair_of_bounds():
    """As NumPy's own does, which else would pass one of them over."""
    (x,) = Jet.variables([0.2, 0.9], 1)
    with pytest.raises(ValueError, match=r"^np.clip: got bounds by two pairs of names, takes"):
        FUNCTIONS[np.clip](x, x, 0.3, 0.8, min=0.1)


@pytest.mark.parametrize("case", range(len(SIDES)))
def test_value_and_slope_of_the_side_taken(case):
    """J."""
    f, value, slope = SIDES[case]
    np.testing.assert_array_equal(derivatives(f, [-1.0, 2.0], 1), [value, slope])
    np.testing.assert_array_equal(derivatives(f, [-1.0, 2.0], 0), [value])


def test_a_select_has_a_choice_for_each_condition():
    (x,) = Jet.variables([2.0], 1)
    with pytest.raises(ValueError, match="zip.* argument 2 is longer than argument 1"):
        np.select([x > 0], [x, -x])


ON_KINKS = [  # f, the node on the kink, what is to blame, and what "ignore" takes
    (np.abs, 0.0, "np.absolute", [0, 0]),
    (lambda x: np.maximum(x, 0), 0.0, "np.maximum", [0, 0]),
    (lambda x: np.minimum(2 * x, x), 0.0, "np.minimum", [0, 1]),
    (lambda x: np.fmax(0, x), 0.0, "np.fmax", [0, 1]),
    (lambda x: np.clip(x, 0, 1), 1.0, "np.minimum", [1, 0]),
    (lambda x: np.where(x >= 2, x, -x), 2.0, "np.greater_equal", [2, 1]),
    (lambda x: np.where(x, x, -x), 0.0, "np.not_equal", [0, -1]),
    (lambda x: np.where(x == 1, 5, x), 1.0, "np.equal", [5, 0]),
    (np.sign, 0.0, "np.sign", [0, 0]),
    (np.floor, -3.0, "np.floor", [-3, 0]),
    (np.rint, 2.5, "np.rint", [2, 0]),
    (lambda x: np.heaviside(x, 0.5), 0.0, "np.heaviside", [0.5, 0]),
    (lambda x: np.fmin(2 * x, x), 0.0, "np.fmin", [0, 1]),
    (lambda x: np.arctan2(x, -1.0), 0.0, "np.arctan2", [math.pi, -1]),
    # What has no number at the node alone, as x log x² at 0, has not the slope of what stands in for it.
    (lambda x: np.where(np.isnan(x * np.log(x**2)), 0, x * np.log(x**2)), 0.0, "np.isnan", [0, 0]),
    (lambda x: np.where(np.isfinite(1 / x), 1 / x, 7), 0.0, "np.isfinite", [7, 0]),
    (lambda x: np.select([np.isnan(x * np.log(x**2))], [0], 9), 0.0, "np.isnan", [0, 0]),
    (lambda x: np.where(1 / x > 5, 5, 1 / x), 0.0, "np.greater", [5, 0]),
    (lambda x: np.sign(1 / x), 0.0, "np.sign", [1, 0]),
    (lambda x: np.heaviside(1 / x, 0.5), 0.0, "np.heaviside", [1, 0]),
    (lambda x: np.where(x * np.log(x**2) > -1, x, 5), 0.0, "np.greater", [5, 0]),
]


@pytest.mark.parametrize("case", range(len(ON_KINKS)))
def test_a_node_on_a_kink_is_refused_by_place_or_takes_one_side(case):
    """J: with kinks="ignore", the side that the docstring names; at order 0 there is nothing to refuse."""
    f, node, name, ignored = ON_KINKS[case]
    message = (
        f"{name}: 1 of 2 nodes lie on its kink or step, where there is no derivative, the first at x = "
        f"[{node}]; move them, take one side, of |x| the slope 0, by kinks='ignore', write a smooth power "
        "inside, as np.abs(x**3) for np.abs(x)**3, or give the derivatives themselves, {(0,): f, (1,): df}"
    )
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        derivatives(f, [-7.3, node], 1)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(derivatives(f, [node], 1, "ignore")[:, 0], ignored)
        assert name == "np.arctan2" or derivatives(f, [node], 0) == ignored[0]


@pytest.mark.parametrize(
    "f", [lambda x: np.fmax(x * np.log(x**2), -1), lambda x: np.fmin(3, x * np.log(x**2))]
)
def test_a_number_has_not_the_slope_of_what_has_none(f):
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=r"1 of 2 nodes .* x = \[0.0\]"):
        derivatives(f, [-7.3, 0.0], 1)


def test_a_bound_may_be_infinite():
    for f in (lambda x: np.where(x < np.inf, x, 5), lambda x: np.clip(x, -np.inf, 3)):
        np.testing.assert_array_equal(derivatives(f, [2.0], 1)[:, 0], [2, 1])


@pytest.mark.parametrize("reduce", [np.sum, np.mean, np.prod, np.max])
@pytest.mark.parametrize("axis", [(1, 2), (2, 1), (-1, 1), (-2, -1)])
def test_a_reduction_over_several_axes(reduce, axis):
    (x,) = Jet.variables([0.5, 1.0], 2)
    terms = np.arange(1.0, 7).reshape(2, 3) * x[:, None, None]
    ours, one = reduce(terms, axis=axis), reduce(reduce(terms, axis=2), axis=1)
    np.testing.assert_allclose(ours.coefficients, one.coefficients, rtol=1e-14)
    with pytest.raises(TypeError, match="over the nodes"):
        reduce(terms, axis=(0, 1))


def test_where_two_jets_meet_each_node_is_judged_by_itself():
    u, v = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 2.0]])
    for rule in (piecewise.maximum, piecewise.minimum, piecewise.fmax, piecewise.fmin):
        assert rule(u, v, u)[1].tolist() == [False, True]


def test_the_angle_of_a_vector_has_its_step_on_one_half_axis_and_at_zero():
    slopes = derivatives(lambda x: np.arctan2(x, 0.5), [0.0], 1)
    np.testing.assert_allclose(slopes[:, 0], [0, 2], rtol=1e-15)
    assert derivatives(lambda x: np.arctan2(x, -1.0), [0.0], 0) == math.pi
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="^np.arctan2: 1 of 1 nodes"):
        derivatives(lambda x: np.arctan2(x, x), [0.0], 1)


def test_sides_that_agree_are_no_kink():
    """max(x³, 0) and |x³| are C²; of a jet and itself either is the larger."""
    for f in (lambda x: np.maximum(x**3, 0), lambda x: np.abs(x**3)):
        np.testing.assert_array_equal(derivatives(f, [0.0], 2), [[0], [0], [0]])
        with pytest.raises(ValueError, match="kink"):
            derivatives(f, [0.0], 3)
    np.testing.assert_array_equal(derivatives(lambda x: np.maximum(x, x), [3.0], 1), [[3], [1]])


def test_a_kink_of_a_jet_by_hand_is_told_by_its_index():
    (x,) = Jet.variables([1.0, 2.0], 1)
    with pytest.raises(ValueError, match=r"the first at index \[1\]; move"):
        np.abs(Jet(x.coefficients - [[-1.0, 2.0], [0.0, 0.0]], x.algebra))


def test_kinks_of_a_target_and_of_a_norm():
    """J: `kinks` of the loss reaches the target."""
    net, rule = sr.MLP((1, 2, 1)), sr.trapezoid([(-1, 1)], 3)
    with pytest.raises(ValueError, match=r"^np.absolute: 1 of 3 nodes .* x = \[0.0\]"):
        sr.SobolevLoss(net, np.abs, rule)
    values = sr.SobolevLoss(net, np.abs, rule, kinks="ignore").target_values[..., 0]
    np.testing.assert_array_equal(values, [[1, 0, 1], [-1, 0, 1]])
    with pytest.raises(ValueError, match=r"^np.absolute"):
        sr.sobolev_norm(np.abs, rule, 1)
    assert sr.sobolev_seminorm(np.abs, rule, 1, kinks="ignore") == 1.0
    even = sr.gauss_legendre([(-1, 1)], 8)
    assert sr.sobolev_norm(np.abs, even, 1) == pytest.approx(math.sqrt(2 / 3 + 2), rel=1e-14)


# -- NumPy's functions -----------------------------------------------------------------------------


def test_polynomials():
    """J: 1 + 2x + 3x² by each of NumPy's ways that pass a jet on, and Chebyshev's."""
    x = np.array([-1.5, 0.0, 2.0])
    for f in (
        lambda t: np.polyval([3, 2, 1], t),
        lambda t: np.polynomial.polynomial.polyval(t, [1, 2, 3]),
        lambda t: np.polynomial.chebyshev.chebval(t, [2.5, 2, 1.5]),
    ):
        np.testing.assert_array_equal(derivatives(f, x, 0), [f(x)])
        ours = derivatives(f, x)
        np.testing.assert_allclose(ours, [1 + 2 * x + 3 * x**2, 2 + 6 * x, 6 + 0 * x, 0 * x])


def test_constants_like_a_jet():
    np.testing.assert_array_equal(
        derivatives(lambda x: np.full_like(x, 3.5) + np.zeros_like(x, dtype=float), [1.0, 2.0], 1),
        [[3.5, 3.5], [0, 0]],
    )
    for f in (lambda x: np.ones_like(x, dtype=int), lambda x: (x > 0).astype(int)):
        with pytest.raises(TypeError, match="^dtype: got <class 'int'>, takes float$"):
            derivatives(f, [1.0], 1)


def test_degrees():
    slopes = [
        derivatives(f, 30.0, 1)[1, 0] for f in (np.deg2rad, np.radians, np.rad2deg, np.degrees)
    ]
    np.testing.assert_allclose(slopes, [math.pi / 180] * 2 + [180 / math.pi] * 2, rtol=1e-15)


STACKS = [  # of (x, y), what it is at (2, 3), and ∂/∂x of it
    (lambda x, y: np.stack([x, y * x])[1], 6, 3),
    (lambda x, y: np.stack([x, y * x], axis=-1)[..., -1], 6, 3),
    (lambda x, y: np.stack([x, y * x], axis=1)[:, 1], 6, 3),
    (lambda x, y: np.column_stack([x, y * x])[:, 0], 2, 1),
    (lambda x, y: np.sum(np.stack([x, y * x, 1.0 + 0 * x]), axis=0), 9, 4),
    (lambda x, y: np.mean(np.stack([x, y * x], -1), axis=-1), 4, 2),
    (lambda x, y: np.prod(np.stack([x, y * x], -1), axis=1), 12, 12),
    (lambda x, y: np.max(np.stack([x, y, x - y]), axis=0), 3, 0),
    (lambda x, y: np.min(np.stack([x, y, x - y]), axis=0), -1, 1),
    (lambda x, y: (np.stack([x, y], -1) * x[:, None])[:, 0], 4, 4),
    (lambda x, y: np.stack([np.stack([x, y]), np.stack([y, x])], -1)[0, :, 1], 3, 0),
    (lambda x, y: np.stack([x, y])[1:][0], 3, 0),
]


@pytest.mark.parametrize("case", range(len(STACKS)))
def test_stacks_indices_and_sums_keep_one_number_a_node(case):
    """J."""
    f, value, slope = STACKS[case]
    u = f(*Jet.variables([[2.0, 3.0]] * 4, 1))
    np.testing.assert_array_equal(u.value, [value] * 4)
    np.testing.assert_array_equal(u.derivatives[(1, 0)], [slope] * 4)


def test_shapes():
    x, y = Jet.variables(np.ones((4, 2)), 1)
    both = np.stack([x, y, x], axis=-1)
    assert (both.shape, both.ndim, both.size, len(both)) == ((4, 3), 2, 12, 4)
    assert (np.shape(both), np.ndim(x), np.size(x), len(x)) == ((4, 3), 1, 4, 4)
    with pytest.raises(
        ValueError, match=r"^jets with their nodes on different axes: .* u\[:, None\]"
    ):
        both - x
    for call in (lambda: np.stack([x, y], axis=2), lambda: np.sum(both, axis=2)):
        with pytest.raises(np.exceptions.AxisError):
            call()


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_stack_of_outputs_is_as_many_outputs(axis):
    """E."""
    rule = sr.gauss_legendre([(0, 1)], 3)
    both = sr.SobolevLoss(sr.MLP((1, 2)), lambda x: np.stack([x, x**2], axis=axis), rule)
    apart = sr.SobolevLoss(sr.MLP((1, 2)), lambda x: (x, x**2), rule)
    np.testing.assert_array_equal(both.target_values, apart.target_values)


@pytest.mark.parametrize("key", [0, (slice(None), 0), (..., 0), slice(1, None), [0, 1], (0, 0, 0)])
def test_an_index_that_drops_nodes_is_refused(key):
    """E: `x[:, 0]`."""
    (x,) = Jet.variables([1.0, 2.0], 1)
    with pytest.raises(TypeError, match=r"an index must keep all nodes; .* for f\(X\) with X\["):
        x[key]


# -- jets that must not mix ------------------------------------------------------------------------

MASKED = np.ma.array([1.0, 99.0], mask=[False, True])


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: x * MASKED,
        lambda x: MASKED * x,
        lambda x: x + np.ma.masked,
        lambda x: np.ma.masked - x,
        lambda x: x**MASKED,
        lambda x: MASKED**x,
        lambda x: np.where(MASKED > 0, x, 0),
        lambda x: np.maximum(x, MASKED),
        lambda x: np.stack([x, MASKED]),
        lambda x: np.full_like(x, MASKED),
    ],
)
def test_masked_arrays_are_refused_on_both_sides(mix):
    """W12, F7: the same sentence, with the way out."""
    (x,) = Jet.variables([1.0, 2.0], 1)
    with pytest.raises(
        TypeError, match=r"^a Jet cannot become an array, .* combine with a masked one: .*filled"
    ):
        mix(x)
    with pytest.raises(
        TypeError, match="^a Jet cannot become an array, .* combine with a masked one"
    ):
        x[:, None] * [np.ma.array([1.0, 99.0], mask=[False, True])]
    same = np.ma.array([3.0, 99.0], mask=[False, True])
    np.testing.assert_array_equal((x * same.filled(3)).value, [3, 6])


VARYING = np.array([0.5, 2.0, -1.0])


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: np.full_like(x, VARYING),
        lambda x: np.zeros_like(x) + VARYING,
        lambda x: np.where(x > -1, VARYING, x),
        lambda x: np.where(x > -1, x, VARYING),
        lambda x: VARYING + 0 * x,
        lambda x: VARYING * x,
        lambda x: x / list(VARYING),
        lambda x: x ** VARYING.astype(int),
        lambda x: 2 * x.value * x,
        lambda x: np.clip(x, VARYING, None),
        lambda x: np.arctan2(VARYING, x),
        lambda x: np.stack([x, VARYING]),
        lambda x: np.stack([x, x], axis=-1) * VARYING[:, None],
        lambda x: np.polyval([VARYING, 1.0], x),
        lambda x: np.select([x > 0], [VARYING], x),
        lambda x: np.piecewise(x, [x > 0], [VARYING, x]),
        lambda x: np.ones_like(x).__iadd__(VARYING),
    ],
)
@pytest.mark.parametrize("order", [0, 1])
def test_numbers_that_vary_from_node_to_node_are_no_constants(mix, order):
    """F5: they have derivatives, which would count as 0."""
    (x,) = Jet.variables([1.0, 2.0, 3.0], order)
    varying = r"^a Jet does not combine with numbers that vary from node to node: .* \{\(0,\): y, \(1,\): "
    with pytest.raises(ValueError, match=varying):
        mix(x)


def test_numbers_that_may_stand_beside_a_jet():
    """F5: one of all nodes, one an output, masks and comparisons, and constants that are called so."""
    (x,) = Jet.variables([1.0, 2.0, 3.0], 1)
    for u, value, slope in [
        (np.full(3, 2.0) * x, [2, 4, 6], [2, 2, 2]),
        (np.full_like(x, [7.0]), [7, 7, 7], [0, 0, 0]),
        (np.full_like(x, 7.0 * np.ones(3)), [7, 7, 7], [0, 0, 0]),
        (np.where(VARYING > 0, x, -x), [1, 2, -3], [1, 1, -1]),
        (np.where(x > VARYING + 0.25, x, 9), [1, 9, 3], [1, 0, 1]),
        ((VARYING > 0) * x, [1, 2, 0], [1, 1, 0]),
        (x * of_nodes(x, VARYING), [0.5, 4, -3], VARYING),
        (np.stack([x, x]) * [[2.0], [5.0]], [[2, 4, 6], [5, 10, 15]], [[2] * 3, [5] * 3]),
        (np.stack([x, x], axis=-1) * [2.0, 5.0], [[2, 5], [4, 10], [6, 15]], [[2, 5]] * 3),
    ]:
        np.testing.assert_array_equal(u.derivatives[(0,)], value)
        np.testing.assert_array_equal(u.derivatives[(1,)], slope)
    with pytest.raises(ValueError, match="^a Jet does not combine with numbers that vary"):
        np.where(x > 1.5, x, x) - np.where(VARYING > 1, 1.0, 0.0)


@pytest.mark.parametrize("mix", [lambda x: x * 10**400, lambda x: np.full_like(x, 10**400)])
def test_whole_numbers_beyond_float64_are_refused(mix):
    """E4."""
    (x,) = Jet.variables([1.0], 1)
    with pytest.raises(ValueError, match=r"^a Jet combines with numbers up to 1.8e308, not with"):
        mix(x)


def test_copies_are_functions_of_the_same_variables_and_pickles_are_refused():
    """E13: x · copy of x has the slope 2x."""
    x, y = Jet.variables([[3.0, 5.0]], 1)
    for again in (copy.copy(x), copy.deepcopy(x), copy.deepcopy([x, y])[0]):
        np.testing.assert_array_equal((x * again).derivatives[(1, 0)], [6])
    with pytest.raises(
        TypeError, match="^a Jet cannot be pickled: what its variables are would be"
    ):
        pickle.dumps(x)


def test_a_jet_inside_a_jet_is_an_error():
    """W12: x · d/dt sin t at t = x has the slope cos x − x sin x, and none of these would give it."""
    rule = sr.gauss_legendre([(0, 1)], 3)
    net = sr.MLP((1, 1))

    def inner(x):
        return Jet.variables(x.value, 1)[0]

    mixed = (
        "^jets of different variables: each call of Jet.variables makes its own, and the derivatives of one "
        "are not those of the other; a jet of x's own variables, for a function whose derivatives are known, "
        r"is x.like\(coefficients\)$"
    )
    for f in (
        lambda x: x * np.sin(inner(x)),
        lambda x: np.where(inner(x) > 0, x, 1),
        lambda x: np.stack([x, inner(x)]),
        lambda x: net.function(net.init(0))(x) + inner(x),
        lambda x: x + Jet(x.coefficients, x.algebra),
    ):
        with pytest.raises(ValueError, match=mixed):
            sr.SobolevLoss(net, f, rule)
    with pytest.raises(
        ValueError, match="^target: output 0: got a jet of other variables than the"
    ):
        sr.SobolevLoss(net, lambda x: np.sin(inner(x)), rule)
    (x,) = Jet.variables([1.0], 1)
    u = net.function(net.init(0))(x)
    np.testing.assert_array_equal((u + x.like(x.coefficients)).value, u.value + 1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "sum",
            r"^a Jet cannot carry .sum of an array; give the derivatives themselves, \{\(0,\): f",
        ),
        ("T", "^a Jet cannot carry .T of an array;"),
        ("copy", r"^a Jet cannot carry .copy of an array \(write \+x\);"),
        ("clip", r"^a Jet cannot carry .clip of an array \(write np.clip\(x, low, high\)\);"),
        ("colour", "^'Jet' object has no attribute 'colour'$"),
        ("_data", "^'Jet' object has no attribute '_data'$"),
    ],
)
def test_attributes_of_arrays_that_a_jet_has_not(name, message):
    (x,) = Jet.variables([1.0], 1)
    with pytest.raises(AttributeError, match=message):
        getattr(x, name)


def test_every_name_of_the_tables_is_reached_and_told():
    """E14: a new line of a table has a test, and its name stands where a refusal sends the reader."""
    operators = {"positive", "negative", "add", "subtract", "multiply", "divide", "power"}
    names = {f.__name__ for f in (*RULES, *STEPS, *FUNCTIONS)} - operators
    assert names <= set(re.findall(r"\w+", Jet.__doc__))
    assert {ufunc.__name__ for ufunc in RULES if ufunc.nin == 1} - set(TAYLOR) == {
        *("positive", "negative", "radians", "degrees", "fabs", "psi"),
    }
    assert len(STEPS) == 18 and len(FUNCTIONS) == 19


def test_exponents_of_both_kinds_stand_in_one_array():
    """W8: a whole power of 0 or of a negative number beside one that is not whole."""
    (x,) = Jet.variables([[0.0], [0.5]], order=1)
    slopes = (x ** of_nodes(x, [2.0, 0.1])).derivatives[1,]
    np.testing.assert_allclose(slopes, [0, 0.1 * 0.5**-0.9], rtol=1e-14)
    (x,) = Jet.variables([[-2.0], [0.5]], order=1)
    slopes = (x ** of_nodes(x, [3.0, 0.1])).derivatives[1,]
    np.testing.assert_allclose(slopes, [12, 0.1 * 0.5**-0.9], rtol=1e-14)


def test_trunc_has_no_step_at_zero():
    (x,) = Jet.variables([[0.0], [0.5]], order=1)
    np.testing.assert_array_equal(np.trunc(x).derivatives[1,], [0, 0])
    (x,) = Jet.variables([[1.0], [0.5]], order=1)
    with pytest.raises(ValueError, match="1 of 2 nodes"):
        np.trunc(x)
