# %% [markdown]
# # 1. Compare norms: what a Sobolev norm sees that L² does not
#
# **Question.** Two functions are close in mean square. What can still be wrong with them, and what
# changes when derivatives are measured too?
#
# **The paper.** Definition 1: the Sobolev space W^{k,p}(Ω) holds the functions u whose derivatives
# up to order k, u itself among them, are in Lᵖ(Ω): ∫_Ω |Dᵅu|ᵖ dx is finite. Definition 2 makes one
# number of these integrals, and the abstract says that without derivatives losses "often fail to
# capture the smoothness" of a function.
#
#     ‖u‖_{k,p} = ( Σ_{|α|≤k} ∫_Ω |Dᵅu|ᵖ dx )^{1/p}                                        (D2)
#
# In one variable α is a number, |α| = α, and the Dᵅu are u, u′, u″, …. In words: raise each
# derivative up to order k to the power p, integrate, add up, and take the root. Here p = 2, where
# W^{k,2} is called Hᵏ and H⁰ is L². We write ‖u‖_k for the norm in Hᵏ, and ‖u‖ for ‖u‖_0.
#
# **You will see.** The norms of wiggles and spikes that L² hardly sees; bounds on sup |u|, the
# largest |u|; which derivatives |x| has; the weight that a norm gives to each frequency.
#
# **You will do.** Compute norms of wiggles, spikes and |x|, by sums over nodes and over waves.
#
# **You will need.** Derivatives, integrals, integration by parts; arrays in NumPy; what it means
# to fit slopes, from [tutorial 0](00_fit_slopes.py). The last section uses Fourier series: a
# function of a period is a sum of waves. Symbols stand in the [glossary](../docs/glossary.md).
# 60 minutes.
#
# ## The idea in a picture
#
# ![An error of two waves, and their shares in L² and in H¹](../figures/diagram_spectrum.png)
#
# The fast wave is low, so that its square is small. But it is steep, and its derivative is large.
# L² hardly sees it; H¹ sees it before all else.

# %%
import numpy as np
from numpy.polynomial import Polynomial

import sobolev_ref as sr
from sobolev_ref.plots import COLORS, figure, label_ends, line_style, save_figure


def slope(h, values):
    """The exponent q of the best fit values ≈ C hᑫ, a line on logarithmic axes."""
    return float(np.polyfit(np.log(h), np.log(values), 1)[0])


# %% [markdown]
# ## The norm is a sum over nodes
#
# An integral over Ω becomes a sum, ∫ f dx ≈ Σ_i w_i f(x_i) (Q1), with N nodes x_i and weights w_i.
# Tutorial 2 is about that sum; with 400 [Gauss](../docs/glossary.md) nodes its error is rounding.
# For u = sin 3x on Ω = [0, 2π], ∫u² = π and ∫u′² = 9π. `sobolev_norm` takes u alone and finds u′ by
# itself, exactly; tutorial 3 shows how.

# %%
rule = sr.gauss_legendre([(0, 2 * np.pi)], 400)
x, w = rule.nodes[:, 0], rule.weights                      # x_i, w_i (Q1), (N,) each
u, du = np.sin(3 * x), 3 * np.cos(3 * x)                   # u(x_i), u′(x_i), (N,) each
by_hand = np.sqrt(np.sum(w * u**2) + np.sum(w * du**2))    # (D2), which is √(10π)
package = sr.sobolev_norm(lambda x: np.sin(3 * x), rule, order=1)
print(f"‖sin 3x‖_1 = {by_hand:.12f} by hand, {package:.12f} by the package")
np.testing.assert_allclose([by_hand, package], np.sqrt(10 * np.pi), rtol=1e-13)

# %% [markdown]
# ## A wiggle that L² does not see
#
# Suppose a network learned f + e in place of f, with the error e(x) = ε sin(x/ε²): low, and fast.
# Each derivative costs a factor 1/ε². If 1/ε² is whole, ∫sin² = ∫cos² = π over Ω = [0, 2π], so
#
#     ‖e‖ = √π ε        ‖e′‖ = √π / ε        ‖e″‖ = √π / ε³                                 (1)
#
# In the table, each ε is half the one before. Read the columns downwards: ‖e‖ halves, as sup |e|
# does, ‖e‖_1 about doubles, and ‖e‖_2 grows about eightfold.

