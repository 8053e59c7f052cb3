"""Which numbers share one size of error, and the weights that go with it: by order or by partial.

    L(θ) = Σ_t λ_t Σ_i w_i |r_{t,i}|² + (μ/2)‖θ‖²,     λ_t = 1/τ_t²                              (W2)

A term t is everything of one order (all slopes), or each derivative alone. By order partials count as they
move the values, which is right where all are as exact; an input that hardly matters has small slopes, whose
relative error is no matter. By partial each is told apart, which is right where some are noisier than others.
Where noise is given each derivative is its own term. Else τ_t is learnt (see `evidence`), or it is the term's
own size, so that its error is a relative one (W1).

A term has all outputs at first, and is parted where their errors are unlike (`Terms.likened`): one output of
pure noise would else take the weight from all others. Errors that differ less stay one, as they are what a
network cannot do as much as noise, and one that is met a little better is worth no more for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import fdtrc

from .._typing import Array
from ..integrals.quadrature import Quadrature
from ..jets.algebra import taylor_algebra
from ..losses.conditions import along
from ..losses.loss import Loss, Ridge, Sum
from ..losses.residual import ResidualLoss
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP
from .measurements import Data, mean_square
from .names import ALONG, Key, order_of

APART = 10.0  # times, by which errors of outputs are unlike
NOISY = 0.3  # of its size, the error of an output that is mostly noise,
NEAR = 3.0  # of which so many times will do
CHANCE = 1e-3  # of a ratio as large, above which it is none


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of the loss of a network on scaled data."""

    net: MLP
    data: Data
    keys: tuple[tuple[Key, ...], ...]  # what is in each of T terms: multi-indices and "along"
    outputs: tuple[tuple[int, ...], ...] = ()  # and of which outputs, by default of all

    def __post_init__(self) -> None:
        every = (tuple(range(self.data.m)),) * len(self.keys)
        object.__setattr__(self, "outputs", self.outputs or every)

    @classmethod
    def of(cls, net: MLP, data: Data, balance: str) -> "Terms":
        """The terms by "order" or by "partial"."""
        numbers = list(data.numbers)
        if data.noise or balance == "partial":
            return cls(net, data, tuple((key,) for key in numbers))
        orders = sorted({order_of(key) for key in numbers})
        keys = (tuple(key for key in numbers if order_of(key) == n) for n in orders)
        return cls(net, data, tuple(keys))

    @cached_property
    def parts(self) -> tuple[Loss, ...]:
        """What Σ_t ‖r_t‖² is the sum of, a sum over points and derivatives."""
        keys = self.data.numbers
        return leaves(loss_of(self.net, self.data, dict.fromkeys(keys, self.data.points)))

    @cached_property
    def term(self) -> dict[tuple[Key, int], int]:
        """The term of a derivative of an output."""
        each = enumerate(zip(self.keys, self.outputs))
        return {(key, j): t for t, (keys, js) in each for key in keys for j in js}

    def places(self, part: Any) -> tuple[Array, Array]:
        """The term and the node of each of its residuals, shape (R,)."""
        row, node, output = np.nonzero(part.least_squares().rows)
        if isinstance(part, SobolevLoss):
            names: tuple[Key, ...] = taylor_algebra(part.model.d, part.order).indices
        else:
            names, output = (ALONG,) * self.data.m, row
        of = np.array([[self.term.get((key, j), -1) for j in range(self.data.m)] for key in names])
        return of[row, output], node

    @cached_property
    def counts(self) -> Array:
        """N_t, the numbers in each term, shape (T,)."""
        w = self.data.points * self.data.weights
        each = {key: w @ ~np.isnan(array) for key, array in self.data.numbers.items()}
        return self.summed(each)

    @cached_property
    def sizes(self) -> Array:
        """The root of the sum over a term's derivatives of their mean squares, shape (T,); 1 for 0."""
        numbers, w = self.data.numbers, self.data.weights
        sums = self.summed({key: mean_square(array, w) for key, array in numbers.items()})
        return np.array([np.sqrt(size) if size > 0 else 1.0 for size in sums])

    def summed(self, each: dict[Key, Array]) -> Array:
        """The sum over each term, (T,), of what each derivative has of each output, (m,)."""
        pairs = zip(self.keys, self.outputs)
        return np.array([sum(each[key][[*js]].sum() for key in keys) for keys, js in pairs])

    @cached_property
    def root_mean_squares(self) -> Array:
        """The same of the mean over a term's derivatives."""
        return np.asarray(self.sizes / np.sqrt([len(keys) for keys in self.keys]))

    @cached_property
    def of_orders(self) -> Array:
        """The same of the mean over all derivatives of the term's order, shape (T,)."""
        return self.pooled(self.root_mean_squares, np.array([len(keys) for keys in self.keys]))

    def pooled(self, tau: Array, n: Array) -> Array:
        """The root of the mean of τ² over the terms of the same order, of which each counts n times, (T,).

        Terms that have no output in common say nothing of each other.
        """
        orders = np.array([order_of(keys[0]) for keys in self.keys])
        has = np.array([np.isin(range(self.data.m), js) for js in self.outputs])  # (T, m)
        same = (orders == orders[:, None]) & (has @ has.T)  # (T, T)
        return np.asarray(np.sqrt(same @ (n * tau**2) / (same @ n)))

    @property
    def noise(self) -> Array | None:
        """τ of each term where it was given, shape (T,): 1/τ² is the mean over the outputs."""
        if not self.data.noise:
            return None
        return np.array([np.nanmean(self.data.noise[key] ** -2.0) ** -0.5 for (key,) in self.keys])

    def by_output(self, values: Array) -> dict[Key, Array]:
        """What each term has, shape (T,), by key for each output, (m,)."""
        with_none = np.append(values, np.nan)
        of = {
            key: [self.term.get((key, j), -1) for j in range(self.data.m)]
            for key in self.data.numbers
        }
        return {key: with_none[places] for key, places in of.items()}

    def sizes_by(self, other: "Terms", tau: Array) -> Array:
        """τ, (T,), the root of the mean of τ² of other terms of the same numbers over those of each."""
        w = self.data.points * self.data.weights
        each = {
            key: w @ ~np.isnan(self.data.numbers[key]) * of**2
            for key, of in other.by_output(tau).items()
        }
        return np.sqrt(self.summed(each) / self.counts)

    def weights(self, tau: Array) -> dict[Key, Array]:
        """λ by key for τ, shape (T,), of each output, (m,) (W2)."""
        return self.by_output(tau**-2.0)

    def total(self, tau: Array) -> float:
        """The sum of the weights of all derivatives, by which a loss is a mean square."""
        return float(sum(lam.mean() for lam in self.weights(tau).values()))

    def loss(self, tau: Array, mu: Array) -> Loss:
        """L(θ) for τ, shape (T,), and μ, shape (P,)."""
        return Sum((loss_of(self.net, self.data, self.weights(tau)), Ridge(mu, len(mu))))

    @cached_property
    def singly(self) -> "Terms":
        """Each output of each term that was measured as a term, whatever its noise."""
        data = replace(self.data, noise={})
        known = {key: ~np.isnan(array).all(axis=0) for key, array in data.numbers.items()}
        measured = {keys: np.any([known[key] for key in keys], axis=0) for keys in self.keys}
        pairs = [(keys, (j,)) for keys, of in measured.items() for j in np.flatnonzero(of).tolist()]
        return Terms(self.net, data, *zip(*pairs))

    @cached_property
    def alone(self) -> "Terms":
        """The same of each derivative."""
        return Terms(self.net, self.data, tuple((key,) for key in self.data.numbers)).singly

    @property
    def pairs(self) -> list[tuple[Key, int]]:
        """The first derivative and the first output of each term."""
        return [(keys[0], js[0]) for keys, js in zip(self.keys, self.outputs)]

    def squares(self, theta: Array) -> Array:
        """E_t = ‖r_t‖², shape (T,)."""
        found = np.zeros(len(self.keys))
        for part in self.parts:
            found += np.bincount(self.places(part)[0], part.residuals(theta) ** 2, len(found))
        return found

    def likened(self, theta: Array, known: Array, floor: float) -> "Terms":
        """The terms whose outputs are parted where their errors are unlike, or these; γ is (T,)."""
        one, pairs = self.singly, list[tuple[tuple[Key, ...], tuple[int, ...]]]()
        terms = np.array([self.term[pair] for pair in one.pairs])
        left = one.counts * (1 - known[terms] / self.counts[terms])
        each = np.array([one.squares(theta), left, one.counts * one.sizes**2])  # (3, T)
        for keys in dict.fromkeys(self.keys):
            E, n, whole = np.zeros((3, self.data.m))
            for i in (i for i, of in enumerate(one.keys) if of == keys):
                j = one.outputs[i][0]
                E[j], n[j], whole[j] = each[:, i]
            pairs += [(keys, js) for js in alike(E, n, whole, floor)]
        if {*pairs} == {*zip(self.keys, self.outputs)}:
            return self
        return Terms(self.net, self.data, *zip(*pairs))


