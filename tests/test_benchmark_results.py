"""The README and docs/methods.md say of speed what `benchmarks/results` has."""

import csv
import platform
from collections import defaultdict
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from benchmarks import environment, page, scaling

ROOT = Path(__file__).parents[1]
KINDS = ("avx2", "avx512")


def measured(kind):
    """From (network, activation, k, N) to the record of that row."""
    path = ROOT / "benchmarks" / "results" / kind / "rows.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return {(r["network"], r["activation"], r["k"], r["N"]): r for r in csv.DictReader(file)}


def shown():
    """The README's rows: (network, activation, k, N) and the numbers behind, as they are printed."""
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| (") and ", k = " in line:
            name, *numbers = (cell.strip() for cell in line.strip("|").split("|"))
            network, rest = name.split("), ")
            activation, k, n = rest.split(", ")
            yield (f"{network})".replace(" ", ""), activation, k.removeprefix("k = "), n), numbers


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_has_the_numbers_of_the_results(kind):
    """PyTorch's and JAX's time over ours, and ours over the limit's, with one decimal."""
    rows, lines = measured(kind), list(shown())
    assert len(lines) > 5
    for row, numbers in lines:
        record = rows[row]
        ours = float(record["sobolev_ref ms"])
        ratios = [float(record[f"{peer} ms"]) / ours for peer in ("PyTorch", "JAX")]
        expected = [f"{ratio:.1f}" for ratio in (*ratios, float(record["ours / limit"]))]
        assert numbers[KINDS.index(kind) :: 2] == expected, row


def test_the_page_of_methods_has_the_medians_of_the_results():
    """Of ten starts for "quasi_newton", of three where none of these came to the last goal of its block."""
    page = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    single = defaultdict(list)  # from (problem, method, goal) to the numbers of all starts
    for name in ("sines", "others"):
        path = ROOT / "benchmarks" / "results" / f"accuracy_{name}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key = row["problem"], row["method"], row["goal"]
                single[key].append(float(row["seconds or loss"]))
    methods = ("quasi_newton", "quasi_newton, SSBFGS", "L-BFGS-B", "BFGS")
    problem = ""
    for line in page.splitlines():
        first, *cells = [cell.strip() for cell in line.split("|")[1:-1]] or [""]
        if first.startswith("p = "):
            for method, loss in zip(methods, cells, strict=True):
                found = single.pop((f"sine, {first}, (1, 12, 1)", method, "loss"))
                assert len(found) == 3 and loss == f"{median(found):.2g}", line
        elif len(cells) == 5 and cells[0] in ("lm", *methods):
            problem = first or problem
            for goal, seconds in zip(("1e-06", "1e-10", "1e-15"), cells[1:4]):
                found = single.pop((problem, cells[0], goal))
                assert len(found) == (10 if cells[0] in methods[:2] else 3)
                assert seconds in ("", f"{median(found):.2g}".replace("inf", "never")), line
    assert not single
    assert "1e-15 in 0.61 s of one core" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "| (1, 30, 1), 64 nodes | quasi_newton | 0.025 | 0.11 | 0.61 |" in page
    assert "| (1, 30, 30, 1), 64 nodes | quasi_newton | 0.099 | 0.36 | 1.2 |" in page
    tutorial = (ROOT / "tutorials" / "12b_learn_curvature.py").read_text(encoding="utf-8")
    times = "10⁻¹⁰ in 0.11 s and of 10⁻¹⁵ in 0.61 s, two layers of 30 in 0.36 s and 1.2 s"
    assert times in tutorial


def test_a_processor_may_have_no_more_than_numpy_takes_for_granted(monkeypatch):
    """Then NumPy leaves out what it found; the kind is the machine's name."""
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": {"baseline": ["A"]}})
    assert environment.kind() == platform.machine()
    assert environment.without_avx512()["NPY_DISABLE_CPU_FEATURES"] == ""


def test_the_figure_of_scaling_can_be_drawn_from_its_table():
    """The series that are read back have the exponents that the run wrote, and so the figure's titles."""
    for path in (ROOT / "benchmarks" / "results").glob("*/scaling.csv"):
        records = page.read(path)
        found = {one.name: one for one in scaling.saved(records)}
        assert list(found) == [one.name for one in scaling.series(quick=False)]
        for r in records:
            assert found[r["series"]].size == r["of"]
            exponent = found[r["series"]].exponent(r["contender"])
            assert exponent == pytest.approx(float(r["exponent"]), rel=1e-12)
