"""Mistakes in the affine layers (J2), in the order of θ, and in the backward pass (J5)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Array
from ..plain import Index, Jet
from .equations import Layer, Method, factorial
from .mistakes import degree, first, mistake, only, table

# -- affine layers -------------------------------------------------------------------------------------


def in_another_order(parts: Any) -> dict[str, Any]:
    """θ read and written in another order: `parts` lists the pieces (W's and b's of `layers`)."""

    def pack(self: Method, layers: Sequence[Layer]) -> Array:
        return np.concatenate([np.ravel(part) for part in parts(layers)])

    def unpack(self: Method, theta: Array, widths: tuple[int, ...]) -> list[Layer]:
        where = Method.unpack(self, np.arange(len(theta)), widths)
        there = np.argsort(pack(self, where))
        return [(theta[there[W]], theta[there[b]]) for W, b in where]

    return {"unpack": unpack, "pack": pack}


def bias_first(layers: Sequence[Layer]) -> list[Array]:
    """B before W in each layer."""
    return [part for W, b in layers for part in (b, W)]


def weights_then_biases(layers: Sequence[Layer]) -> list[Array]:
    """All the W, then all the b."""
    return [W for W, _ in layers] + [b for _, b in layers]


def starting(row: Any) -> Any:
    """`start` with row(α, i, 1) in row i > 0, for an array of ones."""
    return lambda self, x, alphas: {
        alpha: row(alpha, i, np.ones_like(x)) if i else x for i, alpha in enumerate(alphas)
    }


def only_first_activated(self: Method, z: Jet, n: int) -> Any:
    """σ before layer 1 alone; before the others s is 1."""
    constant = only(dict.fromkeys(z, 1.0), lambda alpha: not any(alpha))
    return self.activate(z) if n == 1 else (z, constant if n else None)


AFFINE = (
    *table("affine", "(J2) is z_α = W a_α, plus b where α = 0", rows={
        "bias-at-every-alpha": (
            "b is added to every z_α; (J2) adds it where α = 0 alone, as the derivative of a constant is 0.",
            lambda self, W, b, a: {alpha: a[alpha] @ W.T + b for alpha in a}),
        "bias-missing": ("b is missing", lambda self, W, b, a: {alpha: a[alpha] @ W.T for alpha in a}),
        "bias-twice": ("b is added twice", lambda self, W, b, a: Method.affine(self, W, 2 * b, a)),
        "bias-sign": ("b is subtracted", lambda self, W, b, a: Method.affine(self, W, -b, a)),
        "weights-transposed": (
            "W is transposed, z = Wᵀ a: (J2) is z_α = W a_α with W of shape (n_out, n_in), a[α] @ W.T for "
            "rows.",
            lambda self, W, b, a: Method.affine(self, W.T, b, a)),
    }),
    mistake(
        "theta-bias-first", "θ is read with b before W in each layer; it holds W, then b.",
        **in_another_order(bias_first)),
    mistake(
        "theta-column-major",
        "W is read from θ column by column (of shape (n_in, n_out)); θ holds W (n_out, n_in) row by row.",
        **in_another_order(lambda layers: [part.T for layer in layers for part in layer])),
    mistake(
        "theta-weights-then-biases",
        "θ is read with all the W first and all the b after them; it goes layer by layer, W then b.",
        **in_another_order(weights_then_biases)),
    mistake(
        "theta-biases-then-weights",
        "θ is read with all the b first and all the W after them; it goes layer by layer, W then b.",
        **in_another_order(lambda layers: [b for _, b in layers] + [W for W, _ in layers])),
    mistake(
        "last-layer-activated", "the last layer is activated: u_θ = W_L σ(⋯) + b_L has no σ outside.",
        output=lambda self, z: self.activate(z)[0]),
    *table("hidden", rows={
        "input-activated": (
            "the input is activated before the first layer, which takes x as it is.",
            lambda self, z, n: self.activate(z)),
        "only-first-activated": (
            "only the first hidden layer is activated; every hidden layer is.", only_first_activated),
    }),
    *table("start", rows={
        "input-ones": (
            "the jet of x has 1 in every entry where |α| = 1; it has the unit vector e_q where α = e_q.",
            starting(lambda alpha, i, one: one * (degree(alpha) == 1))),
        "input-ones-in-row-1": (
            "the jet of x has 1 in every entry of row 1, and 0 in the rows after it; it has the unit "
            "vector e_q where α = e_q.",
            starting(lambda alpha, i, one: one * (i == 1))),
        "input-first-variable-only": (
            "the jet of x has e_1 in row 1, and 0 in the rows after it; it has e_q where α = e_q, for "
            "every q.",
            starting(lambda alpha, i, one: one * alpha * (i == 1))),
        "input-one-beyond": (
            "the jet of x is 1 beyond |α| = 1; there it is 0.",
            starting(lambda alpha, i, one: one if degree(alpha) > 1 else one * alpha)),
        "input-constant": (
            "the jet of x is x in row 0 and 0 elsewhere, that of a constant; it has e_q where α = e_q.",
            starting(lambda alpha, i, one: 0 * one)),
        "input-ones-beyond": (
            "the jet of x has unit vectors beyond |α| = 1; there it is 0.",
            starting(lambda alpha, i, one: one * np.sign(alpha) * (np.count_nonzero(alpha) == 1))),
        "input-variables-reversed": (
            "the variables are in the reverse order: e_q stands in the row α = e_q.",
            starting(lambda alpha, i, one: one * alpha[::-1] * (degree(alpha) == 1))),
    }),
    mistake(
        "derivatives-for-coefficients",
        "the numbers are the derivatives Dᵅu = α! u_α, where the Taylor coefficients u_α are asked for.",
        output=lambda self, z: {alpha: factorial(alpha) * z[alpha] for alpha in z},
        only_in=("check_forward",)),
    mistake(
        "coefficients-divided-twice",
        "the numbers are the Taylor coefficients divided by α! once more: jets hold Dᵅu/α! already.",
        output=lambda self, z: {alpha: z[alpha] / factorial(alpha) for alpha in z},
        only_in=("check_forward",)),
)  # fmt: skip

# -- the backward pass ---------------------------------------------------------------------------------


def sending(change: Any) -> Any:
    """`backward` of change(self, ū, θ, widths, x, the α) in the place of ū."""
    return lambda self, theta, widths, x, u_bar, alphas: Method.backward(
        self, theta, widths, x, change(self, u_bar, theta, widths, x, alphas), alphas
    )


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


def backward_with(*, of_z: bool = False, restart: bool = False) -> Any:
    """`backward` with W̄ made of z, or with ū for each layer's z̄."""

    def backward(
        self: Method, theta: Array, widths: Any, x: Array, u_bar: Jet, alphas: Sequence[Index]
    ) -> Array:
        _, tape = self.forward(theta, widths, x, alphas)
        z_bar, layers = u_bar, []
        for n, (W, a, s, z) in reversed(list(enumerate(tape))):
            self.layer = n
            z_bar = u_bar if restart else z_bar
            layers.append((self.W_bar(z_bar, z if of_z else a), self.b_bar(z_bar)))
            z_bar = self.a_bar(z_bar, W)
            z_bar = z_bar if s is None else self.through(z, a, s, z_bar)
        return self.pack(layers[::-1])

    return backward


