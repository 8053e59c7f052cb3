# %% [markdown]
# # Answers to tutorial 12b
#
# The exercises of [12b_learn_curvature.py](../12b_learn_curvature.py), worked.

# %%
import numpy as np

import sobolev_ref as sr

net, rule = sr.MLP((1, 8, 1)), sr.gauss_legendre([(0, 5)], 64).mean()
loss = sr.SobolevLoss(net, lambda x: np.exp(-x), rule)
theta_0, P = net.init(0), net.n_parameters

# %% [markdown]
# ## 1. L-BFGS
#
# For the last pair (I − ρ y sᵀ) y = y − y (sᵀy)/(sᵀy) = 0, so Gy = ρ s (sᵀy) = s. G stays positive
# definite while sᵀy > 0, and then −G∇L leads downhill.
#
# Gq without G: the outer factors belong to the newest pair. Apply the right factors newest first,
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
package = sr.fit(loss, theta_0, "L-BFGS-B", maxiter=300).fun
print(f"Gy = s to {secant:.0e}")
print(f"L after 300 steps: {history[-1]:.0e}, by SciPy's {package:.0e}")
np.testing.assert_array_less([secant, history[-1]], [1e-8, 1e-6])

# %% [markdown]
# ## 2. Units of the layers
#
# L-BFGS starts from γI and forgets, so units matter to it. "layers" gives each layer's W, and its
# b, the unit in which the mean of ‖J_j‖² over it is 1. In each of the three runs the loss ends at
# least three times lower.

# %%
wide = sr.MLP((1, 30, 1))
period = sr.gauss_legendre([(-2 * np.pi, 2 * np.pi)], 64).mean()
sine = sr.SobolevLoss(wide, np.sin, period)
lower = {}
for seed in range(3):
    plain, units = (sr.fit(sine, wide.init(seed), "L-BFGS-B", maxiter=1500, **o).fun
                    for o in ({}, {"x_scale": "layers"}))
    lower[seed] = plain / units
    print(f"start {seed}: L = {plain:.0e}, in the layers' units {units:.0e}")
np.testing.assert_array_less(3, list(lower.values()))
