"""(M1) to (M5): the majorants against the vectors, matrices and derivatives that they bound."""

from itertools import pairwise

import numpy as np
import pytest
from attacks import BOUNDED
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref import ACTIVATIONS, MLP, multi_indices
from sobolev_ref.jets import taylor_algebra
from sobolev_ref.theory.majorants import (
    derivatives_at,
    largest_nearby,
    majorant,
    n_pairs,
    operator_norms,
    product,
    sizes,
    slopes_at_center,
    table,
    theta_derivatives,
    times,
)

NORMS = (1, 2, np.inf)


def norms(v):
    return np.array([np.linalg.norm(v, p) for p in NORMS])


@given(st.integers(1, 6), SEEDS)
def test_hoelder(n, seed):
    """(M1) on vectors, and attained: by signs, by unit vectors, by proportional vectors for ‖u v‖₁."""
    rng = np.random.default_rng(seed)
    u, v = rng.normal(size=(2, n))
    np.testing.assert_allclose(sizes(u), norms(u), rtol=1e-14)
    assert (norms(u * v) <= times(norms(u), norms(v)) * (1 + 1e-12)).all()
    ones = np.ones(n)
    np.testing.assert_allclose(times(norms(u), norms(ones)), norms(u), rtol=1e-14)
    np.testing.assert_allclose(times(norms(ones), norms(u)), norms(u), rtol=1e-14)
    assert times(norms(u), norms(u))[0] == pytest.approx(u @ u, rel=1e-14)
    e = np.eye(n)[0]
    np.testing.assert_allclose(times(norms(e), norms(e)), 1)


def test_no_square_underflows():
    assert (sizes(np.array([1e-200, 0.0])) >= 1e-200).all()


