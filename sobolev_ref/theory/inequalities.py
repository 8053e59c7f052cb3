"""What norms of e and e′ say of e: bounds on sup |e|, and on its distance from its mean.

    (I1)  ‖e‖_∞² ≤ λ^{−1/2} coth(ℓ/√λ) ∫ (e² + λ e′²) dx     equality: e = cosh(x/√λ) on [0, ℓ]
    (I2)  ‖e‖_∞² ≤ ‖e‖²/ℓ + 2‖e‖‖e′‖                         equality: constants         (Agmon)
    (I3)  ‖e − ē‖ ≤ (ℓ/π)‖e′‖                                equality: cos(πx/ℓ)         (Poincaré)
    (I9)  ‖e‖²/‖e′‖² = λ (sinh 2y + 2y)/(sinh 2y − 2y)       y = ℓ/√λ, the best λ in (I1)

They all hold on an interval of length ℓ, and their norms are those of L². (I1) and (I2) turn a Sobolev loss
into a certificate for the largest error. There is no such bound for d = 2, k = 1. With the λ of (I9), (I1) is
the best bound that the two norms allow: cosh(x/√λ) has them, and attains it. So (I2) is never better.
"""

import math

from scipy.optimize import brentq

from .._checks import as_positive, as_real


def sup_norm_certificate(integral: float, length: float, weight: float = 1.0) -> float:
    """The bound on sup |e| that a Sobolev loss of order 1 certifies on an interval (I1).

    ‖e‖_∞ ≤ ( λ^{−1/2} coth(ℓ/√λ) ∫ (e² + λ e′²) dx )^{1/2}.

    It is a bound for the true integral. A quadrature sum certifies nothing between its nodes, so take the
    integral of `certified_integral`, or print the sum's error beside. A number cannot show what it is the
    integral of: multiply a mean over the interval by ℓ, and divide a loss with the weights (λ_0, λ_1) by λ_0,
    with λ = λ_1/λ_0. By (I1) nothing follows from a loss with p ≠ 2, of order 0, or of data that have gaps.

    Parameters
    ----------
    integral : float
        ∫ (e² + λ e′²) dx, which is the loss for p = 2, k = 1 as an integral and not as a mean. For m > 1
        the sum over outputs bounds sup |e| with |e|² = Σ_j e_j².
    length : float
        The length ℓ > 0 of the interval.
    weight : float, default 1
        λ > 0, in the units of length².

    Returns
    -------
    float
        A bound in the units of e.

    See Also
    --------
    certified_integral : With bounds between the nodes.
    sharpest_weight : The λ for which it is least.

    Examples
    --------
    The interval is [−2π, 2π], and the mean loss on it 0.0037:

    >>> round(sup_norm_certificate(0.0037125 * 4 * math.pi, 4 * math.pi), 3)
    0.216
    """
    integral = as_real("integral", integral, above=0)
    length = as_positive("length", length)
    root = math.sqrt(as_positive("weight", weight))
    share = root * math.tanh(length / root)  # 1/share = λ^{−1/2} coth(ℓ/√λ)
    bound = math.sqrt(integral) / math.sqrt(share) if share else math.inf  # (I1)
    return finite_bound("integral, length", bound)


