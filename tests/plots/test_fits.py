"""Fits, derivatives, profiles and contours, compared as data with functions whose values are known."""

import numpy as np
import pytest

from sobolev_ref import MLP, LinearModel, ResidualLoss, Standardizer, samples
from sobolev_ref.plots import figure, plot_contour, plot_derivative, plot_fit, plot_sensitivity

X = np.linspace(0, 1, 5)
NET_1 = MLP((1, 2, 1))
BOX = [(-1.0, 2.0), (0.0, 1.0)]
NET = MLP((2, 5, 3))
THETA = NET.init(1)


def ax():
    return figure()[1][0]


def names(drawn):
    return [text.get_text() for text in drawn.get_legend().get_texts()]


def test_a_function_and_its_approximation():
    drawn = ax()
    assert plot_fit(drawn, X, X**2, X**3, "f", "u(x)") is drawn
    true, learned = drawn.lines
    np.testing.assert_array_equal(true.get_xydata(), np.stack([X, X**2], 1))
    np.testing.assert_array_equal(learned.get_xydata(), np.stack([X, X**3], 1))
    assert drawn.get_xlabel() == "x" and drawn.get_ylabel() == "u(x)"
    assert names(drawn) == ["true f", "learned f"]
    assert names(plot_fit(ax(), X, None, X, "f", "u(x)")) == ["learned f"]


def test_derivatives_of_any_order_on_top_of_the_true_ones():
    net = MLP((1, 6, 2))
    theta, x = net.init(0), np.linspace(-1, 2, 9)
    for n in range(5):
        drawn, target = ax(), lambda x: (np.cos(x), np.exp(2 * x))
        assert plot_derivative(drawn, net, theta, x, n, target, output=1) is drawn
        true, learned = drawn.lines
        np.testing.assert_allclose(true.get_ydata(), 2**n * np.exp(2 * x), rtol=1e-13)
        np.testing.assert_array_equal(learned.get_ydata(), net.derivatives(theta, x, 4)[(n,)][:, 1])
        np.testing.assert_array_equal(learned.get_xdata(), x)
        name = ["$u$", "$u'$", "$u''$", "$u^{(3)}$", "$u^{(4)}$"][n]
        assert drawn.get_ylabel() == f"{name}(x)"
        assert names(drawn) == [f"true {name}", f"learned {name}"]


def test_a_derivative_without_truth_or_with_gaps_in_it():
    theta = NET_1.init(0)
    assert names(plot_derivative(ax(), NET_1, theta, X, 2)) == ["learned $u''$"]
    data = {(1,): [0.0, np.nan, 1.0, 2.0, 3.0]}
    drawn = plot_derivative(ax(), NET_1, theta, X, 1, data)
    np.testing.assert_array_equal(drawn.lines[0].get_ydata(), data[(1,)])


def test_a_target_in_other_units_is_refused():
    """η′ on top of y′ = 10 η′ would be drawn a tenth as high."""
    scaler = Standardizer([0.0], [0.1], [0.0], [1.0])
    with pytest.raises(
        TypeError, match="^target: got one that is scaled, with a model in the call"
    ):
        plot_derivative(ax(), scaler.model(NET_1), NET_1.init(0), X, 1, scaler.target(np.sin))
    true, theta = scaler.target(np.sin), NET_1.init(0)
    with pytest.raises(TypeError, match="^true: got one that is scaled, with a model in the call"):
        plot_sensitivity(ax(), scaler.model(NET_1), theta, [0.5], [(0, 1)], true=true)


def test_every_output_against_every_input():
    point = np.array([0.5, 0.25])
    _, axes = figure(columns=2, rows=3)
    assert len(axes) == 6
    for i, drawn in enumerate(axes):
        q, j = i % 2, i // 2
        options = {"input": q, "output": j, "n": 7}
        assert plot_sensitivity(drawn, NET, THETA, point, BOX, **options) is drawn
        profile, tangent, marker = drawn.lines
        x = np.tile(point, (7, 1))
        x[:, q] = np.linspace(*BOX[q], 7)
        np.testing.assert_array_equal(profile.get_xdata(), x[:, q])
        np.testing.assert_allclose(profile.get_ydata(), NET(THETA, x)[:, j], rtol=1e-13)
        np.testing.assert_allclose(
            marker.get_xydata(), [[point[q], NET(THETA, [point])[0, j]]], rtol=1e-13
        )
        h = 1e-6 * np.eye(2)[q]
        slope = ((NET(THETA, [point + h]) - NET(THETA, [point - h])) / 2e-6)[0, j]
        (x0, y0), (x1, y1) = tangent.get_xydata()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope, rel=1e-7)
        assert (drawn.get_xlabel(), drawn.get_ylabel()) == (f"$x_{q + 1}$", f"$u_{j + 1}$")


def test_the_truth_of_one_output():
    model = LinearModel.polynomial(1, [(0, 1)])
    drawn = plot_sensitivity(ax(), model, [1.0, 0.0], [0.5], [(0, 1)], true=lambda x: x**2, n=3)
    assert drawn.lines[0].get_ydata().tolist() == [0, 0.25, 1]
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("$x$", "$u$")
    three = plot_sensitivity(
        ax(), NET, THETA, [0, 0], BOX, output=1, true=lambda x, y: (x, 5.0, y), n=3
    )
    assert three.lines[0].get_ydata().tolist() == [5, 5, 5]


