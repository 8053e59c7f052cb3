"""Theorems 3 and 4, verified on a given loss: the descent lemma and the descent of a run.

    (T3)  L(θ+Δ) ≤ L(θ) + ∇L(θ)·Δ + (L/2)‖Δ‖²
    (T3') L(θ+Δ) − L(θ) − ∇L(θ)·Δ = ∫₀¹ (1 − t) Δᵀ∇²L(θ+tΔ)Δ dt                   for L ∈ C²
    (T4)  L(θ_{k+1}) ≤ L(θ_k) − η(1 − Lη/2)‖∇L(θ_k)‖²                              for 0 < η < 2/L
          Σ_k η_k(1 − Lη_k/2)‖∇L(θ_k)‖² ≤ L(θ_0) − inf L

The lemma needs Lipschitz continuity on the segment from θ to θ + Δ only. (T4) is the lemma for the step
Δ = −η∇L(θ_k). It follows that the gradient tends to zero along a run with one η; with η_k that fall like 2⁻ᵏ
it need not. It does not follow that θ_k converges, unless L is analytic in θ and the run bounded, as weight
decay makes it (docs/errata.md, Theorem 4).

Whatever a constant was, it is an estimate here where it belongs to another loss, where a step leaves its
ball, and where a measured curvature or a violation refutes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._checks import as_integer, as_real, as_real_array, as_real_vector
from .._typing import Array
from ..integrals.rules import gauss_legendre
from ..losses.loss import Loss, as_loss, parts_of
from .lipschitz_constants import Lipschitz, as_lipschitz, has_jumps, lipschitz

UNSURE = 1e-13  # what a difference of losses may be off by, relative to the sizes of its terms
SAME = 1e-9  # two numbers are the same, to rounding, if their relative difference is smaller


@dataclass(frozen=True)
class DescentLemma:
    """Both sides of Theorem 3 for one step.

    Attributes
    ----------
    left, right : float
        The two sides L(θ+Δ) and L(θ) + ∇L·Δ + (L/2)‖Δ‖².
    remainder : float
        The difference L(θ+Δ) − L(θ) − ∇L·Δ.
    integral : float
        The integral ∫₀¹ (1 − t) Δᵀ∇²L(θ+tΔ)Δ dt, which is the remainder (T3') as far as n Gauss points
        resolve it. It is NaN where ∇L may jump, as it does with σ = ReLU: no integral of ∇²L sees a jump.
    lipschitz : Lipschitz
        The constant that was used, with the kind that it has on this step. With an estimate the slack is an
        observation and no proof.
    rounding : float
        How far rounding can move the slack, which is 10⁻¹³ of the sizes of the terms on both sides.
    """

    left: float
    right: float
    remainder: float
    integral: float
    lipschitz: Lipschitz
    rounding: float

    @property
    def slack(self) -> float:
        """The difference right − left, which by the lemma is not negative."""
        return self.right - self.left

    @property
    def holds(self) -> bool:
        """Whether left ≤ right, to rounding."""
        return self.slack >= -self.rounding


def descent_lemma(
    loss: Loss, theta: ArrayLike, step: ArrayLike, constant: Lipschitz | None = None, *, n: int = 24
) -> DescentLemma:
    """Both sides of Theorem 3 for one step, and the exact remainder (T3).

    Parameters
    ----------
    loss : SobolevLoss, or a sum of losses
        A loss with p >= 2.
    theta, step : array_like, shape (P,)
        The point θ and the step Δ.
    constant : Lipschitz, optional
        L on the segment. By default it is `lipschitz(loss)` where that is exact, and an estimate otherwise.
        One that was found for another loss, or on a ball that the step leaves, is taken as an estimate.
    n : int
        The number of Gauss–Legendre points for the integral (T3').

    Returns
    -------
    DescentLemma

    See Also
    --------
    lipschitz : The constant in it.
    descent_audit : A whole run.

    Examples
    --------
    >>> from sobolev_ref import LinearModel, SobolevLoss
    >>> model = LinearModel.polynomial(0, [(0, 1)])           # L(θ) = (θ − 1)², L = 2: equality
    >>> loss = SobolevLoss(model, lambda x: 1.0, gauss_legendre([(0, 1)], 2), order=0)
    >>> lemma = descent_lemma(loss, [0.0], [3.0])
    >>> round(lemma.left, 12), round(lemma.right, 12), round(lemma.integral, 12)
    (4.0, 4.0, 9.0)
    """
    as_loss(loss)
    theta = as_real_vector("theta", theta, loss.n_parameters)
    delta = as_real_vector("step", step, loss.n_parameters)
    if constant is None:
        L = lipschitz(loss, theta, theta + delta)
    else:
        L = as_lipschitz(constant)
        if L.loss is not None and parts_of(L.loss) != parts_of(loss):
            L = L.estimate("found for another loss")
        L = L.on(theta).on(theta + delta)
    rule = gauss_legendre([(0, 1)], as_integer("n", n, minimum=1))

    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        value, gradient = loss(theta)
        left, _ = loss(theta + delta)
        t = rule.nodes[:, 0]
        bend = np.array([delta @ loss.hessp(theta + s * delta, delta) for s in t])  # Δᵀ∇²LΔ, (n,)
        integral = rule.weights * (1 - t) @ bend  # (T3')
        square = L.value / 2 * delta @ delta
        right = value + gradient @ delta + square  # (T3)
        size = abs(left) + abs(value) + np.abs(gradient * delta).sum() + square
    if not np.isfinite([size, integral]).all():
        raise ValueError(
            "step: got one on which a loss, or its bound, is beyond float64; takes a shorter one"
        )
    lemma = DescentLemma(
        left=left,
        right=float(right),
        remainder=float(left - (value + gradient @ delta)),
        integral=float("nan" if has_jumps(loss) else integral),
        lipschitz=L,
        rounding=UNSURE * float(size),
    )
    if lemma.holds and np.abs(bend).max() <= 2 * square * (1 + SAME):
        return lemma
    return replace(lemma, lipschitz=L.estimate("refuted on this step"))


@dataclass(frozen=True)
class DescentAudit:
    """Theorem 4 along one run of K steps; every array has one entry a step.

    Attributes
    ----------
    decrease : ndarray, shape (K,)
        The decrease L(θ_k) − L(θ_{k+1}) of the loss.
    promised : ndarray, shape (K,)
        The least decrease that (T4) allows, η(1 − Lη/2)‖∇L(θ_k)‖², which is negative where η > 2/L.
    spent : ndarray, shape (K,)
        The running sum of `promised`.
    budget : float
        L(θ_0) − L*, which the sum cannot exceed; L* is 0 unless a larger lower bound is given.
    smallest : ndarray, shape (K,)
        The smallest squared gradient so far, min_{j≤k} ‖∇L(θ_j)‖².
    bound : ndarray, shape (K,)
        budget / Σ_{j≤k} η_j(1 − Lη_j/2), which is above `smallest` where every η < 2/L, and O(1/k) where they
        are the same.
    lipschitz : Lipschitz
        The constant that was used, with the kind that it has on this run.
    rounding : float
        How far rounding can move a difference of losses, which is 10⁻¹³ of L(θ_0) and of |L*|.
    """

    decrease: Array
    promised: Array
    spent: Array
    budget: float
    smallest: Array
    bound: Array
    lipschitz: Lipschitz
    rounding: float

    @property
    def violations(self) -> int:
        """Steps that decreased the loss by less than promised, beyond rounding."""
        return int(np.count_nonzero(self.decrease < self.promised - self.rounding))

    @property
    def holds(self) -> bool:
        """Whether every step and the budget are as Theorem 4 says; `smallest` ≤ `bound` follows."""
        slack = self.rounding * np.arange(1, len(self.spent) + 1)  # each step rounds a loss, (K,)
        return bool(
            self.violations == 0
            and (self.promised >= 0).all()
            and (self.spent <= self.budget + slack).all()
        )


def descent_audit(
    fit: OptimizeResult, constant: Lipschitz, *, lower_bound: float = 0.0
) -> DescentAudit:
    """Theorem 4 held against a run of `gradient_descent` (T4).

    Parameters
    ----------
    fit : scipy.optimize.OptimizeResult
        The result of `gradient_descent`, with at least one step.
    constant : Lipschitz
        L on the path of the run. It is taken as an estimate where its loss has not the run's values at both
        ends, or where the path may leave its ball, judging by its ends and by the lengths of its steps.
    lower_bound : float, default 0
        A number L* below every value of the loss.

    Returns
    -------
    DescentAudit

    Raises
    ------
    TypeError, ValueError
        If the result lacks a history, has no steps, has steps other than −η∇L, or has a loss below
        `lower_bound`.

    See Also
    --------
    descent_lemma : One step.

    Examples
    --------
    >>> from scipy.optimize import minimize
    >>> from sobolev_ref import gradient_descent
    >>> fit = minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=gradient_descent,
    ...                options={"learning_rate": 0.4, "maxiter": 5})
    >>> descent_audit(fit, Lipschitz(2.0, "exact", "L(θ) = θ²")).holds
    True
    """
    L = as_lipschitz(constant).value
    eta, history, norms, lengths = _as_run(fit)
    lower = as_real("lower_bound", lower_bound)
    rounding = UNSURE * float(abs(history[0]) + abs(lower))
    if history.min() < lower - rounding:
        takes = f"takes a number below every loss, and fit.history came to {history.min():g}"
        raise ValueError(f"lower_bound: got {lower:g}, {takes}")

    squares = norms[:-1] ** 2  # (K,)
    gain = eta * (1 - L * eta / 2)
    promised = gain * squares  # (T4)
    budget, total = float(history[0] - lower), np.cumsum(gain)
    audit = DescentAudit(
        decrease=history[:-1] - history[1:],
        promised=promised,
        spent=np.cumsum(promised),
        budget=budget,
        smallest=np.minimum.accumulate(squares),
        bound=np.divide(budget, total, out=np.full_like(total, np.inf), where=total > 0),
        lipschitz=_on_run(constant, fit, lengths),
        rounding=rounding,
    )
    if audit.violations == 0:
        return audit
    return replace(audit, lipschitz=audit.lipschitz.estimate("refuted by this run"))


def _on_run(constant: Lipschitz, fit: OptimizeResult, lengths: Array) -> Lipschitz:
    """The constant on the path of a run whose steps have those lengths, shape (K,)."""
    if constant.kind == "estimate":
        return constant
    loss, center = constant.loss, constant.center
    if loss is not None:
        values = [loss(theta)[0] for theta in _ends(fit, loss.n_parameters)]
        if not np.allclose(values, [fit.history[0], fit.history[-1]], rtol=SAME, atol=0):
            constant = constant.estimate("not of this loss")
    if center is None:
        return constant
    from_start, from_end = (np.linalg.norm(theta - center) for theta in _ends(fit, len(center)))
    gone = np.r_[0.0, np.cumsum(lengths)]  # the length of the path from θ_0 to θ_k, (K + 1,)
    distances = np.minimum(from_start + gone, from_end + gone[-1] - gone)  # no θ_k is farther
    return constant.on(center, reach=float(distances.max()))


def _ends(fit: OptimizeResult, P: int) -> tuple[Array, Array]:
    """The two ends θ_0 and θ_K of a run."""
    return as_real_vector("fit.x0", fit.get("x0"), P), as_real_vector("fit.x", fit.get("x"), P)


def _as_run(fit: Any) -> tuple[Array, Array, Array, Array]:
    """η_k, L(θ_k), ‖∇L(θ_k)‖ and ‖θ_{k+1} − θ_k‖ of a run of K >= 1 steps; L and ‖∇L‖ have K + 1."""
    takes = "takes a result of gradient_descent"
    if not isinstance(fit, OptimizeResult):
        raise TypeError(f"fit: got {type(fit).__name__}, {takes}")
    if fit.get("nit") == 0:
        raise ValueError("fit: got no steps, takes at least one")
    extra = {"learning_rates": 0, "history": 1, "gradient_norms": 1, "step_lengths": 0}
    missing = [key for key in ("x", *extra) if key not in fit]
    if missing:
        raise TypeError(f"fit: has no {missing[0]}, {takes}")
    K = as_real_array("fit.learning_rates", fit.learning_rates).size
    eta, history, norms, lengths = (
        as_real_vector(f"fit.{key}", fit[key], K + n) for key, n in extra.items()
    )
    rounding = 1e-12 * float(np.linalg.norm(as_real_array("fit.x", fit.x)))  # of a difference of θ
    if not np.allclose(lengths, eta * norms[:-1], rtol=1e-6, atol=rounding):
        raise ValueError(f"fit: got steps that are not −η∇L(θ), {takes}")
    return eta, history, norms, lengths
