"""Problems of finance: simulated payoffs and their pathwise slopes to learn from, the price as the test.

A price is the mean of a payoff over paths. One path from x gives a number and, along the same path, its
derivatives in x, both without bias and with much noise; the regression finds the price. So did Huge and
Savine ("Differential machine learning", 2020), for prices at a later date.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import erf, ndtr

import sobolev_ref as sr

from .problem import ANEW, TEST_POINTS, Data, Points, Problem, evaluated

HUGE_SAVINE = "Huge and Savine, Differential machine learning, 2020"


def call_price(S: Any) -> Any:
    """The price of a call on a share at S, a year before it ends: strike 1.1, volatility 0.2, no interest."""
    return sr.black_scholes(S, 0.2, T=1.0, r=0.0, K=1.1)


def draw_call(seed: int, n: int = 1024) -> Data:
    """Shares spread over a year with 1.5 times the volatility, then a path each to the call's end."""
    rng = np.random.default_rng([3, seed])
    S = np.exp(-(0.3**2) / 2 + 0.3 * rng.normal(size=n))  # (n,)
    growth = np.exp(-(0.2**2) / 2 + 0.2 * rng.normal(size=n))
    paid = S * growth > 1.1
    train = Points(S[:, None], ((S * growth - 1.1) * paid)[:, None], (growth * paid)[:, None, None])
    return Data(train, evaluated(call_price, np.linspace(0.5, 1.8, TEST_POINTS)[:, None]))


def basket(seed: int, d: int) -> tuple[NDArray, NDArray]:
    """A basket's weights a (d,), with sum 1, and a root (d, d) of its shares' covariance in a year.

    The basket's own volatility is 0.2.
    """
    rng = np.random.default_rng([4, seed])
    factors = rng.normal(size=(d, d))
    covariance = factors @ factors.T
    correlation = covariance / np.sqrt(np.outer(covariance.diagonal(), covariance.diagonal()))
    a = rng.uniform(1, 10, d)
    a /= a.sum()
    volatility = rng.uniform(5, 50, d)
    root = np.linalg.cholesky(np.outer(volatility, volatility) * correlation)
    return a, 0.2 * root / np.linalg.norm(a @ root)


def basket_paths(
    a: NDArray, root: NDArray, n: int, rng: np.random.Generator, strike: float = 1.1
) -> Points:
    """Bachelier's shares are Gaussian: a year with 1.5 times the volatility, then a path each to the end."""
    S = 1 + 1.5 * rng.normal(size=(n, len(a))) @ root.T  # (n, d)
    end = (S + rng.normal(size=(n, len(a))) @ root.T) @ a
    paid = end > strike
    slopes = (paid[:, None] * a)[:, None, :]  # (n, 1, d)
    return Points(S, ((end - strike) * paid)[:, None], slopes)


def draw_basket(seed: int, n: int = 8192, d: int = 7, strike: float = 1.1) -> Data:
    """Paths of a basket of the seed's own, and its exact prices at other points."""
    a, root = basket(seed, d)
    rng = np.random.default_rng([5, seed])
    train = basket_paths(a, root, n, rng, strike)
    x = 1 + 1.5 * rng.normal(size=(TEST_POINTS, d)) @ root.T
    z = (x @ a - strike) / 0.2
    price = 0.2 * (
        z * ndtr(z) + np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    )  # E (strike + … − strike)⁺
    return Data(train, Points(x, price[:, None], (ndtr(z)[:, None] * a)[:, None, :]))


NODES, WEIGHTS = np.polynomial.legendre.leggauss(96)


