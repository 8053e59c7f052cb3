"""`python -m sobolev_ref claims`: the seven studies, their table, figures and page.

Trials run in processes of their own in which the BLAS has one thread, since its helpers' waiting would
count as CPU time. A study's rows are in the file as soon as it is done; `--study` renews one and leaves
the others.
"""

import argparse
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from .figures import draw
from .page import page
from .studies import STUDIES, trial
from .table import Row, Table, read_rows, summarise, write_rows

FULL, QUICK = (20, 1.0), (2, 0.02)  # seeds, and the share of every budget
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
TABLE, PAGE, FIGURES = Path("docs/claims.csv"), Path("docs/claims.md"), Path("figures")


@contextmanager
def processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes have a BLAS with one thread; whatever ends it early ends them at once."""
    before = {name: os.environ[name] for name in THREADS if name in os.environ}
    os.environ.update(dict.fromkeys(THREADS, "1"))  # what a process finds when it starts
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
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


def run_study(number: int, seeds: int, scale: float, pool: Executor) -> list[Row]:
    """The rows of one study, its progress on standard error where that is a terminal.

    Every seed goes through all runs before the next one starts, so that a busy spell of the machine meets
    every loss alike.
    """
    _, runs = STUDIES[number]
    tasks = [(number, arguments, scale, seed) for seed in range(seeds) for arguments in runs]
    found = []
    for result in pool.map(trial, *zip(*tasks)):
        found.append(result)
        if sys.stderr.isatty():  # a line that the next one replaces
            line = f"\rstudy {number}: trial {len(found)} of {len(tasks)}\r"
            print(line, end="", file=sys.stderr)
    return summarise(found)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line of the study."""
    parser = argparse.ArgumentParser(
        prog="python -m sobolev_ref claims",
        description="Test the paper's claims: L2, L1, H1 and H2 losses on equal budgets, medians and "
        f"quartiles over seeds. Writes {TABLE}, {PAGE} and {FIGURES}/claims_*.png.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a fiftieth of every budget, 2 seeds; takes --out"
    )
    parser.add_argument(
        "--study",
        type=int,
        action="append",
        choices=sorted(STUDIES),
        metavar="N",
        help="only this study, 1 to 7; may be repeated",
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="default: 20, with --quick 2")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes (default: 1)"
    )
    parser.add_argument(
        "--draw", action="store_true", help="no runs: page and figures from the table as it is"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder to write in (default: this one)"
    )
    options = parser.parse_args(argv)
    if options.quick and options.out is None:
        parser.error("--quick: takes --out DIR, so that it does not replace the full study")
    if options.workers < 1 or (options.seeds is not None and options.seeds < 1):
        parser.error("--seeds, --workers: take whole numbers >= 1")
    options.out = options.out or Path()
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


def renew(
    numbers: Sequence[int], seeds: int, scale: float, workers: int, path: Path, done: list[int]
) -> None:
    """Run studies and put each one's rows in the place of its old ones as soon as it is `done`."""
    with processes(workers) as pool:
        for number in numbers:
            start = perf_counter()
            rows = run_study(number, seeds, scale, pool)
            kept = [row for row in read_rows(path) if row.key.study != number]
            write_rows(sorted([*kept, *rows], key=lambda row: row.key.study), path)
            done.append(number)
            seconds = perf_counter() - start
            print(f"study {number}: {len(rows)} rows, {seconds:.0f} s", flush=True)


def main(argv: Sequence[str]) -> int:
    """Run the studies that were asked for; the exit status.

    0 when all is written, 2 for unusable arguments, 130 if interrupted: studies that were done are kept.
    """
    with signals_interrupt():
        return run(parse(argv))


def run(options: argparse.Namespace) -> int:
    """The command with its options; the exit status, as `main` has it."""
    done: list[int] = []
    seeds, scale = QUICK if options.quick else FULL
    path = options.out / TABLE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not options.draw:
            numbers = options.study or sorted(STUDIES)
            renew(numbers, options.seeds or seeds, scale, options.workers, path, done)
    except OSError as error:
        print(f"--out: cannot write to {path.parent}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        studies = ", ".join(map(str, done))
        kept = (
            f"studies {studies} are in {path}" if done else "no study was done, nothing was written"
        )
        print(f"\ninterrupted; {kept}", file=sys.stderr)
        return 130
    table = Table(read_rows(path))
    for name in draw(table, options.out / FIGURES):
        print(name)
    missing = sorted(set(STUDIES) - {row.key.study for row in table.rows})
    if missing:
        print(f"no page yet: studies {', '.join(map(str, missing))} are missing")
        return 0
    (options.out / PAGE).write_text(page(table), encoding="utf-8")
    print(options.out / PAGE)
    return 0
