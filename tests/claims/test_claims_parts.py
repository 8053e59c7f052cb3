"""The five parts: what is compared is comparable, and data are counted."""

import numpy as np
import pytest

from sobolev_ref import Jet, noise_weights
from sobolev_ref.claims import parts
from sobolev_ref.claims.parts import (
    BY_NOISE,
    FAST,
    FEWER,
    MORE,
    NETWORKS,
    NEW,
    NOISE,
    PAIRS,
    POINTS,
    QUANTITIES,
    RATES,
    Run,
    generator,
    rate_arm,
    sizes,
    trial,
)
from sobolev_ref.claims.run import ERRORS, LOSSES, MARKS, Truth, spend
from sobolev_ref.claims.targets import FINE, TARGETS
from sobolev_ref.paper.examples import TABLE_1

TINY = 0.001  # of every budget


@pytest.fixture
def spent(monkeypatch):
    """Every call of `spend` in the parts: its loss, start, method, limits and options."""
    calls = []

    def noted(loss, theta, method, *limits, **options):
        calls.append((loss, np.array(theta), method, limits, options))
        return spend(loss, theta, method, *limits, **options)

    monkeypatch.setattr(parts, "spend", noted)
    return calls


# -- targets ------------------------------------------------------------------------------------------


def test_there_are_the_targets_of_the_protocol():
    """At least six in d = 1 and four in d ≥ 2; of each class more than one."""
    d = [t.d for t in TARGETS.values()]
    assert d.count(1) == 8 and d.count(2) == 4 and d.count(3) == 1
    assert sum(t.convex for t in TARGETS.values()) == 5
    assert sum(t.analytic for t in TARGETS.values()) == 9
    assert [name for name, t in TARGETS.items() if t.raw] == ["sine", "exponential"]


@pytest.mark.parametrize("name", TARGETS)
def test_convex_targets_lie_below_their_chords_and_the_others_do_not(name):
    target = TARGETS[name]
    low, high = np.transpose(target.box)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(low, high, (2, 5000, target.d))
    below = target.function(*((x + y) / 2).T)
    chord = (target.function(*x.T) + target.function(*y.T)) / 2
    assert (below <= chord + 1e-9 * (1 + np.abs(chord))).all() == target.convex


@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_standard_on_their_box_but_for_the_papers(name):
    """By a rule of the midpoints, where the function itself took Gauss nodes."""
    target = TARGETS[name]
    n = {1: 20_000, 2: 400, 3: 60}[target.d]
    axes = [a + (b - a) * (np.arange(n) + 0.5) / n for a, b in target.box]
    values = target.standard()(*np.meshgrid(*axes, indexing="ij"))
    if target.raw:
        assert (values == target.function(*axes)).all()
    else:
        assert values.mean() == pytest.approx(0, abs=2e-3)
        assert values.std() == pytest.approx(1, rel=5e-3)


def test_less_smooth_targets_lose_a_derivative_where_they_should():
    """The jump of the second (huber) or third derivative across the kink; none is lost before."""
    for name, at, order, jump in (
        ("huber", 1.0, 2, -1.0),
        ("cube", 0.0, 3, 6.0),
        ("wendland", 0.0, 3, 240.0),  # 1 − 10 r² + 20 r³ − …
        ("powers", 0.0, 3, 12.0),
    ):
        d = TARGETS[name].d
        sides = np.full((2, d), 0.5)
        sides[:, -1] = at + np.array([-1e-7, 1e-7])
        found = TARGETS[name].function(*Jet.variables(sides, order=order)).derivatives
        alpha = (0,) * (d - 1)
        for k in range(order):
            low, high = found[(*alpha, k)].ravel()
            assert high - low == pytest.approx(0, abs=1e-4)
        low, high = found[(*alpha, order)].ravel()
        assert high - low == pytest.approx(jump, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("forrester", (0.75725,), -6.02074),  # its minimum
        ("branin", (np.pi, 2.275), 0.397887),  # one of its three minima
        ("ishigami", (np.pi / 2, np.pi / 2, 1.0), 8.1),
        ("zakharov", (2.0, 1.0), 25.0),  # s = 2
        ("gramacy-lee", (1.0,), 0.0),
        ("wendland", (0.5,), 0.1875),
    ],
)
def test_values_that_the_literature_or_a_pencil_gives(name, x, value):
    assert TARGETS[name].function(*np.array(x)) == pytest.approx(value, rel=1e-5, abs=1e-9)


# -- runs ---------------------------------------------------------------------------------------------


def test_arms_of_a_case_are_paired_and_cases_are_not():
    first = {
        generator(Run(*pair)).random()
        for pair in (("exact", "a", "L2", 0), ("exact", "a", "H1", 0))
    }
    others = {
        generator(Run(part, case, "L2", seed)).random()
        for part in ("exact", "points")
        for case in ("a", "b")
        for seed in (0, 1)
    }
    assert len(first) == 1 and len(others) == 8 and first < others


