"""`Data`: values, derivatives, directional derivatives and noise at points, and the units that suit them."""

from dataclasses import dataclass, field, replace

import numpy as np

from .._checks import spread_of
from .._typing import Array, MultiIndex
from ..data.standardizer import Standardizer, moments
from .names import ALONG, Key, order_of

LEAST = float(np.nextafter(0.0, 1.0))
ALIKE = 1e-12  # of what the slopes imply, a spread of values that are the same but for rounding


@dataclass(frozen=True, eq=False)
class Data:
    """Measurements at N points, all in one unit; NaN where nothing was measured.

    The noise is NaN for an output that was not measured, and empty where it is not known.
    """

    x: Array  # (N, d)
    values: dict[MultiIndex, Array]  # from α to Dᵅy, (N, m)
    weights: Array  # w_i, whose sum is 1: each point's share in every mean, (N,)
    m: int  # the number of outputs
    along: tuple[Array, Array] | None = None  # v_i, (N, d), and ⟨v_i, ∇y(x_i)⟩, (N, m)
    noise: dict[Key, Array] = field(default_factory=dict)  # from α or "along" to τ_α, (m,)
    times: Array | float = 1.0  # as how many points each counts, (N,)

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", np.broadcast_to(self.times, len(self.x)))

    @property
    def points(self) -> float:
        """As how many points they count."""
        return float(np.sum(self.times))

    @property
    def d(self) -> int:
        """The number of inputs."""
        return int(self.x.shape[1])

    @property
    def order(self) -> int:
        """The highest order that was measured."""
        return max(map(order_of, self.numbers))

    @property
    def numbers(self) -> dict[Key, Array]:
        """Everything measured, (N, m) each, by α or "along"."""
        found: dict[Key, Array] = dict(self.values.items())
        if self.along is not None:
            found[ALONG] = self.along[1]
        return found

    @property
    def count(self) -> int:
        """How many numbers were measured."""
        return sum(int(np.count_nonzero(~np.isnan(array))) for array in self.numbers.values())

    @property
    def known(self) -> Array:
        """Which points have a number, a mask (N,)."""
        there = [~np.isnan(array).all(axis=1) for array in self.numbers.values()]
        return np.asarray(np.any(there, axis=0))

    def share(self, key: Key) -> Array:
        """The weight of each output over their mean, shape (m,): by 1/τ² where the noise is known (W2)."""
        if key not in self.noise:
            return np.ones(self.m)
        precision = self.noise[key] ** -2.0
        return np.where(np.isnan(precision), 1.0, precision / np.nanmean(precision))

    def of_outputs(self, kept: Array) -> "Data":
        """The same with what was measured of those outputs alone, a mask (m,)."""

        def alone(array: Array) -> Array:
            return np.where(kept, array, np.nan)

        along = None if self.along is None else (self.along[0], alone(self.along[1]))
        values = {alpha: alone(array) for alpha, array in self.values.items()}
        return replace(self, values=values, along=along, noise={}).rows(np.arange(len(self.x)))

    def rows(self, chosen: Array) -> "Data":
        """The same of some points, whose weights sum to 1 again, without derivatives not measured there."""
        weights = self.weights[chosen]
        values = {alpha: array[chosen] for alpha, array in self.values.items()}
        along = None if self.along is None else (self.along[0][chosen], self.along[1][chosen])
        return replace(
            self,
            x=self.x[chosen],
            values={alpha: array for alpha, array in values.items() if not np.isnan(array).all()},
            weights=weights / weights.sum(),
            times=np.asarray(self.times)[chosen],
            along=None if along is None or np.isnan(along[1]).all() else along,
        )

    def scaled(self, scaler: Standardizer) -> "Data":
        """The same in the units of a scaler (S1); a direction v becomes v/σ_x, its slope s/σ_y."""
        along, noise = self.along, dict[Key, Array]()
        if along is not None:
            along = along[0] / scaler.x_scale, along[1] / scaler.y_scale
        for key, tau in self.noise.items():
            noise[key] = tau * (1 / scaler.y_scale if isinstance(key, str) else scaler.factor(key))
        values = {alpha: scaler._scaled(alpha, array) for alpha, array in self.values.items()}
        return replace(self, x=scaler.nodes(self.x), values=values, along=along, noise=noise)


