"""From scaled data to a trained network: what is learnt of the noise, when it ends, who judges."""

from dataclasses import replace
from types import SimpleNamespace as Namespace

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.regression import evidence, training
from sobolev_ref.regression.balance import Terms, loss_of
from sobolev_ref.regression.evidence import Curvature, Evidence, groups_of
from sobolev_ref.regression.measurements import Data
from sobolev_ref.regression.training import LM_PARAMETERS, Settings, train
from sobolev_ref.regression.uncertainty import deviations

N = 60
X = np.linspace(-1.5, 1.5, N)[:, None]
TAU = {(0,): 0.05, (1,): 0.4}


def data(seed=0, tau=TAU, x=X, **others):
    """sin 2x and its slope with noise."""
    rng = np.random.default_rng(seed)
    values = {(0,): np.sin(2 * x), (1,): 2 * np.cos(2 * x)}
    values = {al: u + tau[al] * rng.standard_normal(x.shape) for al, u in values.items()}
    return Data(x, values, np.full(len(x), 1 / len(x)), 1, **others)


def trained(given, held=None, hidden=(5,), seed=0, **settings):
    settings = {"starts": 1, "max_iter": 60} | settings
    return train(given, held, hidden, Settings(**settings), np.random.default_rng(seed))


def test_the_noise_of_values_and_slopes_is_learnt():
    """Within a quarter of the truth, of which 60 data tell a tenth; the ridge is found by itself."""
    found = np.array([[*trained(data(seed)).noise.values()] for seed in range(5)])[:, :, 0]
    np.testing.assert_allclose(np.median(found, axis=0), list(TAU.values()), rtol=0.15)
    np.testing.assert_allclose(found, np.tile(list(TAU.values()), (5, 1)), rtol=0.4)


def test_a_partial_that_is_nearly_zero_has_not_all_the_weight():
    """∂_2 u is 0 and met exactly, ∂_1 u has noise: no τ is 30 times below the root mean square of the two."""
    x, rng = np.random.default_rng(0).uniform(-1, 1, (60, 2)), np.random.default_rng(1)
    slope = 2 * np.cos(2 * x[:, :1]) + 0.4 * rng.standard_normal((60, 1))
    values = {(0, 0): np.sin(2 * x[:, :1]), (1, 0): slope, (0, 1): np.zeros((60, 1))}
    weights = trained(Data(x, values, np.full(60, 1 / 60), 1)).weights
    noisy, exact = (weights[alpha] ** -0.5 for alpha in ((1, 0), (0, 1)))
    assert exact == pytest.approx(np.sqrt((noisy**2 + exact**2) / 2) / 30, rel=0.02)


@pytest.mark.slow
def test_what_is_learnt_is_better_at_new_points_than_a_small_ridge():
    x = np.linspace(-1.5, 1.5, 200)[:, None]
    errors = []
    for alpha in (None, 1e-6):
        runs = (trained(data(seed), hidden=(12,), alpha=alpha) for seed in range(5))
        off = [run.net(run.theta, x) - np.sin(2 * x) for run in runs]
        errors.append(np.sqrt(np.mean(np.square(off))))
    assert errors[0] < 0.75 * errors[1], errors


def test_noise_that_is_given_stays():
    given = data(noise={alpha: np.array([tau]) for alpha, tau in TAU.items()})
    run = trained(given)
    assert run.weights == pytest.approx({alpha: tau**-2 for alpha, tau in TAU.items()})
    assert len(set(run.ridge)) > 1  # which is learnt


@pytest.mark.parametrize(("hidden", "c"), [((5,), 2.0), ((40,), 1.0), ((), 1.0)])
def test_the_variance_of_a_network_is_that_of_two_optima(hidden, c):
    """c H⁻¹ by the noise that is given and the a of (Y6); an affine model's constant has no ridge.

    Where parameters are as many as numbers, one optimum can meet all of these.
    """
    given = data(noise={alpha: np.array([9 * tau]) for alpha, tau in TAU.items()})
    run = trained(given, hidden=hidden)
    terms, tau = Terms.of(run.net, given, "partial"), 9 * np.array([*TAU.values()])
    a, at = run.ridge * N / 2, Curvature.of(terms, run.theta)
    a = Evidence.of(at, run.theta, tau, a).open_precision(run.theta, a, groups_of(run.net))
    if not hidden:
        a[-1] = 0
    found = Evidence.of(at, run.theta, tau, a)
    np.testing.assert_allclose(run.covariance, c * found.covariance, rtol=1e-9)


