"""Theorem 4, as it is true. Hypotheses: ∇L is L-Lipschitz on the path, L ≥ L*, 0 < η < 2/L.
Conclusions: L(θ_{k+1}) ≤ L(θ_k) − η(1 − Lη/2)‖∇L(θ_k)‖² (T4); so the loss falls, the sum of the squares
stays within its budget, and min_{j<k} ‖∇L‖² ≤ (L₀ − L*)/(k(η − Lη²/2)).

Not a conclusion: that θ_k converges. The last tests break η < 2/L and see the loss rise, and keep every
hypothesis and see θ_k go to infinity.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult, minimize
from strategies import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Lipschitz, SobolevLoss, descent_audit, gradient_descent
from sobolev_ref.theory.counterexamples import descent_without_a_critical_point
from sobolev_ref.theory.step_limits import edge_of_stability


def descend(loss, theta, rate, steps):
    return minimize(
        loss,
        theta,
        jac=True,
        method=gradient_descent,
        options={"learning_rate": rate, "maxiter": steps, "gtol": 0.0},
    )


@given(st.floats(0.01, 1.99), st.integers(0, 4), st.integers(1, 30), SEEDS)
def test_every_conclusion_on_a_convex_loss(factor, degree, steps, seed):
    """η = factor / L with the exact L of a linear model."""
    model = LinearModel.polynomial(degree, [(-1, 1)])
    loss = SobolevLoss(model, np.exp, sr.gauss_legendre([(-1, 1)], 8), weights=(1, 0.4))
    L = sr.lipschitz(loss)
    theta = np.random.default_rng(seed).normal(size=model.n_parameters)
    fit = descend(loss, theta, factor / L.value, steps)
    best = sr.solve_linear(loss).fun
    audit = descent_audit(fit, L, lower_bound=best * (1 - 1e-9))
    assert audit.holds and audit.violations == 0  # (T4)
    assert (np.diff(fit.history) <= 1e-13 * fit.history[0]).all()
    squares = fit.gradient_norms[:-1] ** 2
    eta = factor / L.value
    count = np.arange(1, len(squares) + 1)
    bound = (fit.history[0] - best) / (count * (eta - L.value * eta**2 / 2))
    assert (np.minimum.accumulate(squares) <= bound * (1 + 1e-6) + 1e-20).all()


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


def test_a_lower_bound_widens_the_budget_and_the_rounding():
    """L* = −3 under L(θ) = θ² from θ = 1: budget 4, rounding 10⁻¹³ (1 + 3); a list is taken as well."""
    fit = descend(lambda t: (t @ t, 2 * t), [1.0], 0.25, 3)
    lists = OptimizeResult(
        history=fit.history.tolist(),
        gradient_norms=fit.gradient_norms.tolist(),
        learning_rates=fit.learning_rates.tolist(),
    )
    constant = Lipschitz(2.0, "exact", "")
    for result in (fit, lists):
        audit = descent_audit(result, constant, lower_bound=-3.0)
        assert audit.budget == 4 and audit.lipschitz is constant
        assert audit.rounding == pytest.approx(4e-13, rel=1e-12, abs=0)
        np.testing.assert_allclose(audit.bound, 4 / (np.arange(1, 4) * 3 / 16))


def test_each_conclusion_of_the_audit_is_held_to_rounding_and_no_more():
    """Two steps of gain 2, budget 2, rounding 1/4: at every limit it holds, 1/8 beyond it does not."""
    at_the_limits = {
        "decrease": [0.75, 0.75],  # promised − rounding
        "promised": [1.0, 1.0],
        "spent": [2.25, 2.5],  # budget + k · rounding
        "smallest": [1.125, 0.625],  # (budget + k · rounding) / total
        "bound": [1.0, 0.5],  # budget / total
    }

    def audit(**changed):
        arrays = {name: np.array(v) for name, v in (at_the_limits | changed).items()}
        return sr.theory.descent.DescentAudit(
            **arrays, budget=2.0, lipschitz=Lipschitz(1.0, "exact", ""), rounding=0.25
        )

    assert audit().holds and audit().violations == 0
    assert audit(promised=[0.0, 0.5]).holds
    assert audit(bound=[np.inf, 0.0], smallest=[9.0, 9.0]).holds  # nothing is bounded
    assert audit(decrease=[0.625, 0.0]).violations == 2
    for broken in [
        {"decrease": [0.75, 0.625]},
        {"promised": [-0.125, 0.5]},
        {"spent": [2.375, 2.5]},
        {"spent": [2.25, 2.625]},
        {"smallest": [1.25, 0.625]},
        {"smallest": [1.125, 0.75]},
    ]:
        assert not audit(**broken).holds, broken


def test_armijo_descends_where_no_constant_is_known():
    net = MLP((1, 10, 10, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-2, 2)], 16))
    fit = descend(loss, net.init(0), "armijo", 200)
    assert (np.diff(fit.history) < 0).all() and fit.history[-1] < 0.1 * fit.history[0]
    gained = fit.history[:-1] - fit.history[1:]
    assert (gained >= 1e-4 * fit.learning_rates * fit.gradient_norms[:-1] ** 2 * (1 - 1e-9)).all()


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


def test_the_paper_s_conclusion_fails_with_every_hypothesis_kept():
    """tanh(θx) against sign(x): ∇L → 0 along the run, and θ_k → ∞, to no critical point."""
    theta, slope = descent_without_a_critical_point((10, 100, 1000, 10_000))
    assert (np.diff(theta) > 0).all() and (slope < 0).all()
    assert (np.diff(np.abs(slope)) < 0).all()
    # L ~ c/θ, so θ′ = η c/θ² and θ ~ (3ηc k)^{1/3}: ten times the steps, 10^{1/3} the distance
    np.testing.assert_allclose(theta[2:] / theta[1:-1], 10 ** (1 / 3), rtol=0.06)
    np.testing.assert_allclose(-slope * theta**2, 4 * np.log(2) - 2, rtol=0.02)


def test_full_batch_descent_finds_the_edge_of_stability():
    """The step is not below 2/L on the path; the path moves to where it equals 2/L, and stays."""
    edge = edge_of_stability(learning_rate=0.1, steps=4000, every=200)
    assert edge.sharpness[0] < 0.7  # it starts well inside
    late = edge.sharpness[-8:]
    assert 0.85 < late.mean() < 1.15 and edge.rises > 50
    assert edge.history[-1] < edge.history[2000]  # and still the loss falls, not monotonely


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda fit: descent_audit(fit, 2.0),
            TypeError,
            "^constant: got 2.0, takes a Lipschitz, which says what kind it is$",
        ),
        (
            lambda fit: descent_audit({"history": [1.0]}, Lipschitz(1, "exact", "")),
            TypeError,
            "^fit: got dict, takes a result of gradient_descent$",
        ),
        *(
            (
                lambda fit, key=key, value=value: descent_audit(
                    OptimizeResult(fit, **{key: value}), Lipschitz(1, "exact", "")
                ),
                error,
                f"^fit.{key}: got {message}",
            )
            for key in ("learning_rates", "history", "gradient_norms")
            for value, error, message in (
                (["a"], TypeError, "<U1 entries"),
                (np.ones((1, 1)), ValueError, r"shape \(1, 1\), takes shape"),
                (np.full(3, np.nan), ValueError, "3 NaN"),
            )
        ),
        (
            lambda fit: descent_audit(OptimizeResult(x=[1]), Lipschitz(1, "exact", "")),
            TypeError,
            "^fit: has no history, takes a result of gradient_descent$",
        ),
        (
            lambda fit: descent_audit(OptimizeResult(history=[1]), Lipschitz(1, "exact", "")),
            TypeError,
            "^fit: has no gradient_norms, takes a result of gradient_descent$",
        ),
        (
            lambda fit: descent_audit(
                OptimizeResult(history=[1], gradient_norms=[1]), Lipschitz(1, "exact", "")
            ),
            TypeError,
            "^fit: has no learning_rates, takes a result of gradient_descent$",
        ),
        (
            lambda fit: descent_audit(
                descend(lambda t: (t @ t, 2 * t), [1.0], 0.1, 0), Lipschitz(1, "exact", "")
            ),
            ValueError,
            "^fit: got no steps, takes at least one$",
        ),
        (
            lambda fit: descent_audit(fit, Lipschitz(1, "exact", ""), lower_bound=np.nan),
            ValueError,
            "^lower_bound: got nan, takes a finite number$",
        ),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call(descend(lambda t: (t @ t, 2 * t), [1.0], 0.1, 2))
