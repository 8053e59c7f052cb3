"""Random mixtures: several arguments replaced at once, arrays of any shape and any size of number.

``HYPOTHESIS_PROFILE=thorough`` tries a thousand of each.
"""

import warnings

import numpy as np
import pytest
from answers import same, silent_nan
from hypothesis import given
from hypothesis import strategies as st
from public_face import ARGUMENTS, CALLS, little_memory


@pytest.fixture(scope="module", autouse=True)
def limited():
    with little_memory():
        yield


@given(st.data())
def test_any_mixture_of_arguments(data):
    """Several arguments in another dress, one of them perhaps bad: the plain answer, or its name.

    One, as two that are wrong in the same way can be right together.
    """
    name = data.draw(st.sampled_from([n for n in CALLS if CALLS[n].arguments]))
    call = CALLS[name]
    chosen = data.draw(st.lists(st.sampled_from(list(call.arguments)), unique=True, min_size=1))
    changes, bad = {}, []
    for argument in chosen:
        arg = call.arguments[argument]
        hostile, benign = list(arg.kind.hostile(arg.good())), list(arg.kind.benign(arg.good()))
        if not bad and (data.draw(st.booleans()) or not benign):
            _, changes[argument] = hostile[data.draw(st.integers(0, len(hostile) - 1))]
            bad.append(argument)
        elif benign:
            _, changes[argument] = benign[data.draw(st.integers(0, len(benign) - 1))]
    if not bad:
        assert same(call(), call(**changes))
        return
    with pytest.raises((TypeError, ValueError)) as caught:
        call(**changes)
    assert call.words(*bad).search(str(caught.value)), f"{name}: {bad}: {caught.value}"


ARRAYS = [
    (name, argument)
    for name, argument in ARGUMENTS
    if type(CALLS[name].arguments[argument].kind).__name__ == "Numbers"
]


@given(st.sampled_from(ARRAYS), st.lists(st.integers(0, 4), max_size=3), st.data())
def test_an_array_of_any_shape_and_any_size_of_number(where, shape, data):
    """An answer without NaN, or a warning of overflow, or a refusal by name."""
    name, argument = where
    call = CALLS[name]
    entries = st.one_of(
        st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**6), 10**6)
    )
    size = int(np.prod(shape))
    numbers = data.draw(st.lists(entries, min_size=size, max_size=size))
    value = np.array(numbers, dtype=float).reshape(shape)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = call(**{argument: value})
        except (TypeError, ValueError) as error:
            named = call.words(argument).search(str(error))
            answer = 0.0 if named else error
    assert caught or not (isinstance(answer, Exception) or silent_nan(answer)), answer
