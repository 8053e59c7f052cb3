"""`python -m sobolev_ref lab`: the lab in a window, or drawn to a file where there is no screen.

pyplot, which chooses a backend, is imported where a window is opened, and nowhere else.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from matplotlib.backend_bases import TimerBase
from matplotlib.figure import Figure

from ..plots.figures import save_figure
from .experiment import Experiment, Settings
from .window import STEPS, LabWindow

SIZE = (12.0, 8.0)  # inches
DPI = 100


def open_window(experiment: Experiment) -> LabWindow:
    """The lab in a window of matplotlib's backend, which is not shown yet.

    Raises
    ------
    RuntimeError
        If there is no screen, or the backend draws to files only; the message says what to do.
    """
    import matplotlib.pyplot as plt

    try:
        figure = plt.figure("sobolev_ref lab", figsize=SIZE, dpi=DPI)
        if type(figure.canvas.new_timer()) is TimerBase:  # it would never tick
            plt.close(figure)
            raise ImportError(f"backend {plt.get_backend()!r} has no windows")
    except (ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise RuntimeError(
            f"cannot open a window: {reason}; takes a screen and one of matplotlib's interactive "
            "backends (tkinter, or pip install 'sobolev_ref[lab]' for Qt), or --out DIR"
        ) from error
    return LabWindow(figure, experiment)


def show(window: LabWindow) -> int:
    """Hand over to the backend until the window is closed; matplotlib itself keeps no widget alive."""
    import matplotlib.pyplot as plt

    try:
        plt.show()
    except KeyboardInterrupt:
        return 130
    return 0


def screenshot(experiment: Experiment, steps: int, folder: Path) -> int:
    """Train in frames as the window does, and save what it would show then as lab.png."""
    for _ in range(steps // STEPS):
        experiment.step(STEPS)
    window = LabWindow(Figure(figsize=SIZE, dpi=DPI), experiment)
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
        description="A window in which a small network trains live, with sliders for the weight, the "
        "learning rate (2/L is marked on it), p, the order, the width and the noise.",
    )
    parser.add_argument("--seed", type=int, default=0, help="of θ and the noise (default: 0)")
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
    if options.out is not None:
        return screenshot(experiment, options.steps, options.out)
    try:
        return show(open_window(experiment))
    except RuntimeError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
