"""Theorem 5, as it is true. Let u_θ be linear in θ. Then L is convex, for every p ≥ 1.

So it lies above its tangents, and for p > 1 every critical point is a global minimiser. Let moreover p = 2,
H be the constant Hessian and 0 < η < 2/λ_max(H). Then gradient descent converges to a global minimiser, which
min_θ ‖Φθ − y‖² (T5) gives at once. The error in eigenmode i of H is multiplied by exactly 1 − ηλ_i a step,
components in the kernel of H never move, and 2/λ_max is sharp.

Convexity of the target plays no part. The last tests keep the paper's hypothesis (f convex and
Lipschitz), break linearity in θ, and the conclusion fails.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, SobolevLoss, gradient_descent, solve_linear
from sobolev_ref.theory.counterexamples import (
    descent_stops_at_a_local_minimum,
    zero_network_is_critical_for_a_convex_target,
)


@st.composite
def linear_losses(draw):
    """A loss of a linear model, of any of the three families, and a start."""
    rng = np.random.default_rng(draw(SEEDS))
    kind = draw(st.sampled_from(["legendre", "chebyshev", "fourier", "random"]))
    if kind == "fourier":
        model = LinearModel.fourier(draw(st.integers(0, 3)), [(-1, 1)])
    elif kind == "random":
        net = MLP((1, draw(st.integers(1, 6)), 1))
        model = LinearModel.from_mlp(net, 2 * rng.normal(size=net.n_parameters))
    else:
        model = LinearModel.polynomial(draw(st.integers(0, 5)), [(-1, 1)], kind=kind)
    f = draw(st.sampled_from([np.sin, np.exp, lambda x: x**2, lambda x: np.cos(5 * x)]))
    loss = SobolevLoss(
        model, f, sr.gauss_legendre([(-1, 1)], 12), order=draw(st.integers(0, 2)), weights=None
    )
    return loss, rng.normal(size=model.n_parameters)


def descend(loss, theta, rate, steps):
    return minimize(
        loss,
        theta,
        jac=True,
        method=gradient_descent,
        options={"learning_rate": rate, "maxiter": steps, "gtol": 0.0},
    )


# -- the conclusions -------------------------------------------------------------------------------


@given(linear_losses(), st.floats(0.01, 1.99), st.integers(1, 60))
def test_the_error_in_every_eigenmode(drawn, factor, steps):
    """vᵢ·(θ_k − θ*) = (1 − ηλ_i)^k vᵢ·(θ_0 − θ*), to 1e−10 of the start."""
    loss, theta = drawn
    best = solve_linear(loss).x
    H = loss.hessian(np.zeros_like(theta))
    values, vectors = np.linalg.eigh((H + H.T) / 2)
    eta = factor / values[-1]
    fit = descend(loss, theta, eta, steps)
    before, after = vectors.T @ (theta - best), vectors.T @ (fit.x - best)
    expected = (1 - eta * values) ** steps * before
    np.testing.assert_allclose(after, expected, rtol=0, atol=1e-10 * (1 + np.abs(before).max()))


@given(linear_losses())
def test_it_converges_to_the_global_minimum_whatever_the_target(drawn):
    """The excess loss is Σ ½λ_i (1 − ηλ_i)^{2k} c_i², and so falls below its slowest mode's share."""
    loss, theta = drawn
    best = solve_linear(loss)
    L = sr.lipschitz(loss).value
    history = descend(loss, theta, 1 / L, 100).history
    excess = history - best.fun
    assert (np.diff(history) <= 1e-13 * (1 + history[0])).all()
    assert excess[-1] <= 0.5 * L * np.sum((theta - best.x) ** 2) / (2 * 100) + 1e-12 * (
        1 + history[0]
    )
    assert (excess >= -1e-12 * (1 + history[0])).all()


