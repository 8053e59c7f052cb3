"""The damped step by Cholesky and by QR: against fractions, the digits promised, blocks, workers, memory."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.optimize import damped
from sobolev_ref.optimize.damped import Dual, Gram, Linear, Rows, Triangle, merged
from sobolev_ref.theory import FourierLoss


def graded(condition, rows=12, n=6, seed=0):
    """J with singular values from 1 to 1/condition, and r."""
    rng = np.random.default_rng(seed)
    left, _ = np.linalg.qr(rng.normal(size=(rows, n)))
    right, _ = np.linalg.qr(rng.normal(size=(n, n)))
    return (left * np.geomspace(1, 1 / condition, n)) @ right, rng.normal(size=rows)


def exact(J, r, D, damping):
    """y of (N1) by elimination in fractions: not rounded before the end."""
    A = [[Fraction(entry) / Fraction(unit) for entry, unit in zip(row, D)] for row in J]
    n, right = len(D), [Fraction(entry) for entry in r]
    rows = [[sum(a[i] * a[j] for a in A) for j in range(n)] for i in range(n)]
    for i in range(n):
        rows[i][i] += Fraction(damping)
        rows[i].append(-sum(a[i] * b for a, b in zip(A, right)))
    for i in range(n):
        for k in range(n):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i])]
    return np.array([float(row[n] / row[i]) for i, row in enumerate(rows)])


def triangle(J, r):
    n = J.shape[1] + 1
    return Triangle(merged(np.zeros((n, n)), np.c_[J, r]))


@pytest.mark.parametrize("condition", [1e1, 1e4, 1e6, 1e8, 1e12])
@pytest.mark.parametrize("damping", [1e-30, 1e-18, 1e-9, 1e-2])
def test_as_many_digits_survive_as_the_module_says(condition, damping):
    """(N1) (N2) (N3): ε κ by Cholesky, ε √κ by QR, κ that of AᵀA + λI."""
    J, r = graded(condition)
    D = np.ones(6)
    kappa = (1 + damping) / (condition**-2.0 + damping)
    expected = exact(J, r, D, damping)
    gram, by_qr = Gram(J.T @ J, J.T @ r).step(D, damping), triangle(J, r).step(D, damping)
    error = [np.linalg.norm(s.y - expected) / np.linalg.norm(expected) for s in (gram, by_qr)]
    if gram.condition <= damped.CONDITION:
        assert error[0] <= 20 * 2.2e-16 * kappa
        assert kappa / 3 <= gram.condition <= 30 * kappa  # LAPACK's estimate, in the 1-norm
    else:
        assert kappa > 1e10
    if kappa < 1e24:
        assert error[1] <= 60 * 2.2e-16 * kappa**0.5
        assert kappa / 30 <= by_qr.condition <= 1e3 * kappa


@pytest.mark.parametrize("seed", range(3))
def test_columns_in_units_of_their_own(seed):
    """A = J/D for D that is not 1: y is in the units of D, and the same by both roads."""
    J, r = graded(30, seed=seed)
    D = np.array([0.25, 3.0, 1.0, 8.0, 0.5, 2.0])
    expected = exact(J, r, D, 0.01)
    length = np.linalg.norm(expected)
    matrix = (J / D).T @ (J / D) + 0.01 * np.eye(6)
    softness = expected @ np.linalg.solve(matrix, expected) / length**2
    for squares in (Gram(J.T @ J, J.T @ r), triangle(J, r)):
        step = squares.step(D, 0.01)
        np.testing.assert_allclose(step.y, expected, rtol=1e-9)
        assert step.length == pytest.approx(length) and step.softness == pytest.approx(softness)


def test_the_condition_number_of_a_diagonal():
    """A = diag(1, 1/10) and λ = 0: 100 by both roads."""
    J, r = np.array([[1.0, 0.0], [0.0, 0.1], [0.0, 0.0]]), np.ones(3)
    for squares in (Gram(J.T @ J, J.T @ r), triangle(J, r)):
        assert squares.step(np.ones(2), 0.0).condition == pytest.approx(100, rel=1e-9)


def test_more_parameters_than_a_gram_can_have_are_refused_with_the_way_out():
    with pytest.raises(
        ValueError, match="^theta: got 15,000 parameters, .* or a method without it$"
    ):
        Rows.of(sr.Ridge(1.0, 15_000), np.zeros(15_000))


def test_cholesky_serves_up_to_its_condition_number_and_qr_beyond():
    class Rigged:
        wide = False

        def __init__(self, J, r):
            self.J, self.r, self.asked = J, r, []

        def gram(self, theta):
            self.asked.append("gram")
            return Gram(self.J.T @ self.J, self.J.T @ self.r)

        def triangle(self, theta):
            assert theta is at
            self.asked.append("triangle")
            return triangle(self.J, self.r)

    J, r = graded(1e8)
    rows, at = Rigged(J, r), np.zeros(6)
    linear = Linear(rows, at)
    for damping, asked in ((1e-6, ["gram"]), (1e-17, ["gram", "triangle"]), (1e-6, 2 * ["x"])):
        step = linear.step(np.ones(6), damping)
        expected = exact(J, r, np.ones(6), damping)
        np.testing.assert_allclose(step.y, expected, rtol=0, atol=1e-5 * np.linalg.norm(expected))
        assert len(rows.asked) == len(asked)
    assert Linear(rows, at, by_qr=True).squares.norms == pytest.approx(np.linalg.norm(J, axis=0))
    assert Gram(-np.eye(2), np.ones(2)).step(np.ones(2), 0.5).condition == np.inf


@pytest.mark.parametrize("condition", [1e1, 1e4, 1e8, 1e12])
@pytest.mark.parametrize("damping", [1e-30, 1e-18, 1e-9, 1e-2])
@pytest.mark.parametrize("by_qr", [False, True])
def test_the_dual_step_is_the_same(condition, damping, by_qr):
    """(N6): fewer rows than columns, with the digits of (N2) and, beyond its condition number, of (N3)."""
    J, _ = graded(condition, rows=9, n=4)
    J, r = np.ascontiguousarray(J.T), np.array([1.0, -2.0, 0.5, 3.0])
    D = np.geomspace(0.5, 2, 9)
    expected = exact(J, r, D, damping)
    dual = Dual(J, r, by_qr)
    for _ in range(2):  # the second from what is kept
        step = dual.step(D, damping)
        kappa = 100 * (1 + damping) / (condition**-2.0 + damping)
        digits = kappa**0.5 if dual.by_qr else kappa
        error = np.linalg.norm(step.y - expected) / np.linalg.norm(expected)
        assert error <= 1e-14 * digits or kappa > 1e24
    assert dual.by_qr == (by_qr or not kappa / 100 < 1e11)
    assert step.length == pytest.approx(np.linalg.norm(step.y))
    if damping > 1e-10:
        A, unit = J / D, step.y / step.length
        soft = unit @ np.linalg.solve(A.T @ A + damping * np.eye(9), unit)
        assert step.softness == pytest.approx(soft, rel=1e-4)
    np.testing.assert_allclose(dual.gradient, J.T @ r)
    np.testing.assert_allclose(dual.norms, np.sqrt((J**2).sum(axis=0)))


def test_the_dual_form_is_taken_where_a_loss_has_fewer_residuals_than_parameters():
    net = sr.MLP((1, 20, 1))
    few = sr.SobolevLoss(net, np.sin, sr.gauss_legendre([(-2, 2)], 10).mean())
    theta = net.init(0)
    rows = Rows.of(few, theta)
    dual = Linear(rows, theta).squares
    assert rows.wide and isinstance(dual, Dual) and dual.J.shape == (20, 61)
    D = np.ones(61)
    np.testing.assert_allclose(
        dual.step(D, 0.1).y, rows.gram(theta).step(D, 0.1).y, rtol=1e-9, atol=1e-12
    )
    assert not Rows.of(few + sr.Ridge(1e-3, 61), theta).wide
    assert Dual(np.zeros((1, 2)), np.ones(1)).step(np.ones(2), 1.0).length == 0


def test_what_the_step_brings_loses_the_square_of_what_the_step_loses():
    """At κ = 10¹¹ Cholesky's step is wrong by 1e−6, and the damped model by less than 1e−9 of it."""
    J, r = graded(10**5.5)
    step = Gram(J.T @ J, J.T @ r).step(np.ones(6), 1e-30)
    best = exact(J, r, np.ones(6), 1e-30)
    lost = np.linalg.norm(J @ (step.y - best)) ** 2
    assert np.linalg.norm(step.y - best) / np.linalg.norm(best) > 1e-9
    assert lost < 1e-9 * np.linalg.norm(J @ best) ** 2


