"""A scaled model against the plain network that has both affine maps folded into its weights."""

import numpy as np
import pytest
from hypothesis import given
from strategies import problems, random_scaler

import sobolev_ref as sr


def folded(scaler, net, theta):
    """θ of the same MLP with W_1 / σ_x, b_1 − W_1 μ_x/σ_x, then σ_y W_L, σ_y b_L + μ_y."""
    layers = [(W.copy(), b.copy()) for W, b in net.unpack(theta)]
    W, b = layers[0]
    layers[0] = (W / scaler.x_scale, b - W @ (scaler.x_shift / scaler.x_scale))
    W, b = layers[-1]
    layers[-1] = (scaler.y_scale[:, None] * W, scaler.y_scale * b + scaler.y_shift)
    return net.pack(layers)


@given(problems())
def test_values_and_all_derivatives_are_those_of_the_folded_network(problem):
    """(S1), any d, m and order."""
    net, theta = problem.net, problem.theta
    scaler = random_scaler(problem.rng, net.d, net.m)
    model, plain = scaler.model(net), folded(scaler, net, theta)
    ours = model.derivatives(theta, problem.x, problem.order)
    exact = net.derivatives(plain, problem.x, problem.order)
    scaled = net.derivatives(theta, scaler.nodes(problem.x), problem.order)
    by_rule = scaler.inverse.target(scaled)
    assert list(ours) == list(exact)
    for alpha, values in ours.items():
        size = 1 + abs(exact[alpha]).max()
        np.testing.assert_allclose(values, exact[alpha], rtol=1e-9, atol=1e-11 * size)
        np.testing.assert_allclose(values, by_rule[alpha], rtol=1e-9, atol=1e-11 * size)
    u = model.function(theta)(*problem.x.T)
    values = np.stack(u if net.m > 1 else [u], axis=1)
    np.testing.assert_allclose(values, ours[(0,) * net.d], rtol=1e-13, atol=1e-13)


@given(problems(hidden=(1, 2), max_order=2))
def test_the_passes_of_its_loss(problem):
    """Value as the folded network's; ∇L by the complex step and ∇²L v by the complex step of ∇L."""
    net, rng, theta, k = problem.net, problem.rng, problem.theta, problem.order
    scaler = random_scaler(rng, net.d, net.m)
    model = scaler.model(net)
    data = {a: rng.normal(size=(len(problem.x), net.m)) for a in sr.multi_indices(net.d, k)}
    rule = sr.Quadrature(problem.x, rng.uniform(0, 2, len(problem.x)))
    loss = sr.SobolevLoss(model, data, rule, order=k)
    value, gradient = loss(theta)
    plain = sr.SobolevLoss(net, data, rule, order=k)
    assert value == pytest.approx(plain(folded(scaler, net, theta))[0], rel=1e-9)
    v = rng.normal(size=len(theta))
    step_value, step_gradient = loss(theta + 1e-20j * v)
    size = np.abs(gradient) @ np.abs(v) + 1e-300
    assert abs(step_value.imag / 1e-20 - gradient @ v) < 1e-10 * size
    product = loss.hessp(theta, v)
    atol = 1e-9 * (1e-300 + np.abs(product).max())
    np.testing.assert_allclose(product, step_gradient.imag / 1e-20, rtol=1e-8, atol=atol)
    r, J = loss.residuals(theta), loss.jacobian(theta)
    assert r @ r == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(2 * r @ J, gradient, rtol=0, atol=1e-12 * abs(r) @ abs(J).max(1))


def test_it_is_a_model_like_the_one_inside():
    net = sr.MLP((2, 3, 1), "relu")
    model = sr.Standardizer([0, 0], [1, 2], [0], [3]).model(net)
    assert (model.d, model.m, model.n_parameters, model.width) == (2, 1, net.n_parameters, 3)
    assert model.smoothness == 0 and len(model.unpack(net.init(0))) == 2
    with pytest.raises(ValueError, match=r"only C\^\(0,1\)"):
        sr.SobolevLoss(model, lambda x, y: x, sr.samples([[0.0, 1.0]]))
