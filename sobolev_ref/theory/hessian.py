"""The extreme eigenvalues of the Hessian ∇²L(θ), from its products with vectors.

Gradient descent with the step η multiplies the error in a direction of curvature h by 1 − ηh, so that
it overshoots, ever more, where ηh > 2. Hence ηλ_max/2 against 1 says on which side a run is.

    sharpness      λ_max, the top eigenvalue, cheap enough to follow at every few steps of a run
    spectral_norm  ‖∇²L(θ)‖₂, the largest |eigenvalue|, to rounding: it bounds L of Definition 6 from below
"""

from __future__ import annotations

from collections.abc import Callable
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh, eigvalsh
from scipy.sparse.linalg import LinearOperator, eigsh

from .._checks import as_integer, as_real_vector
from .._typing import Array
from ..losses.loss import Loss, as_loss

FAR = 0.1  # of λ, what ‖Hq − λq‖ is at most where it was found
DENSE = 60  # up to so many parameters the whole Hessian costs less than Lanczos' iteration


def sharpness(
    loss: Loss, theta: ArrayLike, start: ArrayLike | None = None, n: int = 8
) -> tuple[float, Array]:
    """λ_max(∇²L(θ)), the top eigenvalue of the Hessian, by n steps of Lanczos' iteration.

    It is the largest qᵀHq over unit q in span{v, Hv, …, H^{n−1}v}, H = ∇²L(θ), and so never above λ_max.
    Along a run H changes slowly. Then n = 8 is enough if v is the last top direction, to which a tenth of a
    fixed random one is added so that a new top direction can come in. From nothing take more, or `lipschitz`.

    Parameters
    ----------
    loss : SobolevLoss
        A loss with p >= 2.
    theta : array_like, shape (P,)
    start : array_like, shape (P,), optional
        The last top direction, of any length; by default the start is the random one alone.
    n : int
        The number of Hessian-vector products, at least 1.

    Returns
    -------
    value : float
        λ_max, or NaN where the Hessian overflows.
    direction : ndarray, shape (P,)
        The top direction, of length 1. Where the value is NaN it is zero, which is a start like any other.

    Warns
    -----
    UserWarning
        Where ‖Hq − λq‖ is more than a tenth of |λ| for what was found, so that n steps were too few.

    See Also
    --------
    lipschitz : A bound on a whole ball.

    Examples
    --------
    >>> from sobolev_ref import MLP, SobolevLoss, gauss_legendre
    >>> loss = SobolevLoss(MLP((1, 1)), np.sin, gauss_legendre([(0, 1)], 4), order=0)
    >>> value, _ = sharpness(loss, [0.0, 0.0])          # of 2 ∫ (x, 1)(x, 1)ᵀ
    >>> bool(np.isclose(value, (4 + 13**0.5) / 3, rtol=1e-14))
    True
    """
    as_loss(loss)
    theta = as_real_vector("theta", theta, loss.n_parameters)
    v = np.zeros_like(theta)
    if start is not None:
        v = as_real_vector("start", start, len(theta))
        v = v / (np.abs(v).max() or 1.0)  # the square of its length stays within float64
        v /= np.linalg.norm(v) or 1.0
    n = min(as_integer("n", n, minimum=1), len(theta))
    value, direction, apart = largest(loss, theta, v, n)
    if apart > FAR * abs(value):
        warn(
            f"n: {n} products with the Hessian are too few: λ = {value:.3g} is a lower bound, and of its "
            f"direction q ‖Hq − λq‖ is {apart:.2g}; take more, or lipschitz",
            stacklevel=2,
        )
    return value, direction


def largest(loss: Loss, theta: Array, v: Array, n: int) -> tuple[float, Array, float]:
    """λ_max and its direction q by n steps from v, of length 1 or 0, and ‖Hq − λq‖."""
    random = np.random.default_rng(0).normal(size=len(v))  # the same start, the same bits
    q = v + 0.1 * random / np.linalg.norm(random)
    q /= np.linalg.norm(q)
    Q, HQ = np.empty((2, len(v), n))  # the columns of Q are orthonormal
    for j in range(n):
        Q[:, j], HQ[:, j] = q, loss.hessp(theta, q)
        q = HQ[:, j].copy()
        for _ in range(2):  # twice is enough against rounding
            q -= Q[:, : j + 1] @ (Q[:, : j + 1].T @ q)
        length = np.linalg.norm(q)
        if not np.isfinite(length):
            return float("nan"), np.zeros_like(v), 0.0
        if length <= 1e-12 * np.linalg.norm(HQ[:, j]):  # the subspace is invariant: all is found
            break
        q /= length
    Q, HQ = Q[:, : j + 1], HQ[:, : j + 1]
    T = Q.T @ HQ
    values, vectors = eigh((T + T.T) / 2)
    top, direction = float(values[-1]), Q @ vectors[:, -1]
    return top, direction, float(np.linalg.norm(HQ @ vectors[:, -1] - top * direction))


def spectral_norm(loss: Loss, theta: Array) -> float:
    """‖∇²L(θ)‖₂, the largest |eigenvalue| of the Hessian, by Lanczos' iteration until it converges."""
    P = len(theta)
    if P <= DENSE:
        H = _finite(loss.hessian, theta)
        return float(np.abs(eigvalsh(H / 2 + H.T / 2)).max())
    start = np.random.default_rng(0).normal(size=P)  # the same start, the same bits
    size = np.abs(_finite(loss.hessp, theta, start)).max()
    if size == 0:  # H times a random vector is zero, so H = 0
        return 0.0
    # H is taken in units of size, because ARPACK's tolerance is an absolute one for small eigenvalues.
    H = LinearOperator((P, P), matvec=lambda v: loss.hessp(theta, v.ravel()) / size, dtype=float)
    return float(size * np.abs(eigsh(H, k=1, v0=start, return_eigenvectors=False)[0]))


def _finite(product: Callable[..., Array], theta: Array, *v: Array) -> Array:
    """∇²L(θ), or its product with v, refused where it is beyond float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        result = product(theta, *v)
    if not np.isfinite(result).all():
        raise ValueError(
            "theta: got a point where the Hessian is beyond float64, takes a nearer one"
        )
    return result
