# %% [markdown]
# # 7. Verify the descent lemma
#
# **Question.** How long may a step of gradient descent be, if the loss must not rise? Does the rule
# that answers this describe a real training?
#
# **The paper.** If ∇L is Lipschitz, ‖∇L(θ_1) − ∇L(θ_2)‖ ≤ L‖θ_1 − θ_2‖ (Definition 6), then
#
#     L(θ + Δ) ≤ L(θ) + ∇L(θ)·Δ + (L/2)‖Δ‖²                               (T3), Theorem 3
#     L(θ − η∇L) ≤ L(θ) − η(1 − Lη/2)‖∇L(θ)‖²,  so 0 < η < 2/L            (T4), Theorem 4
#
# L(θ) is the loss, L alone the Lipschitz constant.
#
# **Know first.** Tutorials 04 and 05: the gradient of one neuron, and the complex step. Integration
# by parts; the norm ‖H‖ of a symmetric matrix is its largest |eigenvalue|.
#
# **Measured.** The lemma's remainder against an integral, in digits. Four numbers that are called
# "the" Lipschitz constant. Runs at ηL = 1.99, 2 and 2.01, and one at the edge of stability.

# %%

import numpy as np
from scipy.optimize import minimize

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, figure, line_style, save_figure
from sobolev_ref.theory.counterexamples import edge_of_stability

# %% [markdown]
# ## One neuron, its gradient and its Hessian
#
# The neuron of tutorial 05 again: θ = (a, b), u = a tanh(bx), the target sin on [−2, 2]. H v, the
# derivative of ∇L along v, comes by the complex step without loss: H v = Im ∇L(θ + ihv) / h.

# %%
rule = sr.gauss_legendre([(-2, 2)], 20)
X, w, lam = rule.nodes[:, 0], rule.weights, 0.3            # x_i, w_i, (Q,) each; λ of Definition 5


def neuron(theta):
    """L and ∇L, by Theorems 1 and 2."""
    a, b = theta
    t = np.tanh(b * X)                                     # t = tanh(bx), (Q,)
    s = 1 - t**2                                           # s = 1 − t², (Q,)
    r_0, r_1 = a * t - np.sin(X), a * b * s - np.cos(X)    # u − f, u′ − f′, (Q,) each
    grad_u = np.stack([t, a * X * s])                      # ∂u/∂a, ∂u/∂b, (2, Q)
    grad_du = np.stack([b * s, a * s - 2 * a * b * X * t * s])       # ∂u′/∂a, ∂u′/∂b, (2, Q)
    value = np.sum(w * (r_0**2 + lam * r_1**2))            # ∫ r_0² + λ ∫ r_1² (D3)
    return value, 2 * grad_u @ (w * r_0) + 2 * lam * grad_du @ (w * r_1)        # (T1) + (T2), (2,)


def hessian(loss, theta):
    """H, one column H e_j for each unit vector e_j."""
    return np.stack([loss(theta + 1e-20j * e)[1].imag / 1e-20 for e in np.eye(len(theta))], axis=1)


theta, delta = np.array([2.0, 0.8]), np.array([-0.6, -0.8])          # θ, Δ with ‖Δ‖ = 1, (2,) each
(value, g), H = neuron(theta), hessian(neuron, theta)      # L(θ), ∇L(θ), H(θ), (), (2,), (2, 2)
remainder = neuron(theta + delta)[0] - value - g @ delta   # what L(θ) + ∇L·Δ leaves out, ()
taylor = delta @ H @ delta / 2                             # ½ ΔᵀH(θ)Δ, ()
print(f"remainder {remainder:.4f}, ½ ΔᵀH(θ)Δ = {taylor:.4f}")
np.testing.assert_array_less(taylor, 0.7 * remainder)

# %% [markdown]
# The paper's proof sets these two equal. They differ by a third: the step leads away from θ, where
# H was taken. The statement is right all the same; here is a proof.
#
# ## The exact remainder
#
# On the segment let ℓ(t) = L(θ + tΔ). Then ℓ′(0) = ∇L(θ)·Δ and ℓ″(t) = ΔᵀH(θ + tΔ)Δ. By parts, with
# −(1 − t) as the integral of 1, ℓ(1) − ℓ(0) = ∫₀¹ ℓ′(t) dt = ℓ′(0) + ∫₀¹ (1 − t) ℓ″(t) dt. So
#
#     remainder = ∫₀¹ (1 − t) ΔᵀH(θ + tΔ)Δ dt                                           (T3')
#
# No inequality yet. Compute the right side with n Gauss points, and count digits.

