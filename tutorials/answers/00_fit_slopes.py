# %% [markdown]
# # Answers to tutorial 0
#
# The exercises of [00_fit_slopes.py](../00_fit_slopes.py), worked.
#
# ## 1. One slope
#
# Two values and one slope are three equations for three parameters. Nearly every start finds the
# curve: as many equations as parameters can be enough, and no start is promised.

# %%
import numpy as np


def curve(x):
    return 1.5 * np.tanh(2 * x - 0.5)


def slope(x):
    return 3 / np.cosh(2 * x - 0.5) ** 2


def train(x, lam, seed, factor=lambda c: c, steps=3000, eta=0.2):
    """As in the tutorial; `lam` has a λ for each slope, `factor` is s's in ∂u′/∂v."""
    theta, losses = np.random.default_rng(seed).normal(size=3), []   # c, b, v
    for _ in range(steps):
        c, b, v = theta
        a = np.tanh(c * x + b)                             # (N,)
        s = 1 - a**2                                       # (N,)
        ds = -2 * a * s                                    # (N,)
        r_0, r_1 = v * a - curve(x), v * c * s - slope(x)  # (N,), (N,)
        losses.append(np.sum(r_0**2 + lam * r_1**2))
        by_c = r_0 * v * s * x + lam * r_1 * (v * s + v * c * ds * x)
        by_b = r_0 * v * s + lam * r_1 * v * c * ds
        by_v = r_0 * a + lam * r_1 * factor(c) * s
        theta = theta - eta * 2 * np.array([by_c.sum(), by_b.sum(), by_v.sum()])
    return theta, losses


fine = np.linspace(-2, 2, 401)                             # (401,)
two = np.array([-1.0, 1.0])                                # (2,)
errors = []
for seed in range(20):
    (c, b, v), losses = train(two, np.array([1.0, 0.0]), seed)
    errors.append(np.abs(v * np.tanh(c * fine + b) - curve(fine)).max())
near = int(np.sum(np.array(errors) < 0.01))
print(f"one slope: {near} of 20 starts end within 0.01 of the curve")
np.testing.assert_array_less(15, near)

# %% [markdown]
# ## 2. A factor forgotten
#
# ∂u′/∂v is c s. With s alone the step is no longer along −∇L, and yet most of the loss goes away:
# a falling loss proves nothing. A difference quotient shows the mistake in one line.

# %%
wrong = [train(two, 1, seed, factor=lambda c: 1.0, steps=500)[1] for seed in range(20)]
falls = int(np.sum([losses[-1] < 0.1 * losses[0] for losses in wrong]))
print(f"with the mistake the loss falls to less than a tenth from {falls} of 20 starts")


def loss(theta):
    c, b, v = theta
    a = np.tanh(c * two + b)
    return np.sum((v * a - curve(two)) ** 2 + (v * c * (1 - a**2) - slope(two)) ** 2)


c, b, v = theta = np.array([0.7, 0.2, 0.9])
a = np.tanh(c * two + b)                                   # (2,)
s = 1 - a**2                                               # (2,)
r_0, r_1 = v * a - curve(two), v * c * s - slope(two)      # (2,), (2,)
h = np.array([0, 0, 1e-5])                                 # a step of v alone
quotient = (loss(theta + h) - loss(theta - h)) / 2e-5
right, mistaken = (2 * np.sum(r_0 * a + r_1 * k * s) for k in (c, 1.0))
print(f"∂L/∂v: {right:.6f} with c, {mistaken:.6f} without; "
      f"the quotient is {quotient:.6f}")
np.testing.assert_allclose(right, quotient, rtol=1e-8)
np.testing.assert_array_less(0.01, abs(mistaken / quotient - 1))
