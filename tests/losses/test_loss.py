"""Losses that add, and `Ridge`: every face of a sum is the sum, or the stack, of its parts'.

The Hessian-vector products of a loss stand in test_hessian.py.
"""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Quadrature, Ridge, SobolevLoss, solve_linear
from sobolev_ref.losses import periodicity, random_projections
from sobolev_ref.testing.strategies import losses
from sobolev_ref.theory import FourierLoss

RULE = sr.gauss_legendre([(0, 1)], 6)
NET = MLP((1, 4, 1))
THETA = NET.init(0)
SINE = SobolevLoss(NET, np.sin, RULE)
DECAY = SobolevLoss(NET, lambda x: np.exp(-x), sr.midpoint([(0, 1)], 5), order=2)
SUM = SINE + DECAY + Ridge(0.3, 13)


def pickle_and_back(thing):
    return pickle.loads(pickle.dumps(thing))


def test_ridge_in_closed_form():
    """(μ/2)‖θ‖² with μ = 3 at (1, 2): 7.5, gradient 3θ, r = √1.5 θ."""
    ridge = Ridge(3.0, 2)
    value, gradient = ridge([1.0, 2.0])
    assert value == 7.5 and isinstance(value, float) and Ridge(0, 1)([2.0])[0] == 0
    np.testing.assert_array_equal(gradient, [3.0, 6.0])
    np.testing.assert_array_equal(ridge.residuals([1.0, 2.0]), np.sqrt(1.5) * np.array([1, 2]))
    np.testing.assert_array_equal(ridge.jacobian([1.0, 2.0]), np.sqrt(1.5) * np.eye(2))
    assert ridge.jacobian(np.array([1j, 2.0])).dtype == complex
    assert repr(ridge) == "Ridge(3, 2)" and ridge.n_nodes == 0


@pytest.mark.parametrize("again", [lambda loss: loss, copy.deepcopy, pickle_and_back])
def test_what_a_loss_is_made_of_cannot_be_changed(again):
    """So that a certificate, a result or a print that names a loss goes on being of it."""
    loss, ridge = again(SINE), again(Ridge([1.0, 2.0], 2))
    for thing, name in [(loss, name) for name in ("model", "rule", "order", "p", "weights")] + [
        (loss, "target_values"),
        (ridge, "mu"),
        (FourierLoss(NET, np.sin, (0, 1), 0.5, 4), "order"),
        (
            sr.NonlinearResidual(NET, lambda x, D: D[0,], lambda x, D: {(0,): 1.0}, 0.0, RULE, 0),
            "F",
        ),
    ]:
        with pytest.raises(AttributeError, match=f"^{name}: a loss cannot be changed, .* another"):
            setattr(thing, name, getattr(thing, name))
    for array in (
        loss.weights,
        loss.target_values,
        loss.batch([2, 0]).target_values,
        loss.split(2)[0].target_values,
        ridge.mu,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7.0
    for name in ("target", "kinks", "rhs", "terms", "n"):  # what was made of these stands elsewhere
        with pytest.raises(AttributeError, match=f"^{name}: a loss cannot be changed"):
            setattr(loss, name, np.cos)
    loss.note = "mine"
    assert loss(THETA)[0] == SINE(THETA)[0] and again(SUM)(THETA)[0] == SUM(THETA)[0]


@given(losses(p=st.just(2)), st.just(0.0) | st.floats(1e-100, 10))
def test_a_sum_with_ridge(drawn, mu):
    """L + (μ/2)‖θ‖², ∇L + μθ, and r and J one under the other: ‖r‖² = L, 2 Jᵀr = ∇L."""
    loss, theta = drawn
    total, (value, gradient) = loss + Ridge(mu, len(theta)), loss(theta)
    whole, its_gradient = total(theta)
    assert whole == pytest.approx(value + mu / 2 * np.sum(theta**2), rel=1e-13)
    np.testing.assert_allclose(its_gradient, gradient + mu * theta, rtol=1e-13, atol=1e-300)
    r, J = total.residuals(theta), total.jacobian(theta)
    assert r @ r == pytest.approx(whole, rel=1e-12, abs=1e-300)
    size = 2 * np.abs(J).T @ np.abs(r)
    assert (np.abs(2 * J.T @ r - its_gradient) <= 1e-12 * size.max()).all()


def test_sums_are_flat_and_travel():
    total = SINE + (DECAY + Ridge(0.1, 13)) + Ridge(0.2, 13)
    assert len(total.parts) == 4 and total.n_nodes == 11 and total.n_parameters == 13
    by_three = SobolevLoss(SINE.model, np.sin, SINE.rule, workers=3)
    assert (Ridge(0.1, 13) + by_three).workers == 3 and (
        Ridge(0.1, 13) + Ridge(0.2, 13)
    ).workers == 1
    parts = SINE(THETA)[0] + DECAY(THETA)[0] + 0.15 * THETA @ THETA
    assert total(THETA)[0] == pytest.approx(parts, rel=1e-14)
    assert pickle.loads(pickle.dumps(total))(THETA)[0] == total(THETA)[0]


def test_a_sum_of_a_list_and_a_factor():
    """sum() begins with 0; weights 2λ make 2L, to the bit."""
    total = sum([SINE, DECAY, Ridge(0.3, 13)])
    assert [type(part) for part in total.parts] == [SobolevLoss, SobolevLoss, Ridge]
    assert total(THETA)[0] == SUM(THETA)[0] and sum([SINE]) is SINE
    assert np.sum([SINE, DECAY])(THETA)[0] == (SINE + DECAY)(THETA)[0]
    double = SobolevLoss(NET, np.sin, RULE, weights=2 * SINE.weights)
    assert double(THETA)[0] == 2 * SINE(THETA)[0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: 2 * SINE,
        lambda: SUM * 0.5,
        lambda: np.float64(2) * SINE,
        lambda: Ridge(1, 3) / 2,
        lambda: -SINE,
        lambda: SINE - DECAY,
        lambda: 1 - SINE,
    ],
)
def test_what_is_no_sum_is_refused_with_the_way_on(call):
    with pytest.raises(
        TypeError, match=r"^loss: got a product .* SobolevLoss\(…, weights=c \* loss.w"
    ):
        call()


