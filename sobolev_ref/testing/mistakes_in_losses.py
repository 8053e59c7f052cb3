"""Mistakes in the Sobolev loss (D3) and in the ū of its gradient, (T1) and (T2)."""

import math
from typing import Any

import numpy as np

from .equations import Method, factorial
from .mistakes import arrangements, degree, first, mistake, table

LOSS = "(D3) is Σ_α λ_α ∫ |r_α|^p"
RECIPE = "ū_α = α! λ_α w p φ_p(r_α) (T2)"
PHI = "φ_p(r) = sign(r) |r|^{p−1}"
RESIDUAL = "r_α = Dᵅu_θ − Dᵅu, and Dᵅu_θ = α! u_α"


def each(change: Any) -> Any:
    """`lambdas` with change(λ_α, α) for each λ_α."""
    return lambda self, weights: {alpha: change(lam, alpha) for alpha, lam in weights.items()}


def listed(change: Any) -> Any:
    """`lambdas` from the list of them: change(list, row, |α|, k)."""
    return lambda self, weights: {
        alpha: change(list(weights.values()), i, degree(alpha), max(map(degree, weights)))
        for i, alpha in enumerate(weights)
    }


FACTORS = (
    *table("lambdas", f"{LOSS}, and {RECIPE}", made=each, rows={
        "lambda-missing": ("λ is missing", lambda lam, alpha: 1.0),
        "lambda-squared": ("λ is squared", lambda lam, alpha: lam**2),
        "lambda-root": ("the square root of λ is taken", lambda lam, alpha: math.sqrt(lam)),
        "lambda-inverse": ("the terms are divided by λ", lambda lam, alpha: 1 / lam if lam else np.inf),
        "lambda-of-values-dropped": (
            "λ_0 is taken for 1: the term α = 0 has its own λ_0.",
            lambda lam, alpha: lam if any(alpha) else 1.0),
        "lambda-of-derivatives-dropped": (
            "λ_α is taken for 1 where α ≠ 0: each α has its own λ_α.",
            lambda lam, alpha: 1.0 if any(alpha) else lam),
        "derivatives-counted-by-order": (
            "mixed derivatives are counted |α|!/α! times, once for each order of the ∂: in (D3) each α "
            "counts once.",
            lambda lam, alpha: lam * arrangements(alpha)),
        "mixed-derivatives-missing": (
            "mixed derivatives are left out: (D3) sums over every |α| ≤ k.",
            lambda lam, alpha: lam * (sum(map(bool, alpha)) <= 1)),
        "values-counted-twice": (
            "the values are counted twice, as in Definition 3 taken literally: in (D3) each α counts once.",
            lambda lam, alpha: lam * (1 if any(alpha) else 2)),
        "values-missing": (
            "the term of the values, α = 0, is missing: (D3) sums over every |α| ≤ k, and Theorem 1 (T1) "
            "is its gradient.",
            lambda lam, alpha: lam * any(alpha)),
        "values-only": (
            "only the values, α = 0, are there: (D3) sums over every |α| ≤ k, and Theorem 2 (T2) has a "
            "gradient for each.",
            lambda lam, alpha: lam * (not any(alpha))),
    }),
    *table("lambdas", "(D3) sums over every |α| ≤ k", made=listed, rows={
        "lambda-of-value": (
            f"λ_0 is taken for every α: {LOSS}, each α with its own.", lambda lams, i, n, k: lams[0]),
        "lambda-reversed": (
            "the λ are taken in the reverse order: weights[i] belongs to alphas[i].",
            lambda lams, i, n, k: lams[-1 - i]),
        "lambda-by-degree": (
            "weights is read by the order |α|, weights[|α|]; its row i belongs to alphas[i].",
            lambda lams, i, n, k: lams[n]),
        "lambda-normalised": (
            f"the λ are divided by their sum: {LOSS}, with λ as they are.",
            lambda lams, i, n, k: lams[i] / sum(lams)),
        "highest-order-missing": (
            "the highest order |α| = k is left out (a range that ends one early)",
            lambda lams, i, n, k: lams[i] * (n < k)),
        "highest-order-only": (
            "only the highest order |α| = k is there", lambda lams, i, n, k: lams[i] * (n == k)),
        "last-alpha-missing": ("the last α is left out", lambda lams, i, n, k: lams[i] * (i < len(lams) - 1)),
    }),
    *table("w", "∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1)", rows={
        "w-missing": ("the quadrature weights w are missing", lambda self, w: np.ones_like(w)),
        "w-squared": ("the quadrature weights are squared", lambda self, w: w**2),
        "w-root": ("the square roots of the quadrature weights are taken", lambda self, w: np.sqrt(w)),
        "w-inverse": ("the terms are divided by the quadrature weights", lambda self, w: 1 / w),
        "w-normalised": (
            "the quadrature weights are divided by their sum, which gives the mean over Ω: (D3) is the "
            "integral.",
            lambda self, w: w / w.sum()),
        "mean-over-nodes": (
            "the mean over the nodes is taken, without w", lambda self, w: np.ones_like(w) / len(w)),
        "w-and-mean": (
            "the weighted sum over the nodes is divided by their number as well, a mean: (Q1) is ∫_Ω f dx "
            "≈ Σ_i w_i f(x_i).",
            lambda self, w: w / len(w)),
        "w-mean-only": (
            "every node has the mean of the weights: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1), each with its own.",
            lambda self, w: np.full_like(w, w.mean())),
        "w-reversed": (
            "the quadrature weights are in the reverse order: w[i] belongs to x[i].",
            lambda self, w: w[::-1]),
        "w-of-first-node": (
            "every node has the weight of the first one: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1), each with its own.",
            lambda self, w: np.full_like(w, w[0])),
    }),
)  # fmt: skip

