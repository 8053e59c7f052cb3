"""The numbers of the claims' studies: medians and quartiles over seeds, kept as one small CSV file.

A trial returns numbers by `Key`; over the seeds they become one `Row` each. Page, figures and tests read
the rows and nothing else, so that none of them can say what was not measured.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..data.files import whole_file

SHARES = ("diverged",)  # quantities that are 0 or 1 in a run
HUGE = 1e300  # stands for ∞ while quartiles are interpolated


class Key(NamedTuple):
    """What a number is of: a study's case, one arm of the comparison, the place on an axis, a quantity."""

    study: int
    case: str
    arm: str
    axis: str
    at: float
    quantity: str


@dataclass(frozen=True)
class Row:
    """Quartiles over `runs` seeds, infinite where runs diverged; of a share, that share three times."""

    key: Key
    low: float
    median: float
    high: float
    runs: int


def quartiles(values: ArrayLike) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile; what is not a number counts as ∞.

    Examples
    --------
    >>> quartiles([1.0, 2.0, 3.0, 4.0, np.nan])
    (2.0, 3.0, 4.0)
    """
    finite = np.nan_to_num(np.asarray(values, float), nan=HUGE, posinf=HUGE)
    low, median, high = np.quantile(finite, [0.25, 0.5, 0.75])
    low, median, high = (float(v) if v < 1e-3 * HUGE else np.inf for v in (low, median, high))
    return low, median, high


def summarise(trials: Iterable[Mapping[Key, float]]) -> list[Row]:
    """One row for each key, in the order of first appearance, over all trials that have it.

    Examples
    --------
    >>> key = Key(1, "sine", "L2", "seconds", 0.5, "sup")
    >>> summarise([{key: 1.0}, {key: 3.0}])
    [Row(key=Key(...), low=1.5, median=2.0, high=2.5, runs=2)]
    """
    values: dict[Key, list[float]] = {}
    for trial in trials:
        for key, value in trial.items():
            values.setdefault(key, []).append(value)
    return [
        Row(
            key,
            *((float(np.mean(found)),) * 3 if key.quantity in SHARES else quartiles(found)),
            len(found),
        )
        for key, found in values.items()
    ]


COLUMNS = (*Key._fields, "low", "median", "high", "runs")


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Write the rows as CSV, three digits each, moved into place when whole."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        *names, at, quantity = row.key
        numbers = (f"{v:.3g}" for v in (row.low, row.median, row.high))
        writer.writerow([*names, f"{at:.4g}", quantity, *numbers, row.runs])
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def read_rows(path: Path) -> list[Row]:
    """The rows of a file that `write_rows` wrote; none where there is no file.

    Raises
    ------
    ValueError
        If its columns are others.
    """
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    if tuple(header) != COLUMNS:
        raise ValueError(f"{path}: got columns {header}, takes {list(COLUMNS)}")
    return [
        Row(
            Key(int(study), case, arm, axis, float(at), quantity),
            *(float(low), float(median), float(high)),
            int(runs),
        )
        for study, case, arm, axis, at, quantity, low, median, high, runs in lines
    ]


class Table:
    """Rows, and those of one curve: of a quantity of one arm along an axis.

    All look-ups raise `KeyError` where there are none.

    Examples
    --------
    >>> table = Table(Row(Key(1, "sine", "H1", "seconds", at, "L2"), e, e, e, 20)
    ...               for at, e in [(0.5, 3.0), (0.1, 4.0)])
    >>> table.last(1, "sine", "H1", "seconds", "L2").median
    3.0
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)
        self.curves: dict[tuple[int, str, str, str, str], list[Row]] = {}
        for row in sorted(self.rows, key=lambda row: row.key.at):
            self.curves.setdefault((*row.key[:4], row.key.quantity), []).append(row)

    def curve(self, study: int, case: str, arm: str, axis: str, quantity: str) -> list[Row]:
        """The rows along an axis, in its order."""
        return self.curves[study, case, arm, axis, quantity]

    def last(self, study: int, case: str, arm: str, axis: str, quantity: str) -> Row:
        """The row at the end of an axis: for a budget, the whole of it."""
        return self.curve(study, case, arm, axis, quantity)[-1]

    def at(self, study: int, case: str, arm: str, axis: str, at: float, quantity: str) -> Row:
        """The row nearest to a place on an axis."""
        found = self.curve(study, case, arm, axis, quantity)
        return min(found, key=lambda row: abs(row.key.at - at))

    def best(self, study: int, case: str, arm: str, axis: str, quantity: str) -> Row:
        """The row with the least median along an axis."""
        return min(self.curve(study, case, arm, axis, quantity), key=lambda row: row.median)
