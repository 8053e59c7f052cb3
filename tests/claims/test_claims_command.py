"""`python -m sobolev_ref claims` as its user meets it: what it writes, keeps, refuses and survives."""

import multiprocessing
import os
import signal
import time
from contextlib import nullcontext

import pytest

from sobolev_ref.__main__ import main
from sobolev_ref.claims import command as claims_command
from sobolev_ref.claims.command import STUDIES, processes, run_study
from sobolev_ref.claims.figures import DRAWN
from sobolev_ref.claims.page import page
from sobolev_ref.claims.table import Key, Row, Table, read_rows, write_rows

FILES = {"docs/claims.csv", "docs/claims.md", *(f"figures/{name}" for name, _ in DRAWN.values())}


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_a_quick_run_writes_its_table_figures_and_page_and_no_more(tmp_path, capsys):
    argv = ["claims", "--quick", "--seeds", "1", "--workers", "2", "--out", str(tmp_path)]
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert files(tmp_path) == FILES
    assert all(f"study {number}: " in out for number in STUDIES) and "claims.md" in out
    table = Table(read_rows(tmp_path / "docs" / "claims.csv"))
    assert {row.runs for row in table.rows} == {1}
    assert (tmp_path / "docs" / "claims.md").read_text(encoding="utf-8") == page(table)


def environment(name):
    return os.environ.get(name)


@pytest.mark.slow
def test_the_blas_has_one_thread_in_the_trials(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    names = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"]
    with processes(1) as pool:
        assert list(pool.map(environment, names)) == ["1", "1"]
    assert [os.environ.get(name) for name in names] == ["4", None]


class Pool:
    """Where trials run: here and now, noted, and each a number made of its arguments."""

    def __init__(self, stop_at=None):
        self.tasks, self.stop_at = [], stop_at

    def map(self, function, *columns):
        for number, arguments, scale, seed in zip(*columns):
            if number == self.stop_at:
                raise KeyboardInterrupt
            self.tasks.append((arguments, scale, seed))
            yield {Key(number, "case", arguments[0], "end", 0.0, "L2"): float(seed)}


def test_every_seed_goes_through_all_trials_before_the_next(monkeypatch):
    monkeypatch.setattr(claims_command, "STUDIES", {1: (None, [("a",), ("b",)])})
    pool = Pool()
    rows = run_study(1, 2, 0.5, pool)
    assert pool.tasks == [(arm, 0.5, seed) for seed in (0, 1) for arm in (("a",), ("b",))]
    assert [(row.key.arm, row.median, row.runs) for row in rows] == [("a", 0.5, 2), ("b", 0.5, 2)]


def test_an_interrupted_run_keeps_what_was_done_and_a_new_one_the_other_studies(
    tmp_path, capsys, monkeypatch
):
    path, pool = tmp_path / "docs" / "claims.csv", Pool(stop_at=2)
    path.parent.mkdir()
    other = Row(Key(5, "case", "arm", "weight", 0.0, "L2"), 1.0, 2.0, 3.0, 20)
    write_rows([other], path)
    monkeypatch.setattr(claims_command, "processes", lambda workers: nullcontext(pool))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for words, runs in ((["--seeds", "1"], 1), (["--study", "1", "--study", "2"], 2)):
        assert main(["claims", "--quick", "--out", str(tmp_path), *words]) == 130
        *renewed, last = read_rows(path)
        assert last == other
        assert [(row.key.study, row.runs) for row in renewed] == [(1, 4 * runs)] * 4  # four cases
        err = capsys.readouterr().err
        assert f"study 1: trial {16 * runs} of {16 * runs}" in err and "interrupted" in err
    assert {scale for _, scale, _ in pool.tasks} == {0.02}


def test_an_interrupt_before_the_first_study_says_that_nothing_was_written(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(claims_command, "processes", lambda workers: nullcontext(Pool(stop_at=1)))
    assert main(["claims", "--quick", "--out", str(tmp_path)]) == 130
    assert "interrupted; no study was done, nothing was written" in capsys.readouterr().err
    assert files(tmp_path) == set()


def test_what_ends_the_command_ends_its_workers():
    def interrupted():
        with claims_command.processes(1) as pool:
            running, _ = pool.submit(time.sleep, 600), pool.submit(time.sleep, 600)
            while not running.running():
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not multiprocessing.active_children()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_any_signal_ends_it_with_the_truth_about_what_was_written(tmp_path, number, interruptible):
    """E: the pipes close when the last of its processes has ended."""
    child = interruptible(
        "-m", "sobolev_ref", "claims", "--quick", "--seeds", "1", "--out", tmp_path
    )
    assert child.stdout.readline().startswith("study 1:")
    child.send_signal(getattr(signal, number))
    _, err = child.communicate(timeout=300)
    assert child.returncode == 130 and "\ninterrupted; studies 1" in err, err
    studies = {row.key.study for row in read_rows(tmp_path / "docs" / "claims.csv")}
    assert ", ".join(map(str, sorted(studies))) in err and "Traceback" not in err


def test_without_all_studies_there_is_no_page(tmp_path, capsys):
    (tmp_path / "docs").mkdir()
    write_rows([], tmp_path / "docs" / "claims.csv")
    assert main(["claims", "--draw", "--out", str(tmp_path)]) == 0
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
    assert main(["claims", "--out", str(tmp_path / "file")]) == 2
    assert "--out: cannot write to" in capsys.readouterr().err