def test_components_in_the_kernel_never_move():
    """Data of the derivative alone: H does not see the constant feature."""
    model = LinearModel.polynomial(4, [(-1, 1)])
    loss = SobolevLoss(model, {(1,): np.cos}, sr.gauss_legendre([(-1, 1)], 8))
    theta = np.array([7.0, 1, 1, 1, 1])
    assert not loss.hessian(theta)[0].any()
    fit = descend(loss, theta, 1 / sr.lipschitz(loss).value, 500)
    assert fit.x[0] == 7.0 and abs(solve_linear(loss).x[0]) < 1e-14
    assert solve_linear(loss).rank == 4


@pytest.mark.slow
def test_two_over_l_is_sharp():
    """ηL = 1.99 converges, 2.00 oscillates in the top mode for ever, 2.01 diverges."""
    model = LinearModel.polynomial(3, [(-1, 1)])
    loss = SobolevLoss(model, np.sin, sr.gauss_legendre([(-1, 1)], 8))
    L = sr.lipschitz(loss).value
    below, at, above = (descend(loss, np.ones(4), c / L, 1500) for c in (1.99, 2.0, 2.01))
    best = solve_linear(loss)
    H = loss.hessian(np.zeros(4))
    values, vectors = np.linalg.eigh(H)
    top = vectors[:, -1]
    assert below.fun - best.fun < 1e-10
    amplitude = abs(top @ (np.ones(4) - best.x))
    assert abs(top @ (at.x - best.x)) == pytest.approx(amplitude, rel=1e-6)
    assert at.history[-1] - best.fun == pytest.approx(values[-1] / 2 * amplitude**2, rel=1e-6)
    growth = np.sqrt(above.history[-1] / above.history[-2])
    assert growth == pytest.approx(1.01, rel=1e-9)  # |1 − ηλ_max|


def test_a_run_that_goes_on_beyond_two_over_l_is_reported():
    loss = SobolevLoss(
        LinearModel.polynomial(3, [(-1, 1)]), np.sin, sr.gauss_legendre([(-1, 1)], 8)
    )
    fit = descend(loss, np.ones(4), 3 / sr.lipschitz(loss).value, 100_000)
    assert not fit.success and "diverged" in fit.message


@given(linear_losses(), st.sampled_from([1, 1.2, 1.5, 2, 3, 6]), SEEDS)
def test_for_every_p_the_loss_lies_above_its_tangents(drawn, p, seed):
    """L(φ) ≥ L(θ) + ∇L(θ)·(φ − θ); so ∇L(θ) = 0 makes θ a global minimiser (for p = 1 a subgradient)."""
    loss, theta = drawn
    data = dict(zip(sr.multi_indices(1, loss.order), loss.target_values))
    loss = SobolevLoss(loss.model, data, loss.rule, order=loss.order, p=p)
    value, gradient = loss(theta)
    rng = np.random.default_rng(seed)
    for size in (1e-3, 1.0, 30.0):
        phi = theta + size * rng.normal(size=theta.shape)
        above = loss(phi)[0]
        assert above >= value + gradient @ (phi - theta) - 1e-11 * (above + value)


@pytest.mark.parametrize("p", [1.2, 1.5, 2, 3, 4, 8])
@pytest.mark.parametrize("a", [0.2, 1.0, 5.0])
def test_for_p_above_one_the_critical_point_is_the_minimum(p, a):
    """u = θ, the values 0 with weight a and 1 with weight 1: θ* = 1/(1 + a^{1/(p−1)})."""
    model, rule = LinearModel.polynomial(0, [(0, 1)]), sr.Quadrature([0.0, 1.0], [a, 1.0])
    loss = SobolevLoss(model, {(0,): [0.0, 1.0]}, rule, p=p)
    best = 1 / (1 + a ** (1 / (p - 1)))
    least, slope = loss([best])
    assert abs(slope[0]) < 1e-12
    assert all(loss([t])[0] > least for t in best + np.array([-1, -1e-2, 1e-2, 1]))
    found = descend(loss, [3.0], "armijo", 3000).x
    assert found[0] == pytest.approx(best, abs=1e-3)


