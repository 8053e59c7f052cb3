"""How each kind of method is run, so that one `Record` sees every iterate of it; see `fitting`."""

import re
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy.optimize import OptimizeResult, OptimizeWarning, minimize

from .._checks import as_integer, as_real, as_real_array
from .._typing import Array
from ..losses.loss import Loss, parts_of
from . import ending
from .damped import Rows
from .ending import Result, ended, hidden_by_rounding, parts_lower, size_of
from .levenberg_marquardt import levenberg_marquardt
from .linear import solve_linear
from .optimizers import adam, gradient_descent, momentum
from .quasi_newton import quasi_newton
from .units import Rescaled, as_scale, power_of_two

REFRESH = 0.1  # seconds between two states of the progress line
WINDOW = 100  # iterations that together must change the loss by more than rounding
LM_OPTIONS = ("ftol", "gtol", "x_scale", "max_nfev")
OWN: dict[str, Callable[..., OptimizeResult]] = {
    "gradient_descent": gradient_descent,
    "momentum": momentum,
    "adam": adam,
    "quasi_newton": quasi_newton,
}
# SciPy's methods get the loss in a unit near L(θ_0), so that the user's own does not matter. These options
# are in the user's unit and are divided by that one; for "SLSQP" and "TNC" so is "ftol".
IN_LOSS = ("gtol", "fatol", "minfev", "f_target")
# What of their results is of θ and L, or of neither.
OF_THETA = frozenset({"x", "fun", "jac", "success", "status", "message", "nfev", "njev", "nhev"})
# What each takes of a loss, and defaults with which a run goes on to rounding. SciPy's own defaults end it
# at a relative change of 2e−9 or a gradient of 1e−5.
SCIPY: dict[str, tuple[str, dict[str, Any]]] = {
    "L-BFGS-B": ("gradient", {"maxcor": 30, "ftol": 0.0, "gtol": 0.0, "maxfun": 10**9}),
    "BFGS": ("gradient", {"gtol": 0.0}),
    "CG": ("gradient", {"gtol": 0.0}),
    "TNC": ("gradient", {"ftol": 0.0, "gtol": 0.0, "xtol": 0.0, "maxfun": 10**9}),
    "SLSQP": ("gradient", {"ftol": ending.EPSILON**2}),
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
        self,
        name: str,
        report: Callable[[OptimizeResult], bool],
        time_limit: float,
        shown: bool,
        asked: int | None = None,
    ) -> None:
        self.path: list[Iterate] = []
        self.maxiter: int | None = None  # iterations after which to stop
        self.is_power_sum = False  # whether no loss is below 0
        # The size of the loss: ε times it is its rounding. It is NaN where the loss may rise.
        self.size: Callable[[float], float] = lambda value: np.nan
        self.since = 0  # the iteration at which the window of that test opens
        self.nfev: int | None = None
        self.stopped, self.status = "", ending.STUCK
        self._name, self._report, self._time_limit, self._shown = name, report, time_limit, shown
        self._asked, self._refreshed = asked, -np.inf

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
            self.stop(ending.STOPPED, ending.BY_CALLBACK)
        self.look()
        if self.is_power_sum and value <= min(
            ending.VANISHED, ending.EPSILON**2 * self.path[0].fun
        ):
            self.stop(
                ending.CONVERGED,
                f"the loss is {value:.3g}, at the end of float64, and none is below 0",
            )
        if self.maxiter is not None and self.nit >= self.maxiter:
            self.stop(ending.EXHAUSTED, f"maxiter = {self.maxiter} iterations done")
        if self.nit >= self.since + WINDOW:
            change = abs(self.path[-1 - WINDOW].fun - self.last.fun)  # SLSQP may climb for a while
            least = WINDOW * ending.EPSILON * self.size(self.last.fun)
            if change <= least:
                self.stop(
                    ending.ROUNDED,
                    f"the last {WINDOW} iterations changed the loss by {change:.3g}, at most {WINDOW} ε of "
                    f"the size of the loss, {least:.3g}",
                )

    def look(self) -> None:
        """Look at the clock: StopIteration, before another evaluation, where the time is over."""
        if perf_counter() - self.path[0].time >= self._time_limit:
            self.stop(ending.OUT_OF_TIME, f"time_limit = {self._time_limit:g} s reached")

    def stop(self, status: int, why: str) -> None:
        """End the run for this reason, by SciPy's sign."""
        self.status, self.stopped = status, why
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
        of = "" if self._asked is None else f" of {self._asked}"
        limit = f" of {self._time_limit:g}" if np.isfinite(self._time_limit) else ""
        done = f"iteration {self.nit}{of}, loss {self.last.fun:.3e}, {self.seconds:.1f}{limit} s"
        sys.stderr.write(f"\r{f'{self._name}: {done}':<70}")
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
        result.update(ended(record.status, record.stopped, result.x, result.fun, result.jac))
    return result


