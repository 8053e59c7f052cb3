"""Every fit in a process of its own, its scores appended to a table, so that a run can be taken up again.

A fit that is in the table with the same budget is not run again. A process that uses more than `GRACE`
budgets is ended, and the table says so.
"""

import csv
import multiprocessing
import os
import resource
import warnings
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

from .contenders import CONTENDERS, Budget, Contender
from .problem import Data, Problem
from .scores import error_of_slopes, error_of_values, scores

GRACE = 8
FEW = 3  # problems, which are named
MODULES = {
    "jenn": ("jenn",),
    "smt": ("smt.surrogate_models",),
    "sklearn": ("sklearn.neural_network", "sklearn.gaussian_process", "sklearn.compose"),
}
HARM = (MemoryError, ValueError, ArithmeticError, TypeError, RuntimeError, ImportError)


class Trial(NamedTuple):
    """One fit: what it was, how far its answers are from the truth, and what it took.

    `scores` is "output|partial|R²|RMSE" for each quantity, joined by ";"; `note` says why there is no answer.
    """

    problem: str
    contender: str
    seed: int
    budget: float
    values: float
    slopes: float
    cpu: float
    wall: float
    scores: str
    note: str


def measure(contender: Contender, problem: Problem, data: Data, budget: float, seed: int) -> Trial:
    """One fit and its answers at the test points, here and now."""
    began, clock, note, found, errors = process_time(), perf_counter(), "", "", (float("nan"),) * 2
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y, slopes = contender.run(problem, data.train, data.test.x, Budget(budget), seed)
        cpu, wall = process_time() - began, perf_counter() - clock
        errors = error_of_values(data.test, y), error_of_slopes(data.test, slopes)
        found = ";".join(
            f"{s.output}|{s.partial}|{s.r2:.6g}|{s.rmse:.4g}"
            for s in scores(problem, data.test, y, slopes)
        )
    except HARM as error:
        cpu, wall = process_time() - began, perf_counter() - clock
        note = f"{type(error).__name__}: {error}".splitlines()[0][:120]
    return Trial(problem.name, contender.name, seed, budget, *errors, cpu, wall, found, note)


def isolated(contender: Contender, problem: Problem, data: Data, budget: float, seed: int) -> Trial:
    """The same in a process of its own, which says nothing and is ended when it takes too long."""
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def work() -> None:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        most = int(GRACE * budget) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        sender.send(measure(contender, problem, data, budget, seed))

    clock = perf_counter()
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        nothing, wall = float("nan"), perf_counter() - clock
        note = f"no answer after {GRACE * budget:g} s"
        return Trial(
            problem.name,
            contender.name,
            seed,
            budget,
            nothing,
            nothing,
            GRACE * budget,
            wall,
            "",
            note,
        )
    finally:
        process.join()


def read(path: Path) -> list[Trial]:
    """The trials of a table, none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Trial(*(kind(row[name]) for name, kind in Trial.__annotations__.items()))
            for row in csv.DictReader(file)
        ]


def facts_of(path: Path) -> dict[str, str]:
    """What the fits of a table depend on: of each fact the values that it had, the commonest first.

    A value of a few problems alone bears their names. Of this package the versions are those that fitted
    ours.
    """
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for name in dict.fromkeys(name for row in rows for name in row if name not in Trial._fields):
        problems: dict[str, list[str]] = {}
        for row in rows:
            if row[name] and (name != "sobolev_ref" or CONTENDERS[row["contender"]].ours):
                problems.setdefault(row[name], []).append(row["problem"])
        first, *others = sorted(problems, key=lambda value: -len(problems[value]))
        few = {value: list(dict.fromkeys(problems[value])) for value in others}
        texts = (f"{v} ({'; '.join(few[v])})" if len(few[v]) <= FEW else v for v in others)
        found[name] = "; ".join((first, *texts))
    return found


def append(path: Path, trial: Trial, facts: Mapping[str, str]) -> None:
    """One more row; what it depends on stands in the last columns, of which earlier rows may lack some.

    The old table is there until the new one is whole, so that an interruption loses this row at most.
    """
    numbers = (f"{cell:.5g}" if isinstance(cell, float) else cell for cell in trial)
    rows = [dict(zip(Trial._fields, numbers)) | facts]
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            rows = [*csv.DictReader(file), *rows]
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        columns = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def run(
    path: Path,
    problems: Iterable[Problem],
    names: Iterable[str],
    *,
    budget: float,
    seeds: Iterable[int],
    facts: Mapping[str, str],
) -> Iterator[Trial]:
    """Whatever is missing in the table, the first seed of all before the second of any.

    Who had no answer on a problem for one seed is not asked again for others: the page counts it as none.
    """
    problems, names = list(problems), list(names)
    known = [t for t in read(path) if t.budget == budget]
    done = {(t.problem, t.contender, t.seed) for t in known}
    failed = {(t.problem, t.contender) for t in known if t.note}
    for seed in seeds:
        for problem in problems:
            missing = [
                CONTENDERS[name]
                for name in names
                if CONTENDERS[name].takes(problem)
                and (problem.name, name, seed) not in done
                and (problem.name, name) not in failed
            ]
            data = problem.draw(seed) if missing else None
            for contender in missing:
                trial = isolated(contender, problem, data, budget, seed)
                append(path, trial, facts)
                if trial.note:
                    failed.add((problem.name, contender.name))
                yield trial


def warm(names: Iterable[str]) -> None:
    """Import what the contenders will, so that no fit pays for it."""
    for package in {CONTENDERS[name].package for name in names}:
        for module in MODULES.get(package, ()):
            if find_spec(package):
                import_module(module)
        if package == "torch" and find_spec("torch"):
            import torch

            torch.optim.LBFGS([torch.zeros(1)])  # the first optimiser imports much more
