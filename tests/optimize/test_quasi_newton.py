"""Quasi-Newton updates held to their own equations, to textbook forms, to quadratics and to SciPy's path."""

import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import quasi_newton
from sobolev_ref.optimize.quasi_newton import (
    LARGEST,
    UPDATES,
    bfgs,
    self_scaled_bfgs,
    self_scaled_broyden,
    updated,
)

NET = sr.MLP((1, 4, 1))
LOSS = sr.SobolevLoss(NET, np.sin, sr.gauss_legendre([(-2, 2)], 12).mean())
seeds = st.integers(0, 2**32 - 1)
module = sys.modules["sobolev_ref.optimize.quasi_newton"]  # a name that its function has as well


def triangle(H):
    """The whole of a symmetric matrix whose upper triangle is kept."""
    return np.triu(H) + np.triu(H, 1).T


def curved(rng, P, decades):
    """A positive definite matrix with eigenvalues over twice so many decades."""
    Q = np.linalg.qr(rng.standard_normal((P, P)))[0]
    return Q * 10 ** rng.uniform(-decades, decades, P) @ Q.T


def problem(seed, P, decades=0.5):
    """H, s of a step along −Hg, y = ∇²L s for another positive definite matrix, and sᵀBs."""
    rng = np.random.default_rng(seed)
    H, s = curved(rng, P, decades), rng.standard_normal(P)
    return H, s, curved(rng, P, decades) @ s * 10 ** rng.uniform(-1, 1), s @ np.linalg.solve(H, s)


def after(H, s, y, sBs, rule):
    return triangle(updated(np.asfortranarray(H), s, y, sBs, rule))


def textbook(H, s, y, psi, tau):
    """H₊ as the inverse of B₊."""
    B = np.linalg.inv(H)
    Bs, sy = B @ s, s @ y
    w = y / sy - Bs / (s @ Bs)
    kept = B - np.outer(Bs, Bs) / (s @ Bs) + psi * (s @ Bs) * np.outer(w, w)
    return np.linalg.inv(tau * kept + np.outer(y, y) / sy)


@pytest.mark.parametrize("update", UPDATES)
@given(seed=seeds, P=st.integers(1, 6))
def test_the_secant_equation_and_a_positive_definite_symmetric_matrix(update, seed, P):
    """(Z1): H₊y = s; and every direction −H₊g descends."""
    H, s, y, sBs = problem(seed, P, decades=1.0)
    new = after(H, s, y, sBs, UPDATES[update])
    size = np.abs(new).max() * np.abs(y).max()
    np.testing.assert_allclose(new @ y, s, atol=1e-9 * (size + np.abs(s).max()))
    assert np.linalg.eigvalsh(new)[0] > -1e-10 * np.abs(new).max()
    g = np.random.default_rng(seed).standard_normal(P)
    assert g @ new @ g > -1e-10 * (g @ g) * np.abs(new).max()


@pytest.mark.parametrize("update", UPDATES)
@given(seed=seeds, P=st.integers(2, 5))
def test_the_update_is_the_inverse_of_broydens_for_b(update, seed, P):
    """(Z2) against the form for B₊ with ψ, and for BFGS against the product of three matrices."""
    H, s, y, sBs = problem(seed, P)
    b, h = sBs / (s @ y), y @ H @ y / (s @ y)
    psi, tau = UPDATES[update](b, h, P)
    new = after(H, s, y, sBs, UPDATES[update])
    expected = textbook(H, s, y, psi, tau)
    np.testing.assert_allclose(new, expected, atol=1e-7 * np.abs(expected).max())
    if update == "BFGS":
        E = np.eye(P) - np.outer(s, y) / (s @ y)
        product = E @ H @ E.T + np.outer(s, s) / (s @ y)
        np.testing.assert_allclose(new, product, atol=1e-11 * np.abs(product).max())


@given(seed=seeds, P=st.integers(3, 6))
def test_all_eigenvalues_but_two_are_tau(seed, P):
    """(Z3): the other two of HB₊ have the sum τσ + h and the product τσ/b, so a ≥ 0."""
    H, s, y, sBs = problem(seed, P)
    b, h = sBs / (s @ y), y @ H @ y / (s @ y)
    psi, tau = self_scaled_broyden(b, h, P)
    sigma = 1 + (b * h - 1) * psi
    assert b * h >= 1 - 1e-12 and sigma > 0
    found = np.linalg.eigvals(H @ np.linalg.inv(after(H, s, y, sBs, self_scaled_broyden)))
    expected = np.append(np.roots([1, -(tau * sigma + h), tau * sigma / b]), [tau] * (P - 2))
    assert (
        np.abs(np.poly(found) - np.poly(expected)).max() <= 1e-6 * np.abs(np.poly(expected)).max()
    )


