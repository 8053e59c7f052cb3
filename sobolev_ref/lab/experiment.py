"""The lab without its window, which is one small training run whose settings may change at any step.

    L(θ) = Σ_{n≤k} λⁿ · mean |u_θ⁽ⁿ⁾ − y_n|^p + (μ/2)‖θ‖²,   y_n = f⁽ⁿ⁾ + τ rms(f⁽ⁿ⁾) ε_n,   ε_n ~ N(0, 1)

Here f is a target of one variable (`expression`) on its interval, the nodes are midpoints, and u_θ is a
network with two hidden layers of one width. λ has the units of length^p, so that order n is weighed by λⁿ
and one slider serves every k. Training is gradient descent, Definition 7, because its step is what 2/L
limits: where ηλ_max(∇²L)/2 passes 1, the top direction of θ overshoots. At the settings of the start it
comes to within 0.05 of 1 by itself and stays there while the loss goes on falling, by step 4,000 for 18 of
the seeds 0 to 19. That is the edge of stability. With a small η the run need not come there (docs/errata.md).

Nothing here draws. `window` puts widgets around this, and a page in a browser takes `Experiment.state`.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize

from .._checks import as_choice, as_exponent, as_instance, as_integer, as_positive, as_real
from .._typing import Array, MultiIndex
from ..integrals.quadrature import Quadrature
from ..integrals.rules import midpoint
from ..integrals.targets import target_derivatives
from ..jets.activations import ACTIVATIONS
from ..losses.loss import Loss, Ridge
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP
from ..optimize.ending import DIVERGED
from ..optimize.optimizers import gradient_descent
from ..theory.hessian import largest
from .expression import read_target

GRID = 400  # points of a drawn curve
MAX_ORDER = 3
LARGEST = 1e6  # of what the target and its derivatives may be
MAX_RECORDS = 600
ANEW = ("target", "width", "activation", "seed")  # with another of these a run begins again


@dataclass(frozen=True)
class Settings:
    """What the controls set; the same settings give the same run.

    Examples
    --------
    >>> Settings(p=0.5)
    Traceback (most recent call last):
    ValueError: p: got 0.5, takes a finite real exponent >= 1
    """

    target: str = "x*sin(2*x)/3"  # f, arithmetic of x or a standard function of one variable
    weight: float = 1.0  # λ >= 0, which gives the term of order n the weight λⁿ
    learning_rate: float = 0.035  # η > 0
    p: float = 2.0  # 1 <= p < inf
    order: int = 1  # the Sobolev order k, from 0 to 3
    nodes: int = 64  # their number
    noise: float = 0.0  # τ >= 0, of y_n over the root mean square of f⁽ⁿ⁾
    decay: float = 0.0  # μ >= 0
    width: int = 16  # units in each of the two hidden layers
    activation: str = "tanh"
    seed: int = 0  # of θ's initial value and of the noise

    def __post_init__(self) -> None:
        read_target(self.target)
        as_real("weight", self.weight, above=0)
        as_positive("learning_rate", self.learning_rate)
        as_exponent(self.p)
        as_integer("order", self.order, 0, MAX_ORDER)
        as_integer("nodes", self.nodes, minimum=1)
        as_real("noise", self.noise, above=0)
        as_real("decay", self.decay, above=0)
        as_integer("width", self.width, minimum=1)
        as_choice("activation", self.activation, ACTIVATIONS)
        as_integer("seed", self.seed, minimum=0)

    def unlike(self, other: "Settings") -> dict[str, Any]:
        """The settings that are not those of another, by name.

        Examples
        --------
        >>> Settings(order=0, width=8).unlike(Settings(width=8))
        {'order': 0}
        """
        as_instance("other", other, Settings, "Settings")
        return {
            name: value for name, value in asdict(self).items() if value != getattr(other, name)
        }


@dataclass(frozen=True)
class Record:
    """What is kept of a step.

    Sharpness, edge and stability are NaN for p < 2, where there is no Hessian; for λ_max <= 0 the edge is.
    """

    step: int
    loss: float
    terms: tuple[float, ...]  # λⁿ mean|r_n|^p by order, n <= k
    sharpness: float  # λ_max(∇²L) at θ
    edge: float  # 2/λ_max, the largest stable learning rate there
    stability: float  # ηλ_max/2
    errors: tuple[tuple[float, float], ...]  # ‖u_θ⁽ⁿ⁾ − f⁽ⁿ⁾‖ in L²(Ω) and sup norm, n = 0, 1


@dataclass(frozen=True)
class Problem:
    """What settings make of a run: the data, the network, and the loss."""

    rule: Quadrature
    grid: Array  # (GRID,)
    true: Array  # f and f′ on the grid, (2, GRID)
    data: Mapping[MultiIndex, Array]  # y_n at the nodes, (N,) each
    net: MLP
    fit: SobolevLoss
    loss: Loss  # with weight decay

    def start(self, seed: int) -> Array:
        """θ_0, shape (P,)."""
        return self.net.init(seed, bounds=[(self.grid[0], self.grid[-1])])


def problem(settings: Settings) -> Problem:
    """The problem that settings pose; they are refused where they do not go together."""
    s: Settings = as_instance("settings", settings, Settings, "Settings")
    f, interval = read_target(s.target)
    rule = midpoint([interval], s.nodes).mean()
    grid = np.linspace(*interval, GRID)
    true = target_derivatives(f, grid[:, None], 1, kinks="ignore")[..., 0]  # (2, GRID)
    exact = target_derivatives(f, rule.nodes, s.order)[..., 0]  # (k + 1, N)
    if (size := np.abs(exact).max()) > LARGEST:
        raise ValueError(f"target: got values or derivatives up to {size:.3g}, takes {LARGEST:g}")
    data: dict[MultiIndex, Array] = {}
    for n, values in enumerate(exact):
        noise = np.random.default_rng([s.seed, n]).normal(size=s.nodes)  # for a larger τ the same
        data[n,] = values + s.noise * np.sqrt(np.mean(values**2)) * noise
    net = MLP((1, s.width, s.width, 1), activation=s.activation)
    weights = [s.weight**n for n in range(s.order + 1)]  # λ_n = λⁿ
    fit = SobolevLoss(net, data, rule, order=s.order, p=s.p, weights=weights)
    loss = fit + Ridge(s.decay, net.n_parameters) if s.decay else fit
    return Problem(rule, grid, true, data, net, fit, loss)


@dataclass(frozen=True, eq=False)  # two of them are not compared, array by array
class View:
    """All that is drawn of a run, as it was at one step; a ghost is one."""

    settings: Settings
    grid: Array  # the points of the curves, (G,)
    true: Array  # f and f′, (2, G)
    learned: Array  # u_θ and u_θ′, (2, G)
    nodes: Array  # (N,)
    data: Array  # (k + 1, N)
    records: tuple[Record, ...]  # of the steps so far, the last one of the present step
    changes: tuple[int, ...]  # the steps at which a setting changed
    diverged: str  # empty, or a sentence that says when, why, and what to do


class Experiment:
    """A run of gradient descent whose settings change live.

    Parameters
    ----------
    settings : Settings
        What the run begins with.

    Examples
    --------
    >>> run = Experiment()
    >>> run.step(20)
    >>> run.set(noise=0.1, order=2)          # another loss, the same θ
    >>> run.step(20)
    >>> run.steps, run.changes, len(run.records)
    (40, [20], 3)
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = Settings() if settings is None else settings
        self.problem = problem(self.settings)
        self.ghost: View | None = None
        self._then: tuple[int, Settings] | None = None
        self.reset()

    def reset(self) -> None:
        """Go back to step 0 and to the seed's θ, under the present settings; a ghost stays."""
        self.theta = self.problem.start(self.settings.seed)
        self.steps = 0
        self.diverged = ""
        self.records: list[Record] = []
        self.changes: list[int] = []  # the steps at which a setting changed
        self._top = np.zeros_like(self.theta)
        self._record()

    def set(self, **changes: Any) -> None:
        """Change settings by name, at once.

        Another target, width, activation or seed starts again from step 0 with other parameters, and another
        target drops the ghost. Any other change keeps θ and the history. Where a setting is refused, or does
        not go with the others, nothing is changed.
        """
        self._then = None
        self._use(replace(self.settings, **changes))

    def _use(self, new: Settings) -> None:
        unlike = new.unlike(self.settings)
        if not unlike:
            return
        if list(unlike) != ["learning_rate"]:
            self.problem = problem(new)
        self.settings = new
        if "target" in unlike:
            self.ghost = None
        if any(name in unlike for name in ANEW):
            self.reset()
            return
        if self.steps and self.changes[-1:] != [self.steps]:
            self.changes.append(self.steps)
        self._record()

    def play(self, settings: Settings, first: Settings | None = None, steps: int = 0) -> None:
        """Begin a run, or two of them: `first` for so many steps, which is frozen, then `settings`.

        Where settings are refused, nothing is changed.
        """
        problem(settings)
        steps = as_integer("steps", steps, minimum=0)
        begin = settings if first is None else first
        self._use(as_instance("first", begin, Settings, "None or Settings"))
        self.ghost = None
        self.reset()
        self._then = None if first is None else (steps, settings)

    @property
    def goes_on(self) -> bool:
        """Whether another run follows this one."""
        return self._then is not None

    def freeze(self) -> None:
        """Keep the run as it is now for `ghost`, or let go of it if there is one."""
        self.ghost = self.view() if self.ghost is None else None

    def step(self, n: int = 1) -> None:
        """Make n steps of gradient descent, then one record; do nothing once the run has diverged.

        Then θ is the last iterate whose loss and gradient were finite, and `diverged` says what was not.
        """
        n = as_integer("n", n, minimum=1)
        if self._then is not None and (self.diverged or self.steps >= self._then[0]):
            self.ghost = self.view()
            self._use(self._then[1])
            self._then = None
            self.reset()
        if self.diverged:
            return
        options = {"learning_rate": self.settings.learning_rate, "maxiter": n, "gtol": 0.0}
        loss = self.problem.loss
        fit = minimize(loss, self.theta, jac=True, method=gradient_descent, options=options)
        self.theta = fit.x
        self.steps += fit.nit
        if fit.status == DIVERGED:
            cause = fit.message.split(": ", 1)[1].split(";")[0]
            edge = self.records[0].edge
            self.diverged = (
                f"Diverged at step {self.steps + 1}: {cause}. η = {self.settings.learning_rate:.3g} "
                "overshoots, farther at every step"
                + (f" (2/L was {edge:.3g} at the start)" if edge > 0 else "")
                + ". Lower η, then reset."
            )
        self._record()

    def _record(self) -> None:
        """Note the loss at θ, in place of an earlier record of the same step."""
        s, posed = self.settings, self.problem
        with np.errstate(over="ignore", invalid="ignore"):
            loss = float(posed.loss(self.theta)[0])
            powers = posed.fit.terms(self.theta)
            terms = tuple(float(s.weight**n * powers[n,]) for n in range(s.order + 1))
            u = posed.net.derivatives(self.theta, posed.grid, 1)
            self.learned = np.stack([u[0,][:, 0], u[1,][:, 0]])  # (2, GRID)
            top = self._sharpness()
            errors = self._errors()
        if self.records and self.records[-1].step == self.steps:
            self.records.pop()
        if len(self.records) == MAX_RECORDS:
            del self.records[1::2]  # a long run is kept more coarsely
        edge, stability = 2 / top if top > 0 else math.nan, s.learning_rate * top / 2
        self.records.append(Record(self.steps, loss, terms, top, edge, stability, errors))

    def _errors(self) -> tuple[tuple[float, float], ...]:
        """‖u_θ − f‖ and ‖u_θ′ − f′‖ in L²(Ω), by the trapezoid rule, and in the supremum norm."""
        e = np.abs(self.learned - self.problem.true)  # (2, GRID)
        squares = np.trapezoid(e**2, self.problem.grid)  # (2,)
        return tuple((math.sqrt(square), float(top)) for square, top in zip(squares, e.max(axis=1)))

    def _sharpness(self) -> float:
        """λ_max(∇²L(θ)), followed from the last direction; NaN for p < 2."""
        if self.settings.p < 2:
            return math.nan
        n = 8 if self._top.any() else 40  # from the last direction fewer are enough
        value, self._top, _ = largest(self.problem.loss, self.theta, self._top, n)
        return value

    def view(self) -> View:
        """All that is drawn, which later steps leave alone."""
        posed = self.problem
        return View(
            settings=self.settings,
            grid=posed.grid,
            true=posed.true,
            learned=self.learned,
            nodes=posed.rule.nodes[:, 0],
            data=np.stack(list(posed.data.values())),
            records=tuple(self.records),
            changes=tuple(self.changes),
            diverged=self.diverged,
        )

    def state(self) -> dict[str, Any]:
        """`view` and the ghost as what JSON has: numbers, text, lists, dictionaries; None for NaN and ∞.

        Examples
        --------
        >>> state = Experiment(Settings(p=1, width=2)).state()
        >>> state["settings"]["p"], state["records"][0]["sharpness"], state["ghost"]
        (1, None, None)
        """
        return {**_jsonable(self.view()), "ghost": _jsonable(self.ghost)}


def _jsonable(value: Any) -> Any:
    """A view, or a part of one, as what JSON has."""
    if isinstance(value, View | Settings | Record):
        return {f.name: _jsonable(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return _jsonable(value.tolist())
    if isinstance(value, list | tuple):
        return [_jsonable(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
