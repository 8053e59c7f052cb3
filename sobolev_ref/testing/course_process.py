"""A student's file in a process of its own, and here its functions: what crosses over is arrays, both ways.

Nothing that the file does can reach this side but the arrays that it returns, and they are compared here. The
process ends with its group when a call takes too long, when a reply is too long or none, and when all
is done. What is limited: time everywhere; memory, processor time, files and processes where the
system has limits for them (Linux; macOS but for memory; Windows has none).
"""

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np

from . import course_child as child
from .cases import Quadratic

SECONDS = 5.0  # a call may take
BUDGET = 30.0  # seconds all calls of one property may take together, and the file itself
PROCESSOR = 300  # seconds of processor time for it all; what fled from its process is ended by this
MEMORY = 2**30  # bytes of address space, beside what Python and NumPy take
NUMPY = str(Path(np.__file__).parents[1])  # which an isolated Python may not find by itself
START = (
    "import runpy, sys; sys.path += [sys.argv[1]]; runpy.run_path(sys.argv[2], run_name='__main__')"
)


class SolutionError(Exception):
    """An exception in the student's code; here it is of a class of the same name, derived from this one."""


class Stopped(BaseException):
    """Why a property has no verdict: it is no `Exception`, so that no check takes it for one of a case."""


class NotWritten(Stopped):
    """The function still raises NotImplementedError."""


class Solution:
    """The functions of a student's file, run in a process of its own that is started when one is called.

    One call may take so many seconds; all calls of what `function` returns, and the file itself, `budget` of
    them. The student's code may take so many bytes of address space, where the system can limit it.

    Examples
    --------
    >>> with Solution("def double(x): return 2 * x", "mine.py") as mine:
    ...     mine.function("double")([1.0, 2.0])
    array([2., 4.])
    """

    def __init__(
        self,
        source: str,
        name: str,
        *,
        seconds: float = SECONDS,
        budget: float = BUDGET,
        memory: int = MEMORY,
    ) -> None:
        self.first = child.pack({"source": source, "name": name})
        self.seconds, self.budget, self.memory = seconds, budget, memory
        self.process: subprocess.Popen[bytes] | None = None
        self.broken = self.failed = ""
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.left = budget

    def __enter__(self) -> "Solution":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        self.folder.cleanup()

    def function(self, name: str) -> Callable[..., Any]:
        """The student's function of that name, with a new budget of time.

        It raises `SolutionError` for an exception in it, and `Stopped` where there is no use in going on.
        """

        def function(*arguments: Any) -> Any:
            return self.call(name, arguments)

        function.__name__ = name
        self.left = self.budget
        return function

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """What the function returns: arrays, or tuples and dicts of them."""
        if self.process is None:
            self.start()
        sent = tuple(vars(a) if isinstance(a, Quadratic) else a for a in arguments)
        all_calls = self.left < self.seconds
        what = f"{name}(…) in all its calls" if all_calls else f"{name}(…)"
        limit = (self.left, self.budget) if all_calls else (self.seconds, self.seconds)
        start = time.monotonic()
        head, value = self.exchange(child.pack({"call": name}, sent), what, *limit)
        self.left -= time.monotonic() - start
        if head.get("error") == "missing":
            raise Stopped(f"there is no function {name} in it{self.failed}")
        if head.get("error") == "NotImplementedError":
            raise NotWritten(f"{name} is not written yet")
        if "error" in head:
            kind, _, text = told(head).partition(": ")
            text += self.failed if kind == "NameError" else ""
            raise type(kind, (SolutionError,), {})(text)
        return value

    def start(self) -> None:
        """Start the process, and have it run the file; if that fails it is not tried again."""
        if self.broken:
            raise Stopped(self.broken)
        kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "LANG") if key in os.environ}
        home = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), self.folder.name)
        one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        run = (sys.executable, "-I", "-B", "-c", START)
        self.process = subprocess.Popen(
            [*run, NUMPY, child.__file__, str(self.memory), str(PROCESSOR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept | home | one,
            cwd=self.folder.name,
            start_new_session=True,
        )
        try:
            head, _ = self.exchange(self.first, "the file itself", self.budget, self.budget)
            if "error" in head:
                self.end()
                raise Stopped(f"the file itself fails: {told(head)}")
            if head.get("failed"):
                self.failed = f"; of the file itself a statement fails: {told(head['failed'])}"
        except Stopped as error:
            self.broken = str(error)
            raise

    def exchange(
        self, body: bytes, what: str, seconds: float, limit: float
    ) -> tuple[dict[str, Any], Any]:
        """Send a frame, and return the frame that answers it; end the process if none does in `seconds`."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        # In a thread, which may wait for ever: Windows does not say whether a pipe has something.
        replies: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        streams = self.process.stdin, self.process.stdout
        self.thread = threading.Thread(target=_ask, args=(*streams, body, replies), daemon=True)
        self.thread.start()
        try:
            reply = replies.get(timeout=max(seconds, 0.0))
            if reply == b"":
                code = self.end(patience=1.0)
                raise Stopped(f"{what} ended its process, {ending(code)}")
            if reply is None:
                raise ValueError("longer than a frame")
            return child.unpack(reply)
        except queue.Empty:
            fault = f"{what} took longer than {limit:g} seconds"
        except Exception:  # whatever the student's code made of the pipe
            fault = f"{what} sent something that is no answer, or more than {child.FRAME:,} bytes"
        self.end()
        raise Stopped(fault)

    def end(self, patience: float = 0.0) -> int | None:
        """End the process and whatever it started; its exit status, where it came by itself in time."""
        process, self.process = self.process, None
        if process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        code = process.returncode
        with suppress(OSError):  # there is nobody left
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        closing = threading.Thread(target=_close, args=(self.thread, process), daemon=True)
        closing.start()
        closing.join(1.0)  # it takes longer where a process that fled holds the pipe
        return code


def _ask(
    requests: BinaryIO, replies: BinaryIO, body: bytes, found: "queue.SimpleQueue[bytes | None]"
) -> None:
    """Send a body, and put what comes back, which is empty at the end and None where it is too long."""
    try:
        with suppress(OSError):  # it ended; what it had said before can still be read
            child.write_frame(requests, body)
        found.put(child.read_frame(replies))
    except ValueError:
        found.put(None)


def _close(thread: threading.Thread, process: subprocess.Popen[bytes]) -> None:
    """Close the pipes as soon as nobody reads from them."""
    thread.join()
    for stream in filter(None, (process.stdin, process.stdout)):
        with suppress(OSError):  # what was not sent cannot be
            stream.close()


def told(head: dict[str, Any]) -> str:
    """An exception in the student's code, in a line.

    Examples
    --------
    >>> told({"error": "NameError", "text": "name 'y' is not defined", "line": 3, "code": "return y"})
    "NameError: name 'y' is not defined, in line 3: return y"
    """
    where = f"in line {head['line']}: {head['code']}" if head.get("line") else ""
    told = f"{head['error']}: " + ", ".join(filter(None, (f"{head.get('text', '')}", where)))
    # One line of printable signs, whatever it says: it stands among the marks.
    return "".join(sign if sign.isprintable() else " " for sign in told)[:400]


def ending(code: int | None) -> str:
    """How a process ended.

    Examples
    --------
    >>> ending(3), ending(-9)
    ('with exit status 3', 'by signal 9')
    """
    if code is None:
        return "or its pipe"
    return f"by signal {-code}" if code < 0 else f"with exit status {code}"
