# %% [markdown]
# # 7. Verify the descent lemma
#
# **Question.** How long may a step of gradient descent be, if the loss must not rise? Does the rule
# that answers this describe a real training?
#
# **The paper.** If ∇L is Lipschitz, ‖∇L(θ_1) − ∇L(θ_2)‖ ≤ L‖θ_1 − θ_2‖ (D6), Definition 6, then
#
#     L(θ + Δ) ≤ L(θ) + ∇L(θ)·Δ + (L/2)‖Δ‖²                               (T3), Theorem 3
#     L(θ − η∇L) ≤ L(θ) − η(1 − Lη/2)‖∇L(θ)‖²,  so 0 < η < 2/L            (T4), Theorem 4
#
# L(θ) is the loss, L alone the Lipschitz constant. In words: if the slope of the loss changes no
# faster than L, then a step shorter than 2/L times the gradient cannot raise the loss.
#
# **You will see.** The lemma's remainder against an integral, in digits. Four numbers that are
# called "the" Lipschitz constant. Runs at ηL = 1.99, 2 and 2.01, and one at the edge of stability.
#
# **You will do.** Write the lemma's remainder as an integral, and descend with steps on both sides
# of 2/L.
#
# **You will need.** [Tutorial 5](05_check_derivatives.py): the gradient of one neuron, and the
# complex step. Integration by parts. An eigenvector y of a symmetric matrix H has Hy = λy, and the
# norm ‖H‖ is the largest |λ|; then |ΔᵀHΔ| ≤ ‖H‖‖Δ‖² for every Δ. Symbols stand in the
# [glossary](../docs/glossary.md). 60 minutes.

# %%
import numpy as np
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, figure, label_ends, line_style, save_figure
from sobolev_ref.theory.counterexamples import edge_of_stability

# %% [markdown]
# ## One neuron, its gradient and its Hessian
#
# The neuron of tutorial 5 again: θ = (v, c), u = v tanh(cx), target sin on [−2, 2], and the
# weight λ = 0.3 of u′ (an eigenvalue has the same letter). Tutorial 5 held `SobolevLoss` to the
# lines written there, so that we may take it here: one neuron whose two biases stay 0. The Hessian
# H, the matrix of second derivatives of L, comes column by column, without loss: column j is the
# complex step Im ∇L(θ + i h Δ) / h, where Δ is the unit vector of the entry j.

# %%
rule, lam = sr.gauss_legendre([(-2, 2)], 20), 0.3
one = sr.SobolevLoss(sr.MLP((1, 1, 1)), np.sin, rule, weights=(1, lam))


def embedded(theta):
    """(v, c) in the order of the network: c, its bias, v, the last bias."""
    v, c = theta
    return np.array([c, 0, v, 0])


def neuron(theta):
    """L, and ∇L by v and c."""
    value, gradient = one(embedded(theta))                 # (), (4,)
    return value, gradient[[2, 0]]


def hessian(theta):
    """H at θ, (2, 2)."""
    columns = [neuron(theta + 1e-20j * unit)[1].imag / 1e-20 for unit in np.eye(2)]
    return np.stack(columns, axis=1)


theta, delta = np.array([2.0, 0.8]), np.array([-0.6, -0.8])          # θ, Δ
value, g = neuron(theta)                                   # L(θ), ∇L(θ), (), (2,)
remainder = neuron(theta + delta)[0] - value - g @ delta   # beyond L(θ) + ∇L·Δ, ()
taylor = delta @ hessian(theta) @ delta / 2                # ½ ΔᵀH(θ)Δ, ()
print(f"remainder {remainder:.4f}, ½ ΔᵀH(θ)Δ = {taylor:.4f}")
np.testing.assert_array_less(taylor, 0.7 * remainder)

# %% [markdown]
# The paper's proof sets these two equal. They differ by a third: the step leads away from θ, where
# H was taken. The statement is right all the same, by the exact remainder.
#
# ## The exact remainder
#
# **Proof (may be left out).** On the segment write L(t) for L(θ + tΔ). Then L′(0) = ∇L(θ)·Δ and
# L″(t) = ΔᵀH(θ + tΔ)Δ. By parts, with −(1 − t) as the integral of 1,
# L(1) − L(0) = ∫₀¹ L′(t) dt = L′(0) + ∫₀¹ (1 − t) L″(t) dt. So
#
#     remainder = ∫₀¹ (1 − t) ΔᵀH(θ + tΔ)Δ dt                                           (T3')
#
# In words: what the linear model misses is the curvature along the step, averaged with a weight
# that falls to 0 at its end. No inequality yet. Compute the right side with n Gauss points, and
# count digits.

