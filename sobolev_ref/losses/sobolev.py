"""`SobolevLoss`: Definitions 3, 4, 5, and their gradient by Theorems 1 and 2.

    (D3)  L(θ) = Σ_{|α|≤k} λ_α ∫_Ω |r_α|^p dx,     r_α = Dᵅu_θ − Dᵅu
    (T1)  ∇_θ ∫|r_0|^p = p ∫ φ_p(r_0) ∇_θ u_θ dx        φ_p(r) = sign(r) |r|^{p−1}
    (T2)  ∇_θ ∫|r_α|^p = p ∫ φ_p(r_α) ∇_θ Dᵅu_θ dx

With λ = (1, 1), p = 2, k = 1 this is Definition 4, with λ = (1, λ) Definition 5; Definition 3 taken
literally counts the values twice, λ = (2, 1, …). Integrals are sums over a rule's nodes (Q1), and
∇_θ Dᵅu_θ is never formed: all pairings with it are one backward pass from ū_α = α! λ_α p w φ_p(r_α).
The loop over blocks of nodes, and what else does not depend on r_α, stands in `pointwise`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from warnings import warn

import numpy as np

from .._typing import Array, MultiIndex
from ..integrals.norms import phi
from ..integrals.quadrature import Quadrature
from ..integrals.scattered import Coverage, coverage_of
from ..integrals.targets import Target, by_multi_index, order_of, rounding_of, target_derivatives
from ..integrals.weights import Weights, as_weights, balanced_weights
from ..models.model import Model, as_model
from ..models.scaled import scaler_of
from .blocks import Workers
from .least_squares import LeastSquares
from .pointwise import PointwiseLoss


class SobolevLoss(PointwiseLoss):
    """The Sobolev loss of a model against a target, a function of θ that SciPy can minimise.

    L(θ) = Σ_α λ_α Σ_i w_i Σ_j |Dᵅu_θ(x_i) − Dᵅu(x_i)|_j^p, and its exact gradient.

    Parameters
    ----------
    model : MLP or LinearModel
        u_θ, from ℝᵈ to ℝᵐ.
    target : callable or mapping
        u: a plain NumPy function of d arrays, or a mapping from α to function or array (N, m) with
        NaN for what was not measured; see `targets`. Where λ_α w_i = 0, Dᵅu may be infinite, and where that
        holds of all derivatives at a node, u may have a kink there: what is not known then counts as NaN.
        An output without a number is left to the rest of a sum; `coverage` names it.
    rule : Quadrature
        The nodes and weights of ∫_Ω; ``rule.mean()`` for the mean over Ω.
    order : int, optional
        The Sobolev order k >= 0. By default it is the highest |α| of a mapping, and 1 for a function.
    p : float, default 2
        The exponent, 1 <= p < inf. For p = 1 the gradient is the subgradient with sign(0) = 0.
    weights : sequence of k + 1 numbers, mapping from α to number, or "balanced", optional
        λ by order or by multi-index (0 where absent); all 1 by default. A mapping that names an α of which a
        mapping of data has no number, and not one of which it has, is warned of. Some λ_α w_i must be > 0
        where Dᵅu is known. λ_n has the units of length^{pn}, so that the terms can be added. "balanced"
        divides each order's terms by their target's own norm; `noise_weights` gives those for noise of
        known size.
    kinks : {"raise", "ignore"}
        What to do when σ is not smooth enough for order k: σ must be C^{k,1}, or Theorem 2 is false
        (docs/errata.md). "ignore" drops what sits on the kinks, as automatic differentiation does. A σ
        that is C^{k,1} and no more, relu at order 0, has the gradient at almost every θ; at the others
        what σ says on the kink decides, and `theory.nodes_on_kinks` finds the nodes that are on one.
        The same for a node on a kink of a target such as ``np.abs``.
    road : {"auto", "forward", "reverse"}
        How the derivatives of order k are found: by jets of order k, or by jets of order k − 1 and a
        sweep backwards (see `reverse`), which is cheaper for d well above mk. "auto" counts the work.
    workers : int or map-like callable, default 1
        Threads (−1 for all processors), or for example ``multiprocessing.Pool(2).map``; the result
        has the same bits for any choice where BLAS has one thread. See `blocks`.
    block : int, optional
        Nodes worked on at a time; by default so many that the work stays in the cache.

    See Also
    --------
    fit : What minimises it.
    ResidualLoss : Where an equation is known in place of data.
    Ridge : Weight decay, which adds to it.
    check_gradient : Its gradient by three other roads.

    Examples
    --------
    >>> from sobolev_ref import MLP, gauss_legendre
    >>> net = MLP((1, 1))
    >>> loss = SobolevLoss(net, lambda x: 3 * x, gauss_legendre([(0, 1)], 4), weights=(1, 2))
    >>> value, gradient = loss([1.0, 0.0])     # u = x: ∫(2x)² + 2∫2² = 4/3 + 8
    >>> round(value, 12)
    9.333333333333
    >>> gradient.round(12)
    array([-9.33333333, -2.        ])
    >>> {alpha: round(term, 12) for alpha, term in loss.terms([1.0, 0.0]).items()}
    {(0,): 1.333333333333, (1,): 4.0}
    """

    def __init__(
        self,
        model: Model,
        target: Target,
        rule: Quadrature,
        *,
        order: int | None = None,
        p: float = 2,
        weights: Weights | None = None,
        kinks: str = "raise",
        road: str = "auto",
        workers: Workers = 1,
        block: int | None = None,
    ) -> None:
        k = order_of(target, order, as_model(model).d)
        super().__init__(model, rule, k, p, kinks, road, workers, block)
        self.scaler = scaler_of(model, target=target, rule=rule)
        given = as_weights(weights, model.d, k, partial(np.ones, self._algebra.size))
        idle = (given == 0)[:, None] | (rule.weights == 0)  # (A, N)
        values = target_derivatives(target, rule.nodes, k, model.m, "target", kinks, idle)
        self._hold_to(values)  # (A, N, m)
        self._check_data(target, np.isnan(values), idle)
        self._check_names(target, weights)
        balanced = partial(self._balanced, target, values, kinks, idle)
        self.weights = as_weights(weights, model.d, k, balanced)  # λ_α, (A,)
        self._check_weights()

    def _balanced(self, target: Target, values: Array, kinks: str, idle: Array) -> Array:
        noise = rounding_of(target, self.rule.nodes, values, self.order, kinks, idle)
        return balanced_weights(values, self.rule, self.order, self.p, noise)

    def _check_data(self, target: Target, missing: Array, idle: Array) -> None:
        """Refuse a target without data, and name the terms that were given but hold none."""
        if missing.all():
            raise ValueError("target: got NaN alone, takes at least one measurement")
        rows = zip(self._algebra.indices, missing, idle)
        empty = [alpha for alpha, gone, unasked in rows if gone.all() and not unasked.all()]
        given = [alpha for alpha in empty if isinstance(target, Mapping) and alpha in target]
        if given:
            warn(f"target: got NaN alone for {given}; these terms have no say", stacklevel=3)

    def _check_names(self, target: Target, weights: Weights | None) -> None:
        """Tell of what may be a slip in an index: a weight of what was not measured, and none of what was."""
        if not (isinstance(target, Mapping) and isinstance(weights, Mapping)):
            return
        rows = zip(self._algebra.indices, self.target_values)
        measured = [alpha for alpha, row in rows if np.isfinite(row).any()]
        named = by_multi_index("weights", weights, self.model.d)
        astray = [alpha for alpha, lam in named.items() if lam > 0 and alpha not in measured]
        left = [alpha for alpha in measured if alpha not in named]
        if astray and left:
            warn(
                f"weights: got one for {astray[0]}, which was not measured, and none for {left[0]}, which "
                f"was and so has no say; {{{left[0]}: 0}} as well says that it is meant",
                stacklevel=3,
            )

    def __repr__(self) -> str:
        return (
            f"SobolevLoss({self.model!r}, {len(self.rule)} nodes, order={self.order}, "
            f"p={self.p:g}, weights={self.weights.tolist()})"
        )

    @property
    def coverage(self) -> Coverage:
        """How many numbers each term has, and with which weight λ_α: a report to be printed.

        Examples
        --------
        >>> from sobolev_ref import MLP, samples
        >>> data = {(0,): [1.0, 2.0, np.nan], (2,): [0.0, np.nan, np.nan]}
        >>> print(SobolevLoss(MLP((1, 1)), data, samples([0, 1, 2]), weights=(1, 1, 0.5)).coverage)
        3 nodes, 1 output; 0 nodes at the place of another
          x1 in [0, 2]
          D^(0,)  2 of 3 measured, 33.3 % missing; weight 1
          D^(1,)  0 of 3 measured, 100 % missing; weight 1
          D^(2,)  1 of 3 measured, 66.7 % missing; weight 0.5
        """
        return coverage_of(self.rule, self.target_values, self.order, self.weights.tolist())

    @property
    def _names(self) -> tuple[MultiIndex, ...]:
        return self._algebra.indices

    @property
    def blind(self) -> tuple[int, ...]:
        known = np.isfinite(self.target_values).any(axis=1)  # (A, m)
        seen = known & (self.weights > 0)[:, None]
        return self._least_orders(range(self._algebra.size), seen)

    def _values(self, u: Array, block: slice) -> Array:
        """Dᵅu_θ = α! u_α at a block of B nodes, shape (A, B, m)."""
        derivatives: Array = self._algebra.factorials[:, None, None] * u
        return derivatives

    def _u_bar(self, u: Array, r: Array, block: slice) -> Array:
        """ū, shape (A, B, m), of which the backward pass makes ∇L: Theorems 1 and 2."""
        T, p, w = self._algebra, self.p, self.rule.weights[block, None]  # (B, 1)
        factorial, lam = T.factorials[:, None, None], self.weights[:, None, None]  # (A, 1, 1)
        u_bar: Array = factorial * lam * p * w * phi(r, p)  # (A, B, m) (T1) (T2)
        return u_bar

    def _squares(self) -> LeastSquares:
        return LeastSquares(
            self.model, self.rule, self.target_values, self.order, self.weights, self._sum
        )
