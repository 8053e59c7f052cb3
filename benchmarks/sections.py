"""The parts of the report: each measures, and writes its CSV file; `page` makes the page of them."""

import sys
from collections.abc import Mapping
from pathlib import Path

from sobolev_ref.paper import EPOCHS
from sobolev_ref.plots import save_figure

from . import batches as in_batches
from . import comparison, problems, report
from . import scaling as growth
from . import training as trainings

Facts = Mapping[str, str]


def rows(out: Path, facts: Facts, *, quick: bool, rounds: int, compiled: bool) -> None:
    """One loss and gradient, every row; progress goes to standard error."""
    results = []
    for row in problems.ROWS:
        if quick and not row.small:
            continue
        results.append(
            comparison.compare(
                row, rounds=rounds, at_least=0.005 if quick else 0.02, compiled=compiled
            )
        )
        print(
            f"{row}: fastest peer / ours {results[-1].ratio:.2f}, "
            f"ours / limit {results[-1].over_limit:.2f}",
            file=sys.stderr,
            flush=True,
        )
    records = [report.result_record(result) for result in results]
    report.write_csv(out / "rows.csv", report.COLUMNS, records, facts)
    for note in (note for result in results for note in result.notes):
        print(note, file=sys.stderr)


def scaling(out: Path, facts: Facts, *, quick: bool, rounds: int) -> None:
    """Time against N, width, depth, k, d, with exponents and the figure."""
    series = growth.run(quick, rounds=rounds)
    report.write_csv(
        out / "scaling.csv", report.SCALING_COLUMNS, report.scaling_records(series), facts
    )
    save_figure(growth.plot(series), out / "scaling.png")


def batches(out: Path, facts: Facts, *, quick: bool) -> None:
    """An epoch of Adam in mini-batches."""
    records = in_batches.run(epochs=1 if quick else 100)
    report.write_csv(out / "batches.csv", report.BATCHES_COLUMNS, records, facts)


def training(out: Path, facts: Facts, *, quick: bool) -> None:
    """Seconds to the paper's final losses."""
    records = [
        report.training_record(one)
        for one in trainings.run(epochs=100 if quick else EPOCHS, repetitions=1 if quick else 3)
    ]
    report.write_csv(out / "training.csv", report.TRAINING_COLUMNS, records, facts)
