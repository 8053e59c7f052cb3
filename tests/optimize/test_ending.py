"""One meaning of success for every method, SciPy's, and the table that a result prints as."""

import re
import warnings

import numpy as np
import pytest
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Ridge, SobolevLoss, fit
from sobolev_ref.optimize.ending import (
    AT_A_KINK,
    hidden_by_rounding,
    parts_lower,
    parts_of_theta,
    size_of,
    still_falls,
)
from sobolev_ref.optimize.methods import RUNS, SCIPY

UNIT = sr.gauss_legendre([(0, 1)], 16)
NET = MLP((1, 8, 1))
SINE = SobolevLoss(NET, np.sin, UNIT)  # L(0) = ∫ sin² + cos² = 1
LINE = LinearModel.polynomial(2, [(-1, 1)])
CONVEX = SobolevLoss(LINE, np.exp, sr.gauss_legendre([(-1, 1)], 6)) + Ridge(0.1, 3)
SHOWN = r"takes those that scipy.optimize.show_options\('minimize', "  # and the method
VALUES_ONLY = ("Nelder-Mead", "Powell", "COBYLA", "COBYQA")


def value_of(loss):
    return lambda theta: float(loss(theta)[0])


@pytest.mark.parametrize("method", RUNS)
def test_success_means_that_the_minimum_is_reached(method):
    """M: on a quadratic with curvatures of 2 to 6 a success is within √rounding of the minimiser."""
    options = {"learning_rate": 0.05, "maxiter": 20_000} if method in ("adam", "momentum") else {}
    if method == "gradient_descent":
        options = {"learning_rate": "armijo"}
    result = fit(CONVEX, np.ones(3), method, **options)
    exact = sr.solve_linear(CONVEX)
    if method in ("Nelder-Mead", "COBYLA"):  # they end by the size of their simplex, 1e−4
        assert not result.success and result.status == 4
        assert "by ∇L the loss should still fall" in result.message
    else:
        assert result.success and result.status in (0, 3)
        np.testing.assert_allclose(result.x, exact.x, atol=1e-6)
    assert f"‖∇L‖ = {np.linalg.norm(result.jac):.3g}, loss = {result.fun:.6g}" in result.message
    np.testing.assert_allclose(result.jac, CONVEX(result.x)[1], atol=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.0, 1e-12, 1e-8, 1e-4, 1.0, 1e2, 1e4, 1e6])
def test_no_start_makes_a_success_that_is_none(scale):
    """W7: from 1e-8 · init "lm" said success at L = 1, ‖∇L‖ = 0.92, after one step.

    Where it says success, the best step along −∇L, by the exact curvature, brings less than 1e−12.
    """
    result = fit(SINE, scale * NET.init(0), "lm", maxiter=2000 if scale < 100 else 300)
    g = result.jac
    if result.success:
        curvature = g @ SINE.hessp(result.x, g)
        assert (g @ g) ** 2 <= 1e-12 * 2 * abs(curvature) or np.linalg.norm(g) < 1e-12
    if scale in (1e-12, 1e-8, 1e-4, 1.0):
        assert result.fun < 1e-12


@pytest.mark.slow
def test_levenberg_marquardt_ends_where_rounding_stops_it():
    """M: 9,842 iterations to 1e−15 before; here a hundred iterations lower the loss by 100 ε L(0)."""
    x = np.linspace(0, 100, 30)
    data = {(0,): 20 * np.exp(-x / 40), (1,): -0.5 * np.exp(-x / 40)}
    scaler = sr.Standardizer.from_data(x, data[(0,)])
    target, rule = scaler.target(data), scaler.rule(sr.samples(x))
    loss = SobolevLoss(NET, target, rule, weights="balanced")
    result = fit(loss, NET.init(0), "lm")
    assert result.success and result.status == 3
    assert result.nit < 4000 and result.fun < 1e-12
    assert "the last 100 iterations changed the loss by" in result.message
    size = min(result.history[0], loss(np.zeros(NET.n_parameters))[0])
    per_hundred = result.history[:-100] - result.history[100:]
    assert (per_hundred[:-1] > 100 * np.finfo(float).eps * size).all()
    assert per_hundred[-1] <= 100 * np.finfo(float).eps * size


