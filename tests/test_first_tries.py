"""E: what a new user tries first either works, or one sentence says the way on."""

import math
import re
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp

import sobolev_ref as sr

NET = sr.MLP((2, 4, 1))
THETA = NET.init(0)
GRID = sr.midpoint([(0, 1)] * 2, 3)


class NAType:
    """As pandas' mark of a missing number: no number, and no comparison with it is true."""


class Column:
    """What the package sees of a column of a data frame."""

    def __init__(self, *entries):
        self.entries = np.array(entries, None if isinstance(entries[0], bool | str) else object)

    def __array__(self, dtype=None, copy=None):
        return self.entries

    def to_numpy(self):
        raise AssertionError("it would refuse what is missing")


class Frame:
    """What the package sees of a data frame: names, columns by name, and `to_numpy`."""

    def __init__(self, **columns):
        self.data = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return self.data[name]

    def __len__(self):
        return len(next(iter(self.data.values())))

    def to_numpy(self):
        raise AssertionError("it would lose the types of the columns")


NA = NAType()


def test_a_data_frame_is_taken_by_column():
    frame = Frame(p=np.array([1.0, 2.0, 4.0]), T=Column(300, 310, 330))
    x = np.array([[1.0, 300.0], [2.0, 310.0], [4.0, 330.0]])
    np.testing.assert_array_equal(NET(THETA, frame), NET(THETA, x))
    np.testing.assert_array_equal(sr.samples(frame).nodes, x)
    y = Column(1, NA, Decimal("3.5"))  # a nullable column with a gap, of a data base
    scaler = sr.Standardizer.from_data(frame, y)
    assert scaler.y_shift == pytest.approx(2.25)
    target = Frame(u=Column(1.0, NA, 3.0), v=np.array([1, 2, 3]))
    loss = sr.SobolevLoss(sr.MLP((2, 2)), {(0, 0): target}, sr.samples(frame))
    np.testing.assert_array_equal(loss.target_values[0], [[1, 1], [np.nan, 2], [3, 3]])


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (Column("a", "b", "c"), TypeError, r"^x\['T'\]: got <U1 entries, takes real numbers$"),
        (
            Column(1, "b", 2),
            TypeError,
            r"^x\['T'\]: got object entries, takes real numbers; entry \[1\] is 'b'$",
        ),
        (
            Column(True, False, True),
            TypeError,
            r"^x\['T'\]: got bool entries, takes real numbers, as \.astype\(float\) makes of it",
        ),
        (Column(1.0, np.inf, 2.0), ValueError, r"^x\['T'\]: got 1 NaN or infinite entries of 3"),
        (
            Column(1, NA, 2),
            ValueError,
            r"^x\['T'\]: got 1 NaN or infinite entries of 3",
        ),
    ],
)
def test_a_wrong_column_is_named(column, error, message):
    with pytest.raises(error, match=message):
        sr.samples(Frame(p=np.arange(3.0), T=column))


class Whole(Column):
    """A column of pandas' whole numbers with a gap, of which NumPy makes float64 by itself."""

    dtype = SimpleNamespace(kind="i")

    def __array__(self, dtype=None, copy=None):
        gaps = [np.nan if entry is NA else entry for entry in self.entries]
        return np.array(gaps, float) if dtype is None else self.entries


@pytest.mark.parametrize(
    "column",
    [
        Whole(1, NA, 2**53 + 1),
        [0.5, np.nan, 2**53 + 1],
        [[-1.0], [0.5], (np.int64(2**53 + 1),)],
        (-1, 0, 2**53 + 1, 2**64 - 1),  # of which NumPy makes floats
        [np.array([0.5, 1]), np.array([1, 2**53 + 1])],
        [1j, 2**53 + 1],
    ],
)
def test_whole_numbers_beside_others_are_not_rounded(column):
    with pytest.raises(ValueError, match="9007199254740993, a whole number beyond 2\\^53"):
        sr.columns({(0,): column})


