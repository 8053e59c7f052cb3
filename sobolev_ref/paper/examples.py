"""The paper's two examples: its tables, our settings, and what a run is held to.

The paper states neither the domain nor the network; its Section 5 has gradient descent, its Algorithm 1
means and its examples integrals. Two settings can be guessed. The axis of Figure 1 fits [−2π, 2π], and that
of Figure 3 fits [0, 5]. For u ≡ 0 the mean of sin² + cos² is 1, and the integral over [−2π, 2π] is 4π;
Table 1 starts at 1.055, which fits a mean. All other settings below are ours. At every row but row 0, which
is the untrained network, a run is held to a loss no larger than the paper's at the same epoch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import OptimizeResult, minimize

from .._checks import as_function, as_instance, as_integer
from .._typing import Array
from ..integrals.rules import gauss_legendre
from ..integrals.targets import target_derivatives
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..models.mlp import MLP
from ..models.model import Model
from ..optimize.linear import solve_linear
from ..optimize.optimizers import adam
from ..plots.figures import FLOOR, LEARNED, figure
from ..plots.fits import plot_fit
from ..plots.runs import plot_loss
from ..theory.integral_bound import CertifiedIntegral, certified_integral

ROW = 500  # epochs between two rows of a table
EPOCHS = 5000

TABLE_1 = (
    1.0553817749023438, 0.0077054426074028015, 0.005463999230414629, 0.004625579342246056,
    0.004483241122215986, 0.0041935802437365055, 0.004129459150135517, 0.00403747521340847,
    0.003890089923515916, 0.003920875955373049, 0.003712507663294673,
)  # fmt: skip
TABLE_2 = (
    0.245048, 0.0000905790, 0.0000338203, 0.0000332983, 0.0000271379, 0.0000326528,
    0.0000273262, 0.0000235775, 0.0000188881, 0.0000194922, 0.0000140299,
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """One of the paper's two examples, with the settings of its reproduction.

    The network has tanh and Glorot's initialisation, and the loss is the mean over Gauss–Legendre nodes, of
    order 1, with p = 2 and λ = 1.
    """

    number: int  # of the example, and of its table, in the paper
    name: str  # what the target is called in print
    target: Callable[[Array], Array]  # f, a plain NumPy function
    bounds: tuple[float, float]  # Ω
    table: tuple[float, ...]  # the paper's loss at the epochs 0, 500, …, 5000
    widths: tuple[int, ...] = (1, 32, 32, 32, 1)
    n: int = 100  # nodes
    learning_rate: float = 1e-2  # of Adam at epoch 0
    tenth: float = 2500.0  # epochs after which it is a tenth of that

    @property
    def length(self) -> float:
        """The length ℓ = |Ω|."""
        return self.bounds[1] - self.bounds[0]

    def paper_rows(self) -> dict[int, float]:
        """The paper's loss by epoch."""
        return {ROW * i: value for i, value in enumerate(self.table)}

    def rate(self, epoch: int) -> float:
        """Adam's learning rate at an epoch."""
        return self.learning_rate * 10 ** (-epoch / self.tenth)

    def network(self) -> MLP:
        """The network u_θ."""
        return MLP(self.widths)

    def loss(self, n: int | None = None, model: Model | None = None) -> SobolevLoss:
        """The mean Sobolev loss of the network, or another model, on n nodes (by default `self.n`)."""
        rule = gauss_legendre([self.bounds], self.n if n is None else n).mean()
        return SobolevLoss(model or self.network(), self.target, rule, order=1, p=2)

    def settings(self) -> str:
        """The settings of the run in words, for the reader of its output."""
        a, b = self.bounds
        return (
            f"Omega = [{a:.6g}, {b:.6g}], mean over {self.n} Gauss-Legendre nodes, p = 2, k = 1, "
            f"lambda = 1\nnetwork {self.widths} tanh, {self.network().n_parameters} parameters, "
            f"Glorot; full-batch Adam, learning rate "
            f"{self.learning_rate:g} * 10^(-epoch/{self.tenth:g})"
        )


SINE = Example(
    1, "sin(x)", np.sin, (-2 * math.pi, 2 * math.pi), TABLE_1, learning_rate=7e-3, tenth=1500.0
)
EXPONENTIAL = Example(2, "exp(-x)", lambda x: np.exp(-x), (0.0, 5.0), TABLE_2)
EXAMPLES = (SINE, EXPONENTIAL)


