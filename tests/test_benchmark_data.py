"""The problems of `benchmarks.data` are what they say: slopes, prices, and paths without bias."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.data import formulas, intervals, page, pricing, scores, trials
from benchmarks.data.problem import Points
from benchmarks.data.problems import PROBLEMS, QUICK

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("problem", formulas.PROBLEMS, ids=lambda problem: problem.name)
def test_formulas_have_the_slopes_of_central_differences(problem):
    _, test = problem.draw(3)
    box = np.array(problem.bounds, dtype=float)
    f = getattr(formulas, problem.name.replace(" ", "_"), None)
    if f is None:  # a function of the package, tested there
        return
    for q, width in enumerate(np.diff(box)[:, 0]):
        step = np.zeros(problem.d)
        step[q] = 1e-5 * width
        difference = (f(*(test.x[:50] + step).T) - f(*(test.x[:50] - step).T)) / (2 * step[q])
        scale = 1e-6 * np.abs(test.slopes[:50, 0, q]).max() + 1e-6 * np.ptp(test.y) / width
        np.testing.assert_allclose(test.slopes[:50, 0, q], difference, atol=scale)


def test_values_from_elsewhere():
    """By hand at points where the formulas are short."""
    # A uniform beam in three steps is one beam: P L³ / (3 E b h³ / 12).
    deflection = 50e3 * 2.4**3 / (3 * 200e9 * 0.02 * 0.5**3 / 12)
    np.testing.assert_allclose(formulas.cantilever(*[0.02, 0.5, 0.8] * 3), deflection, rtol=1e-14)
    # A stretched arm is as long as its links together, a folded one as their difference.
    assert formulas.robot_arm(0.5, 1.0, 0.25, 0.0) == pytest.approx(0.75, rel=1e-15)
    assert formulas.robot_arm(0.5, 1.0, 0.25, np.pi) == pytest.approx(0.25, rel=1e-15)
    # Equal disks on equal shafts swing together at √(K/J), as though the middle shaft were not there.
    one = (2.0, 10.0, 1e7)
    K, J = np.pi * 1e7 * 2.0**4 / 320, np.pi * 0.3 * 3 * 12**2 / (4 * 9.80665) * 6**2 / 2
    frequency = formulas.torsion_vibration(
        *one, 10.0, 1e7, 12.0, 2.0, 10.0, 1e7, 2.0, 3.0, 0.3, 12.0, 3.0, 0.3
    )
    np.testing.assert_allclose(frequency, np.sqrt(K / J) / (2 * np.pi), rtol=1e-12)


def by_a_tree(S, sigma, n=2000):
    """The Bermudan put by Cox, Ross and Rubinstein's tree, which may be used at four of its times."""
    dt = 1 / n
    up = np.exp(sigma * np.sqrt(dt))
    q = (np.exp(0.06 * dt) - 1 / up) / (up - 1 / up)
    value = np.maximum(40 - S * up ** (2.0 * np.arange(n + 1) - n), 0)
    for i in range(n - 1, -1, -1):
        value = np.exp(-0.06 * dt) * (q * value[1:] + (1 - q) * value[:-1])
        if i and i % (n // 4) == 0:
            value = np.maximum(value, 40 - S * up ** (2.0 * np.arange(i + 1) - i))
    return value[0]


def test_bermudan_price_and_slopes():
    h, S = 1e-4, np.array([36.0, 41.0])
    price, delta, vega = pricing.BermudanPut(0.3).price(S)
    np.testing.assert_allclose(price, [by_a_tree(s, 0.3) for s in S], rtol=2e-4)
    by_S = [pricing.BermudanPut(0.3).price(S + e)[0] for e in (-h, h)]
    by_sigma = [pricing.BermudanPut(0.3 + e).price(S)[0] for e in (-h, h)]
    np.testing.assert_allclose(delta, (by_S[1] - by_S[0]) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(vega, (by_sigma[1] - by_sigma[0]) / (2 * h), rtol=1e-6)


@pytest.mark.parametrize("name", ["Black–Scholes call", "Bachelier basket"])
def test_paths_have_no_bias(name):
    """The mean of payoff less price, and of its slopes, over the points to learn from is noise about 0."""
    draw = {"Black–Scholes call": pricing.draw_call, "Bachelier basket": pricing.draw_basket}[name]
    train, _ = draw(0, n=100_000)
    if name == "Black–Scholes call":
        exact = pricing.evaluated(pricing.call_price, train.x)
        differences = np.column_stack([train.y - exact.y, train.slopes[:, 0] - exact.slopes[:, 0]])
    else:
        a, _ = pricing.basket(0, 7)
        z = (train.x @ a - 1.1) / 0.2
        delta = norm.cdf(z)
        price = 0.2 * (z * delta + norm.pdf(z))
        differences = np.column_stack(
            [train.y[:, 0] - price, train.slopes[:, 0] - delta[:, None] * a]
        )
    error = differences.std(axis=0) / np.sqrt(len(differences))
    assert (np.abs(differences.mean(axis=0)) < 4 * error).all()


def test_bermudan_paths_have_no_bias():
    paths = pricing.bermudan_paths(np.full((100_000, 2), [38.0, 0.3]), np.random.default_rng(0))
    drawn = np.column_stack([paths.y, paths.slopes[:, 0]])
    exact = np.concatenate(pricing.BermudanPut(0.3).price(np.array([38.0])))
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - exact) < 4 * error).all()


