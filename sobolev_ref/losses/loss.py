"""`Loss`: what an optimiser needs of a function of θ; `Ridge`, weight decay; and sums of losses.

Every loss answers with its value and gradient, Hessian-vector products, and, where it is a sum of
squares, its residuals r and their Jacobian J, so that L = ‖r‖², ∇L = 2 Jᵀr. A sum of losses of one θ is one
more loss, and every optimiser takes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    MAX_ENTRIES,
    as_array,
    as_integer,
    as_real,
    as_real_vector,
    as_vector,
    check_size,
    refused,
    shown,
)
from .._typing import Array
from ..models.model import Model
from ..models.scaled import ScaledModel, undoes

MAX_HESSIAN = 5000
TERMS = "sums of losses, as loss + Ridge(mu, P); a term of one's own is an object of a class made from Loss"
FIXED = frozenset(
    {"model", "rule", "order", "p", "weights", "target_values", "mu", "s", "F", "dF", "parts"}
)
# What a loss is made from and does not keep under this name, so that a new value would change nothing.
SPENT = frozenset({"target", "rhs", "terms", "others", "kinks", "road", "block", "bounds", "n"})


class Loss(ABC):
    """A function of θ that SciPy can minimise, and that adds.

        (L + M)(θ) = L(θ) + M(θ)

    The gradient and ∇²L v add as well; r and J stand one under the other, and so do the nodes.

    `SobolevLoss`, `ResidualLoss` and `Ridge` are losses, and `+` makes a `Sum` of them.

    See Also
    --------
    SobolevLoss : The distance to a function and its derivatives.
    ResidualLoss : What is left of a differential equation.
    Ridge : The square of θ.

    Examples
    --------
    >>> from sobolev_ref import MLP, Quadrature, Ridge, SobolevLoss
    >>> fit = SobolevLoss(MLP((1, 1)), lambda x: 3 * x, Quadrature([1.0], [4.0]), order=0)
    >>> loss = fit + Ridge(2.0, 2)                       # 4 (w + b − 3)² + w² + b²
    >>> loss([1.0, 0.0])
    (17.0, array([-14., -16.]))
    """

    __array_ufunc__ = None  # so that an array on either side of + is refused

    def __setattr__(self, name: str, value: Any) -> None:
        if name in SPENT or (name in FIXED and hasattr(self, name)):
            raise AttributeError(
                f"{name}: a loss cannot be changed, as a certificate or a result names it; make another, as "
                "SobolevLoss(…, weights=…)"
            )
        self.__setstate__({name: value})

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for name in FIXED & state.keys():
            if isinstance(state[name], np.ndarray):
                state[name].setflags(write=False)

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """P, the length of θ."""

    @property
    @abstractmethod
    def n_nodes(self) -> int:
        """N, the number of nodes that it sums over; 0 for a loss of θ alone."""

    @property
    def workers(self) -> Any:
        """Who works on the blocks of nodes: a number of threads or a map-like callable."""
        return 1

    @abstractmethod
    def __call__(self, theta: ArrayLike) -> tuple[Any, Array]:
        """L(θ) and ∇L(θ), shape (P,)."""

    def hessp(self, theta: ArrayLike, v: ArrayLike) -> Array:
        """∇²L(θ) v, shape (P,): what SciPy's Newton methods take as ``hessp=``.

            ∇²L(θ) v = Im ∇L(θ + i h v) / h                                                        (H1)

        Every line of ∇L is analytic in θ, so that the complex step with h = 1e−20 / max|v| has no
        error but rounding: nothing is subtracted, and the next term, of order h², is far below it.
        It costs a gradient in complex numbers: two to four in real ones, with gelu up to eight.
        The step takes up the imaginary parts, so θ and v must be real: `hessp` has no complex step
        of its own, and third derivatives are differences of it.

        Raises
        ------
        TypeError
            For complex θ or v.
        ValueError
            Where the loss has no second derivative (p < 2), or shapes disagree.

        Examples
        --------
        >>> from sobolev_ref import MLP, SobolevLoss, gauss_legendre
        >>> loss = SobolevLoss(MLP((1, 1)), np.sin, gauss_legendre([(0, 1)], 4), weights=(1, 2))
        >>> loss.hessp([1.0, 0.0], [1.0, 0.0]).round(12)    # 2 ∫ x² + 2·2, and 2 ∫ x
        array([4.66666667, 1.        ])
        """
        theta = as_real_vector("theta", theta, self.n_parameters)
        v = as_real_vector("v", v, self.n_parameters)
        h, size = 1e-20, np.max(np.abs(v)) or 1.0
        return np.asarray(self(theta + 1j * h * (v / size))[1].imag / h * size)  # (H1)

    @abstractmethod
    def residuals(self, theta: ArrayLike) -> Array:
        """r(θ), shape (R,), with ‖r‖² = L(θ).

        Raises
        ------
        ValueError
            Where the loss is not a sum of squares (p ≠ 2), or shapes disagree.

        Examples
        --------
        >>> from sobolev_ref import MLP, Quadrature, SobolevLoss
        >>> loss = SobolevLoss(MLP((1, 1)), lambda x: 3 * x, Quadrature([1.0], [4.0]))
        >>> loss.residuals([1.0, 0.0]), loss.jacobian([1.0, 0.0])    # 2 (u − 3x), 2 (u′ − 3)
        (array([-4., -4.]), array([[2., 2.], [2., 0.]]))
        """

    @abstractmethod
    def jacobian(self, theta: ArrayLike) -> Array:
        """J(θ) = ∂r/∂θ, shape (R, P), with 2 Jᵀr = ∇L(θ), where the loss is a sum of squares."""

    @abstractmethod
    def batch(self, nodes: ArrayLike) -> Loss:
        """The part of this loss that belongs to some of its nodes.

        The values, gradients, … of batches that hold every node once add up to those of the whole, to
        rounding: nothing is rescaled.

        Parameters
        ----------
        nodes : array_like, shape (B,)
            Positions, whole numbers from 0 to N − 1, at least one.
        """

    def _batches(self, nodes: Array, size: int) -> Iterator[Loss]:
        """The batches of an epoch that goes through the nodes in this order, `size` of them in each."""
        return (self.batch(nodes[i : i + size]) for i in range(0, len(nodes), size))

    def split(self, n: int) -> list[Loss]:
        """n batches of consecutive nodes that add up to this loss, each holding its own nodes.

        Each can be pickled and sent elsewhere.

        Examples
        --------
        >>> from sobolev_ref import MLP, SobolevLoss, gauss_legendre
        >>> loss = SobolevLoss(MLP((1, 1)), np.sin, gauss_legendre([(0, 1)], 5))
        >>> parts = loss.split(2)
        >>> whole = loss([1.0, 0.0])[0]
        >>> bool(np.isclose(sum(part([1.0, 0.0])[0] for part in parts), whole, rtol=1e-14))
        True
        """
        if as_integer("n", n, minimum=1) > self.n_nodes:
            raise ValueError(f"n: got {n} parts, takes at most the {self.n_nodes} nodes")
        return [self.batch(nodes) for nodes in np.array_split(np.arange(self.n_nodes), n)]

    def hessian(self, theta: ArrayLike) -> Array:
        """∇²L(θ), shape (P, P), by P Hessian-vector products: for small P.

        Raises
        ------
        ValueError
            As `hessp`, and for P > 5000, whose matrix would take more than 0.2 GB.
        """
        if self.n_parameters > MAX_HESSIAN:
            raise ValueError(
                f"theta: {self.n_parameters} parameters have a Hessian of "
                f"{8e-9 * self.n_parameters**2:.1f} GB; takes at most {MAX_HESSIAN}, "
                "or use hessp"
            )
        return np.stack([self.hessp(theta, e) for e in np.eye(self.n_parameters)], axis=1)

    def __add__(self, other: Any) -> Sum:
        if not isinstance(other, Loss):
            raise TypeError(refused("losses", other, TERMS))
        total = Sum((*parts_of(self), *parts_of(other)))
        check_one_function(total.parts)
        return total

    def __radd__(self, other: Any) -> Loss:
        """0 + L is L, so that ``sum(losses)`` is L_1 + L_2 + …."""
        if isinstance(other, int) and other == 0:
            return self
        raise TypeError(refused("losses", other, TERMS))

    def __mul__(self, *other: Any) -> None:
        raise TypeError(
            "loss: got a product or a difference, takes sums; a factor c goes into the weights, as in "
            "SobolevLoss(…, weights=c * loss.weights), and that of a Ridge into mu"
        )

    __rmul__ = __truediv__ = __neg__ = __sub__ = __rsub__ = __mul__


@dataclass(frozen=True)
class Sum(Loss):
    """L_1 + L_2 + …, made by ``+``.

    Examples
    --------
    >>> loss = Ridge(2.0, 3) + Ridge(4.0, 3)
    >>> loss([1.0, 0.0, 2.0])
    (15.0, array([ 6.,  0., 12.]))
    >>> loss.residuals([1.0, 0.0, 2.0]).shape, loss.jacobian([1.0, 0.0, 2.0]).shape
    ((6,), (6, 3))
    """

    parts: tuple[Loss, ...]

    def __post_init__(self) -> None:
        lengths = [part.n_parameters for part in self.parts]
        if len(set(lengths)) != 1:
            raise ValueError(f"losses: got {lengths} parameters, takes the same number in each")

    @property
    def n_parameters(self) -> int:
        return self.parts[0].n_parameters

    @property
    def n_nodes(self) -> int:
        return sum(part.n_nodes for part in self.parts)

    @property
    def workers(self) -> Any:
        """Those of the first part that has nodes."""
        return next((part.workers for part in self.parts if part.n_nodes), 1)

    def __call__(self, theta: ArrayLike) -> tuple[Any, Array]:
        values, gradients = zip(*(part(theta) for part in self.parts))
        return sum(values), np.sum(gradients, axis=0)

    def hessp(self, theta: ArrayLike, v: ArrayLike) -> Array:
        return np.asarray(np.sum([part.hessp(theta, v) for part in self.parts], axis=0))

    def residuals(self, theta: ArrayLike) -> Array:
        return np.concatenate([part.residuals(theta) for part in self.parts])

    def jacobian(self, theta: ArrayLike) -> Array:
        blocks = [part.jacobian(theta) for part in self.parts]
        check_jacobian(sum(map(len, blocks)), self.n_parameters)
        return np.concatenate(blocks)

    def batch(self, nodes: ArrayLike) -> Sum:
        """The parts' batches; the terms without nodes are shared out, so much a node."""
        chosen = as_positions(nodes, self.n_nodes)
        parts: list[Loss] = []
        start = 0
        for part in self.parts:
            stop = start + part.n_nodes
            mine = chosen[(chosen >= start) & (chosen < stop)] - start
            if isinstance(part, Ridge):
                parts.append(Ridge(part.mu * len(chosen) / self.n_nodes, part.n_parameters))
            elif len(mine):
                parts.append(part.batch(mine))
            start = stop
        return Sum(tuple(parts))


