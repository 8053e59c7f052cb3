# %% [markdown]
# # Assignment 7. Solve the tangent problem
#
# **Read first.** Tutorial 12, up to "Levenberg–Marquardt: a leash", and of tutorial 05
# the section "A gradient by hand", which has the derivatives of the neuron.
#
# **The task.** A Sobolev loss with p = 2 is a sum of squares,
#
#     L = ‖r‖²,   r_{(α,i)} = √(λ_α w_i) (Dᵅu_θ − Dᵅf)(x_i)                 (G1)
#     J = ∂r/∂θ,   ∇L = 2Jᵀr                                                (G3)
#
# Gauss and Newton replace r by its tangent and minimise ‖r + Jδ‖² over the step δ.
# Levenberg and Marquardt add μ‖δ‖², so that the step stays short far from a minimum:
#
#     (JᵀJ + μI) δ = −Jᵀr                                                   (1)
#
# Do it for one neuron, u(x) = a tanh(b x), with θ = (a, b) and k = 1. Write the five
# functions below.
#
# **Shapes.** N is the number of nodes.
#
# - `theta` is an array (2,), which holds a and b.
# - `x` and `w` are arrays (N,): the nodes and the weights of the rule.
# - `weights` is an array (2,): λ_0 for the values and λ_1 for the slopes.
# - `target` is an array (2, N): row 0 has f(x_i), row 1 has f′(x_i).
# - `r` is an array (R,) and `J` an array (R, P). For the neuron R = 2N and P = 2: first
#   N rows for the values, in the order of the nodes, then N rows for the slopes.
#
# **Given.** NumPy, with `np.linalg`. With t = tanh(b x) and s = 1 − t², tutorial 05 has
#
#     u = a t        ∂u/∂a = t            ∂u/∂b = a x s
#     u′ = a b s     ∂u′/∂a = b s         ∂u′/∂b = a s − 2 a b x t s
#
# **Points.** 10 in all.
#
# | function | what is graded | points |
# | --- | --- | --- |
# | `residuals` | of the neuron | 2 |
# | `jacobian` | of the neuron | 2 |
# | `gauss_newton_step` | for any r and J | 2 |
# | `damped_step` | for any r, J and μ | 2 |
# | `levenberg_marquardt` | every loss on the way | 2 |
#
# Keep the names of the functions, and import nothing but NumPy and Python's own
# library. When you are done, or before, have it marked:
#
#     python -m sobolev_ref.testing 7 07_solve_tangent.py

# %%
import numpy as np

# %% [markdown]
# ## The residuals
#
# Their squares must sum to the loss, so that each weight enters by its root.


# %%
def residuals(theta, x, w, weights, target):
    """r of the neuron (G1), an array (2N,): values first, then slopes.

    At x = 0 the neuron with a = 3, b = 2 has the value 0 and the slope 6.

    >>> x, w, weights = np.array([0.0]), np.array([4.0]), np.array([1.0, 9.0])
    >>> residuals(np.array([3.0, 2.0]), x, w, weights, np.array([[1.0], [5.0]]))
    array([-2.,  6.])
    """
    raise NotImplementedError


# %% [markdown]
# ## The Jacobian
#
# Column j holds the derivative of every residual with respect to θ_j.


# %%
def jacobian(theta, x, w, weights):
    """J of the neuron (G3), an array (2N, 2), its rows in the order of `residuals`.

    >>> x, w, weights = np.array([0.0]), np.array([4.0]), np.array([1.0, 9.0])
    >>> jacobian(np.array([3.0, 2.0]), x, w, weights)
    array([[ 0.,  0.],
           [12., 18.]])
    """
    raise NotImplementedError


# %% [markdown]
# ## The step of Gauss and Newton
#
# The δ that minimises ‖r + Jδ‖². `np.linalg.lstsq` minimises ‖Ax − c‖² over x.


# %%
def gauss_newton_step(r, J):
    """The step δ (P,) that minimises ‖r + Jδ‖².

    >>> J = np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> gauss_newton_step(np.array([2.0, 3.0, 5.0]), J).round(6)
    array([-1., -4.])
    """
    raise NotImplementedError


# %% [markdown]
# ## The step on a leash
#
# Either solve (1), or put rows √μ I below J and zeros below r, as tutorial 12 does. The
# second keeps more digits.


# %%
def damped_step(r, J, mu):
    """The step δ (P,) that minimises ‖r + Jδ‖² + μ‖δ‖², by (1).

    >>> damped_step(np.array([2.0, 3.0]), np.eye(2), 1.0).round(6)
    array([-1. , -1.5])
    """
    raise NotImplementedError


# %% [markdown]
# ## Levenberg–Marquardt
#
# A trial computes the damped step at θ with the present μ. If the loss at θ + δ is
# smaller than the loss at θ, θ moves there and μ is halved. If not, θ stays and μ is
# doubled. Return the loss at θ at the start, and after every trial.


# %%
def levenberg_marquardt(theta, x, w, weights, target, trials, mu):
    """The losses (trials + 1,) on the way of the neuron, from θ and μ on.

    >>> x, w, weights = np.linspace(-1, 1, 5), np.full(5, 0.4), np.ones(2)
    >>> target = np.stack([2 * np.tanh(x), 2 / np.cosh(x) ** 2])
    >>> start = np.array([1.0, 0.5])
    >>> losses = levenberg_marquardt(start, x, w, weights, target, 20, 0.01)
    >>> losses.shape, bool(losses[-1] < 1e-12)
    ((21,), True)
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
# 1. If your r squared sums to something else than the loss, look at the roots.
# 2. `np.outer(weights, w)` has the shape (2, N), and `ravel` makes (2N,) of it.
# 3. The target does not depend on θ, so it is not in J.
# 4. δ has a sign: at δ the tangent r + Jδ is small, and it is r itself at δ = 0.
# 5. In the loop, compute the loss at θ + δ once, and compare it with the last loss that
#    you kept.
