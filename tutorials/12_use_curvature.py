# %% [markdown]
# # 12. Use the curvature
#
# **Question.** Gradient descent knows the slope of the loss at θ and nothing of its bending. What
# does a method gain that knows it, and what does it pay?
#
# **The paper.** Its title says "Advanced Optimization Techniques"; its text has gradient descent,
# Definition 7. But a Sobolev loss with p = 2 offers more than most losses do: it is a sum of
# squares.
#
# **You will see.** H v against differences of ∇L, and its price; what a step of Gauss–Newton,
# Newton and Levenberg–Marquardt does, near a minimum and far from it, from 20 starts.
#
# **You will do.** Write H v, then Gauss–Newton and Levenberg–Marquardt, in a few lines each.
#
# **You will need.** Tutorials 07 and 08: the Hessian H, [eigenvalues](../docs/glossary.md), the
# factor 1 − ηλ of a step, `lstsq`. Tutorial 05: finite differences and the complex step.
# 50 minutes.

# %%
from timeit import repeat

import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, figure, line_style, save_figure

# %% [markdown]
# ## A sum of squares
#
# Write one residual for each derivative α and each node x_i, with the root of its weight in front,
# all in one vector r. It has R entries, R = N times the number of α:
#
#     r_{(α,i)} = √(λ_α w_i) (Dᵅu_θ − Dᵅu)(x_i)                                            (G1)
#
# Then the loss is L = ‖r‖². With the Jacobian J = ∂r/∂θ, a matrix (R, P), the chain rule gives
#
#     ∇L = 2 Jᵀr                                                                           (G3)
#
# Differentiate once more. The product rule gives two parts:
#
#     H = 2 JᵀJ + 2 Σ_i r_i ∇²r_i                                                          (1)
#
# In words: the Hessian is a part that first derivatives know, and a part that is small where the
# residuals are small. The first part has no negative eigenvalue, as vᵀJᵀJv = ‖Jv‖².
#
# `loss.residuals` and `loss.jacobian` give r and J by hand-written passes, `loss.hessian` gives H.
# Take e⁻ˣ on [0, 5] and 8 neurons, P = 25. Compare 20 starts with the θ that 100 steps of the
# method to be built make of them.

# %%
net, rule = sr.MLP((1, 8, 1)), sr.gauss_legendre([(0, 5)], 64).mean()
loss = sr.SobolevLoss(net, lambda x: np.exp(-x), rule)     # k = 1, p = 2
starts = [net.init(seed) for seed in range(20)]
theta_0 = starts[0]                                        # (P,)


def look(theta):
    """The second part's share of H, its least eigenvalue, and how many are flat."""
    r, J, H = loss.residuals(theta), loss.jacobian(theta), loss.hessian(theta)
    np.testing.assert_allclose(2 * J.T @ r, loss(theta)[1], atol=1e-13)        # (G3)
    eigenvalues = np.linalg.eigvalsh(H)                    # ascending, (P,)
    second = np.linalg.norm(H - 2 * J.T @ J) / np.linalg.norm(H)               # (1)
    return second, eigenvalues[0], np.sum(np.abs(eigenvalues) < 1e-6 * eigenvalues[-1])


late = [sr.fit(loss, start, "lm", maxiter=100).x for start in starts]
seen = {"start": np.array([look(theta) for theta in starts])}        # (20, 3)
seen["late"] = np.array([look(theta) for theta in late])
for name, rows in seen.items():
    second, least, flat = np.median(rows, axis=0)
    print(f"{name}, medians: second part of (1) {second:.0e} of H;", end=" ")
    print(f"least eigenvalue {least:.0e}; {flat:.0f} of 25 flat")
np.testing.assert_array_less(seen["late"][:, 0], 1e-3)
np.testing.assert_array_less(seen["start"][:, 1], 0)

