"""The reverse road: the last derivative by one sweep backwards through the layers.

For d > mk it takes fewer rows to push jets of order k − 1 forward and to obtain the derivatives of order k by
reverse mode; for k = 1 this is the "twin network" of differential machine learning. With s_l = σ′(z_l) from
the forward pass, all jets being of order k − 1, it begins with h_{L−1} = W_Lᵀ e_j for each output j, and goes

    g_l = s_l · h_l,   h_{l−1} = W_lᵀ g_l,   h_0 = ∇_x u_j                                            (R1)

and γ_q u_γ = (∂_q u)_{γ−e_q} for |γ| = k and any q with γ_q > 0. The backward pass transposes both sweeps:
first up through (R1), which collects s̄_l = h_lᵀ ḡ_l and its share of W̄_l,

    ḡ_l = W_l h̄_{l−1},   W̄_l += g_l h̄_{l−1}ᵀ,   h̄_l = s_lᵀ ḡ_l                                     (R2)

then down through (J5) and (J4), where s_l = σ′(z_l) adds z̄_l += t_lᵀ s̄_l, t_l = σ″(z_l).

As h_{L−1} is the same at all nodes, the first step is one product with what two layers make together, and
neither g_{L−1} nor ḡ_{L−1} is formed:

    h_{L−2} = Vᵀ s_{L−1},   V_{i,jq} = W_{L,ji} W_{L−1,iq},   s̄_{L−1} = V h̄_{L−2},   V̄ = s_{L−1} h̄_{L−2}ᵀ

Matrix products run over C(d+k−1, k−1)(1 + m) rows a node in place of C(d+k, k), which is 2 in place of 11
for d = 10, k = 1, m = 1. `Twin` has the `forward` and `backward` of `MLP`, and agrees with them.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from .._checks import as_word
from .._typing import Array
from ..jets.activations import Curvature
from ..jets.algebra import TaylorAlgebra, taylor_algebra
from ..jets.multi_index import n_multi_indices, position, smallest_entry
from .mlp import MLP, Tape, affine_transpose, flat, through
from .model import Model

# What a row costs beside one of the forward road, as measured: of the sweep, where layers are wide; and of
# both passes where they are not, as there the calls themselves take their time.
SWEEP, DEARER, WIDE = 0.7, 1.2, 64


@dataclass(frozen=True)
class TwinTape:
    """What the backward pass needs: the tape of order k − 1, V, and h_l and g_l of the layers below L − 1."""

    lower: Tape  # of the forward pass on jets of order k − 1
    algebra: TaylorAlgebra  # of order k
    V: Array  # (n, m n_in)
    swept: list[tuple[Array, Array]] = field(default_factory=list)  # (h_l, g_l), (A', N, m, n) each


def cheaper(net: MLP, order: int) -> bool:
    """Whether the reverse road needs less work than the forward road, by the count of rows.

    They are (1 + m) C(d+k−1, k−1) against C(d+k, k), counted as 1.2 each. In wide layers a row of the sweep
    counts as 0.7, and one of the pass below it, which carries s and t as well, as two of these.

    Examples
    --------
    >>> cheaper(MLP((10, 64, 64, 1)), 1), cheaper(MLP((2, 64, 64, 1)), 2)
    (True, False)
    >>> cheaper(MLP((3, 64, 64, 3)), 1), cheaper(MLP((3, 20, 20, 3)), 1)
    (True, False)
    """
    if order == 0:
        return False
    cost = SWEEP * (2 + net.m) if net.width >= WIDE else DEARER * (1 + net.m)
    return cost * n_multi_indices(net.d, order - 1) < n_multi_indices(net.d, order)


@cache
def last_derivatives(T: TaylorAlgebra) -> tuple[Array, Array, Array, Array]:
    """For every |γ| = k: γ and β = γ − e_q as positions in graded order, q, and γ_q, of shape (G, 1, 1)."""
    where = position(T.d, T.order)
    rows = []
    for gamma in (alpha for alpha in T.indices if sum(alpha) == T.order):
        gamma_q, q = smallest_entry(gamma)
        beta = tuple(n - (i == q) for i, n in enumerate(gamma))
        rows.append((where[gamma], where[beta], q, gamma_q))
    gammas, betas, qs, numbers = np.array(rows).T
    return gammas, betas, qs, numbers[:, None, None]


@dataclass(frozen=True)
class Twin:
    """The two passes of a network by the reverse road, for jets of order k >= 1 at plain nodes."""

    net: MLP
    curvature: Curvature  # (z, a, s, T) ↦ σ″(z)

    def forward(self, theta: Array, x_jet: Array, T: TaylorAlgebra) -> tuple[Array, TwinTape]:
        """The jet of u, (A, N, m), from that of x ↦ x, (1 + d, N, d), and a tape, as `MLP.forward` (R1).

        It reads no row of the jet of x but the first, the nodes.
        """
        S = taylor_algebra(T.d, T.order - 1)
        u_lower, lower = self.net.forward(theta, S.variables(x_jet[0]), S)  # (A', N, m)
        (W, _), (W_L, _) = lower.layers[-2:]
        V = (W_L.T[:, :, None] * W[:, None]).reshape(len(W), -1)  # (n, m n_in)
        tape = TwinTape(lower, T, V)
        h = through(lower.s[-1], V.T).reshape(*u_lower.shape, -1)  # (A', N, m, n_in)
        for (W, _), s in zip(lower.layers[-3::-1], lower.s[-2::-1]):
            g = S.product(s[:, :, None], h)  # (A', N, m, n)
            tape.swept.append((h, g))
            h = through(g, W.T)  # (A', N, m, n_in)  (R1)
        u = np.empty((T.size, *u_lower.shape[1:]), u_lower.dtype)  # (A, N, m)
        u[: S.size] = u_lower
        gamma, beta, q, gamma_q = last_derivatives(T)
        u[gamma] = h[beta, :, :, q] / gamma_q  # (G, N, m)
        return u, tape

    def backward(self, tape: TwinTape, u_bar: Array) -> Array:
        """∇_θ L, shape (P,), from ū, shape (A, N, m), and the tape, as `MLP.backward` (R2)."""
        net, lower, T, S = self.net, tape.lower, tape.algebra, tape.lower.algebra
        gradient = np.empty(net.n_parameters, u_bar.dtype)
        bars = net._layers(gradient)  # (W̄_l, b̄_l), views of it
        h_bar = np.zeros((S.size, *u_bar.shape[1:], net.d), u_bar.dtype)  # (A', N, m, d)
        gamma, beta, q, gamma_q = last_derivatives(T)
        h_bar[beta, :, :, q] = u_bar[gamma] / gamma_q  # (G, N, m)

        s_bars, shares = [], []
        for (W, _), s, (h, g) in zip(lower.layers, lower.s, tape.swept[::-1]):
            shares.append(flat(g).T @ flat(h_bar))  # the sweep's share of W̄_l
            g_bar = through(h_bar, W)  # (A', N, m, n)
            s_bar = S.transpose(h, g_bar)  # (A', N, m, n)
            s_bars.append(s_bar.sum(axis=2) if net.m > 1 else s_bar[:, :, 0])  # (A', N, n)
            h_bar = S.transpose(s[:, :, None], g_bar)  # (A', N, m, n)  (R2)
        h_bar = h_bar.reshape(*h_bar.shape[:2], -1)  # (A', N, m n_in)
        s_bars.append(through(h_bar, tape.V))  # (A', N, n)
        (W, _), (W_L, _) = lower.layers[-2:]
        V_bar = (flat(lower.s[-1]).T @ flat(h_bar)).reshape(len(W), net.m, -1)  # (n, m, n_in)
        shares += np.einsum("ijq,ji->iq", V_bar, W_L), np.einsum("ijq,iq->ji", V_bar, W)

        z_bar = u_bar[: S.size]  # (A', N, m)
        for i, (W_bar, b_bar) in reversed(list(enumerate(bars))):
            affine_transpose(z_bar, lower.a[i], W_bar, b_bar)
            W_bar += shares[i]
            if i > 0:
                a_bar, a = through(z_bar, lower.layers[i][0].T), lower.a[i]  # (A', N, n)
                z, s, rows = lower.z[i - 1], lower.s[i - 1], len(lower.a[i - 1])
                z_bar = S.transpose(s, a_bar, rows)
                z_bar += S.transpose(self.curvature(z, a, s, S), s_bars[i - 1], rows)
        return gradient


def choose_passes(model: Model, order: int, road: str) -> Model | Twin:
    """The model for the forward road, or its twin for the reverse road: the one asked for, or the cheaper."""
    as_word("road", road, "auto", "forward", "reverse")
    curvature = model.activation.curvature if isinstance(model, MLP) else None
    if not isinstance(model, MLP) or len(model.widths) < 3 or curvature is None or order == 0:
        if road == "reverse":
            raise ValueError(
                "road: 'reverse' takes an MLP with a hidden layer whose activation has a rule for σ″ (its "
                f"`curvature`) and an order >= 1, got {model!r} and order {order}; takes 'auto' or 'forward'"
            )
        return model
    reverse = road == "reverse" or (road == "auto" and cheaper(model, order))
    return Twin(model, curvature) if reverse else model
