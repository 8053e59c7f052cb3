"""Every ufunc and operator of a `Jet`, against derivatives that are found without Taylor arithmetic."""

import math
import re
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy import special

from sobolev_ref import Jet
from sobolev_ref.jets.ufuncs import RULES

ORDER = 5


def falling(r, n):
    """r (r − 1) ⋯ (r − n + 1)."""
    return math.prod(r - i for i in range(n))


def cauchy(f, x, n, radius=0.1, points=64):
    """f⁽ⁿ⁾(x) by Cauchy's integral: n! / (points rⁿ) Σ f(x + r e^{iφ}) e^{−inφ}."""
    phase = 2j * np.pi * np.arange(points) / points
    values = np.array([f(x + radius * np.exp(p)) for p in phase])
    return math.factorial(n) / radius**n * (values * np.exp(-n * phase)).mean().real


def listed(jet):
    """The derivatives at the first node, by order."""
    return [value[0] for value in jet.derivatives.values()]


UNARY = [  # those that Cauchy's integral can reach: of complex numbers, on both sides of x = 0.3, …, 0.7
    *(ufunc for ufunc in RULES if ufunc.nin == 1 and "D->D" in ufunc.types),
]
UNARY.remove(np.arccosh)


def test_the_table_carries_what_numpy_and_scipy_have_in_closed_form():
    assert {ufunc.__name__ for ufunc in UNARY} == {
        *("positive", "negative", "square", "reciprocal", "sqrt", "exp", "expm1", "log", "log1p"),
        *("sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "erf", "ndtr"),
        *("exp2", "log2", "log10", "arcsinh", "arctanh", "erfc", "log_ndtr", "gamma", "psi"),
    }


@pytest.mark.parametrize("ufunc", UNARY, ids=lambda ufunc: ufunc.__name__)
@pytest.mark.parametrize("x", [0.3, 0.55, 0.7])
def test_unary_ufuncs_against_cauchys_integral(ufunc, x):
    (jet,) = Jet.variables([[x]], ORDER)
    for n, value in enumerate(listed(ufunc(jet))):
        expected = cauchy(ufunc, x, n)
        assert abs(value - expected) < (1e-15 * 30**n + 1e-14) * max(1, abs(expected))


CLOSED = [  # f, n-th derivative at x
    (lambda x: np.exp(-2 * x), lambda x, n: (-2) ** n * math.exp(-2 * x)),
    (lambda x: np.sin(3 * x), lambda x, n: 3**n * math.sin(3 * x + n * math.pi / 2)),
    (lambda x: 1 / x, lambda x, n: (-1) ** n * math.factorial(n) / x ** (n + 1)),
    (
        lambda x: np.log(x),
        lambda x, n: math.log(x) if n == 0 else (-1) ** (n - 1) * math.factorial(n - 1) / x**n,
    ),
    (lambda x: np.sqrt(x), lambda x, n: falling(0.5, n) * x ** (0.5 - n)),
    (lambda x: x**2.5, lambda x, n: falling(2.5, n) * x ** (2.5 - n)),
    (lambda x: np.power(x, -1.5), lambda x, n: falling(-1.5, n) * x ** (-1.5 - n)),
    (lambda x: x**-3, lambda x, n: falling(-3, n) * x ** (-3.0 - n)),
    (lambda x: x**7, lambda x, n: falling(7, n) * x ** (7.0 - n)),
    (lambda x: 2.0**x, lambda x, n: math.log(2) ** n * 2**x),
    (lambda x: np.cosh(x) - np.sinh(x), lambda x, n: (-1) ** n * math.exp(-x)),
    (lambda x: np.expm1(x) - np.exp(x), lambda x, n: -1.0 if n == 0 else 0.0),
    (lambda x: np.arcsin(x / 2) + np.arccos(x / 2), lambda x, n: math.pi / 2 if n == 0 else 0.0),
    (lambda x: np.tan(x) * np.cos(x) / np.sin(x), lambda x, n: 1.0 if n == 0 else 0.0),
    (lambda x: np.exp(np.log1p(x) * 2) - (1 + x) ** 2, lambda x, n: 0.0),
    (lambda x: np.tan(np.arctan(x)), lambda x, n: x if n == 0 else float(n == 1)),
]


@pytest.mark.parametrize("case", range(len(CLOSED)))
@pytest.mark.parametrize("x", [0.4, 1.3])
def test_closed_forms(case, x):
    f, exact = CLOSED[case]
    (jet,) = Jet.variables([[x]], ORDER)
    zero = exact(x, 0) == exact(x, 1) == 0  # of which rounding leaves no digit (F14)
    with pytest.warns(RuntimeWarning, match="^rounding") if zero else nullcontext():
        derivatives = listed(f(jet))
    for n, value in enumerate(derivatives):
        assert value == pytest.approx(exact(x, n), rel=1e-12, abs=2e-11 * 3**n / x**n)


def test_mixed_partials_of_a_function_of_three_variables():
    """f = sin(xy) e^{z}: ∂x∂y∂z² f = (cos(xy) − xy sin(xy)) e^{z}."""
    x, y, z = Jet.variables([[0.5, 1.2, -0.3], [2.0, 0.1, 0.4]], 4)
    a, b, c = x.value, y.value, z.value
    mixed = (np.sin(x * y) * np.exp(z)).derivatives[(1, 1, 2)]
    exact = (np.cos(a * b) - a * b * np.sin(a * b)) * np.exp(c)
    np.testing.assert_allclose(mixed, exact, rtol=1e-13)


# -- powers ----------------------------------------------------------------------------------------


def test_powers_at_zero_are_exact():
    (x,) = Jet.variables([[0.0]], 4)
    for power, expected in [
        (x**3, [0, 0, 0, 6, 0]),
        (x**0, [1, 0, 0, 0, 0]),
        (x**2.0, [0, 0, 2, 0, 0]),
        (x ** np.array([2.0]), [0, 0, 2, 0, 0]),
        (x**4.5, [0, 0, 0, 0, 0]),
        (np.square(x), [0, 0, 2, 0, 0]),
    ]:
        assert listed(power) == expected
    assert listed(Jet.variables([[0.0]], 0)[0] ** 0.5) == [0]


def test_a_jet_to_the_power_of_a_jet():
    """xʸ: ∂y = xʸ log x, ∂x∂y = x^{y−1} (1 + y log x)."""
    x, y = Jet.variables([[1.7, 0.6]], 2)
    u = (x**y).derivatives
    assert u[(0, 1)][0] == pytest.approx(1.7**0.6 * math.log(1.7), rel=1e-13)
    assert u[(1, 1)][0] == pytest.approx(1.7**-0.4 * (1 + 0.6 * math.log(1.7)), rel=1e-13)


def test_a_real_power_of_a_complex_jet():
    """∂ zʳ = r z^{r−1}, through the complex step."""
    T = Jet.variables([[0.0]], 2)[0].algebra
    z = Jet(np.array([[1.3 + 1e-20j], [0.7], [0.2]]), T)
    step = (z**2.5).coefficients.imag / 1e-20
    slope = 2.5 * Jet(z.coefficients.real, T) ** 1.5
    np.testing.assert_allclose(step, slope.coefficients, rtol=1e-13)


@pytest.mark.parametrize("order", [0, 2])
def test_exponents_on_axes_of_their_own(order):
    """Two exponents for three nodes."""
    x, r = np.array([0.5, 1.0, 2.0]), np.array([[0.5], [-1.5]])
    powers = list((Jet.variables(x, order)[0] ** r).derivatives.values())
    for n, values in enumerate(powers):
        np.testing.assert_allclose(values, falling(r, n) * x ** (r - n), rtol=1e-13)


# -- laws ------------------------------------------------------------------------------------------


def drawn_jets(d, k, seed, count, low, high):
    rng, (x, *_) = np.random.default_rng(seed), Jet.variables(np.zeros((1, d)), k)
    return [Jet(rng.uniform(low, high, (x.algebra.size, 2)), x.algebra) for _ in range(count)]


@given(st.integers(1, 3), st.integers(0, 4), SEEDS)
def test_a_function_and_its_inverse_compose_to_the_identity(d, k, seed):
    """log∘exp, √∘square, … return the jet itself."""
    (u,) = drawn_jets(d, k, seed, 1, -0.5, 0.5)
    u.coefficients[0] = np.random.default_rng(seed).uniform(0.5, 1.0, 2)
    for there, back in [
        (np.exp, np.log),
        (np.square, np.sqrt),
        (np.tan, np.arctan),
        (np.sin, np.arcsin),
        (np.cos, np.arccos),
        (np.expm1, np.log1p),
        (np.reciprocal, np.reciprocal),
        (lambda v: v**3, lambda v: v ** (1 / 3)),
    ]:
        np.testing.assert_allclose(back(there(u)).coefficients, u.coefficients, atol=1e-10)


@given(st.integers(1, 3), st.integers(0, 4), SEEDS)
def test_identities_between_functions(d, k, seed):
    u, v = drawn_jets(d, k, seed, 2, 0.2, 0.8)
    for left, right in [
        (np.sin(u) ** 2 + np.cos(u) ** 2, np.ones_like(u)),
        (np.cosh(u) ** 2 - np.sinh(u) ** 2, np.ones_like(u)),
        (np.tanh(u), np.sinh(u) / np.cosh(u)),
        (np.exp(u + v), np.exp(u) * np.exp(v)),
        (np.log(u * v), np.log(u) + np.log(v)),
        (u * (v + 1), v * u + u),
        (u**1.5 * u**-0.5, +u),
        (u / v, u * np.reciprocal(v)),
        (u - v, -(v - u)),
    ]:
        np.testing.assert_allclose(left.coefficients, right.coefficients, rtol=1e-9, atol=1e-9)


# -- what a jet combines with ----------------------------------------------------------------------


def test_constants_and_arrays_of_constants_on_either_side():
    (x,) = Jet.variables([[1.0], [2.0]], 1)
    c = np.array([3.0, 3.0])
    for u, value, slope in [
        (2 - x, [1, 0], [-1, -1]),
        (x - 2, [-1, 0], [1, 1]),
        (6 / x, [6, 3], [-6, -1.5]),
        (c * x, [3, 6], c),
        (x * c, [3, 6], c),
        (c + x, [4, 5], [1, 1]),
        (x / c, [1 / 3, 2 / 3], 1 / c),
        (x * np.float32(2), [2, 4], [2, 2]),
        (10**30 * x, [1e30, 2e30], [1e30, 1e30]),
        (+x, [1, 2], [1, 1]),
        (x * True, [1, 2], [1, 1]),
        (x * 1j, [1j, 2j], [1j, 1j]),
        (
            np.array([4, 4], np.int8) ** x,
            [4, 16],
            np.log([4.0**4, 4.0**16]),
        ),  # not in half precision
        (x ** np.array([3.0, 3.0]), [1, 8], [3, 12]),
        (x ** x.like(x.algebra.constant(np.array([2.0, 3.0]))), [1, 8], [2, 12]),
    ]:
        np.testing.assert_allclose(u.derivatives[(0,)], value, rtol=1e-15)
        np.testing.assert_allclose(u.derivatives[(1,)], slope, rtol=1e-15)


def test_augmented_assignment_and_constant_arrays():
    (x,) = Jet.variables([[1.0], [2.0]], 1)
    u = np.ones_like(x) + np.zeros_like(x)
    u += x
    u *= x
    np.testing.assert_array_equal(u.derivatives[(0,)], [2.0, 6.0])
    np.testing.assert_array_equal(u.derivatives[(1,)], [3.0, 5.0])


def test_coefficients_may_be_whole_numbers_or_infinite():
    (x,) = Jet.variables([2.0], 2)  # for d = 1, nodes may be a plain vector
    whole = Jet(np.array([[2], [1], [0]]), x.algebra)
    np.testing.assert_array_equal(np.log(whole).coefficients, np.log(x).coefficients)
    assert np.isinf(Jet(np.full((3, 1), np.inf), x.algebra).value[0])
    assert repr(x) == "Jet(d=1, order=2, value=array([2.]))"


# -- refusals --------------------------------------------------------------------------------------

INTO_AN_ARRAY = "into an array (write s = s + x for s += x)"
REFUSED = [  # the call, and what a jet cannot carry of it
    (np.spacing, "np.spacing"),
    (np.conjugate, "np.conjugate"),
    (special.entr, "special.entr"),
    (np.frompyfunc(abs, 1, 1), "abs (vectorized)"),
    (round, "Python's round (write np.rint(x))"),
    (lambda x: round(x, 2), "Python's round (write np.rint(x))"),
    (lambda x: np.copysign(x, x), "np.copysign"),
    (lambda x: x // 2, "np.floor_divide (write np.floor(x / c))"),
    (lambda x: x % 2, "np.remainder (write x - c * np.floor(x / c))"),
    (lambda x: np.fmod(x, 2), "np.fmod (write x - c * np.trunc(x / c))"),
    (np.round, "np.round (write np.rint(x))"),
    (np.copy, "np.copy (write +x)"),
    (np.empty_like, "np.empty_like (write np.zeros_like(x))"),
    (lambda x: np.logical_not(x > 2), "np.logical_not (write ~(x > a))"),
    (lambda x: np.logical_and(x > 2, x < 3), "np.logical_and (write (x > a) & (x < b))"),
    (lambda x: np.logical_or(x > 2, x < 3), "np.logical_or (write (x < a) | (x > b))"),
    (lambda x: np.logical_xor(x > 2, x < 3), "np.logical_xor (write (x < a) ^ (x > b))"),
    (lambda x: x @ x, "np.matmul"),
    (np.linalg.norm, "np.linalg.norm (write np.hypot(x, y) or np.sqrt(x**2 + y**2))"),
    (np.amax, "np.amax (write np.max(x, axis=0))"),
    (np.amin, "np.amin (write np.min(x, axis=0))"),
    (np.sum, "np.sum over the nodes"),
    (lambda x: np.max(x, axis=0), "np.max over the nodes"),
    (lambda x: np.sum(x, axis=0, keepdims=True), "np.sum with axis, keepdims="),
    (lambda x: np.ones_like(x, order="C"), "np.ones_like with order="),
    (lambda x: np.add.reduce(x), "np.add.reduce"),
    (lambda x: np.add(x, 1, where=True), "np.add with where="),
    (lambda x: np.sin(x, order="C", casting="no"), "np.sin with order, casting="),
    (lambda x: np.add(1.0, x, out=np.ones(1)), f"np.add {INTO_AN_ARRAY}"),
    (lambda x: np.ones(1).__iadd__(x), f"np.add {INTO_AN_ARRAY}"),
]


@pytest.mark.parametrize(("call", "what"), REFUSED)
def test_what_a_jet_cannot_carry_is_refused_by_name(call, what):
    (x,) = Jet.variables([[1.0]], 1)
    way_out = (
        "give the derivatives themselves, {(0,): f, (1,): df}, or write f with what it carries"
    )
    start = re.escape(f"a Jet cannot carry {what}; {way_out}")
    with pytest.raises(TypeError, match=rf"^{start}: arithmetic, .*; help\(Jet\) lists them$"):
        call(x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: x if x else -x,
            r"^a Jet cannot decide a condition: its nodes may fall on both sides; write np.where\(x > 0, f, "
            r"g\) for `if x > 0`, or give the derivatives themselves, \{\(0,\): f, \(1,\): df\}$",
        ),
        (
            np.asarray,
            "^a Jet cannot become an array, .* combine with a masked one: ",
        ),
        (lambda x: np.array([x, x]), r"a tuple or np.stack\(\[x, y\]\) for np.array"),
        (np.vectorize(math.sin), r"write .* f\(x\) for np.vectorize\(f\)\(x\), "),
        (lambda x: x + "a", "^a Jet combines with numbers, not with str$"),
        (lambda x: x * np.eye(1).view(np.matrix), "^a Jet combines with numbers, not with matrix$"),
        (lambda x: x + object(), "^a Jet combines with numbers, not with object$"),
        (
            math.sin,
            r"^a Jet cannot become a number: .* write np.sin\(x\) for math.sin\(x\), or give the ",
        ),
        (math.floor, "^a Jet cannot become a number"),
        (float, "^a Jet cannot become a number"),
        (int, "^a Jet cannot become a number"),
        (complex, "^a Jet cannot become a number"),
    ],
)
def test_what_would_lose_the_derivatives_is_a_type_error(call, message):
    (x,) = Jet.variables([[1.0]], 1)
    with pytest.raises(TypeError, match=message):
        call(x)


