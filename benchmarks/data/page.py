"""`docs/data_benchmark.md`, its figure, and the counts in it, from the trials alone."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from matplotlib.figure import Figure

from sobolev_ref.plots import figure

from ..report import facts_list, markdown
from . import intervals
from .contenders import CONTENDERS
from .problem import Problem
from .trials import GRACE, Trial

LIKE = 1.25  # errors within this factor are alike
KINDS = {"values": "values", "slopes": "gradients"}  # field of a trial to its name


class Cell(NamedTuple):
    """What the seeds gave: least, median and largest."""

    least: float
    middle: float
    largest: float

    def __str__(self) -> str:
        middle = f"{self.middle:.2g}"
        if self.least == self.largest:
            return middle
        return f"{middle} ({self.least:.2g}–{self.largest:.2g})"


class Table:
    """The trials by problem and contender."""

    def __init__(self, trials: Iterable[Trial], problems: Mapping[str, Problem]) -> None:
        self.trials = [t for t in trials if t.problem in problems and t.contender in CONTENDERS]
        seen = {t.problem for t in self.trials}
        self.problems = {name: one for name, one in problems.items() if name in seen}
        self.contenders = [n for n in CONTENDERS if any(t.contender == n for t in self.trials)]

    def of(self, problem: str, contender: str) -> list[Trial]:
        """The trials of one fit, by seed."""
        return [t for t in self.trials if (t.problem, t.contender) == (problem, contender)]

    def cell(self, problem: str, contender: str, field: str) -> Cell | None:
        """Errors or seconds over the seeds; nothing where a seed has no answer, or there are no trials."""
        numbers = [getattr(t, field) for t in self.of(problem, contender)]
        if not numbers or any(not math.isfinite(number) for number in numbers):
            return None
        return Cell(min(numbers), median(numbers), max(numbers))

    def row(self, problem: str, field: str) -> dict[str, Cell]:
        """By contender, whoever has an answer."""
        cells = {name: self.cell(problem, name, field) for name in self.contenders}
        return {name: cell for name, cell in cells.items() if cell is not None}


class Standing(NamedTuple):
    """How one contender stands in one row, among all but those of its own package."""

    problem: str
    field: str
    place: str  # "best", "within the spread", "behind", "last"
    ratio: float  # its median over the best of the others
    seconds: (
        float  # its seconds over those of the fastest of the others that is alike or better, or NaN
    )


def standings(table: Table, name: str) -> list[Standing]:
    """Of one contender, in every row that it and at least one other has.

    It is best where its median is the least; within the spread where its range overlaps that of the best;
    last where its median is the largest.
    """
    out = []
    ours = CONTENDERS[name].ours
    for field in KINDS:
        for problem in table.problems:
            row = table.row(problem, field)
            others = {
                n: c for n, c in row.items() if n != name and not (ours and CONTENDERS[n].ours)
            }
            if name not in row or not others:
                continue
            mine, best = row[name], min(others.values(), key=lambda cell: cell.middle)
            if mine.middle <= best.middle:
                place = "best"
            elif mine.least <= best.largest:
                place = "within the spread"
            elif mine.middle > max(cell.middle for cell in others.values()):
                place = "last"
            else:
                place = "behind"
            alike = [
                table.cell(problem, n, "cpu")
                for n, cell in others.items()
                if cell.middle <= LIKE * mine.middle
            ]
            taken, least = table.cell(problem, name, "cpu"), [c.middle for c in alike if c]
            seconds = taken.middle / min(least) if taken and least else math.nan
            out.append(Standing(problem, field, place, mine.middle / best.middle, seconds))
    return out


def counts(table: Table) -> str:
    """How often each contender is best, within the spread, behind and last."""
    places = ("best", "within the spread", "behind", "last")
    rows = []
    for name in table.contenders:
        found = [standing.place for standing in standings(table, name)]
        rows.append([name, len(found), *(found.count(place) for place in places)])
    return markdown(("", "cells", *places), rows)


def errors_table(table: Table, field: str) -> str:
    """Problems by contenders; the least median of a row in bold type."""
    rows = []
    for problem in table.problems:
        row = table.row(problem, field)
        if not row:
            continue
        least = min(cell.middle for cell in row.values())
        rows.append(
            [problem, *(_shown(table, problem, name, row, least) for name in table.contenders)]
        )
    return markdown(("", *table.contenders), rows)


def _shown(table: Table, problem: str, name: str, row: Mapping[str, Cell], least: float) -> str:
    if name in row:
        return f"**{row[name]}**" if row[name].middle == least else str(row[name])
    failed = [t for t in table.of(problem, name) if t.note]
    return "no answer" if failed else "–"


def seconds_table(table: Table) -> str:
    """CPU seconds of a fit and its answers, and the lines of the user's code below them."""
    rows: list[list[str | int | float]] = []
    for problem in table.problems:
        cells = (table.cell(problem, name, "cpu") for name in table.contenders)
        rows.append([problem, *("–" if cell is None else f"{cell.middle:.2g}" for cell in cells)])
    rows.append(["lines of code", *(CONTENDERS[name].lines for name in table.contenders)])
    return markdown(("", *table.contenders), rows)


