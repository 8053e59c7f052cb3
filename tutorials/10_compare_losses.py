# %% [markdown]
# # 10. Compare losses: does it help?
#
# **Question.** When is a network better for having been trained on derivatives too, and when is it
# worse?
#
# **The paper.** It claims "improved generalization, stability, and performance" and "faster
# convergence" for the Sobolev loss, and trains no network without derivatives to compare. With
# k = 1, p = 2 (Definition 5) the two losses are
#
#     L_0 = ∫ (u_θ − f)² dx        L_1 = ∫ (u_θ − f)² dx + λ ∫ (u_θ′ − f′)² dx             (D3)
#
# **Know first.** Tutorial 01: the weight 1 + ω² of a frequency. Tutorial 08: modes of descent.
#
# **Measured.** Which frequencies are learned first, by descent and by Adam, and in what time; the
# error from N values and N slopes against 2N values; the error from noisy slopes, for any λ.

# %%

import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, LINES, figure, label_ends, line_style, save_figure

# %% [markdown]
# ## One weight for each frequency
#
# On one period, here [−π, π], an error is a sum of waves, e = Σ_ω A_ω cos(ωx + φ_ω), ω = 0, 1, 2,
# and so on. A derivative multiplies A_ω by ω; the mean of cos² is ½. So the mean loss is
#
#     L = A_0² + ½ Σ_{ω≥1} (1 + λω²) A_ω²                                                  (1)
#
# L_0 weighs all frequencies alike, L_1 the high ones more. `spectrum` gives the A_ω. Check (1) on
# a Fourier series up to ω = 8 against f = exp(sin x).

# %%
period = (-np.pi, np.pi)
rule = sr.gauss_legendre([period], 100).mean()             # weights sum to 1
series = sr.LinearModel.fourier(8, [period])               # 1, cos ωx, sin ωx, P = 17
theta, by_waves, by_nodes = np.cos(np.arange(17)), [], []  # some θ, (P,)
omega, A = sr.spectrum(lambda x: series.function(theta)(x) - np.exp(np.sin(x)), period, 128)
for lam in (0, 1):
    by_waves.append(A[0] ** 2 + np.sum((1 + lam * omega[1:] ** 2) * A[1:] ** 2) / 2)     # (1)
    loss = sr.SobolevLoss(series, lambda x: np.exp(np.sin(x)), rule, weights=(1, lam))
    by_nodes.append(loss(theta)[0])
print("L_0, L_1 by waves", np.round(by_waves, 8), "and by nodes", np.round(by_nodes, 8))
np.testing.assert_allclose(by_waves, by_nodes, rtol=1e-13)

# %% [markdown]
# ## What is learned first: a Fourier series
#
# Here each wave is an eigenvector of the Hessian, and by (1) its eigenvalue is 1 + λω² (2 for the
# constant). A step of descent multiplies A_ω by 1 − η(1 + λω²). Start from 0 with a target that has
# A_ω = 1 for ω = 1, …, 8, and η = 1/λ_max: 1/2 for L_0, 1/65 for L_1. After 20 steps:

# %%
def chord(x):
    return sum(np.sin(j * x) for j in range(1, 9))


left_over = {}                                             # A_ω after 20 steps, (8,) each
for lam, eta in ((0, 1 / 2), (1, 1 / 65)):
    loss = sr.SobolevLoss(series, chord, rule, weights=(1, lam))
    x_20 = sr.fit(loss, 0 * theta, "gradient_descent", learning_rate=eta, maxiter=20).x  # θ_20
    A = sr.spectrum(lambda x: series.function(x_20)(x) - chord(x), period, 128)[1]
    left_over[lam] = A[1:9]
    print(f"L_{lam}, ω = 1 to 8:", *(f"{a:.0e}" for a in left_over[lam]))
    factors = 1 - eta * (1 + lam * omega[1:9] ** 2)        # (8,)
    np.testing.assert_allclose(left_over[lam], factors**20, atol=1e-12)

