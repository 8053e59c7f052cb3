"""What the data say of their own noise and of the size of θ: the evidence of MacKay (1992).

A term t is a set of N_t numbers, such as all values or all slopes, with errors of one size τ_t, and a group g
is a set of P_g entries of θ of one size, such as the weights of one input. With E_t = ‖r_t‖² and
J_t = ∂r_t/∂θ, normal errors and normal θ make the likeliest θ the minimiser of

    L(θ) = Σ_t E_t/τ_t² + Σ_g a_g ‖θ_g‖²

which is least squares with λ_t = 1/τ_t² and a `Ridge` with 2a. About it L is nearly a parabola, with half its
Hessian, as Gauss and Newton have it,

    H = Σ_t J_tᵀJ_t/τ_t² + diag(a)                                                             (Y1)

and the integral over θ, the probability of the data for these τ and a, has a closed form:

    −2 log p = L + log det H − Σ_g P_g log a_g + Σ_t N_t log 2πτ_t²                              (Y2)

It is exact for a model linear in θ. Where it is greatest, its derivatives by log τ_t² and log a_g are zero:

    τ_t² = E_t/(N_t − γ_t),     a_g = γ_g/‖θ_g‖²                                                (Y3)
    γ_t = tr(H⁻¹ J_tᵀJ_t)/τ_t²,     γ_g = P_g − a_g tr_g H⁻¹                                     (Y4)

γ_t numbers of term t went into θ, and γ_g entries of group g are known from the data; both sums are the same
number, at most P. So one theory says how much the slopes count beside the values (noisy ones little, exact
ones much), how strong the ridge is, and which inputs matter: where an input does not, γ_g ≈ 0 and a_g → ∞.
Of an input that never varies the data say nothing, and a_g stays as it is: what the input does is unknown.
H⁻¹ is the covariance of θ, of which `uncertainty` makes that of every derivative. What none of it sees is a
model that cannot be right: the errors of a network that is too small count as noise.

The likeliest size of a group is too sure of itself to say how far off θ_g may be: where an input hardly
matters a_g → ∞, and its weights are 0 with certainty. So let the size σ = a^{−1/2} of a group have a flat
prior (Gelman 2006). As a density of log σ its posterior is σ times the probability of the data, and greatest
where one of the numbers that are known of θ_g goes to σ:

    Σ_j s_j/(a + s_j) = 1 + a ‖θ_g‖²                                                           (Y6)

Here 1/(a + s_j) are the eigenvalues of block g of H⁻¹, so that s_j is what the data say of θ_g, and the left
side is γ_g. For θ_g = 0 and equal s_j it is a = (P_g − 1) s, and the variance 1/(P_g s) in place of 0. The
fit keeps the likeliest a; deviations have this one.

Exact data drive τ → 0. Then H holds numbers whose ratio is beyond float64, so τ_t is at least 10⁻⁶ of the
term's own size (`FLOOR`): where N (1/FLOOR)² ε ≪ 1, for N far below 4,500 numbers, that keeps a ridge of a ≥
1 in H. With more, rounding hides the ridge in directions that exact data know well. Likewise 10⁻⁸ ≤ a_g ≤
10⁸.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import brentq

from .._typing import Array
from ..models.mlp import MLP
from ..optimize.damped import ENTRIES
from ..optimize.ending import EPSILON
from .balance import Terms

FLOOR = 1e-6  # of a term's size, the least τ
LEAST, MOST = 1e-8, 1e8  # a
LEFT = 1e-3  # of N_t, the least N_t − γ_t
ROWS = 10  # times P, or a block, the rows of J that choose between fits


@dataclass(frozen=True, eq=False)
class Curvature:
    """What (Y1) to (Y4) need of T terms at θ."""

    grams: Array  # J_tᵀJ_t, (T, P, P)
    squares: Array  # E_t, (T,)
    counts: Array  # N_t, (T,)

    @classmethod
    def of(cls, terms: Terms, theta: Array, rng: np.random.Generator | None = None) -> "Curvature":
        """The curvature at θ by one Jacobian for all terms, of all rows, or with an rng of some of them."""
        T, P = len(terms.keys), len(theta)
        most = max(ROWS * P, ENTRIES // P) // T
        grams, squares = np.zeros((T, P, P)), np.zeros(T)
        for part in terms.parts:
            term, node = terms.places(part)
            r = part.residuals(theta)
            squares += np.bincount(term, r * r, minlength=T)
            taken = np.zeros((T, part.n_nodes), bool)
            taken[term, node] = True
            if rng is not None:
                order = rng.permutation(part.n_nodes)  # the same one in every so many may be alike
                for of_term in taken:
                    of_term[order[of_term[order]][most:]] = False
            rows = np.bincount(term, minlength=T)
            seen = np.bincount(term[taken[term, node]], minlength=T)
            share = rows / np.maximum(seen, 1)  # (T,)
            nodes = np.flatnonzero(taken.any(axis=0))
            size = max(1, ENTRIES * part.n_nodes // (P * len(r)))
            for start in range(0, len(nodes), size):
                block = nodes[start : start + size]
                batch = part.batch(block)
                J, (of, place) = batch.jacobian(theta), terms.places(batch)
                for t in np.unique(of):
                    J_t = J[(of == t) & taken[t, block[place]]]
                    grams[t] += share[t] * (J_t.T @ J_t)
        return cls(grams, squares, terms.counts)

    def known(self, covariance: Array, tau: Array) -> Array:
        """γ_t, shape (T,), for H⁻¹, (P, P), and τ, (T,)."""
        return np.asarray(np.einsum("ij,tij->t", covariance, self.grams) / tau**2)  # (Y4)


@dataclass(frozen=True, eq=False)
class Evidence:
    """How likely the data are for τ and a, and what (Y3) makes of them."""

    log_evidence: float  # log p
    known: Array  # γ_t, (T,)
    covariance: Array  # H⁻¹, (P, P)

    @classmethod
    def of(cls, at: Curvature, theta: Array, tau: Array, a: Array) -> "Evidence":
        """The evidence at the minimiser θ of L, for τ, shape (T,), and a, shape (P,); 0 is no prior.

        Examples
        --------
        Two measurements 1 and 3 of θ, with τ = 1 and a = 1: H = 3, θ = 4/3, and 2/3 of θ are known.

        >>> at = Curvature(np.array([[[2.0]]]), np.array([26 / 9]), np.array([2.0]))
        >>> found = Evidence.of(at, np.array([4 / 3]), np.array([1.0]), np.array([1.0]))
        >>> found.known, found.covariance
        (array([0.66666667]), array([[0.33333333]]))
        """
        H = np.tensordot(tau**-2, at.grams, 1)  # (P, P)
        H.flat[:: len(a) + 1] += a  # (Y1)
        size = np.diag(H)  # 0 for a constant of which neither data nor prior say anything
        unit = 1 / np.sqrt(np.where(size > 0, size, 1))
        scaled = H * unit * unit[:, None]
        scaled.flat[:: len(a) + 1] += 10 * len(a) * EPSILON  # so much rounding hides
        U, _ = dpotrf(scaled)
        priors = float(np.log(a[a > 0]).sum())
        log_det = 2 * float(np.log(np.diag(U) / unit).sum())
        inverse, _ = dpotri(U)
        inverse = np.triu(inverse) + np.triu(inverse, 1).T
        inverse *= unit * unit[:, None]
        known = at.known(inverse, tau)
        loss = at.squares @ tau**-2 + a @ theta**2
        sizes = at.counts @ np.log(2 * np.pi * tau**2) - priors
        return cls(-float(loss + log_det + sizes) / 2, known, inverse)  # (Y2)

    def noise(self, at: Curvature, floor: Array) -> Array:
        """The next τ, shape (T,), and no less than the floor."""
        left = np.maximum(at.counts - self.known, LEFT * at.counts)
        return np.asarray(np.maximum(np.sqrt(at.squares / left), floor))  # (Y3)

    def precision(self, at: Curvature, theta: Array, a: Array, groups: Sequence[Array]) -> Array:
        """The next a, shape (P,); that of a group of which the data say nothing stays as it is."""
        free, found = 1 - a * np.diag(self.covariance), a.copy()
        told = np.einsum("tii->i", at.grams)  # (P,)
        for group in groups:
            if told[group].max() <= EPSILON**2 * told.max():
                continue
            size = max(float(theta[group] @ theta[group]), EPSILON)
            known = max(float(free[group].sum()), EPSILON)
            found[group] = np.clip(known / size, LEAST, MOST)
        return found

    def open_precision(self, theta: Array, a: Array, groups: Sequence[Array]) -> Array:
        """The a of a flat prior of each size, shape (P,), for the a of this evidence.

        That of a group of which the data say less than one number stays as it is.

        Examples
        --------
        θ_g = 0, and the data say s = 2 of each of its three entries: a = (3 − 1) 2, whatever it was.

        >>> found = Evidence(0.0, np.zeros(1), np.eye(3) / (50 + 2))
        >>> found.open_precision(np.zeros(3), np.full(3, 50.0), [np.arange(3)]).round(9)
        array([4., 4., 4.])
        """
        found, ends = a.copy(), np.log([LEAST, MOST])
        for group in groups:
            spread = np.linalg.eigvalsh(self.covariance[np.ix_(group, group)])
            s = np.maximum(1 / spread - a[group[0]], 0.0)  # not below 0 by rounding
            size = float(theta[group] @ theta[group])

            def excess(log_a: float, s: Array = s, size: float = size) -> float:
                """How much larger the left side of (Y6) is, which falls with a."""
                new = np.exp(log_a)
                return float((s / (new + s)).sum() - 1 - new * size)  # (Y6)

            if excess(ends[0]) > 0:
                found[group] = MOST if excess(ends[1]) > 0 else np.exp(brentq(excess, *ends))
        return found


def groups_of(net: MLP) -> list[Array]:
    """Which entries of θ have one size: the weights of each input, and every other W and b.

    Examples
    --------
    >>> [group.tolist() for group in groups_of(MLP((2, 2, 1)))]
    [[0, 2], [1, 3], [4, 5], [6, 7], [8]]
    """
    layers = net.unpack(np.arange(net.n_parameters, dtype=float))
    groups = [*layers[0][0].T, layers[0][1]]
    groups += [part for layer in layers[1:] for part in layer]
    return [np.sort(group.ravel()).astype(int) for group in groups]