# %%
identity_errors = {}
for n in (2, 4, 8, 16, 24):
    points = sr.gauss_legendre([(0, 1)], n)
    bend = [delta @ hessian(theta + t * delta) @ delta for t in points.nodes]  # (n,)
    integral = points.integrate(lambda t: (1 - t) * bend)  # of (T3'), ()
    identity_errors[n] = abs(integral / remainder - 1)
    print(f"n = {n:2}: relative difference {identity_errors[n]:.0e}")
np.testing.assert_array_less(identity_errors[24], 1e-12)

# %% [markdown]
# More than 12 digits. Now one inequality: ΔᵀHΔ ≤ ‖H‖‖Δ‖², and ∫₀¹ (1 − t) dt = ½. So if ‖H‖ ≤ L on
# the segment, the remainder is at most (L/2)‖Δ‖²: (T3). L is not asked for away from the segment.

# %%
t = np.linspace(0, 1, 101)                                 # (101,)
along = np.array([neuron(theta + s * delta)[0] for s in t])          # L(θ + tΔ), (101,)
norms = [np.linalg.norm(hessian(theta + s * delta), 2) for s in t]   # ‖H‖ there, (101,)
tangent = value + t * (g @ delta)                          # L(θ) + t ∇L(θ)·Δ, (101,)
upper = tangent + max(norms) / 2 * t**2                    # (T3), ‖Δ‖ = 1, (101,)
at_theta = tangent + norms[0] / 2 * t**2                   # with L = ‖H(θ)‖, (101,)
print(f"‖H‖ at θ {norms[0]:.2f}, at its largest {max(norms):.2f}")
print(f"L(θ + Δ) = {along[-1]:.4f} ≤ {upper[-1]:.4f} (T3); "
      f"with L = ‖H(θ)‖ instead, {at_theta[-1]:.4f}")
np.testing.assert_array_less(along[1:], upper[1:])
np.testing.assert_array_less(at_theta[-1], along[-1])

# %% [markdown]
# With L = ‖H(θ)‖ the lemma fails (left panel of the figure): the flaw of that proof is a real one.
#
# ## Four numbers called L
#
# An **exact** L exists for a model linear in θ. For θ = (v_0, v), u = v_0 + v x on [−2, 2],
# Theorems 1 and 2 give ∇L = Hθ + const with H = 2 diag(∫1, ∫x² + λ∫1) = diag(8, 32/3 + 8λ), the
# same at every θ. For a network there are **estimates** from below: the largest ‖H‖ at some points
# of the segment, or a secant, which is the quotient ‖∇L(θ+Δ) − ∇L(θ)‖/‖Δ‖ of Definition 6 for one
# pair of points. And there is a **certified** bound on a whole ball around θ: each step of the pass
# is taken with bounds in place of numbers (a product is at most the product of the bounds, |tanh|
# is at most 1), so that the result holds for every θ of the ball, and is larger than need be.
# `sr.lipschitz` says with each number which of the three it is.

# %%
line = sr.LinearModel.polynomial(1, [(-1, 1)])             # 1, x; by Ω's box x/2
straight = sr.SobolevLoss(line, np.sin, rule, weights=(1, lam))
start, end = embedded(theta), embedded(theta + delta)      # (4,) each
constants = {
    "straight line": sr.lipschitz(straight),
    "neuron, secant": sr.lipschitz(one, start, end, method="secant"),
    "neuron, segment": sr.lipschitz(one, start, end, n=24),
    "neuron, ball": sr.lipschitz(one, start, radius=1.0),
}
for name, constant in constants.items():
    print(f"{name:16}{constant}")
exact, secant, segment, certified = map(float, constants.values())
L = 32 / 3 + 8 * lam                                       # the larger entry of H
np.testing.assert_allclose(exact, L, rtol=1e-13)
print(f"certified / segment: {certified / segment:.0f}")
np.testing.assert_array_less([secant, segment], [segment, certified])

# %% [markdown]
# The estimates prove nothing: a larger ‖H‖ may sit between the points, and the secant sees one
# direction only. The certificate proves the lemma in the whole ball; the last line is its price.
#
# ## The step 2/L is sharp
#
# Put Δ = −η∇L into (T3): the linear term gives −η‖∇L‖², the square +(Lη²/2)‖∇L‖², together (T4).
# The promised gain η(1 − Lη/2)‖∇L‖² is positive for η < 2/L and largest at η = 1/L. Try it on the
# straight line. With e = θ − θ*, where θ* is the minimum, its loss is L(θ*) + E, E = ½ eᵀHe, and
# ∇L = He. H is diagonal here. So a step multiplies each entry e_j by 1 − ηH_jj, and k steps by its
# kth power.

