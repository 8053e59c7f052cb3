"""Mini-batches: the steps of an optimiser on parts of the nodes, an epoch at a time.

An epoch visits every node once: the nodes are shuffled and cut into n = ⌈N / batch_size⌉ batches, the
last of them short where batch_size does not divide N. Batch losses are the parts of the whole, so that at
a fixed θ their gradients add up to the full one, and a step uses n times its batch's:

    Σ_B ∇L_B = ∇L,     g = n ∇L_B,  the mean of g over an epoch is ∇L                               (B1)

So η means what it means without batches: a step has the size of a full-batch step, its stability limit is
2/L but for the noise, an epoch moves θ as far as n full-batch steps to first order in η, and a short batch
moves it less, so that every node counts the same.

One iteration of `minimize` is one epoch: `maxiter` counts epochs; the full loss and gradient are evaluated
between epochs, for `history`, `gtol` and the callback, which costs one evaluation an epoch. A learning
rate that is a function is one of the step, counted through all epochs, as in Adam's own k.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._checks import as_integer, as_rng
from .._typing import Array
from ..losses.loss import Loss
from .loop import Update, iterate


def run(
    update: Update,
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...],
    *,
    batch_size: int | None,
    rng: np.random.Generator | int | None,
    **options: Any,
) -> OptimizeResult:
    """`iterate` with the whole loss at every step, or in epochs of batches of so many nodes."""
    if batch_size is None:
        return iterate(update, fun, x0, args, **options)
    loss, size = as_batched(fun), as_integer("batch_size", batch_size, minimum=1)
    generator = as_rng("rng", rng)
    if size < loss.n_nodes:
        update = in_epochs(update, loss, size, generator)
    return iterate(update, fun, x0, args, unit="epochs", **options)


def in_epochs(update: Update, loss: Loss, size: int, rng: np.random.Generator) -> Update:
    """An update that goes once through all nodes, `update` by `update`."""
    n = -(-loss.n_nodes // size)
    step = 0

    def epoch(
        k: int, theta: Array, value: float, g: Array, full: Callable[[Array], float]
    ) -> tuple[Array, float]:
        nonlocal step
        nodes, eta = rng.permutation(loss.n_nodes), 0.0
        for start in range(0, len(nodes), size):
            part, gradient = loss.batch(nodes[start : start + size])(theta)
            theta, eta = update(step, theta, n * part, n * gradient, full)  # (B1)
            step += 1
            if not np.isfinite(theta).all():
                break
        return theta, eta

    return epoch


def as_batched(fun: Any) -> Loss:
    """The loss inside SciPy's memory of its last value, if it has nodes to make batches of."""
    loss = getattr(fun, "fun", fun)  # `minimize` with jac=True wraps it
    if not isinstance(loss, Loss) or loss.n_nodes == 0:
        raise TypeError(
            f"batch_size: got a loss of type {type(loss).__name__}, which has no batches; takes a "
            "SobolevLoss, or a sum with one, and jac=True"
        )
    return loss
