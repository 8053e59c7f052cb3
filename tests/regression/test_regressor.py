"""`SobolevRegressor`: in the caller's units from end to end, and as scikit-learn's tools expect it."""

import pickle
import re
from types import SimpleNamespace

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.jets import multi_indices
from sobolev_ref.regression import evidence, training
from sobolev_ref.regression.measurements import Data
from sobolev_ref.regression.names import Names
from sobolev_ref.regression.summary import neglected, summary, told, too_few_are_left
from sobolev_ref.regression.training import Trainer

X_TRAIN, X_TEST = (sr.sobol([(0.5, 1.5), (-200, 200)], n, rng=n).nodes for n in (64, 256))


def lift(mach, alpha):
    """Two outputs whose sizes and inputs are far apart: CL of size 1, CD of size 10⁻²."""
    return np.sin(3 * mach) * np.cos(alpha / 150), 0.01 * np.exp(mach) * np.sin(alpha / 100)


def exact(x, order=1):
    """{α: Dᵅ of both, (N, 2)}."""
    jets = lift(*sr.Jet.variables(x, order))
    return {a: np.stack([u.derivatives[a] for u in jets], axis=1) for a in multi_indices(2, order)}


@pytest.mark.slow
def test_values_and_slopes_in_the_callers_units():
    """Errors at new points, over the spread of each output, of every value, slope and second derivative."""
    data = exact(X_TRAIN)
    slopes = {alpha: data[alpha] for alpha in ((1, 0), (0, 1))}
    model = sr.SobolevRegressor(hidden=(12, 12), max_iter=100, starts=1).fit(
        X_TRAIN, data[0, 0], slopes
    )
    found, true = model.derivatives(X_TEST, 2), exact(X_TEST, 2)
    for alpha, limit in zip(true, (5e-3, 1e-2, 1e-2, 0.1, 0.1, 0.1)):
        error = np.sqrt(np.mean((found[alpha] - true[alpha]) ** 2, axis=0))
        np.testing.assert_array_less(error, limit * np.std(true[alpha], axis=0), str(alpha))
    assert model.score(X_TEST, true[0, 0]) > 0.9999
    np.testing.assert_array_equal(model.predict(X_TEST), found[0, 0])
    np.testing.assert_array_equal(
        model.gradient(X_TEST), np.stack([found[1, 0], found[0, 1]], axis=-1)
    )


def test_the_same_seed_gives_the_same_bits_also_after_a_pickle():
    y = exact(X_TRAIN)[0, 0][:, 0]
    first, second = (sr.SobolevRegressor(max_iter=5).fit(X_TRAIN, y) for _ in range(2))
    np.testing.assert_array_equal(first.theta_, second.theta_)
    again = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(again.predict(X_TEST), first.predict(X_TEST))


def test_print_tells_what_was_chosen():
    model = sr.SobolevRegressor(max_iter=3, starts=2)
    assert str(model) == repr(model) == "SobolevRegressor(starts=2, max_iter=3)"
    with pytest.raises(ValueError, match="not fitted yet"):
        model.summary()
    model.fit(X_TRAIN, exact(X_TRAIN)[0, 0])
    for word in (
        "64 points; y1 64, y2 64",
        "tanh",
        "± ",
        "lm from the best of 2 starts",
        "stop      iteration 3, max_iter = 3 iterations done\n",
    ):
        assert word in f"{model}\n", word


def test_print_is_of_what_was_fitted(tmp_path):
    """Parameters that are set after `fit` are for the next one, and data for validation are not printed."""
    held = X_TEST, exact(X_TEST)[0, 0]
    model = sr.SobolevRegressor(3, max_iter=3, validation=held).fit(X_TRAIN, exact(X_TRAIN)[0, 0])
    head = "SobolevRegressor(hidden=3, validation=(ndarray (256, 2), ndarray (256, 2)), max_iter=3)"
    assert repr(model) == head
    model.set_params(hidden=7, activation="sin")
    assert str(model).startswith(f"{head}\n") and "network   2-3-2, tanh" in str(model)
    assert repr(model).startswith("SobolevRegressor(hidden=7, activation='sin', validation=")
    model.save(tmp_path / "model.npz")
    again = sr.SobolevRegressor.load(tmp_path / "model.npz")
    assert str(again).startswith("SobolevRegressor(hidden=3, max_iter=3)\n")


@pytest.mark.parametrize("n", [3, 6, 12])
def test_the_constant_of_an_affine_model_has_its_share_of_the_deviation(n):
    """At the mean of n values a new one is off by τ √(1 + 1/n); scaling makes the constant 0 there."""
    x, rng = np.linspace(0, 10, n), np.random.default_rng(0)
    y, model = 1 + 2 * x + 0.1 * rng.normal(size=n), sr.SobolevRegressor(hidden=())
    for slopes, noise in ((None, 0.1), (np.full((n, 1), 2.0), (0.1, 0.001))):
        _, std = model.fit(x[:, None], y, slopes, noise=noise).predict([[5.0]], return_std=True)
        assert std == pytest.approx(0.1 * np.sqrt(1 + 1 / n), rel=1e-3)
    if n == 3:
        return  # of which nothing tells the noise
    _, std = model.fit(x[:, None], y).predict([[5.0]], return_std=True)  # two numbers were learnt
    left = y - np.polynomial.Polynomial.fit(x, y, 1)(x)
    assert std > 0.9 * np.sqrt((left @ left) / (n - 2) * (1 + 1 / n))


def test_a_constant_of_which_no_number_tells_keeps_its_ridge():
    """Slopes alone: the deviation of a value was 4e7 without it."""
    x = np.linspace(0, 10, 5)[:, None]
    slopes = 2 + 0.1 * np.random.default_rng(0).normal(size=(5, 1))
    model = sr.SobolevRegressor(hidden=()).fit(x, None, slopes)
    assert model.predict([[5.0]], return_std=True)[1] < 100


@pytest.mark.parametrize("i", [0, 4, 9])
def test_one_value_and_exact_slopes_of_a_line_are_the_line(i):
    """3x + 2: the ridge of its constant missed the value by 0.005, and with it every other."""
    x, y = np.linspace(0, 1, 10), np.full(10, np.nan)
    y[i] = 3 * x[i] + 2
    for hidden in (None, ()):
        model = sr.SobolevRegressor(hidden).fit(x[:, None], y, np.full((10, 1), 3.0))
        np.testing.assert_allclose(model.predict(x[:, None]), 3 * x + 2, rtol=1e-8)


@pytest.mark.filterwarnings("error")
def test_a_fit_that_explains_nothing_says_so_of_one_kind_of_data_too():
    """Slopes of a wave in an affine model, and an output of it beside one that is a line."""
    x = np.linspace(0, 4 * np.pi, 24)[:, None]
    told = r"^noise: of {} less than a tenth of the squares is explained"
    with pytest.warns(UserWarning, match=told.format("dy/dx")):
        sr.SobolevRegressor(()).fit(x, None, np.cos(x))
    both, one = np.c_[x, np.cos(x)], sr.SobolevRegressor((), alpha=1e-6)
    with pytest.warns(UserWarning, match=told.format("y2")):
        one.fit(x, both)
    one.fit(x, x)
    one.fit(x, 0 * x + 0.3)
    sr.SobolevRegressor((), max_iter=1).fit(x, np.cos(x))
    sr.SobolevRegressor(()).fit(x, np.cos(x), noise=1.0)


