"""What users bring, as points, values, derivatives, noise and weights: numbers in arrays of known shapes.

Arrays and data frames are taken alike; a frame is whatever has `columns` and `to_numpy`, as those of pandas
and polars do. Derivatives are given by multi-index, by name, as gradients, or along directions:

    {(1, 0): (N,) or (N, m)}                    ∂y/∂x_1 of every output
    {"dCL/dMach": (N,), "d2CL/dMachdalpha": …}  of one output, by the names of outputs and inputs
    {"dMach": (N,)}                             the same where there is one output
    (N, d) for one output, (N, m, d)            gradients
    (directions, slopes)                        ⟨v_i, ∇y(x_i)⟩, with v (N, d) and slopes (N,) or (N, m)

The last may stand in a mapping beside others, under the key "along". NaN marks what was not measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_integer,
    as_multi_index,
    as_order,
    as_real,
    as_real_array,
    as_real_vector,
    as_sequence,
    as_word,
    is_number,
    is_several,
    numbers_of_objects,
    shown,
)
from .._typing import Array, MultiIndex
from ..integrals.targets import as_data
from .measurements import Data
from .names import ALONG, Key, Names, order_of, parsed, plain

# -- points, values, weights -----------------------------------------------------------------------

SLIGHT = 1e-25  # of the largest weight of a point: its root is nearly the rounding of residuals
SMALL, LARGE = 1e-15, 1e50  # of a noise, in units of the scaler; below is the numbers' rounding
MOST_REPETITIONS = 1e9  # of a point; numbers from there on are shares


def is_frame(value: Any) -> bool:
    """Whether it has columns."""
    return hasattr(value, "columns") and hasattr(value, "to_numpy")


def as_columns(name: str, frame: Any) -> tuple[str, ...] | None:
    """The names of a frame's columns; None for an array, and for a frame whose columns have numbers."""
    if not is_frame(frame):
        return None
    columns = list(frame.columns)
    of_text = [isinstance(column, str) for column in columns]
    if not any(of_text):
        return None
    if not all(of_text):
        raise TypeError(f"{name}: got column names {shown(columns)}, takes text in all or in none")
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise ValueError(f"{name}: got two columns {twice[0]!r}, takes one of each name")
    return tuple(columns)


def in_the_same_rows(**given: Any) -> None:
    """Refuse labels of rows that are not those of the first that has some, as rows go by their place."""
    of, rows = "", list[Any]()
    for name, labels in (found for item in given.items() for found in labelled(*item)):
        if not rows:
            of, rows = name, labels
        if len(labels) != len(rows):  # which its shape tells
            continue
        unlike = (a is not b and a != b and (a == a or b == b) for a, b in zip(labels, rows))
        if any(unlike):  # NaN is like NaN
            other, takes = (
                (f"the index of {of} in another order", f"{name}.loc[{of}.index]")
                if Counter(labels) == Counter(rows)
                else (f"another index than {of}", "both with one, as of .reset_index(drop=True)")
            )
            raise ValueError(
                f"{name}: got {other}, takes {takes}, or {name}.to_numpy() where the rows go with those of "
                f"{of} by their place"
            )


def labelled(name: str, value: Any) -> Iterable[tuple[str, list[Any]]]:
    """What has labels of its rows, by name; of a mapping or a pair each entry."""
    if isinstance(value, tuple | list) and len(value) == 2:
        value = dict(enumerate(value))
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from labelled(f"{name}[{shown(key)}]", entry)
    elif labels := labels_of(value):
        yield name, labels


def labels_of(frame: Any) -> list[Any]:
    """The labels of the rows of a frame or series, as those of pandas have them; none for anything else."""
    return frame.index.tolist() if hasattr(getattr(frame, "index", None), "tolist") else []


def titles(name: str, frame: Any) -> tuple[str, ...]:
    """The labels of a frame's columns, numbers as well, as text; none for an array."""
    columns = list(frame.columns) if is_frame(frame) else []
    if any(isinstance(column, tuple) for column in columns):
        raise ValueError(
            f"{name}: got columns of several levels, {shown(columns)}, takes one name each, as "
            f"{name}.columns = […] sets them, or {name}.to_numpy() where they go by their place"
        )
    return as_columns(name, frame) or tuple(map(str, columns))


