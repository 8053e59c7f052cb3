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
    assert DescentLemma(right=0.5, **numbers).holds
    assert not DescentLemma(right=0.25, **numbers).holds


def test_rounding_is_measured_by_the_terms_and_not_by_their_sum():
    """Both sides 10⁻⁶ from terms of size 1: equality, which rounding must not call a violation."""
    model = LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(model, lambda x: 0.0, sr.gauss_legendre([(0, 1)], 3), order=0)
    lemma = descent_lemma(loss, [1.001], [-1.0])
    assert lemma.left == pytest.approx(1e-6, rel=1e-9)
    terms = 1e-6 + 1.001**2 + 2 * 1.001 + 1  # L(θ+Δ), L(θ), |∇L|·|Δ|, (L/2)‖Δ‖²
    assert lemma.rounding == pytest.approx(1e-13 * terms, rel=1e-12, abs=0)
    assert lemma.holds and abs(lemma.slack) < lemma.rounding < 1e-12


BALL = {"center": [0.0], "radius": 10.0}


def test_a_certificate_is_an_estimate_where_the_step_leaves_its_ball():
    """W9: θ = 0, radius 0, a step of (20, 0, 100, 0): a violation of more than 10⁶, and nothing certified."""
    loss = SobolevLoss(MLP((1, 1, 1)), np.sin, sr.gauss_legendre([(-1, 1)], 9))
    theta, delta = np.zeros(4), np.array([20.0, 0, 100, 0])
    L = lipschitz(loss, theta, radius=0)
    lemma = descent_lemma(loss, theta, delta, L)
    assert not lemma.holds and lemma.slack < -1e6
    assert str(lemma.lipschitz).startswith("L ~ ") and "certified" not in str(lemma)
    assert lemma.lipschitz.how == "on the ball of radius 0 about theta; outside its ball"
    assert descent_lemma(loss, theta, theta, L).lipschitz is L
    small = lipschitz(loss, theta, radius=0.1)
    for start, end, kind in [
        (0.0, 0.1, "certified"),
        (0.1, -0.2, "certified"),  # from one side of the ball to the other
        (0.0, 0.1001, "estimate"),
        (0.1001, -0.1001, "estimate"),  # it comes in from outside
        (5.0, 0.05, "estimate"),  # asked for at θ, used elsewhere
    ]:
        e = np.eye(4)[2]
        assert descent_lemma(loss, start * e, end * e, small).lipschitz.kind == kind


def test_a_constant_of_another_loss_is_an_estimate():
    """W9's neighbours: other weights, data, nodes, networks, a Ridge more; even the same loss made anew."""
    rule, net = sr.gauss_legendre([(-1, 1)], 9), MLP((1, 3, 1))
    theta, delta = net.init(0), 0.01 * np.ones(10)
    loss = SobolevLoss(net, np.sin, rule)
    L = lipschitz(loss, theta, radius=1.0)
    assert descent_lemma(loss, theta, delta, L).lipschitz is L
    ridge = sr.Ridge(0.1, 10)
    whole = lipschitz(loss + ridge, theta, radius=1.0)
    assert descent_lemma(loss + ridge, theta, delta, whole).lipschitz is whole  # of the same parts
    others = [
        SobolevLoss(MLP((1, 3, 1)), np.sin, sr.gauss_legendre([(-1, 1)], 9)),
        SobolevLoss(net, np.sin, rule, weights=(1, 1.01)),
        SobolevLoss(net, np.sin, rule, order=2),
        SobolevLoss(net, lambda x: 9 + np.sin(x), rule),
        SobolevLoss(net, np.sin, sr.gauss_legendre([(-1.01, 1.01)], 9)),
        SobolevLoss(net, np.sin, rule, p=4),
        SobolevLoss(MLP((1, 3, 1), "gaussian"), np.sin, rule),
        SobolevLoss(
            MLP((1, 3, 1), sr.Activation("tanh", np.inf, net.activation.jets)), np.sin, rule
        ),
        loss + ridge,
    ]
    for other in others:
        found = descent_lemma(other, theta, delta, L).lipschitz
        assert found.how == "on the ball of radius 1 about theta; found for another loss"
        assert str(found).startswith("L ~ ")
    wide = MLP((1, 4, 1))
    found = descent_lemma(SobolevLoss(wide, np.sin, rule), wide.init(0), 0.01 * np.ones(13), L)
    assert found.lipschitz.kind == "estimate"


