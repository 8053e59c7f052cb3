# %% [markdown]
# # Answers to tutorial 14
#
# The exercises of [14_solve_equation.py](../14_solve_equation.py), worked, for ℓ = 1.

# %%
import numpy as np

import sobolev_ref as sr

rule, fine = sr.gauss_legendre([(0, 1)], 32), sr.gauss_legendre([(0, 1)], 200)


def f(x):
    return 4 * np.pi**2 * np.sin(2 * np.pi * x) + 2


# %% [markdown]
# ## 1. A slope at one end
#
# Integrating twice, u = sin 2πx − x² + Ax with u′(1) = 2π − 2 + A = 1, so A = 3 − 2π. Of u only the
# first end is known now, of u′ only the second. The equation c_0 u + c_1 u′ = f at two nodes has
# the coefficients c_0 = (1, 0), c_1 = (0, 1) and the right side (0, 1).
#
# An e with e(0) = e′(1) = 0 is a series of sin ω_n x with ω_n = (n − ½)π, whose slopes vanish at 1.
# So ω_1 = π/2 in place of π, and C² = ω_1^{−2} + ω_1^{−4} is larger. The line to subtract has the
# value g_0 = e(0) at 0 and the slope g_1 = e′(1): g = g_0 + g_1 x, ‖g‖² = g_0² + g_0 g_1 + g_1²/3,
# ‖g′‖² = g_1².

# %%
net = sr.MLP((1, 16, 1))
inside = sr.ResidualLoss(net, {(2,): -1.0}, f, rule)
ends = sr.ResidualLoss(net, {(0,): [1.0, 0.0], (1,): [0.0, 1.0]}, [0.0, 1.0],
                       sr.Quadrature([0.0, 1.0], [1.0, 1.0]))
mixed = sr.fit(inside + ends, net.init(0), "lm", maxiter=300)


def error(x):
    return net.function(mixed.x)(x) - (
        np.sin(2 * np.pi * x) - x**2 + (3 - 2 * np.pi) * x
    )


C = np.sqrt((2 / np.pi) ** 2 + (2 / np.pi) ** 4)
g_0 = net(mixed.x, [0.0])[0, 0]
g_1 = net.derivatives(mixed.x, [1.0], 1)[(1,)][0, 0] - 1
mixed_error, rho = sr.sobolev_norm(error, fine, 1), sr.sobolev_seminorm(error, fine, 2)
mixed_bound = C * rho + np.sqrt(g_0**2 + g_0 * g_1 + g_1**2 / 3 + g_1**2)
print(f"C = {C:.3f}; ‖e‖_1 = {mixed_error:.1e}, at most {mixed_bound:.1e}; "
      f"u_θ(0) = {g_0:.0e}, u_θ′(1) − 1 = {g_1:.0e}")
np.testing.assert_array_less([mixed_error, mixed_bound], [mixed_bound, 1e-2])

# %% [markdown]
# ## 2. The conditions built in
#
# A feature is a function of the jet of x; `T.product` multiplies jets. Take P_j the Legendre
# polynomials of `LinearModel.polynomial`, and multiply by x(1 − x) = x − x².

# %%


def vanishing(degree):
    """The model Σ_j θ_j x(1 − x) P_j(x), j = 0, …, degree."""
    polynomials = sr.LinearModel.polynomial(degree, [(0, 1)])

    def features(x, T):
        phi = polynomials.features(x, T)                   # the jets of P_j, (A, N, J)
        x = T.padded(x)                                    # that of x, (A, N, 1)
        return T.product(x - T.product(x, x), phi)  # x(1 − x) P_j (J1), (A, N, J)

    return sr.LinearModel(
        features, degree + 1, (1, 1), name="x(1 − x) times polynomials"
    )


def distance(model, theta):
    """‖e‖_1 of the equation; e′ by formulas, as a jet of 10⁻¹³ has few digits."""
    x, wave = fine.nodes, 2 * np.pi
    u, slope = model.derivatives(theta, x, 1).values()
    return sr.sobolev_norm({(0,): u - np.sin(wave * x) - x * (1 - x),
                            (1,): slope - wave * np.cos(wave * x) - 1 + 2 * x}, fine, 1)


by_degree = {}
for degree in (2, 6, 10, 14, 18):
    model = vanishing(degree)
    solved = sr.solve_linear(sr.ResidualLoss(model, {(2,): -1.0}, f, rule))
    by_degree[degree] = distance(model, solved.x)
    root = np.sqrt(solved.fun)
    print(f"degree {degree:2} + 2: √L = {root:.0e}, ‖e‖_1 = {by_degree[degree]:.0e}")
np.testing.assert_array_less(by_degree[18], 1e-12)
np.testing.assert_array_less(np.diff(list(by_degree.values())), 0)

# %% [markdown]
# Two digits or more for each four degrees, to rounding, with 19 numbers and one factorisation. The
# network has 49 numbers, 300 steps, and five digits. For a smooth f on an interval it is the wrong
# tool; it needs no change of method where the domain is odd, the equation nonlinear, or d large.
#
# ## 3. Resonance
#
# With e = 0 at the ends e = Σ b_n sin ω_n x, ω_n = nπ, and ρ = e″ − ce for e = u_θ − u. Its
# coefficients are −(ω_n² + c) b_n. For c > −ω_1² each factor is at least ω_1² + c in size, so
#
#     ‖e‖ ≤ ‖ρ‖ / (ω_1² + c)              with equality for sin ω_1 x
#
# At c = −ω_1² = −9.87 the residual of sin πx is zero, and no bound can hold: (1) has many solutions
# or none. For the exact solution u of the tutorial take f + cu as the right side, and add
# 10⁻⁶ sin πx to it.

# %%
model, x = vanishing(18), rule.nodes[:, 0]                 # J = 19
u = np.sin(2 * np.pi * x) + x * (1 - x)                    # (N,)
amplified = {}
for c in (0.0, -9.0, -9.8):
    right = f(x) + c * u + 1e-6 * np.sin(np.pi * x)        # (N,)
    of_c = {(2,): -1.0, (0,): c}                           # −u″ + cu
    equation = sr.ResidualLoss(model, of_c, right, rule)
    theta = sr.solve_linear(equation).x                    # (T5), (J,)
    amplified[c] = sr.sobolev_norm(
        lambda x: model.function(theta)(x) - np.sin(2 * np.pi * x) - x * (1 - x),
        fine,
        0,
    )
    bound = 1e-6 * np.sqrt(1 / 2) / (np.pi**2 + c)         # ‖ρ‖ = 1e-6 ‖sin πx‖
    print(f"c = {c:4}: ‖e‖ = {amplified[c]:.3e}, ‖ρ‖/(ω_1² + c) = {bound:.3e}")
    np.testing.assert_allclose(amplified[c], bound, rtol=1e-5)
