"""`LinearModel`: its features in closed form, its interface that of `MLP`."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
from numpy.polynomial import Chebyshev, Legendre

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, SobolevLoss
from sobolev_ref.jets.algebra import TaylorAlgebra
from sobolev_ref.models.mlp import spread

BOX = [(-1, 3)]
X = np.linspace(-0.9, 2.8, 7)


@pytest.mark.parametrize(("kind", "Series"), [("legendre", Legendre), ("chebyshev", Chebyshev)])
def test_polynomials_and_their_derivatives(kind, Series):
    """Against NumPy's own series in t = (x − 1)/2, so that d/dx = ½ d/dt."""
    model = LinearModel.polynomial(6, BOX, kind=kind)
    theta = np.random.default_rng(0).normal(size=7)
    for (n,), value in model.derivatives(theta, X, 4).items():
        series = Series(theta)
        np.testing.assert_allclose(
            value[:, 0], series.deriv(n)((X - 1) / 2) / 2**n, rtol=1e-11, atol=1e-11
        )


def test_features_on_a_box_far_from_0_keep_their_digits():
    """t and 2πj(x − a)/ℓ in rational numbers; from 2x − a − b they were off by 7e-7 at the ends."""
    box = [(1e8 + 0.1, 1e8 + 1.2)]
    a, b, x = (Fraction(number) for number in (*box[0], 1e8 + 0.73))
    t = float((2 * x - a - b) / (b - a))
    top = np.eye(6)[5]
    chebyshev = LinearModel.polynomial(5, box, kind="chebyshev")
    np.testing.assert_allclose(chebyshev(top, box[0])[:, 0], [-1, 1], rtol=1e-14)
    exact, slope = Chebyshev(top), 2 / float(b - a)
    u = chebyshev.derivatives(top, [1e8 + 0.73], 1)
    np.testing.assert_allclose(u[(0,)], exact(t), rtol=1e-13)
    np.testing.assert_allclose(u[(1,)], exact.deriv()(t) * slope, rtol=1e-13)
    wave = LinearModel.fourier(8, box)(np.eye(17)[16], [1e8 + 0.73, *box[0]])[:, 0]
    phase = 16 * np.pi * float((x - a) / (b - a))
    np.testing.assert_allclose(wave, [np.sin(phase), 0, 0], rtol=0, atol=1e-13)
    ends = LinearModel.polynomial(1, [(1e308, 1.7e308)])([0.0, 1.0], [1e308, 1.7e308])
    np.testing.assert_allclose(ends[:, 0], [-1, 1], rtol=1e-14)


@pytest.mark.parametrize("make", [LinearModel.polynomial, LinearModel.fourier])
def test_a_model_keeps_its_own_copy_of_the_box(make):
    box = np.array([[0.0, 1.0]])
    model = make(1, box)
    theta = np.arange(1.0, 1 + model.n_parameters)
    before = model(theta, [0.3])
    box[:] = 7.0, 9.0
    np.testing.assert_array_equal(model(theta, [0.3]), before)
    with pytest.raises(ValueError, match="read-only"):
        model.features.box[:] = 7.0, 9.0
    with pytest.raises(ValueError, match="read-only"):
        LinearModel.random(2, [(0, 1)], 0).features.theta[:] = 7.0


def test_fourier_modes_and_their_derivatives():
    model = LinearModel.fourier(3, BOX)
    theta = np.random.default_rng(1).normal(size=7)
    phase = 2 * np.pi * (X + 1) / 4
    for (n,), value in model.derivatives(theta, X, 3).items():
        exact = theta[0] * (n == 0)
        for j in range(1, 4):
            turn, scale = n * np.pi / 2, (2 * np.pi * j / 4) ** n
            exact = exact + scale * (
                theta[2 * j - 1] * np.cos(j * phase + turn)
                + theta[2 * j] * np.sin(j * phase + turn)
            )
        np.testing.assert_allclose(value[:, 0], exact, rtol=1e-11, atol=1e-11)


