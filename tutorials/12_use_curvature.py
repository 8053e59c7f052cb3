# %% [markdown]
# # 12. Use the curvature
#
# **Question.** Gradient descent knows the slope of the loss at θ and nothing of its bending. What
# does a method gain that knows it, and what does it pay?
#
# **The paper.** Its title says "Advanced Optimization Techniques"; its text has gradient descent,
# Definition 7. But a Sobolev loss with p = 2 offers more than most: it is a sum of squares,
#
#     L = ‖r‖²,   r_{(α,i)} = √(λ_α w_i) (Dᵅu_θ − Dᵅf)(x_i)                                (G1)
#     J = ∂r/∂θ,   ∇L = 2Jᵀr                                                               (G3)
#
# **Know first.** Tutorials 07 and 08: the Hessian H, condition numbers, `lstsq`. Tutorial 05:
# finite differences and the complex step.
#
# **Measured.** H v against differences of ∇L, and its price; what a step of Gauss–Newton, Newton
# and Levenberg–Marquardt does, near a minimum and far from it; what a matrix made of gradients
# alone does; seven methods on the same two axes.

# %%
from timeit import repeat

import numpy as np
from scipy.linalg import lstsq
from scipy.optimize import line_search

import sobolev_ref as sr
from sobolev_ref.plots import figure, save_figure

# %% [markdown]
# ## Two matrices
#
# Differentiate ∇L = 2Jᵀr once more. The product rule gives two parts,
#
#     H = 2JᵀJ + 2 Σ_i r_i ∇²r_i                                                           (1)
#
# The first needs first derivatives only and has no negative eigenvalue, since vᵀJᵀJv = ‖Jv‖². The
# second is small where the residuals are small. `loss.residuals` and `loss.jacobian` give r and J
# by hand-written passes, `loss.hessian` gives H. Take e⁻ˣ on [0, 5], 8 neurons, P = 25, and compare
# the start with θ after 500 steps of the method to be built.

# %%
net, rule = sr.MLP((1, 8, 1)), sr.gauss_legendre([(0, 5)], 64).mean()
loss, theta_0 = sr.SobolevLoss(net, lambda x: np.exp(-x), rule), net.init(0)   # k = 1, p = 2
late = sr.fit(loss, theta_0, "lm", maxiter=500).x
seen = {}                                                  # the second part's share of H, λ_min
for name, theta in (("start", theta_0), ("late", late)):
    r, J, H = loss.residuals(theta), loss.jacobian(theta), loss.hessian(theta)
    np.testing.assert_allclose(2 * J.T @ r, loss(theta)[1], atol=1e-13)        # (G3)
    eigenvalues = np.linalg.eigvalsh(H)                    # ascending, (P,)
    seen[name] = np.linalg.norm(H - 2 * J.T @ J) / np.linalg.norm(H), eigenvalues[0]
    flat = np.sum(np.abs(eigenvalues) < 1e-6 * eigenvalues[-1])
    print("{:5}: L = {:.0e}; second part of (1) {:.0e} of H; λ from {:.0e} to {:.0f}, {} of {} flat"
          .format(name, r @ r, *seen[name], eigenvalues[-1], flat, len(H)))
np.testing.assert_array_less([seen["late"][0], 0.1, seen["start"][1]], [1e-4, seen["start"][0], -1])

# %% [markdown]
# At the start L bends down in some directions: no minimum is near. Late in the run H is 2JᵀJ to
# many digits, and flat, |λ| < 10⁻⁶ λ_max, in most directions. There descent, with a factor 1 − ηλ a
# step and η < 2/λ_max (tutorial 08), takes a million steps and more.
#
# ## H v without H
#
# H has P² entries, and a product H v needs none of them. Every line of the two passes is analytic
# in θ: products, sums, tanh, r². So ∇L can be taken at complex θ, and for a real v it is
#
#     ∇L(θ + ihv) = ∇L(θ) + ih H v − (h²/2) ∂_v²∇L(θ) + O(h³)
#
# The three vectors on the right are real, so the imaginary part has H v alone, up to h³:
#
#     H v = Im ∇L(θ + ihv) / h + O(h²)                                                     (H1)
#
# Nothing is subtracted, as in tutorial 05, so h = 10⁻²⁰ will do, and the only error is the rounding
# of the gradient itself. Hold it against (∇L(θ + hv) − ∇L(θ − hv))/(2h), and against an answer
# without any step: for a polynomial u = Σ θ_j P_j(x), r is linear in θ, so H = 2JᵀJ.


