"""The seven studies: what is compared is comparable."""

import numpy as np
import pytest

from sobolev_ref import FUNCTIONS, MLP
from sobolev_ref.claims import data as claims_data
from sobolev_ref.claims import networks as claims_networks
from sobolev_ref.claims import studies as claims_studies
from sobolev_ref.claims.command import STUDIES
from sobolev_ref.claims.data import FEW, TAU, best_weight, few_points_arm, noisy_data
from sobolev_ref.claims.networks import uniform_start
from sobolev_ref.claims.run import ERRORS, LOSSES, CountedLoss
from sobolev_ref.claims.studies import MARKS, SCHEDULES, Settings, diverged, seeded
from sobolev_ref.paper.examples import TABLE_1

TINY = Settings(1, 0.001)


@pytest.fixture
def runs(monkeypatch):
    """Every call of `spend` in the trials: its loss, start, method, budget and options."""
    calls = []
    for module in (claims_studies, claims_data, claims_networks):
        original = module.spend

        def spend(loss, theta, method, budget, original=original, **options):
            calls.append((loss, np.array(theta), method, budget, options))
            return original(loss, theta, method, budget, **options)

        monkeypatch.setattr(module, "spend", spend)
    return calls


def first_of_each_arm(number, runs):
    """The first trials of a study, until an arm comes again with another case; their keys."""
    found = {}
    for trial in STUDIES[number](TINY):
        found |= trial(0)
    return found


@pytest.mark.parametrize("number", [1, 3, 4, 7])
def test_all_losses_start_at_the_same_parameters_on_the_same_nodes(number, runs):
    first_of_each_arm(number, runs)
    starts = runs if number != 7 else [runs[0]]
    for loss, theta, _, budget, _ in starts:
        assert (theta == runs[0][1]).all() and len(theta) == 481
        assert len(loss.rule) == 64 and loss.rule.weights.sum() == pytest.approx(1)
        assert budget.seconds in (0.001 * 0.5, 0.001 * 0.2)
    assert {loss.order for loss, *_ in runs} == {0, 1, 2}
    if number == 3:
        assert sorted({o["learning_rate"] for *_, o in runs}) == list(claims_studies.RATES)


def test_convergence_has_all_errors_at_all_marks_of_both_budgets(runs):
    keys = set(first_of_each_arm(1, runs))
    assert len(keys) == 4 * len(LOSSES) * 2 * len(MARKS) * len(ERRORS)
    ends = {key.axis: max(k.at for k in keys if k.axis == key.axis) for key in keys}
    assert ends == pytest.approx({"seconds": 0.0002, "operations": 128.0})
    for loss, _, method, _, options in runs:
        if method == "adam":
            target = "sin x" if loss.rule.nodes.min() < 0 else "exp(-x)"
            name = next(n for n, (k, p) in LOSSES.items() if (k, p) == (loss.order, loss.p))
            assert options == {
                "learning_rate": claims_studies.TUNED[target][name],
                "gtol": 0.0,
            } or (options == {"learning_rate": claims_studies.TUNED[target][name]})


def test_derivative_labels_are_counted_as_data(runs):
    """N points with gradients and N(1 + d) points with values are the same number of numbers."""
    for case, (key, _, counts, arms) in FEW.items():
        d = FUNCTIONS[key].d
        for name, times in arms:
            runs.clear()
            found = claims_data.few_points_run(case, counts[0], name, times, TINY, 3)
            ((loss, *_),) = runs
            numbers = loss.target_values.size  # (A, N, 1)
            assert numbers == counts[0] * times * len(loss.weights)
            arm = few_points_arm(name, times, d)
            assert {k.arm for k in found} == {arm}
            assert arm.split(", ")[1] == f"{numbers // counts[0]}N numbers".replace("1N", "N")
        runs.clear()
        for times in (1, 3):
            claims_data.few_points_run(case, counts[0], "L2", times, TINY, 3)
        few, many = (loss.rule.nodes for loss, *_ in runs)
        assert (few == many[: len(few)]).all() and (runs[0][1] == runs[1][1]).all()


def test_noise_has_the_sizes_that_its_weights_go_by():
    residuals = []
    for seed in range(200):
        x, data = noisy_data(4.0, seeded(5, seed))
        residuals.append([data[(0,)] - np.sin(x), data[(1,)] - np.cos(x)])
    spread = np.std(residuals, axis=(0, 2))
    np.testing.assert_allclose(spread, [TAU, 4 * TAU], rtol=0.03)
    assert best_weight(4.0) == pytest.approx((spread[0] / spread[1]) ** 2, rel=0.1)


def test_the_exact_minimiser_at_weight_zero_knows_no_slopes():
    """λ = 0 is the least-squares polynomial of the values alone, whatever the slopes' noise."""
    found = [
        list(claims_data.noise_run(claims_data.MODELS[0], ratio, 0.0, TINY, 0).values())
        for ratio in (1.0, 16.0)
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    x, data = noisy_data(1.0, seeded(5, 0))
    by_numpy = np.polynomial.Chebyshev.fit(x, data[(0,)], 15)
    grid = np.linspace(-2 * np.pi, 2 * np.pi, 2001)
    assert found[0][3] == pytest.approx(np.abs(by_numpy(grid) - np.sin(grid)).max(), rel=1e-6)


def test_a_schedule_hands_its_parameters_on(runs):
    claims_studies.schedule_run("adam", "H2, H1, L2", Settings(1, 0.01), 0)
    assert [loss.order for loss, *_ in runs] == [2, 1, 0]
    assert sum(budget.seconds for *_, budget, _ in runs) == pytest.approx(0.005)
    assert not np.array_equal(runs[0][1], runs[1][1])
    assert set(SCHEDULES) > set(LOSSES) - {"L1"}


def test_a_network_is_held_to_table_1_row_by_row():
    found = claims_networks.table_run("relu", 2, 1e-2, Settings(1, 0.1), 0)
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
    f, bounds = claims_studies.TARGETS["sin x"]
    net = MLP((1, 4, 1))
    loss = CountedLoss("L2", net, f, claims_studies.gauss_legendre([bounds], 16).mean())
    ended = {}
    for rate in (1e-2, 30.0):
        budget = claims_studies.Budget(0.0, 16 * 200)
        run = claims_studies.spend(
            loss, net.init(0), "gradient_descent", budget, learning_rate=rate
        )
        ended[rate] = diverged(run)
        loss.operations = 0
    assert ended == {1e-2: False, 30.0: True}
    found = claims_studies.stability_run("sin x", "adam", "L2", 1.0, Settings(1, 0.1), 0)
    shares = {k.quantity: v for k, v in found.items()}
    assert (shares["diverged"] == 1) == np.isinf(shares["L2"])


def test_seeds_of_one_study_are_not_anothers():
    assert len({seeded(study, seed).random() for study in range(1, 8) for seed in range(20)}) == 140