def test_minimisers_agree_at_the_nodes_of_positive_weight_alone():
    """u = θ_0 + θ_1 x, the value 2 at x = 0, and a node at 1 of weight 0: θ_1 is free."""
    model, rule = LinearModel.polynomial(1, [(-1, 1)]), sr.Quadrature([0.0, 1.0], [1.0, 0.0])
    loss = SobolevLoss(model, {(0,): [2.0, 5.0]}, rule)
    a, b = (np.array(theta) for theta in ([2.0, 0.0], [2.0, 7.0]))
    assert loss(a)[0] == loss(b)[0] == 0 and not loss(b)[1].any()
    values = [model(theta, rule.nodes)[:, 0] for theta in (a, b)]
    assert values[0][0] == values[1][0] and values[0][1] != values[1][1]


def test_for_p_of_one_the_subgradient_at_the_minimum_need_not_be_zero():
    """u = θ, values 0 once, 1 three times: L = |θ| + 3|θ − 1| is least at 1, where sign(0) = 0 leaves 1."""
    model, rule = LinearModel.polynomial(0, [(0, 1)]), sr.Quadrature([0.0, 1.0], [1.0, 3.0])
    loss = SobolevLoss(model, {(0,): [0.0, 1.0]}, rule, p=1)
    assert loss([1.0])[1][0] == 1
    assert all(loss([t])[0] > loss([1.0])[0] for t in (0.0, 0.99, 1.01, 2.0))
    assert [loss([t])[1][0] for t in (0.99, 1.01)] == [-2, 4]  # 0 is between


# -- which loss is faster --------------------------------------------------------------------------


@given(linear_losses(), st.floats(0, 3))
def test_the_derivative_term_cannot_lengthen_the_step(drawn, lam):
    """A₀ + λA₁ ⪰ A₀: no eigenvalue falls, and 2/L does not grow; for λ = 0 and constants nothing moves."""
    model, rule = drawn[0].model, drawn[0].rule
    losses = (SobolevLoss(model, np.sin, rule, weights=(1, weight)) for weight in (0, lam))
    plain, sobolev = (np.linalg.eigvalsh(loss.hessian(0 * drawn[1])) for loss in losses)
    assert (sobolev >= plain - 1e-12 * (1 + sobolev[-1])).all()


def test_the_derivative_term_can_leave_the_step_as_it_is():
    """u = θ has no slope: L = 2 with and without derivatives."""
    model, rule = LinearModel.polynomial(0, [(0, 1)]), sr.gauss_legendre([(0, 1)], 3)
    for weight in (0, 1, 30):
        loss = SobolevLoss(model, np.sin, rule, weights=(1, weight))
        assert sr.lipschitz(loss).value == pytest.approx(2, rel=1e-14)


def test_the_values_alone_have_the_least_error_of_the_values():
    """u = θx, x² on [0, 1]: θ = ¾ with ‖e‖² = 1/80, for λ = 1 15/16 with 31/1280; and 20 random problems."""
    rule, model = sr.gauss_legendre([(0, 1)], 6), LinearModel(lambda a, T: a, 1, (1, 1))
    values = SobolevLoss(model, lambda x: x**2, rule, weights=(1, 0))
    for weight, theta, error in ((0, 3 / 4, 1 / 80), (1, 15 / 16, 31 / 1280)):
        best = solve_linear(SobolevLoss(model, lambda x: x**2, rule, weights=(1, weight))).x
        assert best == pytest.approx([theta], rel=1e-12)
        assert values(best)[0] == pytest.approx(error, rel=1e-12)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        model = LinearModel.polynomial(2, [(-1, 1)])
        data = {(n,): rng.normal(size=9) for n in (0, 1)}
        rule = sr.Quadrature(rng.uniform(-1, 1, 9), rng.uniform(0.1, 1, 9))
        plain, sobolev = (SobolevLoss(model, data, rule, weights=(1, w)) for w in (0, 1))
        least, other = (plain(solve_linear(loss).x)[0] for loss in (plain, sobolev))
        assert least < other


