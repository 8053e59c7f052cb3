"""Every public callable, every argument: the right answer, or TypeError or ValueError that names it.

Never a bare IndexError from within, a NaN that nobody asked for, a warning, a changed input, or a shape
that broadcasting made up. `public_face` is the table of the public face, `hostile` has the values.
"""

import warnings

import numpy as np
import pytest
from hostile import same
from public_face import ARGUMENTS, CALLS, little_memory
from scipy.optimize import minimize

import sobolev_ref


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
    return f"accepted, answer {answer!r:.200}"


@pytest.mark.parametrize("name", CALLS)
def test_the_good_call_is_good(name):
    one, two = CALLS[name](), CALLS[name]()
    assert same(one, two)


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


@pytest.mark.parametrize(
    "method", [sobolev_ref.gradient_descent, sobolev_ref.momentum, sobolev_ref.adam]
)
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
