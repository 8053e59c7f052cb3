"""`MLP`: its derivatives against closed forms and the complex step, its backward pass as an adjoint."""

import copy
import itertools
import pickle
import re

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.stats import kstest

from sobolev_ref import (
    MLP,
    Jet,
    LinearModel,
    SobolevLoss,
    check_gradient,
    gauss_legendre,
    multi_indices,
    solve_linear,
    trapezoid,
)
from sobolev_ref.jets.algebra import taylor_algebra
from sobolev_ref.models.mlp import SCALE
from sobolev_ref.testing.strategies import networks

# -- derivatives -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ANALYTIC)
@pytest.mark.parametrize(("d", "order"), [(1, 6), (2, 4), (3, 3)])
def test_one_hidden_layer_has_a_closed_form(name, d, order):
    """u = Σ_j v_j σ(w_j·x + b_j) + c, so Dᵅu = Σ_j v_j w_j^α σ^{(|α|)}(w_j·x + b_j): (J2) and (J3)."""
    net = MLP((d, 5, 2), name)
    rng = np.random.default_rng(d)
    W, b, V, c = (rng.normal(size=s) for s in [(5, d), (5,), (2, 5), (2,)])
    x = rng.uniform(-2, 2, (7, d))
    sigma = np.array([[activation_derivatives(name, z, order) for z in row] for row in x @ W.T + b])
    ours = net.derivatives(net.pack([(W, b), (V, c)]), x, order)
    assert tuple(ours) == multi_indices(d, order)
    for alpha, value in ours.items():
        n = sum(alpha)
        exact = (sigma[..., n] * np.prod(W**alpha, axis=1)) @ V.T + (c if n == 0 else 0)  # (7, 2)
        atol = 1e-12 * max(1, np.abs(exact).max())
        np.testing.assert_allclose(value, exact, rtol=1e-12, atol=atol)


@given(networks(max_order=4))
def test_each_derivative_is_the_complex_step_of_the_one_below(problem):
    """At any depth; the value is that of a pass of order 0."""
    net, theta, x, k = problem.net, problem.theta, problem.x, problem.order
    ours = net.derivatives(theta, x, k)
    values = net(theta, x)
    assert values.shape == (len(x), net.m)
    np.testing.assert_allclose(ours[(0,) * net.d], values, rtol=1e-14, atol=1e-14)
    for q in range(net.d):
        below = net.derivatives(theta, x + 1e-20j * np.eye(net.d)[q], max(k - 1, 0))
        for alpha, value in below.items():
            up = tuple(n + (i == q) for i, n in enumerate(alpha))
            if up in ours:
                scale = np.abs(ours[up]).max() + 1e-3
                np.testing.assert_allclose(ours[up], value.imag / 1e-20, atol=1e-12 * scale, rtol=0)


@given(networks(max_d=4), SEEDS)
def test_the_order_of_differentiation_plays_no_part(problem, seed):
    """Clairaut: permuting the inputs permutes the multi-index.

    The recurrence (J3) goes by one variable for each γ, and by another one for the permuted γ.
    """
    net, k = problem.net, problem.order
    order = np.random.default_rng(seed).permutation(net.d)
    (W, b), *rest = net.unpack(problem.theta)
    permuted = net.pack([(W[:, order], b), *rest])
    ours = net.derivatives(problem.theta, problem.x, k)
    for alpha, value in net.derivatives(permuted, problem.x[:, order], k).items():
        original = tuple(alpha[i] for i in np.argsort(order))
        np.testing.assert_allclose(value, ours[original], rtol=1e-10, atol=1e-12)


@given(networks(), SEEDS)
def test_backward_is_the_transpose_of_the_derivative_of_forward(problem, seed):
    """⟨Im u(θ + ihv)/h, ū⟩ = ⟨v, backward(ū)⟩ for random v and ū: (J4) and (J5)."""
    net, theta, rng = problem.net, problem.theta, np.random.default_rng(seed)
    T = taylor_algebra(net.d, problem.order)
    a, v = T.variables(problem.x), rng.normal(size=theta.shape)
    u, tape = net.forward(theta, a, T)
    u_bar = rng.normal(size=u.shape)
    moved, _ = net.forward(theta + 1e-20j * v, a, T)
    gradient = net.backward(tape, u_bar)
    assert gradient.shape == (net.n_parameters,)
    scale = np.abs(gradient).max() * np.abs(v).max() * len(v) + 1
    assert abs((moved.imag / 1e-20 * u_bar).sum() - gradient @ v) < 1e-13 * scale