class BermudanPut:
    """A put on one share that may be used at the end of each quarter of a year: strike 40, interest 6 %.

    Its value i dates before the end, once it is kept there, is C_i(S) = e^{−rΔ} E max(40 − S′, C_{i−1}(S′))
    with S′ the share at the next date, and C_0 = 0. The maximum changes sides at S*, where both are equal:
    below it the mean has a closed form, above it Gauss and Legendre's rule in log S serves. Inside the sum
    everything is analytic in S and σ, so that the complex step gives the slopes; that S* moves with σ has
    no part in them, as both sides are equal there.
    """

    strike, rate, step, dates = 40.0, 0.06, 0.25, 4

    def __init__(self, sigma: float) -> None:
        self.sigma = sigma
        self.boundaries = [self.strike]  # S* at the end, one date before it, …
        for i in range(1, self.dates):
            self.boundaries.append(brentq(self._kept_over_used, 15, self.strike, args=(i,)))

    def _kept_over_used(self, S: float, i: int) -> float:
        return float(self.kept(np.array([S]), self.sigma, i)[0]) - (self.strike - S)

    def kept(self, S: NDArray, sigma: Any, i: int) -> NDArray:
        """C_i at S (n,); S and σ may be complex."""
        if i == 0:
            return np.zeros_like(S)
        drift, spread = (self.rate - sigma**2 / 2) * self.step, sigma * np.sqrt(self.step)
        edge, centre = np.log(self.boundaries[i - 1]), np.log(S) + drift
        z = (edge - centre) / spread
        used = np.exp(-self.rate * self.step) * self.strike * phi(z) - S * phi(z - spread)
        half = 4 * self.sigma  # beyond eight of a year's standard deviations there is nothing
        y, w = edge + half * (NODES + 1), half * WEIGHTS
        density = np.exp(-(((y - centre[:, None]) / spread) ** 2) / 2) / (
            spread * np.sqrt(2 * np.pi)
        )
        later = density @ (w * self.kept(np.exp(y), sigma, i - 1))
        return used + np.exp(-self.rate * self.step) * later

    def price(self, S: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """The price and its slopes in S and σ, shape (n,) each."""
        h = 1e-30
        in_S = self.kept(S + 1j * h, self.sigma + 0j, self.dates)
        in_sigma = self.kept(S + 0j, self.sigma + 1j * h, self.dates)
        return in_S.real, in_S.imag / h, in_sigma.imag / h


def phi(z: NDArray) -> NDArray:
    """Φ(z), for complex z as well."""
    return (1 + erf(z / np.sqrt(2))) / 2


BERMUDAN = ((28.0, 52.0), (0.15, 0.45))


@cache
def boundary_by_volatility() -> CubicSpline:
    """S* at each of the dates as a function of σ, (dates,)."""
    sigmas = np.linspace(*BERMUDAN[1], 31)
    return CubicSpline(sigmas, [BermudanPut(sigma).boundaries[::-1] for sigma in sigmas])


def bermudan_paths(x: NDArray, rng: np.random.Generator) -> Points:
    """A path from each (S, σ), used at the boundary; the slopes are along the path, its date held."""
    S_0, sigma = x.T  # (n,)
    edges = boundary_by_volatility()(sigma)  # (n, dates)
    W, alive = np.zeros(len(x)), np.ones(len(x), dtype=bool)
    y, slopes = np.zeros((len(x), 1)), np.zeros((len(x), 1, 2))
    for j, edge in enumerate(edges.T, start=1):
        W += np.sqrt(BermudanPut.step) * rng.normal(size=len(x))
        t = j * BermudanPut.step
        S = S_0 * np.exp((BermudanPut.rate - sigma**2 / 2) * t + sigma * W)
        used, discount = alive & (edge >= S), np.exp(-BermudanPut.rate * t)
        y[used, 0] = discount * (BermudanPut.strike - S[used])
        slopes[used, 0] = -discount * np.column_stack([S / S_0, S * (W - sigma * t)])[used]
        alive &= ~used
    return Points(x, y, slopes)


def draw_bermudan(seed: int, n: int = 4096) -> Data:
    """Uniform points with a path each; the test has 20 volatilities and 10 shares for each of them."""
    rng = np.random.default_rng([6, seed])
    low, high = np.array(BERMUDAN).T
    train = bermudan_paths(low + (high - low) * rng.random((n, 2)), rng)
    volatilities, shares = rng.uniform(*BERMUDAN[1], 20), rng.uniform(*BERMUDAN[0], (20, 10))
    exact = [BermudanPut(sigma).price(S) for sigma, S in zip(volatilities, shares)]
    price, *slopes = np.array(exact).swapaxes(0, 1).reshape(3, -1)
    x = np.column_stack([shares.ravel(), np.repeat(volatilities, 10)])
    return Data(train, Points(x, price[:, None], np.stack(slopes, axis=1)[:, None, :]))


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "Black–Scholes call",
        HUGE_SAVINE,
        ("S",),
        ("price",),
        1024,
        draw_call,
        noise="one path for each point",
        anew=lambda seed: draw_call(ANEW + seed).train,
    ),
    Problem(
        "Bachelier basket",
        HUGE_SAVINE,
        tuple(f"S_{i}" for i in range(1, 8)),
        ("price",),
        8192,
        draw_basket,
        noise="one path for each point",
        anew=lambda seed: basket_paths(
            *basket(seed, 7), TEST_POINTS, np.random.default_rng([7, seed])
        ),
    ),
    Problem(
        "Bermudan put",
        "Longstaff and Schwartz, Valuing American options by simulation, 2001; slopes along a path with "
        "its date held: Piterbarg, Risk sensitivities of Bermuda swaptions, 2004",
        ("S", "σ"),
        ("price",),
        4096,
        draw_bermudan,
        BERMUDAN,
        noise="one path for each point",
        anew=lambda seed: draw_bermudan(ANEW + seed).train,
    ),
)
