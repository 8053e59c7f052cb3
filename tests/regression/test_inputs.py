"""What `SobolevRegressor` takes: every form of the same data is the same, and what cannot be is refused."""

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.regression.inputs import known_part, measured
from sobolev_ref.regression.measurements import Data, mean_square, parted, scaler_of, spread
from sobolev_ref.regression.names import Names, parsed

N = 7
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 2))
Y, Y2 = RNG.normal(size=N), RNG.normal(size=(N, 2))
G, G2 = RNG.normal(size=(N, 2)), RNG.normal(size=(N, 2, 2))
NAMES = Names(("Mach", "alpha"), ("CL", "CD"), True, False)


class Table:
    """A frame: columns, `to_numpy`, no index."""

    def __init__(self, **columns):
        self.data, self.columns = columns, list(columns)

    def __getitem__(self, name):
        return self.data[name]

    def to_numpy(self):
        return np.stack(list(self.data.values()), axis=1)

    def __len__(self):
        return N


def labelled(*columns):
    """A frame of slopes whose labels are no text."""
    table = Table()
    table.data, table.columns = dict(zip(columns, G.T)), list(columns)
    return table


FRAME = Table(Mach=X[:, 0], alpha=X[:, 1])
OUTPUTS = Table(CL=Y2[:, 0], CD=Y2[:, 1])


def same(given, expected):
    """Whether two data are the same, NaN included."""
    assert list(given.values) == list(expected.values)
    for alpha, values in given.values.items():
        np.testing.assert_array_equal(values, expected.values[alpha])
    np.testing.assert_array_equal(given.x, expected.x)
    np.testing.assert_array_equal(given.weights, expected.weights)


@pytest.mark.parametrize(
    "derivatives",
    [
        G,
        G.tolist(),
        G[:, None, :],
        {(1, 0): G[:, 0], (0, 1): G[:, 1]},
        {(1, 0): G[:, [0]], (0, 1): G[:, [1]]},
        {"dy/dx1": G[:, 0], "dy/dx2": G[:, 1]},
        {"dx1": G[:, 0], "∂y / ∂x2": G[:, 1]},
        {"d(y)/d(x1)": G[:, 0].astype(object), (0, 1): G[:, 1]},
        Table(dx1=G[:, 0], dx2=G[:, 1]),
    ],
)
def test_gradients_of_one_output_in_every_form(derivatives):
    data, names = measured(X, Y, derivatives)
    same(data, measured(X, Y, G)[0])
    np.testing.assert_array_equal(data.values[1, 0][:, 0], G[:, 0])
    assert names == Names(("x1", "x2"), ("y",), False, True) and data.order == 1
    assert data.count == 3 * N


@pytest.mark.parametrize(
    "derivatives",
    [
        {(1, 0): G2[..., 0], (0, 1): G2[..., 1]},
        {
            "dCL/dMach": G2[:, 0, 0],
            "dCD/dMach": G2[:, 1, 0],
            "dCL/dalpha": G2[:, 0, 1],
            "dCD/dalpha": G2[:, 1, 1],
        },
    ],
)
def test_gradients_of_two_outputs_in_every_form(derivatives):
    data, names = measured(FRAME, OUTPUTS, derivatives)
    same(data, measured(X, Y2, G2)[0])
    assert names == NAMES


def test_a_name_leaves_the_other_outputs_unknown():
    data, _ = measured(FRAME, OUTPUTS, {"d2CL/dMach2": Y, "d²CD/dMachdalpha": Y})
    assert np.isnan(data.values[2, 0][:, 1]).all() and np.isnan(data.values[1, 1][:, 0]).all()
    np.testing.assert_array_equal(data.values[1, 1][:, 1], Y)


@pytest.mark.parametrize("alpha", [(1, 0), (0, 1), (2, 0), (1, 1), (0, 3), (2, 1)])
def test_a_name_is_read_as_it_is_written(alpha):
    for j, output in enumerate(NAMES.outputs):
        name = NAMES.of(alpha, j)
        assert parsed("derivatives", name, NAMES, NAMES.inputs) == (alpha, output)
        assert parsed("derivatives", name, None, NAMES.inputs) == (alpha, output)
    assert NAMES.of("along", 1) == "dCD/dv"


