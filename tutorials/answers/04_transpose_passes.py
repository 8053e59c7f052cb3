# %% [markdown]
# # Answers to tutorial 4
#
# The exercises of [04_transpose_passes.py](../04_transpose_passes.py), worked.

# %%
from math import factorial, prod

import numpy as np
from scipy.optimize import approx_fprime

import sobolev_ref as sr


def relative_error(computed, exact):
    return float(np.abs(computed - exact).max() / np.abs(exact).max())


rng, lam = np.random.default_rng(0), (0.7, 0.3)
rule = sr.gauss_legendre([(-1, 2)], 20)
x, w = rule.nodes, rule.weights[:, None]                   # (N, 1), (N, 1)

# %% [markdown]
# ## 1. p = 1 where every residual is 0
#
# L(θ) = 0 is a minimum with a kink. `SobolevLoss` returns the subgradient with φ_1(0) = sign(0) =
# 0, so the zero vector, a statement that θ is a minimum. `approx_fprime` steps to one side and
# returns the slope there: L(θ + h e_j)/h → λ_0 ∫|∂u/∂θ_j| + λ_1 ∫|∂u′/∂θ_j|. It is the slope of |t|
# at t = 0, from the right: 1, while the middle of the slopes −1 and 1 is 0.

# %%
net = sr.MLP((1, 5, 1))
theta = rng.normal(size=net.n_parameters)                  # (P,)
loss = sr.SobolevLoss(net, net.function(theta), rule, order=1, p=1, weights=lam)
value, gradient = loss(theta)
one_sided = approx_fprime(theta, lambda t: loss(t)[0])     # (P,)
steps = theta + 1e-6 * np.eye(len(theta))                  # (P, P), for ∂/∂θ_j by differences
here = net.derivatives(theta, x, 1)                        # u, u′, (N, 1) each
there = [net.derivatives(t, x, 1) for t in steps]
slopes = [sum(lam[n] * np.sum(w * np.abs(d[n,] - here[n,])) / 1e-6 for n in (0, 1))
          for d in there]                                  # λ_0 ∫|∂u/∂θ_j| + λ_1 ∫|∂u′/∂θ_j|, (P,)
print(f"L = {value}, ∇L = {gradient[:3]} …, approx_fprime {one_sided[:3].round(3)} …")
np.testing.assert_equal([value, np.abs(gradient).max()], [0, 0])
np.testing.assert_allclose(one_sided, slopes, rtol=1e-4)

# %% [markdown]
# ## 2. A second hidden layer
#
# Forward, (J2) and (J3) once more; backward, (J5) and (J4) once more, in reverse order.


# %%
def phi(r, p):
    return np.sign(r) * np.abs(r) ** (p - 1)


def tanh_jets(z):
    """a = tanh(z) and s = tanh′(z), (A, N, H) each."""
    a, s = np.zeros_like(z), np.zeros_like(z)
    a[0], s[0] = np.tanh(z[0]), 1 - np.tanh(z[0]) ** 2
    for n in range(1, len(z)):
        a[n] = sum(j * z[j] * s[n - j] for j in range(1, n + 1)) / n           # (J3)
        s[n] = -sum(a[j] * a[n - j] for j in range(n + 1))                     # (J1)
    return a, s


def times_transposed(s, a_bar):
    """z̄_m = Σ_{n≥m} s_{n−m} ā_n (J4)."""
    return np.array([sum(s[n - m] * a_bar[n] for n in range(m, len(s))) for m in range(len(s))])


def gradient_of(net, theta, p, lam):
    """∇L for any number of hidden layers, target sin 2x."""
    layers = net.unpack(theta)
    a = np.zeros((len(lam), len(x), 1))                    # the jet of x, (A, N, 1)
    a[0], a[1:2] = x, 1
    inputs, slopes = [], []
    for W, b in layers[:-1]:
        inputs.append(a)
        z = a @ W.T                                        # (J2), (A, N, H)
        z[0] += b
        a, s = tanh_jets(z)                                # (J3)
        slopes.append(s)
    inputs.append(a)
    u = a @ layers[-1][0].T                                # (J2), (A, N, 1)
    u[0] += layers[-1][1]
    bar = np.zeros_like(u)                                 # ū, (A, N, 1)
    for n, lam_n in enumerate(lam):
        r = factorial(n) * u[n] - 2**n * np.sin(2 * x + n * np.pi / 2)         # (N, 1)
        bar[n] = factorial(n) * lam_n * w * p * phi(r, p)  # (T2)
    parts = []
    for i in reversed(range(len(layers))):
        W_bar = np.tensordot(bar, inputs[i], ((0, 1), (0, 1)))       # Σ_α z̄_αᵀ a_α (J5)
        parts = [W_bar.ravel(), bar[0].sum(0), *parts]
        if i > 0:
            bar = times_transposed(slopes[i - 1], bar @ layers[i][0])          # (J5), (J4)
    return np.concatenate(parts)


