"""Mistakes in products of jets (J1), the chain rule (J3), activations, and the transpose (J4)."""

from typing import Any

import numpy as np

from .._typing import Array
from ..plain import Index, Jet
from .equations import Method, factorial, pairs
from .mistakes import binomial, degree, first, mistake, table

# -- products ------------------------------------------------------------------------------------------


def by_row(self: Method, u: Jet, v: Jet) -> Jet:
    """The rows multiplied as if there were one variable."""
    U, V = list(u.values()), list(v.values())
    return {gamma: sum(U[i] * V[g - i] for i in range(g + 1)) for g, gamma in enumerate(u)}


PRODUCTS = (
    *table("times", "(J1) is (u v)_γ = Σ_{α+β=γ} u_α v_β", rows={
        "product-entrywise": (
            "the jets are multiplied entry by entry, u_γ v_γ; (J1) sums u_α v_β over all α + β = γ.",
            lambda self, u, v, gamma: u[gamma] * v[gamma]),
        "product-with-binomials": (
            "the product has the binomials of Leibniz' rule, which is for derivatives; Taylor coefficients"
            " multiply without them, (u v)_γ = Σ_{α+β=γ} u_α v_β (J1).",
            lambda self, u, v, gamma: sum(binomial(gamma, a) * u[a] * v[b] for a, b in pairs(gamma))),
        "product-of-derivatives-to-coefficients": (
            "the product takes its factors for derivatives and divides by factorials on the way; they are "
            "Taylor coefficients already, (u v)_γ = Σ_{α+β=γ} u_α v_β (J1).",
            lambda self, u, v, gamma:
                sum(u[a] * v[b] / (factorial(a) * factorial(b)) for a, b in pairs(gamma))),
        "product-without-last-term": (
            "the sum of (J1) stops one term early: α = γ is left out.",
            lambda self, u, v, gamma: sum([u[a] * v[b] for a, b in pairs(gamma)][:-1], 0 * first(u))),
        "product-without-first-term": (
            "the sum of (J1) starts one term late: α = 0 is left out.",
            lambda self, u, v, gamma: sum([u[a] * v[b] for a, b in pairs(gamma)][1:], 0 * first(u))),
        "product-only-ends": (
            "of the sum (J1) the two ends are taken alone, u_0 v_γ + u_γ v_0, without what lies between.",
            lambda self, u, v, gamma: first(u) * v[gamma] + (u[gamma] * first(v) if any(gamma) else 0)),
        "product-last-term-only": (
            "of the sum (J1) only the term α = γ is left, u_γ v_0 (is = where += belongs?).",
            lambda self, u, v, gamma: u[gamma] * first(v)),
        "product-first-term-only": (
            "of the sum (J1) only the term α = 0 is left, u_0 v_γ.",
            lambda self, u, v, gamma: first(u) * v[gamma]),
        "product-without-v": (
            "the second factor is missing, Σ u_α",
            lambda self, u, v, gamma: sum(u[a] for a, _ in pairs(gamma))),
        "product-without-u": (
            "the first factor is missing, Σ v_β",
            lambda self, u, v, gamma: sum(v[b] for _, b in pairs(gamma))),
        "product-ends-twice": (
            "at γ = 0 the product u_0 v_0 is counted twice: u_0 v_γ + u_γ v_0 is (J1) for |γ| = 1 alone.",
            lambda self, u, v, gamma: sum(u[a] * v[b] for a, b in pairs(gamma)) * (1 if any(gamma) else 2)),
        "product-pairs-once": (
            "each pair {α, β} is counted once; the sum (J1) has both u_α v_β and u_β v_α.",
            lambda self, u, v, gamma: sum(u[a] * v[b] for a, b in pairs(gamma) if a <= b)),
        "product-by-degree": (
            "all α, β with |α| + |β| = |γ| are summed; (J1) has those with α + β = γ in every variable.",
            lambda self, u, v, gamma:
                sum(u[a] * v[b] for a in u for b in v if degree(a) + degree(b) == degree(gamma))),
        "product-untruncated-sum": (
            "u_α v_β is summed over all α and β below γ, whatever they add up to; (J1) has those with α + "
            "β = γ.",
            lambda self, u, v, gamma: sum(u[a] * v[b] for a, _ in pairs(gamma) for b, _ in pairs(gamma))),
    }),
    mistake(
        "product-by-row",
        "the rows are multiplied as if row i + row j were row i + j, which holds in one variable "
        "alone; in several, α and β add entry by entry (J1).",
        product=by_row, times=lambda self, u, v, gamma: by_row(self, u, v)[gamma]),
    mistake(
        "product-transposed",
        "the transpose of the product is taken, Σ_{γ≥β} u_{γ−β} v_γ (J4), where the product itself "
        "(J1) belongs.",
        product=lambda self, u, v: self.transpose(u, v)),
)  # fmt: skip

