"""Mistakes in the Sobolev loss (D3) and in the ū of its gradient, (T1) and (T2)."""

import math
from typing import Any

import numpy as np

from ..plain import Jet
from .equations import Method, factorial
from .mistakes import arrangements, degree, first, mistake

LOSS = "(D3) is Σ_α λ_α ∫ |r_α|^p"
RECIPE = "ū_α = α! λ_α w p φ_p(r_α) (T2)"
PHI = "φ_p(r) = sign(r) |r|^{p−1}"
RESIDUAL = "r_α = Dᵅu_θ − Dᵅu, and Dᵅu_θ = α! u_α"


def each(change: Any) -> Any:
    """`lambdas` with change(λ_α, α) for each λ_α."""
    return lambda self, weights: {alpha: change(lam, alpha) for alpha, lam in weights.items()}


def listed(change: Any) -> Any:
    """`lambdas` from the list of them: change(list, row, α)."""
    return lambda self, weights: {
        alpha: change(list(weights.values()), i, alpha) for i, alpha in enumerate(weights)
    }


def highest(weights: Jet) -> int:
    """The order k."""
    return max(map(degree, weights))


FACTORS = (  # of the loss and of its gradient
    mistake(
        "lambda-missing",
        f"λ is missing: {LOSS}, and {RECIPE}.",
        lambdas=each(lambda lam, alpha: 1.0),
    ),
    mistake(
        "lambda-squared",
        f"λ is squared: {LOSS}, and {RECIPE}.",
        lambdas=each(lambda lam, alpha: lam**2),
    ),
    mistake(
        "lambda-root",
        f"the square root of λ is taken: {LOSS}, and {RECIPE}.",
        lambdas=each(lambda lam, alpha: math.sqrt(lam)),
    ),
    mistake(
        "lambda-inverse",
        f"the terms are divided by λ: {LOSS}, and {RECIPE}.",
        lambdas=each(lambda lam, alpha: 1 / lam if lam else np.inf),
    ),
    mistake(
        "lambda-of-value",
        f"λ_0 is taken for every α: {LOSS}, each α with its own.",
        lambdas=listed(lambda lams, i, alpha: lams[0]),
    ),
    mistake(
        "lambda-reversed",
        "the λ are taken in the reverse order: weights[i] belongs to alphas[i].",
        lambdas=listed(lambda lams, i, alpha: lams[-1 - i]),
    ),
    mistake(
        "lambda-by-degree",
        "weights is read by the order |α|, weights[|α|]; its row i belongs to alphas[i].",
        lambdas=listed(lambda lams, i, alpha: lams[degree(alpha)]),
    ),
    mistake(
        "lambda-normalised",
        f"the λ are divided by their sum: {LOSS}, with λ as they are.",
        lambdas=listed(lambda lams, i, alpha: lams[i] / sum(lams)),
    ),
    mistake(
        "lambda-of-values-dropped",
        "λ_0 is taken for 1: the term α = 0 has its own λ_0.",
        lambdas=each(lambda lam, alpha: lam if any(alpha) else 1.0),
    ),
    mistake(
        "lambda-of-derivatives-dropped",
        "λ_α is taken for 1 where α ≠ 0: each α has its own λ_α.",
        lambdas=each(lambda lam, alpha: 1.0 if any(alpha) else lam),
    ),
    mistake(
        "derivatives-counted-by-order",
        "mixed derivatives are counted |α|!/α! times, once for each order of the ∂: in (D3) each α counts "
        "once.",
        lambdas=each(lambda lam, alpha: lam * arrangements(alpha)),
    ),
    mistake(
        "mixed-derivatives-missing",
        "mixed derivatives are left out: (D3) sums over every |α| ≤ k.",
        lambdas=each(lambda lam, alpha: lam * (sum(map(bool, alpha)) <= 1)),
    ),
    mistake(
        "values-counted-twice",
        "the values are counted twice, as in Definition 3 taken literally: in (D3) each α counts once.",
        lambdas=each(lambda lam, alpha: lam * (1 if any(alpha) else 2)),
    ),
    mistake(
        "values-missing",
        "the term of the values, α = 0, is missing: (D3) sums over every |α| ≤ k, and Theorem 1 (T1) is "
        "its gradient.",
        lambdas=each(lambda lam, alpha: lam * any(alpha)),
    ),
    mistake(
        "values-only",
        "only the values, α = 0, are there: (D3) sums over every |α| ≤ k, and Theorem 2 (T2) has a "
        "gradient for each.",
        lambdas=each(lambda lam, alpha: lam * (not any(alpha))),
    ),
    mistake(
        "highest-order-missing",
        "the highest order |α| = k is left out (a range that ends one early): (D3) sums over every |α| ≤ k.",
        lambdas=lambda self, weights: {
            a: lam * (degree(a) < highest(weights)) for a, lam in weights.items()
        },
    ),
    mistake(
        "highest-order-only",
        "only the highest order |α| = k is there: (D3) sums over every |α| ≤ k.",
        lambdas=lambda self, weights: {
            a: lam * (degree(a) == highest(weights)) for a, lam in weights.items()
        },
    ),
    mistake(
        "last-alpha-missing",
        "the last α is left out: (D3) sums over every |α| ≤ k.",
        lambdas=listed(lambda lams, i, alpha: lams[i] * (i < len(lams) - 1)),
    ),
    mistake(
        "w-missing",
        "the quadrature weights w are missing: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        w=lambda self, w: np.ones_like(w),
    ),
    mistake(
        "w-squared",
        "the quadrature weights are squared: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        w=lambda self, w: w**2,
    ),
    mistake(
        "w-root",
        "the square roots of the quadrature weights are taken: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        w=lambda self, w: np.sqrt(w),
    ),
    mistake(
        "w-inverse",
        "the terms are divided by the quadrature weights: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        w=lambda self, w: 1 / w,
    ),
    mistake(
        "w-normalised",
        "the quadrature weights are divided by their sum, which gives the mean over Ω: (D3) is the integral.",
        w=lambda self, w: w / w.sum(),
    ),
    mistake(
        "mean-over-nodes",
        "the mean over the nodes is taken, without w: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        w=lambda self, w: np.ones_like(w) / len(w),
    ),
    mistake(
        "w-and-mean",
        "the weighted sum over the nodes is divided by their number as well, a mean: (Q1) is "
        "∫_Ω f dx ≈ Σ_i w_i f(x_i).",
        w=lambda self, w: w / len(w),
    ),
    mistake(
        "w-mean-only",
        "every node has the mean of the weights: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1), each with its own.",
        w=lambda self, w: np.full_like(w, w.mean()),
    ),
    mistake(
        "w-reversed",
        "the quadrature weights are in the reverse order: w[i] belongs to x[i].",
        w=lambda self, w: w[::-1],
    ),
    mistake(
        "w-of-first-node",
        "every node has the weight of the first one: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1), each with its own.",
        w=lambda self, w: np.full_like(w, w[0]),
    ),
)

