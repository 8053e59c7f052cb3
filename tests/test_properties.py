"""Laws that must hold for every network, loss and norm, each with the reason why.

Those that belong to one module stand in its tests: Clairaut and separable maps of x in test_mlp.py, the
triangle inequality and homogeneity of the norm in test_norms.py, homogeneity in λ in test_sobolev.py,
additivity over splits in test_loss.py and over blocks in test_blocks.py, functions composed with their
inverses in test_jets.py, the two roads in test_reverse.py, gradients against the complex step in
test_theorem_1.py and test_theorem_2.py, descent mode by mode in test_theorem_5.py.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Legendre, legendre
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref import ACTIVATIONS, Jet, LinearModel, Quadrature, SobolevLoss
from sobolev_ref.jets.algebra import taylor_algebra
from sobolev_ref.testing.strategies import losses, networks

EXPONENTS = st.one_of(st.sampled_from([1, 1.5, 2, 3, 4]), st.floats(1, 5))
TIGHT = 1e-12  # of the largest entry, for sums in another order


def changed(loss, *, nodes=None, data=None, rule_weights=None, weights=None):
    """The same loss but for what is given."""
    nodes = loss.rule.nodes if nodes is None else nodes
    rule_weights = loss.rule.weights if rule_weights is None else rule_weights
    indices = sr.multi_indices(loss.model.d, loss.order)
    return SobolevLoss(
        loss.model,
        dict(zip(indices, loss.target_values if data is None else data)),
        Quadrature(nodes, rule_weights),
        order=loss.order,
        p=loss.p,
        weights=dict(zip(indices, (loss.weights if weights is None else weights).tolist())),
    )


def close(ours, expected):
    """Equal to rounding, relative to the largest entry of what is expected."""
    scale = np.abs(expected).max() + 1e-9
    np.testing.assert_allclose(ours, expected, rtol=0, atol=TIGHT * scale)


def degrees(loss):
    """|α| for every row."""
    return np.array([sum(alpha) for alpha in sr.multi_indices(loss.model.d, loss.order)])


# -- the symmetries of a network and of its loss -----------------------------------------------------


@given(losses(p=EXPONENTS))
def test_hidden_units_have_no_order(drawn):
    """Renumbering the units of a layer permutes the terms of a sum: L stays, ∇L is renumbered alike."""
    loss, theta = drawn
    rng = np.random.default_rng(len(theta))

    def renumber(layers, orders):
        pairs = zip(layers, itertools.pairwise(orders))
        return [(W[np.ix_(rows, columns)], b[rows]) for (W, b), (columns, rows) in pairs]

    inner = [rng.permutation(n) for n in loss.model.widths[1:-1]]
    orders = [np.arange(loss.model.d), *inner, np.arange(loss.model.m)]
    net = loss.model
    (value, gradient), (other, other_gradient) = (
        loss(theta),
        loss(net.pack(renumber(net.unpack(theta), orders))),
    )
    assert other == pytest.approx(value, rel=TIGHT, abs=1e-300)
    close(other_gradient, net.pack(renumber(net.unpack(gradient), orders)))


@given(losses(p=EXPONENTS))
def test_nodes_have_no_order(drawn):
    """A quadrature is a sum over nodes, and a sum has no order (Q1)."""
    loss, theta = drawn
    order = np.random.default_rng(len(theta)).permutation(len(loss.rule))
    other = changed(
        loss,
        nodes=loss.rule.nodes[order],
        rule_weights=loss.rule.weights[order],
        data=loss.target_values[:, order],
    )
    assert other(theta)[0] == pytest.approx(loss(theta)[0], rel=TIGHT, abs=1e-300)
    close(other(theta)[1], loss(theta)[1])
    close(list(other.terms(theta).values()), list(loss.terms(theta).values()))


@given(losses(p=EXPONENTS), SEEDS)
def test_there_is_no_origin(drawn, seed):
    """W(x + c) + (b − W c) = W x + b: moving Ω and b together changes no Dᵅu, so not L.

    L′(W, b − W c) = L(W, b), so by the chain rule ∂L/∂W = ∂L′/∂W − ∂L′/∂b cᵀ; the rest is the same.
    """
    loss, theta = drawn
    net, c = loss.model, np.random.default_rng(seed).uniform(-1, 1, loss.model.d)
    (W, b), *rest = net.unpack(theta)
    moved = changed(loss, nodes=loss.rule.nodes + c)
    (value, gradient), (other, other_gradient) = (
        loss(theta),
        moved(net.pack([(W, b - W @ c), *rest])),
    )
    assert other == pytest.approx(value, rel=1e-11, abs=1e-300)
    (dW, db), *others = net.unpack(other_gradient)
    scale = np.abs(other_gradient).max() + np.abs(gradient).max() + 1e-9
    back = net.pack([(dW - np.outer(db, c), db), *others])
    np.testing.assert_allclose(back, gradient, rtol=0, atol=1e-10 * scale)


@given(losses(p=EXPONENTS), st.floats(0.5, 2))
def test_there_is_no_unit_of_length(drawn, s):
    """(x, λ) → (s·x, s²λ) for p = 2, k = 1; in general λ_α → s^{p|α|} λ_α.

    v(x) = u(x/s) has Dᵅv = s^{−|α|} Dᵅu, and so have the data: each term is s^{−p|α|} times what it was.
    v is the network with W_1/s, so ∂L/∂W_1 is multiplied by s.
    """
    loss, theta = drawn
    net = loss.model
    (W, b), *rest = net.unpack(theta)
    stretched = changed(
        loss,
        nodes=s * loss.rule.nodes,
        data=loss.target_values * (s ** -degrees(loss).astype(float))[:, None, None],
        weights=loss.weights * s ** (loss.p * degrees(loss)),
    )
    (value, gradient), (other, other_gradient) = (
        loss(theta),
        stretched(net.pack([(W / s, b), *rest])),
    )
    assert other == pytest.approx(value, rel=1e-11, abs=1e-300)
    (dW, db), *others = net.unpack(other_gradient)
    close(net.pack([(dW / s, db), *others]), gradient)


@given(networks(max_d=3, max_order=4), SEEDS)
def test_the_chain_rule_for_an_affine_map(problem, seed):
    """v(x) = u(A x + t) has the n-th derivative along h that u has at A x + t along A h.

    d/ds shifts one factor A h out at a time, so (h·∇)ⁿ v(x) = (A h·∇)ⁿ u(A x + t), where
    (h·∇)ⁿ = Σ_{|α|=n} n!/α! h^α Dᵅ. v is the network whose first layer is W A and b + W t.
    """
    net, k, rng = problem.net, problem.order, np.random.default_rng(seed)
    A, t, h = rng.normal(size=(net.d, net.d)), rng.normal(size=net.d), rng.normal(size=net.d)
    (W, b), *rest = net.unpack(problem.theta)
    x = problem.x
    v = net.derivatives(net.pack([(W @ A, b + W @ t), *rest]), x, k)
    u = net.derivatives(problem.theta, x @ A.T + t, k)

    def along(direction, derivatives, n):
        terms = [
            math.factorial(n)
            / math.prod(map(math.factorial, alpha))
            * np.prod(direction**alpha)
            * D
            for alpha, D in derivatives.items()
            if sum(alpha) == n
        ]
        return sum(terms), sum(map(np.abs, terms)).max()

    for n in range(k + 1):
        (ours, size), (exact, exact_size) = along(h, v, n), along(A @ h, u, n)
        scale = (1 + size + exact_size) * (1 + np.abs(A).max()) ** n
        np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-11 * scale)


# -- jets --------------------------------------------------------------------------------------------


@given(st.integers(1, 3), st.integers(0, 4), SEEDS)
def test_jets_form_a_commutative_ring(d, k, seed):
    """Polynomials do, and cutting off degrees beyond k respects both operations (they form an ideal)."""
    T, rng = taylor_algebra(d, k), np.random.default_rng(seed)
    u, v, w = (Jet(rng.uniform(-1, 1, (T.size, 3)), T) for _ in range(3))
    zero, one = np.zeros_like(u), np.ones_like(u)
    for left, right in [
        (u + v, v + u),
        ((u + v) + w, u + (v + w)),
        (u + zero, u),
        (u - u, zero),
        (u * v, v * u),
        ((u * v) * w, u * (v * w)),
        (u * one, u),
        (u * zero, zero),
        (u * (v + w), u * v + u * w),
        ((-u) * v, -(u * v)),
    ]:
        size = np.abs(right.coefficients).max()
        np.testing.assert_allclose(
            left.coefficients, right.coefficients, rtol=0, atol=1e-13 * (1 + size) * T.size
        )


@given(st.integers(1, 3), st.integers(0, 4), SEEDS)
def test_what_vanishes_at_the_node_is_nilpotent(d, k, seed):
    """A jet with u_0 = 0 has no terms of degree below n in uⁿ, so u^{k+1} = 0, and exactly."""
    T, rng = taylor_algebra(d, k), np.random.default_rng(seed)
    coefficients = rng.normal(size=(T.size, 2))
    coefficients[0] = 0
    power = np.ones_like(Jet(coefficients, T))
    for n in range(k + 2):
        lower = [sum(alpha) < n for alpha in T.indices]
        assert not power.coefficients[lower].any()
        power = power * Jet(coefficients, T)


INVERSES = {
    "tanh": lambda y: np.log((1 + y) / (1 - y)) / 2,
    "sin": np.arcsin,
    "sigmoid": lambda y: np.log(y / (1 - y)),
    "softplus": lambda y: np.log(np.expm1(y)),
    "gaussian": lambda y: np.sqrt(-np.log(y)),  # for z > 0
    "identity": lambda y: y,
}


@pytest.mark.parametrize("name", INVERSES)
@given(d=st.integers(1, 3), k=st.integers(0, 4), seed=SEEDS)
def test_an_activation_composed_with_its_inverse_is_the_identity(name, d, k, seed):
    """σ⁻¹(σ(z)) = z as functions, so as Taylor series: two recurrences, one the inverse of the other."""
    T, rng = taylor_algebra(d, k), np.random.default_rng(seed)
    z = rng.uniform(-0.5, 0.5, (T.size, 3))
    z[0] = rng.uniform(0.4, 1.2, 3)
    a, _ = ACTIVATIONS[name].jets(z, T)
    np.testing.assert_allclose(INVERSES[name](Jet(a, T)).coefficients, z, rtol=0, atol=1e-11)


# -- norms -------------------------------------------------------------------------------------------


@given(st.integers(1, 8), st.integers(0, 2), EXPONENTS, SEEDS)
def test_the_norm_is_definite_on_what_the_rule_determines(n, k, p, seed):
    """A polynomial of degree below n that vanishes at n nodes is zero, and Gauss weights are positive.

    For p = 2, k = 0 the rule of degree 2n − 1 gives the norm itself, Σ c_j² · 2/(2j + 1) by
    orthogonality. One degree more and definiteness is gone: P_n vanishes at every node.
    """
    rule = sr.gauss_legendre([(-1, 1)], n)
    c = np.random.default_rng(seed).normal(size=n)
    series = lambda c: {(j,): Legendre(c).deriv(j) for j in range(k + 1)}
    exact = np.sqrt(np.sum(c**2 * 2 / (2 * np.arange(n) + 1)))
    assert sr.sobolev_norm(series(c), rule, 0, 2) == pytest.approx(exact, rel=1e-12)
    largest = np.abs(legendre.legval(rule.nodes[:, 0], c)).max()
    at_least = largest * rule.weights.min() ** (1 / p)  # one node by itself
    assert sr.sobolev_norm(series(c), rule, k, p) >= at_least * (1 - 1e-12) > 0
    assert sr.sobolev_norm(series(0 * c), rule, k, p) == 0
    vanishing = {(0,): Legendre.basis(n)}
    assert sr.sobolev_norm(vanishing, rule, 0, p) < 1e-13


# -- descent -----------------------------------------------------------------------------------------


@st.composite
def convex_losses(draw):
    """p = 2 and a model linear in θ: random data with holes, λ, m, d and rule weights."""
    d, order, m = draw(st.integers(1, 2)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(SEEDS))
    bounds = [(-1, 1)] * d
    family = draw(st.sampled_from(["legendre", "chebyshev", "fourier"]))
    if family == "fourier":
        model = LinearModel.fourier(1, bounds, m=m)
    else:
        model = LinearModel.polynomial(draw(st.integers(0, 3)), bounds, m=m, kind=family)
    N = draw(st.integers(1, 6))
    data = {alpha: rng.normal(size=(N, m)) for alpha in sr.multi_indices(d, order)}
    for values in data.values():
        missing = rng.random(values.shape) < 0.2
        missing.flat[0] = False
        values[missing] = np.nan
    rule = Quadrature(rng.uniform(-1, 1, (N, d)), rng.uniform(0.1, 2, N))
    weights = rng.uniform(0.1, 3, order + 1).tolist()
    return SobolevLoss(model, data, rule, order=order, weights=weights), rng


@given(convex_losses(), st.floats(0.01, 1.99))
def test_descent_below_two_over_l_never_raises_a_convex_loss(drawn, factor):
    """L(θ − η∇L) ≤ L(θ) − η (1 − ηL/2) ‖∇L‖² (T4), and the factor is positive for 0 < η < 2/L.

    √L is a norm of the residuals, each of which carries a rounding of u_θ's size.
    """
    loss, rng = drawn
    theta = rng.normal(size=loss.n_parameters)
    L = sr.lipschitz(loss)
    assert L.kind == "exact"
    value, gradient = loss(theta)
    if L.value == 0:
        assert not gradient.any()
        return
    eta, rounding = factor / L.value, 1e-14 * (1 + np.sqrt(value))
    for _ in range(20):
        theta = theta - eta * gradient  # (D7)
        before, (value, gradient) = value, loss(theta)
        assert np.sqrt(value) <= np.sqrt(before) + rounding
