"""One call of a function under test: what it returned, whether that can be compared, and where it is
wrong.
"""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._typing import Array
from .cases import Case
from .equations import Method
from .mistakes import Mistake
from .tasks import Task

RTOL = 1e-9  # of the largest entry: far above rounding, far below any mistake
SINGLE = 1e-3  # the same for what came in single precision
PACKAGE = str(Path(__file__).parent.parent)


@dataclass(frozen=True)
class Outcome:
    """What a function did with a case."""

    values: tuple[Array, ...] | None  # in float64, of any shape; None if they are no numbers
    problem: str = ""  # why it cannot be right whatever the numbers are
    remark: str = ""  # what is wrong beside them: single precision, an argument changed in place
    error: Exception | None = None  # that it raised
    single: bool = False  # whether anything came in single precision


@dataclass(frozen=True)
class Fault:
    """Why an outcome is not right."""

    text: str  # a sentence
    entry: str = ""  # the name of the first wrong entry, if there is one
    got: float | None = None
    expected: float | None = None


def copied(value: Any) -> Any:
    """An argument that may be changed without harm."""
    return value.copy() if isinstance(value, np.ndarray | list) else value


def run(fn: Callable[..., Any], task: Task, case: Case) -> Outcome:
    """Call the function with copies of a case's arguments."""
    arguments = {name: copied(value) for name, value in case.items()}
    try:
        with np.errstate(all="ignore"):
            returned = fn(*arguments.values())
    except Exception as error:
        return Outcome(None, raised(error), error=error)
    try:
        values, problem, single = as_parts(returned, task, case)
    except Exception as error:
        return Outcome(None, unconvertible(error), error=error)
    remark = ""
    if single:
        remark = (
            "The numbers come in single precision (float32) or less, whose error is 1e-7 of their size or "
            "more: the check is made in float64; convert what comes in with dtype=float64, and make no "
            "array of another type on the way."
        )
    changed = [
        name
        for name, value in case.items()
        if isinstance(value, np.ndarray | list) and not np.array_equal(arguments[name], value)
    ]
    if changed:
        remark = (
            f"The function changes its argument {', '.join(changed)} in place, and the caller's array with "
            f"it: "
            "work on a copy."
        )
    return Outcome(values, problem, remark, single=single)


def raised(error: Exception) -> str:
    """The exception of a function, and the line where it was raised."""
    if isinstance(error, NotImplementedError):
        return "The function raises NotImplementedError: it is still to be written."
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _theirs(f.filename)]
    at = f", line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else ""
    line = f": `{frames[-1].line}`" if frames and frames[-1].line else ""
    text = str(error).strip()
    return f"The function raises {type(error).__name__}{': ' if text else ''}{text}{at}{line}."


def _theirs(filename: str) -> bool:
    """Whether a file is neither this package's nor a library's."""
    return not filename.startswith(PACKAGE) and "site-packages" not in filename


def unconvertible(error: Exception) -> str:
    """What np.asarray says of what was returned."""
    return (
        "What the function returned is no array of numbers: np.asarray raises "
        f"{type(error).__name__}: {error}."
    )


def as_parts(returned: Any, task: Task, case: Case) -> tuple[tuple[Array, ...] | None, str, bool]:
    """What was returned as arrays of float64, what is wrong with its form, and whether it was float32."""
    several = len(task.parts) > 1
    if several and not (isinstance(returned, tuple | list) and len(returned) == len(task.parts)):
        many = f" of {len(returned)}" if isinstance(returned, tuple | list) else ""
        takes = f"({', '.join(task.parts)})"
        return (
            None,
            f"The function returned {_kind(returned)}{many}; a tuple {takes} is asked for.",
            False,
        )
    if returned is None:
        return None, "The function returned None: is there a return at its end?", False
    pieces = returned if several else [returned]
    if task.jets:
        missing = [a for p in pieces if isinstance(p, dict) for a in case["alphas"] if a not in p]
        if missing:
            return None, f"The jet that was returned has no entry α = {missing[0]}.", False
        pieces = [[p[a] for a in case["alphas"]] if isinstance(p, dict) else p for p in pieces]
    if any(map(np.ma.is_masked, pieces)):
        return None, "What the function returned is masked, so that some numbers are hidden.", False
    arrays = [np.array(_plain(piece)) for piece in pieces]
    single = any(a.dtype in (np.float32, np.float16) for a in arrays)
    for array in arrays:
        if array.dtype.kind not in "fiubc":
            return (
                None,
                f"What the function returned has dtype {array.dtype}, and no numbers.",
                False,
            )
        if array.dtype.kind == "c" and np.abs(array.imag).max(initial=0) > 0:
            return None, "What the function returned is complex, with an imaginary part.", False
    return tuple(np.array(a.real, dtype=float) for a in arrays), "", single


