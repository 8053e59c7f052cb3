"""`Jet`: a truncated Taylor series that answers to NumPy's ufuncs.

A plain NumPy function of d arrays, called with the d jets of `Jet.variables`, returns the jet of its
value: every exact Dᵅf with |α| ≤ k, with nothing to derive by hand. The ufuncs that a jet can carry stand
in the two tables of `ufuncs`, NumPy's other functions in the table at the end of this module, one line
each. The values of a real jet are those of NumPy's ufuncs, to the last bit, but for a limit of 0/0. The
derivatives follow from the rules.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import reduce
from types import EllipsisType, MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike
from scipy import special

from .._checks import as_array, as_nodes, as_order, as_word, hides_a_mask, refused, shown
from .._typing import Array, MultiIndex
from . import cancellation, nearness, special_functions
from .algebra import TaylorAlgebra, taylor_algebra
from .ufuncs import NOT_ANALYTIC, RULES, STEPS

NO_ARRAY = (
    "a Jet cannot become an array, nor can a list of them, and it does not combine with a masked one: "
    "derivatives or mask would be lost; write x + y for np.sum([x, y], axis=0) or np.add.reduce([x, y]), "
    "a tuple or np.stack([x, y]) for np.array([x, y]) of outputs, np.where(x > 0, 1, s) for s[x > 0] = 1, "
    "f(x) for np.vectorize(f)(x), np.logaddexp(x, y) for logsumexp, np.hypot(x, y) for a norm, "
    "masked.filled(value) for what is masked, "
    "np.polynomial.polynomial.polyval(x, p.convert(kind=np.polynomial.Polynomial).coef) for p(x) of a "
    "polynomial p, {(0,): s, (1,): s.derivative()} for a spline s"
)
NO_DATA = (
    "a Jet does not combine with numbers that vary from node to node: their derivatives would count as 0; "
    "give them as a function of x, or give derivatives as data, in a mapping such as {(0,): y, (1,): dy}; "
    "where each is a constant of its own node, write x.like(x.algebra.constant(np.array(y)))"
)
BY_PLACE = (
    "a Jet cannot be written to by place, or be a place itself; write s = np.where(x > 0, 1, s) for "
    "s[x > 0] = 1"
)
INSTEAD = {  # of an attribute of arrays, a function of Python, or one of NumPy's
    "clip": "np.clip(x, low, high)",
    "copy": "+x",
    "round": "np.rint(x)",
    "around": "np.rint(x)",
    "empty_like": "np.zeros_like(x)",
    "amax": "np.max(x, axis=0)",
    "amin": "np.min(x, axis=0)",
    "norm": "np.hypot(x, y) or np.sqrt(x**2 + y**2)",
    "logical_and": "(x > a) & (x < b)",
    "logical_or": "(x < a) | (x > b)",
    "logical_xor": "(x < a) ^ (x > b)",
    "logical_not": "~(x > a)",
    "floor_divide": "np.floor(x / c)",
    "remainder": "x - c * np.floor(x / c)",
    "fmod": "x - c * np.trunc(x / c)",
}


@dataclass(frozen=True, eq=False)
class Origin:
    """Which variables a jet is a function of: each call of `Jet.variables` makes its own.

    A copy of a jet is a function of the same variables. From a pickle it could not be known to be that.
    """

    nodes: Array  # (N, d)
    kinks: str
    idle: Array  # (N,), nodes that may lie on a kink, as no derivative there has a say
    follows: bool = True  # whether rounding is: lost digits, and nodes that it moved off a kink
    total: int = 0  # of the caller's nodes, if these are some of them
    met: Array = field(init=False)  # (N,), which idle nodes lie on a kink

    def __post_init__(self) -> None:
        object.__setattr__(self, "met", np.zeros(len(self.nodes), bool))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> Any:
        raise TypeError(
            "a Jet cannot be pickled: what its variables are would be lost; keep x.coefficients, or the "
            "nodes for Jet.variables(nodes, order)"
        )


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
        From any ufunc or NumPy function that a jet cannot carry, with that function's name. A complex jet,
        as that of x + 1j*y, has no absolute value, comparison, or anything else of its real part alone.
    ValueError
        Where a node lies on a kink or a step, such as that of `abs` at 0, with its place, or would do so but
        for rounding, as 0.1 + 0.2 for |t − 0.3|, and so at a root or a pole (`nearness`); where jets of
        different variables meet, for example in a function that is differentiated inside another; and
        where a jet meets an array of numbers that vary from node to node, since these have derivatives
        that would count as 0. Numbers that are the same at all nodes are constants.

    Warns
    -----
    RuntimeWarning
        From `derivatives`, and from whatever takes a target, where rounding may leave a derivative fewer
        than 6 digits of the largest coefficient of no higher degree at the nodes (a smaller one may lose all
        in silence, as D² of √(sin x sinh x) at 1e-4, −1.1e-13 beside D¹ = 1, which comes as 0), by a bound of
        first order (`cancellation`): near,
        but not at, a zero of numerator and denominator, as of sin(x)/x, of differences such as
        1/x − 1/sin(x) for small x, and of log(cosh x) and arccos(cos x) there, whose argument is rounded near
        a singularity. At x = 1e-2, 1e-3 and 1e-4 the errors of f″/2 are 5e-15, 4e-11 and 6e-9
        for sin(x)/x, and 4e-9, 2e-5 and 0.8 for (1 − cos x)/x²; those of f⁗/24 are 5e-11, 4e-5 and 0.6, and
        7e-5, 40 and 1e8. At the zero itself the derivatives are right, and NaN where they take degrees that
        the jet has not; losses and norms take jets of more there. ``np.sinc`` is right everywhere.
        Of digits that the values have lost, in NumPy as well, the same warning tells, unless all of them are
        within eight times their rounding of 0, as sin πx at whole numbers is, and log(1 + eˣ) up to −35.

    See Also
    --------
    SobolevLoss : Calls a target that is a function with jets, for its derivatives.
    multi_indices : The order of the coefficients.

    Notes
    -----
    A jet carries the operators ``+ - * / **``, comparisons and ``& | ^ ~`` of them, indices that keep all
    nodes, and these functions:

    - powers: sqrt, cbrt, square, reciprocal, float_power, hypot, polyval, numpy.polynomial's polyval;
    - exp, exp2, expm1, log, log2, log10, log1p, logaddexp;
    - sin, cos, tan, arcsin, arccos, arctan, arctan2, sinc, deg2rad, radians, rad2deg, degrees;
    - sinh, cosh, tanh, arcsinh, arccosh, arctanh;
    - of `scipy.special`: expit, erf, erfc, ndtr, log_ndtr, j0, j1, gamma, gammaln, digamma (or psi);
    - with a kink: absolute, fabs, maximum, minimum, fmax, fmin, clip;
    - with steps: less, less_equal, greater, greater_equal, equal, not_equal, bitwise_and, bitwise_or,
      bitwise_xor, invert, isnan, isfinite, sign, heaviside, floor, ceil, trunc, rint;
    - by condition: where, select, piecewise;
    - shapes: zeros_like, ones_like, full_like, stack, column_stack, shape, ndim, size; and sum, mean, prod,
      max and min over an axis beside that of the nodes.

    Derivatives that are not finite, as those of √x or 1/x at 0, are ∞, whatever their sign, or NaN. No loss
    or norm takes one.

    Examples
    --------
    >>> x, = Jet.variables([[0.0], [1.0]], order=2)
    >>> (x * np.exp(-x)).derivatives[(2,)]
    array([-2.        , -0.36787944])
    """

    __slots__ = ("algebra", "coefficients", "errors", "node_axis", "origin")
    coefficients: Array
    algebra: TaylorAlgebra
    origin: Origin | None  # None for a jet of coefficients that are given
    errors: Array | None  # in units of rounding; None where they are not followed
    node_axis: int  # of the nodes among the value's axes, counted from the right

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
        self.origin, self.errors, self.node_axis = None, None, -1

    @staticmethod
    def variables(x: ArrayLike, order: int, kinks: str = "raise") -> tuple[Jet, ...]:
        """The d jets of x ↦ x_1, …, x ↦ x_d at the nodes x, shape (N, d).

        With ``kinks="ignore"`` a node on a kink or a step takes one of the sides, the second argument of a
        maximum, or both, the slope 0 of |x|, as automatic differentiation does.

        Examples
        --------
        >>> x, y = Jet.variables([[2.0, 3.0]], order=2)
        >>> (x * y**2).derivatives[(1, 1)]
        array([6.])
        """
        nodes = as_nodes("x", x)
        nowhere = np.zeros(len(nodes), bool)
        origin = Origin(nodes, as_word("kinks", kinks, "raise", "ignore"), nowhere)
        return variables_of(origin, as_order(order, nodes.shape[1]))

    def like(self, coefficients: Array) -> Jet:
        """A jet of the same variables with other coefficients, shape (A, …).

        Examples
        --------
        >>> x, = Jet.variables([2.0], order=1)
        >>> (x + x.like(3 * x.coefficients)).derivatives[(1,)]
        array([4.])
        """
        jet = Jet(coefficients, self.algebra)
        jet.origin, jet.node_axis = self.origin, self.node_axis
        return jet

    @property
    def value(self) -> Array:
        """The function's values u, shape (N,): plain numbers, without derivatives for what uses them."""
        value: Array = self.coefficients[0]
        return value

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The number of axes of the values."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """The number of values."""
        return self.value.size

    def __len__(self) -> int:
        return len(self.value)

    def astype(self, dtype: Any) -> Jet:
        """A comparison, or any jet, in double precision."""
        if dtype is not float and dtype is not np.float64:
            raise TypeError(refused("dtype", dtype, "float"))
        return self._with(1.0 * self.coefficients, self.errors)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"'Jet' object has no attribute {name!r}")
        raise AttributeError(self._refusal(f".{name} of an array{_instead(name)}"))

    @property
    def derivatives(self) -> dict[MultiIndex, Array]:
        """Dᵅu = α! u_α for every |α| ≤ k, each of shape (N,)."""
        warn_of_few_digits(self, "", stacklevel=3)
        T = self.algebra
        return {
            alpha: factorial * u_alpha
            for alpha, factorial, u_alpha in zip(T.indices, T.factorials, self.coefficients)
        }

    def __repr__(self) -> str:
        return f"Jet(d={self.algebra.d}, order={self.algebra.order}, value={self.value!r})"

    # -- what NumPy calls ------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Jet:
        (out,) = kwargs.pop("out", (None,))
        carried = ufunc in RULES or ufunc in STEPS
        if not carried or method != "__call__" or kwargs or not isinstance(out, Jet | None):
            call = _name(ufunc) + ("" if method == "__call__" else f".{method}")
            extra = f" with {', '.join(kwargs)}=" if kwargs else ""
            hint = (
                "" if isinstance(out, Jet | None) else " into an array (write s = s + x for s += x)"
            )
            raise TypeError(self._refusal(call + extra + hint + _instead(ufunc.__name__)))
        self._check_same_variables(inputs)
        self._check_real(ufunc, inputs)
        coefficients, kinks, errors = (_step if ufunc in STEPS else _smooth)(ufunc, inputs, self)
        self._check_kinks(_name(ufunc), kinks)
        self._check_kinks(_name(ufunc), _near(ufunc, inputs, self), ", but for rounding,")
        result = self._with(coefficients, errors)
        if out is None:
            return result
        if (out.algebra.indices, out.shape) != (self.algebra.indices, result.shape):
            raise ValueError(
                f"out: a jet of value shape {out.shape} cannot take a result of "
                f"shape {result.shape}, or one of another order"
            )
        for slot in Jet.__slots__:  # in place, as `u += v` is for an array
            setattr(out, slot, getattr(result, slot))
        return out

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        rule = FUNCTIONS.get(func)
        if rule is not None:
            try:
                inspect.signature(rule).bind(self, *args, **kwargs)
            except TypeError:
                rule = None
        if rule is None:
            name = f"{func.__module__}.{func.__name__}".replace("numpy", "np", 1)
            extra = f" with {', '.join(kwargs)}=" if kwargs else ""
            raise TypeError(self._refusal(name + extra + _instead(func.__name__)))
        return rule(self, *args, **kwargs)

    def __getitem__(self, key: Any) -> Jet:
        """Indices beside the axis of the nodes, of which all must stay."""
        keys = list(key) if isinstance(key, tuple) else [key]
        if not any(isinstance(k, EllipsisType) for k in keys):
            keys.append(...)
        at = next(i for i, k in enumerate(keys) if isinstance(k, EllipsisType))
        rest = self.ndim - sum(k is not None for k in keys) + 1
        keys[at : at + 1] = [slice(None)] * rest
        node, taken = self.ndim + self.node_axis, [i for i, k in enumerate(keys) if k is not None]
        plain = all(isinstance(k, int | np.integer | slice | None) for k in keys)
        if rest < 0 or not plain or keys[taken[node]] != slice(None):
            raise TypeError(
                f"a Jet of value shape {self.shape} cannot take [{shown(key)}]: an index must keep all "
                "nodes; write np.where(x > 0, f, g) for some of them, and f(x, y), the variables one by one, "
                "for f(X) with X[:, 0], X[:, 1]"
            )
        place = (slice(None), *keys)
        errors = None if self.errors is None else self.errors[place]
        jet = self._with(self.coefficients[place], errors)
        after = [k for k in keys[taken[node] + 1 :] if not isinstance(k, int | np.integer)]
        jet.node_axis = -1 - len(after)
        return jet

    # -- what would lose the derivatives ---------------------------------------------------------

    def __bool__(self) -> bool:
        raise TypeError(
            "a Jet cannot decide a condition: its nodes may fall on both sides; write "
            f"np.where(x > 0, f, g) for `if x > 0`, or {self._way_out()}"
        )

    def __float__(self) -> float:
        raise TypeError(
            "a Jet cannot become a number: its derivatives would be lost; write np.sin(x) for "
            f"math.sin(x), or {self._way_out()}"
        )

    __int__ = __complex__ = __float__

    def __index__(self) -> int:
        raise TypeError(BY_PLACE)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(BY_PLACE)

    def __round__(self, ndigits: Any = None) -> None:
        raise TypeError(self._refusal("Python's round" + _instead("round")))

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise TypeError(NO_ARRAY)

    # -- inside ----------------------------------------------------------------------------------

    def _with(self, coefficients: Array, errors: Array | None = None) -> Jet:
        """`like` for coefficients that need no check."""
        jet = object.__new__(Jet)
        jet.coefficients, jet.algebra, jet.errors = coefficients, self.algebra, errors
        jet.origin, jet.node_axis = self.origin, self.node_axis
        return jet

    def _check_same_variables(self, operands: Any) -> None:
        """Refuse jets among the operands that are functions of other variables, or lie on other axes."""
        T = self.algebra
        for other in (v for v in operands if isinstance(v, Jet)):
            if other.algebra.indices != T.indices:
                raise ValueError(
                    f"jets of different kinds: (d, order) = {(T.d, T.order)} and "
                    f"{(other.algebra.d, other.algebra.order)}"
                )
            if other.origin is not self.origin:
                raise ValueError(
                    "jets of different variables: each call of Jet.variables makes its own, and the "
                    "derivatives of one are not those of the other; a jet of x's own variables, for a "
                    "function whose derivatives are known, is x.like(coefficients)"
                )
            if other.node_axis != self.node_axis:
                raise ValueError(
                    f"jets with their nodes on different axes: value shapes {self.shape} and "
                    f"{other.shape}; write u[:, None] for u"
                )

    def _check_constants(self, operands: Any) -> None:
        """Refuse numbers that vary from node to node; what is no array of numbers is refused elsewhere."""
        for v in operands:
            if isinstance(v, Jet | np.ma.MaskedArray) or np.ndim(v) < -self.node_axis:
                continue
            numbers = np.moveaxis(np.asarray(v), self.node_axis, 0)
            if numbers.dtype.kind in "iufc" and (numbers[1:] != numbers[:1]).any():
                raise ValueError(NO_DATA)

    def _check_real(self, ufunc: np.ufunc, operands: Any) -> None:
        """Refuse complex jets where NumPy takes real numbers alone, or the function is not analytic.

        An imaginary part as small as that of a complex step moves neither side nor value.
        """
        complex_too = any("D" in loop.split("->")[0] for loop in ufunc.types)
        if complex_too and ufunc not in STEPS and ufunc not in NOT_ANALYTIC:
            return
        if not any(np.iscomplexobj(v.coefficients if isinstance(v, Jet) else v) for v in operands):
            return
        parts = [v.coefficients if isinstance(v, Jet) else np.asarray(v) for v in operands]
        real = max(
            np.abs(c.real).max(initial=0.0) for c, v in zip(parts, operands) if isinstance(v, Jet)
        )
        imaginary = max(np.abs(c.imag).max(initial=0.0) for c in parts)
        if not imaginary <= special_functions.LARGEST_STEP * real:
            raise TypeError(
                f"a Jet cannot carry {_name(ufunc)} of complex jets, whose imaginary parts would be lost; "
                "write f with real ones, as np.hypot(x, y) for np.abs(x + 1j*y) and np.arctan2(y, x) for its "
                f"angle, or {self._way_out()}"
            )

    def _check_kinks(self, name: str, kinks: Array, but: str = ",") -> None:
        """Refuse nodes on a kink, with the first one's place."""
        if not np.any(kinks) or (self.origin is not None and self.origin.kinks == "ignore"):
            return
        if self.origin is not None and self.origin.idle.any():
            by_node = np.moveaxis(kinks, self.node_axis, -1)  # (…, N)
            self.origin.met[by_node.reshape(-1, len(self.origin.nodes)).any(axis=0)] = True
            kinks = np.moveaxis(by_node & ~self.origin.idle, -1, self.node_axis)
            if not kinks.any():
                return
        place = np.argwhere(kinks)[0]
        where = f"the first at index {place.tolist()}"
        if self.origin is not None:
            where = f"the first at x = {self.origin.nodes[place[self.node_axis]].tolist()}"
        raise ValueError(
            f"{name}: {self._count(kinks)} lie on its kink or step{but} where there is no derivative, "
            f"{where}; move them, take one side, of |x| the slope 0, by kinks='ignore', write a smooth "
            f"power inside, as np.abs(x**3) for np.abs(x)**3, or {self._way_out()}"
        )

    def _count(self, found: Array) -> str:
        """At how many nodes something is found, of so many; the array has the shape of the value."""
        by_node = np.moveaxis(np.atleast_1d(found), self.node_axis, -1)  # (…, N)
        nodes = by_node.reshape(-1, by_node.shape[-1]).any(axis=0)
        total = max(nodes.size, 0 if self.origin is None else self.origin.total)
        more = " or more" if total > nodes.size else ""
        return f"{np.count_nonzero(nodes)}{more} of {total} nodes"

    @property
    def _follows(self) -> bool:
        return self.origin is None or self.origin.follows

    def _way_out(self) -> str:
        first = zip(self.algebra.indices[:3], ("f", "df", "…"))
        return f"give the derivatives themselves, {{{', '.join(f'{a}: {f}' for a, f in first)}}}"

    def _refusal(self, what: str) -> str:
        return (
            f"a Jet cannot carry {what}; {self._way_out()}, or write f with what it carries: "
            "arithmetic, powers, elementary and special functions, conditions; help(Jet) lists them"
        )


