"""Sobolev training in plain NumPy: exact passes for outputs and input derivatives of every order.

    L(θ) = Σ_{|α|≤k} λ_α ∫_Ω |Dᵅu_θ − Dᵅu|^p dx

A multilayer perceptron u_θ is evaluated on jets (truncated Taylor series) in place of numbers, which
gives every Dᵅu_θ exactly. The transpose of the same lines gives ∇_θ L. Read `plain` first: it is the whole
method in 150 lines, and the definition of what the rest computes faster. Then read the folders, in this
order: `jets`, `models`, `integrals`, `losses`, `optimize`, `theory`, `data`, `plots`, `regression`, `paper`,
`testing`. Two remain, `lab` and `claims`; nothing else imports them.

An argument that is not as its docstring says is refused before any work, by `TypeError` or `ValueError` whose
message has its name, what it got and what it takes. A section "Raises" stands where there is more to say.

Notation
--------
    d, m      `d, m`                  input and output dimension
    N         `n`                     quadrature nodes
    k, p      `order, p`              Sobolev order and exponent
    Ω         `bounds`                (d, 2), the domain, a box
    x_i, w_i  `rule.nodes, .weights`  (N, d), (N,)
    α         tuple of d ints         multi-index; A of them with |α| ≤ k, in graded order
    Dᵅu       `derivatives[alpha]`    (N, m), partial derivative
    u_α       `jet[a]`                (A, N, width), Taylor coefficient Dᵅu / α!
    θ         `theta`                 (P,), per layer W (n_out, n_in) row-major, then b (n_out,)
    λ_n, λ_α  `weights`               by order (k + 1 numbers) or by α (a mapping)
    r_α       `residual`              (N, m), Dᵅu_θ − Dᵅu
    η         `learning_rate`         step size
    v̄         `v_bar`                 ∂L/∂v

Equations
---------
Each tag stands here, in a docstring, at the end of the one line of code that does the arithmetic (in `plain`
once more), and in the test that holds it to an independent answer.

    (J1)  (u v)_γ = Σ_{α+β=γ} u_α v_β                          truncated product
    (J2)  z_α = W a_α, plus b where α = 0                      affine layer
    (J3)  γ_q a_γ = Σ_{α+β=γ, α_q>0} α_q z_α s_β               a = σ(z), s = σ′(z)
    (J4)  z̄_β = Σ_{γ≥β} s_{γ−β} ā_γ                            transpose of δa = s δz
    (J5)  W̄ = Σ_α z̄_αᵀ a_α,  b̄ = z̄_0,  ā_α = z̄_α W              transpose of (J2)
    (R1)  h_{l−1} = W_lᵀ (s_l · h_l), h_0 = ∇_x u              reverse road, for d > mk
    (R2)  ḡ_l = W_l h̄_{l−1}, h̄_l = s_lᵀ ḡ_l, s̄_l = h_lᵀ ḡ_l   its transpose
    (Q1)  ∫_Ω f dx ≈ Σ_i w_i f(x_i)                            quadrature
    (Q2)  |N(e) − N(p)| ≤ N(R),  e = p + R on cells              certified integral
    (D2)  ‖u‖_{k,p} = (Σ_{|α|≤k} ‖Dᵅu‖_p^p)^{1/p}              Definition 2
    (D3)  L(θ) = Σ_{|α|≤k} λ_α ‖Dᵅu_θ − Dᵅu‖_p^p               Definitions 3, 4, 5
    (W1)  λ_n = 1 / Σ_{|α|=n} ‖Dᵅu‖_p^p                         balanced weights
    (W2)  λ_α = (τ_0 / τ_α)²                                   Gauss and Markov, noise τ_α in Dᵅu
    (W3)  λ_α N / N_α                                          the mean over α's own N_α points
    (S1)  Dᵅ_ξ η = (σ_x^α / σ_y) Dᵅ_x y                        x = μ_x + σ_x ξ, y = μ_y + σ_y η, α ≠ 0
    (S2)  λ̃_α = λ_α σ_x^{−pα}                                  one loss in two units
    (T1)  ∇‖r_0‖_p^p = p ∫ φ_p(r_0) ∇u_θ dx                    Theorem 1, φ_p(r) = sign(r)|r|^{p−1}
    (T2)  ∇‖r_α‖_p^p = p ∫ φ_p(r_α) ∇Dᵅu_θ dx                  Theorem 2
    (D7)  θ_{k+1} = θ_k − η ∇L(θ_k)                            Definition 7
    (A1)  the same step with both of its gradients             Algorithm 1
    (H1)  ∇²L(θ) v = Im ∇L(θ + i h v) / h                      complex step, h = 1e−20 / max|v|
    (G1)  r_{(α,i,j)} = √(λ_α w_i) (Dᵅu_θ − Dᵅu)_j(x_i)        L = ‖r‖² for p = 2
    (G2)  G_L = I,  G_l = (G_{l+1} W_{l+1}) · s_l              G_l = ∂u/∂z_l, a jet of matrices
    (G3)  ∂u_γ/∂W_l = Σ_{α+β=γ} G_{l,α} ⊗ a_{l−1,β}            J = ∂r/∂θ, ∇L = 2 Jᵀr
    (X1)  r = Σ_α c_α Dᵅu_θ − f                                equations between derivatives
    (X2)  ū_α = α! c_αᵀ r̄,  r̄ = λ p w φ_p(r)                   of which (J4), (J5) make ∇L
    (X3)  ∂r/∂θ = Σ_α c_α ∂Dᵅu_θ/∂θ                            c_α = ∂F/∂Dᵅu where r is not linear
    (X4)  Var L̂ = Σ_i w_i² 2/(d+2) (d tr G_i² − (tr G_i)²)/n   n random projections, G = Σ_j ∇e_j ∇e_jᵀ
    (N1)  (AᵀA + λI) y = −Aᵀr                                  A = J D⁻¹, y = D p: the damped step
    (N2)  JᵀJ = Σ_b J_bᵀJ_b,  Jᵀr = Σ_b J_bᵀr_b                then Cholesky
    (N3)  T ← R of [T; J_b r_b]                                TSQR, QR by blocks of rows
    (N4)  λ ← λ + (‖y‖ − Δ)/Δ · ‖y‖²/‖U⁻ᵀy‖²                   Moré's λ, UᵀU = AᵀA + λI
    (N5)  ρ = (‖r‖² − ‖r₊‖²) / (‖r‖² − ‖r + J p‖²)             what a step brought of its promise
    (N6)  y = Qz, (TTᵀ + λI) z = −Tr, Aᵀ = QT                  the same for fewer rows than columns
    (B1)  Σ_B ∇L_B = ∇L,  g = n ∇L_B                           an epoch of n mini-batches
    (Z1)  H₊ y = s                                             secant equation, s = θ₊ − θ, y = ∇L(θ₊) − ∇L(θ)
    (Z2)  H₊ = (H − Hy yᵀH/yᵀHy + φ yᵀHy v vᵀ)/τ + s sᵀ/sᵀy     Broyden's class, v = s/sᵀy − Hy/yᵀHy
    (Z3)  b = sᵀBs/sᵀy, h = yᵀHy/sᵀy, B = H⁻¹                  how good H was along the step
    (Z4)  ψ = 1/b − 1, in [(ρ − 1)/a, 1/ρ], φ = (1 − ψ)/(1 + aψ)  SSBroyden, a = bh − 1
    (Z5)  τ = min(1, 1/b) σ^{−1/(P−1)}, σ = 1 + aψ             its scale
    (U1)  ∂L/∂φ = s ∘ ∇L  for θ = s ∘ φ                        θ in units s of its own
    (U2)  s_B = (Σ_{j∈B} ‖∂r/∂θ_j‖² / |B|)^{−1/2}              one unit for each layer's W and b
    (D6)  ‖∇L(θ₁) − ∇L(θ₂)‖ ≤ L ‖θ₁ − θ₂‖                      Definition 6
    (L1)  ‖∇²L‖ ≤ 2(‖J(θ₀)‖ + ρκ)² + 2 λ_max(Σ λ_α w_i R K)    certificate on ‖θ − θ₀‖ ≤ ρ, any MLP
    (L2)  ‖∇²L‖ ≤ 2 λ_max(Σ λ_α w_i (G Gᵀ + R K))              the same without J(θ₀)
    (L3)  ‖∇²L‖ ≤ ‖∇²L(θ₀)‖ + 2ρ(2κ‖J(θ₀)‖ + ρκ² + …)          the same with ∇²L(θ₀)
    (L4)  {L ≤ L(θ₀)} ⊂ {‖θ‖ ≤ √(2 L(θ₀)/μ)}                    weight decay: a provable step
    (M1)  ‖(u v)_γ‖ ≤ Σ_{α+β=γ} ‖u_α v_β‖                      majorant jets: product, by Hölder
    (M2)  ‖W v‖_q ≤ min_p ‖W⁰‖_{p→q} ‖v‖_p + ρ_l c_q ‖v‖₂      affine layer
    (M3)  ‖σ(z)_γ‖ ≤ Σ_n ‖S_n (ẑⁿ)_γ‖ / n!                     activation, S_n ≥ |σ⁽ⁿ⁾| near z(θ₀)
    (M4)  ‖v(θ)‖ ≤ ‖v(θ₀)‖ + min(ρ ‖g‖, Σ_l ρ_l g_l)           mean value
    (M5)  ‖∂_l ∂_j u‖ ≤ β! c_β,  β = e_l + e_j                 derivatives in θ, from coefficients
    (V1)  u_n(x) ∈ U_n for all x ∈ [a, b]                      interval jets: (J1), (J3) of intervals
    (T3)  L(θ+Δ) ≤ L(θ) + ∇L·Δ + (L/2)‖Δ‖²                     Theorem 3, the descent lemma
    (T3') the remainder is ∫₀¹ (1−t) Δᵀ∇²L(θ+tΔ)Δ dt           its exact form
    (T4)  L(θ_{k+1}) ≤ L(θ_k) − η(1 − Lη/2)‖∇L(θ_k)‖²          Theorem 4
    (T5)  min_θ ‖Φθ − y‖²                                      Theorem 5, u_θ linear in θ
    (K1)  κ(A)/κ(A_0), A = Σ_n λ_n A_n                         when H¹ is faster
    (K2)  ‖∇L‖² ≥ 2μ (L − L*)                                  Polyak–Łojasiewicz
    (K3)  r′ = −2 Θ r,  Θ = J Jᵀ                               neural tangent kernel
    (K4)  a·(a + λa_1)/|a|² = 1 + λω² + λ a·b/|a|²             rate of a frequency, b of the boundary
    (E1)  η λ_max(H) < 2(1 + β)                                stable steps: descent, momentum
    (E2)  η λ_max(S^{−1/2}HS^{−1/2}) < 2(1 + β₁)/(1 − β₁)      Adam with frozen S = diag(√v̂ + ε)
    (E3)  η λ_max(A⁺B) < 1, B = E[H_b ⊗ H_b]                   independent mini-batches
    (P1)  δ = argmin Σ_i h_i (A_i δ + g_i/h_i)²                any p, linear in θ: reweighted least squares
    (P2)  ‖Aθ − b‖_p ≥ |vᵀb| / ‖v‖_q  for Aᵀv = 0              how near the global minimum is
    (Y1)  H = Σ_t J_tᵀJ_t/τ_t² + diag a                        half the Hessian, by Gauss and Newton
    (Y2)  −2 log p = L + log det H − Σ log a + Σ N_t log 2πτ_t²   evidence, by Laplace
    (Y3)  τ_t² = E_t/(N_t − γ_t), a_g = γ_g/‖θ_g‖²             where it is greatest
    (Y4)  γ_t = tr(H⁻¹ J_tᵀJ_t)/τ_t², γ_g = P_g − a_g tr_g H⁻¹  what is known of θ
    (Y5)  Var Dᵅy(x) = c_α g_αᵀ H⁻¹ g_α + τ_α²                 of a new measurement
    (Y6)  Σ_j s_j/(a + s_j) = 1 + a ‖θ_g‖²                     a of a flat prior of a^{−1/2}
    (Y7)  c_α = c 2^max(0, |α| − k)                            optima differ more in what is beyond order k
    (Y8)  r = max_i min_{j≠i} |x_i − x_j|                      of places with numbers: beyond it is a hole
    (C1)  N C(d+k, k)                                          operations of a pass of order k
    (I1)  ‖e‖_∞² ≤ λ^{−1/2} coth(ℓ/√λ) ∫(e² + λe′²)            sup-norm certificate
    (I2)  ‖e‖_∞² ≤ ‖e‖²/ℓ + 2‖e‖‖e′‖                           Agmon
    (I3)  ‖e − ē‖ ≤ (ℓ/π)‖e′‖                                  Poincaré
    (I4)  ‖u‖_s² = ℓ Σ_ω (1 + ω²)^s |û(ω)|²                    periodic interval
    (I5)  ‖e‖_∞² ≤ Γ(s − d/2)/((4π)^{d/2} Γ(s)) ‖e‖_s²         on ℝᵈ, s > d/2
    (I6)  ‖e‖_∞² ≤ |Ω|⁻¹ Σ_n 1/w(πn/ℓ) Σ_α λ_α ‖Dᵅe‖²          on a box, α ≤ 1
    (I7)  ‖e − ē‖_∞ ≤ C ‖∇e‖_p,  p > d                         Morrey, on a box
    (I8)  ‖e‖_1 ≤ C ‖−Δe + ce‖,  e = 0 at the boundary          C² = max (1 + μ)/(μ + c)²
    (I9)  ‖e‖²/‖e′‖² = λ (sinh 2y + 2y)/(sinh 2y − 2y)         the best λ in (I1), y = ℓ/√λ
    (I10) ∫_∂Ω e² ≤ C ∫_Ω (e² + λ|∇e|²),  1/C = λ m_q tanh(m_q ℓ_q/2)  traces on a box, λ Σ m_q² = 1
    (F1)  L(θ) = ℓ Σ_ω (1 + ω²)^s |r̂(ω)|² = (ℓ/N) |S r|²       training in H^s
    (F2)  S φ = (1 + ω²)^{s/2} φ                               for a wave φ of the nodes

Departures from the paper
-------------------------
Theorems 3, 4 and 5 are implemented as corrected in docs/errata.md: the lemma on a segment, a gradient
that tends to zero and not a θ_k that converges, a global minimum for models linear in θ. Each α counts
once (Definition 3 taken literally counts the values twice). The gradient is coded with φ_p, which is
finite at r = 0 for every p ≥ 1. The step of Algorithm 1 uses the sum of its two gradients, with λ, which
the paper leaves out. Orders for which Theorem 2 is false (ReLU with k ≥ 1) are refused.
"""

