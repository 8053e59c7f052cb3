# %% [markdown]
# # 0. Fit slopes: three parameters, two points, one loop
#
# **Question.** Two points are measured. Does it help to measure the slope there as well?
#
# **The paper.** Definition 3 adds to a loss of values the same sum for derivatives. This page
# trains with both losses before anything is explained; tutorials 1 to 5 then explain it.
#
# **You will see.** From each of 20 starts, how far the trained curve is from the one that gave the
# data; and what is left for slopes to do where three points are given.
#
# **You will do.** Write two losses, their gradients and one loop of descent, and draw what was
# learned.
#
# **You will need.** Derivatives, the chain rule, and arrays in NumPy. Of the package only the
# figure is used. Words and symbols stand in the [glossary](../docs/glossary.md). 20 minutes.
#
# The model has one neuron, and so three parameters c, b and v:
#
#     u(x) = v tanh(c x + b),        u′(x) = v c s,    where a = tanh(c x + b), s = 1 − a²
#
# The data are two values y_i and two slopes y′_i of the curve 1.5 tanh(2x − 0.5). The loss is a sum
# over the two points. For λ = 0 it sees values alone, for λ = 1 slopes as well:
#
#     L(c, b, v) = Σ_i (u(x_i) − y_i)² + λ (u′(x_i) − y′_i)²                                (D3)
#
# In words: at each point, square how far the value is off, and how far the slope is off, and add
# up. How far something is off is its *residual*. (D3) is a *tag*: the package marks the line of
# code that is this equation with it.

# %%
import numpy as np

from sobolev_ref.plots import figure, save_figure


def curve(x):
    return 1.5 * np.tanh(2 * x - 0.5)


def its_slope(x):
    return 3 / np.cosh(2 * x - 0.5) ** 2


x = np.array([-1.0, 1.0])                                  # x_i, (2,)
y, dy = curve(x), its_slope(x)                             # y_i and y′_i, (2,) each
print("values", y.round(3), " slopes", dy.round(3))
by_difference = (curve(x + 1e-6) - curve(x - 1e-6)) / 2e-6 # (2,)
np.testing.assert_allclose(dy, by_difference, rtol=1e-8)

# %% [markdown]
# ## One loop
#
# Write θ for the three parameters, and ∇L for the gradient of L in θ. Gradient descent repeats one
# line, θ ← θ − η∇L, where η is the [learning rate](../docs/glossary.md). The gradient is the chain
# rule by hand. Every parameter moves u and u′; each residual is multiplied by how much. With s′ for
# −2as, the derivative of s by its argument:
#
#     ∂u /∂c = v s x               ∂u /∂b = v s         ∂u /∂v = a
#     ∂u′/∂c = v s + v c s′ x      ∂u′/∂b = v c s′      ∂u′/∂v = c s


# %%
def train(lam, seed, x=x, steps=3000, eta=0.2):
    """The parameters and the loss before each step of gradient descent."""
    y, dy = curve(x), its_slope(x)                         # (N,) each
    theta, losses = np.random.default_rng(seed).normal(size=3), []   # c, b, v
    for _ in range(steps):
        c, b, v = theta
        a = np.tanh(c * x + b)                             # (N,), here N = 2
        s = 1 - a**2                                       # (N,)
        ds = -2 * a * s                                    # s′, (N,)
        r_0, r_1 = v * a - y, v * c * s - dy               # (N,) each
        losses.append(np.sum(r_0**2 + lam * r_1**2))       # (D3)
        by_c = r_0 * v * s * x + lam * r_1 * (v * s + v * c * ds * x)
        by_b = r_0 * v * s + lam * r_1 * v * c * ds
        by_v = r_0 * a + lam * r_1 * c * s
        half = np.array([by_c.sum(), by_b.sum(), by_v.sum()])        # ½ ∇L, (3,)
        theta = theta - eta * 2 * half
    return theta, losses


for lam in (0, 1):
    (c, b, v), losses = train(lam, seed=0)
    shown = ", ".join(f"{losses[n]:.1e}" for n in (0, 10, 100, 1000, 2999))
    print(f"λ = {lam}: loss {shown};  u(x) = {v:.2f} tanh({c:.2f} x {b:+.2f})")
np.testing.assert_allclose(np.abs([c, b, v]), [2, 0.5, 1.5], rtol=1e-3)

# %% [markdown]
# Both losses fall to nothing. With slopes the loop has found the curve, 1.5 tanh(2x − 0.5), perhaps
# with all three signs turned, which is the same curve, as tanh(−z) = −tanh(z). With values alone it
# has found another one.
#
# ## Twenty starts
#
# Two values are two equations for three parameters, so that many curves pass through both points,
# and the start decides which one is found. Two slopes are two more equations. One start proves
# nothing, so we take twenty.

