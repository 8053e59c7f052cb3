"""from_torch, from_keras, from_jax, from_sklearn and back, on look-alikes: no framework is needed.

tests/testing/test_real_frameworks.py does the same with the frameworks, where they are installed. The answers
come from NumPy's own products in the frameworks' way round: x weightᵀ for PyTorch, x kernel for the others.
"""

from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from hostile import JUNK

import sobolev_ref as sr
from sobolev_ref.testing import frameworks as fw

X = np.array([[0.25, -0.5], [1.0, 0.75], [-1.5, 0.125]])
RANDOM = np.random.default_rng(0)
W1, B1, W2, B2 = (RANDOM.normal(size=s) for s in ((3, 2), (3,), (2, 3), (2,)))
THETA = np.concatenate([W1.ravel(), B1, W2.ravel(), B2])
NET = sr.MLP((2, 3, 2), "tanh")
VALUES = np.tanh(X @ W1.T + B1) @ W2.T + B2  # (J2)
SINGLE = THETA.astype("float32")


# -- PyTorch -------------------------------------------------------------------------------------------


class Tensor:
    """What of a tensor is used: it gives an array only when it is detached, on the CPU and of float64."""

    def __init__(self, data, dtype="float64", steps=0):
        self.data, self.dtype, self.steps = np.array(data, dtype), f"torch.{dtype}", steps

    def new_tensor(self, data):
        assert isinstance(data, list)
        return Tensor(data, self.dtype.removeprefix("torch."))

    def detach(self):
        return Tensor(self.data, steps=self.steps + 1)

    def cpu(self):
        return Tensor(self.data, steps=self.steps + 1)

    def double(self):
        return Tensor(self.data, steps=self.steps + 1)

    def __array__(self, dtype=None, copy=None):
        assert self.steps == 3
        return self.data


class Module:
    """A module with named parts."""

    def __init__(self, **parts):
        self.parts = parts

    def children(self):
        return iter(self.parts.values())

    def named_modules(self, remove_duplicate):
        assert not remove_duplicate
        yield "", self
        for name, part in self.parts.items():
            for inner, module in part.named_modules(remove_duplicate):
                yield f"{name}.{inner}".rstrip("."), module

    def state_dict(self):
        found = {}
        for name, part in self.parts.items():
            found |= {f"{name}.{key}": value for key, value in part.state_dict().items()}
        return found

    def load_state_dict(self, state):
        assert set(state) == set(self.state_dict())
        for name, part in self.parts.items():
            own = {
                k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")
            }
            part.load_state_dict(own)

    def __call__(self, x):
        for part in self.parts.values():
            x = part(x)
        return x


class Linear(Module):
    def __init__(self, weight, bias, dtype="float64"):
        super().__init__()
        self.weight = Tensor(weight, dtype)
        self.bias = None if bias is None else Tensor(bias, dtype)

    def state_dict(self):
        parts = {"weight": self.weight, "bias": self.bias}
        return {key: part for key, part in parts.items() if part is not None}

    def load_state_dict(self, state):
        self.__dict__ |= state

    def __call__(self, x):
        b = 0 if self.bias is None else self.bias.data
        return self.weight.new_tensor((x.data @ self.weight.data.T + b).tolist())


def elementwise(name, function, **attributes):
    call = lambda self, x: x.new_tensor(function(x.data).tolist())
    return type(name, (Module,), {"__call__": call, **attributes})


Tanh, Sin = elementwise("Tanh", np.tanh), elementwise("Sine", np.sin)
Dropout = elementwise("AlphaDropout", lambda x: x)
Gelu = elementwise("GELU", np.tanh, approximate="tanh")
Softplus = elementwise("Softplus", np.tanh, beta=2.0)


def torch_like(sigma=Tanh, dtype="float64", bias=B2):
    return Module(one=Linear(W1, B1, dtype), two=sigma(), three=Linear(W2, bias, dtype))


