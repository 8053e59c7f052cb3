"""`python -m sobolev_ref claims` as its user meets it: what it writes, keeps, refuses and survives."""

import os

import pytest

from sobolev_ref.__main__ import main
from sobolev_ref.claims import command as claims_command
from sobolev_ref.claims.command import STUDIES, processes, run_study
from sobolev_ref.claims.figures import DRAWN
from sobolev_ref.claims.page import page
from sobolev_ref.claims.studies import Settings
from sobolev_ref.claims.table import Key, Table, read_rows, write_rows

FILES = {"docs/claims.csv", "docs/claims.md", *(f"figures/{name}" for name, _ in DRAWN.values())}


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_quick_run_writes_its_table_figures_and_page_and_no_more(tmp_path, capsys):
    argv = ["claims", "--quick", "--seeds", "1", "--workers", "2", "--output", str(tmp_path)]
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert files(tmp_path) == FILES
    assert all(f"study {number}: " in out for number in STUDIES) and "claims.md" in out
    table = Table(read_rows(tmp_path / "docs" / "claims.csv"))
    assert {row.runs for row in table.rows} == {1}
    assert (tmp_path / "docs" / "claims.md").read_text(encoding="utf-8") == page(table)

    before = {row.key: row for row in table.rows}  # and one study anew leaves the others
    argv = ["claims", "--quick", "--study", "5", "--output", str(tmp_path)]
    assert main(argv) == 0
    after = {row.key: row for row in read_rows(tmp_path / "docs" / "claims.csv")}
    assert after.keys() == before.keys()
    for key, row in after.items():
        assert row.runs == 2 if key.study == 5 else row == before[key]


def environment(name):
    return os.environ.get(name)


def test_the_blas_has_one_thread_in_the_trials(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    names = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"]
    with processes(1) as pool:
        assert list(pool.map(environment, names)) == ["1", "1"]
    assert [os.environ.get(name) for name in names] == ["4", None]


def test_every_seed_goes_through_all_trials_before_the_next(monkeypatch):
    class Pool:
        def map(self, function, *columns):
            for trial, seed in zip(*columns):
                calls.append((trial, seed))
                yield {Key(1, "c", trial, "end", 0.0, "L2"): float(seed)}

    calls, seen = [], []
    monkeypatch.setattr(claims_command, "STUDIES", {1: lambda settings: ["a", "b"]})
    rows = run_study(1, Settings(2), Pool(), lambda done, total: seen.append((done, total)))
    assert calls == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [(row.key.arm, row.median, row.runs) for row in rows] == [("a", 0.5, 2), ("b", 0.5, 2)]


def test_an_interrupted_run_keeps_what_was_done(tmp_path, capsys, monkeypatch):
    key = Key(5, "tanh network, noise 1", "H1", "weight", 0.0, "L2")

    def study(number, settings, pool, on_trial):
        if number == 2:
            raise KeyboardInterrupt
        on_trial(1, 1)
        return claims_command.summarise([{key._replace(study=number): 1.0}])

    monkeypatch.setattr(claims_command, "run_study", study)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(["claims", "--output", str(tmp_path)]) == 130
    assert [row.key.study for row in read_rows(tmp_path / "docs" / "claims.csv")] == [1]
    err = capsys.readouterr().err
    assert "study 1: trial 1 of 1" in err and "interrupted" in err


def test_without_all_studies_there_is_no_page(tmp_path, capsys):
    (tmp_path / "docs").mkdir()
    write_rows([], tmp_path / "docs" / "claims.csv")
    assert main(["claims", "--draw", "--output", str(tmp_path)]) == 0
    assert "no page yet: studies 1, 2, 3, 4, 5, 6, 7 are missing" in capsys.readouterr().out
    assert files(tmp_path) == {"docs/claims.csv"}


@pytest.mark.parametrize(
    "argument", [["--quick"], ["--study", "8"], ["--seeds", "0"], ["--workers", "0"], ["--bogus"]]
)
def test_bad_arguments(argument, capsys):
    with pytest.raises(SystemExit) as error:
        main(["claims", *argument])
    assert error.value.code == 2
    assert "usage: python -m sobolev_ref claims" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["claims", "--output", str(tmp_path / "file")]) == 2
    assert "--output: cannot write to" in capsys.readouterr().err
