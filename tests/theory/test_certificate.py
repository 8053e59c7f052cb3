"""(L1): the bounds of the derivatives of activations, and the certificate that is made of them."""

import math

import numpy as np
import pytest
from closed_forms import activation_derivatives
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss, lipschitz
from sobolev_ref.theory.certificate import derivative_bounds
from sobolev_ref.theory.counterexamples import Cubic

RULE = sr.gauss_legendre([(-1, 1)], 10)
CERTIFIED = ("tanh", "sin", "sigmoid", "gaussian", "softplus", "gelu", "identity")


@pytest.mark.parametrize("name", CERTIFIED)
def test_bounds_of_the_derivatives_of_activations(name):
    """M_n is above |σ⁽ⁿ⁾| everywhere, and not wildly above its maximum."""
    M, values = derivative_bounds(name, 6)
    assert len(M) == 7
    z = np.linspace(-12, 12, 1201)
    exact = np.abs([activation_derivatives(name, t, 6) for t in z])  # (N, 7)
    assert (exact <= np.array(M) * (1 + 1e-15)).all()
    by_cramer = name in ("gaussian", "gelu")
    assert (M[1:] <= (2.1 if by_cramer else 1.01) * exact[:, 1:].max(axis=0)).all()
    assert (exact[:, 0] <= values(np.abs(z)) * (1 + 1e-15)).all()
    unbounded = name in ("softplus", "gelu", "identity")
    at_two = (
        2 + math.log(2) if unbounded else 1.0
    )  # |σ(z)| ≤ |z| + log 2, equality for softplus at 0
    assert math.isinf(M[0]) == unbounded
    np.testing.assert_allclose(values(np.full(3, 2.0)), [at_two] * 3, rtol=1e-9)


def test_bounds_that_are_known_in_closed_form():
    M, _ = derivative_bounds("tanh", 3)
    assert pytest.approx([1, 1, 4 / (3 * math.sqrt(3)), 2], rel=1e-6) == M
    M, _ = derivative_bounds("sigmoid", 3)
    assert pytest.approx([1, 1 / 4, 1 / (6 * math.sqrt(3)), 1 / 8], rel=1e-6) == M
    M, _ = derivative_bounds("gaussian", 3)  # Cramér: |H_n(z) e^{−z²}| ≤ 1.0865 √(2ⁿ n!)
    assert pytest.approx([1] + [1.0865 * math.sqrt(c) for c in (2, 8, 48)], rel=1e-14) == M
    M, _ = derivative_bounds("gelu", 3)  # σ′ = Φ + zφ ≤ 1 + 1/√(2πe); |He_n φ| ≤ 1.0865 √n!/√2π
    h = [1.0865 * math.sqrt(c) / math.sqrt(2 * math.pi) for c in (1, 1, 2, 6)]
    expected = [math.inf, 1 + math.exp(-0.5) / math.sqrt(2 * math.pi), h[2] + h[0], h[3] + h[1]]
    assert pytest.approx(expected, rel=1e-14) == M
    assert derivative_bounds("identity", 3)[0] == [math.inf, 1, 0, 0]
    assert derivative_bounds("sin", 3)[0] == [1, 1, 1, 1]


def test_a_maximum_on_a_grid_is_raised_to_a_bound():
    """tanh″ = −2t(1 − t²): on a mesh of 10⁻⁴ largest at 0.5774, and |P″| ≤ 12 adds 10⁻⁸/8 · 12.

    tanh‴ = −2 + 8t² − 6t⁴: largest at 0, and |P″| ≤ 16 + 72.
    """
    t = 0.5774
    expected = (2 * t * (1 - t**2) + 1.5e-8) * (1 + 1e-10)
    assert derivative_bounds("tanh", 2)[0][2] == pytest.approx(expected, rel=1e-13)
    expected = (2 + 1e-8 / 8 * 88) * (1 + 1e-10)
    assert derivative_bounds("tanh", 3)[0][3] == pytest.approx(expected, rel=1e-13)
    assert derivative_bounds("gelu", 0)[0] == derivative_bounds("identity", 0)[0] == [math.inf]


@given(
    st.sampled_from(CERTIFIED),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
    st.floats(0, 0.5),
    SEEDS,
)
def test_a_certificate_is_an_upper_bound_on_its_ball(name, d, order, m, radius, seed):
    """(L1) above ‖∇²L‖ and above every secant, at random points of the ball."""
    rng = np.random.default_rng(seed)
    net = MLP((d, 3, m), name)
    theta = rng.normal(size=net.n_parameters)
    x = rng.uniform(-1, 1, (4, d))
    data = {a: rng.normal(size=(4, m)) for a in sr.multi_indices(d, order)}
    data[(0,) * d][0] = np.nan
    loss = SobolevLoss(
        net,
        data,
        sr.Quadrature(x, rng.uniform(size=4)),
        order=order,
        weights=rng.uniform(0, 2, order + 1),
    )
    L = lipschitz(loss, theta, radius=radius)
    assert L.kind == "certified"
    points = []
    for _ in range(3):
        v = rng.normal(size=len(theta))
        points.append(theta + radius * rng.uniform() ** 0.2 * v / np.linalg.norm(v))
        H = loss.hessian(points[-1])
        assert np.linalg.norm((H + H.T) / 2, 2) <= L.value * (1 + 1e-12)
    if radius > 1e-6:
        gap = np.linalg.norm(loss(points[0])[1] - loss(points[1])[1])
        assert gap <= L.value * np.linalg.norm(points[0] - points[1]) * (1 + 1e-9) + 1e-12


