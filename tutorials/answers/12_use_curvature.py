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
# set of vectors Cδ_ϑ = δ, the same minimum, so the same r + Jδ, and the same step where only one
# leads there. In (3) the leash is μ‖δ_ϑ‖² =
# μ‖C⁻¹δ‖², another one. With D, the norm of column j is c_j times larger in ϑ, D becomes DC, and
# ‖DC δ_ϑ‖ = ‖Dδ‖: the same again. (For `lstsq` to have one answer, J must have full rank: a θ
# without equal neurons.)

# %%
theta = np.random.default_rng(1).normal(size=P)            # (P,)
c = np.tile([1.0, 100.0], P)[:P]                           # every other one, in 100ths
r, J = loss.residuals(theta), loss.jacobian(theta)         # (R,), (R, P)
zero = np.zeros(P)


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
tangent = [r - A @ lstsq(A, r)[0] for A in (J, J * c)]     # r + Jδ, (R,) each
by_units["Gauss–Newton"] = np.linalg.norm(tangent[0] - tangent[1]) / np.linalg.norm(r)
print(f"Gauss–Newton : r + Jδ differs by {by_units['Gauss–Newton']:.0e} of r")
np.testing.assert_array_less(0.1, by_units["(3), μ = 0.1"])
np.testing.assert_array_less([by_units["with D"], by_units["Gauss–Newton"]], 1e-9)

# %% [markdown]
# ## 2. Newton–CG
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
        size_g = np.linalg.norm(g)
        if np.linalg.norm(new) < min(0.5, np.sqrt(size_g)) * size_g:
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
print(f"L = {losses[0]:.2f} → {losses[10]:.0e} → {losses[-1]:.0e} in 10 and 100 steps")
print(f"products a step {np.mean(products):.1f}")
print(f"H bent down in {np.sum(bends)} of 100 steps")
np.testing.assert_array_less(np.diff(losses), 0)
np.testing.assert_array_less([losses[-1], 1], [1e-4, np.mean(products)])
