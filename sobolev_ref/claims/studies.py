"""The seven studies of the paper's claims: tables of what is compared, and one run of each.

    1   convergence    faster on equal budgets?            5   noise        noisy derivatives
    2   few_points     better from few points?             6   networks     tanh and GELU against ReLU
    3   stability      fewer runs that diverge?            7   schedules    all orders first, then fewer
    4   frequencies    better at high frequencies?

A study is a function and the arguments of its runs (`STUDIES`). A run yields its errors as (case, arm,
axis, place, numbers): an *arm*, usually a loss, is what the study compares, and a *case* is what it
compares the arms on. For one seed all arms of a case start from the same generator, so at the same θ, from
Glorot's initialisation unless said otherwise, and on the same nodes. Seeds of one study are not another's.

**Data** (studies 2 and 5). A point in ℝᵈ with its value is one number, with its gradient 1 + d, with all
derivatives up to order 2 1 + d + d(d+1)/2. So N points with gradients are held against N(1 + d) points
with values: what a baseline may ask for at the same number of numbers.

**Networks** (study 6). The paper names no network. Twelve are trained on its Example 1 with Adam, and held
to its table row by row: distance² = mean over the rows of (log₁₀ ours − log₁₀ the paper's)². ReLU is not
smooth enough for Theorem 2: its kinks are ignored, as automatic differentiation ignores them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from .._typing import Array
from ..data.functions import FUNCTIONS
from ..integrals.rules import gauss_legendre
from ..integrals.scattered import samples
from ..integrals.targets import target_derivatives
from ..integrals.weights import Weights
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..models.mlp import MLP
from ..optimize.ending import DIVERGED
from ..optimize.linear import solve_linear
from ..paper.examples import EPOCHS, ROW, TABLE_1
from ..theory.spectra import spectrum
from .run import LOSSES, CountedLoss, Truth, spend
from .table import Key

Run = Iterator[tuple[str, str, str, float, Mapping[str, float]]]
Interval = tuple[float, float]

WIDTHS = (1, 20, 20, 1)  # tanh
NODES = 64
PASSES = 2000  # of order 0 over all the nodes: the budget of operations for one whole time budget
SECONDS = 0.2  # of CPU time a run in studies 1, 2, 3 and 5
LONGER = 0.5  # in studies 4 and 7
METHODS = ("adam", "L-BFGS-B")
RATES = tuple(10.0**e for e in (-3.5, -3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0))
# Adam's rate for each target and loss: where study 3, on other seeds, has (nearly) its least median L² error
TUNED = {
    "sin x": {"L2": RATES[2], "L1": RATES[3], "H1": RATES[3], "H2": RATES[2]},
    "exp(-x)": {"L2": RATES[5], "L1": RATES[1], "H1": RATES[4], "H2": RATES[4]},
}
TARGETS: Mapping[str, tuple[Callable[..., Any], Interval]] = {
    "sin x": (FUNCTIONS["sine"].function, (-2 * np.pi, 2 * np.pi)),
    "exp(-x)": (FUNCTIONS["exponential"].function, (0.0, 5.0)),
    "sin 6x": (lambda x: np.sin(6 * x), (-np.pi, np.pi)),
    "sin x + sin 6x": (lambda x: np.sin(x) + np.sin(6 * x), (-np.pi, np.pi)),
}


def setting(
    target: str, name: str, weights: Weights | None = None
) -> tuple[MLP, Truth, CountedLoss]:
    """The network, the truth and a loss on 64 Gauss nodes, for one target on its interval."""
    f, interval = TARGETS[target]
    net, rule = MLP(WIDTHS), gauss_legendre([interval], NODES).mean()
    return net, Truth(f, [interval]), CountedLoss(name, net, f, rule, weights)


def tuned(method: str, name: str, target: str = "sin x") -> dict[str, Any]:
    """The options of a method: its tuned rate, if it takes one."""
    return {} if method == "L-BFGS-B" else {"learning_rate": TUNED[target][name]}


# -- (1) faster convergence? --------------------------------------------------------------------------

CONVERGENCE = ("sin x, adam", "sin x, L-BFGS-B", "exp(-x), adam", "exp(-x), L-BFGS-B")


def convergence(case: str, name: str, scale: float, rng: np.random.Generator) -> Run:
    """All four errors over time and over operations: Adam at each loss's own rate, and L-BFGS."""
    target, method = case.split(", ")
    net, truth, loss = setting(target, name)
    budget = SECONDS * scale, NODES * PASSES * scale
    look, rate = partial(truth.errors, net), tuned(method, name, target)
    run = spend(loss, net.init(rng), method, *budget, look=look, **rate)
    for (axis, at), errors in run.seen.items():
        yield case, name, axis, at, errors


# -- (2) better generalisation from few points? -------------------------------------------------------