# %% [markdown]
# At each of the 20 starts L bends down in some direction: no minimum is near. Late in each run H is
# 2JᵀJ to three digits or more. And most of its eigenvalues are then flat, below 10⁻⁶ λ_max. In
# such a direction, of the eigenvalue λ, a step of descent multiplies the error by 1 − ηλ with
# η < 2/λ_max (tutorial 08): a digit of it takes a million steps and more.
#
# ## H v without H
#
# H has P² entries, and a product H v needs none of them. Every line of the two passes is analytic
# in θ: products, sums, tanh, r². So ∇L can be taken at complex θ, and for a real v it is
#
#     ∇L(θ + ihv) = ∇L(θ) + ih H v − (h²/2) ∂_v²∇L(θ) + O(h³)
#
# The vectors ∇L(θ), H v and ∂_v²∇L(θ) are real, so that the imaginary part has H v alone, up to h³:
#
#     H v = Im ∇L(θ + ihv) / h + O(h²)                                                     (H1)
#
# In words: step into the imaginary direction, and read H v there. Nothing is subtracted, as in
# tutorial 05, so that h = 10⁻²⁰ will do, and the only error is the rounding of the gradient itself.
# Hold it against differences (∇L(θ + hv) − ∇L(θ − hv))/(2h), and against an answer without any
# step: for a polynomial u = Σ_j θ_j φ_j(x), r is linear in θ, so that H = 2JᵀJ.


# %%
def hessian_times(loss, theta, v, h=1e-20):
    return loss(theta + 1j * h * v)[1].imag / h            # (H1), (P,)


def deviation(found, exact):
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)


v = np.cos(np.arange(len(theta_0)))                        # some direction, (P,)
theta = theta_0 + 0.1 * v
Hv = hessian_times(loss, theta, v)                         # (P,)
V = []                                                     # errors, (12,)
for h in 10.0 ** -np.arange(1, 13):
    difference = (loss(theta + h * v)[1] - loss(theta - h * v)[1]) / (2 * h)
    V.append(deviation(difference, Hv))
print("differences, h = 1e-1 to 1e-12:", *(f"{error:.0e}" for error in V))
poly = sr.LinearModel.polynomial(6, [(0, 5)])
linear = sr.SobolevLoss(poly, lambda x: np.exp(-x), rule)
ones, v_7 = np.ones(7), np.cos(np.arange(7))               # (7,) each
J = linear.jacobian(ones)                                  # (R, 7)
hessp_error = deviation(hessian_times(linear, ones, v_7), 2 * J.T @ (J @ v_7))
print(f"(H1) against 2JᵀJ: {hessp_error:.0e}")
np.testing.assert_allclose(loss.hessp(theta, v), Hv, atol=1e-13)     # the package's
np.testing.assert_array_less([hessp_error, min(V)], [1e-14, 1e-9])
np.testing.assert_array_less(1e-13, min(V))

# %% [markdown]
# The V of tutorial 05: the best difference loses four to six digits, (H1) none. `loss.hessp` is
# this one line, and `loss.hessian` is P of them. The price is a gradient in complex numbers.

# %%
costs = {}                                                 # of H v and J, in gradients
for width in (8, 32, 128):
    wide = sr.MLP((1, width, width, 1))
    its_loss, start = sr.SobolevLoss(wide, np.cos, rule), wide.init(0)
    calls = (
        lambda: its_loss(start),
        lambda: its_loss.hessp(start, start),
        lambda: its_loss.jacobian(start),
    )
    seconds = [min(repeat(call, number=3, repeat=10)) for call in calls]
    costs[width] = seconds[1] / seconds[0], seconds[2] / seconds[0]
    print(f"P = {len(start):5}: in gradients, H v takes {costs[width][0]:.1f}", end=" ")
    print(f"and J {costs[width][1]:.1f}")