def test_from_torch():
    net, theta = fw.from_torch(torch_like())
    assert net == NET and (theta == THETA).all()
    np.testing.assert_allclose(net(theta, X), VALUES, rtol=1e-14)
    assert fw.from_torch(Module(inner=torch_like()))[0] == NET
    assert fw.from_torch(torch_like(), "tanh")[0] == NET
    assert fw.from_torch(torch_like(Sin), "sin")[0] == sr.MLP((2, 3, 2), "sin")
    alone, theta = fw.from_torch(Linear(W1, B1))
    assert alone.widths == (2, 3) and (theta == THETA[:9]).all()


def test_float32_is_taken_exactly():
    net, theta = fw.from_torch(torch_like(dtype="float32"))
    assert (
        net == NET and theta.dtype == float and (theta == SINGLE).all() and (theta != THETA).any()
    )


def test_to_torch():
    module = torch_like(bias=None)
    net, theta = fw.from_torch(module)
    assert (theta[:-2] == THETA[:-2]).all() and (theta[-2:] == 0).all()
    new = np.append(THETA[:-2] + 1, [0, 0])
    fw.to_torch(net, new, module)
    assert (fw.from_torch(module)[1] == new).all()
    with pytest.raises(ValueError, match="theta: got b of three that is not 0, takes 0"):
        fw.to_torch(net, THETA, module)
    assert (fw.from_torch(module)[1] == new).all()  # nothing was half done
    single = torch_like(Sin, dtype="float32")
    fw.to_torch(sr.MLP((2, 3, 2), "sin"), SINGLE + np.float32(1), single)
    assert (fw.from_torch(single, "sin")[1] == SINGLE + np.float32(1)).all()
    fw.to_torch(sr.MLP((2, 3)), THETA[:9] + 1, alone := Linear(W1, B1))  # no σ in either
    assert (fw.from_torch(alone)[1] == THETA[:9] + 1).all()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: fw.from_torch(3), "module: got 3, takes a torch.nn.Module"),
        (
            lambda: fw.from_torch(Module()),
            "module: got Module in it, takes Linear layers with Tanh",
        ),
        (lambda: fw.from_torch(Module(a=Tanh())), "module: got no dense layer"),
        (lambda: fw.from_torch(torch_like(Sin)), "module: got Sine in two"),
        (lambda: fw.from_torch(torch_like(Dropout), "tanh"), "module: got AlphaDropout in two"),
        (
            lambda: fw.from_torch(torch_like(Sin), "tanh"),
            r"module: it gives .* \(2, 3, 2\) with tanh",
        ),
        (
            lambda: fw.from_torch(torch_like(), "sin"),
            "activation: got 'sin', takes 'tanh', which module",
        ),
        (lambda: fw.from_torch(torch_like(Gelu)), r"module: got GELU\(approximate='tanh'\) in two"),
        (lambda: fw.from_torch(torch_like(Softplus)), r"module: got Softplus\(beta=2.0\) in two"),
        (
            lambda: fw.from_torch(Module(a=(a := Linear(W1[:2], B2)), b=Tanh(), c=a)),
            "the same layer twice",
        ),
        (
            lambda: fw.from_torch(Module(a=Linear(W2, B2), b=Tanh(), c=Linear(W1[:, 1:], B1))),
            "module: got 2 outputs of a and 1 inputs of c",
        ),
        (
            lambda: fw.from_torch(
                Module(a=torch_like(), b=elementwise("ReLU", np.abs)(), c=Linear(W1, B1))
            ),
            r"different activations, tanh \(a.two\), relu \(b\)",
        ),
        (
            lambda: fw.from_torch(Module(a=Linear(W1, B1), b=Linear(W2, B2))),
            "activation: got None, and no layer of module",
        ),
        (lambda: fw.from_torch(torch_like(dtype="int64")), "weight's dtype: got 'int64'"),
        (
            lambda: fw.to_torch(NET, THETA, torch_like(dtype="float32")),
            "numbers in one.weight that its type",
        ),
        (
            lambda: fw.to_torch(sr.LinearModel.fourier(1, [(0, 1)]), THETA, torch_like()),
            "net: got Linear",
        ),
        (lambda: fw.to_torch(NET, THETA[1:], torch_like()), r"theta: got shape \(16,\)"),
        (
            lambda: fw.to_torch(sr.MLP((2, 3, 2), "sin"), THETA, torch_like()),
            "net: got activation 'sin'",
        ),
        (
            lambda: fw.to_torch(sr.MLP((2, 2, 3, 2)), np.zeros(23), torch_like()),
            r"net: got widths \(2, 2, 3, 2\), takes \(2, 3, 2\), as the module has",
        ),
    ],
)
def test_torch_is_refused_by_name(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()


def test_a_module_that_raises_and_one_with_more_parameters():
    class Cut(Module):
        def __call__(self, x):
            raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(
        ValueError, match=r"module: it raised RuntimeError for nodes of shape \(8, 2\)"
    ):
        fw.from_torch(Cut(**torch_like().parts))

    class Scaled(Module):
        def state_dict(self):
            return super().state_dict() | {"scale": 1.0}

    with pytest.raises(
        ValueError, match="module: got scale, takes the parameters of Linear layers alone"
    ):
        fw.from_torch(Scaled(**torch_like().parts))


def test_rounding_is_allowed_and_no_more():
    """In float32 the answers differ by rounding; a thousandth too much is seen in either type."""
    for dtype in ("float32", "float64"):
        off = elementwise("Tanh", lambda x: 1.001 * np.tanh(x))
        assert fw.from_torch(torch_like(dtype=dtype))[0] == NET
        with pytest.raises(ValueError, match="module: it gives"):
            fw.from_torch(torch_like(off, dtype))


# -- Keras ---------------------------------------------------------------------------------------------


def linear(x):
    return x


def tanh(x):
    return np.tanh(x)


def cube(x):
    return x**3 / 4


class Dense:
    compute_dtype = "float64"

    def __init__(self, kernel, bias, activation=linear, name="dense"):
        self.activation, self.name = activation, name
        self.weights = [] if kernel is None else [kernel] if bias is None else [kernel, bias]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def __call__(self, x):
        kernel, b = (*self.weights, 0)[:2]
        return self.activation(x @ kernel + b)


class Activation:
    def __init__(self, activation):
        self.activation, self.name = activation, "activation"

    def __call__(self, x):
        return self.activation(x)


class InputLayer(Activation):
    def __init__(self):
        super().__init__(linear)


class Flatten(InputLayer):
    pass


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def predict_on_batch(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    __call__ = predict_on_batch


def keras_like(sigma=tanh, bias=B2, dtype=float, *after):
    parts = [None if part is None else part.astype(dtype) for part in (W1.T, B1, W2.T, bias)]
    return Sequential(InputLayer(), Dense(*parts[:2], sigma, "first"), Dense(*parts[2:]), *after)


def test_from_keras():
    net, theta = fw.from_keras(keras_like())
    assert net == NET and (theta == THETA).all()
    inner = Sequential(Dense(W1.T, B1), Activation(linear), Activation(tanh), Activation(linear))
    apart = Sequential(inner, Dense(W2.T, B2))
    assert fw.from_keras(apart)[0] == NET
    assert fw.from_keras(keras_like(np.sin), "sin")[0].activation.name == "sin"
    odd = sr.Activation("cube", np.inf, lambda z, T: (T.product(z, T.product(z, z)) / 4, 0 * z))
    assert fw.from_keras(keras_like(cube), odd)[0].activation is odd


def test_to_keras():
    model = keras_like(bias=None)
    net, theta = fw.from_keras(model)
    new = np.append(theta[:-2] + 1, [0, 0])
    fw.to_keras(net, new, model)
    assert (fw.from_keras(model)[1] == new).all()
    with pytest.raises(ValueError, match="theta: got b of dense that is not 0"):
        fw.to_keras(net, THETA, model)
    assert (fw.from_keras(model)[1] == new).all()
    single = keras_like(lambda x: np.sin(x), B2, "float32")
    sine = sr.MLP((2, 3, 2), "sin")
    with pytest.raises(
        ValueError, match="theta: got numbers in first that its type of number rounds, by up"
    ):
        fw.to_keras(sine, THETA, single)
    fw.to_keras(sine, SINGLE + np.float32(1), single)
    assert (fw.from_keras(single, "sin")[1] == SINGLE + np.float32(1)).all()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: fw.from_keras(3), "model: got 3, takes a keras.Model"),
        (lambda: fw.from_keras(Sequential()), "model: got no dense layer"),
        (
            lambda: fw.from_keras(Sequential(Flatten())),
            "model: got Flatten in activation, takes Dense",
        ),
        (
            lambda: fw.from_keras(Sequential(Activation(tanh))),
            "model: got Activation in activation",
        ),
        (
            lambda: fw.from_keras(Sequential(d := Dense(W1[:2], B2, tanh), d)),
            "the layer dense twice",
        ),
        (lambda: fw.from_keras(Sequential(Dense(None, None))), "takes a model that was built"),
        (
            lambda: fw.from_keras(keras_like(tanh, B2, float, Activation(tanh))),
            "got tanh after its last",
        ),
        (
            lambda: fw.from_keras(Sequential(Dense(W1.T, B1, tanh), Activation(np.cos))),
            "model: got cos in activation after tanh",
        ),
        (lambda: fw.from_keras(keras_like(lambda x: x)), "activation: got '<lambda>'"),
        (lambda: fw.from_keras(keras_like(np.sin), "tanh"), "activation: got 'tanh', takes 'sin'"),
        (lambda: fw.from_keras(keras_like(lambda x: x), "tanh"), "model: it gives"),
        (
            lambda: fw.from_keras(
                Sequential(Dense(W1.T, B1, tanh), Dense(W2.T, B2), Dense(W1[:2], B2))
            ),
            r"different activations, tanh \(dense\), identity \(dense\)",
        ),
        (
            lambda: fw.to_keras(sr.MLP((2, 3, 2), "sin"), THETA, keras_like()),
            "net: got activation 'sin'",
        ),
    ],
)
def test_keras_is_refused_by_name(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()


# -- JAX -----------------------------------------------------------------------------------------------

PAIRS = [(W1.T, B1), (W2.T, B2)]
NAMED = {"Dense_1": {"kernel": W2.T, "bias": B2}, "Dense_0": {"kernel": W1.T, "bias": B1}}


@pytest.mark.parametrize(
    ("params", "product"),
    [
        (PAIRS, "x @ W"),
        ([PAIRS[0], (), PAIRS[1]], "x @ W"),  # stax
        ([(W1, B1), [W2, B2]], "W @ x"),
        (NAMED, "x @ W"),
        ({"params": {"MLP_0": MappingProxyType(NAMED)}}, "x @ W"),
        ({"linear": {"w": W1.T, "b": B1}, "linear_1": {"w": W2.T, "b": B2}}, "x @ W"),  # Haiku
        ({"layers": {1: {"kernel": W2.T, "bias": B2}, 0: {"kernel": W1.T, "bias": B1}}}, "x @ W"),
        ({"layers": [{"W": W1, "b": B1}, {"weight": W2, "bias": B2}]}, "W @ x"),
    ],
)
def test_jax_there_and_back(params, product):
    net, theta = fw.from_jax(params, "tanh", product)
    assert net == NET and (theta == THETA).all()
    new = fw.to_jax(net, theta + 1, params, product)
    assert (fw.from_jax(new, "tanh", product)[1] == theta + 1).all()
    assert (fw.from_jax(params, "tanh", product)[1] == THETA).all()
    assert type(new) is (list if isinstance(params, list) else dict)


def test_jax_of_one_layer_and_of_twelve():
    alone = {"params": {"Dense_0": {"kernel": W1.T, "bias": B1}}}
    assert fw.from_jax(alone, "tanh")[0].widths == (2, 3)
    many = {f"Dense_{n}": {"kernel": [[float(n)]], "bias": [0.0]} for n in (10, 11, *range(10))}
    theta = fw.from_jax(many, "sin")[1]
    assert theta[::2].tolist() == list(range(12))


def test_jax_without_bias_and_in_float32():
    params = [{"kernel": W1.T.astype("float32")}, (W2.T.astype("float32"), B2.astype("float32"))]
    net, theta = fw.from_jax(params, "tanh")
    assert (theta[6:9] == 0).all()
    new = fw.to_jax(net, theta, params)
    assert new[0]["kernel"].dtype == new[1][1].dtype == "float32" and type(new[1]) is tuple
    with pytest.raises(ValueError, match=r"theta: got b of params\[0\] that is not 0"):
        fw.to_jax(net, SINGLE, params)
    with pytest.raises(ValueError, match=r"theta: got numbers in params\[0\] that its type"):
        fw.to_jax(net, theta + 1e-3, params)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: fw.from_jax(3, "tanh"), "params: got 3, takes a mapping or a list"),
        (lambda: fw.from_jax({"a": 3}, "tanh"), "params: got no dense layer"),
        (lambda: fw.from_jax([], "tanh"), "params: got no dense layer"),
        (lambda: fw.from_jax({}, "tanh"), "params: got no dense layer"),
        (
            lambda: fw.from_jax([3], "tanh"),
            r"params\[0\]: got 3, takes a pair \(W, b\), or kernel and bias",
        ),
        (
            lambda: fw.from_jax([{"scale": B1, "bias": B1}], "tanh"),
            r"params\[0\]: got scale, bias, takes",
        ),
        (
            lambda: fw.from_jax([{"kernel": W1, "w": W1}], "tanh"),
            r"params\[0\]: got kernel, w, takes",
        ),
        (lambda: fw.from_jax([{"bias": B1}], "tanh"), r"params\[0\]: got bias, takes"),
        (
            lambda: fw.from_jax([{"w": W1, "b": B1, "bias": B1}], "tanh"),
            r"params\[0\]: got w, b, bias",
        ),
        (
            lambda: fw.from_jax({"params": {"in": {"w": W1}, "out": {"w": W2}}}, "tanh"),
            r"params\['params'\]: got in, out, whose order is not known",
        ),
        (
            lambda: fw.from_jax({"a_1": {"w": W1}, "a1": {"w": W2}}, "tanh"),
            "got a_1, a1, whose order",
        ),
        (
            lambda: fw.from_jax([(W1, B1)], "tanh"),
            r"product: got 'x @ W', takes 'W @ x' by the shapes of",
        ),
        (lambda: fw.from_jax([(W1.T, B1)], "tanh", "W @ x"), "product: got 'W @ x', takes 'x @ W'"),
        (lambda: fw.from_jax(PAIRS, "tanh", "W x"), "product: got 'W x', takes 'x @ W' or 'W @ x'"),
        (lambda: fw.from_jax([(B1, B1)], "tanh"), r"params: got W of shape \(3,\)"),
        (lambda: fw.from_jax([(W1.T, W1)], "tanh"), r"with b of shape \(3, 2\) in params\[0\]"),
        (
            lambda: fw.from_jax([PAIRS[0], PAIRS[0]], "tanh"),
            "takes layers in the order in which they are applied",
        ),
        (lambda: fw.from_jax(PAIRS, "swish"), "activation: got 'swish', takes"),
        (lambda: fw.from_jax([(W1.T + 1j, B1)], "tanh"), r"params\[0\], W: got complex entries"),
        (
            lambda: fw.to_jax(sr.MLP((2, 3, 1)), np.zeros(13), PAIRS),
            "net: got widths .* as params has",
        ),
    ],
)
def test_jax_is_refused_by_name(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()


# -- scikit-learn --------------------------------------------------------------------------------------


def sklearn_like(activation="tanh", after="identity", dtype=float):
    parts = {"coefs_": [W1.T.astype(dtype), W2.T.astype(dtype)]}
    parts["intercepts_"] = [B1.astype(dtype), B2.astype(dtype)]
    return SimpleNamespace(**parts, activation=activation, out_activation_=after)


def test_sklearn_there_and_back():
    net, theta = fw.from_sklearn(sklearn_like())
    assert net == NET and (theta == THETA).all()
    assert fw.from_sklearn(sklearn_like("logistic"))[0].activation.name == "sigmoid"
    regressor = sklearn_like(dtype="float32")
    fw.to_sklearn(net, SINGLE + np.float32(1), regressor)
    assert (fw.from_sklearn(regressor)[1] == SINGLE + np.float32(1)).all()
    assert {part.dtype.name for part in (*regressor.coefs_, *regressor.intercepts_)} == {"float32"}
    with pytest.raises(
        ValueError, match="theta: got numbers in coefs_ that its type of number rounds"
    ):
        fw.to_sklearn(net, theta, regressor)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: fw.from_sklearn(3), "regressor: got 3, takes an MLPRegressor that was fitted"),
        (
            lambda: fw.from_sklearn(SimpleNamespace(coefs_=[])),
            "takes an MLPRegressor that was fitted",
        ),
        (
            lambda: fw.from_sklearn(sklearn_like(after="softmax")),
            "got 'softmax' after its last layer",
        ),
        (lambda: fw.from_sklearn(sklearn_like("cube")), "activation: got 'cube', takes"),
        (
            lambda: fw.to_sklearn(sr.MLP((2, 3, 2), "sin"), THETA, sklearn_like()),
            "net: got activation",
        ),
    ],
)
def test_sklearn_is_refused_by_name(call, match):
    with pytest.raises((TypeError, ValueError), match=match):
        call()


