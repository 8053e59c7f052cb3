"""A `Standardizer` scales inputs and outputs, and through the chain rule every derivative with them.

A network likes inputs and outputs of size 1, but data come in metres, days and dollars. With

    x = μ_x + σ_x ξ,   y = μ_y + σ_y η      (by component; ξ, η without units)

the scaled problem is η(ξ), and its derivatives are those of y(x) times powers of the scales,

    Dᵅ_ξ η = (σ_x^α / σ_y) Dᵅ_x y,   α ≠ 0;     η = (y − μ_y) / σ_y                               (S1)

with σ_x^α = Π_q σ_{x,q}^{α_q}. The way back is a `Standardizer` as well, `scaler.inverse`. Data take the
factor of (S1); functions and models are composed with the two affine maps (module `models.scaled`), and
jets do the rest. A residual scales as its derivative does, and dξ = dx / Π_q σ_{x,q}, so that one loss in
the two units reads

    Σ_α λ̃_α ∫ |Dᵅ_ξ(η_θ − η)|^p dξ = c Σ_α λ_α ∫ |Dᵅ_x(y_θ − y)|^p dx,
    λ̃_α = λ_α σ_x^{−pα},   c = 1 / (σ_y^p Π_q σ_{x,q})                                            (S2)

The constant c changes no minimiser (for the mean over Ω it is 1/σ_y^p), but the powers of σ_x do:
λ = 1 in scaled units means λ_α = σ_x^{pα}, a length to the power p|α|, in the caller's units. With several
outputs each has its own 1/σ_y^p, so that scaled units give outputs of different size an equal say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    MAX_ORDER,
    ROUNDING,
    as_bounds,
    as_exponent,
    as_multi_index,
    as_nodes,
    as_order,
    as_real_array,
    check_arguments,
    shown,
    spread_of,
)
from .._typing import Array, MultiIndex
from ..integrals.quadrature import Quadrature, as_rule
from ..integrals.scattered import samples
from ..integrals.targets import Target, as_data, as_target_function, by_multi_index, order_of
from ..integrals.weights import Weights, as_weights
from ..jets.multi_index import multi_indices
from ..losses.sobolev import SobolevLoss
from ..models.model import Model, as_model
from ..models.scaled import (
    ScaledModel,
    made_by,
    same_maps,
    scaled_function,
    scaled_nodes,
    scaler_of,
)


class ScaledIndex(MultiIndex):
    """The α of data in scaled units, which knows whose, in copies and parts of their mapping as well."""

    by: Any = None


class ScaledData(np.ndarray):
    """The data of one α in scaled units, which know whose, as do their parts."""

    entry_by: Any = None

    @classmethod
    def of(cls, data: Array, by: Any) -> ScaledData:
        """Data that a `Standardizer` has scaled."""
        found = data.view(cls)
        found.entry_by = by
        return found

    def __array_finalize__(self, of: Any) -> None:
        self.entry_by = getattr(of, "entry_by", None)

    def __reduce__(self) -> Any:
        return ScaledData.of, (np.asarray(self), self.entry_by)

    def __repr__(self) -> str:
        return repr(np.asarray(self))


class ScaledRule(Quadrature):
    """A rule in scaled units, which knows whose."""

    by: Any = None


@dataclass(frozen=True, eq=False)
class Standardizer:
    """The affine maps x = μ_x + σ_x ξ and y = μ_y + σ_y η, component by component.

    `Standardizer.from_data` finds the four from points, `Standardizer.from_bounds` from known ranges.

    The short way is `loss`, which takes points, data and noise in the caller's units, and `model`, which
    answers in them: nothing else is scaled. The other methods turn a problem in the caller's units into
    the scaled one, piece by piece, and those of `inverse` turn it back.

    Parameters
    ----------
    x_shift, x_scale : array_like, shape (d,)
        μ_x and σ_x > 0, in the units of x.
    y_shift, y_scale : array_like, shape (m,)
        μ_y and σ_y > 0, in the units of y.

    See Also
    --------
    SobolevRegressor : It scales, trains and answers by itself.
    save : Model, θ and scaling in one file.

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
        for shift, scale in (("x_shift", "x_scale"), ("y_shift", "y_scale")):
            mu, sigma = (as_real_array(name, getattr(self, name)).copy() for name in (shift, scale))
            if mu.ndim != 1 or mu.size == 0:
                raise ValueError(f"{shift}: got shape {mu.shape}, takes a vector")
            if sigma.shape != mu.shape:
                raise ValueError(f"{scale}: got shape {sigma.shape}, takes shape {mu.shape}")
            with np.errstate(all="ignore"):
                usable = (sigma > 0) & np.isfinite(1 / sigma) & np.isfinite(mu / sigma)
            if not usable.all():
                raise ValueError(
                    f"{scale}: got {sigma.tolist()}, takes numbers > 0 whose 1/σ and μ/σ are finite"
                )
            for name, array in ((shift, mu), (scale, sigma)):
                array.flags.writeable = False
                object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[type, tuple[Array, ...]]:
        return Standardizer, (self.x_shift, self.x_scale, self.y_shift, self.y_scale)

    @classmethod
    def from_data(cls, x: ArrayLike, y: ArrayLike) -> Standardizer:
        """Take the mean and the standard deviation of the data as μ and σ, column by column.

        A column whose entries are all equal, to rounding, has no spread to divide by. It gets σ = 1, so
        that it is moved to 0 and keeps its units. A spread of less than 1e−10 of the entries is taken,
        with a warning, as is one of 7.6e−6 of entries in float32.

        Parameters
        ----------
        x : array_like, shape (N, d)
            For d = 1 a vector (N,) is taken as (N, 1), and so for y.
        y : array_like, shape (N, m)
            NaN where nothing was measured; every column needs at least one number.

        Returns
        -------
        Standardizer

        Examples
        --------
        >>> scaler = Standardizer.from_data([[1.0, 7.0], [3.0, 7.0]], [10.0, np.nan])
        >>> scaler.x_shift, scaler.x_scale, scaler.y_shift, scaler.y_scale
        (array([2., 7.]), array([1., 1.]), array([10.]), array([1.]))
        """
        nodes = as_nodes("x", as_real_array("x", x))  # (N, d)
        if y is None:
            raise TypeError(
                "y: got None, takes values (N, m); where slopes alone are known, take σ_y of your own: "
                "Standardizer(x.mean(axis=0), x.std(axis=0), [0.0], [sigma_y])"
            )
        values = as_data("y", y, len(nodes))  # (N, m)
        if np.isnan(values).all(axis=0).any():
            raise ValueError("y: got a column without any number, takes at least one in each")
        return cls(*moments("x", nodes), *moments("y", values))

    @classmethod
    def from_bounds(cls, bounds: ArrayLike, y_bounds: ArrayLike) -> Standardizer:
        """Move the boxes of x and of y to [−1, 1] in every variable: μ is the centre, σ half the side.

        Parameters
        ----------
        bounds : array_like, shape (d, 2)
        y_bounds : array_like, shape (m, 2)

        Returns
        -------
        Standardizer

        Examples
        --------
        >>> Standardizer.from_bounds([(0, 4)], [(-1, 1)]).nodes([[0.0], [3.0]])
        array([[-1. ],
               [ 0.5]])
        """
        box, y_box = as_bounds(bounds), as_bounds(y_bounds, "y_bounds")
        for name, sides in (("bounds", box), ("y_bounds", y_box)):
            if (spread_of(*sides.T) == 0).any():
                raise ValueError(f"{name}: got {sides.tolist()}, a side of which is rounding alone")
        (mu, sigma), (y_mu, y_sigma) = map(_of_box, (box, y_box))
        return cls(mu, sigma, y_mu, y_sigma)

    @property
    def d(self) -> int:
        """The number of inputs."""
        return len(self.x_scale)

    @property
    def m(self) -> int:
        """The number of outputs."""
        return len(self.y_scale)

    @property
    def inverse(self) -> Standardizer:
        """The way back, ξ = −μ/σ + x/σ, which takes scaled quantities and gives the caller's.

        Examples
        --------
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
        """The scaled points ξ = (x − μ_x) / σ_x, shape (N, d), from x of the same shape.

        Where σ_x is 1, as of a column without spread, ξ is 0 up to a few units in the last place of μ_x.
        """
        return scaled_nodes(as_nodes("x", x, self.d), self.x_shift, self.x_scale)

    def rule(self, rule: Quadrature) -> Quadrature:
        """The rule in ξ, with nodes ξ_i and weights w_i / Π_q σ_{x,q}, as dξ = dx / Π_q σ_{x,q}.

        This is for an integral over ξ, whose value it does not change but for the factor of (S2). A fit
        needs no such factor, and where the units of x are large or small it hides a loss below every
        absolute tolerance: `loss` moves the nodes alone.

        Examples
        --------
        >>> from sobolev_ref import gauss_legendre
        >>> scaler = Standardizer.from_bounds([(0, 10)], [(0, 1)])
        >>> scaler.rule(gauss_legendre([(0, 10)], 3)).weights.sum().round(12).item()  # |[−1, 1]|
        2.0
        """
        self._refuse_scaled("rule", as_rule(rule, self.d))
        with np.errstate(over="ignore"):
            weights = reduce(np.divide, self.x_scale, rule.weights)
        if np.isinf(weights).any() or ((weights == 0) & (rule.weights > 0)).any():
            raise ValueError(
                "rule: got weights w whose w/Πσ_x is beyond float64; takes others, or a σ_x nearer to 1"
            )
        return self._ruled(rule.nodes, weights)

    def _ruled(self, x: Array, weights: Array) -> ScaledRule:
        """A rule with the nodes ξ of x, which knows whose they are."""
        scaled = ScaledRule(self.nodes(x), weights)
        scaled.by = self
        return scaled

    def factor(self, alpha: MultiIndex) -> Array:
        """The factor σ_x^α / σ_y from Dᵅ_x y to Dᵅ_ξ η (S1), shape (m,)."""
        alpha = as_multi_index("alpha", alpha, self.d)
        if sum(alpha) > MAX_ORDER:
            raise ValueError(f"alpha: got {shown(alpha)}, takes |α| <= {MAX_ORDER}")
        with np.errstate(all="ignore"):
            factor: Array = monomial(1 / self.y_scale, self.x_scale, np.array(alpha))  # (S1)
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
            The same kind of target, with functions of ξ and arrays of the same shape.

        Raises
        ------
        TypeError, ValueError
            If it is no target of d variables and m outputs, or one that this scaler made already, or a
            factor is beyond float64.

        Examples
        --------
        >>> Standardizer([0.0], [2.0], [1.0], [4.0]).target(lambda x: x**2)(3.0)  # x = 6, y = 36
        8.75
        """
        return self._target(target, None)

    def _target(self, target: Target, x: Array | None) -> Target:
        """The same, whose functions are taken at the points x themselves, (N, d), at their ξ."""
        self._refuse_scaled("target", target)
        if isinstance(target, Mapping):
            scaled: dict[MultiIndex, Any] = {}
            for alpha, entry in by_multi_index("target", target, self.d).items():
                key, found = ScaledIndex(alpha), self._scaled(alpha, entry, x)
                key.by = self
                scaled[key] = found if callable(entry) else ScaledData.of(found, self)
                if not any(alpha) and not callable(entry):
                    self._refuse_rounding(as_data(f"target[{alpha}]", entry, m=self.m))
            return scaled
        f = as_target_function("target", target, self.d)
        eta = scaled_function(f, self.x_shift, self.x_scale, self.y_shift, 1 / self.y_scale, x)
        vars(eta)["by"] = self
        return eta

    def _refuse_scaled(self, name: str, given: Any) -> None:
        """Refuse what this scaler has made, but for the identity, which is its own inverse."""
        if same_maps(self, made_by(given)) and not same_maps(self, self.inverse):
            raise TypeError(
                f"{name}: got one that is scaled already, takes one in the caller's units"
            )

    def _refuse_rounding(self, values: Array) -> None:
        """Refuse values (N, m) that are apart from μ_y by its rounding, but as far as σ_y and as others."""
        apart = np.nan_to_num(np.abs(values - self.y_shift))  # (N, m)
        lost = (apart <= ROUNDING * np.abs(self.y_shift)) & (self.y_scale != 1)
        lost &= apart > SLIGHT * np.maximum(self.y_scale, apart.max(axis=0, initial=0.0))
        if lost.any():
            j = int(np.argmax(lost.any(axis=0)))
            raise ValueError(
                f"target: got values of output {j + 1} that differ from y_shift = {self.y_shift[j]:g} by its "
                "rounding alone; takes what is left once it was subtracted, with y_shift = 0, before they "
                "are rounded, or a larger y_scale"
            )

    def _scaled(self, alpha: MultiIndex, entry: Any, x: Array | None = None) -> Any:
        """Dᵅ_ξ η from Dᵅ_x y, a function or data (S1)."""
        factor, shift = self.factor(alpha), np.zeros(self.m) if any(alpha) else self.y_shift  # (m,)
        if callable(entry):
            check_arguments(f"target[{alpha}]", entry, self.d)
            eta = scaled_function(entry, self.x_shift, self.x_scale, shift, factor, x)
            vars(eta)["entry_by"] = self
            return eta
        data = as_data(f"target[{alpha}]", entry, m=self.m)  # (N, m)
        rest = data - shift
        # Rounding would count as data of that size.
        rest[np.abs(rest) <= ROUNDING * np.abs(shift)] = 0.0
        return (factor * rest).reshape(np.shape(entry))

    def weights(self, weights: Weights | None, order: int, p: float = 2) -> dict[MultiIndex, float]:
        """The weights λ̃_α = λ_α σ_x^{−pα}, with which the scaled loss is c times the caller's (S2).

        `noise_weights` in the caller's units become those of the scaled noise, τ_α σ_x^α / σ_y.

        Parameters
        ----------
        weights : sequence of k + 1 numbers, or mapping from α to number, or None
            The λ in the caller's units, as `SobolevLoss` takes them.
        order : int
        p : float

        Returns
        -------
        dict
            From α to λ̃_α, for the loss of the scaled target on the scaled rule; of a mapping, for its own α.

        Examples
        --------
        With x in hours and ξ in days, λ = 1 hour² is 1/576 day².

        >>> Standardizer([0.0], [24.0], [0.0], [1.0]).weights((1, 1), 1)[(1,)] == 1 / 576
        True
        """
        k, p = as_order(order, self.d), as_exponent(p)
        all_of_them = multi_indices(self.d, k)
        given = dict(zip(all_of_them, as_weights(weights, self.d, k).tolist()))
        named = by_multi_index("weights", weights) if isinstance(weights, Mapping) else given
        return {alpha: self._scaled_weight(alpha, given[alpha], p) for alpha in named}

    def _scaled_weight(self, alpha: MultiIndex, weight: float, p: float) -> float:
        """λ̃_α (S2) of λ_α: a weight > 0 stays one, and 0 is 0 in any unit."""
        if weight == 0:
            return 0.0
        with np.errstate(all="ignore"):
            scaled = float(monomial(weight, self.x_scale, -p * np.array(alpha)))  # (S2)
        if not 0 < scaled < np.inf:
            raise ValueError(
                f"weights[{alpha}]: got {weight:g}, whose λ_α σ_x^(−pα) is beyond float64; takes "
                "a σ_x nearer to 1, or 'balanced' for a loss"
            )
        return scaled

    def loss(
        self,
        model: Model,
        target: Target,
        x: ArrayLike | Quadrature,
        *,
        weights: Weights = "balanced",
        order: int | None = None,
        p: float = 2,
        **options: Any,
    ) -> SobolevLoss:
        """The loss of the scaled problem, from everything in the caller's units: nothing else is scaled.

        The nodes of a rule move to ξ and their weights stay, without the factor 1/Π_q σ_{x,q} that `rule`
        has for integrals.

        Parameters
        ----------
        model : Model
            The network η_θ of the scaled problem; `self.model(model)` answers in the caller's units.
        target : callable or mapping
            As `SobolevLoss` takes it, in the caller's units.
        x : array_like, shape (N, d), or Quadrature
            Measured points, each with the weight 1/N, or a rule, whose weights stay as they are.
        weights : "balanced", sequence of k + 1 numbers, or mapping from α to number
            λ in the caller's units, such as those of `noise_weights`, translated by (S2). By default each
            order of the scaled problem is divided by its own size, where all inputs and outputs have one.
        order, p, options
            As `SobolevLoss` takes them.

        Returns
        -------
        SobolevLoss
            A function of θ in the units of η.

        Raises
        ------
        TypeError, ValueError
            If `SobolevLoss` would not take them, or a model, target or rule of this scaler would be scaled
            twice. Arrays of points that are scaled already cannot be told from others.

        Examples
        --------
        >>> from sobolev_ref import MLP
        >>> scaler = Standardizer([10.0], [2.0], [0.0], [6.0])
        >>> loss = scaler.loss(MLP((1, 1)), {(0,): [6.0, 9.0], (1,): [3.0, 3.0]}, [12.0, 13.0])
        >>> loss.rule.nodes.ravel(), loss.target_values[..., 0]          # ξ; η and η′
        (array([1. , 1.5]), array([[1. , 1.5],
               [1. , 1. ]]))
        """
        if isinstance(model, ScaledModel):
            raise TypeError(
                "model: got one in the caller's units, which would be scaled twice; takes the network of the "
                "scaled problem, net for scaler.model(net)"
            )
        self._refuse_scaled("target", target)
        self._refuse_scaled("x", x)
        scaler_of(self.model(model), target=target, x=x)  # refuses a mixture
        rule = as_rule(x, self.d) if isinstance(x, Quadrature) else samples(x)
        if not isinstance(weights, str):
            weights = self.weights(weights, order_of(target, order, self.d), p)
        scaled = self._ruled(rule.nodes, rule.weights)
        eta = self._target(target, rule.nodes)
        try:
            return SobolevLoss(model, eta, scaled, order=order, p=p, weights=weights, **options)
        except ValueError as error:
            if " x = [" in str(error):
                raise ValueError(f"{error}; this x is ξ = (x − μ_x)/σ_x") from None
            raise

    def model(self, model: Model) -> ScaledModel:
        """The model y_θ(x) = μ_y + σ_y η_θ((x − μ_x)/σ_x) in the caller's units, from a scaled model η_θ.

        It has the same θ, and everything that a model has, so that a loss in the caller's units takes it.
        """
        if (as_model(model).d, model.m) != (self.d, self.m):
            raise ValueError(
                f"model: got (d, m) = {(model.d, model.m)}, takes the scaler's {(self.d, self.m)}"
            )
        if same_maps(self, model):
            raise TypeError(
                "model: got one that is scaled already, takes that of the scaled problem"
            )
        return ScaledModel(model, self.x_shift, self.x_scale, self.y_shift, self.y_scale)


