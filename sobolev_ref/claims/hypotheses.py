"""The nineteen hypotheses, one a sentence of the paper, and the rule that decides them.

A hypothesis has for each of its cases the log ratio old/new of every seed, above 0 where the sentence is
right. Their mean over the cases is one number a seed, and these are tested. With p-values corrected by
Holm, at the level 0.05, a hypothesis

    does not hold                  if the difference is significant and against it, and not equal,
                                   or if a case is worse by more than the margin: a counterexample
    no difference within the margin    else, if the two sides are equal within a factor 1.25
    holds                          else, if the difference is significant and for it
    undecided                      else

docs/claims_protocol.md is the authority, and its section 10 has what was corrected before any result was
seen: only a sentence that says "ensures" has counterexamples, hypothesis 17 counts cases, and 4 needs 3 as
well. `answers` goes by that, or by the rule as it was first written. No verdict is written down here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .._typing import Array
from ..paper.examples import TABLE_1
from .parts import CURVES, FAST, FEWER, METHODS, MORE, NETWORKS, NEW, TABLE_RATES, sizes, truth_of
from .statistics import Interval, equality, hodges_lehmann, holm, sign_test, signed_rank
from .table import Table
from .targets import TARGETS, TargetFunction

LEVEL, FACTOR = 0.05, 1.25
MARGIN = float(np.log(FACTOR))
HOLDS, FAILS, EQUAL, OPEN = VERDICTS = (
    "holds",
    "does not hold",
    "no difference within the margin",
    "undecided",
)
WEAKEST_FIRST = (FAILS, EQUAL, OPEN, HOLDS)
ENSURES = (3, 10)  # their sentences speak of every case
REFUTABLE = (*range(1, 11), *range(13, 17), 18, 19)  # by one case, in the rule as first written
COUNTED = 17
TOGETHER = {4: (3,)}  # a sentence that compares with both losses
Logs = dict[str, Array]  # by case, one number a seed
Measure = Callable[[Table, str, str, str], Array]  # of part, case, arm: one logarithm a seed


def end(quantity: str) -> Measure:
    """The logarithm of a quantity as it is."""
    return lambda table, *run: np.log(table.values(*run, quantity))


def anytime(axis: str) -> Measure:
    """The mean over the marks of a budget of the log L² error: a whole curve as one number."""
    marks = [name for name in CURVES if name.startswith(axis)]
    return lambda table, *run: np.mean([end(name)(table, *run) for name in marks], axis=0)


def cases_of(wanted: Callable[[TargetFunction], bool] = lambda target: True) -> list[str]:
    """The cases of the part exact whose target is as wanted."""
    return [f"{name}, {m}" for name, t in TARGETS.items() if wanted(t) for m in METHODS]


ALL, CONVEX = cases_of(), cases_of(lambda t: t.convex)
ANALYTIC, PAPER = cases_of(lambda t: t.analytic), cases_of(lambda t: t.raw)


def ratios(
    table: Table,
    measure: Measure | None = None,
    cases: Sequence[str] = tuple(ALL),
    old: str = "L2",
    new: str = "H1",
    part: str = "exact",
) -> Logs:
    """log(old/new) by case, of the L² error at the end of the time where no other measure is given."""
    measure = measure or end("L2")
    return {c: measure(table, part, c, old) - measure(table, part, c, new) for c in cases}


def without(logs: Logs, cases: Sequence[str]) -> Logs:
    """The log ratios of all cases but these."""
    return {case: values for case, values in logs.items() if case not in cases}


def growth(table: Table) -> Logs:
    """Part exact: how much more the L² error of L² grows than that of H¹ when Adam's rate is √10 times."""
    adam = [case for case in ALL if case.endswith("adam")]
    fast = ratios(table, cases=adam, old="L2" + FAST, new="H1" + FAST)
    usual = ratios(table, cases=adam)
    return {case: fast[case] - usual[case] for case in adam}


def missed_derivative(table: Table, arm: str = "L2") -> Logs:
    """Part exact: the H¹ error of an arm over a tenth of that of u_θ ≡ ū, the mean of u."""
    sizes_of = {name: sizes(truth_of(name)) for name in TARGETS}
    found: Logs = {}
    for case in ALL:
        tenth = 0.1 * np.linalg.norm(sizes_of[case.split(", ")[0]])
        found[case] = end("H1")(table, "exact", case, arm) - np.log(tenth)
    return found


def above_the_papers(table: Table) -> Logs:
    """Part table: the last loss of tanh, two layers of 50, over the paper's."""
    arm = "tanh, two layers of 50"
    return {
        case: end("loss")(table, "table", case, arm) - np.log(TABLE_1[-1]) for case in TABLE_RATES
    }


def smooth(table: Table) -> Logs:
    """Part table: the last loss of ReLU over that of tanh."""
    found: Logs = {}
    for new in (arm for arm in NETWORKS if arm.startswith("tanh")):
        old = new.replace("tanh", "relu")
        logs = ratios(table, end("loss"), tuple(TABLE_RATES), old, new, "table")
        found |= {f"{new.removeprefix('tanh, ')}, {case}": values for case, values in logs.items()}
    return found