# %%
identity_errors = {}
for n in (2, 4, 8, 16, 24):
    points = sr.gauss_legendre([(0, 1)], n)
    bend = [delta @ hessian(neuron, theta + t * delta) @ delta for t in points.nodes]    # ℓ″, (n,)
    integral = points.integrate(lambda t: (1 - t) * bend)  # ∫ (1 − t) ΔᵀHΔ dt (T3'), ()
    identity_errors[n] = abs(integral / remainder - 1)
    print(f"n = {n:2}: relative difference {identity_errors[n]:.0e}")
np.testing.assert_array_less(identity_errors[24], 1e-12)

# %% [markdown]
# More than 12 digits. Now one inequality: ΔᵀHΔ ≤ ‖H‖‖Δ‖², and ∫₀¹ (1 − t) dt = ½. So if ‖H‖ ≤ L on
# the segment, the remainder is at most (L/2)‖Δ‖²: (T3). L is not asked for away from the segment.

# %%
t = np.linspace(0, 1, 101)                                 # (T,), T = 101
along = np.array([neuron(theta + s * delta)[0] for s in t])          # L(θ + tΔ), (T,)
norms = [np.linalg.norm(hessian(neuron, theta + s * delta), 2) for s in t]      # ‖H(θ + tΔ)‖, (T,)
tangent = value + t * (g @ delta)                          # L(θ) + t ∇L(θ)·Δ, (T,)
upper = tangent + max(norms) / 2 * t**2                    # (T3), L the largest ‖H‖, (T,)
at_theta = tangent + norms[0] / 2 * t**2                   # the same with L = ‖H(θ)‖, (T,)
print(f"‖H‖ at θ {norms[0]:.2f}, at its largest {max(norms):.2f}; L(θ + Δ) = {along[-1]:.4f} ≤ "
      f"{upper[-1]:.4f} (T3); with L = ‖H(θ)‖ instead, {at_theta[-1]:.4f}")
np.testing.assert_array_less([*along[1:], at_theta[-1]], [*upper[1:], along[-1]])

# %% [markdown]
# With L = ‖H(θ)‖ the lemma fails (left panel of the figure): the flaw of that proof is a real one.
#
# ## Four numbers called L
#
# An **exact** L exists for a model linear in θ. For u = θ_0 + θ_1 x on [−2, 2], Theorems 1 and 2
# give ∇L = Hθ + const with H = 2 diag(∫1, ∫x² + λ∫1) = diag(8, 32/3 + 8λ), the same at every θ.
# For a network there are **estimates** from below, ‖H‖ at points of the segment, or a secant
# ‖∇L(θ+Δ) − ∇L(θ)‖/‖Δ‖; and for an MLP a **certified** bound on a whole ball around θ.
# `sr.lipschitz` says with each number which of the three it is.

# %%
one = sr.SobolevLoss(sr.MLP((1, 1, 1)), np.sin, rule, weights=(1, lam))
theta_4, delta_4 = np.array([[b, 0, a, 0] for a, b in (theta, delta)])          # biases 0, (4,)
line = sr.LinearModel.polynomial(1, [(-1, 1)])             # the features 1 and x
constants = {
    "straight line": sr.lipschitz(sr.SobolevLoss(line, np.sin, rule, weights=(1, lam))),
    "neuron, secant": sr.lipschitz(one, theta_4, theta_4 + delta_4, method="secant"),
    "neuron, segment": sr.lipschitz(one, theta_4, theta_4 + delta_4, n=24),
    "neuron, ball": sr.lipschitz(one, theta_4, radius=1.0)}
for name, constant in constants.items():
    print(f"{name:16}{constant}")
exact, secant, segment, certified = map(float, constants.values())
L = 32 / 3 + 8 * lam                                       # the larger entry of H
np.testing.assert_allclose(exact, L, rtol=1e-13)
np.testing.assert_array_less([secant, segment], [segment, certified])

# %% [markdown]
# The estimates prove nothing: a larger ‖H‖ may sit between the points, and the secant sees one
# direction only. The certificate proves the lemma in the whole ball, and is 31 times larger.
#
# ## The step 2/L is sharp
#
# Put Δ = −η∇L into (T3): the linear term gives −η‖∇L‖², the square +(Lη²/2)‖∇L‖², together (T4).
# The promised gain η(1 − Lη/2)‖∇L‖² is positive for η < 2/L and largest at η = 1/L. Try it on the
# straight line. With e = θ − θ*, θ* the minimum, its loss is L(θ*) + E, E = ½ eᵀHe, and ∇L = He. A
# step multiplies each entry of e by 1 − ηh_j, h the diagonal of H, and k steps by its kth power.

