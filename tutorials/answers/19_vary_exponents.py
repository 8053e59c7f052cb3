# %% [markdown]
# # Answers to tutorial 19
#
# The exercises of [19_vary_exponents.py](../19_vary_exponents.py), worked.

# %%
import numpy as np

import sobolev_ref as sr

rng, N = np.random.default_rng(0), 40
x = np.linspace(-1, 1, N)
values = np.sin(2 * x) + 0.02 * rng.normal(size=N)
values[[5, 14, 23, 33]] += 2
model, points = sr.LinearModel.polynomial(5, [(-1, 1)]), sr.samples(x)


def best(p, data=values):
    return sr.solve_convex(sr.SobolevLoss(model, {(0,): data}, points, p=p)).x


# %% [markdown]
# ## 1. The factor of IRLS
#
# Near θ* the gradient is ∇²L e with e = θ − θ*, to first order. IRLS goes by
# −(p − 1)(∇²L)^{−1} ∇L, which is −(p − 1) e. What is left is e − (p − 1) e = (2 − p) e. So for
# 1 < p < 3 it converges from nearby, for p = 2 in one step, and for p > 3 the minimum repels it.

# %%
A, factors = np.hstack([model(e, x) for e in np.eye(6)]), {}         # (N, P)
for p in (1.5, 2.5):
    theta_best = best(p)
    theta = theta_best + 1e-4 * np.array([1.0, -1, 1, 1, 0, 1])
    r = A @ theta - values
    root = np.abs(r) ** (p / 2 - 1)                        # √h_i
    after = theta + np.linalg.lstsq(root[:, None] * A, -root * r, rcond=None)[0]
    factors[p] = (after - theta_best) @ (theta - theta_best) / 1e-8 / 5
    print(f"p = {p}: factor {factors[p]:.4f}, 2 − p = {2 - p}")
np.testing.assert_allclose(list(factors.values()), [0.5, -0.5], atol=0.02)

# %% [markdown]
# ## 2. One outlier, a thousand times as far
#
# For p = 1 the condition Aᵀv = 0, |v_i| ≤ 1, v_i = sign r_i holds the sign of each residual, not
# its size. An outlier that stays on its side may go anywhere, and nothing moves. For p = 2 the fit
# is linear in the values.

# %%
far = values.copy()
far[14] += 1998
moved = {p: np.abs(A @ (best(p, far) - best(p))).max() for p in (1, 2)}
print("u_θ at the points moves by", {p: f"{value:.1e}" for p, value in moved.items()})
np.testing.assert_array_less([moved[1], 100], [1e-8, moved[2]])
