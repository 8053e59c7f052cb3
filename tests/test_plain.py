"""The package is held to `plain`, and `plain` to the complex step, Cauchy's integral and closed forms.

Rounding is measured against the size of the answer: the loss itself, the largest entry of a gradient, and
for Dᵅu_θ the largest entry of all derivatives of an order up to |α|.
"""

import ast
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from closed_forms import activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref import plain
from sobolev_ref.testing.strategies import DrawnNetwork, networks

SOURCE = Path(plain.__file__).read_text(encoding="utf-8")
EXPONENTS = st.sampled_from([1, 1.5, 2, 2.5, 3, 4, 6])


def factorial(alpha):
    return math.prod(math.factorial(n) for n in alpha)


def largest(array):
    return np.max(np.abs(array))


def tanh_networks(**kinds):
    return networks(["tanh"], **kinds)


@dataclass(frozen=True)
class Fit:
    """A network, a target at its nodes, the nodes' weights, p, and λ twice."""

    problem: DrawnNetwork
    target: dict[tuple[int, ...], np.ndarray]  # (N, m) for every α
    w: np.ndarray  # (N,)
    p: float
    weights: list[float] | dict[tuple[int, ...], float]  # by order, or by α with some absent
    by_alpha: dict[tuple[int, ...], float]  # the same, λ_α for every α

    def plain_loss(self, theta):
        net, x = self.problem.net, self.problem.x
        return plain.sobolev_loss(theta, net.widths, x, self.w, self.target, self.by_alpha, self.p)


@st.composite
def fits(draw, **kinds):
    problem = draw(tanh_networks(**kinds))
    net, rng, N = problem.net, np.random.default_rng(draw(SEEDS)), len(problem.x)
    indices = plain.multi_indices(net.d, problem.order)
    target = {alpha: 1.5 * rng.normal(size=(N, net.m)) for alpha in indices}
    numbers = st.sampled_from([0.0, 0.3, 1.0, 7.0])
    if draw(st.booleans()):
        weights = [draw(numbers) for _ in range(problem.order + 1)]
        weights = weights if any(weights) else [1.0] * len(weights)
        by_alpha = {alpha: weights[sum(alpha)] for alpha in indices}
    else:
        weights = draw(st.dictionaries(st.sampled_from(indices), numbers))
        weights = weights if any(weights.values()) else {indices[-1]: 1.0}
        by_alpha = {alpha: weights.get(alpha, 0.0) for alpha in indices}
    return Fit(problem, target, rng.uniform(0, 2, N), draw(EXPONENTS), weights, by_alpha)


# -- the package -----------------------------------------------------------------------------------


@given(fits(max_order=4))
def test_the_loss_and_its_gradient(fit):
    """(D3) (T1) (T2), on both roads, to 1e-13."""
    problem = fit.problem
    value, gradient = fit.plain_loss(problem.theta)
    rule = sr.Quadrature(problem.x, fit.w)
    both = problem.order > 0 and len(problem.net.widths) > 2
    for road in ("forward", "reverse") if both else ("forward",):
        loss = sr.SobolevLoss(
            problem.net,
            fit.target,
            rule,
            order=problem.order,
            p=fit.p,
            weights=fit.weights,
            road=road,
        )
        assert loss.road == road
        found, found_gradient = loss(problem.theta)
        assert abs(found - value) <= 1e-13 * value
        assert largest(found_gradient - gradient) <= 1e-13 * largest(gradient)


@given(tanh_networks(max_order=4))
def test_the_derivatives_of_a_network(problem):
    """(J1) (J2) (J3): the same α in the same order, and every Dᵅu_θ, to 1e-13."""
    net, theta, x, order = problem.net, problem.theta, problem.x, problem.order
    u, _ = plain.forward(theta, net.widths, x, order)
    derivatives = net.derivatives(theta, x, order)
    assert list(u) == list(derivatives) == list(sr.multi_indices(net.d, order))
    for n in range(order + 1):
        size = max(largest(D) for alpha, D in derivatives.items() if sum(alpha) <= n)
        for alpha in (alpha for alpha in u if sum(alpha) == n):
            assert largest(derivatives[alpha] - factorial(alpha) * u[alpha]) <= 1e-13 * size


@given(tanh_networks(max_order=4), EXPONENTS)
def test_a_perfect_fit_has_no_loss_and_no_gradient(problem, p):
    net, x = problem.net, problem.x
    u, _ = plain.forward(problem.theta, net.widths, x, problem.order)
    target = {alpha: factorial(alpha) * u[alpha] for alpha in u}
    ones = dict.fromkeys(u, 1)
    value, gradient = plain.sobolev_loss(
        problem.theta, net.widths, x, np.ones(len(x)), target, ones, p
    )
    assert value == 0 and not gradient.any()


# -- answers derived otherwise -----------------------------------------------------------------------


@given(fits(max_order=3, max_d=2))
def test_the_gradient_is_the_complex_step_of_the_value(fit):
    """(J4) (J5) (T1) (T2) against Im L(θ + ih e_j) / h, which takes the forward pass alone."""
    theta, h = fit.problem.theta, 1e-20
    _, gradient = fit.plain_loss(theta)
    steps = [fit.plain_loss(theta + 1j * h * e)[0].imag / h for e in np.eye(len(theta))]
    assert largest(steps - gradient) <= 1e-13 * largest(gradient)


