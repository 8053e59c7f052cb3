"""The window on an Agg canvas, driven by the events a mouse makes; its command without a screen."""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backend_bases import KeyEvent, MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.backends.backend_webagg_core import FigureCanvasWebAggCore
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from sobolev_ref.__main__ import main
from sobolev_ref.lab import command as lab_command
from sobolev_ref.lab.command import DPI, SIZE
from sobolev_ref.lab.experiment import Experiment, Settings
from sobolev_ref.lab.presets import PRESETS
from sobolev_ref.lab.window import CONTROLS, PLAIN, PROJECTED, STEPS, LabWindow

pytestmark = pytest.mark.slow
LAB = Path(__file__).resolve().parents[2] / "figures" / "lab.png"


class OffScreen(FigureCanvasAgg):
    """A canvas that answers many requests by one drawing, at `flush_events`, as a window does."""

    pending = False

    def draw_idle(self, *args, **kwargs):
        self.pending = True

    def flush_events(self):
        if self.pending:
            super().draw_idle()
            self.pending = False


def canvas_figure():
    return OffScreen(Figure(figsize=SIZE, dpi=DPI)).figure


@pytest.fixture
def window():
    return LabWindow(canvas_figure(), Experiment(Settings(width=4)))


def mouse(window, ax, x, y=0.5):
    """Press and release at a fraction of an axes' box."""
    canvas = window.figure.canvas
    at = ax.transAxes.transform((x, y))
    for name in ("button_press_event", "button_release_event"):
        canvas.callbacks.process(name, MouseEvent(name, canvas, *at, button=1))


def pixels(window):
    window.figure.canvas.flush_events()
    return np.array(window.figure.canvas.buffer_rgba())


def test_what_is_drawn_is_the_experiments_state(window):
    for _ in range(3):
        window.frame()
    run = window.experiment
    assert run.steps == 3 * STEPS and window.frames == 3
    for n in range(2):
        np.testing.assert_array_equal(window.fits[n].get_xdata(), run.view().grid)
        np.testing.assert_array_equal(window.fits[n].get_ydata(), run.view().learned[n])
        np.testing.assert_array_equal(window.samples[n].get_ydata(), run.view().data[n])
    loss, *terms = window.losses
    np.testing.assert_array_equal(loss.get_xdata(), [0, 20, 40, 60])
    np.testing.assert_array_equal(loss.get_ydata(), [r.loss for r in run.records])
    for n, line in enumerate(terms[:2]):
        np.testing.assert_array_equal(line.get_ydata(), [r.terms[n] for r in run.records])
    np.testing.assert_array_equal(window.stability.get_ydata(), [r.stability for r in run.records])
    assert f"loss {run.records[-1].loss:9.3e}" in window.status.get_text()
    low, high = window.history.get_ylim()
    assert low <= np.nanmin(run.records[-1].terms) and high >= run.records[0].loss


def press(window, key):
    window.figure.canvas.callbacks.process(
        "key_press_event", KeyEvent("key_press_event", window.figure.canvas, key)
    )


def test_start_and_pause(window):
    window._tick()
    assert window.experiment.steps == 0  # a timer that ticks once more after a pause does nothing
    mouse(window, window.start.ax, 0.5)
    assert window.running and window.start.label.get_text() == "Pause"
    window._tick()
    assert window.experiment.steps == STEPS
    mouse(window, window.start.ax, 0.5)
    assert not window.running and window.start.label.get_text() == "Start"


def test_restart_under_the_present_settings(window):
    window.frame()
    window.sliders["noise"].set_val(0.2)
    mouse(window, window.buttons["Reset"].ax, 0.5)
    assert window.experiment.steps == 0 and window.experiment.settings.noise == 0.2
    assert list(window.stability.get_xdata()) == [0]


def test_keys(window):
    """Space, R, G and F, but not while the target is being typed, where they are letters."""
    press(window, " ")
    assert window.running
    window._tick()
    press(window, "g")
    assert window.experiment.ghost.records[-1].step == STEPS
    press(window, "r")
    assert window.running and window.experiment.steps == 0
    press(window, "f")  # a bare canvas has no manager, and no full screen
    press(window, "q")
    mouse(window, window.target.ax, 0.5)
    for key in (" ", "r", "g"):
        press(window, key)
    assert window.running and window.experiment.ghost is not None
    assert "r" in window.target.text and "g" in window.target.text