# %%
diagonal = np.array([8, L])                                # H_jj, (2,)
k, E = np.arange(501)[:, None], {}                         # (501, 1)
x, w = rule.nodes[:, 0], rule.weights                      # x_i, w_i, (N,) each
best = w @ (x * np.sin(x) + lam * np.cos(x)) / (L / 2)     # the v of θ*, ∂L/∂v = 0
e_0 = np.array([0, 1]) - [0, best]                         # from the start θ = (0, 1)
for factor in (1.9, 1.99, 2.0, 2.01):
    eta = factor / L
    e = (1 - eta * diagonal) ** k * e_0                    # e_k of (D7), (501, 2)
    E[factor] = (diagonal * e**2).sum(axis=1) / 2          # L(θ_k) − L(θ*), (501,)
    squares = ((diagonal * e) ** 2).sum(axis=1)            # ‖∇L(θ_k)‖², (501,)
    promised = eta * (1 - L * eta / 2) * squares           # (T4), (501,)
    gain = -np.diff(E[factor])                             # (500,)
    short = np.max((promised[:-1] - gain) / E[factor][:-1])
    print(f"ηL = {factor:4}: E {E[factor][0]:.2f} → {E[factor][-1]:.1e}; "
          f"short by {short:.0e}")
    np.testing.assert_array_less(short, 1e-13)
np.testing.assert_allclose(E[2.0], E[2.0][0], rtol=1e-10)
np.testing.assert_array_less([E[1.9][-1], E[1.99][-1], 1e4], [1e-12, 1e-4, E[2.01][-1]])

# %% [markdown]
# The last number is how far a gain fell short of (T4), relative to E: by rounding. At ηL = 2 the
# promise is 0, and so is the gain: v jumps from side to side for ever. Above 2 the jumps grow.
#
# ## A network, without L
#
# With the certified L of a ball every step is proved to descend while the path stays in the ball,
# but it is short. [Armijo's rule](../docs/glossary.md) needs no L: try η, halve it until the loss
# falls by at least 10⁻⁴ η‖∇L‖², and start the next step at twice the η that worked. Five neurons,
# 200 steps.


# %%
def armijo(loss, theta, steps):
    """The losses of a run, and the last η."""
    eta, losses = 0.5, [loss(theta)[0]]
    for _ in range(steps):
        (value, g), eta = loss(theta), 2 * eta
        while loss(theta - eta * g)[0] > value - 1e-4 * eta * (g @ g):
            eta /= 2                                       # the loss fell too little
        theta = theta - eta * g                            # (D7), (P,)
        losses.append(loss(theta)[0])
    return np.array(losses), eta


five_neurons = sr.MLP((1, 5, 1))
five, theta_0 = sr.SobolevLoss(five_neurons, np.sin, rule), five_neurons.init(0)
proved = sr.lipschitz(five, theta_0, radius=1.0).value
quick, quick_eta = armijo(five, theta_0, 200)              # (201,), ()
print(f"Armijo: loss {quick[0]:.2f} → {quick[-1]:.3f}, last η {quick_eta:.2f}; "
      f"certified 2/L {2 / proved:.3f}")
np.testing.assert_array_less(np.diff(quick), 0)
np.testing.assert_array_less(10 * quick[-1], quick[0])

# %% [markdown]
# It never rises, by its rule. And ‖∇L(θ_k)‖ → 0, if an L holds where the run goes. For by (T4) a
# step with η ≤ 1/L gains at least (η/2)‖∇L‖², more than Armijo asks for; so η is never halved below
# 1/(2L). (If it begins below, it doubles at each step until it is above.) Hence each step gains at
# least a fixed share of ‖∇L(θ_k)‖², namely 10⁻⁴/(2L) of it. The gains cannot exceed L(θ_0) in all,
# so that their shares tend to 0. The paper says that θ_k converges; tutorial 9 shows where it does
# not.
#
# ## The edge of stability
#
# What if η is simply chosen, as in practice? Take 20 neurons, the mean loss, η = 0.1, and watch the
# [sharpness](../docs/glossary.md) λ_max, the largest eigenvalue of H(θ_k): while ηλ_max/2 < 1, the
# step is short enough at θ_k.

