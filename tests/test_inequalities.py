"""The sup-norm certificate (I1): it holds, and its extremal function attains it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref import paper


@given(st.floats(0.2, 10), st.floats(0.05, 5))
def test_cosh_attains_the_bound(length, weight):
    """e = cosh(x/√λ) on [0, ℓ]: sup |e| = cosh(ℓ/√λ) at the end."""
    root = np.sqrt(weight)
    e = lambda x: np.cosh(x / root) / np.cosh(length / root)  # noqa: E731
    rule = sr.gauss_legendre([(0, length)], 120)
    integral, _ = sr.SobolevLoss(sr.MLP((1, 1)), e, rule, weights=(1, weight))(np.zeros(2))
    assert sr.sup_norm_certificate(integral, length, weight) == pytest.approx(1, rel=1e-9)     # (I1)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 3))
def test_it_bounds_every_function(seed, weight):
    net = sr.MLP((1, 5, 1))
    theta = 2 * np.random.default_rng(seed).normal(size=net.n_parameters)
    loss = sr.SobolevLoss(net, lambda x: 0.0, sr.gauss_legendre([(-1, 2)], 200), weights=(1, weight))
    sup = np.abs(net(theta, np.linspace(-1, 2, 1001))).max()
    assert sup <= sr.sup_norm_certificate(loss(theta)[0], 3, weight) * (1 + 1e-6)


def test_the_paper_s_last_losses():
    """Table 1 certifies sup |e| ≤ 0.216, Table 2 sup |e| ≤ 0.0084."""
    one, two = paper.TABLE_1[-1], paper.TABLE_2[-1]
    assert sr.sup_norm_certificate(4 * np.pi * one, 4 * np.pi) == pytest.approx(0.216, abs=5e-4)
    assert sr.sup_norm_certificate(5 * two, 5) == pytest.approx(0.0084, abs=5e-5)


@pytest.mark.parametrize("arguments", [(-1, 1), (1, 0), (1, 1, 0), (np.nan, 1), (1, np.inf)])
def test_bad_values(arguments):
    with pytest.raises(ValueError, match="takes a finite number >"):
        sr.sup_norm_certificate(*arguments)
