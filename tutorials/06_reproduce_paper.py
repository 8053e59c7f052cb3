# %% [markdown]
# # 6. Reproduce the paper
#
# **Question.** Can the paper's two trainings be repeated, what do their losses guarantee, and what
# does the paper not say?
#
# **The paper.** A network u_θ is trained on f = sin x (Example 1) and f = e^{−x} (Example 2) with
#
#     L(θ) = ∫_Ω (u_θ − f)² dx + ∫_Ω (u_θ′ − f′)² dx                    (D3), Definition 4
#
# Tables 1 and 2 give the loss every 500 [epochs](../docs/glossary.md) up to 5000, Figures 1 to 4
# the fits and the losses. An epoch uses each node once. Here each step of the optimiser uses all
# nodes, so that an epoch is one step. Derivatives in the loss, says the text, lead to "faster
# convergence and a more accurate overall approximation".
#
# **You will see.** Our loss at the paper's epochs; the largest errors of u_θ and u_θ′, and the
# bound on the first that the loss [certifies](../docs/glossary.md); how often the loss rose; a
# run of 1000 epochs with derivatives, and without.
#
# **You will do.** Train both of the paper's networks, with derivatives and without, and compare
# the losses row by row.
#
# **You will need.** [Tutorial 1](01_compare_norms.py): a norm with derivatives bounds the largest
# error. [Tutorial 2](02_sum_integrals.py): integrals, means, and what few nodes hide. That u_θ′
# and ∇L are exact, from [3](03_carry_derivatives.py) and [4](04_transpose_passes.py). Symbols
# stand in the [glossary](../docs/glossary.md). 45 minutes.

# %%
from time import perf_counter

import numpy as np
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.paper import EXAMPLES, SINE, Run, train
from sobolev_ref.plots import COLORS, figure, plot_fit, plot_loss, save_figure

# %% [markdown]
# ## What the paper leaves open
#
# Stated are the targets, the loss, the update rule θ ← θ − η∇L and the tables. Not stated are Ω,
# the network, η, the nodes of the integrals, and whether the tables show an integral or a mean. The
# axes of its Figures 1 and 3 suggest Ω = [−2π, 2π] and [0, 5]. The rest of these settings is ours:
# three layers of 32 tanh units, 100 Gauss nodes, and Adam at rates that fall from 0.007 and 0.01.
# ([Adam](../docs/glossary.md) follows a mean of the recent gradients, each entry divided by the
# root of the mean of its squares; Glorot draws the initial weights so that values keep their size
# from layer to layer.)

# %%
for example in EXAMPLES:
    print(f"Example {example.number}: {example.settings()}")

# %% [markdown]
# ## Integral or mean?
#
# The untrained network's loss tells. Begin with the simplest untrained function, u ≡ 0:
#
#     f = sin x     mean of sin² + cos² = 1 on any Ω       integral over [−2π, 2π] = 4π
#     f = e^{−x}    mean of 2e^{−2x} = (1 − e^{−10})/5     integral over [0, 5] = 1 − e^{−10}
#
# It is the network with θ = 0. Beside it stand the extremes over 20 random initial θ.

# %%
zero_mean = {}
print("f         u = 0: mean  integral   20 networks: mean   integral        "
      "paper, epoch 0")
for example in EXAMPLES:
    loss = example.loss()
    zero_mean[example.name] = loss(np.zeros(loss.n_parameters))[0]   # (D3)
    starts = [loss(loss.model.init(seed))[0] for seed in range(20)]  # (20,)
    low, first, high = min(starts), example.table[0], max(starts)
    mean, length = zero_mean[example.name], example.length
    print(f"{example.name:8}    {mean:9.4f}{length * mean:10.4f}      "
          f"{low:6.2f} to {high:.2f}{length * low:8.2f} to {length * high:5.2f}   "
          f"{first:10.3f}")
    np.testing.assert_array_less([low, first, first], [first, high, length * low])
true_mean = (1 - np.exp(-10)) / 5                          # |Ω|⁻¹ ∫ 2e^{−2x} dx
np.testing.assert_allclose(list(zero_mean.values()), [1, true_mean], rtol=1e-13)

