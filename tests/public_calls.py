"""The public face as a table: a good call of every callable, and the kind of each of its arguments."""

import numpy as np
from hostile import JUNK, Arg, Call, Fresh, Function, Integer, Kind, Numbers, Real, Sequence, Thing
from scipy.optimize import OptimizeResult, minimize

import sobolev_ref as sr
from sobolev_ref import pictures, plotting, profiles
from sobolev_ref.taylor import taylor_algebra


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
AX = Arg(THING, Fresh(lambda: plotting.figure()[1][0]))


def theta_of(loss_or_net, value, kind=PARAMETERS):
    return Arg(kind, value)


def rule_by(maker, **more):
    return Call(maker, bounds=Arg(OPEN_BOUNDS, BOX), **more)


def optimise(method, **options):
    """An optimiser called as SciPy calls it."""
    return Call(
        lambda fun, x0, jac, **rest: method(fun, x0, jac=jac, **rest),
        fun=Arg(Thing(takes=("type",)), quadratic, ("fun", "the loss")),
        x0=Arg(NODES, np.array([1.0, 2.0])),
        jac=Arg(Function(more=returns(matrix=np.ones((2, 2)), text="ab")), slope),
        learning_rate=Arg(Real(more={"zero": 0}, takes=("type", "function")), 0.25),
        maxiter=Arg(OPEN_COUNT, 3),
        gtol=Arg(Real(takes=("None",)), 0.5),
        callback=Arg(OPTIONAL_FUNCTION, Fresh(lambda: lambda theta: None)),
        **options,
    )


BETA = Arg(Real(more={"one": 1.0}), 0.5)


def in_batches(loss, batch_size, rng):
    options = {"maxiter": 2, "batch_size": batch_size, "rng": rng}
    return minimize(loss, THETA_1, jac=True, method=sr.adam, options=options).x


def to_nowhere(function):
    """A call that comes to naught at the disk, if it comes that far."""

    def attempt(**arguments):
        try:
            return function(**arguments)
        except OSError as error:
            return type(error).__name__

    return attempt


