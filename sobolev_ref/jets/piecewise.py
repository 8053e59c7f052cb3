"""Functions with a kink: the jet of the side that is taken, and the nodes where both sides meet.

A function such as |z| is smooth on each side of z = 0, and a jet with z_0 ≠ 0 is on one of them. Each
rule below returns the jet of that side and a mask: the nodes on the kink, where the two sides have
different jets. A complex jet is on the side of its real part.
"""

import numpy as np

from .._typing import Array
from .algebra import TaylorAlgebra

Sided = tuple[Array, Array]  # a jet (A, …), and the nodes on the kink (…)


def choose(first: Array, u: Array, v: Array) -> Sided:
    """u where `first`, else v; where u_0 = v_0 lies a kink, unless both jets are the same."""
    return np.where(first, u, v), (u[0].real == v[0].real) & (u != v).any(axis=0)


def beside_nan(first: Array, u: Array, v: Array) -> Sided:
    """The same, and a kink where one alone is no number, unless as a constant: it may be so there alone."""
    a, kinks = choose(first, u, v)
    is_u, is_v = np.isnan(u[0]), np.isnan(v[0])
    return a, kinks | ((is_u != is_v) & (np.where(is_u, u, v)[1:] != 0).any(axis=0))


def modulus(z: Array, T: TaylorAlgebra) -> Sided:
    """|z| = ±z; at z = 0 the mean of both sides, 0."""
    a, kinks = choose(z[0].real > 0, z, -z)
    a[:, kinks] = 0
    return a, kinks


def maximum(u: Array, v: Array, T: TaylorAlgebra) -> Sided:
    """The larger of u and v, v where they meet; NaN from either."""
    return choose((u[0].real > v[0].real) | np.isnan(u[0]), u, v)


def minimum(u: Array, v: Array, T: TaylorAlgebra) -> Sided:
    """The smaller of u and v, v where they meet; NaN from either."""
    return choose((u[0].real < v[0].real) | np.isnan(u[0]), u, v)


def fmax(u: Array, v: Array, T: TaylorAlgebra) -> Sided:
    """The larger of u and v, v where they meet; NaN from both only."""
    return beside_nan((u[0].real > v[0].real) | np.isnan(v[0]), u, v)


def fmin(u: Array, v: Array, T: TaylorAlgebra) -> Sided:
    """The smaller of u and v, v where they meet; NaN from both only."""
    return beside_nan((u[0].real < v[0].real) | np.isnan(v[0]), u, v)
