"""(V1): intervals hold every Taylor coefficient on whole cells, and little more."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sobolev_ref import Jet
from sobolev_ref.jets.intervals import RULES, Interval, coefficient_range, outward

ORDER = 5
FUNCTIONS = {  # on [−2, 2]
    "add": lambda x: 2 + x + np.exp(x),
    "subtract": lambda x: 1 - x - np.sin(x) - 2,
    "multiply": lambda x: 3 * x * np.sin(x),
    "divide": lambda x: (1 + x) / (3 + x) / 7 + 2 / (1 + 25 * x**2),
    "power": lambda x: x**3 + (x + 4) ** 2.5 + (x + 4) ** -1.5 + (x + 4) ** (1 / 3) + 2**x,
    "float_power": lambda x: np.float_power(x + 4, 0.5) + np.float_power(x + 3, x),
    "positive": lambda x: +x,
    "negative": lambda x: -(x**2),
    "square": lambda x: np.square(np.sin(x)),
    "reciprocal": lambda x: np.reciprocal(x - 5),
    "sqrt": lambda x: np.sqrt(3 + x),
    "exp": lambda x: np.exp(-(x**2)),
    "exp2": lambda x: np.exp2(-x),
    "expm1": lambda x: np.expm1(x / 2),
    "log": lambda x: np.log(4 + x),
    "log2": lambda x: np.log2(4 - x),
    "log10": lambda x: np.log10(4 + x**2),
    "log1p": lambda x: np.log1p(x * x),
    "sin": lambda x: np.sin(3 * x + 1),
    "cos": lambda x: np.cos(np.pi * x),
    "tan": lambda x: np.tan(x / 2),
    "sinh": lambda x: np.sinh(2 * x),
    "cosh": lambda x: np.cosh(x - 0.5),
    "tanh": lambda x: np.tanh(2 * x),
    "arctan": lambda x: np.arctan(x - 1),
    "arcsinh": lambda x: np.arcsinh(2 * x),
    "deg2rad": lambda x: np.deg2rad(x),
    "radians": lambda x: np.radians(x),
    "rad2deg": lambda x: np.rad2deg(x),
    "degrees": lambda x: np.degrees(x),
}


def by_jets(f, x):
    """The coefficients at points, shape (k + 1, points)."""
    return f(*Jet.variables(x[:, None], ORDER)).coefficients


def test_each_ufunc_has_its_function_here():
    assert {ufunc.__name__ for ufunc in RULES} == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
@given(st.floats(-2, 2), st.floats(0, 2), st.floats(0, 1))
def test_every_coefficient_of_every_point_of_a_cell_is_inside(name, a, length, share):
    """Against the jet at one point of the cell, whose rounding is no larger than 10⁻¹² of what it adds."""
    f, b = FUNCTIONS[name], min(a + length, 2.0)
    x = np.array([a + share * (b - a)])
    low, high = coefficient_range(f, ORDER, [a], [b])
    room = 1e-12 * (1 + np.abs(by_jets(f, x)))
    with np.errstate(invalid="ignore"):
        assert not (by_jets(f, x) < low - room).any() and not (by_jets(f, x) > high + room).any()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_on_short_cells_they_hold_little_more(name):
    """The excess falls with the length: with 4000 cells it is below 3 % of the largest coefficient."""
    f, ends = FUNCTIONS[name], np.linspace(-2, 2, 4001)
    low, high = coefficient_range(f, ORDER, ends[:-1], ends[1:])
    at = np.abs(by_jets(f, ends)).max(axis=1)
    assert (np.maximum(np.abs(low), np.abs(high)).max(axis=1) <= 1.03 * at + 1e-12).all()


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_rounding_is_inside(x, y):
    """x(x − y)/3 + y and its slope (2x − y)/3 at one point, by fractions: no digit is lost outside."""
    low, high = coefficient_range(lambda t: t * (t - y) / 3 + y, 1, [x], [x])
    X, Y = Fraction(x), Fraction(y)
    for n, exact in enumerate((X * (X - Y) / 3 + Y, (2 * X - Y) / 3)):
        assert Fraction(float(low[n, 0])) <= exact <= Fraction(float(high[n, 0]))
    size = abs(x) * (abs(x) + abs(y)) + abs(y)
    assert high[0, 0] - low[0, 0] <= 1e-13 * size + 1e-290


def test_single_operations_are_the_least_interval():
    x = Interval(np.array([-1.0, 1.0, -3.0, 2.0]), np.array([2.0, 4.0, -2.0, 9.0]))
    for found, lower, upper in (
        (x**2, [0, 1, 4, 4], [4, 16, 9, 81]),
        (x**3, [-1, 1, -27, 8], [8, 64, -8, 729]),
        (x**-2, [0.25, 1 / 16, 1 / 9, 1 / 81], [np.inf, 1, 1 / 4, 1 / 4]),
        (1 / x, [-np.inf, 1 / 4, -1 / 2, 1 / 9], [np.inf, 1, -1 / 3, 1 / 2]),
        (abs(x), [0, 1, 2, 2], [2, 4, 3, 9]),
        (x * x, [-2, 1, 4, 4], [4, 16, 9, 81]),  # it does not know that both are one
        (x - x, [-3, -3, -1, -7], [3, 3, 1, 7]),
        (x.cosh(), np.cosh([0, 1, 2, 2]), np.cosh([2, 4, 3, 9])),
        (x.sin(), [np.sin(-1), np.sin(4), np.sin(-2), -1], [1, 1, np.sin(-3), 1]),
        (x.cos(), [np.cos(2), -1, np.cos(-3), -1], [1, np.cos(1), np.cos(-2), 1]),
    ):
        np.testing.assert_allclose(found.lo, lower, rtol=1e-14, atol=1e-290)
        np.testing.assert_allclose(found.hi, upper, rtol=1e-14, atol=1e-290)
    wide = Interval(np.array([-np.inf]), np.array([np.inf]))
    with np.errstate(invalid="ignore"):  # as in `coefficient_range`
        assert (wide.sin().lo, wide.sin().hi) == pytest.approx((-1, 1))
    moved = outward(np.array([-1.0]), np.array([0.0]))
    assert -1 - 1e-14 < moved.lo[0] < -1 < 0 < moved.hi[0] < 1e-299


def test_constants_lists_and_unknown_places():
    low, high = coefficient_range(lambda x: 3.0, 2, [0.0, 1.0], [1.0, 2.0])
    np.testing.assert_allclose(low, [[3, 3], [0, 0], [0, 0]], atol=1e-14)
    np.testing.assert_array_equal(low, high)
    (low,), (high,) = coefficient_range(lambda x: [2 * x], 0, [1.0], [2.0])
    assert (low[0], high[0]) == pytest.approx((2, 4))
    low, high = coefficient_range(lambda x: 1 / x, 1, [-1.0], [1.0])
    assert np.isinf(low).all() and np.isinf(high).all()
    assert np.isnan(coefficient_range(np.log, 1, [-2.0], [-1.0])[0][0])


@pytest.mark.parametrize(
    "f",
    [
        np.abs,
        lambda x: np.where(x > 0, x, 0),
        lambda x: np.add(x, x, where=True),
        lambda x: np.add.reduce(x),
        lambda x: x * np.array([1.0, 2.0]),
        float,
    ],
)
def test_what_intervals_do_not_pass(f):
    with pytest.raises(TypeError):
        coefficient_range(f, 1, [0.5], [1.0])
