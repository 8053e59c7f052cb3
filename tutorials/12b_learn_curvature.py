# %% [markdown]
# # 12b. Learn the curvature from gradients
#
# **Question.** A gradient is cheap and the Hessian is not. How much of the Hessian do the gradients
# of a run tell, and which method is how low after how many seconds?
#
# **The paper.** It compares no methods. By method the losses at the end differ by many powers of
# ten.
#
# **You will see.** What a matrix made of gradients alone does, with a scale and without, from 20
# starts; the losses of six methods from 20 starts, by step and by second.
#
# **You will do.** Write a quasi-Newton method in a few lines, and race it against others.
#
# **You will need.** Tutorial 12: the Hessian H, H v, Levenberg–Marquardt ("lm"). A matrix G is
# positive definite if zᵀGz > 0 for every z ≠ 0; then −G∇L leads downhill, as −∇LᵀG∇L < 0.
# 40 minutes.

# %%
import numpy as np
from scipy.optimize import line_search

import sobolev_ref as sr
from sobolev_ref.optimize import quasi_newton as package
from sobolev_ref.plots import figure, line_style, save_figure

net, rule = sr.MLP((1, 8, 1)), sr.gauss_legendre([(0, 5)], 64).mean()
loss = sr.SobolevLoss(net, lambda x: np.exp(-x), rule)     # as in tutorial 12
starts = [net.init(seed) for seed in range(20)]            # (P,) each, P = 25

# %% [markdown]
# ## What two gradients tell
#
# On the way from θ to θ + s the gradient changes by
#
#     y = ∇L(θ + s) − ∇L(θ) = ∫₀¹ H(θ + ts) s dt                                           (1)
#
# In words: the difference of two gradients is the mean of H along the way, times the step. (It is
# the fundamental theorem of calculus for t ↦ ∇L(θ + ts), whose derivative is H s.) Check it by ten
# Gauss points in t, with H s by `hessp` of tutorial 12.

# %%
theta = starts[0]                                          # (P,)
s = -0.05 * loss(theta)[1]                                 # a step of descent, (P,)
y = loss(theta + s)[1] - loss(theta)[1]                    # (P,)
line = sr.gauss_legendre([(0, 1)], 10)
mean_Hs = np.zeros_like(s)
for t, weight in zip(line.nodes[:, 0], line.weights):
    mean_Hs += weight * loss.hessp(theta + t * s, s)       # (1), (P,)
secant_error = np.abs(mean_Hs - y).max() / np.abs(y).max()
print(f"y against the mean of H s: {secant_error:.0e}")
np.testing.assert_array_less(secant_error, 1e-9)

# %% [markdown]
# ## BFGS
#
# Let a matrix G stand for H⁻¹. (The package's formulas call it H.) The method of Broyden, Fletcher,
# Goldfarb and Shanno steps along −G∇L, and then changes G so that it knows what the step told: G₊
# is to map the y that was found to the s that made it,
#
#     G₊ y = s                                                                             (Z1)
#
# which is called the secant equation.
# Let ρ = 1/(sᵀy). The change is
#
#     G₊ = (I − ρ s yᵀ) G (I − ρ y sᵀ)/τ + ρ s sᵀ,    with τ = 1 for BFGS                  (Z2)
#
# In words: take out of G what it said of y, and put in what was found. (Z1) holds, and G₊ is
# positive definite if G is, τ > 0 and sᵀy > 0.
#
# **Proof (may be left out).** Apply (Z2) to y. The right factor of the first part gives
# (I − ρ y sᵀ) y = y − y (ρ sᵀy) = 0, so that nothing of the first part is left, for any τ; the
# second part gives ρ s (sᵀy) = s. And zᵀG₊z is qᵀGq/τ for q = (I − ρ y sᵀ) z, plus ρ (sᵀz)², and
# the two are 0 together for z = 0 alone.
#
# Where sᵀy ≤ 0, L does not bend up along s in the mean, and no positive definite G₊ has (Z1), as
# yᵀG₊y = sᵀy. A line search keeps away from it: downhill it goes on until the slope has risen,
# ∇L(θ + s)·s > ∇L(θ)·s, which is sᵀy > 0. This, with a share of ∇L(θ)·s in place of the whole, and
# a descent that is enough, are Wolfe's conditions. SciPy's search gives a length α that meets them.
#
# ## One scale more
#
# How good was G? Along s it expected the curvature sᵀG⁻¹s, and found sᵀy. The quotient is
#
#     b = sᵀG⁻¹s / sᵀy                                                                     (2)
#
# and costs nothing: as s = −αG∇L, G⁻¹s is −α∇L. If b > 1, what G believes is too steep along s, and
# it is likely to be so in other directions too. BFGS mends the one direction that was measured.
# **Self-scaled BFGS** mends all of them, by τ = 1/b where b > 1.


