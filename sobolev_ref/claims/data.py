"""The studies on data: (2) few points, derivative labels counted as data; (5) noisy derivatives.

A point in ℝᵈ with its value is one number, with its gradient 1 + d, with all derivatives up to order 2
1 + d + d(d+1)/2. So N points with gradients are held against N(1 + d) points with values: what a baseline
may ask for at the same number of numbers.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from .._typing import Array
from ..data.functions import FUNCTIONS
from ..integrals.scattered import samples
from ..integrals.targets import target_derivatives
from ..integrals.weights import noise_weights
from ..jets.multi_index import n_multi_indices
from ..losses.sobolev import SobolevLoss
from ..models.linear import LinearModel
from ..models.mlp import MLP
from ..optimize.linear import solve_linear
from .run import LOSSES, Budget, CountedLoss, Truth, spend
from .studies import SECONDS, Settings, Trial, finals, seeded
from .table import Key

# -- (2) better generalisation from few points? -------------------------------------------------------

ARMS = (("L2", 1), ("L2", 2), ("L1", 2), ("H1", 1), ("L2", 3), ("H2", 1))  # loss, points per N
FEW: Mapping[str, tuple[str, tuple[int, ...], tuple[int, ...], tuple[tuple[str, int], ...]]] = {
    # the function, the hidden widths, N, and the arms
    "x sin x, two layers of 20": ("x_sine", (20, 20), (4, 8, 12, 16), ARMS),
    "x sin x, one layer of 20": ("x_sine", (20,), (4, 8, 12, 16), ARMS),
    "Franke, two layers of 20": (
        "franke",
        (20, 20),
        (10, 20, 40, 80),
        (("L2", 1), ("L2", 3), ("L1", 3), ("H1", 1)),
    ),
}


def few_points_arm(name: str, times: int, d: int) -> str:
    """What an arm is called: its loss and how many numbers it has for each of the N."""
    numbers = times * n_multi_indices(d, LOSSES[name][0])
    return f"{name}, {numbers}N numbers" if numbers > 1 else f"{name}, N numbers"


def few_points_run(
    case: str, n: int, name: str, times: int, settings: Settings, seed: int
) -> dict[Key, float]:
    """The errors after training on times · n random points, by L-BFGS."""
    key, hidden, *_ = FEW[case]
    function = FUNCTIONS[key]
    bounds = function.bounds()
    d, rng = len(bounds), seeded(2, seed)
    net, truth = MLP((d, *hidden, 1)), Truth(function.function, bounds)
    theta = net.init(rng)
    low, high = np.transpose(bounds)
    most = rng.uniform(low, high, (3 * n, d))
    points = most[: times * n]  # those of fewer are among those of more
    loss = CountedLoss(name, net, function.function, samples(points))
    x = spend(loss, theta, "L-BFGS-B", Budget(SECONDS * settings.scale)).x
    arm = few_points_arm(name, times, d)
    return finals(2, case, arm, "points", n, truth.errors(net, x))


def few_points(settings: Settings) -> list[Trial]:
    """(2) N points with derivatives against as many numbers as values, in one and in two dimensions."""
    return [
        partial(few_points_run, case, n, name, times, settings)
        for case, (_, _, counts, arms) in FEW.items()
        for n in counts
        for name, times in arms
    ]


# -- (5) noisy derivatives ----------------------------------------------------------------------------

TAU = 0.05  # of the values of sin x
RATIOS = (1.0, 4.0, 16.0)  # τ′/τ
WEIGHTS = tuple(float(w) for w in (0, 1e-4, 1 / 256, 1 / 64, 1 / 16, 1 / 4, 1))
POINTS = 40
INTERVAL = FUNCTIONS["sine"].bounds()
MODELS = ("polynomial of degree 15", "tanh network")


def noisy_data(ratio: float, rng: np.random.Generator) -> tuple[Array, dict[Any, Array]]:
    """One random point in each of POINTS equal parts; sine values with noise τ, slopes with noise τ′."""
    a, b = INTERVAL[0]
    x = a + (b - a) * (np.arange(POINTS) + rng.random(POINTS)) / POINTS
    values = target_derivatives(np.sin, x[:, None], 1)[..., 0]  # (2, N)
    tau = np.array([TAU, ratio * TAU])
    data = values + tau[:, None] * rng.standard_normal(values.shape)
    return x, {(0,): data[0], (1,): data[1]}


def noise_run(
    model: str, ratio: float, weight: float, settings: Settings, seed: int
) -> dict[Key, float]:
    """The errors at one λ: of the exact minimiser of a linear model, or of a network by L-BFGS."""
    rng = seeded(5, seed)
    x, data = noisy_data(ratio, rng)
    truth = Truth(np.sin, INTERVAL)
    if model == MODELS[0]:
        linear = LinearModel.polynomial(15, INTERVAL)
        errors = truth.errors(
            linear,
            solve_linear(SobolevLoss(linear, data, samples(x), weights=(1.0, weight))).x,
        )
    else:
        net = MLP((1, 10, 1))
        loss = CountedLoss("H1", net, data, samples(x), (1.0, weight))
        run = spend(loss, net.init(rng), "L-BFGS-B", Budget(SECONDS * settings.scale))
        errors = truth.errors(net, run.x)
    return finals(5, f"{model}, noise {ratio:g}", "H1", "weight", weight, errors)


def noise(settings: Settings) -> list[Trial]:
    """(5) λ from 0 to 1 with slopes 1, 4 and 16 times as noisy as values."""
    return [
        partial(noise_run, model, ratio, weight, settings)
        for model in MODELS
        for ratio in RATIOS
        for weight in WEIGHTS
    ]


def best_weight(ratio: float) -> float:
    """(τ/τ′)², what Gauss and Markov say (W2).

    Examples
    --------
    >>> best_weight(4.0)
    0.0625
    """
    weights = noise_weights((TAU, ratio * TAU))
    assert isinstance(weights, tuple)
    return weights[1]
