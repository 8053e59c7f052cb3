"""Theorem 4, as it is true. Let ∇L be L-Lipschitz on the path, L(θ) ≥ L*, and 0 < η < 2/L. Then

    L(θ_{k+1}) ≤ L(θ_k) − η(1 − Lη/2)‖∇L(θ_k)‖²                                               (T4)

so that the loss falls, Σ_k η(1 − Lη/2)‖∇L(θ_k)‖² ≤ L(θ_0) − L*, and therefore
min_{j<k} ‖∇L(θ_j)‖² ≤ (L(θ_0) − L*)/(k(η − Lη²/2)).

Where ∇L is continuous, every accumulation point is critical. That θ_k converges is not a conclusion, unless
L is analytic and the run bounded, as `Ridge` makes it. The last tests break η < 2/L, and the loss rises in
the end; and they keep every hypothesis, and θ_k goes to infinity, or to a saddle.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import (
    MLP,
    LinearModel,
    Lipschitz,
    Ridge,
    SobolevLoss,
    descent_audit,
    gradient_descent,
)
from sobolev_ref.theory.counterexamples import (
    descent_converges_to_a_saddle,
    descent_explodes_above_p_two,
    descent_without_a_critical_point,
    edge_of_stability,
)


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


# -- with weight decay -----------------------------------------------------------------------------


def decayed(widths, mu, half, order=1):
    """A network against sin on [−half, half], and (μ/2)‖θ‖²."""
    net = MLP(widths)
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-half, half)], 10), order=order)
    return net, loss + Ridge(mu, net.n_parameters)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_with_weight_decay_a_certificate_gives_a_step_that_descends(seed):
    """{L ≤ L₀} lies in ‖θ‖ ≤ √(2L₀/μ), where L is certified: 500 steps with η = 1/L, none in violation."""
    mu = 0.1
    net, loss = decayed((1, 5, 1), mu, 1)
    theta = net.init(seed)
    radius = np.sqrt(2 * loss(theta)[0] / mu)
    L = sr.lipschitz(loss, np.zeros_like(theta), radius=radius)
    assert L.kind == "certified" and np.linalg.norm(theta) < radius
    fit = descend(loss, theta, 1 / L.value, 500)
    audit = descent_audit(fit, L)
    assert audit.holds and audit.lipschitz.kind == "certified"  # neither left nor refuted
    assert (np.diff(fit.history) < 0).all()
    if seed == 0:
        expected = {0: 1.2e2, 1: 5.4e3, 2: 1.2e6}
        for order, value in expected.items():
            _, loss = decayed((1, 5, 1), mu, 1, order)
            radius = np.sqrt(2 * loss(theta)[0] / mu)
            L = sr.lipschitz(loss, np.zeros_like(theta), radius=radius)
            assert L.value == pytest.approx(value, rel=0.05)


@pytest.mark.slow
def test_with_weight_decay_every_run_converges_to_one_critical_point():
    """20 starts: the path is of finite length, and its end critical; there ∇²L > 0, and the rate linear."""
    mu = 0.3
    net, loss = decayed((1, 3, 1), mu, 2)
    for seed in range(20):
        theta = net.init(seed)
        fit = descend(loss, theta, "armijo", 3000)
        assert fit.gradient_norms[-1] < 1e-8 * fit.gradient_norms[0]
        decrease = -np.diff(fit.history)
        product = fit.gradient_norms[:-1] * fit.step_lengths
        assert (decrease >= 1e-4 * product - 1e-14).all()  # sufficient, so that Łojasiewicz applies
        assert np.linalg.norm(fit.x) <= np.sqrt(2 * fit.history[0] / mu)
        assert fit.step_lengths[-30:].sum() < 1e-4 * fit.step_lengths.sum()
        assert np.linalg.eigvalsh(loss.hessian(fit.x))[0] > 0.1


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


@pytest.mark.parametrize("factor", [2.0, 2.01, 2.5])
def test_at_and_beyond_two_over_l_it_is_the_share_in_the_top_mode_that_decides(factor):
    """½(θ_1²/10 + θ_2²): at 2 the share of θ_2 stays; beyond, it grows, and the loss rises in the end."""
    loss = lambda t: (0.05 * t[0] ** 2 + 0.5 * t[1] ** 2, np.array([0.1, 1]) * t)
    history = descend(loss, [1.0, 1e-3], factor, 1600 if factor == 2.01 else 200).history
    assert history[1] < history[0]  # it falls at first
    if factor == 2:
        assert history[-1] == pytest.approx(0.5e-6, rel=1e-9)
    else:
        assert history[-1] > 1e6 and history[-1] > history[-2]
    assert descend(loss, [1.0, 0.0], factor, 400).fun < 1e-12  # without a share it converges


def test_with_an_estimate_too_small_the_audit_notices():
    model = LinearModel.polynomial(2, [(-1, 1)])
    loss = SobolevLoss(model, np.sin, sr.gauss_legendre([(-1, 1)], 8))
    L = sr.lipschitz(loss).value
    audit = descent_audit(descend(loss, np.ones(3), 1.0 / L, 5), Lipschitz(0.1 * L, "estimate", ""))
    assert audit.violations > 0 and not audit.holds


@pytest.mark.slow
def test_full_batch_descent_finds_the_edge_of_stability():
    """The step is not below 2/L on the path; the path moves to where it equals 2/L, and stays."""
    edge = edge_of_stability(learning_rate=0.1, steps=4000, every=200)
    assert edge.sharpness[0] < 0.7  # it starts well inside
    late = edge.sharpness[-8:]
    assert 0.85 < late.mean() < 1.15 and edge.rises > 50
    assert edge.history[-1] < edge.history[2000]  # and still the loss falls, not monotonely


@pytest.mark.slow
def test_a_smaller_step_has_not_come_to_the_edge():
    """η = 0.01 and 0.02: 0.08 and 0.24 after 10,000 steps, still growing, and no rise; η = 0.05: 1."""
    small = [edge_of_stability(eta, 10_000, every=1000) for eta in (0.01, 0.02)]
    larger = edge_of_stability(0.05, 14_000, every=1000)
    for edge, last in zip(small, (0.08, 0.24)):
        assert edge.sharpness[-1] == pytest.approx(last, abs=0.005) and edge.rises == 0
        assert (np.diff(edge.sharpness[-5:]) > 0).all()
    assert 0.95 < larger.sharpness[-4:].mean() < 1.05 and larger.rises > 100


@pytest.mark.parametrize("p", [2.5, 3.0, 4.0, 6.0])
def test_above_p_two_a_step_that_is_short_at_one_start_explodes_from_another(p):
    """|θ|^p, η = 0.01: from 0.99 of (2/(ηp))^{1/(p−2)} a run goes to 0, from 1.01 of it beyond all bounds."""
    edge = (2 / (0.01 * p)) ** (1 / (p - 2))
    inside = np.abs(descent_explodes_above_p_two(p, 0.99 * edge, steps=20))
    outside = np.abs(descent_explodes_above_p_two(p, 1.01 * edge, steps=5))
    assert (np.diff(inside) < 0).all() and (np.diff(outside) > 0).all()
    at = descent_explodes_above_p_two(p, edge, steps=3)
    np.testing.assert_allclose(at, edge * np.array([1, -1, 1, -1]), rtol=1e-9)
    np.testing.assert_allclose(descent_explodes_above_p_two(), [10, -30, 1050], rtol=1e-12)
    with pytest.raises(ValueError, match="^steps: got 7, takes at most 5, as "):
        descent_explodes_above_p_two(4.0, 10.0, 0.01, 7)  # the last one stood for those beyond


def linear_of_p(p, seed):
    """Σ_i w_i |a_i·θ − b_i|^p of five terms with Σ w = 1, a start, and ρ and L as derived here.

    With ‖·‖_p that of w, ‖·‖_2 ≤ ‖·‖_p. So L(θ) ≤ L_0 says σ_min ‖θ‖ ≤ ‖aθ‖_p ≤ L_0^{1/p} + ‖b‖_p, and on
    ‖θ‖ ≤ ρ no |r_i| is above |a_i|ρ + |b_i|, so that ∇²L = p(p − 1) Σ w |r|^{p−2} a aᵀ is at most L.
    """
    rng = np.random.default_rng(seed)
    model = LinearModel.polynomial(2, [(-1, 1)])
    rule = sr.Quadrature(np.sort(rng.uniform(-1, 1, 12)), rng.uniform(0.5, 2, 12)).mean()
    data = rng.normal(size=12)
    loss = SobolevLoss(model, {(0,): data}, rule, p=p)
    a = np.stack([model(e, rule.nodes)[:, 0] for e in np.eye(3)], axis=1)  # (N, 3)
    singular = np.linalg.svd(np.sqrt(rule.weights)[:, None] * a, compute_uv=False)
    theta = rng.normal(size=3)
    ends = loss(theta)[0] ** (1 / p) + (rule.weights @ np.abs(data) ** p) ** (1 / p)
    rho = ends / singular[-1]
    r = np.linalg.norm(a, axis=1) * rho + np.abs(data)
    return loss, theta, rho, p * (p - 1) * r.max() ** (p - 2) * singular[0] ** 2


@pytest.mark.parametrize("p", [2.5, 3.0, 4.0, 6.0])
def test_above_p_two_a_step_below_two_over_the_constant_of_a_ball_descends(p):
    """20 seeds, ηL = 1.9: each step lowers the loss by η(1 − ηL/2)‖∇L‖² or more, and none leaves the ball."""
    for seed in range(20):
        loss, theta, rho, L = linear_of_p(p, seed)
        eta = 1.9 / L
        for _ in range(15):
            value, gradient = loss(theta)
            theta = theta - eta * gradient
            promised = eta * (1 - eta * L / 2) * gradient @ gradient
            assert loss(theta)[0] <= value - promised * (1 - 1e-9) and promised > 0
            assert np.linalg.norm(theta) <= rho


def test_above_p_two_there_is_no_constant_for_all_theta():
    """∇L grows like T^{p−1}: in θ_j of a linear model, and in the output bias of a network."""
    linear = linear_of_p(3.0, 0)[0]
    net = MLP((1, 3, 1))
    network = SobolevLoss(net, np.sin, linear.rule, order=1, p=3.0)
    for loss, start in ((linear, np.zeros(3)), (network, net.init(0))):
        slopes = []
        for T in (1e3, 1e5):
            slopes.append(np.linalg.norm(loss(start + T * np.eye(len(start))[-1])[1]) / T)
        assert slopes[1] == pytest.approx(100 * slopes[0], rel=0.1)


# -- what does not follow --------------------------------------------------------------------------


def cut_valley(t):
    """L = x²/2 + (1 − χ(y/x³)) sin y for x > 0, else x²/2 + sin y; χ is 1 on [−1, 1], 0 outside [−2, 2]."""
    x, y = t
    if x <= 0:
        return x**2 / 2 + np.sin(y), np.array([x, np.cos(y)])
    z = min(max(abs(y) / x**3 - 1, 0), 1)
    chi = 1 - 3 * z**2 + 2 * z**3
    d_chi = 6 * z * (z - 1) * np.sign(y)  # in y/x³
    slopes = [
        x + 3 * y / x**4 * d_chi * np.sin(y),
        (1 - chi) * np.cos(y) - d_chi / x**3 * np.sin(y),
    ]
    return x**2 / 2 + (1 - chi) * np.sin(y), np.array(slopes)


@pytest.mark.parametrize(("eta", "steps"), [(0.1, 300), (0.5, 60), (0.9, 20)])
def test_without_a_continuous_gradient_the_limit_need_not_be_critical(eta, steps):
    """∇L has the constant 1 on the run's segments, θ_k → 0, and yet ∇L(0) = (0, 1): L ∈ C¹ is needed."""
    rng = np.random.default_rng(0)
    for x, y in rng.uniform([0.3, -0.1], [1, 0.1], (20, 2)):  # the gradient is right
        by_differences = [
            (cut_valley((x + a, y + b))[0] - cut_valley((x - a, y - b))[0]) / 2e-6
            for a, b in ((1e-6, 0), (0, 1e-6))
        ]
        np.testing.assert_allclose(cut_valley((x, y))[1], by_differences, atol=1e-5)
    fit = descend(cut_valley, [1.0, 0.0], eta, steps)
    np.testing.assert_allclose(fit.x, [(1 - eta) ** steps, 0], rtol=1e-9, atol=0)
    audit = descent_audit(
        fit, Lipschitz(1.0, "certified", "on the axis", center=[0.5, 0.0], radius=0.5)
    )
    assert audit.holds and fit.gradient_norms[-1] < 1e-13
    for h in (1e-2, 1e-4, 1e-6):  # differentiable at 0: the remainder is of second order
        for v in np.array([[1, 0], [-1, 0], [0, 1], [0, -1], [1, h**2], [1, 1.5 * h**2], [1, -1]]):
            assert abs(cut_valley(h * v)[0] - h * v[1]) <= 2 * h**2


