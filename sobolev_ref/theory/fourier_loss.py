"""`FourierLoss`: training in H^s of a periodic interval, for every real s, by weights in Fourier space.

On N equidistant nodes of an interval of length ℓ let r_i be the residual u_θ − u, and r̂(ω) its discrete
Fourier coefficients, ω ∈ (2π/ℓ)ℤ. By Parseval's equality for the nodes

    (F1)  L(θ) = ℓ Σ_ω (1 + ω²)^s |r̂(ω)|² = (ℓ/N) |S r|²,   S = F⁻¹ (1 + ω²)^{s/2} F
          ∇L = 2 (ℓ/N) Jᵀ S² r,   J = ∂u_θ/∂θ at the nodes

S is real, symmetric, and acts on the N numbers r_i; no derivative of u_θ is needed. s = 0 is the L² loss
of the N nodes. For odd N, L is `fourier_norm` squared, (I4); for even N the wave of the highest frequency,
±1 at the nodes, counts as its values do, and in (I4) as a cosine does, half as much. For whole s = k and a
residual with no frequency at or above πN/ℓ it is the Sobolev loss of order k with `bessel_weights` on the
same nodes, exactly: the rule is exact for products of such waves. A network's residual has all
frequencies, so there the two differ by what is aliased, and by the ends: a residual that is not periodic
jumps there, as a periodic function, and is in H^s for s < ½ only.

Which frequencies come first:

    (F2)  S φ = (1 + ω²)^{s/2} φ     for a wave φ of the nodes

so that an error e = φ has (1 + ω²)^s times the gradient that it has in L², for every model and every θ: in
H^s the wave falls (1 + ω²)^s times as fast. There is no boundary term as in (K4), since S works on the
residual and not through ∂u_θ/∂x. With s > 0 high frequencies come sooner, with s < 0 low ones.

H^{−1} and noise. Where the data have noise whose power at ω is proportional to (1 + ω²)^{−s}, S makes it
white, and by Gauss and Markov H^s gives a model linear in θ the least variance of all weights: L² for
white noise, and H^{−1} for noise with the power 1 + ω², about that of differences of noisy values. For
white noise a run in H^{−1} that is stopped early is a filter: it has learned the low frequencies, and of
the noise little.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_integer, as_real, as_vector
from .._typing import Array
from ..integrals.quadrature import Quadrature
from ..integrals.targets import Target, order_of, target_derivatives
from ..jets.algebra import taylor_algebra
from ..losses.loss import Loss, check_jacobian
from ..models.model import Model, as_model, check_smoothness
from ..models.scaled import scaler_of
from .spectra import as_interval, warn_of_rounding

MAX_NODES = 10**6


class FourierLoss(Loss):
    """The squared norm of u_θ − u in H^s of a periodic interval, s any real number (F1).

    L(θ) = ℓ Σ_ω (1 + ω²)^s |r̂(ω)|². It is a loss like any other: `fit` and SciPy take it, and it adds. For
    even N the wave of the highest frequency counts as its values do, twice as much as in `fourier_norm`.

    Parameters
    ----------
    model : MLP or LinearModel
        u_θ of one variable, with m outputs whose norms add.
    target : callable or mapping
        u, a plain NumPy function, or ``{(0,): values}`` at the nodes of `rule`.
    bounds : tuple of float
        One period.
    s : float
        The order: 0 is L², 1 is H¹, −1 weighs low frequencies.
    n : int
        N, the number of equidistant nodes, at least 1.

    Attributes
    ----------
    rule : Quadrature
        The nodes a + ℓi/N, i = 0, …, N − 1, with equal weights: the trapezoid rule of a periodic function.

    Examples
    --------
    u = θ, a constant, against cos 2x on a period: 2πθ² + π(1 + 4)^s.

    >>> from sobolev_ref import LinearModel
    >>> model = LinearModel.polynomial(0, [(0, 1)])
    >>> loss = FourierLoss(model, lambda x: np.cos(2 * x), (0, 2 * np.pi), s=-1, n=8)
    >>> value, gradient = loss([3.0])
    >>> round(value / np.pi, 12), (gradient / np.pi).round(12)
    (18.2, array([12.]))
    """

    order = 0  # of the derivatives of u_θ in it, whatever s is

    def __init__(
        self, model: Model, target: Target, bounds: tuple[float, float], s: float, n: int
    ) -> None:
        if as_model(model).d != 1:
            raise ValueError(f"model: got one of {model.d} variables, takes one variable")
        check_smoothness(model, 0, "raise")
        a, b = as_interval(bounds)
        self.model, self.scaler = model, scaler_of(model, target=target)
        self.s = as_real("s", s)
        n = as_integer("n", n, 1, MAX_NODES)
        self.rule = Quadrature(a + (b - a) * (np.arange(n) / n), np.full(n, (b - a) / n))
        order_of(target, 0, 1)
        values = target_derivatives(target, self.rule.nodes, 0, model.m)
        if np.isnan(values).any():
            raise ValueError("target: got gaps (NaN), takes a value at every node")
        self._target = values[0]  # (N, m)
        with np.errstate(all="ignore"):
            omega = 2 * np.pi / (b - a) * n * np.fft.rfftfreq(n)
            self._root = np.hypot(1, omega) ** self.s  # (1 + ω²)^{s/2}, ω >= 0
            extreme = not (self._root**2 > 0).all() or not np.isfinite(self._root**2).all()
        if extreme:
            raise ValueError(f"s, bounds: got s = {s:g}, for which a weight is beyond float64")
        unit = np.abs(self._target).max() or 1.0
        waves = np.sqrt(2) / n * np.fft.rfft(self._target / unit, axis=0)
        warn_of_rounding(
            "target", omega, np.linalg.norm(waves, axis=1), self.s, n, max(abs(a), abs(b))
        )

    def __repr__(self) -> str:
        return f"FourierLoss({self.model!r}, {self.n_nodes} nodes, s={self.s:g})"

    @property
    def n_parameters(self) -> int:
        return self.model.n_parameters

    @property
    def n_nodes(self) -> int:
        return len(self.rule)

    def __call__(self, theta: ArrayLike) -> tuple[Any, Array]:
        """L(θ) and ∇L(θ) (F1); a complex θ gives the analytic continuation."""
        Sr, tape = self._forward(theta)
        w = self.rule.weights[0]  # ℓ/N
        u_bar = 2 * w * self._smooth(Sr)[None]  # (1, N, m)
        return (w * (Sr * Sr).sum()).item(), self.model.backward(tape, u_bar)  # (F1)

    def residuals(self, theta: ArrayLike) -> Array:
        """√(ℓ/N) S r in the order of (i, j), shape (N m,)."""
        return np.asarray(np.sqrt(self.rule.weights[0]) * self._forward(theta)[0]).ravel()

    def jacobian(self, theta: ArrayLike) -> Array:
        (N, m), P = self._target.shape, self.n_parameters
        check_jacobian(N * m, P)
        Sr, tape = self._forward(theta)
        J = np.empty((1, N, m, P), Sr.dtype)
        self.model.jacobian(tape, np.full((1, N), np.sqrt(self.rule.weights[0])), J)
        return np.asarray(self._smooth(J[0])).reshape(N * m, P)

    def batch(self, nodes: ArrayLike) -> Loss:
        raise TypeError("batch: a FourierLoss is of all nodes at once, and has no batches")

    def _forward(self, theta: ArrayLike) -> tuple[Array, Any]:
        """S r, shape (N, m), and the tape of the model."""
        theta, T = as_vector("theta", theta, self.n_parameters), taylor_algebra(1, 0)
        u, tape = self.model.forward(theta, T.variables(self.rule.nodes), T)  # (1, N, m)
        return self._smooth(u[0] - self._target), tape

    def _smooth(self, r: Array) -> Array:
        """S r along the nodes; S is real, so that a complex step stays as small as it is."""
        if r.dtype.kind == "c":
            return self._smooth(r.real) + 1j * self._smooth(r.imag)
        root = self._root.reshape(-1, *[1] * (r.ndim - 1))
        return np.fft.irfft(root * np.fft.rfft(r, axis=0), n=len(r), axis=0)  # (F2)
