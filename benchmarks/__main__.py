"""`python -m benchmarks`: run, print, save."""

import argparse
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from .environment import describe, kind, limit_loaded_libraries, limit_threads, without_avx512

PARTS = ("rows", "scaling", "batches", "training")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small rows, few repetitions")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results",
        help="folder for the page, and in it one for each kind of processor (default: benchmarks/results)",
    )
    parser.add_argument(
        "--both",
        action="store_true",
        help="once more in a child process that leaves AVX-512 alone, on a machine that has it",
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
    from . import ours, page, report, sections, timing  # NumPy and the frameworks come with these

    limit_loaded_libraries(options.threads)
    if options.both and kind() != "avx512":
        raise SystemExit(f"--both: got a processor of the kind {kind()}, takes one with AVX-512")
    if options.workers is not None:
        ours.OPTIONS["workers"] = options.workers
        threads += f"; sobolev_ref with workers={options.workers}"
    if options.threads > 1 or options.workers is not None:
        timing.clock = perf_counter
    facts = describe(threads)
    print(report.facts_list(facts), flush=True)
    folder, rounds = options.out / kind(), options.rounds or (3 if options.quick else 9)
    for part in options.only or PARTS:
        if part == "rows":
            sections.rows(
                folder, facts, quick=options.quick, rounds=rounds, compiled=options.compiled
            )
        elif part == "scaling":
            sections.scaling(folder, facts, quick=options.quick, rounds=min(rounds, 5))
        elif part == "batches":
            sections.batches(folder, facts, quick=options.quick)
        else:
            sections.training(folder, facts, quick=options.quick)
    print(f"\n{page.write(options.out)}", flush=True)
    if not options.both:
        return 0
    again = [a for a in (sys.argv[1:] if arguments is None else arguments) if a != "--both"]
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *again], env=without_avx512(), check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
