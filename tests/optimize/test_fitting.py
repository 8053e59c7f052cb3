"""`fit`: the losses that each method reaches, one history for all, stops, interrupts, the progress line."""

import io
import re
import sys
import warnings

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, minimize

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, Ridge, SobolevLoss, fit, solve_linear
from sobolev_ref.optimize import fitting, methods
from sobolev_ref.optimize.methods import OWN, RUNS, Record, exponent

NET = MLP((1, 5, 1))
LOSS = SobolevLoss(NET, np.sin, sr.gauss_legendre([(-2, 2)], 16).mean())
THETA = NET.init(0)
NONLINEAR = [method for method in RUNS if method != "linear"]


def example(f, bounds, width, weights=None):
    net = MLP((1, width, 1))
    return net, SobolevLoss(net, f, sr.gauss_legendre([bounds], 64).mean(), weights=weights)


def decay(x):
    return np.exp(-x)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_levenberg_marquardt_on_the_exponential(seed):
    """A mean loss of 1e−12 is a root-mean-square error of 1e−6."""
    net, loss = example(decay, (0, 5), 8)
    result = fit(loss, net.init(seed), "lm", maxiter=1000)
    assert result.fun <= 2e-12
    assert (np.diff(result.history) < 0).all()  # every accepted step decreases the loss
    assert result.fun == pytest.approx(loss(result.x)[0], rel=1e-6)


@pytest.mark.slow
def test_levenberg_marquardt_on_the_sine():
    net, loss = example(np.sin, (-2 * np.pi, 2 * np.pi), 30)
    assert fit(loss, net.init(0), "lm", maxiter=1000).fun <= 1e-8


@pytest.mark.slow
@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS"])
def test_quasi_newton_on_the_exponential(method):
    net, loss = example(decay, (0, 5), 8)
    assert fit(loss, net.init(0), method, maxiter=2000).fun <= 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("method", ["trust-krylov", "trust-exact"])
def test_newton_s_methods_use_the_exact_hessian(method):
    result = fit(LOSS, THETA, method, maxiter=150)
    assert result.nhev > 0 and result.fun < 1e-4 * LOSS(THETA)[0]


@pytest.mark.slow
def test_the_recipe_solve_then_polish():
    """Frozen features, the last layer solved for with a little ridge, then everything moves."""
    net, loss = example(decay, (0, 5), 8)
    theta = net.init(1)
    frozen = LinearModel.from_mlp(net, theta)
    n = frozen.n_parameters
    flat = SobolevLoss(frozen, decay, loss.rule)
    theta[-n:] = fit(flat + Ridge(1e-5, n), frozen.init(), "linear").x
    result = fit(loss, theta, "lm", maxiter=1000)
    assert result.history[0] == loss(theta)[0] < 0.01
    assert result.fun < 1e-11
    wide, loss = example(np.sin, (-2 * np.pi, 2 * np.pi), 30)
    theta = wide.init(1)
    frozen = LinearModel.from_mlp(wide, theta)
    theta[-31:] = solve_linear(SobolevLoss(frozen, np.sin, loss.rule)).x
    result = fit(loss, theta, "lm", maxiter=50)
    first = result.history[0]
    assert first < 1e-17 and result.fun <= first * (1 + 1e-12)  # ‖r‖² is summed in another order