# -- what to compare with ------------------------------------------------------------------------------


def test_oracle_takes_tensors():
    """u = tanh(x + 2y): u_x = 1 − u², u_xy = 2 u_xx = −4 u u_x, in float32 nodes taken exactly."""
    net = sr.MLP((2, 1, 1))
    theta = Tensor([1.0, 2.0, 0.0, 1.0, 0.0], "float32")
    exact = fw.oracle(net, theta, Tensor(X, "float32"), 2)
    u = np.tanh(X @ [[1.0], [2.0]])
    np.testing.assert_allclose(exact[0, 0], u, rtol=1e-15)
    np.testing.assert_allclose(exact[1, 1], -4 * u * (1 - u * u), rtol=1e-14)
    assert list(exact) == list(sr.multi_indices(2, 2))


def test_oracle_is_refused_by_name():
    with pytest.raises(TypeError, match="net: got 'net', takes an MLP or a LinearModel"):
        fw.oracle("net", THETA, X, 1)
    with pytest.raises(TypeError, match="theta: got complex"):
        fw.oracle(NET, THETA + 1j, X, 1)
    with pytest.raises(ValueError, match="order: got -1"):
        fw.oracle(NET, THETA, X, -1)


PUT = {"net": lambda: NET, "theta": lambda: THETA}
GOOD = {
    "from_torch": {"module": torch_like, "activation": lambda: "tanh"},
    "to_torch": PUT | {"module": torch_like},
    "from_keras": {"model": keras_like, "activation": lambda: "tanh"},
    "to_keras": PUT | {"model": keras_like},
    "from_jax": {"params": lambda: PAIRS, "activation": lambda: "tanh", "product": lambda: "x @ W"},
    "to_jax": PUT | {"params": lambda: PAIRS, "product": lambda: "x @ W"},
    "from_sklearn": {"regressor": sklearn_like},
    "to_sklearn": PUT | {"regressor": sklearn_like},
    "oracle": PUT | {"x": lambda: X, "order": lambda: 2},
}


