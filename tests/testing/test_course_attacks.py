"""A solution is run by the marker and trusted in nothing: what it tries, it has the points that it earned."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

from sobolev_ref.testing import course, course_child, course_process
from sobolev_ref.testing.cases import Quadratic
from sobolev_ref.testing.course_checks import ASSIGNMENTS
from sobolev_ref.testing.course_process import NotWritten, Solution, SolutionError, Stopped

PHI = ASSIGNMENTS[5].properties[0]
RIGHT = "import numpy as np\ndef phi(r, p):\n    return np.sign(r) * np.abs(r) ** (p - 1)\n"
ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")


def told(source, **limits):
    """The verdict on the function phi of a source."""
    with Solution(source, "mine.py", **limits) as solution:
        return course.judge(PHI, solution.function("phi"))


# Each is the body of a file, or of phi below the last line; it should earn nothing, and be told a word.
ATTACKS = {
    "prints marks": (
        "print('phi: 2 of 2 points')\n"
        "import sys; sys.stderr.write('Sum: 10 of 10'); sys.__stdout__.write('Sum: 10 of 10')\n"
        "import os; os.write(1, b'Sum: 10 of 10 points.'); os.write(2, b'Sum: 10 of 10')\n"
        "def phi(r, p):\n    print('Sum: 10 of 10 points.', flush=True)\n    return r * 0 + 7",
        "got 7.0",
    ),
    "marks in a message": (
        "def phi(r, p):\n    raise ValueError('x\\n\\x1b[2J\\nSum: 10 of 10 points.')",
        "ValueError: x  [2J Sum: 10",
    ),
    "leaves at import": ("import sys\nsys.exit(0)", "SystemExit"),
    "leaves by the back door at import": ("import os\nos._exit(0)", "ended its process, with exit status 0"),
    "leaves": ("import sys\ndef phi(r, p): sys.exit(0)", "SystemExit: 0"),
    "leaves by the back door": ("import os\ndef phi(r, p): os._exit(0)", "with exit status 0"),
    "interrupts": ("def phi(r, p): raise KeyboardInterrupt", "KeyboardInterrupt"),
    "kills itself": (
        "import signal\ndef phi(r, p): signal.raise_signal(signal.SIGTERM)", "by signal 15"
    ),
    "raises at import": (
        "1 / 0", "there is no function phi in it; of the file itself a statement fails: ZeroDivisionError"
    ),
    "is no Python": ("def phi(r, p) return r", "the file itself fails: SyntaxError"),
    "patches NumPy": (
        "import numpy as np\n"
        "for name in ('allclose', 'array_equal', 'isclose', 'any', 'abs', 'max', 'argwhere'):\n"
        "    setattr(np, name, lambda *a, **k: True)\n"
        "np.testing.assert_allclose = lambda *a, **k: None\n"
        "def phi(r, p): return r * 0",
        "expected",
    ),
    "patches the process": (
        "import __main__, json\n"
        "__main__.failure = __main__.limit = lambda *a: {}\n"
        "__main__.answer = lambda *a: __main__.pack({'points': 10, 'of': 10, 'passed': True})\n"
        "def phi(r, p): return r",
        "expected (1,)",
    ),
    "patches the package": (
        "def phi(r, p):\n    import sobolev_ref.testing.course as c\n    c.judge = None",
        "sobolev_ref is not there while a solution is marked",
    ),
    "finds the package in memory": (
        "import sys\ndef phi(r, p): return sys.modules['sobolev_ref'].plain", "KeyError"
    ),
    "reads the reference": (
        f"def phi(r, p): open({str(Path(course.__file__).with_name('course_checks.py'))!r})",
        "PermissionError: a solution may not open course_checks.py",
    ),
    "loads the reference": (
        "import importlib.machinery as m\n"
        f"m.SourceFileLoader('p', {str(ROOT / 'sobolev_ref' / 'plain.py')!r}).load_module()\n",
        "PermissionError: a solution may not open plain.py",
    ),
    "forks": ("import os\ndef phi(r, p): return os.fork()", "may not call os.fork"),
    "starts a program": (
        "import subprocess\ndef phi(r, p): subprocess.run(['true'])", "may not call subprocess.Popen"
    ),
    "starts a process": (
        "import multiprocessing as m\ndef phi(r, p): m.Process(target=print).start()", "may not"
    ),
    "calls out": (
        "import socket\ndef phi(r, p): socket.create_connection(('127.0.0.1', 1))", "may not"
    ),
    "kills the marker": (
        "import os, signal\ndef phi(r, p): os.kill(os.getppid(), signal.SIGKILL)",
        "may not call os.kill",
    ),
    "writes a file": ("def phi(r, p): open('marks.json', 'w')", "may not open marks.json"),
    "removes a file": ("import os\ndef phi(r, p): os.remove('x')", "may not call os.remove"),
    "lifts a limit": (
        "import resource\ndef phi(r, p): resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "may not call resource.setrlimit",
    ),
    "brings machine code": (
        "import ctypes\ndef phi(r, p): ctypes.CDLL(None)", "may not call ctypes.dlopen"
    ),
    "is equal to everything": (
        "class Yes:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
        "def phi(r, p): return Yes()",
        "a result of type Yes is no array of numbers",
    ),
    "is an array of what is equal to everything": (
        "import numpy as np\nclass Yes:\n    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return 0\n    __hash__ = None\n"
        "def phi(r, p): return np.array([Yes()] * r.size).reshape(r.shape)",
        "no array of numbers",
    ),
    "becomes another array each time": (
        "import numpy as np\nclass Many:\n    n = 0\n    def __array__(self, *a, **k):\n"
        "        Many.n += 1\n        return np.full(1, float(Many.n))\n"
        "def phi(r, p): return Many()",
        "expected",
    ),
    "is an array that compares as it likes": (
        "import numpy as np\nclass Mine(np.ndarray):\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n"
        "    def __eq__(self, other): return True\n    __hash__ = None\n"
        "def phi(r, p): return np.zeros(r.shape).view(Mine)",
        "got 0.0",
    ),
    "returns text": ("def phi(r, p): return 'full marks'", "no array of numbers"),
    "returns nothing": ("def phi(r, p): pass", "NoneType is no array of numbers"),
    "returns a function": ("def phi(r, p): return phi", "no array of numbers"),
    "returns what is not finite": ("def phi(r, p): return r * float('nan')", "got nan"),
    "returns too much": (
        "import numpy as np\ndef phi(r, p): return np.zeros(3_000_000)", "more than 16,777,216 bytes"
    ),
    "returns too many": ("def phi(r, p): return tuple(range(20_000))", "is no answer"),
    "returns itself": ("def phi(r, p):\n    a = []\n    a.append(a)\n    return a", "RecursionError"),
    "returns a huge number": ("def phi(r, p): return 10 ** 400", "no array of numbers"),
    "fails to say what is wrong": (
        "class Bad(Exception):\n    def __str__(self): raise SystemExit\n"
        "def phi(r, p): raise Bad",
        "Your code raises Bad: in line 3: def phi(r, p): raise Bad",
    ),
    "writes into the pipe": (
        "import os\n"
        "def phi(r, p):\n"
        "    for n in range(3, 30):\n"
        "        try: os.write(n, (20).to_bytes(8, 'big') + b'{\"points\": 10}      ')\n"
        "        except OSError: pass\n"
        "    return r",
        "is no answer",
    ),
    "says that a frame is without end": (
        "import os\n"
        "def phi(r, p):\n"
        "    for n in range(3, 30):\n"
        "        try: os.write(n, b'\\xff' * 8)\n"
        "        except OSError: pass\n"
        "    return r",
        "is no answer",
    ),
    "closes the pipe": ("import os\ndef phi(r, p): os.closerange(3, 30)", "ended its process"),
    "has another name": ("def fi(r, p): return r", "there is no function phi in it"),
    "is no function": ("phi = 3", "there is no function phi in it"),
}  # fmt: skip


@pytest.mark.slow
@linux
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_earns_nothing(attack, capfd):
    source, word = ATTACKS[attack]
    found = told(source, seconds=20.0)
    assert found.points == 0 and word in found.message
    assert len(found.message) < 1000
    assert capfd.readouterr() == ("", "")


def test_what_is_right_has_its_points_and_what_is_empty_a_word():
    assert told(RIGHT).points == 2
    empty = told("def phi(r, p):\n    raise NotImplementedError")
    assert (empty.points, empty.written, empty.message) == (0, False, "phi is not written yet")


# -- time, memory, and processes that flee -------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("def phi(r, p):\n    while True: pass", "phi(…) took longer than 1 seconds"),
        ("import time\ndef phi(r, p): time.sleep(1e6)", "phi(…) took longer than 1 seconds"),
        ("while True: pass", "the file itself took longer than 1 seconds"),
        (
            "import signal, time\n"
            "for s in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
            "    signal.signal(s, signal.SIG_IGN)\n"
            "def phi(r, p):\n    while True: pass",
            "phi(…) took longer than 1 seconds",
        ),
    ],
)  # fmt: skip
def test_a_solution_that_hangs_is_ended(source, word, monkeypatch):
    ended = []
    keep = Solution.end
    monkeypatch.setattr(
        Solution, "end", lambda self, *a, **k: (ended.append(self.process), keep(self, *a, **k))[1]
    )
    start = time.monotonic()
    found = told(source, seconds=1.0, budget=1.0 if "file" in word else 30.0)
    assert found.points == 0 and found.message == word
    assert time.monotonic() - start < 10
    assert ended[0].returncode == -signal.SIGKILL


@pytest.mark.slow
def test_slow_calls_share_a_budget_and_a_new_property_has_its_own():
    source = "import time\ndef nap(x):\n    time.sleep(0.5)\n    return x"
    with Solution(source, "mine.py", seconds=20.0, budget=1e9) as solution:
        nap = solution.function("nap")
        assert nap(1.0) == 1.0  # the process has been started
        solution.budget = 1.4
        nap = solution.function("nap")
        assert (nap(2.0), nap(2.5)) == (2.0, 2.5)
        with pytest.raises(
            Stopped, match=r"nap\(…\) in all its calls took longer than 1.4 seconds"
        ):
            nap(3.0)
        solution.budget = 20.0
        assert solution.function("nap")(4.0) == 4.0


@pytest.mark.slow
@linux
def test_memory_is_limited():
    found = told("def phi(r, p): return len(bytearray(2 ** 31)) * r")
    assert found.points == 0 and "MemoryError" in found.message


FLED = """\
import os, sys, time
if os.fork() == 0:
    os.setsid()
    time.sleep({seconds})
    os._exit(0)
{then}
"""


@pytest.mark.slow
@linux
@pytest.mark.parametrize("then", ["time.sleep(60)", "os._exit(0)"])
def test_a_process_that_flees_does_not_hold_the_marker(then, tmp_path, monkeypatch):
    """It is of another session, and holds the pipe: no audit hook stops machine code."""
    script = tmp_path / "child.py"
    script.write_text(FLED.format(seconds=4, then=then), encoding="utf-8")
    monkeypatch.setattr(course_child, "__file__", str(script))
    before, start = set(threading.enumerate()), time.monotonic()
    found = told(RIGHT, budget=1.0)
    assert found.message == "the file itself took longer than 1 seconds"
    assert time.monotonic() - start < 3.8
    for thread in set(threading.enumerate()) - before:  # the pipes are closed when it ends
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.slow
@linux
def test_what_a_solution_started_ends_with_it(tmp_path, monkeypatch):
    script = tmp_path / "child.py"
    script.write_text(
        "import os, time\npid = os.fork()\n"
        f"if pid: open({str(tmp_path / 'pid')!r}, 'w').write(str(pid))\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(course_child, "__file__", str(script))
    told(RIGHT, budget=2.0)
    status = Path(f"/proc/{(tmp_path / 'pid').read_text()}/status")
    until = time.monotonic() + 5
    while status.exists() and "zombie" not in status.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    assert not status.exists() or "zombie" in status.read_text()


@pytest.mark.slow
def test_without_process_groups_the_process_is_ended(monkeypatch):
    monkeypatch.delattr(os, "killpg")
    found = told("def phi(r, p):\n    while True: pass", seconds=1.0)
    assert found.message == "phi(…) took longer than 1 seconds"


# -- arrays, and calls in a child ----------------------------------------------------------------------


@pytest.mark.slow
def test_arguments_and_results_keep_their_shape():
    source = """
