"""Hessian-vector products (H1), held to answers in which a complex step has no part.

These are closed forms (one unit, models linear in θ, `Ridge`), central differences of ∇L whose error
Richardson's extrapolation brings down to 1e−9, the symmetry of ∇²L, and the exact zero of |r|^p at r = 0.
"""

from itertools import pairwise

import numpy as np
import pytest
from closed_forms import ANALYTIC, activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Legendre
from random_numbers import SEEDS
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Quadrature, Ridge, SobolevLoss
from sobolev_ref.testing.strategies import losses

# -- closed forms ----------------------------------------------------------------------------------


def sigma(name, z):
    """σ(z), …, σ⁗(z); relu's by its definition."""
    return (
        [max(z, 0.0), float(z > 0), 0, 0, 0]
        if name == "relu"
        else activation_derivatives(name, z, 4)
    )


def unit(name, theta, x, n):
    """Dⁿu, its gradient and the entries of its Hessian for u = v σ(wx + b) + c, θ = (w, b, v, c)."""
    w, b, v, c = theta
    s = sigma(name, w * x + b)[n : n + 3]  # σ⁽ⁿ⁾, σ⁽ⁿ⁺¹⁾, σ⁽ⁿ⁺²⁾
    p = [w**n, n * w ** max(n - 1, 0), n * (n - 1) * w ** max(n - 2, 0)]  # wⁿ and its derivatives
    by_w = p[1] * s[0] + p[0] * x * s[1]
    gradient = [v * by_w, v * p[0] * s[1], p[0] * s[0], float(n == 0)]
    ww = p[2] * s[0] + 2 * p[1] * x * s[1] + p[0] * x**2 * s[2]
    wb = p[1] * s[1] + p[0] * x * s[2]
    entries = {(0, 0): v * ww, (0, 1): v * wb, (1, 1): v * p[0] * s[2], (0, 2): by_w}
    entries[1, 2] = p[0] * s[1]
    return v * p[0] * s[0] + c * (n == 0), np.array(gradient), entries


def hessian_of_a_unit(name, theta, x, w, data, weights, p):
    """∇²L = Σ λ_n w_i p ((p − 1)|r|^{p−2} g gᵀ + φ_p(r) ∇²Dⁿu), and the sum of its terms' sizes."""
    H, size = np.zeros((2, 4, 4))
    for n, lam in enumerate(weights):
        for x_i, w_i, y_i in zip(x, w, data[n]):
            value, g, entries = unit(name, theta, x_i, n)
            second = np.zeros((4, 4))
            for (i, j), entry in entries.items():
                second[i, j] = second[j, i] = entry
            r = value - y_i
            terms = (
                lam * w_i * p * (p - 1) * abs(r) ** (p - 2) * np.outer(g, g),
                lam * w_i * p * np.sign(r) * abs(r) ** (p - 1) * second,
            )
            H += sum(terms)
            size += sum(map(np.abs, terms))
    return H, size


@pytest.mark.parametrize("name", [*ANALYTIC, "relu"])
@pytest.mark.parametrize(
    "p", [2, 3, *(pytest.param(p, marks=pytest.mark.slow) for p in (2.5, 4, 6))]
)
@pytest.mark.parametrize("x", [(-1.1, 0.4, 1.3), (-31.0, -24.0), (23.0, 30.0)])
def test_one_unit_in_closed_form(name, p, x):
    """(H1): every entry to 1e−12 of its own terms, also where all of a layer is in a tail of σ."""
    theta, w, weights = np.array([0.9, -0.3, 1.2, 0.4]), [0.7, 1.1, 0.5], [0.6, 1.5, 0.3]
    weights = weights[:1] if name == "relu" else weights
    data = np.random.default_rng(0).uniform(2, 3, (3, len(x)))
    target = {(n,): data[n] for n in range(len(weights))}
    rule = Quadrature(x, w[: len(x)])
    exact, size = hessian_of_a_unit(name, theta, x, w, data, weights, p)
    net = MLP((1, 1, 1), name)
    for road in ("forward", "reverse") if len(weights) > 1 else ("forward",):
        order = len(weights) - 1
        loss = SobolevLoss(net, target, rule, order=order, p=p, weights=weights, road=road)
        assert (np.abs(loss.hessian(theta) - exact) <= 1e-12 * size + 1e-280).all()