def variables_of(origin: Origin, order: int) -> tuple[Jet, ...]:
    """The d jets of x ↦ x_q at the nodes of an origin."""
    algebra = taylor_algebra(origin.nodes.shape[1], order)
    columns = algebra.padded(algebra.variables(origin.nodes)).transpose(2, 0, 1)  # (d, A, N)
    variables = tuple(Jet(column, algebra) for column in columns)
    for variable in variables:
        variable.origin, variable.errors = origin, np.zeros(variable.coefficients.shape)
    return variables


def columns_of(outputs: Any) -> Any:
    """The jets of a jet of several outputs, as np.stack and np.column_stack make it; others as they are."""
    if not (isinstance(outputs, Jet) and outputs.ndim == 2):
        return outputs
    last = outputs.node_axis == -1
    return [outputs[j] if last else outputs[:, j] for j in range(outputs.shape[not last])]


def warn_of_few_digits(jet: Jet, name: str, stacklevel: int) -> None:
    """Warn of derivatives that rounding has left few digits, with the first node's place."""
    if jet.errors is None:
        return
    few = cancellation.few_digits(jet.errors, jet.coefficients)
    if not few.any():
        return
    row, *place = np.argwhere(few)[0]
    degree = sum(jet.algebra.indices[row])
    what = f"derivatives of order {degree} and above" if degree else "values, and all derivatives,"
    where = f"index {list(map(int, place))}"
    if jet.origin is not None:
        where = f"x = {jet.origin.nodes[place[jet.node_axis]].tolist()}"
    warnings.warn(
        f"{name}rounding may leave the {what} fewer than 6 digits at {jet._count(np.any(few, axis=0))}, the "
        f"first at {where}, as a quotient or a difference does near a zero; take nodes farther from it, or "
        f"on it, or {jet._way_out()}",
        RuntimeWarning,
        stacklevel=stacklevel,
    )


