"""Random networks, rules, data and losses, drawn by Hypothesis so that a failure shrinks and replays.

Shapes, orders and exponents are drawn one by one; the numbers inside the arrays come from one seed.
"""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from sobolev_ref import MLP, Quadrature, SobolevLoss, Standardizer, multi_indices

SEEDS = st.integers(0, 2**32 - 1)
SMOOTH = ("tanh", "sin", "sigmoid", "softplus", "gelu", "silu", "gaussian", "identity")


@dataclass(frozen=True)
class Problem:
    """A network, parameters, nodes and an order."""

    net: MLP
    theta: np.ndarray  # (P,)
    x: np.ndarray  # (N, d)
    order: int
    rng: np.random.Generator


@st.composite
def problems(draw, activations=SMOOTH, max_d=3, max_order=3, hidden=(0, 3)):
    d = draw(st.integers(1, max_d))
    order = draw(st.integers(0, max_order))
    widths = (
        d,
        *draw(st.lists(st.integers(1, 5), min_size=hidden[0], max_size=hidden[1])),
        draw(st.integers(1, 3)),
    )
    net = MLP(widths, draw(st.sampled_from(activations)))
    rng = np.random.default_rng(draw(SEEDS))
    theta = net.init(rng) + 0.3 * rng.normal(size=net.n_parameters)
    x = rng.uniform(-1.5, 1.5, (draw(st.integers(1, 6)), d))
    return Problem(net, theta, x, order, rng)


@st.composite
def losses(draw, p=st.sampled_from([2, 3, 4, 6, 2.5]), missing=True, **kinds):
    """(loss, θ): non-uniform quadrature weights, random λ with zeros, m > 1, N = 1, missing data."""
    problem = draw(problems(**kinds))
    net, rng = problem.net, problem.rng
    indices = multi_indices(net.d, problem.order)
    N = len(problem.x)
    data = {alpha: 1.5 * rng.normal(size=(N, net.m)) for alpha in indices}
    if missing and draw(st.booleans()):
        for values in data.values():
            missing = rng.random(values.shape) < 0.3
            missing.flat[rng.integers(values.size)] = False  # something is measured of every term
            values[missing] = np.nan
    rule = Quadrature(problem.x, rng.uniform(0, 2, N))
    if draw(st.booleans()):
        weights = [draw(st.sampled_from([0.0, 0.3, 1.0, 7.0])) for _ in range(problem.order + 1)]
        if not any(weights):
            weights[-1] = 1.0
    else:
        weights = {alpha: float(rng.uniform(0, 3)) for alpha in indices if rng.random() < 0.8}
        weights = weights or {indices[-1]: 1.0}
    loss = SobolevLoss(net, data, rule, order=problem.order, p=draw(p), weights=weights)
    return loss, problem.theta


def random_direction(n, seed=0):
    """A unit vector of length n."""
    v = np.random.default_rng(seed).normal(size=n)
    return v / np.linalg.norm(v)


def random_scaler(rng, d, m):
    return Standardizer(
        rng.normal(size=d),
        np.exp(rng.normal(size=d)),
        rng.normal(size=m),
        np.exp(rng.normal(size=m)),
    )
