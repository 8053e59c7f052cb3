"""Theorem 3, the descent lemma. Let ∇L be L-Lipschitz on the segment from θ to θ + Δ. Then

    L(θ+Δ) ≤ L(θ) + ∇L(θ)·Δ + (L/2)‖Δ‖²                                                      (T3)

and for L ∈ C² the remainder L(θ+Δ) − L(θ) − ∇L·Δ is ∫₀¹ (1 − t) Δᵀ∇²L(θ+tΔ)Δ dt              (T3').

The strategies draw the hypothesis: a linear model with its exact L, or a network with one hidden layer and
the certificate on the ball of radius ‖Δ‖ about θ, which holds the segment. The last tests break the
hypothesis, and the conclusion fails.
"""

import numpy as np
import pytest
from conftest import PROFILE
from hypothesis import given, settings
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.integrate import quad

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Lipschitz, Ridge, SobolevLoss, descent_lemma, lipschitz
from sobolev_ref.testing.strategies import losses
from sobolev_ref.theory.counterexamples import two_cycle

STEPS = {"thorough": 2000, "ci": 200}.get(PROFILE, 12)


def power_of_theta(p):
    """L(θ) = |θ|^p."""
    model, rule = LinearModel.polynomial(0, [(0, 1)]), sr.gauss_legendre([(0, 1)], 3)
    return SobolevLoss(model, lambda x: 0.0, rule, order=0, p=p)


def sine_by_cubics():
    """A quadratic function of four parameters, and the eigenvalues and eigenvectors of its Hessian."""
    model = LinearModel.polynomial(3, [(-1, 1)])
    loss = SobolevLoss(model, np.sin, sr.gauss_legendre([(-1, 1)], 8))
    return loss, *np.linalg.eigh(loss.hessian(np.zeros(4)))


# -- the inequality --------------------------------------------------------------------------------


@st.composite
def steps(draw):
    """(loss, θ, Δ, L): L exact or certified on the segment."""
    rng = np.random.default_rng(draw(SEEDS))
    d, m, order = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(0, 2))
    if draw(st.booleans()):
        model = LinearModel.polynomial(draw(st.integers(0, 4)), [(-1, 1)] * d, m=m)
        theta = rng.normal(size=model.n_parameters)
    else:
        names = ["tanh", "sin", "sigmoid", "gaussian", "softplus", "gelu", "silu"]
        name = draw(st.sampled_from(names))
        model = MLP((d, draw(st.integers(1, 4)), m), name)
        theta = rng.normal(size=model.n_parameters)
    x = rng.uniform(-1, 1, (draw(st.integers(1, 5)), d))
    data = {a: rng.normal(size=(len(x), m)) for a in sr.multi_indices(d, order)}
    loss = SobolevLoss(
        model,
        data,
        sr.Quadrature(x, rng.uniform(0, 2, len(x))),
        order=order,
        weights=rng.uniform(0, 3, order + 1),
    )
    size = draw(st.floats(0.01, 2))
    delta = rng.normal(size=len(theta))
    delta *= size / np.linalg.norm(delta)
    if draw(st.booleans()):  # the step that the theory is about
        gradient = loss(theta)[1]
        if np.linalg.norm(gradient) > 0:
            delta = -size * gradient / np.linalg.norm(gradient)
    if draw(st.booleans()):
        loss = loss + Ridge(draw(st.floats(0, 3)), len(theta))
    L = lipschitz(loss, theta, radius=np.linalg.norm(delta))
    return loss, theta, delta, L


@settings(max_examples=STEPS)
@given(steps())
def test_no_step_violates_the_lemma(drawn):
    loss, theta, delta, L = drawn
    assert L.kind in ("exact", "certified")
    lemma = descent_lemma(loss, theta, delta, L)
    assert lemma.holds, lemma  # (T3)
    assert lemma.lipschitz is L  # neither demoted nor refuted
    assert lemma.left == loss(theta + delta)[0]
    assert lemma.right - lemma.left == lemma.slack


def test_the_lemma_in_numbers():
    """L(θ) = θ² from 3 by −1, with a constant of 6 in place of 2 (T3), and 1 is left over (T3')."""
    constant = Lipschitz(6.0, "certified", "by hand", center=[3.0], radius=1.0)
    for options in ({}, {"n": 1}):
        lemma = descent_lemma(power_of_theta(2), [3.0], [-1.0], constant, **options)
        assert [lemma.left, lemma.right, lemma.slack] == pytest.approx([4, 6, 2], rel=1e-14)
        assert [lemma.remainder, lemma.integral] == pytest.approx([1, 1], rel=1e-13)
        assert lemma.lipschitz is constant


