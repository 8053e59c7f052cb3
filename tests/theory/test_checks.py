"""The checks themselves: they accept what is right, and they notice what is wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref import MLP, Activation, SobolevLoss, check_derivatives, check_gradient, theory
from sobolev_ref.jets.activations import ACTIVATIONS

RULE = sr.gauss_legendre([(-1, 1)], 8)
PIECES = [sr.gauss_legendre([(-1, 0)], 30), sr.gauss_legendre([(0, 1)], 30)]
SMOOTH = [name for name, rule in ACTIVATIONS.items() if rule.smoothness == np.inf]


class Forged(MLP):
    """A network that says of its first derivatives that they are 0 from x = 1/2 on."""

    def derivatives(self, theta, x, order):
        found = super().derivatives(theta, x, order)
        if order == 1:
            found[(1,)][np.real(x) >= 0.5] = 0
        return found


@pytest.mark.slow
@pytest.mark.parametrize("name", SMOOTH)
def test_right_derivatives_pass(name):
    net = MLP((2, 6, 2), name)
    check = check_derivatives(net, net.init(0) + 0.2, [[0.3, -0.2], [1.0, 0.4]], order=3)
    assert (
        list(check.complex_step)
        == list(check.finite_difference)
        == list(sr.multi_indices(2, 3)[1:])
    )
    assert max(check.complex_step.values()) < 1e-12
    assert max(check.finite_difference.values()) < 1e-7


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3, 1e5])
def test_right_derivatives_pass_in_any_unit(scale):
    """E: sin(1000x) from a first step of 1/2 does not converge: SciPy said −0.2 for −22, and was believed."""
    net = MLP((1, 1, 1), "sin")
    theta = [scale, 0.0, 1.0, 0.0]
    check = check_derivatives(net, theta, [[0.3], [0.0]], order=3, steps=[1e-3])
    assert max(check.complex_step.values()) < 1e-12
    assert max(check.finite_difference.values()) < 1e-6


def test_derivatives_that_are_zero_converge():
    """E's neighbour: D³u of a parabola and D¹u of a constant are rounding, which converges to nothing."""
    model = sr.LinearModel.polynomial(2, [(-1, 1)])
    check = check_derivatives(model, [0.1, 0.7, 0.3], [0.3, 0.77, -0.1], order=4)
    assert max(check.finite_difference.values()) < 1e-9
    flat = MLP((1, 3, 1))
    theta = flat.pack([(np.zeros((3, 1)), [0.1, 0.2, 0.3]), ([[1.0, 2.0, 3.0]], [0.1])])
    constant = check_derivatives(flat, theta, [0.3], 2).finite_difference
    assert max(constant.values()) < 1e-9  # a kernel of BLAS may round by the place in a block


def test_a_difference_that_does_not_converge_is_no_check():
    """E: u = sign(x), whose derivative is said to be 0: at the jump no difference converges.

    Neighbours: the same beside a node where it does, and u = x^{1/3}, of infinite slope at 0.
    """

    def jump(z, T):
        a = np.zeros_like(z)
        a[0] = np.sign(z[0].real)
        return a, np.zeros_like(a)

    def root(z, T):
        a = np.zeros_like(z)
        a[0] = np.cbrt(z[0].real)
        return a, np.zeros_like(a)

    theta = [1.0, 0.0, 1.0, 0.0]
    for jets in (jump, root):
        net = MLP((1, 1, 1), Activation("own", np.inf, jets))
        for x in ([0.0], [0.0, 1e9]):
            check = check_derivatives(net, theta, x, 1)
            assert check.complex_step == {(1,): 0.0}  # it sees no imaginary part, and says nothing
            assert check.finite_difference == {(1,): np.inf}
    net = MLP((1, 1, 1), Activation("own", np.inf, jump))
    assert check_derivatives(net, theta, [2.0], 1).finite_difference == {(1,): 0.0}


def test_each_node_is_checked_from_the_first_step_that_converges():
    """u = tanh(1000x) at 0 and far from it, and at both."""
    net = MLP((1, 1, 1))
    theta = [1e3, 0.0, 1.0, 0.0]
    for x in ([0.0], [0.4], [0.0, 0.4], [1e-3, -2e-3, 0.4]):
        assert check_derivatives(net, theta, x, 2).finite_difference[(1,)] < 1e-7


