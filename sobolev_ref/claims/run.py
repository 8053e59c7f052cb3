"""What the tests of the paper's claims measure: a run on a budget, and its true errors.

A claim such as "faster" needs a baseline, a budget and an error that no loss was trained on. Here is
one run of `fit`, stopped by what it has used up, and looked at on the way with quadrature finer than
training's:

    seconds       CPU time of the process, without the time that looking took
    operations    one forward and backward pass of order 0 over one node is 1                         (C1)

A pass of order k over N nodes counts N · C(d+k, k), the rows that its matrix products have (`twin` counts
by the same), so H¹ costs 1 + d and H², for d = 1, costs 3. Time is the process's own because a shared
machine's wall clock measures its other users as well.

`claims_studies`, `claims_data` and `claims_networks` have the seven studies, `claims_table` keeps their
numbers, `claims_sentences` holds the paper's sentences to them, `claims_figures` and `claims_page` show both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .._typing import Array
from ..integrals.norms import sobolev_norm
from ..integrals.quadrature import Quadrature
from ..integrals.rules import gauss_legendre
from ..integrals.targets import Target, target_derivatives
from ..integrals.weights import Weights
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP
from ..models.model import Model
from ..optimize.fitting import fit

LOSSES: dict[str, tuple[int, float]] = {"L2": (0, 2), "L1": (0, 1), "H1": (1, 2), "H2": (2, 2)}
UNLIMITED = 10**9  # iterations
ERRORS = ("L2", "H1", "H2", "sup")
FINE = {1: (400, 2001), 2: (40, 81)}  # by d: Gauss nodes and points of the grid, each way


class CountedLoss(SobolevLoss):
    """A `SobolevLoss` that counts its evaluations in operations (C1).

    Parameters
    ----------
    name : {"L2", "L1", "H1", "H2"}
        MSE, MAE, Definition 4, and the same with second derivatives.
    model, target, rule, weights
        As `SobolevLoss` takes them.

    Examples
    --------
    >>> loss = CountedLoss("H1", MLP((1, 1)), np.sin, gauss_legendre([(0, 1)], 3))
    >>> value, gradient = loss([1.0, 0.0])
    >>> loss.operations
    6
    """

    def __init__(
        self,
        name: str,
        model: Model,
        target: Target,
        rule: Quadrature,
        weights: Weights | None = None,
    ) -> None:
        order, p = LOSSES[name]
        super().__init__(model, target, rule, order=order, p=p, weights=weights, kinks="ignore")
        self.each = self.n_nodes * len(self.weights)  # (C1)
        self.operations = 0

    def __call__(self, theta: ArrayLike) -> tuple[float, Array]:
        self.operations += self.each
        return super().__call__(theta)


@dataclass(frozen=True, eq=False)
class Truth:
    """A function on a box, and how far a network is from it, in four norms.

    The L², H¹ and H² errors are root mean squares over Ω by Gauss–Legendre quadrature, ‖e‖_k² = mean of
    Σ_{|α|≤k} |Dᵅe|²; the sup error is the largest |e| on a grid. All of them have the units of u, where x
    has none.

    Examples
    --------
    >>> net, truth = MLP((1, 1)), Truth(lambda x: 3 * x, ((0.0, 1.0),))
    >>> {name: round(e, 6) for name, e in truth.errors(net, [1.0, 0.0]).items()}     # e = −2x
    {'L2': 1.154701, 'H1': 2.309401, 'H2': 2.309401, 'sup': 2.0}
    """

    function: Callable[..., Array]
    bounds: tuple[tuple[float, float], ...]
    rule: Quadrature = field(init=False)
    values: Array = field(init=False)  # (A, N, 1)
    grid: Array = field(init=False)  # (G, d)

    def __post_init__(self) -> None:
        n, points = FINE[len(self.bounds)]
        rule = gauss_legendre(self.bounds, n).mean()
        axes = np.meshgrid(*[np.linspace(a, b, points) for a, b in self.bounds], indexing="ij")
        object.__setattr__(self, "rule", rule)
        object.__setattr__(self, "values", target_derivatives(self.function, rule.nodes, 2, 1))
        object.__setattr__(self, "grid", np.stack([axis.ravel() for axis in axes], axis=1))

    def errors(self, model: Model, theta: ArrayLike) -> dict[str, float]:
        """The four errors of u_θ; infinite where u_θ, as with ReLU and H², is not in the space."""
        learned = model.derivatives(theta, self.rule.nodes, 2)
        e = {alpha: u - f for (alpha, u), f in zip(learned.items(), self.values)}
        found = {}
        for k, name in enumerate(ERRORS[:3]):
            inside = k <= model.smoothness + 1  # C^{s,1} is in H^{s+1}, and in no more
            found[name] = sobolev_norm(e, self.rule, k) if inside else np.inf
        at_grid = model(theta, self.grid)[:, 0] - self.function(*self.grid.T)
        found["sup"] = float(np.abs(at_grid).max())
        return found

    def size(self) -> dict[str, float]:
        """The four errors of u ≡ 0: what an error is to be compared with."""
        zero = MLP((len(self.bounds), 1))
        return self.errors(zero, np.zeros(zero.n_parameters))


@dataclass
class Budget:
    """What a run may use, what it has used, and where to look: the callback of `fit`.

    The run ends at the first iterate after both limits. `look(θ)` is called at the first iterate at or after
    each mark and not charged; `by_seconds` and `by_operations` keep (mark, what it returned).
    """

    seconds: float
    operations: float = 0.0
    marks: Sequence[float] = ()  # as fractions of either limit
    look: Callable[[Array], dict[str, float]] = lambda theta: {}
    by_seconds: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    by_operations: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    used: float = 0.0

    def start(self, loss: CountedLoss) -> None:
        """Set the clock going."""
        self.loss = loss
        self._since = process_time()

    def __call__(self, intermediate_result: OptimizeResult) -> None:
        self.used += process_time() - self._since
        self._mark(intermediate_result.x, self.used, self.loss.operations)
        self._since = process_time()
        if self.used >= self.seconds and self.loss.operations >= self.operations:
            raise StopIteration

    def end(self, theta: Array) -> None:
        """Fill the marks that a run did not reach, because it ended by itself, with where it ended."""
        self._mark(theta, np.inf, np.inf)

    def _mark(self, theta: Array, seconds: float, operations: float) -> None:
        seen: dict[str, float] | None = None
        for kept, used, limit in (
            (self.by_seconds, seconds, self.seconds),
            (self.by_operations, operations, self.operations),
        ):
            while limit and len(kept) < len(self.marks) and used >= self.marks[len(kept)] * limit:
                seen = self.look(theta) if seen is None else seen
                kept.append((self.marks[len(kept)] * limit, seen))


def spend(
    loss: CountedLoss, theta: ArrayLike, method: str, budget: Budget, **options: Any
) -> OptimizeResult:
    """`fit` until the budget is used up; its `OptimizeResult`, with `operations` and `seconds`.

    Examples
    --------
    >>> net = MLP((1, 4, 1))
    >>> loss = CountedLoss("L2", net, np.sin, gauss_legendre([(0, 1)], 8))
    >>> run = spend(loss, net.init(0), "adam", Budget(0.0, 80), learning_rate=0.01)
    >>> run.nit, run.operations          # the loss at the start, for `fit` and for adam, and after 8 steps
    (8, 80)
    """
    if method != "L-BFGS-B":
        options["gtol"] = 0.0
    budget.start(loss)
    result = fit(loss, theta, method, maxiter=UNLIMITED, callback=budget, progress=False, **options)
    budget.end(result.x)
    result.update(operations=loss.operations, seconds=budget.used)
    return result
