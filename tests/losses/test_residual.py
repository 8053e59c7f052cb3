"""`ResidualLoss` and `NonlinearResidual` (X1) to (X3): against sums over `derivatives` written out here.

The loops below know neither jets nor transposes: D^αu_θ comes from the model, everything else is a sum.
"""

import copy
import math
import pickle
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_numbers import SEEDS, random_scaler

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, NonlinearResidual, Quadrature, ResidualLoss, SobolevLoss
from sobolev_ref.losses import laplacian, least_squares, residual
from sobolev_ref.testing.strategies import networks

RULE = sr.gauss_legendre([(0, 1)], 12)
EXPONENTS = st.sampled_from([1.5, 2, 3, 4])
SHAPES = ("number", "by node", "matrix", "matrices by node")


@st.composite
def equations(draw, p=EXPONENTS, **kinds):
    """(arguments, θ, E): coefficients of every shape, several outputs, points and equations, gaps."""
    problem = draw(networks(**kinds))
    net, x, rng = problem.net, problem.x, np.random.default_rng(draw(SEEDS))
    N, m = len(x), net.m
    E = draw(st.integers(1, 3))
    shapes = SHAPES if m == E else SHAPES[2:]

    def some_terms():
        chosen = [a for a in sr.multi_indices(net.d, problem.order) if rng.random() < 0.6]
        return {
            alpha: {
                "number": lambda: float(rng.normal()),
                "by node": lambda: rng.normal(size=N),
                "matrix": lambda: rng.normal(size=(E, m) if E != N or N == 1 else (N, E, m)),
                "matrices by node": lambda: rng.normal(size=(N, E, m)),
            }[str(rng.choice(shapes))]()
            for alpha in chosen or [(0,) * net.d]
        }

    f = rng.normal(size=(N, E))
    if draw(st.booleans()):
        f[rng.random(f.shape) < 0.3] = np.nan
        f.flat[rng.integers(f.size)] = 0.5
    others = [
        (rng.uniform(-1, 1, x.shape), some_terms())
        for _ in range(draw(st.sampled_from([0, 0, 1, 2])))
    ]
    given = {
        "model": net,
        "terms": some_terms(),
        "rhs": f,
        "rule": Quadrature(x, rng.uniform(0.1, 2, N)),
        "p": draw(p),
        "weights": rng.uniform(0.2, 2, E).tolist(),
        "others": others,
    }
    return given, problem.theta, E


def matrices(c, N, E, m):
    """A coefficient as matrices (N, E, m)."""
    c = np.asarray(c)
    if c.ndim < 2:
        c = c.reshape(-1, 1, 1) * np.eye(m)
    return np.broadcast_to(c, (N, E, m))


def by_loops(given, theta, E):
    """L(θ), as it is written."""
    net, rule, f, p = given["model"], given["rule"], given["rhs"], given["p"]
    places = [(rule.nodes, given["terms"]), *given["others"]]
    total = 0.0
    for i in range(len(rule)):
        r = -f[i].astype(complex)
        for x, terms in places:
            D = net.derivatives(theta, x[i : i + 1], max(map(sum, terms)))
            for alpha, c in terms.items():
                r = r + matrices(c, len(rule), E, net.m)[i] @ D[alpha][0]
        for e in range(E):
            if not np.isnan(f[i, e]):
                size = r[e] * np.sign(r[e].real)  # |r|, analytic
                total += given["weights"][e] * rule.weights[i] * size**p
    return total


@given(equations())
def test_value_and_gradient_against_loops(drawn):
    """(X1), (X2): L by loops, ∇L by the complex step through them, for any d, m, E, p, order, gaps."""
    given, theta, E = drawn
    loss = ResidualLoss(**given)
    value, gradient = loss(theta)
    assert value == pytest.approx(by_loops(given, theta, E).real, rel=1e-11, abs=1e-13)
    by_step = [by_loops(given, theta + 1e-20j * e, E).imag / 1e-20 for e in np.eye(len(theta))]
    scale = np.abs(by_step).max() + abs(value) + 1e-9
    np.testing.assert_allclose(gradient, by_step, rtol=0, atol=1e-11 * scale)
    terms = loss.terms(theta)
    assert list(terms) == list(range(E))
    assert loss.weights @ list(terms.values()) == pytest.approx(value, rel=1e-12, abs=1e-300)


@pytest.mark.slow
@pytest.mark.parametrize("p", [1.5, 2, 3])
@pytest.mark.parametrize(
    ("d", "m", "road"), [(1, 1, "forward"), (2, 3, "forward"), (3, 2, "reverse")]
)
def test_the_gradient_by_scipy_s_finite_differences(d, m, road, p):
    net, rng = MLP((d, 5, 4, m)), np.random.default_rng(0)
    x = rng.uniform(-1, 1, (6, d))
    terms = laplacian(d, -1.0) | {(0,) * d: rng.normal(size=(6, m, m)), (1,) + (0,) * (d - 1): 0.7}
    loss = ResidualLoss(net, terms, 0.3, Quadrature(x, np.full(6, 0.5)), p=p, road=road)
    assert loss.road == road
    check = sr.check_gradient(loss, net.init(0) + 0.1)
    assert max(check.complex_step.values()) < 1e-12
    assert max(check.finite_difference.values()) < 1e-5


