# %% [markdown]
# # 5. Check derivatives: trust, but check
#
# **Question.** A gradient was derived and coded by hand. What can confirm it, to how many digits,
# and what does a wrong one look like?
#
# **The paper.** Theorems 1 and 2, here for p = 2, k = 1 and the weight λ of Definition 5, which
# multiplies the derivative term:
#
#     ∇_θ ∫ (u_θ − f)² dx = 2 ∫ (u_θ − f) ∇_θ u_θ dx                                    (T1)
#     ∇_θ λ ∫ (u_θ′ − f′)² dx = 2λ ∫ (u_θ′ − f′) ∇_θ u_θ′ dx                            (T2)
#
# **You will see.** The error of three numerical derivatives against the step h; the slope of a
# Taylor remainder for a right and for a wrong gradient; the errors that the package's checks
# report.
#
# **You will do.** Write finite differences and the complex step, and hold a right and a wrong
# gradient to them.
#
# **You will need.** Taylor's theorem, and that an integral is a sum over nodes, from [tutorial
# 2](02_sum_integrals.py). A float64, in which the package computes, keeps 53 binary digits: from 1
# to the next number is ε = 2⁻⁵² ≈ 2.2e-16, and a value of size 1 is off by up to about ε/2. Complex
# numbers, for one section. Symbols stand in the [glossary](../docs/glossary.md). 40 minutes.

# %%
import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import figure, plot_step_curve, save_figure

EPS = np.finfo(float).eps                                  # ε = 2⁻⁵²


def slope(h, error):
    """The exponent q of the best fit error ≈ C hᑫ, a line on logarithmic axes."""
    return float(np.polyfit(np.log(h), np.log(error), 1)[0])


# %% [markdown]
# ## Two differences
#
# Start where the answer is known: f = sin, f′ = cos, at N = 61 points of [0, 1.9]. Taylor's theorem
# gives what the forward and the central difference leave out, their truncation error:
#
#     (f(x + h) − f(x)) / h      = f′(x) + (h/2) f″(ξ)                                  (1)
#     (f(x + h) − f(x − h)) / 2h = f′(x) + (h²/6) f‴(ξ)                                 (2)
#
# In words: half the step, half the error for the forward difference, a quarter for the central
# one. Each ξ is some point between those at which f is taken. The steps are powers of two and the
# points multiples of 1/32, so that x ± h is exact and the rounding sits in f. As max |f′| = 1,
# relative and absolute error agree.

# %%
f, f_prime, x = np.sin, np.cos, np.arange(61) / 32         # x (N,)
steps = 2.0 ** -np.arange(2, 51)                           # h, (S,)
h = steps[:, None]                                         # (S, 1)
forward = (f(x + h) - f(x)) / h                            # (1), (S, N)
central = (f(x + h) - f(x - h)) / (2 * h)                  # (2), (S, N)
forward_error = np.abs(forward - f_prime(x)).max(axis=1)   # (S,)
central_error = np.abs(central - f_prime(x)).max(axis=1)   # (S,)
print("      h    forward   central")
for i in range(0, len(steps), 6):
    print(f"{steps[i]:.1e}   {forward_error[i]:.1e}   {central_error[i]:.1e}")

# %% [markdown]
# Read downwards: the error falls, then rises, a V on logarithmic axes. On the way down truncation
# rules, with slope 1 and slope 2. On the way up it is rounding: each value of f is off by up to
# ε/2; the difference of two keeps that error while it shrinks itself, and the division by h makes
# it ε/h, slope −1.

# %%
coarse, fine = steps > 1e-4, steps < 1e-10                 # (S,) each
forward_slope = slope(steps[coarse], forward_error[coarse])
central_slope = slope(steps[coarse], central_error[coarse])
rounding_slope = slope(steps[fine], central_error[fine])
print(f"slopes: {forward_slope:.3f}, {central_slope:.3f}, "
      f"and by rounding {rounding_slope:.3f}")
slopes = [forward_slope, central_slope, rounding_slope]
np.testing.assert_allclose(slopes, [1, 2, -1], atol=0.1)

