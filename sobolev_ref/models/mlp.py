"""`MLP`: a multilayer perceptron over jets, its forward and its backward pass by hand.

    u_θ(x) = W_L σ(W_{L−1} ⋯ σ(W_1 x + b_1) ⋯ + b_{L−1}) + b_L

Fed with the jet of x ↦ x instead of numbers, the same lines return every Dᵅu_θ / α! with |α| ≤ k:

    forward                                  backward, its transpose
    z_α = W a_α, plus b where α = 0  (J2)    W̄ = Σ_α z̄_αᵀ a_α,  b̄ = z̄_0,  ā_α = z̄_α W  (J5)
    ∂a = s ∂z, a = σ(z), s = σ′(z)   (J3)    z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                (J4)

where v̄ stands for the derivative of the loss with respect to v, sums over nodes included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from numbers import Integral
from typing import ParamSpec

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    MAX_ENTRIES,
    as_bounds,
    as_choice,
    as_integer,
    as_real_array,
    as_rng,
    as_sequence,
    as_vector,
    shown,
)
from .._typing import Array
from ..jets.activations import RULES, Activation, as_activation
from ..jets.algebra import TaylorAlgebra, taylor_algebra
from ..jets.nearness import Operand
from .jacobian import affine_jacobian, hidden_jacobian
from .model import Layers, Model, block_size

Q = ParamSpec("Q")
Draw = Callable[[np.random.Generator, int, int], tuple[Array, Array]]
# The largest slope of the first layer is SCALE over half a side of Ω, as measured in docs/starts.md.
SCALE = 2.0
FLAT = 2.0**-52  # |σ′|, from which a unit passes nothing on


def normal(variance: Callable[[int, int], float]) -> Draw:
    """W_ij ~ N(0, v) with v = variance(n_in, n_out), and b = 0."""
    return lambda rng, n_in, n_out: (
        rng.normal(0, np.sqrt(variance(n_in, n_out)), (n_out, n_in)),
        np.zeros(n_out),
    )


def uniform(rng: np.random.Generator, n_in: int, n_out: int) -> tuple[Array, Array]:
    """W_ij and b_i, which are uniform on ±1/√n_in."""
    r: float = n_in**-0.5
    return rng.uniform(-r, r, (n_out, n_in)), rng.uniform(-r, r, n_out)


SCHEMES: dict[str, Draw] = {
    "glorot": normal(lambda n_in, n_out: 2 / (n_in + n_out)),
    "he": normal(lambda n_in, n_out: 2 / n_in),
    "lecun": normal(lambda n_in, n_out: 1 / n_in),
    "uniform": uniform,
}


def spread(rng: np.random.Generator, n: int, box: Array, scale: float) -> tuple[Array, Array]:
    """W, (n, d), and b, (n,), of units whose hyperplanes W_i·x + b_i = 0 are spread over the box Ω.

    With h half the sides of Ω, a direction e_i uniform on the unit sphere, a slope s_i uniform on [0, scale]
    and a point c_i uniform on Ω,

        W_iq = s_i e_iq / h_q,  b_i = −W_i·c_i,  so that z_i = W_i·(x − c_i) vanishes at c_i

    In one dimension W_i is uniform on ±scale/h, and the zero −b_i/W_i of z_i is uniform on Ω.
    """
    half = (box[:, 1] - box[:, 0]) / 2  # (d,)
    e = rng.normal(size=(n, len(box)))
    e /= np.linalg.norm(e, axis=1, keepdims=True)
    s = rng.uniform(0, scale, (n, 1))
    c = rng.uniform(box[:, 0], box[:, 1], (n, len(box)))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        W = s * e / half  # (n, d)
        b = -np.sum(W * c, axis=1)  # (n,)
    if not (np.isfinite(W).all() and np.isfinite(b).all()):
        raise ValueError(
            f"bounds: got a side of {2 * half.min():.2g} at points up to {np.abs(box).max():.2g}, takes a "
            f"box for which scale = {scale:g} over half a side, and that times a point, stay within float64"
        )
    return W, b


@dataclass(frozen=True)
class Tape:
    """What a backward pass needs of the forward pass, by layer.

    a_0 is the jet of x, and a hidden layer computes z_l = W_l a_{l−1} + b_l, a_l = σ(z_l) and s_l = σ′(z_l).
    The list of a begins with a_0; all other lists begin with l = 1. The output layer has no z and no s.
    Only `reverse` reads z.
    """

    layers: Layers  # (W_l, b_l)
    algebra: TaylorAlgebra
    a: list[Array] = field(default_factory=list)  # a_0, …, a_{L−1}, (A, N, n_l) each
    z: list[Array] = field(default_factory=list)  # z_1, …, z_{L−1}, (A, N, n_l) each
    s: list[Array] = field(default_factory=list)  # s_1, …, s_{L−1}, (A, N, n_l) each


def flat(jet: Array) -> Array:
    """A jet of shape (A, N, n) as a matrix (A N, n), so that one product serves all rows and nodes."""
    return jet.reshape(-1, jet.shape[-1])


def through(jet: Array, W: Array) -> Array:
    """W a_α for every α at every node, from (A, N, n_in) to (A, N, n_out)."""
    out: Array = np.dot(flat(jet), W.T)  # np.dot asks BLAS for n_in = 1 as well, where matmul loops
    return out.reshape(*jet.shape[:-1], len(W))


def affine(a: Array, W: Array, b: Array) -> Array:
    """z_α = W a_α, plus b where α = 0 (J2); an empty b adds nothing."""
    z = through(a, W)  # (A, N, n_out) (J2)
    if len(b):
        z[0] += b
    return z


def affine_transpose(z_bar: Array, a: Array, W_bar: Array, b_bar: Array) -> None:
    """Write W̄ = Σ_α z̄_αᵀ a_α and b̄ = z̄_0, summed over the nodes (J5).

    Where a has fewer rows than z̄, the others are zero. The third equation of (J5), ā_α = z̄_α W, is
    `through` with Wᵀ.
    """
    np.dot(flat(z_bar[: len(a)]).T, flat(a), out=W_bar)  # (n_out, n_in) (J5)
    if len(b_bar):
        np.dot(np.ones(z_bar.shape[1]), z_bar[0], out=b_bar)  # a product is faster than np.sum


def _takes_widths_together(init: Callable[Q, None]) -> Callable[Q, None]:
    """Refuse ``MLP(1, 8, 1, "sin")`` in words of ours, where Python would count arguments."""

    @wraps(init)
    def checked(*args: Q.args, **named: Q.kwargs) -> None:
        given = (*args[1:], *named.values())
        widths = tuple(
            n
            for part in given
            for n in (part if isinstance(part, list | tuple) else [part])
            if isinstance(n, Integral)
        )
        if len(widths) > 1 and isinstance(given[0], Integral):
            others = [a for a in given if isinstance(a, str | Activation)]
            takes = ", ".join(map(shown, [widths, *others]))
            raise TypeError(f"widths: got {shown(given)} one by one, takes MLP({takes})")
        init(*args, **named)

    return checked


@dataclass(frozen=True)
class MLP(Model):
    """A fully connected network, whose parameters are no part of it: they are one vector θ.

    Parameters
    ----------
    widths : sequence of int
        (d, n_1, …, m): the input dimension, the hidden widths (none for an affine map), and the output
        dimension.
    activation : str or Activation, default "tanh"
        σ, which every hidden layer applies; the output layer is affine. By name "tanh", "sin", "sigmoid",
        "softplus", "gelu", "silu", "gaussian", "identity", and "relu", which has a kink.

    See Also
    --------
    LinearModel : A model linear in θ, whose global minimum is known.
    SobolevLoss : What it is trained on.
    fit : What trains it.

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

    @_takes_widths_together
    def __init__(self, widths: Sequence[int], activation: str | Activation = "tanh") -> None:
        entries = as_sequence("widths", widths, "a sequence such as (1, 50, 50, 1)")
        checked = tuple(as_integer("widths", n, 1, MAX_ENTRIES) for n in entries)
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
        """The smoothness of σ; a network without hidden layers is analytic."""
        return self.activation.smoothness if len(self.widths) > 2 else np.inf

    @cached_property
    def n_parameters(self) -> int:
        """P = Σ (n_in + 1) n_out."""
        return sum((n_in + 1) * n_out for n_in, n_out in zip(self.widths, self.widths[1:]))

    # -- parameters ------------------------------------------------------------------------------

    def init(
        self,
        rng: np.random.Generator | int,
        scheme: str = "glorot",
        bounds: ArrayLike | None = None,
    ) -> Array:
        """Random weights θ; where the box Ω is given, the hyperplanes z_i = 0 of the first layer cross it.

        W_ij ~ N(0, v), b = 0, with v = 2/(n_in + n_out) ("glorot"), 2/n_in ("he"), 1/n_in ("lecun"); or
        W_ij and b_i uniform on ±1/√n_in ("uniform"), as in PyTorch.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            The source of randomness, or a seed for it; the same seed gives the same bits.
        scheme : {"glorot", "he", "lecun", "uniform"}
        bounds : array_like, shape (d, 2), optional
            The box Ω, for example ``rule.bounds``. Then unit i of the first layer is zero at a point c_i of
            Ω, and its slope is to the scale of Ω: W_iq = s_i e_iq / h_q and b_i = −W_i·c_i, where h_q is half
            a side, e_i uniform on the unit sphere, s_i uniform on [0, 2], and c_i uniform on Ω. The other
            layers are those of the scheme, to the last bit. A network inside `Standardizer.model` takes the
            box in standard units, ``scaler.rule(rule).bounds``.

        Returns
        -------
        ndarray, shape (P,)

        Notes
        -----
        On the hyperplane z_i = W_i·x + b_i = 0 a ReLU has its kink, and a tanh is steepest. In one dimension
        it is the point x = −b_i/W_i, so that with b = 0 all of them are at x = 0, inside Ω or not. A ReLU
        network is then linear on either side, and if 0 is a node it starts where its loss need not have a
        gradient. With two hidden layers it can be so at many nodes: where no unit of the first is active, the
        second is at its kink (`theory.nodes_on_kinks`). With ``bounds`` each hyperplane of the first layer
        has a place of its own in Ω, and a node lies on it with probability 0; in deeper layers "uniform"
        keeps b from 0. What a start is worth is measured in docs/starts.md.

        Examples
        --------
        >>> net = MLP((1, 3, 1))
        >>> bool((net.init(7) == net.init(np.random.default_rng(7))).all())
        True
        >>> (W, b), _ = net.unpack(net.init(0, bounds=[(5, 6)]))
        >>> zeros = -b / W[:, 0]
        >>> bool((5 <= zeros).all() and (zeros <= 6).all())
        True
        """
        draw = as_choice("scheme", scheme, SCHEMES)
        rng = as_rng("rng", rng)
        box = None if bounds is None else as_bounds(bounds, d=self.d)
        layers = [draw(rng, n_in, n_out) for n_in, n_out in zip(self.widths, self.widths[1:])]
        if box is not None:
            layers[0] = spread(rng, self.widths[1], box, SCALE)
        return self.pack(layers)

    def pack(self, layers: Sequence[tuple[ArrayLike, ArrayLike]]) -> Array:
        """[(W, b), …] as one vector θ, which holds W (n_out, n_in) row-major and b (n_out,) of each layer.

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
        """θ of shape (P,) as [(W, b), …], which are views of θ: the inverse of `pack`.

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
        """The forward pass (J2) (J3): the jet a of x, (A, N, d), to the jet of u, (A, N, m), and the tape."""
        tape = Tape(self._layers(theta), T)
        *hidden, last = tape.layers
        is_ours = self.activation.jets in RULES  # which know that rows of x are missing
        for W, b in hidden:
            tape.a.append(a)  # (A, N, n_in)
            z = affine(a, W, b)  # (A, N, n_out)
            z = z if is_ours else T.padded(z)
            a, s = self.activation.jets(z, T)  # (A, N, n_out)
            tape.z.append(z)
            tape.s.append(s)
        tape.a.append(a)
        return T.padded(affine(a, *last)), tape

    def backward(self, tape: Tape, u_bar: Array) -> Array:
        """The backward pass (J5) (J4): ū_α = ∂L/∂u_α, shape (A, N, m), to ∇_θ L, shape (P,)."""
        gradient = np.empty(self.n_parameters, u_bar.dtype)
        z_bar = u_bar  # (A, N, n_out)
        for i, (W_bar, b_bar) in reversed(list(enumerate(self._layers(gradient)))):
            affine_transpose(z_bar, tape.a[i], W_bar, b_bar)  # layer i + 1, which takes a_i
            if i > 0:
                W, _ = tape.layers[i]
                a_bar = through(z_bar, W.T)  # (A, N, n_in)
                rows = len(tape.a[i - 1])  # the next W̄ needs no more, as the jet of x is short
                z_bar = tape.algebra.transpose(tape.s[i - 1], a_bar, rows)  # (rows, N, n_in)
        return gradient

    def _on_kinks(
        self, theta: Array, a: Array, T: TaylorAlgebra, error: Array | None, sizes: Sequence[Array]
    ) -> Array:
        """Where a hidden z_i, not constant beside the node, is on a kink of σ, if only but for rounding."""
        _, tape = self.forward(theta, a, T)
        on_kink = np.zeros(a.shape[1], bool)
        for (W, b), a, z, s in zip(tape.layers, tape.a, tape.z, tape.s):
            there = np.isin(z[0].real, self.activation.kinks) & z[1:].any(axis=0)  # (N, n_out)
            if error is not None:
                error = affine(error + np.abs(a), np.abs(W), np.abs(b))  # (A, N, n_out)
                for kink in map(np.asarray, self.activation.kinks):
                    there |= Operand(z, error, sizes, T.order).from_step(kink).meets()
                error = T.product(np.abs(s), error)
            on_kink |= there.any(axis=1)
        return on_kink

    def _saturated(self, theta: Array, x: Array) -> int:
        T, layers = taylor_algebra(self.d, 0), set(range(1, len(self.widths) - 1))
        size = block_size(1, self.width)
        for start in range(0, len(x), size):
            _, tape = self.forward(theta, T.variables(x[start : start + size]), T)
            layers &= {i for i, s in enumerate(tape.s, 1) if np.abs(s).max() <= FLAT}
            if not layers:
                break
        return min(layers, default=0)

    def jacobian(self, tape: Tape, scale: Array, out: Array) -> None:
        """Write scale · ∂u_α/∂θ to `out`, (A, N, m, P), for a scale of shape (A, N), by (G2) and (G3)."""
        T = tape.algebra
        (W, _), *hidden = tape.layers[::-1]
        start = out.shape[-1] - W.size - len(W)
        affine_jacobian(tape.a[-1], scale, out[..., start:])
        GW = W[None, :, None, :]  # (1, m, 1, n), G_L = I
        for (W, _), a, s in zip(hidden, tape.a[-2::-1], tape.s[::-1]):
            G = T.product(s[:, None], GW)  # (A, m, N, n_out) (G2)
            stop, start = start, start - W.size - len(W)
            hidden_jacobian(G, a, scale, T, out[..., start:stop])
            if start > 0:
                GW = through(G, W.T)  # (A, m, N, n_in)
