"""The same loss in JAX, several ways, each `jit` of `value_and_grad`.

- **jacfwd**: nested `jax.jacfwd` of the network at one node, `vmap`ped over the nodes.
- **jvp**: `jax.jvp` of the network on all nodes along e_q, nested, each α once; the compiler merges
  what the chains of two α share.
- **jvp, last vjp**: the same to order k − 1, then one reverse sweep for each of those derivatives.
- **jet**: `jax.experimental.jet`, Taylor mode, on all nodes; for d = 1, without softplus.

Compilation happens at the first call, before any clock; results are waited for.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.experimental import jet
from numpy.typing import NDArray

from .contender import Contender
from .problems import Problem

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": jnp.tanh,
    "sin": jnp.sin,
    "gelu": partial(jax.nn.gelu, approximate=False),
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
}
Parameters = list[tuple[Array, Array]]
Function = Callable[[Array], Array]
Derivatives = Callable[[Function, Array], list[Array]]
Indices = tuple[tuple[int, ...], ...]


def net(activation: Function, parameters: Parameters, x: Array) -> Array:
    """u_θ, (N, d) to (N, m) or (d,) to (m,)."""
    *hidden, (W, b) = parameters
    for V, c in hidden:
        x = activation(x @ V.T + c)
    return x @ W.T + b


def _directions(alpha: tuple[int, ...]) -> list[int]:
    """The directions q of Dᵅ, each as often as α says."""
    return [q for q, n in enumerate(alpha) for _ in range(n)]


def by_jacfwd(indices: Indices, f: Function, x: Array) -> list[Array]:
    """Every Dᵅf, each (N, m), from nested `jacfwd` at one node."""
    towers = [f]
    for _ in range(sum(indices[-1])):
        towers.append(jax.jacfwd(towers[-1]))

    def at(node: Array) -> list[Array]:
        tensors = [tower(node) for tower in towers]  # (m, d, …, d)
        return [tensors[sum(alpha)][:, *_directions(alpha)] for alpha in indices]

    return jax.vmap(at)(x)


def _along(f: Function, q: int) -> Function:
    """∂_q f on all nodes at once."""

    def derivative(x: Array) -> Array:
        return jax.jvp(f, (x,), (jnp.zeros_like(x).at[:, q].set(1.0),))[1]

    return derivative


def _chain(f: Function, alpha: tuple[int, ...]) -> Function:
    """Dᵅf on all nodes at once."""
    for q in _directions(alpha):
        f = _along(f, q)
    return f


def by_jvp(indices: Indices, f: Function, x: Array) -> list[Array]:
    """Every Dᵅf by nested `jvp` along unit vectors."""
    return [_chain(f, alpha)(x) for alpha in indices]


def by_last_vjp(indices: Indices, f: Function, x: Array) -> list[Array]:
    """Every Dᵅf, the last derivative in reverse."""
    order = sum(indices[-1])
    u, slopes = {}, {}
    for alpha in indices:
        if sum(alpha) < order:
            u[alpha] = _chain(f, alpha)(x)
            continue
        *first, q = _directions(alpha)
        beta = tuple(first.count(r) for r in range(len(alpha)))
        if beta not in slopes:
            value, pull = jax.vjp(_chain(f, beta), x)
            ones = (jnp.zeros_like(value).at[:, j].set(1.0) for j in range(value.shape[1]))
            slopes[beta] = jnp.stack([pull(one)[0] for one in ones], axis=-1)  # (N, d, m)
        u[alpha] = slopes[beta][:, q]
    return [u[alpha] for alpha in indices]


def by_jet(indices: Indices, f: Function, x: Array) -> list[Array]:
    """f, f′, …, f⁽ᵏ⁾ in Taylor mode, d = 1."""
    order = sum(indices[-1])
    series = [jnp.ones_like(x)] + [jnp.zeros_like(x)] * (order - 1)
    value, derivatives = jet.jet(f, (x,), (series,))
    return [value, *derivatives]


def contenders(problem: Problem) -> list[Contender]:
    """Every way to compute the problem's loss and gradient in JAX."""
    activation = ACTIVATIONS[problem.row.activation]
    ways: dict[str, Callable[[Indices, Function, Array], list[Array]]] = {
        "jacfwd": by_jacfwd,
        "jvp": by_jvp,
        "jvp, last vjp": by_last_vjp,
    }
    if problem.row.d == 1 and problem.row.activation != "softplus":  # which `jet` cannot trace
        ways["jet"] = by_jet
    x, w, data = map(jnp.asarray, (problem.nodes, problem.weights, problem.data))
    parameters = [(jnp.asarray(W), jnp.asarray(b)) for W, b in problem.layers]

    def contender(way: str) -> Contender:
        def loss(parameters: Parameters, x: Array, w: Array, data: Array) -> Array:
            u = ways[way](problem.indices, partial(net, activation, parameters), x)
            r = jnp.stack(u) - data  # (A, N, m)
            return (w @ (r * r)).sum()

        fast = jax.jit(jax.value_and_grad(loss))
        return Contender(
            "JAX", way, lambda: jax.block_until_ready(fast(parameters, x, w, data)), unpack
        )

    return [contender(way) for way in ways]


def unpack(out: tuple[Array, Parameters]) -> tuple[float, NDArray]:
    """(value, gradient by layer) as (float, (P,))."""
    value, layers = out
    return float(value), np.concatenate([np.ravel(part) for layer in layers for part in layer])
