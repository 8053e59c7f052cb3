"""The nodes and weights of Gauss–Legendre, each to the last digits of float64, at a cost of O(n).

A node is t_k = cos θ_k with P_n(t_k) = 0, k = 1, …, n, and its weight is w_k = 2/(dP_n(cos θ)/dθ)² at θ_k.

**Up to n = 128** Newton's method finds the roots in whole numbers, which stand for multiples of 2⁻¹²⁸:

    (k + 1) P_{k+1} = (2k + 1) t P_k − k P_{k−1},  (1 − t²) P_n′ = n(P_{n−1} − t P_n),  w = 2/((1 − t²) P_n′²)

**Beyond** there is a formula. With N = n + ½ the function v = √(sin θ) P_n(cos θ) solves Legendre's equation,
and J_0 solves Bessel's, which differs from it by little for large N; J_0 itself is nearly a wave:

    v″ + (N² + 1/(4 sin² θ)) v = 0,   u = √x J_0(Nx):  u″ + (N² + 1/(4x²)) u = 0,   cos β:  u″ + u = 0

If θ(x) solves θ′² q(θ) + ½ {θ, x} = p(x), where {θ, x} = θ‴/θ′ − (3/2)(θ″/θ′)² is the Schwarzian derivative,
then v = θ′^{1/2} u turns v″ + q v = 0 into u″ + p u = 0 (Liouville). We solve this equation twice, in powers
of 1/N² and of 1/β², and so take the zeros of the cosine, β = (k − ¼)π, to those of J_0, and these to θ_k:

    j = β + μ(β),  μ = 1/(8β) − 31/(384β³) + …   (McMahon; the first ten, where it diverges, are constants)
    θ = x + f_1(x)/N² + f_2(x)/N⁴ + f_3(x)/N⁶ + O(N⁻⁸),  x = j/N,   f_1 = (cot x − 1/x)/8, …

The order N⁰ reads 2f_1′ + 1/(4 sin² x) = 1/(4x²), for example; each next order has one new f_m′, and is
integrated in closed form as a polynomial in cot x and 1/x with f_m(0) = 0. All of it holds for all nodes.
At a node dP_n/dθ = v′/√(sin θ), v′² = u′²/θ′(x), u′² = x N² J_1(j)² and dj/dβ = 2/(πj J_1(j)²), so that the
weight is the rate at which the nodes −cos θ_k follow each other:

    w_k = sin θ_k · dθ/dk,   dθ/dk = (π/N)(1 + ε),   ε = N d(θ − β/N)/dβ by the complex step

What f_1, f_2 and f_3 leave is 1e-16 of a node at n = 128, and falls like n⁻⁸. The sums carry the rounding of
π(4k − 1)/(4n + 2), which alone would cost the weights near the ends their last digit.
"""

from typing import Any

import numpy as np

from .._typing import Array

NEWTON = 128  # up to this n in whole numbers: some milliseconds, which grow with n²
BITS = 128
STEP = 1e-20  # of the complex step
BLOCK = 2**14  # nodes at once
# μ = Σ_m MCMAHON[m] β^{−1−2m}, to rounding for k > 10
MCMAHON = (
    1 / 8,
    -31 / 384,
    3779 / 15360,
    -6277237 / 3440640,
    2092163573 / 82575360,
    -8249725736393 / 14533263360,
    423748443625564327 / 22671890841600,
)
# μ = j − (k − ¼)π and dμ/dβ = 2/(πj J_1(j)²) − 1 at the zeros j of J_0, k = 1, …, 10
FIRST = np.array(
    [
        [0.04863106750342784, -0.017765883278148749],
        [0.022290966504172482, -0.0039048287561221425],
        [0.014348115539080811, -0.0016338779176442381],
        [0.01056198805255697, -0.00088848951929722638],
        [0.0083526039362680651, -0.0005565587546774232],
        [0.006906209769611422, -0.00038082671788203611],
        [0.0058862181481545995, -0.00027678862645012154],
        [0.005128465428405139, -0.00021018275168848541],
        [0.0045434131295639593, -0.00016500100289774004],
        [0.0040780959314910425, -0.00013295604171190629],
    ]
)


