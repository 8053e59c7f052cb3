"""Past one machine: the parts of a loss on Dask workers or MPI ranks (extra `distributed`).

A loss is a sum over nodes (`SobolevLoss.split`): each machine keeps one part for good, and an evaluation
sends θ out and brings (value, gradient) back. The result is again a function of θ that
`scipy.optimize.minimize` takes.

Cost of one evaluation, N nodes, P parameters, M machines, c the time of one node on one machine, β the
time to send one byte, ℓ the latency of one message:

    Dask  c N / M + 8 β P (2 M) + ℓ M        the client sends θ to, and adds, M gradients
    MPI   c N / M + 8 β P (4) + 2 ℓ log₂ M    a reduction and a broadcast along trees

so M machines help while c N / M is above the rest. For (2, 64, 64, 1), k = 2: P = 4,417 is 35 KB a message;
c is about 10 µs, so N = 10⁶ takes 10 s on one core and, on ten machines with 1 GB/s and 1 ms, 1 s of
arithmetic and about 11 ms of messages. Nodes and targets, 8 N (d + 1 + A m) bytes, travel once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_integer, as_vector
from .._typing import Array
from .loss import as_loss
from .sobolev import SobolevLoss

Evaluate: TypeAlias = Callable[[ArrayLike], tuple[float, Array]]


def _evaluate(part: SobolevLoss, theta: Array) -> tuple[float, Array]:
    return part(theta)


def dask_loss(
    loss: SobolevLoss, client: Any, n: int | None = None, *, retries: int = 5
) -> Evaluate:
    """The loss on the workers of a `dask.distributed.Client`, one part on each.

    Parameters
    ----------
    loss : SobolevLoss
    client : dask.distributed.Client
    n : int, optional
        Parts; by default one for each worker.
    retries : int
        How often an evaluation is tried again after workers were lost: their parts are sent from here
        to the workers that are left, and the run goes on with the same values to rounding.

    Returns
    -------
    callable
        θ to (value, gradient).
    """
    as_loss(loss)
    retries = as_integer("retries", retries, minimum=0)
    from distributed import CancelledError, KilledWorker
    from distributed.client import FutureCancelledError, FuturesCancelledError

    lost = (CancelledError, KilledWorker, FutureCancelledError, FuturesCancelledError, OSError)
    count = len(client.scheduler_info()["workers"]) if n is None else n
    parts = loss.split(as_integer("n", count, minimum=1))
    held = [client.scatter(part, hash=False) for part in parts]

    def once(theta: Array) -> tuple[float, Array]:
        futures = [client.submit(_evaluate, part, theta, pure=False) for part in held]
        results = client.gather(futures)
        return sum(value for value, _ in results), np.sum([g for _, g in results], axis=0)

    def evaluate(theta: ArrayLike) -> tuple[float, Array]:
        theta = as_vector("theta", theta, loss.n_parameters)
        for _ in range(retries):
            try:
                return once(theta)
            except lost:
                client.wait_for_workers(1)
                held[:] = [client.scatter(part, hash=False) for part in parts]
        return once(theta)  # the last time, the loss of a worker is raised

    return evaluate


def mpi_loss(loss: SobolevLoss, comm: Any) -> Evaluate:
    """The loss on the ranks of an `mpi4py.MPI` communicator: every rank runs the same program.

    Each rank keeps its own part of `loss` and may then forget the whole. All ranks call the result
    with the same θ, for example by running the same optimiser from the same start; a reduction to rank
    0 and a broadcast give all of them the same bits.

    Parameters
    ----------
    loss : SobolevLoss
    comm : mpi4py.MPI.Comm

    Returns
    -------
    callable
        θ to (value, gradient), a collective call.
    """
    as_loss(loss)
    part = loss.split(comm.Get_size())[comm.Get_rank()]

    def evaluate(theta: ArrayLike) -> tuple[float, Array]:
        value, gradient = part(theta)
        mine = np.concatenate([[value], gradient])  # (1 + P,)
        whole = np.empty_like(mine)
        comm.Reduce(mine, whole)
        comm.Bcast(whole)
        return float(whole[0]), whole[1:]

    return evaluate