numbers = st.floats(-4, 4).map(lambda x: 10**x)


@given(b=numbers, a=numbers, P=st.integers(2, 3000))
def test_the_parameters_of_self_scaled_broyden(b, a, P):
    """(Z4), (Z5): ψ has the sign of 1 − b and keeps to its bounds, and so does τ.

    Elsewhere τ takes σ out of the determinant: det B₊ = det B min(1, 1/b)^{P−1}/b.
    """
    h = (1 + a) / b
    psi, tau = self_scaled_broyden(b, h, P)
    best = np.roots([1, -2 * h, h / b]).real.min()  # τσ = h: the eigenvalue h(1 − c)
    rho = min(1.0, 1 / (b * (1 + np.sqrt(a / (1 + a)))))
    assert rho == pytest.approx(min(1.0, best), rel=1e-4)
    least = (rho - 1) / a
    assert psi * (1 - b) >= 0 and least - 1e-6 * abs(least) <= psi <= (1 + 1e-6) / rho
    sigma, most = 1 + a * psi, min(1.0, 1 / b)
    kept = np.log(sigma) + (P - 1) * np.log(tau) - (P - 1) * np.log(most)
    bound = most / psi if psi > 0 else sigma
    assert tau == pytest.approx(bound) or kept == pytest.approx(0, abs=1e-6 * P)
    assert 0 < tau <= bound * (1 + 1e-6) and sigma > 0


def test_parameters_by_hand():
    """B too large along s, where ρ holds ψ, and too small, where σ = 2 is shared among P − 1 of two."""
    rho = 1 / (4 * (1 + 0.75**0.5))
    np.testing.assert_allclose(self_scaled_broyden(4.0, 1.0, 10), [(rho - 1) / 3, rho], rtol=1e-14)
    assert self_scaled_broyden(0.5, 4.0, 2) == (1.0, 0.5)


def test_a_step_without_curvature_is_no_update():
    s, y = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert updated(np.eye(2, order="F"), s, y, 1.0, bfgs) is None


def test_the_line_search_is_told_the_loss_before(monkeypatch):
    """Its first try is by how far the loss fell last."""
    told, search = [], module.line_search

    def told_of(*arguments):
        told.append(arguments[5:])
        return search(*arguments)

    monkeypatch.setattr(module, "line_search", told_of)
    run = sr.fit(LOSS, NET.init(0), "quasi_newton", maxiter=3)
    assert told == [*zip(run.history, [None, *run.history])][:3]


def test_the_parameters_of_the_others():
    assert bfgs(4.0, 2.0, 5) == (0.0, 1.0)
    assert [self_scaled_bfgs(b, 2.0, 5) for b in (0.5, 4.0)] == [(0.0, 1.0), (0.0, 0.25)]


@pytest.mark.parametrize("update", UPDATES)
@given(seed=seeds, P=st.integers(2, 5))
def test_units_do_not_matter(update, seed, P):
    """For θ = Tφ, with any regular T, H₊ in φ is T⁻¹H₊T⁻ᵀ."""
    H, s, y, sBs = problem(seed, P)
    rng = np.random.default_rng(seed)
    T = np.linalg.qr(rng.standard_normal((P, P)))[0] * rng.uniform(0.2, 5, P)
    back = np.linalg.inv(T)
    new, there = (
        after(H, s, y, sBs, UPDATES[update]),
        after(back @ H @ back.T, back @ s, T.T @ y, sBs, UPDATES[update]),
    )
    np.testing.assert_allclose(T @ there @ T.T, new, atol=1e-8 * np.abs(new).max())


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize(("unit", "of_loss"), [(2.0**20, 1.0), (2.0**-7, 2.0**30), (1.0, 2.0**-40)])
def test_a_run_has_no_unit_of_theta_or_of_the_loss(update, unit, of_loss):
    """Powers of 2 change no digit, so that the path is the same."""

    def scaled(phi):
        value, gradient = LOSS(phi / unit)
        return of_loss * value, of_loss * gradient / unit

    options = {"update": update, "maxiter": 12, "gtol": 0.0}
    how = {"jac": True, "method": quasi_newton, "options": options}
    one, other = minimize(LOSS, NET.init(3), **how), minimize(scaled, unit * NET.init(3), **how)
    np.testing.assert_allclose(other.x / unit, one.x, rtol=1e-9)
    np.testing.assert_allclose(other.history / of_loss, one.history, rtol=1e-9)


