"""Faults while it runs: callbacks that raise, Ctrl-C, a full disk, workers that die."""

import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
import pytest
from limits import limit
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.optimize.methods import Record
from sobolev_ref.paper import command as main_job
from sobolev_ref.plots import figure, save_figure

NET = sr.MLP((1, 5, 1))
THETA = NET.init(0)
posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


def make_loss(model=NET, **options):
    return sr.SobolevLoss(model, np.sin, sr.gauss_legendre([(-2, 2)], 64).mean(), **options)


# -- callbacks --------------------------------------------------------------------------------------------


class Unexpected(Exception):
    pass


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("method", [sr.gradient_descent, sr.momentum, sr.adam, "L-BFGS-B"])
def test_what_a_callback_raises_passes_and_leaves_nothing(method, workers):
    """The same run after it gives the same bits, and θ is as it was."""
    loss, start = make_loss(workers=workers, block=16), THETA.copy()

    def run(callback=None):
        return minimize(
            loss, start, jac=True, method=method, callback=callback, options={"maxiter": 6}
        )

    expected, calls = run(), []

    def fails(theta):
        calls.append(theta)
        if len(calls) == 3:
            raise Unexpected

    with pytest.raises(Unexpected):
        run(fails)
    assert len(calls) == 3
    np.testing.assert_array_equal(start, THETA)
    again = run()
    assert again.x.tobytes() == expected.x.tobytes() and again.fun == expected.fun


@pytest.mark.parametrize("method", [sr.gradient_descent, sr.momentum, sr.adam])
def test_a_callback_that_writes_into_what_it_gets_changes_nothing(method):
    def vandal(intermediate_result):
        assert set(intermediate_result) == {"x", "fun", "jac", "nit"}
        intermediate_result.x[:] = intermediate_result.jac[:] = np.nan

    options = {"maxiter": 5}
    one = minimize(make_loss(), THETA, jac=True, method=method, options=options)
    two = minimize(make_loss(), THETA, jac=True, method=method, options=options, callback=vandal)
    assert one.x.tobytes() == two.x.tobytes()


# -- Ctrl-C -----------------------------------------------------------------------------------------------

RUNS = [("adam", 1, {}), ("adam", 2, {"batch_size": 100}), ("lm", 2, {}), ("BFGS", 1, {})]
CHILD = f"""
import numpy as np, sobolev_ref as sr
net = sr.MLP((1, 24, 24, 1))
rule = sr.gauss_legendre([(-6, 6)], 400).mean()
def started(intermediate_result):
    if intermediate_result.nit == 3:
        print("started", flush=True)
for method, workers, options in {RUNS}:
    loss = sr.SobolevLoss(net, np.sin, rule, weights=(1, 0.7), workers=workers, block=64)
    fit = sr.fit(loss, net.init(0), method, maxiter=10**6, callback=started, **options)
    assert fit.fun == fit.history[-1] and len(fit.history) == len(fit.time_history) == fit.nit + 1
    assert abs(loss(fit.x)[0] - fit.fun) <= 1e-12 * fit.fun and np.isfinite(fit.jac).all()
    print(fit.success, fit.status, fit.nit >= 3, fit.message, flush=True)
"""


@posix
@pytest.mark.slow
def test_a_real_ctrl_c_returns_the_last_finished_iterate(interruptible):
    """One process trains by one method after the other, and each training is interrupted."""
    child = interruptible("-c", CHILD)
    for run in RUNS:
        assert child.stdout.readline() == "started\n", (run, child.communicate())
        child.send_signal(signal.SIGINT)
        said = child.stdout.readline()
        assert said.startswith("False 130 True interrupted at iteration"), (run, said)
    _, err = child.communicate(timeout=300)
    assert child.returncode == 0 and err == ""


