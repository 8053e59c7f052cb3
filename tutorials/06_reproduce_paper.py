# %% [markdown]
# # 6. Reproduce the paper
#
# **Question.** Can the paper's two trainings be repeated, and what do their losses guarantee?
#
# **The paper.** A network u_θ is trained on f = sin x (Example 1) and f = e^{−x} (Example 2) with
#
#     L(θ) = ∫_Ω (u_θ − f)² dx + ∫_Ω (u_θ′ − f′)² dx                    (D3), Definition 4
#
# Tables 1 and 2 give the loss every 500 epochs up to 5000. Derivative information in the loss, says
# the text, "leads to faster convergence and a more accurate overall approximation".
#
# **Know first.** What a loss and an epoch are; tutorials 01 and 02 for how the gradient is made.
#
# **Measured.** Our loss at the paper's epochs; the largest errors of u_θ and u_θ′, and the bound on
# the first that the loss certifies; how often the loss rose; the same run without derivatives.

# %%
from pathlib import Path
from time import perf_counter

import numpy as np
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.paper import EXAMPLES, SINE, Run, train
from sobolev_ref.plotting import figure, plot_loss, save_figure

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path()

# %% [markdown]
# ## What the paper leaves open
#
# Stated are the targets, the loss, the update rule θ ← θ − η∇L and the tables. Not stated are Ω,
# the network, η, the nodes of the integrals, and whether the tables show an integral or a mean. The
# axes of its Figures 1 and 3 suggest Ω = [−2π, 2π] and [0, 5]. The rest of these settings is ours:

# %%
print(SINE.settings())

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
print("f         u = 0: mean  integral   20 networks: mean   integral        paper, epoch 0")
for example in EXAMPLES:
    loss = example.loss()
    zero_mean[example.name] = loss(np.zeros(loss.n_parameters))[0]  # |Ω|⁻¹ ∫ f² + f′² (D3)
    starts = [loss(loss.model.init(seed))[0] for seed in range(20)]  # (20,)
    low, first, high = min(starts), example.table[0], max(starts)
    print(f"{example.name:8}    {zero_mean[example.name]:9.4f}"
          f"{example.length * zero_mean[example.name]:10.4f}      {low:6.2f} to {high:.2f}"
          f"{example.length * low:8.2f} to {example.length * high:5.2f}   {first:10.3f}")
    np.testing.assert_array_less([low, first, first], [first, high, example.length * low])
np.testing.assert_allclose(list(zero_mean.values()), [1, (1 - np.exp(-10)) / 5], rtol=1e-13)

# %% [markdown]
# The paper starts at 1.055 and 0.245: within the range of our means, below that of the integrals.
# So its loss is a mean, Algorithm 1's (1/N)Σ. This is evidence, not proof: it rests on Ω as read
# off the figures and on our way to draw θ.
#
# ## Which mean?
#
# Which N points were used is not stated either, and it matters. On a grid with both ends in it, the
# plain mean is the trapezoidal rule with each end weighted by 1 in place of 1/2. For g = 2e^{−2x}:
#
#     (1/N) Σ g(x_i) − |Ω|⁻¹ ∫ g dx ≈ ((g(0) + g(5))/2 − |Ω|⁻¹ ∫ g dx) / N                   (1)

# %%
true_mean = (1 - np.exp(-10)) / 5                          # |Ω|⁻¹ ∫ g dx
counts = np.array([100, 200, 400, 800])                    # N, (4,)
grid_means = np.array([np.mean(2 * np.exp(-2 * np.linspace(0, 5, N))) for N in counts])  # (4,)
predicted_bias = (1 + np.exp(-10) - true_mean) / counts    # (1), (4,)
print(f"grid of 100: mean {grid_means[0]:.4f}, true mean {true_mean:.4f}")
print("N × bias:", (counts * (grid_means - true_mean)).round(3), "by (1):",
      (counts * predicted_bias).round(3))
np.testing.assert_allclose(grid_means[0], 0.2082, atol=5e-5)
np.testing.assert_allclose(grid_means - true_mean, predicted_bias, rtol=0.05)

# %% [markdown]
# The bias is 4 percent at N = 100 and falls only like 1/N. Gauss–Legendre with 100 nodes, used
# here, gave 13 digits above. (For the sine and u ≡ 0 it is nil, as sin² + cos² is constant.) So do
# not compare the digits of two losses taken on different nodes, only their size.
#
# ## Training
#
# `train` runs Adam on the whole loss. We stop after 1000 of the 5000 epochs to save time. The rate
# depends on the epoch alone, so these rows equal those of the full run, `python -m sobolev_ref`.

