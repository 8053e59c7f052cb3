"""The tests of the study, on one number a seed: the logarithm of old error / new error.

    difference      Wilcoxon's signed rank test, p of "symmetric about 0"; what it finds is a pseudomedian
                    (the median of (x + x')/2, x and x' independent) that is not 0
    sign            the sign test, p of "the median is 0", of any shape
    equality        two one-sided ones, p of "the pseudomedian is outside ±δ"
    size            Hodges and Lehmann's estimate: the median of (x_i + x_j)/2, i ≤ j
    families        Holm's correction: no false finding among m with probability 1 − α

They need no normal errors, and take an outlier for a large rank and no more. The signed rank test needs
symmetry, the sign test does not, and has less power: 2/3 of the other's efficiency for normal errors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom, norm, wilcoxon

from .._typing import Array

LEVEL = 0.95  # of an interval


class Interval(NamedTuple):
    """An estimate with the ends of its confidence interval."""

    estimate: float
    low: float
    high: float


def signed_rank(x: ArrayLike, alternative: str = "two-sided", center: float = 0.0) -> float:
    """The p-value of Wilcoxon's signed rank test of "x is symmetric about `center`".

    Examples
    --------
    All 2³ signs of three ranks are as likely, and one has no negative:

    >>> signed_rank([1.0, 2.0, 3.0], "greater")
    0.125
    """
    x = np.asarray(x, float) - center
    return float(wilcoxon(x, zero_method="zsplit", alternative=alternative).pvalue)


def sign_test(x: ArrayLike, alternative: str = "two-sided") -> float:
    """The p-value of the sign test: P(at least as many of n fair coins show heads as x are above 0).

    "less" counts those below 0, and "two-sided" is twice the smaller of both, at most 1. What is 0 speaks for
    neither side.

    Examples
    --------
    >>> sign_test([1.0, 2.0, 3.0], "greater"), sign_test([1.0, -2.0, 0.0], "greater")
    (0.125, 0.875)
    """
    x = np.asarray(x, float)
    greater, less = (float(binom.sf(np.sum(s * x > 0) - 1, len(x), 0.5)) for s in (1, -1))
    both = min(1.0, 2 * min(greater, less))
    return {"greater": greater, "less": less, "two-sided": both}[alternative]


def equality(x: ArrayLike, margin: float) -> float:
    """The p-value of two one-sided tests: the larger of "below −margin" and "above margin".

    Examples
    --------
    >>> equality([-0.01, 0.02, 0.03], 0.2), equality([-0.01, 0.02, 0.03], 0.001)
    (0.125, 0.875)
    """
    return max(signed_rank(x, "greater", -margin), signed_rank(x, "less", margin))


def hodges_lehmann(x: ArrayLike) -> Interval:
    """The median of the Walsh averages, and the interval that the signed rank test does not reject.

    Its ends are the k-th averages from below and above, with k from the normal approximation of the
    test's distribution, of mean n(n+1)/4 and variance n(n+1)(2n+1)/24. For n < 6 no interval holds with
    `LEVEL`: the ends are then the least and the largest x, which hold with 1 − 2^{1−n}.

    Examples
    --------
    >>> hodges_lehmann([1.0, 2.0, 6.0])             # 1, 1.5, 2, 3.5, 4, 6
    Interval(estimate=2.75, low=1.0, high=6.0)
    """
    x = np.asarray(x, float)
    n = len(x)
    averages = np.sort(np.add.outer(x, x)[np.triu_indices(n)] / 2)
    spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    k = max(0, int(n * (n + 1) / 4 - norm.ppf((1 + LEVEL) / 2) * spread))
    return Interval(float(np.median(averages)), float(averages[k]), float(averages[-1 - k]))


def holm(p: ArrayLike) -> Array:
    """Holm's adjusted p-values: max over j ≤ i of (m − j + 1) p_(j), at most 1.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p, float)
    order = np.argsort(p)
    steps = np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order])
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted
