"""Mistakes in quadrature rules (Q1): their nodes, their weights, the map to a box."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._typing import Array
from .equations import RULES, Method
from .mistakes import mistake, table


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


def grids(sides: Sequence[tuple[Array, Array]], part: int) -> list[Array]:
    """The grids of the nodes (part 0) or the weights (part 1) of the sides."""
    return list(np.meshgrid(*(side[part] for side in sides), indexing="ij"))


def boxed(weights: Any = None, nodes: Any = None) -> Any:
    """`box` with changed weights or nodes, from the sides."""

    def box(self: Method, sides: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
        x, w = Method.box(self, sides)
        return nodes(sides, x) if nodes else x, weights(sides, w) if weights else w

    return box


RULE_MISTAKES = (
    *table("side", "on [a, b] they are (a + b)/2 + t (b − a)/2", rows={
        "nodes-not-mapped": (
            "the nodes are those of [−1, 1]",
            lambda self, lower, upper, t, c: (t, Method.side(self, lower, upper, t, c)[1])),
        "weights-not-mapped": (
            "the weights are those of [−1, 1]: on [a, b] they have the factor (b − a)/2, and sum to |Ω| "
            "(Q1).",
            lambda self, lower, upper, t, c: (Method.side(self, lower, upper, t, c)[0], c)),
        "nothing-mapped": (
            "nodes and weights are those of [−1, 1]: on [a, b] they are (a + b)/2 + t (b − a)/2 and c (b −"
            " a)/2.",
            lambda self, lower, upper, t, c: (t, c)),
        "weights-factor-2": (
            "the factor of the weights is b − a; from [−1, 1], whose length is 2, it is (b − a)/2.",
            lambda self, lower, upper, t, c: (Method.side(self, lower, upper, t, c)[0], (upper - lower) * c)),
        "nodes-factor-2": (
            "the nodes are (a + b)/2 + t (b − a), which leaves Ω; it is t (b − a)/2.",
            lambda self, lower, upper, t, c:
                ((lower + upper) / 2 + (upper - lower) * t, (upper - lower) / 2 * c)),
        "nodes-from-a": (
            "the nodes are a + t (b − a)/2, which starts left of Ω",
            lambda self, lower, upper, t, c: (lower + (upper - lower) / 2 * t, (upper - lower) / 2 * c)),
        "nodes-of-unit-interval": (
            "the nodes are a + t (b − a), which is the map from [0, 1]; these t lie in [−1, 1].",
            lambda self, lower, upper, t, c: (lower + (upper - lower) * t, (upper - lower) / 2 * c)),
        "bounds-from-zero": (
            "the nodes start from 0 and not from a",
            lambda self, lower, upper, t, c: Method.side(self, 0, upper - lower, t, c)),
        "upper-bound-as-length": (
            "b is taken for the length of [a, b], which is b − a.",
            lambda self, lower, upper, t, c: (Method.side(self, lower, upper, t, c)[0], upper / 2 * c)),
    }),
    *table("box", rows={
        "weights-of-mean": (
            "the weights sum to 1, which gives the mean over Ω; for the integral they sum to |Ω| (Q1).",
            boxed(weights=lambda sides, w: w / w.sum())),
        "weights-equal": (
            "all weights are equal, |Ω|/N, whatever the rule.",
            boxed(weights=lambda sides, w: np.full_like(w, w.sum() / len(w)))),
        "nodes-reshaped": (
            "np.meshgrid's arrays are reshaped to (nᵈ, d) as they are, which mixes the variables: stack "
            "them along the last axis first.",
            boxed(nodes=lambda sides, x: np.array(grids(sides, 0)).reshape(x.shape))),
        "weights-added": (
            "in several variables the weights of the sides are added; they are multiplied.",
            boxed(weights=lambda sides, w: np.ravel(sum(grids(sides, 1))))),
        "weights-of-one-side": (
            "in several variables the weights are those of the first side alone; they are products over "
            "the sides.",
            boxed(weights=lambda sides, w: np.ravel(grids(sides, 1)[0]))),
        "diagonal-only": (
            "in several variables there are the n nodes of the diagonal; the tensor product has nᵈ, each "
            "with each.",
            lambda self, sides:
                (np.stack([x for x, _ in sides], axis=1), np.prod([w for _, w in sides], axis=0))),
        "one-side-for-all": (
            "every side has the bounds of the first one: bounds[q] belongs to x_q.",
            lambda self, sides: Method.box(self, [sides[0] for _ in sides])),
        "variables-reversed": (
            "the columns of the nodes are in the reverse order: nodes[:, q] is x_q.",
            boxed(nodes=lambda sides, x: x[:, ::-1])),
    }),
    *table("interval", "Simpson's are h/3 (1, 4, 2, 4, …, 4, 1)", rows={
        "weights-h-of-cells": (
            "the weights are those of n cells, h = (b − a)/n; n nodes with both ends bound n − 1 cells.",
            on_interval(lambda t, c: (t, c * (len(t) - 1) / len(t)), "trapezoid", "simpson")),
        "weights-h-of-nodes": (
            "the weights have h = (b − a)/(n − 1); n cells have h = (b − a)/n.",
            on_interval(lambda t, c:
                (t, c * len(t) / (len(t) - 1) if len(t) > 1 else c * np.inf), "midpoint")),
        "ends-not-halved": (
            "the two ends have the weight h of the others; in the trapezoidal rule they have h/2.",
            on_interval(lambda t, c: (t, inner(c, 2)), "trapezoid")),
        "ends-missing": (
            "the two ends have the weight 0.",
            on_interval(lambda t, c: (t, inner(c, 0)), "trapezoid", "simpson", "clenshaw_curtis")),
        "ends-halved": (
            "the two ends have half their weight.",
            on_interval(lambda t, c: (t, inner(c, 0.5)), "trapezoid", "simpson", "clenshaw_curtis")),
        "ends-doubled": (
            "the two ends have twice their weight.",
            on_interval(lambda t, c: (t, inner(c, 2)), "simpson", "clenshaw_curtis")),
        "last-end-missing": (
            "the nodes stop one step before b (np.arange, endpoint=False): the rule has nodes on both ends.",
            on_interval(lambda t, c: (grid(len(t), 0, 1), c), "trapezoid", "simpson")),
        "left-ends": (
            "the nodes are the left ends of the cells; the midpoint rule has their middles.",
            on_interval(lambda t, c: (grid(len(t), 0, 1), c), "midpoint")),
        "right-ends": (
            "the nodes are the right ends of the cells; the midpoint rule has their middles.",
            on_interval(lambda t, c: (grid(len(t), 1, 1), c), "midpoint")),
        "nodes-with-ends": (
            "the nodes are np.linspace(a, b, n), with both ends; the midpoint rule has the middles of n "
            "cells.",
            on_interval(lambda t, c: (np.linspace(-1, 1, len(t)), c), "midpoint")),
        "simpson-exchanged": ("the weights 4 and 2 are exchanged", simpson_with((1, 2, 4))),
        "simpson-without-third": (
            "the factor is h, not h/3: Simpson's weights are h/3 (1, 4, 2, 4, …, 4, 1).",
            simpson_with((3, 12, 6))),
        "simpson-h-of-pairs": (
            "the factor is h/6: with h from node to node Simpson's weights are h/3 (1, 4, 2, 4, …, 4, 1).",
            simpson_with((0.5, 2, 1))),
        "simpson-all-fours": ("every inner weight is 4", simpson_with((1, 4, 4))),
        "simpson-all-twos": ("every inner weight is 2", simpson_with((1, 2, 2))),
        "gauss-of-chebyshev": (
            "nodes and weights are those of Gauss and Chebyshev, for the weight 1/√(1 − t²); those of "
            "Legendre have the weight 1.",
            lambda self, rule, n:
                (np.cos((2 * np.arange(n)[::-1] + 1) * np.pi / (2 * n)), np.full(n, np.pi / n))),
        "one-node-more": (
            "there is one node more in each direction than n.",
            lambda self, rule, n: Method.interval(self, rule, n + 1 + (rule == "simpson"))),
        "one-node-fewer": (
            "there is one node fewer in each direction than n.",
            lambda self, rule, n: Method.interval(self, rule, n - 1 - (rule == "simpson"))),
    }),
    *(
        mistake(
            f"rule-is-{name.replace('_', '-')}",
            f"the rule is {name}, and not the one that was asked for.",
            interval=other_rule(name),
        )
        for name in RULES
    ),
)  # fmt: skip
