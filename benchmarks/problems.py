"""The rows of the table, and what a row is made of: nodes, exact data, θ.

The target is u_j = sin(x_1 + … + x_d + j), j = 0, …, m − 1, for which Dᵅu_j = sin^{(|α|)}: exact data of
every order for every d. The loss is L(θ) = Σ_{|α|≤k} Σ_i w_i Σ_j (Dᵅu_θ(x_i) − Dᵅu(x_i))_j², every α once,
w_i = 1/N.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

import sobolev_ref as sr

Layers = list[tuple[NDArray, NDArray]]


@dataclass(frozen=True)
class Row:
    """One row of the table: a network, its activation, the order k, the number of nodes N."""

    widths: tuple[int, ...]
    order: int
    n: int
    activation: str = "tanh"

    @property
    def d(self) -> int:
        """The input dimension."""
        return self.widths[0]

    @property
    def network(self) -> str:
        """The widths in print."""
        return "(" + ",".join(map(str, self.widths)) + ")"

    @property
    def small(self) -> bool:
        """Whether `--quick` runs it."""
        return self.n * max(self.widths) * (self.order + 1) <= 150_000

    def __str__(self) -> str:
        return f"{self.network} {self.activation} k={self.order} N={self.n}"


TANH = (
    Row((1, 32, 1), 1, 200),
    Row((1, 50, 50, 1), 1, 200),
    Row((1, 50, 50, 1), 1, 1000),
    Row((1, 64, 64, 64, 1), 1, 1000),
    Row((1, 50, 50, 1), 2, 1000),
    Row((1, 50, 50, 1), 3, 1000),
    Row((1, 50, 50, 1), 4, 1000),
    Row((2, 64, 64, 1), 1, 4096),
    Row((2, 64, 64, 1), 2, 4096),
    Row((3, 64, 64, 1), 2, 4096),
    Row((10, 64, 64, 1), 1, 4096),
    Row((1, 256, 256, 1), 1, 4096),
    Row((2, 256, 256, 1), 2, 4096),
)
# Many outputs; a batch of 256 nodes, of the network of the Bachelier basket in `data`.
MORE = (Row((3, 64, 64, 3), 1, 4096), Row((7, 20, 20, 20, 20, 1), 1, 256, "softplus"))
OTHERS = tuple(
    Row(widths, order, n, activation)
    for activation in ("sin", "gelu")
    for widths, order, n in (
        ((1, 50, 50, 1), 1, 1000),
        ((2, 64, 64, 1), 2, 4096),
        ((1, 50, 50, 1), 4, 1000),
    )
)
SMOOTH = tuple(Row((1, 50, 50, 1), 1, 1000, activation) for activation in ("sigmoid", "softplus"))
ROWS = TANH + OTHERS + SMOOTH + MORE


@dataclass(frozen=True)
class Problem:
    """A row with its numbers, the same for every contender.

    Attributes
    ----------
    row : Row
    seed : int
        Of the nodes, uniform on [−1, 1]ᵈ, and of θ.
    """

    row: Row
    seed: int = 0

    @cached_property
    def net(self) -> sr.MLP:
        """The network."""
        return sr.MLP(self.row.widths, self.row.activation)

    @cached_property
    def theta(self) -> NDArray:
        """θ, shape (P,): Glorot's weights, and small biases so that none of its entries is zero."""
        theta = self.net.init(self.seed)
        return theta + 0.1 * np.random.default_rng(self.seed + 1).normal(size=theta.shape)

    @cached_property
    def layers(self) -> Layers:
        """θ as [(W, b), …], copies."""
        return [(W.copy(), b.copy()) for W, b in self.net.unpack(self.theta)]

    @cached_property
    def nodes(self) -> NDArray:
        """x, shape (N, d)."""
        return np.random.default_rng(self.seed + 2).uniform(-1, 1, (self.row.n, self.row.d))

    @cached_property
    def weights(self) -> NDArray:
        """w, shape (N,)."""
        return np.full(self.row.n, 1 / self.row.n)

    @cached_property
    def indices(self) -> tuple[tuple[int, ...], ...]:
        """Every α with |α| ≤ k, in graded order."""
        return sr.multi_indices(self.row.d, self.row.order)

    @cached_property
    def data(self) -> NDArray:
        """Dᵅu at the nodes, shape (A, N, m): sin^{(n)} = sin(· + nπ/2)."""
        total = self.nodes.sum(axis=1)[:, None] + np.arange(self.row.widths[-1])
        return np.stack([np.sin(total + sum(alpha) * np.pi / 2) for alpha in self.indices])