def test_a_network_without_residuals_has_no_longer_step_either():
    """∇²L = 2JᵀJ where the residuals vanish: the network is its own target, 20 seeds."""
    net, rule = MLP((1, 4, 1)), sr.gauss_legendre([(-2, 2)], 12)
    for seed in range(20):
        theta = net.init(seed)
        plain, sobolev = (
            np.linalg.eigvalsh(
                SobolevLoss(net, net.function(theta), rule, weights=w).hessian(theta)
            )
            for w in ((1, 0), (1, 1))
        )
        assert (sobolev >= plain - 1e-10).all() and sobolev[-1] > plain[-1]


def test_the_derivative_term_can_worsen_the_condition_and_mend_it():
    """L from 4 to 393 for Legendre up to degree 10; κ from 1 to 65 for a Fourier basis, and from 65 to 1."""
    model, rule = LinearModel.polynomial(10, [(-1, 1)]), sr.gauss_legendre([(-1, 1)], 12)
    by_weight = [
        sr.lipschitz(SobolevLoss(model, np.sin, rule, weights=(1, w))).value for w in (0, 1)
    ]
    assert by_weight == pytest.approx([4, 392.57], abs=0.01)

    period = sr.gauss_legendre([(0, 2 * np.pi)], 60)
    model = LinearModel.fourier(8, [(0, 2 * np.pi)])
    A_0, A_1 = (
        SobolevLoss(model, np.sin, period, weights=w).hessian(np.zeros(17))
        for w in ((1, 0), (0, 1))
    )
    norms = np.sqrt(np.diag(A_0))  # of the features, made orthonormal
    A_0, A_1 = A_0 / np.outer(norms, norms), A_1 / np.outer(norms, norms)
    scale = np.sqrt(1 + np.diag(A_1))  # √(1 + ω²)
    condition = [np.linalg.cond(A) for A in (A_0, A_0 + A_1)]
    assert condition == pytest.approx([1, 65], rel=1e-9)
    condition = [np.linalg.cond(A / np.outer(scale, scale)) for A in (A_0, A_0 + A_1)]
    assert condition == pytest.approx([65, 1], rel=1e-9)


# -- without linearity in θ ------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, 3.0])
def test_a_convex_target_with_a_critical_point_that_is_no_minimum(weight):
    """f = x², tanh network at weights 0 and output bias 1/3: L = 8/45 + 8λ/3 > 0, ∇L = 0."""
    value, norm = zero_network_is_critical_for_a_convex_target(weight)
    assert value == pytest.approx(8 / 45 + 8 * weight / 3, rel=1e-13)
    assert norm < 1e-13


def test_a_convex_target_with_a_basin_that_is_no_minimum():
    """θ³ − 3θ against −3: descent ends at θ = 1 with L = 1; the minimum 0 is at θ = −2.1038."""
    fit, minimum = descent_stops_at_a_local_minimum()
    assert fit.x[0] == pytest.approx(1, abs=1e-10) and fit.fun == pytest.approx(1, rel=1e-12)
    assert fit.success and "stationary" in fit.message
    assert minimum < 1e-20


def test_a_network_falls_below_its_tangents():
    """u = v tanh(wx) against x² at zeros and bias 1/3: ∇L = 0, and yet a lower loss exists."""
    net = MLP((1, 5, 1))
    loss = SobolevLoss(net, lambda x: x**2, sr.gauss_legendre([(-1, 1)], 10))
    theta = np.r_[np.zeros(15), 1 / 3]
    value, gradient = loss(theta)
    lower = sr.fit(loss, net.init(0), "lm", maxiter=50, progress=False)
    assert lower.fun < 0.1 * (value + gradient @ (lower.x - theta))
