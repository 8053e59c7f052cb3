"""`SobolevRegressor` among scikit-learn's own tools; its extra is `sklearn`."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import sobolev_ref as sr

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone, is_regressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

X = sr.sobol([(-1, 1), (0, 200)], 32, rng=0).nodes
Y = np.sin(2 * X[:, 0]) * np.exp(X[:, 1] / 100)
G = np.c_[2 * np.cos(2 * X[:, 0]) * np.exp(X[:, 1] / 100), Y / 100]
SMALL = sr.SobolevRegressor(hidden=6, max_iter=30, starts=1)

# Repeated points and points of the same weight give one loss, but its sums are taken in another order, and
# training amplifies rounding: the predictions agree to some six digits, not to the nine that are asked for.
ROUNDING = {"check_sample_weight_equivalence_on_dense_data": "rounding, amplified by the training"}


@pytest.mark.slow
def test_every_check_of_an_estimator():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it does not inherit, and what checks do on purpose
        results = check_estimator(clone(SMALL), expected_failed_checks=ROUNDING, on_skip=None)
    assert len(results) > 50
    assert {r["check_name"] for r in results if r["status"] == "xfail"} <= set(ROUNDING)


def test_weights_are_repetitions_but_for_rounding():
    w = np.arange(32) % 3
    weighted = clone(SMALL).fit(X, Y, sample_weight=w)
    repeated = clone(SMALL).fit(np.repeat(X, w, axis=0), np.repeat(Y, w))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), atol=1e-4)


def test_it_is_a_regressor_that_can_be_cloned():
    fitted = clone(SMALL).fit(X, Y)
    fresh = clone(fitted)
    assert is_regressor(fresh) and not hasattr(fresh, "theta_")
    assert fresh.get_params() == fitted.get_params()


def test_the_score_is_theirs():
    y = np.c_[Y, 100 * X[:, 0] ** 2, np.full(32, 3.0)]
    w = np.arange(32.0)
    model = clone(SMALL).fit(X, y)
    theirs = r2_score(y, model.predict(X), sample_weight=w)
    assert model.score(X, y, sample_weight=w) == pytest.approx(theirs, rel=1e-12)


def test_cross_validation_with_gradients():
    """An array of gradients is cut into folds as y is."""
    shares = cross_val_score(SMALL, X, Y, cv=4, params={"derivatives": G})
    assert shares.shape == (4,) and (shares > 0.9).all()
    values_alone = cross_val_score(SMALL, X, Y, cv=4)
    assert shares.mean() > values_alone.mean()


@pytest.mark.slow
def test_a_grid_and_a_pipeline():
    grid = GridSearchCV(SMALL, {"hidden": [1, (6,)], "balance": ["order", "partial"]}, cv=2)
    grid.fit(X, Y, derivatives=G)
    assert grid.best_params_["hidden"] == (6,) and grid.best_estimator_.score(X, Y) > 0.9
    pipe = make_pipeline(FunctionTransformer(), clone(SMALL))
    pipe.fit(X, Y, sobolevregressor__derivatives=G)
    np.testing.assert_array_equal(pipe.predict(X), clone(SMALL).fit(X, Y, G).predict(X))


def test_data_frames_of_pandas():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["Mach", "alpha"], index=np.arange(32) + 100)
    slopes = pd.DataFrame({"dCL/dMach": G[:, 0], "dCL/dalpha": G[:, 1]}, index=frame.index)
    slopes.iloc[3, 1] = None
    y = pd.Series(Y, frame.index, name="CL")
    model = clone(SMALL).fit(frame, y, slopes)
    assert model._told["counts"] == {"CL": 32, "dCL/dMach": 32, "dCL/dalpha": 31}
    table = model.to_frame(frame, 1)
    assert isinstance(table, pd.DataFrame) and (table.index == frame.index).all()
    np.testing.assert_array_equal(table["dCL/dMach"], model.gradient(frame)[:, 0])
    assert cross_val_score(SMALL, frame, y, cv=4, params={"derivatives": slopes}).min() > 0.9
    nullable = frame.astype({"Mach": object, "alpha": "Float64"})
    np.testing.assert_array_equal(
        clone(SMALL).fit(nullable, Y).predict(frame), clone(SMALL).fit(frame, Y).predict(frame)
    )


def test_before_fit_their_own_error():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="call fit"):
        SMALL.predict(X)


@pytest.mark.slow
def test_the_six_lines_of_the_readme_from_a_csv(tmp_path, monkeypatch, capsys):
    pd = pytest.importorskip("pandas")
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(table, test = .*?)```", readme, flags=re.S)
    assert len(code.splitlines()) == 6
    for name, n in (("wing", 60), ("wing_test", 200)):
        x = np.random.default_rng(n).uniform([0.5, -5], [0.9, 5], (n, 2))
        mach, alpha = sr.Jet.variables(x, 1)
        lift, drag = alpha * (1 + mach**2) / 10, 0.01 * (1 + alpha**2 / 10) * np.exp(mach)
        columns = {"Mach": x[:, 0], "alpha": x[:, 1], "CL": lift.value, "CD": drag.value}
        for output, u in (("CL", lift), ("CD", drag)):
            columns |= {f"d{output}/dMach": u.derivatives[1, 0]}
            columns |= {f"d{output}/dalpha": u.derivatives[0, 1]}
        pd.DataFrame(columns).to_csv(tmp_path / f"{name}.csv", index=False)
    monkeypatch.chdir(tmp_path)
    left = {"pandas": pd, "sobolev_ref": sr}
    exec(code, left)
    printed = capsys.readouterr().out
    assert "60 points; CL 60, CD 60, dCL/dMach 60" in printed
    report = left["model"].report(*(left["test"][left[k]] for k in ("inputs", "outputs", "slopes")))
    assert str(report) in printed and min(row.r2 for row in report.rows) > 0.99
    learned = pd.read_csv("learned.csv", index_col=0)
    assert list(learned)[:4] == ["Mach", "alpha", "CL", "CD"] and "d2CL/dMachdalpha" in learned


def test_columns_named_by_numbers_keep_their_order(tmp_path):
    """Numbers as labels in another order are refused, by a loaded object as well, and so are tuples."""
    pd = pytest.importorskip("pandas")
    f, y = pd.DataFrame(X), pd.DataFrame(np.c_[Y, G[:, 0]])
    slopes, turned = pd.DataFrame(G, columns=[1, 0]), y[[1, 0]]
    model = clone(SMALL).fit(f, y, {(1, 0): y})
    model.save(tmp_path / "fit.npz")
    again = sr.SobolevRegressor.load(tmp_path / "fit.npz")
    np.testing.assert_array_equal(again.predict(f), model.predict(X))
    pair = f.set_axis(pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]), axis=1)
    for match, call in {
        "^X: got columns 1, 0, takes 0, 1": lambda: again.predict(f[[1, 0]]),
        "^y: got columns 1, 0, takes 0, 1": lambda: model.score(f, turned),
        "^y: got columns 1, 0, takes": lambda: again.report(f, turned),
        r"^derivatives\[\(1, 0\)\]: got columns 1, 0": lambda: clone(SMALL).fit(
            f, y, {(1, 0): turned}
        ),
        "^derivatives: got columns 1, 0": lambda: clone(SMALL).fit(f, None, slopes),
        r"^derivatives\['along'\]: got columns 1, 0": lambda: clone(SMALL).fit(
            f, None, (slopes, Y)
        ),
        "^X: got columns of several levels": lambda: clone(SMALL).fit(pair, Y),
        "^point: got columns 1, 0": lambda: model.plot_slice(point=f[[1, 0]].iloc[0]),
    }.items():
        with pytest.raises(ValueError, match=match):
            call()
    text = clone(SMALL).fit(f.set_axis(["a", "b"], axis=1), Y)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        text.predict(f)