def test_numbers_that_float64_has_pass_beside_others():
    (column,) = sr.columns({(0,): Whole(2**60, NA, 3)}).values()
    np.testing.assert_array_equal(column, [2.0**60, np.nan, 3.0])
    (column,) = sr.columns({(0,): [2**60, 2.0**53, 1e300, 0.5, np.nan]}).values()
    np.testing.assert_array_equal(column, [2.0**60, 2.0**53, 1e300, 0.5, np.nan])


def test_two_columns_of_one_name():
    frame = Frame(p=np.arange(3.0))
    frame.columns *= 2
    with pytest.raises(ValueError, match="^x: got two columns 'p', takes one of each name$"):
        sr.samples(frame)


def test_a_time_with_a_unit_is_no_number():
    """Five months were 5.0, as were five nanoseconds."""
    for unit in ("ns", "M", "s"):
        five = np.timedelta64(5, unit)
        with pytest.raises(TypeError, match="^p: got .*, takes a finite real exponent"):
            sr.sobolev_norm(np.sin, sr.samples([0.0, 1.0]), 1, p=five)
        with pytest.raises(TypeError, match="y: got entries of type timedelta64"):
            sr.SobolevRegressor().fit([[0.0], [1.0]], np.array([five, five], object))


def test_a_frame_without_columns_is_no_nodes():
    class Empty(Frame):
        def __len__(self):
            return 3

    with pytest.raises(ValueError, match="^x: got no nodes"):
        sr.samples(Empty())


def test_widths_one_by_one():
    with pytest.raises(
        TypeError, match=r"^widths: got \(1, 8, 1\) one by one, takes MLP\(\(1, 8, 1\)\)$"
    ):
        sr.MLP(1, 8, 1)
    for call in (lambda: sr.MLP(1, 8, 1, "sin"), lambda: sr.MLP(1, [8], 1, activation="sin")):
        with pytest.raises(TypeError, match=r"one by one, takes MLP\(\(1, 8, 1\), 'sin'\)$"):
            call()
    assert sr.MLP(widths=(1, 8, 1), activation="sin").activation.name == "sin"
    with pytest.raises(TypeError, match=r"^widths: got 8, takes a sequence such as"):
        sr.MLP(8, "sin")


def test_the_weights_of_a_loss_are_weights():
    lam = {(0, 0): 1.0, (1, 0): 0.5, (0, 1): 0.25}
    loss = sr.SobolevLoss(NET, lambda x, y: x * y, GRID, weights=lam)
    again = sr.SobolevLoss(NET, lambda x, y: x * y, GRID, weights=loss.weights)
    np.testing.assert_array_equal(again.weights, list(lam.values()))
    with pytest.raises(
        ValueError, match=r"^weights\[\(0, 1\)\]: got -1, takes a finite number >= 0$"
    ):
        sr.SobolevLoss(NET, lambda x, y: x * y, GRID, weights=[1, 1, -1])


@pytest.mark.parametrize(
    ("f", "signature"),
    [
        (lambda x, y: x * y, r"\(x, y\)"),
        (lambda: 0.0, r"\(\)"),
        (lambda x, *, k: x, r"\(x, \*, k\)"),
    ],
)
def test_a_function_of_other_variables_is_refused_by_its_signature(f, signature):
    with pytest.raises(
        TypeError, match=f"^target: got a function of {signature}, takes one of 1 array"
    ):
        sr.SobolevLoss(sr.MLP((1, 3, 1)), f, sr.midpoint([(0, 1)], 4))
    with pytest.raises(TypeError, match="^u: got a function of"):
        sr.sobolev_norm(f, sr.midpoint([(0, 1)], 4), 1)


def test_a_function_whose_signature_python_does_not_know_is_tried():
    with pytest.raises(TypeError, match="a Jet cannot become a number"):
        sr.sobolev_norm(int, sr.midpoint([(0, 1)], 4), 0)


