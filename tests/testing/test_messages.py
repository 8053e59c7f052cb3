"""What a check says where no known mistake was made: of forms, factors, orders, and of what is right."""

import re
from types import SimpleNamespace as Namespace

import numpy as np
import pytest
import student
from test_planted_mistakes import CHAIN, CHECKS, J1, J5_A, U_BAR, L, planted

from sobolev_ref import plain, testing
from sobolev_ref.testing import cases, checking, checks, recognition, tasks
from sobolev_ref.testing.cases import Quadratic
from sobolev_ref.testing.facts import first_steps
from sobolev_ref.testing.mistakes import mistake
from sobolev_ref.testing.recognition import (
    MISTAKES,
    built,
    matters,
    recognised,
    reproduces,
    same_as,
    trial,
    two_at_once,
)
from sobolev_ref.testing.running import answer, as_parts


def complaint(name, fn, **limits):
    """The message about a function, its lines joined, and the error."""
    with pytest.raises(testing.CheckFailed) as failed:
        CHECKS[name](fn, **limits)
    return re.sub(r"\s+", " ", str(failed.value)), failed.value


def product_with(change):
    return lambda u, v, alphas: change(student.product(u, v, alphas))


# -- what is returned ----------------------------------------------------------------------------------


def test_lists_dicts_integers_and_arrays_of_other_libraries_are_taken():
    class Tensor:
        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return self.values

    testing.check_product(product_with(np.ndarray.tolist), examples=2)
    testing.check_product(product_with(lambda w: [Tensor(row) for row in w]), examples=2)
    testing.check_product(product_with(lambda w: w + 0j), examples=2)
    parts, fault, _ = as_parts([[[1]]], tasks.product(1, 0), {"alphas": [(0,)]})
    assert parts[0].dtype == float and not fault
    testing.check_product(
        lambda u, v, alphas: dict(zip(alphas, student.product(u, v, alphas))), examples=2
    )

    def by_plain(theta, widths, x, w, target, weights, p, alphas):
        by_alpha = dict(zip(alphas, target)), dict(zip(alphas, weights))
        return plain.sobolev_loss(theta, widths, x, w, *by_alpha, p)

    testing.check_loss(by_plain, examples=2)
    testing.check_gradient(by_plain, examples=2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda w: None, "returned None: is there a return at its end?"),
        (
            lambda w: w[0],
            r"u v has the shape \(1, 1\); asked for is \(1, 1, 1\), which has as many",
        ),
        (lambda w: w[:, :0], r"has the shape \(1, 0, 1\); asked for is \(1, 1, 1\)\."),
        (lambda w: w.transpose(2, 0, 1), r"the axes stand in the order \(2, 0, 1\)"),
        (
            lambda w: w.astype(np.float32),
            "single precision.* more: the check is made in float64; convert what comes in with "
            "dtype=float64, and make no [a-z]",
        ),
        (lambda w: (w * 1.1).astype(np.float32), "single precision.*1.1 times what is right"),
        (lambda w: w + 1j, "complex, with an imaginary part"),
        (lambda w: np.ma.masked_equal(w, 0), "is masked, so that some numbers are hidden"),
        (lambda w: "text", "has dtype <U4, and no numbers"),
        (lambda w: [[1.0], [1.0, 2.0]], "no array of numbers: np.asarray raises ValueError"),
        (lambda w: {(9,): w[0]}, r"has no entry α = \(0,\)"),
        (lambda w: w * np.nan, "Some of the numbers are NaN or infinite"),
        (lambda w: w[:, ::-1], "the nodes stand in another order.*right with one node"),
        (lambda w: w[::-1], "the α stand in another order"),
        (lambda w: w * 2, "u v is 2 times what is right, in every entry"),
        (lambda w: -w, "u v has the wrong sign throughout"),
        (
            lambda w: w * (np.arange(len(w)) < len(w) - 1)[:, None, None],
            r"What is 0 throughout: α = \(0, 2\)\.",
        ),
        (lambda w: -w / 2, "u v is -0.5 times what is right, in every entry"),
        (lambda w: w / len(w), "u v is right but divided by A, the number of α"),
        (lambda w: w / len(w) ** 2, "divided by the square of A"),
        (lambda w: w * np.prod(w.shape) ** 1.5, "up to a factor that depends on the case"),
        (lambda w: np.roll(w.ravel(), 1).reshape(w.shape), "but they stand in another order"),
        (lambda w: w + 0.25, r"Every number is right but for \+0.25\."),
        (lambda w: w**2, "u v is wrong from α = 0 on: look there first"),
        (lambda w: w * (1 + 1e-7), "nearly right, to 1e-07 of their size"),
        (
            lambda w: w * (1 + 1e-6 * (np.arange(len(w)) > 0))[:, None, None],
            r"nearly right, to .*Right: α = \(0, 0\). Wrong: .α. = 1",
        ),
        (lambda w: w * np.array([1, 3])[np.arange(len(w)) % 2, None, None], "but for a factor: α"),
    ],
)
def test_products_returned_in_another_way(change, says):
    message, error = complaint("product", product_with(change))
    assert re.search(says, message), message
    assert error.mistakes == ()


