"""Seven rules on boxes, for (Q1): from one dimension by tensor products, or by points of the whole box.

A tensor product has n nodes in each direction; Monte Carlo and Sobol points are n in all.

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

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dct
from scipy.special import roots_legendre
from scipy.stats import qmc

from .._checks import MAX_ENTRIES, as_bounds, as_counts, as_integer, as_rng
from .._typing import Array
from .quadrature import Quadrature

MAX_GAUSS = 10**5  # minutes; the time of its roots grows with the square
MAX_TENSOR = 32  # NumPy's own limit to the dimensions of an array is 64


def _tensor(
    bounds: ArrayLike,
    n: int | Sequence[int],
    rule_1d: Callable[[int], tuple[Array, Array]],
    minimum: int,
) -> Quadrature:
    """The tensor product of a rule on [−1, 1], mapped to each side of the box."""
    box = as_bounds(bounds)
    counts = as_counts("n", n, len(box), minimum)
    if len(box) > MAX_TENSOR:
        raise ValueError(
            f"bounds: got {len(box)} dimensions, a tensor rule takes at most "
            f"{MAX_TENSOR}; use monte_carlo or sobol"
        )
    _check_size(prod(counts), len(box), " x ".join(map(str, counts)))
    rules = [rule_1d(count) for count in counts]
    half, centre = (box[:, 1] - box[:, 0]) / 2, box.mean(axis=1)
    axes = [c + h * t for (t, _), h, c in zip(rules, half, centre)]
    sides = [h * w for (_, w), h in zip(rules, half)]
    nodes = np.column_stack([x.ravel() for x in np.meshgrid(*axes, indexing="ij")])  # (N, d)
    weights = np.ones(1)
    for side in sides:
        weights = np.multiply.outer(weights, side).ravel()
    return Quadrature(nodes, weights)


def gauss_legendre(bounds: ArrayLike, n: int | Sequence[int]) -> Quadrature:
    """Gauss–Legendre: n >= 1 nodes a side, exact for degree 2n − 1 in each variable.

    Parameters
    ----------
    bounds : array_like, shape (d, 2)
        The box Ω, a pair (lower, upper) for each variable.
    n : int or sequence of d ints
        Nodes a side; the rule has their product.

    Returns
    -------
    Quadrature
        Its weights add up to |Ω|.

    Raises
    ------
    TypeError, ValueError
        For bounds that are no box, n out of range, or more nodes than memory holds.

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
    """Clenshaw–Curtis: n >= 2 Chebyshev extrema a side, exact for degree n − 1.

    The interpolant Σ″ c_k T_k is integrated with ∫T_k = 2/(1 − k²) for even k, 0 for odd k.

    Parameters, result and errors as `gauss_legendre`.

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
    """The trapezoidal rule: n >= 2 equidistant nodes a side, ends included.

    Parameters, result and errors as `gauss_legendre`.

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
    """Simpson's rule: an odd n >= 3 equidistant nodes a side, exact for degree 3.

    Parameters, result and errors as `gauss_legendre`.

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
    """The midpoint rule: the centres of n >= 1 equal cells a side.

    Parameters, result and errors as `gauss_legendre`.

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
    """n independent uniform nodes in all, each of weight |Ω|/n.

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

    Examples
    --------
    >>> len(monte_carlo([(0, 1)] * 3, 100, rng=0))
    100
    """
    box, count = as_bounds(bounds), as_integer("n", n, minimum=1)
    _check_size(count, len(box), str(count))
    return _equal_weights(box, as_rng("rng", rng).random((count, len(box))))


def sobol(bounds: ArrayLike, n: int, rng: np.random.Generator | int | None = None) -> Quadrature:
    """n scrambled Sobol points in all (SciPy's), each of weight |Ω|/n.

    Their balance needs n to be a power of two; SciPy warns where it is not.
    Parameters and result as `monte_carlo`.

    Examples
    --------
    >>> round(sobol([(0, 1)] * 3, 1024, rng=0).integrate(lambda x, y, z: x * y * z), 3)
    0.125
    """
    box, count = as_bounds(bounds), as_integer("n", n, minimum=1)
    _check_size(count, len(box), str(count))
    if len(box) > qmc.Sobol.MAXDIM:
        raise ValueError(f"bounds: got {len(box)} dimensions, takes at most {qmc.Sobol.MAXDIM}")
    return _equal_weights(box, qmc.Sobol(len(box), rng=as_rng("rng", rng)).random(count))


def _check_size(n: int, d: int, got: str) -> None:
    """Refuse nodes that would not fit in memory, with their number, before making any."""
    if n * d > MAX_ENTRIES:
        raise ValueError(
            f"n: got {got} = {n:,} nodes in {d} dimensions, {8e-9 * n * d:,.0f} GB; "
            f"takes at most {MAX_ENTRIES // d:,} nodes in all"
        )


def _equal_weights(box: Array, points: Array) -> Quadrature:
    """Points of the unit cube moved to the box, each of weight |Ω|/n."""
    side = box[:, 1] - box[:, 0]
    return Quadrature(box[:, 0] + side * points, np.full(len(points), side.prod() / len(points)))