# %%
def updated(G, s, y, tau):
    """(Z2)."""
    rho, Gy = 1 / (s @ y), G @ y                           # (), (P,)
    first = G - rho * (np.outer(s, Gy) + np.outer(Gy, s))
    first += rho**2 * (y @ Gy) * np.outer(s, s)            # (I − ρsyᵀ) G (I − ρysᵀ)
    return first / tau + rho * np.outer(s, s)


def bfgs(loss, theta, steps, scaled):
    """L after each step, and the largest entry of G₊y − s over all steps."""
    G = np.eye(len(theta))
    value, g = loss(theta)
    history, secant = [value], 0.0
    for _ in range(steps):
        way = -G @ g                                       # (P,)
        fun, jac = (lambda t: loss(t)[0]), (lambda t: loss(t)[1])
        alpha = line_search(fun, jac, theta, way, g, value)[0]
        if alpha is None:                                  # rounding hides what is left
            break
        s = alpha * way
        value, new = loss(theta + s)
        y = new - g
        b = -alpha * (g @ s) / (s @ y)                     # (2)
        tau = 1 / b if scaled and b > 1 else 1.0
        G = updated(G, s, y, tau)
        secant = max(secant, np.abs(G @ y - s).max())
        theta, g = theta + s, new
        history.append(value)
    history += [value] * (steps + 1 - len(history))
    return np.array(history), secant


found = {"BFGS": [], "self-scaled": []}
worst = 0.0
for name, histories in found.items():
    for start in starts:
        history, secant = bfgs(loss, start, 60, name == "self-scaled")
        histories.append(history)
        worst = max(worst, secant)
    middle = np.median(histories, axis=0)                  # (61,)
    shown = ", ".join(f"{middle[k]:.0e}" for k in (0, 30, 60))
    print(f"{name:11}: L after 0, 30, 60 steps, median of 20 starts {shown}")
ends = {name: np.array(histories)[:, -1] for name, histories in found.items()}
lower = np.sum(ends["self-scaled"] < ends["BFGS"])
print(f"G₊y = s to {worst:.0e}; self-scaled is lower from {lower} of 20 starts")
np.testing.assert_array_less(worst, 1e-8)                  # (Z1)
np.testing.assert_array_less(17, lower)
middle = {name: np.median(end) for name, end in ends.items()}
np.testing.assert_array_less(10 * middle["self-scaled"], middle["BFGS"])