@pytest.mark.parametrize("method", NONLINEAR)
def test_every_method_has_the_same_history(method):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = fit(LOSS, THETA, method, maxiter=7)
    assert result.nit == 7 and "maxiter = 7" in result.message
    assert not result.success and result.status == 1
    assert result.history.shape == result.time_history.shape == (8,)
    assert result.history[0] == LOSS(THETA)[0] and result.history[-1] == result.fun
    assert result.fun == pytest.approx(LOSS(result.x)[0], rel=1e-12)
    assert result.time_history[0] == 0 and (np.diff(result.time_history) > 0).all()
    np.testing.assert_allclose(result.jac, LOSS(result.x)[1], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("method", NONLINEAR)
def test_the_history_is_the_loss_at_every_iterate(method):
    points = []

    def watch(intermediate_result):
        points.append(intermediate_result.x)

    result = fit(LOSS, THETA, method, maxiter=5, callback=watch)
    np.testing.assert_allclose(result.history[1:], [LOSS(x)[0] for x in points], rtol=1e-12)
    np.testing.assert_array_equal(points[-1], result.x)


@pytest.mark.parametrize("method", [*OWN, "lm", "linear", "L-BFGS-B", "trust-krylov"])
def test_a_sum_with_ridge_by_every_kind_of_method(method):
    """Linear in θ, so that all of them look for the same minimum."""
    model = LinearModel.polynomial(2, [(-1, 1)])
    loss = SobolevLoss(model, np.exp, sr.gauss_legendre([(-1, 1)], 6)) + Ridge(0.1, 3)
    by_rate = method in OWN and method != "quasi_newton"
    options = {"learning_rate": 0.03, "maxiter": 2000} if by_rate else {}
    result = fit(loss, np.zeros(3), method, **options)
    np.testing.assert_allclose(result.x, solve_linear(loss).x, atol=1e-6)
    assert result.history[0] == loss(np.zeros(3))[0] and result.history[-1] == result.fun
    assert len(result.history) == len(result.time_history) == result.nit + 1


def test_a_last_step_that_the_method_does_not_report_is_in_the_history():
    """Powell's, cut off in the middle of an iteration."""
    points = []
    result = fit(LOSS, THETA, "Powell", callback=lambda x: points.append(x), maxfev=300)
    assert result.nit == len(result.history) - 1 == len(points) + 1
    assert (result.x != points[-1]).any()
    assert LOSS(result.x)[0] == result.fun == result.history[-1] < result.history[-2]


def test_levenberg_marquardt_with_fewer_rows_than_parameters():
    """Four rows, 16 parameters: of many solutions, one."""
    loss = SobolevLoss(NET, np.sin, sr.gauss_legendre([(-2, 2)], 2))
    assert fit(loss, THETA, "lm").fun < 1e-20


def test_options_reach_the_method():
    small = fit(LOSS, THETA, "adam", maxiter=4, batch_size=5, learning_rate=1e-2, rng=3)
    assert small.message.startswith("maxiter = 4 epochs done; ")
    assert small.fun != fit(LOSS, THETA, "adam", maxiter=4, learning_rate=1e-2).fun
    assert fit(LOSS, THETA, "lm", ftol=0.1).nit < 60
    assert fit(LOSS, THETA, "L-BFGS-B", gtol=1e-2).nit < 100


@pytest.mark.parametrize("method", NONLINEAR)
@pytest.mark.parametrize("cause", [StopIteration, KeyboardInterrupt, ZeroDivisionError])
def test_what_a_callback_raises(method, cause):
    """A stop and Ctrl-C return the last finished iterate; anything else passes through."""
    points = []

    def at_three(intermediate_result):
        points.append(intermediate_result.x)
        if len(points) == 3:
            raise cause

    if cause is ZeroDivisionError:
        with pytest.raises(ZeroDivisionError):
            fit(LOSS, THETA, method, callback=at_three)
        return
    result = fit(LOSS, THETA, method, callback=at_three)
    assert result.nit == 3 and len(result.history) == len(result.time_history) == 4
    np.testing.assert_array_equal(result.x, points[-1])
    assert result.fun == result.history[-1]
    assert not result.success
    if cause is StopIteration:
        assert result.status == 99 and result.message.startswith("callback raised StopIteration; ")
    else:
        assert result.status == 130
        assert result.message.startswith("interrupted at iteration 3")


@pytest.mark.parametrize("method", ["lm", "L-BFGS-B", "adam"])
def test_ctrl_c_in_the_middle_of_an_evaluation(method, monkeypatch):
    """The iterate before it is kept, wherever the signal arrives."""
    calls = []
    original = MLP.forward

    def forward(self, theta, a, T):
        calls.append(1)
        if len(calls) == 20:
            raise KeyboardInterrupt
        return original(self, theta, a, T)

    monkeypatch.setattr(MLP, "forward", forward)
    result = fit(LOSS, THETA, method)
    assert not result.success and "interrupted" in result.message
    assert 0 < result.nit < 20 and result.fun == result.history[-1]
    assert result.fun == pytest.approx(LOSS(result.x)[0], rel=1e-12)


def test_a_callback_may_take_theta():
    points = []
    result = fit(LOSS, THETA, "lm", maxiter=4, callback=lambda x: points.append(x))
    np.testing.assert_array_equal(points[-1], result.x)


@pytest.mark.parametrize("method", ["lm", "L-BFGS-B", "adam"])
def test_a_time_limit(method):
    result = fit(LOSS, THETA, method, time_limit=1e-9)
    assert result.nit <= 1 and "time_limit" in result.message
    assert not result.success and result.status == 98


@pytest.mark.parametrize("method", NONLINEAR)
def test_no_iterations(method):
    result = fit(LOSS, THETA, method, maxiter=0)
    np.testing.assert_array_equal(result.x, THETA)
    assert not result.success and result.status == 1
    assert result.nit == 0 and result.history.tolist() == [LOSS(THETA)[0]]
    assert result.message.startswith("maxiter = 0 iterations done; ‖∇L‖ = ")


def test_same_start_same_bits_and_theta_is_not_changed():
    start = THETA.copy()
    for method in ("lm", "L-BFGS-B", "adam"):
        one, two = (fit(LOSS, start, method, maxiter=20) for _ in range(2))
        assert one.x.tobytes() == two.x.tobytes()
    np.testing.assert_array_equal(start, THETA)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_silence_but_on_a_terminal_or_when_asked(capsys, monkeypatch):
    fit(LOSS, THETA, "lm", maxiter=5)
    assert capsys.readouterr() == ("", "")
    fit(LOSS, THETA, "lm", maxiter=5, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("\n") and err.count("\n") == 1
    assert err.startswith("\rlm: iteration 0 of 5, loss ")
    assert "\rlm: iteration 5 of 5, loss " in err
    monkeypatch.setattr(sys, "stderr", Terminal())
    fit(LOSS, THETA, "adam", maxiter=5, progress=False)
    assert sys.stderr.getvalue() == ""
    fit(LOSS, THETA, "adam", maxiter=5, time_limit=1000)
    assert "\radam: iteration 5 of 5, loss " in sys.stderr.getvalue()
    assert " of 1000 s" in sys.stderr.getvalue()
    stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr(sys, "stderr", stream)  # a notebook's, which is no terminal
    fit(LOSS, THETA, "BFGS")
    assert re.search(r"\rBFGS: iteration \d+, loss \S+, \S+ s +\n$", stream.getvalue())


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: fit(lambda t: t @ t, THETA), TypeError, "loss: got function, takes a SobolevLoss"),
        (lambda: fit(LOSS, THETA[1:]), ValueError, r"theta: got shape \(15,\)"),
        (lambda: fit(LOSS, THETA * 1j), TypeError, "theta: got complex"),
        (
            lambda: fit(LOSS, THETA, "sgd"),
            ValueError,
            "method: got 'sgd', takes 'lm', 'linear', 'gra",
        ),
        (lambda: fit(LOSS, THETA, sr.adam), TypeError, "method: got"),
        (lambda: fit(LOSS, THETA, maxiter=-1), ValueError, "maxiter: got -1"),
        (
            lambda: fit(LOSS, THETA, time_limit=0),
            ValueError,
            "time_limit: got 0, takes seconds > 0$",
        ),
        (lambda: fit(LOSS, THETA, progress="yes"), TypeError, "progress: got 'yes'"),
        (lambda: fit(LOSS, THETA, callback=3), TypeError, "callback: got 3"),
        (
            lambda: fit(LOSS, THETA, "trust-constr", callback=lambda theta, state: False),
            TypeError,
            r"^callback: got a function of \(theta, state\), takes one of theta, or of inter",
        ),
        (lambda: fit(LOSS, THETA, "adam", rate=1), TypeError, "options: got rate"),
        (
            lambda: fit(LOSS, THETA, "BFGS", gtol="0"),
            TypeError,
            "^gtol: got '0', takes a finite num",
        ),
        (
            lambda: fit(LOSS, THETA, "L-BFGS-B", maxcor=-1),
            ValueError,
            "^maxcor: got -1, takes a whole number >= 1$",
        ),
        (lambda: fit(LOSS, THETA, "TNC", ftol=np.nan), ValueError, "^ftol: got nan"),
        (lambda: fit(LOSS, THETA, "lm", max_nfev=0), ValueError, "^max_nfev: got 0"),
        (
            lambda: fit(LOSS, THETA, "lm", ftol=-1),
            ValueError,
            "^ftol: got -1.*, takes a finite number >= 0$",
        ),
        (
            lambda: fit(SobolevLoss(NET, np.sin, LOSS.rule, p=1.5), THETA, "trust-ncg"),
            ValueError,
            "^method: got 'trust-ncg', which uses second derivatives, .* p = 1.5 < 2 has none; "
            "takes 'L-BFGS-B', or where the model is linear solve_convex in place of fit$",
        ),
        (lambda: fit(LOSS, THETA, "lm", x_scale="columns"), ValueError, "^x_scale: got 'columns'"),
        (lambda: fit(LOSS, THETA, "linear"), TypeError, "takes a LinearModel"),
        (
            lambda: fit(SobolevLoss(NET, np.sin, LOSS.rule, p=3), THETA, "lm"),
            ValueError,
            "p: got 3, but the loss is a sum of squares only for p = 2",
        ),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_a_window_of_a_hundred_iterations_opens_at_the_start():
    """The hundredth iterate is the first that can show a loss that rounding no longer lets change."""
    record = Record("test", lambda result: False, np.inf, False)
    record.size = lambda value: 1.0
    record.note(np.ones(1), 3.0)
    for _ in range(99):
        record(np.ones(1), 3.0)
    with pytest.raises(StopIteration):
        record(np.ones(1), 3.0)
    assert record.nit == 100 and record.status == 3


def test_a_callback_is_told_the_iteration():
    seen = []
    tell = lambda intermediate_result: seen.append(intermediate_result.nit)
    fit(LOSS, THETA, "BFGS", maxiter=3, callback=tell)
    assert seen == [1, 2, 3]


def test_a_loss_without_p_is_one_of_squares():
    wave = sr.theory.FourierLoss(NET, np.sin, (0, 1), 0, 30)
    assert exponent(wave) == exponent(wave + Ridge(1, 16)) == 2
    assert exponent(SobolevLoss(NET, np.sin, LOSS.rule, p=1.5) + Ridge(1, 16)) == 1.5


def test_gtol_ends_levenberg_marquardt():
    fits = [fit(LOSS, THETA, "lm", maxiter=200, **more) for more in ({}, {"gtol": 1e-2})]
    assert fits[1].nit < fits[0].nit and fits[1].status == 0
    assert np.linalg.norm(fits[1].jac) <= 1e-2


def test_what_is_picked_can_run(monkeypatch):
    """7: Φ of `solve_linear` is whole, in which outputs stand apart."""
    linear = sr.LinearModel.polynomial(3, [(0, 1)], m=2)
    two = SobolevLoss(linear, lambda x: (x, x**2), sr.gauss_legendre([(0, 1)], 10), order=0)
    picked = lambda loss: fit(loss, np.zeros(8), maxiter=1).method
    assert picked(two) == picked(two + sr.Ridge(1, 8)) == "linear"
    monkeypatch.setattr(fitting, "MAX_ENTRIES", 40)  # 10 rows by 4 columns an output
    assert picked(two) == "linear" and picked(two + sr.Ridge(1, 8)) == "quasi_newton"


def test_lm_goes_on_in_other_units_where_columns_are_tiny():
    """W7: ‖J_w‖ of 1e-20 is a unit in which no step is short; with units of 1 the same start is left."""
    net = sr.MLP((1, 8, 1))
    loss = SobolevLoss(net, np.sin, sr.gauss_legendre([(0, 1)], 20))
    start = 1e-20 * net.init(0)
    result = fit(loss, start, "lm", maxiter=500)
    said = (
        "; at iteration 0 no step was left in units of ‖J_j‖, and with x_scale = 1 the run went on"
    )
    assert result.fun < 1e-9 and result.nit <= 500 and result.message.endswith(said)
    ones = fit(loss, start, "lm", x_scale=np.ones(25), maxiter=500)
    np.testing.assert_array_equal(result.x, ones.x)
    assert "x_scale" not in ones.message


def test_lm_leaves_a_start_on_which_all_units_are_saturated():
    """Inputs of 1e5 without a Standardizer: units of ‖J_j‖ alone did not leave three of 40 such starts."""
    x = 1e5 * np.random.default_rng(29).uniform(-1, 1, (12, 1))
    loss = SobolevLoss(sr.MLP((1, 4, 4, 1)), {(0,): np.sin(3e-5 * x[:, 0])}, sr.samples(x))
    start = loss.model.init(29)
    assert fit(loss, start, "lm", maxiter=100).fun < 0.9 * loss(start)[0]


class Uphill(SobolevLoss):
    def jacobian(self, theta):
        return -super().jacobian(theta)


def test_lm_says_that_no_units_leave_a_step():
    result = fit(
        Uphill(sr.MLP((1, 3, 1)), np.sin, sr.gauss_legendre([(0, 1)], 9)), np.ones(10), "lm"
    )
    assert not result.success and result.status == 4 and result.nit == 0
    assert result.message.endswith("in units of ‖J_j‖, and with x_scale = 1 neither")


@pytest.mark.parametrize("method", ["lm", "L-BFGS-B", "quasi_newton", "BFGS"])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_saturated_layer_is_no_success(method, scaled):
    """All tanh are ±1 at all nodes: ∇L of their weights is 0, and u a constant beside sin x."""
    rule, net = sr.gauss_legendre([(-1, 1)], 20), sr.MLP((1, 5, 1))
    scaler = sr.Standardizer([0.0], [2.0], [0.0], [3.0])
    loss = sr.SobolevLoss(scaler.model(net) if scaled else net, np.sin, rule)
    theta = net.init(0)
    theta[5:10] = 40.0
    run = sr.fit(loss, theta, method, maxiter=300)
    assert run.fun > 1 and not run.success and run.status == 4
    assert "; hidden layer 1 is saturated at every node, so that ∇L" in run.message


def test_beside_a_ridge_a_saturated_layer_is_not_left_alone():
    """∇L of its weights is μθ, and "lm" comes back from there."""
    rule, net = sr.gauss_legendre([(0, 1)], 12), sr.MLP((1, 5, 1))
    loss = sr.SobolevLoss(net, np.sin, rule) + sr.Ridge(1e-3, 16)
    start = 1e4 * net.init(0, bounds=rule.bounds)
    run = sr.fit(loss, start, "gradient_descent", maxiter=5)
    assert "saturated" not in run.message and np.abs(run.jac[:10]).max() > 1


ZERO_AT_ZERO = [
    lambda: sr.Ridge(2.0, 3),
    lambda: (
        sr.SobolevLoss(sr.MLP((1, 3, 1)), lambda x: 0 * x, RULE_OF_0, order=0) + sr.Ridge(0.1, 10)
    ),
    lambda: (
        sr.SobolevLoss(sr.MLP((1, 3, 1), "relu"), lambda x: 0 * x, RULE_OF_0, order=0)
        + sr.Ridge(0.1, 10)
    ),
    lambda: sr.SobolevLoss(sr.LinearModel.polynomial(3, [(0, 1)]), lambda x: 0 * x, RULE_OF_0, p=4),
]
RULE_OF_0 = sr.gauss_legendre([(0, 1)], 12)


@pytest.mark.parametrize("method", ["quasi_newton", "L-BFGS-B", "BFGS", "CG", "lm"])
@pytest.mark.parametrize("loss", ZERO_AT_ZERO)
def test_a_minimum_of_0_is_reached_and_said_to_be(loss, method):
    """H or θ was NaN where L ends below 1e-300, and the run was lost, or said to diverge."""
    found = loss()
    if method == "lm" and getattr(found, "p", 2) != 2:
        pytest.skip("for p = 2")
    for seed in range(3):
        theta = np.random.default_rng(seed).normal(size=found.n_parameters)
        run = sr.fit(found, theta, method)
        assert np.isfinite(run.x).all() and run.fun <= 1e-12 * found(theta)[0]
        assert run.success or (getattr(found, "p", 2) == 4 and method != "quasi_newton"), (
            run.message
        )


@pytest.mark.parametrize("seed", range(4))
def test_a_quasi_newton_step_is_finite_at_the_end_of_float64(seed):
    """Where sᵀy is nearly 0, H is not, and where |∇L|² is 0, not even γ."""
    asked = []

    def square(theta):
        asked.append(theta)
        return float(theta @ theta), 2 * theta

    start, limits = np.random.default_rng(seed).normal(size=3), {"gtol": 0.0, "maxiter": 20}
    for fun in (square, lambda theta: (1.0, np.full(3, 1e-320))):
        run = minimize(fun, start, jac=True, method=sr.quasi_newton, options=limits)
        assert np.isfinite(run.x).all() and run.fun in (0, 1)
    assert np.isfinite(asked).all()


def test_only_what_cannot_be_below_0_ends_there():
    """½|θ|² − 1 of a caller's own: it passes 0, and its minimum is −1."""

    class Below(sr.Loss):
        n_parameters, n_nodes = 3, 1

        def __call__(self, theta):
            return 0.5 * theta @ theta - 1, theta + 0.0

        residuals = jacobian = batch = None

    run = sr.fit(Below(), np.full(3, 5.0), "L-BFGS-B")
    assert run.fun == -1


def test_a_unit_that_is_not_saturated_and_a_loss_of_nothing_are_no_matter():
    rule, net = sr.samples([-1.0, 1.0]), sr.MLP((1, 1, 1))
    steps = sr.SobolevLoss(net, {(0,): [-1.0, 1.0]}, rule)
    run = sr.fit(steps, [400.0, 0.0, 0.9, 0.0], "lm")
    assert run.success and run.fun < 1e-15
    deep = sr.MLP((1, 2, 2, 1))
    theta = deep.init(0)
    theta[2:4] = [40.0, 0.0]
    assert deep._saturated(theta, rule.nodes) == 0
    theta[2:4], theta[8:10] = 40.0, 0.0
    assert deep._saturated(theta, rule.nodes) == 1
    assert sr.LinearModel.polynomial(1, [(-1, 1)])._saturated(np.zeros(2), rule.nodes) == 0


def test_of_several_outputs_the_free_one_is_named():
    """The second has slopes alone; of the first, which has values, nothing is free."""
    data = {(0,): [[1.0, np.nan], [2.0, np.nan]], (1,): [[1.0, 3.0], [1.0, 3.0]]}
    loss = sr.SobolevLoss(sr.LinearModel.polynomial(1, [(0, 1)], m=2), data, sr.samples([0.0, 1.0]))
    run = sr.fit(loss, np.zeros(4), "L-BFGS-B")
    assert "no part of the loss sees constants in output 1: a condition" in run.message


def test_the_loss_is_that_of_the_point_and_not_what_a_method_says(monkeypatch):
    """SciPy's L-BFGS-B gives 0 for a loss that it has not evaluated, as with maxcor=0."""
    at = OptimizeResult(x=THETA, fun=0.0, success=False, status=2, message="ERROR")
    monkeypatch.setattr(methods, "minimize", lambda *args, **options: at)
    result = fit(LOSS, THETA, "L-BFGS-B")
    assert result.fun == result.history[-1] == LOSS(THETA)[0] > 0 and not result.success
