# %% [markdown]
# # Assignment 2. Carry a jet
#
# **Read first.** Tutorial 03, up to "One neuron at order 2", and its section "Any
# number of variables".
#
# **The task.** The jet of a function u at a node holds its Taylor coefficients
#
#     u_α = Dᵅu / α!        for every multi-index α with |α| ≤ k
#
# where α! = α_1! ⋯ α_d!. Coefficients, and not derivatives: then a product needs no
# binomials,
#
#     (u v)_γ = Σ_{α+β=γ} u_α v_β                                           (J1)
#
# Write the three functions below. They take any number d of variables and any order k.
# If you like, write them for d = 1 first, which earns its own points.
#
# **Shapes.** N is the number of nodes, A the number of multi-indices.
#
# - `alphas` is the list of all α with |α| ≤ k, each a tuple of d whole numbers, in
#   graded order. For d = 1 and k = 3 it is `[(0,), (1,), (2,), (3,)]`, for d = 2 and
#   k = 2 it is `[(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]`.
# - A jet is an array (A, N, n). Its row i belongs to `alphas[i]`, and n counts the
#   components of the function. For d = 1 row i is the coefficient of order i.
#
# **Given.** NumPy, and `alphas` with every call. So d is `len(alphas[0])`.
#
# **Points.** 10 in all.
#
# | function | what is graded | points |
# | --- | --- | --- |
# | `variables` | in any number of variables | 2 |
# | `times` | in one variable | 3 |
# | `times` | in several variables | 3 |
# | `derivatives` | in any number of variables | 2 |
#
# Keep the names of the functions, and import nothing but NumPy and Python's own
# library. When you are done, or before, have it marked:
#
#     python -m sobolev_ref.testing 2 02_carry_jet.py

# %%
import numpy as np

# %% [markdown]
# ## The jet of x
#
# A network is given x itself, a function with d components. Its coefficient is x where
# α = 0, the unit vector e_q where α = e_q, and 0 for all other α.


# %%
def variables(x, alphas):
    """The jet of x, from nodes (N, d) to (A, N, d).

    >>> alphas = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
    >>> variables(np.array([[5.0, 7.0]]), alphas)[:, 0]
    array([[5., 7.],
           [1., 0.],
           [0., 1.],
           [0., 0.],
           [0., 0.],
           [0., 0.]])
    """
    raise NotImplementedError


# %% [markdown]
# ## The product of two jets
#
# This is (J1), at every node and for every component by itself.


# %%
def times(u, v, alphas):
    """The jet of the product u v, from two jets (A, N, n) to one (A, N, n).

    In one variable, (1 + 2t)(3 + 4t) = 3 + 10t + …:

    >>> u, v = np.array([[[1.0]], [[2.0]]]), np.array([[[3.0]], [[4.0]]])
    >>> times(u, v, [(0,), (1,)])[:, 0, 0]
    array([ 3., 10.])

    In two, (1 + 2t)(3 + 4s) = 3 + 6t + 4s + 8ts, with ts in the last row but one:

    >>> alphas = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
    >>> u, v = np.zeros((2, 6, 1, 1))
    >>> u[:2, 0, 0], v[[0, 2], 0, 0] = [1, 2], [3, 4]
    >>> times(u, v, alphas)[:, 0, 0]
    array([3., 6., 4., 0., 8., 0.])
    """
    raise NotImplementedError


# %% [markdown]
# ## From coefficients to derivatives
#
# At the end one wants Dᵅu itself, which is α! times the coefficient.


# %%
def derivatives(u, alphas):
    """Every derivative of u, from its jet (A, N, n) to an array of the same shape.

    >>> derivatives(np.ones((4, 1, 1)), [(0,), (1,), (2,), (3,)])[:, 0, 0]
    array([1., 1., 2., 6.])
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
# 1. `alphas.index(alpha)` is the row of α, and `sum(alpha)` is |α|.
# 2. A sum over all α + β = γ is a sum over all α with α ≤ γ in each entry, since then
#    β = γ − α is known. Tutorial 03 lists them in `pairs`.
# 3. If a function of several variables is right for d = 1 only, look for a γ with two
#    entries that are not 0: (1, 1) has four pairs (α, β), and (2, 0) has three.
# 4. `math.factorial` and `math.prod` make α!.
