"""How each kind of method is run so that a `Record` sees every iterate; see `fitting`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, least_squares, minimize

from .._typing import Array
from ..losses.loss import Loss
from .linear import solve_linear
from .loop import STOPPED
from .optimizers import adam, gradient_descent, momentum
from .record import Record
from .units import Rescaled, as_scale

EPSILON = float(np.finfo(float).eps)
EVALUATIONS = 10_000  # of Levenberg–Marquardt; SciPy's 100 P is short for small networks
OWN: dict[str, Callable[..., OptimizeResult]] = {
    "gradient_descent": gradient_descent,
    "momentum": momentum,
    "adam": adam,
}
# SciPy's methods by what they take of a loss, with defaults that let a run go on to rounding: SciPy's
# own stop at a relative change of 2e−9 or a gradient of 1e−5.
SCIPY: dict[str, tuple[str, dict[str, Any]]] = {
    "L-BFGS-B": ("gradient", {"maxcor": 30, "ftol": 0.0, "gtol": 1e-14, "maxfun": 10**9}),
    "BFGS": ("gradient", {"gtol": 1e-14}),
    "CG": ("gradient", {"gtol": 1e-14}),
    "TNC": ("gradient", {"ftol": 0.0, "gtol": 0.0, "xtol": 0.0, "maxfun": 10**9}),
    "SLSQP": ("gradient", {"ftol": EPSILON**2}),
    "Newton-CG": ("hessp", {"xtol": 1e-14}),
    "trust-ncg": ("hessp", {"gtol": 1e-14}),
    "trust-krylov": ("hessp", {"gtol": 1e-14}),
    "trust-constr": ("hessp", {"gtol": 1e-14, "xtol": 1e-14}),
    "trust-exact": ("hess", {"gtol": 1e-14}),
    "Nelder-Mead": ("value", {}),
    "Powell": ("value", {}),
    "COBYLA": ("value", {}),
    "COBYQA": ("value", {}),
}


@dataclass(frozen=True)
class Task:
    """What is to be minimised, from where, by which method, with which of its options."""

    loss: Loss
    theta: Array  # (P,)
    method: str
    maxiter: int | None
    options: dict[str, Any]
    record: Record


def _own(task: Task) -> OptimizeResult:
    """A method of this package."""
    record, options = task.record, dict(task.options)
    if task.maxiter is not None:
        options["maxiter"] = task.maxiter

    def report(intermediate_result: OptimizeResult) -> None:
        record(intermediate_result.x, intermediate_result.fun)

    method = OWN[task.method]
    result = minimize(
        task.loss, task.theta, jac=True, method=method, callback=report, options=options
    )
    if record.stopped:
        result.message = record.stopped
    return result


def _scipy(task: Task) -> OptimizeResult:
    """A method of `scipy.optimize.minimize`."""
    record = task.record
    takes, defaults = SCIPY[task.method]
    options = {**defaults, **task.options}
    scale = options.pop("x_scale", None)
    s = None if scale is None else as_scale(scale, task.loss, task.theta)  # (P,)
    loss = task.loss if s is None else Rescaled(task.loss, s)  # of φ = θ / s
    record.maxiter = task.maxiter
    if task.maxiter is not None and task.method not in ("TNC", "COBYLA"):  # theirs: evaluations
        options.setdefault("maxiter", task.maxiter + 1)  # so that the record is the one that stops
    arguments: dict[str, Any] = {"jac": True}
    if takes == "value":
        arguments = {}
    elif takes != "gradient":
        arguments[takes] = loss.hessp if takes == "hessp" else loss.hessian

    def theta_at(phi: Array) -> Array:
        return phi if s is None else s * phi

    def report(intermediate_result: Any) -> None:
        if isinstance(intermediate_result, OptimizeResult):
            record(theta_at(intermediate_result.x), intermediate_result.fun)
        else:  # COBYLA and the like report φ alone
            record(theta_at(intermediate_result), loss(intermediate_result)[0])

    fun: Any = loss if arguments else lambda phi: loss(phi)[0]
    phi = task.theta if s is None else task.theta / s
    result = minimize(fun, phi, method=task.method, callback=report, options=options, **arguments)
    result.x = theta_at(result.x)
    if record.stopped:
        result.update(
            x=record.x, fun=record.fun, success=True, status=STOPPED, message=record.stopped
        )
    # Some return the gradient of the last step, "trust-constr" something else.
    result.jac = task.loss(result.x)[1]
    return result


def _levenberg_marquardt(task: Task) -> OptimizeResult:
    """MINPACK's, on r and J.

    It has no callback, but asks for J once at every iterate, just after r there.
    """
    loss, theta, record = task.loss, task.theta, task.record
    last = (theta, record.fun)
    record.maxiter = task.maxiter
    missing = max(0, len(theta) - len(loss.residuals(theta)))  # rows of zeros: it wants R >= P

    def residuals(t: Array) -> Array:
        nonlocal last
        r = loss.residuals(t)
        last = t.copy(), float(r @ r)
        return np.concatenate([r, np.zeros(missing)]) if missing else r

    def jacobian(t: Array) -> Array:
        if (last[0] == t).all() and (record.x != t).any():
            record(*last)
        J = loss.jacobian(t)
        return np.concatenate([J, np.zeros((missing, len(t)))]) if missing else J

    options = {
        "x_scale": "jac",
        "max_nfev": EVALUATIONS,
        **dict.fromkeys(("ftol", "xtol", "gtol"), EPSILON),
        **task.options,
    }
    result = least_squares(residuals, theta, jacobian, method="lm", **options)
    return OptimizeResult(
        x=result.x,
        fun=2 * result.cost,
        jac=2 * result.grad,
        nfev=result.nfev,
        njev=result.njev,
        success=bool(result.success),
        status=result.status,
        message=result.message,
    )


def _linear(task: Task) -> OptimizeResult:
    """The exact minimiser of a loss that is quadratic in θ, whatever the start."""
    result = solve_linear(task.loss, **task.options)
    task.record.note(result.x, result.fun)
    return result


RUNS: dict[str, Callable[[Task], OptimizeResult]] = {
    "lm": _levenberg_marquardt,
    "linear": _linear,
    **dict.fromkeys(OWN, _own),
    **dict.fromkeys(SCIPY, _scipy),
}
