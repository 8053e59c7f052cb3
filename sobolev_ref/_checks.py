"""What the public boundary accepts; what it refuses raises an exception that names the argument.

An `as_…` function takes an argument's name and its value, and returns the value in the form that the code
below it trusts; its docstring says which. It refuses a wrong type by `TypeError` and a wrong value by
`ValueError`, before any work. Every message gives the argument's name, what it got, and what it takes.
Integer and float32 arrays become float64, lists become arrays, and nothing that the caller passed in is
changed; a whole number that float64 would round is refused. Complex arrays pass where a complex step makes
sense.
"""

from __future__ import annotations

import inspect
import operator
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, Context, Decimal
from functools import partial
from math import comb
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ._typing import Array, MultiIndex

MAX_ORDER = 170  # 171! is beyond float64
MAX_TABLE = 5 * 10**7  # d times the terms of a truncated product, whose table then takes some GB
MAX_ENTRIES = 2 * 10**8  # numbers in an array, 1.6 GB
EXACT = 2**53  # up to there each whole number is one of float64
LARGEST = float(np.finfo(float).max)
ROUNDING = 64 * float(np.finfo(float).eps)  # a smaller share of its terms says nothing
Call = TypeVar("Call", bound=Callable[..., Any])
Choice = TypeVar("Choice")


def shown(value: Any) -> str:
    """A value as a message shows it, cut short, or its type where it cannot be printed.

    Somebody's ``__repr__`` may raise anything, and Python prints no whole number of 5,000 digits.
    """
    try:
        text = repr(value)
    except Exception:
        return type(value).__name__
    return text if len(text) <= 60 else text[:59] + "…"


def counted(n: int) -> str:
    """A number of things as a message shows it."""
    return f"{n:,}" if n <= 10**18 else "more than 10^18"


def refused(name: str, value: Any, takes: str) -> str:
    """A message such as ``order: got -1, takes a whole number >= 0``."""
    return f"{name}: got {shown(value)}, takes {takes}"


# -- things, words, functions, flags, paths, lists -----------------------------------------------


def as_instance(name: str, value: Any, kinds: Any, takes: str) -> Any:
    """An object of one of the classes `kinds`."""
    if not isinstance(value, kinds):
        raise TypeError(refused(name, value, takes))
    return value


def as_word(name: str, value: Any, *words: str) -> str:
    """One of the given words."""
    takes = " or ".join(filter(None, [", ".join(map(repr, words[:-1])), repr(words[-1])]))
    if as_instance(name, value, str, takes) not in words:
        raise ValueError(refused(name, value, takes))
    word: str = value
    return word


def as_choice(name: str, value: Any, choices: Mapping[str, Choice]) -> Choice:
    """What stands under that name in a mapping."""
    return choices[as_word(name, value, *choices)]


def as_text(name: str, value: Any) -> str:
    """A str."""
    return str(as_instance(name, value, str, "a str"))


def as_flag(name: str, value: Any) -> bool:
    """True or False."""
    return bool(as_instance(name, value, bool | np.bool_, "True or False"))


def as_function(name: str, value: Call, takes: str = "a function") -> Call:
    """A function, or whatever else can be called."""
    if not callable(value):
        raise TypeError(refused(name, value, takes))
    return value


def check_arguments(name: str, f: Callable[..., Any], d: int) -> None:
    """Refuse a function that does not take d arrays, where its signature can be had.

    A ufunc takes more, and writes into the others: ``np.sin(x, y)`` puts sin x into y.
    """
    plural = "array" if d == 1 else "arrays"
    inner: Any = f
    given = 0
    while isinstance(inner, partial):
        inner, given = inner.func, given + len(inner.args)
    if isinstance(inner, np.ufunc) and inner.nin - given != d:
        raise TypeError(
            f"{name}: got {inner.__name__} of {inner.nin - given}, takes a function of {d} {plural}, as "
            f"d = {d}"
        )
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # many of NumPy's have none
        return
    try:
        signature.bind(*range(d))
    except TypeError:
        raise TypeError(
            f"{name}: got a function of {signature}, takes one of {d} {plural}, as d = {d}"
        ) from None


