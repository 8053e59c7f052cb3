"""Answer the oracle's questions with mpmath, to 50 digits, and store them in oracle.json.gz.

    python tests/oracle/make_oracle.py

needs mpmath, which no test does, and takes about 20 seconds with gmpy2, which mpmath uses where it is
installed, and 40 without. The same mpmath writes the same bytes every time, with and without.

The answers owe nothing to Taylor arithmetic or to backpropagation. A model is evaluated as its
definition reads, at numbers of several hundred digits, and everything else is a divided difference with
a step h = 10⁻⁶⁰:

    Dᵅu(x)    = h^{−|α|} Σ_{β≤α} (−1)^{|α−β|} C(α, β) u(x + hβ)    + O(h)
    ∂L/∂θ_j   = (L(θ + h e_j) − L(θ)) / h                          + O(h)

A difference of order n costs 60 n digits, so the working precision is 60 (k + 1) + 80 digits for losses of
order k. All of it is then done again with another step, gradients along one direction: the script stops
unless both agree to 50 digits of the largest entry.
"""

import argparse
import gzip
import itertools
import json
import time
from decimal import Context
from math import comb, prod
from pathlib import Path

import mpmath
from configurations import (
    ACTIVATION_ORDER,
    ACTIVATIONS,
    COUNT,
    POINTS,
    SEED,
    VERSION,
    configurations,
    multi_indices,
)
from mpmath import mp, mpf

FILE = Path(__file__).with_name("oracle.json.gz")
DIGITS = 50
STEP = 60  # h = 10^−60
SECOND = "0.7e-61"  # the step of the check
FLOOR = mpf("1e-54")

SIGMA = {
    "tanh": mp.tanh,
    "sin": mp.sin,
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "softplus": lambda z: mp.log(1 + mp.exp(z)),
    "gelu": lambda z: z * mp.erfc(-z / mp.sqrt(2)) / 2,
    "silu": lambda z: z / (1 + mp.exp(-z)),
    "gaussian": lambda z: mp.exp(-z * z),
    "relu": lambda z: z if z > 0 else mpf(0),
    "identity": lambda z: z,
}


# -- the models, as their definitions read -----------------------------------------------------------


def network(widths, activation, theta, x):
    """W_L σ(… σ(W_1 x + b_1) …) + b_L, θ layer by layer: W by rows, then b."""
    a, start = x, 0
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(widths), start=1):
        b = start + n_in * n_out
        z = [
            mp.fdot(theta[start + i * n_in : start + (i + 1) * n_in], a) + theta[b + i]
            for i in range(n_out)
        ]
        start = b + n_out
        a = z if layer == len(widths) - 1 else [SIGMA[activation](value) for value in z]
    return a


def legendre(n, t):
    """P_n(t) = 2^{−n} Σ_j C(n, j)² (t − 1)^{n−j} (t + 1)^j."""
    return sum(comb(n, j) ** 2 * (t - 1) ** (n - j) * (t + 1) ** j for j in range(n + 1)) / 2**n


