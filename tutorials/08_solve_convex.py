# %% [markdown]
# # 8. Solve the convex case
#
# **Question.** When does gradient descent find the global minimum, how fast, and is it the way to
# find it?
#
# **The paper.** Theorem 5: if the target f is convex and Lipschitz, gradient descent with
# 0 < η < 2/L converges to the global minimum of
#
#     L(θ) = ∫_Ω (u_θ − f)² dx + λ ∫_Ω (u_θ′ − f′)² dx                       (D3), Definition 5
#
# The convexity of f plays no part, as tutorial 09 shows; what counts is whether L is convex in θ.
# It is, for every f, if u_θ = Σ_j θ_j φ_j is linear in θ. Then the theorem is true, and more.
#
# **You will see.** The factor by which each eigenmode of the error shrinks; runs at ηL = 1.99, 2,
# 2.01; condition numbers with and without the derivative term; the loss that one `lstsq` leaves.
#
# **You will do.** Write the loss as a quadratic, take it apart into modes, descend, and solve it
# in one line.
#
# **You will need.** [Tutorial 7](07_verify_descent.py): L, the Hessian H, ηL < 2. Least squares:
# the θ that makes ‖Φθ − y‖ smallest for a tall matrix Φ. An eigenvector v of a symmetric matrix H
# has Hv = λv, and n of them, of length 1 and orthogonal to each other, make a basis. A singular
# value of Φ is the root of an eigenvalue of ΦᵀΦ. Symbols stand in the
# [glossary](../docs/glossary.md). 45 minutes.

# %%
import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr
from sobolev_ref.plots import TRUE, figure, line_style, save_figure

# %% [markdown]
# ## The loss is a sum of squares
#
# Take φ_j = xʲ, j = 0, …, 3, on [−1, 1]. Values and derivatives at the nodes are matrices times θ.
# Put √w_i into each row, and √λ into the rows of u′. Then the loss is the square of a norm:
#
#     L(θ) = ‖Φθ − y‖²,  Φ_{(α,i),j} = √(λ_α w_i) Dᵅφ_j(x_i),  y_{(α,i)} = √(λ_α w_i) Dᵅf(x_i)  (T5)
#
#     ∇L = 2Φᵀ(Φθ − y),   H = 2ΦᵀΦ,   H_jl/2 = ∫ φ_j φ_l dx + λ ∫ φ_j′ φ_l′ dx
#
# In words: every node gives one row for the value and one for the derivative, and a loss of squares
# is the squared length of what the rows leave over. H depends neither on θ nor on f. For powers the
# integrals are known: ∫ xⁿ dx = 2/(n + 1), n even.


# %%
def system(phi, slope, f, df, w, lam):
    """Φ and y from φ_j and φ_j′ at the nodes, (N, J) each, and f and f′, (N,) each."""
    root = np.concatenate([np.sqrt(w), np.sqrt(lam * w)])            # √(λ_α w_i), (2N,)
    Phi = root[:, None] * np.vstack([phi, slope])                    # (T5), (2N, J)
    return Phi, root * np.concatenate([f, df])


rule, lam = sr.gauss_legendre([(-1, 1)], 12), 0.5
x, w = rule.nodes, rule.weights                            # (N, 1), (N,)
j = np.arange(4)                                           # the powers, (J,)
phi, slope = x**j, j * x ** np.maximum(j - 1, 0)           # φ_j, φ_j′, (N, J) each
sine, d_sine = np.sin(3 * x[:, 0]), 3 * np.cos(3 * x[:, 0])          # f, f′, (N,) each
Phi, y = system(phi, slope, sine, d_sine, w, lam)          # (2N, J), (2N,)
H = 2 * Phi.T @ Phi                                        # (J, J)
n = j[:, None] + j                                         # of φ_j φ_l, (J, J)
even = n % 2 == 0
of_values = 2 / (n + 1)                                    # ∫ φ_j φ_l, n even
of_slopes = np.outer(j, j) * 2 / np.maximum(n - 1, 1)      # ∫ φ_j′ φ_l′, n even
by_hand = 2 * even * (of_values + lam * of_slopes)         # (J, J)
hessian_error = np.abs(H - by_hand).max()
print(f"H = 2ΦᵀΦ against the integrals: {hessian_error:.0e}")
np.testing.assert_array_less(hessian_error, 1e-13)

