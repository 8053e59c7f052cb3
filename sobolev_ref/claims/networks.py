"""Study (6): smooth activations against ReLU, and which network made the paper's Table 1.

The paper names no network. Twelve are trained on its Example 1 with Adam, and held to its table row by row:

    distance² = mean over the rows of (log₁₀ ours − log₁₀ the paper's)²

ReLU is not smooth enough for Theorem 2: its kinks are ignored, as automatic
differentiation ignores them.
"""

from functools import partial

import numpy as np

from .._typing import Array
from ..integrals.scattered import samples
from ..models.mlp import MLP
from ..paper.examples import EPOCHS, ROW, TABLE_1
from .run import Budget, CountedLoss, Truth, spend
from .studies import TARGETS, Settings, Trial, finals, seeded
from .table import Key

NETWORKS = tuple(
    (activation, hidden, rate)
    for activation in ("tanh", "gelu", "relu")
    for hidden in (1, 2)
    for rate in (1e-3, 1e-2)
)


def network_arm(activation: str, hidden: int, rate: float) -> str:
    """What a network with its learning rate is called."""
    return f"{activation}, {'one layer' if hidden == 1 else 'two layers'} of 50, η = {rate:g}"


def uniform_start(net: MLP, rng: np.random.Generator) -> Array:
    """θ with W and b uniform on ±1/√n_in, as common frameworks start a layer."""
    return net.pack(
        [
            (rng.uniform(-1, 1, (n_out, n_in)) / n_in**0.5, rng.uniform(-1, 1, n_out) / n_in**0.5)
            for n_in, n_out in zip(net.widths, net.widths[1:])
        ]
    )


def table_run(
    activation: str, hidden: int, rate: float, settings: Settings, seed: int
) -> dict[Key, float]:
    """The mean Sobolev loss at the epochs of the paper's Table 1, and how far from it, in decades."""
    f, bounds = TARGETS["sin x"]
    net = MLP((1, *[50] * hidden, 1), activation)
    loss = CountedLoss("H1", net, f, samples(np.linspace(*bounds, 100)))
    budget = Budget(0.0, loss.each * (2 + max(1, round(EPOCHS * settings.scale))))
    run = spend(loss, uniform_start(net, seeded(6, seed)), "adam", budget, learning_rate=rate)
    rows = run.history[::ROW][: len(TABLE_1)]
    distance = np.sqrt(np.mean((np.log10(rows) - np.log10(TABLE_1[: len(rows)])) ** 2))
    arm = network_arm(activation, hidden, rate)
    found = {Key(6, "Table 1", arm, "epoch", ROW * i, "loss"): v for i, v in enumerate(rows)}
    last = {
        **Truth(f, (bounds,)).errors(net, run.x),
        "distance": float(distance),
        "seconds": run.seconds,
    }
    return found | finals(6, "Table 1", arm, "end", 0, last)


def activations(settings: Settings) -> list[Trial]:
    """(6) Twelve networks on the paper's Example 1, its loss at every row of Table 1."""
    return [partial(table_run, *network, settings) for network in NETWORKS]
