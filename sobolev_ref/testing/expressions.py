"""Smooth functions made of a small grammar, with their exact derivatives by the rules of calculus; they
print.

    f = c | x_q | f + f | f · f | sin f | cos f | exp f | tanh f

`Expression.derivative(q)` is an expression again, so that Dᵅf is exact for every α and owes nothing to
jets. An expression is called with d arrays, or with `Jet` objects, as a target is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Any

import numpy as np

from .._typing import Array, MultiIndex
from ..plain import multi_indices

NAMES = "xyz"


@dataclass(frozen=True)
class Expression:
    """An operation and what it is applied to: numbers, the places of variables, expressions.

    Examples
    --------
    >>> x, y = variable(0), variable(1)
    >>> f = applied("sin", times(number(2.0), x))
    >>> print(plus(f, times(x, y)), "has the slope", f.derivative(0))
    sin(2.0*x) + x*y has the slope 2.0*cos(2.0*x)
    """

    operation: str
    of: tuple[Any, ...]

    def __call__(self, *x: Any) -> Any:
        """Its values at x_1, …, x_d, arrays or jets."""
        if self.operation == "number":
            return self.of[0]
        if self.operation == "variable":
            return x[self.of[0]]
        parts = [part(*x) for part in self.of]
        if self.operation == "+":
            return parts[0] + parts[1]
        if self.operation == "*":
            return parts[0] * parts[1]
        return getattr(np, self.operation)(parts[0])

    def derivative(self, q: int) -> "Expression":
        """∂f/∂x_q."""
        if self.operation == "number":
            return number(0.0)
        if self.operation == "variable":
            return number(float(self.of[0] == q))
        slopes = [part.derivative(q) for part in self.of]
        if self.operation == "+":
            return plus(*slopes)
        if self.operation == "*":
            f, g = self.of
            return plus(times(slopes[0], g), times(f, slopes[1]))
        return times(slopes[0], SLOPES[self.operation](self.of[0]))

    def __str__(self) -> str:
        if self.operation == "number":
            return repr(self.of[0])
        if self.operation == "variable":
            return NAMES[self.of[0]] if self.of[0] < len(NAMES) else f"x{self.of[0] + 1}"
        if self.operation == "+":
            return " + ".join(map(str, self.of))
        if self.operation == "*":
            return "*".join(f"({f})" if f.operation == "+" else str(f) for f in self.of)
        return f"{self.operation}({self.of[0]})"


def number(c: float) -> Expression:
    """A constant."""
    return Expression("number", (c,))


def variable(q: int) -> Expression:
    """x_q, q = 0, 1, …."""
    return Expression("variable", (q,))


def plus(f: Expression, g: Expression) -> Expression:
    """f + g, without zeros."""
    if number(0.0) in (f, g):
        return g if f == number(0.0) else f
    return Expression("+", (f, g))


def times(f: Expression, g: Expression) -> Expression:
    """f · g, without zeros and ones."""
    if number(0.0) in (f, g):
        return number(0.0)
    if number(1.0) in (f, g):
        return g if f == number(1.0) else f
    return Expression("*", (f, g))


def applied(name: str, f: Expression) -> Expression:
    """The function sin f, cos f, exp f or tanh f."""
    return Expression(name, (f,))


def tanh_slope(f: Expression) -> Expression:
    """1 − tanh² f."""
    a = applied("tanh", f)
    return plus(number(1.0), times(number(-1.0), times(a, a)))


SLOPES: Mapping[str, Any] = MappingProxyType(
    {
        "sin": lambda f: applied("cos", f),
        "cos": lambda f: times(number(-1.0), applied("sin", f)),
        "exp": lambda f: applied("exp", f),
        "tanh": tanh_slope,
    }
)


@dataclass(frozen=True)
class DrawnTarget:
    """A function ℝᵈ → ℝᵐ of expressions, one for each output, with exact derivatives.

    Attributes
    ----------
    d : int
    outputs : tuple of Expression

    Examples
    --------
    >>> u = DrawnTarget(1, (applied("sin", variable(0)),))
    >>> u, u.derivative((1,))
    (DrawnTarget('sin(x)'), DrawnTarget('cos(x)'))
    >>> u.data(np.zeros((1, 1)), 2)
    {(0,): array([[0.]]), (1,): array([[1.]]), (2,): array([[-0.]])}
    """

    d: int
    outputs: tuple[Expression, ...]

    def __call__(self, *x: Any) -> Any:
        """The values as a target gives them: a tuple for several outputs."""
        values = tuple(f(*x) for f in self.outputs)
        return values[0] if len(values) == 1 else values

    def __repr__(self) -> str:
        return f"DrawnTarget({', '.join(repr(str(f)) for f in self.outputs)})"

    def derivative(self, alpha: MultiIndex) -> "DrawnTarget":
        """Dᵅu."""
        steps = [q for q, n in enumerate(alpha) for _ in range(n)]
        return DrawnTarget(
            self.d, tuple(reduce(lambda f, q: f.derivative(q), steps, f) for f in self.outputs)
        )

    def data(self, x: Array, order: int) -> dict[MultiIndex, Array]:
        """Dᵅu at the nodes x (N, d) for every |α| ≤ order, arrays (N, m)."""
        return {
            alpha: np.stack(
                [np.broadcast_to(f(*x.T), len(x)) for f in self.derivative(alpha).outputs], axis=1
            )
            for alpha in multi_indices(self.d, order)
        }


def linear(coefficients: Sequence[float], constant: float) -> Expression:
    """c_1 x_1 + … + c_d x_d + constant."""
    terms = [times(number(c), variable(q)) for q, c in enumerate(coefficients)]
    return reduce(plus, [*terms, number(constant)])
