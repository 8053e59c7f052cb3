"""Hypothesis' profiles, and a signal that reaches children.

`dev` by default, `ci` (the same examples every time) in CI, `thorough` on demand: choose one by
``HYPOTHESIS_PROFILE=thorough python -m pytest``. A failing example of any profile is printed with the
line that replays it.
"""

import os
import signal

import pytest
from hypothesis import Phase, settings

collect_ignore = ["oracle/make_oracle.py"]  # it imports mpmath, which no test needs

settings.register_profile("dev", max_examples=30, deadline=None, print_blob=True)
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)
settings.register_profile(  # of tests/mutation: few examples, none shrunk, the same for every mutant
    "mutation",
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
settings.load_profile(PROFILE)


@pytest.fixture
def ctrl_c():
    """Children take SIGINT, though a shell that starts the tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.SIGINT
    signal.signal(signal.SIGINT, before)
