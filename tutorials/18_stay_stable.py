# %% [markdown]
# # 18. Stay stable: the longest step of each optimiser
#
# **Question.** Up to which step do momentum, Adam and mini-batches converge?
#
# **The paper.** Theorem 4 has 0 < η < 2/L for gradient descent, with the whole loss at each step.
# Its curves look like Adam's, and most networks are trained by mini-batches, for which 2/L is not
# the limit.
#
# **You will see.** Runs just below and just above each limit; the curvature that Adam sees along a
# run; runs in batches without any noise.
#
# **You will do.** Run each method just below and just above its limit.
#
# **You will need.** Tutorial 08: the modes of descent, each with its
# [eigenvalue](../docs/glossary.md) and its factor 1 − ηλ. Tutorial 07: the edge at ηλ_max = 2.
# Tutorial 06: Adam. 40 minutes.

# %%
import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, figure, line_style, save_figure
from sobolev_ref.theory import (
    adam_step_limit,
    batch_growth,
    batch_step_limit,
    step_growth,
    step_limit,
)

# %% [markdown]
# ## Momentum: 2(1 + β)/L
#
# Near a minimum θ* the loss at θ* + δ is its least value plus ½ δᵀHδ. Along an eigenvector, of the
# eigenvalue λ, the rule of [momentum](../docs/glossary.md), a running sum v of gradients,
# v ← βv − ηλδ, δ ← δ + v is
#
#     δ_{n+1} = (1 + β − ηλ) δ_n − β δ_{n−1},     z² − (1 + β − ηλ) z + β = 0
#
# **Proof (may be left out).** A solution is a sum of powers zⁿ of the two roots (at a double root,
# of zⁿ and n zⁿ). The roots of z² − cz + β lie inside the unit circle exactly for |β| < 1 and
# |c| < 1 + β: complex ones have |z|² = β, and real ones leave it at ±1, where c = ±(1 + β).
#
# So an error shrinks, for 0 ≤ β < 1 and every λ of H, the largest of which is L, exactly for
#
#     0 < ηλ < 2 (1 + β)                                                                   (E1)
#
# In words: a step of momentum may be 1 + β times as long as one of descent. Its gain is another.
# Complex roots have |z| = √β, whatever λ is, and are complex for (1 − √β)² < ηλ < (1 + √β)². With
# √β = (√κ − 1)/(√κ + 1) and a suited η this is all of H's λ, up to the ends, and √β ≈ 1 − 2/√κ: a
# digit takes about 1.15 √κ steps. Descent takes 1.15κ with its best η, and 2.3κ with 1/L ([tutorial
# 8](08_solve_convex.py)). For Adam nothing of the kind is known here.
#
# By hand for the cubic of tutorial 08:

# %%
rule, cubic = sr.gauss_legendre([(-1, 1)], 8), sr.LinearModel.polynomial(3, [(-1, 1)])
true = np.array([1.0, -0.5, 0.25, 2.0])                    # θ*, (P,)
loss = sr.SobolevLoss(cubic, cubic.function(true), rule, order=0)    # 0 at θ*
H = loss.hessian(true)                                     # (P, P)
top = np.linalg.eigvalsh(H)[-1]                            # L
runs = {}
for beta in (0.0, 0.5, 0.9):
    for factor in (0.99, 1.01):
        eta = factor * 2 * (1 + beta) / top                # (E1)
        delta, v = np.full(4, 0.1), np.zeros(4)
        for _ in range(1000):
            v = beta * v - eta * H @ delta
            delta = delta + v
        runs[beta, factor] = np.linalg.norm(delta)
        root = step_growth(top, eta, beta)
        print(f"β = {beta}, {factor} of the limit: larger root {root:.4f},", end=" ")
        print(f"|δ| after 1000 steps {runs[beta, factor]:.0e}")
        np.testing.assert_equal(runs[beta, factor] < 1e-3, factor < 1)
    np.testing.assert_allclose(step_limit(top, beta), 2 * (1 + beta) / top)

