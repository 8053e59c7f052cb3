"""Elementary functions of a jet, each from an equation of its own.

For a = f(z) with z a jet, the value a_0 = f(z_0) is NumPy's, or where that loses digits or time, one of
the few functions "for numbers" below. The rest follows from the chain rule ∂a = s ∂z, s = f′(z), read
degree by degree (J3), and from an equation that gives s back from a:

    exp    s = a           tan    s = 1 + a²       log    s = 1 / z
    sin    s = cos         tanh   s = 1 − a²       arctan s = 1 / (1 + z²)
    cos    s = −sin        √z     a a = z          arcsin s = 1 / √(1 − z²)
    arsinh s = 1 / √(1 + z²)                       arcosh s = 1 / √(z² − 1)
    artanh s = 1 / (1 − z²)

An implicit equation such as a·z = 1 is solved in the same sweep: while the rows of degree n of `a`
are still zero, the product (J1) holds every term of degree n but z_0 a_γ, which is then moved over.

Every function takes a jet z of shape (A, …) and its algebra T, and returns a new jet.
"""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy import special

from .._typing import Array
from .algebra import TaylorAlgebra, taylor_algebra


def absolute(r: Array) -> Array:
    """|r|, continued analytically to complex r: ±r by the sign of its real part, 0 where that is 0."""
    return np.sign(r.real) * r if np.iscomplexobj(r) else np.abs(r)


def start(value: Array, T: TaylorAlgebra) -> Array:
    """A jet with a_0 = value, and all rows of higher degree still zero."""
    a = np.zeros((T.size, *np.shape(value)), np.result_type(value, float))
    a[0] = value
    return a


def unfilled(z: Array, T: TaylorAlgebra) -> Array:
    """A jet like z with all A rows, each yet to be written, in order of degree."""
    return np.empty((T.size, *z.shape[1:]), np.result_type(z, float))


def exp(z: Array, T: TaylorAlgebra) -> Array:
    """eᶻ: s = a."""
    return exponential(np.exp(z[0]), z, T)


def exponential(value: Array, z: Array, T: TaylorAlgebra) -> Array:
    """c eᶻ with the value c e^{z_0} given: s = a. So are bᶻ = e^{z log b} and uᵛ = e^{v log u}."""
    a = unfilled(z, T)
    a[0] = value
    for g in T.rows:
        T.chain_row(g, z, a, a[g, ...])
    return a


def exp2(z: Array, T: TaylorAlgebra) -> Array:
    """2ᶻ: s = a log 2."""
    return exponential(np.exp2(z[0]), math.log(2) * z, T)


def expm1(z: Array, T: TaylorAlgebra) -> Array:
    """eᶻ − 1: the jet of eᶻ but for its value, where 1 must not be subtracted from 1 + z."""
    a = exp(z, T)
    a[0] = np.expm1(z[0])
    return a


