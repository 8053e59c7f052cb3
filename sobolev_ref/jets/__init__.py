"""Truncated Taylor series: the one idea of the package.

A jet holds every Taylor coefficient u_α = Dᵅu / α!, |α| ≤ k, of a function at a node. Read
`multi_index` (the set of the α), `algebra` (the three sums of products), `elementary` (functions of
a jet, each from its differential equation), `special_functions` (erf, Γ, J_0, …), `activations` (σ and
σ′ on jets), `suprema` (how large each σ⁽ⁿ⁾ is), `leading` (quotients and powers where the value is 0),
`cancellation` (the digits that these lose near a zero), `piecewise` (functions with a kink), `nearness`
(nodes that are on one but for rounding), `ufuncs` (the table of all these under NumPy's names), `jet`
(plain NumPy functions, called with a `Jet`) and `intervals` (what their coefficients are between, on
whole intervals), in this order.
"""

from .activations import ACTIVATIONS as ACTIVATIONS
from .activations import Activation as Activation
from .algebra import TaylorAlgebra as TaylorAlgebra
from .algebra import taylor_algebra as taylor_algebra
from .jet import Jet as Jet
from .multi_index import multi_indices as multi_indices
