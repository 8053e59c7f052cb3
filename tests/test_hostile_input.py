"""Every public callable, every argument: the right answer, or TypeError or ValueError that names it.

Never a bare IndexError from within, a NaN that nobody asked for, a warning, a changed input, or a shape
that broadcasting made up. `public_calls` is the table of the public face, `hostile` has the values.
"""

import warnings

import pytest
from face_data import DATA
from face_losses import LOSSES
from face_models import MODELS
from face_pictures import PICTURES
from face_theory import THEORY
from hostile import same

CALLS = {**MODELS, **LOSSES, **THEORY, **DATA, **PICTURES}
ARGUMENTS = [(call, argument) for call in CALLS for argument in CALLS[call].arguments]
resource = pytest.importorskip("resource")


@pytest.fixture(scope="module", autouse=True)
def little_memory():
    """Two more gigabytes of address space: what takes its size from the caller unasked gets MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**31, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


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
