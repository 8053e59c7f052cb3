"""What each check asks for: its cases, the answer, and how an entry of the answer is called.

A `Task` is all that a check knows. Its cases come in four kinds. *Drawn* ones vary every size, for
Hypothesis to shrink. *Generic* ones have no size and no number that hides a mistake (no λ = 1, no p = 2, no
d = 1): by them one mistake is told from another. *Variants* of a generic case have one thing made special,
which tells where a mistake is at work. *Corners* are places where a formula that is right elsewhere fails.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from .._typing import Array
from . import cases
from .cases import Case
from .equations import Method, as_jet, as_rows, factorial
from .mistakes import arrangements

Sizes: TypeAlias = dict[str, Any]
Masks: TypeAlias = dict[str, Array]


@dataclass(frozen=True)
class Task:
    """What a check asks for."""

    check: str  # its name
    build: Callable[..., Case]  # (numbers, sizes by name) ↦ a case: see `cases`
    answer: Callable[[Method, Case], tuple[Any, ...]]  # what is right, one array for each part
    parts: tuple[str, ...]  # what the function returns, such as ("a", "s")
    options: Mapping[str, Sequence[Any]]  # values of each size, simple ones first, for drawn cases
    generic: Sequence[Sizes]
    variants: Sequence[tuple[str, Sizes]]  # what is special, as in "with one node (N = 1)"
    entry: Callable[[Case, int, tuple[int, ...]], str]  # (case, part, index) ↦ the name of an entry
    groups: Callable[[Case, int], Masks]  # (case, part) ↦ from the name of a group of entries
    quantities: Callable[[Case], dict[str, float]]  # numbers by which a whole answer can be off
    # The same for each α, shape (A, 1, 1), by which the rows of a jet can be off.
    by_alpha: Callable[[Case], dict[str, Array]] | None = None
    corners: Sequence[Sizes] = ()
    # From one name for several groups to their names.
    merged: Callable[[Case], dict[str, list[str]]] = field(default=lambda case: {})
    jets: bool = False  # whether a dict from α is taken for an array
    fine: bool = False  # whether an error is measured by the largest entry of its group alone
    # What is done with the parts before they are compared.
    order: Callable[[tuple[Array, ...]], tuple[Array, ...]] = field(default=lambda parts: parts)
    activation: str = "tanh"


# -- jets ----------------------------------------------------------------------------------------------


def jet_entry(parts: tuple[str, ...]) -> Callable[[Case, int, tuple[int, ...]], str]:
    """The name of an entry of a jet."""

    def entry(case: Case, part: int, index: tuple[int, ...]) -> str:
        row, node, component = index
        return f"{parts[part]} at α = {case['alphas'][row]}, node {node}, component {component}"

    return entry


def jet_groups(case: Case, part: int) -> Masks:
    """The rows of a jet, by α."""
    A = len(case["alphas"])
    return {f"α = {alpha}": np.eye(A, dtype=bool)[a] for a, alpha in enumerate(case["alphas"])}


def degrees(case: Case) -> dict[str, list[str]]:
    """The rows of a jet by |α|."""
    found: dict[str, list[str]] = {}
    for alpha in case["alphas"]:
        found.setdefault(f"|α| = {sum(alpha)}", []).append(f"α = {alpha}")
    return found


def jet_factors(case: Case) -> dict[str, Array]:
    """The numbers by which the rows of a jet can be off."""
    alphas = case["alphas"]
    table = {
        "α!": [factorial(alpha) for alpha in alphas],
        "|α|!": [factorial((sum(alpha),)) for alpha in alphas],
        "|α|!/α!": [arrangements(alpha) for alpha in alphas],
        "(−1)^|α|": [(-1) ** sum(alpha) for alpha in alphas],
        "2^|α|": [2 ** sum(alpha) for alpha in alphas],
        "|α| + 1": [sum(alpha) + 1 for alpha in alphas],
        "(α!)²": [factorial(alpha) ** 2 for alpha in alphas],
    }
    return {name: np.array(values, dtype=float)[:, None, None] for name, values in table.items()}


def sizes_of(case: Case) -> dict[str, float]:
    """The whole numbers of a case with jets."""
    alphas = case["alphas"]
    named = {
        "A, the number of α": len(alphas),
        "d": len(alphas[0]),
        "k!": factorial((sum(alphas[-1]),)),
    }
    arrays = [value for value in case.values() if isinstance(value, np.ndarray) and value.ndim > 1]
    N, n = arrays[0].shape[-2:]
    return {"N, the number of nodes": N, "the number of components": n} | named


def jet_sizes(max_d: int, max_order: int) -> tuple[dict[str, Any], list[Sizes], list[Any]]:
    """Options, generic sizes and variants of jets."""
    options = {
        "d": range(1, max_d + 1),
        "order": range(max_order + 1),
        "N": (1, 2, 3),
        "n": (1, 2, 3),
    }
    d, order = min(2, max_d), min(2, max_order)
    base: Sizes = {"d": d, "order": order, "N": 3, "n": 2}
    generic = [
        {"d": 1, "order": order, "N": 2, "n": 1},
        base,
        {"d": d, "order": max_order, "N": 2, "n": 1},
        {"d": max_d, "order": order, "N": 1, "n": 2},
        {"d": 1, "order": max_order, "N": 2, "n": 3},
    ]
    variants = [
        ("with one node (N = 1)", {"N": 1}),
        ("with one component (n = 1)", {"n": 1}),
        ("in one variable (d = 1)", {"d": 1}),
        ("for order 0", {"order": 0}),
        ("for order 1", {"order": 1}),
    ]
    return options, generic, changed(base, variants)


def changed(base: Sizes, variants: Sequence[tuple[str, Sizes]]) -> list[tuple[str, Sizes]]:
    """The variants that differ from their base, and do not go beyond it."""
    return [
        (text, base | change)
        for text, change in variants
        if any(base.get(name) != value for name, value in change.items())
        and change.get("order", 0) <= base.get("order", 0)
    ]


BLOCKS = 67  # a prime: blocks of up to 66 nodes, units, … that drop the last ones are seen


def large(sizes: Sizes, *names: str) -> list[Sizes]:
    """The sizes, with as many as that in one respect after the other; a network may have no hidden layer."""
    hidden = sizes.get("hidden", ())
    wide = [{**sizes, "hidden": (BLOCKS, *hidden[1:])}] if hidden else []
    return [*({**sizes, name: BLOCKS} for name in names), *wide]


OF_JETS: dict[str, Any] = {
    "groups": jet_groups,
    "by_alpha": jet_factors,
    "merged": degrees,
    "jets": True,
}


def jet_task(
    check: str,
    build: Callable[..., Case],
    answer: Callable[[Method, Case], tuple[Any, ...]],
    parts: tuple[str, ...],
    limits: tuple[int, int],
    more: Sequence[Sizes] = (),
    corners: Sequence[Sizes] = (),
    **other: Any,
) -> Task:
    """A task whose answers are jets, of d and order within limits; `more` are further generic sizes."""
    options, generic, variants = jet_sizes(*limits)
    return Task(
        check,
        build,
        answer,
        parts,
        options,
        [*generic, *more],
        variants,
        entry=jet_entry(parts),
        quantities=sizes_of,
        corners=[*large(generic[0], "N", "n"), *corners],
        **OF_JETS,
        **other,
    )


def jet_of(case: Case, name: str) -> Any:
    """An argument of a case as a dict from α."""
    return as_jet(case[name], case["alphas"])


def product(max_d: int, max_order: int) -> Task:
    """(J1)."""
    return jet_task(
        "check_product",
        cases.jets("u", "v"),
        lambda method, case: (as_rows(method.product(jet_of(case, "u"), jet_of(case, "v"))),),
        ("u v",),
        (max_d, max_order),
    )


def chain_rule(max_d: int, max_order: int) -> Task:
    """(J3)."""
    generic = jet_sizes(max_d, max_order)[1]
    return jet_task(
        "check_chain_rule",
        cases.chain_case,
        lambda method, case: (
            as_rows(method.chain_rule(case["a_0"], jet_of(case, "z"), jet_of(case, "s"))),
        ),
        ("a",),
        (max_d, max_order),
        more=[{**generic[1], "sigma": "tanh"}, {**generic[2], "sigma": "sigmoid"}],
    )


def activation(name: str, max_d: int, max_order: int, saturated: bool) -> Task:
    """(J3), (J1) and the activation's own equation."""
    far = [{"d": 1, "order": min(1, max_order), "N": 1, "n": 1, "saturated": True}]
    far += [{"d": min(2, max_d), "order": min(2, max_order), "N": 2, "n": 1, "saturated": True}]
    return jet_task(
        "check_activation",
        cases.activation_case,
        lambda method, case: tuple(map(as_rows, method.activate(jet_of(case, "z")))),
        ("a", "s"),
        (max_d, max_order),
        corners=far if saturated else (),
        activation=name,
    )


