"""What each assignment asks for: its functions, the properties that they are held to, and the points.

What the course shares with `checks` is checked there. The rest is held here to a reference, on cases from
small to large, so that the first that fails is the smallest; and where a function is wrong in all of
them as one of the typical mistakes is, the mistake is named.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .. import plain
from .._typing import Array
from .cases import as_call
from .checking import CheckFailed
from .checks import (
    check_activation,
    check_chain_rule,
    check_gradient,
    check_loss,
    check_optimizer,
    check_product,
    check_quadrature,
    check_transpose,
)
from .checks import check_backward as check_whole_backward
from .running import copied

Function = Callable[..., Any]
CLOSE = 1e-9  # of the largest expected entry

# -- a function and its reference ----------------------------------------------------------------------


class Wrong(AssertionError):
    """A function of an assignment is wrong; `mistakes` are the short names of what it looks like."""

    def __init__(self, message: str, mistakes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes


@dataclass(frozen=True)
class Held:
    """A check: a function is held to `reference` on each case, a mapping from its arguments' names."""

    cases: Callable[[], Iterable[dict[str, Any]]]  # from small to large
    reference: Function  # what is expected, an array or a tuple of them
    # From a short name to a sentence, and to what a function with that mistake computes.
    mistakes: Mapping[str, tuple[str, Function]] = field(default_factory=dict)
    parts: tuple[str, ...] = ()  # what the entries of a tuple are called

    def __call__(self, function: Function) -> None:
        failed, possible = "", set(self.mistakes)
        for case in self.cases():
            expected = self.reference(**case)
            try:
                got = function(*map(copied, case.values()))
            except Exception as error:
                if failed:  # the smaller case says more
                    break
                fault = f"Your code raises {type(error).__name__}: {error}"
                raise Wrong(f"{fault}\n{as_call(case, function)}") from error
            fault = difference(got, expected, self.parts)
            if fault and not failed:
                failed = f"{as_call(case, function)}\n{fault}"
            for name in sorted(possible):
                with np.errstate(all="ignore"):
                    made = self.mistakes[name][1](
                        **{name: copied(value) for name, value in case.items()}
                    )
                if difference(got, made, self.parts):
                    possible.discard(name)
        if failed:
            found = tuple(name for name in self.mistakes if name in possible)
            looks = [f"This looks like: {self.mistakes[name][0]}" for name in found]
            raise Wrong("\n".join([failed, *looks]), found)


def changed(function: Function, **changes: Function) -> Function:
    """A function some of whose arguments are changed first."""
    return lambda **case: function(**case | {k: change(case[k]) for k, change in changes.items()})


def difference(got: Any, expected: Any, parts: tuple[str, ...] = ()) -> str:
    """In what a result differs from the expected one; empty where in nothing but rounding.

    Examples
    --------
    >>> difference([1.0, 2.0], np.array([1.0, 2.5]))
    'The entry [1]: got 2.0, expected 2.5; 1 of 2 entries is wrong.'
    """
    if isinstance(expected, tuple):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return f"Expected a tuple of {len(expected)}: {', '.join(parts)}."
        pairs = zip(parts, got, expected)
        return next((f"Of {p}: {d}" for p, g, e in pairs if (d := difference(g, e))), "")
    try:
        found = np.asarray(got)
    except ValueError:
        return "What it returns has rows of different lengths, and is no array."
    if found.dtype.kind not in "biuf":
        return "What it returns is no array of real numbers."
    expected = np.asarray(expected, float)
    if found.shape != expected.shape:
        return f"The shape is {found.shape}, expected {expected.shape}."
    with np.errstate(invalid="ignore"):
        close = np.abs(found - expected) <= CLOSE * np.nanmax(np.abs(expected), initial=0.0)
    # A mistake may be expected to give NaN.
    wrong = ~(close | (np.isnan(found) & np.isnan(expected)))
    if not wrong.any():
        return ""
    where = tuple(np.argwhere(wrong)[0].tolist())
    entry = f"The entry {list(where)}: got" if where else "Got"
    noun = "entry" if wrong.size == 1 else "entries"
    count = f"; {wrong.sum()} of {wrong.size} {noun} {'is' if wrong.sum() == 1 else 'are'} wrong"
    numbers = f"{entry} {found[where].item()!r}, expected {expected[where].item()!r}"
    return f"{numbers}{count if where else ''}."