@pytest.mark.parametrize("p", [2, 3, 4])
def test_right_gradients_pass(p):
    net = MLP((1, 5, 4, 1))
    check = check_gradient(
        SobolevLoss(net, np.exp, RULE, order=2, p=p, weights=(1, 0.3, 2)), net.init(0)
    )
    assert list(check.complex_step) == ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert max(check.complex_step.values()) < 1e-12
    assert max(check.finite_difference.values()) < 1e-5
    assert check.check_grad < 1e-3


LEFT, RIGHT = slice(9), slice(-5, None)  # the arms of the V


def test_the_step_size_curve_is_a_v_for_differences_and_flat_for_the_complex_step():
    net = MLP((1, 8, 1))
    steps = np.logspace(-13, -1, 25)
    derivative = check_derivatives(net, net.init(1), [[0.4]], 2, steps=steps)
    gradient = check_gradient(SobolevLoss(net, np.sin, RULE), net.init(1), steps=steps)
    for curve in (derivative.curve[(2,)], gradient.curve):
        best = curve[(steps > 1e-7) & (steps < 1e-3)].min()
        assert best < 1e-9 and curve[0] > 1e3 * best and curve[-1] > 1e3 * best
        left, right = (np.polyfit(np.log(steps[i]), np.log(curve[i]), 1)[0] for i in (LEFT, RIGHT))
        assert left == pytest.approx(-1, abs=0.4)  # ε/h, scattered by rounding
        assert right == pytest.approx(2, abs=0.3)  # O(h²)
    for curve in (derivative.complex_curve[(2,)], gradient.complex_curve):
        assert (curve[steps < 1e-8] < 1e-12).all()


def test_a_wrong_slope_is_noticed():
    """tanh with s = 1 − a instead of 1 − a²: values right, everything after them wrong."""

    def wrong(z, T):
        a, s = ACTIVATIONS["tanh"].jets(z, T)
        s[0] = 1 - a[0]
        return a, s

    net = MLP((1, 5, 1), Activation("wrong", np.inf, wrong))
    theta = net.init(0)
    assert (
        min(check_gradient(SobolevLoss(net, np.sin, RULE, order=0), theta).complex_step.values())
        < 1e-12
    )
    assert (
        max(check_gradient(SobolevLoss(net, np.sin, RULE, order=0), theta).complex_step.values())
        > 1e-2
    )
    assert check_gradient(SobolevLoss(net, np.sin, RULE, order=0), theta).check_grad > 1e-2


def test_a_wrong_jet_is_noticed():
    def wrong(z, T):
        a, s = ACTIVATIONS["tanh"].jets(z, T)
        a[2:] *= 1.001
        return a, s

    net = MLP((1, 5, 1), Activation("wrong", np.inf, wrong))
    check = check_derivatives(net, net.init(0), [[0.3]], 2)
    assert check.complex_step[(2,)] > 1e-4 and check.finite_difference[(2,)] > 1e-4


def test_a_loss_that_forgets_its_weight_is_noticed_only_away_from_one():
    class Forgetful(SobolevLoss):
        def __call__(self, theta):
            value, _ = super().__call__(theta)
            _, gradient = SobolevLoss(self.model, np.sin, self.rule)(theta)
            return value, gradient

    net = MLP((1, 5, 1))
    errors = [
        max(
            check_gradient(
                Forgetful(net, np.sin, RULE, weights=(1, w)), net.init(0)
            ).complex_step.values()
        )
        for w in (1, 0.3)
    ]
    assert errors[0] < 1e-12 and errors[1] > 0.1


