"""Targets: functions and mappings become the same array of derivatives; NaN only for missing data."""

import math
from functools import partial

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref import multi_indices
from sobolev_ref.integrals.targets import rounding_of, target_derivatives

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
    few = r"^target: got .* outputs, 1 for \(0, 0\) and 2 for \(1, 0\); takes arrays \(N, 2\), with NaN in "
    with pytest.raises(ValueError, match=few):
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
        (
            {(0, 0): [None, 1.0, 2.0]},
            TypeError,
            r"^target\[\(0, 0\)\]: got None among the numbers, takes NaN where one is missing$",
        ),
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
        (
            {(0, 0): lambda x, y: x * np.nan},
            ValueError,
            r"target\[\(0, 0\)\]: values are not finite at 3 of 3 nodes",
        ),
        (lambda x, y: (x, np.nan), ValueError, "^target: output 1: got NaN, takes a function with"),
        ({(0, 0): lambda x, y: ()}, ValueError, "no outputs"),
        (sr.MLP((2, 1)), TypeError, r"takes model.function\(theta\)"),
        (
            {(0, 0): np.array([1, 2, 3], object)},
            TypeError,
            r"^target\[\(0, 0\)\]: got object entries, takes real numbers, as .astype\(float\) makes of it$",
        ),
        (np.ones(3), TypeError, r"^target: got array.*, such as {\(0, 0\): y}$"),
        ({(0, 0): {"a": 1.0}}, TypeError, r"^target\[\(0, 0\)\]: got dict, takes real numbers$"),
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


def test_a_message_counts_nodes_and_neither_outputs_nor_a_block(monkeypatch):
    """Two of eleven nodes are on a kink of |x| or |x − 1|, of 22 numbers; of blocks the first tells."""
    x = np.linspace(-1, 1, 11)[:, None]
    with pytest.raises(ValueError, match="^np.absolute: 2 of 11 nodes lie on its kink"):
        target_derivatives(lambda x: np.abs(np.stack([x, x - 1])), x, 1)
    monkeypatch.setattr("sobolev_ref.integrals.targets.CHUNK", 4)
    with pytest.raises(ValueError, match="^np.absolute: 1 or more of 11 nodes lie on its kink"):
        target_derivatives(np.abs, x, 1)
    with pytest.warns(RuntimeWarning, match="6 digits at 1 or more of 11 nodes, the first at x = "):
        target_derivatives(lambda x: (1 - np.cos(x)) / x**2, x + 1e-9, 1)


def test_the_number_of_outputs_must_be_the_same_at_all_nodes(monkeypatch):
    monkeypatch.setattr("sobolev_ref.integrals.targets.CHUNK", 2)
    with pytest.raises(ValueError, match=r"^target: got different numbers of outputs, \[1, 2\]$"):
        target_derivatives(lambda x, y: (x,) * (2 if x.value[0] > 1 else 1), X, 1)


NOT_OF_THE_NODE = (
    "^target: got other numbers at the same node when other nodes are beside it; takes a fun"
)
GRID = sr.trapezoid([(-1, 1), (0, 3)], 4).nodes


@pytest.mark.slow
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x - x.value.mean(),
        lambda x: x / np.std(x.coefficients[0]),
        lambda x: x / x.value.max(),
        lambda x: x - float(x.value.min()),
        lambda x: x * x.value[0],
        lambda x: x * x.value[-1],
        lambda x: x * np.median(x.value),
        lambda x: (x, x + np.abs(x.derivatives[(0,) * x.algebra.d]).sum()),
        lambda x: (x,) * (1 if x.value.max() > x.value.min() else 2),
        lambda x, rng=np.random.default_rng(0): x * rng.normal(),
    ],
)
@pytest.mark.parametrize("n", [2, 3, 4, 9, 40_000])
@pytest.mark.parametrize("order", [0, 1])
def test_a_function_that_looks_at_the_other_nodes_is_refused(f, n, order):
    """F4: at any number of nodes, in one coordinate and in the second one of a grid."""
    with pytest.raises(ValueError, match=NOT_OF_THE_NODE):
        target_derivatives(f, np.linspace(-2, 3, n)[:, None], order)
    with pytest.raises(ValueError, match=NOT_OF_THE_NODE):
        target_derivatives(f, np.linspace(3, -2, n)[:, None], order)
    if n == 9:
        with pytest.raises(ValueError, match=NOT_OF_THE_NODE):
            target_derivatives(lambda x, y: f(y), GRID, order)


