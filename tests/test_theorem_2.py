"""Theorem 2. Let L = Σ_{|α|≤k} λ_α ‖Dᵅu_θ − Dᵅu‖_p^p. Then

    ∇_θ L = Σ_α λ_α p ∫ φ_p(Dᵅu_θ − Dᵅu) ∇_θ Dᵅu_θ dx                                         (T2)

Hypotheses: p ≥ 1; Ω is bounded; σ ∈ C^{k+1}, or C^{k,1} and θ as in Theorem 1. Independent answers are
∇_θ Dᵅu_θ written out by hand, the complex step, SciPy's differences and the Taylor slope. The last tests
break the hypothesis on σ, and the conclusion fails.
"""

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import random_direction
from scipy.integrate import quad
from scipy.optimize import approx_fprime

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss
from sobolev_ref.testing.strategies import losses
from sobolev_ref.theory.counterexamples import relu_breaks_theorem_2

# -- the conclusion --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ANALYTIC)
@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_the_formula_with_the_gradients_written_out(name, p):
    """u = Σ_j v_j σ(w_j·x + b_j) + c in two variables, k = 2: with n = |α| and σ⁽ⁿ⁾ at w_j·x + b_j,

    ∂Dᵅu/∂v_j = w_j^α σ⁽ⁿ⁾,  ∂Dᵅu/∂b_j = v_j w_j^α σ⁽ⁿ⁺¹⁾,
    ∂Dᵅu/∂w_jq = v_j (w_j^α x_q σ⁽ⁿ⁺¹⁾ + α_q w_j^{α−e_q} σ⁽ⁿ⁾).
    """
    rng = np.random.default_rng(7)
    net = MLP((2, 3, 1), name)
    W, b, v, c = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=3), np.ones(1)
    theta = net.pack([(W, b), (v[None, :], c)])
    rule = sr.Quadrature(rng.normal(size=(5, 2)), rng.uniform(size=5))
    weights = {alpha: float(w) for alpha, w in zip(sr.multi_indices(2, 2), rng.uniform(size=6))}
    weights[(1, 0)] = 0.0
    f = lambda x, y: np.sin(x) * np.exp(y / 2)
    loss = SobolevLoss(net, f, rule, order=2, p=p, weights=weights)

    x, w = rule.nodes, rule.weights
    sigma = np.array([[activation_derivatives(name, z, 3) for z in row] for row in x @ W.T + b])
    expected = np.zeros(len(theta))
    for alpha, lam in weights.items():
        n, wa = sum(alpha), np.prod(W**alpha, axis=1)
        s_n, s_next = sigma[..., n], sigma[..., n + 1]  # (N, J)
        by_w = np.empty((5, 3, 2))
        for q in range(2):
            lower = np.maximum(np.subtract(alpha, np.eye(2, dtype=int)[q]), 0)
            lowered = alpha[q] * np.prod(W**lower, axis=1)
            by_w[..., q] = v * (wa * x[:, [q]] * s_next + lowered * s_n)
        by_c = np.full((5, 1), float(n == 0))
        jacobian = np.hstack([by_w.reshape(5, 6), v * wa * s_next, wa * s_n, by_c])  # (N, P)
        target = np.sin(x[:, 0] + alpha[0] * np.pi / 2) * np.exp(x[:, 1] / 2) / 2 ** alpha[1]
        r = s_n @ (wa * v) + (n == 0) - target
        expected += lam * p * (w * np.sign(r) * np.abs(r) ** (p - 1)) @ jacobian  # (T2)
    np.testing.assert_allclose(loss(theta)[1], expected, rtol=1e-11, atol=1e-12)