def called(name: str, f: Callable[..., Any], *x: Any) -> Any:
    """f of arrays or jets, with the way out for one that takes numbers alone, or that writes into them."""
    try:
        return f(*x)
    except (TypeError, ValueError) as error:
        if re.search("truth value|only (length-1|0-dimensional)", str(error)):
            raise TypeError(
                f"{name}: {error}; takes a function of arrays: np.where(x > 0, f, g) for `if x > 0`, "
                "np.sin(x) for math.sin(x)"
            ) from None
        if "read-only" in str(error):
            raise ValueError(
                f"{name}: {error}; takes a function that does not write into its arguments: x = 2 * x for "
                "`x *= 2`"
            ) from None
        raise


def as_path(name: str, value: Any) -> str:
    """The path of a file, as text."""
    path = os.fspath(
        as_instance(name, value, str | os.PathLike, takes := "a str or a path-like object")
    )
    if "\0" in as_instance(name, path, str, takes):
        raise ValueError(refused(name, path, "a path without NUL"))
    return str(path)


def as_sequence(name: str, value: Any, takes: str) -> list[Any]:
    """The entries of a list, tuple, range or one-dimensional array, which have an order."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return list(value.tolist())  # None for what is masked
    return list(as_instance(name, value, list | tuple | range, takes))


def is_several(value: Any) -> bool:
    """Whether a value that may be a number is a list of numbers, or an array with an axis."""
    return isinstance(value, list | tuple | range) or (
        isinstance(value, np.ndarray) and value.ndim > 0
    )


# -- numbers -------------------------------------------------------------------------------------


def as_integer(name: str, value: Any, minimum: int, maximum: float = np.inf) -> int:
    """A whole number from `minimum` to `maximum`."""
    takes = f"a whole number >= {minimum}"
    if maximum < np.inf:
        takes = f"a whole number from {minimum} to {maximum:,}"
    if isinstance(value, bool | np.bool_):
        raise TypeError(refused(name, value, takes))
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(refused(name, value, takes)) from None
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: got a masked number, takes {takes}")
    if not minimum <= number <= maximum:
        raise ValueError(refused(name, number, takes))
    return number


def is_number(value: Any) -> bool:
    """Whether it is a real number, which neither a truth is nor a time with a unit."""
    return isinstance(value, Real) and not isinstance(value, bool | np.timedelta64)


def as_real(
    name: str, value: Any, takes: str = "", *, above: float = -np.inf, strictly: bool = False
) -> float:
    """A finite real number that is at least `above`, or more than it if `strictly`."""
    least = f" {'>' if strictly else '>='} {above:g}" if above > -np.inf else ""
    takes = takes or f"a finite number{least}"
    if not is_number(value):
        raise TypeError(refused(name, value, takes))
    try:
        number = float(value)
    except OverflowError:
        number = np.inf
    if not np.isfinite(number) or number < above or (strictly and number == above):
        short = f"{number:g}"
        exact = short if float(short) == number or number != number else repr(number)
        raise ValueError(f"{name}: got {exact}, takes {takes}")
    if isinstance(value, Integral) and int(value) != number:
        what = "a whole number beyond 2^53 that float64 rounds"
        raise ValueError(
            f"{name}: got {shown(value)}, {what}; takes float(…) of it where that is meant"
        )
    return number


def as_positive(name: str, value: Any) -> float:
    """A finite number > 0."""
    return as_real(name, value, above=0, strictly=True)


def as_nonnegative(name: str, value: Any) -> float:
    """A number >= 0, infinity included."""
    if isinstance(value, float) and value == np.inf:
        return value
    return as_real(name, value, "a number >= 0, or math.inf", above=0)


def as_exponent(p: Any) -> float:
    """An exponent 1 <= p < inf; for p < 1 there is no norm (errata, Theorems 1 and 2)."""
    return as_real("p", p, "a finite real exponent >= 1", above=1.0)


def as_beta(name: str, beta: Any) -> float:
    """A share that a moving average keeps at a step, in [0, 1)."""
    value = as_real(name, beta, "a number in [0, 1)", above=0)
    if value >= 1:
        raise ValueError(refused(name, beta, "a number in [0, 1)"))
    return value


def as_rng(name: str, rng: Any) -> np.random.Generator:
    """A NumPy generator, made from a whole number >= 0, or from fresh entropy for None."""
    if rng is None or isinstance(rng, np.random.Generator):
        return np.random.default_rng(rng)
    try:
        return np.random.default_rng(as_integer(name, rng, minimum=0))
    except TypeError:
        raise TypeError(refused(name, rng, "a numpy Generator or a whole number")) from None


def as_multi_index(name: str, alpha: Any, d: int) -> MultiIndex:
    """A multi-index: a tuple of d whole numbers >= 0."""
    if not isinstance(alpha, tuple) or len(alpha) != d:
        like = f", such as ({alpha},)" if d == 1 and type(alpha) is int else ""
        raise ValueError(refused(name, alpha, f"a tuple of {d} whole numbers{like}"))
    return tuple(as_integer(name, n, minimum=0) for n in alpha)


def as_order(order: Any, d: int) -> int:
    """An order k >= 0 whose factorials fit in float64, and whose index tables fit in memory."""
    k = as_integer("order", order, minimum=0)
    if k > MAX_ORDER:
        raise ValueError(refused("order", k, f"at most {MAX_ORDER}, as {MAX_ORDER + 1}! overflows"))
    terms = comb(2 * d + k, k)  # of a truncated product
    if d * terms > MAX_TABLE:
        raise ValueError(
            f"order: got {k} in {shown(d)} dimensions, {counted(comb(d + k, k))} multi-indices whose "
            f"product has {counted(terms)} terms (index tables of about "
            f"{counted((8 * d + 80) * terms // 10**9)} GB); takes an order with at most "
            f"{MAX_TABLE // d:,} terms"
        )
    return k


def check_size(name: str, got: Any, entries: int, takes: str = "") -> None:
    """Refuse arrays of so many entries, with their number and size, before any is made."""
    if entries > MAX_ENTRIES:
        size = f"{8 * entries / 1e9:,.1f}" if entries <= 10**18 else "more than 10^9"
        raise ValueError(
            f"{name}: got {got if isinstance(got, str) else shown(got)}, {counted(entries)} numbers, "
            f"{size} GB; takes {takes or f'at most {MAX_ENTRIES:,} numbers'}"
        )


# -- arrays --------------------------------------------------------------------------------------


def as_array(name: str, value: ArrayLike, *, finite: bool = True) -> Array:
    """A float64 (or complex128) array in C order, finite unless allowed otherwise.

    A masked entry is NaN where NaN is allowed, and is refused elsewhere. A data frame is taken column by
    column, so that a wrong one is named.
    """
    frame: Any = value
    if hasattr(frame, "to_numpy") and hasattr(frame, "columns"):
        if twice := [c for c, n in Counter(frame.columns).items() if n > 1]:
            raise ValueError(f"{name}: got two columns {twice[0]!r}, takes one of each name")
        columns = [as_real_array(f"{name}[{c!r}]", frame[c], finite=finite) for c in frame.columns]
        return np.stack(columns, axis=1) if columns else np.empty((len(frame), 0))
    if hides_a_mask(value):
        raise TypeError(f"{name}: got masked arrays inside a list, takes one masked array")
    dtype = getattr(value, "dtype", None)
    # NumPy would make float64 of pandas' whole numbers where one is missing.
    of_objects = not isinstance(dtype, np.dtype) and getattr(dtype, "kind", "") in ("i", "u", "O")
    try:
        array = np.asarray(value, object if of_objects else None)
    except ValueError:
        raise ValueError(
            f"{name}: got {type(value).__name__}, not a rectangular array of numbers"
        ) from None
    except Exception as error:  # from somebody's __array__, a Jet's for example
        raise TypeError(f"{name}: got {type(value).__name__}, not an array: {error}") from error
    if hasattr(value, "to_numpy"):
        array = numbers_of_objects(name, array)
    if not finite and array.dtype.kind == "O" and any(entry is None for entry in array.flat):
        raise TypeError(f"{name}: got None among the numbers, takes NaN where one is missing")
    if array.dtype.kind not in "iufc":
        is_one = array.dtype.kind == "O" and array.ndim == 0
        got = type(value).__name__ if is_one else f"{array.dtype} entries"
        raise TypeError(f"{name}: got {got}, takes real numbers{_no_number(array)}")
    if array.dtype.kind in "iu":
        there = value.compressed() if isinstance(value, np.ma.MaskedArray) else array
        check_exact(name, there[(there > EXACT) | (there < -EXACT)].tolist())
    elif isinstance(value, list | tuple) and (np.abs(array.real) >= EXACT).any():
        check_exact(name, whole_numbers(np.array(value, object).flat))  # beside fractions
    number = complex if array.dtype.kind == "c" else float
    if array.dtype != number:
        with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite
            array = array.astype(number)
    array = np.asarray(array, order="C")
    if isinstance(value, np.ma.MaskedArray):
        array = np.where(np.ma.getmaskarray(value), np.nan, array)
    if finite and not np.isfinite(array).all():
        raise ValueError(
            f"{name}: got {np.count_nonzero(~np.isfinite(array))} NaN or infinite "
            f"entries of {array.size}, takes finite numbers"
        )
    return array


def _no_number(array: Array) -> str:
    """What a message adds: the first of Python's objects that is no number, or how truths become some."""
    if array.dtype.kind != "b" and not (array.dtype.kind == "O" and array.ndim):
        return ""
    for place, entry in enumerate(array.flat if array.dtype.kind == "O" else ()):
        if not _becomes_number(entry):
            at = ", ".join(str(i) for i in np.unravel_index(place, array.shape))
            return f"; entry [{at}] is {shown(entry)}"
    return ", as .astype(float) makes of it"