RESIDUALS = (
    *table("derivative", RESIDUAL, rows={
        "factorial-missing-in-residual": ("α! is missing in the residual", lambda self, u, alpha: u[alpha]),
        "factorial-squared-in-residual": (
            "α! is there twice in the residual", lambda self, u, alpha: factorial(alpha) ** 2 * u[alpha]),
        "factorial-inverse-in-residual": (
            "u_α is divided by α! in the residual", lambda self, u, alpha: u[alpha] / factorial(alpha)),
        "factorial-of-degree-in-residual": (
            f"the factor in the residual is |α|!: {RESIDUAL}, with α! = α_1! ⋯ α_d!.",
            lambda self, u, alpha: math.factorial(degree(alpha)) * u[alpha]),
    }),
    mistake(
        "factorial-of-degree-everywhere",
        f"the factor is |α|! in the residual and in ū, where α! = α_1! ⋯ α_d! belongs: {RESIDUAL}.",
        derivative=lambda self, u, alpha: math.factorial(degree(alpha)) * u[alpha],
        factor=lambda self, alpha: math.factorial(degree(alpha)), only_in=("check_gradient",)),
    mistake(
        "factorial-of-first-variable", f"the factor is α_1!: {RESIDUAL}, with α! = α_1! ⋯ α_d!.",
        derivative=lambda self, u, alpha: math.factorial(alpha[0]) * u[alpha],
        factor=lambda self, alpha: math.factorial(alpha[0])),
    mistake(
        "factorial-is-product",
        f"the factor is α_1 ⋯ α_d, which is 0 where one of them is: {RESIDUAL}, with α! = α_1! ⋯ α_d!.",
        derivative=lambda self, u, alpha: math.prod(alpha) * u[alpha],
        factor=lambda self, alpha: math.prod(alpha)),
    mistake(
        "factorial-missing-everywhere",
        f"α! is missing in the residual and in ū: {RESIDUAL}, and {RECIPE}.",
        derivative=lambda self, u, alpha: u[alpha], factor=lambda self, alpha: 1,
        only_in=("check_gradient",)),
    *table("residual", RESIDUAL, rows={
        "target-as-coefficients": (
            "the residual is of Taylor coefficients, u_α − Dᵅu/α!",
            lambda self, u, target, alpha: u[alpha] - target[alpha] / factorial(alpha)),
        "target-divided": (
            f"the target is divided by α!: {RESIDUAL}, and the target holds the derivatives Dᵅu.",
            lambda self, u, target, alpha: self.derivative(u, alpha) - target[alpha] / factorial(alpha)),
        "target-multiplied": (
            f"the target is multiplied by α!: {RESIDUAL}, and the target holds the derivatives Dᵅu.",
            lambda self, u, target, alpha: factorial(alpha) * (u[alpha] - target[alpha])),
        "target-of-value": (
            f"the target's values are taken for every α: {RESIDUAL}, row i of the target for alphas[i].",
            lambda self, u, target, alpha: self.derivative(u, alpha) - first(target)),
        "target-added": (
            "the target is added", lambda self, u, target, alpha: self.derivative(u, alpha) + target[alpha]),
        "network-missing": (
            "the network's derivative is missing", lambda self, u, target, alpha: -target[alpha]),
        "target-missing": ("the target is missing", lambda self, u, target, alpha: self.derivative(u, alpha)),
        "target-missing-in-derivatives": (
            f"the target is missing where α ≠ 0: {RESIDUAL}, for every α.",
            lambda self, u, target, alpha: self.derivative(u, alpha) - target[alpha] * (not any(alpha))),
        "residual-reversed": (
            "the residual has the wrong sign, Dᵅu − Dᵅu_θ",
            lambda self, u, target, alpha: target[alpha] - self.derivative(u, alpha)),
    }),
    mistake(
        "target-as-coefficients-everywhere",
        f"residuals and ū are those of Taylor coefficients, u_α − Dᵅu/α!: {RESIDUAL}, and {RECIPE}.",
        residual=lambda self, u, target, alpha: u[alpha] - target[alpha] / factorial(alpha),
        factor=lambda self, alpha: 1, only_in=("check_gradient",)),
)  # fmt: skip