def test_a_network_as_a_function_takes_a_meshgrid():
    x, y = np.meshgrid([0.0, 1.0], [0.0, 1.0, 2.0])
    values = NET.function(THETA)(x, y)
    assert values.shape == (3, 2)
    np.testing.assert_allclose(values.ravel(), NET(THETA, np.c_[x.ravel(), y.ravel()])[:, 0])
    two = sr.MLP((2, 4, 2))
    first, _ = two.function(two.init(0))(x, 0.5)
    assert first.shape == (3, 2) and NET.function(THETA)(0.0, 1.0).shape == ()


def test_slopes_alone_need_a_size_of_y():
    with pytest.raises(TypeError, match=r"^y: got None, takes values \(N, m\); where slopes alone"):
        sr.Standardizer.from_data([1.0, 2.0], None)


def test_where_a_derivative_is_infinite_the_message_says_what_to_do():
    with pytest.raises(
        ValueError, match=r"at x = \[0.0\]; takes a function that is, or an order below 1"
    ):
        sr.SobolevLoss(sr.MLP((1, 3, 1)), np.sqrt, sr.trapezoid([(0, 1)], 4))


@pytest.mark.parametrize("scaled", [False, True])
def test_what_was_loaded_answers_in_the_callers_units(tmp_path, scaled):
    scaler = sr.Standardizer([10.0], [2.0], [5.0], [3.0]) if scaled else None
    net = sr.MLP((1, 4, 1))
    theta = net.init(0)
    sr.save(tmp_path / "net.npz", net, theta, scaler=scaler)
    saved, model = sr.load(tmp_path / "net.npz"), scaler.model(net) if scaled else net
    x = [9.0, 11.0]
    np.testing.assert_array_equal(saved(x), model(theta, x))
    assert saved.derivatives(x, 2)[2,].tolist() == model.derivatives(theta, x, 2)[2,].tolist()


def test_a_list_of_numbers_is_no_tuple_of_outputs():
    """W2: one number a node, from `math`, has no derivatives."""
    rule = sr.gauss_legendre([(-1, 1)], 8)
    with pytest.raises(
        ValueError, match=r"^u: got a list of 8 numbers, one a node: got numbers without"
    ):
        sr.sobolev_norm(lambda x: [float(v) ** 2 for v in x.value], rule, 1)


def test_where_the_value_itself_is_infinite_no_lower_order_is_advised():
    with pytest.raises(
        ValueError,
        match=r"takes a function that is, other nodes, or a mapping",
    ):
        sr.SobolevLoss(sr.MLP((1, 3, 1)), np.log, sr.trapezoid([(0, 1)], 4))


def test_the_one_word_of_an_option():
    loss = sr.SobolevLoss(sr.MLP((1, 3, 1)), np.sin, sr.midpoint([(0, 1)], 4))
    with pytest.raises(ValueError, match="^x_scale: got 'layer', takes 'layers'$"):
        sr.fit(loss, np.zeros(10), "L-BFGS-B", x_scale="layer")


X = np.arange(6.0)
BASES = [np.polynomial.Polynomial, np.polynomial.Chebyshev, np.polynomial.Legendre]


@pytest.mark.parametrize("basis", BASES)
def test_what_the_refusal_of_a_polynomial_names_is_right(basis):
    """E: it named polyval(x, p.coef), of the wrong variable and, for Chebyshev's, in the wrong basis."""
    p = basis.fit(X, np.sin(X), 5)
    line = sr.MLP((1, 1))
    with pytest.raises(TypeError) as refused:
        sr.SobolevLoss(line, p, sr.samples(X))
    way = re.search(r"np\.polynomial\.polynomial\.polyval\(.*?\.coef\)", str(refused.value))[0]
    loss = sr.SobolevLoss(line, lambda x: eval(way, {"np": np, "p": p, "x": x}), sr.samples(X))
    np.testing.assert_allclose(loss.target_values[0, :, 0], p(X), atol=1e-12)
    np.testing.assert_allclose(loss.target_values[1, :, 0], p.deriv()(X), atol=1e-11)


