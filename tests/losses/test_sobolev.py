"""`SobolevLoss` (D3) in closed form; its structure in λ and in the data; what it refuses.

Its gradient stands in test_theorem_1.py and test_theorem_2.py.
"""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref import MLP, Quadrature, SobolevLoss, paper
from sobolev_ref.testing.strategies import losses

RULE = sr.gauss_legendre([(0, 1)], 12)

# -- the definitions -------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 2, 3])
def test_definition_3_of_an_affine_network_in_closed_form(p):
    """(D3): u = 2x + 1 against 0 on [0, 1]: ∫|2x+1|^p = (3^{p+1} − 1)/(2(p+1)), ∫|2|^p = 2^p."""
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
    """sin² + cos² has mean 1 and integral 4π; e^{−2x} twice has mean 0.2 and integral 1.

    As integrals their first rows would be starts with means of 0.084 and 0.049; both tables have rises.
    """
    assert paper.TABLE_1[0] / (4 * np.pi) == pytest.approx(0.084, abs=5e-5)
    assert paper.TABLE_2[0] / 5 == pytest.approx(0.049, abs=5e-5)
    assert np.diff(paper.TABLE_1).max() > 0 and np.diff(paper.TABLE_2).max() > 0
    net = MLP((1, 1))
    sine = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 60)
    decay = sr.gauss_legendre([(0, 5)], 60)
    values = [
        SobolevLoss(net, f, r)(np.zeros(2))[0]
        for f, rule in [(np.sin, sine), (lambda x: np.exp(-x), decay)]
        for r in (rule.mean(), rule)
    ]
    exact = [1, 4 * np.pi, (1 - np.exp(-10)) / 5, 1 - np.exp(-10)]
    assert values == pytest.approx(exact, rel=1e-12)


# -- weights ---------------------------------------------------------------------------------------


@given(losses(p=st.sampled_from([1, 1.5, 2, 3, 4])), st.floats(0.01, 10))
def test_the_loss_is_the_weighted_sum_of_its_terms(drawn, c):
    """L = Σ λ_α terms_α, so it is homogeneous in λ."""
    loss, theta = drawn
    (value, gradient), terms = loss(theta), loss.terms(theta)
    assert isinstance(value, float) and gradient.shape == theta.shape == (loss.n_parameters,)
    assert list(terms) == list(sr.multi_indices(loss.model.d, loss.order))
    assert value == pytest.approx(loss.weights @ list(terms.values()), rel=1e-12, abs=1e-300)
    data = dict(zip(terms, loss.target_values))
    weights = dict(zip(terms, (c * loss.weights).tolist()))
    scaled = SobolevLoss(loss.model, data, loss.rule, order=loss.order, p=loss.p, weights=weights)
    other, its_gradient = scaled(theta)
    assert other == pytest.approx(c * value, rel=1e-12)
    atol = 1e-12 * (1 + c * value)
    np.testing.assert_allclose(its_gradient, c * gradient, rtol=1e-10, atol=atol)


def test_units_of_the_weight():
    """u_θ(s x) against f(s x), λ → s^{−2}λ: the integral is divided by s, and the mean keeps its value."""
    s, net = 3.0, MLP((1, 6, 1))
    theta = net.init(0)
    (W, b), *rest = net.unpack(theta)
    squeezed = net.pack([(s * W, b), *rest])
    rule = sr.gauss_legendre([(0, 3)], 20)
    narrow = Quadrature(rule.nodes / s, rule.weights / s)
    wave = lambda x: np.sin(s * x)
    for one, two, factor in ((rule, narrow, 1 / s), (rule.mean(), narrow.mean(), 1.0)):
        before = SobolevLoss(net, np.sin, one, weights=(1, 0.4))(theta)[0]
        after = SobolevLoss(net, wave, two, weights=(1, 0.4 / s**2))(squeezed)[0]
        assert after == pytest.approx(factor * before, rel=1e-12)


@pytest.mark.parametrize("p", [2, 3])
def test_balanced_weights_divide_each_order_by_its_own_norm(p):
    """u = e^{2x} on [0, 1]: λ_n = 1/∫|2ⁿ e^{2x}|^p, so that u_θ ≡ 0 has a loss of 1 for each order."""
    loss = SobolevLoss(MLP((1, 1)), lambda x: np.exp(2 * x), RULE, order=2, p=p, weights="balanced")
    norm = (np.exp(2 * p) - 1) / (2 * p)
    np.testing.assert_allclose(loss.weights, [2.0 ** (-n * p) / norm for n in range(3)], rtol=1e-12)
    assert loss(np.zeros(2))[0] == pytest.approx(3, rel=1e-13)