@given(equations(p=st.just(2)))
def test_residuals_and_jacobian(drawn):
    """(X3): ‖r‖² = L, 2 Jᵀr = ∇L, J = Im r(θ + ihe)/h, and R counts what is known."""
    given, theta, _ = drawn
    loss = ResidualLoss(**given)
    (value, gradient), r, J = loss(theta), loss.residuals(theta), loss.jacobian(theta)
    assert len(r) == np.count_nonzero(~np.isnan(given["rhs"])) and J.shape == (len(r), len(theta))
    assert r @ r == pytest.approx(value, rel=1e-12)
    scale = 1e-12 * (np.abs(gradient).max() + np.abs(J).max() + value)
    np.testing.assert_allclose(2 * J.T @ r, gradient, rtol=0, atol=scale)
    steps = 1e-20j * np.eye(len(theta))
    columns = [loss.residuals(theta + step).imag / 1e-20 for step in steps]
    np.testing.assert_allclose(J, np.stack(columns, axis=1), rtol=0, atol=1e-11 * np.abs(J).max())


@given(equations(p=st.sampled_from([2, 3])), SEEDS)
def test_hessian_vector_products_by_differences_of_the_gradient(drawn, seed):
    """Im ∇L(θ + ihv)/h against (∇L(θ + hv) − ∇L(θ − hv))/2h."""
    given, theta, _ = drawn
    loss = ResidualLoss(**given)
    v, h = np.random.default_rng(seed).normal(size=len(theta)), 1e-5
    central = (loss(theta + h * v)[1] - loss(theta - h * v)[1]) / (2 * h)
    scale = np.abs(loss.hessp(theta, v)).max() + np.abs(loss(theta)[1]).max() + 1e-3
    np.testing.assert_allclose(loss.hessp(theta, v), central, rtol=0, atol=2e-3 * scale)


@given(equations(p=EXPONENTS, max_d=4), SEEDS)
def test_the_roads_agree(drawn, seed):
    given, theta, _ = drawn
    loss = ResidualLoss(**given, road="forward")
    assume(loss.order >= 1 and len(loss.model.widths) > 2)
    reverse = ResidualLoss(**given, road="reverse")
    assert reverse.road == "reverse"
    (value, gradient), (v, g) = loss(theta), reverse(theta)
    of_residuals = 1e-14 * value ** (1 - 1 / loss.p)  # a change of r by 1e-14 / p
    assert v == pytest.approx(value, rel=1e-12, abs=max(of_residuals, 1e-300))
    np.testing.assert_allclose(g, gradient, rtol=0, atol=1e-12 * (np.abs(gradient).max() + value))


@pytest.mark.parametrize("p", [1.5, 2, 3])
@pytest.mark.parametrize(("d", "m"), [(1, 1), (2, 2), (3, 1)])
def test_a_sobolev_loss_is_one_equation_for_each_derivative(d, m, p):
    """E = A m equations of one term each are the Sobolev loss, with its λ_α and its gaps."""
    net, rng = MLP((d, 4, m)), np.random.default_rng(1)
    indices, N = sr.multi_indices(d, 2), 5
    rule = Quadrature(rng.uniform(-1, 1, (N, d)), rng.uniform(0.5, 1, N))
    data = {alpha: rng.normal(size=(N, m)) for alpha in indices}
    data[indices[1]][2] = np.nan
    lam = rng.uniform(0.5, 2, len(indices))
    sobolev = SobolevLoss(net, data, rule, order=2, p=p, weights=dict(zip(indices, lam.tolist())))
    chosen = np.eye(len(indices) * m).reshape(-1, len(indices), m)  # (E, A, m)
    terms = {a: np.repeat(chosen[None, :, j], N, axis=0) for j, a in enumerate(indices)}
    f = np.concatenate(list(data.values()), axis=1)  # (N, A m)
    loss = ResidualLoss(net, terms, f, rule, p=p, weights=np.repeat(lam, m).tolist())
    theta, v = net.init(0) + 0.1, net.init(1)
    (value, gradient), (s, g) = loss(theta), sobolev(theta)
    assert value == pytest.approx(s, rel=1e-13)
    np.testing.assert_allclose(gradient, g, rtol=1e-11, atol=1e-12)
    if p >= 2:
        Hv = sobolev.hessp(theta, v)
        np.testing.assert_allclose(loss.hessp(theta, v), Hv, rtol=1e-10, atol=1e-11)


# -- nodes -----------------------------------------------------------------------------------------


