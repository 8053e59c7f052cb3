"""The optimisers against recurrences solved by hand, and SciPy's conventions for methods."""

import re
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref import adam, gradient_descent, momentum

METHODS = [gradient_descent, momentum, adam]
RATE = "a finite number > 0 or a function of the step that returns one"
CURVATURE = np.array([0.3, 1.0, 4.0])


def quadratic(theta):
    """L = ½ Σ c_i θ_i²."""
    return 0.5 * CURVATURE @ theta**2, CURVATURE * theta


def run(method, fun=quadratic, x0=(1.0, -2.0, 0.5), callback=None, **options):
    return minimize(fun, x0, jac=True, method=method, callback=callback, options=options)


@given(st.floats(0.01, 0.49), st.integers(0, 40))
def test_gradient_descent_multiplies_each_mode_by_one_minus_eta_c(rate, steps):
    """(D7) on a quadratic: θ_k = (1 − ηc)^k θ_0, where θ − ηcθ rounds as θ does, however small it is."""
    fit = run(gradient_descent, learning_rate=rate, maxiter=steps, gtol=0)
    factor = 1 - rate * CURVATURE
    path = [factor**k * [1.0, -2.0, 0.5] for k in range(steps + 1)]
    before = np.abs(path[max(steps - 1, 0)])
    rounding = 1e-12 * np.abs(path[-1]) + steps * 2**-50 * before
    assert (np.abs(fit.x - path[-1]) <= rounding).all()
    np.testing.assert_allclose(
        fit.history, [quadratic(t)[0] for t in path], rtol=1e-11, atol=1e-300
    )


def test_algorithm_1_adds_the_two_gradients_of_the_mean():
    """(A1): value and derivative gradient 2/N Σ r ∂u/∂θ, added with λ, times η."""
    net = sr.MLP((1, 5, 1))
    theta, rule = net.init(0), sr.midpoint([(0, 2)], 10).mean()
    parts = [sr.SobolevLoss(net, np.sin, rule, weights=w)(theta)[1] for w in [(1, 0), (0, 1)]]
    loss = sr.SobolevLoss(net, np.sin, rule, weights=(1, 0.3))
    fit = run(gradient_descent, loss, theta, learning_rate=0.05, maxiter=1)
    np.testing.assert_allclose(fit.x, theta - 0.05 * (parts[0] + 0.3 * parts[1]), rtol=1e-13)


