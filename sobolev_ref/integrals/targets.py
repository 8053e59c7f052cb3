"""A target is a function with its derivatives at the nodes, from whatever is known of them.

It is given as

- a plain NumPy function of d arrays (a tuple for several outputs), differentiated exactly by `Jet`;
- or a mapping from multi-index α to Dᵅf, each a function of d arrays or an array (N, m) of data;
  NaN in an array marks a missing measurement, and an absent α means that none was taken.

A function must be one of the node alone. Near, but not at, a zero of numerator and denominator a quotient
loses digits of its derivatives, as does a difference of large numbers, and a `RuntimeWarning` says at which
order and node.

Either way it becomes one array (A, N, m), with NaN where nothing is known. A network becomes such a
function by `MLP.function`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_function,
    as_multi_index,
    as_order,
    as_real_array,
    as_word,
    called,
    check_arguments,
    read_only,
)
from .._typing import Array, MultiIndex
from ..jets.algebra import TaylorAlgebra, taylor_algebra
from ..jets.jet import NO_DATA, Jet, Origin, columns_of, variables_of, warn_of_few_digits
from ..jets.multi_index import position
from ..models.model import Model
from ..models.scaled import made_by

Function: TypeAlias = Callable[..., Any]
# Dᵅf, (A, N, m), and the outputs that are plain numbers
Outputs: TypeAlias = tuple[Array, dict[int, Array]]
Target: TypeAlias = Function | Mapping[MultiIndex, Function | ArrayLike]
NO_CONSTANT = (
    "got numbers without derivatives that differ from node to node; takes a NumPy expression in x, "
    "or a mapping such as {(0,): y, (1,): dy} for data"
)
NOT_OF_THE_NODE = (
    "got other numbers at the same node when other nodes are beside it; takes a function of the node alone, "
    "without means, ranks or random numbers of the nodes: take those of the data before, as numbers"
)
MOVED = 1e-6  # of the largest: by so much may an iteration that looks at all nodes move its result
BESIDE = 1.2345e-3  # of a single node and its distance to 0 is another one, on no grid
MORE_DEGREES = 3  # that a quotient may take, as for (1 − cos x)/x²
FAR_OFF = 64  # times the lower quartile, by which roundings at different nodes differ at most
SEVERAL = 8  # nodes at least, as a function may be 0 at one whatever else it uses
NEAR = 0.1  # of the largest value, to which f must come near its limit
FEW = 64  # nodes, at which functions are looked at once more
CHUNK = 2**15  # nodes at which a function is evaluated at once, so that its own jets stay small


def target_derivatives(
    target: Target,
    nodes: Array,
    order: int,
    m: int | None = None,
    name: str = "target",
    kinks: str = "raise",
    idle: Array | None = None,
) -> Array:
    """All Dᵅf at the nodes, |α| ≤ order, shape (A, N, m), NaN where a mapping has no data.

    Parameters
    ----------
    target : callable or mapping
        It is given as the module's docstring says. Entries with |α| > order are not used.
    nodes : ndarray, shape (N, d)
    order : int
    m : int, optional
        The number of outputs that the target must have; by default, as many as it has.
    name : str
        The name of the argument in errors.
    kinks : {"raise", "ignore"}
        Whether a node on a kink of the function is refused, or takes one side, and of |x| the slope 0.
    idle : ndarray of bool, shape (A, N), optional
        Where Dᵅf has no say, as its weight is 0. It may be infinite there, or have a kink, and is NaN then.

    Raises
    ------
    TypeError
        If the target is neither, or a function uses a ufunc that no jet carries.
    ValueError
        If shapes disagree, a function is not finite with its derivatives at every node, or its numbers at
        a node change with the other nodes.

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
    T, kinks = taylor_algebra(nodes.shape[1], order), as_word("kinks", kinks, "raise", "ignore")
    idle = np.zeros((T.size, len(nodes)), bool) if idle is None else idle
    if isinstance(target, Model):
        raise TypeError(f"{name}: got a model without parameters, takes model.function(theta)")
    if isinstance(getattr(target, "model", None), Model):
        raise TypeError(
            f"{name}: got a model that was loaded, takes saved.model.function(saved.theta), or with a scaler "
            "saved.scaler.model(saved.model).function(saved.theta)"
        )
    if isinstance(target, Mapping):
        values = _from_mapping(target, nodes, T, name, idle)
    else:
        as_target_function(name, target, T.d)
        values = _differentiate(target, nodes, T, name, kinks, idle)
    if m is not None and values.shape[2] != m:
        raise ValueError(f"{name}: got {values.shape[2]} outputs, takes m = {m}")
    return values


