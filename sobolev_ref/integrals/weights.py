"""The weights λ_α of a loss: given, taken from the target or from its noise, or those of a norm.

A loss takes λ by order, λ_0 to λ_k, or by multi-index. The functions here say which λ to take:

    λ_n = 1 / Σ_{|α|=n} ‖Dᵅu‖_p^p            "balanced": each order's error is a relative one    (W1)
    λ_α = (τ_0 / τ_α)²                       `noise_weights`: τ_α is the noise in Dᵅu            (W2)
    λ_α = |α|! / α!                          `frobenius_weights`: no axes are preferred
    λ_α = C(k, |α|) |α|! / α!                `bessel_weights`: the Fourier weight (1 + |ω|²)^k

For d ≥ 2 a sum over multi-indices is invariant under rotations exactly where p = 2 and λ_α = c_n |α|!/α!,
with a constant for each order n = |α|: the last two take 1 and C(k, n). With λ = 1 it is not for k ≥ 2, as
∂xy counts once, where the Frobenius norm of the Hessian counts it twice; for p ≠ 2 no weights make it so,
from k = 1 on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import comb, factorial
from typing import Any, TypeVar
from warnings import warn

import numpy as np

from .._checks import ROUNDING, as_integer, as_order, as_positive, as_real, as_sequence
from .._typing import Array, MultiIndex
from ..jets.multi_index import multi_factorial, multi_indices
from .norms import lp_norm
from .quadrature import Quadrature
from .targets import by_multi_index

Weights = Sequence[float] | Mapping[MultiIndex, float] | str
Key = TypeVar("Key")
CANCELLED = 1e4 * ROUNDING  # of the lower orders: below it data are rounding


def as_weights(
    weights: Weights | None, d: int, order: int, balanced: Callable[[], Array] | None = None
) -> Array:
    """λ_α for every |α| ≤ order, shape (A,), from weights by order or a mapping from α.

    The word "balanced" stands for what `balanced` returns, and is refused where there is no target.
    """
    indices = multi_indices(d, order)
    if weights is None:
        return np.ones(len(indices))
    if balanced is not None and isinstance(weights, str) and weights == "balanced":
        return balanced()
    if isinstance(weights, Mapping):
        given = by_multi_index("weights", weights, d) if weights else {}
        if unknown := sorted(set(given) - set(indices)):
            raise ValueError(f"weights: got {unknown[0]}, takes multi-indices with |α| <= {order}")
        entries = [given.get(alpha, 0) for alpha in indices]
    else:
        also = " or a mapping from α" if balanced is None else ", a mapping from α or 'balanced'"
        entries = as_sequence("weights", weights, f"{order + 1} numbers{also}")
    by_order = len(entries) == order + 1 and not isinstance(weights, Mapping)
    if not by_order and len(entries) != len(indices):  # one for each α, as a loss has them
        raise ValueError(
            f"weights: got {len(entries)} numbers, takes {order + 1}, one for each order 0 to {order}"
        )
    keys: Sequence[Any] = range(order + 1) if by_order else indices
    numbers = [as_real(f"weights[{key}]", w, above=0) for key, w in zip(keys, entries)]
    return np.array([numbers[sum(alpha)] for alpha in indices] if by_order else numbers)


def balanced_weights(values: Array, rule: Quadrature, order: int, p: float, noise: Array) -> Array:
    """λ_n = 1 / Σ_{|α|=n} ‖Dᵅu‖_p^p for every |α| ≤ order, from the target's own values (W1).

    The terms of each order become a relative error, which is 1 for u_θ ≡ 0; for k = 1 and p = 2 the ratio
    of the two weights is λ = ‖u‖²/‖∇u‖². What was not measured (NaN) counts in neither. An order of which
    nothing was measured has no term, and gets λ_n = 0. An order whose derivatives are all zero, to
    rounding, has no norm to go by. It takes the norm of the nearest order that has one, a lower before a
    higher, in its own units by ℓ, the longest side of the nodes' bounding box: |u|_n = ℓ^{j−n} |u|_j. For u
    ≡ 0 that is λ_n = ℓ^{pn}. Rounding is told from a norm by `noise`, and by the other orders, each Dᵅu
    times ℓ^α with ℓ_q the side of its own variable: by the largest of the lower ones, whose rounding the
    derivatives of a sum carry, and by the next higher one that is no rounding, since a rounding of the
    nodes, ε|x|, moves Dᵅu by ε Σ_q |x_q ∂_q Dᵅu|. The values of a sine at whole periods are that and no
    more. Beside lower orders a function is rounding below 1.4·10⁻¹⁴ of them, and data, which may come
    from differences, below 1.4·10⁻¹⁰. There a warning names the order if the data below it show that it is
    real, as the values of u = 10¹² + sin x do: weights of one's own take it for what it is. So a
    balanced loss is the same for x in metres and in feet, but for u ≡ 0, which has no size, and for
    orders without a norm at a single node, which has no extent (ℓ = 1). Variables in different units
    share one λ_n, in which the one of the largest derivatives has the say, and to change the unit of one
    of them changes the loss; `Standardizer.loss` balances the scaled problem, where all have one unit.

    Values are those at the nodes, shape (A, N, m), and `noise` is what `rounding_of` says of them; the result
    has the shape (A,).

    Examples
    --------
    u = 10 x on [0, 1], ∫u² = 100/3, ∫u′² = 100:

    >>> from sobolev_ref import gauss_legendre
    >>> from sobolev_ref.integrals.targets import rounding_of, target_derivatives
    >>> rule, u = gauss_legendre([(0, 1)], 4), lambda x: 10 * x
    >>> values = target_derivatives(u, rule.nodes, 1)
    >>> balanced_weights(values, rule, 1, 2, rounding_of(u, rule.nodes, values, 1)).round(12)
    array([0.03, 0.01])
    """
    indices = np.array(multi_indices(rule.d, order))  # (A, d)
    degrees = indices.sum(axis=1)  # (A,)
    sides = np.ptp(rule.nodes, axis=0)  # (d,)
    extent = sides.max() or 1.0  # ℓ
    sides[sides == 0] = 1.0
    measured = [not np.isnan(values[degrees == n]).all() for n in range(order + 1)]
    norms = np.array([lp_norm(values[degrees == n], rule, p) for n in range(order + 1)])
    with np.errstate(all="ignore"):
        # ℓ^α Dᵅu has the units of u.
        length = np.prod(sides**indices, axis=1)[:, None, None]  # (A, 1, 1)
        # By |x_q|/ℓ_q the rounding of a node is more than that of ℓ_q, in the variables of each α.
        reach = np.max((indices > 0) * (np.abs(rule.nodes).max(axis=0) / sides), axis=1)  # (A,)
        reach = np.clip(reach, 1, 1 / ROUNDING)[:, None, None]
        sizes, moved, errors = (
            np.array([lp_norm(v[degrees == n], rule, p) for n in range(order + 1)])
            for v in (length * values, reach * length * values, length * noise)
        )
    known: list[int] = []
    for n in reversed(range(order + 1)):
        beside = sizes[: n + 1].max()
        higher = moved[known[-1]] if known else 0.0
        least = max(64 * errors[n], ROUNDING * beside, ROUNDING * higher)
        if norms[n] > 0 and sizes[n] > least:
            if not np.isnan(noise[degrees == n]).any() or sizes[n] > CANCELLED * beside:
                known.append(n)
            elif _is_seen(length * values, degrees, n):
                warn(
                    f"weights: 'balanced' takes the data of order {n} for rounding, as they are "
                    f"{sizes[n] / beside:.1g} of lower orders; where they are none, subtract what is "
                    "common to the values, as Standardizer.loss does, or give weights of your own",
                    stacklevel=5,
                )
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


def _is_seen(values: Array, degrees: Array, n: int) -> bool:
    """Whether ℓ^α Dᵅu of order n, which are small, show in those of the nearest lower order.

    These spread by more than their rounding then, and by no more than order n explains. Where there is but
    one number a term, nothing speaks for rounding.
    """
    known = degrees[~np.isnan(values).all(axis=(1, 2))]
    lower, own = values[degrees == known[known < n].max()], values[degrees == n]
    spread = np.fmax.reduce(lower, axis=1) - np.fmin.reduce(lower, axis=1)
    seen = (
        ROUNDING * np.nanmax(np.abs(lower))
        < np.nanmax(spread)
        <= len(lower[0]) * np.nanmax(np.abs(own))
    )
    return bool(seen or (~np.isnan(lower)).sum(axis=1).max() < 2)


def noise_weights(
    tau: Sequence[float] | Mapping[MultiIndex, float],
) -> tuple[float, ...] | dict[MultiIndex, float]:
    """λ_α = (τ_0/τ_α)², the weights of Gauss and Markov for noise of known size (W2).

    The data are Dᵅu(x_i) + τ_α ε with uncorrelated ε of mean 0 and variance 1, p is 2, the model is linear
    in θ, and u is the model at some θ. Then every linear function of θ that the data determine is found
    without bias by the minimiser of Σ_α λ_α Σ_i r_{α,i}² for any λ_α > 0, and with the least variance for
    λ_α ∝ 1/τ_α². All nodes must have the same weight, as in `samples`.

    Parameters
    ----------
    tau : sequence of k + 1 numbers, or mapping from α to number
        Standard deviations > 0, by order or by multi-index, each in the units of its derivative.

    Returns
    -------
    tuple or dict
        λ by order or by multi-index, for ``weights=``; it is 1 for the first in graded order.

    See Also
    --------
    samples : The rule of points that were measured.
    SobolevLoss : Takes them as its `weights`.

    Examples
    --------
    Slopes five times as noisy as values count 1/25:

    >>> noise_weights((0.1, 0.5))
    (1.0, 0.04000000000000001)
    """
    if isinstance(tau, Mapping):
        by_alpha = by_multi_index("tau", tau)
        lowest = min(by_alpha, key=lambda alpha: (sum(alpha), [-n for n in alpha]))
        return _gauss_markov(by_alpha, first=lowest)
    by_order = as_sequence("tau", tau, "a sequence of numbers or a mapping from α")
    if not by_order:
        raise ValueError("tau: got an empty sequence, takes at least one number")
    return tuple(_gauss_markov(dict(enumerate(by_order)), first=0).values())


def _gauss_markov(sizes: Mapping[Key, Any], first: Key) -> dict[Key, float]:
    """The weights (τ_0/τ)² by key, where τ_0 is that of the first."""
    tau = {key: as_positive(f"tau[{key}]", size) for key, size in sizes.items()}
    weights = {}
    for key in tau:
        ratio = tau[first] / tau[key]
        if not 1e-150 < ratio < 1e150:
            raise ValueError(
                f"tau[{key}]: got a ratio τ_0/τ of {ratio:g}, takes one from 1e-150 to 1e150"
            )
        weights[key] = ratio**2  # (W2)
    return weights


def frobenius_weights(d: int, order: int) -> dict[MultiIndex, float]:
    """λ_α = |α|!/α!: for p = 2 each order's terms are the squared Frobenius norm of its derivatives.

    Parameters
    ----------
    d : int
        The dimension d >= 1.
    order : int
        The highest order k >= 0.

    Returns
    -------
    dict
        From α to λ_α, as `SobolevLoss` takes it for ``weights=``.

    See Also
    --------
    bessel_weights : Times C(k, |α|), for the norm with the Fourier weight (1 + |ω|²)^k.

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
    """λ_α = C(k, |α|) |α|!/α!, which are the weights of the norm with the Fourier weight (1 + |ω|²)^k.

    Parameters and result are the same as `frobenius_weights`'s.

    See Also
    --------
    frobenius_weights : Without C(k, |α|).
    fourier_norm : The norm by its Fourier weight.

    Examples
    --------
    >>> bessel_weights(1, 2)
    {(0,): 1.0, (1,): 2.0, (2,): 1.0}
    """
    frobenius = frobenius_weights(d, order)
    return {alpha: comb(order, sum(alpha)) * weight for alpha, weight in frobenius.items()}
