"""The public face as a table, theory and checks: a good call, and the kind of each argument."""

import numpy as np
from calls import Arg, Call
from face import (
    ANY_REAL,
    CHOICE,
    CONSTANT,
    COUNT,
    LOSS,
    LOSS_1,
    NET_1,
    NODES,
    NONNEGATIVE,
    OF_ONE,
    OPEN_COUNT,
    OPTIONAL_RNG,
    POSITIVE,
    RULE,
    RULE_1,
    RUN,
    THETA,
    THETA_1,
    THING,
    VECTOR,
    X_1,
    V,
)
from hostile import Integer, Kind, Numbers, Real, Thing
from scipy.optimize import OptimizeResult

import sobolev_ref as sr

THEORY: dict[str, Call] = {
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
}
