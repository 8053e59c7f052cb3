"""`SobolevLoss` (D3) in closed form; its structure in λ, splits, data; its errors."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import losses

import sobolev_ref as sr
from sobolev_ref import MLP, Quadrature, SobolevLoss

RULE = sr.gauss_legendre([(0, 1)], 12)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_definition_3_of_an_affine_network_in_closed_form(p):
    """u = 2x + 1 against 0 on [0, 1]: ∫|2x+1|^p = (3^{p+1} − 1)/(2(p+1)), ∫|2|^p = 2^p."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: 0.0, RULE, order=2, p=p, weights=(2.0, 0.5, 9.0))
    value, _ = loss([2.0, 1.0])
    zero, one = (3 ** (p + 1) - 1) / (2 * (p + 1)), 2.0**p
    assert value == pytest.approx(2 * zero + 0.5 * one, rel=1e-13)
    assert loss.terms([2.0, 1.0]) == pytest.approx({(0,): zero, (1,): one, (2,): 0.0}, rel=1e-13)


def test_definitions_4_and_5_and_the_literal_definition_3():
    """For u ≡ 0 against sin on a period: L₀ = L₁ = π."""
    rule = sr.gauss_legendre([(0, 2 * np.pi)], 40)
    net = MLP((1, 3, 1))
    theta = np.zeros(net.n_parameters)
    for weights, expected in [(None, 2), ((1, 1), 2), ((1, 0.3), 1.3), ((2, 1), 3)]:
        value, _ = SobolevLoss(net, np.sin, rule, weights=weights)(theta)
        assert value == pytest.approx(expected * np.pi, rel=1e-13)


def test_the_paper_s_tables_start_at_a_mean():
    """sin² + cos² has mean 1 and integral 4π; e^{−2x} twice has mean 0.2 and integral 1."""
    net = MLP((1, 1))
    sine = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 60)
    decay = sr.gauss_legendre([(0, 5)], 60)
    values = [
        SobolevLoss(net, f, r)(np.zeros(2))[0]
        for f, rule in [(np.sin, sine), (lambda x: np.exp(-x), decay)]
        for r in (rule.mean(), rule)
    ]
    assert values == pytest.approx(
        [1, 4 * np.pi, (1 - np.exp(-10)) / 5, 1 - np.exp(-10)], rel=1e-12
    )


@given(losses(p=st.sampled_from([1, 1.5, 2, 3, 4])))
def test_the_loss_is_the_weighted_sum_of_its_terms(drawn):
    loss, theta = drawn
    value, gradient = loss(theta)
    terms = loss.terms(theta)
    assert isinstance(value, float) and gradient.shape == theta.shape == (loss.n_parameters,)
    assert value == pytest.approx(loss.weights @ list(terms.values()), rel=1e-12, abs=1e-300)
    assert set(terms) == set(sr.multi_indices(loss.model.d, loss.order))


@given(losses(p=st.sampled_from([1, 1.5, 2, 3])), st.floats(0.01, 10))
def test_homogeneous_in_the_weights(drawn, c):
    loss, theta = drawn
    scaled = copy.copy(loss)
    scaled.weights = c * loss.weights
    (value, gradient), (other, other_gradient) = loss(theta), scaled(theta)
    assert other == pytest.approx(c * value, rel=1e-12)
    np.testing.assert_allclose(
        other_gradient, c * gradient, rtol=1e-10, atol=1e-12 * (1 + c * value)
    )


@pytest.mark.parametrize("p", [1, 2, 2.5])
def test_additive_over_the_parts_of_a_rule(p):
    net = MLP((2, 5, 1))
    rule = sr.sobol([(0, 1)] * 2, 16, rng=0)
    f = lambda x, y: np.sin(x) * y
    theta = net.init(0)
    whole = SobolevLoss(net, f, rule, order=2, p=p)(theta)
    parts = [SobolevLoss(net, f, part, order=2, p=p)(theta) for part in rule.split(3)]
    assert whole[0] == pytest.approx(sum(value for value, _ in parts), rel=1e-13)
    np.testing.assert_allclose(whole[1], sum(g for _, g in parts), rtol=1e-11, atol=1e-13)


def test_missing_data_contribute_nothing():
    """NaN at a node, and an absent α, give the loss of the nodes and terms that are there."""
    net = MLP((1, 4, 2))
    rng = np.random.default_rng(0)
    theta = rng.normal(size=net.n_parameters)
    x, w = rng.uniform(size=(5, 1)), rng.uniform(size=5)
    values, slopes = rng.normal(size=(2, 5, 2))
    holed = values.copy()
    holed[[1, 3]] = np.nan
    loss = SobolevLoss(net, {(0,): holed, (1,): slopes}, Quadrature(x, w), weights=(0.7, 2))
    keep = [0, 2, 4]
    kept = SobolevLoss(net, {(0,): values[keep]}, Quadrature(x[keep], w[keep]), weights=(0.7, 0))
    rest = SobolevLoss(net, {(1,): slopes}, Quadrature(x, w), weights=(0, 2))
    np.testing.assert_allclose(loss(theta)[0], kept(theta)[0] + rest(theta)[0], rtol=1e-14)
    np.testing.assert_allclose(
        loss(theta)[1], kept(theta)[1] + rest(theta)[1], rtol=1e-11, atol=1e-13
    )
    everything = SobolevLoss(net, {(0,): np.full((5, 2), np.nan)}, Quadrature(x, w))
    assert everything(theta)[0] == 0 and not everything(theta)[1].any()


def test_a_perfect_fit_has_no_loss_and_no_gradient():
    net = MLP((2, 4, 2))
    theta = net.init(0)
    for p in (1, 1.2, 2, 3):
        rule = sr.sobol([(0, 1)] * 2, 8, rng=0)
        loss = SobolevLoss(net, net.derivatives(theta, rule.nodes, 2), rule, order=2, p=p)
        value, gradient = loss(theta)
        assert value == 0 and not gradient.any()


def test_units_of_the_weight():
    """Under x → s·x, u_θ(s x) against f(s x): the loss keeps its value for λ → s^{−2}λ, w → w/s."""
    s, net = 3.0, MLP((1, 6, 1))
    theta = net.init(0)
    (W, b), *rest = net.unpack(theta)
    squeezed = net.pack([(s * W, b), *rest])
    rule = sr.gauss_legendre([(0, 3)], 20)
    narrow = Quadrature(rule.nodes / s, rule.weights / s)
    one = SobolevLoss(net, np.sin, rule, weights=(1, 0.4))(theta)[0]
    two = SobolevLoss(net, lambda x: np.sin(s * x), narrow, weights=(1, 0.4 / s**2))(squeezed)[0]
    assert two == pytest.approx(one / s, rel=1e-12)


def test_the_same_input_gives_the_same_bits_and_the_loss_travels():
    net = MLP((1, 8, 8, 1))
    loss = SobolevLoss(net, lambda x: np.exp(-x), RULE, order=3)
    value, gradient = loss(net.init(0))
    again = pickle.loads(pickle.dumps(loss))
    for other in (loss, again, copy.deepcopy(loss)):
        v, g = other(net.init(0).tolist())
        assert v == value and g.tobytes() == gradient.tobytes()


def test_rough_activations_are_refused_with_the_reason():
    relu = MLP((1, 5, 1), "relu")
    with pytest.raises(
        ValueError, match=r"order: got 1, but the activation 'relu' is only C\^\(0,1\)"
    ):
        SobolevLoss(relu, np.sin, RULE, order=1)
    SobolevLoss(relu, np.sin, RULE, order=0)
    SobolevLoss(MLP((1, 1), "relu"), np.sin, RULE, order=2)  # no hidden layer, no kink
    rough = SobolevLoss(relu, np.sin, RULE, order=1, kinks="ignore")
    theta = relu.init(0)
    u = relu.derivatives(theta, RULE.nodes, 1)
    expected = RULE.weights @ (
        (u[(0,)][:, 0] - np.sin(RULE.nodes[:, 0])) ** 2
        + (u[(1,)][:, 0] - np.cos(RULE.nodes[:, 0])) ** 2
    )
    assert rough(theta)[0] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"order": -1}, "^order: got -1"),
        ({"p": 0.9}, "^p: got 0.9"),
        ({"weights": (1,)}, "^weights: got 1"),
        ({"weights": (1, -2)}, r"^weights\[1\]: got -2"),
        ({"kinks": "drop"}, "^kinks: got 'drop'"),
        ({"road": "back"}, "^road: got 'back'"),
        ({"block": 0}, "^block: got 0"),
        ({"weights": (1, np.inf)}, r"weights\[1\]: got inf"),
        ({"order": 4000}, "order: got 4000, takes at most 170"),
        ({"target": lambda x: (x, x)}, "target: got 2 outputs, takes m = 1"),
        (
            {"rule": sr.midpoint([(0, 1)] * 2, 2)},
            r"^rule: got nodes of shape \(4, 2\), takes shape \(N, 1\)$",
        ),
    ],
)
def test_bad_values(kwargs, match):
    arguments = {"target": np.sin, "rule": RULE} | kwargs
    with pytest.raises(ValueError, match=match):
        SobolevLoss(MLP((1, 3, 1)), arguments.pop("target"), arguments.pop("rule"), **arguments)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((MLP((1, 1)), np.sin, [(0, 1)]), "^rule: got list, takes a Quadrature$"),
        ((MLP((1, 1)), 1.0, RULE), "^target: got 1.0, takes"),
        ((np.sin, np.sin, RULE), "^model: got ufunc, takes an MLP or a LinearModel$"),
    ],
)
def test_bad_types(arguments, match):
    with pytest.raises(TypeError, match=match):
        SobolevLoss(*arguments)


