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
# **You will see.** One number for each case, and at the end the same numbers from the package.
#
# **You will do.** Build one counterexample for each statement by hand, then take the same from the
# package.
#
# **You will need.** [Tutorial 4](04_transpose_passes.py): Theorems 1 and 2.
# [5](05_check_derivatives.py): the complex step, by which a derivative costs one line.
# [7](07_verify_descent.py) and [8](08_solve_convex.py): what is true of descent. Each case is
# small enough for paper and pencil. Symbols stand in the [glossary](../docs/glossary.md).
# 60 minutes.

# %%
import numpy as np
from numpy.polynomial import Polynomial

import sobolev_ref as sr
from sobolev_ref.plots import figure, label_ends, line_style, save_figure
from sobolev_ref.theory import counterexamples as cases

# %% [markdown]
# ## Theorem 2 and ReLU
#
# One neuron u = v max(x − t, 0) with the parameter t, against f = sin on [0, 1], and the derivative
# term alone. u′ is 0 for x < t, and v beyond t, so
#
#     L(t) = ∫₀ᵗ cos² x dx + ∫ₜ¹ (v − cos x)² dx,        L′(t) = cos² t − (v − cos t)²
#
# In words: when t moves, a strip at t changes sides. Theorem 2 differentiates inside the integral.
# There ∂u′/∂t = 0 at every x ≠ t, so it answers 2 ∫ (u′ − f′) · 0 dx = 0, and so does automatic
# differentiation of a sum over nodes. What is missed is the jump of u′, which moves with t. L has a
# closed form, which the complex step differentiates.

# %%
v, t = 0.8, 0.4


def L(t):
    """∫₀¹ cos² + ∫ₜ¹ (v² − 2v cos x) dx, with ∫ cos² x dx = x/2 + sin(2x)/4."""
    moving = v**2 * (1 - t) - 2 * v * (np.sin(1) - np.sin(t))
    return 0.5 + np.sin(2) / 4 + moving


relu_slope = L(t + 1e-20j).imag / 1e-20                    # L′(t), ()
by_jump = np.cos(t) ** 2 - (v - np.cos(t)) ** 2            # ()
print(f"L′(0.4) = {relu_slope:.6f}, by the jump {by_jump:.6f}; Theorem 2 says 0")
np.testing.assert_allclose(relu_slope, by_jump, rtol=1e-13)
np.testing.assert_allclose(relu_slope, 0.8337, atol=5e-5)
relu = sr.MLP((1, 1, 1), "relu")                           # refused for k = 1
with np.testing.assert_raises_regex(ValueError, "Theorem 2's gradient misses"):
    sr.SobolevLoss(relu, np.sin, sr.gauss_legendre([(0, 1)], 8), order=1)

# %% [markdown]
# **What is true.** Theorem 2 holds if σ and its derivatives up to order k are Lipschitz on bounded
# sets: tanh, sin, softplus log(1 + eᶻ) for every k; max(z, 0)² for k ≤ 1; ReLU for k = 0 only. Then
# nothing jumps, and one may differentiate inside, for almost every θ: a ReLU whose inner weight and
# bias are both 0 is at its kink for every x, and there L has two slopes (`nodes_on_kinks` in
# `sobolev_ref.theory` finds such nodes). A function is [Lipschitz](../docs/glossary.md) if it
# changes no faster than some number times the distance, as ∇L in Definition 6.
#
# ## Definition 6 and two neurons that cancel
#
# u = v tanh(c_1 x) − v tanh(c_2 x) at c_1 = c_2 = ½ is 0 whatever v is: the loss does not see v.
# But u changes v times as fast with c_1, so the curvature grows like v². Target sin on [−2π, 2π].
#
#     ∂L/∂c_1 = 2 ∫ r_0 ∂u/∂c_1 + 2 ∫ r_1 ∂u′/∂c_1,   ∂u/∂c = v x s,   ∂u′/∂c = v (s − 2 c x a s)
#
# with a = tanh(cx), s = 1 − a². ∂²L/∂c_1² is its complex step, and a lower bound of ‖H‖.

# %%
rule = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 60)
x, w = rule.nodes[:, 0], rule.weights                      # x_i, w_i, (N,) each


