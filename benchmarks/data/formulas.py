"""Problems that are formulas of engineering and of optimisation, with all derivatives by jets.

Six of them are the set by which gradient-enhanced surrogates are compared since Liu, Xu and Wang ("Sampling
strategies and metamodeling techniques for engineering design", 2016), and which the package SMT ships.
The formulas are written here from the sources that each names. Two differ from SMT 2.15: its welded
beam has l where the moment of inertia has l²; its torsion has the diameter of a shaft where St Venant's
stiffness has its fourth power, and that of a disk where its mass has its square.
"""

from typing import Any

import numpy as np

import sobolev_ref as sr

from .problem import Problem, of_function


def water_flow(r_w: Any, r: Any, T_u: Any, H_u: Any, T_l: Any, H_l: Any, L: Any, K_w: Any) -> Any:
    """The flow of water through a borehole between two aquifers, m³ a year."""
    log = np.log(r / r_w)
    return (
        2 * np.pi * T_u * (H_u - H_l) / (log * (1 + 2 * L * T_u / (log * r_w**2 * K_w) + T_u / T_l))
    )


def welded_beam(t: Any, h: Any, l: Any) -> Any:  # noqa: E741
    """The shear stress in the weld of a beam of height t: weld of thickness h and length l, in psi."""
    radius = np.sqrt((l**2 + (h + t) ** 2) / 4)
    primary = 6000 / (np.sqrt(2) * h * l)
    torsion = 6000 * (14 + l / 2) * radius / (2 * 0.707 * h * l * (l**2 / 12 + (h + t) ** 2 / 4))
    return np.sqrt(primary**2 + torsion**2 + l * primary * torsion / radius)


GRAVITY = 9.80665  # m/s²


def torsion_vibration(
    d_1: Any,
    L_1: Any,
    G_1: Any,
    L_3: Any,
    G_3: Any,
    D_1: Any,
    d_2: Any,
    L_2: Any,
    G_2: Any,
    d_3: Any,
    t_1: Any,
    rho_1: Any,
    D_2: Any,
    t_2: Any,
    rho_2: Any,
) -> Any:
    """The lower frequency of two disks D_1, D_2 between and on three shafts d_1, d_2, d_3."""
    K_1, K_2, K_3 = (
        np.pi * G * d**4 / (32 * L)
        for d, L, G in ((d_1, L_1, G_1), (d_2, L_2, G_2), (d_3, L_3, G_3))
    )
    J_1, J_2 = (
        np.pi * rho * t * D**2 / (4 * GRAVITY) * (D / 2) ** 2 / 2
        for D, t, rho in ((D_1, t_1, rho_1), (D_2, t_2, rho_2))
    )
    b = (K_1 + K_2) / J_1 + (K_2 + K_3) / J_2
    c = (K_1 * K_2 + K_2 * K_3 + K_3 * K_1) / (J_1 * J_2)
    return np.sqrt((b - np.sqrt(b**2 - 4 * c)) / 2) / (2 * np.pi)


def robot_arm(*lengths_and_angles: Any) -> Any:
    """The distance of a robot's hand from its shoulder; the arguments are L_1, θ_1, L_2, θ_2, …"""
    east: Any = 0
    north: Any = 0
    angle: Any = 0
    for length, turn in zip(lengths_and_angles[::2], lengths_and_angles[1::2]):
        angle = angle + turn
        east = east + length * np.cos(angle)
        north = north + length * np.sin(angle)
    return np.sqrt(east**2 + north**2)


def wing_weight(
    S_w: Any,
    W_fw: Any,
    A: Any,
    sweep: Any,
    q: Any,
    taper: Any,
    t_c: Any,
    N_z: Any,
    W_dg: Any,
    W_p: Any,
) -> Any:
    """The weight of a light aircraft's wing, lb; the sweep is in degrees."""
    cos = np.cos(np.pi / 180 * sweep)
    shape = (A / cos**2) ** 0.6 * taper**0.04 * (100 * t_c / cos) ** -0.3
    return 0.036 * S_w**0.758 * W_fw**0.0035 * shape * q**0.006 * (N_z * W_dg) ** 0.49 + S_w * W_p


