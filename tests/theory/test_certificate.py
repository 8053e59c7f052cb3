"""(L1): the certificate that is made of the activation's own bounds; those have tests in `tests/jets`."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import SEEDS

import sobolev_ref as sr
from sobolev_ref import MLP, Activation, Ridge, SobolevLoss, lipschitz
from sobolev_ref.theory.counterexamples import Cubic

RULE = sr.gauss_legendre([(-1, 1)], 10)
TANH = sr.ACTIVATIONS["tanh"]
CERTIFIED = ("tanh", "sin", "sigmoid", "gaussian", "softplus", "gelu", "silu", "identity")


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


@pytest.mark.parametrize("name", ["tanh", "softplus", "silu"])
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
    M = [net.activation.derivative_bounds(n) for n in range(order + 3)]
    at_zero = {"tanh": 0.0, "softplus": np.log(2), "silu": 0.0}[name]
    sigma = lambda z: min(M[0], at_zero + M[1] * z)
    L = lipschitz(loss, theta, radius=rho)
    rho *= 1 + 1e-12  # and as much of ‖θ‖, for the rounding of distances
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
    assert total < L.value < total * (1 + 1e-10)
    assert L.how == f"on the ball of radius {rho:.3g} about theta"
    assert L.derivative_bounds == tuple(M) and L.radius == pytest.approx(rho, rel=1e-11)
    np.testing.assert_array_equal(L.center, theta)


def steep(z, T):
    """tanh(10 z) and its slope."""
    a, s = TANH.jets(10 * z, T)
    return a, 10 * s


def test_a_certificate_goes_by_what_the_activation_brings_and_not_by_its_name():
    """W9: ten times steeper and called "tanh": no certificate without bounds, nor with those of tanh."""
    theta = np.array([0.3, 0.1, 0.5, 0.0])

    def loss(sigma):
        return SobolevLoss(MLP((1, 1, 1), sigma), np.sin, RULE)

    with pytest.raises(ValueError, match="^radius: .*derivative_bounds, and 'tanh' has none$"):
        lipschitz(loss(Activation("tanh", np.inf, steep)), theta, radius=0.1)
    message = r"^'tanh': derivative_bounds\(1\): got 1, but |σ⁽ⁿ⁾\(0\)| is 10 for n = 1$"
    with pytest.raises(ValueError, match=message):
        lipschitz(loss(replace(TANH, jets=steep)), theta, radius=0.1)
    bounds = lambda n: 10.0**n * TANH.derivative_bounds(n)
    own = loss(Activation("tanh", np.inf, steep, derivative_bounds=bounds))
    L = lipschitz(own, theta, radius=0.1)
    H = max(np.linalg.norm(own.hessian(theta + 0.05 * e), 2) for e in np.eye(4))
    assert L.kind == "certified" and L.value > H > 22.15
    assert L.derivative_bounds == tuple(bounds(n) for n in range(4))


@pytest.mark.parametrize(
    ("bounds", "error", "match"),
    [
        (lambda n: 0.9, ValueError, r"derivative_bounds\(0\): got 0.9, but .* for n = 0$"),
        (lambda n: (1, 1, 0.7)[min(n, 2)], ValueError, r"bounds\(2\): got 0.7, but .* for n = 2$"),
        (lambda n: (1, 1, np.inf)[min(n, 2)], ValueError, "got infinity for n = 2, takes numbers"),
        (lambda n: np.nan, ValueError, r"derivative_bounds\(0\): got nan"),
        (lambda n: "1", TypeError, r"derivative_bounds\(0\): got '1'"),
        (lambda n: -1.0, ValueError, r"derivative_bounds\(0\): got -1"),
    ],
)
def test_bounds_that_are_none(bounds, error, match):
    """W9's neighbours: bounds below the derivatives that the activation itself returns, or no numbers."""
    net = MLP((1, 3, 1), replace(TANH, derivative_bounds=bounds))
    loss = SobolevLoss(net, np.sin, RULE)
    with pytest.raises(error, match=f"^'tanh': .*{match}"):
        lipschitz(loss, net.init(0), radius=3.0)


def test_bounds_that_are_wrong_far_away_only():
    """σ = z²: M_1 = 2 reach is what a ball may need, but no bound for every z."""
    jets = lambda z, T: (T.product(z, z), 2 * z)
    bounds = lambda n: (np.inf, 10.0, 2.0, 0.0)[n]
    net = MLP((1, 1, 1), Activation("square", np.inf, jets, derivative_bounds=bounds))
    loss = SobolevLoss(net, np.sin, RULE)
    near = np.array([1.0, 0.0, 1.0, 0.0])
    assert lipschitz(loss, near, radius=0.1).value >= np.linalg.norm(loss.hessian(near), 2)
    with pytest.raises(ValueError, match=r"^'square': derivative_bounds\(1\): got 10, but"):
        lipschitz(loss, 10 * near, radius=0.1)