# %% [markdown]
# ## The bottom of the V
#
# With |f|, |f″|, |f‴| ≤ 1, as for the sine, truncation and rounding add up to about
#
#     forward   h/2 + ε/h         smallest at h = (2ε)^{1/2}                            (3)
#     central   h²/6 + ε/(2h)     smallest at h = (3ε/2)^{1/3}                          (4)
#
# The right column comes by setting the derivative in h to zero. In words: the best step is where
# truncation and rounding are about equally large. So the best steps are of the size of ε^{1/2} and
# ε^{1/3}, and the errors there of the size of ε^{1/2} and ε^{2/3}: half, or two thirds, of 16
# digits are right.

# %%
forward_model = steps / 2 + EPS / steps                    # (3), (S,)
central_model = steps**2 / 6 + EPS / steps / 2             # (4), (S,)
best_h = np.array([(2 * EPS) ** (1 / 2), (3 * EPS / 2) ** (1 / 3)])  # (3), (4), (2,)
found_h = steps[[forward_error.argmin(), central_error.argmin()]]    # (2,)
print(f"forward: best h {found_h[0]:.1e}, by (3) {best_h[0]:.1e}; "
      f"error {forward_error.min():.0e}")
print(f"central: best h {found_h[1]:.1e}, by (4) {best_h[1]:.1e}; "
      f"error {central_error.min():.0e}")
np.testing.assert_array_less(forward_error, 4 * forward_model)
np.testing.assert_array_less(central_error, 4 * central_model)
np.testing.assert_array_less(np.abs(np.log10(found_h / best_h)), 1)

# %% [markdown]
# ## The complex step: no subtraction, no V
#
# Step into the complex plane instead. A function is analytic where it is the sum of its Taylor
# series, as sin, exp and tanh are. Then the series may be evaluated at x + ih, with i² = −1. For f
# real on the real line,
#
#     f(x + ih) = f(x) + ih f′(x) − (h²/2) f″(x) − …,  so  Im f(x + ih) / h = f′(x) + O(h²)  (5)
#
# In words: value and derivative stand apart, in the real and the imaginary part, and what is left
# out is a multiple of h². Nothing is subtracted, so nothing cancels, and h may be so small that h²
# is far below rounding: 1e-20, and far beyond.
#
# The price: every operation must be analytic and carry complex numbers. NumPy's `abs` returns a
# real modulus, and the derivative is gone without a warning; so the package writes |r| as ±r.

# %%
def complex_step(h):
    """The largest error of (5), for each h of a column."""
    return np.abs(f(x + 1j * h).imag / h - f_prime(x)).max(axis=1)   # (5)


complex_error = complex_step(h)                            # (S,)
tiny = np.array([[1e-10], [1e-20], [1e-100], [1e-300]])    # h, (4, 1)
tiny_error = complex_step(tiny)                            # (4,)
print("errors at h = 1e-10, 1e-20, 1e-100, 1e-300:", *(f"{e:.1e}" for e in tiny_error))
complex_slope = slope(steps[coarse], complex_error[coarse])
np.testing.assert_allclose(complex_slope, 2, atol=0.05)
np.testing.assert_array_less(tiny_error, 10 * EPS)
r = -2 + 1e-20j
lost = (np.abs(r) ** 3).imag / 1e-20                       # d|r|³/dr = 3r|r| by (5)
kept = (np.where(r.real < 0, -r, r) ** 3).imag / 1e-20     # the same with |r| = ±r
print(f"d|r|³/dr at r = -2, which is -12: {lost:.0f} with abs, {kept:.0f} with ±r")
np.testing.assert_allclose([lost, kept], [0, -12], rtol=1e-14)

# %% [markdown]
# ## A gradient by hand
#
# Now a loss. One neuron without biases, θ = (v, c), u = v tanh(cx), hence u′ = v c s with
# a = tanh(cx), s = 1 − a². The target is sin on [−2, 2], the integral a sum over N = 20 nodes (Q1).
# `forgetful` has a bug that is real: in a peer package loss and gradient disagreed for years at
# every weight but 1, and its tests used the weight 1.

# %%
rule = sr.gauss_legendre([(-2, 2)], 20)
X, w = rule.nodes[:, 0], rule.weights                      # x_i, w_i, (N,) each


def residuals(theta):
    """r_0 = u − f and r_1 = u′ − f′, then a and s, (N,) each."""
    v, c = theta
    a = np.tanh(c * X)                                     # (N,)
    s = 1 - a**2                                           # (N,)
    return v * a - np.sin(X), v * c * s - np.cos(X), a, s


