"""Minimisers of a loss.

Read `loop` (one step after another, by mini-batches too, recorded), `optimizers` (gradient descent, momentum,
Adam), `linear` (the exact minimiser of a model linear in θ), `units` (θ in units of its own), `methods` (how
each method is run, SciPy's included) and `fitting` (`fit`, one door to all of them), in this order.
"""

from .fitting import fit as fit
from .linear import solve_linear as solve_linear
from .optimizers import adam as adam
from .optimizers import gradient_descent as gradient_descent
from .optimizers import momentum as momentum
