"""Levenberg–Marquardt: published problems with known minima, SciPy's answers, ends, restraint, bits."""

import numpy as np
import pytest
from scipy.optimize import least_squares

import sobolev_ref as sr
from sobolev_ref.losses.loss import Loss
from sobolev_ref.optimize import levenberg_marquardt as module
from sobolev_ref.optimize.damped import Linear, Rows, Step
from sobolev_ref.optimize.ending import STUCK


class Squares(Loss):
    """‖r(θ)‖² of an analytic r; J by the complex step."""

    def __init__(self, function, start):
        self.function, self.start = function, np.array(start, dtype=float)

    @property
    def n_parameters(self):
        return len(self.start)

    @property
    def n_nodes(self):
        return 0

    def __call__(self, theta):
        r = self.residuals(theta)
        return float(r @ r), 2 * self.jacobian(theta).T @ r

    def residuals(self, theta):
        return np.array(self.function(*theta))

    def jacobian(self, theta):
        steps = theta + 1e-30j * np.eye(len(theta))
        return np.stack([np.array(self.function(*step)).imag / 1e-30 for step in steps], axis=1)

    def batch(self, nodes):
        raise TypeError("batch: no nodes")


U = np.arange(1, 16)
V, W = 16 - U, np.minimum(U, 16 - U)
BARD = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34])
BARD = np.append(BARD, [2.10, 4.39])
KOWALIK_Y = np.array([0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342])
KOWALIK_Y = np.append(KOWALIK_Y, [0.0323, 0.0235, 0.0246])
KOWALIK_U = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
T = np.arange(1, 11) / 10
# Moré, Garbow and Hillstrom 1981: residuals, start, least sum of squares
PUBLISHED = {
    "Rosenbrock": (lambda x, y: [10 * (y - x * x), 1 - x], [-1.2, 1.0], 0.0),
    "Freudenstein and Roth": (
        lambda x, y: [-13 + x + ((5 - y) * y - 2) * y, -29 + x + ((y + 1) * y - 14) * y],
        [0.5, -2.0],
        48.9842,
    ),
    "Powell badly scaled": (
        lambda x, y: [1e4 * x * y - 1, np.exp(-x) + np.exp(-y) - 1.0001],
        [0.0, 1.0],
        0.0,
    ),
    "Brown badly scaled": (lambda x, y: [x - 1e6, y - 2e-6, x * y - 2], [1.0, 1.0], 0.0),
    "Beale": (
        lambda x, y: [c - x * (1 - y**i) for i, c in ((1, 1.5), (2, 2.25), (3, 2.625))],
        [1.0, 1.0],
        0.0,
    ),
    "Bard": (lambda x, y, z: BARD - (x + U / (V * y + W * z)), [1.0] * 3, 8.21487e-3),
    "Box": (
        lambda x, y, z: np.exp(-T * x) - np.exp(-T * y) - z * (np.exp(-T) - np.exp(-10 * T)),
        [0.0, 10.0, 20.0],
        0.0,
    ),
    "Powell singular": (
        lambda a, b, c, d: [
            a + 10 * b,
            5**0.5 * (c - d),
            (b - 2 * c) ** 2,
            10**0.5 * (a - d) ** 2,
        ],
        [3.0, -1.0, 0.0, 1.0],
        0.0,
    ),
    "Kowalik and Osborne": (
        lambda a, b, c, d: (
            KOWALIK_Y - a * (KOWALIK_U**2 + KOWALIK_U * b) / (KOWALIK_U**2 + KOWALIK_U * c + d)
        ),
        [0.25, 0.39, 0.415, 0.39],
        3.07505e-4,
    ),
    "linear, rank 1": (  # m (m − 1)/(2 (2m + 1)) for m = 10
        lambda *x: [i * sum((j + 1) * x[j] for j in range(5)) - 1 for i in range(1, 11)],
        [1.0] * 5,
        90 / 42,
    ),
}


def problem(name):
    function, start, least = PUBLISHED[name]
    return Squares(function, start), least


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_problems(name):
    """(N5): the least value that is published, to its digits, and no more than SciPy's MINPACK has."""
    loss, least = problem(name)
    result = sr.fit(loss, loss.start, "lm")
    assert result.success and result.nit < 400
    assert result.fun == pytest.approx(least, rel=1e-5, abs=1e-20)
    scipys = least_squares(loss.residuals, loss.start, loss.jacobian, method="lm", xtol=1e-15)
    assert result.fun <= 2 * scipys.cost * (1 + 1e-9) + 1e-20
    assert (np.diff(result.history) <= 0).all()


