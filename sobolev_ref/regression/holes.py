"""Where nobody knows an output, as all that tells is further away than it is from its own kind.

An output that was measured everywhere but in a corner was measured along each direction, so that `unseen`
finds nothing; the network has only been trained around the hole. So the deviation of Dᵅy is infinite at x
if the nearest place that tells of it is further than the nearest point, and further than

    r = max_i min_{j ≠ i} |x_i − x_j|                                                               (Y8)

over the n places that tell. Of a place x that was drawn as they were this is so with probability at most
1/(n + 1): each of the n + 1 is the loneliest as often, and without x the others are lonelier still.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from .._typing import Array, MultiIndex
from .names import Key

SAME = 0.01  # of the range of each input, how far apart repeated measurements are
SLACK = 1e-9  # of a distance, which rounds


class Places(NamedTuple):
    """All points, and at which of the first of them numbers of each kind are."""

    points: Array  # (N, d)
    known: Mapping[Key, Array]  # from α or "along" to a mask, (n,), n <= N


def tells(what: Key, alpha: MultiIndex) -> bool:
    """Whether such a number tells of Dᵅy along one input at least: β ≤ α but in one entry.

    Examples
    --------
    >>> [tells(what, (0, 1)) for what in [(0, 0), (0, 1), (2, 1), (1, 2), (1, 1), "along"]]
    [True, True, True, False, True, True]
    """
    return isinstance(what, str) or sum(b > c for b, c in zip(what, alpha)) <= 1


def radius(places: Array, size: Array) -> float:
    """(Y8) of places (n, d), with those as one that lie in one cell of a grid; 0 of none, ∞ of one.

    Examples
    --------
    >>> radius(np.array([[0.0], [0.001], [1.0], [1.5], [1.501]]), np.array([2.0]))
    1.0
    """
    cell = np.where(size > 0, SAME * size, 1.0)
    _, first = np.unique(np.floor(places / cell), axis=0, return_index=True)
    apart = places[first]
    to_next = KDTree(apart).query(apart, 2)[0][:, 1]  # (n,)
    return float(to_next.max(initial=0.0))  # (Y8)


def is_in_hole(places: Places, alpha: MultiIndex, x: Array) -> Array:
    """Whether all that tells of Dᵅy is further from x (N', d) than it may be, a mask (N',).

    Examples
    --------
    Values at 0, 1, …, 5 of points from 0 to 9:

    >>> points = np.arange(10.0)[:, None]
    >>> is_in_hole(Places(points, {(0,): points[:, 0] < 6}), (0,), np.array([[4.5], [5.4], [6.0], [8.5]]))
    array([False, False, False,  True])
    """
    masks = [mask for what, mask in places.known.items() if tells(what, alpha)]
    told = places.points[np.flatnonzero(np.any(masks, axis=0))]
    to_told = KDTree(told).query(x)[0]
    to_point = KDTree(places.points).query(x)[0]
    least = radius(told, np.ptp(places.points, axis=0))
    return np.asarray(to_told > (1 + SLACK) * np.maximum(to_point, least))
