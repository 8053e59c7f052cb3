"""The course: assignments have their form, model solutions every point, and wrong ones what they earned."""

import ast
import doctest
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sobolev_ref.testing import course
from sobolev_ref.testing.cases import code
from sobolev_ref.testing.course_checks import (
    ASSIGNMENTS,
    Held,
    difference,
    levenberg_marquardt,
    valleys,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = dict(enumerate(sorted((ROOT / "tutorials" / "course").glob("0*.py")), 1))
MODELS = {n: ROOT / "tests" / "testing" / "solutions" / path.name for n, path in FILES.items()}
each = pytest.mark.parametrize("number", FILES)


def functions(source):
    """The functions that a source defines, marked here, in this process."""
    names = {}
    exec(compile(source, "solution.py", "exec"), names)
    return names


def affected(source, changed):
    """The functions that a change of a solution touches, and all that use them."""
    before, after = (
        {f.name: ast.unparse(f) for f in ast.parse(text).body if isinstance(f, ast.FunctionDef)}
        for text in (source, changed)
    )
    found = {name for name, text in after.items() if text != before[name]}
    while more := {
        name
        for name in after.keys() - found
        if any(re.search(rf"\b{other}\b", after[name]) for other in found)
    }:
        found |= more
    return found


# -- the assignments -----------------------------------------------------------------------------------


def test_there_are_seven():
    assert list(FILES) == list(ASSIGNMENTS) == [1, 2, 3, 4, 5, 6, 7]
    assert {path.name for path in MODELS.values()} == {
        path.name for path in MODELS[1].parent.glob("*.py")
    }


@each
def test_the_form_of_an_assignment(number):
    text = FILES[number].read_text(encoding="utf-8")
    asked = ASSIGNMENTS[number]
    assert text.startswith(f"# %% [markdown]\n# # Assignment {number}. {asked.title}\n")
    parts = [
        "**Read first.** ",
        "**The task.** ",
        "**Shapes.** ",
        "**Given.** ",
        "**Points.** 10 in",
    ]
    places = [text.find(f"\n# {part}") for part in [*parts, "## Try it", "## Hints"]]
    assert -1 not in places and places == sorted(places)
    assert max(map(len, text.splitlines())) <= 88
    assert f"#     python -m sobolev_ref.testing {number} {FILES[number].name}\n" in text
    imports = re.findall(r"^(?:import|from) (\w+)", text, flags=re.M)
    assert imports == ["numpy"]
    rows = re.findall(r"^# \| `(\w+)` \| (.*) \| (\d+) \|$", text, flags=re.M)
    assert rows == [(own.function, own.says, str(own.points)) for own in asked.properties]
    assert sum(own.points for own in asked.properties) == 10
    names = list(dict.fromkeys(own.function for own in asked.properties))
    assert re.findall(r"^def (\w+)", text, flags=re.M) == names
    assert text.count("    raise NotImplementedError\n") == len(names)
    assert set(re.findall(r"[Tt]utorials? (\d\d)", text)) <= {
        "02",
        "03",
        "04",
        "05",
        "07",
        "08",
        "12",
    }


@each
def test_what_is_to_be_read_first_is_there(number):
    text = FILES[number].read_text(encoding="utf-8")
    first = " ".join(re.search(r"\*\*Read first\.\*\*(.*?)\n#\n", text, re.S)[1].split("\n# "))
    tutorials = [
        path.read_text(encoding="utf-8")
        for named in re.findall(r"[Tt]utorial (\d\d)", first)
        for path in (ROOT / "tutorials").glob(f"{named}_*.py")
    ]
    assert tutorials
    for section in re.findall(r'"([^"]+)"', first):
        assert any(f"\n# ## {section}\n" in tutorial for tutorial in tutorials), section


@each
def test_the_examples_hold_for_the_model_solution(number):
    names = functions(MODELS[number].read_text(encoding="utf-8"))
    for name, empty in runpy.run_path(str(FILES[number])).items():
        if callable(empty):
            test = doctest.DocTestParser().get_doctest(empty.__doc__, dict(names), name, None, 0)
            assert test.examples
            assert doctest.DocTestRunner().run(test).failed == 0


# -- marks ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@each
def test_a_model_solution_gets_every_point(number):
    marked = course.mark(number, MODELS[number])
    assert [(v.message, v.points) for v in marked.verdicts] == [("", v.of) for v in marked.verdicts]
    assert (marked.points, marked.of, marked.file) == (10, 10, MODELS[number].name)
    assert str(marked).endswith("\n\nSum: 10 of 10 points.\nAll properties hold. Well done.")


@pytest.mark.slow
@each
def test_an_empty_assignment_gets_no_points_and_a_kind_word(number):
    marked = course.mark(number, FILES[number])
    assert not any(v.points or v.written for v in marked.verdicts)
    assert "Sum: 0 of 10 points.\nNothing is written yet, and everybody begins there." in str(
        marked
    )
    assert str(marked).count("is not written yet") == len({v.function for v in marked.verdicts})
    assert "failed" not in str(marked)


WRONG = [  # assignment, what stands in the model, what stands there now, points, a mistake or a word
    (1, "(np.arange(n) + 0.5) * h", "np.arange(n) * h", 8, "left-ends"),
    (1, "    weights[[0, -1]] /= 2\n", "", 8, "ends-not-halved"),
    (1, "a + h * (t + 1)", "t", 4, "nodes-not-mapped"),
    (1, "h * v for h in half", "v for h in half", 4, "weights-not-mapped"),
    (1, "np.prod(weights", "np.sum(weights", 7, "weights-added"),
    (2, "row[:] = alpha", "row[:] = 1", 8, "the unit vector e_q"),
    (2, "return np.array([sum(u[", "return u * v\n    return np.array([sum(u[", 4, "product-entrywise"),
    (2, "*(range(n + 1) for n in gamma)", "range(gamma[0] + 1), *[(0,)] * len(gamma[1:])", 7,
     "got = times(u, v, alphas)"),
    (2, "return u * np.array", "return u / np.array", 8, "it divides by α!"),
    (2, "math.prod(map(math.factorial, alpha))", "math.factorial(sum(alpha))", 8, "|α|!"),
    (3, "z[0] = z[0] + b", "z = z + b", 8, "added at every α"),
    (3, "a @ W.T", "a @ W", 8, "W is transposed"),
    (3, "sum(terms) / gamma[q]", "sum(terms)", 2, "chain-without-gamma"),
    (3, "a[q] * z[row[a]]", "z[row[a]]", 2, "chain-without-alpha"),
    (3, "4 * e / (1 + e) ** 2", "1 - np.tanh(z[0]) ** 2", 9, "saturation-cancels"),
    (4, "z_bar[row[beta]] += s[row[rest]] * a_bar[row[gamma]]",
     "z_bar[row[gamma]] += s[row[rest]] * a_bar[row[beta]]", 2, "transpose-is-product"),
    (4, "z_bar[0].sum(axis=0)", "z_bar.sum(axis=(0, 1))", 5, "sums over every α"),
    (4, "[W_bar.ravel(), b_bar, gradient]", "[b_bar, W_bar.ravel(), gradient]", 7, "gradient-bias-first"),
    (4, "z_bar = transposed(s, a_bar, alphas)", "z_bar = a_bar", 7, "slope-missing-backward"),
    (5, "np.sign(r) * np.abs(r) ** (p - 1)", "np.abs(r) ** (p - 1)", 4, "the sign of r"),
    (5, "np.sign(r) * np", "np.where(r >= 0, 1, -1) * np", 4, "φ_p(0) = 0 for p = 1 too"),
    (5, "factor * weights[:, None, None] * w", "factor * w", 6, "lambda-missing"),
    (5, "return factor * weights", "return weights", 6, "factorial-missing"),
    (5, "    r = factorials(alphas) * u - target", "    r = u - target", 6, "factorial-missing-in-residual"),
    (6, "path[-1] - learning_rate", "path[-1] + learning_rate", 4, "ascent"),
    (6, "return 2 * np.linalg.norm", "return np.linalg.norm", 6, "the Hessian is 2ΦᵀΦ"),
    (6, "* np.sum(g**2)", "* np.linalg.norm(g)", 8, "is not squared"),
    (6, "return np.array(path)", "return np.array(path[1:])", 4, "start-missing"),
    (6, "1 / lipschitz", "2.1 / lipschitz", 7, "rises"),
    (7, "(np.sqrt(np.outer(weights, w)) * (u", "(np.outer(weights, w) * (u", 6, "(G1) takes roots"),
    (7, "lstsq(J, -r", "lstsq(J, r", 8, "the sign of δ"),
    (7, "np.sqrt(mu) * np.eye", "mu * np.eye", 6, "μ²‖δ‖²"),
    (7, "    P = J.shape[1]\n", "    return np.linalg.solve(J.T @ J + mu, -J.T @ r)\n", 6,
     "μI has μ on the diagonal"),
    (7, "return np.array(losses)", "return np.array(losses[1:])", 8, "loss at the start is missing"),
    (7, "a * s - 2 * a * b * x * t * s", "a * s", 6, "If it calls jacobian, mend that first."),
    (7, "if r_trial @ r_trial < losses[-1]:", "if True:", 8, "even where the loss rises"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "old", "new", "points", "word"),
    [pytest.param(*row, marks=[pytest.mark.slow] * (row[0] != 2)) for row in WRONG],
)
def test_a_wrong_solution_gets_what_it_earned_and_is_told(number, old, new, points, word):
    source = MODELS[number].read_text(encoding="utf-8")
    assert source.count(old) == 1
    wrong = source.replace(old, new)
    changed = affected(source, wrong)
    asked = [own for own in ASSIGNMENTS[number].properties if own.function in changed]
    found = course.judged(asked, functions(wrong).__getitem__)
    assert 10 - sum(v.of - v.points for v in found) == points  # the model has all the others
    assert any(word in v.message or word in v.mistakes for v in found)
    assert not any("your_function" in v.message for v in found)


def test_each_assignment_has_wrong_solutions():
    assert all(sum(row[0] == number for row in WRONG) >= 4 for number in FILES)


def test_a_mistake_of_each_table_is_told_from_the_others():
    """Each, taken for a solution, is named, and it alone."""
    for asked in ASSIGNMENTS.values():
        for own in asked.properties:
            for name, (_, made) in getattr(own.check, "mistakes", {}).items():

                def wrong(*arguments, own=own, made=made):
                    names = next(iter(own.check.cases()))
                    with np.errstate(all="ignore"):
                        return made(**dict(zip(names, arguments)))

                found = course.judge(own, wrong)
                assert found.mistakes == (name,), (own.function, name, found)
                assert found.points == 0 and "This looks like: " in found.message


def test_trials_are_taken_and_refused_by_a_tenth_of_the_loss():
    """So no decision hangs on rounding."""
    falls = []
    for case in valleys():
        told, kept = levenberg_marquardt(**case, shown=True), levenberg_marquardt(**case)
        changes = told[1:] / kept[:-1] - 1
        np.testing.assert_array_less(0.1, np.abs(changes))
        falls += (changes < 0).tolist()
    assert 0.2 < np.mean(falls) < 0.8


# -- messages ------------------------------------------------------------------------------------------

HELD = Held(lambda: [{"x": np.ones(1)}, {"x": np.array([2.0, 3.0])}], lambda x: x**2)


def fails(check, function):
    """What a check says of a function."""
    with pytest.raises(AssertionError) as caught:
        check(function)
    return str(caught.value)


def test_what_a_check_says():
    def cube(x):
        x *= x * x  # of a copy
        return x

    told = fails(HELD, cube)
    assert told == (
        "The smallest case found:\n    x = np.array([2.0, 3.0])\n    got = cube(x)\n"
        "The entry [0]: got 8.0, expected 4.0; 2 of 2 entries are wrong."
    )
    assert fails(HELD, lambda x: x[1:] ** 2).endswith("The shape is (0,), expected (1,).")
    told = fails(HELD, lambda x: {}[0])
    assert told.startswith(
        "Your code raises KeyError: 0\nThe smallest case found:\n    x = np.array([1.0]"
    )
    # What fails in a small case is told, and not what breaks in a larger one.
    told = fails(HELD, lambda x: 1 / (2 - len(x)) + x)
    assert "The entry [0]: got 2.0, expected 1.0; 1 of 1 entry is wrong." in told
    HELD(lambda x: x**2 * (1 + 1e-10))


def test_differences():
    two = (np.ones(2), np.array(1.0))
    assert difference([[1, 1], 1], two, ("a", "b")) == ""
    assert difference(np.ones(2), two, ("a", "b")) == "Expected a tuple of 2: a, b."
    assert difference((1,), two, ("a", "b")) == "Expected a tuple of 2: a, b."
    assert difference(([1, 1], 2), two, ("a", "b")) == "Of b: Got 2, expected 1.0."
    assert difference([[1], [1, 2]], np.ones(2)).startswith("What it returns has rows of different")
    for no_number in ("one", 1j, None, [object()]):
        assert (
            difference(no_number, np.array(1.0)) == "What it returns is no array of real numbers."
        )
    assert difference([np.nan, np.inf], np.ones(2)).startswith(
        "The entry [0]: got nan, expected 1.0; 2"
    )
    assert difference([True, False], np.array([1.0, 0.0])) == ""
    assert difference(np.zeros((0, 2)), np.zeros((0, 2))) == ""


def test_cases_can_be_pasted():
    tape = [(np.ones((1, 1)), np.zeros(2), 3), (np.ones(1), 0.5)]
    made = eval(code({"x": 1}["x"])), eval(code(tape), {"np": np})
    assert made[0] == 1 and made[1][1][1] == 0.5
    np.testing.assert_array_equal(made[1][0][0], tape[0][0])
    assert code([(0, 1), (1, 0)]) == "[(0, 1), (1, 0)]"


def test_a_descent_without_rise_must_be_one():
    rises = ASSIGNMENTS[6].properties[3].check
    names = functions(MODELS[6].read_text(encoding="utf-8"))

    def slower(Phi, y, theta, steps):  # η = 1/(2L) descends as well
        eta, losses = 0.5 / names["lipschitz"](Phi), [np.sum((Phi @ theta - y) ** 2)]
        for _ in range(steps):
            theta = theta - eta * 2 * Phi.T @ (Phi @ theta - y)
            losses.append(np.sum((Phi @ theta - y) ** 2))
        return theta, losses

    rises(slower)
    assert "not those at the first" in fails(rises, lambda P, y, t, k: (t, np.zeros(k + 1)))
    assert "The shapes are (1,) and (3,)" in fails(rises, lambda P, y, t, k: (t, np.zeros(3)))
    assert "Your code raises TypeError" in fails(rises, lambda P, y, t, k: None)


def test_a_gradient_of_another_shape_is_told():
    asked = ASSIGNMENTS[5].properties[3]
    found = course.judge(asked, lambda *case: np.zeros(3))
    assert "the result has the shape (3,), expected (" in found.message


# -- the marker ----------------------------------------------------------------------------------------


def test_the_command_marks_a_file(tmp_path, capsys):
    half = tmp_path / "half.py"
    half.write_text(
        MODELS[7].read_text(encoding="utf-8").replace("lstsq(J, -r", "lstsq(J, r")
        + "\nprint('10 of 10')\n",
        encoding="utf-8",
    )
    assert course.main(["7", str(half)]) == 1
    told = capsys.readouterr().out
    assert told.startswith(
        "Assignment 7. Solve the tangent problem: half.py\n\nresiduals: 2 of 2 points\n"
    )
    assert (
        "gauss_newton_step: 0 of 2 points\n  failed  0 of 2  for any r and J\n    | The small"
        in told
    )
    assert told.endswith("\nSum: 8 of 10 points.\n") and "10 of 10" not in told
    assert course.main(["7", str(half), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["number"], found["points"], found["of"]) == (7, 8, 10)
    assert found["verdicts"][2]["mistakes"] == ["sign"] and found["verdicts"][1]["message"] == ""
    assert course.main(["7", str(MODELS[7])]) == 0


@pytest.mark.slow
def test_it_runs_as_a_module():
    command = [sys.executable, "-m", "sobolev_ref.testing", "7", str(FILES[7])]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "Sum: 0 of 10 points." in done.stdout


@pytest.mark.slow
def test_a_notebook_is_marked(tmp_path):
    source = MODELS[7].read_text(encoding="utf-8")
    cells = [
        {"cell_type": "markdown", "source": ["# not code ("]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "if True:\n", "    !ls\n"]},
        {"cell_type": "code", "source": source},
    ]
    notebook = tmp_path / "mine.ipynb"
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert course.mark(7, notebook).points == 10


def test_files_that_cannot_be_marked(tmp_path, capsys):
    with pytest.raises(SystemExit):
        course.main(["--help"])
    assert "7: Solve the tangent problem" in " ".join(capsys.readouterr().out.split())
    assert course.main(["8", str(MODELS[7])]) == 2
    assert "number: got 8, takes 1 to 7, an assignment" in capsys.readouterr().err
    assert course.main(["1", str(tmp_path / "none.py")]) == 2
    assert "none.py" in capsys.readouterr().err
    for name, data, word in (
        ("big.py", b"#" * (2**20 + 1), "big.py: got 1,048,577 bytes, takes at most 1,048,576"),
        ("latin.py", b"x = '\xe9'", "latin.py: takes a script in UTF-8"),
        ("no.ipynb", b"{", "no.ipynb: takes a notebook"),
        ("no_cells.ipynb", b"{}", "no_cells.ipynb: takes a notebook"),
        ("list.ipynb", b"[]", "list.ipynb: takes a notebook"),
    ):
        (tmp_path / name).write_bytes(data)
        assert course.main(["1", str(tmp_path / name)]) == 2
        assert word in capsys.readouterr().err


def test_functions_are_checked_where_they_are():
    names = functions(MODELS[7].read_text(encoding="utf-8"))
    course.check(7, names["residuals"], names["jacobian"])
    assert course.points(7, names["residuals"], names["jacobian"]) == 4
    empty = functions(FILES[7].read_text(encoding="utf-8"))
    assert course.points(7, names["residuals"], empty["jacobian"]) == 2
    with pytest.raises(
        AssertionError, match="^jacobian, of the neuron: jacobian is not written yet$"
    ):
        course.check(7, names["residuals"], empty["jacobian"])
    with pytest.raises(
        ValueError, match="functions: got print, takes residuals, jacobian, gauss_newton"
    ):
        course.check(7, print)
    with pytest.raises(ValueError, match="functions: got 3, takes residuals"):
        course.points(7, 3)


def test_what_cannot_be_compared_earns_nothing_and_what_is_missing_is_said():
    def of(error):
        def check(function):
            raise error

        return course.Property("f", 1, "in all", check)

    found = course.judge(of(OverflowError("too large")), print)
    assert (found.points, found.message) == (
        0,
        "What it returns could not be compared: OverflowError: too large",
    )
    with pytest.raises(ModuleNotFoundError):
        course.judge(of(ModuleNotFoundError("hypothesis")), print)
