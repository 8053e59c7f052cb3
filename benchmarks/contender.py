"""What takes part in a comparison, and the check that it computes the same thing.

A `Contender` is one way to compute a loss and its gradient. `run` is what the clock measures: as
its users would call it, with results in its own types. `unpack` turns them into (value, gradient
in the order of our θ) for the check, off the clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-10


@dataclass(frozen=True)
class Contender:
    """One way to compute (L(θ), ∇L(θ)).

    Attributes
    ----------
    package, way : str
        Who, and by which of its means.
    run : callable
        () ↦ whatever the package returns.
    unpack : callable
        What `run` returned ↦ (value, gradient), the gradient of shape (P,).
    """

    package: str
    way: str
    run: Callable[[], Any]
    unpack: Callable[[Any], tuple[float, NDArray]]

    def result(self) -> tuple[float, NDArray]:
        """(L(θ), ∇L(θ)) as NumPy has them."""
        return self.unpack(self.run())

    def __str__(self) -> str:
        return f"{self.package}, {self.way}"


def deviation(a: tuple[float, NDArray], b: tuple[float, NDArray]) -> float:
    """The larger of the relative differences of two values and of two gradients (largest entry).

    Examples
    --------
    >>> deviation((2.0, np.array([4.0])), (2.0, np.array([5.0])))
    0.2
    """
    (value, gradient), (reference, expected) = a, b
    of_value = abs(value - reference) / abs(reference)
    return float(max(of_value, np.abs(gradient - expected).max() / np.abs(expected).max()))
