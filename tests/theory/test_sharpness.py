"""`sharpness` against all eigenvalues of the Hessian, against an SVD, and against 2/L itself."""

import numpy as np
import pytest
from scipy.linalg import eigvalsh
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import (
    MLP,
    LinearModel,
    SobolevLoss,
    gauss_legendre,
    gradient_descent,
    lipschitz,
    sharpness,
)
from sobolev_ref.theory.hessian import largest

RULE = gauss_legendre([(-2, 2)], 16).mean()


def eigenvalues(loss, theta):
    H = loss.hessian(theta)
    return eigvalsh((H + H.T) / 2)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_largest_eigenvalue_from_below(order):
    """Never above λ_max, not below any shorter iteration's, and λ_max itself once n = P."""
    net = MLP((1, 4, 4, 1))
    loss = SobolevLoss(net, np.sin, RULE, order=order, p=3)
    theta = 2 * net.init(3)
    top = eigenvalues(loss, theta)[-1]
    values = [
        largest(loss, theta, np.zeros_like(theta), n)[0] for n in (1, 2, 4, 8, net.n_parameters)
    ]
    assert values[-1] == sharpness(loss, theta, n=net.n_parameters)[0]
    assert np.all(np.diff(values) >= -1e-12 * top) and values[-1] <= top * (1 + 1e-12)
    assert values[-1] == pytest.approx(top, rel=1e-10)


def test_the_direction_is_its_eigenvector():
    net = MLP((1, 5, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    theta = net.init(0)
    value, direction = sharpness(loss, theta, n=net.n_parameters)
    assert np.linalg.norm(direction) == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(loss.hessp(theta, direction), value * direction, atol=1e-7 * value)


def test_the_largest_and_not_the_most_negative():
    """Far up the loss the Hessian's largest |eigenvalue| can be a negative one."""
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, lambda x: 50 * np.sin(x), RULE, order=0)
    theta = 2 * net.init(2)
    all_of_them = eigenvalues(loss, theta)
    assert -all_of_them[0] > all_of_them[-1] > 0
    assert sharpness(loss, theta, n=20)[0] == pytest.approx(all_of_them[-1], rel=1e-10)


def test_few_products_from_the_last_direction():
    net = MLP((1, 16, 16, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    theta = net.init(1)
    _, direction = sharpness(loss, theta, n=40)
    theta = theta - 0.01 * loss(theta)[1]
    top = eigenvalues(loss, theta)[-1]
    assert sharpness(loss, theta, direction, n=4)[0] == pytest.approx(top, rel=1e-4)
    with pytest.warns(UserWarning, match="^n: 4 products with the Hessian are too few: λ = "):
        assert sharpness(loss, theta, n=4)[0] < top * (1 - 1e-4)  # as from nothing is not
    wrong = np.eye(len(theta))[0]
    assert sharpness(loss, theta, wrong, n=25)[0] == pytest.approx(top, rel=1e-6)  # nor is it stuck


def test_too_few_products_are_told_and_enough_are_not():
    """One from nothing is the quotient of a random direction, here some tenth of λ_max or less."""
    net = MLP((1, 16, 16, 1))
    loss, theta = SobolevLoss(net, np.sin, RULE), net.init(1)
    with pytest.warns(UserWarning, match="^n: 1 products .* lower bound, and of its direction q"):
        value, _ = sharpness(loss, theta, n=1)
    assert value < 0.5 * sharpness(loss, theta, n=40)[0]


def test_a_direction_across_all_ones_is_found():
    """u = θ_0 + θ_1 x at x = −1 alone: ∇²L = 2 (1, −1)(1, −1)ᵀ, to which (1, 1) is blind."""
    line = LinearModel.polynomial(1, [(-1, 1)])
    loss = SobolevLoss(line, np.sin, sr.Quadrature([-1.0], [1.0]), order=0)
    value, direction = sharpness(loss, [0.0, 0.0])
    assert value == pytest.approx(4, rel=1e-12)
    np.testing.assert_allclose(direction / direction[0], [1, -1], rtol=1e-7)
    for length in (1.0, 1e300, 1e-300):  # squares beyond float64 made it 0
        found, _ = sharpness(loss, [0.0, 0.0], [length, length])
        assert found == pytest.approx(4, rel=1e-12)


def test_linear_models_have_it_exactly_and_two_over_it_is_sharp():
    """λ_max = 2σ_max(Φ)² by an SVD; ηλ_max = 1.99 falls, 2.01 rises (Theorem 5's Hessian)."""
    model = LinearModel.fourier(3, [(-2, 2)])
    loss = SobolevLoss(model, lambda x: x, RULE, order=1)
    theta = np.random.default_rng(0).normal(size=model.n_parameters)
    top, _ = sharpness(loss, theta, n=30)
    assert top == pytest.approx(float(lipschitz(loss)), rel=1e-12)
    for ratio, grows in ((1.99, False), (2.01, True)):
        options = {"learning_rate": ratio / top, "maxiter": 1000, "gtol": 0.0}
        fit = minimize(loss, theta, jac=True, method=gradient_descent, options=options)
        assert (fit.history[-1] > fit.history[500]) == grows


def test_a_flat_loss_and_an_overflowing_one():
    net = MLP((1, 2, 1))
    flat = SobolevLoss(net, np.sin, sr.Quadrature([0.5, 1.0], [0.0, 1.0])).batch([0])
    value, direction = sharpness(flat, net.init(0))
    assert value == 0 and np.isfinite(direction).all()
    loss = SobolevLoss(net, np.sin, RULE)
    with np.errstate(all="ignore"):
        value, direction = sharpness(loss, np.full(net.n_parameters, 1e200))
    assert np.isnan(value) and direction.shape == (net.n_parameters,) and not direction.any()


@pytest.mark.parametrize(
    ("p", "change", "message"),
    [
        (1.5, {}, "p: got 1.5"),
        (2, {"start": [1.0]}, r"start: got shape \(1,\)"),
        (2, {"theta": [1.0]}, r"theta: got shape \(1,\)"),
        (2, {"n": 0}, "n: got 0"),
    ],
)
def test_unusable_arguments(p, change, message):
    net = MLP((1, 2, 1))
    loss = SobolevLoss(net, np.sin, RULE, p=p)
    with pytest.raises(ValueError, match=message):
        sharpness(loss, **({"theta": net.init(0)} | change))