def bounds_by_differentiation(alpha, W, b, V, x, M, sigma):
    """G² and K of (L1) for one node and one neuron, from Dᵅ(v σ(w·x + b)) differentiated term by term.

    A term c · v^i w^β x^γ σ⁽ˢ⁾ is (i, β, γ, s) ↦ c, and every symbol stands for its absolute value.
    """
    d, n = len(x), sum(alpha)

    def derivative(terms, variable):
        """∂/∂v, ∂/∂b or ∂/∂w_q, for variable "v", "b" or q."""
        out = {}
        for (i, beta, gamma, s), c in terms.items():
            if variable == "v":
                new = {(i - 1, beta, gamma, s): c * i}
            elif variable == "b":
                new = {(i, beta, gamma, s + 1): c}
            else:
                e = np.eye(d, dtype=int)[variable]
                new = {
                    (i, tuple(beta - e), gamma, s): c * beta[variable],
                    (i, beta, tuple(gamma + e), s + 1): c,
                }
            for key, value in new.items():
                out[key] = out.get(key, 0) + value
        return {key: c for key, c in out.items() if c}

    def value(terms):
        level = lambda s: sigma(x @ W + b) if s == 0 else M[s]
        return sum(
            c * V**i * np.prod(W ** np.array(beta)) * np.prod(x ** np.array(gamma)) * level(s)
            for (i, beta, gamma, s), c in terms.items()
        )

    u = {(1, alpha, (0,) * d, n): 1}
    variables = ["v", "b", *range(d)]
    gradient = [value(derivative(u, p)) for p in variables]
    hessian = [value(derivative(derivative(u, p), q)) for p in variables for q in variables]
    return np.sum(np.square(gradient)), np.sqrt(np.sum(np.square(hessian)))


@pytest.mark.parametrize("name", ["tanh", "softplus"])
@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_the_certificate_term_by_term(name, order, rho):
    """(L1) for two neurons, outputs and variables: G² adds up over neurons, K is that of the largest."""
    rng = np.random.default_rng(order)
    net = MLP((2, 2, 2), name)
    theta = rng.normal(size=net.n_parameters)
    rule = sr.Quadrature(rng.normal(size=(3, 2)), rng.uniform(size=3))
    data = {a: rng.normal(size=(3, 2)) for a in sr.multi_indices(2, order)}
    data[(0, 0)][1, 0] = np.nan
    loss = SobolevLoss(net, data, rule, order=order, weights=rng.uniform(1, 2, order + 1))
    M, sigma = derivative_bounds(name, order + 2)
    (W, b), (V, _) = [(np.abs(one) + rho, np.abs(two) + rho) for one, two in net.unpack(theta)]
    ours = net.derivatives(theta, rule.nodes, order)
    total = 0.0
    for alpha, weight in zip(sr.multi_indices(2, order), loss.weights):
        for i in range(3):
            for j in range(2):
                x = np.abs(rule.nodes[i])
                blocks = [
                    bounds_by_differentiation(alpha, W[h], b[h], V[j, h], x, M, sigma)
                    for h in range(2)
                ]
                G2 = sum(block[0] for block in blocks) + (sum(alpha) == 0)  # ∂/∂c_j
                K = max(block[1] for block in blocks)
                r = abs(ours[alpha][i, j] - data[alpha][i, j]) + rho * np.sqrt(G2)
                if np.isfinite(r):
                    total += 2 * weight * rule.weights[i] * (G2 + r * K)
    L = lipschitz(loss, theta, radius=rho)
    assert L.value == pytest.approx(total, rel=1e-12)
    assert L.how == f"on the ball of radius {rho:.3g} about theta"


def test_a_certificate_grows_with_its_ball():
    """At radius 0 it bounds the Hessian at θ."""
    net = MLP((1, 5, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    values = [float(lipschitz(loss, net.init(0), radius=r)) for r in (0.0, 0.1, 1.0)]
    assert values == sorted(values) and values[0] >= float(lipschitz(loss, net.init(0)))


@pytest.mark.parametrize(
    ("model", "p", "match"),
    [
        (MLP((1, 3, 1)), 3, "^radius: a certificate is known for p = 2 only, got p = 3$"),
        (MLP((1, 3, 2, 1)), 2, r"^radius: .* for one hidden layer only, got \(1, 3, 2, 1\)$"),
        (Cubic(), 2, "^radius: a certificate is known for one hidden layer only, got Cubic$"),
        (
            MLP((1, 3, 1), "silu"),
            2,
            "^activation: no bound is known for the derivatives of 'silu'; a certificate takes one of "
            "tanh, sigmoid, sin, gaussian, softplus, gelu, identity$",
        ),
    ],
)
def test_where_no_certificate_is_known(model, p, match):
    with pytest.raises(ValueError, match=match):
        lipschitz(SobolevLoss(model, np.sin, RULE, p=p), np.ones(model.n_parameters), radius=1.0)