def title(series: Any) -> tuple[str, ...]:
    """The name of a series, where it is text; none for anything else."""
    name = getattr(series, "name", None) if hasattr(series, "to_numpy") else None
    return (name,) if isinstance(name, str) else ()


def in_the_order_of(name: str, columns: Iterable[Any], *known: Sequence[str]) -> None:
    """Refuse known labels, or 0, 1, …, in another order, as columns without known names go by their place."""
    columns = list(map(str, columns))
    orders = [*map(list, known), [str(i) for i in range(len(columns))]]
    for order in orders if columns not in orders[:-1] else ():
        if columns != order and Counter(columns) == Counter(order):
            raise ValueError(f"{name}: got columns {', '.join(columns)}, takes {', '.join(order)}")


def same_inputs(X: Any, names: Names) -> None:
    """Refuse columns that are not those that `fit` saw; a warning where only one of both had names."""
    columns, named = as_columns("X", X), list(names.inputs) if names.framed else None
    if columns and named and list(columns) != named:
        raise ValueError(mismatch(list(columns), named))
    in_the_order_of("X", titles("X", X), names.columns[0])
    if bool(columns) != bool(named):
        has, fitted = ("has", "without") if columns else ("does not have valid", "with")
        warn(
            f"X {has} feature names, but SobolevRegressor was fitted {fitted} feature names",
            stacklevel=5,
        )


def mismatch(columns: list[str], named: list[str]) -> str:
    """What is wrong with the names of columns, in scikit-learn's words."""
    unseen, missing = sorted(set(columns) - set(named)), sorted(set(named) - set(columns))
    message = "The feature names should match those that were passed during fit.\n"
    if not unseen and not missing:
        return f"X: {message}Feature names must be in the same order as they were in fit.\n"
    for heading, group in (
        ("Feature names unseen at fit time", unseen),
        ("Feature names seen at fit time, yet now missing", missing),
    ):
        if group:
            shown = "".join(f"- {name}\n" for name in group[:5])
            message += f"{heading}:\n{shown}" + ("- ...\n" if len(group) > 5 else "")
    return f"X: {message}"


def same_outputs(y: Any, names: Names) -> None:
    """Refuse columns of y that are not those that `fit` saw, where those had names."""
    in_the_order_of("y", titles("y", y), names.columns[1])
    columns, known = as_columns("y", y) or title(y), names.outputs
    if columns and columns != known and known != numbered("y", len(known)):
        raise ValueError(f"y: got columns {', '.join(columns)}, takes {', '.join(known)}")