@given(st.floats(0.01, 0.3), st.floats(0, 0.95), st.integers(1, 30))
def test_momentum_is_the_three_term_recurrence(rate, beta, steps):
    """θ_{k+1} = θ_k − η c θ_k + β (θ_k − θ_{k−1})."""
    fit = run(momentum, learning_rate=rate, beta=beta, maxiter=steps, gtol=0)
    old = now = np.array([1.0, -2.0, 0.5])
    for _ in range(steps):
        old, now = now, now - rate * CURVATURE * now + beta * (now - old)
    np.testing.assert_allclose(fit.x, now, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("method", "defaults"),
    [
        (gradient_descent, {"learning_rate": 0.01}),
        (momentum, {"learning_rate": 0.01, "beta": 0.9}),
        (adam, {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    ],
)
def test_the_defaults_are_the_documented_ones(method, defaults):
    np.testing.assert_array_equal(run(method, maxiter=9).x, run(method, maxiter=9, **defaults).x)
    assert run(method, lambda t: (t[0], np.array([1.0, 0.0, 0.0]))).nit == 1000


def test_momentum_without_memory_is_gradient_descent():
    one = run(momentum, learning_rate=0.1, beta=0.0, maxiter=20)
    two = run(gradient_descent, learning_rate=0.1, maxiter=20)
    np.testing.assert_allclose(one.x, two.x, rtol=1e-14)


def test_adam_by_its_unrolled_means():
    """m̂ = Σ β₁^{t−i} g_i / Σ β₁^{t−i}, and v̂ likewise with g² and β₂: weighted means of the past."""
    rate, b1, b2, eps = 0.05, 0.8, 0.95, 1e-3
    theta, past = np.array([1.0, -2.0, 0.5]), []
    for t in range(12):
        past.append(quadratic(theta)[1])
        age = np.arange(t, -1, -1)[:, None]
        m = (b1**age * past).sum(0) / (b1**age).sum()
        v = (b2**age * np.square(past)).sum(0) / (b2**age).sum()
        theta = theta - rate * m / (np.sqrt(v) + eps)
    fit = run(adam, learning_rate=rate, beta1=b1, beta2=b2, epsilon=eps, maxiter=12)
    np.testing.assert_allclose(fit.x, theta, rtol=1e-13)


@given(st.floats(1e-3, 0.5), st.floats(-3, 3).filter(lambda e: abs(e) > 0.1))
def test_adams_first_step_is_eta_whatever_the_scale(rate, exponent):
    scale = 10.0**exponent
    scaled = lambda t: (scale * quadratic(t)[0], scale * quadratic(t)[1])
    fit = run(adam, scaled, learning_rate=rate, maxiter=1)
    np.testing.assert_allclose(np.abs(fit.x - [1, -2, 0.5]), rate, rtol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_a_schedule_is_a_function_of_the_step(method):
    seen = []
    fit = run(method, learning_rate=lambda k: seen.append(k) or 0.1 / (k + 1), maxiter=5)
    assert seen == [0, 1, 2, 3, 4] and fit.nit == 5
    constant = run(method, learning_rate=lambda k: 0.01, maxiter=7)
    np.testing.assert_array_equal(constant.x, run(method, learning_rate=0.01, maxiter=7).x)


@pytest.mark.parametrize("method", METHODS)
def test_the_result_is_scipys(method):
    fit = run(method, learning_rate=0.05, maxiter=30)
    assert not fit.success and fit.status == 1
    assert fit.message.startswith("maxiter = 30 steps done; ‖∇L‖ = ")
    assert fit.nit == 30 and fit.nfev == fit.njev == 31 and fit.history.shape == (31,)
    assert fit.history[0] == quadratic(np.array([1, -2, 0.5]))[0]
    value, gradient = quadratic(fit.x)
    assert fit.fun == fit.history[-1] == value
    np.testing.assert_array_equal(fit.jac, gradient)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", [{"options": {"gtol": 1e-3}}, {"tol": 1e-3}])
def test_stops_at_a_small_gradient(method, how):
    options = {"learning_rate": 0.05, "maxiter": 5000} | how.get("options", {})
    how = how | {"options": options}
    fit = minimize(quadratic, [1.0, -2.0, 0.5], jac=True, method=method, **how)
    assert fit.success and fit.status == 0 and "stationary" in fit.message
    assert np.linalg.norm(fit.jac) <= 1e-3 and 0 < fit.nit < 5000
    start = minimize(quadratic, [0.0, 0.0, 0.0], jac=True, method=method)
    assert start.nit == 0 and start.success
    at_the_limit = run(method, lambda t: (1.0, np.array([3.0, 4.0])), [0.0, 0.0], gtol=5.0)
    assert at_the_limit.nit == 0
    why = "stationary: ‖∇L‖ is at most gtol = 5; ‖∇L‖ = 5, loss = 1"
    assert at_the_limit.message == why and at_the_limit.success


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["hess", "hessp"])
def test_second_derivatives_that_are_not_used_are_warned_of(method, name):
    """As SciPy warns for its own methods."""
    with pytest.warns(RuntimeWarning, match=f"^{name}: not used by this method") as caught:
        minimize(quadratic, np.ones(3), jac=True, method=method, **{name: lambda *t: np.eye(3)})
    assert len(caught) == 1


def test_an_explicit_gtol_goes_before_tol():
    options = {"gtol": 0.0, "maxiter": 2}
    fit = minimize(quadratic, np.ones(3), jac=True, method=adam, tol=1e9, options=options)
    assert fit.nit == 2
    with pytest.raises(ValueError, match="^tol: got -1, takes a finite number >= 0$"):
        minimize(quadratic, np.ones(3), jac=True, method=adam, tol=-1.0)


def test_no_steps_at_all():
    fit = run(adam, maxiter=0)
    np.testing.assert_array_equal(fit.x, [1, -2, 0.5])
    assert fit.nit == 0 and len(fit.history) == 1


@pytest.mark.parametrize("method", METHODS)
def test_callbacks(method):
    seen, points = [], []

    def report(intermediate_result):
        seen.append((intermediate_result.nit, intermediate_result.fun))
        np.testing.assert_array_equal(intermediate_result.jac, CURVATURE * intermediate_result.x)
        intermediate_result.x[:] = np.nan  # the callback's copy is its own

    fit = run(method, callback=report, learning_rate=0.05, maxiter=4)
    assert [nit for nit, _ in seen] == [1, 2, 3, 4]
    np.testing.assert_array_equal([fun for _, fun in seen], fit.history[1:])

    fit = run(method, callback=lambda xk: points.append(xk), learning_rate=0.05, maxiter=4)
    assert len(points) == 4
    np.testing.assert_array_equal(points[-1], fit.x)


def test_a_callback_may_have_no_signature():
    """As a list's append has none, or Python's own may not."""
    points = []
    fit = run(METHODS[0], callback=points.append, learning_rate=0.05, maxiter=3)
    assert len(points) == 3
    np.testing.assert_array_equal(points[-1], fit.x)
    last = deque(maxlen=1)
    run(METHODS[0], callback=last.append, learning_rate=0.05, maxiter=3)
    np.testing.assert_array_equal(last[0], fit.x)


@pytest.mark.parametrize("method", METHODS)
def test_stop_iteration_ends_the_run_cleanly(method):
    def stop_at_three(intermediate_result):
        if intermediate_result.nit == 3:
            raise StopIteration

    fit = run(method, callback=stop_at_three, learning_rate=0.05, maxiter=100)
    assert fit.nit == 3 and fit.status == 99
    assert fit.message.startswith("callback raised StopIteration; ")
    np.testing.assert_array_equal(fit.x, run(method, learning_rate=0.05, maxiter=3).x)
    assert fit.history.shape == (4,) and not fit.success


def test_another_exception_of_the_callback_passes_through():
    with pytest.raises(ZeroDivisionError):
        run(adam, callback=lambda xk: 1 / 0, maxiter=3)


@pytest.mark.parametrize("method", [gradient_descent, momentum])
def test_divergence_is_reported_with_the_last_finite_theta(method):
    """L = ½c θ² with ηc = 8: |θ| grows until θ² overflows; no warning, no NaN in the result."""
    fit = run(method, lambda t: ((t @ t) / 2, t), [1.0], learning_rate=8.0, maxiter=10_000)
    assert not fit.success and fit.status == 2
    assert fit.message.startswith(
        f"diverged at iteration {fit.nit + 1}: the loss is inf; x is the last finite iterate; "
    )
    assert np.isfinite(fit.x).all() and np.isfinite(fit.fun) and np.isfinite(fit.jac).all()
    assert np.isfinite(fit.history).all() and len(fit.history) == fit.nit + 1
    if method is gradient_descent:  # θ_k = (−7)^k
        np.testing.assert_allclose(fit.x, (-7.0) ** fit.nit, rtol=1e-12)


def test_divergence_of_a_network_by_any_road():
    net = sr.MLP((1, 8, 1), "identity")
    loss = sr.SobolevLoss(net, np.sin, sr.midpoint([(0, 1)], 8))
    fit = run(gradient_descent, loss, net.init(0), learning_rate=1e3, maxiter=500)
    assert not fit.success and "diverged at iteration" in fit.message
    assert np.isfinite(loss(fit.x)[0])
    for cause, fun in [
        ("the loss is nan", lambda t: (np.nan, t)),
        ("the gradient is not finite", lambda t: (1.0, t * np.inf)),
    ]:
        fit = run(adam, fun, [1.0])
        assert fit.success is False
        why = f"nothing to start from: {cause} at x0, which x is; "
        assert fit.message.startswith(why)
        np.testing.assert_array_equal(fit.x, [1.0])
        assert np.isnan(fit.fun) and np.isnan(fit.jac).all() and fit.jac.shape == (1,)
        assert (fit.nit, fit.nfev, fit.njev, fit.status) == (0, 1, 1, 2)
        assert len(fit.history) == len(fit.gradient_norms) == len(fit.learning_rates) == 0
    fit = run(gradient_descent, lambda t: (1.0, np.array([1e308])), [1.0], learning_rate=1e3)
    assert fit.message.startswith("diverged at iteration 1: theta is not finite;")
    assert fit.x == [1.0] and fit.fun == 1.0 and fit.jac == [1e308]


def test_adam_reports_a_gradient_whose_square_overflows():
    fit = run(adam, lambda t: (1.0, 1e200 * np.ones(1)), [1.0])
    assert not fit.success and "diverged at iteration 1" in fit.message and fit.x == [1.0]


@pytest.mark.parametrize("shape", [(1, 3), (1,), (4,)])
def test_a_gradient_of_the_wrong_shape_is_refused(shape):
    message = f"jac: got shape {shape}, takes shape (3,)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        run(adam, lambda t: (1.0, np.ones(shape)))


def test_a_function_that_writes_into_theta_does_no_harm():
    def careless(theta):
        value, gradient = quadratic(theta.copy())
        theta[:] = 0
        return value, gradient

    ends = [
        gradient_descent(lambda t: f(t)[0], np.ones(3), jac=lambda t: f(t)[1], maxiter=3).x
        for f in (careless, quadratic)
    ]
    np.testing.assert_array_equal(*ends)


def backtrack(fun, x0, **options):
    return run(gradient_descent, fun, x0, learning_rate="armijo", **options)


def test_armijo_needs_no_constant_and_never_rises():
    """On ½cθ² with c up to 4, from η = 1 > 2/c: every step is accepted by the decrease it brings."""
    fit = backtrack(quadratic, [1.0, -2.0, 0.5], maxiter=300, gtol=1e-10)
    assert fit.success and fit.fun < 1e-18
    steps = fit.learning_rates
    assert len(steps) == fit.nit and fit.gradient_norms.shape == fit.history.shape == (fit.nit + 1,)
    decrease = fit.history[:-1] - fit.history[1:]
    assert (decrease >= 1e-4 * steps * fit.gradient_norms[:-1] ** 2 * (1 - 1e-9)).all()
    assert fit.nfev > fit.njev == fit.nit + 1
    assert set(np.log2(steps) % 1) == {0.0}  # halved and doubled from 1


def test_armijo_starts_from_twice_the_last_step():
    """c = 1.5 · 2²⁰: 1, ½, …, 2⁻²⁰ at first, then 2⁻¹⁹ (which doubles |θ|) and 2⁻²⁰ (which halves it)."""
    c = 1.5 * 2**20
    steep = lambda t: (c / 2 * (t @ t), c * t)
    fit = backtrack(steep, [1.0], maxiter=10, gtol=0.0)
    np.testing.assert_array_equal(fit.learning_rates, [2.0**-20] * 10)
    assert fit.nfev == 1 + 21 + 9 * 2  # the step that is taken is evaluated once
    assert fit.x == [(-0.5) ** 10]


def test_armijo_takes_a_step_that_brings_just_enough():
    """The loss falls by 10⁻⁴ a unit where the gradient says 1: equality in Armijo's condition."""
    fit = backtrack(lambda t: (1e-4 * (1 + t[0]), np.ones(1)), [0.0], maxiter=1)
    assert fit.x == [-1.0] and fit.learning_rates == [1.0]


def test_armijo_takes_no_step_that_brings_nothing():
    """10⁻⁴ η‖g‖² underflows to 0 as η is halved, and 0 is no decrease."""
    flat = lambda t: (1.0, np.full(1, 1e-155))
    fit = backtrack(flat, [0.0], gtol=0.0)
    assert fit.status == 4 and fit.nit == 0 and not fit.success


def test_armijo_stops_where_rounding_leaves_no_decrease():
    """L = 1 + ½‖θ‖²: below ‖θ‖ = 1e-8 the loss is 1 to rounding."""
    bowl = lambda t: (1 + (t @ t) / 2, t)
    fit = backtrack(bowl, [3e-9, 0.0, 4e-9], gtol=0.0)
    assert fit.success and fit.status == 3 and fit.nit == 0
    why = "rounding hides what a step along -∇L could bring; ‖∇L‖ = 5e-09, loss = 1"
    assert fit.message == why and len(fit.learning_rates) == 0


@pytest.mark.parametrize("scale", [-1.0, -1e-6, -1e6, 1e9])
@pytest.mark.parametrize("fun", [quadratic, lambda t: (np.exp(t.sum()), np.exp(t.sum()) * t**0)])
def test_armijo_with_a_gradient_that_is_not_one_does_not_say_success(fun, scale):
    """W16: of the wrong sign, or of another length, so that no step meets Armijo's condition."""
    wrong = lambda t: (fun(t)[0], scale * fun(t)[1])
    fit = backtrack(wrong, [1.0, -2.0, 0.5])
    assert not fit.success and fit.status == 4 and fit.nit == 0
    assert "by ∇L the loss should still fall" in fit.message
    constant = backtrack(lambda t: (1.0, np.ones(3)), np.ones(3))
    assert not constant.success and constant.status == 4


def test_armijo_steps_back_from_where_the_loss_is_infinite():
    fit = backtrack(lambda t: (-np.log(t[0]) + t[0], 1 - 1 / t), [1e-3], maxiter=200)
    assert fit.x[0] == pytest.approx(1, abs=1e-6) and (np.diff(fit.history) <= 0).all()


def test_armijo_steps_back_from_where_numbers_end():
    """L = −θ: steps double, θ overflows after some 1,023 of them, and then they halve again."""
    fit = backtrack(lambda t: (-t[0], np.array([-1.0])), [0.0], maxiter=1100)
    assert not fit.success and np.isfinite(fit.x).all()  # W16: no minimum is there
    assert fit.x[0] > 1e308 and (np.diff(fit.history) < 0).all()


def test_armijo_doubles_its_step_to_the_largest_number_and_no_further():
    """L = −1e−150 θ: an infinite η could be halved for ever."""
    fit = backtrack(lambda t: (-1e-150 * t[0], np.array([-1e-150])), [0.0], maxiter=1100, gtol=0.0)
    assert fit.nit == 1100 and fit.status == 1 and fit.learning_rates[-1] == np.finfo(float).max


def test_the_starting_point_is_not_changed():
    x0 = np.array([1.0, -2.0, 0.5])
    run(adam, x0=x0, maxiter=3)
    np.testing.assert_array_equal(x0, [1, -2, 0.5])


def test_arguments_reach_the_function():
    options = {"learning_rate": 0.5, "maxiter": 1}

    def descend(fun, args, jac):
        return minimize(fun, [0.0], args, jac=jac, method=gradient_descent, options=options)

    both = lambda t, a, b: (((t - a) ** 2).sum() + b, 2 * (t - a))
    fit = descend(both, (3.0, 5.0), True)
    assert fit.x == [3.0] and fit.fun == 5.0
    assert descend(lambda t, a: (t - a) @ (t - a), (3.0,), lambda t, a: 2 * (t - a)).x == [3.0]
    assert descend(lambda t: (t - 3) @ (t - 3), (), lambda t: 2 * (t - 3)).x == [3.0]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"learning_rate": 0}, ValueError, f"^learning_rate: got 0, takes {RATE}$"),
        ({"learning_rate": -1e-3}, ValueError, "^learning_rate: got -0.001"),
        ({"learning_rate": np.nan}, ValueError, "^learning_rate: got nan"),
        ({"learning_rate": "fast"}, TypeError, f"^learning_rate: got 'fast', takes {RATE}$"),
        ({"learning_rate": lambda k: -1.0}, ValueError, f"^learning_rate: got -1, takes {RATE}$"),
        ({"learning_rate": lambda k: 0.0}, ValueError, "^learning_rate: got 0"),
        ({"maxiter": -1}, ValueError, "^maxiter: got -1"),
        ({"maxiter": 1.5}, TypeError, "^maxiter: got 1.5"),
        ({"gtol": -1.0}, ValueError, "^gtol: got -1, takes a finite number >= 0$"),
        ({"gtol": "0"}, TypeError, "^gtol: got '0'"),
        (
            {"stepsize": 1.0, "lr": 2},
            TypeError,
            r"^options: got lr, stepsize; takes maxiter, gtol, and update \(quasi_newton\) or "
            r"learning_rate \(the others\), with beta \(momentum\), beta1, beta2, epsilon "
            r"\(adam\), batch_size, rng \(both\)$",
        ),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_bad_options(method, options, error, match):
    with pytest.raises(error, match=match):
        run(method, **options)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: run(momentum, beta=1.0), r"^beta: got 1.0, takes a number in \[0, 1\)$"),
        (lambda: run(momentum, beta=-0.1), r"^beta: got -0.1, takes a number in \[0, 1\)$"),
        (lambda: run(adam, beta1=-0.1), "^beta1: got -0.1"),
        (lambda: run(adam, beta2=2.0), "^beta2: got 2"),
        (lambda: run(adam, epsilon=0.0), "^epsilon: got 0, takes a finite number > 0$"),
        (
            lambda: minimize(quadratic, np.ones(3), jac=True, method=adam, bounds=[(0, 1)] * 3),
            "^bounds, constraints: not taken by this method; use SciPy's 'L-BFGS-B' or 'SLSQP'$",
        ),
        (
            lambda: minimize(
                quadratic, np.ones(3), jac=True, method=adam, constraints={"type": "eq", "fun": sum}
            ),
            "constraints",
        ),
        (lambda: run(adam, x0=[np.nan, 0, 0]), "^x0: got 1 NaN"),
        (
            lambda: gradient_descent(lambda t: 0, np.ones((2, 2)), jac=lambda t: t),
            r"^x0: got shape \(2, 2\), takes shape \(P,\)$",
        ),
    ],
)
def test_bad_values(call, match):
    with pytest.raises(ValueError, match=match):
        call()