def two_neurons(v, c_1):
    """L and ∂L/∂c_1 at c_2 = ½."""
    a, a_2 = np.tanh(c_1 * x), np.tanh(x / 2)              # (N,) each
    s, s_2 = 1 - a**2, 1 - a_2**2                          # (N,) each
    r_0 = v * (a - a_2) - np.sin(x)                        # u − f, (N,)
    r_1 = v * (c_1 * s - s_2 / 2) - np.cos(x)              # u′ − f′, (N,)
    by_value = 2 * w @ (r_0 * v * x * s)                   # (T1), ()
    by_slope = 2 * w @ (r_1 * v * (s - 2 * c_1 * x * a * s)) # (T2), ()
    return w @ (r_0**2 + r_1**2), by_value + by_slope      # (D3)


values, curvatures = np.zeros(3), np.zeros(3)
for i, size in enumerate((1.0, 10.0, 100.0)):              # v
    values[i], _ = two_neurons(size, 0.5)
    curvatures[i] = two_neurons(size, 0.5 + 1e-20j)[1].imag / 1e-20
print("L(θ):    ", *(f"{value:10.6f}" for value in values), f" (4π = {4 * np.pi:.6f})")
print("∂²L/∂c_1²", *(f"{curvature:10.0f}" for curvature in curvatures))
np.testing.assert_allclose(values, 4 * np.pi, rtol=1e-12)
np.testing.assert_allclose(curvatures[2] / curvatures[1], 100, rtol=0.05)      # like v²

# %% [markdown]
# So no L serves all θ, not even all θ with L(θ) ≤ 4π. **What is true.** On a bounded set of θ there
# is an L. Weight decay, a [ridge](../docs/glossary.md) (μ/2)‖θ‖² in the loss, keeps {θ : L(θ) ≤ 4π}
# bounded. No network with a free output layer has an L for all θ; without one, such as tanh(θx)
# below, it can.
#
# ## Theorem 4 and a minimum at infinity
#
# u = tanh(θx) against f = sign on [−1, 1], p = 2, values alone. As θ grows u becomes steeper and
# the loss falls, L(θ) = (2/θ) ∫₀^θ (1 − tanh y)² dy ≈ (4 log 2 − 2)/θ by y = θx, but no θ is the
# best. With a = tanh(θx),
#
#     L″(θ) = 4 ∫₀¹ x² (1 − a)² (1 + a) (1 + 3a) dx,        |L″(θ)| ≤ (4/3) · 1.233 < 1.65
#
# as ∫ x² = 1/3, and the product is at most 1.233 in size for |a| ≤ 1. So L′ is Lipschitz, η = 0.5
# is below 2/1.65, and every hypothesis holds.

# %%
half = sr.gauss_legendre([(0, 1)], 400)                    # u and f are odd
x_half, w_half = half.nodes[:, 0], half.weights            # (400,) each


def toward_sign(theta):
    """L and L′ of u = tanh(θx) against sign: twice the integral over [0, 1]."""
    a = np.tanh(theta * x_half)                            # (400,)
    value = 2 * w_half @ (a - 1) ** 2                      # (D3)
    return value, 4 * w_half @ ((a - 1) * x_half * (1 - a**2))       # (T1)


product = Polynomial([1, -1]) ** 2 * Polynomial([1, 1]) * Polynomial([1, 3])   # of a
largest_bend = 4 / 3 * np.abs(product(product.deriv().roots())).max()
bends = [toward_sign(s + 1e-20j)[1].imag / 1e-20 for s in (-1.0, 0.4, 1.0)]    # L″
print(f"|L″| ≤ {largest_bend:.3f}; at θ = −1, 0.4, 1:", np.abs(bends).round(3))
theta, steps, C = 1.0, (10, 100, 1000, 10_000), 4 * np.log(2) - 2
run, slopes = [], []
for k in range(1, steps[-1] + 1):
    theta = theta - 0.5 * toward_sign(theta)[1]            # (D7) with η = 0.5
    if k in steps:
        slope = toward_sign(theta)[1]
        run.append(theta)
        slopes.append(slope)
        predicted = (1.5 * C * k) ** (1 / 3)               # (3ηCk)^{1/3}
        print(f"k = {k:5}: θ = {theta:6.3f}, (3ηCk)^(1/3) = {predicted:6.3f}, "
              f"L′ = {slope:.0e}, L′θ² = {slope * theta**2:.4f}")
