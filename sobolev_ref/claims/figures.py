"""The claims' figures, drawn from their table alone: a point is a median over seeds, a bar its quartiles.

Each function takes a `Table` and returns a figure. Arms differ by line and marker, not by colour; a bar
that ends at the frame stands for runs that diverged.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from ..paper.examples import ROW, TABLE_1
from ..plots.figures import figure, line_style, number, save_figure
from .run import LOSSES
from .studies import (
    BALANCED,
    CONVERGENCE,
    FEW,
    FREQUENCIES,
    METHODS,
    MODELS,
    NETWORKS,
    RATIOS,
    SCHEDULES,
    STABILITY,
    noise_case,
)
from .table import Row, Table
from .verdicts import label

UNITS = {
    "seconds": "CPU time in s",
    "operations": "operations, 10³ passes over a node",
    "rate": "learning rate",
    "points": "N, points",
    "weight": "weight λ of the slopes",
}
ZERO = 2e-5  # where λ = 0 stands on a logarithmic axis


def plot_rows(ax: Axes, rows: Sequence[Row], i: int, name: str, spread: float = 1.03) -> None:
    """Medians as line i over the axis of the rows, quartiles as bars, set apart by a small factor."""
    unit = 1e3 if rows[0].key.axis == "operations" else 1
    at = np.array([row.key.at or ZERO for row in rows]) / unit * spread ** (i - 2)
    low, median, high = np.array([(r.low, r.median, r.high) for r in rows]).T
    style = line_style(i)
    ax.plot(at, median, label=name, **style)
    ceiling = 1e3 * np.max(median[np.isfinite(median)], initial=0.0)
    top = np.minimum(high, ceiling)
    bars = np.isfinite(low)
    ax.vlines(at[bars], low[bars], top[bars], color=style["color"], linewidth=0.8)


def plot_arms(
    ax: Axes, table: Table, study: int, case: str, arms: Iterable[str], axis: str, quantity: str
) -> None:
    """One quantity of several arms over an axis, both logarithmic."""
    ax.set(xscale="log", yscale="log")
    curves = {arm: table.curve(study, case, arm, axis, quantity) for arm in arms}
    for i, (arm, rows) in enumerate(curves.items()):
        plot_rows(ax, rows, i, label(arm))
    medians = [row.median for rows in curves.values() for row in rows if np.isfinite(row.median)]
    ax.set(xlabel=UNITS[axis], ylabel=label(f"{quantity} error"), title=label(case))
    ax.set_ylim(min(medians) / 2, 2 * max(medians))
    few_labels(ax)


def plot_list(ax: Axes, rows: Sequence[Row], places: ArrayLike, **style: Any) -> None:
    """Medians and quartiles as a list, one below the other, the names left of it."""
    ax.hlines(places, [r.low for r in rows], [r.high for r in rows], color="0.3", linewidth=1.5)
    ax.plot([r.median for r in rows], places, linestyle="none", color="0.1", **style)
    ax.grid(axis="x", color="0.85")


def few_labels(ax: Axes) -> None:
    """Logarithmic axes with labels at 1, 2, 5 times a power of ten where powers alone are too few."""
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        wide = high > 150 * low
        axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=8))
        if not wide:
            axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        axis.set_minor_formatter(NullFormatter())


def legend_below(fig: Figure, ax: Axes, ncols: int = 6) -> Figure:
    """One legend for all axes, below them; the figure."""
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=ncols)
    return fig


def convergence(table: Table) -> Figure:
    """(1) The L² error over CPU time and over operations."""
    fig, axes = figure(columns=4, width=3.6, height=3.2, rows=2)
    for row, axis in enumerate(("seconds", "operations")):
        for ax, case in zip(axes[4 * row :], CONVERGENCE):
            plot_arms(ax, table, 1, case, LOSSES, axis, "L2")
    return legend_below(fig, axes[0])


def few_points(table: Table) -> Figure:
    """(2) The L² error over the number of points."""
    fig, axes = figure(columns=3, width=4.625, height=4.2)
    for ax, (case, (_, _, counts, arms)) in zip(axes, FEW.items()):
        plot_arms(ax, table, 2, case, arms, "points", "L2")
        ax.set_xticks(counts, [str(n) for n in counts])
        ax.minorticks_off()
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, frameon=False)
    return fig


def stability(table: Table) -> Figure:
    """(3) The L² error and the share of diverged runs over the learning rate."""
    fig, axes = figure(columns=3, width=4.4, height=3.2, rows=2)
    for upper, lower, case in zip(axes, axes[3:], STABILITY):
        plot_arms(upper, table, 3, case, LOSSES, "rate", "L2")
        for i, arm in enumerate(LOSSES):
            rows = table.curve(3, case, arm, "rate", "diverged")
            at = [row.key.at for row in rows]
            lower.semilogx(at, [100 * row.median for row in rows], **line_style(i))
        lower.set(xlabel=UNITS["rate"], ylabel="diverged, % of the runs", ylim=(-5, 105))
    return legend_below(fig, axes[0])


def frequencies(table: Table) -> Figure:
    """(4) The L² error for sin 6x; the error's waves at ω = 1 and ω = 6 for sin x + sin 6x."""
    fig, axes = figure(columns=2, width=5.0, height=3.4, rows=2)
    *tones, both = FREQUENCIES
    for ax, case in zip(axes, tones):
        plot_arms(ax, table, 4, case, (*LOSSES, BALANCED), "seconds", "L2")
    for ax, omega in zip(axes[2:], (1, 6)):
        plot_arms(ax, table, 4, both, (*LOSSES, BALANCED), "seconds", f"amplitude {omega}")
        ax.set(ylabel=f"amplitude of the error, ω = {omega}")
    return legend_below(fig, axes[0])


