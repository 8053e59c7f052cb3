# %% [markdown]
# # 11. Add dimensions
#
# **Question.** What changes when x has two, ten or a hundred entries: which derivatives are there,
# what do they cost, and where do the nodes come from?
#
# **The paper.** Definition 2, ‖u‖ᵖ = Σ_{|α|≤k} ∫_Ω |Dᵅu|ᵖ dx, is for any dimension; the examples
# have d = 1. Open: how many α there are, whether the sum depends on the axes, how to integrate.
#
# **You will see.** ∂_1∂_2 u − ∂_2∂_1 u; the number of derivatives; a norm under rotation; the
# error of three rules with 4096 nodes for d = 2 to 12, in 20 draws; two ways to the same gradient,
# with their times.
#
# **You will do.** Count derivatives, rotate a norm, integrate in up to twelve variables, and take
# one gradient by two roads.
#
# **You will need.** Tutorials 02 to 05: [quadrature rules](../docs/glossary.md), jets, the
# backward pass, the complex step. 45 minutes.

# %%
from math import comb, erf, pi, sqrt
from time import perf_counter

import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import figure, label_ends, line_style, save_figure

# %% [markdown]
# ## Which derivatives there are
#
# A multi-index α = (α_1, …, α_d) says how often to differentiate in each variable; its order is
# |α| = α_1 + … + α_d. List them by order, and within one order with α_1 falling. To count those
# with |α| ≤ k, write k stars and d bars in a row: α_1 stars, a bar, α_2 stars, …, a bar, and the
# stars that are left. Every arrangement is one α, so there are C(d + k, k). In the same way the
# sums (J1) for all of them have C(2d + k, k) products u_β v_γ, as β and γ together are 2d numbers.
#
# What do first derivatives leave open? All ∂_q u together leave a constant, as in one variable
# (tutorial 1). ∂_1 u alone leaves any function of the other variables.


# %%
def of_order(d, n):
    """All α of d entries with |α| = n."""
    if d == 1:
        return [(n,)]
    return [(i, *rest) for i in range(n, -1, -1) for rest in of_order(d - 1, n - i)]


def multi_indices(d, k):
    """All α of d entries with |α| ≤ k, by order."""
    return [alpha for n in range(k + 1) for alpha in of_order(d, n)]


print("d = 2, k = 2:", *multi_indices(2, 2))
print("            k = 1         2         3         4")
for d in (1, 2, 3, 10, 100):
    print(f"d = {d:3}", *(f"{comb(d + k, k):9,}" for k in (1, 2, 3, 4)))
np.testing.assert_equal(len(multi_indices(10, 4)), comb(14, 4))
np.testing.assert_equal(multi_indices(3, 4), list(sr.multi_indices(3, 4)))

# %% [markdown]
# At d = 1 an order costs one number more. At d = 100 order 2 takes 5,151 of them and order 4 takes
# 4.6 million, at every node: high orders belong to low dimensions.
#
# ## Clairaut: why the order of differentiation is left out
#
# α = (1, 1) stands for ∂_1∂_2 and for ∂_2∂_1. They agree where second derivatives are continuous.
# Test it on a network u = v·tanh(Wx + b): write its gradient by hand, in code that takes complex x,
# and differentiate each entry in the other variable by the complex step.

# %%
rng, N, units, d = np.random.default_rng(0), 40, 6, 2
W = rng.normal(size=(units, d))                            # (n_out, n_in), (6, 2)
b, v = rng.normal(size=units), rng.normal(size=units)      # (6,) each
x = x_2 = rng.uniform(-1, 1, (N, d))                       # (N, d)


def gradient(W, x):
    """∇_x u = Wᵀ (v · tanh′(Wx + b)) at each node, (N, d)."""
    return (v * (1 - np.tanh(x @ W.T + b) ** 2)) @ W


def hessian(W, x):
    """∂_i ∂_j u in [:, i, j], (N, d, d): the complex step along e_i of the gradient."""
    return np.stack(
        [gradient(W, x + 1e-20j * e).imag / 1e-20 for e in np.eye(len(x.T))], axis=1
    )


D2 = hessian(W, x)                                         # (N, 2, 2)
clairaut_error = np.abs(D2[:, 0, 1] - D2[:, 1, 0]).max()
print(f"∂_1∂_2 u up to {D2[:, 0, 1].max():.2f}; from ∂_2∂_1 u {clairaut_error:.0e}")
np.testing.assert_array_less(clairaut_error, 1e-13)