@pytest.mark.parametrize("n", [1, 3, 30_000, 40_000])
def test_the_number_of_nodes_is_that_of_all(n):
    """F4: `len(x)`, and a constant array of N numbers; a varying one is refused, with the same words."""
    x = np.linspace(-1, 1, n)[:, None]
    for f, slope in [
        (lambda x: x / len(x), 1 / n),
        (lambda x: x * x.size, n),
        (lambda x: np.full(n, 2.0) * x, 2),
        (lambda x: np.ones(x.shape) + 3 * x, 3),
    ]:
        np.testing.assert_array_equal(target_derivatives(f, x, 1)[1, :, 0], slope)
    values = target_derivatives(lambda x: (1 + x) / len(x), x, 0)[0]  # 0 at the first node
    np.testing.assert_array_equal(values, (1 + x) / n)
    if n > 1:
        with pytest.raises(ValueError, match="^a Jet does not combine with numbers that vary from"):
            target_derivatives(lambda t: t * np.exp(x[:, 0]), x, 1)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.where(np.arange(len(x)) < 20_000, x, 0 * x),
        lambda x: np.where(np.linspace(0, 1, len(x)) < 0.7, x, -x),
        lambda x: (np.arange(len(x)) < 20_000) * x,
    ],
)
def test_a_function_that_numbers_the_nodes_sees_all_of_them(f):
    """F4: above 32,768 nodes too it is called once; its values are those of plain NumPy."""
    x = np.linspace(-1, 1, 40_000)
    np.testing.assert_array_equal(target_derivatives(f, x[:, None], 1)[0, :, 0], f(x))


def test_an_iteration_that_ends_for_all_nodes_together_is_a_function_of_the_node():
    """F4: Newton's iteration for u³ + u = x, u′ = 1/(1 + 3u²), which needs more steps at some nodes."""

    def root(x):
        u = x / 2
        for _ in range(50):
            step = (u**3 + u - x) / (1 + 3 * u**2)
            u = u - step
            if np.abs(step.coefficients).max() < 1e-9:
                break
        return u

    u, slope = target_derivatives(root, np.linspace(0, 30, 7)[:, None], 1)[..., 0]
    np.testing.assert_allclose(u**3 + u, np.linspace(0, 30, 7), rtol=1e-14)
    np.testing.assert_allclose(slope, 1 / (1 + 3 * u**2), rtol=1e-14)


def test_nodes_as_large_as_numbers_are():
    values = target_derivatives(lambda x: x / 2, np.array([[-1.7e308], [1e300], [1.7e308]]), 1)
    np.testing.assert_array_equal(values[..., 0], [[-0.85e308, 5e299, 0.85e308], [0.5] * 3])


IDLE = [  # a target, the same without the node at 0, and λ: what has weight 0 is infinite there, or a kink
    (np.sqrt, np.sqrt, None),
    (np.log, np.log, "balanced"),
    (np.abs, np.abs, (1, 2)),
    (lambda x: np.abs(np.stack([x, 2 * x], axis=-1))[..., 0], np.abs, None),
    ({(0,): np.sqrt, (1,): lambda t: 0.5 / np.sqrt(t)}, np.sqrt, None),
    ({(0,): np.sqrt, (1,): [np.inf, 0.5**0.5, 0.5]}, np.sqrt, None),
]


