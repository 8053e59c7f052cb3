"""Errors of a jet bounded over all nodes at once: (A,) numbers in place of the (A, N) of `cancellation`.

With ‖u‖_α = max |u_α| and ‖E‖_α = max E(u)_α over the nodes, the lines of `cancellation` hold for these too,
as each is made of sums and products of numbers >= 0:

    ‖E(u v)‖ ≤ ‖u‖ ‖E(v)‖ + ‖E(u)‖ ‖v‖ + ‖u‖ ‖v‖,      ‖f′(u)‖ ≤ Σ_n sup |f⁽ⁿ⁺¹⁾|/n! (‖u‖ − ‖u‖_0)ⁿ

and a quotient's with min |z_0|. Most functions lose so few digits that these numbers tell it, at a twentieth
of the cost. Where they do not, or a ufunc has no sup below, f is followed from node to node once more.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import add
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .._typing import Array
from . import cancellation
from .algebra import TaylorAlgebra
from .cancellation import FEW, UNIT
from .multi_index import position
from .nearness import SOME

STRIP = math.tan(1.0)  # sup |tanh z| for |Im z| <= 1, so that |tanh⁽ᵐ⁾| <= m! tan 1


class Bounds(NamedTuple):
    """‖u‖ and ‖E(u)‖, shape (A,) each."""

    size: Array
    error: Array

    @classmethod
    def of(cls, u: Array, like: "Bounds | None" = None) -> "Bounds":
        """Of coefficients (A, …), with these errors, or nearest to what they stand for."""
        rows = u.reshape(len(u), -1)
        size = np.maximum(rows.max(axis=1, initial=0.0), -rows.min(axis=1, initial=0.0))
        if like is not None:
            return cls(size, like.error)
        return cls(size, size * bool(size[1:].any()))

    def tell_nothing(self) -> bool:
        """Whether no coefficient at any node has lost so much that a warning would tell of it."""
        return bool((UNIT * self.error <= FEW * np.maximum.accumulate(self.size)).all())


def bounds_of(
    ufunc: Callable[..., Any],
    operands: Sequence[Array],
    of: Sequence[Bounds],
    a: Array,
    T: TaylorAlgebra,
) -> Bounds | None:
    """Those of the jet a that a ufunc makes of its operands; None where they cannot be told.

    Examples
    --------
    >>> from .algebra import taylor_algebra
    >>> T, x = taylor_algebra(1, 1), np.array([[0.5, 2.0], [1.0, 1.0]])
    >>> exact = Bounds(np.array([2.0, 1.0]), np.zeros(2))
    >>> bounds_of(np.multiply, [x, x], [exact, exact], T.product(x, x), T).error        # |x²| and |2x|
    array([4., 4.])
    """
    size = Bounds.of(a).size
    if not np.isfinite(size).all():
        return None
    errors = [bounds.error for bounds in of]
    if ufunc in cancellation.EXACT:
        error = np.maximum.reduce(errors)
    elif ufunc in (np.add, np.subtract):
        error = size + errors[0] + errors[1]
    elif ufunc in (np.multiply, np.square):
        (u, e), (v, f) = of[0], of[-1]
        error = product(u, v + f, T) + product(e, v, T)
    elif ufunc is np.divide:
        (u, e), (z, f) = of
        least = np.abs(operands[1][0]).min(initial=np.inf)
        own = error = (u + e + product(size, z + f, T)) / least
        for _ in range(T.order):  # each adds a degree of the recurrence
            error = own + product(beyond(z), error, T) / least
    elif not any(e.any() for e in errors):
        error = size
    elif ufunc in SLOPES:
        supremum, slope = SLOPES[ufunc](operands, size[0]), np.zeros(T.size)
        for n in reversed(range(T.order + 1)):  # Horner's rule
            slope = product(beyond(of[0].size), slope, T)
            slope[0] = supremum(n)
        error = size + product(slope, errors[0], T)
    else:
        return None
    return Bounds(size, error) if np.isfinite(error).all() else None


def beyond(u: Array) -> Array:
    """Without its value."""
    return np.concatenate([[0.0], u[1:]])


def product(u: Array, v: Array, T: TaylorAlgebra) -> Array:
    """(J1) of two jets at one node, all of its terms at once."""
    rows, i, j = _terms(T)
    return np.bincount(rows, u[i] * v[j], T.size)


@cache
def _terms(T: TaylorAlgebra) -> tuple[Array, Array, Array]:
    """The γ, α and β of (J1), by their rows."""
    where = position(T.d, T.order)
    sums = {
        (i, j): where.get(tuple(map(add, alpha, beta)))
        for alpha, i in where.items()
        for beta, j in where.items()
    }
    terms = [(row, i, j) for (i, j), row in sums.items() if row is not None]
    rows, i, j = np.array(terms).T
    return rows, i, j


# -- sup |f⁽ⁿ⁺¹⁾|/n! over the nodes: (the operands, sup |f|) ↦ a function of n ------------------------

Supremum = Callable[[int], Any]


def _powers(u: Array, r: float) -> Supremum:
    """|f⁽ⁿ⁺¹⁾|/n! for f′ = r u^{r−1}, or u⁻¹ for r = 0: the largest is at an end of |u|."""
    size = np.abs(u[0])
    ends = np.array([size.min(initial=np.inf), size.max(initial=0.0)])

    def at(n: int) -> Any:
        binomial = abs(math.prod((r - 1 - i) / (i + 1) for i in range(n)) * (r or 1))
        return binomial * np.power(ends, r - 1 - n).max() if binomial else 0.0

    return at


def _power(operands: Sequence[Array], size: Any) -> Supremum:
    u, r = operands
    constant = r.size == len(r) and not r[1:].any()
    return _powers(u, float(r[0].item())) if constant else lambda n: np.inf


SLOPES: Mapping[Callable[..., Any], Callable[[Sequence[Array], Any], Supremum]] = MappingProxyType(
    {
        np.exp: lambda u, size: lambda n: size / math.factorial(n),
        np.sin: lambda u, size: lambda n: 1 / math.factorial(n),
        np.cos: lambda u, size: lambda n: 1 / math.factorial(n),
        np.sinh: lambda u, size: lambda n: (size + 1) / math.factorial(n),
        np.cosh: lambda u, size: lambda n: size / math.factorial(n),
        np.tanh: lambda u, size: lambda n: STRIP * (n + 1),
        np.arctan: lambda u, size: lambda n: 2.0 ** (n + 1),  # |1 + z²| >= 3/4 for |Im z| <= 1/2
        np.log: lambda u, size: _powers(u[0], 0.0),
        np.sqrt: lambda u, size: _powers(u[0], 0.5),
        np.reciprocal: lambda u, size: _powers(u[0], -1.0),
        np.power: _power,
        np.float_power: _power,
    }
)


# -- nodes that are on a kink but for rounding ---------------------------------------------------------


def _of_first(u: Array, *rest: Array) -> Array:
    return np.asarray(np.abs(u[0]))


def _of_two(u: Array, v: Array) -> Array:
    return np.asarray(np.abs(u[0] - v[0]))


def _of_power(u: Array, r: Array) -> Array:
    whole = r.size == len(r) and not r[1:].any() and r[0].item() >= 0 and r[0].item().is_integer()
    return np.full(1, np.inf) if whole else np.asarray(np.abs(u[0]))


DISTANCES: Mapping[np.ufunc, Callable[..., Array]] = MappingProxyType(
    {
        **dict.fromkeys((np.absolute, np.fabs, np.sign, np.heaviside), _of_first),
        **dict.fromkeys((np.sqrt, np.reciprocal, np.log, np.log2, np.log10), _of_first),
        **dict.fromkeys((np.maximum, np.minimum, np.fmax, np.fmin), _of_two),
        **dict.fromkeys((np.less, np.less_equal, np.greater, np.greater_equal), _of_two),
        **dict.fromkeys((np.power, np.float_power), _of_power),
        np.divide: lambda u, z: np.abs(z[0]),
    }
)


def none_is_near(
    ufunc: np.ufunc, operands: Sequence[Array], of: Sequence[Bounds], sizes: Array
) -> bool:
    """Whether no node can be on a kink of a ufunc of `nearness` but for rounding, sizes max |x_q|."""
    if ufunc not in DISTANCES:
        return False
    distance = DISTANCES[ufunc](*operands)
    rounding = sum(b.error[0] + b.size[1 : 1 + len(sizes)] @ sizes for b in of)
    return bool(distance.min(where=distance != 0, initial=np.inf) > SOME * UNIT * rounding)