# %%
epsilons = np.array([1 / 2, 1 / 4, 1 / 8])                 # ε; x/ε² is 4x, 16x, 64x


def wiggle(eps):
    return lambda x: eps * np.sin(x / eps**2)              # e(x) = ε sin(x/ε²)


norms = np.zeros((3, 3))                                   # ‖e‖_k, (3 ε, 3 orders)
for i, eps in enumerate(epsilons):
    for k in (0, 1, 2):
        norms[i, k] = sr.sobolev_norm(wiggle(eps), rule, order=k)    # (D2)
print("    ε     ‖e‖   ‖e‖_1     ‖e‖_2")
for eps, row in zip(epsilons, norms):
    print(f"{eps:.3f}  {row[0]:6.3f}  {row[1]:6.2f}  {row[2]:8.2f}")
seminorms = np.sqrt(np.pi) * epsilons[:, None] ** [1, -1, -3]        # (1), (3, 3)
np.testing.assert_allclose(norms**2, np.cumsum(seminorms**2, axis=1), rtol=1e-12)

# %% [markdown]
# So as ε → 0 the L² loss ‖e‖² tends to 0 while the loss with derivatives, ‖e‖_1², tends to ∞. It
# cannot happen the other way round, because ‖e‖ ≤ ‖e‖_1: small in H¹ implies small in L². If the
# slope is wanted (a force, a rate), f + e is a bad answer, and only ‖e‖_1 says so.
#
# ## A spike that L² does not see
#
# A wiggle is low everywhere. A spike e(x) = exp(−(x/δ)²) has sup |e| = 1 for every δ > 0, and yet
# ‖e‖² ≈ δ√(π/2) tends to 0. H¹ forbids this, since to be high at x and low elsewhere, e must be
# steep in between.
#
# **Proof (may be left out).** On an interval of length ℓ, for any two points x and y,
#
#     e(x)² = e(y)² + ∫_y^x 2 e e′ dt ≤ e(y)² + 2‖e‖‖e′‖
#
# The last step is the inequality of Cauchy and Schwarz, ∫|ab| ≤ ‖a‖‖b‖. The mean over all y in Ω
# leaves the left side as it is, and turns e(y)² into ‖e‖²/ℓ:
#
#     sup e² ≤ ‖e‖²/ℓ + 2‖e‖‖e′‖                                                           (I2)
#
# In words: an error is high at a point only if it is large on average, or both large and steep. As
# 2ab ≤ a² + b², the right side is at most (1/ℓ + 1)‖e‖_1². The best factor, whose proof is longer,
# is
#
#     sup e² ≤ coth(ℓ) ∫ (e² + e′²) dx         with equality for cosh(x) on [0, ℓ]         (I1)

# %%
interval, length = sr.gauss_legendre([(-1, 1)], 400), 2.0  # Ω, ℓ
sup_bounds = []
print("   δ    ‖e‖    ‖e′‖   sup e ≤ by (I2), by (I1)")
for delta in (1 / 4, 1 / 8, 1 / 16, 1 / 32):
    def spike(x):
        return np.exp(-((x / delta) ** 2))

    e_0 = sr.sobolev_seminorm(spike, interval, order=0)    # ‖e‖
    e_1 = sr.sobolev_seminorm(spike, interval, order=1)    # ‖e′‖, that derivative alone
    agmon = np.sqrt(e_0**2 / length + 2 * e_0 * e_1)       # (I2)
    certified = np.sqrt((e_0**2 + e_1**2) / np.tanh(length))         # (I1)
    sup_bounds.append((agmon, certified))
    print(f"1/{1 / delta:<3.0f}  {e_0:.3f}  {e_1:.3f}          {agmon:.3f}    "
          f"{certified:.3f}")
    np.testing.assert_allclose(agmon, sr.agmon_bound(e_0, e_1, length), rtol=1e-14)
np.testing.assert_array_less(1, sup_bounds)

cosh_norm = sr.sobolev_norm(lambda x: np.cosh(x + 1), interval, order=1)
cosh_bound = sr.sup_norm_certificate(cosh_norm**2, length)           # (I1)
print(f"cosh: sup = cosh(2) = {np.cosh(2):.12f}, by (I1) {cosh_bound:.12f}")
np.testing.assert_allclose(cosh_bound, np.cosh(2), rtol=1e-13)

