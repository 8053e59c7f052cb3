"""Every ufunc and operator of a `Jet` against derivatives obtained without Taylor arithmetic."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from sobolev_ref import Jet
from sobolev_ref.jets import elementary
from sobolev_ref.jets.jet import RULES

ORDER = 5


def falling(r, n):
    """r (r − 1) ⋯ (r − n + 1)."""
    return math.prod(r - i for i in range(n))


def cauchy(f, x, n, radius=0.1, points=64):
    """f⁽ⁿ⁾(x) by Cauchy's integral: n! / (points rⁿ) Σ f(x + r e^{iφ}) e^{−inφ}."""
    phase = 2j * np.pi * np.arange(points) / points
    values = np.array([f(x + radius * np.exp(p)) for p in phase])
    return math.factorial(n) / radius**n * (values * np.exp(-n * phase)).mean().real


UNARY = {
    "positive": np.positive,
    "negative": np.negative,
    "square": np.square,
    "reciprocal": np.reciprocal,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "erf": special.erf,
    "ndtr": special.ndtr,
}


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", [0.3, 0.55, 0.7])
def test_unary_ufuncs_against_cauchys_integral(name, x):
    (jet,) = Jet.variables([[x]], ORDER)
    derivatives = UNARY[name](jet).derivatives
    for n in range(ORDER + 1):
        expected = cauchy(UNARY[name], x, n)
        scale = max(1, abs(expected))
        assert abs(derivatives[(n,)][0] - expected) < 1e-15 * 30**n * scale + 1e-14 * scale


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
    for (n,), value in f(jet).derivatives.items():
        assert value[0] == pytest.approx(exact(x, n), rel=1e-12, abs=2e-11 * 3**n / x**n)


def test_powers_at_zero_are_exact():
    (x,) = Jet.variables([[0.0]], 4)
    assert [float(v[0]) for v in (x**3).derivatives.values()] == [0, 0, 0, 6, 0]
    assert [float(v[0]) for v in (x**0).derivatives.values()] == [1, 0, 0, 0, 0]
    assert [float(v[0]) for v in (x**2.0).derivatives.values()] == [0, 0, 2, 0, 0]
    assert [float(v[0]) for v in (x ** np.array([2.0])).derivatives.values()] == [0, 0, 2, 0, 0]
    assert [float(v[0]) for v in (x**4.5).derivatives.values()] == [0, 0, 0, 0, 0]
    assert float((Jet.variables([[0.0]], 0)[0] ** 0.5).value[0]) == 0
    assert [float(v[0]) for v in np.square(x).derivatives.values()] == [0, 0, 2, 0, 0]


def test_a_real_power_of_a_complex_jet_and_of_arrays_on_other_axes():
    """∂ z^r = r z^{r−1} through the complex step; two exponents for three nodes, at order 0 as well."""
    T = Jet.variables([[0.0]], 2)[0].algebra
    z = Jet(np.array([[1.3 + 1e-20j], [0.7], [0.2]]), T)
    step = (z**2.5).coefficients.imag / 1e-20
    slope = 2.5 * Jet(z.coefficients.real, T) ** 1.5
    np.testing.assert_allclose(step, slope.coefficients, rtol=1e-13)
    for k in (0, 2):
        x = np.array([0.5, 1.0, 2.0])
        (u,) = Jet.variables(x, k)
        r = np.array([[0.5], [-1.5]])
        powers = (u**r).derivatives
        np.testing.assert_allclose(powers[(0,)], x**r, rtol=1e-14)
        if k:
            np.testing.assert_allclose(powers[(2,)], r * (r - 1) * x ** (r - 2), rtol=1e-13)


def test_absolute_value_is_continued_by_the_sign_of_the_real_part():
    r = np.array([-3 + 1j, 3 - 1j, 1e-20j])
    np.testing.assert_array_equal(elementary.absolute(r), [3 - 1j, 3 - 1j, 0])
    np.testing.assert_array_equal(elementary.absolute(np.array([-2.0, 2.0])), [2, 2])


def test_a_new_jet_has_double_precision():
    T = Jet.variables([[0.0]], 2)[0].algebra
    for kind, dtype in [(np.float32, float), (bool, float), (np.complex64, complex)]:
        assert elementary.start(np.ones(4, kind), T).dtype == dtype
        assert elementary.unfilled(np.ones((3, 4), kind), T).dtype == dtype


