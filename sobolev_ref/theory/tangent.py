"""The neural tangent kernel of a Sobolev loss, and how fast it learns each frequency.

Gradient flow θ′ = −∇L = −2Jᵀr moves the residuals r = (√(λ_α w_i) (Dᵅu_θ − Dᵅu)(x_i)) by

    (K3)  r′ = −2 Θ r,   Θ = J Jᵀ = Σ over pairs of (α, i)         J = ∂r/∂θ, shape (R, P)

It is exact at every θ; where J stays as it is, for a model linear in θ at all times and for a wide network
nearly so, each eigenvector of Θ decays by itself, at twice its eigenvalue. With L* = 0 it is (K2) with
μ = 2 λ_min(Θ), as ‖∇L‖² = 4 rᵀΘr.

The rate of one frequency. Let the error be e = φ, and a = ∫ ∇u_θ φ dx, shape (P,), ∇ = ∂/∂θ. Under
the values' loss, θ′ = −2a and the amplitude ⟨e, φ⟩/‖φ‖² falls at the rate 2|a|²/‖φ‖². Under the loss of
order 1, θ′ = −2(a + λa_1) with a_1 = ∫ ∇u_θ′ φ′ dx. On an interval (p, q) with φ″ = −ω²φ, by parts,

    (K4)  a·(a + λa_1)/|a|² = 1 + λω² + λ a·b/|a|²,   b = [∇u_θ φ′] at q minus at p

So H¹ learns φ 1 + λω² times as fast wherever b = 0, exactly, for every model, width and θ. b is 0 where

- ∇u_θ is periodic and φ a wave of that period: for a Fourier series, for a network of the inputs (cos x,
  sin x), and for a sin network with frequencies 2πj/ℓ whose first weights are not trained. Where they
  are, ∂u/∂w_j = v_j x cos(w_j x + b_j) is not periodic, and the ratio is another;
- φ′ = 0 at both ends, as of a cosine, cos(nπ(x − p)/ℓ), for tanh networks as well.

For the sines of a tanh network b is not 0. By parts once more, for φ = sin ω(x − p) with ω(q − p) a
multiple of 2π, a = −[∇u]/ω + [∇u″]/ω³ − …, so that as ω grows the ratio tends to a constant,
1 − λ [∇u]·[∇u″]/|[∇u]|² where [∇u] ≠ 0. With ω(q − p) an odd multiple of π the sums of the values at
the ends take the place of the brackets. For these and for other phases it can be below 1, and for
other phases even negative.

All this is of an error that is one mode. In an error e = Σ φ_m the amplitude of φ_n falls in proportion to
a_n·Σ a_m under L², and to a_n·Σ (1 + λω_m²) a_m under H¹, where b = 0. For a Fourier series the a_m are
orthogonal, and each mode has its own rate. A network's are not: those of high modes are small and point
nearly one way, so that the low modes decide, and in a sum of eight cosines each had the ratio 1.45
(tests/theory/test_tangent.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_function, as_real_vector, as_sequence, check_size
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
    plain = 2 * (a * a).sum(axis=0) / sizes
    sobolev = 2 * (a * (J.T @ b)).sum(axis=0) / sizes  # (K4)
    return ModeRates(plain, sobolev)