# -- the chain rule ------------------------------------------------------------------------------------


def chained(weight: Any = lambda a, b, q: a[q], divisor: Any = lambda gamma, q: gamma[q]) -> Any:
    """`chain` as Σ weight(α, β, q) z_α s_β / divisor(γ, q), where s_γ is 0 while it is not yet known."""

    def chain(self: Method, z: Jet, s: Jet, gamma: Index) -> Any:
        q, nothing = self.direction(gamma), 0 * first(z)
        terms = (weight(a, b, q) * z[a] * s.get(b, nothing) for a, b in pairs(gamma))
        return sum(terms, nothing) / divisor(gamma, q)

    return chain


def by_row_chained(self: Method, z: Jet, s: Jet, gamma: Index) -> Any:
    """(J3) of the rows, as if row n were degree n."""
    Z, S, n = list(z.values()), list(s.values()), list(z).index(gamma)
    return sum(j * Z[j] * S[n - j] for j in range(1, n + 1)) / n


def of_derivatives(self: Method, z: Jet, s: Jet, gamma: Index) -> Any:
    """D^γ a from derivatives, by Leibniz' rule for ∂_q a = s ∂_q z."""
    q = self.direction(gamma)
    below = tuple(g - (i == q) for i, g in enumerate(gamma))
    return sum(binomial(below, b) * z[a] * s[b] for a, b in pairs(gamma) if a[q] > 0)


def powers_of_value(self: Method, z: Jet) -> tuple[Jet, Jet]:
    """σ and σ′ of every coefficient by itself."""
    both = {alpha: self.values(z[alpha]) for alpha in z}
    return {alpha: both[alpha][0] for alpha in z}, {alpha: both[alpha][1] for alpha in z}


