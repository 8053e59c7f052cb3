"""`regression/unseen`: what is told of, and where, on data whose unknown part is known in closed form."""

import warnings

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.regression.measurements import Data
from sobolev_ref.regression.unseen import is_anchored, kept, taken, unknown, unseen

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 2))
SOME = np.arange(60) < 30
IN_X1 = X.copy()  # half of its points are in a slab, as those of the next two
IN_X2 = X.copy()
DIAGONAL = X.copy()
IN_X1[SOME, 0] = RNG.uniform(0.28, 0.32, 30)
IN_X2[SOME, 1] = RNG.uniform(0.28, 0.32, 30)
DIAGONAL[SOME, 1] = RNG.uniform(-0.04, 0.04, 30) - DIAGONAL[SOME, 0]
NEW = RNG.uniform(-1, 1, (400, 2))


def far(x, values, alpha=(0, 0), along=None, new=NEW):
    """Where Dᵅy is unknown, of one output; `values` says where each kind was measured."""
    numbers = {key: np.where(mask, 1.0, np.nan)[:, None] for key, mask in values.items()}
    if along is not None:
        along = np.tile(along, (len(x), 1)).astype(float), np.ones((len(x), 1))
    data = Data(np.asarray(x), numbers, np.full(len(x), 1 / len(x)), 1, along)
    found = unseen(data)
    assert kept(taken(kept(found), data.d)) == kept(found)
    return unknown(found, alpha, np.asarray(new, float))[:, 0]


GRADIENT = {(1, 0): SOME, (0, 1): SOME}
EVERYWHERE = np.ones(60, bool)


@pytest.mark.parametrize(
    ("x", "values", "along", "t", "width"),
    [
        # h(x1 + x2), which is 0 in the slab, has no slope along (1, -1)
        (DIAGONAL, {(0, 0): SOME} | GRADIENT, [1, -1], NEW.sum(axis=1), 0.08),
        (DIAGONAL, {(0, 0): SOME}, [1, -1], NEW.sum(axis=1), 0.08),
        # h(x1), which is 0 in the slab, has no ∂_1 ∂_2
        (IN_X1, {(0, 0): SOME, (1, 0): SOME, (1, 1): EVERYWHERE}, None, NEW[:, 0] - 0.3, 0.04),
        (IN_X1, {(0, 0): SOME, (1, 1): EVERYWHERE} | GRADIENT, None, NEW[:, 0] - 0.3, 0.04),
        # h(x2) has no slope along x1, by whichever name
        (IN_X2, {(0, 0): SOME, (0, 1): SOME}, [5, 0], NEW[:, 1] - 0.3, 0.04),
        (IN_X2, {(0, 0): SOME, (1, 0): EVERYWHERE, (0, 2): SOME}, None, NEW[:, 1] - 0.3, 0.04),
    ],
)
def test_a_change_that_no_number_sees_is_unknown_beyond_the_slab(x, values, along, t, width):
    """In the slab of that width about t = 0 and up to 0.15 of it further all is known."""
    is_far = far(x, values, along=along)
    assert is_far[np.abs(t) > 0.65 * width + 1e-3].all() and is_far.mean() > 0.9
    assert not far(x, values, along=along, new=x[SOME]).any()


def test_slopes_along_one_oblique_direction_leave_what_is_across():
    """h(x2 − x1/5) has no slope along (1, 1/5); in the slab x2 = 0.3 its t are from 0.1 to 0.5."""
    t = NEW[:, 1] - NEW[:, 0] / 5
    is_far = far(IN_X2, {(0, 0): SOME, (0, 1): SOME}, along=[1, 0.2])
    assert (
        is_far[(t < 0.08 - 0.07) | (t > 0.52 + 0.07)].all()
        and not is_far[(t > 0.15) & (t < 0.45)].any()
    )


