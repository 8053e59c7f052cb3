"""S: answers at many nodes take the memory of a block beyond themselves, and may go where the caller says."""

import tracemalloc

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import sobolev_ref as sr
from sobolev_ref.integrals import targets
from sobolev_ref.models.model import block_size

NET = sr.MLP((3, 64, 64, 1))
THETA = NET.init(0)
X = np.random.default_rng(0).uniform(-1, 1, (20_000, 3))
A = len(sr.multi_indices(3, 2))


def peak(call):
    """The answer, and the most bytes that were in use while it was made."""
    tracemalloc.start()
    try:
        answer = call()
        return answer, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Bytes: twenty jets of a layer, of 1 MB each. All nodes at once take 100 MB and more. A norm evaluates its
# function at so few nodes at once: it holds their jets, and what rounding has done to them.
BLOCK = 20 * 2**20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "answer_rows"),
    [
        (lambda: NET.derivatives(THETA, X, 2), A),
        (lambda: NET(THETA, X), 1),
        (lambda: NET.function(THETA)(*X.T), 1 + 3),
        (lambda: sr.sobolev_norm(NET.function(THETA), sr.samples(X), 2), 9 * A),
    ],
    ids=["derivatives", "values", "function", "norm"],
)
def test_memory_beyond_the_answer_is_that_of_a_block(call, answer_rows):
    call()  # tables are made once
    _, most = peak(call)
    assert most < 8 * len(X) * answer_rows + BLOCK


def test_a_norm_holds_its_values_once(monkeypatch):
    """Beside them there are jets of a few nodes, and powers of one derivative: of 10⁶ nodes 130 MB in all."""
    monkeypatch.setattr(targets, "CHUNK", 512)
    x = np.random.default_rng(1).uniform(size=(40_000, 3))
    rule = sr.samples(x)
    norm, most = peak(lambda: sr.sobolev_norm(lambda x, y, z: np.sin(x * y) + z, rule, 2))
    assert most < 1.6 * A * 8 * len(x)
    product, s, c = x[:, 0] * x[:, 1], np.sin(x[:, 0] * x[:, 1]), np.cos(x[:, 0] * x[:, 1])
    squares = (s + x[:, 2]) ** 2 + (x[:, 0] ** 2 + x[:, 1] ** 2) * c**2 + 1  # first derivatives
    squares += (x[:, 0] ** 4 + x[:, 1] ** 4) * s**2 + (c - product * s) ** 2  # second ones
    np.testing.assert_allclose(norm**2, squares.mean(), rtol=1e-13)


@pytest.mark.parametrize("model", [NET, sr.LinearModel.polynomial(3, [(-1, 1)] * 3, m=2)])
def test_blocks_change_nothing_but_rounding(model):
    """Every node has its own answer, whichever others it stands with."""
    theta = np.random.default_rng(1).normal(size=model.n_parameters)
    size = block_size(A, model.width)
    x = X[: 2 * size + 3]
    whole = model.derivatives(theta, x, 2)
    for some in (slice(0, 1), slice(size - 1, size + 2), slice(2 * size, None)):
        for alpha, part in model.derivatives(theta, x[some], 2).items():
            scale = np.abs(whole[alpha]).max()
            np.testing.assert_allclose(part, whole[alpha][some], rtol=0, atol=1e-14 * scale)


def test_a_function_carries_jets_of_any_node_shape_in_blocks():
    u = NET.function(THETA)
    x = X[:8].reshape(2, 4, 3)
    T = sr.Jet.variables(X[:1], 1)[0].algebra
    jets = [
        sr.Jet(np.stack([x[..., q], *np.broadcast_to(np.eye(3)[q, :, None, None], (3, 2, 4))]), T)
        for q in range(3)
    ]
    exact = NET.derivatives(THETA, X[:8], 1)
    for alpha, value in u(*jets).derivatives.items():
        np.testing.assert_allclose(value.ravel(), exact[alpha][:, 0], rtol=1e-12, atol=1e-14)


def test_answers_go_where_the_caller_says(tmp_path):
    exact = NET.derivatives(THETA, X, 2)
    kept = {(0, 0, 0): np.memmap(tmp_path / "u", float, "w+", shape=(len(X), 1))}
    kept[1, 0, 1] = np.empty((len(X), 1))
    answer = NET.derivatives(THETA, X, 2, out=kept)
    assert list(answer) == [(0, 0, 0), (1, 0, 1)]
    for alpha, value in kept.items():
        assert answer[alpha] is value
        np.testing.assert_array_equal(value, exact[alpha])
    _, most = peak(lambda: NET.derivatives(THETA, X, 2, out=kept))
    assert most < BLOCK


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        ([1.0], TypeError, r"^out: got \[1.0\], takes a mapping from α to array$"),
        (
            {(3, 0, 0): X[:, :1]},
            ValueError,
            r"^out: got \(3, 0, 0\), takes multi-indices \|α\| <= 2$",
        ),
        (
            {(0, 0, 0): X[:, 0]},
            ValueError,
            r"^out\[\(0, 0, 0\)\]: got array.*takes an array of shape",
        ),
        ({(0, 0, 0): np.empty((20_000, 1), int)}, ValueError, "and type float64$"),
        ({(0, 0, 0): 1.0}, ValueError, r"^out\[\(0, 0, 0\)\]: got 1.0, takes an array"),
        (
            dict.fromkeys([(0, 0, 0), (1, 0, 0)], np.empty((20_000, 1))),
            ValueError,
            r"^out\[\(1, 0, 0\)\]: got memory of out\[\(0, 0, 0\)\], takes its own$",
        ),
        (
            {(1, 0, 0): as_strided(np.empty(1), (20_000, 1), (0, 8))},
            ValueError,
            r"^out\[\(1, 0, 0\)\]: got two entries in one memory, takes its own$",
        ),
        (
            {(0, 0, 0): np.broadcast_to(0.0, (20_000, 1))},
            ValueError,
            r"^out\[\(0, 0, 0\)\]: got a read-only array, takes a plain one to write into$",
        ),
        (
            {(0, 0, 0): np.ma.zeros((20_000, 1))},
            ValueError,
            r"^out\[\(0, 0, 0\)\]: got a masked array, takes a plain one to write into$",
        ),
    ],
)
def test_a_place_that_cannot_take_the_answer_is_refused(out, error, message):
    with pytest.raises(error, match=message):
        NET.derivatives(THETA, X, 2, out=out)


def test_an_answer_may_overwrite_theta():
    """Its first block would be the parameters of the second: the values were off by .15."""
    net = sr.MLP((1, 3, 1))
    x = np.linspace(0, 1, 50_000)
    right = net(net.init(0), x)
    both = np.r_[net.init(0), np.zeros(49_990)][:, None]
    net.derivatives(both[:10, 0], x, 0, out={(0,): both})
    np.testing.assert_array_equal(both, right)


def test_an_answer_may_overwrite_the_nodes_and_columns_of_one_array():
    """Where it stands one row further, each block writes a node of the next one."""
    net, theta = sr.MLP((1, 3, 1)), sr.MLP((1, 3, 1)).init(0)
    x = np.linspace(0, 1, 50_001)[:, None]
    u, slope = net.derivatives(theta, x[:-1].copy(), 1).values()
    both = np.empty((50_000, 2))
    net.derivatives(theta, x[:-1], 1, out={(0,): both[:, :1], (1,): both[:, 1:]})
    np.testing.assert_array_equal(both, np.hstack([u, slope]))
    net.derivatives(theta, x[:-1], 0, out={(0,): x[1:]})
    np.testing.assert_array_equal(x[1:], u)