def test_equality_along_the_top_eigenvector_of_a_quadratic():
    """L is sharp: along the eigenvector of λ_max = L both sides agree."""
    loss, values, vectors = sine_by_cubics()
    lemma = descent_lemma(loss, np.ones(4), vectors[:, -1])
    assert lemma.lipschitz.kind == "exact"
    assert lemma.lipschitz.value == pytest.approx(values[-1], rel=1e-12)
    assert abs(lemma.slack) < 1e-12 * lemma.right and lemma.holds


# -- the remainder ---------------------------------------------------------------------------------


@given(losses(p=st.sampled_from([2, 4, 6]), max_d=2, max_order=2), st.floats(0.05, 0.5), SEEDS)
def test_the_remainder_is_the_integral_of_the_hessian(drawn, size, seed):
    """(T3') to 1e−11 of the largest term, for every even p, depth, order and activation."""
    loss, theta = drawn
    delta = np.random.default_rng(seed).normal(size=len(theta))
    delta *= size / np.linalg.norm(delta)
    lemma = descent_lemma(loss, theta, delta, Lipschitz(1.0, "estimate", "not used"), n=40)
    value, gradient = loss(theta)
    scale = abs(lemma.remainder) + 1e-3 * (abs(value) + abs(gradient @ delta)) + 1e-12
    assert abs(lemma.integral - lemma.remainder) < 1e-11 * scale  # (T3')


@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_the_remainder_to_eleven_digits_of_itself(k):
    net = MLP((1, 8, 8, 1))
    loss = SobolevLoss(
        net, np.sin, sr.gauss_legendre([(-2, 2)], 16), order=k, weights=np.linspace(1, 0.2, k + 1)
    )
    rng = np.random.default_rng(k)
    delta = rng.normal(size=net.n_parameters)
    lemma = descent_lemma(loss, net.init(k), 0.5 * delta / np.linalg.norm(delta), n=40)
    assert lemma.integral == pytest.approx(lemma.remainder, rel=1e-11)
    assert lemma.lipschitz.kind == "estimate"
    assert lemma.holds  # an observation: the estimate is no bound


# -- without the hypothesis ------------------------------------------------------------------------


def test_with_a_smaller_constant_the_conclusion_fails():
    """0.9 L in place of L, along the top eigenvector: (T3) is short by 0.05 L."""
    loss, values, vectors = sine_by_cubics()
    small = Lipschitz(0.9 * values[-1], "estimate", "small")
    lemma = descent_lemma(loss, np.ones(4), vectors[:, -1], small)
    assert not lemma.holds
    assert lemma.slack == pytest.approx(-0.05 * values[-1], rel=1e-9)


def test_where_no_constant_exists_the_conclusion_fails():
    """p = 1.5, L(θ) = |θ|^p: for every constant there is a step from 0 that violates (T3)."""
    loss = power_of_theta(1.5)
    for constant in (1.0, 1e2, 1e4):
        delta = 0.1 / constant**2
        assert loss([delta])[0] > loss([0.0])[0] + constant / 2 * delta**2


@pytest.mark.parametrize("p", [1.2, 1.5, 1.9])
def test_hoelders_form_takes_its_place_below_p_two(p):
    """|φ_p(a) − φ_p(b)| ≤ 2^{2−p}|a − b|^{p−1} gives the remainder ≤ 2^{2−p}|Δ|^p."""
    loss = power_of_theta(p)
    for theta in np.linspace(-1, 1, 21):
        value, (slope,) = loss([theta])
        for delta in np.linspace(-2, 2, 41):
            remainder = loss([theta + delta])[0] - value - slope * delta
            assert remainder <= 2 ** (2 - p) * abs(delta) ** p + 1e-14


