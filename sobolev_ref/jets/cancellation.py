"""Digits that a quotient or a product of jets loses near a zero, as sin(x)/x does for small x ≠ 0.

Where u_0 and z_0 are small beside higher coefficients, the recurrence a_γ = (u_γ − Σ z_α a_β)/z_0 of a = u/z
subtracts nearly equal numbers, and divides what is left by a small one, once for each degree. Its
rounding errors E obey the same recurrence with no sign that could cancel,

    |z_0| E_γ = Σ_{α≠0} |z_α| E_β + ε (|u_γ| + Σ |z_α| |a_β|),     and E = ε Σ |u_α| |z_β| for a = u z,

with ε = 2⁻⁵³. For u_0 the largest |u_α| is taken, since a numerator such as 1 − cos x has lost digits before.
E is an estimate from above: of sin(x)/x it is some 1/x times as large as the error.
"""

import numpy as np

from .._typing import Array
from . import elementary
from .algebra import TaylorAlgebra

EPSILON = 2.0**-53
NEAR = 0.1  # of the largest coefficient is a small value
FEW = 1e-6  # of the largest coefficient up to the same degree is a large error


def few_digits(quotient: bool, u: Array, z: Array, a: Array, T: TaylorAlgebra) -> Array | None:
    """Where a = u/z, or else u z, has an error of more than `FEW`, shape (A, …), or None if nowhere.

    Row 0 is left out, as the value is NumPy's own.
    """
    if not ((small := _small(z)).any() and (small := small & _small(u)).any()):
        return None
    u, z = np.broadcast_arrays(u, z)
    near = np.broadcast_to(small, a.shape[1:]) & np.isfinite(a).all(axis=0)
    u, z, a = np.abs(u[:, near]), np.abs(z[:, near]), np.abs(a[:, near])
    with np.errstate(all="ignore"):  # an estimate that overflows is a large one
        error = EPSILON * (_of_quotient(u, z, a, T) if quotient else T.product(u, z))
    few = np.zeros((T.size, *near.shape), bool)
    few[1:, near] = ~(error <= FEW * np.maximum.accumulate(a))[1:]
    return few if few.any() else None


def _small(u: Array) -> Array:
    """Where a value is small beside another coefficient."""
    small = np.zeros(u.shape[1:], bool)
    bound = np.abs(u[0]) / NEAR
    for row in u[1:]:
        small |= np.abs(row) > bound
    return small


def _of_quotient(u: Array, z: Array, a: Array, T: TaylorAlgebra) -> Array:
    """E/ε of the quotient, for |u|, |z| and |a|."""
    own = u + T.product(z, a)
    own[0] += u.max(axis=0)
    return elementary.divide(own, np.concatenate([z[:1], -z[1:]]), T)
