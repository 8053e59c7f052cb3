"""Which frequencies a function of one variable is made of: its `spectrum`, and norms of any real order.

On a periodic interval of length ℓ the waves are those of the Fourier series. On any other interval they
are the Legendre polynomials, which need no periodicity and resolve the ends:

    e(x) = Σ_{j≥0} A_j cos(ω_j x + φ_j),   ω_j = 2πj/ℓ
    e(x) = Σ_{n≥0} c_n P_n(t),   c_n = (2n + 1)/2 ∫_{−1}^{1} e P_n dt,   t = (2x − a − b)/(b − a)

    (I4)  ‖u‖_s² = ℓ Σ_ω (1 + ω²)^s |û(ω)|²,  ω ∈ (2π/ℓ)ℤ

A loss of order k weighs the high frequencies of its error more: a periodic one by 1 + ω² for k = 1. To see
it, compare the spectra of u_θ − u after training with k = 0 and with k = 1. (I4) with s = k is the norm with
`bessel_weights`, and it has a meaning for every real s.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
from numpy.polynomial.legendre import legvander
from numpy.typing import ArrayLike

from .._checks import as_bounds, as_integer, as_real, as_values, as_word
from .._typing import Array
from ..integrals.rules import gauss_legendre

MAX_VALUES = 10**8  # of equidistant values
MAX_DEGREE = 7000  # its Vandermonde matrix takes 400 MB
NOTABLE = 1e-6  # of ‖u‖_s², a share of rounding that is told


def spectrum(
    e: Callable[[Array], ArrayLike],
    bounds: tuple[float, float],
    n: int = 256,
    basis: str = "fourier",
) -> tuple[Array, Array]:
    """The amplitudes of a function by frequency, from n of its values.

    Parameters
    ----------
    e : callable
        A function of one array; for an error, ``lambda x: net.function(theta)(x) - u(x)``.
    bounds : tuple of float
        The interval; for "fourier" it is one period.
    n : int
        How many values are taken. Frequencies above πn/ℓ, which n values resolve, are aliased.
    basis : {"fourier", "legendre"}
        "fourier" is for a periodic interval: it gives A_j, j = 0, …, ⌊n/2⌋, from n equidistant values by the
        discrete Fourier transform. "legendre" is for any interval: it gives |c_n| by n-point Gauss–Legendre
        quadrature, which is exact for polynomials of degree < n.

    Returns
    -------
    frequency : ndarray, shape (F,)
        The frequency ω_j, in radians per unit of x, or the degree.
    amplitude : ndarray, shape (F,)
        The amplitude A_j or |c_n|, in the units of e.

    See Also
    --------
    fourier_norm : A norm of any real order.

    Examples
    --------
    >>> frequency, amplitude = spectrum(lambda x: 3 + 0.5 * np.sin(2 * x), (0, 2 * np.pi), 8)
    >>> frequency.round(12), abs(amplitude).round(12)
    (array([0., 1., 2., 3., 4.]), array([3. , 0. , 0.5, 0. , 0. ]))
    >>> spectrum(lambda x: x**2, (-1, 1), 4, "legendre")[1].round(12)      # 1/3 P_0 + 2/3 P_2
    array([0.33333333, 0.        , 0.66666667, 0.        ])
    """
    a, b = as_interval(bounds)
    basis = as_word("basis", basis, "fourier", "legendre")
    n = as_integer("n", n, 1, MAX_VALUES if basis == "fourier" else MAX_DEGREE)
    if basis == "legendre":
        rule, degree = gauss_legendre([(-1, 1)], n), np.arange(n)
        values, exponent = _mantissas("e", e, gauss_legendre([(a, b)], n).nodes[:, 0])
        P = legvander(rule.nodes[:, 0], n - 1)  # P_n(t), (n, n)
        amplitude = np.abs((2 * degree + 1) / 2 * (P.T @ (rule.weights * values)))  # |c_n|, (n,)
        frequency = degree.astype(float)
    else:
        frequency, amplitude, exponent = _waves("e", e, a, b, n)
    with np.errstate(over="ignore"):
        amplitude = np.ldexp(amplitude, exponent)
    if not np.isfinite(amplitude).all():
        raise ValueError("e: got values so large that an amplitude is beyond float64")
    return frequency, amplitude


def fourier_norm(
    u: Callable[[Array], ArrayLike], bounds: tuple[float, float], s: float, n: int
) -> float:
    """The Sobolev norm of any real order s of a periodic function, through its Fourier series (I4).

    ‖u‖_s = ( ℓ Σ_ω (1 + ω²)^s |û(ω)|² )^{1/2}. The discrete Fourier transform of n equidistant values
    gives û for |ω| ≤ πn/ℓ; it is spectrally accurate where u is smooth and periodic, as far as rounding goes:
    (1 + ω²)^s makes much of it where s and n are large, and a `RuntimeWarning` says so. At ω = πn/ℓ itself,
    for even n, the values show a cosine alone, half of it at ω and half at −ω: a sine is zero at all of them.

    Parameters
    ----------
    u : callable
        A function of one array, of period ℓ.
    bounds : tuple of float
        The interval, which is one period.
    s : float
        Any real order; s = k is the norm with `bessel_weights`, and a negative s measures low frequencies.
    n : int
        The number of values, at least 1.

    Returns
    -------
    float

    See Also
    --------
    sobolev_norm : Whole orders, on any box.
    spectrum : How much there is of each frequency.

    Examples
    --------
    For sin over a period û(±1) = ±1/(2i), so ‖sin‖_s² = 2π · 2^s / 2:

    >>> round(fourier_norm(np.sin, (0, 2 * math.pi), 0.5, 16) ** 2 / math.pi, 12)
    1.414213562373
    """
    a, b = as_interval(bounds)
    s = as_real("s", s)
    n = as_integer("n", n, 1, MAX_VALUES)
    omega, amplitude, exponent = _waves("u", u, a, b, n)
    amplitude[1:] /= math.sqrt(2)  # a wave's mean square is A²/2, at the Nyquist frequency as well
    with np.errstate(all="ignore"):
        terms = np.hypot(1, omega) ** s * amplitude  # (1 + ω²)^{s/2} |û(ω)|, for ω and −ω as one
        unit = terms.max() or 1.0  # squares in units of the largest stay within float64
        norm = np.ldexp(unit * math.sqrt(b - a) * np.linalg.norm(terms / unit), exponent)  # (I4)
    if not math.isfinite(norm) or (norm == 0 and amplitude.any()):
        raise ValueError(f"s: got {s:g}, for which a term (1 + ω²)^s |û(ω)|² is beyond float64")
    warn_of_rounding("u", omega, amplitude, s, n, max(abs(a), abs(b)))
    return float(norm)


def warn_of_rounding(
    name: str, omega: Array, amplitude: Array, s: float, n: int, farthest: float
) -> None:
    """Warn where rounding of n values may be a part of ‖u‖_s², of amplitudes whose squares make ‖u‖_0²/ℓ.

    A value is rounded by about ε/2 of its size, and x by ε/3 of it, which moves u by u′ as much. Such errors
    have the same mean square δ²/n at all frequencies.
    """
    slope = np.linalg.norm(omega * amplitude)
    delta = np.finfo(float).eps * (np.linalg.norm(amplitude) / 2 + farthest * slope / 3)
    with np.errstate(all="ignore"):
        root = np.hypot(1, omega) ** s
        unit = root.max()
        rounding = delta * math.sqrt(2 / n) * np.linalg.norm(root / unit)
        share = (rounding / np.linalg.norm(root / unit * amplitude)) ** 2
    if share > NOTABLE:
        part = "most" if share > 0.5 else f"{share:.1g}"
        warnings.warn(
            f"{name}: rounding of {n} values may be {part} of the square of a norm of order s = {s:g}; take "
            "fewer, as many as its frequencies ask for, or a lower s",
            RuntimeWarning,
            stacklevel=3,
        )


def _waves(
    name: str, f: Callable[[Array], ArrayLike], a: float, b: float, n: int
) -> tuple[Array, Array, int]:
    """ω_j and A_j 2^{−exponent}, j = 0, …, ⌊n/2⌋, of n equidistant values, with the exponent."""
    values, exponent = _mantissas(name, f, a + (b - a) * (np.arange(n) / n))
    amplitude = np.abs(np.fft.rfft(values)) / n  # |f̂(ω_j)|
    amplitude[1 : (n + 1) // 2] *= 2  # ω and −ω make one wave; 0 and the Nyquist frequency none
    with np.errstate(over="ignore"):
        omega = 2 * np.pi / (b - a) * np.arange(len(amplitude))
    if not np.isfinite(omega).all():
        raise ValueError(
            f"bounds: got an interval of length {b - a:g}, whose frequencies are beyond float64"
        )
    return omega, amplitude, exponent


def _mantissas(name: str, f: Callable[[Array], ArrayLike], x: Array) -> tuple[Array, int]:
    """f(x) 2^{−exponent}, between −1 and 1, so that no sum overflows and no square underflows."""
    values = as_values(name, f, x)
    exponent = int(np.frexp(np.abs(values).max())[1])
    return np.ldexp(values, -exponent), exponent


def as_interval(bounds: ArrayLike) -> tuple[float, float]:
    """The two ends (a, b) of a box of one dimension."""
    ((a, b),) = as_bounds(bounds, d=1)
    return a, b
