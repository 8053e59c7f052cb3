"""Targets: functions and mappings become the same array of derivatives; NaN only for missing data."""

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref import multi_indices
from sobolev_ref.integrals.targets import target_derivatives

X = np.array([[0.1, 0.7], [0.4, -0.2], [1.1, 0.3]])


def f(x, y):
    return np.exp(x) * np.sin(2 * y)


def exact(alpha):
    b = alpha[1]
    return lambda x, y: np.exp(x) * 2**b * np.sin(2 * y + b * np.pi / 2)


def test_function_and_mappings_of_functions_or_arrays_agree():
    indices = multi_indices(2, 3)
    by_function = target_derivatives(f, X, 3)
    by_functions = target_derivatives({a: exact(a) for a in indices}, X, 3)
    by_arrays = target_derivatives({a: exact(a)(*X.T)[:, None] for a in indices}, X, 3)
    by_vectors = target_derivatives({a: exact(a)(*X.T).tolist() for a in indices}, X, 3)
    assert by_function.shape == (10, 3, 1)
    for other in (by_functions, by_arrays, by_vectors):
        np.testing.assert_allclose(other, by_function, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("container", [tuple, list])
def test_several_outputs(container):
    values = target_derivatives(lambda x, y: container([f(x, y), x * y, 3.0]), X, 2, m=3)
    assert values.shape == (6, 3, 3)
    np.testing.assert_allclose(values[..., 0], target_derivatives(f, X, 2)[..., 0])
    np.testing.assert_allclose(values[4, :, 1], 1)
    np.testing.assert_array_equal(values[:, 0, 2], [3, 0, 0, 0, 0, 0])


def test_a_constant_has_no_derivatives():
    for constant in (2.0, np.full(3, 2.0), np.array(2)):
        values = target_derivatives(lambda x, y: constant, X, 1)
        np.testing.assert_array_equal(values[..., 0], [[2, 2, 2], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("n", [3, 40_000], ids=["in one chunk", "in two chunks"])
@pytest.mark.parametrize("order", [0, 1])
def test_numbers_without_derivatives_are_refused(n, order):
    """W2: a closure array, a value out of a jet, one output of two; a function of jets is no data."""
    x = np.linspace(-1, 1, n)[:, None]
    y = np.exp(x[:, 0])
    refusal = r"^target: output \d: got numbers without derivatives that differ from node to node"
    for f in (lambda x: np.abs(x.value), lambda x: (x, x.value**2), lambda x: (2 * x, x.value)):
        with pytest.raises(ValueError, match=refusal):
            target_derivatives(f, x, order)
    for f in (lambda x: y, lambda x: (x, y)):
        with pytest.raises(ValueError, match=refusal):
            target_derivatives(f, x, order)
    if n > 3:  # a constant of each chunk, and other ones in the next
        with pytest.raises(ValueError, match=refusal):
            target_derivatives(lambda x: float(x.value.max()), x, order)


def test_a_mapping_leaves_the_rest_missing_and_may_hold_more_than_the_order():
    data = {(0, 5): [0.0] * 3, (0, 0): [1.0, np.nan, 3.0], (1, 0): lambda x, y: (x, y)}
    with pytest.raises(ValueError, match=r"^target: got different numbers of outputs, \[1, 2\]$"):
        target_derivatives(data, X, 1)
    data[(1, 0)] = lambda x, y: 7.0
    values = target_derivatives(data, X, 1)[..., 0]
    np.testing.assert_array_equal(values, [[1, np.nan, 3], [7, 7, 7], [np.nan] * 3])


@pytest.mark.parametrize(
    ("target", "error", "match"),
    [
        (3.0, TypeError, "target: got 3.0, takes a function of 2 arrays or a mapping"),
        (None, TypeError, "target: got None"),
        (
            lambda x, y: np.abs(x - 0.1),
            ValueError,
            r"^np.absolute: 1 of 3 nodes lie on its kink or step, .* the first at x = \[0.1, ",
        ),
        (
            lambda x, y: np.log(x - 0.4),
            ValueError,
            r"D\^\(0, 0\) is not finite at 2 of 3 nodes, the "
            r"first at x = \[0.1, 0.7\]",
        ),
        (lambda x, y: np.sqrt(x - 0.1) + y, ValueError, r"D\^\(1, 0\) is not finite at 1 of 3"),
        (lambda x, y: (), ValueError, "no outputs"),
        (
            lambda x, y: np.zeros(4),
            ValueError,
            r"^target: output 0: got shape \(4,\), takes shape \(3,\)$",
        ),
        (lambda x, y: x + np.zeros((2, 2, 3)), ValueError, r"output 0: got shape \(2, 2, 3\)"),
        (lambda x, y: "a", TypeError, "target: got <U1 entries"),
        ({}, ValueError, "^target: got an empty mapping, takes at least one multi-index$"),
        ({(2, 0): [0, 0, 0]}, ValueError, r"^target: got no entry with \|α\| <= 1, takes at least"),
        (
            {(0,): [0, 0, 0]},
            ValueError,
            r"^target: multi-index: got \(0,\), takes a tuple of 2 whole numbers",
        ),
        ({0: [0, 0, 0]}, ValueError, "got 0, takes a tuple of 2"),
        ({(0, -1): [0, 0, 0]}, ValueError, "got -1"),
        ({(0, 0.5): [0, 0, 0]}, TypeError, "got 0.5"),
        (
            {(0, 0): [0, 0]},
            ValueError,
            r"target\[\(0, 0\)\]: got shape \(2,\), takes shape \(3, m\)",
        ),
        ({(0, 0): np.zeros((1, 3))}, ValueError, r"got shape \(1, 3\), takes shape \(3, m\)"),
        (
            {(0, 0): [np.inf, 0, 0]},
            ValueError,
            r"^target\[\(0, 0\)\]: got 1 infinite entries, takes",
        ),
        ({(0, 0): lambda x, y: x[:2]}, ValueError, r"got shape \(2,\), takes shape \(3,\)"),
        (lambda x, y: x * 1j, TypeError, "target: got complex entries"),
        ({(0, 0): lambda x, y: x * np.nan}, ValueError, r"target\[\(0, 0\)\]: got 3 NaN"),
        ({(0, 0): lambda x, y: ()}, ValueError, "no outputs"),
        (sr.MLP((2, 1)), TypeError, r"takes model.function\(theta\)"),
        (lambda x, y: x if x > -9 else y, TypeError, r"write np.where\(x > 0, f, g\)"),
        ({(0, 0): ["a", "b", "c"]}, TypeError, r"^target\[\(0, 0\)\]: got <U1 entries, takes"),
    ],
)
def test_bad_targets(target, error, match):
    with pytest.raises(error, match=match):
        target_derivatives(target, X, 1)


def test_a_masked_array_is_an_array_with_missing_data():
    masked = np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
    values = target_derivatives({(0, 0): masked}, X, 0)
    np.testing.assert_array_equal(values[0, :, 0], [1, np.nan, 3])


def test_the_number_of_outputs_must_be_the_models():
    with pytest.raises(ValueError, match="target: got 1 outputs, takes m = 2"):
        target_derivatives(f, X, 1, m=2)


def test_many_nodes_are_taken_some_at_a_time(monkeypatch):
    whole = target_derivatives(lambda x, y: (f(x, y), x, 2.0), X, 2)
    monkeypatch.setattr("sobolev_ref.integrals.targets.CHUNK", 2)
    parts = target_derivatives(lambda x, y: (f(x, y), x, 2.0), X, 2)
    np.testing.assert_array_equal(parts, whole)


def test_the_number_of_outputs_must_be_the_same_at_all_nodes(monkeypatch):
    monkeypatch.setattr("sobolev_ref.integrals.targets.CHUNK", 2)
    calls = iter([1, 2])
    with pytest.raises(ValueError, match=r"^target: got different numbers of outputs, \[1, 2\]$"):
        target_derivatives(lambda x, y: (x,) * next(calls), X, 1)
