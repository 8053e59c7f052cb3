"""What a function under test is given: cases of every size, and the text that prints one as code.

A case is a dict from the name of an argument to its value, in the order of the arguments. Each builder makes
one of sizes (how many variables, nodes, layers) and of numbers: `numbers(shape)` returns an array of short
decimals, drawn by Hypothesis where a case shall shrink, or from a seed.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .._typing import Array
from ..jets.activations import ACTIVATIONS
from ..jets.algebra import taylor_algebra
from ..plain import Index, multi_indices
from .equations import Method, as_jet, as_rows

Case: TypeAlias = dict[str, Any]
Numbers: TypeAlias = Callable[[tuple[int, ...]], Array]
SATURATED = 12.0  # tanh(12) = 1 − 8e−11


@dataclass(frozen=True, eq=False)
class Quadratic:
    """∇L(θ) = M (θ − θ*): a gradient to hand to an optimiser, and two arrays to rebuild it of.

    Examples
    --------
    >>> Quadratic(np.array([[2.0]]), np.array([1.0]))(np.array([4.0]))
    array([6.])
    """

    matrix: Array  # M, symmetric, (P, P)
    minimum: Array  # θ*, (P,)

    def __call__(self, theta: Any) -> Array:
        return np.asarray(self.matrix @ (np.asarray(theta, dtype=float) - self.minimum))


def code(value: Any) -> str:
    """A value as Python that makes it again, after ``import numpy as np``; a tape as well.

    >>> code(np.array([[0.5, 1.0]])), code((1, 2)), code([(np.array([1.0]), 2)])
    ('np.array([[0.5, 1.0]])', '(1, 2)', '[(np.array([1.0]), 2)]')
    """
    if isinstance(value, list):
        return f"[{', '.join(map(code, value))}]"
    if isinstance(value, tuple) and any(isinstance(entry, np.ndarray) for entry in value):
        return f"({', '.join(map(code, value))})"
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()})"
    if isinstance(value, Quadratic):
        return f"lambda theta: {code(value.matrix)} @ (theta - {code(value.minimum)})"
    return repr(value)


def as_code(case: Case) -> str:
    """A case as lines that can be pasted.

    >>> print(as_code({"x": np.array([1.0]), "n": 2}))
        x = np.array([1.0])
        n = 2
    """
    return "\n".join(f"    {name} = {code(value)}" for name, value in case.items())


def as_call(case: Case, function: Any, unnamed: str = "your_function") -> str:
    """The part of a message that makes a case and calls the function with it.

    >>> print(as_call({"x": np.ones(2)}, len))
    The smallest case found:
        x = np.array([1.0, 1.0])
        got = len(x)
    """
    name = getattr(function, "__name__", "")
    call = f"    got = {name if name.isidentifier() else unnamed}({', '.join(case)})"
    return "\n".join(["The smallest case found:", as_code(case), call])


def decimals(seed: int) -> Numbers:
    """Numbers of two decimals from a seed, none of them 0 and hardly two of them alike.

    >>> decimals(0)((2,))
    array([ 0.08, -0.08])
    """
    rng = np.random.default_rng(seed)

    def numbers(shape: tuple[int, ...]) -> Array:
        values = rng.normal(scale=0.6, size=shape).round(2)
        return np.asarray(values + np.where(values == 0, 0.31, 0))

    return numbers


# -- jets ----------------------------------------------------------------------------------------------


def shape_of(d: int, order: int, N: int, n: int) -> tuple[list[Index], tuple[int, int, int]]:
    """The multi-indices and the shape (A, N, n) of a jet."""
    alphas = multi_indices(d, order)
    return alphas, (len(alphas), N, n)


def jets(*names: str) -> Callable[..., Case]:
    """The builder of two jets, say, of those names."""

    def case(numbers: Numbers, *, d: int, order: int, N: int, n: int) -> Case:
        alphas, shape = shape_of(d, order, N, n)
        return {**{name: numbers(shape) for name in names}, "alphas": alphas}

    return case


def activation_case(
    numbers: Numbers, *, d: int, order: int, N: int, n: int, saturated: bool = False
) -> Case:
    """A jet z, the first row of which is far out if it shall be saturated."""
    alphas, shape = shape_of(d, order, N, n)
    z = numbers(shape)
    if saturated:
        z[0] = np.where(z[0] < 0, -SATURATED, SATURATED) + z[0]
    return {"z": z, "alphas": alphas}


def chain_case(
    numbers: Numbers, *, d: int, order: int, N: int, n: int, sigma: str = "cube"
) -> Case:
    """z, s and a_0 for σ(z) = z³/3, whose σ′(z) = z² is made of short decimals, or for an activation."""
    alphas, shape = shape_of(d, order, N, n)
    z = numbers(shape)
    if sigma == "cube":
        s = as_rows(Method().product(as_jet(z, alphas), as_jet(z, alphas)))
        return {"a_0": z[0] ** 3 / 3, "z": z, "s": s, "alphas": alphas}
    a, s = ACTIVATIONS[sigma].jets(z, taylor_algebra(d, order))
    return {"a_0": a[0], "z": z, "s": s, "alphas": alphas}


# -- networks ------------------------------------------------------------------------------------------


def network_case(
    numbers: Numbers,
    *,
    d: int,
    order: int,
    N: int,
    hidden: tuple[int, ...],
    m: int,
    saturated: bool = False,
) -> Case:
    """θ, widths, nodes and multi-indices; the biases of a saturated network are far out."""
    widths = (d, *hidden, m)
    layers = [
        (numbers((n_out, n_in)), numbers((n_out,))) for n_in, n_out in itertools.pairwise(widths)
    ]
    if saturated:
        layers = [(W, np.where(b < 0, -SATURATED, SATURATED)) for W, b in layers[:-1]] + layers[-1:]
    theta, x = Method().pack(layers), numbers((N, d))
    return {"theta": theta, "widths": widths, "x": x, "alphas": multi_indices(d, order)}


def backward_case(numbers: Numbers, *, value_only: bool = False, **sizes: Any) -> Case:
    """A network and ū."""
    case = network_case(numbers, **sizes)
    alphas = case.pop("alphas")
    u_bar = numbers((len(alphas), sizes["N"], sizes["m"]))
    if value_only:
        u_bar[1:] = 0
    return case | {"u_bar": u_bar, "alphas": alphas}


def loss_case(
    numbers: Numbers,
    *,
    p: float,
    activation: str = "tanh",
    unit_lambda: bool = False,
    unit_w: bool = False,
    exact: bool = False,
    idle: bool = False,
    **sizes: Any,
) -> Case:
    """A network, weights of nodes, a target, λ and p; no residual is near 0, unless all are exactly 0.

    In an idle one the first node, and the last α if there are several, have the weight 0.
    """
    case = network_case(numbers, **sizes)
    alphas = case.pop("alphas")
    w, lam = np.abs(numbers((sizes["N"],))), np.abs(numbers((len(alphas),)))
    target = numbers((len(alphas), sizes["N"], sizes["m"]))
    if idle:
        w[0] = 0
        lam[1:][-1:] = 0
    if exact:
        case["theta"], target = 0 * case["theta"], 0 * target
    else:
        u, _ = Method(activation).forward(case["theta"], case["widths"], case["x"], alphas)
        r = [Method().residual(u, as_jet(target, alphas), alpha) for alpha in alphas]
        target = target + (np.abs(r) < 0.01)
    return case | {
        "w": np.ones_like(w) if unit_w else w,
        "target": target,
        "weights": np.ones_like(lam) if unit_lambda else lam,
        "p": p,
        "alphas": alphas,
    }


# -- optimisers and rules ------------------------------------------------------------------------------


def optimizer_case(numbers: Numbers, *, P: int, steps: int, eta: float, **options: float) -> Case:
    """A quadratic gradient, θ_0, and the options by their names."""
    half = numbers((P, P))
    return {
        "gradient": Quadratic(half + half.T, numbers((P,))),
        "theta": numbers((P,)),
        "steps": steps,
        "learning_rate": eta,
        **options,
    }


def quadrature_case(numbers: Numbers, *, d: int, n: int, unit: bool = False) -> Case:
    """A box and a number of nodes."""
    lower = numbers((d,))
    sides = np.stack([lower, lower + 0.5 + np.abs(numbers((d,)))], axis=1).round(2)
    return {"bounds": np.array([[-1.0, 1.0]] * d) if unit else sides, "n": n}


def hidden_widths(least: int, most: int) -> Sequence[tuple[int, ...]]:
    """Hidden layers of one to three units, simple ones first."""
    known = [(), (1,), (2,), (3,), (1, 1), (2, 1), (2, 2), (2, 3), (3, 2), (1, 1, 1), (2, 3, 2)]
    return [hidden for hidden in known if least <= len(hidden) <= most]
