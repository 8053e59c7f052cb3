# %% [markdown]
# # 10b. Count data: what is a slope worth?
#
# **Question.** N points are given with values and slopes, 2N numbers. Are they better than N
# values, as good as 2N values, and what if the slopes are noisy?
#
# **The paper.** It claims "improved generalization" and compares with nothing. N points with slopes
# against the same N points without would compare 2N numbers to N.
#
# **You will see.** The error of polynomials from N values with slopes and from 2N values, and of a
# network in 20 draws of the points; the standard deviation of what is learned from noise, for
# three λ, in 4000 draws.
#
# **You will do.** Fit polynomials and networks to values, to slopes and to both, and weigh slopes
# that have noise.
#
# **You will need.** [Tutorial 10](10_compare_losses.py): waves. [Tutorial 8](08_solve_convex.py):
# the matrix Φ of a linear model, (T5). The standard deviation of noise is the root of its mean
# square, its variance the square of that; variances of independent terms add. Symbols stand in the
# [glossary](../docs/glossary.md). 40 minutes.

# %%
import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr
from sobolev_ref.plots import figure, label_ends, line_style, save_figure

# %% [markdown]
# ## Polynomials: slopes counted as data
#
# A polynomial with 2N coefficients goes through 2N values, or through N values and slopes. In both
# cases what it lacks of a smooth f, here e = f − u, is, at each x,
#
#     e(x) = q(x) f⁽²ᴺ⁾(ξ)/(2N)!        e′(x) = q′(x) f⁽²ᴺ⁾(ξ)/(2N)! + q(x) f⁽²ᴺ⁺¹⁾(ζ)/(2N + 1)!
#
# for some ξ and ζ in the least interval of the points and x. Here q is the polynomial x²ᴺ + … that
# is zero at each value, and doubly zero at a value with a slope.
#
# Where do the two come from? Write e(x) = q(x) g(x). Hold x, and let t vary: the polynomial
# u(t) + g(x) q(t) is of the degree 2N in t. It has the data of u, as q(t) is zero there, and at
# t = x it has the value f(x) as well. Its leading coefficient, g(x), is called a divided difference
# of f. A divided difference is a derivative of f over
# a factorial, at some point between the data: here f⁽²ᴺ⁾(ξ)/(2N)!. That is the first formula. The
# second is the product rule, e′ = q′g + qg′. And g′(x) is a divided difference with one point more,
# as x counts twice: it is f⁽²ᴺ⁺¹⁾(ζ)/(2N + 1)!.
#
# So compare two polynomials q. Take as points the zeros of Chebyshev's T_n = cos(n arccos x), which
# begins with 2ⁿ⁻¹xⁿ:
#
#     2N values:  q = T_2N / 2²ᴺ⁻¹        N values and slopes:  q = (T_N / 2ᴺ⁻¹)²          (1)
#
# |T_n| ≤ 1 and |T_n′| ≤ n². So sup |q| is 2·4⁻ᴺ in the first case and 4·4⁻ᴺ in the second, and
# sup |q′| is 8N²·4⁻ᴺ in both; beside it the second term of e′ counts little. In words: N slopes at
# the points do for u′ what N values at other points do, and leave twice the error in u. (All
# derivatives up to the order k leave 2ᵏ times the error of as many values.)
#
# So it is with waves on a period of 2π. At N equal steps values cannot tell e^{iωx} from its alias
# e^{i(ω − N)x}. Their slopes there are iω and i(ω − N) times the values, so that N slopes tell the
# two apart, and with them all waves with |ω| < N. What neither sees is 1 − cos Nx, which is 0 with
# its slope at every point.

