"""Gradient descent (Definition 7), momentum and Adam, as methods of `scipy.optimize.minimize`.

    gradient_descent   θ ← θ − η g
    momentum           v ← β v − η g,  θ ← θ + v
    adam               m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,
                       θ ← θ − η m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)

Here g = ∇L(θ) is the gradient of the whole loss; momentum and adam also go by mini-batches, see `loop`. They
are called as

    minimize(loss, theta, jac=True, method=adam, options={"maxiter": 5000, "learning_rate": 1e-3})

Definition 7's stopping rules are `gtol` and `maxiter`; `ending` has the table of all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._checks import as_beta, as_positive, as_real
from .._typing import Array
from .loop import Objective, iterate, iterate_by_epochs

Rate: TypeAlias = float | Callable[[int], float]
Step: TypeAlias = tuple[Array, float]  # θ_{k+1} and η_k
SUFFICIENT = 1e-4  # Armijo's share of the decrease that the gradient promises


def gradient_descent(
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    *,
    learning_rate: Rate | Literal["armijo"] = 1e-2,
    **options: Any,
) -> OptimizeResult:
    """Gradient descent, θ_{k+1} = θ_k − η ∇L(θ_k): Definition 7 (D7), and Algorithm 1's step (A1).

    Parameters
    ----------
    fun, x0, args
        As `scipy.optimize.minimize` passes them; call it with ``jac=True`` (or a gradient).
    learning_rate : float, callable or "armijo", default 1e-2
        η > 0, or a function of the step k = 0, 1, … that returns it. For a gradient that is
        L-Lipschitz, 0 < η < 2/L decreases the loss. "armijo" needs no L: η starts from twice the
        last η (1 at first) and is halved until L(θ − ηg) ≤ L(θ) − 10⁻⁴ η‖g‖²; the loss never rises.
    maxiter : int, default 1000
        The number of steps.
    gtol : float, optional
        The run stops when ‖∇L‖₂ <= gtol; `minimize`'s ``tol`` is the same. By default it is 1e-8 times
        ‖∇L‖₂ at the start, and no step along −∇L may bring more than 100 ε of the size of the loss (see
        `ending`): the unit of the loss does not matter, and a start far out does not end a run. A function
        whose minimum is 0 needs a gtol, or goes on to `maxiter`.
    callback : callable
        It is called after every step, as in SciPy, with ``intermediate_result`` or with θ, in copies.
        ``StopIteration`` ends the run; any other exception passes through, and nothing is kept of it.

    Returns
    -------
    scipy.optimize.OptimizeResult
        x, fun, jac, nit, nfev, njev, success, status, message; x0 = θ_0; `history`, the loss at θ_0, …,
        θ_nit, so that ``history[-1] == fun``; `gradient_norms`, ‖∇L‖₂ at the same; `learning_rates`,
        η_0, …, η_{nit−1}; and `step_lengths`, ‖θ_{k+1} − θ_k‖₂. success is
        True where ‖∇L‖₂ met its test, or where "armijo" found no step because rounding hides it;
        `ending` has the table of `status`.

    Raises
    ------
    TypeError, ValueError
        For options that are not as above, or bounds and constraints, which it does not take.

    See Also
    --------
    momentum : With a memory.
    adam : With a step of its own for each parameter.
    descent_audit : Whether every step descends as Theorem 4 says.

    Examples
    --------
    On L(θ) = θ², every step multiplies θ by 1 − 2η:

    >>> from scipy.optimize import minimize
    >>> fit = minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=gradient_descent,
    ...                options={"learning_rate": 0.25, "maxiter": 3})
    >>> fit.x, fit.history
    (array([0.125]), array([1.      , 0.25    , 0.0625  , 0.015625]))
    """
    armijo = isinstance(learning_rate, str) and learning_rate == "armijo"
    rate = _backtracking() if armijo else _as_rate(learning_rate)

    def update(k: int, theta: Array, value: float, g: Array, loss: Objective) -> Step:
        eta = rate(k, theta, value, g, loss)
        return theta - eta * g, eta  # (D7) (A1)

    return iterate(update, fun, x0, args, **options)


def momentum(
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    *,
    learning_rate: Rate = 1e-2,
    beta: float = 0.9,
    batch_size: int | None = None,
    rng: np.random.Generator | int | None = 0,
    **options: Any,
) -> OptimizeResult:
    """Gradient descent with momentum: v ← β v − η ∇L(θ), θ ← θ + v.

    Parameters, results and errors as `gradient_descent`, and

    Parameters
    ----------
    beta : float, default 0.9
        0 <= beta < 1; beta = 0 is Definition 7, or with batches stochastic gradient descent.
    batch_size, rng
        As in `adam`.

    See Also
    --------
    gradient_descent : Without a memory.
    adam : With a step of its own for each parameter.

    Examples
    --------
    >>> from scipy.optimize import minimize
    >>> fit = minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=momentum,
    ...                options={"learning_rate": 0.25, "beta": 0.5, "maxiter": 2})
    >>> fit.x
    array([0.])
    """
    rate, beta = _as_rate(learning_rate), as_beta("beta", beta)
    v: Any = 0.0

    def update(k: int, theta: Array, value: float, g: Array, loss: Objective) -> Step:
        nonlocal v
        eta = rate(k)
        v = beta * v - eta * g
        return theta + v, eta

    return iterate_by_epochs(update, fun, x0, args, batch_size=batch_size, rng=rng, **options)


def adam(
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    *,
    learning_rate: Rate = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    batch_size: int | None = None,
    rng: np.random.Generator | int | None = 0,
    **options: Any,
) -> OptimizeResult:
    """Adam: steps of about η in every parameter, from running means of g and g².

    Parameters, results and errors as `gradient_descent`, and

    Parameters
    ----------
    beta1, beta2 : float, default 0.9 and 0.999
        In [0, 1).
    epsilon : float, default 1e-8
        More than 0, in the units of the gradient.
    batch_size : int, optional
        Nodes in a batch; by default all of them. An iteration is then an epoch, which visits every
        node once, and `maxiter` counts epochs. `history` has the loss at θ_0, for every epoch the mean
        over its batches, each at the θ that it found, and in its last entry the loss at θ_nit, so that
        ``history[-1] == fun``; `gradient_norms` and the callback likewise. With a `gtol`, be it 0, the
        whole loss and gradient are evaluated after every epoch, tested, and recorded; without one a run
        is tested at its end alone. nfev and njev count the whole ones. `learning_rates` has each epoch's
        last η. The learning rate remains a function of the step, n of them in an epoch of n batches.
        `loop` says what η means.
    rng : numpy.random.Generator or int, default 0
        It shuffles the nodes, once an epoch; the same seed gives the same bits.

    Raises
    ------
    TypeError
        For a batch_size with a function that has no batches: not a `SobolevLoss` or a sum with one,
        or not called with ``jac=True``.

    See Also
    --------
    gradient_descent : Definition 7.
    momentum : With one step for all parameters.

    Examples
    --------
    The first step has length η in every parameter, where its gradient is far above `epsilon`:

    >>> from scipy.optimize import minimize
    >>> fit = minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=adam,
    ...                options={"learning_rate": 0.1, "maxiter": 1})
    >>> fit.x.round(6)
    array([0.9])
    """
    rate, beta1, beta2 = _as_rate(learning_rate), as_beta("beta1", beta1), as_beta("beta2", beta2)
    epsilon = as_positive("epsilon", epsilon)
    m: Any = 0.0
    v: Any = 0.0

    def update(k: int, theta: Array, value: float, g: Array, loss: Objective) -> Step:
        nonlocal m, v
        eta = rate(k)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        if not np.isfinite(v).all():  # g² overflowed: a step of length 0 would look like success
            return np.full_like(theta, np.nan), eta
        m_hat, v_hat = m / (1 - beta1 ** (k + 1)), v / (1 - beta2 ** (k + 1))
        return theta - eta * m_hat / (np.sqrt(v_hat) + epsilon), eta

    return iterate_by_epochs(update, fun, x0, args, batch_size=batch_size, rng=rng, **options)


def _backtracking() -> Callable[..., float]:
    """η by Armijo's condition; η = 0 says that no step decreases the loss any more."""
    eta = 0.5

    def rate(k: int, theta: Array, value: float, g: Array, loss: Objective) -> float:
        nonlocal eta
        eta = min(2 * eta, sys.float_info.max)
        while ((new := theta - eta * g) != theta).any():
            if np.isfinite(new).all():
                decrease = value - loss.value(new)
                if decrease > 0 and decrease >= SUFFICIENT * eta * (g @ g):
                    return eta
            eta /= 2
        return 0.0

    return rate


def _as_rate(learning_rate: Any) -> Callable[..., float]:
    """η as a function of the step k (and of whatever else, which it leaves), each value checked."""
    takes = "a finite number > 0 or a function of the step that returns one"
    checked = partial(as_real, "learning_rate", takes=takes, above=0, strictly=True)
    if callable(learning_rate):
        return lambda k, *_: checked(learning_rate(k))
    rate = checked(learning_rate)
    return lambda k, *_: rate
