"""docs/conformance.json: the package conforms at every level, the page's reader sees what does not.

Its answers are mpmath's, by differences and by Cauchy's integrals (tests/oracle/make_conformance.py).
"""

import importlib.util
import json
import math
import os
import re
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from oracle.configurations import (
    CONFORMANCE_SEED,
    CONFORMANCE_VERSION,
    SMOOTH,
    conformance,
    multi_indices,
)

import sobolev_ref as sr

ROOT = Path(__file__).parents[1]
FILE, PAGE = ROOT / "docs" / "conformance.json", ROOT / "docs" / "conformance.md"
SCRIPT = ROOT / "tests" / "oracle" / "make_conformance.py"
ANSWERS = ("derivatives", "loss", "gradient")
TOLERANCE = 1e-13
LEVELS = ("values", "derivatives", "loss", "gradient")


@cache
def stored():
    return json.loads(FILE.read_text(encoding="utf-8"))


def test_the_file_holds_its_questions_and_17_digits():
    contents = stored()
    assert contents["made_by"] == str(SCRIPT.relative_to(ROOT).as_posix()) and SCRIPT.exists()
    assert (contents["version"], contents["seed"]) == (CONFORMANCE_VERSION, CONFORMANCE_SEED)
    questions = [{k: v for k, v in c.items() if k not in ANSWERS} for c in contents["cases"]]
    assert questions == conformance()
    assert f"holds {len(questions)} small networks" in PAGE.read_text(encoding="utf-8")
    assert FILE.stat().st_size < 1.5e6
    digits = re.findall(r'"loss":([\d.]+)', FILE.read_text(encoding="utf-8"))
    lengths = [len(text.replace(".", "").lstrip("0")) for text in digits]
    assert len(lengths) > 300 and max(lengths) == 17 and np.median(lengths) >= 16


def test_the_cases_cover_what_the_page_says():
    cases = stored()["cases"]
    assert [case["id"] for case in cases] == list(range(len(cases)))
    kinds = {(c["widths"][0], c["order"], c["activation"], len(c["widths"]) - 2) for c in cases}
    assert set(SMOOTH) == set(sr.ACTIVATIONS) - {"relu"}
    for d in (1, 2, 3):
        for k in range(5):
            assert {(d, k, "identity", 0), (d, k, "identity", 1)} <= kinds
            for name in set(SMOOTH) - {"identity"}:
                assert {(d, k, name, depth) for depth in (1, 2, 3)} <= kinds
    assert {case["widths"][-1] for case in cases} == {1, 2, 3}
    for d in (1, 2, 3):
        assert {case["p"] for case in cases if case["widths"][0] == d} == {1.5, 2, 3, 4}
    for case in cases:
        assert case["indices"] == [list(a) for a in multi_indices(case["widths"][0], case["order"])]


def loss_of(case):
    alphas = [tuple(alpha) for alpha in case["indices"]]
    return sr.SobolevLoss(
        sr.MLP(case["widths"], case["activation"]),
        {alpha: np.array(rows) for alpha, rows in zip(alphas, case["target"])},
        sr.Quadrature(case["nodes"], case["quadrature"]),
        order=case["order"],
        p=case["p"],
        weights=dict(zip(alphas, case["weights"])),
    )


def run(block, folder, *arguments):
    """What one of the page's blocks of Python defines, run in this folder."""
    code = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    (folder / "conform.py").write_text(code[block], encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["conform.py", *arguments])
        return runpy.run_path("conform.py")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """The package's own, by the page's example."""
    folder = tmp_path_factory.mktemp("conformance")
    (folder / "conformance.json").write_bytes(FILE.read_bytes())
    run(1, folder)
    return json.loads((folder / "answers.json").read_text(encoding="utf-8"))


def counted(folder, capsys, answers, tolerance=TOLERANCE):
    """The lines of the page's reader, which reads these answers."""
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    run(0, folder, str(FILE), "answers.json", str(tolerance))
    lines = re.findall(r"(\w+): (\d+) of (\d+) cases conform to", capsys.readouterr().out)
    return {level: (int(n), int(of)) for level, n, of in lines}


@pytest.mark.slow
def test_the_package_conforms_at_every_level(answers, tmp_path, capsys):
    cases = stored()["cases"]
    n, higher = len(cases), sum(case["order"] > 0 for case in cases)
    found = counted(tmp_path, capsys, answers)
    assert found == dict(zip(LEVELS, ((n, n), (higher, higher), (n, n), (n, n))))


