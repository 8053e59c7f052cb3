"""θ in units of its own: held to finite differences, and what it is for."""

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.optimize.units import Rescaled, as_scale, layer_scale

NET = sr.MLP((2, 3, 1))
BOX = [(-1, 1), (0, 2)]
LOSS = sr.SobolevLoss(NET, lambda x, y: np.sin(x) * y, sr.gauss_legendre(BOX, 4).mean())
THETA = NET.init(0) + 0.1
S = np.geomspace(0.1, 10, len(THETA))


def test_the_derivatives_in_phi_are_those_of_finite_differences():
    """(U1): the gradient and the Hessian of φ ↦ L(s ∘ φ), by central differences."""
    loss, phi, h = Rescaled(LOSS, S), THETA / S, 1e-6
    value, gradient = loss(phi)
    assert value == pytest.approx(LOSS(THETA)[0], rel=1e-14)
    steps = h * np.eye(len(phi))
    slopes = [(loss(phi + e)[0] - loss(phi - e)[0]) / (2 * h) for e in steps]
    np.testing.assert_allclose(gradient, slopes, atol=1e-7 * abs(gradient).max())
    H = loss.hessian(phi)
    columns = [(loss(phi + e)[1] - loss(phi - e)[1]) / (2 * h) for e in steps]
    np.testing.assert_allclose(H, columns, atol=1e-6 * abs(H).max())
    v = np.cos(np.arange(len(phi)))
    np.testing.assert_allclose(loss.hessp(phi, v), H @ v, atol=1e-12 * abs(H).max())


def test_every_block_moves_the_residuals_by_as_much():
    """(U2), numerically: the mean of ‖∂r/∂φ_j‖² over each block is 1, by central differences of r."""
    h, s = 1e-6, layer_scale(LOSS, THETA)
    columns = [
        (LOSS.residuals(THETA + h * e) - LOSS.residuals(THETA - h * e)) / (2 * h)
        for e in np.diag(s)
    ]
    squares = np.array([(column**2).sum() for column in columns])  # (P,)
    for layer, of_layer in zip(NET.unpack(s), NET.unpack(squares)):
        for block, mean in zip(layer, of_layer):
            assert len(np.unique(block)) == 1
            assert mean.mean() == pytest.approx(1, rel=1e-7)


def test_it_undoes_a_change_of_the_unit_of_x():
    """u(x) = v(x/c): W_1 in the new unit is W_1/c, and φ = θ/s is the same."""
    c, f = 1000.0, np.sin
    one = sr.SobolevLoss(sr.MLP((1, 4, 1)), f, sr.midpoint([(-1, 1)], 9).mean(), order=0)
    other = sr.SobolevLoss(one.model, lambda x: f(x / c), sr.midpoint([(-c, c)], 9).mean(), order=0)
    theta = one.model.init(1)
    moved = theta.copy()
    one.model.unpack(moved)[0][0][...] /= c
    np.testing.assert_allclose(
        moved / layer_scale(other, moved), theta / layer_scale(one, theta), rtol=1e-12
    )


def test_a_sum_is_measured_by_all_its_residuals_and_a_block_without_effect_is_left():
    ridge = sr.Ridge(2.0, len(THETA))  # its J is the identity: 1 more in every ‖J_j‖²
    alone, both = layer_scale(LOSS, THETA), layer_scale(ridge + LOSS, THETA)
    np.testing.assert_allclose(both**-2, alone**-2 + 1, rtol=1e-12)
    silent = THETA.copy()
    NET.unpack(silent)[1][0][...] = 0  # V = 0: neither W nor b of the hidden layer has an effect
    (W, b), (V, c) = NET.unpack(layer_scale(LOSS, silent))
    assert (W == 1).all() and (b == 1).all()
    assert (V != 1).all() and c[0] == pytest.approx(1, rel=1e-12)  # its rule is a mean


def test_a_large_jacobian_is_that_of_a_batch_of_nodes(monkeypatch):
    """E: it was refused for want of 12.3 GB. Where all nodes are alike, any batch of them tells the same."""
    x = np.tile([[0.3, 1.2]], (16, 1))
    alike = sr.SobolevLoss(NET, lambda x, y: np.sin(x) * y, sr.Quadrature(x, np.full(16, 0.1)))
    loss, rows = alike + sr.Ridge(0.3, len(THETA)), []
    whole = layer_scale(loss, THETA)
    jacobian = sr.SobolevLoss.jacobian

    def watched(self, theta):
        J = jacobian(self, theta)
        rows.append(len(J))
        return J

    monkeypatch.setattr(sr.SobolevLoss, "jacobian", watched)
    for most, nodes in [(48 * 13, 16), (48 * 13 - 1, 15), (300, 7), (1, 1)]:  # 3 rows a node
        monkeypatch.setattr("sobolev_ref.optimize.units.SAMPLE_ENTRIES", most)
        np.testing.assert_allclose(layer_scale(loss, THETA), whole, rtol=1e-13)
        assert rows == [3 * nodes]
        rows.clear()
    assert sr.fit(loss, THETA, "lm", x_scale="layers", maxiter=3).nit == 3


