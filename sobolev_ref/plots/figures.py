"""Figures made, saved, and checked: what every picture needs.

Figures are made without pyplot, so that nothing here touches a global state or needs a screen; and saved all
at once or not at all.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .._checks import as_integer, as_path, as_real, as_real_array, check_size, shown
from .._typing import Array
from ..data.archive import whole_file

MAX_AXES, MAX_INCHES = 400, 100  # in one figure; of one of its axes


def figure(
    columns: int = 1, width: float = 6.0, height: float = 4.0, rows: int = 1
) -> tuple[Figure, list[Axes]]:
    """A figure of axes, row by row, each `width` by `height` inches."""
    columns, rows = as_integer("columns", columns, 1), as_integer("rows", rows, 1)
    check_size("columns, rows", (columns, rows), columns * rows, f"{MAX_AXES} in all", MAX_AXES)
    size = _inches("width", width) * columns, _inches("height", height) * rows
    fig = Figure(figsize=size, layout="constrained")
    return fig, list(fig.subplots(rows, columns, squeeze=False).flat)


def _inches(name: str, value: float) -> float:
    takes = f"inches > 0, at most {MAX_INCHES}"
    inches = as_real(name, value, takes, above=0, strictly=True)
    if inches > MAX_INCHES:
        raise ValueError(f"{name}: got {inches:g}, takes {takes}")
    return inches


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

    Raises
    ------
    TypeError, ValueError
        For what is no figure or no path.
    OSError
        From the disk; the old file is still there, and nothing else.
    """
    if not isinstance(fig, Figure):
        raise TypeError(f"fig: got {shown(fig)}, takes a matplotlib Figure")
    path = Path(as_path("path", path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        fig.savefig(file, format="png", dpi=120, metadata={"Software": None})
    return path


def as_axes(ax: Any) -> Axes:
    """A matplotlib `Axes`."""
    if not isinstance(ax, Axes):
        raise TypeError(f"ax: got {shown(ax)}, takes a matplotlib Axes")
    return ax


def as_curve(name: str, value: ArrayLike) -> Array:
    """Real numbers, NaN for a gap."""
    array = as_real_array(name, value, finite=False)
    if np.isinf(array).any():
        raise ValueError(f"{name}: got infinite entries, takes numbers, NaN for a gap")
    return array


def as_table(table: Any) -> dict[int, float]:
    """Epochs to losses."""
    if not isinstance(table, Mapping):
        raise TypeError(f"table: got {shown(table)}, takes a mapping from epoch to loss")
    return {
        as_integer("table: epoch", epoch, 0): as_real("table", value, "a number >= 0", above=0)
        for epoch, value in table.items()
    }