def test_two_variables_are_products():
    box = [(0, 1), (-1, 1)]
    x = np.random.default_rng(0).uniform(0, 1, (5, 2))
    model = LinearModel.polynomial(2, box)
    t, s = 2 * x[:, 0] - 1, x[:, 1]
    features = np.stack([model(e, x)[:, 0] for e in np.eye(6)])
    P2 = lambda z: (3 * z**2 - 1) / 2
    np.testing.assert_allclose(features, [t**0, t, s, P2(t), t * s, P2(s)], atol=1e-14)
    mixed = model.derivatives(np.eye(6)[4], x, 2)
    np.testing.assert_allclose(mixed[(1, 1)], 2)
    fourier = LinearModel.fourier(1, box)
    values = np.stack([fourier(e, x)[:, 0] for e in np.eye(9)])
    a, b = 2 * np.pi * x[:, 0], np.pi * (x[:, 1] + 1)
    one = np.ones(5)
    expected = [f * g for f in (one, np.cos(a), np.sin(a)) for g in (one, np.cos(b), np.sin(b))]
    np.testing.assert_allclose(values, expected, atol=1e-13)


def test_three_variables_against_numpys_series(monkeypatch):
    """Every P_a P_b P_c, its mixed derivative by NumPy's series; what begins alike is multiplied once."""
    calls, product = [], TaylorAlgebra.product
    monkeypatch.setattr(TaylorAlgebra, "product", lambda *a: (calls.append(1), product(*a))[1])
    degree, x = 7, np.random.default_rng(0).uniform(-1, 1, (4, 3))
    model = LinearModel.polynomial(degree, [(-1, 1)] * 3)
    theta = np.random.default_rng(1).normal(size=model.n_parameters)
    values = model.derivatives(theta, x, 3)[(1, 0, 2)][:, 0]
    basis = [Legendre.basis(n) for n in range(degree + 1)]
    exact = sum(
        w * basis[a].deriv(1)(x[:, 0]) * basis[b](x[:, 1]) * basis[c].deriv(2)(x[:, 2])
        for w, (a, b, c) in zip(theta, sr.multi_indices(3, degree))
    )
    np.testing.assert_allclose(values, exact, rtol=1e-11)
    assert len(calls) == (degree - 1) + 2 * degree  # the recurrence, and each P_n of two variables


def test_random_features_in_closed_form():
    """σ(W_j·x + b_j) with the W and b of a network whose first layer is spread, and a constant."""
    box = [(-1, 3), (0, 0.5)]
    model = LinearModel.random(6, box, 4, "sin", 3.0, m=2)
    assert (model.n_features, model.dimensions, model.bias) == (6, (2, 2), True)
    W, b = spread(np.random.default_rng(4), 6, np.array(box, dtype=float), 3.0)
    x, theta = np.random.default_rng(0).uniform(0, 1, (5, 2)), np.arange(14.0)
    V, c = theta[:12].reshape(2, 6), theta[12:]
    np.testing.assert_allclose(model(theta, x), np.sin(x @ W.T + b) @ V.T + c, rtol=1e-13)
    slopes = model.derivatives(theta, x, 1)[(0, 1)]
    np.testing.assert_allclose(slopes, (np.cos(x @ W.T + b) * W[:, 1]) @ V.T, rtol=1e-12)


def test_random_features_are_the_same_in_any_units_and_for_any_dress_of_the_seed():
    """φ on Ω is φ on [−1, 1] after the affine map; a scale is the slope in units of 1/half a side."""
    x = np.linspace(-1, 1, 9)
    theta = np.random.default_rng(0).normal(size=21)
    here = LinearModel.random(20, [(-1, 1)], 7)
    there = LinearModel.random(20, [(16, 20)], np.random.default_rng(7))
    np.testing.assert_allclose(there(theta, 18 + 2 * x), here(theta, x), rtol=1e-12, atol=1e-13)
    flat = LinearModel.random(20, [(-1, 1)], 7, scale=1e-9)
    assert np.ptp(flat(theta, x)) < 1e-6 < 1e-2 < np.ptp(here(theta, x))


