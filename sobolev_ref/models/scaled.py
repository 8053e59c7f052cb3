"""A model or a function between two affine maps, so that it answers in other units.

    y_θ(x) = μ_y + σ_y η_θ(ξ),   ξ = (x − μ_x) / σ_x

On jets both maps multiply by a number, and the shift enters the row α = 0 only. Their transposes in the
backward pass are the same multiplications. `Standardizer` makes these models, so start there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Array
from ..jets.algebra import TaylorAlgebra
from ..jets.jet import Jet, columns_of
from .model import Layers, Model

SEVERAL = 8  # units in the last place
SLIGHT = 1e-6  # of σ, what may be rounding at most


@dataclass(frozen=True, eq=False)
class ScaledModel(Model):
    """A model η_θ(ξ) of a scaled problem as y_θ(x), with the same θ.

    Parameters
    ----------
    scaled : Model
        η_θ, a function from ℝᵈ to ℝᵐ.
    x_shift, x_scale : ndarray, shape (d,)
        The shift μ_x and the scale σ_x > 0 of the input.
    y_shift, y_scale : ndarray, shape (m,)
        The shift μ_y and the scale σ_y > 0 of the output.

    Examples
    --------
    >>> from sobolev_ref import MLP, Standardizer
    >>> net = MLP((1, 1))                                          # η = w ξ + b
    >>> model = Standardizer([10.0], [2.0], [0.0], [6.0]).model(net)
    >>> model.derivatives([1.0, 0.5], [[14.0]], 1)               # ξ = 2, η = 2.5, η′ = 1
    {(0,): array([[15.]]), (1,): array([[3.]])}
    """

    scaled: Model
    x_shift: Array = field(repr=False)
    x_scale: Array = field(repr=False)
    y_shift: Array = field(repr=False)
    y_scale: Array = field(repr=False)

    @property
    def d(self) -> int:
        return self.scaled.d

    @property
    def m(self) -> int:
        return self.scaled.m

    @property
    def n_parameters(self) -> int:
        return self.scaled.n_parameters

    @property
    def smoothness(self) -> float:
        return self.scaled.smoothness

    @property
    def width(self) -> int:
        return self.scaled.width

    def unpack(self, theta: ArrayLike) -> Layers:
        """The layers of the scaled model: its W and b act on ξ and give η."""
        return self.scaled.unpack(theta)

    def forward(self, theta: Array, a: Array, T: TaylorAlgebra) -> tuple[Array, Any]:
        eta, tape = self.scaled.forward(theta, self._inputs(a), T)
        return self._outputs(eta), tape

    def backward(self, tape: Any, u_bar: Array) -> Array:
        return self.scaled.backward(tape, self.y_scale * u_bar)

    def jacobian(self, tape: Any, scale: Array, out: Array) -> None:
        self.scaled.jacobian(tape, scale, out)
        out *= self.y_scale[:, None]  # (m, 1)

    def _on_kinks(
        self, theta: Array, a: Array, T: TaylorAlgebra, error: Array | None, sizes: Sequence[Array]
    ) -> Array:
        error = None if error is None else error / self.x_scale
        return self.scaled._on_kinks(theta, self._inputs(a), T, error, sizes)

    def _saturated(self, theta: Array, x: Array) -> int:
        return self.scaled._saturated(theta, scaled_nodes(x, self.x_shift, self.x_scale))

    def _inputs(self, a: Array) -> Array:
        """The jet of ξ, shape (A, N, d), from that of x."""
        xi = np.asarray(a / self.x_scale)
        xi[0] = scaled_nodes(a[0], self.x_shift, self.x_scale)
        return xi

    def _outputs(self, eta: Array) -> Array:
        """The jet of y, shape (A, N, m), from that of η: its rows α ≠ 0 are (S1) read backwards."""
        y = eta * self.y_scale
        y[0] += self.y_shift
        return y


def scaled_nodes(x: Array, shift: Array, scale: Array) -> Array:
    """ξ = (x − μ)/σ, and 0 where a column without spread, σ = 1, differs from μ by rounding alone.

    A model would else see that rounding as a spread, and methods that scale columns would fit it.

    Examples
    --------
    >>> scaled_nodes(np.array([[0.1 + 0.2], [0.4]]), np.array([0.3]), np.array([1.0])).ravel()
    array([0. , 0.1])
    """
    apart, rounding = x - shift, SEVERAL * np.spacing(np.abs(shift))
    hidden = (scale == 1) & (rounding < SLIGHT) & (np.abs(apart) <= rounding)
    return np.asarray(np.where(hidden, 0.0, apart) / scale)


def same_maps(one: Any, other: Any) -> bool:
    """Whether two objects have the same μ_x, σ_x, μ_y and σ_y.

    Examples
    --------
    >>> from sobolev_ref import MLP, Standardizer
    >>> metres = Standardizer([0.0], [0.3048], [0.0], [1.0])
    >>> same_maps(metres, metres.model(MLP((1, 1)))), same_maps(metres, MLP((1, 1)))
    (True, False)
    """
    return all(
        hasattr(other, name) and np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("x_shift", "x_scale", "y_shift", "y_scale")
    )


def undoes(scaler: Any, model: Any) -> bool:
    """Whether a `Standardizer` is the way back of a model's own maps, but for rounding.

    Examples
    --------
    >>> from sobolev_ref import MLP, Standardizer
    >>> scaler = Standardizer([10.0], [3.0], [0.0], [7.0])
    >>> undoes(scaler.inverse, scaler.model(MLP((1, 1)))), undoes(scaler, scaler.model(MLP((1, 1))))
    (True, False)
    """
    return isinstance(model, ScaledModel) and all(
        np.allclose(scale * of_model, 1, 1e-14, 0)
        and np.allclose(shift, -mu / of_model, 1e-14, 1e-14 * np.abs(scale).max())
        for scale, of_model, shift, mu in (
            (scaler.x_scale, model.x_scale, scaler.x_shift, model.x_shift),
            (scaler.y_scale, model.y_scale, scaler.y_shift, model.y_shift),
        )
    )


def made_by(thing: Any) -> Any:
    """The `Standardizer` that scaled a function, a rule, or a mapping; None for one in the caller's units.

    Of a mapping each α knows it, and each entry. An entry that does not, or is of another, was put in.
    """
    if not isinstance(thing, Mapping):
        by = getattr(thing, "by", None)
        return by if hasattr(by, "x_shift") else None
    of_entries = [getattr(entry, "entry_by", None) for entry in thing.values()]
    known = [by for by in (*of_entries, *map(made_by, thing)) if by is not None]
    if any(by is None or not same_maps(by, known[0]) for by in of_entries if known):
        raise TypeError(
            "target: got entries that are scaled beside others that are not, or that do not tell; takes all "
            "of one kind, as target of a Standardizer scales them together"
        )
    return known[0] if known else None


ONE_KIND = "takes both of one kind, as Standardizer.loss makes them"


def scaler_of(model: Model, **given: Any) -> Any:
    """The `Standardizer` in whose units target and rule are, or None for the caller's.

    What one has scaled goes neither with a model in the caller's units, nor with what another has scaled, nor
    is it alone beside a model in scaled units, which goes with nodes that were scaled by hand. Both scaled by
    another are a problem of their own, and `Standardizer.inverse` leads back to the caller's units.
    """
    found = {name: by for name, thing in given.items() if (by := made_by(thing)) is not None}
    for name, by in found.items():
        back = undoes(by, model)
        if same_maps(by, model) and not back:
            what = "a model in the caller's units"
        elif isinstance(model, ScaledModel) and len(found) < len(given) and not back:
            what = "what is not"
        elif not all(same_maps(by, other) for other in found.values()):
            what = "what another has scaled"
        else:
            continue
        raise TypeError(f"{name}: got one that is scaled, with {what}; {ONE_KIND}")
    return next(iter(found.values()), None)


def scaled_function(
    f: Callable[..., Any],
    x_shift: Array,
    x_scale: Array,
    shift: Array,
    factor: Array,
    x: Array | None = None,
) -> Callable[..., Any]:
    """The function ξ ↦ (f(x_shift + x_scale ξ) − shift) · factor, on jets too by the chain rule.

    At the ξ of points x, shape (N, d), f is taken at x itself: rounding would move it over a step or an end.

    Examples
    --------
    >>> one = np.ones(1)
    >>> scaled_function(lambda x: x**2, one, 2 * one, 0 * one, 3 * one)(2.0)      # 3 (1 + 2·2)²
    75.0
    """
    d, m = len(x_shift), len(shift)
    known = list[tuple[Array, Array]]()  # ξ_q and x_q, in the order of ξ_q
    if x is not None:
        for xi_q, x_q in zip(scaled_nodes(x, x_shift, x_scale).T, x.T):
            at, first = np.unique(xi_q, return_index=True)
            known.append((at, x_q[first]))

    def unscaled(q: int, xi: Any) -> Any:
        x_q = x_shift[q].item() + x_scale[q].item() * xi
        if not known:
            return x_q
        at, exact = known[q]
        values = np.asarray(xi.value if isinstance(xi, Jet) else xi)
        near = np.minimum(np.searchsorted(at, values), len(at) - 1)
        is_known = at[near] == values
        if not isinstance(x_q, Jet):
            return np.where(is_known, exact[near], x_q)
        x_q.coefficients[0] = np.where(is_known, exact[near], x_q.value)
        if x_q.errors is not None:
            x_q.errors[:, is_known] = 0
        return x_q

    def scaled(*xi: Any) -> Any:
        if len(xi) != d:
            raise TypeError(f"the scaled function takes {d} arrays, got {len(xi)}")
        out = columns_of(f(*[unscaled(q, xi_q) for q, xi_q in enumerate(xi)]))
        outputs = out if isinstance(out, tuple | list) else (out,)
        if len(outputs) != m:
            raise ValueError(f"target: got {len(outputs)} outputs, takes m = {m}")
        parts = tuple((y - a) * c for y, a, c in zip(outputs, shift.tolist(), factor.tolist()))
        return parts if isinstance(out, tuple | list) else parts[0]

    return scaled
