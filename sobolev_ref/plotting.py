"""Pictures: each function draws on an `Axes` and returns it.

Figures are made from `figure`, without pyplot, so that nothing here touches a global state or needs a
screen. What is true is a broad pale line, what was learned a thin dark dashed one on top of it: they
can be told apart in greyscale, and where they coincide.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

TRUE: dict[str, Any] = {"color": "#9ecae1", "linewidth": 5.0, "solid_capstyle": "butt"}
LEARNED: dict[str, Any] = {"color": "#08306b", "linewidth": 1.6, "linestyle": (0, (5, 2))}
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "x")


def figure(columns: int = 1, width: float = 6.0, height: float = 4.0) -> tuple[Figure, list[Axes]]:
    """A figure of one row of axes, each `width` by `height` inches."""
    fig = Figure(figsize=(width * columns, height), layout="constrained")
    return fig, list(fig.subplots(1, columns, squeeze=False)[0])


def save_figure(fig: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a PNG beside its final place and move it there: never a half-written figure.

    Parameters
    ----------
    fig : matplotlib Figure
    path : path-like
        Its folder is made if it is missing; an older file is replaced only by a whole new one.

    Returns
    -------
    pathlib.Path
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".png")
    os.close(handle)
    try:
        fig.savefig(temporary, dpi=120, metadata={"Software": None})
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return path


def plot_fit(
    ax: Axes, x: ArrayLike, true: ArrayLike, learned: ArrayLike, name: str, ylabel: str
) -> Axes:
    """A function and its approximation over x; all of shape (N,)."""
    ax.plot(x, true, label=f"true {name}", **TRUE)
    ax.plot(x, learned, label=f"learned {name}", **LEARNED)
    ax.set(xlabel="x", ylabel=ylabel)
    _legend_above(ax)
    return ax


def plot_loss(
    ax: Axes,
    history: ArrayLike,
    table: Mapping[int, float] | None = None,
    ylabel: str = "mean Sobolev loss",
) -> Axes:
    """The loss at epochs 0, 1, … on a logarithmic axis, and a table's rows as points."""
    losses = np.asarray(history)
    ax.semilogy(
        np.arange(len(losses)), losses, color=LEARNED["color"], linewidth=1.0, label="this run"
    )
    if table:
        ax.semilogy(
            list(table),
            list(table.values()),
            "s",
            color="black",
            markerfacecolor="white",
            label="paper's table",
        )
        _legend_above(ax)
    ax.set(xlabel="epoch", ylabel=ylabel)
    return ax


def plot_step_curve(ax: Axes, steps: ArrayLike, curves: Mapping[str, ArrayLike]) -> Axes:
    """Relative error against step size, one curve for each method: the V of finite differences."""
    for i, (name, errors) in enumerate(curves.items()):
        shown = np.maximum(np.asarray(errors), 1e-17)  # an error of exactly zero, on a log axis
        ax.loglog(
            steps,
            shown,
            linestyle=LINES[i % len(LINES)],
            marker=MARKERS[i % len(MARKERS)],
            markersize=4,
            color=f"{0.15 + 0.2 * (i % 4):.2f}",
            label=name,
        )
    ax.set(xlabel="step size h", ylabel="relative error")
    _legend_above(ax)
    return ax


def _legend_above(ax: Axes) -> None:
    """A legend outside the axes, where it can hide nothing."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