def as_target_function(name: str, f: Any, d: int) -> Function:
    """A target that is no mapping: a function of d arrays."""
    forms = f"a function of {d} arrays or a mapping from multi-index to function or array"
    function: Function = as_function(name, f, f"{forms}, such as {{{(0,) * d}: y}}")
    check_arguments(name, function, d)
    return function


def rounding_of(
    target: Target,
    nodes: Array,
    values: Array,
    order: int,
    kinks: str = "raise",
    idle: Array | None = None,
) -> Array:
    """By how much Dᵅf changes as the nodes move by their own rounding, shape (A, N, m); NaN for data.

    Each coordinate moves by ε max|x_q|, towards the middle and, where that stays among the nodes, away from
    it. The lesser change counts, as a step changes f on one side alone, and by more than rounding. NaN also
    says that f cannot be had there, or is a function that is another at each call, and so of data.

    Examples
    --------
    >>> x = np.pi * np.arange(1.0, 3.0)[:, None]
    >>> noise = rounding_of(np.sin, x, target_derivatives(np.sin, x, 0), 0)
    >>> bool((np.abs(np.sin(x)) < noise).all())
    True
    """
    lower, upper = nodes.min(axis=0), nodes.max(axis=0)
    step = np.finfo(float).eps * np.abs(nodes).max(axis=0)
    inwards = np.where(nodes > lower / 2 + upper / 2, -step, step)  # (N, d)
    inside = ((nodes > lower) & (nodes < upper)).all(axis=1, keepdims=True)  # (N, 1)

    def change(move: Array) -> Array:
        moved = target_derivatives(target, nodes + move, order, None, "u", kinks, idle)
        return np.asarray(np.abs(moved - values))

    try:
        with np.errstate(over="ignore"), warnings.catch_warnings():  # which have been given
            warnings.simplefilter("ignore")
            noise = np.minimum(change(inwards), change(np.where(inside, -inwards, inwards)))
            most = FAR_OFF * np.nanquantile(noise, 0.25, axis=1, keepdims=True)
            noise = np.minimum(noise, most)  # of a step at an end, which all moves cross
            noise[(change(0 * inwards) > 0).any(axis=(1, 2))] = np.nan
    except Exception:  # of any kind, from a function that the caller has evaluated at the nodes
        return np.full(values.shape, np.nan)
    if isinstance(target, Mapping):
        where = position(nodes.shape[1], order)
        for alpha, entry in target.items():
            if not callable(entry):
                noise[where[alpha]] = np.nan
    return np.asarray(noise)


def order_of(target: Target, order: Any, d: int) -> int:
    """The order of a loss: as given, or None for the highest |α| of a mapping and 1 for a function.

    An entry above the order is refused, as the loss would drop it.

    Examples
    --------
    >>> order_of({(0,): [1.0], (2,): [3.0]}, None, d=1), order_of(np.sin, None, d=1)
    (2, 1)
    """
    k = None if order is None else as_order(order, d)
    if not isinstance(target, Mapping):
        return 1 if k is None else k
    top = max(by_multi_index("target", target, d), key=sum)
    if k is not None and sum(top) > k:
        raise ValueError(
            f"target[{top}]: got data of order {sum(top)}, which a loss of order = {k} drops; takes "
            f"order = {sum(top)}, None for the highest order in the data, or no such entry"
        )
    return as_order(sum(top), d) if k is None else k