np.testing.assert_array_less([*np.abs(bends), 1.64], largest_bend)
np.testing.assert_array_less(largest_bend, 1.65)
np.testing.assert_allclose(run[-1], (1.5 * C * 1e4) ** (1 / 3), rtol=1e-3)
np.testing.assert_array_less(slopes, 0)

# %% [markdown]
# L′ ≈ −C/θ², C = 4 log 2 − 2, makes each step ηC/θ² long, so θ³ grows by 3ηC a step. θ goes to
# infinity, and L′ to 0 without ever being 0. **What is true.** ‖∇L(θ_k)‖ → 0 (tutorial 07), and if
# θ_k has a limit, that is critical. For analytic L, as here, a bounded run has one (Łojasiewicz;
# Absil, Mahony and Andrews 2005), and weight decay makes runs bounded.
#
# ## Definition 7 and a saddle
#
# Descent is repeated, the paper says, until it "converges to a local minimum", or a criterion
# stops it. Take f = x on [−1, 1], and a tanh network with two neurons, all weights and biases 0
# but for the last bias v_0 = 1. Each ∂u/∂θ_j but that of v_0 contains a weight or a tanh(0): the
# zeros stay, v_0 goes to 0, and ∇L = 0. But r_0 = −x, r_1 = −1 and ∂²u/∂v∂c = x, ∂²u′/∂v∂c = 1 for
# the v and c of one neuron, so that
#
#     ∂²L/∂v∂c = 2 ∫ r_0 x dx + 2λ ∫ r_1 dx = −(4/3 + 4λ),   ∂²L/∂v² = ∂²L/∂c² = 0
#
# A matrix with 0, m and m, 0 has the eigenvalues ±m: L falls to either side, and this is a saddle.

# %%
lam, net = 0.5, sr.MLP((1, 2, 1))
few = sr.gauss_legendre([(-1, 1)], 8)
identity = sr.SobolevLoss(net, lambda x: x, few, weights=(1, lam))
theta = np.eye(7)[-1]                                      # v_0 = 1, (P,)
for _ in range(100):
    theta = theta - 0.1 * identity(theta)[1]               # (D7)
saddle_loss, g = identity(theta)
H = np.stack([identity(theta + 1e-20j * e)[1].imag / 1e-20 for e in np.eye(7)])
eigenvalues = np.linalg.eigvalsh(H)                        # of H (P, P), (P,)
print(f"L = {saddle_loss:.6f}, ‖∇L‖ = {np.linalg.norm(g):.0e}")
print(f"eigenvalues {eigenvalues.round(6)}")
expected = np.array([-10, -10, 0, 0, 10, 10, 12]) / 3
np.testing.assert_allclose(saddle_loss, 2 / 3 + 2 * lam, rtol=1e-13)
np.testing.assert_allclose(eigenvalues, expected, atol=1e-12)

# %% [markdown]
# **What is true.** On a set that no run leaves, and with η below 1/L there, the starts from which
# descent ends at such a point have measure zero: a random start is one of them with probability 0
# (Lee, Simchowitz, Jordan and Recht 2016). The zeros are among them, and so are some starts with
# two equal neurons.
#
# ## Theorem 5 and two convex targets
#
# First f ≡ −3, convex and Lipschitz, and u = θ³ − 3θ, constant in x, on [0, 1]. Then
# L = (θ³ − 3θ + 3)², and L′ = 2(θ³ − 3θ + 3)(3θ² − 3) is 0 at θ = 1, where L = 1, at θ = −1, where
# L = 25, and at the root θ = −2.1038, where L = 0. Near θ = 1 descent cannot know of the root.
#
# Second f = x² on [−1, 1], and a tanh network with all weights and biases 0 but for the last bias
# v_0 = ⅓, the mean of f. Then u = ⅓ and u′ = 0. As at the saddle, ∂u/∂v_0 = 1 is the only
# derivative of u or u′ in θ that is not 0, and ∫ (⅓ − x²) dx = 0. So ∇L = 0:
#
#     L = ∫ (⅓ − x²)² dx + λ ∫ (2x)² dx = 8/45 + 8λ/3 > 0

