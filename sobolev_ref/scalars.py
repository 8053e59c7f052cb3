"""Numbers at the public boundary: whole ones, real ones, positions, exponents, seeds."""

import operator
from numbers import Real
from typing import Any

import numpy as np

from .words import shown


def as_integer(name: str, value: Any, minimum: int) -> int:
    """A whole number of at least `minimum`.

    Examples
    --------
    >>> as_integer("order", -1, minimum=0)
    Traceback (most recent call last):
    ValueError: order: got -1, takes a whole number >= 0
    """
    takes = f"takes a whole number >= {minimum}"
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: got {value!r}, {takes}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: got {shown(value)}, {takes}") from None
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: got a masked number, {takes}")
    if number < minimum:
        raise ValueError(f"{name}: got {shown(number)}, {takes}")
    return number


def as_index(name: str, value: Any, length: int) -> int:
    """A position 0, 1, …, length − 1.

    Examples
    --------
    >>> as_index("output", 2, length=2)
    Traceback (most recent call last):
    ValueError: output: got 2, takes a whole number from 0 to 1
    """
    number = as_integer(name, value, minimum=0)
    if number >= length:
        takes = f"takes a whole number from 0 to {length - 1}"
        raise ValueError(f"{name}: got {shown(number)}, {takes}")
    return number


def as_real(name: str, value: Any, takes: str, *, above: float, strictly: bool = False) -> float:
    """A finite real number of at least `above`, or more than it if `strictly`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name}: got {shown(value)}, takes {takes}")
    try:
        number = float(value)
    except OverflowError:
        number = np.inf
    if not np.isfinite(number) or number < above or (strictly and number == above):
        short = f"{number:g}"
        exact = short if float(short) == number or number != number else repr(number)
        raise ValueError(f"{name}: got {exact}, takes {takes}")
    return number


def as_nonnegative(name: str, value: Any) -> float:
    """A number >= 0, infinity included."""
    if isinstance(value, float) and value == np.inf:
        return value
    return as_real(name, value, "a number >= 0, or math.inf", above=0)


def as_rng(name: str, rng: Any) -> np.random.Generator:
    """A NumPy generator, made from a whole number >= 0, or from fresh entropy for None."""
    if rng is None or isinstance(rng, np.random.Generator):
        return np.random.default_rng(rng)
    try:
        return np.random.default_rng(as_integer(name, rng, minimum=0))
    except TypeError:
        raise TypeError(
            f"{name}: got {shown(rng)}, takes a numpy Generator or a whole number"
        ) from None


def as_exponent(p: Any) -> float:
    """An exponent 1 <= p < inf; for p < 1 there is no norm (errata, Theorems 1 and 2)."""
    return as_real("p", p, "a finite real exponent >= 1", above=1.0)
