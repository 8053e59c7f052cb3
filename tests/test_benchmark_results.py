"""The README says of speed what `benchmarks/results` has, for each kind of processor."""

import csv
import platform
from pathlib import Path

import numpy as np
import pytest

from benchmarks import environment

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


def test_a_processor_may_have_no_more_than_numpy_takes_for_granted(monkeypatch):
    """Then NumPy leaves out what it found; the kind is the machine's name."""
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": {"baseline": ["A"]}})
    assert environment.kind() == platform.machine()
    assert environment.without_avx512()["NPY_DISABLE_CPU_FEATURES"] == ""