# %% [markdown]
# ‖e‖ falls, ‖e′‖ grows, and their product stays √(π/2): (I2) says about 1.6 for each spike, where
# sup e is 1. From ‖e‖ alone nothing follows. (I1) is coarser for spikes, but it needs no more than
# the loss ‖e‖_1²: when that is small, the error is small at every point. Tutorial 6 uses it.
#
# ## Derivatives alone do not suffice
#
# A constant error has e′ = 0: a loss with ∫e′² alone does not see it. Nothing else escapes. With ē
# the mean of e, Poincaré's inequality says
#
#     ‖e − ē‖ ≤ (ℓ/π) ‖e′‖                       with equality for cos(π(x + 1)/ℓ)          (I3)
#
# In words: apart from its mean, a function is no larger than its derivative times a length.

# %%
cases = {
    "cosine": lambda x: np.cos(np.pi * (x + 1) / 2),
    "5 + x": lambda x: 5 + x,
    "sin 9x": lambda x: np.sin(9 * x),
}
ratios = []
for name, e in cases.items():
    mean = interval.mean().integrate(e)                    # ē = ∫e dx / ℓ
    spread = sr.sobolev_norm(lambda x: e(x) - mean, interval, order=0)         # ‖e − ē‖
    bound = length / np.pi * sr.sobolev_seminorm(e, interval, order=1)         # (I3)
    ratios.append(spread / bound)
    print(f"{name}: ē = {abs(mean):.3f}, ‖e − ē‖ = {spread:.3f}, "
          f"(ℓ/π)‖e′‖ = {bound:.3f}")
np.testing.assert_allclose(ratios[0], 1, rtol=1e-13)
np.testing.assert_array_less(ratios[1:], 1)

# %% [markdown]
# The 5 enters ē alone. The value term of a loss is there for it.
#
# ## Which derivatives does |x| have?
#
# None at x = 0, in the classical sense. But Definitions 1 and 3 mean [weak](../docs/glossary.md)
# derivatives: v is the weak derivative of u if integration by parts holds against every smooth φ
# that is 0 near the ends,
#
#     ∫ u φ′ dx = −∫ v φ dx,        that is, the defect ∫ u φ′ dx + ∫ v φ dx is 0            (2)
#
# In words: v does for u, under the integral, what a derivative does; single points do not count
# there. The weak derivative of |x| is sign(x).
#
# **Proof (may be left out).** On [−1, 0] and on [0, 1] separately, |x| is smooth with the
# derivative sign(x), so that integration by parts leaves (2) and what stands at the ends: 0 at ±1,
# where φ is 0, and |0| φ(0) = 0 at the cut, from either side. So the defect is 0 for every φ.
#
# Let us see it for four: φ(x) = (1 − x²)² xʲ, which is 0 with its slope at ±1; that is enough.
# First sign(x) as the derivative of |x|, then 0 as the derivative of sign(x).

# %%
pieces = [sr.gauss_legendre([side], 12) for side in ((-1, 0), (0, 1))]
candidates = ((np.abs, np.sign), (np.sign, lambda x: 0 * x))         # u and its v
defects = np.zeros((4, 2))
for j in range(4):
    test = Polynomial([1, 0, -1]) ** 2 * Polynomial([0, 1]) ** j     # φ = (1 − x²)² xʲ
    for i, (u, v) in enumerate(candidates):
        defects[j, i] = sr.weak_derivative_defect(u, v, test, test.deriv(), pieces)
    of_abs, of_sign = defects[j]
    print(f"j = {j}: defect of |x| {of_abs:8.1e}, of sign(x) {of_sign:8.1e}")
np.testing.assert_allclose(defects[:, 0], 0, atol=1e-15)   # of |x|, for each φ
np.testing.assert_allclose(defects[0, 1], -2, rtol=1e-14)  # −2 φ(0), for j = 0

# %% [markdown]
# |x| has a weak derivative, sign(x), and both are in L²: |x| is in H¹. But sign(x) has none. Away
# from 0, where it is constant, a v would have to be 0, so that ∫vφ = 0; but ∫ sign(x) φ′ dx is
# −2φ(0), the −2 in the first line. So |x| is not in H². A smooth function can come close to |x|, as
# √(x² + δ²) does for small δ; watch its second derivative.

