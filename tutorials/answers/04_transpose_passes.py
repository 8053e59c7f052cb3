# %% [markdown]
# # Answers to tutorial 4
#
# The exercises of [04_transpose_passes.py](../04_transpose_passes.py), worked.

# %%
from math import factorial, prod

import numpy as np
from scipy.optimize import approx_fprime

import sobolev_ref as sr
from sobolev_ref.plain import forward, transpose


def relative_error(computed, exact):
    return float(np.abs(computed - exact).max() / np.abs(exact).max())


rng, lam = np.random.default_rng(0), (0.7, 0.3)
rule = sr.gauss_legendre([(-1, 2)], 20)
x, w = rule.nodes, rule.weights[:, None]                   # (N, 1), (N, 1)

# %% [markdown]
# ## 1. p = 1 where every residual is 0
#
# L(θ) = 0 is a minimum with a kink. `SobolevLoss` returns the subgradient with
# φ_1(0) = sign(0) = 0, so the zero vector, a statement that θ is a minimum. `approx_fprime` steps
# to one side and returns the slope there: L(θ + h e_j)/h → λ_0 ∫|∂u/∂θ_j| + λ_1 ∫|∂u′/∂θ_j|. It is
# the slope of |t| at t = 0, from the right: 1, while the middle of the slopes −1 and 1 is 0.

# %%
net = sr.MLP((1, 5, 1))
theta = rng.normal(size=net.n_parameters)                  # (P,)
loss = sr.SobolevLoss(net, net.function(theta), rule, order=1, p=1, weights=lam)
value, gradient = loss(theta)
one_sided = approx_fprime(theta, lambda t: loss(t)[0])     # (P,)
steps = theta + 1e-6 * np.eye(len(theta))                  # (P, P), a step each
here = net.derivatives(theta, x, 1)                        # u, u′, (N, 1) each
there = [net.derivatives(t, x, 1) for t in steps]
slopes = np.zeros(len(theta))                              # the sum above, (P,)
for j, moved in enumerate(there):
    for n in (0, 1):
        slopes[j] += lam[n] * np.sum(w * np.abs(moved[n,] - here[n,])) / 1e-6
print(f"L = {value}, ∇L = {gradient[:3]} …")
print(f"approx_fprime {one_sided[:3].round(3)} …")
np.testing.assert_equal([value, np.abs(gradient).max()], [0, 0])
np.testing.assert_allclose(one_sided, slopes, rtol=1e-4)

# %% [markdown]
# ## 2. Any number of hidden layers
#
# z̄ = ū at the end. Each layer, last first, gives W̄ and b̄ by (J5), and ā by (J5). Unless it is
# the first, whose input is x, the slopes s take ā to the z̄ of the layer before, by (J4).


# %%
def phi(r, p):
    return np.sign(r) * np.abs(r) ** (p - 1)


def backward(tape, u_bar):
    """∇L from ū for any number of layers."""
    z_bar, parts = u_bar, []
    zero, *_ = u_bar
    for W, a, s in reversed(tape):
        W_bar = sum(z_bar[alpha].T @ a[alpha] for alpha in a)        # (J5)
        parts = [W_bar.ravel(), z_bar[zero].sum(axis=0), *parts]
        if s is not None:
            a_bar = {alpha: z_bar[alpha] @ W for alpha in a}         # (J5)
            z_bar = transpose(s, a_bar)                              # (J4)
    return np.concatenate(parts)


def gradient_of(net, theta, p, lam, rule, exact):
    """∇L, where exact(α) is Dᵅ of the target at the nodes, (N, 1)."""
    u, tape = forward(theta, net.widths, rule.nodes, order=len(lam) - 1)
    u_bar = {}
    for alpha in u:
        factor = prod(map(factorial, alpha))                         # α!
        phi_r = phi(factor * u[alpha] - exact(alpha), p)             # (N, 1)
        u_bar[alpha] = factor * lam[sum(alpha)] * rule.weights[:, None] * p * phi_r
    return backward(tape, u_bar)                                     # (T1) (T2)


def sine(alpha):
    """(sin 2x)⁽ⁿ⁾ at the nodes."""
    (n,) = alpha
    return 2**n * np.sin(2 * x + n * np.pi / 2)            # (N, 1)


net, weights = sr.MLP((1, 5, 4, 1)), (0.7, 0.3, 0.05)
theta = rng.normal(size=net.n_parameters)                  # (P,)
errors = []
for p in (1.5, 2.0, 3.0):
    own = gradient_of(net, theta, p, weights, rule, sine)  # (P,)
    loss = sr.SobolevLoss(
        net, lambda x: np.sin(2 * x), rule, order=2, p=p, weights=weights)
    errors.append(relative_error(own, loss(theta)[1]))
print("two hidden layers, k = 2, against SobolevLoss:", *(f"{e:.1e}" for e in errors))
np.testing.assert_array_less(errors, 1e-13)

# %% [markdown]
# ## 3. Two variables
#
# Only the target changes: Dᵅ of sin(x) eʸ is the α_1-th derivative of sin, times eʸ.

# %%
square = sr.gauss_legendre([(-1, 1)] * 2, 6)


def product(alpha):
    """Dᵅ of sin(x) eʸ at the nodes."""
    x, y = square.nodes[:, :1], square.nodes[:, 1:]        # (N, 1) each
    return np.sin(x + alpha[0] * np.pi / 2) * np.exp(y)    # (N, 1)


net, p, weights = sr.MLP((2, 5, 1)), 3.0, (0.7, 0.3, 0.1)
theta = rng.normal(size=net.n_parameters)                  # (P,)
own = gradient_of(net, theta, p, weights, square, product)
loss = sr.SobolevLoss(
    net, lambda x, y: np.sin(x) * np.exp(y), square, order=2, p=p, weights=weights)
gradient_error = relative_error(own, loss(theta)[1])
print(f"two variables, k = 2, p = 3, against SobolevLoss: {gradient_error:.1e}")
np.testing.assert_array_less(gradient_error, 1e-13)
