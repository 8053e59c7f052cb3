"""Derivatives by name, as tables and files of arrays have them: "du/dx1" for what is (1, 0) in a mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_instance, as_sequence, as_text
from .._typing import Array, MultiIndex
from ..integrals.targets import as_data, by_multi_index, one_width


def above(alpha: MultiIndex) -> str:
    """What stands before the output's name: d, or d2 for second derivatives."""
    return "d" if sum(alpha) == 1 else f"d{sum(alpha)}"


def below(alpha: MultiIndex, inputs: Sequence[str]) -> str:
    """What stands below the line: dMach, dMach2, dMachdalpha."""
    return "".join(f"d{name}{n if n > 1 else ''}" for name, n in zip(inputs, alpha) if n)


def columns(
    derivatives: Mapping[MultiIndex, ArrayLike],
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> dict[str, Array]:
    """The Dᵅu_j of a mapping as one column each, by names such as "u", "du/dx1" and "d2u/dx1dx2".

    ``pandas.DataFrame(columns(found))`` is a table of them, and `numpy.savez` takes them as its keywords.

    Parameters
    ----------
    derivatives : mapping
        From α to Dᵅu, shape (N, m) or (N,), as `MLP.derivatives` returns them. Columns of a frame go by
        their place, and not by their names.
    inputs : sequence of d str, optional
        What x_1, …, x_d are called; by default "x1", "x2", …, and "x" for d = 1.
    outputs : sequence of m str, optional
        What u_1, …, u_m are called; by default "u1", "u2", …, and "u" for m = 1.

    Returns
    -------
    dict
        From the name to an array, shape (N,), in the order of the mapping.

    Raises
    ------
    TypeError, ValueError
        If an argument is unusable, shapes disagree, or two columns would have one name.

    See Also
    --------
    MLP : Its `derivatives` are such a mapping.

    Examples
    --------
    >>> found = {(0, 0): [[1.0, 5.0]], (1, 0): [[2.0, 6.0]], (1, 2): [[3.0, 7.0]]}
    >>> list(columns(found, outputs=("CL", "CD")))
    ['CL', 'CD', 'dCL/dx1', 'dCD/dx1', 'd3CL/dx1dx22', 'd3CD/dx1dx22']
    >>> columns({(1,): [4.0, 4.5]}, ["Mach"], ["CL"])
    {'dCL/dMach': array([4. , 4.5])}
    """
    as_instance("derivatives", derivatives, Mapping, "a mapping from α to an array (N, m)")
    given = by_multi_index("derivatives", derivatives)
    d, n = len(next(iter(given))), None
    known: dict[MultiIndex, Array] = {}
    for alpha, entry in given.items():
        known[alpha] = as_data(f"derivatives[{alpha}]", entry, n)  # (N, m)
        n = len(known[alpha])
    m = one_width("derivatives", known)
    of_x, of_u = _names("inputs", inputs, d, "x"), _names("outputs", outputs, m, "u")
    found = {
        f"{above(alpha)}{name}/{below(alpha, of_x)}" if any(alpha) else name: np.array(u[:, j])
        for alpha, u in known.items()
        for j, name in enumerate(of_u)
    }
    if len(found) < m * len(known):
        raise ValueError(f"outputs: got {of_u}, with which two columns have one name")
    return found


def _names(name: str, given: Sequence[str] | None, n: int, letter: str) -> list[str]:
    """n names, by default a letter with numbers."""
    if given is None:
        return [letter] if n == 1 else [f"{letter}{j}" for j in range(1, n + 1)]
    words = [as_text(name, word) for word in as_sequence(name, given, f"{n} names")]
    if len(words) != n or len({*words}) < n:
        raise ValueError(f"{name}: got {words}, takes {n} different names")
    return words
