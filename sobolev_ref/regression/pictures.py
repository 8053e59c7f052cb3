"""Pictures of a fit: what is predicted against what is true, residuals, a slice, and the loss of the run."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .._typing import Array
from ..plots.errors import plot_predicted, plot_residuals
from ..plots.figures import LEARNED, figure, legend_above
from ..plots.runs import plot_loss
from .measurements import Data
from .names import Key, Names
from .uncertainty import NORMAL

COLUMNS = 4  # of a figure


def predicted(data: Data, learned: dict[Key, Array], names: Names) -> Any:
    """Predicted against true, an `Axes` for every output and derivative that is known."""
    return compared(data, learned, names, plot_predicted)


def residuals(data: Data, learned: dict[Key, Array], names: Names) -> Any:
    """The histograms of learned − true."""

    def draw(ax: Any, true: Array, found: Array, name: str) -> None:
        plot_residuals(ax, found - true, name)

    return compared(data, learned, names, draw)


def compared(data: Data, learned: dict[Key, Array], names: Names, draw: Callable[..., Any]) -> Any:
    """One `Axes` for every output and derivative that is known, by draw(ax, true, found, name)."""
    pairs = [
        (names.of(key, j), true[:, j], learned[key][:, j])
        for key, true in data.numbers.items()
        for j in range(data.m)
        if not np.isnan(true[:, j]).all()
    ]
    if not pairs:
        raise ValueError("y: got no number to compare with, takes at least one")
    rows = -(-len(pairs) // COLUMNS)
    fig, axes = figure(columns=-(-len(pairs) // rows), rows=rows, width=4.0)
    for ax, (name, true, found) in zip(axes, pairs):
        draw(ax, true, found, name)
    for ax in axes[len(pairs) :]:
        ax.remove()
    return fig


def along_an_input(
    x: Array, curves: Mapping[str, tuple[Array, Array | None]], input_name: str
) -> Any:
    """Curves over one input, (n,) each, in an `Axes` of its own, with the band that holds 90 %."""
    fig, axes = figure(columns=len(curves), width=5.0)
    for ax, (name, (learned, deviation)) in zip(axes, curves.items()):
        if deviation is not None:
            low, high = learned - NORMAL * deviation, learned + NORMAL * deviation
            ax.fill_between(x, low, high, color="0.85", label="90 % interval")
            endless, whole = np.isinf(deviation), ax.get_xaxis_transform()
            ax.fill_between(x, 0, 1, where=endless, transform=whole, color="0.85", linewidth=0)
        ax.plot(x, learned, label=name, **LEARNED)
        ax.set(xlabel=input_name, ylabel=name)
        legend_above(ax)
    return fig


def over_iterations(history: Array) -> Any:
    """The loss over the iterations."""
    fig, (ax,) = figure()
    plot_loss(ax, history, ylabel="loss of the standardised data")
    ax.set(xlabel="iteration")
    return fig