# %% [markdown]
# The paper starts at 1.055 and 0.245: within the range of our means, below that of the integrals.
# That speaks for a mean, Algorithm 1's (1/N)Σ. It is evidence, not proof: it rests on Ω as read off
# the figures and on our way to draw θ.
#
# Which N points were used is open, and matters: the mean of 2e^{−2x} over an even grid of 100 is 4
# percent too large (tutorial 2), where the Gauss–Legendre rule with 100 nodes, used here, gave 13
# digits. Do not compare the digits of two losses taken on different nodes, only their size.
#
# ## Tables 1 and 2
#
# `train` runs Adam on the loss over all nodes, 5000 epochs for each example.

# %%
sine, exponential = runs = [train(example) for example in EXAMPLES]  # some seconds
rows_held = [run.held() for run in runs]
for run in runs:
    print(f"Table {run.example.number}, {run.example.name}: epoch, paper, ours")
    for epoch, paper, ours in run.rows():
        print(f"{epoch:24d}   {paper:.4e}   {ours:.4e}")
np.testing.assert_equal(rows_held, [[True] * 10] * 2)      # each row but the first

# %% [markdown]
# In words: from epoch 500 on, each row is at or below the paper's. That says that these settings
# suffice to reach its losses. It does not say why the paper's runs stayed above. The first row is
# of an untrained network, whose θ the paper does not give.
#
# ## Figures 1 to 4
#
# First the fits (Figure 1: sin x and its derivative; Figure 3: e^{−x}), then the losses (Figures 2
# and 4, here on a logarithmic axis, with the tables' rows as squares). In the fits the curves lie
# on top of each other. That shows little: an error of 0.01 hides in the line's width. So measure.

# %%
fig, (*axes, rest) = figure(columns=2, rows=2, width=4.6, height=3.2)
for ax, run, n in zip(axes, (sine, sine, exponential), (0, 1, 0)):
    x = np.linspace(*run.example.bounds, 801)              # (801,)
    true, learned = run.curves(x)                          # by order n, (2, 801) each
    name, ylabel = run.example.name + "′" * n, "u′(x)" if n else "u(x)"
    plot_fit(ax, x, true[n], learned[n], name, ylabel)
    off = np.abs(learned[n] - true[n]).max()
    ax.set_title(f"{name} learned, off by {off:.0e} at most", pad=24)
rest.remove()
save_figure(fig, "output/tutorial_06_fits.png")

# %%
fig, axes = figure(columns=2, width=4.8, height=3.6)
for ax, run in zip(axes, runs):
    rows = run.example.paper_rows()                        # epoch to the paper's loss
    name = run.example.name
    plot_loss(ax, run.fit.history, rows, ylabel=f"mean Sobolev loss, {name}")
    ax.legend(loc="upper right", frameon=False)
    ax.set_title("at or below the paper's rows from epoch 500 on")
save_figure(fig, "output/tutorial_06_losses.png")

# %% [markdown]
# ## What a loss guarantees
#
# A loss is an average, but with derivatives it cannot hide a spike (tutorial 1): on a length ℓ,
#
#     ‖e‖_∞² ≤ coth(ℓ) ∫ (e² + e′²) dx,   e = u_θ − f                                    (I1), λ = 1
#
# Here ‖e‖_∞ is sup |e|, the largest error. In words: where the loss is small, the error is small
# at every point. It holds for the true integral; a sum does not see what happens between its nodes
# (tutorial 2). So `sr.certified_integral` cuts Ω into cells and takes Taylor's polynomials there.
# It bounds their remainders: of u_θ by its weights, and of f by calling it with intervals for
# numbers (Q2). A bump between the nodes is in some cell, and so in its bound. Its `value` is the
# integral of the polynomials, and its `error` what remainders and rounding can add.
#
# So three errors come apart. The *training* error is the sum that was minimised. The *quadrature*
# error is how far that sum is from the integral. The *generalisation* error is sup |e|, also where
# no node is, and (I1) bounds it by the integral, so by the first two.

# %%
sup_errors, bounds = {}, {}
print("f          sup |e|   bound     integral   quadrature error   sup |e'|")
for run in runs:
    example, name = run.example, run.example.name
    proved = run.certified()                               # ∫ e² + e′² dx (Q2)
    integral = proved.value + proved.error                 # at most
    bounds[name] = np.sqrt(integral / np.tanh(example.length))       # (I1)
    sup_errors[name] = run.sup_errors()                    # of e and of e′
    sup, sup_slope = sup_errors[name]
    print(f"{name:8}   {sup:.1e}   {bounds[name]:.1e}   {integral:.1e}    "
          f"{proved.quadrature / integral:.0e} relative   {sup_slope:.1e}")
    print(f"           the bound is {bounds[name] / sup:.1f} times sup |e|")
    np.testing.assert_allclose(bounds[name], proved.sup, rtol=1e-12)
    np.testing.assert_array_less(sup_errors[name][0], bounds[name])
    np.testing.assert_array_less(sup, sup_slope)
    finer = example.length * example.loss(8 * example.n)(run.fit.x)[0]
    np.testing.assert_array_less(abs(proved.value - finer), proved.error)

