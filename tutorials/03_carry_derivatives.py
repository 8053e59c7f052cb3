# %% [markdown]
# # 3. Carry derivatives through a network
#
# **Question.** How can one pass through a network return u, u′, u″, … with no formula for each?
#
# **The paper.** Its loss L(θ) = Σ_{|α|≤k} ∫_Ω |Dᵅu_θ − Dᵅu|ᵖ dx (Definition 3, each α taken once)
# needs every Dᵅu_θ with |α| ≤ k of the network u_θ with weights and biases θ. In one variable these
# are u_θ, u_θ′, …, u_θ⁽ᵏ⁾. How to get them, the paper leaves to a framework. Here it is done by
# hand.
#
# **You will see.** The relative error of Dᵅu_θ against closed forms, up to order 6 in one variable
# and order 3 in two; then the difference from `MLP.derivatives`. All should be rounding, about
# 1e-15.
#
# **You will do.** Write the product, the chain rule and tanh on jets, then a network's forward
# pass from them.
#
# **You will need.** The [chain rule and the product rule](00_fit_slopes.py), which tutorial 0
# uses. Taylor's series: near x, a smooth function is a polynomial in the distance t, with the
# coefficients u⁽ⁿ⁾(x)/n!. Matrix products in NumPy. Symbols stand in the
# [glossary](../docs/glossary.md). 45 minutes.

# %%
from math import factorial, prod

import numpy as np
from numpy.polynomial import Polynomial

import sobolev_ref as sr
from sobolev_ref import plain
from sobolev_ref.plots import LEARNED, TRUE, figure, save_figure

rng = np.random.default_rng(1)


def relative_error(computed, exact):
    """The largest deviation, divided by the largest exact value."""
    return float(np.abs(computed - exact).max() / np.abs(exact).max())


# %% [markdown]
# ## Two numbers in place of one
#
# Take one hidden layer of tanh neurons with the inner weights c_j, the biases b_j and the outer
# weights v_j:
#
#     u(x) = v_0 + Σ_j v_j tanh(c_j x + b_j)
#
# In arrays, W1 of shape (width, 1) holds the c_j and b1 the b_j, W2 of shape (1, width) holds the
# v_j and b2 the v_0. Each of the N nodes x is one row of an array.
#
# For k = 1 send two numbers through each layer, a value and its derivative in x. They start as x
# and 1, since x has the derivative 1.
#
# ![Two lanes, of value and derivative, from x to u](../figures/diagram_forward.png)
#
# An affine layer multiplies both by W, and adds b to the value alone, because b is a constant:
#
#     z_0 = W a_0 + b        z_1 = W a_1                                                   (J2)
#
# The activation multiplies the derivative by its slope s = tanh′(z), which is 1 − tanh²(z):
#
#     a_0 = tanh(z_0)        a_1 = s_0 z_1                                                 (J3)
#
# In words: (J2) says that differentiation passes through a matrix, and (J3) is the chain rule.

# %%
N, width = 201, 6
grid = np.linspace(-2, 2, N)                               # (N,)
x = grid[:, None]                                          # (N, 1)
W1, b1 = rng.normal(0, 2, (width, 1)), rng.normal(0, 2, width)
W2, b2 = rng.normal(0, 1, (1, width)), rng.normal(0, 1, 1)
z_0 = x @ W1.T + b1                                        # (J2), (N, width)
z_1 = np.ones((N, 1)) @ W1.T                               # (J2), (N, width)
a_0 = np.tanh(z_0)                                         # (N, width)
s_0 = 1 - a_0**2                                           # (N, width)
a_1 = s_0 * z_1                                            # (J3), (N, width)
u_0 = a_0 @ W2.T + b2                                      # (J2), (N, 1)
u_1 = a_1 @ W2.T                                           # (J2), (N, 1)

