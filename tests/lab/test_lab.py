"""The lab's logic: a run of gradient descent that its settings may change at any step."""

import json

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
        theta = theta - SMALL.learning_rate * run.problem.loss(theta)[1]
    np.testing.assert_array_equal(run.theta, theta)
    assert run.steps == 10 and [r.step for r in run.records] == [0, 7, 10]


def test_the_loss_its_terms_and_the_errors_by_hand():
    """Σ λⁿ mean|u⁽ⁿ⁾ − y_n|^p + (μ/2)‖θ‖², with f and its derivatives written out, without noise."""
    run = Experiment(Settings(weight=0.3, p=3, order=2, width=5, decay=0.2, seed=2))

    def derivatives(x):
        sin, cos = np.sin(2 * x), np.cos(2 * x)
        f = [x * sin / 3, (sin + 2 * x * cos) / 3, (4 * cos - 4 * x * sin) / 3]
        u = run.problem.net.derivatives(run.theta, x, 2)
        return f, [u[n,][:, 0] for n in range(3)]

    f, u = derivatives(run.problem.rule.nodes[:, 0])
    terms = [0.3**n * np.mean(np.abs(u[n] - f[n]) ** 3) for n in range(3)]
    record = run.records[0]
    np.testing.assert_allclose(record.terms, terms, rtol=1e-13)
    assert record.loss == pytest.approx(sum(terms) + 0.1 * run.theta @ run.theta, rel=1e-13)
    f, u = derivatives(np.linspace(-np.pi, np.pi, 20001))
    for n, (mean, top) in enumerate(record.errors):
        e = np.abs(u[n] - f[n])
        assert mean == pytest.approx(np.sqrt(2 * np.pi * np.mean(e**2)), rel=1e-3)
        assert top == pytest.approx(e.max(), rel=1e-3)


def test_sharpness_and_the_edge_are_the_hessians():
    run = Experiment(Settings(width=6, learning_rate=0.02))
    for _ in range(10):
        run.step(20)
        H = run.problem.loss.hessian(run.theta)
        top = eigvalsh((H + H.T) / 2)[-1]
        assert run.records[-1].sharpness == pytest.approx(top, rel=1e-4)
        assert run.records[-1].edge == pytest.approx(2 / top, rel=1e-4)
        assert run.records[-1].stability == pytest.approx(0.02 * top / 2, rel=1e-4)


@pytest.mark.parametrize(
    "change",
    [{"weight": 0.2}, {"p": 3.0}, {"order": 2}, {"noise": 0.1}, {"nodes": 9}, {"decay": 1}],
)
def test_a_change_of_the_loss_keeps_theta_and_history(change):
    run = Experiment(SMALL)
    run.step(20)
    theta, loss, first = run.theta.copy(), run.problem.loss, run.records[0]
    run.set(**change)
    np.testing.assert_array_equal(run.theta, theta)
    assert run.problem.loss is not loss and run.steps == 20 and run.changes == [20]
    assert run.records[0] == first and [r.step for r in run.records] == [0, 20]
    assert run.records[-1].loss == pytest.approx(run.problem.loss(theta)[0], rel=1e-13)  # the new
    run.set(**change)  # nothing new
    assert run.changes == [20] and run.problem.loss is not loss
    run.step(5)
    assert run.steps == 25 and not np.array_equal(run.theta, theta)


def test_a_change_of_the_learning_rate_keeps_the_loss_too():
    run = Experiment(SMALL)
    run.step(20)
    theta, loss, sharpness = run.theta.copy(), run.problem.loss, run.records[-1].sharpness
    run.set(learning_rate=0.01)
    assert run.problem.loss is loss and run.changes == [20]
    assert run.records[-1].stability == pytest.approx(0.005 * sharpness, rel=1e-4)
    run.step(1)
    np.testing.assert_array_equal(run.theta, theta - 0.01 * loss(theta)[1])


