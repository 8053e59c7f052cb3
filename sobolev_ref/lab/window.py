"""`LabWindow`: pictures and controls around an `Experiment`, on any matplotlib figure.

What seldom changes is drawn once and kept as a bitmap; a frame lays the moving lines over it (blitting),
so that training stays smooth. Axes grow in leaps, and a leap is one whole drawing. Everything is
matplotlib's own, so it works over each of its interactive backends, and on a bare canvas; where the
canvas cannot blit, every frame is a whole drawing. `command` opens the window.
"""

import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import NullFormatter
from matplotlib.transforms import offset_copy
from matplotlib.widgets import Button, Slider, TextBox

from ..jets.activations import ACTIVATIONS
from ..plots.figures import COLORS, LEARNED, POINTS, TRUE, derivative_name, line_style, number
from .experiment import MAX_ORDER, Experiment, Record, View
from .expression import STANDARD
from .presets import PRESETS

STEPS = 20  # of gradient descent between two frames
INTERVAL = 10  # milliseconds between frames
STABILITY = 2.0  # the upper end of the axis of ηλ_max/2
PLAIN, PROJECTED = 11, 16  # points of the type
GHOST_NAME = "#9c4a7d"  # its colour, dark enough to be read
GHOST: dict[str, Any] = {"color": COLORS[4], "linewidth": 2.5, "linestyle": (0, (8, 2, 2, 2))}
START = (
    "Space: start, pause. R: reset. G: keep this run as a ghost, or let it go. F: full screen.\n"
    r"$L(\theta) = \Sigma_{n\leq k}\,\lambda^n\,$mean$\,|u_\theta^{(n)} - y_n|^p + \mu|\theta|^2/2$,   "
    r"$y_n = f^{(n)}$ + noise"
)


@dataclass(frozen=True)
class Control:
    """A slider for one of `Settings`: of numbers, of their logarithms if `log`, or of choices."""

    label: str
    low: float
    high: float
    step: float | None = None
    log: bool = False
    choices: tuple[str, ...] = ()

    def position(self, value: Any) -> float:
        """The position of a setting on the slider."""
        if self.choices:
            return self.choices.index(value)
        return math.log10(value) if self.log else float(value)

    def value(self, position: float) -> Any:
        """The setting at a position, of three digits so that what is shown is what is used."""
        if self.choices:
            return self.choices[round(position)]
        if self.step == 1:
            return round(position)
        return float(f"{10**position if self.log else position:.3g}")


NAMES = tuple(ACTIVATIONS)
CONTROLS = {
    "learning_rate": Control("rate η", -6, 0, log=True),
    "order": Control("order k", 0, MAX_ORDER, step=1),
    "weight": Control("weight λ", -3, 1, log=True),
    "p": Control("exponent p", 1, 4, step=0.5),
    "nodes": Control("nodes N", 2, 128, step=1),
    "noise": Control("noise τ", 0, 0.5, step=0.01),
    "decay": Control("decay μ", 0, 1, step=0.01),
    "width": Control("width", 1, 64, step=1),
    "activation": Control("σ", 0, len(NAMES) - 1, step=1, choices=NAMES),
    "seed": Control("seed", 0, 19, step=1),
}
SYMBOLS = {"learning_rate": "η", "order": "k", "weight": "λ", "nodes": "N", "noise": "τ"}
SYMBOLS |= {"decay": "μ", "activation": "σ"}


def shown(value: Any) -> str:
    """A setting as it is written beside its slider."""
    return value if isinstance(value, str) else number(value)


