"""`python -m sobolev_ref lab`: the lab in a window, in a browser, or drawn to a file.

pyplot, which chooses a backend, is imported where a window is opened, and nowhere else.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.backend_bases import TimerBase
from matplotlib.figure import Figure

from ..plots.figures import save_figure
from .experiment import Experiment, Settings
from .window import PLAIN, PROJECTED, STEPS, LabWindow

SIZE = (12.2, 6.1)  # inches: with a title and a panel it fits a screen of 1280 × 720
DPI = 100
NOTEBOOK = """in a notebook, with the package ipympl:
    %matplotlib widget
    from sobolev_ref.lab.command import open_window
    window = open_window()
"""


def open_window(experiment: Experiment | None = None, points: float = PLAIN) -> LabWindow:
    """The lab in a window of matplotlib's backend, already running.

    Raises
    ------
    RuntimeError
        If there is no screen, or the backend draws to files only; the message says what to do.
    """
    import matplotlib.pyplot as plt

    try:
        with plt.rc_context({"toolbar": "None"}):  # it has nothing to do here, and takes height
            figure = plt.figure("sobolev_ref lab", figsize=SIZE, dpi=DPI)
        if type(figure.canvas.new_timer()) is TimerBase:  # it would never tick
            plt.close(figure)
            raise ImportError(f"backend {plt.get_backend()!r} has no windows")
    except (ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise RuntimeError(
            f"cannot open a window: {reason}; takes a screen and one of matplotlib's interactive "
            "backends (tkinter, or pip install 'sobolev_ref[lab]' for Qt), or --browser, or --out DIR"
        ) from error
    manager: Any = figure.canvas.manager
    figure.canvas.mpl_disconnect(manager.key_press_handler_id)  # R and G mean other things there
    window = LabWindow(figure, Experiment() if experiment is None else experiment, points=points)
    window.toggle()
    return window


def serve() -> None:
    """Choose matplotlib's WebAgg, whose windows are pages of a server on this machine.

    Raises
    ------
    RuntimeError
        If tornado is missing.
    """
    import matplotlib.pyplot as plt

    try:
        plt.switch_backend("webagg")
    except (ImportError, RuntimeError) as error:
        raise RuntimeError(f"--browser: {error}; pip install 'sobolev_ref[lab]'") from error


def show(window: LabWindow) -> int:
    """Hand over to the backend until the window is closed; matplotlib itself keeps no widget alive."""
    import matplotlib.pyplot as plt

    try:
        plt.show()
    except KeyboardInterrupt:
        return 130
    return 0


def screenshot(experiment: Experiment, points: float, steps: int, folder: Path) -> int:
    """Train in frames as the window does, and save what it would show then as lab.png."""
    for _ in range(steps // STEPS):
        experiment.step(STEPS)
    window = LabWindow(Figure(figsize=SIZE, dpi=DPI), experiment, points=points)
    try:
        print(save_figure(window.figure, folder / "lab.png"))
    except OSError as error:
        print(f"--out: cannot write {folder / 'lab.png'}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line of the lab."""
    parser = argparse.ArgumentParser(
        prog="python -m sobolev_ref lab",
        description="A window in which a small network trains live. Its sliders set the learning rate\n"
        "(2/L is marked on it), the loss, the data, the network and the seed; the target can be typed;\n"
        "examples say what to look for. Space starts and stops, R resets, G keeps the run as a ghost,\n"
        "F is the full screen.",
        epilog=NOTEBOOK,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=0, help="of θ and the noise (default: 0)")
    parser.add_argument("--project", action="store_true", help="larger type, to be shown in class")
    parser.add_argument(
        "--browser",
        action="store_true",
        help="as a page of a server on this machine (needs tornado)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="draw the window to DIR/lab.png, without a screen"
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=3000,
        help=f"of training before the picture, in frames of {STEPS} (default: 3000)",
    )
    options = parser.parse_args(argv)
    if options.seed < 0 or options.steps < 0:
        parser.error("--seed, --steps: take whole numbers >= 0")
    return options


def main(argv: Sequence[str]) -> int:
    """Run the lab, and return its exit status.

    It is 0 once the window is closed or the file written, 2 if there is no screen or an argument is
    unusable, and 130 if the lab is interrupted.
    """
    options = parse(argv)
    experiment = Experiment(Settings(seed=options.seed))
    points = PROJECTED if options.project else PLAIN
    if options.out is not None:
        return screenshot(experiment, points, options.steps, options.out)
    try:
        if options.browser:
            serve()
        return show(open_window(experiment, points))
    except RuntimeError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
