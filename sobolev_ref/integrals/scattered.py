"""Measured points make a rule, also where each derivative was measured at points of its own.

N measured points are a rule with equal weights 1/N. The sum over them is the mean over what was measured,
which estimates the mean over the density that the points came from. Where values stand at some points
and slopes at others, the rule holds the union of the points, and the target holds NaN where nothing was
measured. On that rule the term of α is (1/N) Σ over its own N_α points; the mean over them takes another
weight,

    λ_α (1/N_α) Σ_{i∈I_α} |r_{α,i}|^p = (λ_α N/N_α) Σ_{i∈I_α} (1/N) |r_{α,i}|^p                   (W3)

Which is right depends on the question. With the weights of (W3) every derivative has the say that λ gives
it, however often it was measured. Without them every measurement has the same say, which is right for
noise of known size: `noise_weights` go with the rule as it is. "balanced" needs neither where an order has
one multi-index, as N/N_α cancels against the target's norm over the same points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_nodes, as_order, as_real_array
from .._typing import Array, MultiIndex
from ..jets.multi_index import multi_indices
from .quadrature import Quadrature, as_rule
from .targets import (
    Target,
    as_data,
    by_multi_index,
    one_width,
    order_of,
    target_derivatives,
)
from .weights import Weights, as_weights


def samples(x: ArrayLike) -> Quadrature:
    """A rule of given points with equal weights, whose sum Σ_i f(x_i) / N is the mean over the points.

    Parameters
    ----------
    x : array_like, shape (N, d)
        For d = 1, shape (N,) is taken as (N, 1). A point that occurs twice counts twice.

    Returns
    -------
    Quadrature

    See Also
    --------
    merge_samples : Values and slopes that were measured at different points.
    gauss_legendre : Where the points can be chosen.

    Examples
    --------
    >>> samples([1.0, 2.0, 6.0]).integrate(lambda x: x)
    3.0
    """
    nodes = as_nodes("x", as_real_array("x", x))
    return Quadrature(nodes, np.full(len(nodes), 1 / len(nodes)))


@dataclass(frozen=True, eq=False)
class Coverage:
    """A report of what was measured, and where, to be printed.

    Attributes
    ----------
    n_nodes, n_outputs : int
        The numbers N and m.
    counts : dict
        From α to how many of the N m numbers Dᵅu_j(x_i) were measured.
    duplicates : int
        How many nodes stand at a place that an earlier node has, too.
    bounds : ndarray, shape (d, 2)
        The bounding box of the nodes.
    weights : dict
        From α to λ_α, if it is the report of a loss.
    without : dict
        From α to the outputs of which none of it was measured, where another's was.

    See Also
    --------
    coverage : The function that returns it.

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
    weights: dict[MultiIndex, float] = field(default_factory=dict)
    without: dict[MultiIndex, list[int]] = field(default_factory=dict)

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
            share = f", {100 * self.missing[alpha]:.3g} % missing" if count < total else ""
            share += "".join(f", none of output {j}" for j in self.without.get(alpha, []))
            weight = f"; weight {self.weights[alpha]:g}" if alpha in self.weights else ""
            lines.append(f"  D^{alpha}  {count} of {total} measured{share}{weight}")
        return "\n".join(lines)


def coverage(rule: Quadrature, target: Target, order: int | None = None) -> Coverage:
    """Report how much of a target is there on a rule's nodes, by α, and where the nodes lie.

    Parameters
    ----------
    rule : Quadrature
    target : callable or mapping
        As `SobolevLoss` takes it.
    order : int, optional
        k: every |α| ≤ k is reported. By default it is 1 for a function, and the highest order in a mapping,
        of which no entry may be above it.

    Returns
    -------
    Coverage

    See Also
    --------
    merge_samples : Data of different points put together.

    Examples
    --------
    >>> coverage(samples([0.0, 1.0]), lambda x: x**2, 1).missing
    {(0,): 0.0, (1,): 0.0}
    """
    k = order_of(target, order, as_rule(rule).d)
    return coverage_of(rule, target_derivatives(target, rule.nodes, k), k)