def test_names_with_digits_and_units():
    names = Names(("x1", "x12", "T / K"), ("y", "2y"), True, False)
    read = lambda key: parsed("derivatives", key, names, names.inputs)
    assert read("dy/dx12") == ((0, 1, 0), "y") and read("d2y/dx1dx12") == ((1, 1, 0), "y")
    assert read("d2y/dT / K") == ((0, 0, 1), "2y")
    assert read("d3y/d(x1)2d(T/K)") == ((2, 0, 1), "y")
    with pytest.raises(ValueError, match="names two derivatives"):
        parsed("derivatives", "dy/dx", Names(("x", "(x)"), ("y",), True, True), ("x", "(x)"))
    with pytest.raises(ValueError, match="names two derivatives"):  # y twice by x1, 2y by x12
        read("d2y/dx12")
    many = tuple(f"x{i}" for i in range(500))
    with pytest.raises(ValueError, match="takes α as a tuple"):
        parsed("derivatives", "d2y/dx3dx4", None, many)


def test_without_y():
    """The outputs are those that the names name, or so many as the arrays have."""
    data, names = measured(FRAME, None, {"dCL/dMach": Y, "dCD/dalpha": Y})
    assert names.outputs == ("CL", "CD") and not names.flat and (0, 0) not in data.values
    assert measured(X, None, G)[1] == Names(("x1", "x2"), ("y",), False, True)
    assert measured(X, None, G2)[1].outputs == ("y1", "y2")
    assert measured(X, None, (X, Y2))[1].outputs == ("y1", "y2")
    assert measured(X, None, {(0, 0): Y, (1, 0): Y})[0].values.keys() == {(0, 0), (1, 0)}
    one = measured(X[:, :1], None, Y)[0]
    np.testing.assert_array_equal(one.values[(1,)][:, 0], Y)


def test_directions():
    data, _ = measured(X, Y, {"along": (G, Y), (2, 0): Y})
    for pair in ((G, Y), [G, Y[:, None]]):
        again, _ = measured(X, Y, {"along": pair})
        np.testing.assert_array_equal(again.along[0], G)
        np.testing.assert_array_equal(again.along[1][:, 0], Y)
    assert data.order == 2 and set(data.numbers) == {(0, 0), (2, 0), "along"}
    line, _ = measured(X[:, :1], Y, (Y, Y))
    assert line.along[0].shape == (N, 1)
    v = G.copy()
    v[0] = 0
    measured(X, Y, (v, np.r_[np.nan, Y[1:]]))
    with pytest.raises(ValueError, match="direction of length 0, takes NaN"):
        measured(X, Y, (v, Y))


def test_points_and_derivatives_that_do_not_count_are_left_out():
    y, g, w = Y.copy(), G.copy(), np.ones(N)
    y[[0, 1]], g[0], w[2] = np.nan, np.nan, 0
    data = known_part(*measured(X, y, {(1, 0): g[:, 0]}, sample_weight=w))
    np.testing.assert_array_equal(data.x, X[[1, 3, 4, 5, 6]])
    np.testing.assert_array_equal(data.weights, np.full(5, 0.2))
    never = {(1, 0): g[:, 0], (0, 1): np.full(N, np.nan), "along": (G, np.full(N, np.nan))}
    with pytest.warns(UserWarning, match=r"NaN alone for \[\(0, 1\), 'along'\]"):
        data = known_part(*measured(X, y, never))
    assert set(data.numbers) == {(0, 0), (1, 0)}


@pytest.mark.parametrize(
    ("noise", "expected"),
    [
        ((0.1, 2), {(0, 0): [0.1, 0.1], (1, 0): [2, 2], "along": [2, 2]}),
        (
            {(0, 0): [0.1, 0.2], "dCL/dMach": 3, "dCD/dMach": [4.0], "along": 5},
            {(0, 0): [0.1, 0.2], (1, 0): [3, 4], "along": [5, 5]},
        ),
        (
            {"CL": 0.1, "CD": 0.2, (1, 0): 3, "along": [5, 6]},
            {(0, 0): [0.1, 0.2], (1, 0): [3, 3], "along": [5, 6]},
        ),
    ],
)
def test_noise_in_every_form(noise, expected):
    data, _ = measured(FRAME, OUTPUTS, {(1, 0): Y2, "along": (G, Y2)}, noise)
    assert {key: tau.tolist() for key, tau in data.noise.items()} == expected


