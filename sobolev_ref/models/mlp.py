"""`MLP`: a multilayer perceptron over jets, its forward and its backward pass by hand.

    u_θ(x) = W_L σ(W_{L−1} ⋯ σ(W_1 x + b_1) ⋯ + b_{L−1}) + b_L

Fed with the jet of x ↦ x instead of numbers, the same lines return every Dᵅu_θ / α! with |α| ≤ k:

    forward                                  backward, its transpose
    z_α = W a_α, plus b where α = 0  (J2)    W̄ = Σ_α z̄_αᵀ a_α,  b̄ = z̄_0,  ā_α = z̄_α W  (J5)
    a = σ(z), s = σ′(z)              (J3)    z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                (J4)

where v̄ stands for the derivative of the loss with respect to v, sums over nodes included. The tangents
of these lines along a direction of θ, written v̇, give Hessian-vector products:

    ż_α = Ẇ a_α + W ȧ_α, plus ḃ where α = 0                                                   (H2)
    (a, ȧ) = σ(z + ε ż), (s, ṡ) = σ′(z + ε ż), ε² = 0                                         (H3)
    d(z̄) = ṡᵀ ā + sᵀ d(ā),  d(W̄) = Σ_α d(z̄_α)ᵀ a_α + z̄_αᵀ ȧ_α,  d(ā_α) = d(z̄_α) W + z̄_α Ẇ       (H5)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_choice,
    as_integer,
    as_real_array,
    as_rng,
    as_sequence,
    as_vector,
    check_size,
)
from .._typing import Array
from ..jets.activations import Activation, as_activation
from ..jets.algebra import TaylorAlgebra
from .jacobian import affine_jacobian, hidden_jacobian
from .model import Layers, Model

SCHEMES: dict[str, Callable[[int, int], float]] = {  # the variance of an entry of W
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    "he": lambda n_in, n_out: 2 / n_in,
    "lecun": lambda n_in, n_out: 1 / n_in,
}


@dataclass(frozen=True)
class Tape:
    """What the backward pass needs of a forward pass: W and b, a, and s, layer by layer."""

    layers: Layers
    algebra: TaylorAlgebra
    inputs: list[Array] = field(default_factory=list)  # a, (A, N, n_in), of every affine layer
    slopes: list[Array] = field(default_factory=list)  # s, (A, N, n_out), of every hidden layer


def flat(jet: Array) -> Array:
    """(A, N, n) as (A N, n): all coefficients of all nodes go through one matrix product."""
    return jet.reshape(-1, jet.shape[-1])


def through(jet: Array, W: Array, T: TaylorAlgebra) -> Array:
    """W a_α for every α and node: (A, N, n_in) to (A, N, n_out)."""
    rows = flat(jet)
    out = T.memory.empty((len(rows), len(W)), np.result_type(jet, W))
    np.dot(rows, W.T, out=out)  # BLAS for n_in = 1 as well, where matmul loops
    return out.reshape(*jet.shape[:-1], len(W))


def affine_transpose(z_bar: Array, a: Array, W_bar: Array, b_bar: Array) -> None:
    """Write W̄ = Σ_α z̄_αᵀ a_α and b̄ = 1ᵀ z̄_0, sums over the nodes (J5); a may have fewer rows."""
    np.dot(flat(z_bar[: len(a)]).T, flat(a), out=W_bar)  # (J5)
    np.dot(np.ones(z_bar.shape[1]), z_bar[0], out=b_bar)  # (J5), several times faster than a sum


@dataclass(frozen=True)
class MLP(Model):
    """A fully connected network, its parameters outside it in one vector θ.

    Parameters
    ----------
    widths : sequence of int
        (d, n_1, …, m): input dimension, hidden widths (none for an affine map), output dimension.
    activation : str or Activation, default "tanh"
        σ on every hidden layer; the output layer is affine.

    Raises
    ------
    TypeError, ValueError
        For widths that are not at least two whole numbers >= 1, or an unknown activation.

    Examples
    --------
    >>> net = MLP((1, 4, 1))
    >>> theta = net.init(0)
    >>> net(theta, [[0.0], [1.0]]).shape
    (2, 1)
    >>> list(net.derivatives(theta, [[0.0]], order=2))
    [(0,), (1,), (2,)]
    """

    widths: tuple[int, ...]
    activation: Activation

    def __init__(self, widths: Sequence[int], activation: str | Activation = "tanh") -> None:
        entries = as_sequence("widths", widths, "a sequence such as (1, 50, 50, 1)")
        checked = tuple(as_integer("widths", n, minimum=1) for n in entries)
        if len(checked) < 2:
            raise ValueError(f"widths: got {checked}, takes at least (d, m)")
        object.__setattr__(self, "widths", checked)
        object.__setattr__(self, "activation", as_activation(activation))

    @property
    def d(self) -> int:
        return self.widths[0]

    @property
    def m(self) -> int:
        return self.widths[-1]

    @property
    def width(self) -> int:
        return max(self.widths)

    @property
    def smoothness(self) -> float:
        """That of σ; a network without hidden layers is analytic."""
        return self.activation.smoothness if len(self.widths) > 2 else np.inf

    @property
    def n_parameters(self) -> int:
        """P = Σ (n_in + 1) n_out."""
        return sum((n_in + 1) * n_out for n_in, n_out in zip(self.widths, self.widths[1:]))

    # -- parameters ------------------------------------------------------------------------------

    def init(self, rng: np.random.Generator | int, scheme: str = "glorot") -> Array:
        """Random weights, zero biases.

        W_ij ~ N(0, v) with v = 2/(n_in + n_out) ("glorot"), 2/n_in ("he"), 1/n_in ("lecun").

        Parameters
        ----------
        rng : numpy.random.Generator or int
            The source of randomness, or a seed for it; the same seed gives the same bits.
        scheme : {"glorot", "he", "lecun"}

        Returns
        -------
        ndarray, shape (P,)

        Examples
        --------
        >>> net = MLP((2, 3, 1))
        >>> bool((net.init(7) == net.init(np.random.default_rng(7))).all())
        True
        """
        variance = as_choice("scheme", scheme, SCHEMES)
        rng = as_rng("rng", rng)
        check_size("widths", self.widths, self.n_parameters)
        return self.pack(
            [
                (rng.normal(0, np.sqrt(variance(n_in, n_out)), (n_out, n_in)), np.zeros(n_out))
                for n_in, n_out in zip(self.widths, self.widths[1:])
            ]
        )

    def pack(self, layers: Sequence[tuple[ArrayLike, ArrayLike]]) -> Array:
        """[(W, b), …] as one vector θ: layer by layer, W (n_out, n_in) row-major, then b (n_out,).

        Examples
        --------
        >>> MLP((2, 1)).pack([([[1.0, 2.0]], [3.0])])
        array([1., 2., 3.])
        """
        n = len(self.widths) - 1
        pairs = as_sequence("layers", layers, f"a sequence of {n} pairs (W, b)")
        if len(pairs) != n:
            raise ValueError(f"layers: got {len(pairs)}, takes {n}")
        parts = []
        for i, pair in enumerate(pairs):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise TypeError(f"layers[{i}]: got {type(pair).__name__}, takes a pair (W, b)")
            W, b = pair
            n_in, n_out = self.widths[i : i + 2]
            for name, array, shape in ((f"W{i + 1}", W, (n_out, n_in)), (f"b{i + 1}", b, (n_out,))):
                part = as_real_array(name, array)
                if part.shape != shape:
                    raise ValueError(f"{name}: got shape {part.shape}, takes shape {shape}")
                parts.append(part.ravel())
        return np.concatenate(parts)

    def unpack(self, theta: ArrayLike) -> Layers:
        """θ of shape (P,) as [(W, b), …]: views of θ, the inverse of `pack`.

        Examples
        --------
        >>> MLP((2, 1)).unpack([1.0, 2.0, 3.0])
        [(array([[1., 2.]]), array([3.]))]
        """
        return self._layers(as_vector("theta", theta, self.n_parameters))

    def _layers(self, theta: Array) -> Layers:
        layers, start = [], 0
        for n_in, n_out in zip(self.widths, self.widths[1:]):
            middle, stop = start + n_out * n_in, start + n_out * (n_in + 1)
            layers.append((theta[start:middle].reshape(n_out, n_in), theta[middle:stop]))
            start = stop
        return layers

    # -- the two passes --------------------------------------------------------------------------

    def forward(self, theta: Array, a: Array, T: TaylorAlgebra) -> tuple[Array, Tape]:
        """The forward pass on jets: a of shape (A, N, d) to u of shape (A, N, m), and the tape."""
        tape = Tape(self._layers(theta), T)
        for i, (W, b) in enumerate(tape.layers):
            tape.inputs.append(a)  # (A, N, n_in)
            z = through(a, W, T)  # (A, N, n_out)
            z[0] += b  # (J2)
            if i < len(tape.layers) - 1:
                a, s = self.activation.jets(z, T)  # (J3)
                tape.slopes.append(s)  # (A, N, n_out)
        return T.padded(z), tape

    def backward(self, tape: Tape, u_bar: Array) -> Array:
        """The backward pass: ū = ∂L/∂u_α, shape (A, N, m), to ∇_θ L, shape (P,)."""
        gradient = np.empty(self.n_parameters, u_bar.dtype)
        z_bar = u_bar  # (A, N, n_out)
        for i, (W_bar, b_bar) in reversed(list(enumerate(self._layers(gradient)))):
            affine_transpose(z_bar, tape.inputs[i], W_bar, b_bar)  # (J5)
            if i > 0:
                a_bar = through(z_bar, tape.layers[i][0].T, tape.algebra)  # (J5)
                s, rows = tape.slopes[i - 1], len(tape.inputs[i - 1])
                z_bar = tape.algebra.product_transpose(s, a_bar, rows)  # (J4)
        return gradient

    def jacobian(self, tape: Tape, scale: Array, out: Array) -> None:
        """scale · ∂u_α/∂θ, scale (A, N), written to `out`, (A, N, m, P); see `jacobian`."""
        T = tape.algebra
        (W, _), *hidden = tape.layers[::-1]
        start = out.shape[-1] - W.size - len(W)
        affine_jacobian(tape.inputs[-1], scale, out[..., start:])  # (G3)
        GW = W[None, :, None, :]  # (1, m, 1, n), G_L = I
        for (W, _), a, s in zip(hidden, tape.inputs[-2::-1], tape.slopes[::-1]):
            G = T.product(s[:, None], GW)  # (A, m, N, n_out) (G2)
            stop, start = start, start - W.size - len(W)
            hidden_jacobian(G, a, scale, T, out[..., start:stop])  # (G3)
            if start > 0:
                GW = through(G, W.T, T)  # (A, m, N, n_in)

    # -- their tangents --------------------------------------------------------------------------

    def forward_tangent(
        self, theta: Array, v: Array, a: Array, T: TaylorAlgebra
    ) -> tuple[Array, tuple[Tape, Tape]]:
        """The forward pass at θ + ε v, ε² = 0: u, then u̇, shape (2A, N, m); the tapes of both."""
        A = T.size
        tape, dtape = Tape(self._layers(theta), T), Tape(self._layers(v), T)
        for i, ((W, b), (dW, db)) in enumerate(zip(tape.layers, dtape.layers)):
            if i == 0:  # x does not move, and its jet has few rows
                tape.inputs.append(a)  # (1 + d, N, d)
                dtape.inputs.append(np.zeros_like(a))
                z = np.zeros((2 * A, a.shape[1], len(b)), np.result_type(a, W, dW))
                z[: len(a)], z[A : A + len(a)] = through(a, W, T), through(a, dW, T)
            else:
                tape.inputs.append(a[:A])  # (A, N, n_in)
                dtape.inputs.append(a[A:])
                z = through(a, W, T)  # (2A, N, n_out)
                z[A:] += through(a[:A], dW, T)
            z[0] += b
            z[A] += db  # (H2)
            if i < len(tape.layers) - 1:
                a, s = self.activation.jets(z, T.tangent)  # (H3)
                tape.slopes.append(s[:A])  # (A, N, n_out)
                dtape.slopes.append(s[A:])
        return z, (tape, dtape)

    def backward_tangent(self, tapes: tuple[Tape, Tape], u_bar: Array, du_bar: Array) -> Array:
        """The ε part of the backward pass from ū + ε du_bar, each (A, N, m): shape (P,)."""
        tape, dtape = tapes
        T = tape.algebra
        transpose = T.product_transpose
        gradient: list[Array] = []
        z_bar, dz_bar = u_bar, du_bar  # (A, N, n_out)
        for i in reversed(range(len(tape.layers))):
            a, da = tape.inputs[i], dtape.inputs[i]
            dW_bar = flat(dz_bar[: len(a)]).T @ flat(a)
            if i > 0:  # x does not move
                dW_bar += flat(z_bar).T @ flat(da)  # (H5)
            gradient = [dW_bar.ravel(), dz_bar[0].sum(axis=0), *gradient]
            if i > 0:
                (W, _), (dW, _) = tape.layers[i], dtape.layers[i]
                s, ds = tape.slopes[i - 1], dtape.slopes[i - 1]
                a_bar = through(z_bar, W.T, T)
                da_bar = through(dz_bar, W.T, T)
                da_bar += through(z_bar, dW.T, T)  # (H5)
                rows = len(tape.inputs[i - 1])
                z_bar = transpose(s, a_bar, rows)  # (J4)
                dz_bar = transpose(s, da_bar, rows, to=transpose(ds, a_bar, rows))  # (H5)
        return np.concatenate(gradient)
