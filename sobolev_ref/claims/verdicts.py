"""From rows to verdicts on the paper's sentences, by rules that are stated here and decide alone.

    better         new median < old lower quartile, and new upper quartile < old median
    worse          the same with new and old exchanged
    level          anything else

A claim **holds** if every comparison that it rests on comes out better, **holds when** some do and fewer
come out worse, and **does not hold** otherwise. "Old" is the better, by its median, of L² (MSE) and L¹
(MAE) unless said otherwise.

The module has three parts: the comparisons, by study; the findings, which are sentences of our own, each
with the condition on the numbers under which it may be said; and the claims, which are the paper's
sentences with the comparisons that answer them. No verdict is written down here: `verdict` finds it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..data.functions import FUNCTIONS
from ..paper.examples import TABLE_1
from .run import Truth
from .studies import (
    BALANCED,
    CONVERGENCE,
    FEW,
    METHODS,
    MODELS,
    NETWORKS,
    RATIOS,
    SCHEDULES,
    SINGLE,
    STABILITY,
    TARGETS,
    noise_case,
)
from .table import Row, Table

AXES = {"seconds": "time", "operations": "operations"}
SHARE, SPREAD = 0.05, 1.25  # the least differences that count, of shares and of factors
PRINTED = {
    "L2": "L²",
    "L1": "L¹",
    "H1": "H¹",
    "H2": "H²",
    "adam": "Adam",
    "gradient_descent": "gradient descent",
    "(-x)": "(−x)",
}


def label(name: str) -> str:
    """A name of a case or an arm as it is printed.

    Examples
    --------
    >>> label("H1, 2N numbers"), label("H2 then H1"), label("exp(-x), adam")
    ('H¹, 2N numbers', 'H² then H¹', 'exp(−x), Adam')
    """
    for plain, printed in PRINTED.items():
        name = name.replace(plain, printed)
    return name


def digits(value: float) -> str:
    """A number rounded to two digits, without an exponent where it can be.

    Examples
    --------
    >>> digits(1632.0), digits(0.0114), digits(8.02e-6), digits(float("inf"))
    ('1600', '0.011', '8e-06', '∞')
    """
    return f"{float(f'{value:.2g}'):g}".replace("inf", "∞")


# -- comparisons, by study ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """One comparison: of what, how it came out, and the numbers, as the factor by which the error fell."""

    label: str
    outcome: str
    numbers: str


def judged(name: str, better: bool, worse: bool, numbers: str) -> Evidence:
    """A comparison of which it is known whether it came out better or worse."""
    return Evidence(label(name), "better" if better else "worse" if worse else "level", numbers)


def compared(name: str, new: Row, old: Row) -> Evidence:
    """Two rows of errors by the rule above; the factor is old / new of the medians.

    Examples
    --------
    >>> from .table import Key
    >>> key = Key(1, "sin x", "H1", "seconds", 0.5, "L2")
    >>> compared("sin x", Row(key, 1.0, 1.5, 2.0, 20), Row(key, 3.0, 4.5, 5.0, 20))
    Evidence(label='sin x', outcome='better', numbers='×3')
    """
    better = new.median < old.low and new.high < old.median
    worse = old.median < new.low and old.high < new.median
    ratio = old.median / new.median if new.median else float("inf")
    return judged(name, better, worse, f"×{digits(ratio)}")


def verdict(evidence: Sequence[Evidence]) -> str:
    """What a set of comparisons says of a claim: "holds", "holds when" or "does not hold".

    Examples
    --------
    >>> verdict([Evidence("sin x", "better", "×2"), Evidence("exp(−x)", "level", "×1")])
    'holds when'
    """
    better, worse = count(evidence, "better"), count(evidence, "worse")
    if better == len(evidence):
        return "holds"
    return "holds when" if better > worse else "does not hold"


def count(evidence: Iterable[Evidence], word: str) -> int:
    """How many comparisons came out so."""
    return sum(e.outcome == word for e in evidence)


def least(rows: Iterable[Row]) -> Row:
    """The row with the least median."""
    return min(rows, key=lambda row: row.median)


def baseline(table: Table, study: int, case: str, axis: str, quantity: str) -> Row:
    """The better of L² and L¹ by its median."""
    return least(table.last(study, case, arm, axis, quantity) for arm in ("L2", "L1"))


def convergence(
    table: Table,
    *quantities: str,
    axes: Sequence[str] = ("seconds",),
    cases: Sequence[str] = CONVERGENCE,
) -> list[Evidence]:
    """Study 1: H¹ against the baseline at the end of a budget."""
    return [
        compared(
            f"{case}, equal {AXES[axis]}, {quantity} error",
            table.last(1, case, "H1", axis, quantity),
            baseline(table, 1, case, axis, quantity),
        )
        for case in cases
        for quantity in quantities
        for axis in axes
    ]


def both_budgets(table: Table, cases: Sequence[str] = CONVERGENCE) -> list[Evidence]:
    """Study 1, the L² error by time and by operations."""
    return convergence(table, "L2", axes=tuple(AXES), cases=cases)


def missed_derivative(table: Table) -> list[Evidence]:
    """Study 1: whether value losses miss the derivative, an H¹ error above a tenth of u ≡ 0's."""
    found = []
    for case in CONVERGENCE:
        row = baseline(table, 1, case, "seconds", "H1")
        f, interval = TARGETS[case.split(", ")[0]]
        size = Truth(f, [interval]).size()["H1"]
        missed = row.low > 0.1 * size
        share = f"{100 * row.median / size:.2g} % of u ≡ 0's"
        found.append(judged(case, missed, not missed, share))
    return found


