"""Where nobody knows how an output changes, as nothing that tells was measured near.

A network that meets all data without a change in some direction a has weights of 0 there, and what it has
learnt of the others holds them: H⁻¹ (Y1) does not doubt that. So the deviation of Dᵅy is infinite where
t = a · x is further from all that tells of it along a than from the points. Numbers tell from the first of
their places to the last, where gaps are at most `FAR` of the range of the points in t, and `BEYOND` of that
length further. Beyond all points both are far, and deviations are what they are.

What tells. A change in t alone, h(t), has slopes a · v h′(t) along v, and D^β h is a^β times its derivative
of that order. So numbers D^β tell of Dᵅy along a where no order of β is above that of α but in inputs that
have a part in a: of y along x_1 slopes ∂_1 do, and ∂_1 ∂_2 does not, as it leaves what x_1 alone changes.
Where it has k orders along a, it leaves a polynomial in t of degree below k, which the lower ones between the
same gaps must tell. Of derivatives of a higher order numbers tell that are not all nearly at one t.

Along what. The inputs are such directions. Others are those in which points without a value have no slope:
half the points along (1, −1) alone leave (1, 1). If these are several, it is those of them in which all other
places differ much less than the points do. And those in which no points differ, as of an input that is the
same at all of them: derivatives along these are told by such derivatives alone, whatever else is known.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._typing import Array, MultiIndex
from ..jets.multi_index import multi_indices
from .holes import Places, is_in_hole
from .measurements import Data
from .names import ALONG, Key, Names, order_of

STILL = 1e-12  # of the largest variance of the points, one that is none
SLACK = 1e-9  # of a length, which rounds
NAMED = 0.1  # of a direction, the least part of an input that counts
LONG = 0.1  # of the range of the points in t, the least stretch that tells more than it has
FAR, BEYOND = 0.2, 0.15  # of the range of the points in t, and of a stretch
GROUP = 0.02  # of the points, the fewest that make a direction
THIN = 0.25  # of the least variance in any direction that as many random places have


class Told(NamedTuple):
    """Where numbers of one kind are, as t: stretches [from, to, how many] without wide gaps."""

    what: Key  # α or "along"
    places: Array  # (n, 3), with values at one t as one


class Direction(NamedTuple):
    """One in which an output may change, with the places of the points and of each kind of its numbers."""

    a: Array  # of length 1, (d,)
    points: Array  # stretches of all points, (n, 3)
    told: list[Told]

    @property
    def size(self) -> float:
        """The range of the points in t."""
        return float(self.points[-1, 1] - self.points[0, 0])

    def orders(self, alpha: MultiIndex) -> int:
        """How many orders Dᵅ has in inputs that have a part in a."""
        return int(np.dot(alpha, np.abs(self.a) > NAMED))


class Output(NamedTuple):
    """What tells of it, and where; where every point has a value, along directions without a spread alone."""

    directions: list[Direction]
    places: Places | None  # None where there are no holes: in an affine model, too


def unseen(data: Data, bare: Array | None = None, is_affine: bool = False) -> list[Output]:
    """What tells of each output, and where.

    At further points `bare`, (n, d), nothing was measured. They are looked for in holes alone. An affine
    model knows everywhere what it knows at all: it has those directions alone of which nothing tells a slope.

    Examples
    --------
    Slopes along (1, 1) leave (1, −1).

    >>> x, slopes = np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 4.0]]), np.ones((3, 1))
    >>> [found] = unseen(Data(x, {}, np.ones(3) / 3, 1, (np.ones((3, 2)), slopes)))
    >>> np.array([one.a for one in found.directions]).round(3)
    array([[ 1.   ,  0.   ],
           [ 0.   ,  1.   ],
           [-0.707,  0.707]])
    >>> [int(one.told[0].places[:, 2].sum()) for one in found.directions]
    [3, 3, 0]
    """
    points = data.x if bare is None else np.concatenate([data.x, bare])
    found = list[Output]()
    for j in range(data.m):
        known = {what: ~np.isnan(array[:, j]) for what, array in data.numbers.items()}
        ways = list(directions(data, known))
        has_holes = not is_affine and (not has_all_values(data, known) or len(points) > len(data.x))
        if is_affine:
            ways = [one for one in ways if not has_slope(one)]
        found.append(Output(ways, Places(points, known) if has_holes else None))
    return found


def has_all_values(data: Data, known: Mapping[Key, Array]) -> bool:
    """Whether every point has a value."""
    return bool(known.get((0,) * data.d, np.zeros(1, bool)).all())


def directions(data: Data, known: Mapping[Key, Array]) -> Iterator[Direction]:
    """Those of one output, with what tells along each; where all values are known, those without a spread."""
    known = dict(known)
    v = np.zeros_like(data.x)
    if data.along is not None:
        v = unit(data.along[0])
        for q, alpha in enumerate(multi_indices(data.d, 1)[1:]):  # slopes along x_q are ∂_q
            is_along = known[ALONG] & (np.abs(v[:, q]) > 1 - SLACK)
            known[alpha] = known.get(alpha, False) | is_along
    flat = flats(data.x)
    others = [] if has_all_values(data, known) else ways(data.x, known, v)
    others = [a for a in others if np.ptp(data.x @ a) > SLACK]
    for i, a in enumerate([*flat, *others]):
        t, part, told = data.x @ a, np.abs(v @ a), []
        if i < len(flat):  # without its rounding
            t = np.full(len(t), t.mean())
        size = float(np.ptp(t))
        for what, rows in known.items():
            places = t[rows & (part > NAMED) if what == ALONG else rows]
            if not order_of(what):
                places = distinct(places, SLACK * size)
            told.append(Told(what, stretches(places, FAR * size)))
        yield Direction(a, stretches(t, FAR * size), told)


def flats(x: Array) -> list[Array]:
    """Directions in which points (N, d) do not differ, (d,) each: inputs, and those between others.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 3.0])
    >>> np.abs(flats(np.stack([x, 0 * x + 5, 2 * x], axis=1))).round(3).tolist()
    [[0.0, 1.0, 0.0], [0.894, 0.0, 0.447]]
    """
    is_flat = np.ptp(x, axis=0) <= SLACK
    found, rest = list(np.eye(x.shape[1])[is_flat]), x[:, ~is_flat]
    variance, axes = np.linalg.eigh(
        np.atleast_2d(np.cov(rest.T, bias=True)) if rest.size else np.eye(1)
    )
    for axis in axes.T[variance <= STILL * variance.max()]:
        a = np.zeros(x.shape[1])
        a[~is_flat] = axis
        found.append(a)
    return found


def ways(x: Array, known: Mapping[Key, Array], v: Array) -> list[Array]:
    """The inputs, and the directions that slopes leave out at points without a value, (d,) each.

    Points with the same slopes known make a group, whose mean of vvᵀ is 0 in what they leave out. Of n
    directions whose variance over the points is 1, n_t random places have at least (1 − √(n/n_t))², nearly.
    """
    d, none = x.shape[1], np.zeros(len(x), bool)
    first: list[Key] = [*multi_indices(d, 1), ALONG]  # values, ∂_1 to ∂_d, and along v
    kinds = np.stack([known.get(what, none) for what in first], axis=1)  # (N, d + 2)
    found, moments = list(np.eye(d)), np.cov(x.T, bias=True).reshape(d, d)
    for kind in np.unique(kinds[~kinds[:, 0]], axis=0):
        group = (kinds == kind).all(axis=1)
        if group.sum() < GROUP * len(x):
            continue
        slopes = (
            np.diag(kind[1:-1].astype(float)) + kind[-1] * (v[group].T @ v[group]) / group.sum()
        )
        mean_square, axes = np.linalg.eigh(slopes)
        axes = axes[:, mean_square < NAMED**2]  # (d, n)
        variance, turned = np.linalg.eigh(axes.T @ moments @ axes)
        differ = variance > STILL * variance.max(initial=STILL)
        axes = axes @ turned[:, differ] / np.sqrt(variance[differ])  # of variance 1 over the points
        rest = x[kinds.any(axis=1) & ~group] @ axes  # (n_t, n)
        if len(rest):
            variance, turned = np.linalg.eigh(np.cov(rest.T, bias=True).reshape(2 * axes.shape[1:]))
            least = THIN * max(0.0, 1 - np.sqrt(len(variance) / len(rest))) ** 2
            axes = axes @ turned[:, variance <= least + SLACK]
        found += [a for a in unit(axes.T) if np.abs(found @ a).max() < 1 - NAMED**2 / 2]
    return found


def unit(v: Array) -> Array:
    """The same directions with length 1, (N, d); 0 stays 0."""
    length = np.linalg.norm(v, axis=1, keepdims=True)
    return np.asarray(v / np.where(length > 0, length, 1))


def distinct(t: Array, gap: float) -> Array:
    """Numbers in their order, without those that are no further than a gap from the one before."""
    t = np.sort(t)
    return t[np.diff(t, prepend=-np.inf) > gap]


def stretches(t: Array, gap: float) -> Array:
    """Where numbers are that are no further apart than a gap, and how many, (n, 3).

    Examples
    --------
    >>> stretches(np.array([5.0, 1.0, 1.5]), 1.0)
    array([[1. , 1.5, 2. ],
           [5. , 5. , 1. ]])
    """
    t = np.sort(t)
    last = np.flatnonzero(np.diff(t, append=np.inf) > gap)
    first = np.r_[0, last + 1][: len(last)]
    return np.stack([t[first], t[last], last - first + 1], axis=1)


def joined(parts: Array, one: Direction) -> Array:
    """The same stretches, (n, 2) or more, as few as they can be, (n', 2).

    Two are one where they are no further apart than `FAR` of the range, or no point lies between them.

    Examples
    --------
    >>> one = Direction(np.ones(1), np.array([[0.0, 6.0, 4], [9.0, 10.0, 2]]), [])
    >>> joined(np.array([[5.0, 6.0], [0.0, 2.5], [1.0, 2.0], [2.5, 2.8], [9.0, 9.0]]), one)
    array([[0. , 2.8],
           [5. , 9. ]])
    """
    low, high = parts[np.argsort(parts[:, 0]), :2].T
    high = np.maximum.accumulate(high)
    is_apart = low[1:] > high[:-1] + FAR * one.size
    for start, end in zip(one.points[:-1, 1], one.points[1:, 0]):
        is_apart &= (high[:-1] < start) | (low[1:] > end)
    first = np.r_[True, is_apart][: len(low)]
    return np.stack([low[first], high[np.roll(first, -1)]], axis=1)


def distance(t: Array, parts: Array) -> Array:
    """How far numbers (N,) are from stretches; ∞ where there are none."""
    outside = np.maximum(parts[:, 0] - t[:, None], t[:, None] - parts[:, 1])  # (N, n)
    return np.asarray(np.maximum(outside, 0.0).min(axis=1, initial=np.inf))


def orders_along(what: Key, alpha: MultiIndex, a: Array) -> int | None:
    """How many orders along a such numbers have, and None where they do not tell of Dᵅ there.

    Examples
    --------
    >>> e_1 = np.array([1.0, 0.0])
    >>> [orders_along(what, (0, 0), e_1) for what in [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), "along"]]
    [0, 1, 2, None, None, 1]
    >>> [orders_along((1, 1), (0, 1), e_1), orders_along((1, 1), (0, 0), np.sqrt([0.5, 0.5]))]
    [1, 2]
    """
    if isinstance(what, str):
        return 1
    pairs = list(zip(what, alpha, np.abs(a) > NAMED))
    return (
        sum(b for b, _, is_in in pairs if is_in)
        if all(b <= c or is_in for b, c, is_in in pairs)
        else None
    )


def has_slope(one: Direction) -> bool:
    """Whether numbers tell a slope along a direction, if it is the same everywhere.

    Examples
    --------
    >>> e_1, places = np.array([1.0, 0.0]), np.array([[0.0, 1.0, 2]])
    >>> [has_slope(Direction(e_1, places, [Told(what, places)])) for what in [(0, 0), (1, 0), (0, 1), (2, 0)]]
    [True, True, False, False]
    """
    value = (0,) * len(one.a)
    counts = {0: 0.0, 1: 0.0}
    for what, places in one.told:
        k = orders_along(what, value, one.a)
        if k in counts:
            counts[k] += float(places[:, 2].sum())
    return counts[0] > 1 or counts[1] > 0


def is_anchored(k: int, of: int, counts: Array) -> bool:
    """Whether so many numbers of each order tell a derivative of a polynomial in t of degree below k.

    Of those below its order one goes into each constant, and those from an order j on tell at most k − j.
    The constant of y itself is told elsewhere.

    Examples
    --------
    Second derivatives need two values, or one slope:

    >>> [is_anchored(2, 0, np.array(counts)) for counts in ([1, 0], [2, 0], [0, 1])]
    [False, True, True]
    """
    least, below, above = max(of, 1), counts[0], 0
    for j in range(1, least + 1):
        below = max(below - 1, 0) + counts[j]
    for j in range(k - 1, least, -1):
        above = min(above + counts[j], k - j)
    return bool(below + above >= k - least)


def holder(t: Array, parts: Array) -> Array:
    """Which of the stretches in their order holds each t, (N,)."""
    return np.asarray(np.searchsorted(parts[:, 0], t, "right") - 1)


def near(one: Direction, alpha: MultiIndex) -> Array:
    """The stretches in which numbers tell of Dᵅy along a direction, (n, 2).

    Kinds are taken by their orders along it, as the lower ones tell what the higher ones leave.
    """
    kinds = dict[int, list[Array]]()
    for what, places in one.told:
        k = orders_along(what, alpha, one.a)
        if k is not None:
            kinds.setdefault(k, []).append(places)
    of = one.orders(alpha)
    constant = of == 0 and any(map(len, kinds.get(0, [])))  # is to be told, as it can be
    found, orders = np.empty((0, 3)), np.empty(0, int)
    for k in sorted(kinds):
        new = np.concatenate(kinds[k])
        parts = joined(np.concatenate([found, new]), one)
        counts = np.zeros((len(parts), max(k, of) + 2))
        np.add.at(counts, (holder(found[:, 0], parts), orders), found[:, 2])
        is_told = [
            is_anchored(k, of, row) and (k == 0 or row[0] > 0 or not constant) for row in counts
        ]
        new = new[np.array(is_told, bool)[holder(new[:, 0], parts)]]
        found, orders = np.concatenate([found, new]), np.append(orders, np.full(len(new), k))
    own = np.ptp(one.points[holder(found[:, 0], one.points), :2], axis=1)
    is_long = (np.ptp(found[:, :2], axis=1) >= np.minimum(LONG * one.size, own)) & (one.size > 0)
    return joined(found[is_long | (orders >= of)], one)


def is_far(one: Direction, alpha: MultiIndex, x: Array) -> Array:
    """Whether all that tells of Dᵅy along a direction is further away than the points are, a mask (N,)."""
    parts, t = near(one, alpha), x @ one.a
    more = np.minimum(BEYOND * np.ptp(parts, axis=1), FAR * one.size) + SLACK * one.size  # (n,)
    is_further = distance(t, parts + more[:, None] * [-1, 1]) > distance(t, one.points)
    return np.asarray(is_further & (one.size > 0 or one.orders(alpha) > 0))


def unknown(found: Sequence[Output], alpha: MultiIndex, x: Array) -> Array:
    """Of which outputs Dᵅy is not known at x, (N, d), in the units of the fit, a mask (N, m).

    Examples
    --------
    Values near x = 0 alone, and slopes nowhere, of points from 0 to 10:

    >>> y = np.where(np.arange(11) < 2, 1.0, np.nan)[:, None]
    >>> found = unseen(Data(np.arange(11.0)[:, None], {(0,): y}, np.ones(11) / 11, 1))
    >>> unknown(found, (0,), np.array([[0.5], [2.0], [9.0]]))[:, 0]
    array([False,  True,  True])
    """
    masks = np.zeros((len(x), len(found)), bool)
    for j, output in enumerate(found):
        if output.places is not None:
            masks[:, j] = is_in_hole(output.places, alpha, x)
        for one in output.directions:
            masks[:, j] |= is_far(one, alpha, x)
    return masks


def changes(found: Sequence[Output], names: Names, x: Array) -> str:
    """What nobody knows near some of the points x, in words: how outputs change with inputs, and outputs."""
    value = (0,) * x.shape[1]
    lost = dict[str, Array]()
    for name, output in zip(names.outputs, found):
        before = np.zeros(len(x), bool)
        for one in output.directions:  # the inputs themselves stand first
            inputs = [name for name, part in zip(names.inputs, one.a) if abs(part) > NAMED]
            what = f"how {name} changes with {', '.join(inputs)}"
            if one.size == 0:
                slopes = [
                    alpha for alpha in multi_indices(x.shape[1], 1)[1:] if np.dot(alpha, one.a)
                ]
                far = np.any([is_far(one, alpha, x) for alpha in slopes], axis=0)
                if far.any():
                    lost[what] = far
                continue
            far = is_far(one, value, x)
            if (far if len(inputs) == 1 else far & ~before).any():
                lost[what] = far | lost.get(what, False)
            before |= far
        if output.places is not None:
            left = is_in_hole(output.places, value, x) & ~before
            if left.any():
                lost[name] = left
    return ", and ".join(f"{what} ({far.sum()} of {len(x)} points)" for what, far in lost.items())


def kept(found: Sequence[Output]) -> list[Any]:
    """The same as lists, which a file can keep."""
    return [
        [
            [
                [a.tolist(), points.tolist(), [[what, places.tolist()] for what, places in told]]
                for a, points, told in output.directions
            ],
            output.places
            and [
                output.places.points.tolist(),
                [[what, mask.tolist()] for what, mask in output.places.known.items()],
            ],
        ]
        for output in found
    ]


def taken(lists: Sequence[Any], d: int) -> list[Output]:
    """What was kept so, of d inputs.

    Examples
    --------
    >>> y = np.array([[1.0], [np.nan]])
    >>> found = unseen(Data(np.eye(2), {(0, 0): y}, np.ones(2) / 2, 1))
    >>> kept(taken(kept(found), 2)) == kept(found)
    True
    """

    def key(what: Any) -> Key:
        return what if isinstance(what, str) else tuple(what)

    def output(directions: Any, holes: Any) -> Output:
        return Output(
            [
                Direction(
                    np.reshape(a, d),
                    np.reshape(places, (-1, 3)),
                    [Told(key(what), np.reshape(parts, (-1, 3))) for what, parts in told],
                )
                for a, places, told in directions
            ],
            holes
            and Places(
                np.reshape(holes[0], (-1, d)),
                {key(what): np.array(mask, bool) for what, mask in holes[1]},
            ),
        )

    return [output(*one) for one in lists]
