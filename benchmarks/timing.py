"""Timing: medians of interleaved repetitions in one process.

The machine's speed drifts, so contenders take turns: in every round each is measured once, in an
order that moves on by one from round to round, and a ratio compares medians over the same rounds. A
measurement repeats the call until it is long enough for the clock. The collector of garbage runs
between rounds, not in measurements. With one thread the time is that of the processor, which other programs
on the same machine hardly change; with more it is that of the clock on the wall.
"""

import gc
from collections.abc import Callable, Mapping
from math import ceil
from statistics import median
from time import process_time
from typing import Any

Call = Callable[[], Any]
clock: Callable[[], float] = process_time  # `__main__` sets another one for more threads


def measure(call: Call, repetitions: int) -> float:
    """Seconds of one call, the mean of so many in a row."""
    gc.disable()
    try:
        start = clock()
        for _ in range(repetitions):
            call()
        return (clock() - start) / repetitions
    finally:
        gc.enable()


def quick_seconds(call: Call, tries: int = 3) -> float:
    """The least of a few single calls, after one that warms up: enough to rank, not to report."""
    call()
    return min(measure(call, 1) for _ in range(tries))


def fastest(calls: Mapping[str, Call], at_least: float = 0.01) -> str:
    """The name of the fastest, by short interleaved measurements."""
    if len(calls) == 1:
        return next(iter(calls))
    times = interleaved(calls, rounds=3, at_least=at_least)
    return min(times, key=times.__getitem__)


def interleaved(
    calls: Mapping[str, Call], *, rounds: int, at_least: float = 0.02
) -> dict[str, float]:
    """The median seconds of each call over so many rounds.

    Parameters
    ----------
    calls : mapping
        From a name to what is timed.
    rounds : int
    at_least : float
        Seconds that one measurement lasts at least, by repeating the call.

    Examples
    --------
    >>> times = interleaved({"a": lambda: sum(range(1000))}, rounds=3, at_least=1e-3)
    >>> 0 < times["a"] < 1
    True
    """
    repetitions = {
        name: max(1, ceil(at_least / quick_seconds(call))) for name, call in calls.items()
    }
    names = list(calls)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        gc.collect()
        shift = i % len(names)
        for name in names[shift:] + names[:shift]:
            seconds[name].append(measure(calls[name], repetitions[name]))
    return {name: median(values) for name, values in seconds.items()}
