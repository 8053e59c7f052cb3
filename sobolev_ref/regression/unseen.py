"""Directions in which next to nothing was measured: how many numbers tell them, and what nobody knows there.

Let t = a · (x − c) have variance 1 over the points. How an output changes with t, values tell by Σ t², with
their mean for c, slopes ∂_q by a_q² each, and one along v_i by (a · v_i)². So much in all is as many numbers
as there are values, if these are as far apart as the points. Where it is less than `TELLS`, what a fit has
along a is its own choice, and H⁻¹ (Y1) does not doubt it: a network that meets all data without an input
has weights of 0 there, and what it has learnt of the others holds them. So a deviation is infinite there:
that of a value beyond the values that were measured, and that of every derivative by an input of a, but for
those that a measured one tells: slopes ∂_1 at many points tell how these change, ∂_1 ∂_2 too.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .._typing import Array, MultiIndex
from .measurements import Data
from .names import Names, order_of

STILL = 1e-12  # of the largest variance of the points, one that is none
TELLS = 1.5  # numbers: one of them tells a slope and no more
SLACK = 1e-9  # of the reach of values, which rounds
NAMED = 0.1  # of the largest, the share of an input in a change from which it is named


class Unseen(NamedTuple):
    """The directions of one output in which fewer than `TELLS` numbers tell how it changes."""

    centre: Array  # c, (d,)
    along: Array  # a, (n, d)
    reach: Array  # the largest |t| of a value that was measured, below 0 where none was, (n,)
    measured: Array  # derivatives α of which several numbers were measured, (n', d)


def unseen(data: Data) -> list[Unseen]:
    """Those of each output. Where the points do not differ along a, it is no matter.

    Examples
    --------
    Slopes along the first of two inputs say nothing of the second, nor do values at one place.

    >>> x, slopes = np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 4.0]]), np.ones((3, 1))
    >>> [found] = unseen(Data(x, {(1, 0): slopes}, np.ones(3) / 3, 1))
    >>> np.abs(found.along * x.std(axis=0)).round(9), found.reach, found.measured
    (array([[0., 1.]]), array([-1.]), array([[1, 0]]))
    """
    found = []
    variances, axes = np.linalg.eigh(np.cov(data.x.T, bias=True).reshape(data.d, data.d))
    differ = variances > STILL * max(variances[-1], STILL)
    units = axes[:, differ] / np.sqrt(variances[differ])  # a, each of variance 1, (d, n)
    for j in range(data.m):
        rows, centre, values = [np.zeros((1, data.d))], data.x.mean(axis=0), np.empty((0, data.d))
        measured = np.empty((0, data.d), int)
        for alpha, array in data.values.items():
            known = ~np.isnan(array[:, j])
            if any(alpha) and known.sum() > TELLS:
                measured = np.vstack([measured, alpha])
            if not any(alpha) and known.any():
                centre = data.x[known].mean(axis=0)
                values = data.x[known] - centre
                rows.append(values)
            elif order_of(alpha) == 1:
                rows.append(np.tile(np.array(alpha, float), (int(known.sum()), 1)))
        if data.along is not None:
            v = data.along[0][~np.isnan(data.along[1][:, j])]
            length = np.linalg.norm(v, axis=1, keepdims=True)
            rows.append(v / np.where(length > 0, length, 1))
        seen = np.concatenate(rows) @ units  # (R, n)
        numbers, mixed = np.linalg.eigh(seen.T @ seen)
        along = (units @ mixed[:, numbers < TELLS]).T  # (n, d)
        reach = np.abs(values @ along.T).max(axis=0, initial=-1.0)
        found.append(Unseen(centre, along, reach, measured))
    return found


def named(one: Unseen) -> Array:
    """Which inputs have a part in each of its directions, (n, d)."""
    share = np.abs(one.along)
    return np.asarray(share > NAMED * share.max(axis=1, keepdims=True))


def unknown(found: Sequence[Unseen], alpha: MultiIndex, x: Array) -> Array:
    """Of which outputs Dᵅy is not known at x, (N, d), in the units of the fit, a mask (N, m).

    Examples
    --------
    >>> found = [Unseen(np.array([0.0, 1.0]), np.array([[0.0, 0.5]]), np.array([0.2]), np.array([[1, 0]]))]
    >>> x = np.array([[9.0, 1.3], [9.0, 3.0]])
    >>> [unknown(found, alpha, x)[:, 0].tolist() for alpha in [(0, 0), (0, 1), (1, 1)]]
    [[False, True], [True, True], [False, False]]
    """
    orders = np.array(alpha)
    masks = []
    for one in found:
        if orders.any():
            is_told = (one.measured <= orders).all(axis=1).any()
            masks.append(np.full(len(x), named(one)[:, orders > 0].any() and not is_told))
        else:
            beyond = np.abs((x - one.centre) @ one.along.T) > one.reach * (1 + SLACK)
            masks.append(beyond.any(axis=1))
    return np.stack(masks, axis=1)  # (N, m)


def changes(found: Sequence[Unseen], names: Names) -> list[str]:
    """Which outputs change with which inputs in such directions, in words."""
    lost = []
    for output, one in zip(names.outputs, found):
        which = np.flatnonzero(named(one).any(axis=0))
        if which.size:
            lost.append(f"{output} changes with {', '.join(names.inputs[q] for q in which)}")
    return lost


def doubt(found: Sequence[Unseen], names: Names) -> str:
    """What to say where an output has such directions; else nothing."""
    lost = changes(found, names)
    if not lost:
        return ""
    return (
        f"derivatives: little or nothing measured tells how {', and how '.join(lost)}, so that answers "
        "there are the network's own, and their deviations infinite; give values at more points or slopes "
        "along these"
    )


def kept(found: Sequence[Unseen]) -> list[list[Any]]:
    """The same as lists, which a file can keep."""
    return [[part.tolist() for part in one] for one in found]


def taken(lists: Sequence[Any], d: int) -> list[Unseen]:
    """What was kept so, of d inputs.

    Examples
    --------
    >>> none = Unseen(np.ones(2), np.empty((0, 2)), np.empty(0), np.empty((0, 2), int))
    >>> [part.shape for part in taken(kept([none]), 2)[0]]
    [(2,), (0, 2), (0,), (0, 2)]
    """
    return [
        Unseen(
            np.reshape(c, d),
            np.reshape(along, (-1, d)),
            np.reshape(reach, len(along)),
            np.reshape(measured, (-1, d)),
        )
        for c, along, reach, measured in lists
    ]
