"""The evidence: for models linear in θ it is the probability of the data, which has a closed form.

y = Φ θ + τ ε with θ_j of variance 1/a_j is normal with the covariance Φ diag(1/a) Φᵀ + diag τ².
"""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

import sobolev_ref as sr
from sobolev_ref.regression import evidence
from sobolev_ref.regression.balance import Terms, loss_of
from sobolev_ref.regression.evidence import FLOOR, LEFT, MOST, ROWS, Curvature, Evidence, groups_of
from sobolev_ref.regression.measurements import Data

N, DEGREE = 25, 6
MODEL = sr.LinearModel.polynomial(DEGREE, [(-1, 1)])
P = MODEL.n_parameters
X = np.linspace(-1, 1, N)
GROUPS = [np.arange(3), np.arange(3, P)]


def terms_of(data, x=X):
    """Each derivative is a term, and each number counts as one."""
    values = {alpha: column[:, None] for alpha, column in data.items()}
    return Terms.of(MODEL, Data(x[:, None], values, np.full(len(x), 1 / len(x)), 1), "partial")


def terms(seed, noise=(0.1, 0.5)):
    """The terms of values and of slopes of sin 3x with noise, and the data of both."""
    rng = np.random.default_rng(seed)
    values = np.sin(3 * X) + noise[0] * rng.standard_normal(N)
    slopes = 3 * np.cos(3 * X) + noise[1] * rng.standard_normal(N)
    return terms_of({(0,): values, (1,): slopes}), np.r_[values, slopes]


def basis(terms):
    """All rows of J, which does not depend on θ, by the model's own derivatives, (2 N, P)."""
    x, top = terms.data.x, max(terms.data.values)[0]
    columns = [MODEL.derivatives(e, x, top) for e in np.eye(P)]
    return np.hstack([np.concatenate([u[key] for (key,) in terms.keys]) for u in columns])


def solved(terms, y, tau, a):
    """The minimiser of Σ E_t/τ_t² + Σ a θ², and the evidence there."""
    precision = np.repeat(tau**-2, N)
    J = basis(terms)
    theta = np.linalg.solve((J.T * precision) @ J + np.diag(a), (J.T * precision) @ y)
    at = Curvature.of(terms, theta)
    return theta, at, Evidence.of(at, theta, tau, a)


def log_probability(terms, y, tau, a):
    phi = basis(terms)
    covariance = phi @ np.diag(1 / a) @ phi.T + np.diag(np.repeat(tau, N) ** 2)
    return multivariate_normal.logpdf(y, np.zeros(2 * N), covariance)


@pytest.mark.parametrize("seed", range(3))
def test_the_evidence_is_the_probability_of_the_data(seed):
    """(Y1) and (Y2) against SciPy's normal distribution of 50 data."""
    given, y = terms(seed)
    rng = np.random.default_rng(seed)
    tau, a = rng.uniform(0.05, 2, 2), np.exp(rng.uniform(-2, 2, P))
    _, _, found = solved(given, y, tau, a)
    assert np.isclose(found.log_evidence, log_probability(given, y, tau, a), rtol=1e-9)


def test_re_estimation_ends_where_the_probability_is_greatest():
    """(Y3) and (Y4) against SciPy's search for the greatest probability in log τ and log a."""
    given, y = terms(0)
    tau, a = np.ones(2), np.ones(P)
    for _ in range(100):
        theta, at, found = solved(given, y, tau, a)
        tau, a = found.noise(at, np.zeros(2)), found.precision(at, theta, a, GROUPS)

    def lost(phi):
        of_theta = np.repeat(np.exp(phi[2:]), [3, P - 3])
        return -log_probability(given, y, np.exp(phi[:2]), of_theta)

    best = minimize(lost, np.zeros(4), method="Nelder-Mead", options={"maxfev": 2000})
    assert best.success
    np.testing.assert_allclose(np.log(np.r_[tau, a[0], a[-1]]), best.x, atol=1e-3)
    assert 0.05 < tau[0] < 0.2 and 0.25 < tau[1] < 1  # 0.1 and 0.5


