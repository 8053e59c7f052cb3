"""What cannot fit in memory is refused before it is allocated, with its count and the size it would take."""

import tracemalloc

import numpy as np
import pytest

import sobolev_ref as sr

BOX_20 = [(0, 1)] * 20
WIDE = sr.MLP((1, 13_333, 1))
LARGE = sr.SobolevLoss(WIDE, np.sin, sr.midpoint([(0, 1)], 5000))  # 10,000 residuals
RIDGE = sr.Ridge(1.0, 10**5)

REQUESTS = {
    "multi-indices": lambda: sr.multi_indices(20, 20),
    "an order": lambda: sr.sobolev_norm(np.sin, sr.monte_carlo(BOX_20, 4, 0), 20),
    "derivatives": lambda: WIDE.derivatives(np.zeros(WIDE.n_parameters), np.zeros(10**4), 3),
    "a tensor rule": lambda: sr.gauss_legendre(BOX_20, 10),
    "a random rule": lambda: sr.monte_carlo([(0, 1)] * 3, 10**9),
    "parameters": lambda: sr.MLP((1, 10**6, 10**6, 1)).init(0),
    "parameters beyond counting": lambda: sr.MLP((1, 10**30, 1)).init(0),
    "a Jacobian": lambda: LARGE.jacobian(np.zeros(WIDE.n_parameters)),
    "a Jacobian for lm": lambda: sr.fit(LARGE, np.zeros(WIDE.n_parameters), "lm"),
    "a Jacobian of Ridge": lambda: RIDGE.jacobian(np.zeros(10**5)),
    "a Hessian": lambda: RIDGE.hessian(np.zeros(10**5)),
    "directions": lambda: sr.sharpness(RIDGE, np.zeros(10**5), n=10**5),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_refused_with_its_count_and_size_before_it_is_allocated(name):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"[\d,.]+ .*(GB|10\^18)"):
            REQUESTS[name]()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10**8  # a pass of a block of the large loss, at the most