def value(theta, lam):
    r_0, r_1, _, _ = residuals(theta)
    return np.sum(w * r_0**2) + lam * np.sum(w * r_1**2)   # ∫ r_0² + λ ∫ r_1² (D3)


def gradient(theta, lam):
    v, c = theta
    r_0, r_1, a, s = residuals(theta)                      # (N,) each
    grad_u = np.stack([a, v * X * s])                      # ∂u/∂v, ∂u/∂c, (2, N)
    grad_du = np.stack([c * s, v * s - 2 * v * c * X * a * s])       # ∂u′/∂v, ∂u′/∂c
    by_values = 2 * grad_u @ (w * r_0)                     # (T1), (2,)
    by_slopes = 2 * grad_du @ (w * r_1)                    # (T2), (2,)
    return by_values + lam * by_slopes


def forgetful(theta, lam):
    return gradient(theta, 1.0)                            # the bug: no λ, (2,)


# %% [markdown]
# ## The Taylor-slope test
#
# Along any direction Δ, a right gradient leaves a remainder of second order, where H is the
# [Hessian](../docs/glossary.md), the matrix of second derivatives of L:
#
#     R(h) = |L(θ + hΔ) − L(θ) − h ∇L(θ)·Δ| = |(h²/2) ΔᵀHΔ + O(h³)|                      (6)
#
# In words: if the gradient is right, half the step leaves a quarter of the remainder. A wrong one
# leaves a multiple of h as well, for every Δ that is not at right angles to its error. So the slope
# is 2 or, for small h, 1, and no exact answer is needed. The complex step (5) in each θ_j says how
# large the error is.

# %%
theta, delta = np.array([0.7, 1.3]), np.array([0.6, -0.8])           # θ, Δ, (2,) each
taylor_steps = 2.0 ** -np.arange(6, 15)                    # h, (S,)


def remainder(grad, lam):
    """R(h) by (6), (S,)."""
    moved = np.array([value(theta + h * delta, lam) for h in taylor_steps])
    linear = value(theta, lam) + taylor_steps * (grad(theta, lam) @ delta)
    return np.abs(moved - linear)


def complex_step_error(grad, lam):
    """The largest deviation from (5), divided by the largest entry."""
    exact = [value(theta + 1e-20j * e, lam).imag / 1e-20 for e in np.eye(2)]   # (5)
    return float(np.abs(grad(theta, lam) - exact).max() / np.abs(exact).max())


slopes, errors = {}, {}
print("gradient        slope   complex-step error")
for name, lam in (("right", 1.0), ("right", 0.3), ("wrong", 1.0), ("wrong", 0.3)):
    grad = gradient if name == "right" else forgetful
    slopes[name, lam] = slope(taylor_steps, remainder(grad, lam))
    errors[name, lam] = complex_step_error(grad, lam)
    print(f"{name}, λ = {lam}  {slopes[name, lam]:.3f}   {errors[name, lam]:.0e}")
np.testing.assert_allclose(list(slopes.values()), [2, 2, 2, 1], atol=0.05)
np.testing.assert_array_less(list(errors.values())[:3], 1e-13)
np.testing.assert_array_less(0.1, errors["wrong", 0.3])

# %% [markdown]
# The line "wrong, λ = 1.0" is the lesson: there the wrong gradient passes, because at λ = 1 it is
# right. At 0.3 both tests catch it. Test at values where no factor is 1 or 0 and no two factors are
# equal.
#
# ## The package's passes
#
# `check_derivatives` holds every Dᵅu_θ against two derivatives of the order below: the complex step
# and SciPy's `derivative`. `check_gradient` holds ∇L against the complex step and `approx_fprime`.
# The first names its errors by α. The second has one for each layer's W and b, W1, b1, W2, and so
# on: an error in one layer alone shows there, unless the layer's gradient is small beside others.

# %%
net, rng = sr.MLP((2, 8, 8, 1)), np.random.default_rng(3)
parameters = rng.normal(0, 0.5, net.n_parameters)          # θ, no bias 0, (P,)
nodes = rng.uniform(-1, 1, (10, 2))                        # (N, d)
derivative_check = sr.check_derivatives(net, parameters, nodes, order=3)
square = sr.gauss_legendre([(-1, 1)] * 2, 5)
loss = sr.SobolevLoss(net, lambda x, y: np.sin(x) * np.exp(y), square, order=2,
                      weights=(0.7, 0.3, 0.2))             # Σ λ_α ∫ r_α² (D3)
