# %% [markdown]
# # 16. Weigh frequencies: when is H¹ faster?
#
# **Question.** Does the derivative term make training faster, and what do other orders s do, in
# between and below zero?
#
# **The paper.** It says that Sobolev training converges faster. No theorem of it compares two
# losses. The matrix of L_1 = ∫ e² + λ ∫ e′² is A = A_0 + λA_1, and A_1 has no negative eigenvalue.
# So the largest curvature, the eigenvalue λ_max of 2A, cannot fall, and the step 2/λ_max cannot
# grow. What counts is κ(A), the largest eigenvalue over the least.
#
# **You will see.** κ and steps with and without derivatives; the rate of each frequency of a
# network, inside a period and against its ends, when it is fresh and when it is trained; descent in
# H^s for s = −1, 0, 1; what is left of noise.
#
# **You will do.** Compute condition numbers and the rate of each frequency, and descend in three
# norms.
#
# **You will need.** Tutorial 08: the matrix A of a quadratic loss, and its modes, each with its
# [eigenvalue](../docs/glossary.md). Tutorial 10: waves. Tutorial 12: the Jacobian J. 45 minutes.

# %%
import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import figure, label_ends, line_style, save_figure
from sobolev_ref.theory import (
    FourierLoss,
    condition_numbers,
    mode_rates,
    polyak_lojasiewicz,
    tangent_kernel,
)

# %% [markdown]
# ## Slower for some features, faster for others
#
# Take the features φ_j = cos(jx)/j^q, j = 1, …, 6, on a period. Then A_0 = π diag(j^{−2q}), and A_1
# has j² times that:
#
#     A = π diag((1 + λj²) j^{−2q}),     κ(A)/κ(A_0)                                       (K1)
#
# In words: the derivative term is faster where the quotient of the two κ is below 1. For q = 0 the
# features have one size, and the derivative term spoils their κ = 1. For q = 1 they fall like 1/j,
# as a smooth model's do, and the derivative term evens them out.

# %%
period = (-np.pi, np.pi)
rule = sr.gauss_legendre([period], 60)
x, w, j = rule.nodes, rule.weights, np.arange(1, 7)        # (N, 1), (N,), (6,)
kappas, steps = {}, {}
for power in (0, 1, 2):
    phi = np.cos(j * x) / j**power                         # φ_j, (N, 6)
    slope = -j * np.sin(j * x) / j**power                  # φ_j′, (N, 6)
    A_0 = (phi * w[:, None]).T @ phi                       # (6, 6)
    A_1 = (slope * w[:, None]).T @ slope
    kappas[power] = [np.linalg.cond(A) for A in (A_0, A_0 + A_1)]
    steps[power] = []
    for A in (A_0, A_0 + A_1):                             # δ ← (I − A/λ_max) δ
        top = np.linalg.eigvalsh(A)[-1]
        delta, n = np.linalg.eigh(A)[1][:, 0], 0           # the slowest mode
        while np.linalg.norm(delta) > 1e-3:
            delta, n = delta - A @ delta / top, n + 1
        steps[power].append(n)
    print(
        "q = {}: κ {:7.1f} without u′, {:6.1f} with;".format(power, *kappas[power]),
        end=" ",
    )
    print("steps for three digits {:5}, {:4}".format(*steps[power]))
np.testing.assert_allclose(kappas[0], [1, 37 / 2], rtol=1e-9)
np.testing.assert_allclose(kappas[1], [36, 36 * 2 / 37], rtol=1e-9)
np.testing.assert_allclose(kappas[2], [6**4, 6**4 * 2 / 37], rtol=1e-9)

# %% [markdown]
# So "faster" is a property of the features. With which λ? For q ≥ 1 the quotient (K1) is
# (1 + λ)/(1 + 36λ): 1/18.5 for λ = 1, and above 1/36 for every λ. Random tanh units are smooth, and
# H¹ is faster for each of 20 draws of twelve of them:

