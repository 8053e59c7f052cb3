# %% [markdown]
# # 9. Break the theorems
#
# **Question.** Where do the paper's theorems end? Take each at its word, and find a case in which
# all that it asks for is given, and what it concludes is false.
#
# **The paper.** Theorem 2: the gradient of ∫|Dᵅu_θ − Dᵅu|ᵖ, for any "parameterized function".
# Definition 6: ∇L is Lipschitz, which "can often be ensured through proper regularization and
# network architecture choices". Theorem 4: with 0 < η < 2/L descent "will converge to a critical
# point"; Definition 7: to "a local minimum". Theorem 5: for a convex f it "will converge to the
# global minimum".
#
# **Know first.** Tutorials 04, 05, 07, 08. Each case is small enough for paper and pencil.
#
# **Measured.** One number for each case, and at the end the same numbers from the package.

# %%

import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import figure, label_ends, line_style, save_figure
from sobolev_ref.theory import counterexamples as cases

# %% [markdown]
# ## Theorem 2 and ReLU
#
# One neuron u = a max(x − t, 0) with the parameter t, against f = sin on [0, 1], and the derivative
# term alone. u′ is 0 for x < t and a for x > t, so
#
#     J(t) = ∫₀ᵗ cos² x dx + ∫ₜ¹ (a − cos x)² dx,        J′(t) = cos² t − (a − cos t)²
#
# Theorem 2 differentiates inside the integral. There ∂u′/∂t = 0 at every x ≠ t, so it answers
# 2 ∫ (u′ − f′) · 0 dx = 0, and so does automatic differentiation of a sum over nodes. What is
# missed is the jump of u′, which moves with t. J has a closed form; the complex step of tutorial 05
# differentiates it.

# %%
a, t = 0.8, 0.4


def J(t):
    """∫₀¹ cos² + ∫ₜ¹ (a² − 2a cos x) dx, with ∫ cos² x dx = x/2 + sin(2x)/4."""
    return 0.5 + np.sin(2) / 4 + a**2 * (1 - t) - 2 * a * (np.sin(1) - np.sin(t))


relu_slope = J(t + 1e-20j).imag / 1e-20                    # J′(t), ()
by_jump = np.cos(t) ** 2 - (a - np.cos(t)) ** 2            # cos² t − (a − cos t)², ()
print(f"J′(0.4) = {relu_slope:.6f}, by the jump {by_jump:.6f}; Theorem 2 says 0")
np.testing.assert_allclose(relu_slope, by_jump, rtol=1e-13)
np.testing.assert_allclose(relu_slope, 0.8337, atol=5e-5)
relu = sr.MLP((1, 1, 1), "relu")                           # for k = 1 the package refuses it
with np.testing.assert_raises_regex(ValueError, "Theorem 2's gradient misses"):
    sr.SobolevLoss(relu, np.sin, sr.gauss_legendre([(0, 1)], 8), order=1)

# %% [markdown]
# **What is true.** Theorem 2 holds if σ and its derivatives up to order k are Lipschitz: tanh, sin,
# softplus for every k; ReLU for k = 0 only. Then nothing jumps, and one may differentiate inside,
# for almost every θ: a ReLU whose w and b are both 0 is at its kink for every x, and there L has
# two slopes (`nodes_on_kinks` in `sobolev_ref.theory` finds such nodes).
#
# ## Definition 6 and two neurons that cancel
#
# u = T tanh(w_1 x) − T tanh(w_2 x) at w_1 = w_2 = ½ is 0 whatever T is: the loss does not see T.
# But u changes T times as fast with w_1, so the curvature grows like T². Target sin on [−2π, 2π].
#
#     ∂L/∂w_1 = 2 ∫ r_0 ∂u/∂w_1 + 2 ∫ r_1 ∂u′/∂w_1,   ∂u/∂w = T x s,   ∂u′/∂w = T (s − 2 w x τ s)
#
# with τ = tanh(wx), s = 1 − τ². ∂²L/∂w_1² is its complex step, and a lower bound of ‖H‖.

