"""Hypothesis strategies: random jets, networks, rules, targets and losses that shrink to readable cases.

Numbers are short decimals, drawn entry by entry, and shrink to 0, 1, −1, 2, 0.5, …; sizes shrink to 1 and
orders to 0. Hypothesis is imported when a strategy is made, so that the package does not need it.
"""

from typing import Any

import numpy as np

from .._typing import Array

SIMPLE = np.array([0, 1, -1, 2, -2, 0.5, -0.5, 1.5, -1.5, 0.7, -0.7, 1.2, -1.2, 0.3, -0.3, 1.8])
# A byte is a simple number and, in its upper half, how many hundredths it is nearer to 0: Hypothesis takes
# the upper bits away first, and so finds the simple number beside the one that it has.
PALETTE = np.array([s - np.copysign(r, s) / 100 for r in range(16) for s in SIMPLE]).round(2) + 0.0


def hypothesis() -> Any:
    """The package Hypothesis, with its `strategies`."""
    try:
        import hypothesis
        import hypothesis.strategies
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            'hypothesis: it draws the cases; install it by pip install "sobolev_ref[test]"'
        ) from missing
    return hypothesis


def arrays(shape: tuple[int, ...]) -> Any:
    """Arrays of short decimals between −2 and 2, which shrink entry by entry to 0, 1, −1, 2, 0.5, ….

    Examples
    --------
    >>> from hypothesis import find
    >>> find(arrays((3,)), lambda a: len(set(a)) == 3)
    array([ 0.,  1., -1.])
    """
    size = int(np.prod(shape))

    def of_bytes(drawn: bytes) -> Array:
        return PALETTE[np.frombuffer(drawn, dtype=np.uint8)].reshape(shape)

    return hypothesis().strategies.binary(min_size=size, max_size=size).map(of_bytes)