# %% [markdown]
# ## Each mode by itself
#
# At the minimum θ* the gradient vanishes, so ∇L(θ) = H(θ − θ*). One step of descent is
#
#     θ − θ*  ←  (I − ηH)(θ − θ*)
#
# Let H v_i = λ_i v_i. Then the component e_i = v_i·(θ − θ*) of the error is multiplied by 1 − ηλ_i,
# exactly, at every step. In words: in the basis of the eigenvectors every coordinate goes its own
# way. (λ_i is an eigenvalue; λ_α and λ are weights.)

# %%
best = lstsq(Phi, y)[0]                                    # θ*, (J,)
eigenvalues, V = np.linalg.eigh(H)                         # λ_i, and v_i in columns
L = eigenvalues[-1]                                        # the Lipschitz constant


def descend(factor, steps):
    """e_i after 0, 1, … steps from θ = (1, 1, 1, 1), with η = factor/L."""
    theta, modes = np.ones(4), []
    for _ in range(steps + 1):
        modes.append(V.T @ (theta - best))                 # e_i = v_i·(θ − θ*), (J,)
        theta = theta - factor / L * 2 * Phi.T @ (Phi @ theta - y)   # (D7), (J,)
    return np.array(modes)


modes = descend(1.5, 60)                                   # (61, J)
factors = 1 - 1.5 / L * eigenvalues                        # 1 − ηλ_i, (J,)
predicted = factors ** np.arange(61)[:, None] * modes[0]   # (61, J)
mode_error = np.abs(modes - predicted).max()
print("λ_i     ", *(f"{value:9.4f}" for value in eigenvalues))
print("1 − ηλ_i", *(f"{value:9.4f}" for value in factors))
print("measured", *(f"{value:9.4f}" for value in modes[1] / modes[0]))
print(f"all 60 steps: {mode_error:.0e}")
np.testing.assert_array_less(mode_error, 1e-13)

# %% [markdown]
# The upper two modes jump over the minimum at each step: their factors are negative. This is why
# 2/L is sharp: |1 − ηλ_i| < 1 for all i only if η < 2/λ_max.

# %%
top = {}
for factor in (1.99, 2.0, 2.01):
    first, last = top[factor] = np.abs(descend(factor, 1000)[[0, -1], -1])
    print(f"ηL = {factor:4}: top mode {first:.2f} → {last:.2e} after 1000 steps")
    np.testing.assert_allclose(last, abs(1 - factor) ** 1000 * first, rtol=1e-7)

# %% [markdown]
# ## Convex, concave or neither
#
# Theorem 5 asks for a convex f. Take e^x, −e^x and sin 3x: Φ and H are the same for the three, only
# y changes, and each run comes to its minimum, which is 0 only if f is a combination of the φ_j.
# For other f a larger λ leaves less of ‖e′‖ and more of ‖e‖ (or as much), e = u − f.

# %%
exp_x, excess = np.exp(x[:, 0]), {}                        # (N,)
targets = {
    "convex  e^x": (exp_x, exp_x),
    "concave −e^x": (-exp_x, -exp_x),
    "neither sin 3x": (sine, d_sine),
}
for name, (f, df) in targets.items():
    _, y_f = system(phi, slope, f, df, w, lam)             # (2N,)
    minimum = np.sum((Phi @ lstsq(Phi, y_f)[0] - y_f) ** 2)
    theta = np.ones(4)
    for _ in range(200):
        theta = theta - 2 * Phi.T @ (Phi @ theta - y_f) / L          # (D7), η = 1/L
    excess[name] = np.sum((Phi @ theta - y_f) ** 2) - minimum
    print(f"{name:14}: minimum {minimum:.1e}, after 200 steps above it by "
          f"{excess[name]:.0e}")