# %%
rule = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 60)
x, w = rule.nodes[:, 0], rule.weights                      # x_i, w_i, (Q,) each


def two_neurons(T, w_1):
    """L and ∂L/∂w_1 at w_2 = ½."""
    tau, tau_2 = np.tanh(w_1 * x), np.tanh(x / 2)          # (Q,) each
    s, s_2 = 1 - tau**2, 1 - tau_2**2                      # (Q,) each
    r_0 = T * (tau - tau_2) - np.sin(x)                    # u − f, (Q,)
    r_1 = T * (w_1 * s - s_2 / 2) - np.cos(x)              # u′ − f′, (Q,)
    slope = 2 * w @ (r_0 * T * x * s) + 2 * w @ (r_1 * T * (s - 2 * w_1 * x * tau * s))
    return w @ (r_0**2 + r_1**2), slope                    # (D3), (T1) + (T2)


sizes = (1.0, 10.0, 100.0)                                 # T
values = np.array([two_neurons(T, 0.5)[0] for T in sizes])           # (3,)
curvatures = np.array([two_neurons(T, 0.5 + 1e-20j)[1].imag / 1e-20 for T in sizes])     # (3,)
print("L(θ):    ", *(f"{value:10.6f}" for value in values), f" (4π = {4 * np.pi:.6f})")
print("∂²L/∂w_1²", *(f"{curvature:10.0f}" for curvature in curvatures))
np.testing.assert_allclose(values, 4 * np.pi, rtol=1e-12)
np.testing.assert_allclose(curvatures[2] / curvatures[1], 100, rtol=0.05)      # like T²

# %% [markdown]
# So no L serves all θ, not even all θ with L(θ) ≤ 4π. **What is true.** On a bounded set of θ there
# is an L. Weight decay, μ‖θ‖² in the loss, keeps {θ : L(θ) ≤ c} bounded. No network with a free
# output layer has an L for all θ; without one, such as tanh(θx) below, it can.
#
# ## Theorem 4 and a minimum at infinity
#
# u = tanh(θx) against f = sign on [−1, 1], p = 2, values alone. As θ grows u becomes steeper and
# the loss falls, L(θ) ≈ (4 log 2 − 2)/θ, but no θ is the best. L′ is Lipschitz: on a grid of
# [−60, 60] |L″| ≤ 1.63, and it fades outside. So η = 0.5 < 2/1.63, and every hypothesis holds.

# %%
half = sr.gauss_legendre([(0, 1)], 400)                    # u and f are odd: twice ∫₀¹
X, W = half.nodes[:, 0], half.weights                      # (400,) each


def toward_sign(theta):
    """L and L′ of u = tanh(θx) against sign."""
    tau = np.tanh(theta * X)                               # (400,)
    return 2 * W @ (tau - 1) ** 2, 4 * W @ ((tau - 1) * X * (1 - tau**2))       # (D3), (T1)


bends = [toward_sign(s + 1e-20j)[1].imag / 1e-20 for s in np.linspace(-60, 60, 2401)]    # L″
largest_bend, theta, steps = np.abs(bends).max(), 1.0, (10, 100, 1000, 10_000)
run, slopes = [], []
for k in range(1, steps[-1] + 1):
    theta = theta - 0.5 * toward_sign(theta)[1]            # (D7) with η = 0.5
    if k in steps:
        run, slopes = [*run, theta], [*slopes, toward_sign(theta)[1]]
print(f"max |L″| = {largest_bend:.3f}")
for k, theta, slope in zip(steps, run, slopes):
    print(f"k = {k:5}: θ = {theta:6.3f}, L′ = {slope:.0e}, L′θ² = {slope * theta**2:.4f}, "
          f"(3ηck)^(1/3) = {(1.5 * (4 * np.log(2) - 2) * k) ** (1 / 3):6.3f}")