# %%
of_random = []                                             # κ(A)/κ(A_0), (20,)
for seed in range(20):
    random = sr.LinearModel.random(12, [(-1, 1)], seed)
    its_loss = sr.SobolevLoss(random, np.sin, sr.gauss_legendre([(-1, 1)], 60))
    of_random.append(condition_numbers(its_loss, random.init()).ratio)
print(f"tanh units: κ(A)/κ(A_0) from {min(of_random):.3f} to {max(of_random):.3f}")
np.testing.assert_array_less(of_random, 0.2)

# %% [markdown]
# ## A linear rate without strict convexity
#
# Let μ be the smallest eigenvalue of 2A that is not 0. With δ = θ − θ*: L − L* = δᵀAδ, ∇L = 2Aδ, so
#
#     ‖∇L‖² ≥ 2μ (L − L*)                                                Polyak–Łojasiewicz (K2)
#
# with equality for the slowest mode. In words: while the loss is above its least value, the
# gradient is not small.
#
# Take the step η = 1/λ_max. By the descent lemma (T3) it lowers the loss by at least (η/2)‖∇L‖². By
# (K2) that is at least ημ (L − L*). So a step leaves at most the share 1 − ημ of L − L*. Nothing
# was said of a singular A, so that this holds too where there are many minima.
#
# For a quadratic loss more is true. A step multiplies the part of δ along a mode by 1 − ηλ_i, where
# λ_i is its eigenvalue of 2A. L − L* is a sum of squares, one for each mode with λ_i > 0. Of these
# factors the largest is 1 − ημ. So a step leaves at most the share (1 − ημ)². We take five
# coefficients and three values, so that A is singular, and compare the share of each step with
# (1 − ημ)²:

# %%
quartic = sr.LinearModel.polynomial(4, [(-1, 1)])
few = sr.SobolevLoss(quartic, np.sin, sr.samples([-0.5, 0.0, 0.7]), order=0)
constants = polyak_lojasiewicz(few)
eta = 1 / constants.lipschitz
run = sr.fit(few, np.ones(5), "gradient_descent", learning_rate=eta, maxiter=60, gtol=0)
quotients = run.gradient_norms**2 / (2 * run.history)      # L* = 0
factors = run.history[1:] / run.history[:-1]
print(f"μ = {constants.constant:.4f}", end="; ")
print(f"‖∇L‖²/(2L) from {quotients[0]:.3f} to {quotients[-1]:.4f}")
print(f"factor of a step from {factors[0]:.3f} to {factors[-1]:.4f},", end=" ")
print(f"at most (1 − ημ)² = {constants.rate(eta):.4f}")
np.testing.assert_array_less(constants.constant * (1 - 1e-9), quotients)
np.testing.assert_allclose(factors[-1], constants.rate(eta), rtol=1e-3)

# %% [markdown]
# ## A network: the rate of each frequency
#
# In gradient flow, dθ/dt = −∇L = −2Jᵀr, the residuals move by dr/dt = J dθ/dt:
#
#     dr/dt = −2 Θ r,     Θ = J Jᵀ                                 the tangent kernel      (K3)
#
# In words: how fast a residual falls depends on how much θ can move it, together with all others.
#
# Let the error be one wave, e = φ, and a = ∫ ∇u_θ φ dx, a vector like θ, ∇ = ∂/∂θ. Under L_0 we
# have dθ/dt = −2a. Of de/dt = ∇u_θ·dθ/dt the part along φ is ∫ φ de/dt dx/‖φ‖² = −2|a|²/‖φ‖²: at
# this rate the amplitude of φ falls. Under L_1, dθ/dt = −2(a + λa′), a′ = ∫ ∇u_θ′ φ′ dx, so that
# the rate is a·(a + λa′)/|a|² times as large. Integrate by parts, with φ″ = −ω²φ:
#
#     a′ = ω² a + [∇u_θ φ′] at the ends
#     rate in H¹ / rate in L² = 1 + λω² + λ a·b/|a|²,   b = [∇u_θ φ′]                      (K4)
#
# By hand for φ = cos 2x and φ = sin 2x, with the columns of J:

