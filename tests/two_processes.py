"""pytest's loop over the tests, in two processes where there are two cores.

`conftest` has it from here. No test is told of it: a file's tests run in one of the two, in their order.
"""

import os
import pickle
import signal
import sys
import traceback
from itertools import groupby
from tempfile import NamedTemporaryFile

import pytest


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


class Tell:
    """A plugin of the second process, which writes each report into a file; alone it ends."""

    def __init__(self, config, file):
        self.config, self.file, self.first = config, file, os.getppid()

    def pytest_runtest_logreport(self, report):
        if os.getppid() != self.first:
            os._exit(1)
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        pickle.dump(data, self.file)


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
                capture = config.pluginmanager.getplugin("capturemanager")
                capture.stop_global_capturing()  # into a file that is the other process's too
                capture.start_global_capturing()
                with open(told.name, "wb", buffering=0) as file, open(os.devnull, "w") as nowhere:
                    config.get_terminal_writer()._file = nowhere
                    config.pluginmanager.register(Tell(config, file))
                    run_files(files, numbers)
                code = 0
            except Exception:
                capture.stop_global_capturing()
                traceback.print_exc()
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
            if report.when == "teardown":
                hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)
        if status:
            pytest.exit(f"the second process ended with status {status}", returncode=1)
    return True
