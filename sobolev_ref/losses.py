"""`SobolevLoss`: Definitions 3, 4, 5, and their gradient by Theorems 1 and 2.

    (D3)  L(θ) = Σ_{|α|≤k} λ_α ∫_Ω |r_α|^p dx,     r_α = Dᵅu_θ − Dᵅu
    (T1)  ∇_θ ∫|r_0|^p = p ∫ φ_p(r_0) ∇_θ u_θ dx        φ_p(r) = sign(r) |r|^{p−1}
    (T2)  ∇_θ ∫|r_α|^p = p ∫ φ_p(r_α) ∇_θ Dᵅu_θ dx

With λ = (1, 1), p = 2, k = 1 this is Definition 4, with λ = (1, λ) Definition 5; Definition 3 taken
literally counts the values twice, λ = (2, 1, …). Integrals are sums over a rule's nodes (Q1), and
∇_θ Dᵅu_θ is never formed: all pairings with it are one backward pass from ū_α = α! λ_α w p φ_p(r_α).
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .multi_index import MultiIndex
from .norms import Weights, as_weights, phi, power
from .quadrature import Quadrature
from .targets import Target, target_derivatives
from .taylor import TaylorAlgebra, taylor_algebra
from .validation import as_exponent, as_order, as_vector


class Model(Protocol):
    """What a loss needs of a model u_θ."""

    @property
    def d(self) -> int: ...
    @property
    def m(self) -> int: ...
    @property
    def n_parameters(self) -> int: ...
    @property
    def smoothness(self) -> float: ...
    def forward(self, theta: NDArray, a: NDArray, T: TaylorAlgebra) -> tuple[NDArray, Any]: ...
    def backward(self, tape: Any, u_bar: NDArray) -> NDArray: ...


class SobolevLoss:
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
    order : int, default 1
        The Sobolev order k >= 0.
    p : float, default 2
        The exponent, 1 <= p < inf. For p = 1 the gradient is the subgradient with sign(0) = 0.
    weights : sequence of k + 1 numbers, or mapping from α to number, optional
        λ by order or by multi-index (0 where absent); all 1 by default. λ_n has the units of
        length^{pn}, so that the terms can be added.
    kinks : {"raise", "ignore"}
        What to do when σ is not smooth enough for order k: σ must be C^{k,1}, or Theorem 2 is false
        (docs/errata.md). "ignore" drops what sits on the kinks, as automatic differentiation does.

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
        order: int = 1,
        p: float = 2,
        weights: Weights | None = None,
        kinks: str = "raise",
    ) -> None:
        if not isinstance(rule, Quadrature):
            raise TypeError(f"rule: got {type(rule).__name__}, takes a Quadrature")
        if not hasattr(model, "forward"):
            raise TypeError(f"model: got {type(model).__name__}, takes an MLP or a LinearModel")
        if rule.d != model.d:
            raise ValueError(f"rule: got nodes of shape {rule.nodes.shape}, takes shape "
                             f"(N, {model.d}) for a model of d = {model.d}")
        self.model = model
        self.rule = rule
        self.order = as_order(order, model.d)
        self.p = as_exponent(p)
        self.weights = as_weights(weights, model.d, self.order)                  # (A,)
        _check_smoothness(model, self.order, kinks)
        values = target_derivatives(target, rule.nodes, self.order, model.m)
        missing = np.isnan(values)
        self._target = values                                                    # (A, N, m)
        self._missing = missing if missing.any() else None

    @property
    def n_parameters(self) -> int:
        """P, the length of θ."""
        return self.model.n_parameters

    def __call__(self, theta: ArrayLike) -> tuple[Any, NDArray]:
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
        r, tape, T = self._residual(theta)                                       # (A, N, m)
        w = self.rule.weights[:, None]                                           # (N, 1)
        powers = (w * power(r, self.p)).sum(axis=(1, 2))                         # (A,)
        value = (self.weights * powers).sum().item()                                       # (D3)
        scale = (self.p * self.weights * T.factorials)[:, None, None]            # (A, 1, 1)
        u_bar = scale * w * phi(r, self.p)                                       # (A, N, m)
        return value, self.model.backward(tape, u_bar)                                # (T1) (T2)

    def terms(self, theta: ArrayLike) -> dict[MultiIndex, float]:
        """‖Dᵅu_θ − Dᵅu‖_p^p for every |α| ≤ k by itself, without its weight λ_α.

        Returns
        -------
        dict
            From α to a float; L(θ) = Σ_α λ_α · terms[α].
        """
        r, _, T = self._residual(as_vector("theta", theta, self.n_parameters))
        powers = (self.rule.weights[:, None] * power(r, self.p)).sum(axis=(1, 2))
        return dict(zip(T.indices, powers.tolist()))

    def _residual(self, theta: NDArray) -> tuple[NDArray, Any, TaylorAlgebra]:
        """r_α = α! u_α − Dᵅu at the nodes, 0 where nothing was measured, and the tape."""
        T = taylor_algebra(self.model.d, self.order)
        u, tape = self.model.forward(theta, T.variables(self.rule.nodes), T)     # (A, N, m)
        r = T.factorials[:, None, None] * u - self._target
        if self._missing is not None:
            r[self._missing] = 0.0
        return r, tape, T


def _check_smoothness(model: Model, order: int, kinks: str) -> None:
    """Refuse an order that σ is too rough for: Theorem 2 needs σ ∈ C^{k,1}."""
    if kinks not in ("raise", "ignore"):
        raise ValueError(f"kinks: got {kinks!r}, takes 'raise' or 'ignore'")
    if model.smoothness < order and kinks == "raise":
        name = getattr(getattr(model, "activation", None), "name", type(model).__name__)
        raise ValueError(
            f"order: got {order}, but the activation {name!r} is only C^({model.smoothness:g},1): "
            f"its derivative of order {model.smoothness + 1:g} jumps, and Theorem 2's gradient "
            f"misses what sits on the jump; takes order <= {model.smoothness:g}, a smooth "
            "activation, or kinks='ignore' to drop the jump on purpose"
        )


