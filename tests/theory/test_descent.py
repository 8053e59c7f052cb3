"""`descent_lemma` and `descent_audit` as functions: defaults, rounding, and what they refuse.

What they say of Theorems 3 and 4 is in the tests of those.
"""

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, minimize

import sobolev_ref as sr
from sobolev_ref import (
    MLP,
    LinearModel,
    Lipschitz,
    SobolevLoss,
    descent_audit,
    descent_lemma,
    gradient_descent,
    lipschitz,
)
from sobolev_ref.theory.descent import DescentAudit, DescentLemma

EXACT = Lipschitz(2.0, "exact", "L(θ) = θ²")


def descend(steps, rate=0.25):
    """A run on L(θ) = θ² from 1."""
    options = {"learning_rate": rate, "maxiter": steps, "gtol": 0.0}
    square = lambda t: (t @ t, 2 * t)
    return minimize(square, [1.0], jac=True, method=gradient_descent, options=options)


# -- the lemma -------------------------------------------------------------------------------------


def test_by_default_the_constant_is_an_estimate_on_the_segment_at_24_points():
    net = MLP((1, 3, 1), "sin")
    loss = SobolevLoss(net, np.cos, sr.midpoint([(-1, 1)], 4))
    theta, delta = net.init(0), 4 * net.init(1)
    lemma = descent_lemma(loss, theta, delta)
    assert lemma.lipschitz == lipschitz(loss, theta, theta + delta)
    assert lemma.integral == descent_lemma(loss, theta, delta, n=24).integral


def test_a_slack_is_held_against_its_rounding():
    numbers = {"left": 1.0, "remainder": 0.0, "integral": 0.0, "lipschitz": EXACT, "rounding": 0.5}
    assert DescentLemma(right=0.5, slack=-0.5, **numbers).holds
    assert not DescentLemma(right=0.25, slack=-0.75, **numbers).holds


def test_rounding_is_measured_by_the_terms_and_not_by_their_sum():
    """Both sides 10⁻⁶ from terms of size 1: equality, which rounding must not call a violation."""
    model = LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(model, lambda x: 0.0, sr.gauss_legendre([(0, 1)], 3), order=0)
    lemma = descent_lemma(loss, [1.001], [-1.0])
    assert lemma.left == pytest.approx(1e-6, rel=1e-9)
    terms = 1e-6 + 1.001**2 + 2 * 1.001 + 1  # L(θ+Δ), L(θ), |∇L|·|Δ|, (L/2)‖Δ‖²
    assert lemma.rounding == pytest.approx(1e-13 * terms, rel=1e-12, abs=0)
    assert lemma.holds and abs(lemma.slack) < lemma.rounding < 1e-12


def test_what_a_lemma_refuses():
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, sr.midpoint([(0, 1)], 4))
    theta = net.init(0)
    with pytest.raises(
        TypeError, match="^constant: got 3.0, takes a Lipschitz, which says what kind it is$"
    ):
        descent_lemma(loss, theta, theta, 3.0)
    for bad, match in [(theta[1:], r"got shape \(9,\)"), (1j * theta, "got complex")]:
        with pytest.raises((TypeError, ValueError), match=f"^theta: {match}"):
            descent_lemma(loss, bad, theta)
        with pytest.raises((TypeError, ValueError), match=f"^step: {match}"):
            descent_lemma(loss, theta, bad)
    with pytest.raises(ValueError, match="^n: got 0"):
        descent_lemma(loss, theta, theta, n=0)
    with pytest.raises(ValueError, match="^p: got 1.5"):
        descent_lemma(SobolevLoss(net, np.sin, sr.midpoint([(0, 1)], 4), p=1.5), theta, theta)


# -- the audit -------------------------------------------------------------------------------------


def test_a_lower_bound_widens_the_budget_and_the_rounding():
    """L* = −3 under L(θ) = θ² from θ = 1: budget 4, rounding 10⁻¹³ (1 + 3); a list is taken as well."""
    fit = descend(3)
    keys = ("history", "gradient_norms", "learning_rates")
    lists = OptimizeResult({key: fit[key].tolist() for key in keys})
    for result in (fit, lists):
        audit = descent_audit(result, EXACT, lower_bound=-3.0)
        assert audit.budget == 4 and audit.lipschitz is EXACT
        assert audit.rounding == pytest.approx(4e-13, rel=1e-12, abs=0)
        np.testing.assert_allclose(audit.bound, 4 / (np.arange(1, 4) * 3 / 16))


def test_each_conclusion_is_held_to_rounding_and_no_more():
    """Two steps, budget 2, rounding 1/4: at every limit the audit holds, 1/8 beyond it does not."""
    at_the_limits = {
        "decrease": [0.75, 0.75],  # promised − rounding
        "promised": [1.0, 1.0],
        "spent": [2.25, 2.5],  # budget + k · rounding
        "smallest": [1.0, 1.0],
        "bound": [1.0, 1.0],
    }

    def audit(**changed):
        arrays = {name: np.array(v) for name, v in (at_the_limits | changed).items()}
        return DescentAudit(**arrays, budget=2.0, lipschitz=EXACT, rounding=0.25)

    assert audit().holds and audit().violations == 0
    assert audit(promised=[0.0, 0.5]).holds
    assert audit(decrease=[0.625, 0.0]).violations == 2
    for broken in [
        {"decrease": [0.75, 0.625]},
        {"promised": [-0.125, 0.5]},
        {"spent": [2.375, 2.5]},
        {"spent": [2.25, 2.625]},
    ]:
        assert not audit(**broken).holds, broken


@pytest.mark.parametrize(
    ("fit", "error", "match"),
    [
        ({"history": [1.0]}, TypeError, "got dict, takes a result of gradient_descent$"),
        (OptimizeResult(x=[1]), TypeError, "has no history, takes a result of gradient_descent$"),
        (OptimizeResult(history=[1]), TypeError, "has no gradient_norms, takes a result"),
        (
            OptimizeResult(history=[1], gradient_norms=[1]),
            TypeError,
            "has no learning_rates, takes a result",
        ),
        (descend(0), ValueError, "got no steps, takes at least one$"),
    ],
)
def test_what_is_no_run(fit, error, match):
    with pytest.raises(error, match=f"^fit: {match}"):
        descent_audit(fit, EXACT)


@pytest.mark.parametrize("key", ["learning_rates", "history", "gradient_norms"])
@pytest.mark.parametrize(
    ("value", "error", "match"),
    [
        (["a"], TypeError, "<U1 entries"),
        (np.ones((1, 1)), ValueError, r"shape \(1, 1\), takes shape"),
        (np.full(3, np.nan), ValueError, "3 NaN"),
    ],
)
def test_histories_that_are_none(key, value, error, match):
    with pytest.raises(error, match=f"^fit.{key}: got {match}"):
        descent_audit(OptimizeResult(descend(2), **{key: value}), EXACT)


def test_what_else_an_audit_refuses():
    message = "^constant: got 2.0, takes a Lipschitz, which says what kind it is$"
    with pytest.raises(TypeError, match=message):
        descent_audit(descend(2), 2.0)
    with pytest.raises(ValueError, match="^lower_bound: got nan, takes a finite number$"):
        descent_audit(descend(2), EXACT, lower_bound=np.nan)
