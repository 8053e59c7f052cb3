# %% [markdown]
# # Assignment 4. Transpose a pass
#
# **Read first.** Tutorial 04, whole. Assignments 2 and 3, whose notation stays.
#
# **The task.** For an array v of the forward pass write v̄ for ∂L/∂v, which has the
# shape of v. The backward pass is given ū, and goes through the layers from the last
# to the first, each of them transposed:
#
#     z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                                             (J4)
#     W̄ = Σ_α z̄_αᵀ a_α,  b̄ = z̄_0,  ā_α = z̄_α W                            (J5)
#
# W̄ and b̄ are summed over the nodes, as W and b are the same at each of them. By γ ≥ β
# we mean that it holds in every entry. Write the three functions below.
#
# **Shapes.** As in assignment 2: `alphas` is the list of all α with |α| ≤ k in graded
# order, and a jet is an array (A, N, n), a row for each α.
#
# **Given.** The forward pass has been made for you. It left a tape, which is a list
# with an entry (W, a, s) for each affine layer, the first layer first:
#
# - `W` (n_out, n_in) is the matrix of the layer,
# - `a` (A, N, n_in) is the jet that went into the layer,
# - `s` (A, N, n_in) is the jet of σ′(z), where that a is σ(z). Into the first layer
#   went x itself, through no σ: there s is the jet of the constant 1.
#
# **Points.** 10 in all.
#
# | function | what is graded | points |
# | --- | --- | --- |
# | `transposed` | in one variable | 2 |
# | `transposed` | in several variables | 3 |
# | `affine_transposed` | in any number of variables | 2 |
# | `backward` | one hidden layer | 2 |
# | `backward` | any number of layers, of variables and of outputs | 1 |
#
# Keep the names of the functions, and import nothing but NumPy and Python's own
# library. When you are done, or before, have it marked:
#
#     python -m sobolev_ref.testing 4 04_transpose_pass.py

# %%
import numpy as np

# %% [markdown]
# ## The transpose of a product
#
# The differential of a = σ(z) is the product of jets δa = s δz. Its transpose is (J4).
# The two belong together: Σ ā δa = Σ z̄ δz, summed over everything, for all ā and δz.


# %%
def transposed(s, a_bar, alphas):
    """z̄ (A, N, n) from the jets s and ā, (A, N, n) each (J4).

    >>> s, a_bar = np.array([[[2.0]], [[3.0]]]), np.array([[[5.0]], [[7.0]]])
    >>> transposed(s, a_bar, [(0,), (1,)])[:, 0, 0]  # 2·5 + 3·7 and 2·7
    array([31., 14.])
    """
    raise NotImplementedError


# %% [markdown]
# ## The transpose of an affine layer
#
# The layer was z_α = W a_α, plus b where α = 0. Its transpose (J5) has three results.


# %%
def affine_transposed(W, a, z_bar):
    """W̄ (n_out, n_in), b̄ (n_out,) and ā (A, N, n_in), from W, a and z̄ (J5).

    >>> W, a = np.array([[2.0]]), np.array([[[3.0], [4.0]], [[1.0], [1.0]]])
    >>> z_bar = np.array([[[1.0], [10.0]], [[100.0], [1000.0]]])
    >>> W_bar, b_bar, a_bar = affine_transposed(W, a, z_bar)
    >>> W_bar, b_bar
    (array([[1143.]]), array([11.]))
    >>> a_bar[..., 0]
    array([[   2.,   20.],
           [ 200., 2000.]])
    """
    raise NotImplementedError


# %% [markdown]
# ## The backward pass
#
# The gradient is one vector, layer by layer from the first to the last, W̄ row by row
# and then b̄: the order that θ has.


# %%
def backward(tape, u_bar, alphas):
    """∇L (P,) from the tape and ū (A, N, m), where m is the number of outputs.

    For one affine layer u = W x + b and ū = 1 at the node x = 3, it is (x, 1):

    >>> tape = [(np.array([[2.0]]), np.array([[[3.0]]]), np.array([[[1.0]]]))]
    >>> backward(tape, np.array([[[1.0]]]), [(0,)])
    array([3., 1.])
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
# 1. (J1) sends s_α δz_β to the row of α + β. (J4) goes the same way back: it brings
#    s_α ā_γ with γ = α + β to the row of β. So a loop over the same pairs will do.
# 2. Which multi-indices did b meet in the forward pass? b̄ asks for those and no more.
# 3. W met all of them, so that W̄ sums over α as well as over nodes.
# 4. In `backward`, put what a layer gives before what came so far, as you go from the
#    last layer to the first.
# 5. If one hidden layer is right and two are wrong, look at what is handed from one
#    layer to the one before it.