@pytest.mark.slow
@pytest.mark.parametrize("unit", [1e-40, 1e-12, 1.0, 1e12, 1e40])
@pytest.mark.parametrize("method", ["adam", "momentum", "L-BFGS-B", "BFGS", "SLSQP", "trust-exact"])
def test_the_unit_of_the_loss_does_not_end_a_run(method, unit):
    """W13: gtol was absolute, so that a loss in small units was minimised in no step."""
    rule = sr.gauss_legendre([(-1, 1)], 6)
    loss = SobolevLoss(LINE, np.exp, sr.Quadrature(rule.nodes, unit * rule.weights))
    options = {}
    if method == "adam":
        options = {"learning_rate": 0.05, "maxiter": 20_000 if unit >= 1 else 2000}
    if method == "momentum":
        options = {"learning_rate": 0.01 / unit, "maxiter": 20_000}
    result = fit(loss, np.ones(3), method, **options)
    best = sr.solve_linear(loss)
    assert result.nit >= 1 and best.success
    if method == "adam" and unit < 1:  # its ε is in the unit of the gradient: slow, but no success
        assert result.nit == 2000 and not result.success
    else:
        assert result.success and result.fun <= best.fun + 1e-6 * unit


def test_gtol_given_is_absolute():
    """SciPy's meaning: no entry of ∇L above gtol; for the package's own, ‖∇L‖₂ at most gtol."""
    for method in ("L-BFGS-B", "BFGS", "CG"):
        result = fit(CONVEX, np.ones(3), method, gtol=1e-3)
        assert result.status == 0 and np.abs(result.jac).max() <= 1e-3
        assert "no entry of ∇L is above gtol = 0.001" in result.message
    result = fit(CONVEX, np.ones(3), "momentum", gtol=1e-3)
    assert result.status == 0 and 1e-5 < np.linalg.norm(result.jac) <= 1e-3
    loose = fit(SINE, NET.init(0), "lm", ftol=0.5)  # nobody's test of stationarity
    assert not loose.success and loose.status == 4 and loose.nit < 60
    assert loose.message.endswith("ftol = 0.5 of the loss, and a smaller ftol may go on")


@pytest.mark.slow
@pytest.mark.parametrize("p", [7, 20, 50])
@pytest.mark.parametrize("method", [None, "BFGS", "trust-exact"])
def test_a_high_power_that_is_small_is_no_rounding(p, method):
    """ε of the first loss hid L^{1/p} = 0.1 for p = 50: a success has a small norm."""
    loss = SobolevLoss(MLP((1, 4, 1)), np.sin, sr.gauss_legendre([(0, 1)], 20), p=p)
    run = fit(loss, loss.model.init(0), method, maxiter=200)
    assert not run.success or run.fun ** (1 / p) < 1e-3


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B"])
@pytest.mark.parametrize("p", [1, 1.1])
def test_what_is_hidden_along_one_ray_is_no_success_for_p_below_two(p, method):
    """1000 |a|^p + |b|^p at its valley a = 0: along −∇L it goes up on both sides, along b down to 0."""
    line, node = sr.LinearModel.polynomial(1, [(-1, 1)]), sr.Quadrature([[0.0]], [1.0])
    loss = SobolevLoss(line, lambda x: 0 * x, node, p=p, weights=(1000, 1))
    run = fit(loss, [1e-20, 1.0], method)
    assert not run.success and f"no sign of a minimum for p = {p} < 2" in run.message
    assert run.x[1] == pytest.approx(1) and loss([run.x[0], 0.5])[0] < 0.51 * run.fun


def test_the_size_of_a_loss_goes_with_it_as_the_square_of_its_norm_does():
    """For p = 4: at a loss of 1e−8 S, a norm of 1e−2, the size is 2·1e−4 S; a Ridge has no part in it."""
    loss = SobolevLoss(MLP((1, 2, 1)), np.sin, sr.gauss_legendre([(0, 1)], 20), p=4)
    start = float(loss(np.zeros(7))[0])
    for each in (loss, loss + sr.Ridge(1e-3, 7)):
        size = size_of(each, 2 * start)
        assert size(1e-8 * start) == pytest.approx(2e-4 * start, rel=1e-12)
        assert size(start) == size(3 * start) == start and size(0.0) == 0
    square = size_of(SobolevLoss(loss.model, np.sin, loss.rule), 1.0)
    assert square(1e-8) == square(1.0)
    line = SobolevLoss(LINE, np.exp, sr.gauss_legendre([(-1, 1)], 6), p=4)
    best = sr.solve_convex(line)
    run = fit(line, best.x, "BFGS")
    assert run.fun == pytest.approx(best.fun, rel=1e-9) and run.status in (0, 3, 4)


