"""The reverse road (R1), (R2) against the forward road, to 1e−13."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import losses

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, SobolevLoss
from sobolev_ref.models.reverse import cheaper


def on_both_roads(loss):
    rule, data = (
        loss.rule,
        dict(zip(sr.multi_indices(loss.model.d, loss.order), loss.target_values)),
    )
    weights = dict(zip(data, loss.weights.tolist()))
    return [
        SobolevLoss(
            loss.model,
            data,
            rule,
            order=loss.order,
            p=loss.p,
            weights=weights,
            kinks="ignore",
            road=road,
        )
        for road in ("forward", "reverse")
    ]


@given(losses(p=st.sampled_from([2, 3, 1.5, 4]), max_d=4, max_order=3))
def test_the_roads_agree(drawn):
    """Values and gradients, for every activation, depth, order ≥ 1, m, p, λ and with missing data."""
    loss, theta = drawn
    assume(loss.order >= 1)
    forward, reverse = on_both_roads(loss)
    (v, g), (value, gradient) = forward(theta), reverse(theta)
    assert value == pytest.approx(v, rel=1e-13, abs=1e-300)
    np.testing.assert_allclose(gradient, g, rtol=0, atol=1e-13 * (np.abs(g).max() + 1e-9))


@pytest.mark.parametrize("p", [2, 3])
def test_the_complex_step_goes_down_the_reverse_road_too(p):
    net = MLP((3, 5, 4, 2), "gelu")
    loss = SobolevLoss(
        net,
        lambda x, y, z: (x * y, np.sin(z)),
        sr.sobol([(-1, 1)] * 3, 8, rng=0),
        order=2,
        p=p,
        road="reverse",
        weights=(0.3, 1, 2),
    )
    theta = net.init(0) + 0.1
    by_step = [loss(theta + 1e-20j * e)[0].imag / 1e-20 for e in np.eye(len(theta))]
    np.testing.assert_allclose(loss(theta)[1], by_step, rtol=0, atol=1e-12 * np.abs(by_step).max())
    v = np.random.default_rng(0).normal(size=len(theta))
    Hv = loss(theta + 1e-20j * v)[1].imag / 1e-20
    np.testing.assert_allclose(loss.hessp(theta, v), Hv, rtol=0, atol=1e-12 * np.abs(Hv).max())


def test_relu_and_no_hidden_layer():
    for net in (MLP((2, 4, 1), "relu"), MLP((2, 3))):
        data = {a: np.ones((5, net.m)) for a in sr.multi_indices(2, 1)}
        rule = sr.Quadrature(np.random.default_rng(0).normal(size=(5, 2)), np.ones(5))
        forward, reverse = (
            SobolevLoss(net, data, rule, kinks="ignore", road=road)
            for road in ("forward", "reverse")
        )
        theta = net.init(0) + 0.1
        np.testing.assert_allclose(reverse(theta)[1], forward(theta)[1], rtol=1e-12, atol=1e-13)


def test_the_road_is_chosen_by_the_count_of_work():
    """C(d+k−1, k−1)(1 + m) rows against C(d+k, k), a row of the reverse road counted 1.2 times."""
    chosen = {
        (d, k, m): cheaper(MLP((d, 8, m)), k)
        for d in (1, 2, 3, 10)
        for k in (0, 1, 2)
        for m in (1, 5)
    }
    assert {key for key, reverse in chosen.items() if reverse} == {
        (2, 1, 1),
        (3, 1, 1),
        (3, 2, 1),
        (10, 1, 1),
        (10, 1, 5),
        (10, 2, 1),
    }
    rule = sr.monte_carlo([(0, 1)] * 10, 4, rng=0)
    f = lambda *x: sum(x)
    assert SobolevLoss(MLP((10, 8, 1)), f, rule).road == "reverse"
    assert SobolevLoss(MLP((10, 8, 1)), f, rule, road="forward").road == "forward"
    assert SobolevLoss(MLP((1, 8, 1)), np.sin, sr.midpoint([(0, 1)], 4)).road == "forward"


BARE = sr.Activation("bare", np.inf, sr.ACTIVATIONS["tanh"].jets)  # without a rule for σ″


@pytest.mark.parametrize(
    ("model", "order"),
    [(LinearModel.polynomial(2, [(0, 1)]), 1), (MLP((1, 3, 1)), 0), (MLP((1, 3, 1), BARE), 1)],
)
def test_where_there_is_no_reverse_road(model, order):
    rule = sr.midpoint([(0, 1)], 4)
    with pytest.raises(
        ValueError, match="^road: 'reverse' takes an MLP whose activation has a rule"
    ):
        SobolevLoss(model, np.sin, rule, order=order, road="reverse")
    assert SobolevLoss(model, np.sin, rule, order=order).road == "forward"
    with pytest.raises(
        ValueError, match="^road: got 'both', takes 'auto', 'forward' or 'reverse'$"
    ):
        SobolevLoss(model, np.sin, rule, order=order, road="both")