def test_a_frozen_network_is_the_network():
    """Its derivatives, its loss, and the last entries of its gradient."""
    net = MLP((2, 5, 4, 3), "silu")
    theta = np.random.default_rng(0).normal(size=net.n_parameters)
    model = LinearModel.from_mlp(net, theta)
    tail = theta[-model.n_parameters :].copy()
    assert model.n_parameters == 3 * 5 and (model.d, model.m) == (2, 3)
    x = np.random.default_rng(1).normal(size=(6, 2))
    ours, its = model.derivatives(tail, x, 3), net.derivatives(theta, x, 3)
    for alpha in its:
        np.testing.assert_array_equal(ours[alpha], its[alpha])
    f, rule = lambda a, b: (a, b, a * b), sr.sobol([(-1, 1)] * 2, 8, rng=0)
    (value, gradient), (exact, whole) = (
        SobolevLoss(u, f, rule, order=2, p=3, weights=(1, 0.3, 2))(t)
        for u, t in ((model, tail), (net, theta))
    )
    assert value == pytest.approx(exact, rel=1e-14)
    np.testing.assert_allclose(gradient, whole[-len(tail) :], rtol=1e-12, atol=1e-13)
    theta[:] = 0  # the model has its own copy
    np.testing.assert_array_equal(model(tail, x), ours[(0, 0)])


@pytest.mark.parametrize(
    "model",
    [
        LinearModel.polynomial(3, [(0, 1)] * 2, m=2),
        LinearModel.fourier(2, BOX, m=3),
        LinearModel.from_mlp(MLP((1, 4, 2)), MLP((1, 4, 2)).init(0)),
        LinearModel.random(5, BOX, 0, m=2),
    ],
    ids=["poly", "fourier", "mlp", "random"],
)
def test_a_model_starts_at_zero_is_smooth_and_travels(model):
    rng = np.random.default_rng(0)
    theta, x = rng.normal(size=model.n_parameters), rng.uniform(size=(5, model.d))
    ((W, b),) = model.unpack(theta)
    np.testing.assert_array_equal(np.concatenate([W.ravel(), b]), theta)
    assert W.shape == (model.m, model.n_features) and model(theta, x).shape == (5, model.m)
    assert not model.init(0).any() and model.smoothness == np.inf
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(other(theta, x), model(theta, x))


def test_a_network_without_hidden_layers_freezes_to_an_affine_map_at_every_order():
    """Its features are x itself, whose jet has rows of degree 0 and 1 alone: the rest must be there."""
    model = LinearModel.from_mlp(MLP((2, 1)), [9.0, 9.0, 9.0])
    u = model.derivatives([3.0, 4.0, 5.0], [[1.0, 1.0]], order=2)
    assert {alpha: value.item() for alpha, value in u.items()} == {
        alpha: {(0, 0): 12.0, (1, 0): 3.0, (0, 1): 4.0}.get(alpha, 0.0)
        for alpha in sr.multi_indices(2, 2)
    }


@pytest.mark.parametrize("order", range(4))
def test_features_of_one_s_own_get_and_give_whole_jets(order):
    """Z: rows that x or its multiples have not were memory of others: of x, x² and the constant."""
    x = np.linspace(-1, 1, 5)

    def powers(a, T):
        return np.concatenate([a, T.product(a, a)], axis=-1)

    for features, n, theta in ((lambda a, T: 3 * a, 1, [2.0]), (powers, 2, [6.0, 0.5])):
        model = LinearModel(features, n, (1, 1))
        junk = {(j,): np.full((5, 1), 7.0) for j in range(order + 1)}
        found = model.derivatives(theta, x, order, out=junk)
        c = 0.5 * (n > 1)
        expected = [6 * x + c * x**2, 6 + 2 * c * x, 2 * c + 0 * x, 0 * x]
        for j in range(order + 1):
            np.testing.assert_allclose(found[(j,)][:, 0], expected[j], rtol=1e-15)
        target = {(j,): expected[j] for j in range(order + 1)}
        fit = sr.fit(sr.SobolevLoss(model, target, sr.samples(x)), model.init())
        np.testing.assert_allclose(fit.x, theta, rtol=1e-14)


@pytest.mark.parametrize("rows", [slice(1), (slice(None), slice(2)), (..., [0, 0])])
def test_features_that_are_no_jets_of_so_many_are_refused(rows):
    model = LinearModel(lambda a, T: a[rows], 1, (1, 1))
    with pytest.raises(
        ValueError, match=r"^features: got jets of shape .*, takes shape \(3, 4, 1\)$"
    ):
        model.derivatives([2.0], np.arange(4.0), 2)