# -- jets ----------------------------------------------------------------------------------------------

Alphas = list[tuple[int, ...]]


def some_jets(*names: str, seed: int) -> Iterator[dict[str, Any]]:
    """Jets of those names and their `alphas`: ones at a node first, then short decimals."""
    rng = np.random.default_rng(seed)
    for d, order, n in ((1, 0, 1), (1, 1, 1), (1, 2, 1), (1, 3, 2), (2, 2, 1), (3, 3, 2)):
        alphas = plain.multi_indices(d, order)
        shape = (len(alphas), n, n)
        jets = [np.ones(shape) if n == 1 else rng.uniform(-2, 2, shape).round(2) for _ in names]
        yield dict(zip(names, jets)) | {"alphas": alphas}


def nodes() -> Iterator[dict[str, Any]]:
    """Nodes and `alphas`, whose orders begin with 0."""
    for d, order, n in ((1, 0, 1), (1, 1, 1), (1, 3, 2), (2, 1, 1), (2, 2, 3), (3, 2, 2)):
        x = np.arange(2.0, 2 + n * d).reshape(n, d)
        yield {"x": x, "alphas": plain.multi_indices(d, order)}


def variables(x: Array, alphas: Alphas) -> Array:
    """The jet of x."""
    jet = plain.variables(x, sum(alphas[-1]))
    return np.array([jet[alpha] for alpha in alphas])


def factorials(alphas: Alphas) -> Array:
    """α! for every α, (A, 1, 1)."""
    return np.array([math.prod(map(math.factorial, a)) for a in alphas], float)[:, None, None]


VARIABLES = Held(nodes, variables, {
    "ones": (
        "where α = e_q every component is 1; the derivative of x by x_q is the unit vector e_q.",
        lambda x, alphas: np.array([[x, x * 0 + 1, x * 0][min(sum(a), 2)] for a in alphas])),
    "all-rows": ("x stands in every row.", lambda x, alphas: np.array([x for _ in alphas])),
    "no-unit": (
        "the rows with |α| = 1 are 0; x has a derivative, which is 1.",
        lambda x, alphas: np.array([x * (sum(a) == 0) for a in alphas])),
})  # fmt: skip
DERIVATIVES = Held(lambda: some_jets("u", seed=1), lambda u, alphas: factorials(alphas) * u, {
    "no-factorial": ("the factor α! is missing.", lambda u, alphas: u),
    "divided": ("it divides by α!, and should multiply.", lambda u, alphas: u / factorials(alphas)),
    "total-factorial": (
        "the factor is |α|!, and should be α! = α_1! ⋯ α_d!.",
        lambda u, alphas: u * factorials([(sum(alpha),) for alpha in alphas])),
})  # fmt: skip


def layers(*, backward: bool) -> Iterator[dict[str, Any]]:
    """An affine layer with what goes into it, and for the way back z̄ in place of b."""
    rng = np.random.default_rng(2)
    for A, n, n_in, n_out in ((1, 1, 1, 1), (2, 1, 1, 1), (1, 2, 1, 1), (3, 2, 2, 2), (3, 3, 2, 4)):
        shapes = {"W": (n_out, n_in), "b": (n_out,), "a": (A, n, n_in), "z_bar": (A, n, n_out)}
        del shapes["b" if backward else "z_bar"]
        yield {
            name: np.ones(shape) if A * n < 3 else rng.uniform(-2, 2, shape).round(1)
            for name, shape in shapes.items()
        }


def affine(W: Array, b: Array, a: Array) -> Array:
    """(J2)."""
    z: Array = a @ W.T
    z[0] += b
    return z


def affine_transposed(W: Array, a: Array, z_bar: Array, **other: Array) -> tuple[Array, ...]:
    """(J5), with another result in the place of some."""
    right = {"W_bar": np.tensordot(z_bar, a, ((0, 1), (0, 1))), "b_bar": z_bar[0].sum(axis=0)}
    return tuple((right | {"a_bar": z_bar @ W} | other).values())


