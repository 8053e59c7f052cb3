"""A certified Lipschitz constant of ∇L for a network with one hidden layer and p = 2, on a ball of θ.

    (L1)  ‖∇²L‖ ≤ 2 Σ λ_α w_i (G² + R K)                        over all residuals r

because ∇²|r|² = 2(∇r ∇rᵀ + r ∇²r). Here G ≥ ‖∇r‖ and K ≥ ‖∇²r‖ on the ball ‖θ − θ₀‖ ≤ ρ, and
R = |r(θ₀)| + ρ G ≥ |r|. For u_j = Σ_l v_jl σ(w_l·x + b_l) + c_j and n = |α|

    Dᵅu_j = Σ_l v_jl w_l^α σ⁽ⁿ⁾(w_l·x + b_l) + c_j [n = 0],

so every derivative in (v_jl, b_l, w_l) is a sum of products of |v_jl| ≤ |v⁰_jl| + ρ, |w_lq| ≤ |w⁰_lq| + ρ,
|x_q| and M_n ≥ sup |σ⁽ⁿ⁾|. ∇² is block diagonal in l, and a block's norm is at most its Frobenius norm.

The M_n are the activation's own (`Activation.derivative_bounds`), held first against σ⁽ⁿ⁾ itself at
points of the interval that z = w·x + b takes on the ball: a caller's own activation may state wrong
ones; points find most of them, and prove none right. |σ(z)| is at most M_0, and at most |σ(0)| + M_1
|z|.
"""

import math

import numpy as np

from .._checks import MAX_ORDER, as_nonnegative
from .._typing import Array, MultiIndex
from ..jets.activations import Activation
from ..jets.algebra import taylor_algebra
from ..jets.multi_index import multi_indices
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP

ROUNDING = 1e-12  # by which a ball and a bound are taken larger, more than rounding makes of either
ENTRIES = 2 * 10**6  # numbers in the arrays of one block of nodes
FARTHEST = 1e3  # points at which bounds are tried; beyond, the activations here show nothing new


def slack(center: Array, rho: float) -> float:
    """What rounding may add to the distance of two points of a ball."""
    size = float(np.abs(center).max(initial=0.0)) * math.sqrt(len(center))  # ≥ ‖θ₀‖
    return ROUNDING * rho + ROUNDING * size


def certified(loss: SobolevLoss, theta: Array, rho: float) -> tuple[float, tuple[float, ...]]:
    """The bound (L1) on the ball of radius ρ about θ, and M_0, …, M_{k+2} that it rests on."""
    net = loss.model
    if loss.p != 2:
        raise ValueError(f"radius: a certificate is known for p = 2 only, got p = {loss.p:g}")
    if type(net) is not MLP or len(net.widths) != 3:  # a subclass may be another function of θ
        raise ValueError(
            "radius: a certificate is known for an MLP with one hidden layer only, got "
            f"{net.widths if type(net) is MLP else type(net).__name__}"
        )
    sigma = net.activation
    if sigma.smoothness < loss.order + 1:
        raise ValueError(
            f"radius: a certificate of order {loss.order} takes σ with {loss.order + 1} derivatives that "
            f"are Lipschitz, and {sigma.name!r} has smoothness {sigma.smoothness:g}"
        )
    rows = max(1, ENTRIES // (net.width * (net.d + net.m) ** 2))
    if loss.n_nodes > rows:  # the bound of a sum is the sum of the bounds
        blocks = np.array_split(np.arange(loss.n_nodes), -(-loss.n_nodes // rows))
        found = [certified(loss.batch(block), theta, rho) for block in blocks]
        return sum(value for value, _ in found), found[0][1]
    (W, b), (V, _) = net.unpack(theta)
    rho = rho + slack(theta, rho)
    with np.errstate(all="ignore"):  # what is beyond float64 is infinite, and no certificate
        W, b, V = np.abs(W) + rho, np.abs(b) + rho, np.abs(V) + rho  # (J, d), (J,), (m, J)
        x, w = np.abs(loss.rule.nodes), loss.rule.weights[:, None]  # (N, d), (N, 1)
        z = x @ W.T + b  # (N, J)
        M, at_zero = _bounds(sigma, loss.order + 2, float(z.max()))
        size = np.minimum(M[0], at_zero + M[1] * z)  # ≥ |σ(z)|, (N, J)
        values = net.derivatives(theta, loss.rule.nodes, loss.order)
        total = 0.0
        for a, alpha in enumerate(multi_indices(net.d, loss.order)):
            G2, K = _residual_bounds(alpha, W, V, x, M, size)  # (N, m)
            known = ~np.isnan(loss.target_values[a])  # (N, m)
            R = np.abs(values[alpha] - loss.target_values[a]) + rho * np.sqrt(G2)  # (N, m)
            total += 2 * loss.weights[a] * (w * (G2 + R * K)).sum(where=known)  # (L1)
    return float(total * (1 + ROUNDING)), M


def _bounds(sigma: Activation, order: int, reach: float) -> tuple[tuple[float, ...], float]:
    """M_0, …, M_order of an activation and |σ(0)|, the former tried at points of [−reach, reach]."""
    if sigma.derivative_bounds is None:
        raise ValueError(
            f"radius: a certificate takes an Activation with derivative_bounds, and {sigma.name!r} has none"
        )
    name = f"{sigma.name!r}: derivative_bounds"
    M = [as_nonnegative(f"{name}({n})", sigma.derivative_bounds(n)) for n in range(order + 1)]
    if np.inf in M[1:]:
        raise ValueError(
            f"{name}: got infinity for n = {M.index(np.inf, 1)}, takes numbers for n >= 1"
        )
    T = taylor_algebra(1, min(order, MAX_ORDER))
    far = np.arcsinh(min(FARTHEST, reach))
    z = np.r_[0.0, np.sinh(np.linspace(-far, far, 400))]  # dense about 0, (N,)
    a, _ = sigma.jets(T.variables(z[:, None]), T)  # (order + 1, N, 1)
    seen = np.abs(T.factorials[:, None] * a[..., 0])  # |σ⁽ⁿ⁾(z)|, (order + 1, N)
    for n, row in enumerate(seen):
        if not row.max() <= M[n] + 1e-9 * (M[n] + seen[: n + 1].max()):
            raise ValueError(
                f"{name}({n}): got {M[n]:g}, but |σ⁽ⁿ⁾({z[row.argmax()]:.3g})| is {row.max():.6g} for n = {n}"
            )
    return tuple(M), float(seen[0, 0])


def _residual_bounds(
    alpha: MultiIndex,
    W: Array,
    V: Array,
    x: Array,
    M: tuple[float, ...],
    size: Array,
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
    by_v = w_alpha * (M[n] if n else size)  # ∂/∂v_l, (J,) or (N, J)
    vb, bb = w_alpha * M1, w_alpha * M2  # ∂²/∂v_l∂b_l; bb, bw and ww are divided by |v_l|
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
