"""Kinds of arguments: what is refused in place of a good value, and in which other dress it is as good."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sobolev_ref.plots import figure

# -- values that are bad for nearly every argument ----------------------------------------------------


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


def circular():
    loop = []
    loop.append(loop)
    return loop


HUGE = 10**30
JUNK: dict[str, Callable[[], Any]] = {  # by name, so that an argument can take one as good
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
    "generator": lambda: (entry for entry in (1.0, 2.0)),
    "type": lambda: int,
    "function": lambda: lambda *a, **k: None,
    "ellipsis": lambda: ...,
    "NaN": lambda: np.nan,
    "inf": lambda: np.inf,
    "-inf": lambda: -1e400,
    "negative": lambda: -1,
    "huge negative": lambda: -(10**5000),  # more digits than Python turns into text
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

# -- kinds of arguments --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arg:
    """A good value of an argument, and what may and may not stand in its place."""

    value: Any  # the class Axes stands for a clean one
    bad: Callable[[Any], dict[str, Any]] = lambda value: {}  # refused, beside junk
    dresses: Callable[[Any], dict[str, Any]] = lambda value: {}  # the same value otherwise
    takes: tuple[str, ...] = ()  # names of bad values that are good here
    words: tuple[str, ...] = ()  # of which an error has one, if not the argument's name
    more: Mapping[str, Any] = field(default_factory=dict)  # refused, beside all others

    def good(self):
        if self.value is Axes:
            return clean_axes()
        copied = isinstance(self.value, np.ndarray | list | dict)
        return deepcopy(self.value) if copied else self.value

    def hostile(self):
        bad = {name: make() for name, make in JUNK.items()} | self.bad(self.good())
        return {name: value for name, value in bad.items() if name not in self.takes} | self.more

    def benign(self):
        return self.dresses(self.good())


def clean_axes(kept=[]):  # noqa: B006
    """One `Axes`; what was drawn on it is taken off, which takes a fifth of the time of another one."""
    if not kept or kept[0].get_xscale() != "linear" or kept[0].get_yscale() != "linear":
        kept[:] = figure()[1]
    ax = kept[0]
    for kind in ("lines", "patches", "collections", "texts"):  # a contour takes its texts with it
        for artist in tuple(getattr(ax, kind)):
            artist.remove()
    if ax.get_legend():
        ax.get_legend().remove()
    ax.set(title="", aspect="auto")
    ax.relim()
    return ax


def thing(value, /, *takes, words=(), **more):
    """An object of a class of its own: nothing else will do."""
    return Arg(value, takes=takes, words=words, more=more)


def word(value, /, *takes):
    """A word from a list, spelled as it stands there."""
    return thing(value, *takes, empty="", capitals=value.upper(), blank=value + " ")


def function(value, /, *takes, words=(), **more):
    """A function; in `more` stand functions that return what they should not."""
    return thing(value, "type", "function", *takes, words=words, **more)


def integer(value, /, *takes, huge=True, words=(), **more):
    """A whole number; `huge` says whether there is too much of it."""

    def bad(value):
        return {
            "whole float": 2.0,
            "NumPy's float": np.float64(2),
            "list of one": [1],
            "array of one": np.array([1]),
            "masked integer": np.ma.array(1, mask=True),
            **({"beyond memory": 10**9, "beyond any array": HUGE} if huge else {}),
        }

    def dresses(value):
        return {"int64": np.int64(value), "uint8": np.uint8(value), "0-d array": np.array(value)}

    return Arg(value, bad, dresses, takes, words, more)


def real(value, /, *takes, words=(), **more):
    """A finite real number."""

    def bad(value):
        return {
            "list of one": [0.5],
            "array of one": np.array([0.5]),
            "beyond float, an int": 10**400,
            "masked number": np.ma.array(0.5, mask=True),
        }

    def dresses(value):
        other = {"float64": np.float64(value), "fraction": Fraction(value)}
        if float(np.float32(value)) == value:
            other["float32"] = np.float32(value)
        if value == int(value):
            other |= {"int": int(value), "int16": np.int16(value)}
        return other

    return Arg(value, bad, dresses, takes, words, more)


def numbers(
    value, /, *takes, open=(), gaps=False, complex=False, more_axes=False, words=(), **more
):
    """An array; `open` says which axes may have another length, `gaps` whether NaN means missing."""
    return Arg(
        np.array(value, float),
        partial(bad_arrays, open=open, gaps=gaps, complex=complex, more_axes=more_axes),
        dressed_arrays,
        takes,
        words,
        more,
    )


def bad_arrays(array, *, open, gaps, complex, more_axes):
    first, shape = (0,) * array.ndim, array.shape
    bad = {
        "masked complex": np.ma.array(array + 1j, mask=np.ones(shape)),
        "bools": np.ones(shape, bool),
        "objects": array.astype(object),
        "texts": array.astype(str),
        "bytes inside": array.astype(bytes),
        "dates": np.zeros(shape, "M8[s]"),
        "long doubles beyond float": np.full(shape, np.longdouble("1e400")),
        "generator of rows": (row for row in array),
        "set of entries": set(array.ravel().tolist()),
    }
    for name, entry in (("NaN inside", np.nan), ("inf inside", np.inf), ("-inf", -np.inf)):
        if not (gaps and name == "NaN inside"):
            bad[name] = array.copy()
            bad[name][first] = entry
    if not gaps:
        bad["masked inside"] = np.ma.array(array, mask=np.arange(array.size).reshape(shape) == 0)
        bad["all masked"] = np.ma.masked_all(shape)
        bad["rows masked"] = [np.ma.array(row, mask=True) for row in array]
    if not complex:
        bad["complex inside"] = array + 1j
        bad["complex of no imaginary part"] = array.astype(np.complex128)
    if not more_axes:
        bad["one axis more"] = array[..., None, None]
        bad["one axis more before"] = array[None, None]
        bad["scalar"] = array[first]
    for axis in set(range(array.ndim)) - set(open):
        bad[f"longer in axis {axis}"] = np.concatenate([array, array.take([0], axis)], axis)
        bad[f"none in axis {axis}"] = array.take([], axis)
        if shape[axis] > 1:
            bad[f"one in axis {axis}"] = array.take([0], axis)
            bad[f"shorter in axis {axis}"] = array.take(range(shape[axis] - 1), axis)
    return bad


def dressed_arrays(array):
    def nested(entry, kind):
        return kind(nested(e, kind) for e in entry) if isinstance(entry, list) else entry

    frozen = array.copy()
    frozen.flags.writeable = False
    dresses = {
        "read-only": frozen,
        "Fortran": np.asfortranarray(array),
        "strided": np.repeat(array, 3, axis=-1)[..., ::3],
        "negative strides": np.flip(np.flip(array).copy()),
        "byte-swapped": array.astype(array.dtype.newbyteorder()),
        "list": array.tolist(),
        "tuple": nested(array.tolist(), tuple),
        "subclass": array.view(Matrix),
        "long double": array.astype(np.longdouble),
        "masked nowhere": np.ma.array(array),
    }
    for dtype in (np.float32, np.float16, np.int64, np.int8, np.uint16):
        with np.errstate(all="ignore"):
            other = array.astype(dtype)
        if (other.astype(float) == array).all():
            dresses[np.dtype(dtype).name] = other
    return dresses


def sequence(value, /, *takes, words=(), **more):
    """A list of numbers of which each has a meaning."""

    def bad(value):
        first = {"NaN inside": np.nan, "None inside": None, "negative inside": -1}
        last = {"text inside": "1", "complex inside": 1j, "bool inside": True}
        return {
            "two more": [*value, value[-1], value[-1]],
            "one less": list(value[:-1]),
            "iterator": iter(value),
            "dict of them": dict.fromkeys(value),
            "two axes": np.array([value, value]),
            "masked inside": np.ma.array(value, mask=[True] * len(value)),
            **{name: [entry, *value[1:]] for name, entry in first.items()},
            **{name: [*value[:-1], entry] for name, entry in last.items()},
            "beyond float inside": [*value[:-1], 10**400],
        }

    def dresses(value):
        array = np.array(value)
        return {
            "list": list(value),
            "tuple": tuple(value),
            "array": array,
            "subclass": array.view(Matrix),
            "strided": np.repeat(array, 2)[::2],
        }

    return Arg(value, bad, dresses, takes, words, more)
