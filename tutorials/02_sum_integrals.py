# %% [markdown]
# # 2. Sum integrals: quadrature over Ω, and what a mean over points gets wrong
#
# **Question.** The loss is an integral over Ω, the code adds up values at points. Which points,
# with which weights, and how large is the error?
#
# **The paper.** Definitions 3 to 5 are integrals; Algorithm 1 computes means over N points that it
# does not specify. Here N, the points x_i and weights w_i are a choice with an error,
#
#     ∫_Ω f(x) dx ≈ Σ_{i=1}^N w_i f(x_i)                                                    (Q1)
#
# In words: evaluate at N points, multiply each value by the share of Ω that its point stands for,
# and add up.
#
# **You will see.** The bias of a mean over a grid; how the error of five rules falls with N, also
# with a kink, or more variables; what a network learns from too few nodes.
#
# **You will do.** Write rules as nodes and weights, measure how their errors fall, and train a
# network on few nodes.
#
# **You will need.** Integrals; Taylor's theorem, by which a smooth function near a point c is
# f(c) + f′(c)(x − c) + f″(c)(x − c)²/2 plus less; arrays in NumPy. What a loss is and how it is
# made small, from [tutorial 0](00_fit_slopes.py). Symbols stand in the
# [glossary](../docs/glossary.md). 45 minutes.

# %%
import numpy as np
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, TRUE, figure, line_style, save_figure


def slope(n, error):
    """The exponent q of the best fit error ≈ C nᑫ, a line on logarithmic axes."""
    return float(np.polyfit(np.log(n), np.log(error), 1)[0])


def f(x):
    return 2 * np.exp(-2 * x)                              # (e^{−x})² + (−e^{−x})²


exact = 1 - np.exp(-10)                                    # ∫ f dx over Ω = [0, 5]

# %% [markdown]
# ## A rule is nodes and weights
#
# The midpoint rule cuts Ω into N cells of width h = |Ω|/N, where |Ω| is Ω's length, and takes the
# value in the middle of each; each weight is h. A `Quadrature` holds nodes of shape (N, d), here
# d = 1, and weights of shape (N,). The weights add up to |Ω|, the integral of 1.

# %%
N, h = 100, 5 / 100                                        # cells, their width |Ω|/N
centres = (np.arange(N) + 0.5) * h                         # x_i, (N,)
by_hand = np.sum(h * f(centres))                           # Σ w_i f(x_i) (Q1)
rule = sr.midpoint([(0, 5)], N)                            # x_i (N, 1), w_i (N,)
print(f"nodes {rule.nodes.shape}, weights {rule.weights.shape}, "
      f"of sum {rule.weights.sum():.1f}")
print(f"∫ f dx = {exact:.6f}; midpoint by hand {by_hand:.6f}, "
      f"package {rule.integrate(f):.6f}")
np.testing.assert_allclose(by_hand, rule.integrate(f), rtol=1e-13)

# %% [markdown]
# ## Integral or mean
#
# Algorithm 1 has 1/N in place of w_i: it estimates the mean |Ω|⁻¹ ∫ f dx, not ∫ f dx. `rule.mean()`
# does so for any rule: it divides the weights by their sum. The two losses have the same
# minimisers, and gradients that differ by the factor |Ω|, here 5; the learning rate that suits the
# mean is |Ω| times as large.
#
# Where points are given and not chosen, as in data, `sr.samples(x)` gives each of the N points the
# weight 1/N. A value or slope that was not measured (NaN, tutorial 13) only takes its own term out
# of the loss: N still counts all points.
#
# Our example is a small network u_θ with P parameters θ (tutorial 3 opens it).
# `SobolevLoss` puts a network, a target u and a rule together to L(θ) = ∫ (u_θ − u)² + (u_θ′ − u′)²
# dx. Called with θ, it returns L(θ) and ∇L(θ).

