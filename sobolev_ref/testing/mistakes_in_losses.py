"""Mistakes in the Sobolev loss (D3) and in the ū of its gradient, (T1) and (T2)."""

import math
from typing import Any

import numpy as np

from .._typing import Array
from ..plain import Index
from .equations import Method, factorial
from .mistakes import arrangements, degree, first, mistake


def u_bar_of(alpha: Any = None, lam: Any = None, w: Any = None, p: Any = None) -> Any:
    """ū_α with another factor in place of α!, λ, w or p."""

    def u_bar(self: Method, index: Index, lam_: float, w_: Array, r: Array, p_: float) -> Any:
        factors = (
            (alpha or factorial)(index),
            (lam or float)(lam_),
            (w or np.asarray)(w_)[:, None],
            (p or float)(p_),
        )
        return math.prod(factors[:2]) * factors[2] * factors[3] * self.phi(r, p_)

    return u_bar


def both(loss: Any, gradient: Any) -> dict[str, Any]:
    """A term of the loss and of ∇L that have the same mistake."""
    return {"term": loss, "u_bar": gradient}


def scaled(weight: Any) -> dict[str, Any]:
    """Both with λ_α replaced by weight(λ_α, α, w)."""
    return both(
        lambda self, alpha, lam, w, r, p: Method.term(self, alpha, weight(lam, alpha, w), w, r, p),
        lambda self, alpha, lam, w, r, p: Method.u_bar(self, alpha, weight(lam, alpha, w), w, r, p),
    )


def weighed(change: Any) -> dict[str, Any]:
    """Both with w replaced by change(w)."""
    return both(
        lambda self, alpha, lam, w, r, p: Method.term(self, alpha, lam, change(w), r, p),
        lambda self, alpha, lam, w, r, p: Method.u_bar(self, alpha, lam, change(w), r, p),
    )


def exchanged(self: Method, name: str, change: Any, args: tuple[Any, ...]) -> Any:
    """`Method.loss` or `Method.gradient` with changed arguments."""
    return getattr(Method, name)(self, *change(*args))


def with_arguments(change: Any) -> dict[str, Any]:
    """Loss and gradient with their arguments changed."""
    return {
        "loss": lambda self, *args: exchanged(self, "loss", change, args),
        "gradient": lambda self, *args: exchanged(self, "gradient", change, args),
    }