@given(tanh_networks(max_order=4, hidden=(1, 1)))
def test_one_hidden_layer_in_closed_form(problem):
    """Dᵅ Σ_i v_i tanh(w_i·x + b_i) = Σ_i v_i w_i^α tanh^(|α|)(w_i·x + b_i)."""
    (W, b), (V, c) = problem.net.unpack(problem.theta)
    z = problem.x @ W.T + b  # (N, n)
    tanh = [[activation_derivatives("tanh", z_ij, problem.order) for z_ij in z_i] for z_i in z]
    tanh = np.array(tanh)  # (N, n, k + 1)
    u, _ = plain.forward(problem.theta, problem.net.widths, problem.x, problem.order)
    for alpha in u:
        slopes = np.prod(W ** np.array(alpha), axis=1) * tanh[:, :, sum(alpha)]  # (N, n)
        exact = slopes @ V.T + (c if sum(alpha) == 0 else 0)  # (N, m)
        size = largest(np.abs(slopes) @ np.abs(V.T) + np.abs(c))  # of the terms of the sum
        assert largest(factorial(alpha) * u[alpha] - exact) <= 1e-13 * size


@given(tanh_networks(max_order=4))
def test_cauchys_integral_on_circles(problem):
    """u_α R^|α| is the Fourier coefficient of u_θ(x_1 + R e^{iφ_1}, …, x_d + R e^{iφ_d}).

    The circles are so small that every z stays far from the poles ±iπ/2 of tanh.
    """
    net, x = problem.net, problem.x[:1]
    layers = net.unpack(problem.theta)
    R = 0.3 / math.prod(max(1, np.abs(W).sum(axis=1).max()) for W, _ in layers)
    n, d = 32, net.d
    circle = R * np.exp(2j * np.pi * np.arange(n) / n)
    a = x + np.stack(np.meshgrid(*[circle] * d, indexing="ij"), axis=-1)  # (n, …, n, d)
    for i, (W, b) in enumerate(layers):
        a = np.tanh(a) if i else a
        size = largest(np.abs(a) @ np.abs(W.T) + np.abs(b))  # of the terms of the sum
        a = a @ W.T + b
    fourier = np.fft.fftn(a, axes=range(d)) / n**d  # (n, …, n, m)
    u, _ = plain.forward(problem.theta, net.widths, x, problem.order)
    for alpha in u:
        error = u[alpha][0] * R ** sum(alpha) - fourier[alpha]
        assert largest(error) <= 1e-14 * size


@pytest.mark.parametrize("sign", [1, -1])
def test_tanh_in_saturation(sign):
    """tanh^(n)(z) = 2 Σ_j (−1)^j (−2j)^n e^{−2jz} for n ≥ 1 and z > 0, to full relative accuracy."""
    magnitudes = np.array([1, 2.5, 9, 18, 20, 50, 170, 300])
    jet = plain.variables(sign * magnitudes[:, None], 4)
    a, s = plain.tanh(jet)
    for n in range(1, 5):
        terms = [2 * (-1) ** j * (-2 * j) ** n * np.exp(-2 * j * magnitudes) for j in range(1, 50)]
        exact = sign ** (n + 1) * np.array([math.fsum(column) for column in zip(*terms)])
        np.testing.assert_allclose(math.factorial(n) * a[n,][:, 0], exact, rtol=3e-15)
        np.testing.assert_allclose(math.factorial(n - 1) * s[n - 1,][:, 0], exact, rtol=3e-15)
    np.testing.assert_allclose(s[0,][:, 0], 1 / np.cosh(magnitudes) ** 2, rtol=2e-15)
    h = 1e-20
    _, s = plain.tanh({(0,): jet[0,] + 1j * h})
    np.testing.assert_allclose(s[0,].imag[:, 0] / h, 2 * a[2,][:, 0], rtol=3e-15)


def test_tanh_beyond_every_exponent():
    for z in (1e3, -1e300, 1e300 + 1e-20j):
        a, s = plain.tanh(plain.variables(np.array([[z]]), 3))
        assert a[0,] == np.sign(np.real(z)) and not any(s[n,].any() for n in range(4))


# -- the page ----------------------------------------------------------------------------------------


def test_it_takes_numpy_and_the_standard_library_alone():
    imported = []
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.ImportFrom):
            imported.append("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
    assert "numpy" in imported
    assert {name.split(".")[0] for name in imported} <= {*sys.stdlib_module_names, "numpy"}


def test_it_is_two_screens_long():
    assert len(SOURCE.splitlines()) <= 150


def test_each_equation_of_its_docstring_is_one_line_of_its_code():
    tags = re.findall(r"^    \(([A-Z]\d)\)  ", plain.__doc__, flags=re.M)
    ends = re.findall(r"  # .*?((?:\([A-Z]\d\) ?)+)$", SOURCE, flags=re.M)
    assert sorted(re.findall(r"\w+", " ".join(ends))) == sorted(tags)
    assert set(tags) == {"J1", "J2", "J3", "J4", "J5", "D3", "T1", "T2"}
    assert all(f"\n    ({tag})  " in sr.__doc__ for tag in tags)