AFFINE = Held(lambda: layers(backward=False), affine, {
    "no-bias": ("b is missing; (J2) adds it where α = 0.", lambda W, b, a: a @ W.T),
    "bias-everywhere": (
        "b is added at every α; it is a constant, so (J2) adds it where α = 0 only.",
        lambda W, b, a: a @ W.T + b),
    "transpose": (
        "W is transposed; (J2) is z = W a, and a has its components in the last axis.",
        lambda W, b, a: affine(W.T, b, a) if len(W) == a.shape[2] else np.zeros(0)),
})  # fmt: skip
AFFINE_TRANSPOSED = Held(lambda: layers(backward=True), affine_transposed, {
    "bias-all-alphas": (
        "b̄ sums over every α; b met α = 0 only, so (J5) says b̄ = z̄_0.",
        lambda W, a, z_bar: affine_transposed(W, a, z_bar, b_bar=z_bar.sum(axis=(0, 1)))),
    "bias-not-summed": (
        "b̄ is not summed over the nodes, as (J5) asks.",
        lambda W, a, z_bar: affine_transposed(W, a, z_bar, b_bar=z_bar[0])),
    "W-value-only": (
        "W̄ takes α = 0 only; W met every α, and (J5) sums over them.",
        lambda W, a, z_bar: affine_transposed(W, a, z_bar, W_bar=z_bar[0].T @ a[0])),
    "W-transposed": (
        "W̄ is transposed; it has the shape of W.",
        lambda W, a, z_bar: affine_transposed(W, a, z_bar, W_bar=affine_transposed(W, a, z_bar)[0].T)),
    "mean": (
        "W̄ and b̄ are means over the nodes; (J5) has sums.",
        lambda W, a, z_bar: affine_transposed(W, a, z_bar / a.shape[1], a_bar=z_bar @ W)),
}, ("W̄", "b̄", "ā"))  # fmt: skip

# -- the loss ------------------------------------------------------------------------------------------


def powers() -> Iterator[dict[str, Any]]:
    """Residuals and exponents."""
    for r, p in (([2.0], 2.0), ([-2.0], 2.0), ([0.0], 1.0), ([0.0], 1.5), ([-2.0, 0.0, 3.0], 3.0)):
        yield {"r": np.array(r), "p": p}
    yield {"r": np.random.default_rng(3).uniform(-2, 2, (2, 3)).round(1), "p": 2.5}


PHI = Held(powers, lambda r, p: np.sign(r) * np.abs(r) ** (p - 1), {
    "no-sign": ("the sign of r is missing.", lambda r, p: np.abs(r) ** (p - 1)),
    "nan-at-zero": (
        "r |r|^{p−2} is 0 · ∞ at r = 0 for p < 2; write sign(r) |r|^{p−1}.",
        lambda r, p: np.where((r == 0) & (p < 2), np.nan, np.sign(r) * np.abs(r) ** (p - 1))),
    "sign-at-zero": (
        "at r = 0 the sign is 1; sign(0) = 0, and φ_p(0) = 0 for p = 1 too.",
        lambda r, p: np.where(r >= 0, 1.0, -1.0) * np.abs(r) ** (p - 1)),
    "power": ("the exponent is p, and should be p − 1.", lambda r, p: np.sign(r) * np.abs(r) ** p),
    "factor-p": (
        "it has the factor p; that stands in ū, beside φ_p.",
        lambda r, p: p * np.sign(r) * np.abs(r) ** (p - 1)),
    "always-two": ("it is r for every p, as is right for p = 2 only.", lambda r, p: r),
})  # fmt: skip

# -- descent -------------------------------------------------------------------------------------------


def matrices() -> Iterator[dict[str, Any]]:
    """Φ, of one entry first."""
    yield {"Phi": np.array([[1.0]])}
    yield {"Phi": np.array([[2.0]])}
    yield {"Phi": np.diag([1.0, 3.0])}
    yield {"Phi": np.random.default_rng(4).uniform(-2, 2, (4, 3)).round(1)}


def lipschitz(Phi: Array) -> Any:
    """The largest eigenvalue of 2ΦᵀΦ."""
    return 2 * np.linalg.eigvalsh(Phi.T @ Phi)[-1]