# %%
EPOCHS = 1000
sine, exponential = runs = [train(example, epochs=EPOCHS) for example in EXAMPLES]
rows_held = [run.held() for run in runs]
for run in runs:
    print(f"{run.example.name:10} epoch        paper         ours")
    for epoch, paper, ours in run.rows():
        print(f"{epoch:16d}   {paper:.4e}   {ours:.4e}")
np.testing.assert_equal(rows_held, [[True] * 2] * 2)       # epochs 500, 1000

# %% [markdown]
# From epoch 500 on, each row is at or below the paper's. That says that these settings suffice to
# reach its losses. It does not say why the paper's runs stayed above.
#
# ## What a loss guarantees
#
# A loss is an average, and an average can hide a spike. Not this one: on an interval of length ℓ,
#
#     ‖e‖_∞² ≤ coth(ℓ) ∫ (e² + e′²) dx,   e = u_θ − f                                    (I1), λ = 1
#
# because a spike needs a slope. It holds for the true integral; a sum over nodes does not see what
# happens between them. So the integral is taken with eight times the nodes, and the change from the
# training nodes is printed as an estimate of the quadrature error.

# %%
sup_errors, bounds, quadrature_errors = {}, {}, {}
print("f          sup |e|   bound     integral   quadrature error   sup |e'|")
for run in runs:
    example, name = run.example, run.example.name
    integral = example.length * example.loss(8 * example.n)(run.fit.x)[0]  # ∫ e² + e′² dx (D3)
    quadrature_errors[name] = abs(example.length * run.fit.fun - integral) / integral
    bounds[name] = np.sqrt(integral / np.tanh(example.length))  # (coth(ℓ) ∫ e² + e′²)^{1/2} (I1)
    sup_errors[name] = run.sup_errors()                    # sup |e|, sup |e′| on 10,001 points
    print(f"{name:8}   {sup_errors[name][0]:.1e}   {bounds[name]:.1e}   {integral:.1e}    "
          f"{quadrature_errors[name]:.0e} relative   {sup_errors[name][1]:.1e}")
    np.testing.assert_allclose(bounds[name], run.certificate()[0], rtol=1e-12)
    np.testing.assert_array_less(sup_errors[name][0], bounds[name])
    np.testing.assert_array_less(quadrature_errors[name], 1e-2)

paper_bounds = [sr.sup_norm_certificate(example.length * example.table[-1], example.length)
                for example in EXAMPLES]                   # (I1) for the last rows of the tables
print(f"the paper's last losses would certify {paper_bounds[0]:.3f} and {paper_bounds[1]:.4f}")
np.testing.assert_allclose(paper_bounds, [0.216, 0.0084], rtol=0.01)

# %% [markdown]
# The error is below the bound by a factor between 5 and 8; for e = cosh x (I1) is an equality. The
# loss bounds sup |e| alone and says nothing about sup |e′|, which is larger. For the paper's runs
# the bounds hold if its means are close to the true means on these Ω.
#
# ## Not the descent of Theorem 4
#
# Theorem 4 takes steps θ − η∇L with η below 2 over the Lipschitz constant of ∇L, and then the loss
# cannot rise. Count the epochs at which it did, and in the paper's tables the rows. Beside Adam
# stand 300 steps of plain gradient descent (D7) at η = 0.01.

# %%
rises = {run.example.name: int(np.sum(np.diff(run.fit.history) > 0)) for run in runs}
paper_rises = [int(np.sum(np.diff(example.table) > 0)) for example in EXAMPLES]
peaks = [run.fit.history.max() / run.fit.history[0] for run in runs]
loss = SINE.loss()
descent = minimize(loss, loss.model.init(0), jac=True, method=sr.gradient_descent,
                   options={"learning_rate": 0.01, "maxiter": 300})  # θ ← θ − η∇L (D7)
descent_rises = int(np.sum(np.diff(descent.history) > 0))
print(f"Adam: the loss rose at {list(rises.values())} of {EPOCHS} epochs, and peaked at "
      f"{peaks[0]:.1f} and {peaks[1]:.1f} times its first value")
print(f"the paper's tables: {paper_rises} of 10 rows are above the row before")
print(f"gradient descent: {descent_rises} rises; loss {descent.fun:.2f} after 300 steps, where "
      f"Adam has {sine.fit.history[300]:.0e}")
np.testing.assert_array_less(10, list(rises.values()))
np.testing.assert_array_equal([*paper_rises, descent_rises], [1, 2, 0])