c, v = W1[:, 0], W2[0]                                     # c_j, v_j, (width,) each
closed = (v * c / np.cosh(x * c + b1) ** 2).sum(axis=1)    # (N,)
first_order_error = relative_error(u_1[:, 0], closed)
print(f"u′ from one pass against Σ v_j c_j / cosh²: {first_order_error:.1e}")
np.testing.assert_array_less(first_order_error, 1e-14)

# %% [markdown]
# Nothing was approximated: the difference is rounding.
#
# ## Taylor coefficients multiply without binomials
#
# For order k carry k + 1 numbers, the coefficients u_n = u⁽ⁿ⁾(x)/n! of Taylor's series around x:
#
#     u(x + t) = u_0 + u_1 t + u_2 t² + … + u_k tᵏ + (higher powers of t)
#
# The list (u_0, …, u_k) is the [jet](../docs/glossary.md) of u at x. The jet of a sum is the sum of
# the jets. The jet of a product of u and a function v, whose v_j are not the outer weights, is the
# product of two polynomials in t, with the powers above k dropped:
#
#     (u v)_n = Σ_{i+j=n} u_i v_j                                                          (J1)
#
# In words: to make tⁿ, take tⁱ from one factor and tʲ from the other, in every way that has
# i + j = n. (With derivatives in place of coefficients, Leibniz' rule would put a binomial into
# each term.) A test: the jet of eˣ is eˣ/n!, the jet of e²ˣ is 2ⁿ e²ˣ/n!, and eˣ eˣ = e²ˣ.


# %%
def times(u, v, n):
    """Coefficient n of the jet of u v; the degree is the first axis."""
    return sum(u[i] * v[n - i] for i in range(n + 1))      # (J1), (N, …)


k = 6
degrees = np.arange(k + 1)[:, None]                        # (A, 1), A = k + 1
n_factorial = np.array([[factorial(n)] for n in range(k + 1)])       # (A, 1)
exp_x = np.exp(grid) / n_factorial                         # (A, N)
exp_2x = 2.0**degrees * np.exp(2 * grid) / n_factorial     # (A, N)
square = [times(exp_x, exp_x, n) for n in range(k + 1)]    # (A, N)
product_error = relative_error(square, exp_2x)
print(f"jet of eˣ eˣ against the jet of e²ˣ, up to degree {k}: {product_error:.1e}")
np.testing.assert_array_less(product_error, 1e-14)

# %% [markdown]
# ## One neuron at order 2
#
# Let a = tanh(z) with z a jet, and s = tanh′(z). Read both as functions of t; then the chain rule
# is a′ = s z′. A derivative in t turns a_n tⁿ into n a_n tⁿ⁻¹. So the coefficient of tⁿ⁻¹ on the
# left is n a_n, and on the right stands the product (J1) of the jets of z′ and s:
#
#     n a_n = Σ_{j=1}^{n} j z_j s_{n−j}                                                    (J3)
#
# In words: coefficient n of a comes from z up to degree n, and from s up to degree n − 1 only. For
# n = 1 this is a_1 = z_1 s_0, as above. For n = 2 it is a_2 = (z_1 s_1 + 2 z_2 s_0)/2, which asks
# for s_1. That is what s = 1 − a² gives by (J1): s_1 = −(a_0 a_1 + a_1 a_0). So a_0, s_0, a_1, s_1,
# a_2, … follow one from the other, and nobody has to look up tanh″. At the end, u⁽ⁿ⁾ = n! u_n.
#
# (J3) is the same for every function. What changes is the equation that gives s from a. For the
# sigmoid a = 1/(1 + e⁻ᶻ) it is s = a − a², hence s_n = a_n − (a a)_n. For a = eᶻ it is s = a. For
# a = sin z it is s = cos z, a second jet, which has the slope −sin z and so its own (J3).