def a_loss(**options):
    """Ten nodes, two outputs, two points, gaps, terms by node."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-1, 1, (2, 10, 2))
    f = np.where(rng.random((10, 2)) < 0.2, np.nan, rng.normal(size=(10, 2)))
    terms = laplacian(2) | {(0, 0): rng.normal(size=10)}
    others = [(y, {(1, 0): rng.normal(size=(2, 2))})]
    rule = Quadrature(x, rng.uniform(0.5, 1, 10))
    return ResidualLoss(MLP((2, 5, 2)), terms, f, rule, weights=(0.5, 2), others=others, **options)


def constant(**options):
    return ResidualLoss(MLP((2, 5, 2)), laplacian(2), 1.0, a_loss().rule, **options)


@pytest.mark.parametrize("make", [a_loss, constant])
def test_blocks_workers_batches_and_pickles_change_nothing_but_rounding(make, monkeypatch):
    loss = make()
    theta = loss.model.init(0) + 0.1
    value, gradient = loss(theta)
    several = [make(block=3), make(block=2, workers=2), pickle.loads(pickle.dumps(loss))]
    for other in [*several, copy.deepcopy(loss)]:
        v, g = other(theta)
        assert v == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(g, gradient, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(other.jacobian(theta), loss.jacobian(theta), rtol=1e-12)
    for parts in (loss.split(3), [loss.batch([7, 1]), loss.batch([0, 2, 3, 4, 5, 6, 8, 9])]):
        assert sum(part(theta)[0] for part in parts) == pytest.approx(value, rel=1e-13)
        summed = np.sum([part(theta)[1] for part in parts], axis=0)
        np.testing.assert_allclose(summed, gradient, rtol=1e-11, atol=1e-13)
    rows = sorted(np.concatenate([part.residuals(theta) for part in loss.split(4)]))
    np.testing.assert_allclose(rows, sorted(loss.residuals(theta)), rtol=1e-12)
    J = loss.jacobian(theta)
    for module in (least_squares, residual):
        monkeypatch.setattr(module, "BUFFER", 1)  # a node at a time
    np.testing.assert_allclose(loss.jacobian(theta), J, rtol=1e-13)
    with pytest.raises(ValueError, match="^nodes: got"):
        loss.batch([99])


@given(SEEDS)
def test_a_model_in_other_units_has_its_equation_in_those_units(seed):
    """y = μ_y + σ_y η((x − μ_x)/σ_x): the residual of the caller's y, by derivatives of η alone (S1)."""
    rng = np.random.default_rng(seed)
    net, scaler = MLP((2, 4, 1)), random_scaler(rng, 2, 1)
    theta, x = net.init(rng) + 0.1, rng.normal(size=(5, 2))
    terms = {(2, 0): -1.5, (0, 1): 0.5, (0, 0): 2.0}
    loss = ResidualLoss(scaler.model(net), terms, 0.25, Quadrature(x, np.ones(5)))
    D = net.derivatives(theta, (x - scaler.x_shift) / scaler.x_scale, 2)
    s, (sx, sy) = scaler.y_scale[0], scaler.x_scale
    y = scaler.y_shift[0] + s * D[0, 0]
    r = -1.5 * s / sx**2 * D[2, 0] + 0.5 * s / sy * D[0, 1] + 2.0 * y - 0.25
    np.testing.assert_allclose(loss.residuals(theta), r[:, 0], rtol=1e-9, atol=1e-9)
    J = [loss.residuals(theta + 1e-20j * e).imag / 1e-20 for e in np.eye(len(theta))]
    np.testing.assert_allclose(loss.jacobian(theta).T, J, rtol=1e-9, atol=1e-9)


def test_functions_of_the_node_and_their_values_are_the_same():
    net, x = MLP((1, 4, 1)), RULE.nodes[:, 0]
    theta = net.init(0)
    by_function = ResidualLoss(net, {(2,): np.exp, (0,): lambda x: 2.0}, np.sin, RULE)
    by_value = ResidualLoss(net, {(2,): np.exp(x), (0,): np.full(12, 2.0)}, np.sin(x), RULE)
    assert by_function(theta)[0] == by_value(theta)[0]
    assert (by_function(theta)[1] == by_value(theta)[1]).all()
    two = ResidualLoss(MLP((1, 4, 2)), {(1,): 1.0}, lambda x: (np.sin(x), 0 * x), RULE)
    np.testing.assert_array_equal(two.target_values[..., 0], [np.sin(x), 0 * x])


# -- what it is for --------------------------------------------------------------------------------


def test_an_equation_with_its_ends_is_solved_to_rounding():
    """−(1 + x)u″ + u = f, u(0) = 0, u + u′ = 2 + e at x = 1, for u = x eˣ, by one factorisation."""
    model = LinearModel.polynomial(18, [(0, 1)])
    u = lambda x: x * np.exp(x)
    f = lambda x: -(1 + x) * (x + 2) * np.exp(x) + u(x)
    inside = ResidualLoss(
        model, {(2,): lambda x: -1 - x, (0,): 1.0}, f, sr.gauss_legendre([(0, 1)], 30)
    )
    left = ResidualLoss(model, {(0,): 1.0}, 0.0, sr.samples([0.0]))
    right = ResidualLoss(model, {(0,): 1.0, (1,): 1.0}, 3 * np.e, sr.samples([1.0]))
    loss = inside + left + right
    fit = sr.fit(loss, model.init())
    x = np.linspace(0, 1, 50)
    assert fit.method == "linear" and fit.success and fit.rank == 19
    np.testing.assert_allclose(model(fit.x, x)[:, 0], u(x), atol=1e-12)
    assert sr.lipschitz(loss).kind == "exact"
    alone = sr.solve_linear(inside)
    assert alone.rank < 19 or alone.condition > 1e6  # what the equation leaves free


def test_outputs_that_are_mixed_are_solved_together():
    """u_1′ = u_2, u_2′ = −u_1 and u(0) = (0, 1): sine and cosine, by two equations of two outputs."""
    model = LinearModel.polynomial(14, [(0, 1)], m=2)
    system = {(1,): 1.0, (0,): [[0.0, -1.0], [1.0, 0.0]]}
    inside = ResidualLoss(model, system, 0.0, sr.gauss_legendre([(0, 1)], 20))
    start = ResidualLoss(model, {(0,): 1.0}, [[0.0, 1.0]], sr.samples([0.0]))
    fit = sr.solve_linear(inside + start)
    x = np.linspace(0, 1, 20)
    np.testing.assert_allclose(
        model(fit.x, x), np.stack([np.sin(x), np.cos(x)], axis=1), atol=1e-12
    )
    alone = sr.solve_linear(ResidualLoss(model, {(0,): np.eye(2)}, 1.0, inside.rule))
    np.testing.assert_allclose(model(alone.x, x), 1.0, atol=1e-12)
    assert alone.jac.shape == (30,)