# -- data ------------------------------------------------------------------------------------------


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
    kept = SobolevLoss(net, {(0,): values[keep]}, Quadrature(x[keep], w[keep]), weights=(0.7,))
    rest = SobolevLoss(net, {(1,): slopes}, Quadrature(x, w), weights=(0, 2))
    (value, gradient), (v, g), (v_rest, g_rest) = loss(theta), kept(theta), rest(theta)
    np.testing.assert_allclose(value, v + v_rest, rtol=1e-14)
    np.testing.assert_allclose(gradient, g + g_rest, rtol=1e-11, atol=1e-13)
    nothing = loss.batch([1, 3]).batch([0])
    assert nothing.terms(theta)[0,] == 0


@pytest.mark.parametrize("p", [1, 1.2, 2, 3])
def test_a_perfect_fit_has_no_loss_and_no_gradient(p):
    net, rule = MLP((2, 4, 2)), sr.sobol([(0, 1)] * 2, 8, rng=0)
    theta = net.init(0)
    loss = SobolevLoss(net, net.derivatives(theta, rule.nodes, 2), rule, order=2, p=p)
    value, gradient = loss(theta)
    assert value == 0 and not gradient.any()


def test_the_same_input_gives_the_same_bits_and_the_loss_travels():
    net = MLP((1, 8, 8, 1))
    loss = SobolevLoss(net, lambda x: np.exp(-x), RULE, order=3)
    value, gradient = loss(net.init(0))
    for other in (loss, pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        v, g = other(net.init(0).tolist())
        assert v == value and g.tobytes() == gradient.tobytes()


def test_a_loss_says_what_it_is():
    loss = SobolevLoss(MLP((1, 1)), np.sin, RULE, order=2, p=2.5, weights=(1, 0.5, 2))
    assert repr(loss) == (
        f"SobolevLoss({MLP((1, 1))!r}, 12 nodes, order=2, p=2.5, weights=[1.0, 0.5, 2.0])"
    )
    assert (loss.order, loss.p, loss.n_nodes, loss.n_parameters) == (2, 2.5, 12, 2)


# -- refusals --------------------------------------------------------------------------------------


def test_rough_activations_are_refused_with_the_reason():
    relu = MLP((1, 5, 1), "relu")
    match = r"order: got 1, but the activation 'relu' is only C\^\(0,1\)"
    with pytest.raises(ValueError, match=match):
        SobolevLoss(relu, np.sin, RULE, order=1)
    SobolevLoss(relu, np.sin, RULE, order=0)
    SobolevLoss(MLP((1, 1), "relu"), np.sin, RULE, order=2)  # no hidden layer, no kink
    rough, theta = SobolevLoss(relu, np.sin, RULE, order=1, kinks="ignore"), relu.init(0)
    x, u = RULE.nodes[:, 0], relu.derivatives(theta, RULE.nodes, 1)
    r, r_1 = u[0,][:, 0] - np.sin(x), u[1,][:, 0] - np.cos(x)
    assert rough(theta)[0] == pytest.approx(RULE.weights @ (r**2 + r_1**2), rel=1e-13)


def test_a_node_on_a_kink_of_the_target_is_refused_or_takes_a_side():
    """|x| at 0 and its neighbour, where the mean of both slopes is 0; so for its balanced weights."""
    rule = sr.samples([0.0, 2.0])
    with pytest.raises(ValueError, match="^np.absolute: 1 of 2 nodes lie on its kink"):
        SobolevLoss(MLP((1, 1)), np.abs, rule)
    loss = SobolevLoss(MLP((1, 1)), np.abs, rule, kinks="ignore", weights="balanced")
    assert loss.target_values[..., 0].tolist() == [[0, 2], [0, 1]]
    data = SobolevLoss(MLP((1, 1)), {(0,): [0, 2], (1,): [0, 1]}, rule, weights="balanced")
    np.testing.assert_allclose(loss.weights, data.weights, rtol=1e-12)


def test_a_slope_on_a_kink_is_balanced_as_the_function_has_it():
    """1e12 + max(x, 2x) at 0: as data, a slope of 2 beside 1e12 would be taken for rounding."""
    target = lambda x: 1e12 + np.maximum(x, 2 * x)
    loss = SobolevLoss(MLP((1, 1)), target, sr.samples([0.0]), kinks="ignore", weights="balanced")
    np.testing.assert_allclose(loss.weights, [1e-24, 0.25], rtol=1e-12)


def test_which_polynomials_change_no_residual():
    """Of each output the least order that has data and a positive weight is the degree that is seen."""
    data = {
        (0,): [[1.0, np.nan], [np.nan, np.nan]],
        (1,): [[np.nan, np.nan], [2.0, 3.0]],
        (2,): [[1.0, 1.0], [1.0, 1.0]],
    }
    seen = [((0.5, 0.5, 0.5), (0, 1)), ((0, 0.5, 0.5), (1, 1)), ((0, 0, 3), (2, 2))]
    for weights, blind in seen:
        loss = SobolevLoss(MLP((1, 2)), data, sr.samples([0.0, 1.0]), order=2, weights=weights)
        assert loss.blind == blind


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"order": -1}, ValueError, "^order: got -1"),
        ({"order": 4000}, ValueError, "order: got 4000, takes at most 170"),
        ({"p": 0.9}, ValueError, "^p: got 0.9"),
        ({"weights": (1,)}, ValueError, "^weights: got 1"),
        ({"weights": (1, -2)}, ValueError, r"^weights\[1\]: got -2"),
        ({"weights": (1, np.inf)}, ValueError, r"weights\[1\]: got inf"),
        ({"kinks": "drop"}, ValueError, "^kinks: got 'drop'"),
        ({"road": "back"}, ValueError, "^road: got 'back'"),
        ({"block": 0}, ValueError, "^block: got 0"),
        ({"target": lambda x: (x, x)}, ValueError, "target: got 2 outputs, takes m = 1"),
        ({"target": 1.0}, TypeError, "^target: got 1.0, takes"),
        ({"rule": [(0, 1)]}, TypeError, "^rule: got list, takes a Quadrature$"),
        (
            {"rule": sr.midpoint([(0, 1)] * 2, 2)},
            ValueError,
            r"^rule: got nodes of shape \(4, 2\), takes shape \(N, 1\)$",
        ),
        ({"model": np.sin}, TypeError, "^model: got ufunc, takes an MLP or a LinearModel$"),
    ],
)
def test_bad_input(changes, error, match):
    with pytest.raises(error, match=match):
        SobolevLoss(**{"model": MLP((1, 3, 1)), "target": np.sin, "rule": RULE} | changes)


