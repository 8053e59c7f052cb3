"""What Sobolev norms say of a function: bounds at every point, Poincaré, weak derivatives, Fourier.

    (I1)  ‖e‖_∞² ≤ λ^{−1/2} coth(ℓ/√λ) ∫ (e² + λ e′²) dx     equality: e = cosh(x/√λ) on [0, ℓ]
    (I2)  ‖e‖_∞² ≤ ‖e‖²/ℓ + 2‖e‖‖e′‖                         equality: constants         (Agmon)
    (I3)  ‖e − ē‖ ≤ (ℓ/π)‖e′‖                                equality: cos(πx/ℓ)         (Poincaré)
    (I4)  ‖u‖_s² = ℓ Σ_ω (1 + ω²)^s |û(ω)|²,  ω ∈ (2π/ℓ)ℤ    on a periodic interval of length ℓ

all on an interval of length ℓ, norms in L². (I1) and (I2) turn a Sobolev loss into a certificate for
the largest error; for d = 2, k = 1 there is no such bound. (I4) with s = k is the norm with
`bessel_weights`, and means something for every real s.
"""

import math
from collections.abc import Callable

import numpy as np

from .._checks import (
    as_bounds,
    as_function,
    as_integer,
    as_real,
    as_sequence,
    as_values,
    check_size,
)
from .._typing import Array
from ..integrals.quadrature import Quadrature

POSITIVE, NONNEGATIVE = "a finite number > 0", "a finite number >= 0"


def sup_norm_certificate(integral: float, length: float, weight: float = 1.0) -> float:
    """The bound on sup |e| that a Sobolev loss of order 1 certifies on an interval (I1).

    ‖e‖_∞ ≤ ( λ^{−1/2} coth(ℓ/√λ) ∫ (e² + λ e′²) dx )^{1/2}.

    It is a bound for the true integral: a quadrature sum certifies nothing between its nodes, so
    print its error beside the certificate.

    Parameters
    ----------
    integral : float
        ∫ (e² + λ e′²) dx, the loss for p = 2, k = 1, m = 1, as an integral and not a mean.
    length : float
        ℓ > 0, the length of the interval.
    weight : float, default 1
        λ > 0, in the units of length².

    Returns
    -------
    float
        In the units of e.

    Raises
    ------
    TypeError, ValueError
        For arguments outside their range.

    Examples
    --------
    A mean loss of 0.0037 on [−2π, 2π]:

    >>> round(sup_norm_certificate(0.0037125 * 4 * math.pi, 4 * math.pi), 3)
    0.216
    """
    integral = as_real("integral", integral, NONNEGATIVE, above=0)
    length = as_real("length", length, POSITIVE, above=0, strictly=True)
    root = math.sqrt(as_real("weight", weight, POSITIVE, above=0, strictly=True))
    share = root * math.tanh(length / root)
    return _finite("integral, length", math.sqrt(integral / share) if share else math.inf)  # (I1)


def agmon_bound(norm: float, derivative_norm: float, length: float) -> float:
    """Agmon's bound on sup |e| from the two norms apart: (‖e‖²/ℓ + 2‖e‖‖e′‖)^{1/2} (I2).

    Parameters
    ----------
    norm, derivative_norm : float
        ‖e‖ and ‖e′‖ in L² of the interval.
    length : float
        ℓ > 0.

    Returns
    -------
    float
        In the units of e.

    Examples
    --------
    >>> round(agmon_bound(norm=3.0, derivative_norm=0.0, length=9.0), 12)    # e = 1 on [0, 9]
    1.0
    """
    e = as_real("norm", norm, NONNEGATIVE, above=0)
    slope = as_real("derivative_norm", derivative_norm, NONNEGATIVE, above=0)
    length = as_real("length", length, POSITIVE, above=0, strictly=True)
    bound = math.sqrt(e) * math.sqrt(e / length + 2 * slope)  # (I2)
    return _finite("norm, derivative_norm, length", bound)


def poincare_bound(derivative_norm: float, length: float) -> float:
    """Poincaré's bound on ‖e − ē‖, ē the mean of e: (ℓ/π)‖e′‖ (I3).

    Parameters
    ----------
    derivative_norm : float
        ‖e′‖ in L² of the interval.
    length : float
        ℓ > 0.

    Returns
    -------
    float
        In the units of ‖e‖.

    Examples
    --------
    >>> round(poincare_bound(derivative_norm=1.0, length=math.pi), 12)
    1.0
    """
    slope = as_real("derivative_norm", derivative_norm, NONNEGATIVE, above=0)
    length = as_real("length", length, POSITIVE, above=0, strictly=True)
    return _finite("derivative_norm, length", length / math.pi * slope)  # (I3)


