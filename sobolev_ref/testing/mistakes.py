"""Mistakes that are made when the method is written by hand: each is `Method` with one function replaced.

A mistake has a short name, a sentence that says what it is and which equation it offends, and the functions
of `Method` that it replaces, most of them one line. What an implementation with the mistake returns is
computed by that `Method`, from the mistaken line through everything that uses it, and compared with what
was returned. The tables are in modules of their own, by what is mistaken.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..plain import Index, Jet
from .equations import Method, factorial


@dataclass(frozen=True)
class Mistake:
    """A mistake: its name, what it is, and the functions of `Method` that it replaces.

    Examples
    --------
    >>> squared = Mistake("p-twice", "…", (("phi", lambda self, r, p: p * r),))
    >>> squared.method("tanh").phi(np.array([2.0]), p=3.0)
    array([6.])
    """

    name: str  # short and fixed, such as "b-bar-not-summed"
    says: str  # what it is, and the equation as it should be
    changes: tuple[tuple[str, Any], ...]  # names of functions, and what stands in their place
    only_in: tuple[str, ...] = ()  # the checks in which it can be told from others; all by default

    def method(self, activation: str) -> Method:
        """`Method` with this mistake in it."""
        made: Method = type(self.name, (Method,), dict(self.changes))(activation)
        return made

    def in_layers(self, where: str, here: Callable[[int, int], bool]) -> "Mistake":
        """The mistake in those layers n of L for which here(n, L) says yes; elsewhere all is right."""

        def change(name: str, mistaken: Any) -> Any:
            right = getattr(Method, name)
            return lambda self, *args: (mistaken if here(self.layer, self.depth) else right)(
                self, *args
            )

        changes = tuple((name, change(name, function)) for name, function in self.changes)
        return Mistake(f"{self.name} in {where}", f"in {where} alone, {self.says}", changes)

    def with_another(self, other: "Mistake") -> "Mistake":
        """Both mistakes at once."""
        return Mistake(
            f"{self.name} + {other.name}",
            f"two mistakes at once. First, {self.says} Second, {other.says}",
            self.changes + other.changes,
        )


def mistake(name: str, says: str, *, only_in: tuple[str, ...] = (), **changes: Any) -> Mistake:
    """A mistake in the functions that are named."""
    return Mistake(name, says, tuple(changes.items()), only_in)


def table(
    function: str, right: str = "", *, rows: Mapping[str, tuple[str, Any]], made: Any = None
) -> tuple[Mistake, ...]:
    """Mistakes in one function of `Method`: from each name to what is wrong, and to what stands in its place.

    A sentence that does not end yet is ended by ": ", how it is `right`, and a full stop; `made` makes the
    function of what stands in the row.
    """
    return tuple(
        mistake(
            name,
            says if says.endswith(".") else f"{says}: {right}.",
            **{function: made(change) if made else change},
        )
        for name, (says, change) in rows.items()
    )


def degree(alpha: Index) -> int:
    """|α|."""
    return sum(alpha)


def arrangements(alpha: Index) -> int:
    """|α|!/α!, in how many orders the derivatives of Dᵅ can be taken."""
    return math.factorial(degree(alpha)) // factorial(alpha)


def binomial(gamma: Index, alpha: Index) -> int:
    """γ!/(α! (γ − α)!), of Leibniz' rule."""
    return math.prod(map(math.comb, gamma, alpha))


def first(jet: Jet) -> Any:
    """The entry α = 0."""
    return next(iter(jet.values()))


def only(jet: Jet, keep: Any) -> Jet:
    """A jet with zeros where `keep` of α says no."""
    return {alpha: v if keep(alpha) else np.zeros_like(v) for alpha, v in jet.items()}
