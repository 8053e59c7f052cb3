"""The public face as a table, models, rules, norms: a good call, and the kind of each argument."""

import numpy as np
from calls import Arg, Call
from face import (
    BOX,
    CHOICE,
    COMPLEX_NODES,
    COUNT,
    FUNCTION,
    LINEAR,
    NET,
    OF_ONE,
    OPEN_BOUNDS,
    OPEN_COUNT,
    OPTIONAL_FUNCTION,
    OPTIONAL_RNG,
    PARAMETERS,
    RULE,
    RULE_1,
    TANH,
    TARGET,
    THETA,
    THING,
    VECTOR,
    X_1,
    X,
    rule_by,
)
from hostile import Integer, Kind, Numbers, Real, Sequence

import sobolev_ref as sr
from sobolev_ref.jets.algebra import taylor_algebra

MODELS: dict[str, Call] = {
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
            ("layers", "W1", "b1"),
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
}
