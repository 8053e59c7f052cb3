"""A step η with which gradient descent provably descends, for a network: Theorem 4 as it should have been.

No network's ∇L has a Lipschitz constant on all of ℝᴾ, but with weight decay a run stays in a ball:

    (L4)  L(θ) = E(θ) + (μ/2)‖θ‖²,  E ≥ 0    ⇒    {L ≤ L(θ_0)} ⊂ {‖θ‖ ≤ R},  R = √(2 L(θ_0)/μ)

*Theorem.* Let ‖∇²L‖ ≤ Λ on a ball ‖θ‖ ≤ R′ with R′ > R, and 0 < η < 2/Λ. Then gradient descent from θ_0 has
L(θ_{k+1}) ≤ L(θ_k) − η(1 − Λη/2)‖∇L(θ_k)‖² at every step k, and ‖θ_k‖ ≤ R.

The proof, and where such a run goes, stand in docs/errata.md, "A step that provably descends, for a network"
and "Where a run goes".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_real_vector, rounded_up
from ..losses.loss import Loss, Ridge, as_loss, parts_of
from .lipschitz_constants import Lipschitz, lipschitz

LARGER = 1e-6  # by which R′ is above R; rounding of L(θ_0) is far below


@dataclass(frozen=True)
class ProvableStep:
    """A step of gradient descent with all that proves it; it prints as the statement.

    Attributes
    ----------
    start : float
        L(θ_0), or more.
    lipschitz : Lipschitz
        Λ, that `lipschitz` found for the loss on a ball about 0 that is larger than R.

    Raises
    ------
    TypeError, ValueError
        For a Λ of no loss, of one without weight decay, or one that is not certified for ‖θ‖ <= R.
    """

    start: float
    lipschitz: Lipschitz

    def __post_init__(self) -> None:
        held, center = self.lipschitz, self.lipschitz.center
        radius = self.radius
        if center is not None:
            held = held.on(np.zeros_like(center), radius)
        if held.kind == "estimate":
            raise ValueError(f"lipschitz: got {held}, takes what is proved for ‖θ‖ <= {radius:.4g}")

    @property
    def mu(self) -> float:
        """μ, that of all `Ridge` in the loss."""
        return _decay(self.lipschitz.loss)

    @property
    def radius(self) -> float:
        """R = √(2 L(θ_0)/μ); no θ_k is farther from 0."""
        return _radius(self.start, self.mu)

    @property
    def learning_rate(self) -> float:
        """η = 1/Λ, for which each step lowers the loss by at least (η/2)‖∇L‖²; any η < 2/Λ descends."""
        return 1 / self.lipschitz.value

    def __str__(self) -> str:
        radius = rounded_up(self.radius, 4)
        return (
            f"Gradient descent from L = {self.start:.6g} with η = {self.learning_rate:.3g} lowers the loss "
            f"by (η/2)‖∇L‖² or more at every step and stays in ‖θ‖ <= {radius:.4g}, because of "
            f"(μ/2)‖θ‖² with μ = {self.mu:.3g} and {self.lipschitz}"
        )


def provable_step(loss: Loss, theta: ArrayLike) -> ProvableStep:
    """The step η = 1/Λ with which gradient descent provably descends, at every step (L4).

    Parameters
    ----------
    loss : sum of `SobolevLoss` and `Ridge`
        With p = 2, μ > 0, and models that `lipschitz` has a certificate for: an `MLP` of any depth.
    theta : array_like, shape (P,)
        θ_0, where the run starts.

    Returns
    -------
    ProvableStep

    See Also
    --------
    lipschitz : The certificate that it uses.
    gradient_descent : What takes the step.

    Examples
    --------
    >>> from sobolev_ref import MLP, SobolevLoss, gauss_legendre
    >>> net = MLP((1, 3, 1))
    >>> fit = SobolevLoss(net, np.sin, gauss_legendre([(-1, 1)], 8))
    >>> step = provable_step(fit + Ridge(1.0, net.n_parameters), net.init(0))
    >>> step.lipschitz.kind, bool(0.001 < step.learning_rate < 0.1)
    ('certified', True)
    """
    mu = _decay(loss)
    theta = as_real_vector("theta", theta, loss.n_parameters)
    with np.errstate(over="ignore", invalid="ignore"):
        start = float(loss(theta)[0])
        radius = _radius(start, mu)
    if not math.isfinite(radius):
        raise ValueError("theta: got a point where the loss is beyond float64, takes a nearer one")
    return ProvableStep(start, lipschitz(loss, np.zeros_like(theta), radius=radius * (1 + LARGER)))


def _decay(loss: Loss | None) -> float:
    """μ of a loss that has one."""
    ridges = [part.mu for part in parts_of(as_loss(loss)) if isinstance(part, Ridge)]
    mu = float(np.min(sum(ridges)))  # as one may be of weights, another of biases
    if mu == 0:
        raise ValueError(
            "loss: got none with weight decay, so that nothing bounds a run; takes a sum with "
            "Ridge(mu, P), mu > 0"
        )
    return mu


def _radius(start: float, mu: float) -> float:
    return math.sqrt(2 * start / mu)  # (L4)
