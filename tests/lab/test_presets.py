"""Every example of the lab shows what its sentence says.

The tests run them with one seed, and ask for what holds by theorems or by a wide margin.

    python tests/lab/test_presets.py          # for how many of the seeds 0 to 19 each sentence is true
"""

import numpy as np
import pytest

from sobolev_ref.lab.experiment import Experiment, Settings
from sobolev_ref.lab.presets import PRESETS

FRAME = 40


def played(name, seed):
    """The example's run after the steps of which its sentence speaks."""
    run, steps = Experiment(Settings(seed=seed)), PRESETS[name].steps
    PRESETS[name].start(run)
    while run.goes_on or run.steps < steps:
        run.step(FRAME)
    return run


def errors(view):
    """L² and supremum, of u and of u′: shape (2, 2)."""
    return np.array(view.records[-1].errors)


def waves(view):
    """The coefficients of sin x and sin 4x in what was learned."""
    x, u = view.grid, view.learned[0]
    return [np.trapezoid(u * np.sin(n * x), x) / np.pi for n in (1, 4)]


def stays_at_the_edge(run):
    late = [r for r in run.records if r.step >= 2000]
    reached = next(i for i, r in enumerate(run.records) if r.stability > 0.95)
    losses = np.array([r.loss for r in run.records[reached:]])
    return (
        all(abs(r.stability - 1) < 0.06 for r in late)
        and losses[-1] < losses[0]
        and (np.diff(losses) > 0).any()
    )


def is_better_with_slopes(run):
    return (errors(run.view()) < errors(run.ghost)).all()


def halves_the_errors(run):
    return (errors(run.view())[:, 0] < errors(run.ghost)[:, 0] / 2).all()


def has_the_fast_wave(run):
    (slow, fast), (slow_without, fast_without) = waves(run.view()), waves(run.ghost)
    return fast > 0.25 > fast_without and min(slow, slow_without) > 0.5


def relu_is_nearer(run):
    return errors(run.ghost)[0, 0] < errors(run.view())[0, 0]


def falls_slowly(run):
    losses = [r.loss for r in run.records]
    slow = 1000 * run.settings.learning_rate < run.records[0].edge
    return (np.diff(losses) < 0).all() and slow and run.ghost.records[-1].loss < losses[-1]


HOLDS = {
    "stability edge": stays_at_the_edge,
    "noisy slopes": is_better_with_slopes,
    "few points": halves_the_errors,
    "high frequency": has_the_fast_wave,
    "ReLU or tanh": relu_is_nearer,
    "certified η": falls_slowly,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_an_example_shows_what_it_says(name):
    run = played(name, 0)
    assert HOLDS[name](run)
    assert (run.ghost is None) == (PRESETS[name].first is None) and not run.diverged
    assert "(20 of 20 seeds)" in PRESETS[name].look
    if name == "ReLU or tanh":
        staircase, smooth = (np.diff(view.learned[1]) for view in (run.ghost, run.view()))
        assert np.mean(np.abs(staircase) < 1e-12) > 0.5 and (smooth != 0).all()
        with pytest.raises(ValueError, match="'relu' is only"):
            run.set(activation="relu", order=1)
    if name == "certified η":  # Theorem 4 with (L4), step by step
        start = Experiment(run.settings)
        for _ in range(20):
            value, gradient = start.problem.loss(start.theta)
            start.step(1)
            below = value - run.settings.learning_rate / 2 * gradient @ gradient
            assert start.records[-1].loss <= below + 1e-15


if __name__ == "__main__":
    for name in PRESETS:
        agree = [HOLDS[name](played(name, seed)) for seed in range(20)]
        print(
            f"{name}: {sum(agree)} of 20; not {[i for i, held in enumerate(agree) if not held]}",
            flush=True,
        )