X_OF_TWO = np.random.default_rng(5).uniform(-1, 1, (12, 2))
ONE_VALUE = np.where(np.arange(12) == 3, 0.7, np.nan)
ALONG_X1 = 2 * np.cos(2 * X_OF_TWO[:, 0])
IN_A_SLAB = np.where(np.abs(X_OF_TWO[:, 1] + 0.48) < 0.06, 0.7, np.nan)  # values there alone


@pytest.mark.parametrize(
    ("y", "derivatives", "measured", "what"),
    [
        (ONE_VALUE, {(1, 0): ALONG_X1}, (1, 0), ["x2 (11"]),
        (None, {(1, 0): ALONG_X1}, (1, 0), ["x2 (12"]),
        (ONE_VALUE, {(0, 2): ALONG_X1}, (0, 2), ["x1 (11", "x2 (11"]),
        (None, (np.tile([3.0, 0.0], (12, 1)), ALONG_X1), (1, 0), ["x2 (12"]),
        (None, (np.tile([1.0, 1.0], (12, 1)), ALONG_X1), None, ["x1, x2 (12"]),
        (ONE_VALUE, {(1, 0): ALONG_X1, (0, 1): ONE_VALUE}, (1, 0), ["x2 (11"]),
        (
            np.stack([ALONG_X1, ONE_VALUE], axis=1),
            {(1, 0): np.stack([np.full(12, np.nan), ALONG_X1], axis=1)},
            (1, 0),
            ["x2 (11"],
        ),
    ],
)
def test_a_direction_of_which_little_was_measured_is_told(y, derivatives, measured, what, tmp_path):
    """sin 2x1 + g(x2) has the same slopes along x1 for every g: by the network's own g it is 0 ± 1e-4.

    So it is where one value, or one slope along x2, is all. The deviations of what changes with these inputs
    are infinite, and stay so in a file, but for derivatives of what was measured at all points.
    """
    model = sr.SobolevRegressor(hidden=2, starts=1, max_iter=3)
    output = "y2" if np.ndim(y) == 2 else "y"
    lost = " and ".join(f"how {output} changes with {one} of 12 points)," for one in what)[:-1]
    told = f"derivatives: nothing measured near some points tells {lost}, so that"
    with pytest.warns(UserWarning, match="^" + re.escape(told)):
        model.fit(X_OF_TWO, y, derivatives)
    assert f"\n  unseen    {lost}" in model.summary()
    model.save(tmp_path / "model.npz")
    elsewhere = np.delete(X_OF_TWO, 3, axis=0)
    for one in (model, sr.SobolevRegressor.load(tmp_path / "model.npz")):
        assert f"\n  unseen    {lost}" in one.summary()
        _, std = one.derivatives(elsewhere, 2, return_std=True)
        for alpha in sr.multi_indices(2, 2):
            is_told = measured is not None and all(b <= a for a, b in zip(alpha, measured))
            of_last = std[alpha].reshape(11, -1)[:, -1]
            assert (np.isfinite if is_told else np.isinf)(of_last).all(), alpha


def test_a_value_is_known_where_values_were_measured():
    """From x2 = −0.54 to −0.42, whatever x1; beyond, and without any value, nobody knows it."""
    model = sr.SobolevRegressor(hidden=2, starts=1, max_iter=3)
    with pytest.warns(UserWarning, match="^derivatives: nothing"):
        model.fit(X_OF_TWO, IN_A_SLAB, {(1, 0): ALONG_X1})
    _, std = model.predict([*X_OF_TWO, [9.0, -0.48]], return_std=True)
    np.testing.assert_array_equal(np.isfinite(std), [*~np.isnan(IN_A_SLAB), True])
    with pytest.warns(UserWarning, match="^derivatives: nothing"):
        model.fit(X_OF_TWO, None, {(1, 0): ALONG_X1})
    assert np.isinf(model.predict(X_OF_TWO, return_std=True)[1]).all()


FEW_IN_X2 = np.random.default_rng(1).uniform(-1, 1, (40, 2))  # of which twenty have x2 in a slab
FEW_IN_X2[:20, 1] = np.linspace(0.1, 0.4, 20)
IN_IT = np.arange(40) < 20


@pytest.mark.parametrize(
    "derivatives",
    [
        {(0, 1): np.where(IN_IT, 6 * FEW_IN_X2[:, 1], np.nan)},
        {
            (0, 2): np.where(IN_IT, 6.0, np.nan),
            (0, 1): np.where(IN_IT, 6 * FEW_IN_X2[:, 1], np.nan),
        },
    ],
)
def test_numbers_tell_near_their_places(derivatives):
    """sin 2x1 + 3x2² by ∂_1 everywhere, and by all else where 0.1 ≤ x2 ≤ 0.4: beyond it was off by 1 ± 0.003.

    Of the slab 0.15 on each side is near, which is 0.055 to 0.445.
    """
    u = np.sin(2 * FEW_IN_X2[:, 0]) + 3 * FEW_IN_X2[:, 1] ** 2
    slopes = {(1, 0): 2 * np.cos(2 * FEW_IN_X2[:, 0])} | derivatives
    model = sr.SobolevRegressor(hidden=2, starts=1, max_iter=3)
    told = r"^derivatives: nothing .* some points tells how y changes with x2 \(\d+ of 40 points\)"
    with pytest.warns(UserWarning, match=told):
        model.fit(FEW_IN_X2, np.where(IN_IT, u, np.nan), slopes)
    x2 = np.array([-0.9, 0.05, 0.06, 0.2, 0.44, 0.45, 0.9, 5.0])
    _, std = model.derivatives(np.c_[np.zeros(8), x2], 2, return_std=True)
    near = (x2 > 0.055) & (x2 < 0.445)
    for alpha in [(0, 0), (0, 1), (0, 2)]:
        np.testing.assert_array_equal(np.isfinite(std[alpha]), near, str(alpha))
    for alpha in [(1, 0), (2, 0), (1, 1)]:
        assert np.isfinite(std[alpha]).all(), alpha


def test_an_output_is_unknown_where_only_others_were_measured():
    """And where a derivative was measured of others alone, its noise is left out: the deviation was NaN."""
    x = np.linspace(0, 3, 31)[:, None]
    y = np.c_[np.sin(x), np.where(x < 1.05, np.cos(2 * x), np.nan)]
    model = sr.SobolevRegressor(hidden=2, starts=1, max_iter=3)
    with pytest.warns(
        UserWarning, match=r"some points tells how y2 changes with x \(19 of 31 points\)"
    ):
        model.fit(x, y, {(1,): np.c_[np.full(31, np.nan), np.where(x < 1.05, x, np.nan)]})
    _, std = model.derivatives([[0.5], [1.1], [1.2], [2.0]], 1, return_std=True)
    for alpha in std:
        assert np.isfinite(std[alpha][:, 0]).all()
        assert np.isfinite(std[alpha][:, 1]).tolist() == [True, True, False, False]


