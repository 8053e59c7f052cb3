"""(L4): with weight decay a certificate gives a step with which every step of a run descends, by proof."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import MLP, Ridge, SobolevLoss, descent_audit, provable_step


def decayed(widths, mu, activation="tanh"):
    """A network against sin on [−1, 1], and (μ/2)‖θ‖² in two parts."""
    net = MLP(widths, activation)
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 10))
    P = net.n_parameters
    return loss + Ridge(mu / 4, P) + Ridge(3 * mu / 4, P), net.init(0)


def descend(loss, theta, rate, steps):
    return minimize(
        loss,
        theta,
        jac=True,
        method=sr.gradient_descent,
        options={"learning_rate": rate, "maxiter": steps, "gtol": 0.0},
    )


@pytest.mark.parametrize(("widths", "mu"), [((1, 5, 1), 0.1), ((1, 3, 1), 2.0), ((2, 3, 2), 0.5)])
def test_what_it_says(widths, mu):
    """R = √(2L₀/μ), and Λ of a slightly larger ball about 0, above the curvature at points of it."""
    net = MLP(widths)
    rule = sr.gauss_legendre([(-1, 1)] * widths[0], 4)
    loss = SobolevLoss(net, lambda *x: [x[0] * x[-1]] * widths[-1], rule) + Ridge(
        mu, net.n_parameters
    )
    theta = net.init(1)
    step = provable_step(loss, theta)
    assert step.mu == mu and step.start == loss(theta)[0]
    assert step.radius == pytest.approx(np.sqrt(2 * step.start / mu), rel=1e-14)
    assert step.lipschitz.kind == "certified" and step.lipschitz.loss is loss
    assert step.radius < step.lipschitz.radius < step.radius * 1.00001
    np.testing.assert_array_equal(step.lipschitz.center, np.zeros(net.n_parameters))
    assert step.learning_rate == 1 / step.lipschitz.value
    rng = np.random.default_rng(0)
    for _ in range(5):
        v = rng.normal(size=len(theta))
        assert np.linalg.norm(loss.hessian(step.radius * v / np.linalg.norm(v)), 2) <= float(
            step.lipschitz
        )


def test_the_sublevel_set_is_in_the_ball():
    """(L4) where it is attained: with data that the network 0 fits, {L ≤ L₀} touches the sphere."""
    net = MLP((1, 2, 1))
    loss = SobolevLoss(net, lambda x: 0 * x, sr.gauss_legendre([(-1, 1)], 3)) + Ridge(2.0, 7)
    only_hidden = net.pack([([[1.0], [2.0]], [0.5, 0.0]), ([[0.0, 0.0]], [0.0])])
    step = provable_step(loss, only_hidden)
    assert step.radius == pytest.approx(np.linalg.norm(only_hidden), rel=1e-14)
    run = descend(loss, only_hidden, step.learning_rate, 20)
    assert (np.diff(run.history) < 0).all()


@pytest.mark.slow
@pytest.mark.parametrize(("widths", "mu"), [((1, 5, 1), 0.1), ((1, 3, 3, 1), 1.0)])
def test_each_of_10000_steps_descends_as_promised(widths, mu):
    """(T4) at every step of a real network, none short of (η/2)‖∇L‖², and no θ_k outside the ball."""
    loss, theta = decayed(widths, mu)
    step = provable_step(loss, theta)
    run = descend(loss, theta, step.learning_rate, 10_000)
    assert len(run.history) == 10_001 and (np.diff(run.history) < 0).all()
    audit = descent_audit(run, step.lipschitz)
    assert audit.holds and np.linalg.norm(run.x) <= step.radius
    assert run.history[-1] < 0.99 * run.history[0]


def test_it_prints_as_the_statement():
    """L(θ) = θ² + (0.5/2)θ², whose ∇² is 2.5; √80 is above 8.944."""
    line = sr.LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(line, lambda x: 0 * x, sr.gauss_legendre([(0, 1)], 2), order=0)
    assert str(provable_step(loss + Ridge(0.5, 1), [4.0])) == (
        "Gradient descent from L = 20 with η = 0.4 lowers the loss by (η/2)‖∇L‖² or more at every step and "
        "stays in ‖θ‖ <= 8.945, because of (μ/2)‖θ‖² with μ = 0.5 and L = 2.5 (exact: largest eigenvalue of "
        "the constant Hessian)"
    )


def test_a_statement_cannot_be_changed_to_a_false_one():
    """Replaced fields: a higher start needs a larger ball, and a Λ with another number is of no loss."""
    loss, theta = decayed((1, 3, 1), 1.0)
    step = provable_step(loss, theta)
    lower = replace(step, start=step.start / 4)  # true as well
    assert lower.radius == step.radius / 2 and lower.learning_rate == step.learning_rate
    with pytest.raises(
        ValueError, match=r"^lipschitz: got L ~ .*outside its ball\), takes what is"
    ):
        replace(step, start=2 * step.start)
    with pytest.raises(TypeError, match="^loss: got None"):
        replace(step, lipschitz=replace(step.lipschitz, value=step.lipschitz.value / 2))
    without = decayed((1, 3, 1), 0.0)[0]
    with pytest.raises(ValueError, match="^loss: got none with weight decay"):
        replace(step, lipschitz=sr.lipschitz(without, theta, radius=9.0))


def test_without_weight_decay_there_is_none():
    loss, theta = decayed((1, 3, 1), 0.0)
    with pytest.raises(
        ValueError, match=r"^loss: got none with weight decay, .* takes a sum with Ridge"
    ):
        provable_step(loss, theta)
    loss, theta = decayed((1, 3, 1), 1.0)
    with pytest.raises(ValueError, match="^theta: got a point where the loss is beyond float64"):
        provable_step(loss, 1e200 * np.ones_like(theta))
    relu = SobolevLoss(
        MLP((1, 3, 1), "relu"), np.sin, sr.gauss_legendre([(-1, 1)], 3), kinks="ignore"
    )
    with pytest.raises(ValueError, match="^radius: "):
        provable_step(relu + Ridge(1.0, 10), np.ones(10))