def _instead(name: str) -> str:
    return f" (write {INSTEAD[name]})" if name in INSTEAD else ""


def _values(operands: tuple[Any, ...]) -> list[Any]:
    return [v.value if isinstance(v, Jet) else v for v in operands]


def _smooth(
    ufunc: np.ufunc, operands: tuple[Any, ...], jet: Jet
) -> tuple[Array, Array, Array | None]:
    """A jet by its rule, the nodes on a kink, and the errors; its value is NumPy's own, but for 0/0."""
    jet._check_constants(operands)
    jets = _aligned(jet.algebra, *operands)
    with np.errstate(all="ignore"):
        result = RULES[ufunc](*jets, jet.algebra)
        a, kinks = result if isinstance(result, tuple) else (result, np.zeros((), bool))
        errors = _errors_of(ufunc, RULES[ufunc], operands, jets, jet, a)
    if not any(map(np.iscomplexobj, jets)):
        with np.errstate(all="ignore") if np.isfinite(a[0]).all() else nullcontext():
            own = ufunc(*_values(operands))
        a[0] = np.where(np.isnan(own) & np.isfinite(a[0]), a[0], own)
    return a, kinks, errors


def _errors_of(
    ufunc: Callable[..., Any],
    rule: Callable[..., Any],
    operands: Any,
    jets: list[Array],
    jet: Jet,
    a: Array,
) -> Array | None:
    """Of the jet a that a rule makes of operands, if they are followed."""
    if not jet._follows:
        return None
    return cancellation.error_of(ufunc, rule, jets, _errors(operands, jets), a, jet.algebra)


