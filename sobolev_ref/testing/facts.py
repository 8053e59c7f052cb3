"""What is right and what is wrong in an answer, in sentences, whatever the mistake is.

In which special cases the function is right; which entries are right; whether the numbers are right up to a
factor, a sign, a constant or their order; whether they are only inexact, or no numbers.
"""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from .._typing import Array
from .cases import Case, as_code
from .recognition import Trial, built, trial
from .running import RTOL, SINGLE, same, wrong
from .tasks import BLOCKS, Task

WRONG, ZERO = " (wrong)", " (zero)"  # the first by no factor
VARIANTS = range(11, 19)  # so many seeds that a mistake at z < 0 shows in a case of one number
ORDERS = [order for n in (2, 3) for order in list(permutations(range(n)))[1:]]


def facts(
    fn: Callable[..., Any], task: Task, trials: Sequence[Trial], smallest: Trial
) -> list[str]:
    """What is right and what is wrong, in sentences."""
    rare = all(t.exact for t in trials)  # so that nothing is so in every case
    for sizes in task.corners if rare else ():
        many = [name for name, size in sizes.items() if BLOCKS in np.atleast_1d(size)]
        if many and as_code(built(task, sizes, 90)) == as_code(smallest.case):
            what = "a layer of" if many == ["hidden"] else f"{many[0]} ="
            return [
                f"It is right in every smaller case, and wrong with {what} {BLOCKS}: a loop over blocks may "
                "leave the last ones out."
            ]
    failed = [t for t in (*trials, smallest) if not t.exact and t.outcome.values is not None]
    compared = [t for t in failed if comparable(t)]
    found = axes(failed)
    if compared and not found:
        of_all = []
        if not rare:
            of_all = [*exchanged_parts(task, compared), *factors(task, compared), *orders(compared)]
            of_all += shifted(task, compared)
            found += [*of_all, *first_steps(task, compared)]
        found += sizes_of_errors(compared)
        found += [] if of_all else right_entries(task, compared)
    return found + right_variants(fn, task) if failed else []


def axes(trials: Sequence[Trial]) -> list[str]:
    """Whether the axes of an array stand in another order."""
    for order in ORDERS:
        if trials and all(
            exact.ndim == len(order)
            and got.shape == exact.transpose(order).shape
            and not wrong(got, exact.transpose(order), RTOL).any()
            for t in trials
            for got, exact in t.pairs
        ):
            return [f"The numbers are right, but the axes stand in the order {order}."]
    return []


def exchanged_parts(task: Task, trials: Sequence[Trial]) -> list[str]:
    """Whether what is returned as a tuple stands in another order."""
    if len(task.parts) > 1 and all(
        same(task, t.case, (t.outcome.values or ())[::-1], t.expected, RTOL) for t in trials
    ):
        return [f"The tuple is in the other order: it is ({', '.join(task.parts)})."]
    return []


def shifted(task: Task, trials: Sequence[Trial]) -> list[str]:
    """Whether every number is off by the same amount."""
    c = constant(np.concatenate([(g - e).ravel() for t in trials for g, e in t.pairs]))
    return [f"Every number is right but for {c:+.6g}."] if c and len(task.parts) == 1 else []


def first_steps(task: Task, trials: Sequence[Trial]) -> list[str]:
    """Whether the first step of an optimiser is right up to a factor."""
    if task.check != "check_optimizer":
        return []
    paths = [t.pairs[0] for t in trials if t.pairs]
    steps = [constant(ratio(got[1] - got[0], exact[1] - exact[0])) for got, exact in paths]
    c = constant(np.array([np.inf if step is None else step for step in steps]))
    if c is None or np.isclose(c, 1, rtol=1e-7):
        return []
    return [f"The first step is {c:.6g} times what is right." if c else "The first step is 0."]


def comparable(t: Trial) -> bool:
    """Whether the shapes are right."""
    return bool(t.pairs) and all(got.shape == exact.shape for got, exact in t.pairs)