def test_a_factor_for_each_alpha_is_named():
    def of_derivatives(u, v, alphas):
        factorials = [np.prod([float(np.prod(range(1, n + 1))) for n in a]) for a in alphas]
        return student.product(u, v, alphas) * np.array(factorials)[:, None, None]

    message, _ = complaint("product", of_derivatives)
    assert "Every row of u v is right but multiplied by α!." in message


def test_a_tuple():
    message, _ = complaint("tanh_jets", lambda z, alphas: student.tanh_jets(z, alphas)[0])
    assert "returned one array; a tuple (a, s) is asked for" in message
    message, _ = complaint("tanh_jets", lambda z, alphas: (z, z, z))
    assert "returned tuple of 3; a tuple (a, s)" in message
    message, _ = complaint("tanh_jets", lambda z, alphas: student.tanh_jets(z, alphas)[::-1])
    assert "The tuple is in the other order: it is (a, s)." in message
    twice = lambda z, alphas: [c * u for c, u in zip((2, 3), student.tanh_jets(z, alphas))]
    message, _ = complaint("tanh_jets", lambda z, alphas: tuple(twice(z, alphas)))
    assert "a is 2 times what is right" in message and "s is 3 times what is right" in message
    message, _ = complaint(
        "tanh_jets", lambda z, alphas: (student.tanh_jets(z, alphas)[0], 0 * z + 0.5)
    )
    assert " a is right." in message


@pytest.mark.slow
def test_the_loss_is_a_number():
    message, _ = complaint("loss", lambda *args: [student.loss(*args)])
    assert (
        "L has the shape (1,); asked for is (), which has as many entries (take .item()" in message
    )
    message, _ = complaint("loss", planted("loss", L, "(lam * w * np.abs(r) ** p).mean()"))
    assert "L is right but divided by A N m, the number of terms." in message


# -- what is done --------------------------------------------------------------------------------------


def test_an_exception_is_shown_with_its_line_and_its_case():
    message, error = complaint("backward", planted("backward", "z_bar[0].sum(axis=0)", "z_bar[9]"))
    assert "raises IndexError: index 9 is out of bounds" in message
    assert isinstance(error.__cause__, IndexError) and error.got is None
    assert error.case["widths"] == (1, 1) and "widths = (1, 1)" in str(error)

    def unwritten(u, v, alphas):
        raise NotImplementedError

    assert "still to be written" in complaint("product", unwritten)[0]

    def silent(u, v, alphas):
        raise ValueError

    message, _ = complaint("product", silent)
    assert re.search(
        r"raises ValueError, line \d+ of test_messages.py: `raise ValueError`", message
    )
    assert "raises TypeError" in complaint("product", lambda u: u)[0]


def test_a_mistake_is_named_beside_an_exception():
    """A pass that takes networks with a hidden layer alone, and none was asked for."""
    wrong = planted("backward", "z_bar[0].sum(axis=0)", "z_bar[0][0]")

    def with_hidden_layers(theta, widths, x, u_bar, alphas):
        _d, _hidden, *_, _m = widths
        return wrong(theta, widths, x, u_bar, alphas)

    message, error = complaint("backward", with_hidden_layers)
    assert "raises ValueError: not enough values to unpack" in message
    assert error.mistakes == ("b-bar-first-node",)
    assert "It is wrong" in message and "without a hidden layer" in message


