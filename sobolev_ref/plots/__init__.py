"""Pictures. Each function draws on an `Axes` and returns it.

Only this folder, `paper`, `lab` and `claims` import matplotlib.

Read `figures` (a figure, its file, and the look that all pictures share), `fits` (what was learned on
top of what is true), `runs` (losses over the iterations) and `errors` (what is wrong, and how much), in
this order.
"""

from ..data.scores import r_squared as r_squared
from .errors import plot_predicted as plot_predicted
from .errors import plot_residuals as plot_residuals
from .errors import plot_spectrum as plot_spectrum
from .errors import plot_step_curve as plot_step_curve
from .figures import COLORS as COLORS
from .figures import LEARNED as LEARNED
from .figures import LINES as LINES
from .figures import MARKERS as MARKERS
from .figures import POINTS as POINTS
from .figures import TRUE as TRUE
from .figures import derivative_name as derivative_name
from .figures import figure as figure
from .figures import label_ends as label_ends
from .figures import legend_above as legend_above
from .figures import line_style as line_style
from .figures import save_figure as save_figure
from .fits import plot_contour as plot_contour
from .fits import plot_derivative as plot_derivative
from .fits import plot_fit as plot_fit
from .fits import plot_sensitivity as plot_sensitivity
from .runs import plot_loss as plot_loss
from .runs import plot_terms as plot_terms
