# %% [markdown]
# # Answers to tutorial 2
#
# The exercises of [02_sum_integrals.py](../02_sum_integrals.py), worked.

# %%
import numpy as np
from scipy.optimize import brentq
from scipy.special import i0

import sobolev_ref as sr


def slope(n, error):
    """The exponent q of the best fit error ≈ C nᑫ."""
    return float(np.polyfit(np.log(n), np.log(error), 1)[0])


# %% [markdown]
# ## 1. Simpson's rule from two others
#
# On n cells of width h the midpoint rule has n nodes, the trapezoidal rule n + 1; together they are
# the 2n + 1 nodes of Simpson's rule with spacing h/2. Weights: 2/3 · h = 4 · (h/2)/3 in the middle
# of a cell, 1/3 · h = 2 · (h/2)/3 between cells, half of that at the ends: Simpson's 4, 2, 1.
#
# By Taylor's theorem the midpoint rule's error in a cell is −h³f″/24, the trapezoid's +h³f″/12:
# twice as large, of the other sign. In 2 × midpoint + trapezoid they cancel. What is left has h⁵ in
# a cell, because h⁴ terms are odd around the centre: order 4.

# %%
f, exact, bounds = lambda x: 1 / (1 + x**2), np.arctan(2), [(0, 2)]
for n in (8, 16, 32):
    m = sr.midpoint(bounds, n).integrate(f)
    t = sr.trapezoid(bounds, n + 1).integrate(f)
    s = sr.simpson(bounds, 2 * n + 1).integrate(f)
    print(f"n = {n:2d}: errors {m - exact:.1e}, {t - exact:.1e}, "
          f"combined {s - exact:.1e}")
    np.testing.assert_allclose((2 * m + t) / 3, s, rtol=1e-14)
    np.testing.assert_allclose((t - exact) / (m - exact), -2, rtol=0.02)

# %% [markdown]
# ## 2. The midpoint rule over a whole period
#
# Over a period the values form a closed ring. The rule takes e^{ijx} to exactly 0 unless N divides
# j, so its error is that of the Fourier terms j = N, 2N, …, and for a smooth periodic function
# these fall faster than any power. On [0, 6] the ends do not match (the error's h² term is a
# multiple of f′(6) − f′(0)): order 2 again.

# %%
g = lambda x: np.exp(np.sin(x))  # noqa: E731
counts = np.array([2, 4, 6, 8, 10, 12, 14, 16])            # N, (8,)
period_error = [abs(sr.midpoint([(0, 2 * np.pi)], n).mean().integrate(g) - i0(1))
                for n in counts.tolist()]                  # (8,)
finest = sr.gauss_legendre([(0, 6)], 60).integrate(g)
sizes = np.array([16, 32, 64, 128])                        # N, (4,)
cut_error = [abs(sr.midpoint([(0, 6)], n).integrate(g) - finest)
             for n in sizes.tolist()]                      # (4,)
print("period:", *(f"{e:.0e}" for e in period_error))
print(f"[0, 6]: slope {slope(sizes, cut_error):.2f}")
np.testing.assert_array_less(period_error[-1], 1e-14)
np.testing.assert_allclose(slope(sizes, cut_error), -2, atol=0.1)

# %% [markdown]
# ## 3. The kinks of p = 1
#
# r = u_θ − cos 4x changes sign at a few points. Uncut, Gauss on ∫|r| has order 2 (and the error
# jumps about). Cut at the zeros, each piece is smooth.

# %%
net = sr.MLP((1, 8, 1))
theta = net.init(0)
u = net.function(theta)                                    # x to u_θ(x), (N,) to (N,)


def r(x):
    return u(np.atleast_1d(x)) - np.cos(4 * np.atleast_1d(x))        # (N,)


grid = np.linspace(-1, 1, 200)                             # (200,)
change = np.flatnonzero(np.diff(np.sign(r(grid))))         # cells of a zero
zeros = [brentq(lambda x: r(x)[0], grid[i], grid[i + 1], xtol=1e-15) for i in change]
sides = list(zip([-1.0, *zeros], [*zeros, 1.0]))           # the pieces between zeros


def size(x):
    return np.abs(r(x))                                    # |r|, (N,)


def cut(n):
    return sum(sr.gauss_legendre([side], n).integrate(size) for side in sides)


sizes = np.array([10, 20, 40, 80, 160, 320])               # N, (6,)
whole = [sr.gauss_legendre([(-1, 1)], n).integrate(size) for n in sizes.tolist()]
uncut_error = np.abs(np.array(whole) - cut(40))            # (6,)
rule = sr.gauss_legendre([(-1, 1)], 40)
loss = sr.SobolevLoss(net, lambda x: np.cos(4 * x), rule, order=0, p=1)
print(f"zeros {np.round(zeros, 3)}; uncut, slope {slope(sizes, uncut_error):.2f}; "
      f"cut, 12 nodes a piece: {abs(cut(12) - cut(40)):.0e}")
np.testing.assert_allclose(whole[2], loss(theta)[0], rtol=1e-13)
np.testing.assert_allclose(slope(sizes, uncut_error), -2, atol=0.6)
np.testing.assert_allclose(cut(12), cut(40), rtol=1e-12)