np.testing.assert_array_less(largest_bend, 1.63)
np.testing.assert_allclose(run[-1], (1.5 * (4 * np.log(2) - 2) * 1e4) ** (1 / 3), rtol=1e-3)
np.testing.assert_array_less(slopes, 0)

# %% [markdown]
# L′ ≈ −c/θ², c = 4 log 2 − 2, makes each step ηc/θ² long, so θ³ grows by 3ηc a step. θ goes to
# infinity, and L′ to 0 without ever being 0. **What is true.** ‖∇L(θ_k)‖ → 0 (tutorial 07), and if
# θ_k has a limit, that is critical. For analytic L, as here, a bounded run has one (Łojasiewicz;
# Absil, Mahony and Andrews 2005), and weight decay makes runs bounded.
#
# ## Definition 7 and a saddle
#
# Descent is repeated, the paper says, until it "converges to a local minimum", or a criterion stops
# it. Take f = x on [−1, 1], and a tanh network with two neurons, all weights 0 and the output bias
# c = 1. Each ∂u/∂θ_j but that of c contains a weight or a tanh(0): the zeros stay, c goes to 0, and
# ∇L = 0. But r_0 = −x, r_1 = −1 and ∂²u/∂v∂w = x, ∂²u′/∂v∂w = 1 for the v and w of one neuron, so
# that
#
#     ∂²L/∂v∂w = 2 ∫ r_0 x dx + 2λ ∫ r_1 dx = −(4/3 + 4λ),   ∂²L/∂v² = ∂²L/∂w² = 0
#
# A matrix with 0, m and m, 0 has the eigenvalues ±m: L falls to either side, and this is a saddle.

# %%
lam, net = 0.5, sr.MLP((1, 2, 1))
identity = sr.SobolevLoss(net, lambda x: x, sr.gauss_legendre([(-1, 1)], 8), weights=(1, lam))
theta = np.eye(7)[-1]                                      # w, b, v are 0, c = 1, (P,)
for _ in range(100):
    theta = theta - 0.1 * identity(theta)[1]               # (D7)
saddle_loss, g = identity(theta)
H = np.stack([identity(theta + 1e-20j * e)[1].imag / 1e-20 for e in np.eye(7)])          # (P, P)
eigenvalues = np.linalg.eigvalsh(H)                        # (P,)
print(f"L = {saddle_loss:.6f}, ‖∇L‖ = {np.linalg.norm(g):.0e}, eigenvalues {eigenvalues.round(6)}")
np.testing.assert_allclose(saddle_loss, 2 / 3 + 2 * lam, rtol=1e-13)
np.testing.assert_allclose(eigenvalues, [-10 / 3, -10 / 3, 0, 0, 10 / 3, 10 / 3, 4], atol=1e-12)

# %% [markdown]
# **What is true.** On a set that no run leaves, and with η below 1/L there, the starts from which
# descent ends at such a point have measure zero (Lee, Simchowitz, Jordan and Recht 2016). The zeros
# are among them, and so are some starts with two equal neurons.
#
# ## Theorem 5 and two convex targets
#
# First f ≡ −3, convex and Lipschitz, and u = θ³ − 3θ, constant in x, on [0, 1]. Then
# L = (θ³ − 3θ + 3)², and L′ = 2(θ³ − 3θ + 3)(3θ² − 3) is 0 at θ = 1, where L = 1, and at the root
# θ = −2.1038, where L = 0. Near θ = 1 descent cannot know of the root.
#
# Second f = x² on [−1, 1], and a tanh network with all weights 0 and output bias ⅓, the mean of f.
# Then u = ⅓ and u′ = 0. Each ∂u/∂θ_j but that of the output bias contains a weight or a tanh(0), so
# it is 0, and so is each ∂u′/∂θ_j; for the output bias it is 1, and ∫ (⅓ − x²) dx = 0. So ∇L = 0:
#
#     L = ∫ (⅓ − x²)² dx + λ ∫ (2x)² dx = 8/45 + 8λ/3 > 0

