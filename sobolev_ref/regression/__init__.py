"""One object for data of one's own, in scikit-learn's shape.

Read `names` (how derivatives are called), `measurements` (data at points, and the units that suit them),
`inputs` (what users bring, as such data), `balance` (which of them share a size of error), `evidence` (what
they say of it, and of θ), `training` (from scaled data to a trained network), `uncertainty` (how far off its
answers may be), `holes` and `unseen` (where nobody knows, by distance and along directions), `report` (how
good it is), `summary` (its print), `pictures`, `archive` (one file to keep it in) and `regressor` (the object
itself), in this order.
"""

from .regressor import SobolevRegressor as SobolevRegressor
from .report import Report as Report
from .report import Row as Row
