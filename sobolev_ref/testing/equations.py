"""The method of `plain`, each equation in a function of its own, so that a mistake is one function replaced.

`Method` computes what the checks expect. A mistake of `mistakes` is a subclass that overrides one of these
functions, mostly one line, and so computes what an implementation with that mistake in it computes, through
everything that uses the line. Jets are dicts from α to an array (N, n), as in `plain`, and so are slow.

    (J1)  (u v)_γ = Σ_{α+β=γ} u_α v_β                  times
    (J2)  z_α = W a_α, plus b where α = 0              affine
    (J3)  γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β       chain
    (J4)  z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                    transpose
    (J5)  W̄ = Σ_α z̄_αᵀ a_α,  b̄ = z̄_0,  ā_α = z̄_α W     W_bar, b_bar, a_bar
    (D3)  L(θ) = Σ_{|α|≤k} λ_α ∫_Ω |r_α|^p dx          term
    (T2)  ū_α = α! λ_α w p φ_p(r_α)                    u_bar of factor, lambdas, w, exponent, phi
    (D7)  θ_{k+1} = θ_k − η ∇L(θ_k)                    step
    (Q1)  ∫_Ω f dx ≈ Σ_i w_i f(x_i)                    interval, side, box
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from .. import plain
from .._typing import Array
from ..integrals.rules import clenshaw_curtis, gauss_legendre, midpoint, simpson, trapezoid
from ..jets.activations import ACTIVATIONS
from ..jets.algebra import taylor_algebra
from ..plain import Index, Jet, variables

Layer: TypeAlias = tuple[Array, Array]
Network: TypeAlias = tuple[Array, tuple[int, ...], Array]  # θ, the widths, and the nodes x
Gradient: TypeAlias = Callable[[Array], Array]
RULES = {
    rule.__name__: rule for rule in (midpoint, trapezoid, simpson, gauss_legendre, clenshaw_curtis)
}


pairs = cache(plain.pairs)  # a check asks for the same ones thousands of times


@cache
def on_interval(rule: str, n: int) -> tuple[Array, Array]:
    """A rule's nodes and weights on [−1, 1]."""
    made = RULES[rule]([(-1, 1)], n)
    return made.nodes[:, 0], made.weights


def factorial(alpha: Index) -> int:
    """α! = α_1! ⋯ α_d!."""
    return math.prod(map(math.factorial, alpha))


def as_jet(array: Array, alphas: Sequence[Index]) -> Jet:
    """The rows of an array (A, N, n) by α."""
    return dict(zip(alphas, array, strict=True))


def as_rows(jet: Jet) -> Array:
    """A jet as one array (A, N, n)."""
    return np.array(list(jet.values()))


