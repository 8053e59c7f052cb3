"""The questions of the oracle: random models, parameters, nodes, data and losses, drawn from one seed.

Every number is a short binary fraction, so that it is the same number in a float, in decimal text and at
fifty digits. Orders, dimensions and activations go round in step, so that every triple (d, k, σ) comes up;
the rest is drawn with `random.Random.random`, whose stream Python keeps from version to version.
Only the standard library is used: the script that answers the questions and the test that reads the
answers both draw them from here.
"""

import itertools
import random
from math import comb

VERSION = 1  # of the questions and of the file's format
SEED = 20250117
COUNT = 240
ACTIVATIONS = (
    "tanh",
    "sin",
    "sigmoid",
    "softplus",
    "gelu",
    "silu",
    "gaussian",
    "relu",
    "identity",
)
EXPONENTS = (1, 1.5, 2, 2.5, 3, 4)
FAMILIES = ("legendre", "chebyshev", "fourier", "frozen")
POINTS = [
    s * z
    for z in (0.15625, 0.53125, 1.09375, 1.84375, 3.03125, 5.5, 12.25, 27.5, 40)
    for s in (-1, 1)
]
ACTIVATION_ORDER = 9  # of σ; that is σ′ to order 8

MAX_ANSWERS = 72  # derivatives in one configuration, A·N·m
MAX_WORK = 6000  # evaluations of the model for one gradient, A·N·P


def multi_indices(d, order):
    """|α| ≤ order by degree, the first entry descending."""
    every = itertools.product(range(order + 1), repeat=d)
    return sorted((a for a in every if sum(a) <= order), key=lambda a: (sum(a), [-n for n in a]))


class Draw:
    """Short binary fractions and choices, from one stream."""

    def __init__(self, seed):
        self.stream = random.Random(seed)

    def number(self, low, high, denominator=128):
        steps = int((high - low) * denominator)
        return low + int(self.stream.random() * (steps + 1)) / denominator

    def numbers(self, n, low, high):
        return [self.number(low, high) for _ in range(n)]

    def integer(self, low, high):
        return low + int(self.stream.random() * (high - low + 1))

    def chance(self, probability):
        return self.stream.random() < probability


def _mlp(draw, d, m, activation):
    """A network of 0 to 3 hidden layers and its θ."""
    widths = [d, *(draw.integer(1, 4) for _ in range(draw.integer(0, 3))), m]
    P = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(widths))
    return {"widths": widths, "activation": activation}, draw.numbers(P, -1.25, 1.25)


def _linear(draw, d, m, activation, family):
    """A model linear in θ, and θ."""
    if family == "frozen":
        net, frozen = _mlp(draw, d, m, activation)
        n = m * (net["widths"][-2] + 1)
        return {"family": family, **net, "frozen": frozen}, frozen[-n:]
    lower = draw.numbers(d, -2, -1)
    bounds = [[a, a + draw.number(1.5, 4)] for a in lower]
    degree = draw.integer(0, 4 if d == 1 else 3 if d == 2 else 2)
    if family == "fourier":
        degree = draw.integer(0, (3, 1, 1, 0)[d - 1])
    n = m * ((2 * degree + 1) ** d if family == "fourier" else comb(d + degree, d))
    return {"family": family, "degree": degree, "bounds": bounds, "m": m}, draw.numbers(
        n, -1.5, 1.5
    )


def _weights(draw, d, order):
    """λ by order, some of them 0, or by α, some of them absent; never that of the highest order."""
    if draw.chance(0.5):
        lower = [0.0 if draw.chance(0.2) else draw.number(0.25, 4) for _ in range(order)]
        return [*lower, draw.number(0.25, 4)]
    *lower, last = multi_indices(d, order)
    given = [[list(a), draw.number(0, 4)] for a in lower if draw.chance(0.8)]
    return {"by_alpha": [*given, [list(last), draw.number(0.25, 4)]]}


def datum(draw):
    """An odd multiple of 1/256: off the lattice of θ, so that no residual of an affine map is 0."""
    return draw.number(-2, 2) + 1 / 256


