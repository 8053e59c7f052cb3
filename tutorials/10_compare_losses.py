# %% [markdown]
# # 10. Compare losses: which frequencies come first?
#
# **Question.** Is a network trained sooner, or better, for having been shown derivatives too?
#
# **The paper.** It claims "improved generalization, stability, and performance" and "faster
# convergence" for the Sobolev loss, and trains no network without derivatives to compare. With
# k = 1, p = 2 (Definition 5) the two losses are
#
#     L_0 = ∫ (u_θ − f)² dx        L_1 = ∫ (u_θ − f)² dx + λ ∫ (u_θ′ − f′)² dx             (D3)
#
# **You will see.** The loss by waves against the loss by nodes; what descent leaves of each wave;
# which waves a network learns first by Adam, from 20 starts, and what a step with u′ costs.
#
# **You will do.** Write a loss by waves, descend on it, and train networks with both losses from
# 20 starts.
#
# **You will need.** [Tutorial 1](01_compare_norms.py): a derivative multiplies a wave of the
# frequency ω by ω, and a Fourier series is a sum of waves. [Tutorial 8](08_solve_convex.py): the
# modes of descent, each with its factor 1 − ηλ_i. Symbols stand in the
# [glossary](../docs/glossary.md). 40 minutes.

# %%
from time import process_time

import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, LINES, figure, label_ends, line_style, save_figure

# %% [markdown]
# ## One weight for each frequency
#
# On one period, here [−π, π], an error is a sum of waves with amplitudes A_ω and phases φ_ω,
#
#     e(x) = A_0 + Σ_{ω≥1} A_ω cos(ωx + φ_ω)
#
# The mean of cos² is ½, the mean of a product of two different waves is 0, and a derivative
# multiplies A_ω by ω. So the mean loss over the period is
#
#     L = A_0² + ½ Σ_{ω≥1} (1 + λω²) A_ω²                                                  (1)
#
# In words: L_0 weighs all frequencies alike, and L_1 weighs the high ones more. `sr.spectrum`
# gives the A_ω of a function. We check (1) on some Fourier series up to ω = 8 as u_θ, against
# f = exp(sin x).

# %%
period = (-np.pi, np.pi)
rule = sr.gauss_legendre([period], 100).mean()             # weights sum to 1
series = sr.LinearModel.fourier(8, [period])               # 1, cos ωx, sin ωx, P = 17
theta = np.cos(np.arange(17))                              # some θ, (P,)


def error(x):
    return series.function(theta)(x) - np.exp(np.sin(x))


omega, A = sr.spectrum(error, period, 128)                 # ω = 0, 1, 2, … and A_ω
by_waves, by_nodes = [], []
for lam in (0, 1):
    weights = 1 + lam * omega[1:] ** 2
    by_waves.append(A[0] ** 2 + np.sum(weights * A[1:] ** 2) / 2)    # (1)
    loss = sr.SobolevLoss(series, lambda x: np.exp(np.sin(x)), rule, weights=(1, lam))
    by_nodes.append(loss(theta)[0])
    print(f"L_{lam}: by waves {by_waves[lam]:.8f}, by nodes {by_nodes[lam]:.8f}")
np.testing.assert_allclose(by_waves, by_nodes, rtol=1e-13)

# %% [markdown]
# ## What a Fourier series learns first
#
# For this model each wave is an eigenvector of the Hessian, and by (1) its eigenvalue is 1 + λω²,
# or 2 for the constant. A step of descent multiplies A_ω by 1 − η(1 + λω²). Take a target that has
# A_ω = 1 for ω = 1, …, 8, start from 0, and take η = 1/λ_max, which is 1/2 for L_0 and 1/65 for
# L_1. What is left after 20 steps?


# %%
def chord(x):
    return sum(np.sin(j * x) for j in range(1, 9))


