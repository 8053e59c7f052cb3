"""The tutorials run as they stand, and their named results are what the text says."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "tutorials").glob("[0-9]*.py"))
EPS = np.finfo(float).eps


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a tutorial from a copy, so that its figures do not touch the checkout's."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "tutorials").mkdir()
    done = {}

    def run(number):
        if number not in done:
            (script,) = [s for s in SCRIPTS if s.name.startswith(number)]
            copy = folder / "tutorials" / script.name
            copy.write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
            done[number] = runpy.run_path(str(copy), run_name="__main__")
            drawn = {p.name for p in (folder / "figures").glob(f"tutorial_{number}_*.png")}
            kept = {p.name for p in (ROOT / "figures").glob(f"tutorial_{number}_*.png")}
            assert drawn and drawn == kept  # figures/ holds what the tutorial draws
        return done[number]

    return run


def test_the_first_tutorials_are_there_and_in_the_index():
    index = (ROOT / "tutorials" / "README.md").read_text(encoding="utf-8")
    assert [s.name[:2] for s in SCRIPTS] == ["03", "04", "05", "06"]
    for script in SCRIPTS:
        assert script.name in index
        lines = script.read_text(encoding="utf-8").splitlines()
        assert 100 <= len(lines) <= 250 and lines[0].startswith("# %%")
        assert max(map(len, lines)) <= 100


def test_03_carry_derivatives(run):
    names = run("03")
    assert names["first_order_error"] < 1e-14
    assert names["product_error"] < 1e-14
    assert names["neuron_error"] < 1e-14
    assert names["largest_error"] < 1e-13
    assert names["two_variable_error"] < 1e-13
    assert names["package_error"] < 1e-13


def test_04_transpose_passes(run):
    names = run("04")
    for name in ("literal_error", "hand_error", "transpose_error", "gradient_error", "split_error"):
        assert names[name] < 1e-13, name
    assert names["differential_error"] < 1e-7
    assert names["difference_error"] < 1e-6
    assert names["parts"][1][-1] == 0


def test_05_check_derivatives(run):
    names = run("05")
    slopes = [names[f"{kind}_slope"] for kind in ("forward", "central", "rounding")]
    np.testing.assert_allclose(slopes, [1, 2, -1], atol=0.1)
    assert np.max(names["tiny_error"]) < 10 * EPS
    assert np.min(names["errors"]["wrong", 0.3]) > 0.1
    assert all(
        np.max(error) < 1e-13 for case, error in names["errors"].items() if case != ("wrong", 0.3)
    )
    assert names["worst_derivative"] < 1e-13 and names["worst_gradient"] < 1e-13
    for case, slope in names["slopes"].items():
        assert slope == pytest.approx(1 if case == ("wrong", 0.3) else 2, abs=0.05)


def test_06_reproduce_paper(run):
    names = run("06")
    assert names["zero_mean"] == pytest.approx(
        {"sin(x)": 1, "exp(-x)": (1 - np.exp(-10)) / 5}, rel=1e-12
    )
    assert names["grid_means"][0] == pytest.approx(0.2082, abs=5e-5)
    assert np.all(names["rows_held"])
    for name, (sup, _) in names["sup_errors"].items():
        assert sup < names["bounds"][name]
    np.testing.assert_allclose(names["paper_bounds"], [0.216, 0.0084], rtol=0.01)
    assert min(names["rises"].values()) > 10 and names["descent_rises"] == 0
    assert min(names["gains"]) > 3


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.stem)
def test_a_tutorial_imports_nothing_but_the_package_and_its_requirements(script):
    allowed = {"numpy", "scipy", "matplotlib", "sobolev_ref", *sys.stdlib_module_names}
    for line in script.read_text(encoding="utf-8").splitlines():
        if line.startswith(("import ", "from ")):
            assert line.split()[1].split(".")[0].rstrip(",") in allowed, line


def test_a_tutorial_runs_as_a_module(tmp_path):
    """`python -m tutorials.01_…` from the checkout, figures beside it."""
    code = subprocess.run(
        [sys.executable, "-m", "tutorials.03_carry_derivatives"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert code.returncode == 0, code.stderr
    assert code.stderr == ""
