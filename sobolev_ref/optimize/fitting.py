"""`fit`: one door to every optimiser, with the loss and the clock at every iteration.

    "lm"                             Levenberg–Marquardt on r and J: MINPACK's, by SciPy's `least_squares`
    "linear"                         `solve_linear`, for models linear in θ
    "gradient_descent", "momentum",  the package's own, the last two also by mini-batches
    "adam"
    "L-BFGS-B", "BFGS", "CG", …      SciPy's `minimize`, with the gradient by hand
    "Newton-CG", "trust-ncg",        the same, with exact Hessian-vector products
    "trust-krylov", "trust-constr"
    "trust-exact"                    the same, with the Hessian

Which to take: for p = 2 and up to some thousand parameters, "lm" goes furthest; each step costs a QR
factorisation of J, (R, P). For a sine over two periods with 30 tanh units its median over ten starts is below
1e−12 after 3,500 steps. The median of "L-BFGS-B" is 4e−7 after 15,000 steps, and 3e−8 with
``x_scale="layers"``, which gives θ units of its own (see `units`). "L-BFGS-B" serves for more parameters and
for other p; "adam" serves where batches pay.

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

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._checks import as_choice, as_flag, as_integer, as_real, as_real_vector
from ..losses.loss import Loss, as_loss
from .loop import STOPPED, reporter
from .methods import RUNS, Record

INTERRUPTED = 130


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
        Iterations; for a method with batches, epochs. By default it is the method's own limit.
    time_limit : float, optional
        Seconds; the clock is looked at after every iteration.
    callback : callable, optional
        It is called after every iteration with ``intermediate_result`` (x, fun, nit) or with θ, as in
        SciPy. ``StopIteration`` ends the run; any other exception passes through.
    progress : bool, optional
        Whether to keep a line of progress on standard error: by default only where that is a terminal.
    **options
        The method's own: `learning_rate`, `batch_size`, …; for "lm" those of
        `scipy.optimize.least_squares`. SciPy's `minimize` works on θ/x_scale where `x_scale` is given:
        numbers > 0, shape (P,), or "layers", a unit for each layer's W and b (see `units`). Where
        SciPy's tolerances would end a run early, the defaults are tighter; "lm" goes on until rounding
        stops it, or for 10 000 evaluations.

    Returns
    -------
    scipy.optimize.OptimizeResult
        What the method returns: x, fun = L(x), jac = ∇L(x), success, status, message, nit, …; and
        `history`, the loss at the start and after every iteration, with `time_history`, the seconds
        since the start, of the same length. ``history[-1] == fun``.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name; p ≠ 2 for "lm".

    Notes
    -----
    Ctrl-C (`KeyboardInterrupt`) does not lose the run: the last finished iterate is returned with
    success=False, status 130 and a message that says so.

    The same loss and start give the same bits, but for "lm" where the columns of J are linearly dependent.
    There SciPy's MINPACK divides rounding by rounding, and with the same r and J its step along the
    dependent directions differs from call to call. A small `Ridge` makes the columns independent.

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
    start = as_real_vector("theta", theta, loss.n_parameters)
    run = as_choice("method", method, RUNS)
    limit = np.inf
    if time_limit is not None:
        limit = as_real("time_limit", time_limit, "seconds > 0", above=0, strictly=True)
    if maxiter is not None:
        maxiter = as_integer("maxiter", maxiter, minimum=0)
    shown = sys.stderr.isatty() if progress is None else as_flag("progress", progress)
    record = Record(method, reporter(callback), limit, shown)
    record.note(start, loss(start)[0])
    try:
        if maxiter == 0:
            record.stopped = "maxiter = 0 iterations done"
            raise StopIteration
        result = run(loss, record, maxiter, options)
    except (StopIteration, KeyboardInterrupt) as cause:  # not all methods take the first as a sign
        if interrupted := isinstance(cause, KeyboardInterrupt):
            record.stopped = (
                f"interrupted at iteration {record.nit}; x is the last finished iterate"
            )
        result = OptimizeResult(
            x=record.last.x,
            fun=record.last.fun,
            jac=loss(record.last.x)[1],
            success=not interrupted,
            status=INTERRUPTED if interrupted else STOPPED,
            message=record.stopped,
        )
    finally:
        record.end()
    if result.fun != record.last.fun or (result.x != record.last.x).any():
        record.note(result.x, result.fun)  # a last step that the method did not report
    times = np.array([iterate.time for iterate in record.path])
    result.update(
        nit=record.nit,
        history=np.array([iterate.fun for iterate in record.path]),
        time_history=times - times[0],
    )
    return result