class Ridge(Loss):
    """Weight decay, (μ/2)‖θ‖², or Σ_j (μ_j/2) θ_j²; for μ > 0 its sublevel sets are compact.

    Those of a sum with it are compact, too.

    Parameters
    ----------
    mu : float or array_like, shape (P,)
        μ >= 0, or μ_j >= 0 for each entry of θ, in the units of the loss.
    n_parameters : int
        P.

    See Also
    --------
    provable_step : The learning rate that it makes provable.

    Examples
    --------
    >>> Ridge(0.5, 2)([2.0, 4.0]), Ridge([0.5, 0.0], 2)([2.0, 4.0])
    ((5.0, array([1., 2.])), (1.0, array([1., 0.])))
    """

    def __init__(self, mu: ArrayLike, n_parameters: int) -> None:
        self._length = as_integer("n_parameters", n_parameters, minimum=1)
        self.mu: float | Array
        if isinstance(mu, list | tuple) or (isinstance(mu, np.ndarray) and mu.ndim > 0):
            self.mu = as_real_vector("mu", mu, self._length).copy()
            if self.mu.min() < 0:
                raise ValueError(f"mu: got {shown(self.mu.tolist())}, takes numbers >= 0")
        else:
            self.mu = as_real("mu", mu, above=0)

    def __repr__(self) -> str:
        low, high = np.min(self.mu), np.max(self.mu)
        mu = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"Ridge({mu}, {self.n_parameters})"

    @property
    def n_parameters(self) -> int:
        return self._length

    @property
    def n_nodes(self) -> int:
        return 0

    def __call__(self, theta: ArrayLike) -> tuple[Any, Array]:
        theta = as_vector("theta", theta, self.n_parameters)
        return ((self.mu * theta) @ theta / 2).item(), self.mu * theta

    def residuals(self, theta: ArrayLike) -> Array:
        """√(μ/2) θ."""
        root = np.sqrt(np.asarray(self.mu) / 2)
        return np.asarray(root * as_vector("theta", theta, self.n_parameters))

    def jacobian(self, theta: ArrayLike) -> Array:
        theta = as_vector("theta", theta, self.n_parameters)
        check_jacobian(len(theta), len(theta))
        return np.asarray(np.sqrt(np.asarray(self.mu) / 2) * np.eye(len(theta), dtype=theta.dtype))

    def batch(self, nodes: ArrayLike) -> Ridge:
        raise TypeError("batch: a Ridge has no nodes; add it to a loss that has")