def transpose(max_d: int, max_order: int, *, forward: bool) -> Task:
    """(J1) of s and δz, or (J4)."""
    other, part = ("dz", "s·δz") if forward else ("a_bar", "z̄")

    def answer(method: Method, case: Case) -> tuple[Any, ...]:
        take = method.product if forward else method.transpose
        return (as_rows(take(jet_of(case, "s"), jet_of(case, other))),)

    build = cases.jets("s", other)
    return jet_task("check_transpose", build, answer, (part,), (max_d, max_order))


# -- networks ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """How large the networks of a check are."""

    max_d: int = 3
    max_order: int = 3
    min_hidden: int = 0
    max_hidden: int = 2
    max_m: int = 3


def network_sizes(limits: Limits) -> tuple[dict[str, Any], list[Sizes], list[Any]]:
    """Options, generic sizes and variants of networks."""
    d, m = min(2, limits.max_d), min(2, limits.max_m)
    order = min(2, limits.max_order)
    least, most = limits.min_hidden, limits.max_hidden
    options = {
        "d": range(1, limits.max_d + 1),
        "order": range(limits.max_order + 1),
        "N": (1, 2, 3),
        "hidden": cases.hidden_widths(least, most),
        "m": range(1, limits.max_m + 1),
    }
    deep = (3, 4, 2, 3)[:most]
    base: Sizes = {"d": d, "order": order, "N": 3, "hidden": deep, "m": m}
    few = max(least, min(1, most))
    generic = [
        base | {"d": 1, "m": 1, "N": 2, "order": min(1, order), "hidden": (2, 3, 2)[:few]},
        base,
        base | {"m": m if m == d else 1, "N": 2, "hidden": (2,) * most},
        base | {"order": limits.max_order, "N": 2, "hidden": (2, 3, 2, 2)[:few]},
        base | {"hidden": (2, 3, 2)[:least], "N": 2},
    ]
    variants: list[tuple[str, Sizes]] = [
        ("with one node (N = 1)", {"N": 1}),
        ("in one variable (d = 1)", {"d": 1}),
        ("for order 0", {"order": 0}),
        ("for order 1", {"order": 1}),
        ("with one output (m = 1)", {"m": 1}),
        ("without a hidden layer", {"hidden": ()}),
        ("with one hidden layer", {"hidden": (3,)}),
    ]
    variants = [v for v in variants if least <= len(v[1].get("hidden", deep)) <= most]
    return options, generic, changed(base, variants)