def as_numbers(name: str, value: Any) -> Any:
    """What holds numbers as Python objects as an array of float64; anything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        array = numbers_of_objects(name, value)
        if array.dtype.kind == "O":
            kinds = {type(entry).__name__ for entry in array.flat if not is_number(entry)}
            raise TypeError(
                f"{name}: got entries of type {', '.join(sorted(kinds))}; each argument must be a number, "
                "and no string is taken for a number"
            )
        return array
    return value


def as_points(X: ArrayLike) -> Array:
    """Points, shape (N, d)."""
    given = as_numbers("X", X)
    if hasattr(given, "toarray"):
        raise TypeError("X: got a sparse matrix, takes a dense one: X.toarray()")
    if getattr(getattr(given, "dtype", None), "kind", "") == "c":
        raise ValueError("X: Complex data not supported, takes real numbers")
    x = as_real_array("X", given)
    if x.ndim != 2:
        raise ValueError(
            f"X: got shape {x.shape}, takes shape (N, d). Reshape your data: X[:, None] for one input, "
            "X[None] for one point"
        )
    if 0 in x.shape:
        what = "feature" if len(x) else "sample"
        raise ValueError(f"X: got 0 {what}(s) (shape={x.shape}) while a minimum of 1 is required.")
    return x


def as_weights_of_points(sample_weight: ArrayLike | None, n: int) -> Array:
    """w_i, shape (N,), as their share of the sum."""
    if sample_weight is None:
        return np.full(n, 1 / n)
    w = as_real_vector("sample_weight", sample_weight, n)
    if (w < 0).any() or not w.any():
        what = "a weight below 0" if w.any() else "weights that are all zero"
        raise ValueError(f"sample_weight: got {what}, takes numbers >= 0, some of them > 0")
    w = w / w.max()  # whose sum does not overflow
    return np.asarray(w / w.sum())


def repetitions(sample_weight: ArrayLike | None, n: int) -> Array:
    """As how many points each counts, shape (N,): its weight if all are whole numbers, else 1 or 0."""
    if sample_weight is None:
        return np.ones(n)
    w = as_real_vector("sample_weight", sample_weight, n)
    whole = bool((w == np.round(w)).all()) and w.max() < MOST_REPETITIONS
    return w if whole else (w > 0) * 1.0


# -- everything together ---------------------------------------------------------------------------


def measured(
    X: Any,
    y: Any = None,
    derivatives: Any = None,
    noise: Any = None,
    sample_weight: Any = None,
    names: Names | None = None,
) -> tuple[Data, Names]:
    """What was measured, in the caller's units, and the names.

    With the `names` of an earlier call the outputs must be the same.
    """
    columns, x = as_columns("X", X), as_points(X)
    n, d = x.shape
    in_the_same_rows(X=X, y=y, sample_weight=sample_weight, derivatives=derivatives)
    if names is not None:
        same_outputs(y, names)
    inputs = names.inputs if names else columns or numbered("x", d)
    if len(inputs) != d:
        raise ValueError(f"X: got {d} inputs, takes {len(inputs)}")
    values = None if y is None else as_data("y", as_numbers("y", y), n)  # (N, m)
    if values is None and derivatives is None:
        raise ValueError(
            "y: SobolevRegressor requires y to be passed, but the target y is None, and there are no "
            "derivatives in its place"
        )
    labels = titles("X", X), titles("y", y)
    named = names or (
        None if values is None else Names(inputs, called(y, values.shape[1]), False, False, labels)
    )
    by_columns = dict[int, str]()  # the outputs as columns name them, where y does not
    if named and named.outputs != numbered("y", len(named.outputs)):
        by_columns = dict(enumerate(map(plain, named.outputs)))
    known = named.columns if named else (labels[0] or inputs, ())
    parts = list(entries(derivatives, n, d, inputs, named, known, by_columns))
    if values is not None:
        parts.insert(0, ((0,) * d, "", values))
    outputs = named.outputs if named else called_by(parts, by_columns)
    m = len(outputs)
    flat = names.flat if names else m == 1 and (values is None or is_vector(y))
    fresh = names is None
    names = names or Names(inputs, outputs, columns is not None, flat, labels)
    if values is not None and values.shape[1] != m:
        raise ValueError(f"y: got {values.shape[1]} outputs, takes {m}")

    along, found = None, dict[MultiIndex, Array]()
    for key, output, entry in parts:
        if isinstance(key, str):
            along = entry[0], as_data(f"derivatives['{ALONG}']", entry[1], n, m)
            continue
        mine = found.setdefault(key, np.full((n, m), np.nan))
        columns_of = [outputs.index(output)] if output else list(range(m))
        label = f"derivatives[{key}]" if any(key) else "y"
        if not output and entry.shape[1] != m:
            raise ValueError(f"{label}: got shape {entry.shape}, takes shape ({n}, {m})")
        if not np.isnan(mine[:, columns_of]).all():
            raise ValueError(f"{label}: got {names.of(key, columns_of[0])} twice, takes it once")
        mine[:, columns_of] = entry
    shares = as_weights_of_points(sample_weight, n)
    slight = (shares > 0) & (shares < SLIGHT * shares.max())
    if slight.any():
        warn(
            f"sample_weight: got {np.count_nonzero(slight)} weights of less than {SLIGHT:g} of the largest, "
            "which are taken as 0, as float64 has no digits for their say",
            stacklevel=3,
        )
        shares[slight], sample_weight = 0.0, np.where(slight, 0.0, sample_weight)
    data = Data(x, found, shares, m, along, times=repetitions(sample_weight, n))
    everything = [names.of(key, j) for key in data.numbers for j in range(m)]
    if twice := [name for name in everything if everything.count(name) > 1]:
        raise ValueError(f"derivatives: got two called {twice[0]!r}, takes other names of X and y")
    if fresh:
        no_derivatives(names)
    data = replace(data, noise=as_noise(noise, data, names))
    return data, names


def no_derivatives(names: Names) -> None:
    """Refuse inputs and outputs whose own names are those of derivatives: they would be learned as values.

    An input may be the derivative of what is no output.
    """
    for name, columns, known in (("X", names.inputs, names), ("y", names.outputs, None)):
        for column in columns:
            others = [q for q in names.inputs if q != column]
            if "/" in column and others and is_derivative(column, known, others):
                raise ValueError(
                    f"{name}: got {column!r}, by its name a derivative; takes it as one of derivatives, or "
                    "under another name"
                )


def is_derivative(column: str, names: Names | None, inputs: Sequence[str]) -> bool:
    """Whether a name is that of a derivative, of these outputs or of any."""
    try:
        return bool(parsed("", column, names, inputs))
    except ValueError:
        return False


def is_vector(y: Any) -> bool:
    """Whether an array, list, series or frame has one axis."""
    return not hasattr(y, "columns") and np.asarray(y).ndim == 1


def numbered(letter: str, n: int) -> tuple[str, ...]:
    """Names where none were given: x, or x1, x2, …"""
    return (letter,) if n == 1 else tuple(f"{letter}{i}" for i in range(1, n + 1))


def called(y: Any, m: int) -> tuple[str, ...]:
    """The names of m outputs: of a frame's columns, of a series, or y, or y1, y2, …"""
    return as_columns("y", y) or (title(y) if m == 1 else ()) or numbered("y", m)


