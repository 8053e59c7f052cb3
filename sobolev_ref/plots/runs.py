"""Pictures of a run: fit, derivatives, losses, step sizes. Each function draws on an `Axes` and returns it.

Figures are made by `canvas`. What is true is a broad pale line, what was learned a thin dark dashed one on
top of it: they can be told apart in greyscale, and where they coincide. What is plotted can be read back as
data, for example ``ax.lines[0].get_xydata()``; labels and units are the caller's to change, by ``ax.set``.
`pictures` has those of the error and of several variables.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .._checks import (
    as_exponent,
    as_index,
    as_multi_index,
    as_nodes,
    as_nonnegative,
    as_order,
    as_real_array,
    as_sequence,
    as_text,
    as_vector,
    shown,
)
from .._typing import MultiIndex
from ..integrals.targets import Target, target_derivatives
from ..models.model import Model, as_model
from .figures import as_axes, as_curve, as_table

TRUE: dict[str, Any] = {"color": "#9ecae1", "linewidth": 5.0, "solid_capstyle": "butt"}
LEARNED: dict[str, Any] = {"color": "#08306b", "linewidth": 1.6, "linestyle": (0, (5, 2))}
POINTS: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 4,
    "color": LEARNED["color"],
    "markerfacecolor": "white",
}
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "x")


def plot_fit(
    ax: Axes, x: ArrayLike, true: ArrayLike | None, learned: ArrayLike, name: str, ylabel: str
) -> Axes:
    """A function, where it is known (NaN: a gap), and its approximation over x; all of shape (N,)."""
    as_axes(ax)
    x = as_real_array("x", x)
    x = as_vector("x", x, x.size)
    learned = as_real_array("learned", learned)
    if learned.shape != x.shape or x.size == 0:
        raise ValueError(f"x, learned: got shapes {x.shape} and {learned.shape}, takes one, (N,)")
    name, ylabel = as_text("name", name), as_text("ylabel", ylabel)
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
    """dⁿu_θ/dxⁿ over an interval, exact, on top of dⁿu/dxⁿ.

    Parameters
    ----------
    ax : matplotlib Axes
    model : MLP or LinearModel
        u_θ, with d = 1.
    theta : array_like, shape (P,)
    x : array_like, shape (N,)
        Where, in drawing order.
    order : int
        n >= 0; 0 is the fit itself.
    target : callable or mapping, optional
        u, as `SobolevLoss` takes it; NaN leaves a gap.
    output : int
        Which of the m outputs, from 0.

    Returns
    -------
    matplotlib Axes
        Its lines are the true derivative, if there is a target, and the learned one.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name, or d > 1.

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
    as_axes(ax)
    as_model(model)
    if model.d != 1:
        raise ValueError(f"model: got d = {model.d}, takes d = 1; see plot_sensitivity for more")
    theta = as_vector("theta", as_real_array("theta", theta), model.n_parameters)
    j, n = as_index("output", output, model.m), as_order(order, 1)
    nodes = as_nodes("x", as_real_array("x", x), 1)
    learned = model.derivatives(theta, nodes, n)[(n,)][:, j]
    true = None if target is None else target_derivatives(target, nodes, n, model.m)[n, :, j]
    name = derivative_name((n,))
    return plot_fit(ax, nodes[:, 0], true, learned, name, f"{name}(x)")


def plot_loss(
    ax: Axes,
    history: ArrayLike,
    table: Mapping[int, float] | None = None,
    ylabel: str = "mean Sobolev loss",
) -> Axes:
    """The loss at epochs 0, 1, … on a logarithmic axis, and a table's rows as points."""
    as_axes(ax)
    losses = as_curve("history", history)
    if losses.ndim != 1 or losses.size == 0 or (losses < 0).any():
        raise ValueError(f"history: got shape {losses.shape}, takes a vector of numbers >= 0")
    if table is not None:
        table = as_table(table)
    ylabel = as_text("ylabel", ylabel)
    ax.semilogy(
        np.arange(len(losses)), losses, color=LEARNED["color"], linewidth=1.0, label="this run"
    )
    if table:
        ax.semilogy(
            list(table),
            list(table.values()),
            "s",
            color="black",
            markerfacecolor="white",
            label="paper's table",
        )
        legend_above(ax)
    ax.set(xlabel="epoch", ylabel=ylabel)
    return ax


