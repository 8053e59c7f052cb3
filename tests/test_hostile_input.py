"""Every public callable, every argument: the right answer, or TypeError or ValueError that names it.

Never a bare IndexError from within, a NaN that nobody asked for, a warning, a changed input, or a shape
that broadcasting made up. `public_face` is the table of the public face, `hostile` has the values.
"""

import warnings

import numpy as np
import pytest
from answers import same, silent_nan
from face import LOSS_1, NET_1, RULE_1, THETA_1
from public_face import ARGUMENTS, CALLS, little_memory
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.plots import figure, plot_residuals

FAR = sr.Standardizer([0.0], [1e200], [0.0], [1.0])  # a scale whose square is beyond float64


@pytest.fixture(scope="module", autouse=True)
def limited():
    with little_memory():
        yield


def complaint(call, argument, value, words):
    """What is wrong with how a call refuses a value; None if nothing is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            answer = call(**{argument: value})
    except (TypeError, ValueError) as error:
        return None if words.search(str(error)) else f"{type(error).__name__}: {error}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return f"accepted, with an answer of type {type(answer).__name__}"


@pytest.mark.parametrize("name", CALLS)
def test_the_good_call_is_good(name):
    one, two = CALLS[name](), CALLS[name]()
    assert same(one, two) and not silent_nan(one)


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_a_hostile_value_is_refused_by_name(name, argument):
    call = CALLS[name]
    arg = call.arguments[argument]
    words = call.words(argument)
    complaints = {
        label: found
        for label, value in arg.kind.hostile(arg.good())
        if (found := complaint(call, argument, value, words))
    }
    assert not complaints, "\n".join(f"{k}: {v[:300]}" for k, v in complaints.items())


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_a_good_value_in_another_dress_gives_the_same_answer(name, argument):
    call = CALLS[name]
    arg = call.arguments[argument]
    expected = call()
    different = [
        label
        for label, value in arg.kind.benign(arg.good())
        if not same(expected, call(**{argument: value}))
    ]
    assert not different


# -- through SciPy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [sr.gradient_descent, sr.momentum, sr.adam])
@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"learning_rate": "fast"}, "learning_rate: got 'fast'"),
        ({"maxiter": 2.5}, "maxiter: got 2.5"),
        ({"gtol": np.nan}, "gtol: got nan"),
        ({"rate": 1}, "options: got rate"),
    ],
)
def test_options_through_minimize(method, options, match):
    with pytest.raises((TypeError, ValueError), match=match):
        minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=method, options=options)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: sr.poincare_bound(1e308, 1e308),
            "derivative_norm, length: got numbers whose bound",
        ),
        (lambda: sr.agmon_bound(1e308, 1e308, 1e-308), "norm, derivative_norm, length: got"),
        (lambda: sr.sup_norm_certificate(1.0, 1e-320, 1e300), "integral, length: got numbers"),
        (lambda: sr.fourier_norm(np.cos, (0, 1), 1e300, 8), r"s: got 1e\+300"),
        (lambda: sr.noise_weights((1e300, 1e-300)), r"tau\[1\]: got a ratio τ_0/τ of inf"),
        (lambda: FAR.factor((2,)), r"alpha: got \(2,\), whose"),
        (lambda: sr.fit(LOSS_1, THETA_1, "adam", maxiter=1, callback=3), "callback: got 3"),
        (
            lambda: sr.SobolevLoss(NET_1, np.sin, RULE_1, workers=10**6),
            "workers: got 1000000, takes 1 to 10,000 threads",
        ),
        (lambda: figure(width=1e6), "width: got 1e[+]06, takes inches"),
        (
            lambda: plot_residuals(figure()[1][0], [2.0**60], bins=3),
            "residuals, bins: got numbers",
        ),
    ],
)
def test_what_is_beyond_float64_or_reason_is_named(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()
