"""`PointwiseLoss`: what every loss of residuals at nodes shares, whatever its residuals are.

    (D3)  L(θ) = Σ_ρ λ_ρ Σ_i w_i Σ_j |r_ρ(x_i)_j|^p

In a `SobolevLoss` ρ is a multi-index α, and in a `ResidualLoss` it counts equations. A block of nodes goes
four steps: the forward pass gives the jet of u_θ, `_values` makes of it what is held to the data, `_u_bar`
gives ū = ∂L/∂u_α, and the backward pass takes ū to ∇L. A subclass has the two in the middle.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_exponent, as_integer, as_vector, shown
from .._typing import Array
from ..integrals.norms import power
from ..integrals.quadrature import Quadrature, as_rule
from ..jets.algebra import taylor_algebra
from ..jets.multi_index import n_multi_indices
from ..models.model import Model, as_model, block_size, check_smoothness
from ..models.reverse import Twin, choose_passes
from ..models.scaled import scaler_of
from .blocks import BlockSum, Workers, as_workers
from .least_squares import LeastSquares
from .loss import Loss, as_positions


class PointwiseLoss(Loss):
    """A sum over nodes of powers of residuals of a model and its derivatives there (D3).

    Attributes
    ----------
    model : Model
    rule : Quadrature
    order : int
        The highest order of the derivatives in the residuals.
    p : float
    weights : ndarray, shape (R,)
        λ_ρ.
    target_values : ndarray, shape (R, N, m)
        What the values are held to, NaN where nothing is known.
    scaler : Standardizer or None
        In whose units the target and the rule are, if not in the caller's.
    """

    weights: Array

    def __init__(
        self,
        model: Model,
        rule: Quadrature,
        order: int,
        p: float,
        kinks: str,
        road: str,
        workers: Workers,
        block: int | None,
        points: int = 1,
    ) -> None:
        self.model = as_model(model)
        self.rule = as_rule(rule, model.d)
        self.order = order
        self._algebra = taylor_algebra(model.d, order)
        self.p = as_exponent(p)
        self.scaler = scaler_of(model, rule=rule)
        check_smoothness(model, order, kinks)
        self._passes = choose_passes(model, order, road)  # the model, or its `Twin`
        rows = n_multi_indices(model.d, order)
        if self.road == "reverse":
            rows = n_multi_indices(model.d, order - 1) * max(model.m, 2)
        size = block_size(points * rows, model.width)
        size = size if block is None else as_integer("block", block, 1)
        self._sum = BlockSum(len(rule), size, as_workers(workers))  # Σ over the blocks of nodes

    def _hold_to(self, values: Array) -> None:
        """Keep the data, shape (R, N, m), which are NaN where nothing is known."""
        missing = np.isnan(values)
        self.target_values = values
        self._missing = missing if missing.any() else None

    def _check_weights(self) -> None:
        """Refuse a loss that is 0 for every θ: nothing that is known has a weight λ_ρ w_i > 0.

        Single weights may be 0, of a node that is left out or of the values in a seminorm.
        """
        with np.errstate(over="ignore"):
            weight = self.weights[:, None] * self.rule.weights  # λ_ρ w_i, (R, N)
        if not weight[~np.isnan(self.target_values).all(axis=2)].any():
            raise ValueError(
                f"weights: got λ = {shown(self.weights.tolist())} and weights of the rule with which the "
                "loss is 0 for every theta; takes a λ w_i > 0 where something was measured"
            )

    # -- what a subclass has -----------------------------------------------------------------------

    @property
    @abstractmethod
    def _names(self) -> Sequence[Hashable]:
        """What ρ is called in `terms`."""

    @abstractmethod
    def _values(self, u: Array, block: slice) -> Array:
        """What is held to the data of a block of B nodes, shape (R, B, m), from the jet of u_θ."""

    @abstractmethod
    def _u_bar(self, u: Array, r: Array, block: slice) -> Array:
        """ū = ∂L/∂u_α from the jet of u_θ and the residuals r, shape (R, B, m)."""

    @abstractmethod
    def _squares(self) -> LeastSquares:
        """What `least_squares` returns."""

    @property
    @abstractmethod
    def blind(self) -> tuple[int, ...]:
        """For each output a number n: polynomials of degree < n, added to it, change no residual.

        It is the least |α| that counts, and k + 1 for an output of which none does.
        """

    # -- what they share ---------------------------------------------------------------------------

    @property
    def n_parameters(self) -> int:
        return self.model.n_parameters

    @property
    def workers(self) -> Workers:
        return self._sum.workers

    @property
    def n_nodes(self) -> int:
        return len(self.rule)

    @property
    def road(self) -> str:
        """The road of the last derivative: "forward" or "reverse"."""
        return "reverse" if isinstance(self._passes, Twin) else "forward"

    def __call__(self, theta: ArrayLike) -> tuple[Any, Array]:
        """L(θ) and ∇L(θ).

        Parameters
        ----------
        theta : array_like, shape (P,)
            A complex θ gives the analytic continuation, for the complex step.

        Returns
        -------
        value : float
        gradient : ndarray, shape (P,)
        """
        theta = as_vector("theta", theta, self.n_parameters)
        powers, gradient = self._sum(partial(self._block, theta))  # (R,), (P,)
        return self.weights.dot(powers).item(), gradient  # (D3)

    def _block(self, theta: Array, block: slice) -> list[Array]:
        """The share of a block of B nodes in ‖r_ρ‖_p^p by ρ, shape (R,), and in ∇L, shape (P,)."""
        u, tape = self._passes.forward(theta, self._inputs(block), self._algebra)  # (A, B, m)
        r = self._residual(u, block)  # (R, B, m)
        u_bar = self._u_bar(u, r, block)  # (A, B, m)
        return [self._powers(r, block), self._passes.backward(tape, u_bar)]

    def terms(self, theta: ArrayLike) -> dict[Any, float]:
        """‖r_ρ‖_p^p for every ρ by itself, without its weight λ_ρ.

        Returns
        -------
        dict
            From ρ, a multi-index α or the number of an equation, to a float; L(θ) = Σ_ρ λ_ρ · terms[ρ].
        """
        theta = as_vector("theta", theta, self.n_parameters)
        (powers,) = self._sum(partial(self._terms_block, theta))
        return dict(zip(self._names, powers.tolist()))

    def _terms_block(self, theta: Array, block: slice) -> list[Array]:
        """The share of a block of nodes in ‖r_ρ‖_p^p by ρ, shape (R,)."""
        u, _ = self._passes.forward(theta, self._inputs(block), self._algebra)  # (A, B, m)
        return [self._powers(self._residual(u, block), block)]

    def hessp(self, theta: ArrayLike, v: ArrayLike) -> Array:
        if self.p < 2:
            raise ValueError(
                f"p: got {self.p:g}, but |r|^p has a second derivative only for p >= 2"
            )
        return super().hessp(theta, v)

    def residuals(self, theta: ArrayLike) -> Array:
        """√(λ_ρ w_i) r_ρ(x_i)_j in the order of (ρ, i, j), for p = 2 (G1).

        Rows whose weight is zero or whose data are missing are left out; R are left.
        """
        return self.least_squares().residuals(as_vector("theta", theta, self.n_parameters))

    def jacobian(self, theta: ArrayLike) -> Array:
        """∂r/∂θ for p = 2, exact and by hand (G2) (G3); see `least_squares`."""
        return self.least_squares().jacobian(as_vector("theta", theta, self.n_parameters))

    def least_squares(self) -> LeastSquares:
        """This loss as a sum of squares, for p = 2."""
        if self.p != 2:
            raise ValueError(f"p: got {self.p:g}, but the loss is a sum of squares only for p = 2")
        return self._squares()

    def _least_orders(self, rows: Iterable[int], seen: Array) -> tuple[int, ...]:
        """For each output the least |α| of the rows that are seen, shape (K, m), or k + 1."""
        orders = np.array([sum(self._algebra.indices[a]) for a in rows])[:, None]  # (K, 1)
        least = np.where(seen, orders, self.order + 1).min(axis=0)  # (m,)
        return tuple(least.tolist())

    def batch(self, nodes: ArrayLike) -> Self:
        return self._taken(as_positions(nodes, self.n_nodes))

    def _batches(self, nodes: Array, size: int) -> Iterator[PointwiseLoss]:
        shuffled = self.batch(nodes)  # once, so that every batch is a view of it
        return (shuffled._taken(slice(i, i + size)) for i in range(0, len(nodes), size))

    def _taken(self, nodes: Array | slice) -> Self:
        """The part that belongs to some of the nodes, which have been checked."""
        part = copy(self)
        rule, values = self.rule._taken(nodes), self.target_values[:, nodes]
        missing = None if self._missing is None else self._missing[:, nodes]
        of_nodes = {"rule": rule, "target_values": values, "_missing": missing}
        part.__setstate__(of_nodes | {"_sum": replace(self._sum, n=len(rule))})
        return part

    def _inputs(self, block: slice) -> Array:
        """The jet of x at a block of nodes; of the reverse road, which finds the others, the values alone."""
        x = self._points(block)
        return x[None] if self.road == "reverse" else self._algebra.variables(x)

    def _points(self, block: slice) -> Array:
        """Where u_θ is evaluated for a block of nodes."""
        return self.rule.nodes[block]

    def _residual(self, u: Array, block: slice) -> Array:
        """r, shape (R, B, m), which is 0 where nothing is known."""
        r = self._values(u, block) - self.target_values[:, block]
        if self._missing is not None:
            r[self._missing[:, block]] = 0.0
        return r

    def _powers(self, r: Array, block: slice) -> Array:
        """Σ_i w_i Σ_j |r_ρ|^p, shape (R,)."""
        return np.asarray(power(r, self.p).sum(axis=2) @ self.rule.weights[block])