@pytest.mark.parametrize("p", [1, 1.5, 4])
def test_the_global_minimum_for_any_p(p):
    """c_i u′ = f_i at three nodes: the best slope in the weighted p-norm, by a fine grid."""
    model = LinearModel.polynomial(1, [(-1, 1)])  # θ_0 + θ_1 x, of which the slope alone counts
    c, f, w = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.0]), np.array([1.0, 0.5, 2.0])
    loss = ResidualLoss(model, {(1,): c}, f, Quadrature([0.0, 0.5, 1.0], w), p=p)
    grid = np.linspace(0, 3, 36001)
    values = w @ np.abs(c[:, None] * grid - f[:, None]) ** p
    found = sr.optimize.solve_convex(loss)
    assert found.success and found.fun == pytest.approx(values.min(), rel=1e-6)
    assert found.x[1] == pytest.approx(grid[values.argmin()], abs=2e-4)


def test_fit_takes_it_and_names_its_terms():
    net = MLP((1, 6, 1))
    inside = ResidualLoss(net, {(2,): -1.0}, lambda x: np.pi**2 * np.sin(np.pi * x), RULE)
    ends = ResidualLoss(net, {(0,): 1.0}, 0.0, sr.samples([0.0, 1.0]))
    fit = sr.fit(inside + ends, net.init(0), "lm", maxiter=100, x_scale="layers")
    x = np.linspace(0, 1, 20)
    np.testing.assert_allclose(net(fit.x, x)[:, 0], np.sin(np.pi * x), atol=1e-3)
    assert list(fit.terms) == ["1: 0", "2: 0"]
    assert sum(fit.terms.values()) == pytest.approx(fit.fun, rel=1e-9)


def test_what_an_equation_leaves_free_is_said():
    net = MLP((1, 3, 1))
    second = ResidualLoss(net, {(2,): -1.0}, 0.0, RULE)
    full = ResidualLoss(net, {(2,): -1.0, (0,): 1.0}, 0.0, RULE)
    assert second.blind == (2,) and full.blind == (0,)
    assert repr(second) == (
        f"ResidualLoss({net!r}, 12 nodes, 1 equation, order=2, p=2, weights=[1.0]; "
        "blind to polynomials of degree < 2)"
    )
    assert "blind" not in repr(full)
    two = ResidualLoss(MLP((1, 3, 2)), {(1,): [[0.0, 1.0]], (0,): [[0.0, 0.0]]}, 0.0, RULE)
    assert two.blind == (2, 1) and "2 equations" not in repr(two)
    system = {(1,): [[1.0], [0.0]], (0,): [[0.0], [1.0]]}
    assert [ResidualLoss(net, system, 0.0, RULE, weights=w).blind for w in ((1, 1), (1, 0))] == [
        (0,),
        (1,),
    ]
    # a straight line more changes nothing
    line = LinearModel.polynomial(3, [(0, 1)])
    loss = ResidualLoss(line, {(2,): 1.0}, 0.5, RULE)
    assert loss([1.0, 2.0, 0.3, 0.1])[0] == pytest.approx(loss([-4.0, 0.5, 0.3, 0.1])[0], rel=1e-12)


def test_fit_says_what_no_part_of_the_loss_sees():
    """Of −u″ = f the straight lines are free, of slopes the constants, of two outputs the worse counts."""
    net, x = MLP((1, 3, 1)), RULE.nodes[:, 0]
    ends = ResidualLoss(net, {(0,): 1.0}, 0.0, sr.samples([0.0, 1.0]))
    inside = ResidualLoss(net, {(2,): -1.0}, 1.0, RULE)
    slopes = SobolevLoss(net, {(1,): np.cos(x)}, RULE)
    weightless = SobolevLoss(net, np.sin, RULE, weights=(0, 1))
    said = lambda loss: sr.fit(loss, net.init(0), "lm", maxiter=1).message
    line = "; no part of the loss sees {}: a condition is missing"
    assert said(inside).endswith(line.format("polynomials of degree < 2"))
    for loss in (slopes, weightless, slopes + inside):
        assert said(loss).endswith(line.format("constants"))
    for loss in (
        inside + ends,
        ends,
        inside + sr.Ridge(1e-3, net.n_parameters),
        nonlinear("burgers"),
    ):
        theta = np.zeros(loss.n_parameters)
        assert "no part" not in sr.fit(loss, theta + 0.1, "lm", maxiter=1).message
    two = MLP((1, 3, 2))
    first = SobolevLoss(
        two, {(0,): np.stack([x, x + np.nan], axis=1), (1,): np.ones((12, 2))}, RULE
    )
    assert first.blind == (0, 1)
    assert "sees constants" in sr.fit(first, two.init(0), "lm", maxiter=1).message


# -- nonlinear -------------------------------------------------------------------------------------

NU = 0.1
NET = MLP((1, 3, 1))


def burgers(x, D):
    return D[0,] * D[1,] - NU * D[2,]


def d_burgers(x, D):
    return {(0,): D[1,], (1,): D[0,], (2,): -NU}


def flow(x, D):
    """Two equations of two outputs in the plane, which see x."""
    u, v = D[0, 0].T
    return np.stack(
        [u * D[1, 0][:, 0] + v * D[0, 1][:, 0], np.exp(u) * v + x[:, 0] * D[1, 1][:, 1]], 1
    )