def test_what_is_no_exception_passes_through():
    def interrupted(u, v, alphas):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        testing.check_product(interrupted)


def test_arguments_changed_in_place_are_told():
    def in_place(u, v, alphas):
        w = student.product(u, v, alphas)
        u[:] = w
        return w

    message, error = complaint("product", in_place)
    assert "changes its argument u in place" in message and error.mistakes == ()
    message, _ = complaint("product", planted("product", "np.zeros_like(u)", "u"))
    assert "changes its argument u in place" in message and "got" in message


def test_two_equal_calls_that_differ_are_told():
    rng = np.random.default_rng(0)
    message, _ = complaint("product", lambda u, v, alphas: rng.normal(size=u.shape))
    assert "Two equal calls give different results" in message


def test_the_smallest_case_is_code_that_shows_the_mistake():
    """The issue's own example: b̄ not summed over the nodes needs two nodes, and no more than that."""
    fn = planted("backward", "z_bar[0].sum(axis=0)", "z_bar[0][0]")
    message, error = complaint("backward", fn)
    lines = str(error).split("found:\n")[1].split("\n    got")[0]
    room = {"np": np}
    exec("\n".join(line.strip() for line in lines.splitlines()), room)
    case = {name: room[name] for name in error.case}
    assert len(case["x"]) == 2 and case["widths"] == (1, 1) and case["alphas"] == [(0,)]
    index = int(re.search(r"number (\d+) of ∇L", error.entry)[1])
    assert fn(*case.values())[index] == error.got
    assert student.backward(*case.values())[index] == error.expected
    assert error.entry.startswith("b̄ of layer 1, [0]") and error.check == "check_backward"
    assert "It is right with one node (N = 1)." in message
    assert "Right: W̄ of layer 1" in message and "b̄ is not summed" in error.looks_like[0]


def test_the_smallest_case_of_an_optimiser_is_code():
    _, error = complaint("descend", planted("descend", "theta - learning", "theta + learning"))
    # A lambda with its two arrays.
    gradient = eval(re.search("gradient = (.*)", str(error))[1], {"np": np})
    theta = error.case["theta"]
    assert isinstance(error.case["gradient"], Quadratic)
    np.testing.assert_array_equal(gradient(theta), error.case["gradient"](theta))


def test_the_same_every_time():
    fn = planted("product", J1, J1.replace("+=", "="))
    assert str(complaint("product", fn)[1]) == str(complaint("product", fn)[1])


def test_the_smallest_case_is_looked_for_within_a_budget(monkeypatch):
    calls = []

    def counted(u, v, alphas):
        calls.append(1)
        return student.product(u, v, alphas) * (1 + (len(alphas) > 2))

    monkeypatch.setattr(checking, "SHRINKS", 3)
    complaint("product", counted, examples=5)
    few = len(calls)
    monkeypatch.undo()
    complaint("product", counted, examples=5)
    assert few < len(calls) - few < 500


def test_so_many_cases_are_tried_and_no_more_to_make_them_smaller(monkeypatch):
    monkeypatch.setattr(checking, "SHRINKS", 3)
    task = tasks.product(2, 2)
    right = checking.Search(student.product, task)
    assert right.smallest(30) is None and 15 < len(right.known) <= 30
    wrong = lambda u, v, alphas: student.product(u, v, alphas) * (1 + (len(alphas) > 2))
    search = checking.Search(wrong, task)
    assert search.smallest(5) and len(search.known) == 8


