"""The window on an Agg canvas, driven by the events a mouse makes; its command without a screen."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

from sobolev_ref.__main__ import main
from sobolev_ref.lab import command as lab_command
from sobolev_ref.lab.command import DPI, SIZE
from sobolev_ref.lab.experiment import Experiment, Settings
from sobolev_ref.lab.window import CONTROLS, STEPS, LabWindow

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
    mouse(window, window.again.ax, 0.5)
    assert window.experiment.steps == 0 and window.experiment.settings.noise == 0.2
    assert list(window.stability.get_xdata()) == [0]


@pytest.mark.parametrize(
    ("name", "fraction", "value"),
    [
        ("weight", 0.25, 0.01),
        ("learning_rate", 1 / 3, 0.01),
        ("p", 2 / 3, 3.0),
        ("order", 1.0, 3),
        ("width", 0.0, 1),
        ("noise", 0.5, 0.25),
    ],
)
def test_sliders_answer_to_the_mouse_at_once(window, name, fraction, value):
    window.frame()
    slider = window.sliders[name]
    (low, high), (left, right) = (slider.valmin, slider.valmax), slider.ax.get_xlim()
    mouse(window, slider.ax, (low + fraction * (high - low) - left) / (right - left))
    assert getattr(window.experiment.settings, name) == pytest.approx(value, rel=1e-6)
    assert slider.valtext.get_text() == f"{value:.3g}"
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
    assert window.status.get_text().startswith("Diverged at step")
    assert window.status.get_weight() == "bold"
    assert window.history.get_ylim()[1] <= 1e5  # the axes do not follow it
    window.figure.canvas.draw()
    window.toggle()
    assert not window.running
    window.sliders["learning_rate"].set_val(-2)
    window.restart()
    window.toggle()
    window._tick()
    assert window.experiment.steps == STEPS and "loss" in window.status.get_text()


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


def test_a_canvas_that_cannot_blit_is_drawn_whole(monkeypatch):
    figure = canvas_figure()
    monkeypatch.setattr(type(figure.canvas), "supports_blit", False)
    window = LabWindow(figure, Experiment(Settings(width=4)))
    before = pixels(window)
    window.frame()
    assert (
        window.figure.canvas.pending
        and window._background is None
        and not np.array_equal(before, pixels(window))
    )


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
        Settings(**{name: value})
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
    assert imread(LAB).shape == imread(path).shape == (960, 1440, 4)


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
