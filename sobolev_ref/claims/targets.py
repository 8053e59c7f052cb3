"""The thirteen targets of the study, each a plain NumPy expression with a box, and what it is like.

They are from the literature and were chosen before any result; docs/claims_protocol.md says why each is
here. But for the paper's two, a target is shifted and divided so that its mean over the box is 0 and its
standard deviation is 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.functions import FUNCTIONS
from ..integrals.rules import gauss_legendre

Box = tuple[tuple[float, float], ...]
FINE = {1: 200, 2: 24, 3: 10}  # Gauss nodes each way, by d: finer than those of training


def forrester(x: Any) -> Any:
    """(6x − 2)² sin(12x − 4)."""
    return (6 * x - 2) ** 2 * np.sin(12 * x - 4)


def gramacy_lee(x: Any) -> Any:
    """sin(10πx)/(2x) + (x − 1)⁴."""
    return np.sin(10 * np.pi * x) / (2 * x) + (x - 1) ** 4


def wendland(x: Any) -> Any:
    """(1 − |x|)⁴₊ (4 |x| + 1), which is C^{2,1} and no more: its third derivative jumps at 0."""
    r = np.abs(x)
    return np.maximum(1 - r, 0) ** 4 * (4 * r + 1)


def huber(x: Any) -> Any:
    """x²/2 where |x| ≤ 1, |x| − 1/2 elsewhere: x c − c²/2 with x cut off at ±1 as c."""
    c = np.minimum(np.maximum(x, -1), 1)
    return x * c - c**2 / 2


def cube(x: Any) -> Any:
    """max(x, 0)³."""
    return np.maximum(x, 0) ** 3


def branin(x: Any, y: Any) -> Any:
    """(y − 5.1 x²/(4π²) + 5x/π − 6)² + 10 (1 − 1/(8π)) cos x + 10."""
    valley = y - 5.1 * x**2 / (4 * np.pi**2) + 5 * x / np.pi - 6
    return valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def zakharov(x: Any, y: Any) -> Any:
    """x² + y² + s² + s⁴ with s = x/2 + y."""
    s = x / 2 + y
    return x**2 + y**2 + s**2 + s**4


def powers(x: Any, y: Any) -> Any:
    """|x|² + |y|³."""
    return x**2 + np.abs(y) ** 3


def ishigami(x: Any, y: Any, z: Any) -> Any:
    """sin x + 7 sin² y + 0.1 z⁴ sin x."""
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


@dataclass(frozen=True)
class TargetFunction:
    """A function on its box, whether it is convex and analytic, and whether it is used as it is.

    Examples
    --------
    >>> TARGETS["cube"].d, TARGETS["cube"].convex, TARGETS["cube"].analytic
    (1, True, False)
    """

    function: Callable[..., Any]
    box: Box
    convex: bool = False
    analytic: bool = True
    raw: bool = False

    @property
    def d(self) -> int:
        """The number of variables."""
        return len(self.box)

    def standard(self) -> Callable[..., Any]:
        """(u − ū)/σ with the mean and the standard deviation over the box; u itself where it is raw."""
        if self.raw:
            return self.function
        rule = gauss_legendre(self.box, FINE[self.d]).mean()
        values = self.function(*rule.nodes.T)
        mean = float(rule.weights @ values)
        deviation = float(np.sqrt(rule.weights @ (values - mean) ** 2))
        return lambda *x: (self.function(*x) - mean) / deviation


def packaged(name: str, **kind: bool) -> TargetFunction:
    """One of the package's standard functions on its usual box."""
    return TargetFunction(FUNCTIONS[name].function, FUNCTIONS[name].bounds(), **kind)


SQUARE, WIDE = ((-1.0, 1.0),) * 2, ((-5.0, 10.0),) * 2
TARGETS: Mapping[str, TargetFunction] = {
    "sine": packaged("sine", raw=True),
    "exponential": packaged("exponential", convex=True, raw=True),
    "runge": packaged("runge"),
    "forrester": TargetFunction(forrester, ((0.0, 1.0),)),
    "gramacy-lee": TargetFunction(gramacy_lee, ((0.5, 2.5),)),
    "wendland": TargetFunction(wendland, ((-1.5, 1.5),), analytic=False),
    "huber": TargetFunction(huber, ((-3.0, 3.0),), convex=True, analytic=False),
    "cube": TargetFunction(cube, ((-1.0, 1.0),), convex=True, analytic=False),
    "franke": packaged("franke"),
    "branin": TargetFunction(branin, ((-5.0, 10.0), (0.0, 15.0))),
    "zakharov": TargetFunction(zakharov, WIDE, convex=True),
    "powers": TargetFunction(powers, SQUARE, convex=True, analytic=False),
    "ishigami": TargetFunction(ishigami, ((-np.pi, np.pi),) * 3),
}
