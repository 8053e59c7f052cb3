"""The public face as a table, pictures, the paper's examples and the lab."""

import numpy as np
from calls import Arg, Call, Fresh
from face import (
    AX,
    BAD_RETURNS,
    BOX,
    CHOICE,
    COUNT,
    NET,
    NET_1,
    OF_ONE,
    OPEN_COUNT,
    OPTIONAL_FUNCTION,
    SEED,
    TARGET,
    TEXT,
    THETA,
    THETA_1,
    THING,
    VECTOR,
    X_1,
    X,
    to_nowhere,
)
from hostile import Function, Integer, Kind, Numbers, Real, Thing

from sobolev_ref import paper, plots
from sobolev_ref.lab import experiment as lab
from sobolev_ref.theory import step_limits

INDEX = Integer(more={"beyond": 9})
SIZE = Real(more={"zero": 0})
RATE = Real(more={"zero": 0})
STEPS = np.array([0.5, 0.25])
OPTIONAL_TARGET = Function(takes=("None", "type"), more=TARGET.more)
TERMS = [{(0,): 4.0, (1,): 9.0}, {(0,): 1.0, (1,): 4.0}]
LOGARITHMIC = Numbers(open=(0,), gaps=True, more={"negative inside": [1.0, -1.0]})
ANY_SHAPE = Numbers(open=(0,), gaps=True, more_axes=True, takes=("negative", "half", "five axes"))
EXAMPLE = paper.SINE


def train(**arguments):
    return paper.train(**arguments).fit.x


