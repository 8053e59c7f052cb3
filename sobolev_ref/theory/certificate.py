"""A certified Lipschitz constant of ∇L for an MLP of any depth and p = 2, on a ball ‖θ − θ₀‖ ≤ ρ.

For L = Σ λ_α w_i r², summed over all residuals r, with J the matrix of the rows √(λ_α w_i) ∇r,

    ∇²L = 2 Σ λ_α w_i (∇r ∇rᵀ + r ∇²r) = 2 (JᵀJ + S).

Let G, K and T bound ∇r, ∇²r and ∇³r on the ball, layer by layer: G_l ≥ ‖∂_l r‖, K_lj ≥ ‖∂_l ∂_j r‖, …, and
R ≥ |r|. For a δ whose parts have the lengths s_l they say |∇r·δ| ≤ G·s and |∇²r[δ, δ]| ≤ sᵀK s. With
κ² = λ_max(Σ λ_α w_i K²) three bounds hold, and the least of them is the certificate:

    (L1)  2 (‖J(θ₀)‖₂ + ρκ)² + 2 λ_max(Σ λ_α w_i R K)
    (L2)  2 λ_max(Σ λ_α w_i (G Gᵀ + R K))
    (L3)  ‖∇²L(θ₀)‖₂ + 4ρκ ‖J(θ₀)‖₂ + 2ρ²κ² + 2ρ λ_max(Σ λ_α w_i (‖G‖ K + R T))

*Proof.* (L1): the mean value theorem gives |(∇r(θ) − ∇r(θ₀))·δ| ≤ ρ ‖K s‖, so that ‖J(θ) − J(θ₀)‖₂ ≤ ρκ, and
|δᵀS δ| ≤ Σ λ_α w_i R sᵀK s. (L2): |δᵀ∇²L δ| ≤ 2 Σ λ_α w_i ((G·s)² + R sᵀK s). (L3): with J₀ = J(θ₀) the
change of JᵀJ is at most 2 ρκ ‖J₀‖ + ρ²κ², and that of S at most ρ times ‖∂S‖ along a unit vector,
∂S = Σ λ_α w_i (∂r ∇²r + r ∂∇²r). □

R is |r(θ₀)| + ρ ‖G‖, and G_l the smaller of the majorant's and ‖∂_l r(θ₀)‖ + ρ (Σ_j K_lj²)^{1/2}. For m > 1
outputs r is a vector, and nothing changes. `majorants` finds G, K and T for every depth and order.

In a ball one layer can change by ρ only where no other changes. So the ball is covered by boxes in which
layer l changes by at most ρ_l, the one with the largest bound is halved again and again, and the certificate
is the largest bound that is left. In a box Σ_j ρ_j K_lj can take the place of ρ (Σ_j K_lj²)^{1/2} above.

The M_n are the activation's own (`Activation.derivative_bounds`), held first against σ⁽ⁿ⁾ itself at
points of the interval that z takes on the ball: a caller's own activation may state wrong ones; points find
most of them, and prove none right. So a certificate says whose they are, if not the package's.

How much larger than ‖∇²L‖ the certificates are is measured in docs/certificates.md.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush

import numpy as np

from .._checks import MAX_ORDER, as_nonnegative
from .._typing import Array
from ..jets.activations import ACTIVATIONS, Activation
from ..jets.algebra import taylor_algebra
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP
from ..models.model import Model
from ..models.scaled import ScaledModel
from .majorants import MARGIN, change, majorant, n_pairs, slopes_at_center, table, theta_derivatives

LARGER = 1e-12  # by which a ball is taken larger, more than rounding makes of a distance
ENTRIES = 2 * 10**6  # numbers in the arrays of one block of nodes
FARTHEST = 1e3  # points at which bounds are tried; beyond, the activations here show nothing new
MORE_BOUNDS = 6  # derivatives of σ beyond those of a majorant, for its S_n
MOST_TERMS = 10**6  # products that a layer's majorant may take at a node
MOST_WORK = 5 * 10**7  # P² N A to which ∇²L(θ₀) is worth its time, some seconds
MOST_SLOPES = 5 * 10**9  # A N L² n³, L hidden layers of n, to which slopes at θ₀ take seconds
MOST_COLUMNS = 1000  # P to which JᵀJ is kept whole
MOST_BOXES = 16  # that cover a ball
FIRST_BOXES = 8  # after which it goes on where it has gained a tenth
MOST_PRODUCTS = 2 * 10**8  # in all boxes, some seconds


def slack(center: Array, rho: float) -> float:
    """What rounding may add to the distance of two points of a ball."""
    size = float(np.abs(center).max(initial=0.0)) * math.sqrt(len(center))  # ≥ ‖θ₀‖
    return LARGER * rho + LARGER * size


@dataclass(frozen=True, eq=False)
class Ball:
    """The ball ‖θ − θ₀‖ ≤ ρ of the parameters of an MLP, and what its bounds start from."""

    net: MLP
    scale: Array  # the sizes of the factors of its outputs, (m,)
    theta: Array  # θ₀, (P,)
    rho: float
    M: tuple[float, ...]  # M_0, …, M_{k+D} with M_n ≥ sup |σ⁽ⁿ⁾|, and some more
    degree: int  # D, 2 or 3: to so many derivatives in θ


def certified(loss: SobolevLoss, theta: Array, rho: float) -> tuple[float, tuple[float, ...], str]:
    """The least of (L1) to (L3) on the ball of radius ρ about θ, and the M_0, M_1, … that it rests on.

    Last comes what it takes at its word; see `whose_bounds`.
    """
    if loss.p != 2:
        raise ValueError(f"radius: a certificate is known for p = 2 only, got p = {loss.p:g}")
    net, scale = _unwrapped(loss)
    sigma, k, L = net.activation, loss.order, len(net.widths) - 1
    if sigma.smoothness < k + 1:
        raise ValueError(
            f"radius: a certificate of order {k} takes σ with {k + 1} derivatives that "
            f"are Lipschitz, and {sigma.name!r} has smoothness {sigma.smoothness:g}"
        )
    M, degree = stated_bounds(sigma, k + 2), 2
    terms = {D: (k + D) * n_pairs(net.d, k, L, D) for D in (2, 3)}
    if terms[2] > MOST_TERMS:
        raise ValueError(
            f"radius: a certificate of order {k} for {net.widths} takes {terms[2]:,} products a layer and "
            f"node, and at most {MOST_TERMS:,} are made; takes a lower order"
        )
    work = net.n_parameters**2 * loss.n_nodes * len(loss.weights)
    hessian = None
    with np.errstate(all="ignore"):  # what is beyond float64 is infinite, and no certificate
        if sigma.smoothness > k + 1 and terms[3] <= MOST_TERMS and work <= MOST_WORK:
            more = _bound(sigma, k + 3)
            if more < np.inf:
                M, degree, hessian = (*M, more), 3, loss.hessian(theta)
        M = with_more(sigma, M)
        ball = Ball(net, scale, theta, rho + slack(theta, rho), M, degree)
        a_node = 3 * n_pairs(net.d, k, L, ball.degree)
        a_node += len(loss.weights) * (net.m * net.n_parameters + net.width)
        nodes = [_Nodes(part, ball) for part in _blocks(loss, a_node)]
        boxes = min(MOST_BOXES, MOST_PRODUCTS // (3 * L * loss.n_nodes * terms[ball.degree]))
        jacobian = _norm_at_center([part.gram for part in nodes])
        curvature = np.inf if hessian is None else _largest(hessian) * (1 + MARGIN)
        bound = _over_boxes(partial(_least, nodes, jacobian, curvature), ball.rho, L, boxes)
    try_bounds(sigma, M, max(part.reach for part in nodes))
    steps = (k + 3) * sum(
        n + len(loss.weights) * math.comb(L + 3, 3) + 30 + 3 * len(M) for n in net.widths
    )
    steps += loss.target_values.size + 100
    return bound * (1 + steps * np.finfo(float).eps), M, whose_bounds(sigma)


def _unwrapped(loss: SobolevLoss) -> tuple[MLP, Array]:
    """The network of a loss, without the affine maps around it, and the sizes of its outputs' factors."""
    model: Model = loss.model
    scale = np.ones(model.m)
    while type(model) is ScaledModel:  # a subclass may be another function of θ
        scale = np.abs(model.y_scale) * scale
        model = model.scaled
    if type(model) is not MLP:
        got = type(model).__name__
        raise ValueError(f"radius: a certificate is known for an MLP only, got {got}")
    return model, scale


