# %% [markdown]
# # 13b. Price options: noise, gaps and units
#
# **Question.** Some prices of an option are measured, and some of their slopes, each with its own
# error. What do slopes that were measured tell about slopes that never were?
#
# **The paper.** Its λ is one number for all slopes, which it does not choose. Here each slope has
# its own unit and its own noise, and both say what λ should be.
#
# **You will see.** The Greeks of a price by jets against formulas; the errors of price and Greeks
# for three choices of λ, in 20 sets of data; whether a model that was saved returns the same bits.
#
# **You will do.** Weigh data by their noise, fit prices with their slopes, and save the model.
#
# **You will need.** Tutorial 13: the scaler and (S1). Tutorial 10b: why noise gives weights. The
# [normal distribution](../docs/glossary.md) has the density φ(t) = e^{−t²/2}/√(2π), and Φ, its
# integral from −∞, so that Φ′ = φ and φ′(t) = −t φ(t). 40 minutes.

# %%
from tempfile import TemporaryDirectory

import numpy as np
from scipy.stats import norm

import sobolev_ref as sr
from sobolev_ref.plots import (
    figure,
    line_style,
    plot_predicted,
    plot_sensitivity,
    save_figure,
)

# %% [markdown]
# ## A price and its Greeks
#
# A call option is the right to buy a share, which now is worth S dollars, for K = 100 dollars in
# T = 1 year. At the interest r = 0.05 and the volatility v (how much the share moves in a year),
# Black and Scholes price it at
#
#     C = S Φ(d_1) − K e^{−rT} Φ(d_2),    d_2 = d_1 − v√T                                   (1)
#     d_1 = (log(S/K) + rT)/(v√T) + v√T/2
#
# (The letters are those of finance, but for v, which is σ there.) The derivatives of C are called
# Greeks. By the product rule and the chain rule, for ∂ = ∂_S or ∂_v,
#
#     ∂C = (∂S) Φ(d_1) + S φ(d_1) ∂d_1 − K e^{−rT} φ(d_2) ∂d_2                              (2)
#
# The last two terms have the same factor. For d_1 − d_2 = v√T and
# d_1 + d_2 = 2 (log(S/K) + rT)/(v√T), so that their product is d_1² − d_2² = 2 (log(S/K) + rT), and
#
#     φ(d_2)/φ(d_1) = e^{(d_1² − d_2²)/2} = (S/K) e^{rT},    so  K e^{−rT} φ(d_2) = S φ(d_1)
#
# Put this into (2): ∂C = (∂S) Φ(d_1) + S φ(d_1) ∂(d_1 − d_2), where d_1 − d_2 = v√T.
#
# - By S: ∂_S S = 1, and v√T does not depend on S. What is left is Φ(d_1), called delta.
# - By v: ∂_v S = 0, and ∂_v (v√T) = √T. What is left is S φ(d_1) √T, called vega.
# - Delta by S: φ(d_1) ∂_S d_1, and ∂_S d_1 = 1/(Sv√T).
# - Delta by v: φ(d_1) ∂_v d_1, and ∂_v d_1 = −(log(S/K) + rT)/(v²√T) + √T/2 = −d_2/v.
#
# Together:
#
#     delta = ∂_S C = Φ(d_1)            vega = ∂_v C = S φ(d_1) √T
#     gamma = ∂_S² C = φ(d_1)/(Sv√T)    vanna = ∂_S ∂_v C = −φ(d_1) d_2/v
#
# Jets differentiate (1) by the rules of tutorial 03, without any of this.