@pytest.mark.parametrize("name", GOOD)
def test_whatever_else_is_refused_by_the_name_of_its_argument(name):
    function, good = getattr(fw, name), GOOD[name]
    function(**{argument: value() for argument, value in good.items()})
    for argument in good:
        for junk in JUNK.values():
            bad = junk()
            if argument == "activation" and bad is None:
                continue  # the layers say it
            arguments = {key: value() for key, value in good.items()} | {argument: bad}
            with pytest.raises((TypeError, ValueError), match=rf"(?<![\w']){argument}(?!\w)"):
                function(**arguments)


def test_rounding_counts_by_the_slope_that_passes_it_on():
    """sin 1000 z in float32: z is rounded to 1e−7, and so is the answer to 1e−4."""
    sine = sr.ACTIVATIONS["sin"].jets
    steep = sr.Activation(
        "steep", np.inf, lambda z, T: (sine(1e3 * z, T)[0], 1e3 * sine(1e3 * z, T)[1])
    )
    single = lambda a: a.astype("float32")

    def answers(x):
        z = single(x) @ single(W1.T) + single(B1)
        return np.sin(1e3 * z.astype(float)) @ W2.T + B2

    fw._hold("module", sr.MLP((2, 3, 2), steep), SINGLE.astype(float), answers, 2.0**-23)
