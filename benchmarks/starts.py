"""`python -m benchmarks.starts`: what a network's start is worth; the table of docs/starts.md.

Six problems, three methods, a fixed small number of iterations, 20 seeds. An entry is the median over the
seeds of the relative error in H¹ at points of an equidistant grid,

    (Σ_{|α|≤1} ‖Dᵅ(u_θ − f)‖² / Σ_{|α|≤1} ‖Dᵅf‖²)^½

and the last row of a table is the geometric mean of "glorot" divided by the start, over all of its rows.
Data at points are standardised first, as the README does it. Networks have two layers of 12 tanh units; the
paper's examples have the main job's three of 32 but for "lm". `bounds` is `rule.bounds`, and the number
after it is the largest slope s in units of 1/half a side.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import geometric_mean, median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import sobolev_ref as sr
from sobolev_ref import paper
from sobolev_ref.models.mlp import spread

METHODS = {
    "adam": {"maxiter": 200, "learning_rate": 1e-2},
    "L-BFGS-B": {"maxiter": 100},
    "lm": {"maxiter": 15},
}
STARTS: dict[str, tuple[str, float | None]] = {  # a scheme, and the scale of the first layer
    **{name: (name, None) for name in ("glorot", "lecun", "uniform")},
    **{f"glorot, bounds, {scale:g}": ("glorot", scale) for scale in (1.0, 2.0, 4.0)},
    "uniform, bounds, 2": ("uniform", 2.0),
}


class Problem(NamedTuple):
    """A loss of order 1, the same loss at the points to test at, and ‖f‖ there."""

    name: str
    loss: sr.SobolevLoss
    test: sr.SobolevLoss
    size: float

    def error(self, theta: NDArray) -> float:
        """The relative error in H¹."""
        return float(np.sqrt(self.test(theta)[0])) / self.size

    def start(self, seed: int, scheme: str, scale: float | None) -> NDArray:
        """`MLP.init`, with bounds where there is a scale of the first layer."""
        net = self.loss.model
        layers = net.unpack(net.init(seed, scheme))
        if scale is not None:
            layers[0] = spread(
                np.random.default_rng(seed), net.widths[1], self.loss.rule.bounds, scale
            )
        return net.pack(layers)


def grid(box: NDArray, n: int) -> NDArray:
    """Equidistant points, n in each variable, shape (n^d, d)."""
    axes = np.meshgrid(*(np.linspace(*side, n) for side in box))
    return np.stack([axis.ravel() for axis in axes], axis=1)


def problem(name: str, widths: tuple[int, ...], f: Callable, rule: sr.Quadrature) -> Problem:
    """A network of those widths for f, tested at some 200 or 400 points of the rule's box."""
    net, points = sr.MLP(widths), grid(rule.bounds, 201 if rule.d == 1 else 21)
    everywhere = sr.samples(points).mean()
    return Problem(
        name,
        sr.SobolevLoss(net, f, rule.mean()),
        sr.SobolevLoss(net, f, everywhere),
        sr.sobolev_norm(f, everywhere, 1),
    )


def standardised(name: str, key: str, widths: tuple[int, ...], n: int) -> Problem:
    """A standard function known with its gradient at n points a side, in standard units."""
    f = sr.FUNCTIONS[key]
    x = grid(np.array(f.bounds(widths[0])), n)
    scaler = sr.Standardizer.from_data(x, f(*x.T))
    return problem(name, widths, scaler.target(f), scaler.rule(sr.samples(x)))


def problems(method: str) -> list[Problem]:
    """The paper's two examples, and four more."""
    one, two = (1, 12, 12, 1), (2, 12, 12, 1)
    return [
        *(
            problem(e.name, one if method == "lm" else e.widths, e.target, e.loss().rule)
            for e in paper.EXAMPLES
        ),
        problem("Runge, 40 nodes", one, sr.FUNCTIONS["runge"], sr.gauss_legendre([(-1, 1)], 40)),
        standardised("x sin x, 4 points", "x_sine", one, 4),
        standardised("Rosenbrock, 3 × 3", "rosenbrock", two, 3),
        standardised("Franke, 6 × 6", "franke", two, 6),
    ]


def table(seeds: int) -> str:
    """The medians as a table in Markdown; progress goes to standard error."""
    rows, entries = ["| problem | method | " + " | ".join(STARTS) + " |"], []
    rows.append("| --- " * (2 + len(STARTS)) + "|")
    for method, options in METHODS.items():
        for one in problems(method):
            medians = [
                median(
                    one.error(sr.fit(one.loss, one.start(seed, *how), method, **options).x)
                    for seed in range(seeds)
                )
                for how in STARTS.values()
            ]
            entries.append(medians)
            rows.append(
                f"| {one.name} | {method} | " + " | ".join(f"{e:.1e}" for e in medians) + " |"
            )
            print(rows[-1], file=sys.stderr, flush=True)
    gains = [geometric_mean(e[0] / e[i] for e in entries) for i in range(len(STARTS))]
    rows.append("| glorot's / its own | | " + " | ".join(f"{gain:.2f}" for gain in gains) + " |")
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, and write it where a folder is given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starts", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="starts of each kind (default: 20)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder to write starts.md in")
    options = parser.parse_args(arguments)
    made = table(options.seeds)
    print(made)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "starts.md").write_text(made + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
