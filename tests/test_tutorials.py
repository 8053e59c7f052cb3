"""The tutorials and their answers run as they stand, and their named results are what the text says.

Whatever stands in tutorials/ and tutorials/answers/ is run and held to the form. A new tutorial adds
its row to tutorials/README.md, its answers, and here a `test_NN_…` of its named results.
"""

import os
import re
import runpy
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from pictures import Album, stale

from sobolev_ref.testing import CheckFailed, check_backward

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "tutorials").glob("[0-9][0-9]*_*.py"))
ANSWERS = sorted((ROOT / "tutorials" / "answers").glob("*.py"))
FIGURES = {p.name for p in (ROOT / "figures").glob("tutorial_*.png")}
OPENING = (
    "**Question.**",
    "**The paper.**",
    "**You will see.**",
    "**You will do.**",
    "**You will need.**",
)
CLOSING = (
    "## What you can do now",
    "<details><summary>Answers</summary>",
    "</details>",
    "## Exercises",
    "**What was simplified.**",
    "**Further reading.**",
    "**Next:**",
)
EPS = np.finfo(float).eps

each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.stem)
each_file = pytest.mark.parametrize(
    "script", [*SCRIPTS, *ANSWERS], ids=lambda s: f"{s.parent.name}/{s.stem}"
)


def number(path):
    """`07` of 07_verify_descent.py, `13b` of 13b_price_options.py."""
    return path.stem.split("_")[0]


def read(path):
    return path.read_text(encoding="utf-8")


def cells(script):
    """(kind, text) of each cell, kind "" for code and "markdown" for prose."""
    parts = re.split(r"^# %%(?: \[(\w+)\])?$", read(script), flags=re.M)
    assert parts[0] == ""
    return [(kind or "", text) for kind, text in zip(parts[1::2], parts[2::2])]


def exercises(script):
    """The numbers of the exercises in the last cell."""
    last = cells(script)[-1][1]
    return re.findall(r"^# (\d)\. ", last[last.index("## Exercises") :], flags=re.M)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a file from a copy, in a folder of its own, where its figures go; once each.

    It takes the number of a tutorial or a path, and returns the names that the script leaves.
    """
    folder = tmp_path_factory.mktemp("checkout")
    done, shown = {}, {}

    def run(which):
        (script,) = (
            [s for s in SCRIPTS if number(s) == which] if isinstance(which, str) else [which]
        )
        if script not in done:
            copy = folder / script.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(read(script), encoding="utf-8")
            before = {p for p in folder.rglob("*") if p.is_file()}
            with chdir(folder), Album(kind="") as album:
                done[script] = runpy.run_path(str(copy), run_name="__main__")
            shown.update(album.shown)
            written = {p for p in folder.rglob("*") if p.is_file()} - before
            figures = set()
            if script in SCRIPTS:
                prefix = f"tutorial_{number(script)}_"
                figures = {folder / "output" / name for name in FIGURES if name.startswith(prefix)}
                assert figures, "a tutorial draws"
            # It writes what it draws, where git does not look, and no more.
            assert written == figures
        return done[script]

    run.shown = shown
    return run


@pytest.mark.slow
@each_file
def test_it_runs_as_it_stands(run, script):
    """And the repository's figures show what it draws (else: python tests/pictures.py NN)."""
    run(script)
    mine = {n: s for n, s in run.shown.items() if n.startswith(f"tutorial_{number(script)}_")}
    assert script in ANSWERS or mine
    assert stale(mine) == {}


@each_script
def test_the_form_of_a_tutorial(script):
    lines = read(script).splitlines()
    assert lines[0] == "# %% [markdown]"
    assert lines[1].startswith(f"# # {re.sub('^0(?=.)', '', number(script))}. ")
    parts = cells(script)
    for (kind, text), headings in ((parts[0], OPENING), (parts[-1], CLOSING)):
        assert kind == "markdown"
        places = [text.find(heading) for heading in headings]
        assert -1 not in places and places == sorted(places), headings
    assert re.search(r"\b\d+ minutes\.", parts[0][1])
    questions, answers = parts[-1][1].split("## Exercises")[0].split("<details>")
    for text in (questions, answers):
        assert [*"12345"] == re.findall(r"^# (\d)\. ", text, flags=re.M)
    code = [text for kind, text in parts if not kind]
    assert sum("print(" in text for text in code) >= 3
    assert sum("np.testing." in text for text in code) >= 3
    drawn = [text.split("\n")[-1] for text in map(str.strip, code) if "\nsave_figure(" in text]
    assert all(line.startswith("save_figure(") for line in drawn)  # a notebook shows it
    assert f"](answers/{script.name})" in parts[-1][1]
    assert 2 <= len(exercises(script)) <= 3


