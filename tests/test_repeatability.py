"""Same seed, same versions: the same bits, in another process, on threads, in any order of the blocks."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

import sobolev_ref as sr


def digest(*arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


def backwards(function, items):
    """A map that takes the last item first, and returns the results in their places."""
    items = list(items)
    return [function(item) for item in items[::-1]][::-1]


def shuffled(function, items):
    items = list(items)
    order = np.random.default_rng(1).permutation(len(items))
    results = {i: function(items[i]) for i in order}
    return [results[i] for i in range(len(items))]


def training(workers=1):
    """What each method makes of the same problem, 150 nodes in blocks of 16."""
    net, rule = sr.MLP((2, 6, 1)), sr.monte_carlo([(0, 1), (0, 2)], 150, rng=3)
    loss = sr.SobolevLoss(net, sr.FUNCTIONS["franke"], rule, order=2, block=16, workers=workers)
    theta = net.init(7)
    v, random = np.ones_like(theta), sr.sobol([(0, 1)], 8, rng=2)
    runs = [
        sr.fit(loss, theta, "adam", maxiter=4, batch_size=40, rng=5),
        sr.fit(loss, theta, "L-BFGS-B", maxiter=8),
        sr.fit(loss, theta, "lm", maxiter=4),
        sr.fit(loss, theta, "trust-ncg", maxiter=3),
    ]
    rest = [rule.nodes, random.nodes, loss.hessp(theta, v), loss.jacobian(theta), loss(theta)[1]]
    return digest(*rest, *[run.x for run in runs], *[run.history for run in runs])


@pytest.fixture(scope="module")
def plain():
    return training()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 5, map, backwards, shuffled])
def test_workers_and_the_order_of_blocks_change_no_bit(workers, plain):
    assert training(workers) == plain


@pytest.mark.slow
def test_another_process_gives_the_same_bits(plain):
    """The hash seed differs, so nothing may hang on the order of a set or a mapping of strings."""
    code = "from test_repeatability import training; print(training())"
    folder = os.path.dirname(__file__)
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "12", "PYTHONPATH": os.path.dirname(folder)},
    )
    assert done.stdout.strip() == plain
