"""The marker of the course: ``python -m sobolev_ref.testing 2 my_solution.py`` marks a solution.

Each property of `course_checks` passes or fails on its own and has its own points. `mark` marks a file,
whose code runs in another process (`course_process`) and returns arrays, which are compared here. `check`
and `points` take functions that are there already, as in the cells of a notebook.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from textwrap import indent
from typing import Any

from .course_checks import ASSIGNMENTS, Assignment, Property
from .course_process import NotWritten, Solution, Stopped

LONGEST = 2**20  # bytes of a file


@dataclass(frozen=True)
class Verdict:
    """What a property said of a function: its points, and where it failed the message that teaches.

    Attributes
    ----------
    function, says : str
        The function, and what was asked of it.
    points, of : int
        The points, and how many there were to have.
    message : str
        What is wrong; empty where the property holds.
    mistakes : tuple of str
        The short names of the mistakes that it looks like.
    written : bool
        Whether the function does more than raise NotImplementedError.
    """

    function: str
    says: str
    points: int
    of: int
    message: str = ""
    mistakes: tuple[str, ...] = ()
    written: bool = True


@dataclass(frozen=True)
class Mark:
    """A marked solution; `str` tells its student what passed, what failed and why.

    Attributes
    ----------
    number, title : int, str
        The assignment.
    file : str
        The name of the file.
    verdicts : tuple of Verdict
        One for each property, in the order of the assignment.
    """

    number: int
    title: str
    file: str
    verdicts: tuple[Verdict, ...]

    @property
    def points(self) -> int:
        """The sum of the points."""
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def of(self) -> int:
        """The sum of the points that there were to have."""
        return sum(verdict.of for verdict in self.verdicts)

    def __str__(self) -> str:
        lines = [f"Assignment {self.number}. {self.title}: {self.file}"]
        for name in dict.fromkeys(verdict.function for verdict in self.verdicts):
            own = [verdict for verdict in self.verdicts if verdict.function == name]
            of = sum(verdict.of for verdict in own)
            lines.append(f"\n{name}: {sum(verdict.points for verdict in own)} of {of} points")
            told = ""
            for verdict in own:
                state = "failed" if verdict.message else "passed"
                state = state if verdict.written else "to do "
                lines.append(f"  {state}  {verdict.points} of {verdict.of}  {verdict.says}")
                if verdict.message != told:  # the same is not told twice
                    lines.append(indent(verdict.message, "    | ", lambda line: True))
                told = verdict.message
        lines.append(f"\nSum: {self.points} of {self.of} points.")
        if not any(verdict.written for verdict in self.verdicts):
            lines.append(
                "Nothing is written yet, and everybody begins there. The first function is the "
                "easiest, and hints stand at the end of the assignment."
            )
        elif self.points == self.of:
            lines.append("All properties hold. Well done.")
        return "\n".join(lines)

    def json(self) -> str:
        """The same for a program."""
        return json.dumps(asdict(self) | {"points": self.points, "of": self.of}, indent=1)


def assignment(number: int) -> Assignment:
    """The assignment of that number."""
    if number not in ASSIGNMENTS:
        raise ValueError(f"number: got {number!r}, takes 1 to {len(ASSIGNMENTS)}, an assignment")
    return ASSIGNMENTS[number]


def judge(own: Property, function: Callable[..., Any]) -> Verdict:
    """The verdict of one property on a function."""
    mistakes: tuple[str, ...] = ()
    written = True
    try:
        own.check(function)
        return Verdict(own.function, own.says, own.points, own.points)
    except Stopped as error:
        written, message = not isinstance(error, NotWritten), str(error)
    except AssertionError as error:
        written, message = not isinstance(error.__cause__, NotImplementedError), str(error)
        mistakes = getattr(error, "mistakes", ())
    except ModuleNotFoundError:  # Hypothesis, without which there are no cases
        raise
    except Exception as error:  # nothing that a function returns may end the marking
        message = f"What it returns could not be compared: {type(error).__name__}: {error}"
    message = message.replace("your_function", own.function)
    message = message if written else f"{own.function} is not written yet"
    return Verdict(own.function, own.says, 0, own.points, message, mistakes, written)


def judged(
    properties: Sequence[Property], function: Callable[[str], Callable[..., Any]]
) -> list[Verdict]:
    """The verdicts of properties on functions by their names.

    A property contains the one before it of the same function, and is not tried where that has failed.
    """
    verdicts: list[Verdict] = []
    failed: dict[str, Verdict] = {}
    for own in properties:
        before = failed.get(own.function)
        if before:
            verdicts.append(replace(before, says=own.says, of=own.points))
            continue
        verdict = judge(own, function(own.function))
        if verdict.message and verdict.written:
            first = [name for name, other in failed.items() if other.written]
            if first and not verdict.mistakes:
                hint = f"If it calls {' or '.join(first)}, mend that first."
                verdict = replace(verdict, message=f"{verdict.message}\n{hint}")
        if verdict.message:
            failed[own.function] = verdict
        verdicts.append(verdict)
    return verdicts


def mark(number: int, file: str | Path) -> Mark:
    """Mark a file, a script or a notebook, without trusting it.

    Parameters
    ----------
    number : int
        Of the assignment, 1 to 7.
    file : path
        The solution: a script, or a notebook whose name ends in .ipynb.

    Returns
    -------
    Mark
        Its points, and a message for each property that fails.

    Raises
    ------
    ValueError
        If there is no assignment of that number, or the file is no text, or of more than a megabyte.
    OSError
        If the file cannot be read.
    """
    asked, path = assignment(number), Path(file)
    with Solution(read(path), path.name) as solution:
        verdicts = judged(asked.properties, solution.function)
    return Mark(number, asked.title, path.name, tuple(verdicts))


def read(path: Path) -> str:
    """The code of a script, or that of a notebook's cells, its magic lines left out."""
    data = path.read_bytes()
    if len(data) > LONGEST:
        raise ValueError(f"{path.name}: got {len(data):,} bytes, takes at most {LONGEST:,}")
    try:
        text = data.decode("utf-8-sig")
        if path.suffix == ".ipynb":
            cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
            text = "\n\n".join("".join(cell["source"]) for cell in cells)
            text = re.sub(r"^([ \t]*)[%!]", r"\1pass  # ", text, flags=re.M)
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        kind = "a notebook" if path.suffix == ".ipynb" else "a script in UTF-8"
        raise ValueError(f"{path.name}: takes {kind}; {error}") from None
    return text


