"""Pictures, each drawn on an `Axes`. Nothing but this folder, `paper`, `lab` and `claims` imports
matplotlib.

Read `figures` (a figure and its file), `runs` (fits, losses, steps), `errors` (residuals, spectra)
and `surfaces` (several variables), in this order.
"""

from .errors import plot_predicted as plot_predicted
from .errors import plot_residuals as plot_residuals
from .errors import plot_spectrum as plot_spectrum
from .figures import figure as figure
from .figures import save_figure as save_figure
from .runs import plot_derivative as plot_derivative
from .runs import plot_fit as plot_fit
from .runs import plot_loss as plot_loss
from .runs import plot_step_curve as plot_step_curve
from .runs import plot_terms as plot_terms
from .surfaces import plot_contour as plot_contour
from .surfaces import plot_sensitivity as plot_sensitivity
