"""`Jet`: a truncated Taylor series that answers to NumPy's ufuncs.

A plain NumPy function of d arrays, called with the d jets of `Jet.variables`, returns the jet of its
value: every exact Dᵅf with |α| ≤ k, with nothing to derive by hand. The operators and ufuncs that a
jet can carry stand in one table at the end of this module, one line each.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike
from scipy import special

from .._checks import as_array, as_nodes, as_order, shown
from .._typing import Array, MultiIndex
from . import elementary
from .algebra import TaylorAlgebra, taylor_algebra


class Jet(NDArrayOperatorsMixin):
    """The Taylor coefficients u_α = Dᵅu / α!, |α| ≤ k, of one function at many nodes.

    Parameters
    ----------
    coefficients : ndarray, shape (A, …)
        u_α in graded order; the other axes are the nodes.
    algebra : TaylorAlgebra
        The algebra of its d variables and order k.

    Raises
    ------
    TypeError
        From any ufunc or NumPy function that a jet cannot carry, with that function's name.

    Examples
    --------
    >>> x, = Jet.variables([[0.0], [1.0]], order=2)
    >>> (x * np.exp(-x)).derivatives[(2,)]
    array([-2.        , -0.36787944])
    """

    __slots__ = ("algebra", "coefficients")
    coefficients: Array
    algebra: TaylorAlgebra

    def __init__(self, coefficients: Array, algebra: TaylorAlgebra) -> None:
        if not isinstance(algebra, TaylorAlgebra):
            raise TypeError(f"algebra: got {shown(algebra)}, takes a TaylorAlgebra")
        coefficients = as_array("coefficients", coefficients, finite=False)
        if coefficients.ndim == 0 or len(coefficients) != algebra.size:
            raise ValueError(
                f"coefficients: got shape {coefficients.shape}, but d = {algebra.d} and order = "
                f"{algebra.order} have {algebra.size} multi-indices"
            )
        self.coefficients = coefficients
        self.algebra = algebra

    @classmethod
    def variables(cls, x: ArrayLike, order: int) -> tuple[Self, ...]:
        """The d jets of x ↦ x_1, …, x ↦ x_d at the nodes x, shape (N, d).

        Examples
        --------
        >>> x, y = Jet.variables([[2.0, 3.0]], order=2)
        >>> (x * y**2).derivatives[(1, 1)]
        array([6.])
        """
        nodes = as_nodes("x", x)
        algebra = taylor_algebra(nodes.shape[1], as_order(order, nodes.shape[1]))
        coefficients = algebra.padded(algebra.variables(nodes))  # (A, N, d)
        return tuple(cls(coefficients[..., q], algebra) for q in range(algebra.d))

    @property
    def value(self) -> Array:
        """The function's values u, shape (N,)."""
        value: Array = self.coefficients[0]
        return value

    @property
    def derivatives(self) -> dict[MultiIndex, Array]:
        """Dᵅu = α! u_α for every |α| ≤ k, each of shape (N,)."""
        T = self.algebra
        return {
            alpha: factorial * u_alpha
            for alpha, factorial, u_alpha in zip(T.indices, T.factorials, self.coefficients)
        }

    def __repr__(self) -> str:
        return f"Jet(d={self.algebra.d}, order={self.algebra.order}, value={self.value!r})"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> "Jet":
        rule = RULES.get(ufunc)
        (out,) = kwargs.pop("out", (None,))
        if rule is None or method != "__call__" or kwargs or not isinstance(out, Jet | None):
            call = ufunc.__name__ + ("" if method == "__call__" else f".{method}")
            extra = f" with {', '.join(kwargs)}=" if kwargs else ""
            extra += "" if isinstance(out, Jet | None) else " into an array"
            raise TypeError(f"a Jet cannot carry np.{call}{extra}; it carries {_carried()}")
        result = Jet(rule(self.algebra, *inputs), self.algebra)
        if out is None:
            return result
        if (out.algebra.indices, out.value.shape) != (self.algebra.indices, result.value.shape):
            raise ValueError(
                f"out: a jet of value shape {out.value.shape} cannot take a result of "
                f"shape {result.value.shape}, or one of another order"
            )
        out.coefficients = result.coefficients  # in place, as `u += v` is for an array
        return out

    def __bool__(self) -> bool:
        raise TypeError(
            "a Jet cannot decide a condition: which branch is taken would have no "
            "derivative; write the function without `if`"
        )

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> "Jet":
        if func in (np.zeros_like, np.ones_like) and len(args) == 1 and not kwargs:
            return Jet(self.algebra.constant(func(self.value)), self.algebra)
        raise TypeError(f"a Jet cannot carry np.{func.__name__}; it carries {_carried()}")

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError("a Jet cannot become an array: its derivatives would be lost")


