"""When H¹ is faster: a linear model's condition number with and without derivatives, and its linear rate.

For u_θ = Σ_j θ_j φ_j and p = 2 the loss has the constant Hessian 2A, A = Σ_n λ_n A_n, where
(A_n)_jl = Σ_{|α|=n} ∫ Dᵅφ_j Dᵅφ_l. Descent needs a number of steps in proportion to κ(A) for each digit.

    (K1)  κ(A)/κ(A_0)               below 1 where H¹ is faster; κ is the largest over the least eigenvalue
    (K2)  ‖∇L‖² ≥ 2μ (L − L*)       μ is the least eigenvalue of 2A that is not 0

Neither way is the rule. If every eigenvector of A_0 is a wave u, u″ = −ω²u, as of a Fourier basis with any
factors, and a_ω is its eigenvalue, then that of A is a_ω (1 + λω²). For translates of one function on a
periodic interval that is nearly so, as far as aliases are small. Features with equal a_ω, a Fourier basis,
get the condition (1 + λω_max²)/(1 + λω_min²) in place of 1: H¹ is slower. Smooth features, with a_ω falling
like ω^{−2} or faster over ω > 0, get κ(A) = κ(A_0) (1 + λω_min²)/(1 + λω_max²): H¹ is faster. With a wave
of ω = 0 among them, to which λ adds nothing, it is slower again where λ is large.

(K2) is the inequality of Polyak and Łojasiewicz. With δ = θ − θ*, L − L* = δᵀAδ and ∇L = 2Aδ, and ‖2Aδ‖² ≥
μ · 2 δᵀAδ. Equality holds for δ in the eigenspace of μ, so no larger μ will do. A step of descent
multiplies the part of L − L* in an eigenspace h by (1 − ηh)²; the whole falls at least by the largest of
them, max((1 − ημ)², (1 − ηL)²), and by no more in that eigenspace. No strict convexity is needed: where A
is singular, θ* is not unique and L* is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_instance, as_positive, as_real_vector
from ..jets.multi_index import multi_indices
from ..losses.least_squares import LeastSquares
from ..losses.loss import Loss, as_loss, parts_of
from ..losses.sobolev import SobolevLoss
from ..optimize.convex import condition_of_gram
from ..optimize.ending import EPSILON
from .lipschitz_constants import is_quadratic


@dataclass(frozen=True)
class Conditioning:
    """The condition numbers with the values alone and with every order of a loss.

    Attributes
    ----------
    plain, sobolev : float
        κ(A_0) and κ(A), infinite where A is singular to rounding.
    """

    plain: float
    sobolev: float

    @property
    def ratio(self) -> float:
        """κ(A)/κ(A_0) (K1); NaN where both are infinite."""
        if self.plain == np.inf:
            return 0.0 if self.sobolev < np.inf else np.nan
        return self.sobolev / self.plain  # (K1)


def condition_numbers(loss: SobolevLoss, theta: ArrayLike) -> Conditioning:
    """κ(A) of a Sobolev loss, and κ(A_0) of its values alone (K1).

    A = JᵀJ with J = ∂r/∂θ. For a model linear in θ it is half the Hessian, the same at every θ; for a network
    it is the Gauss–Newton matrix at θ.

    Parameters
    ----------
    loss : SobolevLoss
        With p = 2 and λ_0 > 0.
    theta : array_like, shape (P,)

    Returns
    -------
    Conditioning

    Examples
    --------
    1, cos jx and sin jx, j = 1, …, 4, over a period: A_0 = π diag(2, 1, …), A = π diag(2, 2, …, 17).

    >>> from sobolev_ref import LinearModel, gauss_legendre
    >>> box = [(0, 2 * np.pi)]
    >>> loss = SobolevLoss(LinearModel.fourier(4, box), np.sin, gauss_legendre(box, 32))
    >>> found = condition_numbers(loss, np.zeros(9))
    >>> round(found.plain, 9), round(found.sobolev, 9)
    (2.0, 8.5)
    """
    squares = squares_of(loss)
    theta = as_real_vector("theta", theta, loss.n_parameters)
    alone, both = (part.jacobian(theta) for part in (values_alone(squares), squares))  # (R, P)
    return Conditioning(condition_of_gram(alone), condition_of_gram(both))


def squares_of(loss: SobolevLoss) -> LeastSquares:
    """A loss of values, with or without derivatives, as a sum of squares."""
    as_instance("loss", loss, SobolevLoss, "a SobolevLoss")
    if loss.weights[0] == 0:
        raise ValueError("loss: got one without values, λ_0 = 0; takes λ_0 > 0")
    return loss.least_squares()


def values_alone(squares: LeastSquares) -> LeastSquares:
    """The part of order 0."""
    degrees = np.array([sum(alpha) for alpha in multi_indices(squares.model.d, squares.order)])
    return replace(squares, weights=np.where(degrees == 0, squares.weights, 0.0))


@dataclass(frozen=True)
class PolyakLojasiewicz:
    """The constants of (K2) for a quadratic loss.

    Attributes
    ----------
    constant : float
        μ: ‖∇L(θ)‖² ≥ 2μ (L(θ) − L*) at every θ, and for no larger number.
    lipschitz : float
        L, the largest eigenvalue of the Hessian.
    flat : int, default 0
        How many directions of θ are taken for such along which the loss does not change: those whose
        singular value in J is at most max(R, P) ε times the largest. If the true one is not 0, which rounding
        hides, μ is smaller.
    """

    constant: float
    lipschitz: float
    flat: int = 0

    def rate(self, learning_rate: float) -> float:
        """The factor by which a step of descent multiplies L − L* at worst: max((1 − ημ)², (1 − ηL)²).

        It is attained in the eigenspace of μ or of L. It is smallest at η = 2/(μ + L), where it is
        ((κ − 1)/(κ + 1))², κ = L/μ.

        Examples
        --------
        >>> PolyakLojasiewicz(1.0, 3.0).rate(0.5)
        0.25
        """
        eta = as_positive("learning_rate", learning_rate)
        with np.errstate(over="ignore"):
            worst = max(abs(1 - eta * self.constant), abs(1 - eta * self.lipschitz))
            return float(np.square(worst))


def polyak_lojasiewicz(loss: Loss) -> PolyakLojasiewicz:
    """The Polyak–Łojasiewicz constant of a loss that is quadratic in θ, the best one (K2).

    Along some directions the loss may not change; how many are taken for such is in the result, as `flat`.

    Parameters
    ----------
    loss : SobolevLoss, or a sum with `Ridge` or with more of the kind
        Of a model linear in θ, p = 2. For a network (K2) holds at θ with L* = 0 and μ = 2 λ_min(Θ), the
        smallest eigenvalue of `tangent_kernel`, and at that θ only.

    Returns
    -------
    PolyakLojasiewicz

    Examples
    --------
    >>> from sobolev_ref import LinearModel, gauss_legendre
    >>> box = [(0, 2 * np.pi)]
    >>> loss = SobolevLoss(LinearModel.fourier(4, box), np.sin, gauss_legendre(box, 32).mean())
    >>> found = polyak_lojasiewicz(loss)                            # of diag(2, 1 + j²), a mean
    >>> round(found.constant, 9), round(found.lipschitz, 9)
    (2.0, 17.0)
    """
    if not all(map(is_quadratic, parts_of(as_loss(loss)))):
        raise ValueError(
            "loss: got one that is not quadratic in theta; takes a linear model and p = 2"
        )
    J = loss.jacobian(np.zeros(loss.n_parameters))  # (R, P)
    sigma = np.linalg.svd(J, compute_uv=False)
    seen = sigma[sigma > max(J.shape) * EPSILON * sigma.max(initial=0.0)]
    if not seen.size:
        raise ValueError("loss: got one whose Hessian is zero, so that it is constant in theta")
    mu, top = (float(2 * s**2) for s in (seen[-1], seen[0]))  # (K2)
    return PolyakLojasiewicz(mu, top, J.shape[1] - len(seen))