def test_mixed_partials_of_a_function_of_three_variables():
    """f = sin(xy) e^{z}: ∂x∂y∂z² f = (cos(xy) − xy sin(xy)) e^{z}."""
    x, y, z = Jet.variables([[0.5, 1.2, -0.3], [2.0, 0.1, 0.4]], 4)
    f = np.sin(x * y) * np.exp(z)
    a, b, c = x.value, y.value, z.value
    np.testing.assert_allclose(
        f.derivatives[(1, 1, 2)], (np.cos(a * b) - a * b * np.sin(a * b)) * np.exp(c), rtol=1e-13
    )


def test_a_jet_to_the_power_of_a_jet():
    """xʸ: ∂y = xʸ log x, ∂x∂y = x^{y−1} (1 + y log x)."""
    x, y = Jet.variables([[1.7, 0.6]], 2)
    u = (x**y).derivatives
    assert u[(0, 1)][0] == pytest.approx(1.7**0.6 * math.log(1.7), rel=1e-13)
    assert u[(1, 1)][0] == pytest.approx(1.7**-0.4 * (1 + 0.6 * math.log(1.7)), rel=1e-13)


def test_constants_and_arrays_of_constants_on_either_side():
    (x,) = Jet.variables([[1.0], [2.0]], 1)
    c = np.array([3.0, 5.0])
    for u, value, slope in [
        (2 - x, [1, 0], [-1, -1]),
        (x - 2, [-1, 0], [1, 1]),
        (6 / x, [6, 3], [-6, -1.5]),
        (c * x, [3, 10], c),
        (x * c, [3, 10], c),
        (c + x, [4, 7], [1, 1]),
        (x / c, [1 / 3, 0.4], 1 / c),
        (x * np.float32(2), [2, 4], [2, 2]),
        (+x, [1, 2], [1, 1]),
        (x * True, [1, 2], [1, 1]),
        (x * 1j, [1j, 2j], [1j, 1j]),
        (np.array([2, 4], np.int8) ** x, [2, 16], np.log([4, 4.0**16])),  # not in half precision
        (x ** np.array([2.0, 3.0]), [1, 8], [2, 12]),
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


@pytest.mark.parametrize(
    "ufunc",
    [
        np.abs,
        np.floor,
        np.arctan2,
        np.maximum,
        np.greater,
        np.sign,
        np.cbrt,
        np.hypot,
        np.log2,
        np.isnan,
    ],
)
def test_a_ufunc_that_no_jet_carries_is_refused_by_name(ufunc):
    (x,) = Jet.variables([[1.0]], 1)
    with pytest.raises(TypeError, match=rf"np\.{ufunc.__name__}\b"):
        ufunc(*(x,) * ufunc.nin)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x > 0,
        lambda x: np.where(True, x, 0),
        lambda x: np.sum(x),
        lambda x: np.asarray(x),
        lambda x: math.sin(x),
        lambda x: float(x),
        lambda x: x + "a",
        lambda x: x @ x,
        lambda x: np.add.reduce(x),
        lambda x: np.add(x, 1, where=True),
        lambda x: x + object(),
        lambda x: np.add(np.ones(1), x, out=np.ones(1)),
        lambda x: np.ones_like(x, dtype=int),
        lambda x: x if x else -x,
        lambda x: np.ones(1).__iadd__(x),
        lambda x: x ** (1 + 2j),
        lambda x: abs(x),
        lambda x: x // 2,
        lambda x: x % 2,
        lambda x: x == 1,
    ],
)
def test_what_would_lose_the_derivatives_is_a_type_error(call):
    (x,) = Jet.variables([[1.0]], 1)
    with pytest.raises(TypeError):
        call(x)


CARRIED = (
    "it carries add, arccos, arcsin, arctan, cos, cosh, divide, erf, exp, expm1, log, log1p, multiply, "
    "ndtr, negative, positive, power, reciprocal, sin, sinh, sqrt, square, subtract, tan, tanh"
)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.abs(x), f"a Jet cannot carry np.absolute; {CARRIED}"),
        (lambda x: np.sum(x), f"a Jet cannot carry np.sum; {CARRIED}"),
        (lambda x: np.ones_like(x, float), f"a Jet cannot carry np.ones_like; {CARRIED}"),
        (lambda x: np.ones_like(x, order="C"), f"a Jet cannot carry np.ones_like; {CARRIED}"),
        (lambda x: np.add.reduce(x), f"a Jet cannot carry np.add.reduce; {CARRIED}"),
        (lambda x: np.add(x, 1, where=True), f"a Jet cannot carry np.add with where=; {CARRIED}"),
        (
            lambda x: np.sin(x, order="C", casting="no"),
            f"a Jet cannot carry np.sin with order, casting=; {CARRIED}",
        ),
        (
            lambda x: np.add(1.0, x, out=np.ones(1)),
            f"a Jet cannot carry np.add into an array; {CARRIED}",
        ),
        (
            bool,
            "a Jet cannot decide a condition: which branch is taken would have no derivative; write "
            "the function without `if`",
        ),
        (np.asarray, "a Jet cannot become an array: its derivatives would be lost"),
        (lambda x: x + "a", "a Jet combines with numbers, not with str"),
        (lambda x: x ** (1 + 2j), "a Jet takes a real exponent, not complex"),
    ],
)
def test_a_refusal_says_what_was_asked_and_what_is_carried(call, message):
    (x,) = Jet.variables([[1.0]], 1)
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        call(x)