# %%
net, omega = sr.MLP((1, 40, 1)), np.arange(1, 9)
theta = net.init(0)
loss = sr.SobolevLoss(net, np.sin, rule)  # λ = 1; the target plays no part here
J, root = loss.jacobian(theta), np.sqrt(w)  # rows √w_i ∂u, then √w_i ∂u′, (2N, P)
by_hand = []
cos_2, sin_2 = np.cos(2 * x), np.sin(2 * x)                # (N, 1) each
for value, slope in ((cos_2, -2 * sin_2), (sin_2, 2 * cos_2)):
    a = J[:60].T @ (root * value[:, 0])                    # (P,)
    of_slope = J[60:].T @ (root * slope[:, 0])             # a′, (P,)
    by_hand.append(a @ (a + of_slope) / (a @ a))           # (K4)
cosines = [lambda x, k=k: np.cos(k * x) for k in omega]
sines = [lambda x, k=k: np.sin(k * x) for k in omega]
ratios = {"tanh, cos ωx": mode_rates(loss, theta, cosines).ratio,
          "tanh, sin ωx": mode_rates(loss, theta, sines).ratio}
print("by hand for ω = 2:", np.round(by_hand, 6))
np.testing.assert_allclose(
    [ratios["tanh, cos ωx"][1], ratios["tanh, sin ωx"][1]], by_hand, rtol=1e-10
)

# %% [markdown]
# cos 2x has the factor 5 exactly: its slope is 0 at ±π, so b = 0, for this and every network. But
# sin 2x has a factor near 1 in this fresh network: next to nothing is gained. Now a network whose
# ∂u/∂θ are all periodic, so that b = 0 for every wave: sin units with whole frequencies W_j, which
# are held. Where they are trained too, the rule does not hold exactly, as ∂u/∂W_j has a factor x.

# %%
wave, draw = sr.MLP((1, 40, 1), "sin"), np.random.default_rng(0)
whole = wave.pack([(draw.integers(1, 9, (40, 1)), draw.uniform(0, 2 * np.pi, 40)),
                   (draw.normal(size=(1, 40)), [0.0])])
of_waves = sr.SobolevLoss(wave, np.sin, rule)
ratios["sin, W held"] = mode_rates(of_waves, whole, sines, np.arange(40, 121)).ratio
ratios["sin, all trained"] = mode_rates(of_waves, whole, sines).ratio
print("ω               ", *(f"{k:7}" for k in omega))
for name, ratio in ratios.items():
    print(f"{name:16}", *(f"{value:7.2f}" for value in ratio))
np.testing.assert_allclose(
    [ratios["sin, W held"], ratios["tanh, cos ωx"]], [1 + omega**2] * 2, rtol=1e-9
)

# %% [markdown]
# The sines of a fresh tanh network gain next to nothing, at any ω (below, for 20 networks). Let
# [∇u] be the jump of ∇u, its value at π less that at −π. At both ends sin ωx is 0, and cos ωx is
# the same number, 1 or −1. So two integrations by parts make of a = ∫ ∇u sin ωx dx the jump,
# ±[∇u]/ω, less ∫ ∇u″ sin ωx dx/ω². The new integral is of the same form. Two more integrations give
#
#     a = ±([∇u]/ω − [∇u″]/ω³ + …)
#
# And b is ω [∇u] with the other sign. Put both into (K4). The terms with ω² cancel, and the ratio
# tends to a constant, 1 − λ [∇u]·[∇u″]/|[∇u]|². In words: a network is not periodic, and at high ω
# its ends are all that counts. For a fresh network ω = 8 is high, as the last line shows. What is
# high for a trained one we ask below.

# %%
ends = sr.SobolevLoss(
    net, {(0,): [0, 0], (2,): [0, 0]}, sr.samples(period), weights=(1, 0, 1)
)
rows = ends.jacobian(theta)  # ∇u at both ends, ∇u″ at both, (4, P)
jump, jump_2 = rows[1] - rows[0], rows[3] - rows[2]  # [∇u], [∇u″], up to one factor
limit = 1 - jump @ jump_2 / (jump @ jump)
of_sines = [mode_rates(loss, net.init(seed), sines).ratio.max() for seed in range(20)]
print(f"largest ratio of sines, 20 fresh: {min(of_sines):.2f} to {max(of_sines):.2f}")
np.testing.assert_array_less(of_sines, 1.5)
print(f"limit {limit:.4f}, at ω = 8 {ratios['tanh, sin ωx'][-1]:.4f}")
np.testing.assert_allclose(ratios["tanh, sin ωx"][-1], limit, rtol=1e-3)