def test_cases_are_what_their_builders_say():
    sizes = {"d": 2, "order": 2, "N": 2, "n": 3}
    near, far = (
        cases.activation_case(cases.decimals(3), saturated=far, **sizes)["z"]
        for far in (False, True)
    )
    np.testing.assert_array_equal(far[1:], near[1:])
    np.testing.assert_allclose(far[0] - near[0], 12 * np.sign(near[0]))
    cube, tanh = (cases.chain_case(cases.decimals(3), sigma=s, **sizes) for s in ("cube", "tanh"))
    assert list(cube) == list(tanh) == ["a_0", "z", "s", "alphas"]
    z = cube["z"]
    np.testing.assert_allclose(cube["s"], student.product(z, z, cube["alphas"]), atol=1e-15)
    for case, a, s in (
        (cube, z[0] ** 3 / 3, z[0] ** 2),
        (tanh, np.tanh(z[0]), np.cosh(z[0]) ** -2),
    ):
        np.testing.assert_allclose(case["a_0"], a, rtol=1e-14)
        np.testing.assert_allclose(case["s"][0], s, rtol=1e-14)
    sizes = {"d": 1, "order": 1, "N": 2, "hidden": (2,), "m": 1}
    u_bar = cases.backward_case(cases.decimals(3), value_only=True, **sizes)["u_bar"]
    assert u_bar[0].all() and not u_bar[1:].any()
    box = cases.quadrature_case(lambda shape: np.full(shape, 0.25), d=2, n=3)["bounds"]
    np.testing.assert_array_equal(box, [[0.25, 1.0]] * 2)
    widths = cases.hidden_widths(0, 3)
    assert len({*widths}) == len(widths) == 11 and max(map(max, widths[1:])) == 3


def test_tasks_say_what_is_asked_for_and_by_what_an_answer_can_be_off():
    limits = tasks.Limits()
    made = {
        "check_product": (tasks.product(2, 2), ("u v",)),
        "check_chain_rule": (tasks.chain_rule(2, 2), ("a",)),
        "check_activation": (tasks.activation("tanh", 2, 2, True), ("a", "s")),
        "check_transpose": (tasks.transpose(2, 2, forward=False), ("z̄",)),
        "check_forward": (tasks.forward("tanh", limits, False), ("u",)),
        "check_backward": (tasks.backward("tanh", limits, False), ("∇L",)),
        "check_loss": (tasks.loss("tanh", limits, gradient=False), ("L",)),
        "check_gradient": (tasks.loss("tanh", limits, gradient=True), ("∇L",)),
        "check_optimizer": (tasks.optimizer("adam"), ("θ",)),
        "check_quadrature": (tasks.quadrature("midpoint", 2), ("nodes", "weights")),
    }
    for name, (task, parts) in made.items():
        assert (task.check, task.parts) == (name, parts)
    assert tasks.transpose(2, 2, forward=True).parts == ("s·δz",)
    task, _ = made["check_loss"]
    case = built(task, task.generic[1], 0)
    A, N, m = len(case["alphas"]), len(case["x"]), case["widths"][-1]
    w, lam, p = case["w"], case["weights"], case["p"]
    assert task.quantities(case) == {
        "N, the number of nodes": N,
        "d": case["widths"][0],
        "m, the number of outputs": m,
        "A, the number of α": A,
        "the number of layers": len(case["widths"]) - 1,
        "P, the number of parameters": len(case["theta"]),
        "k!": 2,
        "Σ w": w.sum(),
        "p": p,
        "p − 1": p - 1,
        "N / Σ w": N / w.sum(),
        "N m": N * m,
        "A N m, the number of terms": A * N * m,
        "p²": p * p,
        "the mean of λ": lam.mean(),
        "Σ λ": lam.sum(),
    }
    task, _ = made["check_quadrature"]
    box = {"bounds": np.array([[0.0, 2.0], [1.0, 4.0]]), "n": 3}
    assert task.quantities(box) == {"|Ω|": 6.0, "n": 3, "N": 9, "2ᵈ": 4}


def test_mistakes_that_give_the_same_are_all_listed():
    listed = checking.looks_like(named("p-missing", "w-squared"))
    assert [line[:4] for line in listed if line.startswith("  - ")] == ["  - "] * 2
    assert listed[0].startswith("This looks like one of these, which")