def test_a_model_linear_in_theta_has_one_hessian():
    """∇²L = 2 ΦᵀΦ for p = 2, with the columns of Φ by NumPy's Legendre series; gaps leave rows out."""
    model, rule = LinearModel.polynomial(3, [(0, 2)], m=2), sr.gauss_legendre([(0, 2)], 5)
    rng, weights = np.random.default_rng(0), (0.5, 2.0, 0.3)
    data = {(n,): rng.normal(size=(5, 2)) for n in range(3)}
    data[1,][3, 0] = data[0,][1, 1] = np.nan
    loss = SobolevLoss(model, data, rule, order=2, weights=weights)
    exact = np.zeros((8, 8))
    for j in range(2):
        for (n,), lam in zip(data, weights):
            features = [
                Legendre.basis(i, domain=[0, 2]).deriv(n)(rule.nodes[:, 0]) for i in range(4)
            ]
            Phi = np.sqrt(lam * rule.weights)[:, None] * np.transpose(features)  # (5, 4)
            Phi = Phi[~np.isnan(data[n,][:, j])]
            exact[4 * j : 4 * j + 4, 4 * j : 4 * j + 4] += 2 * Phi.T @ Phi
    for theta in rng.normal(size=(2, 8)):
        np.testing.assert_allclose(loss.hessian(theta), exact, rtol=1e-13, atol=1e-14)


@given(losses(p=st.sampled_from([2, 4])), st.sampled_from([0.0, 1e-9, 0.7, 10.0]))
def test_ridge_adds_its_multiple_of_the_identity(drawn, mu):
    loss, theta = drawn
    P = len(theta)
    v = np.random.default_rng(P).normal(size=P)
    np.testing.assert_allclose(Ridge(mu, P).hessp(theta, v), mu * v, rtol=1e-15)
    expected = loss.hessp(theta, v) + mu * v
    scale = np.abs(expected).max() + mu
    np.testing.assert_allclose((loss + Ridge(mu, P)).hessp(theta, v), expected, atol=1e-15 * scale)


@pytest.mark.parametrize("p", [2, 2.5, 3, 4, 6])
def test_a_residual_of_zero_is_exact(p):
    """(|r|^p)″ = p (p − 1) |r|^{p−2} is 2 at r = 0 for p = 2, and 0 for p > 2.

    u = x + 1/2 meets its target at the nodes 1 and 3, and is off by r = 1/4 at the node 2.
    """
    rule = Quadrature([1.0, 2.0, 3.0], [1.0, 0.5, 2.0])
    loss = SobolevLoss(MLP((1, 1)), {(0,): [1.5, 2.25, 3.5]}, rule, order=0, p=p)
    factor = p * (p - 1) * 0.25 ** (p - 2)
    exact = factor * 0.5 * np.array([[4.0, 2.0], [2.0, 1.0]])
    if p == 2:
        exact += 2 * np.array([[1 + 2 * 9.0, 1 + 2 * 3.0], [1 + 2 * 3.0, 1 + 2.0]])
    np.testing.assert_allclose(loss.hessian([1.0, 0.5]), exact, rtol=1e-15)
    exact_fit = loss.batch([0, 2]).hessian([1.0, 0.5])
    assert exact_fit.any() == (p == 2)


@pytest.mark.parametrize("p", [2, 2.2, 3, 4])
def test_where_the_fit_is_perfect(p):
    """∇²L = 2 JᵀJ for p = 2, as the residuals of 2 Σ r ∇²r vanish, and 0 for p > 2."""
    net, rule = MLP((2, 4, 3, 2), "sin"), sr.sobol([(-1, 1)] * 2, 8, rng=0)
    theta = net.init(0)
    loss = SobolevLoss(net, net.derivatives(theta, rule.nodes, 2), rule, order=2, p=p)
    H = loss.hessian(theta)
    if p > 2:
        assert not H.any()
        return
    J = loss.jacobian(theta)
    np.testing.assert_allclose(H, 2 * J.T @ J, rtol=0, atol=1e-13 * np.abs(H).max())


# -- differences of the gradient -------------------------------------------------------------------


def richardson(gradient, theta, v, h):
    """(∇L(θ + hv) − ∇L(θ − hv))/2h for h, h/2 and h/4, and the errors in h² and h⁴ eliminated."""
    quotients = [
        (gradient(theta + s * v) - gradient(theta - s * v)) / (2 * s) for s in (h, h / 2, h / 4)
    ]
    for factor in (4, 16):
        quotients = [(factor * b - a) / (factor - 1) for a, b in pairwise(quotients)]
    return quotients[0]


def assert_close_to_differences(loss, theta, seed=0):
    v = np.random.default_rng(seed).normal(size=len(theta))
    v /= np.linalg.norm(v)
    expected = richardson(lambda t: loss(t)[1], theta, v, 0.008)
    atol = 1e-9 * (np.abs(expected).max() + 1e-3)
    np.testing.assert_allclose(loss.hessp(theta, v), expected, rtol=0, atol=atol)


@given(losses(p=st.sampled_from([2, 4, 6])), SEEDS)
def test_differences_of_the_gradient(drawn, seed):
    """Any network, order, λ, with missing data; |r|^p is analytic for an even p."""
    assert_close_to_differences(*drawn, seed)


