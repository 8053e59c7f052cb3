# %% [markdown]
# # Assignment 6. Certify a step
#
# **Read first.** Tutorial 07, up to "The step 2/L is sharp", and tutorial 08, up to
# "Each mode by itself".
#
# **The task.** Gradient descent makes the steps
#
#     θ_{k+1} = θ_k − η ∇L(θ_k)                                             (D7)
#
# If ∇L is Lipschitz with the constant L, then Theorem 4 says of each step
#
#     L(θ_{k+1}) ≤ L(θ_k) − η(1 − Lη/2)‖∇L(θ_k)‖²                           (T4)
#
# So the loss falls for 0 < η < 2/L, and η = 1/L promises the largest gain. For a model
# that is linear in θ, the loss is the square of a norm and L is known exactly:
#
#     L(θ) = ‖Φθ − y‖²                                                      (T5)
#
# The Hessian is 2ΦᵀΦ at every θ, and L is its largest eigenvalue. Write the four
# functions below. (L(θ) is the loss, L alone the constant.)
#
# **Shapes.** P is the number of parameters, R the number of rows of Φ.
#
# - `theta` is an array (P,), `Phi` an array (R, P), and `y` an array (R,).
# - `gradient` is a function: `gradient(theta)` returns ∇L(θ), an array (P,).
# - `steps` is a whole number, `learning_rate` is η.
#
# **Given.** NumPy, with `np.linalg`.
#
# **Points.** 10 in all.
#
# | function | what is graded | points |
# | --- | --- | --- |
# | `descend` | the path of θ | 3 |
# | `lipschitz` | the constant, exactly | 2 |
# | `promised_gain` | what (T4) promises | 2 |
# | `certified_descent` | no loss rises | 1 |
# | `certified_descent` | θ at the end, and every loss | 2 |
#
# Keep the names of the functions, and import nothing but NumPy and Python's own
# library. When you are done, or before, have it marked:
#
#     python -m sobolev_ref.testing 6 06_certify_step.py

# %%
import numpy as np

# %% [markdown]
# ## Gradient descent
#
# Return the whole path, the start included.


# %%
def descend(gradient, theta, steps, learning_rate):
    """The path θ_0, θ_1, … of descent (D7), an array (steps + 1, P).

    >>> descend(lambda theta: 2 * theta, np.array([1.0, -4.0]), 2, 0.25)
    array([[ 1.  , -4.  ],
           [ 0.5 , -2.  ],
           [ 0.25, -1.  ]])
    """
    raise NotImplementedError


# %% [markdown]
# ## The constant
#
# The Hessian is symmetric, and none of its eigenvalues is negative.


# %%
def lipschitz(Phi):
    """The Lipschitz constant of the gradient of ‖Φθ − y‖², a number.

    >>> round(float(lipschitz(np.array([[1.0, 0.0], [0.0, 3.0]]))), 6)
    18.0
    """
    raise NotImplementedError


# %% [markdown]
# ## What a step promises
#
# By (T4) the loss falls at least by this number, which is negative where η is too long.


# %%
def promised_gain(learning_rate, L, g):
    """The gain that (T4) promises for a step with the gradient g (P,), a number.

    >>> float(promised_gain(0.25, 4.0, np.array([3.0, 4.0])))
    3.125
    """
    raise NotImplementedError


# %% [markdown]
# ## Descent with the certified step
#
# Now the three together: find L, take η = 1/L, and descend on ‖Φθ − y‖². Return where θ
# is after the last step, and the loss at every θ on the way, the start included.


# %%
def certified_descent(Phi, y, theta, steps):
    """θ after the last step (P,), and the losses on the way (steps + 1,), with η = 1/L.

    >>> Phi, y = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([1.0, 2.0])
    >>> theta, losses = certified_descent(Phi, y, np.zeros(2), 2)
    >>> theta.round(6), losses.round(6)
    (array([0.4375, 1.    ]), array([5.      , 0.5625  , 0.316406]))
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
# 1. A path that is one row too short has lost its start or its end.
# 2. `theta -= …` changes the array that you were given, and every row of the path that
#    is the same array. Write `theta = theta - …`.
# 3. The gradient of ‖Φθ − y‖² has a factor 2, and so has the Hessian.
# 4. `np.linalg.eigvalsh` returns the eigenvalues of a symmetric matrix in ascending
#    order. `np.linalg.norm(Phi, 2)` is the root of the largest one of ΦᵀΦ.
# 5. (T4) has ‖∇L‖ squared.
