"""∂u_θ/∂θ at every node, by one sweep backwards through the layers in the jet algebra.

A change δz_l of the pre-activations of layer l changes u by a jet product, δu = G_l δz_l, where G_l = ∂u/∂z_l
is a jet of matrices, shape (m, n_l) at each node. Nothing is summed over nodes or orders, and no ū is
needed. With z_l = W_l a_{l−1} + b_l the sweep is

    G_L = I,     G_l = (G_{l+1} W_{l+1}) · s_l                                                        (G2)
    ∂u_γ/∂W_l = Σ_{α+β=γ} G_{l,α} ⊗ a_{l−1,β},     ∂u_γ/∂b_l = G_{l,γ}                                (G3)

(G2) is the reverse road (R1) on jets of order k. For each γ and at every node the sum in (G3) is a matrix
product over the pairs (α, β), so that one batched product for all nodes writes straight into the rows of
the result.
"""

from functools import cache

import numpy as np

from .._typing import Array
from ..jets.algebra import TaylorAlgebra
from ..jets.multi_index import product_table


def affine_jacobian(a: Array, scale: Array, out: Array) -> None:
    """Write scale · ∂u_α/∂(W, b) of an affine layer u = W a + b, a (A, N, n), scale (A, N), to `out`.

    The columns of `out`, (A, N, m, m n + m), are W row-major, then b, for which there may be no room. Where a
    has fewer rows, the others are zero.
    """
    n, m, rows = a.shape[-1], out.shape[2], len(a)
    out[...] = 0
    for j in range(m):
        W = out[:rows, :, j, j * n : (j + 1) * n]  # (A, N, n)
        np.multiply(scale[:rows, :, None], a, out=W)  # G = I
        if out.shape[3] > m * n:
            out[0, :, j, m * n + j] = scale[0]


def hidden_jacobian(G: Array, a: Array, scale: Array, T: TaylorAlgebra, out: Array) -> None:
    """Write scale · ∂u_γ/∂(W, b) of a hidden layer z = W a + b, from G = ∂u/∂z, (A, m, N, n_out) (G3).

    a, scale and out, (A, N, m, n_out n_in + n_out), are as in `affine_jacobian`.
    """
    n_out, n_in = G.shape[-1], a.shape[-1]
    W = out[..., : n_out * n_in].reshape(*out.shape[:3], n_out, n_in)  # a view
    b = out[..., n_out * n_in :]  # (A, N, m, n_out)
    for gamma, (alphas, betas, share) in enumerate(_pairs(T, len(a))):
        np.multiply(G[gamma].swapaxes(0, 1), scale[gamma, :, None, None], out=b[gamma])
        left = G[alphas]  # (pairs, m, N, n_out)
        left *= share * scale[gamma, :, None]
        right = a[betas]  # (pairs, N, n_in)
        # For every node and output it is (n_out, pairs) @ (pairs, n_in).
        left, right = left.transpose(2, 1, 3, 0), right.transpose(1, 0, 2)[:, None]
        np.matmul(left, right, out=W[gamma])  # (G3)


@cache
def _pairs(T: TaylorAlgebra, rows: int) -> tuple[tuple[list[int], list[int], float], ...]:
    """For every γ all α and β < rows with α + β = γ, as two lists of positions, and a factor.

    A single pair stands there twice and counts half, because a matrix product over one column does not go
    to BLAS, and takes four times as long as one over two columns.
    """
    lists = []
    for row in product_table(T.indices):
        pairs = [(alpha, beta) for _, alpha, beta in row if beta < rows]
        copies = 1 + (len(pairs) == 1)
        pairs *= copies
        lists.append(([alpha for alpha, _ in pairs], [beta for _, beta in pairs], 1 / copies))
    return tuple(lists)