# %%
net, eta = sr.MLP((1, 20, 1)), 0.1
nodes = sr.trapezoid([(-1, 1)], 41).mean()
loss = sr.SobolevLoss(net, lambda x: np.sin(2 * x), nodes)


def sharp(theta):
    """ηλ_max/2."""
    return eta * sr.lipschitz(loss, theta).value / 2


theta, edge, sharpness = net.init(0), np.zeros(4001), []
for k in range(4001):
    edge[k], g = loss(theta)
    if k % 50 == 0:
        sharpness.append(sharp(theta))
    theta = theta - eta * g                                # (D7), (P,)
rises, late = int(np.sum(np.diff(edge) > 0)), np.array(sharpness[40:])
print(f"ηλ_max/2: first {sharpness[0]:.2f}, "
      f"from step 2000 on {late.min():.2f} to {late.max():.2f}")
print(f"rises of the loss: {rises}; after 2000 steps {edge[2000]:.4f}, "
      f"after 4000 {edge[-1]:.4f}")
np.testing.assert_array_less(sharpness[0], 0.7)
np.testing.assert_array_less([0.85, late.max()], [late.min(), 1.2])
np.testing.assert_array_less([50, edge[-1]], [rises, edge[2000]])

# %% [markdown]
# Nothing held ηλ_max/2 near 1: the path went there. Beyond 1 the error in the sharpest direction
# is multiplied by 1 − ηλ_max < −1 at each step, and oscillates up until θ is thrown to where the
# loss is flatter. Is that so from other starts? Twenty of them, 1500 steps each:

# %%
first, last = np.zeros(20), np.zeros(20)
for seed in range(20):
    theta = net.init(seed)
    first[seed] = sharp(theta)
    for _ in range(1500):
        theta = theta - eta * loss(theta)[1]               # (D7), (P,)
    last[seed] = sharp(theta)
near = int(np.sum((last > 0.8) & (last < 1.6)))
print(f"20 starts: ηλ_max/2 at first {first.min():.2f} to {first.max():.2f}, "
      f"after 1500 steps {last.min():.2f} to {last.max():.2f}")
print(f"between 0.8 and 1.6 in {near} of 20")
np.testing.assert_array_less([first.max(), 17], [0.8, near])

# %% [markdown]
# So a step that is short enough at θ_0 need not stay so. It can: with η = 0.01 the run from seed 0
# ends at ηλ_max/2 = 0.08 after 10,000 steps, and the loss never rises. (`tests/test_theorem_4.py`
# runs it. These are observations, and no theorem.)
#
# ## A step that is proved, for a network
#
# One thing makes a fixed η safe: that the run cannot leave a ball on which L is certified. Weight
# decay does that. Add (μ/2)‖θ‖² to the loss. No other term is negative, so (μ/2)‖θ‖² ≤ L(θ), and a
# θ whose loss is at most that of the start has ‖θ‖ ≤ R = √(2L(θ_0)/μ) (L4). Certify L there.
#
# *Every step with η < 2/L descends, and stays there.* Walk along the step from θ_k. As long as the
# walk is in the ball, (T3) holds, and the loss is below L(θ_k). A little beyond R the loss is above
# L(θ_0). So the walk never gets there: the whole step is inside the ball, and (T4) holds.

# %%
mu = 0.1
decayed = five + sr.Ridge(mu, len(theta_0))                # L(θ) + (μ/2)‖θ‖²
R = np.sqrt(2 * decayed(theta_0)[0] / mu)                  # (L4)
ball = sr.lipschitz(decayed, np.zeros_like(theta_0), radius=1.001 * R)
print(ball)
theta, safe, sizes = theta_0, np.zeros(5001), np.zeros(5001)
for k in range(5001):
    safe[k], g = decayed(theta)
    sizes[k] = np.linalg.norm(theta)
    theta = theta - g / ball.value                         # (D7) with η = 1/L, (P,)
not_down = int(np.sum(np.diff(safe) >= 0))
print(f"loss {safe[0]:.3f} → {safe[-1]:.3f} in 5000 steps, of which {not_down} do not "
      f"descend; ‖θ‖ ≤ {sizes.max():.2f}, R = {R:.2f}")
print(f"Armijo's last step / this one: {quick_eta * ball.value:.0f}")
np.testing.assert_array_less(np.diff(safe), 0)
np.testing.assert_array_less(sizes, R)
np.testing.assert_array_less(1000, quick_eta * ball.value)

