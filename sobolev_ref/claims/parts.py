"""The five parts of the study: what is run in each, and one run of it.

    tune      Adam at six rates, from which each loss takes its own for each target
    exact     both methods on quadrature nodes, on a budget; L² and H¹ also at √10 times Adam's rate
    points    few random points: N with gradients, N and N(1 + d) with values
    noise     the same with noise in values and slopes
    table     the paper's Example 1 by twelve networks

A run is named by its part, its *case* (what arms are compared on), its *arm* (what is compared) and its
seed. For one seed all arms of a case start at the same θ, on the same points and noise; cases and parts
have seeds of their own. docs/claims_protocol.md has the reasons for all that is a number here.

**Data** (points and noise). A point in ℝᵈ with its value is one number, with its gradient 1 + d. So N
points with gradients are held against N(1 + d) points with values.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from .._typing import Array, MultiIndex
from ..integrals.rules import gauss_legendre
from ..integrals.scattered import samples
from ..integrals.targets import target_derivatives
from ..integrals.weights import noise_weights
from ..jets.multi_index import multi_indices
from ..models.mlp import MLP
from ..paper.examples import EPOCHS, ROW, TABLE_1
from .run import ERRORS, LOSSES, MARKS, CountedLoss, Truth, spend
from .targets import TARGETS

SECONDS = {1: 0.2, 2: 0.3, 3: 0.5}  # of CPU time a run, by d
NODES = {1: 64, 2: 12, 3: 8}  # Gauss nodes each way
PASSES = 1500  # of order 0 over all nodes: the budget of operations
RATES = tuple(10.0**e for e in (-3.5, -3.0, -2.5, -2.0, -1.5, -1.0))
METHODS = ("adam", "L-BFGS-B")
FASTER = 10**0.5  # times the tuned rate
FAST = " at √10 η"
POINTS = {"points": 10, "noise": 20}  # N/d²
NOISE = 0.05  # of the root mean square of what is measured

Errors = dict[str, float]


class Run(NamedTuple):
    """One run's name."""

    part: str
    case: str
    arm: str
    seed: int


def generator(run: Run) -> np.random.Generator:
    """The source of randomness, the same for all arms.

    Examples
    --------
    >>> one, other = Run("exact", "sine, adam", "L2", 3), Run("exact", "sine, adam", "H1", 3)
    >>> bool(generator(one).random() == generator(other).random())
    True
    """
    return np.random.default_rng([crc32(f"{run.part}, {run.case}".encode()), run.seed])


@cache
def truth_of(target: str) -> Truth:
    """A target with its derivatives, which a process computes once for all of its runs."""
    return Truth(TARGETS[target].standard(), TARGETS[target].box)


@cache
def setting(target: str, arm: str) -> tuple[MLP, Truth, CountedLoss]:
    """The network, the truth and the loss of an arm on the quadrature nodes, once a process as well."""
    truth, box = truth_of(target), TARGETS[target].box
    d = len(box)
    net, rule = MLP((d, 20, 20, 1)), gauss_legendre(box, NODES[d]).mean()
    return net, truth, CountedLoss(arm, net, truth.function, rule)


def budget(net: MLP, loss: CountedLoss, scale: float) -> tuple[float, float]:
    """CPU seconds and operations."""
    return SECONDS[net.widths[0]] * scale, PASSES * loss.n_nodes * scale


# -- on quadrature nodes ------------------------------------------------------------------------------


def rate_arm(loss: str, rate: float) -> str:
    """The arm of the part tune that has this loss and this rate."""
    return f"{loss}, {rate:.3g}"


def tune(run: Run, scale: float, rate: float) -> Errors:
    """The errors at the end of the time, by Adam at one rate."""
    net, truth, loss = setting(run.case, run.arm.split(", ")[0])
    start = net.init(generator(run), bounds=TARGETS[run.case].box)
    look = partial(truth.scores, net)
    ended = spend(
        loss, start, "adam", *budget(net, loss, scale), look=look, marks=(1.0,), learning_rate=rate
    )
    return {"L2": ended.seen["seconds", 1.0]["L2"]}


def exact(run: Run, scale: float, rate: float) -> Errors:
    """All errors at the end of the time, and the L² error at the marks of both budgets."""
    target, method = run.case.split(", ")
    net, truth, loss = setting(target, run.arm.removesuffix(FAST))
    start = net.init(generator(run), bounds=TARGETS[target].box)
    options: dict[str, Any] = {"learning_rate": rate} if method == "adam" else {}
    look = partial(truth.scores, net)
    ended = spend(loss, start, method, *budget(net, loss, scale), look=look, **options)
    curves = {mark_name(axis, mark): e["L2"] for (axis, mark), e in ended.seen.items()}
    return {**ended.seen["seconds", 1.0], **curves}


def mark_name(axis: str, mark: float) -> str:
    """What the L² error at a mark is called.

    Examples
    --------
    >>> mark_name("seconds", 0.125)
    'seconds 1/8'
    """
    return f"{axis} 1/{1 / mark:.0f}"


