"""Functions of numbers that keep all their digits, against 400-digit arithmetic; how a jet is begun."""

import math
import re
from decimal import Decimal, localcontext

import numpy as np
import pytest

from sobolev_ref.jets import elementary
from sobolev_ref.jets.algebra import taylor_algebra

TAILS = np.array([1e-300, 1e-12, 0.3, 1, 2.5, 9, 18.5, 50, 171.3, 350])


def exp(x, y):
    """e^{x+iy} = eˣ (cos y + i sin y) for small y, both parts as Decimals."""
    parts, term = [Decimal(1), Decimal(0)], Decimal(1)
    for n in range(1, 80):  # cos y and sin y by their series
        term = term * y / n
        parts[n % 2] += term * (-1) ** (n // 2)
    return parts[0] * x.exp(), parts[1] * x.exp()


def quotient(a, b):
    """a / b, for pairs of real and imaginary part."""
    size = b[0] ** 2 + b[1] ** 2
    return (a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size


def exact_tanh(z):
    """tanh z = (E − 1)/(E + 1) and 1/cosh² z = 4 E/(E + 1)², E = e^{2z}, each part correctly rounded."""
    with localcontext() as context:
        context.prec = 400  # as tanh 1e−300 is a difference of numbers near 1
        E = exp(2 * Decimal(z.real), 2 * Decimal(z.imag))
        below = E[0] + 1, E[1]
        square = below[0] ** 2 - below[1] ** 2, 2 * below[0] * below[1]
        pairs = quotient((E[0] - 1, E[1]), below), quotient((4 * E[0], 4 * E[1]), square)
        return [complex(*map(float, pair)) for pair in pairs]


@pytest.mark.parametrize(("fast", "digits"), [(True, 4e-16), (False, 1e-15)])
@pytest.mark.parametrize("sign", [1, -1])
def test_tanh_and_its_slope_keep_all_their_digits_on_the_real_line(sign, fast, digits, monkeypatch):
    """Relative to themselves, down to a slope of 1e−303, where 1 − tanh² has none left.

    By NumPy's tanh and cosh, and by one exp, where the quotient and NumPy's meet at |z| = 0.0309.
    """
    monkeypatch.setattr(elementary, "fast_tanh", lambda: fast)
    z = sign * np.concatenate([TAILS, np.linspace(0.029, 0.033, 41), np.linspace(0.1, 20, 50)])
    t, slope = elementary.tanh_and_slope(z)
    exact = np.array([exact_tanh(complex(x)) for x in z]).real
    np.testing.assert_allclose(t, exact[:, 0], rtol=digits)
    np.testing.assert_allclose(slope, exact[:, 1], rtol=1e-15)
    columns = z[:90].reshape(9, 10).T  # which are not contiguous
    np.testing.assert_array_equal(elementary.tanh_and_slope(columns)[0].T.ravel(), t[:90])


@pytest.mark.parametrize(
    ("current", "expected"),
    [("X86_V4", True), ("AVX512_SKX", True), ("X86_V3", False), ("baseline(NEON)", False)],
)
def test_what_numpy_says_of_its_own_tanh(current, expected, monkeypatch):
    """The names of AVX-512 are those of NumPy 2.4 and of the versions before."""
    said = {"dd": {"current": current, "available": "X86_V4 AVX512_SKX X86_V3"}}
    names = ["tanh", "cosh", "sinh", "arctanh"]

    def opt_func_info(func_name, signature):
        assert signature == "float64"
        return {name: said for name in names if re.search(func_name, name)}

    monkeypatch.setattr(np.lib.introspect, "opt_func_info", opt_func_info)
    assert elementary.fast_tanh.__wrapped__() is expected
    names.remove("cosh")  # as where NumPy has no AVX-512 for it
    assert not elementary.fast_tanh.__wrapped__()
    monkeypatch.undo()
    assert elementary.fast_tanh.__wrapped__() in (True, False)  # as this NumPy has it


def test_sine_and_cosine_by_one_tangent_keep_all_their_digits():
    """Relative to themselves, at the zeros of both as well, where NumPy's own have them."""
    zeros = np.arange(-9, 10) * np.pi / 2
    z = np.concatenate([zeros, zeros + 1e-9, np.linspace(-40, 40, 4001), [1e-300, 1e5, 1e15]])
    T = taylor_algebra(1, 0)
    ours = [jet[0] for jet in elementary.sin_cos_by_tan(z[None], T)]
    np.testing.assert_allclose(ours, [np.sin(z), np.cos(z)], rtol=1e-15, atol=0)


def test_tanh_of_complex_numbers():
    """Relative to their modulus, away from the poles ±iπ/2 of tanh, in both tails."""
    x, y = np.meshgrid([*-TAILS, 0.0, *TAILS], [-1.4, -1e-9, 0.0, 0.7, 1.5, 3.0])
    z = (x + 1j * y).ravel()
    exact = np.array([exact_tanh(value) for value in z]).T
    for ours, expected in zip(elementary.tanh_and_slope(z), exact):
        assert (np.abs(ours - expected) <= 2e-15 * np.abs(expected)).all()


@pytest.mark.parametrize("h", [1e-20, 1e-12])
def test_the_complex_step_of_tanh_keeps_its_digits_in_both_tails(h):
    """Im tanh(x + ih) = h/cosh² x and Im 1/cosh²(x + ih) = −2 h tanh x/cosh² x, each by itself."""
    x = np.concatenate([-TAILS[1:-1], TAILS[1:-1]])
    t, slope = elementary.tanh_and_slope(x)
    moved_t, moved_slope = elementary.tanh_and_slope(x + 1j * h)
    np.testing.assert_allclose(moved_t.real, t, rtol=1e-15)
    np.testing.assert_allclose(moved_slope.real, slope, rtol=1e-15)
    np.testing.assert_allclose(moved_t.imag / h, slope, rtol=2e-15)
    np.testing.assert_allclose(moved_slope.imag / h, -2 * t * slope, rtol=3e-15)


@pytest.mark.parametrize("z", [1e3, -1e300, 1e300 + 1e-20j, -1e3 + 1j])
def test_tanh_beyond_every_exponent(z):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        t, slope = elementary.tanh_and_slope(np.array([z]))
    assert t[0] == np.sign(np.real(z)) and slope[0] == 0


def test_the_logarithm_near_one_of_complex_numbers():
    """log(1 + x + iy) = ½ log((1 + x)² + y²) + i arctan(y/(1 + x)): each part keeps its digits."""
    x = np.array([1e-300, 1e-30, 1e-16, 1e-8, 0.5, 3.0])
    ours = elementary.log1p_of_numbers(x + 1e-3j * x)
    with localcontext() as context:
        context.prec = 400
        parts = [(Decimal(value), Decimal(1e-3 * value)) for value in x]
        real = [float(((1 + a) ** 2 + b**2).ln() / 2) for a, b in parts]
    np.testing.assert_allclose(ours.real, real, rtol=1e-15)
    np.testing.assert_allclose(ours.imag, [math.atan2(1e-3 * a, 1 + a) for a in x], rtol=1e-15)
    np.testing.assert_array_equal(elementary.log1p_of_numbers(x), np.log1p(x))


def test_the_modulus_is_continued_by_the_sign_of_the_real_part():
    r = np.array([-3 + 1j, 3 - 1j, 1e-20j])
    np.testing.assert_array_equal(elementary.absolute(r), [3 - 1j, 3 - 1j, 0])
    np.testing.assert_array_equal(elementary.absolute(np.array([-2.0, 2.0])), [2, 2])


@pytest.mark.parametrize(("given", "taken"), [(np.float32, float), (bool, float), ("F", complex)])
def test_a_new_jet_has_double_precision(given, taken):
    T = taylor_algebra(1, 2)
    started = elementary.start(np.ones(4, given), T)
    assert started.dtype == elementary.unfilled(np.ones((3, 4), given), T).dtype == taken
    np.testing.assert_array_equal(started, [[1] * 4, [0] * 4, [0] * 4])