def _finite(names: str, bound: float) -> float:
    if bound == math.inf:
        raise ValueError(f"{names}: got numbers whose bound is beyond float64, takes other units")
    return bound


def weak_derivative_defect(
    u: Callable[[Array], Array],
    v: Callable[[Array], Array],
    test: Callable[[Array], Array],
    test_slope: Callable[[Array], Array],
    pieces: list[Quadrature],
) -> float:
    """∫ u φ′ dx + ∫ v φ dx, zero for every test function φ exactly when v is the weak derivative of u.

    Parameters
    ----------
    u, v : callable
        The function, and what may be its weak derivative; arrays to arrays.
    test, test_slope : callable
        φ, zero with its derivative at the ends of the interval, and φ′.
    pieces : list of Quadrature
        Rules on the intervals between the kinks of u, so that each integrand is smooth.

    Returns
    -------
    float
        The sum of the two integrals.

    Examples
    --------
    sign is the weak derivative of |x|, which has no classical one at 0:

    >>> from sobolev_ref import gauss_legendre
    >>> pieces = [gauss_legendre([(-1, 0)], 12), gauss_legendre([(0, 1)], 12)]
    >>> bump = lambda x: (1 - x**2) ** 2 * (1 + x)
    >>> slope = lambda x: (1 - x**2) ** 2 - 4 * x * (1 - x**2) * (1 + x)
    >>> abs(weak_derivative_defect(np.abs, np.sign, bump, slope, pieces)) < 1e-15
    True
    """
    for name, function in (("u", u), ("v", v), ("test", test), ("test_slope", test_slope)):
        as_function(name, function)
    pieces = as_sequence("pieces", pieces, "a list of Quadrature")
    if not pieces:
        raise ValueError("pieces: got an empty list, takes at least one Quadrature")
    for i, rule in enumerate(pieces):
        if not isinstance(rule, Quadrature) or rule.d != 1:
            raise TypeError(
                f"pieces[{i}]: got {type(rule).__name__}, takes a Quadrature on an interval"
            )
    return float(
        sum(
            rule.integrate(
                lambda x: (
                    as_values("u", u, x) * as_values("test_slope", test_slope, x)
                    + as_values("v", v, x) * as_values("test", test, x)
                )
            )
            for rule in pieces
        )
    )


def fourier_norm(
    u: Callable[[Array], Array], bounds: tuple[float, float], s: float, n: int
) -> float:
    """The Sobolev norm of any real order s of a periodic function, through its Fourier series (I4).

    ‖u‖_s = ( ℓ Σ_ω (1 + ω²)^s |û(ω)|² )^{1/2}, û from n equidistant values by the discrete Fourier
    transform, |ω| ≤ πn/ℓ: spectrally accurate where u is smooth and periodic.

    Parameters
    ----------
    u : callable
        A function of one array, of period ℓ.
    bounds : tuple of float
        One period.
    s : float
        Any real order; s = k is the norm with `bessel_weights`, negative s measures low frequencies.
    n : int
        The number of values, at least 1.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name.

    Examples
    --------
    sin over a period: û(±1) = ±1/(2i), so ‖sin‖_s² = 2π · 2^s / 2:

    >>> round(fourier_norm(np.sin, (0, 2 * math.pi), 0.5, 16) ** 2 / math.pi, 12)
    1.414213562373
    """
    box = as_bounds(bounds)
    if len(box) != 1:
        raise ValueError(f"bounds: got {len(box)} dimensions, takes one")
    (a, b), count = box[0], as_integer("n", n, minimum=1)
    s = as_real("s", s, "a finite real number", above=-math.inf)
    check_size("n", count, count)
    values = as_values("u", u, a + (b - a) * np.arange(count) / count)
    omega = 2 * np.pi * np.fft.fftfreq(count, (b - a) / count)  # (n,)
    amplitude = np.abs(np.fft.fft(values)) / count
    with np.errstate(all="ignore"):
        norm = math.sqrt((b - a) * ((1 + omega**2) ** s * amplitude**2).sum())  # (I4)
    if not math.isfinite(norm):
        raise ValueError(f"s: got {s:g}, for which (1 + ω²)^s is beyond float64")
    return norm