def test_what_is_known_of_theta_is_counted_alike_by_terms_and_by_groups():
    given, y = terms(1)
    tau, a = np.array([0.1, 0.5]), np.exp(np.linspace(-3, 3, P))
    _, _, found = solved(given, y, tau, a)
    by_groups = sum((1 - a * np.diag(found.covariance))[group].sum() for group in GROUPS)
    assert np.isclose(found.known.sum(), by_groups) and 0 < by_groups < P


def test_exact_data_end_at_the_floor():
    """A polynomial of degree 3 is in the model: what is left is rounding, and nothing overflows."""
    data = {(0,): X**3, (1,): 3 * X**2}
    given, y = terms_of(data), np.concatenate([*data.values()])
    floor = FLOOR * np.array([np.sqrt(np.mean(v**2)) for v in data.values()])
    tau, a = np.ones(2), np.ones(P)
    for _ in range(30):
        theta, at, found = solved(given, y, tau, a)
        tau, a = (
            found.noise(at, floor),
            found.precision(at, theta, a, [np.array([j]) for j in range(P)]),
        )
    np.testing.assert_array_equal(tau, floor)
    assert np.isfinite(found.log_evidence) and (np.linalg.eigvalsh(found.covariance) > 0).all()
    assert a.max() == MOST and np.count_nonzero(a == MOST) >= 2  # degrees that are not in the data


@pytest.mark.parametrize("size", [1.0, 1e40])
def test_a_group_of_which_the_data_say_nothing_keeps_its_size(size):
    """Its γ_g is 0, by which a_g would go to ∞ and the derivatives that it makes be certain to be 0."""
    at = Curvature(size * np.diag([2.0, 1e-33])[None], np.array([0.5]), np.array([2.0]))
    theta, a = np.array([1.0, 0.0]), np.array([1.0, 3.0])
    found = Evidence.of(at, theta, np.array([1.0]), a)
    groups = [np.array([0]), np.array([1])]
    expected = [2 * size / (2 * size + 1), 3.0]
    np.testing.assert_allclose(found.precision(at, theta, a, groups), expected)


def test_a_flat_prior_of_a_size_is_greatest_where_one_number_goes_to_it():
    """(Y6) against SciPy's search for the greatest σ_1 σ_2 p(data) in log σ."""
    given, y = terms(0)
    tau, a = np.array([0.1, 0.5]), np.ones(P)
    for _ in range(100):
        theta, _, found = solved(given, y, tau, a)
        a = found.open_precision(theta, a, GROUPS)

    def lost(log_a):
        return log_a.sum() / 2 - log_probability(
            given, y, tau, np.repeat(np.exp(log_a), [3, P - 3])
        )

    best = minimize(lost, np.zeros(2), method="Nelder-Mead", options={"maxfev": 1000})
    assert best.success
    np.testing.assert_allclose(np.log(a[[0, -1]]), best.x, atol=1e-3)


def test_the_size_of_a_group_stays_where_less_than_one_number_tells_of_it():
    """One entry, two of which one is told, none told; what is told too well ends at MOST."""
    groups = [np.array([0]), np.array([1, 2]), np.array([3, 4]), np.array([5, 6])]
    a = np.repeat([5.0, 6.0, 7.0, 8.0], [1, 2, 2, 2])
    s = np.array([9.0, 9.0, 0.0, 0.0, 0.0, 1e16, 1e16])
    found = Evidence(0.0, np.zeros(1), np.diag(1 / (a + s)))
    opened = found.open_precision(np.zeros(7), a, groups)
    np.testing.assert_allclose(opened, [5.0, 6.0, 6.0, 7.0, 7.0, MOST, MOST])


def test_a_parameter_without_a_prior_counts_whole():
    """a = 0: two data and one parameter, γ = 1, τ² = E/(2 − 1)."""
    at = Curvature(np.array([[[2.0]]]), np.array([0.5]), np.array([2.0]))
    found = Evidence.of(at, np.array([2.0]), np.array([1.0]), np.zeros(1))
    assert np.isclose(found.known[0], 1) and np.isclose(found.noise(at, np.zeros(1))[0] ** 2, 0.5)
    whole = Evidence(0.0, np.array([2.0]), np.eye(1))  # as many parameters as data
    assert np.isclose(whole.noise(at, np.zeros(1))[0] ** 2, 0.5 / (LEFT * 2))


