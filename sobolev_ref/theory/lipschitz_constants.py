"""Definition 6: a Lipschitz constant L of ∇L(θ), and what kind of number it is.

    (D6)  ‖∇L(θ₁) − ∇L(θ₂)‖ ≤ L ‖θ₁ − θ₂‖

For C² losses L is the largest ‖∇²L‖₂ on the set in question. Only three roads lead to a number:

    exact      For a model linear in θ and p = 2 the Hessian is the constant 2ΦᵀΦ, and L = 2 σ_max(Φ)².
    certified  For one hidden layer and p = 2, on the ball ‖θ − θ₀‖ ≤ ρ, `certificate` derives an upper bound.
    estimate   For everything else there is the largest |eigenvalue| of the Hessian at points (`hessian`), or
               a secant. Both are lower bounds, good in practice and no proof of anything.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import svdvals

from .._checks import as_integer, as_real, as_real_vector, as_text, as_word
from .._typing import Array
from ..integrals.rules import gauss_legendre
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..optimize.linear import least_squares_system
from .certificate import certified
from .hessian import spectral_norm

SIGNS = {"exact": "=", "certified": "<=", "estimate": ">="}  # kind of number, how it stands to L


@dataclass(frozen=True)
class Lipschitz:
    """A Lipschitz constant with its kind, which is printed with it.

    Attributes
    ----------
    value : float
        L, in the units of the loss over the square of θ's.
    kind : str
        "exact", "certified" (an upper bound) or "estimate" (a lower bound).
    how : str
        Where it holds and how it was found.

    Examples
    --------
    >>> print(Lipschitz(2.5, "exact", "largest eigenvalue of a constant Hessian"))
    L = 2.5 (exact: largest eigenvalue of a constant Hessian)
    """

    value: float
    kind: str
    how: str

    def __post_init__(self) -> None:
        as_real("value", self.value, "a finite number >= 0", above=0)
        as_word("kind", self.kind, *SIGNS)
        as_text("how", self.how)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return f"L {SIGNS[self.kind]} {self.value:.6g} ({self.kind}: {self.how})"


def lipschitz(
    loss: SobolevLoss,
    theta: ArrayLike | None = None,
    other: ArrayLike | None = None,
    *,
    radius: float | None = None,
    method: str = "hessian",
    n: int = 8,
) -> Lipschitz:
    """A Lipschitz constant of the gradient of a Sobolev loss, Definition 6.

    Parameters
    ----------
    loss : SobolevLoss
        Of a `LinearModel` with p = 2: L = 2 σ_max(Φ)² is exact, and needs nothing more.
    theta : array_like, shape (P,), optional
        Of any other model: where. Alone, the largest |eigenvalue| of ∇²L(θ), an estimate.
    other : array_like, shape (P,), optional
        The other end of a segment from θ: the largest of n Gauss points on it, an estimate.
    radius : float, optional
        ρ: a certificate on the ball of that radius about θ, for one hidden layer and p = 2.
    method : {"hessian", "secant"}
        "secant": ‖∇L(θ) − ∇L(other)‖ / ‖θ − other‖, an estimate that works for every p.
    n : int
        Points on a segment.

    Returns
    -------
    Lipschitz

    Raises
    ------
    TypeError, ValueError
        For p < 2 (no Lipschitz constant exists near r = 0; a secant can still be measured), a
        certificate where none is known, or an unusable argument.

    Examples
    --------
    >>> from sobolev_ref import gauss_legendre
    >>> model = LinearModel.polynomial(0, [(0, 1)])           # u = θ: L(θ) = ∫ (θ − f)²
    >>> print(lipschitz(SobolevLoss(model, np.sin, gauss_legendre([(0, 1)], 4))))
    L = 2 (exact: largest eigenvalue of the constant Hessian)
    """
    if not isinstance(loss, SobolevLoss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss")
    as_word("method", method, "hessian", "secant")
    if isinstance(loss.model, LinearModel) and loss.p == 2 and method == "hessian":
        return Lipschitz(_linear(loss), "exact", "largest eigenvalue of the constant Hessian")
    if theta is None:
        raise ValueError(
            "theta: needed, unless the model is linear and p = 2; the gradient of a "
            "network's loss has no global Lipschitz constant (docs/errata.md)"
        )
    theta = as_real_vector("theta", theta, loss.n_parameters)
    if radius is not None:
        rho = as_real("radius", radius, "a finite number >= 0", above=0)
        how = f"on the ball of radius {rho:.3g} about theta"
        return Lipschitz(certified(loss, theta, rho), "certified", how)
    if other is None:
        if method == "secant":
            raise ValueError("other: needed for a secant")
        return Lipschitz(spectral_norm(loss, theta), "estimate", "largest |eigenvalue| at theta")
    end = as_real_vector("other", other, loss.n_parameters)
    if method == "secant":
        return Lipschitz(_secant(loss, theta, end), "estimate", "a secant")
    points = gauss_legendre([(0, 1)], as_integer("n", n, minimum=1)).nodes[:, 0]
    value = max(spectral_norm(loss, theta + t * (end - theta)) for t in points)
    how = f"largest |eigenvalue| at {len(points)} points of a segment"
    return Lipschitz(value, "estimate", how)


def _linear(loss: SobolevLoss) -> float:
    """2 σ_max(Φ)². The Hessian is block diagonal, and the output with the largest σ_max decides."""
    matrices = (least_squares_system(loss, j)[0] for j in range(loss.model.m))
    return max(2 * float(svdvals(Phi)[0]) ** 2 for Phi in matrices)


def _secant(loss: SobolevLoss, theta: Array, other: Array) -> float:
    """‖∇L(θ) − ∇L(other)‖ / ‖θ − other‖, which no L of (D6) is below."""
    distance = np.linalg.norm(other - theta)
    if distance == 0:
        raise ValueError("other: equals theta, so there is no secant")
    return float(np.linalg.norm(loss(other)[1] - loss(theta)[1]) / distance)  # (D6)