@each_script
def test_each_exercise_has_an_answer(script):
    answers = ROOT / "tutorials" / "answers" / script.name
    assert f"](../{script.name})" in cells(answers)[0][1]
    headings = re.findall(r"^# ## (\d)\. ", read(answers), flags=re.M)
    assert headings == exercises(script)
    assert read(answers).count("np.testing.") >= len(headings)


@each_file
def test_lines_are_short_and_imports_are_the_package_and_its_requirements(script):
    allowed = {"numpy", "scipy", "matplotlib", "sobolev_ref", *sys.stdlib_module_names}
    assert read(script).startswith("# %% [markdown]\n")
    for kind, text in cells(script):
        longest = 100 if kind else 88
        for line in text.splitlines():
            assert len(line) <= longest, line
    for line in read(script).splitlines():
        if line.startswith(("import ", "from ")):
            assert line.split()[1].split(".")[0].rstrip(",") in allowed, line


def test_the_index_has_a_row_for_each_tutorial_and_a_test_each():
    index = read(ROOT / "tutorials" / "README.md")
    rows = re.findall(r"^\| \[(\d.+?)\]\((.+?)\) \|(.*)\|$", index, re.M)
    assert [name for _, name, _ in rows] == [s.name for s in SCRIPTS]
    numbers = [number(s) for s in SCRIPTS]
    assert len(set(numbers)) == len(numbers)
    assert {name.split("_")[1] for name in FIGURES} == set(numbers)
    assert {a.name for a in ANSWERS} == {s.name for s in SCRIPTS}
    for title, name, rest in rows:
        first = read(ROOT / "tutorials" / name).splitlines()[1]
        assert first.startswith(f"# # {title}")
        question, equation, figures, key, minutes = (cell.strip() for cell in rest.split("|"))
        assert question.endswith("?") and equation and key and int(minutes) > 0
        shown = set(re.findall(r"\(\.\./figures/(\S+?)\)", figures))
        which = number(Path(name))
        assert shown == {f for f in FIGURES if f.startswith(f"tutorial_{which}_")}
        assert any(test.startswith(f"test_{which}_") for test in globals()), name


@pytest.mark.slow
def test_the_diagrams_are_those_of_the_repository(tmp_path):
    """They are drawn by one module, and stand in the text as pictures."""
    with chdir(tmp_path), Album(kind="") as album:
        runpy.run_path(str(ROOT / "tutorials" / "diagrams.py"), run_name="__main__")
    assert set(album.shown) == {p.name for p in (ROOT / "figures").glob("diagram_*.png")}
    assert stale(album.shown) == {}