def test_noise_of_what_was_not_measured_is_not_asked_for():
    data, _ = measured(FRAME, OUTPUTS, {"dCL/dMach": Y}, {"CL": 1, "CD": 1, "dCL/dMach": 2})
    np.testing.assert_array_equal(data.noise[1, 0], [2, np.nan])
    assert data.share((1, 0)).tolist() == [1, 1]
    assert measured(X, Y, noise=0.5)[0].noise[0, 0].tolist() == [0.5]


def test_scaled_data_are_those_of_the_standardizer():
    """Noise and slopes along directions scale as derivatives do (S1): checked by a linear function."""
    a, x = np.array([2.0, -3.0]), X * [10, 0.1]
    data = known_part(*measured(x, x @ a, {(1, 0): np.full(N, a[0]), "along": (G, G @ a)}, (1, 2)))
    scaler = sr.Standardizer([1.0, 2.0], [5.0, 0.5], [3.0], [4.0])
    scaled = data.scaled(scaler)
    gradient = a * [5, 0.5] / 4
    np.testing.assert_allclose(scaled.values[1, 0], gradient[0], rtol=1e-14)
    np.testing.assert_allclose(scaled.along[0] @ gradient, scaled.along[1][:, 0], rtol=1e-12)
    assert scaled.noise[0, 0] == 1 / 4 and scaled.noise[1, 0] == 2 * 5 / 4
    assert scaled.noise["along"] == 2 / 4


