"""How far off values and derivatives may be: against linear algebra, and by counting."""

import numpy as np

import sobolev_ref as sr
from sobolev_ref.regression import uncertainty
from sobolev_ref.regression.uncertainty import deviations


def test_deviations_of_a_linear_model_are_those_of_linear_algebra(monkeypatch):
    """(Y5) against Φ H⁻¹ Φᵀ from the model's own basis, in one block and in several."""
    model = sr.LinearModel.fourier(2, [(0, 1)])
    rng = np.random.default_rng(0)
    P = model.n_parameters
    root = rng.standard_normal((P, P))
    theta, x = rng.standard_normal(P), rng.uniform(0, 1, (7, 1))
    noise = {(0,): 0.3, (2,): 2.0}
    found = deviations(model, theta, root @ root.T, noise, x, 2)
    basis = [model.derivatives(e, x, 2) for e in np.eye(P)]
    for alpha, deviation in found.items():
        phi = np.concatenate([u[alpha] for u in basis], axis=1)  # (N, P)
        variance = ((phi @ root) ** 2).sum(axis=1) + noise.get(alpha, 0.0) ** 2
        np.testing.assert_allclose(deviation[:, 0], np.sqrt(variance), rtol=1e-10)
    monkeypatch.setattr(uncertainty, "ENTRIES", 3 * P)
    for alpha, deviation in deviations(model, theta, root @ root.T, noise, x, 2).items():
        np.testing.assert_allclose(deviation, found[alpha], rtol=1e-12)


def test_slopes_alone_without_a_ridge_have_a_noise_and_deviations():
    """∂_q y = a_q + ε_q with σ_q ε_q of one size τ: 22 of 24 are left, a_q has the variance τ²/12σ_q².

    No number tells the constant, and no ridge.
    """
    rng = np.random.default_rng(0)
    x, slopes = rng.normal(size=(12, 2)), [2.0, -1.0] + 0.1 * rng.normal(size=(12, 2))
    model = sr.SobolevRegressor((), alpha=0.0).fit(x, None, slopes)
    np.testing.assert_allclose(model.gradient(x[:1])[0], slopes.mean(axis=0), rtol=1e-9)
    left = (slopes - slopes.mean(axis=0)) * x.std(axis=0)
    tau = np.sqrt(np.sum(left**2) / 22) / x.std(axis=0)
    noise, std = model.noise_, model.derivatives(x[:1], 1, return_std=True)[1]
    np.testing.assert_allclose([noise[1, 0][0], noise[0, 1][0]], tau, rtol=1e-6)
    np.testing.assert_allclose([std[1, 0][0], std[0, 1][0]], tau * (13 / 12) ** 0.5, rtol=1e-4)
    assert std[0, 0][0] > 1e4