# -- one function of θ -----------------------------------------------------------------------------

TIME = np.linspace(0, 300, 20)
WAVE = {(0,): 5 + np.sin(TIME / 50)}
SCALER = sr.Standardizer.from_data(TIME, WAVE[0,])
OTHER = sr.Standardizer([0.0], [100.0], [0.0], [1.0])
SPAN = sr.gauss_legendre([(0, 300)], 10)
SCALED = SCALER.loss(NET, WAVE, TIME)
BACK = SobolevLoss(  # scaled data that came back to the caller's units
    SCALER.model(NET),
    SCALER.inverse.target({(0,): np.asarray(SCALER.target(WAVE)[0,])}),
    SCALER.inverse.rule(sr.samples(np.array(SCALER.nodes(TIME[:, None])))),
)
AT_START = sr.samples([0.0])


def equation(model, rule=SPAN):
    """u″ = −(u − 5)/50², which 5 + sin(t/50) solves, in the units of t."""
    return sr.ResidualLoss(model, {(2,): 1.0, (0,): 1 / 2500}, 5 / 2500, rule)


@pytest.mark.parametrize(
    "other",
    [
        lambda: equation(SCALER.model(NET)),
        lambda: equation(sr.Standardizer.from_data(TIME, WAVE[0,]).model(MLP((1, 4, 1)))),
        lambda: equation(NET, SCALER.rule(SPAN)),
        lambda: equation(NET, SCALER.rule(SPAN).mean().split(2)[1]),
        lambda: equation(SCALER.model(NET)).split(2)[0],
        lambda: SobolevLoss(NET, SCALER.target(np.sin), SCALER.rule(SPAN)),
        lambda: periodicity(SCALER.model(NET), AT_START, [100 * np.pi]),
        lambda: FourierLoss(SCALER.model(NET), np.sin, (0, 300), 0, 8),
        lambda: FourierLoss(NET, SCALER.target(np.sin), (-2, 2), 0, 8),
        lambda: random_projections(NET, SCALER.target(np.sin), SCALER.rule(SPAN), 0),
        lambda: Ridge(0.1, 13),
        lambda: BACK,
    ],
)
def test_losses_of_one_function_add(other):
    """W4: in scaled units and in the caller's, of equal models that were made twice, on either side."""
    one, two, copied = SCALED, other(), pickle.loads(pickle.dumps(SCALED))
    expected = pytest.approx(one(THETA)[0] + two(THETA)[0], rel=1e-14)
    assert [(one + two)(THETA)[0], (two + copied)(THETA)[0]] == [expected, expected]


