"""Attacks on the certificates of `lipschitz`: ascents of ‖∇²L(θ)‖ over the ball on which one bounds it.

`python tests/attacks.py` makes the table of docs/certificates.md.
"""

import sys
from collections import defaultdict
from itertools import product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sobolev_ref import MLP, Quadrature, SobolevLoss, lipschitz, multi_indices

BOUNDED = ("tanh", "sin", "sigmoid", "softplus", "gelu", "silu", "gaussian", "identity")
RADII = (0.0, 0.01, 0.1, 1.0)


def random_loss(rng, depth, activations=BOUNDED, widest=50):
    """(loss, θ₀): widths 1 to 50, k ≤ 3, m ≤ 3, d ≤ 3, missing data, weights of which some are 0."""
    d, m, k = rng.integers(1, 4), rng.integers(1, 4), rng.integers(0, 4)
    hidden = np.exp(rng.uniform(0, np.log(widest + 0.99), depth)).astype(int)
    net = MLP((int(d), *hidden.tolist(), int(m)), str(rng.choice(activations)))
    theta = net.init(rng) + rng.choice([0, 0.1, 0.5]) * rng.normal(size=net.n_parameters)
    N = int(rng.integers(1, 9))
    x = rng.uniform(-1.5, 1.5, (N, d))
    data = {alpha: rng.normal(size=(N, m)) for alpha in multi_indices(net.d, int(k))}
    if rng.random() < 0.5:
        for values in data.values():
            gone = rng.random(values.shape) < 0.3
            gone.flat[rng.integers(values.size)] = False  # something is measured of every term
            values[gone] = np.nan
    weights = rng.choice([0, 0.1, 0.3, 1, 3], k + 1)
    weights[rng.integers(k + 1)] = 1
    w = rng.uniform(0, 2, N) * (rng.random(N) < 0.9)
    w[rng.integers(N)] = 1
    loss = SobolevLoss(net, data, Quadrature(x, w), order=int(k), weights=weights.tolist())
    return loss, theta


def curvature(loss, theta, v, steps):
    """vᵀ∇²L v and v after so many steps of power iteration from v; the former is at most ‖∇²L‖."""
    for _ in range(steps):
        w = loss.hessp(theta, v)
        if not w.any():
            return 0.0, v
        v = w / np.linalg.norm(w)
    return v @ loss.hessp(theta, v), v


def ascent(loss, center, radius, rng, steps=6):
    """The largest |vᵀ∇²L(θ)v| that one ascent finds on the ball, from its centre or from its boundary.

    ∇_θ vᵀ∇²L v = ∂_t ∇²L(θ + tv) v is a difference of two Hessian-vector products.
    """
    v, away = rng.normal(size=(2, len(center)))
    theta = center + rng.integers(2) * radius * away / np.linalg.norm(away)
    value, v = curvature(loss, theta, v / np.linalg.norm(v), 12)
    length = 2 * radius
    for _ in range(steps if radius > 0 else 0):
        t = 1e-4
        slope = (loss.hessp(theta + t * v, v) - loss.hessp(theta - t * v, v)) * np.sign(value)
        if not slope.any():
            break
        for _ in range(4):
            step = theta + length * slope / np.linalg.norm(slope) - center
            trial = center + step * radius / max(radius, np.linalg.norm(step))
            there, w = curvature(loss, trial, v, 3)
            if abs(there) > abs(value):
                theta, value, v = trial, there, w
                break
            length /= 3
    return abs(value)


def attacked(seed, depth, radius, ascents=2, widest=50):
    """A random loss, its certificate and the largest ‖∇²L‖ that some ascents found."""
    rng = np.random.default_rng(seed)
    loss, theta = random_loss(rng, depth, widest=widest)
    L = lipschitz(loss, theta, radius=radius)
    return loss, L, max(ascent(loss, theta, radius, rng) for _ in range(ascents))


def table(problems):
    """The rows of docs/certificates.md: median, 90 % quantile and largest ratio of certificate to attack."""
    ratios = defaultdict(list)
    for seed, (depth, radius) in product(range(problems), product((1, 2, 3, 4), RADII)):
        _, L, found = attacked(seed, depth, radius)
        if found > 0:  # derivatives of a straight line may all be weighted with 0
            ratios[depth, radius].append(float(L) / found)
    for (depth, radius), values in ratios.items():
        a, b, c = np.quantile(values, (0.5, 0.9, 1.0))
        yield f"| {depth} | {radius:g} | {a:.3g} | {b:.3g} | {c:.3g} |"


if __name__ == "__main__":
    print(*table(int(sys.argv[1]) if len(sys.argv) > 1 else 50), sep="\n")
