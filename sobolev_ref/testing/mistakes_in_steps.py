"""Mistakes in the steps of Definition 7 (D7), momentum and Adam."""

import math
from typing import Any

import numpy as np

from .._typing import Array
from .equations import Method
from .mistakes import mistake, table


def descending(after: Any) -> Any:
    """`gradient_descent` in which after(∇L, θ, θ_0, η, t) follows θ in step t = 1, 2, …."""

    def gradient_descent(
        self: Method, gradient: Any, theta: Array, steps: int, eta: float
    ) -> Array:
        path = [theta]
        for t in range(1, steps + 1):
            path.append(after(gradient, path[-1], theta, eta, t))
        return np.array(path)

    return gradient_descent


def moving(after: Any, start: Any = lambda g, eta: 0 * g) -> Any:
    """`momentum` in which after(self, ∇L, θ, v, η, β) follows (θ, v), and v is start(∇L(θ_0), η) at first."""

    def momentum(
        self: Method, gradient: Any, theta: Array, steps: int, eta: float, beta: float
    ) -> Array:
        path, v = [theta], start(gradient(theta), eta)
        for _ in range(steps):
            theta, v = after(self, gradient, path[-1], v, eta, beta)
            path.append(theta)
        return np.array(path)

    return momentum


def right(self: Method, gradient: Any, theta: Array, v: Array, eta: float, beta: float) -> Any:
    """The right step of momentum."""
    v = self.velocity(v, gradient(theta), eta, beta)
    return theta + v, v


def move_first(self: Method, gradient: Any, theta: Array, v: Array, eta: float, beta: float) -> Any:
    """θ ← θ + v, then v ← βv − ηg."""
    return theta + v, self.velocity(v, gradient(theta + v), eta, beta)


def nesterov(self: Method, gradient: Any, theta: Array, v: Array, eta: float, beta: float) -> Any:
    """The gradient at θ + βv."""
    v = self.velocity(v, gradient(theta + beta * v), eta, beta)
    return theta + v, v


def look_ahead(self: Method, gradient: Any, theta: Array, v: Array, eta: float, beta: float) -> Any:
    """θ + βv − ηg with the new v."""
    g = gradient(theta)
    v = self.velocity(v, g, eta, beta)
    return theta + self.velocity(v, g, eta, beta), v


def paths(change: Any) -> dict[str, Any]:
    """The paths of all three methods, changed."""
    return {
        name: lambda self, *args, name=name: change(getattr(Method, name)(self, *args))
        for name in ("gradient_descent", "momentum", "adam")
    }


def with_a_step_more() -> dict[str, Any]:
    """The paths of all three methods, with one step more."""
    return {
        name: lambda self, gradient, theta, steps, *args, name=name: getattr(Method, name)(
            self, gradient, theta, steps + 1, *args
        )
        for name in ("gradient_descent", "momentum", "adam")
    }


def averaged(change: Any) -> Any:
    """`moments` as change makes them of what is right: the new m and v, m̂ and v̂, β₂ and t."""
    return lambda self, m, v, g, beta1, beta2, t: change(
        *Method.moments(self, m, v, g, beta1, beta2, t), beta2, t
    )


def adam_with(change: Any) -> Any:
    """Adam with its arguments β₁, β₂, ε changed."""
    return lambda self, gradient, theta, steps, eta, *others: Method.adam(
        self, gradient, theta, steps, eta, *change(*others)
    )


