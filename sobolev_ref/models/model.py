"""`Model` is what a loss, a check or a plot needs of u_θ, and what any model gets from its forward pass.

A model maps parameters θ and a jet of x to the jet of u_θ(x) (`forward`), and takes the derivative of a
loss with respect to that jet back to θ (`backward`). Values, derivatives of every order, and u_θ as a
plain function follow from `forward`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    MAX_ENTRIES,
    as_array,
    as_instance,
    as_nodes,
    as_order,
    as_vector,
    as_word,
    check_size,
    shown,
)
from .._typing import Array, MultiIndex
from ..jets.algebra import TaylorAlgebra, taylor_algebra
from ..jets.cancellation import error_of
from ..jets.jet import Jet

Layers = list[tuple[Array, Array]]  # (W, b) by layer


BLOCK_BYTES = 2**20  # of one jet of one layer: it stays in the cache, and there are few calls
SMALLEST = 16  # nodes in a block; with fewer the interpreter costs more than the cache saves


def block_size(n_coefficients: int, width: int) -> int:
    """The number of nodes in a block, for which a jet of the widest layer takes about 1 MB.

    Examples
    --------
    >>> block_size(6, 64)
    341
    """
    return max(SMALLEST, BLOCK_BYTES // (8 * n_coefficients * width))


@cache
def keep_freed_memory() -> None:
    """Have the C library keep the pages of the arrays that a block frees, for the next block.

    Until one larger array was freed, glibc gives freed arrays of more than 128 kB back to the system, and
    making every page of the next one anew costs more than the arithmetic on it. The array that is made and
    freed here is never written, so it takes no memory. With another C library it does nothing.
    """
    np.empty(2**24, np.uint8)


def _overlaps_itself(array: Array) -> bool:
    """Whether two entries of an array may be in one place, as after `numpy.broadcast_to`."""
    reach: int = array.itemsize
    for stride, n in sorted((abs(s), n) for s, n in zip(array.strides, array.shape) if n > 1):
        if stride < reach:
            return True
        reach += stride * (n - 1)
    return False


class Model(ABC):
    """A function u_θ from ℝᵈ to ℝᵐ with P parameters."""

    @property
    @abstractmethod
    def d(self) -> int:
        """The dimension of the input."""

    @property
    @abstractmethod
    def m(self) -> int:
        """The dimension of the output."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """The length P of θ."""

    @property
    @abstractmethod
    def smoothness(self) -> float:
        """The largest r with u_θ ∈ C^{r,1}."""

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of units of the widest layer, by which the size of a block is chosen."""

    @abstractmethod
    def unpack(self, theta: ArrayLike) -> Layers:
        """θ of shape (P,) as [(W, b), …], which are views of θ."""

    @abstractmethod
    def forward(self, theta: Array, a: Array, T: TaylorAlgebra) -> tuple[Array, Any]:
        """The jet of u_θ, shape (A, N, m), from the jet of x, shape (A, N, d), and a tape for `backward`."""

    @abstractmethod
    def backward(self, tape: Any, u_bar: Array) -> Array:
        """∇_θ L, shape (P,), from ū = ∂L/∂u_α, shape (A, N, m), and the tape of `forward`."""

    @abstractmethod
    def jacobian(self, tape: Any, scale: Array, out: Array) -> None:
        """scale · ∂u_α/∂θ at every node, from the tape of `forward`, written to `out` (G3).

        `scale` has shape (A, N), and `out` has shape (A, N, m, P), as nothing is summed.
        """

    def __call__(self, theta: ArrayLike, x: ArrayLike) -> Array:
        """u_θ(x), from nodes (N, d) to values (N, m); for d = 1, x may have shape (N,)."""
        return self.derivatives(theta, x, 0)[(0,) * self.d]

    def derivatives(
        self,
        theta: ArrayLike,
        x: ArrayLike,
        order: int,
        *,
        out: Mapping[MultiIndex, Array] | None = None,
    ) -> dict[MultiIndex, Array]:
        """Every Dᵅu_θ(x) with |α| ≤ order, exact to rounding.

        Dᵅu_θ = α! u_α, where u_α comes from a forward pass over jets, (J2) and (J3). It goes through the
        nodes block by block, so that the memory beyond the answer is that of a block.

        Parameters
        ----------
        theta : array_like, shape (P,)
        x : array_like, shape (N, d)
            The nodes, in the units of the problem; complex entries are carried through.
        order : int
            The highest total degree k >= 0.
        out : mapping, optional
            From α to an array of shape (N, m), into which Dᵅu_θ is written: for example a `numpy.memmap`
            where the answer does not fit in memory. Only the α that it holds are kept.

        Returns
        -------
        dict
            From α, a tuple of d ints in graded order, to Dᵅu_θ(x), shape (N, m).

        Examples
        --------
        An affine network has constant first derivatives, W, and no others:

        >>> from sobolev_ref import MLP
        >>> net = MLP((2, 1))
        >>> net.derivatives([3.0, 4.0, 5.0], [[1.0, 1.0]], order=1)
        {(0, 0): array([[12.]]), (1, 0): array([[3.]]), (0, 1): array([[4.]])}

        `sobolev_ref.columns` has them by name, one column each, for ``pandas.DataFrame`` and ``np.savez``.
        """
        theta = as_vector("theta", theta, self.n_parameters)
        T = taylor_algebra(self.d, as_order(order, self.d))
        nodes = as_nodes("x", x, self.d)
        answer = self._answer(T, len(nodes), np.result_type(theta, nodes), out)
        if any(
            np.shares_memory(read, array) for read in (theta, nodes) for array in answer.values()
        ):
            theta, nodes = theta.copy(), nodes.copy()  # a block would write what the next one reads
        for block in self._blocks(T, len(nodes)):
            u, _ = self.forward(theta, T.variables(nodes[block]), T)  # (A, B, m)
            for alpha, factorial, u_alpha in zip(T.indices, T.factorials, u, strict=True):
                if alpha in answer:
                    np.multiply(factorial, u_alpha, out=answer[alpha][block])
        return answer

    def _answer(
        self, T: TaylorAlgebra, n: int, dtype: Any, out: Mapping[MultiIndex, Array] | None
    ) -> dict[MultiIndex, Array]:
        """The arrays for the derivatives at n nodes, in graded order: new ones, or the caller's."""
        if out is None:
            got, most = f"{n:,} nodes with {T.size * self.m:,} derivatives", MAX_ENTRIES
            takes = f"at most {most // (T.size * self.m):,} nodes at once, or out="
            check_size("x, order", got, n * T.size * self.m, takes)
            return {alpha: np.empty((n, self.m), dtype) for alpha in T.indices}
        seen = dict[MultiIndex, Array]()
        for alpha, array in as_instance("out", out, Mapping, "a mapping from α to array").items():
            if alpha not in T.indices:
                raise ValueError(f"out: got {shown(alpha)}, takes multi-indices |α| <= {T.order}")
            if getattr(array, "shape", None) != (n, self.m) or not np.can_cast(dtype, array.dtype):
                takes = f"an array of shape ({n}, {self.m}) and type {np.dtype(dtype)}"
                raise ValueError(f"out[{alpha}]: got {shown(array)}, takes {takes}")
            if not array.flags.writeable or isinstance(array, np.ma.MaskedArray):
                kind = "a masked array" if array.flags.writeable else "a read-only array"
                raise ValueError(f"out[{alpha}]: got {kind}, takes a plain one to write into")
            twice = [other for other in seen if np.shares_memory(array, seen[other])]
            if twice or _overlaps_itself(array):
                what = f"memory of out[{twice[0]}]" if twice else "two entries in one memory"
                raise ValueError(f"out[{alpha}]: got {what}, takes its own")
            seen[alpha] = array
        return {alpha: seen[alpha] for alpha in T.indices if alpha in seen}

    def _blocks(self, T: TaylorAlgebra, n: int) -> Iterator[slice]:
        """The blocks of nodes, so small that their jets stay in the cache."""
        keep_freed_memory()
        size = block_size(T.size, max(self.width, self.m))
        return (slice(start, start + size) for start in range(0, n, size))

    def function(self, theta: ArrayLike) -> Callable[..., Any]:
        """u_θ as a plain function of d arrays, which carries jets like any NumPy function.

        It returns an array of the shape of its arguments, a number of numbers, or a tuple of m of them, so
        that a network can be a target, have its norm taken, be integrated by SciPy, or stand in an expression
        with other functions. A jet at a node on a kink of a relu is refused, as `np.maximum` is; features of
        the caller's own tell of none.

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
            carried: Any = next((x_q for x_q in x if isinstance(x_q, Jet)), None)
            if carried is None:
                columns = (as_array("x", x_q) for x_q in x)
                nodes = np.stack(np.broadcast_arrays(*columns), -1)  # (…, d)
                values = self(theta, nodes.reshape(-1, self.d)).T.reshape(-1, *nodes.shape[:-1])
                return values[0] if self.m == 1 else tuple(values)
            for x_q in x:  # its values take the shape of all arguments together
                carried = np.where(True, carried, x_q)
            outputs = self._of_jets(theta, carried, [np.where(True, x_q, carried) for x_q in x])
            return outputs[0] if self.m == 1 else outputs

        return u

    def _of_jets(self, theta: Array, x: Jet, jets: Sequence[Any]) -> tuple[Jet, ...]:
        """The m jets of u_θ from d jets of the variables of x, with the digits that these have lost."""
        T, shape = x.algebra, jets[0].coefficients.shape
        inputs = [jet.coefficients.reshape(T.size, -1, 1) for jet in jets]  # d of (A, N, 1)
        of_inputs, sizes = list[Array](), list[Array]()
        known = x._follows and not any(map(np.iscomplexobj, inputs))
        if known:
            of_inputs = [jet.errors.reshape(T.size, -1, 1) for jet in jets]
            sizes = [] if x.origin is None else [*np.abs(x.origin.nodes.T)]

        def rule(*columns: Any) -> Array:
            *a, T = columns
            return self.forward(theta, np.concatenate(a, axis=-1), T)[0]

        N = inputs[0].shape[1]
        values = np.empty((T.size, N, self.m), np.result_type(*inputs))  # (A, N, m)
        errors = np.empty(values.shape) if known else None
        kinks = np.zeros(N, bool)
        for block in self._blocks(T, N):
            columns, of = ([part[:, block] for part in parts] for parts in (inputs, of_inputs))
            values[:, block] = rule(*columns, T)
            if T.order > self.smoothness:
                error = np.concatenate(of, axis=-1) if known else None
                a = np.concatenate(columns, axis=-1)  # (A, B, d)
                kinks[block] = self._on_kinks(theta, a, T, error, sizes)
            if errors is not None:
                errors[:, block] = error_of(rule, rule, columns, of, values[:, block], T)
        x._check_kinks("net.function", kinks.reshape(shape[1:]))
        return tuple(
            jets[0]._with(
                values[..., j].reshape(shape),
                None if errors is None else errors[..., j].reshape(shape),
            )
            for j in range(self.m)
        )

    def _on_kinks(
        self, theta: Array, a: Array, T: TaylorAlgebra, error: Array | None, sizes: Sequence[Array]
    ) -> Array:
        """The nodes at which u_θ of the jet a is known to lack a derivative, if only but for rounding, (N,).

        The errors of a, where they are followed, have its shape (A, N, d), and the sizes are those of all
        nodes (see `nearness`).
        """
        return np.zeros(a.shape[1], bool)

    def _saturated(self, theta: Array, x: Array) -> int:
        """The first hidden layer, from 1, of which σ′ is 0 to rounding at all nodes (N, d); else 0."""
        return 0


def as_model(model: Any) -> Model:
    """The model, if it is one that a loss takes."""
    if not isinstance(model, Model):
        raise TypeError(f"model: got {type(model).__name__}, takes an MLP or a LinearModel")
    return model


def check_smoothness(model: Model, order: int, kinks: str) -> None:
    """Refuse an order for which σ is not smooth enough: Theorem 2 needs σ ∈ C^{k,1}."""
    as_word("kinks", kinks, "raise", "ignore")
    if model.smoothness < order and kinks == "raise":
        of = getattr(model, "scaled", model)
        activation = getattr(of, "activation", None)
        what = f"the activation {activation.name!r}" if activation else f"the {type(of).__name__}"
        lost = "and Theorem 2's gradient misses what sits on the jump"
        if not activation:  # of frozen features: their kinks do not move with θ
            lost = "has no value on the jump, and higher ones miss what sits there"
        raise ValueError(
            f"order: got {order}, but {what} is only C^({model.smoothness:g},1): "
            f"its derivative of order {model.smoothness + 1:g} jumps, {lost}; takes order <= "
            f"{model.smoothness:g}, a smooth activation, or kinks='ignore' to drop the jump on purpose"
        )
