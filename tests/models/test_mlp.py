"""`MLP`: its derivatives against closed forms and the complex step, its backward pass as an adjoint."""

import copy
import itertools
import pickle

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS, problems

from sobolev_ref import MLP, Activation, Jet, multi_indices
from sobolev_ref.jets.algebra import taylor_algebra


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
        exact = (sigma[..., n] * np.prod(W**alpha, axis=1)) @ V.T + (c if n == 0 else 0)
        assert value.shape == (7, 2)
        np.testing.assert_allclose(
            value, exact, rtol=1e-12, atol=1e-12 * max(1, np.abs(exact).max())
        )


@given(problems(max_order=4))
def test_each_derivative_is_the_complex_step_of_the_one_below(problem):
    net, theta, x, k = problem.net, problem.theta, problem.x, problem.order
    ours = net.derivatives(theta, x, k)
    for q in range(net.d):
        below = net.derivatives(theta, x + 1e-20j * np.eye(net.d)[q], max(k - 1, 0))
        for alpha, value in below.items():
            up = tuple(n + (i == q) for i, n in enumerate(alpha))
            if up in ours:
                scale = np.abs(ours[up]).max() + 1e-3
                np.testing.assert_allclose(ours[up], value.imag / 1e-20, atol=1e-12 * scale, rtol=0)


@given(problems())
def test_backward_is_the_transpose_of_the_derivative_of_forward(problem):
    """⟨u(θ + iεv)/ε, ū⟩ = ⟨v, backward(ū)⟩ for random v and ū: (J4) and (J5)."""
    net, theta, rng = problem.net, problem.theta, problem.rng
    T = taylor_algebra(net.d, problem.order)
    a = T.variables(problem.x)
    v = rng.normal(size=theta.shape)
    u, tape = net.forward(theta, a, T)
    u_bar = rng.normal(size=u.shape)
    tangent = net.forward(theta + 1e-20j * v, a, T)[0].imag / 1e-20
    gradient = net.backward(tape, u_bar)
    assert gradient.shape == (net.n_parameters,)
    scale = np.abs(gradient).max() * np.abs(v).max() * len(v) + 1
    assert abs((tangent * u_bar).sum() - gradient @ v) < 1e-13 * scale


@given(problems())
def test_values_do_not_depend_on_the_order(problem):
    ours = problem.net.derivatives(problem.theta, problem.x, problem.order)
    values = problem.net(problem.theta, problem.x)
    assert values.shape == (len(problem.x), problem.net.m)
    np.testing.assert_allclose(ours[(0,) * problem.net.d], values, rtol=1e-14, atol=1e-14)


@given(problems(max_d=4), SEEDS)
def test_clairaut(problem, seed):
    """Permuting the inputs permutes the multi-index: the order of differentiation plays no part.

    The recurrence (J3) goes by one variable for each γ, another one for the permuted γ.
    """
    net, k = problem.net, problem.order
    order = np.random.default_rng(seed).permutation(net.d)
    (W, b), *rest = net.unpack(problem.theta)
    permuted = net.pack([(W[:, order], b), *rest])
    ours = net.derivatives(problem.theta, problem.x, k)
    other = net.derivatives(permuted, problem.x[:, order], k)
    for alpha, value in other.items():
        original = tuple(alpha[i] for i in np.argsort(order))
        np.testing.assert_allclose(value, ours[original], rtol=1e-10, atol=1e-12)


def test_many_inputs():
    net = MLP((1500, 2, 1))
    assert net(net.init(0), np.zeros((1, 1500))).shape == (1, 1)
    assert len(net.derivatives(net.init(0), np.zeros((1, 1500)), 1)) == 1501


def test_saturated_neurons_keep_their_digits():
    """tanh′ at z = 16 is 4.6e−14, where 1 − tanh² would have one digit left."""
    net = MLP((1, 1, 1))
    for z in (5.0, 10.0, 16.0, 30.0):
        u = net.derivatives([1.0, 0.0, 1.0, 0.0], [[z]], 3)
        for n in (1, 2, 3):
            assert u[(n,)][0, 0] == pytest.approx(
                activation_derivatives("tanh", z, 3)[n], rel=1e-13
            )


