"""A function of x that somebody typed, read as arithmetic and as nothing else.

    f = number | x | pi | e | +f | −f | f + f | f − f | f * f | f / f | f ** f | sin(f), …

Python's own parser makes the tree, and every node of it must be one of these: nothing is ever run as
Python. The function takes arrays or jets, so that its slopes are exact. Standard functions of one variable
go by their names, and bring the interval on which they are usually shown.
"""

import ast
import math
import operator
import sys
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from .._checks import as_text
from ..data.functions import FUNCTIONS

Function = Callable[[Any], Any]
INTERVAL = (-math.pi, math.pi)  # of what is typed
LARGEST = sys.float_info.max
LONGEST = 200  # characters, so that no tree is too deep
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}
NAMES = ("sin", "cos", "tan", "exp", "log", "sqrt", "sinh", "cosh", "tanh", "arctan", "abs")
OPERATIONS: Mapping[type, Callable[..., Any]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.Pow: np.power,  # of floats, which neither grow without end nor raise
        ast.UAdd: operator.pos,
        ast.USub: operator.neg,
    }
)
STANDARD = tuple(name for name, f in FUNCTIONS.items() if f.d == 1)
TAKES = (
    f"takes arithmetic of x, such as x*sin(2*x)/3, with {', '.join(NAMES)}, pi, e, or one of "
    + (", ".join(STANDARD))
)


def read_target(text: str) -> tuple[Function, tuple[float, float]]:
    """The function of an array or a jet that a text is, and the interval on which it is shown.

    The text is the name of a standard function of one variable, which has an interval of its own, or
    arithmetic of x, which is shown on (−π, π).

    Examples
    --------
    >>> f, interval = read_target("exp(-x**2) + 1/2")
    >>> float(f(0.0))
    1.5
    >>> read_target("2*y")
    Traceback (most recent call last):
    ValueError: target: at character 3, 'y': no name that is known here; takes ...
    """
    text = as_text("target", text).strip()
    if text in STANDARD:
        return FUNCTIONS[text], FUNCTIONS[text].bounds()[0]
    if not 0 < len(text) <= LONGEST:
        raise ValueError(f"target: got {len(text)} characters, takes 1 to {LONGEST}; {TAKES}")
    try:
        with warnings.catch_warnings():  # of what is refused below
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        place = (error.offset or len(text) + 1) - 1  # 0 is the end
        raise _fault(text, place, error.msg) from None
    except ValueError:  # a character that stands in no text
        raise ValueError(f"target: got {text!a}, {TAKES}") from None
    f = _function(tree, text)
    for node in ast.walk(tree):
        constant = "x" not in {getattr(part, "id", "") for part in ast.walk(node)}
        if constant and isinstance(node, ast.BinOp | ast.Call):
            with np.errstate(all="ignore"):
                value = _function(node, text)(0.0)
            if not np.isfinite(value):
                raise _fault(text, _place(node, text), "no finite number")
    return f, INTERVAL


def _function(node: ast.expr, text: str) -> Function:
    """The function of x that a node of the tree is."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as value) if value <= LARGEST:
            return lambda x: np.float64(value)
        case ast.Name(id="x"):
            return lambda x: x
        case ast.Name(id=name) if name in CONSTANTS:
            return lambda x: np.float64(CONSTANTS[name])
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATIONS:
            apply, f = OPERATIONS[type(op)], _function(operand, text)
            return lambda x: apply(f(x))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            apply, f, g = OPERATIONS[type(op)], _function(left, text), _function(right, text)
            return lambda x: apply(f(x), g(x))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in NAMES:
            apply, f = getattr(np, name), _function(argument, text)
            return lambda x: apply(f(x))
    raise _fault(text, _place(node, text), _reason(node))


def _place(node: ast.expr, text: str) -> int:
    return len(text.encode()[: node.col_offset].decode())  # ast counts bytes


def _reason(node: ast.expr) -> str:
    match node:
        case ast.BinOp(op=ast.BitXor()):
            return "a power is written **"
        case ast.Constant(value=int() | float() as value) if value > LARGEST:
            return "a number beyond float64"
        case ast.Name():
            return "no name that is known here"
        case ast.Call(func=ast.Name(id=name)) if name in NAMES:
            return f"{name} takes one argument"
        case ast.Call():
            return "no function that is known here"
    return "no arithmetic"


def _fault(text: str, place: int, why: str) -> ValueError:
    there = ascii(text[place : place + 12]) if text[place:] else "the end"
    return ValueError(f"target: at character {place + 1}, {there}: {why}; {TAKES}")
