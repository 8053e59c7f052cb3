"""Weights λ that come from the data: balanced by size, or by the noise of the measurements.

`SobolevLoss(..., weights="balanced")` divides the terms of each order by their target's own norm;
known noise gives the weights of Gauss and Markov, under which a model linear in θ is estimated with
the least variance.

    λ_n = 1 / Σ_{|α|=n} ‖Dᵅu‖_p^p                                                                (W1)
    λ_α = (τ_0 / τ_α)²,   τ_α the standard deviation of the noise in Dᵅu                         (W2)
"""

from collections.abc import Mapping, Sequence

import numpy as np

from .._checks import as_multi_index, as_real, as_sequence
from .._typing import Array, MultiIndex
from ..jets.multi_index import multi_indices
from .norms import lp_norm
from .quadrature import Quadrature

ROUNDING = 64 * np.finfo(float).eps  # a seminorm below this share of the largest is rounding


def balanced_weights(values: Array, rule: Quadrature, order: int, p: float) -> Array:
    """λ_n = 1 / Σ_{|α|=n} ‖Dᵅu‖_p^p for every |α| ≤ order, from the target's own values (W1).

    Each order's terms of the loss become a relative error, 1 for u_θ ≡ 0; for k = 1 and p = 2 the ratio
    of the two weights is λ = ‖u‖²/‖∇u‖². What was not measured (NaN) counts in neither. An order of which
    nothing was measured has no term, and λ_n = 0. An order whose derivatives are all zero, to rounding,
    has no norm to go by: it takes that of the nearest order that has one, a lower before a higher, turned
    into its units by ℓ, the longest side of the nodes' bounding box: |u|_n = ℓ^{j−n} |u|_j. For u ≡ 0 that
    is λ_n = ℓ^{pn}. A loss so balanced has no units: it is the same for x in metres and in feet (but for
    u ≡ 0, which has no size).

    Parameters
    ----------
    values : ndarray, shape (A, N, m)
        Dᵅu at the nodes, NaN where missing.
    rule : Quadrature
    order : int
    p : float

    Returns
    -------
    ndarray, shape (A,)

    Raises
    ------
    ValueError
        Where a λ_n is beyond float64.

    Examples
    --------
    u = 10 x on [0, 1], ∫u² = 100/3, ∫u′² = 100:

    >>> from sobolev_ref import gauss_legendre
    >>> from sobolev_ref.integrals.targets import target_derivatives
    >>> rule = gauss_legendre([(0, 1)], 4)
    >>> values = target_derivatives(lambda x: 10 * x, rule.nodes, 1)
    >>> balanced_weights(values, rule, 1, 2).round(12)
    array([0.03, 0.01])
    """
    degrees = np.array([sum(alpha) for alpha in multi_indices(rule.d, order)])  # (A,)
    extent = np.ptp(rule.nodes, axis=0).max() or 1.0  # ℓ
    measured = [not np.isnan(values[degrees == n]).all() for n in range(order + 1)]
    norms = np.array([lp_norm(values[degrees == n], rule, p) for n in range(order + 1)])
    sizes = extent ** np.arange(order + 1) * norms  # ℓⁿ |u|_n, all in the units of u
    known = [n for n in range(order + 1) if sizes[n] > ROUNDING * sizes.max()]
    by_order = np.zeros(order + 1)
    for n in range(order + 1):
        if measured[n]:
            j = min(known, key=lambda j: (j > n, abs(j - n)), default=0)
            norm = norms[j] if known else 1.0
            with np.errstate(all="ignore"):
                by_order[n] = (extent ** float(j - n) * norm) ** -p  # (W1)
    if not np.isfinite(by_order).all() or ((by_order == 0) & measured).any():
        raise ValueError(
            f"weights: 'balanced' gives {by_order.tolist()}, beyond float64; scale the data "
            "first, see Standardizer"
        )
    return np.asarray(by_order[degrees])


def noise_weights(
    tau: Sequence[float] | Mapping[MultiIndex, float],
) -> tuple[float, ...] | dict[MultiIndex, float]:
    """λ = (τ_0/τ)², the weights of Gauss and Markov for noise of known size (W2).

    For data Dᵅu(x_i) + τ_α ε with independent ε of variance 1, p = 2 and a model linear in θ, the minimiser
    of Σ_α λ_α Σ_i r_{α,i}² is unbiased for any λ, and its variance, of every linear function of θ, is least
    for λ_α ∝ 1/τ_α². All nodes are to have the same weight, as in `samples`.

    Parameters
    ----------
    tau : sequence of k + 1 numbers, or mapping from α to number
        Standard deviations > 0, by order or by multi-index, each in the units of its derivative.

    Returns
    -------
    tuple or dict
        λ by order or by multi-index, for ``weights=``; 1 for the first in graded order.

    Examples
    --------
    Slopes five times as noisy as values count 1/25:

    >>> noise_weights((0.1, 0.5))
    (1.0, 0.04000000000000001)
    """
    takes = "a finite number > 0"
    if isinstance(tau, Mapping):
        if not tau:
            raise ValueError("tau: got an empty mapping, takes at least one multi-index")
        start = next(iter(tau))
        d = len(start) if isinstance(start, tuple) else 1
        by_alpha = {
            as_multi_index("tau: multi-index", alpha, d): as_real(
                f"tau[{alpha}]", value, takes, above=0, strictly=True
            )
            for alpha, value in tau.items()
        }
        indices = multi_indices(d, max(sum(alpha) for alpha in by_alpha))
        first = next(alpha for alpha in indices if alpha in by_alpha)
        return {
            alpha: _gauss_markov(f"tau[{alpha}]", by_alpha[first] / t)
            for alpha, t in by_alpha.items()
        }
    entries = as_sequence("tau", tau, "a sequence of numbers or a mapping from α")
    if not entries:
        raise ValueError("tau: got an empty sequence, takes at least one number")
    by_order = [
        as_real(f"tau[{n}]", t, takes, above=0, strictly=True) for n, t in enumerate(entries)
    ]
    return tuple(_gauss_markov(f"tau[{n}]", by_order[0] / t) for n, t in enumerate(by_order))


def _gauss_markov(name: str, ratio: float) -> float:
    """(τ_0/τ)² (W2), where float64 has it."""
    if not 1e-150 < ratio < 1e150:
        raise ValueError(f"{name}: got a ratio τ_0/τ of {ratio:g}, takes one from 1e-150 to 1e150")
    return ratio**2  # (W2)
