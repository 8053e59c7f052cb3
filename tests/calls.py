"""A public callable with one good call, which sees to it that nothing passed in is changed."""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from hostile import Kind


@dataclass(frozen=True)
class Fresh:
    """A value that is made anew for every call."""

    make: Callable[[], Any]


@dataclass(frozen=True)
class Arg:
    """A good value of an argument, its kind, and the words of which an error must have one."""

    kind: Kind
    value: Any
    names: tuple[str, ...] = ()

    def good(self):
        if isinstance(self.value, Fresh):
            return self.value.make()
        return (
            deepcopy(self.value) if isinstance(self.value, np.ndarray | list | dict) else self.value
        )


class Call:
    """A public callable with one good call."""

    def __init__(self, function: Callable[..., Any], /, **arguments: Arg):
        self.function = function
        self.arguments = arguments

    def __call__(self, /, **changes):
        arguments = {name: arg.good() for name, arg in self.arguments.items()} | changes
        before = {name: state(value) for name, value in arguments.items()}
        try:
            return self.function(**arguments)
        finally:
            after = {name: state(value) for name, value in arguments.items()}
            changed = [name for name in before if before[name] != after[name]]
            assert not changed, f"changed its input {changed}"

    def words(self, *names: str) -> re.Pattern:
        """What a message about these arguments must contain."""
        words = [w for name in names for w in (self.arguments[name].names or (name,))]
        return re.compile(rf"(?<![\w'])({'|'.join(map(re.escape, words))})(?!\w)")


def state(value: Any) -> Any:
    """The bytes of an argument's arrays, so that a change is seen."""
    if isinstance(value, np.ma.MaskedArray):
        return value.data.tobytes(), np.ma.getmaskarray(value).tobytes()
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return value.tobytes(), value.flags.writeable, value.dtype.str, value.shape
    if isinstance(value, list | tuple) and not any(entry is value for entry in value):
        return [state(entry) for entry in value]
    if isinstance(value, dict):
        return {key: state(entry) for key, entry in value.items()}
    return None
