"""(I5), (I6), (I7) are attained, or bound what they must; and where there is no bound, sup e grows."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import legendre
from random_numbers import SEEDS
from scipy.integrate import quad
from scipy.special import k0, k1

import sobolev_ref as sr
from sobolev_ref.theory import (
    bessel_embedding,
    bessel_kernel,
    box_embedding,
    morrey_bound,
    peak_in_the_plane,
)

# -- (I5): the whole space, and a torus ------------------------------------------------------------


@pytest.mark.parametrize("s", [1, 1.5, 2, 3])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_constant_is_the_integral_of_the_inverse_weight(d, s):
    """c² = (2π)^{−d} ∫ (1 + |ω|²)^{−s} dω, in polar coordinates (I5)."""
    if s <= d / 2:
        with pytest.raises(ValueError, match=r"s: got .*, takes a number > d/2"):
            bessel_embedding(d, s)
        return
    surface = {1: 2, 2: 2 * np.pi, 3: 4 * np.pi}[d]
    integral, _ = quad(lambda r: r ** (d - 1) * (1 + r * r) ** -s, 0, np.inf)
    expected = surface * integral / (2 * np.pi) ** d
    assert bessel_embedding(d, s) ** 2 == pytest.approx(expected, rel=1e-7)  # (I5)
    assert bessel_kernel(0.0, d, s) == pytest.approx(expected, rel=1e-7)


def test_the_highest_order_is_taken():
    integral, _ = quad(lambda r: (1 + r * r) ** -50.5, 0, 5)
    assert bessel_embedding(1, 50.5) ** 2 == pytest.approx(integral / np.pi, rel=1e-9)


def radial_norm(d, u, du, ddu):
    """‖u‖² + 2‖∇u‖² + ‖D²u‖² of a radial function, which `bessel_weights(d, 2)` weigh."""
    surface = {2: 2 * np.pi, 3: 4 * np.pi}[d]

    def density(r):
        frobenius = ddu(r) ** 2 + (d - 1) * (du(r) / r) ** 2
        return surface * r ** (d - 1) * (u(r) ** 2 + 2 * du(r) ** 2 + frobenius)

    return quad(density, 0, 1, limit=200)[0] + quad(density, 1, 60, limit=200)[0]


def test_the_kernel_attains_it_in_two_and_three_variables():
    """e^{−r} for d = 3 and r K_1(r) for d = 2, s = 2: sup = 1, and c ‖u‖_2 = 1."""
    square = radial_norm(3, lambda r: np.exp(-r), lambda r: -np.exp(-r), lambda r: np.exp(-r))
    assert bessel_embedding(3, 2) ** 2 * square == pytest.approx(1, rel=1e-8)
    square = radial_norm(2, lambda r: r * k1(r), lambda r: -r * k0(r), lambda r: r * k1(r) - k0(r))
    assert bessel_embedding(2, 2) ** 2 * square == pytest.approx(1, rel=1e-8)
    for d in (2, 3):  # and any other has more: a Gaussian
        other = radial_norm(
            d,
            lambda r: np.exp(-(r**2)),
            lambda r: -2 * r * np.exp(-(r**2)),
            lambda r: (4 * r**2 - 2) * np.exp(-(r**2)),
        )
        assert bessel_embedding(d, 2) ** 2 * other > 1.05


def test_the_kernel_has_its_closed_forms():
    r = np.array([0.0, 1e-8, 0.5, 3.0, 800.0])
    np.testing.assert_allclose(bessel_kernel(r, 1, 1), np.exp(-r) / 2, rtol=1e-7)
    np.testing.assert_allclose(bessel_kernel(r, 3, 2), np.exp(-r) / (8 * np.pi), rtol=1e-7)
    for d, s, far in ((1, 2, 1e206), (1, 50, 1e7), (2, 4, 1e103), (3, 50, 1e7)):
        assert bessel_kernel(far, d, s) == 0  # where r^ν is infinite
    np.testing.assert_allclose(
        bessel_kernel(r[1:], 2, 2), r[1:] * k1(r[1:]) / (4 * np.pi), rtol=1e-7
    )


@pytest.mark.parametrize("r", [1, 300, 700, 740, 745, 1000])
def test_the_kernel_is_right_where_the_exponential_underflows(r):
    """d = 1, s = n + 1: K = r^n e^{−r}/(2^{n+1} n!) Σ_k (n + k)!/(k! (n − k)!) (2r)^{−k}, exactly."""
    n, f = 39, math.factorial
    terms = (Fraction(f(n + k), f(k) * f(n - k) * (2 * r) ** k) for k in range(n + 1))
    front = float(Fraction(r**n, 2 ** (n + 1) * f(n)) * sum(terms))
    exact = front * math.exp(-r / 2) * math.exp(-r / 2)
    np.testing.assert_allclose(bessel_kernel(r, 1, n + 1), exact, rtol=1e-12)


def test_the_kernel_is_right_where_a_power_of_r_underflows():
    """K(r) = K(0) (1 − r²/(4(ν − 1)) + …), for d = s = 100, where Γ(s) and r^ν are far from 1."""
    r = np.array([0.0, 1e-6, 1e-4, 1e-3, 1e-2])
    series = bessel_embedding(100, 100) ** 2 * (1 - r**2 / (4 * 49))
    np.testing.assert_allclose(bessel_kernel(r, 100, 100), series, rtol=1e-11)


@pytest.mark.parametrize(("d", "s"), [(1, 1), (1, 2), (2, 2), (2, 3), (3, 2.5)])
def test_on_a_torus_it_is_the_series(d, s):
    """c² = |Ω|⁻¹ Σ_ω (1 + |ω|²)^{−s}, summed as far as it goes, with an integral for the rest."""
    sides = np.array([5.0, 4.0, 7.0])[:d]
    M = {1: 20_000, 2: 500, 3: 60}[d]
    grids = np.meshgrid(*(2 * np.pi / side * np.arange(-M, M + 1) for side in sides), indexing="ij")
    square = sum(g**2 for g in grids)
    R = 2 * np.pi * M / sides.max()
    part = ((1 + square) ** -s)[square <= R**2].sum() / sides.prod()
    surface = {1: 2, 2: 2 * np.pi, 3: 4 * np.pi}[d]
    rest = surface * R ** (d - 2 * s) / ((2 * s - d) * (2 * np.pi) ** d)
    bounds = [(0, side) for side in sides]
    assert bessel_embedding(d, s, bounds) ** 2 == pytest.approx(part + rest, rel=1e-4)


@pytest.mark.parametrize("side", [0.1, 42.5, 1e300])
def test_a_period_of_any_length(side):
    """Σ 1/(ℓ(1 + (2πn/ℓ)²)) = coth(ℓ/2)/2, ½ on the whole line; 1e300 has a square beyond float64."""
    c = bessel_embedding(1, 1, [(0, side)])
    assert c**2 == pytest.approx(0.5 / math.tanh(side / 2), rel=1e-14)


@pytest.mark.slow
def test_a_periodic_function_attains_it():
    """K itself, a cosine series, by `SobolevLoss` with `bessel_weights`: d = 2, s = 2, a square of side 4."""
    square, j = [(-2, 2), (-2, 2)], np.arange(-9, 10) * np.pi / 2
    weight = (1 + j[:, None] ** 2 + j**2) ** -2.0

    def K(x, y):
        return sum(
            c * np.cos(a * x) * np.cos(b * y) for a, row in zip(j, weight) for b, c in zip(j, row)
        )

    loss = sr.SobolevLoss(
        sr.MLP((2, 1)), K, sr.gauss_legendre(square, 40), order=2, weights=sr.bessel_weights(2, 2)
    )
    norm = math.sqrt(loss(np.zeros(3))[0])
    share = weight.sum() / (bessel_embedding(2, 2, square) * norm)
    assert 0.99 < share < 1


@given(SEEDS)
def test_every_periodic_function_obeys_it(seed):
    rng = np.random.default_rng(seed)
    model, square = sr.LinearModel.fourier(2, [(0, 3), (0, 5)]), [(0, 3), (0, 5)]
    theta = rng.normal(size=25)
    rule = sr.gauss_legendre(square, 24)
    weights = sr.bessel_weights(2, 2)
    value, _ = sr.SobolevLoss(model, lambda x, y: 0 * x, rule, order=2, weights=weights)(theta)
    sup = np.abs(model(theta, sr.midpoint(square, 40).nodes)).max()
    assert sup <= bessel_embedding(2, 2, square) * math.sqrt(value)


# -- (I6): a box -----------------------------------------------------------------------------------


@given(st.floats(0.2, 10), st.floats(0.05, 5))
def test_on_an_interval_it_is_the_old_certificate(length, weight):
    c = box_embedding([(1, 1 + length)], weights=(1, weight))
    assert c == pytest.approx(sr.sup_norm_certificate(1.0, length, weight), rel=1e-12)  # (I1)


@pytest.mark.parametrize("sides", [(2, 1), (0.1, 30), (3, 0.5, 1), (1, 20, 7)])
@pytest.mark.parametrize("lam", [1.0, 0.3])
def test_a_weight_that_is_a_product_gives_the_product(sides, lam):
    """λ_α = λ^{|α|} for every α ≤ 1: c² = Π_q λ^{−1/2} coth(ℓ_q/√λ), reached from above to 1e−4 (I6)."""
    d = len(sides)
    weights = [lam**n for n in range(d + 1)]
    c = box_embedding([(0, side) for side in sides], order=d, weights=weights)  # (I6)
    exact = math.prod(lam**-0.25 / math.sqrt(math.tanh(side / math.sqrt(lam))) for side in sides)
    assert exact <= c * (1 + 1e-12) and c <= exact * (1 + 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("sides", [(2, 1), (1, 1, 2)])
def test_it_is_the_sum_over_the_cosines(sides):
    """|Ω|⁻¹ Σ 1/w over |n| ≤ M lies below c², and within 0.2 % or 3 % of it."""
    d, M = len(sides), {2: 2000, 3: 80}[len(sides)]
    w = [np.pi / side * np.arange(-M, M + 1) for side in sides]
    x = [g**2 for g in np.meshgrid(*w, indexing="ij", sparse=True)]
    weight = 1 + sum(x) + sum(x[p] * x[q] for p in range(d) for q in range(p))
    part = (1 / weight).sum() / math.prod(sides)
    c2 = box_embedding([(0, side) for side in sides]) ** 2
    assert part < c2 < part * (1 + {2: 0.002, 3: 0.03}[d])


@pytest.mark.parametrize("d", [2, 3])
def test_the_kernel_at_a_corner_attains_it_without_boundary_conditions(d):
    """K(x, 0) to 20 or 8 cosines in each variable, its norm by quadrature of D^α, α ≤ 1, |α| ≤ 2."""
    n = {2: 20, 3: 8}[d]
    rule = sr.gauss_legendre([(0, 1)] * d, {2: 60, 3: 28}[d])
    j = np.pi * np.arange(n + 1)
    x = [g**2 for g in np.meshgrid(*[j] * d, indexing="ij")]
    weight = 1 + sum(x) + sum(x[p] * x[q] for p in range(d) for q in range(p))
    copies = math.prod(np.where(g > 0, 2, 1) for g in x)
    c = copies / weight  # of Π cos(j_q x_q)
    total = 0.0
    for alpha in np.ndindex(*[2] * d):
        if sum(alpha) <= 2:
            waves = [
                (-j[:, None] * np.sin(j[:, None] * t) if a else np.cos(j[:, None] * t))
                for a, t in zip(alpha, rule.nodes.T)
            ]  # each (n + 1, N)
            values = c
            values = np.einsum("a...,ai->...i", values, waves[0])
            for wave in waves[1:]:
                values = np.einsum("a...i,ai->...i", values, wave)
            total += rule.weights @ values**2
    bound = box_embedding([(0, 1)] * d) * math.sqrt(total)
    assert {2: 0.97, 3: 0.9}[d] < c.sum() / bound < 1


def test_mirrored_a_slope_may_jump():
    """e = x on (0, 1): Σ ω²|ê|² over the cosines is ∫ e′² = 1, and Σ ω⁴|ê|² is infinite, while e″ = 0.

    The mirrored e is |x|, of period 2, with the amplitudes −2/ω² at the odd multiples ω of π.
    """
    rule, omega = sr.gauss_legendre([(0, 1)], 400), np.pi * np.arange(1, 401)
    amplitude = rule.weights * rule.nodes[:, 0] @ np.cos(np.outer(rule.nodes, omega))
    slope, bend = (2 * np.cumsum(omega**n * amplitude**2) for n in (2, 4))
    assert slope[-1] == pytest.approx(1, abs=2e-3)
    np.testing.assert_allclose(bend[1::2], 8 * np.arange(1, 201), rtol=1e-6)


def test_a_norm_of_more_derivatives_has_a_smaller_constant():
    """The square of a constant is sup e(corner)²/‖e‖², here over the polynomials of degree 13 on [0, 4]²."""
    x, w = legendre.leggauss(14)
    basis = np.eye(14)
    rows = [legendre.legval(x, legendre.legder(basis, n)) / 2**n for n in range(3)]
    masses = [2 * (row * w) @ row.T for row in rows]  # of order 0, 1, 2 on [0, 4]

    def constant(indices):
        gram = sum(np.kron(masses[i], masses[j]) for i, j in indices)
        return math.sqrt(np.linalg.inv(gram).sum())  # at the corner every product is 1

    mixed = [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert constant(mixed) == pytest.approx(box_embedding([(0, 4)] * 2), rel=1e-6)
    assert constant([*mixed, (2, 0), (0, 2)]) == pytest.approx(0.916, abs=5e-4)


@given(SEEDS, st.sampled_from([2, 3]))
def test_it_bounds_every_network_on_a_box(seed, d):
    rng = np.random.default_rng(seed)
    net, box = sr.MLP((d, 4, 1)), [(-1, 1), (0, 1.5), (0, 1)][:d]
    theta = 2 * rng.normal(size=net.n_parameters)
    rule = sr.gauss_legendre(box, 20 if d == 2 else 12)
    zero = lambda *x: 0 * x[0]
    loss, _ = sr.SobolevLoss(net, zero, rule, order=2, weights=(1, 0.5, 0.2))(theta)
    c = box_embedding(box, 2, (1, 0.5, 0.2))
    grid = sr.clenshaw_curtis(box, 9).nodes  # corners included
    assert np.abs(net(theta, grid)).max() <= c * math.sqrt(loss) * (1 + 1e-3)


def test_more_terms_lower_the_constant():
    box = [(0, 1), (0, 2), (0, 1)]
    assert box_embedding(box, 3) < box_embedding(box, 2)
    assert box_embedding(box, 2, sr.bessel_weights(3, 2)) < box_embedding(box, 2)


# -- where there is none ---------------------------------------------------------------------------


def test_the_plane_has_none_for_order_one():
    """sup grows like log log(1/ε), ‖u‖_1 stays below 2.64."""
    peaks = [peak_in_the_plane(10.0**-k) for k in (1, 10, 100, 300)]
    values = [np.log1p(k * np.log(10)) for k in (1, 10, 100, 300)]
    np.testing.assert_allclose([peak.value for peak in peaks], values, rtol=1e-12)
    assert max(peak.norm for peak in peaks) < 2.64
    with pytest.raises(ValueError, match="order: got 1 for 2 variables, takes at least 2"):
        box_embedding([(0, 1), (0, 1)], 1)


@pytest.mark.parametrize("sides", [(1e33, 1), (1, 1e33, 2), (1e33, 1, 2), (1e29, 1)])
def test_a_sum_that_ends_before_its_terms_are_small_is_refused(sides):
    """c² was 0.003 for coth 1 = 1.3: a bound from below."""
    with pytest.raises(
        ValueError, match=f"bounds: got a side of {max(sides):g}, too long".replace("+", r"\+")
    ):
        box_embedding([(0, side) for side in sides])
    c = box_embedding(
        [(0, side) for side in sorted(sides)]
    )  # the last one is summed in closed form
    assert c**2 >= np.prod(1 / np.tanh(sorted(sides))) * (1 - 1e-12)
    assert box_embedding([(0, 1e15), (0, 1)]) ** 2 > 1 / math.tanh(1)


@pytest.mark.parametrize("eps", [0.5, 0.01])
def test_the_norm_of_the_peak_by_quadrature(eps):
    def density(r):
        return 2 * np.pi * r * (np.log1p(-np.log(r)) ** 2 + (1 / (r * (1 - np.log(r)))) ** 2)

    outside, _ = quad(density, eps, 1)
    peak = peak_in_the_plane(eps)
    assert peak.norm**2 == pytest.approx(outside + np.pi * eps**2 * peak.value**2, rel=1e-9)


def test_the_sum_over_the_plane_grows_like_the_logarithm():
    """Σ 1/(1 + |n|²) over |n| ≤ R: 2π log 4 more for four times the R."""
    n = np.arange(-640, 641.0)
    square = n[:, None] ** 2 + n**2
    sums = [(1 / (1 + square))[square <= R**2].sum() for R in (40, 160, 640)]
    np.testing.assert_allclose(np.diff(sums), 2 * np.pi * np.log(4), rtol=0.01)


# -- (I7): Morrey ----------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1.2, 2, 5, 40])
@pytest.mark.parametrize("length", [0.5, 3.0])
def test_morrey_is_attained_in_one_variable(p, length):
    """e′ = (ℓ − x)^{q − 1}: e(0) − ē against C ‖e′‖_p (I7)."""
    q = p / (p - 1)
    e = lambda x: -((length - x) ** q) / q
    mean = quad(e, 0, length)[0] / length
    norm = quad(lambda x: (length - x) ** ((q - 1) * p), 0, length)[0] ** (1 / p)
    assert morrey_bound(norm, [(0, length)], p) == pytest.approx(abs(e(0) - mean), rel=1e-6)  # (I7)


@given(SEEDS, st.sampled_from([1, 2, 3]), st.floats(0.1, 20))
def test_morrey_bounds_every_network(seed, d, more):
    p, rng = d + more, np.random.default_rng(seed)
    net, box = sr.MLP((d, 4, 1)), [(-1, 1), (0, 1.5), (0, 0.5)][:d]
    theta = 2 * rng.normal(size=net.n_parameters)
    rule, u = sr.gauss_legendre(box, {1: 60, 2: 24, 3: 12}[d]), net.function(theta)
    mean = rule.mean().integrate(u)
    grid = sr.clenshaw_curtis(box, 9).nodes
    slope = sr.sobolev_seminorm(u, rule, 1, p)
    assert np.abs(net(theta, grid) - mean).max() <= morrey_bound(slope, box, p) * (1 + 1e-2)


@pytest.mark.parametrize(("d", "p"), [(1, 3.0), (2, 2.5), (2, 6.0), (3, 3.5), (3, 9.0)])
def test_morrey_s_constant_by_quadrature_of_its_kernel(d, p):
    """‖(ρᵈ − rᵈ)/(d|Ω| r^{d−1})‖_q from a corner of the unit cube, in polar coordinates."""
    q = p / (p - 1)

    def along(rho):
        f = lambda r: ((rho**d - r**d) / (d * r ** (d - 1))) ** q * r ** (d - 1)
        # r = t^m flattens the singular end
        m = 1 / (1 - (d - 1) * (q - 1)) if d > 1 else 1
        return quad(lambda t: f(t**m) * m * t ** (m - 1), 0, rho ** (1 / m))[0]

    if d == 1:
        total = along(1.0)
    elif d == 2:
        total = 2 * quad(lambda a: along(1 / np.cos(a)), 0, np.pi / 4)[0]
    else:  # three faces of the octant, z = (u, v, 1): dω = du dv / |z|³
        rule = sr.gauss_legendre([(0, 1), (0, 1)], 12)
        rho = np.sqrt(1 + (rule.nodes**2).sum(axis=1))
        total = 3 * sum(w * along(r) / r**3 for w, r in zip(rule.weights, rho))
    constant = total ** (1 / q) * d ** (0.5 - 1 / p if d > 1 else 0)
    assert morrey_bound(1.0, [(0, 1)] * d, p) == pytest.approx(constant, rel=1e-5)


@pytest.mark.parametrize("d", [2, 3])
def test_morrey_grows_as_beta_does_where_p_comes_to_d(d):
    """β ~ 1/(p − d), and C ~ β^{1/q} with 1/q = 1 − 1/d; from 1 − (d − 1)q/d it was off by 4 %."""
    eps = 2.0 ** -np.array([30, 48])
    C = [morrey_bound(1.0, [(0, 1)] * d, d + e) for e in eps]
    assert C[1] / C[0] == pytest.approx((eps[0] / eps[1]) ** (1 - 1 / d), rel=1e-7)


def test_morrey_is_not_the_best_bound_in_two_variables():
    """e(0) − ē = −∫∇e·(K + W) for W = (∂_yψ, −∂_xψ) with ψ = 0 on ∂Ω, and ‖K + W‖_q is below ‖K‖_q, p = 4.

    ψ = xy(1 − x)(1 − y)(x − y)/2 on the unit square, in polar coordinates with r = ρ t^{3/2}.
    """
    q, parts = 4 / 3, []
    for ends in ((0, np.pi / 4), (np.pi / 4, np.pi / 2)):
        rule = sr.gauss_legendre([ends, (0, 1)], 40)
        a, t = rule.nodes.T
        rho = 1 / np.maximum(np.cos(a), np.sin(a))
        parts.append((a, rho, rho * t**1.5, rule.weights * rho**2 * 1.5 * t**2))
    a, rho, r, w = np.concatenate(parts, axis=1)
    x, y = r * np.cos(a), r * np.sin(a)
    K = (rho**2 - r**2) / (2 * r**2) * np.stack([x, y])
    X, Y = x * (1 - x), y * (1 - y)
    W = np.stack([X * (1 - 2 * y) * (x - y) - X * Y, -(1 - 2 * x) * Y * (x - y) - X * Y]) / 2
    norms = [(w @ (field**2).sum(axis=0) ** (q / 2)) ** (1 / q) for field in (K, K + W)]
    assert morrey_bound(1.0, [(0, 1)] * 2, 4) == pytest.approx(2**0.25 * norms[0], rel=1e-6)
    assert norms[1] < 0.999 * norms[0]
    slope = np.stack([2 * np.cos(2 * x + y**2) + y, 2 * y * np.cos(2 * x + y**2) + x])
    mean = w @ (np.sin(2 * x + y**2) + x * y)  # of e, with e(0) = 0
    for field in (K, K + W):
        assert w @ (slope * field).sum(axis=0) == pytest.approx(mean, rel=1e-4)


def test_morrey_has_the_units_of_e():
    """x → 3x: ‖∇e‖_p scales with 3^{d/p − 1}, the bound stays."""
    for d, p in ((1, 2), (2, 3), (3, 7)):
        one = morrey_bound(1.0, [(0, 1)] * d, p)
        assert morrey_bound(3 ** (d / p - 1), [(0, 3)] * d, p) == pytest.approx(one, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bessel_embedding(2, 2, [(0, 9)]), r"bounds: got shape \(1, 2\), takes shape"),
        (lambda: bessel_embedding(3, 2, [(0, 0.1)] * 3), "bounds: got sides .* takes longer ones"),
        (lambda: bessel_embedding(2, 51.5), "s: got 51.5, takes a number > d/2 = 1, at most 51"),
        (lambda: bessel_kernel(-1.0, 1, 1), "r: got -1, takes distances >= 0"),
        (lambda: box_embedding([(0, 1)] * 4), "bounds: got 4 variables, takes at most 3"),
        (lambda: box_embedding([(0, 1)] * 2, 2, (1, 1, 0)), r"weights: got 0 for \(1, 1\)"),
        (lambda: box_embedding([(0, 1)], 1, (1e-320, 1e-320)), "bounds, weights: got numbers"),
        (lambda: morrey_bound(1, [(0, 1)] * 2, 2), "p: got 2, takes a finite number > d = 2"),
        (lambda: morrey_bound(1, [(0, 1)] * 4, 5), "bounds: got 4 variables"),
        (lambda: morrey_bound(1e308, [(0, 1e300)], 9), "derivative_norm, bounds: got numbers"),
        (lambda: peak_in_the_plane(0), r"^eps: got 0.*, takes a number in \(0, 1\)$"),
        (lambda: peak_in_the_plane(1), r"eps: got 1, takes a number in \(0, 1\)"),
    ],
)
def test_unusable_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
