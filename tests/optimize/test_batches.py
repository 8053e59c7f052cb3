"""Mini-batches of momentum and Adam: every node once an epoch, ∇L in the mean, same seed same bits."""

import numpy as np
import pytest
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import MLP, Ridge, SobolevLoss, adam, gradient_descent, momentum
from sobolev_ref.optimize.loop import Epoch
from sobolev_ref.theory import batch_growth

NET = MLP((1, 5, 1))
LOSS = SobolevLoss(NET, np.sin, sr.gauss_legendre([(-1, 1)], 10))
THETA = NET.init(0)


def run(method=adam, loss=LOSS, theta=THETA, **options):
    callback = options.pop("callback", None)
    return minimize(loss, theta, jac=True, method=method, callback=callback, options=options)


class Watched(SobolevLoss):
    """A loss that writes down the nodes of each batch, and what it returned for them."""

    seen: list

    def __call__(self, theta):
        value, gradient = super().__call__(theta)
        if self.n_nodes < 10:
            self.seen.append((self.rule.nodes[:, 0], self.target_values[:, :, 0], value, gradient))
        return value, gradient


def watched():
    loss = Watched(NET, np.sin, LOSS.rule)
    loss.seen = []
    return loss


@pytest.mark.parametrize("size", [1, 3, 5, 9])
@pytest.mark.parametrize("more", [None, Ridge(0.7, len(THETA))])
def test_an_epoch_visits_every_node_once(size, more):
    """In an order of its own, each with its own data; alone and in a sum."""
    loss = watched()
    run(loss=loss if more is None else loss + more, batch_size=size, maxiter=3)
    n = -(-10 // size)
    assert len(loss.seen) == 3 * n
    for epoch in range(3):
        nodes = [batch[0] for batch in loss.seen[epoch * n : (epoch + 1) * n]]
        assert [len(x) for x in nodes] == [size] * (n - 1) + [10 - size * (n - 1)]
        np.testing.assert_array_equal(np.sort(np.concatenate(nodes)), LOSS.rule.nodes[:, 0])
    for x, data, *_ in loss.seen:
        np.testing.assert_allclose(data, [np.sin(x), np.cos(x)], rtol=1e-15)
    assert list(loss.seen[0][0]) != list(loss.seen[n][0])  # shuffled anew


X = LOSS.rule.nodes[:, 0]
GAPS = SobolevLoss(NET, {(0,): np.where(X > 0.3, np.nan, X), (1,): X}, LOSS.rule)
EQUATION = sr.ResidualLoss(NET, {(1,): X, (0,): 2.0}, X**2, LOSS.rule)
RIDGE = Ridge(0.7, len(THETA))


@pytest.mark.parametrize("size", [1, 3, 4])
@pytest.mark.parametrize("loss", [LOSS, GAPS, EQUATION, LOSS + RIDGE, GAPS + EQUATION + RIDGE])
def test_at_a_fixed_theta_the_gradients_of_an_epoch_add_up(size, loss):
    """(B1): Σ_B ∇L_B = ∇L, and the mean of the steps' g is ∇L, the short batch included."""
    steps, whole = [], lambda theta: loss(theta)[0]

    def stay(k, theta, value, g, full):
        assert full is whole  # for a step that searches along a line
        steps.append((k, value, g))
        return theta, 1.0

    epoch = Epoch(stay, loss, size, np.random.default_rng(0))
    value, gradient = loss(THETA)
    for _ in range(2):
        epoch(0, THETA, value, gradient, whole)
    n = -(-loss.n_nodes // size)
    assert [k for k, _, _ in steps] == list(range(2 * n))  # the schedule's step goes on counting
    assert np.mean([v for _, v, _ in steps[:n]]) == pytest.approx(value, rel=1e-13)
    mean = np.mean([g for _, _, g in steps[:n]], axis=0)
    np.testing.assert_allclose(mean, gradient, rtol=1e-11, atol=1e-13)


def test_a_step_is_unbiased_only_where_the_batches_are_equally_large():
    """u = θ at 5 against 0, 1, 2: ∇L = 8, and in batches of 2 and 1 the means of g are 32/3 and 16/3."""
    model = sr.LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(model, {(0,): [0.0, 1.0, 2.0]}, sr.samples([0.0, 0.5, 1.0]))
    theta = np.array([5.0])
    value, gradient = loss(theta)
    assert gradient == pytest.approx([8])
    for size, expected in ((2, (32 / 3, 16 / 3)), (1, (8, 8, 8))):
        steps, seen = [], {}

        def stay(k, theta, value, g, full, steps=steps):
            steps.append(g[0])
            return theta, 1.0

        for seed in range(60):  # until every order has come
            epoch = Epoch(stay, loss, size, np.random.default_rng(seed))
            epoch(0, theta, value, gradient, None)
            seen[tuple(np.round(steps[-len(expected) :], 9))] = True
        assert len(seen) == (3 if size == 2 else 6)
        assert np.mean(list(seen), axis=0) == pytest.approx(expected)
        assert np.mean(list(seen)) == pytest.approx(8)


def test_independent_batches_can_converge_beyond_two_over_l():
    """q = ¼, η = 1.2 > 2/L = 1: δ by −2.6 or −0.2 a step, E log < 0, while E δ and E δ² grow."""
    model = sr.LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(model, lambda x: 1.0, sr.Quadrature([0.0, 1.0], [0.75, 0.25]), order=0)
    assert sr.lipschitz(loss).value == pytest.approx(2)
    factors = [2.0 - 1.2 * 2 * loss.batch([i])([2.0])[1][0] - 1 for i in (0, 1)]
    assert factors == pytest.approx([-2.6, -0.2])
    assert batch_growth(loss, [1.0], 1, 1.2) == pytest.approx((2.6**2 + 0.2**2) / 2)
    assert abs(np.mean(factors)) == pytest.approx(1.4)
    for seed in range(20):
        drawn = np.random.default_rng(seed).choice(np.log(np.abs(factors)), 2000)
        assert drawn.sum() < -300  # log |δ_2000/δ_0|


def test_an_epoch_is_so_many_full_steps_to_first_order():
    """Momentum without memory, η → 0: (θ_epoch − θ)/η → −n ∇L."""
    for eta in (1e-5, 1e-6):
        moved = run(momentum, learning_rate=eta, beta=0.0, batch_size=4, maxiter=1).x - THETA
        error = np.linalg.norm(moved / eta + 3 * LOSS(THETA)[1])
        assert error < 1e3 * eta


def test_a_batch_of_all_nodes_is_no_batch():
    for method in (momentum, adam):
        whole = run(method, maxiter=5)
        for size in (10, 99):
            np.testing.assert_array_equal(run(method, batch_size=size, maxiter=5).x, whole.x)


@pytest.mark.parametrize("method", [momentum, adam])
def test_same_seed_same_bits(method):
    one, two, three = (run(method, batch_size=3, rng=seed, maxiter=5) for seed in (1, 1, 2))
    assert one.x.tobytes() == two.x.tobytes() != three.x.tobytes()
    four = run(method, batch_size=3, rng=np.random.default_rng(1), maxiter=5)
    assert one.x.tobytes() == four.x.tobytes()
    zero, default = (
        run(method, batch_size=3, rng=0, maxiter=5),
        run(method, batch_size=3, maxiter=5),
    )
    assert zero.x.tobytes() == default.x.tobytes()


def test_the_result_counts_epochs_and_has_the_full_loss_at_both_ends():
    seen, rates = [], []

    def watch(intermediate_result):
        seen.append(intermediate_result)

    def rate(k):
        rates.append(k)
        return 1e-3 / (1 + k)

    fit = run(batch_size=3, maxiter=6, learning_rate=rate, callback=watch)
    assert fit.nit == 6 and fit.message.startswith("maxiter = 6 epochs done; ")
    assert not fit.success and fit.status == 1
    assert rates == list(range(24))  # a function of the step, four an epoch
    value, gradient = LOSS(fit.x)
    assert fit.fun == fit.history[-1] == value
    np.testing.assert_array_equal(fit.jac, gradient)
    assert len(fit.history) == len(fit.gradient_norms) == 7 and fit.history[0] == LOSS(THETA)[0]
    assert fit.nfev == fit.njev == 2  # at the start and at the end
    np.testing.assert_array_equal([result.fun for result in seen], fit.history[1:])
    norms = [np.linalg.norm(result.jac) for result in seen]
    np.testing.assert_allclose(norms, fit.gradient_norms[1:], rtol=1e-15)
    np.testing.assert_allclose(fit.learning_rates, 1e-3 / np.arange(4, 25, 4), rtol=1e-15)


def test_between_its_ends_the_history_has_the_means_of_the_batches():
    """Σ_B L_B, each at the θ that its batch found, for four batches of 3, 3, 3 and 1 of 10 nodes."""
    loss = watched()
    fit = run(loss=loss, batch_size=3, maxiter=3, learning_rate=0.1)
    batches = [batch[2:] for batch in loss.seen]
    for epoch in (1, 2):
        values, gradients = zip(*batches[4 * (epoch - 1) : 4 * epoch])
        assert fit.history[epoch] == pytest.approx(sum(values), rel=1e-14)
        norm = np.linalg.norm(np.sum(gradients, axis=0))
        assert fit.gradient_norms[epoch] == pytest.approx(norm, rel=1e-12)
    assert len(batches) == 12 and fit.history[3] == LOSS(fit.x)[0] != sum(v for v, _ in batches[8:])


def test_a_gtol_asks_for_the_full_loss_after_every_epoch():
    for gtol in (0.0, 1e-30):
        fit = run(batch_size=3, maxiter=5, gtol=gtol, learning_rate=0.1)
        assert fit.nfev == 6
        for k in range(6):
            theta = run(batch_size=3, maxiter=k, learning_rate=0.1).x
            assert fit.history[k] == LOSS(theta)[0]


def test_a_run_that_is_stopped_ends_with_the_full_loss():
    def stop(intermediate_result):
        if intermediate_result.nit == 2:
            means.append(intermediate_result.fun)
            raise StopIteration

    options = {"batch_size": 3, "learning_rate": 0.1}
    for end in (run, lambda **o: sr.fit(LOSS, THETA, "adam", **o)):
        means = []
        stopped = end(callback=stop, **options)
        assert stopped.status == 99 and stopped.nit == 2 and len(stopped.history) == 3
        np.testing.assert_array_equal(stopped.x, run(maxiter=2, **options).x)
        assert stopped.fun == stopped.history[-1] == LOSS(stopped.x)[0] != means[0]


def test_ctrl_c_ends_with_the_full_loss():
    def interrupt(intermediate_result):
        if intermediate_result.nit == 2:
            raise KeyboardInterrupt

    fit = sr.fit(LOSS, THETA, "adam", callback=interrupt, batch_size=3, learning_rate=0.1)
    assert fit.status == 130 and len(fit.history) == len(fit.time_history) == fit.nit + 1
    assert fit.fun == fit.history[-1] == LOSS(fit.x)[0]


def test_gtol_looks_at_the_full_gradient():
    """u = w x + b fits 2x + 1 exactly: every batch has the same minimum, and so a limit."""
    net = MLP((1, 1))
    loss = SobolevLoss(net, lambda x: 2 * x + 1, sr.midpoint([(0, 1)], 8))
    fit = run(momentum, loss, np.zeros(2), batch_size=3, learning_rate=0.1, beta=0.5, gtol=1e-9)
    assert fit.status == 0 and np.linalg.norm(loss(fit.x)[1]) <= 1e-9
    np.testing.assert_allclose(fit.x, [2, 1], atol=1e-8)


@pytest.mark.slow
def test_batches_learn_faster_by_the_epoch():
    net = MLP((1, 20, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-6, 6)], 200).mean())
    for seed in range(3):
        start = net.init(seed)
        options = {"maxiter": 100, "learning_rate": 1e-2}
        small, whole = (run(adam, loss, start, batch_size=b, **options) for b in (10, None))
        assert small.fun < 0.3 * whole.fun


