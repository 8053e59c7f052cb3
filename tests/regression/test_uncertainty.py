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