def convex_gain(table: Table) -> list[Evidence]:
    """Study 1: whether H¹ gains more on the convex exp(−x) than on sin x."""
    found = []
    for method in METHODS:
        sine, exponential = (
            baseline(table, 1, case, "seconds", "L2").median
            / table.last(1, case, "H1", "seconds", "L2").median
            for case in (f"sin x, {method}", f"exp(-x), {method}")
        )
        name = f"{method}, the gain in the L2 error on exp(-x) against that on sin x"
        better, worse = exponential > SPREAD * sine, sine > SPREAD * exponential
        found.append(judged(name, better, worse, f"×{exponential:.2g} against ×{sine:.2g}"))
    return found


def optimiser(table: Table) -> list[Evidence]:
    """Study 1: H¹ by Adam against plain L² by L-BFGS: the loss or the optimiser."""
    return [
        compared(
            f"{target}, H1 by adam against L2 by L-BFGS-B, {quantity} error",
            table.last(1, f"{target}, adam", "H1", "seconds", quantity),
            table.last(1, f"{target}, L-BFGS-B", "L2", "seconds", quantity),
        )
        for target in ("sin x", "exp(-x)")
        for quantity in ("L2", "H1")
    ]


def few_points(table: Table, equal: bool = True) -> list[Evidence]:
    """Study 2: N points with gradients against N(1 + d) values, or against N where not `equal`."""
    found = []
    for case, (key, _, counts, _) in FEW.items():
        times = 1 + FUNCTIONS[key].d
        arms = f"H1, {times}N numbers", f"L2, {times}N numbers" if equal else "L2, N numbers"
        for n in counts:
            new, old = (table.at(2, case, arm, "points", n, "L2") for arm in arms)
            found.append(compared(f"{case}, N = {n}", new, old))
    return found


def divergence(table: Table, case: str) -> Evidence:
    """Study 3: diverged runs over all rates, H¹ against L²."""
    curves = (table.curve(3, case, arm, "rate", "diverged") for arm in ("H1", "L2"))
    new, old = (sum(row.median for row in rows) / len(rows) for rows in curves)
    name, numbers = "diverged over all rates", f"{100 * new:.0f} % against {100 * old:.0f} %"
    return judged(f"{case}, {name}", new < old - SHARE, new > old + SHARE, numbers)


def scatter(table: Table, case: str) -> Evidence:
    """Study 3: the spread over seeds at the best rate, H¹ against L²."""
    rows = (table.best(3, case, arm, "rate", "L2") for arm in ("H1", "L2"))
    new, old = (row.high / row.low for row in rows)
    name, numbers = "upper over lower quartile at the best rate", f"{new:.2g} against {old:.2g}"
    return judged(f"{case}, {name}", SPREAD * new < old, new > SPREAD * old, numbers)