def test_an_equation_beside_a_scaled_loss_is_of_the_same_function():
    """W4: the exact θ of sine units, for which data and equation are both met: u = 5 + sin(t/50)."""
    net = MLP((1, 1, 1), "sin")
    mu, sigma = SCALER.x_shift[0], SCALER.x_scale[0]
    shift, scale = SCALER.y_shift[0], SCALER.y_scale[0]
    theta = [sigma / 50, mu / 50, 1 / scale, (5 - shift) / scale]
    total = SCALER.loss(net, WAVE, TIME) + equation(SCALER.model(net))
    assert total(theta)[0] < 1e-28


SCALES = (
    r"^losses: got parts 1 and 2, .* in the caller's units; beside .* scaler.model\(net\) and nodes"
)
DIFFER = r"^losses: got parts 1 and 2, whose models .* of one theta; takes losses of one model, or of one "


@pytest.mark.parametrize(
    ("one", "other", "match"),
    [
        (SCALED, lambda: equation(NET), SCALES),
        (SCALED, lambda: equation(OTHER.model(NET)), SCALES),
        (SCALED, lambda: OTHER.loss(NET, WAVE, TIME), SCALES),
        (SCALED, lambda: SobolevLoss(NET, WAVE, sr.samples(TIME)), SCALES),
        (SCALED, lambda: periodicity(NET, AT_START, [100 * np.pi]), SCALES),
        (SCALED, lambda: FourierLoss(NET, np.sin, (0, 300), 0, 8), SCALES),
        (equation(NET), lambda: equation(SCALER.model(NET)), SCALES),
        (BACK, lambda: SobolevLoss(NET, WAVE, sr.samples(TIME)), SCALES),
        (SINE, lambda: equation(MLP((1, 4, 1), "sin")), DIFFER),
        (SINE, lambda: equation(LinearModel.polynomial(12, [(0, 1)])), DIFFER),
        (SINE, lambda: SobolevLoss(MLP((2, 3, 1)), np.hypot, sr.samples([[1.0, 2.0]])), DIFFER),
    ],
)
def test_losses_of_different_functions_of_one_theta_are_refused(one, other, match):
    """W4: a sum of them has a minimum that answers nothing, such as two units for one network.

    Two networks of one layout with different activations are refused too: no user means that by a sum.
    """
    with pytest.raises(ValueError, match=match):
        one + other()
    with pytest.raises(ValueError, match=match.replace("1 and 2", "2 and 3")):
        Ridge(0.1, 13) + other() + one


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: equation(SCALER.model(NET), SCALER.rule(SPAN)),
            "^rule: got one that is scaled, with a m",
        ),
        (
            lambda: random_projections(SCALER.model(NET), SCALER.target(np.sin), SPAN, 0),
            "^target: got one that is scaled, with a model in the caller's units",
        ),
        (
            lambda: SobolevLoss(SCALER.model(NET), SCALER.target(np.sin), SPAN),
            "^target: got one that is scaled, with a model in the caller's units",
        ),
        (
            lambda: SobolevLoss(NET, SCALER.target(np.sin), OTHER.rule(SPAN)),
            "^target: got one that is scaled, with what another has scaled; takes both of one kind",
        ),
    ],
)
def test_one_loss_has_one_unit(call, match):
    with pytest.raises(TypeError, match=match):
        call()