def test_no_hidden_layer_is_an_affine_map():
    net = MLP((3, 2), "relu")
    W, b = np.arange(6.0).reshape(2, 3), np.array([7.0, 8.0])
    u = net.derivatives(net.pack([(W, b)]), [[1.0, 2.0, 3.0]], 2)
    np.testing.assert_array_equal(u[(0, 0, 0)], [W @ [1, 2, 3] + b])
    np.testing.assert_array_equal(u[(0, 1, 0)], [W[:, 1]])
    assert not u[(1, 1, 0)].any()
    assert net.smoothness == np.inf and MLP((3, 2, 1), "relu").smoothness == 0


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
    net = MLP((2, 2, 1))
    (W1, b1), (W2, b2) = net.unpack(np.arange(9))
    np.testing.assert_array_equal(W1, [[0, 1], [2, 3]])
    np.testing.assert_array_equal(b1, [4, 5])
    np.testing.assert_array_equal(W2, [[6, 7]])
    np.testing.assert_array_equal(b2, [8])


@pytest.mark.parametrize(
    ("scheme", "variance"), [("glorot", 2 / 500), ("he", 2 / 200), ("lecun", 1 / 200)]
)
def test_schemes_have_their_variance(scheme, variance):
    net = MLP((200, 300))
    ((W, b),) = net.unpack(net.init(0, scheme))
    assert W.var() == pytest.approx(variance, rel=0.03)  # 4 sigma of 60,000 samples is 0.023
    assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
    assert not b.any()


def test_same_seed_same_bits():
    net = MLP((2, 7, 3))
    assert net.init(5).tobytes() == net.init(np.random.default_rng(5)).tobytes()
    assert net.init(5).tobytes() != net.init(6).tobytes()
    x = np.random.default_rng(0).normal(size=(9, 2))
    first = net.derivatives(net.init(5), x, 2)
    assert all(
        v.tobytes() == first[a].tobytes() for a, v in net.derivatives(net.init(5), x, 2).items()
    )


def test_networks_are_values():
    net = MLP([2, 3, 1], "sin")
    assert net == MLP((2, 3, 1), "sin") != MLP((2, 3, 1)) and hash(net) == hash(
        MLP((2, 3, 1), "sin")
    )
    assert net.n_parameters == 13
    assert repr(net).startswith("MLP(widths=(2, 3, 1), activation=Activation(name='sin'")
    assert pickle.loads(pickle.dumps(net)) == copy.deepcopy(net) == net
    with pytest.raises(AttributeError):
        net.widths = (1, 1)


def test_an_activation_of_the_callers_own():
    square = Activation("square", np.inf, lambda z, T: (T.product(z, z), 2 * z))
    net = MLP((1, 1, 1), square)
    u = net.derivatives(net.pack([([[3.0]], [1.0]), ([[1.0]], [0.0])]), [[2.0]], 3)
    assert [float(v[0, 0]) for v in u.values()] == [49, 42, 18, 0]


# -- networks as functions -------------------------------------------------------------------------


@given(problems(), SEEDS)
def test_a_network_of_an_affine_map_obeys_the_chain_rule(problem, seed):
    """Fed with s·x + t, Dᵅ gains the factor s^α."""
    net, k = problem.net, problem.order
    rng = np.random.default_rng(seed)
    s, t = rng.uniform(0.5, 2, net.d), rng.normal(size=net.d)
    u = net.function(problem.theta)
    jets = u(*(s_q * x_q + t_q for s_q, t_q, x_q in zip(s, t, Jet.variables(problem.x, k))))
    jets = (jets,) if net.m == 1 else jets
    exact = net.derivatives(problem.theta, problem.x * s + t, k)
    for j, jet in enumerate(jets):
        for alpha, value in jet.derivatives.items():
            expected = exact[alpha][:, j] * np.prod(s**alpha)
            np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-11)


def test_a_network_as_a_function_of_plain_arrays():
    net = MLP((2, 4, 3))
    theta = net.init(0)
    x, y = np.random.default_rng(0).normal(size=(2, 5))
    values = net.function(theta)(x, y)
    assert len(values) == 3
    np.testing.assert_array_equal(np.stack(values, -1), net(theta, np.stack([x, y], -1)))
    assert MLP((1, 2, 1)).function(np.zeros(7))(x).shape == (5,)
    u, before = net.function(theta), net.function(theta)(x, y)[0]
    theta[:] = 0
    np.testing.assert_array_equal(u(x, y)[0], before)
    with pytest.raises(TypeError, match="takes 2 arrays, got 1"):
        net.function(theta)(x)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("widths", "error", "match"),
    [
        ((1,), ValueError, r"^widths: got \(1,\), takes at least \(d, m\)$"),
        ((), ValueError, r"^widths: got \(\), takes at least \(d, m\)$"),
        ((1, 0, 1), ValueError, "^widths: got 0"),
        ((1, -2), ValueError, "^widths: got -2"),
        (b"ab", TypeError, "widths"),
        ({3, 1}, TypeError, "widths"),
        ((1, 2.5, 1), TypeError, "widths: got 2.5"),
        (3, TypeError, r"^widths: got 3, takes a sequence such as \(1, 50, 50, 1\)$"),
        ("12", TypeError, "widths"),
        ((True, 1), TypeError, "widths"),
        ((1, None), TypeError, "widths"),
    ],
)
def test_widths(widths, error, match):
    with pytest.raises(error, match=match):
        MLP(widths)