def test_a_linear_problem_takes_one_step():
    """The step of the normal equations, and with fewer rows than unknowns of many solutions one."""
    rng = np.random.default_rng(0)
    for rows, columns in ((12, 5), (3, 5)):
        A, b = rng.normal(size=(rows, columns)), rng.normal(size=rows)
        loss = Squares(lambda *x, A=A, b=b: A @ np.array(x) - b, np.zeros(columns))
        result = sr.fit(loss, loss.start, "lm", maxiter=1)
        exact = np.linalg.lstsq(A, b)[0]
        np.testing.assert_allclose(A @ result.x, A @ exact, atol=1e-12)
        if rows > columns:
            np.testing.assert_allclose(result.x, exact, rtol=1e-12)


def test_the_damped_step_has_the_length_of_the_leash():
    """(N4): ‖y‖ = Δ to a tenth, on either side of the solution, and λ > 0 solves (N1)."""
    loss, _ = problem("Bard")
    r, J = loss.residuals(loss.start), loss.jacobian(loss.start)
    D = np.array([1.0, 2.0, 0.5])
    linear = Linear(Rows.of(loss, loss.start), loss.start)
    for length in (1e-6, 1e-3, 0.1):
        for start in (1e-20, 1e-3, 1.0):
            step, damping = module.leashed(linear, D, length, start, 1e-30)
            assert 0.9 * length <= np.linalg.norm(step.y) <= 1.1 * length
            stacked = np.vstack([J / D, np.sqrt(damping) * np.eye(3)])
            expected = np.linalg.lstsq(stacked, -np.append(r, np.zeros(3)))[0]
            np.testing.assert_allclose(step.y, expected, rtol=1e-8)
    step, damping = module.leashed(linear, D, 1e9, 1.0, 1e-30)  # a leash that holds nothing
    assert damping == 1e-30
    np.testing.assert_allclose(step.y / D, np.linalg.lstsq(J, -r)[0], rtol=1e-8)


class Slope(Squares):
    """One residual of one parameter, whose J is −1/2 at 0 and −1/100 elsewhere."""

    def __init__(self, at):
        super().__init__(lambda x: [at.get(float(x), 0.25)], [0.0])

    def jacobian(self, theta):
        return np.array([[-0.5 if theta[0] == 0 else -0.01]])


@pytest.mark.parametrize(
    ("at", "trials"),
    [
        (
            {0.0: 1.0, 2.0: 2.0},
            [2.0, 2.0, 0.8],
        ),  # ρ = −3: Δ = 0.2 · 10 · 2, which holds nothing, and 0.8
        ({0.0: 1.0, 2.0: 0.5}, [2.0, 6.0]),  # ρ = 3/4: the next step, 25 long, is held to Δ = 2 · 2
    ],
)
def test_the_leash_follows_the_ratio(at, trials):
    """(N5): to slope/(brought + 2 slope) of itself, or to twice the step; and a step has it to a tenth."""
    loss, taken = Slope(at), [0.0]

    class Enough(Exception):
        pass

    def residuals(theta):
        if theta[0]:
            taken.append(float(theta[0]))
        if len(taken) > len(trials):
            raise Enough
        return loss.residuals(theta)

    with pytest.raises(Enough):
        module.levenberg_marquardt(
            residuals, Rows.of(loss, loss.start), loss.start, lambda *at: None, np.ones(1)
        )
    np.testing.assert_allclose(taken[1:], trials, rtol=0.1)


def test_the_first_leash_and_gtol_to_their_factors():
    """Δ = 100 ‖r‖ in units of `scale`, also where it is 1; and gtol is one of ‖2Jᵀr‖."""

    def first(loss, scale):
        path = []
        module.levenberg_marquardt(
            loss.residuals,
            Rows.of(loss, loss.start),
            loss.start,
            lambda theta, value: path.append(theta),
            np.array([scale]),
        )
        return path[0][0]

    far = Squares(lambda x: [1e-4 * x - 2], [0.0])  # 20,000 away
    assert first(far, 1.0) == pytest.approx(200, rel=0.1)
    assert first(far, 4.0) == pytest.approx(800, rel=0.1)
    assert first(Squares(lambda x: [x - 0.01], [0.0]), 1.0) == pytest.approx(0.01)
    bowl = Squares(lambda x: [3 * x], [1.0])  # ‖∇L‖ = 18
    for gtol, steps in ((18.0, 0), (17.9, 1)):
        path = []
        module.levenberg_marquardt(
            bowl.residuals,
            Rows.of(bowl, bowl.start),
            bowl.start,
            lambda *at, path=path: path.append(at),
            gtol=gtol,
        )
        assert len(path) == steps