# %% [markdown]
# Under L_0 all waves of the error fall alike. Under L_1 the highest is gone in one step, and half
# of the lowest is still there: for this model the derivative term does harm. (Exercise 1 mends it.)
#
# ## What is learned first: a network
#
# A tanh network is no Fourier series. A change of its θ moves low frequencies much more than high
# ones, so that under L_0 the high ones come last; the weight 1 + λω² can work against that (how far
# it does, the ends of the interval decide: tutorial 16). The target
# is f = sin x + sin 3x + sin 6x. Two hidden layers of 40, 1000 steps of Adam, median of 3 seeds.
# L_0 is run without u′ at all (order 0), so that its steps cost less.


# %%
def f(x):
    return np.sin(x) + np.sin(3 * x) + np.sin(6 * x)


net, waves, paths, final, seconds = sr.MLP((1, 40, 40, 1)), [1, 3, 6], {}, {}, {}


def train(order, seed):
    """A_1, A_3, A_6 after each step, (K, 3); ‖e‖ and ‖e′‖ at the end; seconds for 100 steps."""
    loss, thetas = sr.SobolevLoss(net, f, rule, order=order), []
    run = sr.fit(loss, net.init(seed), "adam", maxiter=1000, learning_rate=3e-3,
                 callback=lambda intermediate_result: thetas.append(intermediate_result.x.copy()))
    A = [sr.spectrum(lambda x: net.function(t)(x) - f(x), period, 64)[1][waves] for t in thetas]
    end = [sr.sobolev_seminorm(lambda x: net.function(run.x)(x) - f(x), rule, n) for n in (0, 1)]
    return A, end, sr.fit(loss, net.init(seed), "adam", maxiter=100).time_history[-1]


for k in (0, 1):
    runs = zip(*(train(k, seed) for seed in range(3)))
    paths[k], final[k], seconds[k] = (np.median(values, axis=0) for values in runs)
halves = {k: (paths[k] > 0.5).sum(axis=0) for k in (0, 1)}           # steps above half, (3,)
for k in (0, 1):
    print(f"L_{k}: ω = 1, 3, 6 halved after {halves[k]} steps; ‖e‖ {final[k][0]:.3f}, "
          f"‖e′‖ {final[k][1]:.2f} at the end")
print(f"a step with u′ takes {seconds[1] / seconds[0]:.1f} times as long")
np.testing.assert_array_less([halves[1][2], 5 * final[1][0]], [0.8 * halves[0][2], final[0][0]])

# %% [markdown]
# Both learn low frequencies first. With u′ the high ones come in half as many steps, which more
# than pays for the longer step; and even ‖e‖, all that L_0 is about, ends much smaller. Here it
# helps.
#
# ## Few points: slopes counted as data
#
# N points with value and slope are 2N numbers. That they do better than N values proves little:
# compare them with 2N values. A polynomial with 2N coefficients goes through either. Its error for
# a smooth f is g(x) f⁽²ᴺ⁾(ξ)/(2N)! at some ξ, where g = x²ᴺ + … is zero at each value, and doubly
# zero at a value with slope. For Chebyshev points, the zeros of T_n = cos(n arccos x),
#
#     2N values:  g = T_2N / 2²ᴺ⁻¹        N values and slopes:  g = (T_N / 2ᴺ⁻¹)²          (2)
#
# As |T_n| ≤ 1 and |T_n′| ≤ n², sup |g| is 2·4⁻ᴺ against 4·4⁻ᴺ, and sup |g′| is 8N²·4⁻ᴺ for both.

# %%
grid, sup = np.linspace(-1, 1, 2001), []
sine = np.stack([np.sin(6 * grid), 6 * np.cos(6 * grid)])  # f, f′, (2, G)
for N in range(3, 8):
    for n, k in ((N, 0), (N, 1), (2 * N, 0)):              # n points, derivatives up to order k
        points = np.cos((np.arange(n) + 0.5) * np.pi / n)  # zeros of T_n, (n,)
        poly = sr.LinearModel.polynomial(n * (1 + k) - 1, [(-1, 1)])
        data = sr.SobolevLoss(poly, lambda x: np.sin(6 * x), sr.samples(points), order=k)
        D = poly.derivatives(sr.solve_linear(data).x, grid, 1).values()        # u, u′, (G, 1) each
        sup.append(np.abs(np.hstack(list(D)).T - sine).max(axis=1))  # sup|e|, sup|e′|
