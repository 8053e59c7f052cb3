"""`SobolevRegressor`: in the caller's units from end to end, and as scikit-learn's tools expect it."""

import pickle

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.jets import multi_indices

X_TRAIN, X_TEST = (sr.sobol([(0.5, 1.5), (-200, 200)], n, rng=n).nodes for n in (64, 256))


def lift(mach, alpha):
    """Two outputs whose sizes and inputs are far apart: CL of size 1, CD of size 10⁻²."""
    return np.sin(3 * mach) * np.cos(alpha / 150), 0.01 * np.exp(mach) * np.sin(alpha / 100)


def exact(x, order=1):
    """{α: Dᵅ of both, (N, 2)}."""
    jets = lift(*sr.Jet.variables(x, order))
    return {a: np.stack([u.derivatives[a] for u in jets], axis=1) for a in multi_indices(2, order)}


def test_values_and_slopes_in_the_callers_units():
    """Errors at new points, over the spread of each output, of every value, slope and second derivative."""
    data = exact(X_TRAIN)
    slopes = {alpha: data[alpha] for alpha in ((1, 0), (0, 1))}
    model = sr.SobolevRegressor(hidden=(12, 12)).fit(X_TRAIN, data[0, 0], slopes)
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
    for word in ("64 points; y1 64, y2 64", "tanh", "± ", "lm, the best of 2", "maxiter = 3"):
        assert word in str(model), word


def test_what_is_held_out_chooses_the_start_and_trains_nothing():
    """Of four starts on noisy data the one is kept that is nearest to what was held out."""
    rng = np.random.default_rng(0)
    noisy = exact(X_TRAIN)[0, 0] + rng.normal(size=(64, 2)) * [0.3, 0.003]
    true = exact(X_TEST)[0, 0]
    few = {"hidden": 5, "max_iter": 30, "alpha": 0.0}
    model = sr.SobolevRegressor(starts=4, validation=(X_TEST, true), **few).fit(X_TRAIN, noisy)
    rivals = [model.model_(theta, X_TEST) for theta in model.trained_.others]
    size = lambda u: np.sum(np.mean(((u - true) / model.scaler_.y_scale) ** 2, axis=0))
    assert all(size(model.predict(X_TEST)) < size(u) for u in rivals)
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
    with pytest.raises(ValueError, match="a column of the name of an output"):
        model.to_frame(X)


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
