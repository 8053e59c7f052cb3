"""Hostile values, benign variants of good ones, and what a call may do with either.

An argument has a kind, and a kind knows two things: what must be refused in its place, and in which other
dress a good value must give the same answer. `public_face` says which argument of which callable is of
which kind.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

HUGE = 10**30
UNPRINTABLE = -(10**5000)  # more digits than Python turns into text


class Matrix(np.ndarray):
    """A subclass with a mind of its own, as `numpy.matrix` has: products are matrix products."""

    def __mul__(self, other):
        return np.asarray(self) @ np.asarray(other)

    def __getitem__(self, key):
        return np.atleast_2d(np.asarray(self)[key]).view(Matrix)


class Hollow:
    """Says that it is an array, and fails when asked."""

    def __array__(self, *args, **kwargs):
        raise RuntimeError("not today")


class Mute:
    """Cannot even be printed."""

    def __repr__(self):
        raise RuntimeError("no comment")


def generator():
    yield from (1.0, 2.0)


def circular():
    loop = []
    loop.append(loop)
    return loop


JUNK: dict[str, Callable[[], Any]] = {  # by name, so that a kind can take one as good
    "None": lambda: None,
    "object": object,
    "mute object": Mute,
    "hollow array": Hollow,
    "text": lambda: "text",
    "number in text": lambda: "1",
    "bytes": lambda: b"1",
    "bool": lambda: True,
    "NumPy's bool": lambda: np.True_,
    "complex": lambda: 1j,
    "set": lambda: {1.0},
    "dict": lambda: {"a": 1},
    "generator": generator,
    "type": lambda: int,
    "function": lambda: lambda *a, **k: None,
    "ellipsis": lambda: ...,
    "NaN": lambda: np.nan,
    "inf": lambda: np.inf,
    "-inf": lambda: -1e400,
    "negative": lambda: -1,
    "huge negative": lambda: UNPRINTABLE,
    "half": lambda: -0.5,
    "masked": lambda: np.ma.masked,
    "date": lambda: np.datetime64("2000-01-01"),
    "0-d array of text": lambda: np.array("text"),
    "array of None": lambda: np.array([None]),
    "array of text": lambda: np.array(["1", "2"]),
    "array of dates": lambda: np.zeros(2, "M8[s]"),
    "array of records": lambda: np.zeros(2, "f8,i4"),
    "array of bools": lambda: np.ones(2, bool),
    "no entries": lambda: np.empty((0,)),
    "empty list": lambda: [],
    "list of empty lists": lambda: [[], []],
    "list of None": lambda: [None],
    "list of texts": lambda: ["1", "2"],
    "ragged": lambda: [[1.0], [1.0, 2.0]],
    "deeply ragged": lambda: [[1.0, [2.0, [3.0]]]],
    "circular": circular,
    "beyond float": lambda: [10**400],
    "five axes": lambda: np.zeros((1, 1, 1, 1, 1)),
}


@dataclass(frozen=True)
class Kind:
    """What must be refused in an argument's place, and what gives the same answer."""

    takes: tuple[str, ...] = ()  # names of junk that are good here
    more: Mapping[str, Any] = None  # further values that must be refused, by name

    def hostile(self, value) -> Iterator[tuple[str, Any]]:
        for name, make in JUNK.items():
            if name not in self.takes:
                yield name, make()
        for name, bad in self.of_its_own(value):
            if name not in self.takes:
                yield name, bad
        yield from (self.more or {}).items()

    def of_its_own(self, value) -> Iterator[tuple[str, Any]]:
        yield from ()

    def benign(self, value) -> Iterator[tuple[str, Any]]:
        yield from ()


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number; `huge` says whether 10³⁰ is refused, too."""

    huge: bool = True

    def of_its_own(self, value):
        yield "whole float", 2.0
        yield "NumPy's float", np.float64(2)
        yield "list of one", [1]
        yield "array of one", np.array([1])
        yield "masked integer", np.ma.array(1, mask=True)
        if self.huge:
            yield "huge", HUGE

    def benign(self, value):
        yield "int64", np.int64(value)
        yield "uint8", np.uint8(value)
        yield "0-d array", np.array(value)


@dataclass(frozen=True)
class Real(Kind):
    """A finite real number."""

    def of_its_own(self, value):
        yield "list of one", [0.5]
        yield "array of one", np.array([0.5])
        yield "beyond float, an int", 10**400
        yield "masked number", np.ma.array(0.5, mask=True)

    def benign(self, value):
        yield "float64", np.float64(value)
        if float(np.float32(value)) == value:
            yield "float32", np.float32(value)
        yield "fraction", Fraction(value)
        if value == int(value):
            yield "int", int(value)
            yield "int16", np.int16(value)


@dataclass(frozen=True)
class Numbers(Kind):
    """An array; `open` says which axes may have another length, `gaps` whether NaN means missing."""

    open: tuple[int, ...] = ()
    gaps: bool = False
    complex: bool = False
    more_axes: bool = False

    def of_its_own(self, value):
        array = np.array(value, dtype=float)
        first = (0,) * array.ndim
        for name, entry in (("NaN inside", np.nan), ("inf inside", np.inf), ("-inf", -np.inf)):
            if not (self.gaps and name == "NaN inside"):
                bad = array.copy()
                bad[first] = entry
                yield name, bad
        if not self.gaps:
            yield (
                "masked inside",
                np.ma.array(array, mask=np.arange(array.size).reshape(array.shape) == 0),
            )
            yield "all masked", np.ma.masked_all(array.shape)
            yield "rows masked", [np.ma.array(row, mask=True) for row in array]
        yield "masked complex", np.ma.array(array + 1j, mask=np.ones(array.shape))
        if not self.complex:
            yield "complex inside", array + 1j
            yield "complex of no imaginary part", array.astype(complex)
        yield "bools", np.ones(array.shape, bool)
        yield "objects", array.astype(object)
        yield "texts", array.astype(str)
        yield "bytes inside", array.astype(bytes)
        yield "dates", np.zeros(array.shape, "M8[s]")
        yield "long doubles beyond float", np.full(array.shape, np.longdouble("1e400"))
        yield "generator of rows", (row for row in array)
        yield "set of entries", set(array.ravel().tolist())
        if not self.more_axes:
            yield "one axis more", array[..., None, None]
            yield "one axis more before", array[None, None]
            yield "scalar", array[first]
        for axis in range(array.ndim):
            if axis not in self.open:
                yield f"longer in axis {axis}", np.concatenate([array, array.take([0], axis)], axis)
                yield f"none in axis {axis}", array.take([], axis)
                if array.shape[axis] > 1:
                    yield f"one in axis {axis}", array.take([0], axis)
                    yield f"shorter in axis {axis}", array.take(range(array.shape[axis] - 1), axis)

    def benign(self, value):
        array = np.array(value, dtype=float)
        frozen = array.copy()
        frozen.flags.writeable = False
        yield "read-only", frozen
        yield "Fortran", np.asfortranarray(array)
        wide = np.repeat(array, 3, axis=-1)
        yield "strided", wide[..., ::3]
        yield "negative strides", np.flip(np.flip(array).copy())
        yield "byte-swapped", array.astype(array.dtype.newbyteorder())
        yield "list", array.tolist()
        yield "tuple", tuple(map(_tuple, array.tolist()))
        yield "subclass", array.view(Matrix)
        yield "long double", array.astype(np.longdouble)
        yield "masked nowhere", np.ma.array(array)
        for dtype in (np.float32, np.float16, np.int64, np.int8, np.uint16):
            with np.errstate(all="ignore"):
                other = array.astype(dtype)
            if (other.astype(float) == array).all():
                yield np.dtype(dtype).name, other


def _tuple(entry):
    return tuple(map(_tuple, entry)) if isinstance(entry, list) else entry


@dataclass(frozen=True)
class Sequence(Kind):
    """A list of numbers of which each has a meaning."""

    def of_its_own(self, value):
        yield "one more", [*value, value[-1]]
        yield "one less", list(value[:-1])
        yield "iterator", iter(value)
        yield "dict of them", dict.fromkeys(value)
        yield "two axes", np.array([value, value])
        for name, entry in (("NaN inside", np.nan), ("None inside", None), ("negative inside", -1)):
            yield name, [entry, *value[1:]]
        for name, entry in (("text inside", "1"), ("complex inside", 1j), ("bool inside", True)):
            yield name, [*value[:-1], entry]
        yield "masked inside", np.ma.array(value, mask=[True] * len(value))
        yield "beyond float inside", [*value[:-1], 10**400]

    def benign(self, value):
        yield "list", list(value)
        yield "tuple", tuple(value)
        yield "array", np.array(value)
        yield "subclass", np.array(value).view(Matrix)
        yield "strided", np.repeat(np.array(value), 2)[::2]


@dataclass(frozen=True)
class Function(Kind):
    """A function; in `more` stand functions that return what they should not."""

    takes: tuple[str, ...] = ("type", "function")


@dataclass(frozen=True)
class Thing(Kind):
    """An object of a class of its own, or a word from a list: nothing else will do."""