def _blocks(loss: SobolevLoss, a_node: int) -> list[SobolevLoss]:
    """The loss in blocks of nodes, for so many numbers a node: a bound of each gives one of the sum."""
    n = -(-loss.n_nodes // max(1, ENTRIES // a_node))
    return [loss.batch(block) for block in np.array_split(np.arange(loss.n_nodes), n)]


def _over_boxes(bound: Callable[[Array], float], rho: float, L: int, boxes: int) -> float:
    """The largest bound over boxes that cover the ball, of which there are at most so many.

    A box says a_l ≤ ‖Δ_l‖²/ρ² ≤ b_l. As these shares add up to at most 1, no b_l need be above what the other
    a_j leave. All a and b are whole multiples of powers of 1/2, and exact.
    """
    whole = bound(np.full(L, rho))
    heap = [(-whole, 0, np.zeros(L), np.ones(L))]
    for n in range(1, boxes if rho > 0 else 1):
        if n == FIRST_BOXES and -heap[0][0] > 0.9 * whole:
            break
        worst, _, a, b = heappop(heap)
        middle, widest = (a + b) / 2, np.arange(L) == np.argmax(b - a)
        for side, (low, high) in enumerate(
            ((a, np.where(widest, middle, b)), (np.where(widest, middle, a), b))
        ):
            high = np.minimum(high, 1 - (low.sum() - low))
            value = min(-worst, bound(rho * np.sqrt(high)))
            heappush(heap, (-value, 2 * n + side, low, high))
    return -heap[0][0]


def _norm_at_center(grams: Sequence[Array]) -> float:
    """A bound of ‖J(θ₀)‖₂ from what adds up to JᵀJ, but for the rounding of J."""
    gram = np.sum(grams, axis=0)
    return math.sqrt(_largest(gram) + MARGIN * float(np.trace(gram)))


def _least(nodes: Sequence["_Nodes"], jacobian: float, curvature: float, radii: Array) -> float:
    """The least of (L1) to (L3) where layer l changes by at most ρ_l, from bounds of ‖J‖ and ‖∇²L‖ at θ₀."""
    sums: dict[str, Array] = {}
    for part in nodes:
        for name, value in part.sums(radii).items():
            sums[name] = sums.get(name, 0) + value
    J_0 = jacobian + MARGIN * math.sqrt(np.trace(sums["GG"]))
    moved = math.sqrt(min(_largest(sums["KK"]), _largest(sums["Kr"])))  # ρκ
    more = 2 * J_0 * moved + moved**2 + _largest(sums["RT"])
    without = 2 * _largest(sums["GG"] + sums["RK"])
    bounds = (
        2 * (J_0 + moved) ** 2 + 2 * _largest(sums["RK"]),  # (L1)
        without,  # (L2)
        curvature + MARGIN * without + 2 * more,  # (L3)
    )
    return min(bound for bound in bounds if not math.isnan(bound))


class _Nodes:
    """Nodes of a loss, with all that does not depend on the box, and the sums over them that do.

    They are those of G Gᵀ, R K, K² and ‖G‖ K + R T, (L, L) each; U counts the (α, i) with weight and data.
    """

    def __init__(self, part: SobolevLoss, ball: Ball) -> None:
        self.ball, self.T = ball, taylor_algebra(ball.net.d, part.order)
        self.reach = 0.0  # of |z| of all hidden units, on the largest box that was asked for
        T = self.T
        u, self.tape = part.model.forward(ball.theta, T.variables(part.rule.nodes), T)
        known = ~np.isnan(part.target_values)  # (A, N, m)
        by_node = part.weights[:, None] * part.rule.weights  # λ_α w_i, (A, N)
        weights = np.where(known.any(axis=2), by_node, 0)
        self.used = a, _ = np.nonzero(weights)
        self.w = weights[self.used]  # (U,)
        data = np.where(known, part.target_values, 0)[self.used]  # (U, m)
        r = np.where(known[self.used], T.factorials[a, None] * u[self.used] - data, 0)  # (U, m)
        self.r = np.sqrt((r**2).sum(axis=1))  # (U,)
        self.r += MARGIN * (self.r + 2 * np.sqrt((data**2).sum(axis=1)))
        widths = ball.net.widths[1:-1]
        work = weights.size * len(widths) ** 2 * max(widths, default=0) ** 3
        self.at_center = slopes_at_center(self.tape) if 0 < work <= MOST_SLOPES else None
        J = part.jacobian(ball.theta)  # (rows, P)
        # JᵀJ, or for large P a bound of its largest eigenvalue, (1, 1)
        self.gram = J.T @ J if J.shape[1] <= MOST_COLUMNS else np.array([[_largest(J @ J.T)]])
        starts = np.cumsum([0, *known[self.used].sum(axis=1)])[:-1]  # of each pair's rows
        ends = np.cumsum([W.size + len(b) for W, b in self.tape.layers])[:-1]
        squares = [(columns**2).sum(axis=1) for columns in np.split(J, ends, axis=1)]  # (L, rows)
        of_pairs = np.add.reduceat(squares, starts, axis=1).T  # (U, L)
        self.slopes = np.sqrt(of_pairs / self.w[:, None])

    def sums(self, radii: Array) -> dict[str, Array]:
        ball, T, w, (a, i) = self.ball, self.T, self.w, self.used
        M, degree, sigma = ball.M, ball.degree, ball.net.activation
        bounds, reach = majorant(
            self.tape, sigma, M, degree, ball.rho, radii, ball.scale, self.at_center
        )
        self.reach = max(self.reach, reach)
        bounds *= T.factorials[:, None, None]  # of Dᵅu
        t = table(T.d, T.order, len(self.tape.layers), ball.degree)
        G, K, *third = (np.moveaxis(each, -1, 1)[a, i] for each in theta_derivatives(bounds, t))
        G = np.minimum(G, self.slopes + MARGIN * (self.slopes + G) + change(K, ball.rho, radii))
        moved = change(G, ball.rho, radii)  # of r, (U,)
        R = self.r + MARGIN * bounds[a, 0, i] + moved
        RT = np.einsum("u,ulj->lj", w * moved, K)
        if third:
            RT += np.einsum("u,ulj->lj", w * R, change(third[0], ball.rho, radii))
        Kr = K @ radii  # (U, L)
        return {
            "GG": np.einsum("u,ul,uj->lj", w, G, G),
            "RK": np.einsum("u,ulj->lj", w * R, K),
            "KK": ball.rho * ball.rho * np.einsum("u,uli,uij->lj", w, K, K),
            "Kr": np.einsum("u,ul,uj->lj", w, Kr, Kr),
            "RT": RT,
        }


def _largest(H: Array) -> float:
    """The largest |eigenvalue| of a symmetric matrix, infinite where an entry is no number."""
    if not np.isfinite(H).all():
        return np.inf
    return float(np.abs(np.linalg.eigvalsh(H / 2 + H.T / 2)).max())


# -- the bounds of σ -------------------------------------------------------------------------------


def _bound(sigma: Activation, n: int) -> float:
    """M_n, as the activation states it."""
    if sigma.derivative_bounds is None:
        raise ValueError(
            f"radius: a certificate takes an Activation with derivative_bounds, and {sigma.name!r} has none"
        )
    return as_nonnegative(f"{sigma.name!r}: derivative_bounds({n})", sigma.derivative_bounds(n))


def stated_bounds(sigma: Activation, order: int) -> tuple[float, ...]:
    """M_0, …, M_order, of which M_0 may be infinite."""
    M = tuple(_bound(sigma, n) for n in range(order + 1))
    if np.inf in M[1:]:
        raise ValueError(
            f"{sigma.name!r}: derivative_bounds: got infinity for n = {M.index(np.inf, 1)}, takes numbers "
            "for n >= 1"
        )
    return M


def with_more(sigma: Activation, M: tuple[float, ...]) -> tuple[float, ...]:
    """M_0, M_1, … with a few more of those that are finite and bound a derivative that there is."""
    for n in range(len(M), min(len(M) + MORE_BOUNDS, MAX_ORDER)):
        more = _bound(sigma, n) if sigma.smoothness >= n - 1 else np.inf
        if more == np.inf:
            break
        M = (*M, more)
    return M


def whose_bounds(sigma: Activation) -> str:
    """What a proof takes at its word: smoothness and bounds of an activation of the caller's own."""
    own = sigma not in ACTIVATIONS.values()
    return f", by what {sigma.name!r} states of its derivatives" if own else ""


def try_bounds(sigma: Activation, M: tuple[float, ...], reach: float) -> None:
    """Refuse M_0, M_1, … that σ⁽ⁿ⁾ exceeds at one of some points of [−reach, reach]."""
    T = taylor_algebra(1, min(len(M) - 1, MAX_ORDER))
    far = np.arcsinh(min(FARTHEST, reach))
    z = np.r_[0.0, np.sinh(np.linspace(-far, far, 400))]  # dense about 0, (N,)
    a, _ = sigma.jets(T.variables(z[:, None]), T)  # (order + 1, N, 1)
    seen = np.abs(T.factorials[:, None] * T.padded(a)[..., 0])  # |σ⁽ⁿ⁾(z)|, (order + 1, N)
    for n, row in enumerate(seen):
        if not row.max() <= M[n] + 1e-9 * (M[n] + seen[: n + 1].max()):
            raise ValueError(
                f"{sigma.name!r}: derivative_bounds({n}): got {M[n]:g}, but |σ⁽ⁿ⁾({z[row.argmax()]:.3g})| is "
                f"{row.max():.6g} for n = {n}"
            )
