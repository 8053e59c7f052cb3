"""Activations on jets, against derivative polynomials that are evaluated with 60 digits."""

import gzip
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives

from sobolev_ref import ACTIVATIONS, MLP, Activation
from sobolev_ref.jets import elementary
from sobolev_ref.jets.algebra import taylor_algebra

ORDER = 8
T1 = taylor_algebra(1, ORDER)
TABLE = Path(__file__).parents[1] / "oracle" / "activations.json.gz"


def derivatives(name, z):
    """σ⁽ⁿ⁾ and (σ′)⁽ⁿ⁾ at the points z, n = 0 … 8, each of shape (9, N), by the package."""
    a, s = ACTIVATIONS[name].jets(T1.variables(np.asarray(z)[:, None]), T1)
    return T1.factorials[:, None] * a[..., 0], T1.factorials[:, None] * s[..., 0]


@pytest.mark.parametrize("name", ANALYTIC)
def test_orders_to_eight_on_a_wide_range(name):
    """(J3) and the activation's own equation: to 1e−13 of the largest derivative of that order."""
    rng = np.random.default_rng(0)
    z = np.concatenate([np.linspace(-40, 40, 161), rng.uniform(-4, 4, 200), [1e-8, -1e-300, 0.0]])
    exact = np.array([activation_derivatives(name, value, ORDER + 1) for value in z]).T  # (10, N)
    a, s = derivatives(name, z)
    scale = np.abs(exact).max(axis=1, keepdims=True)
    scale[scale == 0] = 1
    assert (np.abs(a - exact[:-1]) / scale[:-1]).max() < 1e-13
    assert (np.abs(s - exact[1:]) / scale[1:]).max() < 1e-13


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("name", [name for name in ANALYTIC if name != "identity"])
def test_values_and_slopes_keep_all_their_digits(name, order, fast, monkeypatch):
    """To 1e−15 of each, in both tails and near 0, against the digits of oracle/make_activations.py.

    σ′ of gelu and silu, which is 0 at a z < 0, is held to the larger of its two terms; and e^{−z²} and Φ
    have the digits of z², whose rounding they multiply.
    """
    monkeypatch.setattr(elementary, "fast_tanh", lambda: fast)
    table = json.loads(gzip.decompress(TABLE.read_bytes()))[name]
    z, a, s = (np.array(table[column], float) for column in ("z", "value", "slope"))
    T = taylor_algebra(1, order)
    ours = ACTIVATIONS[name].jets(T.variables(z[:, None]), T)
    size = np.maximum(np.abs(s), np.abs(a / np.where(z == 0, 1, z)) * (name in ("gelu", "silu")))
    lost = 1 + z**2 * (name in ("gelu", "gaussian"))
    for jet, exact, of in zip(ours, (a, s), (np.abs(a), size)):
        assert (np.abs(jet[0, :, 0] - exact) <= 1e-15 * lost * of).all()


def test_the_second_derivative_of_the_sigmoid_keeps_its_digits_through_zero():
    """σ″ = −tanh(z/2) σ′, by both roads and on both sides of |z| = 0.016, where the way to it changes."""
    z, T = np.linspace(-0.05, 0.05, 1001)[:, None], taylor_algebra(1, 1)
    sigma = ACTIVATIONS["sigmoid"]
    a, s = sigma.jets(T.variables(z), T)
    exact = -np.tanh(z / 2) * s[0]
    np.testing.assert_allclose(s[1], exact, rtol=5e-14)
    np.testing.assert_allclose(sigma.curvature(T.variables(z), a, s, T)[0], exact, rtol=5e-14)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "silu"])
def test_the_tails_keep_their_relative_accuracy(name):
    """σ where it tends to 0, and σ′ where it does, each relative to itself."""
    z = [-700.0, -200.0, -30.0, 30.0, 200.0] if name != "tanh" else [-300.0, -30.0, 30.0, 300.0]
    exact = np.array([activation_derivatives(name, value, 1) for value in z]).T
    a, s = derivatives(name, z)
    np.testing.assert_allclose(a[0], exact[0], rtol=1e-14)
    np.testing.assert_allclose(s[0], exact[1], rtol=1e-13)


@pytest.mark.parametrize("name", ANALYTIC)
def test_a_complex_step_keeps_the_relative_accuracy_of_the_tails(name):
    """σ(z + ih) = σ(z) + ih σ′(z) and σ′(z + ih) = σ′(z) + ih σ″(z) with h = 1e−20, part by part.

    The complex step of a gradient, so ∇²L v (H1), has no more digits than these.
    """
    z = np.array([-30.0, -12.0, -2.0, 0.0, 0.3, 5.0, 15.0, 30.0])
    exact = np.array([activation_derivatives(name, value, 2) for value in z]).T  # (3, N)
    a, s = derivatives(name, z + 1e-20j)
    parts = np.array([a[0].real, a[0].imag / 1e-20, s[0].real, s[0].imag / 1e-20])
    seen = np.abs(exact) > 1e-280  # (3, N): below it the step itself is no number
    for ours, n in zip(parts, (0, 1, 1, 2)):
        np.testing.assert_allclose(ours[seen[n]], exact[n][seen[n]], rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("tanh", [-1, 1], [0, 0]),
        ("sigmoid", [0, 1], [0, 0]),
        ("gaussian", [0, 0], [0, 0]),
        ("softplus", [0, 1e3], [0, 1]),
        ("gelu", [0, 1e3], [0, 1]),
        ("silu", [0, 1e3], [0, 1]),
        ("relu", [0, 1e3], [0, 1]),
    ],
)
def test_limits_far_out_without_overflow(name, values, slopes):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a, s = derivatives(name, [-1e3, 1e3])
        assert np.isfinite(derivatives(name, [-710.0, -40.0, 0.0, 40.0, 710.0])).all()
    np.testing.assert_allclose(a, [values, slopes] + [[0, 0]] * (ORDER - 1), atol=1e-300)
    np.testing.assert_allclose(s, [slopes] + [[0, 0]] * ORDER, atol=1e-300)