def test_moments_count_a_weight_as_repetitions():
    w = np.array([1, 2, 0, 3, 1, 1, 2])
    weighted = scaler_of(known_part(*measured(X, Y2, sample_weight=w)))
    x, y = np.repeat(X, w, axis=0), np.repeat(Y2, w, axis=0)
    np.testing.assert_allclose(weighted.x_scale, x.std(axis=0), rtol=1e-13)
    np.testing.assert_allclose(weighted.y_shift, y.mean(axis=0), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(weighted.y_scale, y.std(axis=0), rtol=1e-13)


def test_each_point_counts_once_where_weights_are_fractions():
    """A row without a number has no say, whatever its weight; whole numbers are repetitions."""
    x = np.arange(16.0)[:, None]
    y = 2 * x[:, 0] + np.cos(5 * x[:, 0])
    gaps = np.where(x[:, 0] < 8, np.nan, y)
    w = np.r_[np.full(8, 0.5), np.full(7, 1.5), 0.0]
    data = known_part(*measured(x, gaps, sample_weight=w))
    parts = parted(data, 0.5, np.random.default_rng(0))
    assert data.points == sum(part.points for part in parts) == 7
    assert known_part(*measured(x, gaps, sample_weight=2 * w)).points == 21
    model = sr.SobolevRegressor(hidden=())
    found = model.fit(x, gaps, sample_weight=w).predict(x, return_std=True)
    alone = model.fit(x[8:15], y[8:15]).predict(x, return_std=True)
    np.testing.assert_allclose(found, alone, rtol=1e-6)


def test_an_output_that_does_not_spread_has_its_size_from_slopes():
    """A linear function of independent inputs has the variance Σ (σ_q a_q)², of values or of slopes."""
    x = np.random.default_rng(1).normal(size=(4000, 2)) * [10, 0.1]
    a = np.array([2.0, -300.0])
    v = np.random.default_rng(2).normal(size=x.shape) * [10, 0.1]
    gradient = np.tile(a, (4000, 1))
    spread = (x @ a).std()
    for derivatives in (gradient, (v, v @ a)):
        found = scaler_of(known_part(*measured(x, None, derivatives)))
        assert found.y_scale[0] == pytest.approx(spread, rel=0.1) and found.y_shift == 0
    one = np.full(4000, np.nan)
    one[0] = 5.0
    found = scaler_of(known_part(*measured(x, one, gradient)))
    assert found.y_scale[0] == pytest.approx(spread, rel=0.1) and found.y_shift == 5
    assert scaler_of(known_part(*measured(X, np.ones(N)))).y_scale == 1
    nodes = np.arange(6.0)[:, None]
    zero = scaler_of(known_part(*measured(nodes, np.sin(np.pi * nodes[:, 0]), np.ones((6, 1)))))
    assert zero.y_scale[0] == pytest.approx(np.std(nodes))  # zeros but for rounding


def test_a_share_of_the_points():
    data = known_part(*measured(X, Y, G))
    part, held = parted(data, 0.3, np.random.default_rng(0))
    assert (len(part.x), len(held.x)) == (5, 2) and held.weights.sum() == 1
    np.testing.assert_array_equal(np.unique(np.r_[part.x, held.x], axis=0), np.unique(X, axis=0))
    left = [parted(data, 0.999, np.random.default_rng(seed))[0].x for seed in range(9)]
    assert {len(x) for x in left} == {1} and len(np.unique(left)) > 2  # each at random
    for bad in (data.rows(np.arange(1)), data):
        with pytest.raises(ValueError, match="validation: got a share"):
            parted(bad, 0.5 if bad is not data else 1.5, np.random.default_rng(0))


def test_what_is_known_at_one_point_alone_is_not_held_out():
    """The only value of an output, which fixes its constant; of two points with one number each, both."""
    once = np.where(np.arange(N)[:, None] == [3, 5], Y2, np.nan)
    data = known_part(*measured(X, once, G2))
    for seed in range(9):
        part, held = parted(data, 0.6, np.random.default_rng(seed))
        values = part.values[0, 0]
        assert np.isin([Y2[3, 0], Y2[5, 1]], values).all() and len(held.x) >= 2
        assert len(part.x) + len(held.x) == N and (0, 0) not in held.values
    slope = {(1, 0): np.where(np.arange(2) == 1, 1.0, np.nan)}
    two = known_part(*measured(X[:2], np.array([1.0, np.nan]), slope))
    with pytest.raises(ValueError, match="each has a number that is known at no other; takes 0"):
        parted(two, 0.5, np.random.default_rng(0))


BAD = [
    ((X, None), {}, "y: .* requires y to be passed"),
    ((X[:, 0], Y), {}, r"Reshape your data: X\[:, None\]"),
    ((np.empty((0, 2)), Y), {}, r"X: got 0 sample\(s\)"),
    ((np.empty((N, 0)), Y), {}, r"X: got 0 feature\(s\)"),
    ((X + 0j, Y), {}, "X: Complex data not supported"),
    ((X.astype(object).astype(str), Y), {}, "X: got <U"),
    ((np.full((N, 2), None), Y), {}, "X: got entries of type NoneType"),
    ((np.array([[None, "x"]] * N), Y), {}, "X: got entries of type NoneType, str; each"),
    ((Table(a=Y, b=["x"] * N), Y), {}, r"X\['b'\]: got"),
    ((X, np.full(N, np.nan)), {}, "y: got no number"),
    ((X, np.c_[Y, np.full(N, np.nan)]), {}, "no value and no slope of y2"),
    ((X, None, {(2, 0): Y}), {}, "no value and no slope of y"),
    ((X, Y, {}), {}, "derivatives: got an empty mapping"),
    ((X, Y, {(1, 0, 0): Y}), {}, r"derivatives: multi-index: got \(1, 0, 0\)"),
    ((X, Y, {(0, 0): Y}), {}, r"derivatives\[\(0, 0\)\]: got values, which are given as y"),
    ((X, Y, {(1, 0): Y[1:]}), {}, r"derivatives\[\(1, 0\)\]: got shape \(6,\)"),
    (
        (X, Y, {(1, 0): Y2}),
        {},
        r"derivatives\[\(1, 0\)\]: got shape \(7, 2\), takes shape \(7, 1\)",
    ),
    ((X, Y, {(1, 0): Y, "dx1": Y}), {}, r"got dy/dx1 twice"),
    (
        (X, Y, {"dy/dz": Y}),
        {},
        "^derivatives: got 'dy/dz', takes .*'dy/dx1', of outputs y and inputs x1, x2",
    ),
    ((X, None, {"dz": Y}), {}, "got 'dz', takes .*'dy/dx1'"),
    ((X, None, {"2y/dx1": Y}), {}, "got '2y/dx1', takes"),
    ((X, None, {"d/dx1": Y}), {}, "got 'd/dx1', takes"),
    ((X, Y2, {"dx1": Y}), {}, "of 2 outputs, takes a name such as 'dy1/dx1'"),
    ((X, Y2, {"dy1/dx1": Y2}), {}, r"got shape \(7, 2\), takes shape \(7, 1\)"),
    ((X, Y2, G), {}, r"got shape \(7, 2\), takes gradients of shape \(7, 2, 2\)"),
    ((X, Y, G.T), {}, r"takes gradients of shape \(7, 2\), or"),
    ((X, Y, 1j * G), {}, "^derivatives: got complex"),
    ((X, None, G[:, :1]), {}, r"takes gradients of shape \(N, d\) or \(N, m, d\)"),
    ((X, Y, {"along": G}), {}, "takes a pair"),
    ((X, Y, (G[:, :1], Y)), {}, r"directions of shape \(7, 1\), takes shape \(7, 2\)"),
    ((X, Y, (G, Y2)), {}, r"derivatives\['along'\]: got shape \(7, 2\), takes shape \(7, 1\)"),
    ((X, Y, G), {"noise": 0.1}, r"noise: got 1 numbers, takes 2 numbers by order, or a mapping"),
    ((X, Y, G), {"noise": {(0, 0): 0.1}}, "noise: got none for dy/dx1"),
    ((X, Y, G), {"noise": {"dx1": 0.1, (1, 0): 3.0}}, "noise: got dy/dx1 twice, takes it once"),
    ((X, Y), {"noise": {(1, 0): 0.1}}, r"noise: got \(1, 0\), which was not measured"),
    ((X, Y), {"noise": {"dy/dz": 0.1}}, "noise: got 'dy/dz', takes"),
    ((X, Y, G), {"noise": {"dz/dx1": 0.1}}, "noise: got 'dz/dx1', takes"),
    ((X, Y2, G2), {"noise": [[0.1] * 3, 0.1]}, r"noise\[0\]: got shape \(3,\), takes shape \(2,\)"),
    ((X, Y2), {"noise": {(0, 0): [0.1, 0.0]}}, r"noise\[\(0, 0\)\]: got \[0.1, 0.0\]"),
    (
        (FRAME, OUTPUTS, {(1, 0): Table(CD=Y, CL=Y)}),
        {},
        r"derivatives\[\(1, 0\)\]: got columns CD, CL, takes CL, CD",
    ),
    (
        (FRAME, OUTPUTS, {(1, 0): Table(**{"dCD/dMach": Y, "dCL/dMach": Y})}),
        {},
        "got .dCD/dMach. by its own name, takes the derivative of the key and of CL",
    ),
    ((FRAME, Y, (Table(alpha=Y, Mach=Y), Y)), {}, "got columns alpha, Mach, takes Mach, alpha"),
    ((FRAME, OUTPUTS, (G, Table(CD=Y, CL=Y))), {}, "'along'.: got columns CD, CL, takes CL, CD"),
    (
        (Table(x=Y), Table(**{"u": Y, "du/dx": Y}), {(1,): Y2}),
        {},
        "derivatives: got two called 'du/dx', takes other names of X and y",
    ),
    (
        (FRAME, None, labelled(("CL", "alpha"), ("CL", "Mach"))),
        {},
        r"^derivatives: got columns of several levels, .*derivatives.columns = ",
    ),
    (
        (FRAME, OUTPUTS, {(1, 0): labelled(("s", "CD"), ("s", "CL"))}),
        {},
        r"^derivatives\[\(1, 0\)\]: got columns of several levels",
    ),
    (
        (FRAME, Y, (labelled(("v", "alpha"), ("v", "Mach")), Y)),
        {},
        r"^derivatives\['along'\]: got columns of several levels",
    ),
    ((X, Y, labelled(1, 0)), {}, "^derivatives: got columns 1, 0, takes 0, 1"),
    ((X, Y), {"sample_weight": -np.ones(N)}, "got a weight below 0"),
    ((X, Y), {"sample_weight": np.zeros(N)}, "got weights that are all zero"),
]


@pytest.mark.parametrize(("given", "more", "match"), BAD)
def test_what_cannot_be_is_refused_with_the_way_out(given, more, match):
    with pytest.raises((TypeError, ValueError), match=match):
        sr.SobolevRegressor().fit(*given, **more)


def test_columns_of_mixed_or_equal_names_and_sparse_matrices():
    class Twice(Table):
        def __init__(self, *columns):
            self.columns = list(columns)

    for columns, match in (
        (("a", 1), "takes text in all or in none"),
        (("a", "a"), "two columns 'a'"),
    ):
        with pytest.raises((TypeError, ValueError), match=match):
            sr.SobolevRegressor().fit(Twice(*columns), Y)
    numbered, turned = Table(), Table()
    numbered.data, numbered.columns = {0: X[:, 0], 1: X[:, 1]}, [0, 1]
    turned.data, turned.columns = {1: G[:, 1], 0: G[:, 0]}, [1, 0]
    names = measured(numbered, Y)[1]
    assert names.inputs == ("x1", "x2") and names.columns == (("0", "1"), ("y",))
    with pytest.raises(ValueError, match="^derivatives: got columns 1, 0, takes 0, 1$"):
        measured(numbered, Y, turned)
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match=r"X\.toarray\(\)"):
        sr.SobolevRegressor().fit(csr_array(X), Y)


