"""The equations that mistakes are planted in are the package's and `plain`'s, before one is."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import plain
from sobolev_ref.jets import taylor_algebra
from sobolev_ref.testing.equations import RULES, Method, as_jet, as_rows

SMOOTH = sorted(set(sr.ACTIVATIONS) - {"relu"})
ALPHAS = plain.multi_indices(2, 3)
T = taylor_algebra(2, 3)
RNG = np.random.default_rng(17)
WIDTHS = (2, 3, 4, 2)
NET = sr.MLP(WIDTHS)
THETA = RNG.normal(size=NET.n_parameters)
X, W = RNG.normal(size=(3, 2)), np.array([0.2, 0.5, 1.1])
TARGET = as_jet(RNG.normal(size=(len(ALPHAS), 3, 2)), ALPHAS)
LAMBDA = as_jet(np.arange(1.0, 11.0), ALPHAS)
LOSS = X, W, TARGET, LAMBDA, 2.5


@pytest.mark.parametrize("name", SMOOTH)
def test_activations_and_the_chain_rule(name):
    """(J3) (J1) of every smooth activation, saturated too."""
    z = RNG.normal(size=(len(ALPHAS), 3, 2))
    z[0, 0, 0] = 9.0
    a, s = map(as_rows, Method(name).activate(as_jet(z, ALPHAS)))
    exact = sr.ACTIVATIONS[name].jets(z, T)
    assert_allclose(a, exact[0], rtol=1e-11, atol=1e-12)
    assert_allclose(s, exact[1], rtol=1e-11, atol=1e-12)
    again = Method().chain_rule(exact[0][0], as_jet(z, ALPHAS), as_jet(exact[1], ALPHAS))
    assert_allclose(as_rows(again), exact[0], rtol=1e-11, atol=1e-12)


def test_the_slope_keeps_its_digits():
    _, s = Method().activate({(0,): np.array([[9.0]])})
    assert_allclose(s[0,], 1 / np.cosh(9.0) ** 2, rtol=1e-14)


def test_products_and_their_transpose():
    """(J1) (J4)."""
    u, v, w = (RNG.normal(size=(len(ALPHAS), 3, 2)) for _ in range(3))
    jets = [as_jet(array, ALPHAS) for array in (u, v, w)]
    product = as_rows(Method().product(*jets[:2]))
    assert_allclose(product, T.product(u, v), rtol=1e-13)
    back = as_rows(Method().transpose(jets[0], jets[2]))
    assert_allclose((product * w).sum(), (back * v).sum(), rtol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_passes(activation):
    """(J2) (J5)."""
    net = sr.MLP(WIDTHS, activation)
    method = Method(activation)
    jet, tape = net.forward(THETA, T.variables(X), T)
    assert_allclose(as_rows(method.forward(THETA, WIDTHS, X, ALPHAS)[0]), jet, rtol=1e-12)
    u_bar = RNG.normal(size=jet.shape)
    gradient = method.backward(THETA, WIDTHS, X, as_jet(u_bar, ALPHAS), ALPHAS)
    assert_allclose(gradient, net.backward(tape, u_bar), rtol=1e-11, atol=1e-12)


def test_the_loss_and_its_gradient():
    """(D3) (T1) (T2)."""
    value, gradient = plain.sobolev_loss(THETA, WIDTHS, *LOSS)
    assert_allclose(Method().loss((THETA, WIDTHS, LOSS[0]), *LOSS[1:]), value, rtol=1e-13)
    assert_allclose(Method().gradient((THETA, WIDTHS, LOSS[0]), *LOSS[1:]), gradient, rtol=1e-12)


def path_of(method, options, steps, gradient):
    """θ_0, …, of the package's own optimiser."""
    path = [THETA]
    minimize(
        lambda t: (0.0, gradient(t)),
        THETA,
        jac=True,
        method=method,
        callback=lambda t: path.append(t.copy()),
        options={"maxiter": steps, "gtol": 0, **options},
    )
    return np.array(path)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (sr.gradient_descent, {}),
        (sr.momentum, {"beta": 0.7}),
        (sr.adam, {"beta1": 0.8, "beta2": 0.95, "epsilon": 0.01}),
    ],
)
def test_optimisers(method, options):
    """(D7)."""
    gradient = lambda t: 3 * t - np.sin(t)
    path = getattr(Method(), method.__name__)(gradient, THETA, 4, 0.1, *options.values())
    exact = path_of(method, {"learning_rate": 0.1, **options}, 4, gradient)
    assert_allclose(path, exact, rtol=1e-13)


@pytest.mark.parametrize("name", RULES)
def test_rules(name):
    """(Q1)."""
    box = np.array([[0.0, 3.0], [-1.0, 5.0]])
    nodes, weights = Method().quadrature(name, box, 5)
    rule = RULES[name](box, 5)
    assert_allclose(nodes, rule.nodes, atol=1e-14)
    assert_allclose(weights, rule.weights, rtol=1e-13)
