# %% [markdown]
# # Answers to tutorial 15
#
# The exercises of [15_outgrow_machine.py](../15_outgrow_machine.py), worked.

# %%
import math

import numpy as np

import sobolev_ref as sr

# %% [markdown]
# ## 1. Three ways to add
#
# One after the other, each of n additions rounds a sum that has grown to n/2: errors of 2⁻⁵³ n/2 at
# most, of random sign, grow like a random walk. In blocks the partial sums stay small, and there
# are only 1000 + 1000 of them on the way of any number. That is the bound of blocked summation, and
# one reason more to cut a loss into blocks.

# %%
numbers = np.random.default_rng(0).uniform(size=10**6)
exact = math.fsum(numbers)                                 # rounded once, at the end
in_turn = np.cumsum(numbers)[-1]                           # one after the other
blocks = np.cumsum(np.cumsum(numbers.reshape(1000, 1000), axis=1)[:, -1])[-1]
errors = [abs(total - exact) / exact for total in (in_turn, blocks)]
print(f"one after the other {errors[0]:.0e}, blocks of 1000 {errors[1]:.0e}")
np.testing.assert_array_less(errors[1], errors[0])
np.testing.assert_array_less(errors[0], 1e-11)

# %% [markdown]
# ## 2. The best M on a tree
#
#     T′(M) = −t_n N/M² + 2 t_m/(M ln 2) = 0,     M* = t_n N ln 2 / (2 t_m)
#
# M* grows like N and not like √N, since the talk grows like log M only. For N = 10⁸ and t_n = 10 µs
# that is some 350,000 machines for a step of 40 ms, where (2) has 1000 machines and 2 s.

# %%
N, P, t_n, t_b, t_m = 10**8, 1200, 1e-5, 1e-9, 1e-3


def tree(M):
    """Seconds of a step, sums along a tree."""
    return t_n * N / M + 32 * P * t_b + 2 * t_m * np.log2(M)


star_tree = t_n * N * math.log(2) / (2 * t_m)
star_line = math.sqrt(t_n * N / (16 * P * t_b + t_m))
line = 2 * t_n * N / star_line
print(f"on a tree {star_tree:.0f} machines, {tree(star_tree):.3f} s a step; "
      f"in turn {star_line:.0f}, {line:.2f} s")
np.testing.assert_array_less(tree(star_tree), tree(star_tree * np.array([0.9, 1.1])))
np.testing.assert_array_less(tree(star_tree), line / 10)

# %% [markdown]
# ## 3. A map that survives
#
# A block's result depends on the block and on θ, not on who computes it or how often. So an item
# may be sent again as long as its result goes to its place.

# %%
calls = 0


def unreliable(function, item):
    """Every fifth call is lost."""
    global calls
    calls += 1
    if calls % 5 == 0:
        raise OSError("lost")
    return function(item)


def again(function, items):
    """Each item is tried at most three times."""
    results = []
    for item in items:
        for attempt in range(3):
            try:
                results.append(unreliable(function, item))
                break
            except OSError:
                if attempt == 2:
                    raise
    return results


net, rule = sr.MLP((2, 32, 32, 1)), sr.monte_carlo([(0, 1), (0, 1)], 3000, rng=0)
theta = net.init(0)
value, gradient = sr.SobolevLoss(net, lambda x, y: x * y, rule, block=256)(theta)
lossy = sr.SobolevLoss(net, lambda x, y: x * y, rule, block=256, workers=again)
again_value, again_gradient = lossy(theta)
print(f"{calls} calls for 12 blocks, {calls // 5} lost; {again_value!r} both times")
np.testing.assert_equal(again_value, value)
np.testing.assert_array_equal(again_gradient, gradient)
np.testing.assert_equal(calls, 14)
