"""`ResidualLoss` and `NonlinearResidual`: equations between derivatives, such as −Δu + cu = f.

    (X1)  r(x) = Σ_α c_α(x) Dᵅu_θ(x) − f(x)            or F(x, Du_θ(x)) − f(x), with c_α = ∂F/∂(Dᵅu)
    (X2)  ū_α = α! c_αᵀ r̄,  r̄ = λ p w φ_p(r)           of which the backward pass makes ∇L, as of (T2)
    (X3)  ∂r/∂θ = Σ_α c_α ∂(Dᵅu_θ)/∂θ                  for p = 2, with (G2) and (G3)

A `SobolevLoss` holds each derivative to data of its own. Here derivatives are added before the power is
taken, and so are outputs, by matrices c_α of E equations by m outputs. The passes of the model are the same:
what is new is a linear map of the derivatives at a node, and its transpose.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_array,
    as_function,
    as_instance,
    as_nodes,
    as_order,
    as_real,
    as_real_array,
    as_sequence,
    check_size,
    shown,
)
from .._typing import Array, MultiIndex
from ..integrals.norms import phi
from ..integrals.quadrature import Quadrature, as_rule
from ..integrals.targets import MOVED, NOT_OF_THE_NODE, Function, by_multi_index, values_at
from ..jets.multi_index import multi_indices, n_multi_indices
from ..models.model import Model, as_model
from ..models.scaled import scaler_of
from .blocks import BlockSum, Workers
from .least_squares import BUFFER, LeastSquares
from .pointwise import PointwiseLoss

Terms: TypeAlias = Mapping[MultiIndex, ArrayLike | Function]
Derivatives: TypeAlias = dict[MultiIndex, Array]
ANALYTIC = (
    "takes a function that is analytic in D, such as np.sqrt(v**2) for np.abs(v) and "
    "np.sqrt((v**2).sum(1)) for a norm, without .real and float"
)
TRIED = (1.0, 3.0, 0.1, 30.0, 1000.0) * 8  # sizes of D
SMALL = 1e-250  # below it a complex step of 1e-20 underflows


class EquationLoss(PointwiseLoss):
    """The sum over nodes of |r_e|^p for E equations between derivatives at S points a node.

    A subclass has `_values`, the left sides, and `_partials`, their derivatives c_α.
    """

    n_equations: int
    n_points: int

    def _equate(self, rhs: Function | ArrayLike, weights: Sequence[float] | None) -> None:
        """Keep f as data of shape (E, N, 1), NaN where it is not known, and λ, shape (E,)."""
        N, E = self.n_nodes, self.n_equations
        if isinstance(rhs, Real):
            f = np.full((N, E), as_real("rhs", rhs))
        else:
            self.scaler = scaler_of(self.model, rhs=rhs, rule=self.rule)
            f = values_at("rhs", rhs, self.rule.nodes, self.rule.weights == 0)  # (N, E)
        if f.shape[1] != E:
            raise ValueError(f"rhs: got {f.shape[1]} columns, takes {E}, one for each equation")
        if np.isnan(f).all():
            raise ValueError("rhs: got NaN alone, takes at least one number")
        self._hold_to(f.T[..., None].copy())
        given = as_sequence("weights", (1.0,) * E if weights is None else weights, f"{E} numbers")
        if len(given) != E:
            raise ValueError(f"weights: got {len(given)} numbers, takes {E}, one for each equation")
        numbers = [as_real(f"weights[{e}]", lam, above=0) for e, lam in enumerate(given)]
        self.weights = np.array(numbers)
        self._check_weights()

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.model!r}, {len(self.rule)} nodes, "
            f"{self.n_equations} equation{'s' * (self.n_equations > 1)}, order={self.order}, "
            f"p={self.p:g}, weights={self.weights.tolist()})"
        )

    @property
    def _names(self) -> range:
        return range(self.n_equations)

    @abstractmethod
    def _partials(self, u: Array, block: slice) -> tuple[list[int], Array]:
        """The rows of K multi-indices α, and c_α, shape (K, S, B or 1, E, m), from the jet of u_θ."""

    def _derivatives(self, u: Array, rows: Any) -> Array:
        """Dᵅu_θ = α! u_α, shape (K, S, B, m), from the jet of u_θ at S points a node, (A, S B, m)."""
        factorial = self._algebra.factorials[rows, None, None, None]  # (K, 1, 1, 1)
        at_points = u.reshape(len(u), self.n_points, -1, u.shape[-1])
        return np.asarray(factorial * at_points[rows])

    def _u_bar(self, u: Array, r: Array, block: slice) -> Array:
        """ū, shape (A, S B, m), of which the backward pass makes ∇L (X2)."""
        p, w = self.p, self.rule.weights[block, None]  # (B, 1)
        rows, c = self._partials(u, block)
        factorial = self._algebra.factorials[rows, None, None, None]  # (K, 1, 1, 1)
        r_bar = self.weights[:, None, None] * p * w * phi(r, p)  # (E, B, 1)
        u_bar = np.zeros((len(u), self.n_points, r.shape[1], u.shape[-1]), np.result_type(c, r_bar))
        u_bar[rows] = factorial * np.einsum("ksbej,ebo->ksbj", c, r_bar)  # (K, S, B, m) (X2)
        return u_bar.reshape(len(u), -1, u.shape[-1])

    def _squares(self) -> LeastSquares:
        numbers = self._algebra.size * self.n_points * self.model.m * self.n_parameters
        size = min(self._sum.size, max(1, BUFFER // (8 * numbers)))  # by the Jacobian of the jets
        blocks = BlockSum(self.n_nodes, size, self._sum.workers)
        return EquationSquares(
            self.model, self.rule, self.target_values, self.order, self.weights, blocks, self
        )


@dataclass(frozen=True, eq=False)
class EquationSquares(LeastSquares):
    """r(θ) and J(θ) of equations between derivatives."""

    loss: EquationLoss

    def forward(self, theta: Array, block: slice) -> tuple[Array, Any]:
        T = self.loss._algebra
        return self.model.forward(theta, T.variables(self.loss._points(block)), T)

    def error(self, u: Array, block: slice) -> Array:
        return np.asarray(self.loss._values(u, block) - self.target[:, block])

    def write_jacobian(self, u: Array, tape: Any, block: slice, out: Array) -> None:
        """Write √(λ_e w_i) ∂r_e/∂θ to `out`, shape (E, B, 1, P) (X3)."""
        rows, c = self.loss._partials(u, block)  # (K, S, B or 1, E, m)
        of_jets = np.empty((*u.shape, out.shape[-1]), u.dtype)  # (A, S B, m, P)
        factorial = np.broadcast_to(self.loss._algebra.factorials[:, None], u.shape[:2])
        self.model.jacobian(tape, factorial, of_jets)
        D = of_jets.reshape(len(u), self.loss.n_points, -1, *of_jets.shape[2:])[rows]
        scaled = c * self.root[:, block].T[:, :, None]  # (K, S, B, E, m)
        out[:, :, 0] = np.einsum("ksbej,ksbjq->ebq", scaled, D)  # (E, B, P) (X3)


class ResidualLoss(EquationLoss):
    """The loss of linear equations between derivatives, such as −u″ = f or a Robin condition.

    L(θ) = Σ_e λ_e Σ_i w_i |r_e(x_i)|^p with r = Σ_α c_α Dᵅu_θ − f, and its exact gradient.

    An equation inside Ω has many solutions, so it is added to a loss of the conditions at the boundary:
    ``inside + sides``. Nothing here can know whether one follows. What the equation alone leaves free at
    least is in `blind` and in the print of the loss.

    Parameters
    ----------
    model : MLP or LinearModel
        u_θ, from ℝᵈ to ℝᵐ. One in other units, as of `Standardizer.model`, has its equation in those units.
    terms : mapping
        From α to c_α: a number, a function of d arrays, or an array (N,), a number a node, for an equation
        for each output; or matrices (E, m), or (N, E, m), from outputs to E equations. `laplacian`, `along`
        and `divergence` of `sobolev_ref.losses` make the usual ones. The highest |α| is the order.
    rhs : number, callable or array_like, shape (N,) or (N, E)
        f: a function of d arrays (a tuple for E > 1), or numbers with NaN where the equation is not to hold.
    rule : Quadrature
        The nodes x_i and weights w_i; of the domain, of a part of its boundary, or measured points.
    p : float, default 2
        The exponent, 1 <= p < inf.
    weights : sequence of E numbers, optional
        λ_e; all 1 by default. λ_e has the units in which the losses of a sum can be added.
    others : sequence of pairs (nodes, terms)
        Further points, shape (N, d), one a node, whose terms are added to r_i; see `periodicity`.
    kinks, road, workers, block
        As `SobolevLoss` takes them.

    See Also
    --------
    NonlinearResidual : Equations that are not linear in u.
    SobolevLoss : Where the derivatives are known one by one.

    Examples
    --------
    −u″ + 4u = 3 for u = θ_1 x + θ_2, so that r = 4u − 3:

    >>> from sobolev_ref import MLP, Quadrature
    >>> rule = Quadrature([0.0, 1.0], [1.0, 1.0])
    >>> loss = ResidualLoss(MLP((1, 1)), {(2,): -1, (0,): 4}, 3.0, rule)
    >>> loss([1.0, 0.5])                                     # (2 − 3)² + (6 − 3)²
    (10.0, array([24., 16.]))
    >>> loss.residuals([1.0, 0.5]), loss.jacobian([1.0, 0.5])
    (array([-1.,  3.]), array([[0., 4.],
           [4., 4.]]))
    >>> ResidualLoss(MLP((1, 1)), {(2,): -1}, 3.0, rule)  # doctest: +ELLIPSIS
    ResidualLoss(..., 2 nodes, 1 equation, order=2, p=2, weights=[1.0]; blind to polynomials of degree < 2)

    A Robin condition 2u + ∂u/∂n = 1 at both ends, with the normals −1 and 1:

    >>> from sobolev_ref.losses import along
    >>> robin = ResidualLoss(MLP((1, 1)), along([[-1.0], [1.0]]) | {(0,): 2}, 1.0, rule)
    >>> robin.residuals([1.0, 0.5])                          # 1 − 1 − 1, 3 + 1 − 1
    array([-1.,  3.])
    """

    def __init__(
        self,
        model: Model,
        terms: Terms,
        rhs: Function | ArrayLike,
        rule: Quadrature,
        *,
        p: float = 2,
        weights: Sequence[float] | None = None,
        others: Sequence[tuple[ArrayLike, Terms]] = (),
        kinks: str = "raise",
        road: str = "auto",
        workers: Workers = 1,
        block: int | None = None,
    ) -> None:
        d, m = as_model(model).d, model.m
        nodes = as_rule(rule, d).nodes
        places = [("terms", nodes, as_terms("terms", terms, d))]
        for s, pair in enumerate(
            as_sequence("others", others, "a sequence of pairs (nodes, terms)")
        ):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise TypeError(f"others[{s}]: got {shown(pair)}, takes a pair (nodes, terms)")
            x = as_nodes(f"others[{s}]", as_real_array(f"others[{s}]", pair[0]), d)
            if len(x) != len(nodes):
                raise ValueError(f"others[{s}]: got {len(x)} nodes, takes {len(nodes)}, one a node")
            places.append((f"others[{s}]", x, as_terms(f"others[{s}]", pair[1], d)))
        used = {alpha for _, _, given in places for alpha in given}
        order = as_order(max(map(sum, used)), d)
        super().__init__(model, rule, order, p, kinks, road, workers, block, points=len(places))
        self.n_points = len(places)
        self._nodes = np.stack([x for _, x, _ in places])  # (S, N, d)
        self._rows = [a for a, alpha in enumerate(multi_indices(d, order)) if alpha in used]
        idle = self.rule.weights == 0  # (N,)
        found = {
            (self._algebra.indices.index(alpha), s): coefficient(f"{name}[{alpha}]", c, x, m, idle)
            for s, (name, x, given) in enumerate(places)
            for alpha, c in given.items()
        }
        self.n_equations = number_of_equations("terms", found.values(), m)
        n = max(len(c) for c in found.values())
        size = len(self._rows) * self.n_points * n * self.n_equations * m
        check_size("terms", f"matrices at {n:,} nodes", size)
        self._c = np.zeros((len(self._rows), self.n_points, n, self.n_equations, m))
        for (a, s), c in found.items():
            self._c[self._rows.index(a), s] = as_matrices("terms", c, self.n_equations, m)
        at_once = (self._nodes == self._nodes[0]).all()  # terms of `others` may cancel these
        if not (self._c.sum(axis=1) if at_once else self._c).any():
            raise ValueError("terms: got coefficients that are 0 at every node, takes others")
        self._equate(rhs, weights)

    def __repr__(self) -> str:
        blind = max(self.blind)
        less = "" if blind == 0 else f"; blind to polynomials of degree < {blind}"
        return super().__repr__()[:-1] + less + ")"

    @property
    def blind(self) -> tuple[int, ...]:
        counted = np.abs(self._c[:, :, :, self.weights > 0])
        return self._least_orders(self._rows, counted.max(axis=(1, 2, 3)) > 0)

    def _taken(self, nodes: Array | slice) -> Self:
        part = super()._taken(nodes)
        part._nodes = self._nodes[:, nodes]
        part._c = self._c if self._c.shape[2] == 1 else self._c[:, :, nodes]
        return part

    def _points(self, block: slice) -> Array:
        return self._nodes[:, block].reshape(-1, self.model.d)  # (S B, d)

    def _partials(self, u: Array, block: slice) -> tuple[list[int], Array]:
        return self._rows, self._c if self._c.shape[2] == 1 else self._c[:, :, block]

    def _values(self, u: Array, block: slice) -> Array:
        """Σ_α c_α Dᵅu_θ at a block of B nodes, shape (E, B, 1) (X1)."""
        rows, c = self._partials(u, block)
        Lu = np.einsum("ksbej,ksbj->eb", c, self._derivatives(u, rows))  # (E, B) (X1)
        return np.asarray(Lu[..., None])


class NonlinearResidual(EquationLoss):
    """The loss of a nonlinear equation between derivatives, F(x, Du_θ) = f, with the caller's ∂F.

    L(θ) = Σ_e λ_e Σ_i w_i |F_e(x_i, Du_θ(x_i)) − f_e(x_i)|^p, and its gradient (X2) with c_α = ∂F/∂(Dᵅu).

    Parameters
    ----------
    model : MLP or LinearModel
    F : callable
        F(x, D), shape (B,) or (B, E), at B nodes x, shape (B, d), where D is a dict from every |α| <= k to
        Dᵅu_θ(x), shape (B, m). It is real, a function of the node alone, and analytic in D, since `hessp`
        and `check_gradient` take complex steps: √(v²) stands for |v|.
    dF : callable
        From the same to a mapping from α to ∂F/∂(Dᵅu): a number or an array (B,) for an equation for each
        output, (B, 1) too where E = m = 1, or matrices (E, m) or (B, E, m). An α without an entry has 0.
        It is held to a complex step of F at a few values of D, or in the first call if F is finite at none
        of them; at other values `check_gradient` says whether it is the derivative of F.
    rhs, rule
        As `ResidualLoss` takes them.
    order : int
        The order k of the derivatives in D.
    p, weights, kinks, road, workers, block
        As `ResidualLoss` takes them.

    See Also
    --------
    ResidualLoss : Equations that are linear in u.
    check_gradient : Whether the partial derivatives given are those of F.

    Examples
    --------
    Burgers' u u′ − ν u″ = f for u = θ_1 x + θ_2, so that F = θ_1 u:

    >>> from sobolev_ref import MLP, Quadrature, check_gradient
    >>> loss = NonlinearResidual(
    ...     MLP((1, 1)),
    ...     lambda x, D: D[0,] * D[1,] - 0.1 * D[2,],
    ...     lambda x, D: {(0,): D[1,], (1,): D[0,], (2,): -0.1},
    ...     1.0, Quadrature([2.0], [1.0]), order=2)
    >>> loss([3.0, 1.0])                                     # F − 1 = 3·7 − 1, ∂F/∂θ = (7 + 3·2, 3)
    (400.0, array([520., 120.]))
    >>> max(check_gradient(loss, [3.0, 1.0]).complex_step.values()) < 1e-14
    True
    """

    n_points = 1

    @property
    def blind(self) -> tuple[int, ...]:
        """0 for each output: of F nothing is known."""
        return (0,) * self.model.m

    def __init__(
        self,
        model: Model,
        F: Callable[[Array, Derivatives], ArrayLike],
        dF: Callable[[Array, Derivatives], Terms],
        rhs: Function | ArrayLike,
        rule: Quadrature,
        order: int,
        *,
        p: float = 2,
        weights: Sequence[float] | None = None,
        kinks: str = "raise",
        road: str = "auto",
        workers: Workers = 1,
        block: int | None = None,
    ) -> None:
        k = as_order(order, as_model(model).d)
        super().__init__(model, rule, k, p, kinks, road, workers, block)
        self.F, self.dF = as_function("F", F), as_function("dF", dF)
        u = np.zeros((n_multi_indices(model.d, k), 3, model.m))
        with np.errstate(all="ignore"):  # at u = 0, for the shapes alone
            # Three nodes and two tell a number a node from a number an equation.
            widths = [self._left(self.rule.nodes[[0] * B], u[:, :B]).shape[1] for B in (3, 2)]
            self.n_equations = widths[0]
            if widths[0] != widths[1]:
                raise ValueError(
                    f"F: got shapes {(3, widths[0])} at 3 nodes and {(2, widths[1])} at 2, takes (B,) or "
                    "(B, E) at B; x has shape (B, d), and x[:, :1] goes with a D[α] of one output"
                )
            for B in (3, 2):  # a row a node is no matrix
                self._matrices(self.rule.nodes[[0] * B], u[:, :B])
        self._held = self._try_values()
        self._equate(rhs, weights)

    def _try_values(self) -> bool:
        """Whether F and dF are held to each other at some values of D, of any sign and of several sizes."""
        rng, T = np.random.default_rng(0), self._algebra
        N = len(self.rule)
        x = self.rule.nodes[[0, N // 2, N - 1]]
        for size in TRIED:  # F may be finite for some signs and sizes only, as a logarithm is
            signs = rng.choice([-1.0, 1.0], (T.size, 1, self.model.m))
            D = size * signs * rng.uniform(0.5, 1.5, (T.size, len(x), self.model.m))
            u = D / T.factorials[:, None, None]
            if self._hold(x, u) | self._hold(x, -u):  # both of them, where both are finite
                return True
        return False

    def _hold(self, x: Array, u: Array) -> bool:
        """Hold F and dF to each other at B nodes; False where one of them is not finite there."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an imaginary part that F drops: it is refused here
            F, c = self._left(x, u), self._full(x, u)  # (B, E), (A, B, E, m)
            if not (np.isfinite(F).all() and np.isfinite(c).all()):
                return False
            for i in range(len(x)):
                alone = self._left(x[[i, i]], u[:, [i, i]])[0]  # (E,)
                if not (np.abs(alone - F[i]) <= MOVED * np.abs(F).max(axis=0)).all():
                    raise ValueError(f"F: {NOT_OF_THE_NODE}")
            try:
                return self._check_steps(x, u, c)
            except TypeError as error:
                raise TypeError(f"F, dF: got {error} for a complex D; {ANALYTIC}") from error

    def _check_steps(self, x: Array, u: Array, c: Array) -> bool:
        """Hold dF to complex steps of F, and those of dF to differences; False if one is not finite."""
        T, h, t = self._algebra, 1e-20, 1e-5
        v = np.random.default_rng(1).uniform(0.5, 1.5, u.shape) * u  # (A, B, m), of the size of u
        size = (T.factorials[:, None, None] * v)[:, :, None]  # of D, (A, B, 1, m)
        by_output = c * size  # (A, B, E, m)
        total = np.abs(by_output).max()
        for a, alpha in enumerate(T.indices):
            step = np.zeros(u.shape, complex)
            step[a] = 1j * h * v[a]
            slope = self._left(x, u + step).imag / h  # (B, E)
            if not np.isfinite(slope).all():
                return False
            scale = np.maximum(np.abs(slope), np.abs(by_output[a]).sum(axis=2)).max(axis=0)
            limit = MOVED * scale + 1e-12 * total + SMALL
            if (np.abs(slope - by_output[a].sum(axis=2)) > limit).any():
                raise ValueError(
                    f"dF: got {'an entry' if c[a].any() else '0 or no entry'} for {alpha}, but by a complex "
                    f"step of F another number is ∂F/∂D[{alpha}], or F is not analytic; {ANALYTIC}"
                )
        # A Hessian takes the complex step of dF too.
        slopes = self._full(x, u + 1j * h * v).imag / h  # (A, B, E, m)
        ahead, behind = self._full(x, u + t * v), self._full(x, u - t * v)
        error = np.abs((slopes - (ahead - behind) / (2 * t)) * size)
        scale = np.abs(np.maximum(np.abs(slopes), np.abs(c)) * size).max(axis=1, keepdims=True)
        if (error > 1e-4 * scale + 1e-9 * total + SMALL).any():
            raise ValueError(f"dF: got a function that is not analytic; {ANALYTIC}")
        return bool(np.isfinite(error).all())

    def _full(self, x: Array, u: Array) -> Array:
        """∂F/∂(Dᵅu) for every α, shape (A, B, E, m)."""
        rows, c = self._matrices(x, u)
        full = np.zeros((len(u), *c.shape[2:]), c.dtype)
        full[rows] = c[:, 0]
        return full

    def _left(self, x: Array, u: Array) -> Array:
        """F, shape (B, E), at B nodes."""
        F = as_like("F", self._call("F", self.F, x, u), u)
        if F.ndim not in (1, 2) or len(F) != len(x) or not F.size:
            raise ValueError(f"F: got shape {F.shape}, takes ({len(x)},) or ({len(x)}, E)")
        return F.reshape(len(x), -1)

    def _call(self, name: str, f: Callable[[Array, Derivatives], Any], x: Array, u: Array) -> Any:
        """F or dF at B nodes, of Dᵅu_θ = α! u_α by α, shape (B, m) each."""
        D = dict(zip(self._algebra.indices, self._derivatives(u, slice(None))[:, 0]))
        try:
            return f(x, D)
        except KeyError as error:
            raise ValueError(
                f"{name}: got the key {error}, takes a multi-index |α| <= {self.order}: D has the keys "
                f"{shown(list(D))}"
            ) from error

    def _matrices(self, x: Array, u: Array) -> tuple[list[int], Array]:
        """The rows of the α that dF has, and ∂F/∂(Dᵅu), shape (K, 1, B, E, m)."""
        E, m, indices = self.n_equations, self.model.m, self._algebra.indices
        given = as_instance(
            "dF", self._call("dF", self.dF, x, u), Mapping, "a function to a mapping"
        )
        if unknown := [alpha for alpha in given if alpha not in indices]:
            raise ValueError(
                f"dF: got {shown(unknown[0])}, takes multi-indices |α| <= {self.order}"
            )
        rows = [a for a, alpha in enumerate(indices) if alpha in given]
        c = np.zeros((len(rows), 1, len(x), E, m), u.dtype)
        for row, a in zip(c, rows):
            label = f"dF[{indices[a]}]"
            entry = as_like(label, given[indices[a]], u)
            if E == m == 1 and entry.shape == (len(x), 1):
                entry = entry[:, 0]
            row[0] = as_matrices(label, with_axes(label, entry, len(x), m), E, m)
        return rows, c

    def _partials(self, u: Array, block: slice) -> tuple[list[int], Array]:
        x = self.rule.nodes[block]
        if not self._held:
            self._held = self._hold(x[:3], u[:, :3].real)
        return self._matrices(x, u)

    def _values(self, u: Array, block: slice) -> Array:
        """F(x, Du_θ) at a block of B nodes, shape (E, B, 1)."""
        return np.asarray(self._left(self.rule.nodes[block], u).T[..., None])