ADAM = "m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ), θ ← θ − η m̂/(√v̂ + ε), t = 1, 2, …"
STEPS = (
    mistake(
        "ascent", "the step goes up the gradient: Definition 7 is θ_{k+1} = θ_k − η ∇L(θ_k) (D7).",
        step=lambda self, theta, g, eta: theta + eta * g,
        velocity=lambda self, v, g, eta, beta: beta * v + eta * g,
        adam_step=lambda self, m_hat, v_hat, eta, epsilon: (
            -Method.adam_step(self, m_hat, v_hat, eta, epsilon)
        )),
    mistake(
        "learning-rate-missing", "the learning rate is missing: θ_{k+1} = θ_k − η ∇L(θ_k) (D7).",
        step=lambda self, theta, g, eta: theta - g, velocity=lambda self, v, g, eta, beta: beta * v - g,
        adam_step=lambda self, m_hat, v_hat, eta, epsilon: Method.adam_step(
            self, m_hat, v_hat, 1.0, epsilon
        )),
    mistake(
        "learning-rate-squared",
        "the learning rate is there twice, outside and inside: θ_{k+1} = θ_k − η ∇L(θ_k) (D7); with "
        "momentum v ← βv − ηg and then θ ← θ + v.",
        step=lambda self, theta, g, eta: theta - eta**2 * g,
        move=lambda self, theta, v, before, eta: theta + eta * v,
        adam_step=lambda self, m_hat, v_hat, eta, epsilon: Method.adam_step(
            self, m_hat, v_hat, eta**2, epsilon
        )),
    *table("step", "Definition 7 is θ_{k+1} = θ_k − η ∇L(θ_k) (D7)", rows={
        "gradient-normalised": (
            "the gradient is divided by its length",
            lambda self, theta, g, eta: theta - eta * g / np.linalg.norm(g)),
        "gradient-sign-only": (
            "only the signs of the gradient are taken", lambda self, theta, g, eta: theta - eta * np.sign(g)),
    }),
    *table("gradient_descent", rows={
        "gradient-stale": (
            "the gradient of θ_0 is used in every step: (D7) takes ∇L(θ_k), anew in each.",
            descending(lambda grad, here, start, eta, t: here - eta * grad(start))),
        "learning-rate-decays": (
            "the learning rate is divided by the number of the step: η is the same in every step of (D7).",
            descending(lambda grad, here, start, eta, t: here - eta / t * grad(here))),
        "step-from-theta-0": (
            "every step starts from θ_0: θ_{k+1} = θ_k − η ∇L(θ_k) (D7) starts from the one before.",
            descending(lambda grad, here, start, eta, t: start - eta * grad(here))),
    }),
    mistake(
        "start-missing",
        "θ_0 is missing in what is returned: the first row is θ_0, the last one θ_steps.",
        **paths(lambda path: path[1:])),
    mistake(
        "last-step-missing", "the last step is missing: the rows are θ_0, …, θ_steps, steps + 1 of them.",
        **paths(lambda path: path[:-1])),
    mistake(
        "one-step-more", "there is one step too many: the rows are θ_0, …, θ_steps, steps + 1 of them.",
        **with_a_step_more()),
    mistake(
        "one-array-for-all",
        "every row is the last θ: the same array was appended each time and then changed in place "
        "(theta -= …); append a copy, or make a new array, theta = theta - ….",
        **paths(lambda path: np.tile(path[-1], (len(path), 1)))),
    mistake(
        "one-theta", "only the last θ is returned: the rows are θ_0, …, θ_steps.",
        **paths(lambda path: path[-1])),
    *table("momentum", rows={
        "momentum-order": (
            "θ moves before v is brought up to date: v ← βv − ηg comes first, then θ ← θ + v with the new "
            "v.",
            moving(move_first)),
        "momentum-starts-moving": (
            "v starts from a gradient: it starts from 0, so that the first step is −ηg.",
            moving(right, start=lambda g, eta: g)),
        "momentum-starts-with-a-step": (
            "v starts from −ηg, which counts the first gradient twice: it starts from 0.",
            moving(right, start=lambda g, eta: -eta * g)),
        "momentum-nesterov": (
            "the gradient is taken at θ + βv, which is Nesterov's method: momentum takes g = ∇L(θ).",
            moving(nesterov)),
        "momentum-looks-ahead": (
            "the step is βv − ηg with the new v, Nesterov's form: momentum is v ← βv − ηg, θ ← θ + v.",
            moving(look_ahead)),
    }),
    mistake(
        "momentum-old-velocity",
        "θ moves by the old v: v ← βv − ηg comes first, then θ ← θ + v with the new v.",
        move=lambda self, theta, v, before, eta: theta + before),
    *table("velocity", "momentum is v ← βv − ηg", rows={
        "momentum-of-mean": (
            "v is a mean, βv − (1 − β)ηg", lambda self, v, g, eta, beta: beta * v - (1 - beta) * eta * g),
        "momentum-beta-missing": ("β is missing, v ← v − ηg", lambda self, v, g, eta, beta: v - eta * g),
        "momentum-beta-of-both": (
            "β multiplies the new gradient too, v ← β(v − ηg)",
            lambda self, v, g, eta, beta: beta * (v - eta * g)),
        "momentum-one-minus-beta": (
            "1 − β stands where β belongs", lambda self, v, g, eta, beta: (1 - beta) * v - eta * g),
        "momentum-missing": (
            "v is forgotten after each step, which is Definition 7: momentum is v ← βv − ηg, θ ← θ + v.",
            lambda self, v, g, eta, beta: -eta * g),
        "momentum-velocity-sign": (
            "βv has the wrong sign", lambda self, v, g, eta, beta: -beta * v - eta * g),
        "momentum-usual-constant": (
            "β is 0.9 whatever is given: take the argument.",
            lambda self, v, g, eta, beta: Method.velocity(self, v, g, eta, 0.9)),
    }),
    *table("unbiased", ADAM, rows={
        "adam-without-bias-correction": ("the bias correction is missing", lambda self, m, beta, t: m),
        "adam-t-from-0": (
            "t counts from 0, so that the first step divides by 0",
            lambda self, m, beta, t: np.asarray(m) / np.float64(1 - beta ** (t - 1))),
        "adam-t-from-2": ("t is one too large", lambda self, m, beta, t: m / (1 - beta ** (t + 1))),
        "adam-bias-multiplied": (
            "the bias correction is multiplied", lambda self, m, beta, t: m * (1 - beta**t)),
        "adam-beta-times-t": (
            "β is multiplied by t in the bias correction, and not raised to the power t",
            lambda self, m, beta, t: m / (1 - beta * t)),
        "adam-beta-without-t": (
            "β stands in the bias correction without its power t, which is 1 − βᵗ",
            lambda self, m, beta, t: m / (1 - beta)),
    }),
    *table("moments", ADAM, made=averaged, rows={
        "adam-m-without-bias-correction": (
            "the bias correction of m is missing", lambda m, v, m_hat, v_hat, *_: (m, v, m, v_hat)),
        "adam-v-without-bias-correction": (
            "the bias correction of v is missing", lambda m, v, m_hat, v_hat, *_: (m, v, m_hat, v)),
        "adam-correction-kept": (
            "m̂ and v̂ are carried on as m and v, and so corrected again in every step",
            lambda m, v, m_hat, v_hat, *_: (m_hat, v_hat, m_hat, v_hat)),
        "adam-epsilon-before-correction": (
            f"ε is added to √v before the bias correction: {ADAM}, ε beside √v̂.",
            lambda m, v, m_hat, v_hat, beta2, t: (m, v, m_hat * math.sqrt(1 - beta2**t), v)),
    }),
    *table("moments", "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²", rows={
        "adam-betas-exchanged-in-correction": (
            f"the bias corrections are exchanged, m/(1 − β₂ᵗ) and v/(1 − β₁ᵗ): {ADAM}.",
            lambda self, m, v, g, beta1, beta2, t: (
                m := self.mean(m, g, beta1), v := self.mean_square(v, g, beta2),
                self.unbiased(m, beta2, t), self.unbiased(v, beta1, t))),
        "adam-one-minus-betas-exchanged": (
            "1 − β₁ and 1 − β₂ are exchanged",
            lambda self, m, v, g, beta1, beta2, t: (
                m := beta1 * m + (1 - beta2) * g, v := beta2 * v + (1 - beta1) * g**2,
                self.unbiased(m, beta1, t), self.unbiased(v, beta2, t))),
        "adam-v-of-m": (
            "v is the mean of m² and not of g²: v ← β₂ v + (1 − β₂) g².",
            lambda self, m, v, g, beta1, beta2, t: (
                m := self.mean(m, g, beta1), v := self.mean_square(v, m, beta2),
                self.unbiased(m, beta1, t), self.unbiased(v, beta2, t))),
        "adam-step-before-means": (
            "the step is made before m and v are brought up to date.",
            lambda self, m, v, g, beta1, beta2, t: (
                self.mean(m, g, beta1), self.mean_square(v, g, beta2),
                self.unbiased(m, beta1, t), self.unbiased(v, beta2, t))),
    }),
    *table("adam", "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²", made=adam_with, rows={
        "adam-betas-exchanged": (
            "β₁ and β₂ are exchanged", lambda beta1, beta2, epsilon: (beta2, beta1, epsilon)),
        "adam-one-beta": (
            "β₁ is used for both means", lambda beta1, beta2, epsilon: (beta1, beta1, epsilon)),
        "adam-usual-constants": (
            "β₁, β₂ and ε are 0.9, 0.999 and 1e-8 whatever is given: take the arguments.",
            lambda beta1, beta2, epsilon: (0.9, 0.999, 1e-8)),
        "adam-usual-betas": (
            "β₁ and β₂ are 0.9 and 0.999 whatever is given: take the arguments.",
            lambda beta1, beta2, epsilon: (0.9, 0.999, epsilon)),
        "adam-usual-epsilon": (
            "ε is 1e-8 whatever is given: take the argument.",
            lambda beta1, beta2, epsilon: (beta1, beta2, 1e-8)),
    }),
    *table("adam_step", ADAM, rows={
        "adam-epsilon-inside": (
            "ε stands inside the root, √(v̂ + ε)",
            lambda self, m_hat, v_hat, eta, epsilon: eta * m_hat / np.sqrt(v_hat + epsilon)),
        "adam-epsilon-squared-inside": (
            "ε² stands inside the root, √(v̂ + ε²)",
            lambda self, m_hat, v_hat, eta, epsilon: eta * m_hat / np.sqrt(v_hat + epsilon**2)),
        "adam-epsilon-missing": (
            "ε is missing", lambda self, m_hat, v_hat, eta, epsilon: eta * m_hat / np.sqrt(v_hat)),
        "adam-root-missing": (
            "the root is missing, v̂ + ε",
            lambda self, m_hat, v_hat, eta, epsilon: eta * m_hat / (v_hat + epsilon)),
        "adam-epsilon-outside": (
            "ε is added to the quotient, η (m̂/√v̂ + ε)",
            lambda self, m_hat, v_hat, eta, epsilon: eta * (m_hat / np.sqrt(v_hat) + epsilon)),
    }),
    *table("mean_square", "v ← β₂ v + (1 − β₂) g²", rows={
        "adam-gradient-not-squared": (
            "v is the mean of |g|, which is not squared",
            lambda self, v, g, beta: beta * v + (1 - beta) * np.abs(g)),
        "adam-v-of-g": (
            "v is a mean of g, which is not squared", lambda self, v, g, beta: beta * v + (1 - beta) * g),
        "adam-v-of-norm": (
            "v is the mean of ‖g‖², one number for all: v ← β₂ v + (1 − β₂) g², entry by entry.",
            lambda self, v, g, beta: beta * v + (1 - beta) * (g @ g)),
        "adam-sum-v": ("1 − β₂ is missing in v", lambda self, v, g, beta: beta * v + g**2),
    }),
    mistake(
        "adam-weights-exchanged",
        "β and 1 − β are exchanged in the means: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g².",
        mean=lambda self, m, g, beta: (1 - beta) * m + beta * g,
        mean_square=lambda self, v, g, beta: (1 - beta) * v + beta * g**2),
    mistake(
        "adam-sums", "1 − β is missing in the means: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g².",
        mean=lambda self, m, g, beta: beta * m + g, mean_square=lambda self, v, g, beta: beta * v + g**2),
    *table("mean", rows={
        "adam-sum-m": (
            "1 − β₁ is missing in m: m ← β₁ m + (1 − β₁) g.", lambda self, m, g, beta: beta * m + g),
        "adam-m-of-nothing": (
            "the gradient itself is used for m: m ← β₁ m + (1 − β₁) g is a running mean.",
            lambda self, m, g, beta: g),
    }),
)  # fmt: skip