def _from_mapping(
    data: Mapping[MultiIndex, Function | ArrayLike],
    nodes: Array,
    T: TaylorAlgebra,
    name: str,
    idle: Array,
) -> Array:
    """Each Dᵅf from its own function or array; NaN everywhere else."""
    where = position(T.d, T.order)
    known = {}
    for alpha, entry in by_multi_index(name, data, T.d).items():
        label = f"{name}[{alpha}]"
        if alpha not in where:
            continue
        known[alpha] = values_at(label, entry, nodes, idle[where[alpha]])  # (N, m)
    if not known:
        raise ValueError(f"{name}: got no entry with |α| <= {T.order}, takes at least one")
    width = one_width(name, known)
    values = np.full((T.size, len(nodes), width), np.nan)  # (A, N, m)
    for alpha, value in known.items():
        values[where[alpha]] = value
    return values


def _differentiate(
    f: Function, nodes: Array, T: TaylorAlgebra, name: str, kinks: str, idle: Array
) -> Array:
    """Dᵅf at all nodes, shape (A, N, m), some nodes at a time unless f counts them."""

    def again(x: Array) -> Outputs:
        with warnings.catch_warnings():  # which have been given, or will be
            warnings.simplefilter("ignore")
            return _on_jets(f, Origin(x, "ignore", np.ones(len(x), bool), follows=False), T, name)

    many = len(nodes) > CHUNK
    size = len(nodes) if many and not _carries_any_number(again, nodes[:CHUNK]) else CHUNK
    of_values = np.asarray(idle[1:].all(axis=0))  # (N,), where derivatives have no say
    values, plain = np.empty((T.size, len(nodes), 0)), list[dict[int, Array]]()
    for block in (slice(i, i + size) for i in range(0, len(nodes), size)):
        origin = Origin(nodes[block], kinks, of_values[block], total=len(nodes))
        part, numbers = _on_jets(f, origin, T, name)
        if not plain:
            values = np.empty((T.size, len(nodes), part.shape[2]))  # (A, N, m)
        elif part.shape[2] != values.shape[2]:
            widths = sorted([part.shape[2], values.shape[2]])
            raise ValueError(f"{name}: got different numbers of outputs, {widths}")
        values[:, block] = part
        plain.append(numbers)
    _check_constants(name, values.shape[2], plain)
    if T.d > 1:
        values[:, _without_limit(f, nodes, values, T, name)] = np.nan
    _check_finite(values, nodes, T, name, idle)
    _check_function_of_the_node(name, again, nodes[:size], values[:, :size])
    if len(nodes) == 1:
        _check_beside(name, again, nodes)
    elif len(nodes) <= FEW or any(plain):
        _check_moved(name, again, nodes[:size], plain[0])
    return values


def _on_jets(f: Function, origin: Origin, T: TaylorAlgebra, name: str) -> Outputs:
    """`_outputs` by jets of order k, and of more where a quotient such as sin(x)/x takes degrees.

    At idle nodes a kink leaves the derivatives unknown.
    """
    N = len(origin.nodes)
    values, plain = _outputs(f, variables_of(origin, T.order), N, T, name)
    if np.isnan(values).any():
        with suppress(ValueError), warnings.catch_warnings():  # of an order that no memory holds
            warnings.simplefilter("ignore")  # those of the order k have been given
            for order in range(T.order + 1, T.order + 1 + MORE_DEGREES):
                x = variables_of(replace(origin, follows=False), order)
                more = _outputs(f, x, N, x[0].algebra, name)[0][: T.size]
                values = np.where(np.isnan(values), more, values)
    values[1:, origin.met] = np.nan
    return values, plain


