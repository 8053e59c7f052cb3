"""`python -m benchmarks.accuracy`: how soon each method of `fit` is how low; the tables of docs/methods.md.

One process, one thread, the processor's seconds (`time.process_time`), so that a machine that is shared tells
the same. Starts are `MLP.init(seed, bounds=rule.bounds)`. Each entry is a median over the starts:

- for a sine with its slopes, the seconds until the mean loss is at most each goal, `never` where half of
  the starts did not get there in the time of the row.
  A method that reached the last goal from none of the first three starts is not tried from the others;
- for problems of other kinds, the loss after those seconds. Data at points are standardised first, as the
  README does it. "noise" has measured values with errors and a `Ridge`, so that its least loss is not 0.

"L-BFGS-B" has `x_scale="layers"` where that can be had, and "lm" goes on where steps promise next to nothing.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from .environment import describe, limit_threads

THREADS = limit_threads(1, bind=False)  # before NumPy is imported

import numpy as np  # noqa: E402

import sobolev_ref as sr  # noqa: E402
from sobolev_ref.losses.loss import Loss, parts_of  # noqa: E402

from .starts import standardised  # noqa: E402

FEW = 3  # starts, after which a method that never reached the last goal is left
GOALS = (1e-6, 1e-10, 1e-15)
TWO_PI = 2 * np.pi


Course = list[tuple[float, float]]  # processor seconds and loss, at every iterate


class Method(NamedTuple):
    """A method of `fit` with its options, and those for a loss that is a sum of squares."""

    name: str
    method: str
    options: dict[str, Any]
    of_squares: dict[str, Any]
    squares_alone: bool = False


METHODS = [
    Method("quasi_newton", "quasi_newton", {}, {}),
    Method("quasi_newton, SSBFGS", "quasi_newton", {"update": "SSBFGS"}, {}),
    Method("lm", "lm", {"ftol": 0.0}, {}, squares_alone=True),
    Method("L-BFGS-B", "L-BFGS-B", {}, {"x_scale": "layers"}),
    Method("BFGS", "BFGS", {"maxiter": 10**7}, {}),
]


class Problem(NamedTuple):
    """A loss, the seconds for it, and a loss that is low enough."""

    name: str
    loss: Callable[[], Loss]
    seconds: float
    goal: float = 0.0


def sine(widths: tuple[int, ...], nodes: int) -> Loss:
    """sin x, or sin x sin y, over two periods, k = 1, the mean over Gauss's nodes."""
    rule = sr.gauss_legendre([(-TWO_PI, TWO_PI)] * widths[0], nodes).mean()
    f = np.sin if widths[0] == 1 else (lambda x, y: np.sin(x) * np.sin(y))
    return sr.SobolevLoss(sr.MLP(widths), f, rule)


def noisy() -> Loss:
    """80 values of sin(x + y + z), with an error of 0.1, and weight decay."""
    rng, net = np.random.default_rng(0), sr.MLP((3, 10, 10, 1))
    x = rng.uniform(-2, 2, (80, 3))
    values = {(0, 0, 0): np.sin(x.sum(axis=1)) + 0.1 * rng.standard_normal(80)}
    rule = sr.samples(x).mean()
    return sr.SobolevLoss(net, values, rule) + sr.Ridge(1e-3, net.n_parameters)


def decaying(mu: float) -> Loss:
    """e⁻ˣ, six units, and weight decay so strong that residuals stay large."""
    net = sr.MLP((1, 6, 1))
    loss = sr.SobolevLoss(net, lambda x: np.exp(-x), sr.gauss_legendre([(0, 5)], 64).mean())
    return loss + sr.Ridge(mu, net.n_parameters)


def sine_by(p: float) -> Loss:
    """sin x over one period, 12 units, another p."""
    rule = sr.gauss_legendre([(-np.pi, np.pi)], 40).mean()
    return sr.SobolevLoss(sr.MLP((1, 12, 1)), np.sin, rule, p=p)


def data(key: str, widths: tuple[int, ...], n: int) -> Loss:
    """A standard function by values and gradients at n points a side, standardised."""
    return standardised(key, key, widths, n).loss


SINES = [
    Problem("(1, 30, 1), 64 nodes", partial(sine, (1, 30, 1), 64), 3, 1e-15),
    Problem("(1, 30, 30, 1), 64 nodes", partial(sine, (1, 30, 30, 1), 64), 5, 1e-15),
    Problem("(2, 30, 30, 1), 400 nodes", partial(sine, (2, 30, 30, 1), 20), 10, 1e-10),
]
OTHERS = [
    Problem("e⁻ˣ + Ridge(1e-2), (1, 6, 1)", partial(decaying, 1e-2), 1),
    Problem("noise + Ridge, (3, 10, 10, 1)", noisy, 1),
    Problem("Franke 12 × 12, (2, 20, 20, 1)", partial(data, "franke", (2, 20, 20, 1), 12), 1),
    Problem("Franke 24 × 24, (2, 30, 30, 1)", partial(data, "franke", (2, 30, 30, 1), 24), 4),
    Problem("Rosenbrock 5 × 5, (2, 12, 12, 1)", partial(data, "rosenbrock", (2, 12, 12, 1), 5), 1),
    Problem("sine, p = 4, (1, 12, 1)", partial(sine_by, 4.0), 1),
    Problem("sine, p = 1.5, (1, 12, 1)", partial(sine_by, 1.5), 1),
    Problem("sine, p = 1, (1, 12, 1)", partial(sine_by, 1.0), 1),
]


