"""The paper's theorems as numbers, and where they end.

Read `checks` first: it holds the passes against answers that nobody derived by hand. `hessian` gives the
extreme eigenvalues of ∇²L, `lipschitz_constants` the L of Definition 6 as an exact number, a certificate
or an estimate. `certificate` derives the second for a network of any depth, from `majorants`, jets of
bounds. `descent` holds Theorems 3 and 4 against a step and a run, and `sublevel_step` finds a step for
which Theorem 4 holds on a network. `conditioning` says when derivatives make a linear model faster,
`tangent` at what rate a network learns which frequency, and `stability` which constant steps are stable:
descent, momentum, Adam and mini-batches. `inequalities` says what a loss certifies at every point of an
interval, `integral_bound` makes it hold for the true integral, `embedding` says it in two and three
variables, `traces` says it of the boundary, and `residual_error` what the residual of an equation says of its
solution's error. `spectra` says which frequencies an error is made of, and `fourier_loss` trains in H^s for
any real s.
`counterexamples` comes last: each of its functions breaks a statement of the paper, read literally.
"""

from .checks import check_derivatives as check_derivatives
from .checks import check_gradient as check_gradient
from .checks import nodes_on_kinks as nodes_on_kinks
from .checks import weak_derivative_defect as weak_derivative_defect
from .conditioning import condition_numbers as condition_numbers
from .conditioning import polyak_lojasiewicz as polyak_lojasiewicz
from .descent import descent_audit as descent_audit
from .descent import descent_lemma as descent_lemma
from .embedding import bessel_embedding as bessel_embedding
from .embedding import bessel_kernel as bessel_kernel
from .embedding import box_embedding as box_embedding
from .embedding import morrey_bound as morrey_bound
from .embedding import peak_in_the_plane as peak_in_the_plane
from .fourier_loss import FourierLoss as FourierLoss
from .hessian import sharpness as sharpness
from .inequalities import agmon_bound as agmon_bound
from .inequalities import poincare_bound as poincare_bound
from .inequalities import sharpest_weight as sharpest_weight
from .inequalities import sup_norm_certificate as sup_norm_certificate
from .integral_bound import CertifiedIntegral as CertifiedIntegral
from .integral_bound import certified_integral as certified_integral
from .lipschitz_constants import Lipschitz as Lipschitz
from .lipschitz_constants import lipschitz as lipschitz
from .residual_error import error_from_residual as error_from_residual
from .spectra import fourier_norm as fourier_norm
from .spectra import spectrum as spectrum
from .stability import adam_step_limit as adam_step_limit
from .stability import batch_growth as batch_growth
from .stability import batch_step_limit as batch_step_limit
from .stability import step_growth as step_growth
from .stability import step_limit as step_limit
from .sublevel_step import provable_step as provable_step
from .tangent import mode_rates as mode_rates
from .tangent import tangent_kernel as tangent_kernel
from .traces import trace_embedding as trace_embedding
