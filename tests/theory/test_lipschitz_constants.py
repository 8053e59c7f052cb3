"""Definition 6, ‖∇L(θ₁) − ∇L(θ₂)‖ ≤ L ‖θ₁ − θ₂‖ (D6): each constant against what it claims to be.

The certificate has its own tests.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Lipschitz, SobolevLoss, lipschitz

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


def test_the_kind_is_printed_with_the_number():
    assert str(Lipschitz(2.5, "exact", "a quadratic")) == "L = 2.5 (exact: a quadratic)"
    assert str(Lipschitz(3.0, "certified", "on a ball")) == "L <= 3 (certified: on a ball)"
    assert str(Lipschitz(3.0, "estimate", "at theta")) == "L >= 3 (estimate: at theta)"
    assert float(Lipschitz(3.0, "exact", "")) == 3.0


NET, THETA = MLP((1, 3, 1)), MLP((1, 3, 1)).init(0)
LOSS, ROUGH = SobolevLoss(NET, np.sin, RULE), SobolevLoss(NET, np.sin, RULE, p=1.5)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: lipschitz(ROUGH, THETA), "^p: got 1.5"),
        (lambda: lipschitz(LOSS, THETA[1:]), "^theta: got shape"),
        (lambda: lipschitz(LOSS, THETA, THETA[1:]), "^other: got shape"),
        (lambda: lipschitz(LOSS, THETA, 2 * THETA, n=0), "^n: got 0"),
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
            r"^theta: needed, unless the model is linear and p = 2; the gradient of a network's loss "
            r"has no global Lipschitz constant \(docs/errata.md\)$",
        ),
    ],
)
def test_bad_values(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: lipschitz(np.sin, THETA), "^loss: got ufunc, takes a SobolevLoss$"),
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
