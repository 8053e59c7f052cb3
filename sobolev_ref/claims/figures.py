"""The study's figures, drawn from its runs alone.

A factor is old error / new error, so right of 1 is in favour of the paper; a dot is Hodges and Lehmann's
estimate and a line its 95 % interval. Arms differ by line, marker and colour.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..plots.figures import figure, label_ends, line_style, save_figure
from .hypotheses import ALL, COUNTED, FACTOR, HYPOTHESES, Answer, answers, end, factor, ratios
from .parts import mark_name
from .run import MARKS
from .statistics import Interval
from .table import Table

PRINTED = {"L2": "L²", "L1": "L¹", "H1": "H¹", "H2": "H²", "adam": "Adam"}
ARMS: Mapping[str, Mapping[str, Any]] = {
    "L1": line_style(4),
    "H1": {**line_style(2), "linestyle": "-"},
    "H1 balanced": {**line_style(3), "linestyle": "-"},
    "H2": line_style(1),
}
SHOWN = (3, 1, 13, 15)  # the hypotheses whose cases are drawn one by one


def label(name: str) -> str:
    """A name of a case or an arm as it is printed.

    Examples
    --------
    >>> label("H1 balanced"), label("sine, adam")
    ('H¹ balanced', 'sine, Adam')
    """
    for plain, printed in PRINTED.items():
        name = name.replace(plain, printed)
    return name


def few_labels(ax: Axes) -> None:
    """Logarithmic axes with labels at 1, 2, 5 times a power of ten where powers alone are too few."""
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "log":
            low, high = sorted(axis.get_view_interval())
            wide = high > 150 * low
            axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=8))
            if not wide:
                axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())


def forest(ax: Axes, names: Sequence[str], factors: Sequence[Interval]) -> None:
    """Factors with their intervals, one below the other, and the margin as a grey band."""
    places = np.arange(len(factors))[::-1]
    ax.axvspan(1 / FACTOR, FACTOR, color="0.9")
    ax.axvline(1, color="0.5", linewidth=1)
    low, high = [f.low for f in factors], [f.high for f in factors]
    ax.hlines(places, low, high, color="0.3", linewidth=1.5)
    ax.plot([f.estimate for f in factors], places, "o", color="0.1", markersize=5)
    ax.set_yticks(places, list(names))
    ax.set(xscale="log", xlabel="factor, old error / new error", ylim=(-0.7, len(names) - 0.3))
    ax.grid(axis="x", color="0.9")


def verdicts(table: Table, found: Sequence[Answer]) -> Figure:
    """All hypotheses with intervals and verdicts, and the estimates of their cases as small ticks."""
    fig, (ax,) = figure(width=10.0, height=7.0)
    names = [f"{h.name}  ({i})" for i, h in enumerate(HYPOTHESES, start=1)]
    forest(ax, names, [answer.size for answer in found])
    places = np.arange(len(found))[::-1]
    said = [
        answer.verdict
        + ", by count" * (i == COUNTED)
        + ", not in every case" * bool(answer.counterexamples)
        for i, answer in enumerate(found, start=1)
    ]
    ax.secondary_yaxis("right").set_yticks(places, said)
    for place, answer in zip(places, found):
        estimates = [case.estimate for case in answer.cases.values()]
        ax.plot(estimates, np.full(len(estimates), place - 0.25), "|", color="0.5", markersize=6)
    few_labels(ax)
    holding = sum(answer.verdict == "holds" for answer in found)
    ax.set_title(f"{holding} of {len(found)} hypotheses hold")
    return fig


def cases(table: Table, found: Sequence[Answer]) -> Figure:
    """The factors of single cases, of four hypotheses."""
    fig, axes = figure(columns=2, width=5.2, height=5.6, rows=2)
    for ax, i in zip(axes, SHOWN):
        by_case = found[i - 1].cases
        forest(ax, [label(case) for case in by_case], list(by_case.values()))
        above = sum(case.estimate > 1 for case in by_case.values())
        said = f"({i}) {HYPOTHESES[i - 1].name}:\nabove 1 in {above} of {len(by_case)} cases"
        ax.set_title(said, fontsize="medium")
        few_labels(ax)
    return fig


def budgets(table: Table, found: Sequence[Answer]) -> Figure:
    """The L² error of every arm against that of L² at the marks of both budgets, and H¹'s case by case."""
    fig, axes = figure(rows=2, width=6.5, height=3.6)
    for ax, (axis, what) in zip(axes, {"seconds": "CPU time", "operations": "operations"}.items()):
        ax.axhspan(1 / FACTOR, FACTOR, color="0.9")
        ax.axhline(1, color="0.5", linewidth=1)
        for arm in ("L1", "H2", "H1 balanced", "H1"):
            logs = [ratios(table, end(mark_name(axis, mark)), new=arm) for mark in MARKS]
            means = [factor(np.mean(list(each.values()), axis=0)) for each in logs]
            ax.fill_between(
                MARKS, [f.low for f in means], [f.high for f in means], color="0.5", alpha=0.3
            )
            ax.plot(MARKS, [f.estimate for f in means], label=label(arm), **ARMS[arm])
        for case in ALL:  # of the last arm, H¹
            ax.plot(
                MARKS, [factor(each[case]).estimate for each in logs], color="0.5", lw=0.6, zorder=1
            )
        first, last = (f"×{f.estimate:.3g}" for f in (means[0], means[-1]))
        ax.set(
            xscale="log",
            yscale="log",
            xlabel=f"share of the budget of {what}",
            ylabel="factor, error of L² / error",
            title=f"by {what}: H¹ {first} at 1/32, {last} at the end",
        )
        few_labels(ax)
        ax.set_xticks(MARKS, [f"1/{1 / mark:.0f}" for mark in MARKS[:-1]] + ["1"])
        label_ends(ax)
    return fig


DRAWN: Mapping[str, Callable[[Table, Sequence[Answer]], Figure]] = {
    "claims_1_verdicts.png": verdicts,
    "claims_2_cases.png": cases,
    "claims_3_budgets.png": budgets,
}


def draw(table: Table, folder: Path) -> list[Path]:
    """Save the figures, once all runs are there."""
    if table.missing():
        return []
    found = answers(table)
    return [save_figure(function(table, found), folder / name) for name, function in DRAWN.items()]
