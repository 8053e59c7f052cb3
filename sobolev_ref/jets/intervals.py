"""Interval jets: what the Taylor coefficients of a plain NumPy function are between, on whole intervals.

An *interval* here is a pair of arrays, lo ≤ hi, with one number a cell. If x and y are between those of two
intervals, then x + y, x y, sin x, … are between those of the result, which is the least such interval but for
rounding. The functions of `elementary` do nothing but this arithmetic with the coefficients of a jet. So
they run as they are on arrays of Python objects that are intervals, and from the jet of x ↦ x on a cell
they make intervals that hold u⁽ⁿ⁾(x)/n! for every x of the cell:

    (V1)  u_n(x) ∈ U_n  for all x ∈ [a, b],   from X_0 = [a, b], X_1 = [1, 1] by (J1) and (J3)

These are wider than what u⁽ⁿ⁾ does there, since an interval knows nothing of another one: x − x is [a − b,
b − a]. The excess falls with the length of the cell.

*Rounding.* An operation has a relative error of at most 2⁻⁵³, and NumPy's functions are within 4 units in the
last place, 9·10⁻¹⁶. So every end is moved outwards by 2·10⁻¹⁵ of itself. Infinite ends are right ones, and a
NaN says that nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike

from .._typing import Array
from . import elementary
from .algebra import TaylorAlgebra, taylor_algebra
from .ufuncs import RULES as OF_JETS

WIDER = 2e-15
TINY = 1e-300  # for results that underflow


def _each_end(f: np.ufunc) -> Callable[[Interval], Interval]:
    """An increasing function, of each end."""
    return lambda x: outward(f(x.lo), f(x.hi))


def _wave(f: np.ufunc, top: float) -> Callable[[Interval], Interval]:
    """sin or cos, which is 1 at `top` and −1 half a turn on, both every 2π."""

    def of(x: Interval) -> Interval:
        ends = f(x.lo), f(x.hi)
        room = 1e-12 * (1 + np.maximum(np.abs(x.lo), np.abs(x.hi)))  # for the rounding of turns

        def passes(place: float) -> Array:
            turns = (x.lo - place - room) / (2 * math.pi), (x.hi - place + room) / (2 * math.pi)
            return np.asarray(np.floor(turns[1]) >= np.ceil(turns[0]))

        low = np.where(passes(top + math.pi), -1.0, np.minimum(*ends))
        return outward(low, np.where(passes(top), 1.0, np.maximum(*ends)))

    return of


class Interval:
    """All numbers from lo to hi, cell by cell; the methods are what NumPy looks for in an array of objects.

    Examples
    --------
    >>> x = Interval(np.array([-1.0]), np.array([2.0]))
    >>> (x * (1 - x)).hi.round(9), x.sin().hi.round(9)
    (array([4.]), array([1.]))
    """

    __slots__ = ("hi", "lo")

    def __init__(self, lo: Array, hi: Array) -> None:
        self.lo, self.hi = lo, hi

    def __neg__(self) -> Interval:
        return Interval(-self.hi, -self.lo)

    def __abs__(self) -> Interval:
        ends = np.abs(self.lo), np.abs(self.hi)
        return Interval(np.where(self.holds_zero, 0.0, np.minimum(*ends)), np.maximum(*ends))

    def __add__(self, other: Any) -> Interval:
        y = interval(other)
        return outward(self.lo + y.lo, self.hi + y.hi)

    def __mul__(self, other: Any) -> Interval:
        y = interval(other)
        return hull(self.lo * y.lo, self.lo * y.hi, self.hi * y.lo, self.hi * y.hi)

    def __truediv__(self, other: Any) -> Interval:
        return self * interval(other) ** -1.0

    def __pow__(self, r: float) -> Interval:
        """xʳ; where x may be 0 its least value is 0 for even r > 0, and it has no bound for r < 0."""
        power = hull(self.lo**r, self.hi**r)
        if r > 0 and r % 2 == 0:
            return Interval(np.where(self.holds_zero, 0.0, power.lo), power.hi)
        if r < 0:
            least = power.lo if r % 2 == 0 else -np.inf
            return Interval(
                np.where(self.holds_zero, least, power.lo),
                np.where(self.holds_zero, np.inf, power.hi),
            )
        return power

    def __sub__(self, other: Any) -> Interval:
        return self + -interval(other)

    def __rsub__(self, other: Any) -> Interval:
        return interval(other) + -self

    def __rtruediv__(self, other: Any) -> Interval:
        return interval(other) / self

    __radd__, __rmul__ = __add__, __mul__

    @property
    def holds_zero(self) -> Array:
        """Where 0 is one of the numbers, shape (cells,)."""
        return np.asarray((self.lo <= 0) & (self.hi >= 0))

    exp, exp2, expm1 = _each_end(np.exp), _each_end(np.exp2), _each_end(np.expm1)
    log, log2, log10 = _each_end(np.log), _each_end(np.log2), _each_end(np.log10)
    log1p, sqrt, arctan = _each_end(np.log1p), _each_end(np.sqrt), _each_end(np.arctan)
    sinh, arcsinh, tanh = _each_end(np.sinh), _each_end(np.arcsinh), _each_end(np.tanh)
    sin, cos = _wave(np.sin, math.pi / 2), _wave(np.cos, 0.0)

    def cosh(self) -> Interval:
        x = abs(self)
        return outward(np.cosh(x.lo), np.cosh(x.hi))


def outward(lo: Array, hi: Array) -> Interval:
    """An interval with room for the rounding of its ends."""
    return Interval(lo - (WIDER * np.abs(lo) + TINY), hi + (WIDER * np.abs(hi) + TINY))


def hull(*numbers: Array) -> Interval:
    """From the least to the largest of some results, cell by cell."""
    return outward(np.min(numbers, axis=0), np.max(numbers, axis=0))


def interval(x: Any) -> Interval:
    """A number as an interval, or an interval as it is."""
    return x if isinstance(x, Interval) else Interval(np.asarray(x, float), np.asarray(x, float))


def _power(u: Array, r: Array, T: TaylorAlgebra) -> Array:
    """uʳ: a constant r by the binomial series, any other as e^{r log u}."""
    if not r[1:].any():
        return elementary.power(u, np.asarray(float(r[0, 0].lo)), T)
    return elementary.exp(T.product(r, elementary.log(u, T)), T)


def _arctan(z: Array, T: TaylorAlgebra) -> Array:
    """arctan z: s = 1/(1 + z²)."""
    s = elementary.reciprocal(elementary.plus(T.product(z, z), 1), T)
    return elementary.integral(np.arctan(z[0]), s, z, T)


def _arcsinh(z: Array, T: TaylorAlgebra) -> Array:
    """arsinh z: s = 1/√(1 + z²)."""
    root = elementary.sqrt(elementary.plus(T.product(z, z), 1), T)
    return elementary.integral(np.arcsinh(z[0]), elementary.reciprocal(root, T), z, T)


AS_THEY_ARE = (
    *(np.add, np.subtract, np.multiply, np.positive, np.negative, np.square, np.reciprocal),
    *(np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p),
    *(np.sin, np.cos, np.sinh, np.cosh, np.tanh, np.deg2rad, np.radians, np.rad2deg, np.degrees),
)
RULES: Mapping[np.ufunc, Callable[..., Array]] = MappingProxyType(
    {
        **{ufunc: OF_JETS[ufunc] for ufunc in AS_THEY_ARE},
        np.divide: elementary.divide,
        np.power: _power,
        np.float_power: _power,
        np.sqrt: elementary.sqrt,
        np.tan: lambda z, T: elementary.divide(*elementary.sin_cos(z, T), T),
        np.arctan: _arctan,
        np.arcsinh: _arcsinh,
    }
)


class IntervalJet(NDArrayOperatorsMixin):
    """The coefficients of one function of one variable on every cell, an `Interval` each, shape (A, 1)."""

    def __init__(self, rows: Array, algebra: TaylorAlgebra) -> None:
        self.rows, self.algebra = rows, algebra

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any
    ) -> IntervalJet:
        if ufunc not in RULES or method != "__call__" or kwargs:
            raise TypeError(f"np.{ufunc.__name__} is not known of intervals")
        rows = [x.rows if isinstance(x, IntervalJet) else self.constant(x) for x in inputs]
        return IntervalJet(RULES[ufunc](*rows, self.algebra), self.algebra)

    def constant(self, value: Any) -> Array:
        """The rows of a number that is the same on all cells."""
        rows = np.zeros((self.algebra.size, 1), object)
        rows[0, 0] = interval(float(value))
        return rows


def coefficient_range(
    f: Callable[..., Any], order: int, lower: ArrayLike, upper: ArrayLike
) -> tuple[Array, Array]:
    """Between which numbers u⁽ⁿ⁾(x)/n! are for all x in each of some cells (V1); shape (k + 1, cells) each.

    They are infinite, or NaN, where nothing is known; a comparison or a function with a kink is refused.

    Examples
    --------
    >>> low, high = coefficient_range(lambda x: np.exp(-x) / x, 1, [1.0, 2.0], [1.5, 2.1])
    >>> low.round(3), high.round(3)
    (array([[ 0.149,  0.058],
           [-0.736, -0.102]]), array([[ 0.368,  0.068],
           [-0.248, -0.086]]))
    """
    T = taylor_algebra(1, order)
    cells = outward(np.asarray(lower, float), np.asarray(upper, float))
    rows = np.zeros((T.size, 1), object)
    rows[0, 0], rows[1:2, 0] = cells, 1.0  # (V1)
    x = IntervalJet(rows, T)
    with np.errstate(all="ignore"):
        u = f(x)
    u = u[0] if isinstance(u, tuple | list) else u
    found = u.rows if isinstance(u, IntervalJet) else x.constant(u)
    nothing = np.zeros_like(cells.lo)
    ends = [(interval(row).lo + nothing, interval(row).hi + nothing) for row in found[:, 0]]
    low, high = np.array(ends).transpose(1, 0, 2)
    return low, high