def problems_table(problems: Mapping[str, Problem]) -> str:
    """What there is to learn."""
    rows = [
        [name, p.d, p.m, p.n, p.noise or "none", p.source]
        for name, p in problems.items()
        if not name.endswith("values only")
    ]
    return markdown(("problem", "d", "m", "N", "noise", "source"), rows)


def headline(table: Table, name: str) -> str:
    """How often one contender is best or within the spread, and how often last, in a sentence."""
    places = [standing.place for standing in standings(table, name)]
    good, shown = sum(p in ("best", "within the spread") for p in places), f"{len(places)} cells"
    who = f"`{name}`" if name.endswith(")") else name.capitalize()
    return (
        f"{who} is best or within the spread of the best peer in {good} of {shown}, and last in "
        f"{places.count('last')}."
    )


def losses(table: Table, name: str) -> str:
    """Where one contender is behind, worst first."""
    behind = [s for s in standings(table, name) if s.place in ("behind", "last")]
    if not behind:
        return "It is behind nowhere."
    lines = ["It is behind at:\n"]
    for s in sorted(behind, key=lambda s: -s.ratio):
        row = table.row(s.problem, s.field)
        others = {n: c for n, c in row.items() if not CONTENDERS[n].ours}
        best = min(others, key=lambda n: others[n].middle)
        last = ", and last" if s.place == "last" else ""
        lines.append(
            f"- {s.problem}, {KINDS[s.field]}: {s.ratio:.2g} times the error of {best}{last}"
        )
    return "\n".join(lines)


def faster(table: Table, name: str) -> str:
    """A sentence on time, against the fastest peer that is as accurate."""
    ratios = [s.seconds for s in standings(table, name) if math.isfinite(s.seconds)]
    if not ratios:
        return "No peer is as accurate anywhere."
    return (
        f"In {len(ratios)} cells a peer is at least as accurate, to {LIKE}; the time is at most that of the "
        f"fastest such peer in {sum(ratio <= 1 for ratio in ratios)} of them, and {median(ratios):.2g} "
        "times it in the median."
    )


def over_budget(table: Table, budget: float) -> str:
    """Who used more than half as much again as the budget, on how many rows, and where most."""
    found = []
    for name in table.contenders:
        cells = {problem: table.cell(problem, name, "cpu") for problem in table.problems}
        taken = {p: cell.middle for p, cell in cells.items() if cell and cell.middle > 1.5 * budget}
        if taken:
            most = max(taken, key=lambda p: taken[p])
            rows = f"{len(taken)} of {sum(cell is not None for cell in cells.values())} rows"
            found.append(f"- {name}: {rows}, most on {most}, {taken[most]:.2g} s")
    return "\n".join(["More than 1.5 times the budget was used by:\n", *found]) if found else ""


def plot(table: Table) -> Figure:
    """A dot for each contender, a row for each problem; ours are filled."""
    fig, axes = figure(columns=2, width=4.8, height=1.2 + 0.36 * len(table.problems))
    marks = dict(zip(CONTENDERS, "oDsv^<>PX*"))
    names = list(table.problems)
    for ax, (field, kind) in zip(axes, KINDS.items()):
        for name in table.contenders:
            cells = {i: table.row(problem, field).get(name) for i, problem in enumerate(names)}
            found = {i: cell for i, cell in cells.items() if cell is not None}
            ours = CONTENDERS[name].ours
            style = {"markersize": 9 if ours else 6, "zorder": 3 if ours else 2}
            face = "black" if ours else "white"
            ax.plot(
                [max(cell.middle, 1e-6) for cell in found.values()],
                list(found),
                linestyle="none",
                marker=marks[name],
                color="black" if ours else "0.35",
                markerfacecolor=face,
                label=name,
                **style,
            )
            for i, cell in found.items():
                if ours:
                    ax.plot([cell.least, cell.largest], [i, i], color="black", linewidth=1)
        ax.set(xscale="log", xlabel=f"error of {kind}, relative", ylim=(len(names) - 0.5, -0.5))
        ax.set_yticks(range(len(names)), names if field == "values" else [""] * len(names))
        ax.grid(axis="y", color="0.9")
        ax.set_xlim(right=3)
        name = "SobolevRegressor()"
        places = [s.place for s in standings(table, name) if s.field == field]
        good = len(places) - places.count("behind") - places.count("last")
        ax.set_title(f"{kind}: {name} is best or\nwithin the spread in {good} of {len(places)}")
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False)
    return fig