@dataclass(frozen=True)
class Hypothesis:
    """What a hypothesis says, in short; the paper's sentences; what is asked; and the log ratios.

    `against` are cases to compare with: their mean is subtracted.
    """

    name: str
    sentences: tuple[str, ...]
    asks: str
    logs: Callable[[Table], Logs]
    against: Callable[[Table], Logs] = lambda table: {}

    def by_seed(self, table: Table) -> Array:
        """One number a seed: the mean over the cases."""
        logs, others = self.logs(table), self.against(table)
        mean: Array = np.mean(list(logs.values()), axis=0)
        return mean - np.mean(list(others.values()), axis=0) if others else mean


def on_points(part: str, old: str) -> Callable[[Table], Logs]:
    """H¹ on N points with gradients against one of the others."""
    return lambda table: ratios(table, cases=tuple(TARGETS), old=old, new=NEW, part=part)


HYPOTHESES = (
    Hypothesis(
        "faster, by CPU time", ("leads to faster convergence",),
        "the L² error at any time, by CPU time: its mean over the marks",
        lambda t: ratios(t, anytime("seconds"))),
    Hypothesis(
        "faster, by operations", ("we demonstrate faster convergence",),
        "the L² error at any time, by operations: its mean over the marks",
        lambda t: ratios(t, anytime("operations"))),
    Hypothesis(
        "smaller L² error", ("ensures better function value approximations",),
        "the L² error at the end of the CPU time",
        ratios),
    Hypothesis(
        "smaller L² error than MAE",
        ("a more accurate and smooth approximation compared to traditional loss functions",),
        "the L² error of H¹ against L¹ (MAE), and against MSE as in the one before",
        lambda t: ratios(t, old="L1")),
    Hypothesis(
        "smaller H² error",
        ("promotes smoother and more accurate representations",
         "particularly advantageous in scenarios where the smoothness of the function and its "
         "derivatives is important"),
        "the H² error",
        lambda t: ratios(t, end("H2"))),
    Hypothesis(
        "smaller largest error",
        ("particularly valuable for applications requiring smooth and accurate function "
         "representations",),
        "the largest error",
        lambda t: ratios(t, end("sup"))),
    Hypothesis(
        "smaller H¹ error",
        ("enforces consistency not only in function approximation but also in its gradient "
         "behavior",
         "aligning the model outputs closely with both the function and its derivative"),
        "the H¹ error",
        lambda t: ratios(t, end("H1"))),
    Hypothesis(
        "smaller L² error, by operations", ("superior performance over traditional loss functions",),
        "the L² error at the end of the operations",
        lambda t: ratios(t, end(CURVES[-1]))),
    Hypothesis(
        "the paper's two targets",
        ("strong convergence properties, especially when applied to smooth, convex functions such "
         "as e−x and sin(x)",),
        "the L² error on the paper's two targets",
        lambda t: ratios(t, cases=PAPER)),
    Hypothesis(
        "faster on convex targets",
        ("ensures faster convergence and more accurate approximations, especially for well-behaved "
         "convex functions",),
        "the L² error at any time, by CPU time, on the convex targets",
        lambda t: ratios(t, anytime("seconds"), CONVEX)),
    Hypothesis(
        "gains more on convex ones", ("particularly well-suited for approximating convex […] functions",),
        "the gain in the L² error on the convex targets, over that on the others",
        lambda t: ratios(t, cases=CONVEX), lambda t: without(ratios(t), CONVEX)),
    Hypothesis(
        "gains more on analytic ones", ("particularly well-suited for approximating […] smooth functions",),
        "the gain in the L² error on the analytic targets, over that on the less smooth ones",
        lambda t: ratios(t, cases=ANALYTIC), lambda t: without(ratios(t), ANALYTIC)),
    Hypothesis(
        "generalises from as many numbers", ("improved generalization", "enhanced generalization"),
        "few points: H¹ on N with gradients against L² on N(1 + d), as many numbers",
        on_points("points", MORE)),
    Hypothesis(
        "forgives a rate √10 times too large", ("improved stability", "enhanced […] stability"),
        "how much the L² error grows when Adam's rate is √10 times the tuned one, L² over H¹",
        growth),
    Hypothesis(
        "robust to noise, as many numbers", ("enables models to learn more robust representations",),
        "noisy data: H¹ on N points against L² on N(1 + d), as many numbers",
        on_points("noise", MORE)),
    Hypothesis(
        "generalises from as many points",
        ("leverages additional information about the function’s behavior, leading to better "
         "generalization",),
        "few points: H¹ against L² on the same N points, so that H¹ has more data",
        on_points("points", FEWER)),
    Hypothesis(
        "MSE misses the derivative",
        ("they often fail to capture the smoothness and derivative information",),
        "in how many cases the H¹ error of L² (MSE; for MAE see the last section) is mostly above a tenth of "
        "that of a constant",
        missed_derivative),
    Hypothesis(
        "Table 1 converges efficiently", ("converges efficiently toward the true solution",),
        "the last loss of an ordinary network (tanh, two layers of 50) over the last one of Table 1; "
        "below 1, the paper's ended higher after as many epochs, if its losses are means over our domain",
        above_the_papers),
    Hypothesis(
        "smooth networks do better",
        ("results are both expected and valid for smooth, well-behaved functions when appropriate "
         "modeling techniques are employed",),
        "Example 1: the last loss of ReLU over that of tanh",
        smooth),
)  # fmt: skip


