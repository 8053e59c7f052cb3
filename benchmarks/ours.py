"""This package's loss, called as its users call it."""

from typing import Any

import sobolev_ref as sr

from .contender import Contender
from .problems import Problem

OPTIONS: dict[str, Any] = {}  # for every `SobolevLoss` of the benchmarks, such as workers=2


def loss_of(problem: Problem) -> sr.SobolevLoss:
    """The loss of a problem."""
    rule = sr.Quadrature(problem.nodes, problem.weights)
    data = dict(zip(problem.indices, problem.data))
    return sr.SobolevLoss(problem.net, data, rule, order=problem.row.order, **OPTIONS)


def contender(problem: Problem) -> Contender:
    """`SobolevLoss.__call__`."""
    loss = loss_of(problem)
    return Contender("sobolev_ref", "loss(theta)", lambda: loss(problem.theta), lambda out: out)
