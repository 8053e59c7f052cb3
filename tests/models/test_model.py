"""What every model has from its forward pass: values, derivatives, u_θ as a function, and what is refused."""

import numpy as np
import pytest
from scipy.integrate import quad

import sobolev_ref as sr
from sobolev_ref import MLP, Jet, LinearModel, SobolevLoss
from sobolev_ref.models.model import block_size

PAIR = MLP((2, 7, 2))
THETA = PAIR.init(0) + 0.1


def by_hand(x, y):
    """u_θ of `PAIR`, written out, for arrays of any shape; shape (2, …)."""
    (W, b), (V, c) = PAIR.unpack(THETA)
    a = np.tanh(np.multiply.outer(W[:, 0], x) + np.multiply.outer(W[:, 1], y) + b[:, None, None])
    return np.tensordot(V, a, 1) + c[:, None, None]


def test_a_block_holds_a_megabyte_of_float64():
    assert (
        block_size(1, 1) == 2**20 // 8 and block_size(3, 1000) == 43 and block_size(1, 10**6) == 16
    )


def test_a_value_asks_for_no_derivative():
    """A value is a pass of order 0, also where a first derivative is not finite."""
    orders = []

    class Watched(MLP):
        def forward(self, theta, a, T):
            orders.append(T.order)
            return super().forward(theta, a, T)

    Watched((1, 3, 1))(np.ones(10), [0.5])
    assert orders == [0]


def test_a_function_takes_grids_and_broadcasts_them():
    u = PAIR.function(THETA)
    x, y = np.linspace(-1, 1, 3)[:, None], np.linspace(0, 2, 4)
    values = u(x, y)
    assert isinstance(values, tuple) and [v.shape for v in values] == [(3, 4)] * 2
    np.testing.assert_allclose(values, by_hand(*np.broadcast_arrays(x, y)), rtol=1e-13)


def test_a_function_of_numbers_is_a_number():
    """As SciPy's integrators and root finders ask for it."""
    net = MLP((1, 4, 1))
    theta = net.init(0)
    u = net.function(theta)
    assert np.shape(u(0.5)) == () and u(0.5) == net(theta, [[0.5]])[0, 0]
    mean = sr.gauss_legendre([(0, 1)], 30).integrate(u)
    assert quad(u, 0, 1)[0] == pytest.approx(mean, rel=1e-13)
    assert [np.shape(v) for v in PAIR.function(THETA)(0.5, 1)] == [(), ()]


def test_a_function_refuses_what_a_mask_hides():
    """Whose datum it would take; a mask of nothing is none."""
    u, x = PAIR.function(THETA), np.ma.array([0.5, 99.0], mask=[False, True])
    with pytest.raises(ValueError, match="^x: got 1 NaN or infinite entries of 2"):
        u(x, 0.0)
    np.testing.assert_array_equal(u(np.ma.array([0.5, 1.0]), 0.0), u(np.array([0.5, 1.0]), 0.0))


def test_a_function_of_jets_at_a_kink_is_refused():
    """max(x, 0) by a network of two layers: −1, 0, 1 were the slopes of |x|, and the norm of x₊ was 1."""
    relu = MLP((1, 1, 1, 1), "relu")
    scaler = sr.Standardizer([1], [2], [0], [3])
    rule, there = sr.trapezoid([(-1, 1)], 3), sr.trapezoid([(0, 2)], 3)
    theta = relu.pack([([[1]], [0]), ([[1]], [0]), ([[1]], [0])])
    u, v = relu.function(theta), scaler.model(relu).function(theta)
    for f, on in ((u, rule), (lambda x: u(x) + u(-x), rule), (v, there)):
        with pytest.raises(ValueError, match="^net.function: 1 of 3 nodes lie on its kink"):
            sr.sobolev_norm(f, on, 1)
        assert sr.sobolev_norm(f, on, 0) > 0
        assert sr.sobolev_norm(f, on, 1, kinks="ignore") > 0
    assert sr.sobolev_norm(lambda x: u(0 * x), rule, 1) == 0  # constant there
    assert sr.sobolev_norm(u, sr.trapezoid([(-1, 1)], 4), 1) > 1


def test_a_function_of_jets_on_a_kink_but_for_rounding_is_refused():
    """0.1 + 0.2 for max(x − 0.3, 0), as `np.maximum` is: two layers, frozen ones, scaled, two variables."""
    relu = MLP((1, 1, 1, 1), "relu")
    theta = relu.pack([([[1]], [-0.3]), ([[2]], [0]), ([[1]], [0])])
    frozen = LinearModel.from_mlp(relu, theta)
    scaled = sr.Standardizer([1], [2], [0], [3]).model(MLP((1, 1, 1), "relu"))
    plane = MLP((2, 1, 1), "relu").function([0.5, 1, -0.3, 1, 0])
    functions = (
        relu.function(theta),
        frozen.function([2, 1]),
        scaled.function([2, 0.7, 1, 0]),
        lambda x: plane(2 * (x - 0.1), 0.1 + 0 * x),
    )
    near, off = sr.samples([0.1 + 0.2, 0.7]), sr.samples([0.3001, 0.7])
    for u in functions:
        with pytest.raises(ValueError, match="^net.function: 1 of 2 nodes lie on its kink"):
            sr.sobolev_norm(u, near, 1)
        assert sr.sobolev_norm(u, off, 1) > 0
    (x,) = Jet.variables([0.3, 0.7], 1)
    turned = x.like(x.coefficients + 1e-30j)  # whose rounding is not followed
    for u in (relu.function(theta), scaled.function([2, 0.7, 1, 0])):
        with pytest.raises(ValueError, match="^net.function: 1 of 2 nodes"):
            u(turned)
    features = LinearModel(lambda a, T: T.padded(a), 1, (1, 1), smoothness=0)
    assert sr.sobolev_norm(features.function([3.0]), near, 1) == pytest.approx((2.61 + 9) ** 0.5)


