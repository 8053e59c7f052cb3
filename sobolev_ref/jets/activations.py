"""Activations σ on jets: σ(z) and σ′(z) from one differential equation each.

Every rule below (those of tanh and sin are in `elementary`) takes a jet z, shape (A, N, width), and its
algebra T, and returns the pair (a, s) = (σ(z), σ′(z)), both jets. The chain rule ∂a = s ∂z read degree
by degree is (J3); the activation's own equation gives s from a:

    tanh      s = 1 − a²                      sin       s = cos z, ∂s = −a ∂z
    sigmoid   s = a − a²                      gaussian  s = −2 z a,           a = exp(−z²)
    softplus  s = sigmoid(z)                  silu      s = g + z g′,         a = z g, g = sigmoid(z)
    identity  s = 1                           gelu      s = Φ + z φ,          a = z Φ, Φ′ = φ, φ′ = −z φ
    relu      s = 1 where z > 0, else 0

The reverse road also needs σ″(z): each has a rule for it in terms of z, a, s.

Each declares its smoothness r: σ ∈ C^{r,1} (r continuous derivatives, the last one Lipschitz on
bounded sets). For r > k and p > 1 a loss of order k has a gradient at every θ. For r = k it has one at
almost every θ: where no pre-activation is on a kink of σ⁽ᵏ⁾ on a set of x of positive measure. On its kink
relu takes the side z < 0, σ′(0) = 0, as usual frameworks do, and `theory.nodes_on_kinks` finds such nodes.
For r < k formula (T2) is false, and the loss is refused; see docs/errata.md, Theorems 1 and 2. And each
brings bounds of its derivatives (`suprema`), but for relu: with them a loss has a certificate.
All formulas hold for complex z as well, which the complex step uses; there, z > 0 reads Re z > 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from scipy.special import ndtr

from .._checks import as_choice, as_function, as_nonnegative, as_real, as_sequence, as_text
from .._typing import Array
from . import elementary, suprema
from .algebra import TaylorAlgebra
from .elementary import start, unfilled

Rule = Callable[[Array, TaylorAlgebra], tuple[Array, Array]]
Curvature = Callable[[Array, Array, Array, TaylorAlgebra], Array]


@dataclass(frozen=True)
class Activation:
    """An activation σ: its name, its smoothness, and its rule for jets.

    Attributes
    ----------
    name : str
    smoothness : float
        The largest r with σ ∈ C^{r,1}; `math.inf` for an analytic σ.
    jets : callable
        (z, T) ↦ (σ(z), σ′(z)), jets of shape (A, …), and not entry by entry. It must hold for complex z as
        well, because `Loss.hessp` is a complex step. It is taken at its word: `check_derivatives` and
        `check_gradient` say whether it holds, and whether `curvature` does.
    curvature : callable, optional
        (z, a, s, T) ↦ σ″(z), a jet, from a = σ(z) and s = σ′(z). Without it there is no reverse road.
    derivative_bounds : callable, optional
        n ↦ M_n, a number that |σ⁽ⁿ⁾(z)| does not exceed for any real z; `math.inf` where there is none.
        Without it there is no certificate (`lipschitz`).
    kinks : tuple of float
        The z where σ⁽ʳ⁾, r the smoothness, has no derivative; none by default.

    See Also
    --------
    MLP : The network that applies it.

    Examples
    --------
    The second derivative of tanh at 0.5 is −2 tanh (1 − tanh²):

    >>> from sobolev_ref.jets.algebra import taylor_algebra
    >>> T = taylor_algebra(1, 2)
    >>> a, s = ACTIVATIONS["tanh"].jets(T.variables(np.array([[0.5]])), T)
    >>> np.allclose(T.factorials[2] * a[2], -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2))
    True
    """

    name: str
    smoothness: float
    jets: Rule = field(repr=False)
    curvature: Curvature | None = field(default=None, repr=False)
    derivative_bounds: Callable[[int], float] | None = field(default=None, repr=False)
    kinks: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        as_text("name", self.name)
        as_nonnegative("smoothness", self.smoothness)
        as_function("jets", self.jets, "a function of a jet and its algebra")
        if self.curvature is not None:
            as_function("curvature", self.curvature, "None or a function (z, a, s, T)")
        if self.derivative_bounds is not None:
            as_function("derivative_bounds", self.derivative_bounds, "None or a function of n")
        kinks = as_sequence("kinks", self.kinks, "a tuple of numbers")
        kinks = [as_real(f"kinks[{i}]", z) for i, z in enumerate(kinks)]
        object.__setattr__(self, "kinks", tuple(kinks))


def _logistic(z: Array) -> tuple[Array, Array, Array]:
    """(g, e, u) of numbers: g = 1/(1 + e⁻ᶻ) = exp(min(z, 0))/u, u = 1 + e, from e = exp(−|z|) alone.

    As |e| ≤ 1, nothing overflows, and neither g nor g′ = e/u² has lost digits where it is small. np.where
    branches: it takes three times as long as the maximum.
    """
    right = z.real > 0
    if np.iscomplexobj(z):
        e = np.exp(np.where(right, -z, z))
        g = np.where(right, 1, e)
    else:
        e = np.abs(z)
        np.negative(e, out=e)
        np.exp(e, out=e)
        g = np.maximum(e, right)
    u = 1 + e
    g /= u
    return g, e, u


def _odd_part(z: Array, g: Array, s: Array, out: Array) -> None:
    """Write b = g − ½ of numbers, to 3e−14 of itself: ½ tanh(z/2) near z = 0, where s = ¼ − b² is near ¼."""
    np.subtract(g, 0.5, out=out)
    near = np.flatnonzero(s.real > 0.249984)
    np.put(out, near, np.tanh(np.take(z, near) / 2) / 2)


def _sigmoid_from(
    value: Array, e: Array, u: Array, z: Array, T: TaylorAlgebra
) -> tuple[Array, Array]:
    """a = g = 1/(1 + e⁻ᶻ): s = a − a² = ¼ − b², b = a − ½."""
    a, s = unfilled(z, T), unfilled(z, T)
    np.divide(e, u * u, out=s[0, ...])
    if T.order > 0:
        _odd_part(z[0], value, s[0], out=a[0, ...])
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.product_row(g, a, a, s[g, ...], scale=-1)
    a[0] = value
    return a, s


def _sigmoid_jets(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """a = 1/(1 + e⁻ᶻ): s = a − a²."""
    return _sigmoid_from(*_logistic(z[0]), z, T)


def _tanh_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = −2 a s."""
    t = T.product(a, s)
    t *= -2
    return t