class Series(list):
    """What the package sees of a series: entries and a name."""

    to_numpy = None

    def __init__(self, entries, name):
        super().__init__(entries)
        self.name = name


def test_a_series_calls_its_output():
    assert measured(X, Series(Y, "lift"))[1].outputs == ("lift",)
    assert measured(X, Series(Y, 3))[1].outputs == ("y",)


def test_a_series_of_another_output_is_refused_as_a_frame_is():
    model = sr.SobolevRegressor((), alpha=0.0).fit(X, Series(Y, "lift"))
    assert model.score(X, Series(Y, "lift")) == model.score(X, Y)
    for answer in (model.score, model.report):
        with pytest.raises(ValueError, match="^y: got columns drag, takes lift$"):
            answer(X, Series(Y, "drag"))


@pytest.mark.parametrize(
    ("y", "derivatives", "label", "own"),
    [
        (Y, {(1, 0): Series(Y, "dy/dx2")}, r"\(1, 0\)", "dy/dx2"),
        (Y, {"dy/dx1": Series(Y, "d2y/dx12")}, "'dy/dx1'", "d2y/dx12"),
        (None, {(1, 0): Series(Y, "∂y / ∂x2")}, r"\(1, 0\)", "∂y / ∂x2"),
        (OUTPUTS, {"dCL/dx1": Series(Y, "dCD/dx1")}, "'dCL/dx1'", "dCD/dx1"),
        (OUTPUTS, {(0, 1): Table(**{"dCL/dx1": Y, "dCD/dx1": Y})}, r"\(0, 1\)", "dCL/dx1"),
        (Y, {(1, 0): Series(Y, "dx2")}, r"\(1, 0\)", "dx2"),
        (Series(Y, "CL"), Series(Y, "dCD/dx1"), r"\(1, 0\)", "dCD/dx1"),
        (
            None,
            {(1, 0): Series(Y, "dCL/dx1"), (0, 1): Series(Y, "dCD/dx2")},
            r"\(0, 1\)",
            "dCD/dx2",
        ),
        (Series(Y, "CL"), (G, Series(Y, "dCD/dv")), "'along'", "dCD/dv"),
        (Series(Y, "CL"), (G, Series(Y, "dCL/dx1")), "'along'", "dCL/dx1"),
        (OUTPUTS, (G, Table(**{"dCD/dv": Y, "dCL/dv": Y})), "'along'", "dCD/dv"),
        (None, (Table(**{"dCL/dx1": Y, "dCL/dx2": Y}), Y), "'along'", "dCL/dx1"),
    ],
)
def test_a_derivative_that_bears_the_name_of_another_is_refused(y, derivatives, label, own):
    """Slopes by x2 were learned as those by x1, as the key alone was read."""
    with pytest.raises(ValueError, match=rf"^derivatives\[{label}\]: got '{own}' by its own name"):
        measured(X, y, derivatives)