def test_an_exact_constant_of_another_loss_is_an_estimate():
    rule, model = sr.gauss_legendre([(-1, 1)], 9), LinearModel.polynomial(1, [(-1, 1)])
    loss = SobolevLoss(model, np.sin, rule)
    exact = lipschitz(loss)
    assert descent_lemma(loss, [0, 0], [1, 1], exact).lipschitz is exact
    for weight in (0.5, 2.0):  # a smaller constant, and a larger one
        other = SobolevLoss(model, np.sin, rule, weights=(1, weight))
        found = descent_lemma(other, [0, 0], [1, 1], exact).lipschitz
        assert (found.kind, found.value) == ("estimate", exact.value)
    ridge = descent_lemma(loss + sr.Ridge(0.5, 2), [0, 0], [1, 1])
    assert ridge.lipschitz.kind == "exact"
    assert ridge.lipschitz.value == pytest.approx(exact.value + 0.5, rel=1e-14)
    net = SobolevLoss(MLP((1, 3, 1)), np.sin, rule)
    found = descent_lemma(net, np.zeros(10), np.ones(10), exact).lipschitz
    assert found.kind == "estimate"


@pytest.mark.parametrize("kind", ["exact", "certified"])
def test_a_number_of_the_caller_s_own_is_one_until_a_step_refutes_it(kind):
    """θ⁴ from −1 to 1: with L = 5 (T3) holds, 2 ≤ 3, but the curvature on the way is 12."""
    model = LinearModel.polynomial(0, [(0, 1)])
    fourth = SobolevLoss(model, lambda x: 0.0, sr.midpoint([(0, 1)], 1), order=0, p=4)
    right = Lipschitz(12.0, kind, "by hand", **BALL)
    assert descent_lemma(fourth, [-1.0], [2.0], right).lipschitz is right
    for value, holds in ((5.0, True), (3.0, False)):
        lemma = descent_lemma(fourth, [-1.0], [2.0], Lipschitz(value, kind, "by hand", **BALL))
        assert lemma.holds == holds
        assert str(lemma.lipschitz) == f"L ~ {value:g} (estimate: by hand; refuted on this step)"
    away = descent_lemma(fourth, [10.0], [0.1], right).lipschitz
    assert away.how == "by hand; outside its ball; refuted on this step" or away.how.endswith(
        "ball"
    )


@pytest.mark.parametrize("step", [1e160, 1e200, 1e300])
def test_a_step_beyond_float64_is_refused(step):
    """An infinite loss is below no bound; left and rounding infinite once passed for "holds"."""
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, sr.midpoint([(0, 1)], 4), order=2)
    L = Lipschitz(1.0, "estimate", "at theta")
    with pytest.raises(ValueError, match="^step: got one on which a loss, or its bound, is beyond"):
        descent_lemma(loss, net.init(0), np.full(10, step), L)


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
    keys = ("x", "history", "gradient_norms", "learning_rates", "step_lengths")
    lists = OptimizeResult({key: fit[key].tolist() for key in keys})
    for result in (fit, lists):
        audit = descent_audit(result, EXACT, lower_bound=-3.0)
        assert audit.budget == 4 and audit.lipschitz is EXACT
        assert audit.rounding == pytest.approx(4e-13, rel=1e-12, abs=0)
        np.testing.assert_allclose(audit.bound, 4 / (np.arange(1, 4) * 3 / 16))


def test_where_steps_fall_like_a_geometric_series_the_gradient_does_not_vanish():
    """L(θ) = θ², η_k = 2⁻ᵏ/4: ‖∇L‖ tends to 2 Π (1 − 2⁻ᵏ/2) > 0.5, and `bound` to a positive number."""
    fit = descend(50, lambda k: 0.5**k / 4)
    audit = descent_audit(fit, EXACT)
    assert audit.holds and fit.gradient_norms[-1] == pytest.approx(0.57757619, rel=1e-7)
    assert audit.bound[-1] == pytest.approx(1 / (1 / 2 - 1 / 16 * 4 / 3), rel=1e-12)  # Σ η − η²


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


