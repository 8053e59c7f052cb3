"""The claims' figures, drawn from their table alone: a point is a median over seeds, a bar its quartiles.

Each function takes a `Table` and returns a figure. Arms differ by line and marker, not by colour; a bar
that ends at the frame stands for runs that diverged.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..data.functions import FUNCTIONS
from ..paper.examples import ROW, TABLE_1
from ..plots.figures import figure, line_style, number
from .data import FEW, MODELS, RATIOS, best_weight, few_points_arm
from .networks import NETWORKS, network_arm
from .run import LOSSES
from .studies import BALANCED, HIGH, SCHEDULES, TARGETS
from .table import Row, Table

METHODS = ("adam", "L-BFGS-B")
UNITS = {
    "seconds": "CPU time in s",
    "operations": "operations, 10³ passes over a node",
    "rate": "learning rate",
    "points": "N, points",
    "weight": "weight λ of the slopes",
    "epoch": "epoch",
}
PRINTED = {
    "L2": "L²",
    "L1": "L¹",
    "H1": "H¹",
    "H2": "H²",
    "adam": "Adam",
    "gradient_descent": "gradient descent",
    "(-x)": "(−x)",
}
ZERO = 2e-5  # where λ = 0 stands on a logarithmic axis


def label(arm: str) -> str:
    """An arm's name in print.

    Examples
    --------
    >>> label("H1, 2N numbers"), label("H2 then H1"), label("exp(-x), adam")
    ('H¹, 2N numbers', 'H² then H¹', 'exp(−x), Adam')
    """
    for plain, printed in PRINTED.items():
        arm = arm.replace(plain, printed)
    return arm


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
    ax: Axes, table: Table, study: int, case: str, arms: Sequence[str], axis: str, quantity: str
) -> Axes:
    """One quantity of several arms over an axis, both logarithmic."""
    ax.set(xscale="log", yscale="log")
    for i, arm in enumerate(arms):
        plot_rows(ax, table.curve(study, case, arm, axis, quantity), i, label(arm))
    rows = [row for arm in arms for row in table.curve(study, case, arm, axis, quantity)]
    medians = np.array([row.median for row in rows if np.isfinite(row.median)])
    ax.set(
        xlabel=UNITS[axis],
        ylabel=label(f"{quantity} error"),
        title=label(case),
    )
    ax.set_ylim(medians.min() / 2, 2 * medians.max())
    return few_labels(ax)


def few_labels(ax: Axes) -> Axes:
    """Logarithmic axes with labels at 1, 2, 5 times a power of ten where powers alone are too few."""
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        wide = high > 150 * low
        axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=8))
        if not wide:
            axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        axis.set_minor_formatter(NullFormatter())
    return ax


def legend_below(fig: Figure, ax: Axes, ncols: int = 6) -> None:
    """One legend for all axes, below them."""
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=ncols)


def convergence(table: Table) -> Figure:
    """(1) The L² error over CPU time and over operations."""
    fig, axes = figure(columns=4, width=3.6, height=3.2, rows=2)
    cases = [f"{target}, {method}" for target in TARGETS for method in METHODS]
    for row, axis in enumerate(("seconds", "operations")):
        for ax, case in zip(axes[4 * row :], cases):
            plot_arms(ax, table, 1, case, list(LOSSES), axis, "L2")
    legend_below(fig, axes[0])
    return fig


def few_points(table: Table) -> Figure:
    """(2) The L² error over the number of points."""
    fig, axes = figure(columns=3, width=4.625, height=4.2)
    for ax, (case, (key, _, counts, arms)) in zip(axes, FEW.items()):
        d = FUNCTIONS[key].d
        names = [few_points_arm(name, times, d) for name, times in arms]
        plot_arms(ax, table, 2, case, names, "points", "L2")
        ax.set_xticks(counts, [str(n) for n in counts])
        ax.minorticks_off()
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, frameon=False)
    return fig


def stability(table: Table) -> Figure:
    """(3) The L² error and the share of diverged runs over the learning rate."""
    fig, axes = figure(columns=3, width=4.4, height=3.2, rows=2)
    cases = [*(f"{target}, adam" for target in TARGETS), "sin x, gradient_descent"]
    for upper, lower, case in zip(axes, axes[3:], cases):
        plot_arms(upper, table, 3, case, list(LOSSES), "rate", "L2")
        for i, arm in enumerate(LOSSES):
            rows = table.curve(3, case, arm, "rate", "diverged")
            at = [row.key.at for row in rows]
            lower.semilogx(at, [100 * row.median for row in rows], **line_style(i))
        lower.set(xlabel=UNITS["rate"], ylabel="diverged, % of the runs", ylim=(-5, 105))
    legend_below(fig, axes[0])
    return fig


def frequencies(table: Table) -> Figure:
    """(4) The L² error for sin 6x; the error's waves at ω = 1 and ω = 6 for sin x + sin 6x."""
    fig, axes = figure(columns=2, width=5.0, height=3.4, rows=2)
    arms = [*LOSSES, BALANCED]
    tone, both = HIGH
    for ax, method in zip(axes, METHODS):
        plot_arms(ax, table, 4, f"{tone}, {method}", arms, "seconds", "L2")
    for ax, omega in zip(axes[2:], (1, 6)):
        plot_arms(ax, table, 4, f"{both}, adam", arms, "seconds", f"amplitude {omega}")
        ax.set(ylabel=f"amplitude of the error, ω = {omega}")
    legend_below(fig, axes[0])
    return fig