INTRODUCTION = """\
# Other people's data

Published problems whose authors give the slopes, and some that have none: this package's defaults and what
its expert writes, against JENN, the Surrogate Modeling Toolbox SMT, scikit-learn and a twin written by hand
in PyTorch. All of it is made by

    python -m pip install -e ".[bench]" && python -m benchmarks.data
    python -m benchmarks.data --quick --out some/folder                   # three problems, one seed

which writes this page, its figure and [every fit]({csv}), with R² and RMSE of values and of each partial,
and goes on where it was interrupted; it took {minutes:.0f} minutes of one processor. The problems are in
`benchmarks/data/formulas.py`, `benchmarks/data/pricing.py` and `benchmarks/data/tables.py`, what the user
of each contender writes in `benchmarks/data/contenders.py`.
"""
READING = """\
An error of values is the RMSE over the standard deviation of the test values. An error of gradients is the
root mean square of the gradient's error over that of the gradient, each partial times its input's spread.
Both are taken at points that no fit has seen, as median (least–largest) over the seeds, the least of a row
in bold type. A dash means that the contender does not take part: it offers no slopes, or N or d is beyond
it. Kriging takes part up to N = 500, the Gaussian process up to 1,100, RMTB up to d = 3, GEKPLS where
there are slopes.

Every fit has {budget:g} CPU seconds on one processor. Loops end by the clock. JENN, GENN and
scikit-learn's network get as many iterations as fit in, by what a short trial took, and may end earlier by
themselves. SMT's kriging and RMTB and the Gaussian process take what they take; a process that needs
{grace} times the budget is ended, and has no answer; nor has a contender with less than one for every
seed.{default} The seconds are the median of what was used, answers at the test points included, and the
lines are what the user writes.

KRG and scikit-learn learn from the values alone on every row, so that theirs repeat on "values only". The
settings are those that each package's documentation shows. How `SobolevRegressor` fits was chosen on
these problems with seeds 0 to 12 in view (its deviations with 0 to 15 of the CRM wing), the rules of our
expert and of the twin on seeds 100 to 102. The problems are the same. That of seed 17 of Rastrigin's
function by values alone it learnt nothing, as of four of 0 to 12, was known when further starts were added.

{seeds}"""
DEFAULT = " `SobolevRegressor()` has no option but its `random_state`, and ends by its own rule."
HELD = """\
The share of new numbers that are within 1.645 of the deviations that `SobolevRegressor()` tells, by
`python -m benchmarks.data --intervals`, as median (least–largest) over seeds; [each fit](data_intervals.csv).
New numbers are the exact ones of the test points, or where what is learned from has noise, new measurements
with noise. Slopes are those of all inputs, also where values alone were learned from. Of the CRM wing a seed
has 14 numbers, and the seeds are others, as its earlier ones had a part in the choice of the rule."""
OUTCOME = """\
A cell is a row's error of values or of gradients. *Best* has the least median; *within the spread* means
that the range over the seeds overlaps that of the best; *last* alone has the largest median. Ours are counted
against the peers, not against each other. What each used stands below: where ours used more than the
budget, a best may be bought by seconds."""
ROWS = """\
Where a problem stands twice, "values only" has the same points without their slopes, and its gradients are
still tested. Tables are read from SMT and scikit-learn as installed: four fifths by chance to learn from,
the rest to be tested at. The formulas of `formulas.py` have a Latin hypercube to learn from and 1,000 uniform
points to be tested at; those of prices and of Friedman's function are in `pricing.py` and `tables.py`."""


def seeds_of(table: Table) -> str:
    """Which seeds each row has, once where all rows and contenders have the same."""
    rows: dict[str, set[int]] = {}
    for t in table.trials:
        if not t.note and t.problem in table.problems:
            rows.setdefault(f"{t.problem} by {t.contender}", set()).add(t.seed)
    groups: dict[str, list[str]] = {}
    for row, seeds in rows.items():
        groups.setdefault(", ".join(map(str, sorted(seeds))), []).append(row)
    if len(groups) == 1:
        return f"All contenders had seeds {next(iter(groups))} of every problem."
    return "\n".join(f"- seeds {seeds}: {', '.join(where)}" for seeds, where in groups.items())


def text(
    table: Table,
    facts: Mapping[str, str],
    *,
    budget: float,
    csv: str,
    picture: str,
    held: Sequence[intervals.Held] = (),
    main: Sequence[str] = ("SobolevRegressor()", "our expert"),
) -> str:
    """The whole page."""
    minutes = sum(t.cpu for t in table.trials) / 60
    there = [name for name in main if name in table.contenders]
    parts = [
        INTRODUCTION.format(minutes=max(minutes, 1), csv=csv),
        "## What came out",
        OUTCOME,
        counts(table),
    ]
    for name in there:
        parts += [headline(table, name), losses(table, name), faster(table, name)]
    default = DEFAULT if "SobolevRegressor()" in table.contenders else ""
    parts += [
        f"![Errors of values and of gradients, all contenders, by problem]({picture})",
        "Filled marks are ours, with the range over the seeds; open ones are the peers' medians.",
        "## How it is measured",
        READING.format(budget=budget, seeds=seeds_of(table), grace=GRACE, default=default),
        over_budget(table, budget),
        facts_list(facts),
        "## Errors of values",
        errors_table(table, "values"),
        "## Errors of gradients",
        errors_table(table, "slopes"),
        "## Seconds, and lines of code",
        seconds_table(table),
        *(
            ("## What 90 % intervals hold", HELD, intervals.section(held, table.problems))
            if held
            else ()
        ),
        "## The problems",
        problems_table(table.problems),
        ROWS,
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"