# %%
deltas = np.array([1 / 4, 1 / 8, 1 / 16, 1 / 32])          # δ, (4,)
right = sr.gauss_legendre([(0, 1)], 400)                   # |x| = x there
distance, curvature = np.zeros(4), np.zeros(4)
for i, d in enumerate(deltas):
    half = sr.sobolev_norm(lambda x: np.sqrt(x**2 + d**2) - x, right, order=1)
    distance[i] = np.sqrt(2) * half                        # ‖√(x² + δ²) − |x|‖_1
    curvature[i] = sr.sobolev_seminorm(
        lambda x: np.sqrt(x**2 + d**2), interval, order=2)
print("distance to |x| in H¹:", distance.round(3), " ‖u″‖:", curvature.round(2))
powers = slope(deltas, distance), slope(deltas, curvature)
print(f"powers of δ: {powers[0]:.2f} and {powers[1]:.2f}")
limit = np.sqrt(3 * np.pi / 8 / deltas)                    # ∫u″² is 3π/(8δ) as δ → 0
np.testing.assert_allclose(curvature, limit, rtol=1e-3)
np.testing.assert_allclose(powers, [1 / 2, -1 / 2], atol=0.05)

# %% [markdown]
# A loss of order 1 against |x| can be made as small as one likes, with curvature growing without
# limit. One of order 2 is not even defined, since the target has no second derivative.
#
# ## The weight of each frequency
#
# A function of period ℓ is a sum of waves, u = Σ_ω û(ω) e^{iωx}, with ω in steps of 2π/ℓ: its
# Fourier series. A derivative multiplies û(ω) by iω, and ∫ |u|² over a period is ℓ Σ_ω |û(ω)|², as
# two different waves have no part in each other (Parseval). So, with s = 1 for H¹ and a meaning for
# every real s,
#
#     ‖u‖_s² = ℓ Σ_ω (1 + ω²)^s |û(ω)|²                                                    (I4)
#
# In words: the squared norm is a sum over frequencies, and s decides how much a high one weighs. L²
# (s = 0) weighs all alike; with u′, an error at frequency ω weighs 1 + ω². The wiggle had one
# frequency, 1/ε².
#
# A kink has many: for |x| on [−π, π], û(ω) = −2/(πω²) at odd ω. So the terms of (I4) fall like
# ω^{2s−4}. The sum of such terms is finite when 2s − 4 < −1, that is for s < 3/2.
#
# `fourier_norm` takes n values of u. On n points a wave with |ω| > n/2 looks like one with
# |ω| ≤ n/2, its alias. This makes two errors. The terms with |ω| > n/2 are missing, which lowers
# the sum. And each û(ω) with |ω| > n/2 is added to the û of its alias. Here none of these û is
# positive, so that |û| of the alias grows, which raises the sum. At s = 1 the second error is the
# larger one: the table comes down to ∫ x² + 1 dx = 2π³/3 + 2π = 26.95. At s = 1.25 the first one is
# larger, from n = 256 on. For large n and s > 1/2 both go like n^{2s−3}, so that 16n values change
# the sum by about 16^{2s−3} times its last change. Where this factor is below 1, the sum settles.

# %%
smooth = [
    sr.fourier_norm(lambda x: np.exp(np.sin(x)), (0, 2 * np.pi), 1, n=64),     # (I4)
    sr.sobolev_norm(lambda x: np.exp(np.sin(x)), rule, order=1),               # (D2)
]
print(f"exp(sin x): {smooth[0]:.12f} by (I4), {smooth[1]:.12f} by (D2)")
np.testing.assert_allclose(*smooth, rtol=1e-13)

counts, growth = [2**4, 2**8, 2**12, 2**16], {}            # n, each 16 times the last
print("|x|   n =", *(f"{n:8d}" for n in counts), "  last change / the one before")
for s in (1.0, 1.25, 1.5, 1.75):
    norm_s = [sr.fourier_norm(np.abs, (-np.pi, np.pi), s, n) for n in counts]
    squares = np.square(norm_s)                            # ‖|x|‖_s² (I4), (4,)
    added = np.diff(squares)                               # (3,)
    growth[s] = added[2] / added[1]                        # 16^{2s−3}
    print(f"s = {s:4} ", *(f"{v:8.2f}" for v in squares), f"  {growth[s]:8.3f}")
    if s == 1:
        above = squares - (2 * np.pi**3 / 3 + 2 * np.pi)   # of the exact ‖|x|‖_1², (4,)
