# %% [markdown]
# # Answers to tutorial 20
#
# The exercises of [20_read_package.py](../20_read_package.py), worked.

# %%
import numpy as np

import sobolev_ref as sr
from sobolev_ref import plain
from sobolev_ref.jets import taylor_algebra
from sobolev_ref.jets.elementary import integral, reciprocal

# %% [markdown]
# ## 1. The transpose on arrays
#
# Row γ of s·δz holds s_α δz_β for every α + β = γ. So row β of the transpose takes s_α ā_γ from
# each.

# %%
d, k, N, width = 2, 3, 7, 4
alphas, rng = plain.multi_indices(d, k), np.random.default_rng(0)
row = {alpha: i for i, alpha in enumerate(alphas)}


def transpose(s, a_bar):
    """z̄ = sᵀ ā on arrays (A, N, n)."""
    z_bar = np.zeros_like(a_bar)
    for gamma in alphas:
        for alpha, beta in plain.pairs(gamma):
            z_bar[row[beta]] += s[row[alpha]] * a_bar[row[gamma]]    # (J4), (N, n)
    return z_bar


s, dz, a_bar = rng.normal(size=(3, len(alphas), N, width))           # (A, N, n) each
T = taylor_algebra(d, k)
left, right = np.sum(T.product(s, dz) * a_bar), np.sum(dz * transpose(s, a_bar))
print(f"⟨s·δz, ā⟩ = {left:.12f}, ⟨δz, sᵀā⟩ = {right:.12f}")
np.testing.assert_allclose(left, right, rtol=1e-13)

# %% [markdown]
# ## 2. An activation of one's own
#
# Only step 3 changes: a pair of recurrences. Layers, losses and methods take any `Activation`.


# %%
def arctan_jets(z, T):
    """arctan and its derivative 1/(1 + z²)."""
    z = T.padded(z)                                        # (A, N, width)
    one_plus = T.product(z, z)                             # (J1)
    one_plus[0] += 1
    s = reciprocal(one_plus, T)
    return integral(np.arctan(z[0]), s, z, T), s           # (J3)


arctan = sr.Activation("arctan", np.inf, arctan_jets)
net, rule = sr.MLP((1, 10, 1), arctan), sr.gauss_legendre([(-2, 2)], 30)
loss = sr.SobolevLoss(net, np.sin, rule)
theta = net.init(0, bounds=rule.bounds)
check = sr.check_gradient(loss, theta)
fit = sr.fit(loss, theta, maxiter=200)
print(f"gradient against the complex step: {max(check.complex_step.values()):.0e}")
print(f"loss {loss(theta)[0]:.2f} → {fit.fun:.0e}")
np.testing.assert_array_less([max(check.complex_step.values()), fit.fun], [1e-12, 1e-3])