@pytest.mark.parametrize("p", [1.2, 1.5, 1.9])
def test_for_p_below_two_the_integral_can_have_a_constant_where_its_sum_has_none(p):
    """u = θ, f = x on [−1, 1]: ∂L/∂θ = |1 + θ|^p − |1 − θ|^p, whose slope is at most 2p, at θ = 0.

    The sum over 16 nodes has the slope w_i p |θ − x_i|^{p−2}, and more, beside node i.
    """
    slope = lambda theta: np.abs(1 + theta) ** p - np.abs(1 - theta) ** p
    for theta in (-0.7, 0.0, 0.2, 1.5):  # against SciPy's integral of p φ_p(θ − x)
        phi = lambda x, theta=theta: p * np.sign(theta - x) * abs(theta - x) ** (p - 1)
        found = quad(phi, -1, 1, points=[theta] if abs(theta) < 1 else None)[0]
        assert found == pytest.approx(slope(theta), abs=1e-7)
    t = np.linspace(-4, 4, 8001)
    secants = np.diff(slope(t)) / np.diff(t)
    assert secants.max() <= 2 * p and secants.max() == pytest.approx(2 * p, rel=1e-3)

    rule = sr.gauss_legendre([(-1, 1)], 16)
    loss = SobolevLoss(LinearModel.polynomial(0, [(-1, 1)]), lambda x: x, rule, order=0, p=p)
    node, weight = rule.nodes[8, 0], rule.weights[8]
    for h in (1e-5, 1e-10):
        secant = (loss([node + h])[1][0] - loss([node - h])[1][0]) / (2 * h)
        assert secant > weight * p * h ** (p - 2)  # beyond every constant as h → 0


@pytest.mark.parametrize("p", [1.2, 1.5, 1.9])
def test_for_p_below_two_steep_crossings_make_the_gradient_of_the_integral_lipschitz(p):
    """u = θ_0 + θ_1 x against 3x on [−1, 1], |θ_1| ≤ 1: the slope of r is 2 or more, and L = p 2^p does.

    |{|r| ≤ t}| ≤ t, ∫|r|^{p−2} ≤ 2^{p−1}/(p − 1), and ‖∇²L‖ ≤ p(p − 1) ∫|r|^{p−2}(1 + x²).
    """

    def gradient(theta):  # p ∫ φ_p(r) (1, x), r = a + bx, in closed form
        a, b = theta[0], theta[1] - 3
        powers = [np.sign(a + b * x) * np.abs(a + b * x) ** (p + 1) for x in (-1, 1)]
        low, high = (np.abs(a + b * x) ** p for x in (-1, 1))
        return np.array([high - low, high + low - (powers[1] - powers[0]) / (b * (p + 1))]) / b

    r = lambda x: 0.3 - 2.6 * x
    for j in (0, 1):
        phi = lambda x, j=j: p * np.sign(r(x)) * abs(r(x)) ** (p - 1) * x**j
        found = quad(phi, -1, 1, points=[0.3 / 2.6])[0]
        assert gradient(np.array([0.3, 0.4]))[j] == pytest.approx(found, abs=1e-6)
    rule = sr.midpoint([(-1, 1)], 9)
    loss = SobolevLoss(LinearModel.polynomial(1, [(-1, 1)]), lambda x: 3 * x, rule, order=0, p=p)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        theta = rng.uniform(-1, 1, 2)
        step = 10 ** rng.uniform(-5, 0) * rng.normal(size=2)
        if np.abs(theta + step).max() <= 1:
            change = gradient(theta + step) - gradient(theta)
            assert np.linalg.norm(change) <= p * 2**p * np.linalg.norm(step)
        node = rule.nodes[rng.integers(9), 0]
        theta[0] = (3 - theta[1]) * node  # r = 0 at this node
        for h in (1e-5, 1e-10):  # of the sum, beyond every constant as h → 0
            v = np.array([h, 0])
            change = loss(theta + v)[1] - loss(theta - v)[1]
            assert np.linalg.norm(change) / (2 * h) > 0.99 * rule.weights[0] * p * h ** (p - 2)


