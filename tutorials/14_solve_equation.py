# %% [markdown]
# # 14. Solve a differential equation
#
# **Question.** The passes give u_θ″ for every θ. Can they find a function of which only an equation
# is known, and say how wrong the answer is?
#
# **The paper.** Definition 3 compares Dᵅu_θ with Dᵅu, so it needs data. Nothing in Theorems 1 and 2
# does: any known function may stand in the place of Dᵅu. Take
#
#     −u″ = f on Ω = (0, ℓ),    u(0) = u(ℓ) = 0                                            (1)
#
# Here f is known, and u is wanted. Of the derivatives of u one is known, u″ = −f.
#
# **Know first.** Tutorials 01 and 04: Sobolev norms, ∇_θ of a derivative. Fourier series.
#
# **Measured.** Loss and Jacobian by hand against the package; the error in H¹ against the exact
# solution, and against a bound that does not know the solution; what a boundary term controls.

# %%
from pathlib import Path

import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import LEARNED, TRUE, figure, save_figure
from sobolev_ref.theory import error_from_residual

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path()

# %% [markdown]
# ## A loss without data
#
# Whatever fails to hold in (1) is to be small: ρ = u_θ″ + f inside, u_θ at the two ends.
#
#     L(θ) = ∫_Ω (u_θ″ + f)² dx + β (u_θ(0)² + u_θ(ℓ)²)                                    (2)
#
# L ≥ 0, and L = 0 only for u_θ = u. Take ℓ = β = 1, f = 4π² sin 2πx + 2. (By integrating twice,
# u = sin 2πx + x(1 − x); it is used for nothing but to check.) One hidden layer of 16 neurons,
# z = wx + b, u_θ = Σ_j v_j tanh z_j + c. With σ_n the nth derivative of tanh at z_j,
#
#     u_θ″ = Σ_j v_j w_j² σ_2,     ∂u_θ″/∂w_j = v_j (2 w_j σ_2 + w_j² x σ_3)
#     ∂u_θ″/∂b_j = v_j w_j² σ_3    ∂u_θ″/∂v_j = w_j² σ_2
#     ∂u_θ/∂w_j = v_j x σ_1        ∂u_θ/∂b_j = v_j σ_1    ∂u_θ/∂v_j = σ_0    ∂u_θ/∂c = 1
#
# A row of r for each node, √w_i ρ(x_i), and two for the ends. Then L = ‖r‖² and ∇L = 2Jᵀr.

# %%
ell, H = 1.0, 16
rule, net = sr.gauss_legendre([(0, ell)], 32), sr.MLP((1, 16, 1))
theta_0 = net.init(0)                                      # θ = (w, b, v, c), (P,), P = 3H + 1


def f(x):
    return 4 * np.pi**2 * np.sin(2 * np.pi * x) + 2


def by_hand(theta):
    """r (R,) and J (R, P) of (2) for β = 1, R = N + 2."""
    (w, b, v), c = theta[:-1].reshape(3, H), theta[-1]     # (H,) each, ()
    x, ends = rule.nodes, np.array([[0.0], [ell]])         # (N, 1), (2, 1)
    t, t_e = np.tanh(x * w + b), np.tanh(ends * w + b)     # σ_0, (N, H), (2, H)
    s, s_e = 1 - t**2, 1 - t_e**2                          # σ_1, (N, H), (2, H)
    s_2, s_3 = -2 * t * s, -2 * s * (1 - 3 * t**2)         # σ_2, σ_3, (N, H) each
    root, rho = np.sqrt(rule.weights)[:, None], (s_2 @ (v * w**2))[:, None] + f(x)       # √w_i, ρ
    d_rho = [v * (2 * w * s_2 + w**2 * x * s_3), v * w**2 * s_3, w**2 * s_2, 0 * x]      # ∂ρ/∂θ
    d_ends = [v * ends * s_e, v * s_e, t_e, [[1], [1]]]    # ∂u_θ/∂θ at 0 and ℓ
    return (np.append(root * rho, t_e @ v + c),
            np.vstack([root * np.hstack(d_rho), np.hstack(d_ends)]))


r, J = by_hand(theta_0)
print(f"r {r.shape}, J {J.shape}, L = {r @ r:.1f}")

# %% [markdown]
# The package needs nothing new for this. A target may be a mapping from α to Dᵅu; what it does not
# name has no term: {(2,): −f} leaves ∫(u_θ″ + f)². The ends: a rule of two nodes; and losses add.

