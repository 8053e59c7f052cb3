"""The names of two types that every module uses."""

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]  # float64, or complex128 where a complex step passes through
MultiIndex: TypeAlias = tuple[int, ...]  # α, d whole numbers >= 0
