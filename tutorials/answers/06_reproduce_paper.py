# %% [markdown]
# # Answers to tutorial 6
#
# The exercises of [06_reproduce_paper.py](../06_reproduce_paper.py), worked.

# %%
import numpy as np
from scipy.optimize import minimize, minimize_scalar

import sobolev_ref as sr
from sobolev_ref.paper import EXPONENTIAL, SINE, Run, train


def run(example, order, n, seed, epochs=400):
    rule = sr.gauss_legendre([example.bounds], n).mean()
    loss = sr.SobolevLoss(sr.MLP(example.widths), example.target, rule, order=order)
    fit = minimize(loss, loss.model.init(seed), jac=True, method=sr.adam, options={
        "learning_rate": example.rate, "maxiter": epochs, "gtol": 0.0})
    return loss, Run(example, loss.model, fit, 0.0)


# %% [markdown]
# ## 1. Other target, other seeds
#
# Here with 400 epochs, to save time.

# %%
wins, agreement = [], []
print("for each seed sup |e|, then sup |e′|, of Sobolev, L² 100, L² 200")
settings = ((1, 100), (0, 100), (0, 200))                  # order and nodes
for example, seeds in ((SINE, (1, 2)), (EXPONENTIAL, (0, 1, 2))):
    for seed in seeds:
        errors = np.array([run(example, order, n, seed)[1].sup_errors()
                           for order, n in settings])      # (3 runs, e and e′)
        wins.append(errors[0] < errors[1:].min(axis=0))
        agreement.append(errors[2] / errors[1])
        print(f"{example.name:10} {seed}  ", *(f"{e:.1e}" for e in errors[:, 0]), "  ",
              *(f"{e:.1e}" for e in errors[:, 1]))
wins = np.mean(wins, axis=0)                               # of e, of e′
print(f"the Sobolev run is best in {wins[0]:.0%} of the rows (e), {wins[1]:.0%} (e′)")
np.testing.assert_array_less(0.5, wins)

# %% [markdown]
# "Smaller errors with derivatives" survives in as many rows as the last line says, for both
# targets; "how many times smaller" changes from row to row. Five rows are no proof, and whether
# another learning rate would help L² more than Sobolev, they do not say. [The
# claims](../../docs/claims.md) ask that of many seeds.
#
# ## 2. The best λ in the certificate
#
# For √λ well below ℓ, coth(ℓ/√λ) ≈ 1, and λ^{−1/2}A + λ^{1/2}B is smallest at λ = A/B, with the
# value 2√(AB). √λ is then ‖e‖/‖e′‖: the length over which the error varies, here about a
# quarter, as the error wiggles.

# %%
fit = train(SINE, epochs=1000)
terms = SINE.loss(800).terms(fit.fit.x)                    # means of e² and e′²
A, B = SINE.length * terms[0,], SINE.length * terms[1,]


def certificate(log):
    """The bound for λ = e^log."""
    lam = np.exp(log)
    return sr.sup_norm_certificate(A + lam * B, SINE.length, lam)


best = minimize_scalar(certificate, bounds=(-12, 5))
lam, bound, sup = np.exp(best.x), best.fun, fit.sup_errors()[0]
at_one = sr.sup_norm_certificate(A + B, SINE.length)
print(f"best λ = {lam:.2e}, A/B = {A / B:.2e}")
print(f"bound {bound:.1e}, for λ = 1 {at_one:.1e}; sup |e| = {sup:.1e}")
np.testing.assert_allclose(lam, A / B, rtol=0.01)
np.testing.assert_allclose(bound, np.sqrt(2 * np.sqrt(A * B)), rtol=1e-3)
np.testing.assert_array_less([sup, bound], [bound, at_one])

# %% [markdown]
# ## 3. L-BFGS-B after Adam
#
# It lowers each loss further, with no learning rate to choose. Read off what that does to sup |e′|:
# an L² loss can fall while the error of the derivative, which it does not see, grows.

# %%
print("f = sin x         sup |e′| after Adam   after 300 iterations of L-BFGS-B")
options = {"maxiter": 300}
for name, (order, n) in zip(("Sobolev, 100", "L², 100", "L², 200"), settings):
    loss, adam = run(SINE, order, n, seed=0, epochs=1000)
    fit = minimize(loss, adam.fit.x, jac=True, method="L-BFGS-B", options=options)
    before = adam.sup_errors()[1]
    after = Run(SINE, loss.model, fit, 0.0).sup_errors()[1]
    print(f"{name:15}        {before:.1e}             {after:.1e}")
    np.testing.assert_array_less(fit.fun, adam.fit.fun)

# %% [markdown]
# A fair comparison would hold equal what costs: the time, or the number of values and derivatives
# that someone must measure. It would give each loss its own best learning rate, found with the same
# effort, and report many seeds. [The claims](../../docs/claims.md) do so.