CHAINS = (
    *table("chain", "(J3) is γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β", rows={
        "chain-without-gamma": ("the sum is not divided by γ_q", chained(divisor=lambda gamma, q: 1)),
        "chain-without-alpha": ("the factor α_q is dropped", chained(lambda a, b, q: a[q] > 0)),
        "chain-without-alpha-and-gamma": (
            "α_q and γ_q are both dropped, a_γ = Σ z_α s_β",
            chained(lambda a, b, q: a[q] > 0, lambda gamma, q: 1)),
        "chain-with-alpha-zero": (
            "α_q is dropped and the terms with α_q = 0 are taken along, the product of z and s over γ_q",
            chained(lambda a, b, q: 1)),
        "chain-is-product": (
            "a is taken for the product of z and s (J1); (J3) weighs its terms, γ_q a_γ = Σ α_q z_α s_β.",
            chained(lambda a, b, q: 1, lambda gamma, q: 1)),
        "chain-beta-for-alpha": (
            "the factor is β_q, which belongs to s; (J3) has α_q, the one of z_α.",
            chained(lambda a, b, q: b[q] * (a[q] > 0))),
        "chain-beta-for-alpha-throughout": (
            "the factor is β_q and the sum over β_q > 0, as if z and s were exchanged; (J3) has α_q, the "
            "one of z_α.",
            chained(lambda a, b, q: b[q])),
        "chain-all-alpha": (
            "the factor is |α| and the divisor γ_q; (J3) has α_q and γ_q for the same q (or |α| and |γ|).",
            chained(lambda a, b, q: degree(a))),
        "chain-divided-by-degree": (
            "the sum is divided by |γ|, where (J3) has γ_q, the entry of the same q as α_q.",
            chained(divisor=lambda gamma, q: degree(gamma))),
        "chain-gamma-factorial": (
            "the sum is divided by γ!; (J3) divides by the one number γ_q.",
            chained(divisor=lambda gamma, q: factorial(gamma))),
        "chain-first-order": (
            "every coefficient is a_γ = s_0 z_γ, which is the chain rule for |γ| = 1; from |γ| = 2 on (J3)"
            " has terms with s_β, β ≠ 0 (those of σ″).",
            lambda self, z, s, gamma: first(s) * z[gamma]),
        "chain-without-last-term": (
            "the sum of (J3) stops one term early: α = γ, the term γ_q z_γ s_0, is left out.",
            chained(lambda a, b, q: a[q] * any(b))),
        "chain-first-variable": (
            "q is the first variable whatever γ is; (J3) takes a q with γ_q > 0.",
            chained(lambda a, b, q: a[0], lambda gamma, q: max(gamma[0], 1))),
        "chain-without-z": (
            "z_α is missing, Σ α_q s_β",
            lambda self, z, s, gamma: Method.chain(self, dict.fromkeys(z, 1), s, gamma)),
        "chain-without-s": (
            "s_β is missing, Σ α_q z_α",
            lambda self, z, s, gamma: Method.chain(self, z, dict.fromkeys(z, 1), gamma)),
        "chain-with-s-of-value": (
            "s_0 stands where s_β belongs",
            lambda self, z, s, gamma: Method.chain(self, z, dict.fromkeys(s, first(s)), gamma)),
        "chain-times-gamma": (
            "the sum is multiplied by γ_q, and not divided", chained(divisor=lambda gamma, q: 1 / gamma[q])),
        "chain-gamma-squared": (
            "the sum is divided by γ_q twice", chained(divisor=lambda gamma, q: gamma[q] ** 2)),
        "chain-negative": ("a_γ has the wrong sign", chained(divisor=lambda gamma, q: -gamma[q])),
        "chain-row-for-degree": (
            "rows are counted as if row n were degree n, n a_n = Σ j z_j s_{n−j}, which holds in one "
            "variable alone; in several (J3) has multi-indices.",
            by_row_chained),
        "chain-of-derivatives": (
            "z and a are taken for derivatives, D^γ a = Σ binomials Dᵅz Dᵝs; they are Taylor coefficients,"
            " and (J3) is γ_q a_γ = Σ α_q z_α s_β.",
            of_derivatives),
    }),
    mistake(
        "activation-of-every-coefficient",
        "σ is taken of every Taylor coefficient by itself; a_0 = σ(z_0), and the others follow by (J3).",
        activate=powers_of_value),
)  # fmt: skip

# -- the activation --------------------------------------------------------------------------------


def slope_of(slope: Any) -> Any:
    """`values` with another σ′(z_0), of z_0 and a_0."""

    def values(self: Method, z_0: Array) -> tuple[Array, Array]:
        a_0, _ = Method.values(self, z_0)
        return a_0, slope(self, z_0, a_0)

    return values


def cancelled(self: Method, z_0: Array, a_0: Array) -> Array:
    """1 − a², of NumPy's tanh, as the last bit of a is what is left of it."""
    a = np.tanh(z_0) if self.activation == "tanh" else a_0
    return np.asarray(1 - a**2)


