"""Data of one's own.

Read `functions` (standard functions with every derivative), `standardizer` (inputs and outputs
scaled, every derivative with them), `archive` and `storage` (one file to keep a model in), in this
order.
"""

from .functions import FUNCTIONS as FUNCTIONS
from .functions import StandardFunction as StandardFunction
from .functions import black_scholes as black_scholes
from .standardizer import Standardizer as Standardizer
from .storage import Saved as Saved
from .storage import load as load
from .storage import save as save