@pytest.mark.slow
@pytest.mark.parametrize("q", [0.0, 0.05, 0.14, 0.25, 0.4, 0.5])
def test_the_limit_of_an_epoch_is_on_either_side_of_two_over_l(q):
    """u = θ against 1, weights 1 − q and q: an epoch multiplies δ by (1 − 4(1 − q)η)(1 − 4qη), and 2/L = 1.

    With s = 8q(1 − q) that is −1 first at η = (1 − √(1 − s))/s where s ≤ 1, else 1 at 2/s.
    """
    model, s = sr.LinearModel.polynomial(0, [(0, 1)]), 8 * q * (1 - q)
    loss = SobolevLoss(model, lambda x: 1.0, sr.Quadrature([0.0, 1.0], [1 - q, q]), order=0)
    limit = 2 / s if s > 1 else (1 - np.sqrt(1 - s)) / s if s else 0.5
    if q in (0, 0.25, 0.5):
        assert limit == pytest.approx({0: 1 / 2, 0.25: 4 / 3, 0.5: 1}[q])
    for factor, stable in ((0.98, True), (1.02, False)):
        options = {"learning_rate": factor * limit, "beta": 0.0, "gtol": 0.0}
        fit = run(momentum, loss, [2.0], batch_size=1, maxiter=300, **options)
        assert (fit.history[-1] < 1e-3) == stable and (fit.history[-1] > 1e3) == (not stable)
        M = (1 - 4 * (1 - q) * factor * limit) * (1 - 4 * q * factor * limit)
        np.testing.assert_allclose(fit.history[:9], M ** (2 * np.arange(9)), rtol=1e-9)
        growth = batch_growth(loss, [1.0], 1, factor * limit, "epochs")
        assert growth == pytest.approx(abs(M), rel=1e-9)  # √(M²), two batches an epoch


