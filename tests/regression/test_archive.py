"""`SobolevRegressor.save` and `load`: the same bits back, or `ValueError` with the reason."""

import json
from dataclasses import fields

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.regression.archive import HEAD

X = np.random.default_rng(0).uniform(-1, 1, (9, 2))
Y = np.c_[X[:, 0] ** 2, X[:, 1]]


def fitted(**params):
    given = {"hidden": (3, 2), "max_iter": 5, "starts": 2} | params
    return sr.SobolevRegressor(**given).fit(X, Y, {(0, 1): Y}, noise=(0.5, 1.0))


def same(a, b):
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    return np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b


def test_the_same_bits_back(tmp_path):
    model = fitted(
        hidden=np.array([3, 2]), random_state=np.int64(3), activation=sr.ACTIVATIONS["sin"]
    )
    model.save(tmp_path / "fit.npz")
    again = sr.SobolevRegressor.load(tmp_path / "fit.npz")
    plain = {"hidden": (3, 2), "activation": "sin", "random_state": 3}
    assert again.get_params() == model.get_params() | plain
    for alpha, u in model.derivatives(X, 2).items():
        np.testing.assert_array_equal(again.derivatives(X, 2)[alpha], u)
    for field in fields(model.trained_):
        if field.name not in ("net", "log_evidence"):
            assert same(getattr(again.trained_, field.name), getattr(model.trained_, field.name))
    assert again.summary().splitlines()[1:] == model.summary().splitlines()[1:]
    assert again.fit(X, Y).score(X, Y) <= 1


def test_what_has_no_place_in_a_file_is_left_out(tmp_path):
    model = fitted(validation=(X, Y), random_state=np.random.default_rng(0))
    model.save(tmp_path / "fit.npz")
    again = sr.SobolevRegressor.load(tmp_path / "fit.npz")
    assert again.validation is None and again.random_state is None
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_column_names_come_back(tmp_path):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["Mach", "alpha"])
    model = sr.SobolevRegressor(hidden=2, max_iter=2).fit(frame, pd.Series(Y[:, 0], name="CL"))
    model.save(tmp_path / "fit.npz")
    again = sr.SobolevRegressor.load(tmp_path / "fit.npz")
    assert again.feature_names_in_.tolist() == ["Mach", "alpha"] and again.predict(frame).ndim == 1
    assert again.names_ == model.names_
    numbered = pd.DataFrame(X, columns=[3, 5])  # whose labels are no names, but have an order
    model.fit(numbered, Y).save(tmp_path / "fit.npz")
    assert sr.SobolevRegressor.load(tmp_path / "fit.npz").names_.columns[0] == ("3", "5")


def test_load_of_the_package_reads_it_as_a_model(tmp_path):
    model = fitted()
    model.save(tmp_path / "fit.npz")
    saved = sr.load(tmp_path / "fit.npz")
    np.testing.assert_array_equal(saved(X), model.predict(X))


def test_before_fit(tmp_path):
    with pytest.raises(ValueError, match="not fitted yet"):
        sr.SobolevRegressor().save(tmp_path / "fit.npz")


def changed(path, **changes):
    """The file with another head, its checksum right."""
    saved = sr.load(path)
    head = json.loads(saved.metadata[HEAD])
    for key, change in changes.items():
        head[key] = change(head[key])
    meta = saved.metadata | {HEAD: json.dumps(head)}
    sr.save(path, saved.model, saved.theta, scaler=saved.scaler, metadata=meta)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"names": lambda names: [["a"], *names[1:]]}, "of a model of d = 2, m = 2"),
        ({"names": lambda names: 3}, "cannot be read as a file"),
        ({"params": lambda params: params | {"colour": 1}}, "newer version: colour"),
        ({"trained": lambda trained: {}}, "cannot be read as a file"),
        ({"trained": lambda trained: trained | {"weights": [[[0.5, 0], 1.0]]}}, "α: got 0.5"),
        ({"told": lambda told: told | {"points": -1}}, "points: got -1"),
        ({"told": lambda told: told | {"counts": {"y1": -1}}}, "counts: got -1"),
        ({"told": lambda told: told | {"free": [3]}}, "free: got 3, takes"),
    ],
)
def test_a_changed_file_is_refused(tmp_path, changes, match):
    path = tmp_path / "fit.npz"
    fitted().save(path)
    changed(path, **changes)
    with pytest.raises(ValueError, match=match):
        sr.SobolevRegressor.load(path)


def test_what_was_not_measured_counts_nothing(tmp_path):
    path = tmp_path / "fit.npz"
    fitted().save(path)
    changed(path, told=lambda told: told | {"counts": {"y1": 0}})
    assert "y1" in sr.SobolevRegressor.load(path).summary()


def test_other_files_are_refused(tmp_path):
    path, net = tmp_path / "net.npz", sr.MLP((1, 1))
    for metadata in ({}, {HEAD: "without a scaler"}):
        sr.save(path, net, [1.0, 2.0], metadata=metadata)
        with pytest.raises(ValueError, match=r"no file of SobolevRegressor\.save"):
            sr.SobolevRegressor.load(path)
    model = fitted()
    model.save(path)
    saved = sr.load(path)
    for name in ("covariance", "ridge", HEAD):
        meta = saved.metadata | {name: np.ones((1, 3))}
        sr.save(path, saved.model, saved.theta, scaler=saved.scaler, metadata=meta)
        with pytest.raises(ValueError, match=f"{name}: got (shape|array)"):
            sr.SobolevRegressor.load(path)
