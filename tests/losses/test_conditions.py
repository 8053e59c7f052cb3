"""The usual conditions, on functions whose residuals are known; the variance of random projections (X4)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, ResidualLoss, SobolevLoss
from sobolev_ref.losses import (
    along,
    divergence,
    laplacian,
    periodicity,
    projection_variance,
    random_projections,
)

SQUARE = sr.gauss_legendre([(0, 1)] * 2, 4)


def quadratic(*coefficients):
    """A model of all polynomials of degree ≤ 2 in x, y, and θ for one of them, by interpolation."""
    m = len(coefficients)
    model = LinearModel.polynomial(2, [(0, 1)] * 2, m=m)
    x, y = SQUARE.nodes.T
    values = np.stack([f(x, y) for f in coefficients], axis=1)  # (N, m)
    loss = SobolevLoss(model, {(0, 0): values}, SQUARE, order=0)
    return model, sr.solve_linear(loss).x


def residual_of(terms, rhs, rule, *functions):
    model, theta = quadratic(*functions)
    loss = ResidualLoss(model, terms, rhs, rule)
    return loss.residuals(theta) / np.sqrt(np.tile(rule.weights, loss.n_equations))


def test_laplacian():
    """−Δ(x² + 3y² + xy) + 2u = 2u − 8."""
    u = lambda x, y: x**2 + 3 * y**2 + x * y
    terms = laplacian(2, -1.0) | {(0, 0): 2.0}
    r = residual_of(terms, lambda x, y: 2 * u(x, y), SQUARE, u)
    np.testing.assert_allclose(r, -8, rtol=1e-11)
    assert laplacian(3) == {(2, 0, 0): 1.0, (0, 2, 0): 1.0, (0, 0, 2): 1.0}


def test_normal_flux_and_robin():
    """∂u/∂n of u = x² + y on the circle of radius ½ about (½, ½) is 2x n_1 + n_2; Robin adds 3u."""
    angle = np.arange(7) * 2 * np.pi / 7
    n = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    circle = sr.Quadrature(0.5 + 0.5 * n, np.full(7, np.pi / 7))
    x, y = circle.nodes.T
    flux = 2 * x * n[:, 0] + n[:, 1]
    u = lambda x, y: x**2 + y
    np.testing.assert_allclose(residual_of(along(n), flux, circle, u), 0, atol=1e-11)
    robin = along(n) | {(0, 0): 3.0}
    np.testing.assert_allclose(residual_of(robin, flux, circle, u), 3 * u(x, y), rtol=1e-10)


def test_divergence():
    """div(x y, y²) = 3y; that of a rotation is 0."""
    r = residual_of(divergence(2), 1.0, SQUARE, lambda x, y: x * y, lambda x, y: y**2)
    np.testing.assert_allclose(r, 3 * SQUARE.nodes[:, 1] - 1, rtol=0, atol=1e-11)
    r = residual_of(divergence(2), 0.0, SQUARE, lambda x, y: y, lambda x, y: -x)
    np.testing.assert_allclose(r, 0, atol=1e-12)


def test_periodicity():
    """Sides x = 0 and x = 1 of (x² − x, y x): the values differ by (0, y), the slopes by (2, 0), (0, 1)."""
    model, theta = quadratic(lambda x, y: x**2 - x, lambda x, y: x * y)
    y = np.array([0.1, 0.4, 0.9])
    side = sr.Quadrature(np.stack([0 * y, y], axis=1), np.ones(3))
    loss = periodicity(model, side, [1.0, 0.0], order=1, block=2)
    r = loss.residuals(theta).reshape(3, 2, 3)  # α, output, node
    expected = np.zeros((3, 2, 3))
    expected[0, 1], expected[1, 0], expected[2, 1] = y, 2, 1
    np.testing.assert_allclose(r, expected, atol=1e-11)
    assert loss.terms(theta)[2] == pytest.approx(12) and loss.n_equations == 6
    wave = LinearModel.fourier(2, [(0, 1), (0, 1)])
    some = np.random.default_rng(0).normal(size=wave.n_parameters)
    for order in (0, 1, 2):
        assert periodicity(wave, side, [1.0, 0.0], order=order)(some)[0] < 1e-20
        assert periodicity(wave, side, [0.5, 0.0], order=order)(some)[0] > 1e-3


def test_two_nodes_of_two_outputs_are_no_ambiguity():
    net, side = MLP((1, 3, 2)), sr.samples([0.0, 0.25])
    theta = net.init(0)
    left, right = (net(theta, [x, x + 0.25]) for x in (0.0, 0.5))
    loss = periodicity(net, side, [0.5])
    np.testing.assert_allclose(
        loss.residuals(theta), ((right - left) * np.sqrt(0.5)).T.ravel(), rtol=1e-12
    )


# -- random projections ----------------------------------------------------------------------------


def sphere(d):
    """A rule for the mean over the sphere of radius √d that is exact for polynomials of degree ≤ 7."""
    if d == 1:
        return np.array([[-1.0], [1.0]]), np.array([0.5, 0.5])
    angle = 2 * np.pi * np.arange(8) / 8
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if d == 2:
        return np.sqrt(2) * circle, np.full(8, 1 / 8)
    t, w = np.polynomial.legendre.leggauss(4)
    r = np.sqrt(1 - t**2)
    v = [np.concatenate([s * circle, np.full((8, 1), z)], axis=1) for s, z in zip(r, t)]
    return np.sqrt(3) * np.concatenate(v), np.repeat(w / 16, 8)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("m", [1, 2, 3])
def test_mean_and_variance_of_projections_by_a_rule_on_the_sphere(d, m):
    """(X4): the mean of Σ_j ⟨v, ∇e_j⟩² is Σ_j |∇e_j|², its variance the formula, at each of three nodes."""
    rng, net = np.random.default_rng(d + 10 * m), MLP((d, 4, m))
    theta, x, w = net.init(rng), rng.normal(size=(3, d)), np.array([0.5, 1.0, 2.0])
    f = {a: rng.normal(size=(3, m)) for a in sr.multi_indices(d, 1)}
    loss = SobolevLoss(net, f, sr.Quadrature(x, w))
    D = net.derivatives(theta, x, 1)
    e = np.stack([D[a] - f[a] for a in list(D)[1:]])  # (d, 3, m)
    v, share = sphere(d)
    np.testing.assert_allclose(share @ v, 0, atol=1e-12)
    q = (np.einsum("sq,qij->sij", v, e) ** 2).sum(axis=2)  # of each direction at each node
    mean = share @ q
    np.testing.assert_allclose(mean, (e**2).sum(axis=(0, 2)), rtol=1e-12)
    variance = w**2 @ (share @ (q - mean) ** 2)
    assert projection_variance(loss, theta) == pytest.approx(variance, rel=1e-11, abs=1e-13)
    assert projection_variance(loss, theta, 4) == pytest.approx(variance / 4, rel=1e-11, abs=1e-13)
    if m == 1:  # 2(d − 1)/(d + 2) |∇e|⁴
        formula = 2 * (d - 1) / (d + 2) * (w**2 @ mean**2)
        assert projection_variance(loss, theta) == pytest.approx(formula, rel=1e-11, abs=1e-13)


@given(SEEDS, st.integers(1, 3), st.integers(1, 3))
def test_a_loss_of_projections_is_their_sum(seed, d, m):
    """Each v_i has length √d; r is ⟨v, ∇e_j⟩, and the gradient is that of the sum."""
    rng, net = np.random.default_rng(seed), MLP((d, 4, m))
    theta, x = net.init(rng), rng.normal(size=(4, d))
    rule = sr.Quadrature(x, rng.uniform(0.5, 1, 4))
    slopes = {a: rng.normal(size=(4, m)) for a in sr.multi_indices(d, 1)[1:]}
    loss = random_projections(net, slopes, rule, seed, count=3)
    assert (loss.n_nodes, loss.n_equations, loss.p) == (12, m, 2)
    v = np.random.default_rng(seed).normal(size=(12, d))
    v *= np.sqrt(d) / np.linalg.norm(v, axis=1, keepdims=True)
    D = net.derivatives(theta, x, 1)
    e = np.tile(np.stack([D[a] - slopes[a] for a in slopes]), (1, 3, 1))  # (d, 12, m)
    r = np.einsum("iq,qij->ij", v, e)
    value = np.tile(rule.weights / 3, 3) @ (r**2).sum(axis=1)
    assert loss(theta)[0] == pytest.approx(value, rel=1e-11)
    again = random_projections(net, slopes, rule, np.random.default_rng(seed), count=3)
    assert again(theta)[0] == loss(theta)[0]


@pytest.mark.slow
def test_many_projections_come_near_their_mean_at_the_rate_that_is_stated():
    """400 losses of one seed each: mean and variance within four standard errors."""
    net = MLP((3, 4, 1))
    theta, rule = net.init(0), sr.sobol([(0, 1)] * 3, 4, rng=0)
    f = lambda x, y, z: np.sin(x + 2 * y) * z
    exact = SobolevLoss(net, f, rule, weights=(0, 1))
    drawn = [random_projections(net, f, rule, seed, count=2)(theta)[0] for seed in range(400)]
    variance = projection_variance(exact, theta, count=2)
    assert abs(np.mean(drawn) - exact(theta)[0]) < 4 * np.sqrt(variance / 400)
    assert np.var(drawn) == pytest.approx(variance, rel=0.4)


def test_a_missing_partial_leaves_no_projection():
    net = MLP((2, 3, 1))
    data = {(1, 0): [1.0, np.nan], (0, 1): [2.0, 3.0], (0, 0): [0.0, 0.0]}
    rule = sr.samples([[0.0, 1.0], [1.0, 0.5]])
    theta = net.init(0)
    assert len(random_projections(net, data, rule, 0).residuals(theta)) == 1
    whole, first = SobolevLoss(net, data, rule), SobolevLoss(net, data, rule).batch([0])
    assert projection_variance(whole, theta) == projection_variance(first, theta) > 0


def test_random_projections_take_what_is_said_of_kinks():
    """|x| at 0, by the slope 0 as any loss takes it."""
    net, rule = MLP((1, 2, 1)), sr.samples([0.0, 1.0])
    with pytest.raises(ValueError, match="kinks='ignore'"):
        random_projections(net, np.abs, rule, 0)
    loss, theta = random_projections(net, np.abs, rule, 0, kinks="ignore"), net.init(0)
    slopes = net.derivatives(theta, rule.nodes, 1)[1,][:, 0] - [0, 1]
    assert loss(theta)[0] == pytest.approx(rule.weights @ slopes**2, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: laplacian(0), "^d: got 0"),
        (lambda: laplacian(2, "a"), "^scale: got 'a'"),
        (lambda: divergence(0), "^d: got 0"),
        (lambda: along([[1.0, np.inf]]), "^directions: got 1 NaN or infinite"),
        (lambda: periodicity(MLP((1, 1)), sr.samples([0.0]), [1.0, 2.0]), "^period: got shape"),
        (lambda: periodicity(MLP((1, 1)), sr.samples([0.0]), [1.0], order=-1), "^order: got -1"),
        (  # W2: conditions that hold for every θ
            lambda: periodicity(MLP((2, 1)), sr.samples([[1.0, 2.0]]), [0.0, 1e-17]),
            r"^period: got \[0.0, 1e-17\], which does not move the node \[1.0, 2.0\]; takes the vector to",
        ),
        (  # the half of the loss of u = 2x
            lambda: periodicity(MLP((1, 1)), sr.samples([0.0, 1e17]), [1.0]),
            r"^period: got \[1.0\], which does not move the node \[1e\+17\]",
        ),
        (lambda: random_projections(MLP((2, 1)), np.add, SQUARE, 0, 0), "^count: got 0"),
        (
            lambda: random_projections(MLP((2, 1)), np.add, SQUARE, 0, p=3),
            r"^p: got one, but p = 2 alone .*; take SobolevLoss\(…, weights=\(0, 1\), p=p\)$",
        ),
        (
            lambda: random_projections(MLP((2, 1)), np.add, SQUARE, 0, others=[]),
            "^others: got one, but random_projections makes its own; other terms are a ResidualLoss",
        ),
        (
            lambda: periodicity(MLP((1, 1)), sr.samples([0.0]), [1.0], others=[]),
            r"^others: got one, but periodicity makes its own; another condition is ResidualLoss\(",
        ),
        (
            lambda: periodicity(MLP((1, 1)), sr.samples([0.0]), [1.0], rhs=2.0),
            "^rhs: got one, but periodicity makes its own",
        ),
        (
            lambda: random_projections(MLP((2, 1)), {(1, 0): np.add}, SQUARE, 0),
            "^target: got no node with every partial of order 1, .*, or SobolevLoss takes some$",
        ),
        (  # W1: what would be dropped
            lambda: random_projections(MLP((2, 1)), {(1, 0): np.add, (2, 0): np.add}, SQUARE, 0),
            r"^target\[\(2, 0\)\]: got data of order 2, which a loss of order = 1 drops",
        ),
        (lambda: projection_variance(3, [1.0]), "^loss: got 3, takes a SobolevLoss$"),
        (
            lambda: projection_variance(
                SobolevLoss(MLP((2, 1)), np.add, SQUARE, order=0), np.zeros(3)
            ),
            "^loss: got one of order 0, takes one with gradients$",
        ),
    ],
)
def test_bad_arguments(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()