def test_smooth_is_not_enough_for_a_run_to_converge():
    """The "Mexican hat", f = e^{−s}(1 − A sin(φ − s)) in polar coordinates, s = 1/(1 − r²), r < 1.

    With A = 4r⁴/(4r⁴ + (1 − r²)⁴) the spiral φ = s is a path of the gradient flow, outwards: there −∇f has
    the direction of (dr, r dφ) = (1, r s′). As r → 1 it turns for ever, near points that are all critical.
    """

    def f(r, phi):
        s, a = 1 / (1 - r**2), 4 * r**4
        return np.exp(-s) * (1 - a / (a + (1 - r**2) ** 4) * np.sin(phi - s))

    for r in np.linspace(0.3, 0.98, 30):
        s, ds = 1 / (1 - r**2), 2 * r / (1 - r**2) ** 2
        radial, angular = -f(r + 1e-30j, s).imag / 1e-30, -f(r, s + 1e-30j).imag / 1e-30 / r
        assert radial > 0 and angular > 0
        assert angular == pytest.approx(r * ds * radial, rel=1e-9)
        assert np.hypot(radial, angular) <= 2 * ds * np.exp(-s)  # which goes to 0


def test_the_paper_s_conclusion_fails_with_every_hypothesis_kept():
    """tanh(θx) against sign(x): ∇L → 0 along the run, and θ_k → ∞, to no critical point."""
    theta, slope = descent_without_a_critical_point((8, 64, 512, 4096))
    assert (np.diff(theta) > 0).all() and (slope < 0).all()
    assert (np.diff(np.abs(slope)) < 0).all()
    # L ~ c/θ, so θ′ = η c/θ² and θ ~ (3ηc k)^{1/3}: eight times the steps, twice the distance
    np.testing.assert_allclose(theta[2:] / theta[1:-1], 2, rtol=0.06)
    np.testing.assert_allclose(-slope * theta**2, 4 * np.log(2) - 2, rtol=0.02)


