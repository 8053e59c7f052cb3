"""Code of someone else's held to the reference: what is wrong, where, and which mistake it looks like.

A check takes a plain function of arrays, is silent where it is right, and raises an AssertionError where it
is not. `help(sobolev_ref.testing.checks)` says what each check passes to the function, and what it must
return.

    >>> from sobolev_ref import testing
    >>> def product(u, v, alphas):  # jets of the shape (A, N, n): Taylor coefficients, a row for each α
    ...     return u * v
    >>> try:
    ...     testing.check_product(product)
    ... except AssertionError as found:
    ...     print(found)
    check_product: the function is wrong.
    <BLANKLINE>
    The smallest case found:
        u = np.array(...
        got = product(u, v, alphas)
    ...
    This looks like: the jets are multiplied entry by entry, u_γ v_γ; (J1) sums u_α v_β over all α + β =
    γ.
    <BLANKLINE>
    Right: α = (0, 0). Wrong: |α| = 1, |α| = 2.
    It is right for order 0. It is wrong with one node (N = 1), with one component (n = 1), in one
    variable (d = 1), for order 1.

Read `equations` (the method of `plain`, each equation a function of its own), `mistakes` (that method with
one function replaced) and their tables `mistakes_in_jets`, `mistakes_in_networks`, `mistakes_in_losses`,
`mistakes_in_steps` and `mistakes_in_rules`, then `cases` (what a function is given), `tasks` (what each
check asks for), `expressions` and `strategies` (what Hypothesis draws), `running` (one call of a function,
and where it is wrong), `recognition` (what mistake a wrong answer looks like), `facts` (what is right in
it), `checking` (the loop, and the message) and `checks`, in this order. `frameworks` stands apart: it has
the networks of PyTorch, Keras, JAX, Flax and scikit-learn, and the derivatives that their autodiff should
give.

The course comes last: `course_checks` says what each assignment asks for, `course_child` runs a solution,
in the process that `course_process` starts, and `course` gives the marks, which `__main__` prints.
"""

from .checking import CheckFailed as CheckFailed
from .checks import check_activation as check_activation
from .checks import check_backward as check_backward
from .checks import check_chain_rule as check_chain_rule
from .checks import check_forward as check_forward
from .checks import check_gradient as check_gradient
from .checks import check_loss as check_loss
from .checks import check_optimizer as check_optimizer
from .checks import check_product as check_product
from .checks import check_quadrature as check_quadrature
from .checks import check_transpose as check_transpose
from .frameworks import from_jax as from_jax
from .frameworks import from_keras as from_keras
from .frameworks import from_sklearn as from_sklearn
from .frameworks import from_torch as from_torch
from .frameworks import oracle as oracle
from .frameworks import to_jax as to_jax
from .frameworks import to_keras as to_keras
from .frameworks import to_sklearn as to_sklearn
from .frameworks import to_torch as to_torch