def test_a_band_without_an_end_fills_the_picture():
    model = sr.SobolevRegressor(hidden=2, starts=1, max_iter=3)
    with pytest.warns(UserWarning, match="^derivatives: nothing"):
        model.fit(X_OF_TWO, IN_A_SLAB, {(1, 0): ALONG_X1})
    axes = model.plot_slice("x2").axes
    heights = [
        {float(y) for path in ax.collections[1].get_paths() for y in path.vertices[:, 1]}
        for ax in axes
    ]
    assert heights == [{0.0, 1.0}] * 2
    assert not model.plot_slice("x1", point=[0.0, -0.48]).axes[0].collections[1].get_paths()


@pytest.mark.parametrize(
    ("X", "y", "derivatives"),
    [
        (X_OF_TWO, ALONG_X1, None),
        (X_OF_TWO, None, {(1, 0): ALONG_X1, (0, 1): ALONG_X1}),
        (X_OF_TWO, None, (X_OF_TWO[::-1], ALONG_X1)),
        (X_OF_TWO, np.where(np.arange(12) < 9, ALONG_X1, np.nan), {(1, 0): ALONG_X1}),
        (X_OF_TWO * [1, 0], ALONG_X1, {(0, 1): ALONG_X1}),
        (X_OF_TWO[:, :1] * [1, 2], ALONG_X1, {(1, 0): ALONG_X1}),
        (X_OF_TWO * [1, 0], None, np.stack([ALONG_X1, ALONG_X1], axis=1)),
    ],
)
def test_directions_that_are_measured_are_not(X, y, derivatives):
    sr.SobolevRegressor(hidden=2, starts=1, max_iter=3).fit(X, y, derivatives)


@pytest.mark.filterwarnings("ignore:noise:UserWarning")  # of a wave in an affine model
@pytest.mark.parametrize("hidden", [2, ()])
@pytest.mark.parametrize(
    ("X", "y", "derivatives", "what"),
    [
        (X_OF_TWO * [1, 0] + [0, 293.15], ALONG_X1, None, "x2"),
        (X_OF_TWO * [1, 0], ALONG_X1, {(1, 0): ALONG_X1}, "x2"),
        (X_OF_TWO * [1, 0], ONE_VALUE, {(1, 0): ALONG_X1}, "x2"),
        (X_OF_TWO[:, :1] * [1, 2], ALONG_X1, None, "x1, x2"),
    ],
)
def test_in_what_no_points_differ_slopes_are_unknown(hidden, X, y, derivatives, what, tmp_path):
    """BB: y + 100 (x2 − c) has the same data where x2 = c, and by the network's own ∂_2 y was 0 ± 2.8."""
    model = sr.SobolevRegressor(hidden, starts=1, max_iter=3)
    told = f"how y changes with {what} (12 of 12 points)"
    with pytest.warns(UserWarning, match=re.escape(f"some points tells {told}, so that what")):
        model.fit(X, y, derivatives)
    model.save(tmp_path / "model.npz")
    for one in (model, sr.SobolevRegressor.load(tmp_path / "model.npz")):
        assert f"\n  unseen    {told}" in one.summary()
        _, std = one.derivatives(X, 2, return_std=True)
        assert (
            np.isfinite(std[0, 0]).all() and np.isinf(std[0, 1]).all() and np.isinf(std[1, 1]).all()
        )
        assert (np.isfinite if what == "x2" else np.isinf)(std[1, 0]).all()


def test_theta_is_that_of_the_fit():
    """Another one was in the answers, and neither in a file nor in the deviations."""
    model = sr.SobolevRegressor(hidden=2, max_iter=2).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0])
    with pytest.raises(AttributeError, match="theta_"):
        model.theta_ = 0 * model.theta_
    assert model.theta_ is model.trained_.theta and not hasattr(sr.SobolevRegressor(), "theta_")


def test_points_beyond_float64_are_refused():
    model = sr.SobolevRegressor(2, "softplus", max_iter=3).fit(X_TRAIN, X_TRAIN[:, 0])
    for far in (1e308, -1e110):
        with pytest.raises(
            ValueError,
            match=rf"X: got {far:g} in column 2, .* spread by 115; takes".replace("+", r"\+"),
        ):
            model.predict([[1.0, far]], return_std=True)
    assert np.isfinite(model.predict([[1.0, 1e90]], return_std=True)).all()


def test_noise_out_of_all_proportion_is_refused_by_its_name():
    y = X_TRAIN[:, 0]
    for noise, what in (
        (1e300, r"3.\d+e\+300 times the size of y"),
        (1e-70, r"3.\d+e-70 times the size of y"),
        (
            1e-17,
            r"3.\d+e-17 times the size of y",
        ),  # beside other slopes a gradient was 1.06 for 1.91
    ):
        with pytest.raises(ValueError, match=f"noise: got {what}"):
            sr.SobolevRegressor(2, max_iter=1).fit(X_TRAIN, y, noise=noise)
    x = np.linspace(0, 1, 12)
    y = np.where(x == 0, 3.0, np.nan)
    least, usual = (
        sr.SobolevRegressor(()).fit(x[:, None], y, 2 + 0 * x, noise=(tau, 1)).gradient([[0.5]])
        for tau in (7e-16, 1e-4)  # 1.1e-15 times the size
    )
    np.testing.assert_allclose(least, usual, rtol=0.01)


@pytest.mark.slow
def test_values_at_both_ends_and_second_derivatives():
    """The boundary value problem of sin 3x: two values do not tell that their noise is large."""
    x = np.linspace(0, 1, 20)[:, None]
    true = np.sin(3 * x[:, 0])
    y = np.where(np.isin(np.arange(20), [0, 19]), true, np.nan)
    model = sr.SobolevRegressor(4).fit(x, y, {(2,): -9 * true})
    np.testing.assert_allclose(model.predict(x), true, atol=1e-4)
    assert model.noise_[0,] < 1e-4


@pytest.mark.slow
def test_slopes_along_a_column_that_never_varies_are_unknown():
    x = np.linspace(0, 1, 20)
    X = np.c_[x, np.full(20, 7.0)]
    with pytest.warns(UserWarning, match="tells how y changes with x2 "):
        model = sr.SobolevRegressor(4, max_iter=60).fit(X, np.sin(3 * x))
    std = model.derivatives(X[:3], 1, return_std=True)[1]
    assert (std[1, 0] < 0.1).all() and np.isinf(std[0, 1]).all()
    assert model.predict([[0.5, 8.0]], return_std=True)[1] > 0.3


