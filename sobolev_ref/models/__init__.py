"""The functions u_θ: networks and models linear in θ, with their passes by hand.

Read `model` (what a loss needs of any u_θ), `mlp` (the network: forward on jets, backward by
transpose), `jacobian` (∂u_θ/∂θ at every node), `reverse` (the other road, for d > mk), `features`
and `linear` (models linear in θ), and `scaled` (a model in other units), in this order.
"""

from .linear import LinearModel as LinearModel
from .mlp import MLP as MLP
from .model import Model as Model