def test_a_series_goes_by_its_own_name():
    """Second derivatives were learned as slopes, as a series alone was taken for the one gradient."""
    for name, alpha in {"d2CL/dx22": (0, 2), "dCL/dx2": (0, 1)}.items():
        data, _ = measured(X, Series(Y, "CL"), Series(2 * Y, name))
        np.testing.assert_array_equal(data.values[alpha][:, 0], 2 * Y)
    along = (Table(dx1=Y, dx2=Y), Table(**{"dCL/dv": Y, "dCD/dv": 2 * Y}))
    np.testing.assert_array_equal(measured(X, OUTPUTS, along)[0].along[1], np.c_[Y, 2 * Y])
    for slopes in (along, {(1, 0): Table(**{"dCL/dx1": Y, "dCD/dx1": Y})}):
        assert measured(X, None, slopes)[1].outputs == ("CL", "CD")
    data, names = measured(X[:, :1], None, Series(Y, "slope"))  # which is no derivative's
    assert names.outputs == ("y",) and data.values.keys() == {(1,)}
    slopes = Table(dx1=Y, dx2=2 * Y)  # of outputs that are called as derivatives are
    data, _ = measured(X, slopes, {(1, 0): slopes})
    np.testing.assert_array_equal(data.values[1, 0], np.c_[Y, 2 * Y])
    with pytest.raises(ValueError, match="columns dx2, dx1, takes dx1, dx2"):
        measured(X, Y, (Table(dx2=Y, dx1=Y), Y))


