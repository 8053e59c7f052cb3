"""Quadrature on boxes: ∫_Ω f(x) dx ≈ Σ_i w_i f(x_i).                                        (Q1)

Every loss and norm of the package is such a sum. A rule holds its nodes and weights and nothing
else; `rule.mean()` divides the weights by their sum, which turns an integral over Ω into a mean over
Ω, Algorithm 1's 1/N. The module `rules` makes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_array, as_integer, as_nodes, as_real_array
from .._typing import Array


@dataclass(frozen=True, eq=False)
class Quadrature:
    """Nodes and weights of a quadrature rule.

    Parameters
    ----------
    nodes : array_like, shape (N, d)
        x_i; for d = 1, shape (N,) is taken as (N, 1).
    weights : array_like, shape (N,)
        w_i >= 0, in the units of dx.

    Raises
    ------
    TypeError, ValueError
        For an empty rule, shapes that disagree, entries that are not finite, or negative weights.

    Examples
    --------
    >>> rule = Quadrature([[0.0], [1.0]], [0.5, 0.5])
    >>> rule.integrate(lambda x: x)
    0.5
    """

    nodes: Array
    weights: Array

    def __init__(self, nodes: ArrayLike, weights: ArrayLike) -> None:
        x = as_nodes("nodes", as_real_array("nodes", nodes))
        w = as_real_array("weights", weights)
        if w.shape != (len(x),):
            raise ValueError(
                f"weights: got shape {w.shape}, takes shape ({len(x)},) for nodes of "
                f"shape {x.shape}"
            )
        if (w < 0).any():
            raise ValueError(f"weights: got {np.count_nonzero(w < 0)} negative, takes numbers >= 0")
        for name, array in (("nodes", x), ("weights", w)):
            array = array.copy()
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[type, tuple[Array, Array]]:
        return Quadrature, (self.nodes, self.weights)  # a copy is frozen as well

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def d(self) -> int:
        """The dimension of the domain."""
        d: int = self.nodes.shape[1]
        return d

    def mean(self) -> "Quadrature":
        """The same rule with weights that sum to 1: |Ω|⁻¹ ∫_Ω in place of ∫_Ω.

        Examples
        --------
        >>> from sobolev_ref import gauss_legendre
        >>> gauss_legendre([(0, 4)], 3).mean().integrate(lambda x: 1 + 0 * x)
        1.0
        """
        total = self.weights.sum()
        if total == 0:
            raise ValueError("weights: all zero, so there is no mean")
        return Quadrature(self.nodes, self.weights / total)

    def integrate(self, f: Callable[..., Any]) -> Any:
        """Σ_i w_i f(x_i) for a function of d arrays (Q1).

        Parameters
        ----------
        f : callable
            Takes d arrays of shape (N,); returns an array (N,), a number, or a tuple of these.

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
        if not callable(f):
            raise TypeError(f"f: got {type(f).__name__}, takes a function of {self.d} arrays")
        values = f(*self.nodes.T)
        if isinstance(values, tuple):
            return tuple(self._sum(value) for value in values)
        return self._sum(values)

    def _sum(self, values: Any) -> float:
        array = as_array("f", values)
        if array.shape not in ((), (len(self),)):
            raise ValueError(f"f: got shape {array.shape}, takes shape ({len(self)},)")
        total: float = (self.weights * array).sum().item()  # (Q1)
        return total

    def split(self, n: int) -> list["Quadrature"]:
        """n rules of consecutive nodes whose sums add up to this one's.

        Examples
        --------
        >>> from sobolev_ref import gauss_legendre
        >>> [len(part) for part in gauss_legendre([(0, 1)], 5).split(2)]
        [3, 2]
        """
        parts = as_integer("n", n, minimum=1)
        if parts > len(self):
            raise ValueError(f"n: got {parts} parts, takes at most the {len(self)} nodes")
        return [
            Quadrature(x, w)
            for x, w in zip(np.array_split(self.nodes, parts), np.array_split(self.weights, parts))
        ]