# %%
inside = sr.SobolevLoss(net, {(2,): lambda x: -f(x)}, rule, order=2)
ends = sr.SobolevLoss(net, {(0,): [0.0, 0.0]}, sr.Quadrature([0, ell], [1.0, 1.0]), order=0)
loss = inside + ends                                       # (2)
value, gradient = loss(theta_0)                            # L and ∇L, (), (P,)
package_error = max(abs(value / (r @ r) - 1),
                    np.abs(gradient - 2 * J.T @ r).max() / np.abs(gradient).max(),
                    np.abs(loss.jacobian(theta_0) - J).max() / np.abs(J).max())
print(f"L, ∇L and J by the package, against ours: {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## Solve
#
# 300 steps of Levenberg–Marquardt (tutorial 12), θ kept after each; e = u_θ − u by a finer rule.

# %%
path = [theta_0]
fit = sr.fit(loss, theta_0, "lm", maxiter=300,
             callback=lambda intermediate_result: path.append(intermediate_result.x.copy()))
fine = sr.gauss_legendre([(0, ell)], 200)
X, a = fine.nodes[:, 0], 2 * np.pi                         # (Q,), Q = 200
exact = np.stack([np.sin(a * X) + X * (1 - X), a * np.cos(a * X) + 1 - 2 * X, -f(X)])    # u, u′, u″


def norms(theta):
    """‖e‖, ‖e′‖, ‖e″‖; the last needs f alone."""
    D = np.hstack(list(net.derivatives(theta, fine.nodes, 2).values())).T      # u_θ, …, (3, Q)
    return np.sqrt((D - exact) ** 2 @ fine.weights)        # (3,)


e = norms(fit.x)
print(f"L {fit.history[0]:.0f} → {fit.fun:.0e}; ‖e‖ {e[0]:.0e}, ‖e′‖ {e[1]:.0e}, ‖e″‖ {e[2]:.0e}")
np.testing.assert_array_less([fit.fun, np.hypot(*e[:2])], [1e-6, 1e-4])

# %% [markdown]
# No value of u went in but two zeros; u and u′ come out with five digits or so. ‖e″‖ is larger:
# e is e″ integrated twice, and to integrate makes a wiggle smaller.
#
# ## What Sobolev theory says
#
# e″ = u_θ″ − u″ = u_θ″ + f = ρ: the residual **is** the second derivative of the error. Suppose
# first that e vanishes at both ends. Then it is a sine series, e = Σ_n b_n sin ω_n x, ω_n = nπ/ℓ,
#
#     ‖e‖² = (ℓ/2) Σ b_n²,   ‖e′‖² = (ℓ/2) Σ ω_n² b_n²,   ‖ρ‖² = (ℓ/2) Σ ω_n⁴ b_n²
#
# Every ω_n is at least ω_1 = π/ℓ, so b_n² ≤ ω_n⁴ b_n² / ω_1⁴ and ω_n² b_n² ≤ ω_n⁴ b_n² / ω_1²:
#
#     ‖e‖_1 ≤ C ‖ρ‖,    C² = (ℓ/π)² + (ℓ/π)⁴              with equality for sin(πx/ℓ)      (3)
#
# (Here ‖e‖ ≤ (ℓ/π)‖e′‖ is a form of Poincaré's inequality.) As ρ = e″, ‖ρ‖² ≤ ‖e‖_2² ≤
# (1 + C²)‖ρ‖²: to make ρ small is Sobolev training of order 2, without its data.
#
# For other e subtract the straight line g with the same end values, p = e(0) and q = e(ℓ). g″ = 0,
# so that (3) holds for e − g with the same ρ, and by the triangle inequality
#
#     ‖e‖_1 ≤ C ‖ρ‖ + ‖g‖_1,    ‖g‖_1² = ℓ (p² + pq + q²)/3 + (q − p)²/ℓ                   (4)
#
# Since u = 0 at the ends, p = u_θ(0) and q = u_θ(ℓ). The right side does not contain u.


# %%
def certificate(theta, rho):
    """The bound (4) on ‖e‖_1."""
    C = np.sqrt((ell / np.pi) ** 2 + (ell / np.pi) ** 4)   # (3)
    p, q = net(theta, [0.0, ell])[:, 0]
    return C * rho + np.sqrt(ell * (p**2 + p * q + q**2) / 3 + (q - p) ** 2 / ell)       # (4)


along = np.array([norms(theta) for theta in path])         # (K + 1, 3)
H1 = np.hypot(along[:, 0], along[:, 1])                    # ‖e‖_1 after each step, (K + 1,)
bounds = np.array([certificate(theta, rho) for theta, rho in zip(path, along[:, 2])])    # (K + 1,)
for k in (0, 10, 100, len(path) - 1):
    print(f"step {k:3}: ‖e‖_1 = {H1[k]:.1e}, by (4) at most {bounds[k]:.1e}")
np.testing.assert_array_less(H1, bounds)

# %% [markdown]
# True at every step, and up to ten times too large: (3) is sharp for the slowest sine only. By (I1)
# of tutorial 01 it bounds the error at every point as well.
#
# ## On a box, with any c
#
# The same sines serve for −Δu + cu = f on a box, u = 0 at its sides. Their eigenvalues are
# μ = Σ_j (π n_j/ℓ_j)², n_j ≥ 1, and the residual ρ multiplies each by μ + c. So for c > −μ_1
#
#     ‖e‖_1 ≤ C ‖ρ‖,    C² = max (1 + μ)/(μ + c)²    over μ ≥ μ_1                          (I8)
#
# attained by the first sine for c ≤ μ_1 + 2. Take the unit square, c = 5, and functions that vanish
# at the sides, x(1 − x) y(1 − y) P(x, y), so that one `lstsq` solves for P. The true u has waves.

# %%
patch, c, k = sr.gauss_legendre([(0, 1), (0, 1)], 24), 5.0, np.pi
xy, poly = patch.nodes, sr.LinearModel.polynomial(8, [(0, 1), (0, 1)])


def features(a, T):
    x, y = (T.padded(a)[..., j, None] for j in (0, 1))     # jets, (A, N, 1) each
    edge = T.product(x - T.product(x, x), y - T.product(y, y))
    return T.product(edge, poly.features(a, T))            # (J1), (A, N, J)


plane = sr.LinearModel(features, poly.n_features, (2, 1), name="zero at the sides")
wave = sr.SobolevLoss(plane, lambda x, y: np.sin(k * x) * np.sin(2 * k * y) + x * y * (1 - x)
                      * (1 - y) * np.exp(x), patch, order=2)
parts = dict(zip(sr.multi_indices(2, 2), wave.target_values[..., 0]))          # Dᵅu, (N,) each
rows = dict(zip(parts, wave.jacobian(plane.init()).reshape(6, len(xy), -1)))   # √w_i Dᵅφ, (N, J)
root = np.sqrt(patch.weights)                              # (N,)
operator = c * rows[0, 0] - rows[2, 0] - rows[0, 2]        # √w_i (−Δφ_j + cφ_j), (N, J)
f_c = root * (c * parts[0, 0] - parts[2, 0] - parts[0, 2])                     # √w_i f(x_i), (N,)
coefficients = np.linalg.lstsq(operator, f_c, rcond=None)[0]
rho_c = np.linalg.norm(operator @ coefficients - f_c)      # ‖ρ‖
e_c = np.sqrt(sum(np.sum((rows[a] @ coefficients - root * parts[a]) ** 2)
                  for a in ((0, 0), (1, 0), (0, 1))))      # ‖e‖_1
bound_c = error_from_residual(rho_c, [(0, 1), (0, 1)], c)  # (I8)
line = error_from_residual(along[-1, 2], [(0, ell)]).norm  # (3) again, for c = 0 and d = 1
print(f"square: ‖ρ‖ = {rho_c:.1e}, ‖e‖_1 = {e_c:.1e}, by (I8) at most {bound_c.norm:.1e}")
np.testing.assert_array_less(e_c, bound_c.norm)
np.testing.assert_allclose(line, np.hypot(ell / k, (ell / k) ** 2) * along[-1, 2], rtol=1e-13)

# %% [markdown]
# ## Between the nodes
#
# (4) holds for the integral ‖ρ‖. The loss has a sum over nodes. With 8 nodes for 49 parameters:

# %%
few = sr.SobolevLoss(net, {(2,): lambda x: -f(x)}, sr.gauss_legendre([(0, ell)], 8), order=2) + ends
poor = sr.fit(few, theta_0, "lm", maxiter=300)
at_nodes, between = np.sqrt(poor.fun), norms(poor.x)
poor_error, poor_bound = np.hypot(*between[:2]), certificate(poor.x, between[2])
print(f"at 8 nodes √L = {at_nodes:.0e}; by the finer rule ‖ρ‖ = {between[2]:.1f}, "
      f"‖e‖_1 = {poor_error:.2f}, by (4) at most {poor_bound:.2f}")
np.testing.assert_array_less([at_nodes, 0.05, poor_error], [1e-5, between[2], poor_bound])

# %% [markdown]
# The equation holds at 8 points, and elsewhere it does not. The finer rule notices, so the bound
# stays true. Take more nodes than the network can satisfy one by one.
#
# ## What the boundary term needs
#
# Without it every straight line may be added to u. With it, any β > 0 has the same minimum, L = 0;
# β decides how the steps get there, and what is left of p and q when they stop.

# %%
by_beta = {}
for beta in (0.0, 1e-4, 1.0, 1e4):
    total = inside
    if beta > 0:
        both_ends = sr.Quadrature([0, ell], [beta, beta])
        total += sr.SobolevLoss(net, {(0,): [0.0, 0.0]}, both_ends, order=0)
    found = sr.fit(total, theta_0, "lm", maxiter=300).x
    by_beta[beta] = *norms(found)[[0, 2]], np.abs(net(found, [0.0, ell])).max()
    print("β = {:6g}: ‖e‖ {:.0e}, ‖ρ‖ {:.0e}, end values {:.0e}".format(beta, *by_beta[beta]))
np.testing.assert_array_less([0.1, by_beta[1.0][0]], [by_beta[0.0][0], 1e-4])

# %% [markdown]
# In one dimension the boundary is two numbers, and (4) has both. In the plane it is a curve, and
# the norm on it matters. On the unit square, e_n = sin(nπx) sinh(nπy)/sinh(nπ) has Δe_n = 0: no
# residual. It vanishes on three sides, and is sin nπx on the fourth, where ∫e_n² = 1/2 for each n.

# %%
square, side = (sr.gauss_legendre([(0, 1)] * d, 60) for d in (2, 1))
modes, growth = np.array([1, 2, 4, 8, 16]), []
print(" n   on the side: ‖e‖     ‖e′‖    on the square: ‖∇e‖")
for n in modes:
    a = n * np.pi
    growth.append([*(sr.sobolev_seminorm(lambda x: np.sin(a * x), side, k) for k in (0, 1)),
                   sr.sobolev_seminorm(lambda x, y: np.sin(a * x) * np.sinh(a * y) / np.sinh(a),
                                       square, 1)])
    print("{:2} {:18.3f} {:8.3f} {:22.3f}".format(n, *growth[-1]))
growth = np.array(growth)                                  # (5, 3)
np.testing.assert_allclose(growth[:, 2] ** 2, growth[:, 0] * growth[:, 1] / np.tanh(np.pi * modes),
                           rtol=1e-12)

# %% [markdown]
# On the side ‖e‖ stays, and ‖∇e‖ on the square grows like √n: no C times ∫_∂Ω e² can bound it. Nor
# is ‖e′‖ needed in full, as ‖∇e‖² is about the product ‖e‖‖e′‖. The theory says the same: the
# boundary values of H¹ are H^{1/2}, half a derivative (s = 1/2 in (I4)), and those of H² are
# H^{3/2}. With 2ab ≤ a² + b² a whole derivative more than suffices. So the usual boundary term ∫e²
# is too weak to bound an error in H¹, and a Sobolev loss of order 1 **along the boundary** is not.
#
# The figure: the solution; error and bound by step; the last table.

# %%
fig, (left, middle, right) = figure(columns=3, width=4.0, height=3.4)
left.plot(X, exact[0], **TRUE, label="u")
left.plot(X, net(fit.x, X)[:, 0], **LEARNED, label="u_θ from f")
left.set(xlabel="x", ylabel="u")
middle.semilogy(bounds, "--k", label="bound (4), without u")
middle.semilogy(H1, "-k", label="true error")
middle.set(xlabel="step of Levenberg–Marquardt", ylabel=r"$\|e\|_1$")
names = ("-ok", "‖e‖ on the side"), ("--sk", "‖e′‖ on the side"), (":^k", "‖∇e‖ on the square")
for (style, name), column in zip(names, growth.T):
    right.loglog(modes, column, style, label=name, markersize=4)
right.set(xlabel="mode n, residual 0", ylabel="norm")
for ax, place in ((left, "lower left"), (middle, "upper right"), (right, "upper left")):
    ax.legend(frameon=False, loc=place)
save_figure(fig, ROOT / "figures" / "tutorial_14_solution.png")

# %% [markdown]
# ## Exercises
#
# 1. Put u′(ℓ) = 1 in place of u(ℓ) = 0. What becomes of `ends` (NaN means: not known)? Solve it,
#    and find the C and the g of (4) for these conditions.
# 2. Functions x(ℓ − x) P(x), P a polynomial, vanish at the ends by themselves. Make a `LinearModel`
#    of them, so that (2) needs no boundary term and `solve_linear` solves it. How does ‖e‖_1 fall
#    with the degree, and how does this compare with the network?
# 3. The residual of −u″ + cu = f adds two derivatives. If e = 0 at the ends and c > −ω_1², show
#    that ‖e‖ ≤ ‖ρ‖/(ω_1² + c). Solve it for c = 0, −9, −9.8 with the functions of exercise 2 by
#    one `lstsq`, with f perturbed by 10⁻⁶ sin πx. What happens at c = −ω_1²?
#
# Answers: [answers/14_solve_equation.py](answers/14_solve_equation.py).
#
# **What was simplified.** One dimension mostly, where better methods are at hand, such as exercise
# 2; and a linear equation, whose residual adds its derivatives before it is squared.
#
# **Next:** 15_outgrow_machine, where the nodes are too many for one computer.
