"""`LabWindow`: pictures, sliders and buttons around an `Experiment`, on any matplotlib figure.

What never changes is drawn once and kept as a bitmap; a frame lays the moving lines over it (blitting),
so that training stays smooth. Axes grow in leaps, and a leap is one whole drawing. Everything is
matplotlib's own, so it works over each of its interactive backends, and on a bare canvas; where the
canvas cannot blit, every frame is a whole drawing. `command` opens the window.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.widgets import Button, Slider

from .._checks import as_integer
from ..plots.figures import POINTS, derivative_name, legend_above, line_style, number
from ..plots.fits import plot_fit
from .experiment import MAX_ORDER, Experiment

STEPS = 20  # of gradient descent between two frames
INTERVAL = 10  # milliseconds between frames
STABILITY = 2.0  # the upper end of the axis of ηλ_max/2
FORMULA = (
    r"$L(\theta) = \sum_{n\leq k}\lambda^n\,$mean$\,|u_\theta^{(n)} - y_n|^p$,   "
    r"$y_n = u^{(n)}$ + noise,   $u = \frac{x}{3}\,\sin\,2x$"
)


@dataclass(frozen=True)
class Control:
    """A slider for one of `Settings`; its range is one of logarithms if `log`."""

    label: str
    low: float
    high: float
    step: float | None = None
    log: bool = False

    def position(self, value: float) -> float:
        """The position of a setting on the slider."""
        return math.log10(value) if self.log else float(value)

    def value(self, position: float) -> float | int:
        """The setting at a position, of three digits so that what is shown is what is used."""
        if self.step == 1:
            return round(position)
        return float(f"{10**position if self.log else position:.3g}")


CONTROLS = {
    "weight": Control("weight λ", -3, 1, log=True),
    "p": Control("exponent p", 1, 4, step=0.5),
    "order": Control("order k", 0, MAX_ORDER, step=1),
    "learning_rate": Control("learning rate η", -3, 0, log=True),
    "width": Control("width", 1, 64, step=1),
    "noise": Control("noise τ", 0, 0.5, step=0.01),
}


class LabWindow:
    """An experiment on a figure: four pictures, six sliders, two buttons.

    Parameters
    ----------
    figure : matplotlib Figure
        An empty figure, on any canvas.
    experiment : Experiment
        The run that is shown.
    steps : int
        The number of steps of gradient descent between two frames.

    Examples
    --------
    >>> window = LabWindow(Figure(), Experiment())
    >>> window.frame()
    >>> window.sliders["noise"].set_val(0.25)
    >>> window.experiment.steps, window.experiment.settings.noise
    (20, 0.25)
    """

    def __init__(self, figure: Figure, experiment: Experiment, steps: int = STEPS) -> None:
        self.figure = figure
        self.experiment = experiment
        self.steps = as_integer("steps", steps, minimum=1)
        self.running = False
        self.frames = 0
        self._background: Any = None
        self._moving: list[Artist] = []
        self._pictures()
        self._widgets()
        for i, artist in enumerate(self._moving):  # above the rest, in a file as on the screen
            artist.set(animated=True, zorder=10 + i)
        self.timer = figure.canvas.new_timer(interval=INTERVAL)
        self.timer.add_callback(self._tick)
        figure.canvas.mpl_connect("draw_event", self._drawn)
        figure.canvas.mpl_connect("close_event", lambda event: self.timer.stop())
        self.refresh()

    # -- what stands in the figure ---------------------------------------------------------------

    def _pictures(self) -> None:
        """Draw the four axes, and list what moves in `_moving`."""
        run = self.experiment
        grid = self.figure.add_gridspec(
            2, 2, left=0.07, right=0.975, top=0.9, bottom=0.305, hspace=0.5, wspace=0.17
        )
        axes = [self.figure.add_subplot(grid[i, j]) for i in (0, 1) for j in (0, 1)]
        self.fits: list[Line2D] = []
        self.samples: list[Line2D] = []
        for n, ax in enumerate(axes[:2]):
            name = derivative_name((n,))
            view = run.view()
            plot_fit(ax, view.grid, view.true[n], view.learned[n], name, f"{name}(x)")
            (dots,) = ax.plot([], [], label="data", **{**POINTS, "color": "0.45"})
            self.samples.append(dots)
            self.fits.append(ax.lines[1])
            reach = np.abs(view.true[n]).max()
            ax.set(xlim=view.grid[[0, -1]], ylim=(-1.6 * reach, 1.6 * reach))
            legend_above(ax, ncols=3)
        self.history, stability = axes[2:]
        (total,) = self.history.plot([], [], color="0.75", linewidth=4, label="loss")
        self.losses = [total]
        for n in range(MAX_ORDER + 1):
            style = {**line_style(n, marker=False), "label": derivative_name((n,))}
            self.losses += self.history.plot([], [], **style)
        self.history.set(xlabel="step", ylabel="loss and its terms", yscale="log")
        legend_above(self.history, ncols=MAX_ORDER + 2)
        (self.stability,) = stability.plot([], [], color="black", linewidth=1.4)
        stability.axhspan(1, STABILITY, color="0.9", zorder=0)
        stability.axhline(1, color="black", linewidth=1, linestyle=":")
        label = r"$\eta\lambda_{\max}/2$"
        stability.set(xlabel="step", ylabel=label, ylim=(0, STABILITY))
        stability.set_title(r"sharpness: above 1 a step overshoots", fontsize="medium")
        self.no_hessian = stability.text(
            0.5, 0.75, "", transform=stability.transAxes, ha="center", va="center"
        )
        self.marks = [
            ax.plot([], [], color="0.5", linewidth=0.8, transform=ax.get_xaxis_transform())[0]
            for ax in (self.history, stability)
        ]
        self.stepped = (self.history, stability)
        self.status = self.figure.text(0.07, 0.965, "", va="center", family="monospace")
        self._moving += [*self.samples, *self.fits, *self.marks, *self.losses, self.stability]
        self._moving += [self.no_hessian, self.status]

    def _widgets(self) -> None:
        """Put sliders in two columns, and buttons under them."""
        self.sliders: dict[str, Slider] = {}
        for i, (name, control) in enumerate(CONTROLS.items()):
            left, bottom = (0.13, 0.62)[i // 3], 0.19 - 0.045 * (i % 3)
            slider = Slider(
                self.figure.add_axes((left, bottom, 0.27, 0.03)),
                control.label,
                control.low,
                control.high,
                valinit=control.position(getattr(self.experiment.settings, name)),
                valstep=control.step,
                color="0.55",
            )
            slider.vline.set_visible(False)  # it marks the initial value
            slider.label.set_x(-0.04)  # here and at 1.04 a text is clear of the knob
            slider.valtext.set_x(1.04)
            slider.on_changed(self._setter(name))
            self.sliders[name] = slider
        rate = self.sliders["learning_rate"].ax
        upright = rate.get_xaxis_transform()  # x along the slider, y from 0 to 1 across it
        (self.edge,) = rate.plot([], [], color="black", linewidth=2, transform=upright)
        self.edge_label = rate.text(
            0, 1.0, "2/L", transform=upright, ha="center", va="bottom", fontsize="small"
        )
        self._moving += [self.edge, self.edge_label]
        self.start = Button(self.figure.add_axes((0.13, 0.025, 0.12, 0.045)), "Start")
        self.start.on_clicked(lambda event: self.toggle())
        self.again = Button(self.figure.add_axes((0.28, 0.025, 0.12, 0.045)), "Restart")
        self.again.on_clicked(lambda event: self.restart())
        self.figure.text(0.62, 0.047, FORMULA, va="center")

    def _setter(self, name: str) -> Callable[[float], None]:
        def changed(position: float) -> None:
            self.experiment.set(**{name: CONTROLS[name].value(position)})
            self.refresh()

        return changed

    # -- what happens ----------------------------------------------------------------------------

    def toggle(self) -> None:
        """Start the run, or pause it."""
        self._run(not self.running and not self.experiment.diverged)

    def restart(self) -> None:
        """Begin again at step 0, under the present settings."""
        self.experiment.reset()
        self.refresh()

    def _run(self, running: bool) -> None:
        self.running = running
        self.start.label.set_text("Pause" if running else "Start")
        if running:
            self.timer.start()
        else:
            self.timer.stop()
        self.figure.canvas.draw_idle()

    def _tick(self) -> None:
        if self.running:
            self.frame()

    def frame(self) -> None:
        """Make some steps, and draw the picture after them."""
        self.experiment.step(self.steps)
        self.frames += 1
        if self.experiment.diverged and self.running:
            self._run(False)
        self.refresh()

    def refresh(self) -> None:
        """Bring everything that moves up to the experiment's state, and onto the screen."""
        run = self.experiment
        view = run.view()
        for n, learned in enumerate(view.learned):
            self.fits[n].set_ydata(learned)
            known = view.data[n] if n <= run.settings.order else np.empty(0)
            self.samples[n].set_data(view.nodes[: len(known)], known)
        steps = [r.step for r in run.records]
        self.losses[0].set_data(steps, [r.loss for r in run.records])
        for n, line in enumerate(self.losses[1:]):
            terms = [r.terms[n] if n < len(r.terms) else np.nan for r in run.records]
            line.set_data(steps, terms)
        self.stability.set_data(steps, [r.stability for r in run.records])
        for mark in self.marks:
            mark.set_data(np.repeat(run.changes, 3), [0, 1, np.nan] * len(run.changes))
        rough = "p < 2: no Hessian where r = 0,\nand no Lipschitz constant L"
        self.no_hessian.set_text(rough if run.settings.p < 2 else "")
        self._show_edge()
        self.status.set(text=self.describe(), weight="bold" if run.diverged else "normal")
        for name, slider in self.sliders.items():
            slider.valtext.set_text(number(getattr(run.settings, name)))
        if self._fit_axes() or not self._blit():
            self.figure.canvas.draw_idle()

    def describe(self) -> str:
        """One line that says where the run is, or that it diverged."""
        run = self.experiment
        last = run.records[-1]
        if run.diverged:
            return run.diverged
        top, edge = (
            f"{value:9.3e}" if math.isfinite(value) else f"{'none':>9}"
            for value in (last.sharpness, last.edge)
        )
        return (
            f"step {last.step:>7,}   loss {last.loss:9.3e}   λmax {top}   2/L {edge}   "
            f"η {run.settings.learning_rate:.3g}"
        )

    def _show_edge(self) -> None:
        """Mark 2/L on the slider of the learning rate, if it is in its range."""
        control, edge = CONTROLS["learning_rate"], self.experiment.records[-1].edge
        position = control.position(edge) if edge > 0 else math.nan
        shown = control.low <= position <= control.high
        self.edge.set_data([position] * 2 if shown else [], [0, 1] if shown else [])
        self.edge_label.set(x=position if shown else control.low, visible=shown)

    def _fit_axes(self) -> bool:
        """Let the axes of the history grow in leaps, and return whether any did."""
        records = self.experiment.records
        right = 500.0
        while right < records[-1].step:
            right *= 2
        shown = np.concatenate([[r.loss, *r.terms] for r in records])
        shown = shown[np.isfinite(shown) & (shown > 1e-16) & (shown < 1e4)]
        low, high = (shown.min(), shown.max()) if len(shown) else (1.0, 1.0)
        limits = (10.0 ** math.floor(math.log10(low)), 10.0 ** (math.floor(math.log10(high)) + 1))
        if self.stepped[0].get_xlim() == (0, right) and self.history.get_ylim() == limits:
            return False
        for ax in self.stepped:
            ax.set_xlim(0, right)
        self.history.set_ylim(limits)
        return True

    # -- blitting --------------------------------------------------------------------------------

    def _drawn(self, event: Any) -> None:
        """Keep a whole drawing, which is one without what moves, and draw what moves over it."""
        canvas: Any = self.figure.canvas
        if canvas.supports_blit and not canvas.is_saving():
            self._background = (self.figure.bbox.bounds, canvas.copy_from_bbox(self.figure.bbox))
        for artist in self._moving:
            if artist.axes is None or not canvas.is_saving():  # axes draw theirs into files
                artist.draw(event.renderer)

    def _blit(self) -> bool:
        """Draw what moves over the kept drawing; return False if there is none of this size."""
        canvas: Any = self.figure.canvas
        if self._background is None or self._background[0] != self.figure.bbox.bounds:
            return False
        canvas.restore_region(self._background[1])
        for artist in self._moving:
            self.figure.draw_artist(artist)
        canvas.blit(self.figure.bbox)
        return True
