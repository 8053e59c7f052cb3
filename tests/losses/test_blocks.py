"""Blocks and workers: one loss, the same bits for any workers; memory bounded by the block."""

import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref import MLP, SobolevLoss
from sobolev_ref.losses import blocks
from sobolev_ref.losses.blocks import BlockSum, as_workers
from sobolev_ref.models.model import block_size

NET = MLP((2, 9, 7, 2))
THETA = NET.init(0) + 0.1
V = NET.init(1)
RULE = sr.sobol([(-1, 1)] * 2, 256, rng=0)


def f(x, y):
    return np.sin(x * y), np.exp(x) * y


DATA = dict(zip(sr.multi_indices(2, 2), SobolevLoss(NET, f, RULE, order=2).target_values))


def make(**options):
    return SobolevLoss(NET, DATA, RULE, order=2, p=3, weights=(1, 0.5, 0.2), **options)


# -- the partition ---------------------------------------------------------------------------------


@given(st.integers(1, 3000), st.integers(1, 50))
def test_every_node_is_in_one_block_of_one_group(n, size):
    """There are at most 64 groups, of as many blocks but for one."""
    total = BlockSum(n, size)
    assert [start for group in total.groups for start in group] == list(range(0, n, size))
    assert len(total.groups) == min(64, -(-n // size))
    lengths = [len(group) for group in total.groups]
    assert max(lengths) - min(lengths) <= 1
    seen = []
    total.each(lambda block: seen.extend(range(n)[block]))
    assert seen == list(range(n))


def test_two_blocks_may_be_joined_by_another_rule():
    """The largest node of every block, and of all of them, in one group and in several."""
    for size in (1, 3, 500):
        total = BlockSum(200, size)
        largest = total(lambda block: [float(block.stop - 1)], lambda a, b: [max(a[0], b[0])])
        assert largest == [199.0]


@pytest.mark.parametrize("block", [1, 7, 64, 255, 256, 10**6])
def test_blocks_change_nothing_but_rounding(block):
    whole, blocked = make(block=10**6), make(block=block)
    assert blocked(THETA)[0] == pytest.approx(whole(THETA)[0], rel=1e-13)
    for face in (
        lambda loss: loss(THETA)[1],
        lambda loss: loss.hessp(THETA, V),
        lambda loss: np.array(list(loss.terms(THETA).values())),
    ):
        expected = face(whole)
        atol = 1e-13 * np.abs(expected).max()
        np.testing.assert_allclose(face(blocked), expected, rtol=0, atol=atol)


def test_a_block_is_a_megabyte_of_the_widest_layer():
    assert block_size(6, 64) == 2**20 // (8 * 6 * 64)
    assert block_size(1, 64) > block_size(6, 64) > block_size(6, 256) > 16
    assert block_size(10**6, 10**6) == 16


@pytest.mark.parametrize(
    ("road", "m", "rows"), [("forward", 2, 6), ("reverse", 1, 2), ("reverse", 3, 3)]
)
def test_a_block_is_as_large_as_its_road_allows(road, m, rows):
    """d = 5, k = 1: 1 + d rows a node forwards, m C(d + k − 1, k − 1) in reverse, or at least two."""
    steps = set()

    def watch(group, groups):
        steps.update(blocks.step for blocks in groups)
        return map(group, groups)

    rule, net = sr.monte_carlo([(0, 1)] * 5, 4, 0), MLP((5, 64, m))
    SobolevLoss(net, lambda *x: x[:m], rule, road=road, workers=watch)(net.init(0))
    assert steps == {block_size(rows, 64)}


# -- workers ---------------------------------------------------------------------------------------


class PicklableMap:
    """A map over two processes, made where it is called, so that the loss which holds it travels."""

    def __call__(self, function, items):
        with ProcessPoolExecutor(2) as pool:
            return list(pool.map(function, items))


def threads(function, items):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


@pytest.mark.parametrize(
    "workers",
    [2, 3, -1, map, threads, pytest.param(PicklableMap(), marks=pytest.mark.slow)],
)
def test_workers_give_the_same_bits(workers):
    alone, together = make(block=16), make(block=16, workers=workers)
    v, g = alone(THETA)
    for _ in range(3):
        value, gradient = together(THETA)
        assert value == v and gradient.tobytes() == g.tobytes()
    assert together.hessp(THETA, V).tobytes() == alone.hessp(THETA, V).tobytes()


def test_a_loss_with_threads_travels_and_its_copy_has_its_own():
    loss = make(block=16, workers=2)
    v, g = loss(THETA)
    value, gradient = pickle.loads(pickle.dumps(loss))(THETA)
    assert value == v and gradient.tobytes() == g.tobytes()


@pytest.mark.parametrize("workers", [1, 2, map])
def test_who_does_the_work(workers):
    """One worker, or a map for what it writes, is the calling thread; two are two others at most."""
    seen, total = {"sum": set(), "each": set()}, BlockSum(40, 3, workers)

    def count(kind, block):
        seen[kind].add(threading.get_ident())
        return [np.array(block.stop - block.start)]

    assert total(partial(count, "sum")) == [40]
    total.each(partial(count, "each"))
    here = threading.get_ident()
    for identities in seen.values():
        if workers == 2:
            assert here not in identities and 1 <= len(identities) <= 2
        else:
            assert identities == {here}
    one = BlockSum(2, 3, workers)  # a single group needs no threads
    one(partial(count, "sum"))
    one.each(partial(count, "each"))
    assert here in seen["sum"] and here in seen["each"]


def test_a_map_that_loses_a_block_is_refused():
    """Its part of the sum was missing, in silence."""

    def lossy(function, items):
        return [function(item) for item in items[1:]]

    with pytest.raises(ValueError, match=r"^workers: got 1 results for 2 calls, .* one for each$"):
        BlockSum(4, 2, lossy)(lambda block: [np.ones(1)])


def test_a_map_is_passed_over_where_a_part_writes():
    """Another process would write to memory of its own."""

    def refuse(function, items):
        raise AssertionError("this map was called")

    blocks_of = []
    BlockSum(7, 3, refuse).each(blocks_of.append)
    assert blocks_of == [slice(0, 3), slice(3, 6), slice(6, 7)]


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


@pytest.fixture
def threadpoolctl(monkeypatch):
    """A stand-in for threadpoolctl, or for its absence; BLAS is asked for anew, then and after."""

    def install(module):
        monkeypatch.setitem(sys.modules, "threadpoolctl", module)
        blocks._blas.cache_clear()

    yield install
    blocks._blas.cache_clear()


@pytest.mark.parametrize(("workers", "limits"), [(1, []), (map, []), (2, [(1, "blas")])])
def test_blas_is_held_to_one_thread_while_threads_run(workers, limits, threadpoolctl):
    asked = []

    class Controller:
        def limit(self, *, limits, user_api):
            asked.append((limits, user_api))
            return nullcontext()

    threadpoolctl(SimpleNamespace(ThreadpoolController=Controller))
    total = BlockSum(40, 3, workers)
    total(lambda block: [np.ones(1)])
    assert asked == limits
    total.each(lambda block: None)
    assert asked == 2 * limits


def test_without_threadpoolctl_threads_give_the_same_bits(threadpoolctl):
    """It only keeps BLAS from starting threads of its own."""
    threadpoolctl(None)
    (value, gradient), (v, g) = make(block=8, workers=2)(THETA), make(block=8)(THETA)
    assert value == v and gradient.tobytes() == g.tobytes()


TAKES = "takes 1 to 10,000 threads, -1 for all processors, or a map-like callable"


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"block": 0}, ValueError, "^block: got 0"),
        ({"block": 1.5}, TypeError, "^block: got 1.5"),
        ({"workers": 0}, ValueError, f"^workers: got 0, {TAKES}$"),
        ({"workers": -2}, ValueError, f"^workers: got -2, {TAKES}$"),
        ({"workers": 10_001}, ValueError, f"^workers: got 10001, {TAKES}$"),
        ({"workers": "2"}, TypeError, f"^workers: got '2', {TAKES}$"),
    ],
)
def test_bad_input(options, error, match):
    with pytest.raises(error, match=match):
        make(**options)


def test_the_number_of_workers(monkeypatch):
    assert as_workers(-1) == os.cpu_count() and as_workers(1) == 1 and as_workers(10_000) == 10_000
    assert BlockSum(40, 3).workers == 1 and as_workers(map) is map
    monkeypatch.setattr(os, "cpu_count", lambda: None)  # the system does not say
    assert as_workers(-1) == 1


# -- memory ----------------------------------------------------------------------------------------

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
    """Peak resident memory of 40,000 nodes, beyond that of 10³, per node: nodes, weights and targets.

    They are 8·(2 + 1 + 6) = 72 bytes a node, held twice while they are made (6 of the 9 numbers may be
    held three times by a mapping); the passes at once would need 6·64·8·10 = 31 kB a node.
    """
    peaks = []
    for n in (1000, 40_000):
        command = [sys.executable, "-c", MEMORY.format(n=n, target=target)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks.append(float(done.stdout))
    assert (peaks[1] - peaks[0]) * 2**20 / 39_000 < 800