# %%
K, r, T = 100.0, 0.05, 1.0
bounds = np.array([[50, 150], [0.1, 0.5]])                 # of S in $, and of v, (2, 2)
GREEKS = {
    (0, 0): "price", (1, 0): "delta", (0, 1): "vega", (2, 0): "gamma", (1, 1): "vanna"
}
held = np.random.default_rng(9).uniform(*bounds.T, (500, 2))  # used in no fit, (500, 2)
S, vol = held.T                                            # (500,) each
root_T = vol * np.sqrt(T)                                  # v√T, (500,)
d_1 = (np.log(S / K) + r * T) / root_T + root_T / 2        # (500,)
d_2 = d_1 - root_T
density = norm.pdf(d_1)                                    # φ(d_1), (500,)
textbook = {
    (0, 0): S * norm.cdf(d_1) - K * np.exp(-r * T) * norm.cdf(d_2),            # (1)
    (1, 0): norm.cdf(d_1),
    (0, 1): S * density * np.sqrt(T),
    (2, 0): density / (S * root_T),
    (1, 1): -density * d_2 / vol,
}                                                          # (500,) each
jets = sr.black_scholes(*sr.Jet.variables(held, order=2)).derivatives  # {α: (500,)}
greek_errors = [np.abs(jets[alpha] / textbook[alpha] - 1).max() for alpha in GREEKS]
for name, error in zip(GREEKS.values(), greek_errors):
    print(f"{name}: formula against jets {error:.0e}")
np.testing.assert_array_less(greek_errors, 1e-10)

# %% [markdown]
# ## Measurements with gaps
#
# Prices are measured at 60 points (S, v), with an error of 0.5 dollars. At 60 points, 20 of them
# the same, deltas are measured with an error of 0.005, and vegas with one of 20 dollars. Each vega
# is missing with probability 0.4: in the set below 17 of 60 are. `merge_samples` makes one list of
# all 100 points from such tables, with NaN where something was not measured. The loss leaves out
# the terms that are NaN.

# %%
tau = {(0, 0): 0.5, (1, 0): 0.005, (0, 1): 20.0}           # τ_α, in $, 1, $ √year