paper_bounds = []                                          # (I1), of its last rows
for example in EXAMPLES:
    integral = example.length * example.table[-1]          # if the table shows a mean
    paper_bounds.append(sr.sup_norm_certificate(integral, example.length))
print(f"the paper's last losses would certify {paper_bounds[0]:.3f} "
      f"and {paper_bounds[1]:.4f}")
np.testing.assert_allclose(paper_bounds, [0.216, 0.0084], rtol=0.01)

# %% [markdown]
# The loss bounds sup |e| alone; it says nothing about sup |e′|, which is larger in both runs. For
# the paper's runs the bounds hold if its means are close to the true means on these Ω.
#
# ## Not the descent of Theorem 4
#
# Theorem 4 takes steps θ − η∇L with η below 2/L, where L bounds how fast ∇L changes (tutorial 7),
# and then the loss cannot rise. Count the epochs at which it did, and in the paper's tables the
# rows. Beside Adam stand 300 steps of plain gradient descent (D7) at η = 0.01.

# %%
def count_rises(losses):
    return int(np.sum(np.diff(losses) > 0))


rises = {run.example.name: count_rises(run.fit.history) for run in runs}
paper_rises = [count_rises(example.table) for example in EXAMPLES]
peaks = [run.fit.history.max() / run.fit.history[0] for run in runs]
loss = SINE.loss()
descent = minimize(loss, loss.model.init(0), jac=True, method=sr.gradient_descent,
                   options={"learning_rate": 0.01, "maxiter": 300})  # (D7)
descent_rises = count_rises(descent.history)
print(f"Adam: the loss rose at {list(rises.values())} of 5000 epochs, and peaked at "
      f"{peaks[0]:.1f} and {peaks[1]:.1f} times its first value")
print(f"the paper's tables: {paper_rises} of 10 rows are above the row before")
print(f"gradient descent: {descent_rises} rises; loss {descent.fun:.2f} after 300 "
      f"steps, where Adam has {sine.fit.history[300]:.0e}")
np.testing.assert_array_less(10, list(rises.values()))
np.testing.assert_array_equal([*paper_rises, descent_rises], [1, 2, 0])

# %% [markdown]
# Adam is outside the theorem, and so were the paper's runs: rows of its tables rise, and the axes
# of its figures reach 1.5 times the first value. The run that descends as the theorem says is slow
# here. Adam's rises come early, in bursts (see the figure); another machine's rounding moves them.
#
# ## The baseline that the paper does not have
#
# "Faster" and "more accurate" than what? The paper trains nothing else. So train the order-0 (L²)
# loss ∫ (u_θ − f)² dx: same network, seed and rate, 1000 epochs. At each node the Sobolev run is
# given f and f′, twice the data; so there is also a run without derivatives on 200 nodes.


# %%
def train_sine(order, n):
    rule = sr.gauss_legendre([SINE.bounds], n).mean()      # nodes (n, 1), weights (n,)
    loss = sr.SobolevLoss(sr.MLP(SINE.widths), SINE.target, rule, order=order)
    start = perf_counter()
    fit = minimize(loss, loss.model.init(0), jac=True, method=sr.adam, options={
        "learning_rate": SINE.rate, "maxiter": 1000, "gtol": 0.0})
    return Run(SINE, loss.model, fit, perf_counter() - start)


contest = {
    "Sobolev, 100 nodes": train_sine(1, 100),
    "L², 100 nodes": train_sine(0, 100),
    "L², 200 nodes": train_sine(0, 200),
}
contest_errors = {name: run.sup_errors() for name, run in contest.items()}
print("f = sin x             numbers   sup |u − f|   sup |u′ − f′|   seconds")
for (name, run), numbers in zip(contest.items(), (200, 100, 200)):
    sup, sup_derivative = contest_errors[name]
    print(f"{name:18}    {numbers}       {sup:.1e}       {sup_derivative:.1e}        "
          f"{run.seconds:.1f}")