net = sr.MLP((1, 5, 4, 1))
theta = rng.normal(size=net.n_parameters)
errors = []
for p in (1.5, 2.0, 3.0):
    weights = (0.7, 0.3, 0.05)
    package = sr.SobolevLoss(net, lambda x: np.sin(2 * x), rule, order=2, p=p, weights=weights)
    errors.append(relative_error(gradient_of(net, theta, p, weights), package(theta)[1]))
print("two hidden layers, k = 2, against SobolevLoss:", *(f"{e:.1e}" for e in errors))
np.testing.assert_array_less(errors, 1e-13)

# %% [markdown]
# ## 3. Two variables
#
# (J4) reads z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ, γ ≥ β in both entries.


# %%
def splits(gamma):
    alphas = np.ndindex(*(n + 1 for n in gamma))
    return [(alpha, tuple(g - n for g, n in zip(gamma, alpha))) for alpha in alphas]


def tanh_jets_2d(z):
    zero, *others = z
    a, s = {zero: np.tanh(z[zero])}, {zero: 1 - np.tanh(z[zero]) ** 2}
    for g in others:
        q = 0 if g[0] > 0 else 1
        a[g] = sum(i[q] * z[i] * s[j] for i, j in splits(g) if i[q] > 0) / g[q]          # (J3)
        s[g] = -sum(a[i] * a[j] for i, j in splits(g))     # (J1)
    return a, s


def times_2d(s, dz):
    return {g: sum(s[i] * dz[j] for i, j in splits(g)) for g in s}             # (J1)


def times_transposed_2d(s, a_bar):
    z_bar = dict.fromkeys(s, 0.0)
    for g in s:                                            # each pair adds s_α ā_γ to z̄_{γ−α} (J4)
        for alpha, beta in splits(g):
            z_bar[beta] = z_bar[beta] + s[alpha] * a_bar[g]
    return z_bar


k, H = 2, 5
indices = [(n - j, j) for n in range(k + 1) for j in range(n + 1)]
rule = sr.gauss_legendre([(-1, 1)] * 2, 6)
x, w = rule.nodes, rule.weights[:, None]                   # (N, 2), (N, 1)
z, dz, a_bar = ({g: rng.normal(size=(len(rule), H)) for g in indices} for _ in range(3))
s = tanh_jets_2d(z)[1]
left = sum((da * a_bar[g]).sum() for g, da in times_2d(s, dz).items())
right = sum((dz[g] * z_bar).sum() for g, z_bar in times_transposed_2d(s, a_bar).items())
print(f"⟨s·δz, ā⟩ = {left:.12f}, ⟨δz, sᵀā⟩ = {right:.12f}")
np.testing.assert_allclose(left, right, rtol=1e-12)

net, p, lam = sr.MLP((2, H, 1)), 3.0, (0.7, 0.3, 0.1)
theta = rng.normal(size=net.n_parameters)
(W1, b1), (W2, b2) = net.unpack(theta)                     # (H, 2), (H,), (1, H), (1,)
x_jet = {g: np.zeros((len(rule), 2)) for g in indices}
x_jet[0, 0], x_jet[1, 0][:, 0], x_jet[0, 1][:, 1] = x, 1, 1
a, s = tanh_jets_2d({g: x_jet[g] @ W1.T + b1 * (sum(g) == 0) for g in indices})          # (J2)
u_bar = {}
for g in indices:                                          # the target is sin(x) eʸ
    target = np.sin(x[:, :1] + g[0] * np.pi / 2) * np.exp(x[:, 1:])            # (N, 1)
    g_factorial = prod(map(factorial, g))
    r = g_factorial * (a[g] @ W2.T + b2 * (sum(g) == 0)) - target              # (N, 1)
    u_bar[g] = g_factorial * lam[sum(g)] * w * p * phi(r, p)                   # (T2), (N, 1)
z_bar = times_transposed_2d(s, {g: u_bar[g] @ W2 for g in indices})            # (J5), (J4)
own = np.concatenate([sum(z_bar[g].T @ x_jet[g] for g in indices).ravel(), z_bar[0, 0].sum(0),
                      sum(u_bar[g].T @ a[g] for g in indices).ravel(), u_bar[0, 0].sum(0)])  # (J5)
loss = sr.SobolevLoss(net, lambda x, y: np.sin(x) * np.exp(y), rule, order=k, p=p, weights=lam)
gradient_error = relative_error(own, loss(theta)[1])
print(f"two variables, k = 2, p = 3, against SobolevLoss: {gradient_error:.1e}")
np.testing.assert_array_less(gradient_error, 1e-13)
