"""Which numbers share one size of error, and the weights that go with it: by order or by partial.

    L(θ) = Σ_t λ_t Σ_i w_i |r_{t,i}|² + (μ/2)‖θ‖²,     λ_t = 1/τ_t²                              (W2)

A term t is everything of one order (all slopes), or each derivative alone. By order partials count as they
move the values, which is right where all are as exact; an input that hardly matters has small slopes, whose
relative error is no matter. By partial each is told apart, which is right where some are noisier than others.
Where noise is given each derivative is its own term. Else τ_t is learnt (see `evidence`), or it is the term's
own size, so that its error is a relative one (W1).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

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


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of the loss of a network on scaled data."""

    net: MLP
    data: Data
    keys: tuple[tuple[Key, ...], ...]  # what is in each of T terms: multi-indices and "along"

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

    def places(self, part: Any) -> tuple[Array, Array]:
        """The term and the node of each of its residuals, shape (R,)."""
        of = {key: t for t, keys in enumerate(self.keys) for key in keys}
        names: tuple[Key, ...] = (ALONG,) * self.data.m
        if isinstance(part, SobolevLoss):
            names = taylor_algebra(part.model.d, part.order).indices
        row, node, _ = np.nonzero(part.least_squares().rows)
        return np.array([of.get(name, -1) for name in names])[row], node

    @cached_property
    def counts(self) -> Array:
        """N_t, the numbers in each term, shape (T,)."""
        numbers, w = self.data.numbers, self.data.points * self.data.weights
        return np.array(
            [sum((w @ ~np.isnan(numbers[k])).sum() for k in keys) for keys in self.keys]
        )

    @cached_property
    def sizes(self) -> Array:
        """The root of the sum over a term's derivatives of their mean squares, shape (T,); 1 for 0."""
        numbers, w = self.data.numbers, self.data.weights
        sums = [sum(mean_square(numbers[key], w).sum() for key in keys) for keys in self.keys]
        return np.array([np.sqrt(size) if size > 0 else 1.0 for size in sums])

    @cached_property
    def root_mean_squares(self) -> Array:
        """The same of the mean over a term's derivatives."""
        return np.asarray(self.sizes / np.sqrt([len(keys) for keys in self.keys]))

    @cached_property
    def of_orders(self) -> Array:
        """The same of the mean over all derivatives of the term's order, shape (T,)."""
        return self.pooled(self.root_mean_squares, np.array([len(keys) for keys in self.keys]))

    def pooled(self, tau: Array, n: Array) -> Array:
        """The root of the mean of τ² over the terms of the same order, of which each counts n times, (T,)."""
        orders = np.array([order_of(keys[0]) for keys in self.keys])
        same = orders == orders[:, None]  # (T, T)
        return np.asarray(np.sqrt(same @ (n * tau**2) / (same @ n)))

    @property
    def noise(self) -> Array | None:
        """τ of each term where it was given, shape (T,): 1/τ² is the mean over the outputs."""
        if not self.data.noise:
            return None
        return np.array([np.nanmean(self.data.noise[key] ** -2.0) ** -0.5 for (key,) in self.keys])

    def weights(self, tau: Array) -> dict[Key, float]:
        """λ by key for τ, shape (T,) (W2)."""
        return {key: float(t**-2) for keys, t in zip(self.keys, tau) for key in keys}

    def total(self, tau: Array) -> float:
        """The sum of the weights of all derivatives, by which a loss is a mean square."""
        return sum(self.weights(tau).values())

    def loss(self, tau: Array, mu: Array) -> Loss:
        """L(θ) for τ, shape (T,), and μ, shape (P,)."""
        return Sum((loss_of(self.net, self.data, self.weights(tau)), Ridge(mu, len(mu))))


def leaves(loss: Loss) -> tuple[Loss, ...]:
    """The losses that a sum is made of, and those of its parts."""
    if not isinstance(loss, Sum):
        return (loss,)
    return tuple(leaf for part in loss.parts for leaf in leaves(part))


def loss_of(net: MLP, data: Data, weights: dict[Key, float]) -> Loss:
    """Σ_α λ_α Σ_i w_i |r_α(x_i)|² of the α that have a weight, a sum of squares.

    Where the noise of one α is not the same in all outputs, each output has a loss of its own.
    """
    shares = {key: data.share(key) for key in data.numbers if key in weights}
    if any((share != share[0]).any() for share in shares.values()):
        alone = [data.of_output(j) for j in range(data.m)]
        of_output = [
            {key: weights[key] * share[j] for key, share in shares.items() if key in one.numbers}
            for j, one in enumerate(alone)
        ]
        pairs = [(one, own) for one, own in zip(alone, of_output) if own]
        return Sum(tuple(loss_of(net, one, own) for one, own in pairs))
    rule, parts = Quadrature(data.x, data.weights), list[Loss]()
    values = {alpha: array for alpha, array in data.values.items() if alpha in weights}
    if values:
        lam = {alpha: weights[alpha] for alpha in values}
        parts.append(SobolevLoss(net, values, rule, weights=lam))
    if data.along is not None and ALONG in weights:
        v, slopes = data.along
        parts.append(ResidualLoss(net, along(v), slopes, rule, weights=(weights[ALONG],) * data.m))
    return parts[0] if len(parts) == 1 else Sum(tuple(parts))
