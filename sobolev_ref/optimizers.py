"""Gradient descent (Definition 7), momentum and Adam, as methods of `scipy.optimize.minimize`.

    gradient_descent   θ ← θ − η g                                                       (D7) (A1)
    momentum           v ← β v − η g,  θ ← θ + v
    adam               m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,
                       θ ← θ − η m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)

with g = ∇L(θ) of the whole loss, so that (D7) is also the last line of Algorithm 1. Use them as

    minimize(loss, theta, jac=True, method=adam, options={"maxiter": 5000, "learning_rate": 1e-3})

Definition 7's stopping rules are `gtol`, on the Euclidean norm of the gradient, and `maxiter`; a
callback may end a run by raising `StopIteration`, as in SciPy. All of these end with success=True. A
run whose loss, gradient or θ stops being finite ends with success=False, the iteration and the cause
in `message`, and the last finite θ.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeResult

from .validation import as_array, as_integer, as_real

Rate: TypeAlias = float | Callable[[int], float]
Update: TypeAlias = Callable[[int, NDArray, NDArray], NDArray]  # (k, θ_k, ∇L(θ_k)) to θ_{k+1}

CONVERGED, EXHAUSTED, DIVERGED, STOPPED = 0, 1, 2, 99


def gradient_descent(
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple = (),
    *,
    learning_rate: Rate = 1e-2,
    **options: Any,
) -> OptimizeResult:
    """Gradient descent, Definition 7: θ_{k+1} = θ_k − η ∇L(θ_k) (D7).

    Parameters
    ----------
    fun, x0, args
        As `scipy.optimize.minimize` passes them; call it with ``jac=True`` (or a gradient).
    learning_rate : float or callable, default 1e-2
        η > 0, or a function of the step k = 0, 1, … that returns it. For a gradient that is
        L-Lipschitz, 0 < η < 2/L decreases the loss.
    maxiter : int, default 1000
        The number of steps.
    gtol : float, default 1e-8
        Stop when ‖∇L‖₂ <= gtol.
    callback : callable
        Called after every step, as in SciPy, with ``intermediate_result`` or with θ.

    Returns
    -------
    scipy.optimize.OptimizeResult
        x, fun, jac, nit, nfev, njev, success, status, message, and `history`, the loss at
        θ_0, …, θ_nit, so that ``history[-1] == fun``.

    Raises
    ------
    TypeError, ValueError
        For options that are not as above, or bounds and constraints, which it does not take.

    Examples
    --------
    On L(θ) = θ², every step multiplies θ by 1 − 2η:

    >>> from scipy.optimize import minimize
    >>> fit = minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=gradient_descent,
    ...                options={"learning_rate": 0.25, "maxiter": 3})
    >>> fit.x, fit.history
    (array([0.125]), array([1.      , 0.25    , 0.0625  , 0.015625]))
    """
    rate = _as_rate(learning_rate)

    def update(k: int, theta: NDArray, g: NDArray) -> NDArray:
        return theta - rate(k) * g                                                    # (D7) (A1)

    return _iterate(update, fun, x0, args, **options)


def momentum(
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple = (),
    *,
    learning_rate: Rate = 1e-2,
    beta: float = 0.9,
    **options: Any,
) -> OptimizeResult:
    """Gradient descent with momentum: v ← β v − η ∇L(θ), θ ← θ + v.

    Parameters, results and errors as `gradient_descent`, and 0 <= beta < 1; beta = 0 is Definition 7.

    Examples
    --------
    >>> from scipy.optimize import minimize
    >>> fit = minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=momentum,
    ...                options={"learning_rate": 0.25, "beta": 0.5, "maxiter": 2})
    >>> fit.x
    array([0.])
    """
    rate, beta = _as_rate(learning_rate), _as_beta("beta", beta)
    v: Any = 0.0

    def update(k: int, theta: NDArray, g: NDArray) -> NDArray:
        nonlocal v
        v = beta * v - rate(k) * g
        return theta + v

    return _iterate(update, fun, x0, args, **options)


def adam(
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple = (),
    *,
    learning_rate: Rate = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    **options: Any,
) -> OptimizeResult:
    """Adam: steps of about η in every parameter, from running means of g and g².

    Parameters, results and errors as `gradient_descent`, and 0 <= beta1, beta2 < 1, epsilon > 0.

    Examples
    --------
    The first step has length η whatever the gradient's size:

    >>> from scipy.optimize import minimize
    >>> fit = minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=adam,
    ...                options={"learning_rate": 0.1, "maxiter": 1})
    >>> fit.x.round(6)
    array([0.9])
    """
    rate, beta1, beta2 = _as_rate(learning_rate), _as_beta("beta1", beta1), _as_beta("beta2", beta2)
    epsilon = as_real("epsilon", epsilon, "a finite number > 0", above=0, strictly=True)
    m: Any = 0.0
    v: Any = 0.0

    def update(k: int, theta: NDArray, g: NDArray) -> NDArray:
        nonlocal m, v
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat, v_hat = m / (1 - beta1 ** (k + 1)), v / (1 - beta2 ** (k + 1))
        return theta - rate(k) * m_hat / (np.sqrt(v_hat) + epsilon)

    return _iterate(update, fun, x0, args, **options)


def _iterate(
    update: Update,
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple,
    *,
    jac: Any = None,
    callback: Callable | None = None,
    maxiter: int = 1000,
    gtol: float = 1e-8,
    tol: float | None = None,
    bounds: Any = None,
    constraints: Any = (),
    hess: Any = None,  # minimize passes these two to every method; a first-order method needs neither
    hessp: Any = None,
) -> OptimizeResult:
    """The loop that the methods share: evaluate, record, stop or step."""
    if not callable(jac):
        raise ValueError(f"jac: got {jac!r}, takes True (fun returns loss and gradient) or a "
                         "function that returns the gradient")
    if bounds is not None or np.size(constraints) > 0:
        raise ValueError("bounds, constraints: not taken by this method; use SciPy's 'L-BFGS-B' or "
                         "'SLSQP'")
    maxiter = as_integer("maxiter", maxiter, minimum=0)
    gtol = as_real("gtol", gtol if tol is None else tol, "a finite number >= 0", above=0)
    report = _reporter(callback)
    theta = as_array("x0", x0).astype(float)
    if theta.ndim != 1:
        raise ValueError(f"x0: got shape {theta.shape}, takes shape (P,)")

    result = OptimizeResult(x=theta, fun=np.nan, jac=np.full_like(theta, np.nan), nit=0, nfev=0,
                            njev=0, success=False, status=DIVERGED, message="", history=None)
    history: list[float] = []
    new = theta
    for k in range(maxiter + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported, not warned
            cause, value, gradient = _evaluate(fun, jac, new, args, result)
        if cause:
            result.message = f"diverged at iteration {k}: {cause}; x is the last finite iterate"
            break
        history.append(value)
        result.update(x=new, fun=value, jac=gradient, nit=k)
        if k > 0 and report(result):
            result.update(success=True, status=STOPPED, message="callback raised StopIteration")
            break
        with np.errstate(over="ignore"):
            norm = float(np.linalg.norm(gradient))
        if norm <= gtol:
            result.update(success=True, status=CONVERGED,
                          message=f"gradient norm {norm:.3g} is at most gtol = {gtol:.3g}")
            break
        if k == maxiter:
            result.update(success=True, status=EXHAUSTED, message=f"maxiter = {maxiter} steps done")
            break
        with np.errstate(over="ignore", invalid="ignore"):
            new = update(k, new, gradient)
    result.history = np.array(history)
    return result


def _evaluate(
    fun: Callable[..., float], jac: Callable[..., ArrayLike], theta: NDArray, args: tuple,
    result: OptimizeResult,
) -> tuple[str, float, NDArray]:
    """The loss and its gradient, and what is not finite of θ, loss, gradient ("" if all is)."""
    if not np.isfinite(theta).all():
        return "theta is not finite", np.nan, theta
    value, gradient = float(fun(theta, *args)), np.asarray(jac(theta, *args), dtype=float)
    result.nfev += 1
    result.njev += 1
    if not np.isfinite(value):
        return f"the loss is {value}", value, gradient
    if not np.isfinite(gradient).all():
        return "the gradient is not finite", value, gradient
    return "", value, gradient


def _reporter(callback: Callable | None) -> Callable[[OptimizeResult], bool]:
    """SciPy's callback convention, as a function that says whether to stop."""
    if callback is None:
        return lambda result: False
    if not callable(callback):
        raise TypeError(f"callback: got {callback!r}, takes a function")
    wants_result = set(inspect.signature(callback).parameters) == {"intermediate_result"}

    def report(result: OptimizeResult) -> bool:
        try:
            if wants_result:
                callback(intermediate_result=OptimizeResult(
                    x=result.x.copy(), fun=result.fun, jac=result.jac.copy(), nit=result.nit))
            else:
                callback(result.x.copy())
        except StopIteration:
            return True
        return False

    return report


def _as_rate(learning_rate: Rate) -> Callable[[int], float]:
    """η as a function of the step k, each value checked."""
    takes = "a finite number > 0 or a function of the step that returns one"
    if callable(learning_rate):
        return lambda k: as_real("learning_rate", learning_rate(k), takes, above=0, strictly=True)
    rate = as_real("learning_rate", learning_rate, takes, above=0, strictly=True)
    return lambda k: rate


def _as_beta(name: str, beta: float) -> float:
    value = as_real(name, beta, "a number in [0, 1)", above=0)
    if value >= 1:
        raise ValueError(f"{name}: got {value:g}, takes a number in [0, 1)")
    return value
