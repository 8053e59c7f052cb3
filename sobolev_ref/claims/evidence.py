"""From rows to a verdict, by rules that are stated here and decide alone.

    better         new median < old lower quartile, and new upper quartile < old median
    worse          the same with new and old exchanged
    level          anything else

A claim **holds** if every comparison that it rests on comes out better, **holds when** some do and fewer
come out worse, and **does not hold** otherwise. "Old" is the better, by its median, of L² (MSE) and L¹
(MAE) unless said otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..data.functions import FUNCTIONS
from ..paper.examples import TABLE_1
from .data import FEW, MODELS, RATIOS, best_weight, few_points_arm
from .figures import label
from .networks import network_arm
from .run import Truth
from .studies import SCHEDULES, TARGETS
from .table import Row, Table

METHODS = ("adam", "L-BFGS-B")
CASES = tuple(f"{target}, {method}" for target in TARGETS for method in METHODS)
AXES = {"seconds": "time", "operations": "operations"}
SHARE, SPREAD = 0.05, 1.25  # the least differences that count, of shares and of factors


@dataclass(frozen=True)
class Evidence:
    """One comparison: of what, how it came out, and the factor by which the error fell."""

    label: str
    outcome: str
    factor: str


def verdict(evidence: Sequence[Evidence]) -> str:
    """What a set of comparisons says of a claim: "holds", "holds when" or "does not hold".

    Examples
    --------
    >>> verdict([Evidence("sin x", "better", "×2"), Evidence("exp(−x)", "level", "×1")])
    'holds when'
    """
    better = sum(e.outcome == "better" for e in evidence)
    worse = sum(e.outcome == "worse" for e in evidence)
    if better == len(evidence):
        return "holds"
    return "holds when" if better > worse else "does not hold"


def two_digits(value: float) -> str:
    """A number rounded to two digits, without an exponent where it can be.

    Examples
    --------
    >>> two_digits(1632.0), two_digits(0.0114), two_digits(8.02e-6)
    ('1600', '0.011', '8e-06')
    """
    return f"{float(f'{value:.2g}'):g}"


def compared(name: str, new: Row, old: Row) -> Evidence:
    """Two rows by the rule above; the factor is old / new of the medians."""
    ratio = old.median / new.median if new.median else float("inf")
    return Evidence(label(name), Table.compare(new, old), f"×{two_digits(ratio)}")


def baseline(table: Table, study: int, case: str, axis: str, quantity: str) -> Row:
    """The better of L² and L¹ by its median."""
    rows = [table.last(study, case, arm, axis, quantity) for arm in ("L2", "L1")]
    return min(rows, key=lambda row: row.median)


def convergence(
    table: Table,
    quantities: Sequence[str] = ("L2",),
    axes: Sequence[str] = ("seconds",),
    new: str = "H1",
    cases: Sequence[str] = CASES,
) -> list[Evidence]:
    """Study 1: a Sobolev loss against the baseline at the end of a budget."""
    return [
        compared(
            f"{case}, equal {AXES[axis]}, {quantity} error",
            table.last(1, case, new, axis, quantity),
            baseline(table, 1, case, axis, quantity),
        )
        for case in cases
        for quantity in quantities
        for axis in axes
    ]


def missed_derivative(table: Table) -> list[Evidence]:
    """Study 1: whether value losses miss the derivative, an H¹ error above a tenth of u ≡ 0's."""
    found = []
    for case in CASES:
        row = baseline(table, 1, case, "seconds", "H1")
        f, bounds = TARGETS[case.split(", ")[0]]
        size = Truth(f, (bounds,)).size()["H1"]
        missed = row.low > 0.1 * size
        share = f"{100 * row.median / size:.2g} % of u ≡ 0's"
        found.append(Evidence(label(case), "better" if missed else "worse", share))
    return found


def few_points(table: Table, equal: bool = True, quantity: str = "L2") -> list[Evidence]:
    """Study 2: N points with gradients against N(1 + d) values, or against N where not `equal`."""
    found = []
    for case, (key, _, counts, _) in FEW.items():
        d = FUNCTIONS[key].d
        arms = few_points_arm("H1", 1, d), few_points_arm("L2", 1 + d if equal else 1, d)
        for n in counts:
            new, old = (table.at(2, case, arm, "points", n, quantity) for arm in arms)
            found.append(compared(f"{case}, N = {n}", new, old))
    return found


STABLE = (*(f"{target}, adam" for target in TARGETS), "sin x, gradient_descent")


