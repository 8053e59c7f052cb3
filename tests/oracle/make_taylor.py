"""Make taylor.json.gz: Taylor coefficients of functions of one variable, by mpmath to 25 digits.

    pip install mpmath; python tests/oracle/make_taylor.py

mpmath takes them from divided differences at 150 digits, so that no recurrence has a part in them.
Nodes lie in the middle, at and near 0, near singularities and in saturation.
"""

import gzip
import json
from pathlib import Path

import mpmath as mp

ORDER = 12


def q(x):
    """The second argument of the functions of two."""
    return mp.mpf("1.25") - x / 2 + x * x


def log_abs_gamma(x):
    return mp.log(mp.gamma(x) if mp.re(mp.gamma(x)) > 0 else -mp.gamma(x))


LOG = [1e-8, 0.3, 1.0, 1e8]
ROOT = [1e-8, 0.3, 1e8]
POWER = [1e-3, 0.3, 1.7, 9.0]
NEAR_1 = 1 - 2.0**-20
FUNCTIONS = {
    "exp": (mp.exp, [0.3, -30.0, 700.0]),
    "exp2": (lambda x: mp.mpf(2) ** x, [0.3, -30.0, 1000.0]),
    "expm1": (mp.expm1, [1e-9, 0.3, -40.0]),
    "log": (mp.log, LOG),
    "log2": (lambda x: mp.log(x, 2), LOG),
    "log10": (mp.log10, LOG),
    "log1p": (mp.log1p, [-NEAR_1, 1e-9, 0.3, 1e8]),
    "sqrt": (mp.sqrt, ROOT),
    "cbrt": (mp.cbrt, ROOT),
    "sin": (mp.sin, [0.0, 1e-9, 0.3, 50.0]),
    "cos": (mp.cos, [0.0, 0.3, 50.0]),
    "tan": (mp.tan, [0.0, 0.3, 1.5, 1.5707]),
    "sinh": (mp.sinh, [0.0, 0.3, -20.0]),
    "cosh": (mp.cosh, [0.0, 0.3, -20.0]),
    "tanh": (mp.tanh, [0.0, 0.3, 3.0, 20.0, -40.0]),
    "arcsin": (mp.asin, [0.0, 0.3, -0.75, 0.999, NEAR_1]),
    "arccos": (mp.acos, [0.0, 0.3, -0.75, 0.999, NEAR_1]),
    "arctan": (mp.atan, [0.0, 0.3, -5.0, 1e3, 1e9]),
    "arcsinh": (mp.asinh, [0.0, 0.3, -5.0, 1e3, 1e9]),
    "arccosh": (mp.acosh, [1 + 2.0**-20, 1.5, 7.0, 1e9]),
    "arctanh": (mp.atanh, [0.0, 0.3, -0.9, NEAR_1]),
    "erf": (mp.erf, [0.0, 0.3, -2.0, 6.0]),
    "erfc": (mp.erfc, [0.0, 0.3, -2.0, 6.0, 15.0]),
    "ndtr": (mp.ncdf, [0.0, 0.3, -8.0, -20.0, 5.0]),
    "log_ndtr": (
        lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
        [0.0, 0.3, -1.0, -1.9, -2.1, -3.0, -5.0, -10.0, -30.0, -200.0, 4.0, 8.0, 15.0],
    ),
    "expit": (lambda x: 1 / (1 + mp.exp(-x)), [0.0, 0.3, -5.0, 10.0, 40.0, -40.0]),
    "sinc": (mp.sincpi, [0.0, 1e-9, 0.01, 0.3, -0.9, 1.0, 1.1, 2.5, 20.0]),
    "j0": (lambda x: mp.besselj(0, x), [0.0, 1e-9, 0.3, 2.404825557695773, 10.0, 100.0]),
    "j1": (lambda x: mp.besselj(1, x), [0.0, 1e-9, 0.3, -2.5, 10.0, 100.0]),
    "gamma": (mp.gamma, [1e-3, 0.3, 1.0, 1.46, 5.5, 20.25, 100.0, -0.5, -2.999, -3.5]),
    "gammaln": (log_abs_gamma, [1e-3, 0.3, 1.0, 2.0, 5.5, 100.0, 1e6, -0.5, -3.5]),
    "digamma": (mp.digamma, [1e-3, 0.3, 1.0, 1.4616, 5.5, 1e4, -0.5, -3.5]),
    "deg2rad": (lambda x: x * mp.pi / 180, [33.0]),
    "rad2deg": (lambda x: x * 180 / mp.pi, [33.0]),
    "absolute": (lambda x: x if mp.re(x) > 0 else -x, [2.0, -3.0]),
    "square": (lambda x: x * x, [0.3]),
    "reciprocal": (lambda x: 1 / x, [1e-3, -0.3, 1e5]),
    "hypot": (lambda x: mp.sqrt(x * x + q(x) ** 2), [0.0, 0.3, -4.0, 1e4]),
    "arctan2": (lambda x: mp.atan(x / q(x)), [0.0, 0.3, -4.0, 1e4]),
    "logaddexp": (lambda x: mp.log(mp.exp(x) + mp.exp(q(x))), [0.0, 0.3, -4.0, 30.0]),
    "power": (lambda x: (1 + x * x) ** q(x), [0.0, 0.3, -1.5, 3.0]),
    "divide": (lambda x: (1 + x * x) / q(x), [0.3, -2.0]),
    "x50": (lambda x: x**50, POWER),
    "x2.5": (lambda x: x ** mp.mpf(2.5), POWER),
    "xm1.5": (lambda x: x ** mp.mpf(-1.5), POWER),
    "xm3": (lambda x: x**-3, [1e-3, 0.3, -1.7, 9.0]),
    "2x": (lambda x: mp.mpf(2) ** x, [3.0, 0.3, -1.7, 9.0]),
    "p3x": (lambda x: mp.mpf(0.3) ** x, [3.0, 0.3, -1.7, 9.0]),
}


def main():
    mp.mp.dps = 150
    made = {
        name: {
            repr(x): [mp.nstr(mp.re(c), 25) for c in mp.taylor(f, mp.mpf(x), ORDER)] for x in nodes
        }
        for name, (f, nodes) in FUNCTIONS.items()
    }
    text = json.dumps(made).encode()
    Path(__file__).with_name("taylor.json.gz").write_bytes(gzip.compress(text, mtime=0))


if __name__ == "__main__":
    main()
