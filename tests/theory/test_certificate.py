"""(L1), (L2) and (L3): certificates made of the activation's own bounds; those have tests in `tests/jets`."""

import math
import re
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from attacks import BOUNDED, RADII, attacked, random_loss
from conftest import PROFILE
from hypothesis import given, settings
from hypothesis import strategies as st
from random_numbers import SEEDS, random_scaler

import sobolev_ref as sr
from sobolev_ref import MLP, Activation, Ridge, SobolevLoss, lipschitz
from sobolev_ref.jets import taylor_algebra
from sobolev_ref.models.scaled import ScaledModel
from sobolev_ref.theory import certificate
from sobolev_ref.theory.certificate import (
    Ball,
    _blocks,
    _largest,
    _least,
    _Nodes,
    _norm_at_center,
    _over_boxes,
    slack,
)
from sobolev_ref.theory.counterexamples import Cubic
from sobolev_ref.theory.majorants import change, majorant, table, theta_derivatives

RULE = sr.gauss_legendre([(-1, 1)], 10)
TANH = sr.ACTIVATIONS["tanh"]


@given(
    st.sampled_from(BOUNDED),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
    st.floats(0, 0.5),
    SEEDS,
)
def test_a_certificate_is_an_upper_bound_on_its_ball(name, hidden, d, order, m, radius, seed):
    """(L1), (L2), (L3) above ‖∇²L‖ and above every secant, at random points of the ball."""
    rng = np.random.default_rng(seed)
    net = MLP((d, *hidden, m), name)
    theta = rng.normal(size=net.n_parameters)
    x = rng.uniform(-1, 1, (4, d))
    data = {a: rng.normal(size=(4, m)) for a in sr.multi_indices(d, order)}
    data[(0,) * d][0] = np.nan
    loss = SobolevLoss(
        net,
        data,
        sr.Quadrature(x, rng.uniform(size=4)),
        order=order,
        weights=rng.uniform(0, 2, order + 1),
    )
    L = lipschitz(loss, theta, radius=radius)
    assert L.kind == "certified"
    points = []
    for _ in range(3):
        v = rng.normal(size=len(theta))
        points.append(theta + radius * rng.uniform() ** 0.2 * v / np.linalg.norm(v))
        H = loss.hessian(points[-1])
        assert np.linalg.norm((H + H.T) / 2, 2) <= L.value * (1 + 1e-12)
    if radius > 1e-6:
        gap = np.linalg.norm(loss(points[0])[1] - loss(points[1])[1])
        assert gap <= L.value * np.linalg.norm(points[0] - points[1]) * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("columns", [1000, 17, 1])
def test_the_sums_by_layers_by_loops(columns, monkeypatch):
    """G, K, T and R of each α and node with a weight and data, and their sums, with a visible margin.

    ∇r comes from the complex step. One output is not known at node 0, none at node 1 for α = (1, 0), and
    node 2 has no weight.
    """
    monkeypatch.setattr(certificate, "MARGIN", 0.01)
    monkeypatch.setattr(certificate, "MOST_COLUMNS", columns)
    rng = np.random.default_rng(0)
    net, rho, radii = MLP((2, 3, 2)), 0.2, np.array([0.15, 0.1])
    theta, x, w = rng.normal(size=17), rng.normal(size=(4, 2)), np.array([0.5, 1.5, 0.0, 2.0])
    indices, weights = sr.multi_indices(2, 2), (0.7, 2.0, 0.4)
    data = {alpha: rng.normal(size=(4, 2)) for alpha in indices}
    data[0, 0][0, 1] = data[1, 0][1, 0] = data[1, 0][1, 1] = np.nan
    loss = SobolevLoss(net, data, sr.Quadrature(x, w), order=2, weights=weights)
    M = tuple(net.activation.derivative_bounds(n) for n in range(6))
    part = _Nodes(loss, Ball(net, np.ones(2), theta, rho, M, 3))
    found = part.sums(radii)

    T = taylor_algebra(2, 2)
    _, tape = net.forward(theta, T.variables(x), T)
    bounds, reach = majorant(tape, net.activation, M, 3, rho, radii, np.ones(2))
    by_layer = theta_derivatives(bounds, table(2, 2, 2, 3))
    u = net.derivatives(theta, x, 2)
    steps = [net.derivatives(theta + 1e-20j * e, x, 2) for e in np.eye(17)]
    sums, rows = dict.fromkeys(found, 0.0), []
    for a, alpha in enumerate(indices):
        factorial = np.prod([math.factorial(n) for n in alpha])
        for i in range(4):
            known = ~np.isnan(data[alpha][i])
            weight = weights[sum(alpha)] * w[i] * known.any()
            if weight == 0:
                continue
            G, K, third = (factorial * each[a, ..., i] for each in by_layer)
            slopes = np.array([[h[alpha][i, j].imag / 1e-20 for h in steps] for j in range(2)])[
                known
            ]
            rows += [math.sqrt(weight) * row for row in slopes]
            at_center = [np.linalg.norm(slopes[:, :9]), np.linalg.norm(slopes[:, 9:])]
            at_center = np.array(at_center) + 0.01 * (at_center + G) + change(K, rho, radii)
            G = np.minimum(G, at_center)
            moved = min(rho * np.linalg.norm(G), G @ radii)
            R = 1.01 * np.linalg.norm((u[alpha][i] - data[alpha][i])[known])
            R += 0.02 * np.linalg.norm(data[alpha][i][known]) + 0.01 * factorial * bounds[a, 0, i]
            R += moved
            sums["GG"] += weight * np.outer(G, G)
            sums["RK"] += weight * R * K
            sums["KK"] += weight * rho**2 * K @ K
            sums["Kr"] += weight * np.outer(K @ radii, K @ radii)
            sums["RT"] += weight * (moved * K + R * change(third, rho, radii))
    for name, value in sums.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, err_msg=name)
    gram = np.transpose(rows) @ rows
    gram = gram if columns > 1 else [[np.linalg.eigvalsh(gram)[-1]]]
    np.testing.assert_allclose(part.gram, gram, rtol=1e-9, atol=1e-12)
    assert part.reach == reach