with_slopes, few, many = (np.array(errors) for errors in contest_errors.values())
gains = many / with_slopes                                 # of u, of u′, (2,)
print(f"L² on 200 nodes / Sobolev: {gains[0]:.1f} in u, {gains[1]:.1f} in u′")
print(f"L² on 200 nodes / L² on 100: {many[0] / few[0]:.2f} in u, "
      f"{many[1] / few[1]:.2f} in u′")
np.testing.assert_array_less(1, gains)

# %% [markdown]
# Here the derivative data pays: both errors are smaller by the factors printed (which rounding can
# change). Twice the data does not explain it, if the last line is near 1 or above: then more nodes
# were not what was missing. But this is one target, one network, one seed, and a learning rate that
# was not searched for the L² loss: a measurement with a baseline, not a ranking of methods. A
# ranking takes many seeds and targets, and a protocol that was fixed before: [the
# claims](../docs/claims.md). The figure shows both errors over Ω.

# %%
x = np.linspace(*SINE.bounds, 1001)                        # (1001,)
fig, axes = figure(columns=2, width=4.8, height=3.6)
styles = {
    "Sobolev, 100 nodes": {"color": "black", "linewidth": 1.0},
    "L², 100 nodes": {"color": COLORS[1], "linewidth": 1.5, "linestyle": "--"},
}
for name, style in styles.items():
    true, learned = contest[name].curves(x)                # by order, (2, 1001) each
    for ax, error in zip(axes, np.abs(learned - true)):
        ax.semilogy(x, error, label=name, **style)
for ax, ylabel, what in zip(axes, ("|u(x) − sin x|", "|u′(x) − cos x|"), ("u", "u′")):
    ax.set(xlabel="x", ylabel=ylabel, ylim=(3e-7, None),
           title=f"with slopes, the largest error of {what} is smaller")
    ax.legend(loc="lower left", ncols=2, frameon=False)
save_figure(fig, "output/tutorial_06_errors.png")

# %% [markdown]
# ## What you can do now
#
# 1. Which facts must be chosen that the paper does not state?
# 2. What speaks for a mean, and not an integral, in its tables?
# 3. What does a small loss guarantee for u_θ, and what not for u_θ′?
# 4. Why is it no contradiction to Theorem 4 that the loss rose?
# 5. What would you hold equal, to compare a loss with derivatives to one without?
#
# <details><summary>Answers</summary>
#
# 1. Ω, the network, η, the nodes and their weights, and how θ is drawn.
# 2. The first row: it is in the range of the means of 20 untrained networks, and below the
#    integrals.
# 3. sup |u_θ − f| is bounded by (I1); sup |u_θ′ − f′| is not bounded.
# 4. Adam's step is not θ − η∇L with η below 2/L, which is what Theorem 4 asks for.
# 5. What costs: time, or the number of measured values and slopes; and each loss has its own best
#    η.
#
# </details>
#
# ## Exercises
#
# 1. Repeat the last comparison for e^{−x}, and for seeds 1 and 2. Which statements survive?
# 2. (I1) holds for all λ > 0: ‖e‖_∞² ≤ λ^{−1/2} coth(ℓ/√λ) (A + λB), A = ∫e², B = ∫e′². (It is
#    the one above for x in units of √λ.) Take A and B from `loss.terms(theta)`, a dict by (0,) and
#    (1,), times ℓ. Find the best λ and explain its size. How far is sup |e| now?
# 3. Continue the three runs of the contest with SciPy's `method="L-BFGS-B"`, 300 iterations each.
#    Is the ranking by sup |u′ − f′| the same? What would a fair comparison hold equal?
#
# Worked answers: [answers/06_reproduce_paper.py](answers/06_reproduce_paper.py).
#
# **What was simplified.** One seed; of seeds 0 to 19 `tests/paper/test_paper.py` holds each row of
# both tables to the paper's. The paper does not say how often it ran. Sup errors are maxima on a
# grid (their bound holds everywhere).
#
# **Further reading.** D. P. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, 2015.
# X. Glorot and Y. Bengio, *Understanding the Difficulty of Training Deep Feedforward Neural
# Networks*, 2010. W. M. Czarnecki, S. Osindero, M. Jaderberg, G. Świrszcz and R. Pascanu, *Sobolev
# Training for Neural Networks*, 2017: with baselines.
#
# **Next:** 07_verify_descent, on why a small enough step cannot raise the loss. (`python -m
# sobolev_ref` does this training without the questions.)
