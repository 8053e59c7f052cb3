"""Pictures of the error: predicted against actual, residuals, spectrum. Style and rules as in `plotting`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .._checks import as_integer, as_real_array, as_text, as_word, check_size, is_several
from .._typing import Array
from ..theory.spectra import spectrum
from .figures import as_axes
from .runs import LEARNED, POINTS, TRUE, legend_above, line_style, number

BINS = ("auto", "doane", "fd", "rice", "scott", "sqrt", "stone", "sturges")
MAX_BINS = 10_000
FLOOR = 1e-17  # what an amplitude of exactly zero is drawn at, on a log axis


def r_squared(actual: ArrayLike, predicted: ArrayLike) -> float:
    """The coefficient of determination, the share of the variance that a prediction explains.

    R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)², over the entries where y is not NaN: 1 for a perfect
    prediction, 0 for the mean ȳ, below 0 for worse than that. NaN if all y are equal, which leaves nothing
    to explain.

    Parameters
    ----------
    actual, predicted : array_like, of one shape
        y, NaN for what was not measured, and ŷ.

    Raises
    ------
    TypeError, ValueError
        For shapes that disagree, no entry to compare, or predictions that are not finite.

    Examples
    --------
    >>> r_squared([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """
    y, y_hat = _pairs(actual, predicted)
    variation = ((y - y.mean()) ** 2).sum()
    if y.min() == y.max():  # where rounding may leave the mean beside the value
        return float("nan")
    return float(1 - ((y - y_hat) ** 2).sum() / variation)


def _pairs(actual: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    """y and ŷ where y was measured, shape (M,)."""
    y = as_real_array("actual", actual, finite=False)
    y_hat = as_real_array("predicted", predicted)
    if y.shape != y_hat.shape:
        raise ValueError(f"predicted: got shape {y_hat.shape}, takes shape {y.shape}")
    if np.isinf(y).any() or np.isnan(y).all():
        raise ValueError("actual: takes numbers, NaN where missing, and at least one")
    known = ~np.isnan(y)
    return y[known], y_hat[known]


def plot_predicted(ax: Axes, actual: ArrayLike, predicted: ArrayLike, name: str = "u") -> Axes:
    """Predicted against actual, on the line where both agree, with R² (see `r_squared`).

    Parameters
    ----------
    ax : matplotlib Axes
    actual, predicted : array_like, of one shape
        y and ŷ, values or derivatives; a pair is left out where y is NaN.
    name : str
        What they are, with their unit.

    Returns
    -------
    matplotlib Axes
        Its lines are the diagonal and the points (y, ŷ).

    Raises
    ------
    TypeError, ValueError
        As `r_squared`.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure(width=4)
    >>> ax = plot_predicted(ax, [1.0, 2.0, 3.0], [1.0, 2.0, 4.0], "price / $")
    >>> ax.lines[1].get_xydata().tolist()
    [[1.0, 1.0], [2.0, 2.0], [3.0, 4.0]]
    """
    as_axes(ax)
    name = as_text("name", name)
    y, y_hat = _pairs(actual, predicted)
    ends = [min(y.min(), y_hat.min()), max(y.max(), y_hat.max())]
    ax.plot(ends, ends, label="predicted = actual", **TRUE)
    r2 = r_squared(actual, predicted)
    shown = "undefined" if np.isnan(r2) else number(r2, 6)
    ax.plot(y, y_hat, label=f"{len(y)} points, $R^2$ = {shown}", **POINTS)
    ax.set(xlabel=f"actual {name}", ylabel=f"predicted {name}", aspect="equal")
    legend_above(ax, ncols=1)
    return ax


def plot_residuals(
    ax: Axes, residuals: ArrayLike, name: str = "u", bins: int | str | ArrayLike = "auto"
) -> Axes:
    """The histogram of r = learned − true, with its mean and standard deviation.

    Parameters
    ----------
    ax : matplotlib Axes
    residuals : array_like, any shape
        r; NaN, for what was not measured, is left out.
    name : str
        What they are residuals of, with its unit.
    bins : int, str or array_like
        As `numpy.histogram_bin_edges` takes it.

    Returns
    -------
    matplotlib Axes
        Its patches are the bars; its lines stand at 0 and at the mean.

    Raises
    ------
    TypeError, ValueError
        For infinite residuals, or none.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure()
    >>> ax = plot_residuals(ax, [-1.0, 0.5, 0.5, 1.0], bins=2)
    >>> [int(bar.get_height()) for bar in ax.patches]
    [1, 3]
    """
    as_axes(ax)
    name = as_text("name", name)
    r = as_real_array("residuals", residuals, finite=False)
    r = r[~np.isnan(r)]
    if len(r) == 0 or np.isinf(r).any():
        raise ValueError("residuals: takes numbers, NaN where missing, and at least one")
    wanted = _as_bins(bins)
    try:
        with np.errstate(divide="raise", invalid="raise"):  # older versions of NumPy only warn
            counts, edges = np.histogram(r, wanted)
    except (ArithmeticError, ValueError, MemoryError) as error:  # from the spread of the data
        raise ValueError(f"residuals, bins: got numbers that make no bars: {error}") from None
    ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=TRUE["color"], edgecolor="black")
    ax.axvline(0.0, color="black", linewidth=1.0, label="no error")
    label = f"mean {number(r.mean(), 2)}, standard deviation {number(r.std(), 2)}"
    ax.axvline(r.mean(), label=label, **LEARNED)
    ax.set(xlabel=f"learned − true {name}", ylabel=f"number, of {len(r)}")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(ax)
    return ax


def _as_bins(bins: Any) -> Any:
    """A number of bars, a rule of NumPy's for it, or their edges."""
    if isinstance(bins, str):
        return as_word("bins", bins, *BINS)
    if is_several(bins):
        edges = as_real_array("bins", bins)
        if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
            raise ValueError(f"bins: got shape {edges.shape}, takes at least two rising edges")
        return edges
    number = as_integer("bins", bins, minimum=1)
    check_size("bins", number, number, f"at most {MAX_BINS:,} bars", MAX_BINS)
    return number


def plot_spectrum(
    ax: Axes,
    e: Callable[[Array], ArrayLike],
    bounds: tuple[float, float],
    *,
    basis: str = "fourier",
    n: int = 256,
    label: str = r"$u_\theta - u$",
) -> Axes:
    """The spectrum of an error: amplitude against frequency, or against Legendre degree.

    Called again on the same `Axes` it adds a line of another look, to compare two ways of training.

    Parameters
    ----------
    ax : matplotlib Axes
    e, bounds, n, basis
        As `spectrum` takes them: "fourier" for a periodic interval (amplitudes A_j at ω_j),
        "legendre" for any (|c_n| at degree n). The axis says which.
    label : str
        For the legend.

    Returns
    -------
    matplotlib Axes
        The new line is its last.

    Raises
    ------
    TypeError, ValueError
        As `spectrum`.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure()
    >>> ax = plot_spectrum(ax, lambda x: 0.5 * np.cos(2 * x), (0, 2 * np.pi), n=8)
    >>> float(ax.lines[-1].get_ydata()[2].round(12)), ax.get_xlabel()
    (0.5, 'frequency ω / rad per unit of x')
    """
    as_axes(ax)
    label = as_text("label", label)
    frequency, amplitude = spectrum(e, bounds, n, basis)
    look = line_style(len(ax.lines))
    ax.semilogy(frequency, np.maximum(amplitude, FLOOR), label=label, **look)
    ax.set(
        xlabel="frequency ω / rad per unit of x" if basis == "fourier" else "Legendre degree n",
        ylabel="amplitude $A(ω)$" if basis == "fourier" else "amplitude $|c_n|$",
    )
    legend_above(ax)
    return ax
