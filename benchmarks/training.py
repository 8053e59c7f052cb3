"""Whole trainings: seconds to reach the paper's final losses, same start, same Adam.

The paper's two examples as `sobolev_ref.paper` sets them: network, nodes, mean loss, learning
rate by epoch, β = (0.9, 0.999). A run ends at the first epoch whose loss is at or below the last
row of the paper's table. Ours is `minimize(…, method=adam)` with a callback that stops it.
PyTorch is `torch.optim.Adam` (fused) on the reverse loss. JENN is its own Adam step, called epoch
by epoch so that the learning rate follows the schedule; its ε = 2.2e-16 stands under the root,
the others' ε = 1e-8 outside it. The runs start as one and drift apart by rounding (an entry of
the gradient that is zero but for rounding still moves Adam), so the epoch at which a run ends
differs a little; it is in the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median

import numpy as np
from scipy.optimize import OptimizeResult, minimize

import sobolev_ref as sr
from sobolev_ref import paper

from . import ours, timing
from .problems import Problem, Row

BETAS = (0.9, 0.999)
Trainer = Callable[[float, int], list[float]]  # (goal, epochs) to the losses


class ExampleProblem(Problem):
    """One of the paper's examples as a `Problem`: its nodes, mean weights, data and start."""

    def __init__(self, example: paper.Example, seed: int) -> None:
        super().__init__(Row(example.widths, 1, example.n), seed)
        loss = example.loss()
        self.__dict__.update(
            example=example,
            nodes=loss.rule.nodes,
            weights=loss.rule.weights,
            theta=self.net.init(seed),
            data=loss.target_values,
        )

    example: paper.Example


@dataclass(frozen=True)
class Training:
    """What came of one contender on one example.

    Attributes
    ----------
    example, contender : str
    goal : float
        The paper's final loss.
    seconds : float
        The median over the repetitions, all epochs included.
    epochs : int
        Steps until the goal, or all that were allowed.
    loss : float
        At the end.
    """

    example: str
    contender: str
    goal: float
    seconds: float
    epochs: int
    loss: float

    @property
    def reached(self) -> bool:
        """Whether the run ended at the goal."""
        return self.loss <= self.goal


def our_trainer(problem: ExampleProblem) -> Trainer:
    """`minimize(loss, θ, method=adam)`."""
    loss = ours.loss_of(problem)

    def train(goal: float, epochs: int) -> list[float]:
        def callback(intermediate_result: OptimizeResult) -> None:
            if intermediate_result.fun <= goal:
                raise StopIteration

        options = {"maxiter": epochs, "learning_rate": problem.example.rate, "gtol": 0.0}
        fit = minimize(
            loss, problem.theta, jac=True, method=sr.adam, callback=callback, options=options
        )
        return list(fit.history)

    return train


def torch_trainer(problem: ExampleProblem) -> Trainer:
    """`torch.optim.Adam` on the loss by nested `autograd.grad`."""
    import torch

    from .in_torch import TorchLoss

    def train(goal: float, epochs: int) -> list[float]:
        loss = TorchLoss(problem)
        optimizer = torch.optim.Adam(loss.parameters, betas=BETAS, eps=1e-8, fused=True)
        history: list[float] = []
        for epoch in range(epochs + 1):
            value = loss.by_reverse()
            history.append(value.item())
            if history[-1] <= goal or epoch == epochs:
                break
            slopes = torch.autograd.grad(value, loss.parameters)
            for part, slope in zip(loss.parameters, slopes):
                part.grad = slope
            optimizer.param_groups[0]["lr"] = problem.example.rate(epoch)
            optimizer.step()
        return history

    return train


def jenn_trainer(problem: ExampleProblem) -> Trainer:
    """JENN's Adam on JENN's objective."""
    from jenn.core.optimization import ADAMOptimizer

    from .in_jenn import JennLoss

    def train(goal: float, epochs: int) -> list[float]:
        loss = JennLoss(problem.layers, problem.nodes, problem.weights, problem.data)
        step = ADAMOptimizer(*BETAS, max_count=1).line_search
        x = loss.stacked()
        history = [float(loss.value(x))]
        for epoch in range(epochs):
            if history[-1] <= goal:
                break
            x, value = step(
                x, history[-1], loss.gradient(x), loss.value, problem.example.rate(epoch)
            )
            history.append(float(value))
        return history

    return train


TRAINERS = {  # contender to (the module it needs, its trainer)
    "sobolev_ref": ("sobolev_ref", our_trainer),
    "PyTorch": ("torch", torch_trainer),
    "JENN": ("jenn", jenn_trainer),
}
ALIKE, WITHIN = 10, 1e-3  # epochs over which histories are held to each other, and how closely


def run(*, epochs: int, repetitions: int, seed: int = 0) -> list[Training]:
    """Both examples with every contender that is installed, interleaved.

    Raises
    ------
    ArithmeticError
        If the first losses of a contender differ from ours by more than 1e-3.
    """
    out = []
    for example in paper.EXAMPLES:
        problem, goal = ExampleProblem(example, seed), example.table[-1]
        trainers = {
            name: make(problem) for name, (module, make) in TRAINERS.items() if find_spec(module)
        }
        start = {name: train(-np.inf, ALIKE) for name, train in trainers.items()}  # and warms up
        for name, history in start.items():
            if not np.allclose(history, start["sobolev_ref"], rtol=WITHIN):
                raise ArithmeticError(f"{example.name}: {name} takes other steps of Adam")
        seconds: dict[str, list[float]] = {name: [] for name in trainers}
        ends: dict[str, list[float]] = {}
        for _ in range(repetitions):
            for name, train in trainers.items():
                began = timing.clock()
                ends[name] = train(goal, epochs)
                seconds[name].append(timing.clock() - began)
        out += [
            Training(
                example.name, name, goal, median(seconds[name]), len(ends[name]) - 1, ends[name][-1]
            )
            for name in trainers
        ]
    return out
