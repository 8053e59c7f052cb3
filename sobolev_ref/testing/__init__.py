"""Code of someone else's held to the reference: what is wrong, where, and which mistake it looks like.

Read `equations` (the method of `plain`, each equation a function of its own, so that a mistake is one of
them replaced) first. `frameworks` stands apart: it has the networks of PyTorch, Keras, JAX, Flax and
scikit-learn, and the derivatives that their autodiff should give.
"""

from .frameworks import from_jax as from_jax
from .frameworks import from_keras as from_keras
from .frameworks import from_sklearn as from_sklearn
from .frameworks import from_torch as from_torch
from .frameworks import oracle as oracle
from .frameworks import to_jax as to_jax
from .frameworks import to_keras as to_keras
from .frameworks import to_sklearn as to_sklearn
from .frameworks import to_torch as to_torch
