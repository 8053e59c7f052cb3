"""Figures that appear whole or not at all, and the look that all pictures share."""

import itertools

import numpy as np
import pytest
from matplotlib.image import imread

from sobolev_ref.plots import (
    COLORS,
    figure,
    label_ends,
    line_style,
    plot_fit,
    plot_loss,
    save_figure,
)


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


def test_what_is_no_figure_is_not_saved(tmp_path):
    with pytest.raises(TypeError, match="^fig: got 'u', takes a matplotlib Figure$"):
        save_figure("u", tmp_path / "new" / "u.png")
    with pytest.raises(ValueError, match=r"^path: got u.pdf, takes a name that ends in .png$"):
        save_figure(figure()[0], tmp_path / "u.pdf")
    assert not (tmp_path / "u.pdf").exists()
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(tmp_path):
    """E9: the path that is named is the one that was given."""
    (tmp_path / "old").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="its folder is a file: '.*old/loss.png'$"):
        save_figure(figure()[0], tmp_path / "old" / "loss.png")


def test_a_grid_of_axes_of_the_size_asked_for():
    fig, axes = figure(columns=3, width=2.0, height=1.5, rows=2)
    assert len(axes) == 6 and fig.get_size_inches().tolist() == [6, 3]
    rows = [ax.get_subplotspec().rowspan.start for ax in axes]
    assert rows == [0, 0, 0, 1, 1, 1]  # row by row


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": 401}, "columns: got 401, takes a whole number from 1 to 400"),
        ({"columns": 20, "rows": 21}, "rows: got 21, takes a whole number from 1 to 20"),
        ({"width": 101.0}, "width: got 101, takes inches > 0, at most 100"),
    ],
)
def test_a_figure_too_large_to_draw(options, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        figure(**options)


def test_what_is_true_and_what_is_learned_differ_in_greyscale():
    true, learned = plot_fit(figure()[1][0], [0.0, 1.0], [0, 1], [1, 0], "f", "u(x)").lines
    assert true.get_linewidth() > 2 * learned.get_linewidth() and learned.get_linestyle() == "--"


def test_twelve_lines_differ_without_colour():
    styles = [line_style(i) for i in range(12)]
    assert len({(s["linestyle"], s["marker"]) for s in styles}) == 12
    assert line_style(3, marker=False)["marker"] is None


def luminance(colour):
    """Of sRGB, by IEC 61966-2-1."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_colours_stand_out_on_white_and_differ_in_grey():
    """WCAG's contrast is (1.05)/(Y + 0.05); CIE's lightness is 116 Y^{1/3} − 16."""
    Y = np.sort([luminance(colour) for colour in COLORS])
    assert 1.05 / (Y[-1] + 0.05) >= 3
    lightness = np.where(Y > 0.008856, 116 * np.cbrt(Y) - 16, 903.3 * Y)
    assert np.diff(lightness).min() > 6


def test_a_line_bears_its_name_where_it_ends_and_names_do_not_overlap():
    fig, (ax,) = figure()
    for i in range(4):
        ax.plot([0, 1, 2], [0, 1, 1 + 1e-3 * i], label=f"line {i}", **line_style(i))
    ax.plot([0, np.nan], [0, np.nan], label="_no name")
    ax.plot([0, 1], [np.nan, np.nan], label="no point")
    label_ends(ax)
    fig.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert [text.get_text() for text in ax.texts] == [f"line {i}" for i in range(4)]
    assert [text.get_color() for text in ax.texts] == list(COLORS[:4])
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
    assert all(box.x0 > ax.bbox.x1 for box in boxes)


def test_a_line_that_ends_early_bears_its_name_there():
    fig, (ax,) = figure()
    ax.plot([0, 1, 2], [0, 1, 50], label="short")
    ax.set(xlim=(0, 4), ylim=(0, 2))
    label_ends(ax)
    fig.draw_without_rendering()
    (box,) = [text.get_window_extent() for text in ax.texts]
    end = ax.transData.transform([1, 1])[0]
    assert end < box.x0 < end + 15


def test_a_saved_figure_is_a_path_that_a_notebook_shows(tmp_path):
    fig, _ = figure()
    path = save_figure(fig, tmp_path / "new" / "a.png")
    assert path == tmp_path / "new" / "a.png"
    assert path._repr_png_() == path.read_bytes()