FAR = SobolevLoss(MLP((1, 6, 1)), np.sin, sr.gauss_legendre([(0, 3)], 40).mean(), p=4)


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e3, 1e5, 1e8])
@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("gradient_descent", {"learning_rate": "armijo"}),
        ("momentum", {"learning_rate": lambda k: 1e-6}),
        ("adam", {"learning_rate": 0.1}),
        ("adam", {"learning_rate": 0.1, "batch_size": 20}),
    ],
)
def test_a_start_far_out_makes_no_success_of_the_packages_own(method, options, scale):
    """W7: ‖∇L‖ = 4.9e3 was 1e−8 of that at the start, and success; of one, L-BFGS-B makes no more."""
    start = FAR.model.init(0, bounds=(0, 3))
    start[-7:] *= scale
    result = fit(FAR, start, method, maxiter=400, **options)
    if result.success:
        assert fit(FAR, result.x, "L-BFGS-B").fun > 0.999 * result.fun


def test_a_function_without_a_size_is_held_to_its_own_value():
    """W7: t⁴ from 1e3 was a success at 5.5; of 1 + t⁴ a step brings nothing at t = 1e−4."""
    quartic = lambda t, c: (c + float((t**4).sum()), 4 * t**3)
    options = {"learning_rate": "armijo", "maxiter": 100}
    for c in (0, 1):
        result = minimize(quartic, [1e3], c, jac=True, method=sr.gradient_descent, options=options)
        assert result.success is (c == 1)
        if c:
            assert "a step along -∇L brings at most 2.22e-14" in result.message
            assert result.fun < 1 + 1e-13
    ridge = fit(Ridge(1.0, 2), [1e6, 1e6], "gradient_descent", learning_rate=0.1, maxiter=200)
    assert ridge.status == 1 and 1e-12 < ridge.fun < 1e-6


def test_a_step_along_the_gradient():
    """On ½κθ² + c the best step brings ½κθ², to within a factor of the steps that are tried."""
    for c, kappa in [(1.0, 1.0), (1e-6, 50.0), (1e30, 1e-3)]:
        bowl = lambda t: c + kappa / 2 * float(t @ t)
        edge = np.sqrt(100 * np.finfo(float).eps * c * 2 / kappa)
        for size, expected in [(0.9, False), (1.3, True), (1e9, True)]:
            t = np.array([size * edge, 0.0])
            assert still_falls(bowl, t, bowl(t), kappa * t, 0.0) is expected
    assert not still_falls(lambda t: 1.0, np.ones(2), 1.0, np.zeros(2), 1.0)
    assert not still_falls(lambda t: 1 - t[0], np.ones(1), 0.0, np.ones(1), 1.0)  # the wrong sign
    # A value of 0 is no size.
    assert still_falls(lambda t: t[0] - 1, np.ones(1), 0.0, np.ones(1), 1.0)


def test_limits_of_evaluations_are_limits():
    for method, option in [("lm", "max_nfev"), ("L-BFGS-B", "maxfun"), ("Nelder-Mead", "maxfev")]:
        result = fit(SINE, NET.init(0), method, **{option: 9})
        assert not result.success and result.status == 1 and 9 <= result.nfev <= 40


def test_a_linear_solve_reports_to_the_callback():
    def stop(x):
        raise StopIteration

    result = fit(CONVEX, np.ones(3), callback=stop)
    assert result.method == "linear" and not result.success and result.status == 99


