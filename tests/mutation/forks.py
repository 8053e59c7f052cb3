"""A pytest plugin of run.py: the tests of a module meet each of its mutants in a process forked for it.

So Python, NumPy and the tests are imported once, and not for each mutant. First the tests run on the
unchanged code, where they have to pass, and it is seen which functions each of them calls and how much
time it takes. A mutant then meets the tests that call its function, the shortest first, until one fails.
"""

import json
import os
import resource
import signal
import time
from pathlib import Path

import pytest
from mutmut.mutation import trampoline

DRAWN, CALLS, OUTCOMES = (Path(f"{name}.json") for name in ("drawn", "calls", "outcomes"))
KILLED, SURVIVED, UNKNOWN = "killed", "survived", "unknown"
SECONDS = 3  # of CPU that a mutant may take, and five times those of its tests

called: set[str] = set()  # the functions of the module that have been called
at_import: set[str] | None = None  # of them those that the module's tests call at import
trampoline.record_trampoline_hit = lambda name, caller: called.add(name)
os.environ["MUTANT_UNDER_TEST"] = "stats"  # mutmut's word for no mutant, and a record of the calls


def in_child(work, seconds):
    """The exit code of a forked process that does the work, or −SIGXCPU where it takes too long."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            code = work()
        finally:
            os._exit(code)
    end = time.monotonic() + 10 * seconds
    while not (done := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return -signal.SIGXCPU
        time.sleep(0.002)
    return os.waitstatus_to_exitcode(done[1])


def fails(session, items):
    """Whether one of the tests fails, after which no other is run."""
    for item, following in zip(items, [*items[1:], None]):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return True
    return False


def record_calls(session):
    """Write the tests that call a function, by its name, and the CPU seconds of each test."""
    tests, seconds = {}, []
    for i, item in enumerate(session.items):
        called.clear()
        start = time.process_time()
        if fails(session, [item]):
            return 1
        seconds.append(time.process_time() - start)
        for function in called:
            tests.setdefault(function, []).append(i)
    CALLS.write_text(json.dumps((tests, seconds)))
    return 0


def pytest_collectstart(collector):
    """The hostile arguments are imported last: what they call then is no matter. pytest starts twice."""
    global at_import
    if at_import is None and collector.name.endswith("test_boundary.py"):
        at_import = set(called)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    """In place of pytest's own loop over the tests."""
    if in_child(lambda: record_calls(session), 3600):
        pytest.exit("the tests fail on the unchanged code", returncode=1)
    calls, seconds = json.loads(CALLS.read_text())
    outcomes = {}
    for name in json.loads(DRAWN.read_text()):
        function = name.rpartition("__mutmut_")[0]
        chosen = sorted(calls.get(function, []), key=lambda i: seconds[i])
        os.environ["MUTANT_UNDER_TEST"] = name
        code = in_child(
            lambda: int(fails(session, [session.items[i] for i in chosen])),
            SECONDS + int(5 * sum(seconds[i] for i in chosen)),
        )
        if code in (1, -signal.SIGXCPU):
            outcomes[name] = KILLED
        else:
            outcomes[name] = UNKNOWN if code or function in (at_import or ()) else SURVIVED
        OUTCOMES.write_text(json.dumps(outcomes))
    return True