@pytest.mark.parametrize("update", UPDATES)
@given(seed=seeds, P=st.integers(1, 5))
def test_a_quadratic_takes_p_steps(update, seed, P):
    """With exact line searches all updates of the class give conjugate directions, scaled or not."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((P, P)))[0]
    A = Q * rng.uniform(0.5, 4, P) @ Q.T  # ∇²L
    theta, H = rng.standard_normal(P), np.eye(P, order="F")
    first = np.linalg.norm(A @ theta)
    for _ in range(P):
        g = A @ theta
        if np.linalg.norm(g) < 1e-7 * first:
            return
        p = -triangle(H) @ g
        alpha = -(g @ p) / (p @ A @ p)
        s = alpha * p
        H = updated(H, s, A @ s, -alpha * (g @ s), UPDATES[update])
        theta = theta + s
    assert np.linalg.norm(A @ theta) < 1e-6 * first


def test_the_steps_of_scipys_bfgs_are_along_ours():
    """Whatever its line search takes: −H∇L at each of its θ, H from the steps before, has its direction."""
    start = NET.init(1)
    path = [start]
    H = np.eye(len(start), order="F")
    options = {"maxiter": 12, "hess_inv0": np.eye(len(start))}
    minimize(LOSS, start, jac=True, method="BFGS", callback=path.append, options=options)
    assert len(path) == 13
    for theta, new in pairwise(path):
        g, s = LOSS(theta)[1], new - theta
        p = -triangle(H) @ g
        assert s @ p == pytest.approx(np.linalg.norm(s) * np.linalg.norm(p), rel=1e-9)
        alpha = (s @ p) / (p @ p)
        H = updated(H, s, LOSS(new)[1] - g, -alpha * (g @ s), bfgs)


@pytest.mark.parametrize("update", UPDATES)
def test_every_step_descends_by_wolfes_conditions(update):
    """L falls by 10⁻⁴ of what the slope along s promises, and that slope to 0.9 of its size."""
    path = [NET.init(0)]
    result = sr.fit(
        LOSS,
        path[0],
        "quasi_newton",
        update=update,
        maxiter=40,
        callback=lambda theta: path.append(theta),
    )
    assert result.nit == 40 and len(path) == 41 and (result.learning_rates > 0).all()
    assert result.nfev >= result.njev >= 41 and result.fun == LOSS(path[-1])[0]
    for theta, new in pairwise(path):
        (value, g), (after_it, g_new) = LOSS(theta), LOSS(new)
        slope = g @ (new - theta)
        assert slope < 0 and after_it <= value + (1e-4 - 1e-9) * slope
        assert abs(g_new @ (new - theta)) <= (0.9 + 1e-6) * -slope


def test_the_first_step_goes_to_where_a_line_reaches_nothing():
    """L = θ², from 1: ∇L = 2, a straight line is at 0 in ½; y = −1 there, and H₊ = ½ is the inverse of 2."""
    square = lambda t: (t @ t, 2 * t)
    how = {"jac": True, "method": quasi_newton}
    assert minimize(square, [1.0], **how, options={"maxiter": 1}).x == [0.5]
    assert minimize(square, [1.0], **how, options={"maxiter": 2}).x == [0.0]
    at_zero = minimize(lambda t: (t @ t - 1, 2 * t), [1.0], **how, options={"maxiter": 1})
    assert at_zero.x == [0.0]  # L = 0 there: a length of 1


def test_it_turns_back_where_the_loss_is_not_finite():
    """ln L is not, beyond −1: half steps are taken until it is."""

    def barrier(t):
        with np.errstate(all="ignore"):
            return 2 * t[0] - np.log(1 + t[0]), np.array([2 - 1 / (1 + t[0])])

    result = minimize(barrier, [3.0], jac=True, method=quasi_newton)
    assert result.success and result.x == pytest.approx([-0.5], abs=1e-6)


def test_a_gradient_that_is_none_is_no_success():
    """No length of a step descends: H is forgotten, and the steps get shorter, until θ does not move."""
    result = minimize(lambda t: (t @ t, -2 * t), [1.0, 2.0], jac=True, method=quasi_newton)
    assert not result.success and result.status == 4 and result.nit == 0
    assert result.x.tolist() == [1.0, 2.0] and "by ∇L the loss should still fall" in result.message


def test_beside_kinks_the_loss_never_rises():
    """Wolfe's second condition cannot hold across a kink: there H is forgotten."""
    kinks = lambda t: (abs(t[0]) + 3 * abs(t[1]), np.sign(t) * [1.0, 3.0])
    how = {"jac": True, "method": quasi_newton, "options": {"maxiter": 30}}
    result = minimize(kinks, [1.0, 0.7], **how)
    assert result.nit > 0 and (np.diff(result.history) <= 0).all()


