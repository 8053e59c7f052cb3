"""Every public callable, every argument: the right answer, or TypeError or ValueError that names it.

Never a bare IndexError from within, a NaN that nobody asked for, a warning, a changed input, or a shape
that broadcasting made up. `public_calls` is the table of the public face, `hostile` has the values.
"""

import warnings

import pytest
from hostile import same, silent_nan
from public_calls import CALLS

import sobolev_ref as sr

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
    return f"accepted, with an answer of type {type(answer).__name__}"


def test_nothing_public_is_left_out():
    """But for what is abstract, what is only returned, and a plain expression of arrays."""
    left_out = {"Loss", "Coverage", "MergedSamples", "Saved", "black_scholes"}
    public = {name for name, thing in vars(sr).items() if callable(thing) and name[0] != "_"}
    assert public - set(CALLS) == left_out


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
