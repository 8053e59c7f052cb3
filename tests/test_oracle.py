"""The package against answers that mpmath gives to 50 digits: derivatives, losses, gradients, activations.

tests/oracle/make_oracle.py made the answers, by divided differences of models that are evaluated as their
definitions read; no Taylor arithmetic and no backpropagation had a part in them. Every comparison is to
1e−13, relative to the largest entry: of its degree for derivatives, of the array for the others.
"""

import ast
import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from oracle.configurations import (
    ACTIVATION_ORDER,
    ACTIVATIONS,
    COUNT,
    EXPONENTS,
    FAMILIES,
    SEED,
    VERSION,
    configurations,
)

import sobolev_ref as sr
from sobolev_ref import MLP, LinearModel, SobolevLoss
from sobolev_ref.jets.algebra import taylor_algebra

FOLDER = Path(__file__).with_name("oracle")
TOLERANCE = 1e-13
KINDS = (*ACTIVATIONS, *FAMILIES)


@cache
def oracle():
    return json.loads(gzip.decompress((FOLDER / "oracle.json.gz").read_bytes()))


def kind(question):
    return question["model"].get("family", question["model"].get("activation"))


def of_kind(name):
    """(number, question) of every configuration of that activation or family."""
    return [(i, q) for i, q in enumerate(oracle()["configurations"]) if kind(q) == name]


def build(spec):
    family = spec.get("family")
    if family is None:
        return MLP(spec["widths"], spec["activation"])
    if family == "frozen":
        return LinearModel.from_mlp(MLP(spec["widths"], spec["activation"]), spec["frozen"])
    if family == "fourier":
        return LinearModel.fourier(spec["degree"], spec["bounds"], m=spec["m"])
    return LinearModel.polynomial(spec["degree"], spec["bounds"], m=spec["m"], kind=family)


def losses(question):
    """The configuration's loss, on each road that it has."""
    model, order = build(question["model"]), question["order"]
    indices = sr.multi_indices(model.d, order)
    data = {alpha: np.array(rows, float) for alpha, rows in zip(indices, question["data"])}
    data = {alpha: rows for alpha, rows in data.items() if not np.isnan(rows).all()}
    weights = question["weights"]  # None in the data is NaN: not measured
    if isinstance(weights, dict):
        weights = {tuple(alpha): value for alpha, value in weights["by_alpha"]}
    both = isinstance(model, MLP) and len(model.widths) > 2 and order >= 1
    if not data:
        assert question["answers"]["value"] == "0.0" or float(question["answers"]["value"]) == 0
        return []  # a loss of nothing is refused
    return [
        SobolevLoss(
            model,
            data,
            sr.Quadrature(question["nodes"], question["quadrature"]),
            order=order,
            p=question["p"],
            weights=weights,
            kinks="ignore",
            road=road,
        )
        for road in (("forward", "reverse") if both else ("forward",))
    ]


def error(ours, answer):
    """The largest error relative to the largest entry; absolute where the answer is 0 throughout."""
    exact = np.array(answer, float)
    assert np.shape(ours) == exact.shape
    return np.abs(ours - exact).max() / (np.abs(exact).max() or 1.0)


def test_the_file_says_what_made_it_and_holds_its_questions():
    """Version and seed are those of the generator, whose questions, drawn again, are the file's."""
    header = oracle()["header"]
    assert header["made_by"] == "tests/oracle/make_oracle.py"
    assert (FOLDER / "make_oracle.py").exists()
    assert (header["version"], header["seed"]) == (VERSION, SEED)
    constants = {
        node.targets[0].id: node.value
        for node in ast.parse((FOLDER / "make_oracle.py").read_text("utf-8")).body
        if isinstance(node, ast.Assign)
    }
    assert header["digits"] == ast.literal_eval(constants["DIGITS"]) == 50
    stored = [{k: v for k, v in q.items() if k != "answers"} for q in oracle()["configurations"]]
    assert stored == configurations(header["seed"])
    digits = oracle()["configurations"][0]["answers"]["value"].replace(".", "").lstrip("-0")
    assert 45 <= len(digits) <= 50


def test_the_questions_cover_the_package():
    questions = oracle()["configurations"]
    assert len(questions) == COUNT >= 200
    cover = lambda f: {f(q) for q in questions}
    assert cover(kind) == set(KINDS)
    assert cover(lambda q: (len(q["nodes"][0]), q["order"])) == {
        (d, k) for d in (1, 2, 3, 4) for k in range(5)
    }
    assert cover(lambda q: q["p"]) == set(EXPONENTS)
    assert cover(lambda q: len(q["data"][0][0])) == {1, 2, 3}
    assert cover(lambda q: len(q["nodes"])) == {1, 2, 3, 4}
    hidden = cover(lambda q: len(q["model"]["widths"]) - 2 if "widths" in q["model"] else 0)
    assert hidden == {0, 1, 2, 3}
    assert cover(lambda q: isinstance(q["weights"], dict)) == {True, False}
    missing = sum("null" in json.dumps(q["data"]) for q in questions)
    assert 40 < missing < 150


@pytest.mark.parametrize("name", KINDS)
def test_derivatives(name):
    """(J2), (J3): Dᵅu_θ, to the largest entry of its degree."""
    for i, question in of_kind(name):
        model, order = build(question["model"]), question["order"]
        ours = model.derivatives(question["theta"], question["nodes"], order)
        assert list(ours) == list(sr.multi_indices(model.d, order))
        for n in range(order + 1):
            rows = [a for a, alpha in enumerate(ours) if sum(alpha) == n]
            exact = [question["answers"]["derivatives"][a] for a in rows]
            values = np.stack(list(ours.values()))[rows]
            assert error(values, exact) < TOLERANCE, f"configuration {i}, degree {n}"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:weights:UserWarning")  # of data and weights drawn by themselves
@pytest.mark.parametrize("name", KINDS)
def test_losses_and_gradients(name):
    """(D3), (T1), (T2), by the forward and by the reverse road (R1), (R2)."""
    for i, question in of_kind(name):
        answers = question["answers"]
        for loss in losses(question):
            value, gradient = loss(question["theta"])
            terms = list(loss.terms(question["theta"]).values())
            where = f"configuration {i}, {loss.road} road"
            assert error(value, answers["value"]) < TOLERANCE, where
            assert error(terms, answers["terms"]) < TOLERANCE, where
            assert error(gradient, answers["gradient"]) < TOLERANCE, where


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_to_order_eight_keep_every_digit(name):
    """σ⁽ⁿ⁾ and (σ′)⁽ⁿ⁾, n ≤ 8, |z| ≤ 40, each relative to itself, down to 1e−290: no tail loses digits."""
    T = taylor_algebra(1, ACTIVATION_ORDER - 1)
    z = np.array(oracle()["points"])
    exact = np.array(oracle()["activations"][name], float)  # (10, N)
    a, s = sr.ACTIVATIONS[name].jets(T.variables(z[:, None]), T)
    assert np.abs(z).max() == 40 and T.order == 8
    for jet, expected in ((a, exact[:-1]), (s, exact[1:])):
        ours = T.factorials[:, None] * jet[..., 0]
        np.testing.assert_allclose(ours, expected, rtol=TOLERANCE, atol=TOLERANCE * 1e-290)