@pytest.mark.parametrize(
    "change", [{"width": 7}, {"seed": 5}, {"activation": "sin"}, {"target": "runge"}]
)
def test_another_network_or_target_starts_again(change):
    run = Experiment(SMALL)
    run.step(20)
    run.set(p=3.0)
    run.freeze()
    run.set(**change)
    again = Experiment(Settings(**{"width": 4, "p": 3.0} | change))
    np.testing.assert_array_equal(run.theta, again.theta)
    assert run.steps == 0 and run.changes == [] and run.records == again.records
    assert (run.ghost is None) == ("target" in change)  # it would be drawn on another interval


def test_a_standard_function_brings_its_interval():
    run = Experiment(Settings(target="runge", width=4))
    view = run.view()
    assert view.grid[0] == -1 and view.grid[-1] == 1 and np.abs(view.nodes).max() < 1
    np.testing.assert_allclose(view.true[0], 1 / (1 + 25 * view.grid**2), rtol=1e-13)
    np.testing.assert_allclose(view.true[1], -50 * view.grid * view.true[0] ** 2, atol=1e-12)
    W, b = run.problem.net.unpack(run.theta)[0]
    assert (np.abs(b) <= np.abs(W[:, 0])).all()  # where z_i = 0 is within the interval


def test_noise_is_seeded_scales_and_outlives_a_change_of_order():
    runs = [Experiment(Settings(noise=0.1, width=3, seed=s)) for s in (5, 5, 6)]
    exact = Experiment(Settings(width=3, order=3)).view().data
    first, same, other = (run.view().data[1] for run in runs)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    run = runs[0]
    noise = first - exact[1]
    assert np.std(noise) == pytest.approx(0.1 * np.sqrt(np.mean(exact[1] ** 2)), rel=0.25)
    assert not np.allclose(noise, run.view().data[0] - exact[0])
    run.set(noise=0.2, order=3)
    np.testing.assert_allclose(run.view().data[1] - exact[1], 2 * noise, rtol=1e-12)
    run.set(noise=0.0)
    np.testing.assert_array_equal(run.view().data, exact)


def test_a_run_can_be_repeated():
    def play(seed):
        run = Experiment(Settings(width=4, seed=seed))
        run.step(15)
        run.set(noise=0.2, p=2.5)
        run.step(15)
        return run.theta

    np.testing.assert_array_equal(play(1), play(1))
    assert not np.array_equal(play(1), play(2))


def test_a_ghost_stays_as_it_was():
    run = Experiment(SMALL)
    run.step(20)
    run.freeze()
    ghost = run.ghost
    learned, records = ghost.learned.copy(), ghost.records
    run.set(order=0)
    run.reset()
    run.step(20)
    assert run.ghost is ghost and run.settings.unlike(ghost.settings) == {"order": 0}
    np.testing.assert_array_equal(ghost.learned, learned)
    assert ghost.records == records and not np.array_equal(run.view().learned, learned)
    run.freeze()
    assert run.ghost is None


def test_one_run_after_another():
    """The first for at least so many steps, which is then the ghost; each is what it is alone."""
    second = Settings(width=4, order=0)
    run = Experiment(Settings(width=2))
    run.play(second, first=SMALL, steps=30)
    for _ in range(3):
        run.step(20)
    alone, after = Experiment(SMALL), Experiment(second)
    for one in (alone, alone, after):
        one.step(20)
    assert run.ghost.settings == SMALL and run.ghost.records == alone.view().records
    np.testing.assert_array_equal(run.ghost.learned, alone.view().learned)
    assert run.settings == second and run.records == after.records and run.changes == []
    run.play(SMALL)
    assert run.ghost is None and run.settings == SMALL and run.steps == 0
    run.play(second, first=SMALL, steps=20)
    run.set(order=2)  # by hand: what was planned is given up
    run.step(20)
    run.step(20)
    assert run.ghost is None and run.settings.order == 2 and run.steps == 40


def test_a_first_run_that_diverges_is_a_ghost_as_well():
    run = Experiment(SMALL)
    run.play(SMALL, first=Settings(width=4, learning_rate=1e9), steps=1000)
    run.step(20)
    assert run.diverged
    run.step(20)
    assert run.ghost.diverged and not run.diverged and run.steps == 20


