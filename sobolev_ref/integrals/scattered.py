"""Measured points as a rule, different points for different derivatives, and what they cover.

N points from a measurement are a rule with equal weights 1/N: the sum over them is the mean over what was
measured, which estimates the mean over the density that the points came from. Where values stand at
some points and slopes at others, the rule holds the union of the points and the target holds NaN
where nothing was measured. On that rule the term of α is (1/N) Σ over its own N_α points; the mean over
them takes another weight,

    λ_α (1/N_α) Σ_{i∈I_α} |r_{α,i}|^p = (λ_α N/N_α) Σ_{i∈I_α} (1/N) |r_{α,i}|^p                   (W3)

Which is right depends on the question. With the weights of (W3) every derivative has the say that λ gives
it, however often it was measured. Without them every measurement has the same say, which for noise of
known size is right: `noise_weights` go with the rule as it is. "balanced" needs neither where an order has
one multi-index, as N/N_α cancels against the target's norm over the same points.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_multi_index, as_nodes, as_order, as_real_array
from .._typing import Array, MultiIndex
from ..jets.multi_index import multi_indices
from .norms import Weights, as_weights
from .quadrature import Quadrature
from .targets import Target, target_derivatives


def samples(x: ArrayLike) -> Quadrature:
    """Given points as a rule of equal weights: Σ_i f(x_i) / N, the mean over the points.

    Parameters
    ----------
    x : array_like, shape (N, d)
        For d = 1, shape (N,) is taken as (N, 1). A point that occurs twice counts twice.

    Returns
    -------
    Quadrature

    Examples
    --------
    >>> samples([1.0, 2.0, 6.0]).integrate(lambda x: x)
    3.0
    """
    nodes = as_nodes("x", as_real_array("x", x))
    return Quadrature(nodes, np.full(len(nodes), 1 / len(nodes)))


@dataclass(frozen=True, eq=False)
class Coverage:
    """What was measured, and where; `print` it.

    Attributes
    ----------
    n_nodes, n_outputs : int
        N and m.
    counts : dict
        From α to how many of the N m numbers Dᵅu_j(x_i) were measured.
    duplicates : int
        Nodes at a place that an earlier node has, too.
    bounds : ndarray, shape (d, 2)
        The bounding box of the nodes.

    Examples
    --------
    >>> print(coverage(samples([0.0, 1.0, 1.0, 4.0]), {(0,): [1.0, 2.0, 2.5, np.nan]}, 1))
    4 nodes, 1 output; 1 node at the place of another
      x1 in [0, 4]
      D^(0,)  3 of 4 measured, 25 % missing
      D^(1,)  0 of 4 measured, 100 % missing
    """

    n_nodes: int
    n_outputs: int
    counts: dict[MultiIndex, int]
    duplicates: int
    bounds: Array

    @property
    def missing(self) -> dict[MultiIndex, float]:
        """From α to the share of its numbers that is missing, 0 to 1."""
        total = self.n_nodes * self.n_outputs
        return {alpha: 1 - count / total for alpha, count in self.counts.items()}

    def __str__(self) -> str:
        total = self.n_nodes * self.n_outputs
        lines = [
            f"{_plural(self.n_nodes, 'node')}, {_plural(self.n_outputs, 'output')}; "
            f"{_plural(self.duplicates, 'node')} at the place of another"
        ]
        lines += [f"  x{q} in [{a:g}, {b:g}]" for q, (a, b) in enumerate(self.bounds, start=1)]
        for alpha, count in self.counts.items():
            share = f", {100 * (1 - count / total):.3g} % missing" if count < total else ""
            lines.append(f"  D^{alpha}  {count} of {total} measured{share}")
        return "\n".join(lines)


def coverage(rule: Quadrature, target: Target, order: int) -> Coverage:
    """How much of a target is there on a rule's nodes, by α, and where the nodes lie.

    Parameters
    ----------
    rule : Quadrature
    target : callable or mapping
        As `SobolevLoss` takes it.
    order : int
        k: every |α| ≤ k is reported.

    Returns
    -------
    Coverage

    Raises
    ------
    TypeError, ValueError
        For a rule, target or order that `SobolevLoss` would not take.

    Examples
    --------
    >>> coverage(samples([0.0, 1.0]), lambda x: x**2, 1).missing
    {(0,): 0.0, (1,): 0.0}
    """
    if not isinstance(rule, Quadrature):
        raise TypeError(f"rule: got {type(rule).__name__}, takes a Quadrature")
    k = as_order(order, rule.d)
    values = target_derivatives(target, rule.nodes, k)  # (A, N, m)
    counts = np.count_nonzero(~np.isnan(values), axis=(1, 2))
    return Coverage(
        len(rule),
        values.shape[2],
        dict(zip(multi_indices(rule.d, k), counts.tolist())),
        len(rule) - len(np.unique(rule.nodes, axis=0)),
        np.stack([rule.nodes.min(axis=0), rule.nodes.max(axis=0)], axis=1),
    )


@dataclass(frozen=True, eq=False)
class MergedSamples:
    """Measurements at different points on one rule; made by `merge_samples`.

    Attributes
    ----------
    rule : Quadrature
        The union of the points, in lexicographic order, with equal weights 1/N.
    target : dict
        From α to an array (N, m), NaN where Dᵅu was not measured.
    order : int
        The highest |α| measured.
    coverage : Coverage

    Examples
    --------
    >>> merged = merge_samples({(0,): ([0.0, 1.0], [5.0, 6.0]), (1,): ([1.0], [2.0])})
    >>> merged.target[(1,)]
    array([[nan],
           [ 2.]])
    >>> merged.weights()
    {(0,): 1.0, (1,): 2.0}
    """

    rule: Quadrature
    target: dict[MultiIndex, Array]
    order: int
    coverage: Coverage

    def weights(self, weights: Weights | None = None) -> dict[MultiIndex, float]:
        """λ_α N/N_α: with these, each term is λ_α times the mean over its own points (W3).

        With several outputs N_α is the number of measurements divided by m.

        Parameters
        ----------
        weights : sequence of k + 1 numbers, or mapping from α to number, optional
            λ, all 1 by default.

        Returns
        -------
        dict
            For ``weights=`` of `SobolevLoss`; 0 where nothing was measured.
        """
        by_alpha = as_weights(weights, self.rule.d, self.order)
        total = self.coverage.n_nodes * self.coverage.n_outputs
        return {
            alpha: weight * total / count if count else 0.0  # (W3)
            for weight, (alpha, count) in zip(by_alpha.tolist(), self.coverage.counts.items())
        }


def merge_samples(
    measurements: Mapping[MultiIndex, tuple[ArrayLike, ArrayLike]],
) -> MergedSamples:
    """Values at some points, slopes at others: one rule, and a target with NaN where missing.

    A place that several α were measured at becomes one node. A place where one α was measured r times
    becomes r nodes, so that no measurement is lost and none counts more than another.

    Parameters
    ----------
    measurements : mapping
        From α to (x_α, data_α): points (N_α, d), for d = 1 also (N_α,), and data (N_α, m) or (N_α,), in
        which NaN marks a missing number.

    Returns
    -------
    MergedSamples

    Raises
    ------
    TypeError, ValueError
        For shapes that disagree, infinite data, or an empty mapping.

    Examples
    --------
    Values at 0, 1, 2 and one slope at 1:

    >>> merged = merge_samples({(0,): ([0.0, 1.0, 2.0], [5.0, 6.0, 7.0]), (1,): ([1.0], [1.0])})
    >>> merged.rule.nodes.ravel(), merged.target[(1,)].ravel()
    (array([0., 1., 2.]), array([nan,  1., nan]))
    >>> merged.weights()
    {(0,): 1.0, (1,): 3.0}
    """
    if not isinstance(measurements, Mapping):
        raise TypeError(
            f"measurements: got {type(measurements).__name__}, takes a mapping from α to (x, data)"
        )
    if not measurements:
        raise ValueError("measurements: got an empty mapping, takes at least one multi-index")
    first = next(iter(measurements))
    d = len(first) if isinstance(first, tuple) else 1
    points, data = {}, {}
    for key, pair in measurements.items():
        alpha = as_multi_index("measurements: multi-index", key, d)
        points[alpha], data[alpha] = _pair(alpha, pair, d)
    widths = {values.shape[1] for values in data.values()}
    if len(widths) > 1:
        raise ValueError(f"measurements: data have different numbers of outputs {sorted(widths)}")
    order = as_order(max(map(sum, points)), d)

    _, place = np.unique(np.concatenate(list(points.values())), axis=0, return_inverse=True)
    ends = np.cumsum([len(x) for x in points.values()])
    visit = np.concatenate([_visits(part) for part in np.split(place.ravel(), ends[:-1])])
    _, index, node = np.unique(
        np.stack([place.ravel(), visit], axis=1), axis=0, return_index=True, return_inverse=True
    )  # a node is a place and which visit to it by the same α
    rule = samples(np.concatenate(list(points.values()))[index])
    target = {}
    for (alpha, values), rows in zip(data.items(), np.split(node.ravel(), ends[:-1])):
        target[alpha] = np.full((len(rule), values.shape[1]), np.nan)  # (N, m)
        target[alpha][rows] = values
    return MergedSamples(rule, target, order, coverage(rule, target, order))


def _pair(alpha: MultiIndex, pair: tuple[ArrayLike, ArrayLike], d: int) -> tuple[Array, Array]:
    """(x_α, data_α) of shapes (N_α, d) and (N_α, m)."""
    name = f"measurements[{alpha}]"
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{name}: got {type(pair).__name__}, takes a pair (x, data)")
    x = as_nodes(f"{name}: x", as_real_array(f"{name}: x", pair[0]), d)
    values = as_real_array(f"{name}: data", pair[1], finite=False)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != len(x) or values.shape[1] == 0:
        raise ValueError(f"{name}: data: got shape {np.shape(pair[1])}, takes shape ({len(x)}, m)")
    if np.isinf(values).any():
        raise ValueError(f"{name}: data: got {np.isinf(values).sum()} infinite entries")
    return x, values


def _visits(place: Array) -> Array:
    """0, 1, … for the first, second, … occurrence of each entry.

    Examples
    --------
    >>> _visits(np.array([7, 3, 7, 7, 3]))
    array([0, 0, 1, 2, 1])
    """
    by_place = np.argsort(place, kind="stable")
    ordered = place[by_place]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    visits = np.empty(len(place), dtype=int)
    visits[by_place] = np.arange(len(place)) - np.repeat(starts, np.diff([*starts, len(place)]))
    return visits


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