# %%
fine = np.linspace(-2, 2, 401)                             # (401,)
found = {lam: [train(lam, seed) for seed in range(20)] for lam in (0, 1)}
curves, errors = {}, {}
for lam, runs in found.items():
    curves[lam] = np.array([v * np.tanh(c * fine + b) for (c, b, v), _ in runs])
    errors[lam] = np.abs(curves[lam] - curve(fine)).max(axis=1)      # largest, (20,)
    low, middle, high = np.quantile(errors[lam], [0, 0.5, 1])
    last = max(losses[-1] for _, losses in runs)
    print(f"λ = {lam}: last loss at most {last:.0e}")
    print(f"       error {low:.0e} to {high:.0e}, median {middle:.0e}")
near = {lam: int(np.sum(errors[lam] < 0.01)) for lam in errors}
print("starts that end within 0.01 of the curve:", near)
np.testing.assert_array_less([losses[-1] for _, losses in found[0]], 1e-6)
np.testing.assert_equal(near, {0: 0, 1: 20})

# %% [markdown]
# No start of twenty came near the curve by values alone, and each did with slopes: the number of
# equations decides, not the number of steps.

# %%
fig, axes = figure(columns=2, width=4.6, height=3.6)
for ax, lam in zip(axes, (0, 1)):
    ax.plot(fine, curves[lam].T, color="0.5", linewidth=0.8)
    ax.plot(fine, curve(fine), "k--", linewidth=2)
    ax.plot(x, y, "ko", markersize=7)
    for at, height, slope in zip(x, y, dy):
        ends = np.array([-0.3, 0.3]) * lam                 # of a tangent, (2,)
        ax.plot(at + ends, height + slope * ends, "k", linewidth=3)
    title = "two values: any curve through them"
    if lam:
        title = "two values and two slopes: one curve"
    ax.set(xlabel="x", ylabel="u(x)", ylim=(-2.2, 2.2), title=title)
save_figure(fig, "output/tutorial_00_curves.png")

# %% [markdown]
# Dashed is the curve that gave the data, the points are the data, and grey are the trained curves.
# On the right the twenty lie under the dashed one.
#
# ## One point more
#
# What is left for slopes to gain where more points are given? Three values are three equations for
# the three parameters. Take the points −1, 0 and 1, and their values alone:

# %%
three = np.array([-1.0, 0.0, 1.0])                         # (3,)
ends = [train(0, seed, three)[0] for seed in range(20)]
off = [np.abs(v * np.tanh(c * fine + b) - curve(fine)).max() for c, b, v in ends]
near_three = int(np.sum(np.array(off) < 0.01))
print(f"three values: {near_three} of 20 within 0.01, largest error {max(off):.0e}")
np.testing.assert_equal(near_three, 20)

# %% [markdown]
# At two points slopes took the count from 0 to 20. At three points the values alone take it there,
# and no slope can add to it. So here the gain shrinks as points are added: slopes are worth most
# where values leave parameters free, and nothing where exact values have fixed them all. Tutorial
# 10b measures it for a network.
#
# ## What you can do now
#
# 1. How many equations do two values and two slopes give, and for how many parameters?
# 2. Why does the start decide where values alone end?
# 3. What does a residual of the slope multiply in the gradient?
# 4. Why may all three signs turn?
# 5. Why are twenty starts shown, and not one?
#
# <details><summary>Answers</summary>
#
# 1. Four equations, for three parameters.
# 2. Two equations leave one parameter free: many curves have the loss 0.
# 3. How much the parameter moves u′: ∂u′/∂c, ∂u′/∂b or ∂u′/∂v.
# 4. tanh is odd: −v tanh(−cx − b) is the same curve.
# 5. One start may be luck; of twenty one can say how many agree.
#
# </details>
#
# ## Exercises
#
# 1. Take the points −1 and 1 with both values, and of the slopes that at −1 alone. Count equations.
#    How many of twenty starts end within 0.01 of the curve?
# 2. Forget the factor c in ∂u′/∂v: write `by_v` with s in place of c s. Does the loss still fall?
#    How would you notice the mistake? (Tutorial 5 has the answer for any network.)
#
# Worked answers: [answers/00_fit_slopes.py](answers/00_fit_slopes.py).
#
# **What was simplified.** One neuron, data without noise, a step length η that was found by trying,
# and points in place of an integral. The paper integrates over an interval and does not state its
# network; tutorial 06 takes thousands of parameters.
#
# **Further reading.** W. M. Czarnecki, S. Osindero, M. Jaderberg, G. Świrszcz and R. Pascanu,
# *Sobolev Training for Neural Networks*, 2017: the idea for networks. M. A. Nielsen, *Neural
# Networks and Deep Learning*, 2015, chapters 1 and 2: training by gradient descent, from the start.
#
# **Next:** 01_compare_norms, on what a norm sees when it sees slopes.