def test_weights_by_order_and_by_partial():
    x = np.random.default_rng(0).uniform(-1, 1, (40, 2))
    u = np.sin(x[:, :1] + 0.1 * x[:, 1:])
    slopes = np.cos(x[:, :1] + 0.1 * x[:, 1:])
    values = {(0, 0): u, (1, 0): slopes, (0, 1): 0.1 * slopes}
    given = Data(x, values, np.full(40, 1 / 40), 1)
    by_order, by_partial = (
        trained(given, balance=balance, alpha=1e-3).weights for balance in ("order", "partial")
    )
    norms = {alpha: np.mean(v**2) for alpha, v in values.items()}
    assert by_partial == pytest.approx({alpha: 1 / norm for alpha, norm in norms.items()})
    assert by_order[1, 0] == by_order[0, 1] == pytest.approx(1 / (norms[1, 0] + norms[0, 1]))
    learnt = trained(given, balance="partial").weights
    assert len(set(learnt.values())) == 3


def test_a_loss_is_its_weights_times_its_terms():
    """With gaps, directional derivatives and points of weight 0, by the rule of `SobolevLoss` itself."""
    values = {(0,): np.sin(X), (1,): np.where(X > 0, np.cos(X), np.nan)}
    w = np.where(np.arange(N) < 50, 1 / 50, 0.0)
    given = Data(X, values, w, 1, along=(np.ones((N, 1)), np.cos(X)), times=50 * w)
    net = sr.MLP((1, 3, 1))
    terms, theta = Terms.of(net, given, "order"), net.init(0)
    assert terms.keys == (((0,),), ((1,), "along"))
    np.testing.assert_allclose(terms.counts, [50, 50 + np.count_nonzero(X[:50] > 0)])
    tau, mu = np.array([0.5, 2.0]), np.linspace(0, 1, 10)
    u = net.derivatives(theta, X, 1)
    parts = {a: np.nansum(w[:, None] * (u[a] - v) ** 2) for a, v in values.items()}
    slopes = parts[1,] + w @ (u[1,] - np.cos(X))[:, 0] ** 2
    total, _ = terms.loss(tau, mu)(theta)
    assert np.isclose(total, 4 * parts[0,] + slopes / 4 + mu / 2 @ theta**2)
    held = Curvature.of(terms, theta).squares
    np.testing.assert_allclose(held, [50 * parts[0,], 50 * slopes])
    only = replace(given, values={})
    assert np.isclose(
        loss_of(net, only, {"along": 1.0})(theta)[0], w @ (u[1,] - np.cos(X))[:, 0] ** 2
    )


def test_a_start_goes_on_that_is_the_likeliest_after_three_rounds():
    run = trained(data(), starts=3, max_iter=45)
    assert run.starts == 3 and run.n_iter <= 45
    assert len(run.history) == run.n_iter + 1 and run.history[-1] < run.history[0]


@pytest.mark.slow
def test_two_rounds_in_vain_end_a_run():
    run = trained(data(), max_iter=2000)
    assert run.success and "two rounds in a row" in run.stop and run.n_iter < 2000
    again = trained(data(), max_iter=2000)
    np.testing.assert_array_equal(run.theta, again.theta)


@pytest.mark.slow
def test_what_is_held_out_ends_a_run_and_keeps_its_best(monkeypatch):
    """24 data and 61 parameters: without a ridge the fit to others is best long before the end."""
    held, rule = data(1, x=X[1::2] + 0.02), {"alpha": 0.0, "max_iter": 400, "hidden": (20,)}
    few = data(x=X[::5])
    free, judged = trained(few, **rule), trained(few, held, **rule)
    error = [np.mean((run.net(run.theta, held.x) - held.values[0,]) ** 2) for run in (free, judged)]
    assert error[1] < 0.5 * error[0] and judged.n_iter < free.n_iter
    assert judged.success and "held out" in judged.stop
    learnt = trained(few, held, max_iter=200)
    assert len(set(learnt.ridge)) > 1