POWERS = (
    mistake(
        "p-is-2", f"p is taken for 2: {LOSS}, and {PHI}.",
        power=lambda self, r, p: r**2, phi=lambda self, r, p: r, exponent=lambda self, p: 2.0),
    *table("power", LOSS, rows={
        "power-missing": ("the power p is missing, |r|", lambda self, r, p: np.abs(r)),
        "power-without-absolute-value": (
            "the absolute value is missing, r^p, which is negative or NaN for r < 0",
            lambda self, r, p: r**p),
        "power-minus-one": ("the power is p − 1", lambda self, r, p: np.abs(r) ** (p - 1)),
        "power-plus-one": ("the power is p + 1", lambda self, r, p: np.abs(r) ** (p + 1)),
        "power-twice-p": ("the power is 2p, that of a square", lambda self, r, p: np.abs(r) ** (2 * p)),
        "power-half-p": ("the power is p/2", lambda self, r, p: np.abs(r) ** (p / 2)),
        "power-is-product": (
            "|r| is multiplied by p, and not raised to the power p", lambda self, r, p: p * np.abs(r)),
        "power-with-sign": ("the terms have the sign of r", lambda self, r, p: np.sign(r) * np.abs(r) ** p),
        "power-over-p": (
            f"the loss is divided by p: {LOSS}, without 1/p.", lambda self, r, p: np.abs(r) ** p / p),
        "outputs-by-norm": (
            "the Euclidean length over the outputs is taken before the power: (D3) adds |r_j|^p over the "
            "outputs j.",
            lambda self, r, p: np.linalg.norm(r, axis=1) ** p),
    }),
    *table("loss", rows={
        "norm-for-loss": (
            "the p-th root of the sum is taken, which is the norm (D2): the loss is its p-th power, "
            f"{LOSS}.",
            lambda self, *args: Method.loss(self, *args) ** (1 / args[-1])),
        "square-root-for-loss": (
            f"the square root of the sum is taken: {LOSS}.",
            lambda self, *args: Method.loss(self, *args) ** 0.5),
    }),
    *table("term", "(Q1) is Σ_i w_i f(x_i)", rows={
        "norm-of-each-term": (
            "the p-th root of each term is taken: (D3) adds λ_α ‖r_α‖_p^p.",
            lambda self, alpha, lam, w, r, p: lam * np.sum(self.w(w) @ self.power(r, p)) ** (1 / p)),
        "power-of-sum": (
            "the power is taken of the sum over nodes, |Σ w r|^p: (D3) has Σ_i w_i |r(x_i)|^p.",
            lambda self, alpha, lam, w, r, p: lam * np.sum(self.power(self.w(w) @ r, p))),
        "lambda-inside-power": (
            f"λ stands inside the power, |λ r|^p: {LOSS}.",
            lambda self, alpha, lam, w, r, p: np.sum(self.w(w) @ self.power(lam * r, p))),
        "w-inside-power": (
            "w stands inside the power, |w r|^p",
            lambda self, alpha, lam, w, r, p: lam * np.sum(self.power(self.w(w)[:, None] * r, p))),
        "largest-node": (
            "the largest value over the nodes is taken",
            lambda self, alpha, lam, w, r, p: lam * self.power(r, p).max(axis=0).sum()),
    }),
    mistake(
        "mean-over-alpha", "the mean over the α is taken: (D3) is summed over them.",
        total=lambda self, terms: sum(terms) / len(terms)),
    mistake(
        "outputs-mean", "the mean over the outputs is taken: (D3) is summed over them.",
        power=lambda self, r, p: Method.power(self, r, p) / r.shape[1],
        phi=lambda self, r, p: Method.phi(self, r, p) / r.shape[1]),
    mistake(
        "first-output-only", "only the first output is in the loss: (D3) is summed over outputs.",
        power=lambda self, r, p: Method.power(self, r, p) * (np.arange(r.shape[1]) == 0),
        phi=lambda self, r, p: Method.phi(self, r, p) * (np.arange(r.shape[1]) == 0)),
)  # fmt: skip