left_over = {}  # A_ω after 20 steps, (8,) each
for lam, eta in ((0, 1 / 2), (1, 1 / 65)):
    loss = sr.SobolevLoss(series, chord, rule, weights=(1, lam))
    run = sr.fit(loss, 0 * theta, "gradient_descent", learning_rate=eta, maxiter=20)
    u = series.function(run.x)
    left_over[lam] = sr.spectrum(lambda x: u(x) - chord(x), period, 128)[1][1:9]
    print(f"L_{lam}, ω = 1 to 8:", *(f"{a:.0e}" for a in left_over[lam]))
    factors = 1 - eta * (1 + lam * omega[1:9] ** 2)        # (8,)
    np.testing.assert_allclose(left_over[lam], factors**20, atol=1e-12)

# %% [markdown]
# Under L_0 all waves of the error fall alike. Under L_1 the highest is gone in one step, and half
# of the lowest is still there: for this model, with λ = 1, the derivative term does harm. (Exercise
# 1 gives a model for which it does not, and exercise 2 a λ.)
#
# ## What a network learns first
#
# A tanh network is no Fourier series. A change of its θ moves low frequencies much more than high
# ones, so that under L_0 the high ones come last. The weight 1 + λω² can work against that. How far
# it does changes with θ: hardly for the sines of a fresh network, and by much once its neurons have
# learned to bend inside the interval. Tutorial 16 computes this for the networks below.
#
# The target is f = sin x + sin 3x + sin 6x, the network has two hidden layers of 24, and we take
# 400 steps of Adam (tutorial 06) from 20 starts. L_0 is run without u′ at all (order 0), so that
# its steps cost less.


# %%
def f(x):
    return np.sin(x) + np.sin(3 * x) + np.sin(6 * x)


net, waves = sr.MLP((1, 24, 24, 1)), [1, 3, 6]
few = sr.gauss_legendre([period], 40).mean()


def train(order, seed):
    """A_ω after each tenth step, (40, 3); ‖e‖, ‖e′‖ at the end; seconds a step."""
    loss, path = sr.SobolevLoss(net, f, few, order=order), []

    def watch(intermediate_result):
        if intermediate_result.nit % 10 == 0:
            u = net.function(intermediate_result.x)
            path.append(sr.spectrum(lambda x: u(x) - f(x), period, 64)[1][waves])

    run = sr.fit(
        loss, net.init(seed), "adam", maxiter=400, learning_rate=1e-2, callback=watch
    )
    u = net.function(run.x)
    ends = [sr.sobolev_seminorm(lambda x: u(x) - f(x), few, n) for n in (0, 1)]
    begin = process_time()
    for _ in range(20):
        loss(run.x)
    return np.array(path), ends, (process_time() - begin) / 20


steps = np.arange(10, 401, 10)                             # (40,)
paths, halved, final, middle, seconds = {}, {}, {}, {}, {}
for k in (0, 1):
    runs = [train(k, seed) for seed in range(20)]
    paths[k] = np.array([path for path, _, _ in runs])     # (20, 40, 3)
    above = np.logical_and.accumulate(paths[k] > 0.5, axis=1)        # not yet halved
    halved[k] = 10 + 10 * above.sum(axis=1)                # steps, (20, 3)
    final[k] = np.array([ends for _, ends, _ in runs])     # ‖e‖, ‖e′‖, (20, 2)
    seconds[k] = np.median([time for _, _, time in runs])
    middle[k] = np.median(paths[k], axis=0)                # (40, 3)
    first, last = np.median(halved[k], axis=0), np.median(final[k], axis=0)
    print(f"L_{k}, medians: ω = 1, 3, 6 halved after", *first.astype(int), end=" ")
    print(f"steps; ‖e‖ {last[0]:.3f}, ‖e′‖ {last[1]:.2f} at the end")