def trainer_of(given, hidden=(5,), held=None, **settings):
    net = sr.MLP((1, *hidden, 1))
    settings = Settings(**{"starts": None, "max_iter": None} | settings)
    return training.Trainer(Terms.of(net, given, "partial"), held, settings, 0.0, 0), net.init(0)


def test_starts_and_iterations_go_by_the_cost_of_one():
    costly = data(x=np.linspace(-1.5, 1.5, 1500)[:, None])
    assert trainer_of(data())[0].starts == training.MOST_STARTS
    assert trainer_of(costly, (20, 20))[0].starts == 2  # one of each kind
    assert trainer_of(data(), (2,), method="adam")[0].max_iter == 102


def test_who_judges_keeps_the_best_and_ends_what_is_worse_for_long():
    judge = training.Judge(sr.Ridge(1.0, 1), np.zeros(1))
    at = lambda x: Namespace(x=np.array([x]))
    judge(at(1.0))
    for _ in range(training.PATIENCE - 1):
        judge(at(2.0))
    with pytest.raises(StopIteration):
        judge(at(2.0))
    assert (judge.theta, judge.least, judge.age) == (1.0, 0.5, training.PATIENCE)


@pytest.mark.parametrize(
    ("scores", "rounds", "best", "vain"),
    [([0, 0, 0], 2, 0, True), ([1e3, 1e3, 1e3], 3, 1e3, True), ([1e3, 999, None], 3, 1e3, False)],
)
def test_further_rounds_end_by_two_in_vain_or_by_the_last(scores, rounds, best, vain, monkeypatch):
    trainer, theta = trainer_of(data())
    first = training.Run(
        trainer.terms, theta, np.ones(2), np.ones(len(theta)), 1, 0.0, success=True
    )
    given = iter(scores)
    asked = []

    def next_round(run):
        asked.append(run)
        score = next(given)
        how = {"stop": "limit", "success": len(asked) == 1}
        return None if score is None else replace(first, score=score, **how)

    monkeypatch.setattr(trainer, "round", next_round)
    end = trainer.finished(first)
    assert (len(asked), end.score, end.success) == (rounds, best, vain)
    assert end.stop.startswith("two rounds in a row" if vain else "limit")


def test_a_round_of_the_trial_in_vain_is_the_first_of_two(monkeypatch):
    trainer, theta = trainer_of(data())
    first = training.Run(trainer.terms, theta, np.ones(2), np.ones(len(theta)), 4, 0.0, gain=0.0)
    given = iter([first, None])
    monkeypatch.setattr(trainer, "round", lambda run: next(given))
    assert trainer.finished(first).success and next(given) is None


def test_the_evidence_waits_until_asked_where_data_held_out_judge(monkeypatch):
    seen, of = [], Curvature.of
    monkeypatch.setattr(Curvature, "of", lambda *args: seen.append(args) or of(*args))
    trainer, theta = trainer_of(data(), held=data(1), max_iter=1)
    run = trainer.round(training.Run(trainer.terms, theta, np.ones(2), np.ones(len(theta))))
    assert not seen
    trainer.learnt(run)
    assert len(seen) == 1


def test_rounds_are_compared_by_some_rows_where_there_are_many(monkeypatch):
    monkeypatch.setattr(evidence, "ROWS", 1)
    monkeypatch.setattr(evidence, "ENTRIES", 1)
    trainer, theta = trainer_of(data(), max_iter=1)
    run = trainer.round(training.Run(trainer.terms, theta, np.ones(2), np.ones(len(theta))))
    whole = Curvature.of(trainer.terms, run.theta)
    assert not np.allclose(run.told[0].grams, whole.grams)


