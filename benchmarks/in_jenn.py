"""The same loss in JENN (gradient-enhanced networks in NumPy): k = 1, tanh, linear output.

JENN's cost is 1/(2N) Σ_i (β_i r_i² + γ_i |∇r_i|²). With β_i = γ_i = 2 N w_i it is our L for p = 2
and λ = (1, 1), and its gradient is ∇L. JENN stacks an input layer (identity, no gradient) before
ours.
"""

import numpy as np
from jenn.core.cache import Cache
from jenn.core.cost import Cost
from jenn.core.data import Dataset
from jenn.core.parameters import Parameters
from jenn.core.training import objective_function, objective_gradient
from numpy.typing import NDArray

from .contender import Contender
from .problems import Layers, Problem


class JennLoss:
    """JENN's objective and its gradient on data x (N, d), w (N,), Dᵅu (1 + d, N, m)."""

    def __init__(self, layers: Layers, x: NDArray, w: NDArray, data: NDArray) -> None:
        (n, d), m = x.shape, data.shape[2]
        weights = 2 * n * w
        self.data = Dataset(
            x.T.copy(),
            data[0].T.copy(),  # (m, N)
            data[1:].transpose(2, 0, 1).copy(),  # (m, d, N)
            Y_weights=np.tile(weights, (m, 1)),
            J_weights=np.tile(weights, (m, d, 1)),
        )
        widths = [d] + [len(b) for _, b in layers]
        self.parameters = Parameters(widths, hidden_activation="tanh", output_activation="linear")
        self.parameters.initialize(0)
        for i, (W, b) in enumerate(layers, start=1):
            self.parameters.W[i][:] = W
            self.parameters.b[i][:] = b[:, None]
        self.cache = Cache(widths, n)
        self.cost = Cost(self.data, self.parameters)
        self.skip = d * d + d  # its input layer

    def stacked(self) -> NDArray:
        """JENN's own vector of parameters, a column."""
        return self.parameters.stack()

    def value(self, stacked: NDArray) -> float:
        """L; it leaves in the cache what `gradient` needs."""
        return objective_function(self.data.X, self.cost, self.parameters, self.cache, stacked)

    def gradient(self, stacked: NDArray) -> NDArray:
        """∇L at the parameters of the last `value`, a column."""
        return objective_gradient(self.data, self.parameters, self.cache, 0.0, stacked)


def covers(problem: Problem) -> bool:
    """Whether JENN has this network and this order."""
    return problem.row.order == 1 and problem.row.activation == "tanh"


def contenders(problem: Problem) -> list[Contender]:
    """JENN's objective and gradient, if it covers the problem."""
    if not covers(problem):
        return []
    loss = JennLoss(problem.layers, problem.nodes, problem.weights, problem.data)
    stacked = loss.stacked()

    def run() -> tuple[float, NDArray]:
        return loss.value(stacked), loss.gradient(stacked)

    def unpack(out: tuple[float, NDArray]) -> tuple[float, NDArray]:
        value, gradient = out
        return float(value), gradient[loss.skip :, 0]

    return [Contender("JENN", "objective and gradient", run, unpack)]