# %% [markdown]
# A difference takes two gradients. (H1) takes one in complex numbers, whose products are four real
# ones each; what that costs on your machine is printed above. (On a busy machine the threads of
# BLAS, NumPy's library for matrix products, wait for each other; OPENBLAS_NUM_THREADS=1 keeps these
# ratios still.) It holds vectors of P numbers, where J has RP and H has P².
#
# ## Gauss–Newton
#
# Now a method. Replace r by its tangent, r(θ + δ) ≈ r + Jδ, and minimise ‖r + Jδ‖² exactly, which
# is one `lstsq`. Its normal equations are JᵀJδ = −Jᵀr. Newton's step solves Hδ = −∇L, by (1)
# (JᵀJ + Q)δ = −Jᵀr with Q = Σ_i r_i ∇²r_i. In words: Gauss–Newton is Newton without the second
# part of (1).
#
# If u is linear in θ, so is r, the tangent is exact, and one step from anywhere is the answer. If
# not, the tangent holds near θ only, and nothing keeps the step there.


# %%
def gauss_newton(loss, theta):
    r, J = loss.residuals(theta), loss.jacobian(theta)     # (R,), (R, P)
    return theta - lstsq(J, r)[0]                          # θ + δ, (P,)


one_step = gauss_newton(linear, ones)                      # (7,)
linear_error = np.abs(one_step - sr.solve_linear(linear).x).max()
print(f"polynomial: one step against solve_linear {linear_error:.0e}")
before = np.array([loss(start)[0] for start in starts])    # (20,)
after = np.array([loss(gauss_newton(loss, start))[0] for start in starts])     # (20,)
worse = np.sum(after > before)
print(f"network: the first step makes L larger from {worse} of 20 starts,", end=" ")
print(f"in the median by the factor {np.median(after / before):.0e}")
np.testing.assert_array_less(linear_error, 1e-13)
np.testing.assert_equal(worse, 20)

# %% [markdown]
# ## Near a minimum
#
# Let θ* be a minimum and e = θ − θ* be small. There ∇L = H e up to terms in ‖e‖², so that Newton's
# step −H⁻¹∇L leaves such terms only: it squares the error. Gauss–Newton has the same ∇L = 2Jᵀr, so
# that Jᵀr = ½ H e = (JᵀJ + Q) e, and it leaves
#
#     e + δ = e − (JᵀJ)⁻¹ Jᵀr ≈ e − (JᵀJ)⁻¹ (JᵀJ + Q) e = −(JᵀJ)⁻¹ Q e                     (2)
#
# In words: what Gauss–Newton leaves out, Q, is what it leaves of the error.
#
# If the target can be met, r = 0 at θ* and Q = 0: it squares the error as well, without any ∇²r_i.
# If not, each step multiplies e by the matrix of (2), and after many steps by the largest of its
# |eigenvalues|. Take as target a network of two neurons, plus ε sin 4x, which two neurons cannot
# meet.

# %%
small = sr.MLP((1, 2, 1))
teacher = np.array([1, -2, 0.5, 1, 1.5, -1, 0.3])          # P = 7
direction = np.cos(np.arange(7)) / 2
points = sr.gauss_legendre([(-2, 2)], 20).mean()


def problem(eps):
    """The loss for the target with ε sin 4x, and its minimum near the teacher."""
    clean = small.function(teacher)
    near = sr.SobolevLoss(small, lambda x: clean(x) + eps * np.sin(4 * x), points)
    star = sr.fit(near, teacher, "lm").x
    return near, newton(near, star)                        # to the last digit


def newton(loss, theta):
    return theta - np.linalg.solve(loss.hessian(theta), loss(theta)[1])


rates, errors = {}, {}
for eps in (0.05, 0.01, 0.0):
    near, star = problem(eps)
    J = near.jacobian(star)                                # (R, P)
    Q = near.hessian(star) / 2 - J.T @ J                   # (1), (P, P)
    rates[eps] = np.abs(np.linalg.eigvals(np.linalg.solve(J.T @ J, Q))).max()  # of (2)
    for name, step in (("Newton", newton), ("Gauss–Newton", gauss_newton)):
        theta, distance = star + 0.1 * direction, []
        for _ in range(9):
            distance.append(np.linalg.norm(theta - star))
            theta = step(near, theta)
        errors[eps, name] = np.array(distance)             # (9,)
        print(f"ε = {eps:4}, {name:12}:", *(f"{error:.0e}" for error in distance))
    print(f"    the factor of (2): {rates[eps]:.2f}")
