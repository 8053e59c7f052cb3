"""Blocks, workers, splits: one loss, the same bits; memory bounded by the block, time by N."""

import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import losses

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss
from sobolev_ref.losses import blocks
from sobolev_ref.losses.blocks import GROUPS, BlockSum, as_workers, block_size

NET = MLP((2, 9, 7, 2))
THETA = NET.init(0) + 0.1
V = NET.init(1)
RULE = sr.sobol([(-1, 1)] * 2, 256, rng=0)


THREADS = "takes 1 to 10,000 threads, -1 for all processors, or a map-like callable"


def f(x, y):
    return np.sin(x * y), np.exp(x) * y


def make(**options):
    return SobolevLoss(NET, f, RULE, order=2, p=3, weights=(1, 0.5, 0.2), **options)


@given(st.integers(1, 3000), st.integers(1, 50))
def test_every_node_is_in_one_block_of_one_group(n, size):
    total = BlockSum(n, size)
    assert [start for group in total.groups for start in group] == list(range(0, n, size))
    assert len(total.groups) == min(GROUPS, -(-n // size)) and GROUPS == 64
    lengths = [len(group) for group in total.groups]
    assert max(lengths) - min(lengths) <= 1
    seen = []
    total.each(lambda block: seen.extend(range(n)[block]))
    assert seen == list(range(n))


@pytest.mark.parametrize("block", [1, 7, 64, 255, 256, 10**6])
def test_blocks_change_nothing_but_rounding(block):
    whole, blocked = make(block=10**6), make(block=block)
    (v, g), (value, gradient) = whole(THETA), blocked(THETA)
    assert value == pytest.approx(v, rel=1e-13)
    np.testing.assert_allclose(gradient, g, rtol=0, atol=1e-13 * np.abs(g).max())
    h = whole.hessp(THETA, V)
    np.testing.assert_allclose(blocked.hessp(THETA, V), h, rtol=0, atol=1e-13 * np.abs(h).max())
    assert list(blocked.terms(THETA).values()) == pytest.approx(list(whole.terms(THETA).values()))


@pytest.mark.parametrize("workers", [2, 3, -1, map, "threads", "processes"])
def test_workers_give_the_same_bits(workers):
    pools = {"threads": ThreadPoolExecutor, "processes": ProcessPoolExecutor}
    alone = make(block=16)
    v, g = alone(THETA)
    h = alone.hessp(THETA, V)
    pool = pools[workers](2) if isinstance(workers, str) else None
    try:
        together = make(block=16, workers=pool.map if pool else workers)
        if workers == "processes":
            together = sr.SobolevLoss(
                NET,
                dict(zip(sr.multi_indices(2, 2), alone.target_values)),
                RULE,
                order=2,
                p=3,
                weights=(1, 0.5, 0.2),
                block=16,
                workers=PicklableMap(),
            )
        for _ in range(3):
            value, gradient = together(THETA)
            assert value == v and gradient.tobytes() == g.tobytes()
        assert together.hessp(THETA, V).tobytes() == h.tobytes()
    finally:
        if pool:
            pool.shutdown()


class PicklableMap:
    """A map over two processes, made where it is called, so that the loss which holds it travels."""

    def __call__(self, function, items):
        with ProcessPoolExecutor(2) as pool:
            return list(pool.map(function, items))


def test_a_loss_with_threads_travels_and_its_copy_has_its_own():
    loss = make(block=16, workers=2)
    v, g = loss(THETA)
    value, gradient = pickle.loads(pickle.dumps(loss))(THETA)
    assert value == v and gradient.tobytes() == g.tobytes()


@pytest.mark.parametrize("workers", [1, 2, map])
def test_who_does_the_work(workers):
    """One worker, or a map for what it writes, is the calling thread; two are two others at most."""
    seen = {"sum": set(), "each": set()}
    total = BlockSum(40, 3, workers)

    def count(kind, block):
        seen[kind].add(threading.get_ident())
        return [np.array(block.stop - block.start)]

    assert total(partial(count, "sum")) == [40]
    total.each(partial(count, "each"))
    here = threading.get_ident()
    for threads in seen.values():
        if workers == 2:
            assert here not in threads and 1 <= len(threads) <= 2
        else:
            assert threads == {here}
    assert BlockSum(40, 3).workers == 1
    one = BlockSum(2, 3, 2)  # a single group needs no threads
    one(partial(count, "sum"))
    one.each(partial(count, "each"))
    assert here in seen["sum"] and here in seen["each"]


@pytest.mark.parametrize(("workers", "limits"), [(1, []), (map, []), (2, [(1, "blas")])])
def test_blas_is_held_to_one_thread_while_workers_run(workers, limits, monkeypatch):
    """What threadpoolctl would be asked for, where it is installed."""
    asked = []

    class Controller:
        def limit(self, *, limits, user_api):
            asked.append((limits, user_api))
            return nullcontext()

    total = BlockSum(40, 3, workers)
    monkeypatch.setattr(blocks, "_blas", Controller)
    total(lambda block: [np.ones(1)])
    assert asked == limits
    total.each(lambda block: None)
    assert asked == 2 * limits


@given(losses(p=st.sampled_from([2, 3, 1.5])), st.integers(1, 6))
def test_the_parts_of_a_split_add_up(drawn, n):
    loss, theta = drawn
    n = min(n, len(loss.rule))
    parts = [pickle.loads(pickle.dumps(part)) for part in loss.split(n)]
    assert [len(p.rule) for p in parts] == [len(r) for r in loss.rule.split(n)]
    value, gradient = loss(theta)
    assert sum(part(theta)[0] for part in parts) == pytest.approx(value, rel=1e-12, abs=1e-300)
    total = sum(part(theta)[1] for part in parts)
    np.testing.assert_allclose(
        total, gradient, rtol=0, atol=1e-12 * (np.abs(gradient).max() + 1e-9)
    )
    for part in parts:
        assert not np.shares_memory(part.target_values, loss.target_values)


def test_a_loss_cannot_be_split_into_more_parts_than_nodes():
    with pytest.raises(ValueError, match="n: got 257 parts, takes at most the 256 nodes"):
        make().split(257)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"block": 0}, ValueError, "^block: got 0"),
        ({"block": 1.5}, TypeError, "^block: got 1.5"),
        ({"workers": 0}, ValueError, f"^workers: got 0, {THREADS}$"),
        ({"workers": -2}, ValueError, f"^workers: got -2, {THREADS}$"),
        ({"workers": "2"}, TypeError, f"^workers: got '2', {THREADS}$"),
        ({"road": "side"}, ValueError, "^road: got 'side'"),
    ],
)
def test_bad_input(options, error, match):
    with pytest.raises(error, match=match):
        make(**options)
    assert as_workers(-1) == os.cpu_count() and as_workers(1) == 1 and as_workers(3) == 3


