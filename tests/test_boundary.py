"""The boundary: every public callable, every argument of it, every kind of input.

A call gives the right answer, or TypeError or ValueError with a message that names the argument. Never a bare
IndexError from within, a NaN that nobody asked for, a warning, a changed input, a shape that broadcasting
made up, a request for more memory than there is, a hang.

The calls are drawn from the signatures of the package. `ARGUMENTS` says, for the name of a parameter, a
good value and its kind, and `hostile` what must be refused in its place and in which other dress it gives
the same answer. A callable or a parameter that is in no table fails the first test below.
"""

import inspect
import re
import signal
import warnings
from collections.abc import Callable, Mapping
from copy import deepcopy
from fnmatch import fnmatch
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from hostile import (
    HUGE,
    JUNK,
    Arg,
    clean_axes,
    dressed_arrays,
    function,
    integer,
    numbers,
    real,
    sequence,
    thing,
    word,
)
from hypothesis import given
from hypothesis import strategies as st
from limits import little_memory
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import OptimizeResult, minimize

import sobolev_ref as sr
from sobolev_ref import paper, plots
from sobolev_ref.jets import taylor_algebra
from sobolev_ref.lab import experiment as lab
from sobolev_ref.models import Model
from sobolev_ref.plots import figure, plot_residuals
from sobolev_ref.theory import counterexamples

# -- good values ---------------------------------------------------------------------------------------


def dyadic(array, bits=6):
    """Rounded to numbers that are exact in half precision."""
    return np.round(np.asarray(array) * 2**bits) / 2**bits


def product(x, y):
    return np.sin(x) * y


def quadratic(theta, *args):
    return float(theta @ theta)


def slope(theta, *args):
    return 2 * theta


NET, NET_1 = sr.MLP((2, 2, 1)), sr.MLP((1, 3, 1))
THETA, THETA_1 = dyadic(NET.init(0)) + 0.25, dyadic(NET_1.init(0)) + 0.25  # (9,), (10,)
V = dyadic(NET.init(1)) + 0.125
X, X_1 = np.array([[0.25, 0.5], [1.0, -0.75], [2.0, 0.0]]), np.array([0.0, 0.5, 1.0])
BOX = np.array([[0.0, 1.0], [-2.0, 2.0]])
RULE, RULE_1 = sr.gauss_legendre(BOX, 3), sr.gauss_legendre([(0, 2)], 4)
LOSS, LOSS_1 = sr.SobolevLoss(NET, product, RULE), sr.SobolevLoss(NET_1, np.sin, RULE_1)
LINEAR = sr.LinearModel.fourier(1, BOX)  # 9 parameters, too
WAVES = sr.LinearModel.fourier(4, [(0, 8)])  # and one of one variable
DATA = {(0, 0): np.array([1.0, 2.0, np.nan]), (1, 0): np.array([0.5, np.nan, 3.0])}
MEASURED = {(0, 0): (X, X_1), (1, 0): ([[1.0, 0.0]], [2.0])}
SAMPLES = sr.samples(X)
SCALER = sr.Standardizer([1.0, 0.5], [2.0, 4.0], [0.0], [4.0])
SCALER_1 = sr.Standardizer([1.0], [2.0], [0.0], [4.0])
FAR = sr.Standardizer([0.0], [1e200], [0.0], [1.0])  # a scale whose square is beyond float64
TANH = sr.ACTIVATIONS["tanh"]
DESCENT = {"learning_rate": 0.25, "maxiter": 4}
OPTIMISERS = ("gradient_descent", "momentum", "adam", "quasi_newton")
RUN = minimize(quadratic, [1.0, 2.0], jac=slope, method=sr.gradient_descent, options=DESCENT)
STEPS = np.array([0.5, 0.25])
FITTED = sr.SobolevRegressor(hidden=1, max_iter=2, starts=1).fit(X, X_1, X)
EXPERIMENT = lab.Experiment(lab.Settings(width=2))
NOWHERE = "/dev/null/nowhere"

# -- what a parameter of that name takes ---------------------------------------------------------------


def returns(**bad):
    """Functions that return these."""
    return {f"returns {name}": (lambda *x, v=value: v) for name, value in bad.items()}


BAD_RETURNS = returns(
    none=None,
    text="text",
    ragged=[[1.0], [1.0, 2.0]],
    nan=np.nan,
    wrong=np.ones(7),
    empty=np.empty(0),
)
BAD_MAPPINGS = {"not α": {0: [1.0]}, "negative α": {(-1, 0): [1.0]}}
BAD_BOXES = {
    "reversed": BOX[:, ::-1],
    "no length": np.zeros((2, 2)),
    "endless": [(-1.7e308, 1.7e308), (0, 1)],
}
BAD_WEIGHTS = {"unknown word": "equal", "two α short": {(9,): 1.0}}

ANY_REAL = real(-0.5, "negative", "half")
ANY_SHAPE = {"gaps": True, "more_axes": True}
CALLBACK = function(lambda *state: None, "None")
COMPLEX_POINTS = numbers(X, open=(0,), complex=True)
COMPLEX_THETA = numbers(THETA, complex=True)
COUNT_OF_LITTLE = integer(3, huge=False)  # of what costs nothing however large it is
FLAG = thing(False, "bool", "NumPy's bool")
FOR_THE_PATH = thing(NOWHERE, "text", "number in text", nul="a\0b", surrogate=b"\xff")
INTERVAL = numbers([0.0, 8.0])
NONNEGATIVE = real(0.5)
OF_ONE = function(np.sin, **BAD_RETURNS)
OF_TWO = function(product, **BAD_RETURNS)
OPTIONAL_OF_TWO = function(product, "None", **BAD_RETURNS)
POSITIVE = real(0.5, zero=0)
RNG = thing(3, "None", float=1.5, old=np.random.RandomState(0), list=[1, 2])
TARGET = function(product, a_model=NET, **BAD_RETURNS)


def left(x, D):
    """A nonlinear equation, u u_x + u_yy."""
    return D[0, 0] * D[1, 0] + D[0, 2]


def left_partials(x, D):
    return {(0, 0): D[1, 0], (1, 0): D[0, 0], (0, 2): 1.0}


