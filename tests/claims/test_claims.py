"""What the claims' studies measure: true errors, operations, budgets."""

from math import comb

import numpy as np
import pytest

from sobolev_ref import MLP, SobolevLoss, fit, gauss_legendre
from sobolev_ref.claims.run import ERRORS, LOSSES, Budget, CountedLoss, Truth, spend

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
    budget = Budget(
        0.0, 100 * 8, (0.25, 0.5, 1.0), lambda theta: looked.append(theta.copy()) or {"n": 1.0}
    )
    loss = CountedLoss("L2", net, np.sin, RULE)
    run = spend(loss, net.init(0), "adam", budget, learning_rate=0.01)
    assert run.operations == 100 * 8 and run.nit == 98  # two evaluations at the start
    assert [at for at, _ in budget.by_operations] == [200, 400, 800] and not budget.by_seconds
    again = fit(loss, net.init(0), "adam", maxiter=98, learning_rate=0.01, gtol=0.0)
    assert (looked[-1] == run.x).all() and (again.x == run.x).all()


def test_a_run_waits_for_both_limits_and_looking_is_free():
    net = MLP((1, 4, 1))

    def look(theta):
        end = np.sum(np.sin(np.arange(300_000)))  # far dearer than a step
        return {"end": end}

    budget = Budget(0.02, 80, (0.5, 1.0), look)
    run = spend(CountedLoss("L2", net, np.sin, RULE), net.init(0), "adam", budget)
    assert run.seconds >= 0.02 and run.operations >= 80
    assert [at for at, _ in budget.by_seconds] == [0.01, 0.02]
    assert [at for at, _ in budget.by_operations] == [40, 80]


def test_a_run_that_ends_by_itself_stays_where_it_is():
    net = MLP((1, 1))
    budget = Budget(1000.0, 1e12, (0.5, 1.0), lambda theta: {"theta": float(theta[0])})
    run = spend(CountedLoss("L2", net, lambda x: 3 * x, RULE), [1.0, 0.0], "L-BFGS-B", budget)
    assert run.nit < 100 and run.x == pytest.approx([3, 0], abs=1e-6)
    for kept in (budget.by_seconds, budget.by_operations):
        assert [seen["theta"] for _, seen in kept] == [run.x[0]] * 2
