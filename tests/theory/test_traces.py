"""(I10) is the largest value of a Rayleigh quotient, found by polynomials, and bounds every function."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import legendre
from random_numbers import SEEDS
from scipy.linalg import eigh

import sobolev_ref as sr
from sobolev_ref.theory import trace_embedding

LENGTHS, WEIGHTS = st.floats(0.2, 6), st.floats(0.05, 5)


def quotient(sides, weight, degree=14):
    """The largest ∫_∂Ω e² / ∫_Ω (e² + λ|∇e|²) among polynomials, from the matrices of Legendre's."""
    t, w = legendre.leggauss(degree + 1)
    basis = np.eye(degree + 1)
    values, slopes = (legendre.legval(t, legendre.legder(basis, k, axis=1).T) for k in (0, 1))
    ends = legendre.legval(np.array([-1.0, 1.0]), basis.T)  # (degree + 1, 2)
    one = {
        "mass": [side / 2 * (values * w) @ values.T for side in sides],
        "slope": [2 / side * (slopes * w) @ slopes.T for side in sides],
        "ends": [ends @ ends.T for _ in sides],
    }

    def with_one(name):
        """Σ_q of the products of masses with this matrix in the place of the q-th."""
        return sum(
            reduce(np.kron, [one[name if r == q else "mass"][r] for r in range(len(sides))])
            for q in range(len(sides))
        )

    volume = reduce(np.kron, one["mass"]) + weight * with_one("slope")
    last = len(volume) - 1
    return eigh(with_one("ends"), volume, subset_by_index=[last, last])[0][0]


@given(st.lists(LENGTHS, min_size=1, max_size=2), WEIGHTS)
def test_it_is_the_largest_quotient(sides, weight):
    c = trace_embedding([(1, 1 + side) for side in sides], weight)
    found = quotient([side / weight**0.5 for side in sides], 1.0, 24 if len(sides) == 1 else 14)
    assert c**2 * weight**0.5 == pytest.approx(found, rel=1e-7)  # (I10)
    assert c**2 * weight**0.5 >= found * (1 - 1e-12)


def test_it_is_the_largest_quotient_in_space():
    assert trace_embedding([(0, 1), (0, 2), (-1, 0)], 0.5) ** 2 == pytest.approx(
        quotient([1, 2, 1], 0.5, 8), rel=1e-9
    )


@given(LENGTHS, WEIGHTS)
def test_of_an_interval_it_is_a_hyperbolic_cotangent(length, weight):
    """It is less than the sum of what (I1) says of either end, whose cosh is not the other's."""
    root = weight**0.5
    c = trace_embedding([(0, length)], weight)
    assert c**2 == pytest.approx(1 / (root * np.tanh(length / (2 * root))), rel=1e-13)
    assert c**2 < 2 * sr.sup_norm_certificate(1.0, length, weight) ** 2


@given(SEEDS, WEIGHTS)
def test_it_bounds_every_function(seed, weight):
    net = sr.MLP((2, 5, 1))
    u = net.function(2 * np.random.default_rng(seed).normal(size=net.n_parameters))
    box, line = sr.gauss_legendre([(0, 1), (0, 2)], 40), sr.gauss_legendre([(0, 1)], 60)
    inside = sr.sobolev_norm(u, box, 0) ** 2 + weight * sr.sobolev_seminorm(u, box, 1) ** 2
    x, w = line.nodes[:, 0], line.weights
    around = sum(w @ u(x, np.full_like(x, y)) ** 2 for y in (0.0, 2.0))
    around += sum(2 * w @ u(np.full_like(x, side), 2 * x) ** 2 for side in (0.0, 1.0))
    assert around <= trace_embedding([(0, 1), (0, 2)], weight) ** 2 * inside * (1 + 1e-6)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_short_sides_are_those_of_constants_and_long_ones_a_corner(d):
    sides = np.array([1.0, 2.0, 5.0])[:d]
    surface = 2 * sum(1 / sides)  # |∂Ω|/|Ω|
    bounds = [(0, side) for side in sides]
    assert trace_embedding(bounds, 1e8) ** 2 == pytest.approx(surface, rel=1e-7)
    for weight in (1e-8, 1e-300):
        assert trace_embedding(bounds, weight) ** 2 == pytest.approx((d / weight) ** 0.5, rel=1e-12)


def test_a_side_can_be_too_short():
    with pytest.raises(
        ValueError, match="bounds, weight: got a side of 1e-110 √λ, takes 2e-100 √λ"
    ):
        trace_embedding([(0, 1), (0, 1e-110)])
    assert trace_embedding([(0, 1), (0, 2e-100)]) ** 2 == pytest.approx(1e100, rel=1e-12)
