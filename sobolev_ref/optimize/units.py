"""A change of variables before an optimiser: every entry of θ in units of its own.

    θ = s ∘ φ,    ∂L/∂φ = s ∘ ∇L,    ∇²_φ L v = s ∘ ∇²L (s ∘ v)                              (U1)

Steepest descent, and L-BFGS as long as it remembers little, go by the size of partial derivatives, which
changes with the unit of each parameter, and a network's units are arbitrary: x in metres or millimetres
multiplies W_1. Here the entries of one block B, a layer's W or its b, share the unit that moves the
residuals r by as much as those of any other block do at the start:

    s_B = ( Σ_{j∈B} ‖J_j‖² / |B| )^{−1/2},    J_j = ∂r/∂θ_j                                  (U2)

Single columns have less to say: a tanh that is flat at every node has J_j ≈ 0 now, and other slopes later.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_real_array, as_vector, as_word
from .._typing import Array
from ..losses.loss import Loss, parts_of
from ..losses.sobolev import SobolevLoss


@dataclass(frozen=True)
class Rescaled:
    """A loss as a function of φ (U1), as SciPy takes it.

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

    def __call__(self, phi: Array) -> tuple[Any, Array]:
        value, gradient = self.loss(self.scale * phi)
        return value, self.scale * gradient  # (U1)

    def hessp(self, phi: Array, v: Array) -> Array:
        """∇²_φ L v, shape (P,)."""
        return self.scale * self.loss.hessp(self.scale * phi, self.scale * v)  # (U1)

    def hessian(self, phi: Array) -> Array:
        """∇²_φ L, shape (P, P)."""
        return self.scale[:, None] * self.loss.hessian(self.scale * phi) * self.scale


def as_scale(x_scale: Any, loss: Loss, theta: Array) -> Array:
    """s of (U1), shape (P,): numbers > 0, one for each entry of θ, or "layers" for (U2)."""
    if isinstance(x_scale, str):
        as_word("x_scale", x_scale, "layers")
        return layer_scale(loss, theta)
    scale = as_vector("x_scale", as_real_array("x_scale", x_scale), len(theta))
    if not (scale > 0).all():
        raise ValueError("x_scale: got numbers <= 0, takes numbers > 0, or 'layers'")
    return scale


def layer_scale(loss: Loss, theta: ArrayLike) -> Array:
    """(U2), the same for all entries of a layer's W, and of its b.

    Parameters
    ----------
    loss : SobolevLoss, or a sum of losses with one
        With p = 2. It costs one Jacobian, (R, P); a batch of the loss does as well.
    theta : array_like, shape (P,)

    Returns
    -------
    ndarray, shape (P,)
        1 where r does not depend on a whole block.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name; p ≠ 2; a loss without a model.

    Examples
    --------
    >>> from sobolev_ref import MLP, Quadrature, SobolevLoss
    >>> loss = SobolevLoss(MLP((1, 1)), lambda x: 3 * x, Quadrature([1.0], [4.0]))
    >>> loss.jacobian([1.0, 0.0])
    array([[2., 2.],
           [2., 0.]])
    >>> (1 / layer_scale(loss, [1.0, 0.0]) ** 2).round(12)             # ‖J_w‖², ‖J_b‖²
    array([8., 4.])
    """
    models = [part.model for part in parts_of(loss) if isinstance(part, SobolevLoss)]
    if not models:
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss or a sum with one")
    J = loss.jacobian(theta)  # (R, P)
    squares: Array = np.einsum("rp,rp->p", J, J)  # (P,)
    scale = np.ones_like(squares)
    for layer, sums in zip(models[0].unpack(scale), models[0].unpack(squares)):
        for block, of_block in zip(layer, sums):
            if of_block.any():
                block[...] = 1 / np.sqrt(of_block.mean())  # (U2)
    return scale
