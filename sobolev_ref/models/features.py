"""The features φ_j of a `LinearModel` on jets, which are objects so that a model can be pickled."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from .._typing import Array
from ..jets.algebra import TaylorAlgebra
from ..jets.elementary import sin_cos
from ..jets.multi_index import multi_indices
from .mlp import MLP


@dataclass(frozen=True, eq=False)
class HiddenLayers:
    """The units of a network's last hidden layer, whose parameters are frozen at θ."""

    net: MLP
    theta: Array

    def __call__(self, a: Array, T: TaylorAlgebra) -> Array:
        _, tape = self.net.forward(self.theta, a, T)
        return T.padded(tape.a[-1])  # (A, N, J); without hidden layers it is the jet of x


def centred(box: Array, a: Array) -> Array:
    """The jet of t, shape (A, N, d), whose variables are those of x, each mapped to [−1, 1].

    x is taken from both ends before a number is divided, as 2x − a − b loses the digits of a box far from 0.
    """
    lower, upper = box.T
    t = np.asarray(a / ((upper - lower) / 2))
    t[0] = ((a[0] - lower) - (upper - a[0])) / (upper - lower)
    return t


@dataclass(frozen=True, eq=False)
class Polynomials:
    """Π_q P_{β_q}(t_q) for every |β| ≤ degree, by the three-term recurrence of P_n."""

    box: Array
    degree: int
    kind: str

    def __call__(self, a: Array, T: TaylorAlgebra) -> Array:
        t = centred(self.box, a)  # (A, N, d)
        P = [T.constant(np.ones_like(t[0])), T.padded(t)][: self.degree + 1]  # each (A, N, d)
        for n in range(1, self.degree):
            tP = T.product(t, P[n])
            if self.kind == "legendre":
                P.append(((2 * n + 1) * tP - n * P[n - 1]) / (n + 1))
            else:
                P.append(2 * tP - P[n - 1])
        return tensor_products(T, P, multi_indices(len(self.box), self.degree))  # (A, N, J)


@dataclass(frozen=True, eq=False)
class Fourier:
    """The products of d functions 1, cos jt, sin jt, j = 1, …, n, one for each variable."""

    box: Array
    n: int

    def __call__(self, a: Array, T: TaylorAlgebra) -> Array:
        t = np.pi * (centred(self.box, a))  # (A, N, d)
        t[0] += np.pi
        modes = [T.constant(np.ones_like(t[0]))]  # each (A, N, d)
        for j in range(1, self.n + 1):
            sine, cosine = sin_cos(j * t, T)
            modes += [cosine, sine]
        return tensor_products(T, modes, list(product(range(len(modes)), repeat=len(self.box))))


def tensor_products(
    T: TaylorAlgebra, factors: list[Array], choices: Sequence[tuple[int, ...]]
) -> Array:
    """Π_q f_{c_q}(t_q) for every choice c, from the jets of f_0 = 1, f_1, …; shape (A, N, J).

    `factors` has f_n of every variable, shape (A, N, d). A product over the first q variables is made once
    for all choices that begin with it, and all that are multiplied by the same f_n are multiplied together.
    """
    prefixes = list(dict.fromkeys(choice[:1] for choice in choices))
    made = np.stack([factors[n][..., 0] for (n,) in prefixes], axis=-1)  # (A, N, J so far)
    for q in range(1, factors[0].shape[-1]):
        where = {prefix: j for j, prefix in enumerate(prefixes)}
        prefixes = list(dict.fromkeys(choice[: q + 1] for choice in choices))
        longer = np.empty((*made.shape[:2], len(prefixes)), made.dtype)
        for n, factor in enumerate(factors):
            own = [j for j, prefix in enumerate(prefixes) if prefix[q] == n]
            shorter = made[..., [where[prefixes[j][:q]] for j in own]]
            longer[..., own] = T.product(shorter, factor[..., q, None]) if n else shorter
        made = longer
    return made
