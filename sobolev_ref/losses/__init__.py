"""The losses, functions of θ that SciPy can minimise.

Read `loss` (what a loss is; sums; `Ridge`), `sobolev` (the Sobolev loss and its gradient), `pointwise`
(the sum that it is, over nodes), `least_squares` (its residuals and their Jacobian for p = 2), `residual`
(equations between derivatives), `conditions` (the usual ones), `blocks` (the sum over nodes, block by
block) and `distributed` (the same sum on many machines), in this order.
"""

from .conditions import along as along
from .conditions import divergence as divergence
from .conditions import laplacian as laplacian
from .conditions import periodicity as periodicity
from .conditions import projection_variance as projection_variance
from .conditions import random_projections as random_projections
from .loss import Loss as Loss
from .loss import Ridge as Ridge
from .residual import NonlinearResidual as NonlinearResidual
from .residual import ResidualLoss as ResidualLoss
from .sobolev import SobolevLoss as SobolevLoss
