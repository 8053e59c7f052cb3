"""Mistakes in the affine layers (J2), in the order of θ, and in the backward pass (J5)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .._typing import Array
from ..plain import Index, Jet
from .equations import Layer, Method, factorial
from .mistakes import degree, first, mistake, only

# -- affine layers -------------------------------------------------------------------------------------


def apart(theta: Array, widths: tuple[int, ...], *, biases_first: bool) -> list[Layer]:
    """All the W in one piece of θ and all the b in another."""
    sizes_W = [m * n for n, m in pairwise(widths)]
    order = [*sizes_W, *widths[1:]] if not biases_first else [*widths[1:], *sizes_W]
    pieces = np.split(theta, np.cumsum(order)[:-1])
    half = len(widths) - 1
    Ws, bs = (pieces[half:], pieces[:half]) if biases_first else (pieces[:half], pieces[half:])
    return [(W.reshape(m, n), b) for W, b, n, m in zip(Ws, bs, widths, widths[1:])]


def bias_first(self: Method, theta: Array, widths: tuple[int, ...]) -> list[Layer]:
    """B before W in each layer."""
    layers = []
    for n_in, n_out in pairwise(widths):
        b, W, theta = np.split(theta, [n_out, n_out + n_out * n_in])
        layers.append((W.reshape(n_out, n_in), b))
    return layers


def column_major(self: Method, theta: Array, widths: tuple[int, ...]) -> list[Layer]:
    """W column by column."""
    layers = Method.unpack(self, theta, widths)
    return [(W.reshape(W.shape[::-1]).T, b) for W, b in layers]


AFFINE = (
    mistake(
        "bias-at-every-alpha",
        "b is added to every z_α; (J2) adds it where α = 0 alone, as the derivative of a constant is 0.",
        affine=lambda self, W, b, a: {alpha: a[alpha] @ W.T + b for alpha in a},
    ),
    mistake(
        "bias-missing",
        "b is missing: (J2) is z_α = W a_α, plus b where α = 0.",
        affine=lambda self, W, b, a: {alpha: a[alpha] @ W.T for alpha in a},
    ),
    mistake(
        "bias-twice",
        "b is added twice: (J2) is z_α = W a_α, plus b where α = 0.",
        affine=lambda self, W, b, a: Method.affine(self, W, 2 * b, a),
    ),
    mistake(
        "bias-sign",
        "b is subtracted: (J2) is z_α = W a_α, plus b where α = 0.",
        affine=lambda self, W, b, a: Method.affine(self, W, -b, a),
    ),
    mistake(
        "weights-transposed",
        "W is transposed, z = Wᵀ a: (J2) is z_α = W a_α with W of shape (n_out, n_in), a[α] @ W.T for rows.",
        affine=lambda self, W, b, a: Method.affine(self, W.T, b, a),
    ),
    mistake(
        "theta-bias-first",
        "θ is read with b before W in each layer; it holds W, then b.",
        unpack=bias_first,
        pack=lambda self, layers: np.concatenate(
            [part.ravel() for W, b in layers for part in (b, W)]
        ),
    ),
    mistake(
        "theta-column-major",
        "W is read from θ column by column (of shape (n_in, n_out)); θ holds W (n_out, n_in) row by row.",
        unpack=column_major,
        pack=lambda self, layers: Method.pack(self, [(W.T, b) for W, b in layers]),
    ),
    mistake(
        "theta-weights-then-biases",
        "θ is read with all the W first and all the b after them; it goes layer by layer, W then b.",
        unpack=lambda self, theta, widths: apart(theta, widths, biases_first=False),
        pack=lambda self, layers: np.concatenate(
            [W.ravel() for W, _ in layers] + [b for _, b in layers]
        ),
    ),
    mistake(
        "theta-biases-then-weights",
        "θ is read with all the b first and all the W after them; it goes layer by layer, W then b.",
        unpack=lambda self, theta, widths: apart(theta, widths, biases_first=True),
        pack=lambda self, layers: np.concatenate(
            [b for _, b in layers] + [W.ravel() for W, _ in layers]
        ),
    ),
    mistake(
        "last-layer-activated",
        "the last layer is activated: u_θ = W_L σ(⋯) + b_L has no σ outside.",
        output=lambda self, z: self.activate(z)[0],
    ),
    mistake(
        "input-activated",
        "the input is activated before the first layer, which takes x as it is.",
        hidden=lambda self, z, n: self.activate(z),
    ),
    mistake(
        "only-first-activated",
        "only the first hidden layer is activated; every hidden layer is.",
        hidden=lambda self, z, n: (
            self.activate(z)
            if n == 1
            else (z, {a: np.ones_like(v) * (not any(a)) for a, v in z.items()} if n else None)
        ),
    ),
    mistake(
        "input-ones",
        "the jet of x has 1 in every entry where |α| = 1; it has the unit vector e_q where α = e_q.",
        start=lambda self, x, alphas: {
            alpha: x if not any(alpha) else np.full_like(x, degree(alpha) == 1) for alpha in alphas
        },
    ),
    mistake(
        "input-ones-in-row-1",
        "the jet of x has 1 in every entry of row 1, and 0 in the rows after it; it has the unit vector e_q "
        "where α = e_q.",
        start=lambda self, x, alphas: {
            a: x if i == 0 else np.full_like(x, i == 1) for i, a in enumerate(alphas)
        },
    ),
    mistake(
        "input-first-variable-only",
        "the jet of x has e_1 in row 1, and 0 in the rows after it; it has e_q where α = e_q, for every q.",
        start=lambda self, x, alphas: {
            a: x if i == 0 else np.ones_like(x) * a * (i == 1) for i, a in enumerate(alphas)
        },
    ),
    mistake(
        "input-one-beyond",
        "the jet of x is 1 beyond |α| = 1; there it is 0.",
        start=lambda self, x, alphas: (
            Method.start(self, x, alphas) | {a: np.ones_like(x) for a in alphas if degree(a) > 1}
        ),
    ),
    mistake(
        "input-constant",
        "the jet of x is x in row 0 and 0 elsewhere, that of a constant; it has e_q where α = e_q.",
        start=lambda self, x, alphas: {a: x if not any(a) else np.zeros_like(x) for a in alphas},
    ),
    mistake(
        "input-ones-beyond",
        "the jet of x has unit vectors beyond |α| = 1; there it is 0.",
        start=lambda self, x, alphas: {
            a: x if not any(a) else np.ones_like(x) * np.minimum(a, 1) * (sum(map(bool, a)) == 1)
            for a in alphas
        },
    ),
    mistake(
        "input-variables-reversed",
        "the variables are in the reverse order: e_q stands in the row α = e_q.",
        start=lambda self, x, alphas: {
            a: x if not any(a) else np.ones_like(x) * a[::-1] * (degree(a) == 1) for a in alphas
        },
    ),
    mistake(
        "derivatives-for-coefficients",
        "the numbers are the derivatives Dᵅu = α! u_α, where the Taylor coefficients u_α are asked for.",
        output=lambda self, z: {alpha: factorial(alpha) * z[alpha] for alpha in z},
        only_in=("check_forward",),
    ),
    mistake(
        "coefficients-divided-twice",
        "the numbers are the Taylor coefficients divided by α! once more: jets hold Dᵅu/α! already.",
        output=lambda self, z: {alpha: z[alpha] / factorial(alpha) for alpha in z},
        only_in=("check_forward",),
    ),
)

# -- the backward pass ---------------------------------------------------------------------------------


def all_biases_from(choose: Any) -> Any:
    """b̄ from the jet z̄."""
    return lambda self, z_bar: choose(z_bar)


def with_slopes(chosen: Any) -> Any:
    """The forward pass; `chosen` takes the list of the hidden layers' s, and its list goes on the tape."""

    def forward(
        self: Method, theta: Array, widths: tuple[int, ...], x: Array, alphas: Sequence[Index]
    ) -> tuple[Jet, list[Any]]:
        u, tape = Method.forward(self, theta, widths, x, alphas)
        slopes = chosen([s for _, _, s, _ in tape[1:]])
        hidden = [(W, a, s, z) for (W, a, _, z), s in zip(tape[1:], slopes)]
        return u, tape[:1] + hidden

    return forward


