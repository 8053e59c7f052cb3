"""`python -m sobolev_ref claims` as its user meets it: what it writes, keeps, refuses and survives."""

import multiprocessing
import os
import signal
import time
from contextlib import nullcontext, redirect_stdout
from io import StringIO
from pathlib import Path
from queue import Queue
from threading import Event

import pytest
from made_up import made_up
from pictures import Album, stale

from sobolev_ref.__main__ import main
from sobolev_ref.claims import command as claims_command
from sobolev_ref.claims import figures as claims_figures
from sobolev_ref.claims.command import (
    QUICK_SEEDS,
    SEEDS,
    end_with_parent,
    exact_rates,
    processes,
    run_part,
)
from sobolev_ref.claims.figures import DRAWN, draw
from sobolev_ref.claims.page import page
from sobolev_ref.claims.parts import FAST, PAIRS, QUANTITIES, RATES, Run, rate_arm
from sobolev_ref.claims.table import Table, read_runs, write_runs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = {"docs/claims.csv", "docs/claims.md", *(f"figures/{name}" for name in DRAWN)}


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


class Here:
    """An executor that makes the runs in this process."""

    map = staticmethod(map)


def touched(_, path):
    """In place of `save_figure`: a figure that is made, and not drawn."""
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A quick run with a hundredth of its budgets: status, output and folder."""
    folder, out = tmp_path_factory.mktemp("quick"), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.setattr(claims_command, "QUICK", claims_command.QUICK / 100)
        patch.setattr(claims_command, "processes", lambda workers: nullcontext(Here()))
        patch.setattr(claims_figures, "save_figure", touched)
        return main(["claims", "--quick", "--out", str(folder)]), out.getvalue(), folder


def test_a_quick_run_writes_its_runs_figures_and_page_and_no_more(quick):
    status, out, folder = quick
    assert status == 0 and files(folder) == FILES
    assert all(
        f"part {part}: {len(PAIRS[part]) * len(QUICK_SEEDS[part])} runs" in out for part in PAIRS
    )
    table = Table(read_runs(folder / "docs" / "claims.csv"))
    assert table.seeds == {part: list(seeds) for part, seeds in QUICK_SEEDS.items()}
    assert (folder / "docs" / "claims.md").read_text(encoding="utf-8") == page(table)


def test_the_saved_figures_are_those_that_the_command_draws(quick, tmp_path):
    """The quick run names them all; what they show, drawn anew from the saved runs, is not stale."""
    _, out, _ = quick
    saved = {path.name for path in (ROOT / "figures").glob("claims_*.png")}
    assert saved == set(DRAWN) and all(name in out for name in DRAWN)
    with Album(kind="") as album:
        draw(Table(read_runs(ROOT / "docs" / "claims.csv")), tmp_path)
    assert set(album.shown) == saved and stale(album.shown) == {}


def test_evaluation_tuning_and_quick_runs_have_seeds_apart():
    """The numbers of seeds are the protocol's; the tuning's are no others' and the quick ones neither."""
    assert {part: len(seeds) for part, seeds in SEEDS.items()} == {
        "tune": 5,
        "exact": 64,
        "points": 64,
        "noise": 64,
        "table": 20,
    }
    full = {seed for part, seeds in SEEDS.items() if part != "tune" for seed in seeds}
    assert not full & set(SEEDS["tune"])
    assert not (full | set(SEEDS["tune"])) & {s for seeds in QUICK_SEEDS.values() for s in seeds}


class Pool:
    """Where runs are made: here and now, noted, each a number made of its seed; one of them may not end."""

    def __init__(self, stop_at=None):
        self.tasks, self.stop_at = [], stop_at

    def map(self, function, *columns):
        assert function is claims_command.trial
        for run, scale, rate in zip(*columns):
            if run == self.stop_at:
                raise KeyboardInterrupt
            self.tasks.append((run, scale, rate))
            yield dict.fromkeys(QUANTITIES, 0.25 + run.seed % 7)


FEW = {"tune": [8, 9], "exact": [0, 1], "points": [0, 1, 2], "noise": [0], "table": [0]}


