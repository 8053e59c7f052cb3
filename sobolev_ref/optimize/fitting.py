"""`fit`: one door to every optimiser, with the loss and the clock at every iteration.

Which to take, and what ``method=None`` takes: "linear" where the model is linear in θ and p = 2. Else, up to
3000 parameters, "quasi_newton": a step costs a gradient and some 4 P² operations, and needs neither J nor
p = 2. docs/methods.md has its times beside those of the others. "lm" takes one to two times as long for
p = 2, few residuals and a loss that need not fall below 1e−10 of its size; a step costs R P² operations, or
R² P where that is less. "L-BFGS-B" serves for more parameters, with `x_scale="layers"`, which gives θ units
of its own (see `units`), and "adam" where batches pay. A model linear in θ has a global minimum for every p:
`solve_convex` looks for it, and proves how near it came.

A recipe: solve for the last layer with the hidden layers frozen, then let everything move. Where the frozen
features suffice (30 units for a sine), the solve is at rounding already. Where they do not, a little `Ridge`
keeps its coefficients small, and Levenberg–Marquardt has a start to work from:

>>> from sobolev_ref import MLP, LinearModel, Ridge, SobolevLoss, gauss_legendre, solve_linear
>>> net, rule = MLP((1, 8, 1)), gauss_legendre([(0, 5)], 64).mean()
>>> f, theta = (lambda x: np.exp(-x)), net.init(0)
>>> frozen = LinearModel.from_mlp(net, theta)
>>> n = frozen.n_parameters
>>> theta[-n:] = solve_linear(SobolevLoss(frozen, f, rule) + Ridge(1e-5, n)).x
>>> polished = fit(SobolevLoss(net, f, rule), theta, "lm", maxiter=1000)
>>> bool(polished.history[0] < 1e-2), bool(polished.fun < 1e-11)
(True, True)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._checks import MAX_ENTRIES, as_choice, as_flag, as_integer, as_real, as_real_vector
from .._typing import Array
from ..losses.loss import Loss, Ridge, as_loss, parts_of
from ..losses.pointwise import PointwiseLoss
from .ending import (
    EPSILON,
    EXHAUSTED,
    INTERRUPTED,
    NOTHING,
    STUCK,
    Result,
    ended,
    refuse_underflow,
    size_of,
    terms_of,
)
from .linear import as_linear, largest_system
from .loop import reporter
from .methods import RUNS, Record
from .quasi_newton import LARGEST

# What SciPy's `minimize` takes and `fit` does not, and the way on.
BY_MINIMIZE = "call scipy.optimize.minimize(loss, theta, jac=True, {}=…)"
OF_THE_LOSS = "the loss is a function of theta alone, which brings its own derivatives"
ELSEWHERE = {
    "bounds": BY_MINIMIZE.format("bounds"),
    "constraints": BY_MINIMIZE.format("constraints"),
    **dict.fromkeys(("fun", "args", "jac", "hess", "hessp"), OF_THE_LOSS),
    **dict.fromkeys(("eps", "finite_diff_rel_step"), OF_THE_LOSS),
    "loss": "the first argument is the loss, without a name; for a robust one take p=1, or call "
    "scipy.optimize.least_squares(loss.residuals, theta, loss.jacobian, loss='huber')",
    "x0": "theta is the start",
    "disp": "print(result) says how a run ended, and progress=True says meanwhile how far it is",
    "options": "give each option by its name, as in fit(loss, theta, 'L-BFGS-B', maxcor=30)",
    "workers": "give them to the loss, SobolevLoss(…, workers=2)",
}


def fit(
    loss: Loss,
    /,
    theta: ArrayLike,
    method: str | None = None,
    *,
    maxiter: int | None = None,
    time_limit: float | None = None,
    callback: Callable[..., Any] | None = None,
    progress: bool | None = None,
    **options: Any,
) -> Result:
    """Minimise a loss from θ by the method of that name, or by one that suits the loss.

    Success has one meaning for every method, SciPy's: θ is stationary by the test that `message` names, or
    rounding hides what a further step could bring (`message` says so). A limit of iterations or time, a
    callback's ``StopIteration`` and Ctrl-C are no success, each with a status of its own (1, 98, 99, 130),
    nor is a loss that is higher than at the start.

    Parameters
    ----------
    loss : SobolevLoss, or a sum of losses
    theta : array_like, shape (P,)
        Where to start.
    method : str, optional
        By default "linear" for what `solve_linear` takes, a model linear in θ and p = 2, "quasi_newton" for
        at most 3000 parameters, else "L-BFGS-B".

        - "linear": the global minimum in one step, `solve_linear`; p = 2, a model linear in θ.
        - "quasi_newton": self-scaled Broyden; the lowest loss for its time, for any p.
        - "lm": Levenberg–Marquardt; p = 2, best with few residuals or parameters.
        - "gradient_descent", "momentum", "adam": a `learning_rate`, the last two a `batch_size`.
        - "L-BFGS-B", "BFGS", "CG", …: those of `scipy.optimize.minimize` by their names there, with the
          gradient by hand; the first for many parameters. "Newton-CG", "trust-ncg", "trust-krylov" and
          "trust-constr" get exact Hessian-vector products, and "trust-exact" the Hessian.
    maxiter : int, optional
        Iterations; for a method with batches, epochs. By default "lm" and "quasi_newton" have none, and any
        other its own.
    time_limit : float, optional
        Seconds; the clock is looked at after every iteration, and by SciPy's methods and "lm" before every
        evaluation of the loss, so that a run ends later by what lies between two looks.
    callback : callable, optional
        It is called after every iteration with ``intermediate_result`` (x, fun, nit) or with θ, as in
        SciPy. ``StopIteration`` ends the run; any other exception passes through.
    progress : bool, optional
        Whether to keep a line of progress on standard error: by default only where that is a terminal or a
        notebook.
    **options
        The method's own: `learning_rate`, `batch_size`, …; for "lm" `gtol`, on ‖∇L‖₂, `ftol`, the
        least share of the loss that a step must promise, `max_nfev` and `x_scale`, 1/D, by default
        1/‖J_j‖ and, where that leaves no step though the loss should still fall, 1. "quasi_newton"
        and SciPy's methods take `x_scale` as well, which is numbers > 0, shape (P,), or "layers", a unit for
        each layer's W and b (see `units`). They then work on θ/x_scale, and so do SciPy's other options.
        For bounds and constraints call ``scipy.optimize.minimize(loss, theta, jac=True, bounds=…)``,
        which takes a loss as it is.

    Returns
    -------
    scipy.optimize.OptimizeResult
        What the method returns: x, fun = L(x), jac = ∇L(x), success, status, message, nit, …, but nothing of
        θ/x_scale; of "BFGS" `hess_inv`, about (∇²L)⁻¹; `method`, what ran, and `picked`, why, if none was
        asked for; `terms`, what each term adds to the loss; and `history`, the loss at the start and after
        every iteration (with a `batch_size` see `adam`), with `time_history`, the seconds since the start, of
        the same length. ``history[-1] == fun``. It prints as a table.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name; p ≠ 2 for "lm"; a start without a finite loss, or whose
        loss is 0 as its powers |r|^p are below float64.

    See Also
    --------
    SobolevRegressor : Data in, answers out, and nothing to choose.
    solve_convex : The global minimum for a model linear in θ and any p.
    provable_step : A learning rate that is proved to descend.

    Notes
    -----
    SciPy's methods with a gradient and "lm" go on until rounding stops them, when a hundred iterations
    change the loss by less than 100 ε times its size, the lesser of L(θ_0) and L(0). "quasi_newton" goes on
    further, until they change it by less than 100 ε times itself, or no step descends.

    Ctrl-C (`KeyboardInterrupt`) does not lose the run: the last finished iterate is returned with
    success=False, status 130 and a message that says so.

    The same loss and start give the same bits.

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
    as_loss(loss)
    start, picked = as_real_vector("theta", theta, loss.n_parameters), ""
    if method is None:
        method, picked = pick(loss, start)
    run = as_choice("method", method, RUNS)
    for name, way in ELSEWHERE.items():
        if name in options:
            raise TypeError(f"{name}: fit takes none; {way}")
    limit = np.inf
    if time_limit is not None:
        limit = as_real("time_limit", time_limit, "seconds > 0", above=0, strictly=True)
    if maxiter is not None:
        maxiter = as_integer("maxiter", maxiter, minimum=0)
    shown = is_watched(sys.stderr) if progress is None else as_flag("progress", progress)
    record = Record(method, reporter(callback), limit, shown, maxiter)
    with np.errstate(over="ignore", invalid="ignore"):
        value, gradient = loss(start)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        what = "gradient is not" if np.isfinite(value) else f"loss is {value}"
        takes = "takes one where loss and gradient are finite"
        raise ValueError(f"theta: got a start whose {what}, {takes}")
    if method != "linear":
        refuse_underflow(loss, start, value)
    record.is_power_sum = all(isinstance(part, PointwiseLoss | Ridge) for part in parts_of(loss))
    record.note(start, value)
    try:
        if maxiter == 0:
            record.stop(EXHAUSTED, "maxiter = 0 iterations done")
        result = run(loss, record, maxiter, options)
    except (StopIteration, KeyboardInterrupt) as cause:  # not all methods take the first as a sign
        status, why = record.status, record.stopped
        if isinstance(cause, KeyboardInterrupt):
            status = INTERRUPTED
            why = f"interrupted at iteration {record.nit}; x is the last finished iterate"
        x = record.last.x
        result = ended(status, why, x, *loss(x))
    finally:
        record.end()
    if (result.x != record.last.x).any():
        record.note(result.x, result.fun)  # a last step that the method did not report
    record.path[-1] = record.last._replace(fun=result.fun)  # an epoch of batches told its mean
    times = np.array([iterate.time for iterate in record.path])
    result.update(
        method=method,
        picked=picked,
        terms=terms_of(loss, result.x),
        nit=record.nit,
        history=np.array([iterate.fun for iterate in record.path]),
        time_history=times - times[0],
    )
    if record.nfev is not None:
        result.nfev = record.nfev
    say_a_rise(result, loss)
    say_what_is_flat(result, loss)
    say_what_is_free(result, loss)
    return Result(result)