class Method:
    """Each equation of the method, correct.

    Parameters
    ----------
    activation : str, default "tanh"

    Examples
    --------
    >>> Method().phi(np.array([-2.0, 0.0, 3.0]), p=3.0)
    array([-4.,  0.,  9.])
    """

    def __init__(self, activation: str = "tanh") -> None:
        self.activation = activation
        self.layer, self.depth = 0, 1  # the layer at work, and how many there are

    # -- jets ------------------------------------------------------------------------------------------

    def times(self, u: Jet, v: Jet, gamma: Index) -> Any:
        """(u v)_γ, the product (J1)."""
        return sum(u[alpha] * v[beta] for alpha, beta in pairs(gamma))  # (N, n)

    def product(self, u: Jet, v: Jet) -> Jet:
        """The jet of u v, (J1) for every γ."""
        return {gamma: self.times(u, v, gamma) for gamma in u}

    def direction(self, gamma: Index) -> int:
        """The q of (J3): the first with γ_q > 0."""
        return next(q for q, gamma_q in enumerate(gamma) if gamma_q > 0)

    def chain(self, z: Jet, s: Jet, gamma: Index) -> Any:
        """a_γ, the chain rule (J3)."""
        q = self.direction(gamma)
        terms = [alpha[q] * z[alpha] * s[beta] for alpha, beta in pairs(gamma) if alpha[q] > 0]
        return sum(terms) / gamma[q]  # (N, n)

    def chain_rule(self, a_0: Array, z: Jet, s: Jet) -> Jet:
        """The jet of σ(z) from a_0 = σ(z_0) and the jet s of σ′(z), (J3) for every γ ≠ 0."""
        zero, *others = z
        return {zero: a_0} | {gamma: self.chain(z, s, gamma) for gamma in others}

    def transpose(self, s: Jet, a_bar: Jet) -> Jet:
        """z̄, the transpose (J4) of the product with s."""
        z_bar: Jet = {alpha: np.zeros_like(a_bar[alpha]) for alpha in a_bar}
        for gamma in a_bar:
            for alpha, beta in pairs(gamma):
                z_bar[beta] = z_bar[beta] + s[alpha] * a_bar[gamma]  # (N, n)
        return z_bar

    # -- the activation --------------------------------------------------------------------------------

    def values(self, z_0: Array) -> tuple[Array, Array]:
        """a_0 = σ(z_0) and s_0 = σ′(z_0), with all their digits."""
        a, s = ACTIVATIONS[self.activation].jets(z_0[None], taylor_algebra(1, 0))
        return a[0], s[0]

    def slope(self, z: Jet, a: Jet, gamma: Index) -> Any:
        """s_γ for γ ≠ 0, from the activation's own differential equation."""
        if self.activation == "tanh":
            return -self.times(a, a, gamma)  # s = 1 − a²
        if self.activation == "sigmoid":
            return a[gamma] - self.times(a, a, gamma)  # s = a − a²
        if self.activation == "sin":
            return -self.chain(z, a, gamma)  # ∂s = −a ∂z
        T = taylor_algebra(len(gamma), max(map(sum, z)))
        return ACTIVATIONS[self.activation].jets(as_rows(z), T)[1][list(z).index(gamma)]

    def activate(self, z: Jet) -> tuple[Jet, Jet]:
        """The jets a of σ(z) and s of σ′(z), degree by degree."""
        zero, *others = z
        a_0, s_0 = self.values(z[zero])
        a, s = {zero: a_0}, {zero: s_0}
        for gamma in others:
            a[gamma] = self.chain(z, s, gamma)
            s[gamma] = self.slope(z, a, gamma)
        return a, s

    # -- the network -----------------------------------------------------------------------------------

    def unpack(self, theta: Array, widths: tuple[int, ...]) -> list[Layer]:
        """W (n_out, n_in) and b (n_out,) of each layer, which θ holds one after the other, row by row."""
        layers = []
        for n_in, n_out in pairwise(widths):
            W, b, theta = np.split(theta, [n_out * n_in, n_out * n_in + n_out])
            layers.append((W.reshape(n_out, n_in), b))
        return layers

    def pack(self, layers: Sequence[Layer]) -> Array:
        """θ from the W and b of each layer."""
        return np.concatenate([part.ravel() for layer in layers for part in layer])

    def affine(self, W: Array, b: Array, a: Jet) -> Jet:
        """z_α = W a_α, plus b where α = 0 (J2)."""
        return {alpha: a[alpha] @ W.T + b * (sum(alpha) == 0) for alpha in a}

    def start(self, x: Array, alphas: Sequence[Index]) -> Jet:
        """The jet of x."""
        return variables(x, max(map(sum, alphas)))

    def hidden(self, z: Jet, n: int) -> tuple[Jet, Jet | None]:
        """What enters layer n = 0, 1, …, and s: the first takes x as it is."""
        return self.activate(z) if n > 0 else (z, None)

    def output(self, z: Jet) -> Jet:
        """What the last layer gives is what the network gives."""
        return z

    def forward(
        self, theta: Array, widths: tuple[int, ...], x: Array, alphas: Sequence[Index]
    ) -> tuple[Jet, list[Any]]:
        """The jet of u_θ, and the tape: W, a and s of every layer, and the z that a is of."""
        z, tape = self.start(x, alphas), []
        self.depth = len(widths) - 1
        for n, (W, b) in enumerate(self.unpack(theta, widths)):
            self.layer = n
            a, s = self.hidden(z, n)
            tape.append((W, a, s, z))
            z = self.affine(W, b, a)
        return self.output(z), tape

    # -- the backward pass -----------------------------------------------------------------------------

    def W_bar(self, z_bar: Jet, a: Jet) -> Any:
        """W̄ = Σ_α z̄_αᵀ a_α (J5)."""
        return sum(z_bar[alpha].T @ a[alpha] for alpha in a)  # (n_out, n_in)

    def b_bar(self, z_bar: Jet) -> Any:
        """b̄ = z̄_0, summed over nodes (J5)."""
        return next(iter(z_bar.values())).sum(axis=0)  # (n_out,)

    def a_bar(self, z_bar: Jet, W: Array) -> Jet:
        """ā_α = z̄_α W (J5)."""
        return {alpha: z_bar[alpha] @ W for alpha in z_bar}  # (N, n_in)

    def through(self, z: Jet, a: Jet, s: Jet, a_bar: Jet) -> Jet:
        """z̄ of an activation: (J4)."""
        return self.transpose(s, a_bar)

    def backward(
        self, theta: Array, widths: tuple[int, ...], x: Array, u_bar: Jet, alphas: Sequence[Index]
    ) -> Array:
        """∇_θ Σ ū_α u_α, by (J5) and (J4) from the last layer to the first."""
        _, tape = self.forward(theta, widths, x, alphas)
        z_bar, layers = u_bar, []
        for n, (W, a, s, z) in reversed(list(enumerate(tape))):
            self.layer = n
            layers.append((self.W_bar(z_bar, a), self.b_bar(z_bar)))
            z_bar = self.a_bar(z_bar, W)
            if s is not None:
                z_bar = self.through(z, a, s, z_bar)
        return self.pack(layers[::-1])  # (P,)

    # -- the loss --------------------------------------------------------------------------------------

    def derivative(self, u: Jet, alpha: Index) -> Any:
        """Dᵅu_θ = α! u_α."""
        return factorial(alpha) * u[alpha]

    def residual(self, u: Jet, target: Jet, alpha: Index) -> Any:
        """r_α = Dᵅu_θ − Dᵅu."""
        return self.derivative(u, alpha) - target[alpha]  # (N, m)

    def power(self, r: Array, p: float) -> Array:
        """|r|^p."""
        return np.asarray(np.abs(r) ** p)

    def phi(self, r: Array, p: float) -> Array:
        """φ_p(r) = sign(r) |r|^{p−1}."""
        return np.asarray(np.sign(r) * np.abs(r) ** (p - 1))

    def lambdas(self, weights: Jet) -> Jet:
        """λ_α for every α."""
        return weights

    def w(self, w: Array) -> Array:
        """The weights w_i of the nodes, (N,)."""
        return w

    def term(self, alpha: Index, lam: float, w: Array, r: Array, p: float) -> Any:
        """λ_α Σ_i w_i |r_α(x_i)|^p, summed over outputs (D3)."""
        return lam * np.sum(self.w(w) @ self.power(r, p))

    def factor(self, alpha: Index) -> Any:
        """The factor α! of ū_α."""
        return factorial(alpha)

    def exponent(self, p: float) -> float:
        """The factor p of ū_α."""
        return p

    def u_bar(self, alpha: Index, lam: float, w: Array, r: Array, p: float) -> Any:
        """ū_α = α! λ_α w p φ_p(r_α) (T1) (T2)."""
        factors = self.factor(alpha) * lam * self.w(w)[:, None] * self.exponent(p)
        return factors * self.phi(r, p)  # (N, m)

    def total(self, terms: Sequence[Any]) -> Any:
        """L is the sum of its terms."""
        return sum(terms)

    def residuals(self, network: Network, target: Jet) -> Jet:
        """r_α for every α of the target."""
        u, _ = self.forward(*network, list(target))
        return {alpha: self.residual(u, target, alpha) for alpha in target}

    def loss(self, network: Network, w: Array, target: Jet, weights: Jet, p: float) -> Any:
        """L(θ) by (D3)."""
        r, lam = self.residuals(network, target), self.lambdas(weights)
        return self.total([self.term(alpha, lam[alpha], w, r[alpha], p) for alpha in target])

    def gradient(self, network: Network, w: Array, target: Jet, weights: Jet, p: float) -> Array:
        """∇L(θ) by (T1) and (T2)."""
        r, lam = self.residuals(network, target), self.lambdas(weights)
        u_bar = {alpha: self.u_bar(alpha, lam[alpha], w, r[alpha], p) for alpha in target}
        return self.backward(*network, u_bar, list(target))

    # -- the optimisers --------------------------------------------------------------------------------

    def step(self, theta: Array, g: Array, eta: float) -> Array:
        """Definition 7's step, θ − η ∇L(θ) (D7)."""
        return theta - eta * g

    def gradient_descent(self, gradient: Gradient, theta: Array, steps: int, eta: float) -> Array:
        """θ_0, …, θ_steps of Definition 7."""
        path = [theta]
        for _ in range(steps):
            path.append(self.step(path[-1], gradient(path[-1]), eta))
        return np.array(path)  # (steps + 1, P)

    def velocity(self, v: Array, g: Array, eta: float, beta: float) -> Array:
        """v ← β v − η ∇L(θ)."""
        return beta * v - eta * g

    def move(self, theta: Array, v: Array, before: Array, eta: float) -> Array:
        """θ ← θ + v, with the new v."""
        return theta + v

    def momentum(
        self, gradient: Gradient, theta: Array, steps: int, eta: float, beta: float
    ) -> Array:
        """θ_0, …, θ_steps of gradient descent with momentum."""
        path, v = [theta], np.zeros_like(theta)
        for _ in range(steps):
            before, v = v, self.velocity(v, gradient(path[-1]), eta, beta)
            path.append(self.move(path[-1], v, before, eta))
        return np.array(path)  # (steps + 1, P)

    def mean(self, m: Array, g: Array, beta: float) -> Array:
        """m ← β₁ m + (1 − β₁) g."""
        return beta * m + (1 - beta) * g

    def mean_square(self, v: Array, g: Array, beta: float) -> Array:
        """v ← β₂ v + (1 − β₂) g²."""
        return beta * v + (1 - beta) * g**2

    def unbiased(self, m: Array, beta: float, t: int) -> Array:
        """m̂ = m / (1 − βᵗ), t = 1, 2, …."""
        return np.asarray(m / (1 - beta**t))

    def moments(
        self, m: Array, v: Array, g: Array, beta1: float, beta2: float, t: int
    ) -> tuple[Array, Array, Array, Array]:
        """The new m and v, and m̂ and v̂ of them."""
        m, v = self.mean(m, g, beta1), self.mean_square(v, g, beta2)
        return m, v, self.unbiased(m, beta1, t), self.unbiased(v, beta2, t)

    def adam_step(self, m_hat: Array, v_hat: Array, eta: float, epsilon: float) -> Array:
        """Minus the step, η m̂ / (√v̂ + ε)."""
        return np.asarray(eta * m_hat / (np.sqrt(v_hat) + epsilon))

    def adam(
        self,
        gradient: Gradient,
        theta: Array,
        steps: int,
        eta: float,
        beta1: float,
        beta2: float,
        epsilon: float,
    ) -> Array:
        """θ_0, …, θ_steps of Adam."""
        path, m, v = [theta], np.zeros_like(theta), np.zeros_like(theta)
        for t in range(1, steps + 1):
            g = gradient(path[-1])
            m, v, m_hat, v_hat = self.moments(m, v, g, beta1, beta2, t)
            path.append(path[-1] - self.adam_step(m_hat, v_hat, eta, epsilon))
        return np.array(path)  # (steps + 1, P)

    # -- quadrature ------------------------------------------------------------------------------------

    def interval(self, rule: str, n: int) -> tuple[Array, Array]:
        """The rule's nodes and weights on [−1, 1]."""
        return on_interval(rule, n)

    def side(self, lower: float, upper: float, t: Array, c: Array) -> tuple[Array, Array]:
        """The same on [lower, upper]."""
        half = (upper - lower) / 2
        return (lower + upper) / 2 + half * t, half * c

    def box(self, sides: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
        """The tensor product of rules on the sides of a box."""
        nodes = np.stack(np.meshgrid(*(x for x, _ in sides), indexing="ij"), axis=-1)
        weights = math.prod(np.meshgrid(*(w for _, w in sides), indexing="ij"))
        return nodes.reshape(-1, len(sides)), np.ravel(weights)  # (nᵈ, d), (nᵈ,)

    def quadrature(self, rule: str, bounds: Array, n: int) -> tuple[Array, Array]:
        """The rule with n nodes in each direction of a box."""
        t, c = self.interval(rule, n)
        return self.box([self.side(lower, upper, t, c) for lower, upper in bounds])