def steps() -> Iterator[dict[str, Any]]:
    """A learning rate, a constant and a gradient."""
    for eta, L, g in (
        (0.5, 0.0, [1.0]),
        (0.5, 1.0, [1.0]),
        (0.25, 2.0, [3.0, 4.0]),
        (2.0, 3.0, [0.5]),
    ):
        yield {"learning_rate": eta, "L": L, "g": np.array(g)}


def promised_gain(learning_rate: float, L: float, g: Array) -> Any:
    """η (1 − Lη/2) ‖∇L‖² (T4)."""
    return learning_rate * (1 - L * learning_rate / 2) * (g @ g)


def systems() -> Iterator[dict[str, Any]]:
    """Φ, y, where to start, and how many steps."""
    rng = np.random.default_rng(5)
    yield {"Phi": np.eye(1), "y": np.zeros(1), "theta": np.ones(1), "steps": 1}
    yield {"Phi": 2 * np.eye(1), "y": np.ones(1), "theta": np.ones(1), "steps": 2}
    for R, P, count in ((2, 2, 3), (5, 3, 20)):
        Phi, y = rng.uniform(-2, 2, (R, P)).round(1), rng.uniform(-2, 2, R).round(1)
        yield {"Phi": Phi, "y": y, "theta": np.arange(1.0, P + 1), "steps": count}


def square(Phi: Array, y: Array, theta: Array) -> float:
    """‖Φθ − y‖²."""
    return float(np.sum((Phi @ theta - y) ** 2))


def certified(
    Phi: Array, y: Array, theta: Array, steps: int, factor: float = 1.0
) -> tuple[Array, Array]:
    """Descent with η = factor / L."""
    losses = [square(Phi, y, theta)]
    for _ in range(steps):
        theta = theta - factor / lipschitz(Phi) * 2 * Phi.T @ (Phi @ theta - y)
        losses.append(square(Phi, y, theta))
    return theta, np.array(losses)


LIPSCHITZ = Held(matrices, lipschitz, {
    "no-two": ("the factor 2 is missing; the Hessian is 2ΦᵀΦ.", lambda Phi: lipschitz(Phi) / 2),
    "not-squared": (
        "it is twice the norm of Φ, and should be twice its square.",
        lambda Phi: 2 * np.sqrt(lipschitz(Phi) / 2)),
    "smallest": (
        "it is the smallest eigenvalue, and should be the largest.",
        lambda Phi: 2 * np.linalg.eigvalsh(Phi.T @ Phi)[0]),
    "trace": (
        "it is the sum of the eigenvalues, a bound, and should be the largest of them.",
        lambda Phi: 2 * np.sum(Phi**2)),
})  # fmt: skip
PROMISED_GAIN = Held(steps, promised_gain, {
    "norm": (
        "‖∇L‖ is not squared, as (T4) has it.",
        lambda learning_rate, L, g: promised_gain(learning_rate, L, g) / np.sqrt(g @ g)),
    "no-half": (
        "Lη is not halved, as (T4) has it.",
        lambda learning_rate, L, g: promised_gain(learning_rate, 2 * L, g)),
    "no-rate": (
        "the factor η is missing.",
        lambda learning_rate, L, g: promised_gain(learning_rate, L, g) / learning_rate),
})  # fmt: skip
CERTIFIED = Held(systems, certified, {
    "half": (
        "η is 1/(2L): is the factor 2 of the Hessian in L twice?",
        lambda **case: certified(**case, factor=0.5)),
    "double": (
        "η is 2/L: is the factor 2 of the Hessian in L?", lambda **case: certified(**case, factor=2.0)),
    "no-start": (
        "the loss at the start is missing; it is the first of steps + 1.",
        lambda **case: (certified(**case)[0], certified(**case)[1][1:])),
}, ("θ", "the losses"))  # fmt: skip


