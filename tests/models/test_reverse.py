"""The reverse road (R1), (R2) against the forward road, to 1e−13."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, SobolevLoss
from sobolev_ref.models.reverse import cheaper
from sobolev_ref.testing.strategies import losses


def on_both_roads(loss):
    """The same loss by the forward road and by the reverse road."""
    data = dict(zip(sr.multi_indices(loss.model.d, loss.order), loss.target_values))
    options = {"order": loss.order, "p": loss.p, "kinks": "ignore"}
    weights = dict(zip(data, loss.weights.tolist()))
    return [
        SobolevLoss(loss.model, data, loss.rule, weights=weights, road=road, **options)
        for road in ("forward", "reverse")
    ]


@given(losses(p=st.sampled_from([2, 3, 1.5, 4]), max_d=4), SEEDS)
def test_the_roads_agree(drawn, seed):
    """L, ∇L and ∇²L v, for any smooth activation, depth, order ≥ 1, m, p, λ and with missing data."""
    loss, theta = drawn
    assume(loss.order >= 1 and len(loss.model.widths) > 2)
    forward, reverse = on_both_roads(loss)
    assert (forward.road, reverse.road) == ("forward", "reverse")
    (v, g), (value, gradient) = forward(theta), reverse(theta)
    assert value == pytest.approx(v, rel=1e-13, abs=1e-300)
    np.testing.assert_allclose(gradient, g, rtol=0, atol=1e-13 * (np.abs(g).max() + 1e-9))
    if loss.p >= 2:
        v = np.random.default_rng(seed).normal(size=len(theta))
        Hv = forward.hessp(theta, v)
        atol = 1e-12 * (np.abs(Hv).max() + 1e-9)
        np.testing.assert_allclose(reverse.hessp(theta, v), Hv, rtol=0, atol=atol)


def test_the_roads_agree_on_relu():
    net, rng = MLP((2, 4, 1), "relu"), np.random.default_rng(0)
    data = {alpha: np.ones((5, 1)) for alpha in sr.multi_indices(2, 1)}
    rule = sr.Quadrature(rng.normal(size=(5, 2)), np.ones(5))
    forward, reverse = on_both_roads(SobolevLoss(net, data, rule, kinks="ignore"))
    theta = net.init(0) + 0.1
    np.testing.assert_allclose(reverse(theta)[1], forward(theta)[1], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("p", [1.5, 2, 3])
def test_the_gradient_is_the_complex_step_of_the_value(p):
    """(R2) is the transpose of (R1): Im L(θ + ihe)/h takes the sweep of (R1) alone."""
    net, f = MLP((3, 5, 4, 2), "gelu"), lambda x, y, z: (x * y, np.sin(z))
    rule = sr.sobol([(-1, 1)] * 3, 8, rng=0)
    loss = SobolevLoss(net, f, rule, order=2, p=p, road="reverse", weights=(0.3, 1, 2))
    theta = net.init(0) + 0.1
    by_step = [loss(theta + 1e-20j * e)[0].imag / 1e-20 for e in np.eye(len(theta))]
    np.testing.assert_allclose(loss(theta)[1], by_step, rtol=0, atol=1e-12 * np.abs(by_step).max())


def test_the_road_is_chosen_by_the_count_of_work():
    """C(d+k−1, k−1)(1 + m) rows against C(d+k, k), a row of the reverse road counted 1.2 times."""
    cases = [(d, k, m) for d in (1, 2, 3, 10) for k in (0, 1, 2) for m in (1, 5)]
    reverse = {(2, 1, 1), (3, 1, 1), (3, 2, 1), (10, 1, 1), (10, 1, 5), (10, 2, 1)}
    assert {(d, k, m) for d, k, m in cases if cheaper(MLP((d, 8, m)), k)} == reverse
    assert not cheaper(MLP((5, 8, 4)), 1)  # 1.2 · 5 rows against 6, though d > k


def test_a_row_costs_less_in_wide_layers():
    """0.7 (2 + m) C(d+k−1, k−1) against C(d+k, k), so for d = m = 1 never and for d = m > 1 at k = 1."""
    cases = [(d, k, m) for d in (1, 2, 3) for k in (0, 1, 2) for m in (1, 2, 3)]
    reverse = {(2, 1, 1), (2, 1, 2), (3, 1, 1), (3, 1, 2), (3, 1, 3), (3, 2, 1)}
    assert {(d, k, m) for d, k, m in cases if cheaper(MLP((d, 64, m)), k)} == reverse
    assert not cheaper(MLP((3, 63, 63, 3)), 1)


def test_a_loss_takes_the_road_that_is_cheaper():
    rule, f = sr.monte_carlo([(0, 1)] * 10, 4, rng=0), lambda *x: sum(x)
    assert SobolevLoss(MLP((10, 8, 1)), f, rule).road == "reverse"
    assert SobolevLoss(MLP((10, 8, 1)), f, rule, road="forward").road == "forward"


BARE = sr.Activation("bare", np.inf, sr.ACTIVATIONS["tanh"].jets)  # without a rule for σ″


@pytest.mark.parametrize(
    ("model", "order"),
    [
        (LinearModel.polynomial(2, [(0, 1)]), 1),
        (MLP((1, 1)), 1),
        (MLP((1, 3, 1)), 0),
        (MLP((1, 3, 1), BARE), 1),
    ],
)
def test_where_there_is_no_reverse_road(model, order):
    rule = sr.midpoint([(0, 1)], 4)
    assert SobolevLoss(model, np.sin, rule, order=order).road == "forward"
    for road, match in [
        (
            "reverse",
            "^road: 'reverse' takes an MLP with a hidden layer whose activation has a rule",
        ),
        ("both", "^road: got 'both', takes 'auto', 'forward' or 'reverse'$"),
    ]:
        with pytest.raises(ValueError, match=match):
            SobolevLoss(model, np.sin, rule, order=order, road=road)