RESIDUALS = (
    mistake(
        "factorial-missing-in-residual",
        f"α! is missing in the residual: {RESIDUAL}.",
        derivative=lambda self, u, alpha: u[alpha],
    ),
    mistake(
        "factorial-squared-in-residual",
        f"α! is there twice in the residual: {RESIDUAL}.",
        derivative=lambda self, u, alpha: factorial(alpha) ** 2 * u[alpha],
    ),
    mistake(
        "factorial-inverse-in-residual",
        f"u_α is divided by α! in the residual: {RESIDUAL}.",
        derivative=lambda self, u, alpha: u[alpha] / factorial(alpha),
    ),
    mistake(
        "factorial-of-degree-in-residual",
        f"the factor in the residual is |α|!: {RESIDUAL}, with α! = α_1! ⋯ α_d!.",
        derivative=lambda self, u, alpha: math.factorial(degree(alpha)) * u[alpha],
    ),
    mistake(
        "factorial-of-degree-everywhere",
        f"the factor is |α|! in the residual and in ū, where α! = α_1! ⋯ α_d! belongs: {RESIDUAL}.",
        derivative=lambda self, u, alpha: math.factorial(degree(alpha)) * u[alpha],
        factor=lambda self, alpha: math.factorial(degree(alpha)),
        only_in=("check_gradient",),
    ),
    mistake(
        "factorial-of-first-variable",
        f"the factor is α_1!: {RESIDUAL}, with α! = α_1! ⋯ α_d!.",
        derivative=lambda self, u, alpha: math.factorial(alpha[0]) * u[alpha],
        factor=lambda self, alpha: math.factorial(alpha[0]),
    ),
    mistake(
        "factorial-is-product",
        f"the factor is α_1 ⋯ α_d, which is 0 where one of them is: {RESIDUAL}, with α! = α_1! ⋯ α_d!.",
        derivative=lambda self, u, alpha: math.prod(alpha) * u[alpha],
        factor=lambda self, alpha: math.prod(alpha),
    ),
    mistake(
        "factorial-missing-everywhere",
        f"α! is missing in the residual and in ū: {RESIDUAL}, and {RECIPE}.",
        derivative=lambda self, u, alpha: u[alpha],
        factor=lambda self, alpha: 1,
        only_in=("check_gradient",),
    ),
    mistake(
        "target-as-coefficients",
        f"the residual is of Taylor coefficients, u_α − Dᵅu/α!: {RESIDUAL}.",
        residual=lambda self, u, target, alpha: u[alpha] - target[alpha] / factorial(alpha),
    ),
    mistake(
        "target-as-coefficients-everywhere",
        f"residuals and ū are those of Taylor coefficients, u_α − Dᵅu/α!: {RESIDUAL}, and {RECIPE}.",
        residual=lambda self, u, target, alpha: u[alpha] - target[alpha] / factorial(alpha),
        factor=lambda self, alpha: 1,
        only_in=("check_gradient",),
    ),
    mistake(
        "target-divided",
        f"the target is divided by α!: {RESIDUAL}, and the target holds the derivatives Dᵅu.",
        residual=lambda self, u, target, alpha: (
            self.derivative(u, alpha) - target[alpha] / factorial(alpha)
        ),
    ),
    mistake(
        "target-multiplied",
        f"the target is multiplied by α!: {RESIDUAL}, and the target holds the derivatives Dᵅu.",
        residual=lambda self, u, target, alpha: factorial(alpha) * (u[alpha] - target[alpha]),
    ),
    mistake(
        "target-of-value",
        f"the target's values are taken for every α: {RESIDUAL}, row i of the target for alphas[i].",
        residual=lambda self, u, target, alpha: self.derivative(u, alpha) - first(target),
    ),
    mistake(
        "target-added",
        f"the target is added: {RESIDUAL}.",
        residual=lambda self, u, target, alpha: self.derivative(u, alpha) + target[alpha],
    ),
    mistake(
        "network-missing",
        f"the network's derivative is missing: {RESIDUAL}.",
        residual=lambda self, u, target, alpha: -target[alpha],
    ),
    mistake(
        "target-missing",
        f"the target is missing: {RESIDUAL}.",
        residual=lambda self, u, target, alpha: self.derivative(u, alpha),
    ),
    mistake(
        "target-missing-in-derivatives",
        f"the target is missing where α ≠ 0: {RESIDUAL}, for every α.",
        residual=lambda self, u, target, alpha: (
            self.derivative(u, alpha) - target[alpha] * (not any(alpha))
        ),
    ),
    mistake(
        "residual-reversed",
        f"the residual has the wrong sign, Dᵅu − Dᵅu_θ: {RESIDUAL}.",
        residual=lambda self, u, target, alpha: target[alpha] - self.derivative(u, alpha),
    ),
)

