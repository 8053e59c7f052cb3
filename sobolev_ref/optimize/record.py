"""`Record`: the loss and the clock at every iteration, a progress line, and when to stop.

Whatever method runs, it reports its iterates here, so that all of them can be compared on the same axes:
loss against iterations, loss against seconds.
"""

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from .._typing import Array
from .loop import reporter

REFRESH = 0.1  # seconds between two states of the progress line


class Record:
    """The path of a run so far.

    Parameters
    ----------
    theta : ndarray, shape (P,)
        The start; the clock starts here.
    value : float
        The loss there.
    name : str
        Of the method, for the progress line.
    callback : callable, optional
        As in SciPy.
    time_limit : float
        Seconds.
    progress : bool, optional
        Whether to show a line on standard error; by default, if that is a terminal.

    Attributes
    ----------
    history, times : list of float
    maxiter : int or None
        Iterations after which to stop.
    stopped : str
        Why it was stopped, if it was.
    """

    def __init__(
        self,
        theta: Array,
        value: float,
        name: str,
        callback: Callable[..., Any] | None = None,
        time_limit: float = np.inf,
        progress: bool | None = None,
    ) -> None:
        self.name = name
        self._last_iterate = theta.copy(), value  # one tuple: Ctrl-C can fall between any two lines
        self.history, self.times = [value], [0.0]
        self.stopped = ""
        self.maxiter: int | None = None
        self._time_limit = time_limit
        self._report = None if callback is None else reporter(callback)
        self._shown = sys.stderr.isatty() if progress is None else progress
        self._last = -np.inf
        self._start = perf_counter()

    @property
    def x(self) -> Array:
        """The last iterate, shape (P,)."""
        return self._last_iterate[0]

    @property
    def fun(self) -> float:
        """The loss there."""
        return self._last_iterate[1]

    @property
    def nit(self) -> int:
        """The number of iterations so far."""
        return len(self.history) - 1

    def __call__(self, x: Array, value: float) -> None:
        """Note one iteration.

        Raises
        ------
        StopIteration
            When the callback raises it, or at a limit: what SciPy takes as the sign to stop.
        """
        self.note(x, value)
        if self._report and self._report(OptimizeResult(x=self.x, fun=self.fun, nit=self.nit)):
            self.stopped = "callback raised StopIteration"
        elif self.times[-1] >= self._time_limit:
            self.stopped = f"time_limit = {self._time_limit:g} s reached"
        elif self.maxiter is not None and self.nit >= self.maxiter:
            self.stopped = f"maxiter = {self.maxiter} iterations done"
        if self.stopped:
            raise StopIteration

    def note(self, x: Array, value: float) -> None:
        """Write an iterate down, and no more."""
        self._last_iterate = np.array(x), float(value)
        self.history.append(self.fun)
        self.times.append(perf_counter() - self._start)
        if self._shown and self.times[-1] >= self._last + REFRESH:
            self._show()

    def settle(self) -> None:
        """After an interrupt in the middle of `note`: the notes that it did not come to."""
        if self.history[-1] != self.fun:
            self.history.append(self.fun)
        self.times += [perf_counter() - self._start] * (len(self.history) - len(self.times))

    def end(self) -> None:
        """Finish the progress line, if there is one."""
        if self._shown:
            self._show()
            sys.stderr.write("\n")

    def _show(self) -> None:
        self._last = self.times[-1]
        line = f"{self.name}: iteration {self.nit}, loss {self.fun:.3e}, {self._last:.1f} s"
        sys.stderr.write(f"\r{line:<70}")
        sys.stderr.flush()
