"""Definition 6 (D6): exact, certified and estimated constants, each against what it claims to be."""

import math

import numpy as np
import pytest
from closed_forms import activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Lipschitz, SobolevLoss, lipschitz
from sobolev_ref.certificate import derivative_bounds

RULE = sr.gauss_legendre([(-1, 1)], 10)
CERTIFIED = ("tanh", "sin", "sigmoid", "gaussian", "softplus", "gelu", "identity")


@pytest.mark.parametrize("name", CERTIFIED)
def test_bounds_of_the_derivatives_of_activations(name):
    """M_n is above |σ⁽ⁿ⁾| everywhere, and not wildly above its maximum."""
    M, values = derivative_bounds(name, 6)
    assert len(M) == 7
    z = np.linspace(-12, 12, 1201)
    exact = np.abs([activation_derivatives(name, t, 6) for t in z])  # (N, 7)
    assert (exact <= np.array(M) * (1 + 1e-15)).all()
    for n in range(1, 7):
        if exact[:, n].max() > 0:
            assert M[n] < 12 * exact[:, n].max()
    assert (exact[:, 0] <= values(np.abs(z)) * (1 + 1e-15)).all()


def test_bounds_that_are_known_in_closed_form():
    M, _ = derivative_bounds("tanh", 3)
    assert pytest.approx([1, 1, 4 / (3 * math.sqrt(3)), 2], rel=1e-6) == M
    M, _ = derivative_bounds("sigmoid", 3)
    assert pytest.approx([1, 1 / 4, 1 / (6 * math.sqrt(3)), 1 / 8], rel=1e-6) == M


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


@given(
    st.sampled_from(CERTIFIED),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
    st.floats(0, 0.5),
    SEEDS,
)
def test_a_certificate_is_an_upper_bound_on_its_ball(name, d, order, m, radius, seed):
    """(L1) above ‖∇²L‖ and above every secant, at random points of the ball."""
    rng = np.random.default_rng(seed)
    net = MLP((d, 3, m), name)
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


def test_more_points_on_a_segment_find_no_less():
    net = MLP((1, 4, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    ends = net.init(0), 3 * net.init(1)
    dense = max(
        float(lipschitz(loss, ends[0] + t * (ends[1] - ends[0]))) for t in np.linspace(0, 1, 41)
    )
    assert float(lipschitz(loss, *ends, n=30)) == pytest.approx(dense, rel=0.02)


def test_weight_decay_like_growth_of_the_ball():
    """The certificate grows with its ball, and at radius 0 it bounds the Hessian at θ."""
    net = MLP((1, 5, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    values = [float(lipschitz(loss, net.init(0), radius=r)) for r in (0.0, 0.1, 1.0)]
    assert values == sorted(values) and values[0] >= float(lipschitz(loss, net.init(0)))


def test_the_kind_is_printed_with_the_number():
    assert str(Lipschitz(3.0, "certified", "on a ball")) == "L <= 3 (certified: on a ball)"
    assert str(Lipschitz(3.0, "estimate", "at theta")) == "L >= 3 (estimate: at theta)"
    assert float(Lipschitz(3.0, "exact", "")) == 3.0


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE)), ValueError, "theta: needed"),
        (
            lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE, p=1.5), t),
            ValueError,
            "p: got 1.5",
        ),
        (
            lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE, p=3), t, radius=1.0),
            ValueError,
            "certificate is known for p = 2 only, got p = 3",
        ),
        (
            lambda net, t: lipschitz(
                SobolevLoss(MLP((1, 3, 2, 1)), np.sin, RULE), np.zeros(17), radius=1.0
            ),
            ValueError,
            r"one hidden layer only, got \(1, 3, 2, 1\)",
        ),
        (
            lambda net, t: lipschitz(
                SobolevLoss(MLP((1, 3, 1), "silu"), np.sin, RULE), t, radius=1.0
            ),
            ValueError,
            "no bound is known for the derivatives of 'silu'",
        ),
        (
            lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE), t, radius=-1.0),
            ValueError,
            "radius",
        ),
        (
            lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE), t, method="power"),
            ValueError,
            "method",
        ),
        (
            lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE), t, method="secant"),
            ValueError,
            "other",
        ),
        (
            lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE), t, t, method="secant"),
            ValueError,
            "other: equals theta",
        ),
        (
            lambda net, t: lipschitz(SobolevLoss(net, np.sin, RULE), t[1:]),
            ValueError,
            "theta: got shape",
        ),
        (lambda net, t: lipschitz(np.sin, t), TypeError, "loss: got ufunc"),
    ],
)
def test_bad_input(call, error, match):
    net = MLP((1, 3, 1))
    with pytest.raises(error, match=match):
        call(net, net.init(0))


def test_a_secant_works_below_p_two():
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, RULE, p=1.5)
    assert lipschitz(loss, net.init(0), net.init(1), method="secant").value > 0
