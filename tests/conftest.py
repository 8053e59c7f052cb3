"""Hypothesis' profiles, tests in two processes, and children that a signal reaches.

`dev` by default, `ci` (the same examples every time) in CI, `thorough` on demand: choose one by
``HYPOTHESIS_PROFILE=thorough python -m pytest``. A failing example of any profile is printed with the
line that replays it.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from itertools import groupby
from tempfile import NamedTemporaryFile
from types import SimpleNamespace

import pytest
from hypothesis import Phase, settings

# They import mpmath or mutmut, as no test does.
collect_ignore = [
    "mutation/forks.py",
    *(f"oracle/make_{name}.py" for name in ("activations", "conformance", "oracle", "taylor")),
]

settings.register_profile("dev", max_examples=10, deadline=None, print_blob=True)
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)
# tests/mutation takes few examples, shrinks none, and takes the same for every mutant.
settings.register_profile(
    "mutation",
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
settings.load_profile(PROFILE)

# To look for cycles among the million objects of tests and modules, which stay, took a tenth of the time.
gc.set_threshold(100_000, 20, 20)


def in_one_process(option):
    """Where no other core or no fork is, where a person looks on, and where coverage or pytest-xdist does."""
    return (
        sys.platform != "linux"
        or len(os.sched_getaffinity(0)) == 1
        or option.collectonly
        or option.maxfail
        or option.usepdb
        or option.capture == "no"
        or any(name.startswith(("COVERAGE_", "PYTEST_XDIST_")) for name in os.environ)
    )


def pytest_configure(config):
    """Leave each of two processes one thread of BLAS, before NumPy is imported: more wait for each other."""
    if not in_one_process(config.option):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def run_files(files, numbers):
    """Run the files of tests whose numbers, of two bytes each, are the next in a pipe."""
    while number := os.read(numbers, 2):
        items = files[int.from_bytes(number, "big")]
        for item, following in zip(items, [*items[1:], None]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def pytest_runtestloop(session):
    """Run the tests in two processes, each of which takes the next file when it is done with one.

    The second is forked here, when all is imported, and what it reports is told at the end.
    """
    config, hook = session.config, session.config.hook
    files = [list(items) for _, items in groupby(session.items, lambda item: item.path)]
    if len(files) < 2 or session.testsfailed or in_one_process(config.option):
        return None  # pytest's own loop
    files.sort(key=lambda items: -sum("slow" in item.keywords for item in items))
    numbers, end = os.pipe()
    os.write(end, b"".join(n.to_bytes(2, "big") for n in range(len(files))))
    os.close(end)
    with NamedTemporaryFile("rb") as told:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                config.pluginmanager.unregister(name="terminalreporter")
                capture = config.pluginmanager.getplugin("capturemanager")
                capture.stop_global_capturing()  # into a file that is the other process's too
                capture.start_global_capturing()
                with open(told.name, "wb", buffering=0) as file:

                    def tell(report):
                        data = hook.pytest_report_to_serializable(config=config, report=report)
                        pickle.dump(data, file)

                    config.pluginmanager.register(SimpleNamespace(pytest_runtest_logreport=tell))
                    run_files(files, numbers)
                code = 0
            finally:
                os._exit(code)
        try:
            run_files(files, numbers)
        except BaseException:
            os.kill(child, signal.SIGTERM)
            raise
        finally:
            os.close(numbers)
            _, status = os.waitpid(child, 0)
        while told.peek(1):
            report = hook.pytest_report_from_serializable(config=config, data=pickle.load(told))
            if report.when == "setup":
                hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
            hook.pytest_runtest_logreport(report=report)
        if status:
            pytest.exit(f"the second process ended with status {status}", returncode=1)
    return True


@pytest.fixture
def interruptible():
    """Start a Python process that takes SIGINT and is ended with the test, whatever becomes of it.

    A shell that starts the tests in the background has children ignore SIGINT. Where coverage is measured the
    child is not: an interrupt in the middle of its tracer would leave the tracer's lock held for ever.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    children = []

    def start(*arguments):
        child = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env | {"PYTHONUNBUFFERED": "1"},
        )
        children.append(child)
        return child

    yield start
    signal.signal(signal.SIGINT, before)
    for child in children:
        child.kill()
        child.communicate()