def coverage_of(
    rule: Quadrature, values: Array, order: int, weights: Sequence[float] = ()
) -> Coverage:
    """The report of a target's values at the nodes, shape (A, N, m), and of the weights λ_α."""
    indices = multi_indices(rule.d, order)
    measured = np.count_nonzero(~np.isnan(values), axis=1)  # (A, m)
    without = {
        alpha: np.flatnonzero(counts == 0).tolist()
        for alpha, counts in zip(indices, measured)
        if counts.any() and not counts.all()
    }
    return Coverage(
        len(rule),
        values.shape[2],
        dict(zip(indices, measured.sum(axis=1).tolist())),
        len(rule) - len(np.unique(rule.nodes, axis=0)),
        np.stack([rule.nodes.min(axis=0), rule.nodes.max(axis=0)], axis=1),
        dict(zip(indices, weights)),
        without,
    )


@dataclass(frozen=True, eq=False)
class MergedSamples:
    """Measurements at different points, brought to one rule by `merge_samples`.

    Attributes
    ----------
    rule : Quadrature
        The union of the points, in lexicographic order, with equal weights 1/N.
    target : dict
        From α to an array (N, m), NaN where Dᵅu was not measured.
    order : int
        The highest |α| measured.
    coverage : Coverage

    See Also
    --------
    merge_samples : The function that returns it.

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
        """The weights λ_α N/N_α, with which each term is λ_α times the mean over its own points (W3).

        With several outputs N_α is the number of measurements divided by m.

        Parameters
        ----------
        weights : sequence of k + 1 numbers, or mapping from α to number, optional
            The λ that the means get, all 1 by default.

        Returns
        -------
        dict
            From α to number, for ``weights=`` of `SobolevLoss`; 0 where nothing was measured.
        """
        by_alpha = as_weights(weights, self.rule.d, self.order)
        total = self.coverage.n_nodes * self.coverage.n_outputs
        return {
            alpha: weight * total / count if count else 0.0  # (W3)
            for weight, (alpha, count) in zip(by_alpha.tolist(), self.coverage.counts.items())
        }


def merge_samples(measurements: Mapping[MultiIndex, tuple[ArrayLike, ArrayLike]]) -> MergedSamples:
    """Make one rule, and a target with NaN for what is missing, of values here and slopes there.

    A place where several α were measured becomes one node. A place where one α was measured r times
    becomes r nodes, so that no measurement is lost and none counts more than another.

    Parameters
    ----------
    measurements : mapping
        From α to (x_α, data_α): points (N_α, d), for d = 1 also (N_α,), and data (N_α, m) or (N_α,), in
        which NaN marks a missing number. Columns of frames go by their place, and not by their names.

    Returns
    -------
    MergedSamples

    See Also
    --------
    samples : Points at which everything was measured.
    coverage : How much there is of each derivative.

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
    given = by_multi_index("measurements", measurements)
    d = len(next(iter(given)))
    points, data = {}, {}
    for alpha, pair in given.items():
        name = f"measurements[{alpha}]"
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"{name}: got {type(pair).__name__}, takes a pair (x, data)")
        points[alpha] = as_nodes(f"{name}: x", as_real_array(f"{name}: x", pair[0]), d)
        data[alpha] = as_data(f"{name}: data", pair[1], len(points[alpha]))
    one_width("measurements", data)
    order = as_order(max(map(sum, given)), d)

    rows = np.concatenate([np.column_stack([x, _visits(x)]) for x in points.values()])
    # A node is a place and a visit to it.
    nodes, node = np.unique(rows, axis=0, return_inverse=True)
    rule = samples(nodes[:, :-1])
    ends = np.cumsum([len(x) for x in points.values()])
    target = {}
    for (alpha, values), own in zip(data.items(), np.split(node.ravel(), ends[:-1])):
        target[alpha] = np.full((len(rule), values.shape[1]), np.nan)  # (N, m)
        target[alpha][own] = values
    return MergedSamples(rule, target, order, coverage(rule, target, order))


def _visits(x: Array) -> list[int]:
    """How often each of the points stands before it in the list.

    Examples
    --------
    >>> _visits(np.array([[7.0], [3.0], [7.0], [7.0]]))
    [0, 0, 1, 2]
    """
    before: Counter[tuple[float, ...]] = Counter()
    visits = []
    for place in map(tuple, x.tolist()):
        visits.append(before[place])
        before[place] += 1
    return visits


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
