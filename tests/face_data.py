"""The public face as a table, data, files, functions: a good call, and the kind of each argument."""

import numpy as np
from calls import Arg, Call
from face import (
    BOX,
    COMPLEX_NODES,
    COUNT,
    DATA,
    FUNCTION,
    MAPPING,
    MERGED,
    NET,
    NET_1,
    OPEN_BOUNDS,
    PATH,
    RULE,
    RULE_3,
    SCALER,
    TARGET,
    THETA_1,
    THING,
    VECTOR,
    WEIGHTS,
    X_1,
    X,
    to_nowhere,
)
from hostile import Function, Integer, Kind, Numbers, Real, Thing

import sobolev_ref as sr

TWO_D = sr.Standardizer([0, 0], [1, 1], [0], [1])
METADATA = Kind(
    takes=("None", "dict"),
    more={"key": {1: 1}, "value": {"a": None}, "masked": {"a": np.ma.masked}},
)

DATA: dict[str, Call] = {
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
        target=Arg(
            Function(
                more={k: v for k, v in MAPPING.more.items() if k != "empty"},
                takes=("function", "type"),
            ),
            np.sin,
        ),
    ),
    "Standardizer.target data": Call(
        lambda data: SCALER.target({(1,): data}),
        data=Arg(
            Numbers(
                gaps=True,
                open=(0,),
                takes=("function", "type", "no entries", "empty list"),
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
        to_nowhere(sr.save),
        theta=Arg(VECTOR, THETA_1),
        scaler=Arg(
            Thing(takes=("None",), more={"two d": sr.Standardizer([0, 0], [1, 1], [0], [1])}),
            SCALER,
            ("scaler", "scaler's"),
        ),
        metadata=Arg(
            Kind(
                takes=("None", "dict"),
                more={"key": {1: 1}, "value": {"a": None}, "masked": {"a": np.ma.masked}},
            ),
            {"a": 1},
        ),
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
}
