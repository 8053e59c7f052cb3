"""The lab in real windows on a virtual screen: Tk's and Qt's, clicked, paused, changed and closed.

Skipped where Xvfb or a backend is missing, unless LAB_SCREEN names the backend, as CI does.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from sobolev_ref.lab.command import DPI, SIZE
from sobolev_ref.lab.experiment import Experiment
from sobolev_ref.lab.window import PLAIN, PROJECTED, STEPS, LabWindow

ROOT = Path(__file__).resolve().parents[2]
DRIVER = Path(__file__).with_name("drive_lab.py")
BACKENDS = {"tkagg": "_tkinter", "qtagg": "PySide6"}
REQUIRED = os.environ.get("LAB_SCREEN", "").split()


@pytest.fixture(scope="module")
def screen():
    """The number of a new virtual screen, free to be chosen by Xvfb itself."""
    if shutil.which("Xvfb") is None:
        (pytest.fail if REQUIRED else pytest.skip)("there is no Xvfb")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp", "-noreset"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    number = server.stdout.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "look"), [("tkagg", []), ("tkagg", ["--project"]), ("qtagg", [])]
)
def test_the_window_trains_and_shows_what_the_screenshot_shows(backend, look, screen, tmp_path):
    """It runs at once, on a screen of 1366 × 768; a click pauses it, a key resets it."""
    if importlib.util.find_spec(BACKENDS[backend]) is None:
        (pytest.fail if backend in REQUIRED else pytest.skip)(f"there is no {BACKENDS[backend]}")
    shot = tmp_path / "window.png"
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(shot), *look],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"DISPLAY": screen, "MPLBACKEND": backend, "PYTHONPATH": str(ROOT)},
    )
    if "Could not load the Qt platform plugin" in done.stderr and backend not in REQUIRED:
        pytest.skip("Qt lacks libraries of the system's")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    print(
        f"{backend}: {seen['frames_per_second']:.1f} frames/s, {seen['milliseconds']:.0f} ms each"
    )
    assert seen["backend"] == backend and seen["frames"] >= 20 and not seen["running"]
    assert seen["steps"] == STEPS * seen["frames"] and seen["noise"] == 0.25
    assert seen["reset"]
    points = PROJECTED if look else PLAIN
    twin = LabWindow(Figure(figsize=SIZE, dpi=DPI), Experiment(), points=points)
    for _ in range(seen["frames"]):
        twin.frame()
    assert seen["loss"] == pytest.approx(twin.experiment.records[-1].loss, rel=1e-9)
    twin.figure.set_size_inches(seen["size"])
    np.testing.assert_allclose(seen["size"], SIZE, atol=0.02)  # but for a border's pixels
    twin.figure.savefig(tmp_path / "twin.png")
    np.testing.assert_array_equal(imread(shot), imread(tmp_path / "twin.png"))