# %%
z_0, z_1, z_2 = 1.5 * grid - 0.4, 1.5, 0.0                 # z = 1.5 x − 0.4 (J2)
a_0 = np.tanh(z_0)                                         # (N,)
s_0 = 1 - a_0**2                                           # (N,)
a_1 = z_1 * s_0                                            # (J3), (N,)
s_1 = -(a_0 * a_1 + a_1 * a_0)                             # −(a a)_1 (J1), (N,)
a_2 = (z_1 * s_1 + 2 * z_2 * s_0) / 2                      # (J3), (N,)
closed = -2 * 1.5**2 * np.tanh(z_0) / np.cosh(z_0) ** 2    # (N,)
neuron_error = relative_error(2 * a_2, closed)
print(f"a″ = 2! a_2 against −2 c² tanh(z)/cosh²(z): {neuron_error:.1e}")
np.testing.assert_array_less(neuron_error, 1e-14)

# %% [markdown]
# ## Any order in one variable
#
# The jets of all nodes and neurons make one array (A, N, width), degree first. An activation runs
# through the degrees from low to high. An affine layer takes all degrees in one matrix product.


# %%
def tanh(z):
    """The jets of a = tanh(z) and s = tanh′(z), (A, N, width) each."""
    a, s = np.zeros_like(z), np.zeros_like(z)              # (A, N, width)
    a[0] = np.tanh(z[0])
    s[0] = 1 - a[0] ** 2
    for n in range(1, len(z)):
        terms = [j * z[j] * s[n - j] for j in range(1, n + 1)]
        a[n] = sum(terms) / n                              # (J3), (N, width)
        s[n] = -times(a, a, n)                             # s = 1 − a² (J1), (N, width)
    return a, s


def affine(W, b, a):
    """The jet of W a + b: from (A, N, n_in) to (A, N, n_out)."""
    z = a @ W.T                                            # z_n = W a_n (J2)
    z[0] += b                                              # plus b where n = 0
    return z


x_jet = np.zeros((k + 1, N, 1))                            # x + t: (x, 1, 0, …, 0)
x_jet[0], x_jet[1] = x, 1
a, s = tanh(affine(W1, b1, x_jet))                         # (A, N, width) each
u = affine(W2, b2, a)                                      # (A, N, 1)
own = n_factorial * u[:, :, 0]                             # u⁽ⁿ⁾ = n! u_n, (A, N)

# %% [markdown]
# To compare with: u⁽ⁿ⁾(x) = Σ_j v_j c_jⁿ tanh⁽ⁿ⁾(c_j x + b_j), plus v_0 for n = 0. Here tanh⁽ⁿ⁾ is
# a polynomial P_n in the value a = tanh(z). It begins with P_0(a) = a, and the derivative of P(a)
# in z is P′(a)(1 − a²). From u to u⁽⁶⁾ the values grow by a factor of thousands; the relative
# errors stay near 1e-15.

# %%
P = [Polynomial([0, 1])]                                   # P_0 = a
for n in range(k):
    P.append(Polynomial([1, 0, -1]) * P[n].deriv())        # P_{n+1} = (1 − a²) P_n′
a_0 = np.tanh(x * c + b1)                                  # (N, width)
closed = np.array([(v * c**n * P[n](a_0)).sum(axis=1) for n in range(k + 1)])
closed[0] += b2                                            # closed is (A, N)
errors = [relative_error(own[n], closed[n]) for n in range(k + 1)]
for n, error in enumerate(errors):
    largest = np.abs(closed[n]).max()
    print(f"order {n}: max |u⁽ⁿ⁾| = {largest:8.2f}, relative error {error:.1e}")
largest_error = max(errors)
growth = np.abs(closed[k]).max() / np.abs(closed[0]).max()
np.testing.assert_array_less([largest_error, 1e3], [1e-13, growth])

fig, axes = figure(columns=2, rows=2, width=4.4, height=2.9)
for n, (ax, name) in enumerate(zip(axes, ["u", "u′", "u″", "u‴"])):
    ax.plot(grid, closed[n], label="closed form", **TRUE)
    ax.plot(grid, own[n], label="jets", **LEARNED)
    off = np.abs(own[n] - closed[n]).max()
    ax.set(xlabel="x", ylabel=f"{name}(x)", title=f"{name}: apart by {off:.0e}")
