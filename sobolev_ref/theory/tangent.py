"""The neural tangent kernel of a Sobolev loss, and how fast it learns each frequency.

Gradient flow θ′ = −∇L = −2Jᵀr moves the residuals r = (√(λ_α w_i) (Dᵅu_θ − Dᵅu)(x_i)) by

    (K3)  r′ = −2 Θ r,   Θ = J Jᵀ = Σ over pairs of (α, i)         J = ∂r/∂θ, shape (R, P)

It is exact at every θ; where J stays as it is, for a model linear in θ at all times and for a wide network
nearly so, each eigenvector of Θ decays by itself, at twice its eigenvalue. With L* = 0 it is (K2) with
μ = 2 λ_min(Θ), as ‖∇L‖² = 4 rᵀΘr.

Let the error be one mode φ with φ″ = −ω²φ on an interval (p, q), and a = ∫ ∇u_θ φ dx, shape (P,), ∇ = ∂/∂θ.
Under the values' loss its amplitude falls at the rate 2|a|²/‖φ‖², and under the loss of order 1 so many times
as fast:

    (K4)  1 + λω² + λ a·b/|a|²,   b = [∇u_θ φ′] at q minus at p

So H¹ learns φ 1 + λω² times as fast wherever b = 0, exactly, for every model, width and θ. docs/errata.md,
"Which frequencies are learned first", derives it, and says for which models and modes b is 0, what comes
where it is not, and of errors of several modes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .._checks import ROUNDING, as_function, as_real_vector, as_sequence, check_size, shown
from .._typing import Array
from ..integrals.targets import Function, target_derivatives
from ..losses.loss import Loss, as_loss, as_positions
from ..losses.sobolev import SobolevLoss
from .conditioning import squares_of


def tangent_kernel(loss: Loss, theta: ArrayLike) -> Array:
    """Θ = J Jᵀ, the neural tangent kernel of a Sobolev loss: r′ = −2Θr under gradient flow (K3).

    Its rows are those of ``loss.residuals``, in the order of (α, i, j), with √(λ_α w_i) in each.

    Parameters
    ----------
    loss : SobolevLoss, or a sum of losses
        With p = 2.
    theta : array_like, shape (P,)

    Returns
    -------
    ndarray, shape (R, R)
        Symmetric, with no negative eigenvalue but for rounding; of rank at most P.

    Examples
    --------
    >>> from sobolev_ref import LinearModel, Quadrature
    >>> loss = SobolevLoss(LinearModel.polynomial(1, [(-1, 1)]), np.sin, Quadrature([0.5], [1.0]))
    >>> tangent_kernel(loss, [0.0, 0.0])                     # of (1, x) and (0, 1) at x = ½
    array([[1.25, 0.5 ],
           [0.5 , 1.  ]])
    """
    J = as_loss(loss).jacobian(as_real_vector("theta", theta, loss.n_parameters))  # (R, P)
    check_size("loss", f"{len(J):,} residuals", len(J) ** 2)
    return J @ J.T  # (K3)


@dataclass(frozen=True)
class ModeRates:
    """How fast an error that is one mode falls at θ, under the values alone and under the whole loss.

    Attributes
    ----------
    plain, sobolev : ndarray, shape (M,)
        −d/dt of the mode's own amplitude under gradient flow, in 1/(time), for an amplitude of 1.
    """

    plain: Array
    sobolev: Array

    @property
    def ratio(self) -> Array:
        """How many times as fast; NaN for a mode that neither moves, shape (M,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.sobolev / self.plain)


def mode_rates(
    loss: SobolevLoss,
    theta: ArrayLike,
    modes: Sequence[Function],
    parameters: ArrayLike | None = None,
) -> ModeRates:
    """The rate of each mode at θ, for the values alone and for a Sobolev loss (K4).

    The error is that mode alone, and integrals are the rule's: take nodes that resolve the modes.

    Parameters
    ----------
    loss : SobolevLoss
        Its model, rule, order and weights, with λ_0 > 0 and p = 2; its target plays no part.
    theta : array_like, shape (P,)
    modes : sequence of M functions
        φ, each a plain NumPy function of d arrays, as the target of a loss.
    parameters : array_like, shape (Q,), optional
        Positions of the parameters that are trained, the others being frozen; by default all.

    Returns
    -------
    ModeRates

    Examples
    --------
    A Fourier series, λ = 1: 1 + ω² for each wave.

    >>> from sobolev_ref import LinearModel, gauss_legendre
    >>> box = [(0, 2 * np.pi)]
    >>> loss = SobolevLoss(LinearModel.fourier(3, box), np.sin, gauss_legendre(box, 32))
    >>> mode_rates(loss, np.zeros(7), [np.sin, lambda x: np.cos(3 * x)]).ratio.round(9)
    array([ 2., 10.])
    """
    squares = squares_of(loss)
    theta = as_real_vector("theta", theta, loss.n_parameters)
    chosen = np.arange(len(theta))
    if parameters is not None:
        chosen = as_positions(parameters, len(theta), "parameters")
        if len(np.unique(chosen)) < len(chosen):
            raise ValueError(f"parameters: got {shown(chosen.tolist())}, takes each position once")
    waves = [  # (A, N, m) each
        target_derivatives(
            as_function(f"modes[{n}]", phi),
            loss.rule.nodes,
            loss.order,
            loss.model.m,
            f"modes[{n}]",
        )
        for n, phi in enumerate(as_sequence("modes", modes, "a sequence of functions"))
    ]
    if not waves:
        raise ValueError("modes: got none, takes at least one function")
    squares = replace(squares, target=waves[0])  # no gaps
    J = squares.jacobian(theta)[:, chosen]  # (R, Q)
    b = np.stack([(squares.root[..., None] * phi)[squares.rows] for phi in waves], axis=1)  # (R, M)
    n = np.count_nonzero(squares.rows[0])  # rows of α = 0
    sizes = (b[:n] ** 2).sum(axis=0)  # λ_0 ‖φ‖², (M,)
    if not sizes.all():
        raise ValueError(f"modes[{int(sizes.argmin())}]: got a function that is 0 at every node")
    a = J[:n].T @ b[:n]  # λ_0 ∫ ∇u φ, (Q, M)
    a[np.abs(a) <= ROUNDING * (np.abs(J[:n]).T @ np.abs(b[:n]))] = 0  # of a mode that is orthogonal
    plain = 2 * (a * a).sum(axis=0) / sizes
    sobolev = 2 * (a * (J.T @ b)).sum(axis=0) / sizes  # (K4)
    return ModeRates(plain, sobolev)