# %% [markdown]
# One division more, and it is lower by a digit or more in the median. Far from a minimum L is
# steeper than near it, and what G learnt there must be unlearnt.
#
# Multiply (Z2) out, and sort its first part by v = s/sᵀy − Gy/yᵀGy. This gives the same matrix, for
# φ = 1, as
#
#     G₊ = (G − Gy yᵀG/yᵀGy + φ yᵀGy v vᵀ)/τ + ρ s sᵀ                                      (3)
#
# As vᵀy = 0, the part with φ maps y to 0. So (Z1) holds for every number φ, and not for φ = 1
# alone. In words: a second number is free, beside the scale τ. **Self-scaled Broyden** chooses it
# too, from b and yᵀGy/sᵀy. (In the package the tag (Z2) stands for (3), of which our (Z2) is the
# case φ = 1.) `sr.quasi_newton` has all three methods, self-scaled Broyden unless told otherwise,
# and its module derives them. A step costs a gradient and a few passes over the P² numbers of G: no
# J is needed, and any exponent p of the loss will do.
#
# ## The others
#
# - **L-BFGS** keeps no matrix but the last pairs (s, y), here 30, and makes its step of them
#   (exercise 1; why 30, see below). It serves where P² numbers are too many.
# - **Newton–CG** solves Hδ = −∇L by conjugate gradients (exercise 2 of tutorial 12). It needs
#   neither J nor p = 2.
# - **[Adam](../docs/glossary.md)** of tutorial 06 divides each entry of its step by the root of a
#   mean of squared gradients: one number for each parameter, and no direction between them.
#
# We run them all through `fit`, from the same 20 starts. Their numbers of steps are chosen so that
# each takes about the same time.

# %%
budget = {
    "gradient_descent": (150, {"learning_rate": "armijo", "gtol": 0}),
    "adam": (250, {"learning_rate": 0.01, "gtol": 0}),
    "Newton-CG": (30, {}),
    "L-BFGS-B": (200, {}),
    "lm": (100, {}),
    "quasi_newton": (150, {}),
}                                                          # steps and options
middle, clock, last = {}, {}, {}
for name, (steps, options) in budget.items():
    histories, times = [], []
    for start in starts:
        run = sr.fit(loss, start, name, maxiter=steps, **options)
        missing = steps + 1 - len(run.history)             # a run may end before
        histories.append(np.pad(run.history, (0, missing), "edge"))
        times.append(np.pad(run.time_history, (0, missing), "edge"))
    middle[name] = np.median(histories, axis=0)            # (steps + 1,)
    clock[name] = np.median(times, axis=0)
    last[name] = np.array(histories)[:, -1]                # (20,)
    low, high = last[name].min(), last[name].max()
    print(f"{name:16} {steps:3} steps, {clock[name][-1]:.2f} s:", end=" ")
    print(f"L = {middle[name][-1]:.0e}, from {low:.0e} to {high:.0e}")
order = np.argsort([last[name] for name in budget], axis=0)          # (6, 20)
for name in ("quasi_newton", "lm"):
    lowest = np.sum(order[0] == list(budget).index(name))
    print(f"{name} is the lowest of the six from {lowest} of 20 starts")
for name in ("lm", "quasi_newton"):
    gap = np.log10(last["adam"] / last[name])              # digits, (20,)
    print(f"{name} is lower than Adam by {gap.min():.1f} to {gap.max():.1f} digits")
    np.testing.assert_array_less(3, gap)
np.testing.assert_array_less(1e3 * middle["lm"][-1], middle["gradient_descent"][-1])
np.testing.assert_array_less(middle["quasi_newton"][-1], middle["L-BFGS-B"][-1])

# %% [markdown]
# In about the same time, Levenberg–Marquardt and self-scaled Broyden end lower than Adam by several
# digits from each of the 20 starts. The steps of the first are dear: J has RP numbers, and a step
# costs some RP² operations. Those of the second are cheap, though it learns over many steps what J
# shows at once.
#
# That is one problem with one network. docs/methods.md holds six problems to the same question.
# What follows from the costs holds for all of them: a method that keeps P² numbers ends at some
# thousand parameters, where L-BFGS remains, and one that needs all residuals ends where nodes are
# so many that only a few at a time will do, where Adam remains.
#
# On a sine, in the median of ten starts and on one core with AVX-512, self-scaled Broyden has 30
# units at a loss of 10⁻¹⁰ in 0.11 s and of 10⁻¹⁵ in 0.61 s, two layers of 30 in 0.36 s and 1.2 s.
# These times are from the first table of [docs/methods.md](../docs/methods.md), which says how they
# were measured.