def test_the_least_of_the_bounds_from_sums(monkeypatch):
    """(L1), (L2) and (L3) from numbers given, each where it is the least."""
    monkeypatch.setattr(certificate, "MARGIN", 0.1)

    def least(jacobian, curvature, **sums):
        """Of two blocks of nodes, which have a quarter and three quarters of each sum."""
        asked = []

        def share(q, radii):
            asked.append(radii)
            return {name: q * np.asarray(value, float) for name, value in sums.items()}

        blocks = [SimpleNamespace(sums=partial(share, q)) for q in (0.25, 0.75)]
        found = _least(blocks, jacobian, curvature, np.array([0.5]))
        assert asked == [0.5, 0.5]
        return found

    none = [[0.0, 0.0], [0.0, 0.0]]
    layers = {"GG": np.diag([4.0, 0.0]), "RK": np.diag([2.0, 1.0]), "RT": np.diag([0.5, 0.25])}
    layers |= {"KK": np.diag([9.0, 1.0]), "Kr": np.diag([0.25, 0.0])}  # ρκ = 1/2
    # J₀ = 1 + 0.1·2; (L1) 2 (1.2 + 0.5)² + 4; (L2) 2 (4 + 2); (L3) c + 1.2 + 2 (1.2 + 0.25 + 0.5)
    assert least(1.0, np.inf, **layers) == pytest.approx(2 * 1.7**2 + 2 * 2)
    assert least(7.0, np.inf, **layers) == pytest.approx(2 * (4 + 2))
    assert least(1.0, 0.75, **layers) == pytest.approx(0.75 + 0.1 * 12 + 2 * (1.2 + 0.25 + 0.5))
    less = {**layers, "KK": np.diag([0.16, 0.0])}  # ρκ = 0.4
    assert least(1.0, 0.75, **less) == pytest.approx(0.75 + 1.2 + 2 * (2 * 1.2 * 0.4 + 0.16 + 0.5))
    # an infinite J₀ with ρκ = 0 makes (L3) no number
    assert least(np.inf, 0.75, **{**layers, "KK": none}) == pytest.approx(12)