# %%
theta = 0.5
for _ in range(2000):
    residual, moves = theta**3 - 3 * theta + 3, 3 * theta**2 - 3     # r, ∂u/∂θ
    theta = theta - 0.01 * 2 * residual * moves            # (D7)
stuck_loss = (theta**3 - 3 * theta + 3) ** 2
root = np.roots([1, 0, -3, 3]).real.min()
print(f"descent from 0.5 ends at θ = {theta:.6f} with L = {stuck_loss:.6f}")
print(f"the root is {root:.4f}")
np.testing.assert_allclose([theta, stuck_loss, root], [1, 1, -2.1038], atol=1e-4)

net, few = sr.MLP((1, 5, 1)), sr.gauss_legendre([(-1, 1)], 10)
flat = sr.SobolevLoss(net, lambda x: x**2, few, weights=(1, lam))
zeros = np.zeros(net.n_parameters)
zeros[-1] = 1 / 3                                          # the last bias
flat_loss, flat_gradient = flat(zeros)                     # (), (P,)
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
# u = θ against 0 on [0, 1]: L = |θ|ᵖ, L′ = p φ_p(θ) = p sign(θ)|θ|ᵖ⁻¹. For p < 2 the slope of L′
# is infinite at 0, so no L exists there. (Where u − f crosses 0 steeply the integral has one: for
# u = θ against f = x on [−1, 1], L′ changes no faster than 2p.) A step from θ lands at −θ if
# ηp|θ|ᵖ⁻¹ = 2|θ|, that is if
#
#     |θ| = (ηp/2)^{1/(2−p)}

# %%
p, cycle, sizes_p = 1.5, {}, {}
for eta in (0.1, 0.01, 0.001):
    path = [1.0]
    for _ in range(5000):
        slope = p * np.sign(path[-1]) * abs(path[-1]) ** (p - 1)     # L′
        path.append(path[-1] - eta * slope)                # (D7)
    cycle[eta], sizes_p[eta] = path, (eta * p / 2) ** (1 / (2 - p))
    print(f"η = {eta}: θ ends at {path[-2]:.3e}, {path[-1]:.3e}; "
          f"formula {sizes_p[eta]:.3e}")
    np.testing.assert_allclose(np.abs(path[-2:]), sizes_p[eta], rtol=1e-9)

# %% [markdown]
# A smaller η makes the cycle smaller but does not end it: runs are drawn to it.
#
# **Proof (may be left out).** Let q be |θ| divided by the size of the cycle. As ηp|θ|ᵖ⁻¹ is 2qᵖ⁻¹
# times that size, a step takes q to |q − 2qᵖ⁻¹|, here, for p = 1.5, to |q − 2√q|:
#
# - above 4, q falls by 2√q at each step, until it is at most 4;
# - from q < 4 the step is q ← 2√q − q = 1 − (1 − √q)², which is at most 1;
# - for q ≤ 1 it says 1 − q ← (1 − √q)² ≤ (1 − q)²: the distance from 1 falls, at least to its
#   square.
#
# Only q = 0, q = 4, and the starts that come to them exactly, end at 0. For other p in (1, 2) the
# distance from the cycle is multiplied by about 2p − 3 near it, the derivative of 2qᵖ⁻¹ − q at 1,
# so that it attracts as well.
#
# **What is true.** φ_p satisfies |φ_p(a) − φ_p(b)| ≤ 2^{2−p}|a − b|^{p−1}. (With such a power below
# 1 one says Hölder, with the power 1 Lipschitz.) It gives a (T3) with ‖Δ‖ᵖ in place of ‖Δ‖². The
# step must shrink with the gradient; Armijo's does.
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
heights = {
    "L(t)": L(s),
    "true slope": L(t) + relu_slope * (s - t),
    "Theorem 2": L(t) + 0 * s,
}
for i, (name, height) in enumerate(heights.items()):
    first.plot(s, height, label=name, **line_style(i, marker=False))
