"""Sums over nodes, block by block: bounded memory, a working set that stays in the cache, threads.

A loss is a sum over nodes, so a sum over blocks of nodes. The blocks are collected into at most 64
groups. A group's blocks are summed one after the other, and the groups' sums are then added in their
order. Neither partition depends on who computes, so the result has the same bits for any number of
workers, as long as BLAS has the same number of threads in each. `workers` is what SciPy takes: a number
of threads (−1 for all processors; NumPy releases the interpreter lock inside its kernels), or a map-like
callable such as ``multiprocessing.Pool(2).map``.

Threads times BLAS threads should not exceed the processors. Where threadpoolctl is installed, BLAS is
held to one thread while threads run. Elsewhere set OPENBLAS_NUM_THREADS=1 (or MKL_NUM_THREADS=1) in the
environment before Python starts.

Threads are made anew at each call, so that none outlives it, and not at all where there is one block. Two
of them and their 64 groups take 0.6 ms, where a pool that is kept takes 0.3. On two cores that other programs
shared, two threads gained a fifth for (1, 50, 50, 1), k = 1, at 77 blocks and lost at 2 and at 8; on cores of
their own they have not been measured.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import pairwise
from typing import Any, TypeAlias

from .._checks import as_integer, shown
from .._typing import Array
from ..models.model import keep_freed_memory

Workers: TypeAlias = int | Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]
Part: TypeAlias = Callable[[slice], list[Array]]
Add: TypeAlias = Callable[[list[Array], list[Array]], list[Array]]

GROUPS = 64
MAX_WORKERS = 10_000


@dataclass(frozen=True)
class BlockSum:
    """Σ over blocks of nodes of a list of arrays.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(5.0)
    >>> BlockSum(5, 2)(lambda block: [x[block].sum()])
    [np.float64(10.0)]
    """

    n: int  # nodes in all
    size: int  # nodes in a block
    workers: Workers = 1
    most: int = GROUPS  # the number of groups, at most

    @cached_property
    def groups(self) -> list[range]:
        """The first nodes of the blocks, in groups of neighbours."""
        starts = range(0, self.n, self.size)
        count = min(self.most, len(starts))
        ends = [len(starts) * g // count for g in range(count + 1)]
        return [starts[lo:hi] for lo, hi in pairwise(ends)]

    def __call__(self, part: Part, add: Add | None = None) -> list[Array]:
        """Σ part(block) over all blocks, or what `add` makes of two of them in place of a sum."""
        keep_freed_memory()
        add = _added if add is None else add
        return _folded(add, self._map(partial(self._group, part, add), self.groups))

    def each(self, part: Callable[[slice], None]) -> None:
        """Call part(block) for every block, for what it writes.

        A map-like callable is passed over: another process would write to memory of its own.
        """

        def nothing(block: slice) -> list[Array]:
            part(block)
            return []

        here = replace(self, workers=1) if callable(self.workers) else self
        here(nothing)

    def _group(self, part: Part, add: Add, starts: range) -> list[Array]:
        return _folded(
            add, (part(slice(start, min(start + self.size, self.n))) for start in starts)
        )

    def _map(self, group: Callable[[range], list[Array]], groups: list[range]) -> Iterable[Any]:
        if callable(self.workers):
            parts = list(self.workers(group, groups))
            if len(parts) != len(groups):
                got, takes = f"{len(parts)} results for {len(groups)} calls", "a map-like callable"
                raise ValueError(f"workers: got {got}, takes {takes}, which returns one for each")
            return parts
        if self.workers == 1 or len(groups) == 1:
            return map(group, groups)
        one_of_blas = nullcontext() if _blas() is None else _blas().limit(limits=1, user_api="blas")
        with one_of_blas, ThreadPoolExecutor(self.workers) as threads:
            return list(threads.map(group, groups))


def _folded(add: Add, parts: Iterable[list[Array]]) -> list[Array]:
    total: list[Array] = []
    for arrays in parts:
        total = add(total, arrays) if total else arrays
    return total


def _added(total: list[Array], arrays: list[Array]) -> list[Array]:
    return [a + b for a, b in zip(total, arrays)]


@cache
def _blas() -> Any:
    """The BLAS libraries of this process, if threadpoolctl is there to find them (it takes a while)."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


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
