"""All problems by name: those with slopes, their values alone where points are few, and tables without."""

from . import formulas, pricing, tables
from .problem import Problem

VALUES_ONLY = ("welded beam", "water flow", "wing weight", "Rastrigin")
QUICK = ("Rosenbrock", "Black–Scholes call", "welded beam, values only")

_all = (*formulas.PROBLEMS, *pricing.PROBLEMS, *tables.PROBLEMS)
PROBLEMS: dict[str, Problem] = {
    problem.name: problem
    for problem in (*_all, *(one.without_slopes() for one in _all if one.name in VALUES_ONLY))
}