def test_noise_that_is_given_is_absolute():
    """n numbers of an affine function, τ² (1 + 1/n + ξ²/Σξ²) at a new point; a lone number has 2 τ²."""
    with pytest.warns(UserWarning, match=r"tells how y changes with x \(1 of 1 points\)"):
        lone = sr.SobolevRegressor(2, max_iter=20).fit([[0.0]], [2.0], noise=0.5)
    np.testing.assert_allclose(
        lone.predict([[0.0]], return_std=True), [[2.0], [0.5**0.5]], rtol=0.03
    )
    x, new = np.linspace(0, 1, 20), np.array([0.0, 0.3, 2.0])
    line = sr.SobolevRegressor((), alpha=0.0).fit(x[:, None], 3 * x, noise=0.2)
    expected = 0.2 * np.sqrt(1 + 1 / 20 + (new - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2))
    np.testing.assert_allclose(line.predict(new[:, None], return_std=True)[1], expected, rtol=1e-6)
    assert line.noise_[0,] == pytest.approx(0.2)
    with pytest.warns(
        UserWarning, match=r"^noise: got 0.001 of y, where the fit leaves 0\.\d+: values"
    ):
        far = sr.SobolevRegressor((), alpha=0.0).fit(x[:, None], (3 * x) ** 2, noise=1e-3)
    assert far.noise_[0,] > 0.3  # what a line cannot do


@pytest.mark.slow
def test_deviations_of_which_no_number_tells_are_warned_of():
    model = sr.SobolevRegressor(3, max_iter=30).fit([[0.0], [1.0]], [2.0, 3.0])
    with pytest.warns(UserWarning, match="return_std: of 2 numbers .* give fit noise=…"):
        model.predict([[0.5]], return_std=True)
    assert model.summary().endswith(
        "\n  certainty none: too few numbers are left that tell the noise"
    )
    given = sr.SobolevRegressor(3, max_iter=30).fit([[0.0], [1.0]], [2.0, 3.0], noise=0.1)
    given.predict([[0.5]], return_std=True)
    assert "certainty" not in given.summary()


def test_the_summary_to_the_letter():
    """Of two inputs, two outputs and one slope, by hand; in the ridge there are three numbers."""
    scaler = sr.Standardizer([1.0, 0.5], [2.0, 4.0], [3.0, 0.0], [10.0, 1.0])
    trained = SimpleNamespace(
        noise={(0, 0): np.array([0.5, 0.25]), (1, 0): np.array([0.125, 2.0])},
        weights={(0, 0): 1.0, (1, 0): 0.25},
        ridge=np.array([0.5, 0.125, 2.0, 0.5]),
        **{"net": sr.MLP((2, 3, 2)), "starts": 1, "method": "lm", "n_iter": 7},
        **{"stop": "a word", "freedom": 9.0},
    )
    names = Names(("a", "b"), ("u", "v"), True, False)
    x = np.array([[0.0, 5.0], [2.0, -1.0], [1.0, 3.0]])
    numbers = {(0, 0): np.ones((3, 2)), (1, 0): np.c_[np.ones(3), np.full(3, np.nan)]}
    data = Data(x, numbers, np.full(3, 1 / 3), 2)
    found = told(data, x[:0], names, np.array([False, False]), scaler, False)
    assert found["bounds"] == [[0.0, 2.0], [-1.0, 5.0]] and found["free"] == []
    lines = [
        "  data      3 points; u 3, v 3, du/da 3, dv/da 0",
        "  network   2-3-2, tanh: 17 parameters for 9 numbers",
        "  scaling   a 1 ± 2, b 0.5 ± 4, u 3 ± 10, v 0 ± 1",
        "  weights   values 1, da 0.25",
        "  noise     u 5, v 0.25, du/da 0.625",
        "  ridge     0.125 to 2, by groups of parameters",
        "  method    lm from one start",
        "  stop      iteration 7, a word",
    ]
    assert summary(names, scaler, trained, found) == lines
    trained.ridge = np.array([0.5, 0.125, 2.0, 0.0])
    assert summary(names, scaler, trained, found)[5] == lines[5] + ", none of constants"
    trained.ridge, trained.freedom = np.full(4, 0.5), 1.0
    _, *_, ridge, _, _, certainty = summary(names, scaler, trained, found)
    assert ridge == "  ridge     0.5"
    assert certainty == "  certainty none: too few numbers are left that tell the noise"
    for freedom, numbers, few in (
        (2.7, 8, True),
        (3.0, 8, False),
        (5.0, 60, True),
        (6.0, 60, False),
    ):
        trained.freedom = freedom
        assert too_few_are_left(trained, {"counts": {"y": numbers - 1, "dy": 1}}) is few
    alone = SimpleNamespace(sizes=[1.0, 2.0, 2.0], pairs=[((0, 0), 0), ((0, 0), 1), ((1, 0), 0)])
    terms = SimpleNamespace(alone=alone, keys=[[(0, 0)], [(1, 0)]])
    met = SimpleNamespace(noise={(0, 0): [0.75, 1.0], (1, 0): [0.25]}, success=True)
    assert neglected(terms, met, names) == (
        "noise: what was learnt, over the size of the data themselves, is of u 0.75, of v 0.5, of du/da "
        "0.12: values and derivatives contradict each other, or one is noise, or the fit ended in a poor "
        "optimum; take more starts=…, or give fit noise=…, or alpha=…"
    )


@pytest.mark.parametrize("seed", [0, 3])  # of which χ² is 0.9 and 1.2 of what is expected
def test_deviations_of_an_affine_model_are_those_of_least_squares(seed):
    """σ² (AᵀA)⁻¹, and with slopes that of generalised least squares, of a table ordered by its levels."""
    a, b = np.meshgrid(np.linspace(0, 1, 30), np.linspace(0, 1, 4), indexing="ij")
    X, rng = np.c_[a.ravel(), b.ravel()], np.random.default_rng(seed)
    y = 1 + 2 * X[:, 0] - 3 * X[:, 1] + 0.1 * rng.normal(size=120)
    slopes = 2 + 0.3 * rng.normal(size=120)
    A, at = np.c_[np.ones(120), X], np.array([1, 0.5, 1.0])
    for measured, noise in ((None, 0.1), ({(1, 0): slopes}, (0.1, 0.3))):
        H = A.T @ A / 0.1**2
        if measured:
            H[1, 1] += 120 / 0.3**2
        C = np.linalg.inv(H)
        model = sr.SobolevRegressor((), alpha=0).fit(X, y, measured, noise)
        _, std = model.derivatives([[0.5, 1.0]], return_std=True)
        assert std[0, 0] == pytest.approx([np.sqrt(at @ C @ at + 0.1**2)], rel=1e-6)
        assert std[0, 1] == pytest.approx([np.sqrt(C[2, 2])], rel=1e-6)


def test_deviations_of_very_many_rows_come_from_random_ones(monkeypatch):
    """Of 30 rows of 120, drawn at random, those of least squares but for the draw, with noise s as learnt."""
    monkeypatch.setattr(training, "WHOLE", 0.0)
    monkeypatch.setattr(evidence, "ENTRIES", 1)
    x = np.c_[np.repeat(np.arange(30), 4), np.tile(np.arange(4), 30)] * 1.0
    A = np.c_[np.ones(120), x]
    y = A @ [1, 2, -3] + 0.1 * np.random.default_rng(0).standard_normal(120)
    s = np.sqrt(np.sum((y - A @ np.linalg.lstsq(A, y)[0]) ** 2) / 117)
    for noise, tau in ((0.1, 0.1), (None, s)):
        model = sr.SobolevRegressor((), alpha=0).fit(x, y, noise=noise)
        std = model.derivatives(x[:1], return_std=True)[1][0, 1][0]
        ratio = std / (tau * np.sqrt(np.linalg.inv(A.T @ A)[2, 2]))
        assert 0.6 < ratio < 1.6 and abs(ratio - 1) > 1e-6


