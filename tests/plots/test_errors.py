"""Pictures of the error, compared as data."""

import numpy as np
import pytest

from sobolev_ref import spectrum
from sobolev_ref.plots import (
    figure,
    plot_predicted,
    plot_residuals,
    plot_spectrum,
    plot_step_curve,
    r_squared,
)

Y = np.array([1.0, 2.0, 4.0, 3.0])


def ax():
    return figure()[1][0]


def texts(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


def test_r_squared_is_the_share_of_the_variance_explained():
    """Of the least-squares line it is the squared correlation; and it takes all of y's shapes."""
    x = np.array([0.0, 1.0, 2.0, 4.0])
    line = np.polyval(np.polyfit(x, Y, 1), x)
    r = np.corrcoef(x, Y)[0, 1]
    assert r_squared(Y, line) == pytest.approx(r**2, rel=1e-13)
    assert r_squared(Y, Y) == 1 and r_squared(Y, np.full(4, 2.5)) == 0
    assert r_squared(Y, -Y) < 0
    assert r_squared(np.c_[Y], np.c_[line]) == r_squared(Y, line)
    assert np.isnan(r_squared([0.1, 0.1, 0.1], [0.1, 0.2, 0.3]))


@pytest.mark.parametrize("unit", [1.0, -1e300, 1e-300])
def test_r_squared_takes_no_rounding_for_variance(unit):
    """W3, W14: ulps around 0.3, as `Standardizer` takes them; R² of 1e−12 of spread is a number."""
    ulps = unit * np.array([0.3, 0.1 + 0.2] * 5)
    assert np.isnan(r_squared(ulps, np.zeros(10)))
    near = unit * (0.3 + 1e-12 * np.arange(4))
    assert r_squared(near, np.full(4, near.mean())) == pytest.approx(0, abs=1e-6)


def test_each_output_is_held_to_its_own_mean():
    """W14: means of the columns explain nothing, however far apart the columns lie."""
    rng = np.random.default_rng(0)
    y = np.c_[1000 + rng.normal(size=50), rng.normal(size=50)]
    means = np.broadcast_to(y.mean(axis=0), y.shape)
    assert r_squared(y, means) == pytest.approx(0, abs=1e-12)
    noisy = y + 0.3 * rng.normal(size=y.shape)
    noisy[3] = y[3]
    y[3, 0] = np.nan  # a gap in one output
    known = ~np.isnan(y)
    each = [r_squared(a[k], b[k]) for a, b, k in zip(y.T, noisy.T, known.T)]
    assert r_squared(y, noisy) == pytest.approx(np.mean(each), rel=1e-14)
    assert np.isnan(r_squared(np.c_[y[:, 1], np.ones(50)], np.c_[y[:, 1], np.ones(50)]))


def test_predicted_against_actual_leaves_out_what_is_missing():
    actual, predicted = [1.0, np.nan, 4.0, 3.0], [1.5, 9.0, 3.5, 3.0]
    drawn = ax()
    assert plot_predicted(drawn, actual, predicted, "u / m") is drawn
    diagonal, points = drawn.lines
    np.testing.assert_array_equal(points.get_xydata(), [[1, 1.5], [4, 3.5], [3, 3]])
    np.testing.assert_array_equal(diagonal.get_xydata(), [[1, 1], [4, 4]])
    assert drawn.get_aspect() == 1 and points.get_linestyle() == "None"
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("actual u / m", "predicted u / m")
    r2 = 1 - 0.5 / ((np.array([1, 4, 3]) - 8 / 3) ** 2).sum()
    assert texts(drawn)[1] == f"3 points, $R^2$ = {r2:.6g}"
    assert "undefined" in texts(plot_predicted(ax(), [1.0, 1.0], [1.0, 2.0]))[1]


def test_residuals():
    r = np.random.default_rng(0).normal(0.5, 2.0, (50, 4))
    drawn = ax()
    assert plot_residuals(drawn, np.append(r, np.nan), "u") is drawn
    counts, edges = np.histogram(r, "auto")
    assert [bar.get_height() for bar in drawn.patches] == counts.tolist() and counts.sum() == 200
    np.testing.assert_allclose([bar.get_x() for bar in drawn.patches], edges[:-1], rtol=1e-12)
    zero, mean = drawn.lines
    assert list(zero.get_xdata()) == [0, 0]
    np.testing.assert_allclose(mean.get_xdata(), r.mean(), rtol=1e-13)
    assert texts(drawn)[1] == f"mean {r.mean():.2g}, standard deviation {r.std():.2g}"
    assert drawn.get_ylabel() == "number, of 200"


@pytest.mark.parametrize("far", [2.0**-700, 1.0, 2.0**700])
def test_moments_of_residuals_of_any_size(far):
    """The squares left float64, and the legend said a deviation of 0."""
    drawn = plot_residuals(ax(), [-far, 3 * far], bins=2)
    assert texts(drawn)[1] == f"mean {far:.2g}, standard deviation {2 * far:.2g}".replace("-", "−")


def test_a_small_spectrum_is_drawn_as_it_is():
    """All that was below 1e-17 was drawn there."""
    drawn = plot_spectrum(ax(), lambda x: 1e-30 * np.cos(2 * x), (0, 2 * np.pi), n=8)
    (heights,) = (line.get_ydata() for line in drawn.lines)
    assert heights[2] == pytest.approx(1e-30, rel=1e-14) and heights.max() == heights[2]
    drawn = plot_spectrum(ax(), lambda x: 0 * x, (0, 2 * np.pi), n=4)
    assert set(drawn.lines[0].get_ydata()) == {1e-17}


def test_spectra_lie_on_one_axes_and_differ_in_greyscale():
    drawn = ax()
    for k in (2, 3):
        assert plot_spectrum(drawn, lambda x, k=k: np.cos(k * x), (0, 2 * np.pi), n=16) is drawn
    first, second = drawn.lines
    np.testing.assert_array_equal(first.get_xdata(), np.arange(9.0))
    assert int(first.get_ydata().argmax()) == 2 and int(second.get_ydata().argmax()) == 3
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_color() != second.get_color() and drawn.get_yscale() == "log"
    exact = plot_spectrum(ax(), lambda x: 0 * x, (0, 1), n=4)
    assert exact.lines[0].get_ydata().tolist() == [1e-17] * 3  # drawn, not lost, on a log axis
    other = plot_spectrum(ax(), np.exp, (0, 1), n=5, basis="legendre")
    np.testing.assert_array_equal(
        other.lines[0].get_xydata().T, spectrum(np.exp, (0, 1), 5, "legendre")
    )
    assert other.get_xlabel() == "Legendre degree n" and "frequency" in drawn.get_xlabel()
    for axes, basis in ((drawn, "legendre"), (other, "fourier")):
        lines = len(axes.lines)
        with pytest.raises(ValueError, match=f"basis: got '{basis}' on Axes of the other one"):
            plot_spectrum(axes, np.exp, (0, 1), n=5, basis=basis)
        assert len(axes.lines) == lines


def test_step_curves():
    drawn = ax()
    assert plot_step_curve(drawn, [1e-2, 1e-1], {"a": [1e-4, 0.0], "b": [1e-20, 2.0]}) is drawn
    np.testing.assert_array_equal(drawn.lines[0].get_xydata(), [[1e-2, 1e-4], [1e-1, 1e-20]])
    assert plot_step_curve(ax(), [0.1], {"a": [0.0]}).lines[0].get_ydata() == 1e-17
    assert list(drawn.lines[1].get_ydata()) == [1e-20, 2.0]
    assert len({line.get_linestyle() for line in drawn.lines}) == 2
    assert drawn.get_xscale() == drawn.get_yscale() == "log" and texts(drawn) == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: r_squared([1.0, 2.0], [1.0]), r"predicted: got shape \(1,\), takes shape \(2,\)"),
        (lambda: r_squared([np.nan], [1.0]), "actual: got no number, takes at least one"),
        (lambda: r_squared([1.0], [np.nan]), "predicted: got 1 NaN"),
        (lambda: plot_predicted(ax(), [np.inf], [1.0]), "actual: got infinite"),
        (lambda: plot_residuals(ax(), [np.nan]), "residuals: got no number"),
        (lambda: plot_residuals(ax(), [np.inf, 1.0]), "residuals: got infinite"),
        (lambda: plot_residuals(ax(), [1.0], bins="auto "), "bins: got .* that make no bars"),
        (lambda: plot_residuals(ax(), [1.0], bins=10**9), "bins: got 1000000000, takes .* 10,000"),
        (lambda: plot_step_curve(ax(), [0.0, 1.0], {}), "steps: .* vector of numbers > 0"),
        (
            lambda: plot_step_curve(ax(), [0.1, 1.0], {"a": [0.1, -0.1]}),
            r"^curves\['a'\]: got a number below 0, takes errors >= 0$",
        ),
    ],
)
def test_unusable_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_bars_between_given_edges():
    _, (ax,) = figure()
    plot_residuals(ax, [0.5, 1.5, 1.75, 4.0], bins=[0.0, 1.0, 2.0, 8.0])
    assert [(bar.get_x(), bar.get_height()) for bar in ax.patches] == [(0, 1), (1, 2), (2, 1)]
    with pytest.raises(ValueError, match="^bins: got shape .3,., takes at least two rising edges"):
        plot_residuals(ax, [0.5], bins=[0.0, 2.0, 1.0])


@pytest.mark.parametrize("unit", [1e200, 1e-200])
def test_r_squared_of_any_size(unit):
    y = np.arange(5.0)
    assert r_squared(unit * y, unit * (y + 0.1)) == pytest.approx(r_squared(y, y + 0.1), rel=1e-12)