def layer_masks(widths: tuple[int, ...]) -> Masks:
    """W and b of each layer within θ."""
    P = sum((n_in + 1) * n_out for n_in, n_out in pairwise(widths))
    masks, start = {}, 0
    for layer, (n_in, n_out) in enumerate(pairwise(widths), start=1):
        for name, size in (("W̄", n_in * n_out), ("b̄", n_out)):
            here = np.arange(P)
            masks[f"{name} of layer {layer}"] = (start <= here) & (here < start + size)
            start += size
    return masks


def parameter(case: Case, part: int, index: tuple[int, ...]) -> str:
    """The name of an entry of ∇L."""
    (i,) = index
    masks = layer_masks(case["widths"])
    name = next(name for name, mask in masks.items() if mask[i])
    within = i - int(np.argmax(masks[name]))
    n_in = case["widths"][int(name.split()[-1]) - 1]
    at = [within // n_in, within % n_in] if name.startswith("W") else [within]
    return f"{name}, {at} (number {i} of ∇L)"


def network_quantities(case: Case) -> dict[str, float]:
    """The numbers by which a whole answer can be off."""
    widths, alphas = case["widths"], case["alphas"]
    named: dict[str, float] = {
        "N, the number of nodes": len(case["x"]),
        "d": widths[0],
        "m, the number of outputs": widths[-1],
        "A, the number of α": len(alphas),
        "the number of layers": len(widths) - 1,
        "P, the number of parameters": len(case["theta"]),
        "k!": factorial((sum(alphas[-1]),)),
    }
    if "p" in case:
        w, p = case["w"], case["p"]
        named |= {
            "Σ w": w.sum(),
            "p": p,
            "p − 1": p - 1,
            "N / Σ w": len(w) / w.sum(),
            "N m": len(w) * widths[-1],
            "A N m, the number of terms": len(alphas) * len(w) * widths[-1],
            "p²": p * p,
            "the mean of λ": case["weights"].mean(),
            "Σ λ": case["weights"].sum(),
        }
    return named


OF_GRADIENT: dict[str, Any] = {
    "entry": parameter,
    "groups": lambda case, part: layer_masks(case["widths"]),
    "quantities": network_quantities,
}


def forward(name: str, limits: Limits, saturated: bool) -> Task:
    """(J2), (J3)."""
    options, generic, variants = network_sizes(limits)
    return Task(
        "check_forward",
        cases.network_case,
        lambda method, case: (as_rows(method.forward(*case.values())[0]),),
        ("u",),
        options,
        generic,
        variants,
        entry=jet_entry(("u",)),
        quantities=network_quantities,
        corners=[*large(generic[0], "N"), *[{**generic[0], "saturated": True}] * saturated],
        fine=saturated,
        activation=name,
        **OF_JETS,
    )


def backward(name: str, limits: Limits, saturated: bool) -> Task:
    """(J5), (J4)."""
    options, generic, variants = network_sizes(limits)
    base = generic[1]
    special = [("where only ū_0 is not 0", {**base, "value_only": True})] if base["order"] else []
    return Task(
        "check_backward",
        cases.backward_case,
        lambda method, case: (
            method.backward(*(case | {"u_bar": jet_of(case, "u_bar")}).values()),
        ),
        ("∇L",),
        options,
        generic,
        [*variants, *special],
        corners=[
            *large(generic[0], "N"),
            *[{**generic[0], "value_only": True}] * bool(special),
            *[{**generic[0], "saturated": True}] * saturated,
        ],
        fine=saturated,
        activation=name,
        **OF_GRADIENT,
    )


EXPONENTS = (2.0, 3.0, 4.0, 2.5, 1.5, 1.0)


def loss_arguments(case: Case) -> tuple[Any, ...]:
    """What `Method.loss` and `Method.gradient` take."""
    theta, widths, x, w, target, weights, p, alphas = case.values()
    return (theta, widths, x), w, as_jet(target, alphas), as_jet(weights, alphas), p


def loss(name: str, limits: Limits, *, gradient: bool) -> Task:
    """(D3), or (T1) and (T2)."""
    options, generic, variants = network_sizes(limits)
    generic = [
        {**sizes, "p": p, "activation": name}
        for sizes, p in zip(generic, (3.0, 2.5, 3.0, 1.5, 4.0))
    ]
    base = generic[1]
    special: list[tuple[str, Sizes]] = [
        ("for p = 2", {"p": 2.0}),
        ("for p = 1", {"p": 1.0}),
        ("where every λ is 1", {"unit_lambda": True}),
        ("where every w is 1", {"unit_w": True}),
    ]
    of_loss = {"entry": lambda case, part, index: "L", "groups": lambda case, part: {}}
    return Task(
        "check_gradient" if gradient else "check_loss",
        cases.loss_case,
        lambda method, case: (
            (method.gradient if gradient else method.loss)(*loss_arguments(case)),
        ),
        ("∇L" if gradient else "L",),
        {**options, "p": EXPONENTS, "activation": (name,)},
        generic,
        [(text, {**base, **sizes}) for text, sizes in (*variants, *special)],
        corners=[{**generic[0], "p": p, "exact": True} for p in (1.5, 1.0)]
        + [{**generic[0], "idle": True}, *large(generic[0], "N")],
        activation=name,
        **(OF_GRADIENT if gradient else OF_GRADIENT | of_loss),
    )


# -- optimisers and rules ------------------------------------------------------------------------------

OPTIONS: dict[str, dict[str, Any]] = {
    "gradient_descent": {},
    "momentum": {"beta": (0.5, 0.9)},
    "adam": {"beta1": (0.5, 0.9), "beta2": (0.75, 0.9), "epsilon": (0.1, 0.01)},
}
TYPICAL = {"beta": 0.7, "beta1": 0.6, "beta2": 0.85, "epsilon": 0.2}


def optimizer(method: str) -> Task:
    """(D7), momentum, Adam."""
    options = OPTIONS[method]
    typical = {name: TYPICAL[name] for name in options}
    base: Sizes = {"P": 3, "steps": 4, "eta": 0.3, **typical}
    return Task(
        "check_optimizer",
        cases.optimizer_case,
        lambda reference, case: (getattr(reference, method)(*case.values()),),
        ("θ",),
        {"P": (1, 2, 3), "steps": (1, 2, 3, 4), "eta": (0.5, 0.1, 0.2), **options},
        [{**base, "P": 1, "steps": 2}, base, {**base, "P": 2, "steps": 3, "eta": 0.05}],
        changed(base, [("in the first step", {"steps": 1}), ("with one parameter", {"P": 1})]),
        corners=large({**base, "P": 1, "steps": 2, "eta": 0.05}, "P", "steps"),
        entry=lambda case, part, index: f"θ_{index[0]}, [{index[1]}]",
        groups=lambda case, part: {
            f"θ_{t}": np.arange(case["steps"] + 1) == t for t in range(case["steps"] + 1)
        },
        quantities=lambda case: {"η": case["learning_rate"]},
    )


def sorted_rule(parts: tuple[Array, ...]) -> tuple[Array, ...]:
    """Nodes in lexicographic order, and their weights with them: a rule is a set."""
    nodes, weights = parts
    order = np.lexsort(nodes.round(9).T[::-1])
    return nodes[order], weights[order]


def quadrature(rule: str, max_d: int) -> Task:
    """(Q1)."""
    counts = {"simpson": (3, 5, 7), "midpoint": (1, 2, 3, 4), "gauss_legendre": (1, 2, 3, 4)}
    n = counts.get(rule, (2, 3, 4))
    d = min(2, max_d)
    typical = 5 if rule == "simpson" else 3
    base: Sizes = {"d": d, "n": typical}
    return Task(
        "check_quadrature",
        cases.quadrature_case,
        lambda method, case: method.quadrature(rule, case["bounds"], case["n"]),
        ("nodes", "weights"),
        {"d": range(1, max_d + 1), "n": n},
        [
            {"d": 1, "n": typical},
            base,
            {"d": 1, "n": typical + 2},
            {"d": d, "n": typical + 2},
            {"d": max_d, "n": typical},
        ],
        changed(
            base,
            [
                ("in one variable (d = 1)", {"d": 1}),
                ("on [−1, 1]", {"unit": True}),
                (f"with {n[0]} nodes a side", {"n": n[0]}),
            ],
        ),
        entry=lambda case, part, index: (
            f"{('nodes', 'weights')[part]}[{', '.join(map(str, index))}]"
        ),
        groups=lambda case, part: {},
        quantities=lambda case: {
            "|Ω|": float(np.prod(np.diff(case["bounds"]))),
            "n": case["n"],
            "N": case["n"] ** len(case["bounds"]),
            "2ᵈ": 2 ** len(case["bounds"]),
        },
        corners=[{"d": 1, "n": BLOCKS}],
        order=sorted_rule,
    )
