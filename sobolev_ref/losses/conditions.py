"""The usual conditions as terms of a `ResidualLoss`, and random projections of a gradient.

- `laplacian(d, -1) | {(0,) * d: c}` is −Δu + cu.
- `along(v)` is ⟨v_i, ∇u(x_i)⟩, a directional derivative; `along(normals)` a flux, Neumann's condition; and
  `along(normals) | {(0,) * d: a}` is Robin's, a u + ∂u/∂n.
- `divergence(d)` is div u.
- `periodicity(model, rule, period)` is u(x + ℓ) = u(x), by pairs of nodes.

Terms are mappings, so that `|` joins those that have no α in common.

Random projections (Czarnecki and others) train on ⟨v, ∇u⟩ in place of ∇u, one number a node in place of d.
For v uniform on the sphere of radius √d the mean of v vᵀ is the identity, so that with e = u_θ − u

    E |⟨v, ∇e⟩|² = |∇e|²     unbiased, and so is its gradient in θ

Its price is a variance. Summed over outputs it is vᵀGv with G = Σ_j ∇e_j ∇e_jᵀ, and the mean of
v_p v_q v_r v_s on that sphere is d/(d + 2) (δ_pq δ_rs + δ_pr δ_qs + δ_ps δ_qr). So over the nodes and with n
independent projections at each

    (X4)  Var L̂ = Σ_i w_i² 2/(d + 2) (d tr G_i² − (tr G_i)²) / n

At a node with one output that is 2(d − 1)/(d + 2) |∇e|⁴: 0 for d = 1, always below 2 |∇e|⁴, that of normal v.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_instance,
    as_integer,
    as_nodes,
    as_order,
    as_real,
    as_real_array,
    as_real_vector,
    as_rng,
    check_size,
)
from .._typing import Array, MultiIndex
from ..integrals.quadrature import Quadrature, as_rule
from ..integrals.targets import Target, order_of, target_derivatives
from ..jets.multi_index import multi_indices
from ..models.model import Model, as_model
from ..models.scaled import scaler_of
from .residual import ResidualLoss
from .sobolev import SobolevLoss


def unit(d: int, q: int, n: int = 1) -> MultiIndex:
    """n e_q, the multi-index of ∂_qⁿ."""
    return tuple(n * (i == q) for i in range(d))


def laplacian(d: int, scale: float = 1.0) -> dict[MultiIndex, float]:
    """The terms of scale · Δu = scale · Σ_q ∂_q²u.

    Parameters
    ----------
    d : int
    scale : float

    Returns
    -------
    dict
        For `ResidualLoss`.

    Examples
    --------
    −Δu + 4u, and its residual for u = x² + y, −2 + 4u:

    >>> laplacian(2, -1.0) | {(0, 0): 4.0}
    {(2, 0): -1.0, (0, 2): -1.0, (0, 0): 4.0}
    """
    d = as_integer("d", d, minimum=1)
    as_order(2, d)
    scale = as_real("scale", scale)
    return {unit(d, q, 2): scale for q in range(d)}


def along(directions: ArrayLike) -> dict[MultiIndex, Array]:
    """The terms of ⟨v_i, ∇u(x_i)⟩, a derivative in a direction of each node.

    Parameters
    ----------
    directions : array_like, shape (N, d)
        v_i, of any length; unit normals for a flux.

    Returns
    -------
    dict
        For `ResidualLoss`.

    Examples
    --------
    The slope of u = 2x + 3y along the diagonal is 5/√2:

    >>> from sobolev_ref import MLP, samples
    >>> diagonal = np.full((1, 2), 0.5**0.5)
    >>> slope = ResidualLoss(MLP((2, 1)), along(diagonal), 0.0, samples([[0.0, 0.0]]))
    >>> slope.residuals([2.0, 3.0, 0.0]).round(6)
    array([3.535534])
    """
    v = as_nodes("directions", as_real_array("directions", directions))
    return {unit(v.shape[1], q): v[:, q].copy() for q in range(v.shape[1])}


def divergence(d: int) -> dict[MultiIndex, Array]:
    """The terms of div u = Σ_q ∂_q u_q, one equation for d outputs.

    Parameters
    ----------
    d : int

    Returns
    -------
    dict
        For `ResidualLoss`.

    Examples
    --------
    >>> divergence(2)
    {(1, 0): array([[1., 0.]]), (0, 1): array([[0., 1.]])}
    """
    d = as_integer("d", d, minimum=1)
    as_order(1, d)
    return {unit(d, q): np.eye(1, d, q) for q in range(d)}


def periodicity(
    model: Model, rule: Quadrature, period: ArrayLike, order: int = 0, **options: Any
) -> ResidualLoss:
    """The loss of Dᵅu_θ(x_i + ℓ) = Dᵅu_θ(x_i) for every |α| ≤ order, at pairs of nodes.

    Parameters
    ----------
    model : MLP or LinearModel
    rule : Quadrature
        The nodes x_i of one side, and their weights.
    period : array_like, shape (d,)
        ℓ, the vector from the side to the opposite one.
    order : int
    options
        As `ResidualLoss` takes them; there is an equation for each α and output, in this order.

    Returns
    -------
    ResidualLoss

    Examples
    --------
    u = x on [0, 1], as u and u′ see it:

    >>> from sobolev_ref import MLP, samples
    >>> periodicity(MLP((1, 1)), samples([0.0]), [1.0], order=1).terms([1.0, 0.0])
    {0: 1.0, 1: 0.0}
    """
    own = "periodicity makes its own; another condition is ResidualLoss(model, terms, rhs, rule, others=…)"
    refuse_options(options, **dict.fromkeys(("terms", "rhs", "others"), own))
    d, m = as_model(model).d, model.m
    nodes = as_rule(rule, d).nodes
    shift = as_real_vector("period", period, d)
    still = (nodes + shift == nodes).all(axis=1)
    if still.any():
        raise ValueError(
            f"period: got {shift.tolist()}, which does not move the node {nodes[still][0].tolist()}; "
            "takes the vector to the other side"
        )
    indices = multi_indices(d, as_order(order, d))
    equal = np.eye(len(indices) * m).reshape(len(indices), m, -1).swapaxes(1, 2)  # (A, A m, m)
    by_node = np.broadcast_to(equal[:, None], (len(indices), len(nodes), *equal.shape[1:]))
    here = {alpha: -matrices for alpha, matrices in zip(indices, by_node)}
    there = dict(zip(indices, by_node))
    return ResidualLoss(model, here, 0.0, rule, others=[(nodes + shift, there)], **options)


def random_projections(
    model: Model,
    target: Target,
    rule: Quadrature,
    rng: np.random.Generator | int,
    count: int = 1,
    **options: Any,
) -> ResidualLoss:
    """The loss of ⟨v, ∇u_θ − ∇u⟩ at random directions v, for p = 2: in the mean ∫|∇u_θ − ∇u|².

    Its variance is `projection_variance`. New directions are another call, with another seed.

    Parameters
    ----------
    model : MLP or LinearModel
    target : callable or mapping
        u, as `SobolevLoss` takes it; where a partial is missing, so is every projection.
    rule : Quadrature
    rng : numpy.random.Generator or int
        The source of the directions, uniform on the sphere of radius √d.
    count : int
        The number n of directions at each node.
    options
        As `ResidualLoss` takes them, without p.

    Returns
    -------
    ResidualLoss

    Examples
    --------
    For d = 1 nothing is random:

    >>> from sobolev_ref import MLP, gauss_legendre
    >>> loss = random_projections(MLP((1, 1)), lambda x: 3 * x, gauss_legendre([(0, 1)], 4), 0)
    >>> round(loss([1.0, 0.0])[0], 12)                       # ∫(1 − 3)²
    4.0
    """
    own = "random_projections makes its own; other terms are a ResidualLoss to be added"
    powers = (
        "p = 2 alone has a known mean over directions; take SobolevLoss(…, weights=(0, 1), p=p)"
    )
    refuse_options(options, p=powers, **dict.fromkeys(("terms", "rhs", "others"), own))
    as_rule(rule, as_model(model).d)
    order_of(target, 1, model.d)
    n = as_integer("count", count, minimum=1)
    check_size("count", n, n * rule.nodes.size)
    kinks = options.get("kinks", "raise")
    gradient = target_derivatives(target, rule.nodes, 1, model.m, "target", kinks)[1:]  # (d, N, m)
    if np.isnan(gradient).any(axis=0).all():
        raise ValueError(
            "target: got no node with every partial of order 1, which a projection mixes; takes them all, or "
            "SobolevLoss takes some"
        )
    v = as_rng("rng", rng).normal(size=(n * len(rule), rule.d))
    v *= np.sqrt(rule.d) / np.linalg.norm(v, axis=1, keepdims=True)  # (n N, d)
    slopes = np.einsum("iq,qij->ij", v, np.tile(gradient, (1, n, 1)))  # (n N, m)
    many = Quadrature(np.tile(rule.nodes, (n, 1)), np.tile(rule.weights / n, n))
    loss = ResidualLoss(model, along(v), slopes, many, p=2, **options)
    loss.scaler = scaler_of(model, target=target, rule=rule)
    return loss


def refuse_options(options: dict[str, Any], **ways: str) -> None:
    """Refuse the first option that a condition does not leave to its caller, with the way on."""
    for name in options.keys() & ways.keys():
        raise TypeError(f"{name}: got one, but {ways[name]}")


def projection_variance(loss: SobolevLoss, theta: ArrayLike, count: int = 1) -> float:
    """The variance that `random_projections` add to the gradient terms of a loss (X4).

    Parameters
    ----------
    loss : SobolevLoss
        Its model, target and rule, of an order >= 1; its weights λ do not count.
    theta : array_like, shape (P,)
    count : int
        The number n of directions at each node.

    Returns
    -------
    float
        The variance of Σ_i w_i Σ_j ⟨v_i, ∇e_j(x_i)⟩², whose mean is Σ_i w_i Σ_j |∇e_j(x_i)|².

    Examples
    --------
    ∇e = (1, 0) at one node of weight 1: 2(d − 1)/(d + 2) = 1/2.

    >>> from sobolev_ref import MLP, samples
    >>> loss = SobolevLoss(MLP((2, 1)), lambda x, y: y, samples([[0.0, 0.0]]))
    >>> projection_variance(loss, [1.0, 1.0, 0.0])
    0.5
    """
    as_instance("loss", loss, SobolevLoss, "a SobolevLoss")
    d, n = loss.model.d, as_integer("count", count, minimum=1)
    if loss.order == 0:
        raise ValueError("loss: got one of order 0, takes one with gradients")
    theta = as_real_vector("theta", theta, loss.n_parameters)
    found = list(loss.model.derivatives(theta, loss.rule.nodes, 1).values())[1:]
    e = np.stack(found) - loss.target_values[1 : 1 + d]  # (d, N, m)
    e[:, np.isnan(e).any(axis=0)] = 0.0  # no projection is known
    G = np.einsum("pij,qij->ipq", e, e)  # (N, d, d)
    trace, square = np.einsum("ipp->i", G), np.einsum("ipq,ipq->i", G, G)  # tr G, tr G²
    w = loss.rule.weights
    return float(w**2 @ (d * square - trace**2) * 2 / (d + 2) / n)  # (X4)
