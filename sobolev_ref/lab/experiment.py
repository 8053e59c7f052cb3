"""The lab without its window, which is one small training run whose settings may change at any step.

    L(θ) = Σ_{n≤k} λⁿ · mean |u_θ⁽ⁿ⁾ − y_n|^p,     y_n = f⁽ⁿ⁾ + τ rms(f⁽ⁿ⁾) ε_n,   ε_n ~ N(0, 1)

Here f(x) = (x/3) sin 2x on [−π, π], there are 64 midpoint nodes, and u_θ is a tanh network with two hidden
layers of one width. λ has the units of length^p, so that order n is weighed by λⁿ and one slider serves
every k. Training is gradient descent, Definition 7, because its step is what 2/L limits: where ηλ_max(∇²L)/2
passes 1, the top direction of θ overshoots. At the settings of the start the network drifts to about 1 by
itself and stays there while its loss goes on falling, though not monotonically. That is the edge of
stability. With a small η the run need not come there (docs/errata.md).

`window` puts widgets around this; nothing here draws.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize

from .._checks import as_exponent, as_instance, as_integer, as_real
from .._typing import Array, MultiIndex
from ..integrals.rules import midpoint
from ..integrals.targets import target_derivatives
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP
from ..optimize.ending import DIVERGED
from ..optimize.optimizers import gradient_descent
from ..theory.hessian import sharpness

BOUNDS = (-np.pi, np.pi)
NODES = 64
GRID = 401  # points of a drawn curve
MAX_ORDER = 3
MAX_RECORDS = 2000


def target(x: Any) -> Any:
    """f(x) = (x/3) sin 2x."""
    return x * np.sin(2 * x) / 3


@dataclass(frozen=True)
class Settings:
    """What the sliders set.

    Attributes
    ----------
    weight : float
        λ >= 0, which gives the term of order n the weight λⁿ.
    learning_rate : float
        The step size η > 0.
    p : float
        The exponent, 1 <= p < inf.
    order : int
        The Sobolev order k, from 0 to 3.
    width : int
        The number of units in each of the two hidden layers, at least 1.
    noise : float
        τ >= 0, the standard deviation of the noise in y_n over the root mean square of f⁽ⁿ⁾.

    Raises
    ------
    TypeError, ValueError
        If a value is none of these.

    Examples
    --------
    >>> Settings(p=0.5)
    Traceback (most recent call last):
    ValueError: p: got 0.5, takes a finite real exponent >= 1
    """

    weight: float = 1.0
    learning_rate: float = 0.035
    p: float = 2.0
    order: int = 1
    width: int = 16
    noise: float = 0.0

    def __post_init__(self) -> None:
        takes = "a finite number"
        as_real("weight", self.weight, f"{takes} >= 0", above=0)
        as_real("learning_rate", self.learning_rate, f"{takes} > 0", above=0, strictly=True)
        as_exponent(self.p)
        as_integer("order", self.order, 0, MAX_ORDER)
        as_integer("width", self.width, minimum=1)
        as_real("noise", self.noise, f"{takes} >= 0", above=0)


@dataclass(frozen=True)
class Record:
    """What is kept of a step: the loss, its terms λⁿ mean|r_n|^p by order, λ_max(∇²L), and ηλ_max/2.

    The terms of orders above k are NaN. So are the last two for p < 2, where there is no Hessian.
    """

    step: int
    loss: float
    terms: tuple[float, ...]
    sharpness: float
    stability: float


class Experiment:
    """A run of gradient descent whose settings change live.

    Parameters
    ----------
    settings : Settings
        What the run begins with.
    seed : int
        The seed of θ's initial value and of the noise; the same seed gives the same run.

    Examples
    --------
    >>> run = Experiment()
    >>> run.step(20)
    >>> run.set(noise=0.1, order=2)          # another loss, the same θ
    >>> run.step(20)
    >>> run.steps, run.changes, len(run.records)
    (40, [20], 3)
    """

    def __init__(self, settings: Settings | None = None, *, seed: int = 0) -> None:
        settings = Settings() if settings is None else settings
        self.settings: Settings = as_instance("settings", settings, Settings, "Settings")
        self.seed = as_integer("seed", seed, minimum=0)
        self.rule = midpoint([BOUNDS], NODES).mean()
        self.exact = target_derivatives(target, self.rule.nodes, MAX_ORDER)[..., 0]  # (4, N)
        self.grid = np.linspace(*BOUNDS, GRID)
        self.true = target_derivatives(target, self.grid[:, None], 1)[..., 0]  # (2, GRID)
        self.restart()

    def restart(self) -> None:
        """Go back to step 0 and to the seed's θ, under the present settings."""
        self.net = MLP((1, self.settings.width, self.settings.width, 1))
        self.theta = self.net.init(self.seed)
        self.steps = 0
        self.diverged = ""
        self.records: list[Record] = []
        self.changes: list[int] = []  # the steps at which a setting changed
        self._top = np.zeros_like(self.theta)
        self._rebuild()

    def _rebuild(self) -> None:
        """Make the data and the loss of the present settings."""
        s = self.settings
        self.data: dict[MultiIndex, Array] = {(n,): self.measured(n) for n in range(s.order + 1)}
        weights = [s.weight**n for n in range(s.order + 1)]  # λ_n = λⁿ
        self.loss = SobolevLoss(
            self.net, self.data, self.rule, order=s.order, p=s.p, weights=weights
        )
        self._record()

    def measured(self, n: int) -> Array:
        """y_n = f⁽ⁿ⁾ + τ rms(f⁽ⁿ⁾) ε_n at the nodes, shape (N,); a larger τ scales the same ε_n."""
        noise = np.random.default_rng([self.seed, n]).normal(size=NODES)
        rms = np.sqrt(np.mean(self.exact[n] ** 2))
        return np.asarray(self.exact[n] + self.settings.noise * rms * noise)

    def set(self, **changes: Any) -> None:
        """Change settings by name, at once.

        A new width starts again from step 0 with new parameters. Any other change keeps θ and the
        history, and a new learning rate keeps the loss as well.

        Raises
        ------
        TypeError, ValueError
            If a setting is unknown or unusable; then nothing is changed.
        """
        old, new = self.settings, replace(self.settings, **changes)
        if new == old:
            return
        self.settings = new
        if new.width != old.width:
            self.restart()
            return
        if self.steps and self.changes[-1:] != [self.steps]:
            self.changes.append(self.steps)
        if replace(new, learning_rate=old.learning_rate) == old:
            self._record()
        else:
            self._rebuild()

    def step(self, n: int = 1) -> None:
        """Make n steps of gradient descent, then one record; do nothing once the run has diverged.

        Then θ is the last iterate whose loss and gradient were finite, and `diverged` says what was not.
        """
        n = as_integer("n", n, minimum=1)
        if self.diverged:
            return
        options = {"learning_rate": self.settings.learning_rate, "maxiter": n, "gtol": 0.0}
        fit = minimize(self.loss, self.theta, jac=True, method=gradient_descent, options=options)
        self.theta = fit.x
        self.steps += fit.nit
        if fit.status == DIVERGED:
            cause = fit.message.split(": ", 1)[1].split(";")[0]
            self.diverged = f"diverged at step {self.steps + 1}: {cause}"
        self._record()

    def _record(self) -> None:
        """Note the loss at θ, in place of an earlier record of the same step."""
        s = self.settings
        with np.errstate(over="ignore", invalid="ignore"):
            powers = self.loss.terms(self.theta)
            terms = [s.weight**n * powers[(n,)] for n in range(s.order + 1)]
            top = self._sharpness()
        terms += [np.nan] * (MAX_ORDER - s.order)
        if self.records and self.records[-1].step == self.steps:
            self.records.pop()
        if len(self.records) == MAX_RECORDS:
            del self.records[1::2]  # a long run is kept more coarsely
        loss, stability = float(np.nansum(terms)), s.learning_rate * top / 2
        self.records.append(Record(self.steps, loss, tuple(terms), top, stability))

    def _sharpness(self) -> float:
        """λ_max(∇²L(θ)), followed from the last direction; NaN for p < 2."""
        if self.settings.p < 2:
            return float("nan")
        n = 8 if self._top.any() else 40  # from the last direction fewer are enough
        value, self._top = sharpness(self.loss, self.theta, self._top, n)
        return value

    @property
    def edge(self) -> float:
        """2/L with L = λ_max(∇²L(θ)) > 0, the largest stable learning rate at θ; NaN if there is none."""
        top = self.records[-1].sharpness
        return 2 / top if top > 0 else float("nan")

    def learned(self) -> Array:
        """u_θ and u_θ′ on the grid, shape (2, GRID)."""
        with np.errstate(over="ignore", invalid="ignore"):
            u = self.net.derivatives(self.theta, self.grid, 1)
        return np.stack([u[(0,)][:, 0], u[(1,)][:, 0]])
