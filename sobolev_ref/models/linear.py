"""`LinearModel`: u_θ(x) = Σ_j W_j φ_j(x) + b with frozen features φ_j is linear in θ, as Theorem 5 needs it.

    LinearModel.from_mlp(net, theta)        the last hidden layer of a network, frozen
    LinearModel.random(n, bounds, rng)      σ(W_j·(x − c_j)), c_j spread over Ω: random features
    LinearModel.polynomial(degree, bounds)  Legendre or Chebyshev polynomials of total degree ≤ degree
    LinearModel.fourier(n, bounds)          cos and sin of 2π ω·(x − a)/ℓ, |ω_q| ≤ n, periodic on Ω

The features are evaluated on jets, so Dᵅu_θ is exact for every order. As u_θ is linear in θ, its loss for
p = 2 is a quadratic function, which is convex and has a constant Hessian; `solve_linear` minimises it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    MAX_ENTRIES,
    as_bounds,
    as_flag,
    as_function,
    as_integer,
    as_nonnegative,
    as_positive,
    as_real_vector,
    as_rng,
    as_sequence,
    as_text,
    as_vector,
    as_word,
    check_size,
    counted,
    read_only,
)
from .._typing import Array
from ..jets.activations import Activation
from ..jets.algebra import TaylorAlgebra
from ..jets.multi_index import n_multi_indices
from .features import Fourier, HiddenLayers, Polynomials
from .jacobian import affine_jacobian
from .mlp import MLP, affine, affine_transpose, spread
from .model import Layers, Model

Features = Callable[[Array, TaylorAlgebra], Array]  # the jet of x, (A, N, d), to (A, N, J)

MAX_FEATURES = 20_000


@dataclass(frozen=True)
class LinearModel(Model):
    """A model that is linear in its parameters, with the interface of `MLP`.

    Parameters
    ----------
    features : callable
        A function of the jet of x, shape (A, N, d), and its algebra T, which returns the jets of φ_1, …, φ_J,
        shape (A, N, J). It is taken at its word: `check_derivatives` says whether they are jets.
    n_features : int
        The number J of features.
    dimensions : tuple of int
        The dimensions (d, m) of the input and of the output.
    bias : bool
        Whether a constant b is added; without it, θ is W alone.
    name : str
        What the features are called in print.
    smoothness : float
        How often the features are differentiable, see `Activation`; by default they are smooth.

    Attributes
    ----------
    n_parameters : int
        The number P of parameters is m J, plus m with a bias. θ holds W, shape (m, J), row-major, then b,
        shape (m,), as the last layer of an `MLP` does.

    See Also
    --------
    solve_linear : Its global minimum for p = 2.
    solve_convex : Its global minimum for every other p.
    MLP : A network.

    Examples
    --------
    >>> model = LinearModel.polynomial(2, [(0, 1)])       # P_0, P_1, P_2 of 2x − 1
    >>> model.derivatives([0.0, 1.0, 0.0], [[0.25]], order=1)
    {(0,): array([[-0.5]]), (1,): array([[2.]])}
    """

    features: Features = field(repr=False)
    n_features: int
    dimensions: tuple[int, int]
    bias: bool = False
    name: str = "features"
    smoothness: float = np.inf

    def __post_init__(self) -> None:
        as_function("features", self.features)
        n = as_integer("n_features", self.n_features, 1, MAX_ENTRIES)
        object.__setattr__(self, "n_features", n)
        pair = as_sequence("dimensions", self.dimensions, "the pair (d, m)")
        if len(pair) != 2:
            raise ValueError(f"dimensions: got {len(pair)} numbers, takes the pair (d, m)")
        d, m = (as_integer("dimensions", entry, 1, MAX_ENTRIES) for entry in pair)
        object.__setattr__(self, "dimensions", (d, m))
        as_flag("bias", self.bias)
        as_text("name", self.name)
        as_nonnegative("smoothness", self.smoothness)

    # -- four families --------------------------------------------------------------------------

    @classmethod
    def from_mlp(cls, net: MLP, theta: ArrayLike) -> LinearModel:
        """The network with its hidden layers frozen at θ, whose last layer's W and b stay free.

        A parameter vector of the result is the tail of one of the network's.

        Examples
        --------
        >>> net = MLP((1, 5, 2))
        >>> theta = net.init(0)
        >>> model = LinearModel.from_mlp(net, theta)
        >>> tail = theta[-model.n_parameters :]
        >>> bool((model(tail, [[0.3]]) == net(theta, [[0.3]])).all())
        True
        """
        if not isinstance(net, MLP):
            raise TypeError(f"net: got {type(net).__name__}, takes an MLP")
        frozen = as_real_vector("theta", theta, net.n_parameters).copy()
        return cls(
            HiddenLayers(net, read_only(frozen)),
            net.widths[-2],
            (net.d, net.m),
            True,
            f"hidden layers of {net.widths} {net.activation.name}",
            net.smoothness,
        )

    @classmethod
    def random(
        cls,
        n: int,
        bounds: ArrayLike,
        rng: np.random.Generator | int,
        activation: str | Activation = "tanh",
        scale: float = 4.0,
        *,
        m: int = 1,
    ) -> LinearModel:
        """Random features σ(W_j·(x − c_j)), whose points c_j are spread over Ω, and a constant.

        W_jq = s_j e_jq / h_q, where h_q is half a side of Ω, e_j uniform on the unit sphere, s_j uniform on
        [0, scale], and c_j uniform on Ω. In one dimension W_j is uniform on ±2 scale/ℓ.

        Parameters
        ----------
        n : int
            The number of features, at least 1.
        bounds : array_like, shape (d, 2)
            The box Ω, for example ``rule.bounds``.
        rng : numpy.random.Generator or int
            The source of randomness, or a seed for it; the same seed gives the same bits.
        activation : str or Activation
            The activation σ.
        scale : float
            The largest slope times half a side of Ω. A target of higher frequency wants a larger one. What
            is frozen cannot grow, so it is larger than in `MLP.init`.
        m : int
            The number of outputs.

        Examples
        --------
        >>> from sobolev_ref import SobolevLoss, gauss_legendre, solve_linear
        >>> rule = gauss_legendre([(0, 5)], 100)
        >>> model = LinearModel.random(100, rule.bounds, 0)
        >>> solve_linear(SobolevLoss(model, lambda x: np.exp(-x), rule)).fun < 1e-22
        True
        """
        n = as_integer("n", n, 1, MAX_ENTRIES)
        box = as_bounds(bounds)
        rng = as_rng("rng", rng)
        scale = as_positive("scale", scale)
        m = as_integer("m", m, 1, MAX_ENTRIES)
        net = MLP((len(box), n, m), activation)
        check_size("n, m", f"{n:,} and {m:,}", net.n_parameters)
        hidden = spread(rng, n, box, scale)
        return cls.from_mlp(net, net.pack([hidden, (np.zeros((net.m, n)), np.zeros(net.m))]))

    @classmethod
    def polynomial(
        cls, degree: int, bounds: ArrayLike, *, m: int = 1, kind: str = "legendre"
    ) -> LinearModel:
        """Products of Legendre or Chebyshev polynomials, one in each variable, of total degree ≤ degree.

        Each variable is mapped from its side of the box to [−1, 1]. The feature of the multi-index β is
        Π_q P_{β_q}(t_q), with β in graded order.

        Parameters
        ----------
        degree : int
            The highest total degree, at least 0.
        bounds : array_like, shape (d, 2)
            The box.
        m : int
            The number of outputs.
        kind : {"legendre", "chebyshev"}
            Which polynomials P_n are.
        """
        kind = as_word("kind", kind, "legendre", "chebyshev")
        box = as_bounds(bounds)
        outputs = as_integer("m", m, 1, MAX_ENTRIES)
        degree = as_integer("degree", degree, minimum=0)
        least = n_multi_indices(len(box), min(degree, MAX_FEATURES))  # beyond, too many in any case
        n = _count("degree", least)
        return cls(
            Polynomials(read_only(box), degree, kind),
            n,
            (len(box), outputs),
            name=f"{kind} polynomials of degree <= {degree}",
        )

    @classmethod
    def fourier(cls, n: int, bounds: ArrayLike, *, m: int = 1) -> LinearModel:
        """1, cos and sin of 2πj(x − a)/ℓ for j = 1, …, n in each variable, and their products.

        Parameters
        ----------
        n : int
            The highest mode, at least 0; there are (2n + 1)^d features.
        bounds : array_like, shape (d, 2)
            The box, whose sides are the periods of the variables.
        m : int
            The number of outputs.
        """
        box = as_bounds(bounds)
        outputs = as_integer("m", m, 1, MAX_ENTRIES)
        n = as_integer("n", n, minimum=0)
        least = (2 * min(n, MAX_FEATURES) + 1) ** min(len(box), 64)  # beyond, too many in any case
        count = _count("n", least)
        return cls(
            Fourier(read_only(box), n), count, (len(box), outputs), name=f"Fourier modes up to {n}"
        )

    # -- the model's interface -------------------------------------------------------------------

    @property
    def d(self) -> int:
        return self.dimensions[0]

    @property
    def m(self) -> int:
        return self.dimensions[1]

    @property
    def width(self) -> int:
        return self.n_features

    @property
    def n_parameters(self) -> int:
        return self.m * (self.n_features + self.bias)

    def init(self, rng: np.random.Generator | int = 0) -> Array:
        """θ = 0, because the loss is convex, and any start will do."""
        as_rng("rng", rng)
        return np.zeros(self.n_parameters)

    def unpack(self, theta: ArrayLike) -> Layers:
        """[(W, b)], where W has shape (m, J) and b shape (m,) or (0,); they are views of θ."""
        return [self._layer(as_vector("theta", theta, self.n_parameters))]

    def _layer(self, theta: Array) -> tuple[Array, Array]:
        n = self.m * self.n_features
        return theta[:n].reshape(self.m, self.n_features), theta[n:]

    def forward(self, theta: Array, a: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
        """The jet u_α = W φ_α, plus b where α = 0 (J2), and as its tape φ, shape (A, N, J)."""
        known = isinstance(self.features, HiddenLayers | Polynomials | Fourier)
        phi = self.features(a if known else T.padded(a), T)
        shape = (T.size, *a.shape[1:-1], self.n_features)
        if np.shape(phi) != shape:
            raise ValueError(f"features: got jets of shape {np.shape(phi)}, takes shape {shape}")
        return affine(phi, *self._layer(theta)), phi

    def _on_kinks(
        self, theta: Array, a: Array, T: TaylorAlgebra, error: Array | None, sizes: Sequence[Array]
    ) -> Array:
        """Those of frozen layers; of other features nothing is known."""
        hidden = self.features
        if isinstance(hidden, HiddenLayers):
            return hidden.net._on_kinks(hidden.theta, a, T, error, sizes)
        return super()._on_kinks(theta, a, T, error, sizes)

    def backward(self, tape: Array, u_bar: Array) -> Array:
        """∇_θ L, which is W̄ = Σ_α ū_αᵀ φ_α and b̄ = ū_0 (J5)."""
        gradient = np.empty(self.n_parameters, u_bar.dtype)
        affine_transpose(u_bar, tape, *self._layer(gradient))
        return gradient

    def jacobian(self, tape: Array, scale: Array, out: Array) -> None:
        """Write the Jacobian of an affine layer, as u is linear in θ."""
        affine_jacobian(tape, scale, out)


def _count(name: str, n: int) -> int:
    """The number of features, which is refused if their evaluation would take for ever."""
    if n > MAX_FEATURES:
        raise ValueError(
            f"bounds, {name}: got at least {counted(n)} features, takes at most {MAX_FEATURES:,}"
        )
    return n
