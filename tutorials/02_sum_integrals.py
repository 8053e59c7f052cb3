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
# **Know first.** Integrals and Taylor's theorem; arrays in NumPy.
#
# **Measured.** The bias of a mean over a grid; how the error of five rules falls with N, also with
# a kink, or more variables; what a network learns from too few nodes.

# %%

import numpy as np
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, TRUE, figure, line_style, save_figure


def slope(n, error):
    """The exponent q of the best fit error ≈ C nᑫ, a straight line on logarithmic axes."""
    return float(np.polyfit(np.log(n), np.log(error), 1)[0])


def g(x):
    return 2 * np.exp(-2 * x)                              # f² + f′² for the paper's f = e^{−x}


exact = 1 - np.exp(-10)                                    # ∫ g dx over Ω = [0, 5]

# %% [markdown]
# ## A rule is nodes and weights
#
# The midpoint rule cuts Ω into N cells of width h = |Ω|/N, where |Ω| is Ω's length, and takes the
# value in the middle of each; each weight is h. A `Quadrature` holds nodes of shape (N, d), here
# d = 1, and weights of shape (N,). The weights add up to |Ω|, the integral of 1.

# %%
N, h = 100, 5 / 100                                        # cells, their width |Ω|/N
centres = (np.arange(N) + 0.5) * h                         # x_i, (N,)
by_hand = np.sum(h * g(centres))                           # Σ w_i g(x_i) (Q1)
rule = sr.midpoint([(0, 5)], N)                            # x_i (N, 1), w_i (N,)
print(f"nodes {rule.nodes.shape}, weights {rule.weights.shape} of sum {rule.weights.sum():.1f}")
print(f"∫ g dx = {exact:.6f}; midpoint by hand {by_hand:.6f}, package {rule.integrate(g):.6f}")
np.testing.assert_allclose(by_hand, rule.integrate(g), rtol=1e-13)

# %% [markdown]
# ## Integral or mean
#
# Algorithm 1 has 1/N in place of w_i: it estimates the mean |Ω|⁻¹ ∫ f dx, not ∫ f dx. `rule.mean()`
# does so for any rule: it divides the weights by their sum. The two losses have the same minima and
# gradients that differ by the factor |Ω|, here 5; so do the learning rates that suit them. Our
# example is a small network u_θ (tutorial 3 opens it) and its Sobolev loss against e^{−x}, which,
# called with θ, returns L(θ) and ∇L(θ).

# %%
net = sr.MLP((1, 8, 1))
losses = [sr.SobolevLoss(net, lambda x: np.exp(-x), r) for r in (rule, rule.mean())]
factors = np.divide(*(loss(net.init(0))[1] for loss in losses))      # ∇∫ / ∇mean, by entry, (P,)
print(f"integral's gradient / mean's gradient: {factors.min():.12f} to {factors.max():.12f}")
np.testing.assert_allclose(factors, 5, rtol=1e-9)

# %% [markdown]
# ## The mean over a grid with both ends
#
# The points of `np.linspace(0, 5, N)` and their plain mean are the obvious way to code Algorithm 1,
# and a biased one. N points bound N − 1 cells, h = |Ω|/(N − 1). The trapezoidal rule T weighs the
# two ends by h/2 and the others by h. Hence Σ g(x_i) = T/h + (g(0) + g(5))/2. Divide by N, T ≈ ∫g:
#
#     (1/N) Σ g(x_i) − |Ω|⁻¹ ∫ g dx ≈ ((g(0) + g(5))/2 − |Ω|⁻¹ ∫ g dx) / N                   (1)
#
# The ends count double, an error that falls only like 1/N. In the table it is 4 % at N = 100, where
# the midpoint rule, with the same work, is about 100 times better.

# %%
counts, mean = np.array([100, 200, 400, 800]), exact / 5   # N (4,), |Ω|⁻¹ ∫ g dx
grid_means = np.array([np.mean(g(np.linspace(0, 5, n))) for n in counts])      # (1/N) Σ, (4,)
midpoint_means = np.array([sr.midpoint([(0, 5)], n).mean().integrate(g) for n in counts.tolist()])
predicted_bias = ((g(0) + g(5)) / 2 - mean) / counts       # (1), (4,)
print(f"  N    grid     midpoint   true {mean:.6f}   N × (grid − true), by (1)")
for n, grid, mid, bias in zip(counts, grid_means, midpoint_means, predicted_bias):
    print(f"{n}   {grid:.4f}   {mid:.6f}                   {n * (grid - mean):.3f}, {n * bias:.3f}")
np.testing.assert_allclose(grid_means[0], 0.2082, atol=5e-5)
np.testing.assert_allclose(grid_means - mean, predicted_bias, rtol=0.05)