# %% [markdown]
# Adam is outside the theorem, and so were the paper's runs: rows of its tables rise, and its
# figures peak near 1.5 times the first value. The run that descends as the theorem says is slow
# here. Adam's rises come in bursts (see the figure); another machine's rounding moves them.
#
# ## The baseline that the paper does not have
#
# "Faster" and "more accurate" than what? The paper trains nothing else. So train the order-0 (L²)
# loss ∫ (u_θ − f)² dx: same network, seed, rate and number of epochs. At each node the Sobolev run
# is given f and f′, twice the data; so there is also a run without derivatives on 200 nodes.


# %%
def train_without_derivatives(example, n):
    rule = sr.gauss_legendre([example.bounds], n).mean()   # nodes (n, 1), weights (n,)
    loss = sr.SobolevLoss(sr.MLP(example.widths), example.target, rule, order=0)  # k = 0 in (D3)
    start = perf_counter()
    fit = minimize(loss, loss.model.init(0), jac=True, method=sr.adam, options={
        "learning_rate": example.rate, "maxiter": EPOCHS, "gtol": 0.0})
    return Run(example, fit, perf_counter() - start)


contest = {"Sobolev, 100 nodes": sine,
           "L², 100 nodes": train_without_derivatives(SINE, 100),
           "L², 200 nodes": train_without_derivatives(SINE, 200)}
contest_errors = {name: run.sup_errors() for name, run in contest.items()}
print("f = sin x             numbers   sup |u − f|   sup |u′ − f′|   seconds")
for (name, run), numbers in zip(contest.items(), (200, 100, 200)):
    sup, sup_derivative = contest_errors[name]
    print(f"{name:18}    {numbers}       {sup:.1e}       {sup_derivative:.1e}        "
          f"{run.seconds:.1f}")
gains = np.divide(contest_errors["L², 200 nodes"], contest_errors["Sobolev, 100 nodes"])  # (2,)
np.testing.assert_array_less(3, gains)

# %% [markdown]
# Here the derivative data pays: both errors are more than ten times smaller. That the data is twice
# as much does not explain it: the two L² runs agree within a few percent, so more nodes were not
# what was missing. But this is one target, one network, one seed, and a learning rate that was not
# searched for the L² loss: a measurement with a baseline, not a ranking of methods.
#
# Two figures: the losses with the paper's rows, and the errors of u_θ and u_θ′ over Ω.

# %%
fig, axes = figure(columns=2)
for ax, run in zip(axes, runs):
    rows = {epoch: paper for epoch, paper, _ in run.rows()}
    plot_loss(ax, run.fit.history, rows, ylabel=f"mean Sobolev loss, {run.example.name}")
save_figure(fig, ROOT / "figures" / "tutorial_06_losses.png")

x = np.linspace(*SINE.bounds, 1001)                        # (1001,)
fig, axes = figure(columns=2)
for name, style in (("Sobolev, 100 nodes", {"color": "black", "linewidth": 1.0}),
                    ("L², 100 nodes", {"color": "0.6", "linewidth": 2.5, "linestyle": "--"})):
    true, learned = contest[name].curves(x)                # (f, f′), (u, u′), (2, 1001) each
    for ax, error in zip(axes, np.abs(learned - true)):
        ax.semilogy(x, error, label=name, **style)
axes[0].axhline(bounds["sin(x)"], color="black", linestyle=":", label="bound (I1), Sobolev")
for ax, ylabel in zip(axes, ("|u(x) − sin x|", "|u′(x) − cos x|")):
    ax.set(xlabel="x", ylabel=ylabel, ylim=(1e-5, None))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
save_figure(fig, ROOT / "figures" / "tutorial_06_errors.png")

# %% [markdown]
# ## Exercises
#
# 1. Repeat the last comparison for e^{−x}, and for seeds 1 to 4. Which statements survive?
# 2. (I1) holds for all λ > 0: ‖e‖_∞² ≤ λ^{−1/2} coth(ℓ/√λ) (A + λB), A = ∫e², B = ∫e′². Take A and
#    B from `loss.terms`, times ℓ. Find the best λ and explain its size. How far is sup |e| now?
# 3. Continue all three runs with SciPy's `method="L-BFGS-B"`, five seconds each. Does the ranking
#    by sup |u′ − f′| depend on the optimiser? What would a fair comparison hold equal?
#
# **What was simplified.** 1000 epochs, one seed; sup errors are maxima on a grid; the quadrature
# error is an estimate from a finer rule, not a bound.
#
# **Next:** `python -m sobolev_ref` trains both examples in full and draws the paper's four figures.