def _quasi_newton(
    loss: Loss, record: Record, maxiter: int | None, options: Options
) -> OptimizeResult:
    """Our own quasi-Newton method on φ = θ / s, until a hundred iterations bring no digit of L."""
    theta = record.last.x
    options = {"maxiter": 10**9 if maxiter is None else maxiter, **options}
    if "tol" not in options:  # which is the same
        options.setdefault("gtol", 0.0)
    scale = as_scale(options.pop("x_scale", None), loss, theta)
    scaled = Rescaled(loss, scale)
    record.size = abs

    def report(intermediate_result: OptimizeResult) -> None:
        record(scale * intermediate_result.x, intermediate_result.fun)

    by = {"method": quasi_newton, "callback": report, "options": options}
    result = minimize(scaled, theta / scale, jac=True, **by)
    result.update(x=scale * result.x, x0=theta)
    result.jac = loss(result.x)[1]
    if (scale != 1).any():
        del result["gradient_norms"], result["step_lengths"]  # of φ
    if record.stopped:
        result.update(ended(record.status, record.stopped, result.x, result.fun, result.jac))
    if result.status in (ending.ROUNDED, ending.STUCK):
        size = size_of(loss, record.path[0].fun)
        result.update(_verdict(loss, record, size, result, ""))
    return result


