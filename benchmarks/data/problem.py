"""A problem: points with values and slopes to learn from, and others to be tested at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats.qmc import LatinHypercube

import sobolev_ref as sr

TEST_POINTS = 1000
ANEW = 1000  # beyond a seed, that of new measurements of the same law


class Points(NamedTuple):
    """Points x (N, d), values y (N, m), and slopes ∂_q y_j (N, m, d), or None where nobody knows them."""

    x: NDArray
    y: NDArray
    slopes: NDArray | None


class Data(NamedTuple):
    """What one seed draws: points to learn from, and others to be tested at."""

    train: Points
    test: Points


@dataclass(frozen=True)
class Problem:
    """A published problem.

    Attributes
    ----------
    name, source : str
        The source is author, title and year.
    inputs, outputs : sequence of str
        Their names, d and m of them.
    n : int
        Points to learn from.
    draw : callable
        seed ↦ `Data`, always the same for the same seed.
    bounds : sequence of pairs, optional
        The box of x where the problem has one.
    noise : str
        What is wrong with the values and slopes to learn from: nothing, or noise of this kind. The test
        points are exact.
    slopes : bool
        Whether there are slopes to learn from.
    needs : str
        A package that ships the data, or nothing.
    anew : callable, optional
        seed ↦ `Points` that were not learned from, of the law of `draw` with that seed and with its noise,
        where the test points are exact.
    """

    name: str
    source: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    n: int
    draw: Callable[[int], Data] = field(repr=False)
    bounds: Sequence[tuple[float, float]] | None = None
    noise: str = ""
    slopes: bool = True
    needs: str = ""
    anew: Callable[[int], Points] | None = field(default=None, repr=False)

    @property
    def d(self) -> int:
        """The number of inputs."""
        return len(self.inputs)

    @property
    def m(self) -> int:
        """The number of outputs."""
        return len(self.outputs)

    @property
    def installed(self) -> bool:
        """Whether its data are here to be drawn; what was measured with them is shown in any case."""
        return not self.needs or find_spec(self.needs) is not None

    def without_slopes(self) -> "Problem":
        """The same points with values alone to learn from; the slopes at the test points stay."""

        def draw(seed: int) -> Data:
            train, test = self.draw(seed)
            return Data(train._replace(slopes=None), test)

        return replace(self, name=f"{self.name}, values only", draw=draw, slopes=False)


def evaluated(f: Callable[..., Any], x: NDArray) -> Points:
    """A plain NumPy function at points x (N, d), with all slopes by jets."""
    jets = f(*sr.Jet.variables(x, order=1)).derivatives  # α to (N,)
    y, *slopes = (jets[alpha] for alpha in sr.multi_indices(x.shape[1], 1))
    return Points(x, y[:, None], np.stack(slopes, axis=1)[:, None, :])


def of_function(
    f: Callable[..., Any],
    source: str,
    sides: dict[str, tuple[float, float]],
    output: str,
    n: int,
    name: str,
) -> Problem:
    """A formula on a box: a Latin hypercube to learn from, uniform points to be tested at."""
    box = np.array(list(sides.values()), dtype=float)  # (d, 2)

    def draw(seed: int) -> Data:
        low, width = box[:, 0], np.diff(box)[:, 0]
        cube = LatinHypercube(len(box), rng=np.random.default_rng([0, seed])).random(n)
        fresh = np.random.default_rng([1, seed]).random((TEST_POINTS, len(box)))
        return Data(evaluated(f, low + width * cube), evaluated(f, low + width * fresh))

    bounds = tuple((float(a), float(b)) for a, b in box)
    return Problem(name, source, tuple(sides), (output,), n, draw, bounds)


def split(points: Points, n: int, seed: int) -> Data:
    """n points of a table by chance to learn from, the others to be tested at."""
    order = np.random.default_rng([2, seed]).permutation(len(points.x))
    parts = []
    for rows in (order[:n], order[n:]):
        slopes = None if points.slopes is None else points.slopes[rows]
        parts.append(Points(points.x[rows], points.y[rows], slopes))
    return Data(*parts)
