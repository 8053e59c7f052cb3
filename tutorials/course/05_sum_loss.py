# %% [markdown]
# # Assignment 5. Sum a Sobolev loss
#
# **Read first.** Tutorial 04, from "The theorems read literally" on, and tutorial 05,
# from "A gradient by hand" on. Assignment 2, whose notation stays.
#
# **The task.** A network u_θ with m outputs is held to a target u and its derivatives:
#
#     L(θ) = Σ_{|α|≤k} λ_α ∫_Ω |r_α|^p dx,   r_α = Dᵅu_θ − Dᵅu              (D3)
#     ∫_Ω f dx ≈ Σ_i w_i f(x_i)                                             (Q1)
#
# summed over the m outputs. The backward pass of assignment 4 starts with ū = ∂L/∂u_α,
# where u_α = Dᵅu_θ / α! is the Taylor coefficient that the network returned. Theorems 1
# and 2 say what it is, with φ_p for the derivative of |r|^p divided by p:
#
#     ū_α = α! λ_α w p φ_p(r_α),   φ_p(r) = sign(r) |r|^{p−1}              (T1) (T2)
#
# Write the three functions below.
#
# **Shapes.** As in assignment 2: `alphas` is the list of all α with |α| ≤ k in graded
# order, and N the number of nodes.
#
# - `u` is an array (A, N, m): the jet of u_θ, which has Taylor coefficients.
# - `target` is an array (A, N, m): the derivatives Dᵅu at the nodes. They have been
#   multiplied by no factor, and divided by none.
# - `w` is an array (N,), the weights w_i of the rule, and `weights` an array (A,), the
#   numbers λ_α. `p` is a number, p ≥ 1.
#
# **Given.** NumPy. You may copy `derivatives` from your assignment 2 into this file.
#
# **Points.** 10 in all.
#
# | function | what is graded | points |
# | --- | --- | --- |
# | `phi` | for every p ≥ 1, also at r = 0 | 2 |
# | `value` | in one variable | 2 |
# | `value` | any number of variables and of outputs | 2 |
# | `u_bar` | in one variable | 2 |
# | `u_bar` | any number of variables and of outputs | 2 |
#
# Keep the names of the functions, and import nothing but NumPy and Python's own
# library. When you are done, or before, have it marked:
#
#     python -m sobolev_ref.testing 5 05_sum_loss.py

# %%
import numpy as np

# %% [markdown]
# ## The derivative of a power
#
# The paper writes r |r|^{p−2}, which is no number at r = 0 if p < 2. Yours is 0 there.


# %%
def phi(r, p):
    """φ_p(r) = sign(r) |r|^{p−1}, of the shape of r.

    >>> phi(np.array([-3.0, 0.0, 2.0]), 3.0)
    array([-9.,  0.,  4.])
    >>> phi(np.array([-4.0, 0.0, 9.0]), 1.5)
    array([-2.,  0.,  3.])
    """
    raise NotImplementedError


# %% [markdown]
# ## The loss
#
# A sum over α, over nodes and over outputs. Each of the three has its own weight, but
# for the outputs, which all count 1.


# %%
def value(u, target, w, weights, p, alphas):
    """L (D3), a number.

    One node of weight 2, k = 1: the residuals are 4 − 1 and 2 − 0, λ is (1, 10), p = 2.

    >>> u, target = np.array([[[4.0]], [[2.0]]]), np.array([[[1.0]], [[0.0]]])
    >>> w, weights = np.array([2.0]), np.array([1.0, 10.0])
    >>> float(value(u, target, w, weights, 2.0, [(0,), (1,)]))  # 2·(1·9 + 10·4)
    98.0
    """
    raise NotImplementedError


# %% [markdown]
# ## Where the backward pass begins
#
# The result is the derivative of L with respect to each entry of u.


# %%
def u_bar(u, target, w, weights, p, alphas):
    """ū = ∂L/∂u (T1) (T2), an array of the shape of u, (A, N, m).

    >>> u, target = np.array([[[4.0]], [[2.0]]]), np.array([[[1.0]], [[0.0]]])
    >>> w, weights = np.array([2.0]), np.array([1.0, 10.0])
    >>> u_bar(u, target, w, weights, 2.0, [(0,), (1,)])[:, 0, 0]
    array([12., 80.])
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
# 1. What does sign(r) |r|^{p−1} give at r = 0 for p = 1, when NumPy says that 0 to the
#    power 0 is 1?
# 2. The residual is a difference of derivatives. What must be done to `u` before
#    `target` is subtracted?
# 3. `w[:, None]` has the shape (N, 1), `weights[:, None, None]` the shape (A, 1, 1).
# 4. Each of α!, λ, w and p stands in ū once. The α! comes from the chain rule:
#    r_α contains α! u_α.
# 5. Test a factor where it is not 1. With λ = 1 and w = 1 a function that forgets both
#    is right, and with p = 2 and k = 1 many others are.
