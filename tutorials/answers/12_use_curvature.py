# %% [markdown]
# # Answers to tutorial 12
#
# The exercises of [12_use_curvature.py](../12_use_curvature.py), worked.

# %%
import numpy as np
from scipy.linalg import lstsq

import sobolev_ref as sr

net, rule = sr.MLP((1, 8, 1)), sr.gauss_legendre([(0, 5)], 64).mean()
loss = sr.SobolevLoss(net, lambda x: np.exp(-x), rule)
theta_0, P = net.init(0), net.n_parameters

# %% [markdown]
# ## 1. Units
#
# With θ = Cϑ, C diagonal, the Jacobian in ϑ is JC. Gauss–Newton minimises ‖r + JC δ_ϑ‖²: the same
# set of vectors Cδ_ϑ = δ, the same minimum, so the same step. In (3) the leash is μ‖δ_ϑ‖² =
# μ‖C⁻¹δ‖², another one. With D, the norm of column j is c_j times larger in ϑ, D becomes DC, and
# ‖DC δ_ϑ‖ = ‖Dδ‖: the same again. (For `lstsq` to have one answer, J must have full rank: a θ
# without equal neurons.)

# %%
theta = np.random.default_rng(1).normal(size=P)            # (P,)
c = np.tile([1.0, 100.0], P)[:P]                           # every other parameter in hundredths
r, J, zero = loss.residuals(theta), loss.jacobian(theta), np.zeros(P)          # (R,), (R, P), (P,)


def step(J, mu, scale):
    """min ‖r + Jδ‖² + μ‖Dδ‖², D = diag(scale); (P,)."""
    rows = np.vstack([J, np.sqrt(mu) * np.diag(scale)])    # (R + P, P)
    return -lstsq(rows, np.append(r, zero))[0]


def size(J):
    return np.linalg.norm(J, axis=0)                       # of each column, (P,)


ones, by_units = np.ones(P), {}
for name, plain, scaled in (
        ("(3), μ = 0.1", step(J, 0.1, ones), c * step(J * c, 0.1, ones)),
        ("with D", step(J, 0.1, size(J)), c * step(J * c, 0.1, size(J * c)))):
    by_units[name] = np.linalg.norm(plain - scaled) / np.linalg.norm(plain)
    print(f"{name:13}: the step in other units differs by {by_units[name]:.0e}")
tangent = [r + A @ -lstsq(A, r)[0] for A in (J, J * c)]    # Gauss–Newton: r + Jδ, (R,) each
by_units["Gauss–Newton"] = np.linalg.norm(tangent[0] - tangent[1]) / np.linalg.norm(r)
print(f"Gauss–Newton : r + Jδ differs by {by_units['Gauss–Newton']:.0e} of r")
np.testing.assert_array_less(0.1, by_units["(3), μ = 0.1"])
np.testing.assert_array_less([by_units["with D"], by_units["Gauss–Newton"]], 1e-9)

# %% [markdown]
# L-BFGS starts from γI and forgets, so units matter to it. "layers" gives each layer's W, and its
# b, the unit in which the mean of ‖J_j‖² over it is 1. One start says little: take three.

# %%
wide, period = sr.MLP((1, 30, 1)), sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 64).mean()
sine = sr.SobolevLoss(wide, np.sin, period)
lower = {}
for seed in range(3):
    plain, units = (sr.fit(sine, wide.init(seed), "L-BFGS-B", maxiter=1500, **o).fun
                    for o in ({}, {"x_scale": "layers"}))
    lower[seed] = plain / units
    print(f"start {seed}: L = {plain:.0e} after 1500 steps, in the layers' units {units:.0e}")
np.testing.assert_array_less(3, list(lower.values()))

# %% [markdown]
# ## 2. L-BFGS
#
# For the last pair (I − ρ y sᵀ) y = y − y (sᵀy)/(sᵀy) = 0, so Gy = ρ s (sᵀy) = s. G stays positive
# definite while sᵀy > 0, and then −G∇L leads downhill.
#
# Gq without G: the outer factor belongs to the newest pair. Apply the right factors newest first,
# q ← q − ρ(sᵀq) y, keep the numbers α = ρ sᵀq, multiply by γ, and come back, oldest first: the left
# factor and ρ s sᵀ together are q ← q + s(α − ρ yᵀq).


