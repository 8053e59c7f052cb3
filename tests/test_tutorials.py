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
    assert {"03", "04", "05", "06", "07", "08", "09", "11"} <= {s.name[:2] for s in SCRIPTS}
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


def test_07_verify_descent(run):
    names = run("07")
    assert names["identity_errors"][24] < 1e-12  # (T3') to 12 digits
    assert names["taylor"] < 0.7 * names["remainder"]  # the equality of the paper's proof
    assert np.all(names["along"][1:] <= names["upper"][1:])  # (T3)
    assert names["at_theta"][-1] < names["along"][-1]  # and not with the constant of θ alone
    assert [c.kind for c in names["constants"].values()] == [
        "exact",
        "estimate",
        "estimate",
        "certified",
    ]
    assert names["exact"] == pytest.approx(32 / 3 + 8 * 0.3, rel=1e-13)
    E = names["E"]
    assert E[1.99][-1] < 1e-4 * E[1.99][0] and E[2.01][-1] > 1e4 * E[2.01][0]
    assert E[2.0][-1] == pytest.approx(E[2.0][0], rel=1e-10)
    assert np.all(np.diff(names["quick"]) < 0)  # Armijo
    late = names["sharpness"][100:]
    assert names["sharpness"][0] < 0.7 and late.min() > 0.85 and late.max() < 1.2
    assert names["rises"] > 50 and names["edge"][-1] < names["edge"][2000]
    assert names["package_error"] < 1e-13


def test_08_solve_convex(run):
    names = run("08")
    assert names["hessian_error"] < 1e-13 and names["mode_error"] < 1e-13
    measured = names["modes"][1] / names["modes"][0]
    np.testing.assert_allclose(measured, names["factors"], rtol=1e-12)
    (start, below), (_, at), (_, above) = names["top"].values()
    assert below < 1e-4 * start and above > 1e4 * start
    assert at == pytest.approx(start, rel=1e-9)
    assert np.max(np.abs(list(names["excess"].values()))) < 1e-13
    np.testing.assert_allclose(list(names["conditions"].values()), [1, 7.4, 65], rtol=1e-12)
    losses = names["losses"]
    assert losses["QR"] < 1e-22 and losses["SVD"] < 1e-22
    assert losses["normal equations"] > 1e-18 and losses["descent, 5000 steps"] > 1e-6
    assert names["package_error"] < 1e-13 and names["u_error"] < 1e-13


def test_09_break_theorems(run):
    names = run("09")
    assert names["relu_slope"] == pytest.approx(names["by_jump"], rel=1e-13)
    assert names["relu_slope"] == pytest.approx(0.8337, abs=5e-5)
    np.testing.assert_allclose(names["values"], 4 * np.pi, rtol=1e-12)
    np.testing.assert_allclose(names["curvatures"][2] / names["curvatures"][1], 100, rtol=0.05)
    assert 2 / names["largest_bend"] > 0.5 and np.all(np.diff(names["run"]) > 0)
    assert np.all(np.asarray(names["slopes"]) < 0)
    assert names["run"][-1] == pytest.approx((1.5e4 * (4 * np.log(2) - 2)) ** (1 / 3), rel=1e-3)
    assert names["stuck_loss"] == pytest.approx(1, abs=1e-10)
    assert names["flat_loss"] == pytest.approx(8 / 45 + 4 / 3, rel=1e-13)
    assert np.max(np.abs(names["flat_gradient"])) < 1e-13
    for eta, path in names["cycle"].items():
        np.testing.assert_allclose(np.abs(path[-2:]), (0.75 * eta) ** 2, rtol=1e-9)
    assert names["package_error"] < 1e-12


def test_11_add_dimensions(run):
    names = run("11")
    assert names["clairaut_error"] < 1e-13
    assert names["x_inside"] == pytest.approx(-1, abs=1e-6)
    assert names["y_inside"] == pytest.approx(1, abs=1e-6)
    assert names["plain_spread"] > 0.05 and names["frobenius_spread"] < 1e-13
    gauss, sobol, _ = names["errors"].T
    np.testing.assert_array_equal(gauss < sobol, [True, True, True, False, False])
    assert names["road_error"] < 1e-13 and max(names["gradient_errors"]) < 1e-13
    assert set(names["ratios"]) == {2, 5, 10, 20}
    assert names["package_error"] < 1e-13


ANSWERS = sorted((ROOT / "tutorials" / "answers").glob("[0-9]*.py"))


@pytest.mark.parametrize("script", ANSWERS, ids=lambda s: s.stem)
def test_the_answers_run_and_their_tutorial_links_to_them(script):
    tutorial = ROOT / "tutorials" / script.name
    assert f"answers/{script.name}" in tutorial.read_text(encoding="utf-8")
    assert "np.testing" in script.read_text(encoding="utf-8")
    runpy.run_path(str(script), run_name="__main__")


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
