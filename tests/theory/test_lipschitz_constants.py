"""Definition 6, ‖∇L(θ₁) − ∇L(θ₂)‖ ≤ L ‖θ₁ − θ₂‖ (D6): each constant against what it claims to be.

The certificate has its own tests.
"""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Lipschitz, Ridge, SobolevLoss, lipschitz
from sobolev_ref.theory.counterexamples import Cubic

RULE = sr.gauss_legendre([(-1, 1)], 10)


@given(st.integers(0, 4), SEEDS, st.floats(0.1, 3))
def test_exact_of_a_linear_model_is_the_largest_eigenvalue(degree, seed, weight):
    model = LinearModel.polynomial(degree, [(-1, 1)], m=2)
    loss = SobolevLoss(model, lambda x: (np.sin(x), x), RULE, order=2, weights=(1, weight, 0.2))
    L = lipschitz(loss)
    assert L.kind == "exact"
    H = loss.hessian(np.zeros(model.n_parameters))
    assert L.value == pytest.approx(np.linalg.eigvalsh(H).max(), rel=1e-10)
    a, b = np.random.default_rng(seed).normal(size=(2, model.n_parameters))
    gap = np.linalg.norm(loss(a)[1] - loss(b)[1])
    assert gap <= L.value * np.linalg.norm(a - b) * (1 + 1e-12)  # (D6)


def test_exact_is_that_of_the_output_with_the_most_data():
    """Of two outputs the first was measured at one node only: λ_max of the Hessian is the second's."""
    model = LinearModel.polynomial(2, [(-1, 1)], m=2)
    values = np.ones((10, 2))
    values[1:, 0] = np.nan
    loss = SobolevLoss(model, {(0,): values}, RULE)
    H = loss.hessian(np.zeros(6))
    assert lipschitz(loss).value == pytest.approx(np.linalg.eigvalsh(H).max(), rel=1e-12)


