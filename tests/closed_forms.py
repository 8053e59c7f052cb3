"""σ, σ′, …, σ⁽ⁿ⁾ by another road than the package's: derivative polynomials with integer coefficients.

tanh⁽ⁿ⁾ is a polynomial in t = tanh z, with P₀ = t and P_{n+1} = P_n′ (1 − t²); likewise for the
sigmoid in g with g − g². Hermite's polynomials do the same for e^{−z²} and for the normal density.
The polynomials are exact, and are evaluated with 60 decimal digits and more, so the results are right to
the last bit, in both tails, but for the normal distribution function, which is the C library's.
"""

import math
from decimal import Decimal, localcontext

Polynomial = list[int]  # coefficients, lowest degree first

ANALYTIC = ("tanh", "sin", "sigmoid", "softplus", "gelu", "silu", "gaussian", "identity")


def _derivative(p: Polynomial) -> Polynomial:
    return [i * c for i, c in enumerate(p)][1:] or [0]


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    out = [0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            out[i + j] += a * b
    return out


def _plus(p: Polynomial, q: Polynomial) -> Polynomial:
    n = max(len(p), len(q))
    return [(p[i] if i < len(p) else 0) + (q[i] if i < len(q) else 0) for i in range(n)]


def _value(p: Polynomial, t: Decimal) -> Decimal:
    total = Decimal(0)
    for c in reversed(p):
        total = total * t + c
    return total


def _by_ode(start: Polynomial, slope: Polynomial, t: Decimal, order: int) -> list[Decimal]:
    """P_0(t), …, P_order(t), where P_0 = start and P_{n+1} = P_n′ · slope, as dt/dz = slope(t)."""
    values, p = [], start
    for _ in range(order + 1):
        values.append(_value(p, t))
        p = _times(_derivative(p), slope)
    return values


def _by_hermite(a: int, z: Decimal, order: int) -> list[Decimal]:
    """(dⁿ/dzⁿ) exp(−a z²/2) = H_n(z) exp(−a z²/2), with H_{n+1} = H_n′ − a z H_n."""
    weight, values, p = (-a * z * z / 2).exp(), [], [1]
    for _ in range(order + 1):
        values.append(_value(p, z) * weight)
        p = _plus(_derivative(p), _times([0, -a], p))
    return values


def activation_derivatives(name: str, z: float, order: int) -> list[float]:
    """[σ(z), σ′(z), …, σ^(order)(z)], each correctly rounded."""
    with localcontext() as context:
        context.prec = 60 + int(abs(z))  # 1 − tanh² z has 0.87 |z| zeros
        x = Decimal(z)
        if name == "identity":
            exact = [x, Decimal(1)] + [Decimal(0)] * order
        elif name == "sin":
            cycle = (math.sin(z), math.cos(z), -math.sin(z), -math.cos(z))
            return [cycle[n % 4] for n in range(order + 1)]
        elif name == "tanh":
            e = (2 * x).exp()
            exact = _by_ode([0, 1], [1, 0, -1], (e - 1) / (e + 1), order)
        elif name == "gaussian":
            exact = _by_hermite(2, x, order)
        elif name == "gelu":
            root = (
                2 * Decimal("3.14159265358979323846264338327950288419716939937510582097")
            ).sqrt()
            Phi = [Decimal(math.erfc(-z / math.sqrt(2))) / 2]
            Phi += [h / root for h in _by_hermite(1, x, order)]
            exact = [x * Phi[n] + (n * Phi[n - 1] if n else 0) for n in range(order + 1)]
        else:  # the family of the sigmoid
            sigmoid = _by_ode([0, 1], [0, 1, -1], 1 / (1 + (-x).exp()), order)
            exact = {
                "sigmoid": sigmoid,
                "softplus": [(1 + x.exp()).ln(), *sigmoid],
                "silu": [
                    x * sigmoid[n] + (n * sigmoid[n - 1] if n else 0) for n in range(order + 1)
                ],
            }[name]
        return [float(value) for value in exact[: order + 1]]