def _without_limit(f: Function, nodes: Array, values: Array, T: TaylorAlgebra, name: str) -> Array:
    """The nodes at which f has no limit, though the quotient of what jets know has one, a mask (N,).

    Of (x + y⁴)/x jets of order 3 know x/x at the origin. So where NumPy has no number at a node and jets
    have, jets of more degrees must say the same, and f must be near it beside the node in each variable.
    """
    lost, plain = np.zeros(len(nodes), bool), taylor_algebra(T.d, 0)

    def numbers(x: Array) -> Array:
        values, _ = _outputs(f, read_only(x).T, len(x), plain, name)
        only: Array = values[0]  # (N, m)
        return only

    with suppress(Exception), np.errstate(all="ignore"):  # of any kind: f may be for jets alone
        taken = np.flatnonzero((np.isnan(numbers(nodes)) & np.isfinite(values[0])).any(axis=1))
        if not taken.size:
            return lost
        at, limit = nodes[taken], values[0, taken]  # (n, m)
        origin = Origin(at, "ignore", np.zeros(len(at), bool), follows=False)
        x = variables_of(origin, T.order + MORE_DEGREES)
        more, _ = _outputs(f, x, len(at), x[0].algebra, name)
        scale = np.abs(values[:, taken]).max(axis=1, keepdims=True)  # (A, 1, m)
        is_other = ~(np.abs(more[: T.size] - values[:, taken]) <= MOVED * scale)
        lost[taken] = is_other.any(axis=(0, 2))
        size = np.nanmax(np.abs(values[0]), axis=0)  # (m,)
        for step in (np.eye(T.d)[q] * sign for q in range(T.d) for sign in (1, -1)):
            far = np.ones(limit.shape, bool)
            # One may be too far for waves, the other too near for rounding.
            for h in (BESIDE, 0.01 * BESIDE):
                beside = numbers(at + h * step * (1 + np.abs(at)))
                far &= np.abs(beside - limit) > NEAR * size  # of NaN f may have a limit there, too
            lost[taken] |= far.any(axis=1)
    return lost


def _same(u: Array, v: Array, scale: Array) -> bool:
    """Whether the Dᵅf agree but for rounding; the arrays broadcast."""
    with np.errstate(invalid="ignore"):  # of what is not finite
        return bool((np.abs(u - v) <= MOVED * scale).all())