@pytest.mark.parametrize("name", ["Rosenbrock", "welded beam, values only"])
def test_seeds_repeat_and_differ(name):
    problem = PROBLEMS[name]
    first, again, other = problem.draw(0), problem.draw(0), problem.draw(1)
    assert (first.train.x == again.train.x).all() and (first.train.x != other.train.x).any()
    assert not np.isin(first.test.x, first.train.x).any()
    assert (first.train.slopes is None) == name.endswith("values only")
    assert first.test.slopes is not None and (first.test.y == again.test.y).all()


def trial(problem, contender, seed, values, slopes=float("nan"), cpu=1.0, note=""):
    return trials.Trial(problem, contender, seed, 1.0, values, slopes, cpu, cpu, "", note)


def test_a_table_survives_an_interruption(tmp_path):
    """The second row ends while it is written, as by Ctrl-C; the first is there, and a third follows."""

    class Interrupting:
        def __str__(self):
            raise KeyboardInterrupt

    table = tmp_path / "table.csv"
    first, third = (trial("Rosenbrock", "JENN", seed, 0.5, 0.25) for seed in (1, 3))
    trials.append(table, first, {})
    with pytest.raises(KeyboardInterrupt):
        trials.append(table, trial("Rosenbrock", "JENN", 2, 0.5), {"threads": Interrupting()})
    assert [t.seed for t in trials.read(table)] == [1]
    trials.append(table, third, {})
    assert trials.read(table) == [first, third]


def test_facts_are_those_of_the_fits(tmp_path):
    """The page is written on one processor from the fits of others, and of ours the versions are told."""
    table = tmp_path / "table.csv"
    assert trials.facts_of(table) == {}
    for name, contender, version, kind in [
        ("Rosenbrock", "our expert", "2", "AVX2"),
        ("Rastrigin", "JENN", "1", "AVX-512"),
        ("Rosenbrock", "JENN", "1", "AVX2"),
    ]:
        facts = {"sobolev_ref": version, "SIMD": kind}
        trials.append(table, trial(name, contender, 1, 0.5), facts)
    assert trials.facts_of(table) == {"sobolev_ref": "2", "SIMD": "AVX2; AVX-512 (Rastrigin)"}


def test_standings_by_hand():
    """Medians decide; overlapping ranges are within the spread; a seed without an answer is no answer."""
    rows = [
        *(trial("Rosenbrock", "our expert", s, v, cpu=2.0) for s, v in enumerate((0.2, 0.3, 0.4))),
        *(trial("Rosenbrock", "JENN", s, v) for s, v in enumerate((0.1, 0.15, 0.25))),
        *(trial("Rosenbrock", "torch twin", s, v) for s, v in enumerate((0.5, 0.6, 0.7))),
        *(trial("Rosenbrock", "SMT KRG", s, v) for s, v in enumerate((0.01, float("nan")))),
    ]
    table = page.Table(rows, PROBLEMS)
    assert table.cell("Rosenbrock", "JENN", "values") == (0.1, 0.15, 0.25)
    assert table.cell("Rosenbrock", "SMT KRG", "values") is None
    (mine,) = page.standings(table, "our expert")
    assert mine[:4] == ("Rosenbrock", "values", "within the spread", pytest.approx(2.0))
    assert mine.seconds == 2.0  # JENN is better, and took 1 s
    assert [page.standings(table, name)[0].place for name in ("JENN", "torch twin")] == [
        "best",
        "last",
    ]
    assert "| JENN | 1 | 1 | 0 | 0 | 0 |" in page.counts(table)
    assert page.losses(table, "torch twin").startswith(
        "It is behind at:\n\n- Rosenbrock, values: 4 times the error of JENN"
    )


def test_errors_by_hand():
    test = Points(np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]]), np.array([[[1.0]], [[1.0]]]))
    y, slopes = np.array([[2.0], [3.0]]), np.array([[[1.0]], [[0.0]]])
    assert scores.error_of_values(test, y) == pytest.approx(np.sqrt(0.5))
    assert scores.error_of_slopes(test, slopes) == pytest.approx(np.sqrt(0.5))
    assert np.isnan(scores.error_of_slopes(test, None))
    values, partial = scores.scores(PROBLEMS["Black–Scholes call"], test, y, slopes)
    assert values == ("price", "", 0.5, pytest.approx(np.sqrt(0.5)))
    assert partial[:3] == ("price", "S", -np.inf)