def parts_of(loss: Loss) -> tuple[Loss, ...]:
    """The parts of a sum; a single loss is its own."""
    return loss.parts if isinstance(loss, Sum) else (loss,)


ONE_MODEL = "takes losses of one model, or of one Model with the outputs of both"
ONE_UNIT = (
    "in the caller's units; beside Standardizer.loss, which is of net in scaled units, another loss takes "
    "scaler.model(net) and nodes in the caller's units, or net and scaler.rule(rule)"
)


def check_one_function(parts: tuple[Loss, ...]) -> None:
    """Refuse losses whose models make different functions u_θ of one θ, in the units of the caller.

    They are compared at nodes of both, for a θ at which no two models agree by chance.
    """
    held: list[Any] = [part for part in parts if isinstance(getattr(part, "model", None), Model)]
    theta = np.random.default_rng(0).uniform(-0.5, 0.5, parts[0].n_parameters)
    for part in held[1:]:
        (u, x), (v, y) = map(in_units_of_the_caller, (held[0], part))
        same = (u.d, u.m) == (v.d, v.m)
        if same and u is not v:
            with np.errstate(all="ignore"):
                here, there = (model(theta, np.concatenate([x, y])) for model in (u, v))
                same = np.allclose(here, there, 0, 1e-12 * np.nanmax(np.abs(here)), equal_nan=True)
        if not same:
            scaled = any(isinstance(model, ScaledModel) for model in (u, v))
            raise ValueError(
                f"losses: got parts {parts.index(held[0]) + 1} and {parts.index(part) + 1}, whose models "
                f"make different functions of one theta{' ' if scaled else '; '}"
                + (ONE_UNIT if scaled else ONE_MODEL)
            )


