"""Targets: what a function is, and all of its derivatives at the nodes.

A target is given as

- a plain NumPy function of d arrays (a tuple for several outputs), differentiated exactly by `Jet`;
- or a mapping from multi-index α to Dᵅf, each a function of d arrays or an array (N, m) of data;
  in an array NaN marks a missing measurement, and an absent α means that none was taken.

Either way it becomes one array (A, N, m), NaN where nothing is known. A function that is a network,
or a difference of networks, comes from `MLP.function`.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_multi_index, as_real_array, check_size
from .._typing import Array, MultiIndex
from ..jets.algebra import TaylorAlgebra, taylor_algebra
from ..jets.jet import Jet
from ..jets.multi_index import position
from ..models.model import Model

Function: TypeAlias = Callable[..., Any]
CHUNK = 2**15  # nodes at which a function is evaluated at once: its intermediate jets stay small
Target: TypeAlias = Function | Mapping[MultiIndex, Function | ArrayLike]


def target_derivatives(
    target: Target, nodes: Array, order: int, m: int | None = None, name: str = "target"
) -> Array:
    """All Dᵅf at the nodes, |α| ≤ order, shape (A, N, m), NaN where a mapping has no data.

    Parameters
    ----------
    target : callable or mapping
        As the module's docstring says. Entries of a mapping with |α| > order are not used.
    nodes : ndarray, shape (N, d)
    order : int
    m : int, optional
        The number of outputs that the target must have; by default, as many as it has.
    name : str
        What to call the argument in errors.

    Raises
    ------
    TypeError
        If the target is neither, or a function uses a ufunc that no jet carries.
    ValueError
        If shapes disagree, or a function is not finite with its derivatives at every node.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0]])
    >>> target_derivatives(lambda x: x**3, x, 2)[..., 0]
    array([[0., 1.],
           [0., 3.],
           [0., 6.]])
    >>> target_derivatives({(1,): [5.0, np.nan]}, x, 1)[..., 0]
    array([[nan, nan],
           [ 5., nan]])
    """
    T = taylor_algebra(nodes.shape[1], order)
    if isinstance(target, Model):
        raise TypeError(f"{name}: got a model without parameters, takes model.function(theta)")
    got = f"{T.size:,} derivatives of {m or 1} outputs at {len(nodes):,} nodes"
    entries = T.size * len(nodes) * (m or 1)
    check_size(f"{name}, order", got, entries)
    if isinstance(target, Mapping):
        values = _from_mapping(target, nodes, T, name)
    elif callable(target):
        values = _from_function(target, nodes, T, name)
    else:
        raise TypeError(
            f"{name}: got {type(target).__name__}, takes a function of {T.d} arrays or "
            "a mapping from multi-index to function or array"
        )
    if m is not None and values.shape[2] != m:
        raise ValueError(f"{name}: got {values.shape[2]} outputs, takes m = {m}")
    return values


def _from_function(f: Function, nodes: Array, T: TaylorAlgebra, name: str) -> Array:
    """Dᵅf = α! f_α, f_α from the jets of the d coordinates, so many nodes at a time."""
    blocks = [nodes[i : i + CHUNK] for i in range(0, len(nodes), CHUNK)]
    first = _block_from_function(f, blocks[0], T, name)
    values = np.empty((T.size, len(nodes), first.shape[2]))  # (A, N, m)
    for i, block in enumerate(blocks):
        part = first if i == 0 else _block_from_function(f, block, T, name)
        if part.shape[2] != first.shape[2]:
            raise ValueError(f"{name}: got {first.shape[2]} outputs, then {part.shape[2]}")
        values[:, i * CHUNK : i * CHUNK + len(block)] = part
    return values


def _block_from_function(f: Function, nodes: Array, T: TaylorAlgebra, name: str) -> Array:
    with np.errstate(all="ignore"):  # what is not finite is refused below, with the place
        outputs = f(*Jet.variables(nodes, T.order))
    outputs = outputs if isinstance(outputs, tuple | list) else (outputs,)
    if not outputs:
        raise ValueError(f"{name}: returned no outputs")
    values = np.empty((T.size, len(nodes), len(outputs)))  # (A, N, m)
    for j, output in enumerate(outputs):
        if isinstance(output, Jet):
            coefficients = as_real_array(name, output.coefficients, finite=False)
        else:
            coefficients = T.constant(as_real_array(name, output))
        if coefficients.shape[1:] not in ((), (len(nodes),)):
            raise ValueError(
                f"{name}: output {j} has shape {coefficients.shape[1:]}, "
                f"takes shape ({len(nodes)},)"
            )
        scale = T.factorials.reshape(-1, *(1,) * (coefficients.ndim - 1))
        values[..., j] = (scale * coefficients).reshape(T.size, -1)
    for alpha, value in zip(T.indices, values):
        _refuse(name, alpha, nodes, ~np.isfinite(value))
    return values


def _from_mapping(
    data: Mapping[MultiIndex, Function | ArrayLike], nodes: Array, T: TaylorAlgebra, name: str
) -> Array:
    """Each Dᵅf from its own function or array; NaN everywhere else."""
    where = position(T.d, T.order)
    given: dict[int, Array] = {}
    for key, entry in data.items():
        alpha = as_multi_index(f"{name}: multi-index", key, T.d)
        if alpha in where:
            given[where[alpha]] = _entry(entry, nodes, f"{name}[{alpha}]")
            _refuse(name, alpha, nodes, np.isinf(given[where[alpha]]))
    if not given:
        raise ValueError(f"{name}: got no entry with |α| <= {T.order}, takes at least one")
    widths = {value.shape[1] for value in given.values()}
    if len(widths) > 1:
        raise ValueError(f"{name}: entries have different numbers of outputs {sorted(widths)}")
    values = np.full((T.size, len(nodes), widths.pop()), np.nan)  # (A, N, m)
    for a, value in given.items():
        values[a] = value
    return values


def _entry(entry: Function | ArrayLike, nodes: Array, name: str) -> Array:
    """One Dᵅf at the nodes, shape (N, m)."""
    N = len(nodes)
    if not callable(entry):
        value = as_real_array(name, entry, finite=False)
        value = value[:, None] if value.ndim == 1 else value
        if value.ndim != 2 or len(value) != N:
            raise ValueError(f"{name}: got shape {np.shape(entry)}, takes shape ({N}, m)")
        return value
    with np.errstate(all="ignore"):  # what is not finite is refused, with the name
        outputs = entry(*nodes.T)
    columns = [
        as_real_array(name, column)
        for column in (outputs if isinstance(outputs, tuple | list) else (outputs,))
    ]
    if not columns:
        raise ValueError(f"{name}: returned no outputs")
    for column in columns:
        if column.shape not in ((), (N,)):
            raise ValueError(f"{name}: got shape {column.shape}, takes shape ({N},)")
    return np.stack([np.broadcast_to(column, (N,)) for column in columns], axis=-1)


def _refuse(name: str, alpha: MultiIndex, nodes: Array, bad: Array) -> None:
    """Raise, with the first place, where a derivative is not finite."""
    if bad.any():
        x = nodes[bad.any(axis=1)][0]
        raise ValueError(
            f"{name}: D^{alpha} is not finite at {np.count_nonzero(bad.any(axis=1))} "
            f"of {len(nodes)} nodes, the first at x = {x.tolist()}"
        )