COMPLEX = "got complex entries, takes real numbers$"


@pytest.mark.parametrize(
    ("fun", "jac", "error", "match"),
    [
        (3, np.ones, TypeError, "^fun: got 3, takes a function$"),
        (
            np.sum,
            None,
            TypeError,
            r"^jac: got None, takes True \(fun returns loss and gradient\) or a f",
        ),
        (
            np.sum,
            True,
            TypeError,
            "^jac: got True, but fun returned float64; takes True where fun ret",
        ),
        (
            lambda t: (1.0,),
            True,
            TypeError,
            "^jac: got True, but fun returned tuple; takes True wh",
        ),
        (np.sum, 3, TypeError, "^jac: got 3, takes .* or a function that returns the gradient$"),
        (lambda t: "low", np.ones, TypeError, "^fun: got <U3 entries, takes real numbers$"),
        (lambda t: 1j, np.ones, TypeError, "^fun: " + COMPLEX),
        (
            lambda t: t,
            np.ones,
            ValueError,
            r"^fun: got shape \(3,\), takes one number as its answer$",
        ),
        (np.sum, lambda t: ["low"] * 3, TypeError, "^jac: got <U3 entries, takes real numbers$"),
        (np.sum, lambda t: 1j * t, TypeError, "^jac: " + COMPLEX),
    ],
)
def test_what_is_no_loss_or_no_gradient_of_one(fun, jac, error, match):
    with pytest.raises(error, match=match):
        gradient_descent(fun, np.zeros(3), jac=jac)


def test_a_loss_of_one_entry_is_a_number():
    fit = gradient_descent(lambda t: [[t @ t]], [2.0], jac=lambda t: 2 * t, maxiter=0)
    assert fit.fun == 4.0 and isinstance(fit.fun, float)


def test_a_callback_must_be_callable():
    with pytest.raises(TypeError, match="^callback: got 3, takes a function$"):
        run(adam, callback=3)


def test_scipys_own_methods_take_the_loss_as_it_is():
    net = sr.MLP((1, 6, 1))
    loss = sr.SobolevLoss(net, np.sin, sr.gauss_legendre([(-1, 1)], 12))
    theta = net.init(0)
    for method in ("L-BFGS-B", "BFGS", "CG"):
        fit = run(method, loss, theta, maxiter=200)
        assert fit.fun < 1e-3 * loss(theta)[0]