def test_contours_are_where_the_function_has_their_level():
    """u = x + 2y: every vertex of the contour at c satisfies x + 2y = c."""
    drawn = ax()
    assert plot_contour(drawn, lambda x, y: x + 2 * y, BOX, "u", levels=[0.0, 2.0, 1.0]) is drawn
    filled, lines = drawn.collections
    assert lines.levels.tolist() == filled.levels.tolist() == [0, 1, 2]
    for level, path in zip(lines.levels, lines.get_paths()):
        np.testing.assert_allclose(path.vertices @ [1, 2], level, atol=1e-12)
    assert drawn.get_xlim() == BOX[0] and drawn.get_ylim() == BOX[1]
    assert drawn.get_title() == "u" and not drawn.lines


def test_beside_the_truth_the_levels_are_the_truths():
    def f(x, y):
        return x * y

    truth = plot_contour(ax(), f, BOX, "true")
    drawn = plot_contour(
        ax(), lambda x, y: 3 * f(x, y) + 1, BOX, "learned", true=f, points=[[0.0, 0.5], [1.0, 0.5]]
    )
    assert drawn.collections[1].levels.tolist() == truth.collections[1].levels.tolist()
    assert drawn.get_title() == "learned, greatest error 5"  # 2xy + 1 at (2, 1)
    assert drawn.lines[0].get_xydata().tolist() == [[0, 0.5], [1, 0.5]]
    network = NET.function(THETA)
    plot_contour(ax(), lambda x, y: network(x, y)[0], BOX, "a network", n=11)
    assert len(plot_contour(ax(), lambda x, y: 1.0, BOX, "a constant").collections) == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: plot_fit(ax(), X, X[1:], X, "f", "u"), ValueError, "true: got shape"),
        (lambda: plot_fit(ax(), X, None, X[1:], "f", "u"), ValueError, "x, learned: got shapes"),
        (lambda: plot_fit(None, X, X, X, "f", "u"), TypeError, "ax: got None, takes a matplotlib"),
        (lambda: plot_derivative(ax(), MLP((2, 1)), [1, 1, 1], X, 1), ValueError, "got d = 2"),
        (lambda: plot_derivative(ax(), np.sin, [1.0], X, 1), TypeError, "model: got ufunc"),
        (lambda: plot_derivative(ax(), NET_1, NET_1.init(0), X, -1), ValueError, "order: got -1"),
        (
            lambda: plot_derivative(ax(), NET_1, NET_1.init(0), X, 1, output=1),
            ValueError,
            "output: got 1",
        ),
        (lambda: plot_contour(ax(), np.sin, [(0, 1)], "u"), ValueError, "bounds: got shape"),
        (
            lambda: plot_contour(ax(), np.add, BOX, "u", n=3163),
            ValueError,
            "n: got 3163, takes a whole number from 2 to 3,162",
        ),
        (lambda: plot_contour(ax(), np.add, BOX, "u", levels=[1.0]), ValueError, "levels: got 1,"),
        (lambda: plot_contour(ax(), np.add, BOX, "u", levels=1001), ValueError, "levels: got 1001"),
        (
            lambda: plot_sensitivity(ax(), NET, THETA, [0, 0], BOX, n=10**7),
            ValueError,
            "n: got 10000000, takes a whole number from 2 to 5,000,000",
        ),
        (lambda: plot_contour(ax(), lambda x, y: x[1:], BOX, "u", n=3), ValueError, "u: got shape"),
        (
            lambda: plot_contour(ax(), lambda x, y: x * np.nan, BOX, "u"),
            ValueError,
            "u: got 10201 NaN",
        ),
        (lambda: plot_contour(ax(), np.add, BOX, "u", levels=0), ValueError, "levels: got 0"),
        (lambda: plot_sensitivity(ax(), NET, THETA, [0.0], BOX), ValueError, "point: got shape"),
        (
            lambda: plot_sensitivity(ax(), NET, THETA, [0, 0], BOX[:1]),
            ValueError,
            "bounds: got shape",
        ),
        (
            lambda: plot_sensitivity(ax(), NET, THETA, [0, 0], BOX, input=2),
            ValueError,
            "input: got 2, takes a whole number from 0 to 1",
        ),
        (
            lambda: plot_sensitivity(ax(), NET, THETA, [0, 0], BOX, output=3),
            ValueError,
            "output: got 3",
        ),
        (lambda: plot_sensitivity(ax(), np.sin, THETA, [0, 0], BOX), TypeError, "model: got ufunc"),
    ],
)
def test_unusable_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_functions_cannot_write_to_what_they_are_given():
    """`x *= 2` moved the picture under the contours, and the caller's x."""

    def writes(x, *others):
        x *= 2
        return x

    x, box, same = np.linspace(0, 1, 5), [(0, 1), (0, 1)], lambda x, y: 2 * x
    for call in (
        lambda: plot_contour(ax(), writes, box, "u"),
        lambda: plot_contour(ax(), same, box, "u", true=writes),
        lambda: plot_sensitivity(ax(), NET, THETA, [0, 0], box, true=writes),
        lambda: plot_derivative(ax(), NET_1, NET_1.init(0), x, 1, {(1,): writes}),
        lambda: ResidualLoss(NET_1, {(0,): 1.0}, 0.0, samples(X), others=[(x, {(0,): writes})]),
    ):
        with pytest.raises(ValueError, match="read-only"):
            call()
    np.testing.assert_array_equal(x, np.linspace(0, 1, 5))


def test_a_derivative_without_data_is_refused():
    with pytest.raises(ValueError, match="^target: got no data of order 2, takes some, or None"):
        plot_derivative(ax(), NET_1, NET_1.init(0), X, 2, {(0,): X})