# %% [markdown]
# (K4) is for an error that is one wave. In a sum of cosines, where b = 0, the amplitude of φ_n
# falls like a_n·Σ_m a_m, and like a_n·Σ_m (1 + λω_m²) a_m in H¹. The a_m of a Fourier series are
# orthogonal, and each wave goes its own way. A network's are nearly parallel for high ω: by
# parts twice, a_m = ±[∇u_θ′]/ω_m² and smaller terms. Eight cosines at once, for 20 fresh networks:

# %%
waves, bends = np.cos(omega * x), -omega * np.sin(omega * x)         # φ_m, φ_m′, (N, 8)
mixed = []
for seed in range(20):
    J = loss.jacobian(net.init(seed))
    a = J[:60].T @ (root[:, None] * waves)                 # a_m, (P, 8)
    of_slope = J[60:].T @ (root[:, None] * bends)          # a_m′, (P, 8)
    mixed.append((a.T @ (a + of_slope).sum(axis=1)) / (a.T @ a.sum(axis=1)))
mixed = np.array(mixed)                                    # (20, 8)
print("in a sum of eight cosines, medians of 20:", np.median(mixed, axis=0).round(2))
print(f"of the 160 ratios {np.sum(mixed < 2)} are below 2")
np.testing.assert_array_less(np.abs(np.median(mixed, axis=0) - 1.6), 0.15)

# %% [markdown]
# Alone each cosine has the ratio 1 + ω², up to 65. In this sum it has 1.5 to 1.7 in the median of
# 20 fresh networks: what moves one wave moves its neighbours too.
#
# ## Training changes the rates
#
# All these networks were fresh. In tutorial 10 the networks were trained, and u′ halved the number
# of steps for sin 3x and sin 6x, sines both. What did their rates do on the way?
#
# It is the ends that take the gain away. By (K4) a = (a′ − b)/ω². So −b/ω² is what the ends give to
# a, and a′/ω² is what the slopes inside give. Let c be the ends' share: a·b = −cω²|a|². Then
#
#     rate in H¹ / rate in L² = 1 + λω² (1 − c)                                            (1)
#
# In words: of the gain λω² the ends take their share. With c = 1 nothing is gained. A share a
# little below 1 does much at high ω: c = 0.8, ω = 8 and λ = 1 make 13.8.
#
# Train three sets of 20 networks by 400 steps of Adam with u′: those above on the three sines of
# tutorial 10, the same on sin x alone, and those of tutorial 10. We print the ratio of each sine,
# for that sine as the only error, in the median of 20.

# %%
few = sr.gauss_legendre([period], 40).mean()               # as in tutorial 10


def three_sines(x):
    return np.sin(x) + np.sin(3 * x) + np.sin(6 * x)


cases = {"(1, 40, 1), three sines": (net, three_sines),
         "(1, 40, 1), sin x alone": (net, np.sin),
         "(1, 24, 24, 1), three sines": (sr.MLP((1, 24, 24, 1)), three_sines)}
shown, trained, steepest = (0, 50, 200, 400), {}, {}
for name, (model, target) in cases.items():
    learning = sr.SobolevLoss(model, target, few)
    of_model = sr.SobolevLoss(model, target, rule)         # the rates' integrals
    trained[name], steepest[name] = [], []
    for seed in range(20):
        path = [model.init(seed)]                          # θ after each step

        def keep(intermediate_result):
            path.append(intermediate_result.x.copy())

        sr.fit(
            learning, path[0], "adam", maxiter=400, learning_rate=1e-2, callback=keep
        )
        rates = [mode_rates(of_model, path[n], sines).ratio for n in shown]
        trained[name].append(rates)
        first_layer = [model.unpack(path[n])[0][0] for n in (0, 400)]          # W
        steepest[name].append([np.abs(W).max() for W in first_layer])
    trained[name] = np.array(trained[name])                # (20, 4, 8)
    for n, row in zip(shown, np.median(trained[name], axis=0)):
        print(f"{name:27} step {n:3}:", *(f"{value:5.1f}" for value in row))
    first, last = np.median(steepest[name], axis=0)        # the largest |W|
    print(f"{'':27} |W| up to {first:.1f}, then {last:.1f}")
