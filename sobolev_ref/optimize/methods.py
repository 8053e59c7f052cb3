"""How each kind of method is run, so that one `Record` sees every iterate of it; see `fitting`."""

import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy.optimize import OptimizeResult, least_squares, minimize

from .._typing import Array
from ..losses.loss import Loss
from .linear import solve_linear
from .loop import STOPPED
from .optimizers import adam, gradient_descent, momentum
from .units import Rescaled, as_scale

REFRESH = 0.1  # seconds between two states of the progress line
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


class Iterate(NamedTuple):
    """θ_k, L(θ_k), and the clock's time there."""

    x: Array
    fun: float
    time: float


class Record:
    """The path of a run so far: the loss and the time at every iterate, and why the run stopped.

    Whatever method runs, it reports its iterates here, so that all methods can be compared on the same axes:
    loss against iterations, loss against seconds. The clock starts with the first note.
    """

    def __init__(
        self, name: str, report: Callable[[OptimizeResult], bool], time_limit: float, shown: bool
    ) -> None:
        self.path: list[Iterate] = []
        self.maxiter: int | None = None  # iterations after which to stop
        self.stopped = ""
        self._name, self._report, self._time_limit, self._shown = name, report, time_limit, shown
        self._refreshed = -np.inf

    @property
    def last(self) -> Iterate:
        """The last finished iterate."""
        return self.path[-1]

    @property
    def nit(self) -> int:
        """The number of iterations so far."""
        return len(self.path) - 1

    @property
    def seconds(self) -> float:
        """The time since the start."""
        return self.last.time - self.path[0].time

    def __call__(self, x: Array, value: float) -> None:
        """Note one iteration; StopIteration, SciPy's sign to stop, where it is the last."""
        self.note(x, value)
        if self._report(OptimizeResult(x=self.last.x, fun=self.last.fun, nit=self.nit)):
            self.stopped = "callback raised StopIteration"
        elif self.seconds >= self._time_limit:
            self.stopped = f"time_limit = {self._time_limit:g} s reached"
        elif self.maxiter is not None and self.nit >= self.maxiter:
            self.stopped = f"maxiter = {self.maxiter} iterations done"
        if self.stopped:
            raise StopIteration

    def note(self, x: Array, value: float) -> None:
        """Write an iterate down, and forget the θ of the one before.

        Ctrl-C can fall between any two lines; the iterate is there whole or not at all.
        """
        self.path.append(Iterate(np.array(x), float(value), perf_counter()))
        if self.nit:
            self.path[-2] = self.path[-2]._replace(x=np.empty(0))
        if self._shown and self.last.time >= self._refreshed + REFRESH:
            self._show()

    def end(self) -> None:
        """Finish the progress line, if there is one."""
        if self._shown:
            self._show()
            sys.stderr.write("\n")

    def _show(self) -> None:
        self._refreshed = self.last.time
        loss = f"loss {self.last.fun:.3e}"
        line = f"{self._name}: iteration {self.nit}, {loss}, {self.seconds:.1f} s"
        sys.stderr.write(f"\r{line:<70}")
        sys.stderr.flush()


Options: TypeAlias = dict[str, Any]
# What runs a method from the last iterate of a record on, for so many iterations.
Run: TypeAlias = Callable[[Loss, Record, int | None, Options], OptimizeResult]


def _own(
    method: str, loss: Loss, record: Record, maxiter: int | None, options: Options
) -> OptimizeResult:
    """A method of this package."""
    if maxiter is not None:
        options = {**options, "maxiter": maxiter}

    def report(intermediate_result: OptimizeResult) -> None:
        record(intermediate_result.x, intermediate_result.fun)

    theta, function = record.last.x, OWN[method]
    result = minimize(loss, theta, jac=True, method=function, callback=report, options=options)
    if record.stopped:
        result.message = record.stopped
    return result


def _scipy(
    method: str, loss: Loss, record: Record, maxiter: int | None, options: Options
) -> OptimizeResult:
    """A method of `scipy.optimize.minimize`, which works on φ = θ / s."""
    takes, defaults = SCIPY[method]
    options = {**defaults, **options}
    theta = record.last.x
    scaled = Rescaled(loss, as_scale(options.pop("x_scale", None), loss, theta))
    record.maxiter = maxiter
    if maxiter is not None and method not in ("TNC", "COBYLA"):  # theirs counts evaluations
        options.setdefault("maxiter", maxiter + 1)  # so that the record is the one that stops
    fun: Any = scaled
    derivatives: dict[str, Any] = {"jac": True}
    if takes == "value":
        fun, derivatives = (lambda phi: scaled(phi)[0]), {}
    elif takes != "gradient":
        derivatives[takes] = scaled.hessp if takes == "hessp" else scaled.hessian

    def report(intermediate_result: Any) -> None:
        if isinstance(intermediate_result, OptimizeResult):
            record(scaled.scale * intermediate_result.x, intermediate_result.fun)
        else:  # COBYLA and the like report φ alone
            record(scaled.scale * intermediate_result, scaled(intermediate_result)[0])

    phi = theta / scaled.scale
    result = minimize(fun, phi, method=method, callback=report, options=options, **derivatives)
    result.x = scaled.scale * result.x
    if record.stopped:
        x, value, _ = record.last
        result.update(x=x, fun=value, success=True, status=STOPPED, message=record.stopped)
    # Some return the gradient of the last step, "trust-constr" something else.
    result.jac = loss(result.x)[1]
    return result


def _levenberg_marquardt(
    loss: Loss, record: Record, maxiter: int | None, options: Options
) -> OptimizeResult:
    """MINPACK's Levenberg–Marquardt, on r and J.

    It has no callback, but it asks for J once at every iterate, just after r there.
    """
    record.maxiter = maxiter
    theta, value, _ = record.last
    last = (theta, value)
    missing = max(0, len(theta) - len(loss.residuals(theta)))  # rows of zeros: it wants R >= P

    def residuals(t: Array) -> Array:
        nonlocal last
        r = loss.residuals(t)
        last = t.copy(), float(r @ r)
        return np.concatenate([r, np.zeros(missing)]) if missing else r

    def jacobian(t: Array) -> Array:
        if (last[0] == t).all() and (record.last.x != t).any():
            record(*last)
        J = loss.jacobian(t)
        return np.concatenate([J, np.zeros((missing, len(t)))]) if missing else J

    options = {
        "x_scale": "jac",
        "max_nfev": EVALUATIONS,
        **dict.fromkeys(("ftol", "xtol", "gtol"), EPSILON),
        **options,
    }
    result = least_squares(residuals, theta, jacobian, method="lm", **options)
    kept = {key: result[key] for key in ("x", "nfev", "njev", "success", "status", "message")}
    return OptimizeResult(kept, fun=2 * result.cost, jac=2 * result.grad)


def _linear(loss: Loss, record: Record, maxiter: int | None, options: Options) -> OptimizeResult:
    """The exact minimiser of a loss that is quadratic in θ, whatever the start."""
    result = solve_linear(loss, **options)
    record.note(result.x, result.fun)
    return result


RUNS: dict[str, Run] = {
    "lm": _levenberg_marquardt,
    "linear": _linear,
    **{method: partial(_own, method) for method in OWN},
    **{method: partial(_scipy, method) for method in SCIPY},
}