EQUATION = {(2, 0): -1.0, (0, 0): 0.5}
F_OF_D = {"F": left, "dF": left_partials, "rhs": 0.5, "rule": RULE, "order": 2}
TARGET_OR_DATA = function(product, a_model=NET, empty={}, **BAD_RETURNS, **BAD_MAPPINGS)
TEXTS = "array of text", "list of texts"
TEXT = thing("u", "text", "number in text")
TENSOR_N = integer(3, three=(3, 3, 3), zero=(0, 3), masked=np.ma.array([3, 3], mask=[1, 0]))
THETA_OF_ANY_LENGTH = numbers([1.0, 2.0], open=(0,))
VECTOR = numbers(THETA)


def each(*names, of="", arg):
    """The same for several parameters, or for a parameter of several callables."""
    return {name + (of and "." + of): arg for name in names}


ARGUMENTS: dict[str, Arg] = {
    "actual": numbers(X, words=("actual", "predicted"), **ANY_SHAPE),
    "activation": word("tanh"),
    "algebra": thing(taylor_algebra(1, 1)),
    "alpha": thing((2, 0), one=(1,), negative=(-1, 0), huge=(HUGE, 0), list=[1, 0]),
    "ax": thing(Axes),
    "basis": word("legendre"),
    "batch_size": integer(2, "None", huge=False),
    **each("beta", "beta1", "beta2", arg=real(0.5, one=1.0)),
    "bias": FLAG,
    "bins": integer(3, zero=0, falling=[1.0, 0.0]),
    "block": integer(2, "None", huge=False),
    **each("bounds", "y_bounds", arg=numbers(BOX, open=(0,), **BAD_BOXES)),
    **each("callback", "on_epoch", arg=CALLBACK),
    "coefficients": numbers(
        np.ones((2, 3)),
        *("inf inside", "-inf", "one axis more", "list of empty lists"),
        *("masked complex", "long doubles beyond float"),
        open=(1,),
        gaps=True,
        complex=True,
    ),
    "c": real(0.5, "negative", "half"),
    "columns": integer(1),
    "center": numbers([0.0, 1.0], open=(0,)),
    "constant": thing(sr.Lipschitz(8.0, "certified", "for the test", radius=np.inf)),
    "count": integer(2, "None", huge=False),
    "curvature": function(TANH.curvature, "None"),
    "curves": thing({"a": STEPS}, too_long={"a": [1.0]}, nan={"a": [np.nan, 1.0]}),
    "d": integer(2, words=("d", "order")),
    "degree": integer(2),
    "derivative_norm": NONNEGATIVE,
    "dimensions": thing((2, 1), zero=(2, 0), three=(2, 1, 1), one=(2,)),
    "dtype": thing(float, "NumPy's", text="float", int=int),
    "e": OF_ONE,
    "epochs": integer(1, huge=False, words=("epochs", "maxiter")),
    "epsilon": POSITIVE,
    "example": thing(paper.SINE),
    "f": OF_TWO,
    "features": function(LINEAR.features),
    "fig": thing(figure()[0]),
    "fit": thing(
        RUN,
        another_result=OptimizeResult(x=1),
        no_steps=OptimizeResult(RUN, history=[1.0], gradient_norms=[1.0], learning_rates=[]),
    ),
    "fun": function(quadratic, **returns(text="1", matrix=np.ones(2), complex=1j, none=None)),
    "function": function(np.sin),
    "gtol": real(0.5, "None"),
    "hessian": numbers([[2.0, 0.5], [0.5, 1.0]]),
    "history": numbers([4.0, 2.0], open=(0,), gaps=True, negative_inside=[1.0, -1.0]),
    "input": integer(1, beyond=9),
    "integral": NONNEGATIVE,
    "iterations": numbers([0.0, 5.0], "None"),
    "jac": function(slope, **returns(matrix=np.ones((2, 2)), text="ab")),
    "jets": function(TANH.jets),
    "kinks": word("raise"),
    "layers": thing(
        [(np.ones((2, 2)), [3.0, 1.0]), ([[1.0, 2.0]], [3.0])],
        words=("layers", "W1", "b1"),
        too_many=[([[1.0, 2.0]], [3.0])] * 3,
        one_of_two=[([[1.0, 2.0]],)] * 2,
    ),
    "learned": numbers(X_1),
    "learning_rate": POSITIVE,
    "length": real(2.0, zero=0),
    "levels": integer(4, zero=0, nan_inside=[np.nan, 1.0]),
    "loss": thing(LOSS),
    "lower_bound": ANY_REAL,
    "m": integer(2),
    "max_bytes": integer(100, huge=False),
    "maxiter": COUNT_OF_LITTLE,
    "measurements": thing(
        MEASURED,
        empty={},
        not_alpha={0: (X_1, X_1)},
        no_d={(): (X_1, X_1)},
        not_a_pair={(0,): X_1},
        two_d={(0,): (X_1, X_1), (0, 1): (X_1, X_1)},
        two_m={(0,): (X_1, X_1), (1,): (X_1, np.ones((3, 2)))},
    ),
    "metadata": thing(
        {"a": 1}, *("None", "dict"), key={1: 1}, item={"a": None}, masked={"a": np.ma.masked}
    ),
    "model": thing(NET),
    "mu": NONNEGATIVE,
    "n": integer(4),
    "n_features": integer(9, huge=False),
    "n_parameters": COUNT_OF_LITTLE,
    **each("name", "label", "ylabel", "remark", "how", "why", arg=TEXT),
    "out": thing(None, "None"),
    "net": thing(NET),
    "noise": NONNEGATIVE,
    "norm": NONNEGATIVE,
    "order": integer(1),
    "other": numbers(THETA + 0.5, "None"),
    "output": integer(0, beyond=9),
    "p": real(3, below_1=0.5),
    "path": FOR_THE_PATH,
    "pieces": thing([RULE_1], numbers=[1.0], two_variables=[RULE]),
    "point": numbers([0.5, 0.25]),
    "points": numbers([[0.5, 0.5], [0.25, 1.0]], "None", open=(0,)),
    "predicted": numbers(X + 0.5, more_axes=True, words=("actual", "predicted")),
    "progress": thing(False, "None", "bool", "NumPy's bool"),
    "radius": real(0.5, "None"),
    "rcond": real(2.0**-40, "None"),
    "residual_norm": NONNEGATIVE,
    "residuals": numbers(X_1, "negative", "half", "five axes", open=(0,), **ANY_SHAPE),
    "rng": RNG,
    "road": word("forward"),
    **each("smoothness", arg=real(2, "inf")),
    "rows": integer(1),
    "rtol": real(2.0**-20, zero=0),
    "rule": thing(RULE),
    "s": ANY_REAL,
    "sampling": word("independent"),
    "scale": POSITIVE,
    "scaler": thing(SCALER, "None", words=("scaler", "scaler's"), other_d=SCALER_1),
    "scheme": word("he"),
    "seed": COUNT_OF_LITTLE,
    "settings": thing(lab.Settings(width=2), "None"),
    "sides": thing(((0.0, 1.0),), reversed=((1.0, 0.0),), none=()),
    "start": numbers(V, "None"),
    "step": numbers(V),
    "steps": numbers(STEPS, open=(0,), zero=[0.0]),
    "F": function(left, **BAD_RETURNS),
    "dF": function(
        left_partials,
        **returns(
            none=None, number=1.0, entry={(0, 0): "a"}, α={(3, 0): 1.0}, rows={(0, 0): [1.0]}
        ),
    ),
    "rhs": numbers(
        dyadic(np.linspace(-1, 1, len(RULE))),
        *("function", "type", "negative", "half", "scalar"),
        gaps=True,
    ),
    "others": thing((), "empty list", "no entries", numbers=[1.0], pairs=[(X, EQUATION)]),
    "directions": numbers(X, open=(0, 1)),
    "period": numbers([1.0, 0.0]),
    "table": thing({0: 4.0}, "None", words_inside={"a": 1.0}, nan={0: np.nan}),
    "target": TARGET_OR_DATA,
    "tau": sequence(
        (0.5, 2.0),
        *("two more", "one less"),
        zero=[1.0, 0.0],
        empty={},
        not_alpha={0: 1.0},
        two_d={(0,): 1.0, (0, 1): 1.0},
        negative_alpha={(-1,): 1.0},
        beyond_float=(1e300, 1e-300),
        below_float=(1e-300, 1e300),
    ),
    "terms": thing(
        [{(0,): 4.0, (1,): 9.0}, {(0,): 1.0, (1,): 4.0}],
        numbers=[1.0],
        words_inside=[{(0,): "1"}],
        negative=[{(0,): -1.0}],
    ),
    "test": OF_ONE,
    "test_slope": OF_ONE,
    "theta": VECTOR,
    "time_limit": real(1024.0, "None", "inf", zero=0),
    "true": OPTIONAL_OF_TWO,
    "u": TARGET,
    "v": OF_ONE,
    "value": real(2.0),
    "weight": POSITIVE,
    "weights": sequence((1.0, 0.5), "None", **BAD_WEIGHTS),
    "widths": thing((2, 3, 1), zero=(1, 0, 1), float=(1, 2.0), one=(3,), bool=(1, True)),
    "workers": integer(1, "function", "type", "negative", zero=0, minus_two=-2),
    "x": numbers(X, open=(0,)),
    "x0": THETA_OF_ANY_LENGTH,
    "x_scale": numbers([2.0, 4.0], zero=[0.0, 1.0]),
    "x_shift": numbers([1.0, 0.5], words=("x_shift", "x_scale")),
    "y": numbers(X, open=(1,), gaps=True),
    "y_scale": numbers([0.5, 1.0], negative=[-1.0, 1.0]),
    "y_shift": numbers([1.0, 2.0], words=("y_shift", "y_scale")),
    # where a callable means something of its own by that name
    **each(
        "MLP.*",
        "LinearModel.*",
        "SobolevLoss.*",
        "ResidualLoss.*",
        "NonlinearResidual.*",
        "Ridge.*",
        "FourierLoss.*",
        of="theta",
        arg=COMPLEX_THETA,
    ),
    **each("SobolevLoss.*", "Ridge.*", "FourierLoss.*", of="v", arg=numbers(V, complex=True)),
    **each("ResidualLoss.*", "NonlinearResidual.*", of="v", arg=numbers(V, complex=True)),
    **each("MLP.*", "LinearModel.*", "Saved.*", "Standardizer.nodes", of="x", arg=COMPLEX_POINTS),
    **each("gauss_legendre", "clenshaw_curtis", "trapezoid", of="n", arg=TENSOR_N),
    **each("simpson", "midpoint", of="n", arg=TENSOR_N),
    **each("fourier_norm", "spectrum", "plot_spectrum", "FourierLoss", of="bounds", arg=INTERVAL),
    **each("plot_sensitivity", "plot_contour", of="bounds", arg=numbers(BOX)),
    **each("fourier_norm", "weak_derivative_defect", of="u", arg=OF_ONE),
    "Jet.variables.x": numbers(X, open=(0, 1), complex=True),
    "samples.x": numbers(X, open=(0, 1)),
    **each(*OPTIMISERS[:3], of="learning_rate", arg=real(0.25, "type", "function", zero=0)),
    "update": word("SSBroyden"),
    "Activation.kinks": sequence(
        (0.0, 1.0), *("no entries", "empty list", "two more", "one less", "negative inside")
    ),
    "Activation.derivative_bounds": function(TANH.derivative_bounds, "None"),
    "Experiment.step.n": integer(2, huge=False),
    "LinearModel.from_mlp.theta": VECTOR,
    "LinearModel.polynomial.kind": word("chebyshev"),
    "MLP.init.bounds": numbers(BOX, "None", **BAD_BOXES),
    "Lipschitz.derivative_bounds": sequence(
        (1.0, 2.0), *("no entries", "empty list", "two more", "one less")
    ),
    "Lipschitz.kind": word("exact"),
    "Lipschitz.on.point": numbers(np.ones(9)),
    "Lipschitz.radius": real(0.5, "None", "inf"),
    "reach": real(0.5, "inf"),
    "FourierLoss.model": thing(NET_1, two_variables=NET),
    "FourierLoss.target": function(np.sin, gaps={(0,): [np.nan] * 4}, **BAD_MAPPINGS),
    "Quadrature.nodes": numbers(X, open=(1,)),
    "Quadrature.weights": numbers(np.ones(3), negative=[1.0, -1.0, 1.0]),
    "Settings.weight": NONNEGATIVE,
    "Settings.target": thing("runge", "number in text"),
    **each("Settings.width", "Settings.nodes", arg=integer(4, huge=False)),
    "decay": NONNEGATIVE,
    "Settings.unlike.other": thing(lab.Settings(width=2)),
    "problem.settings": thing(lab.Settings(width=2)),
    "Experiment.play.settings": thing(lab.Settings(width=2)),
    "first": thing(lab.Settings(width=2), "None"),
    "Experiment.play.steps": COUNT_OF_LITTLE,
    **each(
        *("SobolevLoss.batch", "ResidualLoss.batch", "NonlinearResidual.batch"),
        of="nodes",
        arg=thing(
            np.array([0, 2]),
            floats=[0.0, 1.0],
            beyond=[0, 9],
            below=[-1],
            huge=[HUGE],
            masked=np.ma.array([0, 1], mask=[1, 0]),
            two_axes=[[0, 1]],
            number=1,
        ),
    ),
    **each(
        *("SobolevLoss", "ResidualLoss", "NonlinearResidual", "periodicity", "random_projections"),
        of="rule",
        arg=thing(RULE, other_d=RULE_1),
    ),
    "ResidualLoss.terms": thing(EQUATION, empty={}, zero={(0, 0): 0.0}, **BAD_MAPPINGS),
    **each(
        "ResidualLoss", "NonlinearResidual", of="weights", arg=sequence((0.5,), "None", "one less")
    ),
    "NonlinearResidual.order": integer(2),
    "random_projections.count": integer(2),
    "laplacian.scale": ANY_REAL,
    "StandardFunction.bounds.d": integer(3, "None", words=("d", "rosenbrock")),
    "StandardFunction.dimensions": thing((1, None), zero=(0, 1), three=(1, 1, 1), falling=(2, 1)),
    "Standardizer.from_data.x": numbers(X, open=(1,), words=("x", "y")),
    "Standardizer.model.model": thing(NET, other_d=NET_1),
    "Standardizer.rule.rule": thing(RULE, other_d=RULE_1),
    "Standardizer.target.target": function(product, **BAD_MAPPINGS),
    "Standardizer.loss.target": function(product, **BAD_MAPPINGS),
    "Standardizer.loss.order": integer(1, "None"),
    "SobolevLoss.order": integer(1, "None"),
    "check_derivatives.order": integer(1, zero=0),
    "coverage.rule": thing(SAMPLES),
    "coverage.target": function(DATA, **TARGET_OR_DATA.more),
    "coverage.order": integer(1, "None"),
    "descent_lemma.constant": thing(sr.Lipschitz(8.0, "exact", ""), "None"),
    "fit.maxiter": integer(2, "None", huge=False),
    "fit.method": word("adam", "None"),
    "lipschitz.method": word("hessian"),
    "lipschitz.n": integer(2),
    **each("figure.width", "figure.height", arg=real(2.0, zero=0)),
    "plot_contour.u": OF_TWO,
    "plot_derivative.model": thing(NET_1, two_variables=NET),
    "plot_derivative.target": function(np.sin, "None", **TARGET.more),
    "plot_derivative.theta": numbers(THETA_1),
    "plot_derivative.x": numbers(X_1, open=(0,)),
    "plot_fit.true": numbers(X_1, "None", gaps=True),
    "plot_fit.x": numbers(X_1),
    "plot_step_curve.steps": numbers(STEPS, words=("steps", "curves"), zero=[0.0, 1.0]),
    **each("sharpest_weight", of="norm", arg=POSITIVE),
    **each("sharpest_weight", of="derivative_norm", arg=POSITIVE),
    "sharpness.n": integer(8, huge=False),
    "mode_rates.modes": thing(
        [product], numbers=[1.0], of_one=[lambda x: x], two_outputs=[lambda x, y: [x, y]]
    ),
    "mode_rates.parameters": thing(np.array([0, 2]), "None", beyond=[9], floats=[0.5], twice=[[0]]),
    "bessel_embedding.bounds": numbers([[0.0, 8.0], [-2.0, 6.0]], "None", **BAD_BOXES),
    **each("bessel_embedding", "bessel_kernel", of="s", arg=real(2.5, one=1.0, more=100.0)),
    "box_embedding.order": integer(2, "None", one=1),
    "box_embedding.weights": sequence((1.0, 0.5, 2.0), "None", **BAD_WEIGHTS, zero=(1.0, 1.0, 0.0)),
    "eps": real(0.5, one=1.0, zero=0),
    "morrey_bound.p": real(3, two=2),
    "r": numbers(
        abs(X),
        *("five axes", "no entries", "empty list", "list of empty lists"),
        open=(0, 1),
        more_axes=True,
        negative_inside=[-1.0],
    ),
    "certified_integral.loss": thing(LOSS_1, of_two_variables=LOSS),
    "certified_integral.theta": numbers(THETA_1),
    "certified_integral.target": function(np.sin, another=np.cos),
    "certified_integral.bounds": numbers([[0.0, 2.0]], too_short=[[0.5, 1.0]], two=BOX),
    "target_bounds": function(lambda n, lower, upper: 1.0, "None"),
    "tolerance": real(0.5, zero=0),
    "provable_step.loss": thing(LOSS + sr.Ridge(0.5, 9), without=LOSS),
    "polyak_lojasiewicz.loss": thing(sr.SobolevLoss(LINEAR, product, RULE), of_a_network=LOSS),
    **each("batch_step_limit", "batch_growth", of="batch_size", arg=integer(2)),
    "step_growth.curvature": ANY_REAL,
    "step_limit.curvature": POSITIVE,
    "adam_step_limit.scale": numbers([0.5, 2.0], zero=[0.0, 1.0]),
    "solve_convex.loss": thing(sr.SobolevLoss(LINEAR, product, RULE, p=3), of_a_network=LOSS),
    "solve_linear.loss": thing(sr.SobolevLoss(LINEAR, product, RULE), of_a_network=LOSS),
    "two_cycle.p": real(1.5, two=2),
    "SobolevRegressor.*.X": numbers(X, "objects", open=(0,), words=("X", "y", "derivatives")),
    "SobolevRegressor.*.y": numbers(X_1, "objects", gaps=True),
    **each(
        *("SobolevRegressor.report", "SobolevRegressor.plot_predicted"),
        *("SobolevRegressor.plot_residuals", "SobolevRegressor.fit"),
        of="y",
        arg=numbers(X_1, "None", "objects", gaps=True),
    ),
    "derivatives": numbers(X, "None", "objects", "Fortran objects", gaps=True, more_axes=True),
    "columns.derivatives": thing(
        {(0, 0): X_1, (1, 0): X_1}, empty={}, not_alpha={0: X_1}, ragged={(0,): [[1.0], [1.0, 2.0]]}
    ),
    "columns.inputs": thing(
        ["a", "b"], "None", *TEXTS, numbers=[1.0, 2.0], one=["a"], twice=["a", "a"]
    ),
    "columns.outputs": thing(["c"], "None", numbers=[1.0], two=["a", "b"]),
    "SobolevRegressor.fit.noise": sequence((0.5, 2.0), "None", "iterator of", zero=(0.5, 0.0)),
    "sample_weight": numbers([1.0, 2.0, 0.0], "None", negative_inside=[1.0, -1.0, 1.0]),
    "return_std": thing(True, "bool", "NumPy's bool"),
    "SobolevRegressor.to_frame.X": numbers(X, "objects", open=(0,)),
    "SobolevRegressor.plot_slice.point": numbers([0.5, 0.25], "None"),
}
HANDED_ON = dict.fromkeys(OPTIMISERS, ("jac", "maxiter", "gtol", "callback"))  # in **options
ELSEWHERE = {  # parameters that `OTHER_CALLS` try
    "momentum": {"batch_size", "rng"},
    "adam": {"batch_size", "rng"},
    "lipschitz": {"radius"},
}