BACKWARD = (
    *table("W_bar", rows={
        "W-bar-value-only": (
            "W̄ has the term α = 0 alone, z̄_0ᵀ a_0: (J5) is W̄ = Σ_α z̄_αᵀ a_α.",
            lambda self, z_bar, a: first(z_bar).T @ first(a)),
        "W-bar-without-value": (
            "W̄ lacks the term α = 0: (J5) is W̄ = Σ_α z̄_αᵀ a_α, over every α.",
            lambda self, z_bar, a: Method.W_bar(self, z_bar, a) - first(z_bar).T @ first(a)),
        "W-bar-transposed": (
            "W̄ is transposed, a_αᵀ z̄_α, or stands column by column: (J5) is W̄ = Σ_α z̄_αᵀ a_α, of the "
            "shape (n_out, n_in) of W, row by row.",
            lambda self, z_bar, a: Method.W_bar(self, z_bar, a).T),
        "W-bar-with-factorials": (
            "the terms of W̄ have a factor α!: (J5) is W̄ = Σ_α z̄_αᵀ a_α; α! stands in ū_α alone.",
            lambda self, z_bar, a: sum(factorial(b) * z_bar[b].T @ a[b] for b in a)),
        "W-bar-one-node": (
            "W̄ is that of the first node: (J5) sums z̄_αᵀ a_α over the nodes as well.",
            lambda self, z_bar, a: sum(z_bar[alpha][:1].T @ a[alpha][:1] for alpha in a)),
        "W-bar-mean": (
            "W̄ is the mean over the nodes: (J5) sums z̄_αᵀ a_α over them.",
            lambda self, z_bar, a: Method.W_bar(self, z_bar, a) / len(first(a))),
    }),
    *table("backward", rows={
        "W-bar-of-z": (
            "W̄ is made with z, before the activation; (J5) has W̄ = Σ_α z̄_αᵀ a_α, a what entered the "
            "layer.",
            backward_with(of_z=True)),
        "a-bar-of-u-bar": (
            "every layer is given ū in place of the z̄ of the layer after it.", backward_with(restart=True)),
        "last-layer-slope": (
            "the last layer's ū is sent through an activation first; the last layer has none.",
            sending(lambda self, u_bar, *network:
                self.transpose(self.activate(self.forward(*network)[0])[1], u_bar))),
    }),
    *table("b_bar", "(J5) is b̄ = z̄_0, summed over nodes", rows={
        "b-bar-first-node": (
            "b̄ is not summed over the nodes, only the first one is taken",
            lambda self, z_bar: first(z_bar)[0]),
        "b-bar-last-node": (
            "b̄ is not summed over the nodes, only the last one is taken",
            lambda self, z_bar: first(z_bar)[-1]),
        "b-bar-not-summed": (
            "b̄ is not summed over the nodes, and so has a number for each",
            lambda self, z_bar: first(z_bar)),
        "b-bar-mean": ("b̄ is the mean over the nodes", lambda self, z_bar: first(z_bar).mean(axis=0)),
        "b-bar-all-alpha": (
            "b̄ is summed over all α: (J5) is b̄ = z̄_0, of α = 0 alone, because b is in z_0 alone.",
            lambda self, z_bar: sum(z_bar.values()).sum(axis=0)),
        "b-bar-last-alpha": (
            "b̄ is taken from the last α: (J5) is b̄ = z̄_0, of α = 0.",
            lambda self, z_bar: list(z_bar.values())[-1].sum(axis=0)),
        "b-bar-without-value": (
            "b̄ is summed over the α ≠ 0: (J5) is b̄ = z̄_0, of α = 0.",
            lambda self, z_bar: sum(z_bar.values()).sum(axis=0) - first(z_bar).sum(axis=0)),
        "b-bar-over-units": (
            "b̄ is summed over the units and not over the nodes (axis=1)",
            lambda self, z_bar: first(z_bar).sum(axis=1)),
        "b-bar-missing": ("b̄ is zero", lambda self, z_bar: 0 * first(z_bar)[0]),
    }),
    *table("a_bar", "(J5) is ā_α = z̄_α W", rows={
        "a-bar-weights-transposed": (
            "W is transposed in ā: (J5) is ā_α = z̄_α W for rows z̄_α, W of shape (n_out, n_in).",
            lambda self, z_bar, W: Method.a_bar(self, z_bar, W.T)),
        "a-bar-square-weights-transposed": (
            "W is transposed in ā where it is square, where the shapes do not tell",
            lambda self, z_bar, W: Method.a_bar(self, z_bar, W.T if W.shape[0] == W.shape[1] else W)),
        "a-bar-without-weights": ("W is missing, ā_α = z̄_α", lambda self, z_bar, W: z_bar),
        "a-bar-value-only": (
            "only ā_0 is handed back to the layer before: (J5) has ā_α = z̄_α W for every α.",
            lambda self, z_bar, W: only(Method.a_bar(self, z_bar, W), lambda alpha: not any(alpha))),
    }),
    mistake(
        "gradient-mean", "∇L is divided by the number of nodes: (J5) sums over the nodes.",
        backward=lambda self, *args: Method.backward(self, *args) / len(args[2]),
        only_in=("check_backward",)),
    *table("pack", rows={
        "gradient-bias-first": (
            "in ∇L, b̄ stands before W̄ in each layer; θ holds W, then b.",
            in_another_order(bias_first)["pack"]),
        "gradient-layers-reversed": (
            "in ∇L the layers stand from the last to the first, as the pass meets them; θ begins with the "
            "first.",
            lambda self, layers: Method.pack(self, layers[::-1])),
        "gradient-weights-then-biases": (
            "in ∇L all the W̄ stand first and all the b̄ after them; θ goes layer by layer, W then b.",
            in_another_order(weights_then_biases)["pack"]),
    }),
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
        "u-bar-of-derivatives",
        "ū is multiplied by α! in the backward pass; it belongs to the Taylor coefficients u_α already.",
        backward=sending(lambda self, u_bar, *_: {a: factorial(a) * v for a, v in u_bar.items()}),
        only_in=("check_backward",)),
    mistake(
        "u-bar-divided",
        "ū is divided by α! in the backward pass; it belongs to the Taylor coefficients u_α already.",
        backward=sending(lambda self, u_bar, *_: {a: v / factorial(a) for a, v in u_bar.items()}),
        only_in=("check_backward",)),
    mistake(
        "u-bar-value-only", "only ū_0 is sent back: every ū_α is.",
        backward=sending(lambda self, u_bar, *_: only(u_bar, lambda alpha: not any(alpha))),
        only_in=("check_backward",)),
)  # fmt: skip


NETWORKS = (*AFFINE, *BACKWARD)