def d_flow(x, D):
    (u, v), zero = D[0, 0].T, 0 * D[0, 0][:, 0]
    ux, uy = D[1, 0][:, 0], D[0, 1][:, 0]
    rows = lambda *entries: np.stack(entries, axis=1).reshape(-1, 2, 2)
    return {
        (0, 0): rows(ux, uy, np.exp(u) * v, np.exp(u)),
        (1, 0): rows(u, zero, zero, zero),
        (0, 1): rows(v, zero, zero, zero),
        (1, 1): rows(zero, zero, zero, x[:, 0]),
    }


def nonlinear(which, **options):
    if which == "burgers":
        return NonlinearResidual(MLP((1, 6, 1)), burgers, d_burgers, np.sin, RULE, 2, **options)
    rng = np.random.default_rng(3)
    rule = Quadrature(rng.uniform(-1, 1, (8, 2)), rng.uniform(0.5, 1, 8))
    f = np.where(rng.random((8, 2)) < 0.2, np.nan, rng.normal(size=(8, 2)))
    return NonlinearResidual(
        MLP((2, 5, 2)), flow, d_flow, f, rule, 2, weights=(0.5, 2.0), **options
    )


@pytest.mark.slow
@pytest.mark.parametrize("road", ["forward", "reverse"])
@pytest.mark.parametrize("p", [1.5, 2, 3])
@pytest.mark.parametrize("which", ["burgers", "flow"])
def test_a_nonlinear_equation(which, p, road):
    """L is the sum as it is written; ∇L, J and ∇²L v by complex step and differences."""
    loss = nonlinear(which, p=p, road=road)
    theta = loss.model.init(0) + 0.1
    F = {"burgers": burgers, "flow": flow}[which]
    left = F(loss.rule.nodes, loss.model.derivatives(theta, loss.rule.nodes, 2))  # (N, E)
    error = left - loss.target_values[..., 0].T
    powers = np.nansum(loss.rule.weights[:, None] * np.abs(error) ** p, axis=0)
    value, gradient = loss(theta)
    assert value == pytest.approx(loss.weights @ powers, rel=1e-12)
    check = sr.check_gradient(loss, theta)
    assert max(check.complex_step.values()) < 1e-12
    assert max(check.finite_difference.values()) < 1e-5
    if p >= 2:
        v, h = loss.model.init(1), 1e-6
        central = (loss(theta + h * v)[1] - loss(theta - h * v)[1]) / (2 * h)
        Hv = loss.hessp(theta, v)
        np.testing.assert_allclose(Hv, central, rtol=0, atol=1e-6 * np.abs(Hv).max())
    if p == 2:
        J, r = loss.jacobian(theta), loss.residuals(theta)
        np.testing.assert_allclose(
            2 * J.T @ r, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max()
        )
        columns = [loss.residuals(theta + 1e-20j * e).imag / 1e-20 for e in np.eye(len(theta))]
        np.testing.assert_allclose(J.T, columns, rtol=0, atol=1e-12 * np.abs(J).max())


def test_a_linear_f_is_a_residual_loss():
    net, rng = MLP((2, 4, 3)), np.random.default_rng(4)
    rule = sr.sobol([(-1, 1)] * 2, 8, rng=0)
    A, B = rng.normal(size=(2, 2, 3))
    f = rng.normal(size=(8, 2))
    by_matrices = ResidualLoss(net, {(0, 0): A, (1, 1): B}, f, rule, p=3)
    F = lambda x, D: D[0, 0] @ A.T + D[1, 1] @ B.T
    by_function = NonlinearResidual(net, F, lambda x, D: {(0, 0): A, (1, 1): B}, f, rule, 2, p=3)
    theta = net.init(0)
    (value, gradient), (v, g) = by_matrices(theta), by_function(theta)
    assert v == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(g, gradient, rtol=1e-11, atol=1e-13)


def test_check_gradient_finds_a_wrong_partial():
    """Where construction has not looked: it takes the first, the last and a middle node."""
    elsewhere = lambda x: 1 + (x == RULE.nodes[3])
    wrong = lambda x, D: d_burgers(x, D) | {(1,): elsewhere(x) * D[0,]}
    net = MLP((1, 6, 1))
    loss = NonlinearResidual(net, burgers, wrong, 0.0, RULE, 2)
    assert max(sr.check_gradient(loss, net.init(0)).complex_step.values()) > 1e-4


def test_burgers_travels_in_batches_and_is_solved():
    """u u′ = ν u″ holds for u = −2ν a tanh(a x), which two units can be."""
    loss = nonlinear("burgers", block=5)
    theta = loss.model.init(0) + 0.1
    halves = loss.split(2)
    assert sum(part(theta)[0] for part in halves) == pytest.approx(loss(theta)[0], rel=1e-13)
    assert pickle.loads(pickle.dumps(loss))(theta)[0] == loss(theta)[0]
    a, net, rule = 4.0, MLP((1, 2, 1)), sr.gauss_legendre([(-1, 1)], 32)
    u = lambda x: -2 * NU * a * np.tanh(a * x)
    inside = NonlinearResidual(net, burgers, d_burgers, 0.0, rule, 2)
    ends = SobolevLoss(net, {(0,): u(np.array([-1.0, 1.0]))}, sr.samples([-1.0, 1.0]), order=0)
    fit = sr.fit(inside + ends, net.init(0, bounds=[(-1, 1)]), "lm", maxiter=400)
    x = np.linspace(-1, 1, 30)
    np.testing.assert_allclose(net(fit.x, x)[:, 0], u(x), atol=1e-4)


