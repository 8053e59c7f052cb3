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
# **Know first.** Tutorial 07: L, the Hessian H, ηL < 2. Eigenvectors of a symmetric matrix, least
# squares.
#
# **Measured.** The factor by which each eigenmode of the error shrinks; runs at ηL = 1.99, 2, 2.01;
# condition numbers with and without the derivative term; the loss that one `lstsq` leaves.

# %%

import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr
from sobolev_ref.plots import figure, line_style, save_figure

# %% [markdown]
# ## The loss is a sum of squares
#
# Take φ_j = xʲ, j = 0, …, 3, on [−1, 1]. Values and derivatives at the nodes are matrices times θ.
# Put √w_i into each row, and √λ into the rows of u′. Then the loss is the square of a norm:
#
#     L(θ) = ‖Φθ − y‖²,  Φ_{(α,i),j} = √(λ_α w_i) Dᵅφ_j(x_i),  y_{(α,i)} = √(λ_α w_i) Dᵅf(x_i)  (T5)
#
#     ∇L = 2Φᵀ(Φθ − y),   H = 2ΦᵀΦ = 2A,   A_jl = ∫ φ_j φ_l dx + λ ∫ φ_j′ φ_l′ dx
#
# H depends neither on θ nor on f. For powers the integrals are known: ∫ xⁿ dx = 2/(n + 1), n even.


# %%
def system(phi, slope, f, df, w, lam):
    """Φ and y of (T5) from φ_j(x_i) and φ_j′(x_i), each (N, J), and f, f′ at the nodes, (N,)."""
    root = np.concatenate([np.sqrt(w), np.sqrt(lam * w)])            # √(λ_α w_i), (2N,)
    return root[:, None] * np.vstack([phi, slope]), root * np.concatenate([f, df])       # (T5)


rule, lam = sr.gauss_legendre([(-1, 1)], 12), 0.5
x, w = rule.nodes, rule.weights                            # (N, 1), (N,)
j = np.arange(4)                                           # the powers, (J,)
phi, slope = x**j, j * x ** np.maximum(j - 1, 0)           # φ_j, φ_j′ at the nodes, (N, J) each
Phi, y = system(phi, slope, np.sin(3 * x[:, 0]), 3 * np.cos(3 * x[:, 0]), w, lam)        # sin 3x
H = 2 * Phi.T @ Phi                                        # 2A, (J, J)
n = j[:, None] + j                                         # the power of φ_j φ_l, (J, J)
even = n % 2 == 0
by_hand = 2 * even * (2 / (n + 1) + lam * np.outer(j, j) * 2 / np.maximum(n - 1, 1))     # 2A
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
# With H v_i = λ_i v_i, the component c_i = v_i·(θ − θ*) is multiplied by 1 − ηλ_i, exactly, at
# every step. (λ_i is an eigenvalue; λ_α and λ are weights. The letters are customary.)

# %%
best = lstsq(Phi, y)[0]                                    # θ*, (J,)
eigenvalues, V = np.linalg.eigh(H)                         # λ_i ascending, v_i in columns
L = eigenvalues[-1]                                        # the Lipschitz constant, exact


def descend(factor, steps):
    """c_i after 0, 1, …, steps of θ ← θ − η∇L from θ = (1, 1, 1, 1), η = factor/L; (K + 1, J)."""
    theta, modes = np.ones(4), []
    for _ in range(steps + 1):
        modes.append(V.T @ (theta - best))                 # c_i = v_i·(θ − θ*), (J,)
        theta = theta - factor / L * 2 * Phi.T @ (Phi @ theta - y)   # (D7), (J,)
    return np.array(modes)


modes = descend(1.5, 60)                                   # (61, J)
factors = 1 - 1.5 / L * eigenvalues                        # 1 − ηλ_i, (J,)
predicted = factors ** np.arange(61)[:, None] * modes[0]   # (1 − ηλ_i)ᵏ c_i, (61, J)
mode_error = np.abs(modes - predicted).max()
print("λ_i     ", *(f"{value:9.4f}" for value in eigenvalues))
print("1 − ηλ_i", *(f"{value:9.4f}" for value in factors))
print("measured", *(f"{value:9.4f}" for value in modes[1] / modes[0]))
print(f"all 60 steps: {mode_error:.0e}")
np.testing.assert_allclose(modes[1] / modes[0], factors, rtol=1e-12)
np.testing.assert_array_less(mode_error, 1e-13)

# %% [markdown]
# The upper two modes jump over the minimum at each step: their factors are negative. This is why
# 2/L is sharp: |1 − ηλ_i| < 1 for all i only if η < 2/λ_max.

