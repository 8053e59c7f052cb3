"""Open the lab's real window, play with it by the events a mouse makes, tell as JSON what became of it.

Run by `test_lab_screen.py` with a screen in DISPLAY and a backend in MPLBACKEND:

    python drive_lab.py FILE [--project]
"""

import json
import sys
from time import perf_counter, process_time

from matplotlib.backend_bases import KeyEvent, MouseEvent

from sobolev_ref.__main__ import main
from sobolev_ref.lab import command as lab_command

FRAMES = 20


class Player:
    """A timer of the window's own backend that clicks, waits, looks and closes."""

    def __init__(self, window, path):
        self.window, self.path, self.seen = window, path, {}
        self.stages = iter([self.wait, self.pause, self.noise, self.reset, self.close])
        self.stage = next(self.stages)
        self.began, self.spent = perf_counter(), process_time()
        self.timer = window.figure.canvas.new_timer(interval=100)
        self.timer.add_callback(self.tick)
        self.timer.start()

    def tick(self):
        if self.stage is not None and self.stage() is not False:
            self.stage = next(self.stages, None)

    def click(self, ax, x=0.5):
        canvas = self.window.figure.canvas
        at = ax.transAxes.transform((x, 0.5))
        for name in ("button_press_event", "button_release_event"):
            canvas.callbacks.process(name, MouseEvent(name, canvas, *at, button=1))

    def wait(self):
        return self.window.frames >= FRAMES

    def pause(self):
        seconds = perf_counter() - self.began
        self.click(self.window.start.ax)
        self.window.figure.savefig(self.path)
        run = self.window.experiment
        self.seen |= {
            "backend": type(self.window.figure.canvas).__module__.rsplit("_", 1)[1],
            "size": list(self.window.figure.get_size_inches()),  # what the window made of it
            "frames": self.window.frames,
            "frames_per_second": self.window.frames / seconds,
            "milliseconds": 1000 * (process_time() - self.spent) / self.window.frames,
            "running": self.window.running,
            "steps": run.steps,
            "loss": run.records[-1].loss,
        }

    def noise(self):
        self.click(self.window.sliders["noise"].ax)
        self.seen["noise"] = self.window.experiment.settings.noise

    def reset(self):
        canvas = self.window.figure.canvas
        canvas.callbacks.process("key_press_event", KeyEvent("key_press_event", canvas, "r"))
        self.seen["reset"] = self.window.experiment.steps == 0

    def close(self):
        import matplotlib.pyplot as plt

        self.timer.stop()
        plt.close(self.window.figure)


def drive(path):
    show = lab_command.show

    def played(window):
        player = Player(window, path)
        status = show(window)
        print(json.dumps(player.seen))
        return status

    lab_command.show = played
    return main(["lab", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(drive(sys.argv[1]))
