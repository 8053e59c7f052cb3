"""Standard functions: every derivative against closed forms, Cauchy's integral, SciPy and the Greeks."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from closed_forms import activation_derivatives
from scipy.optimize import rosen, rosen_der, rosen_hess
from scipy.special import erf, ndtr

import sobolev_ref as sr
from sobolev_ref import FUNCTIONS, Jet


def cauchy(f, x, order, radius, points=48):
    """Dᵅf(x) for α_q ≤ order by Cauchy's integral over a polydisc: α!/rᵅ times Fourier coefficients."""
    d = len(x)
    circle = np.exp(2j * np.pi * np.arange(points) / points)
    z = np.meshgrid(*[x_q + r * circle for x_q, r in zip(x, radius)], indexing="ij")
    coefficients = np.fft.fftn(f(*z)) / points**d
    return {
        alpha: coefficients[alpha].real
        * math.prod(math.factorial(n) / r**n for n, r in zip(alpha, radius))
        for alpha in product(range(order + 1), repeat=d)
        if sum(alpha) <= order
    }


ENTIRE = [  # name, nodes, radii, points on a circle
    ("sine", [[0.3], [-4.0]], [1.0]),
    ("exponential", [[0.3], [4.0]], [1.0]),
    ("x_sine", [[0.3], [-4.0]], [1.0]),
    ("runge", [[0.0], [0.7]], [0.1]),
    ("parabola", [[0.3]], [1.0]),
    ("linear", [[0.3]], [1.0]),
    ("rastrigin", [[0.3]], [0.3]),
    ("rastrigin", [[0.3, -1.2]], [0.3, 0.3]),
    ("rastrigin", [[0.3, -1.2, 4.0]], [0.3, 0.3, 0.3]),
    ("rosenbrock", [[0.3, -1.2], [1.0, 1.0]], [1.0, 1.0]),
    ("rosenbrock", [[0.3, -1.2, 0.4]], [1.0, 1.0, 1.0]),
    ("franke", [[0.3, 0.8], [0.0, 0.5], [1.0, 1.0]], [0.1, 0.1]),
    ("ackley", [[0.6]], [0.2]),
    ("ackley", [[0.6, -0.4], [3.0, 2.0]], [0.2, 0.2]),
    ("black_scholes", [[100.0, 0.2], [60.0, 0.4]], [5.0, 0.02]),
    ("black_scholes", [[100.0, 0.2, 1.5]], [5.0, 0.02, 0.1]),
]


@pytest.mark.parametrize(("name", "nodes", "radius"), ENTIRE)
def test_every_derivative_against_cauchys_integral(name, nodes, radius):
    """No Taylor arithmetic there: the function on a polydisc in ℂᵈ. Its rounding grows as α!/rᵅ."""
    f, order = FUNCTIONS[name], 4
    jets = f(*Jet.variables(nodes, order))
    for i, x in enumerate(nodes):
        exact = cauchy(f, x, order, radius)
        size = max(abs(f(*x)), 1.0)
        for alpha, values in jets.derivatives.items():
            noise = math.prod(math.factorial(n) / r**n for n, r in zip(alpha, radius))
            assert abs(values[i] - exact[alpha]) < 3e-13 * size * noise + 1e-12 * abs(exact[alpha])


def test_every_entry_was_held_to_it():
    assert {name for name, _, _ in ENTIRE} == set(FUNCTIONS)
    assert all(name == entry.name for name, entry in FUNCTIONS.items())


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("sine", lambda x, n: np.sin(x + n * np.pi / 2)),
        ("exponential", lambda x, n: (-1) ** n * np.exp(-x)),
        (
            "x_sine",
            lambda x, n: x * np.sin(x + n * np.pi / 2) + n * np.sin(x + (n - 1) * np.pi / 2),
        ),
        ("runge", lambda x, n: ((-5j) ** n * math.factorial(n) / (1 + 5j * x) ** (n + 1)).real),
        ("parabola", lambda x, n: [x**2, 2 * x, 2 + 0 * x][n] if n < 3 else 0 * x),
        ("linear", lambda x, n: [2 * x + 1, 2 + 0 * x][n] if n < 2 else 0 * x),
    ],
)
def test_closed_forms_in_one_variable(name, exact):
    """To order 8 on the function's own interval; the runge function is Re 1/(1 + 5ix)."""
    f = FUNCTIONS[name]
    ((low, high),) = f.bounds()
    x = np.linspace(low, high, 11)
    for (n,), values in f(*Jet.variables(x, 8)).derivatives.items():
        expected = exact(x, n)
        np.testing.assert_allclose(values, expected, rtol=1e-11, atol=1e-12 * abs(expected).max())