axes[0].legend(frameon=False)
save_figure(fig, "output/tutorial_03_derivatives.png")

# %% [markdown]
# ## Any number of variables
#
# In d variables the degree n becomes a [multi-index](../docs/glossary.md) α = (α_1, …, α_d) of
# whole numbers, with |α| = α_1 + … + α_d, α! = α_1! ⋯ α_d! and Dᵅ = ∂_1^{α_1} ⋯ ∂_d^{α_d}. For
# example, α = (2, 1) means twice in the first variable and once in the second: |α| = 3, α! = 2.
# With |α| ≤ k there are A = (d + k)!/(d! k!) of them. The jet of u is u_α = Dᵅu/α!. It multiplies
# the power t^α = t_1^{α_1} ⋯ t_d^{α_d} in Taylor's series. In code it is a dict from α to an array.
# Products read as before, with a pair of multi-indices in place of a pair of numbers:
#
#     (u v)_γ = Σ_{α+β=γ} u_α v_β                                                          (J1)
#
# The chain rule holds in each variable: ∂_q a = s ∂_q z for q = 1, …, d. A derivative in t_q turns
# a_γ t^γ into γ_q a_γ t^γ/t_q. So the coefficient of t^γ/t_q is γ_q a_γ on the left; on the right
# it is that of a product again, with α_q z_α from ∂_q z and s_β from s, where α + β = γ:
#
#     γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β        for any q with γ_q > 0                 (J3)
#
# In words: differentiate in one variable q that γ contains, and read off one coefficient. Any such
# q gives the same a_γ, since it is the coefficient of one and the same function. For γ = (1, 1) and
# q = 1, the pairs with α_1 > 0 are (1, 0) + (0, 1) and (1, 1) + (0, 0), hence
# a_11 = z_10 s_01 + z_11 s_00.
#
# Now we write the functions for good: the same names as above, and any d.


# %%
def pairs(gamma):
    """Every (α, β) with α + β = γ; α counts through 0 ≤ α ≤ γ."""
    alphas = np.ndindex(*(n + 1 for n in gamma))
    return [(alpha, tuple(np.subtract(gamma, alpha).tolist())) for alpha in alphas]


def times(u, v, gamma):
    """(u v)_γ."""
    return sum(u[alpha] * v[beta] for alpha, beta in pairs(gamma))   # (J1), (N, width)


def chain(z, s, gamma):
    """a_γ for a = σ(z), by the first q with γ_q > 0."""
    q = np.flatnonzero(gamma)[0]
    terms = [alpha[q] * z[alpha] * s[beta] for alpha, beta in pairs(gamma) if alpha[q]]
    return sum(terms) / gamma[q]                           # (J3), (N, width)


def tanh(z):
    """The jets of a = tanh(z) and s = tanh′(z), degree by degree."""
    zero, *others = z                                      # (0, …, 0), then by degree
    a = {zero: np.tanh(z[zero])}                           # (N, width)
    s = {zero: 1 - np.tanh(z[zero]) ** 2}                  # (N, width)
    for gamma in others:
        a[gamma] = chain(z, s, gamma)                      # (J3), (N, width)
        s[gamma] = -times(a, a, gamma)                     # s = 1 − a² (J1), (N, width)
    return a, s


# %% [markdown]
# The jet of x itself is x where α = 0, the unit vector e_q where α = e_q, and 0 elsewhere: the
# derivative of x_q in x_q is 1. `forward` sends it through any number of layers. It also keeps a
# *tape*, what each layer received and the slopes s, because tutorial 4 will ask for them. A tape
# belongs to the θ of its pass: after a step of training, a new pass makes a new one.


# %%
def variables(x, order):
    """The jet of x, from nodes (N, d) to an array (N, d) for each α."""
    alphas = sr.multi_indices(x.shape[1], order)           # (0, 0), (1, 0), (0, 1), …
    jet = {alpha: np.zeros_like(x) for alpha in alphas}
    for alpha in alphas:
        if sum(alpha) == 0:
            jet[alpha] = x
        if sum(alpha) == 1:
            jet[alpha] += alpha                            # e_q in every row
    return jet


