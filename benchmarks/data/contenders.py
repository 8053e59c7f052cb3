"""Who takes part. Each function is what a user of that package writes, and its lines are counted.

A function gets the points to learn from, the points x (n, d) to answer at, a `Budget` and a seed. It
returns the values (n, m), and the slopes (n, m, d) or None where the package offers none. Whatever a
package lets its user bound is bounded by the budget: a loop by the clock, a number of iterations by what
a short trial took. What ends by itself, kriging for example, takes its own time.

The settings are those that the packages' own documentation and examples show, or, for our own expert and
the twin in PyTorch, rules that were tried on seeds 100 to 102, whose points are others than those reported.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import sobolev_ref as sr

from .problem import Points, Problem

Answers = tuple[NDArray, NDArray | None]


class Budget:
    """A number of CPU seconds, which run from when it is made."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.began = seconds, process_time()

    @property
    def over(self) -> bool:
        """Whether it is used up."""
        return process_time() - self.began >= self.seconds

    def stop(self, *_: Any, **__: Any) -> None:
        """A callback of `sr.fit` that ends it in time."""
        if self.over:
            raise StopIteration

    def iterations(self, train: Callable[[int], Any], trial: int = 20) -> int:
        """How many iterations `train` can do in what is left, by the time that a few take."""
        began = process_time()
        train(trial)
        one = (process_time() - began) / trial
        return max(trial, int((self.seconds - (process_time() - self.began)) / one))


