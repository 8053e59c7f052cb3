"""Where nobody knows how an output changes, as next to nothing that tells was measured, or nothing near.

Let t = a · (x − c) have variance 1 over the points. How an output changes with t, values tell by Σ t², with
their mean for c, slopes ∂_q by a_q² each, and one along v_i by (a · v_i)². So much in all is as many numbers
as there are values, if these are as far apart as the points. Where it is less than `TELLS`, what a fit has
along a is its own choice, and H⁻¹ (Y1) does not doubt it: a network that meets all data without an input
has weights of 0 there, and what it has learnt of the others holds them. So a deviation is infinite there:
that of a value beyond the values that were measured, and that of every derivative by an input of a, but for
those that a measured one tells: slopes ∂_1 at many points tell how these change, ∂_1 ∂_2 too.

And where numbers tell, they do so near their places. With slopes ∂_1 everywhere, and values and ∂_2 in a slab
of x_2 alone, H⁻¹ again knows no doubt beyond it. So the deviation is infinite, too, where x_q is further from
all that tells of the input q than from the points. Values tell, and derivatives by x_q, and of Dᵅ those of
which it is a derivative, from the first place to the last where gaps are at most `FAR` of the range of the
points, and `BEYOND` of that length further. Beyond all points both are far, and deviations are what they are.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._typing import Array, MultiIndex
from .measurements import Data
from .names import ALONG, Key, Names, order_of

STILL = 1e-12  # of the largest variance of the points, one that is none
TELLS = 1.5  # numbers: one of them tells a slope and no more
SLACK = 1e-9  # of a length, which rounds
NAMED = 0.1  # of the largest, the share of an input in a change from which it is named
FAR, BEYOND = 0.2, 0.25  # of the range of the points in an input, and of a stretch


class Places(NamedTuple):
    """Where something was measured: of each input stretches [from, to], (n, 2), without wide gaps."""

    what: Key  # α or "along"
    stretches: list[Array]


class Unseen(NamedTuple):
    """Of one output, the directions in which fewer than `TELLS` numbers tell, and where what does stands."""

    centre: Array  # c, (d,)
    along: Array  # a, (n, d)
    reach: Array  # the largest |t| of a value that was measured, below 0 where none was, (n,)
    measured: Array  # derivatives α of which several numbers were measured, (n', d)
    places: list[Places]  # of each kind of numbers, and first of the points


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
            rows.append(unit(data.along[0][~np.isnan(data.along[1][:, j])]))
        seen = np.concatenate(rows) @ units  # (R, n)
        numbers, mixed = np.linalg.eigh(seen.T @ seen)
        along = (units @ mixed[:, numbers < TELLS]).T  # (n, d)
        reach = np.abs(values @ along.T).max(axis=0, initial=-1.0)
        found.append(Unseen(centre, along, reach, measured, list(places(data, j))))
    return found


def unit(v: Array) -> Array:
    """The same directions with length 1, (N, d); 0 stays 0."""
    length = np.linalg.norm(v, axis=1, keepdims=True)
    return np.asarray(v / np.where(length > 0, length, 1))


def places(data: Data, j: int) -> Iterator[Places]:
    """Where the points are, and where each kind of numbers of output j was measured."""
    everywhere = np.ones(data.x.shape, bool)
    whole = [stretches(t, FAR * np.ptp(t)) for t in data.x.T]

    def of(what: Key, chosen: Array) -> Places:
        each = zip(data.x.T, chosen.T, whole)
        parts = [
            same if is_in.all() else stretches(t[is_in], FAR * np.ptp(t)) for t, is_in, same in each
        ]
        return Places(what, parts)

    yield Places((0,) * data.d, whole)
    for alpha, array in data.values.items():
        yield of(alpha, ~np.isnan(array[:, j, None]) & everywhere)
    if data.along is not None:
        v, slopes = data.along
        yield of(ALONG, ~np.isnan(slopes[:, j, None]) & (np.abs(unit(v)) > NAMED))


def stretches(t: Array, gap: float) -> Array:
    """Where numbers are that are no further apart than a gap, (n, 2).

    Examples
    --------
    >>> stretches(np.array([5.0, 1.0, 1.5]), 1.0)
    array([[1. , 1.5],
           [5. , 5. ]])
    """
    t = np.sort(t)
    last = np.flatnonzero(np.diff(t, append=np.inf) > gap)
    return np.stack([t[np.r_[0, last[:-1] + 1]], t[last]], axis=1) if t.size else np.empty((0, 2))


def joined(parts: Array, gap: float) -> Array:
    """The same stretches as few as they can be, with what is no further apart than a gap in one, (n, 2).

    Examples
    --------
    >>> joined(np.array([[5.0, 6.0], [0.0, 4.0], [1.0, 2.0], [9.0, 9.0]]), 1.0)
    array([[0., 6.],
           [9., 9.]])
    """
    low, high = parts[np.argsort(parts[:, 0])].T
    high = np.maximum.accumulate(high)
    first = np.r_[True, low[1:] > high[:-1] + gap][: len(low)]
    return np.stack([low[first], high[np.roll(first, -1)]], axis=1)


def distance(t: Array, parts: Array) -> Array:
    """How far numbers (N,) are from stretches (n, 2); ∞ where there are none."""
    outside = np.maximum(parts[:, 0] - t[:, None], t[:, None] - parts[:, 1])  # (N, n)
    return np.asarray(np.maximum(outside, 0.0).min(axis=1, initial=np.inf))


def named(one: Unseen) -> Array:
    """Which inputs have a part in each of its directions, (n, d)."""
    share = np.abs(one.along)
    return np.asarray(share > NAMED * share.max(axis=1, keepdims=True))


def is_far(one: Unseen, alpha: MultiIndex, x: Array) -> Array:
    """Whether all that tells of Dᵅy is further away than the points are, a mask (N, d) by input."""
    points, *kinds = one.places
    far = np.zeros(x.shape, bool)
    for q, t in enumerate(x.T):
        whole, asked = points.stretches[q], alpha[q] or not any(alpha)
        told = [kind.stretches[q] for kind in kinds if tells(kind.what, alpha, q)]
        size = whole[-1, 1] - whole[0, 0]
        if asked and size > 0 and not any(np.array_equal(parts, whole) for parts in told):
            parts = joined(np.concatenate([np.empty((0, 2)), *told]), FAR * size)
            more = np.minimum(BEYOND * (parts[:, 1] - parts[:, 0]), FAR * size) + SLACK * size
            reach = parts + more[:, None] * [-1, 1]  # (n, 2)
            far[:, q] = distance(t, reach) > distance(t, whole)
    return far


def tells(what: Key, alpha: MultiIndex, q: int) -> bool:
    """Whether such numbers tell how Dᵅy changes with input q.

    Examples
    --------
    >>> [tells(what, (1, 1), 1) for what in [(0, 0), (1, 0), (0, 2), (2, 0), "along"]]
    [True, True, True, False, True]
    """
    if isinstance(what, str) or not any(what):
        return True
    return bool(what[q]) or all(b <= a for a, b in zip(alpha, what))


def unknown(found: Sequence[Unseen], alpha: MultiIndex, x: Array) -> Array:
    """Of which outputs Dᵅy is not known at x, (N, d), in the units of the fit, a mask (N, m).

    Examples
    --------
    Values near x = 0 alone, and slopes nowhere, of points from 0 to 10:

    >>> y = np.where(np.arange(11) < 2, 1.0, np.nan)[:, None]
    >>> found = unseen(Data(np.arange(11.0)[:, None], {(0,): y}, np.ones(11) / 11, 1))
    >>> unknown(found, (0,), np.array([[0.5], [2.0], [9.0]]))[:, 0]
    array([False,  True,  True])
    """
    orders = np.array(alpha)
    masks = []
    for one in found:
        far = is_far(one, alpha, x).any(axis=1)
        if orders.any():
            is_told = (one.measured <= orders).all(axis=1).any()
            masks.append(far | (named(one)[:, orders > 0].any() and not is_told))
        else:
            beyond = np.abs((x - one.centre) @ one.along.T) > one.reach * (1 + SLACK)
            masks.append(far | beyond.any(axis=1))
    return np.stack(masks, axis=1)  # (N, m)


def changes(found: Sequence[Unseen], names: Names) -> list[str]:
    """Which outputs change with which inputs in such directions, in words."""
    lost = []
    for output, one in zip(names.outputs, found):
        which = np.flatnonzero(named(one).any(axis=0))
        if which.size:
            lost.append(f"{output} changes with {', '.join(names.inputs[q] for q in which)}")
    return lost


def doubt(found: Sequence[Unseen], names: Names, x: Array) -> str:
    """What to say where an output has such directions, or such places among the points x; else nothing."""
    if lost := changes(found, names):
        what = f"little or nothing measured tells how {', and how '.join(lost)}"
    else:
        far = [is_far(one, (0,) * x.shape[1], x) for one in found]
        lost = [
            f"{output} changes with {names.inputs[q]} ({mask[:, q].sum()} of {len(x)} points)"
            for output, mask in zip(names.outputs, far)
            for q in np.flatnonzero(mask.any(axis=0))
        ]
        what = f"nothing measured near some points tells how {', and how '.join(lost)}"
    if not lost:
        return ""
    return (
        f"derivatives: {what}, so that answers there are the network's own, and their deviations infinite; "
        "give values at more points or slopes along these"
    )


def kept(found: Sequence[Unseen]) -> list[list[Any]]:
    """The same as lists, which a file can keep."""
    return [
        [
            *(part.tolist() for part in one[:-1]),
            [[what, [part.tolist() for part in parts]] for what, parts in one.places],
        ]
        for one in found
    ]


def taken(lists: Sequence[Any], d: int) -> list[Unseen]:
    """What was kept so, of d inputs.

    Examples
    --------
    >>> found = unseen(Data(np.eye(2), {(0, 0): np.eye(2)}, np.ones(2) / 2, 2))
    >>> kept(taken(kept(found), 2)) == kept(found)
    True
    """
    return [
        Unseen(
            np.reshape(c, d),
            np.reshape(along, (-1, d)),
            np.reshape(reach, len(along)),
            np.reshape(measured, (-1, d)),
            [
                Places(
                    what if isinstance(what, str) else tuple(what),
                    [np.reshape(parts[q], (-1, 2)) for q in range(d)],
                )
                for what, parts in where
            ],
        )
        for c, along, reach, measured, where in lists
    ]
