"""Digits that a jet has lost: a bound of first order for the rounding errors of what it was made of.

In units of u = 2⁻⁵³ an error E goes with each coefficient. Variables and numbers have E = 0, and with |·| and
products of jets as in (J1),

    E(u ± v) = E(u) + E(v) + |a|
    E(u v)   = |u| E(v) + E(u) |v| + |u| |v|
    |z| E(u/z) = E(u) + |a| E(z) + |u| + |z| |a|     solved for the last factor with no sign that cancels
    E(f(u))  = |f′(u) E(u)| + |a|

where a is the result. The terms without E are 0 for whole numbers that are made of whole numbers. So
1 − cos x has lost its value's digits at small x, and (1 − cos x)/x² those of its derivatives: the recurrence
of a quotient subtracts nearly equal numbers and divides what is left by a small one, once for each degree.
f′(u) E(u) is a complex step of f.

It is an estimate: what the recurrence of f itself loses is not in it, as of arctan u for u = 10⁶, and
rounding errors that cancel are, as of (1 + x)/x · x for small x.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._typing import Array
from . import elementary
from .algebra import TaylorAlgebra

UNIT = 2.0**-53
FEW = 1e-6  # of the largest coefficient up to the same degree is a large error
SOME = 1e2  # units in the last place, above which an error is followed through functions
STEP = 1e-30


def error_of(
    ufunc: np.ufunc,
    rule: Callable[..., Any],
    operands: Sequence[Array],
    errors: Sequence[Array],
    a: Array,
    T: TaylorAlgebra,
) -> Array:
    """E of the jet a that a ufunc makes of its operands, from theirs; shape (A, …) each."""
    size, exact = np.abs(a), _is_exact(a, *operands)
    if ufunc in (np.add, np.subtract):
        return np.where(exact, 0, size) + errors[0] + errors[1]
    if ufunc is np.multiply:
        u, v = map(np.abs, operands)
        own = np.where(exact, 0, T.product(u, v))
        return own + T.product(u, errors[1]) + T.product(errors[0], v)
    if ufunc is np.divide:
        u, z = map(np.abs, operands)
        own = np.where(exact, 0, u + T.product(size, z)) + errors[0] + T.product(size, errors[1])
        error = elementary.divide(own, np.concatenate([z[:1], -z[1:]]), T)
        error[1:, (a[1:] == 0).all(axis=0)] = 0.0  # of proportional jets, as x/x
        return np.where(z[0] == 0, size, error)
    size = np.where(exact, 0, size)
    for n, (u, error) in enumerate(zip(operands, errors)):
        if not np.iscomplexobj(a) and (error > SOME * np.abs(u)).any():
            steps = [*operands]
            steps[n] = u + 1j * STEP * error
            moved = rule(*steps, T)
            size = size + np.abs((moved[0] if isinstance(moved, tuple) else moved).imag / STEP)
    return size


def _is_exact(a: Array, *operands: Array) -> Array:
    """Which coefficients are whole numbers made of whole numbers, as cos 0 = 1 is; shape (A, …)."""
    whole = [(u == np.rint(u.real)).all(axis=0) for u in operands]
    return np.asarray((a == np.rint(a.real)) & np.all(np.broadcast_arrays(*whole), axis=0))


def few_digits(error: Array, a: Array) -> Array:
    """Where an error E is more than `FEW` of the largest coefficient up to the same degree; shape (A, …).

    The largest is that of all nodes. Row 0 is left out, as the value is NumPy's own.
    """
    known = np.isfinite(a)  # what is not has an error of its own
    size = np.where(known, np.abs(a), 0)
    largest = np.maximum.accumulate(size.reshape(len(a), -1).max(axis=1, initial=0.0))
    few = known & ~(UNIT * error <= FEW * largest.reshape(-1, *[1] * (a.ndim - 1)))
    few[0] = False
    return few