def _scipy(
    method: str, loss: Loss, record: Record, maxiter: int | None, options: Options
) -> OptimizeResult:
    """A method of `scipy.optimize.minimize`, which works on φ = θ / s."""
    takes, defaults = SCIPY[method]
    p = exponent(loss)
    if takes in ("hess", "hessp") and p < 2:
        raise ValueError(
            f"method: got {method!r}, which uses second derivatives, and |r|^p with p = {p:g} < 2 has none; "
            "takes 'L-BFGS-B', or where the model is linear solve_convex in place of fit"
        )
    theta, value, _ = record.last
    unit = power_of_two(value)
    scaled = Rescaled(loss, as_scale(options.get("x_scale"), loss, theta), unit)
    given, options = options, {**defaults, **options}
    options.pop("x_scale", None)
    for name in given.keys() & {*IN_LOSS, *(("ftol",) if method in ("SLSQP", "TNC") else ())}:
        options[name] = as_real(name, given[name]) / unit
    if "maxcor" in given:
        options["maxcor"] = as_integer("maxcor", given["maxcor"], 1)
    if options.get("hess_inv0") is not None:  # (∇²L)⁻¹ for "BFGS", so in 1/unit
        options["hess_inv0"] = unit * as_square("hess_inv0", options["hess_inv0"], len(theta))
    record.maxiter, record.nfev, size = maxiter, 0, size_of(loss, value)
    if takes != "value":
        record.size = size
    if maxiter is not None and method not in ("TNC", "COBYLA"):  # theirs counts evaluations
        options.setdefault("maxiter", maxiter + 1)  # so that the record is the one that stops

    def both(phi: Array) -> tuple[Any, Array]:
        record.look()
        record.nfev = (record.nfev or 0) + 1
        if not np.isfinite(phi).all():  # its line search, where squares under- or overflow
            record.stop(ending.DIVERGED, f"{method} stepped to a θ that is not finite")
        return scaled(phi)

    fun: Any = both
    derivatives: dict[str, Any] = {"jac": True}
    if takes == "value":
        fun, derivatives = (lambda phi: both(phi)[0]), {}
    elif takes != "gradient":
        derivatives[takes] = scaled.hessp if takes == "hessp" else scaled.hessian

    def report(intermediate_result: Any) -> None:
        if isinstance(intermediate_result, OptimizeResult):
            record(scaled.scale * intermediate_result.x, intermediate_result.fun * unit)
        else:  # COBYLA and the like report φ alone
            record(scaled.scale * intermediate_result, scaled(intermediate_result)[0] * unit)

    phi = theta / scaled.scale
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Unknown solver options", OptimizeWarning)
        by = {"method": method, "callback": report, "options": options, **derivatives}
        try:
            result = minimize(fun, phi, **by)
        except StopIteration:  # not all methods take it as a sign
            result = OptimizeResult(message="")
        except (OptimizeWarning, TypeError) as unknown:  # of an unknown option, by the method
            text = str(unknown)
            names = re.search(r"solver options: (.+)|_minimize\w+\(\) got an [^']*'([^']+)'", text)
            if names is None:
                raise
            listed = f"scipy.optimize.show_options('minimize', {method!r})"
            takes = f"takes those that {listed} lists"
            raise TypeError(f"options: got {names[1] or names[2]}; {takes}") from None
    result.x = record.last.x if record.stopped else scaled.scale * result.x
    # Some return the gradient of the last step, "trust-constr" something else, and 0 without an evaluation.
    value, result.jac = loss(result.x)
    result.fun = float(value)
    inverse = result.get("hess_inv")
    for name in result.keys() - OF_THETA:  # simplices, radii and the like, of φ and L/unit
        del result[name]
    if isinstance(inverse, np.ndarray):  # that of "BFGS"
        result.hess_inv = scaled.scale[:, None] * inverse * scaled.scale / unit
    steepest = np.abs(scaled.scale * result.jac).max()
    if not record.stopped and "gtol" in given and steepest <= given["gtol"]:
        record.status = ending.CONVERGED
        record.stopped = f"stationary: no entry of ∇L is above gtol = {given['gtol']:g}"
    result.update(_verdict(loss, record, size, result, result.message))
    return result


def _levenberg_marquardt(
    loss: Loss, record: Record, maxiter: int | None, options: Options
) -> OptimizeResult:
    """Levenberg–Marquardt on r and J, in blocks of rows."""
    refuse_unknown("lm", options, LM_OPTIONS)
    theta, value, _ = record.last
    scale, most = options.get("x_scale", "jac"), np.inf
    by_columns = isinstance(scale, str) and scale == "jac"
    units = None if by_columns else as_scale(scale, loss, theta)
    tolerances = {
        name: as_real(name, options[name], above=0) for name in options.keys() & {"ftol", "gtol"}
    }
    if "max_nfev" in options:
        most = as_integer("max_nfev", options["max_nfev"], minimum=1)
    record.maxiter, record.nfev, record.size = maxiter, 0, size_of(loss, value)

    def residuals(t: Array) -> Array:
        if record.nfev == most:
            record.stop(ending.EXHAUSTED, f"max_nfev = {most} evaluations done")
        record.look()
        record.nfev = (record.nfev or 0) + 1
        return loss.residuals(t)

    rows, ftol = Rows.of(loss, theta), tolerances.get("ftol", ending.EPSILON)

    def run(units: Array | None) -> OptimizeResult:
        with suppress(StopIteration):
            end = levenberg_marquardt(residuals, rows, record.last.x, record, units, **tolerances)
            record.status, record.stopped = end
        x, fun, _ = record.last
        result = OptimizeResult(x=x, fun=fun, jac=loss(x)[1], nfev=record.nfev)
        result.update(_verdict(loss, record, record.size, result, ""))
        return result

    result = run(units)
    if result.status == ending.STUCK and ftol > ending.EPSILON:
        promised = f"no step promised more than ftol = {ftol:g} of the loss"
        result.message += f"; {promised}, and a smaller ftol may go on"
    elif result.status == ending.STUCK and by_columns:  # some columns of J are tiny beside others
        stalled = record.nit
        result = run(np.ones_like(theta))
        went = f"with x_scale = 1 {'the run went on' if record.nit > stalled else 'neither'}"
        result.message += f"; at iteration {stalled} no step was left in units of ‖J_j‖, and {went}"
    return result