def stability(table: Table) -> list[Evidence]:
    """Study 3: both comparisons, case by case."""
    return [of(table, case) for case in STABILITY for of in (divergence, scatter)]


def frequencies(table: Table, arm: str = "H1") -> list[Evidence]:
    """Study 4: sin 6x, by each method."""
    return [
        compared(
            f"{case}, L2 error",
            table.last(4, case, arm, "seconds", "L2"),
            baseline(table, 4, case, "seconds", "L2"),
        )
        for case in (f"sin 6x, {method}" for method in METHODS)
    ]


def noise(table: Table, at_best: bool) -> list[Evidence]:
    """Study 5: λ = (τ/τ′)², or λ = 1, against λ = 0: no slopes."""
    found = []
    for model in MODELS:
        for ratio in RATIOS:
            new, old = (
                table.at(5, noise_case(model, ratio), "H1", "weight", weight, "L2")
                for weight in (ratio**-2 if at_best else 1.0, 0.0)
            )
            found.append(compared(f"{model}, τ′ = {ratio:g} τ", new, old))
    return found


def last_loss(table: Table, arm: str) -> Row:
    """Study 6: a network's loss at the last epoch."""
    return table.last(6, "Table 1", arm, "epoch", "loss")


def smooth(table: Table) -> list[Evidence]:
    """Study 6: tanh against ReLU, the loss at the last epoch."""
    return [
        compared(arm, last_loss(table, arm), last_loss(table, arm.replace("tanh", "relu")))
        for arm in NETWORKS
        if arm.startswith("tanh")
    ]


def paper_is_at_its_best(table: Table) -> list[Evidence]:
    """Study 6: whether Table 1's last loss is the least that a network of its kind reaches."""
    found = []
    for arm in NETWORKS:
        if arm.startswith("tanh, two layers"):
            row = last_loss(table, arm)
            lower = row.high < TABLE_1[-1]
            name = f"the last loss of Table 1 against that of {arm}"
            numbers = f"{TABLE_1[-1]:.2g} against {row.median:.2g}"
            found.append(judged(name, not lower, lower, numbers))
    return found


def schedules(table: Table) -> list[Evidence]:
    """Study 7: each schedule of falling order against the best single loss."""
    found = []
    for method in METHODS:
        rows = {arm: table.last(7, method, arm, "end", "L2") for arm in SCHEDULES}
        single = least(rows[arm] for arm in SINGLE)
        for arm, names in SCHEDULES.items():
            if len(names) > 1:
                found.append(compared(f"{method}, {' then '.join(names)}", rows[arm], single))
    return found


# -- findings -----------------------------------------------------------------------------------------


