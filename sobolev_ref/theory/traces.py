"""What a Sobolev loss of order 1 says of the error at the boundary of a box, in L² along the boundary.

    (I10)  ∫_∂Ω e² ≤ C ∫_Ω (e² + λ|∇e|²),   C = 1/(λs)      equality: e = Π_q cosh(m_q (x_q − center_q))
           m_q tanh(m_q ℓ_q/2) = s for every q,   λ Σ_q m_q² = 1

On an interval m = λ^{−1/2}, and C = λ^{−1/2} coth(ℓ/(2√λ)); ∂Ω is then its two ends, and the integral over it
their sum. The proof, what becomes of C on small and large boxes, and why the converse is false stand in
docs/errata.md, "The error at the boundary".
"""

from __future__ import annotations

import math

from numpy.typing import ArrayLike
from scipy.optimize import brentq

from .._checks import as_bounds, as_positive

SHORTEST, LONGEST = 1e-100, 1e100  # half a side, in units of √λ; longer ones are as good as endless


def trace_embedding(bounds: ArrayLike, weight: float = 1.0) -> float:
    """The best c in (∫_∂Ω e²)^{1/2} ≤ c (∫_Ω e² + λ|∇e|²)^{1/2} on a box (I10).

    So ‖e‖ at the boundary is at most c √L for a Sobolev loss L with p = 2, k ≥ 1 and the weights 1 and λ, as
    an integral and not a mean, and with every Dᵅ at every point: terms of higher order only make L larger.

    Parameters
    ----------
    bounds : array_like, shape (d, 2)
        Ω; for d = 1 the integral over ∂Ω is the sum over both ends.
    weight : float, default 1
        λ > 0, in the units of length².

    Returns
    -------
    float
        c, attained by a product of cosh, but for rounding; c² has the units of 1/length.

    Examples
    --------
    c² is coth 1 on an interval of length 2, with equality for cosh x about its center:

    >>> round(trace_embedding([(-1, 1)]) ** 2 * math.tanh(1), 12)
    1.0
    >>> round(trace_embedding([(0, 1), (0, 1)]) ** 2, 4)
    4.1653
    """
    box = as_bounds(bounds)
    root = math.sqrt(as_positive("weight", weight))
    halves = [min(side / root / 2, LONGEST) for side in (box[:, 1] - box[:, 0]).tolist()]  # ℓ/(2√λ)
    if min(halves) < SHORTEST:
        raise ValueError(
            f"bounds, weight: got a side of {2 * min(halves):.3g} √λ, takes {2 * SHORTEST:g} √λ or more"
        )

    def excess(s: float) -> float:
        """Σ m_q² − 1, where m_q tanh(m_q ℓ_q/2) = s."""
        return math.fsum((_inverse(s * half) / half) ** 2 for half in halves) - 1

    # In units of √λ one pair of sides has s = tanh(ℓ_q/2), and the sum of the C of all is a bound as well.
    most = min(math.tanh(half) for half in halves)
    least = 1 / sum(1 / math.tanh(half) for half in halves)
    s = brentq(excess, least / 2, 2 * most, xtol=1e-300)
    return 1 / math.sqrt(root * float(s))  # (I10)


def _inverse(a: float) -> float:
    """The z > 0 with z tanh z = a > 0; as z/(1 + z) ≤ tanh z ≤ z, it lies between √a and a + √a."""
    low = math.sqrt(a)
    return float(brentq(lambda z: z * math.tanh(z) - a, 0.9 * low, 1.1 * (a + low), xtol=1e-300))
