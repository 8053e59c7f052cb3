# %% [markdown]
# # Answers to tutorial 13b
#
# The exercises of [13b_price_options.py](../13b_price_options.py), worked.

# %%
import numpy as np
from scipy.stats import norm

import sobolev_ref as sr

bounds, net = np.array([[50, 150], [0.1, 0.5]]), sr.MLP((2, 8, 1))


def greeks(x, order):
    """{α: Dᵅ C at (S, v)}, (N,) each."""
    return sr.black_scholes(*sr.Jet.variables(x, order=order)).derivatives


# %% [markdown]
# ## 1. Deltas and one price
#
# C and C + g(v) have the same deltas, for any function g. So deltas leave a whole function of v
# open, and one price fixes it at one v only. What e = C_θ − C has beyond a function of v should be
# small: take for each v its mean over S away. Vegas close the gap: then only a constant is open,
# and one price is enough for it. (One price has no standard deviation, so scale by the ranges.)

# %%
rng, scaler = np.random.default_rng(0), sr.Standardizer.from_bounds(bounds, [(0, 60)])
x = rng.uniform(*bounds.T, (60, 2))                        # (S, v), (60, 2)
exact, center = greeks(x, 1), np.array([[100, 0.2]])       # {α: (60,)}, (1, 2)
S, vol = np.meshgrid(np.linspace(50, 150, 21), np.linspace(0.1, 0.5, 9))  # (9 v, 21 S)
grid = np.stack([S.ravel(), vol.ravel()], axis=1)          # (189, 2)
parts = {}
for name, slopes in (("deltas", [(1, 0)]), ("deltas and vegas", [(1, 0), (0, 1)])):
    merged = sr.merge_samples({(0, 0): (center, greeks(center, 0)[0, 0]),
                               **{alpha: (x, exact[alpha]) for alpha in slopes}})
    rule = sr.samples(scaler.nodes(merged.rule.nodes))
    loss = sr.SobolevLoss(net, scaler.target(merged.target), rule)
    theta = sr.fit(loss, net.init(0), "L-BFGS-B", maxiter=500).x
    e = scaler.model(net)(theta, grid)[:, 0].reshape(S.shape)
    e = e - greeks(grid, 0)[0, 0].reshape(S.shape)
    g = e.mean(axis=1)  # the part that depends on v alone, (9,)
    parts[name] = np.sqrt(np.mean(g**2)), np.sqrt(np.mean((e - g[:, None]) ** 2))
    alone, rest = parts[name]
    print(f"{name:16} and one price: {alone:.2f} $ of v alone, {rest:.2f} $ beyond")
np.testing.assert_array_less(5 * parts["deltas"][1], parts["deltas"][0])
np.testing.assert_array_less(5 * parts["deltas and vegas"][0], parts["deltas"][0])

# %% [markdown]
# ## 2. Time
#
# By the identity, as for S and v, but e^{−rT} depends on T as well:
#
#     ∂_T C = S φ(d_1) ∂_T(v√T) + rK e^{−rT} Φ(d_2) = S φ(d_1) v/(2√T) + rK e^{−rT} Φ(d_2)
#
# With gamma = φ(d_1)/(Sv√T) the first term is ½v²S² gamma. The second is r times the K-term of C,
# which is S delta − C. So the price solves the equation of Black and Scholes. (Traders call −∂_T C
# theta.)

# %%
x = rng.uniform([50, 0.1, 0.25], [150, 0.5, 2], (200, 3))  # (S, v, T), (200, 3)
S, vol, T = x.T                                            # (200,) each
C, K, r = sr.black_scholes(*sr.Jet.variables(x, order=2)).derivatives, 100.0, 0.05
right = 0.5 * vol**2 * S**2 * C[2, 0, 0] + r * S * C[1, 0, 0] - r * C[0, 0, 0]  # (200,)
d_1 = (np.log(S / K) + (r + vol**2 / 2) * T) / (vol * np.sqrt(T))              # (200,)
formula = (S * norm.pdf(d_1) * vol / (2 * np.sqrt(T))
           + r * K * np.exp(-r * T) * norm.cdf(d_1 - vol * np.sqrt(T)))  # ∂_T C, (200,)
time_error = max(np.abs(C[0, 0, 1] - right).max(), np.abs(C[0, 0, 1] - formula).max())
print(f"∂_T C up to {C[0, 0, 1].max():.1f} $ a year")
print(f"equation and formula against jets: {time_error:.0e}")
np.testing.assert_array_less(time_error, 1e-12)

# %% [markdown]
# ## 3. The scaling inside θ
#
# W ξ + b = W(x − μ)/σ + b, so the first layer in dollars has W/σ and b − W μ/σ, the last σ_y V and
# σ_y c + μ_y. Now no neuron is flat at the start, and both problems start from the same loss, up
# to σ_y². "lm" divides each parameter by the size of its column of the Jacobian, so that units of
# θ matter little to it. They are not all: W μ/σ mixes W into b, which no unit undoes, and it ends
# less than twice as high as on the scaled problem. "L-BFGS-B" measures all parameters by one
# length. In dollars the weights of S are 29 times smaller than in scaled units, the last ones 20
# times larger: a step that suits one is wrong for the other. After as many steps its loss is
# several times higher.

# %%
tau = {(0, 0): 0.5, (1, 0): 0.005, (0, 1): 20.0}
x = rng.uniform(*bounds.T, (100, 2))                       # (100, 2)
target = {a: greeks(x, 1)[a] + tau[a] * rng.normal(size=100) for a in tau}
lam, scaler = sr.noise_weights(tau), sr.Standardizer.from_data(x, target[0, 0])
dollars = sr.SobolevLoss(net, target, sr.samples(x), weights=lam)
scaled = sr.SobolevLoss(net, scaler.target(target), sr.samples(scaler.nodes(x)),
                        weights=scaler.weights(lam, 1))
theta = net.init(0)                                        # (33,)
(W, b), (V, c) = net.unpack(theta)                         # (8, 2), (8,), (1, 8), (1,)
folded = net.pack([(W / scaler.x_scale, b - W @ (scaler.x_shift / scaler.x_scale)),
                   (scaler.y_scale[:, None] * V, scaler.y_scale * c + scaler.y_shift)])
unit = scaler.y_scale[0] ** 2                              # σ_y²
np.testing.assert_allclose(dollars(folded)[0], unit * scaled(theta)[0], rtol=1e-12)
ends = {}
for method, steps in (("L-BFGS-B", 300), ("lm", 100)):
    ends[method] = (sr.fit(dollars, folded, method, maxiter=steps).fun,
                    unit * sr.fit(scaled, theta, method, maxiter=steps).fun)
    print(f"{method:8}: loss in dollars {ends[method][0]:.4f}, "
          f"scaled {ends[method][1]:.4f} (in $²)")
np.testing.assert_array_less(2 * ends["L-BFGS-B"][1], ends["L-BFGS-B"][0])
at_most = [2 * ends["lm"][1], ends["L-BFGS-B"][0] / 2]
np.testing.assert_array_less(ends["lm"][0], at_most)
