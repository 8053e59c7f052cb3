"""The runs of the study, kept as one CSV file of a line each, and found again by case and arm.

Page, figures and verdicts read these and nothing else, so that none of them can say what was not measured.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .._typing import Array
from ..data.files import whole_file
from .parts import PAIRS, QUANTITIES, RATES, Errors, Run, rate_arm
from .run import LOSSES

COLUMNS = (*Run._fields, *QUANTITIES)


def write_runs(runs: Mapping[Run, Errors], path: Path) -> None:
    """Write the runs as CSV, three digits a number, moved into place when whole."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for run, errors in runs.items():
        cells = (f"{errors[name]:.3g}" if name in errors else "" for name in QUANTITIES)
        writer.writerow([*run, *cells])
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def read_runs(path: Path) -> dict[Run, Errors]:
    """The runs of a file that `write_runs` wrote; none where there is no file."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    if tuple(header) != COLUMNS:
        raise ValueError(f"{path}: got columns {header}, takes {list(COLUMNS)}")
    return {
        Run(part, case, arm, int(seed)): {
            name: float(cell) for name, cell in zip(QUANTITIES, cells) if cell
        }
        for part, case, arm, seed, *cells in lines
    }


class Table:
    """Runs by part, case and arm; a quantity of them is an array over the seeds, in their order.

    Examples
    --------
    >>> runs = {Run("points", "sine", "H1 on N", seed): {"L2": 0.1 * (1 + seed)} for seed in (1, 0)}
    >>> Table(runs).values("points", "sine", "H1 on N", "L2")
    array([0.1, 0.2])
    """

    def __init__(self, runs: Mapping[Run, Errors]) -> None:
        self.seeds: dict[str, list[int]] = {}
        self.groups: dict[tuple[str, str, str], list[Errors]] = {}
        for run in sorted(runs, key=lambda run: run.seed):
            self.groups.setdefault(run[:3], []).append(runs[run])
        for part in PAIRS:
            self.seeds[part] = sorted({run.seed for run in runs if run.part == part})

    def values(self, part: str, case: str, arm: str, quantity: str) -> Array:
        """One number a seed; `KeyError` where there is none."""
        return np.array([errors[quantity] for errors in self.groups[part, case, arm]])

    def missing(self) -> list[str]:
        """The parts of which a run is missing: every case and arm has the same seeds."""
        return [
            part
            for part, pairs in PAIRS.items()
            if not self.seeds[part]
            or any(len(self.groups.get((part, *p), ())) < len(self.seeds[part]) for p in pairs)
        ]

    def rates(self) -> dict[tuple[str, str], float]:
        """Adam's rate for each target and loss: the least mean log L² error, of equal ones the smaller."""
        targets = dict.fromkeys(case for case, _ in PAIRS["tune"])
        return {
            (target, loss): min(RATES, key=lambda rate: self.tuning(target, loss, rate))
            for target in targets
            for loss in LOSSES
        }

    def tuning(self, target: str, loss: str, rate: float) -> float:
        """The mean log L² error of a loss at a rate."""
        return float(np.log(self.values("tune", target, rate_arm(loss, rate), "L2")).mean())