EXEMPT = {
    "MLP.forward MLP.backward MLP.jacobian LinearModel.forward LinearModel.backward "
    "LinearModel.jacobian": "a pass on jets, called by losses with arrays that were checked",
    "TaylorAlgebra*": "jets themselves, for those who write an activation",
    "Coverage MergedSamples Saved Run* Record Edge KinkedGradient": "results, made by the package",
    "CertifiedIntegral View Problem*": "a result as well",
    "Example*": "settings, each checked where it is used",
    "Experiment.[frv]* Experiment.state": "takes nothing from outside",
    "derivative_name label_ends legend_above line_style": "a look",
    "black_scholes StandardFunction.__call__": "a NumPy expression: it answers as NumPy does",
    "descent_[!al]* edge_* relu_* hessian_* zero_*": "a demonstration, called as it stands",
    "Cubic*": "a model for one demonstration",
    "Loss* Model*": "abstract",
    "Report* Row": "a result as well",
    "SobolevRegressor.get_params": "its argument is there for scikit-learn, and makes no difference",
    "SobolevRegressor": "keeps what it is given, for fit to check: tried as another call",
    "Ridge.batch Ridge.split FourierLoss.batch FourierLoss.split": "has no batches",
    "Experiment.set": "tried as another call",
}

# -- the calls -----------------------------------------------------------------------------------------

