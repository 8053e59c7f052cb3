"""Minimisers of a loss.

Read `ending` (what success means, and the table that a result prints as), `loop` (one step after another,
by mini-batches too, recorded), `optimizers` (gradient descent, momentum, Adam), `quasi_newton` (BFGS and
its self-scaled kin), `linear` (the exact
minimiser of a model linear in θ for p = 2), `convex` (for any p, with a proof), `units` (θ in units of its
own), `damped` (the damped step of a sum of squares, J in blocks), `levenberg_marquardt` (such steps on a
leash), `methods` (how each method is run, SciPy's too) and `fitting` (`fit`, one door to all of them), in
this order.
"""

from .convex import solve_convex as solve_convex
from .fitting import fit as fit
from .linear import solve_linear as solve_linear
from .optimizers import adam as adam
from .optimizers import gradient_descent as gradient_descent
from .optimizers import momentum as momentum