# %% [markdown]
# Continuity is needed. g = xy (x² − y²)/(x² + y²), g(0, 0) = 0, has ∂_x g(0, y) = −y and
# ∂_y g(x, 0) = x. So ∂_y∂_x g(0, 0) = −1, but ∂_x∂_y g(0, 0) = 1. Nested differences show it: the
# inner step must be the smaller one, and which variable is inside decides the sign.


# %%
def mixed(dx, dy):
    """The difference in y, step dy, of the difference of g in x, step dx, at 0."""
    x, y = np.meshgrid([-dx, dx], [-dy, dy])               # (2, 2) each
    g = x * y * (x**2 - y**2) / (x**2 + y**2)              # y by rows, x by columns
    return np.diff(np.diff(g, axis=1) / (2 * dx), axis=0).item() / (2 * dy)


x_inside, y_inside = mixed(1e-7, 1e-2), mixed(1e-2, 1e-7)
print(f"∂_y(∂_x g) at 0: {x_inside:.6f}, ∂_x(∂_y g) at 0: {y_inside:.6f}")
np.testing.assert_allclose([x_inside, y_inside], [-1, 1], atol=1e-6)

# %% [markdown]
# ## Does the norm depend on the axes?
#
# xy has one second derivative, ∂_1∂_2 = 1. In axes turned by 45° the same function is (x² − y²)/2,
# with ∂_1² = 1, ∂_2² = −1. The sum of |Dᵅu|² over |α| = 2 is 1 in the first case, 2 in the second.
# The matrix of second derivatives holds ∂_1∂_2 twice, and the sum over α counts it once. The
# matrix's squared norm, Σ_ij |∂_i∂_j u|², is the same in all axes. It counts each α as often as
# there are orders to differentiate in,
#
#     λ_α = |α|! / α!,   α! = α_1! ⋯ α_d!         (2 for ∂_1∂_2; they add up to dⁿ for |α| = n)

# %%
angles, plain, frobenius = np.linspace(0, pi, 61), [], []
for phi in angles:
    R = np.array([[np.cos(phi), -np.sin(phi)], [np.sin(phi), np.cos(phi)]])    # (2, 2)
    D2 = hessian(W @ R, x @ R)  # of y ↦ u(R y), at y = Rᵀx, (N, 2, 2)
    once = D2[:, 0, 0] ** 2 + D2[:, 0, 1] ** 2 + D2[:, 1, 1] ** 2    # each α once, (N,)
    plain.append(once.mean())
    frobenius.append((D2**2).sum((1, 2)).mean())  # the matrix norm: ∂_1∂_2 twice
plain_spread = np.ptp(plain) / np.mean(plain)
frobenius_spread = np.ptp(frobenius) / frobenius[0]
print(f"Σ|Dᵅu|² {min(plain):.3f} to {max(plain):.3f}; matrix {frobenius[0]:.3f}, "
      f"constant to {frobenius_spread:.0e}")
np.testing.assert_array_less([0.05, frobenius_spread], [plain_spread, 1e-13])

# %% [markdown]
# The package's default is the paper's sum, each α once; `frobenius_weights` gives the other.
#
# ## The curse of dimension
#
# A tensor rule with n nodes a side has nᵈ in all. With 4096 to spend, Gauss has 64 a side at d = 2,
# 4 at d = 6, 2 at d = 12. Sobol points are spread evenly with equal weights in any d, Monte Carlo
# points are random. exp(−4|x − c|²) on [0, 1]ᵈ, c the centre, has the integral (½ √π erf 1)ᵈ. The
# errors of the two that are drawn are medians of 20 draws.

# %%
def bump(*x):
    return np.exp(-4 * sum((x_q - 0.5) ** 2 for x_q in x))


rules, errors = {2: 64, 3: 16, 4: 8, 6: 4, 12: 2}, []      # d: n, with nᵈ = 4096
print(" d   n a side   Gauss   Sobol   Monte Carlo")
for d, n in rules.items():
    exact, box = (sqrt(pi) / 2 * erf(1)) ** d, [(0, 1)] * d
    tensor = [sr.gauss_legendre(box, n).integrate(bump)]   # one value
    sobol, random = ([rule(box, 4096, rng=seed).integrate(bump) for seed in range(20)]
                     for rule in (sr.sobol, sr.monte_carlo))         # 20 values each
    errors.append(
        [np.median(np.abs(np.divide(q, exact) - 1)) for q in (tensor, sobol, random)]
    )
    print(f"{d:2}   {n:8}  ", *(f" {error:.0e} " for error in errors[-1]))