def _sin_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = −a."""
    return -a


def _sigmoid_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = s − 2 a s = −2 b s, b = a − ½."""
    b = a.copy()
    _odd_part(z[0], a[0], s[0], out=b[0, ...])
    t = T.product(b, s)
    t *= -2
    return t


def _softplus_jets(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """a = log(1 + eᶻ): s = sigmoid(z), and a_0 = max(z, 0) + log(1 + e) from that one's e = exp(−|z|).

    log(1 + e) = log u + (1 + e − u)/u, where u is 1 + e as it is rounded, has all its digits for small e,
    and costs half of NumPy's log1p where that is not vectorised.
    """
    g, e, u = _logistic(z[0])
    value = (z[0].real > 0) * z[0] + np.log(u) + (e - (u - 1)) / u
    if T.order == 0:
        return value[None], g[None]
    s, _ = _sigmoid_from(g, e, u, z, T)
    return elementary.integral(value, s, z, T), s


def _softplus_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = s (1 − s), where 1 − s = e⁻ᵃ has its digits for large z as well."""
    return T.product(s, elementary.exp(-a, T) if T.order > 0 else np.exp(-a))


def _silu_jets(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """a = z g, g = sigmoid(z): s = g + z g′."""
    g, g_prime = _sigmoid_jets(z, T)
    s = T.product(z, g_prime)
    s += g
    return elementary.integral(z[0] * g[0], s, z, T), s


def _silu_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = 2 g′ + z g″, g″ = g′ − 2 g g′."""
    g, g_prime = _sigmoid_jets(z, T)
    t = T.product(z, _sigmoid_curvature(z, g, g_prime, T))
    t += 2 * g_prime
    return t


def _normal_density(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """φ = exp(−z²/2)/√2π and ψ = φ′ = −z φ."""
    phi, psi = unfilled(z, T), unfilled(z, T)
    value = np.multiply(z[0], z[0], out=phi[0, ...])
    value *= -0.5
    np.exp(value, out=value)
    value /= math.sqrt(2 * math.pi)
    np.multiply(z[0], value, out=psi[0, ...])
    np.negative(psi[0], out=psi[0, ...])
    for g in T.rows:
        T.chain_row(g, z, psi, phi[g, ...])
        T.product_row(g, z, phi, psi[g, ...], scale=-1)
    return phi, psi


def _gelu_jets(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """a = z Φ(z), Φ the normal distribution function: s = Φ + z φ = Φ − ψ, ψ = φ′ = −z φ."""
    phi, psi = _normal_density(z, T)
    Phi = ndtr(z[0])
    s = elementary.integral(Phi, phi, z, T)
    s -= psi
    return elementary.integral(z[0] * Phi, s, z, T), s


def _gelu_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = 2 φ + z ψ."""
    phi, psi = _normal_density(z, T)
    t = T.product(z, psi)
    t += 2 * phi
    return t


def _gaussian_jets(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """a = exp(−z²): s = −2 z a."""
    a, s = unfilled(z, T), unfilled(z, T)
    value = np.multiply(z[0], z[0], out=a[0, ...])
    np.negative(value, out=value)
    np.exp(value, out=value)
    np.multiply(z[0], value, out=s[0, ...])
    s[0] *= -2
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.product_row(g, z, a, s[g, ...], scale=-2)
    return a, s


def _gaussian_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = −2 (a + z s)."""
    t = T.product(z, s)
    t += a
    t *= -2
    return t


def _relu_jets(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """a = max(z, 0): s = 1 where z > 0, else 0, and nothing of the kink at z = 0."""
    s = start(z[0].real > 0, T)
    return T.padded(s[0] * z), s


def _identity_jets(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """a = z: s = 1."""
    return T.padded(z).copy(), start(np.ones_like(z[0]), T)


def _no_curvature(z: Array, a: Array, s: Array, T: TaylorAlgebra) -> Array:
    """σ″ = 0, but for the kink of relu."""
    return np.zeros_like(a)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Activation("tanh", math.inf, elementary.tanh, _tanh_curvature, suprema.tanh),
            Activation("sin", math.inf, elementary.sin_cos_by_tan, _sin_curvature, suprema.sin),
            Activation("sigmoid", math.inf, _sigmoid_jets, _sigmoid_curvature, suprema.sigmoid),
            Activation("softplus", math.inf, _softplus_jets, _softplus_curvature, suprema.softplus),
            Activation("gelu", math.inf, _gelu_jets, _gelu_curvature, suprema.gelu),
            Activation("silu", math.inf, _silu_jets, _silu_curvature, suprema.silu),
            Activation("gaussian", math.inf, _gaussian_jets, _gaussian_curvature, suprema.gaussian),
            Activation("relu", 0, _relu_jets, _no_curvature, kinks=(0.0,)),
            Activation("identity", math.inf, _identity_jets, _no_curvature, suprema.identity),
        )
    }
)


RULES = frozenset(activation.jets for activation in ACTIVATIONS.values())


def as_activation(activation: str | Activation) -> Activation:
    """The activation of that name, or an `Activation` of the caller's own.

    Examples
    --------
    >>> as_activation("relu").smoothness
    0
    """
    if isinstance(activation, Activation):
        return activation
    return as_choice("activation", activation, ACTIVATIONS)