@pytest.mark.parametrize("case", range(len(IDLE)))
def test_a_node_of_weight_0_has_no_say(case):
    """E: the loss, its terms and a norm are those without the node."""
    target, as_function, weights = IDLE[case]
    x, net = np.array([0.0, 0.5, 1.0]), sr.MLP((1, 2, 1))
    theta = net.init(0)
    with_it = sr.SobolevLoss(net, target, sr.Quadrature(x, [0.0, 1.0, 2.0]), weights=weights)
    rule = sr.Quadrature(x[1:], [1.0, 2.0])
    without = sr.SobolevLoss(net, as_function, rule, weights=weights)
    for ours, theirs in zip(with_it(theta), without(theta)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    assert with_it.terms(theta) == pytest.approx(without.terms(theta), rel=1e-13)
    if callable(target):
        norm = sr.sobolev_norm(target, with_it.rule, 1)
        assert norm == pytest.approx(sr.sobolev_norm(as_function, rule, 1), rel=1e-14)


def test_a_term_of_weight_0_has_no_say():
    """E: with λ_1 = 0 the slope at a kink or a singularity is unknown, and at other nodes as it is."""
    net = sr.MLP((1, 2, 1))
    for f, x, slopes in [(np.abs, [-1.0, 0.0], [-1, np.nan]), (np.sqrt, [0.0, 1.0], [np.nan, 0.5])]:
        loss = sr.SobolevLoss(net, f, sr.samples(x), order=1, weights=(1, 0))
        np.testing.assert_array_equal(loss.target_values[..., 0], [f(np.array(x)), slopes])
        values = sr.SobolevLoss(net, f, sr.samples(x), order=0)
        assert loss(net.init(0))[0] == values(net.init(0))[0]
        with pytest.raises(ValueError, match="kink|not finite"):
            sr.SobolevLoss(net, f, sr.samples(x), order=1, weights=(0, 1))
    with pytest.raises(ValueError, match="kink"):  # at another node than the one without weight
        sr.SobolevLoss(net, lambda x: np.abs(x * (x - 1)), sr.Quadrature([0.0, 1.0], [0, 1]))
    for target in (np.sqrt, {(0,): [0.0], (1,): np.log}):
        only = sr.SobolevLoss(net, target, sr.samples([0.0]), order=1, weights=(1, 0))
        np.testing.assert_array_equal(only.target_values[..., 0], [[0], [np.nan]])


def test_differences_that_are_all_rounding_are_carried():
    """F4: a network less itself in other words: the same bits at the same place among as many nodes.

    Of what is left no digit is right, and a warning says so (F14).
    """
    net = sr.MLP((2, 30, 1))
    u = net.function(net.init(0))
    for n in (2, 7, 50, 1001):
        nodes = np.random.default_rng(n).uniform(-1, 1, (n, 2))
        with pytest.warns(RuntimeWarning, match="^target: rounding may leave"):
            values = target_derivatives(
                lambda x, y: 3 * u(x, y) - u(x, y) - 2 * u(1.0 * x, y), nodes, 2
            )
        assert np.abs(values).max() < 1e-13


@pytest.mark.parametrize(
    ("f", "match"),
    [
        (lambda x: x.value * x, "numbers that vary from node to node"),
        (lambda x: np.sin(x.coefficients[0]) + x, "numbers that vary from node to node"),
        (lambda x: x.value**2, "output 0: got numbers without derivatives"),
        (lambda x: float(x.value[0]) * x, "got other numbers at the same node"),
        (lambda x: np.array([4.0]), "target: got numbers without derivatives"),
    ],
)
@pytest.mark.parametrize("node", [2.0, 0.0, -999.0])
def test_numbers_out_of_a_jet_are_refused_at_a_single_node_too(f, match, node):
    """W2: their derivatives counted as 0, since at one node nothing varies."""
    with pytest.raises(ValueError, match=match):
        target_derivatives(f, np.array([[node]]), 1)


def test_a_function_of_a_single_node_is_taken_where_it_can_be_had():
    """Ends of domains, steps and kinks, constants, and one that takes a single node alone."""
    for f, node, value, slope in [
        (lambda x: x**1.5, 0.0, 0, 0),
        (lambda x: (-x) ** 1.5, 0.0, 0, 0),
        (lambda x: np.sqrt(1 - np.abs(x / 1e-300)), 5e-301, 0.5**0.5, -(0.5**0.5) * 1e300),
        (lambda x: np.floor(x), 999.0123, 999, 0),
        (lambda x: np.abs(x - 0.0012345), 0.0, 0.0012345, -1),
        (lambda x: 3 * np.array([2.0]) * x, 1.0, 6, 6),
        (lambda x: np.ones(len(x)), 1.0, 1, 0),
        (lambda x: 7.0, 1.0, 7, 0),
        (lambda x: 2 * x if len(x) == 1 else None, 1.0, 2, 2),
    ]:
        found = target_derivatives(f, np.array([[node]]), 1)[:, 0, 0]
        np.testing.assert_allclose(found, [value, slope], rtol=1e-12)


# -- what is refused, in full ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "nodes", "error", "match"),
    [
        (
            lambda x: x,
            [[0.0, 1.0], [1.0, 2.0]],
            TypeError,
            r"^u: got a function of \(x\), takes one of 2 arrays, as d = 2$",
        ),
        (
            lambda x, y: x,
            [[0.0], [1.0]],
            TypeError,
            r"^u: got a function of \(x, y\), takes one of 1 array, as d = 1$",
        ),
        (
            np.sin,
            [[0.0, 1.0]],
            TypeError,
            "^u: got sin of 1, takes a function of 2 arrays, as d = 2$",
        ),
        (
            partial(np.multiply, 2.0),
            [[0.0, 1.0]],
            TypeError,
            "^u: got multiply of 1, takes a function of 2",
        ),
        (
            {(0, 0, 0): np.multiply},
            [[0.0, 1.0, 2.0]],
            TypeError,
            "got multiply of 2, takes a function of 3",
        ),
        (
            {(0,): lambda x: math.sin(x)},
            [[0.5], [1.0]],
            TypeError,
            r"^u\[\(0,\)\]: .*; takes a function of arrays: np.where.*, np.sin\(x\) for math.sin\(x\)$",
        ),
        (lambda x: [1.0, 2.0, 3.0], [[0.0], [1.0], [2.0]], ValueError, "^u: got a list of 3 num"),
        (
            lambda x: () if np.ptp(x.value) == 0 else x,
            [[0.0], [1.0]],
            ValueError,
            "^u: returned no",
        ),
        (
            lambda x: 1 / x,
            [[0.0], [1.0]],
            ValueError,
            "^u: .* other nodes, or a mapping from α with NaN there$",
        ),
    ],
)
def test_a_refusal_in_full(f, nodes, error, match):
    with pytest.raises(error, match=match):
        target_derivatives(f, np.array(nodes), 1, None, "u")


