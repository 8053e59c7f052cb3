"""The seven studies: what is compared is comparable."""

import numpy as np
import pytest

from sobolev_ref import FUNCTIONS, MLP, gauss_legendre, noise_weights
from sobolev_ref.claims import studies
from sobolev_ref.claims.run import ERRORS, LOSSES, MARKS, CountedLoss, spend
from sobolev_ref.claims.studies import (
    FEW,
    POLYNOMIAL,
    RATES,
    SCHEDULES,
    STUDIES,
    TARGETS,
    TAU,
    TUNED,
    diverged,
    noisy_data,
    seeded,
    trial,
    uniform_start,
)
from sobolev_ref.paper.examples import TABLE_1

TINY = 0.001  # of every budget


@pytest.fixture
def runs(monkeypatch):
    """Every call of `spend` in the trials: its loss, start, seconds and learning rate."""
    calls = []

    def noted(loss, theta, method, seconds, *operations, **options):
        calls.append((loss, np.array(theta), seconds, options.get("learning_rate")))
        return spend(loss, theta, method, seconds, *operations, **options)

    monkeypatch.setattr(studies, "spend", noted)
    return calls


def all_trials(number):
    """The numbers of every run of a study for one seed."""
    found = {}
    for arguments in STUDIES[number][1]:
        found |= trial(number, arguments, TINY, 0)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 3, 4, 7])
def test_all_losses_start_at_the_same_parameters_on_the_same_nodes(number, runs):
    all_trials(number)
    starts = runs if number != 7 else [runs[0]]
    for loss, theta, seconds, _ in starts:
        assert (theta == runs[0][1]).all() and len(theta) == 481
        assert len(loss.rule) == 64 and loss.rule.weights.sum() == pytest.approx(1)
        assert seconds in (TINY * 0.5, TINY * 0.2)
    assert {loss.order for loss, *_ in runs} == {0, 1, 2}
    if number == 3:
        assert sorted({rate for *_, rate in runs}) == list(RATES)


@pytest.mark.slow
def test_convergence_has_all_errors_at_all_marks_of_both_budgets(runs):
    keys = set(all_trials(1))
    assert len(keys) == 4 * len(LOSSES) * 2 * len(MARKS) * len(ERRORS)
    ends = {key.axis: max(k.at for k in keys if k.axis == key.axis) for key in keys}
    assert ends == pytest.approx({"seconds": 0.0002, "operations": 128.0})
    tuned = {}
    for loss, _, _, rate in runs:
        if rate is not None:  # Adam
            target = "sin x" if loss.rule.nodes.min() < 0 else "exp(-x)"
            name = next(n for n, (k, p) in LOSSES.items() if (k, p) == (loss.order, loss.p))
            tuned.setdefault(target, {})[name] = rate
    assert tuned == TUNED


def test_derivative_labels_are_counted_as_data(runs):
    """An arm's name says how many numbers it has for each of the N; fewer points are among more."""
    for case, (key, _, counts, arms) in FEW.items():
        n, d = counts[0], FUNCTIONS[key].d
        runs.clear()
        for arm in arms:
            assert {k.arm for k in trial(2, (case, n, arm), TINY, 3)} == {arm}
        starts = {theta.tobytes() for _, theta, *_ in runs}
        most = max((loss.rule.nodes for loss, *_ in runs), key=len)
        assert len(starts) == 1 and most.shape == (3 * n, d)
        for arm, (loss, *_) in zip(arms, runs):
            numbers = loss.target_values.size  # (A, N, 1)
            assert arm.split(", ")[1] == f"{numbers // n}N numbers".replace("1N", "N")
            assert LOSSES[arm.split(", ")[0]] == (loss.order, loss.p)
            assert (loss.rule.nodes == most[: len(loss.rule)]).all()


def test_noise_has_the_sizes_that_its_weights_go_by():
    residuals = []
    for seed in range(200):
        x, data = noisy_data(4.0, seeded(5, seed))
        residuals.append([data[(0,)] - np.sin(x), data[(1,)] - np.cos(x)])
    spread = np.std(residuals, axis=(0, 2))
    np.testing.assert_allclose(spread, [TAU, 4 * TAU], rtol=0.03)
    assert noise_weights(tuple(spread))[1] == pytest.approx(4.0**-2, rel=0.1)


def test_the_exact_minimiser_at_weight_zero_knows_no_slopes():
    """λ = 0 is the least-squares polynomial of the values alone, whatever the slopes' noise."""
    found = [list(trial(5, (POLYNOMIAL, ratio, 0.0), TINY, 0).values()) for ratio in (1.0, 16.0)]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    x, data = noisy_data(1.0, seeded(5, 0))
    by_numpy = np.polynomial.Chebyshev.fit(x, data[(0,)], 15)
    grid = np.linspace(-2 * np.pi, 2 * np.pi, 2001)
    assert found[0][3] == pytest.approx(np.abs(by_numpy(grid) - np.sin(grid)).max(), rel=1e-6)


def test_a_schedule_hands_its_parameters_on(runs):
    trial(7, ("adam", "H2, H1, L2"), 0.01, 0)
    assert [loss.order for loss, *_ in runs] == [2, 1, 0]
    assert sum(seconds for *_, seconds, _ in runs) == pytest.approx(0.005)
    assert not np.array_equal(runs[0][1], runs[1][1])
    assert set(SCHEDULES) > set(LOSSES) - {"L1"}


def test_a_network_is_held_to_table_1_row_by_row():
    found = trial(6, ("relu, two layers of 50, η = 0.01",), 0.1, 0)
    losses = [v for k, v in found.items() if k.axis == "epoch"]
    (distance,) = [v for k, v in found.items() if k.quantity == "distance"]
    assert [k.at for k in found if k.axis == "epoch"] == [0, 500]
    by_hand = np.log10(np.array(losses) / TABLE_1[:2])
    assert distance == pytest.approx(np.sqrt((by_hand @ by_hand) / 2))


def test_the_uniform_start():
    net = MLP((4, 400, 9))
    (W, b), (V, c) = net.unpack(uniform_start(net, np.random.default_rng(0)))
    for array, n_in in ((W, 4), (b, 4), (V, 400), (c, 400)):
        assert np.abs(array).max() <= n_in**-0.5
    assert W.std() == pytest.approx(0.5 / 3**0.5, rel=0.05)


def test_a_run_diverged_if_it_ended_above_its_start():
    f, interval = TARGETS["sin x"]
    net = MLP((1, 4, 1))
    ended = {}
    for rate in (1e-2, 30.0):
        loss = CountedLoss("L2", net, f, gauss_legendre([interval], 16).mean())
        run = spend(loss, net.init(0), "gradient_descent", 0.0, 16 * 200, learning_rate=rate)
        ended[rate] = diverged(run)
    assert ended == {1e-2: False, 30.0: True}
    found = trial(3, ("sin x, adam", "L2", 1.0), 0.1, 0)
    shares = {k.quantity: v for k, v in found.items()}
    assert (shares["diverged"] == 1) == np.isinf(shares["L2"])


def test_seeds_of_one_study_are_not_anothers():
    assert len({seeded(study, seed).random() for study in range(1, 8) for seed in range(20)}) == 140