PICTURES: dict[str, Call] = {
    "plots.figures.figure": Call(
        lambda **a: len(plots.figure(**a)[1]),
        columns=Arg(COUNT, 2),
        width=Arg(SIZE, 2.0),
        height=Arg(SIZE, 2.0),
        rows=Arg(COUNT, 2),
    ),
    "plots.figures.save_figure": Call(
        to_nowhere(plots.save_figure),
        fig=Arg(THING, plots.figure()[0]),
        path=Arg(
            Thing(takes=("text", "number in text"), more={"with NUL": "a\0b"}), "/dev/null/nowhere"
        ),
    ),
    "plots.fits.plot_fit": Call(
        plots.plot_fit,
        ax=AX,
        x=Arg(VECTOR, X_1),
        true=Arg(Numbers(gaps=True, takes=("None",)), X_1),
        learned=Arg(VECTOR, X_1),
        name=Arg(TEXT, "u"),
        ylabel=Arg(TEXT, "u(x)"),
    ),
    "plots.fits.plot_derivative": Call(
        plots.plot_derivative,
        ax=AX,
        model=Arg(Thing(more={"two variables": NET}), NET_1),
        theta=Arg(VECTOR, THETA_1),
        x=Arg(Numbers(open=(0,)), X_1),
        order=Arg(COUNT, 1),
        target=Arg(OPTIONAL_TARGET, np.sin),
        output=Arg(INDEX, 0),
    ),
    "plots.runs.plot_loss": Call(
        plots.plot_loss,
        ax=AX,
        history=Arg(LOGARITHMIC, np.array([4.0, 2.0])),
        table=Arg(Kind(takes=("None",), more={"words": {"a": 1.0}, "NaN": {0: np.nan}}), {0: 4.0}),
        ylabel=Arg(TEXT, "loss"),
    ),
    "plots.runs.plot_terms": Call(
        plots.plot_terms,
        ax=AX,
        terms=Arg(
            Kind(more={"numbers": [1.0], "words": [{(0,): "1"}], "negative": [{(0,): -1.0}]}), TERMS
        ),
        p=Arg(Real(more={"below 1": 0.5}), 2),
        iterations=Arg(Numbers(takes=("None",)), np.array([0.0, 5.0])),
    ),
    "plots.errors.plot_step_curve": Call(
        plots.plot_step_curve,
        ax=AX,
        steps=Arg(Numbers(more={"zero": [0.0, 1.0]}), STEPS, ("steps", "curves")),
        curves=Arg(
            Kind(more={"too long": {"a": [1.0]}, "NaN": {"a": [np.nan, 1.0]}}), {"a": STEPS}
        ),
    ),
    "plots.errors.r_squared": Call(
        plots.r_squared,
        actual=Arg(Numbers(gaps=True, more_axes=True), X, ("actual", "predicted")),
        predicted=Arg(Numbers(more_axes=True), X + 0.5, ("actual", "predicted")),
    ),
    "plots.errors.plot_predicted": Call(
        plots.plot_predicted,
        ax=AX,
        actual=Arg(Numbers(gaps=True, more_axes=True), X, ("actual", "predicted")),
        predicted=Arg(Numbers(more_axes=True), X + 0.5, ("actual", "predicted")),
        name=Arg(TEXT, "u"),
    ),
    "plots.errors.plot_residuals": Call(
        plots.plot_residuals,
        ax=AX,
        residuals=Arg(
            Numbers(open=(0,), gaps=True, more_axes=True, takes=("negative", "half", "five axes")),
            X_1,
        ),
        name=Arg(TEXT, "u"),
        bins=Arg(Integer(more={"zero": 0, "falling": [1.0, 0.0]}), 3),
    ),
    "plots.errors.plot_spectrum": Call(
        plots.plot_spectrum,
        ax=AX,
        e=Arg(OF_ONE, np.sin),
        bounds=Arg(VECTOR, np.array([0.0, 8.0])),
        basis=Arg(CHOICE, "fourier"),
        n=Arg(COUNT, 5),
        label=Arg(TEXT, "u"),
    ),
    "plots.fits.plot_sensitivity": Call(
        plots.plot_sensitivity,
        ax=AX,
        model=Arg(THING, NET),
        theta=Arg(VECTOR, THETA),
        point=Arg(VECTOR, np.array([0.5, 0.25])),
        bounds=Arg(VECTOR, BOX),
        input=Arg(INDEX, 1),
        output=Arg(INDEX, 0),
        true=Arg(Function(takes=("None", "type"), more=BAD_RETURNS), lambda x, y: x * y),
        n=Arg(COUNT, 5),
    ),
    "plots.fits.plot_contour": Call(
        plots.plot_contour,
        ax=AX,
        u=Arg(OF_ONE, lambda x, y: x * y),
        bounds=Arg(VECTOR, BOX),
        name=Arg(TEXT, "u"),
        true=Arg(Function(takes=("None", "type"), more=BAD_RETURNS), lambda x, y: x + y),
        levels=Arg(Integer(more={"zero": 0, "NaN inside": [np.nan, 1.0]}), 4),
        points=Arg(Numbers(open=(0,), takes=("None",)), np.array([[0.5, 0.5], [0.25, 1.0]])),
        n=Arg(COUNT, 5),
    ),
    "theory.step_limits.two_cycle": Call(
        step_limits.two_cycle,
        p=Arg(Real(more={"2": 2}), 1.5),
        learning_rate=Arg(RATE, 0.125),
        maxiter=Arg(Integer(huge=False), 3),
    ),
    "paper.examples.train": Call(
        train,
        example=Arg(THING, EXAMPLE),
        seed=Arg(SEED, 3),
        epochs=Arg(Integer(huge=False), 1, ("epochs", "maxiter")),
        on_epoch=Arg(OPTIONAL_FUNCTION, Fresh(lambda: lambda epoch, loss: None)),
    ),
    "paper.examples.random_features": Call(
        lambda **a: paper.random_features(**a)(np.ones(9), X_1),
        example=Arg(THING, EXAMPLE),
        seed=Arg(SEED, 3),
        n=Arg(COUNT, 8),
    ),
    "paper.examples.solve_example": Call(
        lambda **a: paper.solve_example(**a).sup_errors()[0],
        example=Arg(THING, EXAMPLE),
        seed=Arg(SEED, 3),
    ),
    "lab.experiment.Settings": Call(
        lab.Settings,
        weight=Arg(Real(), 0.5),
        learning_rate=Arg(RATE, 0.25),
        p=Arg(Real(more={"below 1": 0.5}), 2),
        order=Arg(COUNT, 1),
        width=Arg(OPEN_COUNT, 4),
        noise=Arg(Real(), 0.5),
    ),
    "lab.experiment.Experiment.step": Call(
        lambda n: lab.Experiment(lab.Settings(width=2)).step(n), n=Arg(Integer(huge=False), 2)
    ),
    "lab.experiment.Experiment.set": Call(
        lambda width: lab.Experiment(lab.Settings(width=2)).set(width=width),
        width=Arg(COUNT, 3, ("width", "widths")),
    ),
    "lab.experiment.Experiment": Call(
        lambda **a: lab.Experiment(**a).theta,
        settings=Arg(Thing(takes=("None",)), lab.Settings(width=2)),
        seed=Arg(SEED, 3),
    ),
}