@pytest.mark.parametrize(
    ("loss", "method", "why"),
    [
        (CONVEX, "linear", "p = 2, and the model is linear in theta"),
        (SINE, "quasi_newton", "P = 25 is at most 3000"),
        (SINE + Ridge(1.0, 25), "quasi_newton", "P = 25 is at most 3000"),
        (Ridge(1.0, 3), "quasi_newton", "P = 3 is at most 3000"),
        (SobolevLoss(NET, np.sin, UNIT, p=3), "quasi_newton", "P = 25 is at most 3000"),
        (SobolevLoss(LINE, np.sin, UNIT, p=3), "quasi_newton", "P = 3 is at most 3000"),
        (
            SobolevLoss(MLP((1, 54, 54, 1)), np.sin, UNIT),
            "L-BFGS-B",
            "P = 3133 is more than 3000",
        ),
    ],
)
def test_what_is_picked_is_in_the_result(loss, method, why):
    result = fit(loss, np.full(loss.n_parameters, 0.1), maxiter=1)
    assert (result.method, result.picked) == (method, why)
    assert f"{method} (picked: {why})" in str(result)
    asked = fit(loss, np.full(loss.n_parameters, 0.1), "adam", maxiter=0)
    assert asked.picked == "" and str(asked).splitlines()[0].split() == ["method", "adam"]


def test_the_table_is_what_a_person_reads():
    loss = SobolevLoss(NET, np.sin, UNIT, weights=(1, 0.5)) + Ridge(1e-3, 25)
    result = fit(loss, NET.init(0), "L-BFGS-B", maxiter=5)
    rows = [line.split(None, 1) for line in str(result).splitlines()]
    assert [row[0] for row in rows[:2]] == ["method", "loss"]
    assert list(result.terms) == ["1: (0,)", "1: (1,)", "2: Ridge(0.001, 25)"]
    assert sum(result.terms.values()) == pytest.approx(result.fun, rel=1e-13)
    table = str(result)
    read = {row[0]: row[1] for row in rows}
    assert read["iterations"] == "5" and read["evaluations"] == f"{result.nfev}"
    assert read["success"] == "False (status 1)" and read["why"] == result.message
    assert repr(result) == table
    assert "seconds" in table and "‖∇L‖" in table
    solved = str(fit(CONVEX, np.ones(3)))
    assert re.search(r"\nrank +3\ncondition +\S+\n", solved)
    own = minimize(value_of(loss), NET.init(0), jac=lambda t: loss(t)[1], method=sr.adam)
    assert str(own).startswith("loss ") and "evaluations  1001" in str(own)
    assert list(fit(SINE, NET.init(0), maxiter=0).terms) == ["(0,)", "(1,)"]
    assert fit(Ridge(1.0, 2), [1.0, 1.0], maxiter=0).terms == {}


@pytest.mark.parametrize("theta", [1e200, 1e308])
@pytest.mark.parametrize("method", ["adam", "lm", "L-BFGS-B", None])
def test_a_start_without_a_finite_loss_is_refused(theta, method):
    """W16: the message says what the loss is there, and nothing else warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="^theta: got a start whose loss is inf, takes one wh"):
            fit(SINE, theta * NET.init(0), method)


def test_a_start_without_a_finite_gradient_is_refused():
    steep = SobolevLoss(LinearModel.polynomial(0, [(0, 1)]), lambda x: 0 * x, UNIT, order=0, p=1.5)
    assert fit(steep, [1.0], maxiter=0).fun == 1.0

    class Broken(Ridge):
        def __call__(self, theta):
            return 1.0, np.full(len(theta), np.nan)

    with pytest.raises(ValueError, match="^theta: got a start whose gradient is not, takes one"):
        fit(Broken(1.0, 2), np.ones(2), "adam")


@pytest.mark.parametrize(
    ("method", "options", "names", "takes"),
    [
        ("lm", {"restarts": 3}, "restarts", "'lm' takes ftol, gtol, x_scale, max_nfev"),
        ("lm", {"learning_rate": 1, "verbose": 2}, "learning_rate, verbose", "'lm' takes"),
        ("linear", {"gtol": 0.0}, "gtol", "'linear' takes rcond"),
        ("L-BFGS-B", {"restarts": 3}, "restarts", SHOWN + "'L-BFGS-B'"),
        ("trust-exact", {"seed": 1}, "seed", SHOWN + "'trust-exact'"),
        ("Nelder-Mead", {"gtol": 1}, "gtol", SHOWN + "'Nelder-Mead'"),
        ("trust-constr", {"tol": 1}, "tol", SHOWN + "'trust-constr'"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # as a caller may have it
def test_options_that_a_method_does_not_take_are_refused(method, options, names, takes):
    """E, E1: "L-BFGS-B" only warned of restarts; "lm" and "trust-constr" leaked SciPy's own message."""
    loss = SINE if method != "linear" else CONVEX
    with pytest.raises(TypeError, match=f"^options: got {names}; {takes}"):
        fit(loss, np.ones(loss.n_parameters), method, **options)