def _carried() -> str:
    return ", ".join(sorted(ufunc.__name__ for ufunc in RULES))


def _coefficients(T: TaylorAlgebra, operand: Any) -> Array:
    """The operand's coefficients, shape (A, …); a number or array is a constant."""
    if isinstance(operand, Jet):
        if operand.algebra.indices != T.indices:
            raise ValueError(
                f"jets of different kinds: (d, order) = {(T.d, T.order)} and "
                f"{(operand.algebra.d, operand.algebra.order)}"
            )
        return operand.coefficients
    constant = np.asarray(float(operand) if isinstance(operand, int) else operand)
    if constant.dtype.kind not in "biufc":
        raise TypeError(f"a Jet combines with numbers, not with {type(operand).__name__}")
    return T.constant(1.0 * constant)  # a float, whatever it was


def _pair(T: TaylorAlgebra, u: Any, v: Any) -> tuple[Array, Array]:
    """Both operands' coefficients, node axes aligned as NumPy aligns them: from the right."""
    pair = _coefficients(T, u), _coefficients(T, v)
    try:
        np.broadcast_shapes(*(c.shape[1:] for c in pair))
    except ValueError:
        raise ValueError(
            f"a Jet of value shape {pair[0].shape[1:]} does not combine with one of "
            f"value shape {pair[1].shape[1:]}"
        ) from None
    ndim = max(c.ndim for c in pair)
    aligned = [c.reshape(T.size, *(1,) * (ndim - c.ndim), *c.shape[1:]) for c in pair]
    return aligned[0], aligned[1]


def _binary(function: Callable[[Array, Array, TaylorAlgebra], Array]) -> Callable[..., Array]:
    return lambda T, u, v: function(*_pair(T, u, v), T)


def _unary(function: Callable[[Array, TaylorAlgebra], Array]) -> Callable[..., Array]:
    return lambda T, u: function(_coefficients(T, u), T)


def _power(T: TaylorAlgebra, u: Any, r: Any) -> Array:
    """uʳ: a whole number r exactly, a real r by its recurrence, a jet r as exp(r log u)."""
    z = _coefficients(T, u)
    if isinstance(r, Jet):
        r_jet, z = _pair(T, r, u)
        return elementary.exp(T.product(r_jet, elementary.log(z, T)), T)
    exponent = np.asarray(r)
    if exponent.dtype.kind not in "biuf":
        raise TypeError(f"a Jet takes a real exponent, not {type(r).__name__}")
    if exponent.ndim == 0 and float(exponent).is_integer():
        n = int(exponent)
        return elementary.integer_power(z if n >= 0 else elementary.reciprocal(z, T), abs(n), T)
    return elementary.power(z, exponent, T)


RULES: Mapping[np.ufunc, Callable[..., Array]] = MappingProxyType(
    {
        np.add: _binary(lambda u, v, T: u + v),
        np.subtract: _binary(lambda u, v, T: u - v),
        np.multiply: _binary(lambda u, v, T: T.product(u, v)),
        np.divide: _binary(lambda u, v, T: elementary.divide(u, v, T)),
        np.power: _power,
        np.positive: _unary(lambda z, T: z.copy()),
        np.negative: _unary(lambda z, T: -z),
        np.square: _unary(lambda z, T: T.product(z, z)),
        np.reciprocal: _unary(elementary.reciprocal),
        np.sqrt: _unary(elementary.sqrt),
        np.exp: _unary(elementary.exp),
        np.expm1: _unary(elementary.expm1),
        np.log: _unary(elementary.log),
        np.log1p: _unary(elementary.log1p),
        np.sin: _unary(lambda z, T: elementary.sin_cos(z, T)[0]),
        np.cos: _unary(lambda z, T: elementary.sin_cos(z, T)[1]),
        np.tan: _unary(elementary.tan),
        np.sinh: _unary(lambda z, T: elementary.sinh_cosh(z, T)[0]),
        np.cosh: _unary(lambda z, T: elementary.sinh_cosh(z, T)[1]),
        np.tanh: _unary(lambda z, T: elementary.tanh(z, T)[0]),
        np.arcsin: _unary(elementary.arcsin),
        np.arccos: _unary(elementary.arccos),
        np.arctan: _unary(elementary.arctan),
        special.erf: _unary(elementary.erf),
        special.ndtr: _unary(elementary.ndtr),
    }
)
