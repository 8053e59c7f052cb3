"""What a message says of a value; and arguments that are no numbers: words, functions, flags, paths."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

Call = TypeVar("Call", bound=Callable[..., Any])


def shown(value: Any) -> str:
    """A value as a message has it: cut short, and its type alone where it cannot be printed.

    Examples
    --------
    >>> shown("a" * 100), shown(10**5000)                  # more digits than Python prints
    ("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…", 'int')
    """
    try:
        text = repr(value)
    except Exception:  # whatever somebody's __repr__ raises
        return type(value).__name__
    return text if len(text) <= 60 else text[:59] + "…"


def counted(n: int) -> str:
    """A number of things as a message has it.

    Examples
    --------
    >>> counted(1234567), counted(10**5000)
    ('1,234,567', 'more than 10^18')
    """
    return f"{n:,}" if n <= 10**18 else "more than 10^18"


def as_word(name: str, value: Any, *words: str) -> str:
    """One of a few words.

    Examples
    --------
    >>> as_word("kinks", "drop", "raise", "ignore")
    Traceback (most recent call last):
    ValueError: kinks: got 'drop', takes 'raise' or 'ignore'
    """
    takes = f"takes {', '.join(map(repr, words[:-1]))} or {words[-1]!r}"
    if not isinstance(value, str):
        raise TypeError(f"{name}: got {shown(value)}, {takes}")
    if value not in words:
        raise ValueError(f"{name}: got {shown(value)}, {takes}")
    return value


def as_text(name: str, value: Any) -> str:
    """A str."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: got {shown(value)}, takes a str")
    return value


def as_function(name: str, value: Call, takes: str = "a function") -> Call:
    """Something that can be called."""
    if not callable(value):
        raise TypeError(f"{name}: got {shown(value)}, takes {takes}")
    return value


def as_flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: got {shown(value)}, takes True or False")
    return bool(value)


def as_path(name: str, value: Any) -> str:
    """The path of a file, as text.

    Examples
    --------
    >>> as_path("path", 1)
    Traceback (most recent call last):
    TypeError: path: got 1, takes a str or a path-like object
    """
    try:
        path = os.fspath(value)
    except TypeError:
        path = None
    if not isinstance(path, str):
        raise TypeError(f"{name}: got {shown(value)}, takes a str or a path-like object")
    if "\0" in path:
        raise ValueError(f"{name}: got {shown(path)}, takes a path without NUL")
    return path