def legendre(n: int) -> tuple[Array, Array, Array]:
    """The ⌈n/2⌉ nodes t >= 0 from the end inwards: t, 1 − t and the weights, of shape (⌈n/2⌉,) each."""
    k = np.arange(1, (n + 1) // 2 + 1)
    parts = np.array_split(k, len(k) // BLOCK + 1)
    t, gap, w = np.concatenate([_asymptotic(n, part) for part in parts], axis=1)
    return _newton(n, t) if n <= NEWTON else (t, gap, w)


def _newton(n: int, t: Array) -> tuple[Array, Array, Array]:
    """Newton's method on P_n in multiples of 2⁻¹²⁸, from t; each result is rounded once."""
    one = 1 << BITS
    x = np.array([int(v * 2**60) << BITS - 60 for v in t], dtype=object)
    step: Array = np.array([one])
    while abs(step).max() >> BITS - 70:  # a smaller step is squared beyond the last bit
        before, P = 0 * x + one, x  # P_{n−1} and P_n
        for k in range(1, n):
            before, P = P, ((2 * k + 1) * (x * P >> BITS) - k * before) // (k + 1)
        square = one - (x * x >> BITS)  # 1 − t²
        slope = n * (before - (x * P >> BITS) << BITS) // square  # P_n′
        step = (P << BITS) // slope
        x = x - step
    w = (2 * one << 2 * BITS) // (square * (slope * slope >> BITS))
    return tuple((y / one).astype(float) for y in (x, one - x, w))  # type: ignore[return-value]


def _asymptotic(n: int, k: Array) -> Array:
    """The formula: t_k, 1 − t_k and w_k, with θ_k as a sum of two numbers, for the last digit of sin θ_k."""
    N = n + 0.5
    beta = (k - 0.25) * np.pi + 1j * STEP
    mu: Array = sum(a * beta ** (-1 - 2 * m) for m, a in enumerate(MCMAHON))  # type: ignore[assignment]
    mu[k <= len(FIRST)] = FIRST[k[k <= len(FIRST)] - 1] @ (1, 1j * STEP)
    x = (beta + mu) / N
    more = mu / N + _correction(1 / np.tan(x), 1 / x, 1 / N**2)  # θ − β/N
    more, epsilon = more.real, N * more.imag / STEP

    beta_N, rest = _fraction_of_pi(4 * k - 1, 4 * n + 2)  # β/N
    theta = beta_N + more
    theta_rest = beta_N - theta + more + rest
    latitude, rest = _fraction_of_pi(2 * n + 2 - 4 * k, 4 * n + 2)  # π/2 − β/N
    phi = latitude - more
    phi_rest = latitude - phi - more + rest
    dtheta, rest = _fraction_of_pi(np.array(4), 4 * n + 2)  # π/N

    t = np.sin(phi) + phi_rest * np.cos(phi)  # cos θ = sin(π/2 − θ), which keeps its digits near 0
    t[2 * k == n + 1] = 0
    half_sine = np.sin(theta / 2) + theta_rest / 2 * np.cos(theta / 2)
    w = dtheta * np.sin(theta)
    w += w * (epsilon + theta_rest / np.tan(theta) + rest / dtheta)
    return np.stack([t, 2 * half_sine**2, w])


def _correction(c: Array, y: Array, e: float) -> Any:
    """f_1 e + f_2 e² + f_3 e³ from c = cot x, y = 1/x and e = 1/N²."""
    f_1 = c / 8 - y / 8
    f_2 = -31 / 384 * c**3 + c**2 * y / 64 - 11 / 128 * c + 25 / 384 * y**3 + y / 64
    f_3 = 3779 / 15360 * c**5 - 31 / 1024 * c**4 * y + c**3 * y**2 / 512 + 635 / 1536 * c**3
    f_3 += -25 / 3072 * c**2 * y**3 - 21 / 512 * c**2 * y + c * y**2 / 512 + 173 / 1024 * c
    f_3 += -1073 / 5120 * y**5 - 25 / 3072 * y**3 - 11 / 1024 * y
    return e * (f_1 + e * (f_2 + e * f_3))


def _fraction_of_pi(m: Array, M: int) -> tuple[Array, Array]:
    """π m/M and what its rounding left: the remainder of a long division, whose large parts are exact."""
    quotient = np.pi * m / M
    q, p = np.float32(quotient).astype(float), float(np.float32(np.pi))  # of 24 bits each
    rest = (p * m - q * M) + ((np.pi - p) * m - (quotient - q) * M)
    return quotient, (rest + 1.2246467991473532e-16 * m) / M  # π − np.pi is 1.22e-16
