"""Majorant jets: bounds of Dᵅu_θ and of its derivatives in θ on a ball, for a network of any depth.

Let θ run over the ball ‖θ − θ₀‖ ≤ ρ, or over that part of it where layer l changes by at most ρ_l, and let
δ_l, of length 1, change the parameters (W_l, b_l) of layer l alone. At θ + Σ_l s_l δ_l every number of the
network is a polynomial in s = (s_1, …, s_L), to degree D, of jets in x. Its coefficients are vectors over the
units of a layer. In place of each vector v a jet here holds three numbers that ‖v‖₁, ‖v‖₂ and ‖v‖_∞ do not
exceed, whatever θ and the δ_l are. The algebra is that of the network, with numbers >= 0 only:

    (M1)  ‖(u v)_γ‖ ≤ Σ_{α+β=γ} ‖u_α v_β‖               with ‖u v‖₁ ≤ ‖u‖₁‖v‖_∞, ‖u‖₂‖v‖₂, … (Hölder)
    (M2)  ‖W v‖_q ≤ min_p ‖W⁰‖_{p→q} ‖v‖_p + ρ_l c_q ‖v‖₂    c_1 = √n_out, c_2 = c_∞ = 1
          and s_l δ_l adds c_q ‖v_β‖₂ to the coefficient of s_l s^β
    (M3)  ‖σ(z)_γ‖ ≤ Σ_n ‖S_n (ẑⁿ)_γ‖ / n!                   ẑ = z without its value
          S_n = min(M_n, min_j Σ_{i<j} |σ⁽ⁿ⁺ⁱ⁾(z⁰)| rⁱ/i! + S_{n+j} rʲ/j!)    ≥ |σ⁽ⁿ⁾(z)| for |z − z⁰| ≤ r
    (M4)  ‖v(θ)‖ ≤ ‖v(θ₀)‖ + min(ρ ‖g‖, Σ_l ρ_l g_l)         g_l the coefficient of s_l

(M2): W − W⁰ and δ_l have Frobenius norms of at most ρ_l and 1, and ‖Δ v‖₂ ≤ ‖Δ‖_F ‖v‖₂, ‖·‖_∞ ≤ ‖·‖₂ and
‖·‖₁ ≤ √n_out ‖·‖₂. With its bias a layer acts on (v, 1): there √(‖v‖₂² + 1) stands for ‖v‖₂. (M3) is Taylor's
formula of σ at z; its remainder is beyond the jet. S_n comes from that of σ⁽ⁿ⁾ at z⁰ = z(θ₀), unit by unit,
from the largest n down, where it is M_n ≥ sup |σ⁽ⁿ⁾|. (M4) is the mean value theorem on
the segment from θ₀, which lies in the ball. It takes the place of (M2) or (M3) where it is smaller, for the
values and, from their exact norms at θ₀, for the coefficients of each s_l (`slopes_at_center`). So the
coefficients c_β of s^β in u bound its derivatives in θ:

    (M5)  ‖∂_l u‖ ≤ c_β, β = e_l,      ‖∂_l ∂_j u‖ ≤ β! c_β, β = e_l + e_j,      and so for three.

Where the layers differ, that is what a coefficient is. On one layer a symmetric form has the norm of its
values on equal directions (Banach); for a vector u take each e·u, ‖e‖ = 1.

*Rounding.* Nothing is subtracted here, so that n operations one after the other make a relative error of
at most nu/(1 − nu), u = 2⁻⁵³; `certificate` counts them and takes its bound as much larger. Only the passes
at θ₀ subtract. Their error is below about n^{3/2} u of the bounds of (M2) and (M3) for layers of n units,
and 10⁻¹⁰ of them, 9·10⁵ u, is added to what it gives. Entries count as 10⁻¹⁵⁰ at least: no square underflows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from .._typing import Array
from ..jets.activations import Activation
from ..jets.algebra import taylor_algebra
from ..jets.multi_index import multi_factorial, multi_indices, product_table
from ..models.mlp import Tape

MARGIN = 1e-10  # for the rounding of a forward pass, of the bound beside it
TINY = 1e-150  # the least entry: its square is a number


@dataclass(frozen=True, eq=False)
class Table:
    """The bookkeeping of jets in x, |α| ≤ k, of polynomials in s_1, …, s_L of degree D.

    Row α T + β of such a jet belongs to x^α s^β, where T counts the β.
    """

    alphas: int  # A
    betas: int  # T
    left: Array  # (pairs,), with `right` the rows of all pairs that add up to a row, row by row
    right: Array
    starts: Array  # (A T,), where each row's pairs begin
    raised: Array  # (L, T'), the position of e_l + β for every β of degree < D
    derivatives: tuple[Array, ...]  # of degree 1 to D, the position of e_l + e_j + … by l, j, …
    factorials: tuple[Array, ...]  # and β! of it

    @property
    def first(self) -> Array:
        """The positions of s_1, …, s_L, shape (L,)."""
        return self.derivatives[0]


def n_pairs(d: int, order: int, L: int, degree: int) -> int:
    """The number of products of numbers in a product of two such jets."""
    return math.comb(2 * d + order, order) * math.comb(2 * L + degree, degree)


@cache
def table(d: int, order: int, L: int, degree: int) -> Table:
    """The table of jets in d variables of order k, and in s of degree D."""
    alphas, betas = multi_indices(d, order), multi_indices(L, degree)
    T, where = len(betas), {beta: i for i, beta in enumerate(betas)}
    left: list[int] = []
    right: list[int] = []
    starts: list[int] = []
    over_x, over_s = product_table(alphas), product_table(betas)
    for xs in over_x:
        for ss in over_s:
            starts.append(len(left))
            left += [i * T + p for _, i, _ in xs for _, p, _ in ss]
            right += [j * T + q for _, _, j in xs for _, _, q in ss]

    def plus(beta: Sequence[int], layers: Sequence[int]) -> int:
        return where[tuple(n + layers.count(i) for i, n in enumerate(beta))]

    raised = [[plus(beta, (i,)) for beta in betas if sum(beta) < degree] for i in range(L)]
    derivatives, factorials = [], []
    of_beta = np.array([multi_factorial(beta) for beta in betas], float)
    for n in range(1, degree + 1):
        at = [plus((0,) * L, layers) for layers in map(tuple, np.ndindex((L,) * n))]
        derivatives.append(np.reshape(at, (L,) * n))
        factorials.append(of_beta[derivatives[-1]])
    return Table(
        alphas=len(alphas),
        betas=T,
        left=np.array(left),
        right=np.array(right),
        starts=np.array(starts),
        raised=np.array(raised),
        derivatives=tuple(derivatives),
        factorials=tuple(factorials),
    )


def sizes(v: Array) -> Array:
    """‖v‖₁, ‖v‖₂ and ‖v‖_∞ over the last axis, shape (3, …)."""
    a = np.maximum(np.abs(v), TINY)
    return np.stack([a.sum(axis=-1), np.sqrt((a * a).sum(axis=-1)), a.max(axis=-1)])


def times(u: Array, v: Array) -> Array:
    """The norms of the entrywise product of two vectors, from theirs, by Hölder; shapes (3, …)."""
    one = np.minimum(np.minimum(u[0] * v[2], u[2] * v[0]), u[1] * v[1])
    two = np.minimum(u[1] * v[2], u[2] * v[1])
    return np.stack([one, np.minimum(two, one), u[2] * v[2]])


def product(u: Array, v: Array, t: Table) -> Array:
    """The product of two jets, (M1); shapes (3, A T, N)."""
    return np.add.reduceat(times(u[:, t.left], v[:, t.right]), t.starts, axis=1)  # (M1)


def operator_norms(W: Array) -> Array:
    """‖W‖_{p→q} or more, shape (3, 3): row q, column p, both in the order 1, 2, ∞."""
    n_out, n_in = W.shape
    a = np.maximum(np.abs(W), TINY)
    columns, rows = sizes(a.T), sizes(a)  # (3, n_in), (3, n_out)
    frobenius = math.sqrt((a * a).sum())
    spectral = min(float(np.linalg.norm(W, 2)) + MARGIN * frobenius, frobenius)
    return np.array(
        [
            [columns[0].max(), min(math.sqrt(n_out) * spectral, rows[1].sum()), a.sum()],
            [columns[1].max(), spectral, min(math.sqrt(n_in) * spectral, sizes(rows[0])[1])],
            [a.max(), rows[1].max(), rows[0].max()],
        ]
    )


def largest_nearby(at: Array, M: Sequence[float], r: Array) -> Array:
    """S_n ≥ sup |σ⁽ⁿ⁾(z)| over |z − z⁰| ≤ r for n = 0, …, K, where at[n] = |σ⁽ⁿ⁾(z⁰)|, n < K."""
    S = np.empty((len(M), *at.shape[1:]))
    S[-1] = M[-1]
    for n in reversed(range(len(at))):
        S[n], taylor, power = M[n], np.zeros(()), np.ones(())
        for j in range(n, len(at)):
            taylor = taylor + at[j] * power
            power = power * r / (j - n + 1)  # r^j/j!, j from n on
            S[n] = np.minimum(S[n], taylor + S[j + 1] * power)
    return S


def derivatives_at(sigma: Activation, M: Sequence[float], z: Array) -> Array:
    """|σ⁽ⁿ⁾(z)| for n = 0, …, K − 1, each larger by MARGIN than rounding makes it; shape (K, N, n)."""
    T = taylor_algebra(1, len(M) - 2)
    a, _ = sigma.jets(T.variables(z.reshape(-1, 1)), T)  # (K, N n, 1)
    at = np.abs(T.factorials[:, None] * T.padded(a)[..., 0])  # (K, N n)
    sums = np.cumsum([0.0, *M[1:-1]])[:, None]  # of the terms that the recurrence adds
    return np.reshape(at * (1 + MARGIN) + MARGIN * sums, (-1, *z.shape))


def change(g: Array, rho: float, radii: Array) -> Array:
    """How far a number moves from θ₀ whose derivatives by layers are at most g, shape (…, L)."""
    return np.asarray(np.minimum(rho * np.sqrt((g**2).sum(axis=-1)), g @ radii))


def _moved(now: Array, center: Array, slopes: Array, rho: float, radii: Array) -> Array:
    """The smaller of a bound and of that from θ₀, with bounds of the derivatives by layers, (…, L)."""
    return np.minimum(now, center + MARGIN * now + change(slopes, rho, radii))  # (M4)


def keep_mean_value(y: Array, center: Array, t: Table, rho: float, radii: Array) -> None:
    """(M4) of values: y (3, A, T, N), center (3, A, N)."""
    slopes = np.moveaxis(y[:, :, t.first], 2, -1)  # (3, A, N, L)
    y[:, :, 0] = _moved(y[:, :, 0], center, slopes, rho, radii)


def keep_mean_value_of_slopes(y: Array, center: Array, t: Table, rho: float, radii: Array) -> None:
    """(M4) of the coefficients of s_l: y (3, A, T, N), center (3, A, L, N)."""
    second = y[:, :, t.derivatives[1]] * t.factorials[1][..., None]  # (3, A, L, L, N)
    second = np.moveaxis(second, 3, -1)  # (3, A, L, N, L)
    y[:, :, t.first] = _moved(y[:, :, t.first], center, second, rho, radii)


def slopes_at_center(tape: Tape) -> list[tuple[Array, Array]]:
    """‖∂_l z_i‖ and ‖∂_l a_i‖ at the θ₀ of a tape, at most, by hidden layer i; shapes (3, A, L, N), l ≤ i.

    ∂_l z_i is G ⊗ (a_{l−1}, 1), with G = ∂z_i/∂z_l a jet of matrices, as in (G3).
    """
    T, L = tape.algebra, len(tape.layers)
    inputs: list[Array] = []  # ‖(a_l, 1)‖₂, (A, N) each
    G: list[Array] = []  # from each layer so far, (A, N, n_i, n_l) each
    found = []

    def norms() -> Array:
        out = np.zeros((3, T.size, L, inputs[0].shape[1]))
        for layer, (g, v) in enumerate(zip(G, inputs)):
            n, rows = g.shape[2], np.sqrt((g**2).sum(axis=-1))  # (A, N, n)
            square = g @ np.swapaxes(g, -2, -1)  # (A, N, n, n)
            finite = np.isfinite(square).all(axis=(-2, -1))
            square[~finite] = 0
            largest = np.linalg.eigvalsh(square)[..., -1]
            spectral = np.where(finite, np.sqrt(np.maximum(largest, 0)), np.inf)  # (A, N)
            three = [np.minimum(math.sqrt(n) * spectral, rows.sum(-1)), spectral, rows.max(-1)]
            out[:, :, layer] = np.swapaxes(T.product(np.stack(three, axis=1), v[:, None]), 0, 1)
        return out

    for (W, _), a, s in zip(tape.layers, tape.a, tape.s):
        v = np.sqrt((T.padded(a) ** 2).sum(axis=-1))  # (A, N)
        v[0] = np.hypot(v[0], 1)
        inputs.append(v)
        one = np.zeros((*v.shape, len(W), len(W)))
        one[0] = np.eye(len(W))
        G = [*(W @ g for g in G), one]
        of_z = norms()
        G = [T.product(T.padded(s)[..., None], g) for g in G]
        found.append((of_z, norms()))
    return found


def _affine(y: Array, W: Array, b: Array, unit: float, i: int, radius: float, t: Table) -> Array:
    """(M2) of layer i + 1, whose change Δ and direction δ act on (v, 1) and are `unit` times as long."""
    c = unit * np.array([math.sqrt(len(W)), 1.0, 1.0])[:, None, None, None]  # (3, 1, 1, 1)
    moved = y[1].copy()  # ‖v‖₂, (A, T, N)
    moved[0, 0] = np.sqrt(moved[0, 0] ** 2 + 1)
    z = (operator_norms(W)[:, :, None, None, None] * y).min(axis=1) + radius * c * moved  # (M2)
    z[:, 0, 0] += sizes(b)[:, None]
    z[:, :, t.raised[i]] += c * moved[:, : t.raised.shape[1]]
    return np.asarray(z)


def _activated(z: Array, S: Array, t: Table) -> Array:
    """(M3) from the norms of S_0, …, S_K, shape (3, K + 1, N)."""
    z_hat = z.reshape(3, -1, z.shape[-1]).copy()  # (3, A T, N)
    z_hat[:, 0] = 0
    power, a = z_hat, np.zeros_like(z_hat)
    a[:, 0] = S[:, 0]
    for n in range(1, S.shape[1]):
        power = power if n == 1 else product(power, z_hat, t)
        a += times(S[:, n, None] / math.factorial(n), power)  # (M3)
    return a.reshape(z.shape)


def majorant(
    tape: Tape,
    sigma: Activation,
    M: Sequence[float],
    degree: int,
    rho: float,
    radii: Array,  # ρ_l, (L,)
    scale: Array,  # (m,)
    slopes: Sequence[tuple[Array, Array]] | None = None,
) -> tuple[Array, float]:
    """Bounds of the ‖·‖₂ of all coefficients of u about the θ₀ of a tape, shape (A, T, N), and a reach.

    No hidden unit has |z| above the reach, on the ball and at the nodes. More M_n than M_0, …, M_{k+D}, where
    M_n ≥ sup |σ⁽ⁿ⁾|, make the S_n smaller; the ρ_l are at most ρ, and `scale` has positive factors of the
    outputs. With `slopes_at_center(tape)` (M4) is taken of the first derivatives in θ as well.
    """
    T, L = tape.algebra, len(tape.layers)
    t = table(T.d, T.order, L, degree)
    N, reach = tape.a[0].shape[1], 0.0
    *hidden, (W, b) = tape.layers
    y = np.zeros((3, t.alphas, t.betas, N))
    y[:, : len(tape.a[0]), 0] = sizes(tape.a[0])
    for i, (W_i, b_i) in enumerate(hidden):
        z = _affine(y, W_i, b_i, 1.0, i, radii[i], t)
        if slopes is not None:
            keep_mean_value_of_slopes(z, slopes[i][0], t, rho, radii)
        keep_mean_value(z, sizes(T.padded(tape.z[i])), t, rho, radii)
        r = change(z[2, 0, t.first].T, rho, radii) + MARGIN * z[2, 0, 0]  # (N,)
        reach = max(reach, float(z[2, 0, 0].max()))
        S = largest_nearby(derivatives_at(sigma, M, tape.z[i][0]), M, r[:, None])
        y = _activated(z, sizes(S[: T.order + degree + 1]), t)  # of (K + 1, N, n)
        if slopes is not None:
            keep_mean_value_of_slopes(y, slopes[i][1], t, rho, radii)
        keep_mean_value(y, sizes(T.padded(tape.a[i + 1])), t, rho, radii)
    u = _affine(y, scale[:, None] * W, scale * b, float(scale.max()), L - 1, radii[-1], t)
    return u[1], reach


def theta_derivatives(bounds: Array, t: Table) -> list[Array]:
    """Bounds of all ∂_l, ∂_l ∂_j, … Dᵅu / α!, by (M5): shapes (A, L, N), (A, L, L, N), …"""
    pairs = zip(t.derivatives, t.factorials)
    return [factorial[..., None] * bounds[:, at] for at, factorial in pairs]  # (M5)
