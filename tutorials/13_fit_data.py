# %% [markdown]
# # 13. Fit data: from measurements to a surrogate
#
# **Question.** Not a formula but a table of numbers: values here and slopes there, in units, with
# gaps and noise. How do we get a model from it that can be trusted, drawn and handed on?
#
# **The paper.** Definition 5, L = ∫ (u_θ − u)² dx + λ ∫ |∇u_θ − ∇u|² dx, adds numbers of different
# units: λ has those of length². How to choose it, and what if x or u is not of size 1, is not said.
#
# **Know first.** Tutorials 03, 11: jets, multi-indices. The normal distribution Φ and φ = Φ′.
#
# **Measured.** How often tanh is flat on data as they come. Errors at new points with and without
# slopes, for several λ. Greeks of an option price against formulas, two of them never measured.

# %%
from tempfile import TemporaryDirectory

import numpy as np
from scipy.stats import norm

import sobolev_ref as sr
from sobolev_ref.plots import (
    figure,
    plot_contour,
    plot_predicted,
    plot_residuals,
    plot_sensitivity,
    save_figure,
)


def errors(model, theta, x, exact):
    """The root mean square of Dᵅu_θ − Dᵅu over points x, (N, d), for each α of exact."""
    D = model.derivatives(theta, x, max(sum(alpha) for alpha in exact))        # {α: (N, 1)}
    return [np.sqrt(np.mean((D[alpha][:, 0] - exact[alpha]) ** 2)) for alpha in exact]


# %% [markdown]
# ## One object
#
# `SobolevRegressor` takes points, values and derivatives as they were measured, and answers in the
# same units; NaN stands for what was not measured. Temperature T and its slope T′ at 30 heights h:
# T to 0.1 K, and T′, by a second instrument, to 0.0002 K/m, with one slope in three missing.

# %%
h = np.linspace(0, 5000, 30)                               # m
T = 288 - 0.0065 * h + 3 * np.sin(h / 800)                 # K
dT = -0.0065 + 3 / 800 * np.cos(h / 800)                   # K/m
rng = np.random.default_rng(0)
T_measured = T + 0.1 * rng.normal(size=30)                 # K
dT_measured = dT + 2e-4 * rng.normal(size=30)              # K/m
dT_measured[::3] = np.nan
tau = {"y": 0.1, "dx": 2e-4}                               # y′ by x, as nothing else has a name
air = sr.SobolevRegressor().fit(h[:, None], T_measured, {"dx": dT_measured}, noise=tau)
print(air)
air_report = air.report(h[:, None], T, {"dx": dT})         # against the truth
print(air_report)
np.testing.assert_array_less(air_report["y"].rmse, 0.1)

# %% [markdown]
# What it chose stands in its print. The rest of this tutorial takes it apart: why data are scaled,
# how values and slopes are balanced, what gaps and noise mean for the loss, what a file keeps.
#
# ## Standardise
#
# A fresh network turns inputs of size 1 into outputs of size 1. So fit η(ξ) in place of y(x), with
# x_q = μ_q + σ_q ξ_q and y = μ_y + σ_y η, where μ are the means of the data and σ their standard
# deviations. In η(ξ) = (y(μ + σξ) − μ_y)/σ_y each derivative in ξ_q brings a factor σ_q:
#
#     Dᵅη = (σ^α/σ_y) Dᵅy  for α ≠ 0,      σ^α = Π_q σ_q^{α_q}                                 (S1)
#
# First without noise: Rastrigin's y = 20 + Σ_q (x_q² − 10 cos 2πx_q), nine pits on [−1.5, 1.5]²,
# known with ∇y at 64 random points. By hand, then by the package:


# %%
def scaled_loss(net, x, target, weights):
    """The scaler of some data, and the loss of the scaled problem; see below for the weights."""
    scaler = sr.Standardizer.from_data(x, target[0, 0])    # μ and σ, over what is not NaN
    if isinstance(weights, dict):                          # in the caller's units: translate
        weights = scaler.weights(weights, 1)               # (S2)
    rule = sr.samples(scaler.nodes(x))                     # ξ_i, each with the weight 1/N
    return scaler, sr.SobolevLoss(net, scaler.target(target), rule, weights=weights)     # (S1)


