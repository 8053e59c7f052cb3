"""From scaled measurements to a trained network: `train`, and what it returns.

    L(θ) = Σ_α λ_α Σ_i w_i |Dᵅu_θ(x_i) − Dᵅy_i|² + (μ/2)‖θ‖²

with λ by the noise, λ_α = 1/τ_α² (W2), where that is known, and else by the size of what was measured: by
order (W1), or by partial, λ_α = 1/Σ_i w_i |Dᵅy_i|².
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Array
from ..integrals.quadrature import Quadrature
from ..jets.activations import Activation
from ..losses.conditions import along
from ..losses.loss import Loss, Ridge
from ..losses.residual import ResidualLoss
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP
from ..optimize.fitting import fit
from .measurements import Data, mean_square
from .names import ALONG, Key, order_of

LAYERS, NARROW, WIDE = 2, 8, 64  # hidden layers, and their least and greatest width
ITERATIONS = 200


@dataclass(frozen=True)
class Settings:
    """How to train, each checked by the regressor; its docstring says what they mean."""

    activation: str | Activation = "tanh"
    balance: str = "order"
    method: str | None = None
    alpha: float = 1e-6
    starts: int = 1
    max_iter: int | None = None
    time_limit: float | None = None


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network of the scaled problem, and how it came about.

    Attributes
    ----------
    net : MLP
    theta : ndarray, shape (P,)
        The best θ.
    others : tuple of ndarrays
        The θ of the other starts.
    weights : dict
        From α or "along" to λ_α.
    ridge : float
        μ.
    method, stop : str
        What ran, and why it ended.
    success : bool
        Whether it ended where it should, see `fit`.
    n_iter : int
    history : ndarray
        The loss at the start and after every iteration.
    """

    net: MLP
    theta: Array
    others: tuple[Array, ...]
    weights: dict[Key, float]
    ridge: float
    method: str
    stop: str
    success: bool
    n_iter: int
    history: Array


def train(
    data: Data,
    held: Data | None,
    hidden: tuple[int, ...] | None,
    settings: Settings,
    rng: np.random.Generator,
) -> Trained:
    """Train a network on scaled data, from several starts, and keep the one with the least loss.

    Parameters
    ----------
    data : Data
        In units in which everything is of size 1.
    held : Data, optional
        Others in the same units, which only choose: the loss is theirs by which a start is judged.
    hidden : tuple of int, or None
        The widths of the hidden layers; by default by the number of data.
    settings : Settings
    rng : numpy.random.Generator
        The source of the starts.

    Returns
    -------
    Trained
    """
    net = MLP((data.d, *(widths(data) if hidden is None else hidden), data.m), settings.activation)
    weights = weights_of(data, settings.balance)
    loss = loss_of(net, data, weights, settings.alpha)
    bounds = np.stack([data.x.min(axis=0), data.x.max(axis=0)], axis=1)  # (d, 2)
    bounds[bounds[:, 0] == bounds[:, 1]] += [-1.0, 1.0]
    options: dict[str, Any] = {"time_limit": settings.time_limit, "progress": False}
    maxiter = ITERATIONS if settings.max_iter is None else settings.max_iter
    runs = [
        fit(loss, net.init(rng, bounds=bounds), settings.method, maxiter=maxiter, **options)
        for _ in range(settings.starts)
    ]
    judge = loss if held is None else loss_of(net, held, weights, 0.0)
    best, *others = sorted(runs, key=lambda run: float(judge(run.x)[0]))
    return Trained(
        net, best.x, tuple(run.x for run in others), weights, settings.alpha,
        best.method, best.message, best.success, best.nit, best.history,
    )  # fmt: skip


def widths(data: Data) -> tuple[int, ...]:
    """Two hidden layers, as wide as half the numbers measured of an output allow, within limits."""
    numbers = data.count / data.m / 2
    a, b = 1.0, data.d + 2.0 + data.m  # P = n² + (d + 2 + m) n + m
    n = (-b + np.sqrt(b * b + 4 * a * max(numbers - data.m, 0.0))) / 2
    return (int(np.clip(n, NARROW, WIDE)),) * LAYERS


def weights_of(data: Data, balance: str) -> dict[Key, float]:
    """λ_α of everything measured: by the noise where it is known, else by size."""
    if data.noise:
        return {
            key: float(np.mean(tau**-2)) for key, tau in data.noise.items() if key in data.numbers
        }
    sizes = {
        key: float(mean_square(array, data.weights).sum()) for key, array in data.numbers.items()
    }
    if balance == "order":
        orders = {key: order_of(key) for key in sizes}
        of_order = {
            n: sum(sizes[key] for key in sizes if orders[key] == n) for n in orders.values()
        }
        sizes = {key: of_order[orders[key]] for key in sizes}
    return {key: 1 / size if size > 0 else 1.0 for key, size in sizes.items()}


def loss_of(net: MLP, data: Data, weights: dict[Key, float], mu: float) -> Loss:
    """The loss of scaled data, a sum of squares."""
    rule = Quadrature(data.x, data.weights)
    parts: list[Loss] = [Ridge(mu, net.n_parameters)] if mu > 0 else []
    if data.values:
        lam = {alpha: weights[alpha] for alpha in data.values}
        parts.append(SobolevLoss(net, data.values, rule, weights=lam))
    if data.along is not None:
        v, slopes = data.along
        parts.append(ResidualLoss(net, along(v), slopes, rule, weights=(weights[ALONG],) * data.m))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