def findings(table: Table) -> Iterator[str]:
    """What came out, in sentences: those whose condition a table meets, with its numbers.

    The words were written once the numbers were there; a test holds every one of them to the saved table.
    """
    fast = both_budgets(table)
    at_end = {
        arm: [table.last(1, case, arm, "seconds", "L2") for case in CONVERGENCE]
        for arm in ("L1", "L2", "H1")
    }
    mae_is_worst = all(
        mae.low > max(mse.high, new.high)
        for mae, mse, new in zip(at_end["L1"], at_end["L2"], at_end["H1"])
    )
    if count(fast, "better") > len(fast) / 2 and not count(fast, "worse") and mae_is_worst:
        yield (
            "**Faster, mostly.** At equal CPU time, and at equal operations, H¹ ends with a smaller L² "
            f"error than L² and L¹ do, by {factors(fast)}, in {count(fast, 'better')} of {len(fast)} "
            "comparisons, though L² is what MSE minimises. In none is it worse. MAE is worst everywhere."
        )

    fair, more = few_points(table), few_points(table, equal=False)
    if not count(fair, "better") and count(more, "better"):
        yield (
            "**Not better from fewer labels.** N points with gradients beat N points with values in "
            f"{count(more, 'better')} of {len(fair)} comparisons, but N(1 + d) values, which are as many "
            f"numbers, in none; in {count(fair, 'worse')} they do worse. What helps is the number of "
            "labels."
        )

    if all(divergence(table, case).outcome == "level" for case in STABILITY):
        yield (
            "**Not more stable.** Over the same learning rates as many runs diverge with H¹ as with L², "
            f"within {100 * SHARE:.0f} % of them."
        )

    paper, balanced = frequencies(table), frequencies(table, BALANCED)
    if not count(paper, "better"):
        yield (
            "**High frequencies want a λ of their own.** On sin 6x, with L² for comparison, H¹ at λ = 1 "
            f"changes the L² error by {paper[0].numbers} with Adam and {paper[1].numbers} with L-BFGS; "
            f"balanced, at λ = 1/36, by {balanced[0].numbers} and {balanced[1].numbers}. (Above 1 is "
            "better.)"
        )

    best, one = noise(table, at_best=True), noise(table, at_best=False)
    if not count(best, "worse") and count(best, "better") > count(one, "better"):
        yield (
            "**Noise decides λ.** With λ = (τ/τ′)² noisy slopes are never worse than none, and better in "
            f"{count(best, 'better')} of {len(best)} comparisons; with the paper's λ = 1 in "
            f"{count(one, 'better')}."
        )

    nearest = least(table.last(6, "Table 1", arm, "end", "distance") for arm in NETWORKS).key.arm
    lower = smooth(table)
    if nearest.startswith("relu, two layers") and verdict(lower) == "holds":
        yield (
            f"**Table 1 looks like a ReLU network.** Of {len(NETWORKS)} networks the one nearest to its "
            f"losses is {nearest}; the smooth ones end lower, by {factors(lower)}. Theorem 2 is false for "
            "ReLU."
        )

    falling = schedules(table)
    singles = [[table.last(7, method, arm, "end", "L2") for arm in SINGLE] for method in METHODS]
    if not count(falling, "better") and all(least(rows).key.arm == "H2" for rows in singles):
        yield (
            f"**Dropping the highest order gains nothing that is sure.** None of {len(falling)} schedules "
            "beats the best single loss, which is H² in both cases."
        )


def factors(evidence: Iterable[Evidence]) -> str:
    """The least and the greatest factor of those that came out better.

    Examples
    --------
    >>> factors([Evidence("a", "better", "×3.4"), Evidence("b", "better", "×12")])
    '×3.4 to ×12'
    """
    found = [e.numbers for e in evidence if e.outcome == "better"]
    found.sort(key=lambda factor: float(factor[1:].replace("∞", "inf")))
    return f"{found[0]} to {found[-1]}"


