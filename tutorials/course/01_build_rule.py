# %% [markdown]
# # Assignment 1. Build a rule
#
# **Read first.** Tutorial 02, up to "How fast the error falls", and its section "More
# variables".
#
# **The task.** A rule stands for the integral over a box Ω. It is a list of nodes x_i
# and a list of weights w_i, i = 1, …, N, such that
#
#     ∫_Ω f(x) dx ≈ Σ_i w_i f(x_i)                                          (Q1)
#
# Write the three functions below. Each is given the bounds of Ω and a number n, and
# returns the nodes and the weights. The weights of every rule here sum to |Ω|, since
# the integral of 1 is |Ω|.
#
# **Shapes.** d is the number of variables, N the number of nodes.
#
# - `bounds` is an array (d, 2): row q holds the lower and the upper bound of x_q.
# - `n` is a whole number, the number of nodes in each variable; N is n to the power d.
# - `nodes` is an array (N, d), `weights` an array (N,). The order of the nodes is free,
#   but nodes and weights must have the same one.
#
# **Given.** NumPy, and in it `np.polynomial.legendre.leggauss(n)`, which returns the n
# nodes and weights of Gauss's rule on [−1, 1].
#
# **Points.** 10 in all.
#
# | function | what is graded | points |
# | --- | --- | --- |
# | `midpoint` | in one variable | 2 |
# | `trapezoid` | in one variable | 2 |
# | `gauss_legendre` | in one variable | 3 |
# | `gauss_legendre` | in several variables | 3 |
#
# Keep the names of the functions, and import nothing but NumPy and Python's own
# library. When you are done, or before, have it marked:
#
#     python -m sobolev_ref.testing 1 01_build_rule.py

# %%
import numpy as np

# %% [markdown]
# ## The midpoint rule
#
# Cut the interval into n cells of one width. The nodes are the middles of the cells,
# and each weight is the width of a cell.


# %%
def midpoint(bounds, n):
    """The midpoint rule on an interval: bounds (1, 2) to nodes (n, 1), weights (n,).

    >>> nodes, weights = midpoint(np.array([[0.0, 2.0]]), 4)
    >>> nodes[:, 0]
    array([0.25, 0.75, 1.25, 1.75])
    >>> weights
    array([0.5, 0.5, 0.5, 0.5])
    """
    raise NotImplementedError


# %% [markdown]
# ## The trapezoidal rule
#
# Its n nodes, n ≥ 2, have one distance h, and both ends of the interval are nodes. A
# node inside has the weight h, and each end has h/2. (A mean over the same nodes gives
# the ends too much, as tutorial 02 measures.)


# %%
def trapezoid(bounds, n):
    """The trapezoidal rule on an interval: bounds (1, 2) to nodes (n, 1), weights (n,).

    >>> nodes, weights = trapezoid(np.array([[0.0, 2.0]]), 3)
    >>> nodes[:, 0]
    array([0., 1., 2.])
    >>> weights
    array([0.5, 1. , 0.5])
    """
    raise NotImplementedError


# %% [markdown]
# ## Gauss's rule, in any number of variables
#
# On [−1, 1] NumPy has it. A straight map t ↦ x takes [−1, 1] to [a, b], and then
# dx = (b − a)/2 dt. In d variables every combination of one node in each variable is a
# node of the box, and its weight is the product of their weights.


# %%
def gauss_legendre(bounds, n):
    """Gauss's rule on a box: bounds (d, 2) to nodes (N, d), weights (N,), N = n ** d.

    >>> nodes, weights = gauss_legendre(np.array([[0.0, 2.0]]), 2)
    >>> nodes[:, 0].round(6)
    array([0.42265, 1.57735])
    >>> weights.round(6)
    array([1., 1.])
    >>> nodes, weights = gauss_legendre(np.array([[0.0, 1.0], [0.0, 6.0]]), 3)
    >>> nodes.shape, weights.shape, round(float(weights.sum()), 6)
    ((9, 2), (9,), 6.0)
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
# 1. Half a cell lies to the left of the first middle.
# 2. n nodes with both ends among them bound n − 1 cells, and not n.
# 3. A rule whose weights sum to 2 has not been told of the width of the interval.
# 4. `np.meshgrid(*lists, indexing="ij")` makes all combinations of the entries of some
#    lists, an array for each list. Make a grid of nodes and a grid of weights in the
#    same way, and both have the same order.
