"""Theorem 1. Let L₀(θ) = ‖u_θ − u‖_p^p. Then ∇_θ L₀ = p ∫ φ_p(u_θ − u) ∇_θ u_θ dx (T1).

Hypotheses: p ≥ 1; Ω is bounded; σ ∈ C^{0,1}, so that ReLU is one, and no pre-activation is on a kink of σ
on a set of x of positive measure, which is so for almost every θ; for p = 1, r ≠ 0 almost everywhere.
Independent answers are the integral in closed form, ∇_θ u_θ written out by hand, the complex step, SciPy's
differences and the Taylor slope. The last tests break a hypothesis each.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import random_direction
from scipy.optimize import approx_fprime

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss
from sobolev_ref.testing.strategies import losses
from sobolev_ref.theory import nodes_on_kinks

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


# -- a σ with kinks --------------------------------------------------------------------------------


def relu_losses():
    """(network, θ off every kink, loss) for 20 seeds: three hidden layers, a sum over 12 nodes."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        net = MLP((2, 6, 5, 4, 1), "relu")
        theta = net.init(rng) + 0.1 * rng.normal(size=net.n_parameters)
        rule = sr.monte_carlo([(-1, 1)] * 2, 12, rng)
        yield (
            net,
            theta,
            SobolevLoss(net, lambda x, y: np.sin(x + y), rule, order=0, p=1.5 + seed % 3),
        )


def test_relu_has_a_gradient_at_almost_every_theta():
    for net, theta, loss in relu_losses():
        assert not nodes_on_kinks(net, theta, loss.rule.nodes).any()
        v, h = random_direction(len(theta)), 1e-6
        by_differences = (loss(theta + h * v)[0] - loss(theta - h * v)[0]) / (2 * h)
        assert loss(theta)[1] @ v == pytest.approx(by_differences, rel=1e-5, abs=1e-8)


def test_a_kink_inside_the_domain_does_no_harm_to_the_integral():
    """u = max(x + b, 0) against 0 on [0, 1], b = −0.3: L = (1 + b)³/3, ∂L/∂b = (1 + b)² (T1)."""
    parts = sr.gauss_legendre([(0, 0.3)], 4), sr.gauss_legendre([(0.3, 1)], 4)
    nodes, weights = (np.concatenate([getattr(r, n) for r in parts]) for n in ("nodes", "weights"))
    loss = SobolevLoss(
        MLP((1, 1, 1), "relu"), lambda x: 0.0, sr.Quadrature(nodes, weights), order=0
    )
    value, gradient = loss([1.0, -0.3, 1.0, 0.0])
    assert value == pytest.approx(0.7**3 / 3, rel=1e-13)
    assert gradient[1] == pytest.approx(0.7**2, rel=1e-13)


def test_on_a_kink_there_are_two_slopes_and_one_of_them_is_returned():
    """u = max(wx + b, 0) at w = b = 0 against 1 on [0, 1]: L = (1 − max(b, 0))², slopes 0 and −2 in b."""
    net, rule = MLP((1, 1, 1), "relu"), sr.gauss_legendre([(0, 1)], 4)
    loss, h = SobolevLoss(net, lambda x: 1.0, rule, order=0), 1e-7
    below, at, above = (loss([0.0, b, 1.0, 0.0])[0] for b in (-h, 0.0, h))
    assert [(at - below) / h, (above - at) / h] == pytest.approx([0, -2], abs=1e-6)
    assert loss([0.0, 0.0, 1.0, 0.0])[1][1] == 0  # the side below
    assert nodes_on_kinks(net, [0.0, 0.0, 1.0, 0.0], rule.nodes).all()