def problem(workers=1, **options):
    net = sr.MLP((2, 6, 1))
    rule = sr.monte_carlo([(0, 1), (0, 2)], 150, rng=3)
    known = {(0, 0): np.sin(rule.nodes[:, 0]), (1, 0): np.cos(rule.nodes[:, 0])}
    known[1, 0][::7] = np.nan
    loss = sr.SobolevLoss(net, known, rule, block=16, workers=workers) + sr.Ridge(1e-3, 25)
    return loss, net.init(7)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(damped, "ENTRIES", 25 * 30)


def test_blocks_give_what_the_whole_gives(small_blocks):
    """(N2) (N3): JᵀJ, Jᵀr and the R of [J r] from ten blocks, against those of J whole."""
    loss, theta = problem()
    rows, J, r = Rows.of(loss, theta), loss.jacobian(theta), loss.residuals(theta)
    assert len(rows.blocks) > 5 and sum(len(b.residuals(theta)) for b in rows.blocks) == len(r)
    gram, triangle = rows.gram(theta), rows.triangle(theta)
    np.testing.assert_allclose(gram.matrix, J.T @ J, atol=1e-14)
    np.testing.assert_allclose(gram.gradient, J.T @ r, atol=1e-14)
    np.testing.assert_allclose(triangle.gradient, J.T @ r, atol=1e-13)
    np.testing.assert_allclose(triangle.norms, gram.norms, rtol=1e-12)
    stacked = np.c_[J, r]
    np.testing.assert_allclose(triangle.T.T @ triangle.T, stacked.T @ stacked, atol=1e-13)
    assert not np.tril(triangle.T, -1).any()
    one = Rows.of(sr.Ridge(1e-3, 25), theta)
    assert len(one.blocks) == 1 and one.sum.workers == 1


