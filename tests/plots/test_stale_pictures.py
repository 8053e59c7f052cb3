"""The pictures of the repository: what is stale is found, and the README's first one says what is so."""

import copy
from xml.etree import ElementTree

import numpy as np
import pytest
from pictures import (
    DATA,
    ROOT,
    Album,
    differences,
    draw,
    main,
    on_eight_points,
    point,
    stale,
    summary,
)

from sobolev_ref.plots import figure


def picture(height=1.0, label="u", scale="linear", columns=1):
    fig, axes = figure(columns=columns)
    axes[0].plot(np.linspace(0, 1, 50), height * np.linspace(0.1, 1, 50), label=label)
    axes[0].set(yscale=scale)
    axes[0].legend()
    return summary(fig)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"height": 1.3}, "y moved by"),
        ({"label": "v"}, "is now"),
        ({"scale": "log"}, "is now"),
        ({"columns": 2}, "axes are now 2"),
    ],
)
def test_another_picture_is_found_by_its_data(changed, word):
    (found,) = differences(picture(), picture(**changed))
    assert word in found


def test_what_a_reader_would_not_see_is_the_same_picture():
    assert differences(picture(label="0.12"), picture(height=1.1, label="−0.13")) == []
    saved = picture(scale="log")
    assert differences(saved, picture(height=20.0, scale="log")) == []
    assert len(differences(saved, picture(height=50.0, scale="log"))) == 1
    fewer = copy.deepcopy(saved)
    fewer[0]["curves"].clear()
    assert differences(saved, fewer) == ["axes 1: 1 curves are now 0"]


@pytest.mark.slow
def test_slopes_at_the_same_points_help_from_each_of_20_starts(tmp_path, monkeypatch):
    """The README's sentence on its first figure; and the figure is not stale."""
    found = np.array([[on_eight_points(seed, k)[3] for k in (0, 1)] for seed in range(20)])
    assert np.all(found[:, 1] < found[:, 0])  # (20, of function and slope)
    assert np.median(found[:, 0, 0] / found[:, 1, 0]) > 10
    monkeypatch.chdir(tmp_path)
    with Album() as album:
        point()
    assert stale(album.shown) == {}


@pytest.mark.slow
@pytest.mark.parametrize("which", ["lab", "data"])
def test_the_figures_of_the_lab_and_of_other_peoples_data_are_not_stale(
    which, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with Album(kind="") as album:
        draw(which)
    assert len(album.shown) == 1
    assert stale(album.shown) == {}


@pytest.mark.slow
def test_drawings_for_the_site_stand_in_the_folders_of_the_figures(tmp_path, capsys):
    """And nothing of the repository changes."""
    before = DATA.read_bytes()
    main(["--svg", str(tmp_path), "diagrams", "scaling"])
    made = {path.relative_to(tmp_path).with_suffix(".png") for path in tmp_path.rglob("*.*")}
    figures = [*ROOT.glob("figures/diagram_*.png"), *ROOT.glob("benchmarks/results/*/*.png")]
    assert made == {path.relative_to(ROOT) for path in figures}
    for path in tmp_path.rglob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    assert DATA.read_bytes() == before
