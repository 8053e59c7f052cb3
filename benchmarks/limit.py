"""The limit: nothing but the matrix products and activation evaluations that a loss needs.

For a layer n_in → n_out and R rows (coefficients times nodes) that go through it, its products are

    z = a Wᵀ  (R, n_in)(n_in, n_out)     ā = z̄ W  (R, n_out)(n_out, n_in)     W̄ = z̄ᵀ a

on arrays that are already there. Two roads give L and ∇L:

- **forward**: jets of order k, A = C(d+k, k) coefficients a node: R = A N, three products a
  layer. The first layer's input is affine in x, so of its products only z_0 = x Wᵀ and z̄_0ᵀ x
  are left, R = N.
- **reverse for the last derivative**: jets of order k − 1, A′ = C(d+k−1, k−1), through three
  products a layer in the same way, R = A′ N; and for each of the m outputs one sweep g ↦ g W
  backwards through every layer but the last, whose W is the start of the sweep, again with the two
  products of its own backward pass, R = m A′ N.

Added to either is one evaluation of a transcendental function per hidden unit and node, the cheapest from
which σ and σ′ follow (tan for sin, exp for sigmoid and softplus). The limit is the faster road, in whole
arrays or in blocks of `BLOCK` nodes, whichever is faster.
"""

from collections.abc import Callable, Iterator
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .problems import Row

BLOCK = 256
EVALUATIONS: dict[str, Callable[..., NDArray]] = {
    "tanh": np.tanh,
    "sin": np.tan,
    "gelu": ndtr,
    "sigmoid": np.exp,
    "softplus": np.exp,
}
Product = tuple[int, int, int]  # (rows of a node, n_in, n_out)
Step = Callable[[], object]


def forward_road(row: Row) -> tuple[list[Product], list[Product]]:
    """(products with all three of a layer, products without ā) of the forward road."""
    A = comb(row.d + row.order, row.order)
    (first, *others) = zip(row.widths, row.widths[1:])
    return [(A, *layer) for layer in others], [(1, *first)]


def reverse_road(row: Row) -> tuple[list[Product], list[Product]]:
    """The same of the road with the last derivative in reverse; for k ≥ 1."""
    A = comb(row.d + row.order - 1, row.order - 1)
    (first, *others) = zip(row.widths, row.widths[1:])
    up = [(A, *layer) for layer in others]
    down = [(row.widths[-1] * A, n_out, n_in) for n_in, n_out in (first, *others[:-1])]
    return up + down, [(1, *first)]


class Limit:
    """A road's products and evaluations on arrays of their own; call it to do them once."""

    def __init__(self, row: Row, name: str, block: int) -> None:
        self.name = f"{name}, blocks of {block}" if block < row.n else name
        whole, rest = divmod(row.n, block)
        self.steps = whole * _steps(row, name, block) + (_steps(row, name, rest) if rest else [])

    def __call__(self) -> None:
        for step in self.steps:
            step()


def _steps(row: Row, name: str, nodes: int) -> list[Step]:
    """All that one block of so many nodes needs."""
    three, two = (forward_road if name == "forward" else reverse_road)(row)
    rng = np.random.default_rng(0)
    steps = [step for shape in three for step in _products(rng, nodes, shape, inputs=True)]
    steps += [step for shape in two for step in _products(rng, nodes, shape, inputs=False)]
    for width in row.widths[1:-1]:
        z = rng.normal(size=(nodes, width))
        steps.append(_bind(EVALUATIONS[row.activation], z, np.empty_like(z)))
    return steps


def _products(rng: np.random.Generator, nodes: int, shape: Product, inputs: bool) -> Iterator[Step]:
    """z = a Wᵀ, W̄ = z̄ᵀ a and, for `inputs`, ā = z̄ W, ready to be called."""
    coefficients, n_in, n_out = shape
    a, W = rng.normal(size=(coefficients * nodes, n_in)), rng.normal(size=(n_out, n_in))
    z, a_bar, W_bar = rng.normal(size=(len(a), n_out)), np.empty_like(a), np.empty_like(W)
    z_bar = rng.normal(size=z.shape)
    yield _bind(np.matmul, a, W.T, z)
    if inputs:
        yield _bind(np.matmul, z_bar, W, a_bar)
    yield _bind(np.matmul, z_bar.T, a, W_bar)


def _bind(function: Callable[..., NDArray], *arrays: NDArray) -> Step:
    *inputs, out = arrays
    return lambda: function(*inputs, out=out)


def limits(row: Row) -> list[Limit]:
    """Every candidate for the limit of a row."""
    names = ("forward", "reverse") if row.order > 0 else ("forward",)
    blocks = {row.n, min(BLOCK, row.n)}
    return [Limit(row, name, block) for name in names for block in sorted(blocks)]