# %%
def hessian_times(loss, theta, v, h=1e-20):
    return loss(theta + 1j * h * v)[1].imag / h            # (H1), (P,)


def deviation(found, exact):
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)


v, h = np.cos(np.arange(len(theta_0))), 10.0 ** -np.arange(1, 13)    # (P,), (12,)
theta, Hv = theta_0 + 0.1 * v, hessian_times(loss, theta_0 + 0.1 * v, v)       # (P,), (P,)
quotients = [(loss(theta + s * v)[1] - loss(theta - s * v)[1]) / (2 * s) for s in h]
V = np.array([deviation(q, Hv) for q in quotients])                                      # (12,)
linear = sr.SobolevLoss(sr.LinearModel.polynomial(6, [(0, 5)]), lambda x: np.exp(-x), rule)
J, w = linear.jacobian(np.ones(7)), np.cos(np.arange(7))             # (R, 7), (7,)
hessp_error = deviation(hessian_times(linear, np.ones(7), w), 2 * J.T @ (J @ w))
print("differences:", *(f"{error:.0e}" for error in V), f"(H1) against 2JᵀJ: {hessp_error:.0e}")
np.testing.assert_allclose(loss.hessp(theta, v), Hv, atol=1e-13)     # the package does the same
np.testing.assert_array_less([hessp_error, V.min()], [1e-14, 1e-8])

# %% [markdown]
# The V of tutorial 05: differences lose five digits, (H1) none. `loss.hessp` is this one line, and
# `loss.hessian` is P of them. The price is a gradient in complex numbers.

# %%
costs = {}                                                 # of H v, in gradients
for width in (8, 32, 128):
    wide = sr.MLP((1, width, width, 1))
    its_loss, start = sr.SobolevLoss(wide, np.cos, rule), wide.init(0)         # (P,)
    seconds = [min(repeat(call, number=5, repeat=20)) for call in (
        lambda: its_loss(start), lambda: its_loss.hessp(start, start),
        lambda: its_loss.jacobian(start))]
    costs[width] = seconds[1] / seconds[0]
    print(f"P = {len(start):5}: in gradients, H v takes {costs[width]:.1f}",
          f"and J {seconds[2] / seconds[0]:.1f}")
np.testing.assert_raises(TypeError, loss.hessp, theta + 1e-20j * v, v)

# %% [markdown]
# A difference takes two gradients. (H1) takes about two as well, and three or four where matrix
# products take most of the time: a complex one is four real ones. It holds vectors of P numbers,
# where J has RP and H has P².
#
# One thing is given up. (H1) uses the imaginary part up, so `hessp` refuses a complex θ: it has no
# complex step of its own, and a third derivative of L is a difference of products H v, with a V.
#
# ## Gauss–Newton
#
# Replace r by its tangent, r(θ + δ) ≈ r + Jδ, and minimise ‖r + Jδ‖² exactly: one `lstsq`. (Its
# normal equations JᵀJδ = −Jᵀr are Newton's Hδ = −∇L without the second part of (1).) If u is linear
# in θ, so is r, and one step from anywhere is the answer. If not, the tangent holds near θ only,
# and nothing keeps the step there.


# %%
def gauss_newton(loss, theta):
    return theta - lstsq(loss.jacobian(theta), loss.residuals(theta))[0]       # θ + δ, (P,)


one_step, exact = gauss_newton(linear, np.ones(7)), sr.solve_linear(linear).x  # (7,) each
linear_error = np.abs(one_step - exact).max()
jump = loss(gauss_newton(loss, theta_0))[0]
print(f"polynomial: one step against solve_linear {linear_error:.0e}")
print(f"network: L = {loss(theta_0)[0]:.2f} → {jump:.0e}")
np.testing.assert_array_less([linear_error, 1e3], [1e-13, jump])

