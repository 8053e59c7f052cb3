"""What a wrong answer looks like: a known mistake that gives the same numbers.

A mistake is named where it alone gives, in every generic case, what the function gives; mistakes that give
the same in all of them are named together. Where none does, it is looked for in some layers alone, and then
two are tried at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .._typing import Array
from .cases import Case, decimals
from .equations import Method
from .mistakes import Mistake
from .mistakes_in_jets import CHAINS, JETS, SLOPES, TRANSPOSES
from .mistakes_in_losses import LOSSES
from .mistakes_in_networks import NETWORKS
from .mistakes_in_rules import RULE_MISTAKES
from .mistakes_in_steps import STEPS
from .running import RTOL, SINGLE, Outcome, answer, fault_of, run, same
from .tasks import Sizes, Task

LAYERS: dict[str, Callable[[int, int], bool]] = {
    "the last layer": lambda n, depth: n == depth - 1,
    "the first layer": lambda n, depth: n == 0,
    "the hidden layers": lambda n, depth: n < depth - 1,
    "the layers after the first": lambda n, depth: n > 0,
}
IN_A_LAYER = {"times", "chain", "slope", "values", "activate", "transpose", "through"}
IN_A_LAYER |= {"affine", "W_bar", "b_bar", "a_bar"}
NEAR = {  # of which tables two at once are tried
    "check_backward": (*NETWORKS, *TRANSPOSES),
    "check_forward": (*NETWORKS, *CHAINS, *SLOPES),
    "check_loss": LOSSES,
    "check_gradient": LOSSES,
}
MISTAKES = (*JETS, *NETWORKS, *LOSSES, *STEPS, *RULE_MISTAKES)


@dataclass(frozen=True)
class Trial:
    """A case, what is right, what the function did, whether all is right, and whether the numbers are."""

    case: Case
    expected: tuple[Array, ...]
    outcome: Outcome
    right: bool
    exact: bool

    @property
    def pairs(self) -> list[tuple[Array, Array]]:
        """What came and what is right, part by part; none where nothing can be compared."""
        return list(zip(self.outcome.values or (), self.expected))


def trial(fn: Callable[..., Any], task: Task, case: Case) -> Trial:
    """Run a function on a case."""
    expected = answer(task, case)
    outcome = run(fn, task, case)
    fault = fault_of(outcome, task, case, expected)
    exact = fault is None or fault.text == outcome.remark
    return Trial(case, expected, outcome, fault is None, exact)


def built(task: Task, sizes: Sizes, seed: int) -> Case:
    """A case of these sizes, of numbers from a seed."""
    return task.build(decimals(seed), **sizes)


def numbers_of(task: Task, case: Case, mistake: Mistake) -> tuple[Array, ...] | None:
    """What an implementation with that mistake returns, or None where it fails."""
    try:
        return answer(task, case, mistake)
    except Exception:  # a matrix that is not square was transposed, say
        return None


def same_as(task: Task, mistake: Mistake, t: Trial) -> bool:
    """Whether a mistake gives in a trial what the function gave, be it an error in both."""
    computed = numbers_of(task, t.case, mistake)
    if computed is None or t.outcome.values is None:
        return computed is None and t.outcome.error is not None
    rtol = SINGLE if t.outcome.single else RTOL
    return same(task, t.case, t.outcome.values, computed, rtol)


def reproduces(task: Task, mistake: Mistake, trials: Sequence[Trial]) -> bool:
    """Whether a mistake gives in every trial what the function gave, wrong numbers in one at least."""
    wrong_numbers = any(not t.exact and t.outcome.values is not None for t in trials)
    return wrong_numbers and all(same_as(task, mistake, t) for t in trials)


def matters(task: Task, mistake: Mistake, t: Trial) -> bool:
    """Whether a mistake changes the answer to a case."""
    computed = numbers_of(task, t.case, mistake)
    return computed is None or not same(task, t.case, computed, t.expected, RTOL)


def at_work(task: Task, case: Case) -> set[str]:
    """The names of the functions of `Method` that the answer to a case calls."""
    names = set()

    class Watched(Method):
        """A `Method` that writes down what is asked of it."""

        def __getattribute__(self, name: str) -> Any:
            names.add(name)
            return super().__getattribute__(name)

    task.answer(Watched(task.activation), case)
    return names


def recognised(task: Task, trials: Sequence[Trial], corners: Sequence[Trial]) -> list[Mistake]:
    """The mistakes that give what the function gives.

    They do in every trial and corner; or else in every trial; or else in those where it returned something.
    """
    used = at_work(task, trials[1].case)
    table = [
        m
        for m in MISTAKES
        if task.check in (m.only_in or (task.check,)) and used & {name for name, _ in m.changes}
    ]
    returned = [t for t in trials if t.outcome.values is not None]
    for some in ([*trials, *corners], trials, returned):
        found = [m for m in table if reproduces(task, m, some)]
        if found or all(t.exact for t in trials):
            return found
    if "widths" in trials[0].case:
        found = in_some_layers(task, [*JETS, *NETWORKS], [*trials, *corners])
        if found:
            return found
    return two_at_once(task, table, [*trials, *corners])


def two_at_once(task: Task, table: Sequence[Mistake], trials: Sequence[Trial]) -> list[Mistake]:
    """Two mistakes of those that are nearest to the task, in different functions of `Method`."""
    near = NEAR.get(task.check, MISTAKES)
    known = [m for m in table if m in near and matters(task, m, trials[1])]
    smallest = min(trials, key=lambda t: sum(part.size for part in t.expected))
    pairs = [
        first.with_another(second)
        for first, second in combinations(known, 2)
        if not {name for name, _ in first.changes} & {name for name, _ in second.changes}
    ]
    likely = [pair for pair in pairs if same_as(task, pair, smallest)]
    return [pair for pair in likely if reproduces(task, pair, trials)][:2]


def in_some_layers(task: Task, table: Sequence[Mistake], trials: Sequence[Trial]) -> list[Mistake]:
    """The mistakes that are made in some layers and not in others."""
    for where, here in LAYERS.items():
        found = [
            m.in_layers(where, here)
            for m in table
            if IN_A_LAYER.issuperset(name for name, _ in m.changes)
            and reproduces(task, m.in_layers(where, here), trials)
        ]
        if found:
            return found
    return []
