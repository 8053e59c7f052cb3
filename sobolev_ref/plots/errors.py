"""Pictures of the error: predicted against actual, residuals, spectrum, and the V of finite differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .._checks import (
    as_curve,
    as_instance,
    as_integer,
    as_real_array,
    as_real_vector,
    as_text,
    is_several,
)
from .._typing import Array
from ..data.scores import known_part, pair, r_squared
from ..theory.spectra import spectrum
from .figures import FLOOR, LEARNED, POINTS, TRUE, check_axes, legend_above, line_style, number

MAX_BINS = 10_000


def plot_predicted(ax: Axes, actual: ArrayLike, predicted: ArrayLike, name: str = "u") -> Axes:
    """Draw predicted against actual values, the line where both agree, and R² (see `r_squared`).

    Parameters
    ----------
    ax : matplotlib Axes
    actual, predicted : array_like, of one shape
        y and ŷ, which are values or derivatives; a pair is left out where y is NaN.
    name : str
        The name of what they are, with its unit.

    Returns
    -------
    matplotlib Axes
        Its lines are the diagonal and the points (y, ŷ).

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure(width=4)
    >>> ax = plot_predicted(ax, [1.0, 2.0, 3.0], [1.0, 2.0, 4.0], "price / $")
    >>> ax.lines[1].get_xydata().tolist()
    [[1.0, 1.0], [2.0, 2.0], [3.0, 4.0]]
    """
    check_axes(ax)
    name = as_text("name", name)
    y, y_hat = pair(actual, predicted)
    r2 = r_squared(y, y_hat)
    y, y_hat = y[known := known_part("actual", y)], y_hat[known]
    ends = [min(y.min(), y_hat.min()), max(y.max(), y_hat.max())]
    ax.plot(ends, ends, label="predicted = actual", **TRUE)
    explained = "undefined" if np.isnan(r2) else number(r2, 6)
    ax.plot(y, y_hat, label=f"{len(y)} points, $R^2$ = {explained}", **POINTS)
    ax.set(xlabel=f"actual {name}", ylabel=f"predicted {name}", aspect="equal")
    legend_above(ax, ncols=1)
    return ax


def plot_residuals(
    ax: Axes, residuals: ArrayLike, name: str = "u", bins: int | str | ArrayLike = "auto"
) -> Axes:
    """Draw the histogram of r = learned − true, with its mean and standard deviation.

    Parameters
    ----------
    ax : matplotlib Axes
    residuals : array_like, any shape
        r, of which NaN is left out: there nothing was measured.
    name : str
        The name of what was learned, with its unit.
    bins : int, str or array_like
        The number of bars, their edges, or a rule, as `numpy.histogram_bin_edges` takes it.

    Returns
    -------
    matplotlib Axes
        Its patches are the bars; its lines stand at 0 and at the mean.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure()
    >>> ax = plot_residuals(ax, [-1.0, 0.5, 0.5, 1.0], bins=2)
    >>> [int(bar.get_height()) for bar in ax.patches]
    [1, 3]
    """
    check_axes(ax)
    name, r = as_text("name", name), as_curve("residuals", residuals)
    r = r[known_part("residuals", r)]
    bins = _as_bins(bins)
    try:
        with np.errstate(divide="raise", invalid="raise"):  # older versions of NumPy only warn
            counts, edges = np.histogram(r, bins)
    except (ArithmeticError, ValueError, MemoryError) as error:  # a rule, or the data's spread
        got = "got numbers or a rule that make no bars"
        raise ValueError(f"residuals, bins: {got}: {error}") from None
    ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=TRUE["color"], edgecolor="black")
    ax.axvline(0.0, color="black", linewidth=1.0, label="no error")
    unit = float(np.abs(r).max()) or 1.0  # so that no square overflows or vanishes
    mean, deviation = unit * (r / unit).mean(), unit * (r / unit).std()
    label = f"mean {number(mean, 2)}, standard deviation {number(deviation, 2)}"
    ax.axvline(mean, label=label, **LEARNED)
    ax.set(xlabel=f"learned − true {name}", ylabel=f"number, of {len(r)}")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(ax)
    return ax


def _as_bins(bins: Any) -> Any:
    """A number of bars, the edges of the bars, or the name of a rule, which NumPy judges."""
    if isinstance(bins, str):
        return bins
    if not is_several(bins):
        return as_integer("bins", bins, 1, MAX_BINS)
    edges = as_real_array("bins", bins)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ValueError(f"bins: got shape {edges.shape}, takes at least two rising edges")
    return edges


SPECTRA = {  # the labels of the axes
    "fourier": ("frequency ω / rad per unit of x", "amplitude $A(ω)$"),
    "legendre": ("Legendre degree n", "amplitude $|c_n|$"),
}


def plot_spectrum(
    ax: Axes,
    e: Callable[[Array], ArrayLike],
    bounds: tuple[float, float],
    *,
    basis: str = "fourier",
    n: int = 256,
    label: str = r"$u_\theta - u$",
) -> Axes:
    """Draw the spectrum of an error: its amplitudes against the frequency, or the Legendre degree.

    Called again on the same `Axes` it adds a line of another look, to compare two ways of training.

    Parameters
    ----------
    ax : matplotlib Axes
    e, bounds, n, basis
        As `spectrum` takes them: "fourier" gives the amplitudes A_j at ω_j on a periodic interval, and
        "legendre" gives |c_n| at the degree n on any interval. The axis says which.
    label : str
        The name of the line in the legend.

    Returns
    -------
    matplotlib Axes
        The new line is its last.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure()
    >>> ax = plot_spectrum(ax, lambda x: 0.5 * np.cos(2 * x), (0, 2 * np.pi), n=8)
    >>> float(ax.lines[-1].get_ydata()[2].round(12)), ax.get_xlabel()
    (0.5, 'frequency ω / rad per unit of x')
    """
    check_axes(ax)
    label = as_text("label", label)
    frequency, amplitude = spectrum(e, bounds, n, basis)
    xlabel, ylabel = SPECTRA[basis]
    if ax.get_xlabel() in {other for other, _ in SPECTRA.values()} - {xlabel}:
        raise ValueError(f"basis: got {basis!r} on Axes of the other one, takes Axes of its own")
    look = line_style(len(ax.lines))
    floor = FLOOR * (amplitude.max() or 1.0)
    ax.semilogy(frequency, np.where(amplitude > 0, amplitude, floor), label=label, **look)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    legend_above(ax)
    return ax


def plot_step_curve(ax: Axes, steps: ArrayLike, curves: Mapping[str, ArrayLike]) -> Axes:
    """Draw relative error >= 0 against step size, a curve for each method: the V of finite differences."""
    check_axes(ax)
    steps = as_real_array("steps", steps)
    if steps.ndim != 1 or steps.size == 0 or not (steps > 0).all():
        raise ValueError(f"steps: got shape {steps.shape}, takes a vector of numbers > 0")
    as_instance("curves", curves, Mapping, "a mapping from name to errors")
    vectors = [as_real_vector(f"curves[{name!r}]", curves[name], steps.size) for name in curves]
    for name, vector in zip(curves, vectors):
        if (vector < 0).any():
            raise ValueError(f"curves[{name!r}]: got a number below 0, takes errors >= 0")
    floor = min((vector[vector > 0].min(initial=FLOOR) for vector in vectors), default=FLOOR)
    for i, (name, vector) in enumerate(zip(curves, vectors)):
        ax.loglog(steps, np.where(vector > 0, vector, floor), label=name, **line_style(i))
    ax.set(xlabel="step size h", ylabel="relative error")
    legend_above(ax)
    return ax
