"""Activations on jets against derivative polynomials evaluated with 60 digits."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives

from sobolev_ref import ACTIVATIONS, Activation
from sobolev_ref.jets.activations import as_activation
from sobolev_ref.jets.algebra import taylor_algebra

ORDER = 8
T1 = taylor_algebra(1, ORDER)


def derivatives(name, z):
    """σ⁽ⁿ⁾ and (σ′)⁽ⁿ⁾ at the points z, n = 0 … 8, each of shape (9, N), by the package."""
    a, s = ACTIVATIONS[name].jets(T1.variables(np.asarray(z, dtype=float)[:, None]), T1)
    return T1.factorials[:, None] * a[..., 0], T1.factorials[:, None] * s[..., 0]


@pytest.mark.parametrize("name", ANALYTIC)
def test_orders_to_eight_on_a_wide_range(name):
    """To 1e−13 of the largest derivative of that order, for σ and for σ′."""
    rng = np.random.default_rng(0)
    z = np.concatenate([np.linspace(-40, 40, 161), rng.uniform(-4, 4, 200), [1e-8, -1e-300, 0.0]])
    exact = np.array([activation_derivatives(name, value, ORDER + 1) for value in z]).T  # (10, N)
    a, s = derivatives(name, z)
    scale = np.abs(exact).max(axis=1, keepdims=True)
    scale[scale == 0] = 1
    assert (np.abs(a - exact[:-1]) / scale[:-1]).max() < 1e-13
    assert (np.abs(s - exact[1:]) / scale[1:]).max() < 1e-13


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_overflow_far_out(name):
    z = [-1e3, -710.0, -40.0, 0.0, 40.0, 710.0, 1e3]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a, s = derivatives(name, z)
    assert np.isfinite(a).all() and np.isfinite(s).all()


@pytest.mark.parametrize(
    ("name", "left", "right"), [("tanh", -1, 1), ("sigmoid", 0, 1), ("gaussian", 0, 0)]
)
def test_limits_of_bounded_activations(name, left, right):
    a, _ = derivatives(name, [-1e3, 1e3])
    np.testing.assert_allclose(a, [[left, right]] + [[0, 0]] * ORDER, atol=1e-300)


@pytest.mark.parametrize("name", ["softplus", "gelu", "silu", "relu"])
def test_limits_of_the_rectifiers(name):
    a, s = derivatives(name, [-1e3, 1e3])
    np.testing.assert_allclose(a, [[0, 1e3], [0, 1]] + [[0, 0]] * (ORDER - 1), atol=1e-300)
    np.testing.assert_allclose(s, [[0, 1]] + [[0, 0]] * ORDER, atol=1e-300)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "silu"])
def test_the_left_tail_keeps_its_relative_accuracy(name):
    for z in (-30.0, -200.0, -700.0):
        exact = activation_derivatives(name, z, 1)
        a, s = derivatives(name, [z])
        assert a[0, 0] == pytest.approx(exact[0], rel=1e-14)
        assert s[0, 0] == pytest.approx(exact[1], rel=1e-13)


def test_relu_has_a_step_for_its_slope():
    a, s = derivatives("relu", [-2.0, 0.0, 0.5, 3.0])
    np.testing.assert_array_equal(a[:3], [[0, 0, 0.5, 3], [0, 0, 1, 1], [0, 0, 0, 0]])
    np.testing.assert_array_equal(s[:2], [[0, 0, 1, 1], [0, 0, 0, 0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("d", [1, 3])
def test_slope_is_the_derivative_of_the_value(name, d):
    """δσ(z) = s·δz on jets: the complex step through σ, at random jets."""
    T = taylor_algebra(d, 3)
    rng = np.random.default_rng(1)
    z, dz = rng.normal(size=(2, T.size, 4, 3))
    _, s = ACTIVATIONS[name].jets(z, T)
    a, _ = ACTIVATIONS[name].jets(z + 1e-20j * dz, T)
    np.testing.assert_allclose(a.imag / 1e-20, T.product(s, dz), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("order", [0, 3])
def test_curvature_is_the_derivative_of_the_slope(name, order):
    """δσ′(z) = t·δz on jets: the rule for σ″ by complex step."""
    T = taylor_algebra(2, order)
    z, dz = np.random.default_rng(2).normal(size=(2, T.size, 4, 3))
    rule = ACTIVATIONS[name]
    _, moved = rule.jets(z + 1e-20j * dz, T)
    t = rule.curvature(z, *rule.jets(z, T), T)
    np.testing.assert_allclose(moved.imag / 1e-20, T.product(t, dz), rtol=1e-12, atol=1e-12)


def test_smoothness_is_declared():
    assert {name: rule.smoothness for name, rule in ACTIVATIONS.items()} == {
        name: 0 if name == "relu" else math.inf for name in ACTIVATIONS
    }
    assert set(ACTIVATIONS) == {*ANALYTIC, "relu"}


def test_an_unknown_name_is_refused_with_the_list():
    with pytest.raises(ValueError, match="activation: got 'tan', takes 'tanh', 'sin', 'sigmoid'"):
        as_activation("tan")
    with pytest.raises(TypeError, match="activation: got 3"):
        as_activation(3)


def test_the_callers_own_activation_is_taken():
    square = Activation("square", math.inf, lambda z, T: (T.product(z, z), 2 * z))
    assert as_activation(square) is square


@pytest.mark.parametrize(
    ("argument", "value", "error", "message"),
    [
        ("name", 3, TypeError, "got 3, takes a str"),
        ("smoothness", -1.0, ValueError, "got -1, takes a number >= 0, or math.inf"),
        ("smoothness", "smooth", TypeError, "got 'smooth', takes a number >= 0, or math.inf"),
        ("jets", 3, TypeError, "got 3, takes a function of a jet and its algebra"),
        ("curvature", 3, TypeError, "got 3, takes None or a function (z, a, s, T)"),
    ],
)
def test_what_is_no_activation_is_refused_by_name(argument, value, error, message):
    with pytest.raises(error, match=f"^{re.escape(f'{argument}: {message}')}$"):
        replace(ACTIVATIONS["tanh"], **{argument: value})