# Each is a loss, and how many points it gets for each of the N.
ONE_D = {
    "L2, N numbers": ("L2", 1),
    "L2, 2N numbers": ("L2", 2),
    "L1, 2N numbers": ("L1", 2),
    "H1, 2N numbers": ("H1", 1),
    "L2, 3N numbers": ("L2", 3),
    "H2, 3N numbers": ("H2", 1),
}
TWO_D = {
    "L2, N numbers": ("L2", 1),
    "L2, 3N numbers": ("L2", 3),
    "L1, 3N numbers": ("L1", 3),
    "H1, 3N numbers": ("H1", 1),
}
# the function, the hidden widths, N, and the arms
FEW: Mapping[str, tuple[str, tuple[int, ...], tuple[int, ...], dict[str, tuple[str, int]]]] = {
    "x sin x, two layers of 20": ("x_sine", (20, 20), (4, 8, 12, 16), ONE_D),
    "x sin x, one layer of 20": ("x_sine", (20,), (4, 8, 12, 16), ONE_D),
    "Franke, two layers of 20": ("franke", (20, 20), (10, 20, 40, 80), TWO_D),
}


def few_points(case: str, n: int, arm: str, scale: float, rng: np.random.Generator) -> Run:
    """The errors after training on n, 2n or 3n random points, by L-BFGS."""
    key, hidden, _, arms = FEW[case]
    name, times = arms[arm]
    f, bounds = FUNCTIONS[key].function, FUNCTIONS[key].bounds()
    net = MLP((len(bounds), *hidden, 1))
    theta = net.init(rng)
    low, high = np.transpose(bounds)
    most = rng.uniform(low, high, (3 * n, len(bounds)))
    points = samples(most[: times * n])  # those of fewer are among those of more
    run = spend(CountedLoss(name, net, f, points), theta, "L-BFGS-B", SECONDS * scale)
    yield case, arm, "points", n, Truth(f, bounds).errors(net, run.x)


# -- (3) stability ------------------------------------------------------------------------------------

STABILITY = ("sin x, adam", "exp(-x), adam", "sin x, gradient_descent")


def diverged(run: OptimizeResult) -> bool:
    """A run that was no longer finite, or ended with a loss above the one it started from."""
    return run.status == DIVERGED or not run.fun <= run.history[0]


def stability(case: str, name: str, rate: float, scale: float, rng: np.random.Generator) -> Run:
    """The errors after a fixed time at one rate, and whether the run diverged."""
    target, method = case.split(", ")
    net, truth, loss = setting(target, name)
    run = spend(loss, net.init(rng), method, SECONDS * scale, learning_rate=rate)
    errors, ended = truth.errors(net, run.x), diverged(run)
    if ended:
        errors = dict.fromkeys(errors, np.inf)
    yield case, name, "rate", rate, {**errors, "diverged": float(ended)}


# -- (4) high frequencies -----------------------------------------------------------------------------

FREQUENCIES = ("sin 6x, adam", "sin 6x, L-BFGS-B", "sin x + sin 6x, adam")
BALANCED = "H1 balanced"


def frequencies(case: str, arm: str, scale: float, rng: np.random.Generator) -> Run:
    """All four errors, and the amplitudes of the error at ω = 1 and ω = 6, over time."""
    target, method = case.split(", ")
    f, interval = TARGETS[target]
    name, weights = ("H1", "balanced") if arm == BALANCED else (arm, None)
    net, truth, loss = setting(target, name, weights)

    def look(theta: Array) -> dict[str, float]:
        _, amplitude = spectrum(lambda x: net(theta, x)[:, 0] - f(x), interval, 128)
        waves = {f"amplitude {omega}": float(amplitude[omega]) for omega in (1, 6)}
        return truth.errors(net, theta) | waves

    run = spend(loss, net.init(rng), method, LONGER * scale, look=look, **tuned(method, name))
    for (axis, at), errors in run.seen.items():
        yield case, arm, axis, at, errors


# -- (5) noisy derivatives ----------------------------------------------------------------------------

POINTS = 40
TAU = 0.05  # of the values of sin x
RATIOS = (1.0, 4.0, 16.0)  # τ′/τ
WEIGHTS = tuple(float(w) for w in (0, 1e-4, 1 / 256, 1 / 64, 1 / 16, 1 / 4, 1))  # λ
POLYNOMIAL = "polynomial of degree 15"
MODELS = (POLYNOMIAL, "tanh network")


def noise_case(model: str, ratio: float) -> str:
    """What a model at a ratio τ′/τ is called."""
    return f"{model}, noise {ratio:g}"


def noisy_data(ratio: float, rng: np.random.Generator) -> tuple[Array, dict[Any, Array]]:
    """One random point in each of POINTS equal parts; sine values with noise τ, slopes with noise τ′."""
    a, b = TARGETS["sin x"][1]
    x = a + (b - a) * (np.arange(POINTS) + rng.random(POINTS)) / POINTS
    values = target_derivatives(np.sin, x[:, None], 1)[..., 0]  # (2, N)
    tau = np.array([TAU, ratio * TAU])
    data = values + tau[:, None] * rng.standard_normal(values.shape)
    return x, {(0,): data[0], (1,): data[1]}