def test_half_of_the_starts_with_zero_biases_are_on_a_kink():
    """(1, 2, 2, 1): where both w have one sign, the second layer is at z = 0 for all x of the other sign."""
    net, x = MLP((1, 2, 2, 1), "relu"), np.linspace(-1, 1, 8)  # 0 is no node
    for seed in range(100):
        theta = net.init(seed)
        W = net.unpack(theta)[0][0][:, 0]
        one_sign = W[0] * W[1] > 0
        expected = (x * W[0] < 0) & one_sign
        np.testing.assert_array_equal(nodes_on_kinks(net, theta, x), expected)
    count = sum(np.prod(net.init(seed)[:2]) > 0 for seed in range(2000))
    assert abs(count - 1000) < 3 * np.sqrt(500)  # half of them, to three deviations


def test_with_a_node_at_zero_all_starts_with_zero_biases_are_on_a_kink():
    """The first layer is at z = 0 there, whatever its weights are."""
    net, x = MLP((1, 2, 2, 1), "relu"), sr.trapezoid([(-1, 1)], 9).nodes
    assert all(nodes_on_kinks(net, net.init(seed), x)[4] for seed in range(100))


@pytest.mark.parametrize("p", [1.5, 2.0])
def test_on_a_kink_the_gradient_is_the_limit_from_below(p):
    """p > 1, biases 0 and a node at 0. The first layer's biases fall by ε³, the next by ε², the last by ε.

    So every z that is 0 becomes negative, whatever the layers before it do, and the gradients tend to the
    one returned: it is one of Clarke's.
    """
    for seed in range(20):
        net = MLP((1, 4, 4, 4, 1), "relu")
        theta, rule = net.init(seed), sr.trapezoid([(-1, 1)], 9)
        assert nodes_on_kinks(net, theta, rule.nodes).any()
        loss = SobolevLoss(net, np.cos, rule, order=0, p=p)
        distances = []
        for eps in (1e-4, 1e-5):
            layers = [
                (W, b - eps ** (3 - i) * (i < 3)) for i, (W, b) in enumerate(net.unpack(theta))
            ]
            near = net.pack(layers)
            assert not nodes_on_kinks(net, near, rule.nodes).any()  # so it is a gradient
            distances.append(np.linalg.norm(loss(near)[1] - loss(theta)[1]))
        assert distances[1] < 1e-3 and distances[1] <= distances[0] / 5


# -- without the hypotheses ------------------------------------------------------------------------


def test_for_p_of_one_the_limit_from_below_can_be_another():
    """(1, 1, 1), output weight 1 and zeros, against 0: φ_1(0) = 0, and below it u = −ε has φ_1 = −1."""
    net, at = MLP((1, 1, 1), "relu"), np.array([0.0, 0.0, 1.0, 0.0])
    for p, limit in ((1, -1), (1.5, 0)):
        loss = SobolevLoss(net, lambda x: 0 * x, sr.samples([-1.0, 0.5]), order=0, p=p)
        assert not loss(at)[1].any()
        slopes = [loss(at - [0, eps**2, 0, eps])[1][3] for eps in (1e-4, 1e-8, 1e-12)]
        assert slopes[-1] == pytest.approx(limit, abs=1e-5)


def test_for_p_of_one_a_residual_that_vanishes_has_no_gradient():
    """u_θ = b, u = 0 on [0, 3], p = 1: L₀ = 3|b| has the slopes ±3 at 0, and φ_1(0) = 0 is between them."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: 0.0, sr.gauss_legendre([(0, 3)], 5), order=0, p=1)
    right, left = loss([0.0, 1e-9])[0] / 1e-9, -loss([0.0, -1e-9])[0] / 1e-9
    assert (left, right) == pytest.approx((-3, 3), rel=1e-12)
    assert loss([0.0, 0.0])[1][1] == 0


def test_p_below_one_is_no_norm_and_is_refused():
    with pytest.raises(ValueError, match="^p: got 0.5, takes a finite real exponent >= 1$"):
        SobolevLoss(MLP((1, 1)), np.sin, sr.midpoint([(0, 1)], 2), order=0, p=0.5)