sup = np.reshape(sup, (5, 3, 2))                           # by N, data, derivative
for N, row in zip(range(3, 8), sup):
    print(f"N = {N}: N values {row[0, 0]:.0e}, and slopes {row[1, 0]:.0e}, 2N values "
          f"{row[2, 0]:.0e}; the last two for u′: {row[1, 1]:.0e}, {row[2, 1]:.0e}")
np.testing.assert_allclose(sup[:, 1] / sup[:, 2], [[2, 1]] * 5, rtol=0.02)

# %% [markdown]
# N slopes are worth N values at new points for u′, and less for u, by a factor of 2 in the error.
# Does a network say so, too? Runge's function 1/(1 + 25x²), 6 random points, 10 neurons, 20 seeds:

# %%
runge, fine, few = sr.FUNCTIONS["runge"], sr.gauss_legendre([(-1, 1)], 200), []
small = sr.MLP((1, 10, 1))
for seed in range(20):
    points = np.random.default_rng(seed).uniform(-1, 1, 12)
    for n, k in ((6, 0), (6, 1), (12, 0)):
        data = sr.SobolevLoss(small, runge, sr.samples(points[:n]), order=k, weights="balanced")
        fitted = sr.fit(data + sr.Ridge(1e-6, 31), small.init(seed), "lm", maxiter=100).x
        few.append([sr.sobolev_seminorm(lambda x: small.function(fitted)(x) - runge(x), fine, n)
                    for n in (0, 1)])
few = np.reshape(few, (20, 3, 2))                          # ‖e‖, ‖e′‖ by data
helped, short = (few[:, 1] < few[:, 0]).sum(0), (few[:, 1] > few[:, 2]).sum(0)         # of 20, (2,)
few = np.median(few, axis=0)                               # ‖e‖, ‖e′‖ by data, (3, 2)
for name, row in zip(("6 values", "6 values, 6 slopes", "12 values"), few):
    print(f"{name:18}: ‖e‖ {row[0]:.3f}, ‖e′‖ {row[1]:.2f}")
print(f"with slopes better than 6 values in {helped} of 20, worse than 12 values in {short}")
np.testing.assert_array_less([few[1], few[2]], [few[0] / 2, few[1]])
np.testing.assert_array_less(15, helped)

# %% [markdown]
# Nearly always better than 6 values, and mostly not as good as 12: the better generalisation is
# that of more data. Thirteen targets say the same (docs/claims.md): from N points with gradients
# the error is 2 times larger than from N(1 + d) values; with noise in both it is smaller, by a
# factor of 1.1. So slopes pay where they are cheaper than values. In d dimensions a point has d of
# them, and a backward sweep through the code that computes f gives all for the price of a few
# values (exercise 2).
#
# ## Noise
#
# Let values have noise of standard deviation τ, and slopes of τ′, at N equidistant points of the
# period, and fit the Fourier series. The columns of Φ (T5) are orthogonal, so each coefficient is
# estimated by itself: from values, and with weight λω² from slopes, which hold it times ω. So
#
#     variance of a coefficient at ω  =  (2/N) (τ² + λ²ω²τ′²) / (1 + λω²)²                 (3)
#
# At λ = 0 this is (2/N) τ². Its derivative in λ is zero at λ = (τ/τ′)², at every ω at once: the
# weights of Gauss and Markov, `noise_weights`. And λ = 1 is worse than λ = 0 where
# (τ′/τ)² > ω² + 2. Take τ = 0.1, τ′ = 0.5, N = 40, and 4000 draws of the noise.

