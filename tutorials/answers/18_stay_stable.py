# %% [markdown]
# # Answers to tutorial 18
#
# The exercises of [18_stay_stable.py](../18_stay_stable.py), worked.

# %%
import numpy as np

import sobolev_ref as sr
from sobolev_ref.theory import batch_growth, batch_step_limit, step_growth

# %% [markdown]
# ## 1. The best step of momentum
#
# Where z² − (1 + β − ηλ) z + β has complex roots, both have the size √β, whatever λ is. They are
# complex for (1 − √β)² < ηλ < (1 + √β)². So if L/μ is at most ((1 + √β)/(1 − √β))², which is 1442
# for β = 0.9, there is an η for which every error shrinks by √β = 0.949 a step. Descent has at best
# (κ − 1)/(κ + 1) = 0.998. The smallest such β is best: √β = (√κ − 1)/(√κ + 1).

# %%
mu, L = 1e-3, 1.0
curvatures = np.geomspace(mu, L, 200)


def worst(eta, beta):
    return max(step_growth(lam, eta, beta) for lam in curvatures)


rates = np.geomspace(0.1, 3.9, 400)
by_beta = {beta: min(worst(eta, beta) for eta in rates) for beta in (0.0, 0.9)}
root = (np.sqrt(L / mu) - 1) / (np.sqrt(L / mu) + 1)       # √β
best = worst((1 + root) ** 2 / L, root**2)
print(f"a step: β = 0 {by_beta[0.0]:.4f}, β = 0.9 {by_beta[0.9]:.4f}", end=", ")
print(f"β = {root**2:.3f} {best:.4f}")
np.testing.assert_allclose(
    [by_beta[0.0], by_beta[0.9]], [999 / 1001, np.sqrt(0.9)], rtol=1e-4
)
np.testing.assert_allclose(best, root, rtol=1e-4)

# %% [markdown]
# ## 2. One parameter, two nodes
#
# L = (θ − 1)² + 3 (θ − 1)², so that H = 8 and a batch of one node has H_b = 4 or 12. The mean
# square is multiplied by E[(1 − ηH_b)²], which is 1 at η = 2 E[H_b]/E[H_b²] = 16/80 = 0.2. The
# whole loss is stable to 2/8 = 0.25. But a single run is a product: log |δ| falls where E[log |1 −
# ηH_b|] < 0, that is where |1 − 4η| |1 − 12η| < 1, for η < 1/3. From 0.2 to 1/3 nearly every run
# converges, and a few that grow carry the mean: E|δ|² → 0 is sufficient for the runs, and not
# necessary.

# %%
constant = sr.LinearModel.polynomial(0, [(0, 1)])
loss = sr.SobolevLoss(
    constant, lambda x: 1.0, sr.Quadrature([0.0, 1.0], [1.0, 3.0]), order=0
)
limit = batch_step_limit(loss, [1.0], 1)
rng, converged = np.random.default_rng(0), {}
for eta in (0.15, 0.3, 0.36):
    H_b = rng.choice([4.0, 12.0], (1000, 400))             # 1000 runs of 400 steps
    size = np.log10(np.abs(1 - eta * H_b)).sum(axis=1)     # log |δ| at the end, (1000,)
    converged[eta] = np.mean(size < 0)
    print(f"η = {eta}: E|δ|² times {batch_growth(loss, [1.0], 1, eta):.2f} a step; "
          f"{100 * converged[eta]:.0f} % of the runs are smaller at the end")
print(f"the limit in the mean square: {limit:.3f}")
np.testing.assert_allclose(
    [limit, batch_growth(loss, [1.0], 1, limit)], [0.2, 1], rtol=1e-12
)
np.testing.assert_array_less(
    [0.99, 0.9, converged[0.36]], [converged[0.15], converged[0.3], 0.1]
)
