"""The three parts of the report: each measures, writes its CSV file and returns its page."""

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
READING = """\
Median milliseconds of one loss and its gradient, float64, contenders interleaved in one process.
The peers' results agree with ours to 1e-10, as checked before timing (their deviations are in
rows.csv). "fastest peer / ours" is at least 1 where this package is as fast as every peer; "ours /
limit" is our time over that of the bare matrix products and activation evaluations
(`benchmarks/limit.py`)."""


def rows(out: Path, facts: Facts, *, quick: bool, rounds: int, compiled: bool) -> str:
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
    shown = report.COLUMNS[: -len(comparison.PEERS)]
    table = report.markdown(shown, [record[: len(shown)] for record in records])
    notes = "\n".join(f"- {note}" for result in results for note in result.notes)
    return f"## One loss and gradient\n\n{READING}\n\n{table}\n\n{notes}".strip()


def scaling(out: Path, facts: Facts, *, quick: bool, rounds: int) -> str:
    """Time against N, width, depth, k, d, with exponents and the figure."""
    series = growth.run(quick, rounds=rounds)
    report.write_csv(
        out / "scaling.csv", report.SCALING_COLUMNS, report.scaling_records(series), facts
    )
    save_figure(growth.plot(series), out / "scaling.png")
    return f"## Scaling\n\n{report.exponents_table(series)}\n\n![time against size](scaling.png)"


def batches(out: Path, facts: Facts, *, quick: bool) -> str:
    """An epoch of Adam in mini-batches."""
    records = in_batches.run(epochs=1 if quick else 100)
    report.write_csv(out / "batches.csv", report.BATCHES_COLUMNS, records, facts)
    table = report.markdown(report.BATCHES_COLUMNS, records)
    assert in_batches.__doc__ is not None
    _, reading = in_batches.__doc__.strip().split("\n\n", 1)
    return f"## Epochs of mini-batches\n\n{reading}\n\n{table}"


def training(out: Path, facts: Facts, *, quick: bool) -> str:
    """Seconds to the paper's final losses."""
    records = [
        report.training_record(one)
        for one in trainings.run(epochs=100 if quick else EPOCHS, repetitions=1 if quick else 3)
    ]
    report.write_csv(out / "training.csv", report.TRAINING_COLUMNS, records, facts)
    table = report.markdown(report.TRAINING_COLUMNS, records)
    assert trainings.__doc__ is not None
    _, reading = trainings.__doc__.strip().split("\n\n", 1)
    return f"## Trainings to the paper's final losses\n\n{reading}\n\n{table}"
