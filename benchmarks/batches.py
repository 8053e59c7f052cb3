"""Mini-batches: an epoch of Adam on 8,192 nodes in seven dimensions, ours against a PyTorch twin.

The network is the Bachelier basket's, four layers of 20 softplus units, k = 1. Ours is
`minimize(loss, theta, method=adam, options={"batch_size": …})`, whose whole losses at the start and at the
end are counted in. The twin goes through the same batches with `autograd.grad` and `torch.optim.Adam`
(fused); after the first epoch both have the same parameters to 1e-8, as is checked. A time is that of the
processor over 100 epochs, which are too long to be left alone on a shared machine, by the epoch; medians
of three.
"""

from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from time import process_time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import sobolev_ref as sr

from . import ours
from .problems import Problem, Row

ROW, SIZES, RATE = Row((7, 20, 20, 20, 20, 1), 1, 8192, "softplus"), (256, 1024), 1e-3
Trainer = Callable[[int, int], NDArray]  # (batch size, epochs) to θ


def our_trainer(problem: Problem) -> Trainer:
    """`minimize(loss, theta, method=adam)`."""
    loss = ours.loss_of(problem)

    def train(size: int, epochs: int) -> NDArray:
        options = {"maxiter": epochs, "batch_size": size, "learning_rate": RATE, "rng": 0}
        return minimize(loss, problem.theta, jac=True, method=sr.adam, options=options).x

    return train


def torch_trainer(problem: Problem) -> Trainer:
    """`torch.optim.Adam` over the same batches, on the loss for k = 1 and m = 1 without a detour."""
    import torch

    from .in_torch import TorchLoss

    x, w = torch.tensor(problem.nodes), torch.tensor(problem.weights)  # (N, d), (N,)
    data = torch.tensor(problem.data[..., 0].T.copy())  # (N, 1 + d)

    def train(size: int, epochs: int) -> NDArray:
        twin, rng = TorchLoss(problem), np.random.default_rng(0)
        optimizer = torch.optim.Adam(twin.parameters, lr=RATE, eps=1e-8, fused=True)
        n = -(-len(x) // size)
        for _ in range(epochs):
            for nodes in torch.tensor(rng.permutation(len(x))).split(size):
                at, known = x[nodes].requires_grad_(), data[nodes]
                u = twin.net(twin.parameters, at)  # (B, 1)
                (slopes,) = torch.autograd.grad(u.sum(), at, create_graph=True)  # (B, d)
                squares = (u[:, 0] - known[:, 0]) ** 2 + ((slopes - known[:, 1:]) ** 2).sum(dim=1)
                optimizer.zero_grad()
                (n * (w[nodes] @ squares)).backward()
                optimizer.step()
        return np.concatenate([part.detach().numpy().ravel() for part in twin.parameters])

    return train


def run(*, epochs: int, rounds: int = 3) -> list[tuple[str, int, float, float | str, float | str]]:
    """For each size of a batch: the row, the size, our ms an epoch, PyTorch's, and their ratio.

    Raises
    ------
    ArithmeticError
        If the two are not at the same θ after an epoch.
    """
    problem = Problem(ROW)
    trainers = {"sobolev_ref": our_trainer(problem)}
    if find_spec("torch"):
        trainers["PyTorch"] = torch_trainer(problem)
    out = []
    for size in SIZES:
        ends = [train(size, 1) for train in trainers.values()]
        if not all(np.allclose(end, ends[0], rtol=0, atol=1e-8) for end in ends):
            raise ArithmeticError(f"batches of {size}: PyTorch takes other steps of Adam")
        ms: dict[str, list[float]] = {name: [] for name in trainers}
        for _ in range(rounds):
            for name, train in trainers.items():
                began = process_time()
                train(size, epochs)
                ms[name].append(1e3 * (process_time() - began) / epochs)
        us, peer = median(ms["sobolev_ref"]), median(ms["PyTorch"]) if "PyTorch" in ms else ""
        out.append((str(ROW), size, us, peer, peer / us if peer else ""))
    return out