def _step(ufunc: np.ufunc, operands: tuple[Any, ...], jet: Jet) -> tuple[Array, Array, None]:
    """A jet without derivatives, of NumPy's own value and type, and the nodes on a step.

    What has no finite value at a node, and is no constant, may have one beside it on either side of the step.
    """
    T = jet.algebra
    jets = _aligned(T, *operands)
    real = [c[0].real for c in jets]
    ends = [~np.isfinite(c[0]) & (c[1:] != 0).any(axis=0) for c in jets]
    value = np.asarray(ufunc(*(np.real(v) for v in _values(operands))))
    a = np.zeros((T.size, *value.shape), value.dtype)
    a[0] = value
    return a, STEPS[ufunc](value, *real) & (T.order > 0) | reduce(np.logical_or, ends), None


def _near(ufunc: np.ufunc, operands: tuple[Any, ...], jet: Jet) -> Array:
    """The nodes that are on a kink, a step or a pole but for rounding."""
    jets, origin = _aligned(jet.algebra, *operands), jet.origin
    known = jet._follows and jet.algebra.order > 0 and not any(map(np.iscomplexobj, jets))
    if not known or ufunc not in nearness.MEETS:
        return np.zeros((), bool)
    after = (1,) * (-1 - jet.node_axis)
    sizes = [] if origin is None else [np.abs(x).reshape(-1, *after) for x in origin.nodes.T]
    pairs = zip(jets, _errors(operands, jets))
    given = [nearness.Operand(z, error, sizes, jet.algebra.order) for z, error in pairs]
    with np.errstate(all="ignore"):
        return nearness.MEETS[ufunc](*given)


