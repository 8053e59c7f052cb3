"""The paper's two examples, and the main job.

Read `examples` (the settings, the training, and what a run is held to) and then `command`, which is
``python -m sobolev_ref``.
"""

from .examples import EPOCHS as EPOCHS
from .examples import EXAMPLES as EXAMPLES
from .examples import EXPONENTIAL as EXPONENTIAL
from .examples import ROW as ROW
from .examples import SINE as SINE
from .examples import TABLE_1 as TABLE_1
from .examples import TABLE_2 as TABLE_2
from .examples import Example as Example
from .examples import Run as Run
from .examples import solve_example as solve_example
from .examples import train as train
