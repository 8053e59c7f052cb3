"""How large the derivatives of an activation are: numbers M_n ≥ sup |σ⁽ⁿ⁾(z)| over all real z, n = 0, 1, …

M_0 is infinite for those that grow with z. A bound need not be the least one. For n ≤ 8 those by Cramér's
inequality are up to 2.2 times the supremum; beyond, they are looser, like n^{1/4}. For n ≤ 30 that of silu is
up to 1.7 times the supremum, and the others are within one per cent of it.
"""

import math
from functools import cache

import numpy as np
from numpy.polynomial import Polynomial

CRAMER = 1.0865  # the constant of Cramér's inequality is 1.086435 to six digits
Z_SLOPE = 0.2239  # sup |z| (g − g²), at z tanh(z/2) = 1, is 0.223872 to six digits
ROUNDING = 2e-13  # of the sum of all |coefficients|, above 4 n ε for n ≤ 171


@cache
def tanh(n: int) -> float:
    """σ⁽ⁿ⁾ = P_n(σ), P_0 = t, P_{n+1} = P_n′ · (1 − t²), and the maximum of |P_n| on [−1, 1]."""
    return _largest(_derivative(n))


def sigmoid(n: int) -> float:
    """½ + ½ tanh(z/2), so that σ⁽ⁿ⁾ = tanh⁽ⁿ⁾(z/2)/2ⁿ⁺¹ for n ≥ 1."""
    return math.ldexp(tanh(n), -n - 1) if n else 1.0


def softplus(n: int) -> float:
    """σ⁽ⁿ⁾ = g⁽ⁿ⁻¹⁾, g the sigmoid."""
    return sigmoid(n - 1) if n else math.inf


@cache
def silu(n: int) -> float:
    """σ⁽ⁿ⁾ = z g⁽ⁿ⁾ + n g⁽ⁿ⁻¹⁾, g⁽ⁿ⁾ = 2¹⁻ⁿ P_{n−1}′(t) · (g − g²), t = 2g − 1, and |z (g − g²)| ≤ 0.2239."""
    if n == 0:
        return math.inf
    return Z_SLOPE * math.ldexp(_largest(_derivative(n - 1, 1)), 1 - n) + n * sigmoid(n - 1)


def gaussian(n: int) -> float:
    """σ⁽ⁿ⁾ = ±H_n(z) e^{−z²}, and Cramér's |H_n(z)| e^{−z²/2} ≤ 1.0865 √(2ⁿ n!)."""
    return 2 ** (n / 2) * _hermite(n) if n else 1.0


def gelu(n: int) -> float:
    """σ′ = Φ + z φ, and σ⁽ⁿ⁾ = ±(He_n − He_{n−2}) φ for n ≥ 2."""
    if n < 2:
        return 1 + 1 / math.sqrt(2 * math.pi * math.e) if n else math.inf
    return (_hermite(n) + _hermite(n - 2)) / math.sqrt(2 * math.pi)


def sin(n: int) -> float:
    """±sin or ±cos."""
    return 1.0


def identity(n: int) -> float:
    """z, 1, 0, 0, …"""
    return (math.inf, 1.0)[n] if n < 2 else 0.0


def _hermite(n: int) -> float:
    """1.0865 √n! ≥ sup |He_n(z)| e^{−z²/4}, Cramér's inequality."""
    return CRAMER * math.prod(math.sqrt(i) for i in range(2, n + 1))


def _derivative(n: int, order: int = 0) -> Polynomial:
    """P_n, with tanh⁽ⁿ⁾ = P_n(tanh), or a derivative of P_n; its coefficients add up without cancellation."""
    P = Polynomial([0, 1])
    with np.errstate(all="ignore"):
        for _ in range(n):
            P = P.deriv() * Polynomial([1, 0, -1])
        return P.deriv(order)


def _largest(Q: Polynomial) -> float:
    """A number above max |Q| on [−1, 1], and close to it, for Q even or odd.

    The ends of [0, 1] are grid points, and at an extremum inside Q′ = 0, so that the largest value on a grid
    of mesh h is short of the maximum by at most h²/8 · max |Q″|, which is bounded in the same way.
    """
    grid = np.linspace(0, 1, 10_001)
    with np.errstate(all="ignore"):
        size = float(np.abs(Q.coef).sum())
        if not math.isfinite(size):
            return math.inf
        curvature = _largest(Q.deriv(2)) if Q.degree() > 1 else 0.0
        bound = float(np.abs(Q(grid)).max() + grid[1] ** 2 / 8 * curvature)
    return min(size, bound) + ROUNDING * size