measured = errors[0.05, "Gauss–Newton"]
np.testing.assert_allclose((measured[8] / measured[4]) ** 0.25, rates[0.05], rtol=0.15)
np.testing.assert_array_less(errors[0.0, "Gauss–Newton"][5], 1e-12)
np.testing.assert_array_less(errors[0.05, "Newton"][7], 1e-12)

# %% [markdown]
# Once it is near, Newton doubles the digits at each step, for every ε. Gauss–Newton does so for
# ε = 0, and otherwise gains a fixed number of digits at each step, fewer for a larger ε.
#
# ## Levenberg–Marquardt: a leash
#
# Far away, where H has negative eigenvalues, Newton's step may lead uphill; Gauss–Newton's does
# not, but must be kept short. Add μ‖δ‖²; in least squares, rows √μ I below J and zeros below r:
#
#     min_δ ‖r + Jδ‖² + μ‖δ‖²,    that is (JᵀJ + μI) δ = −Jᵀr                              (3)
#
# In words: each unit of length costs. For a large μ, δ ≈ −Jᵀr/μ = −∇L/(2μ), a short step of
# descent. For μ → 0 it is Gauss–Newton's. If the loss falls, take the step and halve μ; if not,
# stay, and double μ. Here this goes on for a number of trials. It could end where ‖∇L‖ is small, or
# where (3) promises a fall of the loss that is below its rounding: `sr.fit` ends so.


# %%
def lm_step(loss, theta, mu):
    """δ of (3), (P,), by QR."""
    r, J = loss.residuals(theta), loss.jacobian(theta)     # (R,), (R, P)
    rows = np.vstack([J, np.sqrt(mu) * np.eye(len(theta))])          # (R + P, P)
    padded = np.append(r, np.zeros(len(theta)))            # (R + P,)
    return -lstsq(rows, padded, lapack_driver="gelsy")[0]


def levenberg_marquardt(loss, theta, trials, mu=0.01):
    """θ and L after each trial."""
    history = [loss(theta)[0]]
    for _ in range(trials):
        trial = theta + lm_step(loss, theta, mu)
        value = loss(trial)[0]
        if value < history[-1]:
            theta, mu = trial, mu / 2
            history.append(value)
        else:
            mu = 2 * mu
            history.append(history[-1])
    return theta, np.array(history)


by_hand, descent = [], []
armijo = {"learning_rate": "armijo", "gtol": 0}
for start in starts:
    by_hand.append(levenberg_marquardt(loss, start, 80)[1])
    run = sr.fit(loss, start, "gradient_descent", maxiter=80, **armijo)
    descent.append(run.history)
by_hand, descent = np.array(by_hand), np.array(descent)    # (20, 81) each
for name, histories in (("Levenberg–Marquardt", by_hand), ("descent, Armijo", descent)):
    middle = np.median(histories, axis=0)
    shown = ", ".join(f"{middle[k]:.0e}" for k in (0, 10, 80))
    print(f"{name:19}: L after 0, 10, 80 trials, median of 20 starts {shown}")
lower = np.sum(by_hand[:, -1] < 1e-3 * descent[:, -1])
print(f"Levenberg–Marquardt is lower by three digits or more from {lower} of 20 starts")
short = lm_step(loss, theta_0, 1e8) * 2e8                  # μ → ∞
np.testing.assert_allclose(short, -loss(theta_0)[1], atol=1e-5)      # (3)
np.testing.assert_array_less(17, lower)

# %%
fig, (left, right) = figure(columns=2, width=4.8, height=3.6)
shown = ((0.05, "Newton"), (0.05, "Gauss–Newton"), (0.0, "Gauss–Newton"))
for i, (eps, name) in enumerate(shown):
    label = f"{name}, ε = {eps:g}"
    left.semilogy(np.maximum(errors[eps, name], 1e-16), label=label, **line_style(i))
left.set(xlabel="step", ylabel=r"$\|\theta - \theta^*\|$",
         title="Newton squares the error, with any ε")
