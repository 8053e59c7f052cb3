"""Definition 6: a Lipschitz constant L of ∇L(θ), and what kind of number it is.

    (D6)  ‖∇L(θ₁) − ∇L(θ₂)‖ ≤ L ‖θ₁ − θ₂‖

For C² losses L is the largest ‖∇²L‖₂ on the set in question. Only three roads lead to a number:

    exact      a model linear in θ, p = 2: the Hessian is the constant 2ΦᵀΦ, L = 2 σ_max(Φ)².
    certified  one hidden layer, p = 2, on the ball ‖θ − θ₀‖ ≤ ρ: an upper bound, derived below.
    estimate   everything else: the largest |eigenvalue| of the Hessian at points, or a secant. Both are
               lower bounds, good in practice and no proof of anything.

**The certificate.** ∇²|r|² = 2(∇r ∇rᵀ + r ∇²r), so ‖∇²L‖ ≤ 2 Σ λ_α w_i (G² + R K) over all residuals, with
G ≥ ‖∇r‖, K ≥ ‖∇²r‖ on the ball and R = |r(θ₀)| + ρ G ≥ |r|. For u_j = Σ_l v_jl σ(w_l·x + b_l) + c_j,

    Dᵅu_j = Σ_l v_jl w_l^α σ⁽ⁿ⁾(w_l·x + b_l) + c_j [n = 0],     n = |α|,

every derivative in (v_jl, b_l, w_l) is a sum of products of |v_jl| ≤ |v⁰_jl| + ρ, |w_lq| ≤ |w⁰_lq| + ρ,
|x_q| and M_n ≥ sup |σ⁽ⁿ⁾|; ∇² is block diagonal in l, and a block's norm is at most its
Frobenius norm (L1).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike
from scipy.linalg import eigvalsh, svdvals
from scipy.sparse.linalg import LinearOperator, eigsh

from .linear_model import LinearModel
from .losses import SobolevLoss
from .mlp import MLP
from .multi_index import MultiIndex, multi_indices
from .quadrature import gauss_legendre
from .solve import least_squares_system
from .validation import as_integer, as_real, as_real_array, as_vector, check_size
from .words import as_text, as_word
from .workspace import Array

DENSE = 60  # up to here the whole Hessian is cheaper than Lanczos' iteration
CRAMER = 1.0865  # |He_n(z)| ≤ 1.0865 √n! e^{z²/4}, Cramér's inequality


@dataclass(frozen=True)
class Lipschitz:
    """A Lipschitz constant with its kind, which is printed with it.

    Attributes
    ----------
    value : float
        L, in the units of the loss over the square of θ's.
    kind : str
        "exact", "certified" (an upper bound) or "estimate" (a lower bound).
    how : str
        Where it holds and how it was found.

    Examples
    --------
    >>> print(Lipschitz(2.5, "exact", "largest eigenvalue of a constant Hessian"))
    L = 2.5 (exact: largest eigenvalue of a constant Hessian)
    """

    value: float
    kind: str
    how: str

    def __post_init__(self) -> None:
        as_real("value", self.value, "a finite number >= 0", above=0)
        as_word("kind", self.kind, "exact", "certified", "estimate")
        as_text("how", self.how)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        sign = {"exact": "=", "certified": "<=", "estimate": ">="}[self.kind]
        return f"L {sign} {self.value:.6g} ({self.kind}: {self.how})"


def lipschitz(
    loss: SobolevLoss,
    theta: ArrayLike | None = None,
    other: ArrayLike | None = None,
    *,
    radius: float | None = None,
    method: str = "hessian",
    n: int = 8,
) -> Lipschitz:
    """A Lipschitz constant of the gradient of a Sobolev loss, Definition 6 (D6).

    Parameters
    ----------
    loss : SobolevLoss
        Of a `LinearModel` with p = 2: L = 2 σ_max(Φ)² is exact, and needs nothing more.
    theta : array_like, shape (P,), optional
        Of any other model: where. Alone, the largest |eigenvalue| of ∇²L(θ), an estimate.
    other : array_like, shape (P,), optional
        The other end of a segment from θ: the largest of n Gauss points on it, an estimate.
    radius : float, optional
        ρ: a certificate on the ball of that radius about θ, for one hidden layer and p = 2 (L1).
    method : {"hessian", "secant"}
        "secant": ‖∇L(θ) − ∇L(other)‖ / ‖θ − other‖, an estimate that works for every p.
    n : int
        Points on a segment.

    Returns
    -------
    Lipschitz

    Raises
    ------
    TypeError, ValueError
        For p < 2 (no Lipschitz constant exists near r = 0; a secant can still be measured), a
        certificate where none is known, or an unusable argument.

    Examples
    --------
    >>> from sobolev_ref import gauss_legendre
    >>> model = LinearModel.polynomial(0, [(0, 1)])           # u = θ: L(θ) = ∫ (θ − f)²
    >>> print(lipschitz(SobolevLoss(model, np.sin, gauss_legendre([(0, 1)], 4))))
    L = 2 (exact: largest eigenvalue of the constant Hessian)
    """
    if not isinstance(loss, SobolevLoss):
        raise TypeError(f"loss: got {type(loss).__name__}, takes a SobolevLoss")
    method = as_word("method", method, "hessian", "secant")
    if isinstance(loss.model, LinearModel) and loss.p == 2 and method == "hessian":
        return Lipschitz(_linear(loss), "exact", "largest eigenvalue of the constant Hessian")
    if theta is None:
        raise ValueError(
            "theta: needed, unless the model is linear and p = 2; the gradient of a "
            "network's loss has no global Lipschitz constant (docs/errata.md)"
        )
    theta = as_vector("theta", as_real_array("theta", theta), loss.n_parameters)
    if radius is not None:
        rho = as_real("radius", radius, "a finite number >= 0", above=0)
        return Lipschitz(
            _certified(loss, theta, rho),
            "certified",
            f"on the ball of radius {rho:.3g} about theta",
        )
    if other is None:
        if method == "secant":
            raise ValueError("other: needed for a secant")
        return Lipschitz(_spectral_norm(loss, theta), "estimate", "largest |eigenvalue| at theta")
    end = as_vector("other", as_real_array("other", other), loss.n_parameters)
    if method == "secant":
        return Lipschitz(_secant(loss, theta, end), "estimate", "a secant")
    points = gauss_legendre([(0, 1)], as_integer("n", n, minimum=1)).nodes[:, 0]
    value = max(_spectral_norm(loss, theta + t * (end - theta)) for t in points)
    return Lipschitz(
        value, "estimate", f"largest |eigenvalue| at {len(points)} points of a segment"
    )


def _linear(loss: SobolevLoss) -> float:
    """2 σ_max(Φ)², Φ that of the output for which it is largest: the Hessian is block diagonal."""
    return max(
        2 * float(svdvals(least_squares_system(loss, j)[0])[0]) ** 2 for j in range(loss.model.m)
    )


def _spectral_norm(loss: SobolevLoss, theta: Array) -> float:
    """The largest |eigenvalue| of ∇²L(θ), by Lanczos on Hessian-vector products."""
    P = len(theta)
    if P <= DENSE:
        H = loss.hessian(theta)
        return float(np.abs(eigvalsh((H + H.T) / 2)).max())
    H = LinearOperator((P, P), matvec=lambda v: loss.hessp(theta, v.ravel()), dtype=float)
    start = np.random.default_rng(0).normal(size=P)  # the same start, the same bits
    return float(np.abs(eigsh(H, k=1, which="LM", v0=start, return_eigenvectors=False)[0]))


def _secant(loss: SobolevLoss, theta: Array, other: Array) -> float:
    distance = np.linalg.norm(other - theta)
    if distance == 0:
        raise ValueError("other: equals theta, so there is no secant")
    return float(np.linalg.norm(loss(other)[1] - loss(theta)[1]) / distance)  # (D6)


# -- the certificate (L1) -----------------------------------------------------------------------------


def _certified(loss: SobolevLoss, theta: Array, rho: float) -> float:
    """2 Σ λ_α w_i (G² + R K) over all residuals (L1)."""
    net = loss.model
    if loss.p != 2:
        raise ValueError(f"radius: a certificate is known for p = 2 only, got p = {loss.p:g}")
    if not isinstance(net, MLP) or len(net.widths) != 3:
        raise ValueError(
            "radius: a certificate is known for one hidden layer only, got "
            f"{net.widths if isinstance(net, MLP) else type(net).__name__}"
        )
    entries = len(loss.rule) * net.width * net.m
    got = f"{net.m} outputs of {net.width:,} units at {len(loss.rule):,} nodes"
    check_size("radius", got, entries)
    M, sigma = derivative_bounds(net.activation.name, loss.order + 2)
    (W, b), (V, _) = net.unpack(theta)
    W, b, V = np.abs(W) + rho, np.abs(b) + rho, np.abs(V) + rho  # (J, d), (J,), (m, J)
    x = np.abs(loss.rule.nodes)  # (N, d)
    values = net.derivatives(theta, loss.rule.nodes, loss.order)
    total = 0.0
    for a, alpha in enumerate(multi_indices(net.d, loss.order)):
        G2, K = _residual_bounds(alpha, W, b, V, x, M, sigma)  # (N, m)
        r = np.nan_to_num(values[alpha] - loss.target_values[a], nan=0.0)
        known = ~np.isnan(loss.target_values[a])
        R = np.abs(r) + rho * np.sqrt(G2)
        total += (
            2 * loss.weights[a] * (loss.rule.weights[:, None] * known * (G2 + R * K)).sum()
        )  # (L1)
    return float(total)


def _residual_bounds(
    alpha: MultiIndex,
    W: Array,
    b: Array,
    V: Array,
    x: Array,
    M: list[float],
    sigma: Callable[[Array], Array],
) -> tuple[Array, Array]:
    """G² ≥ ‖∇Dᵅu_j‖² and K ≥ ‖∇²Dᵅu_j‖ at every node, shape (N, m), all arguments absolute values."""
    d, n = W.shape[1], sum(alpha)
    e = np.eye(d, dtype=int)

    def monomial(*lowered: int) -> Array:
        """α_q ⋯ w^{α − e_q − …} by neuron, 0 where an exponent would fall below 0; shape (J,)."""
        beta, factor = np.array(alpha), 1
        for q in lowered:
            factor *= beta[q]
            beta = beta - e[q]
        return factor * np.asarray(np.prod(W ** np.maximum(beta, 0), axis=1))

    w_alpha = monomial()  # (J,)
    M_n = M[n] if n else 0.0  # stands only beside a lowered monomial, which is 0 where n = 0
    level = (
        np.broadcast_to(M[n], (len(x), len(b))) if n else sigma(x @ W.T + b)
    )  # sup|σ⁽ⁿ⁾|, (N, J)
    by_v = w_alpha * level  # ∂/∂v_l, (N, J)
    vb = np.broadcast_to(w_alpha * M[n + 1], by_v.shape)  # ∂²/∂v_l∂b_l
    bb = np.broadcast_to(w_alpha * M[n + 2], by_v.shape)  # /v_l: ∂²/∂b_l²
    vw = [w_alpha * x[:, [q]] * M[n + 1] + monomial(q) * M_n for q in range(d)]
    bw = [w_alpha * x[:, [q]] * M[n + 2] + monomial(q) * M[n + 1] for q in range(d)]
    ww = [
        w_alpha * x[:, [q]] * x[:, [r]] * M[n + 2]
        + monomial(q, r) * M_n
        + (monomial(q) * x[:, [r]] + monomial(r) * x[:, [q]]) * M[n + 1]
        for q in range(d)
        for r in range(d)
    ]
    with_v = vb**2 + sum(t**2 for t in vw)  # (N, J)
    without_v = bb**2 + 2 * sum(t**2 for t in bw) + sum(t**2 for t in ww)  # (N, J), /v_l²
    V2 = (V**2)[:, None, :]  # (m, 1, J)
    G2 = (by_v**2 + V2 * with_v).sum(axis=2).T + (n == 0)  # (N, m)
    K = np.sqrt(2 * with_v + V2 * without_v).max(axis=2).T  # (N, m)
    return G2, K


@cache
def derivative_bounds(name: str, order: int) -> tuple[list[float], Callable[[Array], Array]]:
    """Upper bounds M_n ≥ sup |σ⁽ⁿ⁾|, n = 0, …, order, and a bound of |σ(z)| for |z| given.

    M_0 is infinite for the rectifiers, whose values |σ(z)| ≤ |z| + log 2 are bounded by the second.

    Examples
    --------
    >>> M, _ = derivative_bounds("tanh", 2)
    >>> [round(value, 3) for value in M]               # 1, 1, 4/(3√3)
    [1.0, 1.0, 0.77]
    """
    hermite = [CRAMER * math.sqrt(math.factorial(n)) for n in range(order + 1)]
    sigmoid = _polynomial_bounds(Polynomial([0, 1, -1]), 0, 1, order)
    bounds = {
        "tanh": lambda: _polynomial_bounds(Polynomial([1, 0, -1]), -1, 1, order),
        "sigmoid": lambda: sigmoid,
        "sin": lambda: [1.0] * (order + 1),
        "gaussian": lambda: [1.0] + [2 ** (n / 2) * h for n, h in enumerate(hermite) if n],
        "softplus": lambda: [math.inf, *sigmoid[:order]],
        # σ⁽ⁿ⁾ = ±(He_n − He_{n−2}) φ for n ≥ 2, σ′ = Φ + zφ
        "gelu": lambda: (
            [math.inf, 1 + 1 / math.sqrt(2 * math.pi * math.e)]
            + [(hermite[n] + hermite[n - 2]) / math.sqrt(2 * math.pi) for n in range(2, order + 1)]
        ),
        "identity": lambda: [math.inf, 1.0] + [0.0] * (order - 1),
    }
    if name not in bounds:
        raise ValueError(
            f"activation: no bound is known for the derivatives of {name!r}; a "
            f"certificate takes one of {', '.join(bounds)}"
        )
    M = bounds[name]()[: order + 1]

    def values(z: Array) -> Array:
        return z + math.log(2) if math.isinf(M[0]) else np.full_like(z, M[0])

    return M, values


def _polynomial_bounds(slope: Polynomial, lo: float, hi: float, order: int) -> list[float]:
    """max |P_n| on [lo, hi] ⊂ [−1, 1] for P_0 = t, P_{n+1} = P_n′ · slope: σ⁽ⁿ⁾ as a polynomial in σ.

    The ends are grid points, and at an extremum inside P′ = 0, so that the largest value on a grid of
    mesh h is short of the maximum by at most h²/8 · max |P″|, which the coefficients bound.
    """
    grid = np.linspace(lo, hi, 20_001)
    h = grid[1] - grid[0]
    P, bounds = Polynomial([0, 1]), []
    for _ in range(order + 1):
        curvature = np.abs(P.deriv(2).coef).sum()
        bounds.append(float((np.abs(P(grid)).max() + h**2 / 8 * curvature) * (1 + 1e-10)))
        P = P.deriv() * slope
    return bounds