RECIPE = "ū_α = α! λ_α w p φ_p(r_α) (T2)"
LOSSES = (
    # the factors of both
    mistake(
        "lambda-missing",
        "λ is missing: (D3) is Σ_α λ_α ∫ |r_α|^p, and " + RECIPE + ".",
        **scaled(lambda lam, alpha, w: 1.0),
    ),
    mistake(
        "lambda-squared",
        "λ is squared: (D3) is Σ_α λ_α ∫ |r_α|^p, and " + RECIPE + ".",
        **scaled(lambda lam, alpha, w: lam**2),
    ),
    mistake(
        "lambda-root",
        "the square root of λ is taken: (D3) is Σ_α λ_α ∫ |r_α|^p, and " + RECIPE + ".",
        **scaled(lambda lam, alpha, w: math.sqrt(lam)),
    ),
    mistake(
        "lambda-inverse",
        "the terms are divided by λ: (D3) is Σ_α λ_α ∫ |r_α|^p, and " + RECIPE + ".",
        **scaled(lambda lam, alpha, w: 1 / lam if lam else np.inf),
    ),
    mistake(
        "lambda-of-value",
        "λ_0 is taken for every α: (D3) is Σ_α λ_α ∫ |r_α|^p, each α with its own.",
        **with_arguments(
            lambda theta, widths, x, w, target, weights, p: (
                *(theta, widths, x, w, target),
                dict.fromkeys(weights, first(weights)),
                p,
            )
        ),
    ),
    mistake(
        "lambda-reversed",
        "the λ are taken in the reverse order: weights[i] belongs to alphas[i].",
        **with_arguments(
            lambda theta, widths, x, w, target, weights, p: (
                *(theta, widths, x, w, target),
                dict(zip(weights, list(weights.values())[::-1])),
                p,
            )
        ),
    ),
    mistake(
        "lambda-by-degree",
        "weights is read by the order |α|, weights[|α|]; its row i belongs to alphas[i].",
        **with_arguments(
            lambda theta, widths, x, w, target, weights, p: (
                *(theta, widths, x, w, target),
                {a: list(weights.values())[degree(a)] for a in weights},
                p,
            )
        ),
    ),
    mistake(
        "lambda-of-values-dropped",
        "λ_0 is taken for 1: the term α = 0 has its own λ_0.",
        **scaled(lambda lam, alpha, w: lam if any(alpha) else 1.0),
    ),
    mistake(
        "w-missing",
        "the quadrature weights w are missing: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        **weighed(np.ones_like),
    ),
    mistake(
        "w-squared",
        "the quadrature weights are squared: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        **weighed(np.square),
    ),
    mistake(
        "w-root",
        "the square roots of the quadrature weights are taken: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        **weighed(np.sqrt),
    ),
    mistake(
        "w-normalised",
        "the quadrature weights are divided by their sum, which gives the mean over Ω: (D3) is the integral.",
        **weighed(lambda w: w / w.sum()),
    ),
    mistake(
        "mean-over-nodes",
        "the mean over the nodes is taken, without w: (D3) is ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        **weighed(lambda w: np.ones_like(w) / len(w)),
    ),
    mistake(
        "w-and-mean",
        "the weighted sum is divided by the number of nodes as well: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1).",
        **weighed(lambda w: w / len(w)),
    ),
    mistake(
        "w-mean-only",
        "every node has the mean of the weights: ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1), each with its own.",
        **weighed(lambda w: np.full_like(w, w.mean())),
    ),
    mistake(
        "w-reversed",
        "the quadrature weights are in the reverse order: w[i] belongs to x[i].",
        **weighed(lambda w: w[::-1]),
    ),
    mistake(
        "derivatives-counted-by-order",
        "mixed derivatives are counted |α|!/α! times, once for each order of the ∂: in (D3) each α counts "
        "once.",
        **scaled(lambda lam, alpha, w: lam * arrangements(alpha)),
    ),
    mistake(
        "mixed-derivatives-missing",
        "mixed derivatives are left out: (D3) sums over every |α| ≤ k.",
        **scaled(lambda lam, alpha, w: lam * (sum(map(bool, alpha)) <= 1)),
    ),
    mistake(
        "values-counted-twice",
        "the values are counted twice, as in Definition 3 taken literally: in (D3) each α counts once.",
        **scaled(lambda lam, alpha, w: lam * (1 if any(alpha) else 2)),
    ),
    mistake(
        "values-missing",
        "the term of the values, α = 0, is missing in the sum (D3).",
        **scaled(lambda lam, alpha, w: lam * any(alpha)),
    ),
    mistake(
        "values-only",
        "only the values, α = 0, are in the loss: (D3) sums over every |α| ≤ k.",
        **scaled(lambda lam, alpha, w: lam * (not any(alpha))),
    ),
    mistake(
        "highest-order-missing",
        "the highest order |α| = k is left out (a range that ends one early): (D3) sums over every |α| ≤ k.",
        **with_arguments(
            lambda theta, widths, x, w, target, weights, p: (
                *(theta, widths, x, w, target),
                {a: v * (degree(a) < max(map(degree, weights))) for a, v in weights.items()},
                p,
            )
        ),
    ),
    mistake(
        "highest-order-only",
        "only the highest order |α| = k is in the loss: (D3) sums over every |α| ≤ k.",
        **with_arguments(
            lambda theta, widths, x, w, target, weights, p: (
                *(theta, widths, x, w, target),
                {a: v * (degree(a) == max(map(degree, weights))) for a, v in weights.items()},
                p,
            )
        ),
    ),
    mistake(
        "factorial-missing-in-residual",
        "α! is missing in the residual: r_α = Dᵅu_θ − Dᵅu, and Dᵅu_θ = α! u_α.",
        derivative=lambda self, u, alpha: u[alpha],
    ),
    mistake(
        "factorial-of-degree-in-residual",
        "the factor is |α|!, where α! = α_1! ⋯ α_d! belongs: Dᵅu_θ = α! u_α.",
        derivative=lambda self, u, alpha: math.factorial(degree(alpha)) * u[alpha],
        u_bar=u_bar_of(alpha=lambda alpha: math.factorial(degree(alpha))),
    ),
    mistake(
        "factorial-missing-everywhere",
        "α! is missing in the residual and in ū: Dᵅu_θ = α! u_α, and " + RECIPE + ".",
        derivative=lambda self, u, alpha: u[alpha],
        u_bar=u_bar_of(alpha=lambda alpha: 1),
        only_in=("check_gradient",),
    ),
    mistake(
        "target-as-coefficients",
        "the residual is of Taylor coefficients, u_α − Dᵅu/α!: (D3) has the derivatives, r_α = α! u_α − Dᵅu.",
        residual=lambda self, u, target, alpha: u[alpha] - target[alpha] / factorial(alpha),
    ),
    mistake(
        "target-as-coefficients-everywhere",
        "residuals and ū are those of Taylor coefficients: (D3) has the derivatives, r_α = α! u_α − Dᵅu, and "
        + RECIPE
        + ".",
        residual=lambda self, u, target, alpha: u[alpha] - target[alpha] / factorial(alpha),
        u_bar=u_bar_of(alpha=lambda alpha: 1),
        only_in=("check_gradient",),
    ),
    mistake(
        "target-multiplied",
        "the target is multiplied by α!: it holds the derivatives Dᵅu already.",
        residual=lambda self, u, target, alpha: factorial(alpha) * (u[alpha] - target[alpha]),
    ),
    mistake(
        "residual-sum",
        "the target is added: r_α = Dᵅu_θ − Dᵅu.",
        residual=lambda self, u, target, alpha: self.derivative(u, alpha) + target[alpha],
    ),
    mistake(
        "residual-reversed",
        "the residual has the wrong sign, Dᵅu − Dᵅu_θ: r_α = Dᵅu_θ − Dᵅu.",
        residual=lambda self, u, target, alpha: target[alpha] - self.derivative(u, alpha),
    ),
    mistake(
        "target-missing",
        "the target is missing: r_α = Dᵅu_θ − Dᵅu.",
        residual=lambda self, u, target, alpha: self.derivative(u, alpha),
    ),
    # of the loss alone
    mistake(
        "p-is-2",
        "p is taken for 2: (D3) has |r_α|^p, and φ_p(r) = sign(r) |r|^{p−1}.",
        power=lambda self, r, p: r**2,
        u_bar=lambda self, alpha, lam, w, r, p: Method.u_bar(self, alpha, lam, w, r, 2.0),
    ),
    mistake(
        "power-missing",
        "the power p is missing, |r|: (D3) has |r_α|^p.",
        power=lambda self, r, p: np.abs(r),
    ),
    mistake(
        "power-without-absolute-value",
        "the absolute value is missing, r^p, which is negative or NaN for r < 0: (D3) has |r_α|^p.",
        power=lambda self, r, p: r**p,
    ),
    mistake(
        "power-minus-one",
        "the power is p − 1: (D3) has |r_α|^p.",
        power=lambda self, r, p: np.abs(r) ** (p - 1),
    ),
    mistake(
        "power-with-sign",
        "the terms have the sign of r: (D3) has |r_α|^p.",
        power=lambda self, r, p: np.sign(r) * np.abs(r) ** p,
    ),
    mistake(
        "power-over-p",
        "the loss is divided by p: (D3) is Σ_α λ_α ∫ |r_α|^p, without 1/p.",
        power=lambda self, r, p: np.abs(r) ** p / p,
    ),
    mistake(
        "norm-for-loss",
        "the p-th root of the sum is taken, which is the norm (D2): the loss (D3) is its p-th power.",
        total=lambda self, terms: None,
        loss=lambda self, *args: Method(self.activation).loss(*args) ** (1 / args[-1]),
    ),
    mistake(
        "norm-of-each-term",
        "the p-th root of each term is taken: (D3) adds λ_α ‖r_α‖_p^p.",
        term=lambda self, alpha, lam, w, r, p: lam * np.sum(w @ self.power(r, p)) ** (1 / p),
    ),
    mistake(
        "power-of-sum",
        "the power is taken of the sum over nodes, |Σ w r|^p: (D3) has Σ_i w_i |r(x_i)|^p.",
        term=lambda self, alpha, lam, w, r, p: lam * np.sum(self.power(w @ r, p)),
    ),
    mistake(
        "lambda-inside-power",
        "λ stands inside the power, |λ r|^p: (D3) is Σ_α λ_α ∫ |r_α|^p.",
        term=lambda self, alpha, lam, w, r, p: np.sum(w @ self.power(lam * r, p)),
    ),
    mistake(
        "w-inside-power",
        "w stands inside the power, |w r|^p: (Q1) is Σ_i w_i f(x_i).",
        term=lambda self, alpha, lam, w, r, p: lam * np.sum(self.power(w[:, None] * r, p)),
    ),
    mistake(
        "outputs-mean",
        "the mean over the outputs is taken: (D3) is summed over them.",
        **scaled(lambda lam, alpha, w: lam)
        | both(
            lambda self, alpha, lam, w, r, p: Method.term(self, alpha, lam / r.shape[1], w, r, p),
            lambda self, alpha, lam, w, r, p: Method.u_bar(self, alpha, lam / r.shape[1], w, r, p),
        ),
    ),
    mistake(
        "first-output-only",
        "only the first output is in the loss: (D3) is summed over outputs.",
        **both(
            lambda self, alpha, lam, w, r, p: Method.term(self, alpha, lam, w, r[:, :1], p),
            lambda self, alpha, lam, w, r, p: (
                Method.u_bar(self, alpha, lam, w, r, p) * (np.arange(r.shape[1]) == 0)
            ),
        ),
    ),
    mistake(
        "outputs-by-norm",
        "the Euclidean length over the outputs is taken before the power: (D3) adds |r_j|^p over the "
        "outputs j.",
        term=lambda self, alpha, lam, w, r, p: lam * np.sum(w * np.linalg.norm(r, axis=1) ** p),
    ),
    # of ū alone
    mistake(
        "factorial-missing",
        "the factor α! is missing in ū: " + RECIPE + ", because Dᵅu_θ = α! u_α.",
        u_bar=u_bar_of(alpha=lambda alpha: 1),
    ),
    mistake(
        "factorial-squared",
        "the factor α! is there twice in ū: " + RECIPE + ".",
        u_bar=u_bar_of(alpha=lambda alpha: factorial(alpha) ** 2),
    ),
    mistake(
        "factorial-inverse",
        "ū is divided by α!: " + RECIPE + ", because Dᵅu_θ = α! u_α.",
        u_bar=u_bar_of(alpha=lambda alpha: 1 / factorial(alpha)),
    ),
    mistake(
        "factorial-of-degree",
        "the factor in ū is |α|!: " + RECIPE + " with α! = α_1! ⋯ α_d!.",
        u_bar=u_bar_of(alpha=lambda alpha: math.factorial(degree(alpha))),
    ),
    mistake(
        "p-missing",
        "the factor p is missing: " + RECIPE + ".",
        u_bar=u_bar_of(p=lambda p: 1.0),
    ),
    mistake(
        "p-squared",
        "the factor p is there twice: " + RECIPE + ".",
        u_bar=u_bar_of(p=lambda p: p * p),
    ),
    mistake(
        "p-for-p-minus-one",
        "the factor is p − 1: " + RECIPE + ".",
        u_bar=u_bar_of(p=lambda p: p - 1),
    ),
    mistake(
        "factor-2-for-p",
        "the factor is 2 whatever p is: " + RECIPE + ".",
        u_bar=u_bar_of(p=lambda p: 2.0),
    ),
    mistake(
        "phi-without-sign",
        "the sign is missing in φ_p: φ_p(r) = sign(r) |r|^{p−1}.",
        phi=lambda self, r, p: np.abs(r) ** (p - 1),
    ),
    mistake(
        "phi-power-p",
        "the power in φ_p is p: φ_p(r) = sign(r) |r|^{p−1}.",
        phi=lambda self, r, p: np.sign(r) * np.abs(r) ** p,
    ),
    mistake(
        "phi-absolute-power-p",
        "|r|^p stands where φ_p(r) belongs: φ_p(r) = sign(r) |r|^{p−1}, its derivative over p.",
        phi=lambda self, r, p: np.abs(r) ** p,
    ),
    mistake(
        "phi-power-p-minus-two",
        "the power in φ_p is p − 2 with sign(r): φ_p(r) = sign(r) |r|^{p−1}.",
        phi=lambda self, r, p: np.sign(r) * np.abs(r) ** (p - 2),
    ),
    mistake(
        "phi-no-number-at-zero",
        "φ_p is written |r|^{p−2} r, which is NaN at r = 0 for p < 2: sign(r) |r|^{p−1} is 0 there.",
        phi=lambda self, r, p: r * np.abs(r) ** (p - 2),
    ),
    mistake(
        "phi-power-without-absolute-value",
        "the absolute value is missing, r^{p−1}: φ_p(r) = sign(r) |r|^{p−1}.",
        phi=lambda self, r, p: r ** (p - 1),
    ),
    mistake(
        "phi-linear",
        "r stands where φ_p(r) belongs, which is right for p = 2 alone: φ_p(r) = sign(r) |r|^{p−1}.",
        phi=lambda self, r, p: r,
    ),
    mistake(
        "phi-sign-only",
        "sign(r) stands where φ_p(r) belongs, which is right for p = 1 alone: φ_p(r) = sign(r) |r|^{p−1}.",
        phi=lambda self, r, p: np.sign(r),
    ),
)