@pytest.mark.parametrize(
    ("length", "asked"),
    [
        (30.0, [1.0, 3.0, 5.0]),
        (11.0, [1.0]),
    ],  # Δ = 10: λ grows by (‖y‖ − Δ)/Δ; a tenth is near enough
)
def test_the_search_for_a_damping_ends(length, asked, monkeypatch):
    """Where no λ gives the length, after so many tries."""
    found = []

    class Circle:
        def step(self, D, damping):
            found.append(damping)
            return Step(D, length, 1.0, 1.0)

    monkeypatch.setattr(module, "TRIES", 2)
    module.leashed(Circle(), np.ones(1), 10.0, 1.0, 1e-30)
    assert found == asked


def test_where_cholesky_ended_the_next_step_begins_with_qr(monkeypatch):
    found = []

    class Watched(Linear):
        def __init__(self, rows, theta, by_qr=False):
            found.append(by_qr)
            super().__init__(rows, theta, by_qr)

    monkeypatch.setattr(module, "Linear", Watched)
    monkeypatch.setattr(module, "CONDITION", 1.0)
    loss, _ = problem("Bard")
    sr.fit(loss, loss.start, "lm", maxiter=2)
    assert found[:2] == [False, True]


@pytest.mark.parametrize("beyond", [np.nan, np.inf, -np.inf])
def test_a_step_to_where_r_is_not_finite_is_not_taken(beyond):
    """r has a value for |θ| < 6 alone."""

    def function(x):
        return [1 / x - 0.25, 0 * x] if abs(x) < 6 else [beyond, 0 * x]

    loss = Squares(function, [10 / 3])
    bowl = Squares(lambda x: [np.exp(-x) + 1e-3 * x if abs(x) < 6 else beyond], [5.9])
    far = sr.fit(bowl, bowl.start, "lm", maxiter=50)
    assert np.isfinite(far.history).all() and abs(far.x[0]) < 6 and far.fun <= far.history[0]
    result = sr.fit(loss, loss.start, "lm")
    assert result.success and result.x == pytest.approx([4.0], rel=1e-12)
    assert np.isfinite(result.history).all()


def test_a_jacobian_that_is_not_finite_ends_the_run():
    class Broken(sr.Ridge):
        def jacobian(self, theta):
            return np.full((2, 2), np.nan)

    result = sr.fit(Broken(1.0, 2), np.ones(2), "lm")
    assert not result.success and result.status == 2 and result.nit == 0
    assert result.message.startswith("diverged: JᵀJ is not finite; ")


def test_it_ends_by_gtol():
    """‖∇L‖₂ at most gtol, a stationary point by the stated test."""
    loss, _ = problem("Bard")
    result = sr.fit(loss, loss.start, "lm", gtol=1e-6)
    assert result.success and result.status == 0
    assert 0 < np.linalg.norm(result.jac) <= 1e-6 < np.linalg.norm(loss(loss.start)[1])
    assert result.message.startswith("stationary: ‖∇L‖ is at most gtol = 1e-06; ")


def test_units_of_theta_hardly_matter():
    """θ_j in units of 8 and 1/8: D goes along, and the path is the same to rounding."""
    loss, _ = problem("Bard")
    near = Squares(lambda x, y, z: loss.function(x, y / 8, z * 8), loss.start * [1, 8, 1 / 8])
    one, other = (sr.fit(it, it.start, "lm", maxiter=4) for it in (loss, near))
    np.testing.assert_allclose(one.x * [1, 8, 1 / 8], other.x, rtol=1e-6)
    fixed = sr.fit(loss, loss.start, "lm", x_scale=[1.0, 2.0, 0.5])
    assert fixed.success and fixed.fun == pytest.approx(8.21487e-3, rel=1e-5)


def test_a_column_of_zeros_does_not_move():
    loss = Squares(lambda x, y: [x - 1, x + 1, np.exp(x), 0 * y], [2.0, 3.0])
    result = sr.fit(loss, loss.start, "lm")
    assert result.success and result.x[1] == 3.0
    flat = sr.fit(Squares(lambda x: [1 + 0 * x, 2 + 0 * x], [1.0]), [1.0], "lm")
    assert flat.success and flat.nit == 0 and flat.x[0] == 1.0


def test_dependent_columns_give_the_same_bits():
    """MINPACK divided rounding by rounding here, and its step differed from call to call."""
    net = sr.MLP((1, 5, 1))
    loss = sr.SobolevLoss(net, np.sin, sr.gauss_legendre([(-2, 2)], 16).mean())
    theta = net.init(0)
    assert np.linalg.matrix_rank(loss.jacobian(theta)) < len(theta)
    runs = {sr.fit(loss, theta, "lm", maxiter=60).x.tobytes() for _ in range(5)}
    assert len(runs) == 1


