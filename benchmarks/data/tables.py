"""Problems that are tables: SMT's and scikit-learn's, read from those packages as they are installed."""

import numpy as np
from numpy.typing import NDArray

from .problem import ANEW, TEST_POINTS, Data, Points, Problem, split

SHARE = 0.8  # of a table, to learn from


def draw_engine(seed: int) -> Data:
    """Thrust and fuel of an engine on a grid of Mach number, height in km and throttle."""
    from smt.examples.b777_engine.b777_engine import get_b777_engine

    x, y, slopes, _ = get_b777_engine()
    return split(Points(x, y, slopes), int(SHARE * len(x)), seed)


def draw_wing(seed: int) -> Data:
    """Drag and lift of a wing at 35 pairs of incidence and Mach number, without slopes."""
    from smt.examples.rans_crm_wing.rans_crm_wing import get_rans_crm_wing

    x, y, _ = get_rans_crm_wing()
    return split(Points(x, y, None), int(SHARE * len(x)), seed)


def draw_airfoil(seed: int) -> Data:
    """The drag of 42,039 airfoils, each of 14 shape modes, a Mach number and an incidence."""
    from smt.examples.airfoil_parameters.learning_airfoil_parameters import load_cd_training_data

    x, y, slopes = (np.asarray(part, dtype=float) for part in load_cd_training_data())
    return split(Points(x, y[:, None], slopes[:, None, :]), int(SHARE * len(x)), seed)


def draw_diabetes(seed: int) -> Data:
    """The progress of 442 patients, without slopes; the test points have noise as well."""
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    return split(Points(x, y[:, None], None), int(SHARE * len(x)), seed)


def draw_friedman(seed: int, n: int = 200) -> Data:
    """10 sin πx_1 x_2 + 20 (x_3 − ½)² + 10 x_4 + 5 x_5 with noise of 1, and five inputs that do nothing."""
    from sklearn.datasets import make_friedman1

    def points(n: int, noise: float, stream: int) -> tuple[NDArray, NDArray]:
        x, y = make_friedman1(n, 10, noise=noise, random_state=2 * seed + stream)
        return x, y[:, None]

    return Data(Points(*points(n, 1.0, 0), None), Points(*points(TEST_POINTS, 0.0, 1), None))


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "B777 engine",
        "Hwang and Martins, A fast-prediction surrogate model for large datasets, 2018",
        ("Mach", "height", "throttle"),
        ("thrust", "fuel"),
        844,
        draw_engine,
        needs="smt",
    ),
    Problem(
        "CRM wing",
        "Hwang and Martins, A fast-prediction surrogate model for large datasets, 2018",
        ("incidence", "Mach"),
        ("drag", "lift"),
        28,
        draw_wing,
        slopes=False,
        needs="smt",
    ),
    Problem(
        "airfoil",
        "Bouhlel, He and Martins, Scalable gradient-enhanced artificial neural networks for airfoil shape "
        "design in the subsonic and transonic regimes, 2020",
        (*(f"mode_{i}" for i in range(1, 15)), "Mach", "incidence"),
        ("drag",),
        33_631,
        draw_airfoil,
        needs="smt",
    ),
    Problem(
        "diabetes",
        "Efron, Hastie, Johnstone and Tibshirani, Least angle regression, 2004",
        ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        ("progress",),
        353,
        draw_diabetes,
        slopes=False,
        noise="that of the measurement, also at the test points",
        needs="sklearn",
    ),
    Problem(
        "Friedman 1",
        "Friedman, Multivariate adaptive regression splines, 1991",
        tuple(f"x_{i}" for i in range(1, 11)),
        ("y",),
        200,
        draw_friedman,
        slopes=False,
        noise="1 in the values",
        needs="sklearn",
        anew=lambda seed: draw_friedman(ANEW + seed).train,
    ),
)
