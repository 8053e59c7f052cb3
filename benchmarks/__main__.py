"""`python -m benchmarks`: run, print, save."""

import argparse
import sys
from pathlib import Path

from .environment import describe, limit_loaded_libraries, limit_threads

PARTS = ("rows", "scaling", "batches", "training")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small rows, few repetitions")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results",
        help="folder for the tables and the figure (default: benchmarks/results)",
    )
    parser.add_argument("--threads", type=int, default=1, help="for every contender (default: 1)")
    parser.add_argument("--workers", type=int, help="pass workers= to our loss")
    parser.add_argument("--rounds", type=int, help="interleaved repetitions (default: 9, quick: 3)")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave out the other parts")
    parser.add_argument(
        "--compiled",
        action="store_true",
        help="torch.compile as well: slow to start, takes a C++ compiler",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; an exception if a contender computed something else."""
    options = parse(arguments)
    threads = limit_threads(options.threads)
    from . import ours, report, sections  # NumPy and the frameworks come with these

    limit_loaded_libraries(options.threads)
    if options.workers is not None:
        ours.OPTIONS["workers"] = options.workers
        threads += f"; sobolev_ref with workers={options.workers}"
    facts = describe(threads)
    rounds = options.rounds or (3 if options.quick else 9)
    pages = [f"# Benchmarks\n\n{report.facts_list(facts)}"]
    print(pages[0], flush=True)
    for part in options.only or PARTS:
        if part == "rows":
            page = sections.rows(
                options.out, facts, quick=options.quick, rounds=rounds, compiled=options.compiled
            )
        elif part == "scaling":
            page = sections.scaling(options.out, facts, quick=options.quick, rounds=min(rounds, 5))
        elif part == "batches":
            page = sections.batches(options.out, facts, quick=options.quick)
        else:
            page = sections.training(options.out, facts, quick=options.quick)
        print(f"\n{page}", flush=True)
        pages.append(page)
    (options.out / "benchmarks.md").write_text("\n\n".join(pages) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