def test_few_numbers_do_not_tell_much_noise():
    x = np.array([[0.0], [1.0]])
    trainer, theta = trainer_of(Data(x, {(0,): np.array([[1.0], [-1.0]])}, np.full(2, 0.5), 1))
    at = Curvature.of(trainer.terms, 0 * theta)
    told = at, Evidence.of(at, 0 * theta, np.ones(1), np.ones(len(theta)))
    run = training.Run(trainer.terms, 0 * theta, np.ones(1), np.ones(len(theta)), 1, told=told)
    assert trainer.learnt(run)[1] == pytest.approx(training.SURE)  # of values of size 1


def test_more_parameters_than_the_evidence_takes():
    run = trained(data(), hidden=(LM_PARAMETERS // 3 + 1,), max_iter=3)
    assert run.covariance is None and run.method == "L-BFGS-B" and np.isnan(run.log_evidence)
    assert set(run.ridge) == {0.0, training.RIDGE} and all(
        run.noise[alpha] == pytest.approx(lam**-0.5) for alpha, lam in run.weights.items()
    )


def test_the_time_is_shared_by_all_rounds():
    run = trained(data(), time_limit=1e-9, max_iter=500)
    assert run.n_iter <= 1 and run.stop == "time_limit = 1e-09 s reached"


def test_a_run_ends_by_the_limits_of_the_caller_and_not_by_those_of_a_round():
    """‖∇L‖ of a round has the unit 1/τ²; of a loss that fell to rounding `fit` says why."""
    assert trained(data(), max_iter=15).stop == "max_iter = 15 iterations done"
    x = np.linspace(0, 1, 4)[:, None]
    line = Data(x, {(0,): x}, np.full(4, 0.25), 1)
    run = trained(line, hidden=(), alpha=1e-3, max_iter=50)
    assert run.success and run.stop and "∇L‖ =" not in run.stop and "loss =" not in run.stop


@pytest.mark.slow
def test_a_run_that_ends_by_the_default_limit_says_so():
    exact = Data(X, {(0,): np.sin(2 * X)}, np.full(N, 1 / N), 1)
    default = trained(exact, hidden=(2,), max_iter=None, alpha=0.0, method="adam").stop
    assert default == "max_iter = 102 iterations done, the default"


def test_another_method_has_longer_rounds():
    run = trained(data(), method="L-BFGS-B", max_iter=150)
    assert (
        run.method == "L-BFGS-B" and 100 <= run.n_iter <= 150 and run.covariance.shape == (16, 16)
    )


@pytest.mark.slow
def test_intervals_hold_nine_of_ten_new_measurements():
    """(Y5): values and slopes with noise, 25 networks, 25 · 40 new measurements of each."""
    x = np.linspace(-1.4, 1.4, 40)[:, None]
    inside = {alpha: [] for alpha in TAU}
    for seed in range(25):
        run, new = trained(data(seed), max_iter=40), data(100 + seed, x=x)
        found = run.net.derivatives(run.theta, x, 1)
        spread = deviations(run.net, run.theta, run.covariance, run.noise, x, 1)
        for alpha, hits in inside.items():
            hits.append(np.abs(found[alpha] - new.values[alpha]) < 1.645 * spread[alpha])
    for alpha, hits in inside.items():
        assert 0.85 < np.mean(hits) < 0.95, (alpha, np.mean(hits))


@pytest.mark.parametrize(
    ("n", "d", "width"), [(10, 3, 8), (100, 2, 9), (60, 8, 11), (400, 15, 12), (30_000, 16, 24)]
)
def test_widths_follow_from_the_numbers_and_from_the_time_of_lm(n, d, width):
    """A parameter for two numbers; for 6,400 "lm" has time for 12 units, for 510,000 for none: 24."""
    values = {tuple(e): np.ones((n, 1)) for e in (np.zeros(d, int), *np.eye(d, dtype=int))}
    given = Data(np.ones((n, d)), values, np.full(n, 1 / n), 1)
    assert training.widths(given) == (width, width)


@pytest.mark.slow
def test_noise_that_the_first_kind_of_start_takes_for_bends_is_found_by_the_second():
    """80 values of a plane in 5 inputs with noise 0.5: the evidence prefers the start from a plane."""
    rng = np.random.default_rng(1)
    x, new = rng.standard_normal((80, 5)), rng.standard_normal((400, 5))
    values = {(0,) * 5: x[:, :1] + 0.5 * rng.standard_normal((80, 1))}
    given = Data(x, values, np.full(80, 1 / 80), 1)
    one, both = (trained(given, hidden=(8,), max_iter=130, starts=n) for n in (1, 2))
    errors = [np.sqrt(np.mean((run.net(run.theta, new) - new[:, :1]) ** 2)) for run in (one, both)]
    assert both.log_evidence > one.log_evidence + 1 and errors[1] < errors[0]
    assert both.noise[(0,) * 5] == pytest.approx(0.5, rel=0.2)


@pytest.mark.slow
def test_one_start_in_four_goes_on(monkeypatch):
    """Of eight two, of three one; the others end after four rounds, 60 iterations."""
    gone = []
    finished = training.Trainer.finished
    monkeypatch.setattr(
        training.Trainer, "finished", lambda self, run: gone.append(run) or finished(self, run)
    )
    eight = trained(data(), starts=8, max_iter=140)
    assert len(gone) == 2 and eight.starts == 8
    assert eight.log_evidence >= max(run.score for run in gone)
    trained(data(), starts=3, max_iter=20)
    assert len(gone) == 3


@pytest.mark.slow
def test_starts_are_tried_as_their_cost_allows():
    assert trained(data(), starts=None, max_iter=20).starts == training.MOST_STARTS
    x = np.linspace(-1.5, 1.5, 1500)[:, None]
    costly = {"hidden": (20, 20), "starts": None, "max_iter": 2}
    assert trained(data(x=x), **costly).starts == 2  # one of each kind
    assert trained(data(x=x), alpha=1e-3, **costly).starts == 1  # which are then alike
    assert trained(data(), starts=8, time_limit=1e-9).starts == 1
    # for "lm" they are too many
    assert trained(data(x=x), hidden=(30, 30), max_iter=1).method == "quasi_newton"


@pytest.mark.slow
@pytest.mark.parametrize(("bend", "noise", "hidden"), [(0.0, 0.2, ()), (2.0, 0.0, (8, 8))])
def test_the_likeliest_width_is_taken(bend, noise, hidden):
    """60 values and slopes of a plane with noise need no unit; those of a bump without take all eight."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (60, 2))
    bump = bend * np.exp(-4 * x[:, :1] ** 2) * np.sin(4 * x[:, 1:])
    slopes = -8 * x[:, :1] * bump, 4 * bump / np.tan(4 * x[:, 1:])
    values = {(0, 0): x[:, :1] + bump, (1, 0): 1 + slopes[0], (0, 1): slopes[1]}
    values = {alpha: u + noise * rng.standard_normal(u.shape) for alpha, u in values.items()}
    run = trained(Data(x, values, np.full(60, 1 / 60), 1), hidden=None, starts=None)
    assert run.net.widths[1:-1] == hidden and run.starts == training.MOST_STARTS + 2 + 2


@pytest.mark.slow
def test_where_everything_passes_for_noise_starts_that_do_not_believe_it_are_tried():
    """Of 30 numbers without a law half of the size stays; where that noise is given it is no news."""
    rng = np.random.default_rng(2)
    x, values = rng.uniform(-1, 1, (30, 2)), {(0, 0): rng.standard_normal((30, 1))}
    of_noise = Data(x, values, np.full(30, 1 / 30), 1)
    known = replace(of_noise, noise={(0, 0): np.ones(1)})
    runs = [trained(given, hidden=None, starts=None) for given in (of_noise, known)]
    assert [run.starts for run in runs] == [2 * training.MOST_STARTS + 4, training.MOST_STARTS + 4]
    assert runs[0].noise[(0, 0)] > training.POOR


LONG = np.linspace(-1.5, 1.5, 1900)[:, None]


def test_batches_teach_many_points():
    """Noise of 1900 points is learnt from two rounds of "adam", a third of the epochs and the rest."""
    much = {(0,): 0.3, (1,): 0.4}
    given, held = data(x=LONG, tau=much), data(1, x=LONG[::10], tau=much)
    alone, judged = (trained(given, rival, max_iter=None) for rival in (None, held))
    for run in (alone, judged):
        assert run.method == "adam" and len(run.history) == run.n_iter + 1
        for alpha, tau in much.items():
            assert run.noise[alpha][0] == pytest.approx(tau, rel=0.1)
    assert trained(given, alpha=1e-3, max_iter=3).method == "lm"
    assert trained(given, max_iter=30).n_iter == 30
    short = trained(given, time_limit=0.05, max_iter=None)
    assert short.n_iter < 102 and short.stop == "time_limit = 0.05 s reached"


def test_lm_takes_up_what_batches_leave_of_exact_data(monkeypatch):
    monkeypatch.setattr(training, "EXACT", 0.5)  # of which batches leave some 0.1
    exact = Data(LONG, {(0,): np.sin(2 * LONG)}, np.full(1900, 1 / 1900), 1)
    few = {"hidden": (3,), "max_iter": None}
    batches, both = (trained(exact, method=method, **few) for method in ("adam", None))
    assert both.method == "adam, then lm" and both.n_iter > batches.n_iter
    assert 3 * both.noise[0,][0] < batches.noise[0,][0]


def test_a_derivative_that_is_nearly_zero_has_no_weight_at_first():
    """An input of which y hardly depends: at first its slopes count as those of the other do."""
    x = np.random.default_rng(0).uniform(-1, 1, (40, 2))
    values = {(0, 0): np.sin(x[:, :1]), (1, 0): np.cos(x[:, :1]), (0, 1): np.full((40, 1), 1e-6)}
    terms = Terms.of(sr.MLP((2, 3, 1)), Data(x, values, np.full(40, 1 / 40), 1), "partial")
    u, p, q = terms.root_mean_squares
    both = np.sqrt((p**2 + q**2) / 2)
    np.testing.assert_allclose(terms.of_orders, [u, both, both])


def test_noise_of_each_output_weighs_its_own_residuals():
    """λ of output j is 1/τ_j² (W2): L and its gradient against NumPy's sums over residuals."""
    rng = np.random.default_rng(0)
    y, slopes, v = (rng.normal(size=(9, 2)) for _ in range(3))
    y[2, 0], x = np.nan, rng.normal(size=(9, 2))
    tau = {(0, 0): [0.1, 2.0], (1, 0): [3.0, np.nan], "along": [1.0, 0.5]}
    given = Data(
        x, {(0, 0): y, (1, 0): np.c_[slopes[:, 0], np.full(9, np.nan)]}, np.full(9, 1 / 9), 2,
        (v, slopes), {key: np.array(t) for key, t in tau.items()},
    )  # fmt: skip
    net = sr.MLP((2, 3, 2))
    terms = Terms.of(net, given, "order")
    theta = net.init(1)
    D = net.derivatives(theta, x, 1)
    along = v[:, [0]] * D[1, 0] + v[:, [1]] * D[0, 1]
    learned = {(0, 0): D[0, 0] - y, (1, 0): (D[1, 0] - slopes)[:, :1], "along": along - slopes}
    expected = sum(
        np.nansum((r / np.array(tau[key])[: r.shape[1]]) ** 2) / 9 for key, r in learned.items()
    )
    assert terms.loss(terms.noise, np.zeros(len(theta)))(theta)[0] == pytest.approx(
        expected, rel=1e-12
    )
    run = trained(given, hidden=(3,), max_iter=3)
    assert run.noise[0, 0][0] > 0.3 and run.noise[0, 0][1] == 2.0
    assert run.noise[1, 0][0] == 3.0 and np.isnan(run.noise[1, 0][1])


def test_the_sizes_of_terms_of_one_and_of_two_derivatives_and_of_none():
    """‖(3, 4)‖ for both slopes, and over √2 as a mean; values that are 0 have the size 1."""
    data = Data(
        np.zeros((2, 2)),
        {
            (0, 0): np.zeros((2, 1)),
            (1, 0): np.full((2, 1), 3.0),
            (0, 1): np.full((2, 1), -4.0),
        },
        np.full(2, 0.5),
        1,
    )
    terms = Terms(sr.MLP((2, 1)), data, (((0, 0),), ((1, 0), (0, 1))))
    np.testing.assert_allclose(terms.sizes, [1, 5], rtol=1e-14)
    np.testing.assert_allclose(terms.root_mean_squares, [1, 5 / 2**0.5], rtol=1e-14)


def two_outputs(seed, n=20):
    """sin 3x, and beside it pure noise."""
    x = np.linspace(-1, 1, n)[:, None]
    y = np.c_[np.sin(3 * x[:, 0]), np.random.default_rng(seed).normal(size=n)]
    return Data(x, {(0,): y}, np.full(n, 1 / n), 2)


@pytest.mark.parametrize("seed", range(3))
def test_an_output_is_not_lost_beside_one_of_pure_noise(seed):
    """One τ for both let the noise of the second count as that of the first, which ended 0.3 off."""
    run = trained(two_outputs(seed), hidden=(6,), starts=2, max_iter=200, seed=seed)
    x = np.linspace(-1, 1, 101)[:, None]
    assert np.abs(run.net(run.theta, x)[:, 0] - np.sin(3 * x[:, 0])).max() < 0.02
    assert run.noise[0,][0] < 0.01 and 0.4 < run.noise[0,][1] < 2


def test_terms_are_parted_by_outputs_whose_errors_are_unlike_and_joined_again():
    """E_j over what tells it, by hand, with u = 0: a tenth of the other's error, and the same."""
    n, x = 20, np.linspace(-1, 1, 20)[:, None]
    sizes, missing = [1.0, 0.09, 1.0, 0.1, 1.0], np.full(n, np.nan)
    y = np.random.default_rng(0).choice([-1.0, 1.0], (n, 5)) * sizes
    y[:, 4] = missing
    given = Data(x, {(0,): y, (1,): np.ones((n, 5))}, np.full(n, 1 / n), 5)
    net = sr.MLP((1, 5))
    theta, none = np.zeros(10), np.zeros(2)
    terms = Terms.of(net, given, "partial")
    parted = terms.likened(theta, none, 0.0)
    assert parted.keys == (((0,),), ((0,),), ((1,),))
    assert parted.outputs == ((1, 3, 4), (0, 2), (0, 1, 2, 3, 4))
    np.testing.assert_allclose(parted.counts, [40, 40, 100])
    np.testing.assert_allclose(parted.squares(theta), [n * (0.09**2 + 0.1**2), 40, 100])
    assert parted.likened(theta, np.zeros(3), 0.0) is parted
    assert parted.likened(theta, np.zeros(3), 9.0).outputs == terms.outputs
    tau = parted.sizes_by(terms, np.array([2.0, 3.0]))
    np.testing.assert_allclose(tau, [2, 2, 3])
    np.testing.assert_allclose(terms.sizes_by(parted, np.array([1.0, 7.0, 3.0])), [5, 3])
    weights = parted.weights(np.array([0.5, 1.0, 2.0]))
    np.testing.assert_allclose(weights[0,], [1, 4, 1, 4, 4])
    loss = parted.loss(np.array([0.5, 1.0, 2.0]), np.zeros(10))(theta)[0]
    assert loss == pytest.approx(4 * (0.09**2 + 0.1**2) + 2 + 5 / 4)
    grams = Curvature.of(parted, theta).grams
    np.testing.assert_allclose(grams[:2].sum(axis=0), Curvature.of(terms, theta).grams[0])
    np.testing.assert_allclose(parted.pooled(np.array([1.0, 2.0, 3.0]), parted.counts), [1, 2, 3])


def test_a_constant_that_values_tell_has_no_ridge():
    x, nothing = X[:9], np.full((9, 1), np.nan)
    y = np.c_[np.sin(x), nothing]
    both = Data(x, {(0,): y, (1,): np.c_[np.cos(x), np.cos(x)]}, np.full(9, 1 / 9), 2)
    run = trained(both, hidden=(3,))
    assert run.ridge[-2] == 0 and (np.delete(run.ridge, -2) > 0).all()
    alike = trained(both, hidden=(), alpha=0.5).ridge
    np.testing.assert_allclose(alike, [0.5, 0.5, 0, 0.5])