def test_rosenbrock_is_scipys():
    x = np.random.default_rng(0).uniform(-2, 2, (5, 4))
    u = FUNCTIONS["rosenbrock"](*Jet.variables(x, 2)).derivatives
    for i, point in enumerate(x):
        gradient, hessian = rosen_der(point), rosen_hess(point)
        assert u[(0,) * 4][i] == pytest.approx(rosen(point), rel=1e-14)
        for q, e in enumerate(np.eye(4, dtype=int)):
            assert u[tuple(e)][i] == pytest.approx(gradient[q], rel=1e-12, abs=1e-10)
            for r, g in enumerate(np.eye(4, dtype=int)):
                assert u[tuple(e + g)][i] == pytest.approx(hessian[q, r], rel=1e-12, abs=1e-10)


def test_rastrigin_separates():
    """∂_q^n = −10 (2π)ⁿ cos(2πx_q + nπ/2) for n > 2, and every mixed derivative is 0."""
    x = np.random.default_rng(0).uniform(-5, 5, (4, 3))
    for alpha, values in FUNCTIONS["rastrigin"](*Jet.variables(x, 5)).derivatives.items():
        n, q = sum(alpha), int(np.argmax(alpha))
        if np.count_nonzero(alpha) > 1:
            np.testing.assert_array_equal(values, 0)
        elif n > 2:
            wave = np.cos(2 * np.pi * x[:, q] + n * np.pi / 2)
            expected = -10 * (2 * np.pi) ** n * wave
            np.testing.assert_allclose(values, expected, atol=1e-12 * (2 * np.pi) ** n * 10)


def test_the_values_that_the_functions_are_known_by():
    assert FUNCTIONS["rastrigin"](0.0, 0.0, 0.0) == 0
    assert FUNCTIONS["rosenbrock"](1.0, 1.0, 1.0) == 0
    assert FUNCTIONS["ackley"](0.0, 0.0) == pytest.approx(0, abs=1e-14)
    assert FUNCTIONS["franke"](0.5, 0.5) == pytest.approx(
        0.75 * (np.exp(-6.25 / 2) + np.exp(-(5.5**2) / 49 - 0.55))
        + 0.5 * np.exp(-(6.25 + 2.25) / 4)
        - 0.2 * np.exp(-0.25 - 6.25)
    )


@pytest.mark.parametrize("d", [1, 2, 5])
def test_ackley_is_a_cone_at_the_origin(d):
    """f(h e_1) / h → 4/√d from either side, so that no derivative exists; order 1 is refused there."""
    f, h = FUNCTIONS["ackley"], 1e-6
    for side in (h, -h):
        assert f(side, *[0.0] * (d - 1)) / h == pytest.approx(4 / np.sqrt(d), rel=1e-4)
    nodes = np.zeros((2, d))
    nodes[0] = 0.5
    net = sr.MLP((d, 1))
    assert sr.SobolevLoss(net, f, sr.samples(nodes), order=0).target_values.shape == (1, 2, 1)
    with pytest.raises(ValueError, match=r"D\^\(.*\) is not finite at 1 of 2 nodes, .* \[0.0"):
        sr.SobolevLoss(net, f, sr.samples(nodes), order=1)


