"""Theorem 1. Let L₀(θ) = ‖u_θ − u‖_p^p. Then ∇_θ L₀ = p ∫ φ_p(u_θ − u) ∇_θ u_θ dx (T1).

Hypotheses: p ≥ 1; σ ∈ C^{0,1}, so that ReLU is one; Ω is bounded; for p = 1, r ≠ 0 almost everywhere.
Independent answers are the integral in closed form, ∇_θ u_θ written out by hand, the complex step, SciPy's
differences and the Taylor slope. The last tests break a hypothesis each.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from strategies import losses, random_direction

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss

# -- the conclusion --------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 4.5])
def test_closed_form_of_a_constant_model(p):
    """u_θ = b (its slope stays 0), u = 0 on [0, 3]: L₀ = 3|b|^p, ∂L₀/∂b = 3p sign(b)|b|^{p−1} (T1)."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: 0.0, sr.gauss_legendre([(0, 3)], 5), order=0, p=p)
    for b in (-2.0, 0.5):
        value, gradient = loss([0.0, b])
        assert value == pytest.approx(3 * abs(b) ** p, rel=1e-14)
        assert gradient[1] == pytest.approx(3 * p * np.sign(b) * abs(b) ** (p - 1), rel=1e-14)


@pytest.mark.parametrize("p", [1, 1.3, 2, 2.5, 4])
def test_the_formula_with_the_gradient_of_the_network_written_out(p):
    """u = Σ_j v_j tanh(w_j x + b_j) + c: ∂u/∂v_j = t_j, ∂u/∂b_j = v_j(1 − t_j²), ∂u/∂w_j = x·that."""
    rng = np.random.default_rng(0)
    net = MLP((1, 4, 1))
    theta = rng.normal(size=13)
    (W, b), (V, _) = net.unpack(theta)
    rule = sr.Quadrature(rng.normal(size=6), rng.uniform(size=6))
    x = rule.nodes
    t = np.tanh(x * W[:, 0] + b)  # (N, 4)
    slope = V * (1 - t**2)
    jacobian = np.hstack([x * slope, slope, t, np.ones_like(x)])  # (N, P) = ∇_θ u_θ
    r = net(theta, x)[:, 0] - np.sin(x[:, 0])
    expected = p * (rule.weights * np.sign(r) * np.abs(r) ** (p - 1)) @ jacobian  # (T1)
    _, gradient = SobolevLoss(net, np.sin, rule, order=0, p=p)(theta)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-13)


@given(losses(max_order=0, p=st.sampled_from([2, 4, 6, 1.5, 2.5, 3])))
def test_complex_step(drawn):
    loss, theta = drawn
    _, gradient = loss(theta)
    by_step = [loss(theta + 1e-20j * e)[0].imag / 1e-20 for e in np.eye(len(theta))]
    np.testing.assert_allclose(
        gradient, by_step, rtol=0, atol=1e-12 * (np.abs(by_step).max() + 1e-3)
    )


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_scipy_s_finite_differences(p, activation):
    """No node sits on a kink of the network or of |r|^p here, for relu and p = 1 as well."""
    net = MLP((2, 5, 2), activation)
    theta = net.init(3) + 0.1
    f = lambda x, y: (np.sin(x + y), x * y)
    loss = SobolevLoss(net, f, sr.sobol([(-1, 1)] * 2, 16, rng=1), order=0, p=p)
    by_scipy = approx_fprime(theta, lambda t: loss(t)[0], 1e-7)
    np.testing.assert_allclose(loss(theta)[1], by_scipy, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("p", [1.5, 2, 3])
def test_taylor_slope(p):
    """|L(θ + hv) − L(θ) − h ∇L·v| = O(h²) where L is C²."""
    net = MLP((1, 6, 1))
    loss = SobolevLoss(net, lambda x: 5 + x, sr.gauss_legendre([(0, 1)], 8), order=0, p=p)
    theta, v = net.init(0), random_direction(19)
    value, gradient = loss(theta)
    h = np.array([1e-2, 5e-3, 2.5e-3])
    remainder = [abs(loss(theta + s * v)[0] - value - s * gradient @ v) for s in h]
    np.testing.assert_allclose(np.log2(np.divide(remainder[:-1], remainder[1:])), 2, atol=0.1)


@pytest.mark.parametrize("p", [1, 1.5])
def test_p_below_two_is_finite_where_the_residual_vanishes(p):
    """φ_p(0) = 0, where r·|r|^{p−2} would be 0·∞; r = −x/2 vanishes at the middle node."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: x, sr.trapezoid([(-1, 1)], 3), order=0, p=p)
    _, gradient = loss([0.5, 0.0])
    assert np.isfinite(gradient).all()
    expected = -p * 0.5 ** (p - 1)  # −p Σ w |x/2|^{p−1} |x|, w = 1/2, 1, 1/2
    assert gradient[0] == pytest.approx(expected)


# -- without the hypotheses ------------------------------------------------------------------------


def test_for_p_of_one_a_residual_that_vanishes_has_no_gradient():
    """u_θ = b, u = 0 on [0, 3], p = 1: L₀ = 3|b| has the slopes ±3 at 0, and φ_1(0) = 0 is between them."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: 0.0, sr.gauss_legendre([(0, 3)], 5), order=0, p=1)
    right, left = loss([0.0, 1e-9])[0] / 1e-9, -loss([0.0, -1e-9])[0] / 1e-9
    assert (left, right) == pytest.approx((-3, 3), rel=1e-12)
    assert loss([0.0, 0.0])[1][1] == 0


def test_p_below_one_is_no_norm_and_is_refused():
    with pytest.raises(ValueError, match="^p: got 0.5, takes a finite real exponent >= 1$"):
        SobolevLoss(MLP((1, 1)), np.sin, sr.midpoint([(0, 1)], 2), order=0, p=0.5)