# %%
top = {factor: np.abs(descend(factor, 1000)[[0, -1], -1]) for factor in (1.99, 2.0, 2.01)}
for factor, (first, last) in top.items():
    print(f"ηL = {factor:4}: top mode {first:.2f} → {last:.2e} after 1000 steps")
    np.testing.assert_allclose(last, abs(1 - factor) ** 1000 * first, rtol=1e-7)

# %% [markdown]
# ## Convex, concave or neither
#
# Theorem 5 asks for a convex f. Take e^x, −e^x and sin 3x: H is the same for the three, only y
# changes, and each run comes to its minimum, which is 0 only if f is a combination of the φ_j.

# %%
e, excess = np.exp(x[:, 0]), {}                            # (N,)
for name, f, df in (("convex  e^x", e, e), ("concave −e^x", -e, -e),
                    ("neither sin 3x", np.sin(3 * x[:, 0]), 3 * np.cos(3 * x[:, 0]))):
    A, b = system(phi, slope, f, df, w, lam)               # (2N, J), (2N,)
    theta, minimum = np.ones(4), np.sum((A @ lstsq(A, b)[0] - b) ** 2)
    for _ in range(200):
        theta = theta - 2 * A.T @ (A @ theta - b) / L      # (D7) with η = 1/L, (J,)
    excess[name] = np.sum((A @ theta - b) ** 2) - minimum
    print(f"{name:14}: minimum {minimum:.1e}, after 200 steps above it by {excess[name]:.0e}")
np.testing.assert_array_less(np.abs(list(excess.values())), 1e-13)

# %% [markdown]
# ## The condition number, and what the derivative term does to it
#
# At η = 1/L the slowest mode has the factor 1 − 1/κ, κ = λ_max/λ_min: a digit takes 2.3κ steps. On
# one period [0, 2π] take the orthonormal features 1/√(2π), cos(jx)/√π, sin(jx)/√π, j = 1, …, 8.
# Then A = I without the derivative term. Differentiation multiplies by the frequency ω = j, so that
# with it A = diag(1 + λω²): the condition number goes from 1 to 1 + λω²_max.

# %%
period = sr.gauss_legendre([(0, 2 * np.pi)], 60)
t, omega, root = period.nodes, np.arange(1, 9), np.sqrt(np.pi)       # (60, 1), (8,), ()
basis = np.hstack([0 * t + 0.5**0.5, np.cos(omega * t), np.sin(omega * t)]) / root       # (60, 17)
d_basis = np.hstack([0 * t, -omega * np.sin(omega * t), omega * np.cos(omega * t)]) / root
zero, conditions = np.zeros(60), {}
for lam_n in (0.0, 0.1, 1.0):
    A = system(basis, d_basis, zero, zero, period.weights, lam_n)[0]           # (120, 17)
    conditions[lam_n] = np.linalg.cond(A.T @ A)            # κ of ∫ φφᵀ + λ ∫ φ′φ′ᵀ
    print(f"λ = {lam_n}: κ = {conditions[lam_n]:.6f}, 1 + λω²_max = {1 + 64 * lam_n:.1f}")
np.testing.assert_allclose(list(conditions.values()), [1, 7.4, 65], rtol=1e-12)

# %% [markdown]
# So the derivative term can make descent slower, here by a factor of 65. (Dividing each feature by
# √(1 + λω²) brings κ back to 1.) Whether it helps depends on the spectrum it meets: tutorial 10.
#
# ## Not by descent: one factorisation
#
# A random tanh layer is a linear model as well: draw w_j and b_j once, keep them, and fit only the
# output layer. 100 neurons, f = sin on [−2π, 2π], λ = 1, the mean loss. Four ways to the minimum:
# descent; the normal equations ΦᵀΦθ = Φᵀy; an SVD of Φ; a QR factorisation of Φ with pivoting.

# %%
rng, M = np.random.default_rng(1), 100
W, b = rng.normal(0, 1, (M, 1)), rng.uniform(-2 * np.pi, 2 * np.pi, M)         # (M, 1), (M,)
mean = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 200).mean()      # weights sum to 1
x_r = mean.nodes                                           # (200, 1)
a = np.tanh(x_r @ W.T + b)                                 # φ_j = tanh(w_j x + b_j), (200, M)
features = np.hstack([a, 1 + 0 * x_r])                     # and a constant, (200, M + 1)
slopes = np.hstack([W[:, 0] * (1 - a**2), 0 * x_r])        # φ_j′ = w_j tanh′, (200, M + 1)
B, c = system(features, slopes, np.sin(x_r[:, 0]), np.cos(x_r[:, 0]), mean.weights, 1.0)

theta, rate = np.zeros(M + 1), 1 / (2 * np.linalg.norm(B, 2) ** 2)   # η = 1/L, L = 2‖Φ‖²
for _ in range(5000):
    theta = theta - rate * 2 * B.T @ (B @ theta - c)       # (D7), (M + 1,)
