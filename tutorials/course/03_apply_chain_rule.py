# %% [markdown]
# # Assignment 3. Apply the chain rule
#
# **Read first.** Tutorial 03, whole. Assignment 2, whose notation stays.
#
# **The task.** A network takes the jet of x through its layers, which are of two kinds:
#
#     z_α = W a_α, plus b where α = 0                                       (J2)
#     γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β        for any q with γ_q > 0    (J3)
#
# The first is an affine layer. The second is the chain rule ∂_q a = s ∂_q z for
# a = σ(z), coefficient by coefficient, where s is the jet of σ′(z). For tanh the jet s
# follows from a, as s = 1 − a². Write the three functions below.
#
# **Shapes.** As in assignment 2: `alphas` is the list of all α with |α| ≤ k in graded
# order, and a jet is an array (A, N, n) of Taylor coefficients, a row for each α.
#
# - `W` is an array (n_out, n_in), and `b` an array (n_out,).
#
# **Given.** NumPy. You may copy `times` from your assignment 2 into this file.
#
# **Points.** 10 in all.
#
# | function | what is graded | points |
# | --- | --- | --- |
# | `affine` | in any number of variables | 2 |
# | `chain` | in one variable | 2 |
# | `chain` | in several variables | 2 |
# | `tanh` | in any number of variables, for z near 0 | 3 |
# | `tanh` | also where it saturates, up to z = 30 | 1 |
#
# Keep the names of the functions, and import nothing but NumPy and Python's own
# library. When you are done, or before, have it marked:
#
#     python -m sobolev_ref.testing 3 03_apply_chain_rule.py

# %%
import numpy as np

# %% [markdown]
# ## An affine layer
#
# Every coefficient of every node goes through the same W. The bias b is a constant, so
# that only its coefficient with α = 0 is not 0.


# %%
def affine(W, b, a):
    """The jet of W a + b (J2), from a jet (A, N, n_in) to one (A, N, n_out).

    >>> W = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 3.0]])
    >>> affine(W, np.array([10.0, 20.0, 30.0]), np.ones((2, 1, 2)))[:, 0]
    array([[12., 22., 33.],
           [ 2.,  2.,  3.]])
    """
    raise NotImplementedError


# %% [markdown]
# ## The chain rule
#
# Given a_0 = σ(z_0) at the nodes, the jet z and the jet s of σ′(z), return the jet a
# of σ(z). Its row 0 is a_0, and (J3) gives the others.


# %%
def chain(a_0, z, s, alphas):
    """The jet of σ(z) (J3), from a_0 (N, n) and the jets z, s (A, N, n) to (A, N, n).

    For exp, where σ′ = σ, and z = t, the jet of exp(t) is 1, 1, 1/2, 1/6:

    >>> z, s = np.zeros((2, 4, 1, 1))
    >>> z[1], s[:, 0, 0] = 1, [1, 1, 1 / 2, 1 / 6]
    >>> chain(np.ones((1, 1)), z, s, [(0,), (1,), (2,), (3,)])[:, 0, 0].round(4)
    array([1.    , 1.    , 0.5   , 0.1667])
    """
    raise NotImplementedError


# %% [markdown]
# ## An activation
#
# The function `chain` was given s. For tanh nobody gives it, and it is not needed all
# at once: a_γ asks for s_β with |β| < |γ| only. So a and s follow from each other,
# degree by degree.
#
# For the last point, look at s_0 = 1 − tanh²(z_0) for z_0 = 30. The number 1 − 1 has no
# correct digit, and yet the slope of tanh at 30 is about 3.5e-26. Find another
# expression for 1/cosh², which subtracts nothing and does not overflow.


# %%
def tanh(z, alphas):
    """The jets of tanh(z) and of its slope, a pair of (A, N, n), from a jet (A, N, n).

    The series is tanh(t) = t − t³/3 + …, and its slope is 1 − t² + …:

    >>> z = np.zeros((4, 1, 1))
    >>> z[1] = 1
    >>> a, s = tanh(z, [(0,), (1,), (2,), (3,)])
    >>> a[:, 0, 0].round(4) + 0.0
    array([ 0.    ,  1.    ,  0.    , -0.3333])
    >>> s[:, 0, 0].round(4) + 0.0
    array([ 1.,  0., -1.,  0.])
    """
    raise NotImplementedError


# %% [markdown]
# ## Try it
#
# The lines below run when this file is run, and not when it is marked.

# %%
if __name__ == "__main__":
    import doctest

    print(doctest.testmod())

# %% [markdown]
# ## Hints
#
# 1. `a @ W.T` takes all coefficients of all nodes at once. Do not change the array that
#    you were given: make a new one before you add b.
# 2. In (J3) any q with γ_q > 0 gives the same a_γ. Take the first.
# 3. The factor α_q stands inside the sum, and the division by γ_q after it.
# 4. In `tanh`, s_γ = −(a a)_γ for γ ≠ 0 needs a up to a_γ: compute a_γ first.
# 5. With e = exp(−2|z|), tanh|z| = (1 − e)/(1 + e). What is 1 − tanh² in terms of e?