def test_the_package_s_own_take_jac_true_without_minimize():
    """E: "jac: got True, takes True"."""
    for method in (sr.adam, sr.gradient_descent, sr.momentum):
        direct = method(SINE, NET.init(0), jac=True, maxiter=4)
        through = minimize(SINE, NET.init(0), jac=True, method=method, options={"maxiter": 4})
        assert direct.x.tobytes() == through.x.tobytes() and direct.nfev == through.nfev == 5
    batches = [
        sr.adam(SINE, NET.init(0), jac=True, maxiter=2, batch_size=5).x,
        minimize(
            SINE, NET.init(0), jac=True, method=sr.adam, options={"maxiter": 2, "batch_size": 5}
        ).x,
    ]
    np.testing.assert_array_equal(*batches)
    armijo = sr.gradient_descent(SINE, NET.init(0), jac=True, learning_rate="armijo", maxiter=50)
    assert armijo.fun < armijo.history[0]


def test_the_test_for_rounding():
    """On c + ½κθ²: the best step along −∇L brings ½κθ², which is compared with 100 ε c."""
    for c, kappa in [(1.0, 1.0), (1e-6, 50.0), (1e30, 1e-3)]:
        bowl = lambda t: c + kappa / 2 * float(t @ t)
        edge = np.sqrt(100 * np.finfo(float).eps * c * 2 / kappa)
        for size, expected in [(0.5, True), (2.0, False)]:
            t = np.array([size * edge, 0.0])
            assert hidden_by_rounding(bowl, t, bowl(t), kappa * t, c) is expected
    assert hidden_by_rounding(lambda t: 1.0, np.ones(2), 1.0, np.zeros(2), 1.0)
    steep, at = lambda t: float(np.exp(t[0])), np.array([700.0])  # beyond float64 along a wrong ∇L
    assert not hidden_by_rounding(steep, at, steep(at), np.array([-1e300]), 1.0)


@pytest.mark.parametrize("scale", [1e50, 1e80, 1e150])
def test_a_start_far_out_is_no_success_where_a_gradient_step_descends(scale):
    """W7: an ulp of the largest weight moves the loss, and hides nothing that a short step brings."""
    net = sr.MLP((1, 8, 1))
    loss = sr.SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 1)], 20))
    fit = sr.fit(loss, scale * net.init(0), "lm")
    value, gradient = loss(fit.x)
    steps = value / (gradient @ gradient) * 0.25 ** np.arange(8)
    least = min(loss(fit.x - eta * gradient)[0] for eta in steps)
    assert not (fit.success and least < 0.99 * value)


@pytest.mark.slow
def test_a_kink_is_no_success():
    """M: for p = 1 no run ends in success, whichever of its two endings the arithmetic leads to."""
    net = sr.MLP((1, 8, 1))
    loss = sr.SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 1)], 12), p=1)
    for seed in range(6):
        fit = sr.fit(loss, net.init(seed))
        hidden = "rounding hides" in fit.message
        assert not fit.success
        assert ("which is no sign of a minimum for p = 1" if hidden else AT_A_KINK) in fit.message


@pytest.mark.parametrize("method", ["trust-constr", "trust-exact", "Newton-CG"])
@pytest.mark.parametrize("p", [1, 1.5])
def test_a_method_with_second_derivatives_is_refused_by_name_where_there_are_none(method, p):
    """M: "p: got 1, but |r|^p has a second derivative only for p >= 2" did not say what asked for one."""
    loss = SobolevLoss(NET, np.sin, UNIT, p=p) + Ridge(1.0, NET.n_parameters)
    with pytest.raises(ValueError, match=rf"^method: got '{method}', .* with p = {p} < 2 has none"):
        fit(loss, NET.init(0), method)


def test_a_step_of_scipys_beyond_float64_ends_the_run_and_is_no_fault_of_the_callers_theta():
    """∇L in units of 1e160: the squares of L-BFGS-B overflow, and its next θ is NaN."""
    result = fit(CONVEX, np.ones(3), "L-BFGS-B", x_scale=np.full(3, 1e160))
    assert not result.success and result.status == 2 and (result.x == 1).all()
    assert result.message.startswith("L-BFGS-B stepped to a θ that is not finite; ‖∇L‖")