def run(loss: Loss, method: Method, seed: int, problem: Problem) -> Course:
    """(processor seconds, loss) at every iterate, until the goal or the end of the time."""
    part = next(part for part in parts_of(loss) if isinstance(part, sr.SobolevLoss))
    theta = part.model.init(seed, bounds=part.rule.bounds)
    squares = part.p == 2
    options = {**method.options, **(method.of_squares if squares else {})}
    path = [(0.0, loss(theta)[0])]
    start = time.process_time()

    def watch(intermediate_result: Any) -> None:
        path.append((time.process_time() - start, intermediate_result.fun))
        if path[-1][0] >= problem.seconds or path[-1][1] <= problem.goal:
            raise StopIteration

    with np.errstate(all="ignore"):
        sr.fit(loss, theta, method.method, callback=watch, progress=False, **options)
    return path


def reached(path: Course, goal: float) -> float:
    """The seconds until the loss is at most this."""
    return next((second for second, value in path if value <= goal), np.inf)


def at(path: Course, seconds: float) -> float:
    """The least loss in those seconds."""
    return min(value for second, value in path if second <= seconds)


def shown(seconds: float) -> str:
    """A time as it stands in a table."""
    return f"{seconds:.2g}" if np.isfinite(seconds) else "never"


def sines(starts: int, rows: list[list[Any]]) -> str:
    """The first table."""
    head = [f"{goal:.0e}" for goal in GOALS]
    lines = [f"| sine with | method | {' | '.join(head)} | steps a second |", "| --- " * 6 + "|"]
    for problem in SINES:
        loss = problem.loss()
        for method in METHODS:
            paths: list[Course] = []
            for seed in range(starts):
                paths.append(run(loss, method, seed, problem))
                if seed + 1 == FEW and min(path[-1][1] for path in paths) > problem.goal:
                    break
            times = [[reached(path, goal) for path in paths] for goal in GOALS]
            speed = median((len(path) - 1) / max(path[-1][0], 1e-3) for path in paths)
            rows += [
                [problem.name, method.name, seed, f"{goal:.0e}", f"{seconds:.4g}"]
                for goal, of_goal in zip(GOALS, times)
                for seed, seconds in enumerate(of_goal)
            ]
            medians = " | ".join(
                shown(median(of_goal)) if goal >= problem.goal else ""
                for goal, of_goal in zip(GOALS, times)
            )
            lines.append(f"| {problem.name} | {method.name} | {medians} | {speed:.0f} |")
            print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def others(starts: int, rows: list[list[Any]]) -> str:
    """The second table."""
    names = " | ".join(method.name for method in METHODS)
    lines = [f"| problem | P | seconds | {names} |", "| --- " * (3 + len(METHODS)) + "|"]
    for problem in OTHERS:
        loss, entries = problem.loss(), []
        p = min(getattr(part, "p", 2) for part in parts_of(loss))
        for method in METHODS:
            if method.squares_alone and p != 2:
                entries.append("")
                continue
            paths = [run(loss, method, seed, problem) for seed in range(starts)]
            losses = [at(path, problem.seconds) for path in paths]
            rows += [
                [problem.name, method.name, seed, "loss", f"{value:.4g}"]
                for seed, value in enumerate(losses)
            ]
            entries.append(f"{median(losses):.2g}")
        row = f"| {problem.name} | {loss.n_parameters} | {problem.seconds:g} | {' | '.join(entries)} |"
        lines.append(row)
        print(row, file=sys.stderr, flush=True)
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print both tables, and write every single number beside them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--starts", type=int, default=10, help="of each kind (default: 10)")
    parser.add_argument("--only", choices=("sines", "others"), help="one of the two tables")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).parent / "results",
        help="folder for accuracy.csv (default: benchmarks/results)",
    )
    options = parser.parse_args(arguments)
    rows: list[list[Any]] = []
    facts = describe(THREADS)
    for name in ("numpy", "scipy", "BLAS", "processor", "threads"):
        print(f"{name}: {facts[name]}")
    for name, table in (("sines", sines), ("others", others)):
        if options.only in (None, name):
            print(f"\n{table(options.starts, rows)}", flush=True)
            path = options.out / f"accuracy_{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["problem", "method", "start", "goal", "seconds or loss"])
                writer.writerows(rows)
            rows.clear()
    return 0


if __name__ == "__main__":
    sys.exit(main())