def test_pieces_of_a_certificate(monkeypatch):
    """What rounding adds, the norms of small matrices, and how nodes are put into blocks."""
    rounding = slack(np.array([3.0, -4.0]), 0.5), slack(np.array([0.25]), 0.0)
    np.testing.assert_allclose(rounding, [1e-12 * (0.5 + 4 * 2**0.5), 0.25e-12], rtol=1e-12)
    assert _largest(np.array([[0.0, 2.0], [0.0, 0.0]])) == pytest.approx(1)
    assert _largest(np.diag([1.0, -3.0])) == pytest.approx(3)
    assert _largest(np.array([[np.nan]])) == np.inf
    monkeypatch.setattr(certificate, "MARGIN", 0.1)
    grams = [np.diag([1.5, 0.0]), np.diag([0.5, 2.0])]
    assert _norm_at_center(grams) == pytest.approx((2 + 0.1 * 4) ** 0.5)
    loss = SobolevLoss(MLP((1, 1)), np.sin, sr.gauss_legendre([(0, 1)], 5))
    for entries, sizes in ((8, [2, 2, 1]), (1, [1] * 5), (100, [5])):
        monkeypatch.setattr(certificate, "ENTRIES", entries)
        assert [part.n_nodes for part in _blocks(loss, 3)] == sizes


@pytest.mark.parametrize("L", [1, 2, 3])
def test_boxes_cover_the_ball(L):
    """Of ρ_1 ⋯ ρ_L the largest value on Σ ρ_l² ≤ 1 is L^{−L/2}; with more boxes the bound falls to it."""
    exact, corners = L ** (-L / 2), []

    def bound(radii):
        corners.append(radii)
        return float(np.prod(radii))

    values = [_over_boxes(bound, 1.0, L, boxes) for boxes in (1, 4, 16, 200)]
    assert values[0] == 1 and values == sorted(values, reverse=True)
    assert exact <= values[-1] <= 1.2 * exact
    corners.clear()
    _over_boxes(bound, 2.0, L, 30)
    for v in np.random.default_rng(0).normal(size=(200, L)):
        assert any(
            (np.abs(v) / np.linalg.norm(v) <= radii / 2 + 1e-15).all()
            for radii in corners[1:] or corners
        )


def test_no_boxes_where_they_gain_nothing():
    """A bound that is the same in every box is asked for 1 + 2·7 times; of a point, once."""
    asked = []
    same = lambda radii: asked.append(radii) or 3.0
    assert _over_boxes(same, 1.0, 2, 100) == 3 and len(asked) <= 15
    asked.clear()
    assert _over_boxes(same, 0.0, 2, 100) == 3 and len(asked) == 1


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("radius", RADII)
def test_no_ascent_comes_above_a_certificate(depth, radius):
    """Widths to 12, d, k, m ≤ 3, data with gaps, weights 0: 2 ascents of ‖∇²L‖ a ball, 32 in all."""
    loss, L, found = attacked((depth, RADII.index(radius)), depth, radius, ascents=2, widest=12)
    assert found <= L.value * (1 + 1e-12), loss


@pytest.mark.slow
@pytest.mark.skipif(PROFILE != "thorough", reason="3,200 ascents, in the thorough profile")
def test_no_ascent_of_many_comes_above_a_certificate():
    for seed in range(1000, 1040):
        for depth in (1, 2, 3, 4):
            for radius in (0.0, 0.01, 0.1, 1.0):
                loss, L, found = attacked((seed, depth), depth, radius, ascents=5)
                assert found <= L.value * (1 + 1e-12), (seed, depth, radius, loss)


@pytest.mark.slow
def test_a_certificate_is_near_what_it_bounds():
    """Radius 0.1, one hidden layer: the median of 30 ratios of certificate to ascent is below 4."""
    pairs = [attacked((seed, 7), 1, 0.1, widest=10) for seed in range(30)]
    assert np.median([L.value / found for _, L, found in pairs if found]) < 4


def steep(z, T):
    """tanh(10 z) and its slope."""
    a, s = TANH.jets(10 * z, T)
    return a, 10 * s


def test_a_certificate_goes_by_what_the_activation_brings_and_not_by_its_name():
    """W9: ten times steeper and called "tanh": no certificate without bounds, nor with those of tanh."""
    theta = np.array([0.3, 0.1, 0.5, 0.0])

    def loss(sigma):
        return SobolevLoss(MLP((1, 1, 1), sigma), np.sin, RULE)

    with pytest.raises(ValueError, match="^radius: .*derivative_bounds, and 'tanh' has none$"):
        lipschitz(loss(Activation("tanh", np.inf, steep)), theta, radius=0.1)
    message = r"^'tanh': derivative_bounds\(1\): got 1, but |σ⁽ⁿ⁾\(0\)| is 10 for n = 1$"
    with pytest.raises(ValueError, match=message):
        lipschitz(loss(replace(TANH, jets=steep)), theta, radius=0.1)
    bounds = lambda n: 10.0**n * TANH.derivative_bounds(n)
    own = loss(Activation("tanh", np.inf, steep, derivative_bounds=bounds))
    L = lipschitz(own, theta, radius=0.1)
    H = max(np.linalg.norm(own.hessian(theta + 0.05 * e), 2) for e in np.eye(4))
    assert L.kind == "certified" and L.value > H > 22.15
    assert L.derivative_bounds == tuple(bounds(n) for n in range(5 + certificate.MORE_BOUNDS))