def test_bad_theta():
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, RULE)
    for call in (
        loss,
        loss.terms,
        loss.residuals,
        loss.jacobian,
        lambda theta: loss.hessp(theta, np.zeros(10)),
    ):
        with pytest.raises(ValueError, match=r"^theta: got shape \(9,\), takes shape \(10,\)$"):
            call(np.zeros(9))
        with pytest.raises(ValueError, match="^theta: got 1 NaN or infinite entries of 10"):
            call([np.nan] + [0.0] * 9)


def test_a_loss_says_what_it_is():
    loss = SobolevLoss(MLP((1, 1)), np.sin, RULE, order=2, p=2.5, weights=(1, 0.5, 2))
    assert repr(loss) == (
        f"SobolevLoss({MLP((1, 1))!r}, 12 nodes, order=2, p=2.5, weights=[1.0, 0.5, 2.0])"
    )
    assert (loss.order, loss.p, loss.n_nodes, loss.n_parameters) == (2, 2.5, 12, 2)


@pytest.mark.parametrize("p", [2, 3])
def test_balanced_weights_divide_each_order_by_its_own_norm(p):
    """u = e^{2x} on [0, 1]: λ_n = 1/∫|2ⁿ e^{2x}|^p, so that u_θ ≡ 0 has a loss of 1 for each order."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: np.exp(2 * x), RULE, order=2, p=p, weights="balanced")
    norm = (np.exp(2 * p) - 1) / (2 * p)
    np.testing.assert_allclose(loss.weights, [2.0 ** (-n * p) / norm for n in range(3)], rtol=1e-12)
    assert loss(np.zeros(2))[0] == pytest.approx(3, rel=1e-13)


def test_a_block_is_as_large_as_its_road_allows():
    """d = 5, k = 1: 1 + d rows a node forwards, (1 + m) C(d + k − 1, k − 1) = 3 in reverse."""
    net = MLP((5, 64, 2))
    for road, rows in [("forward", 6), ("reverse", 3)]:
        loss = SobolevLoss(
            net, lambda *x: (x[0], x[4]), sr.monte_carlo([(0, 1)] * 5, 4, 0), road=road
        )
        assert loss.road == road and loss._sum.size == 2**20 // (8 * rows * 64)


@pytest.mark.parametrize("missing", [False, True])
def test_a_batch_is_the_loss_of_its_nodes(missing):
    rng = np.random.default_rng(0)
    net, x, w = MLP((2, 3, 2)), rng.normal(size=(6, 2)), rng.uniform(size=6)
    data = {alpha: rng.normal(size=(6, 2)) for alpha in sr.multi_indices(2, 1)}
    if missing:
        data[0, 1][[0, 3]] = np.nan
    loss = SobolevLoss(net, data, Quadrature(x, w), weights=(1, 0.3))
    chosen = [4, 0, 3]
    part = {alpha: values[chosen] for alpha, values in data.items()}
    alone = SobolevLoss(net, part, Quadrature(x[chosen], w[chosen]), weights=(1, 0.3))
    batch, theta = loss.batch(chosen), net.init(0)
    assert batch.n_nodes == 3 and loss.n_nodes == 6
    assert batch(theta)[0] == alone(theta)[0]
    np.testing.assert_array_equal(batch(theta)[1], alone(theta)[1])
    np.testing.assert_array_equal(batch.residuals(theta), alone.residuals(theta))
    v = np.ones(net.n_parameters)
    np.testing.assert_array_equal(batch.hessp(theta, v), alone.hessp(theta, v))
    with pytest.raises((TypeError, ValueError), match="^nodes: got"):
        loss.batch([7])


def test_a_ragged_theta():
    with pytest.raises(ValueError, match="^theta: got list, not a rectangular array of numbers$"):
        SobolevLoss(MLP((1, 1)), np.sin, RULE)([[1.0], [1.0, 2.0]])
