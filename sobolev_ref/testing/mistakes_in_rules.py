"""Mistakes in quadrature rules (Q1): their nodes, their weights, the map to a box."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Array
from .equations import RULES, Method
from .mistakes import mistake


def on_interval(change: Any, *names: str) -> Any:
    """`interval` with changed nodes and weights, for the rules of those names (all by default)."""

    def interval(self: Method, rule: str, n: int) -> tuple[Array, Array]:
        t, c = Method.interval(self, rule, n)
        return change(t, c) if rule in (names or RULES) else (t, c)

    return interval


def inner(c: Array, factor: float) -> Array:
    """The end weights times a factor."""
    ends = np.ones_like(c)
    ends[[0, -1]] = factor
    return np.asarray(c * ends)


def simpson_with(pattern: Sequence[float]) -> Any:
    """Simpson's weights with another pattern: ends, odd and even nodes, in thirds of h."""

    def change(t: Array, c: Array) -> tuple[Array, Array]:
        weights = np.where(np.arange(len(t)) % 2 == 1, pattern[1], pattern[2])
        weights[[0, -1]] = pattern[0]
        return t, weights * 2 / (len(t) - 1) / 3

    return on_interval(change, "simpson")


def grid(n: int, start: float, step: float) -> Array:
    """N nodes in steps of step·2/n from −1 + start·2/n."""
    return -1 + (start + step * np.arange(n)) * 2 / n


def other_rule(name: str) -> Any:
    """Another rule than asked for."""
    return lambda self, rule, n: Method.interval(self, name, n)