def as_like(name: str, value: ArrayLike, u: Array) -> Array:
    """An array, which is real where u is."""
    return (as_array if np.iscomplexobj(u) else as_real_array)(name, value, finite=False)


# -- coefficients --------------------------------------------------------------------------------------


def as_terms(name: str, terms: Any, d: int) -> Terms:
    """A mapping from multi-index to coefficient, with at least one entry."""
    as_instance(name, terms, Mapping, "a mapping from α to coefficient")
    return by_multi_index(name, terms, d)


def coefficient(name: str, c: Any, nodes: Array, m: int, idle: Array) -> Array:
    """c_α as `with_axes` gives it, from what a caller may give; a function may be infinite at idle nodes."""
    if callable(c):
        values = np.nan_to_num(values_at(name, c, nodes, idle))  # (N, 1)
        if values.shape[1] != 1:
            raise ValueError(f"{name}: got {values.shape[1]} outputs, takes a function of one")
        c = values[:, 0]
    array = as_real_array(name, c)
    if array.ndim == 2 and len(array) == len(nodes) > 1:
        raise ValueError(
            f"{name}: got shape {array.shape}, which may be a matrix or a row a node; takes (N,) for "
            "numbers by node, (N, E, m) for matrices by node"
        )
    return with_axes(name, array, len(nodes), m)