@pytest.mark.parametrize("p", [1.2, 1.5, 1.9])
def test_for_p_below_two_a_residual_that_vanishes_on_a_set_leaves_no_constant(p):
    """u = θ, f = max(x, 0) on [−1, 1]: r = θ on half of it, ∂L/∂θ = p t^{p−1} + t^p − (1 − t)^p at t > 0."""
    model = LinearModel.polynomial(0, [(-1, 1)])
    rule = sr.Quadrature(
        np.r_[-0.5, sr.gauss_legendre([(0, 1)], 200).nodes[:, 0]],
        np.r_[1.0, sr.gauss_legendre([(0, 1)], 200).weights],
    )
    loss = SobolevLoss(model, lambda x: np.maximum(x, 0), rule, order=0, p=p)
    slope = lambda t: p * t ** (p - 1) + t**p - (1 - t) ** p
    for t in (0.1, 0.4):
        assert loss([t])[1][0] == pytest.approx(slope(t), abs=2e-3)
    for t in (1e-4, 1e-6):  # the secant from 0 is p t^{p−2} + p + t^{p−1}, beyond every constant
        secant = (slope(t) - slope(0)) / t
        assert secant == pytest.approx(p * t ** (p - 2) + p + t ** (p - 1), abs=1e-4)


@pytest.mark.parametrize("p", [1.2, 1.5, 1.9])
def test_for_p_below_two_a_sum_whose_residuals_do_not_cross_zero_has_a_constant(p):
    """u = sin b against 2: |L″| ≤ p(p − 1) + p 3^{p−1}; u = θ² against 0: L = |θ|^{2p}, to 1 2p(2p − 1)."""
    net = MLP((1, 1, 1), "sin")
    loss = SobolevLoss(net, lambda x: 2.0, sr.samples([0.0]), order=0, p=p)
    b = np.linspace(-7, 7, 141)
    slopes = np.array([loss([0.0, t, 1.0, 0.0])[1][1] for t in b])
    np.testing.assert_allclose(slopes, -p * (2 - np.sin(b)) ** (p - 1) * np.cos(b), rtol=1e-12)
    assert np.abs(np.diff(slopes) / np.diff(b)).max() <= p * (p - 1) + p * 3 ** (p - 1)
    t, power = np.linspace(-1, 1, 101), power_of_theta(p)
    slopes = [power([theta**2])[1][0] * 2 * theta for theta in t]
    secants = np.abs(np.diff(slopes) / np.diff(t))
    assert secants.max() <= 2 * p * (2 * p - 1) and secants[50] < 2.1 * p * 0.02 ** (2 * p - 2)


@pytest.mark.parametrize(("p", "eta"), [(1.5, 0.1), (1.2, 0.01), (1.8, 0.3), (1.05, 0.02)])
def test_below_p_two_all_starts_but_countably_many_end_in_a_two_cycle(p, eta):
    """On |θ|^p from 25 starts of both signs, from 1/50 to 50 times the size of the cycle."""
    cycle, rng = (eta * p / 2) ** (1 / (2 - p)), np.random.default_rng(0)
    theta = cycle * rng.choice([-1, 1], 25) * 50 ** rng.uniform(-1, 1, 25)  # a run each
    for _ in range(400):
        theta = theta - eta * p * np.sign(theta) * np.abs(theta) ** (p - 1)
    np.testing.assert_allclose(np.abs(theta), cycle, rtol=1e-6)


@pytest.mark.parametrize("start", [9 / 256, -9 / 256])
def test_below_p_two_a_start_can_land_on_the_minimum(start):
    """p = 1.5, η = 1/8: from ±9/256 = ±(ηp)² to 0 in one step, exact in binary, and there it stays."""
    model, rule = LinearModel.polynomial(0, [(0, 1)]), sr.gauss_legendre([(0, 1)], 1)
    loss = SobolevLoss(model, lambda x: 0.0, rule, order=0, p=1.5)
    assert start - loss([start])[1][0] / 8 == 0
    assert loss([0.0])[1][0] == 0
    assert 0.0225 - loss([0.0225])[1][0] / 10 == pytest.approx(0, abs=1e-17)


@pytest.mark.parametrize(("p", "eta"), [(1.5, 0.1), (1.2, 0.01), (1.8, 0.3)])
def test_the_two_cycle_of_the_counterexample(p, eta):
    """|θ_k| → (ηp/2)^{1/(2−p)}; there one step leads from θ to −θ."""
    size, predicted = two_cycle(p, eta, maxiter=600)
    assert predicted == pytest.approx((eta * p / 2) ** (1 / (2 - p)), rel=1e-14)
    assert size == pytest.approx(predicted, rel=1e-6)
    _, slope = power_of_theta(p)([predicted])
    assert predicted - eta * slope[0] == pytest.approx(-predicted, rel=1e-12)