def test_the_first_step_of_an_optimiser_is_compared_by_itself():
    exact = np.array([[0.0], [1.0], [2.0]])
    for factors, says in (
        ([0.5, 0.5], ["The first step is 0.5 times what is right."]),
        ([0.0, 0.0], ["The first step is 0."]),
        ([1.0, 1.0], []),
        ([2.0, 3.0], []),
    ):
        paths = [exact * [[1], [c], [7]] for c in factors]
        trials = [Namespace(pairs=[(path, exact)]) for path in paths]
        assert first_steps(Namespace(check="check_optimizer"), trials) == says


# -- two mistakes, some layers -------------------------------------------------------------------------


@pytest.mark.slow
def test_two_mistakes_at_once():
    _, error = complaint("gradient", planted("gradient", U_BAR, "u_bar = lam * w * phi(r, p)"))
    assert error.mistakes == ("factorial-missing + p-missing",)
    assert "First, the factor α! is missing" in error.looks_like[0]


@pytest.mark.slow
def test_a_gradient_off_by_a_number_of_the_case():
    fn = planted("backward", "np.concatenate(gradient)", "np.concatenate(gradient) * len(alphas)")
    assert "∇L is right but multiplied by A, the number of α." in complaint("backward", fn)[0]


@pytest.mark.slow
def test_a_mistake_in_one_layer():
    one = "z_bar[0].sum(axis=0) if s is not None else z_bar[0][0]"
    _, error = complaint("backward", planted("backward", "z_bar[0].sum(axis=0)", one))
    assert error.mistakes == ("b-bar-first-node in the first layer",)
    _, error = complaint("backward", planted("backward", J5_A, "a_bar = 2 * z_bar @ W"))
    message = str(error).replace("\n", " ")
    assert error.mistakes == ()
    assert "W̄ of layer 1 (2 or 4 times what is right, by the case)" in message
    assert "W̄ of layer 2 (2 times what is right)" in message


def test_a_factor_beside_cases_that_are_right():
    def three_layers_twice(theta, widths, x, alphas):
        return student.forward(theta, widths, x, alphas) * (1 + (len(widths) == 4))

    text = complaint("forward", three_layers_twice)[0]
    assert "u is 2 times what is right, in every entry of every wrong case. It is right wit" in text


def test_a_factor_in_rare_cases_is_none_of_every_case():
    """Twice the right number at α = (1, 1, 1) alone, which no fixed case has."""

    def product(u, v, alphas):
        twice = np.array([1 + (tuple(alpha) == (1, 1, 1)) for alpha in alphas])
        return student.product(u, v, alphas) * twice[:, None, None]

    text = complaint("product", product)[0]
    assert "times" not in text and "Wrong: α = (1, 1, 1)." in text


@pytest.mark.parametrize("name", ["loss", "gradient"])
def test_blocks_of_nodes_of_which_the_last_is_dropped(name):
    """The loss of 64 of 67 nodes; with fewer than 32 there is one block of all."""

    def dropped(theta, widths, x, w, target, weights, p, alphas):
        n = len(x) - len(x) % min(32, len(x))
        by_alpha = dict(zip(alphas, target[:, :n])), dict(zip(alphas, weights))
        return plain.sobolev_loss(theta, widths, x[:n], w[:n], *by_alpha, p)

    text, error = complaint(name, dropped, examples=2)
    assert "in every smaller case, and wrong with N = 67: a loop over blocks may leave" in text
    assert "times what is right" not in text and len(error.case["x"]) == 67


def test_blocks_of_units_of_which_the_last_is_dropped():
    """66 of 67 units, where no other case has more than four."""

    def dropped(theta, widths, x, alphas):
        kept = np.arange(len(theta)) != (len(theta) - 2 if max(widths) > 4 else -1)
        u, _ = plain.forward(theta * kept, widths, x, max(map(sum, alphas)))
        return u

    text, error = complaint("forward", dropped, examples=2)
    assert "in every smaller case, and wrong with a layer of 67: a loop over blocks may" in text
    assert error.case["widths"] == (1, 67, 1)


