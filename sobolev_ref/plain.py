"""The whole method in plain lines: the definition of what the rest of the package computes faster.

A network u_θ from ℝᵈ to ℝᵐ is fitted to a target u and its derivatives. Summed over outputs, the loss is

    (D3)  L(θ) = Σ_{|α|≤k} λ_α ∫_Ω |r_α|^p dx,  r_α = Dᵅu_θ − Dᵅu,  ∫_Ω f dx ≈ Σ_i w_i f(x_i)

The jet of a function v holds its Taylor coefficients v_α = Dᵅv / α!, |α| ≤ k, at N nodes. Here it is a
dict from the multi-index α, in graded order, to an array (N, n), where n counts the components of v.
The network is given the jet of x (`variables`) in place of x, and returns the jet of u_θ:

    (J1)  (u v)_γ = Σ_{α+β=γ} u_α v_β                  `times` is the product of two jets.
    (J2)  z_α = W a_α, plus b where α = 0              `forward` does this in each layer.
    (J3)  γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β       `chain` is ∂a = s ∂z, a = σ(z), s = σ′(z).

The backward pass is the transpose of the forward pass. We write v̄ for ∂L/∂v and sum W̄, b̄ over nodes:

    (J4)  z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                    `transpose` is that of δa = s δz.
    (J5)  W̄ = Σ_α z̄_αᵀ a_α,  b̄ = z̄_0,  ā_α = z̄_α W     `backward` does this in each layer.

It begins with ū_α = α! λ_α w p φ_p(r_α), where φ_p(r) = sign(r) |r|^{p−1}, and so it adds up

    (T1)  ∇‖r_0‖_p^p = p ∫ φ_p(r_0) ∇u_θ dx            Theorem 1
    (T2)  ∇‖r_α‖_p^p = p ∫ φ_p(r_α) ∇Dᵅu_θ dx          Theorem 2
"""

import math
from itertools import combinations_with_replacement, pairwise, product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Index: TypeAlias = tuple[int, ...]
Jet: TypeAlias = dict[Index, Any]  # and whatever else has one entry for each α


def multi_indices(d: int, order: int) -> list[Index]:
    """Every α with |α| ≤ order, in graded order: α_q counts the factors x_q of a monomial.

    >>> multi_indices(2, 2)
    [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
    """
    monomials = [qs for n in range(order + 1) for qs in combinations_with_replacement(range(d), n)]
    return [tuple(qs.count(q) for q in range(d)) for qs in monomials]


def pairs(gamma: Index) -> list[tuple[Index, Index]]:
    """Every (α, β) with α + β = γ."""
    alphas = product(*(range(gamma_q + 1) for gamma_q in gamma))
    return [(alpha, tuple(g - a for g, a in zip(gamma, alpha))) for alpha in alphas]


def variables(x: Array, order: int) -> Jet:
    """The jet of x: x where α = 0, the unit vector e_q where α = e_q, and 0 elsewhere."""
    zero, *others = multi_indices(x.shape[1], order)
    higher = {alpha: np.full_like(x, alpha if sum(alpha) == 1 else 0) for alpha in others}
    return {zero: x} | higher  # (N, d)


def times(u: Jet, v: Jet, gamma: Index) -> Any:
    """(u v)_γ, the product (J1)."""
    return sum(u[alpha] * v[beta] for alpha, beta in pairs(gamma))  # (N, n) (J1)


def chain(z: Jet, s: Jet, gamma: Index) -> Any:
    """a_γ, the chain rule (J3) for the first q with γ_q > 0; it asks only for s_β with |β| < |γ|."""
    q = next(q for q, gamma_q in enumerate(gamma) if gamma_q > 0)
    terms = [alpha[q] * z[alpha] * s[beta] for alpha, beta in pairs(gamma) if alpha[q] > 0]  # (J3)
    return sum(terms) / gamma[q]  # (N, n)


def transpose(s: Jet, a_bar: Jet) -> Jet:
    """z̄, the transpose (J4) of the product with s."""
    z_bar: Jet = dict.fromkeys(a_bar, 0)
    for gamma in a_bar:
        for alpha, beta in pairs(gamma):
            z_bar[beta] = z_bar[beta] + s[alpha] * a_bar[gamma]  # (N, n) (J4)
    return z_bar