solutions = {"descent, 5000 steps": theta, "normal equations": np.linalg.solve(B.T @ B, B.T @ c),
             "SVD": lstsq(B, c)[0], "QR": lstsq(B, c, lapack_driver="gelsy")[0]}
losses = {name: np.sum((B @ found - c) ** 2) for name, found in solutions.items()}       # (T5)
for name, loss in losses.items():
    print(f"{name:20} mean Sobolev loss {loss:.0e}")
print(f"κ(Φ) = {np.linalg.cond(B):.0e}")
np.testing.assert_array_less([losses["QR"], losses["SVD"]], 1e-22)
np.testing.assert_array_less([1e-18, 1e-6],
                             [losses["normal equations"], losses["descent, 5000 steps"]])

# %% [markdown]
# The loss is a mean of squares: 1e-26 means that u and u′ are right to some 13 digits. With such a
# κ(Φ) no digit of θ itself is certain; but a direction of θ with a tiny singular value hardly moves
# u. The normal equations square κ(Φ) and lose half of the digits, and descent takes a number of
# steps like κ(Φ)². No recipe for every problem: the random layer must be able to fit the target.
#
# The figure: |c_i| by step, on the lines |1 − ηλ_i|ᵏ; and the singular values of the random layer.

# %%
fig, (left, right) = figure(columns=2, width=5.0, height=3.6)
for i in range(4):
    look = line_style(i, marker=False)
    left.semilogy(np.abs(predicted[:, i]), color="0.8", linewidth=4)
    left.semilogy(np.abs(modes[:, i]), label=f"1 − ηλ_{i + 1} = {factors[i]:.2f}", **look)
left.set(xlabel="step k", ylabel="|c_i|", ylim=(1e-17, 1e1),
         title="each mode shrinks by its own factor")
left.legend(frameon=False)
for i, (name, matrix) in enumerate((("with u′ (λ = 1)", B), ("values alone", B[:200]))):
    singular = np.linalg.svd(matrix, compute_uv=False)
    right.semilogy(singular, label=name, **line_style(i, marker=False))
right.set(xlabel="number", ylabel="singular value of Φ", title="derivatives lift the small ones")
right.legend(frameon=False)
save_figure(fig, "output/tutorial_08_modes.png")

# %% [markdown]
# ## The package does the same
#
# `LinearModel.from_mlp` freezes the hidden layers of a network; `solve_linear` is the QR above.
# `LinearModel.random` draws a layer for any box Ω: φ_j = σ(W_j·(x − c_j)), c_j uniform on Ω, so
# that the steep parts of the features are spread over it. |W_j| is at most `scale` / half a side.

# %%
net = sr.MLP((1, M, 1))
frozen = sr.LinearModel.from_mlp(net, net.pack([(W, b), (np.zeros((1, M)), [0.0])]))
package = sr.SobolevLoss(frozen, np.sin, mean)
drawn = sr.SobolevLoss(sr.LinearModel.random(M, mean.bounds, 1), np.sin, mean)
H_B, fit, of_drawn = 2 * B.T @ B, sr.solve_linear(package), sr.solve_linear(drawn)
package_error = np.abs(package.hessian(np.zeros(M + 1)) - H_B).max() / H_B.max()
cubic = sr.SobolevLoss(sr.LinearModel.polynomial(3, [(-1, 1)]), lambda x: np.sin(3 * x), rule,
                       weights=(1, lam))
u_error = np.abs(cubic.model(sr.solve_linear(cubic).x, x)[:, 0] - phi @ best).max()
print(f"H {package_error:.0e}, cubic {u_error:.0e}, solve_linear on the random layer {fit.fun:.0e},"
      f" on the package's own {of_drawn.fun:.0e}")
np.testing.assert_array_less([package_error, u_error], 1e-13)
np.testing.assert_array_less([fit.fun, of_drawn.fun], 1e-22)

# %% [markdown]
# ## Exercises
#
# 1. Which η makes the largest of the |1 − ηλ_i| smallest? Express this factor by κ, and check it on
#    the cubic.
# 2. Give the derivative alone, λ_0 = 0. What is λ_min now? Where does descent from (7, 1, 1, 1)
#    end, and which of the minimisers does `lstsq` choose?
# 3. Add a penalty μ‖θ‖² on the random layer, for μ from 1e-4 to 1e-28. How large is θ, and how
#    small the loss? Do it by extra rows of Φ, and then by the normal equations. Compare.
#
# Answers: [answers/08_solve_convex.py](answers/08_solve_convex.py).
#
# **What was simplified.** p = 2 (no other p is quadratic), one dimension, no noise in the data.
#
# **Next:** 09_break_theorems, for the models that are not linear in θ.