def check_no_rise(function: Function) -> None:
    """The losses are those of the start and of the end, and none between them rises."""
    for case in systems():
        Phi, y, theta, count = case.values()
        try:
            end, losses = (
                np.asarray(part, float) for part in function(*map(copied, case.values()))
            )
            if end.shape != theta.shape or losses.shape != (count + 1,):
                fault = (
                    f"The shapes are {end.shape} and {losses.shape}, expected {theta.shape} for θ and "
                    f"({count + 1},) for the losses: that of the start, and one after each step."
                )
            else:
                ends = np.array([square(Phi, y, theta), square(Phi, y, end)])
                fault = difference(losses[[0, -1]], ends)
                if fault:
                    fault = "The first and the last loss are not those at the first and the last θ."
        except Exception as error:
            fault = f"Your code raises {type(error).__name__}: {error}"
            raise Wrong(f"{fault}\n{as_call(case, function)}") from error
        rises = np.flatnonzero(np.diff(losses) > CLOSE * losses[0])
        if not fault and rises.size:
            k = int(rises[0])
            fault = f"The loss rises from {losses[k]} to {losses[k + 1]} in step {k + 1}; is η too long?"
        if fault:
            raise Wrong(f"{as_call(case, function)}\n{fault}")


# -- Gauss and Newton ----------------------------------------------------------------------------------


def neurons(*names: str) -> Iterator[dict[str, Any]]:
    """Arguments of those names for the neuron."""
    rng = np.random.default_rng(6)
    for n in (1, 2, 4):
        first = n == 1
        case = {
            "theta": np.ones(2) if first else rng.uniform(0.5, 2, 2).round(1),
            "x": np.ones(1) if first else np.linspace(-1, 1.5, n).round(1),
            "w": np.full(1, 4.0) if first else rng.uniform(0.5, 2, n).round(1),
            "weights": np.array([1.0, 4.0]) if first else rng.uniform(0.5, 2, 2).round(1),
            "target": np.zeros((2, 1)) if first else rng.uniform(-1, 1, (2, n)).round(1),
        }
        yield {name: case[name] for name in names}


def valleys() -> Iterator[dict[str, Any]]:
    """Starts from which some trials are taken and some refused, none by less than a tenth of the loss."""
    for seed, trials in ((7, 1), (7, 5), (33, 5), (22, 5)):
        rng = np.random.default_rng(seed)
        theta, x, w = rng.uniform(-2, 2, 2), np.linspace(-1, 1.5, 3), rng.uniform(0.5, 2, 3)
        weights, target = rng.uniform(0.5, 2, 2), rng.uniform(-1, 1, (2, 3))
        yield {
            "theta": theta.round(1),
            "x": x,
            "w": w.round(1),
            "weights": weights.round(1),
            "target": target.round(1),
            "trials": trials,
            "mu": 0.01,
        }


def roots(w: Array, weights: Array) -> Array:
    """√(λ_α w_i), (2, N)."""
    return np.asarray(np.sqrt(np.outer(weights, w)))


def neuron(theta: Array, x: Array) -> Array:
    """u = a tanh(bx) and u′, (2, N)."""
    a, b = theta
    return np.stack([a * np.tanh(b * x), a * b / np.cosh(b * x) ** 2])


def residuals(theta: Array, x: Array, w: Array, weights: Array, target: Array) -> Array:
    """(G1)."""
    r: Array = roots(w, weights) * (neuron(theta, x) - target)
    return r.ravel()


def slopes(theta: Array, x: Array) -> Array:
    """The derivatives of u and u′ by a and b, (2, N, 2), by the complex step."""
    return np.stack([neuron(theta + 1e-20j * e, x).imag / 1e-20 for e in np.eye(2)], axis=-1)


def jacobian(
    theta: Array, x: Array, w: Array, weights: Array, axes: tuple[int, ...] = (0, 1, 2)
) -> Array:
    """(G3), and with the axes in another order."""
    J: Array = roots(w, weights)[..., None] * slopes(theta, x)
    return J.transpose(axes).reshape(-1, 2)


def tangents(*, damped: bool) -> Iterator[dict[str, Any]]:
    """Residuals and Jacobians of full rank."""
    rng = np.random.default_rng(7)
    yield {"r": np.ones(1), "J": np.ones((1, 1))} | ({"mu": 1.0} if damped else {})
    yield {"r": np.ones(2), "J": np.array([[1.0], [3.0]])} | ({"mu": 0.25} if damped else {})
    for R, P in ((2, 2), (5, 3)):
        J = np.eye(R, P) + rng.uniform(-0.5, 0.5, (R, P)).round(1)
        yield {"r": rng.uniform(-2, 2, R).round(1), "J": J} | ({"mu": 0.5} if damped else {})


