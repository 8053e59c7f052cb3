"""Points as rules: means over what was measured (W3), and no measurement lost or counted twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_numbers import SEEDS

import sobolev_ref as sr


def test_samples_are_the_mean_over_the_points():
    x = np.array([[0.0, 1.0], [2.0, 3.0], [2.0, 3.0]])
    rule = sr.samples(x)
    np.testing.assert_array_equal(rule.weights, np.full(3, 1 / 3))
    assert rule.integrate(lambda x, y: x * y) == pytest.approx(4, rel=1e-15)
    np.testing.assert_array_equal(sr.samples([3.0, 1.0]).nodes, [[3.0], [1.0]])
    with pytest.raises(ValueError, match="x: got no nodes"):
        sr.samples([])


def random_measurements(rng, d, m, order):
    """Points from a small grid, so that many coincide, within one α and between them."""
    data = {}
    for alpha in sr.multi_indices(d, order):
        n = int(rng.integers(1, 9))
        values = rng.normal(size=(n, m))
        missing = rng.random((n, m)) < 0.2
        missing[0, 0] = False
        values[missing] = np.nan
        data[alpha] = (rng.integers(-1, 2, (n, d)) * 1.0, values)
    return data


@given(st.integers(1, 3), st.integers(1, 2), st.integers(0, 2), SEEDS)
def test_every_measurement_stands_once_at_its_place(d, m, order, seed):
    data = random_measurements(np.random.default_rng(seed), d, m, order)
    merged = sr.merge_samples(data)
    assert merged.order == order and list(merged.target) == list(data)
    nodes = merged.rule.nodes
    for alpha, (x, values) in data.items():
        found = merged.target[alpha]
        given_rows = sorted(map(tuple, np.nan_to_num(np.c_[x, values], nan=99.0).tolist()))
        there = np.nan_to_num(np.c_[nodes, found], nan=99.0)
        empty = np.isnan(found).all(axis=1)
        kept = sorted(map(tuple, there[~empty].tolist()))
        assert kept == [row for row in given_rows if row[d:] != (99.0,) * m]
    most = {}  # a place has as many nodes as its most frequent α has measurements there
    for x, _ in data.values():
        places, counts = np.unique(x, axis=0, return_counts=True)
        for place, count in zip(map(tuple, places.tolist()), counts.tolist()):
            most[place] = max(most.get(place, 0), count)
    assert len(nodes) == sum(most.values())
    assert merged.coverage.duplicates == len(nodes) - len(most)


@given(st.integers(1, 2), st.integers(1, 2), st.integers(0, 2), st.sampled_from([1, 2, 3]), SEEDS)
def test_each_term_is_the_mean_over_its_own_points(d, m, order, p, seed):
    """λ_α (1/N_α) Σ |r|^p, by NumPy's own mean over the data as they were given (W3)."""
    rng = np.random.default_rng(seed)
    data = random_measurements(rng, d, m, order)
    merged = sr.merge_samples(data)
    lam = rng.uniform(0.5, 2, order + 1)
    net = sr.MLP((d, 3, m))
    theta = net.init(rng)
    loss = sr.SobolevLoss(
        net, merged.target, merged.rule, order=order, p=p, weights=merged.weights(lam)
    )
    expected = 0.0
    for alpha, (x, values) in data.items():
        r = net.derivatives(theta, x, order)[alpha] - values
        if not np.isnan(r).all():
            expected += lam[sum(alpha)] * m * np.nanmean(np.abs(r) ** p)
    assert loss(theta)[0] == pytest.approx(expected, rel=1e-11)


def test_the_rule_as_it_is_counts_every_measurement_once():
    """Without (W3) and with the noise's weights: Σ over all measurements of (r/τ)², the likelihood."""
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=7), rng.normal(size=3)
    data = {(0,): (x, np.sin(x)), (1,): (z, np.cos(z))}
    merged = sr.merge_samples(data)
    tau = {(0,): 0.1, (1,): 0.4}
    net = sr.MLP((1, 4, 1))
    theta = net.init(0)
    loss = sr.SobolevLoss(net, merged.target, merged.rule, weights=sr.noise_weights(tau))
    chi2 = sum(
        (((net.derivatives(theta, x, 1)[a][:, 0] - y) / tau[a]) ** 2).sum()
        for a, (x, y) in data.items()
    )
    assert loss(theta)[0] * 10 / tau[(0,)] ** 2 == pytest.approx(chi2, rel=1e-12)


def test_balanced_terms_are_relative_errors_however_often_each_was_measured():
    """Σ|r|²/Σ|u|² over each α's own points: N/N_α cancels."""
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=7), rng.normal(size=3)
    data = {(0,): (x, np.sin(x)), (1,): (z, 5 * np.cos(z))}
    merged = sr.merge_samples(data)
    net = sr.MLP((1, 4, 1))
    theta = net.init(0)
    loss = sr.SobolevLoss(net, merged.target, merged.rule, weights="balanced")
    expected = sum(
        ((net.derivatives(theta, x, 1)[a][:, 0] - y) ** 2).sum() / (y**2).sum()
        for a, (x, y) in data.items()
    )
    assert loss(theta)[0] == pytest.approx(expected, rel=1e-12)


def test_values_and_slopes_at_different_points_fit_a_cubic():
    """Two values and two slopes, nowhere together, determine x³ − x: Birkhoff's interpolation."""
    f, slope = lambda x: x**3 - x, lambda x: 3 * x**2 - 1
    v, s = np.array([0.0, 2.0]), np.array([0.5, 1.0])
    merged = sr.merge_samples({(0,): (v, f(v)), (1,): (s, slope(s))})
    cubic = sr.LinearModel.polynomial(3, [(0, 2)])
    fit = sr.solve_linear(sr.SobolevLoss(cubic, merged.target, merged.rule))
    x = np.linspace(0, 2, 9)
    np.testing.assert_allclose(cubic(fit.x, x)[:, 0], f(x), atol=1e-13)