# -- the paper's sentences ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """A question or a sentence of the paper, what is asked of the numbers, and what answers it.

    Where a sentence says several things, `asks` says which of them is put to the test, and how.
    """

    words: str
    asks: str
    evidence: Callable[[Table], list[Evidence]]


QUESTIONS: dict[int, Claim] = {
    1: Claim("Faster convergence?", "the L² error of H¹ at the end of either budget", both_budgets),
    2: Claim(
        "Better generalisation from few points?",
        "the L² error of H¹ on N points with gradients, against L² on N(1 + d) points with values",
        few_points,
    ),
    3: Claim(
        "More stable?",
        "diverged runs of H¹ over all rates, and the spread over seeds at the best rate, against L²",
        stability,
    ),
    4: Claim("High frequencies?", "the L² error of H¹ on sin 6x", frequencies),
    5: Claim(
        "Noisy derivatives?",
        "the L² error with slopes at λ = 1 against λ = 0, which is no slopes",
        lambda t: noise(t, at_best=False),
    ),
    6: Claim(
        "Smooth activations against ReLU?",
        "the mean Sobolev loss of tanh after the paper's 5000 epochs, against ReLU",
        smooth,
    ),
    7: Claim(
        "All orders first, then the highest dropped?",
        "the L² error of a schedule against the best single loss for the whole time",
        schedules,
    ),
}

ABSTRACT = (
    Claim(
        "However, they often fail to capture the smoothness and derivative information critical for "
        "accurate function approximation",
        "whether the better of L² and L¹ leaves an H¹ error above a tenth of that of u ≡ 0",
        missed_derivative,
    ),
    Claim(
        "This not only ensures better function value approximations",
        "the L² and sup errors of H¹ at equal time",
        lambda t: convergence(t, "L2", "sup"),
    ),
    Claim(
        "but also promotes smoother and more accurate representations of the underlying function",
        "the H¹ and H² errors of H¹ at equal time",
        lambda t: convergence(t, "H1", "H2"),
    ),
    Claim(
        "the benefits of using Sobolev loss in terms of improved generalization, stability, and "
        "performance",
        "studies 2, 3 and 1 together",
        lambda t: few_points(t) + stability(t) + both_budgets(t),
    ),
    Claim(
        "Sobolev loss enables the network to learn both the function values and their derivatives, "
        "resulting in a more accurate and smooth approximation compared to traditional loss functions",
        "the L² and H¹ errors of H¹ at equal time",
        lambda t: convergence(t, "L2", "H1"),
    ),
    Claim(
        "Sobolev loss provides a powerful tool for enhancing the quality of neural network "
        "approximations, making it particularly valuable for applications requiring smooth and accurate "
        "function representations",
        "harder applications: sin 6x, and noisy slopes at the paper's λ = 1",
        lambda t: frequencies(t) + noise(t, at_best=False),
    ),
)

CONCLUSION = (
    Claim(
        "a powerful and advanced optimization technique, particularly well-suited for approximating "
        "convex and smooth functions",
        "whether the gain of H¹ is larger on the convex exp(−x) than on sin x",
        convex_gain,
    ),
    Claim(
        "enforces consistency not only in function approximation but also in its gradient behavior",
        "the H¹ error of H¹ at equal time",
        lambda t: convergence(t, "H1"),
    ),
    Claim(
        "This dual focus enables models to learn more robust representations",
        "noisy slopes at λ = (τ/τ′)², and the stability of study 3",
        lambda t: noise(t, at_best=True) + stability(t),
    ),
    Claim(
        "ensures faster convergence and more accurate approximations, especially for well-behaved convex "
        "functions",
        "the L² error of H¹ at the end of either budget, exp(−x) only",
        lambda t: both_budgets(t, cases=CONVERGENCE[2:]),
    ),
    Claim(
        "helps in reducing the overall error, aligning the model outputs closely with both the function "
        "and its derivative",
        "the sup and H¹ errors of H¹ at equal time",
        lambda t: convergence(t, "sup", "H1"),
    ),
    Claim(
        "This results in superior performance over traditional loss functions, which typically focus only "
        "on function values",
        "the L² error of H¹ at equal time, and at equal data",
        lambda t: convergence(t, "L2") + few_points(t),
    ),
    Claim(
        "demonstrates strong convergence properties, especially when applied to smooth, convex functions "
        "such as e−x and sin(x)",
        "the loss or the optimiser: H¹ by Adam against plain L² by L-BFGS (and sin is not convex)",
        optimiser,
    ),
    Claim(
        "converges efficiently toward the true solution, ensuring that both the function and its "
        "derivatives are accurately captured",
        "whether Table 1 ends as low as a smooth network of two layers of 50 in as many epochs",
        paper_is_at_its_best,
    ),
    Claim(
        "particularly advantageous in scenarios where the smoothness of the function and its derivatives "
        "is important",
        "the H² error of H¹ at equal time",
        lambda t: convergence(t, "H2"),
    ),
    Claim(
        "leverages additional information about the function’s behavior, leading to better "
        "generalization, stability, and overall performance in specific tasks",
        "the same number of points, so more data: N points with gradients against N with values",
        lambda t: few_points(t, equal=False),
    ),
    Claim(
        "These results are both expected and valid for smooth, well-behaved functions when appropriate "
        "modeling techniques are employed",
        "smooth activations against ReLU, which Table 1 fits best",
        smooth,
    ),
    Claim(
        "incorporating advanced optimization techniques and novel regularization strategies, resulting in "
        "enhanced generalization and stability",
        "generalisation and stability alone (the paper defines no regularisation but λ)",
        lambda t: few_points(t) + stability(t),
    ),
)
