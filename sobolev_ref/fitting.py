"""`fit`: one door to every optimiser, with the loss and the clock at every iteration.

    "lm"                             Levenberg–Marquardt on r and J: MINPACK's, by SciPy's `least_squares`
    "linear"                         `solve_linear`, for models linear in θ
    "gradient_descent", "momentum",  the package's own, the last two also by mini-batches
    "adam"
    "L-BFGS-B", "BFGS", "CG", …      SciPy's `minimize`, with the gradient by hand
    "Newton-CG", "trust-ncg",        the same, with exact Hessian-vector products
    "trust-krylov", "trust-constr"
    "trust-exact"                    the same, with the Hessian

Which to take: for p = 2 and up to a few thousand parameters "lm", whose steps cost a QR factorisation of
J, (R, P), and which is the only one here to go on to rounding; "L-BFGS-B" beyond, and for other p; "adam"
where nodes are so many that batches pay.

A recipe: solve for the last layer with the hidden layers frozen, then let everything move. Where the frozen
features suffice (30 units for a sine) the solve is at rounding already; where they do not, a little `Ridge`
keeps its coefficients small, and Levenberg–Marquardt has a start to work from:

>>> from sobolev_ref import MLP, LinearModel, Ridge, SobolevLoss, gauss_legendre
>>> net, rule = MLP((1, 8, 1)), gauss_legendre([(0, 5)], 64).mean()
>>> f, theta = (lambda x: np.exp(-x)), net.init(0)
>>> frozen = LinearModel.from_mlp(net, theta)
>>> n = frozen.n_parameters
>>> theta[-n:] = solve_linear(SobolevLoss(frozen, f, rule) + Ridge(1e-5, n)).x
>>> polished = fit(SobolevLoss(net, f, rule), theta, "lm", maxiter=1000)
>>> bool(polished.history[0] < 1e-2), bool(polished.fun < 1e-11)
(True, True)
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult, least_squares, minimize

from .composition import Loss
from .iteration import STOPPED
from .optimizers import adam, gradient_descent, momentum
from .record import Record
from .solve import solve_linear
from .validation import as_choice, as_integer, as_real, as_real_array, as_vector
from .workspace import Array

EPSILON = float(np.finfo(float).eps)
INTERRUPTED = 130
EVALUATIONS = 10_000  # of Levenberg–Marquardt; SciPy's 100 P is short for small networks
OWN: dict[str, Callable[..., OptimizeResult]] = {
    "gradient_descent": gradient_descent,
    "momentum": momentum,
    "adam": adam,
}
# SciPy's methods by what they take of a loss, with defaults that let a run go on to rounding: SciPy's
# own stop at a relative change of 1e−9 or a gradient of 1e−5, a loss of about 1e−6 here.
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


def fit(
    loss: Loss,
    theta: ArrayLike,
    method: str = "L-BFGS-B",
    *,
    maxiter: int | None = None,
    time_limit: float | None = None,
    callback: Callable[..., Any] | None = None,
    progress: bool | None = None,
    **options: Any,
) -> OptimizeResult:
    """Minimise a loss from θ by the method of that name.

    Parameters
    ----------
    loss : SobolevLoss, or a sum of losses
    theta : array_like, shape (P,)
        Where to start.
    method : str, default "L-BFGS-B"
        "lm", "linear", "gradient_descent", "momentum", "adam", or a method of
        `scipy.optimize.minimize` by its name there; see this module's docstring.
    maxiter : int, optional
        Iterations; for a method with batches, epochs. By default the method's own limit.
    time_limit : float, optional
        Seconds, looked at after every iteration.
    callback : callable, optional
        Called after every iteration with ``intermediate_result`` (x, fun, nit) or with θ, as in SciPy.
        ``StopIteration`` ends the run; any other exception passes through.
    progress : bool, optional
        Whether to keep a line of progress on standard error: by default only where that is a terminal.
    **options
        The method's own: `learning_rate`, `batch_size`, …; for "lm" those of
        `scipy.optimize.least_squares`. Where SciPy's tolerances would end a run early, the defaults
        are tighter; "lm" goes on until rounding stops it, or for 10 000 evaluations.

    Returns
    -------
    scipy.optimize.OptimizeResult
        What the method returns: x, fun = L(x), jac = ∇L(x), success, status, message,
        nit, nfev, …; and `history`, the loss at the start and after every iteration, with
        `time_history`, the seconds since the start, of the same length. ``history[-1] == fun``.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name; p ≠ 2 for "lm".

    Notes
    -----
    Ctrl-C (`KeyboardInterrupt`) does not lose the run: the last finished iterate is returned with
    success=False, status 130 and a message that says so.

    Examples
    --------
    >>> from sobolev_ref import MLP, SobolevLoss, gauss_legendre
    >>> net = MLP((1, 8, 1))
    >>> loss = SobolevLoss(net, lambda x: np.exp(-x), gauss_legendre([(0, 5)], 64).mean())
    >>> runs = {method: fit(loss, net.init(0), method, maxiter=100) for method in ("lm", "L-BFGS-B")}
    >>> bool(runs["lm"].fun < 1e-9 < runs["L-BFGS-B"].fun)
    True
    >>> runs["lm"].history.shape == runs["lm"].time_history.shape == (101,)
    True
    """
    if not isinstance(loss, Loss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss or a sum of losses")
    start = as_vector("theta", as_real_array("theta", theta), loss.n_parameters)
    run = as_choice("method", method, RUNS)
    limit = np.inf
    if time_limit is not None:
        limit = as_real("time_limit", time_limit, "seconds > 0", above=0, strictly=True)
    if maxiter is not None:
        maxiter = as_integer("maxiter", maxiter, minimum=0)
    if progress is not None and not isinstance(progress, bool):
        raise TypeError(f"progress: got {progress!r}, takes True, False or None")
    record = Record(start, loss(start)[0], method, callback, limit, progress)
    try:
        if maxiter == 0:
            record.stopped = "maxiter = 0 iterations done"
            raise StopIteration
        result = run(loss, start, method, maxiter, record, options)
    except StopIteration:  # from methods that do not know it as the sign to stop
        result = _so_far(loss, record)
    except KeyboardInterrupt:
        record.stopped = f"interrupted at iteration {record.nit}; x is the last finished iterate"
        result = _so_far(loss, record)
        result.update(success=False, status=INTERRUPTED)
    finally:
        record.end()
    if result.fun != record.fun or (result.x != record.x).any():  # a last step that none reported
        record.note(result.x, result.fun)
    result.update(
        nit=record.nit, history=np.array(record.history), time_history=np.array(record.times)
    )
    return result


def _so_far(loss: Loss, record: Record) -> OptimizeResult:
    """The result of a run that was stopped: its last iterate."""
    return OptimizeResult(
        x=record.x,
        fun=record.fun,
        jac=loss(record.x)[1],
        success=True,
        status=STOPPED,
        message=record.stopped,
    )


def _own(
    loss: Loss,
    theta: Array,
    method: str,
    maxiter: int | None,
    record: Record,
    options: dict[str, Any],
) -> OptimizeResult:
    """A method of this package."""
    if maxiter is not None:
        options = {**options, "maxiter": maxiter}

    def report(intermediate_result: OptimizeResult) -> None:
        record(intermediate_result.x, intermediate_result.fun)

    result = minimize(loss, theta, jac=True, method=OWN[method], callback=report, options=options)
    if record.stopped:
        result.message = record.stopped
    return result


def _scipy(
    loss: Loss,
    theta: Array,
    method: str,
    maxiter: int | None,
    record: Record,
    options: dict[str, Any],
) -> OptimizeResult:
    """A method of `scipy.optimize.minimize`."""
    takes, defaults = SCIPY[method]
    options = {**defaults, **options}
    record.maxiter = maxiter
    if maxiter is not None and method not in ("TNC", "COBYLA"):  # theirs would count evaluations
        options.setdefault("maxiter", maxiter + 1)  # so that the record is the one that stops
    arguments: dict[str, Any] = {"jac": True}
    if takes == "value":
        arguments = {}
    elif takes != "gradient":
        arguments[takes] = loss.hessp if takes == "hessp" else loss.hessian

    def report(intermediate_result: Any) -> None:
        if isinstance(intermediate_result, OptimizeResult):
            record(intermediate_result.x, intermediate_result.fun)
        else:  # COBYLA and the like report θ alone
            record(intermediate_result, loss(intermediate_result)[0])

    fun: Any = loss if arguments else lambda t: loss(t)[0]
    result = minimize(fun, theta, method=method, callback=report, options=options, **arguments)
    if record.stopped:
        result.update(
            x=record.x, fun=record.fun, success=True, status=STOPPED, message=record.stopped
        )
    result.jac = loss(result.x)[1]  # some return the last step's, "trust-constr" something else
    return result


def _levenberg_marquardt(
    loss: Loss,
    theta: Array,
    method: str,
    maxiter: int | None,
    record: Record,
    options: dict[str, Any],
) -> OptimizeResult:
    """MINPACK's, on r and J. It asks for J once at every iterate, which is how iterates are known."""
    best = (theta, record.fun)
    record.maxiter = maxiter
    missing = max(0, len(theta) - len(loss.residuals(theta)))  # rows of zeros: it wants R >= P

    def residuals(t: Array) -> Array:
        nonlocal best
        r = loss.residuals(t)
        value = float(r @ r)
        if value < best[1]:
            best = t.copy(), value
        return np.concatenate([r, np.zeros(missing)]) if missing else r

    def jacobian(t: Array) -> Array:
        if (best[0] == t).all() and (record.x != t).any():
            record(*best)
        J = loss.jacobian(t)
        return np.concatenate([J, np.zeros((missing, len(t)))]) if missing else J

    options = {
        "x_scale": "jac",
        "max_nfev": EVALUATIONS,
        **dict.fromkeys(("ftol", "xtol", "gtol"), EPSILON),
        **options,
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


def _linear(
    loss: Loss,
    theta: Array,
    method: str,
    maxiter: int | None,
    record: Record,
    options: dict[str, Any],
) -> OptimizeResult:
    """The exact minimiser of a loss that is quadratic in θ, whatever the start."""
    result = solve_linear(loss, **options)
    record.note(result.x, result.fun)
    return result


RUNS: dict[str, Callable[..., OptimizeResult]] = {
    "lm": _levenberg_marquardt,
    "linear": _linear,
    **dict.fromkeys(OWN, _own),
    **dict.fromkeys(SCIPY, _scipy),
}
