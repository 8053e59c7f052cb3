"""Each counterexample gives its number; those of Theorems 2 to 5 are in the tests of the theorems."""

import numpy as np
import pytest
from scipy.integrate import quad

import sobolev_ref as sr
from sobolev_ref import SobolevLoss
from sobolev_ref.theory import counterexamples


def test_the_hessian_is_unbounded_on_a_sublevel_set():
    """50, 2·10³, 2·10⁵ at T = 1, 10, 100, with L the same."""
    values, norms = counterexamples.hessian_is_unbounded_on_a_sublevel_set()
    np.testing.assert_allclose(values, values[0], rtol=1e-12)
    np.testing.assert_allclose(norms, [50, 2e3, 2e5], rtol=0.08)
    assert norms[2] / norms[1] == pytest.approx(100, rel=0.01)  # T²


def test_on_the_whole_line_some_networks_have_a_norm():
    """‖·‖²_{H¹(−R, R)}: tanh x gains 2 for each unit of R, tanh(x + 1) − tanh(x − 1) and e^{−x²} nothing.

    The tail of the difference falls like e^{−2R}; ∫ e^{−2x²} = ∫ 4x² e^{−2x²} = √(π/2) over ℝ.
    """

    def square(u, R):
        return sr.sobolev_norm(u, sr.gauss_legendre([(-R, R)], 400), 1) ** 2

    tanh, bump = sr.MLP((1, 1, 1)), sr.MLP((1, 2, 1))
    one = tanh.function([1.0, 0.0, 1.0, 0.0])
    # 1, whose derivative is square-integrable, as tanh's.
    constant = tanh.function([0.0, 0.0, 0.0, 1.0])
    assert square(constant, 40) == pytest.approx(80, rel=1e-12)
    slope = [sr.sobolev_seminorm(one, sr.gauss_legendre([(-R, R)], 400), 1) ** 2 for R in (20, 40)]
    assert slope == pytest.approx([4 / 3, 4 / 3], rel=1e-6)  # ∫ (1 − t²)² dx = ∫ (1 − t²) dt
    two = bump.function([1.0, 1.0, 1.0, -1.0, 1.0, -1.0, 0.0])
    assert square(one, 40) - square(one, 20) == pytest.approx(40, rel=1e-6)
    assert square(two, 40) - square(two, 20) == pytest.approx(0, abs=1e-8)
    gaussian = sr.MLP((1, 1, 1), "gaussian").function([1.0, 0.0, 1.0, 0.0])
    assert square(gaussian, 20) == pytest.approx(2 * np.sqrt(np.pi / 2), rel=1e-12)
    theta = [1.0, 0.0, 0.0, 1.0, 0.0]  # exp(−x²) for every y
    plane = sr.MLP((2, 1, 1), "gaussian").function(theta)
    squares = [
        sr.sobolev_norm(plane, sr.gauss_legendre([(-6, 6), (-R, R)], 60), 0) ** 2 for R in (6, 12)
    ]
    assert squares == pytest.approx([12 * np.sqrt(np.pi / 2), 24 * np.sqrt(np.pi / 2)], rel=1e-6)


@pytest.mark.parametrize("a", [1.0, 10.0, 100.0])
def test_the_curvature_of_one_neuron_is_unbounded(a):
    """u = a tanh(wx) at w = 0, k = 1: ∂²L/∂w² = 2a²(∫x² + λ|Ω|), unbounded in a (Definition 6)."""
    net = sr.MLP((1, 1, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 2)], 20), weights=(1, 0.7))
    H = loss.hessian(net.pack([([[0.0]], [0.0]), ([[a]], [0.0])]))
    assert H[0, 0] == pytest.approx(2 * a**2 * (3 + 0.7 * 3), rel=1e-12)


@pytest.mark.parametrize("name", sr.ACTIVATIONS)
@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0])
def test_no_network_with_a_free_output_layer_has_a_lipschitz_gradient(name, p):
    """‖∇L(Tv, w_1) − ∇L(Tv, w_2)‖ grows like T^p for fixed w_1 and w_2, so no L serves all T.

    w_2 is −w_1 and another w: for p = 1 and the identity the gradients at near w are the same.
    """
    order = int(min(sr.ACTIVATIONS[name].smoothness, 1))
    for seed, widths in enumerate([(1, 1, 1), (1, 3, 1), (2, 4, 3, 1)]):
        rng = np.random.default_rng(seed)
        net = sr.MLP(widths, name)
        rule = sr.monte_carlo([(-1, 1)] * net.d, 8, rng)
        loss = SobolevLoss(net, lambda *x: np.sin(sum(x)), rule, order=order, p=p)
        loss = loss + sr.Ridge(0.1, net.n_parameters)
        *hidden, (V, c) = net.unpack(rng.normal(size=net.n_parameters))
        moved = [
            [(-W, -b) for W, b in hidden],
            [(W + rng.normal(size=W.shape), b + 0.5) for W, b in hidden],
        ]
        largest = {}
        for T in (1e5, 1e6):
            at = [loss(net.pack([*w, (T * V, 0 * c)]))[1][: -V.size - 1] for w in (hidden, *moved)]
            largest[T] = max(np.linalg.norm(gradient - at[0]) for gradient in at[1:])
        assert largest[1e6] > 0.01 * 1e6**p
        assert largest[1e6] / largest[1e5] == pytest.approx(10**p, rel=1e-3)


