"""`Report`: how good a fit is, for every output and every derivative of it, as a table to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Array
from ..data.scores import explained
from .measurements import Data
from .names import Key, Names

HEAD = ("", "points", "R²", "RMSE", "worst", "at")


@dataclass(frozen=True)
class Row:
    """One line of a report: one output, or one derivative of it.

    Attributes
    ----------
    name : str
        For example "CL" or "dCL/dMach".
    count : int
        At how many points it was known.
    r2 : float
        The share of its variance that is explained; NaN where it is the same everywhere.
    rmse : float
        The root of the mean square of the error, in the caller's units.
    worst : float
        The largest error, learned − true.
    index : int
        The row of X where that is, counted from 0.
    at : tuple of float
        The point itself.
    """

    name: str
    count: int
    r2: float
    rmse: float
    worst: float
    index: int
    at: tuple[float, ...]


@dataclass(frozen=True)
class Report:
    """R², RMSE and the worst point by output and partial, which prints as a table.

    Attributes
    ----------
    rows : tuple of Row

    Examples
    --------
    >>> print(Report((Row("CL", 20, 0.9871, 0.0123, -0.05, 7, (0.8, 2.5)),)))
        points      R²    RMSE  worst  at
    CL      20  0.9871  0.0123  -0.05  X[7] = (0.8, 2.5)
    """

    rows: tuple[Row, ...]

    def __getitem__(self, name: str) -> Row:
        """The line of that name."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"{name}; there are {', '.join(row.name for row in self.rows)}")

    def __str__(self) -> str:
        lines = [HEAD]
        for row in self.rows:
            at = ", ".join(f"{x:.4g}" for x in row.at)
            numbers = str(row.count), share(row.r2), f"{row.rmse:.3g}", f"{row.worst:.3g}"
            lines.append((row.name, *numbers, f"X[{row.index}] = ({at})"))
        wide = [max(map(len, column)) for column in zip(*lines)]
        return "\n".join(
            "  ".join([first.ljust(wide[0]), *map(str.rjust, cells, wide[1:]), last])
            for first, *cells, last in lines
        )

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns by name; ``pandas.DataFrame(report.to_dict())`` is the table as a frame.

        Examples
        --------
        >>> Report((Row("CL", 20, 0.9871, 0.0123, -0.05, 7, (0.8, 2.5)),)).to_dict()["rmse"]
        [0.0123]
        """
        return {name: [getattr(row, name) for row in self.rows] for name in Row.__annotations__}


def share(r2: float) -> str:
    """R², with so many digits that what is missing to 1 has two.

    Examples
    --------
    >>> share(0.9), share(0.99998765), share(1 - 1e-14), share(float("nan"))
    ('0.9000', '0.999988', '1.0000', 'undefined')
    """
    if np.isnan(r2):
        return "undefined"
    missing = 1 - r2
    digits = 4 if missing > 1e-3 or missing < 1e-12 else int(1 - np.floor(np.log10(missing)))
    return f"{r2:.{digits}f}"


def report_of(data: Data, learned: dict[Key, Array], names: Names) -> Report:
    """The report of what was learned, by α or "along", (N, m) each, against data."""
    lines = []
    for key, true in data.numbers.items():
        for j in range(data.m):
            y, y_hat = true[:, j], learned[key][:, j]
            error = y_hat - y
            if np.isnan(error).all():
                continue
            i = int(np.nanargmax(np.abs(error)))
            unit = abs(error[i]) or 1.0  # so that no square overflows or vanishes
            rmse = float(unit * np.sqrt(np.nanmean((error / unit) ** 2)))
            count = int(np.count_nonzero(~np.isnan(y)))
            at = tuple(data.x[i].tolist())
            r2 = explained(y, y_hat)
            lines.append(Row(names.of(key, j), count, r2, rmse, float(error[i]), i, at))
    if not lines:
        raise ValueError("y: got no number to compare with, takes at least one")
    return Report(tuple(lines))
