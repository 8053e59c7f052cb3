"""Hypothesis' profiles, the two processes of `two_processes`, and children that a signal reaches.

`dev` by default, `ci` (the same examples every time) in CI, `thorough` on demand: choose one by
``HYPOTHESIS_PROFILE=thorough python -m pytest``. A failing example of any profile is printed with the
line that replays it.
"""

import gc
import os
import signal
import subprocess
import sys

import pytest
from hypothesis import Phase, settings
from two_processes import pytest_configure, pytest_runtestloop  # noqa: F401

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
