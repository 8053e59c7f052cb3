"""Pictures of a run: the loss over the epochs, and its terms over the iterations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .._checks import (
    as_curve,
    as_exponent,
    as_instance,
    as_integer,
    as_multi_index,
    as_nonnegative,
    as_real,
    as_real_array,
    as_sequence,
    as_text,
)
from .._typing import MultiIndex
from .figures import LEARNED, check_axes, derivative_name, legend_above, line_style


def plot_loss(
    ax: Axes,
    history: ArrayLike,
    table: Mapping[int, float] | None = None,
    ylabel: str = "mean Sobolev loss",
) -> Axes:
    """Draw the loss at epochs 0, 1, … on a logarithmic axis, and a table of losses by epoch as points."""
    check_axes(ax)
    losses, ylabel = as_curve("history", history), as_text("ylabel", ylabel)
    if losses.ndim != 1 or losses.size == 0 or (losses < 0).any():
        raise ValueError(f"history: got shape {losses.shape}, takes a vector of numbers >= 0")
    rows = {} if table is None else table
    as_instance("table", rows, Mapping, "a mapping from epoch to loss")
    epochs = [as_integer("table: epoch", epoch, 0) for epoch in rows]
    points = [as_real("table", loss, above=0) for loss in rows.values()]
    line = {"color": LEARNED["color"], "linewidth": 1.0}
    ax.semilogy(np.arange(len(losses)), losses, label="this run", **line)
    if rows:
        square = {"color": "black", "markerfacecolor": "white"}
        ax.semilogy(epochs, points, "s", label="paper's table", **square)
        legend_above(ax)
    ax.set(xlabel="epoch", ylabel=ylabel)
    return ax


def plot_terms(
    ax: Axes,
    terms: Sequence[Mapping[MultiIndex, float]],
    p: float = 2,
    iterations: ArrayLike | None = None,
) -> Axes:
    """Draw the terms of a loss, ‖r_α‖_p = ‖Dᵅu_θ − Dᵅu‖_p, over the iterations on a logarithmic axis.

    Parameters
    ----------
    ax : matplotlib Axes
    terms : sequence of mappings
        What `SobolevLoss.terms` returned at each iteration, ‖r_α‖_p^p by α. A callback keeps it:
        ``callback=lambda theta: terms.append(loss.terms(theta))``. An α that a mapping lacks is a gap.
    p : float
        The exponent of the loss.
    iterations : array_like, shape (n,), optional
        The number of each iteration; by default they are 0, 1, ….

    Returns
    -------
    matplotlib Axes
        It has a line for each α, in graded order.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure()
    >>> ax = plot_terms(ax, [{(0,): 4.0, (1,): 9.0}, {(0,): 1.0, (1,): 4.0}])
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[2.0, 1.0], [3.0, 2.0]]
    """
    check_axes(ax)
    exponent = as_exponent(p)
    takes = "what SobolevLoss.terms returned at each iteration"
    for record in as_sequence("terms", terms, takes):
        for alpha, value in as_instance("terms", record, Mapping, takes).items():
            as_multi_index("terms: α", alpha, len(alpha) if isinstance(alpha, tuple) else 1)
            as_nonnegative(f"terms[{alpha}]", value)
    alphas = {alpha for record in terms for alpha in record}
    if not alphas:
        raise ValueError(f"terms: got none, takes {takes}")
    steps = as_real_array("iterations", np.arange(len(terms)) if iterations is None else iterations)
    if steps.shape != (len(terms),):
        raise ValueError(f"iterations: got shape {steps.shape}, takes shape ({len(terms)},)")
    graded = sorted(alphas, key=lambda alpha: (sum(alpha), tuple(-n for n in alpha)))
    sparse = max(1, len(terms) // 12)
    for i, alpha in enumerate(graded):
        powers = np.array([record.get(alpha, np.nan) for record in terms])
        look = {"label": derivative_name(alpha), "markevery": sparse, **line_style(i)}
        ax.semilogy(steps, powers ** (1 / exponent), **look)
    error = r"\Vert D^\alpha u_\theta - D^\alpha u\Vert"
    ax.set(xlabel="iteration", ylabel=f"${error}_{{{exponent:g}}}$")
    legend_above(ax, ncols=min(len(graded), 4))
    return ax
