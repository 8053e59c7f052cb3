"""Special functions of a jet: by a differential equation where that is stable, else by f's own series.

    erf      s = (2/√π) e^{−z²}               ndtr, Φ    s = φ(z) = (1/√2π) e^{−z²/2}
    erfc     s = −(2/√π) e^{−z²}              log Φ      s = φ/Φ,  ∂s = −s (z + s) ∂z
    Γ        s = Γ ψ                          log |Γ|    s = ψ
    ψ        c_n = (−1)^{n+1} ζ(n + 1, z_0)   J_ν        c_n = 2⁻ⁿ/n! Σ_j (−1)^j C(n, j) J_{ν−n+2j}(z_0)
    sinc     c_n = πⁿ/n! ∫₀¹ tⁿ cos(π z_0 t + nπ/2) dt

Far to the left the equation of log Φ multiplies every rounding error by |z|ⁿ/n!, and so does that of
sinc near 0 by |z|⁻ⁿ. There, `compose` takes Taylor coefficients that are known otherwise.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy import special

from .._typing import Array
from .algebra import TaylorAlgebra
from .elementary import compose, divide, exp, integral, log, log1p_of_numbers, sin_cos, unfilled

# The continued fraction takes so many steps more than the order; at z = −2 the rest is below 1e−16.
MILLER = 100
QUADRATURE = 20  # nodes that integrate cos(πt) to rounding
LARGEST_STEP = 1e-9  # of a complex step, to 1 or |x|, so that its square is below rounding


def erf(z: Array, T: TaylorAlgebra) -> Array:
    """erf z: s = (2/√π) e^{−z²}."""
    s = 2 / math.sqrt(math.pi) * exp(-T.product(z, z), T)
    return integral(special.erf(z[0]), s, z, T)


def erfc(z: Array, T: TaylorAlgebra) -> Array:
    """erfc z = 1 − erf z, without the difference."""
    a = -erf(z, T)
    a[0] = special.erfc(z[0])
    return a


def ndtr(z: Array, T: TaylorAlgebra) -> Array:
    """Φ(z), the normal distribution function: s = φ(z) = (1/√2π) e^{−z²/2}."""
    s = 1 / math.sqrt(2 * math.pi) * exp(-T.product(z, z) / 2, T)
    return integral(special.ndtr(z[0]), s, z, T)


def log_ndtr(z: Array, T: TaylorAlgebra) -> Array:
    """log Φ(z): by s = φ/Φ and ∂s = −s (z + s) ∂z for z > −2, by `_log_ndtr_far_left` beyond."""
    a = np.where(z[0].real < -2, _log_ndtr_far_left(z, T), _log_ndtr_near(z, T))
    a[0] = _log_ndtr_of_numbers(z[0])
    return a


def _log_ndtr_of_numbers(z: Array) -> Array:
    """log Φ(z): SciPy's own loses the digits of complex z on the right, where Φ is nearly 1."""
    left = special.log_ndtr(z)
    if np.isrealobj(z):
        return np.asarray(left)
    return np.where(z.real < 0, left, log1p_of_numbers(-special.ndtr(-z)))


def _log_ndtr_near(z: Array, T: TaylorAlgebra) -> Array:
    a, s, t = unfilled(z, T), unfilled(z, T), unfilled(z, T)
    a[0] = _log_ndtr_of_numbers(z[0])
    s[0] = np.exp(-(z[0] ** 2) / 2 - a[0]) / math.sqrt(2 * math.pi)
    t[0] = -s[0] * (z[0] + s[0])
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.chain_row(g, z, t, s[g, ...])
        t[g] = -T.product_row(g, s, s) - T.product_row(g, z, s)
    return a


def _log_ndtr_far_left(z: Array, T: TaylorAlgebra) -> Array:
    """log Φ(z) = −z²/2 + log w(y) + const, w(y) = e^{y²} erfc y, y = −z/√2.

    From w′ = 2yw − 2/√π come n f_n = 2 (y f_{n−1} + f_{n−2}), n ≥ 2, for the Taylor coefficients f_n
    of w, and backwards the continued fraction f_n/f_{n−1} = −1 / (y − (n + 1)/2 · f_{n+1}/f_n), whose
    two terms have one sign. Forwards, the recurrence would follow its other solution, e^{y²}.
    """
    y = -z / math.sqrt(2)
    ratios, ratio = [], np.zeros_like(y[0])
    for n in range(T.order + MILLER, 0, -1):
        ratio = -1 / (y[0] - (n + 1) / 2 * ratio)  # f_n / f_{n−1}
        ratios.append(ratio)
    w = [np.ones_like(y[0])]
    for ratio in ratios[: -T.order - 1 : -1]:
        w.append(ratio * w[-1])
    return log(compose(w, y, T), T) - T.product(z, z) / 2


