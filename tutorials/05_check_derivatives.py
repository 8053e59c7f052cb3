# %% [markdown]
# # 5. Check derivatives: trust, but check
#
# **Question.** A gradient was derived and coded by hand. What can confirm it, to how many digits,
# and what does a wrong one look like?
#
# **The paper.** Theorems 1 and 2, here for p = 2, k = 1 and the weight λ of Definition 5:
#
#     ∇_θ ∫ (u_θ − f)² dx = 2 ∫ (u_θ − f) ∇_θ u_θ dx                                    (T1)
#     ∇_θ λ ∫ (u_θ′ − f′)² dx = 2λ ∫ (u_θ′ − f′) ∇_θ u_θ′ dx                            (T2)
#
# **Know first.** Taylor's theorem; (Q1) of tutorial 2. A float64 keeps 53 binary digits: from 1 to
# the next number is ε = 2⁻⁵² ≈ 2.2e-16, and a computed value of size 1 is off by up to about ε/2.
#
# **Measured.** The error of three numerical derivatives against the step h; the slope of a Taylor
# remainder for a right and for a wrong gradient; the errors that the package's checks report.

# %%

import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import figure, plot_step_curve, save_figure

EPS = np.finfo(float).eps                                  # ε = 2⁻⁵²


def slope(h, error):
    """The exponent q of the best fit error ≈ C hᑫ, a straight line on logarithmic axes."""
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
# The steps are powers of two and the points multiples of 1/32, so that x ± h is exact and the
# rounding sits in f. As max |f′| = 1, relative and absolute error agree.

# %%
f, f_prime, x = np.sin, np.cos, np.arange(61) / 32         # x (N,)
steps = 2.0 ** -np.arange(2, 51)                           # h, (H,)
h = steps[:, None]                                         # (H, 1)
forward_error = np.abs((f(x + h) - f(x)) / h - f_prime(x)).max(axis=1)  # (1), (H,)
central_error = np.abs((f(x + h) - f(x - h)) / (2 * h) - f_prime(x)).max(axis=1)  # (2), (H,)
print("      h    forward   central")
for i in range(0, len(steps), 6):
    print(f"{steps[i]:.1e}   {forward_error[i]:.1e}   {central_error[i]:.1e}")
print(f"at h = {steps[-1]:.0e}: forward {forward_error[-1]:.0%}, central {central_error[-1]:.0%}")

# %% [markdown]
# Read downwards: the error falls, then rises, a V on logarithmic axes. On the way down truncation
# rules, with slope 1 and slope 2. On the way up it is rounding: each value of f is off by up to
# ε/2; the difference of two keeps that error while it shrinks itself, and the division by h makes
# it ε/h, slope −1. At the smallest h every tenth or twentieth part of the answer is wrong.

# %%
coarse, fine = steps > 1e-4, steps < 1e-10                 # (H,) each
forward_slope = slope(steps[coarse], forward_error[coarse])
central_slope = slope(steps[coarse], central_error[coarse])
rounding_slope = slope(steps[fine], central_error[fine])
print(f"slopes: {forward_slope:.3f}, {central_slope:.3f}, and by rounding {rounding_slope:.3f}")
np.testing.assert_allclose([forward_slope, central_slope, rounding_slope], [1, 2, -1], atol=0.1)

# %% [markdown]
# ## The bottom of the V
#
# With |f|, |f″|, |f‴| ≤ 1, as for the sine, truncation and rounding add up to about
#
#     forward   h/2 + ε/h         smallest at h = (2ε)^{1/2}                            (3)
#     central   h²/6 + ε/(2h)     smallest at h = (3ε/2)^{1/3}                          (4)
#
# (set the derivative in h to zero). So the best steps are of the size of ε^{1/2} and ε^{1/3}, and
# the errors there of the size of ε^{1/2} and ε^{2/3}: half, or two thirds, of 16 digits are right.

# %%
forward_model = steps / 2 + EPS / steps                    # h/2 + ε/h (3), (H,)
central_model = steps**2 / 6 + EPS / steps / 2             # h²/6 + ε/(2h) (4), (H,)
best_h = np.array([(2 * EPS) ** (1 / 2), (3 * EPS / 2) ** (1 / 3)])  # (3), (4), (2,)
found_h = steps[[forward_error.argmin(), central_error.argmin()]]  # (2,)
print(f"forward: best h {found_h[0]:.1e}, by (3) {best_h[0]:.1e}; error {forward_error.min():.0e}")
print(f"central: best h {found_h[1]:.1e}, by (4) {best_h[1]:.1e}; error {central_error.min():.0e}")
np.testing.assert_array_less(forward_error, 4 * forward_model)  # 4: a sin may be off by over ε/2
np.testing.assert_array_less(central_error, 4 * central_model)
np.testing.assert_array_less(np.abs(np.log10(found_h / best_h)), 1)