def test_two_numbers_at_three_nodes_are_two_constants():
    values = target_derivatives(lambda x: [1.0, 2.0], np.array([[0.0], [1.0], [2.0]]), 1)
    assert values.tolist() == [[[1.0, 2.0]] * 3, [[0.0, 0.0]] * 3]


def test_a_number_out_of_a_jet_shows_on_either_side_of_a_single_node():
    """The function is there for x ≤ 1 alone, so that only the node on the left tells."""

    def f(x):
        if np.max(x.value) > 1:
            raise ValueError("only to 1")
        return x.value * x

    with pytest.raises(ValueError, match="numbers that vary from node to node"):
        target_derivatives(f, np.array([[1.0]]), 1, None, "u")


def test_nodes_are_moved_by_rounding_towards_the_middle_and_not_out_of_the_domain():
    """log(x − a) at 2 and 3, a the number below 2 but one: less than ε·3 to the left of 2 there is none."""
    nodes, a = np.array([[2.0], [3.0]]), 2 - 2.0**-52 * 2
    log = lambda x: np.log(x - a)
    noise = rounding_of(log, nodes, target_derivatives(log, nodes, 0), 0)
    assert np.isfinite(noise).all() and noise[0, 0, 0] > 0.1 > 1e-14 > noise[0, 1, 0]


def test_the_rounding_of_what_cannot_be_had_again_is_unknown():
    nodes, calls = np.linspace(0, 1, 5)[:, None], []

    def once(x):
        if calls:
            raise RuntimeError("no more")
        return [x, x * x]

    values = target_derivatives(once, nodes, 1)
    calls.append(1)
    assert np.isnan(rounding_of(once, nodes, values, 1)).tolist() == np.ones((2, 5, 2)).tolist()


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("f", "slopes"),  # of the y-axis, where f itself is 0
    [
        (lambda x, y: np.sqrt(x) * y, [0, 0, 0]),
        (lambda x, y: x**0.75 * np.exp(y), [0, 0, 0]),
        (lambda x, y: np.sqrt(x * (1 + y)), [0, 0, 0]),
        (lambda x, y: np.sqrt(x) * np.log(1 + y) + y**3 - y, [-1, 0, 6]),
        (lambda x, y: x**1.5 + np.sqrt(x) / (2 + y), [0, 0, 0]),
    ],
)
def test_derivatives_along_an_axis_on_which_those_across_are_infinite(f, slopes, order):
    """√x y at x = 0: the value and each ∂_yⁿ are those of t ↦ f(0, t), and ∂_x is asked of nobody."""
    nodes = np.array([[0.0, 0.0], [0.0, 0.0]])
    indices = sr.multi_indices(2, order)
    idle = np.array([[alpha[0] > 0] * 2 for alpha in indices])
    values = target_derivatives(f, nodes, order, idle=idle)[..., 0]
    for alpha, value in zip(indices, values):
        n = alpha[1]
        assert alpha[0] or (value == ([0, *slopes][n])).all()
    with pytest.raises(ValueError, match=r"D\^\(1, 0\) is not finite at 2 of 2 nodes"):
        target_derivatives(f, nodes, order)