# %%
net = sr.MLP((1, 8, 1))
theta = net.init(0)                                        # some θ, (P,)
_, of_integral = sr.SobolevLoss(net, lambda x: np.exp(-x), rule)(theta)        # (P,)
_, of_mean = sr.SobolevLoss(net, lambda x: np.exp(-x), rule.mean())(theta)     # (P,)
factors = of_integral / of_mean                            # entry by entry, (P,)
print("integral's gradient / mean's gradient:", factors.min(), "to", factors.max())
np.testing.assert_allclose(factors, 5, rtol=1e-9)

# %% [markdown]
# ## The mean over a grid with both ends
#
# The points of `np.linspace(0, 5, N)` and their plain mean are the obvious way to code Algorithm 1,
# and a biased one. N points bound N − 1 cells, h = |Ω|/(N − 1). The trapezoidal rule T weighs the
# two ends by h/2 and the others by h. Hence Σ f(x_i) = T/h + (f(0) + f(5))/2. Divide by N, T ≈ ∫f:
#
#     (1/N) Σ f(x_i) − |Ω|⁻¹ ∫ f dx ≈ ((f(0) + f(5))/2 − |Ω|⁻¹ ∫ f dx) / N                   (1)
#
# In words: the ends count double, an error that falls only like 1/N. In the table it is 4 % at
# N = 100, where the midpoint rule, with the same work, is about 100 times better.

# %%
counts, mean = np.array([100, 200, 400, 800]), exact / 5   # N (4,), |Ω|⁻¹ ∫ f dx
grid_means, midpoint_means = np.zeros(4), np.zeros(4)
for i, n in enumerate(counts.tolist()):
    grid_means[i] = np.mean(f(np.linspace(0, 5, n)))       # (1/N) Σ f(x_i)
    midpoint_means[i] = sr.midpoint([(0, 5)], n).mean().integrate(f)
predicted_bias = ((f(0) + f(5)) / 2 - mean) / counts       # (1), (4,)
print(f"true mean {mean:.6f}")
print("  N    grid     midpoint   N × (grid − true), by (1)")
for i, n in enumerate(counts):
    print(f"{n}   {grid_means[i]:.4f}   {midpoint_means[i]:.6f}   "
          f"{n * (grid_means[i] - mean):.3f}, {n * predicted_bias[i]:.3f}")
ratio = (grid_means[0] - mean) / (mean - midpoint_means[0])
np.testing.assert_allclose(ratio, 100, rtol=0.05)
np.testing.assert_allclose(grid_means[0], 0.2082, atol=5e-5)
np.testing.assert_allclose(grid_means - mean, predicted_bias, rtol=0.05)

# %% [markdown]
# ## How fast the error falls
#
# In a cell of width h around its centre c, f(x) = f(c) + f′(c)(x − c) + f″(c)(x − c)²/2 + …. The
# linear term integrates to 0; the next one leaves an error like h³ in each of 1/h cells, like h² in
# all: order 2. Simpson's rule fits a parabola to each pair of cells and has order 4. Gauss places N
# nodes so that polynomials up to degree 2N − 1 come out exactly. For a function such as the one
# below, which a power series represents around each point of Ω, its error falls by a factor with
# each node, and so faster than any power of N. Try 1/(1 + x²), whose integral over [0, 2] is
# arctan 2.


# %%
def bell(x):
    return 1 / (1 + x**2)


def error(rule):
    return abs(rule.integrate(bell) - np.arctan(2))        # of the sum in (Q1)


sizes = np.array([5, 9, 17, 33, 65, 129])                  # N, odd for Simpson, (6,)
rules = {"midpoint": sr.midpoint, "Simpson": sr.simpson, "Gauss": sr.gauss_legendre}
smooth_error = {}                                          # (6,) each
for name, of_size in rules.items():
    smooth_error[name] = np.array([error(of_size([(0, 2)], n)) for n in sizes.tolist()])
print("N =      ", *(f"{n:7d}" for n in sizes))
for name, errors in smooth_error.items():
    print(f"{name:9}", *(f"{e:.1e}" for e in errors))