def test_jets_of_different_kinds_do_not_mix():
    (x,), (y,) = Jet.variables([[1.0]], 1), Jet.variables([[1.0]], 2)
    with pytest.raises(
        ValueError, match=r"^jets of different kinds: \(d, order\) = \(1, 1\) and \(1, 2\)$"
    ):
        x + y
    for shape in [(3, 1), ()]:
        with pytest.raises(
            ValueError,
            match=f"^coefficients: got shape {re.escape(str(shape))}, but d = 1 and order = 1 have "
            "2 multi-indices$",
        ):
            Jet(np.zeros(shape), x.algebra)


def test_a_jet_is_made_of_numbers_and_an_algebra():
    (x,) = Jet.variables([[2.0]], 2)
    whole = Jet(np.array([[2], [1], [0]]), x.algebra)
    np.testing.assert_array_equal(np.log(whole).coefficients, np.log(x).coefficients)
    with pytest.raises(TypeError, match="^coefficients: got"):
        Jet(["a", "b", "c"], x.algebra)
    with pytest.raises(TypeError, match="^algebra: got None, takes a TaylorAlgebra$"):
        Jet(np.ones((3, 1)), None)
    with pytest.raises(TypeError, match="^algebra: got 3, takes a TaylorAlgebra$"):
        Jet(np.ones((3, 1)), 3)
    with pytest.raises(TypeError, match="^x: got"):
        Jet.variables("ab", 1)
    with pytest.raises(
        ValueError,
        match=r"^a Jet of value shape \(2,\) does not combine with one of value shape \(3,\)$",
    ):
        Jet(np.ones((3, 2)), x.algebra) + Jet(np.ones((3, 3)), x.algebra)
    for out in (Jet(np.ones((3, 2)), x.algebra), Jet.variables([[2.0]], 1)[0]):
        with pytest.raises(
            ValueError,
            match=rf"^out: a jet of value shape {re.escape(str(out.value.shape))} cannot take a "
            r"result of shape \(1,\), or one of another order$",
        ):
            np.sin(x, out=out)
    pole = Jet(np.full((3, 1), np.inf), x.algebra)
    assert np.isinf(pole.value[0])
    assert float((10**30 * x).value[0]) == 2e30


def test_the_table_carries_what_the_documentation_lists():
    assert {u.__name__ for u in RULES} == set(UNARY) | {
        "add",
        "subtract",
        "multiply",
        "divide",
        "power",
    }


@given(st.integers(1, 3), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_a_function_and_its_inverse_compose_to_the_identity(d, k, seed):
    """log∘exp, sqrt∘square, arctan∘tan, arcsin∘sin, log1p∘expm1, 1/(1/u) return the jet itself."""
    rng = np.random.default_rng(seed)
    T = Jet.variables(np.zeros((1, d)), k)[0].algebra
    coefficients = rng.uniform(-0.5, 0.5, (T.size, 3))
    coefficients[0] = rng.uniform(0.5, 1.0, 3)
    u = Jet(coefficients, T)
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
        np.testing.assert_allclose(back(there(u)).coefficients, coefficients, atol=1e-10)


@given(st.integers(1, 3), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_identities_between_functions(d, k, seed):
    rng = np.random.default_rng(seed)
    T = Jet.variables(np.zeros((1, d)), k)[0].algebra
    u, v = (Jet(rng.uniform(0.2, 0.8, (T.size, 2)), T) for _ in range(2))
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


def test_repr_and_nodes():
    (x,) = Jet.variables([0.5, 1.5], 2)  # for d = 1 nodes may be a plain vector
    assert repr(x) == "Jet(d=1, order=2, value=array([0.5, 1.5]))"
    with pytest.raises(ValueError, match="order: got 20 in 20 dimensions, 137,846,528,820"):
        Jet.variables(np.zeros((1, 20)), 20)
