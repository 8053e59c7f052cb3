"""Sums over nodes, block by block: bounded memory, a working set that stays in the cache, threads.

A loss is a sum over nodes, so a sum over blocks of nodes. The blocks are collected into at most 64
groups; a group's blocks are summed one after the other, the groups' sums are then added in their
order. Neither partition depends on who computes: the result is the same bits for any number of
workers. `workers` is what SciPy takes: a number of threads (−1 for all processors; NumPy releases the
interpreter lock inside its kernels), or a map-like callable such as ``multiprocessing.Pool(2).map``.

Threads times BLAS threads should not exceed the processors. Where threadpoolctl is installed, BLAS is
held to one thread while workers run; otherwise set OPENBLAS_NUM_THREADS=1 (or MKL_NUM_THREADS=1) in the
environment before Python starts.
"""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, TypeAlias

from .._checks import as_integer, check_size, shown
from .._typing import Array
from ..jets.workspace import Memory, Workspace

Workers: TypeAlias = int | Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]
Part: TypeAlias = Callable[[slice, Memory], list[Array]]

GROUPS = 64
MAX_WORKERS = 10_000
BLOCK_BYTES = 2**20  # of one jet of one layer, measured: in cache, and few calls
MAX_BLOCKS = 10**7  # each is a Python object
SMALLEST = 16  # nodes; below this the interpreter costs more than the cache saves


def block_size(n_coefficients: int, width: int) -> int:
    """Nodes in a block, so that a jet of the widest layer takes about 1 MB.

    Examples
    --------
    >>> block_size(6, 64)
    341
    """
    return max(SMALLEST, BLOCK_BYTES // (8 * n_coefficients * width))


class BlockSum:
    """Σ over blocks of n nodes of a list of arrays.

    Parameters
    ----------
    n, size : int
        Nodes in all, and in a block.
    workers : int or map-like callable
    """

    def __init__(self, n: int, size: int, workers: Workers = 1) -> None:
        self.size = size
        self.workers = as_workers(workers)
        check_size("block", size, -(-n // size), "more nodes", MAX_BLOCKS)
        blocks = [slice(start, min(start + size, n)) for start in range(0, n, size)]
        count = min(GROUPS, len(blocks))
        ends = [len(blocks) * g // count for g in range(count + 1)]
        self.groups = [blocks[lo:hi] for lo, hi in pairwise(ends)]

    def __getstate__(self) -> dict[str, Any]:
        return {key: self.__dict__[key] for key in ("size", "workers", "groups")}  # no threads

    def over(self, n: int) -> "BlockSum":
        """The same sum over n other nodes."""
        return BlockSum(n, self.size, self.workers)

    def __call__(self, part: Part) -> list[Array]:
        """Σ part(block, memory) over all blocks; part's arrays must not come from `memory`."""
        with self._one_blas_thread():
            sums = list(self._map(partial(self._group, part), self.groups))
        total: list[Array] = sums[0]
        for other in sums[1:]:
            total = [a + b for a, b in zip(total, other)]
        return total

    def each(self, part: Callable[[slice, Memory], None]) -> None:
        """part(block, memory) for every block, for what it writes: in this process, on its threads."""
        one_by_one = self.workers == 1 or callable(self.workers) or len(self.groups) == 1
        run = map if one_by_one else self._threads.map
        with self._one_blas_thread():
            list(run(partial(self._visit, part), self.groups))

    def _visit(self, part: Callable[[slice, Memory], None], group: list[slice]) -> None:
        workspace = self._workspace()
        for block in group:
            workspace.restart()
            part(block, workspace)

    def _group(self, part: Part, group: list[slice]) -> list[Array]:
        workspace = self._workspace()
        total: list[Array] = []
        for block in group:
            workspace.restart()
            arrays = part(block, workspace)
            total = [a + b for a, b in zip(total, arrays)] if total else arrays
        return total

    def _workspace(self) -> Workspace:
        if not hasattr(self._local, "workspace"):
            self._local.workspace = Workspace()
        workspace: Workspace = self._local.workspace
        return workspace

    def _map(self, function: Callable[..., Any], items: list[Any]) -> Iterable[Any]:
        if callable(self.workers):
            return self.workers(function, items)
        if self.workers == 1 or len(items) == 1:
            return map(function, items)
        return self._threads.map(function, items)

    @cached_property
    def _local(self) -> threading.local:
        return threading.local()  # a workspace for each thread

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.workers if isinstance(self.workers, int) else None)

    @cached_property
    def _blas(self) -> Any:
        try:
            from threadpoolctl import ThreadpoolController
        except ImportError:
            return None
        return ThreadpoolController()

    def _one_blas_thread(self) -> AbstractContextManager[Any]:
        if self.workers == 1 or callable(self.workers) or self._blas is None:
            return nullcontext()
        limit: AbstractContextManager[Any] = self._blas.limit(limits=1, user_api="blas")
        return limit


def as_workers(workers: Any) -> Workers:
    """A number of threads, −1 for all processors, or a map-like callable."""
    if callable(workers):
        mapper: Workers = workers
        return mapper
    takes = f"takes 1 to {MAX_WORKERS:,} threads, -1 for all processors, or a map-like callable"
    try:
        number = as_integer("workers", workers, minimum=-1)
    except (TypeError, ValueError) as error:
        raise type(error)(f"workers: got {shown(workers)}, {takes}") from None
    if number == 0 or number > MAX_WORKERS:
        raise ValueError(f"workers: got {shown(number)}, {takes}")
    return number if number > 0 else os.cpu_count() or 1
