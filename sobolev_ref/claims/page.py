"""`docs/claims.md`, written from the table: fixed prose about the method, everything else from the rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from textwrap import fill

from .figures import DRAWN
from .run import ERRORS, LOSSES
from .studies import CONVERGENCE, METHODS, NETWORKS, RATES, SCHEDULES, STABILITY
from .table import Row, Table
from .verdicts import (
    ABSTRACT,
    CONCLUSION,
    QUESTIONS,
    Claim,
    Evidence,
    digits,
    findings,
    label,
    last_loss,
    verdict,
)

INTRODUCTION = """# The paper's claims, tested

The abstract and the conclusion promise faster convergence, better generalisation and stability, and
compare with nothing. Here is the comparison: L² (MSE), L¹ (MAE), H¹ (Definition 4, λ = 1) and H² (with
second derivatives as well) on equal budgets, over {seeds} seeds. All of it is made by

    python -m sobolev_ref claims                                  # all: about 25 minutes of one core
    python -m sobolev_ref claims --study 3                        # one study anew, the others kept
    python -m sobolev_ref claims --quick --out some/folder     # a fiftieth of the budget, 2 seeds

which writes this page, its figures and their numbers, [claims.csv](claims.csv). Negative results are results.

## What came out

{findings}

## How it was measured

- **Errors** are those against the true function, in four norms, by quadrature finer than training's (400
  Gauss nodes for 64, a grid of 2001 points for sup): root mean squares over Ω, never the training loss.
- **Equal time** is CPU time of the process, 0.2 s a run unless said otherwise, with one thread; looking at
  the errors is not counted. CPU time because the machine is shared, so that its wall clock measures other
  users as well. It is still one machine and this implementation, and varies from run to run.
- **Equal operations** counts instead: a forward and backward pass of order 0 over one node is 1, of order k
  in d variables C(d+k, k), the rows of its matrix products. So a step of H¹ counts as 2 steps of L², one of
  H² as 3, for d = 1. Small networks spend much of their time on what is not counted, so that equal time
  is kinder to the higher orders than equal operations.
- **Settings.** For a seed every loss starts at the same θ, on the same nodes. Adam has a constant rate: for
  each loss and target one whose median L² error in study 3, on other seeds, is least or nearly so. L-BFGS
  needs none. The network is (1, 20, 20, 1) with tanh, on 64 Gauss nodes, unless said otherwise.
- **Verdicts** follow a rule. New is *better* than old if its median is below old's lower quartile and its
  upper quartile below old's median, which speaks *for* a claim; worse is the same the other way round, and
  speaks *against it*; anything else is *even*. Old is the better of L² and L¹, unless said otherwise. A claim
  **holds** if all of its comparisons are for it, **holds when** … if some are and fewer are against it, and
  otherwise **does not hold**. ×2 means half the error.
