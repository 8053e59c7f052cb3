"""Digits that rounding leaves, told of what a target makes: of columns, values, kinks, complex numbers."""

import math

import numpy as np
import pytest

from sobolev_ref import Jet
from sobolev_ref.integrals.targets import target_derivatives


def test_complex_jets_are_refused():
    with pytest.raises(TypeError, match="got complex entries"):
        target_derivatives(lambda t: np.exp(1j * t) / t, np.array([[0.3]]), 1)


def test_a_column_has_the_size_of_its_own():
    """Beside 1e12 the lost digits of (1 − cos x)/x² would be few."""
    nodes = np.array([[1e-4], [0.5]])
    with pytest.warns(RuntimeWarning, match="of order 1 and above fewer than 6 digits at 1 of 2"):
        target_derivatives(
            lambda x: np.stack([1e12 * x, (1 - np.cos(x)) / x**2], axis=-1), nodes, 2
        )


def test_a_kink_but_for_rounding_is_refused():
    with pytest.raises(ValueError, match="lie on its kink or step, but for rounding"):
        target_derivatives(lambda t: np.abs(t - 0.3), np.array([[0.1 + 0.2], [0.5]]), 1)


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


@pytest.mark.parametrize("order", [0, 1])
def test_values_of_which_all_are_lost_are_told_where_they_are_not_0(order):
    """log(1 + eˣ) from −34 to −32 is off by up to 5 % in NumPy, and nothing is kept beside it."""
    x = np.array([[-34.0], [-33.0], [-32.0]])
    with pytest.warns(RuntimeWarning, match="rounding may leave the values, .* at 3 of 3 nodes"):
        values = target_derivatives(lambda x: np.log(1 + np.exp(x)), x, order)
    assert np.abs(values[0, :, 0] / np.log1p(np.exp(x[:, 0])) - 1).max() > 0.01


@pytest.mark.parametrize("order", [0, 1])
def test_zeros_that_are_rounded_and_exact_differences_are_no_loss(order):
    """Constants are rounded too, by which sin(6πx/L) at zeros is 2.2 times its bound."""
    nodes = np.arange(21)[:, None]
    for length in (0.7, 1.9, 3.8, math.pi):
        x, k = nodes * length / 2, 2 * np.pi * 3 / length
        assert np.abs(target_derivatives(lambda x, k=k: np.sin(k * x), x, order)[0]).max() < 1e-12
    x = 0.3 + np.array([[1e-15], [1e-9]])
    for f in (
        lambda x: x - 0.3,
        lambda x: 0 * x,
        lambda x: np.sin(x) - np.sin(x),
        lambda x: np.sin(x) ** 2 + np.cos(x) ** 2 - 1,
        lambda x: np.exp(np.log(x)) - x,
    ):
        np.testing.assert_array_equal(target_derivatives(f, x, 0)[0, :, 0], f(x[:, 0]))


@pytest.mark.parametrize("tiny", [5e-324, 1e-300, -1e-310])
def test_what_is_next_to_nothing_is_no_loss(tiny):
    """The complex step of a number near 0 underflowed, and a NaN counted as a loss."""
    x = np.array([[0.0], [0.5]])
    values = target_derivatives(lambda x: np.exp(x + tiny) * np.cos(x + tiny), x, 1)
    np.testing.assert_allclose(values[:, 0, 0], 1, rtol=1e-15)