# %%
fig, axes = figure(columns=2, width=4.8, height=4.0)
for i, name in enumerate(budget):
    look = line_style(i) | {"markevery": 0.12}
    steps = np.arange(1, len(middle[name]))
    axes[0].loglog(steps, middle[name][1:], label=name, **look)
    axes[1].loglog(clock[name][1:], middle[name][1:], label=name, **look)
ahead = min(middle, key=lambda name: middle[name][20])
axes[0].set(xlabel="step", title=f"by step: after 20, {ahead} is lowest")
axes[1].set(xlabel="seconds", title="by time: curvature wins")
for ax in axes:
    ax.set_ylabel("mean Sobolev loss, median of 20 starts")
    ax.legend(frameon=False, loc="lower left")
save_figure(fig, "output/tutorial_12b_methods.png")

# %% [markdown]
# ## How many pairs?
#
# Why may L-BFGS forget all pairs but the last? By (1) a pair tells of H where θ was, and H changes
# along the way: old pairs tell of another matrix. And pairs cost. The two loops of exercise 1 keep
# 2P numbers a pair and multiply 4P times for each: for 30 pairs 60P and 120P, where G has P²
# numbers. (That is less for P above 120. Our P = 25 is too small to save anything, and shows only
# what pairs tell.) We measure both sides: how far H was from what it is at step 200, and how low L
# is after 200 steps with 3, 10, 30 and 100 pairs.

# %%
apart = []                                                 # of H, as a share of ‖H‖
for start in starts:
    path = [start]                                         # θ after each step

    def keep(intermediate_result):
        path.append(intermediate_result.x.copy())

    sr.fit(loss, start, "L-BFGS-B", maxiter=200, callback=keep)
    H = loss.hessian(path[-1])                             # (P, P)
    before = [loss.hessian(path[max(len(path) - 1 - n, 0)]) for n in (30, 100, 200)]
    apart.append([np.linalg.norm(H - H_n) / np.linalg.norm(H) for H_n in before])
shown = ", ".join(f"{share:.0%}" for share in np.median(apart, axis=0))
print(f"H has changed in 30, 100 and all steps by {shown}, medians of 20")
by_pairs = {}
for pairs in (3, 10, 30, 100):
    options = {"maxiter": 200, "maxcor": pairs}
    runs = [sr.fit(loss, start, "L-BFGS-B", **options) for start in starts]
    by_pairs[pairs] = np.array([run.fun for run in runs])  # (20,)
    print(f"{pairs:3} pairs: L = {np.median(by_pairs[pairs]):.0e} after 200 steps")
lower_by_10 = np.sum(by_pairs[10] < by_pairs[3])
print(f"10 pairs end lower than 3 from {lower_by_10} of 20 starts")
np.testing.assert_array_less(17, lower_by_10)

# %% [markdown]
# A pair that is 30 steps old tells of nearly the same H, and the first one of quite another. From 3
# pairs to 10 the loss falls by digits, from 10 to 30 by a factor of two or so, and beyond 30 little
# is left to gain. No theorem says 30: it is a choice, and these runs are what it rests on here.
# (SciPy takes 10 unless told otherwise, `fit` takes 30.)
#
# ## The package does the same
#
# One update by the package's lines and by ours, and by (3). (The package keeps one triangle of a
# symmetric matrix.)