def called_by(parts: list[tuple[Key, str, Any]], by_columns: dict[int, str]) -> tuple[str, ...]:
    """The names of the outputs where derivatives alone were given: by keys, by columns, or y, y1, …"""
    named = tuple(dict.fromkeys(output for _, output, _ in parts if output))
    if named:
        return named
    key, _, entry = parts[0]
    data = entry[1] if key == ALONG else entry
    names = numbered("y", data.shape[1])
    return tuple(by_columns.get(j, name) for j, name in enumerate(names))


def entries(
    derivatives: Any,
    n: int,
    d: int,
    inputs: Sequence[str],
    names: Names | None,
    columns: tuple[Sequence[str], Sequence[str]],
    outputs: dict[int, str],
) -> Iterable[tuple[Key, str, Any]]:
    """Each derivative given: its α or "along", the output that its name names, and numbers (N, m or 1).

    Outputs without a name get that of the columns.
    """
    if derivatives is None:
        return
    given = derivatives
    if as_columns("derivatives", given) is not None:
        given = {column: given[column] for column in given.columns}
    if isinstance(given, tuple) and len(given) == 2:
        given = {ALONG: given}
    variables = list(dict.fromkeys((*inputs, "v")))  # v is the direction of "along"
    of_v = tuple(int(q == "v") for q in variables)
    for name in title(given):
        if own := own_name(name, names, variables):
            given = {own[0][:d]: given}
    if not isinstance(given, Mapping):
        in_the_order_of("derivatives", titles("derivatives", given), columns[0])
        given = by_variable(given, n, d, names)
    if not given:
        raise ValueError("derivatives: got an empty mapping, takes at least one, or None")
    for key, entry in given.items():
        label = f"derivatives[{shown(key)}]"
        if key == ALONG:
            yield ALONG, "", as_directional(label, entry, n, d)
            for part, known in zip(entry, columns):
                in_the_order_of(label, titles(label, part), known, [f"d{q}" for q in known])
            same_derivative(label, entry[0], None, {}, names, variables)
            same_derivative(label, entry[1], of_v, outputs, names, variables)
            continue
        alpha, output = key, ""
        if isinstance(key, str):
            alpha, output = parsed("derivatives", key, names, inputs)
            if not output and names is not None and len(names.outputs) > 1:
                raise ValueError(
                    f"derivatives: got {key!r}, of {len(names.outputs)} outputs, takes a name such as "
                    f"'d{names.outputs[0]}/{key}'"
                )
        alpha = as_multi_index("derivatives: multi-index", alpha, d)
        as_order(sum(alpha), d)
        if names is not None and not any(alpha):
            raise ValueError(f"{label}: got values, which are given as y")
        if names is not None:
            in_the_order_of(label, titles(label, entry), columns[1])
        of = (*alpha, *(0,) * (len(variables) - d))
        same_derivative(
            label, entry, of, {0: plain(output)} if output else outputs, names, variables
        )
        m = 1 if isinstance(key, str) else None
        yield alpha, output, as_data(label, as_numbers(label, entry), n, m)