from .data.functions import FUNCTIONS as FUNCTIONS
from .data.functions import StandardFunction as StandardFunction
from .data.functions import black_scholes as black_scholes
from .data.standardizer import Standardizer as Standardizer
from .data.storage import Saved as Saved
from .data.storage import load as load
from .data.storage import save as save
from .data.tables import columns as columns
from .integrals.norms import sobolev_norm as sobolev_norm
from .integrals.norms import sobolev_seminorm as sobolev_seminorm
from .integrals.quadrature import Quadrature as Quadrature
from .integrals.rules import clenshaw_curtis as clenshaw_curtis
from .integrals.rules import gauss_legendre as gauss_legendre
from .integrals.rules import midpoint as midpoint
from .integrals.rules import monte_carlo as monte_carlo
from .integrals.rules import simpson as simpson
from .integrals.rules import sobol as sobol
from .integrals.rules import trapezoid as trapezoid
from .integrals.scattered import Coverage as Coverage
from .integrals.scattered import MergedSamples as MergedSamples
from .integrals.scattered import coverage as coverage
from .integrals.scattered import merge_samples as merge_samples
from .integrals.scattered import samples as samples
from .integrals.weights import bessel_weights as bessel_weights
from .integrals.weights import frobenius_weights as frobenius_weights
from .integrals.weights import noise_weights as noise_weights
from .jets.activations import ACTIVATIONS as ACTIVATIONS
from .jets.activations import Activation as Activation
from .jets.jet import Jet as Jet
from .jets.multi_index import multi_indices as multi_indices
from .losses.loss import Loss as Loss
from .losses.loss import Ridge as Ridge
from .losses.residual import NonlinearResidual as NonlinearResidual
from .losses.residual import ResidualLoss as ResidualLoss
from .losses.sobolev import SobolevLoss as SobolevLoss
from .models.linear import LinearModel as LinearModel
from .models.mlp import MLP as MLP
from .optimize.convex import solve_convex as solve_convex
from .optimize.fitting import fit as fit
from .optimize.linear import solve_linear as solve_linear
from .optimize.optimizers import adam as adam
from .optimize.optimizers import gradient_descent as gradient_descent
from .optimize.optimizers import momentum as momentum
from .optimize.quasi_newton import quasi_newton as quasi_newton
from .regression.regressor import SobolevRegressor as SobolevRegressor
from .theory.checks import check_derivatives as check_derivatives
from .theory.checks import check_gradient as check_gradient
from .theory.checks import weak_derivative_defect as weak_derivative_defect
from .theory.descent import descent_audit as descent_audit
from .theory.descent import descent_lemma as descent_lemma
from .theory.hessian import sharpness as sharpness
from .theory.inequalities import agmon_bound as agmon_bound
from .theory.inequalities import poincare_bound as poincare_bound
from .theory.inequalities import sharpest_weight as sharpest_weight
from .theory.inequalities import sup_norm_certificate as sup_norm_certificate
from .theory.integral_bound import certified_integral as certified_integral
from .theory.lipschitz_constants import Lipschitz as Lipschitz
from .theory.lipschitz_constants import lipschitz as lipschitz
from .theory.spectra import fourier_norm as fourier_norm
from .theory.spectra import spectrum as spectrum
from .theory.sublevel_step import provable_step as provable_step

__version__ = "0.1.0"
__all__ = sorted(name for name in globals() if not name.startswith("_"))