def forward(theta, widths, x, order):
    """The jet of u_θ, and for each layer its W, what it received, and the slopes s."""
    z, tape = variables(x, order), []
    zero = (0,) * x.shape[1]
    for W, b in sr.MLP(widths).unpack(theta):
        a, s = tanh(z) if tape else (z, None)              # the first layer takes x
        z = {alpha: a[alpha] @ W.T for alpha in a}         # (J2), (N, width) each
        z[zero] = z[zero] + b
        tape.append((W, a, s))
    return z, tape


d, k, N = 2, 3, 50
x = rng.uniform(-1, 1, (N, d))                             # (N, d)
net = sr.MLP((d, width, 1))
theta = rng.normal(size=net.n_parameters)                  # all W and b, in one row
u, tape = forward(theta, net.widths, x, k)                 # u: (N, 1) for each α
(W1, b1), (W2, b2) = net.unpack(theta)                     # W1 is (width, d)
a_0 = np.tanh(x @ W1.T + b1)                               # (N, width)
two_variable_error = 0.0
for alpha in u:                                            # the closed form of Dᵅu
    powers = (W1**alpha).prod(axis=1)                      # of the weights, (width,)
    closed = (W2[0] * powers * P[sum(alpha)](a_0)).sum(axis=1)       # (N,)
    closed += b2 * (sum(alpha) == 0)
    own = prod(map(factorial, alpha)) * u[alpha][:, 0]     # Dᵅu = α! u_α, (N,)
    two_variable_error = max(two_variable_error, relative_error(own, closed))
print(f"the {len(u)} derivatives Dᵅu of order ≤ {k}: {two_variable_error:.1e}")
np.testing.assert_array_less(two_variable_error, 1e-13)

# %% [markdown]
# ## The package does the same
#
# `MLP.derivatives` returns a dict from α to Dᵅu_θ, (N, m) for m outputs, with α! multiplied in.
# Here it meets the lines above on two hidden layers, for which the closed form would fill a page.
# And [sobolev_ref/plain.py](../sobolev_ref/plain.py) keeps `pairs`, `times`, `chain`, `tanh`,
# `variables` and `forward` under these names: the next tutorial imports them from there.

# %%
net = sr.MLP((d, 5, 4, 1))
theta = rng.normal(size=net.n_parameters)                  # all W and b again
u, tape = forward(theta, net.widths, x, k)                 # (N, 1) for each α
kept, _ = plain.forward(theta, net.widths, x, k)           # (N, 1) for each α
package = net.derivatives(theta, x, order=k)               # (N, 1) for each α
package_error = plain_error = 0.0
for alpha in u:
    own = prod(map(factorial, alpha)) * u[alpha]           # (N, 1)
    package_error = max(package_error, relative_error(own, package[alpha]))
    plain_error = max(plain_error, relative_error(u[alpha], kept[alpha]))
print(f"two hidden layers: against MLP.derivatives {package_error:.1e}")
print(f"                   against plain.forward   {plain_error:.1e}")
np.testing.assert_array_less([package_error, plain_error], 1e-13)

# %% [markdown]
# ## A target is run on jets as well
#
# The loss needs Dᵅu of its target u too, and u is a plain NumPy function. `sr.Jet.variables`
# returns x and y as objects that hold jets. Where NumPy finds such an object in np.exp or in a
# product, it calls the object's method `__array_ufunc__` in place of its own loop. This method
# looks the operation up in a table of rules: (J1) for a product, (J3) with s = a for np.exp and
# with s = cos z for np.sin. So the function runs once, as it is written, and returns the jet of its
# value. Compare with the closed form Dᵅu = Im((−1 + 2i)^{α_1} i^{α_2} e^{(−1 + 2i)x + iy}) of
# u = e^{−x} sin(2x + y), and with the target that `SobolevLoss(net, f, rule)` computes at its
# nodes.


