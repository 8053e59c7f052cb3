"""`SobolevLoss`: Definitions 3, 4, 5, and their gradient by Theorems 1 and 2.

    (D3)  L(θ) = Σ_{|α|≤k} λ_α ∫_Ω |r_α|^p dx,     r_α = Dᵅu_θ − Dᵅu
    (T1)  ∇_θ ∫|r_0|^p = p ∫ φ_p(r_0) ∇_θ u_θ dx        φ_p(r) = sign(r) |r|^{p−1}
    (T2)  ∇_θ ∫|r_α|^p = p ∫ φ_p(r_α) ∇_θ Dᵅu_θ dx

With λ = (1, 1), p = 2, k = 1 this is Definition 4, with λ = (1, λ) Definition 5; Definition 3 taken
literally counts the values twice, λ = (2, 1, …). Integrals are sums over a rule's nodes (Q1), and
∇_θ Dᵅu_θ is never formed: all pairings with it are one backward pass from ū_α = α! λ_α p w φ_p(r_α).
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_exponent, as_integer, as_vector, shown
from .._typing import Array, MultiIndex
from ..integrals.norms import phi, power
from ..integrals.quadrature import Quadrature, as_rule
from ..integrals.scattered import Coverage, coverage_of
from ..integrals.targets import Target, order_of, rounding_of, target_derivatives
from ..integrals.weights import Weights, as_weights, balanced_weights
from ..jets.algebra import TaylorAlgebra, taylor_algebra
from ..jets.multi_index import multi_indices, n_multi_indices
from ..models.model import Model, as_model, block_size, check_smoothness
from ..models.reverse import Twin, choose_passes
from .blocks import BlockSum, Workers, as_workers
from .least_squares import LeastSquares
from .loss import Loss, as_positions


class SobolevLoss(Loss):
    """The Sobolev loss of a model against a target, a function of θ that SciPy can minimise.

    L(θ) = Σ_α λ_α Σ_i w_i Σ_j |Dᵅu_θ(x_i) − Dᵅu(x_i)|_j^p, and its exact gradient.

    Parameters
    ----------
    model : MLP or LinearModel
        u_θ, from ℝᵈ to ℝᵐ.
    target : callable or mapping
        u: a plain NumPy function of d arrays, or a mapping from α to function or array (N, m) with
        NaN for what was not measured; see `targets`.
    rule : Quadrature
        The nodes and weights of ∫_Ω; ``rule.mean()`` for the mean over Ω.
    order : int, optional
        The Sobolev order k >= 0. By default it is the highest |α| of a mapping, and 1 for a function.
    p : float, default 2
        The exponent, 1 <= p < inf. For p = 1 the gradient is the subgradient with sign(0) = 0.
    weights : sequence of k + 1 numbers, mapping from α to number, or "balanced", optional
        λ by order or by multi-index (0 where absent); all 1 by default. Some λ_α w_i must be > 0 where
        Dᵅu is known. λ_n has the units of length^{pn}, so that the terms can be added. "balanced"
        divides each order's terms by their target's own norm; `noise_weights` gives those for noise of
        known size.
    kinks : {"raise", "ignore"}
        What to do when σ is not smooth enough for order k: σ must be C^{k,1}, or Theorem 2 is false
        (docs/errata.md). "ignore" drops what sits on the kinks, as automatic differentiation does. A σ
        that is C^{k,1} and no more, relu at order 0, has the gradient at almost every θ; at the others it
        is the limit from the side z < 0, and `theory.nodes_on_kinks` finds the nodes that are on a kink.
        The same for a node on a kink of a target such as ``np.abs``.
    road : {"auto", "forward", "reverse"}
        How the derivatives of order k are found: by jets of order k, or by jets of order k − 1 and a
        sweep backwards (see `reverse`), which is cheaper for d > k. "auto" counts the work.
    workers : int or map-like callable, default 1
        Threads (−1 for all processors), or for example ``multiprocessing.Pool(2).map``; the result
        has the same bits for any choice where BLAS has one thread. See `blocks`.
    block : int, optional
        Nodes worked on at a time; by default so many that the work stays in the cache.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name, before any work.

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
        as_rule(rule, as_model(model).d)
        self.model = model
        self.rule = rule
        self.order = order_of(target, order, model.d)
        self.p = as_exponent(p)
        check_smoothness(model, self.order, kinks)
        self._passes = choose_passes(model, self.order, road)  # the model, or its `Twin`
        values = target_derivatives(target, rule.nodes, self.order, model.m, kinks=kinks)
        self.target_values = values  # (A, N, m), NaN where nothing was measured
        missing = np.isnan(values)
        self._missing = missing if missing.any() else None
        self._check_data(target, missing)
        balanced = partial(self._balanced, target, values, kinks)
        self.weights = as_weights(weights, model.d, self.order, balanced)  # λ_α, (A,)
        self._check_weights(missing)
        rows = len(self.weights)
        if self.road == "reverse":
            rows = n_multi_indices(model.d, self.order - 1) * (1 + model.m)
        size = block_size(rows, model.width) if block is None else as_integer("block", block, 1)
        self._sum = BlockSum(len(rule), size, as_workers(workers))  # Σ over the blocks of nodes

    def _balanced(self, target: Target, values: Array, kinks: str) -> Array:
        noise = rounding_of(target, self.rule.nodes, values, self.order, kinks)
        return balanced_weights(values, self.rule, self.order, self.p, noise)

    def _check_data(self, target: Target, missing: Array) -> None:
        """Refuse a target without data, and name the terms that were given but hold none."""
        if missing.all():
            raise ValueError("target: got NaN alone, takes at least one measurement")
        empty = [alpha for alpha, gone in zip(self._algebra.indices, missing) if gone.all()]
        given = [alpha for alpha in empty if isinstance(target, Mapping) and alpha in target]
        if given:
            warn(f"target: got NaN alone for {given}; these terms have no say", stacklevel=3)

    def _check_weights(self, missing: Array) -> None:
        """Refuse a loss that is 0 for every θ: nothing that was measured has a weight λ_α w_i > 0.

        Single weights may be 0, of a node that is left out or of the values in a seminorm.
        """
        with np.errstate(over="ignore"):
            weight = self.weights[:, None] * self.rule.weights  # λ_α w_i, (A, N)
        if not weight[~missing.all(axis=2)].any():
            raise ValueError(
                f"weights: got λ = {shown(self.weights.tolist())} and weights of the rule with which the "
                "loss is 0 for every theta; takes a λ_α w_i > 0 where D^α was measured"
            )

    def __repr__(self) -> str:
        return (
            f"SobolevLoss({self.model!r}, {len(self.rule)} nodes, order={self.order}, "
            f"p={self.p:g}, weights={self.weights.tolist()})"
        )

    @property
    def n_parameters(self) -> int:
        return self.model.n_parameters

    @property
    def n_nodes(self) -> int:
        return len(self.rule)

    @property
    def road(self) -> str:
        """The road of the last derivative: "forward" or "reverse"."""
        return "reverse" if isinstance(self._passes, Twin) else "forward"

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

    def __call__(self, theta: ArrayLike) -> tuple[Any, Array]:
        """L(θ) and ∇L(θ), Theorems 1 and 2.

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
        powers, gradient = self._sum(partial(self._block, theta))  # (A,), (P,)
        return self.weights.dot(powers).item(), gradient  # (D3)

    def _block(self, theta: Array, block: slice) -> list[Array]:
        """The share of a block of B nodes in ‖r_α‖_p^p by α, shape (A,), and in ∇L, shape (P,)."""
        T, p, w = self._algebra, self.p, self.rule.weights[block, None]  # (B, 1)
        factorial, lam = T.factorials[:, None, None], self.weights[:, None, None]  # (A, 1, 1)
        u, tape = self._passes.forward(theta, T.variables(self.rule.nodes[block]), T)  # (A, B, m)
        r = self._residual(u, block)  # (A, B, m)
        u_bar = factorial * lam * p * w * phi(r, p)  # (A, B, m) (T1) (T2)
        return [self._powers(r, block), self._passes.backward(tape, u_bar)]

    def terms(self, theta: ArrayLike) -> dict[MultiIndex, float]:
        """‖Dᵅu_θ − Dᵅu‖_p^p for every |α| ≤ k by itself, without its weight λ_α.

        Returns
        -------
        dict
            From α to a float; L(θ) = Σ_α λ_α · terms[α].
        """
        theta = as_vector("theta", theta, self.n_parameters)
        (powers,) = self._sum(partial(self._terms_block, theta))
        return dict(zip(multi_indices(self.model.d, self.order), powers.tolist()))

    def _terms_block(self, theta: Array, block: slice) -> list[Array]:
        """The share of a block of nodes in ‖r_α‖_p^p by α, shape (A,)."""
        T = self._algebra
        u, _ = self._passes.forward(theta, T.variables(self.rule.nodes[block]), T)  # (A, B, m)
        return [self._powers(self._residual(u, block), block)]

    def hessp(self, theta: ArrayLike, v: ArrayLike) -> Array:
        if self.p < 2:
            raise ValueError(
                f"p: got {self.p:g}, but |r|^p has a second derivative only for p >= 2"
            )
        return super().hessp(theta, v)

    def residuals(self, theta: ArrayLike) -> Array:
        """√(λ_α w_i) (Dᵅu_θ − Dᵅu)(x_i)_j in the order of (α, i, j), for p = 2 (G1).

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
        return LeastSquares(
            self.model, self.rule, self.target_values, self.order, self.weights, self._sum
        )

    def batch(self, nodes: ArrayLike) -> "SobolevLoss":
        chosen = as_positions(nodes, self.n_nodes)
        part = copy(self)
        part.rule = Quadrature(self.rule.nodes[chosen], self.rule.weights[chosen])
        part.target_values = self.target_values[:, chosen]
        part._missing = None if self._missing is None else self._missing[:, chosen]
        part._sum = replace(self._sum, n=len(chosen))
        return part

    @property
    def _algebra(self) -> TaylorAlgebra:
        return taylor_algebra(self.model.d, self.order)

    def _residual(self, u: Array, block: slice) -> Array:
        """r_α = α! u_α − Dᵅu, shape (A, B, m), which is 0 where nothing was measured."""
        r = self._algebra.factorials[:, None, None] * u - self.target_values[:, block]
        if self._missing is not None:
            r[self._missing[:, block]] = 0.0
        return r

    def _powers(self, r: Array, block: slice) -> Array:
        """Σ_i w_i Σ_j |r_α|^p, shape (A,)."""
        return np.asarray(power(r, self.p).sum(axis=2) @ self.rule.weights[block])