def backwards(function, items):
    items = list(items)
    return [function(item) for item in items[::-1]][::-1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 5, map, backwards])
def test_workers_change_no_bit(workers, small_blocks):
    runs = []
    for w in (1, workers):
        loss, theta = problem(w)
        rows = Rows.of(loss, theta)
        assert rows.sum.workers == w
        fit = sr.fit(loss, theta, "lm", maxiter=5)
        runs.append([rows.gram(theta).matrix, rows.triangle(theta).T, fit.x, fit.history])
    for one, other in zip(*runs):
        assert one.tobytes() == other.tobytes()


def test_a_loss_without_batches_stays_whole(small_blocks):
    net = sr.MLP((1, 8, 1))
    loss = FourierLoss(net, np.sin, (0, 2 * np.pi), s=1, n=64)
    theta = net.init(0)
    rows = Rows.of(loss, theta)
    assert len(rows.blocks) == 1
    J = loss.jacobian(theta)
    np.testing.assert_allclose(rows.gram(theta).matrix, J.T @ J, atol=1e-12)


@pytest.mark.slow
def test_memory_is_that_of_the_triangles_and_a_block(monkeypatch):
    """J would take 32 MB here; blocks of 0.5 MB and 0.3 MB for each (P, P) matrix do."""
    monkeypatch.setattr(damped, "ENTRIES", 2**16)
    net = sr.MLP((1, 66, 1))
    loss = sr.SobolevLoss(net, np.sin, sr.midpoint([(0, 1)], 10_000))
    theta = net.init(0)
    rows = Rows.of(loss, theta)
    for squares in (rows.gram, rows.triangle):
        tracemalloc.start()
        squares(theta)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8e6 < 8 * 20_000 * len(theta) / 3