@pytest.mark.parametrize("face", ["__call__", "terms", "residuals", "jacobian"])
@pytest.mark.parametrize(
    ("theta", "match"),
    [
        (np.zeros(9), r"^theta: got shape \(9,\), takes shape \(10,\)$"),
        ([np.nan] + [0.0] * 9, "^theta: got 1 NaN or infinite entries of 10"),
        ([[1.0], [1.0, 2.0]], "^theta: got list, not a rectangular array of numbers$"),
    ],
)
def test_bad_theta(face, theta, match):
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, RULE)
    with pytest.raises(ValueError, match=match):
        getattr(loss, face)(theta)


def test_data_say_the_order():
    """W1, W15: measured derivatives are used, or refused by name; none is dropped in silence."""
    x, rule = np.linspace(0, 1, 21), sr.samples(np.linspace(0, 1, 21))
    u = np.full(21, np.nan)
    u[[0, -1]] = 0
    data = {(0,): u, (2,): -(np.pi**2) * np.sin(np.pi * x)}
    net = MLP((1, 8, 1))
    loss = SobolevLoss(net, data, rule)
    assert loss.order == 2 and SobolevLoss(net, np.sin, rule).order == 1
    assert SobolevLoss(net, {(0,): x}, rule).order == 0
    scaler = sr.Standardizer.from_data(x, u)
    scaled = SobolevLoss(net, scaler.target(data), scaler.rule(rule), weights="balanced")
    fit = sr.fit(scaled, net.init(0), "lm", maxiter=400)
    error = scaler.model(net)(fit.x, x)[:, 0] - np.sin(np.pi * x)
    assert np.abs(error).max() < 1e-3  # without the second derivatives it is 1.0
    with pytest.raises(
        ValueError,
        match=r"^target\[\(2,\)\]: got data of order 2, which a loss of order = 1 drops; takes order = 2",
    ):
        SobolevLoss(net, scaler.target(data), scaler.rule(rule), order=1)
    cross = {(0, 0, 0): x, (0, 0, 2): x}
    with pytest.raises(ValueError, match=r"^target\[\(0, 0, 2\)\]: got data of order 2"):
        SobolevLoss(MLP((3, 2, 1)), cross, sr.samples(np.outer(x, [1, 1, 1])), order=1)


