"""From a measured table to answers in the caller's units: every step of training on one's own data."""

import numpy as np
from scipy.optimize import minimize

import sobolev_ref as sr


def test_a_table_of_temperatures_and_slopes(tmp_path):
    """T(h) = 288 − 65 h/10⁴ + 3 sin(h/800) K for h to 5 km: values at 40 heights, some missing, slopes at 15
    others, noise on both; fitted in scaled units, written, read, and held against T and T′ in K and K/m."""
    T = lambda h: 288 - 6.5e-3 * h + 3 * np.sin(h / 800)
    slope = lambda h: -6.5e-3 + 3 / 800 * np.cos(h / 800)
    rng = np.random.default_rng(0)
    tau = (0.05, 1e-4)
    h, g = rng.uniform(0, 5000, 40), rng.uniform(0, 5000, 15)
    values = T(h) + tau[0] * rng.normal(size=40)
    values[::8] = np.nan
    merged = sr.merge_samples(
        {(0,): (h, values), (1,): (g, slope(g) + tau[1] * rng.normal(size=15))}
    )
    assert merged.coverage.counts == {(0,): 35, (1,): 15}

    scaler = sr.Standardizer.from_data(merged.rule.nodes, merged.target[(0,)])
    net = sr.MLP((1, 12, 1))
    loss = sr.SobolevLoss(
        net,
        scaler.target(merged.target),
        scaler.rule(merged.rule).mean(),
        weights=scaler.weights(sr.noise_weights(tau), 1),
    )
    fit = minimize(loss, net.init(0), jac=True, method="L-BFGS-B", options={"maxiter": 400})

    path = tmp_path / "temperature.npz"
    sr.save(path, net, fit.x, scaler=scaler, metadata={"units": "m, K", "tau": tau})
    saved = sr.load(path)
    assert saved.metadata["units"] == "m, K" and saved.metadata["tau"].tolist() == list(tau)
    x = np.linspace(200, 4800, 200)
    answer = saved.scaler.model(saved.model).derivatives(saved.theta, x, 1)
    rms = [np.sqrt(np.mean((answer[(n,)][:, 0] - f(x)) ** 2)) for n, f in enumerate((T, slope))]
    assert rms[0] < tau[0]  # better than one measurement
    assert rms[1] < 1.5 * tau[1]