def test_the_greeks():
    """Closed forms of Δ, Γ, vega, vanna, volga, speed, −theta, rho, and the Black–Scholes equation."""
    rng = np.random.default_rng(0)
    sides = np.array(FUNCTIONS["black_scholes"].bounds(5))
    x = rng.uniform(*sides.T, (50, 5))
    S, sigma, T, r, K = x.T
    u = sr.black_scholes(*Jet.variables(x, 3)).derivatives
    D = lambda **orders: u[tuple(orders.get(v, 0) for v in ("S", "sigma", "T", "r", "K"))]
    root = sigma * np.sqrt(T)
    d1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / root
    d2 = d1 - root
    density = np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
    gamma, vega = density / (S * root), S * density * np.sqrt(T)
    for ours, closed in [
        (D(), S * ndtr(d1) - K * np.exp(-r * T) * ndtr(d2)),
        (D(S=1), ndtr(d1)),
        (D(S=2), gamma),
        (D(S=3), -gamma / S * (d1 / root + 1)),
        (D(sigma=1), vega),
        (D(S=1, sigma=1), -density * d2 / sigma),
        (D(sigma=2), vega * d1 * d2 / sigma),
        (D(T=1), S * density * sigma / (2 * np.sqrt(T)) + r * K * np.exp(-r * T) * ndtr(d2)),
        (D(r=1), K * T * np.exp(-r * T) * ndtr(d2)),
        (D(K=1), -np.exp(-r * T) * ndtr(d2)),
    ]:
        np.testing.assert_allclose(ours, closed, rtol=1e-10, atol=1e-12 * abs(closed).max())
    equation = sigma**2 * S**2 / 2 * D(S=2) + r * S * D(S=1) - r * D()
    np.testing.assert_allclose(D(T=1), equation, rtol=1e-11, atol=1e-12)
    by_two = FUNCTIONS["black_scholes"](*Jet.variables(x[:, :2], 1)).derivatives
    fixed = sr.black_scholes(S, sigma, 1.0, 0.05, 100.0)
    np.testing.assert_array_equal(by_two[(0, 0)], fixed)


@pytest.mark.parametrize("x", [-6.0, -1.3, 0.0, 0.4, 2.0, 5.5])
def test_the_normal_distribution_on_jets(x):
    """Φ⁽ⁿ⁾ = (−1)^{n−1} He_{n−1} φ, erf⁽ⁿ⁾ likewise, by Hermite polynomials with 60 digits."""
    hermite = activation_derivatives("gaussian", x, 9)  # of e^{−x²}
    normal = [
        h / 2 ** (n / 2) for n, h in enumerate(activation_derivatives("gaussian", x / 2**0.5, 9))
    ]
    (jet,) = Jet.variables([[x]], 10)
    for function, value, density, scale in [
        (erf, math.erf(x), hermite, 2 / math.sqrt(math.pi)),
        (ndtr, math.erfc(-x / math.sqrt(2)) / 2, normal, 1 / math.sqrt(2 * math.pi)),
    ]:
        u = function(jet).derivatives
        assert u[(0,)][0] == pytest.approx(value, rel=1e-14)
        top = max(map(abs, density))
        for n in range(1, 11):
            exact = scale * density[n - 1]
            assert u[(n,)][0] == pytest.approx(exact, rel=1e-11, abs=1e-14 * scale * top)


def test_a_loss_takes_an_entry_as_its_target():
    for entry in FUNCTIONS.values():
        d = entry.d
        rule = sr.gauss_legendre(entry.bounds(), 4)
        value, gradient = sr.SobolevLoss(sr.MLP((d, 3, 1)), entry, rule, order=2)(
            sr.MLP((d, 3, 1)).init(0)
        )
        assert np.isfinite(value) and np.isfinite(gradient).all()


@pytest.mark.parametrize("kind", ["u1", "i1", "i4", "u8", "?", "f2", "f4"])
def test_no_kind_of_number_overflows(kind):
    """Columns and scalars of whole numbers answer as those of float64; 120² is beyond int8."""
    columns = np.array([[120, 1, 2], [100, 2, 1]]).astype(kind)
    for entry in FUNCTIONS.values():
        for given in (columns[: entry.d], columns[: entry.d, 0]):
            exact = entry.function(*given.astype(float))
            np.testing.assert_array_equal(entry(*given), exact, strict=True)


