"""The table: one loss-and-gradient of every row, ours against the peers and against the limit."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec

from . import ours
from .contender import TOLERANCE, Contender, deviation
from .limit import limits
from .problems import Problem, Row
from .timing import fastest, interleaved

PEERS = ("PyTorch", "JAX", "JENN")


@dataclass
class Result:
    """What came of one row.

    Attributes
    ----------
    row : Row
    seconds : dict
        From "sobolev_ref", a peer or "limit" to the median time of one loss-and-gradient.
    ways : dict
        From the same names to the way that was fastest.
    deviations : dict
        From a peer to its relative difference from our value and gradient.
    notes : list of str
        What was left out, and why.
    """

    row: Row
    seconds: dict[str, float] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)
    deviations: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The fastest peer's time over ours: at least 1 where we are as fast."""
        times = [self.seconds[peer] for peer in PEERS if peer in self.seconds]
        return min(times) / self.seconds["sobolev_ref"] if times else math.nan

    @property
    def over_limit(self) -> float:
        """Our time over the limit's."""
        return self.seconds["sobolev_ref"] / self.seconds["limit"]


def peer_contenders(problem: Problem, *, compiled: bool = False) -> dict[str, list[Contender]]:
    """By peer, every way in which it computes the problem; peers not installed are left out."""
    found: dict[str, list[Contender]] = {}
    if find_spec("torch"):
        from . import in_torch

        found["PyTorch"] = in_torch.contenders(problem, compiled=compiled)
    if find_spec("jax"):
        from . import in_jax

        found["JAX"] = in_jax.contenders(problem)
    if find_spec("jenn"):
        from . import in_jenn

        found["JENN"] = in_jenn.contenders(problem)
    return {peer: ways for peer, ways in found.items() if ways}


def compare(row: Row, *, rounds: int, at_least: float = 0.02, compiled: bool = False) -> Result:
    """Check, choose and time the contenders of one row.

    Raises
    ------
    ArithmeticError
        If PyTorch or JAX disagrees with our value or gradient by more than 1e-10. A disagreement
        of JENN is noted with its size, and JENN is timed all the same.
    """
    problem, result = Problem(row), Result(row)
    us = ours.contender(problem)
    expected = us.result()
    calls: dict[str, Callable[[], object]] = {"sobolev_ref": us.run}
    result.ways["sobolev_ref"] = us.way
    for peer, contenders in peer_contenders(problem, compiled=compiled).items():
        ways: dict[str, Callable[[], object]] = {}
        deviations: dict[str, float] = {}
        for contender in contenders:
            try:
                deviations[contender.way] = deviation(contender.result(), expected)
            except NotImplementedError as error:  # a rule that the framework does not have
                result.notes.append(f"{row}: {contender} left out: {_first_line(error)}")
                continue
            if deviations[contender.way] > TOLERANCE:
                message = f"{row}: {contender} differs by {deviations[contender.way]:.1e}"
                if peer != "JENN":
                    raise ArithmeticError(message)
                result.notes.append(message)
            ways[contender.way] = contender.run
        best = fastest(ways, at_least / 2)
        calls[peer], result.ways[peer] = ways[best], best
        result.deviations[peer] = deviations[best]
    floors = {limit.name: limit for limit in limits(row)}
    result.ways["limit"] = fastest(floors, at_least / 2)
    calls["limit"] = floors[result.ways["limit"]]
    result.seconds = interleaved(calls, rounds=rounds, at_least=at_least)
    return result


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