def measure(seed):
    """A set of data: points, and at each what was measured."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(*bounds.T, (100, 2))              # (100, 2)
    tables = {}
    for alpha, at in zip(tau, (points[:60], points[40:], points[40:])):
        exact = sr.black_scholes(*sr.Jet.variables(at, order=1)).derivatives[alpha]
        tables[alpha] = at, exact + tau[alpha] * rng.normal(size=60)  # (60, 2), (60,)
    tables[0, 1][1][rng.random(60) < 0.4] = np.nan
    return sr.merge_samples(tables)


merged = measure(0)
print(merged.coverage)
size = {alpha: np.nanmean(merged.target[alpha] ** 2) for alpha in tau}  # $², 1, $² year
share = size[1, 0] / sum(size.values())
print(f"of the loss of u = 0 with λ = 1 the deltas are {share:.2%}")
counts = merged.coverage.counts
np.testing.assert_equal([counts[1, 0], counts[0, 1]], [60, 60 - 17])
np.testing.assert_array_less(share, 0.001)

# %% [markdown]
# ## Weights from noise
#
# With λ = 1 the deltas, which are the best measurements, do not count. (Had S been in cents, they
# would count 10⁴ times less again.) An error of one standard deviation should cost the same in each
# table. So divide each residual by its τ_α; or, what is the same but for a factor, take
#
#     λ_α = (τ_0/τ_α)²                                                                       (W2)
#
# In words: a slope counts by how well it was measured, in the units of the values. Tutorial 10b
# found these weights, after Gauss and Markov, as those of least variance; `noise_weights` computes
# them.
#
# That is for slopes that were measured. A difference of two measured values, (y_2 − y_1)/h, is no
# such slope. It is computed from values that the loss holds already, so that it tells nothing new.
# Its error, √2 τ_0/h, is not independent of the errors of the two values. Suppose that a linear
# model is fitted to the values, and its differences, (u(x_2) − u(x_1))/h, to these differences of
# the data as well. What comes out for θ is linear in the measured values, as in the fit of the
# values alone. If the model can be right, it is also right in the mean, as in that fit. Gauss and
# Markov say: of all estimates with these two properties, the fit of the values alone has the least
# variance. So the differences gain nothing.
#
# In the scaled units of (S1), tutorial 13, a derivative is σ^α/σ_y times as large, with σ_q and σ_y
# the standard deviations of inputs and prices, and its square (σ^α/σ_y)² times. So the weight must
# take out σ^{2α}, and one factor 1/σ_y² is left for all terms:
#
#     λ̃_α = λ_α σ^{−2α}                                                                      (S2)
#
# In words: λ̃ asks in scaled units the question that λ asks in dollars. So a loss may be written in
# dollars, if its network works in scaled units: `scaler.model` is the network between two maps.

# %%
lam = sr.noise_weights(tau)                                # {α: λ_α} (W2)
print("λ_α in the units of the data:", *(f"{alpha} {lam[alpha]:.3g}" for alpha in lam))
net = sr.MLP((2, 8, 1))                                    # P = 33


def in_dollars(merged, weights):
    """The scaler of some data, and the loss with these weights, in dollars."""
    nodes, prices = merged.rule.nodes, merged.target[0, 0]  # (N, 2), (N,) with NaN
    scaler = sr.Standardizer.from_data(nodes, prices)      # over what is not NaN
    model = scaler.model(net)                              # (S, v) to dollars
    return scaler, sr.SobolevLoss(model, merged.target, merged.rule, weights=weights)


scaler, loss = in_dollars(merged, lam)
scaled = sr.SobolevLoss(
    net,
    scaler.target(merged.target),                          # (S1)
    sr.samples(scaler.nodes(merged.rule.nodes)),
    weights=scaler.weights(lam, 1),                        # (S2)
)
theta = net.init(0)                                        # (33,)
unit = scaler.y_scale[0] ** 2                              # σ_y²
same_question = abs(loss(theta)[0] / (unit * scaled(theta)[0]) - 1)
print(f"the loss in dollars is σ_y² times the scaled one, to {same_question:.0e}")
np.testing.assert_array_less(same_question, 1e-13)         # (S2)

# %% [markdown]
# ## Which λ?
#
# Three choices: prices alone; λ̃ = 1 in scaled units, which by (S2) is λ_α = σ^{2α} in dollars
# (with the σ of the first set); the noise's weights. Each is fitted to 20 sets of data, from a
# start for each set. The table has the medians of the errors at the 500 points that were held back,
# in the units of each Greek. Gamma and vanna were measured nowhere.


# %%
def errors(model, theta):
    """The root mean square error of each Greek at the points held back, (5,)."""
    D = model.derivatives(theta, held, 2)                  # {α: (500, 1)}
    e = [D[alpha][:, 0] - textbook[alpha] for alpha in GREEKS]       # (5, 500)
    return np.sqrt(np.mean(np.square(e), axis=1))


powers = scaler.x_scale ** (2 * np.array(list(tau)))       # σ_q^{2α_q}, (3, 2)
ones = dict(zip(tau, powers.prod(axis=1)))                 # σ^{2α}
choices = {"prices alone": (1, 0), "λ = 1, scaled": ones, "noise": lam}
sets = [measure(seed) for seed in range(20)]
found = {}
for name, weights in choices.items():
    rows = []
    for seed, merged in enumerate(sets):
        scaler, loss = in_dollars(merged, weights)
        run = sr.fit(loss, net.init(seed), "L-BFGS-B", maxiter=300)
        rows.append(errors(scaler.model(net), run.x))
    found[name] = np.array(rows)                           # (20, 5)
print(f"{'median error of':15}", *(f"{greek:>7}" for greek in GREEKS.values()))
for name, rows in found.items():
    print(f"{name:15}", *(f"{error:7.4f}" for error in np.median(rows, axis=0)))
for other in ("prices alone", "λ = 1, scaled"):
    wins = np.sum(found["noise"] < found[other], axis=0)   # of 20, (5,)
    counts = dict(zip(GREEKS.values(), wins.tolist()))
    print(f"noise better than {other}, of 20:", counts)
    np.testing.assert_array_less(15, wins)
vega = 2
harm = np.sum(found["λ = 1, scaled"][:, vega] > found["prices alone"][:, vega])
print(f"λ = 1: vega worse than from prices alone in {harm} of 20")

# %% [markdown]
# With (W2) each error is smaller than by the other two choices in nearly all of the 20 sets, also
# the errors of gamma and vanna. For vega λ = 1 is no help that one could rely on: it asks the
# network to follow slopes that are 20 dollars wrong as if they were as good as the prices, and vega
# often comes out worse than without them.
#
# The figure shows the last of the 20 fits by the noise's weights, and for each choice the median
# errors, divided by those of the noise's weights.

# %%
model, theta = scaler.model(net), run.x                    # θ, (33,)
D = model.derivatives(theta, held, 2)                      # {α: (500, 1)}
fig, (above, middle, below) = figure(rows=3, width=5.0, height=3.2)
plot_sensitivity(above, model, theta, [100, 0.2], bounds, true=sr.black_scholes)
above.set(xlabel=r"S / \$, at v = 0.2", ylabel=r"price / \$")
off = np.abs(D[1, 0][:, 0] - jets[1, 0]).max()
above.set(title=f"the price, and its slope: delta is off by {off:.1g} at most")
plot_predicted(middle, 100 * jets[2, 0], 100 * D[2, 0][:, 0], r"gamma / (0.01/\$)")
middle.set(title="gamma, never measured")
for i, (name, rows) in enumerate(found.items()):
    times = np.median(rows, axis=0) / np.median(found["noise"], axis=0)        # (5,)
    below.semilogy(range(5), times, label=name, **line_style(i))
below.set_xticks(range(5), GREEKS.values())
below.set_yticks([1, 2, 5, 10], ["1", "2", "5", "10"])
below.set(ylabel="error, of that by the noise", ylim=(0.7, 20))
below.set(title="weights by the noise are best")
for ax in (above, below):
    ax.legend(frameon=False, loc="upper left")
middle.legend(frameon=False, fontsize="small", handlelength=1, loc="upper left")
save_figure(fig, "output/tutorial_13b_greeks.png")

# %% [markdown]
# ## Where such slopes come from
#
# A price is a mean. If ξ is a normal number with mean 0 and variance 1, the share is worth S Z at
# the time T, Z = e^{(r − v²/2)T + v√T ξ}, and
#
#     C = e^{−rT} E[(SZ − K)₊],    ∂_S C = e^{−rT} E[Z if SZ > K, else 0]                   (3)
#
# Here t₊ is t where t > 0, and else 0, and E is the mean over ξ. In words: one drawn path of the
# share gives a payoff, and the same path gives the payoff's slope, called its **pathwise** slope.
# The mean of such slopes is delta, as t₊ is the integral of its slope: it has a weak derivative
# (tutorial 01). So simulated paths give noisy values *and* noisy slopes, for one run.
#
# A digital option pays 1 dollar if SZ > K, and else nothing. Every path has the slope 0, but for
# paths with SZ = K, which have probability 0. Its price has another one: with d_2 as in (1) it is
# e^{−rT} Φ(d_2), and its slope e^{−rT} φ(d_2)/(Sv√T). A step is not the integral of its slope, as
# it has no weak derivative. What the pathwise slopes miss is the jump, and a network that learns
# from them learns that delta is 0.

# %%
S_0, v_0 = 110.0, 0.3
spread = v_0 * np.sqrt(T)
d_2 = (np.log(S_0 / K) + r * T) / spread - spread / 2      # (1)
true_delta, away = norm.cdf(d_2 + spread), []
digital_delta = np.exp(-r * T) * norm.pdf(d_2) / (S_0 * spread)
for seed in range(20):
    xi = np.random.default_rng(seed).normal(size=10_000)   # (10000,)
    Z = np.exp((r - v_0**2 / 2) * T + spread * xi)         # (10000,)
    slopes = np.exp(-r * T) * np.where(S_0 * Z > K, Z, 0)  # (3), (10000,)
    away.append((slopes.mean() - true_delta) / (slopes.std() / 100))
print(f"delta {true_delta:.4f}; 20 means of 10,000 slopes are off by up to "
      f"{np.abs(away).max():.1f} standard errors")
print(f"digital: every path says 0, the price's slope is {digital_delta:.4f} a dollar")
np.testing.assert_array_less(np.abs(away), 4)
np.testing.assert_array_less(0.01, digital_delta)

# %% [markdown]
# ## Hand it on
#
# θ without the scaler is useless, so that one file holds both. What is loaded returns the same
# bits.

# %%
with TemporaryDirectory() as folder:
    note = {"x": "S / $, v √year"}
    sr.save(f"{folder}/call.npz", net, theta, scaler=scaler, metadata=note)
    saved = sr.load(f"{folder}/call.npz")
again = saved.scaler.model(saved.model).derivatives(saved.theta, held, 2)
same_bits = all(np.array_equal(again[alpha], D[alpha]) for alpha in D)
by_hand = scaler.y_shift + scaler.y_scale * net(theta, scaler.nodes(held))  # (500, 1)
package_error = np.abs(by_hand - D[0, 0]).max() / np.abs(by_hand).max()
print(f"{saved.metadata}: same bits {same_bits}; by hand {package_error:.0e}")
np.testing.assert_equal(same_bits, True)
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## What you can do now
#
# 1. Why do the terms with ∂d_1 and ∂d_2 leave so little of ∂C?
# 2. Deltas are known to 0.005 and prices to 0.5 dollars. What is the λ of the deltas?
# 3. What happens to this λ if the share's price is given in cents, and the option's too?
# 4. How can the error of gamma fall when gamma is not measured?
# 5. Why can delta be learnt from the slopes of paths, and that of a digital option not?
#
# <details><summary>Answers</summary>
#
# 1. S φ(d_1) = K e^{−rT} φ(d_2), so that they are one factor times ∂(d_1 − d_2) = ∂(v√T).
# 2. (0.5/0.005)² = 10⁴ dollars².
# 3. Delta has no unit, and keeps its τ; τ_0 is 50 cents. So λ is 10⁸ cents², which is 10⁴ dollars².
# 4. The network is one smooth function: deltas at many S say how delta changes, which is gamma.
# 5. (SZ − K)₊ is the integral of its slope in S, a step is not: its slope is 0 but for the jump.
#
# </details>
#
# ## Exercises
#
# 1. Fit 60 exact deltas at random points of the box and one price, at S = 100 and v = 0.2, with the
#    network (2, 8, 1) by "L-BFGS-B". One price has no spread from which to scale. So take
#    `sr.Standardizer.from_bounds(bounds, [(0, 60)])`: first the box of the inputs, a pair for each
#    of S and v, then that of the output, here prices from 0 to 60 dollars. (The loss may be written
#    in scaled units, with λ = 1, as `scaled` above.) Take e on a grid of S and v. Its mean over S,
#    at each v, is the part that depends on v alone: how large is it, and how large is the rest?
#    What do 60 exact vegas at the same points add?
# 2. With T a third variable, which `sr.black_scholes` takes after S and v, derive ∂_T C, with the
#    identity above. Check by jets that ∂_T C = ½v²S² gamma + rS delta − rC.
# 3. Fold the scaling into θ. With x = μ + σξ the first layer Wξ + b is an affine map of x, and the
#    last one is followed by y = μ_y + σ_y η: find the four arrays of a network of dollars that is
#    the same function. Fit it by "L-BFGS-B" and by "lm", from there, and the scaled network from
#    the same start. What is left of the trouble with units, and why?
#
# Worked answers: [answers/13b_price_options.py](answers/13b_price_options.py).
#
# **What was simplified.** The noise is independent, and its size is known; exercise 2 of tutorial
# 10b finds it from the residuals, as `SobolevRegressor` does. Real options have a volatility that
# is not constant.
#
# **Further reading.** F. Black and M. Scholes, *The Pricing of Options and Corporate
# Liabilities*, 1973. B. Huge and A. Savine, *Differential Machine Learning*, 2020: networks trained
# on prices and their slopes. P. Glasserman, *Monte Carlo Methods in Financial Engineering*, 2003:
# how slopes of prices are measured.
#
# **Next:** 14_solve_equation, where no data are given but an equation.