def test_names_that_say_nothing_of_a_derivative_pass():
    named = {(1, 0): Series(G[:, 0], "dy/dx1"), "dx2": Series(G[:, 1], "N/m")}
    same(measured(X, Y, named)[0], measured(X, Y, G)[0])
    frame = Table(**{"dCL/dx2": G[:, 0], "dCD/dx2": G[:, 1]})
    same(measured(X, OUTPUTS, {(0, 1): frame})[0], measured(X, Y2, {(0, 1): G})[0])


def test_a_validation_that_does_not_fit_the_data():
    model = sr.SobolevRegressor(hidden=2, max_iter=1)
    for validation, match in (
        ((X, Y2), "validation: y: got 2 outputs, takes 1"),
        ((X[:, :1], Y), "validation: X: got 1 inputs, takes 2"),
        ((X, None, G), "^validation: got nothing of y, takes data of some that fit learns"),
    ):
        with pytest.raises(ValueError, match=match):
            model.set_params(validation=validation).fit(X, Y)
    with pytest.raises(ValueError, match="^validation: got nothing of dy/dx1, dy/dx2, takes"):
        model.set_params(validation=(X, Y)).fit(X, None, G)
    with pytest.raises(ValueError, match="colour: no parameter"):
        model.set_params(colour=1)
    idle = "^validation: got dy/dx1, dy/dx2, not learned and so without a say$"
    with pytest.warns(UserWarning, match=idle) as caught:
        model.set_params(validation=(X, Y, G)).fit(X, Y)
    assert caught[0].filename == __file__


def test_a_name_of_no_derivative_is_told_the_way_on():
    inputs = ("Mach", "alpha")
    way = r"^derivatives: got 'slope', takes α as a tuple, such as \(1, 0\), or a name such as 'd{0}/dMach', "
    way += "of outputs {0} and inputs Mach, alpha$"
    for names, output in ((None, "y"), (Names(inputs, ("CL",), False, False), "CL")):
        with pytest.raises(ValueError, match=way.format(output)):
            parsed("derivatives", "slope", names, inputs)
    assert parsed("derivatives", "dC-L/dMach", None, inputs) == ((1, 0), "C-L")
    with pytest.raises(ValueError, match="^derivatives: got 'dy/dx', which names two derivatives"):
        parsed("derivatives", "dy/dx", None, ("y/dx", "x"))


# -- the pieces of `Data` --------------------------------------------------------------------------


def test_means_and_spreads_are_of_what_is_known():
    gaps = np.array([[1.0, 2.0, np.nan], [np.nan, 4.0, np.nan], [3.0, np.nan, np.nan]])
    squares = mean_square(gaps, np.array([0.5, 0.25, 0.25]))
    np.testing.assert_allclose(squares, [2.75 / 0.75, 6 / 0.75, 0], rtol=1e-14)
    assert [spread(column) for column in gaps.T] == [2.0, 2.0, 0.0]


