"""How the time of one loss-and-gradient grows with N, width, depth, k and d.

Each series varies one of them and leaves the others. Its exponent e is the slope of log t against
log of the size, by least squares over all of its points; for k the size is k + 1 and for d it is
d + 1, the number of coefficients of a jet of which they are the degree and, at k = 1, the
dimension.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sobolev_ref.plots import figure, label_ends, line_style

from . import ours
from .limit import limits
from .problems import Problem, Row
from .timing import fastest, interleaved


@dataclass
class Series:
    """One quantity varied.

    Attributes
    ----------
    name, setting : str
        What is varied, and what is left.
    values : list of int
    rows : list of Row
        Of the same length.
    offset : int
        Added to a value to give the size that the exponent is of.
    seconds : dict
        From a contender to its median times, of the same length.
    """

    name: str
    setting: str
    values: list[int]
    rows: list[Row]
    offset: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def exponent(self, contender: str) -> float:
        """e in t ∝ sizeᵉ."""
        seconds = self.seconds[contender]
        return exponent([value + self.offset for value in self.values[: len(seconds)]], seconds)

    @property
    def size(self) -> str:
        """What the exponent is of, in print."""
        return f"({self.name}+{self.offset})" if self.offset else self.name


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """The slope of log t against log size.

    Examples
    --------
    >>> round(exponent([1, 2, 4], [3.0, 12.0, 48.0]), 12)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def series(quick: bool) -> list[Series]:
    """The five series; short ones for `quick`."""
    nodes = [250, 500, 1000] if quick else [250, 500, 1000, 2000, 4000, 8000, 16000]
    widths = [16, 32, 64] if quick else [16, 32, 64, 128, 256, 512]
    depths = [1, 2, 4] if quick else [1, 2, 3, 4, 6, 8]
    orders = [1, 2, 3] if quick else [1, 2, 3, 4, 6, 8]
    dimensions = [1, 2, 4] if quick else [1, 2, 3, 5, 8, 12, 16]
    n = 250 if quick else 1000
    return [
        Series("N", "(1,64,64,1), k=1", nodes, [Row((1, 64, 64, 1), 1, v) for v in nodes]),
        Series(
            "width",
            f"two hidden layers, k=1, N={n}",
            widths,
            [Row((1, v, v, 1), 1, n) for v in widths],
        ),
        Series(
            "depth",
            f"layers of 64, k=1, N={n}",
            depths,
            [Row((1, *[64] * v, 1), 1, n) for v in depths],
        ),
        Series("k", f"(1,64,64,1), N={n}", orders, [Row((1, 64, 64, 1), v, n) for v in orders], 1),
        Series(
            "d",
            f"(d,64,64,1), k=1, N={n}",
            dimensions,
            [Row((v, 64, 64, 1), 1, n) for v in dimensions],
            1,
        ),
    ]


def run(quick: bool, *, rounds: int) -> list[Series]:
    """All series, timed: ours, PyTorch (reverse) where it is installed, and the limit.

    PyTorch stops at k = 4, beyond which nested reverse sweeps take longer than all the rest.
    """
    out = series(quick)
    for one in out:
        for row in one.rows:
            calls = _calls(row)
            times = interleaved(calls, rounds=rounds, at_least=0.01 if quick else 0.02)
            for name, seconds in times.items():
                one.seconds.setdefault(name, []).append(seconds)
    return out


def _calls(row: Row) -> dict[str, Callable[[], object]]:
    problem = Problem(row)
    calls: dict[str, Callable[[], object]] = {"sobolev_ref": ours.contender(problem).run}
    if find_spec("torch") and row.order <= 4:
        from . import in_torch

        calls["PyTorch"] = in_torch.contenders(problem)[0].run
    floors = {limit.name: limit for limit in limits(row)}
    calls["limit"] = floors[fastest(floors, 0.005)]
    return calls


def saved(records: Iterable[Mapping[str, str]]) -> list[Series]:
    """The series of a saved table, without their rows.

    Examples
    --------
    >>> table = [{"series": "k", "setting": "N=1000", "of": "(k+1)", "contender": "sobolev_ref"}]
    >>> (one,) = saved([table[0] | {"value": f"{k}", "seconds": f"{3 * (k + 1)}"} for k in (1, 3)])
    >>> one.values, one.seconds, round(one.exponent("sobolev_ref"), 12)
    ([1, 3], {'sobolev_ref': [6.0, 12.0]}, 1.0)
    """
    found: dict[str, Series] = {}
    for r in records:
        new = Series(r["series"], r["setting"], [], [], int(r["of"].endswith("+1)")))
        one = found.setdefault(r["series"], new)
        one.values = sorted({*one.values, int(r["value"])})
        one.seconds.setdefault(r["contender"], []).append(float(r["seconds"]))
    return list(found.values())


def plot(all_series: list[Series]) -> Figure:
    """One panel a series, both axes logarithmic."""
    fig, axes = figure(columns=2, rows=-(-len(all_series) // 2), width=4.6, height=3.2)
    everything = [t for one in all_series for seconds in one.seconds.values() for t in seconds]
    for ax, one in zip(axes, all_series):
        _panel(ax, one)
        ax.set_ylim(1e3 * min(everything) / 1.5, 1e3 * max(everything) * 1.5)
        label_ends(ax)
    for ax in axes[len(all_series) :]:
        ax.set_axis_off()
    return fig


def _panel(ax: Axes, one: Series) -> None:
    for i, (name, seconds) in enumerate(one.seconds.items()):
        ms = [1e3 * t for t in seconds]
        ax.loglog(one.values[: len(ms)], ms, label=name, **line_style(i))
    size = one.size if len(one.name) == 1 else rf"\mathrm{{{one.name}}}"
    ax.set(
        xlabel=f"{one.name}, at {one.setting}",
        ylabel="ms, loss and gradient",
        title=f"our time grows like ${size}^{{{one.exponent('sobolev_ref'):.2f}}}$",
    )
    ax.set_xticks(one.values, [str(value) for value in one.values])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter("{x:g}")
    ax.grid(axis="y", which="major", color="0.85")