@pytest.mark.parametrize("width", [4, 40])
def test_an_estimate_is_the_largest_eigenvalue(width):
    """By the dense Hessian below 60 parameters, by Lanczos above; the same answer."""
    net = MLP((1, width, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    theta = net.init(0)
    L = lipschitz(loss, theta)
    exact = np.abs(np.linalg.eigvalsh(loss.hessian(theta))).max()
    assert L.kind == "estimate" and L.value == pytest.approx(exact, rel=1e-9)
    assert lipschitz(loss, theta).value == L.value  # the same bits
    other = net.init(1)
    along = lipschitz(loss, theta, other)
    secant = lipschitz(loss, theta, other, method="secant")
    assert secant.kind == "estimate"
    assert 0 < secant.value <= along.value * 1.2
    gap = np.linalg.norm(loss(other)[1] - loss(theta)[1]) / np.linalg.norm(other - theta)
    assert secant.value == pytest.approx(gap, rel=1e-14)
    assert L.how == "largest |eigenvalue| at theta" and secant.how == "a secant"
    assert along.kind == "estimate"
    assert along.how == "largest |eigenvalue| at 8 points of a segment"


def test_more_points_on_a_segment_find_no_less():
    net = MLP((1, 4, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    ends = net.init(0), 3 * net.init(1)
    dense = max(
        float(lipschitz(loss, ends[0] + t * (ends[1] - ends[0]))) for t in np.linspace(0, 1, 41)
    )
    assert float(lipschitz(loss, *ends, n=30)) == pytest.approx(dense, rel=0.02)
    middle = lipschitz(loss, (ends[0] + ends[1]) / 2)  # Gauss' rule of one point is the midpoint's
    one = lipschitz(loss, *ends, n=1)
    assert one.value == pytest.approx(middle.value, rel=1e-12)
    assert one.how == "largest |eigenvalue| at 1 points of a segment"


def test_a_certificate_is_printed_rounded_upwards():
    bound = sr.Lipschitz(1.2345671, "certified", "by hand", [0.0], 1.0)
    assert "L <= 1.23457 " in str(bound) and "L ~ 1.23457 " in str(
        sr.Lipschitz(1.2345671, "estimate", "x")
    )
    assert "L <= 1.23458 " in str(sr.Lipschitz(1.2345701, "certified", "by hand", [0.0], 1.0))


def test_the_kind_is_printed_with_the_number():
    assert str(Lipschitz(2.5, "exact", "see p. 3")) == "L = 2.5 (exact by the caller: see p. 3)"
    ball = Lipschitz(3.0, "certified", "on a ball", center=[1], radius=0.5)
    assert str(ball) == "L <= 3 (certified by the caller: on a ball)"
    assert str(Lipschitz(3.0, "estimate", "at theta")) == "L ~ 3 (estimate: at theta)"
    assert float(Lipschitz(3.0, "exact", "")) == 3.0
    assert repr([ball]) == "[L <= 3 (certified by the caller: on a ball)]"


def test_a_certificate_says_where_it_holds_and_whose_bounds_it_takes():
    own = replace(sr.ACTIVATIONS["tanh"], name="own")
    for sigma, whose in (("tanh", ""), (own, ", by what 'own' states of its derivatives")):
        net = MLP((1, 3, 1), sigma)
        loss = SobolevLoss(net, np.sin, RULE)
        ball = lipschitz(loss + loss, net.init(0), radius=0.1)
        assert str(ball).endswith(f"(certified: on the ball of radius 0.1 about theta{whose})")


def test_a_certificate_of_a_sum_adds_those_of_its_parts():
    """And a Ridge's μ; it states the bounds M_n of the part of highest order."""
    net = MLP((1, 3, 1))
    theta, (low, high) = net.init(0), (SobolevLoss(net, np.sin, RULE, order=k) for k in (0, 2))
    whole, of_low, of_high = (
        lipschitz(loss, theta, radius=0.1) for loss in (low + high + Ridge(0.5, 10), low, high)
    )
    assert float(whole) == pytest.approx(float(of_low) + float(of_high) + 0.5, rel=1e-9)
    assert whole.derivative_bounds == of_high.derivative_bounds != of_low.derivative_bounds


def test_a_number_with_another_field_is_no_certificate_any_more():
    """Replaced value, radius, centre, words: it is the caller's own, and a copy is what it was."""
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    ball = lipschitz(loss, net.init(0), radius=0.1)
    assert str(ball).endswith(f"(certified: {ball.how})") and ball.loss is loss
    for changed in (
        {"value": ball.value / 2},
        {"radius": 1.0},
        {"radius": np.inf, "center": None},
        {"center": 3 * net.init(0)},
        {"how": "everywhere", "derivative_bounds": (0.0,)},
    ):
        own = replace(ball, **changed)
        assert f"(certified by the caller: {own.how})" in str(own) and own.loss is None
    assert "(exact by the caller: " in str(replace(ball, kind="exact"))
    for copied in (pickle.loads(pickle.dumps(ball)), copy.deepcopy(ball)):
        assert str(copied) == str(ball) and copied.on(net.init(0) + 1).kind == "estimate"


def test_outside_its_ball_a_certificate_is_an_estimate():
    """W9: a distance beyond the radius by more than rounding, or a neighbourhood that sticks out."""
    ball = Lipschitz(
        3.0, "certified", "by hand", center=[1.0, 2.0], radius=5.0, derivative_bounds=(1,)
    )
    assert ball.on([4.0, 6.0]) is ball and ball.on([1.0, 2.0], reach=5.0) is ball
    assert ball.on(np.nextafter([4.0, 6.0], 9.0)) is ball
    for point, reach in [
        ([4.0, 6.0], 1e-6),
        ([4.0, 6.001], 0),
        ([1e300, 0.0], 0),
        ([1, 2], np.inf),
    ]:
        left = ball.on(point, reach)
        assert str(left) == "L ~ 3 (estimate: by hand; outside its ball)"
        assert left.on([1.0, 2.0]) is left  # once lost, lost
        assert left.radius == 5 and left.center is not None and left.derivative_bounds == (1,)
    nowhere = Lipschitz(3.0, "certified", "by hand", center=[1.0, 2.0], radius=0)
    assert nowhere.on([1.0, 2.0]) is nowhere and nowhere.on([1.0, 2.0001]).kind == "estimate"
    everywhere = Lipschitz(3.0, "certified", "by hand", radius=np.inf)
    assert everywhere.on([1e300]) is everywhere
    exact = Lipschitz(3.0, "exact", "by hand")
    assert exact.on([1e300]) is exact
    with pytest.raises(ValueError, match=r"^point: got shape \(3,\), takes shape \(2,\)$"):
        ball.on([1.0, 2.0, 3.0])


def test_a_certificate_keeps_its_centre():
    """W9's neighbour: what the caller does with the array afterwards does not move the ball."""
    center = np.array([1.0, 2.0])
    ball = Lipschitz(3.0, "certified", "by hand", center=center, radius=1.0)
    center[:] = 50
    np.testing.assert_array_equal(ball.center, [1, 2])
    with pytest.raises(ValueError, match="read-only"):
        ball.center[0] = 50
    assert ball == Lipschitz(3.0, "certified", "by hand", center=[1.0, 2.0], radius=1.0)


@pytest.mark.parametrize(
    ("ball", "match"),
    [
        ({}, "^radius: got none, but a certificate takes its ball, center and radius$"),
        ({"radius": 1.0}, "^center: got none, but a ball of finite radius takes one$"),
        ({"center": [1.0]}, "^radius: got none, but a certificate takes its ball"),
        ({"center": [[1.0]], "radius": 1.0}, r"^center: got shape \(1, 1\), takes shape \(P,\)$"),
        ({"center": [np.nan], "radius": 1.0}, "^center: got 1 NaN"),
        ({"center": [1.0], "radius": -1.0}, "^radius: got -1, takes a number >= 0"),
        (
            {"radius": np.inf, "derivative_bounds": (1.0, -1.0)},
            r"^derivative_bounds\[1\]: got -1, takes a number >= 0",
        ),
    ],
)
def test_a_certificate_without_its_ball_is_none(ball, match):
    with pytest.raises(ValueError, match=match):
        Lipschitz(3.0, "certified", "by hand", **ball)


def of_no_weight(model, target):
    """A loss that is 0 for every θ: the part of another that belongs to a node of weight 0."""
    return SobolevLoss(model, target, sr.Quadrature([0.5, 1.0], [0.0, 1.0])).batch([0])


def test_exact_of_a_sum():
    """W9: λ_max + μ with a Ridge; of two losses that of the sum, below the sum of the two."""
    model = LinearModel.polynomial(2, [(-1, 1)], m=2)
    one = SobolevLoss(model, lambda x: (np.sin(x), x), RULE)
    two = SobolevLoss(model, lambda x: (x, x), RULE, order=0)
    zero = np.zeros(model.n_parameters)
    for loss in (one + Ridge(0.7, 6), one + two + Ridge(0.7, 6) + Ridge(2.0, 6), one + two):
        L = lipschitz(loss)
        assert L.kind == "exact"
        assert L.value == pytest.approx(np.linalg.eigvalsh(loss.hessian(zero)).max(), rel=1e-13)
    assert lipschitz(one + Ridge(0.7, 6)).value == pytest.approx(
        lipschitz(one).value + 0.7, rel=1e-15
    )
    alone = lipschitz(Ridge(0.7, 6))
    assert (alone.value, alone.kind) == (0.7, "exact")
    nothing = of_no_weight(model, lambda x: (x, x))
    assert lipschitz(nothing).value == 0 and lipschitz(nothing + Ridge(0.7, 6)).value == 0.7
    for weight in (1.0, 1e3):
        rule = sr.Quadrature([1.0], [1e308])
        beyond = SobolevLoss(model, lambda x: (x, x), rule, weights=(weight, 0))
        with pytest.raises(
            ValueError, match="^loss: .* is beyond float64; takes other units, or a s"
        ):
            lipschitz(beyond)


def test_a_sum_with_a_network_is_an_estimate_of_the_whole():
    net = MLP((1, 4, 1))
    theta = net.init(0)
    loss = SobolevLoss(net, np.sin, RULE) + Ridge(3.0, len(theta))
    L = lipschitz(loss, theta)
    assert L.kind == "estimate"
    assert L.value == pytest.approx(np.abs(np.linalg.eigvalsh(loss.hessian(theta))).max(), rel=1e-9)
    assert lipschitz(loss, theta, 2 * theta, method="secant").value > 0


def test_a_linear_model_in_other_units_is_linear():
    """u = 4 θ·φ((x − 1)/2) on [−1, 3] has the Hessian of θ itself, in closed form by `hessian`."""
    rule, scaler = sr.gauss_legendre([(-1, 3)], 8), sr.Standardizer([1.0], [2.0], [0.0], [4.0])
    model = scaler.model(LinearModel.polynomial(2, [(-1, 1)]))
    loss = SobolevLoss(model, np.sin, rule)
    L = lipschitz(loss)
    top = np.linalg.eigvalsh(loss.hessian(np.zeros(3))).max()
    assert L.kind == "exact" and L.value == pytest.approx(top, rel=1e-13)
    features = scaler.model(Cubic())
    with pytest.raises(
        ValueError, match="^radius: a certificate is known for an MLP only, got Cubic$"
    ):
        lipschitz(SobolevLoss(features, np.sin, rule), np.ones(1), radius=1.0)


def test_a_network_without_hidden_layer_has_a_constant_hessian():
    """u = wx + b, k = 1 on [−1, 1]: ∇²L = 2 diag(∫ x² + 1, ∫ 1) = diag(16/3, 4)."""
    L = lipschitz(SobolevLoss(MLP((1, 1), "relu"), np.sin, RULE, kinks="ignore"))
    assert L.kind == "exact" and L.value == pytest.approx(16 / 3, rel=1e-14)


@pytest.mark.parametrize("width", [3, 40])
def test_where_the_hessian_is_zero_so_is_the_estimate(width):
    """W16: weights of zero, and the slopes of dead neurons; with 10 and with 121 parameters."""
    net = MLP((1, width, 1))
    loss = of_no_weight(net, np.sin)
    assert lipschitz(loss, net.init(0)).value == 0
    assert lipschitz(loss, net.init(0), net.init(1)).value == 0
    dead = MLP((1, width, 1), "relu")
    only = SobolevLoss(dead, {(1,): np.cos}, RULE, weights=(0, 1), kinks="ignore")
    theta = dead.pack([(np.zeros((width, 1)), -np.ones(width)), (np.ones((1, width)), [0.0])])
    assert lipschitz(only, theta).value == 0
    loss = of_no_weight(net, np.sin) + Ridge(2.0, net.n_parameters)
    assert lipschitz(loss, net.init(0)).value == pytest.approx(2, rel=1e-14)


@pytest.mark.parametrize("size", [1e-270, 1e-30, 1e-13, 1e13, 1e200])
def test_an_estimate_does_not_depend_on_the_unit_of_the_loss(size):
    """W16's neighbours: ARPACK's own tolerance is absolute below 1e−11."""
    net = MLP((1, 30, 1))
    theta = net.init(0)
    one = lipschitz(SobolevLoss(net, np.sin, RULE), theta).value
    other = lipschitz(SobolevLoss(net, np.sin, RULE, weights=(size, size)), theta).value
    assert other == pytest.approx(size * one, rel=1e-12, abs=0)


@pytest.mark.parametrize("width", [3, 40])
def test_a_hessian_beyond_float64_is_refused(width):
    """W16's neighbour: below and above 60 parameters."""
    net = MLP((1, width, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    with pytest.raises(ValueError, match="^theta: got a point where the Hessian is beyond float64"):
        lipschitz(loss, np.full(net.n_parameters, 1e200))


NET, THETA = MLP((1, 3, 1)), MLP((1, 3, 1)).init(0)
LOSS, ROUGH = SobolevLoss(NET, np.sin, RULE), SobolevLoss(NET, np.sin, RULE, p=1.5)
LINE = SobolevLoss(LinearModel.polynomial(1, [(-1, 1)]), np.sin, RULE)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: lipschitz(ROUGH, THETA), "^p: got 1.5"),
        (lambda: lipschitz(LOSS, THETA[1:]), "^theta: got shape"),
        (lambda: lipschitz(LOSS, THETA, THETA[1:]), "^other: got shape"),
        (lambda: lipschitz(LOSS, THETA, 2 * THETA, n=0), "^n: got 0"),
        (lambda: lipschitz(LINE, n=0), "^n: got 0"),
        (lambda: lipschitz(LINE, [1.0]), "^theta: got shape"),
        (lambda: lipschitz(LINE, radius=-1.0), "^radius: got -1"),
        (lambda: lipschitz(LOSS, THETA, 2 * THETA, radius=1.0), "^radius: got a ball, but other"),
        (lambda: lipschitz(LOSS, THETA, radius=1.0, method="secant"), "^radius: got a ball, but"),
        (
            lambda: lipschitz(LOSS, THETA, radius=-1.0),
            "^radius: got -1, takes a finite number >= 0$",
        ),
        (
            lambda: lipschitz(LOSS, THETA, method="power"),
            "^method: got 'power', takes 'hessian' or",
        ),
        (lambda: lipschitz(LOSS, THETA, method="secant"), "^other: needed for a secant$"),
        (
            lambda: lipschitz(LOSS, THETA, THETA, method="secant"),
            "^other: equals theta, so there is no secant$",
        ),
        (
            lambda: lipschitz(LOSS),
            r"^theta: needed, unless each part is a Ridge, or a SobolevLoss or ResidualLoss with p = 2 of a "
            r"linear model; .*, and that of a network's has none \(docs/errata.md\)$",
        ),
        (  # u², whose model is linear
            lambda: lipschitz(
                sr.NonlinearResidual(
                    LinearModel.polynomial(1, [(0, 1)]),
                    lambda x, D: D[0,] ** 2,
                    lambda x, D: {(0,): 2 * D[0,]},
                    1.0,
                    sr.samples([0.5]),
                    order=0,
                )
            ),
            "^theta: needed, .* of the gradients of other losses no global Lipschitz constant is known",
        ),
    ],
)
def test_bad_values(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: lipschitz(np.sin, THETA),
            "^loss: got ufunc, takes a SobolevLoss or a sum of losses$",
        ),
        (lambda: lipschitz(LOSS, 1j * THETA), "^theta: got"),
        (lambda: lipschitz(LOSS, THETA, 1j * THETA), "^other: got"),
    ],
)
def test_bad_types(call, match):
    with pytest.raises(TypeError, match=match):
        call()


def test_linear_models_go_by_the_hessian_only_for_p_two_and_not_by_a_secant():
    model = LinearModel.polynomial(1, [(0, 1)])
    square, fourth = (SobolevLoss(model, np.sin, RULE, p=p) for p in (2, 4))
    secant = lipschitz(square, [1, 1], [1, 2], method="secant")
    assert secant.kind == "estimate"
    # ‖He‖ for φ = (1, 2x − 1) on [−1, 1], H = 2 ∫ φφᵀ + φ′φ′ᵀ, e = (0, 1)  (D6)
    assert secant.value == pytest.approx(2 * np.hypot(-2, 8 / 3 + 2 + 8), rel=1e-13)
    assert lipschitz(fourth, [1, 1]).kind == "estimate"
    exact = lipschitz(square)
    assert exact.how == "largest eigenvalue of the constant Hessian"


def test_a_secant_works_below_p_two():
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, RULE, p=1.5)
    assert lipschitz(loss, net.init(0), net.init(1), method="secant").value > 0


def test_a_ridge_of_one_mu_for_each_parameter():
    """∇² of a sum of two is the largest sum of their μ_j; a run stays where the least μ_j bounds it."""
    both = sr.Ridge([3.0, 0.0], 2) + sr.Ridge(1.0, 2)
    assert np.isclose(float(sr.lipschitz(both)), 4.0)
    assert sr.provable_step(sr.Ridge([3.0, 0.5], 2) + sr.Ridge(1.0, 2), [1.0, 1.0]).mu == 1.5
    parts = sr.Ridge([3.0, 0.0], 2) + sr.Ridge([0.0, 2.0], 2)
    assert sr.provable_step(parts, [1.0, 1.0]).mu == 2.0
