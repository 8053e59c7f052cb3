"""What came out, in sentences: each with the condition on the numbers under which it may be said.

The words were written once the numbers were there. A finding whose condition the table does not meet is left
off the page, and a test holds every one of them to the saved table.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import evidence
from .evidence import CASES, Evidence
from .networks import NETWORKS, network_arm
from .table import Table


@dataclass(frozen=True)
class Finding:
    """A sentence with places for numbers, what fills them, and when it is true."""

    words: str
    true: Callable[[Table], bool]
    numbers: Callable[[Table], dict[str, object]] = lambda table: {}


def outcomes(found: list[Evidence]) -> list[str]:
    """How comparisons came out, in order."""
    return [e.outcome for e in found]


def factors(found: list[Evidence]) -> str:
    """The least and the greatest factor of those that came out better.

    Examples
    --------
    >>> factors([Evidence("a", "better", "×3.4"), Evidence("b", "better", "×12")])
    '×3.4 to ×12'
    """
    values = sorted((float(e.factor[1:]), e.factor) for e in found if e.outcome == "better")
    return f"{values[0][1]} to {values[-1][1]}"


def both_budgets(table: Table) -> list[Evidence]:
    """Study 1, the L² error by time and by operations."""
    return evidence.convergence(table, axes=("seconds", "operations"))


def against_values(table: Table, arm: str, method: str) -> str:
    """How a loss of study 4 compares with L² on sin 6x: the factor in the L² error."""
    (found,) = (e for e in evidence.frequencies(table, arm) if method in e.label)
    return found.factor


def nearest(table: Table) -> str:
    """The network of study 6 whose losses are nearest to Table 1's."""
    arms = [network_arm(*network) for network in NETWORKS]
    return min(arms, key=lambda a: table.last(6, "Table 1", a, "end", "distance").median)


FINDINGS: tuple[Finding, ...] = (
    Finding(
        "**Faster, mostly.** At equal CPU time, and at equal operations, H¹ ends with a smaller L² error "
        "than L² and L¹ do, by {gain}, in {better} of {all} comparisons, though L² is what MSE minimises. "
        "In none is it worse. MAE is worst everywhere.",
        lambda t: (
            outcomes(both_budgets(t)).count("better") > len(both_budgets(t)) / 2
            and "worse" not in outcomes(both_budgets(t))
            and all(
                t.last(1, case, "L1", "seconds", "L2").low
                > max(t.last(1, case, arm, "seconds", "L2").high for arm in ("L2", "H1"))
                for case in CASES
            )
        ),
        lambda t: {
            "gain": factors(both_budgets(t)),
            "better": str(outcomes(both_budgets(t)).count("better")),
            "all": str(len(both_budgets(t))),
        },
    ),
    Finding(
        "**Not better from fewer labels.** N points with gradients beat N points with values in {more} of "
        "{all} comparisons, but N(1 + d) values, which are as many numbers, in none; in {worse} they do "
        "worse. What helps is the number of labels.",
        lambda t: (
            "better" not in outcomes(evidence.few_points(t))
            and outcomes(evidence.few_points(t, equal=False)).count("better") > 0
        ),
        lambda t: {
            "more": str(outcomes(evidence.few_points(t, equal=False)).count("better")),
            "all": str(len(evidence.few_points(t))),
            "worse": str(outcomes(evidence.few_points(t)).count("worse")),
        },
    ),
    Finding(
        "**Not more stable.** Over the same learning rates as many runs diverge with H¹ as with L², within "
        "{share:.0f} % of them.",
        lambda t: (
            set(outcomes([e for e in evidence.stability(t) if "diverged" in e.label])) == {"level"}
        ),
        lambda t: {"share": 100 * evidence.SHARE},
    ),
    Finding(
        "**High frequencies want a λ of their own.** On sin 6x, with L² for comparison, H¹ at λ = 1 changes "
        "the L² error by {adam} with Adam and {lbfgs} with L-BFGS; balanced, at λ = 1/36, by {balanced} and "
        "{balanced_lbfgs}. (Above 1 is better.)",
        lambda t: "better" not in outcomes(evidence.frequencies(t)),
        lambda t: {
            "adam": against_values(t, "H1", "Adam"),
            "lbfgs": against_values(t, "H1", "L-BFGS"),
            "balanced": against_values(t, "H1 balanced", "Adam"),
            "balanced_lbfgs": against_values(t, "H1 balanced", "L-BFGS"),
        },
    ),
    Finding(
        "**Noise decides λ.** With λ = (τ/τ′)² noisy slopes are never worse than none, and better in "
        "{best} of {all} comparisons; with the paper's λ = 1 in {one}.",
        lambda t: (
            "worse" not in outcomes(evidence.noise(t, at_best=True))
            and outcomes(evidence.noise(t, at_best=True)).count("better")
            > outcomes(evidence.noise(t, at_best=False)).count("better")
        ),
        lambda t: {
            "best": str(outcomes(evidence.noise(t, at_best=True)).count("better")),
            "one": str(outcomes(evidence.noise(t, at_best=False)).count("better")),
            "all": str(len(evidence.noise(t, at_best=True))),
        },
    ),
    Finding(
        "**Table 1 looks like a ReLU network.** Of {all} networks the one nearest to its losses is "
        "{nearest}; the smooth ones end lower, by {gain}. Theorem 2 is false for ReLU.",
        lambda t: (
            nearest(t).startswith("relu, two layers")
            and set(outcomes(evidence.smooth(t))) == {"better"}
        ),
        lambda t: {
            "all": str(len(NETWORKS)),
            "nearest": nearest(t),
            "gain": factors(evidence.smooth(t)),
        },
    ),
    Finding(
        "**Dropping the highest order gains nothing that is sure.** None of {all} schedules beats the best "
        "single loss, which is H² in both cases.",
        lambda t: (
            "better" not in outcomes(evidence.schedules(t))
            and all(
                t.last(7, method, "H2", "end", "L2").median
                < min(t.last(7, method, arm, "end", "L2").median for arm in ("L2", "H1"))
                for method in evidence.METHODS
            )
        ),
        lambda t: {"all": str(len(evidence.schedules(t)))},
    ),
)


def findings(table: Table) -> list[str]:
    """Those that are true of a table, with its numbers."""
    return [f.words.format(**f.numbers(table)) for f in FINDINGS if f.true(table)]
