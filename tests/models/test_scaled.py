"""A scaled model against the plain network that has both affine maps folded into its weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS, random_scaler

import sobolev_ref as sr
from sobolev_ref.models.scaled import scaled_function, undoes
from sobolev_ref.testing.strategies import networks


def folded(scaler, net, theta):
    """θ of the same MLP with W_1 / σ_x, b_1 − W_1 μ_x/σ_x, then σ_y W_L, σ_y b_L + μ_y."""
    layers = [(W.copy(), b.copy()) for W, b in net.unpack(theta)]
    W, b = layers[0]
    layers[0] = (W / scaler.x_scale, b - W @ (scaler.x_shift / scaler.x_scale))
    W, b = layers[-1]
    layers[-1] = (scaler.y_scale[:, None] * W, scaler.y_scale * b + scaler.y_shift)
    return net.pack(layers)


@given(networks(), SEEDS)
def test_values_and_all_derivatives_are_those_of_the_folded_network(problem, seed):
    """(S1), any d, m and order."""
    net, theta = problem.net, problem.theta
    scaler = random_scaler(np.random.default_rng(seed), net.d, net.m)
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


@given(networks(max_order=2), st.sampled_from([2, 3, 4]), SEEDS)
def test_the_loss_and_its_derivatives_by_the_chain_rule(problem, p, seed):
    """Folding is affine, θ ↦ Fθ + c: so ∇L = Fᵀ∇L̃ and ∇²L v = Fᵀ ∇²L̃ F v, L̃ of the plain network.

    For p = 2, J = J̃ F as well. No scale is far from 1, so that rounding stays small.
    """
    net, theta, k = problem.net, problem.theta, problem.order
    rng = np.random.default_rng(seed)
    scaler = random_scaler(rng, net.d, net.m)
    data = {a: rng.normal(size=(len(problem.x), net.m)) for a in sr.multi_indices(net.d, k)}
    rule = sr.Quadrature(problem.x, rng.uniform(0, 2, len(problem.x)))
    loss, plain = (sr.SobolevLoss(u, data, rule, order=k, p=p) for u in (scaler.model(net), net))
    there, c = folded(scaler, net, theta), folded(scaler, net, 0 * theta)
    F = np.stack([folded(scaler, net, e) - c for e in np.eye(len(theta))], axis=1)  # (P, P)
    (value, gradient), (exact, exact_gradient) = loss(theta), plain(there)
    v = rng.normal(size=len(theta))
    assert value == pytest.approx(exact, rel=1e-9)
    pairs = [
        (gradient, F.T @ exact_gradient),
        (loss.hessp(theta, v), F.T @ plain.hessp(there, F @ v)),
    ]
    if p == 2:
        pairs += [(loss.residuals(theta), plain.residuals(there))]
        pairs += [(loss.jacobian(theta), plain.jacobian(there) @ F)]
    for ours, expected in pairs:
        atol = 1e-10 * (1 + np.abs(expected).max(initial=0))
        np.testing.assert_allclose(ours, expected, rtol=0, atol=atol)


def test_it_is_a_model_like_the_one_inside():
    net = sr.MLP((2, 3, 1), "relu")
    model = sr.Standardizer([0, 0], [1, 2], [0], [3]).model(net)
    assert (model.d, model.m, model.n_parameters, model.width) == (2, 1, net.n_parameters, 3)
    assert model.smoothness == 0 and len(model.unpack(net.init(0))) == 2
    with pytest.raises(ValueError, match=r"only C\^\(0,1\)"):
        sr.SobolevLoss(model, lambda x, y: x, sr.samples([[0.0, 1.0]]))


@pytest.mark.parametrize("seed", range(20))
def test_a_function_is_taken_at_the_points_themselves(seed):
    """μ + σ(x − μ)/σ is not x: √x was refused at 0 for 1 of 40 sets of round numbers, and steps moved."""
    x = np.random.default_rng(seed).integers(0, 50, (12, 1)) / 100
    x[0] = 0
    scaler, net = sr.Standardizer.from_data(x, x), sr.MLP((1, 3, 1))
    for f in (np.sqrt, *(lambda t, at=at: np.where(t >= at, 1.0, 0.0) for at in x[:, 0])):
        for target in (f, {(0,): f}):
            loss = scaler.loss(net, target, x, order=0, weights=[1])
            found = loss.target_values[0] * scaler.y_scale + scaler.y_shift
            np.testing.assert_allclose(found, f(x), rtol=1e-13, atol=1e-15)
    values = scaler.loss(net, lambda t: np.sin(t) / t, x, order=2, weights="balanced").target_values
    np.testing.assert_allclose(values[2, 0] / scaler.factor((2,)), -1 / 3, rtol=1e-12)


def test_a_place_in_other_units_is_said_to_be():
    scaler = sr.Standardizer([1.0], [2.0], [0.0], [1.0])
    with pytest.raises(ValueError, match=r"x = \[1.0\].*; this x is ξ = \(x − μ_x\)/σ_x$"):
        scaler.loss(sr.MLP((1, 3, 1)), lambda x: np.abs(x - 3), sr.samples([0.5, 3.0]))
    with pytest.raises(ValueError, match="^target: got 2 outputs, takes m = 1$"):
        scaler.loss(sr.MLP((1, 3, 1)), lambda x: (x, x), sr.samples([0.5, 3.0]))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_a_scaled_function_may_stack_its_outputs(axis):
    f = lambda x: np.stack([np.sin(x), np.cos(x)], axis=axis)
    scaler = sr.Standardizer([1.0], [2.0], [0.0, 0.5], [1.0, 2.0])
    nodes = sr.samples([0.0, 0.5, 1.0])
    ours, theirs = (
        scaler.loss(sr.MLP((1, 3, 2)), target, nodes).target_values
        for target in (f, lambda x: (np.sin(x), np.cos(x)))
    )
    np.testing.assert_array_equal(ours, theirs)


def test_a_function_in_other_units():
    """v(ξ) = c (f(μ + σξ) − a) has Dᵅv = c σ^α Dᵅf for α ≠ 0, and its number of outputs is held to m."""
    f = lambda x, y: (np.sin(x * y), x + y)
    mu, sigma, a, c = np.array([[0.3, 1.0], [2.0, 0.5], [1.0, 0.0], [3.0, 4.0]])
    v = scaled_function(f, mu, sigma, a, c)
    xi = np.array([[0.2, -0.7]])
    ours = v(*sr.Jet.variables(xi, 2))
    exact = f(*sr.Jet.variables(mu + sigma * xi, 2))
    for j in range(2):
        for alpha, value in ours[j].derivatives.items():
            expected = exact[j].derivatives[alpha] - a[j] * (sum(alpha) == 0)
            np.testing.assert_allclose(value, c[j] * np.prod(sigma**alpha) * expected, rtol=1e-13)
    with pytest.raises(TypeError, match="^the scaled function takes 2 arrays, got 1$"):
        v(xi)
    with pytest.raises(ValueError, match="^target: got 1 outputs, takes m = 2$"):
        scaled_function(lambda x, y: x * y, mu, sigma, a, c)(0.0, 0.0)
    assert scaled_function(lambda x: x, mu[:1], sigma[:1], a[:1], c[:1])(2.0) == 3 * (0.3 + 4 - 1)


def test_only_the_way_back_itself_undoes_a_scaler():
    """Off by a hundredth in a scale or a shift it is another scaler."""
    scaler = sr.Standardizer([10.0], [3.0], [5.0], [7.0])
    back, model = scaler.inverse, scaler.model(sr.MLP((1, 1)))
    maps = [back.x_shift, back.x_scale, back.y_shift, back.y_scale]
    assert undoes(sr.Standardizer(*maps), model)
    for i in range(4):
        other = [1.01 * part if i == j else part for j, part in enumerate(maps)]
        assert not undoes(sr.Standardizer(*other), model)
