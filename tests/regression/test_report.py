"""`Report`: the numbers of its table, held to NumPy's; what is not known is left out."""

import numpy as np
import pytest

import sobolev_ref as sr

X = np.random.default_rng(0).uniform(0.5, 2, (12, 2))
Y = np.c_[np.sin(X[:, 0]) * X[:, 1], 100 * X[:, 1] ** 2]
SLOPE = np.c_[np.cos(X[:, 0]) * X[:, 1], np.zeros(12)]
MODEL = sr.SobolevRegressor(hidden=3, max_iter=20, starts=1).fit(X, Y)


def test_the_numbers_of_the_table():
    y = Y.copy()
    y[3, 0] = np.nan
    report = MODEL.report(X, y, {(1, 0): SLOPE})
    assert [row.name for row in report.rows] == ["y1", "y2", "dy1/dx1", "dy2/dx1"]
    found = MODEL.derivatives(X, 1)
    pairs = [(y[:, 0], found[0, 0][:, 0]), (y[:, 1], found[0, 0][:, 1])]
    pairs += [(SLOPE[:, j], found[1, 0][:, j]) for j in range(2)]
    for row, (true, learned) in zip(report.rows, pairs):
        known = ~np.isnan(true)
        error = (learned - true)[known]
        assert row.count == known.sum()
        assert row.rmse == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-13)
        assert row.worst == error[np.abs(error).argmax()]
        assert (learned - true)[row.index] == row.worst and row.at == tuple(X[row.index])
        if row.name == "dy2/dx1":
            assert np.isnan(row.r2)
        else:
            share = 1 - np.sum(error**2) / np.sum((true[known] - true[known].mean()) ** 2)
            assert row.r2 == pytest.approx(share, rel=1e-12)


def test_it_prints_and_is_read_by_name():
    report = MODEL.report(X, derivatives={"dy2/dx1": SLOPE[:, 1]})
    row = report["dy2/dx1"]
    assert report.to_dict()["name"] == ["dy2/dx1"] and report.to_dict()["rmse"] == [row.rmse]
    head, line = str(report).splitlines()
    assert head.split() == ["points", "R²", "RMSE", "worst", "at"]
    assert line.startswith("dy2/dx1      12  undefined") and f"X[{row.index}] = (" in line
    report = MODEL.report(X, Y, {"dy2/dx1": SLOPE[:, 1]})
    assert [line.split(" ")[0] for line in str(report).splitlines()] == ["", "y1", "y2", "dy2/dx1"]
    with pytest.raises(KeyError, match="CL; there are y1, y2, dy2/dx1"):
        report["CL"]


def test_along_directions_and_without_error():
    """The fitted function's own slopes: no error, and no square that is 0/0."""
    v = np.random.default_rng(1).normal(size=(12, 2))
    own = np.einsum("iq,ijq->ij", v, MODEL.gradient(X))
    report = MODEL.report(X, MODEL.predict(X), (v, own))
    assert [row.name for row in report.rows] == ["y1", "y2", "dy1/dv", "dy2/dv"]
    assert all(row.rmse < 1e-12 and row.r2 > 1 - 1e-12 for row in report.rows)
    assert report["y1"].rmse == report["y1"].worst == 0


def test_nothing_to_compare_with():
    with pytest.raises(ValueError, match="no number to compare with"):
        MODEL.report(X, np.full((12, 2), np.nan))