# %%
theta = 0.5
for _ in range(2000):
    theta = theta - 0.01 * 2 * (theta**3 - 3 * theta + 3) * (3 * theta**2 - 3)  # (D7)
stuck_loss = (theta**3 - 3 * theta + 3) ** 2
root = np.roots([1, 0, -3, 3]).real.min()
print(f"descent from 0.5 ends at θ = {theta:.6f} with L = {stuck_loss:.6f}; root {root:.4f}")
np.testing.assert_allclose([theta, stuck_loss, root], [1, 1, -2.1038], atol=1e-4)

lam, net = 0.5, sr.MLP((1, 5, 1))
flat = sr.SobolevLoss(net, lambda x: x**2, sr.gauss_legendre([(-1, 1)], 10), weights=(1, lam))
flat_loss, flat_gradient = flat([0.0] * (net.n_parameters - 1) + [1 / 3])      # (), (P,)
print(f"L = {flat_loss:.12f}, 8/45 + 8λ/3 = {8 / 45 + 8 * lam / 3:.12f}, "
      f"largest |∂L/∂θ_j| = {np.abs(flat_gradient).max():.0e}")
np.testing.assert_allclose(flat_loss, 8 / 45 + 8 * lam / 3, rtol=1e-13)
np.testing.assert_array_less(np.abs(flat_gradient), 1e-13)

# %% [markdown]
# **What is true.** Theorem 5 holds for models linear in θ and every f (tutorial 08). Convexity of f
# is a property in x; descent moves in θ.
#
# ## No constant step at all: 1 < p < 2, and p > 2
#
# u = θ against 0 on [0, 1]: L = |θ|ᵖ, L′ = p φ_p(θ) = p sign(θ)|θ|ᵖ⁻¹. For p < 2 the slope of L′ is
# infinite at 0, so no L exists there. (Where u − f crosses 0 steeply the integral has one: against
# f = x on [−1, 1], L = 2p.) A step from θ lands at −θ if ηp|θ|ᵖ⁻¹ = 2|θ|, that is if
#
#     |θ| = (ηp/2)^{1/(2−p)}

# %%
p, cycle, sizes_p = 1.5, {}, {}
for eta in (0.1, 0.01, 0.001):
    path = [1.0]
    for _ in range(5000):
        path.append(path[-1] - eta * p * np.sign(path[-1]) * abs(path[-1]) ** (p - 1))   # (D7)
    cycle[eta], sizes_p[eta] = path, (eta * p / 2) ** (1 / (2 - p))
    print(f"η = {eta}: θ ends at {path[-2]:.3e}, {path[-1]:.3e}; formula {sizes_p[eta]:.3e}")
    np.testing.assert_allclose(np.abs(path[-2:]), sizes_p[eta], rtol=1e-9)

# %% [markdown]
# A smaller η makes the cycle smaller but does not end it, whatever the start, but for countably
# many that land on 0, such as (ηp)^{1/(2−p)}. **What is true.** φ_p is Hölder,
# |φ_p(a) − φ_p(b)| ≤ 2^{2−p}|a − b|^{p−1}, and gives a (T3) with ‖Δ‖ᵖ in place of ‖Δ‖². The step
# must shrink with the gradient; Armijo's does.
#
# For p > 2 it is the other way round: L″ = p(p − 1)|θ|ᵖ⁻² is 0 at 0 and unbounded far away. A step
# multiplies θ by 1 − ηp|θ|ᵖ⁻², which is below −1 for |θ| > (2/(ηp))^{1/(p−2)}. Take p = 4 and
# η = 0.01.

# %%
far = [10.0]
for _ in range(2):
    far.append(far[-1] - 0.01 * 4 * far[-1] ** 3)          # (D7)
edge = (2 / (0.01 * 4)) ** 0.5
print(f"from 10: {far}; |θ| shrinks below {edge:.3f}, and only there")
np.testing.assert_allclose(far, [10, -30, 1050], rtol=1e-12)

