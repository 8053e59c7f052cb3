"""A figure, its file, and the look that all pictures share.

Figures are made without pyplot, so that nothing here touches a global state or needs a screen. A file
appears whole or not at all.

Six colours tell lines apart, to colour-blind eyes as well: on white each has a contrast of at least 3 : 1,
and no two are equally light. Dash and marker differ besides, and a line bears its name where it ends.

What is true is a broad pale line, and what was learned is a thin dark dashed one on top of it: a reader can
tell them apart in greyscale, and where they coincide. What is plotted can be read back as data, for example
``ax.lines[0].get_xydata()``; labels and units are the caller's to change, by ``ax.set``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .._checks import as_instance, as_integer, as_path, as_real
from .._typing import MultiIndex
from ..data.files import whole_file

MAX_AXES = 400  # in one figure
MAX_INCHES = 100  # of the width or height of one of its axes

TRUE: dict[str, Any] = {"color": "#9ecae1", "linewidth": 5.0, "solid_capstyle": "butt"}
LEARNED: dict[str, Any] = {"color": "#08306b", "linewidth": 1.6, "linestyle": (0, (5, 2))}
POINTS: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 4,
    "color": LEARNED["color"],
    "markerfacecolor": "white",
}
COLORS = ("#000000", "#d55e00", "#0072b2", "#882255", "#cc79a7", "#332288")  # unlike in grey, too
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "x")
FLOOR = 1e-17  # a relative error of exactly zero is drawn here on a log axis

# -- a figure and its file ---------------------------------------------------------------------


def figure(
    columns: int = 1, width: float = 6.0, height: float = 4.0, rows: int = 1
) -> tuple[Figure, list[Axes]]:
    """A figure of axes, row by row, each `width` by `height` inches."""
    columns = as_integer("columns", columns, 1, MAX_AXES)
    rows = as_integer("rows", rows, 1, MAX_AXES // columns)
    size = _inches("width", width) * columns, _inches("height", height) * rows
    fig = Figure(figsize=size, layout="constrained")
    return fig, list(fig.subplots(rows, columns, squeeze=False).flat)


class Picture(type(Path())):  # type: ignore[misc]  # the system's own kind of path
    """The path of a saved figure, which a notebook shows as the picture where it ends a cell."""

    def _repr_png_(self) -> bytes:
        return bytes(self.read_bytes())


def save_figure(fig: Figure, path: str | os.PathLike[str]) -> Picture:
    """Write a PNG beside its final place and move it there, so that no figure is ever half written.

    Parameters
    ----------
    fig : matplotlib Figure
    path : path-like
        The folder is made if it is missing, and an older file is replaced only by a whole new one.

    Returns
    -------
    Picture
        The path. At the end of a notebook's cell it is shown as the picture.

    Raises
    ------
    TypeError, ValueError
        If `fig` is no figure, or `path` no path, or one of another kind of file.
    OSError
        If the disk refuses. The old file is then still there, and nothing else is.
    """
    as_instance("fig", fig, Figure, "a matplotlib Figure")
    path = Picture(as_path("path", path))
    if path.suffix.lower() not in ("", ".png"):
        raise ValueError(f"path: got {path.name}, takes a name that ends in .png")
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        fig.savefig(file, format="png", dpi=120, metadata={"Software": None})
    return path


# -- lines, names, numbers, legends ------------------------------------------------------------


def line_style(i: int, *, marker: bool = True) -> dict[str, Any]:
    """The look of line i. Twelve differ without colour, by dash and marker; four by dash alone."""
    return {
        "linestyle": LINES[i % len(LINES)],
        "marker": MARKERS[i % len(MARKERS)] if marker else None,
        "markersize": 4,
        "color": COLORS[i % len(COLORS)],
    }


def label_ends(ax: Axes) -> None:
    """Write the name of each line where it ends, in its colour; the limits are then fixed.

    A line ends where it leaves the axes, and if that is near the right edge, its name stands beside them.
    Names that would overlap are moved apart. What has no name, or no finite point, gets none.

    Examples
    --------
    >>> _, (ax,) = figure()
    >>> _ = ax.plot([0, 1], [0, 1], label="rises"), ax.plot([0, 1], [1, 0], label="falls")
    >>> label_ends(ax)
    >>> [text.get_text() for text in ax.texts]
    ['falls', 'rises']
    """
    check_axes(ax)
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    ends = []
    for line in ax.lines:
        points = np.asarray(line.get_xydata(), dtype=float)
        points = points[np.isfinite(points).all(axis=1)]
        pixels = ax.transData.transform(points)
        within = ax.transAxes.inverted().transform(pixels)  # shares of the axes
        shown = np.flatnonzero(((within > -0.01) & (within < 1.01)).all(axis=1))
        if len(shown) and not str(line.get_label()).startswith("_"):
            last = shown[-1]
            across = float(within[last, 0])
            place = (1.0 if across > 0.9 else across, float(points[last, 1]))
            ends.append((float(pixels[last, 1]), place, line))
    per_point = ax.figure.dpi / 72
    lowest = -np.inf
    for height, place, line in sorted(ends, key=lambda end: end[0]):
        lowest = max(height, lowest + 12 * per_point)  # a line of text is some 12 points high
        ax.annotate(
            str(line.get_label()),
            place,
            xycoords=ax.get_yaxis_transform(),
            xytext=(5, (lowest - height) / per_point),
            textcoords="offset points",
            va="center",
            color=line.get_color(),
            annotation_clip=False,
        )


def derivative_name(alpha: MultiIndex) -> str:
    """Dᵅu as matplotlib writes mathematics: u, u′, u″, u⁽³⁾ for d = 1, and D^(2,1) u for more.

    Examples
    --------
    >>> derivative_name((1,)), derivative_name((3,)), derivative_name((2, 1))
    ("$u'$", '$u^{(3)}$', '$D^{(2,1)}u$')
    """
    if not any(alpha):
        return "$u$"
    if len(alpha) == 1:
        return "$u" + ("'" * alpha[0] if alpha[0] < 3 else f"^{{({alpha[0]})}}") + "$"
    return f"$D^{{({','.join(map(str, alpha))})}}u$"


def number(value: float, digits: int = 3) -> str:
    """A number for a label, with the minus sign that the axes have.

    Examples
    --------
    >>> number(-0.01234)
    '−0.0123'
    """
    return f"{value:.{digits}g}".replace("-", "−")


def legend_above(ax: Axes, ncols: int = 2) -> None:
    """Put the legend outside the axes, where it can hide nothing."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=ncols, frameon=False)


# -- what a picture accepts --------------------------------------------------------------------


def check_axes(ax: Any) -> None:
    """Refuse what is no matplotlib `Axes`."""
    as_instance("ax", ax, Axes, "a matplotlib Axes")


def _inches(name: str, value: float) -> float:
    takes = f"inches > 0, at most {MAX_INCHES}"
    inches = as_real(name, value, takes, above=0, strictly=True)
    if inches > MAX_INCHES:
        raise ValueError(f"{name}: got {inches:g}, takes {takes}")
    return inches