@pytest.mark.parametrize(
    ("name", "what", "is_large"),
    [
        ("product", "N", lambda u, v, alphas: u.shape[1] > 3),
        ("product", "n", lambda u, v, alphas: u.shape[2] > 3),
        ("descend", "P", lambda gradient, theta, *rest: len(theta) > 3),
        ("descend", "steps", lambda gradient, theta, steps, eta: steps > 4),
        ("midpoint", "n", lambda bounds, n: n > 5),
    ],
)
def test_what_is_wrong_for_many_alone_is_seen(name, what, is_large):
    """Up to three nodes, components or parameters, four steps, and five nodes a side all is right."""

    def wrong(*arguments):
        answer = getattr(student, name)(*arguments)
        factor = 1 + 1e-3 * is_large(*arguments)
        return (
            tuple(a * factor for a in answer) if name == "midpoint" else factor * np.array(answer)
        )

    text, _ = complaint(name, wrong, examples=2)
    assert f"wrong with {what} = 67: a loop over blocks may leave" in text


@pytest.mark.parametrize("name", ["loss", "gradient"])
@pytest.mark.parametrize("which", ["w", "weights"])
def test_a_division_by_a_weight_is_seen_where_it_is_0(name, which):
    def divided(theta, widths, x, w, target, weights, p, alphas):
        by_alpha = dict(zip(alphas, target)), dict(zip(alphas, weights))
        answer = plain.sobolev_loss(theta, widths, x, w, *by_alpha, p)
        with np.errstate(invalid="ignore"):
            nothing = 0 / {"w": w, "weights": weights}[which].min()
        return [part + nothing for part in answer]

    _, error = complaint(name, divided, examples=2)
    assert 0 in error.case[which]


@pytest.mark.slow
def test_what_is_zero_is_said_to_be_zero_and_a_factor_of_nearly_1_is_none():
    without_top = product_with(lambda w: w * (np.arange(len(w)) < len(w) - 1)[:, None, None])
    message, _ = complaint("product", without_top)
    assert "What is 0 throughout: α = (0, 2)." in message and " 0 times" not in message
    message, _ = complaint(
        "descend", planted("descend", "learning_rate * gradient", "0 * gradient")
    )
    assert "The first step is 0." in message
    rounded = planted("descend", "* gradient(theta)", "* gradient(path[0]) * (1 + 1e-15)")
    message, _ = complaint("descend", rounded)
    assert "right in the first step" in message and "The first step is" not in message
    nearly = planted(
        "backward", "np.concatenate(gradient)", "np.concatenate(gradient) * (1 + 1e-8)"
    )
    message, _ = complaint("backward", nearly)
    assert "nearly right" in message and "times what is right" not in message


def test_no_case_that_fails_is_said_to_be_right():
    """1 + a_0 for 1 + |a_0| is wrong for z_0 < 0, so that a case with one number is right half the time."""
    right, wrong = "1 / np.cosh(z[0]) ** 2", "np.exp(-2 * abs(z[0])) * (1 + a[0]) ** 2"
    message, error = complaint("tanh_jets", planted("tanh_jets", right, wrong))
    assert error.case["z"].shape == (1, 1, 1) and "It is right" not in message


def test_a_mistake_beside_one_that_saturation_shows():
    """1 − a², which tutorial 4 has, hides no other mistake."""
    source = planted("tanh_jets", "s[0] = 1 / np.cosh(z[0]) ** 2", "s[0] = 1 - a[0] ** 2")
    testing.check_activation(source, saturated=False, examples=2)
    saturates = {"passes": None}
    exec(
        compile(
            student_source()
            .replace("s[0] = 1 / np.cosh(z[0]) ** 2", "s[0] = 1 - a[0] ** 2")
            .replace(CHAIN, CHAIN.replace("alpha[q] * ", "")),
            "student.py",
            "exec",
        ),
        saturates,
    )
    with pytest.raises(testing.CheckFailed) as failed:
        testing.check_activation(saturates["tanh_jets"])
    assert failed.value.mistakes == ("chain-without-alpha",)
    with pytest.raises(testing.CheckFailed) as failed:
        testing.check_forward(
            planted("forward", "s[0] = 1 / np.cosh(z[0]) ** 2", "s[0] = 1 - a[0] ** 2"),
            saturated=True,
        )
    assert failed.value.mistakes == ("saturation-cancels",)


