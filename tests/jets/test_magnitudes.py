"""Bounds over all nodes of the digits that are lost at each: never below, and what they leave in doubt."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from sobolev_ref import Jet
from sobolev_ref.integrals.targets import target_derivatives
from sobolev_ref.jets.jet import Origin, variables_of
from sobolev_ref.jets.magnitudes import SLOPES, Bounds

NODES = np.random.default_rng(0).uniform(0.2, 2, (40, 1))
CARRIED = {  # each with an argument whose rounding has been followed, between 0.3 and 5
    "u + v": lambda u, v: u + v,
    "u − v": lambda u, v: u - v,
    "u v": lambda u, v: u * v,
    "u/v": lambda u, v: u / v,
    "u²": lambda u, v: np.square(u),
    "−u": lambda u, v: -u,
    "|u|": lambda u, v: np.abs(u),
    "max": lambda u, v: np.maximum(u, v + 7),
    "where": lambda u, v: np.where(u > 1.2345, u, v),
    "stack": lambda u, v: np.stack([u, v], axis=-1),
    "column": lambda u, v: np.stack([u, v * v], axis=-1)[..., 1],
    "astype": lambda u, v: u.astype(float),
    "x³": lambda u, v: u**3,
    "x⁻²": lambda u, v: u**-2,
    "x^½": lambda u, v: u**0.5,
    **{f.__name__: (lambda f: lambda u, v: f(u))(f) for f in SLOPES if f.nin == 1},
}


def followed(f, nodes, order, follows):
    """f(u, v) for u and v that are rounded, and its origin."""
    origin = Origin(nodes, "raise", np.zeros(len(nodes), bool), follows)
    x = variables_of(origin, order)
    return f(0.3 + 0.7 * x[0] * x[-1], 0.4 + x[0] / 3), origin


@pytest.mark.parametrize("name", CARRIED)
@pytest.mark.parametrize(("d", "order"), [(1, 0), (1, 3), (2, 2)])
def test_no_error_is_above_its_bound(name, d, order):
    nodes = np.concatenate([NODES, NODES[::-1]], axis=1)[:, :d]
    exact, _ = followed(CARRIED[name], nodes, order, "nodes")
    bound, origin = followed(CARRIED[name], nodes, order, "bounds")
    assert not origin.doubts
    np.testing.assert_array_equal(bound.coefficients, exact.coefficients)
    rows = exact.errors.reshape(len(exact.errors), -1)
    assert (rows.max(axis=1) <= bound.errors.error * (1 + 1e-12)).all()
    assert (bound.errors.error <= 1e5 * np.maximum(rows.max(axis=1), 1)).all()  # and not far above
    sizes = np.abs(exact.coefficients).reshape(len(rows), -1).max(axis=1)
    np.testing.assert_array_equal(bound.errors.size, sizes)


@pytest.mark.parametrize("ufunc", [f for f in SLOPES if f.nin == 1])
@given(x=st.floats(1e-3, 8), width=st.floats(0, 3))
def test_suprema_of_derivatives(ufunc, x, width):
    """sup |f⁽ⁿ⁺¹⁾|/n! is at least (n + 1)|a_{n+1}| of any jet of f on the interval."""
    nodes = np.linspace(x, x + width, 7)
    a = ufunc(Jet.variables(nodes, 5)[0]).coefficients
    largest = SLOPES[ufunc]([np.stack([nodes, nodes])], np.abs(a[0]).max())
    for n in range(5):
        assert (n + 1) * np.abs(a[n + 1]).max() <= largest(n) * (1 + 1e-9)


@pytest.mark.parametrize("r", [2.0, 3.0, 0.5, -1.0, 2.5])
def test_suprema_of_powers(r):
    nodes = np.linspace(0.3, 1.7, 9)
    a = (Jet.variables(nodes, 5)[0] ** r).coefficients
    constant = np.array([[r]] + [[0.0]] * 5)
    largest = SLOPES[np.power]([np.stack([nodes, nodes]), constant], np.abs(a[0]).max())
    for n in range(5):
        assert largest(n) == pytest.approx((n + 1) * np.abs(a[n + 1]).max(), rel=1e-12)


def counted(f):
    calls = []

    def g(*x):
        calls.append(isinstance(x[0], Jet) and x[0]._follows)
        return f(*x)

    return g, calls


def test_what_keeps_its_digits_is_followed_by_bounds_alone():
    g, calls = counted(lambda t: np.exp(-(t**2)) * np.sin(3 * t) + np.tanh(t) / (1 + t**2))
    target_derivatives(g, np.linspace(-2, 2, 101)[:, None], 2)
    assert calls == [
        "bounds",
        "nothing",
        "nothing",
    ]  # and two that ask whether it is of the node alone


@pytest.mark.parametrize(
    "f",
    [
        lambda t: special.erf(t * t),  # without a supremum
        lambda t: np.sinc(t / 3),
        lambda t: (1 + t) ** (1 + t),
        lambda t: np.where(t > 0.1, 1 / t, t),  # where 1/t loses digits it is not taken
        lambda t: np.floor(t + 0.05),
        lambda t: np.exp(3000 * (t - 0.15)) * np.exp(-3000 * (t - 0.15)),  # its bound overflows
    ],
)
def test_what_bounds_cannot_tell_is_followed_from_node_to_node(f):
    nodes = np.array([[0.3], [0.2], [1e-9]])
    g, calls = counted(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = target_derivatives(g, nodes, 1)
        by_hand = f(Jet.variables(nodes, 1)[0]).derivatives
    np.testing.assert_array_equal(found[..., 0], list(by_hand.values()))
    assert calls[:2] == ["bounds", "nodes"]


def test_complex_jets_are_not_followed_by_bounds():
    with pytest.raises(TypeError, match="got complex entries"):
        target_derivatives(lambda t: np.exp(1j * t) / t, np.array([[0.3]]), 1)


def test_a_column_has_the_size_of_its_own():
    """Beside 1e12 the lost digits of (1 − cos x)/x² would be few."""
    nodes = np.array([[1e-4], [0.5]])
    with pytest.warns(RuntimeWarning, match="of order 1 and above fewer than 6 digits at 1 of 2"):
        target_derivatives(
            lambda x: np.stack([1e12 * x, (1 - np.cos(x)) / x**2], axis=-1), nodes, 2
        )


def test_a_kink_but_for_rounding_is_refused_after_bounds():
    with pytest.raises(ValueError, match="lie on its kink or step, but for rounding"):
        target_derivatives(lambda t: np.abs(t - 0.3), np.array([[0.1 + 0.2], [0.5]]), 1)


def test_bounds_of_constants_and_of_no_nodes():
    assert Bounds.of(np.array([[2.0, -3.0]])).error == 0
    bounds = Bounds.of(np.array([[2.0, -3.0], [0.0, 0.5]]))
    np.testing.assert_array_equal(bounds.error, [3, 0.5])
    assert bounds.tell_nothing() and not bounds._replace(error=np.array([3, 1e11])).tell_nothing()
    assert Bounds.of(np.zeros((2, 0))).size.tolist() == [0, 0]


# -- values that are lost ------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [0, 1, 2])
def test_values_that_are_lost_in_a_quotient_are_told(order):
    """(1 − cos x)/x² at 1e-8 is 0 in NumPy, and 1/2."""
    nodes = np.array([[1e-8], [0.5], [1.0]])
    with pytest.warns(
        RuntimeWarning, match="^u: rounding may leave the values, and all .* at 1 of 3 "
    ):
        values = target_derivatives(lambda x: (1 - np.cos(x)) / x**2, nodes, order, name="u")
    assert values[0, 0, 0] == 0
    for some in (nodes[:1], nodes):
        (x,) = Jet.variables(some, order)
        with pytest.warns(RuntimeWarning, match=r"the values, and .* the first at x = \[1e-08\]"):
            assert ((1 - np.cos(x)) / x**2).derivatives


@pytest.mark.parametrize("order", [0, 1])
def test_a_difference_alone_is_no_loss(order):
    """A warning is an error here: 1 − cos x, sin 2πx at whole numbers, and x + 1 − 1."""
    for nodes in ([1e-8], [1e-8, 1e-3], [0.0, 1.0], [1.0, 2.0]):
        x = np.array(nodes)[:, None]
        for f in (lambda x: 1 - np.cos(x), lambda x: np.sin(2 * math.pi * x), lambda x: x + 1 - 1):
            assert np.isfinite(target_derivatives(f, x, order)).all()