def test_the_least_of_a_loss_beyond_float64_is_refused():
    model = sr.LinearModel.polynomial(3, [(0, 1)])
    loss = sr.SobolevLoss(model, lambda x: 1e200 * np.sin(x), sr.gauss_legendre([(0, 1)], 8))
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match="^loss: got one that is inf at its"),
    ):
        sr.solve_linear(loss)


ELSEWHERE = {
    "bounds": "call scipy.optimize.minimize",
    "constraints": "call scipy.optimize.minimize",
    "fun": "the loss is a function of theta alone",
    "args": "the loss is a function of theta alone",
    "jac": "the loss is a function of theta alone, which brings its own derivatives",
    "hess": "the loss is a function of theta alone",
    "hessp": "the loss is a function of theta alone",
    "eps": "the loss is a function of theta alone",
    "finite_diff_rel_step": "the loss is a function of theta alone",
    "loss": "the first argument is the loss, without a name; for a robust one",
    "x0": "theta is the start",
    "disp": "print.result. says how a run ended",
    "options": "give each option by its name",
    "workers": "give them to the loss",
}


@pytest.mark.parametrize("method", [*RUNS, None])
@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_minimize_takes_and_fit_does_not(method, name):
    """E1: these were raw errors of SciPy's, or had no effect and nothing was said."""
    with pytest.raises(TypeError, match=f"^{name}: fit takes none; {ELSEWHERE[name]}"):
        fit(CONVEX, np.ones(3), method, **{name: None})


def test_an_error_of_the_callback_is_no_unknown_option():
    def callback(theta):
        dict(theta, no=np.sin(theta, nothing=1))

    with pytest.raises(TypeError, match="nothing"):
        fit(CONVEX, np.ones(3), "trust-constr", callback=callback)


def test_bounds_and_constraints_are_minimizes():
    """E1: the way that the refusal names. ‖θ − c‖² is least at min(c, 2) for θ ≤ 2.

    For Σθ = 1 it is least at c less an equal share of what is too much.
    """
    c, rule = np.array([3.0, -1.0]), sr.Quadrature([0.0, 1.0], [1.0, 1.0])
    model = LinearModel(Picked(), 2, (1, 1))
    loss = SobolevLoss(model, {(0,): c}, rule)
    bounded = minimize(loss, np.zeros(2), jac=True, bounds=[(-5, 2.0)] * 2)
    np.testing.assert_allclose(bounded.x, np.minimum(c, 2.0), atol=1e-6)
    fixed = {"type": "eq", "fun": lambda t: t.sum() - 1}
    summed = minimize(loss, np.zeros(2), jac=True, constraints=[fixed])
    np.testing.assert_allclose(summed.x, c - (c.sum() - 1) / 2, atol=1e-6)


class Picked:
    """φ_1 = 1 − x and φ_2 = x, so that u(0) = θ_1 and u(1) = θ_2."""

    def __call__(self, a, T):
        return np.concatenate([T.constant(np.ones_like(a[0])) - T.padded(a), T.padded(a)], axis=-1)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_an_inverse_hessian_is_that_of_the_loss(unit):
    """E1: BFGS from the exact inverse Hessian of a quadratic takes one step, whatever the unit."""
    rule = sr.gauss_legendre([(-1, 1)], 6)
    loss = SobolevLoss(LINE, np.exp, sr.Quadrature(rule.nodes, unit * rule.weights))
    inverse = np.linalg.inv(loss.hessian(np.zeros(3)))
    result = fit(loss, np.ones(3), "BFGS", hess_inv0=(inverse + inverse.T) / 2, maxiter=1)
    np.testing.assert_allclose(result.x, sr.solve_linear(loss).x, rtol=1e-9)
    s = np.array([10.0, 1.0, 0.1])
    of_phi = (inverse + inverse.T) / (2 * np.outer(s, s))
    scaled = fit(loss, np.ones(3), "BFGS", hess_inv0=of_phi, maxiter=1, x_scale=s)
    for found in (result, scaled):  # BFGS keeps an inverse that is exact
        np.testing.assert_allclose(found.hess_inv, inverse, atol=1e-6 * abs(inverse).max())