# %%
h, k, E = np.array([8, L]), np.arange(501)[:, None], {}    # (2,), (K, 1), K = 501
e_0 = np.array([0, 1 - w @ (X * np.sin(X) + lam * np.cos(X)) / (L / 2)])        # (0, 1) − θ*, (2,)
for factor in (1.9, 1.99, 2.0, 2.01):
    eta = factor / L
    e = (1 - eta * h) ** k * e_0                           # e_k of θ ← θ − η∇L (D7), (K, 2)
    E[factor] = (h * e**2).sum(1) / 2                      # L(θ_k) − L(θ*), (K,)
    promised = eta * (1 - L * eta / 2) * ((h * e) ** 2).sum(1)       # (T4), (K,)
    short = np.max((promised[:-1] + np.diff(E[factor])) / E[factor][:-1])       # promise − gain
    print(f"ηL = {factor:4}: E {E[factor][0]:.2f} → {E[factor][-1]:.1e}; short by {short:.0e}")
    np.testing.assert_array_less(short, 1e-13)
np.testing.assert_allclose(E[2.0], E[2.0][0], rtol=1e-10)
np.testing.assert_array_less([E[1.9][-1], E[1.99][-1], 1e4], [1e-12, 1e-4, E[2.01][-1]])

# %% [markdown]
# The last number is how far a gain fell short of (T4), relative to E: by rounding. At ηL = 2 the
# promise is 0, and so is the gain: θ_1 jumps from side to side for ever. Above 2 they grow.
#
# ## A network, without L
#
# With the certified L of a ball every step is proved to descend while the path stays in the ball,
# but it is short. **Armijo** needs no L: try η, halve it until the loss falls by at least
# 10⁻⁴ η‖∇L‖², and start the next step at twice the η that worked. Five neurons, 200 steps.


# %%
def armijo(loss, theta, steps):
    eta, losses = 0.5, [loss(theta)[0]]
    for _ in range(steps):
        (value, g), eta = loss(theta), 2 * eta
        while loss(theta - eta * g)[0] > value - 1e-4 * eta * (g @ g):
            eta /= 2                                       # too long: the loss fell too little
        theta = theta - eta * g                            # (D7), (P,)
        losses.append(loss(theta)[0])
    return np.array(losses), eta


five, theta_0 = sr.SobolevLoss(sr.MLP((1, 5, 1)), np.sin, rule), sr.MLP((1, 5, 1)).init(0)
proved, (quick, eta) = sr.lipschitz(five, theta_0, radius=1.0).value, armijo(five, theta_0, 200)
print(f"Armijo: loss {quick[0]:.2f} → {quick[-1]:.3f}, η {eta:.2f}; certified 2/L {2 / proved:.3f}")
np.testing.assert_array_less([*np.diff(quick), 10 * quick[-1] - quick[0]], 0)

# %% [markdown]
# It never rises. What (T4) adds up to: the gains are a share of ‖∇L(θ_k)‖² and cannot exceed L(θ_0)
# in all, so ‖∇L(θ_k)‖ → 0. The paper says that θ_k converges; tutorial 09 shows where it does not.
#
# ## The edge of stability
#
# What if η is simply chosen, as in practice? Take 20 neurons, the mean loss, η = 0.1, and watch the
# sharpness λ_max = ‖H(θ_k)‖: while ηλ_max/2 < 1, the step is short enough at θ_k.