# %% [markdown]
# ## How fast the error falls
#
# In a cell of width h around its centre c, f(x) = f(c) + f′(c)(x − c) + f″(c)(x − c)²/2 + …. The
# linear term integrates to 0; the next one leaves an error like h³ in each of 1/h cells, like h² in
# all: order 2. Simpson's rule fits a parabola to each pair of cells and has order 4. Gauss places N
# nodes so that polynomials up to degree 2N − 1 come out exactly; for a smooth f the error falls
# faster than any power of N. Try f = 1/(1 + x²) on [0, 2], ∫ f dx = arctan 2.


# %%
def f(x):
    return 1 / (1 + x**2)


def error(rule):
    return abs(rule.integrate(f) - np.arctan(2))           # |Σ w_i f(x_i) − ∫ f dx| (Q1)


sizes = np.array([5, 9, 17, 33, 65, 129])                  # N, odd for Simpson's rule, (6,)
rules = {"midpoint": sr.midpoint, "Simpson": sr.simpson, "Gauss": sr.gauss_legendre}
smooth_error = {name: np.array([error(r([(0, 2)], n)) for n in sizes.tolist()])
                for name, r in rules.items()}              # (6,) each
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
# like h²: order 2, for every rule. (For one c the error jumps about with N: take the root mean
# square over 200 of them.) If c is known, cut Ω there, and two nodes a piece are exact. Kinks come
# from |x| in a target, from ReLU, and from |r|ᵖ with p = 1 where the residual r changes sign.

# %%
places = np.random.default_rng(0).uniform(0.5, 1.5, 200)   # c, (200,)
integrals = (places**2 + (2 - places) ** 2) / 2            # ∫_0^2 |x − c| dx, (200,)


def kink_error(rule):
    sums = rule.weights @ np.abs(rule.nodes - places)      # Σ w_i |x_i − c| (Q1), (N,) @ (N, 200)
    return np.sqrt(np.mean((sums - integrals) ** 2))


rough_error = {name: np.array([kink_error(r([(0, 2)], n)) for n in sizes.tolist()])
               for name, r in rules.items()}               # (6,) each
rough_orders = [slope(sizes[2:], errors[2:]) for errors in rough_error.values()]
print("slopes for |x − c|:", *(f"{name} {q:.2f} " for name, q in zip(rules, rough_orders)))
pieces = [sr.gauss_legendre([side], 2) for side in ((0, 0.7), (0.7, 2))]       # cut at c = 0.7
cut_error = abs(sum(r.integrate(lambda x: np.abs(x - 0.7)) for r in pieces) - 1.09)     # ∫ = 1.09
print(f"cut at c = 0.7, two nodes a piece: error {cut_error:.1e}")
np.testing.assert_allclose(rough_orders, -2, atol=0.15)
np.testing.assert_array_less(cut_error, 1e-14)

# %% [markdown]
# ## Random points
#
# A mean over N independent uniform points (Monte Carlo) has the standard deviation σ/√N, σ that of
# f: slope −1/2, for any f. Sobol points are random too, but fill Ω evenly: for a smooth f of one
# variable N^{−3/2} or better. Below, the root mean square over 64 draws.

# %%
powers = 2 ** np.arange(4, 12)                             # N, (8,)
random_error = {name: np.array([np.sqrt(np.mean([error(r([(0, 2)], n, rng=seed)) ** 2
                                                 for seed in range(64)])) for n in powers.tolist()])
                for name, r in (("Monte Carlo", sr.monte_carlo), ("Sobol", sr.sobol))}   # (8,) each
random_orders = [slope(powers, errors) for errors in random_error.values()]
for (name, errors), q in zip(random_error.items(), random_orders):
    print(f"{name:11} N = 16: {errors[0]:.1e}   N = 2048: {errors[-1]:.1e}   slope {q:.2f}")
np.testing.assert_array_less(np.abs(np.add(random_orders, [0.5, 1.8])), [0.1, 0.5])

# %% [markdown]
# ## More variables
#
# In d variables n nodes a side make a grid of N = nᵈ nodes, with products of weights. The midpoint
# rule's n⁻² is N^{−2/d}: the curse of dimension. Monte Carlo keeps N^{−1/2}. For example, relative
# errors of the integral of exp(x_1 + … + x_d) over [−1, 1]ᵈ by 4096 nodes:

# %%
box_errors = {}                                            # d to (midpoint, Gauss, MC, Sobol)
print(" d   n a side   midpoint      Gauss   Monte Carlo     Sobol")
for d in (1, 2, 3, 4, 6):
    n, box, true = round(4096 ** (1 / d)), [(-1, 1)] * d, (np.e - 1 / np.e) ** d
    draws = [[r(box, 4096, rng=seed) for seed in range(8)] for r in (sr.monte_carlo, sr.sobol)]
    sums = [[r.integrate(lambda *x: np.exp(sum(x))) for r in same]
            for same in ([sr.midpoint(box, n)], [sr.gauss_legendre(box, n)], *draws)]
    box_errors[d] = [np.sqrt(np.mean((np.array(s) / true - 1) ** 2)) for s in sums]
    print(f"{d:2d} {n:8d}   ", *(f"{e:10.1e}" for e in box_errors[d]))