# %% [markdown]
# **What is true.** From inside a step descends, and stays inside: an L is needed on a ball that
# holds all θ with L(θ) ≤ L(θ_0), where there is one.
#
# The figure: top right, dots are θ after 10, 100, 1000, 10⁴ steps; below on the left, the dot is
# where descent stops, the triangle the minimum.

# %%
fig, (first, second, third, fourth) = figure(columns=2, rows=2, width=4.6, height=3.2)
s = np.linspace(0, 1, 101)
for i, (name, height) in enumerate((("J(t)", J(s)), ("true slope", J(t) + relu_slope * (s - t)),
                                    ("Theorem 2", J(t) + 0 * s))):
    first.plot(s, height, label=name, **line_style(i, marker=False))
first.set(xlabel="t", ylabel="J", title="ReLU: Theorem 2's slope is not the slope")
label_ends(first)
s = np.linspace(0.5, 25, 200)
second.loglog(s, [toward_sign(theta)[0] for theta in s], "-k", run, [
    toward_sign(theta)[0] for theta in run], "ok")
second.set(xlabel="θ", ylabel="L", title="tanh(θx) to sign(x): no minimum at any θ")
s = np.linspace(-2.3, 2, 200)
third.plot(s, (s**3 - 3 * s + 3) ** 2, "-k", 1, stuck_loss, "o", root, 0, "^")
third.set(xlabel="θ", ylabel="L", title="a minimum that is not the least one")
for i, eta in enumerate((0.1, 0.01)):
    fourth.semilogy(np.abs(cycle[eta][:200]), label=f"η = {eta}", **line_style(i, marker=False))
fourth.set(xlabel="step k", ylabel="|θ_k|", title="p = 1.5: a smaller step, and still a cycle")
label_ends(fourth)
save_figure(fig, "output/tutorial_09_cases.png")

# %% [markdown]
# ## The package does the same
#
# `counterexamples` keeps each case as a function; the tests run them.

# %%
relu_case, (case_values, _) = cases.relu_breaks_theorem_2(), (
    cases.hessian_is_unbounded_on_a_sublevel_set())
case_theta, _ = cases.descent_without_a_critical_point(steps)
case_fit, _ = cases.descent_stops_at_a_local_minimum()
case_flat, _ = cases.zero_network_is_critical_for_a_convex_target(lam)
package_error = max(
    np.abs(case_values / values - 1).max(), np.abs(case_theta / run - 1).max(),
    abs(case_fit.fun - stuck_loss), abs(case_flat - flat_loss), abs(relu_case.formula),
    abs(cases.two_cycle(1.5, 0.1)[0] - sizes_p[0.1]),
    np.abs(cases.descent_converges_to_a_saddle(lam)[1] - eigenvalues).max(),
    np.abs(cases.descent_explodes_above_p_two() - far).max())
print(f"all cases by the package: {package_error:.0e}; J′ by differences there: "
      f"{abs(relu_case.true - relu_slope):.0e}")
np.testing.assert_array_less([package_error, abs(relu_case.true - relu_slope)], [1e-12, 1e-9])

# %% [markdown]
# ## Exercises
#
# 1. For u = a tanh(wx) at w = 0 show that ∂²L/∂w² = 2a²(∫x² + λ|Ω|), and check it on [−1, 2]. Does
#    this contradict the certified L of tutorial 07?
# 2. Add μθ² to the loss of tanh(θx) against sign. Now there is a minimum: find it for μ = 10⁻³, by
#    a root finder and by descent. How does it move as μ → 0?
# 3. Is the network with weights 0 a local minimum? Move one neuron to (w, b, v) = (ε, ε, ±0.4ε) and
#    measure the change of L as ε → 0. Of which order is it, and of which sign?
#
# Answers: [answers/09_break_theorems.py](answers/09_break_theorems.py).
#
# **What was simplified.** One case each, the smallest. All of them are in docs/errata.md, with the
# corrected statements and the tests.
#
# **Next:** 10 asks whether the derivative term helps.