np.testing.assert_array_less(np.abs(list(excess.values())), 1e-13)
rest, (unit, y_1) = {}, system(phi, slope, sine, d_sine, w, 1.0)
for lam_e in (0.0, 1.0):
    found = lstsq(*system(phi, slope, sine, d_sine, w, lam_e))[0]
    rest[lam_e] = np.linalg.norm((unit @ found - y_1).reshape(2, -1), axis=1)
    print("sin 3x, λ = {}: ‖e‖ {:.3f}, ‖e′‖ {:.2f}".format(lam_e, *rest[lam_e]))
np.testing.assert_array_less([0, 0.1], (rest[1.0] - rest[0.0]) * [1, -1])

# %% [markdown]
# ## The condition number, and what the derivative term does to it
#
# At η = 1/L the slowest mode has the factor 1 − 1/κ, where κ = λ_max/λ_min is the [condition
# number](../docs/glossary.md). As (1 − 1/κ)ᵏ ≈ e^{−k/κ}, a digit takes about 2.3κ steps. Let the
# features, the functions that θ adds up, be orthonormal on one period [0, 2π], 1/√(2π), cos(jx)/√π,
# sin(jx)/√π, j = 1, …, 8. Then ΦᵀΦ = I without the derivative term. Differentiation multiplies by
# the frequency ω = j, so that with it ΦᵀΦ = diag(1 + λω²): the condition number goes from 1 to
# 1 + λω²_max.

# %%
period = sr.gauss_legendre([(0, 2 * np.pi)], 60)
t, omega, root = period.nodes, np.arange(1, 9), np.sqrt(np.pi)       # (60, 1), (8,), ()
cosines, sines = np.cos(omega * t), np.sin(omega * t)      # (60, 8) each
basis = np.hstack([0 * t + 0.5**0.5, cosines, sines]) / root         # (60, 17)
d_basis = np.hstack([0 * t, -omega * sines, omega * cosines]) / root # (60, 17)
zero, conditions = np.zeros(60), {}
for lam_n in (0.0, 0.1, 1.0):
    waves, _ = system(basis, d_basis, zero, zero, period.weights, lam_n)
    conditions[lam_n] = np.linalg.cond(waves.T @ waves)
    print(f"λ = {lam_n}: κ = {conditions[lam_n]:.6f}, "
          f"1 + λω²_max = {1 + 64 * lam_n:.1f}")
np.testing.assert_allclose(list(conditions.values()), [1, 7.4, 65], rtol=1e-12)

# %% [markdown]
# So the derivative term can make descent slower: κ grows from 1 to 65, and one step becomes some
# 150 for each digit. Whether it helps depends on the eigenvalues it meets: those of the cubic above
# it brings together. Tutorials 10 and 16 go on.
#
# ## Not by descent: one factorisation
#
# A random tanh layer is a linear model as well: draw the inner weights c_j and the biases b_j once,
# keep them, and fit only the output layer. 100 neurons, f = sin on [−2π, 2π], λ = 1, the mean loss.
# Four ways to the minimum:
#
# - descent;
# - the normal equations ΦᵀΦθ = Φᵀy, which say that ∇L = 0;
# - a singular value decomposition (SVD) of Φ, which divides by each singular value and leaves out
#   those that are rounding;
# - a QR factorisation of Φ, an orthogonal matrix times a triangular one, which takes the columns in
#   an order in which the last are the least needed (gelsy in SciPy).

# %%
M = 100                                                    # neurons
mean = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 200).mean()      # weights sum to 1
x_r = mean.nodes                                           # (200, 1)
f, df = np.sin(x_r[:, 0]), np.cos(x_r[:, 0])               # (200,) each


