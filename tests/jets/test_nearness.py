"""Nodes that are on a kink, a step or a pole but for rounding are refused as those that are on it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

import sobolev_ref as sr
from sobolev_ref import Jet
from sobolev_ref.jets.nearness import Operand

TENTHS = np.linspace(0, 1, 11)  # of which the fourth is 0.30000000000000004
ABOVE = TENTHS[3:]
SEVEN = np.array([0.7000000000000001, 0.75])  # ten times the first is 7.000000000000001
GRID = np.c_[TENTHS, 2 * TENTHS]
SUMS = np.cumsum(np.full(10, 0.1))  # of which the last is 1 − 2⁻⁵³


def norm(f, x, order=1, kinks="raise"):
    return sr.sobolev_norm(f, sr.samples(x), order, kinks=kinks)


ON_KINKS = [  # f, the nodes, and how many of them are on a kink but for rounding
    (lambda t: abs(t - 0.3), TENTHS, 1),
    (lambda t: abs(t - 0.7), TENTHS, 1),
    (lambda t: np.fabs(0.3 - t) ** 3, TENTHS, 1),
    (lambda t: np.maximum(t, 0.3), TENTHS, 1),
    (lambda t: np.fmin(t, 0.3), TENTHS, 1),
    (lambda t: np.clip(t, 0.3, 2), TENTHS, 1),
    (lambda t: np.where(t < 0.3, 0, t), TENTHS, 1),
    (lambda t: (t > 0.3) * (t - 0.3), TENTHS, 1),
    (lambda t: np.where(t == 0.3, 1, np.sin(t - 0.3) / (t - 0.3)), TENTHS, 1),
    (lambda t: np.sign(t - 0.3), TENTHS, 1),
    (lambda t: np.heaviside(t - 0.3, 0.5), TENTHS, 1),
    (lambda t: abs(np.sin(10 * np.pi * t)), TENTHS[1:], 10),
    (lambda t: np.floor(10 * t), SEVEN, 1),
    (lambda t: np.ceil(10 * t), SEVEN, 1),
    (lambda t: np.trunc(10 * t), SEVEN, 1),
    (lambda t: np.rint(5 * t), np.array([0.1 + 0.2, 0.6]), 1),
    (lambda t: abs(t), np.arange(-1, 1, 0.1), 1),
    (lambda t: abs(t), np.cos(np.pi * (2 * np.arange(5) + 1) / 10), 1),
    (lambda t: np.sqrt(t - 0.3), ABOVE, 1),
    (lambda t: np.cbrt(t - 0.3), TENTHS, 1),
    (lambda t: special.cbrt(t - 0.3), TENTHS, 1),
    (lambda t: (t - 0.3) ** 0.5, ABOVE, 1),
    (lambda t: (t - 0.3) ** t, ABOVE, 1),
    (lambda t: (t - 0.3) ** (2 + (t - 0.3)), ABOVE, 1),
    (lambda t: (t - 0.3) ** -2, TENTHS, 1),
    (lambda t: np.log(t - 0.3), ABOVE, 1),
    (lambda t: np.log10((t - 0.3) ** 2), TENTHS, 1),
    (lambda t: 1 / (t - 0.3), TENTHS, 1),
    (lambda t: np.reciprocal(t - 0.3), TENTHS, 1),
    (np.tan, np.linspace(0, 2 * np.pi, 5), 2),
    (special.gamma, np.arange(-1.5, 1.01, 0.1), 1),
    (special.gammaln, np.arange(-1.5, 1.01, 0.1), 1),
    (special.digamma, np.arange(-2.5, 0.95, 0.1) + 1, 1),
    (np.arcsin, SUMS, 1),
    (lambda t: np.arccos(-t), SUMS, 1),
    (np.arctanh, SUMS, 1),
    (lambda t: np.log1p(-t), SUMS, 1),
    (lambda t: special.log1p(-t), SUMS, 1),
    (np.arccosh, np.array([1 + 2**-52, 2]), 1),
    (lambda x, y: np.maximum(x, y), np.c_[TENTHS, 0 * TENTHS + 0.3], 1),
    (lambda x, y: np.hypot(x - 0.3, y - 0.6), GRID, 1),
    (lambda x, y: np.hypot(x - 0.3, 0 * y), GRID, 1),
    (lambda x, y: np.sqrt((x - 0.3) ** 2 + (y - 0.6) ** 2), GRID, 1),
    (lambda x, y: np.arctan2(y - 0.3, x - 1), np.c_[TENTHS, TENTHS], 1),
]


@pytest.mark.parametrize("case", range(len(ON_KINKS)))
def test_a_node_on_a_kink_but_for_rounding_is_refused_by_place(case):
    """A derivative there would be that of the side on which the last bit fell, or as large as rounding."""
    f, x, n = ON_KINKS[case]
    said = rf"^np\..*: {n} of {len(x)} nodes lie on its kink or step, but for rounding, where there is no"
    with pytest.raises(ValueError, match=said.replace("^np", "^(np|special)")):
        norm(f, x)
    assert np.isfinite(norm(f, x, order=0)) and np.isfinite(norm(f, x, kinks="ignore"))


ON_NONE = [  # f, its slope, and the nodes
    (lambda t: abs(t - 0.35), lambda t: np.sign(t - 0.35), TENTHS),
    (lambda t: abs((t - 0.3) ** 3), lambda t: 3 * (t - 0.3) * abs(t - 0.3), TENTHS),
    (lambda t: np.maximum(np.sin(t) ** 2 + np.cos(t) ** 2, 1), lambda t: 0 * t, TENTHS),
    (lambda t: np.maximum(t / 10, 0.1 * t), lambda t: 0.1 + 0 * t, TENTHS),
    (lambda t: (t - 0.3) ** 2.5, lambda t: 2.5 * (t - 0.3) ** 1.5, ABOVE),
    (lambda t: (t - 0.3) ** 2, lambda t: 2 * (t - 0.3), TENTHS),
    (lambda t: np.trunc(t - 0.3) + t, lambda t: 1 + 0 * t, TENTHS),
    (lambda t: np.floor(np.full_like(t, 0.5)) + t, lambda t: 1 + 0 * t, TENTHS),
    (lambda t: np.rint(t), lambda t: 0 * t, np.array([0.4, 1.0])),
    (np.tan, lambda t: 1 / np.cos(t) ** 2, np.array([1.57, 1.5707963, 4.7])),
    (np.arcsin, lambda t: 1 / np.sqrt((1 - t) * (1 + t)), np.array([1 - 1e-12, 1e-12 - 1, 0.5])),
    (
        special.gamma,
        lambda t: special.gamma(t) * special.psi(t),
        np.array([1, 2, 1 - 1e-16, -0.9]),
    ),
    (abs, np.ones_like, np.array([1e-20, 3e-20])),
    (np.sqrt, lambda t: 0.5 / np.sqrt(t), np.geomspace(1e-30, 1, 9)),
    (np.log, np.reciprocal, np.geomspace(1e-30, 1, 9)),
    (lambda t: 1 / t, lambda t: -1 / t**2, np.geomspace(1e-30, 1, 9)),
    (lambda t: np.arctan2(t - 0.3, 1), lambda t: 1 / (1 + (t - 0.3) ** 2), TENTHS),
    (lambda t: np.hypot(t - 0.3, 1), lambda t: (t - 0.3) / np.hypot(t - 0.3, 1), TENTHS),
]


@pytest.mark.parametrize("case", range(len(ON_NONE)))
def test_what_is_smooth_there_and_what_is_near_but_not_on_a_kink_is_taken(case):
    f, slope, x = ON_NONE[case]
    ours = f(Jet.variables(x, 1)[0]).derivatives[(1,)]
    np.testing.assert_allclose(ours, slope(x), rtol=1e-13, atol=1e-15)


def test_a_quotient_of_two_zeros_but_for_rounding_is_no_pole():
    """sin(t − 0.3)/(t − 0.3) = 1 at 0.1 + 0.2, and its slope is told of, as near any removable zero."""
    (x,) = Jet.variables(TENTHS, 3)
    quotient = np.sin(x - 0.3) / (x - 0.3)
    assert quotient.value[3] == 1
    with pytest.warns(RuntimeWarning, match="^rounding may leave .* at 1 of 11 nodes"):
        assert quotient.derivatives


def test_columns_of_a_jet_and_jets_without_nodes():
    """Each column has its own nodes; a jet of given coefficients has the rounding of its own value alone."""
    (x,) = Jet.variables(TENTHS, 1)
    pair = np.stack([x - 0.35, x - 0.3], axis=-1)
    with pytest.raises(ValueError, match=r"1 of 11 nodes lie .* at x = \[0.30000000000000004\]"):
        np.abs(pair)
    np.testing.assert_array_equal(np.abs(pair[:, :1]).derivatives[(1,)][:4, 0], -1)
    given = Jet((x - 0.3).coefficients[:, 3:], x.algebra)
    assert np.abs(given).derivatives[(1,)][0] == 1
    with pytest.raises(ValueError, match=r"but for rounding, .* the first at index \[0\]"):
        np.abs((given + 2e-16 + 1) - 1)


def test_errors_add_up_and_their_sum_is_still_rounding():
    """The node is on the kink of u − v where |z_0| is 4 units of E(u) + E(v), and not of less."""
    u = Operand(np.array([[1.0], [1.0]]), np.array([[0.5], [0.0]]), (np.zeros(1),), 1)
    v = Operand(np.array([[1 - 2.0**-51], [0.0]]), np.array([[0.5], [0.0]]), (np.zeros(1),), 1)
    assert u.less(v).meets() and not replace(u.less(v), error=np.array([[0.99], [0.0]])).meets()