def test_a_window_of_its_own_goes_to_the_full_screen(window, monkeypatch):
    toggled = []

    class Manager:
        full_screen_toggle = staticmethod(lambda: toggled.append(1))

    monkeypatch.setattr(window.figure.canvas, "manager", Manager)
    press(window, "f")
    assert toggled == [1]


def test_a_ghost_stands_in_the_same_axes_with_its_name(window):
    window.frame()
    window.freeze()
    ghost = window.experiment.ghost
    assert window.named[0].get_text().startswith("ghost: ")
    window.sliders["order"].set_val(0)
    window.restart()
    window.frame()
    assert window.named[0].get_text().startswith("ghost k = 1: ")
    assert window.named[1].get_text().startswith("k = 1: ")
    for n in range(2):
        np.testing.assert_array_equal(window.ghosts[n].get_ydata(), ghost.learned[n])
        assert window.ghosts[n].axes is window.fits[n].axes
    for line, name in zip(window.ghosts[2:], ("loss", "stability")):
        np.testing.assert_array_equal(line.get_ydata(), [getattr(r, name) for r in ghost.records])
    window.sliders["noise"].set_val(0.1)  # it differs in two things now
    assert window.named[0].get_text().startswith("ghost: ")
    window.freeze()
    assert window.named[0].get_text() == "" and len(window.ghosts[0].get_xdata()) == 0


def test_the_errors_are_on_the_window(window):
    window.frame()
    (mean, top), _ = window.experiment.records[-1].errors
    assert window.errors[0].get_text() == f"error of u: L² {mean:.2g}, sup {top:.2g}"


def test_the_legend_has_the_orders_in_use_alone(window):
    def entries():
        return [text.get_text() for text in window.history.get_legend().get_texts()]

    assert entries() == ["loss", "$u$", "$u'$"]
    window.sliders["order"].set_val(0)
    assert entries() == ["loss", "$u$"]
    window.sliders["order"].set_val(3)
    assert entries() == ["loss", "$u$", "$u'$", "$u''$", "$u^{(3)}$"]


def test_a_target_is_typed_or_chosen(window):
    window.target.set_val("sin(3*x)")
    window.target.set_val("sin(3*x)")  # nothing new
    run = window.experiment
    assert run.settings.target == "sin(3*x)" and window.says.get_text() == ""
    np.testing.assert_allclose(window.true[0].get_ydata(), np.sin(3 * run.view().grid), rtol=1e-12)
    window.target.set_val("sin(3*y)")
    assert run.settings.target == "sin(3*x)" and window.target.text == "sin(3*y)"  # to be mended
    assert "at character 7, 'y)'" in window.says.get_text()
    window.other_target()
    assert run.settings.target == window.target.text == "sine" and window.says.get_text() == ""
    assert window.fits[0].axes.get_xlim() == (-2 * np.pi, 2 * np.pi)
    mouse(window, window.buttons["other"].ax, 0.5)
    assert run.settings.target == "exponential"
    window.target.set_val("3")  # a constant has no height
    low, high = window.fits[0].axes.get_ylim()
    assert low < 3 < high


def test_what_is_refused_is_said_and_the_slider_goes_back(window):
    relu = CONTROLS["activation"].choices.index("relu")
    window.sliders["activation"].set_val(relu)  # k is 1
    assert "only C^(0,1)" in window.says.get_text()
    assert window.experiment.settings.activation == "tanh"
    assert window.sliders["activation"].val == 0
    assert window.sliders["activation"].valtext.get_text() == "tanh"
    window.sliders["order"].set_val(0)
    window.sliders["activation"].set_val(relu)
    assert window.experiment.settings.activation == "relu" and window.says.get_text() == ""


