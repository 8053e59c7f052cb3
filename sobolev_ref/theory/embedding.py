"""Which Sobolev losses bound the error at every point, in one, two and three variables, and which do not.

    (I5)  ‖e‖_∞² ≤ Γ(s − d/2)/((4π)^{d/2} Γ(s)) ‖e‖_s²,   s > d/2       on ℝᵈ, w = (1 + |ω|²)^s
    (I6)  ‖e‖_∞² ≤ |Ω|⁻¹ Σ_{n∈ℤᵈ} 1/w(πn/ℓ) Σ_α λ_α ‖Dᵅe‖²             on a box, w(ω) = Σ_α λ_α ω^{2α}, α ≤ 1
    (I7)  ‖e − ē‖_∞ ≤ C ‖∇e‖_p,   p > d                                  on a box, Morrey

(I5): for s = k the norm is that of `bessel_weights`. On a box with e periodic, the kernel is the sum of that
of ℝᵈ over the periods. Neither says anything of an error on a box that is not periodic.

(I6) asks for nothing at the boundary. In the sum over α stand only those with all α_q ≤ 1, such as ∂_x∂_y,
and the norm may have more terms. The sum converges for d = 1 with |α| ≤ 1, where it is (I1), and for d = 2
and 3 with all |α| ≤ 2; it diverges for d = 2 with |α| ≤ 1.

(I7), with 1/p + 1/q = 1:

    Cᑫ = β (d + q) (d |Ω|)^{−q} max_x ∫_Ω |x − z|^q dz,     β = ∫₀¹ (1 − tᵈ)^q t^{(d−1)(1−q)} dt

β is finite exactly for p > d, and the integral is largest at a corner. docs/errata.md, "More dimensions", has
the proofs, and what attains each bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import beta as beta_function
from scipy.special import gammaln, kve

from .._checks import as_bounds, as_integer, as_order, as_real, as_real_array
from .._typing import Array, MultiIndex
from ..integrals.rules import gauss_legendre
from ..integrals.weights import as_weights
from ..jets.multi_index import multi_indices
from .inequalities import finite_bound

MOST = 3  # variables of a box
TAIL = 1e-9  # of a sum, what may be left out of it
REACH = 40.0  # e^{−40} is below rounding
PERIODS = 10**6
MORE = 50  # than d/2; K_ν is beyond float64 for larger ν and small r


def bessel_embedding(d: int, s: float, bounds: ArrayLike | None = None) -> float:
    """The best c in sup |e| ≤ c ‖e‖_s on ℝᵈ, or for periodic functions on a box (I5).

    ‖e‖_s² = (2π)^{−d} ∫ (1 + |ω|²)^s |ê|² dω; for whole s = k it is Σ_α λ_α ‖Dᵅe‖² with `bessel_weights`.

    Parameters
    ----------
    d : int
        The dimension, at least 1.
    s : float
        The order, s > d/2.
    bounds : array_like, shape (d, 2), optional
        One period of each variable. By default e is a function on ℝᵈ.

    Returns
    -------
    float
        c, attained by `bessel_kernel`, and by its sum over the periods.

    Examples
    --------
    >>> round(bessel_embedding(2, 2) ** 2 * 4 * math.pi, 12)
    1.0
    >>> round(bessel_embedding(3, 2) ** 2 * 8 * math.pi, 12)
    1.0
    """
    d = as_integer("d", d, 1, 100)
    s = _as_smooth(s, d)
    if bounds is None:
        square = math.exp(gammaln(s - d / 2) - gammaln(s)) / (4 * math.pi) ** (d / 2)  # (I5)
    else:
        box = as_bounds(bounds, d=d)
        sides = box[:, 1] - box[:, 0]
        counts = (REACH + 2 * s) // sides  # the kernel falls like r^{s − (d + 1)/2} e^{−r}
        if np.prod(2 * counts + 1) > PERIODS:
            raise ValueError(f"bounds: got sides {sides.tolist()}, takes longer ones, of 1 or more")
        lattice = np.array(list(product(*(np.arange(-n, n + 1) for n in counts)))) * sides
        square = float(bessel_kernel(np.linalg.norm(lattice, axis=1), d, s).sum())
    return math.sqrt(square)


def bessel_kernel(r: ArrayLike, d: int, s: float) -> Array:
    """The function that attains (I5), by its distance from the origin: K(r), with (1 − Δ)^s K = δ.

    K(r) = 2^{1−s}/((2π)^{d/2} Γ(s)) r^ν K_ν(r), ν = s − d/2: Matérn's kernel. sup K = K(0) = ‖K‖_s² = c².

    Parameters
    ----------
    r : array_like
        Distances >= 0.
    d : int
        The dimension, at least 1.
    s : float
        The order, s > d/2.

    Returns
    -------
    ndarray
        Of the shape of r.

    Examples
    --------
    e^{−r}/(8π) for d = 3, s = 2:

    >>> (8 * math.pi * bessel_kernel([0.0, 1.0], 3, 2)).round(12)
    array([1.        , 0.36787944])
    """
    distance = as_real_array("r", r)
    d = as_integer("d", d, 1, 100)
    s = _as_smooth(s, d)
    if not (distance >= 0).all():
        raise ValueError(f"r: got {distance.min():g}, takes distances >= 0")
    nu = s - d / 2
    log_front = (1 - s) * math.log(2) - d / 2 * math.log(2 * math.pi) - gammaln(s)
    at_zero = math.exp(log_front + gammaln(nu) + (nu - 1) * math.log(2))  # r^ν K_ν → 2^{ν−1} Γ(ν)
    with np.errstate(all="ignore"):
        half = np.exp(-distance / 2)  # as the factor e^{−r} of K_ν underflows before K does
        value = math.exp(log_front) * (distance**nu * kve(nu, distance)) * half * half
    value = np.where(np.isfinite(value), value, at_zero)  # near 0 it is 0 · ∞
    return np.where(half == 0, 0.0, value)  # far away it may be ∞ · 0


def box_embedding(
    bounds: ArrayLike,
    order: int | None = None,
    weights: Sequence[float] | Mapping[MultiIndex, float] | None = None,
) -> float:
    """The best c in sup |e| ≤ c (Σ_{α ≤ 1} λ_α ‖Dᵅe‖²)^{1/2} on a box (I6).

    So sup |e| ≤ c √L for the Sobolev loss L of that order and those weights, as an integral and not a mean,
    and with every Dᵅ at every point: its other terms, such as ∂_x², only make it larger.

    Parameters
    ----------
    bounds : array_like, shape (d, 2)
        Ω, with d = 1, 2 or 3.
    order : int, optional
        k; by default the lowest for which there is a bound, 1 for d = 1 and 2 for d = 2, 3.
    weights : sequence of k + 1 numbers or mapping from α to number, optional
        λ, as a loss has them; all 1 by default. Those of |α| ≤ 2 (1 for d = 1) with α ≤ 1 are > 0.

    Returns
    -------
    float
        c, from above: the sum is bounded to 1e−4 of itself, for sides of 0.1 to 100 in units with λ ≈ 1.

    Examples
    --------
    On an interval it is (I1). In the plane w is a product for λ = 1, and so is c:

    >>> round(box_embedding([(0, 2)]) ** 2 * math.tanh(2), 12)
    1.0
    >>> round(box_embedding([(0, 2), (0, 1)]) ** 2 * math.tanh(2) * math.tanh(1), 5)
    1.0
    """
    box = as_bounds(bounds)
    d, sides = len(box), box[:, 1] - box[:, 0]
    if d > MOST:
        raise ValueError(f"bounds: got {d} variables, takes at most {MOST}")
    least = d // 2 + 1
    k = least if order is None else as_order(order, d)
    if k < least:
        raise ValueError(
            f"order: got {k} for {d} variables, takes at least {least}: there is no bound"
        )
    lam = dict(zip(multi_indices(d, k), as_weights(weights, d, k)))
    flat = {alpha: lam.get(alpha, 0.0) for alpha in product((0, 1), repeat=d)}
    lacking = [a for a, value in flat.items() if sum(a) <= least and value <= 0]
    if lacking:
        raise ValueError(f"weights: got 0 for {lacking[0]}, takes numbers > 0 for |α| <= {least}")
    nodes, counts = _sum_rule()
    omega = [np.pi / side * nodes for side in sides[:-1]]
    grid = np.meshgrid(*omega, indexing="ij") if d > 1 else []
    with np.errstate(all="ignore"):
        A, B = (  # w = A + B ω_d²
            sum(
                value * np.prod([w ** (2.0 * n) for w, n in zip(grid, a)], axis=0)
                for a, value in flat.items()
                if a[-1] == last
            )
            for last in (0, 1)
        )
        terms = 1 / (np.sqrt(A) * np.sqrt(B) * np.tanh(sides[-1] * np.sqrt(A / B)))  # over ℓ_d
    beyond = []  # of each side, as much as all terms after the last node, which fall like n^{−2}
    for _ in range(d - 1):
        rest = nodes[-1] * terms[-1]
        terms = counts @ terms
        beyond.append(counts @ rest if rest.ndim else rest)
    for side, rest in zip(sides, beyond):
        if rest > TAIL * terms:
            raise ValueError(
                f"bounds: got a side of {side:g}, too long for the sum of (I6) in these units and weights; "
                "takes one near 1 in units with λ ≈ 1, or name it last"
            )
    return finite_bound("bounds, weights", math.sqrt(terms / np.prod(sides[:-1])))  # (I6)


def _sum_rule() -> tuple[Array, Array]:
    """Nodes n ≥ 0 and weights c > 0 with Σ_{n∈ℤ} f(n²) ≤ Σ c f(n²) for every f convex and falling in n².

    A sum over a block a ≤ n < b is bounded by the chord of f from a² to b². 1/(A + Bn²) is such an f. The
    nodes end at 10³⁰, beyond which a sum of terms like n^{−2} log n is below rounding for moderate sides.
    """
    ends = list(range(65))
    while ends[-1] < 10**30:
        step = ends[-1] // 50 if ends[-1] < 10**6 else ends[-1]
        ends.append(ends[-1] + step)
    a, b = np.array(ends[:-1], float), np.array(ends[1:], float)
    c = b - a
    chord = (c - 1) * (a + (2 * c - 1) / 6) / (a + b)  # Σ (n² − a²)/(b² − a²)
    counts = np.r_[c - chord, 0.0] + np.r_[0.0, chord]
    return np.array(ends, float), 2 * counts - (np.arange(len(ends)) == 0)


def morrey_bound(derivative_norm: float, bounds: ArrayLike, p: float) -> float:
    """Morrey's bound on sup |e − ē| on a box, ē the mean of e, for p > d (I7).

    Parameters
    ----------
    derivative_norm : float
        |e|_{1,p} = (Σ_q ‖∂_q e‖_p^p)^{1/p}, `sobolev_seminorm(e, rule, 1, p)`. For d ≥ 2 Hölder's
        inequality makes ‖∇e‖_p ≤ d^{1/2−1/p} |e|_{1,p} of it.
    bounds : array_like, shape (d, 2)
        Ω, with d = 1, 2 or 3.
    p : float
        The exponent, p > d; for d = 1 also p > 1.

    Returns
    -------
    float
        In the units of e. For d = 1 it is attained; for d ≥ 2 it is not the best.

    Examples
    --------
    e = x on (0, 1), p = 2, where 1/2 ≤ 1/√3:

    >>> round(morrey_bound(1.0, [(0, 1)], 2) * math.sqrt(3), 12)
    1.0
    """
    slope = as_real("derivative_norm", derivative_norm, above=0)
    box = as_bounds(bounds)
    d, sides = len(box), box[:, 1] - box[:, 0]
    if d > MOST:
        raise ValueError(f"bounds: got {d} variables, takes at most {MOST}")
    p = as_real("p", p, f"a finite number > d = {d}", above=d, strictly=True)
    q, unit = p / (p - 1), float(sides.max())
    sides = sides / unit
    moment = 0.0  # (d + q) ∫ |z|^q from a corner, by the divergence theorem: Σ ℓ_j ∫ |z|^q over far faces
    for j in range(d):
        others = np.delete(sides, j)
        if len(others):
            face = gauss_legendre([(0, side) for side in others], 40)
            distance = np.hypot(sides[j], np.linalg.norm(face.nodes, axis=1))
            moment += sides[j] * float(face.weights @ distance**q)
        else:
            moment += sides[j] ** (1 + q)
    beta = beta_function(q + 1, (p - d) / (d * (p - 1))) / d  # of 1 − (d − 1)q/d
    constant = (beta * moment) ** (1 / q) / (d * math.prod(sides.tolist()))  # (I7)
    holder = d ** (1 / 2 - 1 / p) if d > 1 else 1.0
    bound = float(constant) * holder * unit ** (1 - d / p) * slope
    return finite_bound("derivative_norm, bounds", bound)


@dataclass(frozen=True)
class Peak:
    """A function on the unit disc: its value at the centre and its norms there.

    Attributes
    ----------
    value : float
        sup |u| = u(0).
    norm : float
        ‖u‖_1, in H¹ of the disc.
    """

    value: float
    norm: float


def peak_in_the_plane(eps: float) -> Peak:
    """u = log(1 + log(1/r)) on the unit disc, constant for r < ε: bounded in H¹ as ε → 0, and not in sup.

    ‖∇u‖² = 2π ∫_ε¹ dr / (r (1 + log 1/r)²) = 2π T/(1 + T) < 2π with T = log(1/ε), and u(0) = log(1 + T) →
    ∞. In Fourier's terms Σ 1/(1 + |ω|²) over |ω| ≤ n in the plane grows like log n: (I6) fails, if by very
    little.

    Parameters
    ----------
    eps : float
        0 < ε < 1.

    Returns
    -------
    Peak

    Examples
    --------
    >>> [round(peak_in_the_plane(10.0**-k).value, 2) for k in (1, 10, 100, 300)]
    [1.19, 3.18, 5.44, 6.54]
    >>> [round(peak_in_the_plane(10.0**-k).norm, 2) for k in (1, 10, 100, 300)]
    [2.24, 2.59, 2.63, 2.63]
    """
    eps = as_real("eps", eps, "a number in (0, 1)", above=0, strictly=True)
    if eps >= 1:
        raise ValueError(f"eps: got {eps:g}, takes a number in (0, 1)")
    T = -math.log(eps)
    rule = gauss_legendre([(0, min(T, REACH / 2))], 200)  # t = log(1/r), dx = 2π e^{−2t} dt
    inside = math.pi * eps**2 * math.log1p(T) ** 2
    square = 2 * math.pi * rule.integrate(lambda t: np.exp(-2 * t) * np.log1p(t) ** 2) + inside
    return Peak(math.log1p(T), math.sqrt(square + 2 * math.pi * T / (1 + T)))


def _as_smooth(s: float, d: int) -> float:
    takes = f"a number > d/2 = {d / 2:g}, at most {d / 2 + MORE:g}"
    s = as_real("s", s, takes, above=d / 2, strictly=True)
    if s > d / 2 + MORE:
        raise ValueError(f"s: got {s:g}, takes {takes}")
    return s