@dataclass(frozen=True)
class Run:
    """The result of minimising the loss of one example."""

    example: Example
    model: Model  # u_θ
    fit: OptimizeResult  # θ in `x`; of a training also the loss at every epoch, in `history`
    seconds: float  # that the minimiser took

    def rows(self) -> list[tuple[int, float, float]]:
        """(epoch, the paper's loss, ours) for every row of the table that was reached."""
        history = self.fit.history
        paper = self.example.paper_rows()
        return [(e, value, history[e]) for e, value in paper.items() if e < len(history)]

    def held(self) -> list[bool]:
        """Whether each row after row 0 is at or below the paper's."""
        return [bool(ours <= paper) for _, paper, ours in self.rows()[1:]]

    def sup_errors(self) -> tuple[float, float]:
        """max |u_θ − f| and max |u_θ′ − f′| on 10,001 equidistant points of Ω."""
        true, learned = self.curves(np.linspace(*self.example.bounds, 10_001))
        e, slope = np.abs(learned - true).max(axis=1)
        return float(e), float(slope)

    def curves(self, x: Array) -> tuple[Array, Array]:
        """(f, f′) and (u_θ, u_θ′) at points x, shape (n,); each of shape (2, n)."""
        true = target_derivatives(self.example.target, x[:, None], 1)[..., 0]  # (2, n)
        learned = self.model.derivatives(self.fit.x, x, 1)  # (0,): (n, 1), (1,): (n, 1)
        return true, np.stack(list(learned.values()))[..., 0]

    def certified(self) -> CertifiedIntegral:
        """The integral of a trained network with a proved error, and the bound on sup |u_θ − f| of it."""
        loss, example = self.example.loss(model=self.model), self.example
        return certified_integral(loss, self.fit.x, example.target, [example.bounds])

    def figures(self) -> dict[str, Figure]:
        """The paper's two figures of this example, by file name; the errors beside the fits are ours."""
        number, name = self.example.number, self.example.name
        x = np.linspace(*self.example.bounds, 801)
        true, learned = self.curves(x)
        drawn = 2 if number == 1 else 1  # as many as the paper's
        fits, axes = figure(columns=2, rows=drawn, width=5.0, height=3.4)
        labels = ((name, "u(x)"), (f"derivative of {name}", "u'(x)"))
        errors = (r"$|u_\theta - u|$", r"$|u_\theta' - u'|$")
        for n in range(drawn):
            plot_fit(axes[n], x, true[n], learned[n], *labels[n])
            off = np.maximum(np.abs(learned[n] - true[n]), FLOOR)
            axes[drawn + n].semilogy(x, off, color=LEARNED["color"], linewidth=1)
            axes[drawn + n].set(
                xlabel="x", ylabel=errors[n], title=f"largest on the grid: {off.max():.0e}"
            )
            share = 100 * off.max() / np.ptp(true[n])
            axes[n].set_title(f"off by {share:.2g} % of its range at most", pad=24)
        losses, (ax,) = figure()
        rows = {epoch: paper for epoch, paper, _ in self.rows()}
        plot_loss(ax, self.fit.history, rows, ylabel=f"mean Sobolev loss, {name}")
        ax.legend(frameon=False)
        held = self.held()
        ax.set_title(f"at or below the paper's table at {sum(held)} of {len(held)} rows")
        return {f"figure_{2 * number - 1}_fit.png": fits, f"figure_{2 * number}_loss.png": losses}


def solve_example(example: Example, *, seed: int = 0) -> Run:
    """Theorem 5 on one example: one solve minimises the loss of `train` over 100 random tanh features.

    Examples
    --------
    >>> solve_example(SINE).fit.fun < 1e-22
    True
    """
    as_instance("example", example, Example, "an Example such as SINE")
    seed = as_integer("seed", seed, minimum=0)
    model = LinearModel.random(100, [example.bounds], seed)
    loss = example.loss(model=model)
    start = perf_counter()
    fit = solve_linear(loss)
    return Run(example, model, fit, perf_counter() - start)


def train(
    example: Example,
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    on_epoch: Callable[[int, float], None] | None = None,
) -> Run:
    """Train the network of one example by Adam.

    Parameters
    ----------
    example : Example
    seed : int
        The seed of the network's initial parameters.
    epochs : int
        The number of steps of Adam, each on the whole loss.
    on_epoch : callable, optional
        It is called with (epoch, loss) after every step.

    Returns
    -------
    Run

    Examples
    --------
    >>> run = train(SINE, epochs=10)
    >>> len(run.fit.history), bool(run.fit.fun < run.fit.history[0])
    (11, True)
    """
    as_instance("example", example, Example, "an Example such as SINE")
    seed = as_integer("seed", seed, minimum=0)
    epochs = as_integer("epochs", epochs, minimum=0)
    if on_epoch is not None:
        as_function("on_epoch", on_epoch)

    def callback(intermediate_result: OptimizeResult) -> None:
        if on_epoch is not None:
            on_epoch(intermediate_result.nit, intermediate_result.fun)

    net, start = example.network(), perf_counter()
    fit = minimize(
        example.loss(model=net),
        net.init(seed),
        jac=True,
        method=adam,
        callback=callback,
        options={"maxiter": epochs, "learning_rate": example.rate, "gtol": 0.0},
    )
    return Run(example, net, fit, perf_counter() - start)