def random_layer(seed):
    """The inner weights and biases of M neurons, and their Φ and y."""
    rng = np.random.default_rng(seed)
    W, b = rng.normal(0, 1, (M, 1)), rng.uniform(-2 * np.pi, 2 * np.pi, M)
    a = np.tanh(x_r @ W.T + b)                             # φ_j, (200, M)
    features = np.hstack([a, 1 + 0 * x_r])                 # (200, M + 1)
    slopes = np.hstack([W[:, 0] * (1 - a**2), 0 * x_r])    # φ_j′, (200, M + 1)
    return W, b, *system(features, slopes, f, df, mean.weights, 1.0)


W, b, Phi_r, y_r = random_layer(1)
theta, L_r = np.zeros(M + 1), 2 * np.linalg.norm(Phi_r, 2) ** 2      # L = 2‖Φ‖²
for _ in range(5000):
    theta = theta - 2 * Phi_r.T @ (Phi_r @ theta - y_r) / L_r        # (D7), (M + 1,)
solutions = {
    "descent, 5000 steps": theta,
    "normal equations": np.linalg.solve(Phi_r.T @ Phi_r, Phi_r.T @ y_r),
    "SVD": lstsq(Phi_r, y_r)[0],
    "QR": lstsq(Phi_r, y_r, lapack_driver="gelsy")[0],
}
losses = {}
for name, found in solutions.items():
    losses[name] = np.sum((Phi_r @ found - y_r) ** 2)      # (T5)
    print(f"{name:20} mean Sobolev loss {losses[name]:.0e}")
print(f"κ(Φ) = {np.linalg.cond(Phi_r):.0e}")
np.testing.assert_array_less([losses["QR"], losses["SVD"]], 1e-22)
np.testing.assert_array_less(1e-18, losses["normal equations"])
np.testing.assert_array_less(1e-6, losses["descent, 5000 steps"])

# %% [markdown]
# The loss is a mean of squares: 1e-26 means that u and u′ are right to some 13 digits. With such a
# κ(Φ) no digit of θ itself is certain; but a direction of θ with a tiny singular value hardly moves
# u. The normal equations square κ(Φ) and lose half of the digits, and descent takes a number of
# steps like κ(Φ)². Is it so for other random layers? For twenty of them:

# %%
ahead = 0
for seed in range(20):
    _, _, Phi_s, y_s = random_layer(seed)
    by_qr = lstsq(Phi_s, y_s, lapack_driver="gelsy")[0]    # (M + 1,)
    by_normal = np.linalg.solve(Phi_s.T @ Phi_s, Phi_s.T @ y_s)      # (M + 1,)
    of_qr, of_normal = (np.sum((Phi_s @ t - y_s) ** 2) for t in (by_qr, by_normal))
    ahead += of_qr < of_normal / 1000
print(f"QR is below the normal equations by a factor of 1000 for {ahead} of 20 layers")
np.testing.assert_array_less(17, ahead)

# %% [markdown]
# No recipe for every problem: the random layer must be able to fit the target. In the figure |e_i|
# lies on the lines |1 − ηλ_i|ᵏ.

# %%
fig, (left, right) = figure(columns=2, width=5.0, height=3.6)
for i in range(4):
    look = line_style(i, marker=False)
    left.semilogy(np.abs(predicted[:, i]), **TRUE)
    name = rf"$1 - \eta\lambda_{i + 1} = {factors[i]:.2f}$"
    left.semilogy(np.abs(modes[:, i]), label=name, **look)
left.set(xlabel="step k", ylabel="$|e_i|$", ylim=(1e-17, 1e6),
         title="each mode shrinks by its own factor")
left.legend(frameon=False, ncols=2, loc="upper right")
matrices = {"with u′ (λ = 1)": Phi_r, "values alone": Phi_r[:200]}
for i, (name, matrix) in enumerate(matrices.items()):
    singular = np.linalg.svd(matrix, compute_uv=False)
    right.semilogy(singular, label=name, **line_style(i, marker=False))