def test_relu_has_a_step_for_its_slope():
    a, s = derivatives("relu", [-2.0, 0.0, 0.5, 3.0])
    np.testing.assert_array_equal(a[:3], [[0, 0, 0.5, 3], [0, 0, 1, 1], [0, 0, 0, 0]])
    np.testing.assert_array_equal(s[:2], [[0, 0, 1, 1], [0, 0, 0, 0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("d", "order"), [(1, 0), (1, 3), (2, 3), (3, 2)])
def test_slope_and_curvature_are_derivatives_on_jets(name, d, order):
    """δσ(z) = s·δz and δσ′(z) = t·δz with t = σ″(z): the complex step through σ and σ′, at random jets."""
    T, rule = taylor_algebra(d, order), ACTIVATIONS[name]
    z, dz = np.random.default_rng(1).normal(size=(2, T.size, 4, 3))
    a, s = rule.jets(z, T)
    moved_a, moved_s = rule.jets(z + 1e-20j * dz, T)
    t = rule.curvature(z, a, s, T)
    for moved, slope in ((moved_a, s), (moved_s, t)):
        expected = T.product(slope, dz)
        np.testing.assert_allclose(moved.imag / 1e-20, expected, rtol=1e-12, atol=1e-12)


def test_smoothness_is_declared():
    assert {name: rule.smoothness for name, rule in ACTIVATIONS.items()} == {
        **dict.fromkeys(ANALYTIC, math.inf),
        "relu": 0,
    }


def test_the_callers_own_activation_is_taken():
    """σ(z) = z² at z = 3x + 1: (3x + 1)² and its derivatives at x = 2."""
    square = Activation("square", math.inf, lambda z, T: (T.product(z, z), 2 * z))
    net = MLP((1, 1, 1), square)
    u = net.derivatives(net.pack([([[3.0]], [1.0]), ([[1.0]], [0.0])]), [[2.0]], 3)
    assert net.activation is square and [value.item() for value in u.values()] == [49, 42, 18, 0]
    assert replace(square, kinks=[0, 1]).kinks == (0.0, 1.0)


def test_the_callers_own_rule_gets_all_rows():
    """Z: e^z row by row, n a_n = Σ j z_j a_{n−j}, whose loop over the rows of z stopped where x has none."""

    def exp(z, T):
        a = np.empty_like(z)
        a[0] = np.exp(z[0])
        for n in range(1, len(z)):
            a[n] = sum(j * z[j] * a[n - j] for j in range(1, n + 1)) / n
        return a, a.copy()

    net = MLP((1, 1, 1), Activation("exp", math.inf, exp))
    u = net.derivatives([2.0, 0.0, 1.0, 0.0], [[0.5]], 4)
    np.testing.assert_allclose([u[(n,)].item() for n in range(5)], math.e * 2.0 ** np.arange(5))


@pytest.mark.parametrize(
    ("argument", "value", "error", "message"),
    [
        ("name", 3, TypeError, "got 3, takes a str"),
        ("smoothness", -1.0, ValueError, "got -1, takes a number >= 0, or math.inf"),
        ("jets", 3, TypeError, "got 3, takes a function of a jet and its algebra"),
        ("curvature", 3, TypeError, "got 3, takes None or a function (z, a, s, T)"),
        ("derivative_bounds", 1.0, TypeError, "got 1.0, takes None or a function of n"),
    ],
)
def test_what_is_no_activation_is_refused_by_name(argument, value, error, message):
    with pytest.raises(error, match=f"^{re.escape(f'{argument}: {message}')}$"):
        replace(ACTIVATIONS["tanh"], **{argument: value})


def test_an_unknown_activation_is_refused_with_the_list():
    with pytest.raises(ValueError, match="activation: got 'tan', takes 'tanh', 'sin', 'sigmoid'"):
        MLP((1, 1), "tan")


@pytest.mark.parametrize("name", ["tanh", "sin"])
def test_a_complex_step_moves_no_value(name):
    """So that a residual of 0 stays 0 on the way to ∇²L, whose |r|^{p−2} would be far from 0 at 1e-16."""
    T = taylor_algebra(2, 2)
    z, direction = np.random.default_rng(0).uniform(-6, 6, (2, T.size, 50, 4))
    real = ACTIVATIONS[name].jets(z.copy(), T)
    for u, v in zip(ACTIVATIONS[name].jets(z + 1e-20j * direction, T), real):
        np.testing.assert_array_equal(u.real, v)
