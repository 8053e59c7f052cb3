"""Seven rules on boxes: five are tensor products of a rule on an interval, two are random points.

A tensor product has n nodes in each direction; Monte Carlo and Sobol have n points in all.

    rule                 nodes in 1-D              exact for degree     error for smooth f, d = 1
    gauss_legendre       roots of P_n              2n − 1               geometric in n
    clenshaw_curtis      cos(jπ / (n − 1))         n − 1                geometric in n
    simpson              n equidistant, n odd      3                    n⁻⁴
    trapezoid, midpoint  n equidistant             1                    n⁻²
    sobol                scrambled net, any d      0                    about n⁻³ᐟ² (random)
    monte_carlo          independent, any d        0                    n⁻¹ᐟ² (random)
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dct
from scipy.special import roots_legendre
from scipy.stats import qmc

from .._checks import MAX_ENTRIES, as_bounds, as_counts, as_integer, as_rng, check_size
from .._typing import Array
from .quadrature import Quadrature

MAX_GAUSS = 10**5  # beyond it the roots of P_n take minutes, as their time grows with n²


def _tensor(
    bounds: ArrayLike,
    n: int | Sequence[int],
    rule_1d: Callable[[int], tuple[Array, Array]],
    minimum: int,
) -> Quadrature:
    """The tensor product of a rule on [−1, 1], moved to each side of the box."""
    box = as_bounds(bounds)
    counts = as_counts("n", n, len(box), minimum)
    N = _number_of_nodes(n, prod(counts), len(box))
    nodes, weights = np.empty((N, len(box))), np.ones(N)  # (N, d), (N,)
    repeats = N  # consecutive nodes that share x_q: the last variable changes fastest
    for q, ((lower, upper), count) in enumerate(zip(box, counts)):
        t, w = rule_1d(count)
        half, centre = (upper - lower) / 2, box[q].mean()
        repeats //= count
        grid = -1, count, repeats  # the variables before x_q, x_q, and those after it
        nodes.reshape(*grid, len(box))[..., q] = (centre + half * t)[:, None]
        weights.reshape(grid)[:] *= (half * w)[:, None]
    return Quadrature(nodes, weights)


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

    Raises
    ------
    TypeError, ValueError
        If bounds are no box, n is out of range, or the nodes are more than memory holds.

    Examples
    --------
    >>> round(gauss_legendre([(0, 1)], 2).integrate(lambda x: 4 * x**3), 12)
    1.0
    """

    def rule(count: int) -> tuple[Array, Array]:
        if count > MAX_GAUSS:
            raise ValueError(
                f"n: got {count:,}, takes at most {MAX_GAUSS:,} a side; clenshaw_curtis takes more"
            )
        return roots_legendre(count)  # type: ignore[no-any-return]

    return _tensor(bounds, n, rule, minimum=1)


def clenshaw_curtis(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """Clenshaw–Curtis: n >= 2 Chebyshev extrema a side, which are exact for degree n − 1.

    The interpolant Σ″ c_k T_k is integrated by ∫T_k = 2/(1 − k²) for even k, and 0 for odd k.

    Parameters, result and errors are the same as `gauss_legendre`'s.

    Examples
    --------
    >>> round(clenshaw_curtis([(0, 1)], 4).integrate(lambda x: 4 * x**3), 12)
    1.0
    """

    def rule(count: int) -> tuple[Array, Array]:
        N = count - 1
        moments = np.zeros(count)
        moments[::2] = 2 / (1 - np.arange(0, count, 2) ** 2)
        weights = dct(moments, type=1) / N
        weights[[0, -1]] /= 2
        return -np.cos(np.pi * np.arange(count) / N), weights

    return _tensor(bounds, n, rule, minimum=2)


def trapezoid(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """The trapezoidal rule: n >= 2 equidistant nodes a side, with the ends; exact for degree 1.

    Parameters, result and errors are the same as `gauss_legendre`'s.

    Examples
    --------
    >>> trapezoid([(0, 2)], 3).weights
    array([0.5, 1. , 0.5])
    """

    def rule(count: int) -> tuple[Array, Array]:
        weights = np.full(count, 2 / (count - 1))
        weights[[0, -1]] /= 2
        return np.linspace(-1, 1, count), weights

    return _tensor(bounds, n, rule, minimum=2)


def simpson(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """Simpson's rule: an odd n >= 3 equidistant nodes a side, which are exact for degree 3.

    Parameters, result and errors are the same as `gauss_legendre`'s.

    Examples
    --------
    >>> simpson([(0, 6)], 3).weights
    array([1., 4., 1.])
    """

    def rule(count: int) -> tuple[Array, Array]:
        if count % 2 == 0:
            raise ValueError(f"n: got {count}, Simpson's rule takes an odd number >= 3")
        weights = np.full(count, 4.0)
        weights[2::2] = 2
        weights[[0, -1]] = 1
        return np.linspace(-1, 1, count), weights * 2 / (3 * (count - 1))

    return _tensor(bounds, n, rule, minimum=3)


def midpoint(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """The midpoint rule: the centres of n >= 1 equal cells a side, which are exact for degree 1.

    Parameters, result and errors are the same as `gauss_legendre`'s.

    Examples
    --------
    >>> midpoint([(0, 1)], 2).nodes.ravel()
    array([0.25, 0.75])
    """

    def rule(count: int) -> tuple[Array, Array]:
        return (2 * np.arange(count) + 1) / count - 1, np.full(count, 2 / count)

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

    Raises
    ------
    TypeError, ValueError
        If bounds are no box, or n is out of range.

    Examples
    --------
    >>> len(monte_carlo([(0, 1)] * 3, 100, rng=0))
    100
    """
    return _equal_weights(bounds, n, lambda N, d: as_rng("rng", rng).random((N, d)))


def sobol(bounds: ArrayLike, n: int, rng: np.random.Generator | int | None = None) -> Quadrature:
    """Sobol: n scrambled points in all (SciPy's), each of weight |Ω|/n.

    They are balanced where n is a power of two; SciPy warns where it is not.
    Parameters, result and errors are the same as `monte_carlo`'s.

    Examples
    --------
    >>> round(sobol([(0, 1)] * 3, 1024, rng=0).integrate(lambda x, y, z: x * y * z), 3)
    0.125
    """

    def points(N: int, d: int) -> Array:
        if d > qmc.Sobol.MAXDIM:
            raise ValueError(f"bounds: got {d} dimensions, takes at most {qmc.Sobol.MAXDIM}")
        return qmc.Sobol(d, rng=as_rng("rng", rng)).random(N)  # type: ignore[no-any-return]

    return _equal_weights(bounds, n, points)


def _equal_weights(bounds: ArrayLike, n: int, points: Callable[[int, int], Array]) -> Quadrature:
    """Points of the unit cube moved to the box, each of weight |Ω|/n."""
    box = as_bounds(bounds)
    N = _number_of_nodes(n, as_integer("n", n, minimum=1), len(box))
    side = box[:, 1] - box[:, 0]  # (d,)
    return Quadrature(box[:, 0] + side * points(N, len(box)), np.full(N, side.prod() / N))