SLOPES = (
    *table("values", "1/cosh² z_0 is e (1 + |a_0|)² with e = exp(−2 |z_0|)", made=slope_of, rows={
        "saturation-cancels": (
            "s_0 = 1 − a_0² loses its digits where tanh is saturated (a_0 near ±1): take 1/cosh² z_0 "
            "there, as e (1 + |a_0|)² with e = exp(−2 |z_0|).",
            cancelled),
        "slope-at-a": (
            "s is taken at a in place of z: s = σ′(z), which for tanh is 1 − a², not 1 − tanh²(a).",
            lambda self, z_0, a_0: Method.values(self, a_0)[1]),
        "slope-one-in-row-0": (
            "s_0 is 1; it is σ′(z_0), for tanh 1 − a_0².", lambda self, z_0, a_0: np.ones_like(z_0)),
        "slope-of-z-squared": (
            "s_0 is 1 − z_0²; for tanh it is 1 − a_0², with a_0 = tanh z_0.",
            lambda self, z_0, a_0: 1 - z_0**2),
        "slope-not-squared": ("s_0 is 1 − a_0; for tanh it is 1 − a_0².", lambda self, z_0, a_0: 1 - a_0),
        "slope-of-sigmoid-in-row-0": (
            "s_0 is a_0 (1 − a_0), the slope of the sigmoid; that of tanh is 1 − a_0².",
            lambda self, z_0, a_0: a_0 - a_0**2),
        "slope-sech-not-squared": (
            "s_0 is 1/cosh z_0; for tanh it is 1/cosh² z_0.", lambda self, z_0, a_0: 1 / np.cosh(z_0)),
        "slope-inverse": (
            "s_0 is cosh² z_0, which is 1/σ′; for tanh s_0 is 1/cosh² z_0.",
            lambda self, z_0, a_0: np.cosh(z_0) ** 2),
        "slope-e-not-squared": (
            "s_0 is e (1 + |a_0|), without the square",
            lambda self, z_0, a_0: np.exp(-2 * np.abs(z_0)) * (1 + np.abs(a_0))),
        "slope-e-alone": (
            "s_0 is e = exp(−2 |z_0|) alone: 1/cosh² z_0 is e (1 + |a_0|)².",
            lambda self, z_0, a_0: np.exp(-2 * np.abs(z_0))),
        "slope-e-without-absolute-value": (
            "the absolute value is missing in e = exp(−2 |z_0|): 1/cosh² z_0 is e (1 + |a_0|)².",
            lambda self, z_0, a_0: np.exp(-2 * z_0) * (1 + np.abs(a_0)) ** 2),
        "slope-a-without-absolute-value": (
            "the absolute value of a_0 is missing",
            lambda self, z_0, a_0: np.exp(-2 * np.abs(z_0)) * (1 + a_0) ** 2),
    }),
    mistake(
        "slope-missing", "σ′ is missing, s = 1 at every order: s = σ′(z) is 1 − a² for tanh.",
        values=slope_of(lambda self, z_0, a_0: np.ones_like(z_0)),
        slope=lambda self, z, a, gamma: 0 * a[gamma]),
    mistake(
        "slope-of-sigmoid", "s_0 is a_0 (1 − a_0), the slope of the sigmoid; that of tanh is 1 − a_0².",
        values=slope_of(lambda self, z_0, a_0: a_0 - a_0**2),
        slope=lambda self, z, a, gamma: a[gamma] - self.times(a, a, gamma)),
    mistake(
        "slope-negative", "s has the wrong sign throughout: s = σ′(z).",
        values=slope_of(lambda self, z_0, a_0: -Method.values(self, z_0)[1]),
        slope=lambda self, z, a, gamma: -Method.slope(self, z, a, gamma)),
    mistake(
        "slope-of-tanh", "s is 1 − a², the slope of tanh, and the activation is another one.",
        values=slope_of(
            lambda self, z_0, a_0: (
                Method.values(self, z_0)[1] if self.activation == "tanh" else 1 - a_0**2
            )
        ),
        slope=lambda self, z, a, gamma: -self.times(a, a, gamma)),
    mistake(
        "slope-plus", "s is 1 + a²; for tanh it is 1 − a².",
        values=slope_of(lambda self, z_0, a_0: 1 + a_0**2),
        slope=lambda self, z, a, gamma: self.times(a, a, gamma)),
    *table("slope", rows={
        "slope-rows-sign": (
            "the sign of s_γ is wrong for γ ≠ 0: for tanh s = 1 − a² gives s_γ = −(a a)_γ.",
            lambda self, z, a, gamma: -Method.slope(self, z, a, gamma)),
        "slope-rows-one": (
            "1 is added in every row of s; in s = 1 − a² it stands in row 0 alone: s_γ = −(a a)_γ for γ ≠ "
            "0.",
            lambda self, z, a, gamma: 1 - self.times(a, a, gamma)),
        "slope-rows-entrywise": (
            "a² is taken entry by entry, s_γ = −a_γ²: it is the product of jets, s_γ = −(a a)_γ (J1).",
            lambda self, z, a, gamma: -(a[gamma] ** 2)),
        "slope-rows-one-minus-entrywise": (
            "s is 1 − a_γ² in every row: it is 1 − a², a product of jets, so that s_γ = −(a a)_γ (J1) for "
            "γ ≠ 0.",
            lambda self, z, a, gamma: 1 - a[gamma] ** 2),
        "slope-rows-ends": (
            "s_γ is −2 a_0 a_γ, which is −(a a)_γ for |γ| = 1 alone; from |γ| = 2 on (J1) has terms "
            "between.",
            lambda self, z, a, gamma: -2 * first(a) * a[gamma]),
        "slope-rows-once": (
            "s_γ is −a_0 a_γ: the product −(a a)_γ (J1) has a_0 a_γ and a_γ a_0.",
            lambda self, z, a, gamma: -first(a) * a[gamma]),
        "slope-rows-twice": (
            "s_γ is twice what it is for γ ≠ 0: for tanh s = 1 − a² gives s_γ = −(a a)_γ, and the product "
            "of jets (J1) has both a_α a_β and a_β a_α already.",
            lambda self, z, a, gamma: 2 * Method.slope(self, z, a, gamma)),
        "slope-rows-before-a": (
            "s_γ is made before a_γ, and lacks the terms with it: s_γ = −(a a)_γ asks for a_γ, so compute "
            "a_γ first.",
            lambda self, z, a, gamma: Method.slope(self, z, a | {gamma: 0 * a[gamma]}, gamma)),
        "slope-rows-zero": (
            "the rows of s beyond s_0 are zero, as if σ″ were: s = 1 − a² gives s_γ = −(a a)_γ.",
            lambda self, z, a, gamma: 0 * a[gamma]),
        "slope-rows-of-z": (
            "the rows of s are those of 1 − z²; s = 1 − a², so that s_γ = −(a a)_γ.",
            lambda self, z, a, gamma: -self.times(z, z, gamma)),
    }),
    mistake(
        "activation-missing", "σ is not applied at all: a_0 = σ(z_0).",
        activate=lambda self, z: (z, {a: np.ones_like(v) * (not any(a)) for a, v in z.items()})),
    *(
        mistake(
            f"activation-is-{name}",
            f"the activation is {name}, and not the one that was asked for.",
            activate=lambda self, z, name=name: Method(name).activate(z),
        )
        for name in ("tanh", "sigmoid", "sin", "softplus")
    ),
)  # fmt: skip