def test_cholesky_and_qr_go_the_same_way(monkeypatch):
    """Four digits of each step are Cholesky's at least, and both end low."""
    net = sr.MLP((1, 8, 1))
    loss = sr.SobolevLoss(net, lambda x: np.exp(-x), sr.gauss_legendre([(0, 5)], 64).mean())
    mixed = sr.fit(loss, net.init(0), "lm", maxiter=150)
    monkeypatch.setattr("sobolev_ref.optimize.damped.CONDITION", 0.0)
    monkeypatch.setattr(module, "CONDITION", 0.0)
    by_qr = sr.fit(loss, net.init(0), "lm", maxiter=150)
    np.testing.assert_allclose(mixed.history[:9], by_qr.history[:9], rtol=1e-3)
    assert max(mixed.fun, by_qr.fun) < 1e-9


@pytest.mark.parametrize("unit", [1e-155, 1e-200, 1e-280])
def test_a_loss_in_a_small_unit_is_trained_as_well(unit):
    """W7: ‖∇L‖² underflows; this was "stationary" at the start, with ‖∇L‖ = 1.6e-199 beside gtol = 0."""
    rule, net = sr.gauss_legendre([(0, 3)], 20), sr.MLP((1, 4, 1))
    loss = sr.SobolevLoss(net, np.sin, rule, weights=(unit, unit))
    theta = net.init(0, bounds=rule.bounds)
    assert sr.fit(loss, theta, "lm", maxiter=60).fun < 1e-4 * loss(theta)[0]


def test_the_least_value_of_a_square_is_a_success():
    """W7: at the end ‖∇L‖ is 1e-156 and the loss 1e-313, and none is below 0."""
    fit = sr.fit(sr.Ridge(1.0, 2), [1.0, 2.0], "lm")
    assert fit.success and fit.fun < 1e-290 and "at the end of float64" in fit.message


def test_a_saddle_at_zero_gives_no_warning():
    """M: the step has the length 0 there."""
    loss = sr.SobolevLoss(sr.MLP((1, 4, 1), "sin"), np.sin, sr.gauss_legendre([(-3, 3)], 9))
    assert sr.fit(loss, np.zeros(13), "lm").fun == pytest.approx(loss(np.zeros(13))[0])


def test_a_leash_that_underflows_ends_the_run():
    """‖y‖ is 0 for steps of 1e-163, of which Δ = 2‖y‖; a quotient by it is none."""
    bowl, start, path = sr.Ridge(1e4, 2), np.array([1e-163, 2e-163]), []
    rows = Rows.of(bowl, start)
    with np.errstate(all="raise", under="ignore"):
        end = module.levenberg_marquardt(
            bowl.residuals, rows, start, lambda *at: path.append(at), np.ones(2)
        )
    assert end == (STUCK, "") and path


@pytest.mark.parametrize("seed", range(6))
def test_with_few_residuals_the_first_step_descends_from_a_long_leash(seed):
    """(N6): where λ fell to (ε‖A‖)² no digit of y was left, and the run ended uphill at its start."""
    net = sr.MLP((1, 30, 30, 1))
    rule = sr.gauss_legendre([(-6, 6)], 20).mean()
    loss = sr.SobolevLoss(net, np.sin, rule)
    theta = net.init(seed, bounds=rule.bounds)
    linear = Linear(Rows.of(loss, theta), theta)
    D, g = linear.squares.norms, linear.squares.gradient
    least = 2.0**-104 * float(((linear.squares.norms / D) ** 2).sum())
    step, _ = module.leashed(linear, D, 1e6, np.inf, least)
    assert g @ (step.y / D) < 0
    assert sr.fit(loss, theta, "lm", maxiter=3).nit == 3


@pytest.mark.parametrize("seed", range(4))
def test_two_values_at_one_point_leave_half_the_square_of_their_difference(seed):
    """(N6): r is not in the range of J, with 30 residuals and 481 parameters; the least loss is known."""
    rng = np.random.default_rng(seed)
    x = np.repeat(rng.uniform(-2, 2, (15, 1)), 2, axis=0)
    y = np.sin(x[:, 0]) + 0.1 * rng.standard_normal(30)
    net = sr.MLP((1, 20, 20, 1))
    loss = sr.SobolevLoss(net, {(0,): y}, sr.samples(x).mean())
    result = sr.fit(loss, net.init(seed, bounds=[(-2, 2)]), "lm", maxiter=1000)
    least = y.reshape(15, 2).var(axis=1).mean()
    assert result.success and result.fun == pytest.approx(least, rel=1e-9)