first.set(xlabel="t", ylabel="L", title="ReLU: Theorem 2's slope is not the slope")
label_ends(first)
s = np.linspace(0.5, 25, 200)
second.loglog(s, [toward_sign(theta)[0] for theta in s], "-k")
second.loglog(run, [toward_sign(theta)[0] for theta in run], "ok")
second.set(xlabel="θ", ylabel="L", title="tanh(θx) to sign(x): no minimum at any θ")
s = np.linspace(-2.3, 2, 200)
third.plot(s, (s**3 - 3 * s + 3) ** 2, "-k", 1, stuck_loss, "ok", root, 0, "^k")
third.set(xlabel="θ", ylabel="L", title="a minimum that is not the least one")
for i, eta in enumerate((0.1, 0.01)):
    path = np.abs(cycle[eta][:200])                        # (200,)
    fourth.semilogy(path, label=f"η = {eta}", **line_style(i, marker=False))
fourth.set(xlabel="step k", ylabel=r"$|\theta_k|$",
           title="p = 1.5: a smaller step, and still a cycle")
label_ends(fourth)
save_figure(fig, "output/tutorial_09_cases.png")

# %% [markdown]
# ## The package does the same
#
# `counterexamples` keeps each case as a function; the tests run them.

# %%
relu_case = cases.relu_breaks_theorem_2()
case_values, _ = cases.hessian_is_unbounded_on_a_sublevel_set()
case_theta, _ = cases.descent_without_a_critical_point(steps)
case_fit, _ = cases.descent_stops_at_a_local_minimum()
case_flat, _ = cases.zero_network_is_critical_for_a_convex_target(lam)
package_error = max(
    np.abs(case_values / values - 1).max(),
    np.abs(case_theta / run - 1).max(),
    abs(case_fit.fun - stuck_loss),
    abs(case_flat - flat_loss),
    abs(relu_case.formula),
    abs(cases.two_cycle(1.5, 0.1)[0] - sizes_p[0.1]),
    np.abs(cases.descent_converges_to_a_saddle(lam)[1] - eigenvalues).max(),
    np.abs(cases.descent_explodes_above_p_two() - far).max(),
)
by_differences = abs(relu_case.true - relu_slope)
print(f"all cases by the package, apart by {package_error:.0e}")
print(f"L′ by differences there: {by_differences:.0e}")
np.testing.assert_array_less([package_error, by_differences], [1e-12, 1e-9])

# %% [markdown]
# ## What you can do now
#
# 1. What does Theorem 2 miss for a ReLU?
# 2. Why has no network with a free output layer one L for all θ?
# 3. Name a loss on which descent runs for ever and finds no critical point.
# 4. What must be convex for Theorem 5: the target in x, or the loss in θ?
# 5. Why does a smaller fixed step not end the cycle for p = 1.5?
#
# <details><summary>Answers</summary>
#
# 1. The jump of u′, whose place moves with the parameter.
# 2. Two neurons can cancel with outer weights ±v; the curvature grows like v², the loss does not.
# 3. tanh(θx) against sign: the loss falls as θ → ∞.
# 4. The loss in θ.
# 5. The slope of L′ is infinite at 0: near enough to 0 every step is too long, and a shorter one
#    only moves "near enough".
#
# </details>
#
# ## Exercises
#
# 1. For u = v tanh(cx) at c = 0 show that ∂²L/∂c² = 2v²(∫x² + λ|Ω|), and check it on [−1, 2]. Does
#    this contradict the certified L of tutorial 7?
# 2. Add (μ/2)θ² to the loss of tanh(θx) against sign. Now there is a minimum: find it for
#    μ = 2·10⁻³, by a root finder and by descent. How does it move as μ → 0?
# 3. Is the network of f = x² with weights 0, at λ = ½, a local minimum? Move one neuron to
#    (c, b, v) = (ε, ε, ±0.4ε) and measure the change of L as ε → 0. Of which order is it, and of
#    which sign?
#
# Worked answers: [answers/09_break_theorems.py](answers/09_break_theorems.py).
#
# **What was simplified.** One case each, the smallest. All of them are in
# [the errata](../docs/errata.md), with the corrected statements and the tests.
#
# **Further reading.** P.-A. Absil, R. Mahony and B. Andrews, *Convergence of the Iterates of
# Descent Methods for Analytic Cost Functions*, SIAM Journal on Optimization, 2005. J. D. Lee, M.
# Simchowitz, M. I. Jordan and B. Recht, *Gradient Descent Only Converges to Minimizers*, 2016. D.
# P. Bertsekas, *Nonlinear Programming*, 1999, chapter 1: when descent converges, and when not.
#
# **Next:** 10_compare_losses asks whether the derivative term helps.