def test_every_seed_goes_through_all_runs_before_the_next(tmp_path):
    pool, path = Pool(), tmp_path / "runs.csv"
    assert run_part("points", path, pool, FEW, 0.5) == 3 * 39
    wanted = [Run("points", *pair, seed) for seed in (0, 1, 2) for pair in PAIRS["points"]]
    assert pool.tasks == [(run, 0.5, 0.0) for run in wanted]
    assert list(read_runs(path)) == wanted


def test_an_interrupted_part_goes_on_where_it_was(tmp_path):
    """Interrupted in the second seed: the first is in the file, and is not made again."""
    path = tmp_path / "runs.csv"
    stop = Run("points", *PAIRS["points"][5], 1)
    with pytest.raises(KeyboardInterrupt):
        run_part("points", path, Pool(stop), FEW)
    assert {run.seed for run in read_runs(path)} == {0}
    pool = Pool()
    assert run_part("points", path, pool, FEW) == 2 * 39
    assert {run.seed for run, *_ in pool.tasks} == {1, 2}
    whole = read_runs(path)
    assert run_part("points", path, pool, FEW) == 0 and read_runs(path) == whole
    lost = dict(list(whole.items())[1:])
    write_runs(lost, path)
    assert run_part("points", path, pool, FEW) == 1 and read_runs(path) == whole


def test_the_exact_part_takes_its_rates_from_the_tuning(tmp_path):
    path = tmp_path / "runs.csv"
    with pytest.raises(ValueError, match="takes its rates from the part tune"):
        run_part("exact", path, Pool(), FEW)
    pool = Pool()
    run_part("tune", path, pool, {**FEW, "tune": [8]})
    assert {(run.arm, rate) for run, _, rate in pool.tasks if run.arm.startswith("H2")} == {
        (rate_arm("H2", rate), rate) for rate in RATES
    }
    with pytest.raises(ValueError, match="takes its rates from the part tune"):
        run_part("exact", path, Pool(), FEW)  # one seed of two
    run_part("tune", path, pool, FEW)
    runs = read_runs(path)
    runs[Run("tune", "huber", rate_arm("H1", RATES[3]), 8)]["L2"] = 1e-3
    write_runs(runs, path)
    pool = Pool()
    run_part("exact", path, pool, FEW)
    rates = {(run.case, run.arm): rate for run, _, rate in pool.tasks}
    assert rates == {pair: exact_rates(Table(runs)).get(pair, 0.0) for pair in PAIRS["exact"]}
    assert rates["huber, adam", "H1"] == RATES[3] and rates["huber, L-BFGS-B", "H1"] == 0
    assert rates["huber, adam", "L2"] == RATES[0]
    assert rates["huber, adam", "H1" + FAST] == pytest.approx(10**0.5 * RATES[3])