def noise(table: Table) -> Figure:
    """(5) The L² error over λ, with Gauss and Markov's λ as a line for each noise."""
    fig, axes = figure(columns=2, width=5.4, height=4.0)
    for ax, model in zip(axes, MODELS):
        for i, ratio in enumerate(RATIOS):
            rows = table.curve(5, f"{model}, noise {ratio:g}", "H1", "weight", "L2")
            plot_rows(ax, rows, i, f"τ′ = {ratio:g} τ, and its (τ/τ′)²")
            ax.axvline(
                best_weight(ratio) * 1.03 ** (i - 2),
                color="0.6",
                linewidth=1,
                linestyle=line_style(i)["linestyle"],
            )
        ax.set(xscale="log", yscale="log", xlabel=UNITS["weight"], ylabel="L² error", title=model)
        few_labels(ax)
        ticks = [ZERO, 1e-4, 1e-3, 1e-2, 1e-1, 1]
        ax.set_xticks(ticks, ["0", *(f"$10^{{{e}}}$" for e in (-4, -3, -2, -1)), "1"])
        ax.minorticks_off()
    legend_below(fig, axes[0])
    return fig


def networks(table: Table) -> Figure:
    """(6) The paper's Table 1 and twelve networks: their losses, and how far they are from it."""
    fig, (left, right) = figure(columns=2, width=5.8, height=4.4)
    names = [network_arm(*network) for network in NETWORKS]
    shown = [network_arm(*network) for network in NETWORKS if network[2] == 1e-2]
    for i, name in enumerate(shown):
        plot_rows(left, table.curve(6, "Table 1", name, "epoch", "loss"), i, label(name), 1.0)
    epochs = ROW * np.arange(len(TABLE_1))
    left.plot(epochs, TABLE_1, color="#9ecae1", linewidth=6, zorder=0, label="the paper's Table 1")
    left.set(yscale="log", xlabel="epoch", ylabel="mean Sobolev loss")
    legend_below(fig, left, 3)
    places = np.arange(len(names))[::-1]
    rows = [table.last(6, "Table 1", name, "end", "distance") for name in names]
    right.hlines(places, [r.low for r in rows], [r.high for r in rows], color="0.3", linewidth=1.5)
    right.plot([r.median for r in rows], places, "o", color="0.1", markersize=6)
    right.set_yticks(places, [label(name) for name in names])
    right.set(xlabel="distance from Table 1, decades of the loss", xlim=(0, None))
    right.grid(axis="x", color="0.85")
    return fig


def schedules(table: Table) -> Figure:
    """(7) The L² and H¹ errors at the end of the time, by schedule."""
    fig, axes = figure(columns=2, width=5.2, height=3.6)
    places = np.arange(len(SCHEDULES))[::-1]
    for ax, method in zip(axes, METHODS):
        for i, quantity in enumerate(("L2", "H1")):
            rows = [table.last(7, method, arm, "end", quantity) for arm in SCHEDULES]
            y = places + 0.12 - 0.24 * i
            style = {**line_style(3 * i), "linestyle": "none", "markersize": 7, "color": "0.1"}
            ax.hlines(y, [r.low for r in rows], [r.high for r in rows], color="0.3", linewidth=1.5)
            if i:
                style["markerfacecolor"] = "white"
            ax.plot([r.median for r in rows], y, label=label(f"{quantity} error"), **style)
        ax.set_yticks(places, [label(arm) for arm in SCHEDULES])
        ax.set(xscale="log", xlabel="error at the end", title=label(f"sin x, {method}"))
        ax.minorticks_off()
        ax.grid(axis="x", color="0.85")
    legend_below(fig, axes[0])
    return fig


DRAWN: Mapping[int, tuple[str, Callable[[Table], Figure]]] = {
    1: ("claims_1_convergence.png", convergence),
    2: ("claims_2_few_points.png", few_points),
    3: ("claims_3_stability.png", stability),
    4: ("claims_4_frequencies.png", frequencies),
    5: ("claims_5_noise.png", noise),
    6: ("claims_6_networks.png", networks),
    7: ("claims_7_schedules.png", schedules),
}