# %% [markdown]
# ## The complex step: no subtraction, no V
#
# Step into the complex plane instead. For f analytic, and real on the real line,
#
#     f(x + ih) = f(x) + ih f′(x) − (h²/2) f″(x) − …,  so  Im f(x + ih) / h = f′(x) + O(h²)  (5)
#
# Value and derivative stand apart, in the real and the imaginary part. Nothing is subtracted, so
# nothing cancels, and h may be so small that h² is far below rounding: 1e-20, and far beyond.
#
# The price: every operation must be analytic and carry complex numbers. NumPy's `abs` returns a
# real modulus, and the derivative is gone without a warning; so the package writes |r| as ±r.

# %%
complex_error = np.abs(f(x + 1j * h).imag / h - f_prime(x)).max(axis=1)  # (5), (H,)
tiny = np.array([[1e-10], [1e-20], [1e-100], [1e-300]])    # h, (4, 1)
tiny_error = np.abs(f(x + 1j * tiny).imag / tiny - f_prime(x)).max(axis=1)  # (5), (4,)
print("errors at h = 1e-10, 1e-20, 1e-100, 1e-300:", *(f"{error:.1e}" for error in tiny_error))
np.testing.assert_allclose(slope(steps[coarse], complex_error[coarse]), 2, atol=0.05)
np.testing.assert_array_less(tiny_error, 10 * EPS)
r = -2 + 1e-20j
lost = (np.abs(r) ** 3).imag / 1e-20                       # d|r|³/dr = 3r|r| at r = −2 by (5)
kept = (np.where(r.real < 0, -r, r) ** 3).imag / 1e-20     # the same with |r| = ±r
print(f"d|r|³/dr at r = -2, which is -12: {lost:.0f} with abs, {kept:.0f} with ±r")
np.testing.assert_allclose([lost, kept], [0, -12], rtol=1e-14)

# %% [markdown]
# ## A gradient by hand
#
# Now a loss. One neuron without biases, θ = (a, b), u = a tanh(bx), hence u′ = ab s with
# t = tanh(bx), s = 1 − t². The target is sin on [−2, 2], the integral a sum over Q = 20 nodes (Q1).
# `forgetful` has a bug that is real: in a peer package loss and gradient disagreed for years at
# every weight but 1, and its tests used the weight 1.

# %%
rule = sr.gauss_legendre([(-2, 2)], 20)
X, w = rule.nodes[:, 0], rule.weights                      # x_i and w_i, (Q,) each


def residuals(theta):
    a, b = theta
    t = np.tanh(b * X)                                     # t = tanh(bx), (Q,)
    s = 1 - t**2                                           # s = 1 − t², (Q,)
    return a * t - np.sin(X), a * b * s - np.cos(X), t, s  # r_0 = u − f, r_1 = u′ − f′, (Q,) each


def value(theta, lam):
    r_0, r_1, _, _ = residuals(theta)
    return np.sum(w * r_0**2) + lam * np.sum(w * r_1**2)   # ∫ r_0² + λ ∫ r_1² (D3)


def gradient(theta, lam):
    (a, b), (r_0, r_1, t, s) = theta, residuals(theta)
    grad_u = np.stack([t, a * X * s])                      # ∂u/∂a = t, ∂u/∂b = a x s, (2, Q)
    grad_du = np.stack([b * s, a * s - 2 * a * b * X * t * s])  # ∂u′/∂a, ∂u′/∂b, (2, Q)
    return 2 * grad_u @ (w * r_0) + 2 * lam * grad_du @ (w * r_1)  # (T1) + (T2), (2,)


def forgetful(theta, lam):
    return gradient(theta, 1.0)                            # the bug: λ is forgotten, (2,)


# %% [markdown]
# ## The Taylor-slope test
#
# Along any direction v, a right gradient leaves a remainder of second order,
#
#     R(h) = |L(θ + hv) − L(θ) − h ∇L(θ)·v| = |(h²/2) vᵀHv + O(h³)|,                     (6)
#
# H the Hessian; a wrong one leaves a multiple of h as well. So the slope is 2 or, for small h, 1,
# and no exact answer is needed. The complex step (5) in each θ_j says how large the error is.

# %%
theta, v = np.array([0.7, 1.3]), np.array([0.6, -0.8])     # (2,), (2,)
taylor_steps = 2.0 ** -np.arange(6, 15)                    # h, (H,)


def remainder(grad, lam):
    linear = value(theta, lam) + taylor_steps * (grad(theta, lam) @ v)  # L(θ) + h ∇L·v, (H,)
    return np.abs([value(theta + s * v, lam) for s in taylor_steps] - linear)  # R(h) (6), (H,)