def own_name(
    column: str, names: Names | None, variables: Sequence[str]
) -> tuple[MultiIndex, str] | None:
    """α and the output of which the name of a column is, be it known or not; None for any other name."""
    for known in (names, None):
        with suppress(ValueError):
            return parsed("derivatives", column, known, variables)
    return None


def same_derivative(
    label: str,
    entry: Any,
    alpha: MultiIndex | None,
    outputs: dict[int, str],
    names: Names | None,
    variables: Sequence[str],
) -> None:
    """Refuse columns whose own names are those of another derivative than α, or of others than the outputs.

    Directions have no α and no output. Outputs that are not known are those of the first columns that name
    them.
    """
    for j, column in enumerate(titles(label, entry) or title(entry)):
        own = own_name(column, names, variables)
        if own is None or plain(column) in outputs.values():
            continue
        output = plain(own[1])
        other = bool(output) and (alpha is None or outputs.setdefault(j, output) != output)
        if other or own[0] != (alpha or own[0]):
            of = f" and of {outputs[j]}" if j in outputs else ""
            raise ValueError(
                f"{label}: got {column!r} by its own name, takes the derivative of the key{of}, or "
                ".to_numpy() of it where its name says nothing"
            )


def by_variable(gradients: Any, n: int, d: int, names: Names | None) -> dict[MultiIndex, Array]:
    """Gradients (N, d) of one output, or (N, m, d), as a mapping from α."""
    array = as_real_array("derivatives", as_numbers("derivatives", gradients), finite=False)
    m, shape = None if names is None else len(names.outputs), array.shape
    if array.ndim == 1 and d == 1:
        array = array[:, None]
    if array.ndim == 2:
        array = array[:, None]  # (N, 1, d)
    fits = array.ndim == 3 and array.shape[::2] == (n, d) and m in (None, array.shape[1])
    if not fits or 0 in array.shape:
        of = {None: "(N, d) or (N, m, d)", 1: f"({n}, {d})"}.get(m, f"({n}, {m}, {d})")
        raise ValueError(
            f"derivatives: got shape {shape}, takes gradients of shape {of}, or a mapping from α"
        )
    return {tuple(int(i == q) for i in range(d)): array[..., q] for q in range(d)}