def damped(r: Array, J: Array, mu: float = 0.0) -> Array:
    """(JᵀJ + μI)⁻¹ (−Jᵀr)."""
    return np.linalg.solve(J.T @ J + mu * np.eye(J.shape[1]), -J.T @ r)


def levenberg_marquardt(
    theta: Array, x: Array, w: Array, weights: Array, target: Array, trials: int, mu: float,
    *, always: bool = False, better: float = 0.5, worse: float = 2.0, shown: bool = False,
) -> Array:  # fmt: skip
    """The losses of the method of tutorial 12, and of it with a mistake."""
    losses = [float(np.sum(residuals(theta, x, w, weights, target) ** 2))]
    told = losses[:]
    for _ in range(trials):
        r, J = residuals(theta, x, w, weights, target), jacobian(theta, x, w, weights)
        trial = theta + damped(r, J, mu)
        loss = float(np.sum(residuals(trial, x, w, weights, target) ** 2))
        falls = loss < losses[-1]
        mu *= better if falls else worse
        theta = trial if falls or always else theta
        told.append(loss)
        losses.append(loss if falls or always else losses[-1])
    return np.array(told if shown else losses)


RESIDUALS = Held(lambda: neurons("theta", "x", "w", "weights", "target"), residuals, {
    "no-root": (
        "λ and w enter whole; their squares would stand in the loss, so (G1) takes roots.",
        changed(residuals, w=np.square, weights=np.square)),
    "no-weights": ("λ and w are missing.", changed(residuals, w=np.ones_like, weights=np.ones_like)),
    "no-lambda": ("λ is missing.", changed(residuals, weights=np.ones_like)),
    "no-w": ("w is missing.", changed(residuals, w=np.ones_like)),
    "sign": ("it is the target less u; (G1) has u less the target.", lambda **case: -residuals(**case)),
    "no-target": ("the target is not subtracted.", changed(residuals, target=np.zeros_like)),
})  # fmt: skip
JACOBIAN = Held(lambda: neurons("theta", "x", "w", "weights"), jacobian, {
    "no-root": (
        "λ and w enter whole; the residuals have their roots.",
        changed(jacobian, w=np.square, weights=np.square)),
    "no-weights": (
        "λ and w are missing; the residuals have their roots.",
        changed(jacobian, w=np.ones_like, weights=np.ones_like)),
    "swapped": ("the columns are exchanged; θ is (a, b).", lambda **case: jacobian(**case)[:, ::-1]),
    "transposed": (
        "it is transposed; a row for each residual, a column for each parameter.",
        lambda **case: jacobian(**case).T),
    "reshaped": (
        "the numbers stand in another order: reshape moves no axis, so that of θ must be the last of "
        "(2, N, 2) before it becomes (2N, 2).",
        lambda **case: jacobian(**case, axes=(0, 2, 1))),
})  # fmt: skip
GAUSS_NEWTON = Held(lambda: tangents(damped=False), damped, {
    "sign": ("the sign of δ; at δ the tangent r + Jδ is small.", lambda **case: -damped(**case)),
    "gradient": ("δ is −Jᵀr, a step of descent; JᵀJδ = −Jᵀr.", lambda r, J: -J.T @ r),
})  # fmt: skip
DAMPED = Held(lambda: tangents(damped=True), damped, {
    "sign": ("the sign of δ; at δ the tangent r + Jδ is small.", lambda **case: -damped(**case)),
    "undamped": ("μ is not there.", changed(damped, mu=np.zeros_like)),
    "mu-squared": ("it adds μ²‖δ‖²; the rows below J are √μ I.", changed(damped, mu=np.square)),
    "mu-everywhere": (
        "μ is added to every entry of JᵀJ; μI has μ on the diagonal and 0 elsewhere.",
        lambda r, J, mu: np.linalg.solve(J.T @ J + mu, -J.T @ r)),
})  # fmt: skip
LEVENBERG_MARQUARDT = Held(valleys, levenberg_marquardt, {
    "always": (
        "θ moves even where the loss rises.", lambda **case: levenberg_marquardt(**case, always=True)),
    "always-halved": (
        "every trial is taken, even where the loss rises, and μ halved each time.",
        lambda **case: levenberg_marquardt(**case, always=True, worse=0.5)),
    "exchanged": (
        "μ is doubled where it should be halved, and halved where it should be doubled.",
        lambda **case: levenberg_marquardt(**case, better=2.0, worse=0.5)),
    "constant": ("μ does not change.", lambda **case: levenberg_marquardt(**case, better=1.0, worse=1.0)),
    "trials": (
        "the losses are those of the trials; what is asked for are those at θ, which stays where a "
        "trial is refused.",
        lambda **case: levenberg_marquardt(**case, shown=True)),
    "no-start": (
        "the loss at the start is missing; it is the first of trials + 1.",
        lambda **case: levenberg_marquardt(**case)[1:]),
})  # fmt: skip