def test_a_run_that_leaves_the_ball_has_no_certificate():
    """W9: the path is followed from both of its ends; the ball need not be about θ_0."""
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 9))
    theta = net.init(0)

    def run(steps):
        options = {"learning_rate": 1e-3, "maxiter": steps, "gtol": 0.0}
        return minimize(loss, theta, jac=True, method=gradient_descent, options=options)

    fit = run(30)
    far = np.linalg.norm(fit.x - theta)
    for radius, kind in ((1.1 * far, "certified"), (0.9 * far, "estimate"), (0, "estimate")):
        L = lipschitz(loss, theta, radius=radius)
        audit = descent_audit(fit, L)
        assert audit.lipschitz.kind == kind and audit.lipschitz.value == L.value
        assert "certified" not in str(audit) or kind == "certified"
    end = lipschitz(loss, fit.x, radius=1.1 * far)
    assert descent_audit(fit, end).lipschitz is end
    aside = lipschitz(loss, theta + 5, radius=0.1)
    assert descent_audit(fit, aside).lipschitz.how.endswith("; outside its ball")
    by_hand = Lipschitz(99.0, "certified", "by hand", center=theta, radius=1.1 * far)
    assert descent_audit(fit, by_hand).lipschitz is by_hand
    np.testing.assert_array_equal(fit.x0, theta)


@pytest.mark.slow
def test_a_run_on_another_loss_has_no_certificate():
    net, model = MLP((1, 3, 1)), LinearModel.polynomial(1, [(-1, 1)])
    rule = sr.gauss_legendre([(-1, 1)], 9)
    options = {"learning_rate": 1e-3, "maxiter": 5, "gtol": 0.0}
    for unknowns, start in ((net, net.init(0)), (model, np.ones(2))):
        loss, other = (SobolevLoss(unknowns, f, rule) for f in (np.sin, np.cos))
        fit = minimize(loss, start, jac=True, method=gradient_descent, options=options)
        radius = None if unknowns is model else 1.0
        L, wrong = (lipschitz(of, start, radius=radius) for of in (loss, other))
        assert descent_audit(fit, L).lipschitz is L
        assert descent_audit(fit, wrong).lipschitz.how.endswith("; not of this loss")


def test_a_run_without_its_ends_is_refused_where_a_ball_is_asked_for():
    fit = descend(3)
    ball = Lipschitz(2.0, "certified", "by hand", **BALL)
    assert descent_audit(fit, ball).lipschitz is ball
    part = OptimizeResult({k: v for k, v in fit.items() if k != "x0"})
    with pytest.raises(TypeError, match="^fit.x0: got NoneType, takes real numbers$"):
        descent_audit(part, ball)
    assert descent_audit(part, EXACT).holds
    with pytest.raises(ValueError, match=r"^fit.x0: got shape \(1,\), takes shape \(2,\)$"):
        descent_audit(fit, Lipschitz(2.0, "certified", "by hand", center=[0, 0], radius=1.0))


def test_a_constant_that_a_run_violates_is_an_estimate():
    """L(θ) = θ² with L = 1 in place of 2, η = 1/2: promised is 3/8 · 4, gained 1; with η > 2/L, too."""
    for value, rate in ((1.0, 0.5), (1.9, 1.2)):
        audit = descent_audit(descend(2, rate), Lipschitz(value, "exact", "by hand"))
        assert audit.violations > 0 and not audit.holds
        assert audit.lipschitz.how == "by hand; refuted by this run"
    # η > 2/L: nothing is promised, and nothing refuted.
    audit = descent_audit(descend(2, 1.2), EXACT)
    assert not audit.holds and audit.lipschitz is EXACT


@pytest.mark.parametrize("method", [sr.momentum, sr.adam])
def test_a_run_of_another_method_is_refused(method):
    """W9's neighbour: its steps are not −η∇L, so that Theorem 4 says nothing of it."""
    square = lambda t: (t @ t, 2 * t)
    fit = minimize(square, [1.0, 1.0], jac=True, method=method, options={"maxiter": 3})
    with pytest.raises(ValueError, match="^fit: got steps that are not −η∇L.θ., takes a result of"):
        descent_audit(fit, EXACT)