rastrigin, box = sr.FUNCTIONS["rastrigin"], [(-1.5, 1.5)] * 2
x_r = np.random.default_rng(0).uniform(-1.5, 1.5, (192, 2))          # 64 points, 128 for later
data = rastrigin(*sr.Jet.variables(x_r, order=1)).derivatives        # {α: Dᵅy(x_i), (192,)}
x, few = x_r[:64], {alpha: values[:64] for alpha, values in data.items()}
mu, sigma, y = x.mean(0), x.std(0), few[0, 0]              # μ, σ, (2,) each; (64,)
eta = (y - y.mean()) / y.std()                             # η(ξ_i), (64,)
slopes = [sigma[q] / y.std() * few[alpha] for q, alpha in enumerate(((1, 0), (0, 1)))]       # (S1)
size_0, size_1 = np.mean(eta**2), np.mean(slopes[0] ** 2 + slopes[1] ** 2)
loss = scaled_loss(sr.MLP((2, 24, 1)), x, few, "balanced")[1]
print(f"mean of η² {size_0:.2f}, of |∇η|² {size_1:.1f}: {size_1 / (size_0 + size_1):.0%} slopes")
np.testing.assert_allclose(loss.target_values[:, :, 0], [eta, *slopes], atol=1e-12)      # (3, 64)
np.testing.assert_allclose(loss.weights, [1 / size_0, 1 / size_1, 1 / size_1], rtol=1e-12)   # (W1)

# %% [markdown]
# ## Balance
#
# The pits are narrow, so their slopes are large: they are 97 % of the loss of u = 0 for λ = 1. With
# `weights="balanced"` each order is divided by its own size, and starts at 1 (asserted above):
#
#     λ_n = 1 / Σ_{|α|=n} mean |Dᵅη|²                                                          (W1)
#
# Fit 24 tanh units (97 parameters) by Levenberg–Marquardt, "lm", from three starts. Slopes are data
# too, so a fair rival has 192 values, as many numbers as 64 values with gradients. Median errors:

# %%
net, fresh = sr.MLP((2, 24, 1)), sr.sobol(box, 4096, rng=1).nodes    # fresh: (4096, 2)
truth = rastrigin(*sr.Jet.variables(fresh, order=1)).derivatives     # {α: (4096,)}
choices = {"64 values": (64, (1, 0)), "192 values": (192, (1, 0)),
           "64 with slopes, λ = 1": (64, (1, 1)), "64 with slopes": (64, "balanced")}
pit_errors, fits = {}, {}
for name, (n, weights) in choices.items():
    scaler, loss = scaled_loss(net, x_r[:n], {a: y[:n] for a, y in data.items()}, weights)
    model = scaler.model(net)                              # in the units of the data
    runs = [sr.fit(loss, net.init(i), "lm", maxiter=150) for i in range(3)]
    pit_errors[name] = np.median([errors(model, run.x, fresh, truth) for run in runs], axis=0)
    fits[name] = model.function(min(runs, key=lambda run: run.fun).x)
    print(f"{name:22} errors of y, ∂_1 y, ∂_2 y:", *(f"{error:7.3f}" for error in pit_errors[name]))
np.testing.assert_array_less(10 * pit_errors["64 with slopes"], pit_errors["64 values"])
fig, (first, *others, rest) = figure(columns=2, rows=2, width=4.4, height=4.0)
plot_contour(first, rastrigin, box, "Rastrigin", levels=5)
for ax, name in zip(others, ("64 values", "64 with slopes")):
    plot_contour(ax, fits[name], box, name, true=rastrigin, points=x, levels=5)
rest.remove()
save_figure(fig, "output/tutorial_13_rastrigin.png")

# %% [markdown]
# 64 values do not fix 97 parameters: the fit passes near the points and errs in between. 128 more
# cure it, and so do slopes; with λ = 1, where values are 3 % of the loss, they mostly come out less
# well. (Such runs amplify rounding: repeat one, and even the order of the last three may change.)
#
# ## A price and its Greeks
#
# Now data with units. A call option is the right to buy a share, now worth S dollars, for K = 100
# dollars in T = 1 year. At interest r = 0.05 and volatility σ Black and Scholes price it at
#
#     C = S Φ(d_1) − K e^{−rT} Φ(d_2),   d_1 = (log(S/K) + (r + σ²/2)T) / (σ√T),   d_2 = d_1 − σ√T
#
# Its derivatives, the Greeks, follow from one identity: d_1² − d_2² = (d_1 − d_2)(d_1 + d_2) =
# 2 log(S/K) + 2rT and φ(d) = e^{−d²/2}/√(2π), so S φ(d_1) = K e^{−rT} φ(d_2). In ∂C the terms with
# ∂d_1 and ∂d_2 then leave S φ(d_1) ∂(d_1 − d_2) = S φ(d_1) ∂(σ√T), for ∂_S nothing. So the first
# row, and the second from it by ∂_S d_1 = 1/(Sσ√T) and ∂_σ d_1 = −d_2/σ. Jets know none of this.
#
#     delta = ∂_S C = Φ(d_1)            vega = ∂_σ C = S φ(d_1) √T
#     gamma = ∂_S² C = φ(d_1)/(Sσ√T)    vanna = ∂_S ∂_σ C = −φ(d_1) d_2/σ

