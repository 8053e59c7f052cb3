"""The Sobolev norm of Definition 2, and the functions |r|^p and φ_p under it and under the loss.

    (D2)  ‖u‖_{W^{k,p}(Ω)} = ( Σ_{|α|≤k} ‖Dᵅu‖_p^p )^{1/p},   ‖v‖_p^p = ∫_Ω Σ_j |v_j|^p dx

Each α counts once. The loss is the p-th power of such a norm; here is the norm itself.
"""

from __future__ import annotations

import numpy as np

from .._checks import as_exponent, as_order
from .._typing import Array
from ..jets.elementary import absolute
from ..jets.multi_index import multi_indices
from .quadrature import Quadrature, as_rule
from .targets import Target, target_derivatives


def power(r: Array, p: float) -> Array:
    """|r|^p."""
    return r * r if p == 2 else absolute(r) ** p


def phi(r: Array, p: float) -> Array:
    """φ_p(r) = sign(r) |r|^{p−1} = (|r|^p)′ / p, with φ_1(0) = 0.

    It is never computed as r·|r|^{p−2}, which is 0·∞ at r = 0 for p < 2.

    Examples
    --------
    >>> phi(np.array([-4.0, 0.0, 4.0]), 1.5)
    array([-2.,  0.,  2.])
    """
    return r if p == 2 else np.sign(r.real) * absolute(r) ** (p - 1)


def lp_norm(values: Array, rule: Quadrature, p: float) -> float:
    """(Σ_α Σ_i w_i Σ_j |v_αij|^p)^{1/p} of what is not NaN (D2); values of shape (A, N, m).

    One α is taken after the other, as powers of all at once would take a multiple of their memory.
    """
    # so that no power overflows or vanishes
    scale = max((np.fmax.reduce(np.abs(v), axis=None, initial=0.0) for v in values), default=0.0)
    scale, total = scale or 1.0, 0.0
    for v in values:
        known = np.where(np.isnan(v), 0.0, v)  # (N, m)
        total += np.einsum("i,ij->", rule.weights, power(known / scale, p))
    return float(scale * total ** (1 / p))  # (D2)


def sobolev_norm(
    u: Target, rule: Quadrature, order: int, p: float = 2, kinks: str = "raise"
) -> float:
    """The Sobolev norm of a function on Ω, Definition 2 (D2).

    ‖u‖ = ( Σ_{|α|≤k} Σ_i w_i |Dᵅu(x_i)|^p )^{1/p}.

    Parameters
    ----------
    u : callable or mapping
        A function of d arrays, or a mapping from α to function or array; see `targets`. For a
        network it is `net.function(theta)`, or the mapping `net.derivatives(theta, rule.nodes, k)`;
        for a difference, a function such as ``lambda x: net.function(theta)(x) - np.sin(x)``.
    rule : Quadrature
        Nodes and weights on Ω; ``rule.mean()`` gives the norm of the mean.
    order : int
        k >= 0.
    p : float
        1 <= p < inf.
    kinks : {"raise", "ignore"}
        A node on a kink of u is refused, or takes one side, and of ``np.abs`` the slope 0.

    Returns
    -------
    float
        ‖u‖_{k,p}, at least 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable (the message names it), or a derivative is missing somewhere.

    See Also
    --------
    sobolev_seminorm : Derivatives of one order alone.
    fourier_norm : Any real order, on a periodic interval.

    Examples
    --------
    ∫ sin² + cos² = 2π over a period:

    >>> from sobolev_ref import gauss_legendre
    >>> rule = gauss_legendre([(0, 2 * np.pi)], 32)
    >>> bool(np.isclose(sobolev_norm(np.sin, rule, 1), np.sqrt(2 * np.pi), rtol=1e-14))
    True
    """
    return _norm(u, rule, order, p, kinks, lowest=0)


def sobolev_seminorm(
    u: Target, rule: Quadrature, order: int, p: float = 2, kinks: str = "raise"
) -> float:
    """The Sobolev seminorm |u|_{k,p}, which is the norm of the derivatives of order exactly k alone.

    Parameters, result and errors are the same as `sobolev_norm`'s.

    See Also
    --------
    sobolev_norm : All orders up to k.

    Examples
    --------
    >>> from sobolev_ref import gauss_legendre
    >>> sobolev_seminorm(lambda x: 3 * x + 5, gauss_legendre([(0, 1)], 2), 1)
    3.0
    """
    return _norm(u, rule, order, p, kinks, lowest=order)


def _norm(u: Target, rule: Quadrature, order: int, p: float, kinks: str, lowest: int) -> float:
    k, p = as_order(order, as_rule(rule).d), as_exponent(p)
    indices = multi_indices(rule.d, k)
    below = sum(sum(alpha) < lowest for alpha in indices)  # they come first
    idle = np.tile(rule.weights == 0, (len(indices), 1))  # (A, N)
    idle[:below] = True
    values = target_derivatives(u, rule.nodes, k, None, "u", kinks, idle)  # (A, N, m)
    values[idle] = 0
    gaps = np.isnan(values).any(axis=2).sum(axis=1)  # (A,), in nodes
    if gaps.any():
        a = int(gaps.argmax())
        raise ValueError(
            f"u: D^{indices[a]} is missing at {gaps[a]} of {len(rule)} nodes; "
            "a norm takes every derivative"
        )
    return lp_norm(values[below:], rule, p)