class Count(NamedTuple):
    """A hypothesis that counts: the share of runs above 0, and the cases found above and below it."""

    share: float
    above: int
    below: int
    p: float


@dataclass(frozen=True)
class Answer:
    """What the runs say of one hypothesis; the sizes are factors, and `cases` those of each case.

    `difference`, `equality` and `sign` are p-values. `also` are the verdicts that the sentence needs beside
    this one.
    """

    size: Interval
    difference: float
    equality: float
    sign: float
    cases: Mapping[str, Interval]
    counterexamples: tuple[str, ...] = ()
    count: Count | None = None
    also: tuple[str, ...] = ()

    @property
    def compared(self) -> str:
        """The verdict of the tests of this hypothesis, counterexamples aside."""
        if self.equality < LEVEL:
            return EQUAL
        if self.difference >= LEVEL:
            return OPEN
        better = self.count.above > self.count.below if self.count else self.size.estimate > 1
        return HOLDS if better else FAILS

    @property
    def verdict(self) -> str:
        """One of the four `VERDICTS`.

        Examples
        --------
        >>> Answer(Interval(1.5, 1.2, 1.9), 0.001, 1.0, 0.002, {}).verdict
        'holds'
        """
        if self.counterexamples:
            return FAILS
        return min((self.compared, *self.also), key=WEAKEST_FIRST.index)


def factor(logs: Array) -> Interval:
    """Hodges and Lehmann's estimate of a log ratio and its interval, as factors."""
    return Interval(*(float(np.exp(end)) for end in hodges_lehmann(logs)))


def counterexamples(*hypotheses: Logs) -> list[tuple[str, ...]]:
    """Of each hypothesis the cases that are worse by more than the margin, corrected over all together."""
    p = holm([signed_rank(x, "less", -MARGIN) for logs in hypotheses for x in logs.values()])
    found = iter(p < LEVEL)
    return [tuple(case for case in logs if next(found)) for logs in hypotheses]


def count(logs: Logs) -> Count:
    """In how many cases most seeds are above 0, in how many below, and p of "neither in more than half".

    A case is found to be above, or below, by a one-sided sign test, corrected by Holm over the cases. More
    than half of m cases are so at the level at which m // 2 + 1 are found; p is twice the smaller of the two
    levels.
    """
    above, below = (
        holm([sign_test(x, side) for x in logs.values()]) for side in ("greater", "less")
    )
    most = len(logs) // 2  # the place of the case that makes more than half
    p = min(1.0, 2 * min(np.sort(above)[most], np.sort(below)[most]))
    share = np.mean([x > 0 for x in logs.values()])
    return Count(float(share), int(np.sum(above < LEVEL)), int(np.sum(below < LEVEL)), float(p))


def answers(table: Table, *, first_rule: bool = False) -> list[Answer]:
    """The answers to all hypotheses, whose p-values are corrected together; no run may be missing.

    The first rule is that of when the runs started, without its later corrections.
    """
    logs = [hypothesis.logs(table) for hypothesis in HYPOTHESES]
    seeds = [hypothesis.by_seed(table) for hypothesis in HYPOTHESES]
    counts = {} if first_rule else {COUNTED: count(logs[COUNTED - 1])}
    if first_rule:
        against = {i: counterexamples(logs[i - 1])[0] for i in REFUTABLE}
    else:
        against = dict(zip(ENSURES, counterexamples(*(logs[i - 1] for i in ENSURES))))
    p = {i: (signed_rank(x), equality(x, MARGIN), sign_test(x)) for i, x in enumerate(seeds, 1)}
    p |= {i: (found.p, 1.0, 1.0) for i, found in counts.items()}  # no size and no sign to be tested
    differences, equalities, signs = (holm(family) for family in zip(*p.values()))
    made: list[Answer] = []
    for i, x in enumerate(seeds):
        together = () if first_rule else TOGETHER.get(i + 1, ())
        made.append(
            Answer(
                factor(x),
                float(differences[i]),
                float(equalities[i]),
                float(signs[i]),
                {case: factor(values) for case, values in logs[i].items()},
                against.get(i + 1, ()),
                counts.get(i + 1),
                tuple(made[other - 1].compared for other in together),
            )
        )
    return made