def test_block_size_shrinks_with_the_work_of_a_node():
    assert block_size(1, 64) > block_size(6, 64) > block_size(6, 256) >= 16
    assert block_size(10**6, 10**6) == 16
    assert block_size(6, 64) == 2**20 // (8 * 6 * 64)  # a megabyte of float64


MEMORY = """
import resource, numpy as np, sobolev_ref as sr
N = {n}
rng = np.random.default_rng(0)
net = sr.MLP((2, 64, 64, 1))
data = {{a: rng.normal(size=(N, 1)) for a in sr.multi_indices(2, 2)}}
rule = sr.Quadrature(rng.uniform(size=(N, 2)), np.full(N, 1 / N))
loss = sr.SobolevLoss(net, {target}, rule, order=2)
data = None
loss(net.init(0))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("target", ["data", "lambda x, y: np.sin(x) * y"])
def test_memory_is_bounded_by_the_block(target):
    """Peak resident memory of 10⁵ nodes, beyond that of 10³, per node: nodes, weights and targets.

    They are 8·(2 + 1 + 6) = 72 bytes a node, held twice while they are made (6 of the 9 numbers may be
    held three times by a mapping); the passes at once would need 6·64·8·10 = 31 kB a node.
    """
    peaks = [
        float(
            subprocess.run(
                [sys.executable, "-c", MEMORY.format(n=n, target=target)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for n in (1000, 100_000)
    ]
    assert (peaks[1] - peaks[0]) * 2**20 / 99_000 < 800


def test_without_threadpoolctl_threads_give_the_same_bits(monkeypatch):
    """It only keeps BLAS from starting threads of its own."""
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    blocks._blas.cache_clear()
    net, rule = MLP((1, 4, 1)), sr.gauss_legendre([(0, 1)], 40)
    alone = SobolevLoss(net, np.sin, rule, block=8)
    threads = SobolevLoss(net, np.sin, rule, block=8, workers=2)
    theta = net.init(0)
    assert threads(theta)[0] == alone(theta)[0]
    np.testing.assert_array_equal(threads(theta)[1], alone(theta)[1])
    blocks._blas.cache_clear()


@pytest.mark.parametrize("workers", [1, 3, map])
def test_what_a_part_raises_passes_through_and_the_next_call_works(workers):
    """The thread that dies takes no other with it, and no lock."""
    total = BlockSum(40, 4, workers)

    def part(block):
        if block.start == 20 and broken:
            raise ArithmeticError("in the sixth block")
        return [np.arange(40.0)[block].sum()]

    for broken in (True, False, True):
        if broken:
            with pytest.raises(ArithmeticError, match="^in the sixth block$"):
                total(part)
        else:
            assert total(part) == [780.0]