# -- what is shared with `checks`, in the shape that the assignments give it ----------------------------


def rows(jet: Mapping[tuple[int, ...], Any]) -> Array:
    """A jet of `plain` as an array (A, N, n)."""
    return np.array(list(jet.values()))


def forward(theta: Array, widths: tuple[int, ...], x: Array, alphas: Alphas) -> tuple[Array, Any]:
    """The jet of u_θ (A, N, m), and the tape of assignment 4, in which x came from a σ with the slope 1."""
    u, tape = plain.forward(theta, widths, x, sum(alphas[-1]))
    one = np.array([np.full_like(x, sum(alpha) == 0) for alpha in alphas])
    return rows(u), [(W, rows(a), rows(s) if s else one) for W, a, s in tape]


def product(s: Array, dz: Array, alphas: Alphas) -> Array:
    """s δz, by (J1)."""
    jets = dict(zip(alphas, s)), dict(zip(alphas, dz))
    return np.array([plain.times(*jets, gamma) for gamma in alphas])


CASE = re.compile(r"The smallest case found:\n(?: {4}.*\n?)*")


def retold(
    check: Function,
    function: Function,
    given: Function,
    whole: Any = None,
    note: str = "",
    **limits: Any,
) -> None:
    """A check of a student's function, which is given what `given` makes of a case, and told with that.

    Where the check is of something else that asks the function, that is `whole`.
    """
    try:
        check(whole or (lambda *case: function(*given(*case).values())), **limits)
    except CheckFailed as error:
        own = f"{as_call(given(*error.case.values()), function)}\n{note}"
        told = CASE.sub(lambda _: own, str(error))
        raise Wrong(told, error.mistakes) from error.__cause__


def check_transposed(function: Function, max_d: int) -> None:
    """(J4): the transpose of the product with s."""
    check_transpose(product, function, max_d=max_d)


def of_a_tape(theta: Array, widths: Any, x: Array, u_bar: Array, alphas: Alphas) -> dict[str, Any]:
    """What `backward` is given, where `checks` gives a network."""
    return {"tape": forward(theta, widths, x, alphas)[1], "u_bar": u_bar, "alphas": alphas}


def of_a_network(*case: Any) -> dict[str, Any]:
    """What `value` and `u_bar` are given, where `checks` gives a network."""
    theta, widths, x, w, target, weights, p, alphas = case
    u = forward(theta, widths, x, alphas)[0]
    return {"u": u, "target": target, "w": w, "weights": weights, "p": p, "alphas": alphas}


def check_backward(function: Function, **limits: Any) -> None:
    """(J5) and (J4), on a tape."""
    retold(check_whole_backward, function, of_a_tape, **limits)


def check_value(function: Function, max_d: int) -> None:
    """(D3), for the jet of a network."""
    retold(check_loss, function, of_a_network, max_d=max_d)


def check_u_bar(function: Function, max_d: int) -> None:
    """(T1) and (T2): the gradient that the backward pass makes of ū."""

    def gradient(*case: Any) -> Array:
        theta, widths, x, *_, alphas = case
        given = of_a_network(*case)
        u_bar = np.asarray(function(*given.values()))
        if u_bar.shape != given["u"].shape:
            raise ValueError(f"the result has the shape {u_bar.shape}, expected {given['u'].shape}")
        tape = plain.forward(theta, widths, x, sum(alphas[-1]))[1]
        return plain.backward(tape, dict(zip(alphas, u_bar)))

    note = "Of your ū the backward pass, which is right, has made ∇L.\n"
    retold(check_gradient, function, of_a_network, gradient, note, max_d=max_d)


