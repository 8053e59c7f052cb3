"""A change of variables before an optimiser: every entry of θ is in units of its own.

    θ = s ∘ φ,    ∂L/∂φ = s ∘ ∇L,    ∇²_φ L v = s ∘ ∇²L (s ∘ v)                              (U1)

Steepest descent, and L-BFGS as long as it remembers little, go by the size of partial derivatives. That size
changes with the unit of each parameter, and a network's units are arbitrary: x in metres or in millimetres
multiplies W_1. Here the entries of one block B, a layer's W or its b, share one unit, so that every block
moves the residuals r by as much as any other does at the start:

    s_B = ( Σ_{j∈B} ‖J_j‖² / |B| )^{−1/2},    J_j = ∂r/∂θ_j                                  (U2)

Single columns say less: a tanh that is flat at every node has J_j ≈ 0 now, and other slopes later.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_real_vector, as_word
from .._typing import Array
from ..losses.loss import Loss, Ridge, parts_of
from ..losses.pointwise import PointwiseLoss

SAMPLE_ENTRIES = 2**22  # of J, 34 MB: some hundred nodes, where P is some thousand


@dataclass(frozen=True)
class Rescaled:
    """A loss as a function of φ (U1), in a unit of its own, as SciPy takes it.

    Examples
    --------
    >>> from sobolev_ref import Ridge
    >>> in_units = Rescaled(Ridge(2.0, 2), np.array([10.0, 1.0]))        # θ_1² + θ_2²
    >>> in_units(np.array([0.1, 3.0]))
    (10.0, array([20.,  6.]))
    >>> in_units.hessian(np.array([0.1, 3.0]))
    array([[200.,   0.],
           [  0.,   2.]])
    """

    loss: Loss
    scale: Array  # s, (P,)
    unit: float = 1.0  # the values are L/unit; a power of 2 changes no bit

    def __call__(self, phi: Array) -> tuple[Any, Array]:
        value, gradient = self.loss(self.scale * phi)
        return value / self.unit, self.scale * gradient / self.unit  # (U1)

    def hessp(self, phi: Array, v: Array) -> Array:
        """∇²_φ L v, shape (P,)."""
        return self.scale * self.loss.hessp(self.scale * phi, self.scale * v) / self.unit

    def hessian(self, phi: Array) -> Array:
        """∇²_φ L, shape (P, P)."""
        H = self.loss.hessian(self.scale * phi)
        return self.scale[:, None] * H * self.scale / self.unit


def power_of_two(value: float) -> float:
    """The largest power of 2 that is at most a number > 0; 1 for 0.

    Examples
    --------
    >>> [power_of_two(value) for value in (5.0, 1.9, 0.3, 0.0)]
    [4.0, 1.0, 0.25, 1.0]
    """
    return float(np.ldexp(1.0, max(np.frexp(value)[1] - 1, -1022))) if value > 0 else 1.0


def as_scale(x_scale: Any, loss: Loss, theta: Array) -> Array:
    """s, shape (P,): numbers > 0, one for each entry of θ, or "layers" for `layer_scale`; None for 1."""
    if x_scale is None:
        return np.ones_like(theta)
    if isinstance(x_scale, str):
        as_word("x_scale", x_scale, "layers")
        return layer_scale(loss, theta)
    scale = as_real_vector("x_scale", x_scale, len(theta))
    if not (scale > 0).all():
        raise ValueError("x_scale: got numbers <= 0, takes numbers > 0, or 'layers'")
    return scale


def layer_scale(loss: Loss, theta: Array) -> Array:
    """s_B (U2), shape (P,), for a loss with p = 2; it is 1 where r does not depend on a whole block.

    It costs one Jacobian. Where that of all nodes has more than 4·10⁶ entries, it is that of a batch of nodes
    drawn at random, the same at every call, and its sums count for all of them.

    Examples
    --------
    >>> from sobolev_ref import MLP, Quadrature, SobolevLoss
    >>> loss = SobolevLoss(MLP((1, 1)), lambda x: 3 * x, Quadrature([1.0], [4.0]))
    >>> loss.jacobian([1.0, 0.0])
    array([[2., 2.],
           [2., 0.]])
    >>> (1 / layer_scale(loss, np.array([1.0, 0.0])) ** 2).round(12)    # ‖J_w‖², ‖J_b‖²
    array([8., 4.])
    """
    models = [part.model for part in parts_of(loss) if isinstance(part, PointwiseLoss)]
    if not models:
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss or a sum with one")
    squares: Array = np.zeros(len(theta))  # (P,)
    for part in parts_of(loss):
        if isinstance(part, Ridge):
            squares += part.mu / 2  # J = √(μ/2) I
            continue
        try:
            entries = len(part.residuals(theta)) * len(theta)
        except ValueError as error:
            takes = f"'layers' takes a loss that is a sum of squares; {error}"
            raise ValueError(f"x_scale: {takes}") from error
        n = max(1, part.n_nodes * SAMPLE_ENTRIES // entries)
        share = 1.0
        if n < part.n_nodes:
            share = n / part.n_nodes
            part = part.batch(np.random.default_rng(0).permutation(part.n_nodes)[:n])
        J = part.jacobian(theta)  # (R, P)
        squares += np.einsum("rp,rp->p", J, J) / share
    scale = np.ones_like(squares)
    for layer, sums in zip(models[0].unpack(scale), models[0].unpack(squares)):
        for block, of_block in zip(layer, sums):
            if of_block.any():
                block[...] = 1 / np.sqrt(of_block.mean())  # (U2)
    return scale
