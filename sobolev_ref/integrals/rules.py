"""Seven rules on boxes: five are tensor products of a rule on an interval, two are random points.

A tensor product has n nodes in each direction; Monte Carlo and Sobol have n points in all.

    rule                 nodes in 1-D              exact for degree     error for smooth f, d = 1
    gauss_legendre       roots of P_n              2n − 1               geometric in n
    clenshaw_curtis      cos(jπ / (n − 1))         n − 1, n for odd n   geometric in n
    simpson              n equidistant, n odd      3                    n⁻⁴
    trapezoid, midpoint  n equidistant             1                    n⁻²
    sobol                scrambled net, any d      0                    about n⁻³ᐟ² (random)
    monte_carlo          independent, any d        0                    n⁻¹ᐟ² (random)
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    MAX_ENTRIES,
    as_bounds,
    as_integer,
    as_rng,
    as_sequence,
    check_size,
    is_several,
)
from .._typing import Array
from .gauss import legendre
from .quadrature import Quadrature


def _tensor(
    bounds: ArrayLike,
    n: int | Sequence[int],
    rule_1d: Callable[[int], tuple[Array, Array, Array]],
    minimum: int,
) -> Quadrature:
    """The tensor product of a symmetric rule on [−1, 1], moved to each side of the box.

    The rule gives the nodes −r <= 0, the distances s = 1 − r from the end, and the weights. Each node is
    counted from the nearer of centre and end, so that it keeps its digits, and stays in the box.
    """
    box = as_bounds(bounds)
    counts = _as_counts(n, len(box), minimum)
    N = _number_of_nodes(n, math.prod(counts), len(box))
    nodes, weights = np.empty((N, len(box))), np.full(N, _volume(box))  # (N, d), (N,)
    repeats = N  # consecutive nodes that share x_q: the last variable changes fastest
    for q, ((lower, upper), count) in enumerate(zip(box, counts)):
        r, s, w = rule_1d(count)
        half, centre = (upper - lower) / 2, lower / 2 + upper / 2
        left = np.where(s < r, lower + half * s, centre - half * r)
        right = np.where(s < r, upper - half * s, centre + half * r)
        x, w = (np.append(a, b[::-1][count % 2 :]) for a, b in ((left, right), (w, w)))
        repeats //= count
        grid = -1, count, repeats  # the variables before x_q, x_q, and those after it
        nodes.reshape(*grid, len(box))[..., q] = x[:, None]
        weights.reshape(grid)[:] *= (w / 2)[:, None]
    return Quadrature(nodes, weights)


def _as_counts(n: Any, d: int, minimum: int) -> list[int]:
    """The number of nodes in each of d dimensions; a single number serves them all."""
    takes = f"one whole number or a sequence of {d}"
    counts = as_sequence("n", n, takes) if is_several(n) else [n] * d
    if len(counts) != d:
        raise ValueError(f"n: got {len(counts)} counts, takes one number or {d}")
    return [as_integer("n", count, minimum) for count in counts]


def _volume(box: Array) -> float:
    """|Ω|, by mantissas and exponents: no product on the way leaves float64, and the last one must not."""
    volume, exponent = 1.0, 0  # |Ω| = volume · 2^exponent
    for mantissa, e in (math.frexp(side) for side in (box[:, 1] - box[:, 0]).tolist()):
        volume, more = math.frexp(volume * mantissa)
        exponent += e + more
    if not sys.float_info.min_exp <= exponent <= sys.float_info.max_exp:
        raise ValueError(
            f"bounds: got a box whose volume is about 1e{round(exponent * math.log10(2))}, takes one from "
            "2.3e-308 to 1.7e308; measure the variables in other units"
        )
    return math.ldexp(volume, exponent)


def _number_of_nodes(n: Any, nodes: int, d: int) -> int:
    """The number of nodes, refused before any is made where they would not fit in memory."""
    most = MAX_ENTRIES // d
    check_size("n", n, nodes * d, f"at most {most:,} nodes in all for d = {d}")
    return nodes


def gauss_legendre(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """Gauss–Legendre: n >= 1 nodes a side, which are exact for degree 2n − 1 in each variable.

    Parameters
    ----------
    bounds : array_like, shape (d, 2)
        The box Ω, a pair (lower, upper) for each variable.
    n : int or sequence of d ints
        The number of nodes a side; the rule has as many nodes as their product.

    Returns
    -------
    Quadrature
        Its weights add up to |Ω|.

    See Also
    --------
    midpoint : A rule for functions with kinks.
    sobol : Points for many variables.
    samples : Points that were measured.

    Examples
    --------
    >>> round(gauss_legendre([(0, 1)], 2).integrate(lambda x: 4 * x**3), 12)
    1.0
    """
    return _tensor(bounds, n, legendre, minimum=1)


def clenshaw_curtis(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """Clenshaw–Curtis: n >= 2 Chebyshev extrema a side, exact for degree n − 1, and n for odd n.

    The interpolant Σ″ c_k T_k is integrated by ∫T_k = 2/(1 − k²) for even k, and 0 for odd k. As
    2/(1 − k²) = 1/(k + 1) − 1/(k − 1), the sums over cos kθ are sums over sines, which lose no digits
    near the ends, where the weights are small: with N = n − 1 and θ = jπ/N,

        w_j = (2/N) (2 sin θ Σ_{l<N, l odd} sin(lθ)/l + (−1)^j τ),   τ = cos θ/N for odd N, else N/(N² − 1)

    for 0 < j < N, and half of it, (1/N) τ, at the ends.

    Parameters and result are the same as `gauss_legendre`'s.

    See Also
    --------
    gauss_legendre : Exact for degree 2n − 1 with n nodes a side.

    Examples
    --------
    >>> round(clenshaw_curtis([(0, 1)], 4).integrate(lambda x: 4 * x**3), 12)
    1.0
    """

    def rule(count: int) -> tuple[Array, Array, Array]:
        N, j = count - 1, np.arange((count + 1) // 2)
        inverse = np.zeros(N)
        inverse[1::2] = 1 / np.arange(1, N, 2)
        sines = -np.fft.rfft(inverse, 2 * N).imag[: len(j)]  # Σ sin(lθ)/l
        theta = np.pi * j / N
        tau = np.cos(theta) / N if N % 2 else N / (N**2 - 1)
        weights = 2 / N * (2 * np.sin(theta) * sines + (-1.0) ** j * tau)
        weights[0] /= 2
        r = np.sin(np.pi * (N - 2 * j) / (2 * N))
        return r, 2 * np.sin(theta / 2) ** 2, weights

    return _tensor(bounds, n, rule, minimum=2)


def _equidistant(count: int) -> tuple[Array, Array]:
    """The distances of the left half of `count` nodes from the centre, and from the end."""
    j = np.arange((count + 1) // 2)
    return (count - 1 - 2 * j) / (count - 1), 2 * j / (count - 1)


def trapezoid(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """The trapezoidal rule: n >= 2 equidistant nodes a side, with the ends; exact for degree 1.

    Parameters and result are the same as `gauss_legendre`'s.

    See Also
    --------
    midpoint : The centres of the cells, without the ends.
    simpson : The same nodes, exact for degree 3.

    Examples
    --------
    >>> trapezoid([(0, 2)], 3).weights
    array([0.5, 1. , 0.5])
    """

    def rule(count: int) -> tuple[Array, Array, Array]:
        weights = np.full((count + 1) // 2, 2 / (count - 1))
        weights[0] /= 2
        return *_equidistant(count), weights

    return _tensor(bounds, n, rule, minimum=2)


def simpson(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """Simpson's rule: an odd n >= 3 equidistant nodes a side, which are exact for degree 3.

    Parameters and result are the same as `gauss_legendre`'s.

    See Also
    --------
    trapezoid : Any number of nodes from 2 on, exact for degree 1.
    gauss_legendre : The best rule for smooth functions of few variables.

    Examples
    --------
    >>> simpson([(0, 6)], 3).weights
    array([1., 4., 1.])
    """

    def rule(count: int) -> tuple[Array, Array, Array]:
        if count % 2 == 0:
            raise ValueError(f"n: got {count}, Simpson's rule takes an odd number >= 3")
        weights = np.full((count + 1) // 2, 4.0)
        weights[2::2] = 2
        weights[0] = 1
        return *_equidistant(count), weights * 2 / (3 * (count - 1))

    return _tensor(bounds, n, rule, minimum=3)


def midpoint(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """The midpoint rule: the centres of n >= 1 equal cells a side, which are exact for degree 1.

    Parameters and result are the same as `gauss_legendre`'s.

    See Also
    --------
    trapezoid : Nodes at the ends of the cells.
    gauss_legendre : The best rule for smooth functions of few variables.

    Examples
    --------
    >>> midpoint([(0, 1)], 2).nodes.ravel()
    array([0.25, 0.75])
    """

    def rule(count: int) -> tuple[Array, Array, Array]:
        s = (2 * np.arange((count + 1) // 2) + 1) / count
        return (count - 1 - 2 * np.arange(len(s))) / count, s, np.full(len(s), 2 / count)

    return _tensor(bounds, n, rule, minimum=1)


def monte_carlo(
    bounds: ArrayLike, n: int, rng: np.random.Generator | int | None = None
) -> Quadrature:
    """Monte Carlo: n independent uniform nodes in all, each of weight |Ω|/n.

    Parameters
    ----------
    bounds : array_like, shape (d, 2)
        The box Ω, a pair (lower, upper) for each variable.
    n : int
        The number of nodes, at least 1.
    rng : numpy.random.Generator or int, optional
        The source of randomness, or a seed for it.

    Returns
    -------
    Quadrature
        Its weights add up to |Ω|.

    See Also
    --------
    sobol : Points that lie more evenly.

    Examples
    --------
    >>> len(monte_carlo([(0, 1)] * 3, 100, rng=0))
    100
    """
    return _equal_weights(bounds, n, lambda N, d: as_rng("rng", rng).random((N, d)))


def sobol(bounds: ArrayLike, n: int, rng: np.random.Generator | int | None = None) -> Quadrature:
    """Sobol: n scrambled points in all (SciPy's), each of weight |Ω|/n.

    They are balanced where n is a power of two; SciPy warns where it is not.
    Parameters and result are the same as `monte_carlo`'s.

    See Also
    --------
    gauss_legendre : The best rule for smooth functions of few variables.
    monte_carlo : Random points.

    Examples
    --------
    >>> round(sobol([(0, 1)] * 3, 1024, rng=0).integrate(lambda x, y, z: x * y * z), 3)
    0.125
    """
    from scipy.stats import qmc  # whose import takes half as long as the package's

    def points(N: int, d: int) -> Array:
        if d > qmc.Sobol.MAXDIM:
            raise ValueError(f"bounds: got {d} dimensions, takes at most {qmc.Sobol.MAXDIM}")
        return qmc.Sobol(d, rng=as_rng("rng", rng)).random(N)  # type: ignore[no-any-return]

    return _equal_weights(bounds, n, points)


def _equal_weights(bounds: ArrayLike, n: int, points: Callable[[int, int], Array]) -> Quadrature:
    """Points of the unit cube moved to the box, each of weight |Ω|/n."""
    box = as_bounds(bounds)
    N = _number_of_nodes(n, as_integer("n", n, minimum=1), len(box))
    lower, upper = box.T  # (d,) each
    nodes = lower + (upper - lower) * points(N, len(box))  # (N, d)
    nodes = np.minimum(nodes, upper)  # rounding may pass the upper end
    return Quadrature(nodes, np.full(N, _volume(box) / N))
