"""Theorem 2. Let L = Σ_{|α|≤k} λ_α ‖Dᵅu_θ − Dᵅu‖_p^p, p ≥ 1. Then
∇_θ L = Σ_α λ_α p ∫ φ_p(Dᵅu_θ − Dᵅu) ∇_θ Dᵅu_θ dx (T2).

Hypotheses: σ ∈ C^{k,1}, Ω bounded. Independent answers: ∇_θ Dᵅu_θ written out, the complex step,
SciPy, the Taylor slope. The last test breaks the hypothesis on σ and sees the conclusion fail.
"""

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from strategies import losses, random_direction

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss


@pytest.mark.parametrize("name", ANALYTIC)
@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_the_formula_with_the_gradients_written_out(name, p):
    """u = Σ_j v_j σ(w_j·x + b_j) + c in two variables, k = 2: with n = |α| and σ⁽ⁿ⁾ at w_j·x + b_j,

    ∂Dᵅu/∂v_j = w_j^α σ⁽ⁿ⁾,  ∂Dᵅu/∂b_j = v_j w_j^α σ⁽ⁿ⁺¹⁾,
    ∂Dᵅu/∂w_jq = v_j (w_j^α x_q σ⁽ⁿ⁺¹⁾ + α_q w_j^{α−e_q} σ⁽ⁿ⁾).
    """
    rng = np.random.default_rng(7)
    net = MLP((2, 3, 1), name)
    W, b, V, c = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=(1, 3)), np.ones(1)
    theta = net.pack([(W, b), (V, c)])
    rule = sr.Quadrature(rng.normal(size=(5, 2)), rng.uniform(size=5))
    f = lambda x, y: np.sin(x) * np.exp(y / 2)
    weights = {alpha: float(w) for alpha, w in zip(sr.multi_indices(2, 2), rng.uniform(size=6))}
    weights[(1, 0)] = 0.0
    loss = SobolevLoss(net, f, rule, order=2, p=p, weights=weights)

    x = rule.nodes
    sigma = np.array([[activation_derivatives(name, z, 3) for z in row] for row in x @ W.T + b])
    target = sr.integrals.targets.target_derivatives(f, x, 2)
    expected, v = np.zeros(len(theta)), V[0]
    for a, alpha in enumerate(sr.multi_indices(2, 2)):
        n, wa = sum(alpha), np.prod(W**alpha, axis=1)
        by_w = np.empty((5, 3, 2))
        for q in range(2):
            lower = np.maximum(np.subtract(alpha, np.eye(2, dtype=int)[q]), 0)
            by_w[..., q] = v * (
                wa * x[:, [q]] * sigma[..., n + 1]
                + alpha[q] * np.prod(W**lower, axis=1) * sigma[..., n]
            )
        jacobian = np.hstack(
            [
                by_w.reshape(5, 6),
                v * wa * sigma[..., n + 1],
                wa * sigma[..., n],
                np.full((5, 1), float(n == 0)),
            ]
        )  # (N, P)
        value = sigma[..., n] @ (wa * v) + (n == 0)
        r = value - target[a, :, 0]
        expected += (
            weights[alpha] * p * (rule.weights * np.sign(r) * np.abs(r) ** (p - 1)) @ jacobian
        )
    np.testing.assert_allclose(loss(theta)[1], expected, rtol=1e-11, atol=1e-12)  # (T2)


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
    """λ selects a term: the gradients of the terms add up with their weights."""
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


def test_without_smoothness_the_conclusion_fails():
    """J(t) = ∫₀¹ (a·1_{x>t} − cos x)² dx has J′(t) = cos²t − (a − cos t)²; formula (T2) gives 0.

    The network is a·relu(x − t), k = 1, weight on the derivative alone, t its bias with the sign
    changed. Its true derivative is found by integration on either side of the kink.
    """
    a, t, h = 0.8, 0.4, 1e-4
    net = MLP((1, 1, 1), "relu")
    rule = sr.gauss_legendre([(0, 1)], 400)
    loss = SobolevLoss(net, {(1,): np.cos}, rule, weights=(0, 1), kinks="ignore")
    _, gradient = loss(net.pack([([[1.0]], [-t]), ([[a]], [0.0])]))

    def J(t):
        return (
            quad(lambda x: np.cos(x) ** 2, 0, t, epsabs=1e-13)[0]
            + quad(lambda x: (a - np.cos(x)) ** 2, t, 1, epsabs=1e-13)[0]
        )

    true = (J(t + h) - J(t - h)) / (2 * h)
    assert true == pytest.approx(np.cos(t) ** 2 - (a - np.cos(t)) ** 2, rel=1e-6)
    assert true == pytest.approx(0.834, abs=5e-4)
    assert gradient[1] == 0