def test_an_example_runs_at_once_and_says_what_to_look_for(window):
    window.sliders["seed"].set_val(3)
    mouse(window, window.buttons["few points"].ax, 0.5)
    run, preset = window.experiment, PRESETS["few points"]
    assert window.running and run.settings == Settings(nodes=8, order=0, seed=3)
    assert window.sliders["order"].val == 0 and window.sliders["nodes"].val == 8
    assert " ".join(window.says.get_text().split()) == preset.look
    run.step(preset.steps)
    window._tick()
    assert run.settings == Settings(nodes=8, seed=3) and run.ghost.settings.order == 0
    assert window.sliders["order"].val == 1 and window.named[0].get_text().startswith("ghost k = 0")


def test_a_first_run_that_diverges_does_not_stop_the_second(window):
    run = window.experiment
    run.play(Settings(width=4), first=Settings(width=4, learning_rate=1e9), steps=1000)
    window.toggle()
    window._tick()
    assert run.diverged and window.running
    assert "> 10⁶" in window.errors[0].get_text()
    window._tick()
    assert not run.diverged and window.running


def states(points):
    """Windows in all that makes texts longer: orders, a ghost, messages, names, p < 2, divergence."""
    window = LabWindow(canvas_figure(), Experiment(), points=points)
    yield window
    for _ in range(3):
        window.frame()
    window._set(order=3, activation="gaussian")
    window.freeze()
    window._set(activation="softplus")
    window._run(True)
    window._set(activation="relu")  # a long refusal
    yield window
    window._set(order=0, p=1.0, target="exponential", weight=0.00123, learning_rate=0.000123)
    yield window
    window.example(max(PRESETS, key=lambda name: len(PRESETS[name].look)))
    yield window
    window._set(order=1, learning_rate=1.0, target="rastrigin")
    for _ in range(20):
        window.frame()
    assert window.experiment.diverged
    yield window