errors = np.array(errors)                                  # by d, by rule, (5, 3)
np.testing.assert_equal(errors[:, 0] < errors[:, 1], np.array(list(rules)) <= 4)  # (5,)

# %% [markdown]
# Gauss goes from rounding to no digit. Monte Carlo hardly notices d: its error falls like 1/√N with
# a factor that here grows slowly with d, and it has two digits or nearly so in each row.
#
# ## The reverse road
#
# For k = 1 a forward pass carries 1 + d numbers a neuron: the value and d derivatives. But u is one
# number, and its gradient can also be had from the other end. With s_l = σ′(z_l) at layer l,
#
#     h_2 = W_3ᵀ,   h_{l−1} = W_lᵀ (s_l · h_l),   ∇_x u = h_0                              (R1)
#
# In words: go back through the layers, each time by the slope and then by the transposed matrix.
# This is backpropagation to x in place of θ: one pass and one sweep, for any d. (For m outputs and
# order k it carries (1 + m) C(d + k − 1, k − 1) numbers in place of C(d + k, k), fewer for d > mk.)
#
# ![d + 1 lanes forward, or one forth and one back](../figures/diagram_reverse_road.png)

# %%
d, n_1, n_2, N = 10, 64, 64, 1024
net, theta = sr.MLP((d, n_1, n_2, 1)), sr.MLP((d, n_1, n_2, 1)).init(0)
(W1, b1), (W2, b2), (W3, b3) = net.unpack(theta)  # (n_1, d), …, (n_2, n_1), …, (1, n_2)
x = np.random.default_rng(1).uniform(-1, 1, (N, d))        # (N, d)
a_1 = np.tanh(x @ W1.T + b1)                               # (N, n_1)
a_2 = np.tanh(a_1 @ W2.T + b2)                             # (N, n_2)
s_1, s_2 = 1 - a_1**2, 1 - a_2**2                          # σ′(z_1), σ′(z_2)
da_1 = s_1 * W1.T[:, None, :]  # forward: ∂_q a_1 (J3), (d, N, n_1)
da_2 = s_2 * (da_1 @ W2.T)  # ∂_q a_2 (J2), (J3), (d, N, n_2)
forward = (da_2 @ W3.T)[:, :, 0].T                         # ∂_q u, (N, d)
h_1 = (s_2 * W3) @ W2                                      # reverse: h_1 (R1), (N, n_1)
reverse = (s_1 * h_1) @ W1                                 # h_0 = ∇_x u (R1), (N, d)
road_error = np.abs(forward - reverse).max() / np.abs(forward).max()
print(f"∇_x u, forward against reverse: {road_error:.0e}")
np.testing.assert_array_less(road_error, 1e-13)

# %% [markdown]
# For ∇_θ L this sweep needs a transpose of its own (exercise 3). The package has it, and takes the
# cheaper of the two roads. Their times here are medians of five calls each, taken in turn.

# %%
ratios, gradient_errors = {}, []
for d in (2, 5, 10, 20):
    rule, deep = sr.sobol([(-1, 1)] * d, 1024, rng=0), sr.MLP((d, n_1, n_2, 1))
    roads = [sr.SobolevLoss(deep, lambda *x: np.sin(sum(x)), rule, road=road)
             for road in ("forward", "reverse")]
    seconds, theta_d = [], deep.init(0)                    # (P,)
    for loss in roads * 5:
        start = perf_counter()
        loss(theta_d)
        seconds.append(perf_counter() - start)
    ratios[d] = np.median(seconds[::2]) / np.median(seconds[1::2])
    (_, g_1), (_, g_2) = (loss(theta_d) for loss in roads) # ∇L, (P,) each
    gradient_errors.append(np.abs(g_1 - g_2).max() / np.abs(g_1).max())
    print(f"d = {d:2}: time forward / reverse {ratios[d]:.1f};", end=" ")
    print(f"∇L agrees to {gradient_errors[-1]:.0e}")