# %%
grid, sup = np.linspace(-1, 1, 2001), []
exact = np.stack([np.sin(6 * grid), 6 * np.cos(6 * grid)]) # f, f′, (2, G)
for N in range(3, 8):
    for n, k in ((N, 0), (N, 1), (2 * N, 0)):  # n points, derivatives up to order k
        points = np.cos((np.arange(n) + 0.5) * np.pi / n)  # zeros of T_n, (n,)
        poly = sr.LinearModel.polynomial(n * (1 + k) - 1, [(-1, 1)])
        at = sr.samples(points)                            # a rule with these nodes
        data = sr.SobolevLoss(poly, lambda x: np.sin(6 * x), at, order=k)
        D = poly.derivatives(sr.solve_linear(data).x, grid, 1)       # {α: (G, 1)}
        u = np.stack([D[0,][:, 0], D[1,][:, 0]])           # u, u′, (2, G)
        sup.append(np.abs(u - exact).max(axis=1))          # sup|e|, sup|e′|
sup = np.reshape(sup, (5, 3, 2))                           # by N, data, derivative
print("sup |e| of N values, and slopes, 2N values; sup |e′| of the last two")
for N, errors in zip(range(3, 8), sup):
    print(N, *(f"{value:9.0e}" for value in (*errors[:, 0], *errors[1:, 1])))
np.testing.assert_allclose(sup[:, 1] / sup[:, 2], [[2, 1]] * 5, rtol=0.02)

# %% [markdown]
# ## A network
#
# Does a network say so, too? The target is Runge's function 1/(1 + 25x²). Take 10 neurons, so that
# P = 31, and 6, 12 and 24 random points, each without slopes and with them; 20 draws of the points
# and starts.
#
# Three things of later tutorials are used to fit well: the method "lm"
# ([Levenberg–Marquardt](../docs/glossary.md), tutorial 12); [weights](../docs/glossary.md) that are
# balanced, so that values and slopes count alike at u = 0 (tutorial 13); and a small
# [ridge](../docs/glossary.md), 10⁻⁶ ‖θ‖²/2, which keeps θ from growing where the data say nothing.

# %%
runge, fine = sr.FUNCTIONS["runge"], sr.gauss_legendre([(-1, 1)], 200)
small = sr.MLP((1, 10, 1))                                 # P = 31
given_by = [(n, k) for n in (6, 12, 24) for k in (0, 1)]   # points, order
few = []
for seed in range(20):
    points = np.random.default_rng(seed).uniform(-1, 1, 24)
    for n, k in given_by:
        given = sr.samples(points[:n])
        data = sr.SobolevLoss(small, runge, given, order=k, weights="balanced")
        run = sr.fit(data + sr.Ridge(1e-6, 31), small.init(seed), "lm", maxiter=100)
        u = small.function(run.x)
        for m in (0, 1):
            few.append(sr.sobolev_seminorm(lambda x: u(x) - runge(x), fine, m))
few = np.reshape(few, (20, 6, 2))                          # ‖e‖, ‖e′‖ by data
middle = np.median(few, axis=0)                            # (6, 2)
for (n, k), row in zip(given_by, middle):
    name = f"{n} values" + k * f", {n} slopes"
    print(f"{name:20}: median ‖e‖ {row[0]:.4f}, ‖e′‖ {row[1]:.3f}")
without, with_slopes = middle[::2, 0], middle[1::2, 0]     # of 6, 12, 24, (3,) each
saved, times = without - with_slopes, without / with_slopes
print("slopes take from ‖e‖", saved.round(4), "and divide it by", times.round(1))
np.testing.assert_array_less(saved[1:], saved[:-1] / 2)
helped = (few[:, 1] < few[:, 0]).sum(axis=0)  # of 20, for ‖e‖ and ‖e′‖, (2,)
short = (few[:, 1] > few[:, 2]).sum(axis=0)
print(f"slopes: ‖e‖ better than from 6 values in {helped[0]} of 20,", end=" ")
print(f"worse than from 12 values in {short[0]}")
np.testing.assert_array_less(15, helped)