@given(losses(p=st.one_of(st.sampled_from([1, 1.5, 2, 2.5, 3, 4, 6]), st.floats(1, 6))))
def test_complex_step(drawn):
    """|r + iε|^p = |r|^p + iε p φ_p(r) + O(ε²) off r = 0, for every real p >= 1: random λ, m, N, data."""
    loss, theta = drawn
    _, gradient = loss(theta)
    by_step = [loss(theta + 1e-20j * e)[0].imag / 1e-20 for e in np.eye(len(theta))]
    np.testing.assert_allclose(
        gradient, by_step, rtol=0, atol=1e-12 * (np.abs(by_step).max() + 1e-3)
    )


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
@pytest.mark.parametrize(("d", "k"), [(1, 3), (2, 2), (3, 1)])
def test_scipy_s_finite_differences(p, d, k):
    net = MLP((d, 4, 4, 2), "sigmoid")
    theta = 2 * net.init(0)
    f = lambda *x: (np.sin(sum(x)), x[0] ** 2)
    loss = SobolevLoss(
        net, f, sr.sobol([(-1, 1)] * d, 8, rng=1), order=k, p=p, weights=np.linspace(0.3, 2, k + 1)
    )
    by_scipy = approx_fprime(theta, lambda t: loss(t)[0], 1e-7)
    scale = np.abs(by_scipy).max()
    np.testing.assert_allclose(loss(theta)[1], by_scipy, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_taylor_slope(k):
    net = MLP((1, 6, 6, 1))
    loss = SobolevLoss(
        net, np.sin, sr.gauss_legendre([(0, 1)], 8), order=k, weights=[0.3] * (k + 1)
    )
    theta, v = net.init(0), random_direction(net.n_parameters)
    value, gradient = loss(theta)
    h = np.array([4e-3, 2e-3, 1e-3])
    remainder = [abs(loss(theta + s * v)[0] - value - s * gradient @ v) for s in h]
    np.testing.assert_allclose(np.log2(np.divide(remainder[:-1], remainder[1:])), 2, atol=0.1)


def test_terms_have_the_gradient_of_their_own_loss():
    """The gradients of the terms add up with their weights λ_α."""
    net = MLP((2, 4, 1), "sin")
    theta, rule = net.init(1), sr.sobol([(0, 1)] * 2, 8, rng=0)
    f = lambda x, y: np.exp(x * y)
    weights = {(0, 0): 0.2, (1, 0): 3.0, (1, 1): 0.5}
    whole = SobolevLoss(net, f, rule, order=2, p=3, weights=weights)(theta)[1]
    parts = [
        w * SobolevLoss(net, f, rule, order=2, p=3, weights={a: 1.0})(theta)[1]
        for a, w in weights.items()
    ]
    np.testing.assert_allclose(whole, sum(parts), rtol=1e-12, atol=1e-13)


# -- without the hypothesis on σ -------------------------------------------------------------------


@pytest.mark.parametrize(("a", "t"), [(0.8, 0.4), (1.5, 0.7), (-0.5, 0.2)])
def test_relu_breaks_the_conclusion(a, t):
    """J(t) = ∫₀¹ (a·1_{x>t} − cos x)² dx has J′(t) = cos²t − (a − cos t)², and formula (T2) gives 0.

    The network is a·relu(x − t), k = 1, with weight on the derivative alone, and t is its bias with the
    sign changed. SciPy integrates on either side of the kink, and differences of that are the slope.
    """

    def J(s):
        before = quad(lambda x: np.cos(x) ** 2, 0, s, epsabs=1e-13)[0]
        return before + quad(lambda x: (a - np.cos(x)) ** 2, s, 1, epsabs=1e-13)[0]

    h = 1e-4
    broken = relu_breaks_theorem_2(a, t)
    assert broken.true == pytest.approx((J(t + h) - J(t - h)) / (2 * h), rel=1e-6)
    assert broken.true == pytest.approx(np.cos(t) ** 2 - (a - np.cos(t)) ** 2, rel=1e-9)
    assert broken.formula == 0
    if (a, t) == (0.8, 0.4):
        assert broken.true == pytest.approx(0.834, abs=5e-4)


def test_an_activation_that_is_not_smooth_enough_is_refused():
    with pytest.raises(ValueError, match="misses what sits on the jump"):
        SobolevLoss(MLP((1, 3, 1), "relu"), np.sin, sr.midpoint([(0, 1)], 4), order=1)