@pytest.mark.parametrize("method", [*SCIPY, "quasi_newton"])
def test_what_a_result_has_is_of_theta_and_of_the_loss(method):
    """SciPy's methods work on φ = θ/s and L/unit, of which nothing is handed out."""
    result = fit(CONVEX, 3 * np.ones(3), method, maxiter=3, x_scale=[10.0, 1.0, 0.1])
    known = "x x0 fun jac success status message nit nfev njev nhev hess_inv method picked terms"
    known += " history time_history learning_rates"
    assert result.keys() <= {*known.split(" ")} and ("hess_inv" in result) <= (method == "BFGS")
    np.testing.assert_array_equal(result.get("x0", 3 * np.ones(3)), 3 * np.ones(3))
    value, gradient = CONVEX(result.x)
    assert result.fun == pytest.approx(value, rel=1e-12)
    np.testing.assert_array_equal(result.jac, gradient)


def test_an_inverse_hessian_of_another_shape_is_refused():
    """E1: SciPy's own message was that shapes are not aligned; None is its default."""
    with pytest.raises(ValueError, match=r"^hess_inv0: got shape \(2, 2\), takes shape \(3, 3\)$"):
        fit(CONVEX, np.ones(3), "BFGS", hess_inv0=np.eye(2))
    assert fit(CONVEX, np.ones(3), "BFGS", hess_inv0=None).success


def test_a_tolerance_of_steps_is_told_in_scipys_words():
    """E12's neighbour: "no further step was found" was said of a run that a tolerance of steps ended."""
    result = fit(SINE, NET.init(0), "BFGS", xrtol=1e-1)
    assert not result.success and result.status == 4
    said = "SciPy says 'Optimization terminated successfully', but by ∇L the loss should still fall"
    assert result.message.startswith(said)


@pytest.mark.parametrize("seed", range(3))
def test_a_rise_in_between_ends_no_run(seed):
    """E12: SLSQP climbs at times, and was stopped there: "lowered the loss by −0.0135", at 0.0154."""
    net = MLP((1, 10, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-3, 3)], 32))
    result = fit(loss, net.init(seed), "SLSQP", maxiter=400)
    assert (
        "lowered the loss by -" not in result.message
        and "changed the loss by -" not in result.message
    )
    assert result.fun < 1e-4 or (result.status, result.nit) == (
        1,
        400,
    )  # the climb of an older SLSQP


class Well(Ridge):
    """1 − exp(−‖θ‖²), which is flat far out."""

    def __call__(self, theta):
        e = np.exp(-(theta @ theta))
        return 1 - e, 2 * theta * e


def test_a_loss_above_the_start_is_no_success():
    """E12: a step too long ends where ∇L = 0 to rounding, on the plateau above the start."""
    for method, tolerance in [("gradient_descent", {}), ("momentum", {"gtol": 1e-6})]:
        result = fit(Well(1.0, 2), [0.5, 0.5], method, learning_rate=30.0, **tolerance)
        assert result.fun == 1 and np.linalg.norm(result.jac) < 1e-6
        assert not result.success and result.status == 4
        assert result.message.endswith(
            f"; the loss rose, it was {result.history[0]:.6g} at the start"
        )
    limited = fit(CONVEX, np.ones(3), "gradient_descent", learning_rate=1.0, maxiter=1)
    assert limited.status == 1 and "the loss rose, it was" in limited.message


class Noisy(Ridge):
    """μ(1 + 1e−15 θ), with the gradient of 1 − θ: it rises by less than it is rounded by."""

    def __call__(self, theta):
        return self.mu * (1 + 1e-15 * theta[0]), -np.ones(1)


@pytest.mark.parametrize("unit", [1.0, 1e6])
def test_a_rise_by_an_ulp_is_none(unit):
    """E12: ten ulps of the loss are not told, a thousand are."""
    for rate, told in [(2.0, False), (1e3, True)]:
        result = fit(Noisy(unit, 1), [0.0], "gradient_descent", learning_rate=rate, maxiter=1)
        assert result.fun > unit and ("rose" in result.message) == told


def test_rounding_is_no_rise():
    """E12: from a minimum found before, or an ulp beside it, the loss may end some 1e−30 higher."""
    best = sr.solve_linear(CONVEX).x
    for method in ("linear", "lm", "SLSQP", "BFGS"):
        result = fit(CONVEX, best, method)
        assert "rose" not in result.message and result.success