def _configuration(draw, d, order, activation, p, family):
    m, A = draw.integer(1, 3), comb(d + order, d)
    N = draw.integer(1, 4)
    if family is None:
        model, theta = _mlp(draw, d, m, activation)
    else:
        model, theta = _linear(draw, d, m, activation, family)
    if A * N * m > MAX_ANSWERS or A * N * len(theta) > MAX_WORK:
        return None
    missing = 0.3 if draw.chance(0.4) else 0.0
    data = [
        [[None if draw.chance(missing) else datum(draw) for _ in range(m)] for _ in range(N)]
        for _ in range(A)
    ]
    return {
        "model": model,
        "theta": theta,
        "nodes": [draw.numbers(d, -1.5, 1.5) for _ in range(N)],
        "quadrature": [draw.number(0, 2) for _ in range(N)],
        "order": order,
        "p": p,
        "weights": _weights(draw, d, order),
        "data": data,
    }


def configurations(seed=SEED, count=COUNT):
    """The questions, a list of dictionaries that JSON can hold."""
    draw, drawn = Draw(seed), []
    for i in range(count):
        d, order = 1 + i % 4, (i // 4) % 5
        activation = ACTIVATIONS[i % 9]
        p = EXPONENTS[(i + i // 60) % 6]
        family = FAMILIES[(i // 6) % 4] if i % 6 == 5 else None
        while (question := _configuration(draw, d, order, activation, p, family)) is None:
            pass  # too large: draw again
        drawn.append(question)
    return drawn


# -- docs/conformance.json --------------------------------------------------------------------------

CONFORMANCE_VERSION = 1
CONFORMANCE_SEED = 20251126
SMOOTH = tuple(name for name in ACTIVATIONS if name != "relu")
FAR = {"gaussian": 9, "gelu": 9, "sin": 30}  # where each is saturated; 18 for the others


def conformance_networks(draw):
    """(d, k, the hidden widths, the activation) of every case but the saturated ones."""
    kinds = [(depth, name) for depth in (1, 2, 3) for name in SMOOTH if name != "identity"]
    for d, order in itertools.product((1, 2, 3), range(5)):
        for depth, name in [(0, "identity"), (1, "identity"), *kinds]:
            yield d, order, [draw.integer(1, 4) for _ in range(depth)], name


def conformance_case(draw, number, d, order, hidden, activation, theta=None):
    """One case, as JSON can hold it."""
    A = comb(d + order, d)
    m = 1 if theta else min(1 + number % 3, MAX_ANSWERS // A)
    N = draw.integer(1, max(1, min(3, MAX_ANSWERS // (A * m))))
    widths = [d, *hidden, m]
    P = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(widths))
    return {
        "id": number,
        "widths": widths,
        "activation": activation,
        "order": order,
        "p": (1.5, 2, 3, 4)[(number + number // 4) % 4],
        "indices": [list(alpha) for alpha in multi_indices(d, order)],
        "theta": theta or draw.numbers(P, -1.25, 1.25),
        "nodes": [draw.numbers(d, -1.5, 1.5) for _ in range(N)],
        "quadrature": [draw.number(0.125, 2) for _ in range(N)],
        "weights": [draw.number(0.25, 4) for _ in range(A)],
        "target": [[[datum(draw) for _ in range(m)] for _ in range(N)] for _ in range(A)],
    }


def conformance(seed=CONFORMANCE_SEED):
    """The cases of docs/conformance.json, without their answers.

    They go through every d ≤ 3, every order k ≤ 4 and every smooth activation with one to three hidden
    layers, and through affine networks; exponents p and numbers m of outputs go round in step, the rest is
    drawn. Then each activation is met where it is saturated.
    """
    draw, drawn = Draw(seed), []
    for d, order, hidden, activation in conformance_networks(draw):
        drawn.append(conformance_case(draw, len(drawn), d, order, hidden, activation))
    for name, sign in itertools.product(SMOOTH, (-1, 1)):
        theta = [1.0, float(sign * FAR.get(name, 18)), 1.0, 0.0]
        drawn.append(conformance_case(draw, len(drawn), 1, 4, [1], name, theta))
    return drawn