def defaults(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    model = sr.SobolevRegressor(random_state=seed)
    model.fit(train.x, train.y, derivatives=train.slopes)
    return model.predict(x), model.gradient(x)


def expert(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    target = {(0,) * problem.d: train.y}
    if train.slopes is not None:
        target |= dict(zip(sr.multi_indices(problem.d, 1)[1:], np.moveaxis(train.slopes, 2, 0)))
    fits = [w for w in (12, 16, 24) if w * (problem.d + w + 2) <= len(target) * train.y.size]
    net = sr.MLP((problem.d, *2 * [max(fits, default=8)], problem.m))
    scaler = sr.Standardizer.from_data(train.x, train.y)
    learned = np.arange(problem.n) % 5 > 0 if problem.noise else np.full(problem.n, True)
    loss, held = (
        scaler.loss(net, {alpha: part[rows] for alpha, part in target.items()}, train.x[rows])
        for rows in (learned, ~learned if problem.noise else learned)
    )
    if train.slopes is None:
        loss = loss + sr.Ridge(1e-3, net.n_parameters)
    best = (np.inf, None)

    def callback(intermediate_result: Any) -> None:
        nonlocal best
        error = held(intermediate_result.x)[0] if problem.noise else intermediate_result.fun
        best = min(best, (error, intermediate_result.x), key=lambda pair: pair[0])
        budget.stop()

    numbers, P = len(target) * train.y.size, net.n_parameters
    few = numbers * P**2 < 1.5e8 and (numbers >= P or train.slopes is None)
    method = "lm" if few and not problem.noise else "L-BFGS-B"
    sr.fit(loss, net.init(seed), method, callback=callback)
    answers = scaler.model(net).derivatives(best[1], x, 1)
    values, *slopes = (answers[alpha] for alpha in sr.multi_indices(problem.d, 1))
    return values, np.stack(slopes, axis=2)


def jenn(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    import jenn

    slopes = None if train.slopes is None else train.slopes.transpose(1, 2, 0)
    options = {"is_normalize": True, "random_state": seed}

    def fit(max_iter: int) -> Any:
        model = jenn.NeuralNet([problem.d, 12, 12, problem.m])
        return model.fit(train.x.T, train.y.T, slopes, max_iter=max_iter, **options)

    y, dydx = fit(budget.iterations(fit))(x.T)
    return y.T, dydx.transpose(2, 0, 1)


def surrogate(model: Any, problem: Problem, train: Points, x: NDArray) -> Answers:
    model.set_training_values(train.x, train.y)
    if train.slopes is not None and model.supports["training_derivatives"]:
        for q in range(problem.d):
            model.set_training_derivatives(train.x, train.slopes[:, :, q], q)
    model.train()
    slopes = [model.predict_derivatives(x, q) for q in range(problem.d)]
    return model.predict_values(x), np.stack(slopes, axis=2)


def genn(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    from smt.surrogate_models import GENN

    def fit(num_iterations: int) -> Answers:
        model = GENN(num_iterations=num_iterations, seed=seed, print_global=False)
        return surrogate(model, problem, train, x)

    return fit(budget.iterations(fit))


def krg(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    from smt.surrogate_models import KRG

    model = KRG(theta0=[1e-2] * problem.d, seed=seed, print_global=False)
    return surrogate(model, problem, train, x)


def gekpls(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    from smt.surrogate_models import GEKPLS

    model = GEKPLS(
        theta0=[1e-2] * 2,
        xlimits=np.array(problem.bounds or np.stack([train.x.min(0), train.x.max(0)], 1), float),
        extra_points=1,
        seed=seed,
        print_global=False,
    )
    return surrogate(model, problem, train, x)


def rmtb(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    from smt.surrogate_models import RMTB

    both = np.concatenate([train.x, x])
    model = RMTB(
        xlimits=np.stack([both.min(0), both.max(0)], 1),
        order=4,
        num_ctrl_pts=20 if problem.d < 3 else 12,
        energy_weight=1e-15,
        regularization_weight=0.0,
        print_global=False,
    )
    return surrogate(model, problem, train, x)


def sklearn_mlp(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    solver = {"solver": "lbfgs"} if problem.n <= 2000 else {"early_stopping": True}

    def fit(max_iter: int) -> Any:
        net = MLPRegressor(activation="tanh", max_iter=max_iter, random_state=seed, **solver)
        scaled = TransformedTargetRegressor(
            make_pipeline(StandardScaler(), net), transformer=StandardScaler()
        )
        return scaled.fit(train.x, train.y)

    return fit(budget.iterations(fit)).predict(x).reshape(len(x), -1), None


def sklearn_gp(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    kernel = ConstantKernel() * RBF([1.0] * problem.d) + WhiteKernel(1e-4, (1e-10, 10))
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
    model = make_pipeline(StandardScaler(), process).fit(train.x, train.y)
    return model.predict(x).reshape(len(x), -1), None


def torch_twin(problem: Problem, train: Points, x: NDArray, budget: Budget, seed: int) -> Answers:
    import torch
    from torch.nn import Linear, Sequential, Softplus, Tanh

    torch.manual_seed(seed)
    torch.set_default_dtype(torch.float64)
    mu, sigma = train.x.mean(0), train.x.std(0)
    y_mu, y_sigma = train.y.mean(0), train.y.std(0)
    inputs = torch.tensor((train.x - mu) / sigma)
    values = torch.tensor((train.y - y_mu) / y_sigma)
    size, few, act = 20, problem.n <= 1000, Softplus if problem.noise else Tanh
    layers = [Linear(problem.d, size), act(), Linear(size, size), act(), Linear(size, problem.m)]
    net = Sequential(*layers)
    if train.slopes is not None:
        slopes = torch.tensor(train.slopes * sigma / y_sigma[:, None])
        norms = (slopes**2).mean(0 if problem.noise else (0, 1, 2))

    def gradients(points: Any) -> tuple[Any, Any]:
        points = points.clone().requires_grad_()
        out = net(points)
        parts = [
            torch.autograd.grad(out[:, j].sum(), points, create_graph=True)[0]
            for j in range(problem.m)
        ]
        return out, torch.stack(parts, dim=1)

    def loss(rows: Any) -> Any:
        if train.slopes is None:
            return ((net(inputs[rows]) - values[rows]) ** 2).mean()
        out, slope = gradients(inputs[rows])
        misfit = ((slope - slopes[rows]) ** 2 / norms).mean()
        return ((out - values[rows]) ** 2).mean() + misfit

    if few:
        optimizer = torch.optim.LBFGS(
            net.parameters(), max_iter=20, history_size=20, line_search_fn="strong_wolfe"
        )
    else:
        optimizer = torch.optim.Adam(net.parameters(), 1e-2)

    def step(rows: Any) -> Any:
        def closure() -> Any:
            optimizer.zero_grad()
            value = loss(rows)
            value.backward()
            return value

        return optimizer.step(closure)

    while not budget.over:
        if few:
            step(slice(None))
            continue
        share = min(1.0, (process_time() - budget.began) / budget.seconds)
        optimizer.param_groups[0]["lr"] = 1e-2 * (1 - share) + 1e-5
        step(torch.randint(problem.n, (256,)))
    out, slope = gradients(torch.tensor((x - mu) / sigma))
    y = y_mu + y_sigma * out.detach().numpy()
    return y, slope.detach().numpy() * y_sigma[:, None] / sigma


@dataclass(frozen=True)
class Contender:
    """A package in one use of it.

    Attributes
    ----------
    name : str
    run : callable
        The user's code.
    package : str
        What must be installed.
    largest_n, largest_d : float
        Beyond these it is not run: its own guide says so, or its memory and time grow with N² and N³.
    asks_slopes : bool
        Whether it takes part only where there are slopes.
    ours : bool
    """

    name: str
    run: Callable[[Problem, Points, NDArray, Budget, int], Answers]
    package: str
    largest_n: float = np.inf
    largest_d: float = np.inf
    asks_slopes: bool = False
    ours: bool = False

    @property
    def lines(self) -> int:
        """How many lines its user writes, imports counted and signature left out."""
        parts = [self.run, surrogate] if self.package == "smt" else [self.run]
        code = [line for part in parts for line in inspect.getsource(part).splitlines()]
        body = [line for line in code if line.strip() and not line.startswith(("def ", "    #"))]
        return len(body)

    def takes(self, problem: Problem) -> bool:
        """Whether it can take part, and is installed."""
        fits = problem.n <= self.largest_n and problem.d <= self.largest_d
        fits = fits and (problem.slopes or not self.asks_slopes)
        return fits and find_spec(self.package) is not None


CONTENDERS: dict[str, Contender] = {
    one.name: one
    for one in (
        Contender("SobolevRegressor()", defaults, "sobolev_ref", ours=True),
        Contender("our expert", expert, "sobolev_ref", ours=True),
        Contender("JENN", jenn, "jenn"),
        Contender("SMT GENN", genn, "smt"),
        Contender("SMT KRG", krg, "smt", largest_n=500),
        Contender("SMT GEKPLS", gekpls, "smt", largest_n=500, asks_slopes=True),
        Contender("SMT RMTB", rmtb, "smt", largest_d=3),
        Contender("sklearn MLP", sklearn_mlp, "sklearn"),
        Contender("sklearn GP", sklearn_gp, "sklearn", largest_n=1100),
        Contender("torch twin", torch_twin, "torch"),
    )
    if one.name != "SobolevRegressor()" or hasattr(sr, "SobolevRegressor")
}