# %%
K, r, T, bounds = 100.0, 0.05, 1.0, np.array([[50, 150], [0.1, 0.5]])
GREEKS = {(0, 0): "price", (1, 0): "delta", (0, 1): "vega", (2, 0): "gamma", (1, 1): "vanna"}
held = np.random.default_rng(9).uniform(*bounds.T, (500, 2))         # (S, σ), not used in any fit
S, vol = held.T                                            # (500,) each
d_1 = (np.log(S / K) + (r + vol**2 / 2) * T) / (vol * np.sqrt(T))    # (500,)
d_2, density = d_1 - vol * np.sqrt(T), norm.pdf(d_1)       # d_2, φ(d_1), (500,) each
textbook = {(0, 0): S * norm.cdf(d_1) - K * np.exp(-r * T) * norm.cdf(d_2),
            (1, 0): norm.cdf(d_1), (0, 1): S * density * np.sqrt(T),
            (2, 0): density / (S * vol * np.sqrt(T)), (1, 1): -density * d_2 / vol}
jets = sr.black_scholes(*sr.Jet.variables(held, order=2)).derivatives          # {α: (500,)}
greek_errors = [np.abs(jets[alpha] / textbook[alpha] - 1).max() for alpha in GREEKS]     # (5,)
print("formulas against jets:", *(f"{n} {e:.0e}" for n, e in zip(GREEKS.values(), greek_errors)))
np.testing.assert_array_less(greek_errors, 1e-10)

# %% [markdown]
# ## Measurements with gaps
#
# Prices at 60 points, with an error of 0.5 dollars. At 60 points, 20 of them the same, deltas, with
# one of 0.005, and vegas, 20 dollars; four vegas in ten are missing, NaN. `merge_samples` makes one
# list of points, with NaN where something was not measured. Such a term is left out of the loss.

# %%
tau = {(0, 0): 0.5, (1, 0): 0.005, (0, 1): 20.0}           # τ_α: $, 1, $ √year


def measure(seed):
    rng, noisy = np.random.default_rng(seed), {}
    points = rng.uniform(*bounds.T, (100, 2))              # (100, 2)
    for alpha, at in zip(tau, (points[:60], points[40:], points[40:])):
        exact = sr.black_scholes(*sr.Jet.variables(at, order=1)).derivatives[alpha]      # (60,)
        noisy[alpha] = at, exact + tau[alpha] * rng.normal(size=60)
    noisy[0, 1][1][rng.random(60) < 0.4] = np.nan
    return sr.merge_samples(noisy)


merged = measure(0)
size = {alpha: np.nanmean(merged.target[alpha] ** 2) for alpha in tau}         # $², 1, $² year
print(f"{merged.coverage}\n{size[1, 0] / sum(size.values()):.2%} of L at u = 0, λ = 1 are deltas")
np.testing.assert_equal(merged.coverage.counts[1, 0], 60)

# %% [markdown]
# ## What goes wrong without scaling
#
# With λ = 1 the deltas, the best measurements, do not count; in cents, 10⁴ times less again. For
# known noise, an error of one standard deviation should cost the same in each: λ_α ∝ 1/τ_α² (Gauss
# and Markov). Such weights have units, and can be translated into scaled ones:
#
#     λ_α = (τ_0/τ_α)²,      λ̃_α = λ_α σ^{−2α}                                           (W2), (S2)
#
# By (S1) the scaled loss is then 1/σ_y² times the one in dollars: the same question. But a neuron
# gets w S + b with S near 100, where tanh is ±1 and tanh′ nearly 0: no gradient to change it.