BOX = [(-1, 1)] * 2
NET = MLP((2, 4, 3, 2), "gelu")
MODELS = {
    "network": NET,
    "polynomial": LinearModel.polynomial(3, BOX, m=2),
    "Fourier": LinearModel.fourier(1, BOX, m=2),
    "frozen": LinearModel.from_mlp(NET, NET.init(0)),
    "scaled": sr.Standardizer([0.2, 0.1], [0.8, 1.5], [1.0, 0.0], [2.0, 0.5]).model(NET),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("p", [2, 2.2, 2.5, 3])
def test_differences_of_the_gradient_of_every_model(model, p):
    """No residual is near 0, where |r|^p has few derivatives; some are missing, and a `Ridge` is added."""
    rng, rule = np.random.default_rng(1), sr.sobol(BOX, 8, rng=0)
    data = {alpha: rng.uniform(9, 12, (8, 2)) for alpha in sr.multi_indices(2, 2)}
    data[1, 1][[0, 5], 1] = np.nan
    loss = SobolevLoss(model, data, rule, order=2, p=p, weights=(0.3, 2, 0.5))
    loss += Ridge(0.5, model.n_parameters)
    assert_close_to_differences(loss, 0.3 * rng.normal(size=model.n_parameters))


# -- what holds for every Hessian ------------------------------------------------------------------

EXPONENTS = st.sampled_from([2, 2.5, 3, 4, 6])


@given(losses(p=EXPONENTS), SEEDS, st.floats(-3, 3))
def test_it_is_symmetric_and_linear_in_the_direction(drawn, seed, c):
    """vᵀ∇²L w = wᵀ∇²L v, to 1e−13 of |v|ᵀ |∇²L| |w|."""
    loss, theta = drawn
    v, w = np.random.default_rng(seed).normal(size=(2, len(theta)))
    H, Hv, Hw = loss.hessian(theta), loss.hessp(theta, v), loss.hessp(theta, w)
    size = np.abs(H) @ (np.abs(v) + (1 + abs(c)) * np.abs(w))  # (P,)
    assert abs(v @ Hw - w @ Hv) <= 1e-13 * (np.abs(v) + np.abs(w)) @ size
    assert (np.abs(H @ v - Hv) <= 1e-13 * size.max()).all()
    assert (np.abs(loss.hessp(theta, v + c * w) - Hv - c * Hw) <= 1e-13 * size.max()).all()


@pytest.mark.parametrize("exponent", [-1000, -500, 500, 1015])
@pytest.mark.parametrize("p", [2, 2.5])
def test_the_size_of_the_direction_plays_no_part(exponent, p):
    """From 1e−301 to 1e305: multiplied by a power of 2, v gives the same digits."""
    net, scale = MLP((1, 4, 1)), 2.0**exponent
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 8), p=p) + Ridge(0.1, 13)
    theta, v = net.init(0), np.random.default_rng(0).normal(size=13)
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(loss.hessp(theta, scale * v), scale * loss.hessp(theta, v))
        np.testing.assert_array_equal(loss.hessp(theta, 0 * v), 0 * v)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov"])
def test_scipys_newton_methods_take_it(method):
    net = MLP((1, 6, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 12))
    options = {"maxiter": 300}
    fit = minimize(loss, net.init(0), jac=True, hessp=loss.hessp, method=method, options=options)
    assert fit.nhev > 0 and np.linalg.norm(fit.jac) < 1e-3
    assert fit.fun < 1e-4 * loss(net.init(0))[0]


# -- refusals --------------------------------------------------------------------------------------

LOSS = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4))
ROUGH = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4), p=1.5)
ZERO = np.zeros(10)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: LOSS.hessp(ZERO, ZERO[1:]),
            ValueError,
            r"^v: got shape \(9,\), takes shape \(10,\)",
        ),
        (lambda: LOSS.hessp(ZERO[1:], ZERO), ValueError, r"^theta: got shape \(9,\)"),
        (lambda: LOSS.hessp(ZERO, ZERO + np.inf), ValueError, "^v: got 10 NaN or infinite"),
        (lambda: LOSS.hessp(ZERO + 1j, ZERO), TypeError, "^theta: got complex entries"),
        (lambda: LOSS.hessp(ZERO, 1j * ZERO), TypeError, "^v: got complex entries"),
        (
            lambda: (ROUGH + Ridge(1.0, 10)).hessp(ZERO, ZERO),
            ValueError,
            r"^p: got 1.5, but \|r\|\^p has a second derivative only for p >= 2$",
        ),
        (
            lambda: Ridge(1.0, 6321).hessian(np.zeros(6321)),
            ValueError,
            "^theta: 6321 parameters have a Hessian of 0.3 GB; takes at most 5000, or use hessp$",
        ),
    ],
)
def test_what_has_no_hessian_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_the_largest_hessian_is_itself_taken(monkeypatch):
    monkeypatch.setattr(sr.losses.loss, "MAX_HESSIAN", 3)
    np.testing.assert_array_equal(Ridge(1.0, 3).hessian(np.zeros(3)), np.eye(3))
    with pytest.raises(ValueError, match="^theta: 4 parameters have a Hessian"):
        Ridge(1.0, 4).hessian(np.zeros(4))
