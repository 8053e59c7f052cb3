"""How inputs, outputs and their derivatives are called: "dCL/dMach" is ∂_Mach of the output CL.

A name is a numerator, d or d2 and an output, and a denominator, d and an input for each variable, with
its power: "d2CL/dMach2", "d2CL/dMachdalpha". Blanks, brackets and ^ do not count, ∂ is d, and ² is 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .._typing import MultiIndex
from ..data.tables import above, below
from ..jets.multi_index import multi_indices, n_multi_indices

ALONG = "along"
Key: TypeAlias = MultiIndex | str  # α, or ALONG
MOST_NAMES = 10**5  # of derivatives of one order; more are given by multi-index
SPELLINGS = str.maketrans("∂²³⁴", "d234", " ^()")


@dataclass(frozen=True)
class Names:
    """How inputs and outputs are called, and whether the caller called them so."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    framed: bool  # whether X came with names
    flat: bool  # whether y was a vector, so that answers are vectors, too
    columns: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())  # all labels as text

    def __post_init__(self) -> None:
        of_x, of_y = self.columns
        object.__setattr__(self, "columns", (of_x or self.inputs, of_y or self.outputs))

    def of(self, key: Key, output: int) -> str:
        """The name of Dᵅ of an output, or of its directional derivatives.

        Examples
        --------
        >>> names = Names(("Mach", "alpha"), ("CL",), True, True)
        >>> names.of((0, 0), 0), names.of((1, 0), 0), names.of((1, 2), 0)
        ('CL', 'dCL/dMach', 'd3CL/dMachdalpha2')
        """
        name = self.outputs[output]
        if isinstance(key, str):
            return f"d{name}/dv"
        return f"{above(key)}{name}/{below(key, self.inputs)}" if any(key) else name


def order_of(key: Key) -> int:
    """|α|, and 1 for directional derivatives."""
    return 1 if isinstance(key, str) else sum(key)


def plain(name: str) -> str:
    """A name without what is written in more than one way: blanks, ∂ or d, ² or ^2, brackets.

    Examples
    --------
    >>> plain("∂²CL / ∂Mach²"), plain("d(CL)/d(Mach)")
    ('d2CL/dMach2', 'dCL/dMach')
    """
    return name.translate(SPELLINGS)


def parsed(
    name: str, key: str, names: Names | None, inputs: Sequence[str]
) -> tuple[MultiIndex, str]:
    """α and the output of which a name is; the output is empty where the name has none, as dMach.

    Without `names` of outputs any name may stand there.

    Examples
    --------
    >>> parsed("derivatives", "d2CL/dMachdalpha", None, ("Mach", "alpha"))
    ((1, 1), 'CL')
    """
    text, d = plain(key), len(inputs)
    short = [plain(q) for q in inputs]
    found: list[tuple[MultiIndex, str]] = []
    for order in (1, 2, 3):
        if n_multi_indices(d, order) > MOST_NAMES:
            break
        for alpha in multi_indices(d, order):
            if sum(alpha) < order:
                continue
            upper, lower = above(alpha), below(alpha, short)
            if order == 1 and text == lower:
                found.append((alpha, ""))
            if text.startswith(upper) and text.endswith("/" + lower):
                output = text[len(upper) : -len(lower) - 1]
                if names is None:
                    found += [(alpha, output)] * (output[:1].isidentifier())
                else:
                    found += [(alpha, known) for known in names.outputs if plain(known) == output]
    if len(found) > 1:
        raise ValueError(f"{name}: got {key!r}, which names two derivatives; takes α as a tuple")
    if found:
        return found[0]
    outputs = ("y",) if names is None else names.outputs
    raise ValueError(
        f"{name}: got {key!r}, takes α as a tuple, such as {(1, *(0,) * (d - 1))}, or a name such as "
        f"'d{outputs[0]}/d{inputs[0]}', of outputs {', '.join(outputs)} and inputs {', '.join(inputs)}"
    )