def as_square(name: str, value: Any, n: int) -> Array:
    """A matrix of shape (n, n)."""
    matrix = as_real_array(name, value)
    if matrix.shape != (n, n):
        raise ValueError(f"{name}: got shape {matrix.shape}, takes shape {(n, n)}")
    return matrix


def _verdict(
    loss: Loss,
    record: Record,
    size_at: Callable[[float], float],
    result: OptimizeResult,
    message: str,
) -> Result:
    """Status, success and message of a run, by SciPy's own limits or by the loss around it."""
    status, why = record.status, record.stopped
    # SciPy's methods name their own limits only in words.
    if not why and re.search("max|limit", message, re.IGNORECASE):
        status, why = ending.EXHAUSTED, message.rstrip(".")
    elif status in (ending.ROUNDED, ending.STUCK):
        x, fun, g = result.x, result.fun, result.jac
        hidden = hidden_by_rounding(lambda theta: float(loss(theta)[0]), x, fun, g, size_at(fun))
        p = exponent(loss)
        if hidden and parts_lower(loss, x, fun, g, size_at(fun)):
            status, why = ending.STUCK, f"{why or ending.HIDDEN}, {ending.STIFF}"
        elif hidden and p >= 2:
            status, why = ending.ROUNDED, why or ending.HIDDEN
        elif hidden:  # a valley with kinks, or nearly so, along which the loss may fall
            status, why = ending.STUCK, why or ending.HIDDEN
            why += f", which is no sign of a minimum for p = {p:g} < 2"
        else:
            says = "no further step was found"
            if message:
                says = f"SciPy says {message.strip().rstrip('.')!r}"
            but = ending.UNSOUND if p > 1 else ending.AT_A_KINK
            status, why = ending.STUCK, f"{why or says}, {but}"
    return ended(status, why, result.x, result.fun, result.jac)


def exponent(loss: Any) -> float:
    """The least p of the parts of a loss; a `Ridge` has 2."""
    parts: tuple[Any, ...] = parts_of(loss)
    return float(min(getattr(part, "p", 2) for part in parts))


def refuse_unknown(method: str, options: Options, known: tuple[str, ...]) -> None:
    """Refuse options that a method does not take, by name."""
    if unknown := sorted(options.keys() - set(known)):
        raise TypeError(f"options: got {', '.join(unknown)}; {method!r} takes {', '.join(known)}")


def _linear(loss: Loss, record: Record, maxiter: int | None, options: Options) -> OptimizeResult:
    """The exact minimiser of a loss that is quadratic in θ, whatever the start."""
    refuse_unknown("linear", options, ("rcond",))
    result = solve_linear(loss, **options)
    record(result.x, result.fun)
    return result


RUNS: dict[str, Run] = {
    "lm": _levenberg_marquardt,
    "linear": _linear,
    **{method: partial(_own, method) for method in OWN},
    "quasi_newton": _quasi_newton,
    **{method: partial(_scipy, method) for method in SCIPY},
}