# %%
net, eta, edge, sharpness = sr.MLP((1, 20, 1)), 0.1, np.zeros(4001), np.zeros(201)
loss = sr.SobolevLoss(net, lambda x: np.sin(2 * x), sr.trapezoid([(-1, 1)], 41).mean())
theta = net.init(0)
for k in range(4001):
    edge[k], g = loss(theta)
    if k % 20 == 0:
        sharpness[k // 20] = eta * sr.lipschitz(loss, theta).value / 2
    theta = theta - eta * g                                # (D7), (P,)
rises, late = int(np.sum(np.diff(edge) > 0)), sharpness[100:]        # late: from step 2000
print(f"ηλ_max/2: first {sharpness[0]:.2f}, from step 2000 {late.min():.2f} to {late.max():.2f}")
print(f"rises of the loss: {rises}; after 2000 steps {edge[2000]:.4f}, after 4000 {edge[-1]:.4f}")
np.testing.assert_array_less([sharpness[0], 0.85, late.max(), 50, edge[-1]],
                             [0.7, late.min(), 1.2, rises, edge[2000]])

# %% [markdown]
# Nothing held ηλ_max/2 near 1: the path went there. Beyond 1 the error in the sharpest direction
# is multiplied by 1 − ηλ_max < −1 at each step, and oscillates up until θ is thrown to where the
# loss is flatter. From each of 20 starts the path came above 1 twice or more, and ηλ_max/2 lay
# between 0.81 and 1.44 from step 2000 on; from three (seeds 2, 8, 14) it settled there and
# alternated. So a step that is short enough at θ_0 need not stay so. It can: with η = 0.01 the run
# ends at ηλ_max/2 = 0.12 after 20,000 steps, and the loss never rises. (Observations. With weight
# decay a certificate proves an η: docs/errata.md, Theorem 4.)
#
# ## A step that is proved, for a network
#
# One thing makes a fixed η safe: that the run cannot leave a ball on which L is certified. Weight
# decay does that. Add (μ/2)‖θ‖² to the loss. No other term is negative, so (μ/2)‖θ‖² ≤ L(θ), and a
# θ whose loss is at most that of the start has ‖θ‖ ≤ R = √(2L(θ_0)/μ). Certify L on that ball.
#
# *Every step with η < 2/L descends, and stays there.* Walk along the step from θ_k. As long as the
# walk is in the ball, (T3) holds, and the loss is below L(θ_k). A little beyond R the loss is above
# L(θ_0). So the walk never gets there: the whole step is inside the ball, and (T4) holds.

# %%
mu = 0.1
decayed = five + sr.Ridge(mu, len(theta_0))                # L(θ) + (μ/2)‖θ‖²
R = np.sqrt(2 * decayed(theta_0)[0] / mu)                  # {L ≤ L(θ_0)} lies in ‖θ‖ ≤ R (L4)
ball = sr.lipschitz(decayed, np.zeros_like(theta_0), radius=1.001 * R)
theta, safe, sizes = theta_0, np.zeros(10001), np.zeros(10001)
for k in range(10001):
    (safe[k], g), sizes[k] = decayed(theta), np.linalg.norm(theta)
    theta = theta - g / ball.value                         # (D7) with η = 1/L, (P,)
print(f"{ball}\nloss {safe[0]:.3f} → {safe[-1]:.3f} in 10,000 steps, of which "
      f"{np.sum(np.diff(safe) >= 0)} do not descend; ‖θ‖ ≤ {sizes.max():.2f}, R = {R:.2f}")
np.testing.assert_array_less(np.diff(safe), 0)
np.testing.assert_array_less(sizes, R)

# %% [markdown]
# None of ten thousand steps rises. That was proved before the first of them. The price is a step
# thousands of times shorter than Armijo's. And where does such a run go? tanh is analytic,
# so L(θ) is, and the run is bounded: by an inequality of Łojasiewicz it converges to one critical
# point. This is Theorem 4 as it should have been: with weight decay, an analytic σ, p = 2, and a
# critical point, which may be a saddle, in place of a minimum.
#
# ## The package does the same
#
# `descent_lemma` returns both sides of (T3) and (T3'); `gradient_descent` knows "armijo", and
# `provable_step` finds the step of the last section; it prints as the statement.

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.6, height=3.2)
names = ("L(θ + tΔ)", "(T3), L of the segment", "L = ‖H(θ)‖: no bound")
for i, (name, curve) in enumerate(zip(names, (along, upper, at_theta))):
    left.plot(t, curve, label=name, **line_style(i, marker=False))
left.legend(frameon=False)
left.set(xlabel="t", ylabel="loss along the step", title="the constant of one θ is no bound")
right.semilogy(edge, color=COLORS[2], linewidth=0.8)
right.set(xlabel="step k", ylabel="mean Sobolev loss", title="the loss falls, in bursts")
below.plot(20 * np.arange(201), sharpness, color=COLORS[2])
below.axhline(1, color="black", linestyle="--", linewidth=1)
below.set(xlabel="step k", ylabel="ηλ_max/2", title="sharpness climbs to the edge of stability")
rest.remove()
save_figure(fig, "output/tutorial_07_descent.png")
lemma = sr.descent_lemma(one, theta_4, delta_4)
fit = minimize(five, theta_0, jac=True, method=sr.gradient_descent,
               options={"learning_rate": "armijo", "maxiter": 200})
step = sr.provable_step(decayed, theta_0)
package_error = max(abs(step.radius / R - 1),
                    abs(lemma.remainder / remainder - 1), abs(lemma.integral / remainder - 1),
                    np.abs(fit.history - quick).max(),
                    np.abs(edge_of_stability(steps=1000).history - edge[:1001]).max())
print(f"remainder, its integral, Armijo and the edge by the package: {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## Exercises
#
# 1. For the straight line, print the gain of one step for η from 0 to 3/L. Which η gains most, and
#    which nothing? Why is (T4) an equality here?
# 2. (T3) needs only the largest eigenvalue of H on the segment, not the largest |eigenvalue|. Find
#    a step of the neuron on which the two differ, and show that the smaller one suffices.
# 3. Repeat the edge for η = 0.2 and 0.4. Where does λ_max end, and why lower for a larger η?
#
# Answers: [answers/07_verify_descent.py](answers/07_verify_descent.py).
#
# **What was simplified.** p = 2 (for p < 2 see tutorial 09), and only one network at the edge.
#
# **Next:** 08_solve_convex, where L is exact and the minimum is one call away.