def test_bad_input_names_the_argument_and_both_shapes():
    net = MLP((2, 3, 1))
    theta = net.init(0)
    x = np.zeros((4, 2))
    for call, match in [
        (lambda: net(theta[:-1], x), r"theta: got shape \(12,\), takes shape \(13,\)"),
        (lambda: net(np.full(13, np.nan), x), "theta: got 13 NaN or infinite entries of 13"),
        (lambda: net(theta, np.zeros((4, 3))), r"x: got shape \(4, 3\), takes shape \(N, 2\)"),
        (lambda: net(theta, np.zeros(4)), r"x: got shape \(4,\), takes shape \(N, 2\)"),
        (lambda: net(theta, np.zeros((0, 2))), "x: got no nodes"),
        (lambda: net(theta, [[np.inf, 0]]), "x: got 1 NaN or infinite"),
        (lambda: net.derivatives(theta, x, -1), "order: got -1"),
        (lambda: net.unpack(theta[1:]), r"^theta: got shape \(12,\)"),
        (lambda: net.init(0, "xavier"), "^scheme: got 'xavier', takes 'glorot', 'he' or 'lecun'$"),
        (lambda: net.init(-1), "^rng: got -1"),
        (lambda: net.pack([(np.zeros((3, 2)), np.zeros(3))]), "^layers: got 1, takes 2$"),
        (
            lambda: net.pack([(np.zeros((2, 3)), np.zeros(3)), (np.zeros((1, 3)), [0.0])]),
            r"^W1: got shape \(2, 3\), takes shape \(3, 2\)$",
        ),
        (
            lambda: net.pack([(np.zeros((3, 2)), np.zeros(3)), (np.zeros((1, 3)), [0.0, 0.0])]),
            r"^b2: got shape \(2,\), takes shape \(1,\)$",
        ),
    ]:
        with pytest.raises(ValueError, match=match):
            call()
    for call, match in [
        (lambda: net(theta, "abc"), "x: got"),
        (lambda: net(None, x), "theta: got object"),
        (lambda: net.derivatives(theta, x, 1.0), "order: got 1.0"),
        (lambda: net.derivatives(theta, x, True), "order: got True"),
        (
            lambda: net.pack(None),
            r"^layers: got None, takes a sequence of 2 pairs \(W, b\)$",
        ),
        (lambda: net.pack([1, 2]), r"^layers\[0\]: got int, takes a pair \(W, b\)$"),
        (
            lambda: net.pack([(np.zeros((3, 2)), np.zeros(3)), (0, 1, 2)]),
            r"^layers\[1\]: got tuple, takes a pair \(W, b\)$",
        ),
        (lambda: net.pack([{0, 1}, {0, 1}]), r"^layers\[0\]: got set, takes a pair \(W, b\)$"),
        (lambda: net.pack([(np.zeros((3, 2)) + 1j, np.zeros(3))] * 2), "^W1: got"),
        (lambda: net.init("seed"), "^rng: got 'seed'"),
        (lambda: net.init(0, 3), "^scheme: got 3"),
    ]:
        with pytest.raises(TypeError, match=match):
            call()


def test_lists_float32_integers_and_odd_memory_orders_are_taken():
    net = MLP((2, 3, 1))
    theta = net.init(0).astype(np.float32)
    x = np.asfortranarray(np.arange(8).reshape(4, 2))
    expected = net(theta.astype(float), x.astype(float))
    for t, nodes in [
        (theta, x),
        (theta.tolist(), x.tolist()),
        (theta, x.astype(np.float32)),
        (np.repeat(theta, 2)[::2], np.arange(8.0)[::-1].reshape(4, 2)[::-1, ::-1]),
    ]:
        result = net(t, nodes)
        assert result.dtype == np.float64
        np.testing.assert_allclose(result, expected, rtol=1e-15)


def test_nothing_passed_in_is_changed():
    net = MLP((2, 3, 1), "identity")
    theta, x = net.init(0), np.ones((4, 2))
    before = theta.copy(), x.copy()
    theta.flags.writeable = x.flags.writeable = False
    net.derivatives(theta, x, 2)
    net.function(theta)(*x.T)
    np.testing.assert_array_equal(theta, before[0])
    np.testing.assert_array_equal(x, before[1])