def is_watched(stream: Any) -> bool:
    """Whether someone reads a stream as it is written: a terminal, or a notebook of Jupyter."""
    return bool(stream.isatty() or type(stream).__module__.startswith("ipykernel."))


def say_a_rise(result: OptimizeResult, loss: Loss) -> None:
    """Say in the message that the loss is higher than at the start, and that this is no success.

    A rise by 100 ε of the loss, at the start or at θ = 0, is rounding.
    """
    first, last = result.history[0], result.fun
    if last > first:
        with np.errstate(all="ignore"):
            at_zero = float(loss(np.zeros_like(result.x))[0])
        size = max(first, at_zero) if np.isfinite(at_zero) else first
        if last - first > 100 * EPSILON * size:
            result.message += f"; the loss rose, it was {first:.6g} at the start"
            if result.success:
                result.update(success=False, status=STUCK)


def say_what_is_flat(result: OptimizeResult, loss: Loss) -> None:
    """Say in the message that a layer is saturated, and that a gradient of 0 is then no success.

    Where the loss is rounding there is nothing left to lower, and a ridge has a gradient of its own.
    """
    parts = [part for part in parts_of(loss) if isinstance(part, PointwiseLoss)]
    if len(parts) < len(parts_of(loss)):
        return
    layers = [part.model._saturated(result.x, part.rule.nodes) for part in parts]
    if not parts or not all(layers):
        return
    if abs(result.fun) > NOTHING * size_of(loss, result.history[0])(result.fun):
        result.message += (
            f"; hidden layer {layers[0]} is saturated at every node, so that ∇L of the weights up to it is 0 "
            "whatever the loss: take another start"
        )
        if result.success:
            result.update(success=False, status=STUCK)


def say_what_is_free(result: OptimizeResult, loss: Loss) -> None:
    """Say in the message which polynomials no part of the loss sees, such as those of an equation alone."""
    parts = [part for part in parts_of(loss) if isinstance(part, PointwiseLoss)]
    if len(parts) == len(parts_of(loss)):
        each = [min(of_output) for of_output in zip(*(part.blind for part in parts))]
        free = max(each)
        if free > 0:
            what = "constants" if free == 1 else f"polynomials of degree < {free}"
            if min(each) < free:
                what += f" in output {each.index(free)}"
            result.message += f"; no part of the loss sees {what}: a condition is missing"


def pick(loss: Loss, theta: Array) -> tuple[str, str]:
    """A method that suits the loss, and why it does."""
    parts = [part for part in parts_of(loss) if not isinstance(part, Ridge)]
    P = len(theta)
    try:
        if [as_linear(part) for part in parts] and largest_system(loss) <= MAX_ENTRIES:
            return "linear", "p = 2, and the model is linear in theta"
    except (TypeError, ValueError):
        pass
    if P > LARGEST:
        return "L-BFGS-B", f"P = {P} is more than {LARGEST}"
    return "quasi_newton", f"P = {P} is at most {LARGEST}"
