"""The public face as a table, losses and optimisers: a good call, and the kind of each argument."""

import numpy as np
from calls import Arg, Call, Fresh
from face import (
    BETA,
    CHOICE,
    COUNT,
    DATA,
    LINEAR_LOSS,
    LOSS,
    LOSS_1,
    MAPPING,
    NET_1,
    NONNEGATIVE,
    OPEN_COUNT,
    OPTIONAL_FUNCTION,
    OPTIONAL_RNG,
    PARAMETERS,
    POSITIVE,
    RULE,
    RULE_1,
    RULE_3,
    TARGET,
    THETA,
    THETA_1,
    THING,
    VECTOR,
    WEIGHTS,
    V,
    in_batches,
    optimise,
)
from hostile import JUNK, Function, Integer, Kind, Numbers, Real, Thing

import sobolev_ref as sr

LOSSES: dict[str, Call] = {
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
            Thing(more={"other P": LOSS_1}), LOSS, ("losses", "unsupported operand", "operand")
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
    "momentum in batches": Call(
        lambda **a: in_batches(sr.momentum, **a),
        loss=Arg(
            Kind(takes=tuple(JUNK), more={"no nodes": sr.Ridge(1.0, 10)}), LOSS_1, ("batch_size",)
        ),
        batch_size=Arg(Integer(takes=("None",), huge=False), 2),
        rng=Arg(OPTIONAL_RNG, 3),
    ),
    "adam in batches": Call(
        lambda **a: in_batches(sr.adam, **a),
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
    "fit in units": Call(
        lambda x_scale: sr.fit(LOSS_1, THETA_1, maxiter=2, x_scale=x_scale).x,
        x_scale=Arg(
            Numbers(takes=("None",), more={"zero inside": [0.0] * 9 + [1.0]}), THETA_1**2 + 1.0
        ),
    ),
    "solve_linear": Call(
        solve := lambda loss, rcond: sr.solve_linear(loss, rcond=rcond).x,
        loss=Arg(Thing(more={"a network's": LOSS_1}), LINEAR_LOSS),
        rcond=Arg(Real(takes=("None",)), 2.0**-40),
    ),
}