@given(st.integers(1, 4), st.integers(1, 4), SEEDS)
def test_norms_of_a_matrix(n_out, n_in, seed):
    """(M2): ‖W v‖_q ≤ ‖W‖_{p→q} ‖v‖_p for all p and q, and six of the nine attained."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(n_out, n_in))
    bounds = operator_norms(W)  # (q, p)
    for v in [*rng.normal(size=(20, n_in)), *np.eye(n_in), *np.sign(W), *W, np.linalg.svd(W)[2][0]]:
        ratios = norms(W @ v)[:, None] / norms(v)
        assert (ratios <= bounds * (1 + 1e-9)).all()
    exact = [np.abs(W).sum(0).max(), np.linalg.norm(W, axis=0).max(), np.abs(W).max()]
    np.testing.assert_allclose(bounds[:, 0], exact, rtol=1e-14)
    exact = [np.linalg.norm(W, 2), np.linalg.norm(W, axis=1).max(), np.abs(W).sum(1).max()]
    np.testing.assert_allclose([bounds[1, 1], bounds[2, 1], bounds[2, 2]], exact, rtol=1e-9)
    frobenius = np.linalg.norm(W)
    assert bounds[0, 1] <= np.sqrt(n_out) * frobenius * (1 + 1e-12)
    assert bounds[1, 2] <= np.sqrt(n_in) * frobenius * (1 + 1e-12)
    assert bounds[0, 2] <= np.abs(W).sum() * (1 + 1e-12)


def test_a_product_of_jets_is_one_of_polynomials():
    """(M1) for vectors of one entry: d = 2, k = 2 in x, two layers and degree 3 in s, by brute force."""
    d, k, L, D = 2, 2, 2, 3
    t = table(d, k, L, D)
    rows = [(a, b) for a in multi_indices(d, k) for b in multi_indices(L, D)]
    assert (t.alphas, t.betas, len(t.left)) == (6, 10, n_pairs(d, k, L, D))
    u, v = np.random.default_rng(0).uniform(size=(2, len(rows)))
    expected = dict.fromkeys(rows, 0.0)
    for (a, b), p in zip(rows, u):
        for (c, e), q in zip(rows, v):
            key = tuple(np.add(a, c).tolist()), tuple(np.add(b, e).tolist())
            if key in expected:
                expected[key] += p * q
    three = [np.tile(each[:, None], (3, 1, 1)) for each in (u, v)]
    np.testing.assert_allclose(product(*three, t)[1, :, 0], list(expected.values()), rtol=1e-14)
    betas = multi_indices(L, D)
    assert [betas[i] for i in t.raised[1]] == [(a, b + 1) for a, b in betas if a + b < D]
    assert betas[t.derivatives[2][0, 1, 0]] == (2, 1) and t.factorials[2][0, 1, 0] == 2


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("r", [0.0, 0.1, 1.0, 10.0])
def test_bounds_of_an_activation_nearby(name, r):
    """(M3): S_n ≥ |σ⁽ⁿ⁾| on |z − z⁰| ≤ r, near it for small r, and never above M_n."""
    sigma = ACTIVATIONS[name]
    M = [sigma.derivative_bounds(n) for n in range(6)]
    z = np.linspace(-3, 3, 31)[None]
    S = largest_nearby(derivatives_at(sigma, M, z), M, np.array([[r]]))[:, 0]  # (6, 31)
    T = taylor_algebra(1, 5)
    near = z[0] + r * np.linspace(-1, 1, 201)[:, None]
    a, _ = sigma.jets(T.variables(near.reshape(-1, 1)), T)
    a = (T.factorials[:, None] * np.abs(a[..., 0])).reshape(6, *near.shape).max(axis=1)
    assert (a <= S * (1 + 1e-12)).all()
    assert (np.array(M)[:, None] >= S).all()
    if r == 0:
        np.testing.assert_allclose(S[:5], a[:5], atol=1e-7, rtol=1e-7)
        np.testing.assert_allclose(S[0], a[0], rtol=2e-10)  # a value is no sum of rounded terms
    if r == 0.1:  # to second order in r
        assert (S[:4] <= a[:4] + r**2 * np.array(M[2:])[:, None] + 1e-9).all()


def bounds_on_ball(net, theta, x, order, rho, degree=3, scale=None, radii=None, tight=False):
    """G, K, T of every Dᵅu: shapes (A, L, N), (A, L, L, N), (A, L, L, L, N); `tight` by all that helps."""
    T = taylor_algebra(net.d, order)
    _, tape = net.forward(theta, T.variables(x), T)
    M = [net.activation.derivative_bounds(n) for n in range(order + degree + 1 + 6 * tight)]
    slopes = slopes_at_center(tape) if tight else None
    scale = np.ones(net.m) if scale is None else scale
    radii = np.full(len(net.widths) - 1, rho) if radii is None else radii
    found, reach = majorant(tape, net.activation, M, degree, rho, radii, scale, slopes)
    found = found * T.factorials[:, None, None]
    return found, theta_derivatives(found, table(net.d, order, len(net.widths) - 1, degree)), reach


def test_three_straight_lines_in_a_row():
    """(M2), (M4), (M5) in closed form: u = w_3 (w_2 (w_1 x + b_1) + b_2) + b_3 on a ball of radius ρ."""
    net, x = MLP((1, 1, 1, 1), "identity"), 2.0
    w, b = np.array([3.0, -0.5, 2.0]), np.array([1.0, 0.5, -4.0])
    theta = np.ravel(np.column_stack([w, b]))
    unit = np.sqrt(x**2 + 1)
    z1 = w[0] * x + b[0]
    z2 = w[1] * z1 + b[1]
    _, (G, K, T), reach = bounds_on_ball(net, theta, np.array([[x]]), 1, 0.0)
    assert reach == pytest.approx(z1, rel=1e-9)
    np.testing.assert_allclose(
        G[0, :, 0],
        [unit, np.sqrt(z1**2 + 1) * 2, np.sqrt(z2**2 + 1)],
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        K[0, :, :, 0],
        [
            [0, 2 * unit, 0.5 * unit],
            [2 * unit, 0, np.hypot(z1, 1)],
            [0.5 * unit, np.hypot(z1, 1), 0],
        ],
        rtol=1e-9,
        atol=1e-12,
    )
    np.testing.assert_allclose(K[1, :, :, 0], [[0, 2, 0.5], [2, 0, 3], [0.5, 3, 0]], atol=1e-9)
    assert T[0, 0, 1, 2, 0] == pytest.approx(unit) and T[1, 2, 1, 0, 0] == pytest.approx(1)
    assert T[0, 0, 0, 1, 0] == pytest.approx(0, abs=1e-12)
    rho = 0.25
    found, (_, K, _), reach = bounds_on_ball(net, theta, np.array([[x]]), 1, rho)
    box = bounds_on_ball(net, theta, np.array([[x]]), 1, rho, radii=np.array([0, 0, 0.1]))[1][1]
    assert box[0, 0, 1, 0] == pytest.approx((2 + 0.1) * unit, rel=1e-9)
    assert reach == pytest.approx(max(z1 + rho * unit, 0), rel=1e-9)
    assert K[0, 0, 1, 0] == pytest.approx((2 + rho) * unit, rel=1e-9)  # |w_3| ≤ 2 + ρ
    slope = 0.5 * 3 + rho * np.hypot(0.5 + rho, 3 + rho)  # of z_2, by (M4): below the product
    assert found[1, 0, 0] == pytest.approx((2 + rho) * slope, rel=1e-9)


def test_a_unit_is_bounded_as_far_from_the_centre_as_the_ball_moves_it(monkeypatch):
    """(M3) on |z − z⁰| ≤ r: of the first layer r = ρ‖(x, 1)‖, by Cauchy-Schwarz, and not that of ∂z/∂x.

    Of the second, by (M4) along two layers, what the values of the first can do to it.
    """
    asked = []

    def recorded(at, M, r):
        asked.append(r)
        return largest_nearby(at, M, r)

    monkeypatch.setattr("sobolev_ref.theory.majorants.largest_nearby", recorded)
    net, x, rho = MLP((2, 1, 1, 1), "identity"), np.array([[2.0, -3.0], [0.1, 0.0]]), 0.25
    w1, b1, w2, b2, w3, b3 = np.array([0.3, -0.4]), 1.0, 0.7, 0.2, 1.0, 0.0
    bounds_on_ball(net, np.array([*w1, b1, w2, b2, w3, b3]), x, 2, rho)
    unit = np.sqrt((x**2).sum(axis=1) + 1)
    first = rho * unit
    np.testing.assert_allclose(asked[0].ravel(), first, rtol=1e-8)
    moved = [(w2 + rho) * unit, np.hypot(np.abs(x @ w1 + b1) + first, 1)]  # ∂z_2 by either layer
    np.testing.assert_allclose(asked[1].ravel(), rho * np.hypot(*moved), rtol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_slopes_of_every_layer_at_the_centre(seed):
    """‖∂_l z_i‖ and ‖∂_l a_i‖ from complex steps of forward passes: attained for |α| = 0, else a bound."""
    rng = np.random.default_rng(seed)
    net = MLP((int(rng.integers(1, 3)), 3, 1, 4, 2), BOUNDED[seed])
    theta, x = rng.normal(size=net.n_parameters), rng.uniform(-1, 1, (2, net.d))
    T = taylor_algebra(net.d, seed)

    def hidden(at):
        _, tape = net.forward(at, T.variables(x), T)
        return [T.padded(v) for pair in zip(tape.z, tape.a[1:]) for v in pair]

    steps = [hidden(theta + 1e-20j * e) for e in np.eye(len(theta))]
    _, tape = net.forward(theta, T.variables(x), T)
    found = [v for pair in slopes_at_center(tape) for v in pair]
    for place, bound in enumerate(found):
        J = np.stack([step[place].imag / 1e-20 for step in steps], axis=-1)  # (A, N, n, P)
        for layer, part in enumerate(blocks(net)):
            rows = np.linalg.norm(J[..., part], axis=-1)
            two = np.linalg.norm(J[..., part], 2, axis=(2, 3))
            one = np.minimum(np.sqrt(J.shape[2]) * two, rows.sum(axis=-1))
            for norm, exact in zip(bound[:, :, layer], (one, two, rows.max(axis=-1))):
                assert (exact <= norm * (1 + 1e-9) + 1e-12).all()
                np.testing.assert_allclose(norm[0], exact[0], rtol=1e-7, atol=1e-12)


def blocks(net):
    ends = np.cumsum([0, *((i + 1) * o for i, o in zip(net.widths, net.widths[1:]))])
    return [slice(a, b) for a, b in pairwise(ends)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_no_derivative_in_theta_is_above_its_majorant(seed):
    """(M5): every ∂_l Dᵅu and ∂_l ∂_j Dᵅu, whole matrices, and ∂∂∂ along random parts, in the ball.

    Derivatives of Dᵅu come from its Jacobian, by complex steps, and one difference for the third.
    """
    rng = np.random.default_rng(seed)
    net = MLP(
        (
            int(rng.integers(1, 3)),
            *rng.integers(1, 4, 1 + seed % 3).tolist(),
            int(rng.integers(1, 3)),
        ),
        BOUNDED[seed % len(BOUNDED)],
    )
    order, rho = int(rng.integers(0, 4)), (0.0, 0.05, 0.5)[seed % 3]
    theta = rng.normal(size=net.n_parameters)
    x = rng.uniform(-1.5, 1.5, (2, net.d))
    scale = rng.uniform(0.5, 2, net.m)
    radii = rho * rng.uniform(0.3, 1, len(net.widths) - 1)
    loose, tight = (
        bounds_on_ball(net, theta, x, order, rho, scale=scale, radii=radii, tight=tight)
        for tight in (False, True)
    )
    found, (G, K, third), reach = tight
    assert (found <= loose[0] * (1 + 1e-12)).all()
    T = taylor_algebra(net.d, order)
    parts = blocks(net)

    def jacobian(at):
        """∂Dᵅu_j/∂θ, shape (A, N, m, P)."""
        _, tape = net.forward(at, T.variables(x), T)
        out = np.empty((T.size, 2, net.m, len(at)), at.dtype)
        net.jacobian(tape, np.ones((T.size, 2)) * T.factorials[:, None], out)
        return out * scale[:, None]

    def hessian(at):
        """∂²Dᵅu_j/∂θ∂θ, shape (A, N, m, P, P)."""
        steps = [jacobian(at + 1e-20j * e).imag / 1e-20 for e in np.eye(len(at))]
        return np.stack(steps, axis=-1)

    for _ in range(3):
        away = rng.normal(size=len(theta))
        away *= rho / np.linalg.norm(away)
        for part, radius in zip(parts, radii):
            away[part] *= min(1, radius / max(radius, np.linalg.norm(away[part]), 1e-300))
        at = theta + away
        J, H = jacobian(at), hessian(at)
        direction = rng.normal(size=len(theta))
        for part in parts:
            direction[part] /= np.linalg.norm(direction[part])
        for c, one in enumerate(parts):
            spectral = np.linalg.norm(J[..., one], 2, axis=(2, 3))
            assert (spectral <= G[:, c] * (1 + 1e-9)).all()
            u = np.zeros(len(theta))
            u[one] = direction[one]
            change = (hessian(at + 1e-5 * u) - hessian(at - 1e-5 * u)) / 2e-5
            for e, two in enumerate(parts):
                for j in range(net.m):
                    block = np.linalg.norm(H[..., j, one, two], 2, axis=(2, 3))
                    assert (block <= K[:, c, e] * (1 + 1e-9)).all()
                for f, three in enumerate(parts):
                    along = np.einsum(
                        "anmpq,p,q->anm", change[..., two, three], direction[two], direction[three]
                    )
                    above = third[:, c, e, f] * (1 + 1e-6) + 1e-7 * (1 + np.abs(change).max())
                    assert (np.linalg.norm(along, axis=2) <= above).all()
        values = np.stack(list(net.derivatives(at, x, order).values())) * scale  # (A, N, m)
        assert (np.linalg.norm(values, axis=2) <= found[:, 0] * (1 + 1e-9)).all()
        _, tape = net.forward(at, T.variables(x), T)
        assert max(np.abs(z[0]).max() for z in tape.z) <= reach * (1 + 1e-9)


def test_bounds_of_several_outputs_are_of_their_euclidean_length():
    """Four outputs tanh x: ‖u‖₂ is twice ‖u‖_∞."""
    net = MLP((1, 1, 4))
    theta = net.pack([([[1.0]], [0.0]), (np.ones((4, 1)), np.zeros(4))])
    found, _, _ = bounds_on_ball(net, theta, np.array([[0.5]]), 0, 0.0)
    assert found[0, 0] == pytest.approx(2 * np.tanh(0.5), rel=1e-9)


def test_at_the_centre_values_are_those_of_the_network():
    """(M4) with ρ = 0: |Dᵅ of every hidden layer| is known, so that ∂ in the last layer is exact."""
    net = MLP((2, 5, 4, 1))
    theta, x = net.init(3), np.array([[0.3, -0.7]])
    _, (G, _, _), _ = bounds_on_ball(net, theta, x, 2, 0.0)
    T = taylor_algebra(2, 2)
    _, tape = net.forward(theta, T.variables(x), T)
    exact = T.factorials * np.linalg.norm(tape.a[-1][:, 0], axis=1)
    exact[0] = np.hypot(exact[0], 1)
    np.testing.assert_allclose(G[:, -1, 0], exact, rtol=1e-7)
    assert sr.lipschitz(sr.SobolevLoss(net, lambda x, y: x, sr.samples(x)), theta, radius=0.0)
