"""A certified Lipschitz constant of ∇L for a network with one hidden layer and p = 2, on a ball of θ.

    (L1)  ‖∇²L‖ ≤ 2 Σ λ_α w_i (G² + R K)                        over all residuals r

because ∇²|r|² = 2(∇r ∇rᵀ + r ∇²r). Here G ≥ ‖∇r‖ and K ≥ ‖∇²r‖ on the ball ‖θ − θ₀‖ ≤ ρ, and
R = |r(θ₀)| + ρ G ≥ |r|. For u_j = Σ_l v_jl σ(w_l·x + b_l) + c_j and n = |α|

    Dᵅu_j = Σ_l v_jl w_l^α σ⁽ⁿ⁾(w_l·x + b_l) + c_j [n = 0],

so every derivative in (v_jl, b_l, w_l) is a sum of products of |v_jl| ≤ |v⁰_jl| + ρ, |w_lq| ≤ |w⁰_lq| + ρ,
|x_q| and M_n ≥ sup |σ⁽ⁿ⁾|. ∇² is block diagonal in l, and a block's norm is at most its Frobenius norm.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.polynomial import Polynomial

from .._typing import Array, MultiIndex
from ..jets.multi_index import multi_indices
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP

CRAMER = 1.0865  # |He_n(z)| ≤ 1.0865 √n! e^{z²/4}, Cramér's inequality


def certified(loss: SobolevLoss, theta: Array, rho: float) -> float:
    """The bound (L1) on the ball of radius ρ about θ."""
    net = loss.model
    if loss.p != 2:
        raise ValueError(f"radius: a certificate is known for p = 2 only, got p = {loss.p:g}")
    if not isinstance(net, MLP) or len(net.widths) != 3:
        raise ValueError(
            "radius: a certificate is known for one hidden layer only, got "
            f"{net.widths if isinstance(net, MLP) else type(net).__name__}"
        )
    M, sigma = derivative_bounds(net.activation.name, loss.order + 2)
    (W, b), (V, _) = net.unpack(theta)
    W, b, V = np.abs(W) + rho, np.abs(b) + rho, np.abs(V) + rho  # (J, d), (J,), (m, J)
    x, w = np.abs(loss.rule.nodes), loss.rule.weights[:, None]  # (N, d), (N, 1)
    values = net.derivatives(theta, loss.rule.nodes, loss.order)
    total = 0.0
    for a, alpha in enumerate(multi_indices(net.d, loss.order)):
        G2, K = _residual_bounds(alpha, W, b, V, x, M, sigma)  # (N, m)
        known = ~np.isnan(loss.target_values[a])  # (N, m)
        R = np.abs(values[alpha] - loss.target_values[a]) + rho * np.sqrt(G2)  # (N, m)
        total += 2 * loss.weights[a] * (w * (G2 + R * K)).sum(where=known)  # (L1)
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
    e = np.eye(d)

    def monomial(*lowered: int) -> Array:
        """α_q ⋯ w^{α − e_q − …} by neuron, 0 where an exponent would fall below 0; shape (J,)."""
        beta, factor = np.array(alpha), 1
        for q in lowered:
            factor *= beta[q]
            beta = beta - e[q]
        return factor * np.asarray(np.prod(W ** np.maximum(beta, 0), axis=1))

    # M_0 stands only beside a lowered monomial, which is 0 for α = 0, and 0 · ∞ is no number
    M0, M1, M2 = M[n] if n else 0.0, M[n + 1], M[n + 2]
    w_alpha = monomial()  # (J,)
    by_v = w_alpha * (M[n] if n else sigma(x @ W.T + b))  # ∂/∂v_l, (J,) or (N, J)
    vb, bb = w_alpha * M1, w_alpha * M2  # ∂²/∂v_l∂b_l; ∂²/∂b_l², as all that follow but vw over v_l
    vw = [w_alpha * x[:, [q]] * M1 + monomial(q) * M0 for q in range(d)]
    bw = [w_alpha * x[:, [q]] * M2 + monomial(q) * M1 for q in range(d)]
    ww = [
        w_alpha * x[:, [q]] * x[:, [r]] * M2
        + (monomial(q) * x[:, [r]] + monomial(r) * x[:, [q]]) * M1
        + monomial(q, r) * M0
        for q in range(d)
        for r in range(d)
    ]
    with_v = vb**2 + sum(t**2 for t in vw)  # (N, J)
    without_v = bb**2 + 2 * sum(t**2 for t in bw) + sum(t**2 for t in ww)  # (N, J), over v_l²
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
