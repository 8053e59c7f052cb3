"""Sobolev norms: the functions |r|^p and φ_p, the weights λ_α, and Definition 2.

    (D2)  ‖u‖_{W^{k,p}(Ω)} = ( Σ_{|α|≤k} ‖Dᵅu‖_p^p )^{1/p},   ‖v‖_p^p = ∫_Ω Σ_j |v_j|^p dx

Each α counts once. The loss is the p-th power of such a norm; here is the norm itself. For k ≥ 2 and
d ≥ 2 the sum over multi-indices is not invariant under rotations: ∂xy counts once, where the
Frobenius norm of the Hessian counts it twice. `frobenius_weights` and `bessel_weights` give the λ_α
of the two invariant choices.
"""

from collections.abc import Callable, Mapping, Sequence
from math import comb, factorial

import numpy as np

from .._checks import as_exponent, as_integer, as_multi_index, as_order, as_real, as_sequence
from .._typing import Array, MultiIndex
from ..jets.elementary import absolute
from ..jets.multi_index import multi_factorial, multi_indices
from .quadrature import Quadrature
from .targets import Target, target_derivatives

Weights = Sequence[float] | Mapping[MultiIndex, float] | str


def power(r: Array, p: float) -> Array:
    """|r|^p."""
    return r * r if p == 2 else absolute(r) ** p


def phi(r: Array, p: float) -> Array:
    """φ_p(r) = sign(r) |r|^{p−1} = (|r|^p)′ / p, with φ_1(0) = 0.

    Never r·|r|^{p−2}, which is 0·∞ at r = 0 for p < 2.

    Examples
    --------
    >>> phi(np.array([-4.0, 0.0, 4.0]), 1.5)
    array([-2.,  0.,  2.])
    """
    return r if p == 2 else np.sign(r.real) * absolute(r) ** (p - 1)


def phi_slope(r: Array, p: float) -> Array:
    """φ_p′(r) = (p − 1) |r|^{p−2} for p >= 2."""
    return np.ones_like(r) if p == 2 else (p - 1) * absolute(r) ** (p - 2)


def as_weights(
    weights: Weights | None,
    d: int,
    order: int,
    balanced: Callable[[], Array] | None = None,
) -> Array:
    """λ_α for every |α| ≤ order, shape (A,), from weights by order or a mapping from α.

    "balanced" calls on `balanced` for them, and is refused where there is no target to go by.
    """
    indices = multi_indices(d, order)
    takes = "a finite number >= 0"
    if weights is None:
        return np.ones(len(indices))
    if balanced is not None and isinstance(weights, str) and weights == "balanced":
        return balanced()
    if isinstance(weights, Mapping):
        given = {
            as_multi_index("weights: multi-index", alpha, d): as_real(
                f"weights[{alpha}]", value, takes, above=0
            )
            for alpha, value in weights.items()
        }
        if unknown := sorted(set(given) - set(indices)):
            raise ValueError(f"weights: got {unknown[0]}, takes multi-indices with |α| <= {order}")
        return np.array([given.get(alpha, 0.0) for alpha in indices])
    also = " or a mapping from α" if balanced is None else ", a mapping from α or 'balanced'"
    weights = as_sequence("weights", weights, f"{order + 1} numbers{also}")
    if len(weights) != order + 1:
        raise ValueError(
            f"weights: got {len(weights)} numbers, takes {order + 1}, one for each "
            f"order 0 to {order}"
        )
    by_order = [as_real(f"weights[{n}]", w, takes, above=0) for n, w in enumerate(weights)]
    return np.array([by_order[sum(alpha)] for alpha in indices])


def frobenius_weights(d: int, order: int) -> dict[MultiIndex, float]:
    """λ_α = |α|!/α!: each order's terms become the Frobenius norm of the derivative tensor.

    Parameters
    ----------
    d : int
        Dimension d >= 1.
    order : int
        Highest order k >= 0.

    Returns
    -------
    dict
        From α to λ_α, as `SobolevLoss` takes it for ``weights``.

    Examples
    --------
    >>> frobenius_weights(2, 2)[(1, 1)]
    2.0
    """
    d = as_integer("d", d, minimum=1)
    return {
        alpha: factorial(sum(alpha)) / multi_factorial(alpha)
        for alpha in multi_indices(d, as_order(order, d))
    }