@pytest.mark.parametrize(
    ("x", "values", "alpha", "along"),
    [
        (DIAGONAL, {(0, 0): SOME, (1, 0): EVERYWHERE}, (0, 0), None),  # all x2 are in the slab
        (DIAGONAL, {(0, 0): SOME}, (0, 0), [1, 1]),
        (IN_X2, {(0, 0): SOME, (0, 1): EVERYWHERE}, (0, 0), None),
        (
            IN_X2,
            {(0, 0): SOME, (0, 2): EVERYWHERE},
            (0, 0),
            None,
        ),  # thirty values tell two constants
        (IN_X2, {(0, 0): SOME, (1, 0): EVERYWHERE}, (1, 0), None),
        (IN_X2, {(0, 0): SOME, (1, 0): EVERYWHERE}, (1, 1), None),
        (IN_X1, {(0, 0): SOME, (1, 0): SOME, (1, 1): EVERYWHERE}, (1, 1), None),
        (
            IN_X1,
            {(0, 0): SOME, (0, 1): SOME, (1, 1): EVERYWHERE},
            (0, 1),
            None,
        ),  # ∂_1 ∂_2 is its slope
        (X, {(0, 0): X[:, 0] + X[:, 1] > -1}, (0, 0), [1, 0]),
        (X, {(1, 0): SOME, (0, 1): ~SOME}, (0, 0), None),
    ],
)
def test_what_numbers_tell_is_known(x, values, alpha, along):
    inside = NEW[(np.abs(NEW) < 0.9).all(axis=1)]
    assert not far(x, values, alpha, along, inside).any()


def test_values_tell_of_derivatives():
    assert not far(X, {(0, 0): SOME}, (0, 2), new=X[SOME]).any()


@pytest.mark.parametrize(
    ("values", "alpha", "is_known"),
    [
        ({(2,): [1] * 9, (0,): [1, 0, 0, 0, 0, 0, 0, 0, 0]}, (0,), False),  # leaves a slope
        ({(2,): [1] * 9, (0,): [1, 0, 0, 0, 0, 0, 0, 0, 1]}, (0,), True),
        ({(2,): [1] * 9, (1,): [1, 0, 0, 0, 0, 0, 0, 0, 0]}, (1,), True),
        ({(3,): [1] * 9, (1,): [1, 0, 0, 0, 0, 0, 0, 0, 0]}, (1,), False),  # leaves a bend
        ({(3,): [1] * 9, (1,): [1, 0, 0, 0, 0, 0, 0, 0, 0]}, (3,), True),
        ({(1,): [1] * 9}, (0,), True),  # but for a constant, which is named elsewhere
        ({(0,): [1, 1, 1, 0, 0, 0, 0, 0, 0], (1,): [0, 0, 0, 0, 0, 0, 1, 1, 1]}, (0,), False),
        ({(0,): [1, 1, 1, 0, 0, 0, 0, 0, 0], (1,): [0, 0, 1, 1, 1, 1, 1, 1, 1]}, (0,), True),
        ({(0,): [1, 0, 0, 0, 0, 0, 0, 0, 0]}, (1,), False),
    ],
)
def test_lower_orders_tell_what_higher_ones_leave(values, alpha, is_known):
    x = np.linspace(0, 1, 9)[:, None]
    masks = {key: np.array(mask, bool) for key, mask in values.items()}
    assert far(x, masks, alpha, new=[[0.99]]).all() != is_known


def test_no_points_between_is_no_gap():
    """Two levels of an input, or two clusters: H⁻¹ is what is said of the space between."""
    x = np.r_[np.linspace(0, 1, 9), np.linspace(9, 10, 9)][:, None]
    first = np.arange(18) < 9
    assert not far(x, {(0,): first, (1,): ~first}, (0,), new=np.linspace(0, 10, 50)[:, None]).any()
    assert far(x, {(0,): first}, (0,), new=[[9.5]]).all()