def test_a_root_whose_square_is_not_known_far_enough_is_refused():
    """√(x + y³) at 0 is y^{3/2} on the y-axis: ∂_y = 0 and ∂_yy is infinite."""
    nodes, f = np.zeros((1, 2)), lambda x, y: np.sqrt(x + y**3)
    only = {(0, 0): 1.0, (0, 1): 1.0}
    loss = sr.SobolevLoss(sr.MLP((2, 2, 1)), f, sr.samples(nodes), order=1, weights=only)
    np.testing.assert_array_equal(loss.target_values[[0, 2], 0, 0], 0)
    only[(0, 2)] = 1.0
    with pytest.raises(ValueError, match=r"D\^\(0, 2\) is not finite"):
        sr.SobolevLoss(sr.MLP((2, 2, 1)), f, sr.samples(nodes), order=2, weights=only)
    with pytest.raises(
        ValueError, match=r"x = \[0.0, 0.0\], or jets of order 5 do not tell it; takes"
    ):
        sr.SobolevLoss(  # ∂_yy is 0, and 2 for ∛(x + y⁶)
            sr.MLP((2, 2, 1)), lambda x, y: np.cbrt(x), sr.samples(nodes), order=2, weights=only
        )


# -- what nodes and jets do not show ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "nodes"),
    [
        (lambda x: np.abs(x.value), sr.gauss_legendre([(-1, 1)], 2).nodes),
        (lambda x: x * np.abs(x.value), sr.gauss_legendre([(-1, 1)], 2).nodes),
        (lambda x, y: np.hypot(x.value, y.value), sr.gauss_legendre([(-1, 1)] * 2, 2).nodes),
        (lambda x, y: (x, np.hypot(x.value, y.value)), sr.gauss_legendre([(-1, 1)] * 2, 2).nodes),
    ],
)
def test_numbers_out_of_jets_are_no_constants_where_all_nodes_have_the_same(f, nodes):
    with pytest.raises(ValueError, match="^u: .*without derivatives|^u: .*numbers that"):
        target_derivatives(f, nodes, 1, name="u")


def test_constants_are_taken_at_few_nodes_and_at_the_ends_of_a_domain():
    nodes = sr.gauss_legendre([(-1, 1)], 2).nodes
    np.testing.assert_array_equal(
        target_derivatives(lambda x: 2.0, nodes, 1)[..., 0], [[2, 2], [0, 0]]
    )
    ends = target_derivatives(lambda x: (np.sqrt(1 - x) * 0 + x, 3), nodes * 0.999 / nodes.max(), 1)
    np.testing.assert_array_equal(ends[..., 1], [[3, 3], [0, 0]])


def test_a_function_may_have_an_end_at_its_nodes():
    """It is looked at beside them, where it cannot be had."""

    def f(x):
        if x.value.min() < 0 or x.value.max() > 1:
            raise LookupError("outside")
        return x**2

    np.testing.assert_array_equal(
        target_derivatives(f, np.array([[0.0], [1.0]]), 1)[..., 0], [[0, 1], [0, 2]]
    )


PLANE = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, -0.3]])


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: (x + y**4) / x,
        lambda x, y: (x + y**8) / x,
        lambda x, y: x / (x + y**2),
        lambda x, y: x / (x + y**3),
        lambda x, y: x**2 / (x**2 + y**4),
        lambda x, y: x * y**2 / (x**2 + y**4),
    ],
)
def test_a_quotient_without_a_limit_has_none(f, order):
    """x/x is all that jets of low order know of (x + y⁴)/x."""
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"at x = \[0.0, 0.0\]|not finite"),
    ):
        target_derivatives(f, PLANE, order)


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize(
    ("f", "g"),
    [
        (lambda x, y: np.sin(x) / x + y, lambda x, y: np.sinc(x / np.pi) + y),
        (lambda x, y: np.sin(30 * x) / x * y, lambda x, y: 30 * np.sinc(30 * x / np.pi) * y),
        (lambda x, y: x * y / x, lambda x, y: y),
        (lambda x, y: 1e6 + x**2 / x, lambda x, y: 1e6 + x),
    ],
)
def test_a_quotient_with_a_limit_has_it(f, g, order):
    with np.errstate(all="ignore"):
        ours = target_derivatives(f, PLANE, order)
    np.testing.assert_allclose(ours, target_derivatives(g, PLANE, order), rtol=1e-9, atol=1e-9)
