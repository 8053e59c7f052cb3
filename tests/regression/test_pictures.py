"""The pictures of a fit: what they show, read back from the figures."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import sobolev_ref as sr

X = np.random.default_rng(0).uniform(0.5, 2, (12, 2))
Y = np.c_[np.sin(X[:, 0]) * X[:, 1], 100 * X[:, 1] ** 2]
SLOPE = np.c_[np.cos(X[:, 0]) * X[:, 1], np.full(12, np.nan)]
MODEL = sr.SobolevRegressor(hidden=3, max_iter=20).fit(X, Y, {(1, 0): SLOPE})


def test_predicted_against_true():
    fig = MODEL.plot_predicted(X, Y, {(1, 0): SLOPE})
    found = MODEL.derivatives(X, 1)
    pairs = [(Y[:, 0], found[0, 0][:, 0]), (Y[:, 1], found[0, 0][:, 1])]
    pairs += [(SLOPE[:, 0], found[1, 0][:, 0])]
    assert isinstance(fig, Figure) and len(fig.axes) == len(pairs)
    assert tuple(fig.get_size_inches()) == (12, 4)
    for ax, (true, learned), name in zip(fig.axes, pairs, ("y1", "y2", "dy1/dx1")):
        np.testing.assert_array_equal(ax.lines[1].get_xydata(), np.c_[true, learned])
        assert ax.get_xlabel() == f"actual {name}"


def test_residuals_of_more_than_one_row_of_axes():
    gradients = np.stack([SLOPE, np.c_[np.sin(X[:, 0]), 200 * X[:, 1]]], axis=-1)
    fig = MODEL.plot_residuals(X, Y, gradients)
    names = ["y1", "y2", "dy1/dx1", "dy1/dx2", "dy2/dx2"]
    assert [ax.get_xlabel() for ax in fig.axes] == [f"learned − true {name}" for name in names]
    for ax in fig.axes:
        assert sum(bar.get_height() for bar in ax.patches) == 12


def test_nothing_to_compare_with():
    with pytest.raises(ValueError, match="^y: got no number to compare with, takes at least one$"):
        MODEL.plot_predicted(X, np.full((12, 2), np.nan))


class Row(list):
    """As a row of pandas: numbers, whose labels are the columns."""

    index = np.array(["x2", "x1"])


def test_a_slice_through_a_row_with_its_columns_in_another_order():
    with pytest.raises(ValueError, match="^point: got columns x2, x1, takes x1, x2$"):
        MODEL.plot_slice(point=Row([9.0, 1.0]))


def test_a_slice_by_name_through_a_point():
    fig = MODEL.plot_slice("x2", "y2", point=[1.0, 9.0], n=5)
    x = np.c_[np.ones(5), np.linspace(X[:, 1].min(), X[:, 1].max(), 5)]
    value, slope = fig.axes
    found = MODEL.derivatives(x, 1)
    np.testing.assert_array_equal(value.lines[-1].get_xydata(), np.c_[x[:, 1], found[0, 0][:, 1]])
    np.testing.assert_array_equal(slope.lines[-1].get_xydata(), np.c_[x[:, 1], found[0, 1][:, 1]])
    assert (value.get_ylabel(), slope.get_ylabel(), slope.get_xlabel()) == ("y2", "dy2/dx2", "x2")
    assert tuple(fig.get_size_inches()) == (10, 4)
    assert "90 % interval" in [text.get_text() for text in value.get_legend().get_texts()]
    std = MODEL.derivatives(x, 1, return_std=True)[1]
    for ax, learned, sigma in ((value, found[0, 0], std[0, 0]), (slope, found[0, 1], std[0, 1])):
        np.testing.assert_allclose(ax.collections[0].get_facecolor(), [[0.85, 0.85, 0.85, 1]])
        corners = ax.collections[0].get_paths()[0].vertices[:, 1]
        reach = 1.6448536269514722 * sigma[:, 1]
        assert corners.max() == pytest.approx((learned[:, 1] + reach).max(), rel=1e-12)
        assert corners.min() == pytest.approx((learned[:, 1] - reach).min(), rel=1e-12)


def test_a_slice_goes_through_the_mean_of_the_points():
    fig = MODEL.plot_slice(n=3)
    x = np.tile(X.mean(axis=0), (3, 1))
    x[:, 0] = np.linspace(X[:, 0].min(), X[:, 0].max(), 3)
    np.testing.assert_allclose(
        fig.axes[0].lines[-1].get_ydata(), MODEL.predict(x)[:, 0], rtol=1e-12
    )


def test_the_history_is_the_loss_curve():
    (ax,) = MODEL.plot_history().axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), MODEL.loss_curve_)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("iteration", "loss of the standardised data")
    with pytest.raises(ValueError, match="not fitted yet"):
        sr.SobolevRegressor().plot_history()
