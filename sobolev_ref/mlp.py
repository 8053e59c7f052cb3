"""`MLP`: a multilayer perceptron over jets, its forward and its backward pass by hand.

    u_θ(x) = W_L σ(W_{L−1} ⋯ σ(W_1 x + b_1) ⋯ + b_{L−1}) + b_L

Fed with the jet of x ↦ x instead of numbers, the same lines return every Dᵅu_θ / α! with |α| ≤ k:

    forward                                  backward, its transpose
    z_α = W a_α, plus b where α = 0  (J2)    W̄ = Σ_α z̄_αᵀ a_α,  b̄ = z̄_0,  ā_α = z̄_α W  (J5)
    a = σ(z), s = σ′(z)              (J3)    z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                (J4)

where v̄ stands for the derivative of the loss with respect to v, sums over nodes included.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .activations import Activation, as_activation
from .jets import Jet
from .multi_index import MultiIndex
from .taylor import TaylorAlgebra, taylor_algebra
from .validation import as_choice, as_integer, as_nodes, as_order, as_real_array, as_vector

Layers = list[tuple[NDArray, NDArray]]

SCHEMES: dict[str, Callable[[int, int], float]] = {  # the variance of an entry of W
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    "he": lambda n_in, n_out: 2 / n_in,
    "lecun": lambda n_in, n_out: 1 / n_in,
}


@dataclass(frozen=True)
class Tape:
    """What the backward pass needs of a forward pass: per layer its input a, per σ its slope s."""

    layers: Layers
    inputs: list[NDArray]  # a, (A, N, n_in), one per affine layer
    slopes: list[NDArray]  # s, (A, N, n_out), one per hidden layer
    algebra: TaylorAlgebra


def flat(jet: NDArray) -> NDArray:
    """(A, N, n) as (A N, n): all coefficients of all nodes go through one matrix product."""
    return jet.reshape(-1, jet.shape[-1])


@dataclass(frozen=True)
class MLP:
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
        if isinstance(widths, str) or not isinstance(widths, Iterable):
            raise TypeError(f"widths: got {widths!r}, takes a sequence such as (1, 50, 50, 1)")
        checked = tuple(as_integer("widths", n, minimum=1) for n in widths)
        if len(checked) < 2:
            raise ValueError(f"widths: got {checked}, takes at least (d, m)")
        object.__setattr__(self, "widths", checked)
        object.__setattr__(self, "activation", as_activation(activation))

    @property
    def d(self) -> int:
        """Input dimension."""
        return self.widths[0]

    @property
    def m(self) -> int:
        """Output dimension."""
        return self.widths[-1]

    @property
    def smoothness(self) -> float:
        """The largest r with u_θ ∈ C^{r,1}: that of σ; an affine map is analytic."""
        return self.activation.smoothness if len(self.widths) > 2 else np.inf

    @cached_property
    def n_parameters(self) -> int:
        """P = Σ (n_in + 1) n_out."""
        return sum((n_in + 1) * n_out for n_in, n_out in zip(self.widths, self.widths[1:]))

    # -- parameters ------------------------------------------------------------------------------

    def init(self, rng: np.random.Generator | int, scheme: str = "glorot") -> NDArray:
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
        if not isinstance(rng, np.random.Generator):
            rng = np.random.default_rng(as_integer("rng", rng, minimum=0))
        return self.pack([
            (rng.normal(0, np.sqrt(variance(n_in, n_out)), (n_out, n_in)), np.zeros(n_out))
            for n_in, n_out in zip(self.widths, self.widths[1:])
        ])

    def pack(self, layers: Sequence[tuple[ArrayLike, ArrayLike]]) -> NDArray:
        """[(W, b), …] as one vector θ: layer by layer, W (n_out, n_in) row-major, then b (n_out,).

        Examples
        --------
        >>> MLP((2, 1)).pack([([[1.0, 2.0]], [3.0])])
        array([1., 2., 3.])
        """
        if len(layers) != len(self.widths) - 1:
            raise ValueError(f"layers: got {len(layers)}, takes {len(self.widths) - 1}")
        parts = []
        for i, (W, b) in enumerate(layers):
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

    def _layers(self, theta: NDArray) -> Layers:
        layers, start = [], 0
        for n_in, n_out in zip(self.widths, self.widths[1:]):
            middle, stop = start + n_out * n_in, start + n_out * (n_in + 1)
            layers.append((theta[start:middle].reshape(n_out, n_in), theta[middle:stop]))
            start = stop
        return layers

    # -- evaluation ------------------------------------------------------------------------------

    def __call__(self, theta: ArrayLike, x: ArrayLike) -> NDArray:
        """u_θ(x): nodes (N, d) to values (N, m); for d = 1, x may have shape (N,)."""
        return self.derivatives(theta, x, 0)[(0,) * self.d]

    def derivatives(
        self, theta: ArrayLike, x: ArrayLike, order: int
    ) -> dict[MultiIndex, NDArray]:
        """Every Dᵅu_θ(x) with |α| ≤ order, exact to rounding.

        Dᵅu_θ = α! u_α, with u_α from one forward pass over jets, (J2) and (J3).

        Parameters
        ----------
        theta : array_like, shape (P,)
        x : array_like, shape (N, d)
            Nodes, in the units of the problem; complex entries are carried through.
        order : int
            Highest total degree k >= 0.

        Returns
        -------
        dict
            From α, a tuple of d ints in graded order, to Dᵅu_θ(x), shape (N, m).

        Raises
        ------
        TypeError, ValueError
            For shapes that disagree, numbers that are not finite, or an order below 0.

        Examples
        --------
        An affine network has constant first derivatives, W, and no others:

        >>> net = MLP((2, 1))
        >>> net.derivatives([3.0, 4.0, 5.0], [[1.0, 1.0]], order=1)
        {(0, 0): array([[12.]]), (1, 0): array([[3.]]), (0, 1): array([[4.]])}
        """
        theta = as_vector("theta", theta, self.n_parameters)
        T = taylor_algebra(self.d, as_order(order, self.d))
        u, _ = self.forward(theta, T.variables(as_nodes("x", x, self.d)), T)     # (A, N, m)
        return {a: factor * u_a for a, factor, u_a in zip(T.indices, T.factorials, u)}

    def function(self, theta: ArrayLike) -> Callable[..., Any]:
        """u_θ as a plain function of d arrays, which carries jets like any NumPy function.

        It returns an array (N,), or a tuple of m of them, so that a network can be a target, have
        its norm taken, or stand in an expression with other functions.

        Examples
        --------
        >>> net = MLP((1, 8, 1))
        >>> u = net.function(net.init(0))
        >>> (x,) = Jet.variables([[0.5]], order=1)
        >>> error = u(2 * x) - np.sin(x)
        >>> bool(error.derivatives[(1,)] == 2 * net.derivatives(net.init(0), [[1.0]], 1)[(1,)]
        ...      - np.cos(0.5))
        True
        """
        theta = as_vector("theta", theta, self.n_parameters)

        def u(*x: Any) -> Any:
            if len(x) != self.d:
                raise TypeError(f"the network takes {self.d} arrays, got {len(x)}")
            carried = next((x_q for x_q in x if isinstance(x_q, Jet)), None)
            if carried is None:
                values = self(theta, np.stack(np.broadcast_arrays(*map(np.atleast_1d, x)), -1))
                return values[:, 0] if self.m == 1 else tuple(values.T)
            T = carried.algebra
            jets = [(0 * carried + x_q).coefficients for x_q in x]               # d of (A, N)
            out, _ = self.forward(theta, np.stack(jets, axis=-1), T)             # (A, N, m)
            parts = tuple(Jet(out[..., j], T) for j in range(self.m))
            return parts[0] if self.m == 1 else parts

        return u

    # -- the two passes --------------------------------------------------------------------------

    def forward(self, theta: NDArray, a: NDArray, T: TaylorAlgebra) -> tuple[NDArray, Tape]:
        """The forward pass on jets: a of shape (A, N, d) to u of shape (A, N, m), and the tape."""
        layers = self._layers(theta)
        tape = Tape(layers, [], [], T)
        for i, (W, b) in enumerate(layers):
            tape.inputs.append(a)                                                # (A, N, n_in)
            z = (flat(a) @ W.T).reshape(*a.shape[:2], len(b))                    # (A, N, n_out)
            z[0] += b                                                                      # (J2)
            if i < len(layers) - 1:
                a, s = self.activation.jets(z, T)                                          # (J3)
                tape.slopes.append(s)                                            # (A, N, n_out)
        return z, tape

    def backward(self, tape: Tape, u_bar: NDArray) -> NDArray:
        """The backward pass: ū = ∂L/∂u_α, shape (A, N, m), to ∇_θ L, shape (P,)."""
        gradient: list[NDArray] = []
        z_bar = u_bar                                                            # (A, N, n_out)
        for i in reversed(range(len(tape.layers))):
            W, _ = tape.layers[i]
            W_bar = flat(z_bar).T @ flat(tape.inputs[i])                                   # (J5)
            b_bar = z_bar[0].sum(axis=0)                                                   # (J5)
            gradient = [W_bar.ravel(), b_bar, *gradient]
            if i > 0:
                a_bar = (flat(z_bar) @ W).reshape(tape.inputs[i].shape)                    # (J5)
                z_bar = tape.algebra.product_transpose(tape.slopes[i - 1], a_bar)          # (J4)
        return np.concatenate(gradient)