# %% [markdown]
# Nearly always better than 6 values; against 12 values the draws do not agree, though in the median
# the 12 values win. So the better generalisation is that of more data.
#
# What slopes gain shrinks as points grow, if it is counted in error: what they take from ‖e‖ at 12
# points is less than half of that at 6, and at 24 less than half again. The values alone leave less
# and less to take. Counted as a quotient the gain need not shrink: at 12 points it is larger than
# at 6, where even 12 numbers say little of 31 parameters. (For the polynomials above it grows with
# N: sup |q| is 2·2⁻ᴺ for N values, and 4·4⁻ᴺ with slopes. In tutorial 00 the gain ends at once, as
# three exact values fix three parameters.)
#
# Thirteen targets say the
# same ([the claims](../docs/claims.md)): from N points with gradients the error is twice that from
# N(1 + d) values; with noise in both the difference is within the margin that was set. So
# slopes pay where they are cheaper than values. In d dimensions a point has d of them, and a
# backward sweep through the code that computes f gives all for the price of a few values.
#
# ## Noise
#
# Let values have noise of the standard deviation τ, and slopes of τ′, at N equidistant points of
# the period. Fit a Fourier series. Over such points the waves are orthogonal and
# Σ_i cos² ωx_i = N/2, so that each coefficient is found by itself. Take a target 0, so that all
# that is learned is noise: ν_i in the values, ν_i′ in the slopes. The coefficient c of cos ωx
# minimises
#
#     Σ_i (c cos ωx_i − ν_i)² + λ Σ_i (−cω sin ωx_i − ν_i′)²
#
# Set the derivative by c to zero:
#
#     c (1 + λω²) N/2 = Σ_i ν_i cos ωx_i − λω Σ_i ν_i′ sin ωx_i                            (2)
#
# The terms on the right are independent. Their variances are τ² cos² ωx_i and λ²ω²τ′² sin² ωx_i,
# and add up to (τ² + λ²ω²τ′²) N/2. Divide by the square of what stands before c:
#
#     variance of c  =  (2/N) (τ² + λ²ω²τ′²) / (1 + λω²)²                                  (3)
#
# In words: a slope measures c with the factor ω, so that its noise counts less at high ω. At λ = 0
# this is (2/N) τ². Its derivative in λ is zero at
#
#     λ = (τ/τ′)²                                                                          (W2)
#
# at every ω at once: these are the weights of Gauss and Markov, one over each variance: no linear
# fit without bias (right in the mean) has a smaller variance. `sr.noise_weights` gives them. Where
# τ and τ′ are not known, exercise 2 takes them from the residuals, and `SobolevRegressor` finds
# them by the evidence, which [tutorial 13](13_fit_data.py) explains. And λ = 1 is worse than λ = 0
# where (τ² + ω²τ′²) > τ² (1 + ω²)², that is, where (τ′/τ)² > ω² + 2. Take τ = 0.1, τ′ = 0.5,
# N = 40, and 4000 draws of the noise.

# %%
tau, N, omega = (0.1, 0.5), 40, np.arange(1, 9)
period = (-np.pi, np.pi)
series = sr.LinearModel.fourier(8, [period])               # 1, cos ωx, sin ωx, P = 17
points = sr.samples(-np.pi + 2 * np.pi * np.arange(N) / N)
noise = np.random.default_rng(0).normal(size=(2 * N, 4000))
noise *= np.repeat(tau, N)[:, None]                        # values, then slopes
best = sr.noise_weights(tau)[1]                            # (τ/τ′)² = 0.04
predicted, deviation = {}, {}
for lam in (0.0, best, 1.0):
    data = sr.SobolevLoss(series, lambda x: 0 * x, points, weights=(1, lam))
    Phi = data.jacobian(np.zeros(17))  # (T5), (2N, P), or (N, P) for λ = 0
    root = np.sqrt(np.repeat((1, lam), N) / N)[: len(Phi), None]     # √(λ_α/N)
    errors = lstsq(Phi, root * noise[: len(Phi)])[0]       # of θ, (P, 4000)
    pairs = errors[1:].reshape(8, 2, -1)                   # cos and sin of each ω
    deviation[lam] = pairs.std(axis=(1, 2))                # (8,)
    variance = 2 / N * (tau[0] ** 2 + (lam * omega * tau[1]) ** 2)
    predicted[lam] = np.sqrt(variance) / (1 + lam * omega**2)        # (3)
    print(f"λ = {lam:4.2f}, ω = 1 to 8:", *(f"{value:.4f}" for value in deviation[lam]))
    np.testing.assert_allclose(deviation[lam], predicted[lam], rtol=0.05)
