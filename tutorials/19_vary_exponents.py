# %% [markdown]
# # 19. Vary the exponent: p from 1 to 20
#
# **Question.** What does p do to a fit, and how is the minimum found where it is no linear system?
#
# **The paper.** Definition 3 allows any p; its gradients hold for p > 1, and for p = 1 where no
# residual is 0; its examples have p = 2. Theorem 5 asks for a global minimum by descent. For a
# model linear in θ the loss is convex in θ for every p ≥ 1, so that every local minimum is global.
# One exists, as the residuals fill a closed plane (Aθ − b for all θ), and it can be proved.
#
# **You will see.** Outliers and largest errors by p; curvature; steps of descent, of reweighted
# least squares, and a linear program for p = 1; a bound from below that proves the minimum.
#
# **You will do.** Fit with several p, write reweighted least squares, and prove a minimum by a
# bound from below.
#
# **You will need.** Tutorial 08: the matrix Φ of a [linear model](../docs/glossary.md). Tutorial
# 09: p < 2 and 2-cycles. Hölder: |Σ a_i b_i| ≤ ‖a‖_q ‖b‖_p for 1/p + 1/q = 1, with ‖b‖_p =
# (Σ|b_i|^p)^{1/p}, which for p = 2 is Cauchy and Schwarz. 40 minutes.

# %%
import numpy as np
from scipy.optimize import linprog

import sobolev_ref as sr
from sobolev_ref.plots import figure, label_ends, line_style, save_figure

# %% [markdown]
# ## What p does
#
# 40 values of sin 2x, small noise, and four of them wrong by 2. A polynomial of degree 5. With
# p = 1 a residual counts by its size, with p = 2 by its square, and with p = 20 hardly at all
# beside the largest.

# %%
rng, N = np.random.default_rng(0), 40
x, grid = np.linspace(-1, 1, N), np.linspace(-1, 1, 400)
values = np.sin(2 * x) + 0.02 * rng.normal(size=N)
values[[5, 14, 23, 33]] += 2
model, points = sr.LinearModel.polynomial(5, [(-1, 1)]), sr.samples(x)


def loss_of(p, data=values):
    return sr.SobolevLoss(model, {(0,): data}, points, p=p)


fits = {p: sr.solve_convex(loss_of(p)) for p in (1, 1.2, 2, 4, 20)}
off, largest = {}, {}
for p, fit in fits.items():
    r = model(fit.x, x)[:, 0] - values                     # (N,)
    off[p] = np.abs(model(fit.x, grid)[:, 0] - np.sin(2 * grid)).max()
    largest[p] = np.abs(r).max()
    print(f"p = {p:4}: sup |u_θ − sin 2x| = {off[p]:.3f}", end=", ")
    print(
        f"largest residual {largest[p]:.3f}, zeros {np.sum(np.abs(r) < 1e-9)}", end="; "
    )
    print(f"{fit.nit} steps")
np.testing.assert_array_less(5 * off[1], off[2])
nearer = 0
for seed in range(20):
    drawn = np.sin(2 * x) + 0.02 * np.random.default_rng(seed).normal(size=N)
    drawn[np.random.default_rng(seed).permutation(N)[:4]] += 2       # four wrong ones
    u_1, u_2 = (model(sr.solve_convex(loss_of(p, drawn)).x, grid)[:, 0] for p in (1, 2))
    sup_1, sup_2 = (np.abs(u - np.sin(2 * grid)).max() for u in (u_1, u_2))
    nearer += sup_1 < sup_2 / 5
print(f"p = 1 is five times nearer to sin 2x than p = 2 in {nearer} of 20 draws")
np.testing.assert_array_less(15, nearer)
np.testing.assert_array_less(np.diff(list(largest.values())), 1e-9)

# %% [markdown]
# p = 1 hardly sees the outliers, in this draw and in others: it goes through six points, as many as
# the model has numbers, and how far away the others are does not move it. Large p makes the largest
# residual small, and the fit is then that of the outliers.
#
# ## What descent meets
#
# One row for each value: A_i = w_i^{1/p} φ(x_i), b_i = w_i^{1/p} y_i. With r = Aθ − b
#
#     L = Σ |r_i|^p,    ∇L = p Aᵀφ_p(r),    ∇²L = p (p − 1) Aᵀ diag(|r|^{p−2}) A           (1)
#
# For p > 2 the curvature goes to zero with the residual, and grows without limit far out: there is
# no L, not even for u_θ = θ. For p < 2 it is infinite at r = 0. Take u_θ = θ, u = 0, p = 4,
# η = 0.01:

# %%
paths = {}
for start in (6.0, 7.0, 10.0):
    theta, path = start, [start]
    for _ in range(6):
        theta = theta - 0.01 * 4 * theta**3                # (D7) for L = θ⁴
        path.append(theta)
    paths[start] = np.array(path)
    print(f"θ_0 = {start:4}:", *(f"{value:.3g}" for value in path[:5]))