PLACES = (
    sr,
    *(sr.jets, sr.models, sr.integrals, sr.losses, sr.optimize, sr.theory, sr.data, sr.regression),
    *(plots, paper),
    *(counterexamples, lab),
)


def public():
    """Every public function, class and method of `PLACES`, by its name."""
    found = {}
    for place in PLACES:
        folder = hasattr(place, "__path__")  # which exports; a module imports from others as well
        for name, it in vars(place).items():
            of = getattr(it, "__module__", "")
            ours = of.startswith("sobolev_ref") if folder else of == place.__name__
            if name[0] == "_" or not ours or not (inspect.isfunction(it) or inspect.isclass(it)):
                continue
            assert found.setdefault(name, it) is it, f"two public things of one name, {name}"
            for method, inner in inspect.getmembers(it) if inspect.isclass(it) else ():
                known = inspect.isfunction(inner) or inspect.ismethod(inner)
                ours = known and inner.__module__.startswith("sobolev_ref")
                if ours and (method[0] != "_" or method == "__call__"):
                    found[f"{name}.{method}"] = inner
    return found


PUBLIC = public()
INSTANCES: dict[str, Callable[[], Any]] = {
    "Jet": lambda: sr.Jet.variables(X_1, 1)[0],
    "MLP": lambda: NET,
    "LinearModel": lambda: LINEAR,
    "SobolevLoss": lambda: LOSS,
    "ResidualLoss": lambda: sr.ResidualLoss(NET, EQUATION, product, RULE),
    "NonlinearResidual": lambda: sr.NonlinearResidual(NET, **F_OF_D),
    "Ridge": lambda: sr.Ridge(0.5, len(THETA)),
    "FourierLoss": lambda: sr.theory.FourierLoss(WAVES, np.sin, (0, 8), 0.5, 4),
    "Quadrature": lambda: RULE,
    "MergedSamples": lambda: sr.merge_samples(MEASURED),
    "Standardizer": lambda: SCALER,
    "Saved": lambda: sr.Saved(NET, THETA),
    "StandardFunction": lambda: sr.FUNCTIONS["rosenbrock"],
    "Experiment": lambda: deepcopy(EXPERIMENT),
    "Settings": lambda: lab.Settings(),
    "Lipschitz": lambda: sr.Lipschitz(8.0, "certified", "", np.ones(9), 1.0),
    "SobolevRegressor": lambda: deepcopy(FITTED),
}


