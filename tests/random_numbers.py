"""What tests draw from a seed, where no strategy of `sobolev_ref.testing.strategies` is asked for."""

import numpy as np
from hypothesis import strategies as st

from sobolev_ref import Standardizer

SEEDS = st.integers(0, 2**32 - 1)


def random_direction(n, seed=0):
    """A unit vector of length n."""
    v = np.random.default_rng(seed).normal(size=n)
    return v / np.linalg.norm(v)


def random_scaler(rng, d, m):
    return Standardizer(
        rng.normal(size=d),
        np.exp(rng.normal(size=d)),
        rng.normal(size=m),
        np.exp(rng.normal(size=m)),
    )