def check(number: int, *functions: Callable[..., Any]) -> None:
    """Check functions of an assignment here, in this process, for instance in a cell of a notebook.

    Parameters
    ----------
    number : int
        Of the assignment, 1 to 7.
    *functions : callable
        Some of its functions, under the names that the assignment gives them.

    Raises
    ------
    AssertionError
        If a property fails; the message says what is wrong.
    ValueError
        If there is no such assignment, or it has no function of that name.

    Examples
    --------
    >>> import math, numpy as np
    >>> def derivatives(u, alphas):
    ...     factorials = [math.prod(map(math.factorial, alpha)) for alpha in alphas]
    ...     return u * np.array(factorials)[:, None, None]
    >>> check(2, derivatives)
    """
    for verdict in _verdicts(number, functions):
        if verdict.message:
            raise AssertionError(f"{verdict.function}, {verdict.says}: {verdict.message}")


def points(number: int, *functions: Callable[..., Any]) -> int:
    """The points of functions of an assignment, checked here; for graders that give part of the points.

    Parameters, and what is raised for another number or name, as `check`; what fails earns no points.

    Returns
    -------
    int
        The sum over the properties of these functions that hold.

    Examples
    --------
    >>> def derivatives(u, alphas):
    ...     return u
    >>> points(2, derivatives)
    0
    """
    return sum(verdict.points for verdict in _verdicts(number, functions))


def _verdicts(number: int, functions: Sequence[Callable[..., Any]]) -> list[Verdict]:
    """Every verdict on functions, in the order of the assignment."""
    asked = assignment(number)
    given = {getattr(function, "__name__", repr(function)): function for function in functions}
    names = dict.fromkeys(own.function for own in asked.properties)
    for name in given:
        if name not in names:
            raise ValueError(f"functions: got {name}, takes {', '.join(names)}")
    return judged([own for own in asked.properties if own.function in given], given.__getitem__)


def main(argv: Sequence[str] | None = None) -> int:
    """Mark a file and print the marks: exit status 0 for all points, 1 for fewer, 2 for no file to mark."""
    parser = argparse.ArgumentParser(
        prog="python -m sobolev_ref.testing",
        description="Mark a solution of an assignment of the course (tutorials/course). The file's code "
        "runs in another process, with limits, and is trusted in nothing.",
        epilog="; ".join(f"{number}: {asked.title}" for number, asked in ASSIGNMENTS.items()),
    )
    parser.add_argument("number", type=int, help=f"of the assignment, 1 to {len(ASSIGNMENTS)}")
    parser.add_argument("file", type=Path, help="the solution, a script or a notebook (.ipynb)")
    parser.add_argument("--json", action="store_true", help="print the result for a program")
    options = parser.parse_args(argv)
    try:
        marked = mark(options.number, options.file)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(f"python -m sobolev_ref.testing: {error}", file=sys.stderr)
        return 2
    print(marked.json() if options.json else marked)
    return 0 if marked.points == marked.of else 1