# -- on random points ---------------------------------------------------------------------------------

NEW, MORE, FEWER, BY_NOISE = "H1 on N", "L2 on N(1+d)", "L2 on N", "H1 on N by noise"


def points(run: Run, scale: float, rate: float) -> Errors:
    """The errors after training on random points by L-BFGS; noisy ones in the part noise."""
    truth, box = truth_of(run.case), TARGETS[run.case].box
    d, rng = len(box), generator(run)
    net = MLP((d, 20, 20, 1))
    start = net.init(rng, bounds=box)
    n = POINTS[run.part] * d**2
    low, high = np.transpose(box)
    x = rng.uniform(low, high, (n * (1 + d), d))  # (N(1+d), d)
    values = target_derivatives(truth.function, x, 1, 1)[..., 0]  # (1 + d, N(1+d))
    tau = NOISE * sizes(truth)
    if run.part == "noise":
        values += tau[:, None] * rng.standard_normal(values.shape)
    first = len(x) if run.arm == MORE else n
    rows = zip(multi_indices(d, int(run.arm.startswith("H1"))), values[:, :first])
    data: dict[MultiIndex, Array] = dict(rows)
    weights = noise_weights(dict(zip(data, tau))) if run.arm == BY_NOISE else None
    loss = CountedLoss(run.arm[:2], net, data, samples(x[:first]), weights)
    ended = spend(loss, start, "L-BFGS-B", SECONDS[d] * scale)
    return truth.scores(net, ended.x)


def sizes(truth: Truth) -> Array:
    """The root mean squares over the box of u − ū and of each ∂_q u, shape (1 + d,)."""
    values = truth.values[: 1 + truth.rule.d, :, 0].copy()  # (1 + d, N)
    values[0] -= truth.rule.weights @ values[0]
    sizes: Array = np.sqrt(values**2 @ truth.rule.weights)
    return sizes


# -- the paper's table --------------------------------------------------------------------------------

NETWORKS = {
    f"{activation}, {layers} of 50": (activation, (50,) * hidden)
    for activation in ("tanh", "gelu", "relu")
    for hidden, layers in ((1, "one layer"), (2, "two layers"))
}
TABLE_RATES = {"η = 0.001": 1e-3, "η = 0.01": 1e-2}


def table(run: Run, scale: float, rate: float) -> Errors:
    """The last loss of Example 1, and the distance of all of them from Table 1, in decades.

    distance² = mean over the rows of (log₁₀ ours − log₁₀ the paper's)². ReLU is not smooth enough for
    Theorem 2: its kinks are ignored, as automatic differentiation ignores them.
    """
    activation, hidden = NETWORKS[run.arm]
    net, ((a, b),) = MLP((1, *hidden, 1), activation), TARGETS["sine"].box
    loss = CountedLoss("H1", net, np.sin, samples(np.linspace(a, b, 100)))
    operations = loss.each * (2 + round(EPOCHS * scale))  # two evaluations at the start
    start = net.init(generator(run), "uniform")
    ended = spend(loss, start, "adam", 0.0, operations, learning_rate=TABLE_RATES[run.case])
    rows = ended.history[::ROW][: len(TABLE_1)]
    decades = np.log10(rows) - np.log10(TABLE_1[: len(rows)])
    return {"loss": float(rows[-1]), "distance": float(np.sqrt(np.mean(decades**2)))}


# -- all of them --------------------------------------------------------------------------------------

PAIRS: Mapping[str, list[tuple[str, str]]] = {  # the cases and arms of each part
    "tune": [(t, rate_arm(loss, r)) for t, loss, r in product(TARGETS, LOSSES, RATES)],
    "exact": [
        (f"{target}, {method}", arm)
        for target, method in product(TARGETS, METHODS)
        for arm in (*LOSSES, *(("L2" + FAST, "H1" + FAST) if method == "adam" else ()))
    ],
    "points": list(product(TARGETS, (NEW, MORE, FEWER))),
    "noise": list(product(TARGETS, (NEW, MORE, FEWER, BY_NOISE))),
    "table": list(product(TABLE_RATES, NETWORKS)),
}
PARTS: Mapping[str, Callable[[Run, float, float], Errors]] = {
    "tune": tune,
    "exact": exact,
    "points": points,
    "noise": points,
    "table": table,
}
CURVES = [mark_name(axis, mark) for axis in ("seconds", "operations") for mark in MARKS]
QUANTITIES = (*ERRORS, "failed", *CURVES, "loss", "distance")


def trial(run: Run, scale: float, rate: float) -> Errors:
    """The numbers of one run, by `QUANTITIES`, as a function that another process can be sent.

    `scale` is the share of every budget, 1 for the full study; `rate` is Adam's in the parts tune and exact.
    """
    return PARTS[run.part](run, scale, rate)
