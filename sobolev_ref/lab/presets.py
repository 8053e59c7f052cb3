"""Examples for a class, each with a sentence of what to look for and for how many seeds it is true.

The count is that of `python tests/lab/test_presets.py`, which runs every example with the seeds 0 to 19.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ..theory.sublevel_step import provable_step
from .experiment import Experiment, Settings, problem


@dataclass(frozen=True)
class Preset:
    """A run, or two of which the first becomes a ghost, and what is to be seen."""

    look: str  # what to look for
    settings: Settings
    first: Settings | None = None  # what runs first
    steps: int = 2000  # of which the sentence speaks, and after which the first run is frozen
    certified: bool = False  # whether η is that of `provable_step`, and not the settings' own

    def start(self, run: Experiment) -> None:
        """Begin it in an experiment, with the experiment's seed."""
        seed = run.settings.seed
        settings = replace(self.settings, seed=seed)
        first = None if self.first is None else replace(self.first, seed=seed)
        if self.certified:
            posed = problem(settings)
            step = provable_step(posed.loss, posed.start(seed))
            settings = replace(settings, learning_rate=step.learning_rate)
        run.play(settings, first, self.steps)


NOISY, FEW = Settings(noise=0.5), Settings(nodes=8)
WAVES, VALUES = Settings(target="sin(x) + sin(4*x)/2"), Settings(order=0)
SMALL = Settings(width=4, order=0, decay=0.1)
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "stability edge": Preset(
            "From step 2,000 to 3,000 ηλmax/2 stays within 0.06 of 1, the edge of stability, and the loss "
            "has fallen since the edge was reached, though not at every step (20 of 20 seeds).",
            Settings(learning_rate=0.05),
            steps=3000,
        ),
        "noisy slopes": Preset(
            "The noise has half the size of the data. Noisy slopes help as well: with λ = 1 the errors of "
            "u and u′ are smaller at step 2,000 than with λ = 0.01, the ghost (20 of 20 seeds).",
            NOISY,
            replace(NOISY, weight=0.01),
        ),
        "few points": Preset(
            "Eight points. With their slopes, k = 1, the L² errors of u and u′ at step 2,000 are below half "
            "of those without, k = 0, the ghost (20 of 20 seeds).",
            FEW,
            replace(FEW, order=0),
        ),
        "high frequency": Preset(
            "A slow wave and a fast one. At step 2,000 values alone, k = 0, the ghost, have found less than "
            "half of the fast wave, and slopes, k = 1, more than half (20 of 20 seeds).",
            WAVES,
            replace(WAVES, order=0),
        ),
        "ReLU or tanh": Preset(
            "Values alone, k = 0. ReLU, the ghost, has the smaller L² error of u at step 2,000 (20 of 20 "
            "seeds). But its slope is a staircase, and for k = 1 it is refused.",
            VALUES,
            replace(VALUES, activation="relu"),
        ),
        "certified η": Preset(
            "An η for which descent is proved, by weight decay: the loss falls at every step, and slowly. "
            "2/L is over 1,000 times larger, and η = 0.035, the ghost, gets lower (20 of 20 seeds).",
            SMALL,
            SMALL,
            certified=True,
        ),
    }
)
