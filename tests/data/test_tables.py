"""Derivatives by name, one column each, as a data frame and a file of arrays take them."""

import importlib.util

import numpy as np
import pytest

import sobolev_ref as sr

X = np.random.default_rng(0).uniform(-1, 1, (5, 2))
NET = sr.MLP((2, 4, 2))
FOUND = NET.derivatives(NET.init(0), X, 2)
NAMES = ["u1", "u2", "du1/dx1", "du2/dx1", "du1/dx2", "du2/dx2", "d2u1/dx12", "d2u2/dx12"]


def test_a_file_of_them_comes_back(tmp_path):
    """E: np.savez(path, **derivatives) says "keywords must be strings"."""
    named = sr.columns(FOUND)
    assert list(named)[:8] == NAMES and len(named) == 12
    np.savez(tmp_path / "found.npz", **named)
    with np.load(tmp_path / "found.npz") as back:
        np.testing.assert_array_equal(back["du2/dx1"], FOUND[(1, 0)][:, 1])
        np.testing.assert_array_equal(back["d2u1/dx1dx2"], FOUND[(1, 1)][:, 0])


@pytest.mark.skipif(not importlib.util.find_spec("pandas"), reason="pandas is not installed")
def test_a_frame_of_them_has_their_names():
    """E: pd.DataFrame(derivatives) says "Per-column arrays must each be 1-dimensional"."""
    import pandas

    frame = pandas.DataFrame(sr.columns(FOUND, ["Mach", "alpha"], ["CL", "CD"]))
    assert frame.shape == (5, 12)
    np.testing.assert_array_equal(frame["dCD/dalpha"], FOUND[(0, 1)][:, 1])


def test_names_by_default_and_of_the_callers():
    data = {(0,): [1.0, 2.0], (3,): [[5.0], [6.0]]}
    assert {name: list(u) for name, u in sr.columns(data).items()} == {
        "u": [1, 2],
        "d3u/dx3": [5, 6],
    }
    assert list(sr.columns(data, ("t",), ("y",))) == ["y", "d3y/dt3"]
    named = sr.columns(data)
    named["u"][:] = 0
    assert data[(0,)] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([1.0],), TypeError, r"^derivatives: got \[1.0\], takes a mapping from α"),
        (({},), ValueError, "^derivatives: got an empty mapping"),
        (
            ({(0,): [1.0], (1,): [1.0, 2.0]},),
            ValueError,
            r"^derivatives\[\(1,\)\]: got shape \(2,\)",
        ),
        (({(0,): [1.0], (1,): [[1.0, 2.0]]},), ValueError, "^derivatives: got different numbers"),
        (({(0,): [1.0]}, ["a", "b"]), ValueError, r"^inputs: got \['a', 'b'\], takes 1 different"),
        (({(0,): [[1.0, 2.0]]}, None, ["a", "a"]), ValueError, "^outputs: .* takes 2 different"),
        (({(0,): [1.0]}, [3]), TypeError, "^inputs: got 3, takes a str"),
        (({(0,): [1.0]}, "x"), TypeError, "^inputs: got 'x', takes 1 names"),
        (
            ({(0,): [[1.0, 2.0]], (1,): [[1.0, 2.0]]}, None, ["u", "du/dx"]),
            ValueError,
            r"^outputs: got \['u', 'du/dx'\], with which two columns have one name",
        ),
    ],
)
def test_what_has_no_names_is_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        sr.columns(*arguments)