POWERS = (  # of the loss
    mistake(
        "p-is-2",
        f"p is taken for 2: {LOSS}, and {PHI}.",
        power=lambda self, r, p: r**2,
        phi=lambda self, r, p: r,
        exponent=lambda self, p: 2.0,
    ),
    mistake(
        "power-missing",
        f"the power p is missing, |r|: {LOSS}.",
        power=lambda self, r, p: np.abs(r),
    ),
    mistake(
        "power-without-absolute-value",
        f"the absolute value is missing, r^p, which is negative or NaN for r < 0: {LOSS}.",
        power=lambda self, r, p: r**p,
    ),
    mistake(
        "power-minus-one",
        f"the power is p − 1: {LOSS}.",
        power=lambda self, r, p: np.abs(r) ** (p - 1),
    ),
    mistake(
        "power-plus-one",
        f"the power is p + 1: {LOSS}.",
        power=lambda self, r, p: np.abs(r) ** (p + 1),
    ),
    mistake(
        "power-twice-p",
        f"the power is 2p, that of a square: {LOSS}.",
        power=lambda self, r, p: np.abs(r) ** (2 * p),
    ),
    mistake(
        "power-half-p",
        f"the power is p/2: {LOSS}.",
        power=lambda self, r, p: np.abs(r) ** (p / 2),
    ),
    mistake(
        "power-is-product",
        f"|r| is multiplied by p, and not raised to the power p: {LOSS}.",
        power=lambda self, r, p: p * np.abs(r),
    ),
    mistake(
        "power-with-sign",
        f"the terms have the sign of r: {LOSS}.",
        power=lambda self, r, p: np.sign(r) * np.abs(r) ** p,
    ),
    mistake(
        "power-over-p",
        f"the loss is divided by p: {LOSS}, without 1/p.",
        power=lambda self, r, p: np.abs(r) ** p / p,
    ),
    mistake(
        "norm-for-loss",
        f"the p-th root of the sum is taken, which is the norm (D2): the loss is its p-th power, {LOSS}.",
        loss=lambda self, *args: Method.loss(self, *args) ** (1 / args[-1]),
    ),
    mistake(
        "square-root-for-loss",
        f"the square root of the sum is taken: {LOSS}.",
        loss=lambda self, *args: Method.loss(self, *args) ** 0.5,
    ),
    mistake(
        "norm-of-each-term",
        "the p-th root of each term is taken: (D3) adds λ_α ‖r_α‖_p^p.",
        term=lambda self, alpha, lam, w, r, p: (
            lam * np.sum(self.w(w) @ self.power(r, p)) ** (1 / p)
        ),
    ),
    mistake(
        "power-of-sum",
        "the power is taken of the sum over nodes, |Σ w r|^p: (D3) has Σ_i w_i |r(x_i)|^p.",
        term=lambda self, alpha, lam, w, r, p: lam * np.sum(self.power(self.w(w) @ r, p)),
    ),
    mistake(
        "lambda-inside-power",
        f"λ stands inside the power, |λ r|^p: {LOSS}.",
        term=lambda self, alpha, lam, w, r, p: np.sum(self.w(w) @ self.power(lam * r, p)),
    ),
    mistake(
        "w-inside-power",
        "w stands inside the power, |w r|^p: (Q1) is Σ_i w_i f(x_i).",
        term=lambda self, alpha, lam, w, r, p: lam * np.sum(self.power(self.w(w)[:, None] * r, p)),
    ),
    mistake(
        "largest-node",
        "the largest value over the nodes is taken: (Q1) is Σ_i w_i f(x_i).",
        term=lambda self, alpha, lam, w, r, p: lam * self.power(r, p).max(axis=0).sum(),
    ),
    mistake(
        "mean-over-alpha",
        "the mean over the α is taken: (D3) is summed over them.",
        total=lambda self, terms: sum(terms) / len(terms),
    ),
    mistake(
        "outputs-mean",
        "the mean over the outputs is taken: (D3) is summed over them.",
        power=lambda self, r, p: Method.power(self, r, p) / r.shape[1],
        phi=lambda self, r, p: Method.phi(self, r, p) / r.shape[1],
    ),
    mistake(
        "first-output-only",
        "only the first output is in the loss: (D3) is summed over outputs.",
        power=lambda self, r, p: Method.power(self, r, p) * (np.arange(r.shape[1]) == 0),
        phi=lambda self, r, p: Method.phi(self, r, p) * (np.arange(r.shape[1]) == 0),
    ),
    mistake(
        "outputs-by-norm",
        "the Euclidean length over the outputs is taken before the power: (D3) adds |r_j|^p over the "
        "outputs j.",
        power=lambda self, r, p: np.linalg.norm(r, axis=1) ** p,
    ),
)

