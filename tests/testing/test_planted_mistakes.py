"""A right function passes, whatever its arrays are; one with a mistake planted in it is told which."""

from pathlib import Path

import pytest
import student

from sobolev_ref import testing
from sobolev_ref.testing import (
    check_activation,
    check_backward,
    check_chain_rule,
    check_forward,
    check_gradient,
    check_loss,
    check_optimizer,
    check_product,
    check_quadrature,
    check_transpose,
)

SOURCE = Path(student.__file__).read_text(encoding="utf-8")
CHECKS = {  # from the function of the student to the check of it
    "product": check_product,
    "chain_rule": check_chain_rule,
    "tanh_jets": check_activation,
    "transposed": lambda fn, **limits: check_transpose(student.product, fn, **limits),
    "forward": check_forward,
    "backward": check_backward,
    "loss": check_loss,
    "gradient": check_gradient,
    "descend": check_optimizer,
    "momentum": lambda fn, **limits: check_optimizer(fn, "momentum", **limits),
    "adam": lambda fn, **limits: check_optimizer(fn, "adam", **limits),
    "midpoint": check_quadrature,
    "trapezoid": lambda fn, **limits: check_quadrature(fn, "trapezoid", **limits),
    "simpson": lambda fn, **limits: check_quadrature(fn, "simpson", **limits),
    "gauss": lambda fn, **limits: check_quadrature(fn, "gauss_legendre", **limits),
}


def planted(function, right, wrong):
    """The student's function with one line changed."""
    assert SOURCE.count(right) >= 1, right
    room = {}
    exec(compile(SOURCE.replace(right, wrong), "student.py", "exec"), room)
    return room[function]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (i % 4 > 0)) for i, name in enumerate(CHECKS)],
)
def test_what_is_right_passes(name):
    CHECKS[name](getattr(student, name))


