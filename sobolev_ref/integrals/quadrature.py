"""A rule is a set of nodes and weights, which turns an integral over Ω into a sum.

    (Q1)  ∫_Ω f(x) dx ≈ Σ_i w_i f(x_i)

Every loss and every norm of the package is such a sum. `rule.mean()` divides the weights by their sum,
which turns the integral over Ω into the mean over Ω, the 1/N of Algorithm 1. The module `rules` makes
rules on boxes, and `scattered` makes one of measured points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_array,
    as_function,
    as_integer,
    as_nodes,
    as_real_array,
    called,
    check_arguments,
)
from .._typing import Array


@dataclass(frozen=True, eq=False)
class Quadrature:
    """The nodes x_i and the weights w_i of a rule, which cannot be changed.

    Parameters
    ----------
    nodes : array_like, shape (N, d)
        The points x_i; for d = 1 a vector (N,) is taken as (N, 1).
    weights : array_like, shape (N,)
        The numbers w_i >= 0, in the units of dx.

    See Also
    --------
    gauss_legendre : The rule for smooth functions on a box, and by far the best one for few variables.
    sobol : Points for many variables.
    samples : A rule of points that were measured.

    Examples
    --------
    >>> rule = Quadrature([[0.0], [1.0]], [0.5, 0.5])
    >>> rule.integrate(lambda x: x)
    0.5
    >>> rule
    Quadrature(2 nodes in [0, 1], Σ w = 1)
    """

    nodes: Array
    weights: Array

    def __init__(self, nodes: ArrayLike, weights: ArrayLike) -> None:
        x = as_nodes("nodes", as_real_array("nodes", nodes))
        w = as_real_array("weights", weights)
        if w.shape != (len(x),):
            raise ValueError(
                f"weights: got shape {w.shape}, takes ({len(x)},) for nodes of shape {x.shape}"
            )
        if (w < 0).any():
            raise ValueError(f"weights: got {np.count_nonzero(w < 0)} negative, takes numbers >= 0")
        for name, array in (("nodes", x), ("weights", w)):
            array = array.copy()
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[type, tuple[Array, Array], dict[str, Any]]:
        more = {
            name: value for name, value in vars(self).items() if name not in ("nodes", "weights")
        }
        return type(self), (self.nodes, self.weights), more  # so that a copy is frozen as well

    def __repr__(self) -> str:
        box = " × ".join(f"[{low:.4g}, {high:.4g}]" for low, high in self.bounds[:4])
        box += " × …" * (self.d > 4)
        return f"Quadrature({len(self)} nodes in {box}, Σ w = {self.weights.sum():.4g})"

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def d(self) -> int:
        """The dimension of the domain."""
        d: int = self.nodes.shape[1]
        return d

    @property
    def bounds(self) -> Array:
        """The smallest box that holds the nodes, shape (d, 2): what `MLP.init` takes for Ω.

        A Gauss rule's nodes end a little inside its interval, and so does this box.

        Examples
        --------
        >>> Quadrature([[0.0, 5.0], [1.0, 3.0]], [0.5, 0.5]).bounds
        array([[0., 1.],
               [3., 5.]])
        """
        return np.stack([self.nodes.min(axis=0), self.nodes.max(axis=0)], axis=1)

    def mean(self) -> Self:
        """The same rule with weights that sum to 1, which gives |Ω|⁻¹ ∫_Ω in place of ∫_Ω.

        Raises
        ------
        ValueError
            If all weights are zero.

        Examples
        --------
        >>> from sobolev_ref import gauss_legendre
        >>> gauss_legendre([(0, 4)], 3).mean().integrate(lambda x: 1 + 0 * x)
        1.0
        """
        _, exponent = np.frexp(self.weights.max())
        # A power of two brings the largest weight below 1: no digit is lost, and no sum overflows.
        weights = np.ldexp(self.weights, -exponent)
        total = weights.sum()
        if total == 0:
            raise ValueError("weights: all zero, so there is no mean")
        return self._of(self.nodes, weights / total)

    def integrate(self, f: Callable[..., Any]) -> Any:
        """The sum Σ_i w_i f(x_i) for a function of d arrays (Q1).

        Parameters
        ----------
        f : callable
            It takes d arrays of shape (N,), and returns an array (N,), a number, or a tuple of these.

        Returns
        -------
        float, or a tuple of floats where f returns a tuple

        Examples
        --------
        >>> from sobolev_ref import gauss_legendre
        >>> area = gauss_legendre([(0, 1), (0, 2)], 4)
        >>> round(area.integrate(lambda x, y: x * y), 12)
        1.0
        """
        check_arguments("f", as_function("f", f, f"a function of {self.d} arrays"), self.d)
        values = called("f", f, *self.nodes.T)
        if isinstance(values, tuple):
            return tuple(self._sum(value) for value in values)
        return self._sum(values)

    def _sum(self, values: Any) -> float:
        array = as_array("f", values)
        if array.shape not in ((), (len(self),)):
            raise ValueError(f"f: got shape {array.shape}, takes shape ({len(self)},)")
        with np.errstate(over="ignore", invalid="ignore"):
            total: float = (self.weights * array).sum().item()  # (Q1)
        if not np.isfinite(total):
            raise ValueError(
                f"f: got values up to {np.abs(array).max():.2g} and weights up to {self.weights.max():.2g}, "
                "takes those whose sum stays within float64; divide f by a constant, or take mean()"
            )
        return total

    def _of(self, nodes: Array, weights: Array) -> Self:
        """A rule like this one of nodes and weights that have been checked."""
        part = object.__new__(type(self))
        for array in (nodes, weights):
            array.setflags(write=False)
        vars(part).update(vars(self), nodes=nodes, weights=weights)
        return part

    def _taken(self, nodes: Array | slice) -> Self:
        """The rule of some of the nodes, which have been checked; a slice of them is a view."""
        return self._of(self.nodes[nodes], self.weights[nodes])

    def split(self, n: int) -> list[Self]:
        """A list of n rules of consecutive nodes, whose sums add up to the sum of this rule.

        Examples
        --------
        >>> from sobolev_ref import gauss_legendre
        >>> [len(part) for part in gauss_legendre([(0, 1)], 5).split(2)]
        [3, 2]
        """
        parts = np.array_split(np.arange(len(self)), as_integer("n", n, 1, len(self)))
        return [self._taken(part) for part in parts]


def as_rule(rule: Any, d: int | None = None) -> Quadrature:
    """A rule, in d dimensions where d is given."""
    if not isinstance(rule, Quadrature):
        raise TypeError(f"rule: got {type(rule).__name__}, takes a Quadrature")
    if d not in (None, rule.d):
        raise ValueError(f"rule: got nodes of shape {rule.nodes.shape}, takes shape (N, {d})")
    return rule