"""


VERDICTS = {
    "holds": "Holds.",
    "holds when": "Holds when … (the cases for it).",
    "does not hold": "Does not hold.",
}


def spread(row: Row) -> str:
    """Median and quartiles.

    Examples
    --------
    >>> from .table import Key
    >>> spread(Row(Key(1, "sin x", "L2", "seconds", 0.5, "L2"), 0.01, 0.025, float("inf"), 20))
    '0.025 (0.01–∞)'
    """
    return f"{digits(row.median)} ({digits(row.low)}–{digits(row.high)})"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def wrapped(text: str, hanging: str = "") -> str:
    """A paragraph in lines of at most 106 characters."""
    lines = fill(
        text.replace(" %", "\u00a0%"),  # not to be torn apart
        106,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace("\u00a0", " ")


def grouped(evidence: Sequence[Evidence]) -> str:
    """Labels that share all but their last part, together.

    Examples
    --------
    >>> grouped([Evidence("sin x, L² error", "level", "×1"), Evidence("sin x, sup error", "level", "×2")])
    'sin x: L² error (×1), sup error (×2)'
    """
    groups: dict[str, list[str]] = {}
    for e in evidence:
        head, _, tail = e.label.rpartition(", ")
        groups.setdefault(head, []).append(f"{tail} ({e.numbers})")
    return "; ".join(
        f"{head}: {', '.join(tails)}" if head else ", ".join(tails)
        for head, tails in groups.items()
    )


def answer(claim: Claim, table: Table) -> str:
    """What was asked, the verdict, and below it the comparisons by how they came out."""
    evidence = claim.evidence(table)
    lines = []
    for outcome, word in (("better", "for it"), ("level", "even"), ("worse", "against it")):
        found = [e for e in evidence if e.outcome == outcome]
        if found:
            text = f"- {word}, {len(found)} of {len(evidence)}: {grouped(found)}."
            lines.append(wrapped(text, "  "))
    words = VERDICTS[verdict(evidence)]
    return "\n".join([wrapped(f"**{words}** Asked: {claim.asks}."), "", *lines])


def errors_table(
    table: Table, study: int, cases: Iterable[str], arms: Iterable[str], axis: str, head: str
) -> str:
    """All four errors at the end, for every arm of every case."""
    rows = [
        [label(case), label(arm), *(spread(table.last(study, case, arm, axis, e)) for e in ERRORS)]
        for case in cases
        for arm in arms
    ]
    return markdown_table(["", head, *(f"{label(e)} error" for e in ERRORS)], rows)


def rates_table(table: Table) -> str:
    """Study 3: the best rate of every loss, and how many runs diverge where."""
    rows = []
    for case in STABILITY:
        for arm in LOSSES:
            best = table.best(3, case, arm, "rate", "L2")
            shares = table.curve(3, case, arm, "rate", "diverged")
            gone = "/".join(f"{100 * row.median:.0f}" for row in shares)
            rows.append([label(case), label(arm), digits(best.key.at), spread(best), gone])
    powers = ", ".join(digits(rate) for rate in RATES)
    head = ["", "loss", "best rate", "L² error there", "diverged, %"]
    return f"{markdown_table(head, rows)}\n\nDiverged at the rates {powers}, in this order."


def networks_table(table: Table) -> str:
    """Study 6: how far each network is from Table 1, the nearest first."""
    rows = []
    for arm in NETWORKS:
        distance, *others = (
            table.last(6, "Table 1", arm, "end", q) for q in ("distance", "L2", "H1", "seconds")
        )
        ends = [digits(row.median) for row in others]
        rows.append([arm, spread(distance), spread(last_loss(table, arm)), *ends])
    rows.sort(key=lambda cells: float(cells[1].split(" ")[0]))
    head = ["network", "distance, decades", "last loss", "L² error", "H¹ error", "CPU s"]
    return markdown_table(head, rows)


# what was done in each study, and a table of its numbers where the figure is not enough
METHOD: Mapping[int, tuple[str, Callable[[Table], str] | None]] = {
    1: (
        "The paper's two targets, each loss by Adam and by L-BFGS.",
        lambda t: errors_table(t, 1, CONVERGENCE, LOSSES, "seconds", "loss"),
    ),
    2: (
        "Random points, training by L-BFGS. A derivative is a label like any other: N points "
        "with gradients are N(1 + d) numbers, and so many points with values are the fair baseline.",
        None,
    ),
    3: (
        "Constant rates. A run diverged if it was no longer finite, or ended with a loss above "
        "the one that it started from.",
        rates_table,
    ),
    4: (
        "sin 6x on [−π, π], 0.5 s a run. λ = 1 makes the slope's term 36 times the value's; "
        "“balanced” is "
        '`weights="balanced"`, here λ = 1/36. Below: sin x + sin 6x, and what is left of either wave.',
        None,
    ),
    5: (
        "One random point of sin x in each of 40 equal parts, values with noise τ = 0.05, slopes "
        "with noise τ′. The polynomial is linear in θ and solved exactly, so Gauss and Markov's λ = "
        "(τ/τ′)², `noise_weights`, has the least variance there; the network, (1, 10, 1), is "
        "trained by L-BFGS.",
        None,
    ),
    6: (
        "Example 1 with Adam for 5000 epochs on 100 equidistant points, W and b uniform on "
        "±1/√n_in. The distance is the root mean square of log₁₀(ours/paper's) over the rows of "
        "Table 1: 0.1 is a quarter off, 2 a factor of 100. ReLU is not C^{1,1}, so Theorem 2 is "
        "false for it; its kinks are ignored here, as automatic differentiation does.",
        networks_table,
    ),
    7: (
        "Equal shares of 0.5 s, sin x; each part is a new run of its optimiser.",
        lambda t: errors_table(t, 7, METHODS, SCHEDULES, "end", "schedule"),
    ),
}


def study(number: int, table: Table) -> str:
    """The section of one study."""
    claim, (method, numbers) = QUESTIONS[number], METHOD[number]
    parts = [
        f"## ({number}) {claim.words}",
        wrapped(method),
        f"![{claim.words}](../figures/{DRAWN[number][0]})",
        answer(claim, table),
    ]
    return "\n\n".join([*parts, numbers(table)] if numbers else parts)


def sentences(claims: Sequence[Claim], table: Table) -> str:
    """Every sentence with its verdict and numbers."""
    return "\n\n".join(
        f"{wrapped(f'**({i})** “{claim.words}”')}\n\n{answer(claim, table)}"
        for i, claim in enumerate(claims, start=1)
    )


def page(table: Table) -> str:
    """The whole page.

    Raises
    ------
    KeyError
        If a study is missing.
    """
    seeds = min(row.runs for row in table.rows)
    found = "\n".join(wrapped(f"- {text}", hanging="  ") for text in findings(table))
    parts = [
        INTRODUCTION.format(seeds=seeds, findings=found).strip(),
        *(study(number, table) for number in QUESTIONS),
        "## The abstract, sentence by sentence",
        sentences(ABSTRACT, table),
        "## The conclusion, sentence by sentence",
        sentences(CONCLUSION, table),
    ]
    return "\n\n".join(parts) + "\n"
