"""The sentences of the paper's abstract and conclusion that claim something, each with its evidence.

The words in quotation marks are the paper's; where a sentence says several things, `asks` says which of
them is put to the test, and how. The verdict is not written here: `claims_evidence.verdict` finds it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from . import evidence
from .evidence import Evidence
from .table import Table

Gather = Callable[[Table], list[Evidence]]


@dataclass(frozen=True)
class Claim:
    """A question or a sentence, what is asked of the numbers, and the comparisons that answer it."""

    words: str
    asks: str
    gathers: tuple[Gather, ...]

    def evidence(self, table: Table) -> list[Evidence]:
        """All comparisons, in order."""
        return [e for gather in self.gathers for e in gather(table)]


def _first(**options: Sequence[str] | str) -> Gather:
    return partial(evidence.convergence, **options)  # type: ignore[arg-type]


VALUES = _first(quantities=("L2", "sup"))
SMOOTH = _first(quantities=("H1", "H2"))
BOTH = _first(quantities=("L2", "H1"))
FAST = _first(axes=("seconds", "operations"))
AT_ONE, AT_BEST = partial(evidence.noise, at_best=False), partial(evidence.noise, at_best=True)

QUESTIONS: dict[int, Claim] = {
    1: Claim("Faster convergence?", "the L² error of H¹ at the end of either budget", (FAST,)),
    2: Claim(
        "Better generalisation from few points?",
        "the L² error of H¹ on N points with gradients, against L² on N(1 + d) points with values",
        (evidence.few_points,),
    ),
    3: Claim(
        "More stable?",
        "diverged runs of H¹ over all rates, and the spread over seeds at the best rate, against L²",
        (evidence.stability,),
    ),
    4: Claim("High frequencies?", "the L² error of H¹ on sin 6x", (evidence.frequencies,)),
    5: Claim(
        "Noisy derivatives?",
        "the L² error with slopes at λ = 1 against λ = 0, which is no slopes",
        (AT_ONE,),
    ),
    6: Claim(
        "Smooth activations against ReLU?",
        "the mean Sobolev loss of tanh after the paper's 5000 epochs, against ReLU",
        (evidence.smooth,),
    ),
    7: Claim(
        "All orders first, then the highest dropped?",
        "the L² error of a schedule against the best single loss for the whole time",
        (evidence.schedules,),
    ),
}

ABSTRACT = (
    Claim(
        "However, they often fail to capture the smoothness and derivative information critical for "
        "accurate function approximation",
        "whether the better of L² and L¹ leaves an H¹ error above a tenth of that of u ≡ 0",
        (evidence.missed_derivative,),
    ),
    Claim(
        "This not only ensures better function value approximations",
        "the L² and sup errors of H¹ at equal time",
        (VALUES,),
    ),
    Claim(
        "but also promotes smoother and more accurate representations of the underlying function",
        "the H¹ and H² errors of H¹ at equal time",
        (SMOOTH,),
    ),
    Claim(
        "the benefits of using Sobolev loss in terms of improved generalization, stability, and "
        "performance",
        "studies 2, 3 and 1 together",
        (evidence.few_points, evidence.stability, FAST),
    ),
    Claim(
        "Sobolev loss enables the network to learn both the function values and their derivatives, "
        "resulting in a more accurate and smooth approximation compared to traditional loss functions",
        "the L² and H¹ errors of H¹ at equal time",
        (BOTH,),
    ),
    Claim(
        "Sobolev loss provides a powerful tool for enhancing the quality of neural network "
        "approximations, making it particularly valuable for applications requiring smooth and accurate "
        "function representations",
        "harder applications: sin 6x, and noisy slopes at the paper's λ = 1",
        (evidence.frequencies, AT_ONE),
    ),
)

CONCLUSION = (
    Claim(
        "a powerful and advanced optimization technique, particularly well-suited for approximating "
        "convex and smooth functions",
        "whether the gain of H¹ is larger on the convex exp(−x) than on sin x",
        (evidence.convex_gain,),
    ),
    Claim(
        "enforces consistency not only in function approximation but also in its gradient behavior",
        "the H¹ error of H¹ at equal time",
        (_first(quantities=("H1",)),),
    ),
    Claim(
        "This dual focus enables models to learn more robust representations",
        "noisy slopes at λ = (τ/τ′)², and the stability of study 3",
        (AT_BEST, evidence.stability),
    ),
    Claim(
        "ensures faster convergence and more accurate approximations, especially for well-behaved convex "
        "functions",
        "the L² error of H¹ at the end of either budget, exp(−x) only",
        (_first(axes=("seconds", "operations"), cases=evidence.CASES[2:]),),
    ),
    Claim(
        "helps in reducing the overall error, aligning the model outputs closely with both the function "
        "and its derivative",
        "the sup and H¹ errors of H¹ at equal time",
        (_first(quantities=("sup", "H1")),),
    ),
    Claim(
        "This results in superior performance over traditional loss functions, which typically focus only "
        "on function values",
        "the L² error of H¹ at equal time, and at equal data",
        (_first(), evidence.few_points),
    ),
    Claim(
        "demonstrates strong convergence properties, especially when applied to smooth, convex functions "
        "such as e−x and sin(x)",
        "the loss or the optimiser: H¹ by Adam against plain L² by L-BFGS (and sin is not convex)",
        (evidence.optimiser,),
    ),
    Claim(
        "converges efficiently toward the true solution, ensuring that both the function and its "
        "derivatives are accurately captured",
        "whether Table 1 ends as low as a smooth network of two layers of 50 in as many epochs",
        (evidence.paper_is_at_its_best,),
    ),
    Claim(
        "particularly advantageous in scenarios where the smoothness of the function and its derivatives "
        "is important",
        "the H² error of H¹ at equal time",
        (_first(quantities=("H2",)),),
    ),
    Claim(
        "leverages additional information about the function’s behavior, leading to better "
        "generalization, stability, and overall performance in specific tasks",
        "the same number of points, so more data: N points with gradients against N with values",
        (partial(evidence.few_points, equal=False),),
    ),
    Claim(
        "These results are both expected and valid for smooth, well-behaved functions when appropriate "
        "modeling techniques are employed",
        "smooth activations against ReLU, which Table 1 fits best",
        (evidence.smooth,),
    ),
    Claim(
        "incorporating advanced optimization techniques and novel regularization strategies, resulting in "
        "enhanced generalization and stability",
        "generalisation and stability alone (the paper defines no regularisation but λ)",
        (evidence.few_points, evidence.stability),
    ),
)