@pytest.mark.slow
def test_values_that_slopes_contradict_are_warned_of():
    """Slopes of the wrong sign: one of both is noise to a large network, both are to a small one."""
    x = np.linspace(0, 1, 30)[:, None]
    y, wrong = np.sin(3 * x[:, 0]), -3 * np.cos(3 * x)
    with pytest.warns(
        UserWarning, match=r"is of y 0\.0\d+, of dy/dx \d\S*: values and derivatives contra"
    ):
        sr.SobolevRegressor(max_iter=300, starts=1).fit(x, y, wrong)
    with pytest.warns(
        UserWarning, match=r"is of y [01]\S*, of dy/dx [01]\S*: values and derivatives contra"
    ):
        sr.SobolevRegressor(6, max_iter=100, starts=1).fit(x, y, wrong)
    sr.SobolevRegressor(6, max_iter=100, starts=1).fit(x, y, -wrong)


def test_noise_that_is_given_is_judged_by_each_output():
    """Least squares leaves N − 3 numbers of each output; y2 has ten times the noise that was said of it."""
    rng = np.random.default_rng(2)
    x, error = rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) * [0.3, 10.0]
    y = x @ [[1.0, 1.0], [2.0, 1.0]] + error
    line = sr.SobolevRegressor((), alpha=0.0)
    with pytest.warns(UserWarning, match=r"^noise: got 1 of y2, where the fit leaves \d"):
        line.fit(x, y, noise={(0, 0): [0.3, 1.0]})
    A = np.c_[np.ones(40), x]
    left = np.sum((y - A @ np.linalg.lstsq(A, y)[0])[:, 1] ** 2)
    tau = np.array([0.3, np.sqrt(left / 37)])
    np.testing.assert_allclose(line.noise_[0, 0], tau, rtol=1e-6)
    leverage = np.einsum("ni,ij,nj->n", A, np.linalg.inv(A.T @ A), A)[:, None]
    deviations = line.predict(x, return_std=True)[1]
    np.testing.assert_allclose(deviations, tau * np.sqrt(1 + leverage), rtol=1e-6)


