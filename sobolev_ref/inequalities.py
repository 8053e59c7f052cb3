"""What a Sobolev loss certifies: a bound on the error at every point.

    (I1)  ‖e‖_∞² ≤ λ^{−1/2} coth(ℓ/√λ) ∫ (e² + λ e′²) dx     on an interval of length ℓ

Equality holds for e = cosh(x/√λ) on [0, ℓ], at the end x = ℓ. There is no such bound for d = 2, k = 1.
"""

import math

from .validation import as_real


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
    takes = "a finite number > 0"
    integral = as_real("integral", integral, "a finite number >= 0", above=0)
    length = as_real("length", length, takes, above=0, strictly=True)
    root = math.sqrt(as_real("weight", weight, takes, above=0, strictly=True))
    return math.sqrt(integral / (root * math.tanh(length / root)))                         # (I1)