def test_saturated_neurons_keep_their_digits():
    """tanh′ at z = 16 is 4.6e−14, where 1 − tanh² would have one digit left."""
    for z in (5.0, 10.0, 16.0, 30.0):
        u = MLP((1, 1, 1)).derivatives([1.0, 0.0, 1.0, 0.0], [[z]], 3)
        exact = activation_derivatives("tanh", z, 3)
        for n in (1, 2, 3):
            assert u[(n,)].item() == pytest.approx(exact[n], rel=1e-13)


def test_no_hidden_layer_is_an_affine_map():
    net = MLP((3, 2), "relu")
    W, b = np.arange(6.0).reshape(2, 3), np.array([7.0, 8.0])
    u = net.derivatives(net.pack([(W, b)]), [[1.0, 2.0, 3.0]], 2)
    np.testing.assert_array_equal(u[(0, 0, 0)], [W @ [1, 2, 3] + b])
    np.testing.assert_array_equal(u[(0, 1, 0)], [W[:, 1]])
    assert not u[(1, 1, 0)].any()
    assert net.smoothness == np.inf and MLP((3, 2, 1), "relu").smoothness == 0


def test_many_inputs():
    net = MLP((300, 2, 1))
    assert len(net.derivatives(net.init(0), np.zeros((1, 300)), 1)) == 301


def test_nothing_passed_in_is_changed():
    """Not even where a layer hands on what it gets."""
    net = MLP((2, 3, 1), "identity")
    theta, x = net.init(0), np.ones((4, 2))
    theta.flags.writeable = x.flags.writeable = False
    net.derivatives(theta, x, 2)
    net.function(theta)(*x.T)
    assert (x == 1).all() and (theta == net.init(0)).all()


# -- parameters ------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 5), min_size=2, max_size=5), SEEDS)
def test_pack_and_unpack_are_inverse(widths, seed):
    net = MLP(widths)
    theta = np.random.default_rng(seed).normal(size=net.n_parameters)
    layers = net.unpack(theta)
    assert [(W.shape, b.shape) for W, b in layers] == [
        ((n_out, n_in), (n_out,)) for n_in, n_out in itertools.pairwise(widths)
    ]
    np.testing.assert_array_equal(net.pack(layers), theta)


def test_the_layout_of_theta():
    """Layer by layer, W row-major, then b."""
    layers = MLP((2, 2, 1)).unpack(np.arange(9))
    expected = [([[0, 1], [2, 3]], [4, 5]), ([[6, 7]], [8])]
    assert [(W.tolist(), b.tolist()) for W, b in layers] == expected


@pytest.mark.parametrize(
    ("scheme", "variance"), [("glorot", 2 / 500), ("he", 2 / 200), ("lecun", 1 / 200)]
)
def test_schemes_have_their_variance(scheme, variance):
    net = MLP((200, 300))
    ((W, b),) = net.unpack(net.init(0, scheme))
    assert W.var() == pytest.approx(variance, rel=0.03)  # 4 sigma of 60,000 samples is 0.023
    assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
    assert not b.any()


def test_the_same_seed_gives_the_same_bits():
    net = MLP((2, 7, 3))
    assert net.init(5).tobytes() == net.init(np.random.default_rng(5)).tobytes()
    assert net.init(5).tobytes() != net.init(6).tobytes()


def test_uniform_is_pytorchs():
    """W and b on ±1/√n_in: the variance of a uniform variable on ±r is r²/3, and none is outside."""
    net = MLP((100, 300, 2000, 1))
    for W, b in net.unpack(net.init(0, "uniform")):
        r = 1 / np.sqrt(W.shape[1])
        entries = np.concatenate([W.ravel(), b])
        assert np.abs(entries).max() <= r
        if entries.size > 10_000:
            assert np.abs(entries).max() > 0.99 * r
            assert entries.var() == pytest.approx(r**2 / 3, rel=0.03)
            assert abs(b.mean()) < 4 * r / np.sqrt(3 * b.size) and b.any()


@pytest.mark.parametrize("box", [(-1.0, 2.0), (100.0, 100.5), (-3e-5, 7e8)])
def test_kinks_are_spread_over_an_interval(box):
    """−b/W is uniform on Ω and W uniform on ±2 scale/ℓ, by Kolmogorov and Smirnov; and independent."""
    net, (lower, upper) = MLP((1, 4000, 1)), box
    (W, b), _ = net.unpack(net.init(0, bounds=[box]))
    w, kinks = W[:, 0], -b / W[:, 0]
    room = 4e-16 * np.abs(box).max()  # b and the quotient are rounded
    assert (kinks >= lower - room).all() and (kinks <= upper + room).all()
    r = 2 * SCALE / (upper - lower)
    assert kstest(kinks, "uniform", args=(lower, upper - lower)).pvalue > 1e-3
    assert kstest(w, "uniform", args=(-r, 2 * r)).pvalue > 1e-3
    assert abs(np.corrcoef(w, kinks)[0, 1]) < 4 / np.sqrt(len(w))