def sinc(z: Array, T: TaylorAlgebra) -> Array:
    """sin(πz)/(πz), 1 at z = 0: by the quotient for |z| > 1, by ∫₀¹ cos(πzt) dt where |z| ≤ 1."""
    far = np.abs(z[0]) > 1
    x, w = np.polynomial.legendre.leggauss(QUADRATURE + T.order // 2)
    t, w = (1 + x) / 2, w / 2  # (nodes,)
    inner = z[0][..., None] * t * math.pi  # (…, nodes)
    waves = np.cos(inner), -np.sin(inner), -np.cos(inner), np.sin(inner)  # cos(· + nπ/2)
    taylor = [
        math.pi**n / math.factorial(n) * (w * t**n * waves[n % 4]).sum(axis=-1)
        for n in range(T.order + 1)
    ]
    outer = math.pi * z
    outer[0] = np.where(far, outer[0], 4)
    a = np.where(far, divide(sin_cos(outer, T)[0], outer, T), compose(taylor, z, T))
    a[0] = a[0] if np.iscomplexobj(z) else np.sinc(z[0])
    return a


def real_analytic(taylor: Callable[[Array, int], list[Array]], z: Array, T: TaylorAlgebra) -> Array:
    """f(z) from c_0, …, c_n at real numbers; for the complex step z_0 = x + iy also to first order in y."""
    if np.isrealobj(z):
        return compose(taylor(z[0], T.order), z, T)
    x, y = z[0].real, z[0].imag
    if (np.abs(y) > LARGEST_STEP * np.maximum(1, np.abs(x))).any():
        raise ValueError(
            f"complex jets: got an imaginary part of {np.abs(y).max():g}, but this function is carried "
            f"for real numbers and the steps of a complex step, up to {LARGEST_STEP:g}, only"
        )
    c = taylor(x, T.order + 1)
    return compose([a + (n + 1) * 1j * y * b for n, (a, b) in enumerate(pairwise(c))], z, T)


def bessel(nu: int, z: Array, T: TaylorAlgebra) -> Array:
    """J_ν(z), ν whole: J_ν′ = (J_{ν−1} − J_{ν+1})/2, n times over."""

    def taylor(x: Array, order: int) -> list[Array]:
        return [
            sum((-1) ** j * math.comb(n, j) * special.jv(nu - n + 2 * j, x) for j in range(n + 1))
            / (2.0**n * math.factorial(n))
            for n in range(order + 1)
        ]

    return real_analytic(taylor, z, T)


def _digamma_taylor(x: Array, order: int) -> list[Array]:
    """ψ(x), which is ψ(1 − x) − π/tan πx on the left, and ψ⁽ⁿ⁾(x)/n! = (−1)^{n+1} ζ(n + 1, x)."""
    turn = np.tan(math.pi * (x - np.rint(x)))
    value = np.where(x < 0, special.digamma(1 - x) - math.pi / turn, special.digamma(x))
    return [value, *((-1) ** (n + 1) * special.zeta(n + 1, x) for n in range(1, order + 1))]


def digamma(z: Array, T: TaylorAlgebra) -> Array:
    """ψ(z) = Γ′/Γ."""
    return real_analytic(_digamma_taylor, z, T)


def gamma(z: Array, T: TaylorAlgebra) -> Array:
    """Γ(z): s = Γ ψ."""
    a, s, psi = unfilled(z, T), unfilled(z, T), digamma(z, T)
    value = special.gamma(z[0].real)
    a[0] = value if np.isrealobj(z) else value * (1 + 1j * z[0].imag * psi[0])
    s[0] = a[0] * psi[0]
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.product_row(g, a, psi, s[g, ...])
    return a


def gammaln(z: Array, T: TaylorAlgebra) -> Array:
    """log |Γ(z)|: s = ψ."""
    psi, value = digamma(z, T), special.gammaln(z[0].real)
    if np.iscomplexobj(z):
        value = value + 1j * z[0].imag * psi[0]
    return integral(value, psi, z, T)