orders = [slope(sizes[2:], smooth_error[name][2:]) for name in ("midpoint", "Simpson")]
print(f"slopes from N = 17: midpoint {orders[0]:.2f}, Simpson {orders[1]:.2f}")
np.testing.assert_allclose(orders, [-2, -4], atol=0.15)
np.testing.assert_array_less(smooth_error["Gauss"][2:], 1e-14)

# %% [markdown]
# 17 Gauss nodes reach rounding, where 129 midpoints give five digits. The loss of a tanh network is
# smooth too, hence the Gauss nodes in the package's examples.
#
# ## What a kink does
#
# The orders rest on Taylor's theorem. For |x − c| it fails in the cell that holds c, whose error is
# like h²: order 2, for each of the three rules. (For one c the error jumps about with N: take the
# root mean square over 200 of them.) If c is known, cut Ω there, and two nodes a piece are exact.
# Kinks come from |x| in a target, from the activation ReLU, max(z, 0), and from |r|ᵖ with p = 1
# where the residual r changes sign.

# %%
places = np.random.default_rng(0).uniform(0.5, 1.5, 200)   # c, (200,)
integrals = (places**2 + (2 - places) ** 2) / 2            # ∫_0^2 |x − c| dx, (200,)


def kink_error(rule):
    sums = rule.weights @ np.abs(rule.nodes - places)      # (Q1) for each c, (200,)
    return np.sqrt(np.mean((sums - integrals) ** 2))


rough_error, rough_orders = {}, []                         # (6,) each
for name, of_size in rules.items():
    errors = [kink_error(of_size([(0, 2)], n)) for n in sizes.tolist()]
    rough_error[name] = np.array(errors)
    rough_orders.append(slope(sizes[2:], errors[2:]))
    print(f"slope for |x − c|: {name} {rough_orders[-1]:.2f}")
pieces = [sr.gauss_legendre([side], 2) for side in ((0, 0.7), (0.7, 2))]
by_pieces = sum(piece.integrate(lambda x: np.abs(x - 0.7)) for piece in pieces)
cut_error = abs(by_pieces - 1.09)                          # ∫ |x − 0.7| dx = 1.09
print(f"cut at c = 0.7, two nodes a piece: error {cut_error:.1e}")
np.testing.assert_allclose(rough_orders, -2, atol=0.15)
np.testing.assert_array_less(cut_error, 1e-14)

# %% [markdown]
# ## Random points
#
# A mean over N independent uniform points (Monte Carlo) is off by 1/√N times the [standard
# deviation](../docs/glossary.md) of f: slope −1/2, for any f whose square has an integral. Sobol
# points are random too, but fill Ω evenly. For a smooth f of one variable theory says N^{−3/2}
# (Owen 1997), and here it is even better. Below, the root mean square over 64 draws.

# %%
powers = 2 ** np.arange(4, 12)                             # N, (8,)
random_error, random_orders = {}, []                       # (8,) each
for name, draw in (("Monte Carlo", sr.monte_carlo), ("Sobol", sr.sobol)):
    errors = np.zeros(8)
    for i, n in enumerate(powers.tolist()):
        of_draws = [error(draw([(0, 2)], n, rng=seed)) for seed in range(64)]
        errors[i] = np.sqrt(np.mean(np.square(of_draws)))
    random_error[name] = errors
    random_orders.append(slope(powers, errors))
    print(f"{name:11} N = 16: {errors[0]:.1e}   N = 2048: {errors[-1]:.1e}   "
          f"slope {random_orders[-1]:.2f}")
np.testing.assert_array_less(np.abs(np.add(random_orders, [0.5, 1.8])), [0.1, 0.5])

# %% [markdown]
# ## More variables
#
# In d variables n nodes a side make a grid of N = nᵈ nodes, with products of weights. The midpoint
# rule's n⁻² is N^{−2/d}: the curse of dimension. Monte Carlo keeps N^{−1/2}. For example, relative
# errors of the integral of exp(x_1 + … + x_d) over [−1, 1]ᵈ by 4096 nodes, for the random rules the
# root mean square over 20 draws:

# %%
box_errors = {}                                            # by d, of four rules
print(" d   n a side   midpoint      Gauss   Monte Carlo     Sobol")
for d in (1, 2, 3, 4, 6):
    n = round(4096 ** (1 / d))                             # nodes a side
    box, true = [(-1, 1)] * d, (np.e - 1 / np.e) ** d
    same = [[sr.midpoint(box, n)], [sr.gauss_legendre(box, n)]]
    for draw in (sr.monte_carlo, sr.sobol):
        same.append([draw(box, 4096, rng=seed) for seed in range(20)])
    box_errors[d] = []
    for rules_of_a_kind in same:
        sums = [r.integrate(lambda *x: np.exp(sum(x))) for r in rules_of_a_kind]
        relative = np.array(sums) / true - 1               # (1,) or (20,)
        box_errors[d].append(np.sqrt(np.mean(relative**2)))
    print(f"{d:2d} {n:8d}   ", *(f"{e:10.1e}" for e in box_errors[d]))
midpoint, gauss, random, _ = box_errors[6]
np.testing.assert_array_less([gauss, random], [1e-5, midpoint])

# %% [markdown]
# At d = 6 the midpoint rule has lost to random points; four Gauss nodes a side have not, as f is
# very smooth. That ends too: at d = 20 even two a side are a million nodes.
#
# ## Too few nodes are learned by heart
#
# In training, the error of the sum is not a constant: the optimiser looks for a θ where the sum is
# small, and the sum knows the nodes only. Fit the values and slopes of sin(6x) e^{x/2} with 20 tanh
# neurons on N nodes. For the descent we take SciPy's `minimize` with
# [L-BFGS-B](../docs/glossary.md), which needs no learning rate: it chooses directions and lengths
# of steps from the last gradients (tutorial 12b). `jac=True` says that the loss returns ∇L too.
# Compare the minimised sum with the integral, by a rule of 400 nodes.


# %%
def target(x):
    return np.sin(6 * x) * np.exp(x / 2)


net, box = sr.MLP((1, 20, 1)), [(-1, 1)]
true_loss = sr.SobolevLoss(net, target, sr.gauss_legendre(box, 400), order=1)


def trained(n, seed, steps):
    """The minimised sum over n nodes, the integral, and θ."""
    loss = sr.SobolevLoss(net, target, sr.gauss_legendre(box, n), order=1)
    options = {"maxiter": steps}
    fit = minimize(loss, net.init(seed), jac=True, method="L-BFGS-B", options=options)
    return fit.fun, true_loss(fit.x)[0], fit.x             # (), (), (P,)


fits = {n: trained(n, seed=0, steps=300) for n in (4, 6, 8, 10, 15, 20, 40)}
for n, (minimised, integral, _) in fits.items():
    print(f"N = {n:2d}: minimised {minimised:.0e}, integral {integral:.0e}")
np.testing.assert_array_less(1e6 * fits[4][0], fits[4][1])
np.testing.assert_allclose(fits[40][0], fits[40][1], rtol=0.05)

starts = {n: [trained(n, seed, steps=150)[:2] for seed in range(20)] for n in (4, 40)}
few, many = np.array(starts[4]), np.array(starts[40])      # sum and integral, (20, 2)
smaller_sum = int(np.sum(few[:, 0] < many[:, 0]))
larger_integral = int(np.sum(few[:, 1] > many[:, 1]))
print(f"of 20 starts, 4 nodes have the smaller sum in {smaller_sum}, "
      f"and the larger integral in {larger_integral}")
np.testing.assert_equal([smaller_sum, larger_integral], [20, 20])

# %% [markdown]
# From each of the twenty starts, four nodes give the smaller loss and the worse fit. The figure
# shows the slope on the right, in which most of the error is: it is right at the four nodes, and
# off elsewhere, most beyond the last of them. A loss means something if a finer rule confirms it,
# which costs one line. On the left are the errors measured above; 0 is drawn at 1e−17.