CHAIN = "total = total + alpha[q] * z[row[alpha]] * s[row[beta]]"
GAMMA = "return total / gamma[q]"
S_0 = "s[0] = 1 / np.cosh(z[0]) ** 2"
S_ROWS = "s[row[gamma]] = -sum(a[row[i]] * a[row[j]] for i, j in splits(gamma))"
J4 = "z_bar[row[beta]] += s[row[difference]] * a_bar[row[gamma]]"
J5_W, J5_B, J5_A = 'np.einsum("aij,aik->jk", z_bar, a)', "z_bar[0].sum(axis=0)", "a_bar = z_bar @ W"
U_BAR = "u_bar = factorial * lam * w * p * phi(r, p)"
PHI = "np.sign(r) * np.abs(r) ** (p - 1)"
L = "(lam * w * np.abs(r) ** p).sum()"
J1 = "w[row[gamma]] += u[row[alpha]] * v[row[beta]]"
STEP = "theta = theta - learning_rate * gradient(theta)"
V, MOVE = "v = beta * v - learning_rate * gradient(theta)", "theta = theta + v"
ADAM = "learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)"
PLANTS = [  # of each kind; test_messages.py tells all those of the tables from each other
    ("product", J1, "w[row[gamma]] = u[row[gamma]] * v[row[gamma]]", "product-entrywise"),
    ("product", "w[row[gamma]] +=", "w[row[gamma]] =", "product-last-term-only"),
    ("chain_rule", GAMMA, "return total", "chain-without-gamma"),
    ("chain_rule", CHAIN, CHAIN.replace("alpha[q] * ", ""), "chain-without-alpha"),
    ("tanh_jets", S_0, "s[0] = 1 - a[0] ** 2", "saturation-cancels"),
    ("tanh_jets", S_ROWS, "s[row[gamma]] = -2 * a[0] * a[row[gamma]]", "slope-rows-ends"),
    (
        "tanh_jets",
        "a[row[gamma]] = chain_term(gamma, z, s, row)\n        " + S_ROWS,
        S_ROWS + "\n        a[row[gamma]] = chain_term(gamma, z, s, row)",
        "slope-rows-before-a",
    ),
    (
        "transposed",
        J4,
        "z_bar[row[gamma]] += s[row[difference]] * a_bar[row[beta]]",
        "transpose-is-product",
    ),
    ("transposed", "z_bar[row[beta]] +=", "z_bar[row[beta]] =", "transpose-not-accumulated"),
    ("forward", "z[0] += b\n", "z += b\n", "bias-at-every-alpha"),
    ("forward", "a @ W.T", "a @ W", "weights-transposed"),
    ("forward", "W.reshape(n_out, n_in)", "W.reshape(n_in, n_out).T", "theta-column-major"),
    ("forward", GAMMA, "return total", "chain-without-gamma"),
    ("backward", J5_B, "z_bar[0][0]", "b-bar-first-node"),
    ("backward", J5_W, "z_bar[0].T @ a[0]", "W-bar-value-only"),
    (
        "backward",
        J5_A,
        "a_bar = z_bar @ (W.T if W.shape[0] == W.shape[1] else W)",
        "a-bar-square-weights-transposed",
    ),
    (
        "backward",
        "else transposed(s, a_bar, alphas)",
        "else transposed(tape[-1][2], a_bar, alphas)",
        "slope-of-the-last-layer",
    ),
    (
        "backward",
        "[W_bar.ravel(), b_bar, *gradient]",
        "[b_bar, W_bar.ravel(), *gradient]",
        "gradient-bias-first",
    ),
    ("backward", "else transposed(s, a_bar, alphas)", "else a_bar", "slope-missing-backward"),
    ("loss", L, "(w * np.abs(r) ** p).sum()", "lambda-missing"),
    ("loss", L, "(lam * np.abs(r) ** p).sum()", "w-missing"),
    ("loss", L, "(lam * w * np.abs(r) ** p).sum() ** (1 / p)", "norm-for-loss"),
    (
        "loss",
        "factorial[:, None, None] * u - target",
        "u - target",
        "factorial-missing-in-residual",
    ),
    ("gradient", U_BAR, "u_bar = lam * w * p * phi(r, p)", "factorial-missing"),
    ("gradient", U_BAR, "u_bar = factorial * lam * w**2 * p * phi(r, p)", "w-squared"),
    ("gradient", U_BAR, "u_bar = factorial * lam * w * phi(r, p)", "p-missing"),
    ("gradient", PHI, "r * np.abs(r) ** (p - 2)", "phi-no-number-at-zero"),
    ("gradient", PHI, "np.where(r < 0, -1, 1) * np.abs(r) ** (p - 1)", "phi-sign-at-zero"),
    ("gradient", CHAIN, CHAIN.replace("alpha[q] * ", ""), "chain-without-alpha"),
    ("descend", STEP, "theta = theta + learning_rate * gradient(theta)", "ascent"),
    ("descend", STEP, "theta -= learning_rate * gradient(theta)", "one-array-for-all"),
    ("momentum", f"{V}\n        {MOVE}", f"{MOVE}\n        {V}", "momentum-order"),
    ("momentum", V, V.replace("(theta)", "(theta + beta * v)"), "momentum-nesterov"),
    ("adam", "m / (1 - beta1**t)", "m", "adam-m-without-bias-correction"),
    ("adam", "np.sqrt(v_hat) + epsilon", "np.sqrt(v_hat + epsilon)", "adam-epsilon-inside"),
    ("adam", "for t in range(1, steps + 1):", "for t in np.arange(steps):", "adam-t-from-0"),
    ("adam", "* g**2", "* g", "adam-v-of-g"),
    ("midpoint", "np.arange(n) + 0.5", "np.arange(n)", "left-ends"),
    ("trapezoid", "w[[0, -1]] = h / 2", "pass", "ends-not-halved"),
    (
        "trapezoid",
        "np.linspace(a, b, n)",
        "np.linspace(a, b, n, endpoint=False)",
        "last-end-missing",
    ),
    ("simpson", "4 * h / 3, 2 * h / 3", "2 * h / 3, 4 * h / 3", "simpson-exchanged"),
    ("gauss", "(a + b) / 2 + t * (b - a) / 2, c", "t, c", "nodes-not-mapped"),
    (
        "gauss",
        "np.stack(nodes, axis=-1).reshape(-1, len(sides))",
        "np.array(nodes).reshape(-1, len(sides))",
        "nodes-reshaped",
    ),
]


@pytest.mark.parametrize(
    ("function", "right", "wrong", "name"),
    [pytest.param(*row, marks=[pytest.mark.slow] * (i % 4 > 0)) for i, row in enumerate(PLANTS)],
)
def test_a_planted_mistake_is_named(function, right, wrong, name):
    with pytest.raises(testing.CheckFailed) as failed:
        CHECKS[function](planted(function, right, wrong), examples=1)
    assert name in failed.value.mistakes, f"{failed.value.mistakes}\n{failed.value}"
