# %% [markdown]
# # Answers to tutorial 5
#
# The exercises of [05_check_derivatives.py](../05_check_derivatives.py), worked.

# %%
import numpy as np

import sobolev_ref as sr

EPS = np.finfo(float).eps


def slope(h, error):
    """The exponent q of the best fit error ≈ C hᑫ."""
    return float(np.polyfit(np.log(h), np.log(error), 1)[0])


# %% [markdown]
# ## 1. f(x) = 1000 + sin x
#
# A value near M = 1001 is off by up to Mε/2, the derivatives are as before:
#
#     forward   h/2 + Mε/h         smallest at h = (2Mε)^{1/2}, about 32 times larger than before
#     central   h²/6 + Mε/(2h)     smallest at h = (3Mε/2)^{1/3}, about 10 times larger
#
# The least errors grow by √M ≈ 32 and M^{2/3} ≈ 100. The complex step is as good as ever: the 1000
# sits in the real part, and the real part is thrown away.

# %%
M, x = 1001, np.arange(61) / 32                            # x (N,)
steps = 2.0 ** -np.arange(2, 40)                           # h, (S,)
h = steps[:, None]                                         # (S, 1)


def f(x):
    return 1000 + np.sin(x)


forward = np.abs((f(x + h) - f(x)) / h - np.cos(x)).max(axis=1)      # (S,)
central = np.abs((f(x + h) - f(x - h)) / (2 * h) - np.cos(x)).max(axis=1)      # (S,)
by_complex = np.abs(f(x + 1e-20j).imag / 1e-20 - np.cos(x)).max()
found = steps[[forward.argmin(), central.argmin()]]        # (2,)
predicted = np.array([(2 * M * EPS) ** (1 / 2), (3 * M * EPS / 2) ** (1 / 3)])
print(f"best h {found[0]:.0e}, {found[1]:.0e}; "
      f"predicted {predicted[0]:.0e}, {predicted[1]:.0e}")
print(f"errors {forward.min():.0e}, {central.min():.0e}, complex step {by_complex:.0e}")
np.testing.assert_array_less(np.abs(np.log10(found / predicted)), 1)
np.testing.assert_array_less(forward, 2 * (steps / 2 + M * EPS / steps))
np.testing.assert_array_less(central, 2 * (steps**2 / 6 + M * EPS / steps / 2))
np.testing.assert_array_less(by_complex, 10 * EPS)

# %% [markdown]
# ## 2. A gradient that is wrong by one part in a million
#
# The complex step sees 1e-6 at once. In the Taylor test,
#
#     R(h) = |(h²/2) ΔᵀHΔ − 1e-6 h ∇L·Δ|,    the two terms equal at h* = 2e-6 |∇L·Δ| / |ΔᵀHΔ|
#
# With h from 2⁻⁶ to 2⁻¹⁴ the slope is 2 and the test is passed; far below h* it is 1.

# %%
rule = sr.gauss_legendre([(-2, 2)], 20)
X, w, lam = rule.nodes[:, 0], rule.weights, 0.3            # x_i, w_i, (N,) each; λ
theta, delta = np.array([0.7, 1.3]), np.array([0.6, -0.8])           # (2,), (2,)


def value_and_gradient(theta):
    v, c = theta
    a = np.tanh(c * X)
    s = 1 - a**2
    r_0, r_1 = v * a - np.sin(X), v * c * s - np.cos(X)    # (N,) each
    grad_u = np.stack([a, v * X * s])                      # (2, N)
    grad_du = np.stack([c * s, v * s - 2 * v * c * X * a * s])       # (2, N)
    value = np.sum(w * r_0**2) + lam * np.sum(w * r_1**2)
    by_values = 2 * grad_u @ (w * r_0)                     # (T1), (2,)
    by_slopes = 2 * grad_du @ (w * r_1)                    # (T2), (2,)
    return value, by_values + lam * by_slopes


value, gradient = value_and_gradient(theta)
wrong = gradient * (1 + 1e-6)
ahead = [value_and_gradient(theta + 1e-20j * e)[0] for e in np.eye(2)]
exact = np.array(ahead).imag / 1e-20                       # (5), (2,)
error = np.abs(wrong - exact).max() / np.abs(exact).max()
H_delta = value_and_gradient(theta + 1e-20j * delta)[1].imag / 1e-20 # HΔ by (5), (2,)
bend = delta @ H_delta                                     # ΔᵀHΔ, ()
turn = 2e-6 * abs(gradient @ delta) / abs(bend)            # h*


def remainder(h, linear, quadratic):
    moved = np.array([value_and_gradient(theta + step * delta)[0] for step in h])
    return np.abs(moved - value - h * linear - h**2 / 2 * quadratic)           # (S,)


usual = 2.0 ** -np.arange(6, 15)                           # (S,)
tiny = turn * 2.0 ** -np.arange(5, 10)                     # (5,)
slopes = [slope(h, remainder(h, wrong @ delta, 0.0)) for h in (usual, tiny)]
print(f"complex step: error {error:.1e}; h* = {turn:.1e}")
print(f"slopes {slopes[0]:.2f} at the usual h, {slopes[1]:.2f} far below h*")
np.testing.assert_allclose(error, 1e-6, rtol=0.01)
np.testing.assert_allclose(slopes, [2, 1], atol=0.1)

# %% [markdown]
# ## 3. One order more
#
# With H the next term of Taylor's formula, R(h) = O(h³). A wrong HΔ leaves a multiple of h²: slope
# 2, as if no HΔ had been added at all.

# %%
slopes = [slope(usual, remainder(usual, gradient @ delta, scale * bend))
          for scale in (1, 0.9)]
print(f"slope with HΔ {slopes[0]:.2f}, with 0.9 HΔ {slopes[1]:.2f}")
np.testing.assert_allclose(slopes, [3, 2], atol=0.1)