@pytest.mark.parametrize("far", [2.0**-700, 2.0**700])
def test_slopes_alone_of_any_size_are_learned(far):
    """Their squares left float64: σ_y was 1, and the gradient (0, −3) and worse."""
    for x, y, last in ((1.0, far, -3.0), (far, 1.0, -3.0), (1.0, far, 0.0)):
        slopes = np.tile([2.0, last], (N, 1))
        for derivatives in (slopes * y, (x * X, x * y * (X @ slopes[0]))):
            model = sr.SobolevRegressor((), alpha=0.0).fit(x * X, None, derivatives)
            np.testing.assert_allclose(model.gradient(x * X) / y, slopes, rtol=1e-9, atol=1e-9)
    once, there = (scaler_of(measured(X, None, u * G2)[0]).y_scale for u in (1.0, far))
    np.testing.assert_array_equal(there, once * far)


def test_weights_beside_which_others_are_rounding_are_told_and_taken_as_0():
    """At a ratio of 1e40 slopes were wrong without a word; at one of 1e18 they are those of 1e8."""

    def slopes(w, rows=slice(None)):
        model = sr.SobolevRegressor((), alpha=0.0)
        return model.fit(X[rows], Y[rows], sample_weight=w).gradient(X[:1])

    np.testing.assert_allclose(slopes([1e18] + [1] * 6), slopes([1e8] + [1] * 6), rtol=1e-6)
    said = "^sample_weight: got 2 weights of less than 1e-25 of the largest, which are taken as 0"
    with pytest.warns(UserWarning, match=said) as caught:
        found = slopes([1e-300, 1e-40, 1, 1, 1, 1, 1])
    assert caught[0].filename == __file__
    np.testing.assert_allclose(found, slopes(None, slice(2, None)), rtol=1e-9)


def test_one_output_of_two_is_alone_with_its_numbers():
    data = Data(
        np.array([[0.0], [1.0]]),
        {(0,): np.array([[1.0, 2.0], [3.0, 4.0]])},
        np.array([0.25, 0.75]),
        2,
        (np.ones((2, 1)), np.array([[5.0, 6.0], [7.0, 8.0]])),
    )
    assert data.points == 2
    second = data.of_outputs(np.array([False, True]))
    np.testing.assert_array_equal(second.values[0,], [[np.nan, 2.0], [np.nan, 4.0]])
    directions, slopes = second.along
    np.testing.assert_array_equal(directions, np.ones((2, 1)))
    np.testing.assert_array_equal(slopes, [[np.nan, 6.0], [np.nan, 8.0]])
    assert (second.m, second.points, second.weights.tolist()) == (2, 2, [0.25, 0.75])


@pytest.mark.parametrize("slope", [5.0, 0.05])
def test_slopes_along_directions_are_in_units_of_the_inputs(slope):
    """v = (3, 4) over σ_x = (1, 2) is a step of length ‖(3, 2)‖; |∇u|² is on average d = 2 times ⟨v, ∇u⟩²."""
    x = np.array([[-1.0, -2.0], [1.0, 2.0]])
    v = np.full((2, 2), [3.0, 4.0])
    data = Data(x, {}, np.full(2, 0.5), 1, (v, np.array([[slope], [slope]])))
    assert scaler_of(data).y_scale == pytest.approx([(2 / 13) ** 0.5 * slope], rel=1e-12)


def test_a_column_whose_name_is_that_of_a_derivative_is_no_value():
    """y = table[["y", "dy/dx"]] were two outputs; X without y alone had the slope as an input."""
    u, v = X.T
    for name, inputs, outputs in (
        ("y", Table(x=u), Table(**{"y": Y, "dy/dx": v})),
        ("y", Table(x=u), Table(**{"dy/dx": v})),
        ("X", Table(**{"x": u, "dy/dx": v}), Table(y=Y)),
    ):
        with pytest.raises(ValueError, match=f"^{name}: got 'dy/dx', by its name a derivative"):
            measured(inputs, outputs)
    of_another = Table(**{"x": u, "dp/dx": v})
    assert measured(of_another, Table(y=Y))[1].inputs == ("x", "dp/dx")
    assert measured(Table(**{"dy/dx": u}), Table(y=Y))[1].inputs == ("dy/dx",)
    assert measured(Table(x=u), Table(y=Y), Table(**{"dy/dx": v}))[1].outputs == ("y",)