left.set_ylim(1e-16, 1e3)
left.legend(frameon=False)
for histories, color in ((descent, COLORS[1]), (by_hand, "black")):
    right.loglog(np.arange(1, 82), histories.T, color=color, linewidth=0.8)
right.plot([], [], color=COLORS[1], label="descent with Armijo's rule")
right.plot([], [], color="black", label="Levenberg–Marquardt")
right.set(xlabel="trial", ylabel="mean Sobolev loss")
right.set(title="20 starts: the curvature pays")
right.legend(frameon=False)
save_figure(fig, "output/tutorial_12_curvature.png")

# %% [markdown]
# ## The package does the same
#
# `sr.fit(…, "lm")` is Moré's method of 1978. It measures δ in the columns' own sizes (exercise 1)
# and bounds ‖δ‖ in place of choosing μ, so that its steps are other ones. The bound is doubled
# where the loss falls nearly as (3) promised, and shrinks where it falls by a quarter of that or
# less. Near θ*, here for ε = 0, the end is the same.

# %%
start = star + 0.1 * direction                             # (P,)
ours = levenberg_marquardt(near, start, 100)[0]
package = sr.fit(near, start, "lm").x
package_error = np.abs(ours - package).max()
print(f"θ of the package and ours: {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## What you can do now
#
# 1. Which part of H does J know, and when is the other one small?
# 2. Why may h be 10⁻²⁰ in (H1), and not in a difference?
# 3. What does one step of Gauss–Newton do where u is linear in θ?
# 4. When does Gauss–Newton square the error near a minimum?
# 5. What is the step of (3) for a very large μ?
#
# <details><summary>Answers</summary>
#
# 1. It knows 2JᵀJ; the other part is small where the residuals are.
# 2. In (H1) nothing is subtracted, so that no digits cancel.
# 3. It finds the minimum, as the tangent is exact.
# 4. If the residuals are 0 there, so that Q = 0; otherwise it multiplies it by a factor.
# 5. It is a short step of descent, −∇L/(2μ).
#
# </details>
#
# ## Exercises
#
# 1. Measure the parameters in other units: θ_j = c_j ϑ_j, with numbers c_j > 0. Show that
#    Gauss–Newton takes a step to the same r + Jδ, the same step where the columns of J are
#    independent, and that (3) takes another one. Let D be the diagonal matrix
#    whose entry D_jj is the norm of column j of J. Show that with μ‖Dδ‖² in place of μ‖δ‖² the step
#    is again the same in all units.
# 2. Conjugate gradients (CG) minimise the quadratic model ∇L·δ + ½ δᵀHδ by products H v alone.
#    Begin with δ = 0, the rest q = −∇L and v = q. Repeat: if vᵀHv ≤ 0, stop; t = qᵀq/vᵀHv;
#    δ ← δ + t v; the new rest q₊ = q − t Hv; v ← q₊ + (q₊ᵀq₊/qᵀq) v; q ← q₊; stop when ‖q‖ is
#    below √‖∇L‖ · ‖∇L‖, or half of ‖∇L‖ if that is smaller. Write Newton–CG: find δ so by
#    `hessp` (δ = −∇L if the first v has vᵀHv ≤ 0), and halve it until the loss falls. How many
#    products does a step take, and how often does H bend down?
#
# Worked answers: [answers/12_use_curvature.py](answers/12_use_curvature.py).
#
# **What was simplified.** One problem and its 20 starts; p = 2. The rule for μ is the simplest
# one that works. For p ≠ 2, |r|^p is continued to complex r as (±r)^p, as tutorial 05 says.
#
# **Further reading.** J. Nocedal and S. J. Wright, *Numerical Optimization*, 2006, on
# least squares and on Newton–CG. J. J. Moré, *The Levenberg–Marquardt Algorithm: Implementation and
# Theory*, 1978. B. A. Pearlmutter, *Fast Exact Multiplication by the Hessian*, 1994.
#
# **Next:** 12b_learn_curvature, for methods that learn H from the gradients they meet.