largest = {name: rows[:, -1].max(axis=1) for name, rows in trained.items()}    # (20,)
for name, values in largest.items():
    print(f"{name:27} largest ratio {values.min():.1f} to {values.max():.1f}")
alone = np.median(largest.pop("(1, 40, 1), sin x alone"))
np.testing.assert_array_less([alone, 5], [1.5, min(map(np.median, largest.values()))])
middle = np.median(trained["(1, 40, 1), three sines"], axis=0)       # (4, 8)
np.testing.assert_array_less(2, np.sum(middle[-1, 3:] > 10))         # of ω = 4 to 8

# %% [markdown]
# What was said of sines is true of a fresh network, and of one that has learned sin x alone. A
# fresh network has small W: each neuron bends slowly, over the whole interval, and ∇u_θ has no
# short waves inside. To learn sin 3x and sin 6x the neurons become steep (the largest |W| grows)
# and bend inside. Then a has a part that the ends do not make, and by (1) the ratios rise, most of
# those for ω ≥ 4 above 10 in the median. For the ends to be all that counts, ω must now be higher
# than 8.
#
# So tutorial 10 could find a gain where a fresh network promises none. Within 50 steps the ratio of
# sin 3x rises to near 4 in the median of its networks, and about then sin 3x is halved. The ratio
# of sin 6x is below 0 at that step: if the error were sin 6x alone, u′ would lead away from it. At
# step 200 it is above 10, and about then sin 6x is halved. (An error of three waves is no single
# wave, as the cosines showed, so that (1) explains a tendency and predicts no step.) Rates at the
# start do not tell those of a training, and no single number says "how much faster H¹ is".
#
# ## Training in H^s
#
# On a period of length ℓ the order need not be whole. Take N equidistant nodes, and r̂ = Fr, F the
# discrete Fourier transform divided by N, of the residual. With S = F⁻¹ (1 + ω²)^{s/2} F
#
#     L = ℓ Σ_ω (1 + ω²)^s |r̂(ω)|² = (ℓ/N) |S r|²,     ∇L = 2 (ℓ/N) Jᵀ S² r               (F1)
#
# In words: weigh the waves of the residual as H^s does, and forget the derivatives. No derivative
# of u_θ is needed, and S works on N numbers. By hand, and by the package:

# %%
N, s = 33, -1.0
x = -np.pi + 2 * np.pi * np.arange(N) / N                  # the nodes, (N,)
r = net(theta, x)[:, 0] - np.sin(3 * x)                    # (N,)
hat = np.fft.fft(r) / N                                    # r̂(ω), (N,)
whole = np.fft.fftfreq(N, 1 / N)                           # the frequencies ω, (N,)
square = 2 * np.pi * np.sum((1 + whole**2) ** s * np.abs(hat) ** 2)  # (F1)
in_minus_one = FourierLoss(net, lambda x: np.sin(3 * x), period, s, N)
value, gradient = in_minus_one(theta)
package_error = max(
    abs(value / square - 1),
    np.abs(
        2 * in_minus_one.jacobian(theta).T @ in_minus_one.residuals(theta) - gradient
    ).max()
    / np.abs(gradient).max(),
)
print(f"L in H^−1 by hand {square:.10f}, by the package {value:.10f}")
print(f"L and ∇L: {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-12)

# %% [markdown]
# An error that is one wave has S²φ = (1 + ω²)^s φ, so its gradient is (1 + ω²)^s times that of L²:
# for every model, and here without any b, as the network is not differentiated. A Fourier series to
# ω = 8 from 0, a target of the sines sin ωx, η = 1/λ_max for each s: what is left after 20 steps?

# %%
series, left_over = sr.LinearModel.fourier(8, [period]), {}


def chord(x):
    return sum(np.sin(k * x) for k in omega)


for s in (-1, 0, 1):
    of_s = FourierLoss(series, chord, period, s, N)
    top = 2 * np.linalg.eigvalsh(tangent_kernel(of_s, np.zeros(17)))[-1]  # λ_max, (K3)
    x_20 = sr.fit(
        of_s, np.zeros(17), "gradient_descent", learning_rate=1 / top, maxiter=20
    ).x
    left_over[s] = sr.spectrum(
        lambda x: series.function(x_20)(x) - chord(x), period, N
    )[1][1:9]
    print(f"s = {s:2}:", *(f"{a:.0e}" for a in left_over[s]))
    np.testing.assert_allclose(
        left_over[s], (1 - 2 * np.pi * (1 + omega**2.0) ** s / top) ** 20, atol=1e-12)

# %% [markdown]
# With s = 1 high frequencies come first, with s = −1 low ones, with s = 0 all alike.
#
# ## Order −1 for noise
#
# Values of sin x with white noise, which is independent from node to node and so has the same power
# at every ω, the mean of its squared amplitude, and the series to ω = 16, which can learn all 33 of
# them. In the limit every s has learned the noise. On the way H^{−1} has sin x before it has the
# noise. 20 draws of the noise, and each time the smallest error along the way:

# %%
full, best, paths = sr.LinearModel.fourier(16, [period]), {}, {}
truth = FourierLoss(full, np.sin, period, 0, N)
for s in (-1, 0, 1):
    runs = []
    for seed in range(20):
        noise = 0.3 * np.random.default_rng(seed).normal(size=N)
        of_s, path = FourierLoss(full, {(0,): np.sin(x) + noise}, period, s, N), []
        if seed == 0:                                      # the same for each draw
            top = 2 * np.linalg.eigvalsh(tangent_kernel(of_s, np.zeros(33)))[-1]

        def watch(intermediate_result):
            path.append(truth(intermediate_result.x)[0])

        options = {
            "learning_rate": 0.25 / top,
            "maxiter": 150,
            "gtol": 0,
            "callback": watch,
        }
        sr.fit(of_s, np.zeros(33), "gradient_descent", **options)
        runs.append(np.sqrt(path))                         # ‖u_θ − sin‖ after each step
    paths[s] = np.median(runs, axis=0)                     # (150,)
    best[s] = np.min(runs, axis=1)                         # (20,)
    print(f"s = {s:2}: ‖e‖ at best {np.median(best[s]):.2f} in the median of 20")
wins = np.sum(best[-1] < best[0])
print(f"s = −1 comes nearer to sin x than s = 0 in {wins} of 20")
np.testing.assert_array_less(17, wins)

# %% [markdown]
# With s = 1 the noise of high ω is learned first, and after 150 steps three quarters of sin x are
# still missing. A run that is stopped early is a filter, and s says of which kind. For a model with
# fewer numbers than data it is otherwise: there the weights of least variance, by Gauss and Markov
# (tutorial 10b), are one over the power of the noise. That is L² for white noise, and H^{−1} for
# noise of the power 1 + ω².

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.6, height=3.4)
for i, (name, ratio) in enumerate(ratios.items()):
    left.semilogy(omega, ratio, label=name, **line_style(i))
left.set(xlabel="ω", ylabel="rate in H¹ / rate in L²",
         title=f"up to {np.max(list(ratios.values())):.0f} times as fast in H¹")
left.legend(frameon=False)
for i, s in enumerate((-1, 0, 1)):
    look = line_style(i, marker=False) | {"label": f"s = {s}".replace("-", "−")}
    right.semilogy(omega, np.maximum(left_over[s], 1e-17), **look)
    below.loglog(np.arange(1, 151), paths[s], **look)
right.set(xlabel="ω", ylabel="amplitude left after 20 steps",
          title="s > 0 takes high waves first, s < 0 low ones")