def test_rough_features_are_refused_as_rough_networks_are():
    net = MLP((1, 4, 1), "relu")
    match = "^order: got 1, but the LinearModel .* order 1 jumps, has no value on the jump, and higher ones"
    with pytest.raises(ValueError, match=match):
        SobolevLoss(LinearModel.from_mlp(net, net.init(0)), np.sin, sr.midpoint(BOX, 4))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: LinearModel.polynomial(-1, BOX), ValueError, "degree: got -1"),
        (lambda: LinearModel.polynomial(2, BOX, kind="hermite"), ValueError, "kind: got 'hermite'"),
        (lambda: LinearModel.polynomial(2, BOX, m=0), ValueError, "m: got 0"),
        (lambda: LinearModel.polynomial(40, [(0, 1)] * 6), ValueError, "takes at most 20,000"),
        (lambda: LinearModel.fourier(9, [(0, 1)] * 6), ValueError, "takes at most 20,000"),
        (lambda: LinearModel.from_mlp(None, [1.0]), TypeError, "net: got NoneType"),
        (lambda: LinearModel.random(0, BOX, 0), ValueError, "n: got 0"),
        (lambda: LinearModel.random(3, BOX, 0, "step"), ValueError, "activation: got 'step'"),
        (lambda: LinearModel.random(3, BOX, 0, scale=0), ValueError, "scale: got 0"),
        (lambda: LinearModel.random(3, BOX, 0, m=0), ValueError, "m: got 0"),
        (
            lambda: LinearModel.random(3, (0, 1e-9), 0, scale=1e308),
            ValueError,
            "bounds: got a side",
        ),
        (
            lambda: LinearModel.random(10**8, BOX, 0),
            ValueError,
            "n, m: got 100,000,000 and 1, 300,",
        ),
        (lambda: LinearModel.from_mlp(MLP((1, 1)), [1.0]), ValueError, "theta: got shape"),
        (lambda: LinearModel(None, 1, (1, 1)), TypeError, "features: got None"),
        (lambda: LinearModel(np.sin, 0, (1, 1)), ValueError, "n_features: got 0"),
        (lambda: LinearModel(np.sin, 10**9, (1, 1)), ValueError, "n_features: got 1000000000"),
        (lambda: LinearModel(np.sin, 1, (0, 1)), ValueError, "dimensions: got 0"),
        (lambda: LinearModel(np.sin, 1, (1, 1, 1)), ValueError, "dimensions: got 3 numbers"),
    ],
)
def test_what_makes_no_model_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_a_constant_of_two_variables_and_a_single_random_unit():
    plane = LinearModel.polynomial(0, [(0, 1), (0, 2)])
    assert plane([3.0], [[0.5, 1.0]]).tolist() == [[3.0]]
    one = LinearModel.random(1, BOX, 0)
    assert one.n_features == 1 and one.n_parameters == 2
    assert type(LinearModel(lambda a, T: a, np.int64(1), (1, 1)).n_features) is int
    assert "Fourier modes up to 3" in repr(LinearModel.fourier(3, BOX))


@pytest.mark.parametrize("make", [LinearModel.polynomial, LinearModel.fourier])
def test_a_complex_step_in_x_and_one_in_theta(make):
    """∂u/∂y of products of two variables, and the Hessian 2 JᵀJ by way of the gradient."""
    model = make(3, [(0, 1), (0, 2)])
    theta = np.random.default_rng(0).normal(size=model.n_parameters)
    x = np.array([[0.3, 0.7], [0.9, 1.5]])
    slope = model(theta, x + 1e-20j * np.array([0, 1])).imag / 1e-20
    np.testing.assert_allclose(slope, model.derivatives(theta, x, 1)[0, 1], rtol=1e-12)
    loss = SobolevLoss(model, lambda x, y: x * y, sr.samples(x))
    J = loss.jacobian(theta)
    np.testing.assert_allclose(loss.hessian(theta), 2 * J.T @ J, rtol=1e-10, atol=1e-10)
