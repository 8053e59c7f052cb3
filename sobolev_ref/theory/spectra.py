"""`spectrum`: which frequencies a function of one variable is made of.

On a periodic interval of length ℓ the waves are those of the Fourier series, on any other interval
the Legendre polynomials, which need no periodicity and resolve the ends:

    e(x) = Σ_{j≥0} A_j cos(ω_j x + φ_j),   ω_j = 2πj/ℓ
    e(x) = Σ_{n≥0} c_n P_n(t),   c_n = (2n + 1)/2 ∫_{−1}^{1} e P_n dt,   t = (2x − a − b)/(b − a)

In either, a loss of order k weighs the high frequencies of its error more, a periodic one by 1 + ω² for
k = 1: compare the spectra of u_θ − u after training on both.
"""

from collections.abc import Callable
from math import isqrt

import numpy as np
from numpy.polynomial.legendre import leggauss, legvander
from numpy.typing import ArrayLike

from .._checks import MAX_ENTRIES, as_bounds, as_integer, as_values, as_word, check_size
from .._typing import Array


def spectrum(
    e: Callable[[Array], ArrayLike],
    bounds: tuple[float, float],
    n: int = 256,
    basis: str = "fourier",
) -> tuple[Array, Array]:
    """Amplitudes of a function by frequency, from n of its values.

    Parameters
    ----------
    e : callable
        A function of one array; for an error, ``lambda x: net.function(theta)(x) - u(x)``.
    bounds : tuple of float
        The interval; for "fourier" one period.
    n : int
        How many values. Frequencies above half of what they resolve are aliased.
    basis : {"fourier", "legendre"}
        "fourier", for a periodic interval: A_j, j = 0, …, ⌊n/2⌋, from n equidistant values by the
        discrete Fourier transform. "legendre", for any: |c_n|, by n-point Gauss–Legendre quadrature,
        exact for polynomials of degree < n.

    Returns
    -------
    frequency : ndarray, shape (F,)
        ω_j, in radians per unit of x; or the degree.
    amplitude : ndarray, shape (F,)
        A_j or |c_n|, in the units of e.

    Raises
    ------
    TypeError, ValueError
        For an unusable argument, with its name.

    Examples
    --------
    >>> frequency, amplitude = spectrum(lambda x: 3 + 0.5 * np.sin(2 * x), (0, 2 * np.pi), 8)
    >>> frequency.round(12), abs(amplitude).round(12)
    (array([0., 1., 2., 3., 4.]), array([3. , 0. , 0.5, 0. , 0. ]))
    >>> spectrum(lambda x: x**2, (-1, 1), 4, "legendre")[1].round(12)      # 1/3 P_0 + 2/3 P_2
    array([0.33333333, 0.        , 0.66666667, 0.        ])
    """
    box = as_bounds(bounds)
    if len(box) != 1:
        raise ValueError(f"bounds: got {len(box)} dimensions, takes one")
    basis = as_word("basis", basis, "fourier", "legendre")
    (a, b), count = box[0], as_integer("n", n, minimum=1)
    most = MAX_ENTRIES if basis == "fourier" else isqrt(MAX_ENTRIES // 4)
    entries = count if basis == "fourier" else 4 * count**2  # Legendre's matrices have n² each
    check_size("n", count, entries, f"at most {most:,}")
    if basis == "legendre":
        t, w = leggauss(count)
        values = as_values("e", e, (a + b) / 2 + (b - a) / 2 * t)
        degree = np.arange(count)
        c = (2 * degree + 1) / 2 * (legvander(t, count - 1).T @ (w * values))  # c_n, (n,)
        return degree.astype(float), np.abs(c)
    values = as_values("e", e, a + (b - a) * np.arange(count) / count)
    amplitude = np.abs(np.fft.rfft(values)) / count  # |ê(ω_j)|
    amplitude[1 : (count + 1) // 2] *= 2  # ω and −ω make one wave; 0 and the Nyquist frequency none
    return 2 * np.pi / (b - a) * np.arange(len(amplitude)), amplitude