def test_an_interrupt_between_any_two_lines_of_a_note():
    """The path holds an iterate whole or not at all, and the last one has its θ; here θ = (L, L)."""
    outer = sys.gettrace()
    for line in range(1, 20):
        record = Record("test", lambda result: False, np.inf, False)
        record.note(np.full(2, 4.0), 4.0)
        record.note(np.full(2, 3.0), 3.0)
        lines = 0

        def interrupt(frame, event, arg):
            nonlocal lines
            lines += event == "line"
            if lines == line:
                raise KeyboardInterrupt
            return interrupt if frame.f_code is Record.note.__code__ else None

        sys.settrace(interrupt)
        try:
            record.note(np.full(2, 2.0), 2.0)
        except KeyboardInterrupt:
            assert record.nit == (1 if line == 1 else 2)
        else:
            break
        finally:
            sys.settrace(outer)
        assert record.last.x.tolist() == [record.last.fun] * 2
        assert [iterate.fun for iterate in record.path] == [4.0, 3.0, 2.0][: record.nit + 1]
    assert 4 < line < 19  # every line had its turn


# -- a full disk ------------------------------------------------------------------------------------------


@pytest.mark.slow
@posix
@pytest.mark.parametrize("old", [True, False])
def test_a_full_disk_while_saving_a_figure(tmp_path, old):
    path = tmp_path / "figure.png"
    if old:
        path.write_bytes(b"old")
    with limit("RLIMIT_FSIZE", 1000), pytest.raises(OSError, match="File too large"):
        save_figure(figure()[0], path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([b"old"] if old else [])
    save_figure(figure()[0], path)
    assert path.read_bytes().startswith(b"\x89PNG") and os.listdir(tmp_path) == ["figure.png"]


@pytest.mark.parametrize("where", ["os.fsync", "os.replace"])
@pytest.mark.parametrize("save", [save_figure, sr.save])
def test_a_disk_that_fills_up_late(tmp_path, monkeypatch, where, save):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(where, full)
    with pytest.raises(OSError, match="No space left"):
        save(figure()[0], path) if save is save_figure else save(path, NET, THETA)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]


@pytest.mark.slow
@posix
def test_the_main_job_says_that_the_disk_is_full(tmp_path, capsys):
    with limit("RLIMIT_FSIZE", 1000):
        assert main_job.main(["--epochs", "2", "--out", str(tmp_path)]) == 2
    assert f"--out: cannot write to {tmp_path}: File too large" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# -- workers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mine(sr.MLP):
    """A network whose forward pass goes wrong at one node, once it is armed."""

    def __init__(self, fault):
        sr.MLP.__init__(self, (1, 5, 1))
        object.__setattr__(self, "fault", fault)

    def forward(self, theta, a, T):
        if len(self.fault) and (a[0] > 1.5).any():
            self.fault[0]()
        return sr.MLP.forward(self, theta, a, T)


def boom():
    raise Unexpected("in a block")


def die():
    os._exit(1)


@pytest.mark.parametrize("call", ["__call__", "residuals", "jacobian", "terms"])
def test_a_part_that_raises_on_a_thread_is_raised_here(call):
    fault = []
    loss = make_loss(Mine(fault), workers=4, block=2, road="forward")
    expected, _ = loss(THETA)
    fault.append(boom)
    raised = []

    def evaluate():
        try:
            getattr(loss, call)(THETA)
        except Unexpected as error:
            raised.append(error)

    thread = threading.Thread(target=evaluate, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive() and len(raised) == 1
    fault.clear()
    assert loss(THETA)[0] == expected  # and its threads work on


@posix
def test_a_worker_process_that_dies_is_an_error_and_no_hang():
    with ProcessPoolExecutor(2) as pool:
        loss = make_loss(Mine([die]), block=8)
        parts = loss.split(4)
        with pytest.raises(BrokenProcessPool):
            list(pool.map(evaluate_part, parts))
    assert np.isfinite(make_loss(Mine([]), block=8)(THETA)[0])


def evaluate_part(part):
    return part(THETA)