@pytest.mark.parametrize(
    ("bounds", "error", "match"),
    [
        (lambda n: 0.9, ValueError, r"derivative_bounds\(0\): got 0.9, but .* for n = 0$"),
        (lambda n: (1, 1, 0.7)[min(n, 2)], ValueError, r"bounds\(2\): got 0.7, but .* for n = 2$"),
        (lambda n: (1, 1, np.inf)[min(n, 2)], ValueError, "got infinity for n = 2, takes numbers"),
        (
            lambda n: np.inf if n == 1 else 9.0,
            ValueError,
            "derivative_bounds: got infinity for n = 1, takes numbers for n >= 1$",
        ),
        (
            lambda n: np.inf if n in (0, 2) else 9.0,
            ValueError,
            "derivative_bounds: got infinity for n = 2, takes numbers for n >= 1$",
        ),
        (
            lambda n: TANH.derivative_bounds(n) if n < 4 else 1.0,  # of the highest that is asked
            ValueError,
            r"derivative_bounds\(4\): got 1, but .* for n = 4$",
        ),
        (lambda n: np.nan, ValueError, r"derivative_bounds\(0\): got nan"),
        (lambda n: "1", TypeError, r"derivative_bounds\(0\): got '1'"),
        (lambda n: -1.0, ValueError, r"derivative_bounds\(0\): got -1"),
    ],
)
def test_bounds_that_are_none(bounds, error, match):
    """W9's neighbours: bounds below the derivatives that the activation itself returns, or no numbers."""
    net = MLP((1, 3, 1), replace(TANH, derivative_bounds=bounds))
    loss = SobolevLoss(net, np.sin, RULE)
    with pytest.raises(error, match=f"^'tanh': .*{match}"):
        lipschitz(loss, net.init(0), radius=3.0)


def test_bounds_that_are_wrong_far_away_only():
    """σ = z²: M_1 = 2 reach is what a ball may need, but no bound for every z."""
    jets = lambda z, T: (T.product(z, z), 2 * z)
    bounds = lambda n: (np.inf, 10.0, 2.0, 0.0)[min(n, 3)]
    net = MLP((1, 1, 1), Activation("square", np.inf, jets, derivative_bounds=bounds))
    loss = SobolevLoss(net, np.sin, RULE)
    near = np.array([1.0, 0.0, 1.0, 0.0])
    assert lipschitz(loss, near, radius=0.1).value >= np.linalg.norm(loss.hessian(near), 2)
    with pytest.raises(ValueError, match=r"^'square': derivative_bounds\(1\): got 10, but"):
        lipschitz(loss, 10 * near, radius=0.1)


def test_a_network_or_a_loss_of_another_make_has_no_certificate():
    """W9's neighbours: a subclass may be another function of θ."""

    class Twice(MLP):
        def forward(self, theta, a, T):
            u, tape = super().forward(theta, a, T)
            return 2 * u, tape

    class Loud(SobolevLoss):
        def __call__(self, theta):
            value, gradient = super().__call__(theta)
            return 9 * value, 9 * gradient

    theta = MLP((1, 3, 1)).init(0)
    with pytest.raises(ValueError, match="^radius: .* for an MLP only, got Twice$"):
        lipschitz(SobolevLoss(Twice((1, 3, 1)), np.sin, RULE), theta, radius=0.1)
    with pytest.raises(TypeError, match="^loss: got .*, takes SobolevLoss and Ridge themselves"):
        lipschitz(Loud(MLP((1, 3, 1)), np.sin, RULE), theta, radius=0.1)
    line = Loud(sr.LinearModel.polynomial(1, [(-1, 1)]), np.sin, RULE)
    assert lipschitz(line, [1.0, 1.0]).kind == "estimate"  # an exact one would be a ninth of it