def _becomes_number(entry: Any) -> bool:
    """Whether an entry of a column is a number, or a `Decimal` as data bases give."""
    return is_number(entry) or isinstance(entry, Decimal)


def check_exact(name: str, whole: Iterable[int]) -> None:
    """Refuse whole numbers that are none of float64's, where neighbours would become one number."""
    for entry in whole:
        if abs(entry) > LARGEST or float(entry) != entry:
            raise ValueError(
                f"{name}: got {shown(entry)}, a whole number beyond 2^53 that float64 rounds; takes "
                "differences from an origin, as t - t[0], or .astype(float) where rounding does no harm"
            )


def rounded_up(bound: float, digits: int) -> float:
    """An upper bound with so many digits, as it is printed, that is one still.

    Examples
    --------
    >>> rounded_up(0.36337243, 5), rounded_up(2.0, 5)
    (0.36338, 2.0)
    """
    return float(Context(digits, ROUND_CEILING).create_decimal_from_float(bound))


def whole_numbers(entries: Iterable[Any]) -> Iterable[int]:
    """Those of Python's objects that are whole numbers by their type."""
    return (int(entry) for entry in entries if isinstance(entry, Integral))


def numbers_of_objects(name: str, array: Array) -> Array:
    """A column of Python objects as float64 if each is a number or missing; any other column as it is."""
    if array.dtype.kind != "O":
        return array
    # pandas' NA stands where a number is missing, and is no number itself.
    entries = [np.nan if type(entry).__name__ == "NAType" else entry for entry in array.flat]
    if not all(map(_becomes_number, entries)):
        return array
    check_exact(name, whole_numbers(entries))
    return np.array([float(entry) for entry in entries]).reshape(array.shape)