# -- batches and splits ----------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [False, True])
def test_a_batch_is_the_loss_of_its_nodes(missing):
    """In any order, and where a node is taken twice: to the last bit."""
    rng = np.random.default_rng(0)
    net, x, w = MLP((2, 3, 2)), rng.normal(size=(6, 2)), rng.uniform(size=6)
    data = {alpha: rng.normal(size=(6, 2)) for alpha in sr.multi_indices(2, 1)}
    if missing:
        data[0, 1][[0, 3]] = np.nan
    loss = SobolevLoss(net, data, Quadrature(x, w), weights=(1, 0.3))
    chosen = [4, 0, 3, 4]
    part = {alpha: values[chosen] for alpha, values in data.items()}
    alone = SobolevLoss(net, part, Quadrature(x[chosen], w[chosen]), weights=(1, 0.3))
    batch, theta, v = loss.batch(chosen), net.init(0), np.ones(net.n_parameters)
    assert batch.n_nodes == 4 and loss.n_nodes == 6
    assert batch(theta)[0] == alone(theta)[0]
    for face in (
        lambda loss: loss(theta)[1],
        lambda loss: loss.residuals(theta),
        lambda loss: loss.jacobian(theta),
        lambda loss: loss.hessp(theta, v),
    ):
        np.testing.assert_array_equal(face(batch), face(alone))


@pytest.mark.parametrize("total", [SINE, SINE + Ridge(0.3, 13), SUM])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_batches_add_up(total, size):
    """(B1), first half: value, gradient and Hessian product, the last batch short, in any order."""
    theta, v = np.random.default_rng(0).normal(size=(2, 13))
    nodes = np.random.default_rng(1).permutation(total.n_nodes)
    batches = [total.batch(nodes[i : i + size]) for i in range(0, len(nodes), size)]
    assert sum(batch.n_nodes for batch in batches) == total.n_nodes
    value, gradient = total(theta)
    assert sum(batch(theta)[0] for batch in batches) == pytest.approx(value, rel=1e-13)
    added = sum(batch(theta)[1] for batch in batches)
    np.testing.assert_allclose(added, gradient, rtol=1e-11, atol=1e-13)
    added = sum(batch.hessp(theta, v) for batch in batches)
    np.testing.assert_allclose(added, total.hessp(theta, v), rtol=1e-11)


@given(losses(p=st.sampled_from([2, 3, 1.5])), st.integers(1, 6))
def test_the_parts_of_a_split_add_up(drawn, n):
    """They hold their own nodes, as `Quadrature.split` shares them out, and travel."""
    loss, theta = drawn
    n = min(n, loss.n_nodes)
    parts = [pickle.loads(pickle.dumps(part)) for part in loss.split(n)]
    assert [len(p.rule) for p in parts] == [len(r) for r in loss.rule.split(n)]
    value, gradient = loss(theta)
    assert sum(part(theta)[0] for part in parts) == pytest.approx(value, rel=1e-12, abs=1e-300)
    atol = 1e-12 * (np.abs(gradient).max() + 1e-9)
    np.testing.assert_allclose(sum(part(theta)[1] for part in parts), gradient, rtol=0, atol=atol)


@pytest.mark.parametrize(("n", "sizes"), [(1, [11]), (3, [4, 4, 3]), (11, [1] * 11)])
def test_the_parts_of_a_sum_split_add_up(n, sizes):
    parts = SUM.split(n)
    assert [part.n_nodes for part in parts] == sizes
    assert sum(part(THETA)[0] for part in parts) == pytest.approx(SUM(THETA)[0], rel=1e-13)


# -- a linear solve, refusals ----------------------------------------------------------------------


@pytest.mark.parametrize("m", [1, 2])
def test_the_linear_solve_with_ridge(m):
    """(ΦᵀΦ + (μ/2) I) θ = Φᵀy, by the normal equations of a small well-conditioned case."""
    model = LinearModel.polynomial(3, [(0, 1)], m=m)
    loss = SobolevLoss(model, lambda x: (np.exp(x), x)[:m], RULE)
    fit = solve_linear(loss + Ridge(0.2, 4 * m))
    J, y = loss.jacobian(np.zeros(4 * m)), -loss.residuals(np.zeros(4 * m))
    expected = np.linalg.solve(J.T @ J + 0.1 * np.eye(4 * m), J.T @ y)
    np.testing.assert_allclose(fit.x, expected, rtol=1e-12, atol=1e-14)
    assert np.abs(fit.jac).max() < 1e-13
    assert solve_linear(loss).fun < loss(fit.x)[0]


