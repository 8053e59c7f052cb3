"""What cannot fit in memory is refused, by the package or by NumPy, with the size it would take."""

import re
import tracemalloc
from functools import cache

import numpy as np
import pytest
from limits import little_memory

import sobolev_ref as sr

SIZE = re.compile(r"([\d,.]+|more than 10\^\d+) (GB|[GTPE]iB|numbers|features)|from 1 to [\d,]+")
BOX_20 = [(0, 1)] * 20


@cache
def large_loss():
    """10,000 residuals by 40,000 parameters: 3.2 GB of Jacobian, from half a megabyte."""
    net = sr.MLP((1, 13_333, 1))
    rule = sr.midpoint([(0, 1)], 5000)
    return sr.SobolevLoss(net, np.sin, rule), np.zeros(net.n_parameters)


def wide_ridge():
    return sr.Ridge(1.0, 10**5)


REQUESTS = {
    "multi-indices": lambda: sr.multi_indices(20, 20),
    "order of derivatives": lambda: sr.MLP((20, 2, 1)).derivatives(
        np.zeros(45), np.zeros((1, 20)), 20
    ),
    "order of a loss": lambda: sr.SobolevLoss(
        sr.MLP((20, 2, 1)), {}, sr.monte_carlo(BOX_20, 4, 0), order=20
    ),
    "order of a norm": lambda: sr.sobolev_norm(np.sin, sr.monte_carlo(BOX_20, 4, 0), 20),
    "order of a jet": lambda: sr.Jet.variables(np.zeros((1, 20)), 20),
    "order of weights": lambda: sr.bessel_weights(20, 20),
    "order beyond any float": lambda: sr.frobenius_weights(10**30, 170),
    "derivatives at many nodes": lambda: sr.MLP((1, 50, 100)).derivatives(
        np.zeros(5200), np.broadcast_to(0.0, (10**6, 1)), 9
    ),
    "a jet at many nodes": lambda: sr.Jet.variables(np.zeros((10**5, 3)), 20),
    "a target at many nodes": lambda: sr.coverage(
        sr.samples(np.zeros((10**6, 3))), {(0, 0, 0): np.zeros(10**6)}, 17
    ),
    "tensor rule": lambda: sr.gauss_legendre(BOX_20, 10),
    "long rule": lambda: sr.trapezoid([(0, 1)], 10**12),
    "Monte Carlo": lambda: sr.monte_carlo([(0, 1)] * 3, 10**9),
    "Sobol": lambda: sr.sobol([(0, 1)] * 3, 2**40),
    "polynomials": lambda: sr.LinearModel.polynomial(20, BOX_20),
    "polynomials beyond counting": lambda: sr.LinearModel.polynomial(10**30, BOX_20 * 500),
    "Fourier modes": lambda: sr.LinearModel.fourier(20, BOX_20),
    "Fourier modes beyond counting": lambda: sr.LinearModel.fourier(10**30, BOX_20 * 500),
    "outputs": lambda: sr.LinearModel.polynomial(2, [(0, 1)], m=10**9),
    "parameters": lambda: sr.MLP((1, 10**6, 10**6, 1)).init(0),
    "parameters beyond counting": lambda: sr.MLP((1, 10**30, 1)).init(0),
    "Jacobian": lambda: sr.SobolevLoss.jacobian(*large_loss()),
    "Jacobian for Levenberg-Marquardt": lambda: sr.fit(wide_ridge(), np.zeros(10**5), "lm"),
    "Jacobian of a Ridge": lambda: wide_ridge().jacobian(np.zeros(10**5)),
    "Jacobian of a sum": lambda: (wide_ridge() + wide_ridge()).jacobian(np.zeros(10**5)),
    "Hessian": lambda: wide_ridge().hessian(np.zeros(10**5)),
    "Lanczos": lambda: sr.sharpness(wide_ridge(), np.zeros(10**5), n=10**5),
    "Fourier norm": lambda: sr.fourier_norm(np.sin, (0, 1), 1.0, 10**12),
    "spectrum": lambda: sr.spectrum(np.sin, (0, 1), 10**12),
    "Legendre spectrum": lambda: sr.spectrum(np.sin, (0, 1), 10**5, "legendre"),
    "random features": lambda: sr.LinearModel.random(10**8, [(0, 1)], 0),
}


REFUSALS = (ValueError, MemoryError)  # ours, and NumPy's own


@pytest.mark.parametrize("name", REQUESTS)
def test_refused_with_its_count_and_size(name):
    with little_memory(), pytest.raises(REFUSALS, match="takes|Hessian|allocate") as caught:
        REQUESTS[name]()
    assert SIZE.search(str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    "name", ["Jacobian", "tensor rule", "Fourier modes", "spectrum", "parameters beyond counting"]
)
def test_refused_before_allocating(name):
    """Beside the loss, which is there, the request holds less than a megabyte, and nothing is added to it."""
    large_loss()
    tracemalloc.start()
    with pytest.raises(REFUSALS):
        REQUESTS[name]()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**6


def test_what_fits_is_not_refused():
    assert len(sr.multi_indices(20, 4)) == 10626
    assert len(sr.MLP((1, 1000, 1000, 1)).init(0)) == 2000 + 1_001_000 + 1001
    assert sr.Jet.variables(np.zeros((3, 20)), 3)[0].coefficients.shape == (1771, 3)
    net, rule = sr.MLP((1, 4, 1)), sr.midpoint([(0, 1)], 1000)
    value, _ = sr.SobolevLoss(net, np.sin, rule)(np.zeros(13))
    assert sr.SobolevLoss(net, np.sin, rule, block=10**30)(np.zeros(13))[0] == value