def test_terms_without_data_are_named():
    """W16: NaN alone is refused, or named where another term carries the fit."""
    net, rule = MLP((1, 3, 1)), sr.samples([0.0, 1.0])
    nothing, something = [np.nan, np.nan], [1.0, np.nan]
    with pytest.raises(ValueError, match="^target: got NaN alone, takes at least one measurement$"):
        SobolevLoss(net, {(0,): nothing, (1,): nothing}, rule)
    with pytest.warns(
        UserWarning, match=r"^target: got NaN alone for \[\(1,\)\]; these terms have no"
    ):
        loss = SobolevLoss(net, {(0,): something, (1,): nothing}, rule, weights=(1, 3))
    assert loss.coverage.counts == {(0,): 1, (1,): 0}
    assert loss.coverage.weights == {(0,): 1.0, (1,): 3.0}


NONE = np.full(2, np.nan)


@pytest.mark.parametrize(
    ("target", "w", "weights"),
    [
        (np.sin, [0.0, 0.0], (1, 1)),
        (np.sin, [1.0, 2.0], (0, 0)),
        (np.sin, [1.0, 2.0], {}),
        (np.sin, [0.0, 0.0], (0, 0)),
        (np.sin, [1e-200, 0.0], (1e-200, 0)),  # their product is 0
        ({(0,): [1.0, 2.0], (1,): NONE}, [1.0, 1.0], (0, 1)),  # weight only where nothing is
        ({(0,): [1.0, np.nan], (1,): [np.nan, 1.0]}, [0.0, 1.0], (1, 0)),
    ],
)
@pytest.mark.filterwarnings("ignore:target. got NaN alone")
def test_a_loss_without_weight_is_refused(target, w, weights):
    """F15: a loss that is 0 for every θ was trained to success."""
    rule = sr.Quadrature([0.0, 1.0], w)
    match = (
        r"^weights: got λ = \[.*\] and weights of the rule with which the loss is 0 for every theta; "
        r"takes a λ w_i > 0 where something was measured$"
    )
    with pytest.raises(ValueError, match=match):
        SobolevLoss(MLP((1, 2, 1)), target, rule, order=1, weights=weights)


def test_weights_whose_product_is_beyond_float64_are_taken():
    loss = SobolevLoss(MLP((1, 1)), np.sin, sr.Quadrature([0.0], [1e200]), weights=(1e200, 0))
    assert loss.weights.tolist() == [1e200, 0] and loss.blind == (0,)


def test_single_weights_may_be_zero():
    """F15: the H¹ seminorm of u − x² on {½, 1}, without the node 1, is (u′ − 1)² at ½."""
    rule = sr.Quadrature([0.5, 1.0], [3.0, 0.0])
    loss = SobolevLoss(MLP((1, 1)), lambda x: x**2, rule, weights=(0, 1))
    assert loss([5.0, 7.0])[0] == 3 * (5 - 1) ** 2
    assert loss.batch([1])([5.0, 7.0])[0] == 0  # a part may be of nothing


SLIP = {(0, 0): 1.0, (0, 1): 3.0}  # for (1, 0)


@pytest.mark.parametrize(
    ("weights", "is_slip"),
    [
        (SLIP, True),
        (SLIP | {(1, 0): 0.0}, False),
        (SLIP | {(1, 0): 2.0}, False),
        ({(0, 0): 1.0}, False),
        ({(0, 0): 1.0, (0, 1): 0.0}, False),
        (sr.frobenius_weights(2, 1), False),
    ],
)
def test_a_slip_in_an_index_of_weights_is_told(weights, is_slip):
    """W15: the 3 acted on nothing, and the slopes ∂_1 had no say; in other units too."""
    data = {(0, 0): [0.0, np.nan, 2.0, np.nan], (1, 0): np.ones(4)}
    nodes, net = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]]), sr.MLP((2, 3, 1))
    scaler = sr.Standardizer.from_data(nodes, [0.0, 1.0, 2.0, 3.0])
    for make in (
        lambda: sr.SobolevLoss(net, data, sr.samples(nodes), weights=weights),
        lambda: scaler.loss(net, data, nodes, weights=weights),
    ):
        if is_slip:
            message = r"^weights: got one for \(0, 1\), which was not measured, and none for \(\d, 0\), which"
            with pytest.warns(UserWarning, match=message):
                loss = make()
        else:
            loss = make()
        assert loss(net.init(0))[0] > 0
