"""The checks: a function of the reader's own held to the equation that it should be.

Every function is called with plain arrays and returns what `np.asarray` turns into an array of float64. A
jet is an array (A, N, n) of Taylor coefficients Dᵅv/α!, one row for each α of `alphas`, which is the list
`multi_indices(d, order)` in graded order: for d = 1, row n is the coefficient of degree n. Where a jet is
returned, a dict from α is taken too. θ holds, layer by layer, W (n_out, n_in) row by row, then b (n_out,).

    check_product      (J1)        fn(u, v, alphas)
    check_chain_rule   (J3)        fn(a_0, z, s, alphas)
    check_activation   (J3) (J1)   fn(z, alphas)
    check_transpose    (J4)        forward(s, dz, alphas), backward(s, a_bar, alphas)
    check_forward      (J2)        fn(theta, widths, x, alphas)
    check_backward     (J5)        fn(theta, widths, x, u_bar, alphas)
    check_loss         (D3)        fn(theta, widths, x, w, target, weights, p, alphas)
    check_gradient     (T1) (T2)   fn(theta, widths, x, w, target, weights, p, alphas)
    check_optimizer    (D7)        fn(gradient, theta, steps, learning_rate, …)
    check_quadrature   (Q1)        fn(bounds, n)

A check returns nothing where the function is right, and raises `CheckFailed`, an AssertionError, where it
is wrong: with the smallest case found as code that can be pasted, the entry, what was got and what was
expected, and the mistake that it looks like. The cases are the same every time. They are small, but for one
each with 67 nodes, components, units, parameters or steps; what is wrong in other cases alone is not seen.
Their numbers are within some 3 of 0, and z_0 of a saturated unit within 3 of ±12: no σ is tried where |z_0|
is above 15, so that an exp(2z) that overflows at 355 passes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._checks import as_flag, as_function, as_integer, as_word
from . import tasks
from .checking import hold
from .equations import RULES
from .strategies import SMOOTH

Function = Callable[..., Any]


def check_product(fn: Function, *, max_d: int = 3, max_order: int = 3, examples: int = 50) -> None:
    """Hold a product of two jets to (J1), (u v)_γ = Σ_{α+β=γ} u_α v_β.

    Parameters
    ----------
    fn : callable
        fn(u, v, alphas) returns the jet of u v; all three are jets of shape (A, N, n).
    max_d, max_order : int, default 3
        The largest d and the highest order of a case.
    examples : int, default 50
        How many cases are drawn beside some ten that are fixed.

    Raises
    ------
    CheckFailed
        If the function is wrong; it is an AssertionError, and says what is wrong.
    TypeError, ValueError
        If an argument is unusable; the message names it.
    ModuleNotFoundError
        Without Hypothesis, which draws the cases: pip install "sobolev_ref[test]".

    Examples
    --------
    >>> def product(u, v, alphas):
    ...     return [sum(u[i] * v[n - i] for i in range(n + 1)) for n in range(len(u))]
    >>> check_product(product, max_d=1)
    """
    hold(fn, tasks.product(*_sizes(max_d, max_order)), examples)


def check_chain_rule(
    fn: Function, *, max_d: int = 3, max_order: int = 3, examples: int = 50
) -> None:
    """Hold the chain rule on jets to (J3), γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β.

    Parameters and errors as `check_product`, and

    Parameters
    ----------
    fn : callable
        fn(a_0, z, s, alphas) returns the jet a of σ(z), shape (A, N, n): a_0 of shape (N, n) is σ(z_0), and
        s is the jet of σ′(z).

    Examples
    --------
    >>> def chain(a_0, z, s, alphas):
    ...     rows = [a_0]
    ...     for n in range(1, len(z)):
    ...         rows.append(sum(j * z[j] * s[n - j] for j in range(1, n + 1)) / n)
    ...     return rows
    >>> check_chain_rule(chain, max_d=1)
    """
    hold(fn, tasks.chain_rule(*_sizes(max_d, max_order)), examples)


def check_activation(
    fn: Function,
    activation: str = "tanh",
    *,
    saturated: bool = True,
    max_d: int = 3,
    max_order: int = 3,
    examples: int = 50,
) -> None:
    """Hold an activation on jets, a = σ(z) and s = σ′(z), to the reference.

    Parameters and errors as `check_product`, and

    Parameters
    ----------
    fn : callable
        fn(z, alphas) returns a tuple (a, s) of jets of shape (A, N, n), as z is.
    activation : str, default "tanh"
        The name of a smooth one of `ACTIVATIONS`.
    saturated : bool, default True
        Whether s must keep its digits where |z_0| is 12, as 1 − a² does not.

    Examples
    --------
    >>> def sine(z, alphas):
    ...     a, s = [np.sin(z[0])], [np.cos(z[0])]
    ...     for n in range(1, len(z)):
    ...         a.append(sum(j * z[j] * s[n - j] for j in range(1, n + 1)) / n)
    ...         s.append(-sum(j * z[j] * a[n - j] for j in range(1, n + 1)) / n)
    ...     return a, s
    >>> import numpy as np
    >>> check_activation(sine, "sin", max_d=1)
    """
    name = as_word("activation", activation, *SMOOTH)
    far = as_flag("saturated", saturated)
    hold(fn, tasks.activation(name, *_sizes(max_d, max_order), far), examples)


def check_transpose(
    forward: Function, backward: Function, *, max_d: int = 3, max_order: int = 3, examples: int = 50
) -> None:
    """Hold δa = s·δz to (J1), and its transpose to (J4), z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ.

    Parameters and errors as `check_product`, and

    Parameters
    ----------
    forward, backward : callable
        forward(s, dz, alphas) returns the jet s·δz, and backward(s, a_bar, alphas) the jet z̄ = sᵀā, for
        which ⟨s·δz, ā⟩ = ⟨δz, z̄⟩. All are of shape (A, N, n).

    Examples
    --------
    >>> def times(s, dz, alphas):
    ...     return [sum(s[n - m] * dz[m] for m in range(n + 1)) for n in range(len(s))]
    >>> def transposed(s, a_bar, alphas):
    ...     return [sum(s[n - m] * a_bar[n] for n in range(m, len(s))) for m in range(len(s))]
    >>> check_transpose(times, transposed, max_d=1)
    """
    as_function("forward", forward)
    as_function("backward", backward)
    sizes = _sizes(max_d, max_order)
    hold(forward, tasks.transpose(*sizes, forward=True), examples)
    hold(backward, tasks.transpose(*sizes, forward=False), examples)


def check_forward(
    fn: Function,
    activation: str = "tanh",
    *,
    saturated: bool = False,
    max_d: int = 3,
    max_order: int = 3,
    min_hidden: int = 0,
    max_hidden: int = 2,
    max_m: int = 3,
    examples: int = 50,
) -> None:
    """Hold a network's forward pass on jets, (J2) and (J3), to the reference.

    Errors as `check_product`.

    Parameters
    ----------
    fn : callable
        fn(theta, widths, x, alphas) returns the jet of u_θ, shape (A, N, m), for θ (P,), the tuple of widths
        (d, H_1, …, H_L, m) and nodes x (N, d). The last layer has no activation.
    activation : str, default "tanh"
        That of the hidden layers: the name of a smooth one of `ACTIVATIONS`.
    saturated : bool, default False
        Whether σ′ must keep its digits where every unit is saturated, as 1 − a² does not.
    max_d, max_order, min_hidden, max_hidden, max_m : int
        The largest d and order, the numbers of hidden layers and the largest number of outputs of a case.
    examples : int, default 50

    Examples
    --------
    A network without a hidden layer, in one variable:

    >>> def affine(theta, widths, x, alphas):
    ...     m = widths[-1]
    ...     W, b = theta[:m].reshape(m, 1), theta[m:]
    ...     u = np.zeros((len(alphas), len(x), m))
    ...     u[0] = x @ W.T + b
    ...     u[1:2] = W.T
    ...     return u
    >>> import numpy as np
    >>> check_forward(affine, max_d=1, max_hidden=0)
    """
    network = _network(activation, max_d, max_order, min_hidden, max_hidden, max_m)
    hold(fn, tasks.forward(*network, as_flag("saturated", saturated)), examples)


def check_backward(
    fn: Function,
    activation: str = "tanh",
    *,
    saturated: bool = False,
    max_d: int = 3,
    max_order: int = 3,
    min_hidden: int = 0,
    max_hidden: int = 2,
    max_m: int = 3,
    examples: int = 50,
) -> None:
    """Hold a network's backward pass, (J5) and (J4), to the reference.

    Parameters and errors as `check_forward`, and

    Parameters
    ----------
    fn : callable
        fn(theta, widths, x, u_bar, alphas) returns ∇_θ Σ_α ū_α u_α, shape (P,), in the order of θ. u_bar
        (A, N, m) is ∂L/∂u_α, of the Taylor coefficients u_α.

    Examples
    --------
    >>> def affine(theta, widths, x, u_bar, alphas):
    ...     W_bar = u_bar[0].T @ x
    ...     if len(alphas) > 1:
    ...         W_bar += u_bar[1].sum(axis=0)[:, None]
    ...     return np.concatenate([W_bar.ravel(), u_bar[0].sum(axis=0)])
    >>> import numpy as np
    >>> check_backward(affine, max_d=1, max_hidden=0)
    """
    network = _network(activation, max_d, max_order, min_hidden, max_hidden, max_m)
    hold(fn, tasks.backward(*network, as_flag("saturated", saturated)), examples)


def check_loss(
    fn: Function,
    activation: str = "tanh",
    *,
    max_d: int = 3,
    max_order: int = 3,
    min_hidden: int = 0,
    max_hidden: int = 2,
    max_m: int = 3,
    examples: int = 50,
) -> None:
    """Hold a Sobolev loss to (D3), L(θ) = Σ_{|α|≤k} λ_α Σ_i w_i |Dᵅu_θ(x_i) − Dᵅu(x_i)|^p.

    Parameters and errors as `check_forward`, and

    Parameters
    ----------
    fn : callable
        fn(theta, widths, x, w, target, weights, p, alphas) returns the number L(θ), summed over outputs; of a
        tuple (L, ∇L) the first is taken. w (N,) are the quadrature weights, target (A, N, m) the derivatives
        Dᵅu at the nodes (no Taylor coefficients), weights (A,) the λ_α, and p a number.

    Examples
    --------
    >>> from sobolev_ref import plain
    >>> def loss(theta, widths, x, w, target, weights, p, alphas):
    ...     by_alpha = dict(zip(alphas, target)), dict(zip(alphas, weights))
    ...     return plain.sobolev_loss(theta, widths, x, w, *by_alpha, p)
    >>> check_loss(loss)
    """
    network = _network(activation, max_d, max_order, min_hidden, max_hidden, max_m)
    hold(_part_of(fn, 0), tasks.loss(*network, gradient=False), examples)


def check_gradient(
    fn: Function,
    activation: str = "tanh",
    *,
    max_d: int = 3,
    max_order: int = 3,
    min_hidden: int = 0,
    max_hidden: int = 2,
    max_m: int = 3,
    examples: int = 50,
) -> None:
    """Hold the gradient of a Sobolev loss to Theorems 1 and 2, (T1) and (T2).

    Parameters and errors as `check_forward`, and

    Parameters
    ----------
    fn : callable
        fn(theta, widths, x, w, target, weights, p, alphas), as for `check_loss`, returns ∇L(θ), shape (P,);
        of a tuple (L, ∇L) the last is taken.

    Examples
    --------
    >>> from sobolev_ref import plain
    >>> def loss(theta, widths, x, w, target, weights, p, alphas):
    ...     by_alpha = dict(zip(alphas, target)), dict(zip(alphas, weights))
    ...     return plain.sobolev_loss(theta, widths, x, w, *by_alpha, p)
    >>> check_gradient(loss)
    """
    network = _network(activation, max_d, max_order, min_hidden, max_hidden, max_m)
    hold(_part_of(fn, -1), tasks.loss(*network, gradient=True), examples)


def check_optimizer(fn: Function, method: str = "gradient_descent", *, examples: int = 50) -> None:
    """Hold the first steps of an optimiser to Definition 7 (D7), to momentum or to Adam.

        gradient_descent   θ ← θ − η g
        momentum           v ← β v − η g,  θ ← θ + v
        adam               m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,
                           θ ← θ − η m̂ / (√v̂ + ε),  m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), t = 1, 2, …

    Here g = ∇L(θ), and v and m are 0 at first. Errors as `check_product`.

    Parameters
    ----------
    fn : callable
        fn(gradient, theta, steps, learning_rate) returns θ_0, …, θ_steps, shape (steps + 1, P); for
        momentum it is called with β as well, for Adam with β₁, β₂, ε. gradient(θ) returns ∇L(θ), shape
        (P,).
    method : {"gradient_descent", "momentum", "adam"}
    examples : int, default 50

    Examples
    --------
    >>> def descend(gradient, theta, steps, learning_rate):
    ...     path = [theta]
    ...     for _ in range(steps):
    ...         path.append(path[-1] - learning_rate * gradient(path[-1]))
    ...     return path
    >>> check_optimizer(descend)
    """
    hold(fn, tasks.optimizer(as_word("method", method, *tasks.OPTIONS)), examples)


def check_quadrature(
    fn: Function, rule: str = "midpoint", *, max_d: int = 3, examples: int = 50
) -> None:
    """Hold a quadrature rule on a box, ∫_Ω f dx ≈ Σ_i w_i f(x_i) (Q1), to the reference.

    Errors as `check_product`.

    Parameters
    ----------
    fn : callable
        fn(bounds, n) returns a tuple of nodes (nᵈ, d) and weights (nᵈ,), in any order that is the same for
        both, for bounds (d, 2) and n nodes in each direction.
    rule : {"midpoint", "trapezoid", "simpson", "gauss_legendre", "clenshaw_curtis"}
    max_d, examples : int

    Examples
    --------
    >>> def midpoint(bounds, n):
    ...     (a, b), = bounds
    ...     return a + (np.arange(n)[:, None] + 0.5) * (b - a) / n, np.full(n, (b - a) / n)
    >>> import numpy as np
    >>> check_quadrature(midpoint, max_d=1)
    """
    name = as_word("rule", rule, *RULES)
    hold(fn, tasks.quadrature(name, as_integer("max_d", max_d, minimum=1)), examples)


def _sizes(max_d: int, max_order: int) -> tuple[int, int]:
    """The two limits of a jet."""
    d = as_integer("max_d", max_d, minimum=1, maximum=4)
    return d, as_integer("max_order", max_order, minimum=0, maximum=6)


def _network(
    activation: str, max_d: int, max_order: int, min_hidden: int, max_hidden: int, max_m: int
) -> tuple[str, tasks.Limits]:
    """The activation and the limits of a network."""
    d, order = _sizes(max_d, max_order)
    least = as_integer("min_hidden", min_hidden, minimum=0, maximum=3)
    most = as_integer("max_hidden", max_hidden, minimum=least, maximum=3)
    limits = tasks.Limits(d, order, least, most, as_integer("max_m", max_m, minimum=1))
    return as_word("activation", activation, *SMOOTH), limits


def _part_of(fn: Function, part: int) -> Function:
    """The function, of whose tuple (L, ∇L) one is taken."""
    as_function("fn", fn)

    def one(*arguments: Any) -> Any:
        returned = fn(*arguments)
        return returned[part] if isinstance(returned, tuple) else returned

    return one