def test_jets_of_different_kinds_do_not_mix():
    (x,), (y,) = Jet.variables([[1.0]], 1), Jet.variables([[1.0]], 2)
    two, three = (Jet(np.ones((2, n)), x.algebra) for n in (2, 3))
    takes = "cannot take a result of shape (1,), or one of another order"
    for call, message in [
        (lambda: x + y, "jets of different kinds: (d, order) = (1, 1) and (1, 2)"),
        (
            lambda: two + three,
            "a Jet of value shape (2,) does not combine with one of value shape (3,)",
        ),
        (lambda: np.sin(x, out=two), f"out: a jet of value shape (2,) {takes}"),
        (lambda: np.sin(x, out=y), f"out: a jet of value shape (1,) {takes}"),
    ]:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            call()


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda T: Jet(["a", "b"], T), TypeError, "^coefficients: got"),
        (lambda T: Jet(np.ones((2, 1)), 3), TypeError, "^algebra: got 3, takes a TaylorAlgebra$"),
        (
            lambda T: Jet(np.zeros((3, 1)), T),
            ValueError,
            r"^coefficients: got shape \(3, 1\), but d = 1 and order = 1 have 2 multi-indices$",
        ),
        (lambda T: Jet(np.zeros(()), T), ValueError, r"^coefficients: got shape \(\)"),
        (lambda T: Jet.variables("ab", 1), TypeError, "^x: got"),
        (
            lambda T: Jet.variables(np.zeros((1, 20)), 20),
            ValueError,
            "order: got 20 in 20 dimensions, 137,846,528,820",
        ),
    ],
)
def test_what_makes_no_jet_is_refused(make, error, match):
    with pytest.raises(error, match=match):
        make(Jet.variables([[1.0]], 1)[0].algebra)


def test_a_jet_is_no_place():
    (x,) = Jet.variables([[1.0]], 1)
    with pytest.raises(
        TypeError, match="^a Jet cannot be written to by place, or be a place itself"
    ):
        [1, 2][x]
