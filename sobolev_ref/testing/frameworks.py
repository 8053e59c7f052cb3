"""Networks of PyTorch, Keras, JAX, Flax and scikit-learn as (net, θ) and back, and the derivatives to expect.

A framework is known by its objects' attributes, and nothing of it is imported. What it calls a dense layer
is z = W a + b, (J2). The frameworks differ in which way round they keep W:

    PyTorch              weight (n_out, n_in)     z = a weightᵀ + b
    Keras, Flax          kernel (n_in, n_out)     z = a kernel + b
    scikit-learn         coefs_ (n_in, n_out)     z = a coefs_ + b

Their numbers are taken exactly: float64 holds every float32, float16 and bfloat16. The way back is exact,
too, or it is refused. A module that can be called is called at a few points, and refused where it is not
the network that its layers look like. Then `oracle` is exact to rounding, whatever the framework does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_instance, as_real_array, as_vector, as_word, refused, shown
from .._typing import Array, MultiIndex
from ..jets.activations import ACTIVATIONS, Activation, as_activation
from ..jets.algebra import taylor_algebra
from ..models.mlp import MLP
from ..models.model import Model

Layer: TypeAlias = tuple[str, Array, Array]  # its name, W (n_out, n_in), b (n_out,)
Path: TypeAlias = tuple[Any, ...]  # the keys that lead to a leaf of a tree of parameters

NAMES = ("Tanh", "Sigmoid", "Softplus", "GELU", "SiLU", "ReLU", "Identity")
TORCH = {name: name.lower() for name in NAMES}
ATTRIBUTES = {"approximate": "none", "beta": 1}  # of GELU and Softplus, in PyTorch
KERAS = {"linear": "identity"}  # where a name is another than ours
SKLEARN = {"logistic": "sigmoid"}
WEIGHTS, BIASES = ("kernel", "w", "W", "weight"), ("bias", "b")
EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def _numbers(name: str, value: Any) -> Array:
    """A tensor of any framework as float64."""
    for step in ("detach", "cpu", "double"):  # PyTorch's
        if hasattr(value, step):
            value = getattr(value, step)()
    return as_real_array(name, value)


def _network(source: str, layers: list[Layer], activation: str | Activation) -> tuple[MLP, Array]:
    """The network of these layers, and θ."""
    if not layers:
        raise ValueError(f"{source}: got no dense layer, takes at least one")
    for name, W, b in layers:
        if W.ndim != 2 or b.shape != W.shape[:1]:
            raise ValueError(
                f"{source}: got W of shape {W.shape} (n_out, n_in) with b of shape {b.shape} in {name}, "
                "takes b of shape (n_out,)"
            )
    for (before, W, _), (after, W_next, _) in pairwise(layers):
        if len(W) != W_next.shape[1]:
            raise ValueError(
                f"{source}: got {len(W)} outputs of {before} and {W_next.shape[1]} inputs of {after}, "
                "takes layers in the order in which they are applied"
            )
    widths = [layers[0][1].shape[1], *(len(b) for _, _, b in layers)]
    net = MLP(widths, activation)
    return net, net.pack([(W, b) for _, W, b in layers])


def _the_activation(
    source: str, found: list[tuple[str, str]], given: str | Activation | None, hidden: int
) -> str | Activation:
    """The one activation: of those found, (where, name), and that which the caller gives."""
    names = dict.fromkeys(name for _, name in found)
    if len(names) > 1:
        mix = ", ".join(f"{name} ({where})" for where, name in found)
        raise ValueError(f"{source}: got different activations, {mix}; takes one for all layers")
    if given is None and not names and hidden > 0:
        raise ValueError(
            f"activation: got None, and no layer of {source} says it; takes the name of the function "
            f"that is applied between the layers, one of {', '.join(ACTIVATIONS)}"
        )
    own = next(iter(names), "identity")
    activation = as_activation(own if given is None else given)
    if names and activation.name != own:
        raise ValueError(
            f"activation: got {activation.name!r}, takes {own!r}, which {source} has in {found[0][0]}"
        )
    return activation


def _hold(
    source: str, net: MLP, theta: Array, answers: Callable[[Array], Any], epsilon: float
) -> None:
    """Refuse what, at eight points, is not the network of its layers.

    A dot product of n numbers rounded to ε is off by at most n ε |W||a|, and σ passes errors on by its slope.
    Eight times the sum of these is allowed.
    """
    x = np.round(np.random.default_rng(0).normal(size=(8, net.d)) * 16) / 16  # exact in bfloat16
    T = taylor_algebra(1, 0)
    a, error = x, np.zeros_like(x)  # (N, n_in)
    layers = net.unpack(theta)
    for i, (W, b) in enumerate(layers):
        if i > 0:
            sigma, slope = net.activation.jets(a[None], T)  # (1, N, n_in)
            a, error = sigma[0], error * max(1, abs(slope).max()) + 4 * epsilon * (1 + abs(a))
        error = error @ abs(W).T + len(W.T) * epsilon * (abs(a) @ abs(W).T + abs(b))  # (N, n_out)
        a = a @ W.T + b  # (N, n_out)
    try:
        got = _numbers(f"{source}'s answer", answers(x)).reshape(a.shape)
    except Exception as failure:
        raise ValueError(
            f"{source}: it raised {type(failure).__name__} for nodes of shape {x.shape}, takes a network "
            f"from (N, {net.d}) to (N, {net.m}): {failure}"
        ) from failure
    wrong = np.argwhere(abs(got - a) > 8 * error)
    if len(wrong):
        i, j = wrong[0]
        raise ValueError(
            f"{source}: it gives {got[i, j]:.6g} at x = {x[i].tolist()}, output {j}, where its layers "
            f"{net.widths} with {net.activation.name} between them give {a[i, j]:.6g}; takes a module that "
            "applies its layers in this order, the activation between each two, and nothing else"
        )


def _ours(net: Any, theta: Any) -> list[tuple[Array, Array]]:
    """(W, b) of every layer, for the way back."""
    known: MLP = as_instance("net", net, MLP, "an MLP")
    return known.unpack(as_vector("theta", _numbers("theta", theta), net.n_parameters))


def _same(source: str, net: MLP, other: MLP) -> None:
    """Refuse another network than the one to fill."""
    for what, ours, theirs in (
        ("widths", net.widths, other.widths),
        ("activation", net.activation.name, other.activation.name),
    ):
        if ours != theirs and not (what == "activation" and len(net.widths) == 2):
            raise ValueError(
                f"net: got {what} {shown(ours)}, takes {shown(theirs)}, as {source} has"
            )


def _exactly(name: str, ours: Array, theirs: Array) -> None:
    """Refuse numbers that the other type of number rounds."""
    if not np.array_equal(ours, theirs):
        raise ValueError(
            f"theta: got numbers in {name} that its type of number rounds, by up to "
            f"{abs(ours - theirs).max():.1e}; takes a network of float64, or theta rounded on purpose, for "
            "example theta.astype('float32')"
        )


def _no_bias(name: str, b: Array) -> None:
    """Refuse b ≠ 0 where there is no place for it."""
    if b.any():
        raise ValueError(
            f"theta: got b of {name} that is not 0, takes 0, as that layer has no bias"
        )


# -- PyTorch -----------------------------------------------------------------------------------------


def _torch_parts(
    module: Any, activation: str | Activation | None
) -> tuple[list[str], list[Any], list[tuple[str, str]]]:
    """The names of the Linear layers, the layers, and the activations found, (where, name)."""
    if not hasattr(module, "named_modules"):
        raise TypeError(refused("module", module, "a torch.nn.Module"))
    names: list[str] = []
    linears: list[Any] = []
    found = []
    for name, part in module.named_modules(remove_duplicate=False):
        kind = type(part).__name__
        if next(iter(part.children()), None) is not None:
            continue
        if kind == "Linear":
            if any(part is known for known in linears):
                raise ValueError(
                    f"module: got the same layer twice, as {name}, takes layers of their own"
                )
            names.append(name)
            linears.append(part)
        elif kind in TORCH:
            for attribute, value in ATTRIBUTES.items():
                if getattr(part, attribute, value) != value:
                    got = f"{kind}({attribute}={getattr(part, attribute)!r})"
                    raise ValueError(f"module: got {got} in {name}, takes {attribute}={value!r}")
            found.append((name, TORCH[kind]))
        elif activation is None or "Dropout" in kind or part.state_dict():
            raise ValueError(
                f"module: got {kind} in {name or 'it'}, takes Linear layers with {', '.join(TORCH)} between "
                "them; a class of your own without parameters passes where activation= says what it computes"
            )
    return names, linears, found


def _torch_keys(name: str) -> tuple[str, str]:
    """The names of W and b in the module's state."""
    return f"{name}.weight".lstrip("."), f"{name}.bias".lstrip(".")