def bessel_weights(d: int, order: int) -> dict[MultiIndex, float]:
    """λ_α = C(k, |α|) |α|!/α!: the norm with the Fourier weight (1 + |ω|²)^k.

    Parameters, result and errors as `frobenius_weights`.

    Examples
    --------
    >>> bessel_weights(1, 2)
    {(0,): 1.0, (1,): 2.0, (2,): 1.0}
    """
    frobenius = frobenius_weights(d, order)
    return {alpha: comb(order, sum(alpha)) * weight for alpha, weight in frobenius.items()}


def sobolev_norm(u: Target, rule: Quadrature, order: int, p: float = 2) -> float:
    """The Sobolev norm of a function on Ω, Definition 2 (D2).

    ‖u‖ = ( Σ_{|α|≤k} Σ_i w_i |Dᵅu(x_i)|^p )^{1/p}.

    Parameters
    ----------
    u : callable or mapping
        A function of d arrays, or a mapping from α to function or array; see `targets`. For a
        network take `net.function(theta)`, or the mapping `net.derivatives(theta, rule.nodes, k)`;
        for a difference, a function such as ``lambda x: net.function(theta)(x) - np.sin(x)``.
    rule : Quadrature
        Nodes and weights on Ω; with ``rule.mean()`` the norm of the mean.
    order : int
        k >= 0.
    p : float
        1 <= p < inf.

    Returns
    -------
    float
        ‖u‖_{k,p}, at least 0.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name.

    Examples
    --------
    ∫ sin² + cos² = 2π over a period:

    >>> from sobolev_ref import gauss_legendre
    >>> rule = gauss_legendre([(0, 2 * np.pi)], 32)
    >>> bool(np.isclose(sobolev_norm(np.sin, rule, 1), np.sqrt(2 * np.pi), rtol=1e-14))
    True
    """
    return _norm(u, rule, order, p, lowest=0)


def sobolev_seminorm(u: Target, rule: Quadrature, order: int, p: float = 2) -> float:
    """The seminorm |u|_{k,p}: as `sobolev_norm`, of the derivatives of order exactly k alone.

    Parameters, result and errors as `sobolev_norm`.

    Examples
    --------
    >>> from sobolev_ref import gauss_legendre
    >>> sobolev_seminorm(lambda x: 3 * x + 5, gauss_legendre([(0, 1)], 2), 1)
    3.0
    """
    return _norm(u, rule, order, p, lowest=order)


def _norm(u: Target, rule: Quadrature, order: int, p: float, lowest: int) -> float:
    if not isinstance(rule, Quadrature):
        raise TypeError(f"rule: got {type(rule).__name__}, takes a Quadrature")
    k, p = as_order(order, rule.d), as_exponent(p)
    values = target_derivatives(u, rule.nodes, k, name="u")  # (A, N, m)
    counted = [sum(alpha) >= lowest for alpha in multi_indices(rule.d, k)]
    for alpha, value, used in zip(multi_indices(rule.d, k), values, counted):
        if used and np.isnan(value).any():
            raise ValueError(
                f"u: D^{alpha} is missing at {np.isnan(value).any(axis=1).sum()} of "
                f"{len(rule)} nodes; a norm takes every derivative"
            )
    return lp_norm(values[counted], rule, p)


def lp_norm(values: Array, rule: Quadrature, p: float) -> float:
    """(Σ_α Σ_i w_i Σ_j |v_αij|^p)^{1/p} of what is not NaN; values of shape (A, N, m)."""
    values = np.where(np.isnan(values), 0.0, values)
    scale = np.abs(values).max(initial=0.0) or 1.0  # so that no power overflows or vanishes
    powers = power(values / scale, p)
    return float(scale * np.einsum("i,aij->", rule.weights, powers) ** (1 / p))  # (D2)
