"""Quotients and powers at nodes where the value is 0, by the leading monomial.

Where z_0 = 0 and every monomial of z is a multiple of x^μ, itself one of them, z = x^μ w with w_0 ≠ 0:

    u / z = (x^−μ u) / w,  where x^μ divides u          zʳ = x^{rμ} wʳ

A jet of order k knows w to degree k − |μ|. What it does not know is NaN. For rμ not whole, derivatives may be
infinite; Dᵅzʳ is ∞, whatever its sign, where it is so for certain: in one variable, and where ∂_q z ≠ 0
for every q in α, as then z^{r−|α|} ∏ (∂_q z)^{α_q} outgrows all else. Others are NaN: the slope of
√(x² + y²) at 0 is bounded, and has no limit. Where μ_q is even, x_q stands for |x_q|: for odd r μ_q it has a
kink at 0 where z itself has none.
"""

from collections.abc import Iterator

import numpy as np

from .._typing import Array, MultiIndex
from . import elementary
from .algebra import TaylorAlgebra
from .multi_index import position


def groups(z: Array, T: TaylorAlgebra) -> Iterator[tuple[Array, list[MultiIndex]]]:
    """The nodes with z_0 = 0, in groups of the same monomials: their mask and the list of these."""
    zero = z[0] == 0
    patterns, which = np.unique(z[:, zero] != 0, axis=1, return_inverse=True)
    for i, pattern in enumerate(patterns.T):
        nodes = zero.copy()
        nodes[zero] = which.ravel() == i
        yield nodes, [alpha for alpha, there in zip(T.indices, pattern) if there]


def leader(monomials: list[MultiIndex]) -> MultiIndex | None:
    """The monomial that divides all others, if there is one."""
    mu = tuple(map(min, zip(*monomials)))
    return mu if mu in monomials else None


def shifted(z: Array, mu: MultiIndex, T: TaylorAlgebra, missing: float) -> Array:
    """The rows z_{α+μ} in place α, and `missing` where z has no such row."""
    where = position(T.d, T.order)
    rows = [where.get(tuple(a + m for a, m in zip(alpha, mu))) for alpha in T.indices]
    return np.array([np.full_like(z[0], missing) if row is None else z[row] for row in rows])


def quotient(u: Array, z: Array, T: TaylorAlgebra) -> Array:
    """u/z, also where both have a zero that the leading monomial of z cancels."""
    a = elementary.divide(u, z, T)
    if T.order == 0 or (z[0] != 0).all():
        return a
    u, z = (np.broadcast_to(v, a.shape) for v in (u, z))
    for nodes, monomials in groups(z, T):
        mu = leader(monomials)
        if mu is None:
            continue
        not_multiples = [any(a < m for a, m in zip(alpha, mu)) for alpha in T.indices]
        nodes = nodes & (u[not_multiples] == 0).all(axis=0)
        numerator, denominator = (shifted(v[:, nodes], mu, T, np.nan) for v in (u, z))
        a[:, nodes] = elementary.divide(numerator, denominator, T)
    return a


def real_power(z: Array, r: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """(zʳ, the nodes on a kink) for real r."""
    a = elementary.sqrt(z, T) if r.size == 1 and r.item() == 0.5 else elementary.power(z, r, T)
    kinks = np.zeros(a.shape[1:], bool)
    if (z[0] != 0).all():
        return a, kinks
    z, r = np.broadcast_to(z, a.shape), np.broadcast_to(r, a.shape[1:])
    for s in np.unique(r[z[0] == 0]):
        if not s.is_integer():
            for nodes, monomials in groups(np.where(r == s, z, 1), T):
                a[:, nodes], kinks[nodes] = _power_at_zero(z[:, nodes], s, monomials, T)
    return a, kinks


def _power_at_zero(
    z: Array, r: float, monomials: list[MultiIndex], T: TaylorAlgebra
) -> tuple[Array, bool]:
    """(zʳ, whether that is a kink) where z_0 = 0, for r that is not whole.

    Without an exact answer, z = O(|x|ᵐ) leaves the derivatives of degree below rm zero.
    """
    mu = leader(monomials)
    if mu is not None and all((r * n).is_integer() for n in mu):
        p = [r * n for n in mu]
        w = elementary.power(shifted(z, mu, T, np.nan), np.asarray(r), T)
        minus_p = tuple(-int(n) for n in p)
        kink = sum(p) <= T.order and any(n % 2 == 0 and q % 2 == 1 for n, q in zip(mu, p))
        return shifted(w, minus_p, T, 0.0), kink
    m = min(map(sum, monomials), default=T.order + 1)
    beyond = np.array([_beyond(alpha, r, mu, monomials, T) for alpha in T.indices])
    low = np.array([sum(alpha) < r * m for alpha in T.indices])
    return np.broadcast_to(np.where(low, 0.0, beyond)[:, None], z.shape), False


def _beyond(
    alpha: MultiIndex,
    r: float,
    mu: MultiIndex | None,
    monomials: list[MultiIndex],
    T: TaylorAlgebra,
) -> float:
    """Dᵅzʳ at 0: 0 where each power of x that is not whole stays, as of ∂_y √x; ∞ where that is certain.

    What the jet does not know of z is O(|x|^{k+1}), and its power may have derivatives from r(k+1) on.
    """
    if mu is not None and all(a <= r * n for a, n in zip(alpha, mu) if not (r * n).is_integer()):
        return 0.0 if sum(alpha) < r * (T.order + 1) else np.nan
    slopes = [sum(monomial[q] for monomial in monomials if sum(monomial) == 1) for q in range(T.d)]
    is_certain = T.d == 1 or all(slope for slope, a in zip(slopes, alpha) if a)
    return np.inf if monomials and is_certain else np.nan


def cbrt(z: Array, T: TaylorAlgebra) -> Array:
    """∛z = ±(±z)^{1/3}, with the sign of z_0 or, where that is 0, of the first coefficient beyond."""
    first = np.take_along_axis(z, (z != 0).argmax(axis=0)[None], axis=0)[0]
    sign = np.where(first.real < 0, -1.0, 1.0)
    return sign * real_power(sign * z, np.asarray(1 / 3), T)[0]