def from_torch(module: Any, activation: str | Activation | None = None) -> tuple[MLP, Array]:
    """The network and θ of a PyTorch module of Linear layers, whichever class holds them.

    The layers are taken in the order in which the module has them. A layer without a bias has b = 0.
    PyTorch's Softplus returns z itself above its threshold, 20, which is off by up to 2e−9.

    Parameters
    ----------
    module : torch.nn.Module
        Linear layers with one activation between each two: Tanh, Sigmoid, Softplus, GELU, SiLU, ReLU, or
        Identity. float32 is taken exactly as float64. The module is called at eight points, and refused
        where it does not give what its layers give in this order.
    activation : str or Activation, optional
        σ, where no submodule of a known name says it: a function such as `torch.tanh` in the module's
        `forward`, or a class of one's own.

    Returns
    -------
    net : MLP
    theta : ndarray, shape (P,)

    Raises
    ------
    TypeError, ValueError
        For other layers, such as dropout or normalization, different activations, the tanh approximation of
        GELU, another beta of Softplus, a layer that is used twice, and a module that computes something else.

    Examples
    --------
    >>> layers = torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)  # doctest: +SKIP
    >>> net, theta = from_torch(torch.nn.Sequential(*layers))                   # doctest: +SKIP
    >>> oracle(net, theta, [[0.0, 1.0]], order=4)                               # doctest: +SKIP
    """
    names, linears, found = _torch_parts(module, activation)
    state = module.state_dict()
    keys = [key for name in names for key in _torch_keys(name)]
    others = [key for key in state if key not in keys]
    if others:
        raise ValueError(
            f"module: got {', '.join(others)}, takes the parameters of Linear layers alone"
        )
    layers = []
    for name in names:
        weight, bias = _torch_keys(name)
        W = _numbers(weight, state[weight])
        layers.append((name, W, _numbers(bias, state[bias]) if bias in state else np.zeros(len(W))))
    sigma = _the_activation("module", found, activation, hidden=len(layers) - 1)
    net, theta = _network("module", layers, sigma)
    first = linears[0].weight
    kind = str(first.dtype).rpartition(".")[2]
    epsilon = EPSILON[as_word(f"{names[0]}.weight's dtype", kind, *EPSILON)]
    _hold("module", net, theta, lambda x: module(first.new_tensor(x.tolist())), epsilon)
    return net, theta