def test_hyperplanes_pass_through_the_box_in_every_direction():
    """z takes both signs on the corners of Ω; in units of half a side, directions are isotropic.

    For e uniform on the unit sphere E[e eᵀ] = I/d; for s uniform on [0, S] E[s²] = S²/3. So h W has the
    second moments S²/(3d) I. The plane comes within Ω: |z| at the centre is at most Σ_q |W_q| h_q.
    """
    box = np.array([(-1.0, 1.0), (5.0, 5.25), (0.0, 1e6)])
    net = MLP((3, 6000, 1), "relu")
    (W, b), _ = net.unpack(net.init(0, bounds=box))
    half, centre = np.diff(box)[:, 0] / 2, box.mean(axis=1)
    corners = np.array(list(itertools.product(*box)))
    z = corners @ W.T + b
    assert (z.min(axis=0) < 0).all() and (z.max(axis=0) > 0).all()
    assert (np.abs(centre @ W.T + b) <= (np.abs(W) * half).sum(axis=1) * (1 + 1e-9)).all()
    moments = (W * half).T @ (W * half) / len(W)
    np.testing.assert_allclose(moments, np.eye(3) * SCALE**2 / 9, atol=0.05 * SCALE**2 / 9)
    lengths = np.linalg.norm(W * half, axis=1)
    assert kstest(lengths, "uniform", args=(0, SCALE)).pvalue > 1e-3


@pytest.mark.parametrize("scheme", ["glorot", "he", "lecun", "uniform"])
def test_bounds_change_the_first_layer_alone(scheme):
    net = MLP((2, 7, 5, 3))
    plain, spread = (net.unpack(net.init(5, scheme, bounds)) for bounds in (None, [(0, 1)] * 2))
    assert (plain[0][0] != spread[0][0]).all() and (plain[0][1] != spread[0][1]).all()
    for (W, b), (W_s, b_s) in zip(plain[1:], spread[1:]):
        np.testing.assert_array_equal(W, W_s)
        np.testing.assert_array_equal(b, b_s)
    assert (
        net.init(5, bounds=[(0, 1)] * 2).tobytes()
        == net.init(np.random.default_rng(5), bounds=np.array([[0.0, 1.0], [0.0, 1.0]])).tobytes()
    )


def test_relu_starts_on_a_kink_only_without_bounds():
    """With b = 0 all kinks are at 0, a node of a Gauss rule of odd n: ∂L/∂b differs from right to left.

    SciPy's forward difference sees the right side, and the gradient says the left one. With bounds no kink
    is on a node, and both agree.
    """
    net, rule = MLP((1, 8, 1), "relu"), gauss_legendre([(-1, 1)], 9)
    loss = SobolevLoss(net, np.cos, rule, order=0)
    for seed in range(8):
        left, inside = (
            check_gradient(loss, net.init(seed, bounds=box)).finite_difference["b1"]
            for box in (None, rule.bounds)
        )
        assert inside < 1e-5 < 1e-2 < left


def test_frozen_spread_features_solve_what_unspread_ones_cannot():
    """exp(sin 2x) on [−1, 2] with 120 features: 0.39 is left with all kinks at 0."""
    net, rule = MLP((1, 120, 1)), gauss_legendre([(-1, 2)], 200)
    left = {
        name: solve_linear(
            SobolevLoss(LinearModel.from_mlp(net, theta), lambda x: np.exp(np.sin(2 * x)), rule)
        ).fun
        for name, theta in {
            "unspread": net.init(0),
            **{seed: net.init(seed, bounds=rule.bounds) for seed in range(5)},
        }.items()
    }
    assert left.pop("unspread") > 0.1
    assert max(left.values()) < 1e-19


def test_networks_are_values():
    net, same = MLP([2, 3, 1], "sin"), MLP((2, 3, 1), "sin")
    assert net == same != MLP((2, 3, 1)) and hash(net) == hash(same)
    assert net.n_parameters == 13
    assert repr(net).startswith("MLP(widths=(2, 3, 1), activation=Activation(name='sin'")
    assert pickle.loads(pickle.dumps(net)) == copy.deepcopy(net) == net
    with pytest.raises(AttributeError):
        net.widths = (1, 1)


# -- networks as functions -------------------------------------------------------------------------