# %%
def f(x, y):
    return np.exp(-x) * np.sin(2 * x + y)


jets = sr.Jet.variables(x, order=k)                        # of x and of y
of_f = f(*jets).derivatives                                # {α: Dᵅu, (N,)}
loss = sr.SobolevLoss(sr.MLP((d, 5, 1)), f, sr.samples(x), order=k)
wave = np.exp((-1 + 2j) * x[:, 0] + 1j * x[:, 1])          # complex, (N,)
target_error = loss_error = 0.0
for alpha, in_loss in zip(of_f, loss.target_values[..., 0]):
    closed = ((-1 + 2j) ** alpha[0] * 1j ** alpha[1] * wave).imag    # (N,)
    target_error = max(target_error, relative_error(of_f[alpha], closed))
    loss_error = max(loss_error, relative_error(in_loss, closed))
print(f"a NumPy function on jets {target_error:.1e}, in the loss {loss_error:.1e}")
np.testing.assert_array_less([target_error, loss_error], 1e-13)
refusal = ""
try:
    np.remainder(jets[0], 1.0)
except TypeError as refused:
    refusal = str(refused)
print(refusal.split(";")[0])
np.testing.assert_equal("np.floor" in refusal, True)

# %% [markdown]
# The table has arithmetic, powers, the elementary functions and many more; `help(sr.Jet)` lists
# them all. Any other function, such as np.remainder or math.sin, is refused by an error that says
# what to write instead. Derivatives that you have may be given as data, `{(0, 0): u, (1, 0): u_x}`.
#
# ## What you can do now
#
# 1. What two numbers enter the first layer for k = 1, and why these?
# 2. Why does the jet hold u⁽ⁿ⁾/n! and not u⁽ⁿ⁾?
# 3. Which coefficients of s must be known before a_n?
# 4. How many entries has the jet of a function of two variables for k = 2? Which are they?
# 5. For γ = (2, 1), which q may (J3) take, and what does it divide by?
#
# <details><summary>Answers</summary>
#
# 1. The value x and its derivative 1.
# 2. Coefficients multiply like polynomials, without binomials.
# 3. Those up to s_{n−1}; and they follow from a_0, …, a_{n−1} by s = 1 − a².
# 4. Six: (0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2).
# 5. The first, and it divides by 2; or the second, and it divides by 1.
#
# </details>
#
# ## Exercises
#
# 1. Write the jet of sin in place of that of tanh: use (J3) twice, as sin′ = cos and cos′ = −sin.
#    Compare with `sr.MLP((1, 5, 1), "sin")`.
# 2. In `chain` take the last q with γ_q > 0 in place of the first. Show that no a_γ changes beyond
#    rounding. Prove on paper that the two are equal for γ = (1, 1).
# 3. For tanh(x) at x = 2.5 and order 20, the jet and P_20 differ in the sixth digit. Which one is
#    right? Evaluate P_20 in exact arithmetic with `fractions.Fraction`, and explain. (Begin with
#    tanh(2.5) = (e⁵ − 1)/(e⁵ + 1), and e⁵ as its series.)
#
# Worked answers: [answers/03_carry_derivatives.py](answers/03_carry_derivatives.py).
#
# **What was simplified.** The package lists the pairs (α, β) once, not at every call. Where tanh is
# flat, 1 − a² cancels, and `plain.py` computes s_0 as 1/cosh². No loss was made small, and there
# was no gradient in θ. A framework can also differentiate a program k times over: each time
# multiplies the work by two or more, so by 2ᵏ at least, where a product of jets takes
# (k + 1)(k + 2)/2 products.
#
# **Further reading.** A. Griewank and A. Walther, *Evaluating Derivatives*, 2008, chapter 13:
# arithmetic on Taylor coefficients. R. D. Neidinger, *Introduction to Automatic Differentiation and
# MATLAB Object-Oriented Programming*, SIAM Review, 2010: the same in a few pages.
#
# **Next:** 04_transpose_passes runs the same lines backwards, which gives ∇_θ L.