def cantilever(*steps: Any) -> Any:
    """The deflection of a stepped cantilever's tip under 50 kN, m: b_1, h_1, l_1, b_2, h_2, l_2, …"""
    load, modulus = 50e3, 200e9  # N, N/m²
    bend: Any = 0
    beyond: Any = 0  # the length from a step's end to the tip
    for b, h, l in reversed(list(zip(steps[::3], steps[1::3], steps[2::3]))):  # noqa: E741
        bend = bend + 12 / (b * h**3) * ((l + beyond) ** 3 - beyond**3)
        beyond = beyond + l
    return load / (3 * modulus) * bend


WATER_FLOW = {
    "r_w": (0.05, 0.15),
    "r": (100, 50_000),
    "T_u": (63_070, 115_600),
    "H_u": (990, 1110),
    "T_l": (63.1, 116),
    "H_l": (700, 820),
    "L": (1120, 1680),
    "K_w": (9855, 12_045),
}
TORSION = {
    "d_1": (1.8, 2.2),
    "L_1": (9, 11),
    "G_1": (10_530_000, 12_870_000),
    "L_3": (7.2, 8.8),
    "G_3": (3_510_000, 4_290_000),
    "D_1": (10.8, 13.2),
    "d_2": (1.6425, 2.0075),
    "L_2": (10.8, 13.2),
    "G_2": (5_580_000, 6_820_000),
    "d_3": (2.025, 2.475),
    "t_1": (2.7, 3.3),
    "ρ_1": (0.252, 0.308),
    "D_2": (12.6, 15.4),
    "t_2": (3.6, 4.4),
    "ρ_2": (0.09, 0.11),
}
WING = {
    "S_w": (150, 200),
    "W_fw": (220, 300),
    "A": (6, 10),
    "Λ": (-10, 10),
    "q": (16, 45),
    "taper": (0.5, 1),
    "t_c": (0.08, 0.18),
    "N_z": (2.5, 6),
    "W_dg": (1700, 2500),
    "W_p": (0.025, 0.08),
}
ARM = {
    f"{name}_{i}": side
    for i in range(1, 5)
    for name, side in (("L", (0, 1)), ("θ", (0, 2 * np.pi)))
}
BEAM = {
    f"{name}_{i}": side
    for i in range(1, 4)
    for name, side in (("b", (0.01, 0.05)), ("h", (0.3, 0.65)), ("l", (0.5, 1)))
}

PROBLEMS: tuple[Problem, ...] = (
    of_function(
        welded_beam,
        "Deb, An efficient constraint handling method for genetic algorithms, 2000",
        {"t": (5, 10), "h": (0.125, 1), "l": (5, 10)},
        "stress",
        60,
        "welded beam",
    ),
    of_function(
        water_flow,
        "Morris, Mitchell and Ylvisaker, Bayesian design and analysis of computer experiments: use of "
        "derivatives in surface prediction, 1993",
        WATER_FLOW,
        "flow",
        80,
        "water flow",
    ),
    of_function(
        wing_weight,
        "Forrester, Sóbester and Keane, Engineering design via surrogate modelling, 2008",
        WING,
        "weight",
        100,
        "wing weight",
    ),
    of_function(
        torsion_vibration,
        "Wang, Beeson, Wiggs and Rayasam, A comparison of metamodeling methods using practical industry "
        "requirements, 2006",
        TORSION,
        "frequency",
        150,
        "torsion vibration",
    ),
    of_function(
        cantilever,
        "Cheng, Younis, Hajikolaei and Wang, Trust region based mode pursuing sampling method for global "
        "optimization of high dimensional design problems, 2015",
        BEAM,
        "deflection",
        150,
        "cantilever",
    ),
    of_function(
        robot_arm, "An and Owen, Quasi-regression, 2001", ARM, "distance", 400, "robot arm"
    ),
    of_function(
        sr.FUNCTIONS["rastrigin"],
        "Rastrigin, Systems of extremal control, 1974; the box is that of JENN's examples",
        {"x_1": (-1, 1.5), "x_2": (-1, 1.5)},
        "y",
        100,
        "Rastrigin",
    ),
    of_function(
        sr.FUNCTIONS["rosenbrock"],
        "Rosenbrock, An automatic method for finding the greatest or least value of a function, 1960",
        {"x_1": (-2, 2), "x_2": (-2, 2)},
        "y",
        25,
        "Rosenbrock",
    ),
)
