"""How good answers are: R² and the root mean square error of values and of each partial, by output."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .problem import Points, Problem


class Score(NamedTuple):
    """One quantity at the test points, for example the partial in Mach of the drag."""

    output: str
    partial: str
    r2: float
    rmse: float


def scores(problem: Problem, test: Points, y: NDArray, slopes: NDArray | None) -> list[Score]:
    """Of values, whose partial is "", and of all partials where both sides have slopes."""
    out = []
    for j, output in enumerate(problem.outputs):
        out.append(Score(output, "", *_pair(test.y[:, j], y[:, j])))
        if test.slopes is not None and slopes is not None:
            for q, name in enumerate(problem.inputs):
                out.append(Score(output, name, *_pair(test.slopes[:, j, q], slopes[:, j, q])))
    return out


def _pair(true: NDArray, found: NDArray) -> tuple[float, float]:
    """(R², RMSE); R² is −∞ or 1 where the truth does not vary."""
    mean_square = float(np.mean((true - found) ** 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = 1 - np.float64(mean_square) / np.var(true)
    return (1.0 if mean_square == 0 else float(r2)), mean_square**0.5


def error_of_values(test: Points, y: NDArray) -> float:
    """The root of the mean over outputs of mean (y − ŷ)² / var y."""
    return float(np.sqrt(np.mean(np.mean((test.y - y) ** 2, axis=0) / test.y.var(axis=0))))


def error_of_slopes(test: Points, slopes: NDArray | None) -> float:
    """The same of gradients, ‖σ·(g − ĝ)‖ / ‖σ·g‖ with the spread σ of each input; NaN without slopes."""
    if test.slopes is None or slopes is None:
        return float("nan")
    squares = np.sum((test.x.std(axis=0) * (test.slopes - slopes)) ** 2, axis=(0, 2))  # (m,)
    sizes = np.sum((test.x.std(axis=0) * test.slopes) ** 2, axis=(0, 2))
    return float(np.sqrt(np.mean(squares / sizes)))