# -- the assignments -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Property:
    """Something that a function of an assignment should do, and the points for it."""

    function: str
    points: int
    says: str
    check: Callable[[Function], None]


@dataclass(frozen=True)
class Assignment:
    """An assignment: its title, and its properties; of a function, each contains the one before it."""

    title: str
    properties: tuple[Property, ...]


ASSIGNMENTS = {
    1: Assignment(
        "Build a rule",
        (
            Property("midpoint", 2, "in one variable", partial(check_quadrature, rule="midpoint", max_d=1)),
            Property("trapezoid", 2, "in one variable",
                     partial(check_quadrature, rule="trapezoid", max_d=1)),
            Property("gauss_legendre", 3, "in one variable",
                     partial(check_quadrature, rule="gauss_legendre", max_d=1)),
            Property("gauss_legendre", 3, "in several variables",
                     partial(check_quadrature, rule="gauss_legendre")),
        ),
    ),
    2: Assignment(
        "Carry a jet",
        (
            Property("variables", 2, "in any number of variables", VARIABLES),
            Property("times", 3, "in one variable", partial(check_product, max_d=1)),
            Property("times", 3, "in several variables", check_product),
            Property("derivatives", 2, "in any number of variables", DERIVATIVES),
        ),
    ),
    3: Assignment(
        "Apply the chain rule",
        (
            Property("affine", 2, "in any number of variables", AFFINE),
            Property("chain", 2, "in one variable", partial(check_chain_rule, max_d=1)),
            Property("chain", 2, "in several variables", check_chain_rule),
            Property("tanh", 3, "in any number of variables, for z near 0",
                     partial(check_activation, saturated=False)),
            Property("tanh", 1, "also where it saturates, up to z = 30", check_activation),
        ),
    ),
    4: Assignment(
        "Transpose a pass",
        (
            Property("transposed", 2, "in one variable", partial(check_transposed, max_d=1)),
            Property("transposed", 3, "in several variables", partial(check_transposed, max_d=3)),
            Property("affine_transposed", 2, "in any number of variables", AFFINE_TRANSPOSED),
            Property("backward", 2, "one hidden layer",
                     partial(check_backward, max_d=1, max_hidden=1, min_hidden=1, max_m=1)),
            Property("backward", 1, "any number of layers, of variables and of outputs", check_backward),
        ),
    ),
    5: Assignment(
        "Sum a Sobolev loss",
        (
            Property("phi", 2, "for every p ≥ 1, also at r = 0", PHI),
            Property("value", 2, "in one variable", partial(check_value, max_d=1)),
            Property("value", 2, "any number of variables and of outputs", partial(check_value, max_d=3)),
            Property("u_bar", 2, "in one variable", partial(check_u_bar, max_d=1)),
            Property("u_bar", 2, "any number of variables and of outputs", partial(check_u_bar, max_d=3)),
        ),
    ),
    6: Assignment(
        "Certify a step",
        (
            Property("descend", 3, "the path of θ", check_optimizer),
            Property("lipschitz", 2, "the constant, exactly", LIPSCHITZ),
            Property("promised_gain", 2, "what (T4) promises", PROMISED_GAIN),
            Property("certified_descent", 1, "no loss rises", check_no_rise),
            Property("certified_descent", 2, "θ at the end, and every loss", CERTIFIED),
        ),
    ),
    7: Assignment(
        "Solve the tangent problem",
        (
            Property("residuals", 2, "of the neuron", RESIDUALS),
            Property("jacobian", 2, "of the neuron", JACOBIAN),
            Property("gauss_newton_step", 2, "for any r and J", GAUSS_NEWTON),
            Property("damped_step", 2, "for any r, J and μ", DAMPED),
            Property("levenberg_marquardt", 2, "every loss on the way", LEVENBERG_MARQUARDT),
        ),
    ),
}  # fmt: skip