POSITIONS = "takes a vector of positions, whole numbers from 0 to 5$"
TOO_LARGE = (
    "^loss, theta: got a Jacobian of 20,000 residuals by 20,000 parameters, 400,000,000 numbers, 3.2 GB; "
    "takes at most 10,000 residuals, or batches of the loss$"
)
NO_NODES = "^batch: a Ridge has no nodes; add it to a loss that has$"


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: SINE + 1,
            TypeError,
            "^losses: got 1, takes sums of losses, as loss .* made from Loss$",
        ),
        (lambda: np.ones(2) + SINE, TypeError, r"^losses: got array\(\[1., 1.\]\), takes sums of"),
        (
            lambda: SINE + Ridge(0.1, 12),
            ValueError,
            r"^losses: got \[13, 12\] parameters, takes the same number in each$",
        ),
        (lambda: Ridge(-1, 3), ValueError, "^mu: got -1, takes a finite number >= 0$"),
        (lambda: Ridge(1.0, 0), ValueError, "^n_parameters: got 0"),
        (lambda: Ridge(1.0, 3)([1.0]), ValueError, r"^theta: got shape \(1,\)"),
        (lambda: Ridge(1.0, 3).residuals([1.0]), ValueError, r"^theta: got shape \(1,\)"),
        (lambda: Ridge(1.0, 3).jacobian([1.0]), ValueError, r"^theta: got shape \(1,\)"),
        (lambda: Ridge(1.0, 20_000).jacobian(np.zeros(20_000)), ValueError, TOO_LARGE),
        (lambda: Ridge(1.0, 3).batch([0]), TypeError, NO_NODES),
        (lambda: SINE.batch([[0], [1, 2]]), ValueError, "^nodes: got list, not a rectangular"),
        (lambda: SINE.batch([6]), ValueError, f"^nodes: got .6., {POSITIONS}"),
        (
            lambda: SINE.batch(np.arange(6) < 3),
            TypeError,
            "^nodes: got truths, takes a vector of positions, .*, as np.flatnonzero makes of them$",
        ),
        (lambda: SINE.batch([]), TypeError, rf"^nodes: got float64 .* \(0,\), {POSITIONS}"),
        (lambda: SINE.batch([[1]]), TypeError, r"^nodes: got int64 entries of shape \(1, 1\)"),
        (lambda: SINE.batch(np.array([], int)), ValueError, r"^nodes: got \[\]"),
        (lambda: SUM.batch([-1]), ValueError, r"^nodes: got \[-1\]"),
        (lambda: SINE.split(7), ValueError, "^n: got 7 parts, takes at most the 6 nodes$"),
        (lambda: SINE.split(0), ValueError, "^n: got 0"),
        (lambda: sr.sharpness(3, [1.0]), TypeError, "^loss: got int, takes a SobolevLoss or a sum"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_a_ridge_of_one_mu_for_each_parameter():
    """Against the sum over its entries, in every face of a loss."""
    mu, theta = np.array([3.0, 0.0, 0.5]), np.array([1.0, -2.0, 4.0])
    ridge = Ridge(mu, 3)
    value, gradient = ridge(theta)
    assert value == 1.5 + 4.0 and gradient.tolist() == [3.0, 0.0, 2.0]
    r, J = ridge.residuals(theta), ridge.jacobian(theta)
    assert np.isclose(r @ r, value) and np.allclose(2 * J.T @ r, gradient)
    assert np.allclose(ridge.hessian(theta), np.diag(mu)) and repr(ridge) == "Ridge(0 to 3, 3)"
    mu[:] = 100  # the caller's array is the caller's
    assert ridge(theta)[0] == value
    for bad in ([1.0, -1.0, 0.0], [1.0, 2.0], [1.0, np.nan, 0.0]):
        with pytest.raises(ValueError, match="^mu"):
            Ridge(bad, 3)