def test_where_rounding_spoilt_the_matrix_it_is_forgotten():
    s, y, H = np.ones(2), np.array([1.0, 2.0]), np.eye(2, order="F")
    assert updated(H, s, -y, 2.0, bfgs) is None
    assert updated(H, s, y, -1.0, bfgs) is None
    assert updated(-H, s, y, 2.0, bfgs) is None
    np.testing.assert_array_equal(H, np.eye(2))


def test_the_least_step_that_moves_theta_is_taken():
    """From 1 down by ε/2, though 1 + ε/2 is rounded to 1."""
    least = 1 - np.finfo(float).eps
    valley = lambda t: ((t[0] - least) ** 2, 2 * (t - least))
    assert minimize(valley, [1.0], jac=True, method=quasi_newton).x[0] < 1


def test_the_defaults_are_self_scaled_broyden_and_scipys_number_of_steps(monkeypatch):
    one = sr.fit(LOSS, NET.init(2), "quasi_newton", maxiter=20)
    other = sr.fit(LOSS, NET.init(2), "quasi_newton", update="SSBroyden", maxiter=20)
    np.testing.assert_array_equal(one.x, other.x)
    monkeypatch.setitem(quasi_newton.__globals__, "iterate", lambda *given, **options: options)
    assert quasi_newton(LOSS, NET.init(2), jac=True) == {"jac": True, "maxiter": 200 * 13}


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: quasi_newton(LOSS, NET.init(0), jac=True, update="DFP"),
            ValueError,
            "^update: got",
        ),
        (
            lambda: quasi_newton(LOSS, np.zeros(LARGEST + 1), jac=True),
            ValueError,
            "^x0: got 3,001 parameters, takes at most 3,000 for H, .*; 'L-BFGS-B' keeps no matrix",
        ),
        (
            lambda: quasi_newton(LOSS, NET.init(0), jac=True, learning_rate=1.0),
            TypeError,
            "^options: got learning_rate",
        ),
    ],
)
def test_refusals(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_fit_has_units_for_it():
    """One unit for all entries of θ changes no step; others do, and the result is in the caller's."""
    theta = NET.init(4)
    plain, one, other = (
        sr.fit(LOSS, theta, "quasi_newton", maxiter=10, x_scale=scale)
        for scale in (None, np.full(13, 2.0**5), np.geomspace(0.5, 2, 13))
    )
    np.testing.assert_allclose(one.x, plain.x, rtol=1e-9)
    assert np.abs(other.x - plain.x).max() > 1e-6
    for result in (one, other):
        value, gradient = LOSS(result.x)
        assert result.fun == result.history[-1] == pytest.approx(value, rel=1e-12)
        np.testing.assert_array_equal(result.jac, gradient)


@pytest.mark.slow
def test_it_goes_to_rounding_and_says_so():
    """e⁻ˣ with 8 units: a mean loss below 1e−13, where rounding hides the rest."""
    net = sr.MLP((1, 8, 1))
    loss = sr.SobolevLoss(net, lambda x: np.exp(-x), sr.gauss_legendre([(0, 5)], 64).mean())
    result = sr.fit(loss, net.init(0), "quasi_newton", time_limit=60)
    assert result.fun < 1e-13 and result.status in (0, 3, 98)
    assert result.success == (result.status != 98)