def test_a_sample_of_the_parameters():
    net = MLP((1, 30, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    check = check_gradient(loss, net.init(0), count=10, rng=3)
    assert set(check.complex_step) <= {"W1", "b1", "W2", "b2"} and len(check.complex_step) >= 1
    assert max(check.complex_step.values()) < 1e-12
    again = check_gradient(loss, net.init(0), count=10, rng=3)
    assert check.check_grad == again.check_grad


def test_a_sample_of_all_parameters_is_all_of_them():
    net = MLP((1, 6, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    whole = check_gradient(loss, net.init(0))
    for count in (19, 99):
        sample = check_gradient(loss, net.init(0), count=count)
        assert sample.complex_step == whole.complex_step
        assert sample.check_grad == whole.check_grad
    one = check_gradient(loss, net.init(0), count=1)
    assert len(one.complex_step) == 1 and max(one.complex_step.values()) < 1e-12


def test_the_curve_along_a_unit_direction_in_closed_form():
    """L(θ) = θ⁴ at θ = 1: ((1+h)⁴ − (1−h)⁴)/2h = 4 + 4h² and Im (1+ih)⁴/h = 4 − 4h²; both off by h²."""
    model = sr.LinearModel.polynomial(0, [(0, 1)])
    loss = SobolevLoss(model, lambda x: 0.0, RULE.mean(), order=0, p=4)
    steps = np.array([0.5, 0.1, 0.02])
    check = check_gradient(loss, [1.0], steps=steps)
    np.testing.assert_array_equal(check.steps, steps)
    np.testing.assert_allclose(check.curve, steps**2, rtol=1e-10)
    np.testing.assert_allclose(check.complex_curve, steps**2, rtol=1e-10)


def test_the_direction_is_that_of_seed_zero():
    net = MLP((1, 3, 1))
    loss = SobolevLoss(net, np.sin, RULE)
    default, zero, one = (
        check_gradient(loss, net.init(0), **k) for k in ({}, {"rng": 0}, {"rng": 1})
    )
    np.testing.assert_array_equal(default.curve, zero.curve)
    assert not np.array_equal(zero.curve, one.curve)


def test_derivatives_are_held_against_the_order_below_alone():
    asked = []

    class Watched(MLP):
        def derivatives(self, theta, x, order):
            asked.append(order)
            return super().derivatives(theta, x, order)

    net = Watched((1, 3, 1))
    check = check_derivatives(net, net.init(0), [0.3], 3, steps=[1e-3, 1e-2])
    assert asked[0] == 3 and set(asked[1:]) == {0, 1, 2} and asked[1:] == sorted(asked[1:])
    np.testing.assert_array_equal(check.steps, [1e-3, 1e-2])


def test_one_step_is_enough():
    net = MLP((1, 3, 1))
    check = check_derivatives(net, net.init(0), [0.3], 1, steps=[1e-3])
    assert check.curve[(1,)].shape == (1,) and check.curve[(1,)][0] < 1e-4


def test_where_the_exact_answer_is_zero_the_error_is_absolute():
    """u ≡ 0 has D^α u = 0, and so has its loss against 0 no gradient."""
    net = MLP((1, 1))
    assert check_derivatives(net, [0.0, 5.0], [[0.3]], 1).complex_step == {(1,): 0.0}
    assert check_derivatives(Forged((1, 1)), [-3.0, 5.0], [[0.6]], 1).complex_step == {(1,): 3.0}
    loss = SobolevLoss(net, lambda x: 0.0, RULE)
    assert check_gradient(loss, [0.0, 0.0]).complex_step == {"W1": 0.0, "b1": 0.0}


def test_a_gradient_that_overflows_is_not_passed_over():
    """Every error is NaN, which no bound is above."""
    loss = SobolevLoss(MLP((1, 2, 1)), np.sin, RULE)
    with np.errstate(all="ignore"):
        check = check_gradient(loss, np.full(7, 1e200), steps=[1e-3])
    assert len(check.complex_step) == 4 and np.isnan(list(check.complex_step.values())).all()


def test_an_error_is_the_largest_deviation_by_the_largest_entry():
    """u = 4 tanh x, and of its slopes 4, 4(1 − t²) at 0 and 1 the second is left out."""
    net = Forged((1, 1, 1))
    check = check_derivatives(net, [1.0, 0.0, 4.0, 0.0], [0.0, 1.0], 1)
    expected = 1 - np.tanh(1) ** 2
    assert check.complex_step[(1,)] == pytest.approx(expected, rel=1e-14)
    assert check.finite_difference[(1,)] == pytest.approx(expected, rel=1e-9)


NET, THETA, X = MLP((1, 5, 1)), MLP((1, 5, 1)).init(0), [[0.0]]
LOSS = SobolevLoss(NET, np.sin, RULE)
NO_STEPS = r"^steps: got shape {}; takes a vector of numbers > 0$"


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: check_derivatives(np.sin, THETA, X, 1), "^model: got ufunc, takes an MLP or a"),
        (lambda: check_derivatives(NET, THETA, [[1j]], 1), "^x: got complex"),
        (lambda: check_derivatives(NET, 1j * THETA, X, 1), "^theta: got complex"),
        (
            lambda: check_gradient(np.sin, THETA),
            "^loss: got ufunc, takes a SobolevLoss or a ResidualLoss$",
        ),
        (lambda: check_gradient(LOSS, 1j * THETA), "^theta: got complex"),
        (lambda: check_gradient(LOSS, THETA, steps=["a"]), "^steps: got"),
    ],
)
def test_bad_types(call, match):
    with pytest.raises(TypeError, match=match):
        call()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: check_derivatives(NET, THETA, X, 0), "^order: got 0"),
        (lambda: check_derivatives(NET, THETA[1:], X, 1), r"^theta: got shape \(15,\)"),
        (lambda: check_derivatives(NET, THETA, [[0.0, 1.0]], 1), r"^x: got shape \(1, 2\)"),
        (lambda: check_derivatives(MLP((2, 1)), [0.0] * 3, [0.0, 1.0], 1), r"^x: got shape \(2,\)"),
        (lambda: check_gradient(LOSS, THETA, count=0), "^count: got 0"),
        (lambda: check_gradient(LOSS, THETA, rng=-1), "^rng: got -1"),
        (lambda: check_gradient(LOSS, THETA[1:]), "^theta: got shape"),
        (
            lambda: check_gradient(LOSS, THETA, steps=[[1.0]]),
            NO_STEPS.format(r"\(1, 1\), least 1"),
        ),
    ],
)
def test_bad_values(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize(
    ("steps", "got"),
    [
        ([0.5, 0.0], r"\(2,\), least 0"),
        ([], r"\(0,\), least inf"),
        (np.zeros((0, 2)), r"\(0, 2\), least inf"),
    ],
)
def test_steps_that_are_none(steps, got):
    with pytest.raises(ValueError, match=NO_STEPS.format(got)):
        check_derivatives(NET, THETA, X, 1, steps=steps)


# -- weak derivatives ------------------------------------------------------------------------------


@given(st.integers(0, 6), st.floats(-2, 2))
def test_sign_is_the_weak_derivative_of_the_absolute_value(j, c):
    """∫ |x| φ′ = −∫ sign(x) φ for φ = (1 − x²)² (x^j + c)."""
    phi = lambda x: (1 - x**2) ** 2 * (x**j + c)
    slope = lambda x: (1 - x**2) ** 2 * (j * x ** max(j - 1, 0)) - 4 * x * (1 - x**2) * (x**j + c)
    assert abs(sr.weak_derivative_defect(np.abs, np.sign, phi, slope, PIECES)) < 1e-13
    shifted = lambda x: np.sign(x) + 0.1
    mass = sum(piece.integrate(phi) for piece in PIECES)
    assert sr.weak_derivative_defect(np.abs, shifted, phi, slope, PIECES) == pytest.approx(
        0.1 * mass, abs=1e-13
    )


def test_the_absolute_value_has_no_second_weak_derivative_in_l2():
    """|x| ∈ H¹ but not H²: ∫ sign φ′ = −2φ(0), while ‖φ‖ → 0 for narrow φ with φ(0) = 1.

    A weak derivative v ∈ L² would give |∫ sign φ′| ≤ ‖v‖‖φ‖.
    """
    ratios = []
    for width in (1.0, 0.1, 0.01):
        pieces = [sr.gauss_legendre([(-width, 0)], 20), sr.gauss_legendre([(0, width)], 20)]
        phi = lambda x: (1 - (x / width) ** 2) ** 2
        slope = lambda x: -4 * x / width**2 * (1 - (x / width) ** 2)
        pairing = sr.weak_derivative_defect(np.sign, np.zeros_like, phi, slope, pieces)
        assert pairing == pytest.approx(-2, rel=1e-13)
        norm = math.sqrt(sum(piece.integrate(lambda x: phi(x) ** 2) for piece in pieces))
        ratios.append(abs(pairing) / norm)
    np.testing.assert_allclose(np.divide(ratios[1:], ratios[:-1]), math.sqrt(10), rtol=1e-10)


@pytest.mark.parametrize(
    ("pieces", "error", "match"),
    [
        ([], ValueError, "^pieces: got an empty list, takes at least one Quadrature$"),
        ([1.0], TypeError, r"^pieces\[0\]: got float, takes a Quadrature on an interval$"),
        (
            [*PIECES, sr.midpoint([(0, 1)] * 2, 2)],
            TypeError,
            r"^pieces\[2\]: got Quadrature, takes a Quadrature on an interval$",
        ),
    ],
)
def test_pieces_that_are_none(pieces, error, match):
    with pytest.raises(error, match=match):
        sr.weak_derivative_defect(np.abs, np.sign, np.sin, np.cos, pieces)


# -- kinks -------------------------------------------------------------------------------------------------


def test_nodes_on_kinks_by_layer():
    """max(x − ½, 0) and max(x + ½, 0) have kinks at ±½; max(·, 0) of their difference, 1 for x ≥ ½, none."""
    first = ([[1.0], [1.0]], [-0.5, 0.5])
    x = np.linspace(-1, 1, 5)
    for bias, expected in (
        (0.25, [0, 1, 0, 1, 0]),
        (-1.0, [0, 1, 0, 1, 1]),
        (0.0, [1, 1, 0, 1, 0]),
    ):
        net = MLP((1, 2, 1, 1), "relu")  # z_2 = max(x + ½, 0) − max(x − ½, 0) + bias
        theta = net.pack([first, ([[-1.0, 1.0]], [bias]), ([[1.0]], [0.0])])
        np.testing.assert_array_equal(theory.nodes_on_kinks(net, theta, x), expected)


def test_a_smooth_activation_and_an_affine_network_have_no_kinks():
    for net in (MLP((1, 3, 1)), MLP((1, 1), "relu")):
        found = theory.nodes_on_kinks(net, np.zeros(net.n_parameters), [0.0, 1.0])
        assert found.dtype == bool and found.tolist() == [False, False]


def test_kinks_are_those_that_an_activation_states():
    relu = sr.ACTIVATIONS["relu"]
    shifted = sr.Activation(
        "relu of z − 1",
        0,
        lambda z, T: relu.jets(z - T.constant(np.ones_like(z[0])), T),
        kinks=(1,),
    )
    theta = [1.0, 0.0, 1.0, 0.0]
    assert theory.nodes_on_kinks(MLP((1, 1, 1), shifted), theta, [0.0, 1.0]).tolist() == [
        False,
        True,
    ]
    silent = sr.Activation("silent", 0, relu.jets)
    with pytest.raises(
        ValueError, match="^model: got the activation 'silent' of smoothness 0, which states"
    ):
        theory.nodes_on_kinks(MLP((1, 1, 1), silent), theta, [0.0])
    with pytest.raises(TypeError, match="^model: got LinearModel, takes an MLP$"):
        theory.nodes_on_kinks(sr.LinearModel.polynomial(1, [(0, 1)]), [0.0, 1.0], [0.0])


def test_a_gradient_below_float64_is_refused_and_not_compared():
    """Its errors were 0.0: neither the loss nor its complex step had a digit."""
    net, rule = sr.MLP((1, 3, 1)), sr.gauss_legendre([(-1, 1)], 4)
    theta = net.init(0)
    tiny = sr.SobolevLoss(net, lambda x: 1e-200 * x, rule)
    with pytest.raises(ValueError, match="^theta: got a start whose loss is 0, .* below float64"):
        sr.check_gradient(tiny, 1e-200 * theta)
    light = sr.SobolevLoss(net, np.sin, rule, weights=(1e-300, 0.0))
    with pytest.raises(
        ValueError, match="^loss: got one whose gradient has no entry above .*e-301"
    ):
        sr.check_gradient(light, theta)
    exact = sr.check_gradient(sr.SobolevLoss(net, lambda x: 0 * x, rule), 0 * theta)
    assert max(exact.complex_step.values()) == 0
