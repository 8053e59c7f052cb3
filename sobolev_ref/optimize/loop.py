"""The loop that the package's optimisers share: step, evaluate, record, report, stop.

It follows SciPy's conventions for a `method=` of `minimize`: how a method is called, its callback, and the
`OptimizeResult` that it returns. `optimizers` says what a step is.

An iteration is one step with the whole loss, or one epoch of mini-batches, which visits every node once. The
nodes are shuffled and cut into n = ⌈N / batch_size⌉ batches; the last of them is short where batch_size does
not divide N. The losses of the batches are parts of the whole, so that at a fixed θ their gradients add up to
the full one, and a step goes by n times the gradient of its batch:

    Σ_B ∇L_B = ∇L,     g = n ∇L_B,     the mean of g over an epoch is ∇L                               (B1)

So η means what it means without batches: a step has the size of a full-batch step, and an epoch moves θ as
far as n full-batch steps to first order in η. A short batch moves θ less, so that every node counts the same.
The limit of η is another one, even without noise at the minimum: `theory.batch_growth`, docs/errata.md.

Nothing but its batches is evaluated in an epoch, so `history` and the callback have the mean of their losses
and gradients, each at the θ that its batch found. The whole loss and gradient are evaluated at the start and
at the end, so that the last entry of `history` is `fun`. Where a `gtol` is given, be it 0, they are evaluated
and recorded after every epoch. A learning rate that is a function is a function of the step, counted through
all epochs, as is Adam's own k.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._checks import as_function, as_integer, as_real, as_real_array, as_rng
from .._typing import Array
from ..losses.loss import Loss
from . import ending
from .ending import (
    Result,
    ended,
    hidden_by_rounding,
    norm,
    parts_lower,
    refuse_underflow,
    size_of,
    still_falls,
)

# (k, θ_k, L(θ_k), ∇L(θ_k), L) to θ_{k+1} and the step size η_k, which is 0 if no step is left
Update: TypeAlias = "Callable[[int, Array, float, Array, Objective], tuple[Array, float]]"


def iterate(
    update: Update,
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...],
    unit: str = "steps",
    /,
    *,
    jac: Any = None,
    callback: Callable[..., Any] | None = None,
    maxiter: int = 1000,
    gtol: float | None = None,
    tol: float | None = None,
    bounds: Any = None,
    constraints: Any = (),
    hess: Any = None,  # minimize passes these two to every method
    hessp: Any = None,
    **unknown: Any,
) -> Result:
    """Run `update` from x0 until one of the stopping rules holds; see `gradient_descent`."""
    if unknown:
        raise TypeError(
            f"options: got {', '.join(sorted(unknown))}; takes maxiter, gtol, and update (quasi_newton) "
            "or learning_rate (the others), with beta (momentum), beta1, beta2, epsilon (adam), "
            "batch_size, rng (both)"
        )
    if bounds is not None or np.size(constraints) > 0:
        raise ValueError(
            "bounds, constraints: not taken by this method; use SciPy's 'L-BFGS-B' or 'SLSQP'"
        )
    for name, given in (("hess", hess), ("hessp", hessp)):
        if given is not None:  # SciPy's own methods warn of it so
            unused = f"{name}: not used by this method, which goes by the gradient alone"
            warnings.warn(unused, RuntimeWarning, stacklevel=4)
    objective = Objective(fun, jac, args)
    maxiter = as_integer("maxiter", maxiter, minimum=0)
    if tol is not None:
        tol = as_real("tol", tol, above=0)
    gtol = tol if gtol is None else as_real("gtol", gtol, above=0)
    wants_stop = reporter(callback)
    start = theta = as_real_array("x0", x0).copy()
    if theta.ndim != 1 or theta.size == 0:
        raise ValueError(f"x0: got shape {theta.shape}, takes shape (P,)")

    status, why = ending.EXHAUSTED, f"maxiter = {maxiter} {unit} done"
    path: list[tuple[float, ...]] = []  # L(θ_k), ‖∇L(θ_k)‖, η_{k−1} and ‖θ_k − θ_{k−1}‖
    new, value, gradient, eta = theta, np.nan, np.full_like(theta, np.nan), np.nan
    limit = np.inf if gtol is None else gtol  # of ‖∇L‖
    loss = getattr(fun, "fun", fun)  # `minimize` with jac=True wraps it
    exact = True  # whether value and gradient are those of L at θ, and not the means of an epoch
    for k in range(maxiter + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # divergence is reported, not warned of
            if k > 0:
                new, eta = update(k - 1, theta, value, gradient, objective)
                if eta == 0:
                    status, why = ending.STUCK, f"no further step was found, {ending.UNSOUND}"
                    if hidden_by_rounding(objective.value, theta, value, gradient, abs(value)):
                        status, why = ending.ROUNDED, ending.HIDDEN
                    break
            if k in (0, maxiter) or gtol is not None or not isinstance(update, Epoch):
                whole, seen = True, objective.evaluate(new)
            else:
                whole, seen = False, (update.value, update.gradient)
            cause = not_finite(new, *seen)
            length = float(np.linalg.norm(new - theta))
        if cause:
            status = ending.DIVERGED
            why = f"diverged at iteration {k}: {cause}; x is the last finite iterate"
            if k == 0:
                why = f"nothing to start from: {cause} at x0, which x is"
            break
        before, theta, exact = theta, new, whole
        value, gradient = seen
        steepness = norm(gradient)
        path.append((value, steepness, eta, length))
        if k > 0 and wants_stop(OptimizeResult(x=theta, fun=value, jac=gradient, nit=k)):
            status, why = ending.STOPPED, ending.BY_CALLBACK
            break
        if gtol is None and k == 0:
            first, limit = steepness, ending.SMALL * steepness
            size = size_of(loss, value) if isinstance(loss, Loss) else lambda value: 0.0
            if isinstance(loss, Loss):
                refuse_underflow(loss, theta, value)
        if exact and steepness <= limit < np.inf:
            if gtol is None and still_falls(objective.value, theta, value, gradient, size(value)):
                limit = steepness / 2  # where it is asked again
                continue
            most = f"gtol = {limit:.3g}"
            if gtol is None:
                nothing = ending.NOTHING * max(size(value), abs(value))
                most = f"{ending.SMALL:g} of the {first:.3g} at the start"
                most += f", a step along -∇L brings at most {nothing:.3g}"
            status, why = ending.CONVERGED, f"stationary: ‖∇L‖ is at most {most}"
            break
    if not exact:
        with np.errstate(over="ignore", invalid="ignore"):
            value, gradient = objective.evaluate(theta)
            if not_finite(theta, value, gradient):  # as no batch has seen it
                theta = before
                path.pop()
                value, gradient = objective.evaluate(theta)
        path[-1] = (value, norm(gradient), *path[-1][2:])
    by_itself = status == ending.ROUNDED or (status == ending.CONVERGED and gtol is None)
    if (
        by_itself
        and isinstance(loss, Loss)
        and parts_lower(loss, theta, value, gradient, size_of(loss, path[0][0])(value))
    ):
        status, why = ending.STUCK, f"{why}, {ending.STIFF}"
    history, norms, rates, lengths = np.array(path).reshape(-1, 4).T.copy()
    return ended(
        status,
        why,
        theta,
        value,
        gradient,
        x0=start,
        nit=len(lengths[1:]),
        nfev=objective.nfev,
        njev=objective.njev,
        history=history,
        gradient_norms=norms,
        learning_rates=rates[1:],
        step_lengths=lengths[1:],
    )


def iterate_by_epochs(
    update: Update,
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...],
    *,
    batch_size: int | None,
    rng: np.random.Generator | int | None,
    **options: Any,
) -> Result:
    """`iterate` with the whole loss at every step, or in epochs of batches of so many nodes."""
    if batch_size is None:
        return iterate(update, fun, x0, args, **options)
    loss = getattr(fun, "fun", fun)  # `minimize` with jac=True wraps it
    if not isinstance(loss, Loss) or loss.n_nodes == 0:
        raise TypeError(
            f"batch_size: got a loss of type {type(loss).__name__}, which has no batches; takes a "
            "SobolevLoss, or a sum with one, and jac=True"
        )
    size, generator = as_integer("batch_size", batch_size, minimum=1), as_rng("rng", rng)
    if size < loss.n_nodes:
        update = Epoch(update, loss, size, generator)
    return iterate(update, fun, x0, args, "epochs", **options)


class Epoch:
    """An update that goes once through all nodes, one `update` for each batch (B1).

    Attributes
    ----------
    value, gradient : float, ndarray of shape (P,)
        The means of n L_B and n ∇L_B over the last epoch, each batch at the θ that it found.
    """

    value: float
    gradient: Array

    def __init__(self, update: Update, loss: Loss, size: int, rng: np.random.Generator) -> None:
        self.update, self.loss, self.size, self.rng = update, loss, size, rng
        self.step = 0

    def __call__(
        self, k: int, theta: Array, value: float, g: Array, full: Objective
    ) -> tuple[Array, float]:
        nodes = self.rng.permutation(self.loss.n_nodes)
        n = -(-len(nodes) // self.size)
        self.value, self.gradient = 0.0, np.zeros_like(theta)
        for batch in self.loss._batches(nodes, self.size):
            part, gradient = batch(theta)
            self.value += part
            self.gradient += gradient
            theta, eta = self.update(self.step, theta, n * part, n * gradient, full)  # (B1)
            self.step += 1
            if not np.isfinite(theta).all():
                break
        return theta, eta


def not_finite(theta: Array, value: float, gradient: Array) -> str:
    """What is not finite of θ, the loss and its gradient; "" if all are."""
    if not np.isfinite(theta).all():
        return "theta is not finite"
    if not np.isfinite(value):
        return f"the loss is {value}"
    return "" if np.isfinite(gradient).all() else "the gradient is not finite"


class Objective:
    """A loss and its gradient as the caller wrote them, and the last of both.

    They are given copies of θ, their answers are checked, and their calls are counted.
    """

    def __init__(self, fun: Callable[..., float], jac: Any, args: tuple[Any, ...]) -> None:
        takes = "True (fun returns loss and gradient) or a function that returns the gradient"
        self.fun, self.args, self.nfev, self.njev = as_function("fun", fun), args, 0, 0
        self.pair = jac is True  # called without `minimize`, which takes the two apart
        self.jac: Any = None if self.pair else as_function("jac", jac, takes)
        self._at, self._value = np.empty(0), np.nan
        self._slope: Any = None  # as the caller gave it
        self._gradient: Array | None = None

    def value(self, theta: Array) -> float:
        """L(θ)."""
        if np.array_equal(theta, self._at):  # a line search ends where it looked last
            return self._value
        self.nfev += 1
        answer: Any = self.fun(theta.copy(), *self.args)
        if self.pair:
            if not isinstance(answer, tuple) or len(answer) != 2:
                got = f"True, but fun returned {type(answer).__name__}"
                raise TypeError(f"jac: got {got}; takes True where fun returns loss and gradient")
            answer, self._slope = answer
        value = as_real_array("fun", answer, finite=False)
        if value.size != 1:
            raise ValueError(f"fun: got shape {value.shape}, takes one number as its answer")
        self._at, self._value, self._gradient = theta.copy(), float(value.item()), None
        return self._value

    def gradient(self, theta: Array) -> Array:
        """∇L(θ), shape (P,)."""
        self.value(theta)
        if self._gradient is None:
            self.njev += 1
            answer = self._slope if self.pair else self.jac(theta.copy(), *self.args)
            gradient = as_real_array("jac", answer, finite=False)
            if gradient.shape != theta.shape:
                raise ValueError(f"jac: got shape {gradient.shape}, takes shape {theta.shape}")
            self._gradient = gradient.copy()
        return self._gradient

    def evaluate(self, theta: Array) -> tuple[float, Array]:
        """L(θ) and ∇L(θ); NaN and θ where θ is not finite."""
        if not np.isfinite(theta).all():
            return np.nan, theta
        return self.value(theta), self.gradient(theta)


def reporter(callback: Callable[..., Any] | None) -> Callable[[OptimizeResult], bool]:
    """SciPy's callback convention, as a function that says whether to stop."""
    if callback is None:
        return lambda result: False
    as_function("callback", callback)
    signature = None
    with suppress(TypeError, ValueError):  # many of Python's own have none: a list's append
        signature = inspect.signature(callback)
    by_name = signature is not None and set(signature.parameters) == {"intermediate_result"}
    if signature is not None and not by_name:
        try:
            signature.bind(0)
        except TypeError:
            takes = "takes one of theta, or of intermediate_result, as SciPy's minimize does"
            raise TypeError(f"callback: got a function of {signature}, {takes}") from None

    def report(result: OptimizeResult) -> bool:
        own = OptimizeResult({key: copy(value) for key, value in result.items()})
        try:
            if by_name:
                callback(intermediate_result=own)
            else:
                callback(own.x)
        except StopIteration:
            return True
        return False

    return report