np.testing.assert_array_less(box_errors[6][1:3], [1e-5, box_errors[6][0]])     # Gauss, Monte Carlo

# %% [markdown]
# At d = 6 the midpoint rule has lost to random points; four Gauss nodes a side have not, as f is
# very smooth. That ends too: at d = 20 even two a side are a million nodes.
#
# ## Too few nodes are learned by heart
#
# In training, the error of the sum is not a constant: the optimiser looks for a θ where the sum is
# small, and the sum knows the nodes only. Fit the values and slopes of sin(6x) e^{x/2} with 20 tanh
# neurons on N nodes, by SciPy's `minimize`. Compare the minimised sum with the integral, on 400.

# %%
net, box = sr.MLP((1, 20, 1)), [(-1, 1)]
target = lambda x: np.sin(6 * x) * np.exp(x / 2)  # noqa: E731
true_loss, fits = sr.SobolevLoss(net, target, sr.gauss_legendre(box, 400), order=1), {}
for n in (4, 6, 8, 10, 15, 20, 40):
    loss = sr.SobolevLoss(net, target, sr.gauss_legendre(box, n), order=1)
    fit = minimize(loss, net.init(0), jac=True, method="L-BFGS-B", options={"maxiter": 600})
    fits[n] = fit.fun, true_loss(fit.x)[0], fit.x          # Σ over n nodes, ∫ dx, θ (P,)
    print(f"N = {n:2d}: minimised {fits[n][0]:.0e}, integral {fits[n][1]:.0e}")
np.testing.assert_array_less(1e6 * fits[4][0], fits[4][1])
np.testing.assert_allclose(fits[40][0], fits[40][1], rtol=0.05)

# %% [markdown]
# Few nodes give the smallest loss and the worst fit (figure, right: the slope, in which most of the
# error is, agrees at the four nodes, only there). A loss means something if a finer rule confirms
# it, which costs one line. On the left, the errors measured above; 0 is drawn at 1e−17.

# %%
fig, (left, right) = figure(columns=2, width=5.6)
curves = {**smooth_error, **random_error, "Gauss, kink": rough_error["Gauss"]}
for i, (name, errors) in enumerate(curves.items()):
    left.loglog(powers if name in random_error else sizes, np.maximum(errors, 1e-17), label=name,
                mfc="white", **line_style(i))
slope_at = lambda x: (6 * np.cos(6 * x) + np.sin(6 * x) / 2) * np.exp(x / 2)   # noqa: E731
x, nodes = np.linspace(-1, 1, 401), sr.gauss_legendre(box, 4).nodes[:, 0]      # (401,), (4,)
u = net.derivatives(fits[4][2], x, 1)                      # {(0,): u, (1,): u′}, (401, 1) each
right.plot(x, u[1,][:, 0], color=COLORS[1], linewidth=1, label="u′, trained on 4 nodes")
right.plot(x, slope_at(x), label="target′", **TRUE)
right.plot(nodes, slope_at(nodes), "ko", label="nodes")
left.set(xlabel="N", ylabel="error of the integral", title="smoothness decides the order")
right.set(xlabel="x", ylabel="u′(x)", title="right at four nodes, wrong between them")
left.legend(loc="lower right", frameon=False)
right.legend(frameon=False)
save_figure(fig, "output/tutorial_02_quadrature.png")

# %% [markdown]
# ## Exercises
#
# 1. Confirm for f that (2 × midpoint + trapezoid)/3 on n cells is Simpson's rule with 2n + 1 nodes.
#    From their errors, explain how two rules of order 2 make one of order 4.
# 2. Apply the midpoint rule to exp(sin x) over [0, 2π], a whole period, N = 2, 4, …, 16, and over
#    [0, 6]. The orders differ wildly: why? (`scipy.special.i0(1)` is the mean over the period.)
# 3. For p = 1 the loss ∫|u_θ − f| dx has kinks at the zeros of u_θ − f. Measure the order of Gauss
#    for a network at random θ and f = cos 4x. Find the zeros by `scipy.optimize.brentq`, cut there.
#
# Worked answers: [answers/02_sum_integrals.py](answers/02_sum_integrals.py).
#
# **What was simplified.** Boxes only; errors were measured, not bounded by derivatives of f.
#
# **Next:** 03_carry_derivatives, on where u_θ′ at a node comes from.