class Call:
    """A callable with one good call, which sees to it that nothing passed in is changed."""

    def __init__(self, function, arguments):
        self.function, self.arguments = function, arguments

    def __call__(self, **changes):
        arguments = {name: arg.good() for name, arg in self.arguments.items()} | changes
        before = {name: state(value) for name, value in arguments.items()}
        try:
            return self.function(**arguments)
        except OSError as error:  # it came as far as the disk, to which NOWHERE belongs
            return type(error).__name__
        finally:
            changed = [name for name in before if before[name] != state(arguments[name])]
            assert not changed, f"changed its input {changed}"

    def names(self, argument, error):
        """Whether a message has the argument's name in it, or another of its words."""
        words = "|".join(map(re.escape, self.arguments[argument].words or (argument,)))
        return re.search(rf"(?<![\w'])({words})(?!\w)", str(error))


def state(value):
    """The bytes of an argument's arrays, so that a change is seen."""
    if isinstance(value, np.ma.MaskedArray):
        return value.data.tobytes(), np.ma.getmaskarray(value).tobytes()
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return value.tobytes(), value.flags.writeable, value.dtype.str, value.shape
    if isinstance(value, list | tuple) and not any(entry is value for entry in value):
        return [state(entry) for entry in value]
    if isinstance(value, dict):
        return {key: state(entry) for key, entry in value.items()}
    return None


