"""Hypothesis strategies: random jets, networks, rules, targets and losses that shrink to readable cases.

Numbers are short decimals, drawn entry by entry, and shrink to 0, 1, −1, 2, 0.5, …; sizes shrink to 1, orders
to 0, names to the first one. Hypothesis is imported when a strategy is made, so that the package needs none.

    multi_index_sets   every α with |α| ≤ k, in graded order
    jets               (alphas, u): Taylor coefficients (A, N, n)
    activations        names of smooth activations
    thetas             parameters, none of them 0
    networks           an MLP, its θ, nodes, an order
    rules              nodes and weights, some of them 0
    targets            functions that print, with exact derivatives
    losses             a `SobolevLoss` and θ: any d, m, k, p and λ, gaps in the data
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._typing import Array
from ..integrals.quadrature import Quadrature
from ..jets.activations import ACTIVATIONS
from ..losses.sobolev import SobolevLoss
from ..models.mlp import MLP
from ..plain import multi_indices
from . import expressions as ex

SMOOTH = tuple(name for name in ACTIVATIONS if name != "relu")
SIMPLE = np.array([0, 1, -1, 2, -2, 0.5, -0.5, 1.5, -1.5, 0.7, -0.7, 1.2, -1.2, 0.3, -0.3, 1.8])
# A byte is a simple number and, in its upper half, how many hundredths it is nearer to 0: Hypothesis takes
# the upper bits away first, and so finds the simple number beside the one that it has.
LESS = np.arange(16)[:, None] / 100
PALETTE = (SIMPLE - np.copysign(LESS, SIMPLE)).round(2).ravel() + 0.0
WITHOUT_ZERO = PALETTE.reshape(16, 16)[:, [*range(1, 16), 1]].ravel()
AWAY = 0.00371  # what data are off short decimals by, so that no residual is nearly 0 by chance


def hypothesis() -> Any:
    """The package Hypothesis, with its `strategies`."""
    try:
        import hypothesis
        import hypothesis.strategies
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            'hypothesis: it draws the cases; install it by pip install "sobolev_ref[test]"'
        ) from missing
    return hypothesis


def composite(drawn: Callable[[Any], Any]) -> Any:
    """The strategy of what a function of `draw` returns."""
    return hypothesis().strategies.composite(drawn)()


def arrays(shape: tuple[int, ...], *, zero: bool = True) -> Any:
    """Arrays of short decimals between −2 and 2, which shrink entry by entry to 0, 1, −1, 2, 0.5, ….

    Parameters
    ----------
    shape : tuple of int
    zero : bool, default True
        Whether an entry may be 0 or near it; without it they shrink to 1.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(arrays((2,)), lambda a: a.all())
    array([1., 1.])
    """
    size = int(np.prod(shape))
    palette = PALETTE if zero else WITHOUT_ZERO
    drawn = hypothesis().strategies.binary(min_size=size, max_size=size)
    return drawn.map(lambda b: palette[np.frombuffer(b, dtype=np.uint8)].reshape(shape))


def multi_index_sets(max_d: int = 3, max_order: int = 3) -> Any:
    """The list of every α with |α| ≤ k, in graded order, for d = 1, …, max_d and k = 0, …, max_order.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(multi_index_sets(), lambda alphas: (1, 1) in alphas)
    [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
    """
    st = hypothesis().strategies
    return st.builds(multi_indices, st.integers(1, max_d), st.integers(0, max_order))


def jets(count: int = 1, *, max_d: int = 3, max_order: int = 3) -> Any:
    """A tuple of the multi-indices and of `count` jets of one shape (A, N, n): Taylor coefficients.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(jets(), lambda jet: jet[1][-1].any() and len(jet[0]) > 1)
    ([(0,), (1,)], array([[[0.]],
           [[1.]]]))
    """

    def drawn(draw: Any) -> tuple[Any, ...]:
        st = hypothesis().strategies
        alphas = draw(multi_index_sets(max_d, max_order))
        shape = len(alphas), draw(st.integers(1, 3)), draw(st.integers(1, 3))
        return alphas, *(draw(arrays(shape)) for _ in range(count))

    return composite(drawn)


def activations() -> Any:
    """The name of a smooth activation.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(activations(), lambda name: True)
    'tanh'
    """
    return hypothesis().strategies.sampled_from(SMOOTH)


def thetas(n: int) -> Any:
    """Parameters (n,) of size 1 or less, none of them near 0.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(thetas(2), lambda theta: True)
    array([0.5, 0.5])
    """
    return arrays((n,), zero=False).map(lambda theta: (theta / 2).round(3))


@dataclass(frozen=True)
class DrawnNetwork:
    """A network, parameters, nodes and an order.

    Attributes
    ----------
    net : MLP
    theta : ndarray, shape (P,)
    x : ndarray, shape (N, d)
    order : int
    """

    net: MLP
    theta: Array
    x: Array
    order: int


def networks(
    names: Sequence[str] = SMOOTH,
    *,
    max_d: int = 3,
    max_order: int = 3,
    hidden: tuple[int, int] = (0, 3),
    max_width: int = 5,
    max_m: int = 3,
) -> Any:
    """A `DrawnNetwork`: widths, activation, θ away from special values, nodes, an order.

    Parameters
    ----------
    names : sequence of str
        The activations, by default all smooth ones.
    max_d, max_order, max_width, max_m : int
        The largest d, order, width of a hidden layer, and number of outputs.
    hidden : (int, int), default (0, 3)
        The least and the largest number of hidden layers.

    Examples
    --------
    >>> from hypothesis import find
    >>> network = find(networks(), lambda network: network.order == 2)
    >>> network.net.widths, network.theta, network.x
    ((1, 1), array([0.5, 0.5]), array([[0.]]))
    """

    def drawn(draw: Any) -> DrawnNetwork:
        st = hypothesis().strategies
        d, order = draw(st.integers(1, max_d)), draw(st.integers(0, max_order))
        widths = st.lists(st.integers(1, max_width), min_size=hidden[0], max_size=hidden[1])
        net = MLP((d, *draw(widths), draw(st.integers(1, max_m))), draw(st.sampled_from(names)))
        x = draw(arrays((draw(st.integers(1, 6)), d)))
        return DrawnNetwork(net, draw(thetas(net.n_parameters)), x, order)

    return composite(drawn)


def weights(n: int) -> Any:
    """Weights (n,) >= 0 of nodes, not all of them 0.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(weights(2), lambda w: True)
    array([1., 0.])
    """
    return arrays((n,)).map(np.abs).map(lambda w: w if w.any() else np.eye(n)[0])


def rules(d: int | None = None) -> Any:
    """A `Quadrature` of one to six nodes within (−2, 2)ᵈ; some of its weights may be 0, and not all.

    Examples
    --------
    >>> from hypothesis import find
    >>> rule = find(rules(), lambda rule: len(rule) == 2)
    >>> rule.nodes, rule.weights
    (array([[0.],
           [0.]]), array([1., 0.]))
    """

    def drawn(draw: Any) -> Quadrature:
        st = hypothesis().strategies
        n, columns = draw(st.integers(1, 6)), d or draw(st.integers(1, 3))
        return Quadrature(draw(arrays((n, columns))), draw(weights(n)))

    return composite(drawn)


def targets(d: int, m: int = 1) -> Any:
    """A `DrawnTarget` of d variables and m outputs: sums of products of sin, cos, exp, tanh, variables.

    It is called with d arrays or jets; `derivative(alpha)` is another one, exact by the rules of calculus;
    and `data(x, order)` has all derivatives at nodes. Its repr is its formula.

    Examples
    --------
    >>> from hypothesis import find
    >>> mixed = lambda u: u.derivative((1, 1)).outputs != (ex.number(0.0),)
    >>> find(targets(2), mixed)                              # such as x*y or sin(x + y)
    DrawnTarget('...')
    """
    st = hypothesis().strategies

    def factor(draw: Any) -> ex.Expression:
        name = draw(st.sampled_from((None, "sin", "cos", "exp", "tanh")))
        if name is None:
            return ex.variable(draw(st.integers(0, d - 1)))
        line = ex.linear(draw(arrays((d,))).tolist(), float(draw(arrays((1,)))[0]))
        return ex.applied(name, line)

    def term(draw: Any) -> ex.Expression:
        made = factor(draw)
        if draw(st.booleans()):
            made = ex.times(made, factor(draw))
        c = float(draw(arrays((1,), zero=False))[0])
        return ex.times(ex.number(c), made)

    def output(draw: Any) -> ex.Expression:
        more = draw(st.integers(0, 2))
        made = term(draw)
        for _ in range(more):
            made = ex.plus(made, term(draw))
        return made

    return composite(lambda draw: ex.DrawnTarget(d, tuple(output(draw) for _ in range(m))))


def gaps(data: dict[Any, Array]) -> Any:
    """The same data with NaN where nothing was measured; something is left of every α.

    Examples
    --------
    >>> from hypothesis import find
    >>> data = find(gaps({(0,): np.ones((2, 1))}), lambda data: np.isnan(data[0,]).any())
    >>> np.sort(data[0,], axis=0)
    array([[ 1.],
           [nan]])
    """

    def drawn(draw: Any) -> dict[Any, Array]:
        st = hypothesis().strategies
        found = {}
        for alpha, values in data.items():
            missing = np.frombuffer(
                draw(st.binary(min_size=values.size, max_size=values.size)), np.uint8
            )
            kept = draw(st.integers(0, values.size - 1))
            gone = (missing % 3 == 1) & (np.arange(values.size) != kept)
            found[alpha] = np.where(gone.reshape(values.shape), np.nan, values)
        return found

    return composite(drawn)


def losses(
    p: Any = None, *, missing: bool = True, names: Sequence[str] = SMOOTH, **limits: Any
) -> Any:
    """A tuple of a `SobolevLoss` and θ: any d, m, k, p, λ, weights of nodes with zeros, gaps in the data.

    Parameters
    ----------
    p : strategy, optional
        Of the exponent; by default 2, 3, 4, 6 or 2.5.
    missing : bool, default True
        Whether data may have gaps.
    names, **limits
        As for `networks`.

    Examples
    --------
    >>> from hypothesis import find
    >>> loss, theta = find(losses(), lambda found: found[0].order == 1)
    >>> loss.model.widths, theta
    ((1, 1), array([0.5, 0.5]))
    """
    st = hypothesis().strategies
    exponents = st.sampled_from([2, 3, 4, 6, 2.5]) if p is None else p

    def drawn(draw: Any) -> tuple[SobolevLoss, Array]:
        network = draw(networks(names, **limits))
        net, k, N = network.net, network.order, len(network.x)
        alphas = multi_indices(net.d, k)
        data = {alpha: draw(arrays((N, net.m))) + AWAY for alpha in alphas}
        if missing and draw(st.booleans()):
            data = draw(gaps(data))
        w = draw(weights(N))
        by_order = draw(st.booleans())
        lam = draw(st.lists(st.sampled_from([1.0, 0.3, 7.0, 0.0]), min_size=k + 1, max_size=k + 1))
        lam = lam if any(lam) else [*lam[:-1], 1.0]
        by_alpha = {alpha: lam[sum(alpha)] * (1 + i % 3) for i, alpha in enumerate(alphas)}
        weighs: Any = lam if by_order else {a: c for a, c in by_alpha.items() if c}
        counts = [w[~np.isnan(data[a]).all(axis=1)].any() for a, c in by_alpha.items() if c]
        rule = Quadrature(network.x, w if any(counts) else np.ones(N))  # else the loss is 0
        loss = SobolevLoss(net, data, rule, order=k, p=draw(exponents), weights=weighs)
        return loss, network.theta

    return composite(drawn)
