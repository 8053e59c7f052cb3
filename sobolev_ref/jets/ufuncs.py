"""The ufuncs of NumPy and SciPy that a `Jet` carries, one line each.

`RULES` are those with derivatives: a rule takes the coefficients of its arguments, each of shape (A, …), and
the algebra, and returns a jet, or a jet and the nodes that lie on a kink of it. `STEPS` are those that
are constant between their steps: a rule takes the value and the arguments' values, and returns the
nodes on a step.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import special

from .._typing import Array
from . import elementary, leading, piecewise, special_functions
from .activations import ACTIVATIONS
from .algebra import TaylorAlgebra


def _any_power(u: Array, r: Array, T: TaylorAlgebra) -> Array | tuple[Array, Array]:
    """uʳ: a real constant r by the binomial series, any other as e^{r log u}."""
    if np.isrealobj(r) and not r[1:].any():
        return leading.real_power(u, r[0], T)
    return elementary.exponential(np.power(u[0], r[0]), T.product(r, elementary.log(u, T)), T)


def _sqrt(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    return leading.real_power(z, np.asarray(0.5), T)


def _hypot(u: Array, v: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """√(u² + v²); where both are 0, as any other root of 0."""
    a = elementary.hypot(u, v, T)
    zero = a[0] == 0
    root, kinks = leading.real_power(
        np.where(zero, T.product(u, u) + T.product(v, v), 1), np.asarray(0.5), T
    )
    return np.where(zero, root, a), kinks


def _arctan2(u: Array, v: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """The angle of (v, u), with a step across u = 0, v <= 0."""
    return elementary.arctan2(u, v, T), (u[0].real == 0) & (v[0].real <= 0) & (T.order > 0)


def _expit(z: Array, T: TaylorAlgebra) -> Array:
    return ACTIVATIONS["sigmoid"].jets(z, T)[0]


def _logaddexp(u: Array, v: Array, T: TaylorAlgebra) -> Array:
    """log(eᵘ + eᵛ) = v + softplus(u − v): ∂a = g ∂u + (1 − g) ∂v, g = sigmoid(u − v)."""
    u, v = np.broadcast_arrays(u, v)
    value = np.where(u[0].real > v[0].real, u[0], v[0])
    value = value + elementary.log1p_of_numbers(np.exp(u[0] + v[0] - 2 * value))
    a = elementary.integral(value, _expit(u - v, T), u, T)
    a[1:] += elementary.integral(value, _expit(v - u, T), v, T)[1:]
    return a


RULES: Mapping[np.ufunc, Callable[..., Any]] = MappingProxyType(
    {
        np.add: lambda u, v, T: u + v,
        np.subtract: lambda u, v, T: u - v,
        np.multiply: lambda u, v, T: T.product(u, v),
        np.divide: leading.quotient,
        np.power: _any_power,
        np.float_power: _any_power,
        np.positive: lambda z, T: z.copy(),
        np.negative: lambda z, T: -z,
        np.square: lambda z, T: T.product(z, z),
        np.reciprocal: elementary.reciprocal,
        np.sqrt: _sqrt,
        np.cbrt: leading.cbrt,
        np.hypot: _hypot,
        np.exp: elementary.exp,
        np.exp2: elementary.exp2,
        np.expm1: elementary.expm1,
        np.log: elementary.log,
        np.log2: elementary.log2,
        np.log10: elementary.log10,
        np.log1p: elementary.log1p,
        np.logaddexp: _logaddexp,
        np.sin: lambda z, T: elementary.sin_cos(z, T)[0],
        np.cos: lambda z, T: elementary.sin_cos(z, T)[1],
        np.tan: elementary.tan,
        np.sinh: lambda z, T: elementary.sinh_cosh(z, T)[0],
        np.cosh: lambda z, T: elementary.sinh_cosh(z, T)[1],
        np.tanh: lambda z, T: elementary.tanh(z, T)[0],
        np.arcsin: elementary.arcsin,
        np.arccos: elementary.arccos,
        np.arctan: elementary.arctan,
        np.arctan2: _arctan2,
        np.arcsinh: elementary.arcsinh,
        np.arccosh: elementary.arccosh,
        np.arctanh: elementary.arctanh,
        np.deg2rad: lambda z, T: z * (math.pi / 180),
        np.radians: lambda z, T: z * (math.pi / 180),
        np.rad2deg: lambda z, T: z * (180 / math.pi),
        np.degrees: lambda z, T: z * (180 / math.pi),
        np.absolute: piecewise.modulus,
        np.fabs: piecewise.modulus,
        np.maximum: piecewise.maximum,
        np.minimum: piecewise.minimum,
        np.fmax: piecewise.fmax,
        np.fmin: piecewise.fmin,
        special.cbrt: leading.cbrt,
        special.exp2: elementary.exp2,
        special.expm1: elementary.expm1,
        special.log1p: elementary.log1p,
        special.expit: _expit,
        special.erf: special_functions.erf,
        special.erfc: special_functions.erfc,
        special.ndtr: special_functions.ndtr,
        special.log_ndtr: special_functions.log_ndtr,
        special.j0: lambda z, T: special_functions.bessel(0, z, T),
        special.j1: lambda z, T: special_functions.bessel(1, z, T),
        special.gamma: special_functions.gamma,
        special.gammaln: special_functions.gammaln,
        special.digamma: special_functions.digamma,
    }
)


# NumPy has these of complex numbers too, but their derivatives there are no complex numbers.
NOT_ANALYTIC = (np.absolute, np.maximum, np.minimum, np.fmax, np.fmin)


def _where_equal(*operands: Array) -> Array:
    """Where the two last are equal: both sides of a comparison, or z and ⌊z⌋."""
    return np.equal(*operands[-2:])


def _at_zero(value: Array, z: Array, *rest: Array) -> Array:
    return np.equal(z, 0)


def _nowhere(value: Array, *operands: Array) -> Array:
    return np.zeros(value.shape, bool)


STEPS: Mapping[np.ufunc, Callable[..., Array]] = MappingProxyType(
    {
        **dict.fromkeys((np.less, np.less_equal, np.greater, np.greater_equal), _where_equal),
        **dict.fromkeys((np.equal, np.not_equal, np.floor, np.ceil), _where_equal),
        **dict.fromkeys((np.sign, np.heaviside), _at_zero),
        np.trunc: lambda value, z: (value == z) & (z != 0),
        np.rint: lambda value, z: np.abs(value - z) == 0.5,
        **dict.fromkeys((np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert), _nowhere),
        **dict.fromkeys((np.isnan, np.isfinite), _nowhere),
    }
)