below.set(xlabel="step", ylabel="‖e‖, median of 20",
          title="noise: s < 0 comes nearest, then learns it too")
three = np.median(trained["(1, 24, 24, 1), three sines"], axis=0)    # (4, 8)
for i, n in ((0, 0), (1, 50), (3, 400)):
    rest.plot(omega, three[i], label=f"step {n}", **line_style(i, marker=False))
rest.set_yscale("symlog", linthresh=2)
rest.set_yticks([-1, 0, 1, 10, 50], ["−1", "0", "1", "10", "50"])
rest.set(xlabel="ω", ylabel="rate in H¹ / rate in L²",
         title="sines: no gain at first, much once trained")
for ax in (right, below, rest):
    label_ends(ax)
save_figure(fig, "output/tutorial_16_frequencies.png")

# %% [markdown]
# Above left the tanh network is fresh. Below right are the sines of the networks of tutorial 10, in
# the median of 20, before training and on the way.
#
# ## What you can do now
#
# 1. Why can the derivative term not make the step 2/λ_max longer?
# 2. For which features is H¹ faster?
# 3. For which errors does a network have the rate 1 + λω² exactly?
# 4. Why is it less for a sum of waves, and for the sines of a fresh network?
# 5. Which s takes low waves first, and when is that of use?
#
# <details><summary>Answers</summary>
#
# 1. It adds a matrix without negative eigenvalues, so that λ_max cannot fall.
# 2. For those that fall fast enough with the frequency, as cos jx/j does.
# 3. For one wave whose slope is 0 at the ends, or for gradients ∇u_θ that are periodic.
# 4. The vectors a_m are nearly parallel, and what moves one wave moves the others too. The a of a
#    sine comes from the ends, until training has made the neurons bend inside.
# 5. A negative one; where the high waves are noise and the run is stopped early.
#
# </details>
#
# ## Exercises
#
# 1. For which real q is κ(A) of φ_j = cos(jx)/j^q smallest, with u′ and without? How large is κ at
#    q = 2 for values alone, with u′, and with u′ and u″?
# 2. Noise of power 1 + ω² on 33 values y, a polynomial of degree 5, so that r = Jθ − y up to a
#    factor. Which s has the least variance of the entries of θ, added up, of −1, 0 and 1? Compute
#    it from J and S, without drawing any noise: θ minimises |S(Jθ − y)|², which makes θ = E y with
#    a matrix E. The covariance of the noise, C, the means of its products at two nodes, is
#    F⁻¹ (1 + ω²) F, and that of E times the noise is E C Eᵀ, with the variances on its diagonal.
#
# Worked answers: [answers/16_weigh_frequencies.py](answers/16_weigh_frequencies.py).
#
# **Whole trainings.** [The claims](../docs/claims.md) compare trainings with u′ and without, on
# thirteen targets with two methods. Their factor is the L² error without u′ over the error with u′,
# in the mean over the 26 cases: above 1, u′ helps. A factor below 1.25 was to count as no
# difference. First let both have equal CPU time. In the mean over the whole run the factor is 2.11
# (hypothesis 1). At the end of the time it is 2.91, though not above 1 in each case (hypothesis 3).
# Now let both have equal operations. In the mean over the run the factor
# is 1.06, no difference (hypothesis 2), and at the end 2.03 (hypothesis 8). Operations are the
# harsher measure. They count a step with u′ as 1 + d steps without, for the rows of its matrix
# products. It takes less time than that; tutorial 10 prints how much, for d = 1.
#
# **What was simplified.** Rates at some θ of a training, and not all along it: a network's J moves
# with θ, and so do its rates. One dimension, and for H^s a periodic one.
#
# **Further reading.** A. Jacot, F. Gabriel and C. Hongler, *Neural Tangent Kernel*, 2018. N.
# Rahaman and others, *On the Spectral Bias of Neural Networks*, 2019. H. Karimi, J. Nutini and M.
# Schmidt, *Linear Convergence of Gradient and Proximal-Gradient Methods Under the
# Polyak–Łojasiewicz Condition*, 2016.
#
# **Next:** 17_bound_errors, on what a small loss says of the error at every point.
