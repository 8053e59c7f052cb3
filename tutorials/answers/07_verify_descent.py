# %% [markdown]
# # Answers to tutorial 7
#
# The exercises of [07_verify_descent.py](../07_verify_descent.py), worked.

# %%
import numpy as np

import sobolev_ref as sr

rule = sr.gauss_legendre([(-2, 2)], 20)
x, w, lam = rule.nodes[:, 0], rule.weights, 0.3            # x_i, w_i, (N,) each; λ

# %% [markdown]
# ## 1. The gain of one step
#
# The start (0, 1) differs from the minimum in v alone, the top eigenvector of H. There ∇L = Le
# and E = ½ L e², so the step multiplies e by 1 − ηL, and the gain is
#
#     ½ L e² (1 − (1 − ηL)²) = η (1 − Lη/2) (Le)² = η (1 − Lη/2) ‖∇L‖²
#
# (T4) is an equality, because ΔᵀHΔ = L‖Δ‖² in this one direction, at every θ. The gain is a
# parabola in η: largest at 1/L, where one step reaches the minimum, and nothing at 0 and 2/L. From
# a θ with v_0 ≠ 0 the gain is above (T4), as along v_0 H is only 8.

# %%
diagonal = np.array([8, 32 / 3 + 8 * lam])                 # H_jj, (2,)
L = diagonal[1]
best = w @ (x * np.sin(x) + lam * np.cos(x)) / (L / 2)     # the v of θ*
e = np.array([0, 1 - best])                                # θ − θ*, (2,)
factors = np.linspace(0, 3, 13)                            # ηL, (13,)
after = (1 - factors[:, None] / L * diagonal) * e          # e after (D7), (13, 2)
gains = diagonal @ e**2 / 2 - after**2 @ diagonal / 2      # L(θ) − L(θ − η∇L), (13,)
square = np.sum((diagonal * e) ** 2)                       # ‖∇L‖², ()
promised = factors / L * (1 - factors / 2) * square        # (T4), (13,)
for factor, gain in zip(factors, gains):
    print(f"ηL = {factor:.2f}: gain {gain:7.4f}")
best_factor = factors[gains.argmax()]
np.testing.assert_allclose(gains, promised, atol=1e-13)
np.testing.assert_allclose([best_factor, gains[factors == 2][0]], [1, 0], atol=1e-13)

# %% [markdown]
# ## 2. The largest eigenvalue suffices
#
# ΔᵀHΔ ≤ λ_max(H)‖Δ‖², whatever the negative eigenvalues are; so (T3) holds with the largest λ_max
# of the segment, if that is above 0. To find a place where the loss bends down more strongly than
# up, print the eigenvalues on a grid of θ: where v is large and c has the wrong sign, for one.


# %%
one = sr.SobolevLoss(sr.MLP((1, 1, 1)), np.sin, rule, weights=(1, lam))


def neuron(theta):
    """L and ∇L by (v, c), as in the tutorial."""
    v, c = theta
    value, gradient = one(np.array([c, 0, v, 0]))
    return value, gradient[[2, 0]]


def eigenvalues(theta):
    columns = [neuron(theta + 1e-20j * e)[1].imag / 1e-20 for e in np.eye(2)]
    H = np.stack(columns, axis=1)
    return np.linalg.eigvalsh(H)                           # ascending, (2,)


theta, delta = np.array([3.0, -0.7]), np.array([-0.2, 0.3])          # (2,), (2,)
t = np.linspace(0, 1, 101)
spectra = np.array([eigenvalues(theta + s * delta) for s in t])      # (101, 2)
upper, norm = spectra[:, 1].max(), np.abs(spectra).max()
value, g = neuron(theta)
left = neuron(theta + delta)[0]
right = value + g @ delta + upper / 2 * delta @ delta      # (T3), the smaller L
print(f"largest eigenvalue {upper:.2f}, largest |eigenvalue| {norm:.2f}")
print(f"{left:.4f} ≤ {right:.4f}")
np.testing.assert_array_less([upper, left], [0.5 * norm, right])

# %% [markdown]
# ## 3. The edge for other rates
#
# λ_max ends near 2/η: half as high for twice the rate. A place with λ_max > 2/η cannot be held:
# there the step overshoots, in the sharpest direction, by more than it corrects. So the run leaves
# it, and a larger η leaves more places. It also leaves good ones: the loss ends higher here. (T4)
# says nothing of all this, for η is above 2/L on these paths.

# %%
net, final = sr.MLP((1, 20, 1)), {}
loss = sr.SobolevLoss(net, lambda x: np.sin(2 * x), sr.trapezoid([(-1, 1)], 41).mean())
for eta in (0.1, 0.2, 0.4):
    theta, late = net.init(0), []
    for k in range(4001):
        theta = theta - eta * loss(theta)[1]               # (D7), (P,)
        if k >= 3000 and k % 50 == 0:
            late.append(sr.lipschitz(loss, theta).value)   # λ_max, from step 3000 on
    final[eta] = np.mean(late)
    print(f"η = {eta}: λ_max ends near {final[eta]:.1f}, 2/η = {2 / eta:.0f}; "
          f"loss {loss(theta)[0]:.4f}")
shares = [eta * sharp / 2 for eta, sharp in final.items()]
np.testing.assert_allclose(shares, 1, atol=0.2)