worse = omega[deviation[1.0] > deviation[0.0]]
print("λ = 1 is worse than no slopes at ω =", worse)
np.testing.assert_equal(worse, omega[omega**2 + 2 < 25])

# %% [markdown]
# Noisy slopes are poor at low frequencies and good at high ones. With the right λ they never hurt,
# by (3); with λ = 1 they may. So derivatives want a λ that knows their noise.

# %%
fig, (left, right) = figure(columns=2, width=4.8, height=3.6)
for j, name in enumerate(("N values", "N values, N slopes", "2N values")):
    left.semilogy(range(3, 8), sup[:, j, 0], label=name, **line_style(j))
left.set(xlabel="N", ylabel="sup |e|", xticks=range(3, 8))
left.set(title="N slopes are worth N values, less a factor 2")
label_ends(left)
for i, lam in enumerate(predicted):
    look = line_style(i)
    look_of_line = look | {"marker": None, "label": f"λ = {lam:.2f}"}
    right.plot(omega, predicted[lam], **look_of_line)
    right.plot(omega, deviation[lam], **look | {"linestyle": "none"})
right.set(xlabel="ω", ylabel="standard deviation", ylim=(0, None))
right.set(title="noisy slopes: λ = 1 harms low waves")
label_ends(right)
save_figure(fig, "output/tutorial_10b_data.png")

# %% [markdown]
# On the right the lines are (3), and the marks are what was drawn.
#
# ## What you can do now
#
# 1. Why is 6 points with slopes against 6 points without not a fair comparison?
# 2. What is a slope at a point worth, for u and for u′, if a polynomial is fitted?
# 3. When are slopes cheaper than values?
# 4. Values have τ = 0.2 and slopes τ′ = 0.1, in their units. Which λ do you take?
# 5. Up to which ω does λ = 1 do harm if τ′ = 10 τ?
#
# <details><summary>Answers</summary>
#
# 1. It gives one side twice as many numbers.
# 2. For u′ as much as a value at another point; for u the error is twice as large.
# 3. Where a backward sweep computes them: all d of them for the price of a few values.
# 4. (τ/τ′)² = 4.
# 5. Where ω² + 2 < 100, that is up to ω = 9.
#
# </details>
#
# ## Exercises
#
# 1. In the plane compare N = 20 points with value and gradient to 3N values, and to 2N values, for
#    Franke's function (`sr.FUNCTIONS["franke"]`, on [0, 1]²) and networks (2, 20, 1). Fit as above:
#    20 draws of random points and starts, "lm" for 120 steps, balanced weights and the same ridge.
#    Take ‖e‖ not at the data but over the square, by a Gauss rule of 24² nodes, and its median of
#    the 20. Which comparison is fair, and when?
# 2. τ and τ′ are unknown. Fit the noise above with λ = 1, take τ and τ′ from the residuals, and fit
#    again with `sr.noise_weights`. (Of N residuals of the values only N − tr are free, where tr is
#    the sum of the squared entries of Q in the rows of the values, for Φ = QR with an orthonormal
#    Q; so for the slopes.) How near does λ come to (τ/τ′)² after four fits, and what is gained?
#
# Worked answers: [answers/10b_count_data.py](answers/10b_count_data.py).
#
# **What was simplified.** One function for each question, one dimension, independent noise of one
# size; and of how a network's error falls with the number of random points three numbers are shown.
# Interpolation at Chebyshev's points is the best case for polynomials.
#
# **Further reading.** P. J. Davis, *Interpolation and Approximation*, 1963: the error of
# interpolation, with slopes too. L. N. Trefethen, *Approximation Theory and Approximation
# Practice*, 2013: Chebyshev's points. G. A. F. Seber and A. J. Lee, *Linear Regression Analysis*,
# 2003: Gauss and Markov.
#
# **Next:** 11_add_dimensions, where a point has many slopes.
