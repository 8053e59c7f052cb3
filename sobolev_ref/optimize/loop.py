"""The loop that the optimisers share: evaluate, record, report, stop or step.

It follows SciPy's conventions for a `method=` of `minimize`: how it is called, callbacks, and the
`OptimizeResult` that it returns. What a step is, `optimizers` says.
"""

import inspect
from collections.abc import Callable
from copy import copy
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._checks import as_array, as_function, as_integer, as_real, as_real_array, shown
from .._typing import Array

Loss: TypeAlias = Callable[[Array], float]
# (k, θ_k, L(θ_k), ∇L(θ_k), L) to θ_{k+1} and the step size η_k, 0 if no step is left
Update: TypeAlias = Callable[[int, Array, float, Array, Loss], tuple[Array, float]]

CONVERGED, EXHAUSTED, DIVERGED, STALLED, STOPPED = 0, 1, 2, 3, 99
REPORTED = ("x", "fun", "jac", "nit")  # to a callback that takes `intermediate_result`


def iterate(
    update: Update,
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...],
    *,
    jac: Any = None,
    callback: Callable[..., Any] | None = None,
    maxiter: int = 1000,
    gtol: float | None = None,
    tol: float | None = None,
    bounds: Any = None,
    constraints: Any = (),
    hess: Any = None,  # minimize passes these two to every method; a first-order method needs neither
    hessp: Any = None,
    unit: str = "steps",
    **unknown: Any,
) -> OptimizeResult:
    """Run `update` from x0 until one of the stopping rules holds; see `gradient_descent`."""
    if unknown:
        raise TypeError(
            f"options: got {', '.join(sorted(unknown))}; takes learning_rate, maxiter, "
            "gtol, and beta (momentum) or beta1, beta2, epsilon (adam), batch_size, rng (both)"
        )
    as_function("fun", fun)
    if not callable(jac):
        raise ValueError(
            f"jac: got {shown(jac)}, takes True (fun returns loss and gradient) or a "
            "function that returns the gradient"
        )
    if bounds is not None or np.size(constraints) > 0:
        raise ValueError(
            "bounds, constraints: not taken by this method; use SciPy's 'L-BFGS-B' or 'SLSQP'"
        )
    maxiter = as_integer("maxiter", maxiter, minimum=0)
    tol = as_real("tol", 1e-8 if tol is None else tol, "a finite number >= 0", above=0)
    gtol = tol if gtol is None else as_real("gtol", gtol, "a finite number >= 0", above=0)
    report = reporter(callback)
    theta = as_real_array("x0", x0).copy()
    if theta.ndim != 1 or theta.size == 0:
        raise ValueError(f"x0: got shape {theta.shape}, takes shape (P,)")

    result = OptimizeResult(
        x=theta,
        fun=np.nan,
        jac=np.full_like(theta, np.nan),
        nit=0,
        nfev=0,
        njev=0,
        success=False,
        status=DIVERGED,
    )
    history: list[float] = []
    norms: list[float] = []
    rates: list[float] = []

    def loss(at: Array) -> float:
        result.nfev += 1
        value = as_array("fun", fun(at.copy(), *args), finite=False)
        if value.size != 1 or value.dtype.kind == "c":
            raise ValueError(
                f"fun: got {value.dtype} entries of shape {value.shape}, takes a function that "
                "returns one real number"
            )
        return float(value.item())

    new, value, gradient = theta, np.nan, result.jac
    for k in range(maxiter + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # divergence is reported, not warned of
            if k > 0:
                new, eta = update(k - 1, theta, value, gradient, loss)
                if eta == 0:
                    result.update(
                        success=True,
                        status=STALLED,
                        message=f"no step decreases the loss at iteration {k - 1}, to rounding",
                    )
                    break
                rates.append(eta)
            cause, value, gradient = _evaluate(loss, jac, new, args, result)
            if cause:
                result.message = f"diverged at iteration {k}: {cause}; x is the last finite iterate"
                break
            norm = float(np.linalg.norm(gradient))
        theta = new
        history.append(value)
        norms.append(norm)
        result.update(x=theta, fun=value, jac=gradient, nit=k)
        if k > 0 and report(result):
            result.update(success=True, status=STOPPED, message="callback raised StopIteration")
            break
        if norm <= gtol:
            result.update(
                success=True,
                status=CONVERGED,
                message=f"gradient norm {norm:.3g} is at most gtol = {gtol:.3g}",
            )
            break
    else:
        result.update(success=True, status=EXHAUSTED, message=f"maxiter = {maxiter} {unit} done")
    result.update(
        history=np.array(history),
        gradient_norms=np.array(norms),
        learning_rates=np.array(rates[: result.nit]),
    )
    return result


def _evaluate(
    loss: Loss,
    jac: Callable[..., ArrayLike],
    theta: Array,
    args: tuple[Any, ...],
    result: OptimizeResult,
) -> tuple[str, float, Array]:
    """The loss and its gradient, and what is not finite of θ, loss, gradient ("" if all is)."""
    if not np.isfinite(theta).all():
        return "theta is not finite", np.nan, theta
    value = loss(theta)
    gradient = np.array(as_array("jac", jac(theta.copy(), *args), finite=False))
    if gradient.shape != theta.shape or gradient.dtype.kind == "c":
        raise ValueError(
            f"jac: got {gradient.dtype} entries of shape {gradient.shape}, takes real "
            f"numbers of shape {theta.shape}"
        )
    result.njev += 1
    if not np.isfinite(value):
        return f"the loss is {value}", value, gradient
    if not np.isfinite(gradient).all():
        return "the gradient is not finite", value, gradient
    return "", value, gradient


def reporter(callback: Callable[..., Any] | None) -> Callable[[OptimizeResult], bool]:
    """SciPy's callback convention, as a function that says whether to stop."""
    if callback is None:
        return lambda result: False
    if not callable(callback):
        raise TypeError(f"callback: got {shown(callback)}, takes a function")
    wants_result = set(inspect.signature(callback).parameters) == {"intermediate_result"}

    def report(result: OptimizeResult) -> bool:
        try:
            if wants_result:
                own = {key: copy(result[key]) for key in REPORTED if key in result}
                callback(intermediate_result=OptimizeResult(own))
            else:
                callback(result.x.copy())
        except StopIteration:
            return True
        return False

    return report