U_BARS = (
    *table("factor", f"{RECIPE}, because Dᵅu_θ = α! u_α", rows={
        "factorial-missing": ("the factor α! is missing in ū", lambda self, alpha: 1),
        "factorial-squared": (
            f"the factor α! is there twice in ū: {RECIPE}.", lambda self, alpha: factorial(alpha) ** 2),
        "factorial-inverse": ("ū is divided by α!", lambda self, alpha: 1 / factorial(alpha)),
        "factorial-of-degree": (
            f"the factor in ū is |α|!: {RECIPE} with α! = α_1! ⋯ α_d!.",
            lambda self, alpha: math.factorial(degree(alpha))),
    }),
    *table("exponent", RECIPE, rows={
        "p-missing": ("the factor p is missing", lambda self, p: 1.0),
        "p-squared": ("the factor p is there twice", lambda self, p: p * p),
        "p-for-p-minus-one": ("the factor is p − 1", lambda self, p: p - 1),
        "p-inverse": ("ū is divided by p", lambda self, p: 1 / p),
        "factor-2-for-p": ("the factor is 2 whatever p is", lambda self, p: 2.0),
    }),
    *table("phi", PHI, rows={
        "phi-without-sign": ("the sign is missing in φ_p", lambda self, r, p: np.abs(r) ** (p - 1)),
        "phi-power-p": ("the power in φ_p is p", lambda self, r, p: np.sign(r) * np.abs(r) ** p),
        "phi-absolute-power-p": (
            f"|r|^p stands where φ_p(r) belongs: {PHI}, the derivative of |r|^p over p.",
            lambda self, r, p: np.abs(r) ** p),
        "phi-power-p-minus-two": (
            "the power in φ_p is p − 2 beside sign(r)", lambda self, r, p: np.sign(r) * np.abs(r) ** (p - 2)),
        "phi-no-number-at-zero": (
            f"φ_p is written |r|^{{p−2}} r, which is NaN at r = 0 for p < 2 (or r/|r|, NaN there for every"
            f" p): {PHI} is 0 there.",
            lambda self, r, p: r * np.abs(r) ** (p - 2)),
        "phi-sign-at-zero": (
            f"φ_p(0) is 1 for p = 1, and not 0: {PHI} with sign(0) = 0, the smallest subgradient.",
            lambda self, r, p: np.where(r >= 0, 1, -1) * np.abs(r) ** (p - 1)),
        "phi-minus-at-zero": (
            f"φ_p(0) is −1 for p = 1, and not 0: {PHI} with sign(0) = 0, the smallest subgradient.",
            lambda self, r, p: np.where(r > 0, 1, -1) * np.abs(r) ** (p - 1)),
        "phi-power-without-absolute-value": (
            "the absolute value is missing, r^{p−1}", lambda self, r, p: r ** (p - 1)),
        "phi-power-before-minus-one": (
            "1 is subtracted from the power and not from p, sign(r) |r|^p − 1",
            lambda self, r, p: np.sign(r) * np.abs(r) ** p - 1),
        "phi-missing": (f"φ_p(r) is missing in ū: {RECIPE}, with {PHI}.", lambda self, r, p: np.ones_like(r)),
        "phi-is-product": (
            "|r| is multiplied by p − 1, and not raised to that power", lambda self, r, p: (p - 1) * r),
        "phi-power-p-plus-one": (
            "the power in φ_p is p + 1", lambda self, r, p: np.sign(r) * np.abs(r) ** (p + 1)),
        "phi-sign-and-no-absolute-value": (
            "the absolute value is missing beside the sign, sign(r) r^{p−1}",
            lambda self, r, p: np.sign(r) * r ** (p - 1)),
        "phi-linear": ("r stands where φ_p(r) belongs, which is right for p = 2 alone", lambda self, r, p: r),
        "phi-sign-only": (
            "sign(r) stands where φ_p(r) belongs, which is right for p = 1 alone",
            lambda self, r, p: np.sign(r)),
        "phi-absolute-value": ("|r| stands where φ_p(r) belongs", lambda self, r, p: np.abs(r)),
    }),
    *table("u_bar", RECIPE, rows={
        "phi-alone": ("ū_α is φ_p(r_α) alone", lambda self, alpha, lam, w, r, p: self.phi(r, p)),
        "p-and-phi-alone": ("ū_α is p φ_p(r_α) alone", lambda self, alpha, lam, w, r, p: p * self.phi(r, p)),
    }),
    mistake(
        "gradient-of-half-square", f"the factor p and the power are those of half a square, r: {RECIPE}.",
        phi=lambda self, r, p: r, exponent=lambda self, p: 1.0),
)  # fmt: skip

LOSSES = (*FACTORS, *RESIDUALS, *POWERS, *U_BARS)