def hides_a_mask(value: Any, depth: int = 8) -> bool:
    """Whether a list holds a masked array, whose mask NumPy would drop."""
    if not isinstance(value, list | tuple) or depth == 0:
        return False
    return any(isinstance(v, np.ma.MaskedArray) or hides_a_mask(v, depth - 1) for v in value)


def as_real_array(name: str, value: ArrayLike, *, finite: bool = True) -> Array:
    """A float64 array."""
    array = as_array(name, value, finite=finite)
    if array.dtype.kind == "c":
        raise TypeError(f"{name}: got complex entries, takes real numbers")
    return array


def as_curve(name: str, value: ArrayLike) -> Array:
    """An array of real numbers, with NaN where one is missing."""
    array = as_real_array(name, value, finite=False)
    if np.isinf(array).any():
        raise ValueError(f"{name}: got infinite entries, takes numbers, NaN where one is missing")
    return array


def _shaped(name: str, array: Array, *shapes: tuple[int, ...]) -> Array:
    """An array of one of the shapes, of which a message gives the last."""
    if array.shape not in shapes:
        raise ValueError(f"{name}: got shape {array.shape}, takes shape {shapes[-1]}")
    return array


def as_vector(name: str, value: ArrayLike, length: int) -> Array:
    """A finite vector of the given length, for example θ of shape (P,); complex ones pass."""
    return _shaped(name, as_array(name, value), (length,))