gradient_check = sr.check_gradient(loss, parameters)       # (T1) (T2)
print("of       complex step  SciPy's differences")
for check in (derivative_check, gradient_check):
    for key, error in check.complex_step.items():
        print(f"{key!s:8} {error:.0e}         {check.finite_difference[key]:.0e}")
worst_derivative = max(derivative_check.complex_step.values())
worst_gradient = max(gradient_check.complex_step.values())
np.testing.assert_array_less([worst_derivative, worst_gradient], 1e-13)
by_differences = [max(check.finite_difference.values())
                  for check in (derivative_check, gradient_check)]
np.testing.assert_array_less(by_differences, [1e-8, 1e-5])

# %% [markdown]
# The left column is rounding. The right one is the limit of differences, not an error of the
# passes: `approx_fprime` is (1) near h = ε^{1/2}, so 1e-8 is the bottom of its V; `derivative`
# combines more points to a higher order and comes to 1e-11. It alone could not tell an exact
# derivative from one that is wrong in its thirteenth digit. The complex step can. In the figure,
# left the errors of (1), (2), (5), with 0 drawn at 1e-17; right the remainder at λ = 0.3.

# %%
fig, (left, right) = figure(columns=2, width=5.2, height=3.6)
plot_step_curve(left, steps, {
    "forward (1)": forward_error,
    "central (2)": central_error,
    "complex step (5)": complex_error,
})
plot_step_curve(right, taylor_steps, {
    "right gradient": remainder(gradient, 0.3),
    "λ forgotten": remainder(forgetful, 0.3),
})
left.set(title="a difference has a best step, the complex step none")
right.set(ylabel="remainder R(h)", title="a forgotten λ turns slope 2 into slope 1")
left.legend(loc="upper center", frameon=False)
right.legend(loc="upper left", frameon=False)
save_figure(fig, "output/tutorial_05_check_derivatives.png")

# %% [markdown]
# ## What you can do now
#
# 1. Why does the error of a difference rise again when h becomes very small?
# 2. Which steps suit the forward and the central difference, and how many digits do they leave?
# 3. Why may the complex step take h = 1e-20?
# 4. Which slope has the remainder of a right gradient, and which that of a wrong one?
# 5. Why does a test at λ = 1 prove little?
#
# <details><summary>Answers</summary>
#
# 1. The values of f are rounded, by about ε/2, and the division by h makes this ε/h.
# 2. About ε^{1/2} = 1e-8 and ε^{1/3} = 6e-6; about 8 and 11 digits.
# 3. It subtracts nothing, so nothing cancels; and what it leaves out is like h².
# 4. Slope 2, and slope 1 for small h.
# 5. A factor λ that was forgotten is 1 there.
#
# </details>
#
# ## Exercises
#
# 1. Take f(x) = 1000 + sin x. What becomes of both V-curves, their best steps, and the complex
#    step? Predict by repeating (3) and (4) for |f| ≤ 1001, then run.
# 2. Let `forgetful` return `gradient(theta, lam) * (1 + 1e-6)`. Which of the two tests sees it?
#    Find the h at which the slope of (6) would turn from 2 to 1, from the two terms of R(h).
# 3. HΔ is the derivative of ∇L along Δ. Compute it from `gradient` with (5), add (h²/2) ΔᵀHΔ to
#    `linear` in `remainder`, and confirm slope 3. Which slope does a wrong HΔ give?
#
# Worked answers: [answers/05_check_derivatives.py](answers/05_check_derivatives.py).
#
# **What was simplified.** One smooth f, one direction Δ, one θ, and errors relative to the largest
# entry: an error in an entry that is small beside it can hide. Against that, take several random θ.
#
# **Further reading.** N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2002: what
# rounding does. W. Squire and G. Trapp, *Using Complex Variables to Estimate Derivatives of Real
# Functions*, SIAM Review, 1998: the complex step in two pages. J. Nocedal and S. J. Wright,
# *Numerical Optimization*, 2006, chapter 8: differences and automatic differentiation.
#
# **Next:** 06_reproduce_paper trains with these gradients.