def _name(ufunc: np.ufunc) -> str:
    """np.exp, special.expit: where the ufunc is found."""
    for prefix, module in (("np", np), ("special", special)):
        if getattr(module, ufunc.__name__, None) is ufunc:
            return f"{prefix}.{ufunc.__name__}"
    return str(ufunc.__name__)


def _coefficients(T: TaylorAlgebra, operand: Any) -> Array:
    """The operand's coefficients, shape (A, …); a number or array is a constant."""
    if isinstance(operand, Jet):
        return 1.0 * operand.coefficients if operand.value.dtype == bool else operand.coefficients
    if hides_a_mask([operand]):
        raise TypeError(NO_ARRAY)
    try:
        constant = np.asarray(float(operand) if isinstance(operand, int) else operand)
    except OverflowError:
        raise ValueError(
            "a Jet combines with numbers up to 1.8e308, not with larger ones"
        ) from None
    if constant.dtype.kind not in "biufc" or isinstance(operand, np.matrix):  # its * is @
        raise TypeError(f"a Jet combines with numbers, not with {type(operand).__name__}")
    return T.constant(1.0 * constant)  # a float, whatever it was


def _errors(operands: Any, aligned: Any) -> list[Array]:
    """The errors of operands, in the shapes of their coefficients; a number has none."""
    return [
        np.where(c[1:].any(axis=0), np.abs(c), 0)
        if not isinstance(v, Jet) or v.errors is None
        else v.errors.reshape(c.shape)
        for v, c in zip(operands, aligned)
    ]


