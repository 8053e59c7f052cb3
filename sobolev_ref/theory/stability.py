"""Which constant steps are stable at a minimum: descent, momentum, Adam and mini-batches on a quadratic.

Near a minimum θ* the loss is L(θ*) + ½ δᵀHδ with δ = θ − θ*, and ∇L = Hδ. Every method below is then
linear in δ, so its limit is where a spectral radius passes 1. In a direction of curvature h momentum is

    δ_{k+1} = (1 + β − ηh) δ_k − β δ_{k−1},        z² − (1 + β − ηh) z + β = 0

The roots of z² − bz + β lie inside the unit circle exactly where β < 1 and |b| < 1 + β. Hence

    (E1)  η λ_max(H) < 2 (1 + β)                                    momentum; β = 0 is descent, 2/L
    (E2)  η λ_max(S^{−1/2} H S^{−1/2}) < 2 (1 + β₁)/(1 − β₁)        Adam with a frozen S = diag(√v̂ + ε)
    (E3)  η λ_max(A⁺B) < 1,  A = H ⊗ I + I ⊗ H,  B = E[H_b ⊗ H_b]  independent mini-batches, β = 0

(E2) is (E1): with S frozen and the bias corrections gone, Adam is momentum on the curvature S^{−1}H with
the step (1 − β₁)η. That is proved. A real Adam changes S, and what becomes of (E2) along a run is observed.

(E3) is of a minimum that every batch has, as where the data are interpolated; elsewhere it says whether the
variance of the noise stays bounded. Where E‖δ‖² → 0 almost every run converges; the converse does not hold,
since rare large runs can carry the mean. docs/errata.md, "In mini-batches", has the proof.
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh, eigvalsh

from .._checks import (
    as_beta,
    as_integer,
    as_positive,
    as_real,
    as_real_array,
    as_real_vector,
    as_word,
)
from .._typing import Array
from ..losses.loss import Loss, as_loss
from ..optimize.ending import EPSILON

MAX_PARAMETERS = 40  # A and B have the shape (P², P²)
MAX_NODES = 12  # of which all orders are summed over
RANK = 1e-12  # of the largest eigenvalue of H: below it a direction is flat to rounding


def step_growth(curvature: float, learning_rate: float, beta: float = 0.0) -> float:
    """By which factor a step of momentum multiplies an error, in the long run: the larger |z| of (E1).

    z² − (1 + β − ηh) z + β = 0; β = 0 is gradient descent, with |1 − ηh|.

    Parameters
    ----------
    curvature : float
        h, an eigenvalue of the Hessian.
    learning_rate : float
        η > 0.
    beta : float, default 0
        0 <= β < 1.

    Returns
    -------
    float
        Below 1 where the error vanishes, above it where the error grows.

    Examples
    --------
    >>> step_growth(4.0, 0.4), round(step_growth(4.0, 0.4, beta=0.5), 12)     # |1 − 1.6|, and √β
    (0.6000000000000001, 0.707106781187)
    """
    h = as_real("curvature", curvature)
    eta = as_positive("learning_rate", learning_rate)
    beta = as_beta("beta", beta)
    half = (1 + beta - eta * h) / 2
    if not np.isfinite(half * half):
        raise ValueError("curvature, learning_rate: got numbers whose product is beyond float64")
    root = half * half - beta
    return float(abs(half) + np.sqrt(root)) if root > 0 else float(np.sqrt(beta))


def step_limit(curvature: float, beta: float = 0.0) -> float:
    """The largest stable step of gradient descent and of momentum: 2(1 + β)/λ_max (E1).

    For H without negative eigenvalues every error vanishes below it, up to directions in which H is zero.
    Above it the error in the top direction grows, and at it that error stays.

    Parameters
    ----------
    curvature : float
        λ_max > 0 of the Hessian: ``float(lipschitz(loss, theta))`` is the largest |λ|, and for a model linear
        in θ it is L. That of `sharpness` is never above λ_max, and so its limit never below the true one.
    beta : float, default 0
        0 <= β < 1; β = 0 is gradient descent.

    Returns
    -------
    float
        η, in units of θ² over those of the loss.

    Examples
    --------
    >>> step_limit(4.0), step_limit(4.0, beta=0.5)
    (0.5, 0.75)
    """
    h = as_positive("curvature", curvature)
    return _finite(2 * (1 + as_beta("beta", beta)) / h)  # (E1)


def adam_step_limit(hessian: ArrayLike, scale: ArrayLike, beta1: float = 0.9) -> float:
    """The largest stable step of Adam with frozen second moments: 2(1 + β₁)/((1 − β₁) λ) (E2).

    λ is the largest eigenvalue of S^{−1/2} H S^{−1/2}, S = diag(scale). With β₁ = 0.9 it is 38/λ. Where H has
    a negative eigenvalue, as along a run, an error in that direction grows with every step; the others do not
    below it.

    Parameters
    ----------
    hessian : array_like, shape (P, P)
        H, symmetric, with at least one positive eigenvalue.
    scale : array_like, shape (P,)
        √v̂ + ε by parameter, > 0.
    beta1 : float, default 0.9
        0 <= β₁ < 1.

    Returns
    -------
    float
        η, in the units of θ.

    Examples
    --------
    >>> round(adam_step_limit([[4.0]], [2.0]), 12)
    19.0
    """
    H = as_real_array("hessian", hessian)
    square = H.ndim == 2 and H.shape[0] == H.shape[1] and H.size > 0
    if not square or not np.allclose(H, H.T, 0, 1e-5 * np.abs(H).max()):
        raise ValueError(f"hessian: got shape {H.shape}, takes a symmetric matrix, shape (P, P)")
    S = as_real_vector("scale", scale, len(H))
    if not (S > 0).all():
        raise ValueError(f"scale: got {S.min():g}, takes numbers > 0")
    beta = as_beta("beta1", beta1)
    root = np.sqrt(S)
    values = eigvalsh(H / root / root[:, None])  # of S^{−1/2} H S^{−1/2}
    top = values[-1]
    if top <= len(S) * EPSILON * abs(values[0]):  # which may be 0 but for rounding
        raise ValueError("hessian: got no positive eigenvalue, so every step is stable or none is")
    return _finite(2 * (1 + beta) / ((1 - beta) * top))  # (E2)


def batch_step_limit(loss: Loss, theta: ArrayLike, batch_size: int) -> float:
    """The step below which independent mini-batches are stable in the mean square (E3).

    A batch is drawn anew at each step, its nodes without replacement, and a step goes by g = (N/B) ∇L_b.
    H_b is 2J_bᵀJ_b N/B, the Hessian of the batch where the residuals vanish, and everywhere for a model
    linear in θ. The batches of one epoch are not independent: `batch_growth` has both kinds.

    Parameters
    ----------
    loss : SobolevLoss, or a sum with one
        With p = 2.
    theta : array_like, shape (P,)
        The minimum θ*, P at most 40.
    batch_size : int
        B, from 1 to N; B = N gives 2/L.

    Returns
    -------
    float
        η: below it E‖θ − θ*‖² vanishes, up to directions in which H is zero, where every batch has its
        minimum at θ*, and stays bounded elsewhere; above it E‖θ − θ*‖² grows.

    Examples
    --------
    Two nodes of curvature 2·1 and 2·3 (λ_max = 8): alternating between 4 and 12, the limit is 2·8/(8² + 4²).

    >>> from sobolev_ref import LinearModel, Quadrature, SobolevLoss
    >>> model = LinearModel.polynomial(0, [(0, 1)])
    >>> loss = SobolevLoss(model, lambda x: 1.0, Quadrature([0.0, 1.0], [1.0, 3.0]), order=0)
    >>> round(batch_step_limit(loss, [1.0], 1), 12), round(batch_step_limit(loss, [1.0], 2), 12)
    (0.2, 0.25)
    """
    nodes, size = _hessians(loss, theta, batch_size)
    H = nodes.sum(axis=0)  # (P, P)
    values, vectors = eigh(H)
    if values[-1] <= 0:
        raise ValueError(
            "theta: got a point where the Hessian is zero, so that every step is stable"
        )
    V = vectors[:, values > RANK * values[-1]]  # the range of H, in which every H_b lies, (P, R)
    A, B = _moments(V.T @ nodes @ V, size)
    return _finite(1 / eigvalsh(B, A)[-1])  # (E3)


def batch_growth(
    loss: Loss,
    theta: ArrayLike,
    batch_size: int,
    learning_rate: float,
    sampling: str = "independent",
) -> float:
    """By which factor a step with a mini-batch multiplies E‖θ − θ*‖², in the long run.

    Parameters
    ----------
    loss, theta, batch_size
        As in `batch_step_limit`.
    learning_rate : float
        η > 0.
    sampling : {"independent", "epochs"}
        "independent": the spectral radius of C ↦ E[(I − ηH_b) C (I − ηH_b)]. "epochs": as `momentum` and
        `adam` draw them, each node once an epoch of n batches, with g = n ∇L_b: the nth root of the
        spectral radius of a whole epoch, summed over all orders, for at most 12 nodes. Both on the whole
        space.

    Returns
    -------
    float
        Below 1 where the mean square vanishes, or stays bounded if the batches disagree at θ*; at least 1
        where H is singular, and 1 where the rest vanishes.

    Examples
    --------
    >>> from sobolev_ref import LinearModel, Quadrature, SobolevLoss
    >>> model = LinearModel.polynomial(0, [(0, 1)])
    >>> loss = SobolevLoss(model, lambda x: 1.0, Quadrature([0.0, 1.0], [1.0, 3.0]), order=0)
    >>> round(batch_growth(loss, [1.0], 1, 0.25), 12)              # (0² + 2²)/2
    2.0
    >>> round(batch_growth(loss, [1.0], 1, 0.25, "epochs"), 12)    # 0 · 2
    0.0
    """
    nodes, size = _hessians(loss, theta, batch_size)
    eta = as_positive("learning_rate", learning_rate)
    if as_word("sampling", sampling, "independent", "epochs") == "independent":
        A, B = _moments(nodes, size)
        return float(eigvalsh(np.eye(len(A)) - eta * A + eta**2 * B)[-1])
    if len(nodes) > MAX_NODES:
        raise ValueError(f"sampling: got epochs of {len(nodes)} nodes, takes at most {MAX_NODES}")
    n = -(-len(nodes) // size)
    radius = np.abs(np.linalg.eigvals(_epoch(nodes, size, eta * n))).max()
    return float(radius ** (1 / n))


def _hessians(loss: Loss, theta: ArrayLike, batch_size: int) -> tuple[Array, int]:
    """2J_iᵀJ_i of every node, shape (N, P, P), which add up to H; and the checked batch size."""
    if as_loss(loss).n_nodes == 0:
        raise TypeError(
            f"loss: got a {type(loss).__name__}, which has no nodes; takes a SobolevLoss"
        )
    theta = as_real_vector("theta", theta, loss.n_parameters)
    size = as_integer("batch_size", batch_size, 1, loss.n_nodes)
    if len(theta) > MAX_PARAMETERS:
        takes = f"takes at most {MAX_PARAMETERS}"
        raise ValueError(f"loss, theta: got {len(theta)} parameters, {takes}")
    rows = [part.jacobian(theta) for part in loss.split(loss.n_nodes)]
    return np.stack([2 * J.T @ J for J in rows]), size


def _moments(nodes: Array, size: int) -> tuple[Array, Array]:
    """A = H ⊗ I + I ⊗ H and B = E[H_b ⊗ H_b] over batches of `size` of N nodes, (R², R²) each.

    H_b is the mean of h_i = N H_i over the batch. A pair of its nodes is a pair of the N by chance, so
    E[H_b ⊗ H_b] = H ⊗ H + (N − B)/(B(N − 1)) (E[h ⊗ h] − H ⊗ H).
    """
    N, R = nodes.shape[:2]
    H, eye = nodes.sum(axis=0), np.eye(R)
    mean = np.kron(H, H)
    share = (N - size) / (size * max(N - 1, 1))
    square = N * np.einsum("nij,nkl->ikjl", nodes, nodes).reshape(R**2, R**2)
    return np.kron(H, eye) + np.kron(eye, H), mean + share * (square - mean)


def _epoch(nodes: Array, size: int, eta: float) -> Array:
    """E[M ⊗ M] of an epoch, M the product of I − ηH_b over all nodes in batches in random order.

    The mean over all orders goes by subsets: those in which a set of nodes can have come are summed once.
    """
    N, R = nodes.shape[:2]
    means = {frozenset[int](): np.eye(R**2)}  # by the nodes that have come
    for left in range(N, 0, -size):
        choices = comb(left, min(size, left))  # the last batch may be short
        longer: dict[frozenset[int], Array] = {}
        for seen, mean in means.items():
            for batch in combinations(sorted(set(range(N)) - seen), min(size, left)):
                M = np.eye(R) - eta * nodes[list(batch)].sum(axis=0)
                key = seen | set(batch)
                longer[key] = longer.get(key, 0) + np.kron(M, M) @ mean / choices
        means = longer
    return means[frozenset(range(N))]


def _finite(step: float) -> float:
    if not 0 < step < np.inf:
        raise ValueError(
            "curvature, hessian, scale, loss: got numbers whose limit is beyond float64"
        )
    return float(step)