def parted(data: Data, share: float, rng: np.random.Generator) -> tuple[Data, Data]:
    """A random share of the points, and before it the others, with all that is known at one point alone."""
    n = len(data.x)
    if not share < 1 or n < 2:
        raise ValueError(
            f"validation: got a share of {share:g} of {n} points, takes one below 1 of at least two points"
        )
    held = np.zeros(n, bool)
    held[rng.permutation(n)[: int(np.clip(round(share * n), 1, n - 1))]] = True
    for array in data.numbers.values():
        for known in ~np.isnan(array.T):  # (N,)
            if known.any() and not (known & ~held).any():
                held[np.argmax(known)] = False
    if not held.any():
        raise ValueError(
            f"validation: got a share of {share:g} of {n} points, of which each has a number that is known "
            "at no other; takes 0, or data of their own"
        )
    return data.rows(~held), data.rows(held)


def scaler_of(data: Data) -> Standardizer:
    """μ and σ of x and y; σ_y from the slopes for an output whose values do not differ, or are not known.

    A linear function of independent inputs has the variance Σ_q (σ_q ∂_q y)².
    """
    x_shift, x_scale = moments("X", data.x, data.weights)
    values = data.values.get((0,) * data.d, np.full((len(data.x), data.m), np.nan))
    y_shift, y_scale = np.zeros(data.m), np.ones(data.m)
    with_values = ~np.isnan(values).all(axis=0)
    if with_values.any():
        shift, scale = moments("y", values[:, with_values], data.weights)
        y_shift[with_values], y_scale[with_values] = shift, scale
    differ = np.array([spread(column) > 0 for column in values.T])
    parts, along = [x_scale @ np.array(a) * u for a, u in data.values.items() if sum(a) == 1], []
    if data.along is not None:
        v, slopes = data.along[0] / x_scale, data.along[1]
        twos = exponents(v, 1)[:, None]  # (N, 1)
        length = np.ldexp(np.linalg.norm(np.ldexp(v, -twos), axis=1, keepdims=True), twos)
        along = [slopes / np.where(length > 0, length, 1)]
    twos = np.max([exponents(u, 0) for u in parts + along or [values[:0]]], axis=0)  # (m,)
    squares, of_along = (
        sum((mean_square(np.ldexp(u, -twos), data.weights) for u in found), np.zeros(data.m))
        for found in (parts, along)
    )
    squares = np.maximum(squares, data.d * of_along)
    by_slopes = np.ldexp(np.sqrt(squares), twos)  # (m,)
    implied = (squares > 0) & (~differ | (y_scale < ALIKE * by_slopes))
    y_scale[implied] = by_slopes[implied]
    return Standardizer(x_shift, x_scale, y_shift, y_scale)


def exponents(array: Array, axis: int) -> Array:
    """The powers of two over what is known along an axis, in units of which no square leaves float64.

    Examples
    --------
    >>> exponents(np.array([[3e-200, 0.0], [np.nan, np.nan]]), 0).tolist()  # 2^-1073 is over nothing
    [-662, -1073]
    """
    return np.asarray(np.frexp(np.nanmax(np.abs(array), axis, initial=LEAST))[1])


def spread(column: Array) -> float:
    """The spread of what is known of a column, 0 where it is rounding."""
    known = column[~np.isnan(column)]
    return float(spread_of(known.min(), known.max())) if known.size else 0.0


def mean_square(array: Array, weights: Array) -> Array:
    """The mean of the squares of each column over what is known; 0 where nothing is."""
    known = ~np.isnan(array)
    share = weights[:, None] * known  # (N, m)
    total = share.sum(axis=0)
    sums = (share * np.where(known, array, 0.0) ** 2).sum(axis=0)
    return np.asarray(sums / np.where(total > 0, total, 1))