def test_noise_that_no_output_contradicts_but_all_of_them_do():
    """Ten outputs with 0.36 where 0.3 was said: no χ² of 37 numbers is beyond chance, that of 370 is."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 2))
    A = np.c_[np.ones(40), x]
    y = rng.normal(size=(40, 10))
    y -= A @ np.linalg.lstsq(A, y)[0]  # what is left of each output has the size sought
    y *= 0.36 * np.sqrt(37 / (y**2).sum(axis=0))
    line = sr.SobolevRegressor((), alpha=0.0).fit(x, y, noise=0.3)
    np.testing.assert_allclose(line.noise_[0, 0], 0.36, rtol=1e-6)
    few = sr.SobolevRegressor((), alpha=0.0).fit(x, y[:, :2], noise=0.3)
    np.testing.assert_array_equal(few.noise_[0, 0], 0.3)


def test_noise_that_slopes_contradict_is_warned_of():
    """y = 1000 x with slopes −1000, as of the wrong sign; with the right one nothing is said."""
    x = np.linspace(0, 1, 30)[:, None]
    y, slopes = 1e3 * x[:, 0], np.full(30, 1e3)
    line = sr.SobolevRegressor((), alpha=0)
    what = r"^noise: got 0.1 of y, where the fit leaves \d+, 0.2 of dy/dx, where the fit leaves \d+: values"
    with pytest.warns(UserWarning, match=what):
        line.fit(x, y, {(1,): -slopes}, noise=(0.1, 0.2))
    line.fit(x, y, {(1,): slopes}, noise=(0.1, 0.2))


class Rows:
    """As a series of pandas: numbers with labels."""

    def __init__(self, numbers, index):
        self.numbers, self.index = np.asarray(numbers), np.asarray(index)

    def __array__(self, dtype=None, copy=None):
        return self.numbers.astype(dtype)


def test_rows_with_other_labels_than_those_of_X_are_refused():
    y, labels = X_TRAIN[:, 0], np.arange(64)
    labels_with_a_gap = np.r_[np.nan, labels[1:]]
    X, same, turned = Rows(X_TRAIN, labels), Rows(y, labels), Rows(y[::-1], labels[::-1])
    model = sr.SobolevRegressor(2, max_iter=1).fit(X, same, {(1, 0): Rows(y, labels * 1.0)})
    model.fit(Rows(X_TRAIN, labels_with_a_gap), Rows(y, labels_with_a_gap), {(1, 0): y})
    calls = {
        r"y: got the index of X in another order, takes y.loc\[X.index\]": lambda: model.fit(
            X, turned
        ),
        r"y: got another index than X, takes both with one, as of .reset": lambda: model.fit(
            X, Rows(y, labels + 1)
        ),
        r"y: got shape \(63,\), takes": lambda: model.fit(X, Rows(y[1:], labels[1:])),
        r"derivatives: got the index": lambda: model.fit(X, same, turned),
        r"derivatives\[\(1, 0\)\]: got": lambda: model.fit(X, same, {(1, 0): turned}),
        r"derivatives\[1\]: got": lambda: model.fit(X, same, (X_TRAIN, turned)),
        r"derivatives\[0\]: got the index of y": lambda: model.fit(X_TRAIN, same, (turned, y)),
        r"sample_weight: got": lambda: model.fit(X, same, sample_weight=turned),
        r"^y: got": lambda: model.score(X, turned),
        r"^sample_weight: got .* of y": lambda: model.score(X_TRAIN, same, turned),
        r"^derivatives\[0\]: got .* of sample_weight": lambda: model.fit(
            X_TRAIN, y, (turned, y), sample_weight=same
        ),
        r"^derivatives\[\(0, 1\)\]: got .* of derivatives\[\(1, 0\)\]": lambda: model.fit(
            X_TRAIN, y, {(1, 0): same, (0, 1): turned}
        ),
        r"^derivatives\['along'\]\[1\]: got .* of derivatives\['along'\]\[0\]": lambda: model.fit(
            X_TRAIN, y, {"along": [Rows(X_TRAIN, labels), turned]}
        ),
    }
    for message, call in calls.items():
        with pytest.raises(ValueError, match=message):
            call()


def test_two_outputs_their_gradient_their_table_and_what_was_not_learned():
    data, few = exact(X_TRAIN), {"hidden": 2, "max_iter": 1, "starts": 1}
    gradient = np.stack([data[1, 0], data[0, 1]], axis=-1)  # (N, m, d)
    X = Frame({"a": X_TRAIN[:, 0], "b": X_TRAIN[:, 1]})
    model = sr.SobolevRegressor(validation=(X, data[0, 0], gradient), **few)
    with pytest.warns(UserWarning, match="^validation: got .*, not learned and so without a say"):
        model.fit(X, data[0, 0])
    found = model.derivatives(X, 1)
    np.testing.assert_array_equal(model.gradient(X), np.stack([found[1, 0], found[0, 1]], axis=-1))
    model = sr.SobolevRegressor(**few).fit(X, Frame({"a": data[0, 0][:, 0], "u": data[0, 0][:, 1]}))
    with pytest.raises(ValueError, match="^X: got two columns called 'a', takes other names at f"):
        model.to_frame(X)
    with pytest.raises(ValueError, match="^alpha: got -1, takes a finite number >= 0, or None$"):
        model.set_params(alpha=-1).fit(X, data[0, 0])


@pytest.mark.parametrize(
    ("y", "params"),
    [
        (np.sin(X_TRAIN[:18, 0]), {"validation": 0.9}),  # two points are left to train on
        (np.sin(X_TRAIN[:2, 0]), {"validation": 0.5}),
        (np.ones(20), {"validation": 0.2}),
        (X_TRAIN[:20, 0], {"validation": 0.2, "hidden": ()}),
        (X_TRAIN[:20, 0], {"validation": 0.2, "max_iter": 0}),
    ],
)
@pytest.mark.filterwarnings("ignore:alpha:UserWarning", "ignore:hidden, alpha:UserWarning")
@pytest.mark.filterwarnings(
    "ignore:derivatives. nothing measured:UserWarning"
)  # of two points in a plane
def test_a_round_without_an_iteration_ends_where_it_began(y, params):
    """θ was empty there, as the loss held out had seen none."""
    model = sr.SobolevRegressor(random_state=0, **params).fit(X_TRAIN[: len(y)], y)
    assert np.isfinite(model.predict(X_TRAIN[: len(y)])).all()
    if y.std() == 0:
        np.testing.assert_allclose(model.predict(X_TRAIN[: len(y)]), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "what"),
    [
        (X_TRAIN[:3], 1e160, r"\(0, 0\)"),
        (X_TRAIN[:3], 1e300, r"\(0, 0\)"),
        (1e200 * X_TRAIN[:3], 1.0, "X"),
    ],
)
def test_validation_in_other_units_is_refused(x, y, what):
    """A loss of ∞ chose no θ, and the fit ended in a division by zero."""
    model = sr.SobolevRegressor(hidden=3, starts=1, validation=(x, np.full(3, y)))
    with pytest.raises(ValueError, match=f"^validation: {what}: got numbers .* in the same units$"):
        model.fit(X_TRAIN[:20], np.sin(X_TRAIN[:20, 0]))


def test_validation_has_the_columns_of_fit():
    a, b, data = *X_TRAIN.T, exact(X_TRAIN)[0, 0]
    X, y = Frame({"a": a, "b": b}), Frame({"CL": data[:, 0], "CD": data[:, 1]})
    few = {"hidden": 2, "max_iter": 1}
    sr.SobolevRegressor(validation=(X, y), **few).fit(X, y)
    with pytest.raises(ValueError, match=r"^validation: X: [^:]* same order"):
        sr.SobolevRegressor(validation=(Frame({"b": b, "a": a}), y), **few).fit(X, y)
    swapped = Frame({"CD": data[:, 1], "CL": data[:, 0]})
    with pytest.raises(ValueError, match="^validation: y: got columns CD, CL, takes CL, CD"):
        sr.SobolevRegressor(validation=(X, swapped), **few).fit(X, y)
    model = sr.SobolevRegressor(**few).fit(X, y)
    with pytest.raises(ValueError, match="^y: got columns CD, CL"):
        model.score(X, swapped)
    with pytest.raises(ValueError, match="^y: got columns CL, CM, takes CL, CD"):
        model.score(X, Frame({"CL": data[:, 0], "CM": data[:, 1]}))
    unnamed = sr.SobolevRegressor(**few).fit(X, data)
    assert unnamed.score(X, y) == unnamed.score(X, data)


def test_points_without_a_weight_have_no_say_in_the_score():
    """As scikit-learn: of one value 1 for an exact prediction, else 0; the third point has no weight."""
    x = np.arange(3.0)[:, None]
    flat = sr.SobolevRegressor(2, max_iter=3).fit(x, np.array([5.0, 5.0, 6.0]))
    p = flat.predict(x)
    assert flat.score(x, [p[0], 7.0, 99.0], [1, 0, 0]) == 1.0
    assert flat.score(x, [p[0] + 1, 7.0, 99.0], [1, 0, 0]) == 0.0
    # The variance of 0 and 2, of weights 1 and 3, is 3/4.
    r2 = 1 - (p[0] ** 2 + 3 * (p[1] - 2) ** 2) / 3
    assert flat.score(x, [0.0, 2.0, 99.0], [1, 3, 0]) == pytest.approx(r2)
    with pytest.raises(ValueError, match="got no number, takes at least one"):
        flat.score(x, [5.0, np.nan, 5.0], [0, 1, 0])


def test_a_pair_of_first_and_second_derivatives_is_told_how_it_is_read():
    x = np.linspace(0.1, 2, 30)[:, None]
    with pytest.warns(UserWarning, match="a pair of derivatives is read as .directions, slopes.$"):
        sr.SobolevRegressor(3, max_iter=30, starts=1).fit(
            x, np.sin(x[:, 0]), (np.cos(x), -np.sin(x)), noise=(1e-3, 1e-3)
        )


def test_what_is_held_out_is_not_counted():
    """Of 16 numbers 8 are held out: too few for 10 parameters, and so say the warning and the print."""
    x = np.linspace(-1, 1, 16)[:, None]
    half = sr.SobolevRegressor(3, alpha=0.0, validation=0.5, max_iter=3, starts=1)
    with pytest.warns(UserWarning, match="10 parameters for 8 numbers, and nothing regularises"):
        half.fit(x, x[:, 0] ** 2)
    assert "\n  data      8 points; y 8\n" in half.summary()
    half.set_params(validation=0.25).fit(x, x[:, 0] ** 2)
    slopes = half.fit(x, None, 2 * x)  # whose constant is still that of all points
    assert slopes.predict(x).mean() == pytest.approx(0, abs=1e-12)


def test_what_is_held_out_chooses_the_start_and_trains_nothing(monkeypatch):
    """Of four starts on noisy data the one is kept that is nearest to what was held out."""
    rng = np.random.default_rng(0)
    noisy = exact(X_TRAIN)[0, 0] + rng.normal(size=(64, 2)) * [0.3, 0.003]
    true = exact(X_TEST)[0, 0]
    few = {"hidden": 5, "max_iter": 30, "alpha": 0.0}
    runs, tried = [], Trainer.tried
    monkeypatch.setattr(Trainer, "tried", lambda *args: runs.append(tried(*args)) or runs[-1])
    model = sr.SobolevRegressor(starts=4, validation=(X_TEST, true), **few).fit(X_TRAIN, noisy)
    size = lambda u: np.sum(np.mean(((u - true) / model.scaler_.y_scale) ** 2, axis=0))
    sizes = [size(model.model_(run.theta, X_TEST)) for run in runs]
    assert len(sizes) == 4 and size(model.predict(X_TEST)) <= min(sizes)
    half = sr.SobolevRegressor(validation=0.5, max_iter=2, hidden=2).fit(X_TRAIN, noisy)
    whole = sr.SobolevRegressor(max_iter=2, hidden=2).fit(X_TRAIN, noisy)
    assert (half.theta_ != whole.theta_).any()


class Frame:
    """As little of a data frame as the package needs: columns, `to_numpy`, an index."""

    def __init__(self, columns):
        self.data, self.columns, self.index = columns, list(columns), "unset"

    def __getitem__(self, name):
        return self.data[name]

    def to_numpy(self):
        return np.stack(list(self.data.values()), axis=1)

    def __len__(self):
        return len(self.data[self.columns[0]])


@pytest.mark.slow
def test_a_frame_in_a_frame_out():
    X = Frame({"Mach": X_TRAIN[:, 0], "alpha": X_TRAIN[:, 1]})
    X.index = "of my own"
    data = exact(X_TRAIN)
    y = Frame({"CL": data[0, 0][:, 0], "CD": data[0, 0][:, 1]})
    slopes = Frame({"dCL/dMach": data[1, 0][:, 0], "∂CD / ∂alpha": data[0, 1][:, 1]})
    model = sr.SobolevRegressor(max_iter=5).fit(X, y, slopes)
    assert model.feature_names_in_.tolist() == ["Mach", "alpha"] and model.n_outputs_ == 2
    assert model._told["counts"]["dCL/dMach"] == 64 and model._told["counts"]["dCD/dMach"] == 0
    table = model.to_frame(X, 1)
    partials = [f"d{u}/d{x}" for x in ("Mach", "alpha") for u in ("CL", "CD")]
    assert table.columns == ["Mach", "alpha", "CL", "CD", *partials] and table.index == X.index
    np.testing.assert_array_equal(table["CD"], model.predict(X)[:, 1])
    np.testing.assert_array_equal(table["dCL/dalpha"], model.gradient(X)[:, 0, 1])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert isinstance(model.to_frame(X_TRAIN), dict)
    with pytest.raises(ValueError, match=r"must be in the same order"):
        model.predict(Frame({"alpha": X_TRAIN[:, 1], "Mach": X_TRAIN[:, 0]}))
    with pytest.raises(
        ValueError, match="unseen at fit time:\n- Ma\nFeature names seen at fit time"
    ):
        model.predict(Frame({"Ma": X_TRAIN[:, 0], "alpha": X_TRAIN[:, 1]}))
    model.fit(X, Frame({"CL": data[0, 0][:, 0], "Mach": data[0, 0][:, 1]}))
    with pytest.raises(ValueError, match="two columns called 'Mach'"):
        model.to_frame(X)
    with pytest.raises(ValueError, match="^y: got 'dCL/dMach', by its name a derivative"):
        model.fit(X, Frame({"CL": data[0, 0][:, 0], "dCL/dMach": data[0, 0][:, 1]}))
    y.columns = ["CL", "CL"]
    with pytest.raises(ValueError, match="y: got two columns 'CL'"):
        model.fit(X, y)


def test_names_of_columns_that_were_not_there():
    y = exact(X_TRAIN)[0, 0]
    model = sr.SobolevRegressor(max_iter=2).fit(X_TRAIN, y)
    many = {f"c{i}": X_TRAIN[:, 0] for i in range(7)}
    with pytest.warns(UserWarning, match="X has feature names, but"):
        model.predict(Frame({"a": X_TRAIN[:, 0], "b": X_TRAIN[:, 1]}))
    with pytest.raises(ValueError, match="X has 1 features, but"):
        model.predict(X_TRAIN[:, :1])
    named = sr.SobolevRegressor(max_iter=2).fit(Frame({"a": X_TRAIN[:, 0]}), y)
    with pytest.raises(ValueError, match=r"- c4\n- \.\.\.\n"):
        named.predict(Frame(many))


@pytest.mark.slow
def test_slopes_alone_fix_a_function_but_for_its_mean():
    """CL from its gradients, and CD from one value and its gradients: the mean of CL over the points is 0."""
    data, one = exact(X_TRAIN), np.full((64, 2), np.nan)
    one[5, 1] = data[0, 0][5, 1]
    slopes = {alpha: data[alpha] for alpha in ((1, 0), (0, 1))}
    model = sr.SobolevRegressor(hidden=(8, 8), max_iter=80, starts=1).fit(X_TRAIN, one, slopes)
    found, true = model.predict(X_TEST), exact(X_TEST)[0, 0]
    error = found - true - [-data[0, 0][:, 0].mean(), 0]
    np.testing.assert_array_less(np.abs(error).max(axis=0), 0.05 * true.std(axis=0))
    np.testing.assert_allclose(model.predict(X_TRAIN)[:, 0].mean(), 0, atol=1e-12)
    assert "no value of y1 is known; the mean over the points is 0" in model.summary()
    with pytest.warns(
        UserWarning, match=r"tells how y changes with x2 \(64 of 64 points\), so that"
    ):
        alone = sr.SobolevRegressor(max_iter=5).fit(X_TRAIN, derivatives={"dx1": data[1, 0][:, 0]})
    assert alone.predict(X_TRAIN).shape == (64,)


@pytest.mark.slow
def test_directional_derivatives_teach_what_gradients_do():
    """One slope a point, along a random direction, in inputs of which one is 400 times as wide."""
    data, v = exact(X_TRAIN), np.random.default_rng(0).normal(size=(64, 2)) * [1, 200]
    along = v[:, [0]] * data[1, 0] + v[:, [1]] * data[0, 1]
    errors = {}
    for name, slopes in (("with", (v, along)), ("without", None)):
        model = sr.SobolevRegressor(hidden=(8, 8), max_iter=80, starts=1).fit(
            X_TRAIN, data[0, 0], slopes
        )
        error = (
            model.gradient(X_TEST)[:, 0]
            - np.c_[exact(X_TEST)[1, 0][:, 0], exact(X_TEST)[0, 1][:, 0]]
        )
        errors[name] = np.sqrt(np.mean((error * [1, 200]) ** 2))
    assert 2 * errors["with"] < errors["without"]


@pytest.mark.slow
def test_noise_says_how_much_each_count():
    """Slopes with errors of their own size do harm when their noise is neither given nor learnt."""
    data, rng = exact(X_TRAIN), np.random.default_rng(0)
    noisy = {a: data[a] + data[a].std(axis=0) * rng.normal(size=(64, 2)) for a in ((1, 0), (0, 1))}
    noise = {a: data[a].std(axis=0) for a in noisy} | {(0, 0): 1e-3 * data[0, 0].std(axis=0)}
    errors = []
    for tau in (noise, None):
        model = sr.SobolevRegressor(hidden=(8, 8), alpha=1e-6, max_iter=150, starts=1)
        model.fit(X_TRAIN, data[0, 0], noisy, noise=tau)
        errors.append(np.abs(model.predict(X_TEST) - exact(X_TEST)[0, 0]).mean(axis=0))
    np.testing.assert_array_less(2 * errors[0], errors[1])


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:derivatives. nothing measured:UserWarning"
)  # of what never varies
def test_constant_columns_duplicate_points_and_one_point():
    x, y = np.c_[X_TRAIN[:, 0], np.full(64, 3.0)], exact(X_TRAIN)[0, 0][:, 0]
    model = sr.SobolevRegressor(hidden=4, max_iter=5).fit(
        np.r_[x, x], np.r_[y, y], {(0, 1): np.zeros(128)}
    )
    assert np.isfinite(model.predict(x)).all() and model.scaler_.x_scale[1] == 1
    flat = sr.SobolevRegressor(hidden=4, max_iter=50).fit(x, np.full(64, 7.0))
    np.testing.assert_allclose(flat.predict(x), 7, rtol=1e-3)
    assert flat.score(x, flat.predict(x)[:1].repeat(64)) <= 1
    one = sr.SobolevRegressor(max_iter=5).fit([[1.0, 2.0]], [3.0])
    np.testing.assert_allclose(one.predict([[1.0, 2.0]]), 3, rtol=1e-3)


def test_more_parameters_than_numbers_and_nothing_that_regularises():
    with pytest.warns(UserWarning, match="hidden, alpha: 41 parameters for 20 numbers"):
        sr.SobolevRegressor(hidden=10, alpha=0.0, max_iter=1).fit(X_TRAIN[:20], X_TRAIN[:20, 0])


def test_balance_by_order_and_by_partial():
    """λ by order divides both slopes by the size of both, λ by partial each by its own (W1)."""
    data = exact(X_TRAIN)
    fits = {
        name: sr.SobolevRegressor(balance=name, alpha=1e-6, max_iter=1).fit(
            X_TRAIN, data[0, 0][:, 0], {alpha: data[alpha][:, 0] for alpha in ((1, 0), (0, 1))}
        )
        for name in ("order", "partial")
    }
    sigma = fits["order"].scaler_
    size = {a: np.mean((sigma.factor(a)[0] * data[a][:, 0]) ** 2) for a in ((1, 0), (0, 1))}
    both = sum(size.values())
    assert fits["order"].trained_.weights[1, 0] == pytest.approx(1 / both, rel=1e-12)
    assert fits["partial"].trained_.weights[0, 1] == pytest.approx(1 / size[0, 1], rel=1e-12)


def test_parameters_that_are_seldom_given():
    y = exact(X_TRAIN)[0, 0]
    few = {"hidden": 2, "max_iter": 1}
    model = sr.SobolevRegressor(method="adam", time_limit=100.0, **few).fit(X_TRAIN, y)
    assert model.trained_.method == "adam"
    for method in ("linear", "gradient_descent", "momentum"):  # which diverged, and said success
        with pytest.raises(ValueError, match=f"method: got '{method}', takes 'lm', 'adam"):
            sr.SobolevRegressor((), method=method).fit(X_TRAIN, y)
    with pytest.raises(ValueError, match="validation: got 1 things"):
        model.set_params(validation=(X_TRAIN,)).fit(X_TRAIN, y)


def test_a_frame_without_an_index_and_with_a_column_less():
    class Bare(Frame):
        def __init__(self, columns):
            super().__init__(columns)
            del self.index

    X = Bare({"Mach": X_TRAIN[:, 0], "alpha": X_TRAIN[:, 1]})
    model = sr.SobolevRegressor(hidden=2, max_iter=1).fit(X, exact(X_TRAIN)[0, 0])
    assert model.to_frame(X).columns == ["Mach", "alpha", "y1", "y2"]
    with pytest.raises(
        ValueError, match="fit.\nFeature names seen at fit time, yet now missing:\n- al"
    ):
        model.predict(Bare({"Mach": X_TRAIN[:, 0]}))
    with pytest.raises(ValueError, match="unseen at fit time:\n- b\n$"):
        model.predict(Bare({"Mach": X_TRAIN[:, 0], "alpha": X_TRAIN[:, 1], "b": X_TRAIN[:, 1]}))


def test_an_activation_that_is_not_smooth_enough():
    y = exact(X_TRAIN)[0, 0][:, 0]
    model = sr.SobolevRegressor(hidden=3, activation="relu", max_iter=2).fit(X_TRAIN, y)
    with pytest.raises(ValueError, match="activation: got 'relu', whose own .* such as 'tanh'"):
        model.fit(X_TRAIN, y, {"dx1": y})
    model.set_params(hidden=()).fit(X_TRAIN, y, {"dx1": y})
    assert model.net_.widths == (2, 1)


def test_directional_derivatives_alone():
    data, v = exact(X_TRAIN), np.random.default_rng(0).normal(size=(64, 2)) * [1, 200]
    model = sr.SobolevRegressor(hidden=6, max_iter=20).fit(
        X_TRAIN, None, (v, v[:, 0] * data[1, 0][:, 0] + v[:, 1] * data[0, 1][:, 0])
    )
    assert set(model.trained_.weights) == {"along"} and abs(model.predict(X_TRAIN).mean()) < 1e-12


@pytest.mark.slow
def test_deviations_in_the_callers_units():
    """One problem in two units of everything: the same numbers but for the units, also of the noise (S1)."""
    x = np.linspace(-1, 1, 40)[:, None]
    y = np.sin(2 * x[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=40)
    model = sr.SobolevRegressor(hidden=5, max_iter=30).fit(x, y)
    other = sr.SobolevRegressor(hidden=5, max_iter=30).fit(7 + 256 * x, -3 + 0.125 * y)
    (u, s), (v, t) = (
        m.derivatives(z, 2, return_std=True) for m, z in ((model, x), (other, 7 + 256 * x))
    )
    for (n,) in u:
        np.testing.assert_allclose(
            v[(n,)] + 3 * (n == 0), u[(n,)] * 0.125 / 256**n, rtol=1e-4, atol=1e-5
        )
        np.testing.assert_allclose(t[(n,)], s[(n,)] * 0.125 / 256**n, rtol=1e-3)
    value, std = model.predict(x, return_std=True)
    np.testing.assert_array_equal(std, s[(0,)])
    np.testing.assert_array_equal(value, model.predict(x))
    assert 0.05 < model.noise_[(0,)][0] < 0.15 and (std > model.noise_[(0,)][0]).all()
    inside = np.abs(np.sin(2 * x[:, 0]) - value) < 2 * std
    assert inside.all()


def test_deviations_of_very_many_parameters_are_refused():
    model = sr.SobolevRegressor(hidden=(50, 50), max_iter=1).fit(X_TRAIN, X_TRAIN[:, 0])
    with pytest.raises(ValueError, match="return_std: got 2751 parameters"):
        model.predict(X_TEST, return_std=True)
    assert len(model.plot_slice().axes[0].collections) == 0