def noise(model: str, ratio: float, weight: float, scale: float, rng: np.random.Generator) -> Run:
    """The errors at one λ: of the exact minimiser of a linear model, or of a network by L-BFGS."""
    x, data = noisy_data(ratio, rng)
    f, interval = TARGETS["sin x"]
    net: LinearModel | MLP
    if model == POLYNOMIAL:
        net = LinearModel.polynomial(15, [interval])
        theta = solve_linear(SobolevLoss(net, data, samples(x), weights=(1.0, weight))).x
    else:
        net = MLP((1, 10, 1))
        loss = CountedLoss("H1", net, data, samples(x), (1.0, weight))
        theta = spend(loss, net.init(rng), "L-BFGS-B", SECONDS * scale).x
    yield noise_case(model, ratio), "H1", "weight", weight, Truth(f, [interval]).errors(net, theta)


# -- (6) which network? -------------------------------------------------------------------------------

NETWORKS = {
    f"{activation}, {layers} of 50, η = {rate:g}": (activation, hidden, rate)
    for activation in ("tanh", "gelu", "relu")
    for hidden, layers in ((1, "one layer"), (2, "two layers"))
    for rate in (1e-3, 1e-2)
}


def uniform_start(net: MLP, rng: np.random.Generator) -> Array:
    """θ with W and b uniform on ±1/√n_in, as common frameworks start a layer."""
    layers = []
    for n_in, n_out in zip(net.widths, net.widths[1:]):
        W, b = rng.uniform(-1, 1, (n_out, n_in)), rng.uniform(-1, 1, n_out)
        layers.append((W / n_in**0.5, b / n_in**0.5))
    return net.pack(layers)


def networks(arm: str, scale: float, rng: np.random.Generator) -> Run:
    """The mean Sobolev loss at the epochs of the paper's Table 1, and how far from it, in decades."""
    activation, hidden, rate = NETWORKS[arm]
    f, interval = TARGETS["sin x"]
    net = MLP((1, *[50] * hidden, 1), activation)
    loss = CountedLoss("H1", net, f, samples(np.linspace(*interval, 100)))
    operations = loss.each * (2 + max(1, round(EPOCHS * scale)))
    run = spend(loss, uniform_start(net, rng), "adam", 0.0, operations, learning_rate=rate)
    rows = run.history[::ROW][: len(TABLE_1)]
    for i, value in enumerate(rows):
        yield "Table 1", arm, "epoch", ROW * i, {"loss": value}
    decades = np.log10(rows) - np.log10(TABLE_1[: len(rows)])
    ends = {"distance": float(np.sqrt(np.mean(decades**2))), "seconds": run.seconds}
    yield "Table 1", arm, "end", 0, Truth(f, [interval]).errors(net, run.x) | ends


# -- (7) all orders first, then fewer -----------------------------------------------------------------

SINGLE = ("L2", "H1", "H2")
SCHEDULES = {name: (name,) for name in SINGLE} | {
    "H1 then L2": ("H1", "L2"),
    "H2 then H1": ("H2", "H1"),
    "H2, H1, L2": ("H2", "H1", "L2"),
}


def schedules(method: str, arm: str, scale: float, rng: np.random.Generator) -> Run:
    """One optimiser run after the other, each on its share of the same time."""
    theta, names = MLP(WIDTHS).init(rng), SCHEDULES[arm]
    for name in names:
        net, truth, loss = setting("sin x", name)
        seconds = LONGER * scale / len(names)
        theta = spend(loss, theta, method, seconds, **tuned(method, name)).x
    yield method, arm, "end", 0, truth.errors(net, theta)


# -- all of them --------------------------------------------------------------------------------------

STUDIES: Mapping[int, tuple[Callable[..., Run], list[tuple[Any, ...]]]] = {
    1: (convergence, list(product(CONVERGENCE, LOSSES))),
    2: (
        few_points,
        [(case, *run) for case, (*_, counts, arms) in FEW.items() for run in product(counts, arms)],
    ),
    3: (stability, list(product(STABILITY, LOSSES, RATES))),
    4: (frequencies, list(product(FREQUENCIES, (*LOSSES, BALANCED)))),
    5: (noise, list(product(MODELS, RATIOS, WEIGHTS))),
    6: (networks, [(arm,) for arm in NETWORKS]),
    7: (schedules, list(product(METHODS, SCHEDULES))),
}


def trial(number: int, arguments: tuple[Any, ...], scale: float, seed: int) -> dict[Key, float]:
    """The numbers of one run of a study, as a function that another process can be sent.

    `arguments` are those of one run in `STUDIES`; `scale` is the share of every budget, in seconds,
    operations and epochs, 1 for the full study.
    """
    run, _ = STUDIES[number]
    return {
        Key(number, case, arm, axis, at, quantity): value
        for case, arm, axis, at, numbers in run(*arguments, scale, seeded(number, seed))
        for quantity, value in numbers.items()
    }


def seeded(study: int, seed: int) -> np.random.Generator:
    """The source of randomness of one seed of one study."""
    return np.random.default_rng([study, seed])