@pytest.mark.parametrize(("of", "orders", "counts"), [(0, 4, 3), (1, 3, 3), (2, 4, 3)])
def test_polynomials_are_anchored_as_linear_algebra_says(of, orders, counts):
    """Where the rows of numbers at random places determine D^of of a polynomial but for its constant."""
    rng = np.random.default_rng(1)
    for k in range(1, orders):
        for n in np.ndindex(*[counts] * k):
            rows = [np.eye(k)[0]] if of == 0 and not n[0] else []  # the constant
            for order, several in enumerate(n):
                for t in rng.uniform(-1, 1, several):
                    basis = [np.polynomial.Polynomial.basis(j).deriv(order)(t) for j in range(k)]
                    rows.append(np.array(basis))
            kernel = np.eye(k)
            if rows:
                _, size, vh = np.linalg.svd(np.array(rows))
                kernel = vh[np.sum(size > 1e-9) :]
            left = [np.polynomial.Polynomial(c).deriv(of).coef for c in kernel]
            is_told = all(np.abs(c).max() < 1e-9 for c in left)
            padded = np.array([*n, *np.zeros(orders + 2 - k)])
            assert is_anchored(k, of, padded) == is_told, (k, of, n)


def test_a_fit_says_so_of_a_diagonal_slab():
    """sin 2(x1 − x2) + 3(x1 + x2)² was off by 2.6 ± 0.005, and nothing was said."""
    minus, plus = DIAGONAL[:, 0] - DIAGONAL[:, 1], DIAGONAL.sum(axis=1)
    y = np.where(SOME, np.sin(2 * minus) + 3 * plus**2, np.nan)
    slopes = np.tile([1.0, -1.0], (60, 1)), 4 * np.cos(2 * minus)
    model = sr.SobolevRegressor(hidden=3, starts=1, max_iter=5)
    with pytest.warns(UserWarning, match=r"y changes with x1, x2 \((2[5-9]|30) of 60 points\)"):
        model.fit(DIAGONAL, y, slopes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, std = model.predict(NEW, return_std=True)
    assert np.isinf(std[np.abs(NEW.sum(axis=1)) > 0.07]).all()
    assert np.isfinite(std[np.abs(NEW.sum(axis=1)) < 0.03]).all()


def test_an_output_with_a_value_at_every_point_has_no_such_direction():
    one = np.where(np.arange(60)[:, None] == [[60, 7]], np.nan, 1.0)  # the second lacks one
    found = unseen(Data(DIAGONAL, {(0, 0): one}, np.full(60, 1 / 60), 2))
    assert found[0] == ([], None) and [tuple(one.a) for one in found[1].directions] == [
        (1, 0),
        (0, 1),
    ]


@pytest.mark.filterwarnings("ignore:alpha")
def test_an_affine_model_knows_everywhere_what_it_knows():
    """3x1 − 2x2 + 1: values of half the plane tell all, and slopes along (1, −1) leave (1, 1)."""
    model, y = sr.SobolevRegressor(hidden=()), X @ [3.0, -2.0] + 1
    slab = np.where(X[:, 0] > 0, np.nan, y)
    found, std = model.fit(X, slab).predict(NEW, return_std=True)
    np.testing.assert_allclose(found, NEW @ [3.0, -2.0] + 1, atol=1e-6)
    assert np.isfinite(std).all()
    along = np.tile([1.0, -1.0], (60, 1)), np.full(60, 5.0)
    one = np.where(np.arange(60) == 7, y, np.nan)
    with pytest.warns(UserWarning, match=r"how y changes with x1, x2 \(\d+ of 60 points\)"):
        model.fit(X, one, along)
    assert np.isinf(model.predict(NEW, return_std=True)[1]).mean() > 0.9
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        both = np.where(SOME[:, None], along[0], [1.0, 0.5])
        model.fit(X, one, (both, both @ [3.0, -2.0]))
    found, std = model.predict(NEW, return_std=True)
    np.testing.assert_allclose(found, NEW @ [3.0, -2.0] + 1, atol=1e-6)
    assert np.isfinite(std).all()
