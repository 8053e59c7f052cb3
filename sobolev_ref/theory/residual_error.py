"""From the residual of an equation to the error of its solution: −Δu + cu = f on a box, u = 0 at its sides.

The error e = u_θ − u has −Δe + ce = ρ, the residual of u_θ, which needs no u. With μ_1 = Σ_j (π/ℓ_j)², the
least eigenvalue of −Δ, and c > −μ_1,

    (I8)  ‖e‖_1² ≤ C² ‖ρ‖²,   C² = max_{μ ≥ μ_1} (1 + μ)/(μ + c)²

The maximum is at μ_1, and attained by the first sine, for c ≤ μ_1 + 2; else it is 1/(4(c − 1)), at μ = c − 2.
The same with the weights 1 and μ bounds ‖e‖ and ‖∇e‖. docs/errata.md, "From the residual of an equation to
the error", has the proof.

In the second derivatives nothing is gained or lost: for c = 0, ‖D²e‖ = ‖ρ‖. To make the residual small is
Sobolev training of order 2 without its data. Where e is not 0 at the boundary, subtract a g with its
boundary values and −Δg + cg = 0: the bound holds for e − g, and ‖g‖_1 is to be added. For d = 1, c = 0, g
is a straight line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from numpy.typing import ArrayLike

from .._checks import as_bounds, as_real

SURE = 2.0**-49  # of μ_1, eight roundings


@dataclass(frozen=True)
class ErrorBound:
    """Bounds on an error that is 0 at the boundary, from the L² norm of its residual.

    Attributes
    ----------
    values, gradient, norm : float
        On ‖e‖, ‖∇e‖ and ‖e‖_1 = (‖e‖² + ‖∇e‖²)^{1/2}. The last is not made of the other two.
    attained : bool
        Whether `error_from_residual` found that the first sine attains all three; of other numbers nothing is
        known.
    """

    values: float
    gradient: float
    norm: float
    attained: bool = field(default=False, init=False)


def error_from_residual(residual_norm: float, bounds: ArrayLike, c: float = 0.0) -> ErrorBound:
    """What the residual of −Δu + cu = f on a box says of the error in H¹, u = 0 at the boundary (I8).

    Parameters
    ----------
    residual_norm : float
        ‖−Δu_θ + cu_θ − f‖ in L² of the box, the true integral.
    bounds : array_like, shape (d, 2)
        The box; an interval for −u″ + cu = f.
    c : float, default 0
        More than −μ_1 = −Σ_j (π/ℓ_j)².

    Returns
    -------
    ErrorBound

    Examples
    --------
    On (0, π), where μ_1 = 1: the error sin x has the residual sin x, and ‖sin‖_1 = √2 ‖sin‖.

    >>> found = error_from_residual(1.0, [(0, math.pi)])
    >>> round(found.values, 12), round(found.norm, 12), found.attained
    (1.0, 1.414213562373, True)
    """
    rho = as_real("residual_norm", residual_norm, above=0)
    box = as_bounds(bounds)
    c = as_real("c", c)
    first = sum((math.pi / side) * (math.pi / side) for side in (box[:, 1] - box[:, 0]).tolist())
    at_most, first = first, first * (1 - SURE)  # from below, as every bound falls in μ_1
    if not -first < c or first == math.inf:
        raise ValueError(f"c, bounds: got c = {c:g}, takes c > −μ_1 = {-first:g}")
    # μ/(μ + c)² falls beyond μ = c, and (1 + μ)/(μ + c)² beyond μ = c − 2
    values = 1 / (first + c)
    gradient = math.sqrt(first) / (first + c) if c <= first else 1 / (2 * math.sqrt(c))
    at_first = c <= first + 2
    norm = math.sqrt(1 + first) / (first + c) if at_first else 1 / (2 * math.sqrt(c - 1))  # (I8)
    if math.isinf(rho * norm):  # the largest of the three
        raise ValueError("residual_norm, bounds, c: got numbers whose bound is beyond float64")
    found = ErrorBound(rho * values, rho * gradient, rho * norm)
    near = first + c < 1e6 * SURE * first  # so near to −μ_1 that rounding shows
    object.__setattr__(found, "attained", c <= at_most and not near)
    return found