@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_runs_are_made_by_any_executor(tmp_path):
    """Dask's, where the extra `distributed` is installed: the same starts, so near the same errors."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False}
    seeds = {**FEW, "table": [7]}
    with (
        distributed.LocalCluster(dashboard_address=None, **options) as cluster,
        distributed.Client(cluster) as client,
    ):
        made = run_part("table", tmp_path / "dask.csv", client.get_executor(), seeds, 0.002)
    with processes(1) as pool:
        assert made == run_part("table", tmp_path / "here.csv", pool, seeds, 0.002) == 12
    assert read_runs(tmp_path / "dask.csv") == read_runs(tmp_path / "here.csv")


def test_a_full_study_and_a_quick_one_are_not_mixed(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(claims_command, "processes", lambda workers: nullcontext(Pool()))
    (tmp_path / "docs").mkdir()
    write_runs({Run("noise", "sine", "L2 on N", 3): {"L2": 0.5}}, tmp_path / "docs" / "claims.csv")
    before = (tmp_path / "docs" / "claims.csv").read_bytes()
    assert main(["claims", "--quick", "--out", str(tmp_path)]) == 2
    assert "got seed 3, which is of the full study or of a quick one" in capsys.readouterr().err
    assert (tmp_path / "docs" / "claims.csv").read_bytes() == before
    assert files(tmp_path) == {"docs/claims.csv"}


def test_an_interrupted_study_says_what_is_kept_and_a_new_one_goes_on(
    tmp_path, capsys, monkeypatch
):
    stop = Run("points", *PAIRS["points"][0], 2001)
    pool = Pool(stop)
    monkeypatch.setattr(claims_command, "processes", lambda workers: nullcontext(pool))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    argv = ["claims", "--quick", "--out", str(tmp_path), "--part", "points"]
    assert main(argv) == 130
    err = capsys.readouterr().err
    assert "part points: seed 2000 of 2001" in err and "interrupted; 39 runs are in" in err
    pool.stop_at = None
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert "part points: 39 runs" in out and "claims.md" in out
    assert {scale for _, scale, _ in pool.tasks} == {0.02}
    text = (tmp_path / "docs" / "claims.md").read_text(encoding="utf-8")
    assert "No results yet: runs of the parts tune, exact, noise, table are missing." in text


def test_an_interrupt_before_the_first_seed_says_that_nothing_was_written(
    tmp_path, capsys, monkeypatch
):
    pool = Pool(Run("tune", *PAIRS["tune"][0], 2000))
    monkeypatch.setattr(claims_command, "processes", lambda workers: nullcontext(pool))
    assert main(["claims", "--quick", "--out", str(tmp_path)]) == 130
    assert "interrupted; nothing was written" in capsys.readouterr().err
    assert files(tmp_path) == set()


def test_workers_have_one_thread_of_blas_and_end_with_the_command(monkeypatch):
    names = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"]
    monkeypatch.setenv(names[0], "4")
    monkeypatch.delenv(names[1], raising=False)

    def interrupted():
        with processes(1) as pool:
            assert list(pool.map(os.getenv, names)) == ["1", "1"]
            running, _ = pool.submit(time.sleep, 600), pool.submit(time.sleep, 600)
            while not running.running():
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not multiprocessing.active_children()
    assert [os.getenv(name) for name in names] == ["4", None]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_any_signal_ends_it_with_the_truth_about_what_was_written(tmp_path, number, interruptible):
    """The pipes close when the last of its processes has ended."""
    arguments = ("--quick", "--out", tmp_path, "--part", "table", "--part", "points")
    child = interruptible("-m", "sobolev_ref", "claims", *arguments)
    assert child.stdout.readline().startswith("part table: 24 runs")
    child.send_signal(getattr(signal, number))
    _, err = child.communicate(timeout=300)
    runs = read_runs(tmp_path / "docs" / "claims.csv")
    assert child.returncode == 130 and f"\ninterrupted; {len(runs)} runs are in" in err, err
    assert {run.part for run in runs} >= {"table"} and "Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_its_workers_end_when_it_is_killed(tmp_path, interruptible):
    """The pipes close then, too."""
    child = interruptible(
        "-m", "sobolev_ref", "claims", "--quick", "--out", tmp_path, "--part", "table"
    )
    assert child.stdout.readline().startswith("part table")
    child.kill()
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL


def test_a_worker_waits_for_the_end_of_its_parent(monkeypatch):
    parent, ended = Event(), Queue()
    monkeypatch.setattr(parent, "join", parent.wait, raising=False)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", ended.put)
    end_with_parent()
    assert ended.empty()
    parent.set()
    assert ended.get(timeout=60) == 1


def test_page_and_figures_anew_from_the_runs_that_are_there(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(claims_figures, "save_figure", touched)
    (tmp_path / "docs").mkdir()
    runs = made_up(seeds=dict.fromkeys(PAIRS, 3))
    write_runs(runs, tmp_path / "docs" / "claims.csv")
    assert main(["claims", "--draw", "--out", str(tmp_path)]) == 0
    assert files(tmp_path) == FILES
    read = Table(read_runs(tmp_path / "docs" / "claims.csv"))
    assert (tmp_path / "docs" / "claims.md").read_text(encoding="utf-8") == page(read)
    assert "claims_1_verdicts.png" in capsys.readouterr().out


def test_a_foreign_file_is_named(tmp_path, capsys):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "claims.csv").write_text("a,b\n")
    assert main(["claims", "--draw", "--out", str(tmp_path)]) == 2
    assert "claims.csv: got columns" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argument", [["--quick"], ["--part", "eight"], ["--workers", "0"], ["--bogus"]]
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