def test_the_steps_of_a_run_are_those_that_it_took():
    rates = lambda k: 0.25 / (k + 1)
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, sr.midpoint([(0, 1)], 4))
    seen = [net.init(0)]
    options = {"learning_rate": rates, "maxiter": 5}
    note = lambda x: seen.append(x.copy())
    fit = minimize(loss, seen[0], jac=True, method=gradient_descent, options=options, callback=note)
    np.testing.assert_allclose(
        fit.step_lengths, np.linalg.norm(np.diff(seen, axis=0), axis=1), rtol=1e-12
    )
    assert len(fit.step_lengths) == 5 and descent_audit(fit, EXACT).lipschitz is EXACT


def test_a_lower_bound_above_a_loss_is_refused():
    message = (
        "^lower_bound: got 0.5, takes a number below every loss, and fit.history came to 0.0625$"
    )
    with pytest.raises(ValueError, match=message):
        descent_audit(descend(2), EXACT, lower_bound=0.5)
    below = lambda t: (t @ t - 5, 2 * t)
    options = {"learning_rate": 0.25, "maxiter": 2}
    fit = minimize(below, [1.0], jac=True, method=gradient_descent, options=options)
    with pytest.raises(ValueError, match="^lower_bound: got 0, takes a number below every loss"):
        descent_audit(fit, EXACT)
    assert descent_audit(fit, EXACT, lower_bound=-5.0).holds


@pytest.mark.parametrize(
    ("fit", "error", "match"),
    [
        ({"history": [1.0]}, TypeError, "got dict, takes a result of gradient_descent$"),
        (OptimizeResult(history=[1]), TypeError, "has no x, takes a result of gradient_descent$"),
        *(
            (
                OptimizeResult({k: v for k, v in descend(2).items() if k != key}),
                TypeError,
                f"has no {key}, takes a result of gradient_descent$",
            )
            for key in ("learning_rates", "history", "gradient_norms", "step_lengths")
        ),
        (descend(0), ValueError, "got no steps, takes at least one$"),
    ],
)
def test_what_is_no_run(fit, error, match):
    with pytest.raises(error, match=f"^fit: {match}"):
        descent_audit(fit, EXACT)


@pytest.mark.parametrize("key", ["learning_rates", "history", "gradient_norms", "step_lengths"])
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


def test_a_gradient_that_jumps_has_no_integral_and_no_constant():
    """T3': L = (2 relu(1 + b) − 1)² for b from 0 to −2; at −1 its slope jumps from −4 to 0."""
    model, one = MLP((1, 1, 1), "relu"), sr.samples([1.0])
    loss = SobolevLoss(model, lambda x: 1.0 + 0 * x, one, order=0)
    theta, step = np.array([1.0, 0.0, 2.0, 0.0]), np.array([0.0, -2.0, 0.0, 0.0])
    lemma = descent_lemma(loss, theta, step)  # L: from 1 to 1, with the slope −8
    assert lemma.remainder == pytest.approx(8) and np.isnan(lemma.integral)
    assert "∇L jumps where a node crosses a kink" in str(lemma.lipschitz)
    waves = sr.theory.FourierLoss(model, lambda x: 1.0, (1, 2), s=0, n=1)
    assert np.isnan(descent_lemma(waves, theta, step).integral)
    assert "jumps" in lipschitz(loss + sr.Ridge(1.0, 4), theta).how
    smooth = SobolevLoss(MLP((1, 1, 1), "softplus"), lambda x: 1.0 + 0 * x, one, order=0)
    lemma = descent_lemma(smooth, theta, step)
    assert lemma.integral == pytest.approx(lemma.remainder) and "jumps" not in lemma.lipschitz.how
    frozen = LinearModel.from_mlp(model, theta)  # its kinks stay
    exact = descent_lemma(SobolevLoss(frozen, np.sin, one, order=0), [0.0, 0.0], [1.0, 1.0])
    assert exact.integral == pytest.approx(exact.remainder)
