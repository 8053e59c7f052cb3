"""The main job trains both of the paper's networks, prints its tables and draws its figures."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from .._checks import rounded_up
from ..plots.figures import save_figure
from .examples import EPOCHS, EXAMPLES, ROW, Example, Run, solve_example, train


class Table:
    """A table printed row by row while training runs, with a progress line on a terminal."""

    def __init__(self, example: Example, epochs: int) -> None:
        self.paper = example.paper_rows()
        self.epochs = epochs
        self.epoch = 0
        self.progress = sys.stdout.isatty()
        self.start = self.shown = perf_counter()

    def __call__(self, epoch: int, loss: float) -> None:
        self.epoch = epoch
        if epoch in self.paper:
            verdict = "" if epoch == 0 else "at or below" if loss <= self.paper[epoch] else "ABOVE"
            self.clear()
            print(f"{epoch:>7d}  {self.paper[epoch]:>13.6e}  {loss:>13.6e}  {verdict}", flush=True)
        elif self.progress and perf_counter() - self.shown > 0.1:
            self.shown = perf_counter()
            self.clear()
            print(
                f"  epoch {epoch} of {self.epochs}, loss {loss:.3e}, "
                f"{self.shown - self.start:.1f} s",
                end="",
                flush=True,
            )

    def clear(self) -> None:
        if self.progress:
            print("\r\x1b[K", end="")


def report(run: Run) -> None:
    """Print what the table does not show: errors at every point, the certificate, the time."""
    sup, sup_derivative = run.sup_errors()
    certified = run.certified()
    everywhere, quadrature = rounded_up(certified.sup, 3), rounded_up(certified.quadrature, 1)
    held = run.held()
    print(f"rows at or below the paper's: {sum(held)} of {len(held)}")
    print(
        f"sup |u - f| = {sup:.2e} on a grid, and <= {everywhere:.2e} everywhere, proved: the integral "
        f"over Omega is {certified.training:.3e} (training) to within {quadrature:.0e} (quadrature)"
    )
    print(f"sup |u' - f'| = {sup_derivative:.2e} on a grid of 10,001 points")
    print(f"training took {run.seconds:.1f} s\n", flush=True)


def report_theorem_5(seed: int) -> None:
    """Print the third block, of a model that is linear in its parameters, where the theorem is true."""
    print(
        "Theorem 5, where it holds: 100 random tanh features, only the output layer free; one\n"
        "orthogonal factorisation gives the global minimiser of the same mean Sobolev loss"
    )
    print(
        f"{'f(x)':>8}  {'loss':>10}  {'sup |u - f|':>11}  {'rank':>4}  {'condition':>9}  {'time':>8}"
    )
    for example in EXAMPLES:
        run = solve_example(example, seed=seed)
        print(
            f"{example.name:>8}  {run.fit.fun:>10.2e}  {run.sup_errors()[0]:>11.2e}  {run.fit.rank:>4d}  "
            f"{run.fit.condition:>9.1e}  {1e3 * run.seconds:>5.1f} ms"
        )
    print(flush=True)


def run_example(example: Example, args: argparse.Namespace, written: list[Path]) -> bool:
    """Train, print and draw one example, and return whether every row is at or below the paper's."""
    print(f"Table {example.number}: f(x) = {example.name}\n{example.settings()}; seed {args.seed}")
    print(f"{'epoch':>7}  {'loss, paper':>13}  {'loss, ours':>13}")
    table = Table(example, args.epochs)
    try:
        table(0, example.loss()(example.network().init(args.seed))[0])
        run = train(example, seed=args.seed, epochs=args.epochs, on_epoch=table)
    except KeyboardInterrupt:
        print(f"\ninterrupted at epoch {table.epoch} of {args.epochs} of example {example.number}")
        raise
    table.clear()
    if args.epochs < EPOCHS:
        print(
            f"rows after epoch {args.epochs // ROW * ROW} were not trained (--epochs {args.epochs})"
        )
    report(run)
    for name, fig in run.figures().items():
        written.append(save_figure(fig, args.out / name))
    return len(run.held()) > 0 and all(run.held())


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sobolev_ref",
        description="Train the paper's two examples, print Tables 1 and 2 beside the paper's losses "
        "and draw Figures 1 to 4. Exit status 0 only if every row after epoch 0 is at or below the "
        "paper's, and at least one was reached.",
        epilog="other commands, each with its own --help: lab, claims",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("output"),
        metavar="DIR",
        help="where the figures go (default: output)",
    )
    parser.add_argument(
        "--seed", type=_whole, default=0, help="of the initial parameters (default: 0)"
    )
    parser.add_argument(
        "--epochs",
        type=_whole,
        default=EPOCHS,
        help=f"steps of Adam on the whole loss (default: {EPOCHS})",
    )
    return parser.parse_args(argv)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text!r}, takes a whole number >= 0")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the main job, and return its exit status.

    It is 0 if at least one row was reached and all that were are at or below the paper's, and 1 if not. It is
    2 if an argument is unusable or a figure cannot be written, and 130 if the job is interrupted.
    """
    args = parse(argv)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"--out: cannot make the folder {args.out}: {error.strerror}", file=sys.stderr)
        return 2
    start = perf_counter()
    written: list[Path] = []
    try:
        held = [run_example(example, args, written) for example in EXAMPLES]
        report_theorem_5(args.seed)
    except KeyboardInterrupt:
        print("figures written before: " + (", ".join(map(str, written)) or "none"))
        return 130
    except OSError as error:
        print(f"--out: cannot write to {args.out}: {error.strerror or error}", file=sys.stderr)
        return 2
    print("figures: " + ", ".join(map(str, written)))
    print(f"both examples took {perf_counter() - start:.1f} s")
    return 0 if all(held) else 1