def with_axes(name: str, c: Array, n: int, m: int) -> Array:
    """A number or n of them as (1 or n, 1, 1), a matrix (E, m) or n of them as (1 or n, E, m)."""
    shapes = {0: (1, 1, 1), 1: (n, 1, 1), 2: (1, *c.shape), 3: (n, *c.shape[1:])}
    shape = shapes.get(c.ndim, c.shape)
    if c.ndim > 3 or not c.size == np.prod(shape) > 0 or (c.ndim > 1 and shape[2] != m):
        takes = f"a number, or shape ({n},), (E, {m}) or ({n}, E, {m})"
        raise ValueError(f"{name}: got shape {c.shape}, takes {takes}")
    return c.reshape(shape)


def number_of_equations(name: str, coefficients: Iterable[Array], m: int) -> int:
    """E, where numbers stand for an equation for each of the m outputs."""
    found = {m if c.shape[1:] == (1, 1) else c.shape[1] for c in coefficients}
    if len(found) > 1:
        raise ValueError(
            f"{name}: got terms of {sorted(found)} equations, takes one number of them"
        )
    return found.pop()


def as_matrices(name: str, c: Array, E: int, m: int) -> Array:
    """c_α as matrices, shape (1 or n, E, m); a number is that multiple of the identity."""
    if c.shape[1:] == (1, 1) and m == E:
        return np.asarray(c * np.eye(m))
    if c.shape[1] != E:
        raise ValueError(f"{name}: got {c.shape[1]} equations, takes {E}")
    return c