# %% [markdown]
# ## Adam: momentum in other units
#
# Adam keeps running means, from 0, of gradients, m ← β₁m + (1 − β₁)∇L, and of their squares entry
# by entry, v ← β₂v + (1 − β₂)(∇L)² (no more the v of momentum). After n steps it divides them by
# 1 − β₁ⁿ and 1 − β₂ⁿ, the sums of their weights, to m̂ and v̂, and steps by −η m̂/S, S = √v̂ + ε,
# with a small ε against a division by 0. If S stood still it would be, for large n, momentum with
# the step (1 − β₁)η on the curvature S^{−1}H. So, by (E1),
#
#     η λ_max(S^{−1/2} H S^{−1/2}) < 2 (1 + β₁)/(1 − β₁),     38 for β₁ = 0.9              (E2)
#
# In words: Adam is momentum for parameters that are measured in units of 1/√S.
#
# S stands still where ε is far larger than all gradients. Let it be 10⁴⁰:

# %%
held = {}
for factor in (0.99, 1.01):
    eta = factor * adam_step_limit(H, np.full(4, 1e40))
    run = sr.fit(
        loss, true + 0.1, "adam", learning_rate=eta, epsilon=1e40, maxiter=2500, gtol=0
    )
    held[factor] = run.fun / run.history[0]
    print(
        f"{factor} of the limit: the loss is {held[factor]:.0e} times that at the start"
    )
np.testing.assert_array_less([held[0.99], 1e6], [1e-3, held[1.01]])

# %% [markdown]
# A real Adam changes S along the run, and (E2) is no theorem about it. A network for
# sin 2x on [−1, 1], full batches, η = 0.01. Follow η over the limit of (E2) for S = √v̂ + ε:

# %%
net = sr.MLP((1, 20, 1))
wave = sr.SobolevLoss(net, lambda x: np.sin(2 * x), sr.trapezoid([(-1, 1)], 41).mean())
eta, beta2, shares = 0.01, 0.999, []
v = (1 - beta2) * wave(net.init(0))[1] ** 2  # Adam's own v, kept beside it


def watch(intermediate_result):
    global v
    n, theta = intermediate_result.nit, intermediate_result.x
    if n % 50 == 0:
        S = np.sqrt(v / (1 - beta2**n)) + 1e-8
        shares.append(eta / adam_step_limit(wave.hessian(theta), S))
    v = beta2 * v + (1 - beta2) * wave(theta)[1] ** 2


sr.fit(
    wave, net.init(0), "adam", learning_rate=eta, maxiter=4000, gtol=0, callback=watch
)
print("η over the limit, at step 50, 100, 500, 1000, …, 4000:",
      *(f"{shares[k]:.2f}" for k in (0, 1, *range(9, 80, 10))))
np.testing.assert_array_less(shares[0], 0.9)
np.testing.assert_array_less(np.abs(np.array(shares[20:]) - 1), 0.25)

# %% [markdown]
# It drifts to 1 and stays near it, as descent drifts to ηλ_max/2 = 1 in tutorial 07.
#
# ## Mini-batches: shorter, without any noise
#
# Our cubic's loss is 0 at θ*, so every batch has its minimum there, and nothing is random about the
# end of a run. Still a step δ ← (I − ηH_b) δ goes by the Hessian H_b of its batch, which is H in
# the mean only. With E for the mean over the draws of batches, what counts in the mean square is
# C = E[δδᵀ]:
#
#     C ← E[(I − ηH_b) C (I − ηH_b)] = C − η (HC + CH) + η² E[H_b C H_b]
#
# This is a linear map, I − ηA + η²B on the entries of C.
#
# **Proof (may be left out).** The map is symmetric, and shrinks every C if its eigenvalues are
# below 1 in size. A C without negative eigenvalues gets none by it, so that the map's own
# eigenvalue of largest size is positive (Perron, Frobenius); that is below 1 where ηA − η²B is
# positive definite.
#
# So the errors shrink in the mean square for
#
#     η λ_max(A^{−1}B) < 1,    A = H ⊗ I + I ⊗ H,    B = E[H_b ⊗ H_b]                      (E3)
#
# In words: what a step takes off in the mean must outweigh the mean square of what it adds, and
# batches that differ add more to it.
# (⊗ is `np.kron`: (M ⊗ Q) acts on the entries of C, row by row, as M C Qᵀ.)
#
# For one parameter this is η < 2 E[H_b]/E[H_b²]. By hand for single nodes, whose Hessians are
# H_i = 2N w_i φ(x_i) φ(x_i)ᵀ:

# %%
unit = np.eye(4)
phi = np.hstack([cubic(e_j, rule.nodes) for e_j in unit])  # φ_j(x_i), (N, P)
squares = phi[:, :, None] * phi[:, None, :]                # φφᵀ at each node, (N, P, P)
nodes = 2 * 8 * rule.weights[:, None, None] * squares      # H_i, (N, P, P)
A = np.kron(H, unit) + np.kron(unit, H)                    # (P², P²)
B = np.mean([np.kron(h, h) for h in nodes], axis=0)        # (P², P²)
by_hand = 1 / np.linalg.eigvals(np.linalg.solve(A, B)).real.max()              # (E3)
limits = {size: batch_step_limit(loss, true, size) for size in (1, 2, 4, 8)}
for size, limit in limits.items():
    print(f"batches of {size}: stable to ηL = {limit * top:.3f}")
np.testing.assert_allclose([limits[1], limits[8]], [by_hand, 2 / top], rtol=1e-9)

# %% [markdown]
# That is for batches drawn anew at each step. The package's go through all nodes once an
# [epoch](../docs/glossary.md), in random order: eight nodes in batches of 4 make two steps, with
# the whole loss one (as in tutorial 06). `batch_growth` with "epochs" takes the mean over all
# orders. Run them, at ηL = 1.4:

# %%
in_batches = {}
for size in (8, 4, 1):
    run = sr.fit(
        loss,
        true + 0.1,
        "momentum",
        beta=0.0,
        learning_rate=1.4 / top,
        batch_size=size,
        maxiter=60,
        gtol=0,
    )
    by_epochs = batch_growth(loss, true, size, 1.4 / top, "epochs")
    in_batches[size] = run.history / run.history[0]
    print(f"batches of {size}: E|δ|² times {by_epochs:.3f} a step;", end=" ")
    print(
        f"the loss in {run.nit} epochs becomes {in_batches[size][-1]:.0e} of the first"
    )
    np.testing.assert_equal(by_epochs > 1, in_batches[size][-1] > 1)

# %% [markdown]
# ηL = 1.4 is stable with the whole loss, and diverges node by node, with no noise in anything.
#
# If the data are noisy, a batch has a gradient at θ* too, of mean 0, and θ ends in a cloud about
# θ*. For one parameter and H_b = H, δ ← (1 − ηH)δ − ηg with independent g of variance σ² stays as
# it is in the mean square at E[δ²] = (1 − ηH)² E[δ²] + η²σ², that is
#
#     E[δ²] = ησ²/(H(2 − ηH))                                                              (1)
#
# In words: for small steps the cloud's radius goes like √η, so that θ* needs η → 0. By hand for
# u = θ and at each step a new value y = θ* + ν, ν of variance 1, so that H = 2 and g = −2ν:

# %%
rng, clouds = np.random.default_rng(0), {}
for eta in (0.01, 0.1, 0.4):
    delta = np.zeros(20000)                                # so many runs
    for _ in range(500):
        delta = delta - eta * 2 * (delta - rng.normal(size=delta.size))
    mean_square = np.mean(delta**2)
    clouds[eta] = mean_square / (eta * 4 / (2 * (2 - 2 * eta)))          # over (1)
    print(f"η = {eta}: E[δ²] = {mean_square:.4f}, {clouds[eta]:.3f} of (1)")
np.testing.assert_allclose(list(clouds.values()), 1, rtol=0.05)

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.6, height=3.2)
steps = np.linspace(0.01, 4.2, 400)
for i, beta in enumerate((0.0, 0.5, 0.9)):
    left.plot(
        steps,
        [step_growth(1.0, eta, beta) for eta in steps],
        label=f"β = {beta}",
        **line_style(i, marker=False),
    )
left.axhline(1, color="0.5", linewidth=1)
left.set(xlabel="ηλ", ylabel="growth by step", ylim=(0, 1.6),
         title="momentum is stable up to 2(1 + β)/λ")
left.legend(frameon=False)
right.plot(50 * np.arange(1, len(shares) + 1), shares, color=COLORS[2])
right.axhline(1, color="0.5", linewidth=1)
right.set(xlabel="step of Adam", ylabel="η over the limit (E2)", ylim=(0, 1.3),
          title="Adam drifts to its own edge")
for i, size in enumerate((8, 4, 1)):
    below.semilogy(
        in_batches[size], label=f"batches of {size}", **line_style(i, marker=False)
    )
below.set(
    xlabel="epoch, ηL = 1.4",
    ylabel="loss, of that at the start",
    ylim=(1e-20, 1e20),
    title="one step length: batches of 1 diverge",
)
below.legend(frameon=False)
rest.remove()
save_figure(fig, "output/tutorial_18_steps.png")

# %% [markdown]
# ## What you can do now
#
# 1. How far may a step of momentum go for β = 0.8, against descent?
# 2. Why is the limit of Adam one of η for a matrix S^{−1/2} H S^{−1/2}?
# 3. What is proved about Adam here, and what was observed?
# 4. Why may batches diverge though every batch has its minimum at θ*?
# 5. For one parameter, two curvatures H_b of the batches, 1 and 3: what is the limit of (E3)?
#
# <details><summary>Answers</summary>
#
# 1. To 3.6/L in place of 2/L.
# 2. It divides each entry of the step by S, which is the same as other units for the parameters.
# 3. Proved: (E2) for an S that stands still. Observed: that η came near the limit, in one run.
# 4. A step that is right for H in the mean is too long for a batch of higher curvature.
# 5. It is 2 E[H_b]/E[H_b²] = 2 · 2/5 = 0.8.
#
# </details>
#
# ## Exercises
#
# 1. For which η does momentum shrink errors between λ = μ and λ = L fastest, at β = 0.9? Compare
#    the factor with that of descent for L/μ = 1000. Which β is best?
# 2. One parameter, u = θ, two nodes of weights 1 and 3: at which η does the mean square of
#    independent single nodes stay as it is? At which do nearly all runs converge? (log |error| is a
#    sum over the steps, and grows by the mean of log |1 − ηH_b| a step.) Draw 1000 of them.
#
# Worked answers: [answers/18_stay_stable.py](answers/18_stay_stable.py).
#
# **What was simplified.** Quadratics: on a network H moves with θ. Noise in (1) alone; constant
# steps. In batches momentum was left out: with it the pair of δ_n and δ_{n−1} takes the place of δ
# in C.
#
# **Further reading.** B. T. Polyak, *Some Methods of Speeding Up the Convergence of Iteration
# Methods*, 1964: momentum. D. P. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*,
# 2015. J. M. Cohen and others, *Gradient Descent on Neural Networks Typically Occurs at the Edge of
# Stability*, 2021, and *Adaptive Gradient Methods at the Edge of Stability*, 2022.
#
# **Next:** 19_vary_exponents, for p ≠ 2 and a minimum that is proved.