def test_a_batch_of_nodes_tells_the_scale_of_many():
    """Two outputs, 20,000 nodes: 5 million entries of J, by the same batch at every call; to 2 %."""
    net = sr.MLP((2, 12, 2))
    theta, x = net.init(0), np.random.default_rng(1).uniform(-1, 1, (20_000, 2))
    data = {(0, 0): np.zeros((20_000, 2)), (1, 0): np.zeros((20_000, 2))}
    loss = sr.SobolevLoss(net, data, sr.samples(x))
    s = layer_scale(loss, theta)
    parts = [part.jacobian(theta) for part in loss.split(10)]
    squares = sum(np.einsum("rp,rp->p", J, J) for J in parts)
    for layer, exact in zip(net.unpack(s), net.unpack(squares)):
        for block, of_block in zip(layer, exact):
            np.testing.assert_allclose(block**-2, of_block.mean(), rtol=0.02)
    assert s.tobytes() == layer_scale(loss, theta).tobytes()


COBYLA = pytest.param("COBYLA", marks=pytest.mark.slow)


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "TNC", "Newton-CG", "trust-exact", COBYLA])
def test_fit_gives_theta_and_not_phi(method):
    """A quadratic, minimised in skewed units by each kind of method: where it is, and what is reported."""
    linear = sr.LinearModel.polynomial(2, [(0, 1)])
    loss = sr.SobolevLoss(linear, np.exp, sr.gauss_legendre([(0, 1)], 5))
    seen = []

    def see(intermediate_result):
        seen.append(intermediate_result.x)

    start = np.full(linear.n_parameters, 0.5)
    scale = np.geomspace(0.5, 2, len(start))
    fine = {"tol": 1e-8} if method == "COBYLA" else {}  # its own is 1e−4
    run = sr.fit(loss, start, method, x_scale=scale, maxiter=4000, callback=see, **fine)
    exact = sr.solve_linear(loss)
    if method == "COBYLA":  # by linear models of the loss; it may return an earlier point
        assert run.fun - exact.fun <= 1e-3 * run.history[0]
    else:
        np.testing.assert_allclose(run.x, exact.x, rtol=1e-6)
        np.testing.assert_array_equal(run.x, seen[-1])
    assert run.fun == pytest.approx(loss(run.x)[0], rel=1e-12)
    np.testing.assert_array_equal(run.jac, loss(run.x)[1])
    assert run.history[0] == loss(start)[0]


def test_units_of_one_change_nothing():
    start = NET.init(3)
    plain = sr.fit(LOSS, start, "L-BFGS-B", maxiter=30)
    ones = sr.fit(LOSS, start, "L-BFGS-B", maxiter=30, x_scale=np.ones(len(start)))
    assert ones.x.tobytes() == plain.x.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_what_it_is_for(seed):
    """The sine over two periods, 1,500 iterations of L-BFGS: at least three times further down."""
    net = sr.MLP((1, 30, 1))
    rule = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 64).mean()
    loss = sr.SobolevLoss(net, np.sin, rule)
    plain, scaled = (
        sr.fit(loss, net.init(seed), "L-BFGS-B", maxiter=1500, **options)
        for options in ({}, {"x_scale": "layers"})
    )
    assert scaled.fun < plain.fun / 3


@pytest.mark.parametrize(
    ("x_scale", "error", "match"),
    [
        ("rows", ValueError, "x_scale: got 'rows', takes .*'layers'"),
        (np.zeros(13), ValueError, "^x_scale: got numbers <= 0, takes numbers > 0, or 'layers'$"),
        (np.ones(3), ValueError, r"x_scale: got shape \(3,\), takes shape \(13,\)"),
        (1j * np.ones(13), TypeError, "x_scale: got complex"),
        (object(), TypeError, "x_scale: got"),
    ],
)
def test_bad_input(x_scale, error, match):
    with pytest.raises(error, match=match):
        sr.fit(LOSS, THETA, x_scale=x_scale)


def test_what_has_no_layers_or_no_residuals_is_refused():
    with pytest.raises(TypeError, match="loss: got Ridge, takes a SobolevLoss"):
        layer_scale(sr.Ridge(1.0, 3), np.zeros(3))
    loss = sr.SobolevLoss(NET, lambda x, y: x, sr.gauss_legendre(BOX, 4), p=3)
    with pytest.raises(ValueError, match="^x_scale: 'layers' takes .*; p: got 3"):
        sr.fit(loss, THETA, x_scale="layers")
    assert as_scale(S, loss, THETA).tobytes() == S.tobytes()
