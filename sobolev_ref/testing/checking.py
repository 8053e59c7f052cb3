"""The loop of every check: draw cases, find the smallest that fails, say what it looks like.

A function is run on generic cases, on corners, and on cases that Hypothesis draws and shrinks, always the
same ones. Where one is wrong, `CheckFailed` is raised with a message that teaches.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from .._checks import as_function, as_integer
from .cases import Case, as_call, as_code
from .facts import facts
from .mistakes import Mistake
from .recognition import Trial, built, recognised, trial
from .running import RTOL, Fault, fault_of, run, same
from .strategies import arrays, hypothesis
from .tasks import Task

SHRINKS = 400  # calls of the function while the smallest case is looked for


class CheckFailed(AssertionError):
    """A function is not what it should be.

    Attributes
    ----------
    check : str
        The name of the check.
    mistakes : tuple of str
        The short names of the mistakes that it looks like; empty where none is recognised.
    looks_like : tuple of str
        The same in sentences, and what else is noticed.
    case : dict
        The smallest case found, from the name of each argument to its value.
    entry : str
        The name of the first wrong entry, or "".
    got, expected : float or None
        What stands there, and what should.
    """

    def __init__(
        self,
        message: str,
        check: str,
        mistakes: Sequence[Mistake],
        noticed: Sequence[str],
        case: Case,
        fault: Fault,
    ) -> None:
        super().__init__(message)
        self.check, self.case = check, case
        self.mistakes = tuple(mistake.name for mistake in mistakes)
        self.looks_like = (*(mistake.says for mistake in mistakes), *noticed)
        self.entry, self.got, self.expected = fault.entry, fault.got, fault.expected


def hold(fn: Callable[..., Any], task: Task, examples: int = 50) -> None:
    """Hold a function to a task, by the fixed cases and so many drawn ones: `CheckFailed` if one is wrong."""
    as_function("fn", fn)
    count = as_integer("examples", examples, minimum=1)
    search = Search(fn, task)
    generic = [search.tried(built(task, sizes, seed)) for seed, sizes in enumerate(task.generic)]
    corners = [search.tried(built(task, sizes, 90)) for sizes in task.corners]
    fixed = [*generic, *corners]
    drawn = search.smallest(count)
    if drawn is None and all(t.right for t in fixed):
        return
    failed = [t for t in fixed if not t.right]
    smallest = drawn or min(failed, key=lambda t: len(as_code(t.case)))
    raise failure(fn, task, smallest, generic, corners)


class Search:
    """The cases that a function was run on, each once."""

    def __init__(self, fn: Callable[..., Any], task: Task) -> None:
        self.fn, self.task = fn, task
        self.known: dict[str, Trial] = {}

    def tried(self, case: Case) -> Trial:
        """The trial of a case."""
        key = as_code(case)
        if key not in self.known:
            self.known[key] = trial(self.fn, self.task, case)
        return self.known[key]

    def smallest(self, examples: int) -> Trial | None:
        """The smallest case drawn in which the function is wrong, or None."""
        h = hypothesis()
        budget = len(self.known) + examples + SHRINKS

        def fails(case: Case) -> bool:
            if as_code(case) not in self.known and len(self.known) >= budget:
                return False
            return not self.tried(case).right

        settings = h.settings(
            max_examples=examples,
            database=None,
            derandomize=True,
            deadline=None,
            phases=[h.Phase.generate, h.Phase.shrink],
            verbosity=h.Verbosity.quiet,
        )
        with warnings.catch_warnings():  # of Hypothesis 6.100, about its own random numbers
            warnings.simplefilter("ignore", h.errors.HypothesisWarning)
            try:
                return self.tried(h.find(drawn(self.task), fails, settings=settings))
            except h.errors.NoSuchExample:
                return None


def drawn(task: Task) -> Any:
    """The strategy of a task's cases."""
    st = hypothesis().strategies

    def case(draw: Any) -> Case:
        sizes = {name: draw(st.sampled_from(values)) for name, values in task.options.items()}
        return task.build(lambda shape: draw(arrays(shape)), **sizes)

    return st.composite(case)()


def failure(
    fn: Callable[..., Any],
    task: Task,
    smallest: Trial,
    generic: Sequence[Trial],
    corners: Sequence[Trial],
) -> CheckFailed:
    """The error that says what is wrong."""
    fault = fault_of(smallest.outcome, task, smallest.case, smallest.expected)
    assert fault is not None
    if steady(fn, task, generic[1]):
        mistakes = recognised(task, generic, corners)
        noticed = facts(fn, task, generic, smallest)
    else:
        mistakes = []
        noticed = [
            "Two equal calls give different results: the function keeps something, or draws at random."
        ]
    lines = [f"{task.check}: the function is wrong.", "", as_call(smallest.case, fn, "fn")]
    lines += ["", *wrapped(fault.text)]
    remarks = {t.outcome.remark for t in (smallest, *generic)} - {"", fault.text}
    lines += [line for remark in sorted(remarks) for line in wrapped(remark)]
    lines += ["", *looks_like(mistakes)] if mistakes else []
    lines += ["", *(line for text in noticed for line in wrapped(text))] if noticed else []
    error = CheckFailed("\n".join(lines), task.check, mistakes, noticed, smallest.case, fault)
    error.__cause__ = smallest.outcome.error
    return error


def wrapped(text: str, start: str = "") -> list[str]:
    """A sentence in lines of 100 letters."""
    return textwrap.wrap(
        text, 100, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
    )


def looks_like(mistakes: Sequence[Mistake]) -> list[str]:
    """The mistakes in sentences."""
    if len(mistakes) == 1:
        return wrapped(f"This looks like: {mistakes[0].says}")
    lines = ["This looks like one of these, which give the same numbers in every case tried:"]
    return lines + [line for mistake in mistakes for line in wrapped(mistake.says, "  - ")]


def steady(fn: Callable[..., Any], task: Task, t: Trial) -> bool:
    """Whether a second call gives what the first one gave."""
    again = run(fn, task, t.case).values
    first = t.outcome.values
    return again is None or first is None or same(task, t.case, again, first, RTOL)