def _plain(piece: Any) -> Any:
    """Something that np.array takes; a nested list may hold arrays of another library."""
    if isinstance(piece, list | tuple):
        return [_plain(inner) for inner in piece]
    return np.asarray(piece)


def _kind(value: Any) -> str:
    """What sort of thing something is."""
    name = {"ndarray": "array", "NoneType": "None"}.get(type(value).__name__, type(value).__name__)
    return f"one {name}" if name == "array" else name


def answer(task: Task, case: Case, mistake: Mistake | None = None) -> tuple[Array, ...]:
    """What is right, or what an implementation with that mistake returns."""
    method = mistake.method(task.activation) if mistake else Method(task.activation)
    with np.errstate(all="ignore"):
        return tuple(np.asarray(part, dtype=float) for part in task.answer(method, case))


def wrong(got: Array, expected: Array, rtol: float) -> Array:
    """Which entries differ by more than rtol of the largest; NaN equals NaN."""
    finite = np.abs(expected[np.isfinite(expected)])
    scale = finite.max(initial=0) or 1.0
    with np.errstate(invalid="ignore"):
        near = np.abs(got - expected) <= rtol * scale
    return np.asarray(~(near | (got == expected) | (np.isnan(got) & np.isnan(expected))))


def wrong_parts(
    task: Task, case: Case, got: Sequence[Array], expected: Sequence[Array], rtol: float
) -> list[Array]:
    """Which entries of each part are wrong; where a task is fine, each group of entries has its own size."""
    found = []
    for part, (g, e) in enumerate(zip(task.order(tuple(got)), task.order(tuple(expected)))):
        mask = wrong(g, e, rtol)
        for here in task.groups(case, part).values() if task.fine else ():
            mask[here] |= wrong(g[here], e[here], rtol)
        found.append(mask)
    return found


def same(
    task: Task, case: Case, got: Sequence[Array], expected: Sequence[Array], rtol: float
) -> bool:
    """Whether the shapes agree, and all entries."""
    shapes = [(g.shape, e.shape) for g, e in zip(got, expected, strict=True)]
    return all(g == e for g, e in shapes) and not any(
        mask.any() for mask in wrong_parts(task, case, got, expected, rtol)
    )


def fault_of(outcome: Outcome, task: Task, case: Case, expected: tuple[Array, ...]) -> Fault | None:
    """Why an outcome is not right, or None."""
    if outcome.values is None:
        return Fault(outcome.problem)
    for name, got, exact in zip(task.parts, outcome.values, expected):
        if got.shape != exact.shape:
            return Fault(
                f"{name} has the shape {got.shape}; asked for is {exact.shape}"
                f"{_shape_hint(got, exact)}."
            )
    values, exact_values = task.order(outcome.values), task.order(expected)
    rtol = SINGLE if outcome.single else RTOL
    masks = wrong_parts(task, case, outcome.values, expected, rtol)
    for part, (mask, got, exact) in enumerate(zip(masks, values, exact_values)):
        if mask.any():
            index = tuple(np.argwhere(mask)[0].tolist())
            entry = task.entry(case, part, index)
            numbers = float(got[index]), float(exact[index])
            text = f"{entry}: got {numbers[0]}, expected {numbers[1]}"
            if mask.size > 1:
                text += f"; {np.count_nonzero(mask)} of {mask.size} entries wrong"
            return Fault(text + ".", entry, *numbers)
    return Fault(outcome.remark) if outcome.remark else None


def _shape_hint(got: Array, exact: Array) -> str:
    """What a wrong shape looks like."""
    if got.size == 1 and not exact.ndim:
        return ", which has as many entries (take .item() or [0])"
    if sorted(got.shape) == sorted(exact.shape) and got.ndim > 1:
        return ", the same axes in another order"
    if got.size == exact.size:
        return ", which has as many entries"
    return ""
