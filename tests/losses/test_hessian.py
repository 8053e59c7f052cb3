"""Hessian-vector products (H1): exact, symmetric, and taken by SciPy's Newton methods."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize
from strategies import losses

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss

EXPONENTS = st.sampled_from([2, 3, 4, 2.5, 6])


@given(losses(p=EXPONENTS), st.integers(0, 2**32 - 1))
def test_the_complex_step_of_the_gradient(drawn, seed):
    loss, theta = drawn
    v = np.random.default_rng(seed).normal(size=len(theta))
    exact = loss(theta + 1e-20j * v)[1].imag / 1e-20
    scale = np.abs(exact).max() + 1e-3
    np.testing.assert_allclose(loss.hessp(theta, v), exact, rtol=0, atol=1e-12 * scale)


@given(losses(p=EXPONENTS))
def test_the_hessian_is_symmetric(drawn):
    loss, theta = drawn
    H = loss.hessian(theta)
    np.testing.assert_allclose(H, H.T, rtol=0, atol=1e-12 * (np.abs(H).max() + 1e-3))


@pytest.mark.parametrize("p", [2, 3, 2.2])
def test_finite_differences_of_the_gradient(p):
    net = MLP((2, 4, 3, 1), "gelu")
    theta = 2 * net.init(0) + 0.1
    loss = SobolevLoss(
        net,
        lambda x, y: np.sin(x) * y,
        sr.sobol([(-1, 1)] * 2, 8, rng=0),
        order=2,
        p=p,
        weights=(0.3, 2, 0.5),
    )
    H = loss.hessian(theta)
    by_scipy = approx_fprime(theta, lambda t: loss(t)[1], 1e-7)
    np.testing.assert_allclose(H, by_scipy, rtol=0, atol=1e-5 * np.abs(by_scipy).max())


def test_relu_by_values_alone():
    net = MLP((1, 6, 1), "relu")
    loss = SobolevLoss(net, np.sin, sr.midpoint([(-1, 1)], 7), order=0)
    theta, v = net.init(0) + 0.1, np.ones(net.n_parameters)
    exact = loss(theta + 1e-20j * v)[1].imag / 1e-20
    np.testing.assert_allclose(loss.hessp(theta, v), exact, rtol=1e-12, atol=1e-14)


@given(losses(p=st.just(2)), st.floats(-3, 3))
def test_linear_in_the_direction(drawn, c):
    loss, theta = drawn
    v, w = np.random.default_rng(0).normal(size=(2, len(theta)))
    whole = loss.hessp(theta, v + c * w)
    sum_ = loss.hessp(theta, v) + c * loss.hessp(theta, w)
    np.testing.assert_allclose(whole, sum_, rtol=0, atol=1e-12 * (np.abs(sum_).max() + 1))


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov"])
def test_scipys_newton_methods_take_it(method):
    net = MLP((1, 6, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 12))
    fit = minimize(
        loss, net.init(0), jac=True, hessp=loss.hessp, method=method, options={"maxiter": 300}
    )
    assert fit.nhev > 0 and np.linalg.norm(fit.jac) < 1e-3
    assert fit.fun < 1e-4 * loss(net.init(0))[0]


def test_p_below_two_is_refused():
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4), p=1.5)
    with pytest.raises(
        ValueError, match=r"^p: got 1.5, but \|r\|\^p has a second derivative only for p >= 2$"
    ):
        loss.hessp(np.zeros(10), np.zeros(10))


def test_bad_input():
    loss = SobolevLoss(MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4))
    with pytest.raises(ValueError, match=r"^v: got shape \(9,\), takes shape \(10,\)"):
        loss.hessp(np.zeros(10), np.zeros(9))
    with pytest.raises(ValueError, match="theta: got 1 NaN"):
        loss.hessp([np.nan] + [0.0] * 9, np.zeros(10))
    large = SobolevLoss(MLP((1, 100, 60, 1)), np.sin, sr.midpoint([(0, 1)], 4))
    with pytest.raises(ValueError, match="6321 parameters have a Hessian of 0.3 GB"):
        large.hessian(np.zeros(6321))