def test_what_dF_and_F_may_look_like():
    """Numbers, (B,), (B, 1), (B, 1, 1) and (1, 1) for one output are the same partial."""
    net, theta = MLP((1, 4, 1)), MLP((1, 4, 1)).init(0)
    answers = []
    for F in (lambda x, D: 2 * D[0,], lambda x, D: 2 * D[0,][:, 0]):
        for c in (
            2,
            np.full(1, 2.0)[:, None],
            lambda B: np.full(B, 2),
            lambda B: np.full((B, 1), 2),
        ):
            dF = lambda x, D, c=c: {(0,): c(len(x)) if callable(c) else c}
            answers.append(NonlinearResidual(net, F, dF, 1.0, RULE, 0)(theta)[1])
    cube = lambda x, D: {(0,): np.full((len(x), 1, 1), 2)}
    answers.append(NonlinearResidual(net, lambda x, D: 2 * D[0,], cube, 1.0, RULE, 0)(theta)[1])
    assert all((answer == answers[0]).all() for answer in answers)
    nothing = NonlinearResidual(net, lambda x, D: 0 * D[0,], lambda x, D: {}, 1.0, RULE, 0)
    assert not nothing(theta)[1].any()


def scalar(F, dF, order=0, **options):
    return NonlinearResidual(NET, F, lambda x, D: {(0,): dF(D[0,])}, 0.0, RULE, order, **options)


def test_a_function_of_a_part_of_the_line_is_held_to_its_derivative_where_it_is_finite():
    """W2: a logarithm, a root, a pair of signs, a steep step: none is refused, and none goes unheld."""
    steep = lambda v: 1 / (1 + np.exp(1e4 * v**2))  # in complex numbers NaN for v = ±1
    for f, df in (
        (np.log, lambda v: 1 / v),
        (lambda v: np.log(-v), lambda v: 1 / v),
        (lambda v: np.sqrt(v - 1), lambda v: 0.5 / np.sqrt(v - 1)),
        (lambda v: np.sqrt(v - 900), lambda v: 0.5 / np.sqrt(v - 900)),
        (np.arcsin, lambda v: 1 / np.sqrt(1 - v**2)),
        (steep, lambda v: -2e4 * v * steep(v) * (1 - steep(v))),
        (lambda v: np.sqrt(v**2), lambda v: v / np.sqrt(v**2)),
        (lambda v: (v + 1) ** 2 - v**2 - 2 * v + np.exp(v), np.exp),  # v cancels to rounding
        (lambda v: np.maximum(v, 0), lambda v: np.where(v > 0, 1.0, 0.0)),
    ):
        assert scalar(lambda x, D: f(D[0,]), df)._held
        with pytest.raises(
            ValueError, match=r"^dF: got an entry for \(0,\), but by a complex step"
        ):
            scalar(lambda x, D: f(D[0,]), lambda v: -2 * df(v))


def test_where_f_is_finite_at_none_of_the_values_the_first_call_holds_it():
    """W2: log(u − 5000) needs a θ that knows it."""
    F, theta = lambda x, D: np.log(D[0,] - 5000), NET.init(0)
    theta[-1] = 6000.0  # the last bias
    loss = scalar(F, lambda v: 1 / (v - 5000))
    assert not loss._held and np.isfinite(loss(theta)[0]) and loss._held
    for call in ("__call__", "jacobian"):
        with pytest.raises(ValueError, match=r"^dF: got an entry for \(0,\)"):
            getattr(scalar(F, lambda v: 2 / (v - 5000)), call)(theta)


ABS = lambda x, D: np.abs(D[0,])


@pytest.mark.parametrize(
    ("F", "dF", "match"),
    [
        (
            lambda x, D: np.sqrt(D[0,] - 1 + 0j),
            lambda v: 0.5,
            "^F: got complex entries, takes real numbers$",
        ),
        (
            lambda x, D: np.emath.sqrt(D[0,]),  # complex for v < 0 alone
            lambda v: 0.5 / np.emath.sqrt(v),
            "got complex entries, takes real numbers$",
        ),
        (lambda x, D: D[0,], lambda v: 1 + 0j, r"^dF\[\(0,\)\]: got complex entries, takes real"),
        (ABS, np.sign, r"or F is not analytic; takes .* such as np.sqrt\(v\*\*2\) for np.abs\(v\)"),
        (
            lambda x, D: np.linalg.norm(D[0,], axis=1),
            np.sign,
            "or F is not analytic",
        ),
        (lambda x, D: D[0,].real ** 2, lambda v: 2 * v, "or F is not analytic"),
        (lambda x, D: np.asarray(D[0,], float) ** 2, lambda v: 2 * v, "or F is not analytic"),
        (
            lambda x, D: np.hypot(D[0,], 1),
            lambda v: v / np.sqrt(v**2 + 1),
            "^F, dF: got ufunc 'hypot' not supported .* for a complex D; takes a function that is anal",
        ),
        (
            lambda x, D: np.sqrt(D[0,] ** 2),
            lambda v: v / np.abs(v),
            "^dF: got a function that is not analytic; takes a function that is analytic in D",
        ),
        (  # in small units as well
            lambda x, D: 1e-6 * np.sqrt(D[0,] ** 2),
            lambda v: 1e-6 * v / np.abs(v),
            "^dF: got a function that is not analytic",
        ),
        (
            lambda x, D: D[0,] ** 2,
            lambda v: v,
            r"^dF: got an entry for \(0,\), but by a complex step",
        ),
        (lambda x, D: D[0,] ** 2, lambda v: 0, r"^dF: got 0 or no entry for \(0,\), but by"),
        (lambda x, D: D[0,] - D[0,].mean(), lambda v: 1, "^F: got other numbers at the same node"),
        (lambda x, D: D[0,] * len(x), lambda v: len(v), "^F: got other numbers at the same node"),
        (lambda x, D: np.cumsum(D[0,]), lambda v: 1, "^F: got other numbers at the same node"),
        (  # beside an equation of larger numbers
            lambda x, D: np.hstack([1e8 * D[0,], D[0,] - D[0,].mean()]),
            lambda v: [[1e8], [1.0]],
            "^F: got other numbers at the same node",
        ),
        (
            lambda x, D: D[0,] + D[3,],
            lambda v: 1,
            r"^F: got the key \(3,\), takes a multi-index \|α\| <= 0: D has the keys \[\(0,\)\]$",
        ),
        (lambda x, D: D[0], lambda v: 1, "^F: got the key 0, takes a multi-index"),
    ],
)
def test_an_f_that_would_be_silently_wrong_is_refused(F, dF, match):
    """W2: complex, not analytic, not of the node alone, or with another's dF: refused before any work."""
    with pytest.raises((TypeError, ValueError), match=match):
        scalar(F, dF)