def test_parameters_that_the_data_tell_only_together_have_an_evidence():
    """H of rank 1 and no prior: γ = 1, and rounding makes no negative pivot."""
    at = Curvature(np.ones((1, 3, 3)), np.array([0.5]), np.array([2.0]))
    found = Evidence.of(at, np.ones(3), np.ones(1), np.zeros(3))
    assert np.isfinite(found.log_evidence) and found.known[0] == pytest.approx(1, abs=0.3)


def test_one_jacobian_serves_all_terms():
    """J_tᵀJ_t and E_t of terms with gaps, along directions too, against the loss of each term alone."""
    rng = np.random.default_rng(0)
    x, net = rng.uniform(-1, 1, (30, 2)), sr.MLP((2, 4, 2))
    y, slopes, along, v = (rng.normal(size=(30, 2)) for _ in range(4))
    y[3:9, 1], slopes[::4] = np.nan, np.nan
    data = Data(x, {(0, 0): y, (0, 1): slopes}, np.full(30, 1 / 30), 2, (v, along))
    theta = net.init(0)
    for balance in ("partial", "order"):
        terms = Terms.of(net, data, balance)
        at = Curvature.of(terms, theta)
        for t, keys in enumerate(terms.keys):
            alone = loss_of(net, data, dict.fromkeys(keys, 30.0))
            J, r = alone.jacobian(theta), alone.residuals(theta)
            np.testing.assert_allclose(at.grams[t], J.T @ J, rtol=1e-12, atol=1e-12)
            assert np.isclose(at.squares[t], r @ r) and at.counts[t] == len(r)


def test_of_many_rows_random_ones_choose_and_all_tell_of_deviations(monkeypatch):
    """Four levels in turn, of which every fourth row is one: the mean over seeds is what all rows give."""
    monkeypatch.setattr(evidence, "ENTRIES", 1)  # blocks of one node
    n = 2 * ROWS * P
    x = np.tile([-1.0, -0.5, 0.5, 1.0], n // 4)
    rare = np.where(np.arange(n) % 50 == 7, np.cos(x), np.nan)
    given, theta = terms_of({(0,): np.sin(x), (1,): rare}, x), np.ones(P)
    J, known = basis(given), ~np.isnan(rare)
    r = J @ theta - np.r_[np.sin(x), rare]
    values, slopes = J[:n].T @ J[:n], J[n:][known].T @ J[n:][known]
    some = [Curvature.of(given, theta, np.random.default_rng(seed)) for seed in range(40)]
    for at in (Curvature.of(given, theta), *some):
        np.testing.assert_allclose(at.counts, [n, known.sum()])
        np.testing.assert_allclose(at.squares, [r[:n] @ r[:n], r[n:][known] @ r[n:][known]])
        np.testing.assert_allclose(at.grams[1], slopes, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(Curvature.of(given, theta).grams[0], values, rtol=1e-12, atol=1e-9)
    assert not np.allclose(some[0].grams[0], values, rtol=1e-6)
    mean = np.mean([at.grams[0] for at in some], axis=0)
    np.testing.assert_allclose(mean, values, rtol=0.05, atol=0.05 * n)


def test_groups_are_the_inputs_and_the_layers():
    net = sr.MLP((3, 4, 5, 2))
    groups = groups_of(net)
    np.testing.assert_array_equal(np.sort(np.concatenate(groups)), np.arange(net.n_parameters))
    assert [len(g) for g in groups] == [4, 4, 4, 4, 20, 5, 10, 2]
    theta = np.zeros(net.n_parameters)
    theta[groups[1]] = 1.0
    (W, b), *others = net.unpack(theta)
    assert W[:, 1].all() and not W[:, [0, 2]].any() and not b.any()
    assert not any(part.any() for layer in others for part in layer)
