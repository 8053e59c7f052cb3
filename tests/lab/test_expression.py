"""What is typed is read as arithmetic of x, exactly, and nothing else is."""

import numpy as np
import pytest

from sobolev_ref import FUNCTIONS, Jet
from sobolev_ref.lab.expression import NAMES, STANDARD, read_target

X = np.linspace(0.1, 0.9, 5)


@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("x", X, np.ones(5)),
        (" x * sin(2*x) / 3 ", X * np.sin(2 * X) / 3, (np.sin(2 * X) + 2 * X * np.cos(2 * X)) / 3),
        ("-x**2", -(X**2), -2 * X),  # a power binds more tightly than a sign
        ("2**-x", 0.5**X, -np.log(2) * 0.5**X),
        ("x**0.5 - sqrt(x) + 1e0", np.ones(5), np.zeros(5)),
        ("+exp(-(x - 1)*(x - 1))", np.exp(-((X - 1) ** 2)), -2 * (X - 1) * np.exp(-((X - 1) ** 2))),
        ("cos(π*x) - cos(pi*x) + e*x", np.e * X, np.full(5, np.e)),
        ("1/(1 + 25*x**2)", 1 / (1 + 25 * X**2), -50 * X / (1 + 25 * X**2) ** 2),
        ("abs(x - 2)", 2 - X, -np.ones(5)),
    ],
)
def test_values_and_slopes_are_exact(text, value, slope):
    f, interval = read_target(text)
    assert interval == (-np.pi, np.pi)
    np.testing.assert_allclose(f(X), value, rtol=1e-14)
    jet = f(*Jet.variables(X, 1)).derivatives
    np.testing.assert_allclose(jet[0,], value, rtol=1e-14)
    np.testing.assert_allclose(jet[1,], slope, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_is_numpys(name):
    np.testing.assert_array_equal(read_target(f"{name}(x)")[0](X), getattr(np, name)(X))


def test_standard_functions_go_by_name():
    assert {"sine", "runge", "parabola"} <= set(STANDARD)
    for name in STANDARD:
        assert read_target(name) == (FUNCTIONS[name], FUNCTIONS[name].bounds()[0])


@pytest.mark.parametrize(
    ("text", "character", "why"),
    [
        ("2*y", 3, "no name that is known here"),
        ("π*x + q", 7, "no name"),  # characters, not bytes
        ("x + sin(x, 1)", 5, "sin takes one argument"),
        ("x + sin(x, where=x)", 5, "sin takes one argument"),
        ("sin(*x)", 5, "no arithmetic"),
        ("__import__('os').system('ls')", 1, "no function"),
        ("x.real", 1, "no arithmetic"),
        ("x*().__class__", 3, "no arithmetic"),
        ("eval('x')", 1, "no function"),
        ("(lambda: x)()", 1, "no function"),
        ("[x for x in x]", 1, "no arithmetic"),
        ("x if x else 1", 1, "no arithmetic"),
        ("x < 1", 1, "no arithmetic"),
        ("x and x", 1, "no arithmetic"),
        ("~x", 1, "no arithmetic"),
        ("x//2", 1, "no arithmetic"),
        ("1 + x^2", 1, "a power is written **"),
        ("x[0]", 1, "no arithmetic"),
        ("1j*x", 1, "no arithmetic"),
        ("True*x", 1, "no arithmetic"),
        ("x*'a'", 3, "no arithmetic"),
        ("x*1e999", 3, "a number beyond float64"),
        ("x*1" + 190 * "0" + "**9", 3, "no finite number"),  # as float64
        ("x*9**9**9**9", 3, "no finite number"),
        ("x + arctan(1/0)", 12, "no finite number"),  # whose limits were taken: x + π/2, x − 1
        ("x + tanh(log(0))", 10, "no finite number"),
        ("π*x + sqrt(-1)", 7, "no finite number"),
        ("(x := 2)", 2, "no arithmetic"),
        ("sin", 1, "no name"),
        ("x(2)", 1, "no function"),
        ("2x", 1, "invalid decimal literal"),
        ("sin(3*x", 4, "never closed"),
        ("x +", 4, "invalid syntax"),
        ("x; x", 2, "invalid syntax"),
        ("x = 2", None, "target"),
    ],
)
def test_what_is_no_arithmetic_is_refused_with_its_place(text, character, why):
    place = "" if character is None else rf"at character {character}, .*: "
    with pytest.raises(ValueError, match=rf"^target: {place}.*") as error:
        read_target(text)
    assert why in str(error.value) and "takes arithmetic of x" in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "   ", "x" * 201, "x\0", "\ud800", "(" * 200, "-" * 199 + "x"]
)
def test_what_is_no_text_of_a_formula(text):
    if text.endswith("-x"):
        np.testing.assert_array_equal(read_target(text)[0](X), -X)
        return
    with pytest.raises(ValueError, match="target: "):
        read_target(text)


def test_a_text_that_ends_early_is_refused_at_its_end():
    with pytest.raises(ValueError, match="^target: at character 4, the end: invalid syntax"):
        read_target("x +")


def test_nothing_but_text_is_read():
    with pytest.raises(TypeError, match="target: got 3, takes a str"):
        read_target(3)