# %%
fig, (left, right) = figure(columns=2, width=5.0, height=3.6)
curves = {**smooth_error, **random_error, "Gauss, kink": rough_error["Gauss"]}
for i, (name, errors) in enumerate(curves.items()):
    at = powers if name in random_error else sizes         # N
    left.loglog(at, np.maximum(errors, 1e-17), label=name, mfc="white",
                **line_style(i))


def target_slope(x):
    return (6 * np.cos(6 * x) + np.sin(6 * x) / 2) * np.exp(x / 2)


x = np.linspace(-1, 1, 401)                                # (401,)
nodes = sr.gauss_legendre(box, 4).nodes[:, 0]              # (4,)
learned = net.derivatives(fits[4][2], x, 1)[1,][:, 0]      # u_θ′, (401,)
right.plot(x, learned, color=COLORS[1], linewidth=1, label="u′, trained on 4 nodes")
right.plot(x, target_slope(x), label="target′", **TRUE)
right.plot(nodes, target_slope(nodes), "ko", label="nodes")
left.set(xlabel="N", ylabel="error of the integral",
         title="smoothness decides the order")
right.set(xlabel="x", ylabel="u′(x)", title="right at four nodes, off elsewhere")
left.legend(loc="lower right", frameon=False)
right.legend(frameon=False)
save_figure(fig, "output/tutorial_02_quadrature.png")

# %% [markdown]
# ## What you can do now
#
# 1. What do the weights of a rule add up to?
# 2. By which factor do the gradients of an integral and of a mean over Ω = [0, 5] differ?
# 3. Why is the plain mean over `np.linspace` biased, and how fast does the bias fall?
# 4. What does a kink do to Simpson's rule and to Gauss, and what helps?
# 5. How do you notice that a network has learned the nodes by heart?
#
# <details><summary>Answers</summary>
#
# 1. To |Ω|, the integral of 1.
# 2. By |Ω| = 5.
# 3. Both ends count double; the bias falls like 1/N.
# 4. Both fall to order 2; it helps to cut Ω at the kink.
# 5. A finer rule gives a much larger loss for the same θ.
#
# </details>
#
# ## Exercises
#
# 1. Confirm for 1/(1 + x²) that (2 × midpoint + trapezoid)/3 on n cells is Simpson's rule with
#    2n + 1 nodes. From their errors, explain how two rules of order 2 make one of order 4.
# 2. Apply the midpoint rule to f = exp(sin x) over [0, 2π], a whole period, N = 2, 4, …, 16, and
#    over [0, 6]. The orders differ wildly: why? (`scipy.special.i0(1)` is the mean over the period.
#    For the period, apply the rule to a single wave e^{ijx}; for [0, 6], add up h³f″/24 over the
#    cells.)
# 3. For p = 1 the loss ∫|u_θ − u| dx has kinks at the zeros of u_θ − u. Measure the order of Gauss
#    for a network of 8 neurons at random θ and u = cos 4x on [−1, 1]. Find the zeros by
#    `scipy.optimize.brentq`, cut there. (`net.function(theta)` is u_θ as a function of x.)
#
# Worked answers: [answers/02_sum_integrals.py](answers/02_sum_integrals.py).
#
# **What was simplified.** Boxes only; errors were measured, not bounded by derivatives of f. That
# 400 nodes give the integral was not proved: tutorial 6 has a bound.
#
# **Further reading.** P. J. Davis and P. Rabinowitz, *Methods of Numerical Integration*, 1984: the
# classical rules. L. N. Trefethen, *Is Gauss Quadrature Better than Clenshaw–Curtis?*, SIAM Review,
# 2008: how fast Gauss converges. A. B. Owen, *Scrambled Net Variance for Integrals of Smooth
# Functions*, Annals of Statistics, 1997: random points that fill Ω evenly.
#
# **Next:** 03_carry_derivatives, on where u_θ′ at a node comes from.