# %%
def times_G(pairs, q):
    """Gq, the two loops; pairs oldest first, q (P,)."""
    kept = []
    for s, y in reversed(pairs):
        kept.append(s @ q / (s @ y))                       # α = ρ sᵀq
        q = q - kept[-1] * y
    if pairs:
        s, y = pairs[-1]
        q = q * (s @ y) / (y @ y)                          # γ, the size of H⁻¹ along y
    for (s, y), alpha in zip(pairs, reversed(kept)):
        q = q + s * (alpha - y @ q / (s @ y))
    return q


def l_bfgs(loss, theta, steps, memory=30):
    pairs, (value, g), history = [], loss(theta), [loss(theta)[0]]
    for _ in range(steps):
        direction, eta = -times_G(pairs, g), 1.0           # (P,)
        while loss(theta + eta * direction)[0] > value + 1e-4 * eta * (g @ direction):
            eta /= 2                                       # Armijo
        s = eta * direction
        new_value, new_g = loss(theta + s)
        if s @ (new_g - g) > 1e-12 * np.linalg.norm(s) * np.linalg.norm(new_g - g):
            pairs = [*pairs, (s, new_g - g)][-memory:]
        theta, value, g = theta + s, new_value, new_g
        history.append(value)
    return theta, pairs, np.array(history)


theta, pairs, history = l_bfgs(loss, theta_0, 300)
s, y = pairs[-1]
secant = np.linalg.norm(times_G(pairs, y) - s) / np.linalg.norm(s)
s, t = -0.05 * loss(theta_0)[1], sr.gauss_legendre([(0, 1)], 10)     # a step of descent, (P,)
y = loss(theta_0 + s)[1] - loss(theta_0)[1]                # (P,)
mean_Hs = sum(w * loss.hessp(theta_0 + x * s, s) for x, w in zip(t.nodes, t.weights))    # (4)
package = sr.fit(loss, theta_0, "L-BFGS-B", maxiter=300).fun
print(f"Gy = s to {secant:.0e}, (4) to {np.linalg.norm(mean_Hs - y) / np.linalg.norm(y):.0e}")
print(f"L after 300 steps: {history[-1]:.0e}, by SciPy's {package:.0e}")
np.testing.assert_allclose(mean_Hs, y, atol=1e-10)
np.testing.assert_array_less([secant, history[-1]], [1e-8, 1e-6])

# %% [markdown]
# ## 3. Newton–CG
#
# Conjugate gradients minimise the quadratic ∇L·δ + ½ δᵀHδ over spaces that grow by one direction v
# with each product Hv. Where vᵀHv ≤ 0 it has no minimum: stop with the δ so far, or, at the first
# v, with v = −∇L. An early end, at a residual of √‖∇L‖ times ‖∇L‖, keeps the fast end and saves
# products far away, where H says little.


# %%
def conjugate_gradients(loss, theta, g):
    """δ with Hδ ≈ −g, how many products, and whether H bent down."""
    delta, rest = np.zeros(len(g)), -g                     # δ, −g − Hδ, (P,) each
    v = rest
    for count in range(1, len(g) + 1):
        Hv = loss.hessp(theta, v)                          # (P,)
        if v @ Hv <= 0:
            return (delta if count > 1 else -g), count, True
        length = rest @ rest / (v @ Hv)
        delta, new = delta + length * v, rest - length * Hv
        if np.linalg.norm(new) < min(0.5, np.sqrt(np.linalg.norm(g))) * np.linalg.norm(g):
            return delta, count, False
        v, rest = new + new @ new / (rest @ rest) * v, new
    return delta, count, False


theta, products, bends, losses = theta_0, [], [], [loss(theta_0)[0]]
for _ in range(100):
    value, g = loss(theta)
    delta, count, bent = conjugate_gradients(loss, theta, g)
    eta = 1.0
    while loss(theta + eta * delta)[0] > value + 1e-4 * eta * (g @ delta):
        eta /= 2                                           # Armijo
    theta = theta + eta * delta
    products.append(count)
    bends.append(bent)
    losses.append(loss(theta)[0])
print(f"L = {losses[0]:.2f} → {losses[10]:.0e} → {losses[-1]:.0e} in 10 and 100 steps; products a "
      f"step {np.mean(products):.1f}, H bent down in {np.sum(bends)} of them")
np.testing.assert_array_less(np.diff(losses), 0)
np.testing.assert_array_less([losses[-1], 1], [1e-4, np.mean(products)])