def ratio(got: Array, expected: Array) -> Array:
    """got/expected where expected is not 0, and where it is, NaN if got is not."""
    large = np.abs(expected) > 1e-6 * np.abs(expected).max(initial=0)
    with np.errstate(all="ignore"):
        return np.where(large, got / expected, np.where(np.abs(got) < 1e-9, np.nan, np.inf))


def constant(ratios: Array) -> float | None:
    """The number that all of an array are, NaN left out; None where they are not one."""
    known = ratios[~np.isnan(ratios)]
    if not known.size or not np.isfinite(known).all():
        return None
    return float(known[0]) if np.allclose(known, known[0], rtol=1e-7, atol=0) else None


def factors(task: Task, trials: Sequence[Trial]) -> list[str]:
    """Whether a part is right up to a factor: one number, a number of the case, or one for each α."""
    found = []
    for part, name in enumerate(task.parts):
        pairs = [(*t.pairs[part], t) for t in trials if t.pairs]
        off = [(got, exact, t) for got, exact, t in pairs if wrong(got, exact, RTOL).any()]
        if not off:
            continue
        cs = [c for got, exact, _ in off if (c := constant(ratio(got, exact))) is not None]
        if len(cs) == len(off):
            found += [] if np.allclose(cs, 1, rtol=1e-4) else [_one_factor(name, cs, task, off)]
        elif task.by_alpha:
            found += _row_factors(name, task, off)
    return found


def _one_factor(name: str, cs: list[float], task: Task, off: Sequence[Any]) -> str:
    if np.allclose(cs, -1, rtol=1e-7):
        return f"{name} has the wrong sign throughout, and is right apart from that."
    if np.allclose(cs, cs[0], rtol=1e-7):
        return f"{name} is {cs[0]:.6g} times what is right, in every entry of every wrong case."
    tables = [task.quantities(t.case) for _, _, t in off]
    for quantity in tables[0]:
        values = [table[quantity] for table in tables]
        for verb, power in (("multiplied", 1), ("divided", -1)):
            for what, root in (
                (quantity, 1.0),
                (f"the square of {quantity}", 2.0),
                (f"the root of {quantity}", 0.5),
            ):
                if np.allclose(cs, np.power(values, power * root), rtol=1e-7):
                    return f"{name} is right but {verb} by {what}."
    listed = ", ".join(f"{c:.6g}" for c in cs)
    return f"{name} is right up to a factor that depends on the case: {listed}."


def _row_factors(name: str, task: Task, off: Sequence[Any]) -> list[str]:
    """Whether the rows of a jet are off by a number of α."""
    assert task.by_alpha
    tables = [task.by_alpha(t.case) for _, _, t in off]
    for quantity in tables[0]:
        for verb, power in (("multiplied", 1), ("divided", -1)):
            if all(
                not wrong(got, exact * table[quantity] ** power, RTOL).any()
                for (got, exact, _), table in zip(off, tables)
            ):
                return [f"Every row of {name} is right but {verb} by {quantity}."]
    return []


def orders(trials: Sequence[Trial]) -> list[str]:
    """Whether the numbers are right, and their order is not."""
    shuffled = all(
        not wrong(np.sort(got, axis=None), np.sort(exact, axis=None), RTOL).any()
        for t in trials
        for got, exact in t.pairs
    )
    if not shuffled:
        return []
    axes = ("α", "nodes", "components")
    for axis, name in enumerate(axes):
        if all(_permuted(t, axis) for t in trials):
            return [f"The numbers are right, but the {name} stand in another order."]
    return ["The numbers are right, but they stand in another order."]


def _permuted(t: Trial, axis: int) -> bool:
    """Whether the slices along an axis are the right ones in another order."""
    for got, exact in t.pairs:
        if exact.ndim != 3:
            return False
        slices = [np.moveaxis(a, axis, 0).reshape(a.shape[axis], -1) for a in (got, exact)]
        scale = np.abs(exact).max() or 1.0
        if not all(
            np.isclose(slices[0], row, rtol=0, atol=RTOL * scale).all(axis=1).any()
            for row in slices[1]
        ):
            return False
    return True