@pytest.mark.slow
def test_a_bound_beyond_float64_is_no_certificate():
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    for theta, radius in [(net.init(0), 1e200), (1e200 * net.init(0), 1.0)]:
        with pytest.raises(
            ValueError, match="^loss: .* is beyond float64; takes other units, or a s"
        ):
            lipschitz(loss, theta, radius=radius)
    high = SobolevLoss(net, {(0,): np.sin}, RULE, order=170)
    with pytest.raises(ValueError, match="^'tanh': .* got infinity for n = 1.., takes numbers for"):
        lipschitz(high, net.init(0), radius=0.1)
    gelu = SobolevLoss(MLP((1, 3, 1), "gelu"), {(0,): np.sin}, RULE, order=170)
    with pytest.raises(
        ValueError, match=r"^radius: a certificate of order 170 for \(1, 3, 1\) takes"
    ):
        lipschitz(gelu, net.init(0), radius=0.1)


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(s, marks=pytest.mark.slow) for s in (0, *range(2, 6)))]
)
def test_a_network_in_other_units_has_a_certificate(seed):
    """Within two affine maps, and within four: above ‖∇²L‖ at points of the ball, and near it at θ."""
    rng = np.random.default_rng(seed)
    inner, theta = random_loss(rng, 1 + seed % 3, ("tanh", "sin"), widest=4)
    model = inner.model
    for _ in range(1 + seed % 2):
        model = random_scaler(rng, model.d, model.m).model(model)
    data = dict(zip(sr.multi_indices(model.d, inner.order), inner.target_values))
    loss = SobolevLoss(model, data, inner.rule, order=inner.order, weights=(1,) * (inner.order + 1))
    at_theta, on_ball = (lipschitz(loss, theta, radius=rho) for rho in (0.0, 0.2))
    norm = lipschitz(loss, theta).value
    assert norm * (1 - 1e-9) <= at_theta.value <= norm * (1 + 1e-3)
    for _ in range(3):
        v = rng.normal(size=len(theta))
        H = loss.hessian(theta + 0.2 * v / np.linalg.norm(v))
        assert np.linalg.norm((H + H.T) / 2, 2) <= on_ball.value


class Louder(ScaledModel):
    """Ten times as large as it should be."""

    def _outputs(self, eta):
        return 10 * super()._outputs(eta)


def test_of_a_scaled_model_its_kind_and_the_sizes_of_its_factors_count():
    """−5u has the certificate of 5u, and a subclass, which may be another function of θ, has none."""
    net, zero, one = MLP((1, 5, 1)), np.zeros(1), np.ones(1)

    def constant(kind, factor):
        loss = SobolevLoss(kind(net, zero, one, zero, factor * one), lambda x: 0 * x, RULE)
        return lipschitz(loss, net.init(0), radius=0.1).value

    assert constant(ScaledModel, -5.0) == pytest.approx(constant(ScaledModel, 5.0), rel=1e-12)
    with pytest.raises(
        ValueError, match="^radius: a certificate is known for an MLP only, got Louder"
    ):
        constant(Louder, 1.0)


def test_points_where_bounds_are_tried_lie_where_the_ball_takes_the_units():
    """σ = z² with M_1 = 1/2, which holds for |z| ≤ 1/4; and σ = 0, whose derivatives are its bounds."""
    jets = lambda z, T: (T.product(z, z), 2 * z)
    bounds = lambda n: (np.inf, 0.5, 2.0, 0.0)[min(n, 3)]
    near = MLP((1, 1, 1), Activation("square", np.inf, jets, derivative_bounds=bounds))
    nothing = Activation(
        "nothing", np.inf, lambda z, T: (0 * z, 0 * z), derivative_bounds=lambda n: 0.0
    )
    for net in (near, MLP((1, 1, 1), nothing)):
        theta = np.array([0.1, 0.0, 1.0, 0.0])
        loss = SobolevLoss(net, np.sin, RULE)
        L = lipschitz(loss, theta, radius=0.01)
        assert L.kind == "certified" and L.value >= lipschitz(loss, theta).value * (1 - 1e-9)