def absolute(r: Array) -> Array:
    """|r|, or for complex r its analytic continuation, which is r or −r by the sign of Re r."""
    return np.where(r.real < 0, -r, r)


def tanh(z: Jet) -> tuple[Jet, Jet]:
    """a = tanh(z) and s = tanh′(z) = 1 − a², degree by degree, by (J3) and (J1).

    >>> a, s = tanh(variables(np.array([[0.0]]), 3))  # tanh x = x − x³/3 + …
    >>> [a[alpha].item() for alpha in a]
    [0.0, 1.0, 0.0, -0.3333333333333333]
    """
    zero, *others = z
    a = {zero: np.tanh(z[zero])}  # (N, n)
    e = np.exp(-2 * absolute(z[zero]))  # (N, n)
    s = {zero: e * (1 + absolute(a[zero])) ** 2}  # (N, n), 1/cosh² z_0, where 1 − a_0² would cancel
    for gamma in others:
        a[gamma] = chain(z, s, gamma)
        s[gamma] = -times(a, a, gamma)
    return a, s


def forward(theta: Array, widths: tuple[int, ...], x: Array, order: int) -> tuple[Jet, list[Any]]:
    """The jet of u_θ = W_L σ(⋯ σ(W_1 x + b_1) ⋯) + b_L, and the tape: W, a and s of every layer."""
    z = variables(x, order)
    zero, *_ = z
    tape: list[Any] = []
    for n_in, n_out in pairwise(widths):
        W, b, theta = np.split(theta, [n_out * n_in, n_out * n_in + n_out])  # layer by layer
        W = W.reshape(n_out, n_in)  # row by row
        a, s = tanh(z) if tape else (z, None)  # (N, n_in), the first layer takes x as it is
        z = {alpha: a[alpha] @ W.T for alpha in a}  # (N, n_out) (J2)
        z[zero] = z[zero] + b
        tape.append((W, a, s))
    return z, tape


def backward(tape: list[Any], u_bar: Jet) -> Array:
    """∇L from ū, by (J5) and (J4) from the last layer to the first."""
    z_bar, gradient = u_bar, np.zeros(0)
    zero, *_ = u_bar
    for W, a, s in reversed(tape):
        W_bar = sum(z_bar[alpha].T @ a[alpha] for alpha in a)  # (n_out, n_in) (J5)
        b_bar = z_bar[zero].sum(axis=0)  # (n_out,)
        gradient = np.concatenate([W_bar.ravel(), b_bar, gradient])
        a_bar = {alpha: z_bar[alpha] @ W for alpha in z_bar}  # (N, n_in)
        z_bar = transpose(s, a_bar) if s else a_bar  # (N, n_in)
    return gradient  # (P,)


def sobolev_loss(
    theta: Array, widths: tuple[int, ...], x: Array, w: Array, target: Jet, weights: Jet, p: float
) -> tuple[Any, Array]:
    """L(θ) by (D3) and ∇L(θ) by (T1) and (T2). The nodes x (N, d) have the weights w (N,) in ∫_Ω. For
    every |α| ≤ k, target[α] is Dᵅu at the nodes (N, m), and weights[α] is the number λ_α.

    >>> x, w, target, weights = np.ones((1, 1)), np.ones(1), {(0,): 1, (1,): 0}, {(0,): 1, (1,): 5}
    >>> sobolev_loss(np.array([3.0, 1.0]), (1, 1), x, w, target, weights, p=2)  # u_θ = 3x + 1
    (np.float64(54.0), array([36.,  6.]))
    """
    u, tape = forward(theta, widths, x, order=max(map(sum, weights)))
    value, u_bar = 0, {}
    for alpha in u:
        factorial = math.prod(map(math.factorial, alpha))
        residual = factorial * u[alpha] - target[alpha]  # (N, m)
        phi = np.sign(residual.real) * absolute(residual) ** (p - 1)  # (N, m)
        value += weights[alpha] * np.sum(w @ absolute(residual) ** p)  # (D3)
        u_bar[alpha] = factorial * weights[alpha] * w[:, None] * p * phi  # (N, m) (T1) (T2)
    return value, backward(tape, u_bar)
