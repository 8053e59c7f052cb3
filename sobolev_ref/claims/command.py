"""`python -m sobolev_ref claims`: the runs of the study, its page and its figures.

Runs are made in processes of their own in which the BLAS has one thread, since its helpers' waiting would
count as CPU time. The file of runs is written after every seed of every part; a run that is in it is not
made again, so that a study that was interrupted goes on where it was.
"""

import argparse
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import perf_counter

from .figures import draw
from .page import page
from .parts import FAST, FASTER, PAIRS, RATES, Run, rate_arm, trial
from .run import LOSSES
from .table import Table, read_runs, write_runs

SEEDS = {
    "tune": range(1000, 1005),
    "exact": range(64),
    "points": range(64),
    "noise": range(64),
    "table": range(20),
}
QUICK_SEEDS = {part: range(2000, 2001 if part == "tune" else 2002) for part in SEEDS}
QUICK = 0.02  # of every budget
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
RUNS, PAGE, FIGURES = Path("docs/claims.csv"), Path("docs/claims.md"), Path("figures")


def end_with_parent() -> None:
    """Let this process end when the one that started it has, even by a signal that nothing can catch."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


@contextmanager
def processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes have a BLAS with one thread; whatever ends it early ends them at once."""
    before = {name: os.environ[name] for name in THREADS if name in os.environ}
    os.environ.update(dict.fromkeys(THREADS, "1"))  # what a process finds when it starts
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), end_with_parent)
    # Workers inherit this: a terminal's Ctrl-C is for the process of the command alone.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    for _ in range(workers):
        pool.submit(os.getpid)  # starts one
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield pool
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        for name in THREADS:
            del os.environ[name]
        os.environ.update(before)


def run_part(
    part: str,
    path: Path,
    pool: Executor,
    seeds: Mapping[str, Sequence[int]] = SEEDS,
    scale: float = 1.0,
) -> int:
    """Make the runs of a part that the file lacks, and write it after every seed; how many were made.

    "exact" needs all of "tune". In a process of the pool one thread must work, its BLAS has one as well: CPU
    time is counted by process. `scale` is the share of every budget.
    """
    runs = read_runs(path)
    if strange := {run.seed for run in runs if run.seed not in seeds[run.part]}:
        raise ValueError(
            f"{path}: got seed {min(strange)}, which is of the full study or of a quick one, and this is "
            "the other; takes another --out"
        )
    rates: dict[tuple[str, str], float] = {}
    if part == "tune":
        names = {rate_arm(loss, rate): rate for loss in LOSSES for rate in RATES}
        rates = {(target, arm): names[arm] for target, arm in PAIRS["tune"]}
    if part == "exact":
        if "tune" in Table(runs).missing() or Table(runs).seeds["tune"] != list(seeds["tune"]):
            raise ValueError("part exact: takes its rates from the part tune, which is not there")
        rates = exact_rates(Table(runs))
    made = 0
    for seed in seeds[part]:
        todo = [run for pair in PAIRS[part] if (run := Run(part, *pair, seed)) not in runs]
        found = pool.map(trial, todo, [scale] * len(todo), [rates.get(r[1:3], 0.0) for r in todo])
        for run, errors in zip(todo, found):
            runs[run] = errors
            made += 1
        if todo:
            write_runs(runs, path)
        if sys.stderr.isatty():  # a line that the next one replaces
            print(f"\rpart {part}: seed {seed} of {seeds[part][-1]}\r", end="", file=sys.stderr)
    return made


def exact_rates(table: Table) -> dict[tuple[str, str], float]:
    """Adam's rate for each case and arm of the part exact that has one."""
    tuned = table.rates()
    found = {}
    for case, arm in PAIRS["exact"]:
        target, method = case.split(", ")
        if method == "adam":
            times = FASTER if arm.endswith(FAST) else 1.0
            found[case, arm] = times * tuned[target, arm.removesuffix(FAST)]
    return found


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line of the study."""
    parser = argparse.ArgumentParser(
        prog="python -m sobolev_ref claims",
        description="Test the paper's claims by docs/claims_protocol.md: 90 minutes on one core. Makes the "
        f"runs that are missing from {RUNS} in --out, and writes {PAGE} and {FIGURES}/claims_*.png there.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a fiftieth of every budget, 2 seeds; takes --out"
    )
    parser.add_argument(
        "--part",
        action="append",
        choices=list(PAIRS),
        help="only this part; may be repeated; exact takes tune before it",
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes (default: 1)"
    )
    parser.add_argument(
        "--draw", action="store_true", help="no runs: page and figures from those that are there"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder to write in (default: output)"
    )
    options = parser.parse_args(argv)
    if options.quick and options.out is None:
        parser.error("--quick: takes --out DIR, so that it does not replace the full study")
    if options.workers < 1:
        parser.error("--workers: takes a whole number >= 1")
    options.out = options.out or Path("output")
    return options


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """A signal that asks the process to end is a KeyboardInterrupt, as Ctrl-C is."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(argv: Sequence[str]) -> int:
    """Make the runs that were asked for; the exit status.

    0 when all is written, 2 for unusable arguments, 130 if interrupted: what was written is kept.
    """
    with signals_interrupt():
        return run(parse(argv))


def run(options: argparse.Namespace) -> int:
    """The command with its options; the exit status, as `main` has it."""
    path = options.out / RUNS
    seeds, scale = (QUICK_SEEDS, QUICK) if options.quick else (SEEDS, 1.0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not options.draw:
            with processes(options.workers) as pool:
                for part in options.part or PAIRS:
                    start = perf_counter()
                    made = run_part(part, path, pool, seeds, scale)
                    took = perf_counter() - start
                    print(f"part {part}: {made} runs, {took:.0f} s", flush=True)
        table = Table(read_runs(path))
    except OSError as error:
        print(f"--out: cannot write to {path.parent}: {error.strerror}", file=sys.stderr)
        return 2
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        kept = (
            f"{len(read_runs(path))} runs are in {path}" if path.exists() else "nothing was written"
        )
        print(f"\ninterrupted; {kept}", file=sys.stderr)
        return 130
    for name in draw(table, options.out / FIGURES):
        print(name)
    (options.out / PAGE).write_text(page(table), encoding="utf-8")
    print(options.out / PAGE)
    return 0