np.testing.assert_array_less(np.abs([paths[6.0][-1], paths[7.0][-1]]), 6)
np.testing.assert_array_less(1e100, np.abs(paths[10.0][-1]))

# %% [markdown]
# The same step converges from |θ_0| < √50, and explodes from above it. Near the minimum it crawls.
#
# ## Reweighted least squares
#
# By (1) ∇L = p Σ_i h_i r_i A_i with h_i = |r_i|^{p−2}: as for p = 2 with weights. Fix the h_i,
# solve, repeat: this is IRLS. Newton's step on L divides the change by p − 1, as by (1)
# ∇²L = (p − 1) p Aᵀ diag(h) A:
#
#     δ = argmin Σ_i h_i (A_i δ + r_i/(p − 1))²,    θ ← θ + δ                              (P1)
#
# In words: each step is a least-squares problem, in which large residuals count more for p > 2 and
# less for p < 2.
#
# In the direction of an error e IRLS leaves (2 − p) e, where the factor of Newton is 0. So near
# the minimum both work for 1 < p < 3; at p = 3 IRLS can jump from side to side for ever, and for
# p > 3 it leaves the minimum, as |2 − p| > 1, and here ends in a 2-cycle, far from it.

# %%
A = np.hstack([model(e, x) for e in np.eye(6)])            # φ_j(x_i), (N, P)
A, b, plain = A / N ** (1 / 5), values / N ** (1 / 5), {}  # w_i = 1/N, p = 5
for name, divide in (("IRLS", 1.0), ("Newton", 4.0)):
    theta, history = np.linalg.lstsq(A, b, rcond=None)[0], []
    for _ in range(30):
        r = A @ theta - b
        history.append(np.sum(np.abs(r) ** 5))
        root = np.abs(r) ** 1.5                            # √h_i
        theta = (
            theta
            + np.linalg.lstsq(root[:, None] * A, -root * r / divide, rcond=None)[0]
        )
    plain[name] = np.array(history)
best = sr.solve_convex(loss_of(5))
for name, history in plain.items():
    after = ", ".join(f"{history[k] - best.fun:.1e}" for k in (1, 5, 28, 29))
    print(f"{name:6}: L − L* after 1, 5, 28, 29 steps: {after}")
np.testing.assert_allclose(plain["Newton"][-1], best.fun, rtol=1e-10)
np.testing.assert_array_less(10 * best.fun, plain["IRLS"][-1])

# %% [markdown]
# The package's `solve_convex` takes Newton's step, halved until the loss falls,
# and puts r² + ε² for r², with ε → 0. Against descent with Armijo's rule, and with the condition
# number κ of ∇²L at the minimum:

# %%
descents, solved = {}, {}
for p in (1.1, 1.5, 2, 5, 20):
    solved[p] = sr.solve_convex(loss_of(p))
    run = sr.fit(
        loss_of(p),
        np.zeros(6),
        "gradient_descent",
        learning_rate="armijo",
        gtol=0,
        maxiter=2000,
    )
    descents[p] = run.history / solved[p].fun - 1          # how far above the minimum
    k = np.argmax(descents[p] < 1e-6) or "more than 2000"
    print(
        f"p = {p:4}: κ = {solved[p].condition:8.1f}; to 1e-6 above the minimum", end=" "
    )
    print(f"descent takes {k} steps, solve_convex {solved[p].nit} in all")
np.testing.assert_array_less(
    [1e-5, 100], [descents[1.1][-1], solved[1.1].condition / 100]
)
np.testing.assert_array_less([descents[p][-1] for p in (1.5, 2, 5, 20)], 1e-6)
near = np.abs(model(solved[1.1].x, x)[:, 0] - values)      # |r| for p = 1.1, (N,)
small = [int(np.sum(near < size)) for size in (1e-4, 1e-5)]
print(f"p = 1.1: {small[0]} residuals are below 1e-4, {small[1]} below 1e-5")
np.testing.assert_equal(small, [4, 3])

# %% [markdown]
# Where no residual is near zero descent is not bad: the basis is a good one, and η is found anew at
# every step. For p = 1.1 four residuals are below 1e-4, three of them below 1e-5, and |r|^{p−2},
# their part of the curvature (1), is then above 10^{3.6} and 10^{4.5}.
#
# ## How do we know that it is the minimum?
#
# For any v with Aᵀv = 0, vᵀ(Aθ − b) = −vᵀb at **every** θ, so by Hölder's inequality,
# 1/p + 1/q = 1,
#
#     ‖Aθ − b‖_p ≥ |vᵀb| / ‖v‖_q                                                           (P2)
#
# In words: no θ at all can come below the right side.
#
# That is a bound of the loss from below, from one vector. At the minimum ∇L = 0 says Aᵀφ_p(r) = 0,
# so v = φ_p(r) will do, and then both sides are equal. By hand, for p = 5:

# %%
r = A @ best.x - b
v = np.sign(r) * np.abs(r) ** 4                            # φ_p(r)
v = v - A @ np.linalg.lstsq(A, v, rcond=None)[0]           # what rounding left of Aᵀv
lower = np.abs(v @ b) / np.sum(np.abs(v) ** 1.25) ** 0.8   # q = 5/4
print(f"L^(1/p) = {best.fun ** 0.2:.12f}, bound {lower:.12f}", end="; ")
print(f"the package's gap {best.gap:.0e}")
np.testing.assert_allclose(lower, best.fun**0.2, rtol=1e-10)
np.testing.assert_array_less(best.gap, 1e-10)

# %% [markdown]
# ## p = 1 is a linear program
#
# Minimise Σ s_i with −s ≤ Aθ − b ≤ s: a linear sum under linear inequalities, hence the name. (One
# s for all residuals makes the largest one least, p = ∞.) By (P2) with q = ∞ the loss is nowhere
# below vᵀb for a v with Aᵀv = 0, |v_i| ≤ 1. To maximise vᵀb over these v is a linear program too,
# the dual of the first, and what it finds is equal:

# %%
A_1, b_1 = A * N ** (1 / 5) / N, values / N                # p = 1
eye, free = np.eye(N), [(None, None)] * 6 + [(0, None)] * N
primal = linprog(np.r_[np.zeros(6), np.ones(N)], np.block([[A_1, -eye], [-A_1, -eye]]),
                 np.r_[b_1, -b_1], bounds=free)
dual = linprog(-b_1, A_eq=A_1.T, b_eq=np.zeros(6), bounds=(-1, 1))
print(
    f"primal {primal.fun:.10f}, dual {-dual.fun:.10f}, solve_convex {fits[1].fun:.10f}"
)
np.testing.assert_allclose([primal.fun, -dual.fun], fits[1].fun, rtol=1e-8)

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.6, height=3.2)
left.plot(x, values, "o", color="0.5", markersize=4)
for i, p in enumerate((1, 2, 20)):
    look = line_style(i, marker=False) | {"label": f"p = {p}"}
    left.plot(grid, model(fits[p].x, grid)[:, 0], **look)
    right.plot(np.sort(np.abs(model(fits[p].x, x)[:, 0] - values)), **look)
left.set(xlabel="x", ylabel=r"$u_\theta$", title="p = 1 leaves outliers alone")
right.set(
    xlabel="residuals in order",
    ylabel="$|r_i|$",
    title="large p makes the residuals alike",
)
above_by = plain | {"descent": (descents[5] + 1) * best.fun}
for i, (name, history) in enumerate(above_by.items()):
    above = np.maximum(history - best.fun, 1e-17)
    below.loglog(
        np.arange(1, len(history) + 1), above, label=name, **line_style(i, marker=False)
    )
below.set(
    xlabel="step, p = 5", ylabel="$L - L^*$", title="Newton gets there, IRLS does not"
)
left.legend(frameon=False)
label_ends(right)
label_ends(below)
rest.remove()
save_figure(fig, "output/tutorial_19_exponents.png")

# %% [markdown]
# ## What you can do now
#
# 1. Which p leaves outliers alone, and why?
# 2. Why is there no L for p = 4, and what does that do to a fixed step?
# 3. By what does Newton's step differ from one of IRLS?
# 4. How can one vector v prove that no θ has a smaller loss?
# 5. Which v is best, and why is Aᵀv = 0 for it?
#
# <details><summary>Answers</summary>
#
# 1. p = 1: a residual counts by its size, and its pull does not grow with the distance.
# 2. The curvature grows without limit; far out any fixed step is too long, and explodes.
# 3. It is divided by p − 1.
# 4. vᵀ(Aθ − b) is the same at every θ, and Hölder bounds ‖Aθ − b‖_p by it from below.
# 5. φ_p(r) at the minimum; ∇L = p Aᵀφ_p(r) = 0 there.
#
# </details>
#
# ## Exercises
#
# 1. Show that one step of IRLS multiplies a small error by 2 − p, and so converges for 1 < p < 3.
#    Check the factor for p = 1.5 and p = 2.5.
# 2. For p = 1, move one outlier from 2 to 2000. By how much does the fit change? And for p = 2?
#
# Worked answers: [answers/19_vary_exponents.py](answers/19_vary_exponents.py).
#
# **What was simplified.** Values alone: slopes are more rows, each over its noise (tutorial 13b).
# For models that are not linear in θ a minimum need not be the global one.
#
# **Further reading.** S. Boyd and L. Vandenberghe, *Convex Optimization*, 2004, chapters 5 and 6:
# duals and norms. Å. Björck, *Numerical Methods for Least Squares Problems*, 1996. P. J. Huber,
# *Robust Statistics*, 1981: outliers.
#
# **Next:** 20_read_package, from the plain lines to the fast ones.