@pytest.mark.parametrize("name", ["Black–Scholes call", "Bachelier basket", "Bermudan put"])
def test_new_measurements_are_of_the_law_of_those_to_learn_from(name):
    """Means and spreads of values and slopes are those of the draw, and no point is one of its own."""
    problem = PROBLEMS[name]
    train, new = problem.draw(2).train, problem.anew(2)
    assert not np.isin(new.x, train.x).any()
    for ours, theirs in zip(intervals.truths(new), intervals.truths(train)):
        error = theirs.std() * np.sqrt(1 / len(ours) + 1 / len(theirs))
        assert abs(ours.mean() - theirs.mean()) < 4 * error
        assert abs(ours.std() / theirs.std() - 1) < 0.15


def test_what_intervals_hold_by_hand():
    found, std = np.array([[1.0], [2.0], [3.0], [4.0]]), np.full((4, 1), 2.0)
    assert intervals.within(found, std, np.add(found, [[3.2], [-3.2], [3.4], [0.0]])) == 0.75
    rows = [
        intervals.Held("Rosenbrock", seed, values, slopes)
        for seed, values, slopes in ((13, 0.9, 0.7), (14, 0.8, 0.75), (15, 1.0, 0.9))
    ]
    nan = float("nan")
    text = intervals.section(
        [*rows, intervals.Held("CRM wing", 16, 0.85, nan)], ["CRM wing", "Rosenbrock", "airfoil"]
    )
    assert text.startswith(
        "In 2 of 3 cells the median is between 0.80 and 0.97; beyond are slopes of Rosenbrock. Not run so "
        "far: airfoil.\n\n"
    )
    assert "| CRM wing | 0.850 (0.85–0.85) | – | 1 |" in text
    assert "| Rosenbrock | 0.900 (0.80–1.00) | 0.750 (0.70–0.90) | 3 |" in text
    assert intervals.section(rows[:1] * 2, ["Rosenbrock"]).startswith("In 1 of 2 cells")
    assert intervals.section([rows[2]._replace(values=0.9)], ["Rosenbrock"]).startswith(
        "In 2 of 2 cells the median is between 0.80 and 0.97.\n"
    )


def test_a_run_of_intervals_goes_on_where_it_was_left(tmp_path, monkeypatch):
    asked = []

    def held(problem, seed):
        asked.append((problem.name, seed))
        return intervals.Held(problem.name, seed, 0.875, float("nan"))

    monkeypatch.setattr(intervals, "held", held)
    table, facts = tmp_path / "table.csv", {"numpy": "2"}
    problems = [PROBLEMS["Rosenbrock"], PROBLEMS["Rastrigin"]]
    first = list(intervals.run(table, problems[:1], facts))
    assert [row.seed for row in first] == [13, 14, 15, 16, 17]
    assert len(list(intervals.run(table, problems, facts))) == 5 and len(asked) == 10
    read = intervals.read(table)
    assert [row[:3] for row in read[:5]] == [row[:3] for row in first]
    assert np.isnan([row.slopes for row in read]).all()
    assert table.read_text("utf-8").splitlines()[0] == "problem,seed,values,slopes,numpy"


@pytest.mark.slow
def test_one_fit_holds_nine_in_ten():
    row = intervals.held(PROBLEMS["Rosenbrock"], 0)
    assert row[:2] == ("Rosenbrock", 0) and row.values > 0.6 and row.slopes > 0.6


COMMAND = """import sys
from dataclasses import replace
from benchmarks.data.__main__ import main
from benchmarks.data.problems import PROBLEMS
PROBLEMS["away"] = replace(PROBLEMS["Rosenbrock"], name="away", needs="no_such_package")
options = ["--quick", "--seconds", "0.1", "--contender", "our expert", "--out", sys.argv[1]]
for more in ([], [], ["--problem", "x"], ["--problem", "away"]):
    print("status", main(options + more), file=sys.stderr)
"""


@pytest.mark.slow
def test_one_command(tmp_path):
    """It writes the page, the figure and the table, and does not run again what stands in the table."""
    command = [sys.executable, "-c", COMMAND, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    first, again, wrong, away, _ = re.split(r"status \d\n", run.stderr)
    assert re.findall(r"status (\d)", run.stderr) == ["0", "0", "2", "2"]
    assert (first.count("seed 13"), again.count("seed 13")) == (3, 0)
    assert wrong.startswith("--problem: got x, takes one of")
    assert away == "--problem: away needs no_such_package\n"
    found = trials.read(tmp_path / "data_benchmark.csv")
    assert [t.problem for t in found] == list(QUICK) and all(t.values < 1 for t in found)
    text = (tmp_path / "data_benchmark.md").read_text(encoding="utf-8")
    assert "](data_benchmark.png)" in text and (tmp_path / "data_benchmark.png").exists()


def test_what_is_not_installed_is_not_drawn_and_still_shown():
    """A page that is written again without SMT has SMT's problems."""
    assert {"B777 engine", "CRM wing", "airfoil", "diabetes", "Friedman 1"} < set(PROBLEMS)
    assert all(PROBLEMS[name].installed for name in QUICK)
    assert not replace(PROBLEMS[QUICK[0]], needs="no_such_package").installed
    table = page.Table(trials.read(ROOT / "docs" / "data_benchmark.csv"), PROBLEMS)
    assert list(table.problems) == list(PROBLEMS)
