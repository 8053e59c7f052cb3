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
    assert truth.size() == pytest.approx(expected, rel=1e-12)


def test_relu_has_no_second_derivative_in_l2():
    net = MLP((1, 4, 1), "relu")
    errors = Truth(np.sin, ((0.0, 1.0),)).errors(net, net.init(0))
    assert errors["H2"] == np.inf and np.isfinite([errors["L2"], errors["H1"]]).all()


@pytest.mark.parametrize(("name", "order", "p"), [(n, *v) for n, v in LOSSES.items()])
@pytest.mark.parametrize("d", [1, 2])
def test_a_counted_loss_is_the_loss_and_counts_rows_of_nodes(name, order, p, d):
    rule = gauss_legendre([(0, 1)] * d, 4)
    net = MLP((d, 3, 1))
    f = lambda *x: np.sin(sum(x))
    loss, plain = CountedLoss(name, net, f, rule), SobolevLoss(net, f, rule, order=order, p=p)
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
    assert run.seen == {("operations", at): {"n": n} for n, at in ((1, 200), (2, 400), (3, 800))}
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
    marks = [("seconds", 0.01), ("seconds", 0.02), ("operations", 40), ("operations", 80)]
    assert list(run.seen) == marks


def test_only_the_time_of_the_run_itself_is_charged(monkeypatch):
    """A clock of one tick a step, and of a hundred a look: five steps use up a budget of five."""
    clock = iter(np.arange(1e6))
    monkeypatch.setattr("sobolev_ref.claims.run.process_time", lambda: next(clock))
    net = MLP((1, 4, 1))
    look = lambda theta: {"ticks": [next(clock) for _ in range(100)][-1]}
    loss = CountedLoss("L2", net, np.sin, RULE)
    run = spend(loss, net.init(0), "adam", 5.0, look=look, marks=(0.4, 1.0))
    assert run.nit == run.seconds == 5 and list(run.seen) == [("seconds", 2.0), ("seconds", 5.0)]


def test_a_run_that_ends_by_itself_stays_where_it_is():
    net = MLP((1, 1))
    loss = CountedLoss("L2", net, lambda x: 3 * x, RULE)
    look = lambda theta: {"theta": float(theta[0])}
    run = spend(loss, [1.0, 0.0], "L-BFGS-B", 1e3, 1e12, look=look, marks=(0.5, 1.0))
    assert run.nit < 100 and run.x == pytest.approx([3, 0], abs=1e-6)
    assert len(run.seen) == 4 and {seen["theta"] for seen in run.seen.values()} == {run.x[0]}
