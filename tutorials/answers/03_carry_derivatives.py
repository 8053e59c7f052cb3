# %% [markdown]
# # Answers to tutorial 3
#
# The exercises of [03_carry_derivatives.py](../03_carry_derivatives.py), worked.

# %%
from fractions import Fraction
from math import factorial

import numpy as np
from numpy.polynomial import Polynomial

import sobolev_ref as sr
from sobolev_ref.plain import pairs, times

rng = np.random.default_rng(2)


def relative_error(computed, exact):
    return float(np.abs(computed - exact).max() / np.abs(exact).max())


# %% [markdown]
# ## 1. sin in place of tanh
#
# a = sin z and s = cos z carry each other: sin′ = cos gives n a_n = Σ j z_j s_{n−j}, and
# cos′ = −sin gives n s_n = −Σ j z_j a_{n−j}, both (J3).


# %%
def sin_jet(z):
    """The jet of sin(z), (A, N, width) as z."""
    a, s = np.zeros_like(z), np.zeros_like(z)              # (A, N, width)
    a[0], s[0] = np.sin(z[0]), np.cos(z[0])
    for n in range(1, len(z)):
        a[n] = sum(j * z[j] * s[n - j] for j in range(1, n + 1)) / n           # (J3)
        s[n] = -sum(j * z[j] * a[n - j] for j in range(1, n + 1)) / n          # (J3)
    return a


k, x = 6, rng.uniform(-2, 2, (40, 1))                      # x (N, 1)
net = sr.MLP((1, 5, 1), "sin")
theta = rng.normal(size=net.n_parameters)
(W1, b1), (W2, b2) = net.unpack(theta)
z = np.zeros((k + 1, 40, 5))                               # (A, N, width)
z[0], z[1] = x @ W1.T + b1, np.ones((40, 1)) @ W1.T        # (J2), (N, width) each
u = sin_jet(z) @ W2.T                                      # (J2), (A, N, 1)
u[0] += b2
package = net.derivatives(theta, x, order=k)               # Dⁿu, (N, 1) each
sin_error = max(relative_error(factorial(n) * u[n], package[n,]) for n in range(k + 1))
print(f"sin, orders 0 to {k}: {sin_error:.1e}")
np.testing.assert_array_less(sin_error, 1e-13)

# %% [markdown]
# ## 2. The last q in place of the first
#
# For γ = (1, 1): q = 1 gives z_10 s_01 + z_11 s_00, q = 2 gives z_01 s_10 + z_11 s_00. By the chain
# rule s_01 = σ″(z_00) z_01 and s_10 = σ″(z_00) z_10, so the first terms are both σ″ z_10 z_01.


# %%
def chain(z, s, gamma, last):
    """a_γ by the last or the first q with γ_q > 0."""
    q = np.flatnonzero(gamma)[-1 if last else 0]
    terms = [alpha[q] * z[alpha] * s[beta] for alpha, beta in pairs(gamma) if alpha[q]]
    return sum(terms) / gamma[q]                           # (J3)


def tanh(z, last):
    """The jet of tanh(z), an array (N, n) for each α."""
    zero, *others = z
    a, s = {zero: np.tanh(z[zero])}, {zero: 1 - np.tanh(z[zero]) ** 2}
    for gamma in others:
        a[gamma] = chain(z, s, gamma, last)                # (J3)
        s[gamma] = -times(a, a, gamma)                     # (J1)
    return a


alphas = sr.multi_indices(2, 4)                            # |α| ≤ 4
z = {alpha: rng.normal(size=(40, 5)) for alpha in alphas}  # any jet, (N, n) for each α
first, last = tanh(z, last=False), tanh(z, last=True)
choice_error = max(relative_error(last[alpha], first[alpha]) for alpha in alphas)
print(f"last q against first q, |γ| ≤ 4: {choice_error:.1e}")
np.testing.assert_array_less(choice_error, 1e-13)

# %% [markdown]
# ## 3. tanh at x = 2.5, order 20: the jet or P_20?
#
# A fraction is exact. tanh(2.5) = (e⁵ − 1)/(e⁵ + 1), and 60 terms of the series of e⁵ leave an
# error below 1e-40. Then P_20, with whole coefficients, is exact as well.

# %%
P, exact_P = Polynomial([0, 1]), [0, 1]                    # coefficients of a⁰, a¹, …
for _ in range(20):
    P = Polynomial([1, 0, -1]) * P.deriv()                 # (1 − a²) P_n′, in float64
    slope = [n * c for n, c in enumerate(exact_P)][1:]     # the same with whole numbers
    exact_P = [low - high for low, high in zip([*slope, 0, 0], [0, 0, *slope])]
e5 = sum(Fraction(5**n, factorial(n)) for n in range(60))
a_0 = (e5 - 1) / (e5 + 1)
exact = float(sum(c * a_0**n for n, c in enumerate(exact_P)))        # tanh⁽²⁰⁾(2.5)

a, s = np.zeros(21), np.zeros(21)                          # of tanh(x) at 2.5, (A,)
a[0], s[0] = np.tanh(2.5), 1 - np.tanh(2.5) ** 2
for n in range(1, 21):
    a[n] = s[n - 1] / n                                    # (J3) with z = x + t
    s[n] = -a[: n + 1] @ a[n::-1]                          # −(a a)_n (J1)
by_jet, by_polynomial = factorial(20) * a[20], P(np.tanh(2.5))
jet_error, polynomial_error = abs(by_jet / exact - 1), abs(by_polynomial / exact - 1)
print(f"jet {by_jet:.10e}, P_20 {by_polynomial:.10e}, exact {exact:.10e}")
print(f"relative errors {jet_error:.0e} and {polynomial_error:.0e}; "
      f"largest coefficient of P_20 {max(map(abs, exact_P)):.0e}")
np.testing.assert_array_less(jet_error, 1e-11)
np.testing.assert_array_less(1e-7, polynomial_error)

# %% [markdown]
# The jet is right. The coefficients of P_20 alternate in sign and their terms, at a = 0.987, are
# far larger than the sum: they cancel, and the rounding of the large terms stays. The recurrence
# never forms such terms.