def test_whole_numbers_and_prices_are_right_in_every_type():
    f = FUNCTIONS["parabola"]
    assert f(np.array([100_000], np.int32)) == f(100_000) == 1e10
    assert FUNCTIONS["linear"](np.array([200], np.uint8)) == 401
    assert FUNCTIONS["sine"](True) == math.sin(1)  # NumPy's own of a truth has three digits
    assert type(f(np.longdouble(3))) is np.longdouble  # and what is wider stays
    S, sigma, T, r, K = (np.array([n], np.uint8) for n in (100, 1, 1, 0, 100))
    for price in (sr.black_scholes(S, sigma, T, r, K), sr.black_scholes(100, 1, 1, 0, 100)):
        assert price == pytest.approx(100 * (2 * ndtr(0.5) - 1), rel=1e-14)
    assert (
        sr.black_scholes(100.0, 40.0) == sr.black_scholes(100.0, 1e100, 1e100) == 100.0
    )  # the share
    with pytest.raises(ValueError, match=r"^sigma: got 1e\+155, takes numbers <= 1e\+100$"):
        sr.black_scholes(100.0, 1e155)  # whose square overflowed, which made it 4.88
    with pytest.raises(ValueError, match=r"^T: got 1e\+300, takes numbers <= 1e\+100$"):
        sr.black_scholes(100.0, 1e5, 1e300)


class Frame:
    """What a function sees of a data frame: columns of whole numbers, and as floats."""

    columns = ("n",)

    def astype(self, kind):
        return np.array([[100_000]], np.int32).astype(kind)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_frame_and_a_matrix_are_taken_entry_by_entry():
    assert FUNCTIONS["parabola"](Frame()) == 1e10  # 1410065408 of int32
    given = np.matrix([[1, 2], [3, 4]], np.int8)
    np.testing.assert_array_equal(FUNCTIONS["parabola"](given), [[1.0, 4.0], [9.0, 16.0]])
    given = np.array([np.int8(100), np.float16(300), 10**5, Fraction(1, 3)], object)  # 16, inf, …
    np.testing.assert_array_equal(FUNCTIONS["parabola"](given), [1e4, 9e4, 1e10, Fraction(1, 9)])


def test_dimensions_and_bounds():
    assert FUNCTIONS["rastrigin"].bounds(3) == ((-5.12, 5.12),) * 3
    assert FUNCTIONS["black_scholes"].bounds(3)[2] == (0.25, 2.0)
    for name, d, takes in [
        ("sine", 2, "takes 1"),
        ("rosenbrock", 1, "takes at least 2"),
        ("black_scholes", 6, "takes 2 to 5"),
    ]:
        with pytest.raises(ValueError, match=f"{name}: got {d} variables, {takes}$"):
            FUNCTIONS[name].bounds(d)
        with pytest.raises(ValueError, match=f"{name}: got {d} variables, {takes}$"):
            FUNCTIONS[name](*[1.0] * d)
    with pytest.raises(ValueError, match="^d: got 0, takes a whole number from 1 to 1,000,000$"):
        FUNCTIONS["sine"].bounds(0)
    with pytest.raises(
        ValueError, match="^d: got 1000001, takes a whole number from 1 to 1,000,000$"
    ):
        FUNCTIONS["ackley"].bounds(10**6 + 1)
    with pytest.raises(
        ValueError, match=r"^dimensions: got 3 numbers, takes the pair \(least, most"
    ):
        sr.StandardFunction("own", np.sin, (1, 1, 1), ((0.0, 1.0),))


@pytest.mark.parametrize("name", ["S", "sigma", "T", "K"])
@pytest.mark.parametrize("value", [-0.2, 0, np.array([0.1, -0.2]), Jet.variables([-0.2], 1)[0]])
def test_a_price_is_of_numbers_above_0(name, value):
    with pytest.raises(ValueError, match=rf"^{name}: got .*, takes numbers > 0$"):
        sr.black_scholes(**{"S": 100.0, "sigma": 0.2, name: value})
    assert np.isfinite(sr.black_scholes(100.0, 0.2, r=-0.05))