def test_a_certificate_takes_at_most_so_much_work(monkeypatch):
    """∇²L(θ₀) for P² N A numbers, three derivatives for (k + 3) products a layer, two for (k + 2)."""
    loss = SobolevLoss(MLP((1, 4, 1)), np.sin, RULE)
    theta = loss.model.init(0)

    more = certificate.MORE_BOUNDS

    def with_hessian():
        return len(lipschitz(loss, theta, radius=0.1).derivative_bounds) == 5 + more

    for name, most in (("MOST_WORK", 13**2 * 10 * 2), ("MOST_TERMS", 4 * 3 * 35)):
        with monkeypatch.context() as patch:
            patch.setattr(certificate, name, most)
            assert with_hessian()
            patch.setattr(certificate, name, most - 1)
            assert not with_hessian()
    deep = SobolevLoss(MLP((1, 2, 2, 1)), np.sin, RULE)
    theta = deep.model.init(0)
    most = 3 * 3 * 28  # (k + 2) C(2d + k, k) C(2L + 2, 2)
    monkeypatch.setattr(certificate, "MOST_TERMS", most)
    assert lipschitz(deep, theta, radius=0.1).kind == "certified"
    monkeypatch.setattr(certificate, "MOST_TERMS", most - 1)
    refusal = re.escape(
        "radius: a certificate of order 1 for (1, 2, 2, 1) takes 252 products a layer and node, and at "
        "most 251 are made; takes a lower order"
    )
    with pytest.raises(ValueError, match=f"^{refusal}$"):
        lipschitz(deep, theta, radius=0.1)


def test_norms_of_the_layers_at_the_centre_are_found_for_so_much_work(monkeypatch):
    """For A N L² n³ numbers, L hidden layers of n: with more the certificate is a larger one."""
    loss = SobolevLoss(MLP((1, 3, 3, 3, 1)), np.sin, RULE)
    theta = loss.model.init(0)
    most = 2 * 10 * 3**2 * 3**3
    monkeypatch.setattr(certificate, "MOST_SLOPES", most)
    best = lipschitz(loss, theta, radius=0.1).value
    monkeypatch.setattr(certificate, "MOST_SLOPES", most - 1)
    assert best < 0.6 * lipschitz(loss, theta, radius=0.1).value


def test_the_curvature_at_the_centre_and_the_bound_are_larger_by_what_rounding_may_take(
    monkeypatch,
):
    """‖∇²L(θ₀)‖ by MARGIN, and the least bound by an ε for each operation that adds up to it.

    Of (k + 3) passes through 3 layers of widths 1, 4, 1 with 2 · C(5, 3) coefficients and 11 bounds of σ,
    and of 20 data.
    """
    monkeypatch.setattr(certificate, "MARGIN", 0.25)
    asked = []
    monkeypatch.setattr(
        certificate, "_least", lambda nodes, J, curvature, radii: asked.append(curvature) or 1.0
    )
    loss = SobolevLoss(MLP((1, 4, 1)), np.sin, RULE)
    theta = loss.model.init(0)
    bound, *_ = certificate.certified(loss, theta, 0.1)
    norm = np.abs(np.linalg.eigvalsh(loss.hessian(theta))).max()
    np.testing.assert_allclose(asked, 1.25 * norm, rtol=1e-9)
    assert bound == 1 + (4 * (1 + 4 + 1 + 3 * (2 * 10 + 30 + 3 * 11)) + 20 + 100) * 2.0**-52


def test_the_ball_is_larger_by_what_rounding_may_add(monkeypatch):
    loss = SobolevLoss(MLP((1, 2, 1)), np.sin, RULE)
    theta = loss.model.init(0)
    twice = lipschitz(loss, theta, radius=0.2).value
    monkeypatch.setattr(certificate, "slack", lambda center, rho: rho)
    assert lipschitz(loss, theta, radius=0.1).value == pytest.approx(twice, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "most"), [("MOST_COLUMNS", 0), ("MOST_WORK", 0), ("MOST_TERMS", 135)]
)
def test_with_less_work_a_certificate_is_larger_and_true(name, most, monkeypatch):
    """Without the whole of JᵀJ, without ∇²L(θ₀), and without majorants of ∇³r."""
    net = MLP((1, 4, 1))
    loss, theta = SobolevLoss(net, np.sin, RULE), net.init(0)
    best = lipschitz(loss, theta, radius=0.1).value
    monkeypatch.setattr(f"sobolev_ref.theory.certificate.{name}", most)
    L = lipschitz(loss, theta, radius=0.1)
    assert best <= L.value * (1 + 1e-8)
    assert max(lipschitz(loss, theta + 0.1 * e).value for e in np.eye(13)) <= L.value