def student_source():
    with open(student.__file__, encoding="utf-8") as file:
        return file.read()


# -- the table -----------------------------------------------------------------------------------------


def table_tasks():
    limits = tasks.Limits()
    return [
        tasks.product(3, 3),
        tasks.chain_rule(3, 3),
        tasks.transpose(3, 3, forward=False),
        tasks.activation("tanh", 3, 3, True),
        tasks.activation("sin", 2, 2, True),
        *(tasks.optimizer(method) for method in tasks.OPTIONS),
        *(
            tasks.quadrature(rule, 2)
            for rule in ("midpoint", "trapezoid", "simpson", "gauss_legendre")
        ),
        tasks.forward("tanh", limits, False),
        tasks.backward("tanh", limits, False),
        tasks.loss("tanh", limits, gradient=False),
        tasks.loss("tanh", limits, gradient=True),
    ]


@pytest.mark.slow
def test_every_mistake_of_the_table_is_told_from_every_other(monkeypatch):
    """In the first task where it is at work: named, with two others that give the same numbers at most."""
    left, computed, numbers_of = list(MISTAKES), {}, recognition.numbers_of

    def once(task, case, m):
        """What a mistake gives in a case, as each of the others is compared with it."""
        key = id(case), m.name
        if key not in computed:
            computed[key] = case, numbers_of(task, case, m)
        return computed[key][1]

    monkeypatch.setattr(recognition, "numbers_of", once)
    for task in table_tasks():
        cases = [built(task, sizes, seed) for seed, sizes in enumerate(task.generic)]
        corners = [built(task, sizes, 90) for sizes in task.corners]
        for m in list(left):
            if m.only_in and task.check not in m.only_in:
                continue

            def fn(*arguments, m=m, task=task, case=cases[0]):
                parts = task.answer(m.method(task.activation), dict(zip(case, arguments)))
                return parts if len(task.parts) > 1 else parts[0]

            trials, more = ([trial(fn, task, case) for case in some] for some in (cases, corners))
            if all(t.exact for t in trials + more):
                continue
            left.remove(m)
            found = [other.name for other in recognised(task, trials, more)]
            assert m.name in found and len(found) <= 3, (task.check, m.name, found)
    assert not [m.name for m in left]
    assert len({m.name for m in MISTAKES}) == len(MISTAKES) > 250


def named(*names):
    return [next(m for m in MISTAKES if m.name == name) for name in names]


def test_two_at_once_are_of_the_tables_near_the_task():
    task = tasks.loss("tanh", tasks.Limits(), gradient=True)
    cases = [built(task, sizes, seed) for seed, sizes in enumerate(task.generic[:2])]
    for names, found in (
        (["factorial-missing", "p-missing"], ["factorial-missing + p-missing"]),
        (["bias-at-every-alpha", "b-bar-first-node"], []),
    ):
        one, other = named(*names)
        both = one.with_another(other).method(task.activation)
        fn = lambda *given, both=both: task.answer(both, dict(zip(cases[0], given)))[0]
        trials = [trial(fn, task, case) for case in cases]
        assert [m.name for m in two_at_once(task, [one, other], trials)] == found


def test_a_mistake_that_raises_where_the_function_does_is_recognised():
    """Wᵀ where W is not square."""
    task = tasks.forward("tanh", tasks.Limits(), False)
    case = built(task, task.generic[1], 0)
    transposed, biased, squared = named("weights-transposed", "bias-at-every-alpha", "w-squared")
    right, failed = trial(student.forward, task, case), trial(lambda *given: 1 / 0, task, case)
    assert matters(task, transposed, right) and matters(task, biased, right)
    assert not matters(task, squared, right)
    assert not reproduces(task, transposed, [failed])  # no wrong numbers
    assert same_as(task, transposed, failed) and not same_as(task, biased, failed)
    assert cases.as_code(case) == cases.as_code(built(task, task.generic[1], 0))
    with pytest.raises(ValueError, match="matmul"):
        answer(task, case, transposed)
    assert mistake("a", "b").in_layers("c", lambda n, depth: True).name == "a in c"