def test_minus_zero_is_zero():
    merged = sr.merge_samples({(0,): ([0.0], [1.0]), (1,): ([-0.0], [2.0])})
    assert len(merged.rule) == 1 and merged.coverage.duplicates == 0
    assert sr.coverage(sr.samples([0.0, -0.0]), {(0,): [1, 2]}, 0).duplicates == 1
    plane = [[0.0, 1.0], [-0.0, -1.0], [0.0, 0.5], [-0.0, 1.0]]
    merged = sr.merge_samples({(0, 0): (plane[:3], [1, 2, 3]), (1, 0): (plane[3:], [4])})
    assert len(merged.rule) == 3 and merged.coverage.duplicates == 0


def test_what_was_never_measured_has_no_weight():
    """Values and second derivatives, and no slope between: λ_α N/N_α is 0 for it."""
    merged = sr.merge_samples({(0,): ([0.0, 1.0], [1, 2]), (2,): ([3.0], [4])})
    assert merged.weights((1, 5, 2)) == {(0,): 1.5, (1,): 0.0, (2,): 6.0}


def test_the_report_of_a_loss_has_its_weights():
    loss = sr.SobolevLoss(sr.MLP((1, 1)), np.sin, sr.samples([0.0, 1.0]), weights=(1, 0.5))
    assert loss.coverage.weights == {(0,): 1.0, (1,): 0.5}


def test_an_output_without_a_measurement_is_told():
    """Of the slopes neither output has one, which the share of what is missing says."""
    target = {(0,): np.array([[1.0, np.nan, 3.0], [2.0, np.nan, np.nan]])}
    report = sr.coverage(sr.samples([0.0, 1.0]), target, 1)
    assert report.without == {(0,): [1]}
    assert str(report).splitlines()[-2:] == [
        "  D^(0,)  3 of 6 measured, 50 % missing, none of output 1",
        "  D^(1,)  0 of 6 measured, 100 % missing",
    ]


def test_a_report_drops_no_measurement():
    """W1: of a mapping it goes to the highest order, and says that a lower one leaves some out."""
    rule, target = sr.samples([0.0, 1.0]), {(0,): [1, 2], (2,): [3, np.nan]}
    assert sr.coverage(rule, target).counts == {(0,): 2, (1,): 0, (2,): 1}
    assert sr.coverage(rule, np.sin).counts == {(0,): 2, (1,): 2}
    with pytest.raises(
        ValueError, match=r"^target\[\(2,\)\]: got data of order 2, which a loss of order = 1"
    ):
        sr.coverage(rule, target, 1)


def test_a_report_of_what_was_covered():
    x = np.array([[0.0, -1.0], [2.0, 5.0], [2.0, 5.0]])
    values = np.array([[1.0, 2.0], [np.nan, 4.0], [5.0, 6.0]])
    report = sr.coverage(sr.samples(x), {(0, 0): values, (0, 1): np.ones((3, 2))}, 1)
    assert (report.n_nodes, report.n_outputs, report.duplicates) == (3, 2, 1)
    assert report.counts == {(0, 0): 5, (1, 0): 0, (0, 1): 6}
    assert report.missing == pytest.approx({(0, 0): 1 / 6, (1, 0): 1, (0, 1): 0})
    np.testing.assert_array_equal(report.bounds, [[0, 2], [-1, 5]])
    assert str(report).splitlines() == [
        "3 nodes, 2 outputs; 1 node at the place of another",
        "  x1 in [0, 2]",
        "  x2 in [-1, 5]",
        "  D^(0, 0)  5 of 6 measured, 16.7 % missing",
        "  D^(1, 0)  0 of 6 measured, 100 % missing",
        "  D^(0, 1)  6 of 6 measured",
    ]
    whole = sr.coverage(sr.samples(x), lambda x, y: x * y, 2)
    assert set(whole.missing.values()) == {0}


@pytest.mark.parametrize(
    ("data", "error", "match"),
    [
        ([(0,)], TypeError, "measurements: got list, takes a mapping"),
        ({}, ValueError, "measurements: got an empty mapping"),
        ({0: ([0.0], [1.0])}, ValueError, "multi-index: got 0"),
        ({(0,): ([0.0], [1.0]), (0, 1): ([0.0], [1.0])}, ValueError, r"got \(0, 1\)"),
        ({(0,): [0.0]}, TypeError, r"measurements\[\(0,\)\]: got list, takes a pair"),
        ({(0,): ([0.0], [1.0, 2.0])}, ValueError, r"data: got shape \(2,\), takes shape \(1, m\)"),
        ({(0,): ([0.0], [np.inf])}, ValueError, "data: got 1 infinite"),
        ({(0,): ([np.nan], [1.0])}, ValueError, r"measurements\[\(0,\)\]: x: got 1 NaN"),
        ({(0, 0): ([[0.0]], [1.0])}, ValueError, r"x: got shape \(1, 1\), takes shape \(N, 2\)"),
        (
            {(0,): ([0.0], [1.0]), (1,): ([0.0], [[1.0, 2.0]])},
            ValueError,
            r"^measurements: got .* outputs, 1 for \(0,\) and 2 for \(1,\); takes arrays",
        ),
    ],
)
def test_bad_measurements(data, error, match):
    with pytest.raises(error, match=match):
        sr.merge_samples(data)


def test_a_report_takes_a_rule():
    with pytest.raises(TypeError, match="rule: got list"):
        sr.coverage([0.0], np.sin, 1)