@pytest.mark.slow
def test_a_tutorial_runs_as_a_module(tmp_path):
    """`python -m tutorials.01_…` from a checkout, figures beside it."""
    (tmp_path / "tutorials").mkdir()
    copy = tmp_path / "tutorials" / SCRIPTS[1].name
    copy.write_text(read(SCRIPTS[1]), encoding="utf-8")
    code = subprocess.run(
        [sys.executable, "-m", f"tutorials.{copy.stem}"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )
    assert code.returncode == 0, code.stderr
    assert code.stderr == ""
    assert list((tmp_path / "output").iterdir())


def prose(which):
    """The Markdown of a tutorial on one line."""
    (script,) = [s for s in SCRIPTS if number(s) == which]
    text = "\n".join(text for kind, text in cells(script) if kind)
    return " ".join(re.sub("^# ?", "", text, flags=re.M).split())


def test_measurements_that_a_tutorial_quotes_stand_on_the_page_that_it_names():
    claims, methods = (read(ROOT / "docs" / f"{page}.md") for page in ("claims", "methods"))
    quoted = re.findall(r"(\d\.\d\d)(?!\d)(?:(?!\d\.\d)[^()])*\(hypothesis (\d)\)", prose("16"))
    assert [hypothesis for _, hypothesis in quoted] == [*"1328"]
    for factor, hypothesis in quoted:
        assert re.search(rf"^\| {hypothesis} \|.*\| ×{factor} ", claims, re.M), hypothesis
    (seconds,) = re.findall(
        r"10⁻¹⁰ in (\S+) s and of 10⁻¹⁵ in (\S+) s, .* in (\S+) s and (\S+) s\.", prose("12b")
    )
    rows = re.findall(r"^\| \(1, 30.*\| quasi_newton \| \S+ \| (\S+) \| (\S+) \|", methods, re.M)
    assert [*sum(rows, ())] == [*seconds]


@pytest.mark.slow
def test_00_fit_slopes(run):
    names = run("00")
    assert names["near"] == {0: 0, 1: 20}
    assert max(losses[-1] for _, losses in names["found"][0]) < 1e-20
    assert names["errors"][0].min() > 0.05
    assert names["near_three"] == 20  # three values leave nothing to slopes


@pytest.mark.slow
def test_01_compare_norms(run):
    names = run("01")
    eps = names["epsilons"]
    powers = np.sqrt(np.pi) * np.stack([eps, 1 / eps, eps**-3.0], axis=1)
    np.testing.assert_allclose(names["norms"] ** 2, np.cumsum(powers**2, axis=1), rtol=1e-12)
    assert names["by_hand"] == pytest.approx(names["package"], rel=1e-13)
    assert np.min(names["sup_bounds"]) > 1
    assert np.ptp(np.array(names["sup_bounds"])[:, 0]) < 0.05  # (I2) says 1.6 of each spike
    assert names["cosh_bound"] == pytest.approx(np.cosh(2), rel=1e-13)
    assert names["ratios"][0] == pytest.approx(1, rel=1e-13) and max(names["ratios"][1:]) < 1
    np.testing.assert_allclose(names["defects"], [[0, -2], [0, 0], [0, 0], [0, 0]], atol=1e-14)
    np.testing.assert_allclose(names["powers"], [0.5, -0.5], atol=0.05)
    assert np.all(names["above"] > 0)  # aliases add more to s = 1 than is left out
    assert names["growth"] == pytest.approx({1.0: 1 / 16, 1.25: 1 / 4, 1.5: 1, 1.75: 4}, rel=0.05)


@pytest.mark.slow
def test_02_sum_integrals(run):
    names = run("02")
    np.testing.assert_allclose(names["factors"], 5, rtol=1e-9)
    assert names["grid_means"][0] == pytest.approx(0.2082, abs=5e-5)
    np.testing.assert_allclose(
        names["counts"] * (names["grid_means"] - names["mean"]), 0.8, atol=0.02
    )
    np.testing.assert_allclose(names["orders"], [-2, -4], atol=0.15)
    np.testing.assert_allclose(names["rough_orders"], -2, atol=0.15)
    assert names["smooth_error"]["Gauss"][2] < 1e-14 < 1e-7 < names["smooth_error"]["midpoint"][-1]
    assert names["cut_error"] < 1e-14
    monte_carlo, sobol = names["random_orders"]
    assert monte_carlo == pytest.approx(-0.5, abs=0.1) and sobol < -1.3
    midpoint, gauss, random, quasi = names["box_errors"][6]
    assert gauss < quasi < random < midpoint
    fits = names["fits"]
    assert fits[4][1] > 1e6 * fits[4][0]
    assert fits[40][1] == pytest.approx(fits[40][0], rel=0.05)


@pytest.mark.slow
def test_03_carry_derivatives(run):
    names = run("03")
    assert names["first_order_error"] < 1e-14
    assert names["product_error"] < 1e-14
    assert names["neuron_error"] < 1e-14
    assert names["largest_error"] < 1e-13
    assert names["two_variable_error"] < 1e-13 and names["plain_error"] < 1e-13
    assert names["package_error"] < 1e-13
    assert names["target_error"] < 1e-13 and names["loss_error"] < 1e-13
    assert "np.floor" in names["refusal"]  # the way out of np.remainder


@pytest.mark.slow
def test_04_transpose_passes(run):
    names = run("04")
    for name in ("literal_error", "hand_error", "transpose_error", "gradient_error", "split_error"):
        assert names[name] < 1e-13, name
    assert names["differential_error"] < 1e-7
    assert names["difference_error"] < 1e-6
    assert names["parts"][1][-1] == 0
    mine, limits = names["mine"], {"min_hidden": 1, "max_hidden": 1, "examples": 10}
    check_backward(mine, max_d=2, **limits)

    def mistaken(s, a_bar):
        z_bar = dict.fromkeys(a_bar, 0.0)
        for gamma in a_bar:
            for _, beta in names["pairs"](gamma):
                z_bar[beta] = z_bar[beta] + s[beta] * a_bar[gamma]
        return z_bar

    text = read(next(s for s in SCRIPTS if s.name.startswith("04")))
    (said,) = re.findall(r"^# ```\n# (W̄.*?)\n# ```", text, flags=re.M | re.S)
    with (
        mock.patch.dict(mine.__globals__, transpose=mistaken),
        pytest.raises(CheckFailed, match=re.escape(said.replace("\n#", "\n").replace("\n ", "\n"))),
    ):
        check_backward(mine, max_d=1, **limits)


@pytest.mark.slow
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


@pytest.mark.slow
def test_06_reproduce_paper(run):
    names = run("06")
    assert names["zero_mean"] == pytest.approx(
        {"sin(x)": 1, "exp(-x)": (1 - np.exp(-10)) / 5}, rel=1e-12
    )
    assert np.shape(names["rows_held"]) == (2, 10) and np.all(names["rows_held"])
    for name, (sup, _) in names["sup_errors"].items():
        assert sup < names["bounds"][name]
    np.testing.assert_allclose(names["paper_bounds"], [0.216, 0.0084], rtol=0.01)
    assert min(names["rises"].values()) > 10 and names["descent_rises"] == 0
    assert min(names["gains"]) > 1


@pytest.mark.slow
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
    late = names["late"]
    assert names["sharpness"][0] < 0.7 and late.min() > 0.85 and late.max() < 1.2
    assert names["rises"] > 50 and names["edge"][-1] < names["edge"][2000]
    assert np.all(np.diff(names["safe"]) < 0) and names["sizes"].max() < names["R"]
    assert names["step"].learning_rate == pytest.approx(1 / names["ball"].value, rel=0.01)
    assert names["package_error"] < 1e-13


@pytest.mark.slow
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


@pytest.mark.slow
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
    np.testing.assert_allclose(names["eigenvalues"][[0, -1]], [-10 / 3, 4], rtol=1e-12)
    assert names["far"] == pytest.approx([10, -30, 1050], rel=1e-12)
    for eta, path in names["cycle"].items():
        np.testing.assert_allclose(np.abs(path[-2:]), (0.75 * eta) ** 2, rtol=1e-9)
    assert names["package_error"] < 1e-12


@pytest.mark.slow
def test_10_compare_losses(run):
    names = run("10")
    np.testing.assert_allclose(names["by_waves"], names["by_nodes"], rtol=1e-13)
    eta = 1 / 65  # descent takes the highest wave of L_1 first, and leaves half of the lowest
    assert names["left_over"][1][0] == pytest.approx((1 - 2 * eta) ** 20, rel=1e-9)
    assert names["left_over"][1][-1] < 1e-12 and np.ptp(names["left_over"][0]) < 1e-12
    assert min(names["sooner"][1:]) > 16 and min(names["better"]) > 16  # the network, of 20
    halved = {k: np.median(steps, axis=0) for k, steps in names["halved"].items()}
    assert halved[1][2] < 0.7 * halved[0][2]


@pytest.mark.slow
def test_10b_count_data(run):
    names = run("10b")
    np.testing.assert_allclose(names["sup"][:, 1, 0] / names["sup"][:, 2, 0], 2, rtol=0.02)
    values, slopes, twice = names["middle"][:3, 0]
    assert twice < slopes < values / 2
    for lam, deviation in names["deviation"].items():
        np.testing.assert_allclose(deviation, names["predicted"][lam], rtol=0.05)
    assert names["worse"].tolist() == [1, 2, 3, 4]
    assert np.all(names["saved"] > 0) and names["saved"][2] < names["saved"][0] / 4  # by slopes


@pytest.mark.slow
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


@pytest.mark.slow
def test_12_use_curvature(run):
    names = run("12")
    assert names["seen"]["start"][:, 0].min() > 0.1 > 1e-3 > names["seen"]["late"][:, 0].max()
    assert names["seen"]["start"][:, 1].max() < 0  # H bends down
    assert names["hessp_error"] < 1e-14 < min(names["V"]) < 1e-8
    assert names["linear_error"] < 1e-13 and names["worse"] == 20
    assert names["rates"] == pytest.approx({0.05: 0.217, 0.01: 0.0367, 0.0: 0}, abs=5e-4)
    for eps, rate in names["rates"].items():
        newton, gauss_newton = (names["errors"][eps, name] for name in ("Newton", "Gauss–Newton"))
        assert newton[7] < 1e-12
        assert gauss_newton[8] < max(1e-12, rate**6)
    assert names["lower"] > 17 and names["package_error"] < 1e-13


@pytest.mark.slow
def test_12b_learn_curvature(run):
    names = run("12b")
    assert names["secant_error"] < 1e-9 and names["worst"] < 1e-8  # (Z1)
    assert names["lower"] > 17
    last = names["last"]  # digits between the two and Adam, from each start
    assert np.log10(last["adam"] / np.maximum(last["lm"], last["quasi_newton"])).min() > 3
    middle = {name: losses[-1] for name, losses in names["middle"].items()}
    assert middle["quasi_newton"] < middle["L-BFGS-B"] < middle["adam"]
    near, far, first = np.median(names["apart"], axis=0)  # H, 30, 100 and 200 steps before
    assert near < 0.2 < 0.5 < first and near < far < first
    by_pairs = {pairs: np.median(losses) for pairs, losses in names["by_pairs"].items()}
    assert 10 * by_pairs[10] < by_pairs[3] and by_pairs[100] > by_pairs[30] / 10
    assert names["package_error"] < 1e-12


@pytest.mark.slow
def test_13_fit_data(run):
    names = run("13")
    assert min(names["flat"]) > 0.7 and max(names["scaled_flat"]) == 0
    assert max(names["scaled"]) < 0.1 and min(names["unscaled"]) > 200
    values, slopes = (np.median(found) for found in names["pit_errors"].values())
    assert values > 5 * slopes and names["better"] > 18
    assert names["at_zero"] == pytest.approx(2, rel=1e-12)  # (W1)
    assert names["package_error"] < 1e-13


@pytest.mark.slow
def test_13b_price_options(run):
    names = run("13b")
    assert max(names["greek_errors"]) < 1e-10
    assert names["same_question"] < 1e-13  # (S2)
    medians = {name: np.median(rows, axis=0) for name, rows in names["found"].items()}
    for other in ("prices alone", "λ = 1, scaled"):
        assert np.all(medians["noise"] < medians[other])
    assert names["same_bits"] and names["package_error"] < 1e-13


@pytest.mark.slow
def test_14_solve_equation(run):
    names = run("14")
    assert names["package_error"] < 1e-13
    assert names["H1"][-1] < 1e-4 and np.all(names["H1"] < names["bounds"])  # without knowing u
    assert np.all(names["errors_20"] < names["bounds_20"])
    assert names["at_nodes"] < 1e-5 and names["between"][2] > 0.05  # few nodes: no certificate
    assert names["poor_error"] < names["poor_bound"]
    assert names["e_c"] < names["bound_c"].norm < 10 * names["e_c"] < 0.01  # (I8), on a square
    free, *held = [values[0] for values in names["by_beta"].values()]
    assert free > 0.1 and max(held) < 1e-2
    assert names["growth"][:, 0] == pytest.approx(np.sqrt(1 / 2), rel=1e-12)
    assert names["energy"] < names["bound_2"] < 0.02 and names["omega"] == pytest.approx(
        1.3065, abs=1e-4
    )
    assert names["error_b"] < 1e-4 and names["dF_error"] < 1e-12
    assert names["steepest"] < 0.01  # of the first step without ends
    assert names["loss_moved"] < 1e-19 and names["error_moved"] > 1  # Burgers has no such bound
    assert names["growth"][-1, 2] / names["growth"][0, 2] == pytest.approx(4, rel=0.01)  # √n


@pytest.mark.slow
def test_15_outgrow_machine(run):
    names = run("15")
    assert names["package_error"] < 1e-13
    np.testing.assert_allclose(names["memory"][0] / names["counts"], 13.3e-3, rtol=0.1)
    assert names["memory"][256].max() < 5
    changed = names["changed"]  # the block size alone changes bits
    assert changed["two threads"] == changed["backwards"] == 0 < changed["blocks of 100"]
    assert names["by_pool"] > 30 * names["by_step"]
    assert names["best"](10**6, 1000, 1e-5) == pytest.approx((10 / 1.016e-3) ** 0.5, rel=1e-13)


@pytest.mark.slow
def test_16_weigh_frequencies(run):
    names = run("16")
    np.testing.assert_allclose(names["kappas"][1], [36, 72 / 37], rtol=1e-9)
    assert names["steps"][0][1] > 100 * names["steps"][0][0]  # slower
    assert names["steps"][2][0] > 15 * names["steps"][2][1]  # and faster
    ratios, omega = names["ratios"], names["omega"]
    np.testing.assert_allclose(ratios["tanh, cos ωx"], 1 + omega**2, rtol=1e-9)
    np.testing.assert_allclose(ratios["sin, W held"], 1 + omega**2, rtol=1e-9)
    assert ratios["tanh, sin ωx"].max() < 1.2
    assert np.median(names["mixed"], axis=0).max() < 2  # the same cosines in a sum
    rows = {name: np.median(rows, axis=0) for name, rows in names["trained"].items()}  # (4, 8)
    for name, (fresh, _, _, trained) in rows.items():  # of the sines
        assert fresh.max() < 1.5
        assert trained.max() < 1.5 if name.endswith("alone") else trained.max() > 5
    of_six = rows["(1, 24, 24, 1), three sines"][:, 5]  # after 0, 50, 200 and 400 steps
    assert of_six[1] < 1 and of_six[2:].min() > 5
    assert names["package_error"] < 1e-12
    assert names["left_over"][-1][0] < 0.01 < 0.8 < names["left_over"][-1][-1]
    assert names["left_over"][1][-1] < 1e-12 < 0.4 < names["left_over"][1][0]
    best = {s: np.median(errors) for s, errors in names["best"].items()}
    assert 1.5 * best[-1] < best[0] and names["wins"] > 17


@pytest.mark.slow
def test_17_bound_errors(run):
    names = run("17")
    assert names["attained"] == pytest.approx(1, rel=1e-9) and names["other"] < 0.95
    assert names["by_hand"] == pytest.approx(names["product"], rel=1e-5)
    peaks = list(names["peaks"].values())
    assert peaks[-1].value > 5 * peaks[0].value and peaks[-1].norm < 1.2 * peaks[0].norm
    sup, bound = names["ratios"].T
    assert np.all(sup < bound) and bound[-1] < 0.05
    np.testing.assert_allclose(list(names["morrey"].values()), 1, rtol=1e-6)
    assert names["constants"][0] > 5 * names["constants"][3]


@pytest.mark.slow
def test_18_stay_stable(run):
    names = run("18")
    assert all((size < 1e-3) == (factor < 1) for (_, factor), size in names["runs"].items())
    assert names["held"][0.99] < 1e-3 and names["held"][1.01] > 1e6
    late = np.array(names["shares"][20:])
    assert names["shares"][0] < 0.9 and late.min() > 0.75 and late.max() < 1.25
    limits = {size: limit * names["top"] for size, limit in names["limits"].items()}
    assert limits == pytest.approx({1: 1.153, 2: 1.646, 4: 1.922, 8: 2}, abs=1e-3)
    ends = {size: history[-1] for size, history in names["in_batches"].items()}
    assert ends[8] < 1e-10 and ends[4] < 1e-10 and ends[1] > 1e10


@pytest.mark.slow
def test_19_vary_exponents(run):
    names = run("19")
    assert 5 * names["off"][1] < names["off"][2] < names["off"][20]
    assert np.all(np.diff(list(names["largest"].values())) < 1e-9)
    assert abs(names["paths"][7.0][-1]) < 1 and abs(names["paths"][10.0][-1]) > 1e100
    assert names["plain"]["Newton"][-1] == pytest.approx(names["best"].fun, rel=1e-10)
    assert names["plain"]["IRLS"][-1] > 10 * names["best"].fun
    assert names["descents"][1.1][-1] > 1e-5 and names["solved"][1.1].condition > 1e4
    assert names["lower"] == pytest.approx(names["best"].fun ** 0.2, rel=1e-10)
    assert names["primal"].fun == pytest.approx(names["fits"][1].fun, rel=1e-8)


@pytest.mark.slow
def test_20_read_package(run):
    names = run("20")
    for name in ("product_error", "affine_error", "activation_error", "loss_error"):
        assert names[name] < 1e-13, name
    for tag in names["tags"]:
        assert len(names["lines"][tag]) == 2, tag
