"""What a test may take of the machine, as the kernel enforces it."""

from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def limit(name, most):
    """The kernel's limit of that name, RLIMIT_FSIZE for example, for as long as the block runs."""
    resource = pytest.importorskip("resource")
    which = getattr(resource, name)
    soft, hard = resource.getrlimit(which)
    resource.setrlimit(which, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(which, (soft, hard))


@contextmanager
def little_memory(more=2**31):
    """So much more address space and no more: what takes its size from the caller unasked fails."""
    size = Path("/proc/self/statm")
    if not size.exists():
        pytest.skip("how much memory is in use is asked as Linux has it")
    resource = pytest.importorskip("resource")
    used = int(size.read_text().split()[0]) * resource.getpagesize()
    with limit("RLIMIT_AS", used + more):
        yield