def test_a_function_of_jets_follows_the_digits_of_its_arguments():
    """(1 − cos x)/x² at 1e-4, whose D² has none: u of it was .13 for .0066, in silence."""
    net = MLP((1, 5, 1))
    u = net.function(net.init(1))
    for order, told in ((0, "values, and all derivatives,"), (2, "derivatives of order 1")):
        (x,) = Jet.variables([1e-4], order)
        lost = u((1 - np.cos(x)) / x**2 if order else 1e16 + x - 1e16)
        with pytest.warns(RuntimeWarning, match=f"rounding may leave the {told}"):
            assert lost.derivatives
    (x,) = Jet.variables([0.5, 2.0], 3)
    exact = net.derivatives(net.init(1), [1.0, 4.0], 3)
    for jet in (2 * x, x.like(2 * x.coefficients), Jet(2 * x.coefficients, x.algebra)):
        for (n,), value in u(jet).derivatives.items():
            np.testing.assert_allclose(value, exact[n,][:, 0] * 2.0**n, rtol=1e-12)
    turned = u(x.like(x.coefficients * (1 + 1e-30j))).coefficients
    np.testing.assert_allclose(turned[0].imag, 1e-30 * x.value * u(x).coefficients[1], rtol=1e-12)


def test_a_function_of_jets_goes_by_blocks_and_keeps_outputs_apart():
    """More nodes than one block, 0 among them; an argument that is a number; each output a jet of its own."""
    n = block_size(3, 7) + 5
    nodes = np.random.default_rng(0).uniform(-1, 1, (n, 2))
    nodes[0] = 0
    x, _ = Jet.variables(nodes, order=1)
    first, second = PAIR.function(THETA)(x, 0.25)
    exact = PAIR.derivatives(THETA, np.column_stack([nodes[:, 0], np.full(n, 0.25)]), 1)
    for j, jet in enumerate((first, second)):
        np.testing.assert_allclose(jet.value, exact[0, 0][:, j], rtol=1e-13)
        np.testing.assert_allclose(jet.derivatives[1, 0], exact[1, 0][:, j], rtol=1e-12, atol=1e-14)
        assert not jet.derivatives[0, 1].any()
    y = np.stack([x, 2 * x])  # (2, N)
    for jet, alone in zip(PAIR.function(THETA)(x, y), PAIR.function(THETA)(x, 2 * x)):
        np.testing.assert_allclose(
            jet.coefficients[:, 1], alone.coefficients, rtol=1e-14, atol=1e-16
        )


def test_complex_parameters_and_real_nodes_make_a_complex_answer():
    theta = THETA + 1e-20j
    answer = PAIR.derivatives(theta, [[0.1, 0.2]], 1)
    assert all(np.iscomplexobj(value) and value.imag.any() for value in answer.values())
    out = {(0, 0): np.empty((1, 2))}
    with pytest.raises(ValueError, match=r"takes an array of shape \(1, 2\) and type complex128$"):
        PAIR.derivatives(theta, [[0.1, 0.2]], 1, out=out)


def test_an_answer_beyond_memory_is_refused_with_the_number_of_nodes_that_fits():
    nodes, theta = np.zeros((10_000, 2)), np.zeros(30_000)
    with pytest.raises(ValueError, match="^x, order: ") as error:
        MLP((2, 10_000)).derivatives(theta, nodes, 1)
    assert str(error.value) == (
        "x, order: got 10,000 nodes with 30,000 derivatives, 300,000,000 numbers, 2.4 GB; takes at most "
        "6,666 nodes at once, or out="
    )


@pytest.mark.parametrize("theta", [[1.0], np.zeros((2, 3)), [np.nan] * PAIR.n_parameters])
def test_a_function_names_theta(theta):
    with pytest.raises(ValueError, match="^theta: "):
        PAIR.function(theta)


RELU = MLP((1, 3, 1), "relu")
SCALER = sr.Standardizer.from_data([0.0, 1.0, 2.0], [1.0, 2.0, 4.0])
ON_THE_JUMP = "and Theorem 2's gradient misses what sits on the jump"


@pytest.mark.parametrize(
    ("model", "what", "lost"),
    [
        (RELU, "the activation 'relu'", ON_THE_JUMP),
        (SCALER.model(RELU), "the activation 'relu'", ON_THE_JUMP),
        (
            LinearModel.random(3, [(0, 1)], 0, "relu"),
            "the LinearModel",
            "has no value on the jump, and higher ones miss what sits there",
        ),
    ],
)
def test_an_order_beyond_the_smoothness_is_refused_by_name(model, what, lost):
    """Z: the gradient of frozen features misses nothing, as their kinks do not move with θ."""
    with pytest.raises(ValueError, match=f"^order: got 1, but {what} is only C") as error:
        SobolevLoss(model, np.sin, sr.midpoint([(0, 1)], 3), order=1)
    assert str(error.value).split(": ", 2)[2] == (
        f"its derivative of order 1 jumps, {lost}; takes "
        "order <= 0, a smooth activation, or kinks='ignore' to drop the jump on purpose"
    )