@pytest.mark.slow
@pytest.mark.parametrize("points", [PLAIN, PROJECTED])
def test_all_is_in_view_and_nothing_overlaps(points):
    """The size fits 1366 × 768 and 1280 × 720 with a title and a panel; texts keep clear of each other."""
    width, height = SIZE[0] * DPI, SIZE[1] * DPI
    # Screens may have 100 dots an inch, not 96.
    assert width <= 1280 / 1.04 and height <= (720 - 80) / 1.04
    for window in states(points):
        pixels(window)
        texts = [t for t in window.figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
        assert min(t.get_fontsize() for t in texts) >= points
        shown = {t: t.get_window_extent() for t in texts}
        for ax in window.figure.axes:  # ticks beyond the limits are not drawn
            for axis in (ax.xaxis, ax.yaxis):
                low, high = sorted(axis.get_view_interval())
                for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                    if not low <= tick.get_loc() <= high:
                        shown.pop(tick.label1, None)
        for t, box in shown.items():
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, t
        names = list(shown)
        for i, one in enumerate(names):
            for other in names[:i]:
                a, b = shown[one].padded(-1.5), shown[other].padded(-1.5)
                assert not a.overlaps(b), (one, other)
        for slider in window.sliders.values():
            for button in window.buttons.values():
                assert not slider.ax.bbox.overlaps(button.ax.bbox)


@pytest.mark.parametrize(
    ("name", "fraction", "value"),
    [
        ("weight", 0.25, 0.01),
        ("learning_rate", 2 / 3, 0.01),
        ("p", 2 / 3, 3.0),
        ("order", 1.0, 3),
        ("width", 0.75, 48),
        ("noise", 0.5, 0.25),
        ("decay", 0.5, 0.5),
        ("nodes", 0.5, 65),
    ],
)
def test_sliders_answer_to_the_mouse_at_once(window, name, fraction, value):
    window.frame()
    slider = window.sliders[name]
    (low, high), (left, right) = (slider.valmin, slider.valmax), slider.ax.get_xlim()
    mouse(window, slider.ax, (low + fraction * (high - low) - left) / (right - left))
    control, found = CONTROLS[name], getattr(window.experiment.settings, name)
    pixel = (high - low) / slider.ax.bbox.width  # an event's place is a whole pixel
    near = pytest.approx(control.position(value), abs=pixel + (control.step or 0) / 2)
    assert control.position(found) == near and found != getattr(Settings(width=4), name)
    assert slider.valtext.get_text() == f"{found:.3g}"
    assert window.experiment.steps == (0 if name == "width" else STEPS)
    window.frame()
    x = window.marks[0].get_xdata()
    assert len(x) == 0 if name == "width" else x[0] == STEPS


def test_two_over_L_is_marked_on_the_learning_rate(window):
    window.frame()
    x, y = window.edge.get_data()
    np.testing.assert_allclose(x, np.log10(window.experiment.records[-1].edge), rtol=1e-12)
    assert list(y) == [0, 1] and window.edge_label.get_visible()
    window.sliders["p"].set_val(1.5)  # no Hessian, no L
    assert len(window.edge.get_xdata()) == 0 and not window.edge_label.get_visible()
    assert "p < 2" in window.no_hessian.get_text()
    assert "none" in window.status.get_text() and "nan" not in window.status.get_text()
    window.sliders["p"].set_val(4)
    assert window.no_hessian.get_text() == ""


def test_an_order_above_shows_its_term_and_order_0_no_slopes(window):
    window.sliders["order"].set_val(0)
    assert len(window.samples[1].get_xdata()) == 0 and len(window.samples[0].get_xdata()) == 64
    assert np.isnan(window.losses[2].get_ydata()).all()
    window.sliders["order"].set_val(3)
    assert np.isfinite(window.losses[4].get_ydata()).all()


@pytest.mark.slow
def test_divergence_is_shown_and_stops_the_run(window):
    window.sliders["learning_rate"].set_val(0)
    window.sliders["weight"].set_val(1)
    window.toggle()
    for _ in range(60):
        window._tick()
    assert window.experiment.diverged and not window.running
    assert window.start.label.get_text() == "Start"
    assert window.says.get_text().startswith("Diverged at step")
    assert window.says.get_text().endswith("Lower η, then reset.")
    assert window.says.get_weight() == "bold"
    assert window.history.get_ylim()[1] <= 1e5  # the axes do not follow it
    window.figure.canvas.draw()
    window.sliders["learning_rate"].set_val(-2)
    window.toggle()  # resets as well
    window._tick()
    assert window.experiment.steps == STEPS and window.says.get_text() == ""


@pytest.mark.slow
def test_a_blitted_frame_is_what_a_whole_drawing_shows(window):
    """The same pixels, and far fewer whole drawings than frames."""
    drawings = []
    window.figure.canvas.mpl_connect("draw_event", lambda event: drawings.append(1))
    for _ in range(10):
        window.frame()
        blitted = pixels(window)
    assert 1 <= len(drawings) <= 3  # the first, and where the axes grew
    assert not window.figure.canvas.pending
    window.figure.canvas.draw()
    np.testing.assert_array_equal(blitted, pixels(window))
    window.frame()
    assert not np.array_equal(blitted, pixels(window))


@pytest.mark.slow
def test_a_resized_window_is_drawn_anew(window):
    window.frame()
    window.figure.set_size_inches(9, 6)
    window.frame()
    assert pixels(window).shape == (600, 900, 4)
    blitted = pixels(window)
    window.figure.canvas.draw()
    np.testing.assert_array_equal(blitted, pixels(window))


def test_a_canvas_that_cannot_blit_is_drawn_whole():
    figure = FigureCanvasSVG(Figure(figsize=SIZE)).figure
    window = LabWindow(figure, Experiment(Settings(width=4)))
    drawings = []
    figure.canvas.mpl_connect("draw_event", lambda event: drawings.append(1))
    figure.canvas.draw()
    window.frame()
    window.frame()
    assert window._background is None and len(drawings) == 3


class Page(FigureCanvasWebAggCore):
    """A canvas that sends a browser what differs from the last picture; here all is put together."""

    def __init__(self, figure):
        super().__init__(figure)
        self.manager, self.seen = self, np.zeros((*self.get_width_height()[::-1], 4), np.uint8)

    def draw_idle(self):
        self.draw()

    def refresh_all(self):
        picture = (255 * imread(BytesIO(self.get_diff_image()))).round().astype(np.uint8)
        changed = picture[..., 3] > 0
        self.seen[changed] = picture[changed]

    def send_event(self, *event, **more):
        pass


def test_a_browser_is_sent_what_a_whole_drawing_shows():
    page = Page(Figure(figsize=SIZE, dpi=DPI))
    window = LabWindow(page.figure, Experiment(Settings(width=4)))
    drawings = []
    page.mpl_connect("draw_event", lambda event: drawings.append(1))
    for _ in range(6):
        window.frame()
    blitted = page.seen.copy()
    assert len(drawings) <= 1  # where the axes grew
    page.draw()
    np.testing.assert_array_equal(page.seen, blitted)
    np.testing.assert_array_equal(page.buffer_rgba(), blitted)


@pytest.mark.slow
def test_a_saved_file_shows_the_window_and_leaves_it_alone(window, tmp_path):
    for _ in range(2):
        pixels(window)
        window.frame()
    shown = pixels(window)
    window.figure.savefig(tmp_path / "other_size.png", dpi=50)
    window.figure.savefig(tmp_path / "lab.svg")
    window.figure.savefig(tmp_path / "lab.png")
    saved = (255 * imread(tmp_path / "lab.png")).round().astype(np.uint8)
    np.testing.assert_array_equal(saved, shown)
    window.frame()
    blitted = pixels(window)
    window.figure.canvas.draw()
    np.testing.assert_array_equal(blitted, pixels(window))


@pytest.mark.parametrize("name", list(CONTROLS))
def test_a_sliders_ends_and_positions_are_settings(name):
    control = CONTROLS[name]
    for position in np.linspace(control.low, control.high, 7):
        value = control.value(position)
        Settings(**{"order": 0} | {name: value})
        slack = 0.5 if control.step == 1 else 0.01
        assert control.position(value) == pytest.approx(position, abs=slack)
    default = getattr(Settings(), name)
    assert control.value(control.position(default)) == default


def test_in_greyscale_the_lines_of_one_picture_differ(window):
    looks = [(line.get_linestyle(), line.get_linewidth() > 3) for line in window.losses]
    assert len(set(looks)) == len(looks)


# -- the command --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_screenshot_is_the_window_after_so_many_steps(tmp_path, capsys):
    path = tmp_path / "new" / "lab.png"
    assert main(["lab", "--out", str(path.parent), "--steps", "45", "--seed", "3"]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    window = LabWindow(canvas_figure(), Experiment(Settings(seed=3)))
    for _ in range(2):
        window.frame()
    window.figure.savefig(tmp_path / "expected.png", dpi=120)
    np.testing.assert_array_equal(imread(path), imread(tmp_path / "expected.png"))
    assert imread(LAB).shape == imread(path).shape == (732, 1464, 4)


def test_a_file_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["lab", "--out", str(tmp_path / "file"), "--steps", "0"]) == 2
    assert "--out: cannot write" in capsys.readouterr().err


def run(*arguments, **environment):
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "sobolev_ref", "lab", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=env | environment,
    )


@pytest.mark.parametrize("backend", ["svg", "tkagg"])
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_without_a_screen_one_line_says_what_to_do(backend):
    done = run(MPLBACKEND=backend)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("lab: cannot open a window: ")
    assert "--out DIR" in done.stderr


@pytest.mark.parametrize("arguments", [["--seed", "-1"], ["--steps", "x"], ["--bogus"]])
def test_bad_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        main(["lab", *arguments])
    assert error.value.code == 2
    assert "usage: python -m sobolev_ref lab" in capsys.readouterr().err


def test_help_of_both(capsys):
    for arguments, word in ((["--help"], "other commands"), (["lab", "--help"], "--out DIR")):
        with pytest.raises(SystemExit) as error:
            main(arguments)
        assert error.value.code == 0 and word in capsys.readouterr().out


def test_ctrl_c_in_the_window(monkeypatch, window):
    import matplotlib.pyplot as plt

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(plt, "show", interrupted)
    assert lab_command.show(window) == 130
