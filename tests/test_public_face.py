"""Every public callable and every argument of it stands in the table that the hostile tests go through."""

import inspect

import pytest
from public_face import CALLS

import sobolev_ref
from sobolev_ref import paper
from sobolev_ref.lab import experiment as lab
from sobolev_ref.paper import examples
from sobolev_ref.plots import errors, figures, fits, runs
from sobolev_ref.theory import counterexamples, step_limits

PASSES = "a pass on jets, called by losses with arrays that were checked"
RESULT = "a record of results, made by the package"
SHOW = "a demonstration, called as it stands"
EXEMPT = {
    **{
        f"{model}.{name}": PASSES
        for model in ("MLP", "LinearModel")
        for name in ("forward", "backward", "jacobian", "forward_tangent", "backward_tangent")
    },
    "Activation.second_jets": PASSES,
    **dict.fromkeys(
        (
            "Coverage",
            "MergedSamples",
            "Saved",
            "paper.examples.Run",
        ),
        RESULT,
    ),
    **dict.fromkeys(
        (
            "lab.experiment.Record",
            "theory.step_limits.Edge",
            "theory.counterexamples.KinkedGradient",
        ),
        RESULT,
    ),
    **dict.fromkeys(
        ("paper.examples.Run." + name for name in vars(paper.Run)), "an answer about a run"
    ),
    **dict.fromkeys(
        (f"paper.examples.Example.{name}" for name in vars(paper.Example)),
        "of settings that hold",
    ),
    **{
        f"theory.counterexamples.Cubic.{name}": "a model for one demonstration"
        for name in dir(counterexamples.Cubic)
    },
    **{f"Loss.{name}": "abstract" for name in vars(sobolev_ref.Loss)},
    "Loss": "abstract",
    "black_scholes": "a NumPy expression: it answers as NumPy does",
    **dict.fromkeys(
        (
            f"theory.step_limits.{name}"
            for name in ("descent_beyond_two_over_l", "edge_of_stability")
        ),
        SHOW,
    ),
    "paper.examples.Example": "settings, each checked where it is used",
    "lab.experiment.Control": "a slider of the lab's own",
    "lab.experiment.target": "a NumPy expression",
    "Ridge.batch": "has no batches",
    "Ridge.split": "has no batches",
    "theory.counterexamples.Cubic": "a model for one demonstration",
    **dict.fromkeys((f"theory.counterexamples.{name}" for name in vars(counterexamples)), SHOW),
    **dict.fromkeys(
        (f"lab.experiment.Control.{name}" for name in ("position", "value")),
        "a slider of the lab's own",
    ),
    **dict.fromkeys(
        (
            "lab.experiment.Experiment.restart",
            "lab.experiment.Experiment.learned",
            "lab.experiment.Experiment.measured",
        ),
        "takes nothing from outside",
    ),
    "plots.figures.line_style": "a look",
    "plots.figures.legend_above": "a look",
    "plots.figures.derivative_name": "a name for a checked multi-index",
    "plots.figures.number": "a format",
    **dict.fromkeys(
        (f"plots.figures.as_{what}" for what in ("axes", "curve", "mapping", "count")),
        "a check itself",
    ),
}


def public(module, prefix=""):
    """The public functions and classes of a module, and the classes' public methods, by name."""
    found = {}
    for name, thing in vars(module).items():
        own = not prefix or getattr(thing, "__module__", "") == module.__name__
        if name.startswith("_") or not own:
            continue
        if inspect.isfunction(thing) or inspect.isclass(thing):
            found[prefix + name] = thing
        if inspect.isclass(thing):
            for method, function in inspect.getmembers(thing):
                if not method.startswith("_") and (
                    inspect.isfunction(function) or inspect.ismethod(function)
                ):
                    found[f"{prefix}{name}.{method}"] = function
    return found


def test_every_public_callable_is_in_the_table():
    names = public(sobolev_ref)
    for module in (counterexamples, errors, examples, figures, fits, lab, runs, step_limits):
        names |= public(module, module.__name__.removeprefix("sobolev_ref.") + ".")
    listed = {key.split()[0] for key in CALLS}
    for base in ("Ridge", "LinearModel", "SobolevLoss", "MLP"):
        for name in [n for n in names if n.startswith(base + ".")]:
            if names[name] is names.get("Loss." + name.split(".")[1]):
                listed.add(name)  # inherited as it is
    forgotten = [
        n
        for n in names
        if n not in listed and n not in EXEMPT and "numpy" not in names[n].__module__
    ]
    assert not forgotten
    assert len(names) > 100 and len(listed) > 90


@pytest.mark.parametrize("name", [n for n in CALLS if "." not in n and " " not in n])
def test_every_argument_is_in_the_table(name):
    found = getattr(sobolev_ref, name)
    given_ = set(CALLS[name].arguments)
    for argument, p in inspect.signature(found).parameters.items():
        if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            continue
        others = {a for key in CALLS if key.split()[0] == name for a in CALLS[key].arguments}
        assert argument in given_ | others | {"args"}, argument