def _aligned(T: TaylorAlgebra, *operands: Any) -> list[Array]:
    """The operands' coefficients, node axes aligned as NumPy aligns them: from the right."""
    jets = [_coefficients(T, operand) for operand in operands]
    ndim = max(c.ndim for c in jets)
    try:
        np.broadcast_shapes(*(c.shape[1:] for c in jets))
    except ValueError:
        shapes = [str(c.shape[1:]) for c in jets]
        raise ValueError(
            f"a Jet of value shape {shapes[0]} does not combine with one of "
            f"value shape {' and '.join(shapes[1:])}"
        ) from None
    return [c.reshape(T.size, *(1,) * (ndim - c.ndim), *c.shape[1:]) for c in jets]


# -- NumPy's functions that are no ufuncs: (the first jet, the arguments) ↦ a jet ---------------------


def _full_like(jet: Jet, a: Jet, fill_value: Any, dtype: Any = float) -> Jet:
    """A constant jet of the same nodes, in double precision."""
    a = a.astype(dtype)
    a._check_constants([fill_value])
    _, constant = _aligned(a.algebra, a, fill_value)
    return a._with(np.broadcast_to(constant, a.coefficients.shape).copy())


def _where(jet: Jet, condition: Any, u: Any, v: Any) -> Jet:
    """u where the condition holds, else v; a jet other than a comparison holds where it is not 0."""
    jet._check_same_variables((condition, u, v))
    if isinstance(condition, Jet):
        condition = condition.value if condition.value.dtype == bool else (condition != 0).value
    jet._check_constants((u, v))
    c, *sides = _aligned(jet.algebra, condition, u, v)
    errors = np.where(c[0] != 0, *_errors((u, v), sides)) if jet._follows else None
    return jet._with(np.where(c[0] != 0, *sides), errors)


