"""`Model`: what a loss, a check or a plot needs of u_θ, and what any model gets from its forward pass.

A model maps parameters θ and a jet of x to the jet of u_θ(x) (`forward`), and the derivative of a
loss with respect to that jet back to θ (`backward`). Values, derivatives of every order, and u_θ as a
plain function follow from `forward`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import MAX_ENTRIES, as_nodes, as_order, as_vector, as_word, check_size
from .._typing import Array, MultiIndex
from ..jets.algebra import TaylorAlgebra, taylor_algebra
from ..jets.jet import Jet

Layers = list[tuple[Array, Array]]  # (W, b) by layer


class Model(ABC):
    """A function u_θ from ℝᵈ to ℝᵐ with P parameters."""

    @property
    @abstractmethod
    def d(self) -> int:
        """Input dimension."""

    @property
    @abstractmethod
    def m(self) -> int:
        """Output dimension."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """P, the length of θ."""

    @property
    @abstractmethod
    def smoothness(self) -> float:
        """The largest r with u_θ ∈ C^{r,1}."""

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of units of the widest layer: what the size of a block is chosen by."""

    @abstractmethod
    def unpack(self, theta: ArrayLike) -> Layers:
        """θ of shape (P,) as [(W, b), …], views of θ."""

    @abstractmethod
    def forward(self, theta: Array, a: Array, T: TaylorAlgebra) -> tuple[Array, Any]:
        """The jet of u_θ, shape (A, N, m), from the jet of x, shape (A, N, d); and a tape."""

    @abstractmethod
    def backward(self, tape: Any, u_bar: Array) -> Array:
        """∇_θ L, shape (P,), from ū = ∂L/∂u_α, shape (A, N, m), and the tape of `forward`."""

    @abstractmethod
    def jacobian(self, tape: Any, scale: Array, out: Array) -> None:
        """scale · ∂u_α/∂θ at every node, from the tape of `forward`, written to `out` (G3).

        `scale` has shape (A, N), `out` shape (A, N, m, P): nothing is summed.
        """

    def __call__(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """u_θ(x): nodes (N, d) to values (N, m); for d = 1, x may have shape (N,)."""
        return self.derivatives(theta, x, 0)[(0,) * self.d]

    def derivatives(self, theta: ArrayLike, x: ArrayLike, order: int) -> dict[MultiIndex, Array]:
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

        >>> from sobolev_ref import MLP
        >>> net = MLP((2, 1))
        >>> net.derivatives([3.0, 4.0, 5.0], [[1.0, 1.0]], order=1)
        {(0, 0): array([[12.]]), (1, 0): array([[3.]]), (0, 1): array([[4.]])}
        """
        theta = as_vector("theta", theta, self.n_parameters)
        T = taylor_algebra(self.d, as_order(order, self.d))
        nodes = as_nodes("x", x, self.d)
        row = T.size * max(self.width, self.m)
        got = f"{len(nodes):,} nodes with jets of {T.size:,} x {max(self.width, self.m):,}"
        check_size(
            "x, order", got, row * len(nodes), f"at most {MAX_ENTRIES // row:,} nodes at once"
        )
        u, _ = self.forward(theta, T.variables(nodes), T)  # (A, N, m)
        return {a: factor * u_a for a, factor, u_a in zip(T.indices, T.factorials, u)}

    def function(self, theta: ArrayLike) -> Callable[..., Any]:
        """u_θ as a plain function of d arrays, which carries jets like any NumPy function.

        It returns an array (N,), or a tuple of m of them, so that a network can be a target, have
        its norm taken, or stand in an expression with other functions.

        Examples
        --------
        >>> from sobolev_ref import MLP
        >>> net = MLP((1, 8, 1))
        >>> u = net.function(net.init(0))
        >>> (x,) = Jet.variables([[0.5]], order=1)
        >>> error = u(2 * x) - np.sin(x)
        >>> bool(error.derivatives[(1,)] == 2 * net.derivatives(net.init(0), [[1.0]], 1)[(1,)]
        ...      - np.cos(0.5))
        True
        """
        theta = as_vector("theta", theta, self.n_parameters).copy()

        def u(*x: Any) -> Any:
            if len(x) != self.d:
                raise TypeError(f"the network takes {self.d} arrays, got {len(x)}")
            carried = next((x_q for x_q in x if isinstance(x_q, Jet)), None)
            if carried is None:
                values = self(theta, np.stack(np.broadcast_arrays(*map(np.atleast_1d, x)), -1))
                return values[:, 0] if self.m == 1 else tuple(values.T)
            T = carried.algebra
            jets = [(0 * carried + x_q).coefficients for x_q in x]  # d of (A, N)
            out, _ = self.forward(theta, np.stack(jets, axis=-1), T)  # (A, N, m)
            parts = tuple(Jet(out[..., j], T) for j in range(self.m))
            return parts[0] if self.m == 1 else parts

        return u


def as_model(model: Any) -> Model:
    """A network, or whatever else a loss takes as one."""
    if not isinstance(model, Model):
        raise TypeError(f"model: got {type(model).__name__}, takes an MLP or a LinearModel")
    return model


def check_smoothness(model: Model, order: int, kinks: str) -> None:
    """Refuse an order that σ is too rough for: Theorem 2 needs σ ∈ C^{k,1}."""
    as_word("kinks", kinks, "raise", "ignore")
    if model.smoothness < order and kinks == "raise":
        name = getattr(getattr(model, "activation", None), "name", type(model).__name__)
        raise ValueError(
            f"order: got {order}, but the activation {name!r} is only C^({model.smoothness:g},1): "
            f"its derivative of order {model.smoothness + 1:g} jumps, and Theorem 2's gradient "
            f"misses what sits on the jump; takes order <= {model.smoothness:g}, a smooth "
            "activation, or kinks='ignore' to drop the jump on purpose"
        )