def test_what_the_refusal_of_splines_and_sums_of_exponentials_names():
    """E: {(0,): s, (1,): s.derivative()} is taken as it is, and so is logaddexp."""
    s = CubicSpline(X, np.sin(X))
    loss = sr.SobolevLoss(sr.MLP((1, 1)), {(0,): s, (1,): s.derivative()}, sr.samples(X))
    np.testing.assert_array_equal(loss.target_values[1, :, 0], s(X, 1))
    for f in (s, lambda x: logsumexp(np.array([x, 2 * x]))):
        with pytest.raises(TypeError, match=r"logaddexp.x, y. for logsumexp, .* for a spline s$"):
            sr.SobolevLoss(sr.MLP((1, 1)), f, sr.samples(X))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            {(0,): lambda x: 1.0 if x > 0 else 0.0},
            r"target\[\(0,\)\]: The truth value .* takes a func",
        ),
        (
            {(1,): lambda x: math.sin(x)},
            r"target\[\(1,\)\]: only .* takes a function of arrays: np\.w",
        ),
        (
            {(0,): lambda x, y: x},
            r"target\[\(0,\)\]: got a function of \(x, y\), takes one of 1 array",
        ),
        (
            {(0,): lambda x: None},
            r"target\[\(0,\)\]: got a function that returns None, takes one with",
        ),
        (lambda x: None, "target: got a function that returns None, takes one with its value"),
        (lambda x: (x, None), "target: got a function that returns None"),
        (
            lambda x: by_place(np.zeros(6), x),
            r"write .* np\.where\(x > 0, 1, s\) for s\[x > 0\] = 1",
        ),
        (
            lambda x: by_place(np.zeros_like(x), x),
            "a Jet cannot be written to by place, or be a place",
        ),
        ({(0,): lambda x: "a" + x}, "^(?!.*takes a function of arrays)"),  # somebody's own error
    ],
)
def test_targets_that_fail_say_which_and_what_to_do(target, message):
    with pytest.raises(TypeError, match=message):
        sr.SobolevLoss(sr.MLP((1, 3, 1)), target, sr.samples(X + 0.5))


def by_place(s, x):
    s[x > 1] = 1
    return s


def test_a_loaded_model_is_no_target_but_its_function_is(tmp_path):
    net, f = sr.MLP((1, 4, 1)), sr.gauss_legendre([(0, 1)], 4)
    sr.save(tmp_path / "net.npz", net, net.init(0))
    saved = sr.load(tmp_path / "net.npz")
    with pytest.raises(
        TypeError, match=r"takes saved\.model\.function\(saved\.theta\), or with a sc"
    ):
        sr.SobolevLoss(net, saved, f)
    assert sr.SobolevLoss(net, saved.model.function(saved.theta), f)(net.init(0))[0] == 0


def test_features_that_are_not_smooth_are_named():
    features = sr.LinearModel.random(3, [(0, 1)], 0, "relu")
    scaler = sr.Standardizer([0], [1], [0], [1])
    for model in (features, scaler.model(features)):
        with pytest.raises(
            ValueError, match=r"^order: got 1, but the LinearModel is only C\^\(0,1\)"
        ):
            sr.SobolevLoss(model, np.sin, sr.midpoint([(0, 1)], 4))
    with pytest.raises(ValueError, match=r"^order: got 1, but the activation 'relu' is only"):
        sr.SobolevLoss(scaler.model(sr.MLP((1, 3, 1), "relu")), np.sin, sr.midpoint([(0, 1)], 4))


def test_a_key_that_is_no_tuple_is_shown_one():
    with pytest.raises(
        ValueError, match=r"got 0, takes a tuple of 1 whole numbers, such as \(0,\)$"
    ):
        sr.SobolevLoss(sr.MLP((1, 3, 1)), {0: X}, sr.samples(X))
