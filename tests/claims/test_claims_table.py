"""The runs of the study: the file, and what is found in it."""

import numpy as np
import pytest
from made_up import made_up

from sobolev_ref.claims.parts import PAIRS, QUANTITIES, RATES, Run, rate_arm
from sobolev_ref.claims.table import Table, read_runs, write_runs


def test_the_file_holds_the_runs_to_three_digits(tmp_path):
    runs = {
        Run("exact", "sine, adam", "L2 at √10 η", 3): {"L2": 1.2345e-7, "failed": 1.0},
        Run("table", "η = 0.01", "relu, two layers of 50", 0): {"loss": 0.25},
    }
    path = tmp_path / "claims.csv"
    assert read_runs(path) == {}
    write_runs(runs, path)
    found = read_runs(path)
    assert list(found) == list(runs)
    assert list(found.values()) == [{"L2": 1.23e-7, "failed": 1.0}, {"loss": 0.25}]
    assert [p.name for p in tmp_path.iterdir()] == ["claims.csv"]


def test_a_foreign_file_is_refused(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"claims\.csv: got columns"):
        read_runs(path)


def test_values_are_in_the_order_of_the_seeds():
    runs = {Run("noise", "sine", "L2 on N", s): {"L2": 10.0 * s} for s in (2, 0, 1)}
    table = Table(runs)
    assert list(table.values("noise", "sine", "L2 on N", "L2")) == [0, 10, 20]
    assert table.seeds["noise"] == [0, 1, 2] and table.seeds["exact"] == []
    for run in (("noise", "sine", "L2", "L2"), ("noise", "sine", "L2 on N", "H1")):
        with pytest.raises(KeyError):
            table.values(*run)


def test_one_run_that_is_missing_is_seen():
    runs = made_up()
    assert Table(runs).missing() == []
    assert Table({}).missing() == list(PAIRS)
    for part in PAIRS:
        last = next(run for run in reversed(runs) if run.part == part)
        assert Table({run: e for run, e in runs.items() if run != last}).missing() == [part]


def test_adams_rate_has_the_least_mean_log_error_and_of_equal_ones_is_the_smaller():
    """Errors (4, 1) have a greater median than (1.9, 2.2), and a smaller mean logarithm than (1.9, 2.2)."""
    errors = dict(zip(RATES, [(9, 9), (1.9, 2.2), (4, 1), (4, 1), (9, 9), (9, 9)]))
    runs = {
        Run("tune", case, arm, seed): {"L2": float(errors[rate][seed])}
        for case, arm in PAIRS["tune"]
        for rate in RATES
        if arm.endswith(rate_arm("", rate))
        for seed in (0, 1)
    }
    assert len(runs) == 780
    assert set(Table(runs).rates().values()) == {RATES[2]}
    assert len(Table(runs).rates()) == 65
    assert np.log([4, 1]).mean() < np.log([1.9, 2.2]).mean() and "L2" in QUANTITIES