@pytest.mark.parametrize("weight", [0.0, 0.5, 2.0])
def test_descent_from_hidden_zeros_converges_to_a_saddle(weight):
    """f = x on [−1, 1]: u = 0, L = 2/3 + 2λ, ∇L = 0, and ∇²L has the eigenvalues ±(4/3 + 4λ), 0 and 4."""
    fit, eigenvalues = descent_converges_to_a_saddle(weight)
    assert fit.fun == pytest.approx(2 / 3 + 2 * weight, rel=1e-13)
    assert np.linalg.norm(fit.jac) < 1e-12
    top = 4 / 3 + 4 * weight
    np.testing.assert_allclose(eigenvalues, sorted([-top, -top, 0, 0, 4, top, top]), atol=1e-12)


def test_two_equal_neurons_stay_equal_and_end_at_a_saddle():
    """sin on [−π, π]: a minimum for one neuron is none for two, which could part."""
    net = MLP((1, 2, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-np.pi, np.pi)], 30))
    start = np.array([0, 0, 0, 0, 0.5, 0.5, 0])
    fit = descend(loss, start, 0.06, 1000)
    assert np.linalg.norm(fit.jac) < 1e-8 and fit.x[0] == fit.x[1] and fit.x[4] == fit.x[5]
    values, vectors = np.linalg.eigh(loss.hessian(fit.x))
    assert values[0] == pytest.approx(-0.167, abs=1e-3)
    assert vectors[:, 0] @ [1, -1, 0, 0, 0, 0, 0] == pytest.approx(2 * vectors[0, 0])  # they part
    assert loss(fit.x + 0.01 * vectors[:, 0])[0] < fit.fun


@pytest.mark.slow
def test_where_the_activation_is_not_zero_at_zero_the_zeros_do_not_stay():
    """Sigmoid from the same zeros: ∂L/∂v = σ(0) ∂L/∂c, so that v moves, and descent comes below 2/3 + 2λ."""
    net = MLP((1, 2, 1), "sigmoid")
    loss = SobolevLoss(net, lambda x: x, sr.gauss_legendre([(-1, 1)], 8))
    fit = descend(loss, 0.5 * np.eye(7)[-1], 0.05, 5000)
    assert fit.x[:2].max() < -0.5 and fit.x[4:6].max() < -2 and fit.fun < 0.01


def test_beside_the_zeros_descent_leaves_the_saddle():
    """20 starts at a distance of 10⁻³ from the zeros: none ends at L = 2/3 + 2λ."""
    net = MLP((1, 2, 1))
    loss = SobolevLoss(net, lambda x: x, sr.gauss_legendre([(-1, 1)], 8))
    for seed in range(20):
        theta = 1e-3 * np.random.default_rng(seed).normal(size=7)
        assert descend(loss, theta, 0.05, 100).fun < 0.5 * (2 / 3 + 2)
