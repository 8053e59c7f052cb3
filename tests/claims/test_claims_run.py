"""What the claims' studies measure: true errors, operations, budgets."""

from math import comb

import numpy as np
import pytest

from sobolev_ref import MLP, SobolevLoss, fit, gauss_legendre
from sobolev_ref.claims.run import ERRORS, LOSSES, CountedLoss, Truth, spend

RULE = gauss_legendre([(0, 1)], 8)


def test_the_errors_of_a_known_difference():
    """e = x² − (2x + 1) on [0, 3]: ∫e²/3 = 23/15·…, by polynomials integrated by hand."""
    net = MLP((1, 1))
    errors = Truth(lambda x: x**2, ((0.0, 3.0),)).errors(net, [2.0, 1.0])
    e = np.polynomial.Polynomial([1, 2, -1])
    squares = [(e.deriv(k) ** 2).integ()(3) / 3 for k in range(3)]
    expected = {name: np.sqrt(sum(squares[: k + 1])) for k, name in enumerate(ERRORS[:3])}
    assert errors == pytest.approx({**expected, "sup": 2.0}, rel=1e-12)


def test_the_errors_in_two_dimensions():
    """e = −x y on [0, 1]²: means of e², e_x² + e_y², e_xy² are 1/9, 2/3, 1; sup 1 in a corner."""
    net = MLP((2, 1))
    truth = Truth(lambda x, y: x * y, ((0.0, 1.0), (0.0, 1.0)))
    expected = dict(zip(ERRORS, [*np.sqrt([1 / 9, 7 / 9, 16 / 9]), 1.0]))
    assert truth.errors(net, np.zeros(3)) == pytest.approx(expected, rel=1e-12)
    assert truth.size == pytest.approx(expected, rel=1e-12)


def test_the_worst_score_is_that_of_zero():
    """u = 3x on [0, 1], u_θ = θ x: for θ = −1 all errors are 4/3 of those of 0, for θ = 2 a third."""
    net, truth = MLP((1, 1)), Truth(lambda x: 3 * x, ((0.0, 1.0),))
    assert truth.size == pytest.approx(
        {"L2": 3**0.5, "H1": 12**0.5, "H2": 12**0.5, "sup": 3.0}, rel=1e-12
    )
    assert truth.scores(net, [-1.0, 0.0]) == {**truth.size, "failed": 1.0}
    assert truth.scores(net, [1e200, 0.0]) == {**truth.size, "failed": 1.0}
    third = {name: size / 3 for name, size in truth.size.items()}
    assert truth.scores(net, [2.0, 0.0]) == pytest.approx({**third, "failed": 0.0}, rel=1e-12)


def test_an_error_that_is_bad_in_one_norm_is_the_worst_in_that_one():
    """u = 1 + 0.1 x, u_θ = 1 − 0.1 x: the value is near, the slope worse than none."""
    net, truth = MLP((1, 1)), Truth(lambda x: 1 + 0.1 * x, ((-1.0, 1.0),))
    scores = truth.scores(net, [-0.2, 1.0])
    assert scores["failed"] == 0 and scores["L2"] == pytest.approx(0.3 / 3**0.5)
    assert scores["sup"] == pytest.approx(0.3)


@pytest.mark.parametrize(("name", "order", "p", "weights"), [(n, *v) for n, v in LOSSES.items()])
@pytest.mark.parametrize("d", [1, 2])
def test_a_counted_loss_is_the_loss_and_counts_rows_of_nodes(name, order, p, weights, d):
    rule = gauss_legendre([(0, 1)] * d, 4)
    net = MLP((d, 3, 1))
    f = lambda *x: np.sin(sum(x))
    loss, plain = (
        CountedLoss(name, net, f, rule),
        SobolevLoss(net, f, rule, order=order, p=p, weights=weights),
    )
    theta = net.init(0)
    (value, gradient), (expected, by_plain) = loss(theta), plain(theta)
    assert value == expected and (gradient == by_plain).all()
    loss(theta)
    assert loss.operations == 2 * 4**d * comb(d + order, order)  # (C1)


def test_a_budget_of_operations_ends_at_the_first_iterate_after_it():
    net = MLP((1, 4, 1))
    looked = []

    def look(theta):
        looked.append(theta.copy())
        return {"n": float(len(looked))}

    loss = CountedLoss("L2", net, np.sin, RULE)
    run = spend(
        loss,
        net.init(0),
        "adam",
        0.0,
        100 * 8,
        look=look,
        marks=(0.25, 0.5, 1.0),
        learning_rate=0.01,
    )
    assert run.operations == 100 * 8 and run.nit == 98  # two evaluations at the start
    assert run.seen == {("operations", at): {"n": n} for n, at in ((1, 0.25), (2, 0.5), (3, 1.0))}
    again = fit(loss, net.init(0), "adam", maxiter=98, learning_rate=0.01, gtol=0.0)
    assert (looked[-1] == run.x).all() and (again.x == run.x).all()


def test_a_run_waits_for_both_limits_and_looking_is_free():
    net = MLP((1, 4, 1))

    def look(theta):
        end = np.sum(np.sin(np.arange(300_000)))  # far dearer than a step
        return {"end": end}

    loss = CountedLoss("L2", net, np.sin, RULE)
    run = spend(loss, net.init(0), "adam", 0.02, 80, look=look, marks=(0.5, 1.0))
    assert run.seconds >= 0.02 and run.operations >= 80
    marks = [(axis, mark) for axis in ("seconds", "operations") for mark in (0.5, 1.0)]
    assert list(run.seen) == marks


def test_only_the_time_of_the_run_itself_is_charged(monkeypatch):
    """A clock of one tick a step, and of a hundred a look: five steps use up a budget of five."""
    clock = iter(np.arange(1e6))
    monkeypatch.setattr("sobolev_ref.claims.run.process_time", lambda: next(clock))
    net = MLP((1, 4, 1))
    look = lambda theta: {"ticks": [next(clock) for _ in range(100)][-1]}
    loss = CountedLoss("L2", net, np.sin, RULE)
    run = spend(loss, net.init(0), "adam", 5.0, look=look, marks=(0.4, 1.0))
    assert run.nit == run.seconds == 5 and list(run.seen) == [("seconds", 0.4), ("seconds", 1.0)]


def test_a_run_that_ends_by_itself_stays_where_it_is():
    net = MLP((1, 1))
    loss = CountedLoss("L2", net, lambda x: 3 * x, RULE)
    look = lambda theta: {"theta": float(theta[0])}
    run = spend(loss, [1.0, 0.0], "L-BFGS-B", 1e3, 1e12, look=look, marks=(0.5, 1.0))
    assert run.nit < 100 and run.x == pytest.approx([3, 0], abs=1e-6)
    assert len(run.seen) == 4 and {seen["theta"] for seen in run.seen.values()} == {run.x[0]}
