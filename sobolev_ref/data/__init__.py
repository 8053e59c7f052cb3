"""Data of one's own, and files.

Read, in this order: `functions` (standard functions with every derivative), `standardizer` (inputs and
outputs in other units, and every derivative with them), `tables` (derivatives by name), `scores` (how good a
prediction is), `files` (written all at once or not at all), and `storage` (one file to keep a network in).
"""

from .functions import FUNCTIONS as FUNCTIONS
from .functions import StandardFunction as StandardFunction
from .functions import black_scholes as black_scholes
from .scores import r_squared as r_squared
from .standardizer import Standardizer as Standardizer
from .storage import Saved as Saved
from .storage import load as load
from .storage import save as save
from .tables import columns as columns