# %% [markdown]
# ## Near a minimum
#
# Let e = θ − θ* be small. ∇L = He up to terms in ‖e‖², so Newton's step −H⁻¹∇L leaves such terms
# only: it squares the error. With S = Σ r_i ∇²r_i, (1) is H = 2(JᵀJ + S), and Gauss–Newton leaves
#
#     e + δ = e − (JᵀJ)⁻¹ Jᵀr ≈ e − (JᵀJ)⁻¹ (JᵀJ + S) e = −(JᵀJ)⁻¹ S e                     (2)
#
# If the target can be met, r = 0 at θ* and S = 0: it squares the error as well, without ∇²r_i. If
# not, each step multiplies e by the largest |eigenvalue| of (JᵀJ)⁻¹S, in the long run. The target:
# a network of two neurons, plus ε sin 4x, which two neurons cannot meet.

# %%
small, teacher = sr.MLP((1, 2, 1)), np.array([1, -2, 0.5, 1, 1.5, -1, 0.3])    # P = 7
direction, rates, errors = np.cos(np.arange(7)) / 2, {}, {}
for eps in (0.05, 0.01, 0.0):
    near = sr.SobolevLoss(small, lambda x: small.function(teacher)(x) + eps * np.sin(4 * x),
                          sr.gauss_legendre([(-2, 2)], 20).mean())
    star = sr.fit(near, teacher, "lm").x
    star = star - np.linalg.solve(near.hessian(star), near(star)[1])           # to the last digit
    J = near.jacobian(star)                                # (R, P)
    S = near.hessian(star) / 2 - J.T @ J                   # (1), (P, P)
    rates[eps] = np.abs(np.linalg.eigvals(np.linalg.solve(J.T @ J, S))).max()  # of (2)
    for name in ("Newton", "Gauss–Newton"):
        theta, distance = star + 0.1 * direction, []       # (P,)
        for _ in range(9):
            distance.append(np.linalg.norm(theta - star))
            theta = (gauss_newton(near, theta) if name == "Gauss–Newton" else
                     theta - np.linalg.solve(near.hessian(theta), near(theta)[1]))
        errors[eps, name] = np.array(distance)             # (9,)
        print(f"ε = {eps:4}, {name:12}:", *(f"{error:.0e}" for error in distance))
    print(f"    factor of (2): {rates[eps]:.2f}")
measured = errors[0.05, "Gauss–Newton"]
np.testing.assert_allclose((measured[8] / measured[4]) ** 0.25, rates[0.05], rtol=0.15)
np.testing.assert_array_less([errors[0.0, "Gauss–Newton"][5], errors[0.05, "Newton"][7]], 1e-12)

# %% [markdown]
# ## Levenberg–Marquardt: a leash
#
# Far away, the step must be kept short. Add μ‖δ‖² to what is minimised, by rows √μ I below J:
#
#     min_δ ‖r + Jδ‖² + μ‖δ‖²,   that is (JᵀJ + μI) δ = −Jᵀr                               (3)
#
# For a large μ, δ ≈ −Jᵀr/μ = −∇L/(2μ), a short step of descent; for μ → 0 it is Gauss–Newton's. If
# the loss falls, take the step and halve μ; if not, stay and double μ.


# %%
def lm_step(loss, theta, mu):                              # δ of (3), (P,)
    r, J = loss.residuals(theta), loss.jacobian(theta)     # (R,), (R, P)
    rows = np.vstack([J, np.sqrt(mu) * np.eye(len(theta))])          # (R + P, P)
    return -lstsq(rows, np.append(r, np.zeros(len(theta))), lapack_driver="gelsy")[0]    # by QR


def levenberg_marquardt(loss, theta, trials, mu=0.01):
    history = [loss(theta)[0]]
    for _ in range(trials):
        trial = theta + lm_step(loss, theta, mu)
        value = loss(trial)[0]
        better = value < history[-1]
        theta, mu = (trial, mu / 2) if better else (theta, 2 * mu)
        history.append(value if better else history[-1])
    return theta, np.array(history)


by_hand = levenberg_marquardt(loss, theta_0, 500)[1]       # L after each trial, (501,)
print("L after 0, 10, 100, 500 trials:", *(f"{by_hand[k]:.0e}" for k in (0, 10, 100, 500)),
      f"with {np.sum(np.diff(by_hand) == 0)} refused")
