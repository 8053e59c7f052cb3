"""Answer the cases of docs/conformance.json with mpmath, to 17 digits, and write the file.

    python tests/oracle/make_conformance.py

needs mpmath, and takes some minutes. The same mpmath writes the same bytes every time. With `--ids 3 40` only
those cases are answered, and printed.

The answers owe nothing to Taylor arithmetic or to backpropagation: they are the divided differences of
`make_oracle`, with steps of 10⁻⁶⁰ at several hundred digits, of the network as its definition reads. Two
steps must agree to 50 digits. For d ≤ 2 Cauchy's integrals over circles of radius r about the node, by the
n-th roots of unity ω, must agree with them to 25 digits,

    Dᵅu(x) ≈ α! r^{−|α|} n^{−d} Σ_j u(x + r ω^j) ω^{−j·α},    j ∈ {0, …, n − 1}ᵈ

and for some cases so must the gradient by its formula, with ∂/∂θ of Dᵅu as one more variable of the integral:

    ∇L = Σ_α λ_α Σ_i w_i p |r_α|^{p−1} sign(r_α) ∇Dᵅu_θ(x_i)                 (T2)
"""

import argparse
import itertools
import json
import time
from math import factorial, prod
from pathlib import Path

import mpmath
from configurations import CONFORMANCE_SEED, CONFORMANCE_VERSION, conformance
from make_oracle import DIGITS, SECOND, STEP, evaluate, flatten
from make_oracle import derivatives as by_differences
from make_oracle import loss as loss_of
from mpmath import mp, mpf

FILE = Path(__file__).parents[2] / "docs" / "conformance.json"
PLACES = 17
ROOTS = 16  # n
RADIUS = mpf(2) ** -12  # r; the error is about (r / the distance to a singularity)^{n − |α|}
CHECKED = 25  # digits in which the two ways agree
FLOOR = mpf(10) ** -100  # below it there is only the O(h) of a 0
ZERO = mpf(10) ** -60  # what rounding leaves of a 0 in an integral
EVERY = 5  # of the cases with d = 1 one in so many has its gradient checked, if it is short
SHORT = 40  # integrals in it, N·P


def question(case):
    """A case as `make_oracle` asks it."""
    weights = [[alpha, value] for alpha, value in zip(case["indices"], case["weights"])]
    return {"model": case, **case, "weights": {"by_alpha": weights}, "data": case["target"]}


def cauchy(f, x, alphas):
    """Dᵅf(x) for each α, of a list f of numbers, by Cauchy's integrals: [α][output]."""
    root = [mp.expjpi(mpf(2 * j) / ROOTS) for j in range(ROOTS)]
    places = list(itertools.product(range(ROOTS), repeat=len(x)))
    values = [f([x_q + RADIUS * root[j_q] for x_q, j_q in zip(x, j)]) for j in places]
    out = []
    for alpha in alphas:
        turns = [root[-sum(a * j_q for a, j_q in zip(alpha, j)) % ROOTS] for j in places]
        scale = prod(map(factorial, alpha)) / RADIUS ** sum(alpha) / len(places)
        out.append([scale * mp.fdot(turns, u) for u in zip(*values)])
    return out


def by_cauchy(case, theta):
    """Dᵅu_θ at every node, [α][node][output]."""
    nodes = [[mpf(x_q) for x_q in x] for x in case["nodes"]]
    found = [cauchy(lambda y: evaluate(case, theta, y), x, case["indices"]) for x in nodes]
    return [list(by_node) for by_node in zip(*found)]


