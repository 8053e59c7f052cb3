"""Networks of the frameworks themselves, where they are installed: there, back, and derivatives by theirs.

The extra `bench` brings them, and with the variable FRAMEWORKS set none may be missing. What is compared
with `testing.oracle` are their values and their own autodiff; docs/autodiff.md runs as it stands.
"""

import doctest
import importlib
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

import sobolev_ref as sr
from sobolev_ref.testing import frameworks as fw

os.environ.setdefault("KERAS_BACKEND", "jax")

X = np.array([[0.25, -0.5], [1.0, 0.75], [-1.5, 0.125]])
NAMES = ("tanh", "sigmoid", "softplus", "gelu", "silu", "relu", "identity")


def brought(name):
    """A framework; its own warnings are none of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError:
            if os.environ.get("FRAMEWORKS"):
                raise
            pytest.skip(f"{name} is not installed")


# -- PyTorch -------------------------------------------------------------------------------------------


def torch_network(torch, name, dtype):
    torch.manual_seed(0)
    sigma = {
        "tanh": torch.nn.Tanh,
        "sigmoid": torch.nn.Sigmoid,
        "softplus": torch.nn.Softplus,
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
        "relu": torch.nn.ReLU,
        "identity": torch.nn.Identity,
    }[name]
    layers = torch.nn.Linear(2, 5), sigma(), torch.nn.Linear(5, 4), sigma(), torch.nn.Linear(4, 3)
    return torch.nn.Sequential(*layers).to(dtype)


def torch_derivatives(torch, module, x, order):
    """{α: Dᵅu} by nested `torch.autograd.grad`."""
    x = x.detach().clone().requires_grad_()
    u = module(x)
    found = {(0, 0): u}
    for alpha in sr.multi_indices(2, order)[1:]:
        q = next(q for q, n in enumerate(alpha) if n > 0)
        before = found[tuple(n - (r == q) for r, n in enumerate(alpha))]
        slopes = [
            torch.autograd.grad(part.sum(), x, create_graph=True, allow_unused=True)[0]
            if part.requires_grad
            else None
            for part in before.T
        ]
        columns = [torch.zeros(len(x)).to(x) if s is None else s[:, q] for s in slopes]
        found[alpha] = torch.stack(columns, dim=1)
    return {alpha: u.detach().numpy() for alpha, u in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_torch_to_order_four(name):
    torch = brought("torch")
    for dtype, tolerance in ((torch.float64, 1e-13), (torch.float32, 1e-4)):
        module = torch_network(torch, name, dtype)
        net, theta = fw.from_torch(module)
        assert net.widths == (2, 5, 4, 3) and net.activation.name == name
        x = torch.tensor(X, dtype=dtype)
        exact = fw.oracle(net, theta, x, 4)
        got = torch_derivatives(torch, module, x, 4)
        for alpha, u in exact.items():
            assert np.abs(got[alpha] - u).max() <= tolerance * max(np.abs(u).max(), 1e-3)


def test_torch_and_back():
    torch = brought("torch")
    module = torch_network(torch, "tanh", torch.float64)
    net, theta = fw.from_torch(module)
    first = module[0].weight
    fw.to_torch(net, theta + 0.1, module)
    assert module[0].weight is first  # an optimizer of the reader's still knows it
    assert (fw.from_torch(module)[1] == theta + 0.1).all()
    single = torch_network(torch, "tanh", torch.float32)
    with pytest.raises(
        ValueError, match=r"theta: got numbers in 0\.weight that its type of number rounds"
    ):
        fw.to_torch(net, theta + 0.1, single)
    fw.to_torch(net, (theta + 0.1).astype("float32"), single)
    assert (fw.from_torch(single)[1] == (theta + 0.1).astype("float32")).all()
    half = torch_network(torch, "tanh", torch.bfloat16)
    assert fw.from_torch(half)[0] == net


def test_torch_of_ones_own_class():
    torch = brought("torch")

    class Net(torch.nn.Module):
        def __init__(self, residual):
            super().__init__()
            self.first, self.last = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2, bias=False)
            self.residual = residual

        def forward(self, x):
            return self.last(torch.sin(self.first(x))) + self.residual * x

    net, theta = fw.from_torch(Net(0.0), "sin")
    assert theta[-2:].tolist() == [0, 0]
    with pytest.raises(ValueError, match="activation: got None"):
        fw.from_torch(Net(0.0))
    with pytest.raises(
        ValueError, match=r"module: it gives .* where its layers \(2, 2, 2\) with sin"
    ):
        fw.from_torch(Net(1.0), "sin")
    with pytest.raises(ValueError, match="module: it gives"):
        fw.from_torch(Net(0.0), "tanh")
    module = Net(0.0).double()
    fw.to_torch(net, theta, module)
    assert (fw.from_torch(module, "sin")[1] == theta).all()


@pytest.mark.parametrize(
    ("layers", "match"),
    [
        (
            lambda nn: [nn.Linear(2, 3), nn.GELU("tanh"), nn.Linear(3, 1)],
            r"GELU\(approximate='tanh'\)",
        ),
        (lambda nn: [nn.Linear(2, 3), nn.Softplus(beta=2), nn.Linear(3, 1)], r"Softplus\(beta=2"),
        (
            lambda nn: [nn.Linear(2, 3), nn.Tanh(), nn.Dropout(0.1), nn.Linear(3, 1)],
            "got Dropout in 2",
        ),
        (
            lambda nn: [nn.Linear(2, 3), nn.Tanh(), nn.LayerNorm(3), nn.Linear(3, 1)],
            "got LayerNorm in 2",
        ),
        (lambda nn: [nn.Conv1d(1, 1, 1)], "got Conv1d in 0"),
        (lambda nn: [nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Tanh()], "module: it gives"),
        (lambda nn: [nn.LazyLinear(3)], "got LazyLinear in 0"),
        (
            lambda nn: [nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1)],
            r"tanh \(1\), relu \(3\)",
        ),
    ],
)
def test_torch_says_what_it_does_not_take(layers, match):
    torch = brought("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LazyLinear is new
        module = torch.nn.Sequential(*layers(torch.nn))
    with pytest.raises(ValueError, match=match):
        fw.from_torch(module)


def test_the_page_on_autodiff_runs(jax):
    brought("torch")
    page = Path(__file__).parents[2] / "docs" / "autodiff.md"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8", optionflags=flags)
    assert found.attempted > 20 and found.failed == 0


# -- Keras ---------------------------------------------------------------------------------------------

its_own_warning = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def keras():
    brought("jax")
    module = brought("keras")
    yield module
    module.config.set_floatx("float32")


@its_own_warning
@pytest.mark.parametrize("name", NAMES)
def test_keras_there_and_back(keras, name):
    theirs = {"identity": "linear"}.get(name, name)
    layers = [
        keras.Input((2,)),
        *(keras.layers.Dense(n, theirs) for n in (5, 4)),
        keras.layers.Dense(3),
    ]
    model = keras.Sequential(layers)
    net, theta = fw.from_keras(model)
    assert net == sr.MLP((2, 5, 4, 3), name)
    np.testing.assert_allclose(model.predict_on_batch(X), net(theta, X), rtol=1e-4, atol=1e-5)
    fw.to_keras(net, new := (theta + 0.1).astype("float32"), model)
    assert (fw.from_keras(model)[1] == new).all()
    with pytest.raises(ValueError, match="type of number rounds"):
        fw.to_keras(net, theta + 0.1, model)


@its_own_warning
def test_keras_of_another_shape(keras):
    """Functional, one model in another, an Activation of its own, no bias, a lambda."""
    inputs = keras.Input((2,))
    inner = keras.Sequential(
        [keras.layers.Dense(3, use_bias=False), keras.layers.Activation("tanh")]
    )
    model = keras.Model(inputs, keras.layers.Dense(1)(inner(inputs)))
    net, theta = fw.from_keras(model)
    assert net == sr.MLP((2, 3, 1), "tanh") and (theta[6:9] == 0).all()
    fw.to_keras(net, theta, model)
    with pytest.raises(ValueError, match="got b of dense.* that is not 0"):
        fw.to_keras(net, (theta + 1).astype("float32"), model)
    sine = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(3, lambda z: keras.ops.sin(z)),
            keras.layers.Dense(1),
        ]
    )
    net, theta = fw.from_keras(sine, "sin")
    fw.to_keras(net, theta, sine)
    with pytest.raises(ValueError, match="activation: got '<lambda>'"):
        fw.from_keras(sine)
    with pytest.raises(ValueError, match="model: it gives"):
        fw.from_keras(sine, "tanh")


@its_own_warning
def test_keras_says_what_it_does_not_take(keras):
    dense = keras.layers.Dense
    skip = keras.Input((2,))
    for model, match in (
        (
            keras.Sequential([keras.Input((2,)), dense(3), keras.layers.Dropout(0.1)]),
            "got Dropout in",
        ),
        (keras.Sequential([dense(3)]), "takes a model that was built"),
        (keras.Sequential([keras.Input((2,)), dense(3, "tanh")]), "got tanh after its last layer"),
        (
            keras.Sequential([keras.Input((2,)), dense(3, "tanh"), dense(3, "relu"), dense(1)]),
            "different activations, tanh",
        ),
        (keras.Model(skip, dense(2)(dense(2, "tanh")(skip)) + skip), "model: it gives"),
        (keras.Model(skip, keras.layers.Add()([dense(2)(skip), skip])), "got Add in"),
    ):
        with pytest.raises(ValueError, match=match):
            fw.from_keras(model)


# -- JAX and Flax --------------------------------------------------------------------------------------


@pytest.fixture
def jax():
    module = brought("jax")
    before = module.config.jax_enable_x64
    module.config.update("jax_enable_x64", True)
    yield module
    module.config.update("jax_enable_x64", before)


def test_flax_linen_to_order_two(jax):
    """Twelve layers, as Dense_10 stands before Dense_2 in a sorted tree."""
    linen = brought("flax.linen")

    class Net(linen.Module):
        @linen.compact
        def __call__(self, x):
            for _ in range(11):
                x = jax.nn.gelu(linen.Dense(3, param_dtype=float)(x), approximate=False)
            return linen.Dense(1, param_dtype=float)(x)

    variables = Net().init(jax.random.key(0), X)
    variables = jax.tree.map(lambda part: 1.5 * part + 0.1, variables)  # and sorted
    net, theta = fw.from_jax(variables, "gelu")
    exact = fw.oracle(net, theta, X, 2)
    u = lambda x: Net().apply(variables, x)[0]
    for alpha in ((0, 0), (0, 1), (1, 1)):
        f = u
        for q in [q for q, n in enumerate(alpha) for _ in range(n)]:
            f = lambda x, f=f, q=q: jax.grad(f)(x)[q]
        got = jax.jit(jax.vmap(f))(X)  # (N,)
        np.testing.assert_allclose(got, exact[alpha][:, 0], rtol=1e-11, atol=1e-13)
    new = fw.to_jax(net, theta + 0.1, variables)
    np.testing.assert_allclose(Net().apply(new, X), net(theta + 0.1, X), rtol=1e-12)


def test_flax_nnx_there_and_back(jax):
    brought("flax")
    from flax import nnx

    class Net(nnx.Module):
        def __init__(self, rngs):
            self.layer1 = nnx.Linear(2, 3, param_dtype=float, rngs=rngs)
            self.layer2 = nnx.Linear(3, 1, param_dtype=float, rngs=rngs)

        def __call__(self, x):
            return self.layer2(jax.numpy.tanh(self.layer1(x)))

    model = Net(nnx.Rngs(0))
    state = nnx.state(model)
    net, theta = fw.from_jax(state, "tanh")
    np.testing.assert_allclose(model(X), net(theta, X), rtol=1e-13)
    nnx.replace_by_pure_dict(state, fw.to_jax(net, theta + 0.1, state))
    nnx.update(model, state)
    np.testing.assert_allclose(model(X), net(theta + 0.1, X), rtol=1e-13)


def test_jax_of_ones_own(jax):
    """Pairs with W (n_out, n_in); and autodiff in θ is our gradient, in the tree's own places."""
    random = np.random.default_rng(0)
    params = [
        (jax.numpy.asarray(random.normal(size=s)), jax.numpy.zeros(s[0])) for s in ((4, 2), (1, 4))
    ]

    def u(params, x):
        (W1, b1), (W2, b2) = params
        return W2 @ jax.numpy.sin(W1 @ x + b1) + b2

    net, theta = fw.from_jax(params, "sin", product="W @ x")
    exact = fw.oracle(net, theta, X, 1)
    got = jax.vmap(jax.jacfwd(u, 1), (None, 0))(params, X)  # (N, m, d)
    np.testing.assert_allclose(got[..., 1], exact[0, 1], rtol=1e-13)
    rule = sr.samples(X)
    _, gradient = sr.SobolevLoss(net, {(0, 0): np.zeros((3, 1))}, rule, order=0)(theta)
    by_jax = jax.grad(lambda p: (jax.vmap(u, (None, 0))(p, X) ** 2).sum() / len(X))(params)
    np.testing.assert_allclose(fw.from_jax(by_jax, "sin", "W @ x")[1], gradient, rtol=1e-12)
    assert type(fw.to_jax(net, theta, params, "W @ x")[0]) is tuple