def stability(table: Table, new: str = "H1") -> list[Evidence]:
    """Study 3: diverged runs over all rates, and the spread at the best rate, against L²."""
    found = []
    for case in STABLE:
        shares = []
        for arm in (new, "L2"):
            rows = table.curve(3, case, arm, "rate", "diverged")
            shares.append(sum(row.median for row in rows) / len(rows))
        outcome = (
            "better"
            if shares[0] < shares[1] - SHARE
            else "worse"
            if shares[0] > shares[1] + SHARE
            else "level"
        )
        found.append(
            Evidence(
                label(f"{case}, diverged over all rates"),
                outcome,
                f"{100 * shares[0]:.0f} % against {100 * shares[1]:.0f} %",
            )
        )
        spreads = []
        for arm in (new, "L2"):
            row = table.best(3, case, arm, "rate", "L2")
            spreads.append(row.high / row.low)
        outcome = (
            "better"
            if SPREAD * spreads[0] < spreads[1]
            else "worse"
            if spreads[0] > SPREAD * spreads[1]
            else "level"
        )
        found.append(
            Evidence(
                label(f"{case}, upper over lower quartile at the best rate"),
                outcome,
                f"{spreads[0]:.2g} against {spreads[1]:.2g}",
            )
        )
    return found


def frequencies(table: Table, new: str = "H1") -> list[Evidence]:
    """Study 4: sin 6x."""
    return [
        compared(
            f"sin 6x, {method}, L2 error",
            table.last(4, f"sin 6x, {method}", new, "seconds", "L2"),
            baseline(table, 4, f"sin 6x, {method}", "seconds", "L2"),
        )
        for method in METHODS
    ]


def noise(table: Table, at_best: bool) -> list[Evidence]:
    """Study 5: λ = (τ/τ′)², or λ = 1, against λ = 0: no slopes."""
    found = []
    for model in MODELS:
        for ratio in RATIOS:
            where = (5, f"{model}, noise {ratio:g}", "H1", "weight")
            new = table.at(*where, best_weight(ratio) if at_best else 1.0, "L2")
            old = table.at(*where, 0.0, "L2")
            found.append(compared(f"{model}, τ′ = {ratio:g} τ", new, old))
    return found


def smooth(table: Table) -> list[Evidence]:
    """Study 6: tanh against ReLU, the loss at the last epoch."""
    return [
        compared(
            network_arm("tanh", hidden, rate),
            table.last(6, "Table 1", network_arm("tanh", hidden, rate), "epoch", "loss"),
            table.last(6, "Table 1", network_arm("relu", hidden, rate), "epoch", "loss"),
        )
        for hidden in (1, 2)
        for rate in (1e-3, 1e-2)
    ]


def paper_is_at_its_best(table: Table) -> list[Evidence]:
    """Study 6: whether Table 1's last loss is the least that a network of its kind reaches."""
    found = []
    for rate in (1e-3, 1e-2):
        row = table.last(6, "Table 1", network_arm("tanh", 2, rate), "epoch", "loss")
        outcome = "worse" if row.high < TABLE_1[-1] else "better"
        name = f"the last loss of Table 1 against that of tanh, two layers of 50, η = {rate:g}"
        found.append(Evidence(name, outcome, f"{TABLE_1[-1]:.2g} against {row.median:.2g}"))
    return found


def schedules(table: Table, quantity: str = "L2") -> list[Evidence]:
    """Study 7: each schedule of falling order against the best single loss."""
    found = []
    for method in METHODS:
        rows = {arm: table.last(7, method, arm, "end", quantity) for arm in SCHEDULES}
        single = min((rows[arm] for arm in ("L2", "H1", "H2")), key=lambda row: row.median)
        for arm in SCHEDULES:
            if arm not in ("L2", "H1", "H2"):
                found.append(
                    compared(f"{method}, {arm.replace(', ', ' then ')}", rows[arm], single)
                )
    return found


def convex_gain(table: Table) -> list[Evidence]:
    """Study 1: whether H¹ gains more on the convex exp(−x) than on sin x."""
    found = []
    for method in METHODS:
        gains = []
        for target in TARGETS:
            case = f"{target}, {method}"
            old = baseline(table, 1, case, "seconds", "L2").median
            gains.append(old / table.last(1, case, "H1", "seconds", "L2").median)
        on_sine, on_exponential = gains
        outcome = (
            "better"
            if on_exponential > SPREAD * on_sine
            else "worse"
            if on_sine > SPREAD * on_exponential
            else "level"
        )
        found.append(
            Evidence(
                label(f"{method}, the gain in the L2 error on exp(-x) against that on sin x"),
                outcome,
                f"×{on_exponential:.2g} against ×{on_sine:.2g}",
            )
        )
    return found


def optimiser(table: Table) -> list[Evidence]:
    """Study 1: H¹ by Adam against plain L² by L-BFGS: the loss or the optimiser."""
    return [
        compared(
            f"{target}, H1 by adam against L2 by L-BFGS-B, {quantity} error",
            table.last(1, f"{target}, adam", "H1", "seconds", quantity),
            table.last(1, f"{target}, L-BFGS-B", "L2", "seconds", quantity),
        )
        for target in TARGETS
        for quantity in ("L2", "H1")
    ]