sooner = np.sum(halved[1] < halved[0], axis=0)             # of 20, for each wave, (3,)
better = np.sum(final[1] < final[0], axis=0)  # of 20, for ‖e‖ and ‖e′‖, (2,)
print(f"with u′ ω = 3 is halved sooner from {sooner[1]} of 20, ω = 6 from {sooner[2]}")
print(f"with u′ ‖e‖ ends smaller from {better[0]} of 20 starts, ‖e′‖ from {better[1]}")
print(f"a step with u′ takes {seconds[1] / seconds[0]:.1f} times as long")
np.testing.assert_array_less(16, sooner[1:])
np.testing.assert_array_less(16, better)
first = {k: np.median(halved[k][:, 1:], axis=0) for k in (0, 1)}     # of ω = 3 and 6
np.testing.assert_array_less(first[1], 0.6 * first[0])

# %% [markdown]
# Both losses learn low frequencies first. With u′ the high ones come sooner, from all or nearly all
# of the 20 starts, and in the median in about half as many steps, or fewer. A step takes longer;
# the last line says how much, and where it is less than twice, time is gained as well. After the
# same number of steps even ‖e‖, all that L_0 is about, is smaller with u′. (docs/claims.md compares
# the two by time, for thirteen targets.)

# %%
fig, (left, right) = figure(columns=2, width=4.8, height=3.6)
for k, name in ((0, "$L_0$"), (1, "$L_1$")):
    left.semilogy(
        omega[1:9], np.maximum(left_over[k], 1e-17), label=name, **line_style(k)
    )
left.set(xlabel="ω", ylabel=r"$A_\omega$ after 20 steps of descent")
left.set(title="a Fourier series: $L_1$ leaves the low waves")
label_ends(left)
for k, shade in enumerate(COLORS[:2]):
    for j, line in enumerate(LINES[:3]):
        label = f"$L_{k}$, ω = {waves[j]}"
        right.loglog(steps, middle[k][:, j], line, color=shade, label=label, lw=1.4)
right.set(xlabel="step of Adam", ylabel=r"$A_\omega$, median of 20 starts")
right.set(ylim=(3e-3, 2), title="a network: $L_1$ learns high waves sooner")
right.legend(frameon=False, ncols=2, loc="lower left")
save_figure(fig, "output/tutorial_10_losses.png")

# %% [markdown]
# So it depends: on the model, and on λ.
#
# ## What you can do now
#
# 1. By what does λ = 1 multiply the weight of ω = 10 in the loss?
# 2. Why do all waves of a Fourier series fall alike under L_0?
# 3. Why does the same model leave low waves under L_1?
# 4. Which waves does a tanh network learn last without u′?
# 5. A method needs half as many steps, of twice the time. What has been shown?
#
# <details><summary>Answers</summary>
#
# 1. By 1 + ω², which is 101.
# 2. Their eigenvalues are equal, and so are their factors 1 − ηλ_i.
# 3. η = 1/65 suits the highest wave; the lowest has the eigenvalue 2, and the factor 1 − 2/65.
# 4. The high ones.
# 5. That nothing is gained in time; steps of two methods are no common measure.
#
# </details>
#
# ## Exercises
#
# 1. Divide each wave of the Fourier series by √(1 + λω²). What are the eigenvalues under L_1 now,
#    and which waves does descent learn first? Which under L_0?
# 2. Keep the Fourier series as it is. From (1), with η = 1/λ_max, after how many steps is the wave
#    ω = 1 below a tenth, for λ = 0, for λ = 1/64 and for λ = 1? And ω = 8? Check by descent.
#
# Worked answers: [answers/10_compare_losses.py](answers/10_compare_losses.py).
#
# **What was simplified.** One target for each model, one dimension, λ = 1 for the network, and Adam
# with one learning rate for both losses.
#
# **Further reading.** W. M. Czarnecki, S. Osindero, M. Jaderberg, G. Świrszcz and R. Pascanu,
# *Sobolev Training for Neural Networks*, 2017. N. Rahaman and others, *On the Spectral Bias of
# Neural Networks*, 2019: why low frequencies come first. Y. Katznelson, *An Introduction to
# Harmonic Analysis*, 2004: Fourier series.
#
# **Next:** 10b_count_data, where slopes are data, few or noisy.
