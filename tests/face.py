"""Good values and kinds of arguments for the tables of the public face."""

import numpy as np
from calls import Arg, Call, Fresh
from hostile import Function, Integer, Kind, Numbers, Real, Sequence, Thing
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.plots import figure


def dyadic(array, bits=6):
    """Rounded to numbers that are exact in half precision."""
    return np.round(np.asarray(array) * 2**bits) / 2**bits


# -- good values ------------------------------------------------------------------------------------------

NET, NET_1 = sr.MLP((2, 3, 1)), sr.MLP((1, 3, 1))
THETA, THETA_1 = dyadic(NET.init(0)) + 0.25, dyadic(NET_1.init(0)) + 0.25
V, V_1 = dyadic(NET.init(1)), dyadic(NET_1.init(1)) + 0.125
X = np.array([[0.25, 0.5], [1.0, -0.75], [2.0, 0.0]])
X_1 = np.array([0.0, 0.5, 1.0])
BOX, BOX_1 = np.array([[0.0, 1.0], [-2.0, 2.0]]), np.array([[0.0, 2.0]])
RULE, RULE_1 = sr.gauss_legendre(BOX, 3), sr.gauss_legendre(BOX_1, 4)
LOSS = sr.SobolevLoss(NET, lambda x, y: np.sin(x) * y, RULE)
LOSS_1 = sr.SobolevLoss(NET_1, np.sin, RULE_1)
LINEAR = sr.LinearModel.polynomial(2, BOX_1)
LINEAR_LOSS = sr.SobolevLoss(LINEAR, np.exp, RULE_1)
DATA = {(0,): np.array([1.0, 2.0, np.nan]), (1,): np.array([0.5, np.nan, 3.0])}
RULE_3 = sr.samples(X_1)
SCALER = sr.Standardizer([1.0], [2.0], [0.0], [4.0])
MERGED = sr.merge_samples({(0,): (X_1, X_1), (1,): ([1.0], [2.0])})
TANH = sr.ACTIVATIONS["tanh"]
CONSTANT = sr.Lipschitz(8.0, "certified", "for the test")


def quadratic(theta, *args):
    return float(theta @ theta)


def slope(theta, *args):
    return 2 * theta


RUN = minimize(
    quadratic,
    [1.0, 2.0],
    jac=slope,
    method=sr.gradient_descent,
    options={"learning_rate": 0.25, "maxiter": 4},
)

# -- kinds ------------------------------------------------------------------------------------------------

NEGATIVE = ("negative", "half", "-inf")
COUNT = Integer()
SEED = Integer(huge=False)
OPEN_COUNT = Integer(huge=False)  # one that costs nothing however large
POSITIVE = Real(more={"zero": 0})
NONNEGATIVE = Real()
ANY_REAL = Real(takes=("negative", "half"))
OPTIONAL_COUNT = Integer(takes=("None",))
RNG = Kind(more={"float": 1.5, "old generator": np.random.RandomState(0), "list": [1, 2]})
OPTIONAL_RNG = Kind(takes=("None",), more=RNG.more)
TEXT = Kind(takes=("text", "number in text"))
FUNCTION = Function()
OPTIONAL_FUNCTION = Function(takes=("None", "type", "function"))
CHOICE = Thing(more={"": "", "in capitals": "TANH", "with a blank": "tanh "})
THING = Thing()
VECTOR, PARAMETERS = Numbers(), Numbers(complex=True)
NODES, COMPLEX_NODES = Numbers(open=(0,)), Numbers(open=(0,), complex=True)
EMPTY = {"none": np.empty((0, 2)), "none, one axis": np.empty(0)}


def returns(**bad):
    """A function's kind: functions that return these are refused."""
    return {name: (lambda *x, value=value: value) for name, value in bad.items()}


BAD_RETURNS = returns(
    none=None,
    text="text",
    ragged=[[1.0], [1.0, 2.0]],
    nan=np.nan,
    wrong=np.ones(7),
    empty=np.empty(0),
)
OF_ONE = Function(more=BAD_RETURNS, takes=("type",))
TARGET = Function(takes=("type",), more={**BAD_RETURNS, "a model": NET_1})
WEIGHTS = Sequence(takes=("None",), more={"unknown word": "equal", "two α short": {(9,): 1.0}})
MAPPING = Kind(more={"empty": {}, "not α": {0: [1.0]}, "negative α": {(-1,): [1.0]}})
BOUNDS = Numbers(
    more={
        "reversed": BOX[:, ::-1],
        "no length": np.zeros((2, 2)),
        "endless": [(-1.7e308, 1.7e308), (0, 1)],
    }
)
OPEN_BOUNDS = Numbers(open=(0,), more=BOUNDS.more)
PATH = Thing(takes=("text", "number in text"), more={"with NUL": "a\0b", "surrogate": b"\xff"})
PAPER = []  # one clean `Axes`, used until something is drawn on it


def clean_axes():
    if not PAPER or PAPER[0].has_data() or PAPER[0].get_legend():
        PAPER[:] = figure()[1]
    return PAPER[0]


AX = Arg(THING, Fresh(clean_axes))


def theta_of(loss_or_net, value, kind=PARAMETERS):
    return Arg(kind, value)


def rule_by(maker, **more):
    return Call(maker, bounds=Arg(OPEN_BOUNDS, BOX), **more)


def optimise(method, **options):
    """An optimiser called as SciPy calls it."""
    return Call(
        lambda fun, x0, jac, **rest: method(fun, x0, jac=jac, **rest),
        fun=Arg(
            Thing(
                takes=("type",), more=returns(text="1", matrix=np.ones(2), complex=1j, none=None)
            ),
            quadratic,
        ),
        x0=Arg(NODES, np.array([1.0, 2.0])),
        jac=Arg(Function(more=returns(matrix=np.ones((2, 2)), text="ab")), slope),
        learning_rate=Arg(Real(more={"zero": 0}, takes=("type", "function")), 0.25),
        maxiter=Arg(OPEN_COUNT, 3),
        gtol=Arg(Real(takes=("None",)), 0.5),
        callback=Arg(OPTIONAL_FUNCTION, Fresh(lambda: lambda theta: None)),
        **options,
    )


BETA = Arg(Real(more={"one": 1.0}), 0.5)


def in_batches(method, loss, batch_size, rng):
    options = {"maxiter": 2, "batch_size": batch_size, "rng": rng}
    return minimize(loss, THETA_1, jac=True, method=method, options=options).x


def to_nowhere(function):
    """A call that comes to naught at the disk, if it comes that far."""

    def attempt(**arguments):
        try:
            return function(**arguments)
        except OSError as error:
            return type(error).__name__

    return attempt
