"""The results as CSV, and tables as Markdown."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path

from .comparison import PEERS, Result
from .scaling import Series
from .training import Training

Cell = str | int | float
COLUMNS = (
    "network",
    "activation",
    "k",
    "N",
    "sobolev_ref ms",
    *(f"{peer} ms" for peer in PEERS),
    "limit ms",
    "fastest peer / ours",
    "ours / limit",
    *(f"{peer} way" for peer in PEERS),
    "limit way",
    *(f"{peer} deviation" for peer in PEERS),
)
SCALING_COLUMNS = ("series", "setting", "contender", "value", "seconds", "exponent", "of")
BATCHES_COLUMNS = ("loss", "batch", "sobolev_ref ms", "PyTorch ms", "PyTorch / ours")
TRAINING_COLUMNS = (
    "target",
    "contender",
    "goal",
    "seconds",
    "epochs",
    "ms per epoch",
    "loss",
    "reached",
)


def result_record(result: Result) -> list[Cell]:
    """One row of the comparison, a cell for each of `COLUMNS`."""
    row, ms = result.row, {name: 1e3 * t for name, t in result.seconds.items()}
    return [
        row.network,
        row.activation,
        row.order,
        row.n,
        ms["sobolev_ref"],
        *(ms.get(peer, "") for peer in PEERS),
        ms["limit"],
        "" if isnan(result.ratio) else result.ratio,
        result.over_limit,
        *(result.ways.get(peer, "") for peer in PEERS),
        result.ways["limit"],
        *(result.deviations.get(peer, "") for peer in PEERS),
    ]


def scaling_records(all_series: Sequence[Series]) -> list[list[Cell]]:
    """Every point of every series, with its series' exponent."""
    return [
        [one.name, one.setting, name, value, t, one.exponent(name), one.size]
        for one in all_series
        for name, seconds in one.seconds.items()
        for value, t in zip(one.values, seconds)
    ]


def training_record(training: Training) -> list[Cell]:
    """One training, a cell for each of `TRAINING_COLUMNS`."""
    return [
        training.example,
        training.contender,
        training.goal,
        training.seconds,
        training.epochs,
        1e3 * training.seconds / max(training.epochs, 1),
        training.loss,
        "yes" if training.reached else "no",
    ]


def facts_list(facts: Mapping[str, str]) -> str:
    """Versions, processor and threads as a list."""
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def markdown(columns: Sequence[str], records: Iterable[Sequence[Cell]]) -> str:
    """A table with floats at three digits.

    Examples
    --------
    >>> print(markdown(("a", "b"), [("x", 0.12345), ("y", 12345.6)]))
    | a | b |
    | --- | --- |
    | x | 0.123 |
    | y | 12346 |
    """
    lines = [columns, ["---"] * len(columns), *([_cell(cell) for cell in r] for r in records)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _cell(cell: Cell) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return f"{cell:.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"


def write_csv(
    path: Path, columns: Sequence[str], records: Iterable[Sequence[Cell]], facts: Mapping[str, str]
) -> None:
    """A CSV file; what the numbers depend on stands in its last columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, *facts])
        writer.writerows([*record, *facts.values()] for record in records)