# %%
rng = np.random.default_rng(0)
M = rng.normal(size=(25, 25))
G = (M @ M.T + np.eye(25)) / 100                           # some positive definite G
s = rng.normal(size=25)
y = loss.hessian(starts[0]) @ s
y = y if s @ y > 0 else -y                                 # sᵀy > 0
sBs = s @ np.linalg.solve(G, s)
b = sBs / (s @ y)                                          # (2)
ours = updated(G, s, y, 1 / b if b > 1 else 1.0)
upper = package.updated(np.asfortranarray(G), s, y, sBs, package.self_scaled_bfgs)
theirs = np.triu(upper) + np.triu(upper, 1).T              # the other half
package_error = np.abs(ours - theirs).max() / np.abs(theirs).max()
print(f"b = {b:.2g}; one update, the package's against ours: {package_error:.0e}")
tau, Gy = 1 / b if b > 1 else 1.0, G @ y
yGy = y @ Gy
v = s / (s @ y) - Gy / yGy                                 # (P,)
for phi in (1.0, 0.5):
    first = G - np.outer(Gy, Gy) / yGy + phi * yGy * np.outer(v, v)
    by_3 = first / tau + np.outer(s, s) / (s @ y)          # (3), (P, P)
    differ = np.abs(by_3 - ours).max() / np.abs(ours).max()
    off = np.abs(by_3 @ y - s).max() / np.abs(s).max()     # (Z1)
    print(f"φ = {phi}: (3) against ours {differ:.0e}, G₊y against s {off:.0e}")
    np.testing.assert_array_less(off, 1e-10)
np.testing.assert_array_less(package_error, 1e-12)

# %% [markdown]
# ## What you can do now
#
# 1. What is y, in words, and what does it cost?
# 2. Why does (Z1) hold for every τ in (Z2)?
# 3. What does sᵀy > 0 give, and who sees to it?
# 4. What does self-scaling do where b > 1, and why?
# 5. Which of quasi-Newton and Levenberg–Marquardt needs p = 2?
#
# <details><summary>Answers</summary>
#
# 1. The mean of H along the step, times the step; two gradients, which the run has anyway.
# 2. The first part of (Z2) maps y to 0, and so does a multiple of it.
# 3. It keeps G positive definite, so that −G∇L leads downhill; the line search sees to it.
# 4. It makes all of G larger, since what was too steep along s may be too steep elsewhere.
# 5. Levenberg–Marquardt: it needs a sum of squares.
#
# </details>
#
# ## Exercises
#
# 1. L-BFGS keeps pairs (s, y) and no matrix. Its G starts as γI, with γ = sᵀy/yᵀy of the last pair,
#    and is changed by (Z2) with τ = 1 for one pair after the other, the oldest first. Compute G q
#    for a vector q with scalar products alone, in two loops. In (Z2) the factor (I − ρ y sᵀ) of the
#    newest pair meets q first. So the first loop goes from the newest pair to the oldest, keeps
#    α = ρ sᵀq for each, and puts q − α y in the place of q. Then q is multiplied by γ. The second
#    loop goes back, from the oldest to the newest. For each pair the left factor (I − ρ s yᵀ) and
#    the part ρ s sᵀ, which met the q of before, together add one multiple of s to q: which, with
#    the α that was kept? Show G y = s for the last pair. Minimise the loss above with it, halving
#    each step from 1 until the loss falls; leave out pairs with sᵀy ≤ 0, and take γ = 1 before the
#    first.
# 2. As each G starts from γI, the units of the parameters matter. `sr.fit(…, x_scale="layers")`
#    measures all weights of a layer, and all its biases, in a unit of their own. Fit sin on
#    (−2π, 2π) with `sr.MLP((1, 30, 1))` by "L-BFGS-B" for 1500 steps, from three starts. What do
#    the units gain?
#
# Worked answers: [answers/12b_learn_curvature.py](answers/12b_learn_curvature.py).
#
# **What was simplified.** One problem; the first G, which the package scales. For mini-batches
# none of this holds as it stands: y is then a difference of the gradients of two losses.
#
# **Further reading.** J. Nocedal and S. J. Wright, *Numerical Optimization*, 2006, on quasi-Newton
# methods. D. C. Liu and J. Nocedal, *On the Limited Memory BFGS Method for Large Scale
# Optimization*, 1989. M. Al-Baali, *Numerical Experience with a Class of Self-Scaling Quasi-Newton
# Algorithms*, 1998.
#
# **Next:** 13_fit_data, where the target is a table of measurements.
