"""How good a prediction is, output by output: the share of the variance that it explains."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_curve, as_real_array, spread_of
from .._typing import Array


def r_squared(actual: ArrayLike, predicted: ArrayLike) -> float:
    """The coefficient of determination, the share of the variance that a prediction explains.

    R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)², over the entries where y is not NaN. It is 1 for a perfect prediction,
    0 for the mean ȳ, and below 0 for what is worse than the mean. Several outputs, the columns of (N, m), get
    the mean of their R², each against its own ȳ. It is NaN if all y of an output are equal but for
    rounding, because nothing is left to explain.

    Parameters
    ----------
    actual, predicted : array_like, shape (N,) or (N, m)
        y, which is NaN where nothing was measured, and ŷ.

    Examples
    --------
    >>> r_squared([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """
    y, y_hat = pair(actual, predicted)
    m = y.shape[-1] if y.ndim > 1 else 1
    return float(
        np.mean([explained(*both) for both in zip(y.reshape(-1, m).T, y_hat.reshape(-1, m).T)])
    )


def explained(y: Array, y_hat: Array, weights: Array | float = 1.0) -> float:
    """The R² of one output, (N,), with weights of the points; NaN where these leave nothing to explain."""
    w = np.broadcast_to(weights, y.shape)
    known = known_part("actual", np.where(w > 0, y, np.nan))
    w, y, y_hat = w[known], y[known], y_hat[known]
    unit = spread_of(y.min(), y.max())  # so that no square overflows or vanishes
    if unit == 0:
        return float("nan")
    spread = (y - y.min()) / unit
    spread = spread - (w * spread).sum() / w.sum()
    return float(1 - (w * ((y - y_hat) / unit) ** 2).sum() / (w * spread**2).sum())


def pair(actual: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    """y and ŷ, two arrays of one shape."""
    y, y_hat = as_curve("actual", actual), as_real_array("predicted", predicted)
    if y.shape != y_hat.shape:
        raise ValueError(f"predicted: got shape {y_hat.shape}, takes shape {y.shape}")
    return y, y_hat


def known_part(name: str, values: Array) -> Array:
    """Where the values are numbers and not NaN, which they are somewhere."""
    known = ~np.isnan(values)
    if not known.any():
        raise ValueError(f"{name}: got no number, takes at least one")
    return known