def _select(jet: Jet, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The first choice whose condition holds."""
    for condition, choice in reversed([*zip(condlist, choicelist, strict=True)]):
        default = _where(jet, condition, choice, default)
    return default


def _piecewise(jet: Jet, x: Jet, condlist: Any, funclist: Any) -> Any:
    """The function of the last condition that holds, each of them called at all nodes."""
    pieces = [f(x) if callable(f) else f for f in funclist]
    default = pieces[len(condlist)] if len(pieces) > len(condlist) else 0
    return _select(jet, condlist[::-1], pieces[: len(condlist)][::-1], default)


def _clip(
    jet: Jet, a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Any:
    """minimum(maximum(a, a_min), a_max)."""
    if not (a_min is a_max is None or min is max is None):
        raise ValueError(
            "np.clip: got bounds by two pairs of names, takes a_min, a_max or min, max"
        )
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _sinc(jet: Jet, x: Jet) -> Jet:
    """sin(πx)/(πx), 1 at 0."""
    sinc, T, u = special_functions.sinc, x.algebra, x.coefficients
    a = sinc(u, T)
    return x._with(a, _errors_of(np.sinc, sinc, [x], [u], x, a))


def _polyval(jet: Jet, p: Any, x: Any) -> Any:
    """Horner's rule, as NumPy's."""
    return reduce(lambda y, c: y * x + c, p, 0 * jet)


def _stack(jet: Jet, arrays: Any, axis: int = 0) -> Jet:
    """The jets side by side, along an axis beside that of the nodes."""
    jet._check_same_variables(arrays)
    jet._check_constants(arrays)
    aligned = _aligned(jet.algebra, *arrays)
    ndim = aligned[0].ndim - 1
    at, node = normalize_axis_index(axis, ndim + 1), ndim + jet.node_axis

    def stack(of: list[Array]) -> Array:
        return np.stack(np.broadcast_arrays(*of), axis=at + 1)

    errors = stack(_errors(arrays, aligned)) if jet._follows else None
    stacked = jet._with(stack(aligned), errors)
    stacked.node_axis = node + (at <= node) - (ndim + 1)
    return stacked


def _folded(ufunc: np.ufunc, parts: list[Jet]) -> Any:
    return reduce(lambda u, v: ufunc(u, v), parts)


def _reduction(
    function: Callable[..., Any], combine: Callable[[list[Jet]], Any]
) -> Callable[..., Jet]:
    """Sums and the like over an axis beside that of the nodes; the value is NumPy's own."""

    def rule(jet: Jet, a: Jet, axis: Any = None) -> Jet:
        axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)
        if a.ndim + a.node_axis in axes:
            raise TypeError(jet._refusal(f"np.{function.__name__} over the nodes"))
        total = a
        for at in sorted(axes, reverse=True):
            total = +combine([total[(*(slice(None),) * at, i)] for i in range(total.shape[at])])
        total.coefficients[0] = function(a.value, axis=axis)
        return total

    return rule


FUNCTIONS: Mapping[Callable[..., Any], Callable[..., Any]] = MappingProxyType(
    {
        np.zeros_like: lambda jet, a, dtype=float: _full_like(jet, a, 0, dtype),
        np.ones_like: lambda jet, a, dtype=float: _full_like(jet, a, 1, dtype),
        np.full_like: _full_like,
        np.where: _where,
        np.select: _select,
        np.piecewise: _piecewise,
        np.clip: _clip,
        np.sinc: _sinc,
        np.polyval: _polyval,
        np.stack: _stack,
        np.column_stack: lambda jet, tup: _stack(jet, tup, -1),
        np.sum: _reduction(np.sum, sum),
        np.mean: _reduction(np.mean, lambda parts: sum(parts) / len(parts)),
        np.prod: _reduction(np.prod, math.prod),
        np.max: _reduction(np.max, lambda parts: _folded(np.maximum, parts)),
        np.min: _reduction(np.min, lambda parts: _folded(np.minimum, parts)),
        np.shape: lambda jet, a: a.shape,
        np.ndim: lambda jet, a: a.ndim,
        np.size: lambda jet, a: a.size,
    }
)