@given(networks(), SEEDS)
def test_a_network_of_an_affine_map_obeys_the_chain_rule(problem, seed):
    """Fed with the jets of s·x + t, Dᵅ gains the factor s^α."""
    net, k = problem.net, problem.order
    rng = np.random.default_rng(seed)
    s, t = rng.uniform(0.5, 2, net.d), rng.normal(size=net.d)
    u = net.function(problem.theta)
    jets = u(*(s_q * x_q + t_q for s_q, t_q, x_q in zip(s, t, Jet.variables(problem.x, k))))
    exact = net.derivatives(problem.theta, problem.x * s + t, k)
    for j, jet in enumerate((jets,) if net.m == 1 else jets):
        for alpha, value in jet.derivatives.items():
            expected = exact[alpha][:, j] * np.prod(s**alpha)
            np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-11)


def test_a_network_as_a_function_of_plain_arrays():
    net = MLP((2, 4, 3))
    theta = net.init(0)
    x, y = np.random.default_rng(0).normal(size=(2, 5))
    u, values = net.function(theta), net(theta, np.stack([x, y], axis=-1))
    theta[:] = 0  # the function has its own copy
    np.testing.assert_array_equal(np.stack(u(x, y), axis=-1), values)
    assert MLP((1, 2, 1)).function(np.zeros(7))(x).shape == (5,)
    with pytest.raises(TypeError, match="takes 2 arrays, got 1"):
        u(x)


# -- refusals --------------------------------------------------------------------------------------

NET = MLP((2, 3, 1))
THETA, X, FIRST = NET.init(0), np.zeros((4, 2)), (np.zeros((3, 2)), np.zeros(3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: MLP((1,)), ValueError, "widths: got (1,), takes at least (d, m)"),
        (lambda: MLP(()), ValueError, "widths: got (), takes at least (d, m)"),
        (
            lambda: MLP((1, 0)),
            ValueError,
            "widths: got 0, takes a whole number from 1 to 200,000,000",
        ),
        (lambda: MLP(3), TypeError, "widths: got 3, takes a sequence such as (1, 50, 50, 1)"),
        (lambda: NET(THETA[1:], X), ValueError, "theta: got shape (12,), takes shape (13,)"),
        (lambda: NET(THETA, X.T), ValueError, "x: got shape (2, 4), takes shape (N, 2)"),
        (lambda: NET.unpack(THETA[1:]), ValueError, "theta: got shape (12,), takes shape (13,)"),
        (
            lambda: NET.init(0, "xavier"),
            ValueError,
            "scheme: got 'xavier', takes 'glorot', 'he', 'lecun' or 'uniform'",
        ),
        (
            lambda: NET.init(0, bounds=[(0, 1)]),
            ValueError,
            "bounds: got shape (1, 2), takes shape (2, 2); the box of nodes x is samples(x).bounds",
        ),
        (
            lambda: NET.init(0, bounds=[(0, 1), (2, 2)]),
            ValueError,
            "bounds: got [[0.0, 1.0], [2.0, 2.0]], takes lower < upper in every row, and sides of finite "
            "length",
        ),
        (
            lambda: NET.init(0, bounds=[(0, 1), (0, 5e-324)]),
            ValueError,
            f"bounds: got a side of 0 at points up to 1, takes a box for which scale = {SCALE:g} over half a "
            "side, and that times a point, stay within float64",
        ),
        (lambda: NET.pack([FIRST]), ValueError, "layers: got 1, takes 2"),
        (
            lambda: NET.pack([(np.zeros((2, 3)), np.zeros(3)), FIRST]),
            ValueError,
            "W1: got shape (2, 3), takes shape (3, 2)",
        ),
        (
            lambda: NET.pack([FIRST, (np.zeros((1, 3)), [0.0, 0.0])]),
            ValueError,
            "b2: got shape (2,), takes shape (1,)",
        ),
        (
            lambda: NET.pack(None),
            TypeError,
            "layers: got None, takes a sequence of 2 pairs (W, b)",
        ),
        (
            lambda: NET.pack([FIRST, (0, 1, 2)]),
            TypeError,
            "layers[1]: got tuple, takes a pair (W, b)",
        ),
        (lambda: NET.pack([{0, 1}] * 2), TypeError, "layers[0]: got set, takes a pair (W, b)"),
        (lambda: NET.pack([1, 2]), TypeError, "layers[0]: got int, takes a pair (W, b)"),
    ],
)
def test_bad_input_names_the_argument_and_both_shapes(call, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


def test_a_rule_is_not_its_bounds():
    rule = trapezoid([(0, 1)], 3)
    with pytest.raises(TypeError, match="^bounds: got Quadrature, takes its bounds, rule.bounds$"):
        MLP((1, 3, 1)).init(0, bounds=rule)