def chebyshev(n, t):
    """T_n(t) = Σ_j C(n, 2j) (t² − 1)^j t^{n−2j}, the real part of (t + √(t² − 1))^n."""
    return sum(comb(n, 2 * j) * (t * t - 1) ** j * t ** (n - 2 * j) for j in range(n // 2 + 1))


def fourier(j, t):
    """1, cos πt′, sin πt′, cos 2πt′, …, with t′ = t + 1 over the period [−1, 1]."""
    phase = mp.pi * ((j + 1) // 2) * (t + 1)
    return mpf(1) if j == 0 else mp.cos(phase) if j % 2 else mp.sin(phase)


def features(model, x):
    """φ_1(x), …, φ_J(x): products over the variables, each mapped from its side to [−1, 1]."""
    t = [(2 * x_q - a - b) / (mpf(b) - a) for x_q, (a, b) in zip(x, model["bounds"])]
    degree, family = model["degree"], model["family"]
    if family == "fourier":
        one, choices = fourier, itertools.product(range(2 * degree + 1), repeat=len(t))
    else:
        one = legendre if family == "legendre" else chebyshev
        choices = multi_indices(len(t), degree)
    return [mp.fprod(one(n, t_q) for n, t_q in zip(choice, t)) for choice in choices]


def evaluate(model, theta, x):
    """u_θ(x), a list of m numbers."""
    if "family" not in model:
        return network(model["widths"], model["activation"], theta, x)
    if model["family"] == "frozen":
        whole = [mpf(t) for t in model["frozen"][: -len(theta)]] + theta
        return network(model["widths"], model["activation"], whole, x)
    phi = features(model, x)
    J = len(phi)
    return [mp.fdot(theta[j * J : (j + 1) * J], phi) for j in range(model["m"])]


# -- everything else by differences ------------------------------------------------------------------


def differences(grid, indices, h):
    """Dᵅu = h^{−|α|} Σ_{β≤α} (−1)^{|α−β|} C(α, β) u(x + hβ), from the values by β."""
    out = []
    for alpha in indices:
        total = mpf(0)
        for beta in itertools.product(*(range(n + 1) for n in alpha)):
            sign = (-1) ** (sum(alpha) - sum(beta))
            total += sign * prod(map(comb, alpha, beta)) * grid[beta]
        out.append(total / h ** sum(alpha))
    return out


def derivatives(question, theta, h):
    """Dᵅu_θ at every node, as [α][node][output]."""
    indices = multi_indices(len(question["nodes"][0]), question["order"])
    by_node = []
    for node in question["nodes"]:
        values = {
            beta: evaluate(question["model"], theta, [x + h * n for x, n in zip(node, beta)])
            for beta in indices
        }
        m = len(values[indices[0]])
        outputs = [
            differences({beta: u[j] for beta, u in values.items()}, indices, h) for j in range(m)
        ]
        by_node.append(list(zip(*outputs)))  # [α][output]
    return [[list(node[a]) for node in by_node] for a in range(len(indices))]


def terms(question, u):
    """Σ_i w_i Σ_j |Dᵅu_θ − Dᵅu|^p for each α, over what was measured."""
    p = mpf(question["p"])
    return [
        mp.fsum(
            w * abs(value - datum) ** p
            for w, values, row in zip(question["quadrature"], u_alpha, data)
            for value, datum in zip(values, row)
            if datum is not None
        )
        for u_alpha, data in zip(u, question["data"])
    ]


def lambdas(question):
    """λ_α for every α."""
    indices = multi_indices(len(question["nodes"][0]), question["order"])
    weights = question["weights"]
    if isinstance(weights, dict):
        given = {tuple(alpha): value for alpha, value in weights["by_alpha"]}
        return [given.get(alpha, 0.0) for alpha in indices]
    return [weights[sum(alpha)] for alpha in indices]


def loss(question, theta, h):
    """L(θ) = Σ_α λ_α times its term."""
    return mp.fdot(lambdas(question), terms(question, derivatives(question, theta, h)))


def answer(question):
    """Derivatives, terms, loss and gradient of one question, checked by a second step."""
    mp.dps = STEP * (question["order"] + 1) + 80
    h, other = mpf(10) ** -STEP, mpf(SECOND)
    theta = [mpf(t) for t in question["theta"]]
    u = derivatives(question, theta, h)
    by_term = terms(question, u)
    value = mp.fdot(lambdas(question), by_term)
    gradient = [
        (loss(question, [t + h * (i == j) for i, t in enumerate(theta)], h) - value) / h
        for j in range(len(theta))
    ]
    again = derivatives(question, theta, other)
    agree(flatten(u), flatten(again))
    agree([value], [mp.fdot(lambdas(question), terms(question, again))])
    v = [mpf((-1) ** j) / (j + 1) for j in range(len(theta))]
    moved = loss(question, [t + other * s for t, s in zip(theta, v)], other)
    slope = (moved - mp.fdot(lambdas(question), terms(question, again))) / other
    agree([mp.fdot(gradient, v), *gradient], [slope, *gradient])
    return {
        "derivatives": texts(u),
        "terms": texts(by_term),
        "value": texts(value),
        "gradient": texts(gradient),
    }


def activation_derivatives(name):
    """σ, σ′, … at the points, [order][point]; to 50 digits of each number, also of 10^−700."""
    mp.dps = STEP * (ACTIVATION_ORDER + 1) + 800
    orders = [(n,) for n in range(ACTIVATION_ORDER + 1)]
    by_step = []
    for h in (mpf(10) ** -STEP, mpf(SECOND)):
        grids = [{n: SIGMA[name](z + h * n[0]) for n in orders} for z in map(mpf, POINTS)]
        by_step.append([list(row) for row in zip(*(differences(g, orders, h) for g in grids))])
    for one, other in zip(flatten(by_step[0]), flatten(by_step[1])):
        agree([one], [other], floor=FLOOR**12)  # 10^−648 is 0 for a float
    return texts(by_step[0], floor=0)


def flatten(nested):
    return [x for part in nested for x in flatten(part)] if isinstance(nested, list) else [nested]


def agree(one, other, floor=FLOOR):
    """Both to 50 digits of the largest entry; below the floor there is only the O(h) of a 0."""
    error = max(abs(a - b) for a, b in zip(one, other))
    scale = max(map(abs, one))
    if error > scale * mpf(10) ** -DIGITS and error > floor:
        raise ArithmeticError(f"two steps differ by {mp.nstr(error)}, of {mp.nstr(scale)}")


def texts(nested, floor=FLOOR):
    """Fifty digits of every number, by way of 55: the last digit of 50 must not hang on the O(h)."""
    if isinstance(nested, list):
        return [texts(part, floor) for part in nested]
    if abs(nested) <= floor:
        return "0"
    return str(Context(prec=DIGITS).create_decimal(mp.nstr(nested, DIGITS + 5)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, help="stop after so many")
    parser.add_argument("--output", type=Path, default=FILE)
    arguments = parser.parse_args()
    start, solved = time.perf_counter(), []
    for i, question in enumerate(configurations()[: arguments.count]):
        solved.append({**question, "answers": answer(question)})
        print(f"{i + 1:4d} {time.perf_counter() - start:7.1f} s", flush=True)
    header = {
        "made_by": "tests/oracle/make_oracle.py",
        "version": VERSION,
        "seed": SEED,
        "digits": DIGITS,
        "mpmath": mpmath.__version__,
    }
    contents = {
        "header": header,
        "configurations": solved,
        "points": POINTS,
        "activations": {name: activation_derivatives(name) for name in ACTIVATIONS},
    }
    text = json.dumps(contents, separators=(",", ":"), sort_keys=True)
    arguments.output.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