def test_a_network_or_a_loss_of_another_make_has_no_certificate():
    """W9's neighbours: a subclass may be another function of θ."""

    class Twice(MLP):
        def forward(self, theta, a, T):
            u, tape = super().forward(theta, a, T)
            return 2 * u, tape

    class Loud(SobolevLoss):
        def __call__(self, theta):
            value, gradient = super().__call__(theta)
            return 9 * value, 9 * gradient

    theta = MLP((1, 3, 1)).init(0)
    with pytest.raises(ValueError, match="^radius: .* one hidden layer only, got Twice$"):
        lipschitz(SobolevLoss(Twice((1, 3, 1)), np.sin, RULE), theta, radius=0.1)
    with pytest.raises(TypeError, match="^loss: got .*, takes SobolevLoss and Ridge themselves"):
        lipschitz(Loud(MLP((1, 3, 1)), np.sin, RULE), theta, radius=0.1)
    line = Loud(sr.LinearModel.polynomial(1, [(-1, 1)]), np.sin, RULE)
    assert lipschitz(line, [1.0, 1.0]).kind == "estimate"  # an exact one would be a ninth of it


def test_a_bound_beyond_float64_is_no_certificate():
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    for theta, radius in [(net.init(0), 1e200), (1e200 * net.init(0), 1.0)]:
        with pytest.raises(ValueError, match="^loss: .* is beyond float64; takes other units$"):
            lipschitz(loss, theta, radius=radius)
    high = SobolevLoss(net, {(0,): np.sin}, RULE, order=170)
    with pytest.raises(ValueError, match="^'tanh': .* got infinity for n = 1.., takes numbers for"):
        lipschitz(high, net.init(0), radius=0.1)
    gelu = SobolevLoss(MLP((1, 3, 1), "gelu"), {(0,): np.sin}, RULE, order=170)
    assert lipschitz(gelu, net.init(0), radius=0.1).kind == "certified"


@given(st.floats(0, 0.5), st.floats(0, 3), SEEDS)
def test_a_sum_has_the_sum_of_the_constants(radius, mu, seed):
    """W9: loss + Ridge: exactly μ more, and above ‖∇²L‖ on the ball; two losses: one after the other."""
    rng = np.random.default_rng(seed)
    net = MLP((1, 3, 1), "silu")
    loss, more = SobolevLoss(net, np.sin, RULE), SobolevLoss(net, np.exp, RULE, order=0)
    theta = rng.normal(size=net.n_parameters)
    alone, also = lipschitz(loss, theta, radius=radius), lipschitz(more, theta, radius=radius)
    L = lipschitz(loss + Ridge(mu, len(theta)) + more, theta, radius=radius)
    assert L.value == pytest.approx(alone.value + mu + also.value, rel=1e-11)
    assert L.kind == "certified" and L.radius == radius
    assert L.derivative_bounds == alone.derivative_bounds  # of the higher order
    v = rng.normal(size=len(theta))
    H = (loss + Ridge(mu, len(theta)) + more).hessian(theta + radius * v / np.linalg.norm(v))
    assert np.linalg.norm((H + H.T) / 2, 2) <= L.value


@pytest.mark.parametrize("entries", [1, 100, 10**9])
def test_blocks_of_nodes_do_not_show(entries, monkeypatch):
    """60,000 nodes, 64 neurons, d = 3, k = 2: 24 MB in place of 713; the value is that of the whole."""
    net = MLP((1, 3, 2))
    loss = SobolevLoss(net, lambda x: (np.sin(x), x), RULE)
    L = lipschitz(loss, net.init(0), radius=0.3)
    monkeypatch.setattr("sobolev_ref.theory.certificate.ENTRIES", entries)
    again = lipschitz(loss, net.init(0), radius=0.3)
    assert again.value == pytest.approx(L.value, rel=1e-14)
    assert again.derivative_bounds == L.derivative_bounds


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
        (MLP((1, 3, 2, 1)), 2, r"^radius: .* one hidden layer only, got \(1, 3, 2, 1\)$"),
        (
            Cubic(),
            2,
            "^radius: a certificate is known for an MLP with one hidden layer only, got Cubic$",
        ),
        (
            MLP((1, 3, 1), Activation("tanh", np.inf, TANH.jets)),
            2,
            "^radius: a certificate takes an Activation with derivative_bounds, and 'tanh' has none$",
        ),
        (
            MLP((1, 3, 1), "relu"),
            2,
            "^radius: a certificate of order 1 takes σ with 2 derivatives that are Lipschitz, "
            "and 'relu' has smoothness 0$",
        ),
        (
            MLP((1, 3, 1), replace(TANH, smoothness=1)),
            2,
            "^radius: a certificate of order 1 takes .* and 'tanh' has smoothness 1$",
        ),
    ],
)
def test_where_no_certificate_is_known(model, p, match):
    with pytest.raises(ValueError, match=match):
        lipschitz(
            SobolevLoss(model, np.sin, RULE, p=p, kinks="ignore"),
            np.ones(model.n_parameters),
            radius=1.0,
        )