def exempt(name):
    return any(fnmatch(name, pattern) for patterns in EXEMPT for pattern in patterns.split())


def key(name, parameter):
    """Where `ARGUMENTS` has a parameter of a callable: by both, by its class, by its name alone."""
    owner = name.rpartition(".")[0]
    keys = f"{name}.{parameter}", f"{owner}.*.{parameter}", parameter
    return next((k for k in keys if k in ARGUMENTS), None)


def parameters(name):
    """The parameters of a public callable, and those it hands on to another."""
    known = inspect.signature(PUBLIC[name]).parameters.values()
    named = [p.name for p in known if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return [p for p in (*named, *HANDED_ON.get(name, ())) if p not in ("self", "args")]


def by_name(f):
    """The callable with names for its arguments, those too that it takes by their place alone."""
    known = inspect.signature(f).parameters.values()
    placed = [p.name for p in known if p.kind is p.POSITIONAL_ONLY]
    return lambda **given: f(*[given.pop(name) for name in placed if name in given], **given)


def drawn(name):
    """The call of a public callable, by its signature and the table."""
    here = [p for p in parameters(name) if p not in ELSEWHERE.get(name, ())]
    arguments = {p: ARGUMENTS[key(name, p)] for p in here if key(name, p)}
    owner, _, method = name.rpartition(".")
    if owner not in INSTANCES:
        return Call(by_name(PUBLIC[name]), arguments)

    def of_an_instance(**given):
        instance = INSTANCES[owner]()
        answer = getattr(instance, method)(**given)
        return instance if answer is None else answer

    return Call(of_an_instance, arguments)


def in_batches(method, fun, batch_size, rng):
    options = {"maxiter": 2, "batch_size": batch_size, "rng": rng}
    return minimize(fun, THETA, jac=True, method=method, options=options)


def audited(history, gradient_norms, learning_rates):
    record = {"gradient_norms": gradient_norms, "learning_rates": learning_rates}
    run = OptimizeResult(x=[0.0], step_lengths=[1.0, 1.0], history=history, **record)
    return sr.descent_audit(run, sr.Lipschitz(8.0, "certified", "for the test", radius=np.inf))


FIT_WORDS = {"words": ("fit",)}
A_TARGET = {"gaps": True, "words": ("target[(0, 0)]", "target[(1, 0)]", "target")}
WITH_BATCHES = {
    "fun": Arg(LOSS, takes=tuple(JUNK), words=("batch_size",), more={"no nodes": sr.Ridge(1.0, 9)}),
    "batch_size": integer(2, "None", huge=False),
    "rng": RNG,
}
OTHER_CALLS = {  # what lies inside an argument, and arguments that exclude others
    "SobolevLoss data": Call(
        lambda u, slope: sr.SobolevLoss(NET, {(0, 0): u, (1, 0): slope}, SAMPLES),
        {
            "u": numbers(DATA[0, 0], "function", "type", **A_TARGET),
            "slope": numbers(DATA[1, 0], "function", "type", **A_TARGET),
        },
    ),
    "ResidualLoss coefficients": Call(
        lambda by_node, matrix: sr.ResidualLoss(
            NET, {(1, 0): by_node, (0, 0): matrix}, 0.5, SAMPLES
        ),
        {
            "by_node": numbers(
                [0.5, 1.0, 2.0],
                *("function", "type", "negative", "half", "scalar", "one axis more"),
                words=("terms[(1, 0)]", "terms"),
            ),
            "matrix": numbers(
                [[2.0]],
                *("function", "type", "negative", "half", "scalar"),
                words=("terms[(0, 0)]", "terms"),
            ),
        },
    ),
    "ResidualLoss others": Call(
        lambda nodes: sr.ResidualLoss(NET, EQUATION, 0.5, SAMPLES, others=[(nodes, EQUATION)]),
        {"nodes": numbers(X, words=("others",))},
    ),
    "merge_samples arrays": Call(
        lambda x, data: sr.merge_samples({(0,): (x, data), (1,): ([1.0], [2.0])}),
        {
            "x": numbers(X_1, words=("measurements",)),
            "data": numbers(X_1, gaps=True, words=("measurements",)),
        },
    ),
    "Standardizer.target data": Call(
        lambda data: SCALER_1.target({(1,): data}),
        {
            "data": numbers(
                X_1,
                *("function", "type", "no entries", "empty list"),
                gaps=True,
                open=(0,),
                words=("target",),
            )
        },
    ),
    "MLP.pack W": Call(
        lambda W, b: sr.MLP((2, 2)).pack([(W, b)]),
        {"W": numbers(np.eye(2), words=("W1",)), "b": numbers(np.ones(2), words=("b1",))},
    ),
    "MLP.function x": Call(
        lambda theta: NET.function(theta)(X[:, 0], X[:, 1]), {"theta": COMPLEX_THETA}
    ),
    "Loss.__add__": Call(
        lambda other: LOSS + other,
        {"other": thing(LOSS, words=("losses",), other_P=LOSS_1)},
    ),
    "momentum in batches": Call(partial(in_batches, sr.momentum), WITH_BATCHES),
    "adam in batches": Call(partial(in_batches, sr.adam), WITH_BATCHES),
    "fit in units": Call(
        lambda x_scale: sr.fit(LOSS, THETA, maxiter=2, x_scale=x_scale),
        {"x_scale": numbers(THETA**2 + 1.0, "None", zero_inside=[0.0] * 8 + [1.0])},
    ),
    "lipschitz on a ball": Call(
        sr.lipschitz, {"loss": thing(LOSS), "theta": VECTOR, "radius": real(0.0, "None")}
    ),
    "descent_audit histories": Call(
        audited,
        {
            "history": numbers([4.0, 2.0, 1.0], **FIT_WORDS),
            "gradient_norms": numbers([4.0, 2.0, 1.0], **FIT_WORDS),
            "learning_rates": numbers([0.25, 0.5], **FIT_WORDS),
        },
    ),
    "SobolevRegressor parameters": Call(
        lambda **given: sr.SobolevRegressor(**given).fit(X, X_1, X).theta_,
        {
            "hidden": integer(2, "None", "no entries", "empty list", "list of one", "array of one"),
            "activation": word("tanh"),
            "balance": word("partial", "None"),
            "method": word("lm", "None"),
            "alpha": real(0.5, "None"),
            "validation": real(
                0.5, "None", one=1.0, numbers=(1.0, 2.0), three=(X, X_1, X, X), no_y=(X, None)
            ),
            "starts": integer(1, "None"),
            "max_iter": integer(2, "None", huge=False),
            "time_limit": real(1024.0, "None", "inf", zero=0),
            "random_state": RNG,
        },
    ),
    "Experiment.set width": Call(
        lambda width: INSTANCES["Experiment"]().set(width=width),
        {"width": integer(3, words=("width", "widths"))},
    ),
}
CALLS = {name: drawn(name) for name in PUBLIC if not exempt(name)} | OTHER_CALLS
TRIED = [(call, argument) for call in CALLS for argument in CALLS[call].arguments]

# -- answers -------------------------------------------------------------------------------------------


def leaves(answer):
    """The arrays, numbers and words of an answer; of a function, a loss or a model, what it answers."""
    if isinstance(answer, sr.Loss):
        yield from leaves(answer(np.linspace(-0.5, 0.5, answer.n_parameters)))
    elif isinstance(answer, Model):
        theta, x = np.linspace(-0.5, 0.5, answer.n_parameters), X[:, : answer.d]
        yield from leaves(answer(theta, x) if answer.d <= 2 else answer.d)
    elif isinstance(answer, Mapping):
        for key, value in answer.items():
            if not re.search("time|seconds", str(key)):  # they differ
                yield from (key, *leaves(value))
    elif isinstance(answer, list | tuple):
        for entry in answer:
            yield from leaves(entry)
    elif isinstance(answer, sr.Jet):
        yield answer.coefficients
    elif isinstance(answer, Axes):
        yield answer.get_title()
        yield from (np.asarray(line.get_xydata(), float) for line in answer.lines)
        yield from (x for bar in answer.patches for x in (bar.get_x(), bar.get_height()))
        yield from (str(c.get_array()) for c in answer.collections)
    elif isinstance(answer, Figure):
        yield len(answer.axes)
    elif isinstance(answer, lab.Experiment):
        yield answer.theta
    elif callable(answer):
        yield "a function"
    elif type(answer).__module__.startswith("sobolev_ref"):
        yield from leaves({k: v for k, v in vars(answer).items() if k[0] != "_"})
    else:
        yield answer


def bits(answer):
    """Something that `==` compares to the last bit, NaN and types included."""
    found = []
    for leaf in leaves(answer):
        array = np.asarray(leaf)
        if array.ndim == 0 and (array.dtype.kind in "biuf" or isinstance(leaf, Fraction)):
            found.append(np.float64(leaf).tobytes())
        else:
            same = leaf if array.dtype.kind == "O" else array.tobytes()
            found.append((type(leaf), array.dtype, array.shape, same))
    return found


def silent_nan(answer):
    """Whether a number in an answer is NaN, and nothing says so, as a diverged run does."""
    if isinstance(answer, sr.MergedSamples) or (
        isinstance(answer, Mapping) and answer.get("success") is False
    ):
        return False
    arrays = [np.asarray(leaf) for leaf in leaves(answer)]
    return any(a.dtype.kind in "fc" and np.isnan(a).any() for a in arrays)


# -- the properties ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def limited():
    with little_memory():
        yield


@pytest.fixture(autouse=True)
def in_time():
    """What hangs is an error, not a suite that never ends."""

    def hangs(*args):
        raise TimeoutError("a call takes a minute")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_every_public_callable_and_every_argument_is_reached():
    for name in PUBLIC:
        tried = {a for call in CALLS if call.split()[0] == name for a in CALLS[call].arguments}
        forgotten = set(parameters(name)) - tried
        assert exempt(name) or not forgotten, f"{name} and its {forgotten}"
    assert len(PUBLIC) > 100 and len(CALLS) > 90 and len(TRIED) > 240


def test_nothing_in_the_tables_is_left_over():
    used = {key(name, p) for name in PUBLIC if not exempt(name) for p in parameters(name)}
    assert set(ARGUMENTS) == used
    for pattern in [pattern for patterns in EXEMPT for pattern in patterns.split()]:
        assert any(fnmatch(name, pattern) for name in PUBLIC), pattern


@cache
def plain_answer(name):
    """The bits of the answer to the good call."""
    return bits(CALLS[name]())


@pytest.mark.parametrize("name", CALLS)
def test_the_good_call_is_good(name):
    answer = CALLS[name]()
    assert bits(answer) == plain_answer(name) and not silent_nan(answer)


def complaint(call, argument, value):
    """What is wrong with how a call refuses a value; None if nothing is.

    A message names the argument, and says what is taken, in plain words and not in capitals.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            answer = call(**{argument: value})
    except (TypeError, ValueError) as error:
        said = call.names(argument, error) and not re.search(
            "takes (None$|A |[A-Z]{2})", str(error)
        )
        return None if said else f"{type(error).__name__}: {error}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return f"accepted, with an answer of type {type(answer).__name__}"


@pytest.mark.parametrize(("name", "argument"), TRIED)
def test_a_hostile_value_is_refused_by_name(name, argument):
    call = CALLS[name]
    complaints = {
        label: found
        for label, value in call.arguments[argument].hostile().items()
        if (found := complaint(call, argument, value))
    }
    assert not complaints, "\n".join(f"{k}: {v[:300]}" for k, v in complaints.items())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "argument"), TRIED)
def test_a_good_value_in_another_dress_gives_the_same_answer(name, argument):
    call = CALLS[name]
    dresses = call.arguments[argument].benign()
    expected = plain_answer(name) if dresses else None
    different = [k for k, v in dresses.items() if bits(call(**{argument: v})) != expected]
    assert not different


@given(st.data())
def test_any_mixture_of_arguments(data):
    """Several arguments in another dress, one of them perhaps bad: the plain answer, or its name.

    One, as two that are wrong in the same way can be right together.
    """
    name = data.draw(st.sampled_from([n for n in CALLS if CALLS[n].arguments]))
    call = CALLS[name]
    chosen = data.draw(st.lists(st.sampled_from(list(call.arguments)), unique=True, min_size=1))
    changes, bad = {}, None
    for argument in chosen:
        hostile, benign = call.arguments[argument].hostile(), call.arguments[argument].benign()
        if bad is None and (data.draw(st.booleans()) or not benign):
            bad, changes[argument] = argument, hostile[data.draw(st.sampled_from(list(hostile)))]
        elif benign:
            changes[argument] = benign[data.draw(st.sampled_from(list(benign)))]
    if bad is None:
        assert plain_answer(name) == bits(call(**changes))
        return
    with pytest.raises((TypeError, ValueError)) as caught:
        call(**changes)
    assert call.names(bad, caught.value), f"{name}: {bad}: {caught.value}"


ARRAYS = [
    (name, argument)
    for name, argument in TRIED
    if CALLS[name].arguments[argument].dresses is dressed_arrays
]


@given(st.sampled_from(ARRAYS), st.lists(st.integers(0, 4), max_size=3), st.data())
def test_an_array_of_any_shape_and_any_size_of_number(where, shape, data):
    """An answer without NaN, or a warning of overflow, or a refusal by name."""
    name, argument = where
    call = CALLS[name]
    entries = st.one_of(
        st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**6), 10**6)
    )
    size = int(np.prod(shape))
    entries = data.draw(st.lists(entries, min_size=size, max_size=size))
    value = np.array(entries, dtype=float).reshape(shape)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            wrong = silent_nan(call(**{argument: value}))
        except (TypeError, ValueError) as error:
            wrong = None if call.names(argument, error) else error
    assert caught or not wrong, wrong


# -- through SciPy, and numbers beyond float64 or reason -----------------------------------------------


@pytest.mark.parametrize("method", [sr.gradient_descent, sr.momentum, sr.adam])
@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"learning_rate": "fast"}, "learning_rate: got 'fast'"),
        ({"maxiter": 2.5}, "maxiter: got 2.5"),
        ({"gtol": np.nan}, "gtol: got nan"),
        ({"rate": 1}, "options: got rate"),
    ],
)
def test_options_through_minimize(method, options, match):
    with pytest.raises((TypeError, ValueError), match=match):
        minimize(lambda t: (t @ t, 2 * t), [1.0], jac=True, method=method, options=options)


BEYOND = [
    (lambda: sr.poincare_bound(1e308, 1e308), "derivative_norm, length: got numbers whose bound"),
    (lambda: sr.agmon_bound(1e308, 1e308, 1e-308), "norm, derivative_norm, length: got"),
    (lambda: sr.sup_norm_certificate(1.0, 1e-320, 1e300), "integral, length: got numbers"),
    (lambda: sr.fourier_norm(np.cos, (0, 1), 1e300, 8), r"s: got 1e\+300"),
    (lambda: sr.noise_weights((1e300, 1e-300)), r"tau\[1\]: got a ratio τ_0/τ of inf"),
    (lambda: FAR.factor((2,)), r"alpha: got \(2,\), whose"),
    (lambda: sr.fit(LOSS, THETA, "adam", maxiter=1, callback=3), "callback: got 3"),
    (
        lambda: sr.SobolevLoss(NET_1, np.sin, RULE_1, workers=10**6),
        "workers: got 1000000, takes 1 to 10,000 threads",
    ),
    (lambda: figure(width=1e6), "width: got 1e[+]06, takes inches"),
    (lambda: plot_residuals(clean_axes(), [2.0**60], bins=3), "residuals, bins: got numbers"),
    (
        lambda: NET_1(THETA_1, 2**62 + np.arange(2)),
        "x: got 4611686018427387905, a whole number beyond",
    ),
    (lambda: sr.samples(-(2**53) - np.arange(2)), r"x: got -9007199254740993, .* as t - t\[0\]"),
    (lambda: sr.samples(np.array([2**64 - 1], np.uint64)), "x: got 18446744073709551615"),
    (lambda: FITTED.predict(np.array([[0, 2**53 + 1]], object)), "X: got 9007199254740993"),
    (lambda: FITTED.predict(np.array([[0, 10**400]], object)), "X: got 1000"),
    (
        lambda: sr.poincare_bound(2**53 + 1, 1),
        r"derivative_norm: got 9007199254740993, .* float\(…\)",
    ),
]


@pytest.mark.parametrize(("call", "match"), BEYOND)
def test_what_is_beyond_float64_or_reason_is_named(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()


def test_whole_numbers_of_float64_pass():
    """2^60 is one of them, as 2^60 + 1 is not; what a mask hides is nobody's number."""
    (node,) = sr.samples([2**60]).nodes
    assert node == 2.0**60 == sr.Ridge(2**60, 1).mu
    hidden = np.ma.array([[2**60, 0], [2**60 + 1, 1]], mask=[[0, 0], [1, 0]])
    rows = FITTED.score([[0, 0], [0, 1]], hidden[:, 0])
    assert np.isfinite(rows)