def test_the_state_is_json_and_all_that_is_drawn():
    run = Experiment(Settings(width=3, p=1.5, noise=0.1))
    run.step(20)
    run.freeze()
    run.step(20)
    view, text = run.view(), json.dumps(run.state(), allow_nan=False)
    state = json.loads(text)
    assert Settings(**state["settings"]) == run.settings
    for name in ("grid", "true", "learned", "nodes", "data"):
        np.testing.assert_array_equal(state[name], getattr(view, name))
    last = state["records"][-1]
    assert last["step"] == 40 and last["loss"] == view.records[-1].loss
    assert last["sharpness"] is None and last["edge"] is None  # p < 2
    assert last["errors"] == [list(pair) for pair in view.records[-1].errors]
    assert state["ghost"]["records"] == state["records"][:2] and state["diverged"] == ""
    run.set(p=2.0)
    assert run.state()["records"][-1]["edge"] == run.records[-1].edge


def test_divergence_is_told_and_kept_finite():
    run = Experiment(Settings(learning_rate=1.0))
    for _ in range(40):
        run.step(20)
    assert run.diverged.startswith(f"Diverged at step {run.steps + 1}: ")
    assert "inf" in run.diverged or "not finite" in run.diverged
    assert f"2/L was {run.records[0].edge:.3g} at the start" in run.diverged
    assert run.diverged.endswith("Lower η, then reset.")
    assert np.isfinite(run.theta).all() and run.records[-1].loss > 1e10
    before = run.steps, len(run.records)
    run.step(20)  # nothing more
    assert (run.steps, len(run.records)) == before
    run.set(learning_rate=0.01)  # its place is still out there
    assert run.diverged
    run.reset()
    run.step(20)
    assert run.diverged == "" and run.steps == 20 and run.settings.learning_rate == 0.01
    assert run.records[-1].loss < run.records[0].loss


def test_below_p_2_there_is_no_sharpness_and_training_goes_on():
    run = Experiment(Settings(p=1.0, width=4, learning_rate=1e308))
    last = run.records[-1]
    assert np.isnan(last.sharpness) and np.isnan(last.stability) and np.isnan(last.edge)
    for _ in range(3):
        run.step(20)
    assert run.diverged.endswith("overshoots, farther at every step. Lower η, then reset.")
    run.set(learning_rate=0.01)
    run.reset()
    run.step(20)
    assert run.steps == 20 and np.isfinite(run.records[-1].loss)
    run.set(p=2.0)
    assert np.isfinite(run.records[-1].edge)


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
        ({"nodes": 0}, ValueError, "nodes: got 0"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate: got 0"),
        ({"weight": -1.0}, ValueError, "weight: got -1"),
        ({"noise": -0.1}, ValueError, "noise: got -0.1"),
        ({"decay": -0.1}, ValueError, "decay: got -0.1"),
        ({"seed": -1}, ValueError, "seed: got -1"),
        ({"activation": "step"}, ValueError, "activation: got 'step'"),
        ({"activation": "relu"}, ValueError, "'relu' is only"),  # for the order 1
        ({"target": "x +"}, ValueError, "target: at character 4"),
        ({"target": "log(x)"}, ValueError, "target: .* not finite at 200 of 400 nodes"),
        ({"target": "1e99*x"}, ValueError, r"target: got values or derivatives up to 3.09e\+99"),
        ({"speed": 2}, TypeError, "speed"),
    ],
)
def test_unusable_settings_change_nothing(change, error, message):
    run = Experiment(SMALL)
    posed = run.problem
    with pytest.raises(error, match=message):
        run.set(**change)
    assert run.settings == SMALL and run.problem is posed and run.changes == []
    with pytest.raises(ValueError, match="n: got 0"):
        run.step(0)


def test_settings_by_name_are_no_settings():
    for call in (Experiment, lab.problem, Experiment(SMALL).play, SMALL.unlike):
        with pytest.raises(TypeError, match="got {'width': 4}, takes Settings"):
            call({"width": 4})