# -- scikit-learn --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["identity", "logistic", "tanh", "relu"])
def test_sklearn_there_and_back(name):
    brought("sklearn")
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    for y in (X[:, 0], X):
        for dtype in (np.float64, np.float32):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it did not converge
                regressor = MLPRegressor(hidden_layer_sizes=(4, 3), activation=name, max_iter=3)
                regressor.fit(X.astype(dtype), y)
            net, theta = fw.from_sklearn(regressor)
            assert net.widths == (2, 4, 3, y.size // 3)
            ours = net(theta, X).reshape(y.shape)
            np.testing.assert_allclose(regressor.predict(X), ours, rtol=1e-12)
            new = (theta + 0.25).astype(dtype)
            fw.to_sklearn(net, new, regressor)
            np.testing.assert_allclose(
                regressor.predict(X), net(new, X).reshape(y.shape), rtol=1e-5, atol=1e-6
            )
    with pytest.raises(
        TypeError, match="regressor: got MLPRegressor.*, takes an MLPRegressor that was fitted"
    ):
        fw.from_sklearn(MLPRegressor())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classifier = MLPClassifier((3,), max_iter=2).fit(X, [0, 1, 1])
    with pytest.raises(ValueError, match="got 'logistic' after its last layer"):
        fw.from_sklearn(classifier)