def as_real_vector(name: str, value: ArrayLike, length: int) -> Array:
    """A finite real vector of the given length."""
    return _shaped(name, as_real_array(name, value), (length,))


def read_only(array: Array) -> Array:
    """A view that a function of the caller cannot write to, as ``x *= 2`` would."""
    view = array.view()
    view.setflags(write=False)
    return view


def as_values(name: str, f: Callable[..., ArrayLike], *x: Array) -> Array:
    """The values of f at points x_1, …, x_d, shape (N,) each: a finite number at each, or one for all."""
    check_arguments(name, as_function(name, f), len(x))
    values = as_real_array(name, called(name, f, *map(read_only, x)))
    return np.broadcast_to(_shaped(name, values, (), x[0].shape), x[0].shape)


def as_nodes(name: str, value: ArrayLike, d: int | None = None) -> Array:
    """Nodes of shape (N, d), N >= 1; where d is 1, or not given, shape (N,) is taken as (N, 1)."""
    array = as_array(name, value)
    if array.ndim == 1 and d in (None, 1):
        array = array[:, None]
    if array.ndim != 2 or (d is not None and array.shape[1] != d):
        raise ValueError(f"{name}: got shape {array.shape}, takes shape (N, {d or 'd'})")
    if array.size == 0:
        raise ValueError(f"{name}: got no nodes, shape {array.shape}, takes at least one")
    return array


def spread_of(low: Array, high: Array) -> Array:
    """high − low where numbers from low to high differ, and 0 where they are equal but for rounding.

    Examples
    --------
    >>> spread_of(np.array([0.3, 0.3]), np.array([0.1 + 0.2, 0.5]))
    array([0. , 0.2])
    """
    with np.errstate(over="ignore"):
        spread = high - low
    return np.where(spread > ROUNDING * np.maximum(np.abs(low), np.abs(high)), spread, 0.0)


def as_bounds(bounds: ArrayLike, name: str = "bounds", d: int | None = None) -> Array:
    """The box Ω, shape (d, 2), whose rows are (lower, upper) with lower < upper; of d variables if given."""
    if hasattr(bounds, "bounds"):
        raise TypeError(f"{name}: got {type(bounds).__name__}, takes its bounds, rule.bounds")
    box = as_real_array(name, bounds)
    if box.shape == (2,):
        box = box[None, :]
    if box.ndim != 2 or box.shape[1] != 2 or not len(box) or d not in (None, len(box)):
        takes = f"takes shape ({d or 'd'}, 2); the box of nodes x is samples(x).bounds"
        raise ValueError(f"{name}: got shape {box.shape}, {takes}")
    with np.errstate(over="ignore"):
        sides = box[:, 1] - box[:, 0]
    if not (sides > 0).all() or np.isinf(sides).any():
        takes = "lower < upper in every row, and sides of finite length"
        raise ValueError(refused(name, box.tolist(), takes))
    return box.copy()  # as a model keeps it