def alike(squares: Array, left: Array, whole: Array, floor: float) -> list[tuple[int, ...]]:
    """Outputs with errors of one size, the least first; E_j, the numbers that tell it, and Σ y² are (m,).

    Those above are `APART` times as large, or mostly noise and `NEAR` times, and not by chance. One that
    was not measured goes with the first.

    Examples
    --------
    >>> E, n = np.array([0.5, 9.0, 0.2]), np.full(3, 20.0)
    >>> alike(E, n, n, 0.0), alike(E / 9, n, n, 0.0)
    ([(0, 2), (1,)], [(0, 1, 2)])
    """
    left = np.maximum(left, 1.0)
    variances = np.maximum(squares / left, floor**2)
    found, E, n = list[list[int]](), 0.0, 0.0
    order = np.argsort(variances, kind="stable")
    for j in order[whole[order] > 0].tolist():
        times = variances[j] / max(E / n, floor**2) if n else 1.0
        enough = NEAR if squares[j] > NOISY**2 * whole[j] else APART
        if not found or (times > enough**2 and fdtrc(left[j], n, times) < CHANCE):
            found.append([])
            E, n = 0.0, 0.0
        found[-1].append(j)
        E, n = E + squares[j], n + left[j]
    found[0] += np.flatnonzero(whole == 0).tolist()
    return [tuple(sorted(js)) for js in found]


