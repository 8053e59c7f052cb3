"""Theorem 4, as it is true. Let ∇L be L-Lipschitz on the path, L(θ) ≥ L*, and 0 < η < 2/L. Then

    L(θ_{k+1}) ≤ L(θ_k) − η(1 − Lη/2)‖∇L(θ_k)‖²                                               (T4)

so that the loss falls, Σ_k η(1 − Lη/2)‖∇L(θ_k)‖² ≤ L(θ_0) − L*, and therefore
min_{j<k} ‖∇L(θ_j)‖² ≤ (L(θ_0) − L*)/(k(η − Lη²/2)).

That θ_k converges is not a conclusion. The last tests break η < 2/L, and the loss rises; and they keep every
hypothesis, and θ_k goes to infinity.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from strategies import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Lipschitz, SobolevLoss, descent_audit, gradient_descent
from sobolev_ref.theory.counterexamples import descent_without_a_critical_point, edge_of_stability


def descend(loss, theta, rate, steps):
    return minimize(
        loss,
        theta,
        jac=True,
        method=gradient_descent,
        options={"learning_rate": rate, "maxiter": steps, "gtol": 0.0},
    )


# -- the conclusions -------------------------------------------------------------------------------


@given(st.floats(0.01, 1.99), st.integers(0, 4), st.integers(1, 30), SEEDS)
def test_every_conclusion_on_a_convex_loss(factor, degree, steps, seed):
    """η = factor / L with the exact L of a linear model."""
    model = LinearModel.polynomial(degree, [(-1, 1)])
    loss = SobolevLoss(model, np.exp, sr.gauss_legendre([(-1, 1)], 8), weights=(1, 0.4))
    L = sr.lipschitz(loss)
    theta = np.random.default_rng(seed).normal(size=model.n_parameters)
    eta = factor / L.value
    fit = descend(loss, theta, eta, steps)
    squares, gain = fit.gradient_norms[:-1] ** 2, eta - L.value * eta**2 / 2
    rounding = 1e-13 * fit.history[0]
    assert (np.diff(fit.history) <= -gain * squares + rounding).all()  # (T4)
    best = sr.solve_linear(loss).fun
    count = np.arange(1, len(squares) + 1)
    bound = (fit.history[0] - best) / (count * gain)
    assert (np.minimum.accumulate(squares) <= bound * (1 + 1e-6) + 1e-20).all()
    audit = descent_audit(fit, L, lower_bound=best * (1 - 1e-9))
    assert audit.holds and audit.violations == 0
    np.testing.assert_allclose(audit.promised, gain * squares, rtol=1e-12)
    assert (audit.smallest <= audit.bound * (1 + 1e-9) + 1e-20).all()


@pytest.mark.parametrize("name", ["tanh", "sin", "sigmoid"])
def test_every_conclusion_on_a_network_with_a_certificate(name):
    """L certified on a ball about θ_0 that the path does not leave."""
    net = MLP((1, 5, 1), name)
    theta = net.init(0)
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 8))
    radius = 2.0
    L = sr.lipschitz(loss, theta, radius=radius)
    fit = descend(loss, theta, 1 / L.value, 200)
    assert np.linalg.norm(fit.x - theta) <= radius
    audit = descent_audit(fit, L)
    assert audit.holds and fit.history[-1] < 0.9 * fit.history[0]
    assert audit.lipschitz.kind == "certified"


def test_the_audit_in_numbers():
    """L(θ) = θ², L = 2, η = 1/4: θ_k = 2^{−k}, everything in closed form."""
    fit = descend(lambda t: (t @ t, 2 * t), [1.0], 0.25, 3)
    audit = descent_audit(fit, Lipschitz(2.0, "exact", ""))
    np.testing.assert_allclose(audit.decrease, [3 / 4, 3 / 16, 3 / 64])
    np.testing.assert_allclose(audit.promised, [3 / 4, 3 / 16, 3 / 64])  # equality: a quadratic
    np.testing.assert_allclose(audit.spent, np.cumsum(audit.promised))
    assert audit.budget == 1
    np.testing.assert_allclose(audit.smallest, [4, 1, 1 / 4])
    np.testing.assert_allclose(audit.bound, 1 / (np.arange(1, 4) * 3 / 16))
    assert audit.holds


def test_armijo_descends_where_no_constant_is_known():
    net = MLP((1, 10, 10, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-2, 2)], 16))
    fit = descend(loss, net.init(0), "armijo", 200)
    assert (np.diff(fit.history) < 0).all() and fit.history[-1] < 0.1 * fit.history[0]
    gained = fit.history[:-1] - fit.history[1:]
    assert (gained >= 1e-4 * fit.learning_rates * fit.gradient_norms[:-1] ** 2 * (1 - 1e-9)).all()


# -- without the hypotheses ------------------------------------------------------------------------


def test_beyond_two_over_l_the_conclusion_fails():
    model = LinearModel.polynomial(2, [(-1, 1)])
    loss = SobolevLoss(model, np.sin, sr.gauss_legendre([(-1, 1)], 8))
    L = sr.lipschitz(loss)
    audit = descent_audit(descend(loss, np.ones(3), 2.2 / L.value, 40), L)
    assert (audit.promised < 0).all() and not audit.holds
    assert audit.decrease[-1] < 0  # the loss rises
    assert np.isinf(audit.bound).all()
    at_the_limit = descend(lambda t: (t @ t, 2 * t), [1.0], 1.0, 4)  # θ_k = ±1
    assert np.isinf(descent_audit(at_the_limit, Lipschitz(2.0, "exact", "")).bound).all()


def test_with_an_estimate_too_small_the_audit_notices():
    model = LinearModel.polynomial(2, [(-1, 1)])
    loss = SobolevLoss(model, np.sin, sr.gauss_legendre([(-1, 1)], 8))
    L = sr.lipschitz(loss).value
    audit = descent_audit(descend(loss, np.ones(3), 1.0 / L, 5), Lipschitz(0.1 * L, "estimate", ""))
    assert audit.violations > 0 and not audit.holds


def test_full_batch_descent_finds_the_edge_of_stability():
    """The step is not below 2/L on the path; the path moves to where it equals 2/L, and stays."""
    edge = edge_of_stability(learning_rate=0.1, steps=4000, every=200)
    assert edge.sharpness[0] < 0.7  # it starts well inside
    late = edge.sharpness[-8:]
    assert 0.85 < late.mean() < 1.15 and edge.rises > 50
    assert edge.history[-1] < edge.history[2000]  # and still the loss falls, not monotonely


# -- what does not follow --------------------------------------------------------------------------


def test_the_paper_s_conclusion_fails_with_every_hypothesis_kept():
    """tanh(θx) against sign(x): ∇L → 0 along the run, and θ_k → ∞, to no critical point."""
    theta, slope = descent_without_a_critical_point((8, 64, 512, 4096))
    assert (np.diff(theta) > 0).all() and (slope < 0).all()
    assert (np.diff(np.abs(slope)) < 0).all()
    # L ~ c/θ, so θ′ = η c/θ² and θ ~ (3ηc k)^{1/3}: eight times the steps, twice the distance
    np.testing.assert_allclose(theta[2:] / theta[1:-1], 2, rtol=0.06)
    np.testing.assert_allclose(-slope * theta**2, 4 * np.log(2) - 2, rtol=0.02)