@pytest.mark.parametrize(("size", "p"), [(1e-170, 2), (1e-120, 3), (1e-60, 8)])
def test_a_start_whose_loss_underflows_is_refused(size, p):
    """At θ = 0 the loss of u = size was 0, so that most methods said success there, or far from 1."""
    constant = LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(constant, {(0,): [size, size]}, sr.samples([0.0, 1.0]), p=p)
    match = (
        "^theta: got a start whose loss is 0, as powers of its residuals are below float64; takes"
    )
    for method in ("quasi_newton", "L-BFGS-B", "adam"):
        with pytest.raises(ValueError, match=match):
            fit(loss, np.zeros(1), method)
    with pytest.raises(ValueError, match=match):
        minimize(loss, np.zeros(1), jac=True, method=sr.adam)
    for found in (sr.solve_convex(loss), fit(loss, [size * (1 + 1e-16)], "adam", maxiter=1)):
        assert found.x[0] == pytest.approx(size, rel=1e-12)
    nothing = SobolevLoss(constant, {(0,): [0.0, 0.0]}, sr.samples([0.0, 1.0]), p=p)
    assert fit(nothing + Ridge(0.0, 1), [size], "adam", maxiter=1, learning_rate=size).fun == 0
    if p == 2:
        assert fit(loss, np.zeros(1)).x[0] == pytest.approx(size, rel=1e-12)


IN_HZ = np.linspace(0, 3e9, 31)
OF_HZ = {(0,): np.sin(IN_HZ / 1e9), (1,): np.cos(IN_HZ / 1e9) / 1e9}
STIFF = SobolevLoss(MLP((1, 8, 1)), OF_HZ, sr.samples(IN_HZ), weights="balanced")


def brought_by_the_bias(result):
    """By how much the best bias of the output lowers the loss."""
    bias = np.zeros(25)
    bias[-1] = (OF_HZ[0,] - STIFF.model(result.x, IN_HZ)[:, 0]).mean()
    return result.fun - STIFF(result.x + bias)[0]


@pytest.mark.parametrize("method", [None, "L-BFGS-B", "BFGS", "lm", "gradient_descent"])
@pytest.mark.parametrize("seed", range(3))
def test_parameters_of_unlike_units_make_no_success(method, seed):
    """W13: with x in Hz no step along −∇L was left where the bias of the output alone lowers L by a tenth."""
    options = {"learning_rate": "armijo"} if method == "gradient_descent" else {}
    start = STIFF.model.init(seed, bounds=[(0, 3e9)])
    result = fit(STIFF, start, method, maxiter=300, **options)
    assert not (result.success and brought_by_the_bias(result) > 0.01)


@pytest.mark.parametrize("seed", range(3))
def test_nor_do_they_under_minimize(seed):
    for method, options in (
        (sr.quasi_newton, {"maxiter": 300}),
        (sr.gradient_descent, {"maxiter": 300, "learning_rate": "armijo"}),
    ):
        result = minimize(STIFF, STIFF.model.init(seed), jac=True, method=method, options=options)
        assert not (result.success and brought_by_the_bias(result) > 0.01)


@pytest.mark.parametrize("off", [0.0, 0.5])
def test_steps_of_parts_are_told(off):
    """The best output layer for hidden units, and one whose bias is off; the loss is stiff at both."""
    theta = STIFF.model.init(0, bounds=[(0, 3e9)])
    frozen = LinearModel.from_mlp(STIFF.model, theta)
    last = sr.solve_linear(SobolevLoss(frozen, OF_HZ, STIFF.rule, weights="balanced")).x
    theta[-len(last) :] = last
    theta[-1] += off
    value, g = STIFF(theta)
    assert parts_lower(STIFF, theta, value, g, 1.0) == (off > 0)
    assert len(parts_of_theta(STIFF, 25)) == 1 + 1 + 1 + 1
    assert parts_of_theta(Ridge(1.0, 2), 2) == []


def test_tol_is_gtol():
    """AA: the default method went on to rounding, whatever `tol` was."""
    net = MLP((1, 4, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 10))
    by_tol, by_gtol = (
        fit(loss, net.init(0), maxiter=300, **{name: 0.1}) for name in ("tol", "gtol")
    )
    assert by_tol.success and by_tol.status == 0 and by_tol.nit == by_gtol.nit < 10
    assert np.linalg.norm(by_tol.jac) <= 0.1
