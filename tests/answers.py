"""Whether two answers are the same, and whether one hides a NaN."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sobolev_ref import Jet


def same(one: Any, other: Any) -> bool:
    """Whether two answers are equal to the last bit, NaN and types included."""
    if isinstance(one, np.ndarray):
        return (
            type(other) is type(one)
            and (one.dtype, one.shape) == (other.dtype, other.shape)
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Axes):
        return same(drawn(one), drawn(other))
    if is_dataclass(one) and type(one).__module__.startswith("sobolev_ref"):
        return type(one) is type(other) and all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)
        )
    if type(one).__module__.startswith("sobolev_ref") and hasattr(one, "__dict__"):
        return type(one) is type(other) and same(plain(one), plain(other))
    if isinstance(one, Jet):
        return same(one.coefficients, other.coefficients)
    if callable(one):
        return callable(other)
    return bool(one == other) or (one != one and other != other)


def plain(thing: Any) -> dict[str, Any]:
    """The attributes that hold data."""
    return {k: v for k, v in vars(thing).items() if not k.startswith("_")}


def drawn(ax: Axes) -> list[Any]:
    """What stands on an `Axes`, as arrays."""
    bars = [[bar.get_x(), bar.get_height()] for bar in ax.patches]
    lines = [np.asarray(line.get_xydata(), float) for line in ax.lines]
    return [*lines, np.array(bars), [str(c.get_array()) for c in ax.collections], ax.get_title()]


def silent_nan(answer: Any) -> bool:
    """Whether a number in an answer is NaN, and nothing says so, as a diverged run does."""
    if isinstance(answer, np.ndarray):
        return answer.dtype.kind in "fc" and bool(np.isnan(answer).any())
    if isinstance(answer, Mapping):
        told = answer.get("success") is False
        return not told and any(map(silent_nan, answer.values()))
    if isinstance(answer, list | tuple):
        return any(map(silent_nan, answer))
    return isinstance(answer, float | complex) and answer != answer