def test_without_a_free_output_layer_the_gradient_can_be_lipschitz():
    """u = tanh(θx) against sign on [−1, 1]: L″ = 4 ∫₀¹ x² s (s − 2 r t), |r| ≤ 1, is at most 1.63.

    With t = tanh(θx), s = 1 − t² ≤ 1 and s|t| ≤ 2/√27 it is at most (4/3)(1 + 4/√27) = 2.36 by hand.
    """
    x, w = np.polynomial.legendre.leggauss(200)
    x, w = (x + 1) / 2, w / 2  # on [0, 1], twice
    t = np.tanh(np.linspace(-60, 60, 4801)[:, None] * x)  # (T, N)
    s = 1 - t**2
    bend = 4 * (x**2 * s * (s - 2 * (t - 1) * t)) @ w
    assert 1.62 < np.abs(bend).max() < 1.63 < 4 / 3 * (1 + 4 / 27**0.5)
    far = np.abs(np.linspace(-60, 60, 4801)) > 20
    assert np.abs(bend[far]).max() < 0.01  # it fades


@pytest.mark.parametrize("p", [1.0, 2.0, 2.5])
def test_two_cycle_is_for_exponents_between_one_and_two(p):
    with pytest.raises(ValueError, match="p: got"):
        counterexamples.two_cycle(p)


def test_the_edge_is_followed_every_so_many_steps():
    """20 steps of a width-3 network: the same losses by hand, and ηλ_max/2 at the 10th and the 20th."""
    edge = counterexamples.edge_of_stability(
        learning_rate=0.05, steps=20, every=10, width=3, seed=1
    )
    net = sr.MLP((1, 3, 1))
    x = np.linspace(-1, 1, 41)
    w = np.r_[0.5, np.ones(39), 0.5] / 40
    loss = sr.SobolevLoss(net, lambda x: np.sin(2 * x), sr.Quadrature(x, w))
    theta, history, sharpness = net.init(1), [], []
    for step in range(21):
        value, gradient = loss(theta)
        history.append(value)
        if step in (10, 20):
            sharpness.append(0.025 * np.abs(np.linalg.eigvalsh(loss.hessian(theta))).max())
        theta = theta - 0.05 * gradient
    np.testing.assert_allclose(edge.history, history, rtol=1e-9)
    np.testing.assert_allclose(edge.sharpness, sharpness, rtol=1e-6)
    up_and_down = counterexamples.Edge(np.zeros(0), np.array([3.0, 2.0, 4.0, 4.0, 5.0]))
    assert up_and_down.rises == 2


def test_quadrature_has_kinks_where_the_integral_has_none():
    """∫|θ − x| dx on [−1, 1] is 1 + θ² for |θ| ≤ 1 and 2|θ| beyond; its Gauss sum's slope jumps by 2w_i."""
    for theta in (-0.3, 0.0, 0.6, 1.0, 1.5, -3.0):
        exact = quad(lambda x: abs(theta - x), -1, 1, points=[np.clip(theta, -1, 1)])[0]
        expected = 1 + theta**2 if abs(theta) <= 1 else 2 * abs(theta)
        assert exact == pytest.approx(expected, rel=1e-12)
    rule = sr.gauss_legendre([(-1, 1)], 16)
    model = sr.LinearModel.polynomial(0, [(-1, 1)])
    loss = SobolevLoss(model, lambda x: x, rule, order=0, p=1)
    for h in (1e-4, 1e-6):
        slopes = [loss([rule.nodes[8, 0] + step])[1][0] for step in (-h, h)]
        assert np.diff(slopes) == pytest.approx(2 * rule.weights[8], rel=1e-6)


@pytest.mark.parametrize("t", [0.3, -1.7])
def test_the_cubic_is_a_model_like_any_other(t):
    """With g = θ³ − 3θ and e = g − sin x, L = 0.7 ∫ e⁴ + 2 ∫ cos⁴ is differentiated by hand."""
    rule = sr.gauss_legendre([(0, 1)], 6)
    cubic = counterexamples.Cubic()
    loss = SobolevLoss(cubic, lambda x: np.sin(x), rule, p=4, weights=(0.7, 2))
    g, dg, ddg = t**3 - 3 * t, 3 * t**2 - 3, 6 * t
    over = lambda n: 0.7 * rule.integrate(lambda x: (g - np.sin(x)) ** n)
    value, gradient = loss([t])
    assert value == pytest.approx(over(4) + 2 * rule.integrate(lambda x: np.cos(x) ** 4), rel=1e-13)
    assert gradient == pytest.approx([4 * over(3) * dg], rel=1e-13)
    second = 12 * over(2) * dg**2 + 4 * over(3) * ddg
    np.testing.assert_allclose(loss.hessp([t], [2.0]), [2 * second], rtol=1e-13)
    J = SobolevLoss(cubic, lambda x: 0.0, rule, order=0).jacobian([t])
    np.testing.assert_allclose(J[:, 0], np.sqrt(rule.weights) * dg, rtol=1e-14)
    ((W, b),) = cubic.unpack([3.0])
    assert W.tolist() == [[3.0]] and b.shape == (0,)
    with pytest.raises(ValueError, match="^theta: got"):
        cubic.unpack([3.0, 1.0])