def sharpest_weight(norm: float, derivative_norm: float, length: float) -> float:
    """The λ with which (I1) is smallest for given ‖e‖ and ‖e′‖, and the best bound that they allow (I9).

    ‖e‖²/‖e′‖² = λ (sinh 2y + 2y)/(sinh 2y − 2y), y = ℓ/√λ; λ is near ‖e‖²/‖e′‖² where that is far below ℓ².
    The bound is then that of `sup_norm_certificate`, with the integral ‖e‖² + λ‖e′‖² and the weight λ.

    Parameters
    ----------
    norm, derivative_norm : float
        The norms ‖e‖ > 0 and ‖e′‖ > 0 in L² of the interval. Where ‖e′‖ is 0, e is a constant.
    length : float
        The length ℓ > 0 of the interval.

    Returns
    -------
    float
        λ, in the units of length².

    See Also
    --------
    agmon_bound : A simpler bound from the same two norms.
    sup_norm_certificate : The bound for a loss and a λ.

    Examples
    --------
    Of cosh x on [0, 1], ‖e‖² = ½ + sinh(2)/4 and ‖e′‖² = sinh(2)/4 − ½:

    >>> e, slope = (0.5 + math.sinh(2) / 4) ** 0.5, (math.sinh(2) / 4 - 0.5) ** 0.5
    >>> lam = sharpest_weight(e, slope, 1.0)
    >>> round(lam, 9), round(sup_norm_certificate(e**2 + lam * slope**2, 1.0, lam) / math.cosh(1), 9)
    (1.0, 1.0)
    """
    e = as_positive("norm", norm)
    slope = as_positive("derivative_norm", derivative_norm)
    length = as_positive("length", length)
    wanted = 2 * (math.log(e) - math.log(slope) - math.log(length))  # log of ‖e‖²/(‖e′‖ℓ)²

    def excess(log_y: float) -> float:
        return math.log(_ratio(2 * math.exp(log_y))) - 2 * log_y - wanted  # (I9)

    names = "norm, derivative_norm, length"
    if abs(wanted) > 600:  # e^{600} is near the largest float64
        return finite_bound(names, math.inf)
    # `_ratio` falls, and is between 1 and 3/y² + 2, so that the solution lies between these two.
    low, high = -wanted / 2, max(-wanted / 2, (math.log(3) - wanted) / 4) + 1
    root = length / math.exp(brentq(excess, low, high, xtol=1e-15))  # √λ
    return finite_bound(names, root * root or math.inf)


def _ratio(z: float) -> float:
    """(sinh z + z)/(sinh z − z), without overflow and without cancellation."""
    if z < 1:
        series = 1.0  # sinh z − z = (z³/6) · series
        for n in range(18, 3, -2):
            series = 1 + z**2 / (n * (n + 1)) * series
        return 1 + 12 / (z**2 * series)
    small = math.exp(-z)
    return (1 - small**2 + 2 * z * small) / (1 - small**2 - 2 * z * small)


def agmon_bound(norm: float, derivative_norm: float, length: float) -> float:
    """Agmon's bound on sup |e| from the two norms apart, (‖e‖²/ℓ + 2‖e‖‖e′‖)^{1/2} (I2).

    Parameters
    ----------
    norm, derivative_norm : float
        The norms ‖e‖ and ‖e′‖ in L² of the interval.
    length : float
        The length ℓ > 0 of the interval.

    Returns
    -------
    float
        A bound in the units of e.

    See Also
    --------
    sharpest_weight : The λ for the best bound that the two norms allow.
    sup_norm_certificate : The bound for a trained network.

    Examples
    --------
    >>> round(agmon_bound(norm=3.0, derivative_norm=0.0, length=9.0), 12)    # e = 1 on [0, 9]
    1.0
    """
    e = as_real("norm", norm, above=0)
    slope = as_real("derivative_norm", derivative_norm, above=0)
    length = as_positive("length", length)
    bound = math.sqrt(e) * math.sqrt(e / length + 2 * slope)  # (I2)
    return finite_bound("norm, derivative_norm, length", bound)


def poincare_bound(derivative_norm: float, length: float) -> float:
    """Poincaré's bound on ‖e − ē‖, where ē is the mean of e: (ℓ/π)‖e′‖ (I3).

    Parameters
    ----------
    derivative_norm : float
        The norm ‖e′‖ in L² of the interval.
    length : float
        The length ℓ > 0 of the interval.

    Returns
    -------
    float
        A bound in the units of ‖e‖.

    See Also
    --------
    agmon_bound : A bound on the largest |e|.

    Examples
    --------
    >>> round(poincare_bound(derivative_norm=1.0, length=math.pi), 12)
    1.0
    """
    slope = as_real("derivative_norm", derivative_norm, above=0)
    length = as_positive("length", length)
    return finite_bound("derivative_norm, length", length / math.pi * slope)  # (I3)


def finite_bound(names: str, bound: float) -> float:
    """The bound, which is refused where it is beyond float64."""
    if not 0 <= bound < math.inf:
        raise ValueError(f"{names}: got numbers whose bound is beyond float64, takes other units")
    return float(bound)