class LabWindow:
    """An experiment on a figure: four pictures, its controls, and what to look for.

    Parameters
    ----------
    figure : matplotlib Figure
        An empty figure, on any canvas.
    experiment : Experiment
        The run that is shown.
    points : float
        The size of all type.

    Examples
    --------
    >>> window = LabWindow(Figure(), Experiment())
    >>> window.frame()
    >>> window.sliders["noise"].set_val(0.25)
    >>> window.experiment.steps, window.experiment.settings.noise
    (20, 0.25)
    """

    def __init__(self, figure: Figure, experiment: Experiment, points: float = PLAIN) -> None:
        self.figure = figure
        self.experiment = experiment
        self.points = points
        self.running = False
        self.frames = 0
        self.message = START
        self._posed: Any = None
        self._background: Any = None
        self._moving: list[Artist] = []
        self._pictures()
        self._controls()
        for i, artist in enumerate(self._moving):  # above the rest, in a file as on the screen
            artist.set(animated=True, zorder=10 + i)
        self.timer = figure.canvas.new_timer(interval=INTERVAL)
        self.timer.add_callback(self._tick)
        figure.canvas.mpl_connect("draw_event", self._drawn)
        figure.canvas.mpl_connect("key_press_event", self._key)
        figure.canvas.mpl_connect("close_event", lambda event: self.timer.stop())
        self.refresh()
        for text in figure.findobj(Text):
            text.set_fontsize(points)

    # -- what stands in the figure ---------------------------------------------------------------

    def _pictures(self) -> None:
        """Make the four axes and their lines, which are empty, and list what moves in `_moving`."""
        grid = self.figure.add_gridspec(
            2, 2, left=0.06, right=0.65, top=0.745, bottom=0.105, hspace=0.47, wspace=0.24
        )
        axes = [self.figure.add_subplot(grid[i, j]) for i in (0, 1) for j in (0, 1)]
        for ax in axes:
            ax.tick_params(labelsize=self.points)
            ax.locator_params(nbins=5)

        def line(ax: Any, **style: Any) -> Any:
            return ax.plot([], [], **style)[0]

        self.curves = axes[:2]
        self.history, self.stable = self.stepped = axes[2:]
        self.true = [line(ax, **TRUE) for ax in self.curves]
        self.samples = [line(ax, **{**POINTS, "color": "0.45"}) for ax in self.curves]
        self.ghosts = [line(ax, **GHOST) for ax in axes]
        self.fits = [line(ax, **LEARNED) for ax in self.curves]
        self.errors = [self._above(ax, color=LEARNED["color"]) for ax in self.curves]
        self.named = [self._above(ax, 1, color=GHOST_NAME) for ax in self.curves]
        styles = [line_style(n, marker=False) for n in range(MAX_ORDER + 1)]
        self.losses = [line(self.history, color="0.75", linewidth=4)]
        self.losses += [line(self.history, **style) for style in styles]
        self.stability = line(self.stable, color="black", linewidth=1.4)
        self.stable.axhspan(1, STABILITY, color="0.9", zorder=0)
        self.stable.axhline(1, color="black", linewidth=1, linestyle=":")
        self.stable.set_ylim(0, STABILITY)
        self._above(self.stable, text=r"$\eta\lambda_{\max}/2$")
        within: Any = {"transform": self.stable.transAxes, "ha": "center", "va": "center"}
        self.stable.text(0.5, 0.85, "each step overshoots", **within)
        self.no_hessian = self.stable.text(0.5, 0.25, "", **within)
        self.history.set_yscale("log")
        self.history.yaxis.set_minor_formatter(NullFormatter())
        for ax in self.stepped:
            ax.set_xlabel("step", labelpad=1)
        upright = [ax.get_xaxis_transform() for ax in self.stepped]
        self.marks = [
            line(ax, color="0.5", linewidth=0.8, transform=t)
            for ax, t in zip(self.stepped, upright)
        ]
        self.status = self.figure.text(0.015, 0.975, "", va="top", family="monospace")
        self.says = self.figure.text(0.015, 0.937, "", va="top", linespacing=1.15)
        self._moving += [*self.samples, *self.fits, *self.marks, *self.losses, self.stability]
        self._moving += [*self.errors, self.status]

    def _above(self, ax: Any, line: int = 0, text: str = "", **style: Any) -> Text:
        """A text in a line above the axes."""
        height = 4 + 1.5 * self.points * line
        at = offset_copy(ax.transAxes, self.figure, y=height, units="points")
        above: Text = ax.text(0, 1, text, transform=at, **style)
        return above

    def _controls(self) -> None:
        """Put sliders, examples, the target, and buttons into a column on the right."""

        def place(row: float, left: float = 0.0, width: float = 1.0, height: float = 0.8) -> Any:
            bottom, row_height = 0.775 - 0.049 * row, 0.049 * height
            return self.figure.add_axes((0.68 + 0.31 * left, bottom, 0.31 * width, row_height))

        self.sliders: dict[str, Slider] = {}
        for row, (name, control) in enumerate(CONTROLS.items()):
            slider = Slider(
                place(row, 0.34, 0.35, 0.6),
                control.label,
                control.low,
                control.high,
                valinit=control.position(getattr(self.experiment.settings, name)),
                valstep=control.step,
                color="0.55",
            )
            slider.vline.set_visible(False)  # it marks the initial value
            slider.label.set_x(-0.09)  # here and at 1.09 a text is clear of the knob
            slider.valtext.set_x(1.09)
            slider.on_changed(self._setter(name))
            self.sliders[name] = slider
        rate = self.sliders["learning_rate"].ax
        upright = rate.get_xaxis_transform()  # x along the slider, y from 0 to 1 across it
        (self.edge,) = rate.plot([], [], color="black", linewidth=2, transform=upright)
        self.edge_label = rate.text(0, 1.0, "2/L", transform=upright, ha="center", va="bottom")
        self._moving += [self.edge, self.edge_label]

        known = self.experiment.settings.target  # what changes in a box draws the whole window
        self.target = TextBox(place(10.2, 0.18, 0.62, 0.9), "f(x) = ", known, textalignment="left")
        self.target.on_submit(self._typed)
        self.buttons: dict[str, Button] = {}

        def button(at: Any, label: str, action: Callable[[], None]) -> None:
            self.buttons[label] = Button(at, label)
            self.buttons[label].on_clicked(lambda event: action())

        button(place(10.2, 0.83, 0.17, 0.9), "other", self.other_target)
        for i, name in enumerate(PRESETS):
            at = place(11.3 + i // 2, i % 2 * 0.505, 0.495, 0.9)
            button(at, name, lambda name=name: self.example(name))  # type: ignore[misc]
        for i, (label, action) in enumerate(
            {"Start": self.toggle, "Reset": self.restart, "Ghost": self.freeze}.items()
        ):
            button(place(14.8, i * 0.34, 0.32, 1.2), label, action)
        self.start = self.buttons["Start"]

    # -- what happens ----------------------------------------------------------------------------

    def _setter(self, name: str) -> Callable[[float], None]:
        return lambda position: self._set(**{name: CONTROLS[name].value(position)})

    def _set(self, **changes: Any) -> None:
        """Change settings, or say why they are refused."""
        try:
            self.experiment.set(**changes)
            self.message = ""
        except (TypeError, ValueError) as error:
            self.message = str(error)
            self._posed = None  # the controls go back
        self.refresh()

    def _typed(self, text: str) -> None:
        if text != self.experiment.settings.target:
            self._set(target=text)

    def other_target(self) -> None:
        """Go on to the next standard function."""
        now = self.experiment.settings.target
        place = STANDARD.index(now) if now in STANDARD else -1
        self._set(target=STANDARD[(place + 1) % len(STANDARD)])

    def example(self, name: str) -> None:
        """Begin one of the examples, with the present seed, and say what to look for."""
        PRESETS[name].start(self.experiment)
        self.message = PRESETS[name].look
        self._run(True)
        self.refresh()

    def toggle(self) -> None:
        """Start the run, or pause it; one that diverged is reset first."""
        if self.experiment.diverged:
            self.experiment.reset()
        self._run(not self.running)
        self.refresh()

    def restart(self) -> None:
        """Begin again at step 0, under the present settings."""
        self.experiment.reset()
        self.refresh()

    def freeze(self) -> None:
        """Keep the run as a ghost, or let go of the ghost."""
        self.experiment.freeze()
        self.refresh()

    def _key(self, event: Any) -> None:
        if self.target.capturekeystrokes:  # it is being typed into
            return
        actions = {" ": self.toggle, "r": self.restart, "g": self.freeze, "f": self._full_screen}
        if event.key in actions:
            actions[event.key]()

    def _full_screen(self) -> None:
        if self.figure.canvas.manager is not None:
            self.figure.canvas.manager.full_screen_toggle()

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
        self.experiment.step(STEPS)
        self.frames += 1
        if self.experiment.diverged and self.running and not self.experiment.goes_on:
            self._run(False)
        self.refresh()

    # -- what is shown ---------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring all that is drawn up to the experiment's state, and onto the screen."""
        view, ghost = self.experiment.view(), self.experiment.ghost
        for n in range(2):
            self.fits[n].set_data(view.grid, view.learned[n])
            what = ("error of u", "of u′")[n]  # plain text, because mathtext takes 5 ms to read
            mean, top = map(error, view.records[-1].errors[n])
            self.errors[n].set_text(f"{what}: L² {mean}, sup {top}")
        self._draw_history(view)
        self._show_edge(view.records[-1])
        self.status.set_text(self.describe())
        key = (view.settings, ghost, view.diverged, self.message)
        whole = key != self._posed
        if whole:
            self._posed = key
            self._pose(view, ghost)
        if self._fit_axes(view, ghost) or whole or not self._blit():
            self.figure.canvas.draw_idle()

    def _draw_history(self, view: View) -> None:
        steps = [r.step for r in view.records]
        self.losses[0].set_data(steps, [r.loss for r in view.records])
        for n, line in enumerate(self.losses[1:]):
            terms = [r.terms[n] if n < len(r.terms) else math.nan for r in view.records]
            line.set_data(steps, terms)
        self.stability.set_data(steps, [r.stability for r in view.records])
        for mark in self.marks:
            mark.set_data(np.repeat(view.changes, 3), [0, 1, np.nan] * len(view.changes))

    def _pose(self, view: View, ghost: View | None) -> None:
        """Bring what seldom changes up to the settings, the ghost, and the message."""
        settings = view.settings
        for n, ax in enumerate(self.curves):
            self.true[n].set_data(view.grid, view.true[n])
            known = view.data[n] if n <= settings.order else np.empty(0)
            self.samples[n].set_data(view.nodes[: len(known)], known)
            low, high = view.true[n].min(), view.true[n].max()
            reach = max(high - low, 1e-3)
            ax.set(xlim=view.grid[[0, -1]], ylim=(low - 0.3 * reach, high + 0.6 * reach))
            self.ghosts[n].set_data(*((ghost.grid, ghost.learned[n]) if ghost else ([], [])))
            self.named[n].set_text("")
            if ghost:
                name = "ghost " * (n == 0) + one_setting(ghost.settings.unlike(settings))
                mean, top = map(error, ghost.records[-1].errors[n])
                self.named[n].set_text(f"{name.strip() or 'ghost'}: {mean}, {top}")
        past = ghost.records if ghost else ()
        steps = [r.step for r in past]
        self.ghosts[2].set_data(steps, [r.loss for r in past])
        self.ghosts[3].set_data(steps, [r.stability for r in past])
        rough = "p < 2: no Hessian where r = 0,\nand no Lipschitz constant L"
        self.no_hessian.set_text(rough if settings.p < 2 else "")
        legend: Any = {
            "frameon": False,
            "fontsize": self.points,
            "borderaxespad": 0,
            "borderpad": 0.1,
        }
        legend |= {"handlelength": 1.0, "columnspacing": 0.5, "handletextpad": 0.3}
        used = {self.losses[n + 1]: derivative_name((n,)) for n in range(settings.order + 1)}
        used = {self.losses[0]: "loss"} | used
        above: Any = {"loc": "lower left", "ncols": len(used), "bbox_to_anchor": (-0.02, 1.01)}
        self.history.legend(list(used), list(used.values()), **(legend | above))
        shared = [self.true[0], self.fits[0], self.samples[0]]
        legend |= {"loc": "upper center", "ncols": 3}
        self.curves[0].legend(shared, ["true", "learned", "data"], **legend)
        for name, slider in self.sliders.items():
            slider.eventson = slider.drawon = False
            slider.set_val(CONTROLS[name].position(getattr(settings, name)))
            slider.eventson = slider.drawon = True
            slider.valtext.set_text(shown(getattr(settings, name)))
        typed = self.message.startswith("target")  # and refused: it can be mended
        if self.target.text != settings.target and not typed:
            self.target.set_val(settings.target)
            self.target.cursor.set_visible(False)  # until it is typed into
        text = view.diverged or self.message
        if text != START:
            characters = int(self.figure.get_figwidth() * 72 * 1.65 / self.points)
            whole = text.replace(" = ", "\u00a0=\u00a0")  # k = 1 stays in one line
            text = textwrap.fill(whole, characters, max_lines=2, placeholder=" …")
        self.says.set(text=text, weight="bold" if view.diverged else "normal")

    def describe(self) -> str:
        """One line that says where the run is."""
        last = self.experiment.records[-1]
        top, edge = (
            f"{value:9.3e}" if math.isfinite(value) else f"{'none':>9}"
            for value in (last.sharpness, last.edge)
        )
        return (
            f"step {last.step:>7,}   loss {last.loss:9.3e}   λmax {top}   2/L {edge}   "
            f"η {self.experiment.settings.learning_rate:.3g}"
        )

    def _show_edge(self, last: Record) -> None:
        """Mark 2/L on the slider of the learning rate, if it is in its range."""
        control = CONTROLS["learning_rate"]
        position = control.position(last.edge) if last.edge > 0 else math.nan
        inside = control.low <= position <= control.high
        self.edge.set_data([position] * 2 if inside else [], [0, 1] if inside else [])
        self.edge_label.set(x=position if inside else control.low, visible=inside)

    def _fit_axes(self, view: View, ghost: View | None) -> bool:
        """Let the axes of the history grow in leaps, and return whether any did."""
        records = [*view.records, *(ghost.records if ghost else ())]
        right = 500.0
        while right < max(r.step for r in records):
            right *= 2
        values = np.concatenate([[r.loss, *r.terms] for r in records])
        values = values[np.isfinite(values) & (values > 1e-16) & (values < 1e4)]
        low, high = (values.min(), values.max()) if len(values) else (1.0, 1.0)
        limits = (10.0 ** math.floor(math.log10(low)), 10.0 ** (math.floor(math.log10(high)) + 1))
        if self.history.get_xlim() == (0, right) and self.history.get_ylim() == limits:
            return False
        self.history.set_ylim(limits)
        for ax in self.stepped:
            ax.set_xlim(0, right)
        return True

    # -- blitting --------------------------------------------------------------------------------

    def _drawn(self, event: Any) -> None:
        """Keep a whole drawing, which is one without what moves, and draw what moves over it."""
        canvas: Any = self.figure.canvas
        if hasattr(canvas, "copy_from_bbox") and not canvas.is_saving():  # WebAgg's, too, can
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


def error(value: float) -> str:
    """The size of an error as text, which stays short where a run diverges."""
    return number(value, 2) if value < 1e6 else "> 10⁶"


def one_setting(settings: dict[str, Any]) -> str:
    """The one setting in which a ghost differs, for its label; nothing where there are more, or none."""
    if len(settings) != 1:
        return ""
    ((name, value),) = settings.items()
    return f"{SYMBOLS.get(name, name)} = {shown(value)}"