# %%
tau, N, w = (0.1, 0.5), 40, omega[1:9]
points = sr.samples(-np.pi + 2 * np.pi * np.arange(N) / N)
noise = np.random.default_rng(0).normal(size=(2 * N, 4000)) * np.repeat(tau, N)[:, None]
best, predicted, deviation = sr.noise_weights(tau)[1], {}, {}        # best = (τ/τ′)² = 0.04
for lam in (0.0, best, 1.0):
    data = sr.SobolevLoss(series, lambda x: 0 * x, points, weights=(1, lam))
    Phi = data.jacobian(np.zeros(17))                      # (T5), (2N, P), and (N, P) for λ = 0
    root = np.sqrt(np.repeat((1, lam), N) / N)[: len(Phi), None]     # √(λ_α/N), (2N, 1)
    errors = lstsq(Phi, root * noise[: len(Phi)])[0]       # of θ, (P, 4000)
    deviation[lam] = errors[1:].reshape(8, 2, -1).std(axis=(1, 2))   # cos and sin of each ω, (8,)
    variance = 2 / N * (tau[0] ** 2 + (lam * w * tau[1]) ** 2) / (1 + lam * w**2) ** 2   # (3)
    predicted[lam] = np.sqrt(variance)
    print(f"λ = {lam:4.2f}, ω = 1 to 8:", *(f"{value:.4f}" for value in deviation[lam]))
    np.testing.assert_allclose(deviation[lam], predicted[lam], rtol=0.05)
worse = w[deviation[1.0] > deviation[0.0]]
print("λ = 1 is worse than no slopes at ω =", worse)
np.testing.assert_equal(worse, w[w**2 + 2 < 25])

# %% [markdown]
# Noisy slopes are poor at low frequencies and good at high ones. With the right λ they never hurt;
# with λ = 1 they may. So: it depends, and one can say on what. Derivatives help a network to high
# frequencies, are data like other data, and want a λ that knows their noise.
#
# The figure: A_ω of the network by step; sup |e| of the polynomials; deviations, and (3).

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.8, height=3.4)
for k, shade in enumerate(COLORS[:2]):
    for j, line in enumerate(LINES[:3]):
        left.loglog(paths[k][:, j], line, color=shade, label=f"L_{k}, ω = {waves[j]}", lw=1.2)
left.set(xlabel="step of Adam", ylabel="A_ω of the error", ylim=(1e-4, 3),
         title="with slopes (L_1) high waves are learned sooner")
left.legend(frameon=False, ncols=2)
for j, name in enumerate(("N values", "N values, N slopes", "2N values")):
    right.semilogy(range(3, 8), sup[:, j, 0], label=name, **line_style(j))
right.set(xlabel="N", ylabel="sup |e|", xticks=range(3, 8),
          title="N slopes are worth N values, less a factor 2")
label_ends(right)
for i, lam in enumerate(predicted):
    look = line_style(i)
    below.plot(w, predicted[lam], **look | {"marker": None, "label": f"λ = {lam:.2f}"})
    below.plot(w, deviation[lam], **look | {"linestyle": "none"})
below.set(xlabel="ω", ylabel="standard deviation", ylim=(0, None),
          title="noise: λ = 1 harms low waves")
label_ends(below)
rest.remove()
save_figure(fig, "output/tutorial_10_losses.png")

# %% [markdown]
# ## Exercises
#
# 1. Divide each wave of the Fourier series by √(1 + λω²). What are the eigenvalues under L_1 now,
#    and which waves does descent learn first? Which under L_0?
# 2. In the plane compare N points with value and gradient to 3N values, and to 2N values, for
#    Franke's function and networks (2, 20, 1). Which comparison is fair, and when?
# 3. τ and τ′ are unknown. Fit with λ = 1, take τ and τ′ from the residuals, fit again with
#    `noise_weights`. How near does λ come to (τ/τ′)², and what is gained?
#
# Answers: [answers/10_compare_losses.py](answers/10_compare_losses.py).
#
# **What was simplified.** One function for each question, d = 1, one λ for the network, Adam alone.
#
# **Next:** 11_add_dimensions, where a point has many slopes.
