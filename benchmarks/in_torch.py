"""The same loss in PyTorch, several ways.

- **reverse**: nested `torch.autograd.grad` with ``create_graph=True``, one call for each Dᵝ that is
  differentiated further. The sum over nodes gives the derivatives of all nodes at once, since no
  node's output depends on another node's input; a call yields ∂_q Dᵝ for every q.
- **forward**: `torch.func.jvp`, nested, mapped over the d directions by `torch.func.vmap`.
- **forward, last reverse**: `jvp` up to order k − 1, `autograd.grad` for the last; for k > 1.
- **compiled**: `torch.compile` of the gradient of "forward"; only on demand, for it takes half a
  minute and a C++ compiler for each row.

The gradient in θ is `torch.autograd.grad` in all of them but the last.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .contender import Contender
from .problems import Problem

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "sin": torch.sin,
    "gelu": torch.nn.functional.gelu,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
}
Derivatives = dict[tuple[int, ...], Tensor]
Tower = Callable[[Tensor], tuple[Tensor, ...]]  # x to (u, Du, …, Dⁿu)


class TorchLoss:
    """The Sobolev loss of a problem on tensors."""

    def __init__(self, problem: Problem) -> None:
        self.indices, self.order = problem.indices, problem.row.order
        self.activation = ACTIVATIONS[problem.row.activation]
        self.x = torch.tensor(problem.nodes)  # (N, d)
        self.w = torch.tensor(problem.weights)  # (N,)
        self.data = torch.tensor(problem.data)  # (A, N, m)
        self.parameters = [
            torch.tensor(part, requires_grad=True) for layer in problem.layers for part in layer
        ]

    def net(self, parameters: list[Tensor], x: Tensor) -> Tensor:
        """u_θ, (N, d) to (N, m)."""
        hidden, (W, b) = parameters[:-2], parameters[-2:]
        for i in range(0, len(hidden), 2):
            x = self.activation(torch.nn.functional.linear(x, hidden[i], hidden[i + 1]))
        return torch.nn.functional.linear(x, W, b)

    def loss(self, u: list[Tensor]) -> Tensor:
        """L from every Dᵅu_θ."""
        r = torch.stack(u) - self.data  # (A, N, m)
        return (self.w @ (r * r)).sum()

    def by_reverse(self, start: int = 0) -> Tensor:
        """L, with the derivatives of order above `start` by `autograd.grad`."""
        x = self.x.detach().requires_grad_()
        u: Derivatives = dict(self._forward(self.parameters, x, start))
        for alpha in self.indices:
            if alpha not in u:
                q = max(q for q, n in enumerate(alpha) if n > 0)
                beta = _shifted(alpha, q, -1)
                slopes = torch.stack(
                    [
                        torch.autograd.grad(u_j.sum(), x, create_graph=True)[0]  # (N, d)
                        for u_j in u[beta].T
                    ],
                    dim=-1,
                )  # (N, d, m)
                u.update((_shifted(beta, r, 1), slopes[:, r]) for r in range(q, x.shape[1]))
        return self.loss([u[alpha] for alpha in self.indices])

    def by_forward(self, parameters: list[Tensor]) -> Tensor:
        """L, with all derivatives by `jvp`."""
        u = dict(self._forward(parameters, self.x, self.order))
        return self.loss([u[alpha] for alpha in self.indices])

    def _forward(
        self, parameters: list[Tensor], x: Tensor, order: int
    ) -> Iterator[tuple[tuple[int, ...], Tensor]]:
        """Every (α, Dᵅu_θ) with |α| ≤ order by `jvp`."""
        tower: Tower = partial(_alone, partial(self.net, parameters))
        for _ in range(order):
            tower = _with_next_derivative(tower, x.shape[1])
        tensors = tower(x)  # (d, …, d, N, m)
        for alpha in self.indices:
            if sum(alpha) <= order:
                place = tuple(q for q, n in enumerate(alpha) for _ in range(n))
                yield alpha, tensors[sum(alpha)][place]


def _alone(f: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, ...]:
    return (f(x),)


def _with_next_derivative(tower: Tower, d: int) -> Tower:
    """(u, Du, …, Dⁿu) to (u, Du, …, Dⁿ⁺¹u), the new axis first."""

    def longer(x: Tensor) -> tuple[Tensor, ...]:
        def along(v: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
            values, slopes = torch.func.jvp(tower, (x,), (v.expand_as(x),))
            return values, slopes[-1]

        basis = torch.eye(d, dtype=x.dtype)
        if d == 1:
            values, slope = along(basis[0])
            return (*values, slope[None])
        values, slopes = torch.func.vmap(along, out_dims=(None, 0))(basis)
        return (*values, slopes)

    return longer


def _shifted(alpha: tuple[int, ...], q: int, by: int) -> tuple[int, ...]:
    return (*alpha[:q], alpha[q] + by, *alpha[q + 1 :])


def unpack(out: tuple[Tensor, tuple[Tensor, ...]]) -> tuple[float, NDArray]:
    """(value, gradient by layer) as (float, (P,))."""
    value, gradient = out
    return value.item(), np.concatenate([part.detach().numpy().ravel() for part in gradient])


def contenders(problem: Problem, *, compiled: bool = False) -> list[Contender]:
    """Every way to compute the problem's loss and gradient in PyTorch."""
    loss = TorchLoss(problem)

    def differentiate(compute: Callable[[], Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        value = compute()
        return value, torch.autograd.grad(value, loss.parameters)

    ways: dict[str, Callable[[], tuple[Tensor, tuple[Tensor, ...]]]] = {
        "reverse": lambda: differentiate(loss.by_reverse),
        "forward": lambda: differentiate(lambda: loss.by_forward(loss.parameters)),
    }
    if loss.order > 1:
        ways["forward, last reverse"] = lambda: differentiate(
            lambda: loss.by_reverse(loss.order - 1)
        )
    if compiled:
        inputs = [part.detach() for part in loss.parameters]
        fast = torch.compile(torch.func.grad_and_value(loss.by_forward))
        ways["compiled"] = lambda: fast(inputs)[::-1]
    return [Contender("PyTorch", way, run, unpack) for way, run in ways.items()]