# -- arguments -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: testing.check_product(3), "fn: got 3"),
        (lambda: testing.check_transpose(3, student.product), "forward: got 3"),
        (lambda: testing.check_transpose(student.product, 3), "backward: got 3"),
        (lambda: testing.check_loss(3), "fn: got 3"),
        *(
            (lambda check=check: check(student.forward, "relu"), "^activation: got 'relu'")
            for check in (testing.check_activation, testing.check_forward, testing.check_backward)
        ),
        *(
            (lambda check=check: check(student.loss, activation="relu"), "^activation: got 'relu'")
            for check in (testing.check_loss, testing.check_gradient)
        ),
        (lambda: testing.check_forward(student.forward, saturated=1), "^saturated: got 1"),
        (lambda: testing.check_backward(student.backward, saturated=1), "^saturated: got 1"),
        (lambda: testing.check_activation(student.tanh_jets, saturated=1), "saturated: got 1"),
        (lambda: testing.check_product(student.product, max_d=0), "max_d: got 0"),
        (lambda: testing.check_product(student.product, max_order=9), "max_order: got 9"),
        (lambda: testing.check_product(student.product, examples=0), "examples: got 0"),
        (
            lambda: testing.check_forward(student.forward, min_hidden=2, max_hidden=1),
            "max_hidden: got 1",
        ),
        (lambda: testing.check_optimizer(student.adam, "sgd"), "method: got 'sgd'"),
        (lambda: testing.check_quadrature(student.gauss, "gauss"), "rule: got 'gauss'"),
    ],
)
def test_unusable_arguments(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()


@pytest.mark.parametrize("name", [name for name in vars(checks) if name.startswith("check_")])
def test_the_sizes_that_are_tried_by_default(name, monkeypatch):
    """Up to three variables and outputs, order 3, two hidden layers, by 50 cases; or as many as asked for."""
    held = []
    monkeypatch.setattr(checks, "hold", lambda fn, task, examples: held.append((task, examples)))
    check = getattr(testing, name)
    given = [student.product] * (2 if name == "check_transpose" else 1)
    check(*given)
    check(*given, examples=7)
    assert [examples for _, examples in held] == [50] * len(given) + [7] * len(given)
    most = {"d": 3, "order": 3, "m": 3}
    for task, _ in held:
        for size, values in task.options.items():
            assert max(values) == most.get(size, max(values))
        assert max(map(len, task.options.get("hidden", [(1, 1)]))) == 2


def test_small_networks_alone():
    """One variable, order 1, one hidden layer, one output: what tutorial 4 writes first."""
    seen = set()

    def watched(theta, widths, x, u_bar, alphas):
        seen.add((widths, len(alphas)))
        assert len(alphas) <= 2 and len(widths) == 3 and widths[0] == widths[2] == 1
        return student.backward(theta, widths, x, u_bar, alphas)

    testing.check_backward(watched, max_d=1, max_order=1, min_hidden=1, max_hidden=1, max_m=1)
    assert len(seen) > 2
    testing.check_forward(student.forward, max_order=0, max_hidden=0)
    testing.check_product(student.product, max_d=1, max_order=0, examples=2)
    testing.check_forward(student.forward, max_d=1, min_hidden=3, max_hidden=3, examples=2)


def test_another_activation():
    def forward(theta, widths, x, alphas):
        W, b = theta[: widths[1]].reshape(-1, 1), theta[widths[1] : 2 * widths[1]]
        V, c = theta[2 * widths[1] : -1], theta[-1]
        z, slope = x @ W.T + b, W[:, 0]
        rows = [np.sin(z) @ V + c, (np.cos(z) * slope) @ V][: len(alphas)]
        return np.array(rows)[:, :, None]

    limits = {"max_d": 1, "max_order": 1, "min_hidden": 1, "max_hidden": 1, "max_m": 1}
    testing.check_forward(forward, "sin", **limits)
    with pytest.raises(testing.CheckFailed) as failed:
        testing.check_forward(forward, "tanh", **limits)
    assert failed.value.mistakes == ("activation-is-sin",)
