"""Nodes that are on a kink, a step or a pole but for rounding, as 0.1 + 0.2 is on the kink of |t − 0.3|.

The jet z that is 0 on the kink has there a value that is rounding. With u = 2⁻⁵³ and E of `cancellation`,

    |z_0| ≤ 4 u (E(z)_0 + Σ_q |∂_q z| X_q)

where X_q is by how many units of rounding x_q is known. A computed grid such as ``arange(-1, 1, 0.1)`` has
the rounding of its largest node in every node, so that X_q is the largest |x_q| for kinks and steps. For a
root, a logarithm or a pole it is the node's own |x_q|, as graded grids come as near to these as numbers do.
There is no kink where all other coefficients of z are rounding, too, as of max(sin² + cos², 1), or beside
those at other nodes, as of |(t − 0.3)³|. Where z_0 is 0, `piecewise` and `leading` know the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy import special

from .._typing import Array
from .cancellation import UNIT

SOME = 4  # units of rounding


@dataclass(frozen=True)
class Operand:
    """A jet z and its errors, shape (A, …) each, d sizes |x_q| of the nodes, that broadcast to (…), and k."""

    z: Array
    error: Array
    sizes: Sequence[Array]
    order: int

    def less(self, other: "Operand") -> "Operand":
        """The difference of two of them."""
        return replace(self, z=self.z - other.z, error=self.error + other.error)

    def from_step(self, value: Array | float) -> "Operand":
        """The distance of the value from a constant, which may be rounded as well."""
        error = np.concatenate([self.error[:1] + np.abs(value), self.error[1:]])
        return replace(self.at(self.z[0] - value), error=error)

    def at(self, distance: Array) -> "Operand":
        """The same with another z_0."""
        return replace(self, z=np.concatenate([distance[None], self.z[1:]]))

    def meets(self, everywhere: bool = True) -> Array:
        """Where z_0 is 0 but for rounding, with X_q the largest of all nodes or each node's own."""
        return np.asarray((self.z[0] != 0) & self._is_rounding(everywhere))

    def vanishes(self) -> Array:
        """Where z_0 is 0, if only but for rounding."""
        return np.asarray((self.z[0] == 0) | self._is_rounding(True))

    def _is_rounding(self, everywhere: bool) -> Array:
        sizes = [np.max(x, initial=0.0) if everywhere else x for x in self.sizes]
        rounding = self.error[0] + sum(np.abs(row) * x for row, x in zip(self.z[1:], sizes))
        slopes, error = np.abs(self.z[1:]), self.error[1:]
        if everywhere:
            largest = slopes.reshape(len(slopes), -1).max(axis=1)
            error = np.maximum(error, largest.reshape(-1, *[1] * (slopes.ndim - 1)))
        varies = (slopes > SOME * UNIT * error).any(axis=0)
        return np.asarray((np.abs(self.z[0]) <= SOME * UNIT * rounding) & varies)


def _two(u: Operand, v: Operand) -> Array:
    return u.less(v).meets()


def _zero(z: Operand, *rest: Operand) -> Array:
    return z.meets()


def _pole(z: Operand) -> Array:
    return z.meets(everywhere=False)


def _whole(z: Operand) -> Array:
    return z.from_step(np.rint(z.z[0])).meets()


def _end(z: Operand) -> Array:
    """Where z is 1 or −1."""
    return _pole(z.from_step(np.sign(z.z[0])))


def _not_positive(z: Operand) -> Array:
    """Where z is 0, −1, −2, …"""
    return np.asarray(_pole(z.from_step(np.rint(z.z[0]))) & (z.z[0] < 0.5))


def _power(u: Operand, r: Operand) -> Array:
    """A power that has an infinite derivative at 0, up to the order, or a pole there."""
    whole = (r.z[0] == np.rint(r.z[0])) & (r.z[0] >= 0)
    return np.asarray(_pole(u) & (r.z[1:].any(axis=0) | ~whole & (r.z[0] < u.order)))


MEETS: Mapping[np.ufunc, Callable[..., Array]] = MappingProxyType(
    {
        **dict.fromkeys((np.absolute, np.fabs, np.sign, np.heaviside), _zero),
        **dict.fromkeys((np.maximum, np.minimum, np.fmax, np.fmin), _two),
        **dict.fromkeys((np.less, np.less_equal, np.greater, np.greater_equal), _two),
        **dict.fromkeys((np.equal, np.not_equal), _two),
        **dict.fromkeys((np.floor, np.ceil), _whole),
        np.trunc: lambda z: _whole(z) & (np.rint(z.z[0]) != 0),
        np.rint: lambda z: z.from_step(np.floor(z.z[0]) + 0.5).meets(),
        np.hypot: lambda u, v: u.vanishes() & v.vanishes() & ((u.z[0] != 0) | (v.z[0] != 0)),
        np.arctan2: lambda u, v: u.meets() & (v.z[0] < 0),
        **dict.fromkeys((np.sqrt, np.cbrt, special.cbrt, np.reciprocal), _pole),
        **dict.fromkeys((np.log, np.log2, np.log10), _pole),
        **dict.fromkeys((np.log1p, special.log1p), lambda z: _pole(z.from_step(-1.0))),
        **dict.fromkeys((np.arcsin, np.arccos, np.arctanh), _end),
        np.arccosh: lambda z: _pole(z.from_step(1.0)),
        np.tan: lambda z: _pole(z.at(np.cos(z.z[0]))),
        **dict.fromkeys((special.gamma, special.gammaln, special.psi), _not_positive),
        **dict.fromkeys((np.power, np.float_power), _power),
        np.divide: lambda u, z: _pole(z) & ~u.vanishes(),
    }
)