def _carries_any_number(at: Callable[[Array], Outputs], nodes: Array) -> bool:
    """Whether f at half as many nodes is as at all, and in each place as at the same node in another.

    It is not, if f uses `len(x)`, `np.arange(len(x))`, or an array with a number for each node. The nodes
    are `SEVERAL` of those given, again and again.
    """
    n, some = len(nodes), nodes[:: max(len(nodes) // SEVERAL, 1)]
    try:
        few, many = (at(np.resize(some, (size, nodes.shape[1])))[0] for size in (n // 2, n))
    except Exception:  # of any kind: at all nodes at once f may work, or says itself what is wrong
        return False
    scale = np.abs(many).max(axis=1, keepdims=True)  # (A, 1, m)
    first = many[:, np.arange(n) % len(some)]
    return _same(few, many[:, : n // 2], scale) and _same(many, first, scale)


def _check_function_of_the_node(
    name: str, at: Callable[[Array], Outputs], nodes: Array, values: Array
) -> None:
    """Refuse a function whose numbers at a node change with the other nodes, such as x − mean of x.

    It is called at as many nodes, all of them the same one: once the nearest to a point inside, where a
    least, a largest, a first or a last one of the others would show, once the farthest, where a mean would.
    """
    lower, upper = nodes.min(axis=0), nodes.max(axis=0)
    with np.errstate(over="ignore"):  # the nodes may be as large as numbers are
        distance = np.abs(nodes - (0.6 * lower + 0.4 * upper)).sum(axis=1)  # (N,)
    known = np.flatnonzero(np.isfinite(values).all(axis=(0, 2)))  # all nodes that have a say
    if not known.size:
        return
    scale = np.abs(values[:, known]).max(axis=1)  # (A, m)
    for i in {known[distance[known].argmin()], known[distance[known].argmax()]}:
        alone, _ = at(np.repeat(nodes[i : i + 1], len(nodes), axis=0))
        if alone.shape != values.shape or not _same(alone[:, i], values[:, i], scale):
            raise ValueError(f"{name}: {NOT_OF_THE_NODE}")


def _check_beside(name: str, at: Callable[[Array], Outputs], node: Array) -> None:
    """Refuse a function of one node that takes numbers out of its jets, as shows with another beside it.

    Nothing is refused where f cannot be had there.
    """
    for side in (BESIDE, -BESIDE):
        both = np.concatenate([node, node + side * (1 + np.abs(node))])
        try:
            values, plain = at(both)
        except Exception as error:  # of any kind, as f may be for the one node alone
            if NO_DATA in str(error):
                raise
            if "takes shape (2,)" in str(error):
                raise ValueError(f"{name}: {NO_CONSTANT}") from None
            continue
        if np.isfinite(values).all():
            _check_constants(name, values.shape[2], [plain])
            _check_function_of_the_node(name, at, both, values)


def _check_moved(
    name: str, at: Callable[[Array], Outputs], nodes: Array, plain: dict[int, Array]
) -> None:
    """Refuse numbers taken out of jets that are the same at all nodes, but not beside them: |x| at ±1.

    Nothing is refused where f cannot be had there.
    """
    share = np.linspace(1, 2, len(nodes))[:, None]  # each node moves by its own
    for side in (BESIDE, -BESIDE):
        try:
            values, moved = at(nodes + side * share * (1 + np.abs(nodes)))
        except Exception as error:  # of any kind, as f may be for these nodes alone
            if NO_DATA in str(error):
                raise ValueError(f"{name}: {error}") from None
            continue
        _check_constants(name, values.shape[2], [plain, moved])


def values_at(name: str, f: Function | ArrayLike, nodes: Array, idle: Array) -> Array:
    """f at the nodes, shape (N, m): a function of d arrays, or an array with NaN where nothing is known.

    What is infinite at idle nodes, shape (N,), is unknown.
    """
    if not callable(f):
        return as_data(name, f, len(nodes), idle=idle)
    check_arguments(name, f, nodes.shape[1])
    of_order_0 = taylor_algebra(nodes.shape[1], 0)
    values, _ = _outputs(f, read_only(nodes).T, len(nodes), of_order_0, name)
    _check_finite(values, nodes, of_order_0, name, idle[None])
    only: Array = values[0]
    return only


def _outputs(
    f: Function, x: Sequence[Jet | Array] | Array, N: int, T: TaylorAlgebra, name: str
) -> Outputs:
    """Dᵅf = α! f_α at the nodes, shape (A, N, m), for f at d jets or, for A = 1, at d arrays.

    With it come the outputs that are no jets, by their number j; their derivatives are taken for 0.
    """
    with np.errstate(all="ignore"):  # the caller refuses what is not finite, with the place
        outputs = called(name, f, *x)
    outputs = columns_of(outputs)
    outputs = outputs if isinstance(outputs, tuple | list) else (outputs,)
    if not outputs:
        raise ValueError(f"{name}: returned no outputs")
    if isinstance(outputs, list) and len(outputs) == N > 1 and not any(map(np.ndim, outputs)):
        raise ValueError(f"{name}: got a list of {N} numbers, one a node: {NO_CONSTANT}")
    values = np.empty((T.size, N, len(outputs)))  # (A, N, m)
    plain = {}
    for j, output in enumerate(outputs):
        if output is None:
            raise TypeError(f"{name}: got a function that returns None, takes one with its value")
        if isinstance(output, Jet):
            if output.origin is not getattr(x[0], "origin", None):
                raise ValueError(
                    f"{name}: output {j}: got a jet of other variables than the function's own, takes a "
                    "function of them"
                )
            warn_of_few_digits(output, f"{name}: ", stacklevel=7)  # who made the loss
            u = as_real_array(name, 1.0 * output.coefficients, finite=False)
        else:
            plain[j] = as_real_array(name, output, finite=False)
            u = T.constant(plain[j])
        if u.shape[1:] not in ((), (N,)):
            raise ValueError(f"{name}: output {j}: got shape {u.shape[1:]}, takes shape ({N},)")
        values[..., j] = T.factorials[:, None] * u.reshape(T.size, -1)
    return values, plain


def _check_finite(values: Array, nodes: Array, T: TaylorAlgebra, name: str, idle: Array) -> None:
    """Refuse the first Dᵅf that is not finite, shape (A, N, m), with the place; an idle one is NaN."""
    values[~np.isfinite(values) & idle[..., None]] = np.nan
    for alpha, value, spared in zip(T.indices, values, idle):
        bad = ~np.isfinite(value).all(axis=1) & ~spared  # (N,)
        if bad.any():
            what = f"D^{alpha} is" if T.order else "values are"
            # ∂_yy of ∛x at 0 is 0, and that of ∛(x + y⁶), which has the same jet of order 5, is 2
            unknown = any(alpha) and np.isnan(value[bad]).any()
            raise ValueError(
                f"{name}: {what} not finite at {np.count_nonzero(bad)} of {len(nodes)} nodes, "
                f"the first at x = {nodes[bad][0].tolist()}"
                + (f", or jets of order {T.order + MORE_DEGREES} do not tell it" if unknown else "")
                + "; takes a function that is, "
                + (f"or an order below {sum(alpha)}, " if sum(alpha) else "")
                + "other nodes, or a mapping from α with NaN there"
            )


def _check_constants(name: str, m: int, plain: list[dict[int, Array]]) -> None:
    """Refuse an output that carries no derivative, though it is not the same at all nodes.

    `lambda x: y` with an array y, or a function that takes values out of its jets, would otherwise count
    as a constant, of slope 0. Of each block of nodes there are the outputs that are plain numbers.
    """
    for j in range(m):
        found = [numbers[j] for numbers in plain if j in numbers]
        if found and all(np.isnan(v).all() for v in found):
            raise ValueError(
                f"{name}: output {j}: got NaN, takes a function with numbers, or a mapping from α with NaN "
                "where one is missing"
            )
        if found and (len(found) < len(plain) or any((v != found[0].flat[0]).any() for v in found)):
            raise ValueError(f"{name}: output {j}: {NO_CONSTANT}")


# -- what a mapping from α may hold ----------------------------------------------------------------


def by_multi_index(
    name: str, given: Mapping[Any, Any], d: int | None = None
) -> dict[MultiIndex, Any]:
    """The entries of a mapping from α, at least one; its first key says what d is, if nothing else."""
    if not given:
        raise ValueError(f"{name}: got an empty mapping, takes at least one multi-index")
    first = next(iter(given))
    if d is None:
        d = max(len(first), 1) if isinstance(first, tuple) else 1
    found = {as_multi_index(f"{name}: multi-index", key, d): entry for key, entry in given.items()}
    for alpha, entry in found.items():
        if made_by(entry) is not None:
            raise TypeError(
                f"{name}[{alpha}]: got a function that is scaled, as values are, takes one that is not, or "
                "Standardizer.target of a whole mapping"
            )
    return found


def as_data(
    name: str,
    data: ArrayLike,
    n: int | None = None,
    m: int | None = None,
    idle: Array | None = None,
) -> Array:
    """Measurements of shape (N, m), NaN where one is missing; a vector (N,) is one output.

    What is infinite at idle nodes, shape (N,), is missing.

    Examples
    --------
    >>> as_data("y", [1.0, np.nan], n=3)
    Traceback (most recent call last):
    ValueError: y: got shape (2,), takes shape (3, m)
    """
    array = as_real_array(name, data, finite=False)
    if idle is not None and len(np.atleast_1d(array)) == len(idle):
        spared = idle.reshape(-1, *[1] * (array.ndim - 1))
        array = np.where(np.isinf(array) & spared, np.nan, array)
    if np.isinf(array).any():
        infinite = np.count_nonzero(np.isinf(array))
        raise ValueError(
            f"{name}: got {infinite} infinite entries, takes numbers, or NaN if missing"
        )
    columns = array[:, None] if array.ndim == 1 else array
    fits = columns.ndim == 2 and n in (None, columns.shape[0]) and m in (None, columns.shape[1])
    if not fits or columns.shape[1] == 0:
        takes = f"({'N' if n is None else n}, {'m' if m is None else m})"
        raise ValueError(f"{name}: got shape {array.shape}, takes shape {takes}")
    return columns


def one_width(name: str, values: Mapping[Any, Array]) -> int:
    """The number m of outputs, the last axis, which must be the same in all entries."""
    widths: dict[int, Any] = {value.shape[-1]: key for key, value in values.items()}
    if len(widths) > 1:
        which = " and ".join(f"{m} for {key}" for m, key in sorted(widths.items()))
        raise ValueError(
            f"{name}: got different numbers of outputs, {which}; takes arrays (N, {max(widths)}), with NaN "
            "in the column of an output that was not measured, as a vector (N,) is one output"
        )
    return widths.popitem()[0]