import numpy as np
def back(*arguments):
    return arguments
def kinds(alphas, n, p, x):
    assert type(alphas) is list and alphas.index((0, 1)) == 1 and type(n) is int and type(p) is float
    assert type(x) is np.ndarray and x.flags.writeable and x.flags.c_contiguous
    return {alpha: x.T for alpha in alphas}
def slope(gradient, theta):
    return gradient(theta)
def bad(x):
    return x / len([])
"""
    x = np.arange(6.0).reshape(2, 3)
    with Solution(source, "mine.py", seconds=20.0) as solution:
        assert solution.process is None
        jet = solution.function("kinds")([(0, 0), (0, 1)], 3, 2.0, x)
        assert list(jet) == [(0, 0), (0, 1)]
        np.testing.assert_array_equal(jet[0, 1], x.T)
        sent = (
            x,
            np.float32(2),
            np.array(3),
            True,
            np.zeros((0, 2)),
            1 + 2j,
            [1, 2],
            np.inf,
            (),
            {},
        )
        got = solution.function("back")(*sent)
        for a, b in zip(sent[:7], got[:7], strict=True):
            np.testing.assert_array_equal(a, b, strict=isinstance(a, np.ndarray))
        assert got[1].dtype == np.float32 and got[7:] == (np.inf, (), {})
        slope = solution.function("slope")(Quadratic(np.diag([2.0, 3.0]), np.ones(2)), np.zeros(2))
        np.testing.assert_array_equal(slope, [-2, -3])
        with pytest.raises(
            SolutionError, match="division by zero, in line 12: return x / len"
        ) as caught:
            solution.function("bad")(2.0)
        assert type(caught.value).__name__ == "ZeroDivisionError"
    assert solution.process is None and not Path(solution.folder.name).exists()


def npy_bytes(header, data=b"", version=(1, 0)):
    text = header.encode("latin1")
    return npy.magic(*version) + len(text).to_bytes(2, "little") + text + data


BODIES = {
    "nothing": b"",
    "no JSON": b"abc\n",
    "no object": b"[1]\n",
    "no value": b"{}\n",
    "no array": b'{"value": null}\n',
    "a pickle": b'{"value": null}\n' + npy_bytes("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"),
    "a structure": b'{"value": null}\n'
    + npy_bytes("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", bytes(8)),
    "another version": b'{"value": null}\n'
    + npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", bytes(8), (2, 0)),
    "less than it says": b'{"value": null}\n'
    + npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", bytes(8)),
    "more than there is": b'{"value": null}\n'
    + npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,)}", bytes(8)),
    "less than nothing": b'{"value": null}\n'
    + npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", bytes(8)),
    "a huge number": b'{"value": 99999999999999999999}\n',
    "text": b'{"value": "full marks"}\n',
    "keys that are no keys": b'{"value": {"keys": [{}], "values": [1]}}\n',
    "fewer keys": b'{"value": {"keys": [], "values": [1]}}\n',
    "a deep value": b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
    "many values": b'{"value": [' + b"1," * 10_000 + b"1]}\n",
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_none_is_refused(body):
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError, RecursionError)):
        course_child.unpack(BODIES[body])


def test_frames_have_a_length_and_a_limit():
    stream = io.BytesIO()
    course_child.write_frame(stream, b"body")
    assert course_child.read_frame(io.BytesIO(stream.getvalue())) == b"body"
    assert course_child.read_frame(io.BytesIO(stream.getvalue()[:-1])) == b""
    assert course_child.read_frame(io.BytesIO()) == b""
    with pytest.raises(ValueError, match="too long"):
        course_child.read_frame(io.BytesIO(b"\xff" * 8))


def conversation(source, *calls):
    """What the child answers, as it runs in this process, to calls (name, arguments)."""
    requests, replies = io.BytesIO(), io.BytesIO()
    course_child.write_frame(requests, course_child.pack({"source": source, "name": "mine.py"}))
    for name, arguments in calls:
        course_child.write_frame(requests, course_child.pack({"call": name}, arguments))
    course_child.serve(io.BytesIO(requests.getvalue()), replies)
    stream, answers = io.BytesIO(replies.getvalue()), []
    while body := course_child.read_frame(stream):
        answers.append(course_child.unpack(body))
    return answers


def test_a_child_answers_calls():
    source = (
        "import numpy as np\n"
        "def double(x):\n    return [2 * x, (x,)]\n"
        "def slope(g):\n    return float(g(np.ones(1))[0])\n"
        "def bad(x):\n    return x.y\n"
        "class Bad(Exception):\n    def __str__(self):\n        raise ValueError\n"
        "def mute():\n    raise Bad\n"
        "def text(): return 'full marks'\n"
    )
    quadratic = {"matrix": np.array([[2.0]]), "minimum": np.array([0.5])}
    first, double, slope, bad, mute, text, none = conversation(
        source,
        ("double", (3.0,)),
        ("slope", (quadratic,)),
        ("bad", (1.0,)),
        ("mute", ()),
        ("text", ()),
        ("no", ()),
    )
    assert first == ({"failed": {}}, ()) and double == ({}, [6.0, (3.0,)]) and slope[1] == 1.0
    error = {"error": "AttributeError", "text": "'float' object has no attribute 'y'"}
    assert bad[0] == error | {"line": 7, "code": "return x.y"}
    assert mute[0] == {"error": "Bad", "text": "", "line": 12, "code": "raise Bad"}
    assert text[0]["text"] == "a result of type str is no array of numbers"
    assert none[0] == {"error": "missing"}


@pytest.mark.parametrize(
    ("source", "error", "line"),
    [
        ("x = 1\nraise SystemExit", "SystemExit", 2),
        ("x = 1\nx = = 2", "SyntaxError", 2),
        ("\0", "SyntaxError" if sys.version_info >= (3, 11, 4) else "ValueError", None),
    ],
)
def test_a_child_says_why_a_file_does_not_run(source, error, line):
    ((head, _),) = conversation(source)
    assert (head["error"], head["line"]) == (error, line)


def test_a_statement_that_fails_is_passed_over_and_told():
    source = (
        "from __future__ import annotations\nimport sobolev\nfrom dataclasses import dataclass\n1 / 0\n"
        "@dataclass\nclass Pair:\n    x: Unknown\n    y: float = 2.0\n"
        "def product(x):\n    p = Pair(x)\n    return p.x * p.y\ndef other(x):\n    return sobolev.f(x)\n"
    )
    (head, _), product, other = conversation(source, ("product", (3.0,)), ("other", (1.0,)))
    assert (head["failed"]["error"], head["failed"]["line"]) == ("ModuleNotFoundError", 2)
    assert product == ({}, 6.0) and other[0]["error"] == "NameError"


@pytest.mark.slow
def test_what_failed_in_the_file_is_told_where_a_name_is_missing():
    source = "import sobolev_ref\ndef f(x):\n    return sobolev_ref.f(x)"
    with Solution(source, "mine.py") as solution:
        told = "of the file itself a statement fails: ImportError: sobolev_ref is not there while a"
        with pytest.raises(SolutionError, match=f"name 'sobolev_ref' is not defined.*; {told}"):
            solution.function("f")(1.0)
        with pytest.raises(Stopped, match=f"there is no function g in it; {told}"):
            solution.function("g")(1.0)


def test_limits_are_set_where_the_system_has_them(monkeypatch):
    resource = pytest.importorskip("resource")
    asked = {}

    def setrlimit(which, values):
        asked[which] = values
        if which == resource.RLIMIT_AS:
            raise ValueError("macOS")

    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    read = {"/proc/self/statm": "50 7 7"}
    monkeypatch.setattr(Path, "read_text", lambda self: read[str(self)])
    course_child.limit(1000, 7)
    memory = 1000 + 50 * resource.getpagesize()
    assert asked[resource.RLIMIT_AS] == (memory, memory) and asked[resource.RLIMIT_CPU] == (7, 7)
    assert {asked[getattr(resource, f"RLIMIT_{n}")] for n in ("FSIZE", "CORE", "NPROC")} == {(0, 0)}

    def none(self):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", none)
    course_child.limit(1000, 7)
    assert asked[resource.RLIMIT_AS] == (1000, 1000)
    asked.clear()
    monkeypatch.setitem(sys.modules, "resource", None)
    course_child.limit(1000, 7)
    assert not asked


def test_doors_are_closed():
    inside = os.path.join(course_child.PACKAGE, "plain.py")
    for event, arguments, error in (
        ("import", ("sobolev_ref.plain",), ImportError),
        ("import", ("sobolev_ref",), ImportError),
        ("open", (inside, "r", 0), PermissionError),
        ("open", (os.fsencode(inside), None, 0), PermissionError),
        ("open", ("x", "w", os.O_WRONLY), PermissionError),
        ("os.fork", (), PermissionError),
        ("socket.connect", (), PermissionError),
    ):
        with pytest.raises(error, match="a solution"):
            course_child.refuse(event, arguments)
    for event, arguments in (
        ("import", ("sobolev",)),
        ("import", ("numpy.linalg",)),
        ("open", (os.__file__, "r", 0)),
        ("open", (3, "w", os.O_WRONLY)),
        ("open", (None, "r", 0)),
        ("os.listdir", (".",)),
        ("compile", ()),
    ):
        course_child.refuse(event, arguments)


@pytest.mark.slow
def test_a_file_that_fails_is_run_once(monkeypatch):
    starts = []
    keep = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: (starts.append(a), keep(*a, **k))[1])
    with Solution("1 / / 0", "mine.py") as solution:
        for name in ("f", "g"):
            with pytest.raises(Stopped, match="the file itself fails: SyntaxError"):
                solution.function(name)()
    assert len(starts) == 1


def test_a_process_that_never_was_has_no_end():
    with Solution(RIGHT, "mine.py") as solution:
        assert solution.end() is None
    assert issubclass(NotWritten, Stopped) and not issubclass(Stopped, Exception)


def test_endings():
    assert course_process.ending(None) == "or its pipe"