def to_torch(net: MLP, theta: ArrayLike, module: Any) -> None:
    """Write θ into a PyTorch module that has the widths and the activation of the network.

    Parameters
    ----------
    net : MLP
    theta : array_like, shape (P,)
    module : torch.nn.Module
        As `from_torch` takes it. Its `load_state_dict` is given the numbers in the module's own type.

    Raises
    ------
    TypeError, ValueError
        For another module, and for numbers that the module's type cannot hold: double it by
        ``module.double()``, or round them on purpose, by ``theta.astype("float32")``.

    Examples
    --------
    >>> to_torch(net, fit.x, module.double())  # doctest: +SKIP
    """
    layers = _ours(net, theta)
    names, linears, found = _torch_parts(module, net.activation)
    _same("the module", net, from_torch(module, None if found else net.activation)[0])
    state = {}
    for name, linear, (W, b) in zip(names, linears, layers):
        weight, bias = _torch_keys(name)
        state[weight] = linear.weight.new_tensor(W.tolist())
        _exactly(weight, W, _numbers(weight, state[weight]))
        if linear.bias is None:
            _no_bias(name, b)
        else:
            state[bias] = linear.bias.new_tensor(b.tolist())
            _exactly(bias, b, _numbers(bias, state[bias]))
    module.load_state_dict(state)


# -- Keras -------------------------------------------------------------------------------------------


