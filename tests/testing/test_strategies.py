"""The strategies draw what they promise, shrink to readable cases, and need Hypothesis when made."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref.testing import expressions as ex
from sobolev_ref.testing import strategies

FIND = settings(
    max_examples=1000, database=None, derandomize=True, deadline=None, phases=tuple(Phase)
)


@pytest.mark.slow
def test_importing_imports_no_hypothesis():
    code = (
        "import sys, sobolev_ref.testing.strategies, sobolev_ref.testing as t; "
        "assert 'hypothesis' not in sys.modules; t.check_optimizer"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_missing_hypothesis_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "sobolev_ref\[test\]"'):
        strategies.jets()


def test_numbers_are_short_decimals_and_shrink():
    palette = strategies.PALETTE
    assert palette.min() == -2 and palette.max() == 2 and set(palette[:5]) == {0, 1, -1, 2, -2}
    assert (palette == palette.round(2)).all() and not np.signbit(palette[palette == 0]).any()
    assert abs(strategies.WITHOUT_ZERO).min() >= 0.15 and strategies.WITHOUT_ZERO[0] == 1
    shrunk = find(strategies.arrays((2, 3)), lambda a: a.sum() > 2.5, settings=FIND)
    assert shrunk.shape == (2, 3) and np.count_nonzero(shrunk) <= 3


@given(strategies.multi_index_sets(), strategies.jets(2))
def test_jets(alphas, drawn):
    assert alphas == list(sr.multi_indices(len(alphas[0]), sum(alphas[-1])))
    rows, u, v = drawn
    assert len(rows) == len(u) and u.shape == v.shape and u.ndim == 3


@given(strategies.activations(), strategies.networks(["sin"], max_d=2, hidden=(1, 2), max_width=3))
def test_networks(name, drawn):
    assert sr.ACTIVATIONS[name].smoothness > 9 and drawn.net.activation.name == "sin"
    d, *hidden, m = drawn.net.widths
    assert d <= 2 and 1 <= len(hidden) <= 2 and max(hidden) <= 3 and m <= 3
    assert len(drawn.theta) == drawn.net.n_parameters and drawn.x.shape[1] == d
    assert abs(drawn.theta).min() > 0.07 and abs(drawn.theta).max() <= 1


@given(strategies.rules(), strategies.rules(2))
def test_rules(rule, in_the_plane):
    assert in_the_plane.d == 2 and len(rule) <= 6
    assert (rule.weights >= 0).all() and rule.weights.any()


@given(st.data(), st.integers(1, 3), st.integers(1, 2))
def test_targets_have_exact_derivatives(data, d, m):
    """By the rules of calculus, on jets, and by the complex step of the formula below."""
    u = data.draw(strategies.targets(d, m))
    x = data.draw(strategies.arrays((3, d)))
    exact = u.data(x, 3)
    on_jets = sr.Jet.variables(x, 3)
    for j, f in enumerate(u.outputs):
        jet = f(*on_jets)
        assume(isinstance(jet, sr.Jet))
        for alpha, values in jet.derivatives.items():
            size = 1 + abs(exact[alpha][:, j]).max()
            np.testing.assert_allclose(values, exact[alpha][:, j], rtol=1e-10, atol=1e-11 * size)
    e = 1e-20j * np.eye(d)[0]
    moved = np.stack([np.broadcast_to(f(*(x + e).T), 3) for f in u.outputs], axis=1)
    slope = exact[(1,) + (0,) * (d - 1)]
    np.testing.assert_allclose(moved.imag / 1e-20, slope, rtol=1e-11, atol=1e-12)


def test_a_target_prints_and_its_print_is_its_formula():
    u = find(strategies.targets(2), lambda u: "*y" in repr(u) and "sin" in repr(u), settings=FIND)
    names = {name: getattr(np, name) for name in ("sin", "cos", "exp", "tanh")}
    x, y = 0.3, -0.7
    assert eval(str(u.outputs[0]), names | {"x": x, "y": y}) == pytest.approx(u(x, y))
    x_4, sum_ = ex.variable(3), ex.plus(ex.variable(0), ex.number(2.0))
    assert str(ex.times(sum_, x_4)) == "(x + 2.0)*x4"
    both = ex.DrawnTarget(1, (ex.applied("tanh", ex.variable(0)), ex.number(1.0)))
    assert both(0.0) == (0.0, 1.0)
    assert repr(both.derivative((1,))) == "DrawnTarget('1.0 + -1.0*tanh(x)*tanh(x)', '0.0')"
    assert repr(ex.DrawnTarget(1, (ex.applied("cos", ex.variable(0)),)).derivative((1,))) == (
        "DrawnTarget('-1.0*sin(x)')"
    )


def test_a_target_is_a_target():
    """The loss of a function of the grammar is that of its data."""
    u = ex.DrawnTarget(1, (ex.applied("exp", ex.variable(0)),))
    net, rule = sr.MLP((1, 2, 1)), sr.gauss_legendre([(0, 1)], 4)
    by_jets, by_rules = (
        sr.SobolevLoss(net, target, rule, order=2)(net.init(0))[0]
        for target in (u, u.data(rule.nodes, 2))
    )
    assert by_jets == pytest.approx(by_rules, rel=1e-13)


@given(strategies.gaps({(0,): np.ones((3, 2)), (1,): np.ones((1, 1))}))
def test_gaps_leave_something(data):
    assert all(not np.isnan(values).all() for values in data.values())


@given(strategies.losses(st.just(3)), strategies.losses(missing=False))
def test_losses(drawn, complete):
    (loss, theta), (without_gaps, _) = drawn, complete
    value, gradient = loss(theta)
    assert np.isfinite(value) and gradient.shape == theta.shape and loss.p == 3
    assert without_gaps.p in (2, 3, 4, 6, 2.5)


def test_losses_have_zero_weights_gaps_and_both_kinds_of_lambda():
    kinds = [
        lambda loss: (loss.rule.weights == 0).any(),
        lambda loss: loss.order == 2,
        lambda loss: loss.p == 3,
        lambda loss: np.isnan(loss.target_values).any(),
        lambda loss: {0.3, 1.0} <= {*loss.weights.tolist()},
        lambda loss: loss.weights.max() > 7,  # by multi-index
    ]
    some = settings(FIND, phases=[Phase.generate])
    for kind in kinds:
        assert find(strategies.losses(), lambda found, kind=kind: kind(found[0]), settings=some)
    for d in (1, 3):
        of_dimension = lambda alphas, d=d: len(alphas[0]) == d
        assert find(strategies.multi_index_sets(), of_dimension, settings=some)