# %%
net, lam = sr.MLP((2, 8, 1)), sr.noise_weights(tau)        # 33 parameters; {α: λ_α} (W2)
in_dollars = sr.SobolevLoss(net, merged.target, merged.rule, weights=lam)
scaler, loss = scaled_loss(net, merged.rule.nodes, merged.target, lam)
flat, without, (W, b) = {}, {}, net.unpack(net.init(0))[0]           # (8, 2), (8,)
for name, L, model in (("in dollars", in_dollars, net), ("scaled", loss, scaler.model(net))):
    flat[name] = np.mean(1 - np.tanh(L.rule.nodes @ W.T + b) ** 2 < 1e-3)      # (N, 8) to ()
    run = sr.fit(L, net.init(0), "L-BFGS-B", maxiter=300)
    without[name] = errors(model, run.x, held, textbook)
    print(f"{name:10}: tanh′ < 0.001 in {flat[name]:3.0%}, error of price {without[name][0]:.2f} $")
np.testing.assert_array_less(5 * without["scaled"][0], without["in dollars"][0])

# %% [markdown]
# ## Which λ?
#
# Five sets of data, median errors in their units: `scaler.model(net)` is the network between maps.

# %%
table = {"prices alone": (1, 0), "λ = 1, scaled": (1, 1), "balanced": "balanced", "noise": lam}
medians, five = {}, [measure(seed) for seed in range(5)]
print(" " * 13, *(f"{greek:>7}" for greek in GREEKS.values()))
for name, weights in table.items():
    rows = []
    for seed, merged in enumerate(five):
        scaler, loss = scaled_loss(net, merged.rule.nodes, merged.target, weights)
        run = sr.fit(loss, net.init(seed), "L-BFGS-B", maxiter=300)
        rows.append(errors(scaler.model(net), run.x, held, textbook))
    medians[name] = np.median(rows, axis=0)                # (5 Greeks,)
    print(f"{name:13}", *(f"{error:7.4f}" for error in medians[name]))
np.testing.assert_array_less(1, np.array(list(medians.values())[:3]) / medians["noise"])

# %% [markdown]
# The noisy vegas often do harm at λ = 1: in 14 of 20 such sets vega was worse than from prices
# alone. With (W2) each error was less than by any other weights in at least 18 of the 20, also of
# gamma and vanna, never measured. The figure shows the last fit.

# %%
model, theta = scaler.model(net), run.x                    # by the noise, the fifth set; θ, (33,)
D = model.derivatives(theta, held, 2)                      # {α: (500, 1)}
fig, (left, middle, right, rest) = figure(columns=2, rows=2, width=4.6, height=3.6)
plot_sensitivity(left, model, theta, [100, 0.2], bounds, true=sr.black_scholes)
left.set(xlabel=r"S / \$, at σ = 0.2", ylabel=r"price / \$")
plot_predicted(middle, 100 * jets[2, 0], 100 * D[2, 0][:, 0], r"gamma / (0.01/\$)")
plot_residuals(right, D[1, 0][:, 0] - jets[1, 0], "delta")
rest.remove()
save_figure(fig, "output/tutorial_13_greeks.png")

# %% [markdown]
# ## Hand it on
#
# θ without the scaler is useless, so one file holds both. What is loaded gives the same bits.

# %%
with TemporaryDirectory() as folder:
    sr.save(f"{folder}/call.npz", net, theta, scaler=scaler, metadata={"x": "S / $, σ √year"})
    saved = sr.load(f"{folder}/call.npz")
again = saved.scaler.model(saved.model).derivatives(saved.theta, held, 2)
same_bits = all((again[alpha] == D[alpha]).all() for alpha in D)
by_hand = scaler.y_shift + scaler.y_scale * net(theta, (held - scaler.x_shift) / scaler.x_scale)
dollars = sr.SobolevLoss(model, merged.target, merged.rule, weights=lam)(theta)[0]
package_error = max(np.abs(by_hand - D[0, 0]).max() / np.abs(by_hand).max(),
                    abs(dollars / (scaler.y_scale[0] ** 2 * loss(theta)[0]) - 1))        # (S2)
print(f"{saved.metadata}: same bits {same_bits}; by hand and (S2): {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# ## Exercises
#
# 1. Fit 60 exact deltas and one price. How large is the error, and of which variable a function?
# 2. With T a third variable, derive ∂_T C. Check by jets: ∂_T C = ½σ²S² gamma + rS delta − rC.
# 3. Fold the scaling into θ: the network in dollars then starts as the same function as the scaled
#    one. Fit it by "L-BFGS-B" and by "lm". What is left of the trouble, and why?
#
# Answers: [answers/13_fit_data.py](answers/13_fit_data.py).
#
# **What was simplified.** Independent noise of known size; the width was not chosen by the data.
#
# **Next:** 14_solve_equation, where no data are given but an equation.
