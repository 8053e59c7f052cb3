"""`Standardizer`: affine scaling of inputs and outputs, through the chain rule to every order.

A network likes inputs and outputs of size 1; data come in metres, days and dollars. With

    x = μ_x + σ_x ξ,   y = μ_y + σ_y η      (by component; ξ, η without units)

the scaled problem is η(ξ), and its derivatives are those of y(x) times powers of the scales,

    Dᵅ_ξ η = (σ_x^α / σ_y) Dᵅ_x y,   α ≠ 0;     η = (y − μ_y) / σ_y                               (S1)

with σ_x^α = Π_q σ_{x,q}^{α_q}. Going back is a `Standardizer` as well, `scaler.inverse`. A residual
scales as its derivative does, and dξ = dx / Π_q σ_{x,q}, so that one loss in the two units reads

    Σ_α λ̃_α ∫ |Dᵅ_ξ(η_θ − η)|^p dξ = c Σ_α λ_α ∫ |Dᵅ_x(y_θ − y)|^p dx,
    λ̃_α = λ_α σ_x^{−pα},   c = 1 / (σ_y^p Π_q σ_{x,q})                                            (S2)

The constant c changes no minimiser (for the mean over Ω it is 1/σ_y^p), but the powers of σ_x do:
λ = 1 in scaled units means λ_α = σ_x^{pα}, a length to the power p|α|, in the caller's. With several outputs
each has its own 1/σ_y^p: scaled units give outputs of different size an equal say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    MAX_ORDER,
    as_bounds,
    as_exponent,
    as_multi_index,
    as_nodes,
    as_order,
    as_real_array,
    shown,
)
from .._typing import Array, MultiIndex
from ..integrals.quadrature import Quadrature, as_rule
from ..integrals.targets import Target
from ..integrals.weights import Weights, as_weights
from ..jets.multi_index import multi_indices
from ..models.model import Model
from ..models.scaled import ScaledModel, scaled_function


@dataclass(frozen=True, eq=False)
class Standardizer:
    """x = μ_x + σ_x ξ and y = μ_y + σ_y η, component by component.

    Its methods turn a problem in the caller's units into the scaled one, those of `inverse` turn it
    back, and `model` lets a model of the scaled problem answer in the caller's units.

    Parameters
    ----------
    x_shift, x_scale : array_like, shape (d,)
        μ_x and σ_x > 0, in the units of x.
    y_shift, y_scale : array_like, shape (m,)
        μ_y and σ_y > 0, in the units of y.

    Raises
    ------
    TypeError, ValueError
        For shapes that disagree, and scales that are not positive and finite, 1/σ included.

    Examples
    --------
    A day has 24 hours: a slope of 48 a day is one of 2 an hour.

    >>> days = Standardizer([0.0], [24.0], [0.0], [1.0])      # x in hours, ξ in days
    >>> days.target({(1,): [2.0]})[(1,)]
    array([48.])

    Training on scaled data, answers in the caller's units:

    >>> from sobolev_ref import MLP
    >>> net = MLP((1, 4, 1))
    >>> slope = days.model(net).derivatives(net.init(0), [[48.0]], 1)[(1,)]        # per hour
    >>> bool(np.isclose(24 * slope, net.derivatives(net.init(0), [[2.0]], 1)[(1,)]))
    True
    """

    x_shift: Array
    x_scale: Array
    y_shift: Array
    y_scale: Array

    def __post_init__(self) -> None:
        for name in ("x_shift", "x_scale", "y_shift", "y_scale"):
            array = as_real_array(name, getattr(self, name)).copy()
            if array.ndim != 1 or array.size == 0:
                raise ValueError(f"{name}: got shape {array.shape}, takes a vector")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        for shift, scale in (("x_shift", "x_scale"), ("y_shift", "y_scale")):
            mu, sigma = getattr(self, shift), getattr(self, scale)
            if mu.shape != sigma.shape:
                raise ValueError(f"{scale}: got shape {sigma.shape}, takes shape {mu.shape}")
            with np.errstate(all="ignore"):
                usable = (sigma > 0) & np.isfinite(1 / sigma) & np.isfinite(mu / sigma)
            if not usable.all():
                raise ValueError(
                    f"{scale}: got {sigma.tolist()}, takes numbers > 0 whose 1/σ and μ/σ are finite"
                )

    def __reduce__(self) -> tuple[type, tuple[Array, ...]]:
        return Standardizer, (self.x_shift, self.x_scale, self.y_shift, self.y_scale)

    @classmethod
    def from_data(cls, x: ArrayLike, y: ArrayLike) -> "Standardizer":
        """μ and σ as mean and standard deviation of the data, column by column.

        A column whose entries are all equal has no spread to divide by: it gets σ = 1, so that it is
        moved to 0 and keeps its units.

        Parameters
        ----------
        x : array_like, shape (N, d)
            For d = 1, shape (N,) is taken as (N, 1); so for y.
        y : array_like, shape (N, m)
            NaN where nothing was measured; every column needs one number.

        Examples
        --------
        >>> scaler = Standardizer.from_data([[1.0, 7.0], [3.0, 7.0]], [10.0, np.nan])
        >>> scaler.x_shift, scaler.x_scale, scaler.y_shift, scaler.y_scale
        (array([2., 7.]), array([1., 1.]), array([10.]), array([1.]))
        """
        nodes = as_nodes("x", as_real_array("x", x))  # (N, d)
        values = as_real_array("y", y, finite=False)
        values = values[:, None] if values.ndim == 1 else values  # (N, m)
        if values.ndim != 2 or len(values) != len(nodes) or values.shape[1] == 0:
            raise ValueError(f"y: got shape {np.shape(y)}, takes shape ({len(nodes)}, m)")
        if np.isinf(values).any():
            raise ValueError(
                f"y: got {np.isinf(values).sum()} infinite entries, takes NaN or numbers"
            )
        if np.isnan(values).all(axis=0).any():
            raise ValueError("y: got a column without any number, takes at least one in each")
        return cls(*_moments("x", nodes), *_moments("y", values))

    @classmethod
    def from_bounds(cls, bounds: ArrayLike, y_bounds: ArrayLike) -> "Standardizer":
        """The boxes of x and of y as [−1, 1] in every variable: μ the centre, σ half the side.

        Shapes (d, 2) and (m, 2).

        Examples
        --------
        >>> Standardizer.from_bounds([(0, 4)], [(-1, 1)]).nodes([[0.0], [3.0]])
        array([[-1. ],
               [ 0.5]])
        """
        box, y_box = as_bounds(bounds), as_bounds(y_bounds, "y_bounds")
        half, y_half = (np.diff(b, axis=1)[:, 0] / 2 for b in (box, y_box))
        return cls(box[:, 0] + half, half, y_box[:, 0] + y_half, y_half)

    @property
    def d(self) -> int:
        """The number of inputs."""
        return len(self.x_scale)

    @property
    def m(self) -> int:
        """The number of outputs."""
        return len(self.y_scale)

    @property
    def inverse(self) -> "Standardizer":
        """The way back, ξ = −μ/σ + x/σ: scaled quantities in, the caller's out.

        >>> scaler = Standardizer([10.0], [2.0], [0.0], [5.0])
        >>> scaler.inverse.nodes(scaler.nodes([[13.0]]))
        array([[13.]])
        """
        return Standardizer(
            -self.x_shift / self.x_scale,
            1 / self.x_scale,
            -self.y_shift / self.y_scale,
            1 / self.y_scale,
        )

    def nodes(self, x: ArrayLike) -> Array:
        """ξ = (x − μ_x) / σ_x, shape (N, d)."""
        return (as_nodes("x", x, self.d) - self.x_shift) / self.x_scale

    def rule(self, rule: Quadrature) -> Quadrature:
        """The rule in ξ: nodes ξ_i, weights w_i / Π_q σ_{x,q}, as dξ = dx / Π_q σ_{x,q}.

        Examples
        --------
        >>> from sobolev_ref import gauss_legendre
        >>> scaler = Standardizer.from_bounds([(0, 10)], [(0, 1)])
        >>> scaler.rule(gauss_legendre([(0, 10)], 3)).weights.sum().round(12).item()  # |[−1, 1]|
        2.0
        """
        as_rule(rule, self.d)
        with np.errstate(over="ignore"):  # what is not finite is refused by the rule
            weights = reduce(np.divide, self.x_scale, rule.weights)
        return Quadrature(self.nodes(rule.nodes), weights)

    def factor(self, alpha: MultiIndex) -> Array:
        """σ_x^α / σ_y of (S1), shape (m,)."""
        alpha = as_multi_index("alpha", alpha, self.d)
        if sum(alpha) > MAX_ORDER:
            raise ValueError(f"alpha: got {shown(alpha)}, takes |α| <= {MAX_ORDER}")
        with np.errstate(all="ignore"):
            factor: Array = np.prod(self.x_scale**alpha) / self.y_scale  # (S1)
        if not (np.isfinite(factor) & (factor > 0)).all():
            raise ValueError(f"alpha: got {alpha}, whose σ_x^α/σ_y is beyond float64")
        return factor

    def target(self, target: Target) -> Target:
        """The target η(ξ) of the scaled problem, from the target y(x) in the caller's units (S1).

        Parameters
        ----------
        target : callable or mapping
            A function of d arrays, or a mapping from α to Dᵅy, each a function or an array (N, m) with
            NaN where nothing was measured: what `SobolevLoss` takes, or what `derivatives` of a model
            returns.

        Returns
        -------
        callable or dict
            Of the same kind: functions of ξ, arrays of the same shape.

        Examples
        --------
        >>> Standardizer([0.0], [2.0], [1.0], [4.0]).target(lambda x: x**2)(3.0)  # x = 6, y = 36
        8.75
        """
        if isinstance(target, Mapping):
            if not target:
                raise ValueError("target: got an empty mapping, takes at least one multi-index")
            scaled: dict[MultiIndex, Any] = {}
            for key, entry in target.items():
                alpha = as_multi_index("target: multi-index", key, self.d)
                shift = np.zeros(self.m) if any(alpha) else self.y_shift
                if callable(entry):
                    scaled[alpha] = scaled_function(
                        entry, self.x_shift, self.x_scale, shift, self.factor(alpha)
                    )
                else:
                    data = as_real_array(f"target[{alpha}]", entry, finite=False)
                    if np.isinf(data).any():
                        raise ValueError(
                            f"target[{alpha}]: got infinite entries, takes numbers, or NaN for missing"
                        )
                    if data.ndim not in (1, 2) or (data.shape[1:] or (1,)) != (self.m,):
                        raise ValueError(
                            f"target[{alpha}]: got shape {data.shape}, takes shape (N, {self.m})"
                        )
                    scaled[alpha] = (data - shift) * self.factor(alpha)  # (S1)
            return scaled
        if not callable(target):
            raise TypeError(
                f"target: got {type(target).__name__}, takes a function of {self.d} arrays or "
                "a mapping from multi-index to function or array"
            )
        return scaled_function(target, self.x_shift, self.x_scale, self.y_shift, 1 / self.y_scale)

    def weights(self, weights: Weights | None, order: int, p: float = 2) -> dict[MultiIndex, float]:
        """λ̃_α = λ_α σ_x^{−pα}: the weights that make the scaled loss the caller's, times c (S2).

        `noise_weights` in the caller's units become those of the scaled noise, τ_α σ_x^α / σ_y.

        Parameters
        ----------
        weights : sequence of k + 1 numbers, or mapping from α to number, or None
            λ in the caller's units, as `SobolevLoss` takes them.
        order : int
        p : float

        Returns
        -------
        dict
            From α to λ̃_α, for the loss of the scaled target on the scaled rule.

        Examples
        --------
        With x in hours and ξ in days, λ = 1 hour² is 1/576 day².

        >>> Standardizer([0.0], [24.0], [0.0], [1.0]).weights((1, 1), 1)[(1,)] == 1 / 576
        True
        """
        k, p = as_order(order, self.d), as_exponent(p)
        by_alpha = as_weights(weights, self.d, k)
        return {
            alpha: float(weight * np.prod(self.x_scale ** (-p * np.array(alpha))))  # (S2)
            for alpha, weight in zip(multi_indices(self.d, k), by_alpha)
        }

    def model(self, model: Model) -> ScaledModel:
        """y_θ(x) = μ_y + σ_y η_θ((x − μ_x)/σ_x): a model of the scaled problem, in the caller's units.

        It has the same θ and everything a model has, a loss in the caller's units included.
        """
        if not isinstance(model, Model):
            raise TypeError(f"model: got {type(model).__name__}, takes a model such as MLP")
        if (model.d, model.m) != (self.d, self.m):
            raise ValueError(
                f"model: got (d, m) = {(model.d, model.m)}, takes the scaler's {(self.d, self.m)}"
            )
        return ScaledModel(model, self.x_shift, self.x_scale, self.y_shift, self.y_scale)


def _moments(name: str, columns: Array) -> tuple[Array, Array]:
    """Mean and standard deviation by column of (N, n), of what was measured; σ = 1 where all are equal."""
    low, high = np.nanmin(columns, axis=0), np.nanmax(columns, axis=0)
    with np.errstate(over="ignore"):
        spread = np.where(high > low, high - low, 1.0)
    if np.isinf(spread).any():
        raise ValueError(f"{name}: got a spread beyond float64, takes numbers in smaller units")
    unit = (columns - low) / spread  # in [0, 1]: its squares neither overflow nor vanish
    sigma = np.where(high > low, spread * np.nanstd(unit, axis=0), 1.0)
    return low + spread * np.nanmean(unit, axis=0), sigma