@pytest.mark.parametrize("name", SMOOTH)
def test_the_package_is_right_to_rounding(answers, name):
    """The same comparison with NumPy: each order's derivatives and each array to its largest entry."""
    for case in stored()["cases"]:
        if case["activation"] == name:
            ours = answers[str(case["id"])]
            orders = [sum(alpha) for alpha in case["indices"]]
            pairs = [(ours["loss"], case["loss"]), (ours["gradient"], case["gradient"])]
            for n in range(case["order"] + 1):
                rows = [a for a, order in enumerate(orders) if order == n]
                pairs.append([np.array(u["derivatives"])[rows] for u in (ours, case)])
            for got, exact in pairs:
                atol = TOLERANCE * (np.abs(exact).max() or 1)
                np.testing.assert_allclose(got, exact, 0, atol, err_msg=f"case {case['id']}")


@pytest.mark.parametrize(
    ("number", "within"), [(132, True), (345, True), (186, False), (200, False)]
)
def test_finite_differences_come_to_the_tolerance_in_some_cases(number, within):
    """∇L by 12 points with the step h = 0.02, exact for polynomials of degree 12."""
    case, h = stored()["cases"][number], 0.02
    theta, exact = np.array(case["theta"]), np.array(case["gradient"])
    loss, found = loss_of(case), np.zeros(len(theta))
    for j in range(1, 7):
        weight = (-1) ** (j + 1) * math.comb(12, 6 - j) / (j * math.comb(12, 6) * h)
        moved = j * h * np.eye(len(theta))
        found += weight * np.array([loss(theta + e)[0] - loss(theta - e)[0] for e in moved])
    error = np.abs(found - exact).max() / np.abs(exact).max()
    assert error < 1e-13 if within else error > 1e-10


def test_the_reader_is_thirty_lines_of_plain_python():
    code = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 30
    assert re.findall(r"^(?:import|from) (\w+)", code, re.M) == ["json", "sys", "pathlib"]


def changed(answers, change):
    """The answers with a change to each."""
    copy = json.loads(json.dumps(answers))
    for case in stored()["cases"]:
        change(copy[str(case["id"])], case)
    return copy


def coefficients(answer, case):
    """Taylor coefficients in place of derivatives."""
    for a, alpha in enumerate(case["indices"]):
        factor = math.prod(map(math.factorial, alpha))
        rows = answer["derivatives"][a]
        answer["derivatives"][a] = [[u / factor for u in row] for row in rows]


def without_the_power(answer, case):
    answer["gradient"] = [g / case["p"] for g in answer["gradient"]]


def values_alone(answer, case):
    answer |= {"derivatives": answer["derivatives"][:1]}
    del answer["loss"], answer["gradient"]


def not_a_number(answer, case):
    answer["derivatives"][0][-1][-1] = math.nan
    answer["gradient"][-1] = math.nan


def misshapen(answer, case):
    answer["derivatives"][0] = answer["derivatives"][0][0]
    answer["gradient"] = answer["gradient"][:-1]
    answer["loss"] = [answer["loss"]]


@pytest.mark.parametrize(
    ("change", "hurt", "none_left"),
    [
        (coefficients, {"derivatives"}, False),  # right for k ≤ 1
        (without_the_power, {"gradient"}, True),
        (values_alone, {"derivatives", "loss", "gradient"}, True),
        (not_a_number, {"values", "gradient"}, True),
        (misshapen, {"values", "loss", "gradient"}, True),
        (lambda answer, case: answer.clear(), set(LEVELS), True),
    ],
)
def test_the_reader_sees_what_is_wrong(answers, tmp_path, capsys, change, hurt, none_left):
    found = counted(tmp_path, capsys, changed(answers, change), 1e-4)
    assert set(found) == set(LEVELS)
    assert {level for level, (n, of) in found.items() if n < of} == hurt
    assert all((found[level][0] == 0) == none_left for level in hurt)


@pytest.mark.slow
def test_the_script_gives_the_file():
    """Cases of every kind that take it a second or two, digit for digit."""
    if importlib.util.find_spec("mpmath") is None and not os.environ.get("FRAMEWORKS"):
        pytest.skip("mpmath is not installed")  # PyTorch brings it
    ids = [0, 4, 30, 61, 121, 345, 358]
    out = subprocess.check_output([sys.executable, SCRIPT, "--ids", *map(str, ids)], text=True)
    assert json.loads(out) == [stored()["cases"][i] for i in ids]