# -- transposes ----------------------------------------------------------------------------------------


def transposed(weight: Any) -> Any:
    """z̄_β = Σ_{γ≥β} weight(s, ā, β, γ, γ − β)."""

    def transpose(self: Method, s: Jet, a_bar: Jet) -> Jet:
        z_bar: Jet = {alpha: np.zeros_like(first(a_bar)) for alpha in a_bar}
        for gamma in a_bar:
            for rest, beta in pairs(gamma):
                z_bar[beta] = z_bar[beta] + weight(s, a_bar, beta, gamma, rest)
        return z_bar

    return transpose


def by_row_transposed(self: Method, s: Jet, a_bar: Jet) -> Jet:
    """(J4) of the rows, as if row n were degree n."""
    S, A, count = list(s.values()), list(a_bar.values()), len(a_bar)
    return {beta: sum(S[n - m] * A[n] for n in range(m, count)) for m, beta in enumerate(a_bar)}


TRANSPOSES = (
    *table("transpose", rows={
        "transpose-is-product": (
            "the product is taken forward, Σ_{α+β=γ} s_α ā_β (J1), where its transpose belongs: z̄_β = "
            "Σ_{γ≥β} s_{γ−β} ā_γ (J4).",
            lambda self, s, a_bar: Method.product(self, s, a_bar)),
        "second-slope-missing": (
            "the terms of σ″ are missing, z̄_β = s_0 ā_β: (J4) adds s_{γ−β} ā_γ for every γ above β, for k"
            " = 1 s_1 ā_1 in z̄_0.",
            lambda self, s, a_bar: {alpha: first(s) * a_bar[alpha] for alpha in a_bar}),
        "second-slope-missing-in-z0": (
            "z̄_0 is s_0 ā_0 alone: (J4) adds s_γ ā_γ for every γ, the terms of σ″ (for k = 1, s_1 ā_1).",
            lambda self, s, a_bar:
                {**Method.transpose(self, s, a_bar), next(iter(s)): first(s) * first(a_bar)}),
        "slope-missing-backward": (
            "σ′ is missing in the backward pass, z̄ = ā: (J4) multiplies by s.",
            lambda self, s, a_bar: a_bar),
        "transpose-not-accumulated": (
            "of the sum (J4) only the last γ is left (is = where += belongs?): z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ.",
            lambda self, s, a_bar:
                {beta: s[rest] * a_bar[gamma] for gamma in a_bar for rest, beta in pairs(gamma)}),
        "transpose-entrywise": (
            "z̄_β is s_β ā_β, entry by entry; (J4) is z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ.",
            lambda self, s, a_bar: {alpha: s[alpha] * a_bar[alpha] for alpha in a_bar}),
        "transpose-by-row": (
            "rows are counted as if row n were degree n, z̄_m = Σ_{n≥m} s_{n−m} ā_n, which holds in one "
            "variable alone; in several (J4) has multi-indices.",
            by_row_transposed),
    }),
    *table("transpose", "(J4) has s_{γ−β} ā_γ", made=transposed, rows={
        "transpose-first-neighbours": (
            "z̄_β has only s_{γ−β} ā_γ with |γ − β| ≤ 1; (J4) has every γ ≥ β.",
            lambda s, a_bar, beta, gamma, rest: (degree(rest) <= 1) * s[rest] * a_bar[gamma]),
        "transpose-without-s": (
            "s is missing, z̄_β = Σ ā_γ: (J4) is z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ.",
            lambda s, a_bar, beta, gamma, rest: a_bar[gamma]),
        "transpose-without-a-bar": (
            "ā is missing, z̄_β = Σ s_{γ−β}: (J4) is z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ.",
            lambda s, a_bar, beta, gamma, rest: s[rest]),
        "transpose-negative": (
            "z̄ has the wrong sign: (J4) is z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ.",
            lambda s, a_bar, beta, gamma, rest: -s[rest] * a_bar[gamma]),
        "transpose-a-bar-beta": (
            "the index of ā is β", lambda s, a_bar, beta, gamma, rest: s[rest] * a_bar[beta]),
        "transpose-s-beta": (
            "the index of s is β", lambda s, a_bar, beta, gamma, rest: s[beta] * a_bar[gamma]),
        "transpose-s-gamma": (
            "the index of s is γ", lambda s, a_bar, beta, gamma, rest: s[gamma] * a_bar[gamma]),
        "transpose-indices-exchanged": (
            "the indices are exchanged, s_γ ā_{γ−β}",
            lambda s, a_bar, beta, gamma, rest: s[gamma] * a_bar[rest]),
        "transpose-with-binomials": (
            "(J4) has binomials in it, as for derivatives; for Taylor coefficients it is z̄_β = Σ_{γ≥β} "
            "s_{γ−β} ā_γ.",
            lambda s, a_bar, beta, gamma, rest: binomial(gamma, beta) * s[rest] * a_bar[gamma]),
        "transpose-without-diagonal": (
            "the sum starts above β: (J4) has γ ≥ β, and so the term s_0 ā_β.",
            lambda s, a_bar, beta, gamma, rest: any(rest) * s[rest] * a_bar[gamma]),
        "transpose-sign": (
            "the terms with γ ≠ β have the wrong sign: (J4) is z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ, all with plus.",
            lambda s, a_bar, beta, gamma, rest: (-1) ** any(rest) * s[rest] * a_bar[gamma]),
        "transpose-alternating": (
            "the terms have alternating signs, (−1)^|γ−β|, as from integration by parts; in (J4) all are "
            "plus.",
            lambda s, a_bar, beta, gamma, rest: (-1) ** degree(rest) * s[rest] * a_bar[gamma]),
        "transpose-one-direction": (
            "of the γ above β only one is taken for each β; (J4) sums over every γ ≥ β, in all variables.",
            lambda s, a_bar, beta, gamma, rest: (sum(r > 0 for r in rest) <= 1) * s[rest] * a_bar[gamma]),
    }),
    *table("through", rows={
        "slope-at-a-backward": (
            "s is taken at a in place of z in the backward pass: s = σ′(z).",
            lambda self, z, a, s, a_bar: self.transpose(self.activate(a)[1], a_bar)),
        "activation-for-slope-backward": (
            "ā is multiplied by a = σ(z) in place of s = σ′(z) (J4).",
            lambda self, z, a, s, a_bar: self.transpose(a, a_bar)),
        "z-for-slope-backward": (
            "ā is multiplied by z in place of s = σ′(z) (J4).",
            lambda self, z, a, s, a_bar: self.transpose(z, a_bar)),
        "slope-squared-backward": (
            "ā is multiplied by s twice: z̄ = sᵀā (J4).",
            lambda self, z, a, s, a_bar: self.transpose(s, self.transpose(s, a_bar))),
    }),
)  # fmt: skip

JETS = (*PRODUCTS, *CHAINS, *SLOPES, *TRANSPOSES)