np.testing.assert_allclose(lm_step(loss, theta_0, 1e8) * 2e8, -loss(theta_0)[1], atol=1e-5)    # (3)
np.testing.assert_array_less(by_hand[-1], 1e-9)

# %% [markdown]
# ## A matrix from gradients alone
#
# Two gradients tell about H on the way from θ to θ + s, since
#
#     y = ∇L(θ + s) − ∇L(θ) = ∫₀¹ H(θ + ts) s dt                                           (4)
#
# Let a matrix G stand for H⁻¹, step along −G∇L, and change G after each step so that it maps y to
# s. BFGS does it by
#
#     G₊y = s                                                                              (Z1)
#     G₊ = (G − Gy yᵀG/yᵀGy + yᵀGy v vᵀ)/τ + s sᵀ/sᵀy,   v = s/sᵀy − Gy/yᵀGy,   τ = 1      (Z2)
#
# The first part has nothing left of y, as vᵀy = 0, so that any τ will do. Self-scaled BFGS takes
# τ = 1/b where b = sᵀG⁻¹s/sᵀy > 1, that is, where G⁻¹ has more curvature along s than was found:
# what G believes is then too steep elsewhere, too, and 1/τ lessens it. As s = −αG∇L, b needs no
# inverse. α comes from a line search, which also sees to sᵀy > 0.


# %%
def bfgs(loss, theta, steps, scaled):
    fun, jac = lambda t: loss(t)[0], lambda t: loss(t)[1]
    G, (value, g), history = np.eye(len(theta)), loss(theta), [fun(theta)]
    for _ in range(steps):
        p = -G @ g                                         # (P,)
        alpha = line_search(fun, jac, theta, p, g, value)[0]
        if alpha is None:                                  # rounding hides what is left
            break
        s, theta = alpha * p, theta + alpha * p
        value, new = loss(theta)
        y, sBs, g = new - g, -alpha * (g @ s), new
        Gy, tau = G @ y, min(1, (s @ y) / sBs) if scaled else 1
        v = s / (s @ y) - Gy / (y @ Gy)                    # (P,)
        G = (G - np.outer(Gy, Gy) / (y @ Gy) + (y @ Gy) * np.outer(v, v)) / tau
        G += np.outer(s, s) / (s @ y)
        history.append(value)
    return G @ y - s, np.array(history)


(secant, plain), (_, scaled) = (bfgs(loss, theta_0, 300, of) for of in (False, True))
for name, history in (("BFGS", plain), ("self-scaled", scaled)):
    seen_at = (f"{value:.0e}" for value in history[[0, 30, 100, -1]])
    print(f"{name:11}: L after 0, 30, 100, 300 steps:", *seen_at)
np.testing.assert_allclose(secant, 0, atol=1e-8)           # (Z1)
np.testing.assert_array_less([scaled[-1], plain[-1]], [1e-8, 1e-4])

# %% [markdown]
# One division more, and it is lower: far from a minimum L is steeper than near it, and what G
# learnt there must be unlearnt. **Self-scaled Broyden** also changes the sum in (Z2), by a φ beside
# v vᵀ. `sr.quasi_newton` is all three, and `help(sr.optimize.quasi_newton)` derives them. A step
# costs a gradient and four passes over P² numbers: no J, and any p.
#
# ## The others
#
# **Newton–CG** solves Hδ = −∇L by conjugate gradients, which need products H v only, and stops
# where vᵀHv ≤ 0. It needs neither J nor p = 2; "trust-ncg" adds a leash. **L-BFGS** keeps no matrix
# but the last pairs (s, y), here 30, and makes its step of them (exercise 2). Run them all through
# `fit`, from the same θ.

# %%
budget = {"gradient_descent": (1000, {"learning_rate": "armijo"}), "lm": (500, {}),
          "adam": (1000, {"learning_rate": 0.01}), "L-BFGS-B": (1000, {}),
          "quasi_newton": (500, {}),
          "Newton-CG": (200, {}), "trust-ncg": (200, {})}      # steps and options