def gradient_by_cauchy(case, theta, u):
    """∇L by (T2), where ∂Dᵅu/∂θ_j is a derivative of order (α, 1) in (x, θ_j)."""
    p = mpf(case["p"])
    gradient = []
    for j in range(len(theta)):
        total = mpf(0)
        for i, x in enumerate(case["nodes"]):
            at = lambda y: evaluate(case, [*theta[:j], y[-1], *theta[j + 1 :]], y[:-1])
            alphas = [(*alpha, 1) for alpha in case["indices"]]
            slopes = cauchy(at, [*map(mpf, x), theta[j]], alphas)
            for a, row in enumerate(slopes):
                for slope, value, datum in zip(row, u[a][i], case["target"][a][i]):
                    r = value - mpf(datum)
                    phi = mp.sign(r) * abs(r) ** (p - 1)
                    total += mpf(case["weights"][a]) * mpf(case["quadrature"][i]) * p * phi * slope
        gradient.append(total)
    return gradient


def agree(one, other, digits, floor=FLOOR):
    """Both to so many digits of the largest entry, or the script stops; below the floor all is 0."""
    error = max(abs(a - b) for a, b in zip(one, other, strict=True))
    scale = max(map(abs, one))
    if error > scale * mpf(10) ** -digits and error > floor:
        raise ArithmeticError(f"two ways differ by {mp.nstr(error)}, of {mp.nstr(scale)}")


def texts(nested):
    """Seventeen digits of every number, as JSON writes it."""
    if isinstance(nested, list | tuple):
        return [texts(part) for part in nested]
    return Number("0.0" if abs(nested) <= FLOOR else mp.nstr(nested, PLACES))


class Number(float):
    """A float that prints with the digits that it was given."""

    def __new__(cls, text):
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __repr__(self):
        return self.text


def answer(case):
    """Derivatives, loss and gradient of one case, by two steps, and by two ways where that is cheap."""
    asked = question(case)
    mp.dps = STEP * (case["order"] + 1) + 80
    h, other = mpf(10) ** -STEP, mpf(SECOND)
    theta = [mpf(t) for t in case["theta"]]
    u = by_differences(asked, theta, h)
    again = by_differences(asked, theta, other)
    for n in range(case["order"] + 1):
        rows = [a for a, alpha in enumerate(case["indices"]) if sum(alpha) == n]
        agree(*(flatten([[list(u_i) for u_i in v[a]] for a in rows]) for v in (u, again)), DIGITS)
    value = loss_of(asked, theta, h)
    agree([value], [loss_of(asked, theta, other)], DIGITS)
    gradients = []
    for step in (h, other):
        at = loss_of(asked, theta, step)
        moved = (
            loss_of(asked, [t + step * (i == j) for i, t in enumerate(theta)], step)
            for j in range(len(theta))
        )
        gradients.append([(there - at) / step for there in moved])
    agree(*gradients, DIGITS)
    d = case["widths"][0]
    if d <= 2:
        mp.dps = 80
        second = by_cauchy(case, theta)
        for one, two in zip(u, second):
            for at_one, at_two in zip(one, two):
                agree(at_one, [z.real for z in at_two], CHECKED, ZERO)
        short = len(theta) * len(case["nodes"]) <= SHORT
        if d == 1 and case["id"] % EVERY == 0 and short:
            slopes = gradient_by_cauchy(case, theta, [[list(v) for v in row] for row in u])
            agree(gradients[0], [z.real for z in slopes], CHECKED, ZERO)
    return {"derivatives": texts(u), "loss": texts(value), "gradient": texts(gradients[0])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ids", type=int, nargs="*", help="print these cases, and write no file")
    arguments = parser.parse_args()
    drawn, start, lines = conformance(), time.perf_counter(), []
    ids = range(len(drawn)) if arguments.ids is None else arguments.ids
    for i in ids:
        lines.append(json.dumps(drawn[i] | answer(drawn[i]), separators=(",", ":")))
        if arguments.ids is None:
            print(f"{i + 1:4d} {time.perf_counter() - start:7.1f} s", flush=True)
    if arguments.ids is not None:
        print("[" + ",\n".join(lines) + "]")
        return
    header = {
        "made_by": "tests/oracle/make_conformance.py",
        "version": CONFORMANCE_VERSION,
        "seed": CONFORMANCE_SEED,
        "digits": PLACES,
        "mpmath": mpmath.__version__,
    }
    text = json.dumps(header)[:-1] + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