@pytest.mark.slow
@pytest.mark.parametrize("case", ["huber, adam", "powers, L-BFGS-B", "ishigami, adam"])
def test_all_arms_start_at_the_same_parameters_on_the_same_nodes(case, spent):
    arms = [arm for c, arm in PAIRS["exact"] if c == case]
    found = [trial(Run("exact", case, arm, 5), TINY, 0.01) for arm in arms]
    assert set(arms) == {*LOSSES, *(("L2" + FAST, "H1" + FAST) if "adam" in case else ())}
    d = TARGETS[case.split(", ")[0]].d
    loss, theta, *_ = spent[0]
    for other, start, method, limits, options in spent:
        assert (start == theta).all() and (other.rule.nodes == loss.rule.nodes).all()
        assert len(other.rule) == {1: 64, 2: 144, 3: 512}[d] < FINE[d] ** d
        assert limits == ({1: 2e-4, 2: 3e-4, 3: 5e-4}[d], pytest.approx(1.5 * len(other.rule)))
        assert case.endswith(method)
        assert options.get("learning_rate") == (0.01 if method == "adam" else None)
    assert [o.order for o, *_ in spent[:5]] == [0, 0, 1, 1, 2]
    assert len(spent[3][0].weights) == d + 1 and spent[3][0].weights[1] != 1  # balanced
    wanted = {
        *ERRORS,
        "failed",
        *(parts.mark_name(a, m) for a in ("seconds", "operations") for m in MARKS),
    }
    assert all(set(errors) == wanted <= set(QUANTITIES) for errors in found)
    assert all(errors["L2"] == errors["seconds 1/1"] for errors in found)


def test_tuning_takes_the_rate_that_its_arm_names(spent):
    (found,) = [trial(Run("tune", "cube", rate_arm("L1", RATES[2]), 1000), TINY, RATES[2])]
    (loss, _, method, _, options) = spent[0]
    assert (loss.order, loss.p, method) == (0, 1, "adam") and set(found) == {"L2"}
    assert options["learning_rate"] == RATES[2]
    arms = [arm for case, arm in PAIRS["tune"] if case == "cube"]
    assert len(set(arms)) == 30 and sum(arm.startswith("H1, ") for arm in arms) == 6


@pytest.mark.parametrize("part", ["points", "noise"])
@pytest.mark.parametrize("target", ["exponential", "franke"])
def test_derivative_labels_are_counted_as_data(part, target, spent):
    arms = [arm for case, arm in PAIRS[part] if case == target]
    assert arms == [NEW, MORE, FEWER, *([BY_NOISE] if part == "noise" else [])]
    for arm in arms:
        trial(Run(part, target, arm, 3), TINY, 0.0)
    d = TARGETS[target].d
    losses = dict(zip(arms, (loss for loss, *_ in spent)))
    n = POINTS[part] * d**2
    numbers = {arm: loss.target_values.size for arm, loss in losses.items()}
    assert numbers[NEW] == numbers[MORE] == n * (1 + d) and numbers[FEWER] == n
    most = losses[MORE].rule.nodes
    for loss in losses.values():
        assert (loss.rule.nodes == most[: len(loss.rule)]).all()
        values = loss.target_values[0]
        assert (values == losses[MORE].target_values[0][: len(values)]).all()  # the same noise
    assert len({theta.tobytes() for _, theta, *_ in spent}) == 1
    low, high = np.transpose(TARGETS[target].box)
    assert (most >= low).all() and (most <= high).all()


@pytest.mark.slow
def test_noise_has_the_sizes_that_its_weights_go_by(spent):
    """e^{−x} on [0, 5]: the sizes in closed form, and the residuals of many seeds."""
    f, box = TARGETS["exponential"].standard(), TARGETS["exponential"].box
    square, mean = (1 - np.exp(-10)) / 10, (1 - np.exp(-5)) / 5
    truth = np.sqrt([square - mean**2, square])
    np.testing.assert_allclose(sizes(Truth(f, box)), truth, rtol=1e-12)
    for seed in range(60):
        trial(Run("noise", "exponential", BY_NOISE, seed), 1e-9, 0.0)
    residuals = []
    for loss, *_ in spent:
        exact = np.exp(-loss.rule.nodes[:, 0])
        residuals.append([loss.target_values[0, :, 0] - exact, loss.target_values[1, :, 0] + exact])
    np.testing.assert_allclose(np.std(residuals, axis=(0, 2)), NOISE * truth, rtol=0.05)
    expected = noise_weights({(0,): truth[0], (1,): truth[1]})
    np.testing.assert_allclose(spent[0][0].weights, list(expected.values()))


def test_points_of_the_part_without_noise_are_exact(spent):
    trial(Run("points", "sine", NEW, 0), TINY, 0.0)
    loss = spent[0][0]
    x = loss.rule.nodes[:, 0]
    np.testing.assert_allclose(loss.target_values[..., 0], [np.sin(x), np.cos(x)], atol=1e-14)


@pytest.mark.slow
def test_a_network_is_held_to_table_1_row_by_row(monkeypatch):
    histories = []

    def noted(*arguments, **options):
        run = spend(*arguments, **options)
        histories.append(run.history)
        return run

    monkeypatch.setattr(parts, "spend", noted)
    found = trial(Run("table", "η = 0.01", "relu, two layers of 50", 0), 0.1, 0.0)
    (history,) = histories
    assert len(history) == 501
    by_hand = np.log10(np.array([history[0], history[500]]) / TABLE_1[:2])
    assert found["distance"] == pytest.approx(np.sqrt((by_hand @ by_hand) / 2))
    assert found["loss"] == history[500]
    assert len(NETWORKS) * len(parts.TABLE_RATES) == 12 == len(PAIRS["table"])


def test_the_runs_are_as_many_as_the_protocol_says():
    assert {part: len(pairs) for part, pairs in PAIRS.items()} == {
        "tune": 390,
        "exact": 156,
        "points": 39,
        "noise": 52,
        "table": 12,
    }
