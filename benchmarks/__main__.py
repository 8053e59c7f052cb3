"""`python -m benchmarks`: run, print, save."""

import argparse
import sys
from pathlib import Path

from .environment import describe, limit_loaded_libraries, limit_threads

PARTS = ("rows", "scaling", "training")
READING = """\
Median milliseconds of one loss and its gradient, float64, contenders interleaved in one process. The
peers' results agree with ours to 1e-10 (the last columns of rows.csv). "fastest peer / ours" is at
least 1 where this package is as fast as every peer; "ours / limit" is our time over that of the bare
matrix products and activation evaluations (`benchmarks/limit.py`)."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small rows, few repetitions")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results",
                        help="folder for the tables and the figure (default: benchmarks/results)")
    parser.add_argument("--threads", type=int, default=1, help="for every contender (default: 1)")
    parser.add_argument("--workers", type=int, help="pass workers= to our loss")
    parser.add_argument("--rounds", type=int, help="interleaved repetitions (default: 9, quick: 3)")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave out the other parts")
    parser.add_argument("--compiled", action="store_true",
                        help="torch.compile as well: slow to start, takes a C++ compiler")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; 0 if every contender computed the same thing."""
    options = parse(arguments)
    threads = limit_threads(options.threads)
    from . import comparison, ours, problems, report, scaling, training     # NumPy comes with these

    import sobolev_ref as sr
    from sobolev_ref.plotting import save_figure

    limit_loaded_libraries(options.threads)
    if options.workers is not None:
        ours.OPTIONS["workers"] = options.workers
        threads += f"; sobolev_ref with workers={options.workers}"
    facts = {"sobolev_ref": sr.__version__, **describe(threads)}
    options.out.mkdir(parents=True, exist_ok=True)
    rounds = options.rounds or (3 if options.quick else 9)
    parts = options.only or PARTS
    pages = [f"# Benchmarks\n\n{report.facts_list(facts)}"]
    print(pages[0], flush=True)

    def section(text: str) -> None:
        pages.append(text)
        print(f"\n{text}", flush=True)

    if "rows" in parts:
        results = []
        for row in problems.ROWS:
            if row.small or not options.quick:
                result = comparison.compare(
                    row, rounds=rounds, at_least=0.005 if options.quick else 0.02,
                    compiled=options.compiled,
                )
                results.append(result)
                print(f"{row}: {result.ratio:.2f} of the fastest peer, "
                      f"{result.over_limit:.2f} of the limit", file=sys.stderr, flush=True)
        records = [report.result_record(result) for result in results]
        report.write_csv(options.out / "rows.csv", report.COLUMNS, records, facts)
        shown = report.COLUMNS[: -len(comparison.PEERS)]
        table = report.markdown(shown, [record[: len(shown)] for record in records])
        notes = [f"- {note}" for result in results for note in result.notes]
        section("\n".join([f"## One loss and gradient\n\n{READING}\n\n{table}", "", *notes]).strip())
    if "scaling" in parts:
        all_series = scaling.run(options.quick, rounds=min(rounds, 5))
        report.write_csv(options.out / "scaling.csv", report.SCALING_COLUMNS,
                         report.scaling_records(all_series), facts)
        save_figure(scaling.plot(all_series), options.out / "scaling.png")
        section(f"## Scaling\n\n{report.exponents_table(all_series)}\n\n![scaling](scaling.png)")
    if "training" in parts:
        trainings = training.run(epochs=100 if options.quick else training.paper.EPOCHS,
                                 repetitions=1 if options.quick else 3)
        records = [report.training_record(one) for one in trainings]
        report.write_csv(options.out / "training.csv", report.TRAINING_COLUMNS, records, facts)
        notes = "\n".join(training.__doc__.strip().split("\n\n", 1)[1].splitlines())
        section(f"## Trainings to the paper's final loss\n\n{notes}\n\n"
                f"{report.markdown(report.TRAINING_COLUMNS, records)}")
    (options.out / "benchmarks.md").write_text("\n\n".join(pages) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
