"""What is plotted, compared as data; and figures that appear whole or not at all."""

import numpy as np
import pytest
from matplotlib.image import imread

from sobolev_ref import MLP, SobolevLoss, gauss_legendre
from sobolev_ref.plots import figure, save_figure
from sobolev_ref.plots.runs import (
    line_style,
    plot_derivative,
    plot_fit,
    plot_loss,
    plot_step_curve,
    plot_terms,
)

X = np.linspace(0, 1, 5)


def test_the_lines_hold_the_data_and_differ_in_greyscale():
    _, (ax,) = figure()
    assert plot_fit(ax, X, X**2, X**3, "f", "u(x)") is ax
    true, learned = ax.lines
    np.testing.assert_array_equal(true.get_ydata(), X**2)
    np.testing.assert_array_equal(learned.get_ydata(), X**3)
    assert true.get_linewidth() > 2 * learned.get_linewidth() and learned.get_linestyle() == "--"
    assert ax.get_xlabel() == "x" and ax.get_ylabel() == "u(x)"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["true f", "learned f"]


def test_loss_and_step_curves():
    _, axes = figure(columns=2)
    assert plot_loss(axes[0], [3.0, 2.0, 1.0], {0: 2.5, 2: 1.5}) is axes[0]
    np.testing.assert_array_equal(axes[0].lines[0].get_xydata(), [[0, 3], [1, 2], [2, 1]])
    np.testing.assert_array_equal(axes[0].lines[1].get_xydata(), [[0, 2.5], [2, 1.5]])
    assert axes[0].get_yscale() == "log" and axes[0].get_xlabel() == "epoch"
    assert plot_step_curve(axes[1], [1e-2, 1e-1], {"a": [1e-4, 0.0], "b": [1.0, 2.0]}) is axes[1]
    np.testing.assert_array_equal(axes[1].lines[0].get_ydata(), [1e-4, 1e-17])
    assert len({line.get_linestyle() for line in axes[1].lines}) == 2
    assert axes[1].get_xscale() == axes[1].get_yscale() == "log"
    plain = plot_loss(figure()[1][0], [1.0, 0.5])
    assert plain.get_legend() is None


def test_a_figure_is_saved_whole(tmp_path):
    fig, (ax,) = figure()
    plot_loss(ax, [1.0, 0.1])
    path = save_figure(fig, tmp_path / "new" / "loss.png")
    assert imread(path).shape == (480, 720, 4)
    first = path.read_bytes()
    assert save_figure(fig, path).read_bytes() == first  # the same figure, the same bytes
    assert [p.name for p in path.parent.iterdir()] == ["loss.png"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, error):
    fig, _ = figure()
    path = tmp_path / "loss.png"
    path.write_bytes(b"the old figure")

    def fail(file, **kwargs):
        file.write(b"half a fig")
        raise error

    monkeypatch.setattr(fig, "savefig", fail)
    with pytest.raises(error):
        save_figure(fig, path)
    assert path.read_bytes() == b"the old figure"
    assert [p.name for p in tmp_path.iterdir()] == ["loss.png"]


def test_derivatives_of_any_order_on_top_of_the_true_ones():
    net = MLP((1, 6, 2))
    theta, x = net.init(0), np.linspace(-1, 2, 9)
    for n in range(5):
        ax = figure()[1][0]
        target = lambda x: (np.cos(x), np.exp(2 * x))
        assert plot_derivative(ax, net, theta, x, n, target, output=1) is ax
        true, learned = ax.lines
        np.testing.assert_allclose(true.get_ydata(), 2**n * np.exp(2 * x), rtol=1e-13)
        np.testing.assert_array_equal(learned.get_ydata(), net.derivatives(theta, x, 4)[(n,)][:, 1])
        np.testing.assert_array_equal(learned.get_xdata(), x)
        name = ["$u$", "$u'$", "$u''$", "$u^{(3)}$", "$u^{(4)}$"][n]
        assert ax.get_ylabel() == f"{name}(x)"
        assert [t.get_text() for t in ax.get_legend().get_texts()] == [
            f"true {name}",
            f"learned {name}",
        ]


def test_a_derivative_without_truth_or_with_gaps_in_it():
    net = MLP((1, 3, 1))
    ax = plot_derivative(figure()[1][0], net, net.init(0), X, 2)
    assert len(ax.lines) == 1
    data = {(1,): [0.0, np.nan, 1.0, 2.0, 3.0]}
    ax = plot_derivative(figure()[1][0], net, net.init(0), X, 1, data)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), data[(1,)])


def test_the_loss_by_term_as_a_callback_kept_it():
    """‖r_α‖_p by α, in graded order, from runs of L, with gaps where an order was not trained."""
    net = MLP((2, 3, 1))
    loss = SobolevLoss(net, np.multiply, gauss_legendre([(0, 1)] * 2, 4), order=1, p=3)
    terms = [loss.terms(net.init(seed)) for seed in range(4)]
    ax = figure()[1][0]
    assert plot_terms(ax, terms, p=3) is ax
    for line, alpha in zip(ax.lines, [(0, 0), (1, 0), (0, 1)]):
        np.testing.assert_array_equal(line.get_xdata(), range(4))
        np.testing.assert_allclose(
            line.get_ydata(), [t[alpha] ** (1 / 3) for t in terms], rtol=1e-14
        )
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels == ["$u$", "$D^{(1,0)}u$", "$D^{(0,1)}u$"]
    assert ax.get_yscale() == "log" and "_{3}" in ax.get_ylabel()
    gaps = plot_terms(figure()[1][0], [{(0,): 4.0}, {(0,): 1.0, (1,): 9.0}], iterations=[10, 20])
    np.testing.assert_array_equal(gaps.lines[1].get_xydata(), [[10, np.nan], [20, 3]])


def test_twelve_lines_differ_without_colour():
    styles = [line_style(i) for i in range(12)]
    assert len({(s["linestyle"], s["marker"]) for s in styles}) == 12


NET = MLP((1, 2, 1))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda ax: plot_derivative(ax, MLP((2, 1)), [1, 1, 1], X, 1), ValueError, "got d = 2"),
        (lambda ax: plot_derivative(ax, np.sin, [1.0], X, 1), TypeError, "model: got ufunc"),
        (lambda ax: plot_derivative(ax, NET, NET.init(0), X, -1), ValueError, "order: got -1"),
        (lambda ax: plot_derivative(ax, NET, NET.init(0), X, 1, output=1), ValueError, "output"),
        (lambda ax: plot_terms(ax, []), ValueError, "terms: got none"),
        (lambda ax: plot_terms(ax, [{(0,): 1.0}], p=0.5), ValueError, "p: got 0.5"),
        (lambda ax: plot_terms(ax, [{(0,): 1.0}], iterations=[1, 2]), ValueError, "iterations"),
    ],
)
def test_unusable_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call(figure()[1][0])
