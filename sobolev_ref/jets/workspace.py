"""Where intermediate arrays come from: the heap, or a workspace that is used again and again.

A pass over a block of nodes makes some dozens of arrays and forgets them at its end. Taking them from
the heap costs a page fault for every few kilobytes, often more than the arithmetic; a `Workspace`
keeps one buffer and hands it out again from the start at every block, so that it stays in the cache.
"""

from math import prod
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[Any]  # float64, or complex128 where a complex step passes through

ALIGNMENT = 64  # bytes, a cache line


class Memory(Protocol):
    """Something that hands out uninitialised arrays."""

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """An array that lives until the end of the pass."""

    def scratch(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """An array that lives until the next call of `scratch`."""


class Heap:
    """Fresh arrays, which may be kept."""

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        return np.empty(shape, dtype)

    scratch = empty


HEAP = Heap()


class Workspace:
    """Arrays cut from one buffer, all of them void after `restart`.

    A pass that outgrows the buffer gets fresh arrays for the rest; `restart` then enlarges it, so
    that the second pass of a kind and all later ones allocate nothing. One thread at a time.

    Examples
    --------
    >>> workspace = Workspace()
    >>> for _ in range(2):
    ...     workspace.restart()
    ...     first, second = workspace.empty((2, 3), float), workspace.empty((4,), float)
    >>> np.shares_memory(first, second), np.shares_memory(first, workspace.buffer)
    (False, True)
    """

    def __init__(self) -> None:
        self.buffer = np.empty(0, np.uint8)
        self.side = np.empty(0, np.uint8)
        self.used = 0
        self.algebras: dict[Any, Any] = {}  # those that work in it, see `TaylorAlgebra.within`

    def restart(self) -> None:
        """Begin a pass: every array handed out before is void."""
        if self.used > len(self.buffer):
            self.buffer = np.empty(self.used, np.uint8)
        self.used = 0

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        start, size = self.used, prod(shape) * np.dtype(dtype).itemsize
        self.used += -(-size // ALIGNMENT) * ALIGNMENT
        if self.used > len(self.buffer):
            return np.empty(shape, dtype)
        return np.ndarray(shape, dtype, self.buffer, start)

    def scratch(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        size = prod(shape) * np.dtype(dtype).itemsize
        if size > len(self.side):
            self.side = np.empty(size, np.uint8)
        return np.ndarray(shape, dtype, self.side)