def leaves(loss: Loss) -> tuple[Loss, ...]:
    """The losses that a sum is made of, and those of its parts."""
    if not isinstance(loss, Sum):
        return (loss,)
    return tuple(leaf for part in loss.parts for leaf in leaves(part))


def loss_of(net: MLP, data: Data, weights: Mapping[Key, Array | float]) -> Loss:
    """Σ_α λ_α Σ_i w_i |r_α(x_i)|² of the α that have a weight, of each output or one, a sum of squares.

    Outputs with other weights have a loss of their own.
    """
    each = {
        key: np.broadcast_to(weights[key], data.m) * data.share(key)
        for key in data.numbers
        if key in weights
    }
    kinds = np.unique(np.array([*each.values()]).T, axis=0, return_inverse=True)[1].ravel()  # (m,)
    if kinds.any():
        alike = [kinds == kind for kind in range(kinds.max() + 1)]
        some = [(data.of_outputs(kept), kept) for kept in alike]
        pairs = [
            (one, {key: float(each[key][kept][0]) for key in one.numbers if key in each})
            for one, kept in some
        ]
        return Sum(tuple(loss_of(net, one, own) for one, own in pairs if own))
    lam = {key: float(of_output[0]) for key, of_output in each.items()}
    rule, parts = Quadrature(data.x, data.weights), list[Loss]()
    values = {alpha: array for alpha, array in data.values.items() if alpha in lam}
    if values:
        of_values = {alpha: lam[alpha] for alpha in values}
        parts.append(SobolevLoss(net, values, rule, weights=of_values))
    if data.along is not None and ALONG in lam:
        v, slopes = data.along
        parts.append(ResidualLoss(net, along(v), slopes, rule, weights=(lam[ALONG],) * data.m))
    return parts[0] if len(parts) == 1 else Sum(tuple(parts))