def sizes_of_errors(trials: Sequence[Trial]) -> list[str]:
    """Whether the numbers are nearly right, or no numbers."""
    errors, broken = [], False
    for t in trials:
        for got, exact in t.pairs:
            broken = broken or not np.isfinite(got).all()
            errors.append(np.abs(got - exact).max() / (np.abs(exact).max() or 1.0))
    if broken:
        return [
            "Some of the numbers are NaN or infinite: a division by 0, 0 to a negative power, an overflow."
        ]
    largest = max(errors)
    if largest < 1e-4:
        return [
            f"The numbers are nearly right, to {largest:.0e} of their size: that is how finite "
            f"differences, single "
            "precision, or a formula that loses digits look."
        ]
    return []


def right_entries(task: Task, trials: Sequence[Trial]) -> list[str]:
    """Which groups of entries are right in the largest trial, and which are wrong."""
    t = max(trials, key=lambda t: sum(part.size for part in t.expected))
    found = []
    for part, (got, exact) in enumerate(
        zip(task.order(t.outcome.values or ()), task.order(t.expected))
    ):
        mask = wrong(got, exact, SINGLE if t.outcome.single else RTOL)
        groups = task.groups(t.case, part)
        state = {
            name: "" if not mask[here].any() else _times(task, trials, part, name)
            for name, here in groups.items()
        }
        good = named(task, t.case, [name for name in groups if not state[name]])
        several = len(task.parts) > 1
        bad = named(task, t.case, [name for name in groups if state[name]])
        factors = [name + state[name] for name in groups if state[name] not in ("", WRONG, ZERO)]
        zeros = [name for name in groups if state[name] == ZERO and not name.startswith("θ")]
        if several and not mask.any():
            found.append(f"{task.parts[part]} is right.")
        elif good and bad:
            prefix = f"In {task.parts[part]}, right" if several else "Right"
            found.append(f"{prefix}: {', '.join(good)}. Wrong: {', '.join(bad)}.")
        elif bad and task.jets:
            found.append(f"{task.parts[part]} is wrong from α = 0 on: look there first.")
        if factors and not any(name.startswith("θ") for name in factors):
            found.append(f"What is right but for a factor: {', '.join(factors)}.")
        if zeros:
            found.append(f"What is 0 throughout: {', '.join(named(task, t.case, zeros))}.")
    return found


def named(task: Task, case: Case, names: Sequence[str]) -> list[str]:
    """The names of groups, all α of one degree together."""
    found = list(names)
    for whole, parts in task.merged(case).items():
        if len(parts) > 1 and set(parts) <= set(found):
            found[found.index(parts[0])] = whole
            found = [name for name in found if name not in parts]
    return found


def _times(task: Task, trials: Sequence[Trial], part: int, name: str) -> str:
    """In brackets, by which factor all entries of a group are off in the trials in which it is wrong."""
    factors, several = [], False
    for t in trials:
        here = task.groups(t.case, part).get(name)
        got, exact = (task.order(values or ())[part] for values in (t.outcome.values, t.expected))
        if here is None:
            continue
        if not wrong(got[here], exact[here], SINGLE if t.outcome.single else RTOL).any():
            continue
        ratios = ratio(got[here], exact[here])
        several = several or bool(np.count_nonzero(np.isfinite(ratios)) > 1)
        factors.append(constant(ratios))
    known = [c for c in factors if c is not None]
    if not several or len(known) < len(factors) or np.allclose(known, 1, rtol=1e-4):
        return WRONG
    if not any(known):
        return ZERO
    numbers = list(dict.fromkeys(f"{c:.6g}" for c in known))
    return f" ({' or '.join(numbers)} times what is right{', by the case' * (len(numbers) > 1)})"


def right_variants(fn: Callable[..., Any], task: Task) -> list[str]:
    """In which special cases the function is right."""
    good: list[str] = []
    bad: list[str] = []
    for text, sizes in task.variants:
        right = all(trial(fn, task, built(task, sizes, seed)).right for seed in VARIANTS)
        (good if right else bad).append(text)
    if not good or not bad:
        return []
    return [f"It is right {', '.join(good)}. It is wrong {', '.join(bad)}."]