# %% [markdown]
# None of five thousand steps rises. That was proved before the first of them. The price is a step
# thousands of times shorter than Armijo's. And where does such a run go? tanh is analytic, so L(θ)
# is, and the run is bounded: by an inequality of Łojasiewicz it converges to one critical point,
# where ∇L = 0 (Absil, Mahony and Andrews 2005). This is Theorem 4 as it should have been: with
# weight decay, an analytic σ, p = 2, and a critical point, which may be a
# [saddle](../docs/glossary.md), in place of a minimum. [The errata](../docs/errata.md) have it with
# all hypotheses.

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.6, height=3.2)
names = ("L(θ + tΔ)", "(T3)", "‖H(θ)‖ for L")
for i, (name, curve) in enumerate(zip(names, (along, upper, at_theta))):
    left.plot(t, curve, label=name, **line_style(i, marker=False))
left.set(xlabel="t", ylabel="loss along the step",
         title="the constant of one θ is no bound")
label_ends(left)
right.semilogy(edge, color=COLORS[2], linewidth=0.8)
right.set(xlabel="step k", ylabel="mean Sobolev loss",
          title="the loss falls, and rises in bursts")
below.plot(50 * np.arange(81), sharpness, color=COLORS[2])
below.axhline(1, color="black", linestyle="--", linewidth=1)
below.set(xlabel="step k", ylabel=r"$\eta\lambda_\max/2$",
          title="sharpness climbs to the edge of stability")
rest.remove()
save_figure(fig, "output/tutorial_07_descent.png")

# %% [markdown]
# ## The package does the same
#
# `descent_lemma` returns both sides of (T3) and (T3'); `gradient_descent` knows "armijo", and
# `provable_step` finds the step of the last section.

# %%
lemma = sr.descent_lemma(one, start, end - start)
fit = minimize(five, theta_0, jac=True, method=sr.gradient_descent,
               options={"learning_rate": "armijo", "maxiter": 200})
step = sr.provable_step(decayed, theta_0)
package_error = max(
    abs(step.radius / R - 1),
    abs(lemma.remainder / remainder - 1),
    abs(lemma.integral / remainder - 1),
    np.abs(fit.history - quick).max(),
    np.abs(edge_of_stability(steps=1000).history - edge[:1001]).max(),
)
print(f"the same by the package, apart by {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## What you can do now
#
# 1. Of which L does (T3) speak: that at θ, on the segment, or for all θ?
# 2. Which of the four numbers called L prove something?
# 3. What is the best step of a fixed length by (T4), and what happens at twice that?
# 4. What does Armijo's rule promise, and what does it need to know?
# 5. Why can weight decay make a fixed η safe?
#
# <details><summary>Answers</summary>
#
# 1. On the segment from θ to θ + Δ; at θ alone it is not enough.
# 2. The exact one, and on its ball the certified one.
# 3. η = 1/L. At 2/L the promise is 0, and in the sharpest direction θ jumps from side to side.
# 4. A gain of 10⁻⁴ η‖∇L‖² at each step. It needs no L, only the loss itself.
# 5. It keeps the run in a ball, on which an L can be certified beforehand.
#
# </details>
#
# ## Exercises
#
# 1. For the straight line, print the gain of one step for η from 0 to 3/L. Which η gains most, and
#    which nothing? Why is (T4) an equality here, from θ = (0, 1)? What is it from other θ?
# 2. (T3) needs only the largest eigenvalue of H on the segment, not the largest |eigenvalue|. Find
#    a step of the neuron on which the two differ, and show that the smaller one suffices. (Look
#    where v is large and c is negative.)
# 3. Repeat the edge for η = 0.2 and 0.4. Where does λ_max end, and why lower for a larger η?
#
# Worked answers: [answers/07_verify_descent.py](answers/07_verify_descent.py).
#
# **What was simplified.** p = 2 (for p < 2 see tutorial 9), and one kind of network at the edge.
#
# **Further reading.** Y. Nesterov, *Lectures on Convex Optimization*, 2018, chapter 1: the lemma
# and what it gives. J. Cohen, S. Kaur, Y. Li, J. Z. Kolter and A. Talwalkar, *Gradient Descent on
# Neural Networks Typically Occurs at the Edge of Stability*, 2021. P.-A. Absil, R. Mahony and B.
# Andrews, *Convergence of the Iterates of Descent Methods for Analytic Cost Functions*, SIAM
# Journal on Optimization, 2005.
#
# **Next:** 08_solve_convex, where L is exact and the minimum is one call away.