def as_directional(label: str, pair: Any, n: int, d: int) -> tuple[Array, Array]:
    """Directions v_i, (N, d), and slopes ⟨v_i, ∇y(x_i)⟩, (N, m), NaN where v_i is 0."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{label}: got {shown(pair)}, takes a pair (directions, slopes)")
    v = as_real_array(f"{label}: directions", as_numbers(label, pair[0]))
    if v.ndim == 1 and d == 1:
        v = v[:, None]
    if v.shape != (n, d):
        raise ValueError(f"{label}: got directions of shape {v.shape}, takes shape ({n}, {d})")
    slopes = as_data(f"{label}: slopes", as_numbers(label, pair[1]), n)
    if (~np.isnan(slopes[~v.any(axis=1)])).any():
        raise ValueError(f"{label}: got a slope along a direction of length 0, takes NaN there")
    return v, slopes


def as_noise(noise: Any, data: Data, names: Names) -> dict[Key, Array]:
    """τ_α, shape (m,), of everything measured: from a number, numbers by order, or a mapping."""
    if noise is None:
        return {}
    m = data.m
    found = {key: np.full(m, np.nan) for key in data.numbers}
    top = max(map(order_of, found))
    if isinstance(noise, Mapping):
        for given, tau in noise.items():
            key, output = given, ""
            if isinstance(given, str) and given != ALONG:
                if given in names.outputs:
                    key, output = (0,) * data.d, given
                else:
                    key, output = parsed("noise", given, names, names.inputs)
            if key not in found:
                raise ValueError(f"noise: got {shown(given)}, which was not measured")
            at = [names.outputs.index(output)] if output else list(range(m))
            if not np.isnan(found[key][at]).all():
                raise ValueError(f"noise: got {names.of(key, at[0])} twice, takes it once")
            found[key][at] = as_sizes(f"noise[{shown(given)}]", tau, 1 if output else m)
    else:
        takes = (
            f"{f'{top + 1} numbers by order' if top else 'a number'}, or a mapping from α or name"
        )
        by_order = as_sequence("noise", noise, takes) if is_several(noise) else [noise]
        if len(by_order) != top + 1:
            raise ValueError(f"noise: got {len(by_order)} numbers, takes {takes}")
        for key in found:
            found[key][:] = as_sizes(f"noise[{order_of(key)}]", by_order[order_of(key)], m)
    for key, tau in found.items():
        for j, column in enumerate(data.numbers[key].T):
            if np.isnan(tau[j]) and not np.isnan(column).all():
                raise ValueError(
                    f"noise: got none for {names.of(key, j)}, takes one for each that was measured"
                )
    return found


def as_sizes(name: str, tau: Any, m: int) -> Any:
    """Standard deviations > 0: a number, or m of them."""
    if is_several(tau):
        sizes = as_real_vector(name, tau, m)
        if not (sizes > 0).all():
            raise ValueError(f"{name}: got {shown(tau)}, takes numbers > 0")
        return sizes
    return as_real(name, tau, "a finite number > 0", above=0, strictly=True)


def known_part(data: Data, names: Names) -> Data:
    """The same without points that have no number or no weight, and without derivatives never measured."""
    counted = data.weights > 0
    known = data.known & counted
    seen = np.zeros(data.m, bool)  # the outputs with a value or a slope
    never: list[Key] = []
    for key, array in data.numbers.items():
        there = ~np.isnan(array[counted])
        seen |= (order_of(key) <= 1) & there.any(axis=0)
        if order_of(key) and not there.any():
            never.append(key)
    if not known.any():
        raise ValueError("y: got no number, takes at least one, at a point of weight > 0")
    if not seen.all():
        output = names.outputs[int(np.argmin(seen))]
        raise ValueError(f"y: got no value and no slope of {output}, takes at least one")
    if never:
        warn(f"derivatives: got NaN alone for {never}, which have no say", stacklevel=3)
    return data.rows(known)


def weighable(data: Data, names: Names) -> None:
    """Refuse noise of scaled data whose weight 1/τ² has no use in float64."""
    for key, tau in data.noise.items():
        for j in np.flatnonzero((tau > LARGE) | (tau < SMALL)).tolist():
            raise ValueError(
                f"noise: got {tau[j]:.3g} times the size of {names.of(key, j)}, takes a number between "
                f"{SMALL:g} and {LARGE:g} times it"
            )


def position(name: str, value: int | str, known: tuple[str, ...]) -> int:
    """Which of the names, from its place or itself."""
    if isinstance(value, str):
        return known.index(as_word(name, value, *known))
    return as_integer(name, value, 0, len(known) - 1)