U_BARS = (  # of the gradient
    mistake(
        "factorial-missing",
        f"the factor α! is missing in ū: {RECIPE}, because Dᵅu_θ = α! u_α.",
        factor=lambda self, alpha: 1,
    ),
    mistake(
        "factorial-squared",
        f"the factor α! is there twice in ū: {RECIPE}.",
        factor=lambda self, alpha: factorial(alpha) ** 2,
    ),
    mistake(
        "factorial-inverse",
        f"ū is divided by α!: {RECIPE}, because Dᵅu_θ = α! u_α.",
        factor=lambda self, alpha: 1 / factorial(alpha),
    ),
    mistake(
        "factorial-of-degree",
        f"the factor in ū is |α|!: {RECIPE} with α! = α_1! ⋯ α_d!.",
        factor=lambda self, alpha: math.factorial(degree(alpha)),
    ),
    mistake(
        "p-missing",
        f"the factor p is missing: {RECIPE}.",
        exponent=lambda self, p: 1.0,
    ),
    mistake(
        "p-squared",
        f"the factor p is there twice: {RECIPE}.",
        exponent=lambda self, p: p * p,
    ),
    mistake(
        "p-for-p-minus-one",
        f"the factor is p − 1: {RECIPE}.",
        exponent=lambda self, p: p - 1,
    ),
    mistake(
        "p-inverse",
        f"ū is divided by p: {RECIPE}.",
        exponent=lambda self, p: 1 / p,
    ),
    mistake(
        "factor-2-for-p",
        f"the factor is 2 whatever p is: {RECIPE}.",
        exponent=lambda self, p: 2.0,
    ),
    mistake(
        "phi-without-sign",
        f"the sign is missing in φ_p: {PHI}.",
        phi=lambda self, r, p: np.abs(r) ** (p - 1),
    ),
    mistake(
        "phi-power-p",
        f"the power in φ_p is p: {PHI}.",
        phi=lambda self, r, p: np.sign(r) * np.abs(r) ** p,
    ),
    mistake(
        "phi-absolute-power-p",
        f"|r|^p stands where φ_p(r) belongs: {PHI}, the derivative of |r|^p over p.",
        phi=lambda self, r, p: np.abs(r) ** p,
    ),
    mistake(
        "phi-power-p-minus-two",
        f"the power in φ_p is p − 2 beside sign(r): {PHI}.",
        phi=lambda self, r, p: np.sign(r) * np.abs(r) ** (p - 2),
    ),
    mistake(
        "phi-no-number-at-zero",
        f"φ_p is written |r|^{{p−2}} r, which is NaN at r = 0 for p < 2 (or r/|r|, NaN there for every p): "
        f"{PHI} is 0 there.",
        phi=lambda self, r, p: r * np.abs(r) ** (p - 2),
    ),
    mistake(
        "phi-sign-at-zero",
        f"φ_p(0) is 1 for p = 1, and not 0: {PHI} with sign(0) = 0, the smallest subgradient.",
        phi=lambda self, r, p: np.where(r >= 0, 1, -1) * np.abs(r) ** (p - 1),
    ),
    mistake(
        "phi-minus-at-zero",
        f"φ_p(0) is −1 for p = 1, and not 0: {PHI} with sign(0) = 0, the smallest subgradient.",
        phi=lambda self, r, p: np.where(r > 0, 1, -1) * np.abs(r) ** (p - 1),
    ),
    mistake(
        "phi-power-without-absolute-value",
        f"the absolute value is missing, r^{{p−1}}: {PHI}.",
        phi=lambda self, r, p: r ** (p - 1),
    ),
    mistake(
        "phi-power-before-minus-one",
        f"1 is subtracted from the power and not from p, sign(r) |r|^p − 1: {PHI}.",
        phi=lambda self, r, p: np.sign(r) * np.abs(r) ** p - 1,
    ),
    mistake(
        "phi-missing",
        f"φ_p(r) is missing in ū: {RECIPE}, with {PHI}.",
        phi=lambda self, r, p: np.ones_like(r),
    ),
    mistake(
        "phi-alone",
        f"ū_α is φ_p(r_α) alone: {RECIPE}.",
        u_bar=lambda self, alpha, lam, w, r, p: self.phi(r, p),
    ),
    mistake(
        "p-and-phi-alone",
        f"ū_α is p φ_p(r_α) alone: {RECIPE}.",
        u_bar=lambda self, alpha, lam, w, r, p: p * self.phi(r, p),
    ),
    mistake(
        "phi-is-product",
        f"|r| is multiplied by p − 1, and not raised to that power: {PHI}.",
        phi=lambda self, r, p: (p - 1) * r,
    ),
    mistake(
        "phi-power-p-plus-one",
        f"the power in φ_p is p + 1: {PHI}.",
        phi=lambda self, r, p: np.sign(r) * np.abs(r) ** (p + 1),
    ),
    mistake(
        "phi-sign-and-no-absolute-value",
        f"the absolute value is missing beside the sign, sign(r) r^{{p−1}}: {PHI}.",
        phi=lambda self, r, p: np.sign(r) * r ** (p - 1),
    ),
    mistake(
        "phi-linear",
        f"r stands where φ_p(r) belongs, which is right for p = 2 alone: {PHI}.",
        phi=lambda self, r, p: r,
    ),
    mistake(
        "phi-sign-only",
        f"sign(r) stands where φ_p(r) belongs, which is right for p = 1 alone: {PHI}.",
        phi=lambda self, r, p: np.sign(r),
    ),
    mistake(
        "phi-absolute-value",
        f"|r| stands where φ_p(r) belongs: {PHI}.",
        phi=lambda self, r, p: np.abs(r),
    ),
    mistake(
        "gradient-of-half-square",
        f"the factor p and the power are those of half a square, r: {RECIPE}.",
        phi=lambda self, r, p: r,
        exponent=lambda self, p: 1.0,
    ),
)

LOSSES = (*FACTORS, *RESIDUALS, *POWERS, *U_BARS)
