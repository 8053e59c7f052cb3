"""Pictures of what was learned on top of what is true, of one variable, along a profile, or as contours."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .._checks import (
    as_bounds,
    as_curve,
    as_function,
    as_integer,
    as_nodes,
    as_order,
    as_real_array,
    as_real_vector,
    as_text,
    as_values,
    check_arguments,
    is_several,
)
from .._typing import Array
from ..integrals.targets import Target, target_derivatives
from ..models.model import Model, as_model
from ..models.scaled import scaler_of
from .figures import LEARNED, POINTS, TRUE, check_axes, derivative_name, legend_above, number

MAX_POINTS, MAX_LEVELS = 10**7, 1000  # more than any picture shows


def plot_fit(
    ax: Axes, x: ArrayLike, true: ArrayLike | None, learned: ArrayLike, name: str, ylabel: str
) -> Axes:
    """Draw a function, which is NaN where it is not known, and its approximation over x, shape (N,) each."""
    check_axes(ax)
    name, ylabel = as_text("name", name), as_text("ylabel", ylabel)
    x, learned = as_real_array("x", x), as_real_array("learned", learned)
    if x.ndim != 1 or x.size == 0 or learned.shape != x.shape:
        raise ValueError(f"x, learned: got shapes {x.shape} and {learned.shape}, takes one, (N,)")
    if true is not None:
        true = as_curve("true", true)
        if true.shape != x.shape:
            raise ValueError(f"true: got shape {true.shape}, takes shape {x.shape}")
        ax.plot(x, true, label=f"true {name}", **TRUE)
    ax.plot(x, learned, label=f"learned {name}", **LEARNED)
    ax.set(xlabel="x", ylabel=ylabel)
    legend_above(ax)
    return ax


def plot_derivative(
    ax: Axes,
    model: Model,
    theta: ArrayLike,
    x: ArrayLike,
    order: int,
    target: Target | None = None,
    *,
    output: int = 0,
) -> Axes:
    """Draw the exact dⁿu_θ/dxⁿ over an interval, on top of dⁿu/dxⁿ.

    Parameters
    ----------
    ax : matplotlib Axes
    model : MLP or LinearModel
        u_θ, a function of one variable.
    theta : array_like, shape (P,)
    x : array_like, shape (N,)
        The points, in the order in which they are joined.
    order : int
        The order n >= 0 of the derivative; 0 is the fit itself.
    target : callable or mapping, optional
        u, as `SobolevLoss` takes it; NaN leaves a gap.
    output : int
        Which of the m outputs is drawn, counted from 0.

    Returns
    -------
    matplotlib Axes
        Its lines are the true derivative, where there is a target, and the learned one.

    Examples
    --------
    >>> from sobolev_ref import MLP
    >>> net = MLP((1, 4, 1))
    >>> from sobolev_ref.plots import figure
    >>> _, axes = figure(columns=3)
    >>> for n, ax in enumerate(axes):
    ...     ax = plot_derivative(ax, net, net.init(0), np.linspace(-1, 1, 101), n, np.sin)
    >>> float(axes[2].lines[0].get_ydata()[0].round(3))        # −sin(−1)
    0.841
    """
    if as_model(model).d != 1:
        raise ValueError(f"model: got d = {model.d}, takes d = 1; see plot_sensitivity for more")
    n, j = as_order(order, 1), as_integer("output", output, 0, model.m - 1)
    nodes = as_nodes("x", as_real_array("x", x), 1)
    scaler_of(model, target=target)  # refuses a target in other units
    learned = model.derivatives(as_real_array("theta", theta), nodes, n)[(n,)][:, j]
    true = None if target is None else target_derivatives(target, nodes, n, model.m)[n, :, j]
    name = derivative_name((n,))
    if true is not None and np.isnan(true).all():
        raise ValueError(f"target: got no data of order {n}, takes some, or None for none")
    return plot_fit(ax, nodes[:, 0], true, learned, name, f"{name}(x)")


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
    """Draw a sensitivity profile: output j against input q, while the other inputs are held at a point.

    The tangent at the point has the exact slope ∂u_j/∂x_q.

    Parameters
    ----------
    ax : matplotlib Axes
    model : MLP or LinearModel
    theta : array_like, shape (P,)
    point : array_like, shape (d,)
        The point through which the profile passes; all inputs but q are held there.
    bounds : array_like, shape (d, 2)
        A box; its row q is the range of input q that is drawn.
    input, output : int
        q and j, counted from 0.
    true : callable, optional
        u, a function of d arrays that returns an array, or a tuple of m arrays.
    n : int
        The number of points of the curve, at least 2.

    Returns
    -------
    matplotlib Axes
        Its lines are the truth (if given), the profile, the tangent and the point.

    Examples
    --------
    Every output is drawn against every input:

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
    check_axes(ax)
    d, m = as_model(model).d, model.m
    theta, at = as_real_array("theta", theta), as_real_vector("point", point, d)
    q, j = as_integer("input", input, 0, d - 1), as_integer("output", output, 0, m - 1)
    low, high = as_bounds(bounds, d=d)[q]
    x = np.tile(at, (as_integer("n", n, 2, MAX_POINTS // d), 1))  # (n, d)
    x[:, q] = np.linspace(low, high, len(x))
    learned = model(theta, x)[:, j]  # (n,)
    if true is not None:
        u = as_function("true", true, f"a function of {d} arrays")
        check_arguments("true", u, d)
        scaler_of(model, true=u)  # refuses a truth in other units

        def output_j(*x: Array) -> Any:
            outputs = u(*x)
            return outputs[j] if isinstance(outputs, tuple) and len(outputs) == m else outputs

        ax.plot(x[:, q], as_values("true", output_j, *x.T), label="true", **TRUE)
    ax.plot(x[:, q], learned, label="learned", **LEARNED)
    derivatives = model.derivatives(theta, at[None, :], 1)
    value = derivatives[(0,) * d][0, j]
    slope = derivatives[tuple(int(i == q) for i in range(d))][0, j]
    reach = 0.12 * (high - low) * np.array([-1.0, 1.0])
    ax.plot(at[q] + reach, value + slope * reach, color="black", linewidth=1.0)
    variable, name = (f"x_{q + 1}" if d > 1 else "x"), (f"u_{j + 1}" if m > 1 else "u")
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
    """Draw contours of a function of two variables, at the levels of the truth if that is given.

    Parameters
    ----------
    ax : matplotlib Axes
    u : callable
        A function of two arrays, for example ``net.function(theta)``.
    bounds : array_like, shape (2, 2)
    name : str
        The title.
    true : callable, optional
        The function that u stands for. The levels are then those of an `Axes` that shows it, and the title
        gives the greatest |u − true| on the grid.
    levels : int or array_like
        About how many round levels there are, or which they are.
    points : array_like, shape (M, 2), optional
        The places where there were data.
    n : int
        The grid has n × n points.

    Returns
    -------
    matplotlib Axes

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
    check_axes(ax)
    name, box = as_text("name", name), as_bounds(bounds, d=2)
    side = as_integer("n", n, 2, isqrt(MAX_POINTS))
    data = None if points is None else as_nodes("points", as_real_array("points", points), 2)
    x, y = np.meshgrid(*(np.linspace(low, high, side) for low, high in box))  # (n, n)
    at = x.ravel(), y.ravel()  # one-dimensional arrays, as networks take them
    values = as_values("u", u, *at).reshape(x.shape)
    reference = values if true is None else as_values("true", true, *at).reshape(x.shape)
    if is_several(levels):
        chosen = np.unique(as_real_array("levels", levels))
        if chosen.size < 2:
            raise ValueError(f"levels: got {chosen.size}, takes a number or at least two levels")
    else:
        locator = MaxNLocator(as_integer("levels", levels, 1, MAX_LEVELS))
        chosen = np.array(locator.tick_values(reference.min(), reference.max()))
    ax.contourf(x, y, values, levels=chosen, cmap="Blues", extend="both")
    lines = ax.contour(x, y, values, levels=chosen, colors="black", linewidths=0.8)
    ax.clabel(lines, fontsize=8)
    if data is not None:
        ax.plot(*data.T, **{**POINTS, "markersize": 3, "color": "black"})
    error = "" if true is None else f", greatest error {np.abs(values - reference).max():.2g}"
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title=name + error)
    return ax