def complex_step_error(grad, lam):
    exact = [value(theta + 1e-20j * e, lam).imag / 1e-20 for e in np.eye(2)]  # ∂L/∂θ_j (5), (2,)
    return float(np.abs(grad(theta, lam) - exact).max() / np.abs(exact).max())


slopes, errors = {}, {}
print("gradient     slope   complex-step error")
for name, lam in (("right", 1.0), ("right", 0.3), ("wrong", 1.0), ("wrong", 0.3)):
    grad = gradient if name == "right" else forgetful
    slopes[name, lam] = slope(taylor_steps, remainder(grad, lam))
    errors[name, lam] = complex_step_error(grad, lam)
    print(f"{name}, λ={lam}  {slopes[name, lam]:.3f}   {errors[name, lam]:.0e}")
np.testing.assert_allclose(list(slopes.values()), [2, 2, 2, 1], atol=0.05)
np.testing.assert_array_less(list(errors.values())[:3], 1e-13)
np.testing.assert_array_less(0.1, errors["wrong", 0.3])

# %% [markdown]
# The third line is the lesson: at λ = 1 the wrong gradient passes, for there it is right. At 0.3
# both tests catch it. Test at values where no factor is 1 or 0 and no two factors are equal.
#
# ## The package's passes
#
# `check_derivatives` holds every Dᵅu_θ against two derivatives of the order below: the complex step
# and SciPy's `derivative`. `check_gradient` holds ∇L against the complex step and `approx_fprime`.

# %%
net, rng = sr.MLP((2, 8, 8, 1)), np.random.default_rng(3)
parameters = rng.normal(0, 0.5, net.n_parameters)          # θ, no bias 0, (P,)
nodes = rng.uniform(-1, 1, (10, 2))                        # (N, d)
derivative_check = sr.check_derivatives(net, parameters, nodes, order=3)
loss = sr.SobolevLoss(net, lambda x, y: np.sin(x) * np.exp(y), sr.gauss_legendre([(-1, 1)] * 2, 5),
                      order=2, weights=(0.7, 0.3, 0.2))    # Σ λ_α ∫ r_α² (D3)
gradient_check = sr.check_gradient(loss, parameters)       # (T1) (T2)
print("of       complex step  SciPy's differences")
for check in (derivative_check, gradient_check):
    for key, error in check.complex_step.items():
        print(f"{key!s:8} {error:.0e}         {check.finite_difference[key]:.0e}")
worst_derivative = max(derivative_check.complex_step.values())
worst_gradient = max(gradient_check.complex_step.values())
np.testing.assert_array_less([worst_derivative, worst_gradient], 1e-13)
np.testing.assert_array_less(max(derivative_check.finite_difference.values()), 1e-8)
np.testing.assert_array_less(max(gradient_check.finite_difference.values()), 1e-5)

# %% [markdown]
# The left column is rounding. The right one is the limit of differences, not an error of the
# passes: `approx_fprime` is (1) near h = ε^{1/2}, so 1e-8 is the bottom of its V; `derivative`
# combines more points to a higher order and comes to 1e-11. It alone could not tell an exact
# derivative from one that is wrong in its thirteenth digit. The complex step can. In the figure,
# left the errors of (1), (2), (5), with 0 drawn at 1e-17; right the remainder at λ = 0.3.

# %%
fig, (left, right) = figure(columns=2)
plot_step_curve(left, steps, {"forward (1)": forward_error, "central (2)": central_error,
                              "complex step (5)": complex_error})
plot_step_curve(right, taylor_steps, {"right gradient": remainder(gradient, 0.3),
                                      "λ forgotten": remainder(forgetful, 0.3)})
right.set(ylabel="remainder R(h)")
save_figure(fig, "output/tutorial_05_check_derivatives.png")

# %% [markdown]
# ## Exercises
#
# 1. Take f(x) = 1000 + sin x. What becomes of both V-curves, their best steps, and the complex
#    step? Predict by repeating (3) and (4) for |f| ≤ 1001, then run.
# 2. Let `forgetful` return `gradient(theta, lam) * (1 + 1e-6)`. Which of the two tests sees it?
#    Find the h at which the slope of (6) would turn from 2 to 1, from the two terms of R(h).
# 3. Hv is the derivative of ∇L along v. Compute it from `gradient` with (5), add (h²/2) vᵀHv to
#    `linear` in (6), and confirm slope 3. Which slope does a wrong Hv give?
#
# Worked answers: [answers/05_check_derivatives.py](answers/05_check_derivatives.py).
#
# **What was simplified.** One smooth f, one direction v, one θ, and errors relative to the largest
# entry: an error in an entry that is small beside it can hide.
#
# **Next:** 06_reproduce_paper trains with these gradients.
