"""What the study measures: a run on a budget, and its true errors.

A claim such as "faster" needs a baseline, a budget, and an error that no loss was trained on. This
module makes one run of `fit`, ends it when it has used up its budget, and looks at it on the way with a
quadrature that is finer than training's:

    seconds       the CPU time of the process, without the time that looking took
    operations    N C(d+k, k) for a pass of order k over N nodes                                   (C1)

A pass is forward and backward, and C(d+k, k) is the number of rows that its matrix products have for
each node. So H¹ costs 1 + d times as much as L², and H², for d = 1, costs 3 times as much. Time is the
process's own because the wall clock of a shared machine measures its other users as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from ..jets.multi_index import multi_indices
from ..losses.sobolev import SobolevLoss
from ..models.model import Model
from ..optimize.fitting import fit
from .targets import FINE

LOSSES: dict[str, tuple[int, float, Weights | None]] = {  # order, p, λ
    "L2": (0, 2, None),  # MSE
    "L1": (0, 1, None),  # MAE
    "H1": (1, 2, None),  # Definition 4
    "H1 balanced": (1, 2, "balanced"),  # Definition 5
    "H2": (2, 2, None),
}
ERRORS = ("L2", "H1", "H2", "sup")
MARKS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)  # of either budget
UNLIMITED = 10**9  # iterations
GRID = {1: 501, 2: 41, 3: 11}  # points each way for the largest error, by d


class CountedLoss(SobolevLoss):
    """A `SobolevLoss` by its name in `LOSSES`, that counts its evaluations in operations (C1).

    Given weights stand before those of the name.

    Examples
    --------
    >>> from sobolev_ref import MLP
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
        order, p, usual = LOSSES[name]
        weights = usual if weights is None else weights
        super().__init__(model, target, rule, order=order, p=p, weights=weights, kinks="ignore")
        self.each = self.n_nodes * len(self.weights)  # (C1)
        self.operations = 0

    def __call__(self, theta: ArrayLike) -> tuple[float, Array]:
        self.operations += self.each
        return super().__call__(theta)


class Truth:
    """A function on a box, and how far a network is from it, in four norms.

    The L², H¹ and H² errors are root mean squares over Ω by Gauss–Legendre quadrature, ‖e‖_k² = mean of
    Σ_{|α|≤k} |Dᵅe|². The sup error is the largest |e| on a grid. All of them have the units of u, where x
    has none.

    Examples
    --------
    >>> from sobolev_ref import MLP
    >>> net, truth = MLP((1, 1)), Truth(lambda x: 3 * x, [(0, 1)])
    >>> {name: round(e, 6) for name, e in truth.errors(net, [1.0, 0.0]).items()}     # e = −2x
    {'L2': 1.154701, 'H1': 2.309401, 'H2': 2.309401, 'sup': 2.0}
    """

    def __init__(
        self, function: Callable[..., Array], bounds: Sequence[tuple[float, float]]
    ) -> None:
        d = len(bounds)
        axes = np.meshgrid(*[np.linspace(a, b, GRID[d]) for a, b in bounds], indexing="ij")
        self.rule = gauss_legendre(bounds, FINE[d]).mean()
        self.function = function
        self.values = target_derivatives(function, self.rule.nodes, 2, 1)  # (A, N, 1)
        self.grid = np.stack([axis.ravel() for axis in axes], axis=1)  # (G, d)
        self.at_grid = function(*self.grid.T)
        self.size = self.distances(np.zeros_like(self.values), 0.0)  # the errors of u_θ ≡ 0

    def distances(self, learned: Iterable[Array], at_grid: ArrayLike) -> dict[str, float]:
        """The four errors of a function with these derivatives at the nodes and values on the grid."""
        e = dict(zip(multi_indices(self.rule.d, 2), (u - f for u, f in zip(learned, self.values))))
        norms = {name: sobolev_norm(e, self.rule, k) for k, name in enumerate(ERRORS[:3])}
        return {**norms, "sup": float(np.abs(at_grid - self.at_grid).max())}

    def errors(self, model: Model, theta: ArrayLike) -> dict[str, float]:
        """The four errors of u_θ."""
        learned = model.derivatives(theta, self.rule.nodes, 2).values()
        return self.distances(learned, model(theta, self.grid)[:, 0])

    def scores(self, model: Model, theta: ArrayLike) -> dict[str, float]:
        """The errors with those of u_θ ≡ 0 as the worst, and whether the L² error is that bad."""
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is bad
            errors = self.errors(model, theta)
        bad = {name: not errors[name] < size for name, size in self.size.items()}  # NaN is bad
        scores = {name: self.size[name] if bad[name] else errors[name] for name in ERRORS}
        return {**scores, "failed": float(bad["L2"])}


def spend(
    loss: CountedLoss,
    theta: ArrayLike,
    method: str,
    seconds: float,
    operations: float = 0.0,
    *,
    look: Callable[[Array], dict[str, float]] = lambda theta: {},
    marks: Sequence[float] = MARKS,
    **options: Any,
) -> OptimizeResult:
    """`fit`, ended at the first iterate after both limits of a budget; 0 is no limit.

    `look` is called with θ at the first iterate at or after each mark, a fraction of either limit, and where
    the run ends by itself for the marks that it did not reach. The time that it takes is not charged. The
    result has the used `seconds` and `operations`, and in `seen` what `look` returned by (axis, mark).

    Examples
    --------
    >>> from sobolev_ref import MLP
    >>> net = MLP((1, 4, 1))
    >>> loss = CountedLoss("L2", net, np.sin, gauss_legendre([(0, 1)], 8))
    >>> run = spend(loss, net.init(0), "adam", 0.0, 80, learning_rate=0.01)
    >>> run.nit, run.operations          # the loss at the start, for `fit` and for adam, and after 8 steps
    (8, 80)
    """
    limits = {"seconds": seconds, "operations": operations}
    places = [(axis, mark) for axis, limit in limits.items() if limit for mark in marks]
    seen: dict[tuple[str, float], dict[str, float]] = {}
    loss.operations = 0
    used, since = 0.0, process_time()

    def note(x: Array, spent: dict[str, float]) -> None:
        due = [p for p in places if p not in seen and spent[p[0]] >= p[1] * limits[p[0]]]
        if due:
            seen.update(dict.fromkeys(due, look(x)))

    def callback(intermediate_result: OptimizeResult) -> None:
        nonlocal used, since
        used += process_time() - since
        note(intermediate_result.x, {"seconds": used, "operations": loss.operations})
        since = process_time()
        if used >= seconds and loss.operations >= operations:
            raise StopIteration

    if method != "L-BFGS-B":
        options["gtol"] = 0.0
    result = fit(
        loss, theta, method, maxiter=UNLIMITED, callback=callback, progress=False, **options
    )
    note(result.x, dict.fromkeys(limits, np.inf))
    in_order = {place: seen[place] for place in places}
    result.update(operations=loss.operations, seconds=used, seen=in_order)
    return result