def sin_cos(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """(sin z, cos z): sin′ = cos, cos′ = −sin."""
    a, s = unfilled(z, T), unfilled(z, T)
    np.sin(z[0], out=a[0, ...])
    np.cos(z[0], out=s[0, ...])
    return turned(a, s, z, T)


def turned(a: Array, s: Array, z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """(sin z, cos z) with all rows, from the values a_0 and s_0."""
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.chain_row(g, z, a, s[g, ...], scale=-1)
    return a, s


def sin_cos_by_tan(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """The same, for less: the values of real z come from one t = tan(z/2) in place of two of NumPy's sines.

        sin z = 2 t/(1 + t²),     cos z = (1 − t)(1 + t)/(1 + t²)

    Each has all its digits, as cos z is NumPy's own near its zeros; but sin² + cos² is 1 only to rounding,
    where NumPy's is 1 nearly always. With AVX-512 a loss takes half of the time (k = 1), without 0.8 of it.
    """
    a, s = unfilled(z, T), unfilled(z, T)
    if z.dtype != float:  # by those of the real part, so that a complex step moves no value
        y, of_numbers = z[0].imag, taylor_algebra(T.d, 0)
        sine, cosine = (v[0] for v in sin_cos_by_tan(z[:1].real.copy(), of_numbers))
        a[0] = sine * np.cosh(y) + 1j * (cosine * np.sinh(y))
        s[0] = cosine * np.cosh(y) - 1j * (sine * np.sinh(y))
        return turned(a, s, z, T)
    t, cosine = a[0, ...], s[0, ...]
    np.tan(z[0] / 2, out=t)
    q = t * t
    q += 1
    np.subtract(1, t, out=cosine)
    cosine *= 1 + t
    cosine /= q
    t *= 2
    t /= q  # sin z
    near = np.flatnonzero(np.abs(cosine) < 0.25)
    cosine.reshape(-1)[near] = np.cos(np.take(z[0], near))
    return turned(a, s, z, T)


def sinh_cosh(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """(sinh z, cosh z): sinh′ = cosh, cosh′ = sinh."""
    a, s = unfilled(z, T), unfilled(z, T)
    np.sinh(z[0], out=a[0, ...])
    np.cosh(z[0], out=s[0, ...])
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.chain_row(g, z, a, s[g, ...])
    return a, s


def tan(z: Array, T: TaylorAlgebra) -> Array:
    """tan z: s = 1 + a²."""
    a, s = unfilled(z, T), unfilled(z, T)
    a[0] = np.tan(z[0])
    s[0] = 1 + a[0] ** 2
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.product_row(g, a, a, s[g, ...])
    return a


@cache
def fast_tanh() -> bool:
    """Whether NumPy's tanh and cosh use AVX-512 here, as NumPy says: 1 ns a number then, else 4 to 16."""
    found = np.lib.introspect.opt_func_info(func_name="^(tanh|cosh)$", signature="float64")
    used = [kind["current"] for kinds in found.values() for kind in kinds.values()]
    return len(used) == 2 and set(used) <= {"X86_V4", "AVX512_SKX"}


def tanh_and_slope(z: Array, out: tuple[Array, Array] | None = None) -> tuple[Array, Array]:
    """(tanh z, 1/cosh² z) for numbers, with all their digits in both tails, where 1 − tanh² would cancel.

    Both are NumPy's own where those are fast. Else they come from e = exp(−2|z|) as ±(1 − e)/(1 + e), but
    for |z| < 0.03 where it has lost digits, and 4 e/(1 + e)²; a loss then takes 0.69 to 0.92 of the time
    (k = 1) where NumPy's tanh takes 10 ns a number, 0.87 to 0.93 where 4. For complex z = x + iy, with
    t = tanh x, τ = tan y and w = t τ, this is several times faster than NumPy's:

        tanh z = (t + iτ) / (1 + iw),     1/cosh² z = (1 + τ²) / (1 + iw)² / cosh² x
    """
    a, s = out or (np.empty_like(z), np.empty_like(z))
    if np.iscomplexobj(z):
        t, slope = tanh_and_slope(z.real.copy())
        tau = np.tan(z.imag.copy())
        w = t * tau
        common = (1 + tau**2) / (1 + w**2)
        slope /= 1 + w**2
        a[...] = t * common + 1j * (tau * slope)
        s[...] = common * slope * (1 - w**2 - 2j * w)
    elif z.dtype == object or fast_tanh():  # an interval has tanh and cosh, but no sign
        np.tanh(z, out=a)
        with np.errstate(over="ignore"):  # to 1/∞ = 0
            np.cosh(z, out=s)
        np.divide(1, s, out=s)
        s *= s
    else:
        e = np.abs(z, out=np.empty_like(s))
        e *= -2
        np.exp(e, out=e)
        np.add(e, 1, out=s)
        np.subtract(1, e, out=a)
        a /= s
        np.copysign(a, z, out=a)
        near = np.flatnonzero(e > 0.94)
        np.put(a, near, np.tanh(np.take(z, near)))
        s *= s
        np.divide(e, s, out=s)
        s *= 4
    return a, s


def tanh(z: Array, T: TaylorAlgebra) -> tuple[Array, Array]:
    """(tanh z, tanh′ z): s = 1 − a²."""
    a, s = unfilled(z, T), unfilled(z, T)
    tanh_and_slope(z[0], out=(a[0, ...], s[0, ...]))
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
        T.product_row(g, a, a, s[g, ...], scale=-1)
    return a, s


def reciprocal(z: Array, T: TaylorAlgebra) -> Array:
    """1/z: a·z = 1, so a_γ = −a_0 Σ_{α+β=γ, α≠0} z_α a_β."""
    a = start(np.reciprocal(z[0]), T)
    for g in T.rows:
        a[g] = -a[0] * T.product_row(g, z, a)
    return a


def divide(u: Array, z: Array, T: TaylorAlgebra) -> Array:
    """u/z: a·z = u, so a_γ = (u_γ − Σ_{α+β=γ, α≠0} z_α a_β) / z_0."""
    a = start(u[0] / z[0], T)
    for g in T.rows:
        a[g] = (u[g] - T.product_row(g, z, a)) / z[0]
    return a


def sqrt(z: Array, T: TaylorAlgebra) -> Array:
    """√z: a·a = z, so 2 a_0 a_γ = z_γ − Σ_{α+β=γ, α,β≠0} a_α a_β."""
    a = start(np.sqrt(z[0]), T)
    for g in T.rows:
        a[g] = (z[g] - T.product_row(g, a, a)) / (2 * a[0])
    return a


def compose(taylor: Sequence[Array], z: Array, T: TaylorAlgebra) -> Array:
    """f(z) = Σ_n c_n hⁿ, h = z − z_0, by Horner's rule, from f's own Taylor coefficients c_n at z_0."""
    h = T.padded(z).copy()
    h[0] = 0
    *lower, top = taylor
    a = T.constant(np.asarray(top))
    for c in reversed(lower):
        a = T.product(h, a)
        a[0] = c
    return a


def power(z: Array, r: Array, T: TaylorAlgebra) -> Array:
    """zʳ for real r: the binomial series Σ_n C(r, n) z_0^{r−n} hⁿ, with NumPy's own powers of z_0.

    It ends where C(r, n) = 0, so that whole powers of z_0 = 0 are exact.
    """
    taylor, binomial = [np.power(z[0], r)], np.ones(())
    for n in range(1, T.order + 1):
        binomial = binomial * (r - n + 1) / n
        if not np.any(binomial):
            break
        taylor.append(binomial * np.where(binomial == 0, 1, power_less(z[0], r, n)))
    return compose(taylor, z, T)


def power_less(z: Array, r: Array, n: int) -> Array:
    """z^{r−n} for numbers, with the rounding error δ of r − n put back: z^δ ≈ 1 + δ log z."""
    e = np.asarray(r - n)
    delta = (r - (e - (e - r))) - (n + (e - r))
    a: Array = np.power(z, e)
    if not delta.any():
        return a
    return np.asarray(a * (1 + delta * np.log(np.where(delta == 0, 1, z))))


def integral(value: Array, s: Array, z: Array, T: TaylorAlgebra) -> Array:
    """The jet a with a_0 = value and ∂a = s ∂z, for a derivative s that is known whole."""
    a = np.empty((T.size, *z.shape[1:]), np.result_type(value, s, z, float))
    a[0] = value
    for g in T.rows:
        T.chain_row(g, z, s, a[g, ...])
    return a


def plus(z: Array, c: float) -> Array:
    """z + c: a constant enters the entry α = 0 only."""
    out = z.copy()
    out[0] += c
    return out


def log(z: Array, T: TaylorAlgebra) -> Array:
    """log z: s = 1/z."""
    return integral(np.log(z[0]), reciprocal(z, T), z, T)


def log2(z: Array, T: TaylorAlgebra) -> Array:
    """log z / log 2."""
    a = log(z, T) / math.log(2)
    a[0] = np.log2(z[0])
    return a


def log10(z: Array, T: TaylorAlgebra) -> Array:
    """log z / log 10."""
    a = log(z, T) / math.log(10)
    a[0] = np.log10(z[0])
    return a


def log1p_of_numbers(z: Array) -> Array:
    """log(1 + z) for numbers: NumPy's own loses the digits of a small complex z, SciPy's is slower."""
    return np.asarray(special.log1p(z) if np.iscomplexobj(z) else np.log1p(z))


def log1p(z: Array, T: TaylorAlgebra) -> Array:
    """log(1 + z): s = 1/(1 + z)."""
    return integral(log1p_of_numbers(z[0]), reciprocal(plus(z, 1), T), z, T)


def arctan(z: Array, T: TaylorAlgebra) -> Array:
    """arctan z, the angle of the point (1, z): s = 1/(1 + z²)."""
    theta = polar(np.ones_like(z[:1]), z, T)[1]
    theta[0] = np.arctan(z[0])
    return theta


def arcsinh(z: Array, T: TaylorAlgebra) -> Array:
    """arsinh z: s = 1/√(1 + z²), the cosine of the angle of (1, z)."""
    return integral(np.arcsinh(z[0]), polar(np.ones_like(z[:1]), z, T)[2], z, T)


def arccosh(z: Array, T: TaylorAlgebra) -> Array:
    """arcosh z: s = 1/√(z² − 1), with z² − 1 as (z − 1)(z + 1) to keep digits near 1."""
    s = reciprocal(sqrt(T.product(plus(z, -1), plus(z, 1)), T), T)
    return integral(np.arccosh(z[0]), s, z, T)


def one_less_square(z: Array, T: TaylorAlgebra) -> Array:
    """1 − z², whose value is (1 − z)(1 + z) to keep digits near ±1; in higher rows that product cancels."""
    a = -T.product(z, z)
    a[0] = (1 - z[0]) * (1 + z[0])
    return a


def arctanh(z: Array, T: TaylorAlgebra) -> Array:
    """artanh z: s = 1/(1 − z²)."""
    s = reciprocal(one_less_square(z, T), T)
    return integral(np.arctanh(z[0]), s, z, T)


def arcsin(z: Array, T: TaylorAlgebra) -> Array:
    """arcsin z: s = 1/√(1 − z²)."""
    s = reciprocal(sqrt(one_less_square(z, T), T), T)
    return integral(np.arcsin(z[0]), s, z, T)


def arccos(z: Array, T: TaylorAlgebra) -> Array:
    """arccos z = π/2 − arcsin z."""
    a = -arcsin(z, T)
    a[0] = np.arccos(z[0])
    return a


def polar(u: Array, v: Array, T: TaylorAlgebra) -> tuple[Array, Array, Array]:
    """The length a, the angle θ but for its value 0, and cos θ of the point (u, v).

    With c = cos θ = u/a and s = sin θ = v/a,

        ∂a = c ∂u + s ∂v,     ∂θ = (c ∂v − s ∂u)/a,     ∂c = −s ∂θ,     ∂s = c ∂θ

    Nothing is a difference such as 1 − c², so that the digits of a small u or v stay. Both are divided by
    the value a_0 first, so that no square overflows.
    """
    value = length(u[0], v[0])
    u, v = u / value, v / value
    a, theta = start(np.ones_like(value), T), start(np.zeros_like(value), T)
    c, s, c_by_a, s_by_a = (start(z[0], T) for z in (u, v, u, v))
    for g in T.rows:
        a[g] = T.chain_row(g, u, c) + T.chain_row(g, v, s)
        theta[g] = T.chain_row(g, v, c_by_a) - T.chain_row(g, u, s_by_a)
        T.chain_row(g, theta, s, c[g, ...], scale=-1)
        T.chain_row(g, theta, c, s[g, ...])
        c_by_a[g] = c[g] - T.product_row(g, a, c_by_a)
        s_by_a[g] = s[g] - T.product_row(g, a, s_by_a)
    a = a * value
    a[0] = value
    return a, theta, c


def length(u: Array, v: Array) -> Array:
    """√(u² + v²) for numbers, continued analytically to complex ones."""
    if not (np.iscomplexobj(u) or np.iscomplexobj(v)):
        return np.asarray(np.hypot(u, v))
    size = np.hypot(np.abs(u), np.abs(v))
    size = np.where(size == 0, 1, size)
    return np.asarray(size * np.sqrt((u / size) ** 2 + (v / size) ** 2))


def hypot(u: Array, v: Array, T: TaylorAlgebra) -> Array:
    """√(u² + v²), the length of (u, v)."""
    return polar(u, v, T)[0]


def arctan2(u: Array, v: Array, T: TaylorAlgebra) -> Array:
    """The angle of the point (v, u)."""
    theta = polar(v, u, T)[1]
    theta[0] = angle(u[0], v[0])
    return theta


def angle(u: Array, v: Array) -> Array:
    """arctan2(u, v) for numbers, continued to complex ones by arctan of the smaller ratio."""
    if not (np.iscomplexobj(u) or np.iscomplexobj(v)):
        return np.asarray(np.arctan2(u, v))
    steep = np.abs(u.real) > np.abs(v.real)
    below, above = np.where(steep, u, v), np.where(steep, -v, u)
    main = np.arctan2(np.real(u), np.real(v))
    inner = np.arctan(above / below)
    return np.asarray(main - inner.real + inner)  # the turn is that of the real parts