CALLS: dict[str, Call] = {
    # models
    "MLP": Call(
        sr.MLP,
        widths=Arg(
            Kind(more={"zero": (1, 0, 1), "float": (1, 2.0), "one": (3,), "bool": (1, True)}),
            (2, 3, 1),
        ),
        activation=Arg(CHOICE, "tanh"),
    ),
    "MLP.init": Call(NET.init, rng=Arg(OPTIONAL_RNG, 3), scheme=Arg(CHOICE, "he")),
    "MLP.pack": Call(
        lambda layers: sr.MLP((2, 1)).pack(layers),
        layers=Arg(
            Kind(more={"too many": [([[1.0, 2.0]], [3.0])] * 2, "one of two": [([[1.0, 2.0]],)]}),
            [([[1.0, 2.0]], [3.0])],
            ("layers", "W1"),
        ),
    ),
    "MLP.pack W": Call(
        lambda W, b: sr.MLP((2, 2)).pack([(W, b)]),
        W=Arg(VECTOR, np.eye(2), ("W1",)),
        b=Arg(VECTOR, np.ones(2), ("b1",)),
    ),
    "MLP.unpack": Call(NET.unpack, theta=Arg(PARAMETERS, THETA)),
    "MLP.__call__": Call(NET, theta=Arg(PARAMETERS, THETA), x=Arg(COMPLEX_NODES, X)),
    "MLP.derivatives": Call(
        NET.derivatives, theta=Arg(PARAMETERS, THETA), x=Arg(COMPLEX_NODES, X), order=Arg(COUNT, 2)
    ),
    "MLP.function": Call(
        lambda theta: NET.function(theta)(X[:, 0], X[:, 1]), theta=Arg(PARAMETERS, THETA)
    ),
    "LinearModel": Call(
        sr.LinearModel,
        features=Arg(FUNCTION, LINEAR.features),
        n_features=Arg(OPEN_COUNT, 3),
        dimensions=Arg(Kind(more={"zero": (1, 0), "three": (1, 1, 1), "one": (1,)}), (1, 1)),
        bias=Arg(Kind(takes=("bool", "NumPy's bool")), False),
        name=Arg(Kind(takes=("text", "number in text")), "polynomials"),
        rough=Arg(Real(takes=("inf",)), 2),
    ),
    "LinearModel.from_mlp": Call(
        sr.LinearModel.from_mlp, net=Arg(THING, NET), theta=Arg(VECTOR, THETA)
    ),
    "LinearModel.polynomial": Call(
        sr.LinearModel.polynomial,
        degree=Arg(COUNT, 2),
        bounds=Arg(OPEN_BOUNDS, BOX),
        m=Arg(COUNT, 2),
        kind=Arg(CHOICE, "chebyshev"),
    ),
    "LinearModel.fourier": Call(
        sr.LinearModel.fourier, n=Arg(COUNT, 2), bounds=Arg(OPEN_BOUNDS, BOX), m=Arg(COUNT, 2)
    ),
    "LinearModel.init": Call(LINEAR.init, rng=Arg(OPTIONAL_RNG, 3)),
    "LinearModel.unpack": Call(LINEAR.unpack, theta=Arg(PARAMETERS, np.ones(3))),
    "LinearModel.__call__": Call(
        LINEAR, theta=Arg(PARAMETERS, np.ones(3)), x=Arg(COMPLEX_NODES, X_1)
    ),
    "LinearModel.derivatives": Call(
        LINEAR.derivatives,
        theta=Arg(PARAMETERS, np.ones(3)),
        x=Arg(COMPLEX_NODES, X_1),
        order=Arg(COUNT, 2),
    ),
    "LinearModel.function": Call(LINEAR.function, theta=Arg(PARAMETERS, np.ones(3))),
    "Activation": Call(
        sr.Activation,
        name=Arg(Kind(takes=("text", "number in text")), "own"),
        smoothness=Arg(Real(takes=("inf",)), 2),
        jets=Arg(FUNCTION, TANH.jets),
        curvature=Arg(OPTIONAL_FUNCTION, TANH.curvature),
    ),
    "Jet": Call(
        sr.Jet,
        coefficients=Arg(
            Numbers(
                open=(1,),
                gaps=True,
                complex=True,
                takes=(
                    "inf inside",
                    "-inf",
                    "one axis more",
                    "list of empty lists",
                    "masked complex",
                    "long doubles beyond float",
                ),
            ),
            np.ones((2, 3)),
        ),
        algebra=Arg(THING, taylor_algebra(1, 1)),
    ),
    "Jet.variables": Call(
        lambda x, order: [u.derivatives for u in sr.Jet.variables(x, order)],
        x=Arg(Numbers(open=(0, 1), complex=True), X),
        order=Arg(COUNT, 2),
    ),
    "multi_indices": Call(sr.multi_indices, d=Arg(COUNT, 2), order=Arg(COUNT, 3)),
    # quadrature
    "Quadrature": Call(
        sr.Quadrature,
        nodes=Arg(Numbers(open=(1,)), X),
        weights=Arg(Numbers(more={"negative": [1.0, -1.0, 1.0]}), np.ones(3)),
    ),
    "Quadrature.mean": Call(RULE.mean),
    "Quadrature.integrate": Call(RULE_1.integrate, f=Arg(OF_ONE, np.sin)),
    "Quadrature.split": Call(RULE.split, n=Arg(COUNT, 2)),
    **{
        maker.__name__: rule_by(
            maker,
            n=Arg(
                Integer(
                    more={
                        "three": (3, 3, 3),
                        "zero": (0, 3),
                        "masked": np.ma.array([3, 3], mask=[1, 0]),
                    }
                ),
                3,
            ),
        )
        for maker in (sr.gauss_legendre, sr.clenshaw_curtis, sr.trapezoid, sr.simpson, sr.midpoint)
    },
    "monte_carlo": rule_by(sr.monte_carlo, n=Arg(COUNT, 4), rng=Arg(OPTIONAL_RNG, 3)),
    "sobol": rule_by(sr.sobol, n=Arg(COUNT, 4), rng=Arg(OPTIONAL_RNG, 3)),
    # norms and weights
    "sobolev_norm": Call(
        sr.sobolev_norm,
        u=Arg(TARGET, np.sin),
        rule=Arg(THING, RULE_1),
        order=Arg(COUNT, 1),
        p=Arg(Real(more={"below 1": 0.5}), 3),
    ),
    "sobolev_seminorm": Call(
        sr.sobolev_seminorm,
        u=Arg(TARGET, np.sin),
        rule=Arg(THING, RULE_1),
        order=Arg(COUNT, 1),
        p=Arg(Real(more={"below 1": 0.5}), 3),
    ),
    "frobenius_weights": Call(
        sr.frobenius_weights, d=Arg(COUNT, 2, ("d", "order")), order=Arg(COUNT, 2)
    ),
    "bessel_weights": Call(sr.bessel_weights, d=Arg(COUNT, 2, ("d", "order")), order=Arg(COUNT, 2)),
    "noise_weights": Call(
        sr.noise_weights,
        tau=Arg(
            Sequence(
                takes=("one more", "one less"),
                more={
                    "zero": [1.0, 0.0],
                    "empty": {},
                    "not α": {0: 1.0},
                    "two d": {(0,): 1.0, (0, 1): 1.0},
                    "negative α": {(-1,): 1.0},
                    "beyond float": (1e300, 1e-300),
                    "below float": (1e-300, 1e300),
                },
            ),
            (0.5, 2.0),
        ),
    ),
    # losses
    "SobolevLoss": Call(
        lambda **arguments: sr.SobolevLoss(**arguments)(THETA_1),
        model=Arg(THING, NET_1),
        target=Arg(Function(takes=("type",), more={**TARGET.more, **MAPPING.more}), np.sin),
        rule=Arg(Thing(more={"two variables": RULE}), RULE_1),
        order=Arg(COUNT, 1),
        p=Arg(Real(more={"below 1": 0.5}), 3),
        weights=Arg(WEIGHTS, (1.0, 0.5)),
        kinks=Arg(CHOICE, "raise"),
        road=Arg(CHOICE, "forward"),
        workers=Arg(Integer(takes=("function", "type", "negative"), more={"zero": 0, "-2": -2}), 1),
        block=Arg(Integer(takes=("None",), huge=False), 2),
    ),
    "SobolevLoss data": Call(
        lambda u, slope: sr.SobolevLoss(NET_1, {(0,): u, (1,): slope}, RULE_3)(THETA_1),
        u=Arg(
            Numbers(gaps=True, takes=("function", "type")), DATA[(0,)], ("target[(0,)]", "target")
        ),
        slope=Arg(
            Numbers(gaps=True, takes=("function", "type")), DATA[(1,)], ("target[(1,)]", "target")
        ),
    ),
    "SobolevLoss.__call__": Call(LOSS, theta=Arg(PARAMETERS, THETA)),
    "SobolevLoss.terms": Call(LOSS.terms, theta=Arg(PARAMETERS, THETA)),
    "SobolevLoss.hessp": Call(LOSS.hessp, theta=Arg(PARAMETERS, THETA), v=Arg(PARAMETERS, V)),
    "SobolevLoss.hessian": Call(LOSS.hessian, theta=Arg(PARAMETERS, THETA)),
    "SobolevLoss.residuals": Call(LOSS.residuals, theta=Arg(PARAMETERS, THETA)),
    "SobolevLoss.jacobian": Call(LOSS.jacobian, theta=Arg(PARAMETERS, THETA)),
    "SobolevLoss.least_squares": Call(lambda: LOSS.least_squares().residuals(THETA)),
    "SobolevLoss.split": Call(lambda n: [part(THETA) for part in LOSS.split(n)], n=Arg(COUNT, 2)),
    "SobolevLoss.batch": Call(
        lambda nodes: LOSS.batch(nodes)(THETA),
        nodes=Arg(
            Kind(
                more={
                    "floats": [0.0, 1.0],
                    "beyond": [0, 9],
                    "below": [-1],
                    "huge": [10**30],
                    "masked": np.ma.array([0, 1], mask=[1, 0]),
                    "two axes": [[0, 1]],
                    "number": 1,
                }
            ),
            np.array([0, 2]),
        ),
    ),
    "Loss.__add__": Call(
        lambda other: (LOSS + other)(THETA),
        other=Arg(
            Thing(more={"other P": LOSS_1}),
            LOSS,
            ("losses", "unsupported operand", "does not support ufuncs"),
        ),
    ),
    "Ridge": Call(sr.Ridge, mu=Arg(NONNEGATIVE, 0.5), n_parameters=Arg(OPEN_COUNT, 3)),
    **{
        f"Ridge.{name}": Call(
            getattr(sr.Ridge(0.5, 3), name), theta=Arg(PARAMETERS, np.array([1.0, 2.0, 0.5]))
        )
        for name in ("__call__", "residuals", "jacobian", "hessian")
    },
    "Ridge.hessp": Call(
        sr.Ridge(0.5, 3).hessp,
        theta=Arg(PARAMETERS, np.array([1.0, 2.0, 0.5])),
        v=Arg(PARAMETERS, np.array([1.0, 0.0, 0.5])),
    ),
    # optimisers
    "gradient_descent": optimise(sr.gradient_descent),
    "momentum": optimise(sr.momentum, beta=BETA),
    "adam": optimise(sr.adam, beta1=BETA, beta2=BETA, epsilon=Arg(POSITIVE, 0.5)),
    "adam in batches": Call(
        in_batches,
        loss=Arg(
            Thing(takes=tuple(JUNK), more={"no nodes": sr.Ridge(1.0, 10)}), LOSS_1, ("batch_size",)
        ),
        batch_size=Arg(Integer(takes=("None",), huge=False), 2),
        rng=Arg(OPTIONAL_RNG, 3),
    ),
    "fit": Call(
        lambda **arguments: sr.fit(**arguments).x,
        loss=Arg(THING, LOSS_1),
        theta=Arg(VECTOR, THETA_1),
        method=Arg(CHOICE, "adam"),
        maxiter=Arg(Integer(takes=("None",), huge=False), 2),
        time_limit=Arg(Real(takes=("None", "inf"), more={"zero": 0}), 1024.0),
        callback=Arg(OPTIONAL_FUNCTION, Fresh(lambda: lambda theta: None)),
        progress=Arg(Kind(takes=("None", "bool", "NumPy's bool")), False),
    ),
    "solve_linear": Call(
        solve := lambda loss, rcond: sr.solve_linear(loss, rcond=rcond).x,
        loss=Arg(Thing(more={"a network's": LOSS_1}), LINEAR_LOSS),
        rcond=Arg(Real(takes=("None",)), 2.0**-40),
    ),
    # theory
    "Lipschitz": Call(
        sr.Lipschitz,
        value=Arg(NONNEGATIVE, 2.0),
        kind=Arg(CHOICE, "exact"),
        how=Arg(Kind(takes=("text", "number in text")), "by hand"),
    ),
    "lipschitz": Call(
        sr.lipschitz,
        loss=Arg(THING, LOSS),
        theta=Arg(VECTOR, THETA),
        other=Arg(Numbers(takes=("None",)), THETA + 0.5),
        method=Arg(CHOICE, "hessian"),
        n=Arg(COUNT, 2),
    ),
    "lipschitz on a ball": Call(
        sr.lipschitz,
        loss=Arg(THING, LOSS),
        theta=Arg(VECTOR, THETA),
        radius=Arg(Real(takes=("None",)), 0.5),
    ),
    "sharpness": Call(
        sr.sharpness,
        loss=Arg(THING, LOSS),
        theta=Arg(VECTOR, THETA),
        start=Arg(Numbers(takes=("None",)), V),
        n=Arg(OPEN_COUNT, 2),
    ),
    "descent_lemma": Call(
        sr.descent_lemma,
        loss=Arg(THING, LOSS),
        theta=Arg(VECTOR, THETA),
        step=Arg(VECTOR, V),
        constant=Arg(Thing(takes=("None",)), CONSTANT),
        n=Arg(COUNT, 3),
    ),
    "descent_audit": Call(
        sr.descent_audit,
        fit=Arg(
            Thing(
                more={
                    "another result": OptimizeResult(x=1),
                    "no steps": OptimizeResult(
                        history=[1.0], gradient_norms=[1.0], learning_rates=[]
                    ),
                }
            ),
            RUN,
        ),
        constant=Arg(THING, CONSTANT),
        lower_bound=Arg(ANY_REAL, -0.5),
    ),
    "descent_audit histories": Call(
        lambda history, gradient_norms, learning_rates: sr.descent_audit(
            OptimizeResult(
                history=history, gradient_norms=gradient_norms, learning_rates=learning_rates
            ),
            CONSTANT,
        ),
        history=Arg(VECTOR, np.array([4.0, 2.0, 1.0]), ("fit",)),
        gradient_norms=Arg(VECTOR, np.array([4.0, 2.0, 1.0]), ("fit",)),
        learning_rates=Arg(VECTOR, np.array([0.25, 0.5]), ("fit",)),
    ),
    "sup_norm_certificate": Call(
        sr.sup_norm_certificate,
        integral=Arg(NONNEGATIVE, 0.5),
        length=Arg(POSITIVE, 2.0),
        weight=Arg(POSITIVE, 0.25),
    ),
    "agmon_bound": Call(
        sr.agmon_bound,
        norm=Arg(NONNEGATIVE, 0.5),
        derivative_norm=Arg(NONNEGATIVE, 2.0),
        length=Arg(POSITIVE, 0.25),
    ),
    "poincare_bound": Call(
        sr.poincare_bound, derivative_norm=Arg(NONNEGATIVE, 0.5), length=Arg(POSITIVE, 2.0)
    ),
    "weak_derivative_defect": Call(
        sr.weak_derivative_defect,
        u=Arg(OF_ONE, np.sin),
        v=Arg(OF_ONE, np.cos),
        test=Arg(OF_ONE, np.sin),
        test_slope=Arg(OF_ONE, np.cos),
        pieces=Arg(Kind(more={"numbers": [1.0], "two variables": [RULE]}), [RULE_1]),
    ),
    "fourier_norm": Call(
        sr.fourier_norm,
        u=Arg(OF_ONE, np.sin),
        bounds=Arg(Numbers(), np.array([0.0, 8.0])),
        s=Arg(ANY_REAL, 0.5),
        n=Arg(COUNT, 5),
    ),
    "spectrum": Call(
        sr.spectrum,
        e=Arg(OF_ONE, np.sin),
        bounds=Arg(Numbers(), np.array([0.0, 8.0])),
        n=Arg(COUNT, 5),
        basis=Arg(CHOICE, "legendre"),
    ),
    "check_gradient": Call(
        sr.check_gradient,
        loss=Arg(THING, LOSS_1),
        theta=Arg(VECTOR, THETA_1),
        count=Arg(Integer(takes=("None",), huge=False), 2),
        rng=Arg(OPTIONAL_RNG, 3),
        steps=Arg(Numbers(open=(0,), more={"zero": [0.0]}), np.array([0.5, 0.25])),
    ),
    "check_derivatives": Call(
        sr.check_derivatives,
        model=Arg(THING, NET_1),
        theta=Arg(VECTOR, THETA_1),
        x=Arg(NODES, X_1),
        order=Arg(Integer(more={"zero": 0}), 1),
        steps=Arg(Numbers(open=(0,), more={"zero": [0.0]}), np.array([0.5, 0.25])),
    ),
    # data
    "samples": Call(sr.samples, x=Arg(Numbers(open=(0, 1)), X)),
    "coverage": Call(
        sr.coverage,
        rule=Arg(THING, RULE_3),
        target=Arg(Function(takes=("type",), more={**TARGET.more, **MAPPING.more}), DATA),
        order=Arg(COUNT, 1),
    ),
    "merge_samples": Call(
        sr.merge_samples,
        measurements=Arg(
            Kind(
                more={
                    "empty": {},
                    "not α": {0: (X_1, X_1)},
                    "no d": {(): (X_1, X_1)},
                    "not a pair": {(0,): X_1},
                    "two d": {(0,): (X_1, X_1), (0, 1): (X_1, X_1)},
                    "two m": {(0,): (X_1, X_1), (1,): (X_1, np.ones((3, 2)))},
                }
            ),
            {(0,): (X_1, X_1), (1,): ([1.0], [2.0])},
        ),
    ),
    "merge_samples arrays": Call(
        lambda x, data: sr.merge_samples({(0,): (x, data), (1,): ([1.0], [2.0])}),
        x=Arg(VECTOR, X_1, ("measurements",)),
        data=Arg(Numbers(gaps=True), X_1, ("measurements",)),
    ),
    "MergedSamples.weights": Call(MERGED.weights, weights=Arg(WEIGHTS, (1.0, 0.5))),
    "Standardizer": Call(
        sr.Standardizer,
        x_shift=Arg(VECTOR, np.array([1.0, 0.5]), ("x_shift", "x_scale")),
        x_scale=Arg(Numbers(more={"zero": [0.0, 1.0]}), np.array([2.0, 4.0])),
        y_shift=Arg(VECTOR, np.array([1.0, 2.0]), ("y_shift", "y_scale")),
        y_scale=Arg(Numbers(more={"negative": [-1.0, 1.0]}), np.array([0.5, 1.0])),
    ),
    "Standardizer.from_data": Call(
        sr.Standardizer.from_data,
        x=Arg(Numbers(open=(1,)), X, ("x", "y")),
        y=Arg(Numbers(gaps=True, open=(1,)), X),
    ),
    "Standardizer.from_bounds": Call(
        sr.Standardizer.from_bounds, bounds=Arg(OPEN_BOUNDS, BOX), y_bounds=Arg(OPEN_BOUNDS, BOX)
    ),
    "Standardizer.nodes": Call(SCALER.nodes, x=Arg(COMPLEX_NODES, X_1)),
    "Standardizer.rule": Call(SCALER.rule, rule=Arg(Thing(more={"two d": RULE}), RULE_3)),
    "Standardizer.factor": Call(
        SCALER.factor,
        alpha=Arg(
            Kind(more={"two": (1, 1), "negative": (-1,), "huge": (10**30,), "list": [1]}), (2,)
        ),
    ),
    "Standardizer.target": Call(
        SCALER.target,
        target=Arg(Function(takes=("function", "type", "empty"), more=MAPPING.more), np.sin),
    ),
    "Standardizer.target data": Call(
        lambda data: SCALER.target({(1,): data}),
        data=Arg(
            Numbers(
                gaps=True,
                open=(0,),
                takes=("function", "type", "inf inside", "-inf", "no entries", "empty list"),
            ),
            X_1,
            ("target",),
        ),
    ),
    "Standardizer.weights": Call(
        SCALER.weights,
        weights=Arg(WEIGHTS, (1.0, 0.5)),
        order=Arg(COUNT, 1),
        p=Arg(Real(more={"below 1": 0.5}), 2),
    ),
    "Standardizer.model": Call(SCALER.model, model=Arg(Thing(more={"two d": NET}), NET_1)),
    # files: what they do to a disk is in test_storage
    "save": Call(
        to_nowhere(lambda path, model: sr.save(path, model, THETA_1)),
        path=Arg(PATH, "/dev/null/nowhere"),
        model=Arg(THING, NET_1),
    ),
    "load": Call(
        to_nowhere(sr.load),
        path=Arg(PATH, "/dev/null/nowhere"),
        max_bytes=Arg(Integer(huge=False), 100),
    ),
    # functions
    "StandardFunction": Call(
        sr.StandardFunction,
        name=Arg(Kind(takes=("text", "number in text")), "own"),
        function=Arg(FUNCTION, np.sin),
        dimensions=Arg(
            Kind(more={"zero": (0, 1), "three": (1, 1, 1), "falling": (2, 1)}), (1, None)
        ),
        sides=Arg(Kind(more={"reversed": ((1.0, 0.0),), "none": ()}), ((0.0, 1.0),)),
        remark=Arg(Kind(takes=("text", "number in text")), ""),
    ),
    "StandardFunction.bounds": Call(
        sr.FUNCTIONS["rosenbrock"].bounds, d=Arg(Integer(takes=("None",)), 3, ("d", "rosenbrock"))
    ),
    # pictures
    "r_squared": Call(
        pictures.r_squared,
        actual=Arg(Numbers(gaps=True), X_1, ("actual", "predicted")),
        predicted=Arg(VECTOR, X_1 + 0.25),
    ),
    "plot_predicted": Call(
        pictures.plot_predicted,
        ax=AX,
        actual=Arg(Numbers(gaps=True), X_1, ("actual", "predicted")),
        predicted=Arg(VECTOR, X_1 + 0.25),
    ),
    "plot_residuals": Call(
        pictures.plot_residuals,
        ax=AX,
        residuals=Arg(
            Numbers(open=(0,), gaps=True, more_axes=True, takes=("five axes", "negative", "half")),
            X_1,
        ),
    ),
    "plot_spectrum": Call(
        pictures.plot_spectrum,
        ax=AX,
        e=Arg(OF_ONE, np.sin),
        bounds=Arg(BOUNDS, BOX_1),
        basis=Arg(CHOICE, "legendre"),
        n=Arg(COUNT, 8),
    ),
    "plot_sensitivity": Call(
        profiles.plot_sensitivity,
        ax=AX,
        model=Arg(THING, NET),
        theta=Arg(VECTOR, THETA),
        point=Arg(VECTOR, np.array([0.5, 0.25])),
        bounds=Arg(BOUNDS, BOX),
        input=Arg(COUNT, 1),
        output=Arg(COUNT, 0),
        n=Arg(COUNT, 5),
    ),
    "plot_contour": Call(
        profiles.plot_contour,
        ax=AX,
        u=Arg(Function(takes=("type",)), lambda x, y: x + y),
        bounds=Arg(BOUNDS, BOX),
        name=Arg(Kind(takes=("text", "number in text")), "u"),
        n=Arg(COUNT, 5),
    ),
    "plot_derivative": Call(
        plotting.plot_derivative,
        ax=AX,
        model=Arg(Thing(more={"two d": NET}), NET_1),
        theta=Arg(VECTOR, THETA_1),
        x=Arg(Numbers(open=(0,)), X_1),
        order=Arg(COUNT, 1),
    ),
}
