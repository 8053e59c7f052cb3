"""Integrals over Ω as sums over nodes, and what is integrated.

Read, in this order: `quadrature` (a rule is nodes and weights), `rules` (seven of them on boxes),
`gauss` (where Gauss's nodes and weights come from),
`targets` (what is to be fitted, as derivatives at the nodes), `norms` (the Sobolev norm and φ_p), `weights`
(λ by order or by α, also from the data), and `scattered` (measured points as a rule).
"""

from .norms import sobolev_norm as sobolev_norm
from .norms import sobolev_seminorm as sobolev_seminorm
from .quadrature import Quadrature as Quadrature
from .rules import clenshaw_curtis as clenshaw_curtis
from .rules import gauss_legendre as gauss_legendre
from .rules import midpoint as midpoint
from .rules import monte_carlo as monte_carlo
from .rules import simpson as simpson
from .rules import sobol as sobol
from .rules import trapezoid as trapezoid
from .scattered import Coverage as Coverage
from .scattered import MergedSamples as MergedSamples
from .scattered import coverage as coverage
from .scattered import merge_samples as merge_samples
from .scattered import samples as samples
from .weights import bessel_weights as bessel_weights
from .weights import frobenius_weights as frobenius_weights
from .weights import noise_weights as noise_weights