def test_a_forgotten_entry_of_dF_is_named():
    """W2: u u′ − ν u″ without ∂F/∂u′, and with another sign of ν."""
    for entries, match in (
        ({(0,): 0}, r"^dF: got 0 or no entry for \(0,\)"),
        ({(2,): NU}, r"^dF: got an entry for \(2,\)"),
    ):
        with pytest.raises(ValueError, match=match):
            NonlinearResidual(NET, burgers, lambda x, D: d_burgers(x, D) | entries, 0.0, RULE, 2)
    with pytest.raises(ValueError, match=r"^dF: got 0 or no entry for \(0,\)"):
        NonlinearResidual(NET, burgers, lambda x, D: {}, 0.0, RULE, 2)


# -- refused ---------------------------------------------------------------------------------------

TWO = MLP((1, 3, 2))
linear = partial(ResidualLoss, NET, {(0,): 1.0}, 0.0, RULE)
N12 = np.ones(12)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: ResidualLoss(NET, {}, 0.0, RULE), r"^terms: got an empty mapping"),
        (lambda: ResidualLoss(NET, np.sin, 0.0, RULE), r"^terms: got <ufunc"),
        (lambda: ResidualLoss(NET, {(0, 1): 1.0}, 0.0, RULE), r"^terms: multi-index: got \(0, 1\)"),
        (lambda: ResidualLoss(NET, {(0,): 0.0}, 0.0, RULE), "^terms: got coefficients that are 0"),
        (
            lambda: ResidualLoss(
                MLP((1, 50)),
                {(0,): np.eye(50)},
                0.0,
                sr.samples(np.arange(1e5)),
                others=[(np.arange(1e5), {(0,): np.ones(10**5)})],
            ),
            "^terms: got matrices at 100,000 nodes, 500,000,000 numbers",
        ),
        (
            lambda: ResidualLoss(NET, {(0,): [1.0] * 3}, 0.0, RULE),
            r"^terms\[\(0,\)\]: got shape \(3,\)",
        ),
        (
            lambda: ResidualLoss(NET, {(0,): N12[:, None]}, 0.0, RULE),
            r"^terms\[\(0,\)\]: got shape \(12, 1\), which may be a matrix or a row a node; takes \(N,\) for",
        ),
        (
            lambda: ResidualLoss(TWO, {(0,): [[1.0, 2.0, 3.0]]}, 0.0, RULE),
            r"got shape \(1, 3\), takes a number, or shape \(12,\), \(E, 2\) or \(12, E, 2\)$",
        ),
        (
            lambda: ResidualLoss(NET, {(0,): np.ones((3, 1, 1))}, 0.0, RULE),
            r"got shape \(3, 1, 1\)",
        ),
        (
            lambda: ResidualLoss(NET, {(0,): np.ones((1, 1, 1, 1))}, 0.0, RULE),
            r"got shape \(1, 1, 1, 1\)",
        ),
        (
            lambda: ResidualLoss(NET, {(0,): np.ones((12, 0, 1))}, 0.0, RULE),
            r"got shape \(12, 0, 1\)",
        ),
        (
            lambda: ResidualLoss(TWO, {(0,): 1.0, (1,): [[1.0, 2.0]]}, 0.0, RULE),
            r"^terms: got terms of \[1, 2\] equations, takes one number of them$",
        ),
        (
            lambda: ResidualLoss(NET, {(0,): 1.0}, [1.0], RULE),
            r"^rhs: got shape \(1,\), takes shape",
        ),
        (
            lambda: ResidualLoss(TWO, {(0,): 1.0}, N12, RULE),
            "^rhs: got 1 columns, takes 2, one for each",
        ),
        (lambda: ResidualLoss(NET, {(0,): 1.0}, N12 * np.nan, RULE), "^rhs: got NaN alone"),
        (
            lambda: ResidualLoss(NET, {(0,): 1.0}, "f", RULE),
            "^rhs: got <U1 entries, takes real numbers",
        ),
        (
            lambda: linear(weights=(1.0, 2.0)),
            "^weights: got 2 numbers, takes 1, one for each equation$",
        ),
        (lambda: linear(weights=(-1.0,)), r"^weights\[0\]: got -1, takes a finite number >= 0$"),
        (lambda: linear(weights=(0.0,)), r"^weights: got λ = \[0.0\] and weights of the rule with"),
        (lambda: linear(others=3), "^others: got 3, takes a sequence of pairs"),
        (lambda: linear(others=[3]), r"^others\[0\]: got 3, takes a pair \(nodes, terms\)$"),
        (lambda: linear(others=[(1, 2, 3)]), r"^others\[0\]: got \(1, 2, 3\), takes a pair"),
        (
            lambda: linear(others=[([1.0], {(0,): 1})]),
            r"^others\[0\]: got 1 nodes, takes 12, one a node$",
        ),
        (lambda: linear(others=[(N12, 1)]), r"^others\[0\]: got 1, takes a mapping from α"),
        *(  # W2: functions of a number, of two variables, with two outputs, with a pole
            (
                lambda c=c: ResidualLoss(NET, {(2,): c, (0,): 1.0}, 0.0, RULE),
                rf"^terms\[\(2,\)\]: {why}",
            )
            for c, why in (
                (math.sin, "only .* takes a function of arrays: np.where"),
                (lambda x: 1.0 if x > 0 else 2.0, "The truth value .* takes a function of arrays"),
                (lambda x, y: x, r"got a function of \(x, y\), takes one of 1 array, as d = 1"),
                (lambda x: (x, x), "got 2 outputs, takes a function of one$"),
                (
                    lambda x: 1 / (x > 0.5),
                    "values are not finite at 6 of 12 nodes",
                ),
            )
        ),
        (  # W2: u(x) − u(x) = 0
            lambda: linear(others=[(RULE.nodes, {(0,): -1.0})]),
            "^terms: got coefficients that are 0 at every node, takes others$",
        ),
        (lambda: linear(p=0.5), "^p: got 0.5"),
        (
            lambda: linear(p=3).residuals(NET.init(0)),
            "^p: got 3, but the loss is a sum of squares only",
        ),
        (lambda: linear(p=1.5).hessp(NET.init(0), NET.init(0)), "^p: got 1.5, but"),
        (
            lambda: ResidualLoss(MLP((1, 3, 1), "relu"), {(2,): 1.0}, 0.0, RULE),
            "^order: got 2, but the activation 'relu'",
        ),
        (
            lambda: NonlinearResidual(NET, 3, d_burgers, 0.0, RULE, 2),
            "^F: got 3, takes a function$",
        ),
        (lambda: NonlinearResidual(NET, burgers, 3, 0.0, RULE, 2), "^dF: got 3, takes a function$"),
        (
            lambda: NonlinearResidual(NET, lambda x, D: "ab", d_burgers, 0.0, RULE, 2),
            "^F: got <U2 entries, takes real numbers$",
        ),
        (
            lambda: NonlinearResidual(NET, lambda x, D: N12, d_burgers, 0.0, RULE, 2),
            r"^F: got shape \(12,\), takes \(3,\) or \(3, E\)$",
        ),
        (
            lambda: NonlinearResidual(NET, lambda x, D: x[:, :0], d_burgers, 0.0, RULE, 2),
            r"^F: got shape \(3, 0\)",
        ),
        (
            lambda: NonlinearResidual(NET, lambda x, D: x[:, 0] * D[0,], d_burgers, 0.0, RULE, 2),
            r"^F: got shapes \(3, 3\) at 3 nodes and \(2, 2\) at 2, takes \(B,\) or \(B, E\) at B; x has",
        ),
        (
            lambda: NonlinearResidual(NET, burgers, lambda x, D: 1.0, 0.0, RULE, 2),
            "^dF: got 1.0, takes a function to a mapping$",
        ),
        (
            lambda: NonlinearResidual(NET, burgers, lambda x, D: {(3,): 1.0}, 0.0, RULE, 2),
            r"^dF: got \(3,\), takes multi-indices \|α\| <= 2$",
        ),
        (
            lambda: NonlinearResidual(NET, burgers, lambda x, D: {(0,): "a"}, 0.0, RULE, 2),
            r"^dF\[\(0,\)\]: got <U1 entries, takes real numbers$",
        ),
        (
            lambda: NonlinearResidual(
                NET, burgers, lambda x, D: {(0,): [[1.0], [2.0]]}, 0.0, RULE, 2
            ),
            r"^dF\[\(0,\)\]: got 2 equations, takes 1$",
        ),
        (lambda: NonlinearResidual(NET, burgers, d_burgers, 0.0, RULE, -1), "^order: got -1"),
        *(
            (  # a diagonal is no matrix, whatever the number of equations
                lambda m=m: NonlinearResidual(
                    MLP((1, m)),
                    lambda x, D: D[0,] ** 2,
                    lambda x, D: {(0,): 2 * D[0,]},
                    0.0,
                    RULE,
                    0,
                ),
                rf"^dF\[\(0,\)\]: got {B} equations, takes {m}$",
            )
            for m, B in ((2, 3), (3, 2), (4, 3))
        ),
    ],
)
def test_bad_arguments(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()


def test_a_node_of_weight_0_has_no_say():
    """E: u″ + u′/x = log x at nodes of which the first, x = 0, has the weight 0."""
    x, theta = np.array([0.0, 0.5, 1.0]), NET.init(0)
    equation = {(2,): 1.0, (1,): lambda x: 1 / x}
    with_it, without = (
        ResidualLoss(NET, equation, np.log, rule)
        for rule in (sr.Quadrature(x, [0.0, 1.0, 2.0]), sr.Quadrature(x[1:], [1.0, 2.0]))
    )
    for ours, theirs in zip(with_it(theta), without(theta)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    with pytest.raises(
        ValueError, match=r"^terms\[\(1,\)\]: values are not finite at 1 of 3 nodes"
    ):
        ResidualLoss(NET, equation, 0.0, sr.Quadrature(x, [1.0, 1.0, 1.0]))
