"""(K1) and (K2) against condition numbers known in closed form, slower and faster, and runs of descent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr
from sobolev_ref.jets.elementary import sin_cos
from sobolev_ref.theory import condition_numbers, polyak_lojasiewicz
from sobolev_ref.theory.conditioning import PolyakLojasiewicz

PERIOD = [(0, 2 * np.pi)]
RULE = sr.gauss_legendre(PERIOD, 60)


def waves(J, power):
    """The model Σ_j θ_j cos(jx)/j^power, j = 1, …, J: A_0 = π diag(j^{−2 power}), A_1 = π diag(j² …)."""

    def features(a, T):
        j = np.arange(1, J + 1)
        return sin_cos(T.padded(a) * j, T)[1] / j**power

    return sr.LinearModel(features, J, (1, 1), name="scaled waves")


@pytest.mark.parametrize("lam", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("power", [0, 0.5, 1, 2, 3])
def test_the_ratio_has_the_closed_form_of_commuting_matrices(power, lam):
    """a_ω = ω^{−2s}: H¹ is slower for s = 0, faster from s = 1 on (K1)."""
    J = 8
    loss = sr.SobolevLoss(waves(J, power), np.sin, RULE, weights=(1, lam))
    j = np.arange(1, J + 1)
    plain, whole = j ** (-2.0 * power), j ** (-2.0 * power) * (1 + lam * j**2)
    found = condition_numbers(loss, np.zeros(J))
    assert found.plain == pytest.approx(plain.max() / plain.min(), rel=1e-9)
    assert found.sobolev == pytest.approx(whole.max() / whole.min(), rel=1e-9)
    if power == 0:
        assert found.ratio == pytest.approx((1 + lam * J**2) / (1 + lam), rel=1e-9)  # (K1)
    elif power >= 1:
        assert found.ratio == pytest.approx((1 + lam) / (1 + lam * J**2), rel=1e-9)


@pytest.mark.parametrize(("lam", "ratio"), [(1.0, 1 / 2), (4.0, 5 / 4), (100.0, 101 / 4)])
def test_a_constant_among_smooth_features_makes_a_large_weight_slower(lam, ratio):
    """1, cos x, cos(2x)/2 over a period, divided by their norms for the first two: A_0 = diag(1, 1, ¼).

    A = diag(1, 1 + λ, ¼ + λ), and λ adds nothing to the constant.
    """

    def features(a, T):
        j = np.arange(3)
        return sin_cos(T.padded(a) * j, T)[1] * np.sqrt([1 / 2, 1, 1 / 4])

    model = sr.LinearModel(features, 3, (1, 1), name="scaled waves")
    found = condition_numbers(sr.SobolevLoss(model, np.sin, RULE, weights=(1, lam)), np.zeros(3))
    assert found.ratio == pytest.approx(ratio, rel=1e-9)


def test_the_ratio_counts_the_steps_of_descent():
    """η = 1/L, an error in the slowest direction: the steps for six digits are κ(A) and κ(A_0) apart.

    (1 − 1/κ)ᵏ = 10⁻³ in δ, so that k is within 1 of ln 10³/−ln(1 − 1/κ).
    """
    for power, faster in ((0, False), (2, True)):
        steps, kappas = [], []
        for order in (0, 1):
            loss = sr.SobolevLoss(waves(4, power), lambda x: 0 * x, RULE, order=order)
            values, vectors = np.linalg.eigh(loss.hessian(np.zeros(4)))
            kappas.append(condition_numbers(loss, np.zeros(4)).sobolev)
            most = int(8 * kappas[-1]) + 1  # ln 10³ = 6.9
            options = {"learning_rate": 1 / values[-1], "maxiter": most, "gtol": 0}
            run = sr.fit(loss, vectors[:, 0], "gradient_descent", progress=False, **options)
            steps.append(int(np.argmax(run.history <= 1e-6 * run.history[0])))
        exact = [np.log(1e3) / -np.log1p(-1 / k) if k > 1 + 1e-9 else 1 for k in kappas]
        np.testing.assert_allclose(steps, exact, atol=1.01)
        assert (steps[1] < steps[0]) == faster


def test_random_tanh_features_are_the_better_with_derivatives():
    """Twelve steep ones on [−1, 1]: their A_0 falls fast with the frequency, and A less so."""
    model = sr.LinearModel.random(12, [(-1, 1)], 0)
    loss = sr.SobolevLoss(model, np.sin, sr.gauss_legendre([(-1, 1)], 60))
    found = condition_numbers(loss, model.init())
    assert found.ratio < 0.2 and found.plain > 1e6


def test_a_singular_model_has_no_condition():
    loss = sr.SobolevLoss(sr.LinearModel.polynomial(5, [(0, 1)]), np.sin, sr.samples([0.0, 1.0]))
    found = condition_numbers(loss, np.zeros(6))
    assert found.plain == found.sobolev == np.inf and np.isnan(found.ratio)
    net = sr.MLP((1, 1, 1))  # two equal columns
    theta = np.zeros(4)
    assert condition_numbers(sr.SobolevLoss(net, np.sin, RULE), theta).sobolev == np.inf


def test_derivatives_alone_can_make_the_condition_finite():
    """Two nodes, four coefficients: the values leave two directions free, the slopes none."""
    model = sr.LinearModel.polynomial(3, [(0, 1)])
    found = condition_numbers(sr.SobolevLoss(model, np.sin, sr.samples([0.0, 1.0])), np.zeros(4))
    assert found.plain == np.inf and found.sobolev < 1e3 and found.ratio == 0


# -- Polyak and Łojasiewicz ------------------------------------------------------------------------


def quadratic(seed, order=1):
    rng = np.random.default_rng(seed)
    model = sr.LinearModel.polynomial(4, [(-1, 1)])
    rule = sr.Quadrature(rng.uniform(-1, 1, (7, 1)), rng.uniform(0.1, 1, 7))
    return sr.SobolevLoss(model, lambda x: np.sin(3 * x), rule, order=order), rng


@given(SEEDS)
def test_the_inequality_holds_everywhere_and_is_attained(seed):
    """‖∇L‖² ≥ 2μ (L − L*), with equality along the slowest eigenvector (K2)."""
    loss, rng = quadratic(seed)
    constants = polyak_lojasiewicz(loss)
    mu, best = constants.constant, sr.solve_linear(loss)
    for theta in rng.normal(size=(5, 5)):
        value, gradient = loss(theta)
        assert gradient @ gradient >= 2 * mu * (value - best.fun) * (1 - 1e-9)  # (K2)
    _, vectors = np.linalg.eigh(loss.hessian(best.x))
    value, gradient = loss(best.x + 10 * vectors[:, 0])
    assert gradient @ gradient == pytest.approx(2 * mu * (value - best.fun), rel=1e-5)


def test_it_needs_no_strict_convexity():
    """3 nodes and 5 coefficients: θ* is no single point, and μ is the smallest eigenvalue that is not 0."""
    model = sr.LinearModel.polynomial(4, [(-1, 1)])
    loss = sr.SobolevLoss(model, np.sin, sr.samples([-0.5, 0.0, 0.7]), order=0)
    constants = polyak_lojasiewicz(loss)
    assert constants.flat == 2
    values = np.linalg.eigvalsh(loss.hessian(np.zeros(5)))
    assert values[1] < 1e-12 < values[2] == pytest.approx(constants.constant, rel=1e-9)
    for theta in np.random.default_rng(0).normal(size=(20, 5)):
        value, gradient = loss(theta)  # L* = 0
        assert gradient @ gradient >= 2 * constants.constant * value * (1 - 1e-12)


@pytest.mark.parametrize("factor", [0.3, 1.0, 1.6, 2.0])
def test_the_rate_bounds_every_step_and_is_attained(factor):
    """η = factor/L: L − L* falls by the rate at least, and by no more in the worst eigenspace."""
    loss, rng = quadratic(3)
    constants, best = polyak_lojasiewicz(loss), sr.solve_linear(loss)
    eta = factor / constants.lipschitz
    rate = constants.rate(eta)
    values, vectors = np.linalg.eigh(loss.hessian(best.x))
    slow = np.abs(1 - eta * values).argmax()
    for delta, attained in ((rng.normal(size=5), False), (10 * vectors[:, slow], True)):
        theta = best.x + delta
        before, gradient = loss(theta)
        after, _ = loss(theta - eta * gradient)
        assert after - best.fun <= rate * (before - best.fun) * (1 + 1e-9)
        if attained:
            assert after - best.fun == pytest.approx(rate * (before - best.fun), rel=1e-6)


@given(st.floats(0.01, 1), st.floats(1, 100))
def test_the_best_step_is_two_over_the_sum(mu, L):
    constants = PolyakLojasiewicz(mu, L)
    best = constants.rate(2 / (mu + L))
    assert best == pytest.approx(((L - mu) / (L + mu)) ** 2, rel=1e-9, abs=1e-15)
    assert all(best <= constants.rate(f * 2 / (mu + L)) for f in (0.5, 0.9, 1.1, 1.5))


def test_a_step_beyond_float64_multiplies_by_infinity():
    assert PolyakLojasiewicz(1.0, 3.0).rate(1e200) == np.inf


def test_weight_decay_adds_its_own():
    loss, _ = quadratic(1)
    both = loss + sr.Ridge(0.5, 5)
    alone, together = polyak_lojasiewicz(loss), polyak_lojasiewicz(both)
    assert together.constant == pytest.approx(alone.constant + 0.5, rel=1e-9)
    assert together.lipschitz == pytest.approx(alone.lipschitz + 0.5, rel=1e-9)
    assert together.lipschitz == pytest.approx(sr.lipschitz(both).value, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: polyak_lojasiewicz(sr.SobolevLoss(sr.MLP((1, 2, 1)), np.sin, RULE)),
            ValueError,
            "loss: got one that is not quadratic in theta",
        ),
        (
            lambda: polyak_lojasiewicz(sr.Ridge(0.0, 2)),
            ValueError,
            "loss: got one whose Hessian is zero",
        ),
        (
            lambda: condition_numbers(
                sr.SobolevLoss(waves(2, 0), np.sin, RULE, weights=(0, 1)), np.zeros(2)
            ),
            ValueError,
            "^loss: got one without values, λ_0 = 0; takes λ_0 > 0$",
        ),
        (
            lambda: condition_numbers(sr.SobolevLoss(waves(2, 0), np.sin, RULE, p=3), np.zeros(2)),
            ValueError,
            "p: got 3",
        ),
        (
            lambda: condition_numbers(sr.Ridge(1, 2), [0, 0]),
            TypeError,
            "loss: got Ridge.*, takes a SobolevLoss$",
        ),
        (
            lambda: PolyakLojasiewicz(1.0, 3.0).rate(0),
            ValueError,
            "^learning_rate: got 0.*, takes a finite number > 0$",
        ),
    ],
)
def test_unusable_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()