right.set(xlabel="number", ylabel="singular value of Φ",
          title="derivatives lift the small ones")
right.legend(frameon=False)
save_figure(fig, "output/tutorial_08_modes.png")

# %% [markdown]
# ## The package does the same
#
# `LinearModel.from_mlp` freezes the hidden layers of a network; `solve_linear` is the QR above.
# `LinearModel.random` draws a layer for any box Ω, with the steep part of each feature in Ω.

# %%
net = sr.MLP((1, M, 1))
frozen = sr.LinearModel.from_mlp(net, net.pack([(W, b), (np.zeros((1, M)), [0.0])]))
package = sr.SobolevLoss(frozen, np.sin, mean)
H_r = 2 * Phi_r.T @ Phi_r                                  # (M + 1, M + 1)
package_error = np.abs(package.hessian(np.zeros(M + 1)) - H_r).max() / H_r.max()
drawn = sr.SobolevLoss(sr.LinearModel.random(M, mean.bounds, 1), np.sin, mean)
fit, of_drawn = sr.solve_linear(package), sr.solve_linear(drawn)

powers = sr.LinearModel.polynomial(3, [(-1, 1)])
cubic = sr.SobolevLoss(powers, lambda x: np.sin(3 * x), rule, weights=(1, lam))
u_error = np.abs(powers(sr.solve_linear(cubic).x, x)[:, 0] - phi @ best).max()
print(f"H {package_error:.0e}, cubic {u_error:.0e}")
print(f"solve_linear: loss {fit.fun:.0e} on the random layer, "
      f"{of_drawn.fun:.0e} on the package's own")
np.testing.assert_array_less([package_error, u_error], 1e-13)
np.testing.assert_array_less([fit.fun, of_drawn.fun], 1e-22)

# %% [markdown]
# ## What you can do now
#
# 1. For which models is the Sobolev loss with p = 2 convex in θ? What must f be?
# 2. By what is the error along an eigenvector multiplied in each step?
# 3. What does the condition number say about descent?
# 4. Why can the derivative term make descent slower?
# 5. Why are the normal equations worse than QR?
#
# <details><summary>Answers</summary>
#
# 1. For those linear in θ; f may be any function that the integrals take.
# 2. By 1 − ηλ_i.
# 3. At η = 1/L a digit of the slowest mode takes about 2.3κ steps.
# 4. It weighs a mode of frequency ω by 1 + λω², which spreads the eigenvalues.
# 5. They square the condition number, and lose half of the digits.
#
# </details>
#
# ## Exercises
#
# 1. Which η makes the largest of the |1 − ηλ_i| smallest? Express this factor by κ, and check it on
#    the cubic.
# 2. Give the derivative alone, λ_0 = 0: drop the rows of the values from the cubic's Φ. What is
#    λ_min now? Where does descent from (7, 1, 1, 1) end, and which of the minimisers does `lstsq`
#    choose? (Compare their lengths ‖θ‖.)
# 3. Add a ridge (μ/2)‖θ‖² on the random layer, for μ from 1e-4 to 1e-28. How large is θ, and how
#    small the loss? Do it by extra rows of Φ, √(μ/2) times the unit matrix with 0 in y, and then by
#    the normal equations. Compare.
#
# Worked answers: [answers/08_solve_convex.py](answers/08_solve_convex.py).
#
# **What was simplified.** p = 2 (no other p is quadratic), one dimension, no noise in the data.
#
# **Further reading.** S. Boyd and L. Vandenberghe, *Convex Optimization*, 2004, chapter 9: descent
# and the condition number. L. N. Trefethen and D. Bau, *Numerical Linear Algebra*, 1997, lectures
# 11 and 19: least squares by QR and by the normal equations. A. Rahimi and B. Recht, *Random
# Features for Large-Scale Kernel Machines*, 2007.
#
# **Next:** 09_break_theorems, for the models that are not linear in θ.