runs = {name: sr.fit(loss, theta_0, name, maxiter=n, **o) for name, (n, o) in budget.items()}
for name, run in runs.items():
    print(f"{name:16} {run.nit:4} steps, {run.time_history[-1]:.2f} s: L = {run.fun:.0e}")
reached = [runs[name].fun for name in ("lm", "quasi_newton", "L-BFGS-B")]
np.testing.assert_array_less([*reached, 1e-6], [1e-10, 1e-10, 1e-8, runs["adam"].fun])

# %% [markdown]
# In about the time of Adam, Levenberg–Marquardt is eight digits lower. Its steps are dear: J has RP
# numbers, and its step costs some RP², or R²P for R < P. Self-scaled Broyden's steps are cheap, and
# it is as low sooner, though it learns over many steps what J shows at once. So take one of the two
# up to some thousand parameters, Broyden's for any p, then L-BFGS; Adam where nodes are so many
# that a few at a time will do. Newton–CG spends several products on each step, and far from a
# minimum they do not tell much.
#
# The figure: left, the errors of (2); then each run's loss, by step and by time.

# %%
fig, (left, middle, right) = figure(columns=3, width=4.2, height=3.6)
for (eps, name), error in errors.items():
    if eps == 0.05 or (eps, name) == (0.0, "Gauss–Newton"):
        left.semilogy(error, "-" if name == "Newton" else "--", marker="o" if eps else "s",
                      color="black", markersize=4, label=f"{name}, ε = {eps:g}")
looks = [(line, shade) for shade in ("0", "0.6") for line in ("-", "--", "-.", ":")]
for (name, run), (style, shade) in zip(runs.items(), looks):
    middle.loglog(np.arange(1, len(run.history)), run.history[1:], style, color=shade, label=name)
    right.loglog(run.time_history[20:], run.history[20:], style, color=shade)    # from step 20
for ax, name, columns in ((left, "step", 1), (middle, "step", 2), (right, "seconds", 0)):
    ax.set(xlabel=name, ylabel="mean Sobolev loss" if ax is not left else "‖θ − θ*‖")
    if columns:
        ax.legend(frameon=False, ncols=columns, loc="lower center", bbox_to_anchor=(0.5, 1.0))
save_figure(fig, "output/tutorial_12_methods.png")

# %% [markdown]
# ## The package does the same
#
# `fit(…, "lm")` is Moré's (1978). It measures δ in the columns' own sizes (exercise 1) and bounds
# ‖δ‖ in place of choosing μ: other steps. It takes (3) by Cholesky where that leaves four digits,
# else by QR, and J in blocks of rows: `help(sr.optimize.damped)`. Near θ*, here for ε = 0, the end
# is the same.

# %%
start = star + 0.1 * direction                             # (P,)
(ours, _), package = levenberg_marquardt(near, start, 100), sr.fit(near, start, "lm").x
print(f"θ of the package and ours: {(package_error := np.abs(ours - package).max()):.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## Exercises
#
# 1. Measure θ_j in other units, θ_j = c_j ϑ_j. Show that (3) then takes another step, but not
#    Gauss–Newton, nor (3) with μ‖Dδ‖² for μ‖δ‖², D diagonal, D_jj the norm of J's column j. L-BFGS
#    does, too: what does `sr.fit(…, x_scale="layers")` gain for a sine over two periods, width 30?
# 2. L-BFGS starts from G = γI. For each pair (s, y), oldest first, it replaces G by
#    (I − ρ s yᵀ) G (I − ρ y sᵀ) + ρ s sᵀ, ρ = 1/(sᵀy): (Z2) with τ = 1. Show Gy = s for the
#    last pair, and (4) by ten Gauss points. Multiply G by ∇L without a matrix, and minimise.
# 3. Write conjugate gradients for Hδ = −∇L by `hessp`, ended at vᵀHv ≤ 0, and run Newton–CG. How
#    many products H v does a step take, and how often does H bend down?
#
# Answers: [answers/12_use_curvature.py](answers/12_use_curvature.py).
#
# **What was simplified.** One problem, one start; `python -m benchmarks.accuracy` takes the medians
# over ten. For p ≠ 2, |r|^p is continued to complex r as (±r)^p (tutorial 05).
#
# **Next:** 13_fit_data, where the target is a table of measurements.
