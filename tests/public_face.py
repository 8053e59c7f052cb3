"""The whole table of the public face, and the memory that its tests may take."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from face_data import DATA
from face_losses import LOSSES
from face_models import MODELS
from face_pictures import PICTURES
from face_theory import THEORY

CALLS = {**MODELS, **LOSSES, **THEORY, **DATA, **PICTURES}
ARGUMENTS = [(call, argument) for call in CALLS for argument in CALLS[call].arguments]


@contextmanager
def little_memory(more=2**31):
    """So much more address space and no more: what takes its size from the caller unasked fails."""
    resource = pytest.importorskip("resource")
    size = Path("/proc/self/statm")
    if not size.exists():
        pytest.skip("how much memory is in use is asked as Linux has it")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(size.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
