"""(E1), (E2) and (E3) from both sides: the package's own optimisers just below and just above each limit."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS
from scipy.linalg import eigh

import sobolev_ref as sr
from sobolev_ref.theory import (
    adam_step_limit,
    batch_growth,
    batch_step_limit,
    step_growth,
    step_limit,
)

RULE = sr.gauss_legendre([(-1, 1)], 8)
CUBIC = sr.LinearModel.polynomial(3, [(-1, 1)])
TRUE = np.array([1.0, -0.5, 0.25, 2.0])


def interpolated(order=0, nodes=slice(None), model=CUBIC, true=TRUE):
    """A quadratic loss whose minimum is 0, so that every batch has its minimum there."""
    rule = sr.Quadrature(RULE.nodes[nodes], RULE.weights[nodes])
    return sr.SobolevLoss(model, model.function(true), rule, order=order)


def top_direction(loss):
    """λ_max of the constant Hessian, and its eigenvector."""
    values, vectors = eigh(loss.hessian(np.zeros(loss.n_parameters)))
    return values[-1], vectors[:, -1]


# -- descent and momentum --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("order", [0, 1])
def test_momentum_is_stable_below_its_limit_and_diverges_above(beta, order):
    """(E1) with `momentum` itself: at 0.99 of the limit it converges, at 1.01 it grows."""
    loss = interpolated(order)
    limit = step_limit(sr.lipschitz(loss).value, beta)  # (E1)
    for factor, stable in ((0.99, True), (1.01, False)):
        options = {"learning_rate": factor * limit, "beta": beta, "maxiter": 800, "gtol": 0}
        run = sr.fit(loss, TRUE + 0.1, "momentum", progress=False, **options)
        late = run.history[500:]
        assert (late.max() < 1e-3 * run.history[0]) == stable
        assert (late[-1] > 1e6 * run.history[0]) == (not stable)


@pytest.mark.parametrize("factor", [0.3, 0.9, 0.99, 1.0, 1.02])
def test_the_growth_is_that_of_a_run_in_the_top_direction(factor):
    loss, beta = interpolated(), 0.5
    L, v = top_direction(loss)
    eta = factor * step_limit(L, beta)
    run = sr.fit(
        loss, TRUE + v, "momentum", learning_rate=eta, beta=beta, maxiter=60, gtol=0, progress=False
    )
    sizes = np.sqrt(run.history / run.history[0])  # |δ_k|
    if factor > 0.95:  # a real root leads
        assert sizes[60] / sizes[59] == pytest.approx(step_growth(L, eta, beta), rel=1e-2)
    else:  # it turns, and shrinks by √β
        assert sizes[60] ** (1 / 60) == pytest.approx(np.sqrt(beta), rel=5e-2)


@given(st.floats(-3, 3), st.floats(0.01, 2), st.floats(0, 0.99))
def test_the_growth_is_the_larger_root(h, eta, beta):
    roots = np.abs(np.roots([1, -(1 + beta - eta * h), beta]))
    assert step_growth(h, eta, beta) == pytest.approx(roots.max(), rel=1e-6, abs=1e-6)


@given(st.floats(0.01, 100), st.floats(0, 0.95))
def test_the_limit_is_where_the_growth_passes_one(h, beta):
    limit = step_limit(h, beta)
    assert step_growth(h, 0.999 * limit, beta) < 1 < step_growth(h, 1.001 * limit, beta)
    assert step_growth(h, limit, beta) == pytest.approx(1, rel=1e-6)


# -- Adam ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_adam_with_a_large_epsilon_is_stable_below_its_limit_and_diverges_above(beta1):
    """(E2) with `adam` itself: where ε is far above √v̂, S = √v̂ + ε is frozen to more than rounding.

    The bias correction of m makes the first steps longer, so that a run begins with a rise.
    """
    loss, epsilon = interpolated(), 1e40
    hessian, scale = loss.hessian(TRUE), np.full(4, epsilon)
    limit = adam_step_limit(hessian, scale, beta1)  # (E2)
    for factor, stable in ((0.99, True), (1.01, False)):
        options = {"learning_rate": factor * limit, "beta1": beta1, "epsilon": epsilon}
        run = sr.fit(loss, TRUE + 0.1, "adam", maxiter=1500, gtol=0, progress=False, **options)
        assert (run.history[-1] < 1e-3 * run.history[0]) == stable
        assert (run.history[-1] > 1e6 * run.history[0]) == (not stable)


@given(SEEDS, st.floats(0, 0.95))
def test_the_limit_of_adam_is_that_of_the_iteration_on_frozen_moments(seed, beta1):
    """m ← β₁m + (1 − β₁)Hδ, δ ← δ − ηm/S as one matrix: its spectral radius passes 1 at the limit."""
    rng = np.random.default_rng(seed)
    J = rng.normal(size=(5, 3))
    H, S, eye = J.T @ J, rng.uniform(0.1, 3, 3), np.eye(3)
    limit = adam_step_limit(H, S, beta1)

    def radius(eta):
        m = np.hstack([beta1 * eye, (1 - beta1) * H])
        both = np.vstack([m, np.hstack([0 * eye, eye]) - eta * m / S[:, None]])
        return np.abs(np.linalg.eigvals(both)).max()

    assert radius(0.999 * limit) < 1 < radius(1.001 * limit)


@pytest.mark.slow
def test_a_real_adam_drifts_to_the_edge_of_its_own_scale():
    """Observed: with full batches the limit that goes with √v̂ + ε comes down to η and stays there."""
    net, eta = sr.MLP((1, 20, 1)), 1e-2
    loss = sr.SobolevLoss(net, lambda x: np.sin(2 * x), sr.trapezoid([(-1, 1)], 41).mean())
    v, ratios = 1e-3 * loss(net.init(0))[1] ** 2, []

    def watch(intermediate_result):
        nonlocal v
        k, theta = intermediate_result.nit, intermediate_result.x
        if k % 100 == 0:
            scale = np.sqrt(v / (1 - 0.999**k)) + 1e-8
            ratios.append(eta / adam_step_limit(loss.hessian(theta), scale))
        v = 0.999 * v + 1e-3 * loss(theta)[1] ** 2

    options = {"learning_rate": eta, "maxiter": 4000, "gtol": 0, "callback": watch}
    sr.fit(loss, net.init(0), "adam", progress=False, **options)
    assert ratios[0] < 0.8 and min(ratios[10:]) > 0.85 and max(ratios[10:]) < 1.2


# -- mini-batches ----------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [(1.0, 3.0, 0.5), (1.0, 1.0, 1.0)])
def test_one_parameter_has_the_closed_form(weights):
    """E[(1 − ηh)²] < 1 exactly for η < 2 E h/E h², h = 2N w_i for batches of one node (E3)."""
    model = sr.LinearModel.polynomial(0, [(0, 1)])
    loss = sr.SobolevLoss(model, lambda x: 1.0, sr.Quadrature([0.0, 0.5, 1.0], weights), order=0)
    h = 6 * np.array(weights)
    assert batch_step_limit(loss, [1.0], 1) == pytest.approx(2 * h.mean() / (h**2).mean())
    pairs = [(h[i] + h[j]) / 2 for i in range(3) for j in range(3) if i != j]
    assert batch_step_limit(loss, [1.0], 2) == pytest.approx(
        2 * np.mean(pairs) / np.mean(np.square(pairs))
    )
    assert batch_growth(loss, [1.0], 1, 0.1) == pytest.approx(np.mean((1 - 0.1 * h) ** 2))


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("size", [1, 3, 8])
def test_the_mean_square_passes_one_at_the_limit_of_batches(order, size):
    loss = interpolated(order)
    limit = batch_step_limit(loss, TRUE, size)  # (E3)
    assert batch_growth(loss, TRUE, size, 0.999 * limit) < 1
    assert batch_growth(loss, TRUE, size, 1.001 * limit) > 1
    whole = step_limit(sr.lipschitz(loss).value)
    if size == 8:
        assert limit == pytest.approx(whole, rel=1e-12)
    else:
        assert limit < whole


def steps_of(loss, eta, size):
    """I − ηH_b of every batch of `size` nodes, by (N/B) times the Hessian of the batch."""
    N = loss.n_nodes
    batches = [list(b) for b in product(range(N), repeat=size) if list(b) == sorted(set(b))]
    return [np.eye(4) - eta * N / size * loss.batch(b).hessian(TRUE) for b in batches]


@pytest.mark.parametrize("size", [1, 2])
def test_the_growth_is_that_of_the_mean_over_every_sequence_of_batches(size):
    """E‖δ_k‖² over all |b|ᵏ sequences, enumerated: the ratio of two steps tends to the growth."""
    loss = interpolated(nodes=[0, 2, 5])
    eta, before = 0.7 * batch_step_limit(loss, TRUE, size), None
    steps, delta = steps_of(loss, eta, size), np.array([1.0, -1.0, 0.5, 1.0])
    H = loss.hessian(TRUE)
    delta = H @ delta  # in the range of H, as three values leave one direction free
    ends = [delta]
    for _ in range(9):
        ends = [M @ end for end in ends for M in steps]
        before, mean = locals().get("mean"), np.mean([end @ end for end in ends])
    free = batch_growth(loss, TRUE, size, eta)
    assert free == pytest.approx(1, rel=1e-12)  # of the direction in which H is zero
    V = np.linalg.svd(H)[0][:, :3]
    Q = np.mean([np.kron(V.T @ M @ V, V.T @ M @ V) for M in steps], axis=0)
    assert mean / before == pytest.approx(np.linalg.eigvalsh(Q)[-1], rel=2e-2)
    assert batch_growth(loss, TRUE, size, 1.5 * batch_step_limit(loss, TRUE, size)) > 1


@pytest.mark.parametrize("size", [1, 2, 3])
def test_an_epoch_is_the_mean_over_every_order_of_the_nodes(size):
    """4 nodes in batches of 1, 2, and 3 with a short one: 24 orders, each as the package goes through it."""
    loss, eta = interpolated(nodes=[0, 2, 5, 7]), 0.15
    n = -(-4 // size)
    whole = []
    for order in permutations(range(4)):
        M = np.eye(4)
        for start in range(0, 4, size):
            part = loss.batch(list(order[start : start + size])).hessian(TRUE)
            M = (np.eye(4) - eta * n * part) @ M
        whole.append(np.kron(M, M))
    radius = np.abs(np.linalg.eigvals(np.mean(whole, axis=0))).max()
    growth = batch_growth(loss, TRUE, size, eta, "epochs")
    assert growth == pytest.approx(radius ** (1 / n), rel=1e-10)


def test_where_the_hessian_is_singular_the_growth_is_at_least_one():
    """One node and two parameters: the kernel stays, below the limit and above it."""
    loss = interpolated(nodes=[3], model=sr.LinearModel.polynomial(1, [(0, 1)]), true=[1.0, 0.0])
    limit = batch_step_limit(loss, [1.0, 0.0], 1)
    for sampling in ("independent", "epochs"):
        growth = [batch_growth(loss, [1.0, 0.0], 1, c * limit, sampling) for c in (0.1, 0.9, 1.1)]
        assert growth[:2] == pytest.approx([1, 1], rel=1e-12)
        assert growth[2] == pytest.approx(1.2**2, rel=1e-12)


@pytest.mark.slow
def test_batches_diverge_far_below_two_over_l_without_any_noise():
    """ηL = 1.4 < 2, and every batch has its minimum at θ*: `momentum` with β = 0 converges with whole
    steps and batches of 4, and diverges in batches of one node, as the growth of its epochs says."""
    loss = interpolated()
    L = sr.lipschitz(loss).value
    for size, stable in ((8, True), (4, True), (1, False)):
        run = sr.fit(
            loss,
            TRUE + 0.1,
            "momentum",
            beta=0.0,
            learning_rate=1.4 / L,
            batch_size=size,
            maxiter=300,
            progress=False,
        )
        assert (run.history[-1] < 1e-12) == stable
        assert (run.history[-1] > 1e12) == (not stable)
        assert (batch_growth(loss, TRUE, size, 1.4 / L, "epochs") < 1) == stable
        assert (batch_step_limit(loss, TRUE, size) > 1.4 / L) == stable


def test_a_network_and_a_sum_have_a_limit_where_they_interpolate():
    net = sr.MLP((1, 3, 1))
    theta = net.init(1) + 0.3
    loss = sr.SobolevLoss(net, net.function(theta), RULE)
    hessian = loss.hessian(theta)
    assert batch_step_limit(loss, theta, 8) == pytest.approx(
        2 / np.linalg.eigvalsh(hessian)[-1], rel=1e-6
    )
    twice = loss + loss
    assert batch_step_limit(twice, theta, 16) == pytest.approx(
        batch_step_limit(loss, theta, 8) / 2, rel=1e-6
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: step_growth(1e300, 1e300), "curvature, learning_rate: got numbers whose product"),
        (lambda: step_growth(1, 1, 1), r"beta: got 1, takes a number in \[0, 1\)"),
        (lambda: step_growth(np.nan, 1), "^curvature: got nan, takes a finite number$"),
        (lambda: step_limit(1e-320), "whose limit is beyond float64"),
        (lambda: step_limit(0), "^curvature: got 0.*, takes a finite number > 0$"),
        (lambda: adam_step_limit([[1, 2]], [1]), r"hessian: got shape \(1, 2\)"),
        (lambda: adam_step_limit([[1, 2], [0, 1]], [1, 1]), "hessian: .* takes a symmetric matrix"),
        (
            lambda: adam_step_limit([[1e-9, 9e-9], [0, 1e-9]], [1, 1]),
            "hessian: .* symmetric matrix",
        ),
        (lambda: adam_step_limit([[1]], [0]), "scale: got 0, takes numbers > 0"),
        (lambda: adam_step_limit([[-1]], [1]), "hessian: got no positive eigenvalue"),
        (lambda: adam_step_limit([[0]], [1]), "hessian: got no positive eigenvalue"),
        (lambda: adam_step_limit(-np.ones((3, 3)), [1, 2, 3]), "hessian: got no positive eig"),
        (lambda: batch_step_limit(interpolated(), TRUE, 9), "batch_size: got 9"),
        (
            lambda: batch_step_limit(
                sr.SobolevLoss(sr.LinearModel.polynomial(40, [(-1, 1)]), np.sin, RULE),
                np.zeros(41),
                1,
            ),
            "loss, theta: got 41 parameters, takes at most 40",
        ),
        (
            lambda: batch_step_limit(
                sr.SobolevLoss(sr.LinearModel(lambda a, T: 0 * a, 1, (1, 1)), np.sin, RULE),
                [0.0],
                1,
            ),
            "^theta: got a point where the Hessian is zero, so that every step is stable$",
        ),
        (
            lambda: batch_growth(
                sr.SobolevLoss(CUBIC, np.sin, sr.gauss_legendre([(-1, 1)], 13)),
                TRUE,
                1,
                0.1,
                "epochs",
            ),
            "sampling: got epochs of 13 nodes, takes at most 12",
        ),
    ],
)
def test_unusable_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_epoch_of_the_most_nodes_in_one_batch_is_a_step_of_descent():
    loss = sr.SobolevLoss(
        sr.LinearModel.polynomial(0, [(0, 1)]), lambda x: 1.0, sr.samples(np.arange(12.0)), order=0
    )
    assert batch_growth(loss, [1.0], 12, 0.2, "epochs") == pytest.approx(0.6**2, rel=1e-12)


def test_a_loss_without_nodes_is_refused():
    with pytest.raises(TypeError, match="loss: got a Ridge, which has no nodes"):
        batch_step_limit(sr.Ridge(1.0, 2), [0.0, 0.0], 1)


def test_one_node_is_the_whole_loss():
    loss = interpolated(nodes=[3])
    assert batch_step_limit(loss, TRUE, 1) == pytest.approx(
        step_limit(sr.lipschitz(loss).value), rel=1e-12
    )
