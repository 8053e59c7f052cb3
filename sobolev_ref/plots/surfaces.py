"""Pictures of functions of several variables: profiles and contours. Style and rules as in `plotting`."""

from collections.abc import Callable
from math import isqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .._checks import (
    as_bounds,
    as_function,
    as_index,
    as_integer,
    as_nodes,
    as_real_array,
    as_text,
    as_values,
    as_vector,
    check_size,
    is_several,
)
from .._typing import Array
from ..models.model import Model, as_model
from .figures import as_axes
from .runs import LEARNED, POINTS, TRUE, legend_above, number

MAX_POINTS, MAX_LEVELS = 10**7, 1000  # more than any picture shows


def plot_sensitivity(
    ax: Axes,
    model: Model,
    theta: ArrayLike,
    point: ArrayLike,
    bounds: ArrayLike,
    *,
    input: int = 0,
    output: int = 0,
    true: Callable[..., Any] | None = None,
    n: int = 201,
) -> Axes:
    """A sensitivity profile: output j against input q, the other inputs held at a point.

    The tangent at the point has the exact slope ∂u_j/∂x_q.

    Parameters
    ----------
    ax : matplotlib Axes
    model : MLP or LinearModel
    theta : array_like, shape (P,)
    point : array_like, shape (d,)
        Where the others are held.
    bounds : array_like, shape (d, 2)
        Row q is the range of input q that is drawn.
    input, output : int
        q and j, from 0.
    true : callable, optional
        u, a function of d arrays (a tuple for several outputs).
    n : int
        Points of the curve, at least 2.

    Returns
    -------
    matplotlib Axes
        Its lines are the truth (if given), the profile, the tangent and the point.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name.

    Examples
    --------
    Every output against every input:

    >>> from sobolev_ref import MLP
    >>> from sobolev_ref.plots import figure
    >>> net = MLP((2, 4, 3))
    >>> _, axes = figure(columns=net.d, rows=net.m)
    >>> for i, ax in enumerate(axes):
    ...     ax = plot_sensitivity(ax, net, net.init(0), [0.5, 0.5], [(0, 1), (0, 1)],
    ...                           input=i % net.d, output=i // net.d)
    >>> axes[5].get_xlabel(), axes[5].get_ylabel()
    ('$x_2$', '$u_3$')
    """
    as_axes(ax)
    as_model(model)
    theta = as_vector("theta", as_real_array("theta", theta), model.n_parameters)
    at = as_vector("point", as_real_array("point", point), model.d)
    box = as_bounds(bounds)
    if len(box) != model.d:
        raise ValueError(f"bounds: got {len(box)} rows, takes {model.d}")
    q, j = as_index("input", input, model.d), as_index("output", output, model.m)
    count = as_integer("n", n, minimum=2)
    check_size("n", count, count * model.d, f"at most {MAX_POINTS:,} numbers", MAX_POINTS)
    x = np.tile(at, (count, 1))  # (n, d)
    x[:, q] = np.linspace(box[q, 0], box[q, 1], len(x))
    if true is not None:
        whole = as_function("true", true, f"a function of {model.d} arrays")

        def part(*x: Array) -> Any:
            values = whole(*x)
            return values[j] if isinstance(values, tuple) and len(values) == model.m else values

        ax.plot(x[:, q], as_values("true", part, *x.T), label="true", **TRUE)
    ax.plot(x[:, q], model(theta, x)[:, j], label="learned", **LEARNED)
    jet = model.derivatives(theta, at[None, :], 1)
    value = jet[(0,) * model.d][0, j]
    slope = jet[tuple(int(i == q) for i in range(model.d))][0, j]
    reach = 0.12 * (box[q, 1] - box[q, 0]) * np.array([-1.0, 1.0])
    ax.plot(at[q] + reach, value + slope * reach, color="black", linewidth=1.0)
    variable, name = (f"x_{q + 1}" if model.d > 1 else "x"), (f"u_{j + 1}" if model.m > 1 else "u")
    label = rf"$\partial {name}/\partial {variable}$ = {number(slope)}"
    ax.plot(at[[q]], [value], label=label, **POINTS)
    ax.set(xlabel=f"${variable}$", ylabel=f"${name}$")
    legend_above(ax, ncols=3)
    return ax


def plot_contour(
    ax: Axes,
    u: Callable[..., Any],
    bounds: ArrayLike,
    name: str,
    *,
    true: Callable[..., Any] | None = None,
    levels: int | ArrayLike = 9,
    points: ArrayLike | None = None,
    n: int = 101,
) -> Axes:
    """Contours of a function of two variables: beside the truth on a second `Axes`, at its levels.

    Parameters
    ----------
    ax : matplotlib Axes
    u : callable
        A function of two arrays, for example ``net.function(theta)``.
    bounds : array_like, shape (2, 2)
    name : str
        The title.
    true : callable, optional
        The function that u stands for: the levels are then its, the same as on an `Axes` that shows
        it, and the title gives the greatest |u − true| on the grid.
    levels : int or array_like
        About how many round levels, or which.
    points : array_like, shape (M, 2), optional
        Where there was data.
    n : int
        The grid has n × n points.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        For bounds that are not of a rectangle, or values that are not finite real numbers of the
        grid's shape.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (left, right) = figure(columns=2)
    >>> f, box = lambda x, y: x * y, [(0, 1), (0, 1)]
    >>> left = plot_contour(left, f, box, "true")
    >>> right = plot_contour(right, lambda x, y: f(x, y) + 0.5, box, "learned", true=f)
    >>> right.get_title()
    'learned, greatest error 0.5'
    >>> bool((left.collections[0].levels == right.collections[0].levels).all())
    True
    """
    as_axes(ax)
    name = as_text("name", name)
    box, side = as_bounds(bounds), as_integer("n", n, minimum=2)
    check_size("n", side, side**2, f"at most {isqrt(MAX_POINTS):,}", MAX_POINTS)
    if len(box) != 2:
        raise ValueError(f"bounds: got {len(box)} dimensions, takes two")
    x, y = np.meshgrid(*(np.linspace(low, high, side) for low, high in box))
    at = x.ravel(), y.ravel()  # one-dimensional arrays, as networks take them
    values = as_values("u", u, *at).reshape(x.shape)
    reference = values if true is None else as_values("true", true, *at).reshape(x.shape)
    chosen: Array
    if not is_several(levels):
        number_of = as_integer("levels", levels, minimum=1)
        check_size("levels", number_of, number_of, f"at most {MAX_LEVELS:,}", MAX_LEVELS)
        locator = MaxNLocator(number_of)
        chosen = np.array(locator.tick_values(reference.min(), reference.max()))
    else:
        chosen = np.unique(as_real_array("levels", levels))
        if chosen.size < 2:
            raise ValueError(f"levels: got {chosen.size}, takes a number or at least two levels")
    ax.contourf(x, y, values, levels=chosen.tolist(), cmap="Blues", extend="both")
    lines = ax.contour(x, y, values, levels=chosen.tolist(), colors="black", linewidths=0.8)
    ax.clabel(lines, fontsize=8)
    if points is not None:
        data = as_nodes("points", as_real_array("points", points), 2)
        ax.plot(*data.T, **{**POINTS, "markersize": 3, "color": "black"})
    error = "" if true is None else f", greatest error {np.abs(values - reference).max():.2g}"
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title=name + error)
    return ax
