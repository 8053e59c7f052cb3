"""Quasi-Newton methods, from gradients alone: BFGS, self-scaled BFGS, and self-scaled Broyden (SSBroyden).

Newton's step −(∇²L)⁻¹∇L knows how the loss bends. A step from θ to θ₊ tells a part of it, since

    y = ∇²L̄ s,    s = θ₊ − θ,  y = ∇L(θ₊) − ∇L(θ),    ∇²L̄ = ∫₀¹ ∇²L(θ + ts) dt

So H, symmetric and positive definite, stands for (∇²L)⁻¹, and after every step it is changed so that

    H₊ y = s                                                                                  (Z1)

It keeps what it knew of directions that y says nothing of. The v below has vᵀy = 0, and (H − …)y = 0, so that
(Z1) holds for every φ and τ of Broyden's class:

    H₊ = (H − Hy yᵀH/yᵀHy + φ yᵀHy v vᵀ)/τ + s sᵀ/sᵀy,    v = s/sᵀy − Hy/yᵀHy                 (Z2)

BFGS has φ = τ = 1. In (Z2) multiplied out, with q = (1 + φh/τ) s/(2sᵀy) − φ/(τsᵀy) Hy, that is one
symmetric update s qᵀ + q sᵀ of rank two, and φ ≠ 1 adds (φ − 1) Hy yᵀH/(τ yᵀHy), of rank one.

How good was H? Two numbers say it, for B = H⁻¹: what it expected of the curvature along s, and its inverse
along y, each over what was found. A line search from θ along −H∇L has Bs = −α∇L(θ), so that b is for free:

    b = sᵀBs/sᵀy,   h = yᵀHy/sᵀy,   a = bh − 1 ≥ 0                                            (Z3)

a = 0 for parallel s and Hy, by Cauchy and Schwarz. The inverse of (Z2), where ψ = 0 is BFGS, ψ = 1 DFP:

    B₊ = τ(B − Bs sᵀB/sᵀBs + ψ sᵀBs w wᵀ) + y yᵀ/sᵀy,   w = y/sᵀy − Bs/sᵀBs,   φ = (1 − ψ)/(1 + aψ)

Of the P eigenvalues of HB₊, P − 2 are τ. The other two have the sum τσ + h and the product τσ/b, σ = 1 + aψ,
so that H₊ is positive definite where τ, σ and sᵀy are > 0, and the last is so by the line search. Their ratio
is least for τσ = h. Then they are h(1 ± c), c² = a/(1 + a), and h(1 − c) = 1/(b(1 + c)).

BFGS repairs a B that is too small along s (b < 1) in few steps, and one that is too large (b > 1) in many.
Self-scaling lessens all of B there: τ = min(1, 1/b), self-scaled BFGS. SSBroyden also makes ψ negative there,
the relative error of B along s as far as ρ lets it, and a σ ≠ 1, which changes det B, is taken out by τ:

    ψ = 1/b − 1, within (ρ − 1)/a and 1/ρ,    ρ = min(1, h(1 − c))                            (Z4)
    τ = min(1, 1/b) σ^{−1/(P−1)}, at most σ for ψ ≤ 0, at most min(1, 1/b)/ψ for ψ > 0        (Z5)

The first update after H = γI takes τ = h/σ, the least ratio, as the size of γI was a guess.

M. Al-Baali, "Numerical experience with a class of self-scaling quasi-Newton algorithms", Journal of
Optimization Theory and Applications 96, 1998, has these intervals. J. F. Urbán, P. Stefanou and J. A. Pons,
"Unveiling the optimization process of physics informed neural networks: How accurate and competitive can
PINNs be?", Journal of Computational Physics 523, 2025 (online 2024), found what they are worth for networks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.blas import dsymv, dsyr, dsyr2
from scipy.optimize import OptimizeResult, line_search

from .._checks import as_choice, as_real_array
from .._typing import Array
from .ending import norm
from .loop import Objective, iterate

LARGEST = 3000  # P: H has P² entries, and a step passes four times over them
SHORTER = 2.0**-10  # of a step along −∇L that brought nothing, the next


def bfgs(b: float, h: float, P: int) -> tuple[float, float]:
    """ψ and τ of BFGS: 0 and 1."""
    return 0.0, 1.0


def self_scaled_bfgs(b: float, h: float, P: int) -> tuple[float, float]:
    """ψ and τ of self-scaled BFGS: 0, and at most 1."""
    return 0.0, min(1.0, 1 / b)


def self_scaled_broyden(b: float, h: float, P: int) -> tuple[float, float]:
    """ψ (Z4) and τ (Z5) of SSBroyden.

    Examples
    --------
    H is right along s and y, and is left: BFGS's update. B is four times too large: less of all of it.

    >>> self_scaled_broyden(1.0, 1.0, 10), self_scaled_broyden(4.0, 0.25, 10)
    ((0.0, 1.0), (-0.75, 0.25))
    """
    a = max(b * h - 1, 0.0)
    rho = min(1.0, 1 / (b * (1 + np.sqrt(a / (1 + a)))))
    least = (rho - 1) / a if a > 0 else -np.inf
    psi = float(np.clip(1 / b - 1, least, 1 / rho))  # (Z4)
    sigma, scale = 1 + a * psi, min(1.0, 1 / b)
    most = scale / psi if psi > 0 else sigma
    tau = min(scale * sigma ** (-1 / max(P - 1, 1)), most)  # (Z5)
    return psi, float(tau)


UPDATES: dict[str, Callable[[float, float, int], tuple[float, float]]] = {
    "BFGS": bfgs,
    "SSBFGS": self_scaled_bfgs,
    "SSBroyden": self_scaled_broyden,
}


def quasi_newton(
    fun: Callable[..., float],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    *,
    update: str = "SSBroyden",
    **options: Any,
) -> OptimizeResult:
    """A quasi-Newton method with a dense H: θ ← θ − α H ∇L(θ), then H by (Z2).

    Parameters, results and errors as `gradient_descent`, but for `learning_rate`, and

    Parameters
    ----------
    update : "SSBroyden", "SSBFGS" or "BFGS", default "SSBroyden"
        How H changes: self-scaled Broyden, self-scaled BFGS, or BFGS. α is SciPy's, from a line search by
        Wolfe's conditions, with 1 as its first try near a minimum; `learning_rates` has it. The first step
        is along −∇L, of the length at which a straight line would reach a loss of 0: the units of θ, if they
        are all the same, and of the loss do not matter. Where the line search finds no step, H is forgotten
        and the next is of that kind, or shorter.
    maxiter : int, optional
        The number of steps, by default 200 P, as for SciPy's "BFGS".

    Raises
    ------
    ValueError
        For more than 3000 parameters, as H has the square of that number of entries.

    See Also
    --------
    fit : What calls it for up to 3000 parameters.

    Examples
    --------
    >>> from scipy.optimize import minimize
    >>> valley = lambda t: (t[0]**2 + 100 * t[1]**2, np.array([2 * t[0], 200 * t[1]]))
    >>> fit = minimize(valley, [1.0, 1.0], jac=True, method=quasi_newton)
    >>> bool(fit.fun < 1e-12), fit.nit < 20
    (True, True)
    """
    parameters = as_choice("update", update, UPDATES)
    P = as_real_array("x0", x0).size
    if P > LARGEST:
        takes = f"at most {LARGEST:,} for H, (P, P); 'L-BFGS-B' keeps no matrix"
        raise ValueError(f"x0: got {P:,} parameters, takes {takes}")
    options.setdefault("maxiter", 200 * P)
    H: Array | None = None
    before: float | None = None  # the loss at the θ before

    def step(k: int, theta: Array, value: float, g: Array, loss: Objective) -> tuple[Array, float]:
        nonlocal H, before
        share = 1.0
        while True:
            if H is None:
                gamma = share * (abs(value) / norm(g) or 1.0) / norm(g)
                p = -gamma * g
                if (theta + p == theta).all():
                    return theta, 0.0
            else:
                p = -dsymv(1.0, H, g)
            if not np.isfinite(p).all():  # where L and ∇L near the end of float64
                if H is None:
                    return theta, 0.0
                H = before = None
                continue
            found = line_search(loss.value, loss.gradient, theta, p, g, value, before)
            if found[-1] is not None:  # the gradient at its end
                break
            share *= SHORTER if H is None else 1.0
            H = before = None
        if H is None:
            H = np.asfortranarray(gamma * np.eye(P))
        new = theta + found[0] * p
        s, y = new - theta, found[-1] - g  # (Z1)
        H = updated(H, s, y, -found[0] * (g @ s), parameters)
        before = value
        return new, found[0]

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The line search algorithm|Rounding errors prevent")
        return iterate(step, fun, x0, args, **options)


def updated(
    H: Array,
    s: Array,
    y: Array,
    sBs: float,
    parameters: Callable[[float, float, int], tuple[float, float]],
) -> Array | None:
    """H₊ (Z2) in the place of H, of which it is the upper triangle; None where rounding has spoilt H.

    Examples
    --------
    >>> s, y, H = np.array([1.0, 1.0]), np.array([2.0, 4.0]), np.eye(2, order="F")
    >>> H = updated(H, s, y, s @ s, bfgs)
    >>> dsymv(1.0, H, y)
    array([1., 1.])
    """
    Hy = dsymv(1.0, H, y)
    sy, yHy = float(s @ y), float(y @ Hy)
    if not (sy > 0 and yHy > 0 and sBs > 0):
        return None
    b, h = sBs / sy, yHy / sy  # (Z3)
    psi, tau = parameters(b, h, len(s))
    phi = (1 - psi) / (1 + max(b * h - 1, 0.0) * psi)
    H = dsyr((phi - 1) / yHy, Hy, a=H, overwrite_a=True)
    if tau != 1:
        H /= tau
    q = (1 + phi * h / tau) / (2 * sy) * s - phi / (tau * sy) * Hy
    return np.asarray(dsyr2(1.0, s, q, a=H, overwrite_a=True))  # (Z2)
