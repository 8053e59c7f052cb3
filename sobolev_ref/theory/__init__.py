"""The paper's theorems as numbers, and where they end.

Read `checks` (the passes held against finite differences), `certificate` and `lipschitz_constants`
(L: exact, certified or an estimate), `hessian` (the sharpness λ_max), `descent` (the descent lemma,
the audit of a run), `inequalities` (what a loss certifies at every point), `spectra` (which
frequencies an error is made of), `counterexamples` and `step_limits` (where the paper's wording
fails), in this order.
"""

from .checks import check_derivatives as check_derivatives
from .checks import check_gradient as check_gradient
from .descent import descent_audit as descent_audit
from .descent import descent_lemma as descent_lemma
from .hessian import sharpness as sharpness
from .inequalities import agmon_bound as agmon_bound
from .inequalities import fourier_norm as fourier_norm
from .inequalities import poincare_bound as poincare_bound
from .inequalities import sup_norm_certificate as sup_norm_certificate
from .inequalities import weak_derivative_defect as weak_derivative_defect
from .lipschitz_constants import Lipschitz as Lipschitz
from .lipschitz_constants import lipschitz as lipschitz
from .spectra import spectrum as spectrum