def test_without_bounds_of_one_more_derivative_the_hessian_at_the_centre_is_no_help():
    """σ with M_{k+3} = ∞, or of smoothness k + 1: (L3) needs ∇³r."""
    net = MLP((1, 4, 1))
    theta = net.init(0)
    sigma = net.activation
    bounds = lambda n: sigma.derivative_bounds(n) if n < 4 else np.inf
    less = [replace(sigma, derivative_bounds=bounds), replace(sigma, smoothness=2)]
    enough = SobolevLoss(MLP((1, 4, 1), replace(sigma, smoothness=3)), np.sin, RULE)
    assert len(lipschitz(enough, theta, radius=0.01).derivative_bounds) == 5
    best, *others = (
        lipschitz(SobolevLoss(MLP((1, 4, 1), s), np.sin, RULE), theta, radius=0.01)
        for s in (sigma, *less)
    )
    assert all(best.value < L.value for L in others)
    assert [len(L.derivative_bounds) for L in others] == [4, 4]


@pytest.mark.slow
@settings(max_examples=3 if PROFILE == "dev" else 10)
@given(st.floats(0, 0.5), st.floats(0, 3), SEEDS)
def test_a_sum_has_the_sum_of_the_constants(radius, mu, seed):
    """W9: loss + Ridge: exactly μ more, and above ‖∇²L‖ on the ball; two losses: one after the other."""
    rng = np.random.default_rng(seed)
    net = MLP((1, 3, 1), "silu")
    loss, more = SobolevLoss(net, np.sin, RULE), SobolevLoss(net, np.exp, RULE, order=0)
    theta = rng.normal(size=net.n_parameters)
    alone, also = lipschitz(loss, theta, radius=radius), lipschitz(more, theta, radius=radius)
    L = lipschitz(loss + Ridge(mu, len(theta)) + more, theta, radius=radius)
    assert L.value == pytest.approx(alone.value + mu + also.value, rel=1e-11)
    assert L.kind == "certified" and L.radius == radius
    assert L.derivative_bounds == alone.derivative_bounds  # of the higher order
    v = rng.normal(size=len(theta))
    H = (loss + Ridge(mu, len(theta)) + more).hessian(theta + radius * v / np.linalg.norm(v))
    assert np.linalg.norm((H + H.T) / 2, 2) <= L.value


@pytest.mark.slow
@pytest.mark.parametrize("entries", [1, 100, 10**9])
def test_blocks_of_nodes_do_not_show(entries, monkeypatch):
    """60,000 nodes, 64 neurons, d = 3, k = 2: 24 MB in place of 713; the value is that of the whole."""
    net = MLP((1, 3, 2))
    loss = SobolevLoss(net, lambda x: (np.sin(x), x), RULE)
    L = lipschitz(loss, net.init(0), radius=0.3)
    monkeypatch.setattr("sobolev_ref.theory.certificate.ENTRIES", entries)
    again = lipschitz(loss, net.init(0), radius=0.3)
    assert again.value == pytest.approx(L.value, rel=1e-12)
    assert again.derivative_bounds == L.derivative_bounds


def test_a_certificate_grows_with_its_ball():
    """At radius 0 it bounds the Hessian at θ."""
    net = MLP((1, 5, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    values = [float(lipschitz(loss, net.init(0), radius=r)) for r in (0.0, 0.1, 1.0)]
    assert values == sorted(values) and values[0] >= float(lipschitz(loss, net.init(0)))


@pytest.mark.parametrize(
    ("model", "p", "match"),
    [
        (MLP((1, 3, 1)), 3, "^radius: a certificate is known for p = 2 only, got p = 3$"),
        (Cubic(), 2, "^radius: a certificate is known for an MLP only, got Cubic$"),
        (
            MLP((1, 3, 1), Activation("tanh", np.inf, TANH.jets)),
            2,
            "^radius: a certificate takes an Activation with derivative_bounds, and 'tanh' has none$",
        ),
        (
            MLP((1, 3, 1), "relu"),
            2,
            "^radius: a certificate of order 1 takes σ with 2 derivatives that are Lipschitz, "
            "and 'relu' has smoothness 0$",
        ),
        (
            MLP((1, 3, 1), replace(TANH, smoothness=1)),
            2,
            "^radius: a certificate of order 1 takes .* and 'tanh' has smoothness 1$",
        ),
    ],
)
def test_where_no_certificate_is_known(model, p, match):
    with pytest.raises(ValueError, match=match):
        lipschitz(
            SobolevLoss(model, np.sin, RULE, p=p, kinks="ignore"),
            np.ones(model.n_parameters),
            radius=1.0,
        )