@pytest.mark.slow
def test_below_the_limit_of_its_worst_batch_every_run_converges():
    """20 interpolated problems, 2 of 6 nodes in a batch: η just below 2/max λ_max(H_b), ‖δ‖ never rises."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        model, true = sr.LinearModel.polynomial(2, [(-1, 1)]), rng.normal(size=3)
        rule = sr.Quadrature(rng.uniform(-1, 1, 6), rng.uniform(0.1, 1, 6))
        loss = SobolevLoss(model, model.function(true), rule, order=seed % 2)
        pairs = [loss.batch([i, j]).hessian(true) for i in range(6) for j in range(i)]
        worst = max(np.linalg.eigvalsh(3 * H)[-1] for H in pairs)  # n = 3
        assert worst <= 3 * sr.lipschitz(loss).value
        sizes = [np.linalg.norm(true)]

        def note(theta, sizes=sizes, true=true):
            sizes.append(np.linalg.norm(theta - true))

        options = {"learning_rate": 1.99 / worst, "beta": 0.0, "rng": seed, "callback": note}
        run(momentum, loss, np.zeros(3), batch_size=2, maxiter=20, gtol=0.0, **options)
        assert (np.diff(sizes) <= 1e-12 * sizes[0]).all() and sizes[-1] < 0.8 * sizes[0]


def test_divergence_within_an_epoch_is_reported():
    net = MLP((1, 8, 1), "identity")
    loss = SobolevLoss(net, np.sin, sr.midpoint([(0, 1)], 8))
    fit = run(momentum, loss, net.init(0), learning_rate=1e3, batch_size=3, maxiter=500)
    assert not fit.success and "diverged at iteration" in fit.message
    assert np.isfinite(fit.x).all() and np.isfinite(fit.history).all()


def test_what_no_batch_has_seen_is_looked_at_before_it_is_returned():
    """θ² at two nodes, a step takes θ to −10⁵⁰ θ: from 1 to 10¹⁰⁰, then 10²⁰⁰, whose square is too large.

    The second epoch's own losses, 10²⁰⁰ and 10³⁰⁰, are numbers, and its θ is one; its loss is none.
    """
    model = sr.LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(model, lambda x: 0.0, sr.Quadrature([0.0, 1.0], [0.5, 0.5]), order=0)
    fit = run(momentum, loss, [1.0], learning_rate=5e49, beta=0.0, batch_size=1, maxiter=9)
    assert fit.status == 2 and fit.message.startswith(
        "diverged at iteration 3: the loss is inf; x is"
    )
    assert fit.nit == 1 and fit.x == pytest.approx([1e100]) and fit.fun == pytest.approx(1e200)
    assert fit.history == pytest.approx([1, 1e200]) and fit.gradient_norms == pytest.approx(
        [2, 2e100]
    )
    assert len(fit.learning_rates) == len(fit.step_lengths) == 1


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: run(loss=lambda t: (t @ t, 2 * t), batch_size=2),
            TypeError,
            "which has no batches; takes a SobolevLoss, or a sum with one, and jac=True$",
        ),
        (lambda: run(loss=Ridge(1.0, len(THETA)), batch_size=2), TypeError, "Ridge, which has no"),
        (
            lambda: minimize(
                lambda t: LOSS(t)[0],
                THETA,
                jac=lambda t: LOSS(t)[1],
                method=adam,
                options={"batch_size": 2},
            ),
            TypeError,
            "batch_size: got a loss of type function, which has no batches",
        ),
        (lambda: run(batch_size=0), ValueError, "batch_size: got 0"),
        (lambda: run(batch_size=2.5), TypeError, "batch_size: got 2.5"),
        (lambda: run(batch_size=2, rng="seed"), TypeError, "rng: got 'seed'"),
        (lambda: run(gradient_descent, batch_size=2), TypeError, "options: got batch_size"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