def _keras_layers(model: Any) -> Iterator[Any]:
    """The layers of a model, and of the models that stand in it."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _keras_layers(layer)
        else:
            yield layer


def _keras_parts(model: Any) -> tuple[list[Any], list[tuple[str, str]]]:
    """The Dense layers, and what follows each of them, (where, the activation's name)."""
    if not hasattr(model, "layers"):
        raise TypeError(refused("model", model, "a keras.Model"))
    denses: list[Any] = []
    after: list[tuple[str, str]] = []
    for layer in _keras_layers(model):
        kind = type(layer).__name__
        if kind == "InputLayer":
            continue
        if kind not in ("Dense", "Activation") or (kind == "Activation" and not denses):
            raise ValueError(
                f"model: got {kind} in {layer.name}, takes Dense layers, and Activation after them"
            )
        own = getattr(layer.activation, "__name__", type(layer.activation).__name__)
        name = KERAS.get(own, own)
        if kind == "Dense":
            if any(layer is known for known in denses):
                raise ValueError(
                    f"model: got the layer {layer.name} twice, takes layers of their own"
                )
            denses.append(layer)
            after.append((layer.name, name))
        elif after[-1][1] == "identity":
            after[-1] = (layer.name, name)
        elif name != "identity":
            raise ValueError(
                f"model: got {name} in {layer.name} after {after[-1][1]}, takes one of them"
            )
    return denses, after


def from_keras(model: Any, activation: str | Activation | None = None) -> tuple[MLP, Array]:
    """The network and θ of a Keras model of Dense layers.

    Parameters
    ----------
    model : keras.Model
        Dense layers, whose activation stands in them or in an Activation layer after them; the last is
        linear. A layer without a bias has b = 0. float32 is taken exactly as float64. The model is called
        by ``predict_on_batch`` at eight points, and refused where it does not give what its layers give.
    activation : str or Activation, optional
        σ, where the model's is a function of one's own, for example a lambda.

    Returns
    -------
    net : MLP
    theta : ndarray, shape (P,)

    Raises
    ------
    TypeError, ValueError
        For other layers, such as Dropout, different activations, one after the last layer, and a model that
        is not built or computes something else.

    Examples
    --------
    >>> layers = keras.Input((2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)  # doctest: +SKIP
    >>> net, theta = from_keras(keras.Sequential(layers))                                 # doctest: +SKIP
    """
    denses, after = _keras_parts(model)
    layers = []
    for layer in denses:
        arrays = [_numbers(f"weights of {layer.name}", part) for part in layer.get_weights()]
        if not arrays:
            raise ValueError(f"model: got no weights in {layer.name}, takes a model that was built")
        kernel, b = arrays if len(arrays) == 2 else (arrays[0], np.zeros(arrays[0].shape[1]))
        layers.append((layer.name, kernel.T, b))
    if after and after[-1][1] != "identity":
        raise ValueError(f"model: got {after[-1][1]} after its last layer, takes none there")
    named = [
        (where, name) for where, name in after[:-1] if activation is None or name in ACTIVATIONS
    ]
    sigma = _the_activation("model", named, activation, hidden=len(layers) - 1)
    net, theta = _network("model", layers, sigma)
    kind = as_word("model's compute_dtype", denses[0].compute_dtype, *EPSILON)
    _hold("model", net, theta, model.predict_on_batch, EPSILON[kind])
    return net, theta


def to_keras(net: MLP, theta: ArrayLike, model: Any) -> None:
    """Write θ into a Keras model that has the widths and the activation of the network.

    Parameters
    ----------
    net : MLP
    theta : array_like, shape (P,)
    model : keras.Model
        As `from_keras` takes it. The ``set_weights`` of each layer is given the numbers in its own type.

    Raises
    ------
    TypeError, ValueError
        As `to_torch`.

    Examples
    --------
    >>> to_keras(net, theta.astype("float32"), model)  # doctest: +SKIP
    """
    layers = _ours(net, theta)
    denses, after = _keras_parts(model)
    known = all(name in ACTIVATIONS for _, name in after)
    _same("the model", net, from_keras(model, None if known else net.activation)[0])
    parts = []
    for layer, (W, b) in zip(denses, layers):
        old = layer.get_weights()
        if len(old) == 1:
            _no_bias(layer.name, b)
        new = [ours.astype(theirs.dtype) for ours, theirs in zip((W.T, b), old)]
        for ours, theirs in zip((W.T, b), new):
            _exactly(layer.name, ours, theirs)
        parts.append(new)
    for layer, new in zip(denses, parts):
        layer.set_weights(new)


# -- JAX and Flax ------------------------------------------------------------------------------------


def _is_layer(tree: Any) -> bool:
    """Whether a node of a tree of parameters holds arrays, and no nodes."""
    entries = tree.values() if isinstance(tree, Mapping) else tree
    return not any(isinstance(entry, Mapping | list | tuple) for entry in entries)


def _order(names: list[Any], path: Path) -> list[Any]:
    """The names of a mapping's layers, by their numbers: Dense_0, Dense_1, …, Dense_10."""
    parts = [re.fullmatch(r"(.*?)_?(\d*)", str(name), re.DOTALL) for name in names]
    numbers = [int(part[2] or 0) for part in parts if part]
    if len({part[1] for part in parts if part}) > 1 or len(set(numbers)) < len(numbers):
        at = "".join(f"[{key!r}]" for key in path)
        raise ValueError(
            f"params{at}: got {', '.join(map(str, names))}, whose order is not known; takes names with "
            "numbers, as Dense_0 and Dense_1, or a list of the layers in their order"
        )
    return [name for _, name in sorted(zip(numbers, names), key=lambda pair: pair[0])]


def _jax_layers(params: Any) -> list[Path]:
    """The paths to the nodes of a tree of parameters that should hold W and b, in their order."""
    tree, path = params, cast(Path, ())
    while isinstance(tree, Mapping) and len(tree) == 1 and not _is_layer(tree):
        (key,) = tree
        if isinstance(tree[key], Mapping | list | tuple) and _is_layer(tree[key]):
            break
        tree, path = tree[key], (*path, key)
    if isinstance(tree, Mapping):
        keys = [] if _is_layer(tree) else _order(list(tree), path)
    else:
        keys = list(range(len(as_instance("params", tree, list | tuple, "a mapping or a list"))))
    return [(*path, key) for key in keys if not _is_empty(tree[key])]


def _is_empty(node: Any) -> bool:
    """Whether a node is what some libraries keep for a layer without parameters."""
    return isinstance(node, Mapping | list | tuple) and len(node) == 0


def _at(tree: Any, path: Path) -> Any:
    """What these keys lead to."""
    for key in path:
        tree = tree[key]
    return tree


class Place(NamedTuple):
    """Where a tree of parameters has W and b of a layer, None for one without b."""

    name: str
    W: Path
    b: Path | None


def _jax_places(params: Any) -> list[Place]:
    """The place of every layer, in their order."""
    places = []
    for path in _jax_layers(params):
        node = _at(params, path)
        name = "params" + "".join(f"[{key!r}]" for key in path)
        if isinstance(node, Mapping):
            keys: list[Any] = [key for key in (*WEIGHTS, *BIASES) if key in node]
            known = len(keys) == len(node) <= 2 and keys[0] in WEIGHTS and {*keys[1:]} <= {*BIASES}
            got = ", ".join(map(str, node))
        else:
            keys, known = [0, 1], isinstance(node, list | tuple) and len(node) == 2
            got = shown(node)
        if not known:
            raise ValueError(f"{name}: got {got}, takes a pair (W, b), or kernel and bias")
        places.append(Place(name, (*path, keys[0]), (*path, keys[1]) if keys[1:] else None))
    return places


def from_jax(
    params: Any, activation: str | Activation, product: str = "x @ W"
) -> tuple[MLP, Array]:
    """The network and θ of a tree of parameters, as they are kept in JAX by hand, by Flax and by Haiku.

    Parameters
    ----------
    params : list or mapping
        A list of layers, each a pair (W, b) or a mapping with kernel (also w, W, weight) and bias (also b),
        or a mapping of such layers whose names end in their numbers: ``variables`` of Flax, with Dense_0,
        Dense_1, and so on. A layer without a bias has b = 0. float32 is taken exactly as float64.
    activation : str or Activation
        σ, which no parameter says. `jax.nn.gelu` is the tanh approximation unless ``approximate=False``, and
        that is not "gelu".
    product : {"x @ W", "W @ x"}
        Which way round W is: (n_in, n_out), as in Flax, or (n_out, n_in), as in Equinox, of whose MLP the
        parameters are ``[(layer.weight, layer.bias) for layer in mlp.layers]``.

    Returns
    -------
    net : MLP
    theta : ndarray, shape (P,)

    Raises
    ------
    TypeError, ValueError
        For other layers, layers without an order, and shapes that do not fit each other.

    Notes
    -----
    Parameters do not say what a function does with them: compare its values with ``oracle(…, 0)`` first.

    Examples
    --------
    >>> import numpy as np
    >>> params = {"Dense_0": {"kernel": np.ones((2, 3)), "bias": np.zeros(3)},
    ...           "Dense_1": {"kernel": np.ones((3, 1)), "bias": np.ones(1)}}
    >>> net, theta = from_jax({"params": params}, "tanh")
    >>> net.widths, net(theta, [[0.0, 0.0]])
    ((2, 3, 1), array([[1.]]))
    """
    turned = as_word("product", product, "x @ W", "W @ x") == "x @ W"
    layers = []
    for place in _jax_places(params):
        W = _numbers(f"{place.name}, W", _at(params, place.W))
        W = W.T if turned else W  # (n_out, n_in)
        b = np.zeros(len(W)) if place.b is None else _numbers(place.name, _at(params, place.b))
        if W.ndim == 2 and b.shape == W.shape[1:] != W.shape[:1]:
            other = "W @ x" if turned else "x @ W"
            raise ValueError(
                f"product: got {product!r}, takes {other!r} by the shapes of {place.name}"
            )
        layers.append((place.name, W, b))
    return _network("params", layers, as_activation(activation))


def to_jax(net: MLP, theta: ArrayLike, params: Any, product: str = "x @ W") -> Any:
    """The same tree of parameters, with θ in its place as NumPy arrays.

    Parameters
    ----------
    net : MLP
    theta : array_like, shape (P,)
    params : list or mapping
        A tree as `from_jax` takes it. It is left as it is.
    product : {"x @ W", "W @ x"}
        As `from_jax`.

    Returns
    -------
    list, tuple or dict
        The tree, in which every mapping is a dict, and every array has the type of number of the one that it
        replaces.

    Raises
    ------
    TypeError, ValueError
        As `from_jax`, and for another network, and numbers that the type of the arrays cannot hold.

    Examples
    --------
    >>> import numpy as np
    >>> to_jax(MLP((1, 1)), [2.0, 3.0], [(np.zeros((1, 1)), np.zeros(1))])
    [(array([[2.]]), array([3.]))]
    """
    layers = _ours(net, theta)
    _same("params", net, from_jax(params, net.activation, product)[0])
    new: dict[Path, Array] = {}
    for place, (W, b) in zip(_jax_places(params), layers):
        W = W.T if product == "x @ W" else W
        for path, part in ((place.W, W), (place.b, b)):
            if path is None:
                _no_bias(place.name, b)
            else:
                new[path] = part.astype(np.asarray(_at(params, path)).dtype)
                _exactly(place.name, part, new[path])

    def rebuilt(tree: Any, path: Path) -> Any:
        if path in new:
            return new[path]
        if isinstance(tree, Mapping):
            return {key: rebuilt(part, (*path, key)) for key, part in tree.items()}
        parts = [rebuilt(part, (*path, i)) for i, part in enumerate(tree)]
        return parts if isinstance(tree, list) else tuple(parts)

    return rebuilt(params, ())


# -- scikit-learn ------------------------------------------------------------------------------------


def from_sklearn(regressor: Any) -> tuple[MLP, Array]:
    """The network and θ of a fitted `MLPRegressor` of scikit-learn.

    Parameters
    ----------
    regressor : sklearn.neural_network.MLPRegressor
        After ``fit``. Its "logistic" is "sigmoid" here.

    Returns
    -------
    net : MLP
    theta : ndarray, shape (P,)

    Raises
    ------
    TypeError, ValueError
        For one that is not fitted, and for a classifier, which has an activation after its last layer.

    Examples
    --------
    >>> net, theta = from_sklearn(MLPRegressor(activation="tanh").fit(X, y))  # doctest: +SKIP
    """
    if not (hasattr(regressor, "coefs_") and hasattr(regressor, "intercepts_")):
        raise TypeError(refused("regressor", regressor, "an MLPRegressor that was fitted"))
    if regressor.out_activation_ != "identity":
        after = shown(regressor.out_activation_)
        raise ValueError(
            f"regressor: got {after} after its last layer, takes a regressor, with none"
        )
    layers = [
        (f"coefs_[{i}]", _numbers(f"coefs_[{i}]", W).T, _numbers(f"intercepts_[{i}]", b))
        for i, (W, b) in enumerate(zip(regressor.coefs_, regressor.intercepts_))
    ]
    name = SKLEARN.get(regressor.activation, regressor.activation)
    return _network("regressor", layers, name)


def to_sklearn(net: MLP, theta: ArrayLike, regressor: Any) -> None:
    """Write θ into a fitted `MLPRegressor` that has the widths and the activation of the network.

    Parameters
    ----------
    net : MLP
    theta : array_like, shape (P,)
    regressor : sklearn.neural_network.MLPRegressor
        As `from_sklearn` takes it. Its ``coefs_`` and ``intercepts_`` are replaced.

    Raises
    ------
    TypeError, ValueError
        As `to_torch`.

    Examples
    --------
    >>> to_sklearn(net, theta, regressor)  # doctest: +SKIP
    """
    layers = _ours(net, theta)
    _same("the regressor", net, from_sklearn(regressor)[0])
    new = []
    for name, ours, old in (
        ("coefs_", [W.T for W, _ in layers], regressor.coefs_),
        ("intercepts_", [b for _, b in layers], regressor.intercepts_),
    ):
        new.append([part.astype(theirs.dtype) for part, theirs in zip(ours, old)])
        for part, theirs in zip(ours, new[-1]):
            _exactly(name, part, theirs)
    regressor.coefs_, regressor.intercepts_ = new


# -- what to compare with ----------------------------------------------------------------------------


def oracle(net: Model, theta: Any, x: Any, order: int) -> dict[MultiIndex, Array]:
    """Every Dᵅu_θ(x) with |α| ≤ order, exact to rounding in float64: what autodiff should give.

    Parameters
    ----------
    net : MLP or LinearModel
    theta : array_like or tensor, shape (P,)
    x : array_like or tensor, shape (N, d)
        The nodes, as NumPy's array or any framework's, of any type of real number; it is taken exactly.
    order : int
        The highest total degree k >= 0.

    Returns
    -------
    dict
        From α, a tuple of d ints in graded order, to Dᵅu_θ(x), shape (N, m). A mixed derivative such as
        ∂²u/∂x∂y stands there once, under (1, 1), and a derivative is no Taylor coefficient: Dᵅu = α! u_α.

    Raises
    ------
    TypeError, ValueError
        If shapes disagree, numbers are not finite, or the order is below 0.

    Notes
    -----
    Compare in float64 where the framework has it (``module.double()``, ``jax_enable_x64``,
    ``keras.config.set_floatx``): there, right derivatives to order 4 agree to some 1e−13 of the largest entry
    with the same α, and a mistake does not. In float32 give the oracle the numbers that the framework has, as
    `from_torch` does, and nodes that are float32 as well; what is left is the framework's own rounding, which
    is some 1e−6 of the largest entry and grows with the order and the weights. Compare with 1e−4 of it, never
    entry by entry: an entry near 0 has no digits in float32.

    Examples
    --------
    tanh x = x − x³/3 + …, so that its third derivative at 0 is −2:

    >>> import numpy as np
    >>> exact = oracle(MLP((1, 1, 1)), [1.0, 0.0, 1.0, 0.0], np.zeros((1, 1), "float32"), order=3)
    >>> {alpha: float(u[0, 0]) for alpha, u in exact.items()}
    {(0,): 0.0, (1,): 1.0, (2,): 0.0, (3,): -2.0}
    """
    model: Model = as_instance("net", net, Model, "an MLP or a LinearModel")
    return model.derivatives(_numbers("theta", theta), _numbers("x", x), order)
