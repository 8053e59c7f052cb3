"""Standard functions to fit: each is a plain NumPy expression, so that a `Jet` has all its derivatives.

    FUNCTIONS["franke"](x, y)                                   values, or a jet
    SobolevLoss(net, FUNCTIONS["franke"], gauss_legendre(FUNCTIONS["franke"].bounds(), 20), order=2)

An entry knows how many variables its function takes, the box that it is usually shown on, and what to
beware of: a place without a derivative, or derivatives so large that a high order is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import ndtr

from .._checks import as_bounds, as_function, as_integer, as_sequence, as_text, refused, shown

MAX_VARIABLES = 10**6  # of a box, a pair for each
FAR = 1e100  # of a volatility or a time: float64 has σ² T


def sine(x: Any) -> Any:
    """sin x."""
    return np.sin(x)


def exponential(x: Any) -> Any:
    """e^{−x}."""
    return np.exp(-x)


def x_sine(x: Any) -> Any:
    """x sin x."""
    return x * np.sin(x)


def runge(x: Any) -> Any:
    """1 / (1 + 25 x²)."""
    return 1 / (1 + 25 * x**2)


def parabola(x: Any) -> Any:
    """x²."""
    return x**2


def linear(x: Any) -> Any:
    """2 x + 1."""
    return 2 * x + 1


def rastrigin(*x: Any) -> Any:
    """10 d + Σ_q (x_q² − 10 cos 2πx_q)."""
    return 10 * len(x) + sum(x_q**2 - 10 * np.cos(2 * np.pi * x_q) for x_q in x)


def rosenbrock(*x: Any) -> Any:
    """Σ_q 100 (x_{q+1} − x_q²)² + (1 − x_q)²."""
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def franke(x: Any, y: Any) -> Any:
    """¾ e^{−(a(2) + b(2))/4} + ¾ e^{−a(−1)/49 − (9y+1)/10} + ½ e^{−(a(7) + b(3))/4} − ⅕ e^{−a(4) − b(7)}.

    a(c) = (9x − c)² and b(c) = (9y − c)²: two hills, a slope, and a dip.
    """
    return (
        0.75 * np.exp(-((9 * x - 2) ** 2 + (9 * y - 2) ** 2) / 4)
        + 0.75 * np.exp(-((9 * x + 1) ** 2) / 49 - (9 * y + 1) / 10)
        + 0.5 * np.exp(-((9 * x - 7) ** 2 + (9 * y - 3) ** 2) / 4)
        - 0.2 * np.exp(-((9 * x - 4) ** 2) - (9 * y - 7) ** 2)
    )


def ackley(*x: Any) -> Any:
    """−20 exp(−0.2 √(Σ x_q²/d)) − exp(Σ cos(2πx_q)/d) + 20 + e.

    At the origin, its minimum, it is a cone, 4 |x|/√d, where no derivative exists.
    """
    return (
        -20 * np.exp(-0.2 * np.sqrt(sum(x_q**2 for x_q in x) / len(x)))
        - np.exp(sum(np.cos(2 * np.pi * x_q) for x_q in x) / len(x))
        + (20 + np.e)
    )


def black_scholes(S: Any, sigma: Any, T: Any = 1.0, r: Any = 0.05, K: Any = 100.0) -> Any:
    """S Φ(d₁) − K e^{−rT} Φ(d₁ − σ√T), d₁ = (log(S/K) + (r + σ²/2) T) / (σ√T).

    This is the price of a European call: the right to buy at time T from now, for K, a share that is worth
    S now and has the volatility σ, at the interest rate r. Its derivatives have names: Δ = ∂_S, Γ = ∂_S²,
    vega = ∂_σ, −theta = ∂_T, rho = ∂_r.

    Parameters
    ----------
    S, sigma, T, r, K : float, ndarray or Jet
        All are > 0, but for r. The last three default to numbers, and vary when they are given. Integers
        and short floats become float64.

    Returns
    -------
    float, ndarray or Jet
        The price, in the units of S and K.

    See Also
    --------
    StandardFunction : `FUNCTIONS["black_scholes"]` is one, with the usual intervals.

    Examples
    --------
    >>> from sobolev_ref import Jet
    >>> S, sigma = Jet.variables([[100.0, 0.2]], order=2)
    >>> price = black_scholes(S, sigma).derivatives
    >>> for name, alpha in [("delta", (1, 0)), ("gamma", (2, 0)), ("vega", (0, 1))]:
    ...     print(name, price[alpha].round(4))
    delta [0.6368]
    gamma [0.0188]
    vega [37.524]
    """
    S, sigma, T, r, K = map(_as_floats, (S, sigma, T, r, K))
    for name, x in {"S": S, "sigma": sigma, "T": T, "K": K}.items():
        if np.any(np.real(given := getattr(x, "value", x)) <= 0):
            raise ValueError(refused(name, given, "numbers > 0"))
        if name in ("sigma", "T") and np.any(np.real(given) > FAR):
            raise ValueError(refused(name, given, f"numbers <= {FAR:g}"))
    d_1 = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * np.sqrt(T))
    return S * ndtr(d_1) - K * np.exp(-r * T) * ndtr(d_1 - sigma * np.sqrt(T))


def _as_floats(x: Any) -> Any:
    """Integers, truths and short floats in double precision, where nothing overflows; all else as it is.

    So are those that an array has as objects. A frame becomes one of floats, and a matrix, whose ``*`` is
    another product, an array.
    """
    if isinstance(x, int):
        return float(x)
    if hasattr(x, "columns"):
        return x.astype(float)
    if isinstance(x, np.matrix):
        x = np.asarray(x)
    dtype: Any = getattr(x, "dtype", None)
    kind = getattr(dtype, "kind", "?")
    if kind == "O":
        return np.frompyfunc(_as_floats, 1, 1)(x)
    return x.astype(float) if kind in "biu" or (kind == "f" and dtype.itemsize < 8) else x


@dataclass(frozen=True)
class StandardFunction:
    """A function with a name, which is called like the NumPy function that it is.

    Attributes
    ----------
    name : str
    function : callable
        A function of arrays or jets; its docstring is its formula.
    dimensions : tuple
        The pair (d, most): d variables are usual, and the least; most is the greatest number, or `None`.
    sides : tuple of pairs
        The usual interval of each variable; the last one serves all further variables.
    remark : str
        A word on what to beware of.

    See Also
    --------
    black_scholes : One of them as a plain function.

    Notes
    -----
    Integers, truths and short floats become float64 before they reach the function.

    Examples
    --------
    >>> f = FUNCTIONS["rosenbrock"]
    >>> f(1.0, 1.0), f.d, f.bounds(3)
    (0.0, 2, ((-2.0, 2.0), (-2.0, 2.0), (-2.0, 2.0)))
    """

    name: str
    function: Callable[..., Any]
    dimensions: tuple[int, int | None]
    sides: tuple[tuple[float, float], ...]
    remark: str = ""

    def __post_init__(self) -> None:
        as_text("name", self.name)
        as_function("function", self.function)
        pair = as_sequence("dimensions", self.dimensions, "the pair (least, most)")
        if len(pair) != 2:
            raise ValueError(f"dimensions: got {len(pair)} numbers, takes the pair (least, most)")
        least = as_integer("dimensions", pair[0], minimum=1)
        if pair[1] is not None:
            as_integer("dimensions", pair[1], minimum=least)
        sides = as_sequence("sides", self.sides, "a tuple of pairs")
        as_bounds([as_sequence("sides", side, "a tuple of pairs") for side in sides], "sides")
        as_text("remark", self.remark)

    @property
    def d(self) -> int:
        """The usual number of variables, and the least."""
        return self.dimensions[0]

    def bounds(self, d: int | None = None) -> tuple[tuple[float, float], ...]:
        """The usual box in d variables, for a quadrature rule."""
        d = self._checked(self.d if d is None else as_integer("d", d, 1, MAX_VARIABLES))
        return tuple(self.sides[min(q, len(self.sides) - 1)] for q in range(d))

    def __call__(self, *x: Any) -> Any:
        self._checked(len(x))
        return self.function(*map(_as_floats, x))

    def _checked(self, d: int) -> int:
        least, most = self.dimensions
        if d < least or (most is not None and d > most):
            takes = f"at least {least}" if most is None else f"{least} to {most}"
            takes = str(least) if least == most else takes
            raise ValueError(f"{self.name}: got {shown(d)} variables, takes {takes}")
        return d


FUNCTIONS: Mapping[str, StandardFunction] = MappingProxyType({
    entry.name: entry
    for entry in (
        StandardFunction("sine", sine, (1, 1), ((-2 * np.pi, 2 * np.pi),)),
        StandardFunction("exponential", exponential, (1, 1), ((0.0, 5.0),)),
        StandardFunction("x_sine", x_sine, (1, 1), ((-2 * np.pi, 2 * np.pi),)),
        StandardFunction(
            "runge", runge, (1, 1), ((-1.0, 1.0),),
            "poles at ±i/5: at 0 the derivative of even order n is n! 5ⁿ in size"),
        StandardFunction("parabola", parabola, (1, 1), ((-1.0, 1.0),)),
        StandardFunction("linear", linear, (1, 1), ((-1.0, 1.0),)),
        StandardFunction(
            "rastrigin", rastrigin, (1, None), ((-5.12, 5.12),), "a derivative of order n grows like (2π)ⁿ"),
        StandardFunction("rosenbrock", rosenbrock, (2, None), ((-2.0, 2.0),)),
        StandardFunction("franke", franke, (2, 2), ((0.0, 1.0),)),
        StandardFunction(
            "ackley", ackley, (1, None), ((-5.0, 5.0),),
            "a cone at the origin: no derivative there, and a loss of order >= 1 refuses that node"),
        StandardFunction(
            "black_scholes", black_scholes, (2, 5),
            ((50.0, 150.0), (0.1, 0.5), (0.25, 2.0), (0.0, 0.1), (80.0, 120.0)),
            "(S, σ), and T, r, K where given; tends to the kink max(S − K, 0) as σ²T → 0"),
    )
})  # fmt: skip