def boxed(weights: Any = None, nodes: Any = None) -> Any:
    """`box` with changed weights or nodes, from the sides."""

    def box(self: Method, sides: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
        x, w = Method.box(self, sides)
        return nodes(sides, x) if nodes else x, weights(sides, w) if weights else w

    return box


RULE_MISTAKES = (
    mistake(
        "nodes-not-mapped",
        "the nodes are those of [−1, 1]: on [a, b] they are (a + b)/2 + t (b − a)/2.",
        side=lambda self, lower, upper, t, c: (t, Method.side(self, lower, upper, t, c)[1]),
    ),
    mistake(
        "weights-not-mapped",
        "the weights are those of [−1, 1]: on [a, b] they have the factor (b − a)/2, and sum to |Ω| (Q1).",
        side=lambda self, lower, upper, t, c: (Method.side(self, lower, upper, t, c)[0], c),
    ),
    mistake(
        "nothing-mapped",
        "nodes and weights are those of [−1, 1]: on [a, b] they are (a + b)/2 + t (b − a)/2 and c (b − a)/2.",
        side=lambda self, lower, upper, t, c: (t, c),
    ),
    mistake(
        "weights-factor-2",
        "the factor of the weights is b − a; from [−1, 1], whose length is 2, it is (b − a)/2.",
        side=lambda self, lower, upper, t, c: (
            Method.side(self, lower, upper, t, c)[0],
            (upper - lower) * c,
        ),
    ),
    mistake(
        "nodes-factor-2",
        "the nodes are (a + b)/2 + t (b − a), which leaves Ω; it is t (b − a)/2.",
        side=lambda self, lower, upper, t, c: (
            (lower + upper) / 2 + (upper - lower) * t,
            (upper - lower) / 2 * c,
        ),
    ),
    mistake(
        "nodes-from-a",
        "the nodes are a + t (b − a)/2, which starts left of Ω: on [a, b] they are (a + b)/2 + t (b − a)/2.",
        side=lambda self, lower, upper, t, c: (
            lower + (upper - lower) / 2 * t,
            (upper - lower) / 2 * c,
        ),
    ),
    mistake(
        "nodes-of-unit-interval",
        "the nodes are a + t (b − a), which is the map from [0, 1]; these t lie in [−1, 1].",
        side=lambda self, lower, upper, t, c: (
            lower + (upper - lower) * t,
            (upper - lower) / 2 * c,
        ),
    ),
    mistake(
        "bounds-from-zero",
        "the nodes start from 0 and not from a: on [a, b] they are (a + b)/2 + t (b − a)/2.",
        side=lambda self, lower, upper, t, c: Method.side(self, 0, upper - lower, t, c),
    ),
    mistake(
        "upper-bound-as-length",
        "b is taken for the length of [a, b], which is b − a.",
        side=lambda self, lower, upper, t, c: (
            Method.side(self, lower, upper, t, c)[0],
            upper / 2 * c,
        ),
    ),
    mistake(
        "weights-of-mean",
        "the weights sum to 1, which gives the mean over Ω; for the integral they sum to |Ω| (Q1).",
        box=boxed(weights=lambda sides, w: w / w.sum()),
    ),
    mistake(
        "weights-equal",
        "all weights are equal, |Ω|/N, whatever the rule.",
        box=boxed(weights=lambda sides, w: np.full_like(w, w.sum() / len(w))),
    ),
    mistake(
        "weights-h-of-cells",
        "the weights are those of n cells, h = (b − a)/n; n nodes with both ends bound n − 1 cells.",
        interval=on_interval(lambda t, c: (t, c * (len(t) - 1) / len(t)), "trapezoid", "simpson"),
    ),
    mistake(
        "weights-h-of-nodes",
        "the weights have h = (b − a)/(n − 1); n cells have h = (b − a)/n.",
        interval=on_interval(
            lambda t, c: (t, c * len(t) / (len(t) - 1) if len(t) > 1 else c * np.inf), "midpoint"
        ),
    ),
    mistake(
        "ends-not-halved",
        "the two ends have the weight h of the others; in the trapezoidal rule they have h/2.",
        interval=on_interval(lambda t, c: (t, inner(c, 2)), "trapezoid"),
    ),
    mistake(
        "ends-missing",
        "the two ends have the weight 0.",
        interval=on_interval(
            lambda t, c: (t, inner(c, 0)), "trapezoid", "simpson", "clenshaw_curtis"
        ),
    ),
    mistake(
        "ends-halved",
        "the two ends have half their weight.",
        interval=on_interval(
            lambda t, c: (t, inner(c, 0.5)), "trapezoid", "simpson", "clenshaw_curtis"
        ),
    ),
    mistake(
        "ends-doubled",
        "the two ends have twice their weight.",
        interval=on_interval(lambda t, c: (t, inner(c, 2)), "simpson", "clenshaw_curtis"),
    ),
    mistake(
        "last-end-missing",
        "the nodes stop one step before b (np.arange, endpoint=False): the rule has nodes on both ends.",
        interval=on_interval(lambda t, c: (grid(len(t), 0, 1), c), "trapezoid", "simpson"),
    ),
    mistake(
        "left-ends",
        "the nodes are the left ends of the cells; the midpoint rule has their middles.",
        interval=on_interval(lambda t, c: (grid(len(t), 0, 1), c), "midpoint"),
    ),
    mistake(
        "right-ends",
        "the nodes are the right ends of the cells; the midpoint rule has their middles.",
        interval=on_interval(lambda t, c: (grid(len(t), 1, 1), c), "midpoint"),
    ),
    mistake(
        "nodes-with-ends",
        "the nodes are np.linspace(a, b, n), with both ends; the midpoint rule has the middles of n cells.",
        interval=on_interval(lambda t, c: (np.linspace(-1, 1, len(t)), c), "midpoint"),
    ),
    mistake(
        "simpson-exchanged",
        "the weights 4 and 2 are exchanged: Simpson's are h/3 (1, 4, 2, 4, …, 4, 1).",
        interval=simpson_with((1, 2, 4)),
    ),
    mistake(
        "simpson-without-third",
        "the factor is h, not h/3: Simpson's weights are h/3 (1, 4, 2, 4, …, 4, 1).",
        interval=simpson_with((3, 12, 6)),
    ),
    mistake(
        "simpson-h-of-pairs",
        "the factor is h/6: with h from node to node Simpson's weights are h/3 (1, 4, 2, 4, …, 4, 1).",
        interval=simpson_with((0.5, 2, 1)),
    ),
    mistake(
        "simpson-all-fours",
        "every inner weight is 4: Simpson's are h/3 (1, 4, 2, 4, …, 4, 1).",
        interval=simpson_with((1, 4, 4)),
    ),
    mistake(
        "simpson-all-twos",
        "every inner weight is 2: Simpson's are h/3 (1, 4, 2, 4, …, 4, 1).",
        interval=simpson_with((1, 2, 2)),
    ),
    mistake(
        "gauss-of-chebyshev",
        "nodes and weights are those of Gauss and Chebyshev, for the weight 1/√(1 − t²); those of Legendre "
        "have "
        "the weight 1.",
        interval=lambda self, rule, n: (
            np.cos((2 * np.arange(n)[::-1] + 1) * np.pi / (2 * n)),
            np.full(n, np.pi / n),
        ),
    ),
    mistake(
        "one-node-more",
        "there is one node more in each direction than n.",
        interval=lambda self, rule, n: Method.interval(self, rule, n + 1 + (rule == "simpson")),
    ),
    mistake(
        "one-node-fewer",
        "there is one node fewer in each direction than n.",
        interval=lambda self, rule, n: Method.interval(self, rule, n - 1 - (rule == "simpson")),
    ),
    *(
        mistake(
            f"rule-is-{name.replace('_', '-')}",
            f"the rule is {name}, and not the one that was asked for.",
            interval=other_rule(name),
        )
        for name in RULES
    ),
    mistake(
        "nodes-reshaped",
        "np.meshgrid's arrays are reshaped to (nᵈ, d) as they are, which mixes the variables: stack them "
        "along "
        "the last axis first.",
        box=lambda self, sides: (
            np.array(np.meshgrid(*(x for x, _ in sides), indexing="ij")).reshape(-1, len(sides)),
            Method.box(self, sides)[1],
        ),
    ),
    mistake(
        "weights-added",
        "in several variables the weights of the sides are added; they are multiplied.",
        box=lambda self, sides: (
            Method.box(self, sides)[0],
            np.ravel(sum(np.meshgrid(*(w for _, w in sides), indexing="ij"))),
        ),
    ),
    mistake(
        "weights-of-one-side",
        "in several variables the weights are those of the first side alone; they are products over the "
        "sides.",
        box=lambda self, sides: (
            Method.box(self, sides)[0],
            np.ravel(np.meshgrid(*(w for _, w in sides), indexing="ij")[0]),
        ),
    ),
    mistake(
        "diagonal-only",
        "in several variables there are the n nodes of the diagonal; the tensor product has nᵈ, each with "
        "each.",
        box=lambda self, sides: (
            np.stack([x for x, _ in sides], axis=1),
            np.prod([w for _, w in sides], axis=0),
        ),
    ),
    mistake(
        "one-side-for-all",
        "every side has the bounds of the first one: bounds[q] belongs to x_q.",
        box=lambda self, sides: Method.box(self, [sides[0] for _ in sides]),
    ),
    mistake(
        "variables-reversed",
        "the columns of the nodes are in the reverse order: nodes[:, q] is x_q.",
        box=boxed(nodes=lambda sides, x: x[:, ::-1]),
    ),
)