np.testing.assert_array_less(gradient_errors, 1e-13)

# %% [markdown]
# The forward road carries 1 + d numbers, the other 2. For k = 2 it is C(d + 2, 2) against 2(1 + d):
# only the last derivative is taken in reverse.

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.6, height=3.2)
for k in (1, 2, 3, 4):
    many = [comb(d + k, k) for d in range(101)]
    left.loglog(many, label=f"k = {k}", **line_style(k - 1, marker=False))
left.set(xlim=(1, 100), xlabel="dimension d", ylabel="derivatives with |α| ≤ k",
         title="how many there are: like dᵏ")
label_ends(left)
for i, (name, height) in enumerate((("each α once", plain), ("|α|!/α!", frobenius))):
    right.plot(np.degrees(angles), height, label=name, **line_style(i, marker=False))
right.set(xlabel="rotation in degrees", ylim=(0, None),
          ylabel=r"mean of $\Sigma\,\lambda_\alpha |D^\alpha u|^2$",
          title="only |α|!/α! does not feel a rotation")
label_ends(right)
for j, name in enumerate(("Gauss", "Sobol", "Monte Carlo")):
    below.semilogy(list(rules), errors[:, j], label=name, **line_style(j))
below.set(xlabel="dimension d", ylabel="relative error, 4096 nodes",
          title="which rule is best depends on d")
label_ends(below)
rest.remove()
save_figure(fig, "output/tutorial_11_dimensions.png")

# %% [markdown]
# ## The package does the same

# %%
of_order_1 = list(net.derivatives(theta, x, order=1).values())[1:]
by_alpha = np.hstack(of_order_1)                           # ∂_q u, (N, d)
theta_2 = np.concatenate([W.ravel(), b, v, [0]])  # W, b, v and an output bias 0, (P,)
D = sr.MLP((2, units, 1)).derivatives(theta_2, x_2, order=2)   # {α: (40, 1)}
norm = sum(
    lam * (D[alpha] ** 2).mean()
    for alpha, lam in sr.frobenius_weights(2, 2).items()
    if sum(alpha) == 2
)  # Σ λ_α |Dᵅu|², |α| = 2
package_error = max(np.abs(by_alpha - reverse).max(), abs(norm / frobenius[0] - 1))
print(f"∇u and the rotation-invariant norm by the package: {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## What you can do now
#
# 1. How many derivatives of order at most 2 has a function of ten variables?
# 2. When may the order of differentiation be left out?
# 3. Which weight makes the sum of squares over |α| = 2 the same in all axes?
# 4. Why is a tensor rule of no use in twelve dimensions?
# 5. What does the reverse road save for k = 1, and when is it not worth it?
#
# <details><summary>Answers</summary>
#
# 1. C(12, 2) = 66, with the value itself.
# 2. Where the second derivatives are continuous.
# 3. 2 for ∂_1∂_2 and 1 for the squares: |α|!/α!.
# 4. Even two nodes a side are 4096 in all.
# 5. It carries 2 numbers a neuron in place of 1 + d; for d = 1 there is nothing to save.
#
# </details>
#
# ## Exercises
#
# 1. How many α have |α| = n? Show that their |α|!/α! add up to dⁿ, on paper and for d = 4, n = 5.
# 2. The Laplacian ∂_1²u + ∂_2²u is invariant too. Show by quadrature that ∫(∂_1²u + ∂_2²u)² equals
#    ∫ Σ_ij |∂_i∂_j u|² for u = (1 − x²)³(1 − y²)³ on [−1, 1]², but not for u = xy. Why?
# 3. For one hidden layer and k = 1, write the loss with ∇u by (R1), and its gradient in θ by
#    transposing each line. Compare with `SobolevLoss`.
#
# Worked answers: [answers/11_add_dimensions.py](answers/11_add_dimensions.py).
#
# **What was simplified.** One output, smooth integrands, boxes. For any k see `reverse`.
#
# **Further reading.** A. Griewank and A. Walther, *Evaluating Derivatives*, 2008: forward and
# reverse. J. Dick and F. Pillichshammer, *Digital Nets and Sequences*, 2010: points such as
# Sobol's. W. Rudin, *Principles of Mathematical Analysis*, 1976, chapter 9: mixed derivatives.
#
# **Next:** 12_use_curvature, for methods that know more of the loss than its slope.
