"""The lab's logic: a run of gradient descent that its settings may change at any step."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.linalg import eigvalsh

from sobolev_ref.lab import experiment as lab
from sobolev_ref.lab.experiment import Experiment, Settings

SMALL = Settings(width=4)


def test_it_is_gradient_descent_however_the_steps_are_cut():
    """Definition 7 by hand, θ − η∇L, against frames of 7 and of 3 steps: the same bits."""
    run = Experiment(SMALL)
    theta = run.theta.copy()
    for n in (7, 3):
        run.step(n)
    for _ in range(10):
        theta = theta - SMALL.learning_rate * run.loss(theta)[1]
    np.testing.assert_array_equal(run.theta, theta)
    assert run.steps == 10 and [r.step for r in run.records] == [0, 7, 10]


def test_the_loss_and_its_terms_by_hand():
    """Σ λⁿ mean|u⁽ⁿ⁾ − y_n|^p, with f and its derivatives written out, without noise."""
    run = Experiment(Settings(weight=0.3, p=3, order=2, width=5), seed=2)
    x = run.rule.nodes[:, 0]
    u = run.net.derivatives(run.theta, x, 2)
    sin, cos = np.sin(2 * x), np.cos(2 * x)
    f = [x * sin / 3, (sin + 2 * x * cos) / 3, (4 * cos - 4 * x * sin) / 3]
    terms = [0.3**n * np.mean(np.abs(u[(n,)][:, 0] - f[n]) ** 3) for n in range(3)]
    record = run.records[0]
    np.testing.assert_allclose(record.terms[:3], terms, rtol=1e-13)
    assert np.isnan(record.terms[3])
    assert record.loss == pytest.approx(sum(terms), rel=1e-13)
    assert record.loss == pytest.approx(run.loss(run.theta)[0], rel=1e-13)
    np.testing.assert_allclose(
        run.true[1], np.gradient(run.true[0], run.grid, edge_order=2), atol=1e-3
    )


def test_sharpness_and_the_edge_are_the_hessians():
    run = Experiment(Settings(width=6, learning_rate=0.02))
    for _ in range(10):
        run.step(20)
        H = run.loss.hessian(run.theta)
        top = eigvalsh((H + H.T) / 2)[-1]
        assert run.records[-1].sharpness == pytest.approx(top, rel=1e-4)
        assert run.edge == pytest.approx(2 / top, rel=1e-4)
        assert run.records[-1].stability == pytest.approx(0.02 * top / 2, rel=1e-4)


@pytest.mark.slow
def test_the_default_run_drifts_to_the_edge_of_stability():
    """It starts well below 1, reaches it and stays; the loss falls all the same, not monotonically."""
    run = Experiment()
    for _ in range(150):
        run.step(20)
    stability = np.array([r.stability for r in run.records])
    loss = np.array([r.loss for r in run.records])
    assert stability[:20].max() < 0.7
    assert (np.abs(stability[75:] - 1) < 0.06).all()
    assert (np.diff(loss[75:]) > 0).any() and loss[-1] < loss[75] / 2 and loss[-1] < 0.01 * loss[0]


@pytest.mark.parametrize("change", [{"weight": 0.2}, {"p": 3.0}, {"order": 2}, {"noise": 0.1}])
def test_a_change_of_the_loss_keeps_theta_and_history(change):
    run = Experiment(SMALL)
    run.step(20)
    theta, loss, first = run.theta.copy(), run.loss, run.records[0]
    run.set(**change)
    np.testing.assert_array_equal(run.theta, theta)
    assert run.loss is not loss and run.steps == 20 and run.changes == [20]
    assert run.records[0] == first and [r.step for r in run.records] == [0, 20]
    assert run.records[-1].loss == pytest.approx(run.loss(theta)[0], rel=1e-13)  # of the new loss
    run.set(**change)  # nothing new
    assert run.changes == [20] and run.loss is not loss
    run.step(5)
    assert run.steps == 25 and not np.array_equal(run.theta, theta)


def test_a_change_of_the_learning_rate_keeps_the_loss_too():
    run = Experiment(SMALL)
    run.step(20)
    theta, loss, sharpness = run.theta.copy(), run.loss, run.records[-1].sharpness
    run.set(learning_rate=0.01)
    assert run.loss is loss and run.changes == [20]
    assert run.records[-1].stability == pytest.approx(0.005 * sharpness, rel=1e-4)
    run.step(1)
    np.testing.assert_array_equal(run.theta, theta - 0.01 * loss(theta)[1])


def test_a_change_of_width_starts_again():
    run = Experiment(SMALL)
    run.step(20)
    run.set(p=3.0)
    run.set(width=7)
    assert run.net.widths == (1, 7, 7, 1) and len(run.theta) == run.net.n_parameters
    np.testing.assert_array_equal(run.theta, run.net.init(0))
    assert run.steps == 0 and run.changes == [] and len(run.records) == 1
    assert run.loss.p == 3 and run.learned().shape == (2, len(run.grid))


def test_noise_is_seeded_scales_and_outlives_a_change_of_order():
    runs = [Experiment(Settings(noise=0.1, width=3), seed=s) for s in (5, 5, 6)]
    first, same, other = (run.data[(1,)] for run in runs)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    run = runs[0]
    noise = first - run.exact[1]
    assert np.std(noise) == pytest.approx(0.1 * np.sqrt(np.mean(run.exact[1] ** 2)), rel=0.25)
    assert not np.allclose(noise, run.data[(0,)] - run.exact[0])
    run.set(noise=0.2, order=3)
    np.testing.assert_allclose(run.data[(1,)] - run.exact[1], 2 * noise, rtol=1e-12)
    run.set(noise=0.0)
    np.testing.assert_array_equal(run.data[(3,)], run.exact[3])


def test_a_run_can_be_repeated():
    def play(seed):
        run = Experiment(SMALL, seed=seed)
        run.step(15)
        run.set(noise=0.2, p=2.5)
        run.step(15)
        return run.theta

    np.testing.assert_array_equal(play(1), play(1))
    assert not np.array_equal(play(1), play(2))


def test_divergence_is_told_and_kept_finite():
    run = Experiment(Settings(learning_rate=1.0))
    for _ in range(40):
        run.step(20)
    assert run.diverged.startswith(f"diverged at step {run.steps + 1}: ")
    assert "inf" in run.diverged or "not finite" in run.diverged
    assert np.isfinite(run.theta).all() and run.records[-1].loss > 1e10
    before = run.steps, len(run.records)
    run.step(20)  # nothing more
    assert (run.steps, len(run.records)) == before
    run.set(learning_rate=0.01)  # its place is still out there
    assert run.diverged
    run.restart()
    run.step(20)
    assert run.diverged == "" and run.steps == 20 and run.settings.learning_rate == 0.01
    assert run.records[-1].loss < run.records[0].loss


def test_below_p_2_there_is_no_sharpness_and_training_goes_on():
    run = Experiment(Settings(p=1.0, width=4))
    run.step(20)
    last = run.records[-1]
    assert np.isnan(last.sharpness) and np.isnan(last.stability) and np.isnan(run.edge)
    assert run.steps == 20 and np.isfinite(last.loss)
    run.set(p=2.0)
    assert np.isfinite(run.edge)


def test_a_long_history_is_thinned_and_keeps_its_ends(monkeypatch):
    monkeypatch.setattr(lab, "MAX_RECORDS", 8)
    run = Experiment(Settings(width=2))
    for _ in range(50):
        run.step(1)
    steps = [r.step for r in run.records]
    assert len(steps) <= 8 and steps[0] == 0 and steps[-1] == 50 and steps == sorted(set(steps))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"p": 0.5}, ValueError, "p: got 0.5"),
        ({"order": 4}, ValueError, "order: got 4, takes a whole number from 0 to 3"),
        ({"width": 0}, ValueError, "width: got 0"),
        ({"width": 2.5}, TypeError, "width: got 2.5"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate: got 0"),
        ({"weight": -1.0}, ValueError, "weight: got -1"),
        ({"noise": -0.1}, ValueError, "noise: got -0.1"),
        ({"speed": 2}, TypeError, "speed"),
    ],
)
def test_unusable_settings_change_nothing(change, error, message):
    run = Experiment(SMALL)
    with pytest.raises(error, match=message):
        run.set(**change)
    assert run.settings == SMALL and run.changes == []
    with pytest.raises(ValueError, match="n: got 0"):
        run.step(0)


def test_settings_by_name_are_no_settings():
    with pytest.raises(TypeError, match="settings: got {'width': 4}, takes Settings"):
        Experiment({"width": 4})


@pytest.mark.slow
def test_the_logic_needs_no_matplotlib():
    code = "import sys, sobolev_ref.lab.experiment; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