def noise(table: Table) -> Figure:
    """(5) The L² error over λ, with Gauss and Markov's λ = (τ/τ′)² as a line for each noise."""
    fig, axes = figure(columns=2, width=5.4, height=4.0)
    ticks = {ZERO: "0", **{10.0**e: f"$10^{{{e}}}$" for e in (-4, -3, -2, -1)}, 1.0: "1"}
    for ax, model in zip(axes, MODELS):
        for i, ratio in enumerate(RATIOS):
            rows = table.curve(5, noise_case(model, ratio), "H1", "weight", "L2")
            plot_rows(ax, rows, i, f"τ′ = {ratio:g} τ, and its (τ/τ′)²")
            best, style = ratio**-2 * 1.03 ** (i - 2), line_style(i)["linestyle"]
            ax.axvline(best, color="0.6", linewidth=1, linestyle=style)
        ax.set(xscale="log", yscale="log", xlabel=UNITS["weight"], ylabel="L² error", title=model)
        few_labels(ax)
        ax.set_xticks(list(ticks), list(ticks.values()))
        ax.minorticks_off()
    return legend_below(fig, axes[0])


def networks(table: Table) -> Figure:
    """(6) The paper's Table 1 and twelve networks: their losses, and how far they are from it."""
    fig, (left, right) = figure(columns=2, width=5.8, height=4.4)
    for i, arm in enumerate(arm for arm, (*_, rate) in NETWORKS.items() if rate == 1e-2):
        plot_rows(left, table.curve(6, "Table 1", arm, "epoch", "loss"), i, arm, 1.0)
    epochs = ROW * np.arange(len(TABLE_1))
    left.plot(epochs, TABLE_1, color="#9ecae1", linewidth=6, zorder=0, label="the paper's Table 1")
    left.set(yscale="log", xlabel="epoch", ylabel="mean Sobolev loss")
    rows = [table.last(6, "Table 1", arm, "end", "distance") for arm in NETWORKS]
    places = np.arange(len(rows))[::-1]
    plot_list(right, rows, places, marker="o", markersize=6)
    right.set_yticks(places, list(NETWORKS))
    right.set(xlabel="distance from Table 1, decades of the loss", xlim=(0, None))
    return legend_below(fig, left, 3)


def schedules(table: Table) -> Figure:
    """(7) The L² and H¹ errors at the end of the time, by schedule."""
    fig, axes = figure(columns=2, width=5.2, height=3.6)
    places = np.arange(len(SCHEDULES))[::-1]
    looks = {
        "L2": (0.12, {"marker": "o"}),
        "H1": (-0.12, {"marker": "D", "markerfacecolor": "white"}),
    }
    for ax, method in zip(axes, METHODS):
        for quantity, (shift, look) in looks.items():
            rows = [table.last(7, method, arm, "end", quantity) for arm in SCHEDULES]
            name = label(f"{quantity} error")
            plot_list(ax, rows, places + shift, label=name, markersize=7, **look)
        ax.set_yticks(places, [label(arm) for arm in SCHEDULES])
        ax.set(xscale="log", xlabel="error at the end", title=label(f"sin x, {method}"))
        ax.minorticks_off()
    return legend_below(fig, axes[0])


DRAWN: Mapping[int, tuple[str, Callable[[Table], Figure]]] = {
    1: ("claims_1_convergence.png", convergence),
    2: ("claims_2_few_points.png", few_points),
    3: ("claims_3_stability.png", stability),
    4: ("claims_4_frequencies.png", frequencies),
    5: ("claims_5_noise.png", noise),
    6: ("claims_6_networks.png", networks),
    7: ("claims_7_schedules.png", schedules),
}


def draw(table: Table, folder: Path) -> list[Path]:
    """Save the figures of the studies that have rows."""
    there = {row.key.study for row in table.rows}
    return [
        save_figure(function(table), folder / name)
        for number, (name, function) in DRAWN.items()
        if number in there
    ]
