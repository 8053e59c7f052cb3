"""What is plotted, compared as data; and figures that appear whole or not at all."""

import numpy as np
import pytest
from matplotlib.image import imread

from sobolev_ref.plotting import figure, plot_fit, plot_loss, plot_step_curve, save_figure

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

    def fail(temporary, **kwargs):
        with open(temporary, "wb") as file:
            file.write(b"half a fig")
        raise error

    monkeypatch.setattr(fig, "savefig", fail)
    with pytest.raises(error):
        save_figure(fig, path)
    assert path.read_bytes() == b"the old figure"
    assert [p.name for p in tmp_path.iterdir()] == ["loss.png"]