def plot_terms(
    ax: Axes,
    terms: Sequence[Mapping[MultiIndex, float]],
    p: float = 2,
    iterations: ArrayLike | None = None,
) -> Axes:
    """The loss by term: ‖r_α‖_p = ‖Dᵅu_θ − Dᵅu‖_p of every α over the iterations, log scale.

    Parameters
    ----------
    ax : matplotlib Axes
    terms : sequence of mappings
        What `SobolevLoss.terms` returned at each iteration, ‖r_α‖_p^p by α, as a callback keeps it:
        ``callback=lambda theta: terms.append(loss.terms(theta))``. An α that a mapping lacks is a gap.
    p : float
        The exponent of the loss.
    iterations : array_like, shape (n,), optional
        0, 1, … by default.

    Returns
    -------
    matplotlib Axes
        A line for each α, in graded order.

    Raises
    ------
    TypeError, ValueError
        For p < 1, no terms at all, or iterations of another length.

    Examples
    --------
    >>> from sobolev_ref.plots import figure
    >>> _, (ax,) = figure()
    >>> ax = plot_terms(ax, [{(0,): 4.0, (1,): 9.0}, {(0,): 1.0, (1,): 4.0}])
    >>> [line.get_ydata().tolist() for line in ax.lines]
    [[2.0, 1.0], [3.0, 2.0]]
    """
    as_axes(ax)
    exponent = as_exponent(p)
    takes = "what SobolevLoss.terms returned at each iteration"
    for record in as_sequence("terms", terms, takes):
        if not isinstance(record, Mapping):
            raise TypeError(f"terms: got {shown(record)}, takes {takes}")
        for alpha, value in record.items():
            d = len(alpha) if isinstance(alpha, tuple) else 1
            as_multi_index("terms: multi-index", alpha, d)
            as_nonnegative(f"terms[{alpha}]", value)
    alphas = {alpha: None for record in terms for alpha in record}
    if not alphas:
        raise ValueError("terms: got none, takes what SobolevLoss.terms returned at each iteration")
    steps = as_real_array("iterations", np.arange(len(terms)) if iterations is None else iterations)
    if steps.shape != (len(terms),):
        raise ValueError(f"iterations: got shape {steps.shape}, takes shape ({len(terms)},)")
    for i, alpha in enumerate(
        sorted(alphas, key=lambda alpha: (sum(alpha), tuple(-n for n in alpha)))
    ):
        powers = np.array([record.get(alpha, np.nan) for record in terms])
        ax.semilogy(
            steps,
            powers ** (1 / exponent),
            label=derivative_name(alpha),
            markevery=max(1, len(terms) // 12),
            **line_style(i),
        )
    error = r"\Vert D^\alpha u_\theta - D^\alpha u\Vert"
    ax.set(xlabel="iteration", ylabel=f"${error}_{{{exponent:g}}}$")
    legend_above(ax, ncols=min(len(alphas), 4))
    return ax


def plot_step_curve(ax: Axes, steps: ArrayLike, curves: Mapping[str, ArrayLike]) -> Axes:
    """Relative error against step size, one curve for each method: the V of finite differences."""
    as_axes(ax)
    steps = as_real_array("steps", steps)
    if steps.ndim != 1 or steps.size == 0 or not (steps > 0).all():
        raise ValueError(f"steps: got shape {steps.shape}, takes a vector of numbers > 0")
    if not isinstance(curves, Mapping):
        raise TypeError(f"curves: got {shown(curves)}, takes a mapping from name to errors")
    for i, (name, errors) in enumerate(curves.items()):
        label = f"curves[{name!r}]"
        vector = as_vector(label, as_real_array(label, errors), steps.size)
        ax.loglog(
            steps,
            np.maximum(vector, 1e-17),  # an error of exactly zero, on a log axis
            label=name,
            **line_style(i),
        )
    ax.set(xlabel="step size h", ylabel="relative error")
    legend_above(ax)
    return ax


def line_style(i: int) -> dict[str, Any]:
    """The look of line i: twelve that differ without colour."""
    return {
        "linestyle": LINES[i % len(LINES)],
        "marker": MARKERS[i % len(MARKERS)],
        "markersize": 4,
        "color": f"{0.15 + 0.2 * (i % 4):.2f}",
    }


def derivative_name(alpha: MultiIndex, of: str = "u") -> str:
    """Dᵅu as matplotlib's mathematics: u, u′, u″, u⁽³⁾ for d = 1, D^(2,1) u for more.

    Examples
    --------
    >>> derivative_name((1,)), derivative_name((3,)), derivative_name((2, 1))
    ("$u'$", '$u^{(3)}$', '$D^{(2,1)}u$')
    """
    if not any(alpha):
        return f"${of}$"
    if len(alpha) == 1:
        return f"${of}" + ("'" * alpha[0] if alpha[0] < 3 else f"^{{({alpha[0]})}}") + "$"
    return f"$D^{{({','.join(map(str, alpha))})}}{of}$"


def number(value: float, digits: int = 3) -> str:
    """A number for a label, with the minus sign that the axes have.

    Examples
    --------
    >>> number(-0.01234)
    '−0.0123'
    """
    return f"{value:.{digits}g}".replace("-", "−")


def legend_above(ax: Axes, ncols: int = 2) -> None:
    """A legend outside the axes, where it can hide nothing."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=ncols, frameon=False)
