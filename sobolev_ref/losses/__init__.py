"""The losses, functions of θ that SciPy can minimise.

Read `loss` (what a loss is; sums; `Ridge`), `sobolev` (the Sobolev loss and its gradient),
`least_squares` (its residuals and their Jacobian for p = 2), `blocks` (the sum over nodes, block by
block) and `distributed` (the same sum on many machines), in this order.
"""

from .loss import Loss as Loss
from .loss import Ridge as Ridge
from .sobolev import SobolevLoss as SobolevLoss