print("s = 1: above ∫ x² + 1 dx by", *(f"{v:.0e}" for v in above))
np.testing.assert_array_less(0, above)
np.testing.assert_allclose(list(growth.values()), [1 / 16, 1 / 4, 1, 4], rtol=0.05)

# %% [markdown]
# The figure: sin x and sin x + e for ε = 1/4; beside them their derivatives, where the change is 16
# times larger; below the three norms of e: as ε falls, one falls and two rise.

# %%
fig, (left, right, below, rest) = figure(columns=2, rows=2, width=4.6, height=3.2)
fine = np.linspace(0, 2 * np.pi, 1001)                     # (1001,)
changes = (wiggle(1 / 4)(fine), 4 * np.cos(16 * fine))     # e, e′, (1001,) each
for ax, true, change, prime in ((left, np.sin, changes[0], ""),
                                (right, np.cos, changes[1], "′")):
    name = "cos x" if prime else "sin x"
    ax.plot(fine, true(fine) + change, color=COLORS[1], linewidth=1,
            label=f"{name} + e{prime}")
    ax.plot(fine, true(fine), "k--", label=name)
    ax.legend(loc="upper right", ncols=2, frameon=False)
left.set(xlabel="x", ylabel="value", ylim=(-5.5, 7.5), title="close in value, …")
right.set(xlabel="x", ylabel="derivative", ylim=(-5.5, 7.5),
          title="… and far off in slope")
for k in range(3):
    below.loglog(epsilons[::-1], norms[::-1, k], label=rf"$\|e\|_{k}$", **line_style(k))
below.minorticks_off()
below.set_xticks(epsilons, ["1/2", "1/4", "1/8"])
below.set(xlabel="ε", ylabel="norm of e", title="as ε falls, one norm falls, two rise")
label_ends(below)
rest.remove()
save_figure(fig, "output/tutorial_01_norms.png")

# %% [markdown]
# ## What you can do now
#
# 1. Give an error that is small in L² and large in H¹. Is there one the other way round?
# 2. Why can an error that is small in H¹ not be high at one point, in one variable?
# 3. Which errors does a loss with ∫e′² alone not see?
# 4. What is the weak derivative of |x|, and why has sign(x) none?
# 5. How much does an error at frequency 3 weigh in H¹, beside one of the same height at 1?
#
# <details><summary>Answers</summary>
#
# 1. ε sin(x/ε²) for a small ε. There is none the other way round, as ‖e‖ ≤ ‖e‖_1.
# 2. To fall from the peak it must be steep, so that ‖e‖‖e′‖ is not small: (I2).
# 3. Constants, and no others: (I3).
# 4. sign(x). For sign(x), a v would be 0 away from 0, but the left side of (2) is −2φ(0).
# 5. (1 + 9)/(1 + 1) = 5 times as much.
#
# </details>
#
# ## Exercises
#
# 1. Let e = ε sin(x/ε^q). For which q > 0 does ‖e‖_1 stay bounded as ε → 0, for which ‖e‖_2?
#    Confirm it for q = 1 with `sobolev_norm`.
# 2. For which a > 0 is |x|ᵃ in H¹ of (−1, 1)? Find the answer on paper, then watch ‖u′‖ of
#    u = (x² + δ²)^{a/2} for a = 1/4 and a = 3/4 as δ → 0.
# 3. In the plane there is no (I1). On the unit disc let e_δ = log(r² + δ²) / log δ², which is 1 at
#    the centre. Show that ∫ (e² + |∇e|²) tends to 0 with δ, and how fast. (For a
#    function of r alone |∇e| = |∂e/∂r|, and dx is 2πr dr; substitute r = eᵗ for the integral.)
#
# Worked answers: [answers/01_compare_norms.py](answers/01_compare_norms.py).
#
# **What was simplified.** One variable, p = 2, no network. (I4) for s = 2 has 1 + 2ω² + ω⁴ where
# (D2) has 1 + ω² + ω⁴. The paper's Definition 3 counts α = 0 twice; here each α counts once.
#
# **Further reading.** H. Brezis, *Functional Analysis, Sobolev Spaces and Partial Differential
# Equations*, 2011, chapter 8: Sobolev spaces in one variable. L. C. Evans, *Partial Differential
# Equations*, 2010, chapter 5: weak derivatives and inequalities in several. R. A. Adams and J. J.
# F. Fournier, *Sobolev Spaces*, 2003: the whole theory.
#
# **Next:** 02_sum_integrals, on the sum that stands for the integral.