def in_units_of_the_caller(part: Any) -> tuple[Model, Array]:
    """u_θ of a loss with a model, and some of its nodes, in the units of the caller.

    Data that came through `Standardizer.inverse` are in those of `Standardizer.model`, so in the caller's.
    """
    x, scaler = part.rule.nodes[[0, part.n_nodes // 2, -1]], part.scaler
    if scaler is None or undoes(scaler, part.model):
        return part.model, x
    return scaler.model(part.model), scaler.inverse.nodes(x)


def check_jacobian(rows: int, columns: int) -> None:
    """Refuse a Jacobian, shape (R, P), that memory does not hold."""
    got = f"a Jacobian of {rows:,} residuals by {columns:,} parameters"
    takes = f"at most {MAX_ENTRIES // columns:,} residuals, or batches of the loss"
    check_size("loss, theta", got, rows * columns, takes)


def as_positions(nodes: ArrayLike, n: int, name: str = "nodes") -> Array:
    """Positions of nodes or of other things, whole numbers from 0 to n − 1, at least one; shape (B,)."""
    takes = f"takes a vector of positions, whole numbers from 0 to {n - 1}"
    if getattr(getattr(nodes, "dtype", None), "kind", "") == "b":
        raise TypeError(f"{name}: got truths, {takes}, as np.flatnonzero makes of them")
    as_array(name, nodes)  # refuses what is masked, ragged, or no number
    chosen = np.asarray(nodes)
    if chosen.dtype.kind not in "iu" or chosen.ndim != 1:
        raise TypeError(f"{name}: got {chosen.dtype} entries of shape {chosen.shape}, {takes}")
    if chosen.size == 0 or chosen.min() < 0 or chosen.max() >= n:
        raise ValueError(f"{name}: got {shown(chosen.tolist())}, {takes}")
    return chosen


def as_loss(loss: Any) -> Loss:
    """A loss of this package, single or a sum."""
    if not isinstance(loss, Loss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss or a sum of losses")
    return loss