def _of_box(box: Array) -> tuple[Array, Array]:
    """Centres, and half the sides as they are rounded from there: no point of the box leaves [−1, 1]."""
    centre = box[:, 0] / 2 + box[:, 1] / 2
    return centre, np.abs(box - centre[:, None]).max(axis=1)


def monomial(factor: Any, sigma: Array, powers: Array) -> Any:
    """factor · Π_q σ_q^{n_q}, where σ_q^{n_q} alone may be beyond float64.

    Powers of 2 are taken out of every σ_q and put back in two halves.
    """
    digits, twos = np.frexp(sigma)  # σ = digits · 2^twos, ½ <= digits < 1
    two = powers @ twos
    half = np.floor(two / 2)
    return factor * np.prod(digits**powers) * np.exp2(half) * np.exp2(two - half)


SLIGHT = 0.1  # of σ and of the largest, which is noticed
NOISE = 1e-10  # a spread, relative to the largest entry
NOISE_OF_SHORT = ROUNDING * 2**29  # the same of float32, whose rounding is 2²⁹ times as large


def moments(name: str, columns: Array, weights: Array | float = 1.0) -> tuple[Array, Array]:
    """Mean and standard deviation by column of (N, n), of what was measured, with weights (N,).

    Entries that are equal but for rounding have σ = 1, as equal ones do.
    """
    low, high = np.nanmin(columns, axis=0), np.nanmax(columns, axis=0)
    size = np.maximum(np.abs(low), np.abs(high))
    spread = spread_of(low, high)
    differ = spread > 0
    spread[~differ] = 1.0
    if np.isinf(spread).any():
        raise ValueError(f"{name}: got a spread beyond float64, takes numbers in smaller units")
    with np.errstate(over="ignore"):
        short = (columns.astype(np.float32) == columns) | np.isnan(columns)  # as of float32
    short = short.all(axis=0) & (np.nan_to_num(columns) % 1 != 0).any(axis=0)  # but whole numbers
    for q in np.flatnonzero(differ & (spread < np.where(short, NOISE_OF_SHORT, NOISE) * size)):
        warn(
            f"{name}: column {q + 1} spreads by {spread[q]:.1g} around {low[q]:g}, so that few of its "
            "digits are left; subtract what is common before it is rounded",
            stacklevel=3,
        )
    unit = (columns - low) / spread  # in [0, 1]: its squares neither overflow nor vanish
    w = np.where(np.isnan(unit), 0.0, np.broadcast_to(weights, len(unit))[:, None])  # (N, n)
    mean = np.nansum(w * unit, axis=0) / w.sum(axis=0)
    sigma = np.sqrt(np.nansum(w * (unit - mean) ** 2, axis=0) / w.sum(axis=0))
    return low + spread * mean, np.where(differ, spread * sigma, 1.0)