BACKWARD = (
    mistake(
        "W-bar-value-only",
        "W̄ has the term α = 0 alone, z̄_0ᵀ a_0: (J5) is W̄ = Σ_α z̄_αᵀ a_α.",
        W_bar=lambda self, z_bar, a: first(z_bar).T @ first(a),
    ),
    mistake(
        "W-bar-without-value",
        "W̄ lacks the term α = 0: (J5) is W̄ = Σ_α z̄_αᵀ a_α, over every α.",
        W_bar=lambda self, z_bar, a: Method.W_bar(self, z_bar, a) - first(z_bar).T @ first(a),
    ),
    mistake(
        "W-bar-transposed",
        "W̄ is transposed, a_αᵀ z̄_α, or stands column by column: (J5) is W̄ = Σ_α z̄_αᵀ a_α, of the shape "
        "(n_out, n_in) of W, row by row.",
        W_bar=lambda self, z_bar, a: Method.W_bar(self, z_bar, a).T,
    ),
    mistake(
        "W-bar-with-factorials",
        "the terms of W̄ have a factor α!: (J5) is W̄ = Σ_α z̄_αᵀ a_α; α! stands in ū_α alone.",
        W_bar=lambda self, z_bar, a: sum(factorial(b) * z_bar[b].T @ a[b] for b in a),
    ),
    mistake(
        "W-bar-one-node",
        "W̄ is that of the first node: (J5) sums z̄_αᵀ a_α over the nodes as well.",
        W_bar=lambda self, z_bar, a: sum(z_bar[alpha][:1].T @ a[alpha][:1] for alpha in a),
    ),
    mistake(
        "W-bar-mean",
        "W̄ is the mean over the nodes: (J5) sums z̄_αᵀ a_α over them.",
        W_bar=lambda self, z_bar, a: Method.W_bar(self, z_bar, a) / len(first(a)),
    ),
    mistake(
        "W-bar-of-z",
        "W̄ is made with z, before the activation; (J5) has W̄ = Σ_α z̄_αᵀ a_α, a what entered the layer.",
        backward=lambda self, theta, widths, x, u_bar, alphas: backward_with(
            self,
            theta,
            widths,
            x,
            u_bar,
            alphas,
            W_bar=lambda z_bar, a, z: Method.W_bar(self, z_bar, z),
        ),
    ),
    mistake(
        "b-bar-first-node",
        "b̄ is not summed over the nodes, only the first one is taken: (J5) is b̄ = z̄_0, summed over nodes.",
        b_bar=all_biases_from(lambda z_bar: first(z_bar)[0]),
    ),
    mistake(
        "b-bar-last-node",
        "b̄ is not summed over the nodes, only the last one is taken: (J5) is b̄ = z̄_0, summed over nodes.",
        b_bar=all_biases_from(lambda z_bar: first(z_bar)[-1]),
    ),
    mistake(
        "b-bar-not-summed",
        "b̄ is not summed over the nodes, and so has a number for each: (J5) is b̄ = z̄_0, summed over "
        "nodes.",
        b_bar=all_biases_from(first),
    ),
    mistake(
        "b-bar-mean",
        "b̄ is the mean over the nodes: (J5) is b̄ = z̄_0, summed over nodes.",
        b_bar=all_biases_from(lambda z_bar: first(z_bar).mean(axis=0)),
    ),
    mistake(
        "b-bar-all-alpha",
        "b̄ is summed over all α: (J5) is b̄ = z̄_0, of α = 0 alone, because b is in z_0 alone.",
        b_bar=all_biases_from(lambda z_bar: sum(z_bar.values()).sum(axis=0)),
    ),
    mistake(
        "b-bar-last-alpha",
        "b̄ is taken from the last α: (J5) is b̄ = z̄_0, of α = 0.",
        b_bar=all_biases_from(lambda z_bar: list(z_bar.values())[-1].sum(axis=0)),
    ),
    mistake(
        "b-bar-without-value",
        "b̄ is summed over the α ≠ 0: (J5) is b̄ = z̄_0, of α = 0.",
        b_bar=all_biases_from(
            lambda z_bar: sum(z_bar.values()).sum(axis=0) - first(z_bar).sum(axis=0)
        ),
    ),
    mistake(
        "b-bar-over-units",
        "b̄ is summed over the units and not over the nodes (axis=1): (J5) is b̄ = z̄_0, summed over nodes.",
        b_bar=all_biases_from(lambda z_bar: first(z_bar).sum(axis=1)),
    ),
    mistake(
        "b-bar-missing",
        "b̄ is zero: (J5) is b̄ = z̄_0, summed over nodes.",
        b_bar=all_biases_from(lambda z_bar: 0 * first(z_bar)[0]),
    ),
    mistake(
        "a-bar-weights-transposed",
        "W is transposed in ā: (J5) is ā_α = z̄_α W for rows z̄_α, W of shape (n_out, n_in).",
        a_bar=lambda self, z_bar, W: Method.a_bar(self, z_bar, W.T),
    ),
    mistake(
        "a-bar-square-weights-transposed",
        "W is transposed in ā where it is square, where the shapes do not tell: (J5) is ā_α = z̄_α W.",
        a_bar=lambda self, z_bar, W: Method.a_bar(
            self, z_bar, W.T if W.shape[0] == W.shape[1] else W
        ),
    ),
    mistake(
        "a-bar-without-weights",
        "W is missing, ā_α = z̄_α: (J5) is ā_α = z̄_α W.",
        a_bar=lambda self, z_bar, W: z_bar,
    ),
    mistake(
        "a-bar-value-only",
        "only ā_0 is handed back to the layer before: (J5) has ā_α = z̄_α W for every α.",
        a_bar=lambda self, z_bar, W: only(
            Method.a_bar(self, z_bar, W), lambda alpha: not any(alpha)
        ),
    ),
    mistake(
        "gradient-mean",
        "∇L is divided by the number of nodes: (J5) sums over the nodes.",
        backward=lambda self, theta, widths, x, u_bar, alphas: (
            Method.backward(self, theta, widths, x, u_bar, alphas) / len(x)
        ),
        only_in=("check_backward",),
    ),
    mistake(
        "a-bar-of-u-bar",
        "every layer is given ū in place of the z̄ of the layer after it.",
        backward=lambda self, theta, widths, x, u_bar, alphas: backward_with(
            self, theta, widths, x, u_bar, alphas, restart=True
        ),
    ),
    mistake(
        "gradient-bias-first",
        "in ∇L, b̄ stands before W̄ in each layer; θ holds W, then b.",
        pack=lambda self, layers: np.concatenate(
            [part.ravel() for W, b in layers for part in (b, W)]
        ),
    ),
    mistake(
        "gradient-layers-reversed",
        "in ∇L the layers stand from the last to the first, as the pass meets them; θ begins with the first.",
        pack=lambda self, layers: Method.pack(self, layers[::-1]),
    ),
    mistake(
        "gradient-weights-then-biases",
        "in ∇L all the W̄ stand first and all the b̄ after them; θ goes layer by layer, W then b.",
        pack=lambda self, layers: np.concatenate(
            [np.ravel(W) for W, _ in layers] + [np.ravel(b) for _, b in layers]
        ),
    ),
    *(
        mistake(
            f"slope-of-the-{which}-layer",
            f"s in z̄ = sᵀā (J4) is {whose}: each hidden layer has its own s, from its own z.",
            forward=with_slopes(chosen),
            only_in=("check_backward", "check_gradient"),
        )
        for which, whose, chosen in (
            ("first", "that of the first hidden layer in all of them", lambda s: s[:1] * len(s)),
            ("last", "that of the last hidden layer in all of them", lambda s: s[-1:] * len(s)),
            ("next", "that of the next hidden layer", lambda s: s[1:] + s[:1]),
        )
    ),
    mistake(
        "last-layer-slope",
        "the last layer's ū is sent through an activation first; the last layer has none.",
        backward=lambda self, theta, widths, x, u_bar, alphas: Method.backward(
            self,
            theta,
            widths,
            x,
            self.transpose(self.activate(self.forward(theta, widths, x, alphas)[0])[1], u_bar),
            alphas,
        ),
    ),
    mistake(
        "u-bar-of-derivatives",
        "ū is multiplied by α! in the backward pass; it belongs to the Taylor coefficients u_α already.",
        backward=lambda self, theta, widths, x, u_bar, alphas: Method.backward(
            self, theta, widths, x, {a: factorial(a) * u_bar[a] for a in u_bar}, alphas
        ),
        only_in=("check_backward",),
    ),
    mistake(
        "u-bar-divided",
        "ū is divided by α! in the backward pass; it belongs to the Taylor coefficients u_α already.",
        backward=lambda self, theta, widths, x, u_bar, alphas: Method.backward(
            self, theta, widths, x, {a: u_bar[a] / factorial(a) for a in u_bar}, alphas
        ),
        only_in=("check_backward",),
    ),
    mistake(
        "u-bar-value-only",
        "only ū_0 is sent back: every ū_α is.",
        backward=lambda self, theta, widths, x, u_bar, alphas: Method.backward(
            self, theta, widths, x, only(u_bar, lambda alpha: not any(alpha)), alphas
        ),
        only_in=("check_backward",),
    ),
)


def backward_with(
    self: Method,
    theta: Array,
    widths: tuple[int, ...],
    x: Array,
    u_bar: Jet,
    alphas: Sequence[Index],
    *,
    W_bar: Any = None,
    restart: bool = False,
) -> Array:
    """`Method.backward` with W̄ made of z, or with ū for each layer's z̄."""
    _, tape = self.forward(theta, widths, x, alphas)
    z_bar, layers = u_bar, []
    for n, (W, a, s, z) in reversed(list(enumerate(tape))):
        self.layer = n
        z_bar = u_bar if restart else z_bar
        made = W_bar(z_bar, a, z) if W_bar else self.W_bar(z_bar, a)
        layers.append((made, self.b_bar(z_bar)))
        z_bar = self.a_bar(z_bar, W)
        z_bar = z_bar if s is None else self.through(z, a, s, z_bar)
    return self.pack(layers[::-1])


NETWORKS = (*AFFINE, *BACKWARD)
